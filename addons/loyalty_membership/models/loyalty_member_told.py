"""What messages may tell a member: what ends, what it buys, what keeps the tier, what the last year brought.

Read by templates, for all who get one at once: no query a member.
"""

from datetime import date, datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_list, formatLang

#: So many gifts are listed, and so many named in a sentence; there may be more.
LISTED, NAMED = 5, 3
OCCASION = ("lang", "loyalty_journey_events", "loyalty_journey_example")


class LoyaltyMemberTold(models.Model):
    _inherit = "loyalty.member"

    points_ending_told = fields.Char(
        "Points That End", compute="_compute_points_ending", compute_sudo=True,
        help="Those that a journey is about; otherwise those that end next.",
    )  # fmt: skip
    points_ending_on = fields.Date("Last Day Of Points That End", compute="_compute_points_ending", compute_sudo=True)
    affordable_item_ids = fields.Many2many(
        "loyalty.catalog.item", string="Points Buy Now", compute="_compute_affordable", compute_sudo=True,
        help="The five dearest items that the member could redeem now.",
    )  # fmt: skip
    rewards_told = fields.Char("Points Buy Now (In Words)", compute="_compute_affordable", compute_sudo=True)
    tier_keep_told = fields.Char(
        "Missing To Keep The Tier", compute="_compute_tier_keep_told", compute_sudo=True, help="Empty: nothing, the tier is kept."
    )
    last_year = fields.Integer("The Last Year", compute="_compute_last_year", compute_sudo=True)
    last_year_purchases = fields.Integer("Purchases Of The Last Year", compute="_compute_last_year", compute_sudo=True)
    last_year_spend_told = fields.Char("Spend Of The Last Year", compute="_compute_last_year", compute_sudo=True)
    last_year_earned_told = fields.Char("Points Earned Last Year", compute="_compute_last_year", compute_sudo=True)
    last_year_used_told = fields.Char("Points Redeemed Last Year", compute="_compute_last_year", compute_sudo=True)

    # ------------------------------------------------------------------
    # What ends
    # ------------------------------------------------------------------

    @api.depends("next_expiry_date", "next_expiry_points", "journey_happened_on", "journey_points_ending")
    @api.depends_context(*OCCASION)
    def _compute_points_ending(self):
        example = self.env.context.get("loyalty_journey_example")
        for member in self:
            points, day = member.next_expiry_points, member.next_expiry_date
            if member.journey_happened_on and member.journey_happened_on > member.program_id._today():
                points, day = member.journey_points_ending, member.journey_happened_on
            elif not day and example:
                points, day = member.points, member.program_id._today() + timedelta(days=30)
            member.points_ending_on = day
            member.points_ending_told = day and member.card_id._format_points(points)

    # ------------------------------------------------------------------
    # What points buy
    # ------------------------------------------------------------------

    @api.depends("points", "tier_id", "team_id", "state")
    @api.depends_context("lang")
    def _compute_affordable(self):
        reach = self.env["loyalty.catalog.item"]._within_reach(self)
        for member in self:
            items = reach.get(member.id, self.env["loyalty.catalog.item"])
            member.affordable_item_ids = items[:LISTED]
            names = items.mapped("name")
            if len(names) > NAMED:
                names = [*names[:NAMED], self.env._("more")]
            member.rewards_told = bool(names) and format_list(self.env, names)

    # ------------------------------------------------------------------
    # What keeps the tier
    # ------------------------------------------------------------------

    @api.depends("tier_id", "tier_until")
    @api.depends_context("lang")
    def _compute_tier_keep_told(self):
        missing = self._missing_to_keep()
        for member in self:
            number = missing.get(member.id)
            member.tier_keep_told = bool(number) and member._tell_missing(number)

    def _missing_to_keep(self):
        """What each of these members lacks, at the end of the tier, to keep it; dict member id -> float, 0: nothing."""
        missing = {}
        for program, members in self.filtered("tier_until").grouped("program_id").items():
            ends = {member.id: member.tier_until + timedelta(days=program.tier_grace_days or 0) for member in members}
            values, thresholds = members._tier_values_of(program, ends), {t.id: t.threshold for t in program._domain_tiers()}
            for member in members:
                kept = program.tier_downgrade == "never" or (member.tier_manual_until or date.min) > ends[member.id]
                need = 0 if kept else float(thresholds.get(member.tier_id.id, 0))
                missing[member.id] = max(0.0, need - (values.get(member.id) or 0.0))
        return missing

    def _tell_missing(self, number):
        """So much of what the program counts for tiers, in words."""
        if self.tier_metric == "amount":
            return formatLang(self.env, number, currency_obj=self.currency_id)
        told = formatLang(self.env, number, digits=0 if number == int(number) else 2)
        if self.tier_metric == "purchases":
            return self.env._("1 purchase") if number == 1 else self.env._("%s purchases", told)
        return self.env._("%s qualifying points", told)

    # ------------------------------------------------------------------
    # The last year
    # ------------------------------------------------------------------

    @api.depends("purchase_count", "lifetime_earned", "lifetime_redeemed")
    @api.depends_context("lang")
    def _compute_last_year(self):
        for program, members in self.grouped("program_id").items():
            year = program._today().year - 1
            bought, booked = members._of_year(program, year)
            for member in members:
                purchases, spend = bought.get(member.id, (0, 0.0))
                earned, used = booked.get(member.id, (0.0, 0.0))
                member.last_year, member.last_year_purchases = year, purchases
                member.last_year_spend_told = formatLang(self.env, spend, currency_obj=program.currency_id)
                member.last_year_earned_told = member.card_id._format_points(earned)
                member.last_year_used_told = member.card_id._format_points(used)

    def _of_year(self, program, year):
        """What they bought and what was booked: dicts member id -> (purchases, spend), (points earned, redeemed)."""
        since, until = (program._utc(datetime(day, 1, 1)) for day in (year, year + 1))
        for model in ("loyalty.transaction", "loyalty.points.entry"):
            self.env[model].flush_model()
        bought = self.env.execute_query(SQL(
            """SELECT member_id, COUNT(*) FILTER (WHERE type = 'purchase' AND is_refunded IS NOT TRUE), SUM(amount)::float
                 FROM loyalty_transaction WHERE member_id = ANY(%s) AND date >= %s AND date < %s AND type <> 'activity'
                GROUP BY member_id""", list(self._ids), since, until,
        ))  # fmt: skip
        booked = self.env.execute_query(SQL(
            """SELECT member_id, SUM(points) FILTER (WHERE kind IN ('earn', 'revoke', 'adjust'))::float,
                      -SUM(points) FILTER (WHERE kind IN ('spend', 'restore'))::float
                 FROM loyalty_points_entry
                WHERE member_id = ANY(%s) AND date >= %s AND date < %s AND state = 'posted' GROUP BY member_id""",
            list(self._ids), since, until,
        ))  # fmt: skip
        return (
            {member: (purchases, spend or 0.0) for member, purchases, spend in bought},
            {member: (max(0.0, earned or 0.0), max(0.0, used or 0.0)) for member, earned, used in booked},
        )
