"""Registering a dispute: what intake brings, its numbers, its first event. Writes, never commits.

`register` is the one way a case comes to be: the form, the demo and the ledger use it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import literal, select
from sqlalchemy.dialects import postgresql, sqlite

from mediation import clock
from mediation.cases import deriving, identifiers, search, workflow
from mediation.cases.deadlines import CourtProcedure
from mediation.cases.facts import Fact
from mediation.cases.journal import Change, Journal
from mediation.cases.models import Case, Counter, ExternalNumber, Party, Proceeding, Right
from mediation.channels import CHANNELS, Channel
from mediation.database import Session
from mediation.errors import FactError, N_
from mediation.people import permissions
from mediation.people.permissions import Person
from mediation.register.models import Organisation
from mediation.terms import (
    Action,
    CaseState,
    Designation,
    Difficulty,
    EntryForm,
    NumberKind,
    Park,
    PartyKind,
    PartyRole,
    RightKind,
    RightStatus,
    Source,
    State,
)

ZONE_SERIES = "zone"


@dataclass(frozen=True)
class PartyEntry:
    """A party as entered. `identifier`: credit code or resident id."""

    role: PartyRole
    name: str
    kind: PartyKind = PartyKind.LEGAL
    identifier: str | None = None
    contact: str | None = None
    address: str | None = None
    agent: str | None = None
    agent_contact: str | None = None
    designations: tuple[Designation, ...] = ()


@dataclass(frozen=True)
class RightEntry:
    """An IP right as entered; the first of a case is its primary one."""

    kind: RightKind
    number: str | None = None
    title: str | None = None
    holder: str | None = None
    status: RightStatus | None = None
    checked_on: dt.date | None = None
    nice_class: int | None = None


@dataclass(frozen=True)
class NumberEntry:
    """A number somebody else gave the case."""

    kind: NumberKind
    number: str


@dataclass(frozen=True)
class Intake:
    """What a case is registered from. `unknown`: facts an import could not know."""

    source: Source
    channel: Channel
    organisation_id: int
    received_on: dt.date
    facts: str
    parties: tuple[PartyEntry, ...]
    rights: tuple[RightEntry, ...]
    entry_form: EntryForm | None = EntryForm.OWN
    park: Park | None = None
    numbers: tuple[NumberEntry, ...] = ()
    infringing_act: str | None = None
    difficulty: Difficulty | None = None
    amount_claimed: Decimal | None = None
    series: str | None = None
    court_procedure: CourtProcedure | None = None
    is_complex: bool = False
    unknown: frozenset[Fact] = field(default_factory=frozenset)
    late_reason: str | None = None


def take_numbers(session: Session, series: str, year: int, count: int = 1) -> int:
    """Take `count` numbers of a series and year in this transaction; returns the first.

    Gapless and never given twice: the row is locked until the transaction ends, and a rollback gives them back.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = (
        insert(Counter)
        .values(series=series, year=year, last=count)
        .on_conflict_do_update(
            index_elements=[Counter.series, Counter.year], set_={"last": Counter.last + literal(count)}
        )
        .returning(Counter.last)
    )
    last = session.execute(statement).scalar_one()
    return last - count + 1


def zone_number(year: int, seq: int) -> str:
    """The zone's number of a case."""
    return f"佛高知调〔{year}〕{seq:05d}号"


def organisation_number(organisation: Organisation, year: int, seq: int) -> str:
    """An organisation's own number of a proceeding."""
    return f"{organisation.short_name}〔{year}〕{seq:04d}号"


def check(entry: Intake) -> None:
    """Refuse an intake that lacks what every case needs. Raises FactError naming the field."""
    if not entry.facts.strip():
        raise FactError(N_("Say in a line what happened."), field="facts")
    for role in (PartyRole.APPLICANT, PartyRole.RESPONDENT):
        if not any(p.role is role and p.name.strip() for p in entry.parties):
            raise FactError(N_("%(role)s is missing."), field=role.value, role=role)
    if not entry.rights:
        raise FactError(N_("Say which kind of right it is about."), field="kind")
    if entry.entry_form is None and Fact.ENTRY_FORM not in entry.unknown:
        raise FactError(N_("%(fact)s is missing."), field=Fact.ENTRY_FORM, fact=Fact.ENTRY_FORM)
    if entry.entry_form is not None and entry.entry_form not in CHANNELS[entry.channel].entry_forms:
        raise FactError(
            N_("“%(form)s” is no way into %(channel)s."),
            field=Fact.ENTRY_FORM,
            form=entry.entry_form,
            channel=entry.channel,
        )
    for party in entry.parties:
        check_party(party)
    for right in entry.rights:
        check_right(right)


