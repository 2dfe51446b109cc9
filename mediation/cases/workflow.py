"""The workflow, declared once: MOVES, its guards, and the two readers `offers` and `move`. PURE.

Buttons, forms, permission checks, CHECK constraints, the printed diagram and the generated tests follow
from `MOVES`; changing a row changes them all. Four tracks of one type: the proceeding, the handover
offer, the agreement (with its performance) and the judicial confirmation. What a dispute derives from
its proceedings is in `dispute`; time limits are in `deadlines`.
Source: the three-channel practice of the zone; People's Mediation Law; Fa Shi [2016] 14.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mediation.cases.facts import FACTS, Fact, Facts, Kind, Relation
from mediation.channels import CHANNELS, Channel
from mediation.errors import FactError, MoveError, N_
from mediation.people import permissions
from mediation.people.permissions import Permission, Person, Standing
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementState,
    CaseState,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    OfferState,
    Outcome,
    OutcomeClass,
    PartyResult,
    State,
)
from mediation.words import Term


class Track(enum.Enum):
    """What a move acts on."""

    PROCEEDING = "proceeding"
    OFFER = "offer"
    AGREEMENT = "agreement"
    CONFIRMATION = "confirmation"


class Reach(enum.Enum):
    """Targets that are not a state by name."""

    SAME = "same"
    BEFORE = "before"  # the state before the suspension


LIVE = frozenset({State.REGISTERED, State.ACCEPTED, State.MEDIATING, State.SUSPENDED})
UNDER_WAY = frozenset({State.ACCEPTED, State.MEDIATING, State.SUSPENDED})
OVER = frozenset({State.NOT_ACCEPTED, State.ENDED})

AGREED = frozenset({Outcome.AGREED_WRITTEN, Outcome.AGREED_ORAL, Outcome.AGREED_PART})

CLASS_OF: dict[Outcome, OutcomeClass] = {
    Outcome.AGREED_WRITTEN: OutcomeClass.SUCCESS,
    Outcome.AGREED_ORAL: OutcomeClass.SUCCESS,
    Outcome.AGREED_PART: OutcomeClass.PART,
    Outcome.SETTLED_WITHDRAWN: OutcomeClass.NEUTRAL,
    Outcome.WITHDRAWN: OutcomeClass.NEUTRAL,
    Outcome.TRANSFERRED: OutcomeClass.NEUTRAL,
    Outcome.SHAM_FOUND: OutcomeClass.NEUTRAL,
    Outcome.REFUSED_BY_PARTY: OutcomeClass.FAILURE,
    Outcome.UNREACHABLE: OutcomeClass.FAILURE,
    Outcome.DEADLOCK: OutcomeClass.FAILURE,
    Outcome.LIMIT_PASSED: OutcomeClass.FAILURE,
    Outcome.REFUSED_TO_SIGN: OutcomeClass.FAILURE,
    Outcome.OTHER_NEUTRAL: OutcomeClass.NEUTRAL,
    Outcome.OTHER_FAILURE: OutcomeClass.FAILURE,
}
"""Outcome → class, version 1 (in force from the beginning)."""

NEEDS_START = frozenset({Outcome.REFUSED_BY_PARTY, Outcome.UNREACHABLE})
"""Failures only when mediation had started; else the class is *never started*."""


def class_of(outcome: Outcome, *, started: bool) -> OutcomeClass:
    """The class of an ended proceeding. `started`: START is recorded, or the ledger says it was mediated."""
    if outcome in NEEDS_START and not started:
        return OutcomeClass.NEVER_STARTED
    return CLASS_OF[outcome]


@dataclass(frozen=True)
class Snapshot:
    """All the workflow needs to know of one proceeding (and of its case) to judge a move.

    `state` is the state on the move's track; `proceeding_state` that of the proceeding beneath it.
    `known`: the kept facts recorded so far; `unknown`: those an import could not know.
    """

    state: State | OfferState | AgreementState | ConfirmationState | None
    proceeding_state: State | None
    channel: Channel
    entry_form: EntryForm | None
    standing: Standing
    known: Facts = field(default_factory=dict)
    unknown: frozenset[Fact] = frozenset()
    state_before: State | None = None
    has_lead: bool = False
    other_live: bool = False
    offer_pending: bool = False
    is_latest: bool = True
    refused_before: bool = False
    agreements_in_force: int = 0
    respondents: int = 1
    due_on: dt.date | None = None
    extension_latest: dt.date | None = None
    open_suspension_from: dt.date | None = None
    latest_agreement_on: dt.date | None = None

    def has(self, fact: Fact) -> bool:
        """Whether the fact is recorded, or known to be unknown."""
        return self.known.get(fact) is not None or fact in self.unknown


Test = Callable[[Snapshot, Facts], bool]


@dataclass(frozen=True)
class Guard:
    """A condition with the sentence said when it does not hold.

    `test` is true when all is well. A guard with `field` judges the facts the form brings (FactError on that
    field); one without judges the situation, decides whether the button is offered, and raises MoveError.
    """

    sentence: str
    test: Test
    field: Fact | None = None


def _value(snapshot: Snapshot, facts: Facts, fact: Fact) -> object:
    value = facts.get(fact)
    return snapshot.known.get(fact) if value is None else value


NO_OTHER_LIVE = Guard(
    N_("Another proceeding of this dispute is still under way."),
    lambda s, f: not s.other_live,
)
NO_OFFER_PENDING = Guard(
    N_("A handover of this dispute is waiting for its answer: recall it first, or wait."),
    lambda s, f: not s.offer_pending,
)
LATEST_ONLY = Guard(
    N_("A later proceeding of this dispute exists; act on that one."),
    lambda s, f: s.is_latest,
)
LEAD_ASSIGNED = Guard(
    N_("Assign a lead mediator first."),
    lambda s, f: s.has_lead,
)
FRESH_CONSENT = Guard(
    N_("A party refused mediation before: record its fresh consent first."),
    lambda s, f: not s.refused_before or s.has(Fact.FRESH_CONSENT_ON) or f.get(Fact.FRESH_CONSENT_ON) is not None,
    Fact.FRESH_CONSENT_ON,
)
NOT_CLOSED = Guard(
    N_("The proceeding is closed already."),
    lambda s, f: s.known.get(Fact.CLOSED_ON) is None,
)
NOT_FILED = Guard(
    N_("The file is in the archive already."),
    lambda s, f: s.known.get(Fact.FILED_ON) is None,
)
CLOSED_FIRST = Guard(
    N_("Close the proceeding before filing it."),
    lambda s, f: s.known.get(Fact.CLOSED_ON) is not None,
)
ONE_LEAD = Guard(
    N_("There is a lead mediator already: use “Replace a mediator”."),
    lambda s, f: f.get(Fact.MEDIATOR_ROLE) != MediatorRole.LEAD or not s.has_lead,
    Fact.MEDIATOR_ROLE,
)
UNRELATED = Guard(
    N_(
        "A mediator related to a party may not be assigned; only in a mediation by invitation,"
        " with both parties' written consent."
    ),
    lambda s, f: (
        f.get(Fact.RELATION) == Relation.NONE
        or (f.get(Fact.RELATION) == Relation.CONSENTED and s.entry_form == EntryForm.INVITED)
        or Fact.RELATION not in f
    ),
    Fact.RELATION,
)
AGREEMENT_NEEDS_START = Guard(
    N_("An agreement needs mediation that has started: record the start first."),
    lambda s, f: (
        f.get(Fact.OUTCOME) not in AGREED | {Outcome.DEADLOCK, Outcome.REFUSED_TO_SIGN} or s.has(Fact.STARTED_ON)
    ),
    Fact.OUTCOME,
)
LEAD_FOR_RESULT = Guard(
    N_("An ending that started or agreed needs its lead mediator on record."),
    lambda s, f: (
        s.has_lead
        or (f.get(Fact.OUTCOME) not in AGREED and not s.has(Fact.STARTED_ON))
    ),
    Fact.OUTCOME,
)
AGREEMENT_ON_RECORD = Guard(
    N_("Say when the agreement was signed, or record the agreement first."),
    lambda s, f: (
        f.get(Fact.OUTCOME) not in AGREED
        or s.agreements_in_force > 0
        or f.get(Fact.SIGNED_ON) is not None
        or Fact.SIGNED_ON in s.unknown
    ),
    Fact.SIGNED_ON,
)
NO_AGREEMENT_LEFT = Guard(
    N_("An agreement in force is on record: the outcome must say so, or the agreement be annulled."),
    lambda s, f: f.get(Fact.OUTCOME) in AGREED or s.agreements_in_force == 0,
    Fact.OUTCOME,
)
NOT_BY_HAND = Guard(
    N_("A transfer ends by the receiver's acceptance: hand over instead."),
    lambda s, f: f.get(Fact.OUTCOME) != Outcome.TRANSFERRED,
    Fact.OUTCOME,
)
OTHER_EXPLAINED = Guard(
    N_("Say what happened: this outcome needs its explanation."),
    lambda s, f: (
        f.get(Fact.OUTCOME) not in {Outcome.OTHER_FAILURE, Outcome.OTHER_NEUTRAL}
        or bool(_value(s, f, Fact.OUTCOME_REASON))
    ),
    Fact.OUTCOME_REASON,
)
ROUTES_ON_FAILURE = Guard(
    N_("After a failed mediation the further routes must be explained to the parties."),
    lambda s, f: (
        f.get(Fact.OUTCOME) is None
        or class_of(Outcome(str(f[Fact.OUTCOME])), started=True) is not OutcomeClass.FAILURE
        or bool(f.get(Fact.ROUTES_EXPLAINED))
        or Fact.ROUTES_EXPLAINED in s.unknown
    ),
    Fact.ROUTES_EXPLAINED,
)
LIVE_TRANSFER = Guard(
    N_("While it is under way it may be handed over only for lack of competence or by the parties' choice."),
    lambda s, f: (
        s.proceeding_state not in UNDER_WAY
        or f.get(Fact.HANDOVER_REASON) in {None, HandoverReason.COMPETENCE, HandoverReason.PARTIES_CHOICE}
    ),
    Fact.HANDOVER_REASON,
)
BOTH_CONSENT = Guard(
    N_("Both sides must have agreed to the extension."),
    lambda s, f: bool(f.get(Fact.APPLICANT_CONSENTS)) and bool(f.get(Fact.RESPONDENT_CONSENTS)),
    Fact.RESPONDENT_CONSENTS,
)
EXTENDED_IN_TIME = Guard(
    N_("An extension must be agreed on or before the day the limit ends."),
    lambda s, f: s.due_on is None or _day(f, Fact.EXTENSION_AGREED_ON) <= s.due_on,
    Fact.EXTENSION_AGREED_ON,
)
EXTENDED_FORWARD = Guard(
    N_("The new due date must lie after the present one."),
    lambda s, f: s.due_on is None or _day(f, Fact.NEW_DUE_ON) > s.due_on,
    Fact.NEW_DUE_ON,
)
EXTENDED_WITHIN_CAP = Guard(
    N_("The rule caps this extension at an earlier day."),
    lambda s, f: s.extension_latest is None or _day(f, Fact.NEW_DUE_ON) <= s.extension_latest,
    Fact.NEW_DUE_ON,
)
HAS_A_LIMIT = Guard(
    N_("No time limit runs here, so there is nothing to extend."),
    lambda s, f: s.due_on is not None,
)
NO_EARLIER_SUSPENSION_OPEN = Guard(
    N_("Resumption cannot lie before the suspension."),
    lambda s, f: s.open_suspension_from is None or _day(f, Fact.RESUMED_ON) >= s.open_suspension_from,
    Fact.RESUMED_ON,
)
ENDS_AFTER_EFFECT = Guard(
    N_("An agreed proceeding ends no earlier than its agreement takes effect."),
    lambda s, f: (
        f.get(Fact.OUTCOME) not in AGREED
        or s.latest_agreement_on is None
        or _day(f, Fact.ENDED_ON) >= s.latest_agreement_on
    ),
    Fact.ENDED_ON,
)
ALL_RESULTS = Guard(
    N_("Give the result for each respondent."),
    lambda s, f: (
        not isinstance(f.get(Fact.RESULTS), Mapping)
        or len(f[Fact.RESULTS]) == s.respondents  # type: ignore[arg-type]
    ),
    Fact.RESULTS,
)
NOTHING_AGREED = Guard(
    N_("An agreement in force is on record: end it with its outcome first, then hand over what is left."),
    lambda s, f: s.proceeding_state not in UNDER_WAY or s.agreements_in_force == 0,
)


def results_fit(outcome: object, results: Mapping[int, PartyResult]) -> bool:
    """Whether the respondents' results and the outcome say the same: all agreed, some, or none."""
    if not results or PartyResult.UNKNOWN in results.values():
        return True
    agreed = [result is PartyResult.AGREED for result in results.values()]
    match outcome:
        case Outcome.AGREED_WRITTEN | Outcome.AGREED_ORAL:
            return all(agreed)
        case Outcome.AGREED_PART:
            return any(agreed)
        case _:
            return not any(agreed)


