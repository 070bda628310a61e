"""The ledger against a plain one of a few lines, over random histories."""

import os
from datetime import date, datetime, timedelta
from math import inf

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase

START = date(2026, 1, 1)
MEMBERS = 3
#: Days after which an inactive member loses all points, while the program says so.
IDLE = 2


class PlainLedger:
    """Lots, debts and pending points as anyone would write them down; days are numbers."""

    def __init__(self):
        self.lots = {m: [] for m in range(MEMBERS)}  # [last day, (day, number), left]
        self.owed = dict.fromkeys(range(MEMBERS), 0)
        self.pending = []  # [member, points, lot, first day]
        self.heir = {}
        self.number = 0
        self.idle = inf  # the program's days of inactivity
        self.moved = dict.fromkeys(range(MEMBERS), -inf)

    def catch_up(self, member, today):
        """Release what is due, then let end what is past its last day, or all if nothing has moved for too long."""
        for held in [p for p in self.pending if p[0] == member and p[3] <= today]:
            self.pending.remove(held)
            held[2][2] = held[1]
            self.lots[member].append(held[2])
            self.moved[member] = max(self.moved[member], held[3])
        self.settle(member)
        self.sweep(member, today)
        idle = self.moved[member] + self.idle < today
        for lot in self.lots[member]:
            if idle or lot[0] < today:
                lot[2] = 0

    def take(self, member, points):
        taken = []
        for lot in sorted(self.lots[member]):
            part = min(points, lot[2])
            if part:
                lot[2] -= part
                points -= part
                taken.append((lot, part))
        return taken, points

    def settle(self, member):
        _taken, self.owed[member] = self.take(member, self.owed[member])

    def lot(self, member, today, last, points):
        self.number += 1
        lot = [last, (today, self.number), points]
        self.lots[member].append(lot)
        self.settle(member)
        return lot

    def claw_back(self, member, lot, points):
        part = min(points, lot[2]) if lot in self.lots[member] else 0
        if part:
            lot[2] -= part
        self.owed[member] += points - part
        self.settle(member)

    def move(self, giver, taker, today, points):
        if points and self.available(taker) <= self.owed[taker]:
            self.moved[taker] = today
        for lot, part in self.take(giver, points)[0]:
            self.lot(taker, today, lot[0], part)

    def sweep(self, member, today):
        if member in self.heir:
            self.move(member, self.heir[member], today, self.available(member))

    def available(self, member):
        return sum(lot[2] for lot in self.lots[member])


