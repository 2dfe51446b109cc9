"""What is done with a case after its intake: `perform` for every move, corrections, undoing, supplements.

One shape throughout: is the page fresh → law and right (`workflow.move`) → facts (`workflow.check_facts`) → change →
derive → event. Nothing here commits, knows a page, or writes a state anywhere but in `_reach`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from mediation import clock
from mediation.cases import deriving, intake, journal, queries, search, workflow
from mediation.cases.facts import FACTS, Fact, Facts, Kind
from mediation.cases.journal import Change, Journal
from mediation.cases.models import (
    Agreement,
    Assignment,
    Case,
    CaseEvent,
    Confirmation,
    Extension,
    ExternalNumber,
    FollowUp,
    Offer,
    Party,
    Proceeding,
    Result,
    Right,
    Suspension,
)
from mediation.channels import CHANNELS, Channel
from mediation.database import Session
from mediation.errors import FactError, ForbiddenError, MoveError, N_, StaleError
from mediation.people import permissions
from mediation.people.permissions import Permission, Person
from mediation.register import queries as register
from mediation.register.models import Organisation
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    AgreementState,
    ConfirmationState,
    Difficulty,
    EntryForm,
    MediatorRole,
    NotAcceptedReason,
    OfferState,
    Outcome,
    Park,
    PartyResult,
    PerformanceState,
    RightKind,
    Source,
    State,
)
from mediation.words import Term

Subject = queries.Subject


@dataclass(frozen=True)
class _Doing:
    """What the writer of one move works with."""

    session: Session
    change: Change
    row: workflow.Move
    facts: Facts
    by: Person
    today: dt.date

    def __getitem__(self, fact: Fact) -> Any:
        return self.facts.get(fact)

    def day(self, fact: Fact) -> dt.date:
        """The day a fact the table demands was brought with."""
        value = self.facts[fact]
        assert isinstance(value, dt.date)
        return value


def perform(
    session: Session,
    subject: Subject,
    action: Action,
    *,
    by: Person,
    at: dt.datetime,
    facts: Facts,
    seen: int | None = None,
    late_reason: str | None = None,
    journal: Journal | None = None,
) -> CaseEvent:
    """Take `action` on a proceeding, an offer or an agreement.

    `seen`: the case's `event_count` the person looked at. With a `journal` the event is sealed by its owner.

    Raises:
        StaleError: the case changed since.
        MoveError, ForbiddenError: as `workflow.move`; or the proceeding was entered by mistake.
        FactError: as `workflow.check_facts`; a fact the move does not ask for; a late entry without its reason.
    """
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    case = proceeding.case
    _take(session, case, seen)
    _ensure_standing(case, proceeding)
    today = clock.local_day(at)
    row = workflow.row_of(action)
    snapshot = queries.snapshot(subject, today, row.track)
    workflow.move(snapshot, by, action)
    facts = {fact: value for fact, value in facts.items() if value is not None and value != ""}
    asked = {*row.asked(proceeding.channel, proceeding.entry_form), *row.options}
    for fact in facts:
        if fact not in asked:
            raise FactError(N_("“%(action)s” takes no %(fact)s."), field=fact, action=action, fact=fact)
    workflow.check_facts(row, snapshot, facts, today)
    on = facts.get(row.on)
    assert on is None or isinstance(on, dt.date)
    late = intake.is_late(on, today)
    if late and not late_reason:
        raise FactError(N_("This is a late entry: say why it comes so late."), field="late_reason")
    change = Change(session)
    doing = _Doing(session, change, row, facts, by, today)
    with session.no_autoflush:
        reached = workflow.target(row, snapshot)
        # The writer judges first what only it can judge: a refusal must find nothing changed.
        writer = _WRITERS.get(action)
        if writer is not None:
            writer(doing, subject)
        _keep(doing, proceeding)
        _reach(doing, subject, snapshot, reached)
        deriving.derive(case)
        if case.proceedings[-1] in session.new:
            # The case points to its latest proceeding, which gets its id only now.
            session.flush()
            deriving.derive(case)
        own = journal or Journal(session, by, at)
        event = own.write(
            case,
            proceeding,
            action,
            change,
            state_from=snapshot.state,
            state_to=reached,
            on=on,
            facts=facts,
            reason=late_reason,
            is_late=late,
        )
    if journal is None:
        own.seal()
    return event


def ensure_fresh(case: Case, seen: int | None) -> None:
    """Refuse a page that showed the case before its latest event. Raises StaleError."""
    if seen is not None and seen != case.event_count:
        raise StaleError(N_("This case was changed after you opened the page. Nothing was saved."))


def _take(session: Session, case: Case, seen: int | None) -> None:
    """Let nobody else act on the case until this transaction ends. Raises StaleError as `ensure_fresh`.

    Every act takes the case first: on PostgreSQL two that met on its rows in different order would deadlock.
    """
    if session.get_bind().dialect.name == "postgresql":
        known = case.event_count
        # What this transaction did itself (a journal of several moves) must not look like somebody else's doing.
        session.flush()
        stands_at = session.scalar(select(Case.event_count).where(Case.id == case.id).with_for_update())
        ensure_fresh(case, stands_at if stands_at != known else seen)
    ensure_fresh(case, seen)


def _ensure_standing(case: Case, proceeding: Proceeding | None = None) -> None:
    """Refuse to touch what was entered by mistake. Raises MoveError."""
    if case.is_void or (proceeding is not None and proceeding.is_void):
        raise MoveError(N_("This was entered by mistake and is void: nothing can be done with it any more."))


def _keep(doing: _Doing, proceeding: Proceeding) -> None:
    """The facts of the proceeding's own row go to the columns of their names."""
    if doing.row.track is not workflow.Track.PROCEEDING or doing.row.action in (Action.REOPEN, Action.OFFER):
        return
    for fact, value in doing.facts.items():
        if FACTS[fact].kept:
            doing.change.set(proceeding, fact.value, value)


