"""The rows that figures count: per level one statement, a row per thing with its atoms as 0/1 columns.

The atoms of `measures` said in SQL, from dated facts only: accepted, ended, spells, tenures, suspensions – never from
a present state or the day something was entered. Must not count, name or list: see `queries`, its only reader.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.functions import FunctionElement

from mediation.cases.dispute import AGREED_RANK, RANK
from mediation.cases.models import Case, Proceeding, Spell, Suspension, Tenure
from mediation.channels import Channel
from mediation.statistics import measures
from mediation.statistics.measures import All, Atom, Dimension, Either, Expression, Level, Not
from mediation.statistics.periods import Period
from mediation.terms import NotAcceptedReason, Outcome, OutcomeClass, Park, RightKind, Source
from mediation.words import Term

Day = ColumnElement[Any] | InstrumentedAttribute[dt.date | None] | InstrumentedAttribute[dt.date]


@dataclass(frozen=True)
class Filters:
    """Only rows of these. At the level of disputes, channel and organisation are the entry's."""

    source: Source | None = None
    kind: RightKind | None = None
    park: Park | None = None
    channel: Channel | None = None
    organisation_id: int | None = None


NO_FILTERS = Filters()


@dataclass(frozen=True)
class Cut:
    """A period with everything that decides which rows there are."""

    period: Period
    as_of: dt.date
    where: Filters = field(default_factory=Filters)

    @property
    def first(self) -> dt.date:
        return self.period.first

    @property
    def last(self) -> dt.date:
        return self.period.last

    @property
    def before(self) -> dt.date:
        return self.period.before




class _DaysBetween(FunctionElement[int]):
    """Whole days from the first to the second day."""

    type = Integer()
    inherit_cache = True


@compiles(_DaysBetween, "sqlite")
def _sqlite_days(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({second}) - julianday({first}) AS INTEGER)"


@compiles(_DaysBetween, "postgresql")
def _postgresql_days(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({second} AS DATE) - CAST({first} AS DATE))"


def holds(expression: Expression, rows: Subquery) -> ColumnElement[bool]:
    """The condition under which a row of `of(…)` is in the set."""
    match expression:
        case Atom():
            return rows.c[expression.value] == 1
        case Not(part):
            return ~holds(part, rows)
        case All(parts):
            return and_(true(), *(holds(part, rows) for part in parts))
        case Either(parts):
            return or_(false(), *(holds(part, rows) for part in parts))


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Over a group: 1 when the condition holds for one of its rows."""
    return func.max(_flag(condition))


def _open_at(start: Day, end: Day, day: dt.date) -> ColumnElement[bool]:
    """Begun by the end of `day` and not over by then."""
    return and_(start <= day, or_(end.is_(None), end > day))


def _in(day: Day, cut: Cut) -> ColumnElement[bool]:
    return and_(day.is_not(None), day >= cut.first, day <= cut.last)


def _until(end: Day, day: dt.date) -> ColumnElement[Any]:
    """The end, or `day` when it is not over by then."""
    return case((or_(end.is_(None), end > day), literal(day, Date)), else_=end)


def _rank_at(proceeding: Any, day: dt.date) -> ColumnElement[int | None]:
    """Rank of the proceeding's class by facts dated up to `day`; NULL while it had not ended."""
    rank = case(
        (proceeding.voided_on <= day, RANK[OutcomeClass.FAILURE]),
        *((proceeding.result_class == kind, place) for kind, place in RANK.items()),
    )
    return case((proceeding.ended_on <= day, rank))


def _class_atoms(rank: ColumnElement[Any]) -> dict[Atom, ColumnElement[bool]]:
    known = func.coalesce(rank, -1)
    return {
        Atom.AGREED: known >= AGREED_RANK,
        Atom.PART: known == RANK[OutcomeClass.PART],
        Atom.FAILED: known == RANK[OutcomeClass.FAILURE],
        Atom.NEUTRAL: known == RANK[OutcomeClass.NEUTRAL],
        Atom.NEVER_STARTED: known == RANK[OutcomeClass.NEVER_STARTED],
    }


TERMS: dict[Dimension, type[Term]] = {
    Dimension.SOURCE: Source,
    Dimension.KIND: RightKind,
    Dimension.PARK: Park,
    Dimension.CHANNEL: Channel,
    Dimension.CONCLUDING_CHANNEL: Channel,
}

