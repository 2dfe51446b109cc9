"""The facts of every mediator for an award, read from dated facts in a few statements for all of them together.

Holds `list_mediators`: per mediator the `MediatorFacts` and the proceedings counted and not counted, each with its
reason. Must not judge a figure (`rules`), decide what counts (`credit`) or write.

Agreement with the statistics of the same year: the lines counted for a mediator are the proceedings of
`Level.PROCEEDING` broken down by mediator – ended in the year otherwise than by transfer, by the lead of the last
tenure, in the class at the year's end – less those in which mediation never started (`never_started`, shown beside)
and those whose outcome or day an import did not know. From the lines to the facts only one thing changes: a declared
series is one unit. Facts are those *dated* up to the year's last day, as known now, except two that say so: in which
later year an open proceeding ended, and whether a file was closed by the day of the report. Entered by mistake
(`is_void`) is nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from mediation import clock
from mediation.awards import credit
from mediation.awards.credit import CreditDecision, ProceedingCredit
from mediation.awards.facts import MediatorFacts, Span
from mediation.cases import queries as cases
from mediation.cases.facts import Fact
from mediation.cases.models import Agreement, Case, CaseEvent, FollowUp, Proceeding, Tenure
from mediation.cases.models import Assignment as Assigned
from mediation.channels import Channel
from mediation.database import Session
from mediation.people.permissions import Person
from mediation.register.models import Mediator, Organisation, Registration, Training
from mediation.statistics import periods
from mediation.terms import (
    Action,
    AgreementState,
    Difficulty,
    MediatorLevel,
    MediatorRole,
    Outcome,
    OutcomeClass,
    PerformanceState,
    RightKind,
)

_WENT = (PerformanceState.ENFORCED, PerformanceState.SUED)
_PAID = (PerformanceState.PERFORMED, PerformanceState.LATE)
_AGREED = (OutcomeClass.SUCCESS, OutcomeClass.PART)
_LEVELS = tuple(MediatorLevel)


@dataclass(frozen=True)
class CreditLine:
    """One proceeding a mediator took part in, and whether it counts.

    `role`: the role at the end, or the last one held. `outcome_class`: before any annulment. `on_time` and `extended`
    are False where there is no limit; `filed` is None where an import did not know.
    """

    mediator_id: int
    proceeding_id: int
    case_id: int
    case_number: str
    proceeding_number: str
    channel: Channel
    organisation_id: int
    kind: RightKind
    series: str | None
    outcome: Outcome | None
    outcome_class: OutcomeClass | None
    ended_on: dt.date | None
    role: MediatorRole
    share: int
    difficulty: Difficulty | None
    has_limit: bool
    on_time: bool
    extended: bool
    filed: bool | None
    decision: CreditDecision


@dataclass(frozen=True)
class MediatorYear:
    """One mediator for the award: who, where, the facts, and every proceeding behind them.

    `organisations`: (id, name) of the registrations of the year and of the proceedings led. `units`: what `ended`
    counts, fewer than the lines counted where a series is among them.
    """

    mediator_id: int
    name: str
    organisations: tuple[tuple[int, str], ...]
    facts: MediatorFacts
    counted: tuple[CreditLine, ...]
    not_counted: tuple[CreditLine, ...]
    units: int


def list_mediators(
    session: Session,
    year: int,
    span: Span = Span.YEAR,
    *,
    series_share: Decimal | None = Decimal("0.5"),
    mediator_id: int | None = None,
) -> list[MediatorYear]:
    """Everybody registered some day of the year or who led something in the span, by name; with `mediator_id` that one.

    `series_share`: the share of a declared series that makes the one unit it is; None: each proceeding is its own.
    Raises FactError: not a year (1900–2199).
    """
    whole = periods.year(year)
    days = _Days(whole.first if span is Span.YEAR else dt.date.min, whole.last, year, span, series_share)
    found = _found(session, days, mediator_id)
    register = _register(session, days, mediator_id)
    agreements = _agreements(session, days, mediator_id)
    visits = _visits(session, days, mediator_id)
    training, any_training = _training(session, days)
    houses = dict(session.execute(select(Organisation.id, Organisation.name)).all())
    listed = []
    for person in register:
        of_person = found.get(person.mediator_id, [])
        led = [each for each in of_person if each.is_of_the_award]
        if not person.was_registered(whole.first, whole.last) and not led:
            continue
        lines = [each.line for each in of_person if each.is_listed]
        units = _units(of_person, series_share)
        organisation_ids = person.organisation_ids(whole.first, whole.last) | {e.line.organisation_id for e in led}
        listed.append(MediatorYear(
            person.mediator_id,
            person.name,
            tuple(sorted(((key, houses[key]) for key in organisation_ids), key=lambda pair: (pair[1], pair[0]))),
            _facts(days, person, of_person, units, agreements.get(person.mediator_id, (0, 0)),
                   visits.get(person.mediator_id, _NO_VISITS),
                   training.get(person.mediator_id, Decimal(0)) if any_training else None),
            tuple(line for line in lines if line.decision.counted),
            tuple(line for line in lines if not line.decision.counted),
            len(units),
        ))
    return listed


def recorded_until(session: Session) -> dt.date | None:
    """The day the latest move was recorded: how fresh the data are. None: nothing is recorded."""
    latest = session.scalar(select(func.max(CaseEvent.at)))
    return None if latest is None else clock.local_day(latest)


def openable(session: Session, person: Person, lines: Iterable[CreditLine]) -> frozenset[int]:
    """The ids of those cases of `lines` that `person` may open."""
    wanted = {line.case_id for line in lines}
    if not wanted:
        return frozenset()
    return frozenset(session.scalars(select(Case.id).where(Case.id.in_(wanted), cases.visible_to(person))))


# Proceedings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Days:
    """The days asked about, and how."""

    first: dt.date
    last: dt.date
    year: int
    span: Span
    series_share: Decimal | None

    def holds(self, day: Any) -> ColumnElement[bool]:
        """The condition that the day lies among them."""
        return and_(day.is_not(None), day >= self.first, day <= self.last)


@dataclass(frozen=True)
class _Found:
    """A proceeding of a mediator with what decided about it. `is_listed`: it belongs to the span at all."""

    line: CreditLine
    credit: ProceedingCredit
    is_listed: bool

    @property
    def is_of_the_award(self) -> bool:
        """Whether it puts the mediator into the report: led, or taken off again."""
        return self.is_listed and (self.line.role is MediatorRole.LEAD)


def _found(session: Session, days: _Days, mediator_id: int | None) -> dict[int, list[_Found]]:
    """Per mediator every proceeding taken part in, one statement; several assignments to one become one line."""
    ended, voided = Proceeding.ended_on, Proceeding.voided_on
    last_tenure = and_(
        Tenure.proceeding_id == Proceeding.id, ~Tenure.handed_on, Tenure.until_on == ended, Tenure.from_on <= ended
    )
    statement = (
        select(
            Assigned.mediator_id, Assigned.role, Assigned.share, Assigned.from_on, Assigned.until_on,
            Proceeding.id.label("proceeding_id"), Case.id.label("case_id"), Case.number.label("case_number"),
            Proceeding.number.label("proceeding_number"), Proceeding.channel, Proceeding.organisation_id,
            Case.primary_kind, Case.series, Case.difficulty, Proceeding.outcome, Proceeding.result_class,
            ended.label("ended_on"), Proceeding.agreed_on, Proceeding.due_on, Proceeding.original_due_on,
            voided.label("voided_on"), Proceeding.filed_on, Proceeding.unknown_facts,
            Tenure.mediator_id.label("lead_on_end"),
        )
        .select_from(Assigned)
        .join(Proceeding, Proceeding.id == Assigned.proceeding_id)
        .join(Case, Case.id == Proceeding.case_id)
        .outerjoin(Tenure, last_tenure)
        .where(~Case.is_void, ~Proceeding.is_void, Assigned.from_on <= days.last)
        .order_by(Assigned.mediator_id, Proceeding.id, Assigned.from_on, Assigned.id)
    )
    if days.span is Span.YEAR:
        statement = statement.where(_touched(days))
    if mediator_id is not None:
        statement = statement.where(Assigned.mediator_id == mediator_id)
    grades = _grades_before_the_end(session)
    found: dict[int, list[_Found]] = {}
    rows = session.execute(statement).all()
    for _, of_one in groupby(rows, key=attrgetter("mediator_id", "proceeding_id")):
        each = _one(list(of_one), days, grades)
        found.setdefault(each.line.mediator_id, []).append(each)
    for of_mediator in found.values():
        of_mediator.sort(key=_in_order)
    return found


def _touched(days: _Days) -> ColumnElement[bool]:
    """Worked on, ended or annulled in the year; or of a series of which something was annulled in the year."""
    ended, voided = Proceeding.ended_on, Proceeding.voided_on
    other, other_case = aliased(Proceeding), aliased(Case)
    shaken = (
        select(other_case.series)
        .join(other, other.case_id == other_case.id)
        .where(other_case.series.is_not(None), ~other_case.is_void, ~other.is_void, days.holds(other.voided_on))
    )
    return or_(
        days.holds(ended),
        days.holds(voided),
        and_(
            or_(Assigned.until_on.is_(None), Assigned.until_on >= days.first),
            or_(ended.is_(None), ended >= days.first),
        ),
        Case.series.in_(shaken),
    )


def _one(rows: Sequence[Any], days: _Days, grades: Mapping[int, Difficulty | None]) -> _Found:
    row = rows[-1]
    leads = row.lead_on_end is not None and row.lead_on_end == row.mediator_id
    role = MediatorRole.LEAD if leads else row.role
    unknown = frozenset(row.unknown_facts.split(",")) - {""}
    facts = ProceedingCredit(
        role=role, outcome_class=row.result_class, outcome=row.outcome, ended_on=row.ended_on, lead_on_end=leads,
        voided_on=row.voided_on, unknown=unknown & {Fact.ENDED_ON.value, Fact.OUTCOME.value},
    )
    # Nobody was replaced in what has not ended: its present lead is told that it is open.
    still_leads = row.ended_on is None and row.role is MediatorRole.LEAD and row.until_on is None
    decide = credit.decide if days.span is Span.YEAR else credit.decide_service
    decision = decide(replace(facts, lead_on_end=True) if still_leads else facts, days.year)
    settled = row.agreed_on or row.ended_on
    on_time = row.due_on is not None and settled is not None and settled <= row.due_on
    in_span = [day for day in (row.ended_on, row.voided_on) if day is not None and days.first <= day <= days.last]
    worked = any(each.until_on is None or each.until_on >= days.first for each in rows) and (
        row.ended_on is None or row.ended_on >= days.first
    )
    line = CreditLine(
        row.mediator_id, row.proceeding_id, row.case_id, row.case_number, row.proceeding_number, row.channel,
        row.organisation_id, row.primary_kind, row.series, row.outcome, row.result_class, row.ended_on, role,
        next(each.share for each in reversed(rows) if each.role is role),
        grades.get(row.proceeding_id, row.difficulty),
        has_limit=row.due_on is not None,
        on_time=on_time,
        extended=on_time and row.original_due_on is not None and settled > row.original_due_on,
        filed=None if Fact.FILED_ON.value in unknown else row.filed_on is not None,
        decision=decision,
    )
    # An annulled agreement of another year matters to the lead it is taken from, not to those who only took part.
    ended_now = row.ended_on is not None and row.ended_on in in_span
    return _Found(line, facts, worked or ended_now or decision.deducted)


def _in_order(each: _Found) -> tuple[object, ...]:
    line = each.line
    return (line.ended_on is None, line.ended_on or dt.date.max, line.case_number, line.proceeding_id)


def _grades_before_the_end(session: Session) -> dict[int, Difficulty | None]:
    """Per proceeding whose case's difficulty was corrected after its end: the grade as it stood before.

    Corrections are rare, so all events of corrected cases are looked at in one statement.
    """
    corrected = select(CaseEvent.case_id).where(CaseEvent.action == Action.CORRECT, CaseEvent.voided_by.is_(None))
    statement = (
        select(CaseEvent.case_id, CaseEvent.proceeding_id, CaseEvent.action, CaseEvent.facts)
        .where(
            CaseEvent.case_id.in_(corrected), CaseEvent.voided_by.is_(None),
            CaseEvent.action.in_((Action.END, Action.CORRECT)),
        )
        .order_by(CaseEvent.case_id, CaseEvent.seq)
    )
    grades: dict[int, Difficulty | None] = {}
    for _, events in groupby(session.execute(statement), key=attrgetter("case_id")):
        ended: list[int] = []
        for event in events:
            if event.action is Action.END:
                ended.append(event.proceeding_id)
            elif "difficulty" in event.facts:
                old = event.facts["difficulty"][0]
                for proceeding_id in ended:
                    grades.setdefault(proceeding_id, Difficulty(old) if old else None)
    return grades


# Units: a declared series is one -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Whole:
    """What `ended` counts one of: a proceeding, or a declared series of them."""

    counts_as: OutcomeClass
    form: str | None
    has_limit: bool
    on_time: bool
    extended: bool
    difficult: bool
    is_graded: bool


def _units(found: Sequence[_Found], share: Decimal | None) -> list[_Whole]:
    """The lines counted, each series of them as one.

    What at least `share` of a series is, the series is: agreed, on time (of those with a limit), difficult. It agreed
    in the form most of its agreed ones have; on a tie in part before orally before in writing.
    """
    alone: list[list[CreditLine]] = []
    series: dict[str, list[CreditLine]] = {}
    for line in (each.line for each in found if each.line.decision.counted):
        if line.series is None or share is None:
            alone.append([line])
        else:
            series.setdefault(line.series, []).append(line)
    return [_whole(lines, share or Decimal(1)) for lines in (*alone, *series.values())]


def _whole(lines: Sequence[CreditLine], share: Decimal) -> _Whole:
    if len(lines) == 1:
        return _alone(lines[0])
    classes = [line.decision.counts_as for line in lines if line.decision.counts_as is not None]
    counts_as = credit.series_class(classes, share)
    assert counts_as is not None  # a counted line counts as something
    limited = [line for line in lines if line.has_limit]
    forms = Counter(_form(line) for line in lines if line.decision.counts_as in _AGREED)
    on_time = _reaches(share, sum(line.on_time for line in limited), len(limited))
    return _Whole(
        counts_as,
        max(("part", "oral", "written"), key=lambda form: forms[form]) if counts_as in _AGREED else None,
        bool(limited),
        on_time,
        on_time and not _reaches(share, sum(line.on_time and not line.extended for line in limited), len(limited)),
        _reaches(share, sum(line.difficulty is Difficulty.DIFFICULT for line in lines), len(lines)),
        any(line.difficulty is not None for line in lines),
    )


def _alone(line: CreditLine) -> _Whole:
    counts_as = line.decision.counts_as
    assert counts_as is not None
    return _Whole(
        counts_as, _form(line) if counts_as in _AGREED else None, line.has_limit, line.on_time, line.extended,
        line.difficulty is Difficulty.DIFFICULT, line.difficulty is not None,
    )


def _reaches(share: Decimal, few: int, many: int) -> bool:
    return many > 0 and few >= Fraction(share) * many


def _form(line: CreditLine) -> str:
    if line.decision.counts_as is OutcomeClass.PART:
        return "part"
    return "oral" if line.outcome is Outcome.AGREED_ORAL else "written"


def _deducted(found: Sequence[_Found], days: _Days) -> int:
    """Units credited as agreed in an earlier year whose agreements were annulled in this one.

    A series was one unit and loses one, when what is left of it no longer reaches the share.
    """
    gone = [each for each in found if each.line.decision.deducted]
    if days.series_share is None:
        return len(gone)
    lost = [(each.line.series, each.line.ended_on.year) for each in gone if each.line.series and each.line.ended_on]
    total = sum(1 for each in gone if each.line.series is None)
    for name, year in sorted(set(lost)):
        of_series = [
            each.credit for each in found
            if each.line.series == name and each.line.ended_on is not None and each.line.ended_on.year == year
        ]
        before, after = (
            credit.series_class(
                [d.counts_as for d in (credit.decide_service(each, at) for each in of_series) if d.counts_as],
                days.series_share,
            )
            for at in (days.year - 1, days.year)
        )
        total += before is OutcomeClass.SUCCESS and after is not OutcomeClass.SUCCESS
    return total


# Facts ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Visits:
    """Follow-ups of one mediator's ended proceedings."""

    n: int
    marks: int
    marked: int
    criminal: int


