"""Time limits: which one applies, when it ends, when an agreement takes effect. PURE.

Holds the working-day calendar, the arithmetic of limits (Civil Code arts 200–204), the dated table `RULES`
(every number once, with its source), and what follows from them: due dates, the latest extension, the effective date of
an agreement, the confirmation window. Must not hold moves and guards (see `workflow`), and never reads the clock or a
database: `today` is an argument. The only thing read from disk are the committed files in `holidays/`.
"""

from __future__ import annotations

import calendar as months
import dataclasses
import datetime as dt
import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

from mediation.channels import Channel
from mediation.terms import AgreementForm, EntryForm, RightKind
from mediation.words import Term, Words

ONE_DAY = dt.timedelta(days=1)

# The notice for a year has moved working days back to 29 December of the year before (2007, 2018), never earlier:
# from this day on, December is certain only when the next year's notice is known too.
YEAR_END_FROM = (12, 29)


# --- Working days ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class YearTable:
    """What the State Council's notices say about the days of one year.

    `holidays`: every day off they name, weekends inside a holiday included. `makeup_workdays`: the Saturdays and
    Sundays they turn into working days. Raises ValueError where a day lies outside the year, is listed twice over,
    or a make-up working day is a weekday: such a table would shift deadlines unseen.
    """

    year: int
    holidays: frozenset[dt.date]
    makeup_workdays: frozenset[dt.date]
    source: str = ""

    def __post_init__(self) -> None:
        stray = sorted(day for day in self.holidays | self.makeup_workdays if day.year != self.year)
        if stray:
            raise ValueError(f"{stray[0]} is not a day of {self.year}")
        both = sorted(self.holidays & self.makeup_workdays)
        if both:
            raise ValueError(f"{both[0]} is both a holiday and a make-up working day")
        idle = sorted(day for day in self.makeup_workdays if day.weekday() < 5)
        if idle:
            raise ValueError(f"{idle[0]} is a weekday and cannot be a make-up working day")

    @classmethod
    def from_json(cls, text: str) -> YearTable:
        """The table in the text of one `holidays/<year>.json`. Raises ValueError or KeyError when it is not one."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            year=int(data["year"]),
            holidays=frozenset(map(dt.date.fromisoformat, data["holidays"])),
            makeup_workdays=frozenset(map(dt.date.fromisoformat, data["makeup_workdays"])),
            source=str(data["source"]),
        )


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. A year without a table falls back to Monday–Friday, and `knows` says so."""

    years: Mapping[int, YearTable]

    def covers(self, year: int) -> bool:
        """Whether there is a table for `year`."""
        return year in self.years

    def knows(self, day: dt.date) -> bool:
        """Whether `day` is settled: its year has a table, and at the very end of December the next year has one too."""
        if not self.covers(day.year):
            return False
        return (day.month, day.day) < YEAR_END_FROM or self.covers(day.year + 1)

    def is_working_day(self, day: dt.date) -> bool:
        """Whether `day` is worked: Monday–Friday without the holidays, and the make-up working days."""
        table = self.years.get(day.year)
        if table is not None:
            if day in table.makeup_workdays:
                return True
            if day in table.holidays:
                return False
        return day.weekday() < 5


def read_calendar(tables: Iterable[YearTable]) -> Calendar:
    """A calendar of `tables`; of two for the same year the later one wins (an administrator's over the committed)."""
    return Calendar(MappingProxyType({table.year: table for table in tables}))


@functools.cache
def load_calendar() -> Calendar:
    """The calendar of the committed files, read once. Raises ValueError when a file is no valid table."""
    folder = resources.files("mediation.cases").joinpath("holidays")
    return read_calendar(
        YearTable.from_json(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".json")
    )


# --- Limits ---------------------------------------------------------------------------------------------------------


class Unit(Term):
    """What a limit is counted in."""

    CALENDAR_DAYS = "calendar_days", "自然日", "Calendar days"
    WORKING_DAYS = "working_days", "工作日", "Working days"
    MONTHS = "months", "月", "Months"


