"""A merge that is undone leaves both members as they were, and what happened since with the survivor."""

from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .test_merge import MergeCase

#: Columns that say who wrote a row last, and when.
TOUCHED = {"write_uid", "write_date"}


class UndoCase(MergeCase):
    maxDiff = None

    def portrait(self, *members):
        """All that is stored of these members, and what hangs on them."""
        self.env.flush_all()
        hanging = [
            ("loyalty_transaction", "member_id"), ("loyalty_transaction_line", "member_id"),
            ("loyalty_member_identity", "member_id"), ("loyalty_consent", "member_id"),
            ("loyalty_tier_benefit_grant", "member_id"), ("loyalty_referral", "friend_id"), ("loyalty_referral", "referrer_id"),
        ]  # fmt: skip
        told = []
        for member in members:
            told.append(self.rows("loyalty_member", "id", member.id))
            told.append(self.rows("loyalty_card", "id", member.card_id.id))
            told.append(self.rows("loyalty_card", "partner_id", member.partner_id.id))
            told += [self.rows(table, field, member.id) for table, field in hanging]
            told.append(self.lots(member))
        return told

    def rows(self, table, field, value):
        query = SQL("SELECT to_jsonb(t) FROM %s t WHERE %s = %s ORDER BY id", SQL.identifier(table), SQL.identifier(field), value)
        return [
            # Nothing is zero or no, as Odoo reads it.
            {name: value or None for name, value in row.items() if name not in TOUCHED}
            for (row,) in self.env.execute_query(query)
            # Points of a referral that were taken back and given again.
            if not (row.get("type") == "refund" and row["activity_code"] and not row["points"])
        ]

    def lots(self, member):
        return self.env.execute_query(SQL(
            """SELECT id, expires_on, remaining FROM loyalty_points_entry
                WHERE member_id = %s AND (remaining > 0 OR state = 'pending') ORDER BY id""", member.id,
        ))  # fmt: skip

    def merge(self, source=None, target=None):
        return (source or self.other)._merge_into(target or self.member, "Same person")

    def undo(self, merge):
        merge._undo("It was somebody else")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestMergeUndone(UndoCase):
    def test_both_are_as_before(self):
        _low, high = self.make_tiers(0, 500)
        store = self.env["crm.team"].create({"name": "Store"})
        self.program.member_properties_definition = [{"name": n, "string": n, "type": "char"} for n in ("aa", "bb")]
        self.member.write({"gender": "female", "properties": {"aa": "mine"}})
        self.other.write({"team_id": store.id, "birthdate": "1990-01-31", "joined_on": "2025-03-01"})
        self.other.properties = {"aa": "theirs", "bb": "filled"}
        self.make_member("Brought", referrer_id=self.other.id)
        self.env["loyalty.consent"].create({"member_id": self.other.id, "channel": "sms"})
        self.buy(100), self.spend(30)
        self.buy(600, self.other), self.spend(150, self.other)
        self.grant(50, self.other, expires_on="2099-01-31")
        before = self.portrait(self.member, self.other)
        merge = self.merge()
        self.assertEqual((self.member.tier_id, self.points()), (high, 570))
        self.undo(merge)
        self.assertEqual(self.portrait(self.member, self.other), before)
        self.assertEqual(merge.state, "undone")
        self.assertBalanced()

    def test_a_debt_goes_back_whoever_had_it(self):
        for debtor, payer in ((self.member, self.other), (self.other, self.member)):
            with self.subTest(debtor.name), self.env.cr.savepoint() as savepoint:
                purchase = self.buy(80, debtor)
                self.spend(80, debtor)
                self.refund(purchase)
                self.grant(100, payer, expires_on="2099-01-31")
                before = self.portrait(self.member, self.other)
                merge = self.merge()
                self.undo(merge)
                self.assertEqual(self.points(debtor), -80)
                self.assertEqual(self.portrait(self.member, self.other), before)
                self.assertBalanced()
                savepoint.rollback()
            self.env.invalidate_all()

    def test_purchases_and_spending_since_stay_with_the_survivor(self):
        self.buy(100), self.buy(70, self.other)
        merge = self.merge()
        since = self.buy(25)
        self.spend(115)
        self.undo(merge)
        self.assertEqual((self.points(), self.points(self.other)), (10, 70))
        self.assertEqual((since.member_id, self.member.purchase_count, self.other.purchase_count), (self.member, 2, 1))
        self.assertEqual((self.member.purchase_amount, self.other.purchase_amount), (125, 70))
        self.assertEqual((self.member.lifetime_earned, self.member.lifetime_redeemed), (125, 115))
        self.assertBalanced()

    def test_what_the_survivor_can_not_give_back_is_told(self):
        self.grant(60), self.grant(40, self.other)
        merge = self.merge()
        self.spend(80)
        self.undo(merge)
        self.assertEqual((self.points(), self.points(self.other), merge.points_back), (0, 20, 20))
        self.assertIn("Of 40 points that came in, 20 went back", self.other.message_ids[0].body)
        self.assertBalanced()

    def test_points_that_ended_at_the_survivor_have_ended(self):
        today = self.program._today()
        self.grant(30, self.other, expires_on=today + timedelta(days=2))
        self.grant(50, self.other, expires_on=today + timedelta(days=90))
        self.grant(100)
        merge = self.merge()
        with freeze_time(datetime.now() + timedelta(days=10)):
            self.undo(merge)
            self.assertEqual((self.points(), self.points(self.other)), (100, 50))
            lots = self.Entry.search([("member_id", "=", self.other.id), ("remaining", ">", 0)])
            self.assertEqual(lots.mapped("expires_on"), [today + timedelta(days=90)])
        self.assertBalanced()

    def test_what_arrived_since_from_old_purchases_goes_back_with_them(self):
        self.program.hold_days = 3
        late = self.buy(50, self.other)
        merge = self.merge()
        with freeze_time(datetime.now() + timedelta(days=5)):
            self.Entry._release_of(self.other)
            self.assertEqual(self.points(), 50)
            refund = self.refund(late, 20)
            self.assertEqual(self.points(), 30)
            self.undo(merge)
        self.assertEqual((self.points(), self.points(self.other)), (0, 30))
        self.assertEqual((refund.member_id, self.other.purchase_amount), (self.other, 30))
        self.assertBalanced()

    def test_a_tier_that_both_reached_together_goes(self):
        low, high = self.make_tiers(0, 500)
        (self.member | self.other)._update_tiers()
        self.buy(300), self.buy(300, self.other)
        before = self.portrait(self.member, self.other)
        merge = self.merge()
        self.assertEqual(self.member.tier_id, high)
        self.undo(merge)
        self.assertEqual((self.member.tier_id, self.member.tier_change_ids.sorted("id")[-1].reason), (low, "unmerged"))
        self.assertEqual(self.portrait(self.member, self.other), before)

    def test_a_tier_reached_together_later_goes_too_and_one_by_hand_stays(self):
        low, high = self.make_tiers(0, 500)
        (self.member | self.other)._update_tiers()
        self.buy(200), self.buy(200, self.other)
        merge = self.merge()
        self.buy(150)
        self.assertEqual(self.member.tier_id, high)
        self.undo(merge)
        self.assertEqual(self.member.tier_id, low)
        merge = self.merge()
        self.member.tier_id = low
        self.member.tier_id = high
        self.undo(merge)
        self.assertEqual(self.member.tier_id, high)

    def test_coupons_and_wallets_go_back_as_far_as_they_are_left(self):
        wallet, coupons = self.env["loyalty.program"].create([
            {"name": "Wallet", "program_type": "ewallet", "applies_on": "future", "trigger": "auto"},
            {"name": "Coupon", "program_type": "coupons"},
        ])
        mine, theirs = self.env["loyalty.card"].create([
            {"program_id": wallet.id, "partner_id": member.partner_id.id, "points": points}
            for member, points in ((self.member, 10), (self.other, 30))
        ])
        coupon, used = self.env["loyalty.card"].create([
            {"program_id": coupons.id, "partner_id": self.other.partner_id.id, "points": 1} for _number in range(2)
        ])
        before = self.portrait(self.member, self.other)
        merge = self.merge()
        self.assertEqual((mine.points, theirs.points, theirs.active), (40, 0, False))
        self.assertEqual((coupon.partner_id, used.partner_id), (self.member.partner_id,) * 2)
        self.undo(merge)
        self.assertEqual(self.portrait(self.member, self.other), before)
        merge = self.merge()
        used.points, mine.points = 0, 25
        self.undo(merge)
        self.assertEqual((mine.points, theirs.points, theirs.active), (0, 25, True))
        self.assertEqual((coupon.partner_id, used.partner_id), (self.other.partner_id, self.member.partner_id))

    def test_what_was_corrected_since_stays(self):
        self.other.write({"birthdate": "1990-01-31", "gender": "male"})
        merge = self.merge()
        self.member.birthdate = "1991-02-01"
        self.undo(merge)
        self.assertEqual((str(self.member.birthdate), self.member.gender), ("1991-02-01", False))


