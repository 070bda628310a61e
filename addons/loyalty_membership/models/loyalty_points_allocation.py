from odoo import api, fields, models

from .ledger_guard import close_table, freeze_rows


class LoyaltyPointsAllocation(models.Model):
    """Which lot paid how much of which entry; negative where an entry gave points back to it.

    For every lot: remaining = points - sum of its allocations; for every other entry:
    remaining = points + sum of its allocations (zero, or what is still owed).
    """

    _name = "loyalty.points.allocation"
    _description = "Points Allocation"
    _order = "id"

    lot_id = fields.Many2one("loyalty.points.entry", required=True, readonly=True, index=True, ondelete="restrict")
    entry_id = fields.Many2one("loyalty.points.entry", required=True, readonly=True, index=True, ondelete="restrict")
    points = fields.Float(digits=(16, 2), required=True, readonly=True)
    expires_on = fields.Date(related="lot_id.expires_on")

    # A seal covers what was booked on its day; a debt may be paid on a later day than it was made.
    _create_date_idx = models.Index("USING brin (create_date)")

    @api.model_create_multi
    def create(self, vals_list):  # noqa: ODW8106
        raise self.env["loyalty.points.entry"]._refusal()

    def write(self, vals):  # noqa: ODW8106
        raise self.env["loyalty.points.entry"]._refusal()

    def unlink(self):  # noqa: ODW8106
        raise self.env["loyalty.points.entry"]._refusal()  # noqa: ODE8140

    def init(self):
        close_table(self.env.cr, self._table)
        freeze_rows(self.env.cr, self._table)
