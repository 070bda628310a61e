"""Documents of an ERP as people write them: with lines of nothing, discounts, and returns of several orders."""

from odoo.tests import tagged

from .common_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase):
    def test_a_document_is_booked_as_the_published_mapping_says(self):
        mapping = self.connection._mapping("sale")
        draft = self.env["loyalty.mapping"].browse(mapping.action_new_version()["res_id"])
        note, _name = (
            self
            .env["loyalty.remote.field"]
            .with_context(default_connection_id=self.connection.id, default_subject="sale")
            .name_create("FNote")
        )
        draft.line_ids.filtered(lambda line: line.local_field_id.name == "reference").remote_field_id = note
        draft.action_publish()
        order = self.order("SO1", (2, 30))
        order.values["FNote"] = "N-1"
        self.fetch(order)
        self.assertEqual(self.booked(), [("N-1", 30, 30)])
        line = self.env["loyalty.transaction"].search([("source", "=", "erp")]).line_ids
        self.assertEqual((line.sku, line.quantity, line.amount), ("S1", 2, 30))

    def test_a_line_of_nothing_holds_up_nothing(self):
        self.fetch(self.order("SO1", (1, 30), (0, 0)))
        self.assertEqual(self.booked(), [("SO1", 30, 30)])

    def test_a_discount_in_a_line_of_its_own_is_shared_by_the_others(self):
        self.fetch(self.order("SO1", 30, 20, (1, -10)))
        lines = self.env["loyalty.transaction"].search([("source", "=", "erp")]).line_ids.sorted("id")
        self.assertEqual((lines.mapped("amount"), self.member.points), ([24, 16], 40))

    def test_only_the_total_earns_where_it_is_less_than_the_lines(self):
        self.fetch(self.order("SO1", 30, 20, total=40), self.order("SO2", 30, total=50))
        self.assertEqual(self.booked(), [("SO1", 40, 40), ("SO2", 30, 30)])

    def test_a_document_that_takes_off_more_than_it_has_is_left_to_people(self):
        self.fetch(self.order("SO1", 30, (1, -50)))
        self.assertEqual((self.row("SO1").state, self.booked()), ("dead", []))

    def test_a_return_of_several_orders_takes_back_of_each(self):
        self.fetch(self.order("SO1", 30), self.order("SO2", 20, 50))
        given = [("SO1", "S1", 10), ("SO2", "S2", 50)]
        for _twice in range(2):
            self.fetch(self.returned("R1", *given), stream="refund")
        self.assertEqual([row[:2] for row in self.booked()[2:]], [("refund:R1", -10), ("refund:R1#SO2", -50)])
        self.assertEqual(self.member.points, 40)
        self.assertEqual(self.row("R1#SO2").original_reference, "SO2")

    def test_a_return_that_another_order_is_added_to_takes_nothing_back_twice(self):
        self.fetch(self.order("SO1", 30), self.order("SO2", 20))
        self.fetch(self.returned("R1", ("SO1", "S1", 10)), stream="refund")
        self.fetch(self.returned("R1", ("SO1", "S1", 10), ("SO2", "S1", 20)), stream="refund")
        self.assertEqual((self.member.points, self.rows(("state", "=", "dead")).mapped("event_id")), (20, []))
