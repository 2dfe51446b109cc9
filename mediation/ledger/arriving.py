"""From a plan to rows: all that is slow is prepared before the transaction that writes, which then is short.

`prepare` builds the cases with the numbers and ids they will have if nobody comes between; `claim` takes these numbers
in the writing transaction and says whether somebody did; `write` writes what was prepared, sealed. Writes, never
commits. Must not read a file, and must not know how far an import has come.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from mediation import clock
from mediation.audit import actions as audit
from mediation.cases import intake, journal, search
from mediation.cases.journal import Change, Journal
from mediation.cases.models import CaseEvent
from mediation.cases.models import Counter as NumberCounter
from mediation.database import Base, Session
from mediation.ledger import building, bulk, queries
from mediation.ledger.bulk import Ids
from mediation.ledger.entries import Entry
from mediation.ledger.models import LedgerImport
from mediation.ledger.queries import Plan
from mediation.register.models import SHORT_NAME_LENGTH, Mediator, Organisation, Registration
from mediation.terms import MediatorLevel, Park

_DEED = "ledger.import"

# Cases built before they become plain rows, and before they are let go (some 40 kB each).
_BATCH = 200
_SWEPT = 5 * _BATCH

_ORDER: tuple[type[Base], ...] = (Organisation, Mediator, Registration, *building.ORDER)

Tell = Callable[[int, int], None]
"""Told from time to time: how many cases are ready, of how many."""


def silent(_done: int, _all: int) -> None:
    """Tells nobody."""


@dataclass
class Prepared:
    """What an import writes, and what it was prepared from.

    `numbers`: (series, year) → the first number counted on, and how many. `cases`: Excel row → id of its case.
    """

    found: Sequence[Entry]
    plan: Plan
    basis: object
    ids: Ids
    numbers: dict[tuple[str, int], tuple[int, int]]
    organisations: tuple[int, ...] = ()
    mediators: tuple[int, ...] = ()
    registrations: tuple[int, ...] = ()
    rows: bulk.Rows = field(default_factory=dict)
    words: list[tuple[int, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    seal: str = ""
    cases: dict[int, int] = field(default_factory=dict)


def prepare(session: Session, found: Sequence[Entry], *, ids: Ids, at: dt.datetime, tell: Tell = silent) -> Prepared:
    """Everything arriving these entries would write, as it stands now. Writes nothing; a reading session will do."""
    plan = queries.make_plan(session, found)
    short_names = queries.short_names(session)
    prepared = Prepared(found, plan, _basis(plan, short_names), ids, {})
    place = _place(session, prepared, short_names, at)
    prepared.numbers = _numbers(session, plan.arriving, place.organisations)
    _build(prepared, place, at, tell)
    prepared.seal = journal.seal_of([event["digest"] for event in prepared.events])
    return prepared


def claim(session: Session, prepared: Prepared) -> bool:
    """Take the numbers counted on, in the transaction that will write; False: somebody came between.

    Then nothing may be written: roll back, and prepare again.
    """
    # In one order everywhere, so that two who take numbers never wait for each other.
    for (series, year), (first, count) in sorted(prepared.numbers.items(), key=_zone_first):
        if intake.take_numbers(session, series, year, count) != first:
            return False
    if not prepared.ids.are_free(session):
        return False
    return _basis(queries.make_plan(session, prepared.found), queries.short_names(session)) == prepared.basis


def write(
    session: Session, import_: LedgerImport, prepared: Prepared, *, by: audit.Actor | None, at: dt.datetime
) -> None:
    """Write the rows, and one audit event that commits to the digests of all events, in recording order."""
    with bulk.collector_waits():
        bulk.insert_all(session, prepared.rows, _ORDER)
        search.index_words(session, prepared.words)
        sealed = audit.record(
            session,
            _DEED,
            "ledger_import",
            str(import_.id),
            by=by,
            at=at,
            detail={
                "events": len(prepared.events),
                "seal": prepared.seal,
                "cases": len(prepared.cases),
                "faulty": import_.faulty_count,
                "already": len(prepared.plan.already),
                "organisations": prepared.organisations,
                "mediators": prepared.mediators,
                "registrations": prepared.registrations,
            },
        )
        for event in prepared.events:
            event["audit_seq"] = sealed.seq
        import_.audit_seq = sealed.seq
        bulk.insert_all(session, {CaseEvent: prepared.events}, (CaseEvent,))


def _basis(plan: Plan, short_names: set[str]) -> object:
    """All that the rows depend on, to be compared: the same basis, the same rows."""
    return (
        tuple(entry.row for entry in plan.arriving),
        plan.already,
        {
            name: (each.id, each.short_name, each.limit_count, each.limit_unit) if each else None
            for name, each in plan.organisations.items()
        },
        {pair: each.id if each else None for pair, each in plan.mediators.items()},
        plan.registrations,
        frozenset(short_names) if plan.new_organisations else None,
    )


def _zone_first(item: tuple[tuple[str, int], object]) -> tuple[bool, str, int]:
    # The zone's number before an organisation's, as `intake.register` takes them.
    (series, year), _ = item
    return (series != intake.ZONE_SERIES, series, year)


# Before the cases ---------------------------------------------------------------------------------------------------


def _place(session: Session, prepared: Prepared, short_names: set[str], at: dt.datetime) -> building.Place:
    """What the rows share; organisations, people and registrations nobody knew are made."""
    plan, ids = prepared.plan, prepared.ids
    organisations = {name: known or _organisation(name, plan) for name, known in plan.organisations.items()}
    made = [organisations[name] for name in plan.new_organisations]
    taken = short_names | set(plan.new_organisations)
    for each in made:
        # Its own name is no obstacle to a short one spelled the same.
        each.short_name = _short_name(each.name, taken - {each.name})
        taken.add(each.short_name)
        each.id, each.created_at = ids.take(Organisation), at
    people = {name: Mediator(id=ids.take(Mediator), name=name, created_at=at) for name in plan.new_mediators}
    mediators = {pair: (known or people[pair[0]]).id for pair, known in plan.mediators.items()}
    registrations = [
        Registration(
            id=ids.take(Registration),
            mediator_id=mediators[pair],
            organisation_id=organisations[pair[1]].id,
            level=MediatorLevel.NONE,
            specialities=[],
            from_on=None,
            until_on=None,
            from_unknown=True,
        )
        for pair in plan.registrations
    ]
    bulk.add_rows(prepared.rows, [*made, *people.values(), *registrations])
    prepared.organisations = tuple(each.id for each in made)
    prepared.mediators = tuple(each.id for each in people.values())
    prepared.registrations = tuple(each.id for each in registrations)
    return building.Place(
        ids,
        # The events of an import are the machine's: they are corrected, not undone one by one.
        Journal(session, by=None, at=at, name=_DEED),
        Change(session),
        organisations,
        mediators,
        clock.local_day(at),
    )


def _organisation(name: str, plan: Plan) -> Organisation:
    return Organisation(name=name, kind=plan.kinds[name], park=Park.ZONE, is_active=True)


def _short_name(name: str, taken: set[str]) -> str:
    """A short name nobody bears: the name itself, cut to its length, numbered where it must be."""
    for nth in itertools.count(1):
        mark = str(nth) if nth > 1 else ""
        short = name[: SHORT_NAME_LENGTH - len(mark)] + mark
        if short not in taken:
            return short
    raise AssertionError


def _numbers(
    session: Session, arriving: Sequence[Entry], organisations: Mapping[str, Organisation]
) -> dict[tuple[str, int], tuple[int, int]]:
    """Of each series and year: the first number that is free now, and how many are needed."""
    wanted = Counter((intake.ZONE_SERIES, entry.first_on.year) for entry in arriving)
    wanted.update((_series(organisations[entry.organisation]), entry.first_on.year) for entry in arriving)
    last = {(row.series, row.year): row.last for row in session.execute(
        select(NumberCounter.series, NumberCounter.year, NumberCounter.last)
    )}  # fmt: skip
    return {key: (last.get(key, 0) + 1, count) for key, count in wanted.items()}


def _series(organisation: Organisation) -> str:
    return f"organisation:{organisation.id}"


# The cases ----------------------------------------------------------------------------------------------------------


def _build(prepared: Prepared, place: building.Place, at: dt.datetime, tell: Tell) -> None:
    """Build the cases a batch at a time, in the order of the file, and keep them as plain rows."""
    free = {key: itertools.count(first) for key, (first, _) in prepared.numbers.items()}
    arriving = prepared.plan.arriving
    with bulk.collector_waits() as collector, place.journal.session.no_autoflush:
        for start in range(0, len(arriving), _BATCH):
            for entry in arriving[start : start + _BATCH]:
                year = entry.first_on.year
                built = building.build(
                    entry,
                    place,
                    zone_seq=next(free[intake.ZONE_SERIES, year]),
                    organisation_seq=next(free[_series(place.organisations[entry.organisation]), year]),
                    at=at,
                )
                prepared.cases[entry.row] = built.case.id
                prepared.words.append((built.case.id, built.words))
                bulk.add_rows(prepared.rows, built.rows)
            prepared.events += _events(place)
            tell(len(prepared.cases), len(arriving))
            # A case and its rows point at each other: only the collector lets them go.
            if len(prepared.cases) % _SWEPT == 0:
                collector.sweep()


def _events(place: building.Place) -> list[dict[str, Any]]:
    """The events the journal holds, with their digests, as rows that lack only the seal."""
    rows = []
    for case, proceeding, event, _ in place.journal.entries:
        event.id = place.ids.take(CaseEvent)
        event.case_id = case.id
        event.proceeding_id = proceeding.id if proceeding else None
        event.digest = journal.digest_of(case, event, proceeding.seq if proceeding else None)
        rows.append(bulk.row_of(event))
    place.journal.entries.clear()
    return rows