def _told_results_fit(snapshot: Snapshot, facts: Facts) -> bool:
    results = facts.get(Fact.RESULTS)
    return not isinstance(results, Mapping) or results_fit(facts.get(Fact.OUTCOME), results)


RESULTS_FIT = Guard(
    N_("The results of the respondents contradict the outcome: all agreed, some agreed, or none."),
    _told_results_fit,
    Fact.RESULTS,
)
SATISFACTION_RANGE = Guard(
    N_("Satisfaction is a whole number from 1 to 5."),
    lambda s, f: f.get(Fact.SATISFACTION) in {None, 1, 2, 3, 4, 5},
    Fact.SATISFACTION,
)


def _day(facts: Facts, fact: Fact) -> dt.date:
    value = facts.get(fact)
    return value if isinstance(value, dt.date) else dt.date.min


@dataclass(frozen=True)
class Move:
    """One row of the workflow. `on`: which of its facts is the day the move took effect.

    `facts` must be brought; `options` may be; `guards` hold in this order. `aside`: what happens to the
    proceeding beneath when the move acts on an offer.
    """

    action: Action
    leaves: frozenset[Term | None]
    reaches: Term | Reach
    right: Permission
    on: Fact
    facts: tuple[Fact, ...] = ()
    options: tuple[Fact, ...] = ()
    guards: tuple[Guard, ...] = ()
    track: Track = Track.PROCEEDING
    aside: tuple[tuple[State, State], ...] = ()

    def asked(self, channel: Channel, entry_form: EntryForm | None) -> tuple[Fact, ...]:
        """The facts this move must bring in `channel` for `entry_form`, its own and the channel's."""
        if self.action is not Action.ACCEPT:
            return self.facts
        extra = (
            Fact(code)
            for code, forms in CHANNELS[channel].accept_facts
            if entry_form is not None and entry_form in forms
        )
        return (*self.facts, *extra)


