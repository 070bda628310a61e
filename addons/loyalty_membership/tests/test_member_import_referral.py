"""Referrals that a file tells: known, never paid twice, and never a reason to stop."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models import loyalty_member_import_referral as referral
from .common_import import MemberImportCase

HEAD = ("姓名", "手机号", "推荐人", "地址")


@tagged("post_install", "-at_install")
class TestMemberImportReferral(MemberImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.earning.rule"].create([
            {"program_id": cls.program.id, "name": code, "trigger": "activity", "activity_code": code, "points": 100}
            for code in ("referral", "referred")
        ])
        cls.rule.points = 0.01

    def referrals(self, friend):
        return self.env["loyalty.referral"].search([("friend_id", "=", friend.id)])

    def settle(self):
        self.env["loyalty.referral"].search([("to_settle", "=", True)])._settle()
        self.env.invalidate_all()

    def test_who_sent_oneself_is_a_problem_of_that_row_in_the_dry_run(self):
        self.member.partner_id.write({"street": "淮海路 9 号"})
        record = self.check(
            HEAD, ("张伟", "13900139000", "", "南京路 1 号"), ("李梅", "13900139002", "13900139000", "南京路1号"),
            ("王五", "13900139003", "13900139003", ""), ("赵六", "13900139004", "13800138000", "淮海路 9 号"),
            ("孙七", "13900139005", "13900139000", "北京路 2 号"),
        )  # fmt: skip
        told = [row.problems and row.problems.get("referrer") for row in record.row_ids]
        self.assertEqual([bool(text) for text in told], [False, True, True, True, False])
        self.assertIn("推荐人: the member has the same postal address", told[1])
        self.assertIn("this is the member", told[2])
        self.assertEqual(record.count_bad, 3)

    def test_who_sent_oneself_stops_nobody_else(self):
        record = self.land(
            HEAD, ("张伟", "13900139000", "", "南京路 1 号"), ("李梅", "13900139002", "13900139000", "南京路 1 号"),
            ("王五", "13900139003", "13900139000", "北京路 2 号"), on_bad="leave_out",
        )  # fmt: skip
        self.assertLanded(record, created=3)
        self.assertFalse(self.known("13900139002").referrer_id)
        self.assertEqual(self.known("13900139003").referrer_id, self.known("13900139000"))

    def test_what_only_the_members_show_is_told_at_the_end_and_stops_nobody(self):
        record = self.check(
            HEAD, ("李梅", "13900139002", "13800138000", "南京路 1 号"), ("王五", "13900139003", "13800138000", "北京路 2 号"),
        )  # fmt: skip
        self.assertEqual(record.count_bad, 0)
        self.member.partner_id.street = "南京路 1 号"
        record.action_import()
        self.work()
        self.assertLanded(record, created=2)
        self.assertIn("推荐人: the member has the same postal address", self.row_of(record, 2).told)
        self.assertEqual(self.row_of(record, 2).state, "created")
        self.assertEqual([self.known(f"1390013900{n}").referrer_id.id for n in (2, 3)], [False, self.member.id])

    def test_rings_and_strangers_are_told(self):
        record = self.land(
            HEAD, ("甲", "13900139001", "13900139002", ""), ("乙", "13900139002", "13900139001", ""),
            ("丙", "13900139003", "13900139004", ""), ("坏", "13900139004", "", ""), ("坏", "", "", ""),
        )  # fmt: skip
        self.assertIn("sent by the member", self.row_of(record, 3).told)
        record = self.check(HEAD, ("丁", "13900139005", "13900139009", ""), ("戊", "13900139009", "", ""))
        record.action_import()
        self.env.cr.execute(
            "UPDATE loyalty_member_import_row SET state = 'skipped' WHERE import_id = %s AND number = 3", [record.id]
        )
        self.env.invalidate_all()
        self.work()
        self.assertEqual(record.state, "done")
        self.assertIn("推荐人: no member", self.row_of(record, 2).told)

    def test_a_referral_of_the_other_system_is_kept_and_pays_nobody_again(self):
        self.land(HEAD, ("张伟", "13900139000", "13800138000", ""))
        friend = self.known("13900139000")
        self.assertEqual((self.referrals(friend).state, self.referrals(friend).reason), ("refused", "moved_in"))
        self.buy(10, friend)
        self.settle()
        self.assertEqual((friend.referrer_id, self.points(), self.points(friend)), (self.member, 0, 0))

    def test_who_welcomes_new_members_rewards_their_referrals(self):
        self.land(HEAD, ("张伟", "13900139000", "13800138000", ""), welcome=True)
        friend = self.known("13900139000")
        self.buy(10, friend)
        self.settle()
        self.assertEqual((self.points(), self.points(friend)), (100, 100))

    def test_naming_referrers_costs_no_query_a_row(self):
        def queries(number, start):
            rows = [("新人", str(start + place), "13800138000", f"路 {start + place}") for place in range(number)]
            record = self.check(HEAD, *rows)
            record.action_import()
            taken = self.queries_of_the_job(record)
            self.assertEqual(record.state, "done")
            return taken

        queries(1, 13700000000)
        self.assertLessEqual(queries(40, 13700001000), queries(3, 13700002000) + 3)

    def test_checking_referrers_costs_no_query_a_row(self):
        def queries(number, start):
            people = [("新人", str(start + place), "", f"路 {start + place}") for place in range(number)]
            friends = [(f"友{place}", str(start + 500 + place), str(start + place), "") for place in range(number)]
            record = self.check(HEAD, *people, *friends)
            record._forget_check()
            record._keep({"state": "checking"})
            taken = self.queries_of_the_job(record)
            self.assertEqual((record.state, record.count_bad), ("checked", 0))
            return taken

        queries(1, 13700000000)
        self.assertLessEqual(queries(40, 13700001000), queries(3, 13700002000) + 3)

    def test_it_stops_and_goes_on_between_referrals(self):
        rows = [("新人", f"1370000100{place}", "13800138000", "") for place in range(5)]
        record = self.check(HEAD, *rows)
        record.action_import()
        with (
            patch.object(referral, "CHUNK", 2),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 0.0),
        ):
            for left in (3, 1, 0):
                record._work()
                waiting = [("import_id", "=", record.id), ("referrer", "!=", False)]
                self.assertEqual((record.state, record.row_ids.search_count(waiting)), ("running", left))
        self.work()
        self.assertLanded(record, created=5)
        self.assertEqual(len(self.member.referral_ids), 5)

    def test_a_referral_that_fails_fails_alone(self):
        told = type(self.Import)._bring

        def fail(record, named):
            if any(friend.name == "坏" for friend in named):
                raise ZeroDivisionError
            return told(record, named)

        with patch.object(type(self.Import), "_bring", fail):
            record = self.land(
                HEAD, ("张伟", "13900139000", "13800138000", ""), ("坏", "13900139001", "13800138000", ""),
                ("王五", "13900139002", "13800138000", ""),
            )  # fmt: skip
        self.assertLanded(record, created=3)
        self.assertIn("推荐人: who sent this member could not be noted", self.row_of(record, 3).told)
        self.assertEqual([self.known(f"1390013900{n}").referrer_id.id for n in range(3)], [self.member.id, False, self.member.id])
