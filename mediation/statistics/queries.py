"""The one interpreter of the measures: counts them, breaks them down, lists the cases behind each number.

A figure is a sum over the rows of `population`, and the cases behind a figure are those rows: a number and its list
cannot disagree. Must not write, must not define a measure (see `measures`) or an atom (`population`); knows no page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Subquery, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from mediation.cases import queries as cases
from mediation.cases.models import Case, Proceeding
from mediation.database import Session
from mediation.errors import FactError, N_, NotFoundError
from mediation.people import permissions
from mediation.people.permissions import Permission, Person
from mediation.register.models import Mediator, Organisation
from mediation.statistics import intervals, measures, periods, population
from mediation.statistics.intervals import Curve, Spread
from mediation.statistics.measures import (
    Atom,
    Balance,
    Count,
    Dimension,
    Duration,
    Expression,
    Figure,
    Flow,
    Level,
    Rate,
)
from mediation.statistics.periods import Period
from mediation.statistics.population import NO_FILTERS, Cut, Filters
from mediation.terms import OutcomeClass, RightKind, Source
from mediation.words import Term, Words

Part = Literal["numerator", "denominator", "count"]

PAGE = 50
"""Cases behind a number, on one page."""

_NOT_STATED = Words("未载明", "Not stated")
_UNASSIGNED = Words("未指派", "Unassigned")


# What comes out ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row of a table. `code`: of the value broken down by; "" where none is stated, None in the row of all."""

    code: str | None
    words: Words
    counts: Mapping[str, int]
    figures: tuple[Figure, ...]
    days: Spread | None

    def figure(self, code: str) -> Figure:
        """The figure of the rate with `code`. Raises KeyError: not in this table."""
        for figure in self.figures:
            if figure.measure.code == code:
                return figure
        raise KeyError(code)


@dataclass(frozen=True)
class Table:
    """The figures of one level for a period, whole and broken down.

    `differences`, by months: the sum of the months minus the whole, by the counts' codes; elsewhere all 0.
    """

    period: Period
    level: Level
    by: Dimension | None
    as_of: dt.date
    where: Filters
    counts: tuple[Count, ...]
    rates: tuple[Rate, ...]
    duration: Duration | None
    rows: tuple[Row, ...]
    total: Row
    flow: Flow | None

    @property
    def title(self) -> Words | None:
        """What it is broken down by, with *which* channel, organisation or lead; None: the whole."""
        return None if self.by is None else measures.title_of(self.by, self.level)

    @property
    def balance(self) -> Balance:
        """Both sums of its flow identity. Raises ValueError: a table of ended ones only has none."""
        if self.flow is None:
            raise ValueError("this table has no flow")
        return self.flow.balance(self.total.counts)

    @property
    def differences(self) -> dict[str, int]:
        """Sum of the rows minus the whole, per count."""
        return {
            count.code: sum(row.counts[count.code] for row in self.rows) - self.total.counts[count.code]
            for count in self.counts
            if self.by is not None
        }


@dataclass(frozen=True)
class FlowTable:
    """A flow of a period with both its sums."""

    flow: Flow
    counts: Mapping[str, int]

    @property
    def balance(self) -> Balance:
        """Both sums."""
        return self.flow.balance(self.counts)

    @property
    def identity_holds(self) -> bool:
        """Whether what came in equals what went out and what stayed."""
        return self.balance.holds


@dataclass(frozen=True)
class Days:
    """How long it took: the spread over ended ones, and Kaplan–Meier over ended and open ones together."""

    measure: Duration
    ended: Spread | None
    curve: Curve


