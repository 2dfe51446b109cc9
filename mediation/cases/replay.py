"""`mediation check-history`: every case's events, told again in recording order through the rows of the workflow.

A plain replica is carried from event to event and compared at the end with the rows: states, kept facts, leads,
agreements, offers. So nobody changes a row past its history, nor a history past its rows. What a row must be besides is
asked in `checks`. Changes nothing; must not mend what it finds.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from mediation.cases import checks, workflow
from mediation.cases.checks import Finding, Report
from mediation.cases.facts import KEPT, Fact, decode
from mediation.cases.models import Case, CaseEvent, Proceeding
from mediation.cases.workflow import Reach, Track
from mediation.database import Session
from mediation.errors import MoveError
from mediation.terms import (
    Action,
    AgreementState,
    MediatorRole,
    NotAcceptedReason,
    OfferState,
    Outcome,
    State,
)
from mediation.words import Words

NOT_A_MOVE = Words("状态衔接不上:该操作不能从此状态发生", "an event does not follow from the one before")
UNDOES_NOTHING = Words("撤销的不是最近一次有效操作", "an undoing does not undo the last event that stood")
NO_SUCH_PROCEEDING = Words("操作所指的环节不存在", "an event is about a proceeding that is not there")
STATE_DIFFERS = Words("状态与历史重演不符", "a state differs from what the history makes")
FACT_DIFFERS = Words("事实与历史重演不符", "a fact differs from what the history tells")
PROCEEDINGS_DIFFER = Words("调解环节与历史重演不符", "the proceedings differ from those the history makes")
AGREEMENTS_DIFFER = Words("协议与历史重演不符", "agreements differ from those the history tells")
OFFERS_DIFFER = Words("移交与历史重演不符", "handovers differ from those the history tells")
LEAD_DIFFERS = Words("主调解员与历史重演不符", "the lead mediator differs from what the history tells")
CASE_DIFFERS = Words("案件要素与历史重演不符", "a fact of the case differs from what the history tells")

_KEPT_CODES = frozenset(fact.value for fact in KEPT)


@dataclass
class _Attempt:
    """A proceeding as the history makes it."""

    stands: State
    before: State | None = None
    facts: dict[Fact, object] = field(default_factory=dict)
    unknown: set[Fact] = field(default_factory=set)
    lead: int | None = None
    agreements: list[AgreementState] = field(default_factory=list)


@dataclass
class _Replica:
    """A case as the history makes it. `said`: fields of the case the history tells of, as JSON has them."""

    attempts: dict[int, _Attempt] = field(default_factory=dict)
    offers: list[tuple[int, OfferState]] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)


class _HistoryError(Exception):
    """An event that cannot have happened here."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def check_history(session: Session, tell: Callable[[str, int], None] | None = None) -> Report:
    """Replay every case. `tell(what, count)` hears how far it is."""
    report = Report()
    cases = events = 0
    for case in checks.cases_in_batches(session):
        history = session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq)
        ).all()
        cases, events = cases + 1, events + len(history)
        report.findings += of_case(case, history)
        if tell is not None and cases % checks.BATCH == 0:
            tell("cases", cases)
    report.counts = {"cases": cases, "events": events}
    return report


def of_case(case: Case, history: Iterable[CaseEvent]) -> Iterator[Finding]:
    """What in one case does not follow from its history."""
    player = _Player(case)
    for event in history:
        try:
            player.take(event)
        except _HistoryError as broken:
            yield Finding("history", broken.words, f"{case.number} event {event.seq}")
            return
    yield from _differences(case, player.replica)


