from odoo import fields, models


class LoyaltySyncCursor(models.Model):
    """How far a stream was read. It moves in the transaction that keeps what was read before it."""

    _name = "loyalty.sync.cursor"
    _description = "Reading Position"
    _order = "connection_id, stream"
    _rec_name = "stream"

    connection_id = fields.Many2one("loyalty.connection", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    stream = fields.Char(required=True, readonly=True)
    value = fields.Json(readonly=True)
    last_run_at = fields.Datetime(readonly=True)
    last_record_at = fields.Datetime("Last News", readonly=True)
    error = fields.Char(readonly=True)
    due = fields.Boolean(readonly=True, help="There is more to be read, or somebody has asked for it: it is read at once.")

    _stream_unique = models.UniqueIndex("(connection_id, stream)")