@tagged("post_install", "-at_install")
class TestUndoRefused(UndoCase):
    def test_the_later_merge_is_undone_first(self):
        third = self.make_member("Third")
        self.grant(10), self.grant(20, self.other), self.grant(30, third)
        before = self.portrait(self.member, self.other, third)
        first, second = self.merge(), self.merge(self.member, third)
        with self.assertRaisesRegex(UserError, "later merge first"):
            first._undo("no")
        self.undo(second)
        self.undo(first)
        self.assertEqual(self.portrait(self.member, self.other, third), before)
        self.assertBalanced()

    def test_what_reached_the_end_of_a_chain_finds_its_way_back(self):
        third = self.make_member("Third")
        self.program.hold_days = 3
        self.buy(50, self.other)
        first, second = self.merge(), self.merge(self.member, third)
        with freeze_time(datetime.now() + timedelta(days=5)):
            self.Entry._release_of(self.other)
            self.assertEqual(self.points(third), 50)
            self.undo(second)
            self.assertEqual((self.points(third), self.points(), self.member.lifetime_earned), (0, 50, 50))
            self.undo(first)
        self.assertEqual((self.points(), self.points(self.other), self.other.lifetime_earned), (0, 50, 50))
        self.assertBalanced()

    def test_it_is_undone_once(self):
        merge = self.merge()
        self.undo(merge)
        with self.assertRaisesRegex(UserError, "undone already"):
            merge._undo("again")

    def test_erased_members_stay_erased_and_nothing_is_kept_of_them(self):
        merge = self.merge()
        self.member._erase("asked")
        self.assertFalse(merge.contacts or merge.columns or merge.reason)
        with self.assertRaisesRegex(UserError, "erased"):
            merge._undo("no")

    def test_who_is_erased_after_an_undone_merge_is_named_in_nobodys_log(self):
        self.undo(self.merge())
        code = self.other.code
        self.other._erase("asked")
        self.assertNotIn(code, " ".join(self.member.message_ids.mapped("body")))

    def test_a_customer_who_joined_again_is_not_given_a_second_member(self):
        merge = self.merge()
        partner = self.other.partner_id
        self.make_member("Third").card_id.partner_id = partner
        with self.assertRaisesRegex(UserError, "served by another member"):
            merge._undo("no")


