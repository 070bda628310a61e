"""What the screens need beside the facts, and the way from here to there."""

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import formatLang


class LoyaltyMemberScreen(models.Model):
    _inherit = "loyalty.member"

    birthday_this_month = fields.Boolean(compute="_compute_birthday_this_month", search="_search_birthday_this_month")
    tier_metric = fields.Selection(related="program_id.tier_metric")
    next_tier_told = fields.Char("Way To The Next Tier", compute="_compute_next_tier_told")
    consent_ids = fields.One2many("loyalty.consent", "member_id", "Consents", readonly=True)

    @api.depends("next_tier_id", "next_tier_missing", "tier_metric")
    @api.depends_context("lang")
    def _compute_next_tier_told(self):
        for member in self:
            member.next_tier_told = bool(member.next_tier_id) and member._tell_next_tier()

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

    @api.onchange("partner_id", "phone", "email", "program_id")
    def _onchange_known(self):
        """Tell who is a member already before a second one is made of the same person."""
        told = set(filter(None, (self.phone, self.email)))
        if self._origin or not (self.partner_id or told):
            return {}
        # sudo: a member of another store is a member all the same
        members = self.env["loyalty.member"].sudo()
        known = members._of_partners(self.partner_id).get(self.partner_id.id, members)
        known = known.filtered(lambda member: member.program_id == self.program_id)[:1]
        known = known or next(iter(members._resolve(self.program_id, told).values()), known)
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
            "res_model": "loyalty.points.adjustment",
            "views": [(self.env.ref("loyalty_membership.view_adjustment_window").id, "form")],
            "target": "new",
            "context": {
                "default_program_id": self.program_id.id,
                "default_member_id": self.id,
                "default_audience": "one",
                "loyalty_in_window": True,
            },
        }

    def action_grant_points(self):
        """Draft an adjustment for these members, chosen in a list."""
        draft = self.env["loyalty.points.adjustment"].create({
            "program_id": self.program_id[:1].id,
            "audience": "list",
            "member_ids": [Command.set(self.ids)],
        })
        return draft._opened()
