"""The workflow against a table written independently from the law book, and what must follow from the table."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from mediation.cases import workflow
from mediation.cases.facts import FACTS, Fact, Relation
from mediation.cases.workflow import MOVES, Guard, Move, Reach, Snapshot, Track
from mediation.channels import CHANNELS, Channel
from mediation.demo.play import Player
from mediation.errors import FactError, ForbiddenError, MoveError
from mediation.people.permissions import Permission, Standing
from mediation.terms import (
    Action,
    AgreementState,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    OfferState,
    Outcome,
    OutcomeClass,
    PartyResult,
    Role,
    State,
)

DAY = dt.date(2026, 3, 2)
MINE = Standing(organisation_ids=frozenset({1}), mediator_ids=frozenset({7}), offered_to=frozenset({1}))
ADMINISTRATOR = Player(1, Role.ORGANISATION_ADMIN, 1)
MEDIATOR = Player(2, Role.MEDIATOR, 1, 7)
STRANGER = Player(3, Role.MEDIATOR, 2, 8)
AUDITOR = Player(4, Role.AUDITOR)

# The law book's table, typed from it: action → (leaves, reaches).
LAW: dict[Action, tuple[set[str], str]] = {
    Action.REGISTER: ({"–"}, "registered"),
    Action.ACCEPT: ({"registered"}, "accepted"),
    Action.REFUSE: ({"registered"}, "not_accepted"),
    Action.WITHDRAW_EARLY: ({"registered"}, "not_accepted"),
    Action.ASSIGN: ({"accepted", "mediating", "suspended"}, "same"),
    Action.REPLACE: ({"accepted", "mediating", "suspended"}, "same"),
    Action.START: ({"accepted"}, "mediating"),
    Action.SUSPEND: ({"accepted", "mediating"}, "suspended"),
    Action.RESUME: ({"suspended"}, "before"),
    Action.EXTEND: ({"accepted", "mediating", "suspended"}, "same"),
    Action.AGREE: ({"mediating"}, "same"),
    Action.END: ({"accepted", "mediating", "suspended"}, "ended"),
    Action.OFFER: ({"registered", "accepted", "mediating", "suspended", "ended"}, "same"),
    Action.RECALL: ({"pending"}, "recalled"),
    Action.OFFER_ACCEPTED: ({"pending"}, "accepted"),
    Action.OFFER_REJECTED: ({"pending"}, "rejected"),
    Action.REOPEN: ({"ended"}, "same"),
    Action.CLOSE: ({"not_accepted", "ended"}, "same"),
    Action.FILE: ({"not_accepted", "ended"}, "same"),
    Action.FOLLOW_UP: ({"ended"}, "same"),
    Action.PERFORM: ({"in_force"}, "same"),
    Action.ANNUL: ({"in_force"}, "void"),
    Action.APPLY_CONFIRMATION: ({"–"}, "applied"),
    Action.DECIDE_CONFIRMATION: ({"applied", "accepted"}, "same"),
}


def _row(action: Action) -> Move:
    return workflow.row_of(action)


def _snapshot(state: object = State.MEDIATING, **known: object) -> Snapshot:
    return Snapshot(
        state=state,  # type: ignore[arg-type]
        proceeding_state=state if isinstance(state, State) else State.MEDIATING,
        channel=Channel.PEOPLE,
        entry_form=EntryForm.OWN,
        standing=MINE,
        known={Fact.RECEIVED_ON: DAY, Fact.ACCEPTED_ON: DAY, Fact.STARTED_ON: DAY},
        has_lead=True,
        **known,  # type: ignore[arg-type]
    )


def test_the_table_is_the_law_books() -> None:
    said = {
        row.action: (
            {"–" if s is None else str(s) for s in row.leaves},
            row.reaches.value if isinstance(row.reaches, Reach) else str(row.reaches),
        )
        for row in MOVES
    }
    assert said == LAW
    assert len(MOVES) == len(LAW), "every action has one row"


def test_accepting_an_offer_passes_on_or_transfers_what_the_sender_had() -> None:
    assert dict(_row(Action.OFFER_ACCEPTED).aside) == {
        State.REGISTERED: State.NOT_ACCEPTED,
        State.ACCEPTED: State.ENDED,
        State.MEDIATING: State.ENDED,
        State.SUSPENDED: State.ENDED,
    }


def test_each_state_brings_the_facts_of_every_way_there() -> None:
    always = {Fact.RECEIVED_ON, Fact.ENTRY_FORM}
    assert {s: set(f) for s, f in workflow.facts_on_reaching().items()} == {
        State.REGISTERED: always,
        State.NOT_ACCEPTED: always | {Fact.NOT_ACCEPTED_ON},
        State.ACCEPTED: always | {Fact.ACCEPTED_ON},
        State.MEDIATING: always | {Fact.ACCEPTED_ON, Fact.STARTED_ON, Fact.FIRST_CONTACT_ON},
        State.SUSPENDED: always | {Fact.ACCEPTED_ON},
        State.ENDED: always | {Fact.ACCEPTED_ON, Fact.ENDED_ON, Fact.OUTCOME},
    }


@pytest.mark.parametrize(
    "outcome, started, unstarted",
    [
        # The law book: refused and unreachable are failures only once mediation had started.
        (Outcome.AGREED_WRITTEN, "success", "success"),
        (Outcome.AGREED_ORAL, "success", "success"),
        (Outcome.AGREED_PART, "part", "part"),
        (Outcome.SETTLED_WITHDRAWN, "neutral", "neutral"),
        (Outcome.WITHDRAWN, "neutral", "neutral"),
        (Outcome.TRANSFERRED, "neutral", "neutral"),
        (Outcome.SHAM_FOUND, "neutral", "neutral"),
        (Outcome.REFUSED_BY_PARTY, "failure", "never_started"),
        (Outcome.UNREACHABLE, "failure", "never_started"),
        (Outcome.DEADLOCK, "failure", "failure"),
        (Outcome.LIMIT_PASSED, "failure", "failure"),
        (Outcome.REFUSED_TO_SIGN, "failure", "failure"),
        (Outcome.OTHER_NEUTRAL, "neutral", "neutral"),
        (Outcome.OTHER_FAILURE, "failure", "failure"),
    ],
)
def test_outcome_classes(outcome: Outcome, started: str, unstarted: str) -> None:
    assert workflow.class_of(outcome, started=True) is OutcomeClass(started)
    assert workflow.class_of(outcome, started=False) is OutcomeClass(unstarted)


def test_every_outcome_has_its_class() -> None:
    assert set(workflow.CLASS_OF) == set(Outcome)


STATES: dict[Track, list[object]] = {
    Track.PROCEEDING: [None, *State],
    Track.OFFER: list(OfferState),
    Track.AGREEMENT: list(AgreementState),
    Track.CONFIRMATION: [None, *ConfirmationState],
}


@pytest.mark.parametrize("track", list(Track))
@pytest.mark.parametrize("person", [ADMINISTRATOR, MEDIATOR, STRANGER, AUDITOR])
def test_what_is_offered_is_what_is_permitted(track: Track, person: Player) -> None:
    for state in STATES[track]:
        snapshot = replace(_snapshot(), state=state)  # type: ignore[arg-type]
        offered = {o.action for o in workflow.offers(snapshot, person, track) if not o.blocked}
        allowed = set()
        for row in MOVES:
            if row.track is track:
                try:
                    workflow.move(snapshot, person, row.action)
                except (MoveError, ForbiddenError):
                    continue
                allowed.add(row.action)
        assert offered == allowed


def test_nobody_without_the_right_is_offered_anything() -> None:
    for state in State:
        assert workflow.offers(_snapshot(state), AUDITOR) == []
        assert workflow.offers(_snapshot(state), STRANGER) == []


# Guards: one example in which each holds, and one in which it does not -----------------------------------------------

LATER = DAY + dt.timedelta(days=40)
GUARDS: list[tuple[Guard, Snapshot, dict[Fact, object], Snapshot, dict[Fact, object]]] = [
    (workflow.NO_OTHER_LIVE, _snapshot(), {}, _snapshot(other_live=True), {}),
    (workflow.NO_OFFER_PENDING, _snapshot(), {}, _snapshot(offer_pending=True), {}),
    (workflow.LATEST_ONLY, _snapshot(), {}, _snapshot(is_latest=False), {}),
    (workflow.LEAD_ASSIGNED, _snapshot(), {}, replace(_snapshot(), has_lead=False), {}),
    (
        workflow.FRESH_CONSENT,
        _snapshot(refused_before=True),
        {Fact.FRESH_CONSENT_ON: DAY},
        _snapshot(refused_before=True),
        {},
    ),
    (
        workflow.NOT_CLOSED,
        _snapshot(State.ENDED),
        {},
        replace(_snapshot(State.ENDED), known={Fact.CLOSED_ON: DAY}),
        {},
    ),
    (
        workflow.NOT_FILED,
        _snapshot(State.ENDED),
        {},
        replace(_snapshot(State.ENDED), known={Fact.FILED_ON: DAY}),
        {},
    ),
    (
        workflow.CLOSED_FIRST,
        replace(_snapshot(State.ENDED), known={Fact.CLOSED_ON: DAY}),
        {},
        _snapshot(State.ENDED),
        {},
    ),
    (
        workflow.ONE_LEAD,
        _snapshot(),
        {Fact.MEDIATOR_ROLE: MediatorRole.CO},
        _snapshot(),
        {Fact.MEDIATOR_ROLE: MediatorRole.LEAD},
    ),
    (
        workflow.UNRELATED,
        replace(_snapshot(), entry_form=EntryForm.INVITED),
        {Fact.RELATION: Relation.CONSENTED},
        _snapshot(),
        {Fact.RELATION: Relation.CONSENTED},
    ),
    (
        workflow.AGREEMENT_NEEDS_START,
        _snapshot(),
        {Fact.OUTCOME: Outcome.AGREED_ORAL},
        replace(_snapshot(State.ACCEPTED), known={Fact.ACCEPTED_ON: DAY}),
        {Fact.OUTCOME: Outcome.AGREED_ORAL},
    ),
    (
        workflow.LEAD_FOR_RESULT,
        _snapshot(),
        {Fact.OUTCOME: Outcome.DEADLOCK},
        replace(_snapshot(), has_lead=False),
        {Fact.OUTCOME: Outcome.DEADLOCK},
    ),
    (
        workflow.AGREEMENT_ON_RECORD,
        _snapshot(),
        {Fact.OUTCOME: Outcome.AGREED_ORAL, Fact.SIGNED_ON: DAY},
        _snapshot(),
        {Fact.OUTCOME: Outcome.AGREED_ORAL},
    ),
    (
        workflow.NO_AGREEMENT_LEFT,
        _snapshot(agreements_in_force=1),
        {Fact.OUTCOME: Outcome.AGREED_PART},
        _snapshot(agreements_in_force=1),
        {Fact.OUTCOME: Outcome.WITHDRAWN},
    ),
    (
        workflow.NOT_BY_HAND,
        _snapshot(),
        {Fact.OUTCOME: Outcome.WITHDRAWN},
        _snapshot(),
        {Fact.OUTCOME: Outcome.TRANSFERRED},
    ),
    (
        workflow.OTHER_EXPLAINED,
        _snapshot(),
        {Fact.OUTCOME: Outcome.OTHER_NEUTRAL, Fact.OUTCOME_REASON: "…"},
        _snapshot(),
        {Fact.OUTCOME: Outcome.OTHER_NEUTRAL},
    ),
    (
        workflow.ROUTES_ON_FAILURE,
        _snapshot(),
        {Fact.OUTCOME: Outcome.DEADLOCK, Fact.ROUTES_EXPLAINED: True},
        _snapshot(),
        {Fact.OUTCOME: Outcome.DEADLOCK, Fact.ROUTES_EXPLAINED: False},
    ),
    (
        workflow.LIVE_TRANSFER,
        _snapshot(),
        {Fact.HANDOVER_REASON: HandoverReason.PARTIES_CHOICE},
        _snapshot(),
        {Fact.HANDOVER_REASON: HandoverReason.FAILED},
    ),
    (
        workflow.BOTH_CONSENT,
        _snapshot(),
        {Fact.APPLICANT_CONSENTS: True, Fact.RESPONDENT_CONSENTS: True},
        _snapshot(),
        {Fact.APPLICANT_CONSENTS: True, Fact.RESPONDENT_CONSENTS: False},
    ),
    (
        workflow.EXTENDED_IN_TIME,
        _snapshot(due_on=DAY),
        {Fact.EXTENSION_AGREED_ON: DAY},
        _snapshot(due_on=DAY),
        {Fact.EXTENSION_AGREED_ON: LATER},
    ),
    (
        workflow.EXTENDED_FORWARD,
        _snapshot(due_on=DAY),
        {Fact.NEW_DUE_ON: LATER},
        _snapshot(due_on=DAY),
        {Fact.NEW_DUE_ON: DAY},
    ),
    (
        workflow.EXTENDED_WITHIN_CAP,
        _snapshot(extension_latest=LATER),
        {Fact.NEW_DUE_ON: LATER},
        _snapshot(extension_latest=DAY),
        {Fact.NEW_DUE_ON: LATER},
    ),
    (workflow.HAS_A_LIMIT, _snapshot(due_on=DAY), {}, _snapshot(), {}),
    (
        workflow.NO_EARLIER_SUSPENSION_OPEN,
        _snapshot(open_suspension_from=DAY),
        {Fact.RESUMED_ON: DAY},
        _snapshot(open_suspension_from=LATER),
        {Fact.RESUMED_ON: DAY},
    ),
    (
        workflow.ENDS_AFTER_EFFECT,
        _snapshot(latest_agreement_on=DAY),
        {Fact.OUTCOME: Outcome.AGREED_WRITTEN, Fact.ENDED_ON: DAY},
        _snapshot(latest_agreement_on=LATER),
        {Fact.OUTCOME: Outcome.AGREED_WRITTEN, Fact.ENDED_ON: DAY},
    ),
    (
        workflow.ALL_RESULTS,
        _snapshot(respondents=2),
        {Fact.RESULTS: {1: PartyResult.AGREED, 2: PartyResult.AGREED}},
        _snapshot(respondents=2),
        {Fact.RESULTS: {1: PartyResult.AGREED}},
    ),
    (
        workflow.RESULTS_FIT,
        _snapshot(respondents=2),
        {Fact.OUTCOME: Outcome.AGREED_PART, Fact.RESULTS: {1: PartyResult.AGREED, 2: PartyResult.NOT_AGREED}},
        _snapshot(respondents=2),
        {Fact.OUTCOME: Outcome.DEADLOCK, Fact.RESULTS: {1: PartyResult.AGREED, 2: PartyResult.NOT_AGREED}},
    ),
    (workflow.NOTHING_AGREED, _snapshot(), {}, _snapshot(agreements_in_force=1), {}),
    (workflow.SATISFACTION_RANGE, _snapshot(), {Fact.SATISFACTION: 5}, _snapshot(), {Fact.SATISFACTION: 6}),
]


@pytest.mark.parametrize("guard, well, good, ill, bad", GUARDS, ids=[g[0].sentence[:40] for g in GUARDS])
def test_each_guard_holds_and_bites(
    guard: Guard, well: Snapshot, good: dict[Fact, object], ill: Snapshot, bad: dict[Fact, object]
) -> None:
    assert guard.test(well, good)
    assert not guard.test(ill, bad)


def test_every_guard_of_the_table_has_its_examples() -> None:
    used = {id(guard): guard.sentence for row in MOVES for guard in row.guards}
    shown = {id(example[0]) for example in GUARDS}
    assert {sentence for key, sentence in used.items() if key not in shown} == set()
    assert shown == set(used), "an example for a guard no row uses"


@pytest.mark.parametrize("earlier, later", workflow.ORDER)
def test_days_out_of_order_are_refused_and_equal_ones_are_not(earlier: Fact, later: Fact) -> None:
    workflow.check_days({earlier: DAY, later: DAY}, [later], DAY)
    with pytest.raises(FactError) as refused:
        workflow.check_days({earlier: DAY, later: DAY - dt.timedelta(days=1)}, [later], DAY)
    assert refused.value.field == later


def test_only_promises_may_lie_in_the_future() -> None:
    tomorrow = DAY + dt.timedelta(days=1)
    for fact in Fact:
        if FACTS[fact].kind.value == "date":
            if fact in workflow.FUTURE_ALLOWED:
                workflow.check_days({fact: tomorrow}, [fact], DAY)
            else:
                with pytest.raises(FactError):
                    workflow.check_days({fact: tomorrow}, [fact], DAY)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("entry_form", list(EntryForm))
def test_accepting_asks_what_the_channel_asks(channel: Channel, entry_form: EntryForm) -> None:
    asked = set(_row(Action.ACCEPT).asked(channel, entry_form))
    expected = {Fact.ACCEPTED_ON}
    if channel is Channel.JUDICIAL and entry_form in (EntryForm.DELEGATED, EntryForm.ENTRUSTED):
        expected |= {Fact.LETTER_NUMBER, Fact.REFERRAL_ON}
    if channel is Channel.ADMINISTRATIVE:
        expected |= {Fact.RESPONDENT_CONSENT_ON}
    assert asked == expected


def test_every_channel_names_known_facts() -> None:
    assert {code for rules in CHANNELS.values() for code, _ in rules.accept_facts} <= {f.value for f in Fact}


def test_the_unknown_of_an_import_satisfies_what_would_be_missing() -> None:
    snapshot = replace(_snapshot(State.ACCEPTED), unknown=frozenset({Fact.FIRST_CONTACT_ON, Fact.STARTED_ON}))
    workflow.check_facts(_row(Action.START), snapshot, {}, DAY)
    with pytest.raises(FactError):
        workflow.check_facts(_row(Action.START), _snapshot(State.ACCEPTED), {}, DAY)


def test_swapping_two_rows_changes_buttons_permissions_and_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    before = workflow.diagram()
    accept, refuse = _row(Action.ACCEPT), _row(Action.REFUSE)
    swapped = {
        accept: replace(refuse, action=Action.ACCEPT),
        refuse: replace(accept, action=Action.REFUSE),
    }
    monkeypatch.setattr(workflow, "MOVES", tuple(swapped.get(row, row) for row in MOVES))
    snapshot = replace(_snapshot(State.REGISTERED), known={Fact.RECEIVED_ON: DAY})
    row = workflow.move(snapshot, ADMINISTRATOR, Action.ACCEPT)
    assert workflow.target(row, snapshot) is State.NOT_ACCEPTED
    assert Fact.NOT_ACCEPTED_REASON in row.facts
    assert "registered --> not_accepted: ACCEPT," in workflow.diagram() != before
    assert "registered --> accepted: REFUSE" in workflow.diagram()
    reached = workflow.facts_on_reaching()
    assert Fact.ACCEPTED_ON in reached[State.ACCEPTED], "what the CHECK constraints are made of follows too"


def test_the_order_of_the_rows_is_the_order_of_the_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = replace(_snapshot(State.REGISTERED), known={})
    offered = [o.action for o in workflow.offers(snapshot, ADMINISTRATOR)]
    monkeypatch.setattr(workflow, "MOVES", MOVES[::-1])
    assert [o.action for o in workflow.offers(snapshot, ADMINISTRATOR)] == offered[::-1]
    assert offered[0] is Action.ACCEPT


def test_every_right_of_the_table_is_one_of_the_policys() -> None:
    assert {row.right for row in MOVES} <= set(Permission)