def _of(*states: Term | None) -> frozenset[Term | None]:
    return frozenset(states)


P = Permission
MOVES: tuple[Move, ...] = (
    Move(Action.REGISTER, _of(None), State.REGISTERED, P.CASE_REGISTER, Fact.RECEIVED_ON,
         (Fact.RECEIVED_ON, Fact.SOURCE, Fact.ENTRY_FORM)),
    Move(Action.ACCEPT, _of(State.REGISTERED), State.ACCEPTED, P.CASE_ACCEPT, Fact.ACCEPTED_ON,
         (Fact.ACCEPTED_ON,), guards=(NO_OTHER_LIVE, NO_OFFER_PENDING)),
    Move(Action.REFUSE, _of(State.REGISTERED), State.NOT_ACCEPTED, P.CASE_ACCEPT, Fact.NOT_ACCEPTED_ON,
         (Fact.NOT_ACCEPTED_ON, Fact.NOT_ACCEPTED_REASON), guards=(NO_OFFER_PENDING,)),
    Move(Action.WITHDRAW_EARLY, _of(State.REGISTERED), State.NOT_ACCEPTED, P.CASE_ACCEPT, Fact.NOT_ACCEPTED_ON,
         (Fact.NOT_ACCEPTED_ON,), guards=(NO_OFFER_PENDING,)),
    Move(Action.ASSIGN, _of(State.ACCEPTED, State.MEDIATING, State.SUSPENDED), Reach.SAME, P.CASE_ASSIGN,
         Fact.ASSIGNED_ON, (Fact.MEDIATOR, Fact.MEDIATOR_ROLE, Fact.ASSIGNED_ON, Fact.RELATION),
         (Fact.SHARE, Fact.REASON), (ONE_LEAD, UNRELATED)),
    Move(Action.REPLACE, _of(State.ACCEPTED, State.MEDIATING, State.SUSPENDED), Reach.SAME, P.CASE_ASSIGN,
         Fact.ASSIGNED_ON, (Fact.LEAVING, Fact.MEDIATOR, Fact.ASSIGNED_ON, Fact.REASON, Fact.RELATION),
         (Fact.SHARE,), (LEAD_ASSIGNED, UNRELATED)),
    Move(Action.START, _of(State.ACCEPTED), State.MEDIATING, P.CASE_MEDIATE, Fact.STARTED_ON,
         (Fact.STARTED_ON, Fact.FIRST_CONTACT_ON), (Fact.FRESH_CONSENT_ON,), (LEAD_ASSIGNED, FRESH_CONSENT)),
    Move(Action.SUSPEND, _of(State.ACCEPTED, State.MEDIATING), State.SUSPENDED, P.CASE_MEDIATE, Fact.SUSPENDED_ON,
         (Fact.SUSPENDED_ON, Fact.SUSPEND_REASON), (Fact.NOTE,)),
    Move(Action.RESUME, _of(State.SUSPENDED), Reach.BEFORE, P.CASE_MEDIATE, Fact.RESUMED_ON,
         (Fact.RESUMED_ON,), guards=(NO_EARLIER_SUSPENSION_OPEN,)),
    Move(Action.EXTEND, _of(State.ACCEPTED, State.MEDIATING, State.SUSPENDED), Reach.SAME, P.CASE_MEDIATE,
         Fact.EXTENSION_AGREED_ON,
         (Fact.EXTENSION_AGREED_ON, Fact.APPLICANT_CONSENTS, Fact.RESPONDENT_CONSENTS, Fact.NEW_DUE_ON),
         (Fact.REASON,), (HAS_A_LIMIT, BOTH_CONSENT, EXTENDED_IN_TIME, EXTENDED_FORWARD, EXTENDED_WITHIN_CAP)),
    Move(Action.AGREE, _of(State.MEDIATING), Reach.SAME, P.CASE_MEDIATE, Fact.SIGNED_ON,
         (Fact.RESPONDENTS, Fact.AGREEMENT_SCOPE, Fact.AGREEMENT_FORM, Fact.SIGNED_ON),
         (Fact.MEDIATOR_SIGNED_ON, Fact.SEALED_ON, Fact.AMOUNT, Fact.PERFORMANCE_DUE_ON), (NO_OFFER_PENDING,)),
    Move(Action.END, _of(State.ACCEPTED, State.MEDIATING, State.SUSPENDED), State.ENDED, P.CASE_END, Fact.ENDED_ON,
         (Fact.ENDED_ON, Fact.OUTCOME, Fact.RESULTS),
         (Fact.SIGNED_ON, Fact.AMOUNT, Fact.PERFORMANCE_DUE_ON, Fact.OUTCOME_REASON, Fact.ROUTES_EXPLAINED,
          Fact.ONWARD_ROUTE),
         (NO_OFFER_PENDING, NOT_BY_HAND, AGREEMENT_NEEDS_START, LEAD_FOR_RESULT, AGREEMENT_ON_RECORD,
          NO_AGREEMENT_LEFT, ENDS_AFTER_EFFECT, ALL_RESULTS, RESULTS_FIT, OTHER_EXPLAINED, ROUTES_ON_FAILURE)),
    Move(Action.OFFER,
         _of(State.REGISTERED, State.ACCEPTED, State.MEDIATING, State.SUSPENDED, State.ENDED), Reach.SAME,
         P.CASE_OFFER, Fact.OFFERED_ON,
         (Fact.TO_ORGANISATION, Fact.TO_CHANNEL, Fact.HANDOVER_REASON, Fact.RESPONDENTS, Fact.OFFERED_ON),
         (Fact.PAPER, Fact.PAPER_NUMBER, Fact.NOTE),
         (NO_OFFER_PENDING, NO_OTHER_LIVE, LATEST_ONLY, NOTHING_AGREED, LIVE_TRANSFER)),
    Move(Action.RECALL, _of(OfferState.PENDING), OfferState.RECALLED, P.CASE_OFFER, Fact.ANSWERED_ON,
         (Fact.ANSWERED_ON,), track=Track.OFFER),
    Move(Action.OFFER_ACCEPTED, _of(OfferState.PENDING), OfferState.ACCEPTED, P.CASE_ANSWER_OFFER,
         Fact.ANSWERED_ON, (Fact.ANSWERED_ON, Fact.ENTRY_FORM), track=Track.OFFER,
         aside=((State.REGISTERED, State.NOT_ACCEPTED), (State.ACCEPTED, State.ENDED),
                (State.MEDIATING, State.ENDED), (State.SUSPENDED, State.ENDED))),
    Move(Action.OFFER_REJECTED, _of(OfferState.PENDING), OfferState.REJECTED, P.CASE_ANSWER_OFFER,
         Fact.ANSWERED_ON, (Fact.ANSWERED_ON, Fact.REJECTION), (Fact.NOTE,), track=Track.OFFER),
    Move(Action.REOPEN, _of(State.ENDED), Reach.SAME, P.CASE_REOPEN, Fact.REOPENED_ON,
         (Fact.REOPENED_ON, Fact.REOPEN_CAUSE, Fact.ENTRY_FORM), (Fact.PAPER, Fact.NOTE),
         (NO_OTHER_LIVE, NO_OFFER_PENDING, LATEST_ONLY)),
    Move(Action.CLOSE, _of(State.NOT_ACCEPTED, State.ENDED), Reach.SAME, P.CASE_CLOSE, Fact.CLOSED_ON,
         (Fact.CLOSED_ON,), guards=(NOT_CLOSED,)),
    Move(Action.FILE, _of(State.NOT_ACCEPTED, State.ENDED), Reach.SAME, P.CASE_CLOSE, Fact.FILED_ON,
         (Fact.FILED_ON,), guards=(CLOSED_FIRST, NOT_FILED)),
    Move(Action.FOLLOW_UP, _of(State.ENDED), Reach.SAME, P.CASE_RECORD, Fact.FOLLOWED_UP_ON,
         (Fact.FOLLOWED_UP_ON,), (Fact.SATISFACTION, Fact.TURNED_CRIMINAL, Fact.NEW_RISK), (SATISFACTION_RANGE,)),
    Move(Action.PERFORM, _of(AgreementState.IN_FORCE), Reach.SAME, P.CASE_RECORD, Fact.PERFORMED_ON,
         (Fact.PERFORMANCE, Fact.PERFORMED_ON), (Fact.NOTE,), track=Track.AGREEMENT),
    Move(Action.ANNUL, _of(AgreementState.IN_FORCE), AgreementState.VOID, P.CASE_RECORD, Fact.ANNULLED_ON,
         (Fact.RULING, Fact.ANNULLED_ON), track=Track.AGREEMENT),
    Move(Action.APPLY_CONFIRMATION, _of(None), ConfirmationState.APPLIED, P.CASE_RECORD, Fact.APPLIED_ON,
         (Fact.COURT, Fact.APPLIED_ON), track=Track.CONFIRMATION),
    Move(Action.DECIDE_CONFIRMATION, _of(ConfirmationState.APPLIED, ConfirmationState.ACCEPTED), Reach.SAME,
         P.CASE_RECORD, Fact.DECIDED_ON, (Fact.CONFIRMATION, Fact.DECIDED_ON), (Fact.CONFIRMATION_NUMBER,),
         track=Track.CONFIRMATION),
)
"""Every move, in the order the buttons are shown. CORRECT and VOID_ENTRY reach across all of them."""