_NO_VISITS = _Visits(0, 0, 0, 0)


def _facts(
    days: _Days,
    person: _Registered,
    found: Sequence[_Found],
    units: Sequence[_Whole],
    agreements: tuple[int, int],
    visits: _Visits,
    hours: Decimal | None,
) -> MediatorFacts:
    counted = [each.line for each in found if each.line.decision.counted]
    classes, forms = Counter(unit.counts_as for unit in units), Counter(unit.form for unit in units)
    files = [line for line in counted if line.filed is not None]
    graded = not units or any(unit.is_graded for unit in units)
    fault = person.serious_fault_on
    due, performed = agreements
    return MediatorFacts(
        year=days.year,
        span=days.span,
        on_register=person.was_registered(days.last, days.last),
        registered_since=person.since(days.last),
        level=person.level(days.last),
        serious_fault=fault is not None and days.first <= fault <= days.last,
        training_done=None if hours is None else hours > 0,
        training_hours=hours,
        ended=len(units),
        agreed=classes[OutcomeClass.SUCCESS] + classes[OutcomeClass.PART],
        agreed_written=forms["written"],
        agreed_oral=forms["oral"],
        agreed_part=forms["part"],
        failure=classes[OutcomeClass.FAILURE],
        neutral=classes[OutcomeClass.NEUTRAL],
        never_started=sum(_never_started(each, days) for each in found),
        deducted=_deducted(found, days),
        with_limit=sum(unit.has_limit for unit in units),
        on_time=sum(unit.on_time for unit in units),
        extended=sum(unit.extended for unit in units),
        agreements_due=due,
        performed=performed,
        follow_ups=visits.n,
        satisfied_sum=visits.marks,
        satisfied_n=visits.marked,
        difficult=sum(unit.difficult for unit in units) if graded else None,
        filed_due=len(files),
        filed_complete=sum(line.filed is True for line in files),
        turned_criminal=visits.criminal,
        typical_cases=None,  # nobody records them yet: unknown, not none
    )