def check_party(party: PartyEntry) -> None:
    """Refuse an identifier whose check character is wrong. Raises FactError."""
    for finding in identifiers.check_party_number(party.kind, party.identifier or ""):
        if finding.severity is identifiers.Severity.ERROR:
            raise FactError(
                N_("The identifier of %(name)s: %(problem)s"),
                field="identifier",
                name=party.name,
                problem=finding.message,
            )


def check_right(right: RightEntry) -> None:
    """Refuse a number of a right that cannot be one. Raises FactError."""
    for finding in identifiers.check_right_number(right.kind, right.number or "", right.status):
        if finding.severity is identifiers.Severity.ERROR:
            raise FactError(N_("The number of the right: %(problem)s"), field="number", problem=finding.message)


def is_late(on: dt.date | None, today: dt.date) -> bool:
    """Whether a move dated `on` is recorded so late that it needs a reason."""
    return on is not None and (today - on).days > workflow.LATE_AFTER_DAYS


def register(
    session: Session,
    entry: Intake,
    *,
    by: Person,
    at: dt.datetime,
    journal: Journal | None = None,
) -> Case:
    """Register a dispute with its first proceeding.

    Raises:
        FactError: something every case needs is missing, in the future or malformed.
        ForbiddenError: the person may not register cases.
    """
    row = workflow.row_of(Action.REGISTER)
    permissions.ensure(by, row.right)
    check(entry)
    today = clock.local_day(at)
    workflow.check_days({Fact.RECEIVED_ON: entry.received_on}, [Fact.RECEIVED_ON], today)
    late = is_late(entry.received_on, today)
    if late and not entry.late_reason and not entry.unknown:
        raise FactError(N_("This is a late entry: say why it comes so late."), field="late_reason")
    organisation = session.get(Organisation, entry.organisation_id)
    if organisation is None or not organisation.is_active:
        raise FactError(N_("Choose an organisation that takes cases."), field="organisation")
    own = journal or Journal(session, by, at)
    year = entry.received_on.year
    seq = take_numbers(session, ZONE_SERIES, year)
    case = make_case(entry, number_seq=seq, at=at)
    change = Change(session)
    change.add(case)
    proceeding = add_proceeding(
        session,
        case,
        organisation,
        channel=entry.channel,
        entry_form=entry.entry_form,
        received_on=entry.received_on,
        by=by,
        change=change,
    )
    proceeding.court_procedure = entry.court_procedure
    proceeding.is_complex = entry.is_complex
    proceeding.unknown = entry.unknown
    deriving.derive(case)
    session.flush()
    case.current_proceeding_id = proceeding.id
    own.write(
        case,
        proceeding,
        Action.REGISTER,
        change,
        state_to=State.REGISTERED,
        on=entry.received_on,
        facts={
            Fact.RECEIVED_ON: entry.received_on,
            Fact.SOURCE: entry.source,
            Fact.ENTRY_FORM: entry.entry_form,
            "channel": entry.channel,
            "organisation": entry.organisation_id,
            "kind": entry.rights[0].kind,
            "unknown": sorted(f.value for f in entry.unknown),
        },
        reason=entry.late_reason,
        is_late=late,
    )
    search.index(session, case)
    if journal is None:
        own.seal()
    return case