# Corrections and undoing act on records, not on states: each is one permission and one reason.
CORRECTING = Move(Action.CORRECT, _of(*State), Reach.SAME, P.CASE_CORRECT, Fact.NOTE, (Fact.REASON,))
UNDOING = Move(Action.VOID_ENTRY, _of(*State), Reach.SAME, P.CASE_CORRECT, Fact.NOTE, (Fact.REASON,))


ORDER: tuple[tuple[Fact, Fact], ...] = (
    (Fact.RECEIVED_ON, Fact.ACCEPTED_ON),
    (Fact.RECEIVED_ON, Fact.NOT_ACCEPTED_ON),
    (Fact.REFERRAL_ON, Fact.ACCEPTED_ON),
    (Fact.RESPONDENT_CONSENT_ON, Fact.ACCEPTED_ON),
    (Fact.REFERRAL_ON, Fact.ASSIGNED_ON),
    (Fact.ACCEPTED_ON, Fact.ASSIGNED_ON),
    (Fact.ACCEPTED_ON, Fact.STARTED_ON),
    (Fact.ACCEPTED_ON, Fact.SUSPENDED_ON),
    (Fact.ACCEPTED_ON, Fact.SIGNED_ON),
    (Fact.ACCEPTED_ON, Fact.EXTENSION_AGREED_ON),
    (Fact.ACCEPTED_ON, Fact.ENDED_ON),
    (Fact.STARTED_ON, Fact.SIGNED_ON),
    (Fact.STARTED_ON, Fact.ENDED_ON),
    (Fact.SIGNED_ON, Fact.ENDED_ON),
    (Fact.RECEIVED_ON, Fact.OFFERED_ON),
    (Fact.OFFERED_ON, Fact.ANSWERED_ON),
    (Fact.ENDED_ON, Fact.REOPENED_ON),
    (Fact.ENDED_ON, Fact.CLOSED_ON),
    (Fact.NOT_ACCEPTED_ON, Fact.CLOSED_ON),
    (Fact.CLOSED_ON, Fact.FILED_ON),
    (Fact.SIGNED_ON, Fact.APPLIED_ON),
    (Fact.APPLIED_ON, Fact.DECIDED_ON),
    (Fact.SIGNED_ON, Fact.ANNULLED_ON),
)
"""Earlier fact, later fact; equality is allowed. Forms, corrections, imports and CHECK constraints obey it."""

