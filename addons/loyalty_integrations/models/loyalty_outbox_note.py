"""Keeping what changed: one statement a connection and topic, at the end of the transaction that changed it.

Nothing is read or rendered here, and no network is touched, so that whoever sells at the counter waits for nobody.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ..adapters import base

#: What is told: id of what, and what happened.
TOPICS = ("member", "points", "tier", "redemption")

_FACTS = {
    "member": """
        SELECT m.id AS res_id, m.id AS member_id, %(now)s AS occurred_at, NULL::jsonb AS data, NULL AS fact,
               CASE WHEN n.fresh THEN 'member.joined' ELSE 'member.updated' END AS event
          FROM unnest(%(ids)s::int[], %(extra)s::bool[]) AS n(id, fresh) JOIN loyalty_member m ON m.id = n.id
          JOIN loyalty_card c ON c.id = m.card_id AND c.program_id = %(program)s""",
    "points": """
        SELECT e.id AS res_id, e.member_id, e.date AS occurred_at, NULL::jsonb AS data, 'entry:' || e.id AS fact,
               CASE WHEN e.kind = 'expire' THEN 'points.expired'
                    WHEN e.points >= 0 THEN 'points.earned' ELSE 'points.spent' END AS event
          FROM loyalty_points_entry e WHERE e.id = ANY(%(ids)s) AND e.program_id = %(program)s AND e.state = 'posted'""",
    "tier": """
        SELECT t.id AS res_id, t.member_id, t.date AS occurred_at, NULL::jsonb AS data, 'tier:' || t.id AS fact,
               'tier.changed' AS event
          FROM loyalty_tier_change t WHERE t.id = ANY(%(ids)s) AND t.program_id = %(program)s""",
    "redemption": """
        SELECT r.id AS res_id, r.member_id, %(now)s AS occurred_at, jsonb_build_object('state', n.state) AS data,
               NULL AS fact,
               CASE n.state WHEN 'to_approve' THEN 'redemption.submitted' ELSE 'redemption.' || n.state END AS event
          FROM unnest(%(ids)s::int[], %(extra)s::text[]) AS n(id, state) JOIN loyalty_redemption r ON r.id = n.id
         WHERE r.program_id = %(program)s""",
    # A gift is ordered over there once, when it is clear that the member gets it.
    "gift": """
        SELECT r.id AS res_id, r.member_id, %(now)s AS occurred_at, NULL::jsonb AS data, 'gift:' || r.id AS fact,
               'redemption.approved' AS event
          FROM unnest(%(ids)s::int[], %(extra)s::text[]) AS n(id, state) JOIN loyalty_redemption r ON r.id = n.id
         WHERE r.program_id = %(program)s AND r.kind = 'gift' AND n.state IN ('approved', 'delivering')
           AND r.state IN ('approved', 'delivering', 'done')""",
}
_CHANGED_MEMBERS = """
    SELECT m.id AS res_id, m.id AS member_id, %(now)s AS occurred_at, NULL::jsonb AS data, NULL AS fact, 'member.updated' AS event
      FROM loyalty_member m WHERE m.program_id = %(program)s AND m.id IN (%(members)s)"""
_MODELS = {
    "member": "loyalty.member",
    "points": "loyalty.points.entry",
    "tier": "loyalty.tier.change",
    "redemption": "loyalty.redemption",
}


class LoyaltyOutboxNote(models.Model):
    _inherit = "loyalty.outbox"

    @api.model
    def _note(self, topic, facts):
        """Keep, for every connection that listens, what has changed.

        :param topic: one of ``TOPICS``
        :param facts: dict id -> what else is to be kept of it: of members whether they have just joined, of redemptions
            their state
        """
        if not facts or not self.env["loyalty.connection"]._listening():
            return
        precommit = self.env.cr.precommit
        if "loyalty.outbox" not in precommit.data:
            precommit.data["loyalty.outbox"] = {}
            precommit.add(self._write_notes)
        noted = precommit.data["loyalty.outbox"].setdefault(topic, {})
        for number, extra in facts.items():
            if topic == "redemption":
                noted[number, extra] = extra  # each of its states is an event
            else:
                noted[number] = noted.get(number) or extra

    @api.model
    def _write_notes(self):
        noted = self.env.cr.precommit.data.pop("loyalty.outbox", {})
        self.env.flush_all()
        written = 0
        for connection, program, flows in self.env["loyalty.connection"]._listening():
            for topic, facts in noted.items():
                for flow, events in self._flows_of(topic, flows, connection):
                    written += self._insert_notes(connection, program, flow, events, topic, facts)
        if written:
            self._wake()

    @api.model
    def _flows_of(self, topic, flows, connection):
        """Which flows of a connection keep a topic: list of (flow, event names or None: all)."""
        own = {"member": base.PUSH_MEMBER, "tier": None, "points": base.PUSH_POINTS, "redemption": base.PUSH_REDEMPTION}[topic]
        found = [(own, None)] if own in flows else []
        if base.PUSH_EVENT in flows:
            found.append((base.PUSH_EVENT, self.env["loyalty.connection"].browse(connection)._event_names()))
        return found

    @api.model
    def _note_members(self, members):
        """Keep at once that members have changed, however many: nothing is kept of each of them in memory.

        :param members: a select of their ids
        """
        listening = self.env["loyalty.connection"]._listening()
        if not listening:
            return
        self.env.flush_all()
        written, now = 0, fields.Datetime.now()
        for connection, program, flows in listening:
            source = SQL(_CHANGED_MEMBERS, members=members, program=program, now=now)
            for flow, events in self._flows_of("member", flows, connection):
                written += self._insert_facts(connection, flow, events, "member", source, now)
        if written:
            self._wake()

    @api.model
    def _insert_notes(self, connection, program, flow, events, topic, facts):
        ids = [key[0] if isinstance(key, tuple) else key for key in facts]
        now = fields.Datetime.now()
        kind = "gift" if flow == base.PUSH_REDEMPTION else topic
        source = SQL(_FACTS[kind], program=program, ids=ids, extra=[*facts.values()], now=now)
        return self._insert_facts(connection, flow, events, topic, source, now)

    @api.model
    def _insert_facts(self, connection, flow, events, topic, source, now):
        # A fact is kept once. What has none, as that a member has changed, is kept once a transaction: these notes are written
        # before each of its savepoints.
        self.env.cr.execute(SQL(
            """INSERT INTO loyalty_outbox (connection_id, flow, event, model, res_id, member_id, ordering_key, dedupe_key,
                                           occurred_at, data, idempotency_key, state, attempts, next_attempt_at,
                                           create_uid, write_uid, create_date, write_date)
               SELECT %(connection)s, %(flow)s, f.event, %(model)s, f.res_id, f.member_id, 'member:' || f.member_id,
                      %(flow)s || ':' || f.fact, f.occurred_at, f.data, replace(gen_random_uuid()::text, '-', ''), 'pending',
                      0, %(now)s, %(uid)s, %(uid)s, %(begun)s, %(begun)s
                 FROM (%(source)s) f
                WHERE (%(events)s::text[] IS NULL OR f.event = ANY(%(events)s::text[]))
                  AND NOT EXISTS (SELECT FROM loyalty_outbox o
                                   WHERE f.fact IS NULL AND o.connection_id = %(connection)s AND o.flow = %(flow)s
                                     AND o.ordering_key = 'member:' || f.member_id AND o.state = 'pending'
                                     AND o.res_id = f.res_id AND o.create_date = %(begun)s
                                     AND (o.event = f.event OR (o.event = 'member.joined' AND f.event = 'member.updated')))
                ORDER BY f.occurred_at, f.res_id
            ON CONFLICT (connection_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING""",
            connection=connection, flow=flow, model=_MODELS[topic], source=source, events=events,
            uid=self.env.uid, now=now, begun=self.env.cr.now(),
        ))  # fmt: skip
        return self.env.cr.rowcount
