"""Points that one member gives to another."""

from datetime import date, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import format_date

from .common import LoyaltyCase


class TransferCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.transfer_allowed = True
        cls.chief = cls.make_user("chief", "loyalty_membership.group_manager")
        cls.clerk = cls.make_user("clerk", "loyalty_membership.group_store")

    def wizard(self, points=10, user=None, member=None, **values):
        wizards = self.env["loyalty.points.giving"].with_user(user or self.chief)
        member = member or self.member
        return wizards.with_context(active_model="loyalty.member", active_id=member.id).create({
            "target_id": self.other.id, "points": points, "reason": "Family", **values,
        })  # fmt: skip

    def transfer(self, points=10, **values):
        self.wizard(points, **values).action_transfer()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestTransfer(TransferCase):
    def test_lots_keep_their_last_days_and_both_statements_say_who(self):
        today = self.program._today()
        self.grant(50), self.grant(30, expires_on=today + timedelta(days=5))
        self.transfer(40)
        self.assertEqual((self.points(), self.points(self.other)), (40, 40))
        lots = self.Entry.search([("member_id", "=", self.other.id)]).sorted("points")
        self.assertEqual(lots.mapped(lambda lot: (lot.points, lot.expires_on)), [(10, False), (30, today + timedelta(days=5))])
        self.assertEqual(lots.mapped("explanation"), ["Transferred from Li Na; Family"] * 2)
        sent = self.Entry.search([("member_id", "=", self.member.id), ("kind", "=", "transfer_out")])
        self.assertEqual(sent.explanation, "Transferred to Wang Wei; Family")
        self.assertIn("Transferred 40 points", self.member.message_ids[0].body)
        self.assertIn("Got 40 points", self.other.message_ids[0].body)
        self.assertBalanced()

    def test_the_sender_pays_the_fee_by_an_entry_of_its_own_rounded_up(self):
        self.program.write({"transfer_fee_points": 2, "transfer_fee_percent": 1.5})
        self.grant(100)
        self.transfer(50)
        self.assertEqual((self.points(), self.points(self.other)), (47, 50))
        fee = self.Entry.search([("member_id", "=", self.member.id), ("points", "=", -3)])
        self.assertEqual(fee.explanation, "Fee for the transfer to Wang Wei")
        self.assertBalanced()

    def test_it_is_told_before_it_happens(self):
        self.program.transfer_fee_points = 5
        self.grant(30, expires_on="2099-05-31"), self.grant(50)
        wizard = self.wizard()
        with Form(wizard) as form:
            form.points = 40
            self.assertIn("40 points arrive", form.told)
            day = format_date(wizard.env, date(2099, 5, 31))
            self.assertIn(f"30 until {day}, 10 without an end", form.told)
            self.assertIn("Fee: 5 points", form.told)
            self.assertIn("35 points are left", form.told)
            form.points = 76
            self.assertFalse(form.told)
            self.assertIn("takes 81 with its fee", form.problem)
            form.points = 75

    def test_limits_hold_per_transfer_and_per_month_of_the_program(self):
        self.program.write({"transfer_max": 40, "transfer_max_month": 60, "transfer_fee_points": 1})
        with freeze_time("2026-05-31 15:59:00"):  # the last minute of May in Shanghai
            self.grant(500)
            with self.assertRaisesRegex(UserError, "At most 40"):
                self.transfer(41)
            self.transfer(40)
            with self.assertRaisesRegex(UserError, "20 are left"):
                self.transfer(21)
            self.transfer(20)
        with freeze_time("2026-05-31 16:00:00"):
            self.transfer(40)
        self.assertEqual(self.points(self.other), 100)

    def test_who_is_erased_is_named_in_nobodys_log_or_statement(self):
        self.grant(100)
        self.transfer(40)
        code = self.member.code
        self.member._erase("asked")
        self.env.invalidate_all()
        told = " ".join([*self.other.message_ids.mapped("body"), *self.other.entry_ids.mapped("explanation")])
        self.assertIn("Family", told)
        for name in ("Li Na", code, code[-4:]):
            self.assertNotIn(name, told)

    def test_who_may_not_be_read_is_masked_in_entries_and_logs(self):
        self.program.transfer_allowed = True
        here, there = self.env["crm.team"].create([{"name": "Here", "member_ids": self.clerk.ids}, {"name": "There"}])
        self.member.team_id, self.other.team_id = here, there
        self.grant(100)
        self.transfer(40)
        masked = f"W* (…{self.other.code[-4:]})"
        own = self.member.entry_ids.filtered(lambda entry: entry.kind == "transfer_out")
        self.assertEqual(own.with_user(self.clerk).explanation, f"Transferred to {masked}; Family")
        self.assertEqual(own.with_user(self.chief).explanation, "Transferred to Wang Wei; Family")
        self.assertIn(masked, self.member.message_ids[0].body)
        for secret in ("Wang Wei", self.other.code):
            self.assertNotIn(secret, " ".join(self.member.message_ids.mapped("body")))

    def test_the_members_own_statement_names_the_other_masked(self):
        self.grant(100)
        self.transfer(40)
        told = [line.what for line in self.member.with_user(self.chief)._statement("all").lines]
        self.assertIn(f"Transferred to W* (…{self.other.code[-4:]}); Family", told)

    def test_entries_are_told_in_as_many_statements_as_one(self):
        self.grant(1000)

        def statements(number):
            for _time in range(number):
                self.transfer(1, target_id=self.make_member(f"Receiver {self.next_reference()}").id)
            entries = self.member.entry_ids.with_user(self.chief).sorted("id")[-number:]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            entries.mapped("explanation")
            return self.env.cr.sql_log_count - before

        statements(1)
        self.assertLessEqual(statements(20), statements(2))

    def test_points_of_a_merge_use_up_no_limit(self):
        self.program.transfer_max_month = 60
        self.grant(500)
        self.Entry._transfer(self.member, self.other, 100, "merge")
        self.transfer(60)
        self.assertEqual(self.points(self.other), 160)


