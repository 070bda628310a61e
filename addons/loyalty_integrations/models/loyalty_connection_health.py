"""How a connection is: a few figures and a light, for many connections in a few queries."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..domain import breaker
from ..domain.health import ATTENTION, BAD, GOOD, Facts, verdict

#: Figures that are numbers, by the names of their fields.
_FIGURES = (
    "health_backlog", "health_dead", "health_inbox_waiting", "health_inbox_parked", "health_inbox_dead", "health_conflicts",
    "health_differences", "health_tries",
)  # fmt: skip


class LoyaltyConnectionHealth(models.Model):
    _inherit = "loyalty.connection"

    health_light = fields.Selection(
        [(GOOD, "Good"), (ATTENTION, "Worth a Look"), (BAD, "Bad")], "Health", compute="_compute_health"
    )
    health_told = fields.Char("Why", compute="_compute_health")
    health_success_at = fields.Datetime("Last Success", compute="_compute_health")
    health_backlog = fields.Integer("Waiting", compute="_compute_health", help="What is to be sent, also what is tried again.")
    health_backlog_age = fields.Float(
        "Oldest Waits (min)", compute="_compute_health", help="Minutes. A first load, which may take its time, doesn't count."
    )
    health_dead = fields.Integer("Given Up", compute="_compute_health")
    health_tries = fields.Integer("Tries in 24 h", compute="_compute_health")
    health_error_rate = fields.Float("Failed in 24 h", compute="_compute_health")
    health_error_rate_hour = fields.Float("Failed in the Last Hour", compute="_compute_health")
    health_median = fields.Integer("Median (ms)", compute="_compute_health", help="Half of the tries of 24 hours took less.")
    health_slowest = fields.Integer("95 % Within (ms)", compute="_compute_health")
    health_blocked_until = fields.Datetime("Waits Until", compute="_compute_health")
    health_blocked_by = fields.Char("Waits Because", compute="_compute_health")
    health_breaker = fields.Selection(
        [("closed", "Closed"), ("open", "Tripped"), ("limit", "Limited")], "Breaker", compute="_compute_health",
        help="Closed: calls are made. Open: the system is down, and is asked now and then. Limited: it asked us to wait.",
    )  # fmt: skip
    health_tokens = fields.Integer("Calls Left", compute="_compute_health", help="Of our own limit, at this moment.")
    health_inbox_waiting = fields.Integer("Received", compute="_compute_health")
    health_inbox_parked = fields.Integer("Parked", compute="_compute_health")
    health_inbox_dead = fields.Integer("Inbox: Failed", compute="_compute_health")
    health_conflicts = fields.Integer("Conflicts", compute="_compute_health")
    health_differences = fields.Integer("Differences", compute="_compute_health")
    health_compared_at = fields.Datetime("Last Compared", compute="_compute_health")

    def _compute_health(self):
        facts = self._health_facts()
        for connection in self:
            known = facts.get(connection.id, {})
            for name in _FIGURES:
                connection[name] = known.get(name.removeprefix("health_"), 0)
            connection.health_backlog_age = known.get("age", 0.0)
            connection.health_error_rate = known.get("error_rate", 0.0)
            connection.health_error_rate_hour = known.get("error_rate_hour", 0.0)
            connection.health_median, connection.health_slowest = known.get("median", 0), known.get("slowest", 0)
            connection.health_success_at, connection.health_compared_at = known.get("success_at"), known.get("compared_at")
            connection.health_blocked_until, connection.health_blocked_by = known.get("blocked_until"), known.get("blocked_by")
            connection.health_breaker = {"breaker": "open", "limit": "limit"}.get(known.get("blocked"), "closed")
            connection.health_tokens = known.get("tokens", 0)
            connection.health_light, word = verdict(connection._as_facts(known))
            connection.health_told = connection._tell_health(word, known)

    def _as_facts(self, known):
        return Facts(
            state=self.state or "draft", backlog_age=known.get("age", 0.0), patience=self.alert_after or 30,
            dead=known.get("dead", 0), blocked=known.get("blocked", ""), tries=known.get("tries_hour", 0),
            failed=known.get("failed_hour", 0), inbox_dead=known.get("inbox_dead", 0),
            inbox_parked=known.get("inbox_parked", 0), conflicts=known.get("conflicts", 0),
            differences=known.get("differences", 0), unread=known.get("unread", 0),
        )  # fmt: skip

    def _tell_health(self, word, known):
        """The light in one sentence."""
        age = f"{known.get('age', 0.0):,.0f}"
        return {
            "good": self.env._("All is well."),
            "draft": self.env._("It is not switched on yet."),
            "stopped": self.env._("It was stopped: %s", self.stopped_because or ""),
            "breaker": self.env._("The other system is down: %s", known.get("blocked_by") or ""),
            "dead": self.env._("Messages given up: %s. Look at why, and send them again.", known.get("dead")),
            "backlog": self.env._("The oldest message has waited for %s minutes.", age),
            "no_success": self.env._("Nothing succeeded in the last hour."),
            "unread": self.env._("Something can't be fetched: %s", known.get("unread_because") or ""),
            "paused": self.env._("It is paused: what changes is kept."),
            "limit": self.env._("The other system asks us to wait: %s", known.get("blocked_by") or ""),
            "failing": self.env._("%s%% of the tries of the last hour failed.", f"{100 * known.get('error_rate_hour', 0.0):.0f}"),
            "inbox_dead": self.env._("Received messages that could not be done: %s.", known.get("inbox_dead")),
            "inbox_parked": self.env._("Received messages that wait for something else: %s.", known.get("inbox_parked")),
            "conflicts": self.env._("Conflicts to be decided: %s.", known.get("conflicts")),
            "differences": self.env._("Differences found by the last comparison: %s.", known.get("differences")),
        }[word]

    # ------------------------------------------------------------------
    # Figures, each of all connections in one query
    # ------------------------------------------------------------------

    def _health_facts(self):
        """dict id -> dict of figures; the number of queries doesn't grow with the connections."""
        self.env.flush_all()
        ids, now = self.ids, fields.Datetime.now()
        if not ids:
            return {}
        facts = {number: {} for number in ids}
        for query in (_OUTBOX, _DEAD, _ATTEMPTS, _METER, _INBOX, _CONFLICTS, _COMPARED, _CURSORS):
            for row in self._health_rows(query, ids, now):
                facts[row.pop("connection_id")].update(row)
        for known in facts.values():
            self._work_out(known, now)
        return facts

    def _health_rows(self, query, ids, now):
        # sudo: figures of connections that the user sees, of tables that the user may not read
        return self.sudo().env.execute_query_dict(SQL(
            query, ids=ids, now=now, hour=now - timedelta(hours=1), day=now - timedelta(days=1)
        ))  # fmt: skip

    @staticmethod
    def _work_out(known, now):
        known["age"] = (now - known["oldest"]).total_seconds() / 60 if known.get("oldest") else 0.0
        known["error_rate"] = known.get("failed", 0) / known["tries"] if known.get("tries") else 0.0
        known["error_rate_hour"] = known.get("failed_hour", 0) / known["tries_hour"] if known.get("tries_hour") else 0.0
        waiting = known.get("blocked_until") and known["blocked_until"] > now
        known["blocked"] = "breaker" if breaker.pause(known.get("failures") or 0) else "limit" if waiting else ""
        if not waiting:
            known["blocked_until"] = None
        known["tokens"] = int(known.get("tokens") or 0)

    # ------------------------------------------------------------------
    # From figures to lists
    # ------------------------------------------------------------------

    def action_health_outbox(self):
        return self._open_list("action_outbox", {"search_default_open": 1})

    def action_health_dead(self):
        return self._open_list("action_outbox", {"search_default_dead": 1, "search_default_by_error": 1})

    def action_health_attempts(self):
        return self._open_list("action_attempt", {"search_default_failed": 1})

    def action_health_inbox(self):
        return self._open_list("action_inbox", {})

    def action_health_conflicts(self):
        return self._open_list("action_sync_conflict", {})

    def _open_list(self, action, context):
        self.ensure_one()
        found = self.env["ir.actions.act_window"]._for_xml_id(f"loyalty_integrations.{action}")
        return dict(found, domain=[("connection_id", "=", self.id)], context=context)


