"""What something brought: those who got it against a control group that was left alone, with an interval of 95 %.

Shares: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
(1998), method 10, from the intervals of E. B. Wilson, "Probable inference", JASA 22 (1927). Means: B. L. Welch, "The
generalization of Student's problem when several different population variances are involved", Biometrika 34 (1947).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri, stdtrit

#: Each tail that an interval of 95 % leaves out.
TAIL = 1 / 40
#: Fewer buyers, or others, than that to be expected in a group say nothing of shares: W. G. Cochran, "Some methods for
#: strengthening the common chi-square tests", Biometrics 10 (1954).
LEAST_EXPECTED = 5
#: A mean needs so many members times the squared skewness of what they spend, for its interval to be right (94 % of the time
#: or more): W. G. Cochran, "Sampling Techniques", 3rd edition (1977), 2.15.
LEAST_FOR_SKEWNESS = 25
#: And never fewer than that.
LEAST_MEMBERS = 30


@dataclass(frozen=True)
class Group:
    """Members, of them buyers; what the members spent, added up, with its squares and its cubes."""

    members: int
    buyers: int
    revenue: float
    squares: float
    cubes: float

    @property
    def rate(self) -> float:
        return self.buyers / self.members if self.members else 0

    @property
    def mean(self) -> float:
        return self.revenue / self.members if self.members else 0

    @property
    def variance(self) -> float:
        """That of the population, estimated.

        >>> Group(3, 3, 6, 14, 36).variance
        1.0
        """
        return max(self.squares - self.revenue * self.mean, 0) / (self.members - 1) if self.members > 1 else 0

    @property
    def skewness(self) -> float | None:
        """The third moment over the 3/2th power of the second; None where all spent the same.

        Three who spent 0 and one who spent 4:

        >>> round(Group(4, 1, 4, 16, 64).skewness, 3), Group(2, 2, 6, 18, 54).skewness
        (1.155, None)
        """
        if not self.members:
            return None
        mean, square = self.mean, self.squares / self.members
        second = square - mean**2
        if second <= square / 10**12:  # nothing but rounding
            return None
        third = self.cubes / self.members - 3 * mean * square + 2 * mean**3
        return third / second ** (3 / 2)

    def __add__(self, other: "Group") -> "Group":
        return Group(*(one + two for one, two in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class Difference:
    """An estimate and its interval of 95 %."""

    estimate: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``more``, ``less``, or ``unknown``: it may be chance.

        >>> Difference(2, 1, 3).verdict, Difference(-2, -3, -1).verdict, Difference(1, -1, 3).verdict
        ('more', 'less', 'unknown')
        """
        return "more" if self.low > 0 else "less" if self.high < 0 else "unknown"

    def times(self, number: float) -> "Difference":
        """Of so many members what it is of one.

        >>> Difference(2, 1, 3).times(10)
        Difference(estimate=20, low=10, high=30)
        """
        return Difference(self.estimate * number, self.low * number, self.high * number)


