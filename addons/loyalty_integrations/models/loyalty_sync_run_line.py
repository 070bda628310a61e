from odoo import api, fields, models

from ..domain.reconciliation import shown

#: Differences that a click can mend.
REPAIRED = ("missing", "gone", "unbound", "orphan", "different", "not_booked")


class LoyaltySyncRunLine(models.Model):
    """What people should see of a run: of a dry run the first records of each kind, of a reconciliation what differs."""

    _name = "loyalty.sync.run.line"
    _description = "Found by a Run"
    _order = "id"
    _rec_name = "name"

    run_id = fields.Many2one("loyalty.sync.run", required=True, readonly=True, ondelete="cascade")
    connection_id = fields.Many2one(related="run_id.connection_id")
    kind = fields.Selection(related="run_id.kind")
    action = fields.Selection(
        [
            ("create", "Would Be Created"),
            ("change", "Would Be Changed"),
            ("skip", "Would Be Skipped"),
            ("cannot", "Can't Be Done"),
            ("missing", "Missing There"),
            ("gone", "Deleted There"),
            ("unbound", "There, but Not Bound"),
            ("unknown", "Unknown Here"),
            ("orphan", "Deleted Here"),
            ("different", "Different"),
            ("not_booked", "Received, Not Booked"),
            ("day", "Another Sum of the Day"),
        ],
        string="Finding", required=True, readonly=True,
    )  # fmt: skip
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    name = fields.Char("What", readonly=True)
    external_id = fields.Char("Number There", readonly=True)
    reason = fields.Char("Why", readonly=True)
    changes = fields.Json(readonly=True, help="Technical: list of [field, before, after].")
    told = fields.Text("Values", compute="_compute_told")
    repaired_at = fields.Datetime("Repaired", readonly=True)
    may_repair = fields.Boolean(compute="_compute_may_repair")

    _action_idx = models.Index("(run_id, action)")

    @api.depends("changes")
    def _compute_told(self):
        for line in self:
            line.told = "\n".join(f"{name}: {shown(before)} → {shown(after)}" for name, before, after in line.changes or ())

    @api.depends("action", "repaired_at", "run_id.state")
    def _compute_may_repair(self):
        for line in self:
            line.may_repair = line.action in REPAIRED and not line.repaired_at and line.run_id.state == "done"

    def action_open_record(self):
        """The record it is about."""
        self.ensure_one()
        if not self.model or not self.res_id:
            return False
        return {"type": "ir.actions.act_window", "res_model": self.model, "res_id": self.res_id, "view_mode": "form"}
