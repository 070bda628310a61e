import decimal
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain.points import ROUNDINGS, plain, quantize, revocation, split, to_decimal

PRECISIONS = st.sampled_from(["1", "0.1", "0.01"])
MODES = st.sampled_from(sorted(ROUNDINGS))
PROPERTY = settings(deadline=None, database=None, max_examples=300)


def cents(low, high):
    return st.integers(low, high).map(lambda number: Decimal(number) / 100)


@tagged("post_install", "-at_install")
class TestDomainPoints(BaseCase):
    def test_a_float_means_what_it_prints(self):
        self.assertEqual(to_decimal(0.1), Decimal("0.1"))
        self.assertEqual(to_decimal(0.1 + 0.2), Decimal("0.30000000000000004"))

    def test_what_is_no_finite_number_is_refused(self):
        for value in (
            float("nan"),
            float("-inf"),
            "NaN",
            "",
            "1,5",
            "1e400",
            [],
            {},
            Decimal("inf"),
        ):
            with self.subTest(value=value), self.assertRaises(ValueError):
                to_decimal(value)

    def test_rounding_is_symmetric_around_zero(self):
        expected = {"down": "1.2", "half_up": "1.3", "up": "1.3"}
        for rounding, text in expected.items():
            self.assertEqual(quantize(Decimal("1.25"), "0.1", rounding), Decimal(text))
            self.assertEqual(quantize(Decimal("-1.25"), "0.1", rounding), -Decimal(text))

    def test_a_half_is_rounded_once_not_twice(self):
        self.assertEqual(quantize(Decimal("0.449"), "1", "half_up"), 0)

    def test_zero_has_no_sign(self):
        self.assertEqual(str(quantize(Decimal("-0.04"), "0.1", "down")), "0.0")

    def test_a_precision_is_a_decimal_or_a_text(self):
        for precision in ("0.01", Decimal("0.01"), Decimal("0.010")):
            self.assertEqual(str(quantize(Decimal("1.239"), precision, "down")), "1.23")

    def test_a_precision_that_is_no_power_of_ten_is_refused(self):
        for precision in ("0", "5", "-1", "10", "0.05"):
            with self.subTest(precision=precision), self.assertRaises(ValueError):
                quantize(Decimal(1), precision, "down")

    def test_big_numbers_are_not_at_the_mercy_of_the_thread(self):
        with decimal.localcontext() as context:
            context.prec = 5
            rounded = quantize(Decimal("123456789.987"), "0.01", "down")
            revoked = revocation(Decimal(123456789), Decimal(1), Decimal(3), Decimal(0), "1", "up")
            parts = split(Decimal("1234567.89"), [Decimal(1)] * 2, Decimal("0.01"))
            text = plain(Decimal("123456789.5"))
        self.assertEqual(rounded, Decimal("123456789.98"))
        self.assertEqual(revoked, 41152263)
        self.assertEqual(parts, [Decimal("617283.95"), Decimal("617283.94")])
        self.assertEqual(text, "123456789.5")

    def test_a_purchase_without_amount_is_revoked_at_the_first_refund(self):
        points = Decimal(50)
        self.assertEqual(revocation(points, Decimal(1), Decimal(0), Decimal(0), "1", "down"), 50)
        self.assertEqual(revocation(points, Decimal(0), Decimal(0), Decimal(0), "1", "down"), 0)
        full = revocation(points, Decimal(0), Decimal(0), Decimal(20), "1", "down", full=True)
        self.assertEqual(full, 30)

    def test_a_full_refund_revokes_what_was_earned_even_after_a_change_of_precision(self):
        earned = Decimal("10.55")
        self.assertEqual(revocation(earned, Decimal(9), Decimal(9), Decimal(3), "1", "down"), Decimal("7.55"))

    @PROPERTY
    @given(
        earned=st.integers(0, 10**8),
        purchased=st.integers(1, 10**9),
        refunded=st.integers(0, 10**9),
        precision=PRECISIONS,
        rounding=MODES,
    )
    def test_a_share_that_was_divided_before_revokes_the_same(self, earned, purchased, refunded, precision, rounding):
        earned, refunded = earned * Decimal(precision), min(refunded, purchased)
        rest = (Decimal(0), precision, rounding)
        exact = revocation(earned, Decimal(refunded), Decimal(purchased), *rest)
        divided = revocation(earned, Decimal(refunded) / purchased, Decimal(1), *rest)
        self.assertEqual(divided, exact)
        units = (earned * refunded / Decimal(precision), purchased)
        truth = {
            "down": units[0] // units[1],
            "up": -(-units[0] // units[1]) + (units[0] % units[1] > 0),
            "half_up": (2 * units[0] + units[1]) // (2 * units[1]),
        }[rounding]
        self.assertEqual(exact, truth * Decimal(precision))

    def test_rounding_up_never_revokes_more_than_was_earned(self):
        earned = Decimal("10.55")
        self.assertEqual(revocation(earned, Decimal(8), Decimal(9), Decimal(0), "1", "up"), 10)
        self.assertEqual(revocation(earned, Decimal("8.99"), Decimal(9), Decimal(0), "1", "up"), earned)

    @PROPERTY
    @given(
        earned=st.integers(0, 10**6),
        steps=st.lists(cents(1, 10**6), min_size=1, max_size=12),
        precision=PRECISIONS,
        rounding=MODES,
    )
    def test_partial_refunds_sum_to_exactly_what_was_earned(self, earned, steps, precision, rounding):
        earned *= Decimal(precision)
        purchased, refunded, revoked = sum(steps), Decimal(0), Decimal(0)
        for step in steps:
            refunded += step
            now = revocation(earned, refunded, purchased, revoked, precision, rounding)
            self.assertGreaterEqual(now, 0)
            revoked += now
            fair = earned * refunded / purchased
            self.assertLess(abs(revoked - fair), Decimal(precision))
        self.assertEqual(revoked, earned)

    @PROPERTY
    @given(
        earned=st.integers(0, 1000),
        purchased=cents(0, 10000),
        refunds=st.lists(cents(-10000, 20000), max_size=8),
        rounding=MODES,
    )
    def test_no_sequence_of_refunds_revokes_more_than_was_earned(self, earned, purchased, refunds, rounding):
        revoked = Decimal(0)
        for refunded in refunds:
            now = revocation(Decimal(earned), refunded, purchased, revoked, "1", rounding)
            self.assertGreaterEqual(now, 0)
            revoked += now
        self.assertLessEqual(revoked, earned)

    @PROPERTY
    @given(
        units=st.integers(-(10**9), 10**9),
        weights=st.lists(cents(-(10**4), 10**7), min_size=1, max_size=30),
        step=st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal(1)]),
    )
    def test_the_parts_of_a_split_sum_to_the_total(self, units, weights, step):
        total = units * step
        parts = split(total, weights, step)
        self.assertEqual(len(parts), len(weights))
        self.assertEqual(sum(parts), total)
        self.assertFalse([part for part in parts if part % step])
        self.assertFalse([part for part in parts if part * total < 0])

    @PROPERTY
    @given(units=st.integers(0, 10**6), weights=st.lists(cents(1, 10**6), min_size=1, max_size=20))
    def test_no_part_of_a_split_is_a_whole_step_from_its_share(self, units, weights):
        for part, weight in zip(split(Decimal(units), weights, Decimal(1)), weights, strict=True):
            self.assertLess(abs(part - units * weight / sum(weights)), 1)

    def test_the_same_split_gives_the_first_line_the_odd_cent(self):
        parts = split(Decimal("-0.01"), [Decimal(1)] * 3, Decimal("0.01"))
        self.assertEqual([str(part) for part in parts], ["-0.01", "0.00", "0.00"])

    def test_the_largest_remainder_gets_what_is_left_over(self):
        self.assertEqual(split(Decimal(3), [Decimal(2), Decimal(5)], Decimal(1)), [1, 2])

    def test_an_order_of_returns_is_split_like_its_mirror(self):
        self.assertEqual(split(Decimal(9), [Decimal(-2), Decimal(-1)], Decimal(1)), [6, 3])

    def test_a_total_that_has_no_exact_split_is_refused(self):
        for total, weights, step in (("0.005", ["1"], "0.01"), ("1", [], "1"), ("1", ["1"], "0")):
            with self.subTest(total=total, step=step), self.assertRaises(ValueError):
                split(Decimal(total), [Decimal(text) for text in weights], Decimal(step))

    def test_nothing_is_spread_over_nothing(self):
        self.assertEqual(split(Decimal(0), [], Decimal("0.01")), [])
