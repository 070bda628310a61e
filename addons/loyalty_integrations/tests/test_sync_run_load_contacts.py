"""A first load of contacts: each is taken once, whatever happens meanwhile."""

import time
from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged

from ..adapters.base import Page
from .common_mapping import CrmAdapter, MappingCase


@tagged("post_install", "-at_install")
class TestSyncRunLoadContacts(MappingCase):
    """All contacts there are, page by page."""

    def setUp(self):
        super().setUp()
        self.waiting()
        self.connection.create_members = True
        self.bind(self.member, "c1", name="Li Na", mobile="13800138000")
        mine = self.record("c1", code=f"LOY-{self.member.code}", name="Li Nana", mobile="13800138000")
        theirs = [self.record(f"c{n}", name=f"Contact {n}", mobile=f"1390013{n:04}") for n in range(3, 60)]
        self.contacts = [
            mine,
            self.record("c2", name="W", mobile="13800138001"),
            *theirs,
            self.record("c60", mobile="13900139999"),
        ]

    def page(self, _stream, cursor, _paths):
        after = cursor.get("after", 0)
        return Page(self.contacts[after : after + 10], {"after": after + 10}, after + 10 >= len(self.contacts))

    def turn(self, run):
        self.env.flush_all()
        self.connection._pull(time.monotonic() + 600)
        self.env.ref("loyalty_integrations.cron_inbox").method_direct_trigger()
        self.work(run)

    def test_all_contacts_are_taken_once_though_it_is_killed_at_every_page(self):
        run, calls = self.run_of("first_load", "pull_contacts"), []

        def killed(_adapter, *args):
            calls.append(args)
            if len(calls) % 2:
                raise KeyboardInterrupt
            return self.page(*args)

        with patch.object(CrmAdapter, "read_page", killed):
            for _turn in range(20):
                with suppress(KeyboardInterrupt):
                    self.turn(run)
                self.env.invalidate_all(flush=False)
                if run.state == "done":
                    break
        self.assertEqual((run.state, run.done), ("done", 60))
        self.assertEqual((run.created, run.changed, run.skipped, run.failed), (57, 1, 1, 1))
        self.assertEqual(self.env["loyalty.member"].search_count([("name", "like", "Contact ")]), 57)
        self.assertEqual(self.member.name, "Li Nana")
        self.assertEqual(self.env["loyalty.binding"].search_count([("connection_id", "=", self.connection.id)]), 59)