class LedgerMachine(RuleBasedStateMachine):
    case = None

    def __init__(self):
        super().__init__()
        self.savepoint = self.case.env.cr.savepoint(flush=False)
        self.case.env.invalidate_all()
        self.plain = PlainLedger()
        self.purchases, self.spendings = [], []
        self.today = 0
        self.clock = freeze_time(self.moment())
        self.clock.start()
        self.members = [self.case.make_member(f"M{m}") for m in range(MEMBERS)]

    def teardown(self):
        self.clock.stop()
        self.savepoint.rollback()
        self.savepoint.close(rollback=False)
        self.case.env.invalidate_all()

    def moment(self):
        return datetime.combine(START, datetime.min.time()) + timedelta(days=self.today, hours=4)

    def alive(self, index):
        living = [m for m in range(MEMBERS) if m not in self.plain.heir]
        return living[index % len(living)]

    # ------------------------------------------------------------ what can happen

    @rule(
        who=st.integers(0, 9),
        amount=st.integers(1, 50),
        hold=st.sampled_from([0, 0, 3]),
        valid=st.sampled_from([2, 9, inf, "idle"]),
    )
    def earn(self, who, amount, hold, valid):
        member = self.alive(who)
        policy = {inf: "never", "idle": "inactivity"}.get(valid, "rolling")
        self.case.program.write({"hold_days": hold, "expiry_policy": policy, "expiry_unit": "day"})
        if policy != "never":
            self.case.program.expiry_number = IDLE if policy == "inactivity" else valid
        self.plain.idle, valid = (IDLE, inf) if policy == "inactivity" else (inf, valid)
        purchase = self.case.buy(amount, self.members[member], self.moment())
        self.plain.catch_up(member, self.today)
        self.plain.moved[member] = max(self.plain.moved[member], self.today)
        last = self.today + hold + valid
        if hold:
            self.plain.number += 1
            lot = [last, (self.today, self.plain.number), 0]
            self.plain.pending.append([member, amount, lot, self.today + hold])
        else:
            lot = self.plain.lot(member, self.today, last, amount)
        self.purchases.append({"record": purchase, "member": member, "amount": amount, "lot": lot, "back": 0})

    @rule(who=st.integers(0, 9), points=st.integers(1, 60))
    def spend(self, who, points):
        member = self.alive(who)
        self.plain.catch_up(member, self.today)
        if points > self.plain.available(member):
            with self.case.assertRaises(UserError), self.case.env.cr.savepoint():
                self.case.spend(points, self.members[member])
            # The refusal undid what was due by now as well.
            self.case.Entry._catch_up(self.members[member])
            return
        entry = self.case.spend(points, self.members[member])
        self.plain.moved[member] = max(self.plain.moved[member], self.today)
        self.spendings.append({"entry": entry, "member": member, "taken": self.plain.take(member, points)[0]})

    @precondition(lambda self: self.purchases)
    @rule(which=st.integers(0, 99), amount=st.integers(1, 50))
    def refund(self, which, amount):
        purchase = self.purchases[which % len(self.purchases)]
        amount = min(amount, purchase["amount"] - purchase["back"])
        if not amount:
            return
        purchase["back"] += amount
        self.case.refund(purchase["record"], amount)
        member = self.plain.heir.get(purchase["member"], purchase["member"])
        self.plain.catch_up(member, self.today)
        held = [p for p in self.plain.pending if p[2] is purchase["lot"]]
        if held:
            held[0][1] -= amount
            return
        self.plain.claw_back(member, purchase["lot"], amount)

    @precondition(lambda self: self.spendings)
    @rule(which=st.integers(0, 99), points=st.integers(1, 60))
    def cancel(self, which, points):
        spending = self.spendings[which % len(self.spendings)]
        points = min(points, sum(part for _lot, part in spending["taken"]))
        if not points:
            return
        member = spending["member"]
        self.case.Entry._restore([
            {
                "member_id": self.members[member].id,
                "kind": "restore",
                "points": points,
                "reverses_id": spending["entry"].id,
            }
        ])
        self.plain.catch_up(member, self.today)
        while points:
            lot, part = spending["taken"].pop()
            back = min(points, part)
            lot[2] += back
            points -= back
            if part > back:
                spending["taken"].append((lot, part - back))
        self.plain.settle(member)
        self.plain.catch_up(member, self.today)
        self.plain.sweep(member, self.today)

    @rule(days=st.integers(1, 6), job=st.booleans())
    def wait(self, days, job):
        self.today += days
        self.clock.stop()
        self.clock = freeze_time(self.moment())
        self.clock.start()
        if job:
            self.release_and_expire()

    def release_and_expire(self):
        everyone = self.case.env["loyalty.member"].browse(m.id for m in self.members)
        self.case.Entry._release_of(everyone)
        self.case.Entry._expire_of(everyone)
        for member in range(MEMBERS):
            self.plain.catch_up(member, self.today)

    @rule(who=st.integers(0, 9), to=st.integers(0, 9), points=st.integers(1, 40))
    def transfer(self, who, to, points):
        giver, taker = self.alive(who), self.alive(to)
        if giver == taker:
            return
        self.plain.catch_up(giver, self.today)
        if points > self.plain.available(giver):
            with self.case.assertRaises(UserError), self.case.env.cr.savepoint():
                self.case.Entry._transfer(self.members[giver], self.members[taker], points, "gift")
            self.case.Entry._catch_up(self.members[giver])
            return
        self.case.Entry._transfer(self.members[giver], self.members[taker], points, "gift")
        self.plain.catch_up(taker, self.today)
        self.plain.move(giver, taker, self.today, points)

    @precondition(lambda self: not self.plain.heir)
    @rule(who=st.integers(0, 9), to=st.integers(0, 9))
    def merge(self, who, to):
        giver, taker = self.alive(who), self.alive(to)
        if giver == taker:
            return
        self.release_and_expire()
        self.members[giver]._merge_into(self.members[taker])
        self.plain.heir[giver] = taker
        self.plain.owed[taker] += self.plain.owed[giver]
        self.plain.owed[giver] = 0
        self.plain.settle(taker)
        self.plain.move(giver, taker, self.today, self.plain.available(giver))

    # ------------------------------------------------------------ what must hold

    @invariant()
    def same_balances_and_lots(self):
        self.case.env.invalidate_all()
        for index, member in enumerate(self.members):
            lots = self.case.Entry.search([("member_id", "=", member.id), ("remaining", ">", 0)])
            actual = sorted((self.last_day(lot), lot.remaining) for lot in lots)
            expected = sorted((lot[0], lot[2]) for lot in self.plain.lots[index] if lot[2])
            self.case.assertEqual(self.merged(actual), self.merged(expected), f"lots of M{index}")
            self.case.assertEqual(member.points_debt, self.plain.owed[index])
            self.case.assertEqual(member.points, self.plain.available(index) - self.plain.owed[index])
            pending = sum(p[1] for p in self.plain.pending if p[0] == index)
            self.case.assertEqual(member.points_pending, pending)
        self.case.assertBalanced()

    @staticmethod
    def last_day(lot):
        return (lot.expires_on - START).days if lot.expires_on else inf

    @staticmethod
    def merged(lots):
        totals = {}
        for last, left in lots:
            totals[last] = totals.get(last, 0) + left
        return totals


@tagged("post_install", "-at_install")
class TestLedgerModel(LoyaltyCase):
    def test_random_histories_match_a_plain_ledger(self):
        LedgerMachine.case = self
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                # The same histories in every run; more and other ones by LOYALTY_EXAMPLES=1000.
                max_examples=int(os.environ.get("LOYALTY_EXAMPLES", "50")),
                derandomize="LOYALTY_EXAMPLES" not in os.environ,
                stateful_step_count=20,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
