"""What is asked all the time reads what it needs, however much was exchanged before."""

import re
from unittest.mock import patch

from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import SQL

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestPlans(EchoCase):
    def setUp(self):
        super().setUp()
        self.idle = self.make_connection(name="Nothing to send")
        self.till = self.env["loyalty.connection"].create({
            "name": "Tills", "system": "till", "source": "pos-01", "program_id": self.program.id, "pull_purchases": True,
        })  # fmt: skip
        self.till.state = "active"

    def fill_outbox(self, number, state="pending"):
        """So many rows of one connection."""
        self.env.cr.execute(
            """INSERT INTO loyalty_outbox (connection_id, flow, event, ordering_key, dedupe_key, occurred_at, state, attempts,
                                           next_attempt_at, done_at, payload, create_date)
               SELECT %(connection)s, 'push_event', 'message', 'm:' || n, 'n:' || n, '2026-01-01', %(state)s, 0, '2026-01-01',
                      CASE WHEN %(state)s = 'done' THEN timestamp '2026-01-01' END, NULL, '2026-01-01'
                 FROM generate_series(1, %(number)s) n""",
            {"connection": self.connection.id, "number": number, "state": state},
        )
        self.env.cr.execute("ANALYZE loyalty_outbox")

    def fill_inbox(self, number):
        """So many tickets of long ago, which name nobody any more."""
        self.env.cr.execute(
            """INSERT INTO loyalty_inbox (connection_id, kind, event_id, data, body_hash, state, attempts, create_date)
               SELECT %s, 'purchase', 'T' || n, '{"reference": "T"}', 'x', 'done', 1, '2026-01-01'
                 FROM generate_series(1, %s) n""",
            [self.till.id, number],
        )
        self.env.cr.execute("ANALYZE loyalty_inbox")

    def plans(self, act, table, how="COSTS OFF"):
        """How PostgreSQL goes about each statement that ``act()`` reads this table with, as texts."""
        statements, execute = [], sql_db.Cursor.execute

        def listen(cursor, *args, **kwargs):
            result = execute(cursor, *args, **kwargs)
            statements.append(cursor._obj.query.decode())
            return result

        with patch.object(sql_db.Cursor, "execute", listen):
            act()
        asked = [text for text in statements if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", text) and table in text]
        self.assertTrue(asked)
        explained = [self.env.execute_query(SQL(f"EXPLAIN ({how}) " + text.replace("%", "%%"))) for text in asked]
        return ["\n".join(line for (line,) in plan) for plan in explained]

    def assertReadsLittle(self, act, table):
        for plan in self.plans(act, table):
            self.assertNotRegex(plan, rf"Seq Scan on {table}\b")

    def test_who_has_something_to_send_is_seen_beside_a_backlog(self):
        self.fill_outbox(30_000)
        self.assertReadsLittle(self.env["loyalty.outbox"]._waiting_connections, "loyalty_outbox")

    def test_a_ticket_is_looked_for_by_its_kind_and_number(self):
        ticket = {"external_id": "T1", "member": {"no": self.member.code}, "lines": [{"line_id": "1", "qty": "1", "amount": "5"}]}
        self.fill_inbox(30_000)
        [plan] = self.plans(lambda: self.env["loyalty.inbox"]._accept_tickets(self.till, [ticket], ["k"]), '"event_id" IN')
        self.assertRegex(plan, r"Index Cond: .*kind.*event_id")

    def test_health_reads_of_the_inbox_what_is_open(self):
        self.fill_inbox(30_000)
        self.assertReadsLittle(lambda: (self.connection | self.till)._health_facts(), "loyalty_inbox")

    def test_health_counts_the_repairs_of_the_latest_comparison_alone(self):
        for number in range(3):
            run = self.env["loyalty.sync.run"].create({
                "connection_id": self.connection.id,
                "kind": "reconcile",
                "flow": "push_member",
            })
            run.write({"state": "done", "differences": 2, "finished_at": f"2026-01-0{number + 1}"})
            run.line_ids = [(0, 0, {"action": "different", "repaired_at": "2026-01-09"})] * (number % 2 + 1)
        self.env.flush_all()
        [plan] = self.plans(self.connection._health_facts, "loyalty_sync_run_line", "ANALYZE, COSTS OFF, TIMING OFF")
        self.assertEqual(re.findall(r" on loyalty_sync_run_line .*loops=(\d+)", plan), ["1"])
        self.assertEqual(self.connection._health_facts()[self.connection.id]["differences"], 1)

    def test_what_has_been_forgotten_is_not_read_every_night(self):
        self.fill_outbox(30_000, state="done")
        self.fill_inbox(30_000)
        cron = self.env["ir.cron"]
        with patch.object(type(cron), "_commit_progress", lambda *args, **kwargs: 0.0):
            self.assertReadsLittle(self.env["loyalty.inbox"]._cron_forget, "loyalty_inbox")
            self.assertReadsLittle(self.env["loyalty.outbox"]._cron_clean, "loyalty_outbox")

    def test_who_is_erased_is_looked_for_where_people_are_named(self):
        self.fill_inbox(30_000)
        self.assertReadsLittle(lambda: self.member._forget_exchanged(self.member._named_by()), "loyalty_inbox")
