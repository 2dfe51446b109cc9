"""Questions to the register: organisations, mediators, who was registered where on which day, training.

Writes nothing, decides nothing about rights. Days are inclusive at both ends; a registration whose first day is
unknown holds on every day up to its last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import joinedload

from mediation.database import Session
from mediation.errors import N_, NotFoundError
from mediation.register.models import Mediator, Organisation, Registration, Training
from mediation.sheets import cells
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind

PAGE_SIZE = 50


@dataclass(frozen=True)
class MediatorRow:
    """A mediator and the registrations that matched the question's day (all of them when it named none)."""

    mediator: Mediator
    registrations: tuple[Registration, ...]


@dataclass(frozen=True)
class MediatorPage:
    """One page of mediators in the order of their names; `after` is the id to ask the next page with."""

    rows: tuple[MediatorRow, ...]
    after: int | None


# --- Organisations --------------------------------------------------------------------------------------------------


def get_organisation(session: Session, organisation_id: int) -> Organisation:
    """The organisation. Raises NotFoundError."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFoundError(N_("There is no such organisation."))
    return organisation


def find_organisation_by_name(session: Session, name: str) -> Organisation | None:
    """The organisation of exactly this name, else of this short name."""
    named = session.scalar(select(Organisation).where(Organisation.name == name))
    return named or session.scalar(select(Organisation).where(Organisation.short_name == name))


def list_organisations(
    session: Session,
    *,
    active: bool | None = None,
    kind: OrganisationKind | None = None,
    park: Park | None = None,
) -> Sequence[Organisation]:
    """Organisations by name; `active=None` lists the closed ones too."""
    question = select(Organisation).order_by(Organisation.name, Organisation.id)
    if active is not None:
        question = question.where(Organisation.is_active.is_(active))
    if kind is not None:
        question = question.where(Organisation.kind == kind)
    if park is not None:
        question = question.where(Organisation.park == park)
    return session.scalars(question).all()


def count_mediators_by_organisation(session: Session, on: dt.date) -> dict[int, int]:
    """Organisation id → number of mediators registered there on the day; absent means none."""
    question = (
        select(Registration.organisation_id, func.count(Registration.mediator_id.distinct()))
        .where(_holds(on))
        .group_by(Registration.organisation_id)
    )
    return dict(session.execute(question).all())


# --- Mediators ------------------------------------------------------------------------------------------------------


def get_mediator(session: Session, mediator_id: int) -> Mediator:
    """The mediator. Raises NotFoundError."""
    mediator = session.get(Mediator, mediator_id)
    if mediator is None:
        raise NotFoundError(N_("There is no such mediator."))
    return mediator


def list_mediators(
    session: Session,
    *,
    organisation_id: int | None = None,
    on: dt.date | None = None,
    kind: RightKind | None = None,
) -> Sequence[Mediator]:
    """Mediators by name. What is asked for must hold of one and the same registration of theirs."""
    question = select(Mediator).order_by(Mediator.name, Mediator.id)
    return session.scalars(question.where(*_registered(organisation_id, on, kind, None))).all()


def list_namesakes(session: Session, name: str) -> Sequence[Mediator]:
    """Everybody of exactly this name, by id."""
    tidy = " ".join(cells.as_text(name).split())
    return session.scalars(select(Mediator).where(Mediator.name == tidy).order_by(Mediator.id)).all()


def mediators_of(session: Session, organisation_id: int, on: dt.date) -> Sequence[Mediator]:
    """The mediators registered with the organisation on the day, by name: whom it may assign."""
    return list_mediators(session, organisation_id=organisation_id, on=on)


def page_mediators(
    session: Session,
    *,
    text: str = "",
    organisation_id: int | None = None,
    on: dt.date | None = None,
    kind: RightKind | None = None,
    level: MediatorLevel | None = None,
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> MediatorPage:
    """A page of mediators whose name or phone contains `text`, continuing behind the mediator `after`.

    An `after` that no longer exists begins anew.
    """
    question = select(Mediator).where(*_registered(organisation_id, on, kind, level))
    wanted = cells.as_text(text)
    if wanted:
        question = question.where(
            or_(Mediator.name.icontains(wanted, autoescape=True), Mediator.phone.contains(wanted, autoescape=True))
        )
    last = session.get(Mediator, after) if after is not None else None
    if last is not None:
        question = question.where(tuple_(Mediator.name, Mediator.id) > tuple_(literal(last.name), literal(last.id)))
    found = session.scalars(question.order_by(Mediator.name, Mediator.id).limit(size + 1)).all()
    mediators = found[:size]
    registrations = _registrations_by_mediator(session, [mediator.id for mediator in mediators], on)
    rows = tuple(MediatorRow(mediator, tuple(registrations.get(mediator.id, ()))) for mediator in mediators)
    return MediatorPage(rows, mediators[-1].id if len(found) > size else None)


# --- Registrations --------------------------------------------------------------------------------------------------


def get_registration(session: Session, registration_id: int) -> Registration:
    """The registration. Raises NotFoundError."""
    registration = session.get(Registration, registration_id)
    if registration is None:
        raise NotFoundError(N_("There is no such registration."))
    return registration


def registrations_of(session: Session, mediator_id: int) -> Sequence[Registration]:
    """The mediator's registrations with their organisations: unknown beginnings first, then by first day."""
    return session.scalars(
        select(Registration)
        .where(Registration.mediator_id == mediator_id)
        .options(joinedload(Registration.organisation))
        .order_by(Registration.from_unknown.desc(), Registration.from_on, Registration.id)
    ).all()