def _reach(doing: _Doing, subject: Subject, snapshot: workflow.Snapshot, reached: Term | None) -> None:
    """The only assigner of a state."""
    if isinstance(subject, Proceeding) and subject.state != reached:
        if reached is State.SUSPENDED:
            doing.change.set(subject, "state_before", subject.state)
        doing.change.set(subject, "state", reached)
    elif isinstance(subject, Offer) or doing.row.track is workflow.Track.AGREEMENT:
        doing.change.set(subject, "state", reached)


# What single moves write besides their kept facts -------------------------------------------------------------------


def _withdraw_early(doing: _Doing, subject: Subject) -> None:
    doing.change.set(subject, "not_accepted_reason", NotAcceptedReason.WITHDRAWN_EARLY)


def _check_mediator(doing: _Doing, proceeding: Proceeding, mediator_id: int) -> None:
    if not register.is_registered(
        doing.session, mediator_id, proceeding.organisation_id, doing.day(Fact.ASSIGNED_ON)
    ):
        raise FactError(
            N_("This mediator was not registered with the organisation on that day."), field=Fact.MEDIATOR
        )
    if any(a.mediator_id == mediator_id and a.until_on is None for a in proceeding.assignments):
        raise FactError(N_("This mediator takes part in the proceeding already."), field=Fact.MEDIATOR)


