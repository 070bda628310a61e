from odoo import api, fields, models


class LoyaltyPointsAdjustmentLine(models.Model):
    """One member of an adjustment: fixed when it is submitted, booked exactly once."""

    _name = "loyalty.points.adjustment.line"
    _description = "Points Adjustment Line"
    _order = "id"
    _rec_name = "member_id"

    adjustment_id = fields.Many2one("loyalty.points.adjustment", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True)
    member_id = fields.Many2one("loyalty.member", required=True, readonly=True, index=True, ondelete="cascade")
    code = fields.Char(related="member_id.code", string="Number")
    reverses_id = fields.Many2one("loyalty.points.entry", readonly=True, ondelete="restrict")
    entry_id = fields.Many2one("loyalty.points.entry", readonly=True, index="btree_not_null", ondelete="restrict")
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Booked"), ("failed", "Left out"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="waiting",
    )
    failure = fields.Selection(
        [
            ("barred", "Frozen, closed or archived"),
            ("gone", "Merged or erased"),
            ("short", "Fewer points than would be taken"),
            ("expired", "The points have expired already"),
            ("own", "Nobody decides over their own points"),
            ("refused", "Refused"),
        ],
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    error = fields.Char("Why Not", compute="_compute_error")

    _member_unique = models.UniqueIndex("(adjustment_id, member_id)", "A member gets an adjustment once.")
    _reversed_once = models.UniqueIndex(
        "(reverses_id) WHERE reverses_id IS NOT NULL AND state IN ('waiting', 'done', 'failed')",
        "These points are being taken back by another adjustment already.",
    )
    _waiting_idx = models.Index("(adjustment_id, id) WHERE state = 'waiting'")
    _state_idx = models.Index("(adjustment_id, state)")

    @api.depends("failure", "detail")
    @api.depends_context("lang")
    def _compute_error(self):
        failures = dict(self._fields["failure"]._description_selection(self.env))
        for line in self:
            told = failures.get(line.failure, "")
            line.error = self.env._("%(what)s: %(detail)s", what=told, detail=line.detail) if line.detail else told
