"""Under which name purchases of a connection stand in the journal."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common_incoming import TillCase


@tagged("post_install", "-at_install")
class TestSource(TillCase):
    def sell(self, connection, number="T1"):
        data = {
            "reference": number, "member": [self.member.code],
            "lines": [{"line_id": "1", "name": "Tea", "quantity": "1", "amount": "10"}],
        }  # fmt: skip
        rows = self.env["loyalty.inbox"].sudo()._receive(connection, "purchase", [{"event_id": number, "data": data}])
        rows._process()
        return rows

    def test_a_connection_that_takes_anothers_place_books_nothing_twice(self):
        old = self.sell(self.connection)
        name = self.connection.source
        self.connection.active = False
        self.connection.flush_recordset()
        successor = self.env["loyalty.connection"].create({
            "name": "New", "system": "till", "program_id": self.program.id, "pull_purchases": True, "source": name,
        })  # fmt: skip
        again = self.sell(successor)
        self.assertEqual((old.state, again.state, again.transaction_id), ("done", "duplicate", old.transaction_id))

    def test_tills_are_switched_on_without_a_setting(self):
        connection = self.env["loyalty.connection"].create({
            "name": "New", "system": "till", "program_id": self.program.id, "pull_purchases": True,
        })  # fmt: skip
        connection.action_activate()
        self.assertEqual((connection.state, connection.test_passed), ("active", True))

    def test_without_a_name_it_gets_one_of_its_own(self):
        connection = self.env["loyalty.connection"].create({"name": "New", "system": "till", "program_id": self.program.id})
        self.assertEqual(connection.source, f"till-{connection.id}")

    def test_two_at_work_do_not_share_a_name(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["loyalty.connection"].create({
                "name": "New", "system": "till", "program_id": self.program.id, "source": self.connection.source,
            })  # fmt: skip

    def test_a_name_under_which_something_is_booked_stays(self):
        self.connection.source = "other"
        self.sell(self.connection)
        with self.assertRaisesRegex(UserError, "booked under other"):
            self.connection.source = "third"

    def test_names_of_our_own_are_refused(self):
        with self.assertRaises(ValidationError):
            self.connection.source = "sale.order"
