from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..domain.points import to_decimal
from ..models.loyalty_card import MOST_POINTS


class LoyaltyPointsGiving(models.TransientModel):
    """A transfer of points from one member to another, told before it is booked."""

    _name = "loyalty.points.giving"
    _description = "Transfer Points"

    member_id = fields.Many2one("loyalty.member", "Sender", required=True, readonly=True)
    program_id = fields.Many2one(related="member_id.program_id", related_sudo=False)
    available = fields.Float(related="member_id.points", related_sudo=False, string="Can Be Spent")
    target_id = fields.Many2one(
        "loyalty.member",
        "Receiver",
        domain="[('program_id', '=', program_id), ('id', '!=', member_id), ('state', '=', 'active')]",
    )
    points = fields.Float("Points To Transfer", digits=(16, 2))
    reason = fields.Char(help="Both members read it on their statements. Name nobody: it stays for good.")
    fee = fields.Float(compute="_compute_told", digits=(16, 2))
    told = fields.Text("What Happens", compute="_compute_told")
    problem = fields.Char(compute="_compute_told")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "loyalty.member":
            values.setdefault("member_id", self.env.context.get("active_id"))
        if values.get("member_id"):
            self.env["loyalty.member"].browse(values["member_id"])._check_user_may_give()
        return values

    @api.depends("member_id", "target_id", "points")
    def _compute_told(self):
        for wizard in self:
            member, target = wizard.member_id._origin, wizard.target_id._origin
            wizard.fee, wizard.told, wizard.problem = 0.0, False, False
            if not member:
                continue
            member._check_user_may_give()
            target.check_access("read")
            try:
                # sudo: the ledger is read for whoever may book the transfer
                member.sudo()._check_may_give(target.sudo())
                if wizard.points:
                    points = wizard._points()
                    member.sudo()._check_gift(points)
                    wizard.fee = float(member.program_id._transfer_fee(points))
                    wizard.told = wizard._tell(points)
            except UserError as error:
                wizard.problem = str(error)

    @staticmethod
    def _number(number):
        return f"{number.normalize():,f}"

    def _tell(self, points):
        lots = self.member_id._origin.sudo()._lots_to_give(points)  # sudo: as above
        days = [
            self.env._("%(points)s until %(day)s", points=self._number(part), day=format_date(self.env, day))
            if day
            else self.env._("%s without an end", self._number(part))
            for day, part in lots
        ]
        fee = to_decimal(self.fee)
        left = to_decimal(self.available) - points - fee
        lines = [
            self.env._(
                "%(points)s points arrive, and keep their last days: %(days)s", points=self._number(points), days=", ".join(days)
            ),
            self.env._("Fee: %s points, paid by the sender", self._number(fee)) if fee else self.env._("No fee"),
            self.env._("%s points are left", self._number(left)),
        ]
        return "\n".join(lines)

    def _points(self):
        if abs(self.points) >= MOST_POINTS:
            raise UserError(self.env._("A balance must be a number below %s.", f"{MOST_POINTS:,}"))
        return to_decimal(self.points)

    def action_transfer(self):
        self.ensure_one()
        member, target = self.member_id, self.target_id
        member._check_user_may_give()
        if not target:
            raise UserError(self.env._("Choose another member to transfer points to."))
        target.check_access("read")
        (member | target)._check_not_oneself()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: both members read it."))
        # sudo: the ledger is nobody's to write; who may transfer was asked above
        member.sudo()._give(target.sudo(), self._points(), self.reason.strip())
        return {"type": "ir.actions.client", "tag": "soft_reload"}
