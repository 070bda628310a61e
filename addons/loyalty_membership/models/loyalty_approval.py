"""What waits for somebody else's word: who asked, who is asked, who decided and why."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

DECISION = {"requested_by_id", "decided_by_id", "decided_at", "rejection_reason"}


class LoyaltyApproval(models.AbstractModel):
    """A request that a membership manager other than the requester decides.

    Models that inherit this have ``program_id``, ``company_id``, and a ``state`` that is
    ``to_approve`` while a request waits.  What approval does is theirs; who may, and what the
    approvers see, is here.
    """

    _name = "loyalty.approval"
    _description = "Approval"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    requested_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self.env.user, index="btree_not_null", ondelete="restrict"
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True, copy=False)
    rejection_reason = fields.Char(readonly=True, copy=False, tracking=True)
    may_decide = fields.Boolean(compute="_compute_may_decide", help="Whether it waits, and the reader may decide it.")

    approval_notice = fields.Char(compute="_compute_approval_notice")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_decision_kept(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_decision_kept(vals)
        return super().write(vals)

    def _check_decision_kept(self, vals):
        """Who asked and who decided is nobody's to write."""
        if not self.env.su and not DECISION.isdisjoint(vals):
            raise AccessError(self.env._("Who asked for something and who decided it can't be written."))

    def _compute_may_decide(self):
        waiting = self.filtered(lambda request: request.state == "to_approve")
        manager = waiting and self.env.user.has_group("loyalty_membership.group_manager")
        others = waiting - waiting._own_of(self.env.user) if manager else self.browse()
        for request in self:
            request.may_decide = request in others

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_approval_notice(self):
        """What to do about a request that would wait for ever, as whoever may decide is concerned by it."""
        for request in self:
            unheard = request.state == "to_approve" and not request._deciders()
            request.approval_notice = unheard and self.env._(
                "Nobody else may approve %(request)s: add another membership manager as an approver on the program %(program)s.",
                request=request.display_name, program=request.program_id.name,
            )  # fmt: skip

    def _own_of(self, user):
        """Those of these requests that this user asked for, or is concerned by: nobody decides their own."""
        return self.filtered(lambda request: user in (request.requested_by_id, request.create_uid))

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def _ask_for_approval(self):
        """Put these requests on the lists of those who may decide them."""
        activity_type = self.env.ref("mail.mail_activity_data_todo")
        todo = []
        for request in self:
            for user in request._deciders():
                todo.append({
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": request.id,
                    "activity_type_id": activity_type.id,
                    "summary": request.with_context(lang=user.lang)._approval_summary(),
                    "user_id": user.id,
                    "automated": True,
                })
        # sudo: whoever asks puts it on the approvers' lists, as any activity of a colleague's
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(todo)

    def _deciders(self):
        """Users who are asked: the program's approvers; if it is their own request, every other manager."""
        self.ensure_one()
        program = self.program_id
        return self._others(program._approvers()) or self._others(program._managers())

    def _others(self, users):
        """Those of these users who neither asked for it nor are concerned by it."""
        return users - self.requested_by_id - self.create_uid - self._concerned(users)

    def _concerned(self, users):
        """Those of these users whose own it is, whoever asked for it."""
        return users.browse()

    def _approval_summary(self):
        """What an approver reads in the list of things to do."""
        return self.env._("Approve %s", self.display_name)

    # ------------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------------

    def _check_may_decide(self):
        """Refuse whoever is no manager, and whoever would decide their own request, or one that doesn't wait."""
        self.check_access("write")
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may approve or reject this."))
        own = self._own_of(self.env.user)
        for request in self:
            if request.state != "to_approve":
                raise UserError(self.env._("%s does not wait for approval any more.", request.display_name))
            if request in own:
                raise UserError(self.env._("Nobody decides their own request: ask another manager for %s.", request.display_name))

    def _note_decision(self, reason=False):
        """Write who decided and why, and take the requests from all approvers' lists."""
        # sudo: the activities are those of other managers, too
        own = self.sudo()
        own.write({"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now(), "rejection_reason": reason})
        own._forget_approval()

    def _forget_approval(self):
        """Nothing is to be decided any more."""
        # sudo: as in _note_decision
        self.sudo().activity_ids.filtered("automated").unlink()
