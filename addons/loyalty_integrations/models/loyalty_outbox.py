from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..adapters import base

STATES = [
    ("pending", "Waiting"),
    ("in_flight", "Being Sent"),
    ("retry", "To Be Tried Again"),
    ("verify", "To Be Looked Up"),
    ("done", "Done"),
    ("skipped", "Skipped"),
    ("dead", "Given Up"),
]
#: What is still to be sent, in SQL as in the indexes.
OPEN = ("pending", "in_flight", "retry", "verify")
#: Flows that bring a record's present state there: only the newest row counts.
STATE_FLOWS = (base.PUSH_MEMBER,)


class LoyaltyOutbox(models.Model):
    """What is to be sent, written in the transaction that changed something, and sent by nobody but the dispatcher.

    A row is at least once brought over, in the order of its record's rows; ``idempotency_key`` is the same on every try, for
    systems that can tell repeats by it.
    """

    _name = "loyalty.outbox"
    _description = "Message to Another System"
    _order = "id desc"
    _rec_name = "event"

    connection_id = fields.Many2one("loyalty.connection", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    flow = fields.Selection([
        (base.PUSH_MEMBER, "Member"),
        (base.PUSH_POINTS, "Points"),
        (base.PUSH_REDEMPTION, "Redemption"),
        (base.PUSH_MESSAGE, "Message"),
        (base.PUSH_EVENT, "Event"),
    ], required=True, readonly=True)  # fmt: skip
    event = fields.Char(readonly=True, help="What happened, e.g. points.earned.")
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    member_id = fields.Many2one("loyalty.member", readonly=True, ondelete="set null", index="btree_not_null")
    ordering_key = fields.Char(required=True, readonly=True, help="Rows of one key are sent one after the other.")
    dedupe_key = fields.Char(readonly=True, help="What is kept once, however often it is noted.")
    occurred_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    valid_until = fields.Datetime(readonly=True, help="After that it isn't worth sending any more.")
    data = fields.Json(readonly=True, help="What has to be kept from the moment itself.")
    payload = fields.Json(readonly=True, help="What is sent, as it was at the first try.")
    idempotency_key = fields.Char(readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="pending")
    attempts = fields.Integer("Tries", readonly=True, default=0)
    next_attempt_at = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    lease_until = fields.Datetime(readonly=True)
    lease_by = fields.Char(readonly=True)
    sending = fields.Boolean(readonly=True, copy=False, help="A worker has begun to send it; not kept where repeats do no harm.")
    doubtful = fields.Boolean(readonly=True, copy=False, help="It was sent and no answer came, and nobody has looked since.")
    done_at = fields.Datetime(readonly=True)
    external_id = fields.Char("Number There", readonly=True)
    error_kind = fields.Char(readonly=True)
    error_code = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    replay_of_id = fields.Many2one("loyalty.outbox", readonly=True, ondelete="set null", index="btree_not_null")
    attempt_ids = fields.One2many("loyalty.outbox.attempt", "outbox_id", readonly=True)

    _due_idx = models.Index("(connection_id, priority, next_attempt_at, id) WHERE state IN ('pending', 'retry', 'verify')")
    _order_idx = models.Index("(connection_id, ordering_key, id) WHERE state IN ('pending', 'in_flight', 'retry', 'verify')")
    _lease_idx = models.Index("(lease_until) WHERE state = 'in_flight'")
    _dead_idx = models.Index("(connection_id, error_code) WHERE state = 'dead'")
    _dedupe_unique = models.UniqueIndex("(connection_id, dedupe_key) WHERE dedupe_key IS NOT NULL")

    # ------------------------------------------------------------------
    # Guards: rows are made and moved by the layer alone
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise self._refusal()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise self._refusal()
        return super().write(vals)

    def _refusal(self):
        return AccessError(self.env._("What is queued can't be edited: send it again, or give it up."))

    # ------------------------------------------------------------------
    # What people do with it
    # ------------------------------------------------------------------

    def action_send_again(self):
        """Try these again, from the first try: the same content under the same key.

        What may have arrived is looked up first as ever; where that can't be, and it was given up for that, somebody has
        decided now.
        """
        self._check_may_operate()
        stuck = self.filtered(lambda row: row.state in ("dead", "retry", "verify"))
        if not stuck:
            raise UserError(self.env._("There is nothing here that failed."))
        own = stuck.sudo()  # sudo: asked for above; state, not content
        own.filtered(lambda row: row.state == "dead" and row.error_code == "maybe_delivered").doubtful = False
        for doubtful, rows in own.grouped("doubtful").items():
            rows.write({
                "state": "verify" if doubtful else "retry", "attempts": 0, "next_attempt_at": fields.Datetime.now(),
                "error_kind": False, "error_code": False, "error_message": False,
            })  # fmt: skip
        self._wake()

    def action_send_as_new(self):
        """Send these as they would be sent today, as something new: another key, today's mapping."""
        self._check_may_operate()
        if self.filtered(lambda row: row.state in OPEN):
            raise UserError(self.env._("What is still under way can't be sent as new."))
        own = self.sudo()  # sudo: asked for above
        copies = own.browse()
        for row in own:
            copies |= row.copy({"replay_of_id": row.id})
        self._wake()
        return copies

    def action_give_up(self):
        """Don't send these; a later change of the same record that was to go with one of them is still to be sent."""
        self._check_may_operate()
        open_ones = self.filtered(lambda row: row.state in ("pending", "retry", "verify", "dead"))
        # sudo: asked for above
        own = open_ones.sudo()
        later = own.filtered(lambda row: row.state != "dead")._superseded_later()
        own.write({
            "state": "skipped", "done_at": fields.Datetime.now(),
            "error_message": self.env._("Given up by %s.", self.env.user.name),
        })  # fmt: skip
        if later:
            later.write({
                "state": "pending", "done_at": False, "error_code": False, "next_attempt_at": fields.Datetime.now(),
            })  # fmt: skip
            self._wake()

    def _superseded_later(self):
        """The last row of the record of each of these, where it waits no more because one of these was sent for it."""
        found = self.browse()
        for row in self.filtered(lambda row: row.flow in STATE_FLOWS):
            found |= self.search([
                ("connection_id", "=", row.connection_id.id), ("flow", "=", row.flow), ("ordering_key", "=", row.ordering_key),
                ("id", ">", row.id),
            ], limit=1)  # fmt: skip
        return found.filtered(lambda row: row.state == "skipped" and row.error_code == "superseded")

    def copy_data(self, default=None):
        fresh = {
            "state": "pending", "attempts": 0, "payload": False, "idempotency_key": False, "dedupe_key": False,
            "next_attempt_at": fields.Datetime.now(), "lease_until": False, "lease_by": False, "done_at": False,
            "error_kind": False, "error_code": False, "error_message": False, "external_id": False,
        }  # fmt: skip
        return super().copy_data({**fresh, **(default or {})})

    def _check_may_operate(self):
        self.check_access("read")
        user = self.env.user
        if not self.env.su and not (user.has_group("loyalty_membership.group_manager") or user.has_group("base.group_system")):
            raise AccessError(self.env._("Only a membership manager may do that."))

    @api.model
    def _wake(self):
        """Let the dispatcher look at once, after this transaction."""
        # sudo: whoever changes something runs no jobs
        self.env.ref("loyalty_integrations.cron_dispatch").sudo()._trigger()

    def action_open_record(self):
        """The record it is about."""
        self.ensure_one()
        if not self.model or not self.res_id:
            return False
        return {"type": "ir.actions.act_window", "res_model": self.model, "res_id": self.res_id, "view_mode": "form"}


class LoyaltyOutboxAttempt(models.Model):
    """One try, as those read it who look for what went wrong: no secrets, cut to size."""

    _name = "loyalty.outbox.attempt"
    _description = "Attempt"
    _order = "id desc"
    _rec_name = "outcome"

    outbox_id = fields.Many2one("loyalty.outbox", required=True, readonly=True, ondelete="cascade", index=True)
    connection_id = fields.Many2one("loyalty.connection", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    event = fields.Char(related="outbox_id.event")
    started_at = fields.Datetime(required=True, readonly=True)
    duration_ms = fields.Integer("Milliseconds", readonly=True, aggregator="avg")
    outcome = fields.Selection([
        ("ok", "Done"),
        ("partial", "Partly Done"),
        ("auth_invalid", "Not Allowed In"),
        ("rate_limited", "Too Fast"),
        ("quota", "Used Up"),
        ("transient", "Not Reached"),
        ("ambiguous", "No Answer"),
        ("permanent", "Refused"),
        ("gone", "Gone There"),
    ], required=True, readonly=True)  # fmt: skip
    error_code = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    http_status = fields.Integer(readonly=True, aggregator=None)
    method = fields.Char(readonly=True)
    url = fields.Char("Address", readonly=True)
    request_headers = fields.Json(readonly=True)
    request = fields.Text("Sent", readonly=True)
    response = fields.Text("Answer", readonly=True)

    _recent_idx = models.Index("(connection_id, started_at DESC)")
    _failed_idx = models.Index("(connection_id, id) WHERE outcome <> 'ok'")
