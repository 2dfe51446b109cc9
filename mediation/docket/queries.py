"""The list of cases: what may be asked of it, one page of it, how many there are, all of it for an export.

One statement a page, keyset paging (no page costs more than the first), and one question each for the parties.
Every statement is held by `cases.queries.visible_to`. Must not write, and must not judge moves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, false, func, literal, or_, select, tuple_, union
from sqlalchemy.orm import aliased, joinedload, selectinload

from mediation.cases import deadlines, search, workflow
from mediation.cases import queries as cases
from mediation.cases.deadlines import Due
from mediation.cases.models import Agreement, Assignment, Case, Offer, Party, Proceeding, Suspension
from mediation.channels import Channel
from mediation.database import Session
from mediation.people.permissions import Person
from mediation.register.models import Mediator, Organisation
from mediation.terms import CaseState, OfferState, OutcomeClass, Park, PartyRole, RightKind, Source, State
from mediation.words import Term

PAGE_SIZE = 50
COUNTED = 1000
"""Counting stops here: "1,000+" says enough, and costs the same with ten million cases."""
SOON_DAYS = 7
LONG_SUSPENDED_DAYS = 30
ANSWER_WORKING_DAYS = 3
"""Working days after which an unanswered offer is brought up (a reminder, never consent)."""

RUNNING = (State.ACCEPTED, State.MEDIATING)
"""States in which the limit runs: a suspension stops it."""


class Attention(Term):
    """What a case waits for; each is a group of my work, and a filter of the list."""

    OVERDUE = "overdue", "已超期", "Overdue"
    SOON = "soon", "7日内到期", "Due within 7 days"
    OFFERED = "offered", "移交本单位待接收", "Offered to us"
    UNDECIDED = "undecided", "待决定是否受理", "Waiting for acceptance"
    NO_LEAD = "no_lead", "已受理未指派", "Accepted, no lead mediator"
    IN_HAND = "in_hand", "其他在办", "Others in hand"
    UNANSWERED = "unanswered", "移交逾3个工作日未答复", "Our offer unanswered for 3 working days"
    LONG_SUSPENDED = "long_suspended", "中止超过30日", "Suspended for over 30 days"
    UNCLOSED = "unclosed", "已终结未结案", "Ended, not closed"


_FEW = frozenset(
    (Attention.OVERDUE, Attention.SOON, Attention.OFFERED, Attention.UNANSWERED, Attention.LONG_SUSPENDED)
)
"""What few cases wait for at any time."""


class Order(Term):
    """How the list is sorted. DUE lists only cases whose limit runs: the others have no day to be sorted by."""

    NEWEST = "newest", "最新收案在前", "Newest first"
    OLDEST = "oldest", "最早收案在前", "Oldest first"
    DUE = "due", "按到期日（仅计时中案件）", "By due day (running limits only)"


# The case's latest proceeding; under a name of its own, since the policy's condition asks about all of them.
Current = aliased(Proceeding, name="current")


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; channel, organisation and kind are those of the case's latest proceeding."""

    state: CaseState | None = None
    attention: Attention | None = None
    channel: Channel | None = None
    organisation: int | None = None
    kind: RightKind | None = None
    source: Source | None = None
    park: Park | None = None
    mediator: int | None = None
    received_from: dt.date | None = None
    received_to: dt.date | None = None
    words: str = ""
    mine: bool = False
    order: Order = Order.NEWEST

    def address(self) -> dict[str, str]:
        """As the values of an address; nothing for what is not narrowed."""
        said: dict[str, str] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value != each.default:
                said[each.name] = "1" if value is True else str(value.value if isinstance(value, Term) else value)
        return said

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order is chosen."""
        return replace(self, order=Order.NEWEST) != Filters()


@dataclass(frozen=True)
class Row:
    """One case as the list shows it. `office`: the organisation's short name; `lead`: the present lead mediator's."""

    case_id: int
    number: str
    is_void: bool
    state: CaseState
    outcome_class: OutcomeClass | None
    kind: RightKind
    source: Source
    park: Park | None
    series: str | None
    received_on: dt.date
    accepted_on: dt.date | None
    ended_on: dt.date | None
    proceeding_id: int | None
    own_number: str | None
    proceeding_state: State | None
    channel: Channel | None
    organisation: str | None
    office: str | None
    lead: str | None
    due: Due | None
    applicants: tuple[str, ...] = ()
    respondents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of the list; `before` and `after` are the keys of the pages around it, None where there is none."""

    rows: tuple[Row, ...]
    before: str | None
    after: str | None


