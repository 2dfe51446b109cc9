"""What waits for whom: the groups of my work by role, each case with its next move. No SQL, no markup."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from mediation.cases import queries as cases
from mediation.cases import workflow
from mediation.cases.models import Proceeding
from mediation.database import Session
from mediation.docket import queries
from mediation.docket.queries import Attention, Filters, Order, Row
from mediation.people.permissions import Person
from mediation.terms import Action, AgreementState, Role

SHOWN = 8
"""Cases shown of each group; the rest is a link away."""

_MEDIATOR = (
    Attention.OVERDUE,
    Attention.SOON,
    Attention.IN_HAND,
    Attention.LONG_SUSPENDED,
    Attention.UNCLOSED,
)
_OFFICE = (
    Attention.OVERDUE,
    Attention.SOON,
    Attention.OFFERED,
    Attention.UNDECIDED,
    Attention.NO_LEAD,
    Attention.UNANSWERED,
    Attention.LONG_SUSPENDED,
    Attention.UNCLOSED,
)
GROUPS: dict[Role, tuple[Attention, ...]] = {
    Role.MEDIATOR: _MEDIATOR,
    Role.CLERK: _OFFICE,
    Role.ORGANISATION_ADMIN: _OFFICE,
}
"""What each role is shown, the most pressing first. Who watches the whole zone gets counts (`WATCHED`)."""

WATCHED = (
    Attention.OVERDUE,
    Attention.SOON,
    Attention.UNDECIDED,
    Attention.NO_LEAD,
    Attention.UNANSWERED,
    Attention.LONG_SUSPENDED,
    Attention.UNCLOSED,
)


@dataclass(frozen=True)
class Item:
    """A case of a group, and the move to make next, when the person may make one. `blocked`: what it still lacks."""

    row: Row
    action: Action | None = None
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Cases that wait for the same. `filters`: the list that shows them all; `count` is capped (`queries.COUNTED`)."""

    attention: Attention
    count: int
    items: tuple[Item, ...]
    filters: Filters


def filters_of(attention: Attention, person: Person) -> Filters:
    """The list behind a group: a mediator's own cases, an office's whole organisation, for the zone everything."""
    clocked = Order.DUE if attention in (Attention.OVERDUE, Attention.SOON) else Order.OLDEST
    found = Filters(attention=attention, order=clocked)
    if person.role is Role.MEDIATOR:
        return replace(found, mine=True)
    # What is offered to an organisation lies with another one as yet.
    return found if attention is Attention.OFFERED else replace(found, organisation=person.organisation_id)


def groups(session: Session, person: Person, today: dt.date) -> list[Group]:
    """The groups of `person` that are not empty."""
    pages = []
    for attention in GROUPS.get(person.role, ()):
        filters = filters_of(attention, person)
        page = queries.page(session, filters, person, today, size=SHOWN)
        if page.rows:
            whole = len(page.rows) if page.after is None else queries.count(session, filters, person, today)
            pages.append((attention, filters, page.rows, whole))
    wanted = {row.proceeding_id for _, _, rows, _ in pages for row in rows if row.proceeding_id is not None}
    proceedings = queries.load_proceedings(session, sorted(wanted))
    return [
        Group(
            attention,
            whole,
            tuple(_item(row, proceedings.get(row.proceeding_id or 0), attention, person, today) for row in rows),
            filters,
        )
        for attention, filters, rows, whole in pages
    ]


def counts(session: Session, person: Person, today: dt.date) -> list[Group]:
    """How many cases of the whole zone wait for what; a group with none stays, for nought is news as well."""
    found = []
    for attention in WATCHED:
        filters = filters_of(attention, person)
        found.append(Group(attention, queries.count(session, filters, person, today), (), filters))
    return found


def _item(row: Row, proceeding: Proceeding | None, attention: Attention, person: Person, today: dt.date) -> Item:
    # An offer is answered or recalled on the case page, where it is shown whole.
    if proceeding is None or attention in (Attention.OFFERED, Attention.UNANSWERED):
        return Item(row)
    offered = cases.offered(proceeding, person, today)
    if attention is Attention.NO_LEAD:
        step = next((way for way in offered if way.action is Action.ASSIGN), None)
    else:
        step = workflow.next_step(
            offered,
            proceeding.state,
            agreed=any(a.state is AgreementState.IN_FORCE for a in proceeding.agreements),
            followed_up=bool(proceeding.follow_ups),
        )
    return Item(row) if step is None else Item(row, step.action, step.blocked)
