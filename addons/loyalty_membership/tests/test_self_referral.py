"""Nobody brings themselves, by whatever they are known."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_referral import ReferralCase


@tagged("post_install", "-at_install")
class TestSelfReferral(ReferralCase):
    def assertSelf(self, reason, friend):
        with self.assertRaisesRegex(ValidationError, f"same person.*{reason}"), self.env.cr.savepoint():
            friend.referrer_id = self.member

    def test_the_same_phone_is_refused(self):
        self.friend.partner_id.phone = "+86 138-0013-8000"
        self.friend.referrer_id = False
        self.assertSelf("phone", self.friend)

    def test_the_same_email_is_refused(self):
        self.member.partner_id.email = "li.na@example.com"
        self.other.partner_id.email = "LI.NA@example.com"
        self.assertSelf("e-mail", self.other)

    def test_the_same_postal_address_is_refused_however_it_is_written(self):
        self.member.partner_id.write({"street": "南京西路 100号", "street2": "3幢-201", "city": "上海市"})
        self.other.partner_id.write({"street": "南京西路１００号3幢201", "zip": "200040"})
        self.assertSelf("address", self.other)

    def test_another_flat_of_the_house_is_not_the_same_address(self):
        self.member.partner_id.write({"street": "南京西路100号201", "city": "上海市"})
        self.other.partner_id.write({"street": "南京西路100号202", "city": "上海市"})
        self.other.referrer_id = self.member
        self.assertEqual(self.referral(self.other).state, "joined")

    def test_a_delivery_address_is_the_customers(self):
        self.env["res.partner"].create({
            "parent_id": self.member.partner_id.id, "type": "delivery", "name": "Home", "street": "Main Street 12",
        })  # fmt: skip
        self.other.partner_id.street = "Main street 12."
        self.assertSelf("address", self.other)

    def test_a_contact_of_the_referrer_is_refused_and_the_other_way_round(self):
        child = self.make_member("Li Na's son", parent_id=self.member.partner_id.id)
        self.assertSelf("contact", child)
        self.other.partner_id.parent_id = self.friend.partner_id
        with self.assertRaisesRegex(ValidationError, "contact"):
            self.friend.referrer_id = self.other

    def test_what_a_merged_member_is_known_by_counts(self):
        self.other._merge_into(self.member)
        stranger = self.make_member("Stranger")
        stranger.partner_id.phone = "13800138001"  # that of the merged member
        self.assertSelf("phone", stranger)

    def test_the_address_of_a_merged_member_counts(self):
        self.other.partner_id.street = "Main Street 12"
        self.other._merge_into(self.member)
        stranger = self.make_member("Stranger")
        stranger.partner_id.street = "Main Street 12"
        self.assertSelf("address", stranger)

    def test_a_merge_is_not_held_up_by_friends_who_share_an_address(self):
        self.friend.partner_id.street = self.other.partner_id.street = "Main Street 12"
        self.member._merge_into(self.other)
        self.assertEqual(self.friend.referrer_id, self.other)

    def test_who_turns_out_to_be_the_referrer_gets_nothing_when_the_reward_is_due(self):
        home = {"street": "南京西路100号3幢201", "city": "上海"}
        for reason, values in (("phone", {"phone": "13900139000"}), ("email", {"email": "li.na@example.com"}), ("address", home)):
            referrer, friend = self.make_member(f"Referrer {reason}"), self.make_member(f"Friend {reason}")
            friend.referrer_id = referrer
            (referrer | friend).partner_id.write(values)
            self.buy(50, friend)
            self.settle()
            referral = self.referral(friend)
            self.assertEqual((referral.state, referral.reason), ("refused", reason))
            self.assertEqual((self.points(referrer), self.points(friend)), (0, 0))

    def test_who_is_another_person_is_rewarded_beside_one_who_is_not(self):
        same = self.bring("Same")
        (self.member | same).partner_id.street = "Main Street 12"
        self.Transaction._book(self.program, [self.row(50, same), self.row(50, self.friend)])
        self.settle()
        self.assertEqual(self.told(same)[:2], ("refused", "address"))
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_who_moves_together_after_the_reward_keeps_it(self):
        self.buy(50, self.friend)
        self.settle()
        (self.member | self.friend).partner_id.street = "Main Street 12"
        self.buy(50, self.friend)
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_pairs_are_compared_in_as_many_statements_as_one(self):
        referrals = self.env["loyalty.referral"]

        def statements(number):
            pairs = [(self.make_member(f"A {n}"), self.make_member(f"B {n}")) for n in range(number)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(referrals._one_person(pairs))
            return self.env.cr.sql_log_count - before

        statements(1)
        self.assertLessEqual(statements(40), statements(2))
