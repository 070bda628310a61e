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

    @api.depends("partner_id", "company_id", "state", "loyalty_transaction_ids.is_cancelled")
    def _compute_loyalty_member(self):
        members = self.env["loyalty.member"]._of_partners(self.partner_id)
        programs = self.env["loyalty.program"]._for_companies(self.company_id)
        for order in self:
            own = members.get(order.partner_id.id) or self.env["loyalty.member"]
            usable = programs.get(order.company_id, ())
            member = order._loyalty_rows().member_id[:1] or own.filtered(lambda m, usable=usable: m.program_id in usable)[:1]
            order.loyalty_member_id = member
            order.loyalty_member_code = member.code
            order.loyalty_tier_name = member.tier_id.name
            order.loyalty_tier_color = member.tier_id.color
            order.loyalty_points_available = member.points

    @api.depends(
        "loyalty_member_id",
        "state",
        "order_line.price_total",
        "loyalty_transaction_ids.points",
        "loyalty_transaction_ids.is_cancelled",
    )
    def _compute_loyalty_points(self):
        rows = {order: order._loyalty_rows() for order in self}
        coming = self.filtered(lambda order: not rows[order] and order.state not in ("sale", "cancel"))
        forecasts = coming.filtered(lambda order: order.loyalty_member_id.state == "active")._loyalty_forecasts()
        for order in self:
            entries = rows[order].entry_ids.sorted("id") if order.loyalty_member_id else ()
            awards = forecasts.get(order) or [(entry.points, entry.explanation) for entry in entries]
            order.loyalty_points = sum(float(points) for points, _text in awards)
            order.loyalty_explanation = self._loyalty_told(awards) if order.loyalty_member_id else False

    def _loyalty_forecasts(self):
        """What these quotations would earn if everything were delivered and paid; dict order -> list of (points, text)."""
        top_ups = self.order_line.product_id._loyalty_top_ups() if self else None
        journal, entries, result = self.env["loyalty.transaction"], self.env["loyalty.points.entry"], {}
        for program, orders in self.grouped(lambda order: order.loyalty_member_id.program_id).items():
            rows = [order._loyalty_forecast_row(program, top_ups) for order in orders]
            # Each could have what is left of a budget.
            limited = any(program.earning_rule_ids.mapped("budget_points"))
            batches = [[row] for row in rows] if limited else [rows]
            awards = [granted for batch in batches for granted in journal._evaluate(program, batch)]
            for order, granted in zip(orders, awards, strict=True):
                tier = order.loyalty_member_id.tier_id
                result[order] = [(award.points, entries._explain_award(award, tier)) for award in granted]
        return result

    def _loyalty_forecast_row(self, program, top_ups):
        """This quotation as the journal will hold it."""
        rate, digits = self._loyalty_rate(program), self.env["decimal.precision"].precision_get("Product Unit")
        net = self.order_line._loyalty_net_amounts(program._terms().amount_field, top_ups)
        return {
            "member": self.loyalty_member_id,
            "type": "purchase",
            "date": fields.Datetime.now(),
            "team_id": self.team_id.id,
            "lines": [
                {
                    "product_id": line.product_id.id,
                    "quantity": round(line.product_uom_qty, digits),
                    "amount": program.currency_id.round(float(amount * rate)),
                }
                for line, amount in net.items()
            ],
        }

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