class _Player:
    """Takes the events of one case, one after the other."""

    def __init__(self, case: Case) -> None:
        self.replica = _Replica()
        self.seq_of = {proceeding.id: proceeding.seq for proceeding in case.proceedings}
        # A proceeding entered by mistake keeps its place in the case: the next one is the next number.
        self.made = 0
        self.stood: list[tuple[int, _Replica]] = []

    def take(self, event: CaseEvent) -> None:
        """Let the event happen to the replica."""
        if event.action is Action.VOID_ENTRY:
            if not self.stood or self.stood[-1][0] != event.facts.get("undone"):
                raise _HistoryError(UNDOES_NOTHING)
            _, self.replica = self.stood.pop()
            return
        self.stood.append((event.seq, copy.deepcopy(self.replica)))
        if event.action is Action.SUPPLEMENT:
            return
        if event.action is Action.REGISTER:
            self._register(event)
            return
        attempt, seq = self._attempt(event)
        if event.action is Action.CORRECT:
            self._correct(attempt, seq, event)
            return
        self._move(attempt, seq, event)

    def _attempt(self, event: CaseEvent) -> tuple[_Attempt, int]:
        seq = self.seq_of.get(event.proceeding_id or 0)
        attempt = self.replica.attempts.get(seq or 0)
        if seq is None or attempt is None:
            raise _HistoryError(NO_SUCH_PROCEEDING)
        return attempt, seq

    def _register(self, event: CaseEvent) -> None:
        if self.replica.attempts or event.state_from is not None or event.state_to != State.REGISTERED:
            raise _HistoryError(NOT_A_MOVE)
        attempt = self._new_attempt(event, Fact.RECEIVED_ON)
        attempt.unknown = {Fact(code) for code in event.facts.get("unknown", [])}
        if event.facts.get("source") is not None:
            self.replica.said["source"] = event.facts["source"]
        self.replica.said["primary_kind"] = event.facts["kind"]

    def _new_attempt(self, event: CaseEvent, received: Fact) -> _Attempt:
        """A further proceeding, registered on the day the event brings, in the form it brings."""
        self.made += 1
        facts = {Fact.RECEIVED_ON: received, Fact.ENTRY_FORM: Fact.ENTRY_FORM}
        told = {kept: decode(kept, event.facts.get(source.value)) for kept, source in facts.items()}
        attempt = _Attempt(State.REGISTERED, facts={fact: value for fact, value in told.items() if value is not None})
        self.replica.attempts[self.made] = attempt
        return attempt

    def _correct(self, attempt: _Attempt, seq: int, event: CaseEvent) -> None:
        for code, (_, new) in event.facts.items():
            if code in _KEPT_CODES:
                fact = Fact(code)
                attempt.facts[fact] = decode(fact, new)
                attempt.unknown.discard(fact)
                if fact is Fact.RECEIVED_ON and seq == 1:
                    self.replica.said["received_on"] = new
            else:
                self.replica.said[code] = new

    def _move(self, attempt: _Attempt, seq: int, event: CaseEvent) -> None:
        try:
            row = workflow.row_of(event.action)
        except MoveError as error:
            raise _HistoryError(NOT_A_MOVE) from error
        match row.track:
            case Track.PROCEEDING:
                self._proceed(row, attempt, event)
            case Track.OFFER:
                self._answer(row, attempt, seq, event)
            case Track.AGREEMENT:
                self._on_agreement(row, attempt, event)
            case Track.CONFIRMATION:
                if AgreementState.IN_FORCE not in attempt.agreements:
                    raise _HistoryError(NOT_A_MOVE)
        self._aside(attempt, seq, event)

    def _proceed(self, row: workflow.Move, attempt: _Attempt, event: CaseEvent) -> None:
        reached: object = row.reaches
        if row.reaches is Reach.SAME:
            reached = attempt.stands
        elif row.reaches is Reach.BEFORE:
            reached = attempt.before
        if not isinstance(reached, State) or event.state_to != reached or attempt.stands not in row.leaves:
            raise _HistoryError(NOT_A_MOVE)
        if event.state_from != attempt.stands:
            raise _HistoryError(NOT_A_MOVE)
        if event.action not in (Action.REOPEN, Action.OFFER):
            _keep(attempt, event)
        if reached is State.SUSPENDED is not attempt.stands:
            attempt.before = attempt.stands
        attempt.stands = reached

    def _answer(self, row: workflow.Move, attempt: _Attempt, seq: int, event: CaseEvent) -> None:
        """An offer is answered or recalled; an accepted one ends what it came from and begins anew."""
        offers = self.replica.offers
        if (seq, OfferState.PENDING) not in offers or event.state_from != OfferState.PENDING:
            raise _HistoryError(NOT_A_MOVE)
        if event.state_to != row.reaches:
            raise _HistoryError(NOT_A_MOVE)
        offers[offers.index((seq, OfferState.PENDING))] = (seq, OfferState(event.state_to))
        if event.action is not Action.OFFER_ACCEPTED:
            return
        reached = dict(row.aside).get(attempt.stands)
        on = decode(Fact.ANSWERED_ON, event.facts.get(Fact.ANSWERED_ON.value))
        if reached is State.NOT_ACCEPTED:
            attempt.facts |= {Fact.NOT_ACCEPTED_ON: on, Fact.NOT_ACCEPTED_REASON: NotAcceptedReason.PASSED_ON}
        elif reached is State.ENDED:
            attempt.facts |= {Fact.ENDED_ON: on, Fact.OUTCOME: Outcome.TRANSFERRED}
        attempt.stands = reached or attempt.stands
        self._new_attempt(event, Fact.ANSWERED_ON)

    def _on_agreement(self, row: workflow.Move, attempt: _Attempt, event: CaseEvent) -> None:
        if AgreementState.IN_FORCE not in attempt.agreements or event.state_from != AgreementState.IN_FORCE:
            raise _HistoryError(NOT_A_MOVE)
        if row.reaches is AgreementState.VOID:
            attempt.agreements[attempt.agreements.index(AgreementState.IN_FORCE)] = AgreementState.VOID

    def _aside(self, attempt: _Attempt, seq: int, event: CaseEvent) -> None:
        """What a move makes besides: leads, agreements, offers, further proceedings."""
        match event.action:
            case Action.WITHDRAW_EARLY:
                attempt.facts[Fact.NOT_ACCEPTED_REASON] = NotAcceptedReason.WITHDRAWN_EARLY
            case Action.ASSIGN:
                if event.facts.get(Fact.MEDIATOR_ROLE.value) == MediatorRole.LEAD:
                    attempt.lead = event.facts[Fact.MEDIATOR.value]
            case Action.REPLACE:
                if attempt.lead == event.facts.get(Fact.LEAVING.value):
                    attempt.lead = event.facts[Fact.MEDIATOR.value]
            case Action.AGREE:
                attempt.agreements.append(AgreementState.IN_FORCE)
            case Action.END:
                agreed = attempt.facts.get(Fact.OUTCOME) in workflow.AGREED
                if agreed and AgreementState.IN_FORCE not in attempt.agreements:
                    attempt.agreements.append(AgreementState.IN_FORCE)
            case Action.OFFER:
                self.replica.offers.append((seq, OfferState.PENDING))
            case Action.REOPEN:
                self._new_attempt(event, Fact.REOPENED_ON)


