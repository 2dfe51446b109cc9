"""Every measure once: its code, its names, its sentence and the sets it is made of. PURE.

A measure counts *rows* – disputes, proceedings, registrations – by what is true of each in a period. The yes/no facts
of a row are its `Atom`s; a set is a boolean expression over atoms, so numerator and denominator are sets of rows and
every figure opens onto exactly the rows it counts. The words printed under a figure and the query that counts it come
from the same entry here. Must not hold SQL, a period's days or a permission; `queries` is the one interpreter for the
database, `tally` the one for rows already in hand. Source: the law book, section 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from mediation.statistics import intervals
from mediation.words import Term, Words


class Level(Term):
    """What one row of a table is. Figures of two levels are never mixed in one table."""

    DISPUTE = "dispute", "纠纷", "Disputes"
    PROCEEDING = "proceeding", "调解环节", "Proceedings"
    INTAKE = "intake", "登记", "Registrations"
    TENURE = "tenure", "主调解员任期", "Leads of proceedings"


class Basis(Term):
    """Which disputes or proceedings a rate is about."""

    FLOW = "flow", "在办口径", "By what there was to do in the period"
    END_DATE = "end_date", "办结口径", "By the day of ending"
    COHORT = "cohort", "受理批次口径", "By the day of acceptance"


class Atom(Term):
    """A yes/no fact of one row for a period (and, where it says so, for the as-of date)."""

    OPEN_AT_START = "open_at_start", "期初在办", "Open at start"
    ACCEPTED = "accepted", "期内受理", "Accepted"
    REOPENED = "reopened", "期内重新调解", "Reopened"
    ENDED = "ended", "期内办结", "Ended"
    OPEN_AT_END = "open_at_end", "期末在办", "Open at end"
    SUSPENDED_AT_END = "suspended_at_end", "期末中止", "Suspended at end"
    AGREED = "agreed", "达成协议（含部分达成）", "Agreed (whole or part)"
    PART = "part", "部分达成", "Agreed in part"
    FAILED = "failed", "调解不成", "Failed"
    NEUTRAL = "neutral", "其他终结", "Neutral"
    NEVER_STARTED = "never_started", "未开始调解", "Never started"
    OPEN_AS_OF = "open_as_of", "截止日在办", "Open on the as-of date"
    AGREED_AS_OF = "agreed_as_of", "截止日前达成", "Agreed by the as-of date"
    PART_AS_OF = "part_as_of", "截止日前部分达成", "Agreed in part by the as-of date"
    # of proceedings
    ENDED_OTHERWISE = "ended_otherwise", "期内办结（移交除外）", "Ended otherwise than by transfer"
    TRANSFERRED_OUT = "transferred_out", "期内移交终结", "Transferred out"
    HAS_LIMIT = "has_limit", "有期限", "Has a time limit"
    ON_TIME = "on_time", "按期", "Within the limit"
    EXTENDED_IN_TIME = "extended_in_time", "因延长而按期", "Within the limit thanks to its extension"
    # of registrations
    REGISTERED_AT_START = "registered_at_start", "期初待受理", "Registered at start"
    RECEIVED = "received", "期内收到", "Received"
    REFUSED = "refused", "不予受理", "Refused"
    WITHDRAWN_EARLY = "withdrawn_early", "受理前撤回", "Withdrawn before acceptance"
    PASSED_ON = "passed_on", "受理前移交", "Passed on before acceptance"
    REGISTERED_AT_END = "registered_at_end", "期末待受理", "Registered at end"
    # of a lead's run of days
    TAKEN_OVER = "taken_over", "接手", "Taken over"
    HANDED_ON = "handed_on", "交出", "Handed on"


# Sets ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class All:
    """Rows in every one of `parts`."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    """Rows in at least one of `parts`."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    """Rows not in `part`."""

    part: Expression


Expression = Atom | All | Either | Not


def all_of(*parts: Expression) -> All:
    """The rows of which every part is true."""
    return All(parts)


def any_of(*parts: Expression) -> Either:
    """The rows of which at least one part is true."""
    return Either(parts)


def not_(part: Expression) -> Not:
    """The rows of which the part is false."""
    return Not(part)


def atoms_of(expression: Expression) -> frozenset[Atom]:
    """Every atom an expression looks at."""
    match expression:
        case Atom():
            return frozenset({expression})
        case Not(part):
            return atoms_of(part)
        case All(parts) | Either(parts):
            return frozenset().union(*(atoms_of(part) for part in parts))


def holds(expression: Expression, row: frozenset[Atom]) -> bool:
    """Whether `expression` is true of the row of which exactly the atoms in `row` are true."""
    match expression:
        case Atom():
            return expression in row
        case Not(part):
            return not holds(part, row)
        case All(parts):
            return all(holds(part, row) for part in parts)
        case Either(parts):
            return any(holds(part, row) for part in parts)


def tally(expression: Expression, rows: Mapping[frozenset[Atom], int]) -> int:
    """How many rows are in the set; `rows` says how many there are of each combination of atoms."""
    return sum(n for row, n in rows.items() if holds(expression, row))


# Measures ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Count:
    """How many rows are in the set `of`. `code` is unique within its level and is the name in exports."""

    code: str
    level: Level
    words: Words
    sentence: Words
    of: Expression


@dataclass(frozen=True)
class Rate:
    """The rows of `numerator` among those of `denominator`, in percent.

    `beside`: counts always shown with it ("of which in part n"). `ended_only`: looks at nothing but what ended in the
    period, so it may be broken down by the concluding proceeding.
    """

    code: str
    level: Level
    words: Words
    sentence: Words
    basis: Basis
    numerator: Expression
    denominator: Expression
    beside: tuple[Count, ...] = ()

    @property
    def ended_only(self) -> bool:
        """Whether every row it looks at ended in the period."""
        return self.basis is Basis.END_DATE

    def of(self, rows: Mapping[frozenset[Atom], int]) -> Figure:
        """The rate of rows already in hand."""
        return Figure(self, tally(self.numerator, rows), tally(self.denominator, rows))


@dataclass(frozen=True)
class Duration:
    """Days of each row of the set `of`: median, quartiles and mean."""

    code: str
    level: Level
    words: Words
    sentence: Words
    of: Expression


@dataclass(frozen=True)
class Figure:
    """A rate's two counts, and its value reckoned from them."""

    measure: Rate
    numerator: int
    denominator: int
    beside: tuple[tuple[Count, int], ...] = ()

    @property
    def value(self) -> Decimal | None:
        """In percent, half-up to one decimal; None when nothing was counted."""
        return intervals.percent(self.numerator, self.denominator)

    @property
    def text(self) -> str:
        """As printed: "69.4 %" or "—"."""
        return intervals.percent_text(self.numerator, self.denominator)


