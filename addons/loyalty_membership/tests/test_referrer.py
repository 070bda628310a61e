"""Who is said to have brought a member: nobody says so of themselves, and after the first purchase it stays as it is."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_referral import ReferralCase


@tagged("post_install", "-at_install")
class TestReferrer(ReferralCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls.make_user("referrer_staff", "loyalty_membership.group_store")
        cls.me = cls.env["loyalty.member"].create({"partner_id": cls.staff.partner_id.id, "program_id": cls.program.id})

    def tracked(self, member):
        """What the log of a member says of who brought them: the names of before, and of since."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = self.env["mail.tracking.value"].sudo().search(
            [("mail_message_id", "in", member.message_ids.ids), ("field_id.name", "=", "referrer_id")]
        )  # fmt: skip
        return [(value.old_value_char or "", value.new_value_char or "") for value in values]

    def test_staff_say_of_nobody_that_they_brought_them_themselves(self):
        with self.assertRaisesRegex(UserError, "nobody serves themselves"):
            self.other.with_user(self.staff).referrer_id = self.me

    def test_staff_enrol_nobody_whom_they_say_they_brought_themselves(self):
        partner = self.env["res.partner"].create({"name": "Walk In"})
        with self.assertRaisesRegex(UserError, "nobody serves themselves"):
            self.env["loyalty.member"].with_user(self.staff).create({
                "partner_id": partner.id,
                "program_id": self.program.id,
                "referrer_id": self.me.id,
            })

    def test_a_colleague_says_who_brought_a_member(self):
        self.other.with_user(self.make_user("colleague_of_referrer", "loyalty_membership.group_store")).referrer_id = self.me
        self.assertEqual(self.referral(self.other).referrer_id, self.me)

    def test_whom_staff_brought_they_may_still_serve(self):
        self.other.referrer_id = self.me
        self.other.with_user(self.staff).write({"referrer_id": self.me.id, "gender": "female"})
        self.assertEqual(self.other.gender, "female")

    def test_the_log_says_who_was_said_before_and_since(self):
        friend = self.friend.with_context(tracking_disable=False)
        friend.flush_recordset()
        friend.referrer_id = self.other
        self.assertEqual(self.tracked(friend), [(self.member.display_name, self.other.display_name)])

    def test_the_log_forgets_who_is_erased(self):
        friend = self.friend.with_context(tracking_disable=False)
        friend.referrer_id = self.other
        self.tracked(friend)
        named = self.other.display_name
        (self.member | self.other)._erase("asked")
        told = [name for names in self.tracked(friend) for name in names]
        self.assertEqual(len(told), 2)
        self.assertTrue(all(name.startswith("Erased member") for name in told), (told, named))

    def test_after_the_first_purchase_it_stays(self):
        self.buy(50, self.friend)
        for referrer in (self.other, self.env["loyalty.member"]):
            with self.assertRaisesRegex(UserError, "has bought since"):
                self.friend.referrer_id = referrer
        self.settle()
        self.assertEqual(self.told(), ("rewarded", False, 100, 30))

    def test_after_the_purchase_was_returned_it_still_stays(self):
        purchase = self.buy(50, self.friend)
        self.settle()
        self.refund(purchase)
        self.settle()
        with self.assertRaisesRegex(UserError, "has bought since"):
            self.friend.referrer_id = self.other

    def test_who_is_erased_is_forgotten_all_the_same(self):
        self.buy(50, self.friend)
        self.friend._erase("asked")
        self.assertFalse(self.friend.referrer_id)

    def test_a_problem_that_may_name_who_is_erased_is_forgotten(self):
        self.referral().problem = "Li Na is in the way."
        self.member._erase("asked")
        self.assertFalse(self.referral().problem)
