"""Contacts that change on both sides: what is taken, what is left, what people decide."""

import time
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..adapters.base import Record
from .common_mapping import MappingCase


@tagged("post_install", "-at_install")
class TestContacts(MappingCase):
    def setUp(self):
        super().setUp()
        self.binding = self.bind(
            self.member, name="Li Na", mobile="13800138000", mail=None, born=None, sex=None, labels=[], street=None,
        )  # fmt: skip

    def theirs(self, **values):
        return {"code": f"LOY-{self.member.code}", "name": "Li Na", "mobile": "13800138000", "mail": None, **values}

    def test_what_only_they_changed_is_taken(self):
        result = self.take(self.record(**self.theirs(name="Li Nana", mail="li@example.com", born="1990-05-01")))
        self.assertEqual((result["action"], set(result["changed"])), ("updated", {"name", "email", "birthdate"}))
        self.assertEqual(
            (self.member.name, self.member.email, str(self.member.birthdate)), ("Li Nana", "li@example.com", "1990-05-01")
        )

    def test_what_only_we_changed_stays_ours(self):
        self.member.partner_id.street = "Nanjing Road 1"
        result = self.take(self.record(**self.theirs(street=None)))
        self.assertEqual((result["action"], self.member.partner_id.street), ("unchanged", "Nanjing Road 1"))

    def test_an_echo_of_what_was_sent_writes_nothing(self):
        echo = self.record(modified="2030-01-01T00:00:00Z", **self.theirs())
        self.take(echo)
        self.assertEqual(self.binding.remote_modified, "2030-01-01T00:00:00Z", "but that older versions come too late")
        self.env.flush_all()
        self.waiting()
        before = self.member.partner_id.write_date, self.binding.write_date, self.binding.last_sync_at
        with self.assertNoWrites():
            result = self.take(echo)
        self.assertEqual(result["action"], "unchanged")
        self.assertEqual((self.member.partner_id.write_date, self.binding.write_date, self.binding.last_sync_at), before)
        self.assertFalse(self.noted())

    @contextmanager
    def assertNoWrites(self):
        """No statement within that changes anything."""
        execute, seen = self.cr.execute, []

        def watched(query, *args, **kwargs):
            seen.append(str(getattr(query, "code", query)).lstrip().upper())
            return execute(query, *args, **kwargs)

        with patch.object(self.cr, "execute", watched):
            yield
        self.assertTrue(seen)
        self.assertFalse([text[:200] for text in seen if text.startswith(("INSERT", "UPDATE", "DELETE"))])

    def test_what_was_read_before_our_push_does_not_take_it_back(self):
        self.waiting()
        self.fake.records["c1"] = {}
        read = replace(self.record(**self.theirs(mail="new@example.com")), read_at=time.time())
        self.member.partner_id.name = "Li Married"
        self.dispatch()
        self.take(read)
        self.assertEqual((self.member.name, self.member.email), ("Li Married", "new@example.com"))
        self.take(replace(self.record(**self.theirs(name="Li Again", mail="new@example.com")), read_at=time.time() + 1))
        self.assertEqual(self.member.name, "Li Again")

    def test_what_was_sent_to_who_is_never_read_is_not_remembered(self):
        self.waiting()
        self.connection.pull_contacts = False
        self.fake.records["c1"] = {}
        self.member.partner_id.name = "Li Married"
        self.dispatch()
        self.assertEqual((self.binding.base["name"], self.binding.pushed or {}), ("Li Married", {}))

    def test_an_older_version_does_not_win_over_a_newer_one(self):
        self.take(self.record(modified="2026-03-01T00:00:00Z", **self.theirs(name="Newest")))
        late = self.take(self.record(modified="2026-02-01T00:00:00Z", **self.theirs(name="Older")))
        self.assertEqual((self.member.name, late["action"], late["conflicts"]), ("Newest", "skipped", []))
        self.assertIn("newer version", late["reason"])
        self.take(self.record(modified="2026-03-02T00:00:00Z", **self.theirs(name="Newer still")))
        self.assertEqual(self.member.name, "Newer still")

    def test_nor_over_one_that_brought_nothing_new(self):
        self.take(self.record(modified="2026-03-01T00:00:00Z", **self.theirs()))
        self.take(self.record(modified="2026-02-01T00:00:00Z", **self.theirs(name="Older")))
        self.assertEqual(self.member.name, "Li Na")

    def test_another_spelling_of_the_same_phone_is_no_change(self):
        result = self.take(self.record(**self.theirs(mobile="+86 138-0013-8000")))
        self.assertEqual((result["changed"], result["conflicts"]), ([], []))

    def test_points_and_tiers_are_never_taken(self):
        result = self.take(self.record(**self.theirs(score=9999, level="2")))
        self.assertEqual((result["action"], self.member.points), ("unchanged", 0))

    def test_theirs_wins_where_the_mapping_says_so(self):
        self.member.partner_id.email = "ours@example.com"
        self.take(self.record(**self.theirs(mail="theirs@example.com")))
        self.assertEqual(self.member.email, "theirs@example.com")

    def test_ours_wins_and_is_sent_there(self):
        self.line_pairs()
        self.member.gender = "female"
        self.waiting()
        result = self.take(self.record(**self.theirs(sex="1")))
        self.assertEqual((self.member.gender, result["sent"]), ("female", True))
        self.dispatch()
        self.assertEqual(self.fake.records["R1"]["sex"], "2")

    def line_pairs(self):
        draft = self.draft()
        self.line(draft, "sex").value_ids = [
            (0, 0, {"local": "male", "remote": "1"}), (0, 0, {"local": "female", "remote": "2"}),
        ]  # fmt: skip
        draft.action_publish()

    def test_the_newest_wins(self):
        self.member.partner_id.name = "Ours"
        self.env.flush_all()
        result = self.take(self.record(modified="2001-01-01T00:00:00Z", **self.theirs(name="Old")))
        self.assertEqual((self.member.name, result["conflicts"]), ("Ours", []))
        self.member.partner_id.name = "Ours again"
        self.env.flush_all()
        self.take(self.record(modified="2901-01-01T00:00:00Z", **self.theirs(name="New")))
        self.assertEqual(self.member.name, "New")

    def test_without_a_time_the_newest_is_for_people(self):
        self.member.partner_id.name = "Ours"
        self.assertEqual(self.take(self.record(**self.theirs(name="Theirs")))["conflicts"], ["name"])
        self.assertEqual(self.member.name, "Ours")

    def test_both_directions_at_once_lose_nothing(self):
        """We changed the name, they the e-mail; the push is sent before their change is read."""
        self.waiting()
        self.member.partner_id.name = "Li Nana"
        self.fake.records["c1"] = {}
        rows = self.dispatch()
        self.assertEqual(rows[-1].state, "done", rows[-1].error_message)
        sent = self.fake.records["c1"]
        self.assertEqual(sent["name"], "Li Nana")
        self.assertNotIn("mail", sent)
        self.take(self.record(**self.theirs(name="Li Nana", mail="new@example.com")))
        self.assertEqual((self.member.name, self.member.email), ("Li Nana", "new@example.com"))

    def test_what_was_taken_is_not_sent_back(self):
        self.fake.records["c1"] = {}
        self.member.partner_id.comment = "x"
        self.dispatch()  # what they lack of ours, such as points
        self.waiting()
        self.take(self.record(**self.theirs(mail="new@example.com")))
        calls = len(self.fake.seen("/records", "POST"))
        rows = self.dispatch()
        self.assertEqual([row.state for row in rows], ["skipped"] * len(rows))
        self.assertTrue(rows)
        self.assertEqual(len(self.fake.seen("/records", "POST")), calls)

    def test_tags_of_both_sides_are_kept(self):
        self.member.partner_id.category_id = [(0, 0, {"name": "ours"})]
        self.take(self.record(**self.theirs(labels=["theirs"])))
        self.assertEqual(set(self.member.partner_id.category_id.mapped("name")), {"ours", "theirs"})

    def test_a_value_that_makes_no_sense_is_left_and_told(self):
        result = self.take(self.record(**self.theirs(born="soon", mail="li@example.com")))
        self.assertIn("born can't be “soon”", result["reason"])
        self.assertEqual((result["changed"], self.member.birthdate), (["email"], False))

    def test_a_phone_that_names_somebody_else_is_refused_and_the_next_contact_lands(self):
        self.bind(self.other, "c2", name="Wang Wei")
        one, two = self.take(
            self.record(**self.theirs(mobile="13800138001")), self.record("c2", name="Wang Xiaowei"),
        )  # fmt: skip
        self.assertEqual((one["action"], two["action"]), ("failed", "updated"))
        self.assertIn("another member", one["reason"])
        self.assertEqual((self.member.phone, self.other.name), ("13800138000", "Wang Xiaowei"))

    def test_a_member_needs_a_name(self):
        result = self.take(self.record(**self.theirs(name="")))
        self.assertEqual((result["action"], self.member.name), ("unchanged", "Li Na"))
        self.assertIn("required", result["reason"])

    def test_who_is_closed_erased_or_deleted_there_is_left_alone(self):
        self.assertEqual(self.connection._take_contacts([self.record(**self.theirs(name="X"))], dry=True)[0]["action"], "updated")
        self.member.sudo().write({"state": "closed"})
        result = self.take(self.record(**self.theirs(name="X")))
        self.assertEqual((result["action"], self.member.name), ("skipped", "Li Na"))
        self.assertIn("closed", result["reason"])

    def test_what_was_deleted_there_deletes_nothing_here(self):
        result = self.take(Record("c1", {}, deleted=True))
        self.assertEqual((result["action"], self.member.exists()), ("skipped", self.member))

    def test_a_dry_run_tells_and_changes_nothing(self):
        result = self.take(self.record(**self.theirs(name="Li Nana")), dry=True)
        self.assertEqual((result["action"], result["changed"]), ("updated", ["name"]))
        self.assertEqual(self.member.name, "Li Na")

    def test_a_page_twice_does_nothing_the_second_time(self):
        records = [self.record(**self.theirs(name="Li Nana", labels=["a"]))]
        self.connection._take_contacts(records)
        [again] = self.connection._take_contacts(records)
        self.assertEqual(again["action"], "unchanged")
