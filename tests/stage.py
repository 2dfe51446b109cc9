"""A stage for moves: three organisations, their people, and the plainest facts each move takes.

Every step goes through the actions, on a day and by a person of the test's choice. `rows` reads a database as
it lies there, past every object in memory. Must not assign a state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from mediation.cases import actions, intake, journal
from mediation.cases.actions import Subject
from mediation.cases.facts import Fact, Relation
from mediation.cases.intake import Intake, PartyEntry, RightEntry
from mediation.cases.models import Case, CaseEvent, Counter, Proceeding, SearchText, Spell, Tenure
from mediation.cases.workflow import AGREED, class_of
from mediation.channels import CHANNELS, Channel
from mediation.database import Base, Session
from mediation.demo.play import Player, at_noon
from mediation.register import actions as register_actions
from mediation.register.models import Mediator, Organisation
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    AgreementState,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    NotAcceptedReason,
    OfferRejection,
    OfferState,
    OrganisationKind,
    Outcome,
    OutcomeClass,
    Park,
    PartyResult,
    PartyRole,
    PerformanceState,
    ReopenCause,
    RightKind,
    Role,
    Source,
    SuspendReason,
)

MONDAY = dt.date(2026, 3, 2)
"""The first day of most tests; 31 days later nothing is a holiday."""

SINCE = dt.date(2020, 1, 1)


def day(number: int) -> dt.date:
    """So many days after MONDAY."""
    return MONDAY + dt.timedelta(days=number)


@dataclass(frozen=True)
class House:
    """One organisation and its people. `second` is registered there too and has no login."""

    organisation: Organisation
    admin: Player
    clerk: Player
    lead: Mediator
    mediator: Player
    second: Mediator


@dataclass(frozen=True)
class Stage:
    """A house for each channel, and who stands above them."""

    houses: Mapping[Channel, House]
    zone: Player
    auditor: Player
    stranger: Player

    def __getitem__(self, channel: Channel) -> House:
        return self.houses[channel]

    def house_of(self, subject: Subject) -> House:
        """The house a proceeding (or that of an offer or agreement) lies with."""
        proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
        return next(h for h in self.houses.values() if h.organisation.id == proceeding.organisation_id)


def build(session: Session) -> Stage:
    """Three organisations with two mediators each, made through the register's actions."""
    zone = Player(1, Role.ZONE_ADMIN)
    at = at_noon(SINCE)
    kinds = {
        Channel.PEOPLE: (OrganisationKind.COMMITTEE, "禅城知识产权人民调解委员会", "禅人调"),
        Channel.JUDICIAL: (OrganisationKind.COURT, "禅城区人民法院", "禅法"),
        Channel.ADMINISTRATIVE: (OrganisationKind.ADMINISTRATIVE_ORGAN, "佛山市知识产权局", "佛知局"),
    }
    houses = {}
    for place, (channel, (kind, name, short)) in enumerate(kinds.items()):
        organisation = register_actions.create_organisation(
            session, name=name, short_name=short, kind=kind, park=Park.CHANCHENG, by=zone, at=at
        )
        people = []
        for given in ("陈静", "李强"):
            mediator = register_actions.create_mediator(session, name=f"{given}{place + 1}", by=zone, at=at)
            register_actions.register_with(session, mediator, organisation, from_on=SINCE, by=zone, at=at)
            people.append(mediator)
        base = 10 * (place + 1)
        houses[channel] = House(
            organisation,
            Player(base, Role.ORGANISATION_ADMIN, organisation.id),
            Player(base + 1, Role.CLERK, organisation.id),
            people[0],
            Player(base + 2, Role.MEDIATOR, organisation.id, people[0].id),
            people[1],
        )
    first = houses[Channel.PEOPLE].organisation.id
    return Stage(houses, zone, Player(2, Role.AUDITOR), Player(99, Role.MEDIATOR, first, None))


def entry_of(
    house: House, channel: Channel, on: dt.date, *, respondents: int = 1, entry_form: EntryForm = EntryForm.OWN
) -> Intake:
    """The plainest dispute of a house."""
    return entry_for(house.organisation, channel, on, respondents=respondents, entry_form=entry_form)


def entry_for(
    organisation: Organisation,
    channel: Channel,
    on: dt.date,
    *,
    respondents: int = 1,
    entry_form: EntryForm = EntryForm.OWN,
) -> Intake:
    """The plainest dispute of an organisation."""
    parties = [PartyEntry(PartyRole.APPLICANT, "佛山甲有限公司")]
    parties += [PartyEntry(PartyRole.RESPONDENT, f"佛山乙{n + 1}有限公司") for n in range(respondents)]
    return Intake(
        source=Source.PARTY,
        channel=channel,
        organisation_id=organisation.id,
        received_on=on,
        facts="被申请人销售带有申请人注册商标的商品",
        parties=tuple(parties),
        rights=(RightEntry(RightKind.TRADE_MARK),),
        entry_form=entry_form,
        park=Park.CHANCHENG,
    )