def _never_started(each: _Found, days: _Days) -> bool:
    facts = each.credit
    return (
        facts.lead_on_end and facts.outcome_class is OutcomeClass.NEVER_STARTED
        and facts.ended_on is not None and days.first <= facts.ended_on <= days.last
    )


def _agreements(session: Session, days: _Days, mediator_id: int | None) -> dict[int, tuple[int, int]]:
    """Per mediator: agreements fallen due, and of those the ones paid without enforcement or suit. One statement.

    Of proceedings led when they ended, in force at the span's last day. The day is that of the last instalment or, when
    earlier, of enforcement or suit; an agreement due before its proceeding had ended belongs to the day that ended.
    """
    due, done = Agreement.performance_due_on, Agreement.performed_on
    went = and_(Agreement.performance.in_(_WENT), or_(done.is_(None), done <= days.last))
    earlier = case((or_(due.is_(None), done < due), func.coalesce(done, Proceeding.ended_on)), else_=due)
    fell = case((went, earlier), else_=due)
    day = case((fell < Proceeding.ended_on, Proceeding.ended_on), else_=fell)
    paid = and_(Agreement.performance.in_(_PAID), or_(done.is_(None), done <= days.last))
    statement = (
        select(Tenure.mediator_id, func.count(), func.sum(case((paid, 1), else_=0)))
        .select_from(Agreement)
        .join(Proceeding, Proceeding.id == Agreement.proceeding_id)
        .join(Case, Case.id == Proceeding.case_id)
        .join(Tenure, _last_lead(mediator_id))
        .where(
            ~Case.is_void, ~Proceeding.is_void, Proceeding.ended_on <= days.last, days.holds(day),
            or_(Agreement.state != AgreementState.VOID, Agreement.voided_on > days.last),
        )
        .group_by(Tenure.mediator_id)
    )
    return {key: (n, int(paid_n or 0)) for key, n, paid_n in session.execute(statement) if key is not None}


