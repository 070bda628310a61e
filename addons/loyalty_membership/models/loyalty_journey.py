from odoo import fields, models


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
    trigger_days = fields.Integer("Days", help="Days of silence, or days before the end of a tier, of points.")
    trigger_tier_ids = fields.Many2many("loyalty.tier", "loyalty_journey_trigger_tier_rel", string="To One Of These Tiers",
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
    tier_ids = fields.Many2many("loyalty.tier", string="Tiers", domain="[('program_id', '=', program_id)]")
    segment_ids = fields.Many2many("loyalty.segment", string="Segments", domain="[('program_id', '=', program_id)]")

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
