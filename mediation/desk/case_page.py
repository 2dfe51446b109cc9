"""What the case page shows, as finished values: path, next step, moves, timeline. No SQL, no markup."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mediation.cases import acts, deadlines, deriving, queries, workflow
from mediation.cases.actions import CASE_FIELDS
from mediation.cases.deadlines import Due
from mediation.cases.facts import FACTS, Fact, Kind, decode
from mediation.cases.forms import CASE_TITLES
from mediation.cases.models import Agreement, Case, CaseEvent, Offer, Proceeding
from mediation.cases.workflow import Offered
from mediation.channels import CHANNELS, Channel
from mediation.people.permissions import Person
from mediation.terms import Action, AgreementState, ConfirmationState, MediatorRole, OfferState, State
from mediation.web import filters
from mediation.words import Term, Words


@dataclass(frozen=True)
class AgreementCard:
    """An agreement with what may be done about it."""

    agreement: Agreement
    moves: list[Offered]
    window: deadlines.Deadline | None
    window_passed: bool
    court: Words


@dataclass(frozen=True)
class ProceedingCard:
    """A proceeding with its limit, its agreements and the moves the person is offered."""

    proceeding: Proceeding
    due: Due | None
    moves: list[Offered]
    agreements: list[AgreementCard]
    may_correct: bool

    @property
    def outcome_title(self) -> Words | None:
        """The outcome in the channel's own words."""
        outcome = self.proceeding.outcome
        return CHANNELS[self.proceeding.channel].outcome_words(outcome) if outcome else None


@dataclass(frozen=True)
class NextStep:
    """The suggested move and on which proceeding.

    `goal`: a move more wanted still, blocked until something else is done – mostly until `offered` is.
    """

    offered: Offered
    card: ProceedingCard
    goal: Offered | None = None

    @property
    def proceeding(self) -> Proceeding:
        """The proceeding it acts on."""
        return self.card.proceeding


def card(proceeding: Proceeding, person: Person, today: dt.date, *, may_correct: bool) -> ProceedingCard:
    """Everything the page shows of one proceeding."""
    return ProceedingCard(
        proceeding,
        deriving.due_of(proceeding, today),
        queries.offered(proceeding, person, today),
        [_agreement_card(agreement, person, today) for agreement in proceeding.agreements],
        may_correct,
    )


def _agreement_card(agreement: Agreement, person: Person, today: dt.date) -> AgreementCard:
    window = None
    if agreement.effective_on and agreement.state is AgreementState.IN_FORCE:
        window = deadlines.confirmation_window(agreement.effective_on, deadlines.load_calendar())
    return AgreementCard(
        agreement,
        queries.offered(agreement, person, today),
        window,
        window is not None and window.on < today,
        deadlines.confirming_court(agreement.proceeding.case.primary_kind),
    )


def next_step(cards: Iterable[ProceedingCard]) -> NextStep | None:
    """What to do next: on the latest proceeding on which the person may do anything."""
    for each in reversed(list(cards)):
        proceeding = each.proceeding
        # What was done once and for all is not suggested again, nor is it missing.
        done = {Action.CLOSE} if proceeding.closed_on else set()
        done |= {Action.FILE} if proceeding.filed_on else set()
        moves = [offered for offered in each.moves if offered.action not in done]
        found = workflow.next_step(
            moves,
            proceeding.state,
            agreed=any(a.state is AgreementState.IN_FORCE for a in proceeding.agreements),
            followed_up=bool(proceeding.follow_ups),
        )
        if found is not None:
            wanted = workflow.NEXT[proceeding.state]
            before = wanted[: wanted.index(found.action)]
            goal = next((o for o in moves if o.action in before and o.blocked), None)
            return NextStep(found, each, goal)
    return None


def leading(cards: Sequence[ProceedingCard], step: NextStep | None) -> ProceedingCard | None:
    """The proceeding whose moves stand at the top of the page: the next step's, else the latest that has any."""
    if step is not None:
        return step.card
    return next((card for card in reversed(cards) if card.moves), None)


def path(case: Case) -> list[dict[str, Any]]:
    """The stations of the dispute across the channels, a pending offer last."""
    steps: list[dict[str, Any]] = []
    for proceeding in case.standing_proceedings:
        lead = next((a.mediator.name for a in reversed(proceeding.assignments) if a.role is MediatorRole.LEAD), None)
        outcome = proceeding.outcome
        steps.append(
            {
                "channel": proceeding.channel,
                "organisation": proceeding.organisation.name,
                "state": proceeding.state,
                "from_on": proceeding.accepted_on or proceeding.received_on,
                "to_on": proceeding.ended_on or proceeding.not_accepted_on,
                "current": proceeding.is_live,
                "number": proceeding.number,
                "outcome": outcome,
                "outcome_title": CHANNELS[proceeding.channel].outcome_words(outcome) if outcome else None,
                "entry": proceeding.entry_form,
                "mediator": lead,
            }
        )
    steps += [
        {
            "channel": offer.to_channel,
            "organisation": offer.to_organisation.name,
            "state": offer.state,
            "from_on": offer.offered_on,
            "pending": True,
        }
        for offer in case.offers
        if offer.state is OfferState.PENDING
    ]
    return steps


