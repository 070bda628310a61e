"""Freezing, closing and reactivating: why, until when, and what becomes of the points."""

from datetime import timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LoyaltyCase


class StateCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = cls.make_user("chief", "loyalty_membership.group_manager")

    def change(self, change, user=None, reason="Card lost", member=None, **values):
        member = (member or self.member).with_user(user or self.chief)
        action = getattr(member, f"action_{change}")()
        wizards = self.env[action["res_model"]].with_user(user or self.chief).with_context(**action["context"])
        wizards.create({"reason": reason, **values}).action_apply()
        self.env.invalidate_all()

    def night(self):
        with self.enter_registry_test_mode():
            for name in ("cron_thaw", "cron_end_points"):
                self.env.ref(f"loyalty_membership.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def last_entry(self, member=None):
        return self.Entry.search([("member_id", "=", (member or self.member).id)], order="id desc", limit=1)


@tagged("post_install", "-at_install")
class TestFreeze(StateCase):
    def test_why_is_asked_for_and_logged(self):
        for change in ("freeze", "reactivate", "close"):
            with self.subTest(change):
                with self.assertRaisesRegex(UserError, "Say why"):
                    self.change(change, reason=" ")
                self.change(change)
                self.assertIn("Card lost", self.member.message_ids[0].body)
        self.assertEqual((self.member.state, self.member.state_reason), ("closed", "Card lost"))

    def test_a_freeze_ends_after_its_last_day_in_the_programs_time_zone(self):
        with freeze_time("2026-03-01 04:00:00"):
            self.change("freeze", until="2026-03-10")
            self.change("freeze", member=self.other)
        with freeze_time("2026-03-10 15:59:00"):
            self.night()
            self.assertEqual((self.member.state, str(self.member.frozen_until)), ("frozen", "2026-03-10"))
        with freeze_time("2026-03-10 16:00:00"):
            self.night()
        self.assertEqual((self.member.state, self.member.frozen_until, self.other.state), ("active", False, "frozen"))
        self.assertEqual(str(self.member.earning_since), "2026-03-10 16:00:00")

    def test_a_day_that_is_over_is_refused(self):
        with self.assertRaisesRegex(UserError, "is over already"):
            self.change("freeze", until=self.program._today() - timedelta(days=1))

    def test_nobody_but_a_manager_of_the_company(self):
        for group in ("viewer", "store", "marketing"):
            user = self.make_user(group, f"loyalty_membership.group_{group}")
            for change in ("freeze", "close", "reactivate"):
                with self.subTest(group, change=change), self.assertRaises(AccessError):
                    self.change(change, user)
            with self.subTest(group), self.assertRaises(AccessError):
                self.member.with_user(user).write({"frozen_until": "2099-01-01"})
        with self.assertRaises(AccessError):
            self.member.with_user(self.chief).write({"points_end_on": "2099-01-01"})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.chief.write({"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id})
        with self.assertRaises(AccessError):
            self.change("freeze")
        self.assertEqual(self.member.state, "active")

    def test_merged_and_erased_members_stay_as_they_are(self):
        self.other._merge_into(self.member)
        with self.assertRaisesRegex(UserError, "merged into"):
            self.change("reactivate", member=self.other)
        self.member._erase("asked")
        for change in ("freeze", "close", "reactivate"):
            with self.subTest(change), self.assertRaisesRegex(UserError, "erased"):
                self.change(change)


@tagged("post_install", "-at_install")
class TestClose(StateCase):
    def setUp(self):
        super().setUp()
        self.grant(100, expires_on="2099-12-31")

    def close(self, points_choice, **values):
        self.change("close", points_choice=points_choice, **values)

    def test_points_stay(self):
        self.close("keep")
        self.assertEqual((self.points(), self.member.state), (100, "closed"))
        self.assertIn("100 points stay", self.member.message_ids[0].body)

    def test_points_end_now_and_the_ledger_says_why(self):
        self.close("forfeit")
        self.assertEqual((self.points(), self.last_entry().explanation), (0, "Adjusted: Closed: Card lost"))
        self.assertBalanced()

    def test_points_end_after_some_days_unless_the_member_comes_back(self):
        for back, left in ((False, 0), (True, 100)):
            with self.subTest(back=back), self.env.cr.savepoint() as savepoint:
                with freeze_time("2026-03-01 04:00:00"):
                    self.close("expire", days=30)
                    self.assertEqual(str(self.member.points_end_on), "2026-03-31")
                    if back:
                        self.change("reactivate")
                with freeze_time("2026-03-31 15:59:00"):
                    self.night()
                    self.assertEqual(self.points(), 100)
                with freeze_time("2026-03-31 16:00:00"):
                    self.night()
                self.assertEqual(self.points(), left)
                if not back:
                    self.assertEqual(self.last_entry().explanation, "Expired: Closed: Card lost")
                self.assertBalanced()
                savepoint.rollback()
            self.env.invalidate_all()

    def test_points_go_to_another_member_without_fee_and_limits(self):
        self.program.write({"transfer_allowed": True, "transfer_max": 1, "transfer_fee_points": 5})
        self.close("transfer", target_id=self.other.id)
        self.assertEqual((self.points(), self.points(self.other)), (0, 100))
        self.assertEqual(str(self.last_entry(self.other).expires_on), "2099-12-31")
        self.assertEqual(self.last_entry(self.other).explanation, "Transferred from Li Na")
        self.assertEqual(self.last_entry(self.member).explanation, "Transferred to Wang Wei; Card lost")
        self.assertIn("100 points", self.other.message_ids[0].body)
        self.assertBalanced()

    def test_the_heir_learns_neither_why_nor_who(self):
        self.close("transfer", target_id=self.other.id, reason="In prison")
        messages = self.other.message_ids.mapped("body")
        told = [*self.other.entry_ids.mapped("note"), *self.other.history_ids.mapped("description"), *messages]
        for secret in ("prison", "Li Na", self.member.code):
            self.assertNotIn(secret, " ".join(filter(None, told)))

    def test_nobody_who_could_not_use_them_gets_them(self):
        frozen, merged = self.make_member("Frozen", state="active"), self.make_member("Merged")
        frozen._freeze("Asked for"), merged._merge_into(self.make_member("Survivor"))
        for target, said in ((frozen, "is frozen"), (merged, "merged into"), (self.member, "another member")):
            with self.subTest(said), self.assertRaisesRegex(UserError, said), self.env.cr.savepoint():
                self.close("transfer", target_id=target.id)
            self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "another member"):
            self.close("transfer")
        self.assertEqual((self.member.state, self.points()), ("active", 100))

    def test_pending_points_are_withdrawn_or_join_the_others(self):
        self.program.hold_days = 5
        self.buy(40)
        with self.env.cr.savepoint() as savepoint:
            self.close("forfeit", pending_choice="withdraw")
            self.assertEqual((self.points(), self.member.points_pending), (0, 0))
            self.assertIn("40 pending points were withdrawn", self.member.message_ids[0].body)
            self.assertBalanced()
            savepoint.rollback()
        self.env.invalidate_all()
        with freeze_time("2026-03-01 04:00:00"):
            self.close("expire", days=2)
            self.assertEqual(self.member.points_pending, 40)
        self.Entry._release_of(self.member)
        with freeze_time(self.program._today() + timedelta(days=20)):
            self.night()
            self.assertEqual((self.points(), self.member.points_pending), (0, 0))
        self.assertBalanced()

    def test_what_ends_open_business_runs_before_the_points_are_settled(self):
        spent = self.spend(30)

        def give_back(members):
            row = {"member_id": members.id, "kind": "restore", "points": 30, "reverses_id": spent.id}
            self.Entry._restore([row])

        self.patch(self.env.registry["loyalty.member"], "_on_closed", give_back)
        self.close("forfeit")
        self.assertEqual((self.points(), self.last_entry().points), (0, -100))

    def test_the_form_asks_for_what_is_needed(self):
        action = self.member.action_close()
        wizards = self.env[action["res_model"]].with_user(self.chief).with_context(**action["context"])
        with Form(wizards) as form:
            form.reason = "Moved away"
            form.points_choice = "transfer"
            form.target_id = self.other
        form.record.action_apply()
        self.assertEqual(self.points(self.other), 100)
