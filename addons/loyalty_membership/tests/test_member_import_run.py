"""The import: members, tiers, consents and opening balances, each row once."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import loyalty_member_import_run as run
from .common_import import MemberImportCase, workbook

SIMPLE = ("姓名", "手机号", "会员编号", "积分")


@tagged("post_install", "-at_install")
class TestMemberImportRun(MemberImportCase):
    def test_a_row_becomes_a_member_with_everything_it_tells(self):
        _basic, gold = self.make_tiers(0, 1000)
        store = self.env["crm.team"].create({"name": "南京路店"})
        self.program.member_properties_definition = [
            {"name": "size", "string": "鞋码", "type": "integer"},
            {"name": "skin", "string": "肤质", "type": "selection", "selection": [["dry", "干性"], ["oily", "油性"]]},
        ]
        record = self.land(
            ("姓名", "手机号", "邮箱", "生日", "性别", "门店", "等级", "等级有效期", "入会日期", "会员编号", "会员卡号", "推荐人",
             "标签", "地址",
             "城市", "省份", "邮编", "营销许可", "积分", "积分有效期", "积分获得日期", "成长值", "鞋码", "肤质"),
            ("张伟", "13900139000", "zw@example.com", "1990年6月30日", "男", "南京路店", "Tier 1", "2099-12-31", "2020/3/5", "A1",
             "66000123",
             "13800138000", "VIP、老客", "南京路 1 号", "上海", "上海", "200040", "短信、微信", 500,
             "2099/12/31", "2026-01-05", 1200, 42, "油性"),
        )  # fmt: skip
        self.assertLanded(record, created=1)
        member = self.known("A1")
        customer, [entry] = member.partner_id, member.entry_ids
        self.assertEqual((member.name, customer.phone, customer.email), ("张伟", "13900139000", "zw@example.com"))
        self.assertEqual((str(member.birthdate), member.gender, member.team_id), ("1990-06-30", "male", store))
        self.assertEqual((str(member.joined_on), member.code, member.referrer_id), ("2020-03-05", "66000123", self.member))
        self.assertEqual((customer.street, customer.city, customer.zip), ("南京路 1 号", "上海", "200040"))
        self.assertEqual((customer.state_id.name, customer.country_id.code), ("上海市", "CN"))
        self.assertEqual(set(customer.category_id.mapped("name")), {"VIP", "老客"})
        self.assertEqual((member.properties["size"], member.properties["skin"]), (42, "油性"))
        self.assertEqual(
            set(self.env["loyalty.consent"].search([("member_id", "=", member.id)]).mapped("channel")), {"sms", "wechat"}
        )
        self.assertEqual(
            (member.tier_id, str(member.tier_manual_until), str(member.tier_until)), (gold, "2099-12-31", "2099-12-31")
        )
        self.assertEqual(member.tier_change_ids.mapped("reason"), ["imported"])
        self.assertEqual(
            (entry.kind, entry.points, entry.qualifying_points, str(entry.expires_on)), ("opening", 500, 1200, "2099-12-31")
        )
        self.assertEqual((str(self.program._local(entry.date)), entry.origin_id), ("2026-01-05 00:00:00", record.id))
        self.assertEqual((member.points, member.qualifying_points, member.lifetime_earned), (500, 1200, 500))

    def test_several_lots_of_a_member_keep_their_own_days(self):
        record = self.land(
            SIMPLE, ("张伟", "13900139000", "A1", ""),
            points=(
                ("会员", "积分", "有效期", "备注"), ("A1", 100, "2099-01-01", "旧账"), ("13900139000", 200, "2098-01-01", ""),
                ("13800138000", 7, "", ""),
            ),
        )  # fmt: skip
        self.assertLanded(record, created=1, booked=3)
        member = self.known("A1")
        lots = member.entry_ids.sorted("points")
        self.assertEqual(
            [(lot.points, str(lot.expires_on), lot.note) for lot in lots],
            [(100, "2099-01-01", "旧账"), (200, "2098-01-01", False)],
        )
        self.assertEqual((member.points, str(member.next_expiry_date), self.points()), (300, "2098-01-01", 7))

    def test_an_opening_balance_is_given_once_in_a_member_s_life(self):
        for _time in range(2):
            record = self.land(SIMPLE, ("张伟", "13900139000", "A1", 500), points=(("会员", "积分"), ("13800138000", 20)))
        self.assertEqual((self.known("A1").points, self.points()), (500, 20))
        self.assertLanded(record, filled=1, skipped=1)

    def test_who_was_merged_gets_no_second_opening_balance_as_the_survivor(self):
        self.land(SIMPLE, ("张伟", "13900139000", "A1", 500))
        self.known("A1")._merge_into(self.member)
        self.land(SIMPLE, ("张伟", "13900139000", "A1", 500))
        self.assertEqual(self.points(), 500)

    def test_fractions_of_a_point_are_told_and_not_booked(self):
        self.land(SIMPLE, ("张伟", "13900139000", "A1", 12.5))
        entry = self.known("A1").entry_ids
        self.assertEqual((entry.points, "12.5" in entry.note), (12, True))

    def test_points_without_a_last_day_end_as_the_program_says(self):
        self.program.write({"expiry_policy": "calendar", "expiry_number": 1})
        self.land(SIMPLE, ("张伟", "13900139000", "A1", 5))
        self.assertEqual(self.known("A1").entry_ids.expires_on, self.program._expires_on(self.program._today()))

    def test_points_that_have_expired_by_the_rules_are_a_problem_and_not_a_surprise(self):
        self.program.write({"expiry_policy": "calendar", "expiry_number": 1})
        record = self.check(("姓名", "手机号", "积分", "积分获得日期"), ("张伟", "13900139000", 5, "2001-01-01"))
        self.assertIn("expired", record.row_ids.told)
        record.on_bad = "leave_out"
        record.action_import()
        self.work()
        self.assertLanded(record, created=1)
        self.assertEqual(self.known("13900139000").points, 0)

    def test_qualifying_points_alone_are_kept_and_raise_the_tier(self):
        _basic, gold = self.make_tiers(0, 1000)
        self.assertLanded(self.land(("姓名", "手机号", "成长值"), ("张伟", "13900139000", 1500)), created=1)
        member = self.known("13900139000")
        self.assertEqual((member.qualifying_points, member.points, member.tier_id), (1500, 0, gold))

    def test_nobody_is_welcomed_unless_the_import_says_so(self):
        self.make_tiers(0)
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Joined", "trigger": "activity", "activity_code": "joined",
            "points_mode": "fixed", "points": 50,
        })  # fmt: skip
        self.land(SIMPLE, ("张伟", "13900139000", "A1", ""))
        self.land(SIMPLE, ("王芳", "13900139001", "A2", ""), welcome=True)
        self.assertEqual((self.known("A1").points, self.known("A2").points), (0, 50))
        self.assertTrue(self.known("A1").tier_id)

    def test_a_profile_that_comes_complete_gives_no_points_unless_the_import_says_so(self):
        fields = self.env["loyalty.profile.field"].search([("name", "in", ("gender", "city"))])
        self.assertEqual(len(fields), 2)
        self.program.profile_field_ids = fields
        self.env["loyalty.earning.rule"].create({
            "program_id": self.program.id, "name": "Profile", "trigger": "activity", "activity_code": "profile_completed",
            "points_mode": "fixed", "points": 77,
        })  # fmt: skip
        head = ("姓名", "手机号", "性别", "城市")
        self.land(head, ("张伟", "13900139000", "男", "上海"), ("李娜", "13800138000", "女", "上海"))
        self.land(head, ("王芳", "13900139001", "女", "上海"), welcome=True)
        self.assertEqual([self.points(self.known(f"1390013900{n}")) for n in (0, 1)], [0, 77])
        self.assertEqual(self.points(), 0)

    def test_what_a_member_lacks_is_filled_in_and_nothing_is_changed(self):
        self.member.partner_id.email = "li@example.com"
        record = self.land(
            ("姓名", "手机号", "邮箱", "生日", "性别", "城市", "标签", "会员编号"),
            ("改名", "13800138000", "new@example.com", "1990-01-01", "女", "上海", "VIP", "A9"),
        )
        self.assertLanded(record, filled=1)
        self.assertEqual((self.member.name, self.member.partner_id.email), ("Li Na", "li@example.com"))
        self.assertEqual(
            (str(self.member.birthdate), self.member.gender, self.member.partner_id.city), ("1990-01-01", "female", "上海")
        )
        self.assertEqual((self.known("A9"), self.member.partner_id.category_id.name), (self.member, "VIP"))

    def test_own_fields_are_filled_in_where_they_are_empty(self):
        self.program.member_properties_definition = [
            {"name": "size", "string": "鞋码", "type": "integer"}, {"name": "word", "string": "口令", "type": "char"},
        ]  # fmt: skip
        self.member.properties = {"size": 40, "word": False}
        self.assertLanded(self.land(("姓名", "手机号", "鞋码", "口令"), ("李娜", "13800138000", 42, "芝麻")), filled=1)
        self.assertEqual((self.member.properties["size"], self.member.properties["word"]), (40, "芝麻"))

    def test_rows_that_the_user_leaves_out_change_nothing(self):
        record = self.land(
            SIMPLE, ("李娜", "13800138000", "A8", 5), ("张伟", "13900139000", "A1", 5), ("又", "13900139000", "", 5),
            ("坏", "13900139002", "A3", "x"), on_member="skip",
        )  # fmt: skip
        self.assertLanded(record, created=1, skipped=3)
        self.assertEqual((self.known("A8"), self.known("A3"), self.points(), self.known("A1").points), (None, None, 0, 5))

    def test_rows_land_without_the_values_that_can_not_be_read(self):
        record = self.land(SIMPLE, ("坏", "13900139002", "A3", "x"), on_bad="leave_out")
        self.assertLanded(record, created=1)
        self.assertEqual(self.known("A3").points, 0)

    def test_a_customer_whom_odoo_has_becomes_the_member(self):
        customer = self.env["res.partner"].create({"name": "Old friend", "phone": "13900139000"})
        self.assertLanded(self.land(("姓名", "手机号", "城市"), ("张伟", "13900139000", "上海")), created=1)
        self.assertEqual((self.known("13900139000").partner_id, customer.city), (customer, "上海"))

    def test_who_sent_whom_is_known_whatever_the_order_of_the_rows(self):
        record = self.land(
            ("姓名", "手机号", "推荐人"), ("甲", "13900139001", "13900139002"), ("乙", "13900139002", "13900139003"),
            ("丙", "13900139003", "13900139001"),
        )  # fmt: skip
        self.assertLanded(record, created=3)
        first, second, third = (self.known(f"1390013900{number}") for number in (1, 2, 3))
        self.assertEqual((first.referrer_id, second.referrer_id), (second, third))
        self.assertFalse(third.referrer_id, "nobody is sent by whom they sent")

    # ------------------------------------------------------------ each row once

    def rows(self, number):
        return [("新人", f"1390013{place:04d}", f"N{place}", 10) for place in range(number)]

    def test_a_row_that_fails_fails_alone_and_is_told(self):
        landed = type(self.Import)._applicant_row

        def fail(record, values, tags):
            if values["external"] == "N3":
                raise UserError(record.source)
            if values["external"] == "N5":
                raise ZeroDivisionError
            return landed(record, values, tags)

        with patch.object(type(self.Import), "_applicant_row", fail), self.assertLogs(run.__name__, "WARNING"):
            record = self.land(SIMPLE, *self.rows(8))
        self.assertLanded(record, created=6, failed=2)
        self.assertEqual(self.row_of(record, 5).told, "import")
        self.assertIn("ZeroDivisionError", self.row_of(record, 7).told)
        self.assertFalse(self.known("N3"))

    def test_the_log_says_what_failed_and_not_what_the_row_said(self):
        def fail(record, values, tags):
            record.env.cr.execute("SELECT %s::int", [values["phone"]])

        with patch.object(type(self.Import), "_applicant_row", fail), self.assertLogs() as logs:
            record = self.land(SIMPLE, ("张伟", "13900139000", "A1", ""))
        self.assertLanded(record, failed=1)
        told = "\n".join(logs.output)
        self.assertIn("NumericValueOutOfRange", told)
        self.assertIn("_applicant_row(", told)
        for secret in ("张伟", "13900139000"):
            self.assertNotIn(secret, told)

    def test_it_stops_where_the_user_says_and_goes_on_from_there(self):
        record = self.check(SIMPLE, *self.rows(10))
        record.action_import()
        landed, seen = type(record)._import_batch, []

        def stop(self, rows):
            landed(self, rows)
            seen.append(len(rows))
            if len(seen) == 2:
                self.action_stop()

        with patch.object(run, "CHUNK", 3), patch.object(type(record), "_import_batch", stop):
            self.work()
            self.assertEqual((record.state, record.done_created, record.progress), ("stopped", 6, 60))
            record.action_resume()
            self.work()
        self.assertEqual(seen, [3, 3, 3, 1])
        self.assertLanded(record, created=10)
        self.assertEqual(sum(self.known(f"N{place}").points for place in range(10)), 100)

    def test_a_run_out_of_time_goes_on_with_the_next(self):
        record = self.check(SIMPLE, *self.rows(6))
        record.action_import()
        with patch.object(run, "CHUNK", 2), patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **kw: 0.0):
            record._work()
        self.assertEqual((record.state, record._row_count("todo")), ("running", 4))
        self.work()
        self.assertLanded(record, created=6)

    def test_a_member_who_joined_since_the_check_is_not_made_twice(self):
        record = self.check(SIMPLE, *self.rows(1))
        member = self.make_member("Meanwhile", phone="13900130000")
        record.action_import()
        self.work()
        self.assertLanded(record, filled=1)
        self.assertEqual(self.known("N0"), member)

    def test_removing_the_import_leaves_its_members(self):
        record = self.land(SIMPLE, *self.rows(2))
        record.unlink()
        self.assertEqual(
            (self.known("N1").points, self.env["loyalty.member.import.row"].search_count([("import_id", "=", record.id)])),
            (10, 0),
        )
        self.assertBalanced()

    def test_the_cost_in_queries_does_not_grow_with_the_rows(self):
        def queries(number, start):
            rows = [("新人", f"139{start + place:08d}", f"Q{start + place}", 10) for place in range(number)]
            record = self.check(SIMPLE, *rows)
            record.action_import()
            return self.queries_of_the_job(record)

        queries(1, 0)
        self.assertLessEqual(queries(60, 1000), queries(3, 2000) + 3)

    # ------------------------------------------------------------ personal data

    def test_files_and_rows_are_forgotten_after_their_time(self):
        record, fresh = self.land(SIMPLE, *self.rows(2)), self.upload(workbook(SIMPLE, *self.rows(1)))
        self.env.flush_all()
        self.env.cr.execute("UPDATE loyalty_member_import SET write_date = now() - interval '31 days' WHERE id = %s", [record.id])
        self.env.invalidate_all()
        self.Import._gc_personal_data()
        self.env.invalidate_all()
        self.assertEqual((record.file, len(record.row_ids), record.state, record.done_created), (False, 0, "done", 2))
        self.assertFalse(any(record.column_ids.mapped("sample")))
        self.assertTrue(record.forgotten_on)
        self.assertTrue(fresh.file)
        self.assertEqual(self.known("N1").points, 10)
