"""Every move through the actions on both engines: what it writes, what refusals leave, what undoing puts back."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mediation.audit import queries as audit
from mediation.audit.models import AuditEvent
from mediation.cases import actions, deriving, intake, journal, workflow
from mediation.cases.facts import Fact, Relation
from mediation.cases.models import Case, CaseEvent, Counter, Proceeding
from mediation.cases.workflow import MOVES
from mediation.channels import Channel
from mediation.database import Base, Database, Session, make_database
from mediation.demo.play import Player, at_noon
from mediation.errors import FactError, ForbiddenError, MoveError, RefusalError, StaleError
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementState,
    CaseState,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    NotAcceptedReason,
    NumberKind,
    OfferState,
    Outcome,
    OutcomeClass,
    PartyResult,
    PartyRole,
    PerformanceState,
    RightKind,
    Role,
    State,
)
from tests import stage as st
from tests.stage import Stage, bring_to, day, do, in_force, pending, rows


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Stage]]:
    """A database of each engine with the three houses, shared: every test is rolled back."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("moves") / "mediation.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        cluster, template = (request.getfixturevalue(f"postgresql_{name}") for name in ("cluster", "template"))
        url = cluster.url(cluster.create(template=template))
    database = make_database(url, info={"audit_key": b"the key of these moves"})
    with database.write() as session:
        stage = st.build(session)
        session.commit()
    yield database, stage
    database.dispose()


@pytest.fixture
def session(built: tuple[Database, Stage]) -> Iterator[Session]:
    """A writing session, rolled back at the end."""
    with built[0].write() as session:
        yield session
        session.rollback()


@pytest.fixture
def stage(built: tuple[Database, Stage]) -> Stage:
    """The three houses."""
    return built[1]


def cannot(
    session: Session, refusal: type[RefusalError], doing: Any, *, before: dict[str, Any] | None = None
) -> RefusalError:
    """`doing()` is refused and leaves every row as it was (`before`), also what in memory a flush would still write."""
    before = before or rows(session)
    with pytest.raises(refusal) as caught:
        doing()
    assert rows(session) == before, "a refusal left something behind"
    return caught.value


# ------------------------------------------------------------------------------------------ every move once

# The situation a move is made from, on what, and what it must have written: state, rows added, columns set.
EFFECTS: list[tuple[Action, str, str, dict[str, int], dict[str, object]]] = [
    (Action.ACCEPT, "registered", "proceeding", {"spell": 1, "tenure": 1},
     {"state": State.ACCEPTED, "accepted_on": day(9), "due_on": dt.date(2026, 4, 10)}),
    (Action.REFUSE, "registered", "proceeding", {},
     {"state": State.NOT_ACCEPTED, "not_accepted_on": day(9), "not_accepted_reason": NotAcceptedReason.NOT_COMPETENT}),
    (Action.WITHDRAW_EARLY, "registered", "proceeding", {},
     {"state": State.NOT_ACCEPTED, "not_accepted_on": day(9),
      "not_accepted_reason": NotAcceptedReason.WITHDRAWN_EARLY}),
    (Action.ASSIGN, "accepted", "proceeding", {"assignment": 1}, {"state": State.ACCEPTED}),
    (Action.REPLACE, "mediating", "proceeding", {"assignment": 1, "tenure": 1}, {"state": State.MEDIATING}),
    (Action.START, "led", "proceeding", {},
     {"state": State.MEDIATING, "started_on": day(9), "first_contact_on": day(9)}),
    (Action.SUSPEND, "mediating", "proceeding", {"suspension": 1},
     {"state": State.SUSPENDED, "state_before": State.MEDIATING}),
    (Action.RESUME, "suspended", "proceeding", {}, {"state": State.MEDIATING}),
    (Action.EXTEND, "mediating", "proceeding", {"extension": 1}, {"state": State.MEDIATING, "is_extended": True}),
    (Action.AGREE, "mediating", "proceeding", {"agreement": 1}, {"state": State.MEDIATING, "agreed_on": day(9)}),
    (Action.END, "mediating", "proceeding", {"result": 1},
     {"state": State.ENDED, "ended_on": day(9), "outcome": Outcome.DEADLOCK, "result_class": OutcomeClass.FAILURE,
      "routes_explained": True}),
    (Action.OFFER, "mediating", "proceeding", {"offer": 1}, {"state": State.MEDIATING}),
    (Action.RECALL, "offered", "offer", {}, {"state": OfferState.RECALLED, "answered_on": day(9)}),
    (Action.OFFER_ACCEPTED, "offered", "offer", {"proceeding": 1, "counter": 1},
     {"state": OfferState.ACCEPTED, "answered_on": day(9)}),
    (Action.OFFER_REJECTED, "offered", "offer", {}, {"state": OfferState.REJECTED, "answered_on": day(9)}),
    (Action.REOPEN, "ended", "proceeding", {"proceeding": 1, "spell": 1}, {"state": State.ENDED}),
    (Action.CLOSE, "ended", "proceeding", {}, {"state": State.ENDED, "closed_on": day(9)}),
    (Action.FILE, "closed", "proceeding", {}, {"state": State.ENDED, "filed_on": day(9)}),
    (Action.FOLLOW_UP, "ended", "proceeding", {"follow_up": 1}, {"state": State.ENDED}),
    (Action.PERFORM, "agreed", "agreement", {},
     {"state": AgreementState.IN_FORCE, "performance": PerformanceState.PERFORMED, "performed_on": day(9)}),
    (Action.ANNUL, "agreed", "agreement", {}, {"state": AgreementState.VOID, "voided_on": day(9)}),
    (Action.APPLY_CONFIRMATION, "agreed", "agreement", {"confirmation": 1}, {"state": AgreementState.IN_FORCE}),
    (Action.DECIDE_CONFIRMATION, "applied", "agreement", {}, {"state": AgreementState.IN_FORCE}),
]  # fmt: skip

EVENTS = ("case_event", "audit_event")


def subject_of(session: Session, stage: Stage, situation: str, kind: str) -> Any:
    """A proceeding, its pending offer or its agreement in force, one move before day 9 at the latest."""
    further = {"offered": ("mediating", Action.OFFER), "closed": ("ended", Action.CLOSE)}
    if situation == "applied":
        proceeding = bring_to(session, stage, "agreed")
        do(session, stage, in_force(proceeding), Action.APPLY_CONFIRMATION, 6)
    elif situation in further:
        beneath, action = further[situation]
        proceeding = bring_to(session, stage, beneath)
        do(session, stage, proceeding, action, 6)
    else:
        proceeding = bring_to(session, stage, situation)
    match kind:
        case "offer":
            return pending(proceeding.case)
        case "agreement":
            return in_force(proceeding)
        case _:
            return proceeding


def test_every_row_of_the_table_is_tried_here() -> None:
    assert [e[0] for e in EFFECTS] == [row.action for row in MOVES if row.action is not Action.REGISTER]


