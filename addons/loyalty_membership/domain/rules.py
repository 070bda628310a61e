"""Evaluation of earning rules for one purchase: from its lines to awards of points.

Base rules give points, multipliers multiply them, the best of a group stays, caps and budgets cut
(DESIGN 6). Nothing is loaded or stored here; :mod:`purchase` holds the shapes.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext

from .conditions import matched_lines
from .limits import cap_window, limit
from .multipliers import Factor, combine, factors_of, product
from .points import EXACT, ZERO, plain, quantize
from .purchase import Award, Line, Policy, Purchase, Rule

__all__ = ["Award", "Line", "Policy", "Purchase", "Rule", "cap_window", "drafts", "evaluate"]

Part = tuple[Decimal, tuple[Factor, ...]]
"""A basis (money or units) and the factors that multiply it."""


def evaluate(
    purchase: Purchase,
    rules: Sequence[Rule],
    policy: Policy,
    used: Mapping[Hashable, Decimal] | None = None,
    budgets: Mapping[Hashable, Decimal] | None = None,
) -> list[Award]:
    """Return the awards of a purchase, one for each base rule that gives, by (sequence, id).

    ``used`` holds, by rule id, the points that the member already got in the rule's cap period;
    ``budgets`` the points that the rule has left for everybody.

    >>> from datetime import datetime
    >>> base = Rule(1, "Base", "base")
    >>> tea_day = Rule(2, "Tea day", "multiplier", multiplier=Decimal(2), product_ids={9})
    >>> lines = (Line("tea", Decimal("28.00"), Decimal(1), product_id=9),
    ...          Line("cup", Decimal("99.90"), Decimal(2), product_id=8))
    >>> purchase = Purchase(7, datetime(2025, 6, 6, 12), lines)
    >>> [award] = evaluate(purchase, [base, tea_day], Policy())
    >>> award.points, award.detail["raw"]
    (Decimal('155'), '155.9')
    >>> award.weights
    {'tea': Decimal('56.00'), 'cup': Decimal('99.90')}

    An award that rounds to nothing is left out; one that a limit brings to nothing is not, so that
    it can be explained:

    >>> evaluate(Purchase(7, datetime(2025, 6, 6), (Line("a", ZERO, ZERO),)), [base], Policy())
    []
    >>> capped = Rule(1, "Base", "base", cap_points=Decimal(100))
    >>> [award] = evaluate(purchase, [capped], Policy(), used={1: Decimal(100)})
    >>> award.points, award.detail["cap"]
    (Decimal('0'), {'period': 'day', 'limit': '100', 'cut': '127'})
    """
    used, budgets = used or {}, budgets or {}
    return [
        limit(award, rule, policy, used.get(rule.id, ZERO), budgets.get(rule.id))
        for rule, award in drafts(purchase, rules, policy)
    ]


def drafts(purchase: Purchase, rules: Sequence[Rule], policy: Policy) -> list[tuple[Rule, Award]]:
    """Return what each base rule gives before caps and budgets, by (sequence, id); of a group the best alone.

    >>> from datetime import datetime
    >>> purchase = Purchase(7, datetime(2025, 6, 6), (Line("a", Decimal(20), Decimal(1)),))
    >>> capped = Rule(1, "Base", "base", cap_points=Decimal(5))
    >>> [(rule.name, str(award.points)) for rule, award in drafts(purchase, [capped], Policy())]
    [('Base', '20')]
    """
    with localcontext(EXACT):
        ordered = sorted(rules, key=lambda rule: (rule.sequence, rule.id))
        factors = factors_of(purchase, ordered)
        return _best_of_groups([
            (rule, award)
            for rule in ordered
            if rule.kind == "base" and (award := _award(rule, purchase, factors, policy)) and award.points > 0
        ])


def _best_of_groups(drafts: list[tuple[Rule, Award]]) -> list[tuple[Rule, Award]]:
    """Keep of the rules that share a group the one that gives most, the first of equals.

    >>> low, high = Rule(1, "Low", "base", group="g"), Rule(2, "High", "base", group="g")
    >>> other = Rule(3, "Other", "base")
    >>> drafts = [(low, Award(1, Decimal(5), ZERO)), (high, Award(2, Decimal(6), ZERO)),
    ...           (other, Award(3, Decimal(1), ZERO))]
    >>> [rule.name for rule, award in _best_of_groups(drafts)]
    ['High', 'Other']
    """
    best: dict[str, tuple[Rule, Award]] = {}
    for draft in drafts:
        group, points = draft[0].group, draft[1].points
        if group and (group not in best or points > best[group][1].points):
            best[group] = draft
    return [draft for draft in drafts if not draft[0].group or best[draft[0].group] is draft]


def _award(rule: Rule, purchase: Purchase, factors: Sequence[Factor], policy: Policy) -> Award | None:
    """Return what a base rule gives before groups and limits; None if it doesn't hold."""
    lines = {index: purchase.lines[index] for index in matched_lines(rule, purchase)}
    if not lines:
        return None
    parts = _parts(rule, lines, factors, policy.multipliers)
    raw = _raw(rule, parts)
    lasting = [factor for factor in factors if factor.qualifying]
    qualifying = _raw(rule, _parts(rule, lines, lasting, policy.multipliers))
    streak = {"streak": sum(purchase.streak) + 1} if rule.streak_days else {}
    return Award(
        rule.id,
        quantize(raw, policy.precision, policy.rounding),
        quantize(qualifying if rule.qualifying else ZERO, policy.precision, policy.rounding),
        _detail(rule, parts, raw) | streak,
        _weights(rule, lines, factors, policy.multipliers),
    )


