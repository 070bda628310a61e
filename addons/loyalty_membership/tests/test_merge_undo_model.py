"""Any two members, merged and parted at once, are as they were before."""

import os
from datetime import datetime, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_merge_undo import UndoCase

EVENT = st.tuples(
    st.sampled_from(["buy", "held", "settle", "refund", "spend", "restore", "grant", "wait"]),
    st.integers(0, 1),
    st.integers(1, 60),
)
#: Who of the two, or of them and a third (2), brought the first and the second.
BROUGHT = st.sampled_from([(None, None), (1, None), (None, 0), (2, 2), (2, 0), (1, 2), (2, None)])


@tagged("post_install", "-at_install")
class TestRandomHistories(UndoCase):
    def test_any_two_members_are_as_before(self):
        self.make_tiers(0, 100, 200)
        self.env["loyalty.earning.rule"].create([
            {"program_id": self.program.id, "name": code, "trigger": "activity", "activity_code": code, "points": points}
            for code, points in (("referral", 40), ("referred", 15))
        ])

        @settings(
            max_examples=int(os.environ.get("LOYALTY_EXAMPLES", "40")), derandomize="LOYALTY_EXAMPLES" not in os.environ,
            deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(st.lists(EVENT, max_size=12), BROUGHT, st.booleans())
        def check(events, brought, wait):
            with self.env.cr.savepoint() as savepoint:
                self.bring(brought)
                self.live(events, wait)
                savepoint.rollback()
            self.env.invalidate_all()

        check()

    def bring(self, brought):
        everyone = (self.member, self.other, self.make_member("Third"))
        for member, by in zip(everyone, brought, strict=False):
            if by is not None:
                member.referrer_id = everyone[by]

    def live(self, events, wait):
        self.program.write({"expiry_policy": "rolling", "expiry_number": 8, "expiry_unit": "day"})
        pair, bought, spent, day = (self.member, self.other), [], [], 0
        start = datetime.now().replace(microsecond=0)
        for kind, who, number in events:
            day += number % 5 if kind == "wait" else 0
            with freeze_time(start + timedelta(days=day)):
                self.act(kind, pair[who], number, bought, spent)
        with freeze_time(start + timedelta(days=day, hours=1)):
            self.Entry._release_of(self.member | self.other)
            self.Entry._expire_of(self.member | self.other)
            before = self.portrait(*pair)
            merge = self.merge()
            self.undo(merge)
            self.assertEqual(self.portrait(*pair), before)
            self.assertBalanced()
            if wait:  # and as if it had never been, from then on
                with freeze_time(start + timedelta(days=day + 4)):
                    self.Entry._release_of(self.member | self.other)
                    self.Entry._expire_of(self.member | self.other)
                    self.assertBalanced()

    def act(self, kind, member, number, bought, spent):
        if kind in ("buy", "held"):
            self.program.hold_days = 3 if kind == "held" else 0
            bought.append([self.buy(number, member), number])
        elif kind == "settle":
            self.env["loyalty.referral"].search([("to_settle", "=", True)])._settle()
        elif kind == "refund" and bought and bought[-1][1]:
            back = min(number, bought[-1][1])
            bought[-1][1] -= back
            self.refund(bought[-1][0], back)
        elif kind == "spend" and self.points(member) >= number:
            try:
                with self.env.cr.savepoint():
                    spent.append(self.spend(number, member))
            except UserError:  # what had ended by now
                self.Entry._catch_up(member)
        elif kind == "restore" and spent:
            entry = spent.pop()
            self.Entry._restore([
                {"member_id": entry.member_id.id, "kind": "restore", "points": -entry.points, "reverses_id": entry.id}
            ])
        elif kind == "grant":
            self.grant(number, member, expires_on=self.program._today() + timedelta(days=number % 9))