FUTURE_ALLOWED = frozenset({Fact.NEW_DUE_ON, Fact.PERFORMANCE_DUE_ON})


def disorder(known: Facts) -> list[tuple[Fact, Fact]]:
    """The pairs of ORDER that `known` breaks."""
    broken = []
    for earlier, later in ORDER:
        first, second = known.get(earlier), known.get(later)
        if isinstance(first, dt.date) and isinstance(second, dt.date) and second < first:
            broken.append((earlier, later))
    return broken


def check_days(known: Facts, brought: Iterable[Fact], today: dt.date) -> None:
    """Refuse days of the `brought` facts that lie in the future or out of order with what is `known`.

    Raises FactError naming the field.
    """
    brought = frozenset(brought)
    for fact in brought:
        value = known.get(fact)
        past = not isinstance(value, dt.date) or value <= today
        if FACTS[fact].kind is Kind.DATE and not past and fact not in FUTURE_ALLOWED:
            raise FactError(N_("%(fact)s lies in the future."), field=fact, fact=fact)
    for earlier, later in disorder(known):
        if earlier in brought or later in brought:
            raise FactError(
                N_("%(later)s (%(later_day)s) lies before %(earlier)s (%(earlier_day)s)."),
                field=later if later in brought else earlier,
                later=later,
                later_day=known[later],
                earlier=earlier,
                earlier_day=known[earlier],
            )