def _basis(rule: Rule, line: Line) -> Decimal:
    """Return what a line brings: its units, or its money if that is positive.

    >>> _basis(Rule(1, "Base", "base"), Line("a", Decimal(-5), Decimal(2)))
    Decimal('0')
    >>> _basis(Rule(1, "Base", "base", points_mode="unit"), Line("a", Decimal(-5), Decimal(2)))
    Decimal('2')
    """
    return line.quantity if rule.points_mode == "unit" else max(ZERO, line.amount)


def _parts(rule: Rule, lines: Mapping[int, Line], factors: Sequence[Factor], how: str) -> list[Part]:
    """Return the basis of the lines, by index, grouped by the factors that multiply it.

    Points given once a purchase are multiplied by what covers every line:

    >>> lines = {0: Line("a", Decimal(30), Decimal(1)), 1: Line("b", Decimal(5), Decimal(1))}
    >>> double = Factor("rule", "Tea day", Decimal(2), 5, frozenset({0}))
    >>> parts = _parts(Rule(1, "Base", "base"), lines, [double], "multiply")
    >>> [(str(basis), len(counted)) for basis, counted in parts]
    [('30', 1), ('5', 0)]
    >>> _parts(Rule(1, "Order", "base", points_mode="fixed"), lines, [double], "multiply")
    [(Decimal('35'), ())]
    """
    if rule.points_mode == "fixed":
        counted = combine([factor for factor in factors if factor.covers(lines)], how)
        return [(sum(_basis(rule, line) for line in lines.values()), counted)]
    bases: dict[tuple[Factor, ...], Decimal] = {}
    for index, line in lines.items():
        if basis := _basis(rule, line):
            counted = combine([factor for factor in factors if factor.covers([index])], how)
            bases[counted] = bases.get(counted, ZERO) + basis
    return [(basis, counted) for counted, basis in bases.items()]


def _raw(rule: Rule, parts: Sequence[Part]) -> Decimal:
    """Return the unrounded points; the only division comes last.

    >>> rule = Rule(1, "Base", "base", points=Decimal(3), per_amount=Decimal(3))
    >>> _raw(rule, [(Decimal(10), ())])
    Decimal('10')
    """
    if rule.points_mode == "fixed":
        return sum((rule.points * product(factors) for _basis, factors in parts), ZERO)
    basis = sum((basis * product(factors) for basis, factors in parts), ZERO)
    return basis * rule.points / rule.per_amount


def _weights(rule: Rule, lines: Mapping[int, Line], factors: Sequence[Factor], how: str) -> dict[Hashable, Decimal]:
    """Return what each line had in the award, by line key, so that its refund takes that back.

    >>> lines = {0: Line("a", Decimal(30), Decimal(1)), 1: Line("b", Decimal(5), Decimal(1))}
    >>> double = Factor("rule", "Tea day", Decimal(2), 5, frozenset({0}))
    >>> _weights(Rule(1, "Base", "base"), lines, [double], "multiply")
    {'a': Decimal('60'), 'b': Decimal('5')}

    What multiplies every line alike is left out, and units count where no line costs anything:

    >>> _weights(Rule(1, "Gift", "base", points_mode="fixed"), {0: Line("a", ZERO, Decimal(2))}, [], "multiply")
    {'a': Decimal('2')}
    """
    times = dict.fromkeys(lines, Decimal(1))
    if rule.points_mode != "fixed":
        for index in lines:
            times[index] = product(combine([f for f in factors if f.covers([index])], how))
    if len(set(times.values())) == 1:
        times = dict.fromkeys(lines, Decimal(1))
    weights = _summed((line.key, _basis(rule, line) * times[index]) for index, line in lines.items())
    return weights if any(weights.values()) else _summed((line.key, line.quantity) for line in lines.values())


def _summed(pairs: Iterable[tuple[Hashable, Decimal]]) -> dict[Hashable, Decimal]:
    """Return the sums by key.

    >>> _summed([("a", Decimal(1)), ("b", Decimal(2)), ("a", Decimal(3))])
    {'a': Decimal('4'), 'b': Decimal('2')}
    """
    sums: dict[Hashable, Decimal] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, ZERO) + number
    return sums


def _detail(rule: Rule, parts: Sequence[Part], raw: Decimal) -> dict:
    """Return how the points came about, as plain JSON with numbers as text.

    >>> rule = Rule(1, "Base", "base", per_amount=Decimal("10.0"))
    >>> tier = Factor("tier", "Gold", Decimal(2))
    >>> detail = _detail(rule, [(Decimal("128.00"), (tier,))], Decimal("25.60"))
    >>> detail["basis"], detail["points"], detail["per"], detail["raw"]
    ('128.00', '1', '10', '25.6')
    >>> [part["basis"] for part in detail["parts"]]
    ['128.00']
    >>> detail["parts"][0]["factors"]
    [{'kind': 'tier', 'name': 'Gold', 'rule_id': None, 'value': '2'}]
    """
    return {
        "mode": rule.points_mode,
        "basis": format(sum(basis for basis, _factors in parts), "f"),
        "points": plain(rule.points),
        "per": plain(rule.per_amount),
        "parts": [{"basis": format(basis, "f"), "factors": [_factor(factor) for factor in factors]} for basis, factors in parts],
        "raw": plain(raw),
    }


def _factor(factor: Factor) -> dict:
    """Return a factor as plain JSON.

    >>> _factor(Factor("birthday", "", Decimal("2.0")))
    {'kind': 'birthday', 'name': '', 'rule_id': None, 'value': '2'}
    """
    return {
        "kind": factor.kind,
        "name": factor.name,
        "rule_id": factor.rule_id,
        "value": plain(factor.value),
    }
