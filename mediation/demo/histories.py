"""The demonstration as a house that has worked for years: its register, its accounts, its disputes.

Everything goes through the actions, each move on its own day; no row is written by hand. What happens is told by
`plans` and `desks`; here it is played up to now. Commits nothing: the command commits in batches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import select

from mediation import clock
from mediation.cases import actions, deriving, intake, queries, workflow
from mediation.cases.facts import FACTS, Fact, Kind
from mediation.cases.journal import Journal
from mediation.cases.models import Case, Offer, Proceeding
from mediation.database import Session
from mediation.demo import data, desks, plans
from mediation.demo.plans import Life, Move
from mediation.demo.play import Player, at_noon
from mediation.errors import MoveError, N_
from mediation.people import actions as people
from mediation.people import passwords
from mediation.people import queries as accounts
from mediation.people.permissions import Person
from mediation.register import actions as register
from mediation.register.models import Organisation
from mediation.terms import Action, AgreementState, OfferState, Outcome, PartyResult, Role

BATCH = 50
"""So many disputes go into one transaction."""

ACCOUNTS: tuple[tuple[str, str, Role, str | None, str | None], ...] = (
    ("mediator", "梁敏仪", Role.MEDIATOR, data.HOME, "梁敏仪"),
    ("clerk", "高新知调委登记员", Role.CLERK, data.HOME, None),
    ("orgadmin", "高新知调委管理员", Role.ORGANISATION_ADMIN, data.HOME, None),
    ("zoneadmin", "高新区业务管理员", Role.ZONE_ADMIN, None, None),
    ("award", "评优工作人员", Role.AWARD_STAFF, None, None),
    ("auditor", "审计员", Role.AUDITOR, None, None),
    ("sysadmin", "系统管理员", Role.SYSTEM_ADMIN, None, None),
    ("mediator2", "李泽楷", Role.MEDIATOR, data.NEIGHBOUR, "李泽楷"),
    ("clerk2", "知产诉调中心登记员", Role.CLERK, data.NEIGHBOUR, None),
    ("orgadmin2", "知产诉调中心管理员", Role.ORGANISATION_ADMIN, data.NEIGHBOUR, None),
)
"""The accounts to try: user name, shown name, role, organisation, mediator."""


@dataclass(frozen=True)
class Login:
    """A password, told once."""

    username: str
    password: str
    role: Role
    display_name: str


@dataclass
class Cast:
    """Who acts: ids and plain persons only, so that it outlives every session. Keys and names as in `data`."""

    organisations: dict[str, int] = field(default_factory=dict)
    mediators: dict[str, int] = field(default_factory=dict)
    administrators: dict[int, Person] = field(default_factory=dict)
    clerks: dict[int, Person] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)

    def desk_of(self, organisation_id: int) -> Person:
        """Who takes in, accepts and answers for the organisation."""
        return self.clerks.get(organisation_id) or self.administrators[organisation_id]

    def mediating(self, proceeding: Proceeding) -> Person:
        """Who mediates: the lead, when the lead has an account, else the administrator."""
        administrator = self.administrators[proceeding.organisation_id]
        return administrator if proceeding.lead_id is None else self.people.get(proceeding.lead_id, administrator)


DESK_MOVES = frozenset({Action.ACCEPT, Action.REFUSE, Action.WITHDRAW_EARLY, Action.ASSIGN, Action.REPLACE,
                        Action.OFFER, Action.RECALL, Action.REOPEN, Action.CLOSE, Action.FILE})  # fmt: skip


def is_empty(session: Session) -> bool:
    """Whether nobody has worked here: no case and no organisation (the first administrators may be there)."""
    return all(session.scalar(select(kind.id).limit(1)) is None for kind in (Case, Organisation))


def ensure_empty(session: Session) -> None:
    """Refuse an installation where somebody has worked. Raises MoveError."""
    if not is_empty(session):
        raise MoveError(N_("This installation is in use; this needs an empty one."))


def set_stage(session: Session, *, now: dt.datetime) -> Cast:
    """Organisations, mediators with their careers and training, accounts; the site says that it is a demonstration."""
    cast = Cast()
    people.set_setting(session, accounts.DEMO_KEY, "1", by=None, at=now)
    organisations = {}
    for told in data.ORGANISATIONS:
        count, unit = told.limit or (None, None)
        organisation = register.create_organisation(
            session, name=told.name, short_name=told.short, kind=told.kind, park=told.park, limit_count=count,
            limit_unit=unit, by=None, at=now,
        )  # fmt: skip
        organisations[told.key] = organisation
        cast.organisations[told.key] = organisation.id
    today = clock.local_day(now)
    for person in data.MEDIATORS:
        mediator = register.create_mediator(session, name=person.name, gender=person.gender, by=None, at=now)
        cast.mediators[person.name] = mediator.id
        for told_of in person.registrations:
            register.register_with(
                session, mediator, organisations[told_of.organisation], level=told_of.level,
                specialities=person.specialities, from_on=told_of.from_on, until_on=told_of.until_on, by=None, at=now,
            )  # fmt: skip
        for on, subject, hours in _courses(person, today):
            register.record_training(
                session, mediator, on=on, hours=Decimal(hours), subject=subject, by=None, at=now
            )
    _make_accounts(session, cast, now)
    return cast


def _courses(person: data.MediatorData, today: dt.date) -> Iterator[tuple[dt.date, str, int]]:
    """What the mediator attended: nearly everyone the big course, fewer the others."""
    place = data.MEDIATORS.index(person)
    for year in range(plans.FIRST_YEAR, today.year + 1):
        for number, ((month, day), subject, hours) in enumerate(data.TRAINING):
            on = dt.date(year, month, day)
            registered = any(r.from_on <= on and (r.until_on is None or on <= r.until_on) for r in person.registrations)
            if registered and on <= today and (place + year + number) % (9 if number == 0 else 3) != 1:
                yield on, subject, hours


def _make_accounts(session: Session, cast: Cast, now: dt.datetime) -> None:
    for username, name, role, key, mediator in ACCOUNTS:
        password = passwords.one_time_password()
        _make_account(session, cast, username, name, role, key, mediator, password, now)
        cast.logins.append(Login(username, password, role, name))
    for organisation in data.ORGANISATIONS:
        if cast.organisations[organisation.key] not in cast.administrators:
            # Nobody is told these: a system administrator resets one to use it.
            _make_account(
                session, cast, f"admin-{organisation.key}", f"{organisation.short}管理员", Role.ORGANISATION_ADMIN,
                organisation.key, None, passwords.one_time_password(), now,
            )  # fmt: skip


def _make_account(
    session: Session,
    cast: Cast,
    username: str,
    name: str,
    role: Role,
    organisation: str | None,
    mediator: str | None,
    password: str,
    now: dt.datetime,
) -> None:
    organisation_id = cast.organisations[organisation] if organisation else None
    mediator_id = cast.mediators[mediator] if mediator else None
    account = people.create_account(
        session, username=username, display_name=name, role=role, organisation_id=organisation_id,
        mediator_id=mediator_id, password=password, must_change=False, by=None, at=now,
    )  # fmt: skip
    person = Player(account.id, role, organisation_id, mediator_id)
    if organisation_id is not None and role is Role.ORGANISATION_ADMIN:
        cast.administrators[organisation_id] = person
    elif organisation_id is not None and role is Role.CLERK:
        cast.clerks[organisation_id] = person
    elif mediator_id is not None:
        cast.people[mediator_id] = person


def lives_until(today: dt.date, *, scale: float = 1.0) -> list[Life]:
    """Every dispute of the demonstration in the order received."""
    lives = [*plans.make_lives(today, scale=scale), *desks.make(today)]
    return sorted(lives, key=lambda life: life.received_on)


def batches(lives: Iterable[Life]) -> Iterator[list[Life]]:
    """The lives, BATCH at a time."""
    batch: list[Life] = []
    for life in lives:
        batch.append(life)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def play(session: Session, cast: Cast, life: Life, *, now: dt.datetime) -> Case:
    """One life up to `now`, sealed once. Raises the refusal of a move that is not possible."""
    today = clock.local_day(now)
    organisation_id = cast.organisations[life.organisation]
    by, at = cast.desk_of(organisation_id), min(at_noon(life.received_on), now)
    journal = Journal(session, by, at)
    entry = replace(life.intake, organisation_id=organisation_id)
    case = intake.register(session, entry, by=by, at=at, journal=journal)
    session.flush()
    # From here on nothing is asked of the database that it must know already: written once is half the work.
    with session.no_autoflush:
        for move in life.moves:
            if move.on > today:
                break
            _perform(session, cast, case, move, journal, now)
    # The house wrote all of it down just now; each event says whose move it was and when.
    journal.by, journal.at = None, now
    journal.seal("case", str(case.id))
    return case


def _perform(session: Session, cast: Cast, case: Case, move: Move, journal: Journal, now: dt.datetime) -> None:
    row = workflow.row_of(move.action)
    proceeding = case.proceedings[move.number - 1]
    subject = _subject(case, proceeding, row.track)
    if subject is None:
        return
    by = _actor(cast, proceeding, subject, move)
    at = min(at_noon(move.on), now)
    facts = _facts(cast, proceeding, move, row)
    if facts is None:
        return
    journal.by, journal.at = by, at
    actions.perform(session, subject, move.action, by=by, at=at, facts=facts, journal=journal)
    if move.action in (Action.OFFER_ACCEPTED, Action.REOPEN):
        # The case points at its latest proceeding, and a new one has its id only when it is written.
        session.flush()
        deriving.derive(case)


def _subject(case: Case, proceeding: Proceeding, track: workflow.Track) -> actions.Subject | None:
    """What the move acts on; None when that is gone (no agreement left to perform)."""
    match track:
        case workflow.Track.PROCEEDING:
            return proceeding
        case workflow.Track.OFFER:
            return next(offer for offer in case.offers if offer.state is OfferState.PENDING)
        case _:
            return next((a for a in proceeding.agreements if a.state is AgreementState.IN_FORCE), None)


def _actor(cast: Cast, proceeding: Proceeding, subject: actions.Subject, move: Move) -> Person:
    if move.action in (Action.OFFER_ACCEPTED, Action.OFFER_REJECTED):
        assert isinstance(subject, Offer)
        return cast.desk_of(subject.to_organisation_id)
    if move.action in DESK_MOVES:
        return cast.desk_of(proceeding.organisation_id)
    return cast.mediating(proceeding)


def _facts(cast: Cast, proceeding: Proceeding, move: Move, row: workflow.Move) -> dict[Fact, object] | None:
    """What the form would have brought; None when nobody would have opened it (no limit to extend)."""
    facts: dict[Fact, object] = {row.on: move.on}
    for fact, value in move.told.items():
        match FACTS[fact].kind:
            case Kind.MEDIATOR:
                facts[fact] = cast.mediators[str(value)]
            case Kind.ORGANISATION:
                facts[fact] = cast.organisations[str(value)]
            case _:
                facts[fact] = value
    respondents = [party.id for party in proceeding.case.respondents]
    if Fact.RESPONDENTS in row.facts:
        facts[Fact.RESPONDENTS] = respondents
    if Fact.RESULTS in row.facts:
        facts[Fact.RESULTS] = results(respondents, facts[Fact.OUTCOME])
    if move.action is Action.EXTEND:
        if proceeding.due_on is None or proceeding.due_on < move.on:
            return None
        latest = queries.snapshot(proceeding, move.on).extension_latest
        wanted = proceeding.due_on + dt.timedelta(days=20)
        facts[Fact.NEW_DUE_ON] = wanted if latest is None else min(latest, wanted)
    return facts


def results(respondents: list[int], outcome: object) -> Mapping[int, PartyResult]:
    """The result for each respondent that goes with the outcome."""
    match outcome:
        case Outcome.AGREED_WRITTEN | Outcome.AGREED_ORAL:
            return dict.fromkeys(respondents, PartyResult.AGREED)
        case Outcome.AGREED_PART:
            rest = dict.fromkeys(respondents[1:], PartyResult.NOT_AGREED)
            return {respondents[0]: PartyResult.AGREED, **rest}
        case Outcome.WITHDRAWN | Outcome.SETTLED_WITHDRAWN:
            return dict.fromkeys(respondents, PartyResult.WITHDRAWN)
        case _:
            return dict.fromkeys(respondents, PartyResult.NOT_AGREED)