def registrations_with(session: Session, mediator_id: int, organisation_id: int) -> Sequence[Registration]:
    """The mediator's registrations with one organisation, in the same order."""
    return [r for r in registrations_of(session, mediator_id) if r.organisation_id == organisation_id]


def registrations_at(session: Session, organisation_id: int, on: dt.date) -> Sequence[Registration]:
    """The registrations with the organisation that hold on the day, with their mediators, by name."""
    return session.scalars(
        select(Registration)
        .join(Registration.mediator)
        .where(Registration.organisation_id == organisation_id, _holds(on))
        .options(joinedload(Registration.mediator))
        .order_by(Mediator.name, Mediator.id)
    ).all()


def is_registered(session: Session, mediator_id: int, organisation_id: int, on: dt.date) -> bool:
    """Whether the mediator was registered with the organisation on the day."""
    question = exists().where(
        Registration.mediator_id == mediator_id, Registration.organisation_id == organisation_id, _holds(on)
    )
    return bool(session.scalar(select(question)))


def organisation_ids_of(session: Session, mediator_id: int, on: dt.date) -> frozenset[int]:
    """The organisations whose registration of the mediator had not ended before the day (one to come counts)."""
    return frozenset(
        session.scalars(
            select(Registration.organisation_id).where(
                Registration.mediator_id == mediator_id,
                or_(Registration.until_on.is_(None), Registration.until_on >= on),
            )
        )
    )


# --- Training -------------------------------------------------------------------------------------------------------


def get_training(session: Session, training_id: int) -> Training:
    """The training. Raises NotFoundError."""
    training = session.get(Training, training_id)
    if training is None:
        raise NotFoundError(N_("There is no such training."))
    return training


def trainings_of(session: Session, mediator_id: int) -> Sequence[Training]:
    """All training of the mediator, the latest first."""
    return session.scalars(
        select(Training).where(Training.mediator_id == mediator_id).order_by(Training.on.desc(), Training.id.desc())
    ).all()


def trainings_in(session: Session, mediator_id: int, year: int) -> Sequence[Training]:
    """The mediator's training within the calendar year, in the order of its days."""
    return session.scalars(
        select(Training)
        .where(
            Training.mediator_id == mediator_id,
            Training.on.between(dt.date(year, 1, 1), dt.date(year, 12, 31)),
        )
        .order_by(Training.on, Training.id)
    ).all()


# --- Conditions -----------------------------------------------------------------------------------------------------


def _holds(on: dt.date) -> ColumnElement[bool]:
    """The SQL twin of `Registration.holds_on`."""
    return and_(
        or_(Registration.from_on.is_(None), Registration.from_on <= on),
        or_(Registration.until_on.is_(None), Registration.until_on >= on),
    )


def _registered(
    organisation_id: int | None, on: dt.date | None, kind: RightKind | None, level: MediatorLevel | None
) -> list[ColumnElement[bool]]:
    """The condition that one registration of the mediator answers everything asked; none when nothing is."""
    asked: list[ColumnElement[bool]] = []
    if organisation_id is not None:
        asked.append(Registration.organisation_id == organisation_id)
    if on is not None:
        asked.append(_holds(on))
    if kind is not None:
        # The list is kept as JSON text on both engines; the quotes keep "design" out of "layout_design".
        asked.append(cast(Registration.specialities, Text).contains(f'"{kind.value}"', autoescape=True))
    if level is not None:
        asked.append(Registration.level == level)
    if not asked:
        return []
    return [exists().where(Registration.mediator_id == Mediator.id, *asked)]


def _registrations_by_mediator(
    session: Session, mediator_ids: Iterable[int], on: dt.date | None
) -> dict[int, list[Registration]]:
    question = (
        select(Registration)
        .where(Registration.mediator_id.in_(list(mediator_ids)))
        .options(joinedload(Registration.organisation))
        .order_by(Registration.from_unknown.desc(), Registration.from_on, Registration.id)
    )
    if on is not None:
        question = question.where(_holds(on))
    found: dict[int, list[Registration]] = {}
    for registration in session.scalars(question):
        found.setdefault(registration.mediator_id, []).append(registration)
    return found
