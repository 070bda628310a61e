from .common import LoyaltyCase


class RedemptionCase(LoyaltyCase):
    """A program with a catalogue: a mug of which ten are in stock, a coupon, a voucher and a service."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Redemption = cls.env["loyalty.redemption"]
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.mug_product = cls.env["product.product"].create({
            "name": "Mug", "type": "consu", "is_storable": True, "list_price": 80, "taxes_id": False,
        })  # fmt: skip
        cls.env["stock.quant"]._update_available_quantity(cls.mug_product, cls.warehouse.lot_stock_id, 10)
        cls.mug = cls.make_item("Mug", 500, product_id=cls.mug_product.id)
        cls.coupon_program = cls.env["loyalty.program"].create({
            "name": "10 off", "program_type": "coupons", "applies_on": "current", "trigger": "with_code",
            "rule_ids": [(5, 0)],
            "reward_ids": [
                (0, 0, {"reward_type": "discount", "discount": 10, "discount_mode": "per_order", "required_points": 1})
            ],
        })  # fmt: skip
        cls.coupon = cls.make_item("10 off", 100, kind="coupon", coupon_program_id=cls.coupon_program.id)
        cls.wallet_program = cls.env["loyalty.program"].create({"name": "Wallet", "program_type": "ewallet"})
        cls.voucher = cls.make_item(
            "20 on the wallet", 200, kind="voucher", voucher_program_id=cls.wallet_program.id, voucher_amount=20
        )
        cls.seat = cls.make_item("A seat at the show", 50, kind="service")
        cls.clerk = cls.make_user("redeem_clerk", "loyalty_membership.group_store")
        cls.manager = cls.make_user("redeem_manager", "loyalty_membership.group_manager")
        cls.Entry._post([{"member_id": cls.member.id, "kind": "adjust", "points": 2000}])

    @classmethod
    def make_item(cls, name, points, **values):
        return cls.env["loyalty.catalog.item"].create({
            "program_id": cls.program.id, "name": name, "points": points, "kind": "gift", **values,
        })  # fmt: skip

    def draft(self, item, quantity=1, member=None, user=None, **values):
        redemptions = self.Redemption.with_user(user or self.clerk)
        return redemptions.create({
            "member_id": (member or self.member).id, "item_id": item.id, "quantity": quantity, **values,
        })  # fmt: skip

    def redeem(self, item, quantity=1, member=None, user=None, **values):
        redemption = self.draft(item, quantity, member, user, **values)
        redemption.action_submit()
        return redemption

    def need_approval(self, **values):
        self.env["loyalty.redemption.rule"].create({"program_id": self.program.id, **values})

    def free(self):
        product = self.mug_product.with_context(warehouse_id=self.warehouse.id)
        product.invalidate_recordset()
        return product.free_qty

    def send_out(self, redemption):
        pickings = redemption.sudo().move_ids.picking_id
        for move in pickings.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        pickings.button_validate()
