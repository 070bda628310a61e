from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import InsufficientPrivilege

from .common import LoyaltyCase

REFUSED = (AccessError, UserError, ValidationError, InsufficientPrivilege, IntegrityError)


class NotRefused(AssertionError):
    """An attack went through."""


@tagged("post_install", "-at_install")
class TestLedgerAttacks(LoyaltyCase):
    """Ways around the one door, each tried by somebody who has the right to go some of the way."""

    def setUp(self):
        super().setUp()
        self.grant(100)
        self.env.flush_all()
        self.card = self.member.card_id
        self.seller = self.make_user("seller", "sales_team.group_sale_manager")
        self.clerk = self.make_user("clerk", "loyalty_membership.group_store")
        self.manager = self.make_user("chief", "loyalty_membership.group_manager")
        self.boss = self.make_user("boss", "loyalty_membership.group_admin,base.group_system")

    def tearDown(self):
        self.env.invalidate_all()
        self.assertEqual(self.member.points, 100)
        self.assertBalanced()
        super().tearDown()

    def assertRefused(self, action, *arguments):
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                action(*arguments)
                self.env.flush_all()
                raise NotRefused(f"{action} {arguments}")  # undone, so that the next one starts afresh
        except REFUSED:
            return
        finally:
            self.env.invalidate_all()

    # ------------------------------------------------------------ cards from elsewhere

    def native_card(self, points=1000, **values):
        program = self.env["loyalty.program"].create({"name": "Ordinary", "program_type": "loyalty"})
        partner = self.env["res.partner"].create({"name": "Friend"})
        return self.env["loyalty.card"].create({"program_id": program.id, "points": points, "partner_id": partner.id, **values})

    def test_a_seller_does_not_carry_points_in_from_another_program(self):
        for partner in (self.env["res.partner"].create({"name": "Friend"}), self.env["res.partner"]):
            card = self.native_card(partner_id=partner.id)
            self.assertRefused(card.with_user(self.seller).write, {"program_id": self.program.id})
            self.assertRefused(card.with_user(self.seller).write, {"program_id": self.program.id, "points": 1})

    def test_a_card_that_a_manager_brings_in_becomes_a_member(self):
        card = self.native_card()
        card.program_id = self.program
        member = self.env["loyalty.member"].search([("card_id", "=", card.id)])
        self.assertEqual((member.points, member.entry_ids.kind), (1000, "opening"))

    def test_a_card_does_not_leave_the_ledger(self):
        other = self.env["loyalty.program"].create({"name": "Ordinary", "program_type": "loyalty"})
        for card in (self.card, self.card.sudo(), self.card.with_user(self.boss)):
            self.assertRefused(card.write, {"program_id": other.id})
            self.assertRefused(card.write, {"is_member": False})
            self.assertRefused(card.write, {"is_member": False, "points": 5000})

    def test_a_native_card_does_not_call_itself_a_member(self):
        card = self.native_card()
        self.assertRefused(card.sudo().write, {"is_member": True})
        made = self.native_card(is_member=True)
        self.assertFalse(made.is_member)

    def test_a_context_from_outside_makes_no_card_beside_the_ledger(self):
        cards = self.env["loyalty.card"].sudo().with_context(loyalty_member_create=True)
        card = cards.create({
            "program_id": self.program.id, "partner_id": self.env["res.partner"].create({"name": "X"}).id, "points": 50,
        })  # fmt: skip
        member = self.env["loyalty.member"].search([("card_id", "=", card.id)])
        self.assertEqual((member.points, card.is_member), (50, True))

    # ------------------------------------------------------------ rights

    def test_a_manager_of_another_company_adjusts_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        card = self.card.with_user(self.manager).with_context(allowed_company_ids=company.ids)
        self.assertRefused(card.write, {"points": 5000})

    def test_verification_tells_a_manager_nothing_of_other_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.manager.write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
        verification = self.env["loyalty.ledger.verification"].with_user(self.manager)
        self.assertFalse(verification.verify()["members"])
        self.assertRefused(verification.verify, self.program.id)

    # ------------------------------------------------------------ forms, imports, copies

    def test_forms_and_imports_write_no_points_but_as_an_adjustment(self):
        for user in (self.seller, self.clerk):
            card, program = self.card.with_user(user), self.program.with_user(user)
            self.assertRefused(card.web_save, {"points": 5000}, {"points": {}})
            self.assertRefused(program.write, {"coupon_ids": [Command.update(self.card.id, {"points": 5000})]})
            self.assertRefused(
                program.write,
                {"coupon_ids": [Command.create({"points": 5000, "partner_id": self.env.user.partner_id.id})]},
            )
            self.assertTrue(self.refused_import(card, ["code", "points"], [self.card.code, "5000"]))
        member = self.member.with_user(self.boss)
        self.assertRefused(member.web_save, {"points": 5000}, {"points": {}})
        self.assertRefused(member.web_save, {"lifetime_earned": 5000}, {"points": {}})
        xmlid = self.member.export_data([".id"])["datas"][0][0]
        for name in ("points", "points_pending", "points_debt", "qualifying_points", "card_id/.id", "entry_ids/points"):
            self.assertTrue(self.refused_import(member, [".id", name], [xmlid, "1"]), name)
        self.assertTrue(self.refused_import(self.Entry.with_user(self.boss), ["points"], ["5"]))

    def refused_import(self, records, names, row):
        with mute_logger("odoo.sql_db"):
            try:
                return records.load(names, [row])["ids"] is False
            except REFUSED:
                return True

    def test_copies_bring_no_points(self):
        friend = self.env["res.partner"].create({"name": "Friend"})
        values = {"partner_id": friend.id, "code": "044TWIN"}
        self.assertRefused(self.card.with_user(self.clerk).copy, values)
        self.assertRefused(self.card.with_user(self.seller).copy, values)
        self.assertRefused(self.member.entry_ids.with_user(self.boss).copy)
        twin = self.member.copy(values)
        self.assertEqual((twin.points, twin.lifetime_earned, twin.entry_ids), (0, 0, self.Entry))

    # ------------------------------------------------------------ server actions and raw SQL

    def run_code(self, code):
        model = self.env.ref("loyalty_membership.model_loyalty_member")
        action = self.env["ir.actions.server"].with_user(self.boss).create({
            "name": "Attack", "model_id": model.id, "state": "code", "code": code,
        })  # fmt: skip
        with mute_logger("odoo.addons.base.models.ir_actions"):
            try:
                action.with_context(active_model="loyalty.member", active_id=self.member.id, active_ids=self.member.ids).run()
            except ValueError as error:  # how the sandbox tells what PostgreSQL says
                self.assertIn("InsufficientPrivilege", str(error))
                raise UserError(str(error)) from error

    def test_code_of_a_server_action_is_refused(self):
        for code in (
            "record.entry_ids.sudo().write({'points': 5000})",
            "record.entry_ids.sudo()._write({'points': 5000})",
            "record.entry_ids.sudo()._write({'remaining': 5000})",
            "record.entry_ids.sudo().unlink()",
            "record.card_id.sudo()._write({'points': 5000})",
            "record.sudo().write({'points': 5000})",
            "record.sudo()._write({'points_pending': 5000})",
            "record.card_id.sudo().write({'is_member': False})",
            "env['loyalty.ledger.seal'].sudo().create({'day': '2020-01-01', 'digest': 'x'})",
            "env.cr.execute('UPDATE loyalty_card SET points = 5000')",
            "env.cr.execute('UPDATE loyalty_points_entry SET remaining = 5000')",
            "env['loyalty.points.entry'].sudo()._post([{'member_id': record.id, 'kind': 'spend', 'points': -5000}])",
        ):
            with self.subTest(code):
                self.assertRefused(self.run_code, code)

    def test_raw_sql_does_not_go_around_the_guards(self):
        self.native_card().points = 7
        self.env.flush_all()
        for statement in (
            "UPDATE loyalty_card SET points = 5000 WHERE is_member",
            "UPDATE loyalty_card SET is_member = false, points = 5000 WHERE is_member",
            "UPDATE loyalty_card SET is_member = false WHERE is_member",
            "UPDATE loyalty_card SET program_id = (SELECT MIN(id) FROM loyalty_program WHERE NOT is_membership) WHERE is_member",
            "UPDATE loyalty_card SET is_member = true WHERE NOT is_member OR is_member IS NULL",
            "DELETE FROM loyalty_card WHERE is_member",
            "TRUNCATE loyalty_card CASCADE",
            "DELETE FROM loyalty_member",
            "TRUNCATE loyalty_member CASCADE",
            "UPDATE loyalty_member SET points_pending = 5",
            "UPDATE loyalty_member SET points_debt = 5",
            "TRUNCATE loyalty_points_allocation",
            "WITH new AS (UPDATE loyalty_points_entry SET remaining = 0 RETURNING id) SELECT * FROM new",
            "MERGE INTO loyalty_points_entry e USING (SELECT 1) x ON e.remaining > 0 WHEN MATCHED THEN UPDATE SET remaining = 1",
        ):
            with self.subTest(statement):
                self.assertRefused(self.env.cr.execute, statement)

    # ------------------------------------------------------------ numbers that are none

    def test_points_that_are_no_number_are_refused_in_words(self):
        wizard = self.env["loyalty.card.update.balance"].with_user(self.manager)
        for points in (float("nan"), float("inf"), -float("inf"), 1e300, 1e13, -1e13):
            with self.subTest(points), self.assertRaises(UserError), self.env.cr.savepoint():
                self.card.with_user(self.manager).write({"points": points})
            self.env.invalidate_all()
            with self.subTest(points, wizard=True), self.assertRaises(UserError), self.env.cr.savepoint():
                wizard.create({
                    "card_id": self.card.id, "new_balance": points, "description": "x",
                }).action_update_card_point()  # fmt: skip
            self.env.invalidate_all()

    def test_points_written_as_text_are_read_as_odoo_does(self):
        self.card.write({"points": "101"})
        self.assertEqual(self.points(), 101)
        self.card.write({"points": "100"})

    # ------------------------------------------------------------ the door itself

    def test_no_more_is_given_back_than_was_spent(self):
        spent = self.spend(40)
        for points in (41, 1000):
            self.assertRefused(
                self.Entry._post,
                [{"member_id": self.member.id, "kind": "restore", "points": points, "reverses_id": spent.id}],
            )
        self.Entry._restore([{"member_id": self.member.id, "kind": "restore", "points": 40, "reverses_id": spent.id}])
        self.assertRefused(
            self.Entry._restore, [{"member_id": self.member.id, "kind": "restore", "points": 1, "reverses_id": spent.id}]
        )

    def test_a_wrong_next_last_day_shows(self):
        """By it members are found whose points end."""
        with self.env.cr.savepoint() as savepoint:
            self.grant(5, expires_on="2099-12-31")
            self.env.cr.execute("UPDATE loyalty_member SET next_expiry_date = NULL WHERE id = %s", [self.member.id])
            problems = self.env["loyalty.ledger.verification"].verify(self.program.id)["problems"]
            self.assertEqual([(p["check"], p["record"]) for p in problems], [("next expiry", self.member.code)])
            savepoint.rollback()
