"""The arithmetic under the figures: percentages from counts, Wilson's interval, quartiles, Kaplan–Meier.

Holds functions of plain numbers. PURE: must not know a case, a measure, a period or a database.
Rounding is half-up and happens once, from counts (domain, section 5, rules 3 and 4); nothing counted is None,
printed "—", never 0 % or 100 %.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""

NOTHING = "—"
"""What is printed where nothing was counted."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval for a share; both ends between 0 and 1."""

    low: float
    high: float

    @property
    def text(self) -> str:
        """In percent to one decimal: "67.4–71.3 %"."""
        low, high = (half_up(100 * Fraction(end)) for end in (self.low, self.high))
        return f"{low}–{high} %"


@dataclass(frozen=True)
class Spread:
    """How `n` whole numbers (mostly days) are spread.

    `q1`, `median`, `q3` are exact (quarters at most); `mean` is rounded half-up to one decimal.
    """

    n: int
    q1: Decimal
    median: Decimal
    q3: Decimal
    mean: Decimal


@dataclass(frozen=True)
class Step:
    """One fall of a survival curve: on day `time`, `ended` of the `at_risk` ended; `survival` is the share left."""

    time: int
    at_risk: int
    ended: int
    survival: float


@dataclass(frozen=True)
class Curve:
    """A Kaplan–Meier survival curve of `n` durations, `ended` of which ended (the others are censored).

    `median`: the first day by which at least half have ended, None when the curve never falls that far.
    """

    n: int
    ended: int
    steps: tuple[Step, ...]
    median: int | None

    def survival_at(self, time: int) -> float:
        """The share still open after day `time`."""
        return next((step.survival for step in reversed(self.steps) if step.time <= time), 1.0)


def half_up(value: Fraction | Decimal | int, places: int = 1) -> Decimal:
    """`value` rounded to `places` decimals, a half away from zero; exact, whatever the decimal context is."""
    exact = Fraction(value)
    units = int(abs(exact) * 10**places + Fraction(1, 2))
    return Decimal((int(exact < 0), tuple(int(digit) for digit in str(units)), -places))


def percent(numerator: int, denominator: int) -> Decimal | None:
    """`numerator ÷ denominator` in percent, half-up to one decimal; None when the denominator is 0.

    May exceed 100 (clearance rate). Raises `ValueError` for negative counts.
    """
    if numerator < 0 or denominator < 0:
        raise ValueError(f"counts are never negative: {numerator} of {denominator}")
    return half_up(Fraction(100 * numerator, denominator)) if denominator else None


def percent_text(numerator: int, denominator: int) -> str:
    """The percentage as printed, "69.4 %", or "—" when nothing was counted."""
    value = percent(numerator, denominator)
    return NOTHING if value is None else f"{value} %"


def wilson(successes: int, n: int, z: float = Z_95) -> Interval | None:
    """Wilson's score interval without continuity correction (Newcombe 1998, method 3); None when `n` is 0.

    Raises `ValueError` unless 0 ≤ successes ≤ n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if n == 0:
        return None
    p = successes / n
    z2 = z * z
    centre = (successes + z2 / 2) / (n + z2)
    margin = z / (n + z2) * math.sqrt(successes * (n - successes) / n + z2 / 4)
    # The ends are exact where every or no attempt succeeded; elsewhere rounding must not push p outside.
    low = 0.0 if successes == 0 else min(max(centre - margin, 0.0), p)
    high = 1.0 if successes == n else max(min(centre + margin, 1.0), p)
    return Interval(low, high)


def quantiles(values: Sequence[int]) -> Spread | None:
    """Quartiles and mean of whole numbers; None when there are none.

    Quartiles by linear interpolation between order statistics, position (n − 1)·p (Hyndman and Fan's type 7: the
    default of R and numpy, QUARTILE.INC of spreadsheets), so a clerk can repeat them in a sheet.
    """
    if not values:
        return None
    ordered = sorted(values)
    n = len(ordered)

    def quartile(k: int) -> Decimal:
        whole, rest = divmod((n - 1) * k, 4)
        low = ordered[whole]
        high = ordered[whole + 1] if rest else low
        return Decimal(4 * low + rest * (high - low)) / 4

    return Spread(n, quartile(1), quartile(2), quartile(3), half_up(Fraction(sum(ordered), n)))


def kaplan_meier(durations: Sequence[tuple[int, bool]]) -> Curve:
    """The product-limit estimate from (days, ended) pairs; `ended` False = still open after that many days.

    At a tie those who ended are counted first: who is censored on a day was at risk on it (the usual convention).
    The product is kept exact, so that "half" is half and the median does not hang on rounding.
    Raises `ValueError` for a negative duration.
    """
    if any(days < 0 for days, _ in durations):
        raise ValueError("a duration is never negative")
    leaving = Counter(days for days, _ in durations)
    ending = Counter(days for days, ended in durations if ended)
    at_risk = len(durations)
    survival = Fraction(1)
    median: int | None = None
    steps: list[Step] = []
    for time in sorted(leaving):
        if ended := ending[time]:
            survival *= Fraction(at_risk - ended, at_risk)
            steps.append(Step(time, at_risk, ended, float(survival)))
            if median is None and 2 * survival.numerator <= survival.denominator:
                median = time
        at_risk -= leaving[time]
    return Curve(len(durations), ending.total(), tuple(steps), median)
