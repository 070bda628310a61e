from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

#: Native programs whose cards are what an item issues.
COUPON_TYPES = ("coupons", "next_order_coupons")


class LoyaltyCatalogItem(models.Model):
    """What points buy: a gift, a coupon, money on the member's e-wallet, tickets for a lucky draw, or a service."""

    _name = "loyalty.catalog.item"
    _description = "Catalogue Item"
    _inherit = ["image.mixin", "mail.thread"]
    _order = "sequence, points, id"
    _check_company_auto = True

    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="cascade",
        domain=[("is_membership", "=", True)], default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    name = fields.Char(required=True, translate=True, help="What members read.")
    description = fields.Html(translate=True, help="Shown to members: what it is, what it is good for, how long it is valid.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)

    # ------------------------------------------------------------ what it is
    kind = fields.Selection(
        [
            ("gift", "Gift"),
            ("coupon", "Coupon"),
            ("voucher", "Voucher"),
            ("service", "Service"),
        ],
        required=True,
        default="gift",
        help="A gift is a product that is handed over or sent. A coupon is one of a coupon program, for the next order. "
        "A voucher puts money on the member's e-wallet. A draw ticket is one for a lucky draw. A service is anything else, "
        "e.g. a place at an event or a parking hour.",
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="restrict",
        check_company=True,
        domain="[('type', '=', 'consu' if kind == 'gift' else 'service')]",
        help="Of a gift: what leaves the warehouse. Of a service that also costs money: what the order and the invoice name.",
    )  # fmt: skip
    coupon_program_id = fields.Many2one(
        "loyalty.program", index="btree_not_null", ondelete="restrict",
        check_company=True,
        domain="[('program_type', 'in', ('coupons', 'next_order_coupons'))]",
        help="The coupon program whose coupons members get.",
    )  # fmt: skip
    voucher_program_id = fields.Many2one(
        "loyalty.program", string="E-Wallet", index="btree_not_null", ondelete="restrict",
        check_company=True,
        domain="[('program_type', '=', 'ewallet')]",
        help="The e-wallet program whose card of the member is topped up.",
    )  # fmt: skip
    voucher_amount = fields.Monetary(help="The money that comes onto the member's e-wallet.")
    valid_days = fields.Integer(
        string="Valid For (Days)", help="The coupon ends this many days after it was issued. 0: it does not end."
    )

    # ------------------------------------------------------------ what it costs
    points = fields.Float("Costs Points", digits=(16, 2), required=True, tracking=True)
    money = fields.Monetary(
        "And Money", tracking=True,
        help="What members pay beside the points, taxes included. It makes a sales order on which the points pay the rest.",
    )  # fmt: skip

    # ------------------------------------------------------------ who may have it, and how many
    limit_total = fields.Integer("Quantity Offered", help="How many can be redeemed in all. 0: as many as there are in stock.")
    limit_member = fields.Integer("Per Member", help="How many each member may redeem. 0: any number.")
    limit_period = fields.Selection(
        [("day", "A day"), ("week", "A week"), ("month", "A month"), ("year", "A year"), ("lifetime", "In all")],
        string="Counted Over",
        required=True,
        default="lifetime",
        help="The time over which the limit per member counts.",
    )
    tier_ids = fields.Many2many(
        "loyalty.tier", string="Tiers", ondelete="restrict", domain="[('program_id', '=', program_id)]",
        help="Only members of one of these tiers. Empty: all.",
    )  # fmt: skip
    segment_ids = fields.Many2many(
        "res.partner.category", string="Segments", ondelete="restrict",
        help="Only members whose contact has one of these tags. Empty: all.",
    )  # fmt: skip
    team_ids = fields.Many2many(
        "crm.team", string="Stores", ondelete="restrict", help="Only in one of these stores. Empty: in all."
    )
    date_from = fields.Date("Offered From")
    date_to = fields.Date("Offered Until", help="The last day, in the program's time zone.")

    redemption_ids = fields.One2many("loyalty.redemption", "item_id")

    _points_positive = models.Constraint("CHECK (points >= 0)", "An item can't cost fewer than 0 points.")
    _money_positive = models.Constraint("CHECK (money >= 0)", "An item can't cost less than no money.")
    _limits_positive = models.Constraint(
        "CHECK (limit_total >= 0 AND limit_member >= 0 AND valid_days >= 0)",
        "Quantities and days can't be negative; 0 means no limit.",
    )
    _dates_ordered = models.Constraint("CHECK (date_to >= date_from)", "The last day of the offer can't be before the first.")

    @api.depends("name", "points", "money")
    @api.depends_context("loyalty_with_cost", "lang")
    def _compute_display_name(self):
        """Where staff choose, the cost stands beside the name."""
        if not self.env.context.get("loyalty_with_cost"):
            return super()._compute_display_name()
        for item in self:
            points = self.env._(
                "%s points", formatLang(self.env, item.points, digits=0 if item.points == int(item.points) else 2)
            )
            money = item.money and formatLang(self.env, item.money, currency_obj=item.currency_id)
            item.display_name = f"{item.name} ({' + '.join(filter(None, (points, money)))})"
        return None

    @api.constrains("kind", "product_id", "coupon_program_id", "voucher_program_id", "voucher_amount", "money")
    def _check_kind(self):
        """What an item hands out is named, and is what its kind says."""
        for item in self:
            if problem := item._problem():
                raise ValidationError(self.env._("%(item)s: %(problem)s", item=item.name, problem=problem))

    def _problem(self):
        """What is missing for this item to be handed out; None if nothing is."""
        self.ensure_one()
        if self.kind == "gift" and self.product_id.type != "consu":
            return self.env._("choose the product that is given, one that can be put into a box.")
        if self.kind == "coupon" and self.coupon_program_id.program_type not in COUPON_TYPES:
            return self.env._("choose the coupon program whose coupons are given.")
        if self.kind == "voucher" and (self.voucher_program_id.program_type != "ewallet" or self.voucher_amount <= 0):
            return self.env._("choose the e-wallet program, and an amount above 0 to put on it.")
        for program in self.coupon_program_id | self.voucher_program_id:
            if not program.active:
                return self.env._("%s is archived.", program.name)
        if self.kind == "voucher" and self.voucher_program_id.currency_id != self.currency_id:
            return self.env._("the e-wallet has another currency than the membership program.")
        if self.money and not (self.kind in ("gift", "service") and self.product_id):
            return self.env._("only a gift, or a service with a product, can cost money beside points: the order needs it.")
        return None

    @api.constrains("points", "program_id")
    def _check_precision(self):
        for item in self:
            item.program_id._check_in_steps(item.name, item.points)

    @api.onchange("kind")
    def _onchange_kind(self):
        """Forget what belongs to another kind."""
        if self.kind not in ("gift", "service") or (self.product_id.type == "consu") != (self.kind == "gift"):
            self.product_id = False
        if self.kind not in ("gift", "service"):
            self.money = 0
        if self.kind != "coupon":
            self.coupon_program_id = self.valid_days = False
        if self.kind != "voucher":
            self.voucher_program_id = self.voucher_amount = False

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id:
            self.name = self.name or self.product_id.name
            self.image_1920 = self.image_1920 or self.product_id.image_1920

    @api.ondelete(at_uninstall=False)
    def _unlink_except_redeemed(self):
        # sudo: redemptions count, whoever may see them
        redeemed = self.env["loyalty.redemption"].sudo().search([("item_id", "in", self.ids)], limit=1).item_id
        if redeemed:
            raise ValidationError(self.env._("%s has been redeemed: archive it instead of deleting it.", redeemed.name))

    def action_view_redemptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_redemption")
        return dict(action, domain=[("item_id", "=", self.id)], context={})