def _visits(session: Session, days: _Days, mediator_id: int | None) -> dict[int, _Visits]:
    """Per mediator: the follow-ups of the span to proceedings led when they ended. One statement."""
    criminal = case((FollowUp.turned_criminal, Proceeding.case_id))
    statement = (
        select(
            Tenure.mediator_id, func.count(), func.coalesce(func.sum(FollowUp.satisfaction), 0),
            func.count(FollowUp.satisfaction), func.count(criminal.distinct()),
        )
        .select_from(FollowUp)
        .join(Proceeding, Proceeding.id == FollowUp.proceeding_id)
        .join(Case, Case.id == Proceeding.case_id)
        .join(Tenure, _last_lead(mediator_id))
        .where(~Case.is_void, ~Proceeding.is_void, Proceeding.ended_on <= days.last, days.holds(FollowUp.on))
        .group_by(Tenure.mediator_id)
    )
    found = session.execute(statement)
    return {key: _Visits(n, int(marks or 0), marked, bad) for key, n, marks, marked, bad in found if key is not None}


def _last_lead(mediator_id: int | None) -> ColumnElement[bool]:
    lead = and_(Tenure.proceeding_id == Proceeding.id, ~Tenure.handed_on, Tenure.mediator_id.is_not(None))
    return lead if mediator_id is None else and_(lead, Tenure.mediator_id == mediator_id)


