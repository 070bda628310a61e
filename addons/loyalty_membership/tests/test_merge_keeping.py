"""What a merge keeps of people in order to be undone is kept as long as it can be undone."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_member_erasure import ErasureCase
from .test_merge_undo import UndoCase

SECRET = "Jade Lane 12"


@tagged("post_install", "-at_install")
class TestMergeKeeping(UndoCase):
    def setUp(self):
        super().setUp()
        self.other.partner_id.street = SECRET
        self.record = self.merge()

    def age(self, days):
        self.record.date = fields.Datetime.now() - timedelta(days=days)

    def kept(self):
        self.env["loyalty.member.merge"]._gc_before()
        self.env.flush_all()
        [row] = self.rows("loyalty_member_merge", "id", self.record.id)
        return SECRET in str(row), bool(row["columns"])

    def test_it_is_kept_and_undone_for_ninety_days(self):
        self.age(89)
        self.assertEqual(self.kept(), (True, True))
        self.assertEqual(self.record.undo_until, (self.record.date + timedelta(days=90)).date())
        self.undo(self.record)
        self.assertEqual(self.other.partner_id.street, SECRET)

    def test_then_it_is_deleted_and_the_undoing_says_why(self):
        self.age(91)
        with self.assertRaisesRegex(UserError, "kept for 90 days"):
            self.record._undo("no")
        self.assertEqual(self.kept(), (False, False))
        self.assertFalse(self.record.undo_until)
        with self.assertRaisesRegex(UserError, "kept for 90 days"):
            self.record._undo("no")

    def test_contacts_are_merged_after_that_and_nothing_is_kept_of_them(self):
        self.age(91)
        self.assertEqual(self.kept(), (False, False))
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.other.partner_id | self.member.partner_id).ids, self.member.partner_id)
        self.assertEqual(self.kept(), (False, False))

    def test_the_days_are_a_parameter_of_the_system(self):
        self.env["ir.config_parameter"].set_param("loyalty_membership.merge_undo_days", "7")
        self.age(8)
        with self.assertRaisesRegex(UserError, "kept for 7 days"):
            self.record._undo("no")
        self.assertEqual(self.kept(), (False, False))

    def test_what_is_undone_needs_it_no_more(self):
        self.undo(self.record)
        self.assertEqual(self.kept(), (False, False))

    def test_what_arrives_later_still_moves_on(self):
        self.grant(10)
        third = self.make_member("Third")
        self.member._merge_into(third)
        self.env["loyalty.member.merge"].search([]).date = fields.Datetime.now() - timedelta(days=91)
        self.env["loyalty.member.merge"]._gc_before()
        self.Entry._restore([{"member_id": self.other.id, "kind": "restore", "points": 5}])
        self.assertEqual((self.points(third), self.points(), self.points(self.other)), (15, 0, 0))
        self.assertBalanced()


@tagged("post_install", "-at_install")
class TestMergesOfTheErased(ErasureCase):
    def test_no_merge_tells_who_was_erased_and_the_undoing_says_why(self):
        second, third = (self.make_member(f"Zhu Yingtai {number}") for number in (2, 3))
        self.person.partner_id.street = SECRET
        undone = self.person._merge_into(second, "One person")
        undone._undo("Zhu Yingtai has a twin")
        again = self.person._merge_into(second, "Zhu Yingtai twice")
        last = second._merge_into(third, "One person")
        self.erase(third)
        self.assertFalse(self.told_by_the_database(SECRET, "Yingtai", "13911112222"))
        for merge in (again, last):
            with self.assertRaisesRegex(UserError, "data were erased"):
                merge._undo("no")
