from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import LoyaltyCase


class MergeCase(LoyaltyCase):
    def merge_contacts(self, target, *sources):
        """Merge contacts as Odoo's wizard does; the target survives."""
        partners = target.union(*sources)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(partners.ids, target)
        self.env.invalidate_all()

    def known(self, text):
        return self.env["loyalty.member"]._resolve(self.program, [text]).get(text)


@tagged("post_install", "-at_install")
class TestMergedPoints(MergeCase):
    def test_a_chain_of_merges_ends_at_its_end(self):
        first, second, third = (self.make_member(name) for name in "ABC")
        self.program.hold_days = 3
        self.buy(100, first)
        first._merge_into(second)
        second._merge_into(third)
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.Entry._release_of(first)
        self.assertEqual((first.merged_into_id, self.points(third)), (third, 100))

    def test_what_still_arrives_at_a_merged_member_moves_on(self):
        self.grant(100, self.other)
        spent = self.spend(40, self.other)
        self.program.hold_days = 7
        pending = self.buy(50, self.other)
        self.member._freeze("Asked for")
        self.other._merge_into(self.member)
        self.assertEqual((self.points(), self.points(self.other)), (60, 0))
        restored = {"member_id": self.other.id, "kind": "restore", "points": 40, "reverses_id": spent.id}
        self.Entry._restore([restored])
        self.assertEqual((self.points(), self.points(self.other)), (100, 0))
        self.refund(pending, 20)
        with freeze_time(datetime.now() + timedelta(days=8)):
            self.Entry._release_of(self.other)
        self.assertEqual((self.points(), self.points(self.other)), (130, 0))
        self.refund(pending, 30)
        self.assertEqual(self.points(), 100)
        self.assertBalanced()

    def test_a_refund_finds_what_is_due_by_now_with_the_survivor(self):
        self.program.hold_days = 5
        order = self.make_order(1, partner=self.other.partner_id)
        order.action_confirm()
        self.other._merge_into(self.member)
        with freeze_time(datetime.now() + timedelta(days=10)):
            order._action_cancel()
        self.assertEqual((self.points(), self.points(self.other)), (0, 0))
        self.assertBalanced()

    def test_what_expired_before_its_late_release_does_not_move_on(self):
        self.program.write({"hold_days": 3, "expiry_policy": "rolling", "expiry_number": 5, "expiry_unit": "day"})
        self.buy(50, self.other)
        self.other._merge_into(self.member)
        with freeze_time(datetime.now() + timedelta(days=20)):
            self.Entry._release_of(self.other)
        self.assertEqual((self.points(), self.points(self.other)), (0, 0))
        self.assertBalanced()

    def test_lifetime_and_qualifying_sums_add_up_whenever_they_arrive(self):
        self.buy(100)
        self.program.hold_days = 3
        late = self.buy(50, self.other)
        self.program.hold_days = 0
        spent_on = self.buy(30, self.other)
        self.spend(10, self.other)
        self.other._merge_into(self.member)
        self.assertFigures(earned=130, redeemed=10, qualifying=130)
        with freeze_time(datetime.now() + timedelta(days=4)):
            self.Entry._release_of(self.other)
        self.assertFigures(earned=180, redeemed=10, qualifying=180)
        self.refund(late), self.refund(spent_on)
        self.assertFigures(earned=100, redeemed=10, qualifying=100)
        self.assertBalanced()

    def assertFigures(self, earned, redeemed, qualifying):
        figures = ("lifetime_earned", "lifetime_redeemed", "qualifying_points")
        self.env.invalidate_all()
        self.assertEqual([self.member[name] for name in figures], [earned, redeemed, qualifying])
        self.assertEqual([self.other[name] for name in figures], [0, 0, 0])

    def test_a_merged_member_is_not_reactivated_and_neither_gets_nor_gives_points(self):
        self.grant(100, self.other)
        self.other._merge_into(self.member)
        survivor = self.assertRaisesRegex(UserError, f"merged into .*{self.member.code}")
        for record, values in (
            (self.other, {"state": "active"}), (self.other, {"state": "frozen"}), (self.other, {"active": True}),
            (self.other.card_id, {"active": True}), (self.other.card_id, {"points": 500}),
        ):  # fmt: skip
            with self.subTest(values), survivor:
                record.write(values)
        for kind, points in (("earn", 5), ("spend", -5), ("adjust", 5), ("opening", 5), ("transfer_in", 5)):
            with self.subTest(kind), survivor:
                self.Entry._post([{"member_id": self.other.id, "kind": kind, "points": points}])
        with survivor:
            self.Entry._transfer(self.member, self.other, 5, "gift")
        self.assertEqual((self.other.state, self.other.active), ("closed", False))

    def test_a_merged_member_is_merged_once(self):
        self.other._merge_into(self.member)
        third = self.make_member("Third")
        for source, target in ((self.other, third), (third, self.other)):
            with self.assertRaisesRegex(UserError, f"merged into .*{self.member.code}"):
                source._merge_into(target)