def make_case(entry: Intake, *, number_seq: int, at: dt.datetime) -> Case:
    """The case of an intake with its parties, rights and numbers, not yet in any session."""
    year = entry.received_on.year
    case = Case(
        number=zone_number(year, number_seq),
        number_year=year,
        number_seq=number_seq,
        source=entry.source,
        received_on=entry.received_on,
        park=entry.park,
        primary_kind=entry.rights[0].kind,
        facts=entry.facts.strip(),
        infringing_act=entry.infringing_act,
        difficulty=entry.difficulty,
        amount_claimed=entry.amount_claimed,
        series=entry.series,
        is_void=False,
        salt=secrets.token_hex(16),
        created_at=at,
        event_count=0,
        state=CaseState.UNDECIDED,
        # Said to be empty, they need not be looked up after the first flush.
        proceedings=[],
        offers=[],
        spells=[],
    )
    case.parties = [make_party(party) for party in entry.parties if party.name.strip()]
    case.rights = [make_right(right, is_primary=place == 0) for place, right in enumerate(entry.rights)]
    case.numbers = [make_number(number) for number in entry.numbers if number.number.strip()]
    return case


def make_party(entry: PartyEntry) -> Party:
    """The row of a party."""
    return Party(
        role=entry.role,
        kind=entry.kind,
        name=entry.name.strip(),
        identifier=identifiers.normalise(entry.identifier) if entry.identifier else None,
        contact=entry.contact or None,
        address=entry.address or None,
        agent=entry.agent or None,
        agent_contact=entry.agent_contact or None,
        designations=[d.value for d in entry.designations],
    )


def make_right(entry: RightEntry, *, is_primary: bool) -> Right:
    """The row of a right."""
    return Right(
        kind=entry.kind,
        number=entry.number or None,
        number_key=identifiers.normalise(entry.number) if entry.number else None,
        title=entry.title or None,
        holder=entry.holder or None,
        status=entry.status,
        checked_on=entry.checked_on,
        nice_class=entry.nice_class,
        is_primary=is_primary,
    )


def make_number(entry: NumberEntry) -> ExternalNumber:
    """The row of an external number."""
    return ExternalNumber(kind=entry.kind, number=entry.number.strip(), number_key=identifiers.normalise(entry.number))


def add_proceeding(
    session: Session,
    case: Case,
    organisation: Organisation,
    *,
    channel: Channel,
    entry_form: EntryForm | None,
    received_on: dt.date,
    by: Person | None,
    change: Change,
    number_seq: int | None = None,
) -> Proceeding:
    """Register a further (or the first) proceeding of a case with its organisation's own number."""
    year = received_on.year
    seq = number_seq if number_seq is not None else take_numbers(session, f"organisation:{organisation.id}", year)
    proceeding = Proceeding(
        seq=len(case.proceedings) + 1,
        channel=channel,
        organisation=organisation,
        organisation_id=organisation.id,
        number=organisation_number(organisation, year, seq),
        number_year=year,
        number_seq=seq,
        is_void=False,
        registered_by_id=by.account_id if by else None,
        unknown_facts=",",
        is_complex=False,
        state=State.REGISTERED,
        received_on=received_on,
        entry_form=entry_form,
        due_certain=True,
        is_extended=False,
        assignments=[],
        suspensions=[],
        extensions=[],
        agreements=[],
        results=[],
        follow_ups=[],
        tenures=[],
    )
    case.proceedings.append(proceeding)
    change.add(proceeding)
    return proceeding


def similar_cases(
    session: Session, names: Sequence[str], identifiers_: Sequence[str], right_numbers: Sequence[str]
) -> Sequence[Case]:
    """Cases that bear one of the parties' names or identifiers, or one of the rights' numbers; newest first, 20."""
    keys = [identifiers.normalise(n) for n in right_numbers if n.strip()]
    codes = [identifiers.normalise(n) for n in identifiers_ if n.strip()]
    called = [n.strip() for n in names if n.strip()]
    by_party = select(Party.case_id).where(Party.name.in_(called) | Party.identifier.in_(codes))
    by_right = select(Right.case_id).where(Right.number_key.in_(keys))
    return session.scalars(
        select(Case)
        .where(Case.id.in_(by_party.union(by_right).subquery().select()), ~Case.is_void)
        .order_by(Case.received_on.desc(), Case.id.desc())
        .limit(20)
    ).all()