@pytest.mark.parametrize(("action", "situation", "kind", "added", "columns"), EFFECTS, ids=[str(e[0]) for e in EFFECTS])
def test_a_move_writes_what_it_says(
    session: Session, stage: Stage, action: Action, situation: str, kind: str, added: dict[str, int],
    columns: dict[str, object],
) -> None:  # fmt: skip
    subject = subject_of(session, stage, situation, kind)
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    case = proceeding.case
    before = rows(session)
    was = case.event_count
    row = workflow.row_of(action)
    facts = st.plainest(stage, subject, action, day(9))
    by = st.who_may(stage, subject, action)

    event = actions.perform(session, subject, action, by=by, at=at_noon(day(9)), facts=facts, seen=was)

    after = rows(session)
    grown = {name: len(after[name]) - len(before[name]) for name in after if len(after[name]) != len(before[name])}
    assert grown == {"case_event": 1, "audit_event": 1, **added}
    session.refresh(subject)
    assert {name: getattr(subject, name) for name in columns} == columns
    # The event: what, from, to, when, by whom, with every fact, sealed in the trail.
    assert (event.seq, event.action, event.on, event.by_id) == (was + 1, action, day(9), by.account_id)
    assert case.event_count == was + 1
    assert event.at == at_noon(day(9))
    assert set(event.facts) == {fact.value for fact in facts}
    assert event.facts[row.on.value] == day(9).isoformat()
    if row.reaches is workflow.Reach.SAME:
        assert event.state_from == event.state_to
    sealed = session.get(AuditEvent, event.audit_seq)
    assert sealed is not None
    assert sealed.action == f"case.{action.value}"
    assert journal.seal_of([event.digest]) in sealed.detail
    assert event.digest == journal.digest_of(case, event, proceeding.seq)
    assert audit.verify(session).is_whole


def test_registering_writes_the_case_its_first_proceeding_and_the_event(session: Session, stage: Stage) -> None:
    case = st.register(session, stage)
    proceeding = case.proceedings[0]
    assert case.number == "佛高知调〔2026〕00001号"
    assert proceeding.number == "禅人调〔2026〕0001号"
    assert (case.state, case.accepted_on, proceeding.state) == (CaseState.UNDECIDED, None, State.REGISTERED)
    assert case.current_proceeding_id == proceeding.id
    assert [e.action for e in case.events] == [Action.REGISTER]
    assert proceeding.registered_by_id == stage[Channel.PEOPLE].clerk.account_id
    assert audit.verify(session).is_whole


# ------------------------------------------------------------------------------------------ refusals leave nothing


@pytest.mark.parametrize(("action", "situation", "kind"), [e[:3] for e in EFFECTS], ids=[str(e[0]) for e in EFFECTS])
def test_a_refused_move_leaves_nothing_behind(
    session: Session, stage: Stage, action: Action, situation: str, kind: str
) -> None:
    subject = subject_of(session, stage, situation, kind)
    row = workflow.row_of(action)
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    facts = st.plainest(stage, subject, action, day(9))
    by, noon = st.who_may(stage, subject, action), at_noon(day(9))

    def attempt(by: Player = by, at: dt.datetime = noon, seen: int | None = None, **changed: Any) -> None:
        brought = {**facts, **{Fact(code): value for code, value in changed.items()}}
        actions.perform(session, subject, action, by=by, at=at, facts=brought, seen=seen)

    before = rows(session)
    cannot(session, ForbiddenError, lambda: attempt(by=stage.auditor), before=before)
    cannot(session, ForbiddenError, lambda: attempt(by=stage.stranger), before=before)
    cannot(session, StaleError, lambda: attempt(seen=proceeding.case.event_count - 1), before=before)
    cannot(session, StaleError, lambda: attempt(seen=proceeding.case.event_count + 1), before=before)
    late = cannot(session, FactError, lambda: attempt(at=at_noon(day(30))), before=before)
    assert late.field == "late_reason"
    for fact in row.asked(proceeding.channel, proceeding.entry_form):
        changed: dict[str, Any] = {fact.value: None}
        missing = cannot(session, FactError, lambda changed=changed: attempt(**changed), before=before)
        assert missing.field is not None
    tomorrow: dict[str, Any] = {row.on.value: day(10)}
    ahead = cannot(session, FactError, lambda: attempt(**tomorrow), before=before)
    assert ahead.field == row.on
    long_ago: dict[str, Any] = {row.on.value: dt.date(2019, 1, 1)}
    cannot(session, FactError, lambda: attempt(**long_ago), before=before)
    attempt(seen=proceeding.case.event_count)


def test_a_move_the_state_does_not_allow_leaves_nothing_behind(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "registered")
    for row in MOVES:
        if row.track is workflow.Track.PROCEEDING and State.REGISTERED not in row.leaves and row.action != "register":
            cannot(session, MoveError, lambda row=row: do(session, stage, proceeding, row.action, 1))


def test_a_late_entry_is_marked_and_bears_its_reason(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "registered")
    event = do(session, stage, proceeding, Action.ACCEPT, 1, at=at_noon(day(8)))
    assert not event.is_late, "seven days are in time"
    event = do(session, stage, proceeding, Action.ASSIGN, 1, at=at_noon(day(9)), late_reason="材料刚到")
    assert (event.is_late, event.reason) == (True, "材料刚到")


