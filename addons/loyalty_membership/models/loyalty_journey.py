from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

#: Written by starting, pausing, stopping, and by the job.
KEPT = {"state", "started_at", "looked_until", "problem"}
#: What each trigger can't do without.
NEEDED = {
    "segment_entered": "trigger_segment_id",
    "segment_left": "trigger_segment_id",
    "activity": "trigger_activity",
    "date": "trigger_at",
    "repeat": "trigger_at",
    "silent": "trigger_days",
    "tier_lapsing": "trigger_days",
    "points_expiring": "trigger_days",
}
#: Days that are proposed.
USUAL_DAYS = {"silent": 60, "tier_lapsing": 30, "points_expiring": 30}
#: What is said at a decent hour, not at midnight when the day begins.
DATED = ("birthday", "anniversary", "tier_lapsing", "points_expiring", "silent")


class LoyaltyJourney(models.Model):
    """What happens by itself when something happens to a member: trigger, audience, steps.

    A member's way through it is a ``loyalty.journey.run``, one for each occasion.
    """

    _name = "loyalty.journey"
    _inherit = ["mail.thread"]
    _description = "Journey"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="cascade", domain=[("is_membership", "=", True)],
        default=lambda self: self.env["loyalty.program"]._default_membership(),
    )  # fmt: skip
    company_id = fields.Many2one(related="program_id.company_id", store=True, index="btree_not_null")
    state = fields.Selection(
        [("draft", "Off"), ("running", "Running"), ("paused", "Paused"), ("stopped", "Stopped")],
        required=True, readonly=True, default="draft", copy=False, tracking=True,
        help="Paused: nobody starts and nobody goes on until it runs again. Stopped: whoever is under way has left it.",
    )  # fmt: skip

    # Trigger
    trigger = fields.Selection(
        [
            ("joined", "A member joins"),
            ("first_purchase", "A member buys for the first time"),
            ("purchase", "A member buys"),
            ("refund", "A member returns something"),
            ("tier_up", "A member climbs to a tier"),
            ("tier_down", "A member falls to a tier"),
            ("tier_lapsing", "A tier is about to lapse"),
            ("birthday", "A birthday"),
            ("anniversary", "The anniversary of joining"),
            ("points_expiring", "Points are about to expire"),
            ("points_earned", "A member earns points"),
            ("silent", "A member has bought nothing for some days"),
            ("segment_entered", "A member enters a segment"),
            ("segment_left", "A member leaves a segment"),
            ("redeemed", "A member redeems points"),
            ("referred", "A member's referral is rewarded"),
            ("activity", "A member does something (activity)"),
            ("date", "A date (campaign)"),
            ("repeat", "Again and again (campaign)"),
        ],
        required=True,
        default="joined",
    )
    trigger_days = fields.Integer("Number Of Days", help="Days of silence, or days before the end of a tier, of points.")
    trigger_tier_ids = fields.Many2many("loyalty.tier", "loyalty_journey_trigger_tier_rel", string="To One Of These Tiers",
                                        ondelete="restrict",
                                        domain="[('program_id', '=', program_id)]")  # fmt: skip
    trigger_segment_id = fields.Many2one("loyalty.segment", "Segment Entered Or Left", ondelete="restrict",
                                         domain="[('program_id', '=', program_id)]")  # fmt: skip
    trigger_activity = fields.Char("Activity", help="The code of the activity, as rules and the API name it.")
    trigger_minimum = fields.Float("At Least", digits=(16, 2), help="Points earned, or money of a purchase. 0: any.")
    trigger_at = fields.Datetime("Starts", help="Of a campaign: when it happens, or happens first.")
    repeat_number = fields.Integer("Every", default=1)
    repeat_unit = fields.Selection([("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")], default="month")
    include_present = fields.Boolean(
        "Also Who Is There Already",
        help="When it starts: also those who are silent, or in the segment, already. Otherwise only those who become so.",
    )
    once = fields.Boolean("Once A Member", help="A member goes through it once; otherwise at each occasion.")
    offset_days = fields.Integer("Days Later", help="Days after what happened; before a birthday or an anniversary: negative.")
    at_hour = fields.Boolean("At A Fixed Hour")
    hour = fields.Float(default=10.0, help="In the program's time zone.")

    # Audience
    member_domain = fields.Char("Filter", default="[]", required=True)
    # Restricted: without its last tier or segment, a journey would be for everybody.
    tier_ids = fields.Many2many("loyalty.tier", string="Tiers", ondelete="restrict", domain="[('program_id', '=', program_id)]")
    segment_ids = fields.Many2many(
        "loyalty.segment", string="Segments", ondelete="restrict", domain="[('program_id', '=', program_id)]"
    )

    # Manners
    purpose = fields.Selection(
        [("marketing", "Advertising: only to who has agreed"), ("service", "A notice of their own points: unless refused")],
        required=True,
        default="marketing",
    )
    control_percentage = fields.Float(
        "Control Group (%)", help="So many percent go through nothing, so that what the journey brings can be measured."
    )
    attribution_days = fields.Integer("Counts Purchases For (Days)", required=True, default=30)

    started_at = fields.Datetime(readonly=True, copy=False)
    looked_until = fields.Datetime(readonly=True, copy=False, help="Technical: facts that were written until then are known.")
    step_ids = fields.One2many("loyalty.journey.step", "journey_id", copy=True)
    run_ids = fields.One2many("loyalty.journey.run", "journey_id", readonly=True)

    _share_valid = models.Constraint(
        "CHECK (control_percentage >= 0 AND control_percentage <= 90)", "The control group can be 0 to 90 percent of the members."
    )
    _attribution_positive = models.Constraint(
        "CHECK (attribution_days BETWEEN 1 AND 365)", "Purchases can count for 1 to 365 days."
    )
    _hour_valid = models.Constraint("CHECK (hour >= 0 AND hour < 24)", "An hour lies between 0:00 and 23:59.")
    _days_positive = models.Constraint("CHECK (trigger_days >= 0)", "The number of days can't be negative.")
    _repeat_positive = models.Constraint(
        "CHECK (repeat_number > 0)", "A campaign is repeated every 1 or more days, weeks or months."
    )

    # ------------------------------------------------------------------
    # Constraints and CRUD
    # ------------------------------------------------------------------

    @api.constrains("trigger", *set(NEEDED.values()))
    def _check_needed(self):
        for journey in self:
            name = NEEDED.get(journey.trigger)
            if name and not journey[name]:
                raise ValidationError(self.env._(
                    "%(journey)s: fill in %(field)s.",
                    journey=journey.name, field=self._fields[name]._description_string(self.env),
                ))  # fmt: skip

    @api.constrains("trigger", "offset_days")
    def _check_offset(self):
        for journey in self:
            if journey.offset_days < 0 and journey.trigger not in ("birthday", "anniversary"):
                raise ValidationError(self.env._("Only birthdays and anniversaries can be answered before their day."))
            if not -180 <= journey.offset_days <= 365:
                raise ValidationError(self.env._("A journey can begin 180 days before to 365 days after what it answers."))

    @api.constrains("program_id", "trigger_segment_id", "segment_ids", "trigger_tier_ids", "tier_ids")
    def _check_program(self):
        for journey in self:
            others = (
                (journey.trigger_segment_id | journey.segment_ids).program_id
                | (journey.trigger_tier_ids | journey.tier_ids).program_id
            ) - journey.program_id
            if others:
                raise ValidationError(self.env._(
                    "%(journey)s is for members of %(program)s: choose tiers and segments of that program.",
                    journey=journey.name, program=journey.program_id.name,
                ))  # fmt: skip

    @api.constrains("member_domain")
    def _check_member_domain(self):
        for journey in self:
            self._eval_domain(journey.member_domain)

    @api.onchange("trigger")
    def _onchange_trigger(self):
        self.trigger_days = USUAL_DAYS.get(self.trigger, 0)
        self.at_hour = self.trigger in DATED
        if self.trigger not in ("birthday", "anniversary"):
            self.offset_days = max(self.offset_days, 0)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_kept({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def _check_kept(self, names):
        """Refuse what only starting, pausing and stopping may write."""
        if KEPT & names and not self.env.su:
            raise AccessError(self.env._("A journey is started, paused and stopped by its buttons."))

    def write(self, vals):
        """What is fixed while members are under way: to change it would answer what was answered, or lose what was not."""
        self._check_kept(vals.keys())
        if {"trigger", "program_id", "once"} & vals.keys():
            for journey in self.filtered(lambda journey: journey.state in ("running", "paused")):
                raise UserError(self.env._("%s runs: stop it before you change what starts it, or copy it.", journey.name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for journey in self:
            if journey.state in ("running", "paused"):
                raise UserError(self.env._("%s runs: stop it first.", journey.name))
            # sudo: also members that this user doesn't see were in it
            if journey.sudo().run_ids:
                raise UserError(self.env._("%s has been run: archive it, so that what it did can still be read.", journey.name))

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for journey, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", journey.name)
        return vals_list
