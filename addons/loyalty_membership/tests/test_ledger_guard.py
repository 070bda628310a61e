from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import InsufficientPrivilege

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestLedgerGuard(LoyaltyCase):
    """Nobody writes the ledger but its own method."""

    def setUp(self):
        super().setUp()
        self.entry = self.grant(100)
        self.spent = self.spend(40)
        self.admin = self.make_user("boss", "loyalty_membership.group_admin,base.group_system")

    def assertRefused(self, query, *args):
        with self.assertRaises(InsufficientPrivilege), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute(query, args)

    def test_orm_refuses_even_administrators(self):
        for env in (self.env, self.env(user=self.admin), self.env(su=True)):
            for model, record in (("loyalty.points.entry", self.entry), ("loyalty.points.allocation", self.spent.allocation_ids)):
                record = record.with_env(env)
                with self.assertRaises(AccessError):
                    env[model].create({"points": 1})
                with self.assertRaises(AccessError):
                    record.write({"points": 1})
                with self.assertRaises(AccessError):
                    record.unlink()

    def test_postgresql_refuses_raw_sql(self):
        self.env.flush_all()
        self.assertRefused("UPDATE loyalty_points_entry SET points = 1000 WHERE id = %s", self.entry.id)
        self.assertRefused("UPDATE loyalty_points_entry SET remaining = 1000 WHERE id = %s", self.entry.id)
        self.assertRefused("DELETE FROM loyalty_points_entry WHERE id = %s", self.entry.id)
        self.assertRefused("TRUNCATE loyalty_points_entry CASCADE")
        self.assertRefused(
            "INSERT INTO loyalty_points_entry (member_id, program_id, kind, state, points, date) "
            "VALUES (%s, %s, 'adjust', 'posted', 5, now())", self.member.id, self.program.id,
        )  # fmt: skip
        self.assertRefused("DELETE FROM loyalty_points_allocation")
        self.assertRefused("UPDATE loyalty_points_allocation SET points = 1")
        self.assertRefused("INSERT INTO loyalty_points_allocation (lot_id, entry_id, points) VALUES (%s, %s, 1)",
                     self.entry.id, self.spent.id)  # fmt: skip
        self.assertRefused("UPDATE loyalty_card SET points = 1000 WHERE id = %s", self.member.card_id.id)

    def test_facts_stay_even_with_the_door_open(self):
        self.env.cr.execute("SELECT set_config('loyalty.door', 'open', true)")
        for change in (
            "points = 1", "date = now()", "expires_on = now()", f"member_id = {self.other.id}", "kind = 'earn'",
            "detail = '{}'", "state = 'void'", "state = 'pending'", "posted_at = now() - interval '1 day'",
        ):  # fmt: skip
            with self.subTest(change):
                self.assertRefused(f"UPDATE loyalty_points_entry SET {change} WHERE id = %s", self.entry.id)  # noqa: S608

    def test_the_door_closes_behind_itself(self):
        self.env.cr.execute("SELECT current_setting('loyalty.door', true)")
        self.assertFalse(self.env.cr.fetchone()[0])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.spend(1000)
        self.env.cr.execute("SELECT current_setting('loyalty.door', true)")
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_a_native_card_is_left_alone(self):
        wallet = self.env["loyalty.program"].create({"name": "W", "program_type": "ewallet"})
        card = self.env["loyalty.card"].create({"program_id": wallet.id, "points": 5})
        card.points = 7
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_card SET points = 8 WHERE id = %s", [card.id])
        card.invalidate_recordset(["points"])
        self.assertEqual(card.points, 8)

    # ------------------------------------------------------------ native writes are caught

    def test_native_write_becomes_an_entry_of_the_difference(self):
        manager = self.make_user("chief", "loyalty_membership.group_manager,sales_team.group_sale_salesman")
        self.member.card_id.with_user(manager).points = 75
        entry = self.Entry.search([("member_id", "=", self.member.id)], order="id desc", limit=1)
        self.assertEqual((entry.kind, entry.points), ("adjust", 15))
        self.assertEqual(entry.create_uid, manager)
        self.assertEqual(self.points(), 75)
        self.assertBalanced()

    def test_update_balance_wizard_goes_through_the_ledger(self):
        manager = self.make_user("chief", "loyalty_membership.group_manager,sales_team.group_sale_salesman")
        wizard = self.env["loyalty.card.update.balance"].with_user(manager).create({
            "card_id": self.member.card_id.id, "new_balance": 10, "description": "Complaint",
        })  # fmt: skip
        wizard.action_update_card_point()
        self.assertEqual(self.points(), 10)
        self.assertBalanced()

    def test_sales_staff_may_not_write_points_or_identity(self):
        seller = self.make_user("seller", "sales_team.group_sale_salesman")
        card = self.member.card_id.with_user(seller)
        for values in ({"points": 1000}, {"code": "044MINE"}, {"partner_id": seller.partner_id.id}, {"active": False}):
            with self.assertRaises(AccessError):
                card.write(values)
        for values in ({"points": 1000}, {"is_member": False}, {"partner_id": seller.partner_id.id, "code": "0000"}):
            with self.assertRaises(UserError):
                card.with_context(loyalty_order_spending=True).write(values)
        self.assertEqual(self.points(), 60, "a context key from outside moves nothing")

    def test_nobody_but_a_manager_makes_cards_that_hold_points(self):
        partner = self.env["res.partner"].create({"name": "Friend"})
        values = {"program_id": self.program.id, "partner_id": partner.id, "points": 1_000_000}
        for groups in ("loyalty_membership.group_store", "sales_team.group_sale_manager"):
            user = self.make_user(groups.replace(".", "_"), groups)
            with self.assertRaises(AccessError):
                self.env["loyalty.card"].with_user(user).create(values)

    def test_the_ledger_keeps_the_precision_of_its_program(self):
        self.grant(10.37)
        self.assertEqual(self.points(), 70)
        self.assertBalanced()

    def test_generated_cards_become_members(self):
        partner = self.env["res.partner"].create({"name": "Generated"})
        card = self.env["loyalty.card"].create({
            "program_id": self.program.id, "partner_id": partner.id, "points": 30,
        })  # fmt: skip
        member = self.env["loyalty.member"].search([("card_id", "=", card.id)])
        self.assertEqual((member.points, member.entry_ids.kind), (30, "opening"))
        self.assertBalanced()

    def test_contact_merge_moves_points_with_their_lots(self):
        lot = self.Entry._post([{"member_id": self.other.id, "kind": "adjust", "points": 25, "expires_on": "2099-01-31"}])
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.member.partner_id | self.other.partner_id).ids, self.member.partner_id)
        self.assertEqual(self.points(), 85)
        self.assertEqual(self.other.merged_into_id, self.member)
        self.assertFalse(self.other.active)
        moved = self.Entry.search([("member_id", "=", self.member.id), ("kind", "=", "transfer_in")])
        self.assertEqual((moved.points, moved.expires_on), (25, lot.expires_on))
        self.assertBalanced()

    def test_a_card_or_customer_with_points_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.member.partner_id.unlink()
        with self.assertRaises(UserError):
            self.member.unlink()

    def test_program_takes_over_native_cards(self):
        program = self.env["loyalty.program"].create({"name": "Old", "program_type": "loyalty"})
        partner = self.env["res.partner"].create({"name": "Old hand"})
        card = self.env["loyalty.card"].create({"program_id": program.id, "partner_id": partner.id, "points": 12})
        program.is_membership = True
        member = self.env["loyalty.member"].search([("card_id", "=", card.id)])
        self.assertEqual(member.points, 12)
        self.assertFalse(program.rule_ids)
        self.assertEqual(self.env["loyalty.ledger.verification"].verify(program.id)["problems"], [])

    # ------------------------------------------------------------ verification

    def test_verification_names_what_was_tampered_with(self):
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE loyalty_card DISABLE TRIGGER loyalty_ledger_card")
        self.env.cr.execute("UPDATE loyalty_card SET points = points + 1 WHERE id = %s", [self.member.card_id.id])
        self.env.invalidate_all()
        problems = self.env["loyalty.ledger.verification"].verify(self.program.id)["problems"]
        self.assertEqual([p["check"] for p in problems], ["balance"])
        self.assertEqual(problems[0]["record"], self.member.code)

    def test_only_managers_verify(self):
        store = self.make_user("clerk", "loyalty_membership.group_store")
        with self.assertRaises(AccessError):
            self.env["loyalty.ledger.verification"].with_user(store).verify()

    def test_users_can_be_deleted_but_for_those_who_wrote_to_the_ledger(self):
        idle, clerk = (self.make_user(login, "loyalty_membership.group_manager") for login in ("idle", "clerk"))
        idle.unlink()
        self.assertFalse(idle.exists())
        # sudo: as the methods do that give points for somebody
        entry = self.Entry.with_user(clerk).sudo()._post([{"member_id": self.member.id, "kind": "adjust", "points": 5}])
        with self.assertRaisesRegex(UserError, "archive the user"):
            clerk.unlink()
        self.assertRefused("UPDATE loyalty_points_entry SET create_uid = NULL WHERE id = %s", entry.id)