@dataclass(frozen=True)
class Limit:
    """A span of time in one unit. Raises ValueError when `count` is not at least 1."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("a limit counts at least one day or month")

    @property
    def words(self) -> Words:
        """As the trade writes it: 30日, 3个工作日, 2个月."""
        zh, en = {
            Unit.CALENDAR_DAYS: ("日", "day"),
            Unit.WORKING_DAYS: ("个工作日", "working day"),
            Unit.MONTHS: ("个月", "month"),
        }[self.unit]
        return Words(f"{self.count}{zh}", f"{self.count} {en}{'' if self.count == 1 else 's'}")


@dataclass(frozen=True)
class Deadline:
    """The last day of a limit. `certain` is False when a day it depends on lies in a year without data."""

    on: dt.date
    certain: bool


def end_of_limit(start: dt.date, limit: Limit, calendar: Calendar, stopped_days: int = 0) -> Deadline:
    """The last day of `limit` running from `start`, later by `stopped_days` calendar days.

    Civil Code arts 200–203: the first day is not counted; months end on the corresponding day, else on the month's
    last day; a limit ending on a rest day runs to the next working day (a make-up working Saturday is one). Rolled
    once, after the stopped days are added. Raises ValueError when `stopped_days` is negative.
    """
    if stopped_days < 0:
        raise ValueError("a limit cannot be stopped for fewer than no days")
    unrolled = _unrolled_end(start, limit, calendar)
    rolled = _rolled(unrolled.on + stopped_days * ONE_DAY, calendar)
    return Deadline(rolled.on, rolled.certain and unrolled.certain)


def _unrolled_end(start: dt.date, limit: Limit, calendar: Calendar) -> Deadline:
    match limit.unit:
        case Unit.CALENDAR_DAYS:
            return Deadline(start + limit.count * ONE_DAY, certain=True)
        case Unit.MONTHS:
            carried, month = divmod(start.month - 1 + limit.count, 12)
            year, month = start.year + carried, month + 1
            return Deadline(dt.date(year, month, min(start.day, months.monthrange(year, month)[1])), certain=True)
        case Unit.WORKING_DAYS:
            day, certain, left = start, True, limit.count
            while left:
                day += ONE_DAY
                certain = certain and calendar.knows(day)
                if calendar.is_working_day(day):
                    left -= 1
            return Deadline(day, certain)


def _rolled(day: dt.date, calendar: Calendar) -> Deadline:
    certain = calendar.knows(day)
    while not calendar.is_working_day(day):
        day += ONE_DAY
        certain = certain and calendar.knows(day)
    return Deadline(day, certain)


# --- The rules, as dated data ---------------------------------------------------------------------------------------


class Step(Term):
    """What a limit is set for."""

    MEDIATE = "mediate", "调解期限", "Mediation"
    RESPONDENT_ANSWER = "respondent_answer", "被申请人答复期限", "Respondent's answer"
    OFFER_ANSWER = "offer_answer", "移交答复期限", "Answer to a handover"
    CONFIRMATION_APPLY = "confirmation_apply", "申请司法确认期限", "Application for judicial confirmation"
    CONFIRMATION_ACCEPT = "confirmation_accept", "司法确认受理期限", "Court's acceptance of the confirmation"
    CONFIRMATION_DECIDE = "confirmation_decide", "司法确认审查期限", "Court's decision on the confirmation"


class CourtProcedure(Term):
    """The procedure of the docketed case a court entrusts."""

    ORDINARY = "ordinary", "普通程序", "Ordinary procedure"
    SIMPLIFIED = "simplified", "简易程序", "Simplified procedure"


@dataclass(frozen=True)
class LimitRule:
    """One row of the table of limits.

    It applies where every condition holds; None (or no entry forms) is no condition. `from_on` and `until_on` are the
    first and the last day, both included, on which it applies: by the referral date where a court referred, else by
    the day the limit starts. `extension_cap`: how much later than the due date an extension may reach; None is no
    cap. `needs_consents`: an extension needs both sides'. `setting`: an organisation may set its own limit instead.
    """

    code: str
    step: Step
    limit: Limit
    words: Words
    runs_from: Words
    source: Words
    channel: Channel | None = None
    entry_forms: frozenset[EntryForm] = frozenset()
    court_procedure: CourtProcedure | None = None
    patent: bool | None = None
    complex: bool | None = None
    from_on: dt.date | None = None
    until_on: dt.date | None = None
    extension_cap: Limit | None = None
    needs_consents: bool = False
    setting: bool = False

    def in_force(self, on: dt.date) -> bool:
        """Whether the rule applies to what was referred, or started, on that day."""
        return (self.from_on is None or self.from_on <= on) and (self.until_on is None or on <= self.until_on)


# Transferred and joint proceedings use the own-acceptance limit of their channel, from their own acceptance.
OWN_ACCEPTANCE = frozenset({EntryForm.OWN, EntryForm.TRANSFERRED, EntryForm.JOINT})
# Not a fact of these: assisting another's proceeding and helping a judge have no limit of their own.
WITHOUT_LIMIT = frozenset({EntryForm.ASSISTED, EntryForm.INVITED})

ORDER_75_IN_FORCE = dt.date(2002, 11, 1)
INVITED_MEDIATION_RULES_IN_FORCE = dt.date(2016, 7, 1)
CONFIRMATION_RULES_IN_FORCE = dt.date(2011, 3, 30)
PEOPLES_MEDIATION_LAW_IN_FORCE = dt.date(2011, 1, 1)
SPC_OPINION_IN_FORCE = dt.date(2025, 1, 1)

_FROM_ACCEPTANCE = Words("受理之日", "Acceptance")
_FROM_SIGNING_FOR = Words("调解员签收材料或在线确认之日", "The mediator signs for the file, or confirms online")
_COURT_SOURCE = Words(
    "《最高人民法院关于人民法院特邀调解的规定》（法释〔2016〕14号）第二十七条；《人民法院在线调解规则》（2022）第二十四条",
    "SPC provisions on invited mediation (Fa Shi [2016] 14) art 27; SPC online-mediation rules (2022) art 24",
)
_SPC_OPINION = Words(
    "最高人民法院意见（2025年1月1日起施行，据摘录）", "SPC opinion in force 2025-01-01 (read in excerpt)"
)
_PATENT_SOURCE = Words(
    "国家知识产权局通知；未核实：可能已被2025年2月1日施行的《专利纠纷行政裁决和调解办法》取代",
    "SIPO notice; unconfirmed: it may be superseded by the Measures in force 2025-02-01",
)

RULES: tuple[LimitRule, ...] = (
    LimitRule(
        code="people",
        step=Step.MEDIATE,
        channel=Channel.PEOPLE,
        entry_forms=OWN_ACCEPTANCE,
        from_on=ORDER_75_IN_FORCE,
        limit=Limit(30, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("人民调解期限", "People's mediation"),
        runs_from=_FROM_ACCEPTANCE,
        source=Words(
            "《人民调解工作若干规定》（司法部令第75号,2002）第三十三条“一般在一个月内”；SF/T 0083-2020（文本未核实）",
            "Ministry of Justice Order 75 (2002) art 33 “generally one month”; SF/T 0083-2020 (unconfirmed text)",
        ),
    ),
    # The court's referral sets the limit whatever channel the mediating organisation belongs to: no channel here.
    LimitRule(
        code="court_delegated",
        step=Step.MEDIATE,
        entry_forms=frozenset({EntryForm.DELEGATED}),
        from_on=INVITED_MEDIATION_RULES_IN_FORCE,
        limit=Limit(30, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("委派调解期限", "Court-delegated mediation (before docketing)"),
        runs_from=_FROM_SIGNING_FOR,
        source=_COURT_SOURCE,
    ),
    LimitRule(
        code="court_entrusted_ordinary_2016",
        step=Step.MEDIATE,
        entry_forms=frozenset({EntryForm.ENTRUSTED}),
        court_procedure=CourtProcedure.ORDINARY,
        from_on=INVITED_MEDIATION_RULES_IN_FORCE,
        until_on=SPC_OPINION_IN_FORCE - ONE_DAY,
        limit=Limit(15, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("委托调解期限（普通程序）", "Court-entrusted mediation (ordinary procedure)"),
        runs_from=_FROM_SIGNING_FOR,
        source=_COURT_SOURCE,
    ),
    LimitRule(
        code="court_entrusted_simplified_2016",
        step=Step.MEDIATE,
        entry_forms=frozenset({EntryForm.ENTRUSTED}),
        court_procedure=CourtProcedure.SIMPLIFIED,
        from_on=INVITED_MEDIATION_RULES_IN_FORCE,
        until_on=SPC_OPINION_IN_FORCE - ONE_DAY,
        limit=Limit(7, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("委托调解期限（简易程序）", "Court-entrusted mediation (simplified procedure)"),
        runs_from=_FROM_SIGNING_FOR,
        source=_COURT_SOURCE,
    ),
    LimitRule(
        code="court_entrusted_ordinary_2025",
        step=Step.MEDIATE,
        entry_forms=frozenset({EntryForm.ENTRUSTED}),
        court_procedure=CourtProcedure.ORDINARY,
        from_on=SPC_OPINION_IN_FORCE,
        limit=Limit(15, Unit.CALENDAR_DAYS),
        extension_cap=Limit(30, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("委托调解期限（普通程序）", "Court-entrusted mediation (ordinary procedure)"),
        runs_from=_FROM_SIGNING_FOR,
        source=_SPC_OPINION,
    ),
    LimitRule(
        code="court_entrusted_simplified_2025",
        step=Step.MEDIATE,
        entry_forms=frozenset({EntryForm.ENTRUSTED}),
        court_procedure=CourtProcedure.SIMPLIFIED,
        from_on=SPC_OPINION_IN_FORCE,
        limit=Limit(7, Unit.CALENDAR_DAYS),
        extension_cap=Limit(30, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("委托调解期限（简易程序）", "Court-entrusted mediation (simplified procedure)"),
        runs_from=_FROM_SIGNING_FOR,
        source=_SPC_OPINION,
    ),
    # No rule names a judicial proceeding that is neither delegated nor entrusted (a court's own, transferred or joint
    # one): the 30 days of 委派 are used, because that too is mediation before docketing.
    LimitRule(
        code="judicial_own",
        step=Step.MEDIATE,
        channel=Channel.JUDICIAL,
        entry_forms=OWN_ACCEPTANCE,
        from_on=INVITED_MEDIATION_RULES_IN_FORCE,
        limit=Limit(30, Unit.CALENDAR_DAYS),
        needs_consents=True,
        words=Words("司法调解期限（参照委派调解）", "Judicial mediation (as for delegated)"),
        runs_from=_FROM_ACCEPTANCE,
        source=Words(
            "未核实：无专门规定，参照法释〔2016〕14号第二十七条委派调解期限",
            "unconfirmed: no rule of its own; the limit for delegated mediation of Fa Shi [2016] 14 art 27 is used",
        ),
    ),
    LimitRule(
        code="administrative_general",
        step=Step.MEDIATE,
        channel=Channel.ADMINISTRATIVE,
        entry_forms=OWN_ACCEPTANCE,
        patent=False,
        limit=Limit(30, Unit.CALENDAR_DAYS),
        needs_consents=True,
        setting=True,
        words=Words("行政调解期限", "Administrative mediation"),
        runs_from=_FROM_ACCEPTANCE,
        source=Words(
            "未核实：无全国统一期限，默认30日，各组织可自行设定",
            "unconfirmed: no national number; default, set per organisation",
        ),
    ),
    LimitRule(
        code="administrative_patent",
        step=Step.MEDIATE,
        channel=Channel.ADMINISTRATIVE,
        entry_forms=OWN_ACCEPTANCE,
        patent=True,
        complex=False,
        limit=Limit(2, Unit.MONTHS),
        needs_consents=True,
        words=Words("专利纠纷行政调解期限", "Administrative mediation, patent"),
        runs_from=Words("立案之日", "Filing"),
        source=_PATENT_SOURCE,
    ),
    LimitRule(
        code="administrative_patent_complex",
        step=Step.MEDIATE,
        channel=Channel.ADMINISTRATIVE,
        entry_forms=OWN_ACCEPTANCE,
        patent=True,
        complex=True,
        limit=Limit(3, Unit.MONTHS),
        needs_consents=True,
        words=Words("专利纠纷行政调解期限（疑难复杂）", "Administrative mediation, complex patent dispute"),
        runs_from=Words("立案之日", "Filing"),
        source=_PATENT_SOURCE,
    ),
    LimitRule(
        code="respondent_answer",
        step=Step.RESPONDENT_ANSWER,
        channel=Channel.ADMINISTRATIVE,
        limit=Limit(15, Unit.CALENDAR_DAYS),
        words=Words("被申请人答复期限，逾期或拒绝即不予立案", "Respondent's answer; silence or refusal: not opened"),
        runs_from=Words("送达之日", "Service"),
        source=Words(
            "原《专利行政执法办法》；现行效力未核实",
            "Older patent enforcement measures; unconfirmed whether still in force",
        ),
    ),
    LimitRule(
        code="offer_answer",
        step=Step.OFFER_ANSWER,
        limit=Limit(3, Unit.WORKING_DAYS),
        setting=True,
        words=Words("移交答复提醒期限，逾期不视为同意", "Answer to a handover; then a reminder, never consent"),
        runs_from=Words("移交之日", "The offer"),
        source=Words("园区约定，可设定", "The zone's own practice, a setting"),
    ),
    LimitRule(
        code="confirmation_apply",
        step=Step.CONFIRMATION_APPLY,
        from_on=PEOPLES_MEDIATION_LAW_IN_FORCE,
        limit=Limit(30, Unit.CALENDAR_DAYS),
        words=Words("双方共同申请司法确认的期限", "Joint application for judicial confirmation"),
        runs_from=Words("调解协议生效之次日", "The day after the agreement takes effect"),
        source=Words(
            "《人民调解法》第三十三条；《民事诉讼法》（2023）第二百零五条",
            "People's Mediation Law art 33; Civil Procedure Law (2023) art 205",
        ),
    ),
    LimitRule(
        code="confirmation_accept",
        step=Step.CONFIRMATION_ACCEPT,
        from_on=CONFIRMATION_RULES_IN_FORCE,
        limit=Limit(3, Unit.CALENDAR_DAYS),
        words=Words("法院决定是否受理司法确认申请的期限", "Court decides whether to accept the application"),
        runs_from=Words("申请之日", "Application"),
        source=Words("法释〔2011〕5号第四条", "Fa Shi [2011] 5 art 4"),
    ),
    LimitRule(
        code="confirmation_decide",
        step=Step.CONFIRMATION_DECIDE,
        from_on=CONFIRMATION_RULES_IN_FORCE,
        limit=Limit(15, Unit.CALENDAR_DAYS),
        extension_cap=Limit(10, Unit.CALENDAR_DAYS),
        words=Words("法院作出是否确认决定的期限", "Court decides on the confirmation"),
        runs_from=Words("受理之日", "Acceptance by the court"),
        source=Words("法释〔2011〕5号第五条", "Fa Shi [2011] 5 art 5"),
    ),
)

_SET_BY_ORGANISATION = Words("本组织设定", "Set by the organisation")


def rule_for_mediation(
    channel: Channel,
    entry_form: EntryForm,
    starts_on: dt.date,
    referral_on: dt.date | None = None,
    procedure: CourtProcedure | None = None,
    patent: bool = False,
    complex: bool = False,  # noqa: A002 - the rule's own word
    override: Limit | None = None,
) -> LimitRule | None:
    """The limit of a proceeding's mediation, or None where there is none (assisted, invited, before any rule).

    Chosen by the referral date where a court referred, else by `starts_on` (the acceptance). An entrusted case of
    unrecorded procedure is taken as ordinary, the procedure law's general one; simplified is the court's exception.
    `override` is the organisation's own limit: it replaces only a rule that is a setting (administrative, general).
    """
    if entry_form in WITHOUT_LIMIT:
        return None
    on = referral_on or starts_on
    procedure = procedure or CourtProcedure.ORDINARY
    for rule in RULES:
        if (
            rule.step is Step.MEDIATE
            and rule.channel in (None, channel)
            and entry_form in rule.entry_forms
            and rule.court_procedure in (None, procedure)
            and rule.patent in (None, patent)
            and rule.complex in (None, complex)
            and rule.in_force(on)
        ):
            return _with_override(rule, override)
    return None


def rule_for_step(
    step: Step, on: dt.date, channel: Channel | None = None, override: Limit | None = None
) -> LimitRule | None:
    """The limit of a step other than mediating, for what starts on `on`; None where no rule is in force.

    Raises ValueError for `Step.MEDIATE`, which needs more to choose by: see `rule_for_mediation`.
    """
    if step is Step.MEDIATE:
        raise ValueError("the limit of mediation is chosen by rule_for_mediation")
    for rule in RULES:
        if rule.step is step and rule.channel in (None, channel) and rule.in_force(on):
            return _with_override(rule, override)
    return None


def _with_override(rule: LimitRule, override: Limit | None) -> LimitRule:
    if override is None or not rule.setting:
        return rule
    return dataclasses.replace(rule, limit=override, source=_SET_BY_ORGANISATION)


# --- Due dates ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """How a limit stands on a day. `on` is None where there is no limit.

    `days_left` is negative once the due date has passed. While `stopped`, `on` and `days_left` are what they would
    be if it went on today, and nothing is overdue.
    """

    on: dt.date | None
    days_left: int | None
    overdue: bool
    stopped: bool
    certain: bool
    rule: LimitRule | None = field(default=None)


def due_date(
    rule: LimitRule | Limit | None,
    starts_on: dt.date,
    suspensions: Sequence[tuple[dt.date, dt.date | None]],
    extended_to: dt.date | None,
    today: dt.date,
    calendar: Calendar,
    extended_on: dt.date | None = None,
) -> Due:
    """How the limit that started on `starts_on` stands on `today`.

    Due = start + limit + stopped days, then rolled once. A day d is stopped where suspended ≤ d < resumed (None: not
    yet resumed); days that two suspensions share are stopped once. A suspension that began after the limit had run
    out cannot bring it back to life.

    An agreed extension's new date takes the place of start + limit. The days stopped before the agreement are in
    that date already, so only those after `extended_on`, the day it was agreed, are added. Where that day is not known,
    it is taken to be the latest lawful one: the due date without the extension.
    """
    limit = rule.limit if isinstance(rule, LimitRule) else rule
    named = rule if isinstance(rule, LimitRule) else None
    stopped = any(start <= today and (end is None or today < end) for start, end in suspensions)
    if limit is None:
        return Due(on=None, days_left=None, overdue=False, stopped=stopped, certain=True, rule=named)

    due = _postponed(_unrolled_end(starts_on, limit, calendar), _stops(suspensions, starts_on, today), calendar)
    if extended_to is not None:
        after = (due.on if extended_on is None else extended_on) + ONE_DAY
        due = _postponed(Deadline(extended_to, certain=True), _stops(suspensions, after, today), calendar)
    return Due(
        on=due.on,
        days_left=(due.on - today).days,
        overdue=not stopped and today > due.on,
        stopped=stopped,
        certain=due.certain,
        rule=named,
    )


def _stops(
    suspensions: Sequence[tuple[dt.date, dt.date | None]], first: dt.date, today: dt.date
) -> list[tuple[dt.date, dt.date]]:
    """The suspensions as disjoint half-open spans in order, within `first` ≤ d < `today`."""
    spans: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted((max(start, first), min(end or today, today)) for start, end in suspensions):
        if end <= start:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _postponed(unrolled: Deadline, stops: Sequence[tuple[dt.date, dt.date]], calendar: Calendar) -> Deadline:
    day = unrolled.on
    due = _rolled(day, calendar)
    for start, end in stops:
        if start > due.on:
            break
        day += end - start
        due = _rolled(day, calendar)
    return Deadline(due.on, due.certain and unrolled.certain)


def extension_latest(rule: LimitRule, due_on: dt.date, calendar: Calendar) -> dt.date | None:
    """The last day an extension of what is due on `due_on` may reach; None where the rule has no cap."""
    return end_of_limit(due_on, rule.extension_cap, calendar).on if rule.extension_cap else None


# --- Agreements -----------------------------------------------------------------------------------------------------


def effective_on(
    channel: Channel,
    entry_form: EntryForm,
    form: AgreementForm,
    signed: Sequence[dt.date],
    mediator_signed: dt.date | None = None,
    sealed: dt.date | None = None,
    received: dt.date | None = None,
) -> dt.date | None:
    """The day an agreement takes effect; None while a signature, seal or receipt it needs is not recorded.

    `signed`: the days the parties signed (an e-signature counts like one), for an oral agreement the day it was
    agreed. `received`: the day the last party received the court's paper.

    - oral: the day agreed; performed at once: the last signature on the record of it (Civil Procedure Law art 101);
    - a court's mediation statement: its receipt (Civil Procedure Law art 100);
    - before docketing (委派): the last party's signature (Fa Shi [2016] 14 art 24);
    - after docketing (委托, and where the judge invites help): receipt, or the last signature on the signed record;
    - people's mediation, written: the latest of all parties' and the mediator's signatures and the committee's seal
      (People's Mediation Law arts 29–30);
    - administrative: the last party's signature (unconfirmed); a court's own mediation before docketing likewise.
    """
    last_signed = max(signed, default=None)
    if form is AgreementForm.COURT_STATEMENT:
        return received
    if form in (AgreementForm.ORAL, AgreementForm.PERFORMED_AT_ONCE):
        return last_signed
    # The referral decides before the channel: a people's committee that mediates for a court follows the court's rule.
    if entry_form in (EntryForm.ENTRUSTED, EntryForm.INVITED):
        return received or last_signed
    if channel is Channel.PEOPLE and entry_form is not EntryForm.DELEGATED:
        if last_signed is None or mediator_signed is None or sealed is None:
            return None
        return max(last_signed, mediator_signed, sealed)
    return last_signed


def confirmation_window(effective_on: dt.date, calendar: Calendar) -> Deadline:
    """The last day for the joint application: the limit's first counted day is the one after `effective_on`."""
    return end_of_limit(effective_on, _CONFIRMATION_APPLY.limit, calendar)


_CONFIRMATION_APPLY = next(rule for rule in RULES if rule.step is Step.CONFIRMATION_APPLY)

_HIGHER_COURT = Words("知识产权法院或中级人民法院", "IP court or intermediate court")
_BASIC_COURT = Words("最高人民法院指定的基层人民法院", "Designated basic court")
_BY_SECRET = Words(
    "技术秘密：知识产权法院或中级人民法院；经营秘密：最高人民法院指定的基层人民法院",
    "Technical secret: IP court or intermediate court; business secret: designated basic court",
)

# Source: Fa Shi [2022] 13, jurisdiction of first instance in intellectual-property matters, in force 2022-05-01.
CONFIRMING_COURTS: Mapping[RightKind, Words] = MappingProxyType(
    {
        RightKind.INVENTION: _HIGHER_COURT,
        RightKind.UTILITY_MODEL: _HIGHER_COURT,
        RightKind.DESIGN: _HIGHER_COURT,
        RightKind.PATENT: _HIGHER_COURT,
        RightKind.TRADE_MARK: _BASIC_COURT,
        RightKind.COPYRIGHT: _BASIC_COURT,
        RightKind.SOFTWARE: _HIGHER_COURT,
        RightKind.TRADE_SECRET: _BY_SECRET,
        RightKind.GEOGRAPHICAL_INDICATION: _BASIC_COURT,
        RightKind.LAYOUT_DESIGN: _HIGHER_COURT,
        RightKind.PLANT_VARIETY: _HIGHER_COURT,
        RightKind.OTHER: _BASIC_COURT,
    }
)


def confirming_court(kind: RightKind, well_known: bool = False) -> Words:
    """Which level of court confirms an agreement over a right of that kind: a hint, never a refusal.

    `well_known`: the dispute turns on whether a trade mark is well known, which lifts it to the higher court.
    """
    return _HIGHER_COURT if well_known else CONFIRMING_COURTS[kind]
