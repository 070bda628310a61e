from odoo import api, models
from odoo.fields import Command

from .pictures import picture

#: picture, SKU, English, Chinese, points, money, in stock
GIFTS = [
    ("mug", "GF-5001", "Thermos Mug", "保温杯", 2800, 0, 40),
    ("bag", "GF-5002", "Canvas Tote Bag", "帆布托特包", 1200, 0, 120),
    ("umbrella", "GF-5003", "Folding Umbrella", "折叠晴雨伞", 900, 19, 60),
]


class LoyaltyDemoRewards(models.AbstractModel):
    _inherit = "loyalty.demo"

    @api.model
    def _open_catalogue(self):
        """What the demo club's points buy, and a few who have bought."""
        self = self.with_context(tracking_disable=True, mail_create_nolog=True, lang="en_US")
        program = self.env["loyalty.program"].search([("name", "=", "Members Club")], limit=1)
        if not program or self.env["loyalty.catalog.item"].search_count([("program_id", "=", program.id)], limit=1):
            return
        items = [*self._stock_gifts(program), *self._print_coupons(program)]
        self.env["loyalty.redemption.rule"].create([
            {"program_id": program.id, "kind": "gift", "points_from": 2500},
            {"program_id": program.id, "points_from": 5000},
        ])
        self._redeem(program, items)

    @api.model
    def _stock_gifts(self, program):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        for shape, sku, english, chinese, points, money, number in GIFTS:
            product = self._find_or_create(self.env["product.product"], "default_code", sku, {
                "name": english, "type": "consu", "is_storable": True, "list_price": points / 50 + money,
                "taxes_id": [Command.clear()], "image_1920": picture(shape),
            })  # fmt: skip
            self._in_chinese(product.product_tmpl_id, "name", chinese)
            self.env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, number)
            yield self._add_item(program, english, chinese, points, shape, kind="gift", product_id=product.id, money=money)

    @api.model
    def _print_coupons(self, program):
        shared = {"currency_id": program.currency_id.id, "company_id": self.env.company.id}
        coupons = self.env["loyalty.program"].create({
            "name": "20 off", "program_type": "coupons", "applies_on": "current", "trigger": "with_code",
            "rule_ids": [Command.clear()],
            "reward_ids": [
                Command.create({
                    "reward_type": "discount", "discount": 20, "discount_mode": "per_order", "required_points": 1,
                    "discount_applicability": "order",
                })
            ],
            **shared,
        })  # fmt: skip
        wallet = self.env["loyalty.program"].create({"name": "E-Wallet CNY", "program_type": "ewallet", **shared})
        self._in_chinese(coupons, "name", "20 元优惠券")
        self._in_chinese(wallet, "name", "人民币储值钱包")
        for values in (
            ("Coupon: 20 off", "20 元优惠券", 1500, "coupon", {"coupon_program_id": coupons.id, "valid_days": 60}),
            ("10 Yuan On The Wallet", "储值 10 元", 1000, "wallet", {
                "kind": "voucher", "voucher_program_id": wallet.id, "voucher_amount": 10, "limit_member": 2,
                "limit_period": "month",
            }),
            ("2 Hours Of Parking", "停车 2 小时", 300, "parking", {
                "kind": "service", "limit_member": 1, "limit_period": "day", "limit_total": 500,
            }),
        ):  # fmt: skip
            english, chinese, points, shape, more = values
            yield self._add_item(program, english, chinese, points, shape, **{"kind": "coupon", **more})

    @api.model
    def _add_item(self, program, english, chinese, points, shape, **values):
        item = self.env["loyalty.catalog.item"].create({
            "program_id": program.id, "name": english, "points": points, "image_1920": picture(shape), **values,
        })  # fmt: skip
        self._in_chinese(item, "name", chinese)
        return item

    @api.model
    def _redeem(self, program, items):
        """Redemptions in every state that a manager meets."""
        mug, bag, umbrella, coupon, wallet, parking = items
        members = self.env["loyalty.member"].search([
            ("program_id", "=", program.id), ("state", "=", "active"), ("points", ">", 6000),
        ], order="points desc, id", limit=9)  # fmt: skip
        wanted = [(bag, "pickup"), (mug, "pickup"), (coupon, "pickup"), (bag, "ship"), (parking, "pickup"), (mug, "ship"),
                  (wallet, "pickup"), (umbrella, "pickup"), (bag, "pickup")]  # fmt: skip
        # They shop in yuan, where the demo company's own currency is another one.
        pricelist = self.env["product.pricelist"].search([("name", "=", "Members Club CNY")], limit=1)
        members.partner_id.specific_property_product_pricelist = pricelist
        redemptions = self.env["loyalty.redemption"]
        for member, (item, delivery) in zip(members, wanted, strict=False):
            redemption = redemptions.create({
                "member_id": member.id, "item_id": item.id, "delivery": delivery, "team_id": member.team_id.id,
            })  # fmt: skip
            redemption._submit()
            redemptions |= redemption
        redemptions[:1].action_hand_over()
        redemptions[-1:]._cancel("The member chose another gift")
        refused = redemptions.filtered(lambda redemption: redemption.state == "to_approve")[-1:]
        refused._note_decision("Only one mug for each household")
        refused._end("rejected", "Only one mug for each household")
        redemptions.filtered(lambda redemption: redemption.item_id == parking).action_hand_over()
