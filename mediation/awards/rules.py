"""The rules of the annual mediator award: what a scheme is, and the arithmetic that explains itself.

Holds gates, curves, criteria, schemes (versioned data) and `assess`: one mediator's facts → gate by gate, point by
point. PURE: must not hold a preset (`schemes`), count a case, read a database, the clock or a file, nor decide who
gets a certificate (the committee does).

Two promises. *Replay*: the same facts and the same scheme version give the same assessment, bit for bit; so every
step is exact, and rounding happens only where a figure is shown. *No cliffs*: points come from continuous curves, and
a scheme in which the smallest visible step moves a whole point is refused. Source: domain, section 8.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from mediation.awards.facts import FACTS, FLAGS, NO, UNKNOWN, YES, Kind, Measure, MediatorFacts, Span, plain
from mediation.errors import FactError, N_
from mediation.statistics import intervals
from mediation.statistics.intervals import Interval
from mediation.words import Words


class Comparison(enum.StrEnum):
    """How a gate compares: at least, at most, is (yes or no)."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS = "is"


@dataclass(frozen=True)
class Condition:
    """The condition of a gate, as data: a fact (a `Measure`, or the name of a yes/no fact) against a threshold.

    `minimum_n`: with a smaller denominator the gate cannot be assessed. Raises `ValueError` when the parts do not
    fit each other.
    """

    fact: Measure | str
    comparison: Comparison
    threshold: Decimal | bool
    minimum_n: int = 1

    def __post_init__(self) -> None:
        is_flag = isinstance(self.fact, str)
        if is_flag and self.fact not in FLAGS:
            raise ValueError(f"no such yes/no fact: {self.fact}")
        if not is_flag == isinstance(self.threshold, bool) == (self.comparison is Comparison.IS):
            raise ValueError(f"{self.comparison.value} {self.threshold} does not fit {self.fact}")


@dataclass(frozen=True)
class Gate:
    """A condition one passes or does not, before any point is counted. `sentence` says what is asked, in full."""

    code: str
    words: Words
    sentence: Words
    test: Condition

    @property
    def needed(self) -> Words:
        """The threshold as shown: "≥ 2 年", "≤ 30 %", "no"."""
        fact, threshold = self.test.fact, self.test.threshold
        if isinstance(fact, str):
            return YES if threshold else NO
        sign = "≥" if self.test.comparison is Comparison.AT_LEAST else "≤"
        if fact.kind is Kind.COUNT:
            amount = FACTS[fact.numerator].unit.of(Decimal(threshold))
        else:
            text = f"{Decimal(threshold):f} %" if fact.kind is Kind.RATE else f"{Decimal(threshold):f}"
            amount = Words(text, text)
        return Words(f"{sign} {amount.zh}", f"{sign} {amount.en}")

    def result(self, facts: MediatorFacts) -> GateResult:
        """The gate against the facts; a rate is compared exactly, not as it is rounded for display."""
        fact, threshold = self.test.fact, self.test.threshold
        if isinstance(fact, str):
            flag = facts.flag(fact)
            shown = UNKNOWN if flag is None else YES if flag else NO
            return GateResult(self, None if flag is None else flag == threshold, shown, flag, self.needed)
        reading = fact.reading(facts)
        value = None if reading.value is None else plain(reading.value)
        if reading.value is None or (reading.n is not None and reading.n < self.test.minimum_n):
            return GateResult(self, None, reading.words, value, self.needed)
        bound = Fraction(threshold)
        passed = reading.value >= bound if self.test.comparison is Comparison.AT_LEAST else reading.value <= bound
        return GateResult(self, passed, reading.words, value, self.needed)


@dataclass(frozen=True)
class GateResult:
    """A gate and the fact it met. `passed` None = not assessable: a fact is unknown or there are too few cases."""

    gate: Gate
    passed: bool | None
    fact_text: Words
    value: Decimal | bool | None
    needed: Words


