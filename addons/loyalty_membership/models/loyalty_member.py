import secrets
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..domain.tiers import following
from .in_process import LOOKED_UP, MEMBER_CARD, says

#: "044" is the prefix by which Odoo's barcode nomenclature knows a loyalty card.
NUMBER_PREFIX = "044"
NUMBER_DIGITS = 12

#: No member is older, and no club.
EARLIEST = date(1900, 1, 1)


def check_digit(number):
    """Luhn check digit (ISO/IEC 7812-1, annex B) of a string of digits.

    >>> check_digit("7992739871")
    '3'
    """
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(number))]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


#: Kept by ledger and journal, in the same transaction as the facts that they sum up; nobody writes them.
KEPT = {
    "card_id", "points", "points_pending", "points_debt", "qualifying_points", "lifetime_earned", "lifetime_redeemed",
    "next_expiry_date", "next_expiry_points", "last_movement_at", "purchase_count", "purchase_amount",
    "first_purchase_at", "last_purchase_at", "tier_since", "tier_until", "merged_into_id", "is_member",
    "earning_since", "erased_at", "state_reason", "frozen_until", "points_end_on",
}  # fmt: skip

#: What a member repeats of its customer and its program.
REPEATED = {"name", "company_id"}


class LoyaltyMember(models.Model):
    """One customer in one membership program; the native loyalty card holds number and points.

    Balances, tier and purchase figures are kept by the ledger and the journal, in the same
    transaction as the facts that they sum up.
    """

    _name = "loyalty.member"
    _description = "Member"
    _inherits = {"loyalty.card": "card_id"}
    _inherit = ["mail.thread", "mail.activity.mixin", "utm.mixin", "loyalty.sums"]
    _order = "id desc"
    _mail_post_access = "read"
    _rec_names_search = ["code", "name"]

    card_id = fields.Many2one("loyalty.card", required=True, index=True, ondelete="restrict")
    # The card's own fields of these names, again: searched, grouped and ruled by at a million members.
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="restrict",
        domain=[("is_membership", "=", True)], default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, precompute=True, index="btree_not_null")
    active = fields.Boolean(default=True, tracking=True)
    state = fields.Selection(
        [("active", "Active"), ("frozen", "Frozen"), ("closed", "Closed")],
        required=True,
        default="active",
        tracking=True,
        help="Frozen and closed members neither earn nor spend.",
    )
    joined_on = fields.Date(required=True, default=fields.Date.context_today)
    team_id = fields.Many2one(
        "crm.team", "Store", index="btree_not_null", tracking=True, ondelete="restrict", help="Where the member belongs."
    )
    birthdate = fields.Date("Birthday")
    gender = fields.Selection([("female", "Female"), ("male", "Male"), ("other", "Other")])
    referrer_id = fields.Many2one(
        "loyalty.member", "Referred By", index="btree_not_null", ondelete="set null", tracking=True,
        domain="[('program_id', '=', program_id), ('id', '!=', id)]",
    )  # fmt: skip
    properties = fields.Properties(definition="program_id.member_properties_definition", copy=False)
    identity_ids = fields.One2many("loyalty.member.identity", "member_id")

    # Tier
    tier_id = fields.Many2one("loyalty.tier", index=True, ondelete="restrict",
                              domain="[('program_id', '=', program_id)]")  # fmt: skip
    tier_since = fields.Date(readonly=True)
    tier_until = fields.Date("Tier Valid Until", readonly=True, index="btree_not_null")
    tier_manual_until = fields.Date(
        "Tier Guaranteed Until", tracking=True, help="Until then the member does not fall below this tier."
    )
    tier_value = fields.Float(
        "Counts for Tier", digits=(16, 2), compute="_compute_tier_value",
        help="What the member reached in the program's window: qualifying points, spend or purchases.",
    )  # fmt: skip
    tier_color = fields.Integer(related="tier_id.color")
    next_tier_id = fields.Many2one("loyalty.tier", compute="_compute_next_tier")
    next_tier_missing = fields.Float("Missing for Next Tier", compute="_compute_next_tier")
    tier_progress = fields.Float(compute="_compute_next_tier", help="Percent of the way to the next tier.")
    tier_change_ids = fields.One2many("loyalty.tier.change", "member_id", readonly=True)

    # Balances, kept by the ledger
    # The card's own, again, and the program's currency: a million members are added up without joining their cards.
    points = fields.Float(related="card_id.points", store=True, precompute=True)
    currency_id = fields.Many2one(related="program_id.currency_id")
    points_pending = fields.Float("Pending", digits=(16, 2), readonly=True,
                                  help="Earned, and not to be spent yet.")  # fmt: skip
    points_debt = fields.Float("Owed", digits=(16, 2), readonly=True,
                               help="Clawed back beyond the balance; the next points pay it off.")  # fmt: skip
    qualifying_points = fields.Float(digits=(16, 2), readonly=True)
    lifetime_earned = fields.Float(digits=(16, 2), readonly=True)
    lifetime_redeemed = fields.Float(digits=(16, 2), readonly=True)
    next_expiry_date = fields.Date(readonly=True, index="btree_not_null")
    next_expiry_points = fields.Float(digits=(16, 2), readonly=True)
    last_movement_at = fields.Datetime("Last Earned or Spent", readonly=True)
    entry_ids = fields.One2many("loyalty.points.entry", "member_id", "Points Entries", readonly=True)

    # Purchase statistics, kept by the journal
    purchase_count = fields.Integer("Number of Purchases", readonly=True)
    purchase_amount = fields.Monetary("Spend", readonly=True, help="Purchases less refunds.")
    purchase_average = fields.Monetary("Average Basket", compute="_compute_purchase_average")
    first_purchase_at = fields.Datetime("First Purchase", readonly=True)
    last_purchase_at = fields.Datetime("Last Purchase", readonly=True, index="btree_not_null")
    transaction_ids = fields.One2many("loyalty.transaction", "member_id", "Purchase Journal", readonly=True)

    _tier_idx = models.Index("(tier_id, id)")
    _created_idx = models.Index("(create_date)")  # journeys look for who joined lately

    # ------------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------------

    @api.depends("partner_id.name", "code")
    def _compute_display_name(self):
        """A member who is being enrolled has no number yet: Odoo's own draft of one is never used."""
        for member in self:
            # sudo: marketing knows members by name and reads no customer
            name = member.sudo().partner_id.name or ""
            member.display_name = f"{name} ({member.code})" if member._origin else name

    @api.depends("tier_id", "tier_value", "program_id")
    def _compute_next_tier(self):
        ladders = {program: program._domain_tiers() for program in self.program_id}
        for member in self:
            tier = following(ladders.get(member.program_id, ()), member.tier_id.id or None)
            member.next_tier_id = tier and tier.id
            missing = float(tier.threshold) - member.tier_value if tier else 0.0
            member.next_tier_missing = max(missing, 0.0)
            member.tier_progress = (
                min(100.0, 100.0 * member.tier_value / float(tier.threshold)) if tier and tier.threshold else 100.0
            )

    @api.depends("purchase_amount", "purchase_count")
    def _compute_purchase_average(self):
        for member in self:
            member.purchase_average = member.purchase_count and member.purchase_amount / member.purchase_count

    # ------------------------------------------------------------------
    # Constraints and CRUD
    # ------------------------------------------------------------------

    @api.constrains("referrer_id")
    def _check_referrer(self):
        if self._has_cycle("referrer_id"):
            raise ValidationError(self.env._("A member can't be referred by themselves."))

    @api.constrains("birthdate")
    def _check_birthdate(self):
        for member in self.filtered("birthdate"):
            if not EARLIEST <= member.birthdate <= member._latest_day():
                raise ValidationError(self.env._("%s is not a birthday.", member.birthdate))

    @api.constrains("joined_on")
    def _check_joined_on(self):
        """Nobody joins in the future: tiers and anniversaries count from the day of joining."""
        for member in self:
            if not EARLIEST <= member.joined_on <= member._latest_day():
                raise ValidationError(
                    self.env._("%s is no day to have joined on: choose today or a day before.", member.joined_on)
                )

    def _latest_day(self):
        """Today, where the program is or where the user is: whichever comes later."""
        return max(self.program_id._today(), fields.Date.context_today(self))

    @api.model_create_multi
    def create(self, vals_list):
        programs = self.env["loyalty.program"]
        vals_list = [dict(vals, program_id=vals.get("program_id") or programs._default_membership().id) for vals in vals_list]
        if programs.browse(vals["program_id"] for vals in vals_list).filtered(lambda p: not p.is_membership):
            raise UserError(self.env._("Choose a membership program."))
        if not says(self.env, LOOKED_UP):
            self._check_newcomers(vals_list)
        start = {"state": "active", "active": True}
        for vals in vals_list:
            self._check_may_manage({name: value for name, value in vals.items() if value and value != start.get(name)})
        members = super().create(self._with_cards(vals_list))
        # sudo: points for joining and the first tier are the program's, whoever enrols
        members.sudo()._after_create()
        return members

    @api.model
    def _with_cards(self, vals_list):
        """Give each of these members a native card of its own; whatever is kept starts empty."""
        return [
            {
                **{name: value for name, value in vals.items() if name not in KEPT | REPEATED | {"partner_id", "code"}},
                "card_id": card.id,
            }
            for vals, card in zip(vals_list, self._make_cards(vals_list), strict=True)
        ]

    @api.model
    def _make_cards(self, vals_list):
        # sudo: nobody may make cards of a membership program but by making members
        cards = self.env["loyalty.card"].sudo().with_context(**MEMBER_CARD)
        return cards.create([
            {
                "program_id": vals["program_id"],
                "partner_id": vals.get("partner_id"),
                "code": vals.get("code") or number,
                "is_member": True,
            }
            for vals, number in zip(vals_list, self._new_numbers(len(vals_list)), strict=True)
        ])

    def write(self, vals):
        if "points" in vals or (KEPT & vals.keys() and not self.env.su):
            raise self.env["loyalty.points.entry"]._refusal()
        if REPEATED & vals.keys():
            raise UserError(
                self.env._("A member's name is that of the customer, the company that of the program: change it there.")
            )
        if "program_id" in vals and any(member.program_id.id != vals["program_id"] for member in self):
            raise UserError(self.env._("A member stays in the program that they joined."))
        self._check_may_manage(vals)
        tiers = {member: member.tier_id for member in self} if "tier_id" in vals else {}
        result = super().write(self._write_cards(vals))
        if tiers:
            self._log_manual_tier(tiers)
        return result

    def _write_cards(self, vals):
        """Write what stands on the native cards, and return the rest: nobody needs rights to other programs' cards for it."""
        on_card = {name: value for name, value in vals.items() if (field := self._fields.get(name)) and field.inherited}
        if on_card:
            self.check_access("write")
            if not self.env.su and not self.env.user.has_group("loyalty_membership.group_manager"):
                raise AccessError(self.env._("Only a membership manager may change a member's card."))
            # sudo: asked for above
            self.sudo().card_id.write(on_card)
            if "partner_id" in on_card:
                self._check_not_oneself()
        return {name: value for name, value in vals.items() if name not in on_card}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_ledger(self):
        # sudo: facts count, whoever may see them
        for facts in ("loyalty.points.entry", "loyalty.transaction"):
            if self.env[facts].sudo().search_count([("member_id", "in", self.ids)], limit=1):
                raise UserError(self.env._("A member with points or purchases can't be deleted. Close the member instead."))

    def unlink(self):
        # sudo: a card goes with its member
        cards = self.sudo().card_id
        result = super().unlink()
        cards.unlink()
        return result

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    def _lock(self, skip_locked=False):
        """Lock cards and members, in the order of the cards' ids, until the transaction ends.

        Under REPEATABLE READ a lock that succeeds also proves that what this transaction reads of
        these members is the newest there is; otherwise PostgreSQL refuses, and Odoo tries again.

        :param skip_locked: pass over members that somebody else holds
        :return: the members that are locked
        """
        if not self:
            return self
        self.env["loyalty.member"].flush_model()
        rows = self.env.execute_query(SQL(
            """SELECT m.id FROM loyalty_member m JOIN loyalty_card c ON c.id = m.card_id
                WHERE m.id = ANY(%s) ORDER BY c.id FOR NO KEY UPDATE OF c, m %s""",
            list(self._ids), SQL("SKIP LOCKED") if skip_locked else SQL(),
        ))  # fmt: skip
        return self.browse(row[0] for row in rows)

    @api.model
    def _new_numbers(self, count):
        """Member numbers that nobody can guess and nobody has: prefix, random digits, check digit."""
        numbers = {}
        while len(numbers) < count:
            for _missing in range(count - len(numbers)):
                body = NUMBER_PREFIX + str(secrets.randbelow(10**NUMBER_DIGITS)).zfill(NUMBER_DIGITS)
                numbers[body + check_digit(body)] = None
            for number in self._taken_numbers(list(numbers)):
                del numbers[number]
        return list(numbers)

    @api.model
    def _taken_numbers(self, numbers):
        """Which of these numbers a card has already, of whatever company, archived ones too."""
        # sudo: a number names one card of all companies
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        return cards.search_fetch([("code", "in", numbers)], ["code"]).mapped("code")

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_points_entry")
        return dict(action, domain=[("member_id", "=", self.id)], context={"search_default_posted": 0})

    def action_view_transactions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("loyalty_membership.action_transaction")
        return dict(action, domain=[("member_id", "=", self.id)])
