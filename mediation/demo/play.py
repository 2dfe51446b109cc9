"""Plays stories – disputes told as dated moves – through the actions, each move on its own day.

A story file is `{"stories": [{"key", "says", "source", "kind", "steps": [[day, move, proceeding, facts], …]}]}`.
What a step leaves out is filled in here with the plainest value a form would have. Must not write a state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mediation import clock
from mediation.cases import actions, intake
from mediation.cases.facts import Fact, Relation
from mediation.cases.intake import Intake, PartyEntry, RightEntry
from mediation.cases.models import Case, Proceeding
from mediation.cases.workflow import AGREED, class_of
from mediation.channels import CHANNELS, Channel
from mediation.database import Session
from mediation.register import actions as register
from mediation.register.models import Mediator, Organisation
from mediation.terms import (
    Action,
    AgreementState,
    EntryForm,
    HandoverReason,
    MediatorLevel,
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
    ReopenCause,
    RightKind,
    Role,
    Source,
    SuspendReason,
)


@dataclass(frozen=True)
class Player:
    """Someone who acts in a story; bears no account of its own beyond the number given."""

    account_id: int
    role: Role
    organisation_id: int | None = None
    mediator_id: int | None = None


@dataclass(frozen=True)
class Stage:
    """For each channel an organisation, its administrator and its lead mediator."""

    organisations: Mapping[Channel, Organisation]
    administrators: Mapping[Channel, Player]
    mediators: Mapping[Channel, Mediator]
    zone: Player


def at_noon(day: dt.date) -> dt.datetime:
    """Noon of the day in Asia/Shanghai."""
    return dt.datetime.combine(day, dt.time(12), clock.ZONE)


def set_stage(session: Session, *, since: dt.date, account_id: int) -> Stage:
    """Three organisations with a mediator each, made through the register's actions."""
    zone = Player(account_id, Role.ZONE_ADMIN)
    kinds = {
        Channel.PEOPLE: (OrganisationKind.COMMITTEE, "故事人民调解委员会", "故事人调"),
        Channel.JUDICIAL: (OrganisationKind.COURT, "故事人民法院", "故事法院"),
        Channel.ADMINISTRATIVE: (OrganisationKind.ADMINISTRATIVE_ORGAN, "故事知识产权局", "故事知局"),
    }
    organisations, administrators, mediators = {}, {}, {}
    at = at_noon(since)
    for place, (channel, (kind, name, short)) in enumerate(kinds.items()):
        organisation = register.create_organisation(
            session, name=name, short_name=short, kind=kind, park=Park.ZONE, by=zone, at=at
        )
        mediator = register.create_mediator(session, name=f"故事调解员{place + 1}", by=zone, at=at)
        register.register_with(
            session, mediator, organisation, level=MediatorLevel.NONE, specialities=(), from_on=since, by=zone, at=at
        )
        organisations[channel], mediators[channel] = organisation, mediator
        administrators[channel] = Player(account_id, Role.ORGANISATION_ADMIN, organisation.id)
    return Stage(organisations, administrators, mediators, zone)


