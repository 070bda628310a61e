from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: What waits, beside what has come to its end.
WAITING = ("received", "parked")
BOOKED = ("done", "duplicate")
#: What could not be done: looked at by nobody yet, or dismissed by somebody.
FAILED = ("dead", "dismissed")
#: What is booked; the rest is about people, and is forgotten altogether.
DOCUMENTS = ("purchase", "refund", "void")
#: Content that was booked, and of which another version came, is looked at by people.
CHANGED = "changed"
#: Waiting for a customer who may yet join, for somebody to tell whose it is, or for its day.
UNKNOWN, ANONYMOUS, NOT_YET = "unknown_member", "anonymous", "not_yet"


class LoyaltyInbox(models.Model):
    """What other systems have told us and is to be done here, each thing once.

    A row is inserted before anything is done about it, and the database lets the same thing in once.  It is done, and marked
    as done, in one transaction: whatever is killed in between, nothing is lost and nothing done twice.  What it answered is
    kept, so that whoever asks again is told the same.
    """

    _name = "loyalty.inbox"
    _description = "Inbox"
    _order = "id desc"
    _rec_name = "event_id"

    connection_id = fields.Many2one("loyalty.connection", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id", store=True, precompute=True, index="btree_not_null")
    kind = fields.Selection(
        [
            ("purchase", "Purchase"), ("refund", "Refund"), ("void", "Cancelled purchase"), ("contact", "Contact change"),
            ("callback", "Callback"), ("delivery", "Delivery state"), ("enrolment", "Enrolment"),
        ],
        required=True, readonly=True,
    )  # fmt: skip
    event_id = fields.Char("Number", required=True, readonly=True, help="Its number in the other system.")
    stream = fields.Char(readonly=True)
    idempotency_key = fields.Char(readonly=True, help="What the sender calls this message, however often it is sent.")
    original_reference = fields.Char(readonly=True, help="Of a refund, the number of the purchase that it takes back.")
    data = fields.Json(readonly=True, help="What is to be done, in one form for all systems.")
    raw_body = fields.Text(readonly=True, help="What was sent, as it was sent; forgotten after some time.")
    body_hash = fields.Char(readonly=True, help="Tells the same content from another one.")
    state = fields.Selection(
        [
            ("received", "Received"), ("parked", "Parked"), ("done", "Done"), ("dead", "Failed"), ("duplicate", "Duplicate"),
            ("dismissed", "Dismissed"),
        ],
        required=True, readonly=True, default="received",
        help="Parked: it waits for something else, such as the purchase that a refund takes back.\n"
             "Failed: somebody has to look at it.\nDuplicate: it had come in another way already.\n"
             "Dismissed: somebody has looked at it, and nothing is to be done.",
    )  # fmt: skip
    attempts = fields.Integer("Tries", readonly=True)
    next_attempt_at = fields.Datetime("Next Attempt", readonly=True)
    done_at = fields.Datetime(readonly=True)
    error_code = fields.Char("Reason Code", readonly=True)
    error_message = fields.Char("Reason", readonly=True)
    result = fields.Json("Answer", readonly=True, help="What was answered, and is answered again.")
    transaction_id = fields.Many2one("loyalty.transaction", "Purchase Journal", readonly=True, ondelete="set null")
    member_id = fields.Many2one(related="transaction_id.member_id")

    _event_unique = models.UniqueIndex("(connection_id, kind, event_id)")
    _key_unique = models.UniqueIndex("(connection_id, idempotency_key) WHERE idempotency_key IS NOT NULL")
    _due_idx = models.Index("(next_attempt_at, id) WHERE state IN ('received', 'parked')")
    _original_idx = models.Index("(connection_id, original_reference) WHERE state = 'parked'")
    _open_idx = models.Index("(connection_id, state, create_date) WHERE state IN ('received', 'parked', 'dead')")
    _transaction_idx = models.Index("(transaction_id) WHERE transaction_id IS NOT NULL")

    @api.depends("kind", "event_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{kinds.get(row.kind, '')} {row.event_id or ''}"

    def action_try_again(self):
        """Let what failed or waits be tried again now."""
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may try again what came in."))
        self.check_access("read")
        # sudo: nobody writes rows of the inbox; who may try again was asked above
        rows = self.sudo().filtered(
            lambda row: (row.state in (*FAILED, *WAITING) and row.error_code != CHANGED) or row._is_nobodys()
        )
        if forgotten := rows.filtered(lambda row: not row.data and row.kind not in DOCUMENTS):
            raise UserError(self.env._("What it said is forgotten by now: %s", ", ".join(forgotten.mapped("event_id")[:5])))
        rows.write({"state": "received", "attempts": 0, "next_attempt_at": fields.Datetime.now()})
        rows._wake()

    def action_dismiss(self):
        """Leave what failed or waits as it is: it is settled outside, and nobody needs to look at it any more."""
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may dismiss what came in."))
        self.check_access("read")
        # sudo: nobody writes rows of the inbox; who may dismiss them was asked above
        rows = self.sudo().filtered(lambda row: row.state in ("dead", "parked"))
        rows.write({"state": "dismissed", "done_at": fields.Datetime.now(), "next_attempt_at": False})

    def _is_nobodys(self):
        """Whether it is done without being booked, for nobody was found whose it is."""
        return self.state == "done" and not self.transaction_id and self.error_code in (UNKNOWN, ANONYMOUS)

    def action_view_transaction(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.transaction",
            "res_id": self.transaction_id.id,
            "views": [(False, "form")],
        }

    def _wake(self):
        """Let the job begin that does these rows."""
        # sudo: whoever sends or tries again runs no jobs
        self.env.ref("loyalty_integrations.cron_inbox").sudo()._trigger()
