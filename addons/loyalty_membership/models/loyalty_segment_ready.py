"""The segments that every program begins with: plain filters, to be read and changed."""

from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

#: Who is in it, by its key.
FILTERS = {
    "high_value": [("insight_ids.monetary_score", ">=", 5)],
    "new": [("days_joined", "<=", 30)],
    "dormant_30": [("days_silent", ">", 30)],
    "dormant_60": [("days_silent", ">", 60)],
    "dormant_90": [("days_silent", ">", 90)],
    "discount": ["&", ("insight_ids.reduced_share", ">=", 50), ("insight_ids.purchases", ">=", 3)],
    "churn": [("prediction_ids.churn_risk", "=", "high")],
    "birthday": [("birthday_this_month", "=", True)],
    "expiring": ["&", ("days_to_expiry", ">=", 0), ("days_to_expiry", "<=", 30)],
    "next_tier": [("next_tier_progress", ">=", 80)],
}
#: Its name, and what it is for.
NAMES = {
    "high_value": _lt("High Value"),
    "new": _lt("New Members"),
    "dormant_30": _lt("Dormant For 30 Days"),
    "dormant_60": _lt("Dormant For 60 Days"),
    "dormant_90": _lt("Dormant For 90 Days"),
    "discount": _lt("Discount-Sensitive"),
    "churn": _lt("About To Churn"),
    "birthday": _lt("Birthday This Month"),
    "expiring": _lt("Points About To Expire"),
    "next_tier": _lt("One Step From The Next Tier"),
}
TOLD = {
    "high_value": _lt("The fifth of the members who have spent most in a year."),
    "new": _lt("Joined in the last 30 days."),
    "dormant_30": _lt("Have bought before, and not in the last 30 days."),
    "dormant_60": _lt("Have bought before, and not in the last 60 days."),
    "dormant_90": _lt("Have bought before, and not in the last 90 days."),
    "discount": _lt("Half of their purchases or more were paid with a discount, a coupon or points."),
    "churn": _lt("By the program's prediction they may not come back."),
    "birthday": _lt("For a greeting or a gift."),
    "expiring": _lt("Some of their points end within 30 days."),
    "next_tier": _lt("80 percent of the way or more are done."),
}


class LoyaltyProgramSegments(models.Model):
    _inherit = "loyalty.program"

    has_ready_segments = fields.Boolean(readonly=True, copy=False, help="Technical: it got its first segments.")

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs._make_ready_segments()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if vals.get("is_membership"):
            self._make_ready_segments()
        return result

    def unlink(self):
        # sudo: segments go with their program, and their tags with them
        self.env["loyalty.segment"].sudo().with_context(active_test=False).search([("program_id", "in", self.ids)]).unlink()
        return super().unlink()

    @api.model
    def _make_all_ready_segments(self):
        """For programs that were there before segments were."""
        everyone = self.with_context(active_test=False)
        everyone.search([("is_membership", "=", True), ("has_ready_segments", "=", False)])._make_ready_segments()

    def _make_ready_segments(self):
        programs = self.filtered(lambda program: program.is_membership and not program.has_ready_segments)
        if not programs:
            return
        # sudo: whoever may make a program gets what belongs to it
        segments = self.env["loyalty.segment"].sudo().with_context(lang="en_US")
        made = segments.create([
            {
                "program_id": program.id, "ready_made": key, "sequence": 10 * place, "color": place,
                "name": segments.env._(NAMES[key]), "description": segments.env._(TOLD[key]), "member_domain": repr(domain),
            }
            for program in programs
            for place, (key, domain) in enumerate(FILTERS.items(), start=1)
        ])  # fmt: skip
        programs.sudo().has_ready_segments = True
        made._name_ready_made()


class LoyaltySegmentReady(models.Model):
    _inherit = "loyalty.segment"

    def _name_ready_made(self):
        """Name them in every language of the database; a name that somebody gave stays."""
        for code, _name in self.env["res.lang"].get_installed():
            for segment in self.with_context(lang=code):
                english = segment.with_context(lang="en_US")
                for field, texts in (("name", NAMES), ("description", TOLD)):
                    text = texts[segment.ready_made]
                    own, here = segment.env._(text), english.env._(text)
                    if segment[field] == here != own:
                        segment[field] = own


class ResLangSegments(models.Model):
    _inherit = "res.lang"

    def _name_point_rewards(self):
        """Ready-made segments are named in a new language, too."""
        if self:
            # sudo: whoever may add a language names what the addon itself named
            segments = self.env["loyalty.segment"].sudo().with_context(active_test=False)
            segments.search([("ready_made", "!=", False)])._name_ready_made()
        return super()._name_point_rewards()
