from odoo import api, fields, models


class LoyaltyTransactionRefunds(models.Model):
    _inherit = "loyalty.transaction"

    refund_ids = fields.Many2many("loyalty.transaction", string="Refunds", compute="_compute_refund_ids")

    @api.depends("line_ids")
    def _compute_refund_ids(self):
        """What took lines of these purchases back; one refund may answer several purchases."""
        found = dict(
            self.env["loyalty.transaction.line"]._read_group(
                [("origin_line_id.transaction_id", "in", self.ids)], ["origin_line_id"], ["transaction_id:recordset"]
            )
        )
        for transaction in self:
            transaction.refund_ids = self.browse().union(*(found.get(line, self.browse()) for line in transaction.line_ids))
