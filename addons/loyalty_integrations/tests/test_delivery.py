"""Gifts that another system delivers are delivered here, too, once."""

from odoo.addons.loyalty_membership.tests.common_redemption import RedemptionCase
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestDelivery(RedemptionCase, EchoCase):
    def gift(self, **values):
        redemption = self.redeem(self.mug, **values)
        self.env["loyalty.binding"]._keep(self.connection, "redemption", redemption, "OUT1")
        return redemption

    def told(self, state="delivered", number="OUT1", again=1):
        values = {"reference": "LOY-1", "state": state, "date": "2026-01-15", "carrier": "顺丰", "tracking": "SF1234567890"}
        rows = self.env["loyalty.inbox"].sudo()
        for time in range(again):
            rows |= rows._receive(
                self.connection, "delivery", [{"event_id": f"{number}@{state}{time}", "data": {"id": number, "values": values}}]
            )
        rows._process()
        return rows

    def test_what_is_delivered_there_leaves_the_stock_and_ends_the_redemption(self):
        redemption = self.gift()
        self.told("open")
        self.assertEqual(redemption.state, "approved")
        rows = self.told(again=2)
        self.assertEqual((redemption.state, set(redemption.move_ids.mapped("state"))), ("done", {"done"}))
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertIn("SF1234567890", str(redemption.message_ids.mapped("body")))

    def test_what_was_given_up_here_and_delivered_there_is_somebodys_business(self):
        redemption = self.gift()
        redemption._cancel("changed my mind")
        row = self.told()
        self.assertEqual((row.state, row.error_code, redemption.state), ("dead", "not_expected", "cancelled"))

    def test_what_is_nobodys_is_passed_over(self):
        self.assertEqual(self.told(number="OUT9").state, "done")

    def test_an_approved_gift_is_noted_once_for_systems_that_deliver(self):
        self.connection.flush_recordset()
        self.env.cr.execute("UPDATE loyalty_connection SET push_redemption = true WHERE id = %s", [self.connection.id])
        self.registry.clear_cache()
        self.env.invalidate_all()
        redemption = self.gift(delivery="ship")
        rows = self.noted(("flow", "=", "push_redemption"))
        self.assertEqual((rows.res_id, rows.event), (redemption.id, "redemption.approved"))