@tagged("post_install", "-at_install")
class TestMergedMember(MergeCase):
    def test_the_higher_tier_and_the_journal_stay(self):
        _low, high = self.make_tiers(0, 500)
        purchase = self.buy(600, self.other)
        self.buy(10)
        self.other._merge_into(self.member)
        self.assertEqual((self.points(), self.member.tier_id), (610, high))
        self.assertEqual(purchase.member_id, self.member)
        self.assertEqual((self.member.purchase_count, self.member.tier_value), (2, 610))
        self.refund(purchase)
        self.assertEqual(self.points(), 10)
        self.assertBalanced()

    def test_a_higher_tier_keeps_its_validity_and_its_guarantee(self):
        _low, high = self.make_tiers(0, 500)
        (self.member | self.other)._update_tiers()
        self.other.write({"tier_id": high.id, "tier_manual_until": "2099-06-30"})
        until = self.other.tier_until
        self.member.tier_manual_until = "2099-12-31"
        self.other._merge_into(self.member)
        self.assertEqual(self.member.tier_id, high)
        self.assertEqual((self.member.tier_until, str(self.member.tier_manual_until)), (until, "2099-06-30"))
        self.assertEqual(self.member.tier_change_ids.mapped("reason").count("merged"), 1)
        self.assertFalse(self.other.tier_until, "no job reviews the tier of a merged member")

    def test_the_same_tier_keeps_the_later_days(self):
        self.make_tiers(0)
        (self.member | self.other)._update_tiers()
        self.other.write({"tier_manual_until": "2099-12-31", "tier_until": "2099-01-31"})
        self.other._merge_into(self.member)
        self.assertEqual((str(self.member.tier_until), str(self.member.tier_manual_until)), ("2099-01-31", "2099-12-31"))

    def test_what_both_reached_together_counts_for_the_tier(self):
        _low, high = self.make_tiers(0, 500)
        self.buy(300), self.buy(300, self.other)
        self.other._merge_into(self.member)
        self.assertEqual((self.member.tier_id, self.member.tier_value), (high, 600))

    def test_a_tier_that_came_with_a_merge_goes_when_what_earned_it_is_refunded(self):
        low, high = self.make_tiers(0, 500)
        purchase = self.buy(600, self.other)
        self.buy(10)
        self.other._merge_into(self.member)
        self.assertEqual(self.member.tier_id, high)
        self.refund(purchase)
        self.assertEqual(self.member.tier_id, low)

    def test_a_tier_that_staff_had_set_stands_after_a_merge_and_a_refund(self):
        _low, high = self.make_tiers(0, 500)
        (self.member | self.other)._update_tiers()
        self.other.tier_id = high
        purchase = self.buy(20)
        self.other._merge_into(self.member)
        self.refund(purchase)
        self.assertEqual(self.member.tier_id, high)

    def test_a_coupon_that_one_of_them_got_is_not_given_again(self):
        _low, high = self.make_tiers(0, 500)
        coupons = self.env["loyalty.program"].create({"name": "Coupon", "program_type": "coupons"})
        benefit = self.env["loyalty.tier.benefit"].create({
            "name": "Welcome", "tier_id": high.id, "kind": "coupon_entry", "coupon_program_id": coupons.id,
        })  # fmt: skip
        benefit._issue(self.member, "once")
        self.buy(600, self.other)
        before = benefit.grant_ids
        self.other._merge_into(self.member)
        self.env.invalidate_all()
        self.assertEqual(benefit.grant_ids, before)
        self.assertEqual(before.member_id, self.member)
        self.assertEqual(before.card_id.partner_id, self.member.partner_id)

    def test_consents_are_one_log(self):
        consents = self.env["loyalty.consent"].create([
            {"member_id": member.id, "channel": "sms", "given": given}
            for member, given in ((self.member, True), (self.other, False))
        ])
        self.other._merge_into(self.member)
        self.assertEqual(self.member.consent_ids, consents)

    def test_the_survivors_own_word_stands_and_gaps_are_filled(self):
        store, brought = self.env["crm.team"].create({"name": "Store"}), self.make_member("Brought")
        source = self.env["utm.source"].create({"name": "Fair"})
        self.member.write({"gender": "female", "joined_on": "2026-02-01"})
        self.other.write({
            "gender": "male", "birthdate": "1990-01-31", "team_id": store.id, "source_id": source.id, "joined_on": "2025-03-01",
        })  # fmt: skip
        brought.referrer_id = self.other
        self.other._merge_into(self.member)
        self.assertEqual((self.member.gender, str(self.member.birthdate)), ("female", "1990-01-31"))
        self.assertEqual((self.member.team_id, self.member.source_id), (store, source))
        self.assertEqual((str(self.member.joined_on), brought.referrer_id), ("2025-03-01", self.member))

    def test_own_fields_of_the_program_are_filled_one_by_one(self):
        self.program.member_properties_definition = [
            {"name": name, "string": name, "type": "char"} for name in ("aa", "bb", "cc")
        ]
        self.member.properties = {"aa": "mine", "bb": ""}
        self.other.properties = {"aa": "theirs", "bb": "filled", "cc": "new"}
        self.other._merge_into(self.member)
        self.assertEqual([self.member.properties[name] for name in ("aa", "bb", "cc")], ["mine", "filled", "new"])

    def test_nobody_comes_to_be_referred_by_themselves(self):
        between, first = self.make_member("Between"), self.make_member("First")
        self.other.referrer_id, between.referrer_id, self.member.referrer_id = first, self.other, between
        self.other._merge_into(self.member)
        self.assertEqual((between.referrer_id, self.member.referrer_id), (self.member, first))

    def test_a_closed_or_frozen_member_is_not_freed_by_a_merge(self):
        for state in ("frozen", "closed"):
            target, source = self.make_member("Target"), self.make_member("Source")
            source.state = state
            source._merge_into(target)
            self.assertEqual(target.state, state)

    def test_the_number_of_a_merged_member_finds_the_survivor(self):
        self.other._merge_into(self.member)
        found = self.env["loyalty.member"].name_search(self.other.code)
        self.assertEqual([member_id for member_id, _name in found], self.member.ids)


