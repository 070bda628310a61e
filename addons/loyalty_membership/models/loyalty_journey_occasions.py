"""What journeys answer: for each trigger a query of (member_id, occasion, at, base).

Facts are polled by the time at which they were written, so that whoever sells pays nothing for it, and rows that were
inserted set-wise are seen like others.  ``at`` is when it happened (UTC); ``base`` the local time that waits count from.
"""

from datetime import datetime, time, timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..domain.expiry import celebrated_on
from ..domain.schedule import days_due, last_occurrence

#: Transactions may end this much later than they began: facts are looked for so far back again.
OVERLAP = timedelta(hours=6)
#: What is reported later than this is not answered any more: nobody is thanked for what they bought last month.
LATE = timedelta(days=7)
#: What comes with a date is still answered when the server was down, or the journey paused, on the day itself.
CATCH_UP_DAYS = 3

_PURCHASES = """SELECT t.member_id, {occasion} AS occasion, t.date AS at
  FROM loyalty_transaction t
 WHERE t.program_id = %(program)s AND t.create_date > %(written)s AND t.date >= %(since)s AND t.type = {type}"""
_TIERS = """SELECT c.member_id, 'tier:' || c.id AS occasion, c.date AS at
  FROM loyalty_tier_change c
  JOIN loyalty_tier n ON n.id = c.tier_id LEFT JOIN loyalty_tier o ON o.id = c.tier_from_id
 WHERE c.program_id = %(program)s AND c.create_date > %(written)s AND c.date >= %(since)s
   AND (%(any_tier)s OR c.tier_id = ANY(%(tiers)s))"""
_SEGMENT = """SELECT s.member_id, '{way}:' || s.id AS occasion, GREATEST(s.{column}, %(started)s) AS at
  FROM loyalty_segment_membership s
 WHERE s.segment_id = %(segment)s AND (s.{column} > %(written)s AND s.{column} >= %(since)s"""

#: Facts: what was written after %(written)s and happened since %(since)s.
FACTS = {
    "joined": """SELECT m.id AS member_id, 'joined' AS occasion, m.create_date AS at
                   FROM loyalty_member m
                  WHERE m.program_id = %(program)s AND m.create_date > %(written)s AND m.create_date >= %(since)s
                    AND m.joined_on >= %(since_day)s - 1""",
    "first_purchase": _PURCHASES.format(occasion="'first_purchase'", type="'purchase'") + """
                    AND t.amount >= %(minimum)s
                    AND NOT EXISTS (SELECT FROM loyalty_transaction o
                                     WHERE o.member_id = t.member_id AND o.type = 'purchase'
                                       AND (o.date, o.id) < (t.date, t.id))""",
    "purchase": _PURCHASES.format(occasion="'purchase:' || t.id", type="'purchase'") + " AND t.amount >= %(minimum)s",
    "refund": _PURCHASES.format(occasion="'refund:' || t.id", type="'refund'"),
    "activity": _PURCHASES.format(occasion="'activity:' || t.id", type="'activity'") + " AND t.activity_code = %(activity)s",
    "tier_up": _TIERS + """ AND c.reason IN ('earned', 'manual')
                    AND (o.id IS NULL OR (n.threshold, n.sequence, n.id) > (o.threshold, o.sequence, o.id))""",
    "tier_down": _TIERS + """ AND c.reason IN ('lapsed', 'refunded', 'manual')
                    AND (n.threshold, n.sequence, n.id) < (o.threshold, o.sequence, o.id)""",
    "points_earned": """SELECT e.member_id, 'earned:' || e.id AS occasion, e.posted_at AS at
                          FROM loyalty_points_entry e
                         WHERE e.program_id = %(program)s AND e.posted_at > %(written)s AND e.posted_at >= %(since)s
                           AND e.kind = 'earn' AND e.state = 'posted' AND e.points > 0 AND e.points >= %(minimum)s""",
    "segment_entered": _SEGMENT.format(way="entered", column="entered_at") + """
                    OR %(present)s AND s.left_at IS NULL)""",
    "segment_left": _SEGMENT.format(way="left", column="left_at") + ")",
    "redeemed": """SELECT r.member_id, 'redemption:' || r.id AS occasion, r.done_at AS at
                     FROM loyalty_redemption r
                    WHERE r.program_id = %(program)s AND r.done_at > %(written)s AND r.done_at >= %(since)s
                      AND r.state = 'done'""",
    "referred": """SELECT r.referrer_id AS member_id, 'referral:' || r.id AS occasion,
                          GREATEST(r.rewarded_on::timestamp, %(started)s) AS at
                     FROM loyalty_referral r
                    WHERE r.program_id = %(program)s AND r.rewarded_on >= %(since_day)s AND r.state = 'rewarded'""",
}  # fmt: skip

