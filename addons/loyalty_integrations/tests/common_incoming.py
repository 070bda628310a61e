"""A till that sends tickets, and the tickets that it sends."""

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase


class TillCase(LoyaltyCase):
    number = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Inbox = cls.env["loyalty.inbox"]
        cls.connection = cls.make_connection()

    @classmethod
    def make_connection(cls, source="pos-01", **values):
        connection = cls.env["loyalty.connection"].create({
            "name": "Tills", "system": "till", "source": source, "program_id": cls.program.id, "pull_purchases": True,
            "rate_calls": 1000, **values,
        })  # fmt: skip
        connection.state = "active"
        return connection

    @classmethod
    def next_number(cls):
        TillCase.number += 1
        return f"T{TillCase.number}"

    def sale(self, *amounts, **values):
        """A ticket with a line for each amount."""
        lines = [
            {"line_id": str(n), "sku": f"S{n}", "qty": "1", "amount": amount} for n, amount in enumerate(amounts or ["10.00"], 1)
        ]
        return {"external_id": self.next_number(), "member": {"no": self.member.code}, "lines": lines, **values}

    def refund(self, sale, **values):
        return {
            "type": "refund", "external_id": self.next_number(), "original_external_id": sale["external_id"], **values,
        }  # fmt: skip

    def own_cursors(self):
        """The layer's own transactions are parts of the test's."""
        return self.enter_registry_test_mode()

    def send(self, *items, keys=(), connection=None):
        """Send these tickets, as the endpoint does; list of (status, body)."""
        with self.own_cursors():
            told = self.Inbox._answer_tickets(connection or self.connection, list(items), keys or [""] * len(items))
        self.env.invalidate_all()
        return [(one.status, one.body) for one in told]

    def send_one(self, item, key=""):
        return self.send(item, keys=[key])[0]

    def row(self, item, kind="purchase"):
        return self.rows().filtered(lambda row: (row.event_id, row.kind) == (item["external_id"], kind))

    def rows(self):
        """What came in by the connection."""
        return self.Inbox.search([("connection_id", "=", self.connection.id)])

    def work(self):
        with self.own_cursors():
            self.env.ref("loyalty_integrations.cron_inbox").method_direct_trigger()
        self.env.invalidate_all()

    def booked(self):
        """What is in the journal of the connection's source: list of (reference, amount, points)."""
        rows = self.env["loyalty.transaction"].search(
            [("program_id", "=", self.program.id), ("source", "=", "pos-01")], order="id"
        )
        return [(row.reference, row.amount, sum(row.entry_ids.mapped("points"))) for row in rows]
