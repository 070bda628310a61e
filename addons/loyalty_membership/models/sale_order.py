from odoo import api, fields, models

from .in_process import RECONCILE_LATER


class SaleOrder(models.Model):
    _inherit = "sale.order"

    loyalty_transaction_ids = fields.One2many("loyalty.transaction", "sale_order_id", readonly=True)
    # sudo, here and below: whoever sells is told tier, points and forecast of any member, and reads no member
    loyalty_member_id = fields.Many2one(
        "loyalty.member", "Member", compute="_compute_loyalty_member", compute_sudo=True,
        help="Who earns and spends the points of this order.",
    )  # fmt: skip
    loyalty_member_code = fields.Char("Member Number", compute="_compute_loyalty_member", compute_sudo=True)
    loyalty_tier_name = fields.Char("Tier", compute="_compute_loyalty_member", compute_sudo=True)
    loyalty_tier_color = fields.Integer(compute="_compute_loyalty_member", compute_sudo=True)
    loyalty_points_available = fields.Float(
        "Points Available", digits=(16, 2), compute="_compute_loyalty_member", compute_sudo=True
    )
    loyalty_points = fields.Float(
        "Points", digits=(16, 2), compute="_compute_loyalty_points", compute_sudo=True,
        help="What this order will earn, or has earned once it is confirmed.",
    )  # fmt: skip
    loyalty_explanation = fields.Text(compute="_compute_loyalty_points", compute_sudo=True)

    @api.depends("partner_id", "company_id", "loyalty_transaction_ids")
    def _compute_loyalty_member(self):
        members = self.env["loyalty.member"]._of_partners(self.partner_id)
        programs = self.env["loyalty.program"]._for_companies(self.company_id)
        for order in self:
            own = members.get(order.partner_id.id) or self.env["loyalty.member"]
            usable = programs.get(order.company_id, ())
            member = (
                order.loyalty_transaction_ids.member_id[:1] or own.filtered(lambda m, usable=usable: m.program_id in usable)[:1]
            )
            order.loyalty_member_id = member
            order.loyalty_member_code = member.code
            order.loyalty_tier_name = member.tier_id.name
            order.loyalty_tier_color = member.tier_id.color
            order.loyalty_points_available = member.points

    @api.depends("loyalty_member_id", "state", "order_line.price_total", "loyalty_transaction_ids.points")
    def _compute_loyalty_points(self):
        for order in self:
            member = order.loyalty_member_id
            order.loyalty_points, order.loyalty_explanation = 0.0, False
            if not member:
                continue
            if order.loyalty_transaction_ids or order.state in ("sale", "cancel"):
                entries = order.loyalty_transaction_ids.entry_ids.sorted("id")
                order.loyalty_points = sum(entries.mapped("points"))
                order.loyalty_explanation = self._loyalty_told((entry.points, entry.explanation) for entry in entries)
            elif member.state == "active":
                awards = order._loyalty_forecast(member)
                order.loyalty_points = sum(float(points) for points, _text in awards)
                order.loyalty_explanation = self._loyalty_told(awards)

    def _loyalty_forecast(self, member):
        """What a quotation would earn if everything were delivered and paid; list of (points, text)."""
        program = member.program_id
        rate = self._loyalty_rate(program)
        lines = [
            {
                "product_id": line.product_id.id,
                "quantity": line.product_uom_qty,
                "amount": float(net * rate),
            }
            for line, net in self.order_line._loyalty_net_amounts(program._terms().amount_field).items()
        ]
        row = {
            "member": member,
            "type": "purchase",
            "date": fields.Datetime.now(),
            "team_id": self.team_id.id,
            "lines": lines,
        }
        [awards] = self.env["loyalty.transaction"]._evaluate(program, [row])
        return [(award.points, self.env["loyalty.points.entry"]._explain_award(award, member.tier_id)) for award in awards]

    # ------------------------------------------------------------------
    # What may change what is due
    # ------------------------------------------------------------------

    def action_confirm(self):
        result = super().action_confirm()
        self._loyalty_reconcile()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self._loyalty_reconcile()
        return result

    def write(self, vals):
        if "order_line" not in vals:
            return super().write(vals)
        result = super(SaleOrder, self.with_context(**RECONCILE_LATER)).write(vals)
        self._loyalty_reconcile_edit()
        return result

    def action_view_loyalty_member(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "loyalty.member",
            "view_mode": "form",
            "res_id": self.loyalty_member_id.id,
        }