def _count(level: Level, of: Atom, zh: str, en: str) -> Count:
    return Count(of.value, level, of.words, Words(zh, en), of)


# Flows ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flow:
    """A flow table: what came in (`left`) equals what went out and what stayed (`right`)."""

    key: str
    level: Level
    words: Words
    left: tuple[Count, ...]
    right: tuple[Count, ...]
    beside: tuple[Count, ...] = ()

    @property
    def terms(self) -> tuple[Count, ...]:
        """Both sides in the order printed."""
        return self.left + self.right

    def balance(self, counts: Mapping[str, int]) -> Balance:
        """Both sums of `counts` (by the terms' codes; one that is missing is 0)."""
        return Balance(
            sum(counts.get(term.code, 0) for term in self.left), sum(counts.get(term.code, 0) for term in self.right)
        )

    @property
    def identity(self) -> Words:
        """The identity in words: "open at start + accepted = ended + open at end"."""

        def side(terms: tuple[Count, ...], language: str) -> str:
            return " + ".join(term.words.in_(language) for term in terms)

        zh, en = ((side(self.left, lang), side(self.right, lang)) for lang in ("zh_Hans", "en"))
        return Words(f"{zh[0]} = {zh[1]}", f"{en[0]} = {en[1]}")


@dataclass(frozen=True)
class Balance:
    """The two sums of a flow table."""

    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether they are equal."""
        return self.left == self.right

    @property
    def difference(self) -> int:
        """Left minus right; 0 when the identity holds."""
        return self.left - self.right


_D, _P, _I, _T = Level.DISPUTE, Level.PROCEEDING, Level.INTAKE, Level.TENURE

D_OPEN_AT_START = _count(
    _D, Atom.OPEN_AT_START, "期初前一日终了时在办的纠纷。", "Disputes open at the end of the day before the period."
)
D_ACCEPTED = _count(
    _D, Atom.ACCEPTED, "在任一环节首次受理之日在期内的纠纷。",
    "Disputes first accepted, in whichever proceeding, in the period.",
)
D_REOPENED = _count(
    _D, Atom.REOPENED, "期前已受理、期初不在办、期内又曾在办的纠纷。",
    "Disputes accepted earlier, not open at the start, open some time in the period.",
)
D_ENDED = _count(
    _D, Atom.ENDED, "期内曾在办（含当日受理当日办结）、期末不在办的纠纷；每件只计一次。",
    "Disputes open some time in the period (same-day ones included) and not open at its end; each counts once.",
)
D_OPEN_AT_END = _count(
    _D, Atom.OPEN_AT_END, "期末日终了时在办的纠纷，含中止和移交待接收的。",
    "Disputes open at the end of the period's last day, suspended and offered ones included.",
)
D_SUSPENDED = _count(
    _D, Atom.SUSPENDED_AT_END, "期末在办的纠纷中处于中止的。", "Of the disputes open at the end, those suspended."
)

DISPUTE_FLOW = Flow(
    "dispute_flow", _D, Words("纠纷流量", "Flow of disputes"),
    (D_OPEN_AT_START, D_ACCEPTED, D_REOPENED), (D_ENDED, D_OPEN_AT_END), (D_SUSPENDED,),
)

P_OPEN_AT_START = _count(
    _P, Atom.OPEN_AT_START, "期初前一日终了时已受理未终结的调解环节。",
    "Proceedings accepted and not ended at the end of the day before the period.",
)
P_ACCEPTED = _count(_P, Atom.ACCEPTED, "期内受理的调解环节。", "Proceedings accepted in the period.")
P_ENDED_OTHERWISE = _count(
    _P, Atom.ENDED_OTHERWISE, "期内终结且结果不是移交的调解环节。",
    "Proceedings ended in the period with an outcome other than transfer.",
)
P_TRANSFERRED_OUT = _count(
    _P, Atom.TRANSFERRED_OUT, "期内以移交终结的调解环节。", "Proceedings ended in the period by transfer."
)
P_OPEN_AT_END = _count(
    _P, Atom.OPEN_AT_END, "期末日终了时已受理未终结的调解环节，含中止的。",
    "Proceedings accepted and not ended at the end of the period's last day, suspended ones included.",
)
P_SUSPENDED = _count(
    _P, Atom.SUSPENDED_AT_END, "期末在办的调解环节中处于中止的。",
    "Of the proceedings open at the end, those suspended."
)

PROCEEDING_FLOW = Flow(
    "proceeding_flow", _P, Words("调解环节流量", "Flow of proceedings"),
    (P_OPEN_AT_START, P_ACCEPTED), (P_ENDED_OTHERWISE, P_TRANSFERRED_OUT, P_OPEN_AT_END), (P_SUSPENDED,),
)

INTAKE_FLOW = Flow(
    "intake_flow", _I, Words("登记流量", "Flow of registrations"),
    (
        _count(_I, Atom.REGISTERED_AT_START, "期初前一日终了时已登记、未决定是否受理的。",
               "Registered and undecided at the end of the day before the period."),
        _count(_I, Atom.RECEIVED, "期内收到的登记，含接收移交和重新调解的。",
               "Received in the period, those of handovers and reopenings included."),
    ),
    (
        _count(_I, Atom.ACCEPTED, "期内受理的登记。", "Accepted in the period."),
        _count(_I, Atom.REFUSED, "期内不予受理的登记（受理前撤回和移交除外）。",
               "Refused in the period (other than withdrawn or passed on)."),
        _count(_I, Atom.WITHDRAWN_EARLY, "期内受理前撤回的登记。", "Withdrawn in the period before acceptance."),
        _count(_I, Atom.PASSED_ON, "期内受理前移交其他组织的登记。",
               "Passed on in the period to another organisation before acceptance."),
        _count(_I, Atom.REGISTERED_AT_END, "期末日终了时已登记、未决定是否受理的。",
               "Registered and undecided at the end of the period's last day."),
    ),
)

MEDIATOR_FLOW = Flow(
    "mediator_flow", _T, Words("主调解员流量", "Flow of leads"),
    (
        _count(_T, Atom.OPEN_AT_START, "期初前一日终了时由其主调的在办环节。",
               "Open proceedings led at the end of the day before the period."),
        _count(_T, Atom.ACCEPTED, "期内受理、由其首任主调的环节。", "Accepted in the period with this first lead."),
        _count(_T, Atom.TAKEN_OVER, "期内从他人接手主调的环节。", "Taken over in the period from another lead."),
    ),
    (
        _count(_T, Atom.ENDED, "期内终结、终结时由其主调的环节。", "Ended in the period under this lead."),
        _count(_T, Atom.HANDED_ON, "期内交由他人主调的环节。", "Handed on in the period to another lead."),
        _count(_T, Atom.OPEN_AT_END, "期末日终了时由其主调的在办环节。",
               "Open proceedings led at the end of the period's last day."),
    ),
)

FLOWS: tuple[Flow, ...] = (DISPUTE_FLOW, PROCEEDING_FLOW, INTAKE_FLOW)
"""The three flow tables of a period; `MEDIATOR_FLOW` takes the second one apart by lead."""


# What ended, by class ------------------------------------------------------------------------------------------------


def _by_class(level: Level, ended: Atom) -> tuple[Count, ...]:
    zh = "纠纷" if level is Level.DISPUTE else "调解环节"
    en = "disputes" if level is Level.DISPUTE else "proceedings"
    kinds: tuple[tuple[str, Words, Expression], ...] = (
        ("success", Words("达成协议", "Agreed"), all_of(Atom.AGREED, not_(Atom.PART))),
        ("part", Words("部分达成", "Agreed in part"), Atom.PART),
        ("failure", Words("调解不成", "Failed"), Atom.FAILED),
        ("neutral", Words("其他终结", "Neutral"), Atom.NEUTRAL),
        ("never_started", Words("未开始调解", "Never started"), Atom.NEVER_STARTED),
    )
    return tuple(
        Count(
            code, level, words,
            Words(f"期内办结的{zh}中，期末类别为“{words.zh}”的。",
                  f"Of the {en} ended in the period, those of class “{words.en}” at its end."),
            all_of(ended, of),
        )
        for code, words, of in kinds
    )


ENDED_BY_CLASS: Mapping[Level, tuple[Count, ...]] = {
    Level.DISPUTE: _by_class(Level.DISPUTE, Atom.ENDED),
    Level.PROCEEDING: _by_class(Level.PROCEEDING, Atom.ENDED_OTHERWISE),
}

_IN_PART = Words("其中部分达成", "of which in part")


def _in_part(level: Level, code: str, of: Expression) -> Count:
    return Count(
        code, level, _IN_PART,
        Words("达成协议中只就部分被申请人或部分请求达成的。",
              "Of those agreed, the ones agreed for some respondents or claims only."),
        of,
    )


# Rates ---------------------------------------------------------------------------------------------------------------

COMPLETION = Rate(
    "COMPLETION", _D, Words("完成率", "Completion rate"),
    Words("完成率 = 期内办结的纠纷 ÷（期初在办 + 期内受理 + 期内重新调解）。每件纠纷无论经过几个渠道只计一次。",
          "Completion rate = disputes ended in the period ÷ (open at start + accepted + reopened). A dispute counts "
          "once, however many channels it goes through."),
    Basis.FLOW, Atom.ENDED, any_of(Atom.OPEN_AT_START, Atom.ACCEPTED, Atom.REOPENED),
)
COMPLETION_PROCEEDING = Rate(
    "COMPLETION_PROCEEDING", _P, Words("完成率（环节）", "Completion rate (proceedings)"),
    Words("完成率（环节）= 期内办结（移交除外）的调解环节 ÷（期初在办 + 期内受理 - 期内移交终结）。",
          "Completion rate (proceedings) = proceedings ended otherwise than by transfer ÷ (open at start + accepted − "
          "transferred out)."),
    Basis.FLOW, Atom.ENDED_OTHERWISE,
    all_of(any_of(Atom.OPEN_AT_START, Atom.ACCEPTED), not_(Atom.TRANSFERRED_OUT)),
)
COMPLETION_COHORT = Rate(
    "COMPLETION_COHORT", _D, Words("完成率（受理批次）", "Completion rate (cohort)"),
    Words("完成率（受理批次）= 期内受理的纠纷中截止日不在办的 ÷ 期内受理的纠纷。",
          "Completion rate (cohort) = of the disputes accepted in the period, those not open on the as-of date ÷ "
          "accepted."),
    Basis.COHORT, all_of(Atom.ACCEPTED, not_(Atom.OPEN_AS_OF)), Atom.ACCEPTED,
)
SUCC_ACC = Rate(
    "SUCC_ACC", _D, Words("调解成功率（受理口径）", "Success rate (on accepted)"),
    Words("调解成功率（受理口径）= 期内受理的纠纷中截止日前达成协议的（含部分达成）÷ 期内受理的纠纷。",
          "Success rate (on accepted) = of the disputes accepted in the period, those agreed, whole or in part, by the "
          "as-of date ÷ accepted."),
    Basis.COHORT, all_of(Atom.ACCEPTED, Atom.AGREED_AS_OF), Atom.ACCEPTED,
    (_in_part(_D, "part_accepted", all_of(Atom.ACCEPTED, Atom.PART_AS_OF)),),
)
SUCC_CLOSED = Rate(
    "SUCC_CLOSED", _D, Words("调解成功率（办结口径）", "Success rate (on ended)"),
    Words("调解成功率（办结口径）= 期内办结的纠纷中达成协议的（含部分达成）÷ 期内办结的纠纷。类别以期末为准。",
          "Success rate (on ended) = of the disputes ended in the period, those agreed, whole or in part ÷ ended. The "
          "class is that at the period's end."),
    Basis.END_DATE, all_of(Atom.ENDED, Atom.AGREED), Atom.ENDED,
    (_in_part(_D, "part_ended", all_of(Atom.ENDED, Atom.PART)),),
)
SUCC_TRIED = Rate(
    "SUCC_TRIED", _D, Words("成立率", "Success rate (on tried)"),
    Words("成立率 = 期内办结的纠纷中达成协议的（含部分达成）÷（达成协议 + 调解不成）。",
          "Success rate (on tried) = of the disputes ended in the period, those agreed, whole or in part ÷ (agreed + "
          "failed)."),
    Basis.END_DATE, all_of(Atom.ENDED, Atom.AGREED), all_of(Atom.ENDED, any_of(Atom.AGREED, Atom.FAILED)),
    (_in_part(_D, "part_tried", all_of(Atom.ENDED, Atom.PART)),),
)
CLEARANCE = Rate(
    "CLEARANCE", _D, Words("结收比", "Clearance rate"),
    Words("结收比 = 期内办结的纠纷 ÷（期内受理 + 期内重新调解）。可以超过 100 %。",
          "Clearance rate = disputes ended in the period ÷ (accepted + reopened). It may exceed 100 %."),
    Basis.FLOW, Atom.ENDED, any_of(Atom.ACCEPTED, Atom.REOPENED),
)
SUCC_CLOSED_PROCEEDING = Rate(
    "SUCC_CLOSED_PROCEEDING", _P, Words("调解成功率（环节）", "Success rate (proceedings, on ended)"),
    Words("调解成功率（环节）= 期内办结（移交除外）的调解环节中达成协议的（含部分达成）÷ 期内办结（移交除外）的。",
          "Success rate (proceedings, on ended) = of the proceedings ended otherwise than by transfer in the period, "
          "those agreed, whole or in part ÷ ended otherwise."),
    Basis.END_DATE, all_of(Atom.ENDED_OTHERWISE, Atom.AGREED), Atom.ENDED_OTHERWISE,
    (_in_part(_P, "part_ended_proceeding", all_of(Atom.ENDED_OTHERWISE, Atom.PART)),),
)
SUCC_TRIED_PROCEEDING = Rate(
    "SUCC_TRIED_PROCEEDING", _P, Words("成立率（环节）", "Success rate (proceedings, on tried)"),
    Words("成立率（环节）= 期内办结的调解环节中达成协议的（含部分达成）÷（达成协议 + 调解不成）。",
          "Success rate (proceedings, on tried) = of the proceedings ended in the period, those agreed, whole or in "
          "part ÷ (agreed + failed)."),
    Basis.END_DATE, all_of(Atom.ENDED_OTHERWISE, Atom.AGREED),
    all_of(Atom.ENDED_OTHERWISE, any_of(Atom.AGREED, Atom.FAILED)),
    (_in_part(_P, "part_tried_proceeding", all_of(Atom.ENDED_OTHERWISE, Atom.PART)),),
)
ON_TIME = Rate(
    "ON_TIME", _P, Words("按期办结率", "On-time rate"),
    Words("按期办结率 = 期内办结、有期限的调解环节（移交除外）中，达成协议日（无协议的为终结日）不晚于到期日的 ÷ "
          "期内办结、有期限的调解环节（移交除外）。",
          "On-time rate = of the proceedings that ended in the period, have a limit and were not transferred, those "
          "agreed (else ended) on or before the due day ÷ all of them."),
    Basis.END_DATE, all_of(Atom.ENDED_OTHERWISE, Atom.HAS_LIMIT, Atom.ON_TIME),
    all_of(Atom.ENDED_OTHERWISE, Atom.HAS_LIMIT),
    (
        Count("thanks_to_extension", _P, Words("其中因延长而按期", "thanks to extension"),
              Words("按期办结中，如未经双方同意延长即已逾期的。",
                    "Of those on time, the ones that would have been late without the extension both sides agreed to."),
              all_of(Atom.ENDED_OTHERWISE, Atom.HAS_LIMIT, Atom.EXTENDED_IN_TIME)),
    ),
)

RATES: tuple[Rate, ...] = (
    COMPLETION, COMPLETION_COHORT, SUCC_ACC, SUCC_CLOSED, SUCC_TRIED, CLEARANCE,
    COMPLETION_PROCEEDING, SUCC_CLOSED_PROCEEDING, SUCC_TRIED_PROCEEDING, ON_TIME,
)
HEADLINE = COMPLETION

DAYS = Duration(
    "DAYS", _D, Words("办理时长（天）", "Days to end"),
    Words("期内办结的纠纷，自受理起历次在办的天数之和（重新调解前不在办的日子不计）。中位数、四分位数按线性插值。",
          "Of the disputes ended in the period: the days each was open, summed over the times it was open (days "
          "between an ending and a reopening do not count). Median and quartiles by linear interpolation."),
    Atom.ENDED,
)
DAYS_PROCEEDING = Duration(
    "DAYS_PROCEEDING", _P, Words("环节办理时长（天）", "Days of a proceeding"),
    Words("期内办结（移交除外）的调解环节，自受理日至终结日的天数。",
          "Of the proceedings ended otherwise than by transfer in the period: days from acceptance to end."),
    Atom.ENDED_OTHERWISE,
)
DURATIONS: tuple[Duration, ...] = (DAYS, DAYS_PROCEEDING)


# Breakdowns ----------------------------------------------------------------------------------------------------------


class Dimension(Term):
    """What a table is broken down by. The concluding ones are for disputes that ended only."""

    SOURCE = "source", "案件来源", "Source"
    KIND = "kind", "权利类型", "Kind of right"
    PARK = "park", "园区", "Park"
    CHANNEL = "channel", "渠道", "Channel"
    ORGANISATION = "organisation", "组织", "Organisation"
    MEDIATOR = "mediator", "主调解员", "Lead mediator"
    CONCLUDING_CHANNEL = "concluding_channel", "终结渠道", "Concluding channel"
    CONCLUDING_ORGANISATION = "concluding_organisation", "终结组织", "Concluding organisation"
    CONCLUDING_MEDIATOR = "concluding_mediator", "终结环节主调解员", "Lead of the concluding proceeding"
    MONTH = "month", "月份", "Month"


_FIXED = (Dimension.SOURCE, Dimension.KIND, Dimension.PARK, Dimension.CHANNEL, Dimension.ORGANISATION)

DIMENSIONS: Mapping[Level, tuple[Dimension, ...]] = {
    Level.DISPUTE: (*_FIXED, Dimension.CONCLUDING_CHANNEL, Dimension.CONCLUDING_ORGANISATION,
                    Dimension.CONCLUDING_MEDIATOR, Dimension.MONTH),
    Level.PROCEEDING: (*_FIXED, Dimension.MEDIATOR, Dimension.MONTH),
    Level.INTAKE: (*_FIXED, Dimension.MONTH),
    Level.TENURE: (Dimension.MEDIATOR,),
}
"""What each level may be broken down by: a flow of disputes only by what is fixed for a dispute."""

ENDED_ONLY = frozenset({Dimension.CONCLUDING_CHANNEL, Dimension.CONCLUDING_ORGANISATION,
                        Dimension.CONCLUDING_MEDIATOR})
BY_MEDIATOR = frozenset({Dimension.MEDIATOR, Dimension.CONCLUDING_MEDIATOR})
"""Needs the right to see figures by mediator."""


def title_of(dimension: Dimension, level: Level) -> Words:
    """How a table by `dimension` is titled: at the level of disputes it says *which* channel is meant."""
    if level is Level.DISPUTE:
        match dimension:
            case Dimension.CHANNEL:
                return Words("首次受理渠道", "Entry channel")
            case Dimension.ORGANISATION:
                return Words("首次受理组织", "Entry organisation")
            case Dimension.PARK:
                return Words("纠纷所属园区", "The dispute's park")
    if dimension is Dimension.MEDIATOR:
        return Words("主调解员（比率按终结日主调计）", "Lead mediator (rates: lead on the day of ending)")
    if dimension is Dimension.KIND:
        return Words("主要权利类型", "Primary kind of right")
    return dimension.words


def counts_of(level: Level, by: Dimension | None = None) -> tuple[Count, ...]:
    """The counts a table of `level` by `by` shows, in their order."""
    if by in ENDED_ONLY:
        return (D_ENDED, *ENDED_BY_CLASS[level])
    if by is Dimension.MEDIATOR:
        return MEDIATOR_FLOW.terms
    flow = flow_of(level)
    return (*flow.terms, *flow.beside, *ENDED_BY_CLASS.get(level, ()))


def rates_of(level: Level, by: Dimension | None = None) -> tuple[Rate, ...]:
    """The rates a table of `level` by `by` shows, in their order."""
    only = by in ENDED_ONLY or by is Dimension.MEDIATOR
    return tuple(rate for rate in RATES if rate.level is level and (rate.ended_only or not only))


def flow_of(level: Level) -> Flow:
    """The flow table of a level."""
    return next(flow for flow in (*FLOWS, MEDIATOR_FLOW) if flow.level is level)


def measures() -> Iterator[Count | Rate | Duration]:
    """Every measure there is."""
    for flow in (*FLOWS, MEDIATOR_FLOW):
        yield from flow.terms
        yield from flow.beside
    for counts in ENDED_BY_CLASS.values():
        yield from counts
    for rate in RATES:
        yield rate
        yield from rate.beside
    yield from DURATIONS


def find(level: Level, code: str) -> Count | Rate | Duration | None:
    """The measure with `code` at `level`; None: there is none."""
    return next((m for m in measures() if m.level is level and m.code == code), None)
