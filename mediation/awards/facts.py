"""What an award scheme may ask about one mediator, and how a figure is read off it.

Holds `MediatorFacts` with the titles of its facts, and `Measure`: a count, a rate or a mean over them. PURE: must not
count a case (queries do), judge a figure (`rules` does), nor read a database, the clock or a file.

Every figure is exact (fractions of counts) until it is shown. Source: domain, section 8.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mediation.errors import FactError, N_
from mediation.statistics import intervals
from mediation.statistics.intervals import Interval
from mediation.terms import MediatorLevel
from mediation.words import Term, Words

UNKNOWN = Words("未知", "Unknown")
YES, NO = Words("是", "Yes"), Words("否", "No")


class Span(Term):
    """Which days the facts of a mediator cover."""

    YEAR = "year", "当年", "The year"
    SERVICE = "service", "从业以来累计", "The whole service up to the year's end"


@dataclass(frozen=True)
class Unit:
    """What a number counts: "件" / "case" / "cases"."""

    zh: str
    one: str
    many: str

    def of(self, number: Decimal) -> Words:
        """The number with its unit."""
        text = f"{number:f}"
        return Words(f"{text} {self.zh}", f"{text} {self.one if number == 1 else self.many}")


_CASES = Unit("件", "case", "cases")
_YEARS = Unit("年", "year", "years")
_HOURS = Unit("学时", "hour", "hours")
_ANSWERS = Unit("份", "answer", "answers")
_SCORES = Unit("分", "point", "points")
_AGREEMENTS = Unit("份", "agreement", "agreements")
_VISITS = Unit("次", "visit", "visits")


@dataclass(frozen=True)
class MediatorFacts:
    """What a scheme may ask about one mediator: the year's (or the service's) counts. None = unknown, never 0.

    "Ended" and every part of it count whole proceedings that `credit` gives to the mediator: lead on the day it
    ended; without transfers and never-started ones. Raises `FactError` when a part exceeds its whole, when parts
    that are all known do not add up, or for a negative count.
    """

    year: int
    """The award year; a service span runs up to its last day."""
    span: Span = Span.YEAR
    """The days the counts below cover; a scheme refuses facts of another span."""

    # From the register, as of the last day of the year.
    on_register: bool | None = None
    """Holds a registration with some organisation on the last day of the year."""
    registered_since: dt.date | None = None
    """First day of the unbroken registration."""
    level: MediatorLevel | None = None
    """Grade of the registration."""
    serious_fault: bool | None = None
    """A serious fault (favouritism, breach of confidence, unlawful conduct) is on record in the span."""
    training_done: bool | None = None
    """Took and finished the training prescribed."""
    training_hours: Decimal | None = None
    """Hours of training taken."""

    # Ended proceedings, by class and outcome (case).
    ended: int | None = None
    """Proceedings ended = agreed + failure + neutral."""
    agreed: int | None = None
    """Ended with an agreement, whole or part, in force at the span's end."""
    agreed_written: int | None = None
    """Of which written (court statements and performance at once are forms of written)."""
    agreed_oral: int | None = None
    """Of which oral."""
    agreed_part: int | None = None
    """Of which agreed in part."""
    failure: int | None = None
    """Ended without agreement after an attempt; agreements voided within the span are here."""
    neutral: int | None = None
    """Ended neither way: withdrawn, settled and withdrawn, sham found, other (neutral)."""
    never_started: int | None = None
    """Ended before mediation started; outside `ended`, shown beside."""
    deducted: int | None = None
    """Agreements credited in an earlier year and voided in this one: taken off `agreed` (see `credit`)."""

    # Time limits, agreements, follow-up, difficulty, files.
    with_limit: int | None = None
    """Of the ended: those that had a time limit."""
    on_time: int | None = None
    """Of those: agreed, else ended, on or before the due day."""
    extended: int | None = None
    """Of the ones on time: thanks to an extension."""
    agreements_due: int | None = None
    """Agreements whose last instalment fell due in the span, or that went to enforcement or suit."""
    performed: int | None = None
    """Of those: fully paid without either."""
    follow_ups: int | None = None
    """Follow-up visits recorded."""
    satisfied_sum: int | None = None
    """Sum of the satisfaction marks (1–5) given at follow-up."""
    satisfied_n: int | None = None
    """How many gave a mark."""
    difficult: int | None = None
    """Of the ended: graded difficult (the grade as it stood before the end)."""
    filed_due: int | None = None
    """Case files that were due by the span's end."""
    filed_complete: int | None = None
    """Of those: the checklist is complete."""
    turned_criminal: int | None = None
    """Cases that turned criminal because mediation went wrong."""
    typical_cases: int | None = None
    """Cases published as typical."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | Decimal) and value < 0:
                raise FactError(N_("A count is negative: %(fact)s."), fact=field.name)
        for part, whole in (
            ("agreed", "ended"), ("agreed_written", "agreed"), ("agreed_oral", "agreed"), ("agreed_part", "agreed"),
            ("failure", "ended"), ("neutral", "ended"), ("with_limit", "ended"), ("on_time", "with_limit"),
            ("extended", "on_time"), ("performed", "agreements_due"), ("difficult", "ended"),
            ("filed_complete", "filed_due"),
        ):
            self._never_more(part, getattr(self, part), whole, getattr(self, whole))
        self._adds_up("ended", self.ended, (self.agreed, self.failure, self.neutral))
        self._adds_up("agreed", self.agreed, (self.agreed_written, self.agreed_oral, self.agreed_part))
        if self.satisfied_sum is not None and self.satisfied_n is not None:
            self._never_more("satisfied_n", self.satisfied_n, "satisfied_sum", self.satisfied_sum)
            self._never_more("satisfied_sum", self.satisfied_sum, "5 × satisfied_n", 5 * self.satisfied_n)

    # Derived facts: a scheme names them like the others.

    @property
    def years_on_register(self) -> int | None:
        """Whole years from `registered_since` to the last day of the year, both days included."""
        if self.registered_since is None:
            return None
        since = self.registered_since
        return max(0, self.year + 1 - since.year - ((since.month, since.day) > (1, 1)))

    @property
    def tried(self) -> int | None:
        """Agreed + failure: the denominator of 成立率 (SUCC_TRIED)."""
        return None if self.agreed is None or self.failure is None else self.agreed + self.failure

    @property
    def agreed_net(self) -> int | None:
        """Agreed less the credit deducted for agreements voided later, never below 0."""
        return None if self.agreed is None or self.deducted is None else max(0, self.agreed - self.deducted)

    @property
    def late(self) -> int | None:
        """Of those with a limit: not on time."""
        return _less(self.with_limit, self.on_time)

    @property
    def unperformed(self) -> int | None:
        """Of the agreements due: not fully paid of their own accord."""
        return _less(self.agreements_due, self.performed)

    @property
    def filed_lacking(self) -> int | None:
        """Of the files due: the checklist is not complete."""
        return _less(self.filed_due, self.filed_complete)

    def number(self, name: str) -> Fraction | None:
        """The fact `name` (a key of `FACTS`) as a number; None when unknown. A yes/no fact has no number."""
        value = getattr(self, name)
        if value is None or isinstance(value, bool):
            return None
        return Fraction(value)

    def flag(self, name: str) -> bool | None:
        """The yes/no fact `name` (a key of `FLAGS`); None when unknown."""
        value = getattr(self, name)
        return value if isinstance(value, bool) else None

    @staticmethod
    def _never_more(part: str, few: int | None, whole: str, many: int | None) -> None:
        if few is not None and many is not None and few > many:
            raise FactError(N_("A part exceeds its whole: %(part)s is %(few)s of %(many)s %(whole)s."),
                            part=part, few=few, many=many, whole=whole)

    @staticmethod
    def _adds_up(whole: str, total: int | None, parts: tuple[int | None, ...]) -> None:
        known = [part for part in parts if part is not None]
        if total is not None and len(known) == len(parts) and sum(known) != total:
            raise FactError(N_("The parts of %(whole)s add up to %(sum)s, not to %(total)s."),
                            whole=whole, sum=sum(known), total=total)


def _less(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole - part


def as_data(facts: MediatorFacts) -> dict[str, str | int | None]:
    """The facts as plain JSON data, for the snapshot of a locked award; `read` is its inverse."""
    data: dict[str, str | int | None] = {}
    for field in fields(facts):
        value = getattr(facts, field.name)
        data[field.name] = value if value is None or isinstance(value, int) else str(value)
    return data


def read(data: Mapping[str, object]) -> MediatorFacts:
    """Read back what `as_data` gave. Raises `FactError` for a fact that there is not, or one of the wrong kind."""
    known: dict[str, Any] = {}
    for name, value in data.items():
        reader = _READERS.get(name)
        try:
            if reader is None:
                raise ValueError(name)
            known[name] = None if value is None and name not in _ALWAYS else reader(value)
        except (ValueError, decimal.InvalidOperation):
            raise FactError(N_("This is not a fact about a mediator: %(fact)s."), fact=name) from None
    if "year" not in known:
        raise FactError(N_("This is not a fact about a mediator: %(fact)s."), fact="year")
    return MediatorFacts(**known)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(value)
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


_ALWAYS = frozenset({"year", "span"})
_READERS: dict[str, Callable[[object], object]] = {
    field.name: _yes_or_no if str(field.type).startswith("bool") else _count for field in fields(MediatorFacts)
} | {
    "span": lambda value: Span(str(value)),
    "level": lambda value: MediatorLevel(str(value)),
    "registered_since": lambda value: dt.date.fromisoformat(str(value)),
    "training_hours": lambda value: Decimal(str(value)),
}


@dataclass(frozen=True)
class FactTitle:
    """How a number among the facts is called and what it counts."""

    words: Words
    unit: Unit


FACTS: dict[str, FactTitle] = {
    "years_on_register": FactTitle(Words("备案年限", "Years on the register"), _YEARS),
    "training_hours": FactTitle(Words("培训学时", "Training hours"), _HOURS),
    "ended": FactTitle(Words("办结", "Ended"), _CASES),
    "agreed": FactTitle(Words("达成协议", "Agreed"), _CASES),
    "agreed_net": FactTitle(Words("达成协议（扣减后）", "Agreed (less deductions)"), _CASES),
    "agreed_written": FactTitle(Words("达成书面协议", "Agreed in writing"), _CASES),
    "agreed_oral": FactTitle(Words("达成口头协议", "Agreed orally"), _CASES),
    "agreed_part": FactTitle(Words("部分达成协议", "Agreed in part"), _CASES),
    "failure": FactTitle(Words("调解不成", "Failed"), _CASES),
    "neutral": FactTitle(Words("其他终结", "Neutral"), _CASES),
    "never_started": FactTitle(Words("未开始调解", "Never started"), _CASES),
    "tried": FactTitle(Words("达成协议与调解不成合计", "Agreed or failed"), _CASES),
    "deducted": FactTitle(Words("协议无效扣减", "Deducted for void agreements"), _CASES),
    "with_limit": FactTitle(Words("有期限的办结", "Ended with a time limit"), _CASES),
    "on_time": FactTitle(Words("按期办结", "Ended on time"), _CASES),
    "late": FactTitle(Words("逾期办结", "Ended late"), _CASES),
    "extended": FactTitle(Words("其中经延期", "Of which thanks to an extension"), _CASES),
    "agreements_due": FactTitle(Words("到期协议", "Agreements fallen due"), _AGREEMENTS),
    "performed": FactTitle(Words("自动履行", "Performed of own accord"), _AGREEMENTS),
    "unperformed": FactTitle(Words("未自动履行", "Not performed of own accord"), _AGREEMENTS),
    "follow_ups": FactTitle(Words("回访", "Follow-ups"), _VISITS),
    "satisfied_sum": FactTitle(Words("满意度总分", "Sum of satisfaction marks"), _SCORES),
    "satisfied_n": FactTitle(Words("满意度评价", "Satisfaction answers"), _ANSWERS),
    "difficult": FactTitle(Words("疑难复杂案件", "Difficult cases"), _CASES),
    "filed_due": FactTitle(Words("应归档案卷", "Files due"), _CASES),
    "filed_complete": FactTitle(Words("完整归档案卷", "Files complete"), _CASES),
    "filed_lacking": FactTitle(Words("材料不全案卷", "Files lacking papers"), _CASES),
    "turned_criminal": FactTitle(Words("转化为刑事案件", "Turned criminal"), _CASES),
    "typical_cases": FactTitle(Words("典型案例", "Typical cases"), _CASES),
}
"""The numbers a gate or criterion may name."""

FLAGS: dict[str, Words] = {
    "on_register": Words("在册", "On the register"),
    "serious_fault": Words("严重过错", "Serious fault"),
    "training_done": Words("完成规定培训", "Training done"),
}
"""The yes/no facts a gate may name."""


class Kind(enum.StrEnum):
    """What a measure is: a plain number, a share in percent, a mean."""

    COUNT = "count"
    RATE = "rate"
    MEAN = "mean"


@dataclass(frozen=True)
class Measure:
    """A number out of the facts: `numerator` alone, or `numerator ÷ denominator` (in percent, or as a mean).

    Raises `ValueError` for a name that is not in `FACTS` and for a denominator that does not fit the kind.
    """

    numerator: str
    denominator: str | None = None
    kind: Kind = Kind.COUNT

    def __post_init__(self) -> None:
        for name in (self.numerator, self.denominator):
            if name is not None and name not in FACTS:
                raise ValueError(f"no such number among the facts: {name}")
        if (self.kind is Kind.COUNT) != (self.denominator is None):
            raise ValueError(f"a {self.kind.value} of {self.numerator} over {self.denominator}")

    @property
    def words(self) -> Words:
        """The formula in words: "按期办结 ÷ 有期限的办结"."""
        top = FACTS[self.numerator].words
        if self.denominator is None:
            return top
        bottom = FACTS[self.denominator].words
        return Words(f"{top.zh} ÷ {bottom.zh}", f"{top.en} ÷ {bottom.en}")

    def reading(self, facts: MediatorFacts) -> Reading:
        """What the measure says about these facts."""
        top = facts.number(self.numerator)
        if self.denominator is None:
            return Reading(self, top, None, top)
        bottom = facts.number(self.denominator)
        if top is None or not bottom:
            return Reading(self, top, bottom, None)
        factor = 100 if self.kind is Kind.RATE else 1
        return Reading(self, top, bottom, factor * top / bottom)


@dataclass(frozen=True)
class Reading:
    """A measure read off the facts, exact. `value` is None when a fact is unknown or the denominator is 0."""

    measure: Measure
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None

    @property
    def n(self) -> int | None:
        """How many cases the value rests on: the denominator; None for a plain count or when unknown."""
        return None if self.denominator is None else int(self.denominator)

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval of a share; None for everything else and when nothing was counted."""
        if self.measure.kind is not Kind.RATE or self.numerator is None or self.denominator is None:
            return None
        if self.numerator > self.denominator or self.numerator.denominator != 1:
            return None  # a ratio of two things, not a share of one
        return intervals.wilson(int(self.numerator), int(self.denominator))

    @property
    def words(self) -> Words:
        """The fact as shown: "52 件", "45 ÷ 52 = 86.5 %", "unknown"."""
        if self.numerator is None or (self.measure.denominator is not None and self.denominator is None):
            return UNKNOWN
        if self.denominator is None:
            return FACTS[self.measure.numerator].unit.of(plain(self.numerator))
        counts = f"{plain(self.numerator):f} ÷ {plain(self.denominator):f}"
        if self.value is None:
            text = f"{counts} = {intervals.NOTHING}"
        elif self.measure.kind is Kind.RATE:
            text = f"{counts} = {intervals.half_up(self.value)} %"
        else:
            text = f"{counts} = {intervals.half_up(self.value, 2)}"
        return Words(text, text)


_EXACT = decimal.Context(prec=28, rounding=decimal.ROUND_HALF_EVEN)


def plain(value: Fraction) -> Decimal:
    """A fraction as a decimal of 28 digits, whatever the caller's decimal context; exact where it terminates."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