@dataclass(frozen=True)
class Curve:
    """Points as a continuous, piecewise-linear function of a value; flat outside its first and last x.

    `points` are (x, points) pairs. Raises `ValueError` unless there are two at least, x strictly increases (two
    points at one x would be a jump) and no points are negative.
    """

    points: tuple[tuple[Decimal, Decimal], ...]

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise ValueError("a curve needs two points")
        for (x0, _), (x1, _) in pairwise(self.points):
            if x1 == x0:
                raise ValueError(f"the curve jumps at {x0}")
            if x1 < x0:
                raise ValueError(f"the curve runs backwards from {x0} to {x1}")
        if any(y < 0 for _, y in self.points):
            raise ValueError("points are never negative")

    @property
    def highest(self) -> Decimal:
        """The most points it gives."""
        return max(y for _, y in self.points)

    @property
    def steepest(self) -> Fraction:
        """The largest change of points per unit of x."""
        return max(abs(Fraction(y1) - Fraction(y0)) / (Fraction(x1) - Fraction(x0))
                   for (x0, y0), (x1, y1) in pairwise(self.points))

    def at(self, x: Fraction | Decimal | int) -> Fraction:
        """The points at `x`, exact."""
        place = Fraction(x)
        first, last = self.points[0], self.points[-1]
        if place <= first[0]:
            return Fraction(first[1])
        for (x0, y0), (x1, y1) in pairwise(self.points):
            if place <= x1:
                share = (place - Fraction(x0)) / (Fraction(x1) - Fraction(x0))
                return Fraction(y0) + share * (Fraction(y1) - Fraction(y0))
        return Fraction(last[1])


def curve(*points: tuple[int | str, int | str]) -> Curve:
    """A curve from plain numbers: `curve((0, 0), ("62.5", 10))`."""
    return Curve(tuple((Decimal(x), Decimal(y)) for x, y in points))


_VISIBLE_STEP = {Kind.COUNT: Fraction(1), Kind.RATE: Fraction(1, 10), Kind.MEAN: Fraction(1, 10)}
"""The smallest difference a reader sees between two mediators, in the unit of the measure."""


@dataclass(frozen=True)
class Criterion:
    """A weighted part of the score: a measure, put through a curve whose highest value is the `cap` (its weight).

    `minimum_n`: on fewer cases (or answers) it is not assessable. `beside`: a fact shown beside the figure.
    Raises `ValueError` when the curve does not end at the cap or is a cliff in disguise: the smallest visible step
    (0.1 percentage point, 0.1 of a mean, 1 of a count) must move less than one point.
    """

    code: str
    words: Words
    sentence: Words
    measure: Measure
    curve: Curve
    cap: Decimal
    minimum_n: int = 1
    beside: str | None = None

    def __post_init__(self) -> None:
        if self.cap <= 0:
            raise ValueError(f"{self.code}: a criterion weighs something")
        if self.curve.highest != self.cap:
            raise ValueError(f"{self.code}: the curve reaches {self.curve.highest}, the cap is {self.cap}")
        if self.curve.steepest * _VISIBLE_STEP[self.measure.kind] >= 1:
            raise ValueError(f"{self.code}: the curve has a cliff")
        if self.beside is not None and self.beside not in FACTS:
            raise ValueError(f"no such number among the facts: {self.beside}")


@dataclass(frozen=True)
class CriterionResult:
    """A criterion and the facts it met. `points` None = not assessable; then it is not among the assessable points.

    `value` is a number, a percentage or a mean, as `criterion.measure.kind` says; `n` the cases it rests on (None
    for a plain count). `value` and `points` are not rounded for display (`intervals.half_up` does that).
    """

    criterion: Criterion
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    n: int | None
    interval: Interval | None
    points: Decimal | None
    cap: Decimal
    fact_text: Words
    note: Words | None
    beside: Words | None = None


