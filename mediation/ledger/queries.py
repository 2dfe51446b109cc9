"""Questions to the imports, and what an import would find and create. Writes nothing, knows no page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import extract, func, or_, select

from mediation.audit.models import AuditEvent
from mediation.cases import identifiers, workflow
from mediation.cases.models import Case, ExternalNumber
from mediation.channels import CHANNELS, Channel
from mediation.database import Session
from mediation.errors import N_, NotFoundError
from mediation.ledger import entries as reading
from mediation.ledger.entries import Entry
from mediation.ledger.models import LedgerImport, StagedRow
from mediation.register.models import Mediator, Organisation, Registration
from mediation.terms import NumberKind, OrganisationKind, OutcomeClass, State

_CHUNK = 5_000

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Plan:
    """What an import would do now.

    `organisations`: what the ledger's names mean, None: to be created; `kinds`: what each would be by law.
    `mediators`: (name, organisation's name) → the person; None: whoever the ledger calls so is a new person.
    `registrations`: pairs of such names still to be registered. `already`: Excel rows whose number a case bears.
    """

    arriving: tuple[Entry, ...]
    already: tuple[int, ...]
    organisations: dict[str, Organisation | None]
    kinds: dict[str, OrganisationKind]
    mediators: dict[tuple[str, str], Mediator | None]
    registrations: tuple[tuple[str, str], ...]

    @property
    def new_organisations(self) -> tuple[str, ...]:
        """Names of the organisations to be created."""
        return tuple(name for name, found in self.organisations.items() if found is None)

    @property
    def new_mediators(self) -> tuple[str, ...]:
        """Names of the mediators to be created."""
        return tuple(dict.fromkeys(name for (name, _), found in self.mediators.items() if found is None))


@dataclass(frozen=True)
class Preview:
    """What a person decides upon: the plan, and the good rows counted by state and by class of outcome."""

    plan: Plan
    by_state: dict[State, int]
    by_class: dict[OutcomeClass, int]


def get_import(session: Session, import_id: int) -> LedgerImport:
    """The import. Raises NotFoundError."""
    found = session.get(LedgerImport, import_id)
    if found is None:
        raise NotFoundError(N_("There is no such import."))
    return found


def list_imports(session: Session, limit: int = 50) -> Sequence[LedgerImport]:
    """The latest imports, newest first."""
    return session.scalars(select(LedgerImport).order_by(LedgerImport.id.desc()).limit(limit)).all()


def created_by(session: Session, import_: LedgerImport) -> dict[str, int]:
    """How many organisations, mediators and registrations were created for what arrived, as the trail has it."""
    kinds = ("organisations", "mediators", "registrations")
    sealed = session.scalar(select(AuditEvent.detail).where(AuditEvent.seq == import_.audit_seq))
    told = json.loads(sealed) if sealed else {}
    return {kind: len(told.get(kind, ())) for kind in kinds}


def list_faults(session: Session, import_: LedgerImport) -> Sequence[StagedRow]:
    """The rows that stay out, in the order of the file."""
    return session.scalars(
        select(StagedRow)
        .where(StagedRow.import_id == import_.id, StagedRow.fault_code.is_not(None))
        .order_by(StagedRow.row)
    ).all()


def list_entries(session: Session, import_: LedgerImport, limit: int | None = None) -> list[Entry]:
    """The good rows of an undecided import, in the order of the file."""
    question = (
        select(StagedRow.entry)
        .where(StagedRow.import_id == import_.id, StagedRow.entry.is_not(None))
        .order_by(StagedRow.row)
    )
    return [reading.from_json(found) for found in session.scalars(question.limit(limit))]


def years_of(session: Session, import_: LedgerImport) -> Sequence[int]:
    """The years of the cases that arrived, in order: of acceptance, or of receipt where nothing was accepted."""
    year = extract("year", func.coalesce(Case.accepted_on, Case.received_on))
    found = session.scalars(
        select(year)
        .join(StagedRow, StagedRow.case_id == Case.id)
        .where(StagedRow.import_id == import_.id)
        .distinct()
        .order_by(year)
    )
    return [int(each) for each in found]


def preview(session: Session, import_: LedgerImport) -> Preview:
    """What the import would do if it arrived now."""
    found = list_entries(session, import_)
    plan = make_plan(session, found)
    classes = [
        workflow.class_of(entry.outcome, started=entry.mediated) for entry in plan.arriving if entry.outcome is not None
    ]
    return Preview(plan, dict(Counter(entry.state for entry in plan.arriving)), dict(Counter(classes)))


def make_plan(session: Session, found: Sequence[Entry]) -> Plan:
    """What arriving these entries would find and create. One name is one person in one ledger."""
    taken = _taken_numbers(session, {identifiers.normalise(entry.number) for entry in found})
    arriving = tuple(entry for entry in found if identifiers.normalise(entry.number) not in taken)
    already = tuple(entry.row for entry in found if identifiers.normalise(entry.number) in taken)
    organisations = _organisations(session, dict.fromkeys(entry.organisation for entry in arriving))
    pairs = dict.fromkeys((name, entry.organisation) for entry in arriving for name in entry.mediators)
    registered = _registered(session, {name for name, _ in pairs}, organisations)
    # Whoever is registered in one of the ledger's organisations is meant in the others too.
    known = {name: mediator for (name, _), mediator in reversed(registered.items())}
    return Plan(
        arriving,
        already,
        organisations,
        _kinds(arriving),
        {pair: registered.get(pair) or known.get(pair[0]) for pair in pairs},
        tuple(pair for pair in pairs if pair not in registered),
    )


def short_names(session: Session) -> set[str]:
    """Every name and short name an organisation bears: they share one room."""
    return {name for pair in session.execute(select(Organisation.name, Organisation.short_name)) for name in pair}


def _chunks(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    ordered = list(things)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _taken_numbers(session: Session, keys: set[str]) -> set[str]:
    """The ledger numbers that a case bears; a case entered by mistake bears none."""
    return {
        key
        for chunk in _chunks(sorted(keys))
        for key in session.scalars(
            select(ExternalNumber.number_key)
            .join(Case, Case.id == ExternalNumber.case_id)
            .where(ExternalNumber.kind == NumberKind.LEDGER, ExternalNumber.number_key.in_(chunk), ~Case.is_void)
        )
    }


def _organisations(session: Session, names: Iterable[str]) -> dict[str, Organisation | None]:
    """Each name → the organisation that bears it, as its name or else as its short name."""
    wanted: dict[str, Organisation | None] = dict.fromkeys(names)
    for chunk in _chunks(list(wanted)):
        found = session.scalars(
            select(Organisation).where(or_(Organisation.name.in_(chunk), Organisation.short_name.in_(chunk)))
        ).all()
        wanted.update({each.short_name: each for each in found if each.short_name in wanted})
        wanted.update({each.name: each for each in found if each.name in wanted})
    return wanted


def _registered(
    session: Session, names: set[str], organisations: dict[str, Organisation | None]
) -> dict[tuple[str, str], Mediator]:
    """(mediator's name, organisation's name in the ledger) → the person registered there first."""
    called: dict[int, list[str]] = {}
    for name, each in organisations.items():
        if each is not None:
            called.setdefault(each.id, []).append(name)
    found: dict[tuple[str, str], Mediator] = {}
    if not called:
        return found
    for chunk in _chunks(sorted(names)):
        for mediator, organisation_id in session.execute(
            select(Mediator, Registration.organisation_id)
            .join(Registration, Registration.mediator_id == Mediator.id)
            .where(Mediator.name.in_(chunk), Registration.organisation_id.in_(called))
            .order_by(Mediator.id)
        ):
            for organisation in called[organisation_id]:
                found.setdefault((mediator.name, organisation), mediator)
    return found


def _kinds(arriving: Sequence[Entry]) -> dict[str, OrganisationKind]:
    """What an organisation nobody knows is by law: the first kind natural to the channel most of its rows have."""
    rows = Counter((entry.organisation, entry.channel) for entry in arriving)
    channels: dict[str, Channel] = {}
    for (name, channel), _ in rows.most_common():
        channels.setdefault(name, channel)
    return {
        name: next(kind for kind in OrganisationKind if kind in CHANNELS[channel].organisation_kinds)
        for name, channel in channels.items()
    }
