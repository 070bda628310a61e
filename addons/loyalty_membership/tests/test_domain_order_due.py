from fractions import Fraction
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests.common import BaseCase, tagged

from ..domain.order_due import Bill, Line, settle

F = Fraction
EARN_ON = ("confirm", "delivery", "payment")
BILLED, PAID = Bill(F(4), F(400)), Bill(F(4), F(400), paid=True)
VOID = Bill(F(4), F(400), credited=F(1))
LOWERED = Bill(F(4), F(400), credited=F(1, 4), paid=True)

#: What happens to 4 units at 100, and what is due then: on confirmation, on delivery, on payment, and the share back.
TABLE = {
    "confirmed": ({}, 400, 0, 0, 0),
    "a part is sent": ({"sent": 2}, 400, 200, 0, 0),
    "a part is sent, all is paid": ({"sent": 2, "bills": (PAID,)}, 400, 200, 400, 0),
    "more is sent": ({"sent": 6}, 400, 600, 0, 0),
    "more is sent and paid": ({"sent": 6, "bills": (Bill(F(6), F(600), paid=True),)}, 400, 600, 600, 0),
    "more is sent, that comes back": ({"sent": 6, "back": 2}, 400, 400, 0, 0),
    "returned": ({"sent": 4, "back": 1, "bills": (PAID,)}, 300, 300, 300, F(1, 4)),
    "a part is sent and partly returned": ({"sent": 2, "back": 1}, 300, 100, 0, F(1, 4)),
    "credited": ({"sent": 4, "bills": (LOWERED,)}, 300, 300, 300, F(1, 4)),
    "returned and credited": ({"sent": 4, "back": 1, "bills": (LOWERED,)}, 300, 300, 300, F(1, 4)),
    "credited before it is paid": ({"sent": 4, "bills": (Bill(F(4), F(400), F(1, 4)),)}, 300, 300, 0, F(1, 4)),
    "what was not sent is credited": ({"sent": 3, "bills": (LOWERED,)}, 300, 300, 300, F(1, 4)),
    "credited whole": ({"sent": 4, "bills": (VOID,)}, 0, 0, 0, None),
    "invoiced anew, unpaid": ({"sent": 4, "bills": (VOID, BILLED)}, 400, 400, 0, 0),
    "invoiced anew, paid": ({"sent": 4, "bills": (VOID, PAID)}, 400, 400, 400, 0),
    "credited without an invoice": ({"sent": 4, "loose": F(100)}, 300, 300, 0, F(1, 4)),
    "credited without its invoice": ({"sent": 4, "bills": (PAID,), "loose": F(100)}, 300, 300, 300, F(1, 4)),
    "half is invoiced and credited": ({"sent": 4, "bills": (Bill(F(2), F(200), F(1), True),)}, 200, 200, 0, F(1, 2)),
    "invoiced at half the price": ({"sent": 4, "bills": (Bill(F(4), F(200), F(0), True),)}, 400, 400, 200, 0),
    "half the price, one returned": ({"sent": 4, "back": 1, "bills": (Bill(F(4), F(200), F(0), True),)}, 300, 300, 150, F(1, 4)),
    "invoiced at a higher price": ({"sent": 4, "bills": (Bill(F(4), F(800), F(0), True),)}, 400, 400, 400, 0),
}

shares = st.fractions(0, 1, max_denominator=12)
units = st.integers(0, 12).map(Fraction)
bills = st.builds(Bill, st.integers(1, 12).map(Fraction), st.integers(0, 900).map(Fraction), shares, st.booleans())
some_bills = st.lists(bills, max_size=4).map(tuple)
earn_on = st.sampled_from(EARN_ON)


@st.composite
def lines(draw, bills=some_bills, **fixed):
    sent = draw(units)
    return Line(**{
        "ordered": draw(st.integers(1, 12).map(Fraction)),
        "price": Fraction(draw(st.integers(0, 100))),
        "full_price": Fraction(100),
        "sent": sent,
        "back": min(draw(units), sent),
        "bills": draw(bills),
        "loose": Fraction(draw(st.sampled_from((0, 0, 50, 700)))),
    } | fixed)  # fmt: skip


