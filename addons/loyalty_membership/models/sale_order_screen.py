from odoo import api, fields, models
from odoo.tools import float_is_zero, formatLang


class SaleOrderScreen(models.Model):
    _inherit = "sale.order"

    # sudo: sums of cards that the seller may not open
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

    @api.model
    def _loyalty_told(self, awards):
        """Lines of points and why, for people to read; what came to nothing is not told.

        :param awards: pairs of points and text
        """
        told = []
        for points, text in awards:
            points = float(points)
            if not float_is_zero(points, precision_digits=2):
                number = formatLang(self.env, points, digits=0 if points == int(points) else 2)
                told.append(f"{'+' if points > 0 else ''}{number}  {text}")
        return "\n".join(told)
