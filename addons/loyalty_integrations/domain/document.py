"""Documents of an ERP, from what their mapping has made of them to what is to be booked.

A till's ticket that can't be true is refused, and the till is mended. An ERP's documents are as people write them: lines of
nothing, discounts as lines of their own, and a total that is less than its lines.
"""

from decimal import Decimal

from .ticket import spread

_CENTS = Decimal("0.00")


def as_paid(lines, total=None):
    """The lines with what was paid for each: without lines of nothing; what was taken off the whole is shared by them.

    :param lines: dicts with ``quantity`` and ``amount``, numbers or None
    :param total: what was paid for the whole document, if it is said; more than the lines say is left alone
    :return: the lines, as they are where nothing was taken off

    >>> tea, cake = {"sku": "T", "quantity": 2, "amount": 30}, {"sku": "C", "quantity": 1, "amount": 10}
    >>> as_paid([tea, {"quantity": 0, "amount": 0}]) == [tea]
    True
    >>> [line["amount"] for line in as_paid([tea, cake, {"quantity": 1, "amount": -10}])], as_paid([tea], 24.5)[0]["amount"]
    ([22.5, 7.5], 24.5)
    >>> as_paid([tea], 40) == [tea], as_paid([], 12)
    (True, [{'quantity': 1, 'amount': 12}])
    >>> as_paid([{"quantity": 0, "amount": 5}])
    [{'quantity': 1, 'amount': 5}]
    """
    lines = [line for line in lines if line and not _is_nothing(line)]
    if not lines:
        return [{"quantity": 1, "amount": total}] if total else []
    if any(line.get("amount") is None for line in lines):
        return lines
    whole = sum(_exact(line["amount"]) for line in lines)
    due = whole if total is None else min(whole, _exact(total))
    goods = [line for line in lines if _exact(line["amount"]) >= 0]
    sold = [_exact(line["amount"]) for line in goods]
    if due < 0:
        return lines  # more was taken off than there is: for people to look at
    if due != sum(sold):
        goods = [line | {"amount": float(share)} for line, share in zip(goods, spread(due, sold), strict=True)]
    return [line | {"quantity": 1} if _is_zero(line.get("quantity")) else line for line in goods]


def by_original(lines):
    """Lines of a return grouped by the purchase that each takes back, in order; dict original or None -> lines.

    >>> by_original([{"original": "A", "sku": 1}, {"original": "B", "sku": 2}, {"original": "A", "sku": 3}])
    {'A': [{'sku': 1}, {'sku': 3}], 'B': [{'sku': 2}]}
    """
    groups = {}
    for line in lines:
        rest = {name: value for name, value in line.items() if name != "original"}
        groups.setdefault(line.get("original"), []).append(rest)
    return groups


def _is_nothing(line):
    return _is_zero(line.get("quantity")) and (line.get("amount") is None or _is_zero(line["amount"]))


def _is_zero(number):
    return number is not None and not _exact(number)


def _exact(number):
    return Decimal(str(number)) + _CENTS