@tagged("post_install", "-at_install")
class TestDomainOrderDue(BaseCase):
    def test_what_is_due_after_each_event(self):
        for name, (facts, *dues, share) in TABLE.items():
            for way, due in zip(EARN_ON, dues, strict=True):
                settled = settle(way, Line(F(4), F(100), F(100), **{k: F(v) if k != "bills" else v for k, v in facts.items()}))
                with self.subTest(name, earn_on=way):
                    self.assertEqual(settled.amount, due)
                    if share is not None:
                        self.assertEqual(settled.share_back, share)

    def test_a_mistaken_invoice_that_nobody_paid_brings_nothing_back_where_payment_counts(self):
        line = Line(F(4), F(100), F(100), bills=(VOID,))
        self.assertEqual([settle(way, line).share_back for way in EARN_ON], [1, 1, 0])

    def test_a_discount_lowers_what_is_paid_in_proportion(self):
        self.assertEqual(settle("payment", Line(F(4), F(90), F(100), bills=(LOWERED,))).amount, 270)

    def test_nothing_ordered_is_due_by_what_was_sent_and_paid(self):
        line = Line(F(0), F(100), F(100), sent=F(2), bills=(Bill(F(2), F(200), paid=True),))
        self.assertEqual([settle(way, line).amount for way in EARN_ON], [0, 200, 200])

    @settings(max_examples=300, deadline=None)
    @given(earn_on, lines())
    def test_never_negative_and_never_more_than_the_goods_are_worth(self, way, line):
        amount, quantity, share = settle(way, line)
        most = max(line.ordered, line.sent)
        self.assertTrue(0 <= quantity <= most)
        self.assertTrue(0 <= amount <= most * line.price)
        self.assertTrue(0 <= share <= 1)

    @settings(max_examples=200, deadline=None)
    @given(earn_on, lines(), st.lists(st.integers(1, 5), min_size=1, max_size=5))
    def test_a_full_return_in_any_number_of_steps_leaves_nothing(self, way, line, steps):
        sent = max(line.ordered, line.sent)
        back = sum((sent * F(step, sum(steps)) for step in steps), F(0))
        line = Line(line.ordered, line.price, line.full_price, sent, back, line.bills, line.loose)
        self.assertEqual(settle(way, line)[:2], (0, 0))
        self.assertEqual(settle(way, line).share_back, 1)

    @settings(max_examples=200, deadline=None)
    @given(earn_on, lines(bills=st.just(()), loose=F(0)), st.lists(st.integers(1, 5), min_size=1, max_size=5), st.booleans())
    def test_a_full_credit_in_any_number_of_steps_leaves_nothing(self, way, line, steps, paid):
        whole = max(line.ordered, line.sent)
        credited = sum((F(step, sum(steps)) for step in steps), F(0))
        bill = Bill(whole, whole * 100, credited, paid)
        line = Line(line.ordered, line.price, line.full_price, line.sent, line.back, (bill,))
        self.assertEqual(settle(way, line)[:2], (0, 0))

    @settings(max_examples=200, deadline=None)
    @given(earn_on, lines(bills=st.just(()), loose=F(0)), st.integers(1, 4))
    def test_an_invoice_made_anew_restores_exactly(self, way, line, times):
        whole = max(line.ordered, line.sent)
        good, void = (Bill(whole, whole * 100, F(credited), True) for credited in (0, 1))

        def due(*bills):
            return settle(way, Line(line.ordered, line.price, line.full_price, line.sent, line.back, bills))

        self.assertEqual(due(*[void] * times, good), due(good))

    @settings(max_examples=300, deadline=None)
    @given(lines(), st.integers(0, 3))
    def test_one_more_payment_never_makes_it_less(self, line, which):
        def due(paid):
            bills = tuple(
                Bill(bill.units, bill.amount, bill.credited, bill.paid or (paid and number == which))
                for number, bill in enumerate(line.bills)
            )
            return settle("payment", Line(line.ordered, line.price, line.full_price, line.sent, line.back, bills, line.loose))

        self.assertGreaterEqual(due(paid=True)[:2], due(paid=False)[:2])

    @settings(max_examples=100, deadline=None)
    @given(earn_on, lines())
    def test_the_order_of_documents_says_nothing(self, way, line):
        answers = {
            settle(way, Line(line.ordered, line.price, line.full_price, line.sent, line.back, bills, line.loose))
            for bills in permutations(line.bills)
        }
        self.assertEqual(len(answers), 1)

    @settings(max_examples=200, deadline=None)
    @given(earn_on, lines(), shares)
    def test_one_more_credit_never_makes_it_more(self, way, line, share):
        more = tuple(
            Bill(bill.units, bill.amount, max(bill.credited, share) if number == 0 else bill.credited, bill.paid)
            for number, bill in enumerate(line.bills)
        )
        credited = Line(line.ordered, line.price, line.full_price, line.sent, line.back, more, F(0))
        before = Line(line.ordered, line.price, line.full_price, line.sent, line.back, line.bills, F(0))
        self.assertLessEqual(settle(way, credited).amount, settle(way, before).amount)
