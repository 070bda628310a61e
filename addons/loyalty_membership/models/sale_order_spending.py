"""Points that an order pays with: the native reward lines say what is due, the ledger what is booked."""

from odoo import models
from odoo.exceptions import UserError

from ..domain.points import from_fraction, quantize, to_decimal


class SaleOrderSpending(models.Model):
    _inherit = "sale.order"

    def _loyalty_spent_entries(self):
        return self.env["loyalty.points.entry"]._spent_by(self)

    def _loyalty_payers(self, program, spent, holders):
        """Members whose points pay for this order, or have paid.

        :param spent: ``_loyalty_spent_entries``
        :param holders: members of the cards on this order, and of others
        """
        paying = holders.filtered(lambda member: member.card_id in self.order_line.coupon_id)
        return (paying | spent.member_id).filtered(lambda member: member.program_id == program)

    def _loyalty_reconcile_spending(self, program, payers, spent, terms):
        """Spend what the reward lines cost and is not booked, or give back what is booked too much.

        :param payers: ``_loyalty_payers``, locked
        :param spent: ``_loyalty_spent_entries``
        :param terms: what the order is settled by, see ``domain.order_due.Terms``
        """
        for payer in payers:
            paid = self.order_line.filtered(lambda line, card=payer.card_id: line.coupon_id == card and line.points_cost)
            due = self._loyalty_spending_due(program, paid, terms) if self.state == "sale" else to_decimal(0)
            booked = spent.filtered_domain([("member_id", "=", payer.id)])
            difference = due + sum(to_decimal(points) for points in booked.mapped("points"))
            if difference > 0:
                self._loyalty_check_payer(payer)
                self._loyalty_spend(payer, difference)
            elif difference < 0:
                booked._undo_spending(-difference)

    def _loyalty_spending_due(self, program, paid, terms):
        """What these reward lines cost, less what came back of each; rounded once for all of them."""
        costs = {line: to_decimal(line.points_cost) for line in paid}
        back = sum(cost * from_fraction(line._loyalty_share_unused(terms)) for line, cost in costs.items())
        cost = quantize(to_decimal(sum(costs.values())), program.points_precision, "up")
        return cost - quantize(to_decimal(back), program.points_precision, "down")

    def _loyalty_check_payer(self, payer):
        """Points pay for orders of their own member and of that member's contacts."""
        if payer not in self.env["loyalty.member"]._of_partners(self.partner_id)[self.partner_id.id]:
            raise UserError(
                self.env._(
                    "The points of %(member)s can't pay for an order of %(customer)s. Remove the line that they pay.",
                    member=payer.display_name,
                    customer=self.partner_id.display_name,
                )
            )

    def _loyalty_spend(self, member, points):
        self.env["loyalty.points.entry"]._post([
            {
                "member_id": member.id,
                "kind": "spend",
                "points": -points,
                "origin_model": "sale.order",
                "origin_id": self.id,
                "note": self.name,
            }
        ])

    # ------------------------------------------------------------------
    # Native hooks
    # ------------------------------------------------------------------

    def _get_point_changes(self):
        """Members' points are booked by what is due; native code adds up other cards, and what it
        booked itself before the program was a membership."""
        changes = {card: points for card, points in super()._get_point_changes().items() if not card.is_member}
        for order in self.filtered(lambda order: order.state in ("sale", "cancel")):
            for card, points in super(SaleOrderSpending, order)._get_point_changes().items():
                if card.is_member and not order._loyalty_concerns(card.program_id):
                    # sudo: what native code took it gives back, whoever cancels the order
                    card_sudo = card.sudo().with_context(loyalty_note=order.name)
                    changes[card_sudo] = changes.get(card_sudo, 0) + points
        return changes

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        points = super()._get_real_points_for_coupon(coupon, post_confirm=post_confirm)
        if coupon.is_member and not self._loyalty_may_spend(coupon):
            return min(points, 0.0)
        return points

    def _loyalty_may_spend(self, card):
        # sudo: sales staff see points on the order without seeing members
        member = self.env["loyalty.member"].sudo().search([("card_id", "=", card.id)])
        return member.state == "active"

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        """Spend whole points only: lower the discount to what a multiple of the precision pays for."""
        values = super()._get_reward_values_discount(reward, coupon, **kwargs)
        if not coupon.is_member or reward.discount_mode != "per_point" or reward.clear_wallet:
            return values
        cost = sum(to_decimal(line["points_cost"]) for line in values)
        whole = quantize(cost, coupon.program_id.points_precision, "down")
        if whole != cost and cost:
            for line in values:
                line["price_unit"] = self.currency_id.round(line["price_unit"] * float(whole / cost))
                line["points_cost"] = float(whole) if line["points_cost"] else 0
        return values

    def _update_programs_and_rewards(self):
        """Offer the points of the member who serves this customer, their own or their parent's."""
        if self._allow_nominative_programs() and self.partner_id.parent_id:
            # sudo: sales staff see points on the order without seeing members
            members = self.env["loyalty.member"].sudo()._of_partners(self.partner_id)[self.partner_id.id]
            cards = members.filtered(lambda m: m.state == "active" and m.points > 0).card_id
            self.applied_coupon_ids |= cards.with_env(self.env)
        return super()._update_programs_and_rewards()
