"""Every membership program begins with ready-made journeys, and every company with the coupons that they give."""

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import LazyTranslate

from .loyalty_journey_ready import READY, translate_own

_lt = LazyTranslate(__name__)

#: The coupons of ready-made journeys: what they are called, and percent off an order.
COUPONS = {
    "welcome": (_lt("Welcome Coupon, 10% Off"), 10),
    "birthday": (_lt("Birthday Coupon, 10% Off"), 10),
    "tier": (_lt("Tier Coupon, 10% Off"), 10),
    "come_back": (_lt("Come-Back Coupon, 10% Off"), 10),
}


class LoyaltyProgramReadyJourneys(models.Model):
    _inherit = "loyalty.program"

    has_ready_journeys = fields.Boolean(readonly=True, copy=False, help="Technical: it got its first journeys.")
    ready_coupon = fields.Char(
        readonly=True, copy=False, index="btree_not_null", help="Technical: which coupon of ready-made journeys it is."
    )

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs._make_ready_journeys()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_membership"):
            self._make_ready_journeys()
        return result

    def unlink(self):
        # sudo: journeys go with their program, and their server actions with them
        journeys = self.env["loyalty.journey"].sudo().with_context(active_test=False)
        journeys.search([("program_id", "in", self.ids), ("ready_made", "!=", False), ("run_ids", "=", False)]).unlink()
        return super().unlink()

    @api.model
    def _make_all_ready_journeys(self):
        """For programs that were there before journeys were."""
        everyone = self.with_context(active_test=False)
        everyone.search([("is_membership", "=", True), ("has_ready_journeys", "=", False)])._make_ready_journeys()

    def _make_ready_journeys(self):
        """Journeys that are switched off; once: what is deleted doesn't come back."""
        programs = self.filtered(lambda program: program.is_membership and not program.has_ready_journeys)
        if not programs:
            return
        # sudo: whoever may make a program gets what belongs to it
        english = programs.sudo().with_context(lang="en_US", tracking_disable=True, mail_create_nolog=True)
        journeys = english.env["loyalty.journey"]
        values = [
            journeys._ready_values(program, key, place) for program in english for place, key in enumerate(READY, start=1)
        ]  # fmt: skip
        made = journeys.create([one for one in values if one])
        english.has_ready_journeys = True
        made._name_ready_made()

    def _ready_coupon(self, key):
        """The program of this coupon, one for each company; made where there is none."""
        self.ensure_one()
        coupons = self.with_context(active_test=False)
        own = [("ready_coupon", "=", key), ("company_id", "=", self.company_id.id), ("currency_id", "=", self.currency_id.id)]
        found = coupons.search(own, limit=1)
        return found or self._make_ready_coupon(key)

    def _make_ready_coupon(self, key):
        """A percentage off one order, with the code; the journey's own message tells of it."""
        name, percent = COUPONS[key]
        coupon = self.create({
            "name": self.env._(name), "ready_coupon": key, "program_type": "coupons", "applies_on": "current",
            "trigger": "with_code", "currency_id": self.currency_id.id, "company_id": self.company_id.id,
            "rule_ids": [Command.clear()], "communication_plan_ids": [Command.clear()],
            "reward_ids": [
                Command.clear(),
                Command.create({
                    "reward_type": "discount", "discount": percent, "discount_mode": "percent", "required_points": 1,
                    "discount_applicability": "order", "description": self.env._(name),
                }),
            ],
        })  # fmt: skip
        coupon._name_ready_coupon()
        return coupon

    def _name_ready_coupon(self):
        for code, _name in self.env["res.lang"].get_installed():
            for coupon in self.with_context(lang=code):
                name = COUPONS[coupon.ready_coupon][0]
                translate_own(coupon, {"name": name})
                for reward in coupon.reward_ids:
                    translate_own(reward, {"description": name})


class ResLangJourneys(models.Model):
    _inherit = "res.lang"

    def _name_point_rewards(self):
        """Ready-made journeys and their coupons are named in a new language, too."""
        if self:
            # sudo: whoever may add a language names what the addon itself named
            everything = self.sudo().with_context(active_test=False).env
            everything["loyalty.program"].search([("ready_coupon", "!=", False)])._name_ready_coupon()
            everything["loyalty.journey"].search([("ready_made", "!=", False)])._name_ready_made()
        return super()._name_point_rewards()