def page(
    session: Session,
    filters: Filters,
    person: Person,
    today: dt.date,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE_SIZE,
) -> Page:
    """The page that begins after the key `after`, ends before `before`, or else the first one.

    A key that cannot be read asks for the first page.
    """
    backwards = _read_key(before) is not None
    key = _read_key(before) if backwards else _read_key(after)
    day, forwards_down = _sorted_by(filters.order)
    down = forwards_down != backwards
    # Only the keys are sorted; the columns are fetched for the few that are shown.
    statement = _narrowed(session, filters, person, today)
    if key is not None:
        here, there = tuple_(day, Case.id), tuple_(literal(key[0], Date), literal(key[1]))
        statement = statement.where(here < there if down else here > there)
    statement = statement.order_by(day.desc() if down else day, Case.id.desc() if down else Case.id).limit(size + 1)
    found = session.scalars(statement).all()
    more, found = len(found) > size, found[:size]
    rows = rows_of(session, found[::-1] if backwards else found, today)
    ahead, behind = (key is not None, more) if backwards else (more, key is not None)
    return Page(
        rows,
        before=_key(rows[0], filters.order) if rows and behind else None,
        after=_key(rows[-1], filters.order) if rows and ahead else None,
    )


def count(session: Session, filters: Filters, person: Person, today: dt.date) -> int:
    """How many cases there are, counted up to COUNTED + 1."""
    inner = _narrowed(session, filters, person, today, counted=True).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def count_all(session: Session, filters: Filters, person: Person, today: dt.date, *, most: int) -> int:
    """How many cases there are, counted up to `most` + 1: for an export, whose rows are limited."""
    inner = _narrowed(session, filters, person, today, counted=True).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def count_by_state(session: Session, person: Person) -> dict[CaseState, int]:
    """The cases visible to `person` by state."""
    found = session.execute(
        select(Case.state, func.count().label("number"))
        .where(~Case.is_void, cases.visible_to(person))
        .group_by(Case.state)
    )
    return {row.state: row.number for row in found}


def all_rows(session: Session, filters: Filters, person: Person, today: dt.date) -> Iterator[Row]:
    """Every row of the list in its order, read in portions."""
    day, down = _sorted_by(filters.order)
    statement = _rows(session, filters, person, today)
    statement = statement.order_by(day.desc() if down else day, Case.id.desc() if down else Case.id)
    for portion in session.execute(statement, execution_options={"yield_per": 500}).partitions():
        yield from _dressed(session, [_row(one, today) for one in portion])


def rows_of(session: Session, case_ids: Sequence[int], today: dt.date) -> tuple[Row, ...]:
    """The rows of these cases in this order. Whoever asks has made sure they may be seen."""
    rows = (_row(one, today) for one in session.execute(_columns().where(Case.id.in_(case_ids))))
    found = {row.case_id: row for row in rows}
    return _dressed(session, [found[key] for key in case_ids if key in found])


def load_proceedings(session: Session, proceeding_ids: Sequence[int]) -> dict[int, Proceeding]:
    """The proceedings with all the workflow looks at, in a fixed number of statements."""
    whole = joinedload(Proceeding.case)
    found = session.scalars(
        select(Proceeding)
        .where(Proceeding.id.in_(proceeding_ids))
        .options(
            joinedload(Proceeding.organisation),
            selectinload(Proceeding.assignments),
            selectinload(Proceeding.suspensions),
            selectinload(Proceeding.extensions),
            selectinload(Proceeding.follow_ups),
            selectinload(Proceeding.agreements).selectinload(Agreement.confirmation),
            whole.selectinload(Case.proceedings),
            whole.selectinload(Case.offers),
            whole.selectinload(Case.parties),
        )
    )
    return {proceeding.id: proceeding for proceeding in found.unique()}


def list_mediators(session: Session, person: Person) -> list[tuple[int, str]]:
    """The mediators to filter by: those of the person's organisation, for roles of the zone all."""
    statement = select(Mediator.id, Mediator.name).order_by(Mediator.name, Mediator.id)
    if person.organisation_id is not None:
        worked = (
            select(Assignment.mediator_id)
            .join(Proceeding, Proceeding.id == Assignment.proceeding_id)
            .where(Proceeding.organisation_id == person.organisation_id)
        )
        statement = statement.where(Mediator.id.in_(worked))
    return [(key, name) for key, name in session.execute(statement)]


