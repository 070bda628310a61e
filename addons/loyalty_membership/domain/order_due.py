"""What a line of an order is due for, whatever was delivered, invoiced, paid, returned and credited.

Two things are counted: the *goods* that the customer has (or will have), and those whose *money* was not given back. What is
due is the lesser of the two, so goods that come back and are credited as well count once.

=============================  =======================  ====================  ================================
what happens                   on confirmation          on delivery           on payment
=============================  =======================  ====================  ================================
confirmed                      all that was ordered     nothing               nothing
fewer are sent                 all: the rest may come   what was sent         what is paid
the rest is cancelled          all, until the order     what was sent         what is paid
                               itself is lowered
more are sent                  what was ordered         what was sent         what is paid of it
returned, not credited         less what came back      less what came back   what is paid of what they keep
credited, not returned         less that share          less, down to what    less that share of that invoice
                                                        is invoiced still
returned and credited          less, once               less, once            less, once
price lowered by credit note   less that share          as credited           less that share of that invoice
credited before payment        less that share          as credited           the rest, once it is paid
invoiced anew                  whole again              whole again           whole again once that is paid
=============================  =======================  ====================  ================================

All numbers are fractions: a twelfth of a dozen, twelve times, is the dozen. They are rounded where they are booked.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

ZERO, ONE = Fraction(0), Fraction(1)


class Terms(NamedTuple):
    """What an order is settled by.

    :param earn_on: ``confirm``, ``delivery`` or ``payment``
    :param amount_field: the field of order and invoice lines that counts, ``price_total`` or ``price_subtotal``
    """

    earn_on: str
    amount_field: str


@dataclass(frozen=True)
class Bill:
    """What one posted invoice asks for a line.

    :param amount: in the currency of the order, before the credit notes that reverse the invoice
    :param credited: which share of it they gave back, 0 to 1; a share, so that no exchange rate moves it
    """

    units: Fraction
    amount: Fraction
    credited: Fraction = ZERO
    paid: bool = False


@dataclass(frozen=True)
class Line:
    """The facts of one line; units in its own unit of measure, money in the currency of the order.

    :param price: what a unit is worth, less its share of the discount lines
    :param full_price: what a unit costs before them, as invoices say it
    :param sent: units that went to the customer
    :param back: those of them that came back and were not sent again
    :param loose: money of credit notes that reverse no invoice
    """

    ordered: Fraction
    price: Fraction
    full_price: Fraction
    sent: Fraction = ZERO
    back: Fraction = ZERO
    bills: tuple[Bill, ...] = ()
    loose: Fraction = ZERO


class Settled(NamedTuple):
    """What is due of a line, and which share of what was ordered has come back, as goods or as money."""

    amount: Fraction
    quantity: Fraction
    share_back: Fraction


def settle(earn_on: str, line: Line) -> Settled:
    """Return what is due of a line now.

    >>> def show(settled): return tuple(str(number) for number in settled)
    >>> show(settle("confirm", Line(4, 100, 100, sent=4, back=1)))
    ('300', '3', '1/4')

    Credited as well, the same unit counts once; another one counts too:

    >>> show(settle("confirm", Line(4, 100, 100, sent=4, back=1, bills=(Bill(4, 400, Fraction(1, 4)),))))
    ('300', '3', '1/4')
    >>> show(settle("confirm", Line(4, 100, 100, sent=4, back=1, bills=(Bill(4, 400, Fraction(1, 2)),))))
    ('200', '2', '1/2')

    An invoice that was credited and made anew counts when the new one is paid:

    >>> void = Bill(1, 100, credited=ONE, paid=True)
    >>> show(settle("payment", Line(1, 100, 100, bills=(void, Bill(1, 100)))))
    ('0', '0', '0')
    >>> show(settle("payment", Line(1, 100, 100, bills=(void, Bill(1, 100, paid=True)))))
    ('100', '1', '0')
    """
    bills, excess = _less_loose(line)
    stays = _stays(line)
    if earn_on == "payment":
        amount, units = _paid(line, bills, stays)
    else:
        held = max(line.sent - line.back, ZERO) if earn_on == "delivery" else min(stays, line.ordered)
        units = _uncredited(bills, max(held, ZERO), excess)
        amount = units * line.price
    return Settled(amount, units, _share_back(earn_on, line, bills, excess))


def _stays(line: Line) -> Fraction:
    """Return the units that the customer has or will have.

    Compared with what was sent where that is more, so that goods sent beyond the order make up for those that come back.

    >>> str(_stays(Line(5, 1, 1, sent=2, back=1))), str(_stays(Line(5, 1, 1, sent=7, back=1)))
    ('4', '6')
    """
    return max(max(line.ordered, line.sent) - line.back, ZERO)


def _less_loose(line: Line) -> tuple[tuple[Bill, ...], Fraction]:
    """Spread what was credited without naming an invoice over all invoices, paid or not, so that a payment changes
    nothing of it. What they don't bear is returned as units: it was given back for what is not invoiced yet.

    >>> [bill], excess = _less_loose(Line(2, 100, 100, bills=(Bill(1, 100),), loose=Fraction(150)))
    >>> str(bill.credited), str(excess)
    ('1', '1/2')
    """
    if not line.loose:
        return line.bills, ZERO
    kept = sum((bill.amount * (ONE - bill.credited) for bill in line.bills), ZERO)
    keep = max(ONE - line.loose / kept, ZERO) if kept else ZERO
    bills = tuple(Bill(bill.units, bill.amount, ONE - (ONE - bill.credited) * keep, bill.paid) for bill in line.bills)
    excess = max(line.loose - kept, ZERO)
    return bills, excess / line.full_price if line.full_price else ZERO


def _uncredited(bills: tuple[Bill, ...], held: Fraction, excess: Fraction) -> Fraction:
    """Return the units of ``held`` whose money was not given back: those that are invoiced still, and those that are yet
    to be invoiced. An invoice made anew is one more, and so makes up for the credited one exactly.

    >>> credited = Bill(4, 400, credited=Fraction(1))
    >>> str(_uncredited((credited,), Fraction(4), ZERO)), str(_uncredited((credited, Bill(4, 400)), Fraction(4), ZERO))
    ('0', '4')
    """
    kept = sum((bill.units * (ONE - bill.credited) for bill in bills), ZERO)
    open_units = max(held - sum((bill.units for bill in bills), ZERO) - excess, ZERO)
    return max(min(held, kept + open_units), ZERO)


def _paid(line: Line, bills: tuple[Bill, ...], stays: Fraction) -> tuple[Fraction, Fraction]:
    """Return (amount, units) of paid invoices, for no more units than the customer keeps and never above their worth.

    The dearest count first: where more units are paid than kept, one more payment never makes it less.
    """
    amount, units = ZERO, ZERO
    ratio = Fraction(line.price) / line.full_price if line.full_price else ZERO
    for bill in sorted(bills, key=lambda bill: Fraction(bill.amount) / bill.units if bill.units > 0 else ZERO, reverse=True):
        if bill.paid and bill.units > 0:
            taken = min(bill.units * (ONE - bill.credited), stays - units)
            amount += taken * bill.amount / bill.units * ratio
            units += taken
    return max(min(amount, units * line.price), ZERO), units


def _share_back(earn_on: str, line: Line, bills: tuple[Bill, ...], excess: Fraction) -> Fraction:
    """Return which share of what was ordered came back: spent points go back by it, whatever has earned by then.

    Where payment counts, an invoice that nobody paid and that was credited whole was a mistake and nothing came back.
    """
    if line.ordered <= 0:
        return ZERO
    if earn_on == "payment":
        bills = tuple(bill for bill in bills if bill.paid or bill.credited < 1)
    left = _uncredited(bills, min(_stays(line), line.ordered), excess)
    return ONE - Fraction(left) / line.ordered