_OF_CASE: dict[Dimension, Any] = {
    Dimension.SOURCE: Case.source,
    Dimension.KIND: Case.primary_kind,
    Dimension.PARK: Case.park,
}


def of(cut: Cut, level: Level, atoms: frozenset[Atom], by: Dimension | None) -> Subquery:
    """One row per dispute (proceeding, …) that matters in the cut.

    Columns: `row_id`, `case_id`, `proceeding_id`, `days`, `dimension` (its value of `by`) and the `atoms` as 0 or 1.
    """
    make = {
        Level.DISPUTE: _dispute_rows,
        Level.PROCEEDING: _proceeding_rows,
        Level.INTAKE: _intake_rows,
        Level.TENURE: _tenure_rows,
    }[level]
    return make(cut, atoms, by).subquery("figure_rows")


def _select(
    atoms: frozenset[Atom],
    known: Mapping[Atom, ColumnElement[bool]],
    dimension: ColumnElement[Any] | None,
    *columns: ColumnElement[Any],
) -> Select[Any]:
    # A constant in GROUP BY would be read as a column's position: an empty value is a typed NULL.
    value = literal(None, Integer) if dimension is None else dimension
    return select(*columns, value.label("dimension"), *(_flag(known[a]).label(a.value) for a in Atom if a in atoms))


def _dispute_rows(cut: Cut, atoms: frozenset[Atom], by: Dimension | None) -> Select[Any]:
    horizon = max(cut.last, cut.as_of)
    opened, ended = Spell.opened_on, Spell.ended_on
    in_time = case((opened <= cut.last, _DaysBetween(opened, _until(ended, cut.last))), else_=0)
    runs = (
        select(
            Spell.case_id,
            _any(_open_at(opened, ended, cut.before)).label("at_start"),
            _any(_open_at(opened, ended, cut.last)).label("at_end"),
            _any(_open_at(opened, ended, cut.as_of)).label("as_of"),
            _any(and_(opened <= cut.last, or_(ended.is_(None), ended >= cut.first))).label("touched"),
            func.sum(in_time).label("days"),
        )
        .where(opened <= horizon)
        .group_by(Spell.case_id)
        .subquery("runs")
    )
    attempt = aliased(Proceeding)
    classes = (
        select(
            attempt.case_id,
            func.max(_rank_at(attempt, cut.last)).label("at_end"),
            func.max(_rank_at(attempt, cut.as_of)).label("as_of"),
        )
        .where(~attempt.is_void, attempt.ended_on <= horizon)
        .group_by(attempt.case_id)
        .subquery("classes")
    )
    accepted = Case.accepted_on
    stopped, live = aliased(Suspension), aliased(Proceeding)
    suspended = exists(
        select(stopped.id)
        .join(live, live.id == stopped.proceeding_id)
        .where(
            live.case_id == Case.id,
            ~live.is_void,
            _open_at(live.accepted_on, live.ended_on, cut.last),
            _open_at(stopped.from_on, stopped.resumed_on, cut.last),
        )
    )
    as_of_rank = func.coalesce(classes.c.as_of, -1)
    known: dict[Atom, ColumnElement[bool]] = {
        Atom.OPEN_AT_START: runs.c.at_start == 1,
        Atom.ACCEPTED: _in(accepted, cut),
        Atom.REOPENED: and_(accepted < cut.first, runs.c.at_start == 0),
        Atom.ENDED: runs.c.at_end == 0,
        Atom.OPEN_AT_END: runs.c.at_end == 1,
        Atom.SUSPENDED_AT_END: and_(runs.c.at_end == 1, suspended),
        Atom.OPEN_AS_OF: runs.c.as_of == 1,
        Atom.AGREED_AS_OF: as_of_rank >= AGREED_RANK,
        Atom.PART_AS_OF: as_of_rank == RANK[OutcomeClass.PART],
        **_class_atoms(classes.c.at_end),
    }
    concluding = _concluding(cut) if by in measures.ENDED_ONLY else None
    dimension: Any = None
    match by:
        case Dimension.SOURCE | Dimension.KIND | Dimension.PARK:
            dimension = _OF_CASE[by]
        case Dimension.CHANNEL:
            dimension = Case.entry_channel
        case Dimension.ORGANISATION:
            dimension = Case.entry_organisation_id
        case Dimension.CONCLUDING_CHANNEL if concluding is not None:
            dimension = concluding.c.channel
        case Dimension.CONCLUDING_ORGANISATION if concluding is not None:
            dimension = concluding.c.organisation_id
        case Dimension.CONCLUDING_MEDIATOR:
            dimension = Tenure.mediator_id
    rows = _select(
        atoms, known, dimension, Case.id.label("row_id"), Case.id.label("case_id"),
        literal(None, Integer).label("proceeding_id"), runs.c.days.label("days"),
    )
    rows = rows.select_from(Case).join(runs, runs.c.case_id == Case.id)
    rows = rows.outerjoin(classes, classes.c.case_id == Case.id)
    if concluding is not None:
        rows = rows.outerjoin(concluding, concluding.c.case_id == Case.id)
        if by is Dimension.CONCLUDING_MEDIATOR:
            rows = rows.outerjoin(
                Tenure, and_(Tenure.proceeding_id == concluding.c.proceeding_id, ~Tenure.handed_on)
            )
    # Whoever was not open some time in the period is in none of its sets.
    rows = rows.where(~Case.is_void, accepted <= cut.last, runs.c.touched == 1, *_of_case(cut.where))
    if cut.where.channel is not None:
        rows = rows.where(Case.entry_channel == cut.where.channel)
    if cut.where.organisation_id is not None:
        rows = rows.where(Case.entry_organisation_id == cut.where.organisation_id)
    return rows