def wilson(some: int, members: int) -> tuple[float, float]:
    """The interval of one share.

    Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I: 81 of 263.

    >>> [round(bound, 4) for bound in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    z = float(-ndtri(TAIL))
    middle, half = 2 * some + z**2, z * sqrt(z**2 + 4 * some * (members - some) / members)
    return (middle - half) / (2 * (members + z**2)), (middle + half) / (2 * (members + z**2))


def shares(one: Group, other: Group) -> Difference:
    """How many more, of each member, buy in one group than in the other.

    Newcombe's table II (a), and (e), where nobody does:

    >>> told = shares(Group(70, 56, 0, 0, 0), Group(80, 48, 0, 0, 0))
    >>> round(told.estimate, 4), round(told.low, 4), round(told.high, 4)
    (0.2, 0.0524, 0.3339)
    >>> told = shares(Group(10, 0, 0, 0, 0), Group(20, 0, 0, 0, 0))
    >>> round(told.low, 4), round(told.high, 4)
    (-0.1611, 0.2775)
    """
    (low, high), (other_low, other_high) = wilson(one.buyers, one.members), wilson(other.buyers, other.members)
    gain = one.rate - other.rate
    below = sqrt((one.rate - low) ** 2 + (other_high - other.rate) ** 2)
    above = sqrt((high - one.rate) ** 2 + (other.rate - other_low) ** 2)
    return Difference(gain, gain - below, gain + above)


def means(one: Group, other: Group) -> Difference:
    """How much more a member spends in one group than in the other.

    The hours that ten patients slept longer with each of two drugs (Student, "The probable error of a mean", 1908):

    >>> told = means(Group(10, 0, 233 / 10, 9037 / 100, 0), Group(10, 0, 75 / 10, 3443 / 100, 0))
    >>> round(told.estimate, 2), round(told.low, 4), round(told.high, 4)
    (1.58, -0.2055, 3.3655)
    """
    errors = one.variance / one.members, other.variance / other.members
    gain, total = one.mean - other.mean, sum(errors)
    if not total:
        return Difference(gain, gain, gain)
    freedom = total**2 / (errors[0] ** 2 / (one.members - 1) + errors[1] ** 2 / (other.members - 1))
    half = float(-stdtrit(freedom, TAIL)) * sqrt(total)
    return Difference(gain, gain - half, gain + half)


def enough_for_shares(one: Group, other: Group) -> bool:
    """Whether both groups are to be expected to have some buyers and some others, if it brought nothing.

    >>> def group(members, buyers):
    ...     return Group(members, buyers, 0, 0, 0)
    >>> enough_for_shares(group(900, 92), group(100, 8)), enough_for_shares(group(900, 9), group(100, 1))
    (True, False)
    """
    both, fewest = one + other, min(one.members, other.members)
    return fewest >= LEAST_MEMBERS and fewest * min(both.rate, 1 - both.rate) >= LEAST_EXPECTED


def enough_for_means(one: Group, other: Group) -> bool:
    """Whether both groups are large enough for how skewed spending is, taken of both together.

    One of ten spends 100, the others nothing: the squared skewness is 7.1, so 178 members are needed.

    >>> def group(members):
    ...     return Group(10 * members, members, 100 * members, 10_000 * members, 1_000_000 * members)
    >>> enough_for_means(group(90), group(18)), enough_for_means(group(90), group(17))
    (True, False)
    """
    skewness = (one + other).skewness
    if skewness is None:
        return False
    return min(one.members, other.members) >= max(LEAST_MEMBERS, LEAST_FOR_SKEWNESS * skewness**2)


@dataclass(frozen=True)
class Gain:
    """What it brought of a member, and of all of those who got it; ``verdict``: a difference's, or ``small``: too few to tell.

    Without members in one of the groups there is no difference.
    """

    verdict: str
    each: Difference | None = None
    total: Difference | None = None


def gain(treated: Group, control: Group, difference: Callable, enough: Callable) -> Gain:
    """What was brought, by one way to take the difference, and one to say whether there are enough members for it.

    >>> told = gain(Group(1000, 154, 0, 0, 0), Group(1000, 120, 0, 0, 0), shares, enough_for_shares)
    >>> told.verdict, round(told.each.low, 4), round(told.total.estimate)
    ('more', 0.0038, 34)
    >>> gain(Group(5, 1, 0, 0, 0), Group(0, 0, 0, 0, 0), shares, enough_for_shares)
    Gain(verdict='small', each=None, total=None)
    """
    if min(treated.members, control.members) < 2:
        return Gain("small")
    each = difference(treated, control)
    return Gain(each.verdict if enough(treated, control) else "small", each, each.times(treated.members))


def buyers(treated: Group, control: Group) -> Gain:
    return gain(treated, control, shares, enough_for_shares)


def revenue(treated: Group, control: Group) -> Gain:
    return gain(treated, control, means, enough_for_means)