class Play:
    """One story on its stage."""

    def __init__(self, session: Session, stage: Stage) -> None:
        self.session = session
        self.stage = stage
        self.case: Case | None = None

    def step(self, day: dt.date, move: str, number: int, told: Mapping[str, Any], story: Mapping[str, Any]) -> None:
        """Take one step of the story. Raises the refusal of a move that is not possible."""
        action = Action(move.lower())
        at = at_noon(day)
        if action is Action.REGISTER:
            self._register(day, told, story)
            return
        assert self.case is not None
        proceeding = self.case.proceedings[number - 1]
        facts, subject = self._facts(action, proceeding, day, told)
        by = self._actor(action, subject)
        actions.perform(self.session, subject, action, by=by, at=at, facts=facts)

    def _actor(self, action: Action, subject: Any) -> Player:
        if action in (Action.OFFER_ACCEPTED, Action.OFFER_REJECTED):
            return self.stage.administrators[subject.to_channel]
        proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
        return self.stage.administrators[proceeding.channel]

    def _register(self, day: dt.date, told: Mapping[str, Any], story: Mapping[str, Any]) -> None:
        channel = Channel(told["channel"])
        respondents = 3 if "three respondents" in story["says"] else 1
        parties = [PartyEntry(PartyRole.APPLICANT, f"故事{story['key']}申请人")]
        parties += [
            PartyEntry(PartyRole.RESPONDENT, f"故事{story['key']}被申请人{n + 1}") for n in range(respondents)
        ]
        self.case = intake.register(
            self.session,
            Intake(
                source=Source(story["source"]),
                channel=channel,
                organisation_id=self.stage.organisations[channel].id,
                received_on=day,
                facts=story["says"],
                parties=tuple(parties),
                rights=(RightEntry(RightKind(story["kind"])),),
                entry_form=EntryForm(told["entry"]),
                park=Park.NANHAI,
            ),
            by=self.stage.administrators[channel],
            at=at_noon(day),
        )

    def _facts(
        self, action: Action, proceeding: Proceeding, day: dt.date, told: Mapping[str, Any]
    ) -> tuple[dict[Fact, object], Any]:
        case = proceeding.case
        pending = next((o for o in case.offers if o.state is OfferState.PENDING), None)
        match action:
            case Action.OFFER_ACCEPTED:
                return {Fact.ANSWERED_ON: day, Fact.ENTRY_FORM: EntryForm(told["entry"])}, pending
            case Action.OFFER_REJECTED:
                return {Fact.ANSWERED_ON: day, Fact.REJECTION: OfferRejection(told["reason"])}, pending
            case Action.RECALL:
                return {Fact.ANSWERED_ON: day}, pending
            case Action.ANNUL:
                agreement = next(a for a in proceeding.agreements if a.state is AgreementState.IN_FORCE)
                return {Fact.ANNULLED_ON: day, Fact.RULING: str(told["ruling"])}, agreement
            case Action.OFFER:
                to = Channel(told["to"])
                over = proceeding.ended_on is not None
                return {
                    Fact.TO_ORGANISATION: self.stage.organisations[to].id,
                    Fact.TO_CHANNEL: to,
                    Fact.HANDOVER_REASON: HandoverReason.FAILED if over else HandoverReason.COMPETENCE,
                    Fact.RESPONDENTS: [p.id for p in case.respondents],
                    Fact.OFFERED_ON: day,
                }, proceeding
            case _:
                return self._facts_of_its_own(action, proceeding, day, told), proceeding

    def _facts_of_its_own(
        self, action: Action, proceeding: Proceeding, day: dt.date, told: Mapping[str, Any]
    ) -> dict[Fact, object]:
        match action:
            case Action.ACCEPT:
                return self._acceptance(proceeding, day)
            case Action.REFUSE:
                return {Fact.NOT_ACCEPTED_ON: day, Fact.NOT_ACCEPTED_REASON: NotAcceptedReason(told["reason"])}
            case Action.WITHDRAW_EARLY:
                return {Fact.NOT_ACCEPTED_ON: day}
            case Action.ASSIGN:
                return {
                    Fact.MEDIATOR: self.stage.mediators[proceeding.channel].id,
                    Fact.MEDIATOR_ROLE: MediatorRole.LEAD,
                    Fact.ASSIGNED_ON: day,
                    Fact.RELATION: Relation.NONE,
                }
            case Action.START:
                return {Fact.STARTED_ON: day, Fact.FIRST_CONTACT_ON: day}
            case Action.SUSPEND:
                return {Fact.SUSPENDED_ON: day, Fact.SUSPEND_REASON: SuspendReason(told["reason"])}
            case Action.RESUME:
                return {Fact.RESUMED_ON: day}
            case Action.END:
                return self._ending(Outcome(told["outcome"]), day, [p.id for p in proceeding.case.respondents])
            case Action.REOPEN:
                return {
                    Fact.REOPENED_ON: day,
                    Fact.REOPEN_CAUSE: ReopenCause(told["cause"]),
                    Fact.ENTRY_FORM: EntryForm(told["entry"]),
                }
            case _:
                raise ValueError(f"stories do not know how to {action}")

    @staticmethod
    def _acceptance(proceeding: Proceeding, day: dt.date) -> dict[Fact, object]:
        facts: dict[Fact, object] = {Fact.ACCEPTED_ON: day}
        for code, forms in CHANNELS[proceeding.channel].accept_facts:
            if proceeding.entry_form in forms:
                fact = Fact(code)
                facts[fact] = "故事函〔1〕号" if fact is Fact.LETTER_NUMBER else proceeding.received_on
        return facts

    @staticmethod
    def _ending(outcome: Outcome, day: dt.date, respondents: list[int]) -> dict[Fact, object]:
        whole = outcome in AGREED and outcome is not Outcome.AGREED_PART
        results = dict.fromkeys(respondents, PartyResult.AGREED if whole else PartyResult.NOT_AGREED)
        if outcome is Outcome.AGREED_PART:
            results[respondents[0]] = PartyResult.AGREED
        facts: dict[Fact, object] = {Fact.ENDED_ON: day, Fact.OUTCOME: outcome, Fact.RESULTS: results}
        if outcome in AGREED:
            facts[Fact.SIGNED_ON] = day
        if class_of(outcome, started=True) is OutcomeClass.FAILURE:
            facts[Fact.ROUTES_EXPLAINED] = True
        return facts


def play(session: Session, stories: Iterable[Mapping[str, Any]], stage: Stage) -> list[Case]:
    """Play the stories in the order of their days, all together, as an office would have lived them."""
    stories = list(stories)
    plays = {story["key"]: Play(session, stage) for story in stories}
    steps = sorted(
        (
            (dt.date.fromisoformat(day), place, number_of_step, story, move, number, told)
            for place, story in enumerate(stories)
            for number_of_step, (day, move, number, told) in enumerate(story["steps"])
        ),
        key=lambda step: step[:3],
    )
    for day, _, _, story, move, number, told in steps:
        plays[story["key"]].step(day, move, number, told, story)
    return [case for p in plays.values() if (case := p.case) is not None]