def _concluding(cut: Cut) -> Subquery:
    """Per dispute the latest proceeding of the best class, by facts dated up to the period's end."""
    attempt = aliased(Proceeding)
    placed = (
        select(
            attempt.case_id,
            attempt.id.label("proceeding_id"),
            attempt.channel,
            attempt.organisation_id,
            func.row_number()
            .over(
                partition_by=attempt.case_id,
                order_by=(_rank_at(attempt, cut.last).desc(), attempt.ended_on.desc(), attempt.seq.desc()),
            )
            .label("place"),
        )
        .where(~attempt.is_void, attempt.ended_on <= cut.last)
        .subquery("placed")
    )
    return select(placed).where(placed.c.place == 1).subquery("concluding")


def _of_case(where: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.source is not None:
        conditions.append(Case.source == where.source)
    if where.kind is not None:
        conditions.append(Case.primary_kind == where.kind)
    if where.park is not None:
        conditions.append(Case.park == where.park)
    return conditions


def _of_proceeding(where: Filters) -> list[ColumnElement[bool]]:
    conditions = [~Case.is_void, ~Proceeding.is_void, *_of_case(where)]
    if where.channel is not None:
        conditions.append(Proceeding.channel == where.channel)
    if where.organisation_id is not None:
        conditions.append(Proceeding.organisation_id == where.organisation_id)
    return conditions


def _proceeding_dimension(by: Dimension | None) -> Any:
    match by:
        case Dimension.SOURCE | Dimension.KIND | Dimension.PARK:
            return _OF_CASE[by]
        case Dimension.CHANNEL:
            return Proceeding.channel
        case Dimension.ORGANISATION:
            return Proceeding.organisation_id
        case Dimension.MEDIATOR:
            return Tenure.mediator_id
        case _:
            return None


def _proceeding_rows(cut: Cut, atoms: frozenset[Atom], by: Dimension | None) -> Select[Any]:
    accepted, ended, outcome = Proceeding.accepted_on, Proceeding.ended_on, Proceeding.outcome
    stopped = exists().where(
        Suspension.proceeding_id == Proceeding.id, _open_at(Suspension.from_on, Suspension.resumed_on, cut.last)
    )
    is_open = _open_at(accepted, ended, cut.last)
    # An agreement settles the matter on the day it is signed, whenever the file is ended.
    settled = case((Proceeding.agreed_on <= cut.last, Proceeding.agreed_on), else_=ended)
    known: dict[Atom, ColumnElement[bool]] = {
        Atom.OPEN_AT_START: _open_at(accepted, ended, cut.before),
        Atom.ACCEPTED: _in(accepted, cut),
        Atom.ENDED: _in(ended, cut),
        Atom.ENDED_OTHERWISE: and_(_in(ended, cut), outcome != Outcome.TRANSFERRED),
        Atom.TRANSFERRED_OUT: and_(_in(ended, cut), outcome == Outcome.TRANSFERRED),
        Atom.OPEN_AT_END: is_open,
        Atom.SUSPENDED_AT_END: and_(is_open, stopped),
        Atom.HAS_LIMIT: Proceeding.due_on.is_not(None),
        Atom.ON_TIME: settled <= Proceeding.due_on,
        Atom.EXTENDED_IN_TIME: and_(settled <= Proceeding.due_on, settled > Proceeding.original_due_on),
        **_class_atoms(_rank_at(Proceeding, cut.last)),
    }
    length = _DaysBetween(accepted, _until(ended, cut.last))
    rows = _select(
        atoms, known, _proceeding_dimension(by), Proceeding.id.label("row_id"), Case.id.label("case_id"),
        Proceeding.id.label("proceeding_id"), length.label("days"),
    )
    rows = rows.select_from(Proceeding).join(Case, Case.id == Proceeding.case_id)
    if by is Dimension.MEDIATOR:
        # Of each accepted proceeding exactly one lead handed nothing on: the last.
        rows = rows.outerjoin(Tenure, and_(Tenure.proceeding_id == Proceeding.id, ~Tenure.handed_on))
    return rows.where(
        accepted <= cut.last, or_(ended.is_(None), ended >= cut.first), *_of_proceeding(cut.where)
    )


def _intake_rows(cut: Cut, atoms: frozenset[Atom], by: Dimension | None) -> Select[Any]:
    accepted, refused, reason = Proceeding.accepted_on, Proceeding.not_accepted_on, Proceeding.not_accepted_reason
    # An import may not know the day of receipt: it was never later than the acceptance.
    received = func.coalesce(Proceeding.received_on, accepted, Case.received_on)
    decided = func.coalesce(accepted, refused)
    why = func.coalesce(reason, NotAcceptedReason.OTHER)
    early, passed = NotAcceptedReason.WITHDRAWN_EARLY, NotAcceptedReason.PASSED_ON
    known: dict[Atom, ColumnElement[bool]] = {
        Atom.REGISTERED_AT_START: _open_at(received, decided, cut.before),
        Atom.RECEIVED: _in(received, cut),
        Atom.ACCEPTED: _in(accepted, cut),
        Atom.REFUSED: and_(_in(refused, cut), why.not_in([early, passed])),
        Atom.WITHDRAWN_EARLY: and_(_in(refused, cut), why == early),
        Atom.PASSED_ON: and_(_in(refused, cut), why == passed),
        Atom.REGISTERED_AT_END: _open_at(received, decided, cut.last),
    }
    rows = _select(
        atoms, known, _proceeding_dimension(by), Proceeding.id.label("row_id"), Case.id.label("case_id"),
        Proceeding.id.label("proceeding_id"), literal(None, Integer).label("days"),
    )
    rows = rows.select_from(Proceeding).join(Case, Case.id == Proceeding.case_id)
    return rows.where(
        received <= cut.last, or_(decided.is_(None), decided >= cut.first), *_of_proceeding(cut.where)
    )


def _tenure_rows(cut: Cut, atoms: frozenset[Atom], by: Dimension | None) -> Select[Any]:
    start, end = Tenure.from_on, Tenure.until_on
    known: dict[Atom, ColumnElement[bool]] = {
        Atom.OPEN_AT_START: _open_at(start, end, cut.before),
        Atom.ACCEPTED: and_(_in(start, cut), ~Tenure.took_over),
        Atom.TAKEN_OVER: and_(_in(start, cut), Tenure.took_over),
        Atom.ENDED: and_(_in(end, cut), ~Tenure.handed_on),
        Atom.HANDED_ON: and_(_in(end, cut), Tenure.handed_on),
        Atom.OPEN_AT_END: _open_at(start, end, cut.last),
    }
    rows = _select(
        atoms, known, _proceeding_dimension(by), Tenure.id.label("row_id"), Case.id.label("case_id"),
        Proceeding.id.label("proceeding_id"), literal(None, Integer).label("days"),
    )
    rows = rows.select_from(Tenure).join(Proceeding, Proceeding.id == Tenure.proceeding_id)
    rows = rows.join(Case, Case.id == Proceeding.case_id)
    return rows.where(start <= cut.last, or_(end.is_(None), end >= cut.first), *_of_proceeding(cut.where))
