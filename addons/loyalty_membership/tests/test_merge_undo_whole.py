"""Two members with some of everything are as they were before, row by row."""

from odoo.tests import tagged
from odoo.tools import SQL

from .common_draw import DrawCase
from .common_redemption import RedemptionCase
from .common_referral import ReferralCase
from .test_merge_seam import naming_members
from .test_merge_undo import TOUCHED, UndoCase


@tagged("post_install", "-at_install")
class TestWholeMemberUndone(UndoCase, RedemptionCase, DrawCase, ReferralCase):
    def stored(self, members):
        """Every stored row that names these members or their customers; dict of (table, id) -> columns."""
        self.env.flush_all()
        partners = members.partner_id
        named = [(self.env[model]._table, field, members.ids) for model, field in naming_members(self.env)]
        named += [("loyalty_member", "id", members.ids), ("loyalty_card", "id", members.card_id.ids)]
        named += [("loyalty_card", "partner_id", partners.ids), ("res_partner", "id", partners.ids)]
        return {
            (table, row["id"]): {name: value or None for name, value in row.items() if name not in TOUCHED}
            for table, field, ids in named
            for (row,) in self.env.execute_query(SQL(
                "SELECT to_jsonb(t) FROM %s t WHERE %s = ANY(%s)", SQL.identifier(table), SQL.identifier(field), ids,
            ))
        }  # fmt: skip

    def live(self, draw):
        """Both brought somebody, were brought, redeemed, drew, have a ticket left, and a coupon of their own."""
        self.other.referrer_id = self.member
        self.member.referrer_id = self.make_member("Anna")
        second = self.make_member("Second", referrer_id=self.other.id)
        for member in (self.member, self.other, self.friend, second):
            self.buy(500, member)
        self.settle()
        self.grant(2000, self.other, expires_on="2099-01-31")
        for member in (self.member, self.other):
            for item in (self.seat, self.coupon, self.voucher):
                self.redeem(item, member=member)
            self.draw(draw, member)
            self.Ticket._give(member, draw, 2)
            self.draw(draw, member)
            self.env["loyalty.card"].create({"program_id": self.coupons.id, "partner_id": member.partner_id.id, "points": 1})

    def test_every_row_of_both_is_as_before(self):
        self.make_tiers(0, 100)
        self.live(self.make_draw({"percent": 50}, {"percent": 50, "kind": "coupon", "coupon_program_id": self.coupons.id}))
        both = self.member | self.other
        referrals = self.env["loyalty.referral"].search([])
        self.assertEqual(referrals.mapped("state"), ["rewarded"] * 4)
        for source, target in ((self.other, self.member), (self.member, self.other)):
            before = self.stored(both)
            merge = self.merge(source, target)
            self.assertEqual(sorted(referrals.mapped("state")), ["refused", "rewarded", "rewarded", "rewarded"])
            self.undo(merge)
            after = self.stored(both)
            self.assertEqual({key: after.get(key) for key in before}, before)
            tables = {"loyalty_points_entry", "loyalty_transaction", "loyalty_member_merge", "loyalty_tier_change"}
            self.assertLessEqual({table for table, _id in after.keys() - before.keys()}, tables)
            self.assertBalanced()