@tagged("post_install", "-at_install")
class TestContactsUndone(UndoCase):
    def test_the_contact_is_made_anew_from_what_was_kept(self):
        theirs = self.other.partner_id
        theirs.write({"email": "wang@example.com", "street": "Nanjing Road 1", "comment": "Likes tea"})
        self.buy(40, self.other)
        self.merge_contacts(self.member.partner_id, theirs)
        merge = self.env["loyalty.member.merge"].search([("merged_id", "=", self.other.id)])
        self.assertEqual((merge.survivor_id, merge.through), (self.member, "contacts"))
        self.undo(merge)
        partner = self.other.partner_id
        self.assertNotEqual(partner, self.member.partner_id)
        self.assertEqual((partner.name, partner.phone, partner.email), ("Wang Wei", "13800138001", "wang@example.com"))
        self.assertEqual((partner.street, "tea" in partner.comment), ("Nanjing Road 1", True))
        self.assertEqual((self.known("13800138001"), self.known("13800138000")), (self.other, self.member))
        self.assertEqual(self.known("wang@example.com"), self.other)
        self.assertFalse(self.member.partner_id.email, "the merge of contacts had filled it")
        self.assertEqual((self.points(self.other), self.other.active, self.other.card_id.active), (40, True, True))
        self.assertBalanced()

    def test_contacts_merged_after_the_members_are_kept_as_they_were_then(self):
        merge = self.merge()
        self.other.partner_id.street = "Moved"
        self.merge_contacts(self.member.partner_id, self.other.partner_id)
        self.undo(merge)
        self.assertEqual((self.other.partner_id.name, self.other.partner_id.street), ("Wang Wei", "Moved"))