def test_a_fact_the_move_does_not_ask_for_is_not_written(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted")
    with pytest.raises(FactError):
        do(session, stage, proceeding, Action.ASSIGN, 2, ended_on=day(2), outcome=Outcome.AGREED_WRITTEN)
    session.expire_all()
    assert (proceeding.ended_on, proceeding.outcome) == (None, None)


def test_a_void_proceeding_takes_no_move(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "registered")
    case = proceeding.case
    actions.undo_last(session, case, reason="重复登记", by=stage[Channel.PEOPLE].clerk, at=at_noon(day(1)))
    cannot(session, MoveError, lambda: do(session, stage, proceeding, Action.ACCEPT, 1))
    cannot(
        session, MoveError,
        lambda: actions.correct(session, proceeding, {"facts": "另一句"}, reason="误", by=stage.zone,
                                at=at_noon(day(1))),
    )  # fmt: skip
    more = (intake.PartyEntry(PartyRole.THIRD_PARTY, "丙"),)
    cannot(
        session, MoveError,
        lambda: actions.supplement(session, case, parties=more, by=stage[Channel.PEOPLE].clerk, at=at_noon(day(1))),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------ mediators


def test_replacing_ends_the_one_and_begins_the_other_on_one_day(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "mediating")
    house = stage[Channel.PEOPLE]
    do(session, stage, proceeding, Action.REPLACE, 9)
    assert [(a.mediator_id, a.role, a.from_on, a.until_on) for a in proceeding.assignments] == [
        (house.lead.id, MediatorRole.LEAD, day(2), day(9)),
        (house.second.id, MediatorRole.LEAD, day(9), None),
    ]
    assert proceeding.lead_id == house.second.id
    assert [(t.mediator_id, t.from_on, t.until_on, t.took_over, t.handed_on) for t in proceeding.tenures] == [
        (house.lead.id, day(1), day(9), False, True),
        (house.second.id, day(9), None, True, False),
    ]
    assert all(a.proceeding is proceeding for a in proceeding.assignments)


def test_mediators_are_refused_who_do_not_belong_there(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "led")
    house, other = stage[Channel.PEOPLE], stage[Channel.JUDICIAL]

    def assign(number: int = 5, **facts: Any) -> None:
        others: dict[str, Any] = {"mediator": house.second.id, "mediator_role": MediatorRole.CO} | facts
        do(session, stage, proceeding, Action.ASSIGN, number, **others)

    assert cannot(session, FactError, lambda: assign(mediator_role=MediatorRole.LEAD)).field == Fact.MEDIATOR_ROLE
    assert cannot(session, FactError, lambda: assign(mediator=other.lead.id)).field == Fact.MEDIATOR
    assert cannot(session, FactError, lambda: assign(mediator=house.lead.id)).field == Fact.MEDIATOR
    assert cannot(session, FactError, lambda: assign(relation=Relation.RELATED)).field == Fact.RELATION
    assert cannot(session, FactError, lambda: assign(relation=Relation.CONSENTED)).field == Fact.RELATION
    before_accepted = cannot(session, FactError, lambda: assign(assigned_on=day(0)))
    assert before_accepted.field == Fact.ASSIGNED_ON
    early = cannot(session, FactError, lambda: do(session, stage, proceeding, Action.REPLACE, 5, assigned_on=day(1)))
    assert early.field == Fact.ASSIGNED_ON
    nobody = cannot(
        session, FactError, lambda: do(session, stage, proceeding, Action.REPLACE, 5, leaving=other.lead.id)
    )
    assert nobody.field == Fact.LEAVING
    assign()
    assert [a.share for a in proceeding.assignments] == [100, 0]


def test_a_related_mediator_needs_an_invitation_and_both_consents(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted", Channel.JUDICIAL, entry_form=EntryForm.INVITED)
    cannot(session, FactError, lambda: do(session, stage, proceeding, Action.ASSIGN, 2, relation=Relation.RELATED))
    do(session, stage, proceeding, Action.ASSIGN, 2, relation=Relation.CONSENTED)


def test_assigning_oneself_is_shown(session: Session, stage: Stage) -> None:
    house = stage[Channel.PEOPLE]
    case = st.register(session, stage, by=house.mediator)
    proceeding = case.proceedings[0]
    do(session, stage, proceeding, Action.ACCEPT, 1, by=house.mediator)
    do(session, stage, proceeding, Action.ASSIGN, 2, by=house.mediator)
    assert proceeding.assignments[0].by_self


# ------------------------------------------------------------------------------------------ suspending, extending


def test_suspending_and_resuming_stops_the_clock(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "suspended")  # from day 4
    case = proceeding.case
    assert (proceeding.state, case.state) == (State.SUSPENDED, CaseState.SUSPENDED)
    do(session, stage, proceeding, Action.RESUME, 9)
    assert (proceeding.state, case.state) == (State.MEDIATING, CaseState.OPEN)
    assert [(s.from_on, s.resumed_on) for s in proceeding.suspensions] == [(day(4), day(9))]
    # 30 days from 3 March are 2 April, and five days of rest more; 7 April is a Tuesday.
    assert proceeding.due_on == dt.date(2026, 4, 7)


def test_what_was_suspended_before_mediation_resumes_as_accepted(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted")
    do(session, stage, proceeding, Action.SUSPEND, 2)
    cannot(session, FactError, lambda: do(session, stage, proceeding, Action.RESUME, 3, resumed_on=day(1)))
    do(session, stage, proceeding, Action.RESUME, 3)
    assert proceeding.state is State.ACCEPTED
    twice = cannot(session, FactError, lambda: do(session, stage, proceeding, Action.SUSPEND, 4, suspended_on=day(2)))
    assert twice.field == Fact.SUSPENDED_ON


def test_an_ending_while_suspended_ends_the_suspension(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "suspended")
    cannot(session, FactError, lambda: do(session, stage, proceeding, Action.END, 9, ended_on=day(3)))
    do(session, stage, proceeding, Action.END, 9)
    assert [(s.from_on, s.resumed_on) for s in proceeding.suspensions] == [(day(4), day(9))]
    assert proceeding.case.state is CaseState.ENDED


def test_nothing_ends_before_what_is_on_record(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "suspended")
    do(session, stage, proceeding, Action.RESUME, 6)
    do(session, stage, proceeding, Action.EXTEND, 7)
    at = at_noon(day(9))
    for early in (3, 5):
        refused = cannot(
            session, FactError, lambda early=early: do(session, stage, proceeding, Action.END, 9, at=at,
                                                       ended_on=day(early)),
        )  # fmt: skip
        assert refused.field == Fact.ENDED_ON
    do(session, stage, proceeding, Action.END, 7, at=at)


def test_an_extension_stays_within_its_cap_and_its_time(session: Session, stage: Stage) -> None:
    # Entrusted after docketing by a referral since 2025: 15 days, extendable by 30.
    proceeding = bring_to(session, stage, "accepted", Channel.JUDICIAL, entry_form=EntryForm.ENTRUSTED)
    assert proceeding.due_on == dt.date(2026, 3, 18)
    rule = deriving.rule_of(proceeding)
    assert rule is not None

    def extend(number: int = 5, **facts: Any) -> None:
        do(session, stage, proceeding, Action.EXTEND, number, **facts)

    assert cannot(session, FactError, lambda: extend(new_due_on=dt.date(2026, 3, 18))).field == Fact.NEW_DUE_ON
    assert cannot(session, FactError, lambda: extend(new_due_on=dt.date(2026, 4, 20))).field == Fact.NEW_DUE_ON
    assert cannot(session, FactError, lambda: extend(number=17)).field == Fact.EXTENSION_AGREED_ON
    assert cannot(session, FactError, lambda: extend(applicant_consents=False)).field is not None
    assert cannot(session, FactError, lambda: extend(respondent_consents=False)).field is not None
    extend(new_due_on=dt.date(2026, 4, 17))
    assert proceeding.due_on == dt.date(2026, 4, 17)
    assert proceeding.original_due_on == dt.date(2026, 3, 18)
    assert proceeding.is_extended


def test_what_has_no_limit_cannot_be_extended(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted", Channel.JUDICIAL, entry_form=EntryForm.INVITED)
    assert proceeding.due_on is None
    cannot(session, MoveError, lambda: do(session, stage, proceeding, Action.EXTEND, 3))


# ------------------------------------------------------------------------------------------ handing over

SENDERS = {
    "registered": (State.NOT_ACCEPTED, None, NotAcceptedReason.PASSED_ON),
    "accepted": (State.ENDED, Outcome.TRANSFERRED, None),
    "mediating": (State.ENDED, Outcome.TRANSFERRED, None),
    "suspended": (State.ENDED, Outcome.TRANSFERRED, None),
    "ended": (State.ENDED, Outcome.DEADLOCK, None),
}


@pytest.mark.parametrize("situation", SENDERS)
def test_an_accepted_offer_registers_the_receiver_under_its_own_number(
    session: Session, stage: Stage, situation: str
) -> None:
    state, outcome, reason = SENDERS[situation]
    sender = bring_to(session, stage, situation)
    case = sender.case
    do(session, stage, sender, Action.OFFER, 6)
    offer = pending(case)
    do(session, stage, offer, Action.OFFER_ACCEPTED, 9)
    session.expire_all()
    receiver = case.proceedings[1]
    assert (sender.state, sender.outcome, sender.not_accepted_reason) == (state, outcome, reason)
    assert sender.number == "禅人调〔2026〕0001号", "the sender's number is kept"
    assert receiver.number == "禅法〔2026〕0001号"
    assert (receiver.seq, receiver.channel, receiver.state) == (2, Channel.JUDICIAL, State.REGISTERED)
    assert (receiver.received_on, receiver.entry_form) == (day(9), EntryForm.TRANSFERRED)
    assert (offer.state, offer.receiver_id, offer.answered_on) == (OfferState.ACCEPTED, receiver.id, day(9))
    assert case.current_proceeding_id == receiver.id, "the case lies with the receiver now"
    assert case.state is (CaseState.UNDECIDED if situation == "registered" else CaseState.OPEN)
    if situation == "suspended":
        assert [s.resumed_on for s in sender.suspensions] == [day(9)]
    do(session, stage, receiver, Action.ACCEPT, 10)
    assert case.entry_channel is (Channel.JUDICIAL if situation == "registered" else Channel.PEOPLE)


@pytest.mark.parametrize("situation", SENDERS)
@pytest.mark.parametrize("action", [Action.OFFER_REJECTED, Action.RECALL])
def test_an_offer_rejected_or_recalled_changes_no_clock(
    session: Session, stage: Stage, situation: str, action: Action
) -> None:
    sender = bring_to(session, stage, situation)
    case = sender.case
    clock = (sender.state, sender.due_on, sender.ended_on, sender.outcome)
    do(session, stage, sender, Action.OFFER, 6)
    offer = pending(case)
    do(session, stage, offer, action, 9)
    session.expire_all()
    assert (sender.state, sender.due_on, sender.ended_on, sender.outcome) == clock
    assert len(case.proceedings) == 1
    assert offer.answered_on == day(9)
    cannot(session, MoveError, lambda: do(session, stage, offer, action, 9))


def test_while_an_offer_is_pending(session: Session, stage: Stage) -> None:
    sender = bring_to(session, stage, "mediating")
    do(session, stage, sender, Action.OFFER, 6)
    offer = pending(sender.case)
    for action in (Action.END, Action.OFFER):
        cannot(session, MoveError, lambda action=action: do(session, stage, sender, action, 7))
    # The sender may recall it, the receiver answer it; neither the other's.
    cannot(session, ForbiddenError, lambda: do(session, stage, offer, Action.OFFER_ACCEPTED, 7,
                                               by=stage[Channel.PEOPLE].admin))  # fmt: skip
    cannot(session, ForbiddenError, lambda: do(session, stage, offer, Action.RECALL, 7,
                                               by=stage[Channel.JUDICIAL].admin))  # fmt: skip
    cannot(session, FactError, lambda: do(session, stage, offer, Action.OFFER_ACCEPTED, 7,
                                          entry_form=EntryForm("own"), answered_on=day(5)))  # fmt: skip
    do(session, stage, offer, Action.OFFER_ACCEPTED, 7, by=stage[Channel.JUDICIAL].clerk)


def test_what_is_under_way_is_handed_over_for_competence_or_choice_only(session: Session, stage: Stage) -> None:
    sender = bring_to(session, stage, "mediating")
    for reason in (HandoverReason.FAILED, HandoverReason.OTHER):
        refused = cannot(
            session,
            FactError,
            lambda reason=reason: do(session, stage, sender, Action.OFFER, 6, handover_reason=reason),
        )
        assert refused.field == Fact.HANDOVER_REASON
    home = stage[Channel.PEOPLE].organisation.id
    own = cannot(session, FactError, lambda: do(session, stage, sender, Action.OFFER, 6, to_organisation=home))
    assert own.field == Fact.TO_ORGANISATION
    alien = cannot(session, FactError, lambda: do(session, stage, sender, Action.OFFER, 6, respondents=[999]))
    assert alien.field == Fact.RESPONDENTS
    do(session, stage, sender, Action.OFFER, 6, handover_reason=HandoverReason.PARTIES_CHOICE)


def test_an_offer_is_not_accepted_before_what_the_sender_did(session: Session, stage: Stage) -> None:
    sender = bring_to(session, stage, "mediating")  # accepted on day 1, led from 2, started on 3
    do(session, stage, sender, Action.OFFER, 6, offered_on=day(0))
    offer = pending(sender.case)
    for early in (0, 1, 2):
        refused = cannot(
            session, FactError, lambda early=early: do(session, stage, offer, Action.OFFER_ACCEPTED, 7,
                                                       answered_on=day(early)),
        )  # fmt: skip
        assert refused.field == Fact.ANSWERED_ON
    do(session, stage, offer, Action.OFFER_ACCEPTED, 7, answered_on=day(3))


def test_what_is_agreed_is_not_transferred(session: Session, stage: Stage) -> None:
    """An agreement in force would be lost under the outcome *transferred*: end it as agreed, then hand it over."""
    sender = bring_to(session, stage, "agreed")
    cannot(session, MoveError, lambda: do(session, stage, sender, Action.OFFER, 6))
    sender = bring_to(session, stage, "mediating")
    do(session, stage, sender, Action.OFFER, 6)
    cannot(session, MoveError, lambda: do(session, stage, sender, Action.AGREE, 7))


def test_the_sender_is_not_accepted_while_the_receiver_decides(session: Session, stage: Stage) -> None:
    sender = bring_to(session, stage, "registered")
    do(session, stage, sender, Action.OFFER, 1)
    for action in (Action.ACCEPT, Action.REFUSE, Action.WITHDRAW_EARLY):
        cannot(session, MoveError, lambda action=action: do(session, stage, sender, action, 2))


# ------------------------------------------------------------------------------------------ ending, agreeing


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.TRANSFERRED])
def test_every_outcome_ends_with_its_class(session: Session, stage: Stage, outcome: Outcome) -> None:
    proceeding = bring_to(session, stage, "mediating", respondents=2)
    named = [p.id for p in proceeding.case.respondents]
    facts = st.codes(st.ending(outcome, day(9), named))
    do(session, stage, proceeding, Action.END, 9, **facts)
    assert proceeding.result_class is workflow.CLASS_OF[outcome]
    assert proceeding.case.outcome_class is workflow.CLASS_OF[outcome]
    assert len(proceeding.results) == 2
    assert len(proceeding.agreements) == (1 if outcome in workflow.AGREED else 0)
    if outcome in workflow.AGREED:
        agreed = [r.party_id for r in proceeding.results if r.result is PartyResult.AGREED]
        assert proceeding.agreements[0].respondents == agreed
        assert proceeding.agreed_on == day(9)


def test_an_ending_is_refused_that_contradicts_what_happened(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "mediating", respondents=2)
    one, two = (p.id for p in proceeding.case.respondents)

    def end(outcome: Outcome, **changed: Any) -> None:
        facts = st.codes(st.ending(outcome, day(9), [one, two]))
        do(session, stage, proceeding, Action.END, 9, **{**facts, **changed})

    mixed = {one: PartyResult.AGREED, two: PartyResult.NOT_AGREED}
    none = {one: PartyResult.NOT_AGREED, two: PartyResult.WITHDRAWN}
    for outcome, changed, field in (
        (Outcome.AGREED_WRITTEN, {"results": mixed}, Fact.RESULTS),
        (Outcome.AGREED_PART, {"results": none}, Fact.RESULTS),
        (Outcome.DEADLOCK, {"results": mixed}, Fact.RESULTS),
        (Outcome.DEADLOCK, {"results": {one: PartyResult.NOT_AGREED}}, Fact.RESULTS),
        (Outcome.DEADLOCK, {"results": {one: PartyResult.NOT_AGREED, 999: PartyResult.NOT_AGREED}}, Fact.RESULTS),
        (Outcome.DEADLOCK, {"routes_explained": False}, Fact.ROUTES_EXPLAINED),
        (Outcome.AGREED_WRITTEN, {"signed_on": None}, Fact.SIGNED_ON),
        (Outcome.AGREED_WRITTEN, {"signed_on": day(2)}, Fact.SIGNED_ON),
        (Outcome.OTHER_FAILURE, {"outcome_reason": ""}, Fact.OUTCOME_REASON),
        (Outcome.TRANSFERRED, {}, Fact.OUTCOME),
        (Outcome.DEADLOCK, {"ended_on": day(0)}, Fact.ENDED_ON),
        (Outcome.DEADLOCK, {"ended_on": day(2)}, Fact.ENDED_ON),
    ):
        refused = cannot(session, FactError, lambda o=outcome, c=changed: end(o, **c))
        assert refused.field == field, (outcome, changed)
    end(Outcome.DEADLOCK, results=none)


def test_without_a_start_there_is_no_deadlock_and_a_refusal_never_started(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted")
    named = [p.id for p in proceeding.case.respondents]
    for outcome in (Outcome.DEADLOCK, Outcome.AGREED_WRITTEN, Outcome.REFUSED_TO_SIGN):
        facts = st.codes(st.ending(outcome, day(9), named))
        refused = cannot(session, FactError, lambda facts=facts: do(session, stage, proceeding, Action.END, 9, **facts))
        assert refused.field == Fact.OUTCOME
    facts = st.codes(st.ending(Outcome.REFUSED_BY_PARTY, day(9), named))
    do(session, stage, proceeding, Action.END, 9, **facts)
    assert proceeding.result_class is OutcomeClass.NEVER_STARTED


def test_an_agreement_binds_the_ending(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "mediating")
    do(session, stage, proceeding, Action.AGREE, 4, at=at_noon(day(8)), mediator_signed_on=day(4),
       sealed_on=day(8), amount=Decimal("1.50"))  # fmt: skip
    agreement = in_force(proceeding)
    assert (agreement.effective_on, agreement.amount) == (day(8), Decimal("1.50")), "the seal comes last"
    named = [p.id for p in proceeding.case.respondents]
    agreed = st.codes(st.ending(Outcome.AGREED_WRITTEN, day(9), named))
    failed = st.codes(st.ending(Outcome.DEADLOCK, day(9), named))
    refused = cannot(session, FactError, lambda: do(session, stage, proceeding, Action.END, 9, **failed))
    assert refused.field == Fact.OUTCOME
    early = cannot(
        session, FactError, lambda: do(session, stage, proceeding, Action.END, 9, **{**agreed, "ended_on": day(7)})
    )
    assert early.field == Fact.ENDED_ON
    do(session, stage, proceeding, Action.END, 9, **agreed)
    assert len(proceeding.agreements) == 1, "the one on record is the agreement"
    # Annulled later: the class turns, the outcome stays what it was.
    do(session, stage, agreement, Action.ANNUL, 20)
    case = proceeding.case
    assert (proceeding.outcome, proceeding.voided_on) == (Outcome.AGREED_WRITTEN, day(20))
    assert case.outcome_class is OutcomeClass.FAILURE
    cannot(session, MoveError, lambda: do(session, stage, agreement, Action.PERFORM, 21))
    cannot(session, MoveError, lambda: do(session, stage, agreement, Action.APPLY_CONFIRMATION, 21))


def test_performed_at_once_is_performed(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "mediating")
    do(session, stage, proceeding, Action.AGREE, 4, agreement_form=AgreementForm.PERFORMED_AT_ONCE)
    agreement = in_force(proceeding)
    assert (agreement.performance, agreement.performed_on) == (PerformanceState.PERFORMED, day(4))


def test_judicial_confirmation_is_applied_for_once_and_decided(session: Session, stage: Stage) -> None:
    agreement = in_force(bring_to(session, stage, "agreed"))
    cannot(session, MoveError, lambda: do(session, stage, agreement, Action.DECIDE_CONFIRMATION, 6))
    do(session, stage, agreement, Action.APPLY_CONFIRMATION, 6)
    cannot(session, MoveError, lambda: do(session, stage, agreement, Action.APPLY_CONFIRMATION, 7))
    for changed in ({"confirmation": ConfirmationState.APPLIED}, {"decided_on": day(5)}):
        cannot(
            session, FactError,
            lambda c=changed: do(session, stage, agreement, Action.DECIDE_CONFIRMATION, 8, **c),
        )  # fmt: skip
    do(session, stage, agreement, Action.DECIDE_CONFIRMATION, 8, confirmation=ConfirmationState.ACCEPTED)
    do(session, stage, agreement, Action.DECIDE_CONFIRMATION, 9)
    confirmation = agreement.confirmation
    assert confirmation is not None
    assert (confirmation.state, confirmation.decided_on, confirmation.number) == (
        ConfirmationState.CONFIRMED, day(9), "诉调1号",
    )  # fmt: skip
    cannot(session, MoveError, lambda: do(session, stage, agreement, Action.DECIDE_CONFIRMATION, 9))


def test_following_up_closing_and_filing(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "ended")  # on day 4
    cannot(session, FactError, lambda: do(session, stage, proceeding, Action.FOLLOW_UP, 9, satisfaction=6))
    early = cannot(
        session, FactError, lambda: do(session, stage, proceeding, Action.FOLLOW_UP, 9, followed_up_on=day(3))
    )
    assert early.field == Fact.FOLLOWED_UP_ON
    do(session, stage, proceeding, Action.FOLLOW_UP, 9, turned_criminal=True)
    found = proceeding.follow_ups[0]
    assert (found.on, found.satisfaction, found.turned_criminal, found.new_risk) == (day(9), 4, True, "无")
    cannot(session, MoveError, lambda: do(session, stage, proceeding, Action.FILE, 9))
    cannot(session, FactError, lambda: do(session, stage, proceeding, Action.CLOSE, 9, closed_on=day(3)))
    do(session, stage, proceeding, Action.CLOSE, 9)
    cannot(session, MoveError, lambda: do(session, stage, proceeding, Action.CLOSE, 10))
    cannot(session, FactError, lambda: do(session, stage, proceeding, Action.FILE, 10, filed_on=day(8)))
    do(session, stage, proceeding, Action.FILE, 10)
    cannot(session, MoveError, lambda: do(session, stage, proceeding, Action.FILE, 11))


# ------------------------------------------------------------------------------------------ reopening


def test_a_reopened_dispute_is_the_same_case_with_a_new_proceeding(session: Session, stage: Stage) -> None:
    first = bring_to(session, stage, "ended")
    case = first.case
    cannot(session, FactError, lambda: do(session, stage, first, Action.REOPEN, 9, reopened_on=day(3)))
    cannot(session, FactError, lambda: do(session, stage, first, Action.REOPEN, 9, entry_form=EntryForm.INVITED))
    do(session, stage, first, Action.REOPEN, 9)
    session.expire_all()
    second = case.proceedings[1]
    assert (second.number, second.received_on, second.state) == ("禅人调〔2026〕0002号", day(9), State.REGISTERED)
    assert case.current_proceeding_id == second.id
    assert [(s.opened_on, s.ended_on) for s in case.spells] == [(day(1), day(4)), (day(9), None)]
    for action in (Action.REOPEN, Action.OFFER):
        cannot(session, MoveError, lambda action=action: do(session, stage, first, action, 10))


def test_after_a_clear_refusal_mediation_needs_fresh_consent(session: Session, stage: Stage) -> None:
    first = bring_to(session, stage, "mediating")
    named = [p.id for p in first.case.respondents]
    facts = st.codes(st.ending(Outcome.REFUSED_BY_PARTY, day(5), named))
    do(session, stage, first, Action.END, 5, **facts)
    do(session, stage, first, Action.REOPEN, 6)
    second = first.case.proceedings[1]
    do(session, stage, second, Action.ACCEPT, 7)
    do(session, stage, second, Action.ASSIGN, 8)
    refused = cannot(session, FactError, lambda: do(session, stage, second, Action.START, 9))
    assert refused.field == Fact.FRESH_CONSENT_ON
    do(session, stage, second, Action.START, 9, fresh_consent_on=day(8))
    assert second.fresh_consent_on == day(8)


# ------------------------------------------------------------------------------------------ correcting


def correct(
    session: Session, stage: Stage, proceeding: Proceeding, *, reason: str = "笔误", **values: Any
) -> CaseEvent:
    return actions.correct(session, proceeding, values, reason=reason, by=stage.house_of(proceeding).admin,
                           at=at_noon(day(40)))  # fmt: skip


def test_a_corrected_day_keeps_old_new_and_reason_and_moves_what_follows(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "ended")  # received 0, accepted 1, led from 2, started 3, ended 4
    case = proceeding.case
    event = correct(session, stage, proceeding, ended_on=day(8))
    assert event.facts == {"ended_on": [day(4).isoformat(), day(8).isoformat()]}
    assert event.reason == "笔误"
    assert (proceeding.ended_on, case.ended_on, case.spells[0].ended_on) == (day(8), day(8), day(8))
    assert proceeding.tenures[-1].until_on == day(8)
    correct(session, stage, proceeding, received_on=dt.date(2025, 12, 30))
    assert case.received_on == dt.date(2025, 12, 30)
    assert (case.number_year, case.number) == (2026, "佛高知调〔2026〕00001号"), "a number is never recomputed"
    correct(session, stage, proceeding, accepted_on=day(0))
    assert (case.accepted_on, case.spells[0].opened_on) == (day(0), day(0))


def test_corrections_out_of_order_are_refused(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "suspended")
    do(session, stage, proceeding, Action.RESUME, 6)
    do(session, stage, proceeding, Action.EXTEND, 7)
    do(session, stage, proceeding, Action.END, 8)
    for values, field in (
        ({"received_on": day(2)}, Fact.RECEIVED_ON),
        ({"accepted_on": day(3)}, Fact.ACCEPTED_ON),  # a mediator was assigned on day 2
        ({"started_on": day(9)}, Fact.STARTED_ON),
        ({"ended_on": day(1)}, Fact.ENDED_ON),
        ({"ended_on": day(5)}, Fact.ENDED_ON),  # resumed on day 6
        ({"ended_on": day(41)}, Fact.ENDED_ON),  # in the future
        ({"accepted_on": None}, "accepted_on"),
        ({"state": State.REGISTERED}, "state"),
        ({"organisation_id": 3}, "organisation_id"),
        ({"nonsense": 3}, "nonsense"),
        ({"closed_on": day(9)}, "closed_on"),  # never recorded: closing is a move
        ({"ended_on": day(8)}, Fact.REASON),  # nothing new
    ):
        refused = cannot(session, FactError, lambda v=values: correct(session, stage, proceeding, **v))
        assert refused.field == field, values
    cannot(session, FactError, lambda: correct(session, stage, proceeding, reason=" ", ended_on=day(9)))
    for by in (stage[Channel.PEOPLE].clerk, stage.auditor, stage[Channel.JUDICIAL].admin, stage.stranger):
        cannot(
            session, ForbiddenError,
            lambda by=by: actions.correct(session, proceeding, {"ended_on": day(9)}, reason="误", by=by,
                                          at=at_noon(day(40))),
        )  # fmt: skip
    cannot(
        session, StaleError,
        lambda: actions.correct(session, proceeding, {"ended_on": day(9)}, reason="误", by=stage.zone,
                                at=at_noon(day(40)), seen=1),
    )  # fmt: skip


def test_a_correction_respects_stops_and_extensions(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted")
    do(session, stage, proceeding, Action.SUSPEND, 2)
    do(session, stage, proceeding, Action.RESUME, 3)
    cannot(session, FactError, lambda: correct(session, stage, proceeding, accepted_on=day(3)))
    other = bring_to(session, stage, "accepted")
    do(session, stage, other, Action.EXTEND, 2)
    cannot(session, FactError, lambda: correct(session, stage, other, accepted_on=day(3)))


def test_a_correction_keeps_proceedings_one_after_the_other(session: Session, stage: Stage) -> None:
    first = bring_to(session, stage, "ended")  # on day 4
    do(session, stage, first, Action.REOPEN, 9)
    refused = cannot(session, FactError, lambda: correct(session, stage, first, ended_on=day(10)))
    assert refused.field == Fact.ENDED_ON
    second = first.case.proceedings[1]
    refused = cannot(session, FactError, lambda: correct(session, stage, second, received_on=day(3)))
    assert refused.field == Fact.RECEIVED_ON
    correct(session, stage, first, ended_on=day(9))
    received = first.case.received_on
    correct(session, stage, second, received_on=day(10))
    assert first.case.received_on == received, "only the first proceeding's day of receipt is the case's"


def test_the_outcome_is_corrected_only_within_what_is_agreed(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "ended", respondents=2)
    correct(session, stage, proceeding, outcome=Outcome.REFUSED_BY_PARTY)
    assert proceeding.case.outcome_class is OutcomeClass.FAILURE
    for outcome in (Outcome.AGREED_WRITTEN, Outcome.TRANSFERRED, Outcome.AGREED_PART):
        refused = cannot(session, FactError, lambda o=outcome: correct(session, stage, proceeding, outcome=o))
        assert refused.field == Fact.OUTCOME
    part = bring_to(session, stage, "mediating", respondents=2)
    facts = st.codes(st.ending(Outcome.AGREED_PART, day(5), [p.id for p in part.case.respondents]))
    do(session, stage, part, Action.END, 5, **facts)
    for outcome in (Outcome.DEADLOCK, Outcome.AGREED_WRITTEN):
        refused = cannot(session, FactError, lambda o=outcome: correct(session, stage, part, outcome=o))
        assert refused.field == Fact.OUTCOME
    live = bring_to(session, stage, "mediating")
    cannot(session, FactError, lambda: correct(session, stage, live, outcome=Outcome.DEADLOCK))


def test_the_entry_form_is_corrected_to_one_of_its_channel_with_its_facts(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted", Channel.JUDICIAL)
    refused = cannot(session, FactError, lambda: correct(session, stage, proceeding, entry_form=EntryForm.DELEGATED))
    assert refused.field == Fact.LETTER_NUMBER
    correct(session, stage, proceeding, entry_form=EntryForm.INVITED)
    assert proceeding.due_on is None, "an invitation has no limit"
    people = bring_to(session, stage, "accepted")
    refused = cannot(session, FactError, lambda: correct(session, stage, people, entry_form=EntryForm.INVITED))
    assert refused.field == Fact.ENTRY_FORM


def test_a_fact_an_import_did_not_know_becomes_known(session: Session, stage: Stage) -> None:
    house = stage[Channel.PEOPLE]
    entry = st.entry_of(house, Channel.PEOPLE, day(0), entry_form=EntryForm.OWN)
    unknown = frozenset({Fact.FIRST_CONTACT_ON, Fact.STARTED_ON})
    entry = intake.Intake(**{**entry.__dict__, "unknown": unknown})
    case = intake.register(session, entry, by=house.clerk, at=at_noon(day(0)))
    proceeding = case.proceedings[0]
    do(session, stage, proceeding, Action.ACCEPT, 1)
    do(session, stage, proceeding, Action.ASSIGN, 2)
    do(session, stage, proceeding, Action.START, 3, started_on=day(3), first_contact_on=None)
    assert proceeding.first_contact_on is None
    correct(session, stage, proceeding, first_contact_on=day(3))
    assert proceeding.first_contact_on == day(3)
    assert Fact.FIRST_CONTACT_ON not in proceeding.unknown
    assert Fact.STARTED_ON in proceeding.unknown


def test_the_kind_of_the_case_is_that_of_its_primary_right(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted")
    correct(session, stage, proceeding, primary_kind=RightKind.SOFTWARE, facts="另一句", amount_claimed=Decimal("12.5"))
    case = proceeding.case
    assert [(r.kind, r.is_primary) for r in case.rights] == [(RightKind.SOFTWARE, True)]
    assert (case.facts, case.amount_claimed) == ("另一句", Decimal("12.5"))


# ------------------------------------------------------------------------------------------ undoing

LEFT = ("version", "event_count")
"""What an undoing does not put back: how often a row changed."""


def put_back(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The rows without the voided ones, and without `receiver`s that were voided."""
    return {
        name: [{k: v for k, v in row.items() if k != "is_void"} for row in told if not row.get("is_void")]
        for name, told in found.items()
    }


def undo(session: Session, case: Case, by: Player, number: int = 30) -> CaseEvent:
    return actions.undo_last(session, case, reason="录入错误", by=by, at=at_noon(day(number)))


@pytest.mark.parametrize(("action", "situation", "kind"), [e[:3] for e in EFFECTS], ids=[str(e[0]) for e in EFFECTS])
def test_undoing_puts_back_exactly_the_rows_as_they_were(
    session: Session, stage: Stage, action: Action, situation: str, kind: str
) -> None:
    subject = subject_of(session, stage, situation, kind)
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    case = proceeding.case
    but = ("case_event", "audit_event", "counter", "search_text")
    before = rows(session, but=but, without=LEFT)
    do(session, stage, subject, action, 9)
    done = case.event_count
    assert rows(session, but=but, without=LEFT) != before
    event = undo(session, case, stage.zone)
    assert put_back(rows(session, but=but, without=LEFT)) == put_back(before)
    assert (event.action, event.facts) == (Action.VOID_ENTRY, {"undone": done, "action": action.value})
    voided = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.seq == done)).one()
    assert voided.voided_by == event.seq
    assert audit.verify(session).is_whole
    # And the same move can be made again, in the same session and in the one after.
    do(session, stage, subject, action, 9)
    session.expire_all()
    undo(session, case, stage.zone)
    assert put_back(rows(session, but=but, without=LEFT)) == put_back(before)


def test_undoing_a_correction_and_a_supplement(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "ended")
    case, house = proceeding.case, stage[Channel.PEOPLE]
    but = ("case_event", "audit_event")
    before = rows(session, but=but, without=LEFT)
    correct(session, stage, proceeding, received_on=dt.date(2026, 2, 27), ended_on=day(9), facts="另一句",
            amount_claimed=Decimal("12.50"))  # fmt: skip
    undo(session, case, house.admin, 41)
    assert rows(session, but=but, without=LEFT) == before
    actions.supplement(
        session, case, parties=(intake.PartyEntry(PartyRole.THIRD_PARTY, "丙"),),
        numbers=(intake.NumberEntry(NumberKind.COURT, "(2026)粤0604民初1号"),), by=house.clerk, at=at_noon(day(30)),
    )  # fmt: skip
    undo(session, case, house.admin, 41)
    assert rows(session, but=but, without=LEFT) == before


def test_everything_can_be_undone_step_by_step_down_to_the_registration(session: Session, stage: Stage) -> None:
    sender = bring_to(session, stage, "suspended")
    case = sender.case
    do(session, stage, sender, Action.OFFER, 6)
    do(session, stage, pending(case), Action.OFFER_ACCEPTED, 7)
    do(session, stage, case.proceedings[1], Action.ACCEPT, 8)
    moves = case.event_count
    for _ in range(moves):
        undo(session, case, stage.zone)
    session.expire_all()
    assert case.is_void
    assert all(p.is_void for p in case.proceedings)
    assert case.number == "佛高知调〔2026〕00001号"
    assert session.get(Counter, ("zone", 2026)).last == 1  # type: ignore[union-attr]
    with pytest.raises(MoveError):
        undo(session, case, stage.zone)
    # The numbers stay taken: the next case gets the next ones.
    following = st.register(session, stage)
    assert following.number == "佛高知调〔2026〕00002号"
    assert following.proceedings[0].number == "禅人调〔2026〕0002号"
    assert (case.state, case.accepted_on, case.spells) == (CaseState.NEVER_ACCEPTED, None, [])


def test_who_may_undo(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "accepted")
    case, house = proceeding.case, stage[Channel.PEOPLE]
    for by in (house.clerk, stage.auditor, stage.stranger, stage[Channel.JUDICIAL].admin):
        cannot(session, ForbiddenError, lambda by=by: undo(session, case, by))
    cannot(
        session, FactError,
        lambda: actions.undo_last(session, case, reason="  ", by=house.admin, at=at_noon(day(2))),
    )  # fmt: skip
    cannot(
        session, StaleError,
        lambda: actions.undo_last(session, case, reason="误", by=house.admin, at=at_noon(day(2)), seen=1),
    )  # fmt: skip
    undo(session, case, house.admin)
    undo(session, case, house.clerk)  # who registered it
    assert case.is_void


# ------------------------------------------------------------------------------------------ the last judge


def refuses(session: Session, sentence: str, **values: Any) -> None:
    """The database itself refuses `sentence`."""
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(sentence), values)


def copy_of(kind: str, **changed: str) -> str:
    """The statement that copies a row with some columns changed."""
    columns = [c.name for c in Base.metadata.tables[kind].columns]
    columns.remove("id")
    values = ", ".join(changed.get(c, c) for c in columns)
    return f"INSERT INTO {kind} ({', '.join(columns)}) SELECT {values} FROM {kind} WHERE id = :id"


def test_the_database_refuses_two_of_what_may_be_one(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "mediating")
    case = proceeding.case
    refuses(session, copy_of("proceeding", seq="9", number="'x'", number_seq="99"), id=proceeding.id)
    do(session, stage, proceeding, Action.OFFER, 6)
    refuses(session, copy_of("offer"), id=pending(case).id)
    refuses(session, copy_of("assignment"), id=proceeding.assignments[0].id)
    refuses(session, copy_of("case_event"), id=case.events[0].id)
    refuses(session, copy_of("ip_right"), id=case.rights[0].id)
    refuses(session, "UPDATE cases SET number = (SELECT number FROM cases WHERE id = :other) WHERE id = :id",
            id=st.register(session, stage).id, other=case.id)  # fmt: skip


def test_the_database_refuses_a_state_without_its_facts(session: Session, stage: Stage) -> None:
    registered = bring_to(session, stage, "registered").id
    mediating = bring_to(session, stage, "mediating").id
    ended = bring_to(session, stage, "ended").id
    referred = bring_to(session, stage, "accepted", Channel.JUDICIAL, entry_form=EntryForm.DELEGATED).id
    administrative = bring_to(session, stage, "accepted", Channel.ADMINISTRATIVE).id
    for key, change in (
        (registered, "state = 'accepted'"),
        (registered, "state = 'mediating', accepted_on = '2026-03-03'"),
        (registered, "state = 'ended'"),
        (registered, "state = 'not_accepted'"),
        (registered, "state = 'nonsense'"),
        (registered, "received_on = NULL"),
        (registered, "entry_form = NULL"),
        (mediating, "started_on = NULL"),
        (mediating, "first_contact_on = NULL"),
        (mediating, "accepted_on = NULL"),
        (mediating, "outcome = 'deadlock', result_class = 'failure'"),
        (ended, "outcome = NULL, result_class = NULL"),
        (ended, "result_class = NULL"),
        (ended, "ended_on = NULL"),
        (ended, "outcome = 'transferred', result_class = 'failure'"),
        (referred, "letter_number = NULL"),
        (referred, "referral_on = NULL"),
        (administrative, "respondent_consent_on = NULL"),
    ):
        refuses(session, f"UPDATE proceeding SET {change} WHERE id = :id", id=key)


def test_the_database_refuses_days_out_of_order(session: Session, stage: Stage) -> None:
    proceeding = bring_to(session, stage, "agreed")
    agreement = in_force(proceeding)
    do(session, stage, agreement, Action.APPLY_CONFIRMATION, 6)
    do(session, stage, agreement, Action.DECIDE_CONFIRMATION, 7)
    ended = bring_to(session, stage, "ended")
    do(session, stage, ended, Action.CLOSE, 9)
    suspended = bring_to(session, stage, "suspended")
    do(session, stage, suspended, Action.RESUME, 9)
    do(session, stage, ended, Action.OFFER, 9)
    do(session, stage, pending(ended.case), Action.RECALL, 9)
    before = {"id": ended.id, "day": dt.date(2026, 1, 1)}
    for sentence, values in (
        ("UPDATE proceeding SET accepted_on = :day WHERE id = :id", before),
        ("UPDATE proceeding SET started_on = :day WHERE id = :id", before),
        ("UPDATE proceeding SET ended_on = :day WHERE id = :id", before),
        ("UPDATE proceeding SET closed_on = :day WHERE id = :id", before),
        ("UPDATE proceeding SET filed_on = :day WHERE id = :id", before),
        ("UPDATE cases SET ended_on = :day WHERE id = :id", {**before, "id": ended.case_id}),
        ("UPDATE cases SET accepted_on = NULL WHERE id = :id", {"id": ended.case_id}),
        ("UPDATE cases SET state = 'open' WHERE id = :id", {"id": ended.case_id}),
        ("UPDATE suspension SET resumed_on = :day WHERE proceeding_id = :id", {**before, "id": suspended.id}),
        ("UPDATE offer SET answered_on = :day WHERE case_id = :id", {**before, "id": ended.case_id}),
        ("UPDATE offer SET state = 'rejected' WHERE case_id = :id", {"id": ended.case_id}),
        ("UPDATE offer SET state = 'accepted' WHERE case_id = :id", {"id": ended.case_id}),
        ("UPDATE confirmation SET decided_on = :day WHERE agreement_id = :id", {**before, "id": agreement.id}),
        ("UPDATE agreement SET effective_on = :day WHERE id = :id", {**before, "id": agreement.id}),
        ("UPDATE agreement SET state = 'void' WHERE id = :id", {"id": agreement.id}),
        ("UPDATE agreement SET amount = -1 WHERE id = :id", {"id": agreement.id}),
        ("UPDATE assignment SET until_on = :day WHERE proceeding_id = :id", before),
        ("UPDATE assignment SET share = 101 WHERE proceeding_id = :id", {"id": ended.id}),
        ("UPDATE spell SET ended_on = :day WHERE case_id = :id", {**before, "id": ended.case_id}),
    ):
        refuses(session, sentence, **values)


def test_nobody_registers_who_may_not(session: Session, stage: Stage) -> None:
    house = stage[Channel.PEOPLE]
    entry = st.entry_of(house, Channel.PEOPLE, day(0))
    for by in (stage.zone, stage.auditor, Player(5, Role.SYSTEM_ADMIN), Player(6, Role.AWARD_STAFF)):
        cannot(session, ForbiddenError, lambda by=by: intake.register(session, entry, by=by, at=at_noon(day(0))))
    cannot(session, FactError, lambda: intake.register(session, entry, by=house.clerk, at=at_noon(day(-1))))
    late = cannot(session, FactError, lambda: intake.register(session, entry, by=house.clerk, at=at_noon(day(8))))
    assert late.field == "late_reason"


def test_a_later_attempt_that_was_never_accepted_does_not_bar_the_dispute(session: Session, stage: Stage) -> None:
    """Ended, reopened, not accepted: the same dispute may still be applied for again."""
    proceeding = bring_to(session, stage, "ended")
    do(session, stage, proceeding, Action.REOPEN, 60)
    second = proceeding.case.proceedings[-1]
    do(session, stage, second, Action.REFUSE, 61)
    do(session, stage, proceeding, Action.REOPEN, 62)
    assert [p.state for p in proceeding.case.proceedings][1:] == [State.NOT_ACCEPTED, State.REGISTERED]