def _assign(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    _check_mediator(doing, subject, doing[Fact.MEDIATOR])
    _add_assignment(doing, subject, doing[Fact.MEDIATOR], doing[Fact.MEDIATOR_ROLE])


def _add_assignment(doing: _Doing, proceeding: Proceeding, mediator_id: int, role: MediatorRole) -> None:
    assignment = Assignment(
        mediator=register.get_mediator(doing.session, mediator_id),
        mediator_id=mediator_id,
        role=role,
        share=doing[Fact.SHARE] if doing[Fact.SHARE] is not None else 100 if role is MediatorRole.LEAD else 0,
        from_on=doing.day(Fact.ASSIGNED_ON),
        relation=doing[Fact.RELATION],
        by_self=doing.by.mediator_id == mediator_id,
        reason=doing[Fact.REASON],
    )
    proceeding.assignments.append(assignment)
    doing.change.add(assignment)


def _replace(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    leaving = next(
        (a for a in subject.assignments if a.mediator_id == doing[Fact.LEAVING] and a.until_on is None), None
    )
    if leaving is None:
        raise FactError(N_("This mediator takes no part in the proceeding."), field=Fact.LEAVING)
    if doing.day(Fact.ASSIGNED_ON) < leaving.from_on:
        raise FactError(
            N_("The replacement lies before the assignment of the one who leaves."), field=Fact.ASSIGNED_ON
        )
    _check_mediator(doing, subject, doing[Fact.MEDIATOR])
    doing.change.set(leaving, "until_on", doing.day(Fact.ASSIGNED_ON))
    # The leaving lead's row must be written before the new one's: only one present lead is allowed at a time.
    doing.session.flush()
    _add_assignment(doing, subject, doing[Fact.MEDIATOR], leaving.role)


def _suspend(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    last = max((s.resumed_on for s in subject.suspensions if s.resumed_on is not None), default=None)
    if last is not None and doing.day(Fact.SUSPENDED_ON) < last:
        raise FactError(N_("It was resumed only after that day."), field=Fact.SUSPENDED_ON)
    suspension = Suspension(
        from_on=doing.day(Fact.SUSPENDED_ON),
        from_unknown=False,
        reason=doing[Fact.SUSPEND_REASON],
        note=doing[Fact.NOTE],
    )
    subject.suspensions.append(suspension)
    doing.change.add(suspension)


def _resume(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    _stop_suspension(doing, subject, doing.day(Fact.RESUMED_ON), Fact.RESUMED_ON)


def _stop_suspension(doing: _Doing, proceeding: Proceeding, on: dt.date, field: Fact) -> None:
    for suspension in proceeding.suspensions:
        if suspension.resumed_on is None:
            if on < suspension.from_on:
                raise FactError(N_("It was suspended only after that day."), field=field)
            doing.change.set(suspension, "resumed_on", on)


def _extend(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    extension = Extension(
        agreed_on=doing.day(Fact.EXTENSION_AGREED_ON),
        new_due_on=doing.day(Fact.NEW_DUE_ON),
        applicant_consents=True,
        respondent_consents=True,
        reason=doing[Fact.REASON],
    )
    subject.extensions.append(extension)
    doing.change.add(extension)


def _agree(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    known = {party.id for party in subject.case.respondents}
    chosen = [int(p) for p in doing[Fact.RESPONDENTS]]
    if not set(chosen) <= known:
        raise FactError(N_("Choose among the respondents of this case."), field=Fact.RESPONDENTS)
    _add_agreement(doing, subject, doing[Fact.AGREEMENT_FORM], doing[Fact.AGREEMENT_SCOPE], chosen)


def _add_agreement(
    doing: _Doing, proceeding: Proceeding, form: AgreementForm, scope: AgreementScope, respondents: list[int]
) -> None:
    agreement = Agreement(
        form=form,
        scope=scope,
        respondents=respondents,
        signed_on=doing[Fact.SIGNED_ON],
        mediator_signed_on=doing[Fact.MEDIATOR_SIGNED_ON],
        sealed_on=doing[Fact.SEALED_ON],
        amount=doing[Fact.AMOUNT],
        performance_due_on=doing[Fact.PERFORMANCE_DUE_ON],
        state=AgreementState.IN_FORCE,
        performance=(
            PerformanceState.PERFORMED if form is AgreementForm.PERFORMED_AT_ONCE else PerformanceState.NOT_DUE
        ),
        performed_on=doing[Fact.SIGNED_ON] if form is AgreementForm.PERFORMED_AT_ONCE else None,
    )
    proceeding.agreements.append(agreement)
    doing.change.add(agreement)


def _end(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    outcome, ended_on = doing[Fact.OUTCOME], doing.day(Fact.ENDED_ON)
    results: Mapping[int, PartyResult] = doing[Fact.RESULTS] or {}
    known = {party.id: party for party in subject.case.respondents}
    if set(results) - set(known):
        raise FactError(N_("Choose among the respondents of this case."), field=Fact.RESULTS)
    _nothing_after(subject, ended_on, Fact.ENDED_ON)
    for party_id, value in results.items():
        result = Result(party=known[party_id], party_id=party_id, result=value)
        subject.results.append(result)
        doing.change.add(result)
    in_force = [a for a in subject.agreements if a.state is AgreementState.IN_FORCE]
    if outcome in workflow.AGREED and not in_force:
        _add_agreement(
            doing,
            subject,
            workflow.OUTCOME_FORM[outcome],
            AgreementScope.PART if outcome is Outcome.AGREED_PART else AgreementScope.WHOLE,
            [party_id for party_id, value in results.items() if value is PartyResult.AGREED],
        )
    _stop_suspension(doing, subject, ended_on, Fact.ENDED_ON)


def _nothing_after(proceeding: Proceeding, on: dt.date, field: Fact) -> None:
    """Refuse an end on a day before something else that is on record. Raises FactError."""
    if any(a.from_on > on for a in proceeding.assignments):
        raise FactError(N_("A mediator was assigned only after that day."), field=field)
    if any(s.from_on > on for s in proceeding.suspensions):
        raise FactError(N_("It was suspended only after that day."), field=field)
    if any(s.resumed_on is not None and s.resumed_on > on for s in proceeding.suspensions):
        raise FactError(N_("It was resumed only after that day."), field=field)
    if any(e.agreed_on > on for e in proceeding.extensions):
        raise FactError(N_("It was extended only after that day."), field=field)
    if any(a.signed_on is not None and a.signed_on > on for a in proceeding.agreements):
        raise FactError(N_("The agreement was signed only after that day."), field=field)


def _offer(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    receiver = doing.session.get(Organisation, doing[Fact.TO_ORGANISATION])
    if receiver is None or not receiver.is_active:
        raise FactError(N_("Choose an organisation that takes cases."), field=Fact.TO_ORGANISATION)
    if receiver.id == subject.organisation_id:
        raise FactError(N_("It lies with this organisation already."), field=Fact.TO_ORGANISATION)
    over = subject.ended_on
    if over is not None and doing.day(Fact.OFFERED_ON) < over:
        raise FactError(N_("It ended only after that day."), field=Fact.OFFERED_ON)
    known = {party.id for party in subject.case.respondents}
    chosen = [int(p) for p in doing[Fact.RESPONDENTS]]
    if not set(chosen) <= known:
        raise FactError(N_("Choose among the respondents of this case."), field=Fact.RESPONDENTS)
    offer = Offer(
        proceeding=subject,
        to_organisation=receiver,
        to_organisation_id=receiver.id,
        to_channel=doing[Fact.TO_CHANNEL],
        reason=doing[Fact.HANDOVER_REASON],
        paper=doing[Fact.PAPER],
        paper_number=doing[Fact.PAPER_NUMBER],
        note=doing[Fact.NOTE],
        respondents=chosen,
        offered_on=doing.day(Fact.OFFERED_ON),
        state=OfferState.PENDING,
    )
    subject.case.offers.append(offer)
    doing.change.add(offer)


def _recall(doing: _Doing, subject: Subject) -> None:
    doing.change.set(subject, "answered_on", doing.day(Fact.ANSWERED_ON))


def _offer_rejected(doing: _Doing, subject: Subject) -> None:
    doing.change.set(subject, "answered_on", doing.day(Fact.ANSWERED_ON))
    doing.change.set(subject, "rejection", doing[Fact.REJECTION])


def _offer_accepted(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Offer)
    on, entry_form = doing.day(Fact.ANSWERED_ON), doing[Fact.ENTRY_FORM]
    _check_way_in(subject.to_channel, entry_form)
    sender = subject.proceeding
    reached = dict(doing.row.aside).get(sender.state)
    if reached is State.NOT_ACCEPTED:
        doing.change.set(sender, "not_accepted_on", on)
        doing.change.set(sender, "not_accepted_reason", NotAcceptedReason.PASSED_ON)
    elif reached is State.ENDED:
        for day in (sender.accepted_on, sender.started_on):
            if day is not None and on < day:
                raise FactError(N_("The sender was still at work on it after that day."), field=Fact.ANSWERED_ON)
        _nothing_after(sender, on, Fact.ANSWERED_ON)
        _stop_suspension(doing, sender, on, Fact.ANSWERED_ON)
        doing.change.set(sender, "ended_on", on)
        doing.change.set(sender, "outcome", Outcome.TRANSFERRED)
        doing.change.set(sender, "result_class", workflow.CLASS_OF[Outcome.TRANSFERRED])
    if reached is not None:
        doing.change.set(sender, "state", reached)
    doing.change.set(subject, "answered_on", on)
    # The sender's end must be written before the receiver's beginning: only one proceeding may be live.
    with doing.session.no_autoflush:
        deriving.derive(sender.case)
        receiver = intake.add_proceeding(
            doing.session,
            subject.case,
            subject.to_organisation,
            channel=subject.to_channel,
            entry_form=entry_form,
            received_on=on,
            by=doing.by,
            change=doing.change,
        )
        search.index(doing.session, subject.case)
    doing.change.set(subject, "receiver", receiver)


def _check_way_in(channel: Channel, entry_form: EntryForm) -> None:
    if entry_form not in CHANNELS[channel].entry_forms:
        raise FactError(
            N_("“%(form)s” is no way into %(channel)s."), field=Fact.ENTRY_FORM, form=entry_form, channel=channel
        )


def _reopen(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    _check_way_in(subject.channel, doing[Fact.ENTRY_FORM])
    intake.add_proceeding(
        doing.session,
        subject.case,
        subject.organisation,
        channel=subject.channel,
        entry_form=doing[Fact.ENTRY_FORM],
        received_on=doing.day(Fact.REOPENED_ON),
        by=doing.by,
        change=doing.change,
    )
    search.index(doing.session, subject.case)


def _follow_up(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Proceeding)
    follow_up = FollowUp(
        on=doing.day(Fact.FOLLOWED_UP_ON),
        satisfaction=doing[Fact.SATISFACTION],
        turned_criminal=bool(doing[Fact.TURNED_CRIMINAL]),
        new_risk=doing[Fact.NEW_RISK],
    )
    if subject.ended_on is not None and follow_up.on < subject.ended_on:
        raise FactError(N_("It ended only after that day."), field=Fact.FOLLOWED_UP_ON)
    subject.follow_ups.append(follow_up)
    doing.change.add(follow_up)


def _performed(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Agreement)
    on = doing.day(Fact.PERFORMED_ON)
    if subject.signed_on is not None and on < subject.signed_on:
        raise FactError(N_("The agreement was signed only after that day."), field=Fact.PERFORMED_ON)
    doing.change.set(subject, "performance", doing[Fact.PERFORMANCE])
    doing.change.set(subject, "performed_on", on)


def _annul(doing: _Doing, subject: Subject) -> None:
    doing.change.set(subject, "voided_on", doing.day(Fact.ANNULLED_ON))
    doing.change.set(subject, "ruling", doing[Fact.RULING])


def _apply_confirmation(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Agreement)
    confirmation = Confirmation(
        court=doing[Fact.COURT], applied_on=doing.day(Fact.APPLIED_ON), state=ConfirmationState.APPLIED
    )
    subject.confirmation = confirmation
    doing.change.add(confirmation)


def _decide_confirmation(doing: _Doing, subject: Subject) -> None:
    assert isinstance(subject, Agreement)
    decision = doing[Fact.CONFIRMATION]
    if decision is ConfirmationState.APPLIED:
        raise FactError(N_("Choose what the court decided."), field=Fact.CONFIRMATION)
    assert subject.confirmation is not None
    doing.change.set(subject.confirmation, "state", decision)
    doing.change.set(subject.confirmation, "decided_on", doing.day(Fact.DECIDED_ON))
    doing.change.set(subject.confirmation, "number", doing[Fact.CONFIRMATION_NUMBER])


_WRITERS: dict[Action, Callable[[_Doing, Subject], None]] = {
    Action.WITHDRAW_EARLY: _withdraw_early,
    Action.ASSIGN: _assign,
    Action.REPLACE: _replace,
    Action.SUSPEND: _suspend,
    Action.RESUME: _resume,
    Action.EXTEND: _extend,
    Action.AGREE: _agree,
    Action.END: _end,
    Action.OFFER: _offer,
    Action.RECALL: _recall,
    Action.OFFER_ACCEPTED: _offer_accepted,
    Action.OFFER_REJECTED: _offer_rejected,
    Action.REOPEN: _reopen,
    Action.FOLLOW_UP: _follow_up,
    Action.PERFORM: _performed,
    Action.ANNUL: _annul,
    Action.APPLY_CONFIRMATION: _apply_confirmation,
    Action.DECIDE_CONFIRMATION: _decide_confirmation,
}


# Corrections, undoing, supplements ----------------------------------------------------------------------------------

CASE_FIELDS: dict[str, type[Term] | Kind] = {
    "source": Source,
    "park": Park,
    "primary_kind": RightKind,
    "difficulty": Difficulty,
    "facts": Kind.LINES,
    "series": Kind.TEXT,
    "amount_claimed": Kind.MONEY,
}
"""What of the case itself may be corrected, and the list or kind of its value."""


def correct(
    session: Session,
    proceeding: Proceeding,
    values: Mapping[str, object],
    *,
    reason: str,
    by: Person,
    at: dt.datetime,
    seen: int | None = None,
) -> CaseEvent:
    """Correct kept facts of a proceeding (`cases.facts.KEPT`) or fields of its case (CASE_FIELDS), by code.

    Raises:
        FactError: no reason, an unknown code, a day in the future or out of order, an emptied necessary fact, a fact
            that was never recorded.
        StaleError, MoveError, ForbiddenError: as `perform`.
    """
    case = proceeding.case
    _take(session, case, seen)
    _ensure_standing(case, proceeding)
    today = clock.local_day(at)
    permissions.ensure(by, Permission.CASE_CORRECT, queries.standing_of(proceeding))
    if not reason.strip():
        raise FactError(N_("%(fact)s is missing."), field=Fact.REASON, fact=Fact.REASON)
    change = Change(session)
    with session.no_autoflush, change.taken_back_when_refused():
        before: dict[str, object] = {}
        for code, value in values.items():
            thing: Case | Proceeding = case if code in CASE_FIELDS else proceeding
            if thing is proceeding and not _is_correctable(proceeding, code):
                raise FactError(N_("“%(code)s” cannot be corrected."), field=code, code=code)
            old = getattr(thing, code)
            if old == value:
                continue
            if value is None and old is not None and code not in ("park", "series", "difficulty", "amount_claimed"):
                raise FactError(N_("A recorded fact can be changed, not emptied."), field=code)
            before[code] = old
            change.set(thing, code, value)
        if not before:
            raise FactError(N_("Nothing was changed."), field=Fact.REASON)
        brought = {Fact(code) for code in before if code in FACTS}
        _check_correction(proceeding, brought, today)
        _carry_over(change, proceeding, before)
        if brought:
            still = "," + "".join(f"{fact.value}," for fact in sorted(proceeding.unknown - brought))
            change.set(proceeding, "unknown_facts", still)
        deriving.derive(case)
        search.index(session, case)
        own = Journal(session, by, at)
        facts = {
            code: [old, getattr(case if code in CASE_FIELDS else proceeding, code)] for code, old in before.items()
        }
        event = own.write(case, proceeding, Action.CORRECT, change, facts=facts, reason=reason.strip(),
                          state_from=proceeding.state, state_to=proceeding.state)
    own.seal()
    return event


def _carry_over(change: Change, proceeding: Proceeding, corrected: Mapping[str, object]) -> None:
    """What says the same as a corrected fact elsewhere is corrected with it."""
    case = proceeding.case
    if Fact.RECEIVED_ON.value in corrected and proceeding.seq == 1:
        change.set(case, "received_on", proceeding.received_on)
    if Fact.OUTCOME.value in corrected and proceeding.outcome in (Outcome.AGREED_WRITTEN, Outcome.AGREED_ORAL):
        # The award counts oral agreements: outcome and form must not contradict each other.
        for agreement in proceeding.agreements:
            if agreement.form in workflow.OUTCOME_FORM.values():
                change.set(agreement, "form", workflow.OUTCOME_FORM[proceeding.outcome])
    if "primary_kind" in corrected:
        for right in case.rights:
            if right.is_primary:
                change.set(right, "kind", case.primary_kind)


def _is_correctable(proceeding: Proceeding, code: str) -> bool:
    """Whether `code` is a kept fact that is on record, or known to be unknown: what never was is brought by a move."""
    if code not in FACTS or not FACTS[Fact(code)].kept:
        return False
    return getattr(proceeding, code) is not None or Fact(code) in proceeding.unknown


def _check_correction(proceeding: Proceeding, brought: set[Fact], today: dt.date) -> None:
    """A corrected proceeding must still be one the workflow could have produced."""
    kept = proceeding.kept
    agreements = [a.signed_on for a in proceeding.agreements if a.signed_on is not None]
    assigned = [a.from_on for a in proceeding.assignments]
    checks: list[dict[Fact, object]] = [kept]
    checks += [{**kept, Fact.SIGNED_ON: day} for day in agreements]
    checks += [{**kept, Fact.ASSIGNED_ON: day} for day in assigned]
    checks += [{**kept, Fact.SUSPENDED_ON: stop.from_on} for stop in proceeding.suspensions]
    checks += [{**kept, Fact.EXTENSION_AGREED_ON: extension.agreed_on} for extension in proceeding.extensions]
    for known in checks:
        workflow.check_days(known, brought, today)
    if proceeding.ended_on is not None:
        _nothing_after(proceeding, proceeding.ended_on, Fact.ENDED_ON)
    _check_neighbours(proceeding, brought)
    if Fact.ENTRY_FORM in brought and proceeding.entry_form is not None:
        _check_way_in(proceeding.channel, proceeding.entry_form)
    if proceeding.accepted_on is not None:
        for fact in workflow.row_of(Action.ACCEPT).asked(proceeding.channel, proceeding.entry_form):
            if fact not in kept and fact not in proceeding.unknown:
                raise FactError(N_("%(fact)s is missing."), field=fact, fact=fact)
    if Fact.OUTCOME in brought and proceeding.state is not State.ENDED:
        raise FactError(N_("“%(code)s” cannot be corrected."), field=Fact.OUTCOME, code=Fact.OUTCOME)
    if Fact.OUTCOME in brought:
        has_agreement = any(a.state is AgreementState.IN_FORCE for a in proceeding.agreements)
        if (proceeding.outcome in workflow.AGREED) != has_agreement or proceeding.outcome is Outcome.TRANSFERRED:
            raise FactError(
                N_("This outcome does not fit the agreements on record: undo the ending and record it again."),
                field=Fact.OUTCOME,
            )
        told = {result.party_id: result.result for result in proceeding.results}
        if not workflow.results_fit(proceeding.outcome, told):
            raise FactError(workflow.RESULTS_FIT.sentence, field=Fact.OUTCOME)


def _check_neighbours(proceeding: Proceeding, brought: set[Fact]) -> None:
    """The proceedings of a dispute follow one another: each is received when the one before is over, or later."""
    standing = proceeding.case.standing_proceedings
    place = standing.index(proceeding)
    pairs = [(standing[place - 1], proceeding)] if place else []
    pairs += [(proceeding, following) for following in standing[place + 1 : place + 2]]
    for earlier, later in pairs:
        over = earlier.ended_on or earlier.not_accepted_on
        if over is None or later.received_on is None or over <= later.received_on:
            continue
        blamed = brought & {Fact.ENDED_ON, Fact.NOT_ACCEPTED_ON, Fact.RECEIVED_ON}
        if blamed:
            sentence = N_(
                "The proceedings of a dispute follow one another: the next is received when the one before is over."
            )
            raise FactError(sentence, field=min(blamed))


def undo_last(
    session: Session, case: Case, *, reason: str, by: Person, at: dt.datetime, seen: int | None = None
) -> CaseEvent:
    """Undo the last move that still stands (VOID_ENTRY). A case whose registration is undone becomes void.

    Raises:
        MoveError: there is nothing left to undo.
        FactError: no reason was given.
        StaleError, ForbiddenError: as `perform`.
    """
    _take(session, case, seen)
    last = last_standing_event(session, case)
    if last is None:
        raise MoveError(N_("There is nothing to undo."))
    proceeding = session.get(Proceeding, last.proceeding_id) if last.proceeding_id else None
    standing = queries.standing_of(proceeding) if proceeding else queries.standing_of_case(case)
    # Undoing a receiver's move is the receiver's: the offer it answered lies with both.
    if not permissions.may(by, Permission.CASE_CORRECT, standing) and last.by_id != by.account_id:
        raise ForbiddenError(N_("Only who recorded it, or an administrator, may undo it."))
    if not reason.strip():
        raise FactError(N_("%(fact)s is missing."), field=Fact.REASON, fact=Fact.REASON)
    if case.event_count == 1 or last.action is Action.REGISTER:
        case.is_void = True
    with session.no_autoflush:
        journal.put_back(session, last.undo)
        for each in case.proceedings:
            # The one derived column a CHECK ties to a fact; the rest is derived below, from what lies in the tables.
            if each.outcome is None:
                each.result_class = None
    session.flush()
    session.expire_all()
    deriving.derive(case)
    search.index(session, case)
    own = Journal(session, by, at)
    event = own.write(
        case,
        proceeding,
        Action.VOID_ENTRY,
        Change(session),
        facts={"undone": last.seq, "action": last.action.value},
        reason=reason.strip(),
        state_from=None,
        state_to=proceeding.state if proceeding and not proceeding.is_void else None,
    )
    last.voided_by = event.seq
    own.seal()
    return event


def last_standing_event(session: Session, case: Case) -> CaseEvent | None:
    """The latest event that has not been undone; None for a case of an import, which is corrected instead."""
    found = session.scalars(
        select(CaseEvent)
        .where(CaseEvent.case_id == case.id, CaseEvent.voided_by.is_(None), CaseEvent.action != Action.VOID_ENTRY)
        .order_by(CaseEvent.seq.desc())
        .limit(1)
    ).first()
    return found if found is not None and found.by_id is not None else None


def supplement(
    session: Session,
    case: Case,
    *,
    parties: tuple[intake.PartyEntry, ...] = (),
    rights: tuple[intake.RightEntry, ...] = (),
    numbers: tuple[intake.NumberEntry, ...] = (),
    by: Person,
    at: dt.datetime,
    seen: int | None = None,
) -> CaseEvent:
    """Add parties, rights or external numbers to a case.

    Raises:
        FactError: nothing to add, or an identifier whose check character is wrong.
        StaleError, MoveError, ForbiddenError: as `perform`.
    """
    _take(session, case, seen)
    _ensure_standing(case)
    permissions.ensure(by, Permission.CASE_EDIT, queries.standing_of_case(case))
    if not (parties or rights or numbers):
        raise FactError(N_("Nothing was entered."), field="name")
    change = Change(session)
    for party_entry in parties:
        intake.check_party(party_entry)
        party: Party = intake.make_party(party_entry)
        case.parties.append(party)
        change.add(party)
    for right_entry in rights:
        intake.check_right(right_entry)
        right: Right = intake.make_right(right_entry, is_primary=False)
        case.rights.append(right)
        change.add(right)
    for number_entry in numbers:
        number: ExternalNumber = intake.make_number(number_entry)
        if any(n.kind is number.kind and n.number_key == number.number_key for n in case.numbers):
            raise FactError(N_("The case bears this number already."), field="number")
        case.numbers.append(number)
        change.add(number)
    own = Journal(session, by, at)
    event = own.write(
        case,
        None,
        Action.SUPPLEMENT,
        change,
        facts={"parties": len(parties), "rights": len(rights), "numbers": len(numbers)},
    )
    search.index(session, case)
    own.seal()
    return event