def pending_offer(case: Case) -> Offer | None:
    """The offer that waits for its answer, if any."""
    return next((o for o in case.offers if o.state is OfferState.PENDING), None)


@dataclass(frozen=True)
class Names:
    """Names behind the ids that events keep."""

    accounts: Mapping[int, str]
    mediators: Mapping[int, str]
    organisations: Mapping[int, str]
    parties: Mapping[int, str]


def _say(fact: Fact, raw: object, names: Names, language: str) -> object:
    value = decode(fact, raw)
    match FACTS[fact].kind:
        case Kind.MEDIATOR:
            return names.mediators.get(int(str(value)), str(value))
        case Kind.ORGANISATION:
            return names.organisations.get(int(str(value)), str(value))
        case Kind.RESPONDENTS if isinstance(value, list):
            return "、".join(names.parties.get(key, str(key)) for key in value)
        case Kind.RESULTS if isinstance(value, dict):
            return "; ".join(f"{names.parties.get(key, str(key))}: {item.in_(language)}" for key, item in value.items())
        case Kind.MONEY if isinstance(value, Decimal):
            return filters.money(value)
        case Kind.FLAG:
            return ("Yes" if value else "No") if language == "en" else ("是" if value else "否")
        case _:
            return value.in_(language) if isinstance(value, Term) else value


STATES: Mapping[workflow.Track, type[Term]] = {
    workflow.Track.PROCEEDING: State,
    workflow.Track.OFFER: OfferState,
    workflow.Track.AGREEMENT: AgreementState,
    workflow.Track.CONFIRMATION: ConfirmationState,
}
"""Whose states an event's `state_from` and `state_to` are, by the track of its move."""


def _state_term(action: Action, text: str | None) -> Term | None:
    if text is None:
        return None
    row = next((row for row in workflow.MOVES if row.action is action), None)
    kinds = [STATES[row.track]] if row else list(STATES.values())
    return next((kind(text) for kind in kinds if text in kind.__members__.values()), None)


def timeline(events: Iterable[CaseEvent], case: Case, names: Names, language: str) -> list[dict[str, Any]]:
    """The history, newest first, in words."""
    proceedings = {p.id: p for p in case.proceedings}
    lines = []
    for event in events:
        proceeding = proceedings.get(event.proceeding_id or 0)
        lines.append(
            {
                "id": f"event-{event.seq}",
                "title": event.action,
                "on": event.on,
                "at": event.at,
                "by": names.accounts.get(event.by_id or 0),
                "from_state": _state_term(event.action, event.state_from),
                "to_state": _state_term(event.action, event.state_to) if event.state_from != event.state_to else None,
                "facts": _facts(event, names, language),
                "note": event.reason,
                "channel": proceeding.channel if proceeding else None,
                "organisation": proceeding.organisation.name if proceeding else None,
                "late": event.is_late,
                "undone": event.voided_by is not None,
            }
        )
    return lines[::-1]


def _facts(event: CaseEvent, names: Names, language: str) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    on = event.on.isoformat() if event.on else None
    for code, raw in event.facts.items():
        if raw == on and code != Fact.PERFORMANCE_DUE_ON:
            continue  # the day stands before the line already
        if event.action is Action.CORRECT and isinstance(raw, list):
            label = Fact(code).in_(language) if code in FACTS else str(CASE_TITLES.get(code, code))
            old, new = (_corrected(code, value, names, language) for value in raw)
            pairs.append((label, f"{old} → {new}"))
        elif code in FACTS and raw is not None and raw is not False:
            pairs.append((Fact(code).in_(language), _say(Fact(code), raw, names, language)))
        elif code == "channel" and raw:
            pairs.append(("Channel" if language == "en" else "渠道", Channel(str(raw)).in_(language)))
        elif code == "action" and raw:
            pairs.append(("Undone" if language == "en" else "撤销的操作", Action(str(raw)).in_(language)))
        elif code == "unknown" and isinstance(raw, list) and raw:
            said = "、".join(Fact(item).in_(language) for item in raw)
            pairs.append(("Not stated in the ledger" if language == "en" else "台账未载明", said))
    return pairs


def _corrected(code: str, value: object, names: Names, language: str) -> object:
    if value is None:
        return "—"
    if code in FACTS:
        return _say(Fact(code), value, names, language)
    kind = CASE_FIELDS.get(code)
    if kind is Kind.MONEY:
        return filters.money(Decimal(str(value)))
    return kind(str(value)).in_(language) if isinstance(kind, type) else value


def act_of(case: Case) -> acts.Act | None:
    """The infringing act named at intake, with its article as of the receipt."""
    return acts.find_act(case.infringing_act, case.received_on) if case.infringing_act else None
