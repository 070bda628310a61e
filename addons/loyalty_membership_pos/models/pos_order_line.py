from odoo import models
from odoo.addons.loyalty_membership.domain import order_due
from odoo.addons.loyalty_membership.domain.points import split, to_decimal
from odoo.addons.loyalty_membership.models.sale_order_line_due import exact


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _loyalty_sale_lines(self):
        """The lines of sales orders that these lines pay for; none where sales orders don't come to the till."""
        if "sale_order_line_id" not in self._fields:
            return self.env["sale.order.line"]
        return self.sale_order_line_id

    def _loyalty_is_settling(self):
        """Whether a line came from a sales order, which has its own points."""
        return "sale_order_origin_id" in self._fields and bool(self.sale_order_origin_id)

    def _loyalty_worth(self, amount_field):
        return self.price_subtotal_incl if amount_field == "price_total" else self.price_subtotal

    def _loyalty_bill(self, terms, sale_line, returns):
        """This line, paid for at the till, as an invoice of ``sale_line``.

        :param returns: lines of the till that gave money for it back
        """
        worth = self._loyalty_worth(terms.amount_field)
        share = sum(-line._loyalty_worth(terms.amount_field) for line in returns) / worth if worth else 0
        order, currency = self.order_id, sale_line.currency_id
        return order_due.Bill(
            units=exact(sale_line._loyalty_till_quantity(self)),
            amount=exact(order.currency_id._convert(worth, currency, order.company_id, order.date_order)),
            credited=min(max(exact(share), order_due.ZERO), order_due.ONE),
            paid=True,
        )

    def _loyalty_net_amounts(self, program):
        """Worth of each line of goods of one order, less its share of every discount line; dict line -> Decimal.

        Gift cards and e-wallets are ways to pay and lower nothing; returned goods are no purchase.
        """
        basis = program._terms().amount_field
        lines = self.filtered(lambda line: not line.refunded_orderline_id and not line._loyalty_is_settling())
        excluded = lines.product_id._loyalty_top_ups() | lines.order_id.config_id.tip_product_id
        goods = lines.filtered(
            lambda line: (
                line.qty > 0 and line._loyalty_worth(basis) >= 0 and line._loyalty_is_goods() and line.product_id not in excluded
            )
        )
        net = {line: to_decimal(line._loyalty_worth(basis)) for line in goods}
        step = to_decimal(self.order_id.currency_id.rounding or 0.01)
        for discount in lines.filtered(
            lambda line: line._loyalty_worth(basis) < 0 and not line.reward_id.program_id.is_payment_program
        ):
            if targets := discount._loyalty_discounted(goods):
                shares = split(to_decimal(discount._loyalty_worth(basis)), [net[line] for line in targets], step)
                for line, share in zip(targets, shares, strict=True):
                    net[line] = max(net[line] + share, to_decimal(0))
        return net

    def _loyalty_is_goods(self):
        return not self.reward_id and self.product_id.type != "combo"  # what was chosen has lines of its own

    def _loyalty_discounted(self, goods):
        """The lines that this discount line applies to."""
        reward = self.reward_id
        if reward.discount_applicability == "specific":
            return goods.filtered(lambda line: line.product_id in reward.all_discount_product_ids) or goods
        return goods
