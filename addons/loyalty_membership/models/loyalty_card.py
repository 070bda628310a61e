from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, float_compare

from .in_process import ORDER_SPENDING, says
from .ledger_guard import close_points_of_members

#: What identifies a member: changed on the member, by people who may.
IDENTITY_FIELDS = {"partner_id", "program_id", "code", "active", "expiration_date"}


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    is_member = fields.Boolean(readonly=True, copy=False, help="Technical: this card's points are kept by the points ledger.")

    _one_member_a_partner = models.UniqueIndex(
        "(program_id, partner_id) WHERE is_member AND active",
        "This customer is a member of this program already.",
    )

    def init(self):  # noqa: ODW8106
        close_points_of_members(self.env.cr)

    # ------------------------------------------------------------------
    # Native code that makes or changes cards
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A card of a membership program is a member, whoever makes it."""
        if self.env.su and self.env.context.get("loyalty_member_create"):
            return super().create([dict(vals, points=0) for vals in vals_list])
        cards = super().create([{k: v for k, v in vals.items() if k != "is_member"} for vals in vals_list])
        if stray := cards.filtered("program_id.is_membership"):
            stray.filtered("points")._check_may_write({"points": True})
            self.env["loyalty.member"].sudo()._adopt_cards(stray)
        return cards

    def write(self, vals):
        """Turn points that other code writes on a member's card into entries of the difference."""
        members = self.filtered("is_member")
        if not members:
            return super().write({k: v for k, v in vals.items() if k != "is_member" or self.env.su})
        members._check_may_write(vals)
        if "points" not in vals:
            return super().write(vals)
        members._book_native_points(vals["points"])
        rest = {name: value for name, value in vals.items() if name != "points"}
        if others := self - members:
            super(LoyaltyCard, others).write(vals)
        return super(LoyaltyCard, members).write(rest) if rest else True

    def _check_may_write(self, vals):
        """Sales staff may write native cards; a member's points and identity need more."""
        if not self or self.env.su or (vals.keys() == {"points"} and says(self.env, ORDER_SPENDING)):
            return
        if not self.env.user.has_group("loyalty_membership.group_manager"):
            if "points" in vals:
                raise AccessError(self.env._("Only a membership manager may adjust a member's points."))
            if IDENTITY_FIELDS & vals.keys():
                raise AccessError(self.env._("Only a membership manager may change a member's card."))
        if {"program_id", "is_member"} & vals.keys():
            raise UserError(self.env._("A member stays in the program that they joined."))

    def _book_native_points(self, points):
        """Book what native code changes; an order books what it spends itself, by what is due."""
        if says(self.env, ORDER_SPENDING):
            return
        self.env["loyalty.member"].sudo().search([("card_id", "in", self.ids)])._lock()
        self.invalidate_recordset(["points"])
        members = self.env["loyalty.member"].sudo().with_context(active_test=False)
        batch = []
        for member in members.search([("card_id", "in", self.ids)]):
            difference = round(points - member.card_id.points, 2)
            if float_compare(difference, 0, precision_digits=2):
                batch.append({
                    "member_id": member.id,
                    "kind": "adjust",
                    "points": difference,
                    "origin_model": "res.users",
                    "origin_id": self.env.uid,
                    "available_on": None,
                    "expires_on": (difference > 0 and member.program_id._expires_on(member.program_id._today())) or None,
                    "note": self.env.context.get("loyalty_note") or self.env._("Balance changed to %s", f"{points:g}"),
                })
        self.env["loyalty.points.entry"].sudo()._post(batch)

    def _set_points_before_adoption(self):
        """Empty these cards before the ledger takes them over; it opens with what they held."""
        self.flush_recordset(["points"])
        points = {card: card.points for card in self}
        self.env.cr.execute(SQL("UPDATE loyalty_card SET points = 0, is_member = true WHERE id IN %s", self._ids))
        self.invalidate_recordset(["points", "is_member"])
        return points