@dataclass(frozen=True)
class Overview:
    """All levels of a period side by side with the year before, and one of them broken down.

    What the page shows, the sheets hold and the JSON says are three forms of this one thing.
    """

    period: Period
    before: Period
    level: Level
    by: Dimension | None
    as_of: dt.date
    where: Filters
    whole: Mapping[Level, Table]
    whole_before: Mapping[Level, Table]
    days: tuple[Days, ...]
    broken_down: Table | None
    broken_down_before: Table | None

    @property
    def flows(self) -> tuple[FlowTable, ...]:
        """The three flow tables."""
        return tuple(FlowTable(flow, self.whole[flow.level].total.counts) for flow in measures.FLOWS)

    def figure(self, rate: Rate) -> Figure:
        """The rate over the whole."""
        return self.whole[rate.level].total.figure(rate.code)

    def figure_before(self, rate: Rate) -> Figure:
        """The rate over the whole, one year before."""
        return self.whole_before[rate.level].total.figure(rate.code)


@dataclass(frozen=True)
class BehindRow:
    """One case (or proceeding of a case) behind a number."""

    row_id: int
    case_id: int
    number: str
    proceeding_number: str | None
    source: Source
    primary_kind: RightKind
    received_on: dt.date
    accepted_on: dt.date | None
    ended_on: dt.date | None
    result: OutcomeClass | None


@dataclass(frozen=True)
class Behind:
    """The cases behind a number: `n` in all, `openable` of which this person may open; one page of those.

    `next_after`: ask for the next page with it; None: this is the last.
    """

    measure: Count | Rate | Duration
    part: Part
    level: Level
    n: int
    openable: int
    rows: tuple[BehindRow, ...]
    next_after: int | None


# Asking --------------------------------------------------------------------------------------------------------------


def figures(
    session: Session,
    period: Period,
    *,
    level: Level,
    by: Dimension | None = None,
    as_of: dt.date | None = None,
    where: Filters = NO_FILTERS,
) -> Table:
    """The counts, rates and days of `level` in `period`, whole and by `by`, from counts of one statement.

    `as_of` (the period's last day, unless said): for the cohort views. By months, each month is a flow of its own
    and needs its own statement. Raises FactError: the level has no such breakdown, or `as_of` precedes the end.
    """
    cut = _cut(period, as_of, where)
    if by is not None and by not in measures.DIMENSIONS[level]:
        raise FactError(
            N_("Figures at the level “%(level)s” cannot be broken down by “%(by)s”."), level=level, by=by
        )
    if by is Dimension.MONTH:
        whole = _table(session, cut, level, None)
        rows = []
        for month in period.months():
            # A month's cohort is looked at on the same as-of date as the whole's: the rows then add up.
            total = _table(session, replace(cut, period=month), level, None).total
            rows.append(replace(total, code=month.code, words=month.words))
        return replace(whole, by=by, rows=tuple(rows))
    return _table(session, cut, level, by)


def previous(session: Session, table: Table) -> Table:
    """The same table one year before. Its as-of date, where it was the period's last day, moves along."""
    before = table.period.previous_year()
    as_of = before.last if table.as_of == table.period.last else table.as_of
    return figures(session, before, level=table.level, by=table.by, as_of=as_of, where=table.where)


def overview(
    session: Session,
    period: Period,
    *,
    level: Level = Level.DISPUTE,
    by: Dimension | None = None,
    as_of: dt.date | None = None,
    where: Filters = NO_FILTERS,
) -> Overview:
    """Everything about a period: see `Overview`. Raises as `figures`."""
    levels = [flow.level for flow in measures.FLOWS]
    whole = {each: figures(session, period, level=each, as_of=as_of, where=where) for each in levels}
    broken_down = figures(session, period, level=level, by=by, as_of=as_of, where=where) if by is not None else None
    return Overview(
        period,
        period.previous_year(),
        level,
        by,
        as_of or period.last,
        where,
        whole,
        {each: previous(session, table) for each, table in whole.items()},
        tuple(days(session, period, what, where=where) for what in measures.DURATIONS),
        broken_down,
        previous(session, broken_down) if broken_down is not None else None,
    )


def flow(session: Session, period: Period, what: Flow, *, where: Filters = NO_FILTERS) -> FlowTable:
    """A flow table of the period with both its sums."""
    cut = _cut(period, None, where)
    found = _counted(session, cut, what.level, None, [*what.terms, *what.beside])
    return FlowTable(what, found.get(None, {count.code: 0 for count in (*what.terms, *what.beside)}))


