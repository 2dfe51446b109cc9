"""What is done to the register; each deed is recorded in the audit trail by its field names, never by their contents.

Nothing here commits or asks who may. `seen_version` is the version the person had on the page: another one is refused.
`by` is the acting person (None: the house itself), `at` the instant of the entry. What a deed must know of a
floor above (how many proceedings a leaving mediator still carries) arrives as a plain value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from mediation import clock
from mediation.audit import actions as audit
from mediation.database import Session
from mediation.errors import DuplicateError, FactError, MoveError, N_, StaleError
from mediation.register import queries
from mediation.register.models import (
    SHORT_NAME_LENGTH,
    Gender,
    LimitUnit,
    Mediator,
    Organisation,
    Registration,
    Training,
)
from mediation.sheets import cells
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind

# A course of a quarter of a year; more is a slip of the keyboard, and training counts in the award.
MOST_HOURS = Decimal(500)

MOST_LIMIT = 1000


# --- Organisations --------------------------------------------------------------------------------------------------


def create_organisation(
    session: Session,
    *,
    name: str,
    short_name: str,
    kind: OrganisationKind,
    park: Park,
    limit_count: int | None = None,
    limit_unit: LimitUnit | None = None,
    phone: str | None = None,
    address: str | None = None,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Organisation:
    """A new, active organisation. Raises FactError, and DuplicateError when a name or short name is taken."""
    organisation = Organisation(created_at=at, is_active=True)
    with _names_judged(session):
        fields = _describe(session, organisation, name, short_name, kind, park, limit_count, limit_unit, phone, address)
        session.add(organisation)
    _record(session, "organisation:create", organisation, fields, by=by, at=at)
    return organisation


def edit_organisation(
    session: Session,
    organisation: Organisation,
    *,
    name: str,
    short_name: str,
    kind: OrganisationKind,
    park: Park,
    limit_count: int | None,
    limit_unit: LimitUnit | None,
    phone: str | None,
    address: str | None,
    seen_version: int,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Organisation:
    """Change what is kept of the organisation; numbers already given stay as they were given.

    Raises StaleError, FactError, DuplicateError.
    """
    _same_version(organisation, seen_version)
    with _names_judged(session):
        fields = _describe(session, organisation, name, short_name, kind, park, limit_count, limit_unit, phone, address)
    if fields:
        _record(session, "organisation:edit", organisation, fields, by=by, at=at)
    return organisation


def close_organisation(
    session: Session, organisation: Organisation, *, seen_version: int, by: audit.Actor | None, at: dt.datetime
) -> Organisation:
    """Let it take no new proceeding and no new mediator. Raises StaleError, MoveError when closed already."""
    return _switch(session, organisation, False, "organisation:close", seen_version, by, at)


def reopen_organisation(
    session: Session, organisation: Organisation, *, seen_version: int, by: audit.Actor | None, at: dt.datetime
) -> Organisation:
    """Let it work again. Raises StaleError, MoveError when it is open."""
    return _switch(session, organisation, True, "organisation:reopen", seen_version, by, at)


# --- Mediators ------------------------------------------------------------------------------------------------------


def create_mediator(
    session: Session,
    *,
    name: str,
    gender: Gender | None = None,
    phone: str | None = None,
    note: str | None = None,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Mediator:
    """A new person, registered nowhere yet; the same name twice is allowed. Raises FactError without a name."""
    mediator = Mediator(created_at=at)
    fields = _change(mediator, name=_required("name", name), gender=gender, phone=_text(phone), note=_text(note))
    session.add(mediator)
    session.flush()
    _record(session, "mediator:create", mediator, fields, by=by, at=at)
    return mediator


def edit_mediator(
    session: Session,
    mediator: Mediator,
    *,
    name: str,
    gender: Gender | None,
    phone: str | None,
    note: str | None,
    serious_fault_on: dt.date | None,
    seen_version: int,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Mediator:
    """Change what is kept of the person. Raises StaleError, FactError (no name; a fault in the future)."""
    _same_version(mediator, seen_version)
    if serious_fault_on is not None:
        _not_later_than("serious_fault_on", serious_fault_on, clock.local_day(at))
    fields = _change(
        mediator,
        name=_required("name", name),
        gender=gender,
        phone=_text(phone),
        note=_text(note),
        serious_fault_on=serious_fault_on,
    )
    _flush(session)
    if fields:
        _record(session, "mediator:edit", mediator, fields, by=by, at=at)
    return mediator


# --- Registrations --------------------------------------------------------------------------------------------------


def register_with(
    session: Session,
    mediator: Mediator,
    organisation: Organisation,
    *,
    level: MediatorLevel = MediatorLevel.NONE,
    specialities: Collection[RightKind] = (),
    from_on: dt.date | None,
    until_on: dt.date | None = None,
    from_unknown: bool = False,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Registration:
    """Register the mediator with the organisation from a day on; `from_unknown` (imports only) goes without one.

    Raises FactError (days), DuplicateError when a registration there overlaps, MoveError when the organisation is
    closed and the registration has no end.
    """
    _days(from_on, until_on, from_unknown)
    if not organisation.is_active and until_on is None:
        raise MoveError(
            N_("%(organisation)s is closed and takes no new mediators."), organisation=organisation.name
        )
    registration = Registration(mediator_id=mediator.id, organisation_id=organisation.id)
    fields = _change(
        registration,
        level=level,
        specialities=_codes(specialities),
        from_on=from_on,
        until_on=until_on,
        from_unknown=from_unknown,
    )
    _not_overlapping(session, registration)
    session.add(registration)
    session.flush()
    _record(session, "registration:create", registration, fields, by=by, at=at)
    return registration


def edit_registration(
    session: Session,
    registration: Registration,
    *,
    level: MediatorLevel,
    specialities: Collection[RightKind],
    from_on: dt.date | None,
    until_on: dt.date | None,
    seen_version: int,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Registration:
    """Correct a registration, prolong its term or make it open-ended. Shortening is `leave`, which asks for the cases.

    A first day, once known, stays known; an unknown one may stay so. Raises StaleError, FactError, DuplicateError.
    """
    _same_version(registration, seen_version)
    was_until = registration.until_on
    if until_on is not None and (was_until is None or until_on < was_until):
        raise FactError(N_("To end a registration earlier, record that the mediator leaves."), field="until_on")
    from_unknown = from_on is None and registration.from_unknown
    _days(from_on, until_on, from_unknown)
    fields = _change(
        registration,
        level=level,
        specialities=_codes(specialities),
        from_on=from_on,
        until_on=until_on,
        from_unknown=from_unknown,
    )
    with session.no_autoflush:
        _not_overlapping(session, registration)
    _flush(session)
    if fields:
        _record(session, "registration:edit", registration, fields, by=by, at=at)
    return registration


def leave(
    session: Session,
    registration: Registration,
    *,
    on: dt.date,
    live_proceedings: int,
    seen_version: int,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Registration:
    """End the registration; `on` is the last day it holds.

    `live_proceedings`: how many live proceedings of that organisation the mediator would still carry after `on`; the
    page that calls counts them. Raises StaleError, MoveError while there are any, FactError when `on` lies before the
    first day or behind a last day already set.
    """
    _same_version(registration, seen_version)
    if registration.until_on is not None and on > registration.until_on:
        raise FactError(
            N_("The registration ends on %(day)s already; prolong it by editing it."),
            field="on",
            day=registration.until_on,
        )
    if registration.from_on is not None and on < registration.from_on:
        raise FactError(N_("The last day lies before the first."), field="on")
    if live_proceedings:
        raise MoveError(
            N_("The mediator still has open proceedings there: %(count)s. Reassign them first."), count=live_proceedings
        )
    fields = _change(registration, until_on=on)
    _flush(session)
    if fields:
        _record(session, "registration:leave", registration, fields, by=by, at=at)
    return registration


# --- Training -------------------------------------------------------------------------------------------------------


def record_training(
    session: Session,
    mediator: Mediator,
    *,
    on: dt.date,
    hours: Decimal,
    subject: str,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Training:
    """Training the mediator took part in. Raises FactError (a day to come, hours not in 0.1 … 500, no subject)."""
    _not_later_than("on", on, clock.local_day(at))
    if not hours.is_finite() or not 0 < hours <= MOST_HOURS or hours != round(hours, 1):
        raise FactError(
            N_("Hours lie between 0.1 and %(most)s, with one decimal at most."), field="hours", most=MOST_HOURS
        )
    training = Training(mediator_id=mediator.id, on=on, hours=hours, subject=_required("subject", subject))
    session.add(training)
    session.flush()
    _record(session, "training:record", training, ["on", "hours", "subject"], by=by, at=at)
    return training


def strike_training(session: Session, training: Training, *, by: audit.Actor | None, at: dt.datetime) -> None:
    """Remove training entered by mistake; the trail keeps that it was struck and whose it was."""
    session.delete(training)
    session.flush()
    _record(session, "training:strike", training, [], by=by, at=at)


# --- Guards ---------------------------------------------------------------------------------------------------------


def _describe(
    session: Session,
    organisation: Organisation,
    name: str,
    short_name: str,
    kind: OrganisationKind,
    park: Park,
    limit_count: int | None,
    limit_unit: LimitUnit | None,
    phone: str | None,
    address: str | None,
) -> list[str]:
    """Put the facts on the organisation; the names of those that changed."""
    name, short_name = _required("name", name), _required("short_name", short_name)
    if len(short_name) > SHORT_NAME_LENGTH:
        raise FactError(
            N_("A short name has at most %(most)s characters."), field="short_name", most=SHORT_NAME_LENGTH
        )
    _limit(limit_count, limit_unit)
    with session.no_autoflush:
        _free(session, organisation, "name", name)
        _free(session, organisation, "short_name", short_name)
    return _change(
        organisation,
        name=name,
        short_name=short_name,
        kind=kind,
        park=park,
        limit_count=limit_count,
        limit_unit=limit_unit,
        phone=_text(phone),
        address=_text(address),
    )


def _limit(count: int | None, unit: LimitUnit | None) -> None:
    if (count is None) != (unit is None):
        raise FactError(
            N_("A time limit needs both its number and its unit."),
            field="limit_unit" if unit is None else "limit_count",
        )
    if count is not None and not 1 <= count <= MOST_LIMIT:
        raise FactError(N_("A time limit lies between 1 and %(most)s."), field="limit_count", most=MOST_LIMIT)


def _free(session: Session, organisation: Organisation, field: str, value: str) -> None:
    """Names and short names share one room: a ledger may call an organisation by either."""
    other = queries.find_organisation_by_name(session, value)
    if other is not None and other is not organisation:
        raise DuplicateError(
            N_("Another organisation is called so already: %(organisation)s."), field=field, organisation=other.name
        )


def _switch(
    session: Session,
    organisation: Organisation,
    active: bool,
    action: str,
    seen_version: int,
    by: audit.Actor | None,
    at: dt.datetime,
) -> Organisation:
    _same_version(organisation, seen_version)
    if organisation.is_active is active:
        if active:
            raise MoveError(N_("The organisation is open already."))
        raise MoveError(N_("The organisation is closed already."))
    fields = _change(organisation, is_active=active)
    _flush(session)
    _record(session, action, organisation, fields, by=by, at=at)
    return organisation


def _days(from_on: dt.date | None, until_on: dt.date | None, from_unknown: bool) -> None:
    if from_on is None and not from_unknown:
        raise FactError(N_("A registration needs its first day."), field="from_on")
    if from_on is not None and from_unknown:
        raise FactError(N_("The first day is either known or unknown."), field="from_on")
    if from_on is not None and until_on is not None and until_on < from_on:
        raise FactError(N_("The last day lies before the first."), field="until_on")


def _not_overlapping(session: Session, registration: Registration) -> None:
    """Two registrations of one mediator with one organisation never share a day."""
    first, last = registration.from_on or dt.date.min, registration.until_on or dt.date.max
    for other in queries.registrations_with(session, registration.mediator_id, registration.organisation_id):
        if other is registration:
            continue
        if first <= (other.until_on or dt.date.max) and (other.from_on or dt.date.min) <= last:
            raise DuplicateError(
                N_("The mediator is registered with this organisation already on some of these days."), field="from_on"
            )


def _not_later_than(field: str, day: dt.date, today: dt.date) -> None:
    if day > today:
        raise FactError(N_("The day lies in the future."), field=field)


def _required(field: str, text: str) -> str:
    tidy = " ".join(cells.as_text(text).split())
    if not tidy:
        raise FactError(N_("This may not be empty."), field=field)
    return tidy


def _text(text: str | None) -> str | None:
    """Lines of text without invisible characters; nothing instead of blanks."""
    return "\n".join(cells.as_text(line) for line in (text or "").splitlines()).strip() or None


def _codes(kinds: Iterable[RightKind]) -> list[str]:
    """The codes in the order of the closed list, each once."""
    wanted = set(kinds)
    return [kind.value for kind in RightKind if kind in wanted]


# --- Writing --------------------------------------------------------------------------------------------------------


def _same_version(thing: Organisation | Mediator | Registration, seen_version: int) -> None:
    if thing.version != seen_version:
        raise _stale()


def _stale() -> StaleError:
    return StaleError(N_("Someone else changed this after you opened the page. Nothing was saved; look at it again."))


def _change(thing: Organisation | Mediator | Registration, **values: object) -> list[str]:
    """Set what differs; the names of it. Of a new thing: the names of what it has."""
    changed = [name for name, value in values.items() if getattr(thing, name) != value]
    for name in values:
        if name in changed or thing.id is None:
            setattr(thing, name, values[name])
    return changed


def _flush(session: Session) -> None:
    try:
        session.flush()
    except StaleDataError as error:
        raise _stale() from error


@contextmanager
def _names_judged(session: Session) -> Iterator[None]:
    """A savepoint, flushed at its end: two people may take one name in one moment, and the database judges last."""
    try:
        with session.begin_nested():
            yield
            _flush(session)
    except IntegrityError as error:
        raise DuplicateError(N_("Another organisation took this name in the same moment."), field="name") from error


def _record(
    session: Session,
    action: str,
    thing: Organisation | Mediator | Registration | Training,
    fields: list[str],
    *,
    by: audit.Actor | None,
    at: dt.datetime,
) -> None:
    detail: dict[str, object] = {"fields": fields}
    if isinstance(thing, Registration | Training):
        detail["mediator"] = thing.mediator_id
    if isinstance(thing, Registration):
        detail["organisation"] = thing.organisation_id
    audit.record(session, action, thing.__tablename__, str(thing.id), by=by, at=at, detail=detail)
