from datetime import date, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import InsufficientPrivilege

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestLedgerSeal(LoyaltyCase):
    """What happens behind the ledger's back, inside the database, shows."""

    def setUp(self):
        super().setUp()
        self.Seal = self.env["loyalty.ledger.seal"]
        for day in (1, 2, 3):
            with freeze_time(f"2026-03-0{day} 12:00:00"):
                self.lot = self.grant(100)
                self.spent = self.spend(40)
        self.seal_until("2026-03-04 12:00:00")

    def seal_until(self, moment):
        with freeze_time(moment):
            for day in self.Seal._unsealed_days():
                self.Seal._seal(day)

    def tamper(self, statement, *arguments, table="loyalty_points_entry"):
        """Do as the owner of the database can: switch the guards off."""
        self.env.flush_all()
        self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(statement, arguments)
        self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def problems(self, **values):
        problems = self.env["loyalty.ledger.verification"].verify(self.program.id, **values)["problems"]
        return {(problem["check"], problem["record"]) for problem in problems}

    def test_an_untouched_ledger_passes(self):
        self.assertEqual(self.problems(), set())

    def test_a_changed_entry_shows(self):
        self.tamper("UPDATE loyalty_points_entry SET note = 'forged' WHERE id = %s", self.lot.id)
        self.assertEqual(self.problems(), {("seal", "2026-03-03")})

    def test_an_allocation_moved_to_another_lot_shows(self):
        allocation = self.spent.allocation_ids[-1]
        self.assertNotEqual(self.lot, allocation.lot_id)
        self.tamper(
            "UPDATE loyalty_points_allocation SET lot_id = %s WHERE id = %s", self.lot.id, allocation.id,
            table="loyalty_points_allocation",
        )  # fmt: skip
        self.assertIn(("seal", "2026-03-03"), self.problems())

    def test_an_allocation_added_or_removed_shows(self):
        self.tamper("DELETE FROM loyalty_points_allocation WHERE entry_id = %s", self.spent.id, table="loyalty_points_allocation")
        self.assertIn(("seal", "2026-03-03"), self.problems())

    def test_a_debt_that_a_later_day_pays_leaves_the_seal_of_its_own_day_whole(self):
        with freeze_time("2026-03-05 12:00:00"):
            purchase = self.buy(500)
            self.spend(600)
        with freeze_time("2026-03-06 12:00:00"):
            self.refund(purchase)
            self.assertLess(self.points(), 0)
        self.seal_until("2026-03-07 12:00:00")
        with freeze_time("2026-03-07 13:00:00"):
            self.grant(1000)
        self.seal_until("2026-03-08 12:00:00")
        self.assertEqual(self.problems(), set())

    def test_an_entry_smuggled_into_a_day_before_the_first_seal_shows(self):
        self.tamper(
            """INSERT INTO loyalty_points_entry (member_id, program_id, kind, state, points, remaining, date, posted_at)
               VALUES (%s, %s, 'adjust', 'posted', 0, 0, '2001-01-01', '2001-01-01')""",
            self.member.id, self.program.id,
        )  # fmt: skip
        self.assertEqual(self.problems(), {("unsealed", "2001-01-01")})

    # ------------------------------------------------------------ seals that are gone

    def test_a_removed_seal_shows_wherever_it_was(self):
        for day, shows in (
            ("2026-03-03", {("unsealed", "2026-03-03"), ("head", "2026-03-03")}),
            ("2026-03-02", {("unsealed", "2026-03-02"), ("seal", "2026-03-03")}),
        ):
            with self.subTest(day), self.env.cr.savepoint() as savepoint:
                self.tamper("DELETE FROM loyalty_ledger_seal WHERE day = %s", day, table="loyalty_ledger_seal")
                self.assertEqual(self.problems(), shows)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_the_nightly_job_does_not_paper_over_a_removed_seal(self):
        self.tamper("DELETE FROM loyalty_ledger_seal WHERE day >= '2026-03-02'", table="loyalty_ledger_seal")
        self.tamper("UPDATE loyalty_points_entry SET note = 'forged' WHERE id = %s", self.lot.id)
        with freeze_time("2026-03-05 12:00:00"):
            self.grant(1)
        self.seal_until("2026-03-06 12:00:00")
        self.assertEqual(self.Seal.search([("day", ">", "2026-03-01")]).mapped("day"), [date(2026, 3, 5), date(2026, 3, 4)])
        self.assertLessEqual({("unsealed", "2026-03-02"), ("unsealed", "2026-03-03")}, self.problems())

    def test_all_seals_and_the_noted_head_removed_show_against_a_digest_that_was_kept_outside(self):
        kept = self.Seal._head()["digest"]
        self.assertEqual(self.problems(digest=kept), set())
        self.tamper("DELETE FROM loyalty_ledger_seal", table="loyalty_ledger_seal")
        self.env["ir.config_parameter"].search([("key", "=", "loyalty_membership.ledger_head")]).unlink()
        self.assertEqual(self.problems(), set(), "whoever redoes everything inside leaves no trace inside")
        self.assertEqual(self.problems(digest=kept), {("kept digest", kept)})

    def test_a_forgotten_head_shows(self):
        self.env["ir.config_parameter"].search([("key", "=", "loyalty_membership.ledger_head")]).unlink()
        self.assertEqual(self.problems(), {("head", "2026-03-03")})

    def test_days_that_wait_for_the_job_are_told_and_are_no_failure(self):
        with freeze_time("2026-03-05 12:00:00"):
            self.grant(1)
        with freeze_time("2026-03-07 12:00:00"):
            result = self.env["loyalty.ledger.verification"].verify(self.program.id)
        self.assertTrue(result["ok"])
        self.assertEqual(result["unsealed"], ["2026-03-05"])

    # ------------------------------------------------------------ who may

    def test_nobody_writes_seals_but_the_job(self):
        admin = self.make_user("boss", "loyalty_membership.group_admin,base.group_system")
        last = self.Seal.search([], limit=1)
        for env in (self.env, self.env(user=admin), self.env(su=True)):
            seal = last.with_env(env)
            with self.assertRaises(AccessError):
                env[seal._name].create({"day": "2020-01-01", "digest": "x"})
            with self.assertRaises(AccessError):
                seal.write({"digest": "x"})
            with self.assertRaises(AccessError):
                seal.unlink()
        for statement in (
            "DELETE FROM loyalty_ledger_seal", "TRUNCATE loyalty_ledger_seal", "UPDATE loyalty_ledger_seal SET digest = 'x'",
            "INSERT INTO loyalty_ledger_seal (day, digest) VALUES ('2020-01-01', 'x')",
        ):  # fmt: skip
            with (
                self.subTest(statement), self.assertRaises(InsufficientPrivilege), mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):  # fmt: skip
                self.env.cr.execute(statement)

    def test_the_head_is_shown_where_the_ledger_is_verified(self):
        wizard = self.env["loyalty.ledger.verification"].create({"program_id": self.program.id})
        wizard.action_verify()
        last = self.Seal.search([], limit=1)
        self.assertEqual((wizard.head_day, wizard.head_digest), (last.day, last.digest))

    def test_the_job_seals_every_day_that_is_over(self):
        with freeze_time("2026-03-08 12:00:00"):
            days = self.Seal._unsealed_days()
        self.assertEqual(days, [date(2026, 3, 4) + timedelta(days=n) for n in range(4)])
