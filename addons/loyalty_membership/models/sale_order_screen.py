from odoo import api, fields, models


class SaleOrderScreen(models.Model):
    _inherit = "sale.order"

    loyalty_points_spent = fields.Float(
        "Points Used", digits=(16, 2), compute="_compute_loyalty_cards", compute_sudo=True,
        help="Points that pay for a part of this order.",
    )  # fmt: skip
    loyalty_has_other_cards = fields.Boolean(compute="_compute_loyalty_cards", compute_sudo=True)

    @api.depends("order_line.points_cost", "order_line.coupon_id", "coupon_point_ids.coupon_id")
    def _compute_loyalty_cards(self):
        """What Odoo's own summary of points adds up in one figure: of members, and of other cards."""
        for order in self:
            of_members = order.order_line.filtered("coupon_id.is_member")
            order.loyalty_points_spent = sum(of_members.mapped("points_cost"))
            cards = order.order_line.coupon_id | order.coupon_point_ids.coupon_id
            order.loyalty_has_other_cards = not all(card.is_member for card in cards)
