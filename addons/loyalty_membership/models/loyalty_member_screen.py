"""What the screens need beside the facts: contact data on the member, and the way from here to there."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import formatLang

#: How many digits of a phone number stay readable at its start and its end when it is masked.
PHONE_HEAD, PHONE_TAIL = 3, 4


def mask_phone(phone):
    """Hide the middle of a phone number from who needs to recognise it, but not to call it.

    >>> mask_phone("138 0013 8000")
    '138****8000'
    >>> mask_phone("12345")
    '*****'
    """
    phone = "".join(phone.split())
    hidden = len(phone) - PHONE_HEAD - PHONE_TAIL
    if hidden <= 0:
        return "*" * len(phone)
    return phone[:PHONE_HEAD] + "*" * hidden + phone[-PHONE_TAIL:]


class LoyaltyMemberScreen(models.Model):
    _inherit = "loyalty.member"

    phone = fields.Char(
        compute="_compute_phone", inverse="_inverse_phone", search="_search_phone",
        help="The customer's phone. Marketing staff see it masked.",
    )  # fmt: skip
    birthday_this_month = fields.Boolean(compute="_compute_birthday_this_month", search="_search_birthday_this_month")
    tier_metric = fields.Selection(related="program_id.tier_metric")
    next_tier_told = fields.Char("Way To The Next Tier", compute="_compute_next_tier_told")
    consent_ids = fields.One2many("loyalty.consent", "member_id", "Consents", readonly=True)

    @api.depends("partner_id.phone")
    @api.depends_context("uid")
    def _compute_phone(self):
        masked = not (self.env.su or self.env.user.has_group("loyalty_membership.group_store"))
        for member in self:
            # sudo: marketing reads no customer, and the phone only masked
            phone = member.sudo().partner_id.phone
            member.phone = mask_phone(phone) if phone and masked else phone

    def _inverse_phone(self):
        for member in self:
            member.partner_id.phone = member.phone

    @api.model
    def _search_phone(self, operator, value):
        return [("partner_id.phone", operator, value)]

    @api.depends("next_tier_id", "next_tier_missing", "tier_metric")
    @api.depends_context("lang")
    def _compute_next_tier_told(self):
        for member in self:
            member.next_tier_told = member.next_tier_id and member._tell_next_tier()

    def _tell_next_tier(self):
        """A whole sentence: the order of its words is the language's."""
        tier, missing = self.next_tier_id.name, self.next_tier_missing
        if self.tier_metric == "amount":
            money = formatLang(self.env, missing, currency_obj=self.currency_id)
            return self.env._("%(money)s more to spend to reach %(tier)s", money=money, tier=tier)
        number = formatLang(self.env, missing, digits=0 if missing == int(missing) else 2)
        if self.tier_metric == "purchases":
            return self.env._("%(number)s purchases more to reach %(tier)s", number=number, tier=tier)
        return self.env._("%(number)s points more to reach %(tier)s", number=number, tier=tier)

    @api.depends("birthdate")
    def _compute_birthday_this_month(self):
        month = fields.Date.context_today(self).month
        for member in self:
            member.birthday_this_month = bool(member.birthdate) and member.birthdate.month == month

    @api.model
    def _search_birthday_this_month(self, operator, value):
        if operator != "in":
            return NotImplemented
        month = fields.Date.context_today(self).month
        return Domain("birthdate.month_number", "=", month)

    @api.model
    def default_get(self, fields):
        """In the form of the app, a new member belongs to the store of whoever enrols."""
        values = super().default_get(fields)
        if "team_id" in fields and self.env.context.get("loyalty_own_store"):
            values.setdefault("team_id", self.env.user.sale_team_id.id)
        return values

    @api.onchange("partner_id", "phone", "program_id")
    def _onchange_known(self):
        """Tell who is a member already before a second one is made of the same person."""
        if self._origin or not (self.partner_id or self.phone):
            return {}
        # sudo: a member of another store is a member all the same
        members = self.env["loyalty.member"].sudo()
        known = members._of_partners(self.partner_id).get(self.partner_id.id, members)
        known = known.filtered(lambda member: member.program_id == self.program_id)
        if not known and self.phone:
            known = members._resolve(self.program_id, {self.phone}).get(self.phone)
        if not known:
            return {}
        return {
            "warning": {
                "title": self.env._("Already a member"),
                "message": self.env._("%s is a member of this program already.", known.display_name),
            }
        }

    def _message_get_suggested_recipients_batch(self, **options):
        """Suggest nobody to who may not read the customers: an address would be told, or the chatter not open."""
        readable = self.filtered(lambda member: not member.partner_id or member.partner_id.has_access("read"))
        suggested = super(LoyaltyMemberScreen, readable)._message_get_suggested_recipients_batch(**options) if readable else {}
        return {member.id: suggested.get(member.id, []) for member in self}

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_view_customer(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "view_mode": "form",
            "res_id": self.partner_id.id,
        }

    def action_adjust_points(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Adjust Points"),
            "res_model": "loyalty.card.update.balance",
            "views": [(self.env.ref("loyalty_membership.view_adjust_points_form").id, "form")],
            "target": "new",
            "context": {"default_card_id": self.card_id.id, "default_new_balance": self.points},
        }