@tagged("post_install", "-at_install")
class TestMergedContacts(MergeCase):
    def test_every_phone_and_email_goes_on_finding_the_survivor(self):
        mine, theirs = self.member.partner_id, self.other.partner_id
        theirs.email = "wang@example.com"
        stranger = self.env["res.partner"].create({"name": "No member", "phone": "+8613900001111"})
        self.merge_contacts(mine, theirs, stranger)
        mine.phone = "13900002222"
        for text in ("13800138001", "wang@example.com", "13900001111", "13900002222"):
            self.assertEqual(self.known(text), self.member, text)
        self.assertIsNone(self.known("13800138000"), "the survivor's own phone was changed")

    def test_the_member_of_a_merged_contact_keeps_the_phone_that_the_contact_lost(self):
        target = self.env["res.partner"].create({"name": "Target", "phone": "+8613900001111"})
        self.merge_contacts(target, self.other.partner_id)
        self.assertEqual(self.other.partner_id, target)
        for text in ("13800138001", "13900001111"):
            self.assertEqual(self.known(text), self.other, text)

    def test_an_archived_member_is_merged_too_and_does_not_come_back(self):
        self.grant(40, self.other)
        self.other.active = False
        self.merge_contacts(self.member.partner_id, self.other.partner_id)
        self.assertEqual((self.other.merged_into_id, self.points()), (self.member, 40))
        with self.assertRaisesRegex(UserError, self.member.code):
            self.other.active = True
        self.assertBalanced()

    def test_an_active_member_survives_an_archived_one(self):
        self.other.active = False
        mine, theirs = self.member.partner_id, self.other.partner_id
        self.merge_contacts(theirs, mine)
        self.assertEqual((self.other.merged_into_id, self.member.partner_id, self.member.active), (self.member, theirs, True))

    def test_members_merged_before_are_left_alone(self):
        third = self.make_member("Third")
        self.other._merge_into(self.member)
        self.merge_contacts(third.partner_id, self.other.partner_id)
        self.assertEqual((self.other.merged_into_id, third.active), (self.member, True))

    def test_a_manager_takes_a_phone_away_and_the_next_holder_gets_it(self):
        holder = self.make_member("Holder")
        self.merge_contacts(self.member.partner_id, self.other.partner_id)
        holder.partner_id.phone = "13800138001"
        phone = self.member.identity_ids.filtered(lambda identity: identity.value == "+8613800138001")
        with self.assertRaises(AccessError):
            phone.with_user(self.make_user("clerk", "loyalty_membership.group_store")).unlink()
        with Form(self.member.with_user(self.make_user("chief", "loyalty_membership.group_manager"))) as form:
            form.identity_ids.remove(self.member.identity_ids.ids.index(phone.id))
        self.assertEqual(self.known("13800138001"), holder)
