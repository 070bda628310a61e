from odoo import fields, models
from odoo.tools import SQL


class LoyaltySegmentMove(models.Model):
    """The comings and goings of segments: one row for each time that somebody entered, and one that somebody left."""

    _name = "loyalty.segment.move"
    _description = "Comings And Goings"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "member_id"

    segment_id = fields.Many2one("loyalty.segment", readonly=True)
    member_id = fields.Many2one("loyalty.member", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(readonly=True)
    direction = fields.Selection([("entered", "Entered"), ("left", "Gone")], readonly=True)
    balance = fields.Integer("Growth", readonly=True, help="Entered less left.")

    @property
    def _table_query(self):
        return SQL(
            """SELECT 2 * id AS id, segment_id, member_id, company_id, entered_at AS date, 'entered' AS direction, 1 AS balance
                 FROM loyalty_segment_membership
                UNION ALL
               SELECT 2 * id + 1, segment_id, member_id, company_id, left_at, 'left', -1
                 FROM loyalty_segment_membership WHERE left_at IS NOT NULL"""
        )
