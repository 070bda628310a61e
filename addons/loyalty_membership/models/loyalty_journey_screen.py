"""What the screens of journeys say: when, for whom, how many."""

from odoo import api, fields, models
from odoo.tools import format_datetime, formatLang


class LoyaltyJourneyScreen(models.Model):
    _inherit = "loyalty.journey"

    currency_id = fields.Many2one(related="program_id.currency_id")
    trigger_told = fields.Char("When", compute="_compute_trigger_told")
    entered_count = fields.Integer(
        "Members", compute="_compute_counts", help="How many times members started, control group included."
    )
    waiting_count = fields.Integer("Under Way", compute="_compute_counts")
    done_count = fields.Integer("Done", compute="_compute_counts", help="Came to the end, or ended by a condition.")
    failed_count = fields.Integer("Went Wrong", compute="_compute_counts")
    control_count = fields.Integer("In The Control Group", compute="_compute_counts")

    @api.depends("run_ids.state")
    def _compute_counts(self):
        counts = {}
        for journey, state, number in self.env["loyalty.journey.run"]._read_group(
            [("journey_id", "in", self.ids)], ["journey_id", "state"], ["__count"]
        ):
            counts.setdefault(journey.id, {})[state] = number
        for journey in self:
            states = counts.get(journey._origin.id, {})
            journey.entered_count = sum(states.values())
            journey.waiting_count = states.get("waiting", 0)
            journey.done_count = states.get("done", 0) + states.get("ended", 0)
            journey.failed_count = states.get("failed", 0)
            journey.control_count = states.get("control", 0)

    @api.depends(
        "trigger", "trigger_days", "trigger_tier_ids", "trigger_segment_id", "trigger_activity", "trigger_minimum", "trigger_at",
        "repeat_number", "repeat_unit", "offset_days", "at_hour", "hour",
    )  # fmt: skip
    @api.depends_context("lang", "tz")
    def _compute_trigger_told(self):
        for journey in self:
            journey.trigger_told = journey._tell_trigger() + journey._tell_offset()

    def _tell_trigger(self):
        """What starts it, as a short sentence."""
        words = dict(self._fields["trigger"]._description_selection(self.env))
        told = words.get(self.trigger, "")
        if self.trigger in ("tier_up", "tier_down", "tier_lapsing") and self.trigger_tier_ids:
            told = self.env._("%(what)s: %(which)s", what=told, which=", ".join(self.trigger_tier_ids.mapped("name")))
        elif self.trigger in ("segment_entered", "segment_left") and self.trigger_segment_id:
            told = self.env._("%(what)s: %(which)s", what=told, which=self.trigger_segment_id.name)
        elif self.trigger == "activity" and self.trigger_activity:
            told = self.env._("%(what)s: %(which)s", what=told, which=self._activity_name())
        elif self.trigger == "date" and self.trigger_at:
            told = format_datetime(self.env, self.trigger_at, tz=self.program_id.tz, dt_format="short")
        elif self.trigger == "repeat" and self.trigger_at:
            told = self._tell_repeat()
        if self.trigger == "silent":
            told = self.env._("%s days without a purchase", self.trigger_days)
        elif self.trigger == "tier_lapsing":
            told = self.env._("%(what)s: %(days)s days before", what=told, days=self.trigger_days)
        elif self.trigger == "points_expiring":
            told = self.env._("%s days before points expire", self.trigger_days)
        if self.trigger_minimum and self.trigger in ("points_earned", "purchase", "first_purchase", "points_expiring"):
            told = self.env._(
                "%(what)s, at least %(least)s", what=told, least=formatLang(self.env, self.trigger_minimum, digits=0)
            )
        return told

    def _activity_name(self):
        names = dict(self.env["loyalty.earning.rule"]._fields["activity"]._description_selection(self.env))
        return names.get(self.trigger_activity, self.trigger_activity)

    def _tell_repeat(self):
        number = self.repeat_number
        every = {
            "day": self.env._("every %s days", number) if number > 1 else self.env._("every day"),
            "week": self.env._("every %s weeks", number) if number > 1 else self.env._("every week"),
            "month": self.env._("every %s months", number) if number > 1 else self.env._("every month"),
            "year": self.env._("every %s years", number) if number > 1 else self.env._("every year"),
        }[self.repeat_unit or "month"]
        first = format_datetime(self.env, self.trigger_at, tz=self.program_id.tz, dt_format="short")
        return self.env._("%(every)s from %(first)s", every=every, first=first)

    def _tell_offset(self):
        told = ""
        if self.offset_days == 1:
            told = self.env._(", a day later")
        elif self.offset_days > 0:
            told = self.env._(", %s days later", self.offset_days)
        elif self.offset_days == -1:
            told = self.env._(", the day before")
        elif self.offset_days < 0:
            told = self.env._(", %s days before", -self.offset_days)
        if self.at_hour:
            hour, minute = divmod(round(self.hour * 60), 60)
            told += self.env._(" at %s", f"{hour}:{minute:02d}")
        return told

    def _action_runs(self, name, domain, context=None):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "loyalty.journey.run",
            "view_mode": "list,form,pivot,graph",
            "domain": [("journey_id", "=", self.id), *domain],
            "context": context or {},
        }

    def action_view_runs(self):
        return self._action_runs(self.env._("Members"), [])

    def action_view_waiting(self):
        return self._action_runs(self.env._("Under Way"), [("state", "=", "waiting")])

    def action_view_failed(self):
        return self._action_runs(self.env._("Went Wrong"), [("state", "=", "failed")])