@dataclass(frozen=True)
class Adjustment:
    """A bonus (`each` above 0) or a deduction (below 0): so many points for each unit of the measure (for a rate:
    each percentage point), at most `cap` points altogether.

    Raises `ValueError` for a nought, for a cap that is not positive, and for a rate or mean that makes a cliff. A
    counted event (a case turned criminal) may weigh whole points.
    """

    code: str
    words: Words
    sentence: Words
    measure: Measure
    each: Decimal
    cap: Decimal

    def __post_init__(self) -> None:
        if self.each == 0 or self.cap <= 0:
            raise ValueError(f"{self.code}: an adjustment weighs something")
        if self.measure.kind is not Kind.COUNT and abs(Fraction(self.each)) * _VISIBLE_STEP[self.measure.kind] >= 1:
            raise ValueError(f"{self.code}: the adjustment is a cliff")

    @property
    def tariff(self) -> Words:
        """How much it gives or takes: "每件 −10 分，至多 30 分"."""
        unit = FACTS[self.measure.numerator].unit
        zh, en = {
            Kind.COUNT: (f"每{unit.zh}", f"per {unit.one}"),
            Kind.RATE: ("每个百分点", "per percentage point"),
            Kind.MEAN: ("每分", "per mark"),
        }[self.measure.kind]
        each = _signed(self.each)
        return Words(f"{zh} {each} 分，至多 {self.cap:f} 分", f"{each} {en}, at most {self.cap:f}")

    def points(self, value: Fraction) -> Fraction:
        """What `value` units come to."""
        most = Fraction(self.cap)
        return max(-most, min(most, Fraction(self.each) * value))


@dataclass(frozen=True)
class AdjustmentResult:
    """An adjustment and the fact it met. `points` None = not assessable: a bonus is not given, and where a deduction
    cannot be assessed there is no score."""

    adjustment: Adjustment
    value: Decimal | None
    points: Decimal | None
    fact_text: Words
    note: Words | None


_SUCCESS = Measure("agreed_net", "tried", Kind.RATE)


@dataclass(frozen=True)
class Band:
    """A title from a score upwards (outstanding from 90)."""

    code: str
    words: Words
    at_least: Decimal