def _training(session: Session, days: _Days) -> tuple[dict[int, Decimal], bool]:
    """Hours per mediator, and whether any training of the span is on record at all: if not, none is known."""
    statement = (
        select(Training.mediator_id, func.sum(Training.hours)).where(days.holds(Training.on))
        .group_by(Training.mediator_id)
    )
    hours = {key: Decimal(total) for key, total in session.execute(statement)}
    return hours, bool(hours)


# The register --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Held:
    """A registration. `since` None: an import did not know the first day."""

    organisation_id: int
    level: MediatorLevel
    since: dt.date | None
    until: dt.date | None

    def touches(self, first: dt.date, last: dt.date) -> bool:
        return (self.since is None or self.since <= last) and (self.until is None or self.until >= first)


@dataclass(frozen=True)
class _Registered:
    """A mediator of the register with every registration."""

    mediator_id: int
    name: str
    serious_fault_on: dt.date | None
    held: list[_Held] = field(default_factory=list)

    def was_registered(self, first: dt.date, last: dt.date) -> bool:
        return any(each.touches(first, last) for each in self.held)

    def organisation_ids(self, first: dt.date, last: dt.date) -> set[int]:
        return {each.organisation_id for each in self.held if each.touches(first, last)}

    def level(self, day: dt.date) -> MediatorLevel | None:
        """The highest grade of the registrations that hold on the day."""
        return max((e.level for e in self.held if e.touches(day, day)), key=_LEVELS.index, default=None)

    def since(self, day: dt.date) -> dt.date | None:
        """First day of the unbroken registration that holds on `day`, from organisation to organisation.

        None when none holds, or when the first day of the earliest of them is not known.
        """
        start = day
        before = [each for each in self.held if each.since is None or each.since <= day]
        while True:
            linked = [e for e in before if e.until is None or e.until >= start - dt.timedelta(days=start != day)]
            if not linked or any(each.since is None for each in linked):
                return None
            earliest = min(each.since for each in linked if each.since is not None)
            if earliest == start:
                return start
            start = min(earliest, start)


def _register(session: Session, days: _Days, mediator_id: int | None) -> list[_Registered]:
    """Everybody on the register ever, by name, with every registration. One statement."""
    statement = (
        select(
            Mediator.id, Mediator.name, Mediator.serious_fault_on, Registration.organisation_id, Registration.level,
            Registration.from_on, Registration.until_on,
        )
        .outerjoin(Registration, Registration.mediator_id == Mediator.id)
        .order_by(Mediator.id, Registration.id)
    )
    if mediator_id is not None:
        statement = statement.where(Mediator.id == mediator_id)
    people: dict[int, _Registered] = {}
    for key, name, fault, organisation_id, level, since, until in session.execute(statement):
        person = people.setdefault(key, _Registered(key, name, fault))
        if organisation_id is not None:
            person.held.append(_Held(organisation_id, level, since, until))
    return sorted(people.values(), key=lambda person: (person.name, person.mediator_id))
