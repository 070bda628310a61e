"""Documents of an ERP as they are fetched: through the mapping that a connection to Kingdee starts with, published."""

from odoo.addons.loyalty_membership.tests.common import LoyaltyCase

from ..adapters.base import PULL_PURCHASES, Record


class DocumentCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["loyalty.connection"].create({
            "name": "ERP", "system": "kingdee", "source": "erp", "program_id": cls.program.id, "pull_purchases": True,
        })  # fmt: skip
        cls.connection.state = "active"
        cls.env["loyalty.binding"]._keep(cls.connection, "member", cls.member, "100001")

    def order(self, reference="SO1", *amounts, customer="100001", day="2025-06-06", total=None, **said):
        """A sales order with a line of one piece for each amount, or for each (quantity, amount)."""
        lines = tuple(
            self.line("FSaleOrderEntry", "FQty", number, *(one if isinstance(one, tuple) else (1, one)))
            for number, one in enumerate(amounts or [100], 1)
        )
        values = {"FBillNo": reference, "FDate": day, "FCustId": customer, "FSaleOrderFinance.FBillAllAmount": total}
        return Record(f"1{reference}", {**values, **lines[0]}, lines=lines, **said)

    def returned(self, reference, *given, customer="100001", day="2025-06-07", **said):
        """A return with a line for each (number of the order, sku, amount)."""
        lines = tuple(
            self.line("FEntity", "FRealQty", number, 1, amount, sku) | {"FEntity.FOrderNo": order}
            for number, (order, sku, amount) in enumerate(given, 1)
        )
        values = {"FBillNo": reference, "FDate": day, "FRetcustId": customer}
        return Record(f"2{reference}", {**values, **(lines[0] if lines else {})}, lines=lines, **said)

    @staticmethod
    def line(entry, quantity_path, number, quantity, amount, sku=""):
        return {
            f"{entry}.FEntryID": number, f"{entry}.FMaterialId.FNumber": sku or f"S{number}",
            f"{entry}.{quantity_path}": quantity, f"{entry}.FAllAmount": amount,
        }  # fmt: skip

    def fetch(self, *records, stream="sale"):
        """Let these come in and be done."""
        self.env["loyalty.inbox"]._receive_records(self.connection, PULL_PURCHASES, stream, list(records))
        self.work()

    def work(self):
        with self.enter_registry_test_mode():
            self.env.ref("loyalty_integrations.cron_inbox").method_direct_trigger()
        self.env.invalidate_all()

    def rows(self, *domain):
        return self.env["loyalty.inbox"].search([("connection_id", "=", self.connection.id), *domain], order="id")

    def row(self, event):
        return self.rows(("event_id", "=", event))

    def booked(self):
        """list of (reference, amount, points) in the journal, oldest first."""
        rows = self.env["loyalty.transaction"].search([("source", "=", "erp")], order="id")
        return [(row.reference, row.amount, sum(row.entry_ids.mapped("points"))) for row in rows]
