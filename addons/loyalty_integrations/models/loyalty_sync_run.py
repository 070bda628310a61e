from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..adapters import base
from .loyalty_connection import FLOWS

#: What whoever starts a run decides; everything else is for the run itself to say.
DECIDED = {"connection_id", "kind", "flow", "limit", "member_ids", "since"}
#: Flows of which all there is can be brought over at once.
LOADED = (base.PUSH_MEMBER, base.PULL_CONTACTS, base.PULL_PURCHASES)
COMPARED = (base.PUSH_MEMBER, base.PULL_PURCHASES)
PULLS = (base.PULL_CONTACTS, base.PULL_PURCHASES, base.PULL_DELIVERY)


class LoyaltySyncRun(models.Model):
    """Something that is done with many records of a connection: tried without doing it, loaded for the first time, compared.

    It is worked at by a job, in committed steps that know where the next one begins: killed anywhere, it goes on.
    """

    _name = "loyalty.sync.run"
    _description = "Run"
    _order = "id desc"

    connection_id = fields.Many2one("loyalty.connection", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    program_id = fields.Many2one(related="connection_id.program_id")
    kind = fields.Selection(
        [("dry", "Dry Run"), ("first_load", "First Load"), ("reconcile", "Reconciliation")],
        required=True, default="dry",
        help="Dry run: what would happen, and why; nothing is sent or booked.\n"
             "First load: all there is, beside the everyday changes, which go first.\n"
             "Reconciliation: what differs between both systems.",
    )  # fmt: skip
    flow = fields.Selection("_flow_words", required=True, default=base.PUSH_MEMBER)
    state = fields.Selection(
        [
            ("draft", "Draft"), ("running", "Running"), ("paused", "Paused"), ("done", "Done"), ("stopped", "Stopped"),
            ("failed", "Failed"),
        ],
        required=True, readonly=True, default="draft", copy=False,
    )  # fmt: skip
    user_id = fields.Many2one(
        "res.users", "Started By", readonly=True, copy=False, help="In whose language it is told. Nobody: it runs every night."
    )
    limit = fields.Integer("At Most", default=1000, help="So many records are looked at.")
    member_ids = fields.Many2many(
        "loyalty.member", string="Members", domain="[('program_id', '=', program_id)]", help="Nobody: all of the program."
    )
    since = fields.Date(
        help="What was changed there since this day is read. Empty: since the day that the connection says, or everything."
    )

    position = fields.Json(readonly=True, copy=False, help="Technical: where the next step begins.")
    counts = fields.Json(readonly=True, copy=False, help="Technical: how many records there are of each kind of line.")
    total = fields.Integer(readonly=True, copy=False)
    done = fields.Integer(readonly=True, copy=False)
    created = fields.Integer(readonly=True, copy=False)
    changed = fields.Integer(readonly=True, copy=False)
    skipped = fields.Integer(readonly=True, copy=False)
    failed = fields.Integer(readonly=True, copy=False)
    count_here = fields.Integer("Here", readonly=True, copy=False)
    count_there = fields.Integer("There", readonly=True, copy=False)
    differences = fields.Integer(readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    finished_at = fields.Datetime("Finished", readonly=True, copy=False)
    line_ids = fields.One2many("loyalty.sync.run.line", "run_id", readonly=True)
    progress = fields.Float(compute="_compute_progress", help="Percent.")
    progress_text = fields.Char(compute="_compute_progress")
    summary = fields.Char(compute="_compute_summary")

    _connection_idx = models.Index("(connection_id, kind, flow, id DESC)")
    _limit_positive = models.Constraint('CHECK ("limit" BETWEEN 1 AND 100000)', "Choose 1 to 100,000 records.")
    _one_load = models.UniqueIndex(
        "(connection_id, flow, kind) WHERE state IN ('running', 'paused') AND kind <> 'dry'",
        "Such a run is under way already: see the list of runs.",
    )

    @api.model
    def _flow_words(self):
        known = self.env["loyalty.connection"]._fields
        return [(name, known[name]._description_string(self.env)) for name in FLOWS]

    # ------------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------------

    @api.depends("kind", "flow", "connection_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        words = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("kind", "flow")}
        for run in self:
            kind, flow = words["kind"].get(run.kind, ""), words["flow"].get(run.flow, "")
            whose = f" ({run.connection_id.display_name})" if run.connection_id else ""
            run.display_name = f"{kind}: {flow}{whose}"

    @api.depends("done", "total", "state", "position")
    def _compute_progress(self):
        for run in self:
            share = 100.0 if run.state == "done" else 100.0 * run.done / run.total if run.total else run._share_read()
            run.progress = min(share, 100.0)
            if run.total:
                run.progress_text = self.env._("%(done)s of %(total)s", done=f"{run.done:,}", total=f"{run.total:,}")
            else:
                run.progress_text = self.env._("%s read", f"{run.done:,}")

    def _share_read(self):
        """Percent of the time that was read, where the number of records is not known beforehand."""
        return (self.position or {}).get("share", 0.0)

    @api.depends("kind", "counts", "state", "differences", "flow")
    @api.depends_context("lang")
    def _compute_summary(self):
        """What was found, in one line."""
        words = dict(self.env["loyalty.sync.run.line"]._fields["action"]._description_selection(self.env))
        for run in self:
            found = ", ".join(f"{words[action]}: {count:,}" for action, count in (run.counts or {}).items() if count)
            if not found and run.state == "done" and run.kind == "reconcile":
                found = self.env._("Both sides are the same.")
            run.summary = found

    @api.onchange("connection_id", "kind")
    def _onchange_kind(self):
        if self.connection_id and self.flow not in self._flows():
            self.flow = next(iter(self._flows()), False)

    def _flows(self):
        """Flows that this run can be about."""
        able = {"dry": FLOWS, "first_load": LOADED, "reconcile": COMPARED}[self.kind or "dry"]
        return [flow for flow in able if flow in (self.connection_id.supported_flows or ())]

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.constrains("connection_id", "kind", "flow")
    def _check_flow(self):
        for run in self:
            if run.flow not in run._flows():
                raise ValidationError(self.env._("%s: the system can't do that.", run.display_name))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{name: value for name, value in vals.items() if name in DECIDED} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and vals.keys() - DECIDED:
            raise AccessError(self.env._("What becomes of a run is for the run itself to say."))
        if DECIDED & vals.keys() and any(run.state != "draft" for run in self):
            raise UserError(self.env._("It was started already: make another run."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_ended(self):
        if self.filtered(lambda run: run.state in ("running", "paused")):
            raise UserError(self.env._("Stop the run first."))
