"""Exact points arithmetic: rounding, claw-back of refunds, spreading of amounts.

All numbers are ``decimal.Decimal``; floats enter through :func:`to_decimal` alone. Intermediate
results are computed with :data:`EXACT` (60 digits), so the thread's own decimal context, which any
library may have changed, has no say, and a quotient such as 10 * 3 / 3 never loses its last cent.
"""

from collections.abc import Sequence
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    InvalidOperation,
    localcontext,
)
from fractions import Fraction
from functools import lru_cache

ZERO = Decimal(0)
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_NOISE = Decimal("1E-18")
_READABLE = Context(prec=28, rounding=ROUND_HALF_EVEN)
ROUNDINGS = {"down", "half_up", "up"}
_MODES = {"down": ROUND_DOWN, "half_up": ROUND_HALF_UP, "up": ROUND_UP}
_MAX_DIGITS = 18


def to_decimal(value: float | str | Decimal | None) -> Decimal:
    """Return ``value`` as the decimal number a person would read, None as 0.

    A float goes through ``repr``, the shortest text that means it:

    >>> to_decimal(0.1), to_decimal("12.50"), to_decimal(None)
    (Decimal('0.1'), Decimal('12.50'), Decimal('0'))

    ValueError for whatever is not a finite number below 10^18:

    >>> to_decimal(float("nan"))
    Traceback (most recent call last):
    ValueError: not a finite number: nan
    >>> to_decimal("ten")
    Traceback (most recent call last):
    ValueError: not a number: 'ten'
    >>> to_decimal("1e999")
    Traceback (most recent call last):
    ValueError: number too large: '1e999'
    """
    if value is None:
        return ZERO
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError(f"not a number: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"not a finite number: {value}")
    if number and number.adjusted() >= _MAX_DIGITS:
        raise ValueError(f"number too large: {value!r}")
    return number


def from_fraction(number: Fraction) -> Decimal:
    """Return a fraction as a decimal number, to 60 digits.

    >>> from_fraction(Fraction(7, 4)), str(from_fraction(Fraction(1, 3)))[:6]
    (Decimal('1.75'), '0.3333')
    """
    return EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))


