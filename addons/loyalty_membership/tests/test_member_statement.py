"""A member's statement: what was, what moved and what is tie, whatever period, time zone or history."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_papers import ALLOWED, REFUSED, PapersCase

NOW = "2026-11-22 12:00:00"


@tagged("post_install", "-at_install")
class TestMemberStatement(PapersCase):
    def statement(self, *asked, member=None, **options):
        return (member or self.member)._statement(*asked, **options)

    def lines(self, statement):
        return [(str(line.day), line.points, line.balance) for line in statement.lines]

    # ------------------------------------------------------------ figures

    @freeze_time(NOW)
    def test_opening_and_movements_come_to_closing(self):
        self.book(("2026-08-05", 100), ("2026-10-01", 50), ("2026-10-31", -30), ("2026-11-03", 5))
        october = self.statement("last_month")
        self.assertEqual((october.first, october.last), (date(2026, 10, 1), date(2026, 10, 31)))
        self.assertEqual((october.opening, october.added, october.taken, october.closing), (100, 50, 30, 120))
        self.assertEqual(self.lines(october), [("2026-10-01", 50, 150), ("2026-10-31", -30, 120)])
        self.assertEqual([(t.kind, t.count, t.added, t.taken) for t in october.totals],
                         [("Spent", 1, 0, 30), ("Adjusted", 1, 50, 0)])  # fmt: skip
        self.assertEqual((october.available, october.today), (125, date(2026, 11, 22)))

    @freeze_time(NOW)
    def test_random_histories_tie_with_the_ledger_at_every_day(self):
        random = Random(7)
        self.program.points_precision = "0.01"
        start = datetime(2026, 1, 1)
        for _number in range(120):
            moment = start + timedelta(minutes=random.randrange(325 * 24 * 60))
            points = Decimal(random.randrange(1, 5000)) / 100
            have = Decimal(str(round(self.points(), 2)))
            if random.random() < 0.4 and have > points:
                self.spend(float(points), date=moment)
            else:
                self.grant(float(points), date=moment)
        for _number in range(40):
            first = date(2025, 12, 25) + timedelta(days=random.randrange(330))
            last = first + timedelta(days=random.randrange(60))
            statement = self.statement("own", first, last)
            before, after = (self.ledger_before(day) for day in (first, min(last, date(2026, 11, 22)) + timedelta(days=1)))
            self.assertEqual((statement.opening, statement.closing), (before, after))
            lines = [*statement.lines]
            self.assertEqual(statement.opening + sum(line.points for line in lines), statement.closing)
            for previous, line in zip([statement.opening, *(line.balance for line in lines)], lines, strict=False):
                self.assertEqual(previous + line.points, line.balance)
        whole = self.statement("all")
        self.assertEqual((whole.opening, whole.closing), (0, Decimal(str(round(self.points(), 2)))))

    def ledger_before(self, day):
        """What the ledger says of the beginning of a day in Shanghai, asked in words of its own."""
        self.env.flush_all()
        [[points]] = self.env.execute_query(SQL(
            """SELECT COALESCE(SUM(points), 0)::text FROM loyalty_points_entry
                WHERE member_id = %s AND state = 'posted'
                  AND (date AT TIME ZONE 'UTC') < (%s::timestamp AT TIME ZONE 'Asia/Shanghai')""",
            self.member.id, day,
        ))  # fmt: skip
        return Decimal(points)

    @freeze_time(NOW)
    def test_a_day_is_one_of_the_program_s_time_zone(self):
        self.grant(10, date=datetime(2026, 10, 31, 15, 59))
        self.grant(7, date=datetime(2026, 10, 31, 16, 0))
        october, november = self.statement("last_month"), self.statement("this_month")
        self.assertEqual(self.lines(october), [("2026-10-31", 10, 10)])
        self.assertEqual(self.lines(november), [("2026-11-01", 7, 17)])
        self.assertEqual((october.closing, november.opening), (10, 10))

    @freeze_time(NOW)
    def test_pending_points_are_told_apart_until_they_can_be_spent(self):
        self.program.hold_days = 7
        self.buy(40, date=datetime(2026, 11, 20, 4))
        statement = self.statement("all")
        self.assertEqual(([*statement.lines], statement.closing), ([], 0))
        self.assertEqual([(str(due.day), due.points) for due in statement.pending], [("2026-11-27", 40)])

    @freeze_time(NOW)
    def test_what_ends_within_90_days_is_told_by_its_day(self):
        for days, points in ((10, 5), (10, 6), (90, 7), (91, 8), (-1, 9)):
            self.grant(points, expires_on=date(2026, 11, 22) + timedelta(days=days))
        self.grant(3)
        expiring = self.statement("all").expiring
        self.assertEqual([(str(due.day), due.points) for due in expiring], [("2026-12-02", 11), ("2027-02-20", 7)])

    @freeze_time(NOW)
    def test_of_who_stays_inactive_all_points_end_on_one_day(self):
        self.program.write({"expiry_policy": "inactivity", "expiry_number": 6, "expiry_unit": "month"})
        self.buy(100, date=datetime(2026, 6, 10, 4))
        [due] = self.statement("all").expiring
        self.assertEqual((str(due.day), due.points), ("2026-12-10", 100))

    @freeze_time(NOW)
    def test_only_the_newest_movements_are_listed_where_there_is_room_for_no_more(self):
        self.book(*((f"2026-11-{day:02}", day) for day in range(1, 8)))
        statement = self.statement("this_month", most=3)
        self.assertEqual(self.lines(statement), [("2026-11-05", 5, 15), ("2026-11-06", 6, 21), ("2026-11-07", 7, 28)])
        self.assertEqual((statement.shown, statement.left_out, statement.added), (3, 4, 28))

    @freeze_time(NOW)
    def test_a_merge_stands_on_both_statements_and_each_ties(self):
        former = self.make_member("Li N.", phone="13922223333")
        self.book(("2026-10-05", 30), member=former)
        self.book(("2026-10-06", 10))
        former._merge_into(self.member)
        mine, theirs = self.statement("all"), self.statement("all", member=former)
        self.assertEqual([(line.points, line.balance) for line in mine.lines], [(10, 10), (30, 40)])
        self.assertEqual((mine.closing, mine.available), (40, 40))
        self.assertEqual([line.points for line in theirs.lines], [30, -30])
        self.assertEqual(theirs.closing, 0)
        self.assertIn("Merged from L* (…", [*self.statement("all").lines][1].what)

    # ------------------------------------------------------------ periods and words

    @freeze_time(NOW)
    def test_no_statement_is_of_the_future(self):
        statement = self.statement("own", date(2026, 11, 1), date(2030, 1, 1))
        self.assertEqual(statement.last, date(2026, 11, 22))
        for first, last in ((date(2026, 11, 23), None), (date(2026, 5, 2), date(2026, 5, 1))):
            with self.assertRaisesRegex(UserError, "begin before it ends"):
                self.statement("own", first, last)

    @freeze_time(NOW)
    def test_days_of_any_year_can_be_asked_for(self):
        self.assertEqual(self.statement("own", date(1, 1, 1), date(9999, 12, 31)).opening, 0)

    def test_what_a_request_asks_is_checked(self):
        asked = self.member._statement_asked
        self.assertEqual(asked({}), ("last_3_months", None, None))
        self.assertEqual(asked({"period": "own", "first": "2026-01-05"}), ("own", date(2026, 1, 5), None))
        for wrong in ({"period": "ever"}, {"period": ["all"]}, {"period": "own", "first": "yesterday"}, {"first": 5}):
            with self.subTest(wrong), self.assertRaisesRegex(UserError, "no such period"):
                asked(wrong)

    @freeze_time(NOW)
    def test_it_is_in_the_member_s_language_whoever_prints(self):
        self.speak_chinese(self.member)
        self.rule.with_context(lang="zh_CN").name = "消费"
        self.buy(10)
        statement = self.member.with_user(self.users["store"])._statement("all")
        self.assertEqual([total.kind for total in statement.totals], ["获得"])
        self.assertTrue(next(iter(statement.lines)).what.startswith("消费"))

    def test_a_language_that_the_database_no_longer_has_is_the_user_s(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.member.partner_id.lang = "fr_FR"
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_lang SET active = false WHERE code = 'fr_FR'")
        self.env.registry.clear_all_caches()
        self.env.invalidate_all()
        self.assertEqual(self.member._in_own_words().env.lang, "en_US")

    # ------------------------------------------------------------ memory

    def test_a_long_history_is_read_and_forgotten_in_chunks(self):
        self.Entry._post([{"member_id": self.member.id, "kind": "adjust", "points": 1} for _number in range(2500)])
        held = []
        for number, line in enumerate(self.statement("all").lines, 1):
            self.assertEqual(line.balance, number)
            if number % 500 == 0:
                held.append(len(self.env.cache.get_records(self.Entry, self.Entry._fields["points"])))
        self.assertEqual(number, 2500)
        self.assertLessEqual(max(held), 1000)

    # ------------------------------------------------------------ who may

    def test_papers_are_for_who_sees_the_member(self):
        for group in ALLOWED:
            with self.subTest(group):
                self.member.with_user(self.users[group])._check_papers(1)
        for group in REFUSED:
            with self.subTest(group), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.member.with_user(self.users[group])._check_papers(1)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_papers_of_another_store_and_company_are_refused(self):
        self.member.team_id = self.mine
        self.other.team_id = self.theirs
        self.member.with_user(self.users["store"])._check_papers(1)
        with self.assertRaises(AccessError):
            (self.member | self.other).with_user(self.users["store"])._check_papers(2)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for group in ("manager", "marketing"):
            self.users[group].write({"company_ids": [Command.set(company.ids)], "company_id": company.id})
            with self.subTest(group), self.assertRaises(AccessError):
                self.member.with_user(self.users[group])._check_papers(1)

    def test_of_who_was_erased_there_is_nothing_to_print(self):
        self.member._erase("the person asked for it")
        with self.assertRaisesRegex(UserError, "nothing to print"):
            self.member.with_user(self.users["manager"])._check_papers(1)

    def test_the_whole_list_of_customers_is_no_print(self):
        with self.assertRaisesRegex(UserError, "1 to 1 "):
            (self.member | self.other)._check_papers(1)
        with self.assertRaisesRegex(UserError, "1 to 1 "):
            self.member.browse()._check_papers(1)
