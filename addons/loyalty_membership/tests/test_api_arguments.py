import doctest
from datetime import date, datetime
from zoneinfo import ZoneInfo

from odoo.tests.common import BaseCase, tagged

from ..models import api_arguments as arguments
from ..models.api_arguments import ApiArgumentError

NOW = datetime(2025, 6, 6, 12)
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: What JSON can bring where something else was expected.
ANYTHING = [
    None, True, False, 0, -1, 1.5, 10**4000, float("nan"), float("inf"), -float("inf"), "", " ", "x" * 10**6, "\x00",
    "\ud800", "\u202e", "'; DROP TABLE loyalty_member; --", "<script>", [], [[[[]]]], {}, {"": {}}, {"\x00": 1},
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestApiArguments(BaseCase):
    def test_every_example_is_true(self):
        self.assertFalse(doctest.testmod(arguments).failed)

    def test_whatever_comes_is_either_clean_or_refused(self):
        checks = [
            lambda v: arguments.rows(v, "a"),
            lambda v: arguments.mapping(v, "a", {"known"}),
            lambda v: arguments.text(v, "a", required=True),
            lambda v: arguments.number(v, "a", least=0),
            lambda v: arguments.integer(v, "a", 0, 10),
            lambda v: arguments.flag(v, "a"),
            lambda v: arguments.choice(v, "a", ("x", "y"), required=True),
            lambda v: arguments.key(v, "a"),
            lambda v: arguments.moment(v, "a", SHANGHAI, NOW),
            lambda v: arguments.day(v, "a"),
        ]
        for check in checks:
            for value in ANYTHING:
                try:
                    check(value)
                except ApiArgumentError as refusal:
                    self.assertRegex(str(refusal), r"^a(\.\S+)?: ")
                    self.assertLess(len(str(refusal)), 200)
                    str(refusal).encode()

    def test_a_bool_is_no_number(self):
        for check in (arguments.number, lambda v, p: arguments.integer(v, p, 0, 9)):
            with self.assertRaises(ApiArgumentError):
                check(True, "quantity")

    def test_a_number_keeps_its_digits(self):
        self.assertEqual(str(arguments.number(19.9, "amount")), "19.9")
        self.assertEqual(arguments.number(999_999_999_999.99, "amount"), arguments.Decimal("999999999999.99"))

    def test_moments(self):
        for text, moment in (
            ("2025-06-06", datetime(2025, 6, 5, 16)),
            ("2025-06-06T08:30", datetime(2025, 6, 6, 0, 30)),
            ("2025-06-06 08:30:15", datetime(2025, 6, 6, 0, 30, 15)),
            ("2025-06-06T08:30:15.999999Z", datetime(2025, 6, 6, 8, 30, 15)),
            ("2025-06-06T08:30:15,5-05:00", datetime(2025, 6, 6, 13, 30, 15)),
            ("2025-06-06T12:05:00Z", datetime(2025, 6, 6, 12, 5)),
            ("1970-01-01", datetime(1969, 12, 31, 16)),
        ):
            with self.subTest(text=text):
                later = datetime(2025, 6, 6, 14)
                self.assertEqual(arguments.moment(text, "date", SHANGHAI, later), moment)

    def test_moments_that_are_refused(self):
        for text in (
            "2025-06-06T12:05:01Z", "2025-06-07", "1969-12-31T23:59:59Z", "0001-01-01", "9999-12-31T23:59:59-14:00",
            "2025-02-30", "2025-06-06T24:01", "2025-W23-5", "06/06/2025", "1749211200", "2025-06-06Tnoon", "٢٠٢٥-06-06",
        ):  # fmt: skip
            with self.subTest(text=text), self.assertRaises(ApiArgumentError):
                arguments.moment(text, "date", SHANGHAI, NOW)

    def test_days(self):
        self.assertEqual(arguments.day(" 1990-06-30 ", "birthdate"), date(1990, 6, 30))
        for text in ("1899-12-31", "1990-6-30", "1990-06-30T00:00", 19900630):
            with self.subTest(text=text), self.assertRaises(ApiArgumentError):
                arguments.day(text, "birthdate")

    def test_texts_of_all_scripts_pass(self):
        for text in ("李娜 🎁", "O'Brien; DROP TABLE x; --", "<b>&amp;</b>", "%s %(a)s {0}", "\\", "Ωμέγα"):
            self.assertEqual(arguments.text(f" {text}\t", "name"), text)
        self.assertEqual(arguments.text("a\nb", "wording", lines=True), "a\nb")

    def test_the_digest_tells_content_and_nothing_else(self):
        content = {"lines": [{"amount": arguments.Decimal("10.00")}], "date": datetime(2025, 6, 6), "store": None}
        same = {"date": datetime(2025, 6, 6), "lines": [{"amount": arguments.Decimal("1E+1")}]}
        self.assertEqual(arguments.digest("purchase", content), arguments.digest("purchase", same))
        for change in ({"store": 1}, {"date": None}, {"lines": [{"amount": arguments.Decimal("10.01")}]}):
            self.assertNotEqual(arguments.digest("purchase", content), arguments.digest("purchase", content | change))