def plain(number: Decimal) -> str:
    """Return a number as text without exponent or trailing zeros, to 28 digits.

    >>> plain(Decimal("2.50")), plain(Decimal("1E+3")), plain(Decimal("0.00"))
    ('2.5', '1000', '0')
    """
    text = format(_READABLE.plus(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=32)
def _step(precision: Decimal | str) -> Decimal:
    """Return a precision as a power of ten not above 1; ValueError for anything else.

    >>> _step("0.10"), _step(Decimal(1))
    (Decimal('0.1'), Decimal('1'))
    >>> _step("5")
    Traceback (most recent call last):
    ValueError: precision must be 1, 0.1, 0.01, …: '5'
    """
    step = to_decimal(precision).normalize(EXACT)
    if step.as_tuple().digits != (1,) or step < 0 or step > 1:
        raise ValueError(f"precision must be 1, 0.1, 0.01, …: {precision!r}")
    return step


def quantize(value: Decimal, precision: Decimal | str, rounding: str) -> Decimal:
    """Round ``value`` once to a multiple of ``precision`` ('1', '0.1', '0.01').

    'down' rounds towards zero, 'up' away from zero, 'half_up' a half away from zero; a negative
    number is the mirror of its positive:

    >>> [str(quantize(Decimal("2.5"), "1", how)) for how in ("down", "half_up", "up")]
    ['2', '3', '3']
    >>> [str(quantize(Decimal("-2.5"), "1", how)) for how in ("down", "half_up", "up")]
    ['-2', '-3', '-3']
    >>> quantize(Decimal("0.129"), "0.01", "down")
    Decimal('0.12')

    Zero has no sign, and an unknown rounding is a ValueError:

    >>> quantize(Decimal("-0.4"), "1", "down")
    Decimal('0')
    >>> quantize(Decimal(1), "1", "half_even")
    Traceback (most recent call last):
    ValueError: rounding must be one of down, half_up, up: 'half_even'
    """
    if rounding not in _MODES:
        raise ValueError(f"rounding must be one of down, half_up, up: {rounding!r}")
    rounded = value.quantize(_step(precision), rounding=_MODES[rounding], context=EXACT)
    return rounded if rounded else abs(rounded)


def revocation(
    earned: Decimal,
    refunded: Decimal,
    purchased: Decimal,
    revoked_before: Decimal,
    precision: Decimal | str,
    rounding: str,
    *,
    full: bool = False,
) -> Decimal:
    """Return the points to take back now, so that partial refunds never drift (DESIGN 5).

    ``refunded`` is all that was refunded so far, this refund included, in the unit of
    ``purchased``; ``revoked_before`` is what earlier refunds took back, in points.

        round(earned x min(refunded, purchased) / purchased) - revoked before

    >>> def revoke(refunded, before):
    ...     amounts = (Decimal(10), Decimal(refunded), Decimal(3), Decimal(before))
    ...     return revocation(*amounts, "1", "down")
    >>> revoke(1, 0), revoke(2, 3), revoke(3, 6)
    (Decimal('3'), Decimal('3'), Decimal('4'))

    The answer is never negative and never more in total than was earned:

    >>> revoke(9, 6), revoke(1, 6), revoke(3, 10)
    (Decimal('4'), Decimal('0'), Decimal('0'))

    A caller that had to divide may pass a share with 28 digits instead: what is left of such a
    division, below 10^-18 of a point, is not seen by the rounding. (No true share of a purchase
    below 10^13 of money lies that close to a limit of rounding without being on it.)

    >>> revocation(Decimal(3), Decimal(1) / 3, Decimal(1), Decimal(0), "1", "down")
    Decimal('1')

    A purchase without amount gives everything back with the first refund, and so does ``full``:

    >>> revocation(Decimal(50), Decimal(1), Decimal(0), Decimal(0), "1", "down")
    Decimal('50')
    >>> revocation(Decimal(50), Decimal(0), Decimal(0), Decimal(0), "1", "down", full=True)
    Decimal('50')
    """
    if full or (refunded > 0 and refunded >= purchased):
        due = earned
    elif refunded <= 0:
        due = ZERO
    else:
        share = EXACT.divide(EXACT.multiply(earned, refunded), purchased)
        clean = share.quantize(_NOISE, context=EXACT)
        due = min(quantize(clean, precision, rounding), earned)
    return max(ZERO, EXACT.subtract(due, revoked_before))


def split(total: Decimal, weights: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    """Spread ``total`` over parts proportional to ``weights``: the largest-remainder method.

    Every part is a multiple of ``step`` (money: the currency's rounding) and the parts sum to
    ``total`` exactly; the units left over go to the largest remainders, the first one on ties:

    >>> def show(*args): return [str(part) for part in split(*args)]
    >>> show(Decimal("10.00"), [Decimal(1)] * 3, Decimal("0.01"))
    ['3.34', '3.33', '3.33']
    >>> show(Decimal("-10.00"), [Decimal(60), Decimal(30), Decimal(0)], Decimal("0.01"))
    ['-6.67', '-3.33', '0.00']

    Without any weight the spread is equal. Weights count by the sign of their sum; one of the other
    sign (a return line in an order) gets nothing:

    >>> show(Decimal(3), [Decimal(0), Decimal(0)], Decimal(1))
    ['2', '1']
    >>> show(Decimal(3), [Decimal(2), Decimal(-1), Decimal(1)], Decimal(1))
    ['2', '0', '1']

    ValueError when no exact answer exists:

    >>> split(Decimal("0.005"), [Decimal(1)], Decimal("0.01"))
    Traceback (most recent call last):
    ValueError: 0.005 is not a multiple of 0.01
    >>> split(Decimal(1), [], Decimal(1))
    Traceback (most recent call last):
    ValueError: nothing to spread 1 over
    """
    if not weights and total:
        raise ValueError(f"nothing to spread {total} over")
    with localcontext(EXACT):
        if step <= 0 or total % step:
            raise ValueError(f"{total} is not a multiple of {step}")
        units = _apportion(abs(total) / step, _shares(weights))
        part = step if total >= 0 else -step
        return [unit * part + 0 for unit in units]


def _shares(weights: Sequence[Decimal]) -> list[Decimal]:
    """Return usable weights: none negative, and not all zero.

    >>> _shares([Decimal(-2), Decimal(1)])
    [Decimal('2'), Decimal('0')]
    """
    sign = -1 if sum(weights) < 0 else 1
    shares = [max(ZERO, sign * weight) for weight in weights]
    return shares if any(shares) else [Decimal(1)] * len(shares)


def _apportion(units: Decimal, shares: list[Decimal]) -> list[Decimal]:
    """Deal whole ``units`` out by ``shares``; what is left over goes to the largest remainders.

    >>> _apportion(Decimal(5), [Decimal(1), Decimal(2)])
    [Decimal('2'), Decimal('3')]
    """
    whole = sum(shares)
    parts, remainders = [], []
    for share in shares:
        quotient, remainder = divmod(units * share, whole)
        parts.append(quotient)
        remainders.append(remainder)
    left = int(units - sum(parts))
    by_remainder = sorted(range(len(shares)), key=lambda index: -remainders[index])
    for index in by_remainder[:left]:
        parts[index] += 1
    return parts