def is_empty(session: Session, what: type[Organisation] | type[Mediator] | type[Case]) -> bool:
    """Whether there is none of these yet."""
    return session.scalar(select(what.id).limit(1)) is None


def reminded_since(today: dt.date) -> dt.date:
    """The last day an offer may have been made on to be brought up today."""
    calendar, day, left = deadlines.load_calendar(), today, ANSWER_WORKING_DAYS
    while left:
        left -= calendar.is_working_day(day)
        day -= dt.timedelta(days=1)
    return day


# ------------------------------------------------------------------------------------------ statements


def _columns() -> Any:
    return (
        select(
            Case.id, Case.number, Case.is_void, Case.state, Case.outcome_class, Case.primary_kind, Case.source,
            Case.park, Case.series, Case.received_on, Case.accepted_on, Case.ended_on,
            Current.id.label("proceeding_id"), Current.number.label("own_number"),
            Current.state.label("proceeding_state"), Current.channel, Current.due_on, Current.due_certain,
            Organisation.name.label("organisation"), Organisation.short_name.label("office"),
            Mediator.name.label("lead"),
        )
        .outerjoin(Current, Current.id == Case.current_proceeding_id)
        .outerjoin(Organisation, Organisation.id == Current.organisation_id)
        .outerjoin(Mediator, Mediator.id == Current.lead_id)
    )  # fmt: skip


def _rows(session: Session, filters: Filters, person: Person, today: dt.date) -> Any:
    return _columns().where(~Case.is_void, *_conditions(session, filters, person, today))


def _narrowed(
    session: Session, filters: Filters, person: Person, today: dt.date, *, counted: bool = False
) -> Select[Any]:
    """The keys of the cases of `filters`. `counted`: no order is wanted.

    Few cases wait for something, and an unsorted count may begin anywhere: then the engines begin with the
    proceedings, whose indexes know. Else they walk the cases in the order of the list and stop after a page.
    """
    asks_proceedings = replace(
        filters, state=None, kind=None, source=None, park=None, received_from=None, received_to=None, words="",
        mediator=None,
    ).is_narrowed or filters.order is Order.DUE  # fmt: skip
    few = filters.mine or filters.attention in _FEW or filters.order is Order.DUE
    statement = select(Case.id)
    if asks_proceedings:
        statement = statement.join(Current, Current.id == Case.current_proceeding_id)
    # Within a function the flag is no way in: taken for rare, it would draw the engine away from the better index.
    void = func.coalesce(Case.is_void, false()) if asks_proceedings and (counted or few) else Case.is_void
    return statement.where(~void, *_conditions(session, filters, person, today))


def _conditions(session: Session, filters: Filters, person: Person, today: dt.date) -> list[ColumnElement[bool]]:
    same: Mapping[Any, object] = {
        Case.state: filters.state,
        Case.primary_kind: filters.kind,
        Case.source: filters.source,
        Case.park: filters.park,
        Current.channel: filters.channel,
        Current.organisation_id: filters.organisation,
    }
    held = [cases.visible_to(person)]
    held += [column == value for column, value in same.items() if value is not None]
    if filters.received_from is not None:
        held.append(Case.received_on >= filters.received_from)
    if filters.received_to is not None:
        held.append(Case.received_on <= filters.received_to)
    if filters.mediator is not None:
        held.append(_mediated_by(filters.mediator))
    if filters.mine:
        held.append(_mine(person))
    if filters.attention is not None:
        held.append(_waits_for(filters.attention, person, today))
    if filters.order is Order.DUE:
        held += [Current.state.in_(RUNNING), Current.due_on.is_not(None)]
    if filters.words:
        ways = (search.numbered(filters.words), search.worded(session, filters.words))
        held.append(or_(false(), *(way for way in ways if way is not None)))
    return held


def _mediated_by(mediator_id: int) -> ColumnElement[bool]:
    """The mediator took part in a standing proceeding of the case."""
    with_them = (
        select(Proceeding.case_id)
        .join(Assignment, Assignment.proceeding_id == Proceeding.id)
        .where(Assignment.mediator_id == mediator_id, ~Proceeding.is_void)
    )
    return Case.id.in_(with_them)