def days(session: Session, period: Period, what: Duration, *, where: Filters = NO_FILTERS) -> Days:
    """How long it took, ended ones alone and with the open ones counted as not yet ended (censored)."""
    spans = _spans(session, _cut(period, None, where), what, None, still_open=True).get(None, [])
    ended = [(length, n) for length, is_over, n in spans if is_over]
    every = [(length, is_over) for length, is_over, n in spans for _ in range(n)]
    return Days(what, intervals.quantiles(_expanded(ended)), intervals.kaplan_meier(every))


def cases_behind(
    session: Session,
    period: Period,
    measure: Count | Rate | Duration,
    part: Part,
    *,
    person: Person,
    by: Dimension | None = None,
    value: str | None = None,
    as_of: dt.date | None = None,
    where: Filters = NO_FILTERS,
    after: int = 0,
    limit: int = PAGE,
) -> Behind:
    """The rows that make up a number, from the statement that counts it; only those `person` may open are listed.

    `value`: code of the row of the table `by` ("" where none is stated); `after`: `next_after` of the page before.
    Raises FactError: no such breakdown, or a value that is none of it; ForbiddenError: by mediator without the right.
    """
    level = measure.level
    ensure_may(person, Dimension.MEDIATOR if level is Level.TENURE else by)
    cut = _cut(period, as_of, where)
    wanted = _set_of(measure, part)
    if by is Dimension.MONTH:
        month = next((month for month in period.months() if month.code == value), None)
        if month is None:
            raise NotFoundError(N_("There is no such row in the table."))
        cut, by, value = replace(cut, period=month), None, None
    if by is not None and by not in measures.DIMENSIONS[level]:
        raise FactError(
            N_("Figures at the level “%(level)s” cannot be broken down by “%(by)s”."), level=level, by=by
        )
    rows = population.of(cut, level, measures.atoms_of(wanted), by)
    found = select(rows.c.row_id, rows.c.case_id, rows.c.proceeding_id).where(population.holds(wanted, rows))
    if by is not None and value is not None:
        found = found.where(_is_value(rows, by, value))
    behind = found.subquery("behind")
    mine = behind.c.case_id.in_(select(Case.id).where(cases.visible_to(person)))
    counted = select(func.count(), func.coalesce(func.sum(case((mine, 1), else_=0)), 0)).select_from(behind)
    n, openable = session.execute(counted).one()
    proceeding = aliased(Proceeding)
    page = (
        select(behind.c.row_id, Case, proceeding)
        .select_from(behind)
        .join(Case, Case.id == behind.c.case_id)
        .outerjoin(proceeding, proceeding.id == behind.c.proceeding_id)
        .where(mine, behind.c.row_id > after)
        .order_by(behind.c.row_id)
        .limit(limit + 1)
    )
    listed = session.execute(page).all()
    return Behind(
        measure, part, level, n, openable,
        tuple(_behind_row(*row) for row in listed[:limit]),
        listed[limit - 1][0] if len(listed) > limit else None,
    )


def ensure_may(person: Person, by: Dimension | None) -> None:
    """Raise ForbiddenError when `person` may not see figures broken down by `by`."""
    permissions.ensure(person, Permission.FIGURES_SEE)
    if by in measures.BY_MEDIATOR:
        permissions.ensure(person, Permission.FIGURES_MEDIATORS)


def default_period(session: Session, today: dt.date) -> Period:
    """The last full year when anything was open or received in it, else the current year."""
    last_year = periods.year(today.year - 1)
    lived = select(Proceeding.id).where(
        Proceeding.received_on <= last_year.last,
        ~Proceeding.is_void,
        or_(Proceeding.ended_on.is_(None), Proceeding.ended_on >= last_year.first),
        or_(Proceeding.not_accepted_on.is_(None), Proceeding.not_accepted_on >= last_year.first),
    )
    return last_year if session.scalar(lived.limit(1)) is not None else periods.year(today.year)


