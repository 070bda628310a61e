"""What templates of journeys may tell a member of the occasion, and what the member's form tells of journeys."""

from odoo import api, fields, models
from odoo.tools import SQL

from .in_process import journey_events


class LoyaltyMemberJourney(models.Model):
    _inherit = "loyalty.member"

    journey_run_ids = fields.One2many("loyalty.journey.run", "member_id", "Journeys", readonly=True)
    journey_count = fields.Integer(
        compute="_compute_journey_count", groups="loyalty_membership.group_store,loyalty_membership.group_marketing"
    )
    journey_coupon_code = fields.Char(compute="_compute_journey", help="The coupon that the journey has given, for its messages.")
    journey_coupon_until = fields.Date(compute="_compute_journey", help="Its last day.")
    journey_happened_on = fields.Date(
        compute="_compute_journey", help="The day of what the journey answers: of a birthday, of the end of points or of a tier."
    )
    journey_points_ending = fields.Float(
        compute="_compute_journey_points_ending",
        digits=(16, 2),
        help="Points that end until the day of what the journey answers.",
    )

    @api.depends("journey_run_ids")
    def _compute_journey_count(self):
        runs = self.env["loyalty.journey.run"]
        counts = dict(runs._read_group([("member_id", "in", self.ids)], ["member_id"], ["__count"]))
        for member in self:
            member.journey_count = counts.get(member._origin, 0)

    @api.depends_context("loyalty_journey_events", "loyalty_journey_example")
    def _compute_journey(self):
        """Of the journey that acts now; in a test an example; otherwise nothing."""
        events = journey_events(self.env)
        told = self._read_journey([events[member.id] for member in self if member.id in events])
        example = self.env.context.get("loyalty_journey_example")
        for member in self:
            code, until, moment = told.get(member.id, (None, None, None))
            member.journey_coupon_code = code or (example and "0442-EXAMPLE")
            member.journey_coupon_until = until or (example and fields.Date.add(fields.Date.today(), days=30))
            day = moment and member.sudo().program_id._local(moment).date()  # sudo: a time zone tells nothing
            member.journey_happened_on = day or (example and (member.next_expiry_date or fields.Date.today()))

    @api.depends("journey_happened_on")
    @api.depends_context("loyalty_journey_events", "loyalty_journey_example")
    def _compute_journey_points_ending(self):
        """What is left of the lots that end by then; of who is inactive, all of it."""
        days = {member.id: str(member.journey_happened_on) for member in self if member.journey_happened_on}
        self.env.flush_all()
        ending = dict(self.env.execute_query(SQL(
            """SELECT e.member_id, SUM(e.remaining)::float FROM loyalty_points_entry e
                 JOIN unnest(%s::int[], %s::date[]) AS d(member_id, day) ON d.member_id = e.member_id
                 JOIN loyalty_program p ON p.id = e.program_id
                WHERE e.remaining > 0 AND (e.expires_on <= d.day OR p.expiry_policy = 'inactivity')
                GROUP BY e.member_id""",
            [*days], [*days.values()],
        ))) if days else {}  # fmt: skip
        for member in self:
            member.journey_points_ending = ending.get(member.id, 0.0)

    @api.model
    def _read_journey(self, event_ids):
        """dict member id -> (code and last day of the last coupon of the run, when it happened)."""
        if not event_ids:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            """SELECT n.member_id, c.code, c.expiration_date, r.occasion_at
                 FROM loyalty_journey_event n JOIN loyalty_journey_run r ON r.id = n.run_id
                 LEFT JOIN LATERAL (SELECT c.code, c.expiration_date
                                      FROM loyalty_journey_event e JOIN loyalty_card c ON c.id = e.card_id
                                     WHERE e.run_id = n.run_id ORDER BY e.id DESC LIMIT 1) c ON TRUE
                WHERE n.id = ANY(%s)""", event_ids,
        ))  # fmt: skip
        return {member_id: told for member_id, *told in rows}

    def action_view_journeys(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journeys"),
            "res_model": "loyalty.journey.run",
            "view_mode": "list,form",
            "domain": [("member_id", "=", self.id)],
            "context": {"loyalty_of_one_member": True},
        }