def _mine(person: Person) -> ColumnElement[bool]:
    """The person is a present mediator of the latest proceeding, or registered it."""
    registered = select(Proceeding.id).where(Proceeding.registered_by_id == person.account_id)
    if person.mediator_id is None:
        return Current.id.in_(registered)
    present = select(Assignment.proceeding_id).where(
        Assignment.mediator_id == person.mediator_id, Assignment.until_on.is_(None)
    )
    return Current.id.in_(union(registered, present).subquery().select())


def _waits_for(attention: Attention, person: Person, today: dt.date) -> ColumnElement[bool]:
    runs = Current.state.in_(RUNNING)
    pending = Offer.state == OfferState.PENDING
    match attention:
        case Attention.OVERDUE:
            return and_(runs, Current.due_on < today)
        case Attention.SOON:
            return and_(runs, Current.due_on.between(today, today + dt.timedelta(days=SOON_DAYS)))
        case Attention.OFFERED:
            here = Offer.to_organisation_id == person.organisation_id
            return Case.id.in_(select(Offer.case_id).where(pending, here))
        case Attention.UNDECIDED:
            return Current.state == State.REGISTERED
        case Attention.NO_LEAD:
            return and_(Current.state.in_(workflow.UNDER_WAY), Current.lead_id.is_(None))
        case Attention.IN_HAND:
            # Each case once: what is pressing or long stopped stands in a group of its own.
            told = (Attention.OVERDUE, Attention.SOON, Attention.LONG_SUSPENDED)
            elsewhere = [func.coalesce(_waits_for(other, person, today), false()) for other in told]
            return and_(Current.state.in_(workflow.LIVE), *(~each for each in elsewhere))
        case Attention.UNANSWERED:
            long_since = Offer.offered_on <= reminded_since(today)
            return Current.id.in_(select(Offer.proceeding_id).where(pending, long_since))
        case Attention.LONG_SUSPENDED:
            since = today - dt.timedelta(days=LONG_SUSPENDED_DAYS)
            stopped = select(Suspension.proceeding_id).where(
                Suspension.resumed_on.is_(None), Suspension.from_on < since
            )
            return and_(Current.state == State.SUSPENDED, Current.id.in_(stopped))
        case Attention.UNCLOSED:
            return and_(Current.state.in_(workflow.OVER), Current.closed_on.is_(None))


# ------------------------------------------------------------------------------------------ keys and rows


def _sorted_by(order: Order) -> tuple[Any, bool]:
    """The day the list is sorted by, and whether the latest comes first."""
    return (Current.due_on, False) if order is Order.DUE else (Case.received_on, order is Order.NEWEST)


def _key(row: Row, order: Order) -> str:
    day = row.due.on if order is Order.DUE and row.due else row.received_on
    return f"{day}.{row.case_id}"


def _read_key(text: str | None) -> tuple[dt.date, int] | None:
    day, _, number = (text or "").partition(".")
    try:
        return dt.date.fromisoformat(day), int(number) if number.isascii() and len(number) < 10 else 0
    except ValueError:
        return None


def _row(found: Any, today: dt.date) -> Row:
    return Row(
        found.id, found.number, found.is_void, found.state, found.outcome_class, found.primary_kind, found.source,
        found.park, found.series, found.received_on, found.accepted_on, found.ended_on, found.proceeding_id,
        found.own_number, found.proceeding_state, found.channel, found.organisation, found.office, found.lead,
        _due(found.proceeding_state, found.due_on, found.due_certain, today),
    )  # fmt: skip


def _due(state: State | None, on: dt.date | None, certain: bool, today: dt.date) -> Due | None:
    """How the stored limit stands today; None when none runs or is stopped."""
    if on is None or state not in workflow.UNDER_WAY:
        return None
    stopped, left = state is State.SUSPENDED, (on - today).days
    return Due(on, left, overdue=left < 0 and not stopped, stopped=stopped, certain=certain)


def _dressed(session: Session, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with their parties' names."""
    names: dict[tuple[int, PartyRole], list[str]] = {}
    ids = [row.case_id for row in rows]
    asked = select(Party.case_id, Party.role, Party.name).where(Party.case_id.in_(ids)).order_by(Party.id)
    for case_id, role, name in session.execute(asked) if ids else ():
        names.setdefault((case_id, role), []).append(name)
    return tuple(
        replace(
            row,
            applicants=tuple(names.get((row.case_id, PartyRole.APPLICANT), ())),
            respondents=tuple(names.get((row.case_id, PartyRole.RESPONDENT), ())),
        )
        for row in rows
    )