@tagged("post_install", "-at_install")
class TestTransferRefused(TransferCase):
    def setUp(self):
        super().setUp()
        self.grant(100)

    def assertRefused(self, said, points=10, **values):
        with self.assertRaisesRegex(UserError, said), self.env.cr.savepoint():
            self.transfer(points, **values)
        self.env.invalidate_all()
        self.assertEqual(self.points(), 100)

    def test_a_program_allows_none_unless_told(self):
        self.program.transfer_allowed = False
        self.assertRefused("doesn't allow transfers")

    def test_numbers_that_are_no_points(self):
        for points in (0, -5, 0.5):
            with self.subTest(points):
                self.assertRefused("Enter how many", points)
        self.assertRefused("number below", 1e20)
        self.assertRefused("can spend 100", 101)
        self.assertRefused("Say why", reason=" ")

    def test_barred_merged_erased_and_own_self(self):
        self.assertRefused("another member", target_id=self.member.id)
        for change, said in (
            (lambda m: m.write({"state": "frozen"}), "is frozen"),
            (lambda m: m.write({"state": "closed"}), "is closed"),
            (lambda m: m.write({"active": False}), "is archived"),
            (lambda m: m._merge_into(self.make_member("Survivor")), "merged into"),
            (lambda m: m._erase("asked"), "erased"),
        ):
            target = self.make_member(f"Target {said}")
            change(target)
            with self.subTest(said):
                self.assertRefused(said, target_id=target.id)
        self.member.state = "frozen"
        self.assertRefused("is frozen")

    def test_what_may_be_clawed_back_does_not_leave(self):
        self.program.hold_days = 5
        pending = self.buy(50)
        self.assertRefused("Pending points", 110)
        self.refund(pending)
        self.program.hold_days = 0
        purchase = self.buy(20, self.other)
        self.spend(20, self.other)
        self.refund(purchase)
        self.assertRefused("owes 20 points")
        self.spend(100), self.grant(100)
        self.program.hold_days = 0
        mine = self.buy(30)
        self.spend(130), self.refund(mine)
        with self.assertRaisesRegex(UserError, "owes 30 points"):
            self.transfer(1)

    def test_another_program_or_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        club = self.program.copy({"name": "Second", "is_membership": True, "transfer_allowed": True})
        foreign = self.make_member("Foreign", program_id=club.id)
        self.assertRefused("another program", target_id=foreign.id)
        self.chief.write({"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id})
        with self.assertRaises(AccessError):
            self.transfer(user=self.chief)

    def test_who_may_book_it(self):
        for group in ("viewer", "marketing"):
            user = self.make_user(group, f"loyalty_membership.group_{group}")
            with self.subTest(group), self.assertRaises(AccessError):
                self.transfer(user=user)
        with self.assertRaises(AccessError):
            self.transfer(user=self.clerk)
        self.program.transfer_by_store = True
        self.transfer(user=self.clerk)
        self.member.team_id = self.env["crm.team"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            self.transfer(user=self.clerk)
        self.assertEqual(self.points(self.other), 10)