def list_years(session: Session, today: dt.date) -> list[int]:
    """The years there can be figures of, latest first."""
    earliest = session.scalar(select(func.min(Proceeding.received_on)).where(~Proceeding.is_void))
    first = min(earliest.year if earliest else today.year, today.year)
    return list(range(today.year, first - 1, -1))


def list_organisations(session: Session) -> Sequence[tuple[int, str]]:
    """Every organisation that ever had a proceeding, with its short name."""
    found = select(Organisation.id, Organisation.short_name).where(
        exists().where(Proceeding.organisation_id == Organisation.id)
    )
    return [(key, name) for key, name in session.execute(found.order_by(Organisation.short_name, Organisation.id))]


def title_of_value(session: Session, by: Dimension, value: str) -> Words:
    """The title of the row `value` of a table by `by`. Raises NotFoundError: it is no row of it."""
    if by is Dimension.MONTH:
        return periods.parse(value).words
    member = _value(by, value)
    titles = [words for _, _, words in _named(session, by, {member: None})]
    if not titles:
        raise NotFoundError(N_("There is no such row in the table."))
    return titles[0]


# Counting ------------------------------------------------------------------------------------------------------------


def _cut(period: Period, as_of: dt.date | None, where: Filters) -> Cut:
    if as_of is not None and as_of < period.last:
        raise FactError(N_("The as-of date lies before the end of the period."))
    return Cut(period, as_of or period.last, where)


def _table(session: Session, cut: Cut, level: Level, by: Dimension | None) -> Table:
    counts, rates = measures.counts_of(level, by), measures.rates_of(level, by)
    beside = [count for rate in rates for count in rate.beside]
    duration = next((d for d in measures.DURATIONS if d.level is level), None)
    table_flow = None if by in measures.ENDED_ONLY else measures.flow_of(level)
    if by is Dimension.MEDIATOR and level is not Level.TENURE:
        # A lead's work is counted by days of leading, his or her rates by whole proceedings led when they ended.
        table_flow = measures.MEDIATOR_FLOW
        found = _counted(session, cut, Level.TENURE, by, counts)
        for value, of_value in _counted(session, cut, level, by, [*rates, *beside]).items():
            found.setdefault(value, {count.code: 0 for count in counts}).update(of_value)
    else:
        found = _counted(session, cut, level, by, [*counts, *rates, *beside])
    spans = _spans(session, cut, duration, by) if duration else {}
    lengths = {value: [(length, n) for length, _, n in of_value] for value, of_value in spans.items()}
    everything = _summed(found.values())
    total = _row(None, Words("合计", "Total"), everything, counts, rates,
                 [pair for of_value in lengths.values() for pair in of_value])
    named = _named(session, by, found) if by is not None else []
    rows = tuple(
        _row(code, words, found[value], counts, rates, lengths.get(value, []))
        for value, code, words in named
        if any(found[value].values())
    )
    return Table(cut.period, level, by, cut.as_of, cut.where, counts, rates, duration, rows, total, table_flow)


def _row(
    code: str | None,
    words: Words,
    found: Mapping[str, int],
    counts: Iterable[Count],
    rates: Iterable[Rate],
    lengths: Iterable[tuple[int, int]],
) -> Row:
    return Row(
        code,
        words,
        {count.code: found.get(count.code, 0) for count in counts},
        tuple(
            Figure(
                rate, found.get(f"{rate.code}.numerator", 0), found.get(f"{rate.code}.denominator", 0),
                tuple((count, found.get(count.code, 0)) for count in rate.beside),
            )
            for rate in rates
        ),
        intervals.quantiles(_expanded(lengths)),
    )


def _counted(
    session: Session, cut: Cut, level: Level, by: Dimension | None, wanted: Sequence[Count | Rate]
) -> dict[Any, dict[str, int]]:
    """Per value of `by` (None for the whole), how many rows are in each set wanted. One statement."""
    sets: dict[str, Expression] = {}
    for measure in wanted:
        if isinstance(measure, Rate):
            sets[f"{measure.code}.numerator"] = measure.numerator
            sets[f"{measure.code}.denominator"] = measure.denominator
        else:
            sets[measure.code] = measure.of
    rows = population.of(cut, level, frozenset().union(*(measures.atoms_of(of) for of in sets.values())), by)
    sums = [func.sum(case((population.holds(of, rows), 1), else_=0)) for of in sets.values()]
    statement = select(rows.c.dimension, *sums).group_by(rows.c.dimension)
    return {row[0]: dict(zip(sets, (int(n) for n in row[1:]), strict=True)) for row in session.execute(statement)}