def _keep(attempt: _Attempt, event: CaseEvent) -> None:
    """The facts of the event that a proceeding keeps in its own row."""
    for code, value in event.facts.items():
        if code in _KEPT_CODES:
            attempt.facts[Fact(code)] = decode(Fact(code), value)


# At the end -----------------------------------------------------------------------------------------------------------


def _differences(case: Case, replica: _Replica) -> Iterator[Finding]:
    if case.is_void != (not replica.attempts):
        yield Finding("proceedings", PROCEEDINGS_DIFFER, case.number)
        return
    standing = {proceeding.seq: proceeding for proceeding in case.standing_proceedings}
    if not case.is_void and standing.keys() != replica.attempts.keys():
        yield Finding("proceedings", PROCEEDINGS_DIFFER, case.number)
        return
    for seq, attempt in replica.attempts.items():
        yield from _of_proceeding(standing[seq], attempt, f"{case.number} #{seq}")
    offers = sorted((offer.proceeding_id, offer.state.value) for offer in case.offers)
    by_seq = {proceeding.seq: proceeding.id for proceeding in case.proceedings}
    if offers != sorted((by_seq[seq], state.value) for seq, state in replica.offers):
        yield Finding("offers", OFFERS_DIFFER, case.number)
    for name, value in replica.said.items():
        if _as_json(getattr(case, name, None)) != _as_json(value):
            yield Finding("case", CASE_DIFFERS, f"{case.number} {name}")


def _of_proceeding(proceeding: Proceeding, attempt: _Attempt, where: str) -> Iterator[Finding]:
    if proceeding.state is not attempt.stands:
        yield Finding("state", STATE_DIFFERS, where)
    told = {fact: value for fact, value in attempt.facts.items() if value is not None}
    kept = proceeding.kept
    for fact in sorted(told.keys() | kept.keys()):
        if told.get(fact) != kept.get(fact):
            yield Finding("fact", FACT_DIFFERS, f"{where} {fact.value}")
    # What is unknown is told once, with the registration, and never of a receiver's proceeding.
    if proceeding.unknown != attempt.unknown:
        yield Finding("fact", FACT_DIFFERS, f"{where} unknown_facts")
    if proceeding.lead_id != attempt.lead:
        yield Finding("lead", LEAD_DIFFERS, where)
    if sorted(a.state.value for a in proceeding.agreements) != sorted(s.value for s in attempt.agreements):
        yield Finding("agreements", AGREEMENTS_DIFFER, where)


def _as_json(value: object) -> str | None:
    return None if value is None else str(value)