_OUTBOX = """
    SELECT connection_id, count(*) AS backlog, min(create_date) FILTER (WHERE priority = 0) AS oldest
      FROM loyalty_outbox
     WHERE connection_id = ANY(%(ids)s) AND state IN ('pending', 'in_flight', 'retry', 'verify') GROUP BY 1"""
_DEAD = """
    SELECT connection_id, count(*) AS dead FROM loyalty_outbox
     WHERE connection_id = ANY(%(ids)s) AND state = 'dead' GROUP BY 1"""
# What was skipped for being refused as content is a failure, too; waiting for one's turn is none.
_ATTEMPTS = """
    SELECT connection_id, count(*) AS tries, count(*) FILTER (WHERE failed) AS failed,
           count(*) FILTER (WHERE recent) AS tries_hour, count(*) FILTER (WHERE recent AND failed) AS failed_hour,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)::int AS median,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)::int AS slowest
      FROM (SELECT connection_id, duration_ms, outcome NOT IN ('ok', 'partial') AS failed, started_at >= %(hour)s AS recent
              FROM loyalty_outbox_attempt
             WHERE connection_id = ANY(%(ids)s) AND started_at >= %(day)s AND outcome <> 'rate_limited') a GROUP BY 1"""
_METER = """
    SELECT connection_id, last_success_at AS success_at, blocked_until, blocked_by, failures, tokens
      FROM loyalty_connection_meter WHERE connection_id = ANY(%(ids)s)"""
# Fetched documents of customers who haven't joined, and of days to come, wait as they should.
_INBOX = """
    SELECT connection_id, count(*) FILTER (WHERE state = 'received') AS inbox_waiting,
           count(*) FILTER (WHERE state = 'parked' AND NOT (
               stream IS NOT NULL AND error_code IN ('unknown_member', 'anonymous', 'not_yet'))) AS inbox_parked,
           count(*) FILTER (WHERE state = 'dead') AS inbox_dead
      FROM loyalty_inbox
     WHERE connection_id = ANY(%(ids)s) AND state IN ('received', 'parked', 'dead') GROUP BY 1"""
_CONFLICTS = """
    SELECT connection_id, count(*) AS conflicts FROM loyalty_sync_conflict
     WHERE connection_id = ANY(%(ids)s) AND state = 'open' GROUP BY 1"""
_COMPARED = """
    SELECT connection_id, max(finished_at) AS compared_at, sum(GREATEST(differences - repaired, 0))::int AS differences
      FROM (SELECT DISTINCT ON (connection_id, flow) id, connection_id, finished_at, differences FROM loyalty_sync_run
             WHERE connection_id = ANY(%(ids)s) AND kind = 'reconcile' AND state = 'done'
             ORDER BY connection_id, flow, id DESC) latest,
           LATERAL (SELECT count(*) AS repaired FROM loyalty_sync_run_line l
                     WHERE l.run_id = latest.id AND l.repaired_at IS NOT NULL) mended
     GROUP BY 1"""
_CURSORS = """
    SELECT connection_id, count(*) AS unread, max(stream || ': ' || error) AS unread_because
      FROM loyalty_sync_cursor WHERE connection_id = ANY(%(ids)s) AND error IS NOT NULL GROUP BY 1"""