#: Dates: what has its day between %(first)s and %(last)s; ``day`` is that day.
DATES = {
    "tier_lapsing": """SELECT m.id AS member_id, 'tier until ' || m.tier_until AS occasion, m.tier_until AS day,
                              m.tier_until - %(days)s AS due
                         FROM loyalty_member m
                        WHERE m.program_id = %(program)s AND m.tier_until >= %(today)s
                          AND m.tier_until BETWEEN %(first)s + %(days)s AND %(last)s + %(days)s
                          AND (%(any_tier)s OR m.tier_id = ANY(%(tiers)s))""",
    "points_expiring": """SELECT e.member_id, 'points until ' || e.expires_on AS occasion, e.expires_on AS day,
                                 e.expires_on - %(days)s AS due
                            FROM loyalty_points_entry e
                           WHERE e.program_id = %(program)s AND e.remaining > 0 AND e.expires_on >= %(today)s
                             AND e.expires_on BETWEEN %(first)s + %(days)s AND %(last)s + %(days)s
                           GROUP BY e.member_id, e.expires_on HAVING SUM(e.remaining) >= %(minimum)s""",
    "silent": """SELECT m.id AS member_id, 'silent since ' || d.day AS occasion, d.day, d.day + %(days)s AS due
                   FROM loyalty_member m
                  CROSS JOIN LATERAL (SELECT COALESCE((m.last_purchase_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date,
                                                      m.joined_on) AS day) d
                  WHERE m.program_id = %(program)s
                    AND (m.last_purchase_at < %(before)s AND m.last_purchase_at >= %(after)s OR m.last_purchase_at IS NULL)
                    AND d.day BETWEEN %(first)s - %(days)s AND %(last)s - %(days)s""",
}
#: All points of who has earned and spent nothing for so long, where the program ends them for that.
INACTIVE = """SELECT m.id AS member_id, 'points until ' || d.day AS occasion, d.day, d.day - %(days)s AS due
                FROM loyalty_member m JOIN loyalty_program p ON p.id = m.program_id
               CROSS JOIN LATERAL (SELECT %(inactive_on)s AS day) d
               WHERE m.program_id = %(program)s AND m.points > 0 AND m.points >= %(minimum)s AND d.day >= %(today)s
                 AND d.day BETWEEN %(first)s + %(days)s AND %(last)s + %(days)s"""
_YEARLY = """SELECT m.id AS member_id, %(occasion)s AS occasion, %(day)s::date AS day, %(due)s::date AS due
               FROM loyalty_member m
              WHERE m.program_id = %(program)s
                AND (date_part('month', m.{column}), date_part('day', m.{column})) IN %(days)s {more}"""
YEARLY = {
    "birthday": _YEARLY.format(column="birthdate", more=""),
    "anniversary": _YEARLY.format(column="joined_on", more="AND m.joined_on < date_trunc('year', %(day)s::date)"),
}
CAMPAIGNS = ("date", "repeat")
#: Those of which a member may be in the state already when the journey starts.
STATES = ("silent", "segment_entered", "tier_lapsing", "points_expiring")


