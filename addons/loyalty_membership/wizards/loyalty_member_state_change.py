from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..domain.points import plain


class LoyaltyMemberStateChange(models.TransientModel):
    """Why a member is frozen, closed or reactivated, and what becomes of the points."""

    _name = "loyalty.member.state.change"
    _description = "Freeze, Close or Reactivate a Member"

    member_id = fields.Many2one("loyalty.member", required=True, readonly=True)
    change = fields.Selection(
        [("freeze", "Freeze"), ("close", "Close Member"), ("reactivate", "Reactivate")], required=True, readonly=True
    )
    reason = fields.Char(
        help="It stands in the member's log and, where points move, in the ledger. Name nobody: it stays for good."
    )
    until = fields.Date("Frozen Until", help="The last day; the member is active again on the next. Empty: until reactivated.")
    program_id = fields.Many2one(related="member_id.program_id", related_sudo=False)
    points = fields.Float(related="member_id.points", related_sudo=False, string="Points Left")
    points_pending = fields.Float(related="member_id.points_pending", related_sudo=False, string="Pending Points")
    open_points = fields.Float(compute="_compute_open", digits=(16, 2))
    open_notice = fields.Char(compute="_compute_open", help="What closing cancels.")
    points_choice = fields.Selection(
        [
            ("keep", "Keep them as they are"),
            ("expire", "Keep them for some days, then they end"),
            ("forfeit", "They end now"),
            ("transfer", "Transfer them to another member"),
        ],
        "Points",
        default="keep",
    )
    days = fields.Integer("Days Kept", default=30)
    target_id = fields.Many2one(
        "loyalty.member", "Receiver",
        domain="[('program_id', '=', program_id), ('id', '!=', member_id), ('state', '=', 'active')]",
        help="Without fee and limits.",
    )  # fmt: skip
    pending_choice = fields.Selection(
        [("keep", "Keep them: they become points like the others"), ("withdraw", "Withdraw them")], "Pending", default="keep"
    )

    @api.depends("member_id", "change")
    @api.depends_context("lang")
    def _compute_open(self):
        """What closing cancels: the points that were taken for it are left then, too."""
        for wizard in self:
            redemptions = wizard.member_id._open_redemptions() if wizard.change == "close" else []
            points = sum(redemption._points_due() for redemption in redemptions)
            wizard.open_points = points
            wizard.open_notice = bool(redemptions) and self.env._(
                "Open redemptions are cancelled: %(number)s. Points that come back and are treated like the others: %(points)s.",
                number=len(redemptions), points=plain(points),
            )  # fmt: skip

    @api.onchange("until")
    def _onchange_until(self):
        if self.until and self.until < self.member_id.program_id._today():
            return {"warning": {"title": self.env._("Frozen Until"), "message": self._past_message()}}
        return {}

    def _past_message(self):
        return self.env._("%s is over already.", format_date(self.env, self.until))

    def action_apply(self):
        self.ensure_one()
        self._check()
        # sudo: what goes with the state is kept by the system, and the ledger writes itself; asked for above
        member, reason = self.member_id.sudo(), self.reason.strip()
        if self.change == "freeze":
            member._freeze(reason, self.until)
        elif self.change == "reactivate":
            member._reactivate(reason)
        else:
            member._close(reason, self.points_choice, self.days, self.target_id.sudo(), self.pending_choice == "withdraw")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check(self):
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            raise AccessError(self.env._("Only a membership manager may change a member's tier or state."))
        self.member_id.check_access("write")
        (self.member_id | self.target_id)._check_not_oneself()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: it stands in the log of the member."))
        if self.until and self.until < self.member_id.program_id._today():
            raise UserError(self._past_message())
        if self.change == "close":
            self.target_id.check_access("read")
            if self.points_choice == "expire" and self.days < 1:
                raise UserError(self.env._("Say for how many days the points are kept: at least one."))
            if self.points_choice == "transfer" and not self.target_id:
                raise UserError(self.env._("Choose another member of the same program for the points."))
