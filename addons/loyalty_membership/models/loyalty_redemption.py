import base64
import io
import secrets

import qrcode
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .loyalty_catalog_item_offer import LIVE
from .loyalty_member import check_digit

#: What whoever redeems says; everything else is kept by the redemption itself.
ENTERED = {"member_id", "item_id", "quantity", "team_id", "delivery", "shipping_partner_id", "note"}
#: The number that is shown at the counter: digits, as every scanner reads them.
CODE_DIGITS = 11

STATES = [
    ("draft", "Draft"),
    ("to_approve", "To Approve"),
    ("approved", "Approved"),
    ("delivering", "In Delivery"),
    ("done", "Done"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]


class LoyaltyRedemption(models.Model):
    """One order of something that points buy.

    Points are taken when it is submitted and given back to their own lots when it is rejected or
    cancelled.  Its state is moved by its own methods alone, see ``loyalty_redemption_flow``.
    """

    _name = "loyalty.redemption"
    _description = "Redemption"
    _inherit = ["loyalty.approval", "loyalty.member.choice"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(readonly=True, copy=False, index=True, default=lambda self: self.env._("New"))
    member_id = fields.Many2one(
        "loyalty.member", required=True, index=True, ondelete="restrict",
        domain="[('state', '=', 'active')]",
    )  # fmt: skip
    program_id = fields.Many2one(related="member_id.program_id", store=True, precompute=True)
    company_id = fields.Many2one(related="program_id.company_id", store=True, precompute=True, index="btree_not_null")
    currency_id = fields.Many2one(related="program_id.currency_id")
    partner_id = fields.Many2one(related="member_id.partner_id", string="Customer")
    item_id = fields.Many2one(
        "loyalty.catalog.item", required=True, index=True, ondelete="restrict", domain="[('program_id', '=', program_id)]"
    )
    kind = fields.Selection(related="item_id.kind", store=True, precompute=True)
    image_128 = fields.Image(related="item_id.image_128")
    product_id = fields.Many2one(related="item_id.product_id", store=True, precompute=True, index="btree_not_null")
    quantity = fields.Integer(required=True, default=1)
    points = fields.Float(
        "Costs Points", digits=(16, 2), compute="_compute_cost", store=True, precompute=True, copy=False,
        help="All of it. The price of the day on which it was submitted.",
    )  # fmt: skip
    money = fields.Monetary("And Money", compute="_compute_cost", store=True, precompute=True, copy=False)
    is_award = fields.Boolean(readonly=True, copy=False, help="A prize or a present: it cost nothing.")
    state = fields.Selection(STATES, required=True, readonly=True, default="draft", copy=False, tracking=True, index=True)
    team_id = fields.Many2one(
        "crm.team", "Store", index="btree_not_null", ondelete="restrict", compute="_compute_team_id", store=True, readonly=False,
        precompute=True, help="Where it is redeemed, and where a gift is picked up.",
    )  # fmt: skip
    delivery = fields.Selection(
        [("pickup", "Picked up in the store"), ("ship", "Sent to the member")], required=True, default="pickup",
    )  # fmt: skip
    shipping_partner_id = fields.Many2one(
        "res.partner", "Sent To", compute="_compute_shipping_partner_id", store=True, readonly=False, ondelete="set null",
        domain="[('id', 'child_of', partner_id)]", help="The address that a gift is sent to.",
    )  # fmt: skip
    note = fields.Text()
    obstacle = fields.Char(compute="_compute_obstacle", help="Of a draft, why the member can't have it.")
    member_points = fields.Float("The Member Has", compute="_compute_member_points", help="Of a draft: what there is to spend.")
    code = fields.Char("Pick-up Code", readonly=True, copy=False)
    code_qr = fields.Image(compute="_compute_code_qr")
    submitted_at = fields.Datetime(readonly=True, copy=False, index=True)
    done_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    pickup_until = fields.Date("Pick Up Until", readonly=True, copy=False, index="btree_not_null")
    end_reason = fields.Char("Cancelled Because", readonly=True, copy=False, tracking=True)
    # The caller's own number: the same call twice is one redemption.
    source = fields.Char(readonly=True, copy=False)
    reference = fields.Char(readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False)

    _quantity_positive = models.Constraint("CHECK (quantity > 0)", "Redeem at least one.")
    _code_unique = models.UniqueIndex("(code) WHERE code IS NOT NULL")
    _reference_unique = models.UniqueIndex(
        "(program_id, source, reference) WHERE reference IS NOT NULL", "A redemption with this reference is recorded already."
    )
    _member_idx = models.Index("(member_id, item_id, state)")
    _waiting_idx = models.Index("(product_id, warehouse_id) WHERE state = 'to_approve'")

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("item_id", "quantity", "is_award")
    def _compute_cost(self):
        """What is kept of the item's price; a price that changes later changes no redemption."""
        for redemption in self:
            number = 0 if redemption.is_award else redemption.quantity
            redemption.points = redemption.item_id.points * number
            redemption.money = redemption.item_id.money * number

    @api.depends("member_id")
    def _compute_team_id(self):
        for redemption in self:
            redemption.team_id = self.env.user.sale_team_id or redemption.member_id.team_id

    @api.depends("member_id")
    def _compute_shipping_partner_id(self):
        for redemption in self:
            # sudo: the address of a member of another store is where the gift goes all the same
            partner = redemption.sudo().member_id.partner_id
            redemption.shipping_partner_id = partner.browse(partner.address_get(["delivery"])["delivery"]) if partner else partner

    @api.depends("member_id", "state")
    def _compute_member_points(self):
        """Whoever hands a gift over for another store need not know what the member has."""
        for redemption in self:
            told = redemption.state == "draft" and redemption.member_id.has_access("read")
            redemption.member_points = redemption.member_id.points if told else 0

    @api.depends("code")
    def _compute_code_qr(self):
        for redemption in self:
            redemption.code_qr = redemption.code and self._draw_qr(redemption.code)

    @api.model
    def _draw_qr(self, text):
        buffer = io.BytesIO()
        qrcode.make(text, border=1).save(buffer)
        return base64.b64encode(buffer.getvalue())

    def _own_of(self, user):
        """Nobody approves what they asked for, or what they get as a member."""
        mine = self.env["loyalty.member"]._of_user(user, self.program_id)
        return super()._own_of(user) | self.filtered(lambda redemption: redemption.sudo().member_id in mine)  # sudo: any member

    def _concerned(self, users):
        own = self.env["loyalty.member"]._of_users(users, self.program_id)
        member = self.sudo().member_id  # sudo: as above
        return users.browse(user.id for user, members in own.items() if member in members)

    @api.depends("name", "item_id.name")
    def _compute_display_name(self):
        for redemption in self:
            redemption.display_name = f"{redemption.name} {redemption.item_id.name or ''}".strip()

    @api.depends("member_id", "item_id", "quantity", "team_id", "state")
    @api.depends_context("lang")
    def _compute_obstacle(self):
        for redemption in self:
            item, member = redemption.item_id, redemption.member_id
            redemption.obstacle = False
            if redemption.state == "draft" and item and member and item.program_id == member.program_id:
                [why] = item._obstacles(member, redemption.team_id, redemption.quantity).values()
                redemption.obstacle = why and item._told(why, member)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_entered(vals)
        redemptions = super().create(vals_list)
        sequence = self.env["ir.sequence"].sudo()  # sudo: numbers are nobody's to see
        for redemption in redemptions:
            redemption.sudo().name = sequence.with_company(redemption.company_id).next_by_code("loyalty.redemption")
        return redemptions

    def write(self, vals):
        self._check_entered(vals)
        if (ENTERED - {"note"}) & vals.keys() and not self.env.su and any(r.state != "draft" for r in self):
            raise UserError(self.env._("What was submitted can't be changed any more: cancel it and redeem anew."))
        return super().write(vals)

    def _check_entered(self, vals):
        """State, points and codes are moved by the redemption's own methods; RPC and imports can't write them."""
        if not self.env.su and (kept := {name for name in vals if name in self._kept()}):
            raise AccessError(self.env._("%s can't be written: use the buttons of the redemption.", ", ".join(sorted(kept))))

    @api.model
    def _kept(self):
        own = {name for name, field in self._fields.items() if "loyalty_membership" in field._modules}
        return own - ENTERED

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        for redemption in self:
            if redemption.submitted_at:
                raise UserError(self.env._("%s was submitted: cancel it instead of deleting it.", redemption.display_name))

    @api.constrains("member_id", "item_id")
    def _check_program(self):
        for redemption in self:
            if redemption.item_id.program_id != redemption.member_id.program_id:
                raise UserError(self.env._("%s belongs to another program than the member.", redemption.item_id.name))

    @api.constrains("shipping_partner_id", "member_id")
    def _check_address(self):
        """A gift goes to the member or to an address of theirs: others' addresses are not told, and gifts not sent astray."""
        for redemption in self.sudo():  # sudo: as in _compute_shipping_partner_id
            address, customer = redemption.shipping_partner_id, redemption.member_id.partner_id
            if address and address != customer and address.parent_id != customer:
                raise UserError(self.env._("Choose the member's own address, or one of the addresses of their contact."))

    @api.model
    def _new_code(self):
        number = "8" + str(secrets.randbelow(10**CODE_DIGITS)).zfill(CODE_DIGITS)
        return number + check_digit(number)

    # ------------------------------------------------------------------
    # What belongs to it
    # ------------------------------------------------------------------

    entry_ids = fields.Many2many("loyalty.points.entry", string="Points Entries", compute="_compute_entry_ids")

    def _compute_entry_ids(self):
        for redemption in self:
            redemption.entry_ids = redemption.sudo()._spent_entries()  # sudo: shown to who may read them

    def _is_first(self):
        """Whether the member has never redeemed before."""
        # sudo: in whatever store
        return not self.sudo().search_count(
            [("member_id", "=", self.member_id.id), ("state", "in", LIVE), ("id", "!=", self.id), ("is_award", "=", False)],
            limit=1,
        )
