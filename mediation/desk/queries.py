"""Questions that look at several floors: a mediator's open proceedings, the pages of the trail. Writes nothing.

Holds no rule: what a live proceeding is, `cases.workflow` says; who may see a case, `cases.queries.visible_to`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from mediation.audit.models import AuditEvent
from mediation.cases import queries as cases
from mediation.cases import workflow
from mediation.cases.models import Assignment, Case, Proceeding
from mediation.database import Session
from mediation.people.permissions import Person

PAGE_SIZE = 50


def list_open_proceedings(session: Session, mediator_id: int, organisation_id: int) -> Sequence[Proceeding]:
    """The live proceedings of the organisation in which the mediator takes part now, the oldest first."""
    return session.scalars(
        select(Proceeding)
        .where(
            Proceeding.organisation_id == organisation_id,
            Proceeding.state.in_(workflow.LIVE),
            ~Proceeding.is_void,
            Proceeding.assignments.any(
                (Assignment.mediator_id == mediator_id) & Assignment.until_on.is_(None),
            ),
        )
        .order_by(Proceeding.received_on, Proceeding.id)
    ).all()


@dataclass(frozen=True)
class TrailPage:
    """A page of the trail, the newest first. `after`: the number to ask the next page with; None: this is the last."""

    events: Sequence[AuditEvent]
    after: int | None


def page_trail(
    session: Session,
    *,
    after: int | None = None,
    action: str | None = None,
    object_type: str | None = None,
    object_ref: str | None = None,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    size: int = PAGE_SIZE,
) -> TrailPage:
    """The events that fit every given filter, from the one before number `after` downwards.

    `since` is inside, `before` is not. Pages by the chain's own numbers, so that what is added meanwhile moves nothing.
    """
    conditions: list[ColumnElement[bool]] = []
    if after is not None:
        conditions.append(AuditEvent.seq < after)
    if action is not None:
        conditions.append(AuditEvent.action == action)
    if object_type is not None:
        conditions.append(AuditEvent.object_type == object_type)
    if object_ref is not None:
        conditions.append(AuditEvent.object_ref == object_ref)
    if since is not None:
        conditions.append(AuditEvent.at >= since)
    if before is not None:
        conditions.append(AuditEvent.at < before)
    found = session.scalars(
        select(AuditEvent).where(*conditions).order_by(AuditEvent.seq.desc()).limit(size + 1)
    ).all()
    return TrailPage(found[:size], found[size - 1].seq if len(found) > size else None)


def list_object_types(session: Session) -> Sequence[str]:
    """The kinds of things the trail tells of, for the filter of the page."""
    return session.scalars(select(AuditEvent.object_type).distinct().order_by(AuditEvent.object_type)).all()


def find_case_numbers(session: Session, case_ids: Iterable[int], person: Person) -> dict[int, str]:
    """Id → number of those of the cases that `person` may see."""
    rows = session.execute(select(Case.id, Case.number).where(Case.id.in_(list(case_ids)), cases.visible_to(person)))
    return dict(rows.all())


def find_case_id(session: Session, number: str) -> int | None:
    """The id of the case with exactly this number of the zone."""
    return session.scalar(select(Case.id).where(Case.number == number))
