from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare

from .in_process import ADJUSTMENT, MEMBER_CARD, ORDER_SPENDING, says
from .ledger_guard import close_points_of_members
from .lookup import parts_index, reads_like

#: What identifies a member: changed on the member, by people who may.
IDENTITY_FIELDS = {"partner_id", "program_id", "code", "active", "expiration_date"}

#: More than anybody has; below it a number of two decimals is exact, in PostgreSQL and in Python.
MOST_POINTS = 10**12


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    is_member = fields.Boolean(readonly=True, copy=False, help="Technical: this card's points are kept by the points ledger.")
    # Archived ones, too: the record rules ask whose card it is.
    member_ids = fields.One2many("loyalty.member", "card_id", context={"active_test": False}, readonly=True)

    _code_parts = parts_index("code")  # the end of a number is looked for, too
    _one_member_a_partner = models.UniqueIndex(
        "(program_id, partner_id) WHERE is_member AND active",
        "This customer is a member of this program already.",
    )

    def init(self):  # noqa: ODW8106
        close_points_of_members(self.env.cr)

    @api.model
    def _search_display_name(self, operator, value):
        """Find by a part of the number, by the index that there is for it."""
        if operator in ("ilike", "like") and isinstance(value, str) and value:
            return reads_like("code", operator, value)
        return super()._search_display_name(operator, value)

    # ------------------------------------------------------------------
    # Native code that makes or changes cards
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A card of a membership program is a member, whoever makes it."""
        if self.env.su and says(self.env, MEMBER_CARD):
            return super().create([dict(vals, points=0) for vals in vals_list])
        cards = super().create([{k: v for k, v in vals.items() if k != "is_member"} for vals in vals_list])
        opening = cards.filtered(lambda card: card.points and card.program_id.is_membership)
        opening._check_may_write({"points": True})
        cards._join()
        opening._check_not_oneself()
        return cards

    def write(self, vals):
        """Turn points that other code writes on a member's card into entries of the difference."""
        if "is_member" in vals and any(card.is_member != bool(vals["is_member"]) for card in self):
            raise UserError(self.env._("Whether a card is a member's is for the points ledger to say."))
        self._check_may_write(vals)
        members = self.filtered("is_member")
        if members and "partner_id" in vals:
            # A customer's former card must be out of the way before the next one arrives.
            self.env["loyalty.card"].flush_model(["active"])
        if others := self - members:
            super(LoyaltyCard, others).write(vals)
        if members and "points" in vals:
            members._book_native_points(vals["points"])
        if members and (rest := {name: value for name, value in vals.items() if name != "points"}):
            super(LoyaltyCard, members).write(rest)
        members._follow(vals)
        if {"partner_id", "program_id", "active"} & vals.keys():
            others._join()
        if {"partner_id", "program_id"} & vals.keys():
            self._check_not_oneself()
        return True

    @api.constrains("partner_id", "program_id")
    def _check_customer_company(self):
        # sudo: the customer's company may be one that the user doesn't see
        for card in self.sudo():
            if card.program_id.is_membership:
                card.program_id.company_id._refuse_outsider(card.partner_id)

    def _members(self):
        # sudo: a card goes with its member, whoever may see them
        members = self.env["loyalty.member"].sudo().with_context(active_test=False)
        return members.search([("card_id", "in", self.ids)])

    def _check_not_oneself(self):
        self._members().with_env(self.env)._check_not_oneself()

    def _follow(self, vals):
        """Card and member are one: a new owner is known by the owner's phone and e-mail, and they come and go together."""
        if not self or not {"partner_id", "active"} & vals.keys():
            return
        members = self._members()
        if "active" in vals:
            members.filtered(lambda member: member.active != vals["active"]).write({"active": vals["active"]})
        if "partner_id" in vals:
            members.env["loyalty.member.identity"]._sync_contact(members)

    def _join(self):
        """Make members of cards of a membership program as soon as they have a customer; until then they are just cards."""
        joining = self.filtered(
            lambda card: card.active and card.partner_id and not card.is_member and card.program_id.is_membership
        )
        if joining:
            # sudo: a card of a membership program is a member, whoever makes it
            members = self.env["loyalty.member"].sudo()
            rows = [{"program_id": card.program_id.id, "partner_id": card.partner_id.id} for card in joining]
            members._check_newcomers(rows, joining=True)
            members._adopt_cards(joining)

    def _check_may_write(self, vals):
        """Sales staff may write native cards; points and identity of a membership's cards need more."""
        if vals.keys() == {"points"} and says(self.env, ORDER_SPENDING):
            return
        cards = self.filtered(lambda card: card.is_member or card.program_id.is_membership)
        joined = self.env["loyalty.program"].browse(vals.get("program_id"))
        entering = joined.is_membership
        if not cards and not entering:
            return
        if "program_id" in vals and any(card.is_member and card.program_id.id != vals["program_id"] for card in cards):
            raise UserError(self.env._("A member stays in the program that they joined."))
        # What follows writes as superuser: the record rules are asked here.
        self.check_access("write")
        if self.env.su:
            return
        if self.env.user.has_group("loyalty_membership.group_manager"):
            if "points" in vals:
                (cards.program_id | joined)._refuse_points_by_hand()
                cards._check_not_oneself()
            elif entering and any(self.mapped("points")):
                joined._refuse_points_by_hand()
            return
        if "points" in vals or entering:
            raise AccessError(self.env._("Only a membership manager may adjust a member's points."))
        if IDENTITY_FIELDS & vals.keys():
            raise AccessError(self.env._("Only a membership manager may change a member's card."))

    # ------------------------------------------------------------------
    # Points that native code writes
    # ------------------------------------------------------------------

    def _book_native_points(self, points):
        """Book what native code changes; an order books what it spends itself, by what is due."""
        if says(self.env, ORDER_SPENDING):
            return
        points = self._fields["points"].convert_to_cache(points, self)
        if not abs(points) < MOST_POINTS:  # NaN isn't, either
            raise UserError(self.env._("A balance must be a number below %s.", f"{MOST_POINTS:,}"))
        members = self._members()
        members._lock()
        self.invalidate_recordset(["points"])
        batch = [
            member._adjustment(difference, points)
            for member in members
            if float_compare(difference := round(points - member.card_id.points, 2), 0, precision_digits=2)
        ]
        if not says(self.env, ADJUSTMENT):
            members.browse(row["member_id"] for row in batch if row["points"] < 0)._check_not_barred()
        # sudo: who may write these cards was asked before; their ledger is nobody's to write
        self.env["loyalty.points.entry"].sudo()._post(batch)