def _spans(
    session: Session, cut: Cut, what: Duration, by: Dimension | None, *, still_open: bool = False
) -> dict[Any, list[tuple[int, bool, int]]]:
    """Per value of `by`: (days, ended, how many of these)."""
    counted = measures.any_of(what.of, Atom.OPEN_AT_END) if still_open else what.of
    rows = population.of(cut, what.level, measures.atoms_of(counted), by)
    is_over = case((population.holds(what.of, rows), 1), else_=0)
    statement = (
        select(rows.c.dimension, rows.c.days, is_over, func.count())
        .where(population.holds(counted, rows))
        .group_by(rows.c.dimension, rows.c.days, is_over)
    )
    found: dict[Any, list[tuple[int, bool, int]]] = {}
    for value, length, over, n in session.execute(statement):
        found.setdefault(value, []).append((int(length), bool(over), n))
    return found


def _expanded(lengths: Iterable[tuple[int, int]]) -> list[int]:
    return [length for length, n in lengths for _ in range(n)]


def _summed(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for row in rows:
        for code, n in row.items():
            total[code] = total.get(code, 0) + n
    return total


def _named(session: Session, by: Dimension, found: Mapping[Any, object]) -> list[tuple[Any, str, Words]]:
    """The values found, with code and title: closed lists in their order, names by name, the unstated last."""
    values = [value for value in found if value is not None]
    named: list[tuple[Any, str, Words]] = []
    if values and isinstance(values[0], Term):
        ordered = [member for member in type(values[0]) if member in values]
        named = [(member, member.value, member.words) for member in ordered]
    elif by in measures.BY_MEDIATOR:
        people = select(Mediator.id, Mediator.name).where(Mediator.id.in_(values)).order_by(Mediator.name, Mediator.id)
        named = [(key, str(key), Words(name, name)) for key, name in session.execute(people)]
    elif values:
        houses = (
            select(Organisation.id, Organisation.name)
            .where(Organisation.id.in_(values))
            .order_by(Organisation.name, Organisation.id)
        )
        named = [(key, str(key), Words(name, name)) for key, name in session.execute(houses)]
    if None in found:
        named.append((None, "", _UNASSIGNED if by in measures.BY_MEDIATOR else _NOT_STATED))
    return named


def _set_of(measure: Count | Rate | Duration, part: Part) -> Expression:
    if isinstance(measure, Rate):
        return measure.denominator if part == "denominator" else measure.numerator
    return measure.of


def _value(by: Dimension, code: str) -> Any:
    """What the code of a row stands for; None where none is stated. Raises NotFoundError: it is no code of it."""
    if code == "":
        return None
    term = population.TERMS.get(by)
    try:
        return term(code) if term is not None else _id(code)
    except ValueError:
        raise NotFoundError(N_("There is no such row in the table.")) from None


def _id(code: str) -> int:
    # Longer than any id: not for the database to refuse.
    if not code.isascii() or not code.isdecimal() or len(code) > 9:
        raise ValueError(code)
    return int(code)


def _is_value(rows: Subquery, by: Dimension, code: str) -> ColumnElement[bool]:
    value, column = _value(by, code), rows.c.dimension
    return column.is_(None) if value is None else column == value


def _behind_row(row_id: int, dispute: Case, proceeding: Proceeding | None) -> BehindRow:
    of: Case | Proceeding = proceeding or dispute
    return BehindRow(
        row_id, dispute.id, dispute.number, proceeding.number if proceeding else None, dispute.source,
        dispute.primary_kind, of.received_on or dispute.received_on, of.accepted_on, of.ended_on,
        proceeding.result_class if proceeding else dispute.outcome_class,
    )
