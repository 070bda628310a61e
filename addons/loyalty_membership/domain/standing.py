"""What a purchase has given so far, and for which of its lines: what refunds and additions are measured by."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from .points import ZERO, revocation
from .purchase import Added, Points
from .refunds import Worth, lost

NOTHING: Points = (ZERO, ZERO)


class Weighed(NamedTuple):
    """What a line brought to a claim, and what was left of it at that moment."""

    weight: Decimal
    money: Decimal
    units: Decimal


@dataclass(frozen=True, slots=True)
class Claim:
    """What one rule says that these lines are worth; ``lines`` by id."""

    points: Points
    lines: Mapping[int, Weighed]
    by_units: bool = False

    def kept(self, now: Mapping[int, Worth], precision: Decimal | str, rounding: str) -> Points:
        """Return what of the points stays with what is left of the lines ``now``.

        >>> line = Weighed(Decimal(30), Decimal(30), Decimal(3))
        >>> claim = Claim((Decimal(10), Decimal(20)), {5: line})
        >>> [str(points) for points in claim.kept({5: (Decimal(10), Decimal(1))}, 1, "down")]
        ['4', '7']

        What no line brought stays:

        >>> Claim((Decimal(1), ZERO), {}).kept({}, 1, "down") == (1, 0)
        True
        """
        if not self.lines:
            return self.points
        weights = {line_id: line.weight for line_id, line in self.lines.items()}
        then = {line_id: (line.money, line.units) for line_id, line in self.lines.items()}
        back, whole = lost(weights, then, now, by_units=self.by_units)
        points, qualifying = (
            of - revocation(of, back, whole, ZERO, precision, rounding, full=back == whole) for of in self.points
        )
        return points, qualifying


@dataclass(frozen=True, slots=True)
class Share:
    """What one rule holds of a purchase, or all rules of a group together.

    ``since`` is the journal row by which it was worked out; only what was taken back later counts
    against it.  ``held`` is what it held then, ``most`` the most that it ever held, ``worth`` the
    same with what caps and budgets cut.  ``claims`` are those of its rules, by id: after a refund
    the best of them counts, as the best of a group always does.
    """

    since: int
    held: Points
    worth: Points
    most: Points
    claims: Mapping[int, Claim]
    group: str | None = None

    def due_back(self, now: Mapping[int, Worth], gone: Points, precision: Decimal | str, rounding: str) -> Points:
        """Return what must be taken back now, ``gone`` being what was taken since.

        A rule that gave 100 for a line, and another of the group that took over with 300 for the next:

        >>> def line(money): return Weighed(Decimal(money), Decimal(money), Decimal(1))
        >>> def points(number): return Decimal(number), Decimal(number)
        >>> claims = {1: Claim(points(100), {5: line(100)}), 2: Claim(points(300), {6: line(300)})}
        >>> share = Share(9, points(300), points(300), points(300), claims, "g")
        >>> def due(first, second):
        ...     now = {5: (Decimal(first), Decimal(1)), 6: (Decimal(second), Decimal(1))}
        ...     return str(share.due_back(now, NOTHING, 1, "down")[0])
        >>> due(100, 300), due(0, 300), due(100, 0), due(0, 150)
        ('0', '0', '200', '150')
        """
        kept = [claim.kept(now, precision, rounding) for claim in self.claims.values()]
        points, qualifying = (
            max(held - max(parts) - taken, ZERO)
            for held, taken, parts in zip(self.held, gone, zip(*kept, strict=True), strict=True)
        )
        return points, qualifying

    def concerns(self, rule_id: int, group: str | None) -> bool:
        """Tell whether a rule with this group shares this.

        >>> share = Share(9, NOTHING, NOTHING, NOTHING, {1: Claim(NOTHING, {})}, "g")
        >>> share.concerns(1, None), share.concerns(2, "g"), share.concerns(3, None)
        (True, True, False)
        """
        return rule_id in self.claims or bool(group and self.group == group)


@dataclass(frozen=True, slots=True)
class Standing:
    """What all rules hold of a purchase, and the lines that came while its member could not earn."""

    shares: tuple[Share, ...] = ()
    unearned: frozenset[int] = frozenset()

    def of(self, rule_id: int, group: str | None) -> list[Share]:
        return [share for share in self.shares if share.concerns(rule_id, group)]

    def after(self, since: int, awards: Iterable[Added], held: Mapping[int, Points], left: Mapping[int, Worth]) -> "Standing":
        """Return the standing after an addition; shares of rules that it gives nothing for stay as they are.

        ``awards`` weigh lines by id, ``held`` is what each rule held before, ``left`` what is left
        of the lines, those of the addition included.

        >>> def points(number): return Decimal(number), Decimal(number)
        >>> first = Share(1, points(50), points(50), points(50), {7: Claim(points(50), {5: Weighed(*points(1), ZERO)})})
        >>> award = Added(8, *points(100), weights={6: Decimal(100)}, cut=points(200))
        >>> standing = Standing((first,)).after(2, [award], {7: points(50)}, {6: points(300)})
        >>> standing.shares[0] == first, standing.shares[1].held == points(100), standing.shares[1].worth == points(300)
        (True, True, True)
        """
        awards, shares = list(awards), list(self.shares)
        held = dict(held)
        for award in awards:
            held[award.rule_id] = add([held.get(award.rule_id, NOTHING), (award.points, award.qualifying)])
        for award in awards:
            mine = [share for share in shares if share.concerns(award.rule_id, award.group)]
            rules = {award.rule_id}.union(*(share.claims for share in mine))
            total = add(held.get(rule_id, NOTHING) for rule_id in rules)
            lines = {line_id: Weighed(weight, *left[line_id]) for line_id, weight in award.weights.items()}
            claim = Claim(total, lines, award.detail.get("mode") == "unit")
            claims = {rule_id: of for share in mine for rule_id, of in share.claims.items()} | {award.rule_id: claim}
            most, worth = (add(getattr(share, name) for share in mine) for name in ("most", "worth"))
            cut = add([worth, award.cut, minus(most)])
            worth, most = highest([worth, add([total, cut])]), highest([most, total])
            shares = [share for share in shares if share not in mine]
            shares.append(Share(since, total, worth, most, claims, award.group))
        return replace(self, shares=tuple(shares))

    def without(self, lines: Collection[int]) -> "Standing":
        """Return the standing after an addition of these lines that could not earn."""
        return replace(self, unearned=self.unearned | frozenset(lines))

    def to_json(self) -> dict:
        """Return this as plain JSON, numbers as text.

        >>> line = Weighed(Decimal("0.50"), Decimal(2), Decimal(1))
        >>> share = Share(3, NOTHING, (Decimal(2), ZERO), NOTHING, {7: Claim(NOTHING, {5: line}, by_units=True)}, "g")
        >>> standing = Standing((share,), frozenset({4}))
        >>> standing.to_json()["shares"][0]["claims"]["7"]
        {'points': ['0', '0'], 'lines': {'5': ['0.50', '2', '1']}, 'by_units': True}
        >>> Standing.from_json(standing.to_json()) == standing
        True
        """
        return {
            "shares": [
                {
                    "since": share.since,
                    "group": share.group,
                    **{name: _texts(getattr(share, name)) for name in ("held", "worth", "most")},
                    "claims": {
                        str(rule_id): {
                            "points": _texts(claim.points),
                            "lines": {str(line_id): _texts(line) for line_id, line in claim.lines.items()},
                            "by_units": claim.by_units,
                        }
                        for rule_id, claim in share.claims.items()
                    },
                }
                for share in self.shares
            ],
            "unearned": sorted(self.unearned),
        }

    @classmethod
    def from_json(cls, data: Mapping | None) -> "Standing":
        """Return what :meth:`to_json` told; nothing told is a standing without shares.

        >>> Standing.from_json(None) == Standing()
        True
        """
        data = data or {"shares": [], "unearned": []}
        return cls(tuple(map(_share, data["shares"])), frozenset(data["unearned"]))


def _share(data: Mapping) -> Share:
    claims = {
        int(rule_id): Claim(
            _numbers(claim["points"]),
            {int(line_id): Weighed(*map(Decimal, line)) for line_id, line in claim["lines"].items()},
            claim["by_units"],
        )
        for rule_id, claim in data["claims"].items()
    }
    held, worth, most = (_numbers(data[name]) for name in ("held", "worth", "most"))
    return Share(data["since"], held, worth, most, claims, data["group"])


def _texts(numbers: Iterable[Decimal]) -> list[str]:
    return [format(number, "f") for number in numbers]


def _numbers(texts: Iterable[str]) -> Points:
    points, qualifying = map(Decimal, texts)
    return points, qualifying


def add(parts: Iterable[Points]) -> Points:
    """Return the sums.

    >>> add([(Decimal(1), Decimal(2)), (Decimal(3), Decimal(4))]), add([]) == NOTHING
    ((Decimal('4'), Decimal('6')), True)
    """
    parts = list(parts)
    return sum((points for points, _q in parts), ZERO), sum((qualifying for _p, qualifying in parts), ZERO)


def minus(points: Points) -> Points:
    return -points[0], -points[1]


def highest(parts: Iterable[Points]) -> Points:
    """Return the highest of each.

    >>> highest([(Decimal(1), Decimal(5)), (Decimal(3), Decimal(4))])
    (Decimal('3'), Decimal('5'))
    """
    points, qualifying = map(max, zip(*parts, strict=True))
    return points, qualifying
