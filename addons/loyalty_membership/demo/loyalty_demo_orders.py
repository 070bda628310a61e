from odoo import api, models
from odoo.fields import Command

from . import names


class LoyaltyDemoOrders(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _sell_on_orders(self, program, members, products):
        """Sales orders: confirmed, paid partly with points, and quotations."""
        pricelist = self._pricelist(products)
        buyers = members.filtered(lambda m: m.state == "active" and 5000 < m.points < 25000).sorted("points")
        self._quote(buyers[-1], pricelist, products[:1] + products[6:7]).action_confirm()
        paid = self._quote(buyers[0], pricelist, products[2:4])
        self._pay_with_points(paid, buyers[0])
        paid.action_confirm()
        self._quote(buyers[-2], pricelist, products[8:9] + products[9:10] + products[4:5])
        quotation = self._quote(buyers[-3], pricelist, products[11:13])
        self._pay_with_points(quotation, buyers[-3])
        self._quote(buyers[1], pricelist, products[1:2]).action_confirm()

    @api.model
    def _pricelist(self, products):
        prices = {sku: price for _key, sku, _english, _chinese, price in names.PRODUCTS}
        pricelist = self._find_or_create(self.env["product.pricelist"], "name", "Members Club CNY", {
            "currency_id": self.env.ref("base.CNY").id,
            "company_id": self.env.company.id,
            "sequence": 99,
            "item_ids": [
                Command.create({
                    "applied_on": "0_product_variant",
                    "product_id": product.id,
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "compute_price": "fixed",
                    "fixed_price": prices[product.default_code],
                })
                for product in products
            ],
        })  # fmt: skip
        self._in_chinese(pricelist, "name", "会员俱乐部人民币价目表")
        return pricelist

    @api.model
    def _quote(self, member, pricelist, products):
        return self.env["sale.order"].create({
            "partner_id": member.partner_id.id,
            "pricelist_id": pricelist.id,
            "team_id": member.team_id.id,
            "user_id": self.env.ref("base.user_admin").id,
            "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 1}) for product in products],
        })

    @api.model
    def _pay_with_points(self, order, member):
        order._update_programs_and_rewards()
        reward = member.program_id.reward_ids[:1]
        order._apply_program_reward(reward, member.card_id)