@dataclass(frozen=True)
class Offered:
    """A move a person may make from here; `blocked` says what is still missing for it (then it is not possible yet)."""

    move: Move
    blocked: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        """The move's action."""
        return self.move.action


def _situation(move: Move, snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(g.sentence for g in move.guards if g.field is None and not g.test(snapshot, {}))


def row_of(action: Action) -> Move:
    """The row of `action`. Raises MoveError when the table has none."""
    for row in (*MOVES, CORRECTING, UNDOING):
        if row.action is action:
            return row
    raise MoveError(N_("There is no such move: %(action)s."), action=action)


def offers(snapshot: Snapshot, person: Person, track: Track = Track.PROCEEDING) -> list[Offered]:
    """The moves `person` is offered from `snapshot`, in the order of the table."""
    return [
        Offered(row, _situation(row, snapshot))
        for row in MOVES
        if row.track is track
        and snapshot.state in row.leaves
        and permissions.may(person, row.right, snapshot.standing)
    ]


def move(snapshot: Snapshot, person: Person, action: Action) -> Move:
    """The row by which `person` may take `action` from `snapshot`.

    Raises:
        MoveError: the state does not allow it, or a guard of the situation forbids it.
        ForbiddenError: the person lacks the right.
    """
    row = row_of(action)
    permissions.ensure(person, row.right, snapshot.standing)
    if snapshot.state not in row.leaves:
        raise MoveError(
            N_("“%(action)s” is not possible while the state is “%(state)s”."),
            action=action,
            state=snapshot.state if snapshot.state is not None else "–",
        )
    for sentence in _situation(row, snapshot):
        raise MoveError(sentence)
    return row


def check_facts(row: Move, snapshot: Snapshot, facts: Facts, today: dt.date) -> None:
    """Refuse facts that are missing, in the future, out of order, or forbidden by a guard of the row.

    Raises FactError naming the field.
    """
    for fact in row.asked(snapshot.channel, snapshot.entry_form):
        value = facts.get(fact)
        if (value is None or value == "" or value == [] or value == {}) and fact not in snapshot.unknown:
            raise FactError(N_("%(fact)s is missing."), field=fact, fact=fact)
    known = {**snapshot.known, **{fact: value for fact, value in facts.items() if value is not None}}
    check_days(known, facts, today)
    for guard in row.guards:
        if guard.field is not None and not guard.test(snapshot, facts):
            raise FactError(guard.sentence, field=guard.field)


NEXT: dict[State, tuple[Action, ...]] = {
    State.REGISTERED: (Action.ACCEPT,),
    State.ACCEPTED: (Action.START, Action.ASSIGN),
    State.MEDIATING: (Action.AGREE, Action.END),
    State.SUSPENDED: (Action.RESUME,),
    State.ENDED: (Action.FOLLOW_UP, Action.CLOSE, Action.FILE),
    State.NOT_ACCEPTED: (Action.CLOSE, Action.FILE),
}
"""What usually comes next in a state, the most wanted first: the page puts it before the other buttons."""


def next_step(
    offered: Sequence[Offered], state: State, *, agreed: bool = False, followed_up: bool = False
) -> Offered | None:
    """The move to suggest among those `offered`: the first of NEXT that is possible, else the first still blocked.

    `agreed`, `followed_up`: that has been recorded already, so it is not suggested again.
    """
    done = {Action.AGREE} if agreed else set()
    done |= {Action.FOLLOW_UP} if followed_up or not agreed else set()
    wanted = [found for action in NEXT[state] if action not in done for found in offered if found.action is action]
    return next((o for o in wanted if not o.blocked), wanted[0] if wanted else None)


def target(row: Move, snapshot: Snapshot) -> Term | None:
    """The state `row` reaches from `snapshot` on its track."""
    if row.reaches is Reach.SAME:
        return snapshot.state
    if row.reaches is Reach.BEFORE:
        return snapshot.state_before
    return row.reaches


# What follows from the table -------------------------------------------------------------------------------------


def facts_on_reaching() -> dict[State, frozenset[Fact]]:
    """For each state, the kept facts every way of reaching it has brought (a fixpoint over MOVES).

    The CHECK constraints of the proceeding table are made of it: a row cannot be in a state without its facts.
    """
    rows = [row for row in MOVES if row.track is Track.PROCEEDING and isinstance(row.reaches, State)]
    kept = {fact for fact, spec in FACTS.items() if spec.kept}
    reached: dict[Term | None, frozenset[Fact]] = {None: frozenset()}
    steps: list[tuple[frozenset[Term | None], Term, frozenset[Fact]]] = [
        (row.leaves, row.reaches, frozenset(row.facts) & kept) for row in rows if isinstance(row.reaches, Term)
    ]
    # Resuming adds no way: it reaches what suspending left, and no move takes a recorded fact away.
    # The handover ends a proceeding with its day and outcome.
    ending = {State.NOT_ACCEPTED: (Fact.NOT_ACCEPTED_ON,), State.ENDED: (Fact.ENDED_ON, Fact.OUTCOME)}
    steps += [
        (frozenset({leaves}), reaches, frozenset(ending[reaches]))
        for row in MOVES
        for leaves, reaches in row.aside
    ]
    changed = True
    while changed:
        changed = False
        for leaves, reaches, brought in steps:
            for left in leaves:
                if left not in reached:
                    continue
                facts = reached[left] | brought
                merged = facts if reaches not in reached else reached[reaches] & facts
                if reached.get(reaches) != merged:
                    reached[reaches] = merged
                    changed = True
    return {state: reached.get(state, frozenset()) for state in State}


def diagram() -> str:
    """The proceeding's states and moves as a Mermaid state diagram, printed from MOVES; one arrow a pair of states."""
    arrows: dict[tuple[str, str], list[str]] = {}
    order = {state: place for place, state in enumerate(State)}
    befores = sorted(row_of(Action.SUSPEND).leaves, key=lambda s: order.get(s, -1))  # type: ignore[call-overload]
    for row in MOVES:
        steps: list[tuple[Term | None, Term | None]] = list(row.aside)
        if row.track is Track.PROCEEDING:
            for left in sorted(row.leaves, key=lambda s: order.get(s, -1)):  # type: ignore[call-overload]
                if row.reaches is Reach.BEFORE:
                    steps += [(left, before) for before in befores]
                else:
                    steps.append((left, left if isinstance(row.reaches, Reach) else row.reaches))
        for left, reached in steps:
            arrows.setdefault((str(left or "[*]"), str(reached)), []).append(row.action.upper())
    return "\n".join(
        ["stateDiagram-v2"] + [f"    {left} --> {goal}: {', '.join(names)}" for (left, goal), names in arrows.items()]
    )


OUTCOME_FORM: dict[Outcome, AgreementForm] = {
    Outcome.AGREED_WRITTEN: AgreementForm.WRITTEN,
    Outcome.AGREED_ORAL: AgreementForm.ORAL,
    Outcome.AGREED_PART: AgreementForm.WRITTEN,
}

LATE_AFTER_DAYS = 7
"""A move recorded more than this many days after it took effect is a late entry and needs its reason (setting)."""

OPEN_STATES = frozenset({CaseState.OPEN, CaseState.SUSPENDED})