@dataclass(frozen=True)
class Scheme:
    """A version of the rules of an award: data, kept for ever once used.

    `span`: the days its facts cover. `headline`: the rate whose n and interval go with the whole assessment.
    `rank_from`: no rank under so many cases ("样本不足"); `confident_from`: under it, marked as uncertain.
    `rank_points`: nor is anyone ranked of whom fewer points than this could be assessed.
    `base`: 100 for a scheme that starts from a hundred and only adjusts; else 0. `adjustments`: bonus and deductions.
    `series_share`: a declared series is one unit, agreed when at least this share of it agreed.
    Raises `ValueError` when codes repeat, criteria do not weigh 100 together, or there is no rule at all. A scheme
    with neither criteria nor base is a pure set of gates.
    """

    code: str
    version: int
    words: Words
    sentence: Words
    source: Words
    from_year: int
    gates: tuple[Gate, ...]
    criteria: tuple[Criterion, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    bands: tuple[Band, ...] = ()
    base: Decimal = Decimal(0)
    span: Span = Span.YEAR
    headline: Measure = _SUCCESS
    rank_from: int = 20
    confident_from: int = 25
    rank_points: Decimal = Decimal(60)
    series_share: Decimal = Decimal("0.5")

    def __post_init__(self) -> None:
        if not self.gates and not self.gives_points:
            raise ValueError(f"{self.code}: no rule at all")
        if self.version < 1:
            raise ValueError(f"{self.code}: versions count from 1")
        weight = sum((criterion.cap for criterion in self.criteria), Decimal(0))
        if self.base not in (0, 100) or (self.gives_points and self.base + weight != 100):
            raise ValueError(f"{self.code}: base and criteria weigh {self.base + weight}, not 100")
        for codes in ([gate.code for gate in self.gates],
                      [c.code for c in self.criteria] + [a.code for a in self.adjustments],
                      [band.code for band in self.bands]):
            if len(set(codes)) < len(codes):
                raise ValueError(f"{self.code}: a code is used twice")
        if any(upper.at_least <= lower.at_least for upper, lower in pairwise(self.bands)):
            raise ValueError(f"{self.code}: bands go from the highest down")
        if (self.bands or self.adjustments) and not self.gives_points:
            raise ValueError(f"{self.code}: bands and adjustments need points")
        if self.base and not self.adjustments:
            raise ValueError(f"{self.code}: a base alone gives everyone the best score")
        if self.headline.kind is not Kind.RATE:
            raise ValueError(f"{self.code}: the headline is a rate")
        if not 0 < self.rank_from <= self.confident_from:
            raise ValueError(f"{self.code}: sample bounds out of order")
        if not 0 < self.series_share <= 1:
            raise ValueError(f"{self.code}: a share of a series lies above 0 and at most at 1")

    @property
    def gives_points(self) -> bool:
        """Whether it scores, rather than only asks its gates."""
        return bool(self.criteria) or self.base != 0


NOT_ASSESSABLE = Words("无法评估", "Not assessable")
TOO_FEW = Words("样本不足", "Too few cases")
LOW_CONFIDENCE = Words("样本较少，结果不确定", "Few cases: uncertain")


@dataclass(frozen=True)
class Assessment:
    """One mediator under one scheme, explained.

    `points` of `assessable_points` (None for a scheme without criteria); `adjusted`: bonus less deductions (None
    where the scheme has none). `score` = points ÷ assessable × 100, or the base, + adjusted, never below 0; None when
    nothing could be assessed, or a deduction could not: what is unknown is never the best score.
    `gates_passed`: False when one fails, else None when one is not assessable.
    `n` and `interval` belong to the headline rate. `sample_note`: too few, few, or None. `may_rank`: passed every
    gate, on enough cases, with enough points assessable.
    """

    scheme: Scheme
    gates: tuple[GateResult, ...]
    criteria: tuple[CriterionResult, ...]
    adjustments: tuple[AdjustmentResult, ...]
    gates_passed: bool | None
    points: Decimal | None
    assessable_points: Decimal | None
    adjusted: Decimal | None
    score: Decimal | None
    band: Band | None
    n: int | None
    interval: Interval | None
    sample_note: Words | None
    may_rank: bool

    @property
    def total(self) -> Words:
        """The total as shown: "82.4 of 90 assessable points, 91.6 of 100"; rounded half-up here and nowhere before."""
        if self.score is None:
            return NOT_ASSESSABLE
        zh, en = [], []
        if self.points is None or self.assessable_points is None:
            zh.append(f"基础分 {self.scheme.base:f} 分")
            en.append(f"base {self.scheme.base:f}")
        else:
            points, of = intervals.half_up(self.points), f"{self.assessable_points:f}"
            zh.append(f"可评估 {of} 分中得 {points} 分")
            en.append(f"{points} of {of} assessable points")
        if self.adjusted is not None:
            adjusted = _signed(intervals.half_up(self.adjusted))
            zh.append(f"加减分 {adjusted} 分")
            en.append(f"adjusted by {adjusted}")
        score = intervals.half_up(self.score)
        return Words("，".join([*zh, f"折合百分制 {score} 分"]), ", ".join([*en, f"{score} of 100"]))


def assess(scheme: Scheme, facts: MediatorFacts) -> Assessment:
    """Put one mediator's facts through a scheme.

    Raises `FactError` when the facts cover other days than the scheme asks for, or a year before the scheme began.
    """
    if facts.span is not scheme.span:
        raise FactError(N_("The scheme asks for facts of “%(wanted)s”, these are of “%(given)s”."),
                        wanted=scheme.span, given=facts.span)
    if facts.year < scheme.from_year:
        raise FactError(N_("The scheme holds from %(from_year)s, the facts are of %(year)s."),
                        from_year=scheme.from_year, year=facts.year)
    gates = tuple(gate.result(facts) for gate in scheme.gates)
    gates_passed = _all_passed(result.passed for result in gates)
    judged = [_judge(scheme, criterion, facts) for criterion in scheme.criteria]
    earned = [points for _, points in judged if points is not None]
    total = sum(earned, Fraction(0))
    assessable = sum((Fraction(result.cap) for result, points in judged if points is not None), Fraction(0))
    weighed = [_weigh(adjustment, facts) for adjustment in scheme.adjustments]
    adjusted = sum((points for _, points in weighed if points is not None), Fraction(0))
    start = Fraction(scheme.base) if scheme.base else total / assessable * 100 if assessable else None
    score = _score(start, weighed)
    headline = scheme.headline.reading(facts)
    n = headline.n
    return Assessment(
        scheme=scheme,
        gates=gates,
        criteria=tuple(result for result, _ in judged),
        adjustments=tuple(result for result, _ in weighed),
        gates_passed=gates_passed,
        points=plain(total) if earned else None,
        assessable_points=plain(assessable) if scheme.criteria else None,
        adjusted=plain(adjusted) if scheme.adjustments else None,
        score=_plain_or_none(score),
        band=None if score is None else next((b for b in scheme.bands if score >= Fraction(b.at_least)), None),
        n=n,
        interval=headline.interval,
        sample_note=NOT_ASSESSABLE if headline.value is None else _sample_note(scheme, n),
        may_rank=(gates_passed is True and headline.value is not None and n is not None and n >= scheme.rank_from
                  and score is not None and Fraction(scheme.base) + assessable >= Fraction(scheme.rank_points)),
    )


def _judge(scheme: Scheme, criterion: Criterion, facts: MediatorFacts) -> tuple[CriterionResult, Fraction | None]:
    """One criterion, with its exact points beside the result that shows them."""
    reading = criterion.measure.reading(facts)
    enough = reading.n is None or reading.n >= criterion.minimum_n
    points = criterion.curve.at(reading.value) if reading.value is not None and enough else None
    if reading.value is None:
        note: Words | None = NOT_ASSESSABLE
    elif not enough:
        note = TOO_FEW
    else:
        note = _sample_note(scheme, reading.n)
    result = CriterionResult(
        criterion=criterion,
        numerator=_plain_or_none(reading.numerator),
        denominator=_plain_or_none(reading.denominator),
        value=_plain_or_none(reading.value),
        n=reading.n,
        interval=reading.interval,
        points=_plain_or_none(points),
        cap=criterion.cap,
        fact_text=reading.words,
        note=note,
        beside=_beside(criterion.beside, facts),
    )
    return result, points


def _weigh(adjustment: Adjustment, facts: MediatorFacts) -> tuple[AdjustmentResult, Fraction | None]:
    """One adjustment, with its exact points beside the result that shows them."""
    reading = adjustment.measure.reading(facts)
    points = None if reading.value is None else adjustment.points(reading.value)
    note = NOT_ASSESSABLE if points is None else None
    return AdjustmentResult(adjustment, _plain_or_none(reading.value), _plain_or_none(points), reading.words,
                            note), points


def _score(start: Fraction | None, weighed: list[tuple[AdjustmentResult, Fraction | None]]) -> Fraction | None:
    """Start, bonus and deductions together; None when a deduction cannot be assessed."""
    if start is None or any(points is None and result.adjustment.each < 0 for result, points in weighed):
        return None
    return max(Fraction(0), start + sum((points for _, points in weighed if points is not None), Fraction(0)))


def _signed(number: Decimal) -> str:
    return f"{number:+f}".replace("-", "−")  # a true minus sign, as wide as the plus


def _beside(name: str | None, facts: MediatorFacts) -> Words | None:
    if name is None:
        return None
    title, reading = FACTS[name].words, Measure(name).reading(facts).words
    return Words(f"{title.zh}：{reading.zh}", f"{title.en}: {reading.en}")


def _sample_note(scheme: Scheme, n: int | None) -> Words | None:
    if n is None:
        return None
    if n < scheme.rank_from:
        return TOO_FEW
    return LOW_CONFIDENCE if n < scheme.confident_from else None


def _all_passed(results: Iterable[bool | None]) -> bool | None:
    seen = set(results)
    return False if False in seen else None if None in seen else True


def _plain_or_none(value: Fraction | None) -> Decimal | None:
    return None if value is None else plain(value)