def register(
    session: Session,
    stage: Stage,
    channel: Channel = Channel.PEOPLE,
    *,
    on: dt.date = MONDAY,
    respondents: int = 1,
    entry_form: EntryForm = EntryForm.OWN,
    by: Player | None = None,
) -> Case:
    """A case registered on its own day by the house's clerk."""
    house = stage[channel]
    entry = entry_of(house, channel, on, respondents=respondents, entry_form=entry_form)
    return intake.register(session, entry, by=by or house.clerk, at=at_noon(on))


def plainest(stage: Stage, subject: Subject, action: Action, on: dt.date) -> dict[Fact, object]:
    """What a form of the move would bring when filled in without thinking, dated `on`."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    house = stage.house_of(subject)
    respondents = [p.id for p in proceeding.case.respondents]
    extra: dict[Fact, object] = {}
    for code, forms in CHANNELS[proceeding.channel].accept_facts:
        if proceeding.entry_form in forms:
            extra[Fact(code)] = "函〔1〕号" if code == Fact.LETTER_NUMBER else proceeding.received_on
    there = next((c for c in Channel if c is not proceeding.channel), Channel.PEOPLE)
    over = proceeding.ended_on is not None
    agreed = any(a.state is AgreementState.IN_FORCE for a in proceeding.agreements)
    started = proceeding.started_on is not None
    outcome = Outcome.AGREED_WRITTEN if agreed else Outcome.DEADLOCK if started else Outcome.WITHDRAWN
    told: dict[Action, dict[Fact, object]] = {
        Action.ACCEPT: {Fact.ACCEPTED_ON: on, **extra},
        Action.REFUSE: {Fact.NOT_ACCEPTED_ON: on, Fact.NOT_ACCEPTED_REASON: NotAcceptedReason.NOT_COMPETENT},
        Action.WITHDRAW_EARLY: {Fact.NOT_ACCEPTED_ON: on},
        Action.ASSIGN: {
            Fact.MEDIATOR: house.lead.id, Fact.MEDIATOR_ROLE: MediatorRole.LEAD, Fact.ASSIGNED_ON: on,
            Fact.RELATION: Relation.NONE,
        },
        Action.REPLACE: {
            Fact.LEAVING: proceeding.lead_id, Fact.MEDIATOR: house.second.id, Fact.ASSIGNED_ON: on,
            Fact.REASON: "工作调整", Fact.RELATION: Relation.NONE,
        },
        Action.START: {Fact.STARTED_ON: on, Fact.FIRST_CONTACT_ON: on},
        Action.SUSPEND: {Fact.SUSPENDED_ON: on, Fact.SUSPEND_REASON: SuspendReason.APPRAISAL},
        Action.RESUME: {Fact.RESUMED_ON: on},
        Action.EXTEND: {
            Fact.EXTENSION_AGREED_ON: on, Fact.APPLICANT_CONSENTS: True, Fact.RESPONDENT_CONSENTS: True,
            Fact.NEW_DUE_ON: (proceeding.due_on or on) + dt.timedelta(days=10),
        },
        Action.AGREE: {
            Fact.RESPONDENTS: respondents, Fact.AGREEMENT_SCOPE: AgreementScope.WHOLE,
            Fact.AGREEMENT_FORM: AgreementForm.WRITTEN, Fact.SIGNED_ON: on,
        },
        Action.END: ending(outcome, on, respondents),
        Action.OFFER: {
            Fact.TO_ORGANISATION: stage[there].organisation.id, Fact.TO_CHANNEL: there,
            Fact.HANDOVER_REASON: HandoverReason.FAILED if over else HandoverReason.COMPETENCE,
            Fact.RESPONDENTS: respondents, Fact.OFFERED_ON: on,
        },
        Action.RECALL: {Fact.ANSWERED_ON: on},
        Action.OFFER_ACCEPTED: {Fact.ANSWERED_ON: on, Fact.ENTRY_FORM: EntryForm.TRANSFERRED},
        Action.OFFER_REJECTED: {Fact.ANSWERED_ON: on, Fact.REJECTION: OfferRejection.CAPACITY},
        Action.REOPEN: {
            Fact.REOPENED_ON: on, Fact.REOPEN_CAUSE: ReopenCause.APPLIED_AGAIN, Fact.ENTRY_FORM: EntryForm.OWN
        },
        Action.CLOSE: {Fact.CLOSED_ON: on},
        Action.FILE: {Fact.FILED_ON: on},
        Action.FOLLOW_UP: {Fact.FOLLOWED_UP_ON: on, Fact.SATISFACTION: 4, Fact.NEW_RISK: "无"},
        Action.PERFORM: {Fact.PERFORMANCE: PerformanceState.PERFORMED, Fact.PERFORMED_ON: on},
        Action.ANNUL: {Fact.RULING: "(2026)粤06民终1号", Fact.ANNULLED_ON: on},
        Action.APPLY_CONFIRMATION: {Fact.COURT: "禅城区人民法院", Fact.APPLIED_ON: on},
        Action.DECIDE_CONFIRMATION: {
            Fact.CONFIRMATION: ConfirmationState.CONFIRMED, Fact.DECIDED_ON: on, Fact.CONFIRMATION_NUMBER: "诉调1号"
        },
    }  # fmt: skip
    return told[action]


def ending(outcome: Outcome, on: dt.date, respondents: Iterable[int]) -> dict[Fact, object]:
    """The facts of an ending with `outcome`."""
    named = list(respondents)
    whole = outcome in AGREED and outcome is not Outcome.AGREED_PART
    results = dict.fromkeys(named, PartyResult.AGREED if whole else PartyResult.NOT_AGREED)
    if outcome is Outcome.AGREED_PART:
        results[named[0]] = PartyResult.AGREED
    facts: dict[Fact, object] = {Fact.ENDED_ON: on, Fact.OUTCOME: outcome, Fact.RESULTS: results}
    if outcome in AGREED:
        facts[Fact.SIGNED_ON] = on
    if class_of(outcome, started=True) is OutcomeClass.FAILURE:
        facts[Fact.ROUTES_EXPLAINED] = True
    if outcome in (Outcome.OTHER_FAILURE, Outcome.OTHER_NEUTRAL):
        facts[Fact.OUTCOME_REASON] = "另有说明"
    return facts


def codes(facts: Mapping[Fact, object]) -> dict[str, Any]:
    """The facts by their codes, as `do` takes them."""
    return {fact.value: value for fact, value in facts.items()}


def who_may(stage: Stage, subject: Subject, action: Action) -> Player:
    """The administrator whose move it is: the receiver's for an answer, else the house's own."""
    if action in (Action.OFFER_ACCEPTED, Action.OFFER_REJECTED):
        receiver = getattr(subject, "to_organisation_id", None)
        return next(h.admin for h in stage.houses.values() if h.organisation.id == receiver)
    return stage.house_of(subject).admin


def do(
    session: Session,
    stage: Stage,
    subject: Subject,
    action: Action,
    number: int,
    *,
    by: Player | None = None,
    at: dt.datetime | None = None,
    seen: int | None = None,
    late_reason: str | None = None,
    **facts: Any,
) -> CaseEvent:
    """Take `action` on day `number`, with the plainest facts but for those given by their codes."""
    on = day(number)
    brought = {**plainest(stage, subject, action, on), **{Fact(code): value for code, value in facts.items()}}
    return actions.perform(
        session, subject, action, by=by or who_may(stage, subject, action), at=at or at_noon(on), facts=brought,
        seen=seen, late_reason=late_reason,
    )  # fmt: skip


PATHS: dict[str, tuple[Action, ...]] = {
    "registered": (),
    "not_accepted": (Action.REFUSE,),
    "accepted": (Action.ACCEPT,),
    "led": (Action.ACCEPT, Action.ASSIGN),
    "mediating": (Action.ACCEPT, Action.ASSIGN, Action.START),
    "suspended": (Action.ACCEPT, Action.ASSIGN, Action.START, Action.SUSPEND),
    "agreed": (Action.ACCEPT, Action.ASSIGN, Action.START, Action.AGREE),
    "ended": (Action.ACCEPT, Action.ASSIGN, Action.START, Action.END),
}
"""The moves that lead to a situation, one a day."""


def bring_to(
    session: Session,
    stage: Stage,
    situation: str,
    channel: Channel = Channel.PEOPLE,
    *,
    respondents: int = 1,
    entry_form: EntryForm = EntryForm.OWN,
) -> Proceeding:
    """The first proceeding of a new case, brought to one of PATHS: registered on day 0, one move a day after."""
    case = register(session, stage, channel, respondents=respondents, entry_form=entry_form)
    proceeding = case.proceedings[0]
    for place, action in enumerate(PATHS[situation]):
        do(session, stage, proceeding, action, place + 1)
    return proceeding


def pending(case: Case) -> Any:
    """The offer of the case that waits for its answer."""
    return next(o for o in case.offers if o.state is OfferState.PENDING)


def in_force(proceeding: Proceeding) -> Any:
    """The proceeding's agreement in force."""
    return next(a for a in proceeding.agreements if a.state is AgreementState.IN_FORCE)


_KINDS: tuple[type[Base], ...] = (*journal.KINDS.values(), CaseEvent, Counter, Spell, Tenure, SearchText)
TABLES = sorted({kind.__tablename__ for kind in _KINDS} | {"audit_event"})
DERIVED_ROWS = {Spell.__tablename__, Tenure.__tablename__}


def rows(session: Session, *, but: Iterable[str] = (), without: Iterable[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of the cases as it lies in the database; `but` these tables, `without` these columns.

    Derived rows are told without their ids: they are written anew whenever they change.
    """
    session.flush()
    left_out = set(without)
    found = {}
    for name in TABLES:
        if name in set(but):
            continue
        table = Base.metadata.tables[name]
        told = [dict(row) for row in session.execute(select(table)).mappings()]
        for row in told:
            for column in left_out & set(row):
                del row[column]
            if name in DERIVED_ROWS:
                del row["id"]
        found[name] = sorted(told, key=repr)
    return found