class LoyaltyJourneyOccasions(models.Model):
    _inherit = "loyalty.journey"

    def _occasions(self, now):
        """The query of what this journey has to answer now, as SQL; None: nothing.

        :param now: UTC, as Odoo stores it
        """
        self.ensure_one()
        if self.trigger in FACTS:
            return self._facts(now)
        if self.trigger in CAMPAIGNS:
            return self._campaign(now)
        return self._dates(now)

    def _is_first_look(self):
        return not self.looked_until

    def _common(self):
        return {
            "program": self.program_id.id,
            "started": self.started_at,
            "minimum": self.trigger_minimum,
            "any_tier": not self.trigger_tier_ids,
            "tiers": self.trigger_tier_ids.ids,
            "present": self.include_present and self._is_first_look(),
            "tz": self.program_id.tz or "UTC",
        }

    def _facts(self, now):
        """Of each fact the wait begins when it happened."""
        since = max(self.started_at, now - LATE)
        values = self._common() | {
            "written": (self.looked_until or self.started_at) - OVERLAP, "since": since,
            "since_day": self.program_id._local(since).date(),
            "activity": self.trigger_activity or "", "segment": self.trigger_segment_id.id or 0,
        }  # fmt: skip
        later = f"{self.offset_days or 0} days"
        return SQL(
            """SELECT f.*, (f.at AT TIME ZONE 'UTC' AT TIME ZONE %s) + %s::interval AS base FROM (%s) f""",
            values["tz"], later, SQL(FACTS[self.trigger], **values),
        )  # fmt: skip

    def _campaign(self, now):
        """Everybody of the program, once for each date."""
        moment = self._occurrence(now)
        # What lies before the last look was answered by it; a date that has passed when the journey starts begins with it.
        if not moment or (
            moment <= (self.looked_until or self.started_at) and not (self.trigger == "date" and self._is_first_look())
        ):
            return None
        return SQL(
            """SELECT m.id AS member_id, %(occasion)s AS occasion, %(at)s::timestamp AS at,
                      (%(at)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s) AS base
                 FROM loyalty_member m WHERE m.program_id = %(program)s""",
            occasion=f"{self.trigger}:{fields.Datetime.to_string(moment)}", at=moment, **self._common(),
        )  # fmt: skip

    def _occurrence(self, now):
        """The last date of a campaign until ``now``, UTC; None: it is still to come."""
        if not self.trigger_at or self.trigger == "date":
            return self.trigger_at if self.trigger_at and self.trigger_at <= now else None
        local = self.program_id._local
        last = last_occurrence(local(self.trigger_at), self.repeat_number, self.repeat_unit, local(now))
        return last and self.program_id._utc(last)

    def _dates(self, now):
        """What has its day today, or had it a few days ago; of states also who is in them already, where that is wanted."""
        local = self.program_id._local
        today = local(now).date()
        first, last = days_due(today, local(self.started_at).date(), CATCH_UP_DAYS)
        if self.trigger in YEARLY:
            sources = self._yearly(first, last)
        else:
            if self.include_present and self._is_first_look():
                first = today - timedelta(days=36500)
            values = self._of_days(today, first, last)
            sources = SQL(DATES[self.trigger], **values)
            if self.trigger == "points_expiring" and self.program_id.expiry_policy == "inactivity":
                inactive_on = self.env["loyalty.points.entry"]._inactive_on()
                sources = SQL("%s UNION %s", sources, SQL(INACTIVE, **values, inactive_on=inactive_on))
        return SQL(
            """SELECT d.member_id, d.occasion, (d.day::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') AS at,
                      d.due::timestamp AS base FROM (%(sources)s) d""",
            tz=self.program_id.tz or "UTC", sources=sources,
        )  # fmt: skip

    def _of_days(self, today, first, last):
        """What the queries of dates ask; rough bounds for the index on the last purchase among it, in UTC."""
        days, day = self.trigger_days, timedelta(days=1)
        return self._common() | {
            "today": today, "first": first, "last": last, "days": days,
            "after": datetime.combine(max(first - timedelta(days=days), datetime.min.date() + 2 * day) - day, time()),
            "before": datetime.combine(last - timedelta(days=days) + 2 * day, time()),
        }  # fmt: skip

    def _yearly(self, first, last):
        """Birthdays and anniversaries whose message has its day between these, of today's or of a day to come."""
        parts, due = [], first
        while due <= last:
            day = due - timedelta(days=self.offset_days or 0)
            parts.append(SQL(
                YEARLY[self.trigger], program=self.program_id.id, day=day, due=due, days=tuple(celebrated_on(day)),
                occasion=f"{self.trigger}:{day.year}",
            ))  # fmt: skip
            due += timedelta(days=1)
        return SQL(" UNION ALL ").join(parts)
