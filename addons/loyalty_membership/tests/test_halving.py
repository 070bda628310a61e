"""What can't be done is found, and holds up nothing else."""

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, SerializationFailure

from ..models.halving import done_in_halves


@tagged("post_install", "-at_install")
class TestHalving(TransactionCase):
    def setUp(self):
        super().setUp()
        self.partners = self.env["res.partner"].create([{"name": f"P{number}"} for number in range(8)])
        self.calls, self.left = [], []

    def mark(self, partners, wrong=frozenset(), error=UserError):
        """Write them, and fail afterwards where one is wrong."""
        self.calls.append(len(partners))
        for partner in partners:
            partner.ref = f"{partner.name} done"
        if wrong & set(partners.mapped("name")):
            raise error("no")

    def work(self, wrong=(), **values):
        def set_aside(partner, error):
            partner.ensure_one()
            self.left.append((partner.name, type(error)))

        done_in_halves(
            self.env, self.partners, lambda some: self.mark(some, set(wrong), **values), set_aside
        )  # fmt: skip

    def done(self):
        self.env.invalidate_all()
        return [partner.name for partner in self.partners if partner.ref]

    def test_all_are_done_at_once_where_nothing_is_wrong(self):
        self.work()
        self.assertEqual((self.calls, self.left, len(self.done())), ([8], [], 8))

    def test_those_that_fail_are_alone_and_leave_nothing_and_the_others_are_done_in_order(self):
        self.work(wrong=("P2", "P5"))
        self.assertEqual(self.left, [("P2", UserError), ("P5", UserError)])
        self.assertEqual(self.done(), ["P0", "P1", "P3", "P4", "P6", "P7"])
        self.assertEqual(self.calls, [8, 4, 2, 2, 1, 1, 4, 2, 1, 1, 2])

    def test_what_only_fails_when_it_is_written_is_found_too(self):
        wrong = self.partners[7]

        def act(partners):
            self.mark(partners)
            (partners & wrong).name = False

        with mute_logger("odoo.sql_db"):
            done_in_halves(self.env, self.partners, act, lambda one, error: self.left.append((one, error)))
        [(one, error)] = self.left
        self.assertEqual((one, type(error)), (wrong, CheckViolation))
        self.assertEqual(len(self.done()), 7)

    def test_what_somebody_else_is_at_begins_anew(self):
        with self.assertRaises(SerializationFailure):
            self.work(wrong=("P2",), error=SerializationFailure)
        self.assertEqual((self.calls, self.left), ([8], []))
