"""From an entry to a case with its history: the rows as the workflow would have left them, and its events.

Each move is judged by the same table and guards as one made by hand; what the ledger does not know is marked
unknown, never dated by guess. Objects stay outside the session (see `bulk`). Must not commit, and must not read
a cell.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from mediation.cases import deriving, intake, search, workflow
from mediation.cases.facts import FACTS, Fact, Facts
from mediation.cases.intake import Intake, NumberEntry, PartyEntry, RightEntry
from mediation.cases.journal import Change, Journal
from mediation.cases.models import (
    Agreement,
    Assignment,
    Case,
    Confirmation,
    ExternalNumber,
    Party,
    Proceeding,
    Result,
    Right,
    Spell,
    Suspension,
    Tenure,
)
from mediation.cases.workflow import Snapshot, Track
from mediation.database import Base
from mediation.errors import MoveError, N_
from mediation.ledger.bulk import Ids
from mediation.ledger.entries import Entry, PartyLine
from mediation.people.permissions import Standing
from mediation.register.models import Organisation
from mediation.terms import (
    Action,
    AgreementScope,
    AgreementState,
    ConfirmationState,
    MediatorRole,
    NumberKind,
    Outcome,
    OutcomeClass,
    PartyResult,
    PartyRole,
    PerformanceState,
    State,
    SuspendReason,
)
from mediation.words import Term

ORDER: tuple[type[Base], ...] = (
    Case,
    Proceeding,
    Party,
    Right,
    ExternalNumber,
    Assignment,
    Suspension,
    Agreement,
    Confirmation,
    Result,
    Spell,
    Tenure,
)
"""The tables a case is written to, what is pointed at first; events follow when the audit chain has sealed them."""

_NO_ONE = Standing()
_row_of = functools.cache(workflow.row_of)


@dataclass(frozen=True)
class Place:
    """What the rows of one import share."""

    ids: Ids
    journal: Journal
    change: Change
    organisations: Mapping[str, Organisation]
    mediators: Mapping[tuple[str, str], int]
    today: dt.date


@dataclass
class Built:
    """A case, everything it is kept in, and the words it is found by. Its events are in the place's journal."""

    case: Case
    proceeding: Proceeding
    rows: list[Base] = field(default_factory=list)
    words: str = ""


def build(entry: Entry, place: Place, *, zone_seq: int, organisation_seq: int, at: dt.datetime) -> Built:
    """The case of an entry. Raises what the workflow refuses; `rows` lets no such entry through."""
    case = intake.make_case(_intake(entry, place), number_seq=zone_seq, at=at)
    case.id = place.ids.take(Case)
    organisation = place.organisations[entry.organisation]
    year = entry.first_on.year
    proceeding = Proceeding(
        id=place.ids.take(Proceeding),
        case_id=case.id,
        seq=1,
        channel=entry.channel,
        organisation=organisation,
        organisation_id=organisation.id,
        number=intake.organisation_number(organisation, year, organisation_seq),
        number_year=year,
        number_seq=organisation_seq,
        is_void=False,
        registered_by_id=None,
        is_complex=False,
        state=entry.state,
        due_certain=True,
        is_extended=False,
    )
    proceeding.unknown = entry.unknown
    case.proceedings.append(proceeding)
    built = Built(case, proceeding)
    for party in case.parties:
        party.id = place.ids.take(Party)
    _Telling(entry, place, built).tell()
    deriving.derive(case)
    # The ids stand before anything is written, so every row can point where it must.
    of_case: list[Base] = [*case.rights, *case.numbers, *case.spells]
    of_proceeding: list[Base] = [
        *proceeding.assignments,
        *proceeding.suspensions,
        *proceeding.results,
        *proceeding.tenures,
    ]
    for thing in (*of_case, *of_proceeding):
        setattr(thing, "id", place.ids.take(type(thing)))  # noqa: B010 - every table here has one, their base has none
    for thing in (*of_case, *case.parties):
        setattr(thing, "case_id", case.id)  # noqa: B010 - likewise
    for thing in (*of_proceeding, *proceeding.agreements):
        setattr(thing, "proceeding_id", proceeding.id)  # noqa: B010 - likewise
    built.rows += [*of_case, *of_proceeding]
    built.rows += [case, proceeding, *case.parties, *proceeding.agreements]
    built.words = search.words_of(case)
    return built


def _intake(entry: Entry, place: Place) -> Intake:
    titles = entry.right_titles or (None,)
    rights = tuple(
        RightEntry(entry.kind, number=entry.right_number if not nth else None, title=title)
        for nth, title in enumerate(titles)
    )
    numbers = [NumberEntry(NumberKind.LEDGER, entry.number)]
    if entry.external_number:
        numbers.append(NumberEntry(entry.external_kind or NumberKind.OTHER, entry.external_number))
    if entry.confirmation_number:
        numbers.append(NumberEntry(NumberKind.CONFIRMATION, entry.confirmation_number))
    return Intake(
        source=entry.source,
        channel=entry.channel,
        organisation_id=place.organisations[entry.organisation].id,
        received_on=entry.first_on,
        facts=entry.facts,
        parties=(
            *(_party(PartyRole.APPLICANT, each) for each in entry.applicants),
            *(_party(PartyRole.RESPONDENT, each) for each in entry.respondents),
        ),
        rights=rights,
        entry_form=entry.entry_form,
        park=entry.park,
        numbers=tuple(numbers),
        amount_claimed=entry.amount_claimed,
        unknown=entry.unknown,
    )


def _party(role: PartyRole, line: PartyLine) -> PartyEntry:
    return PartyEntry(role, line.name, line.kind, line.identifier)


@dataclass
class _Telling:
    """Tells the moves that brought a proceeding where the ledger has it."""

    entry: Entry
    place: Place
    built: Built
    known: dict[Fact, object] = field(default_factory=dict)
    stands: State | None = None
    before: State | None = None
    has_lead: bool = False

    def tell(self) -> None:
        """All moves, in the order they were made."""
        entry = self.entry
        registered: dict[Fact | str, object] = {
            Fact.RECEIVED_ON: entry.received_on,
            Fact.SOURCE: entry.source,
            Fact.ENTRY_FORM: entry.entry_form,
        }
        said: dict[Fact | str, object] = {
            "channel": entry.channel,
            "organisation": self.built.proceeding.organisation_id,
            "kind": entry.kind,
            "unknown": sorted(fact.value for fact in entry.unknown),
            "row": entry.row,
            "ledger_number": entry.number,
        }
        if entry.note:
            said[Fact.NOTE] = entry.note
        self._move(Action.REGISTER, registered, on=entry.received_on, said=said)
        if entry.state is State.REGISTERED:
            return
        self._move(Action.ACCEPT, {Fact.ACCEPTED_ON: entry.accepted_on}, on=entry.accepted_on)
        self._assign()
        if entry.mediated:
            self._move(Action.START, {}, on=None)
        if entry.state is State.SUSPENDED:
            self._suspend()
        elif entry.outcome is not None:
            self._end(entry.outcome)

    def _move(
        self,
        action: Action,
        facts: Mapping[Fact | str, object],
        *,
        on: dt.date | None,
        said: Mapping[Fact | str, object] | None = None,
        state: Term | None = None,
        track: Track = Track.PROCEEDING,
    ) -> None:
        """One move: judged, written down, its kept facts put in the proceeding's columns."""
        row = _row_of(action)
        proceeding, entry = self.built.proceeding, self.entry
        brought: Facts = {Fact(fact): value for fact, value in facts.items() if value is not None}
        snapshot = Snapshot(
            state=self.stands if track is Track.PROCEEDING else state,  # type: ignore[arg-type]
            proceeding_state=self.stands,
            channel=entry.channel,
            entry_form=entry.entry_form,
            standing=_NO_ONE,
            known=self.known,
            unknown=entry.unknown,
            state_before=self.before,
            has_lead=self.has_lead,
            respondents=len(entry.respondents),
        )
        if snapshot.state not in row.leaves or not all(g.test(snapshot, {}) for g in row.guards if g.field is None):
            raise MoveError(N_("Row %(row)s cannot have got where the ledger has it."), row=entry.row)
        workflow.check_facts(row, snapshot, brought, self.place.today)
        reached = workflow.target(row, snapshot)
        written: dict[str, object] = {str(fact): value for fact, value in (*brought.items(), *(said or {}).items())}
        self.place.journal.write(
            self.built.case,
            proceeding,
            action,
            self.place.change,
            state_from=snapshot.state,
            state_to=reached,
            on=on if row.on not in entry.unknown else None,
            facts=written,
        )
        if track is not Track.PROCEEDING:
            return
        for fact, value in brought.items():
            if FACTS[fact].kept:
                self.known[fact] = value
                setattr(proceeding, fact.value, value)
        assert isinstance(reached, State)
        if reached is State.SUSPENDED:
            self.before = proceeding.state_before = self.stands
        self.stands = reached

    def _assign(self) -> None:
        entry, proceeding = self.entry, self.built.proceeding
        for name in entry.mediators:
            role = MediatorRole.LEAD if name == entry.lead else MediatorRole.ASSISTANT
            mediator_id = self.place.mediators[name, entry.organisation]
            share = 100 if role is MediatorRole.LEAD else 0
            facts: dict[Fact | str, object] = {
                Fact.MEDIATOR: mediator_id,
                Fact.MEDIATOR_ROLE: role,
                Fact.SHARE: share,
            }
            self._move(Action.ASSIGN, facts, on=None)
            # From acceptance on, for the clock of credit: that the day is not known stands among the unknown facts.
            assert entry.accepted_on is not None
            proceeding.assignments.append(
                Assignment(mediator_id=mediator_id, role=role, share=share, from_on=entry.accepted_on, by_self=False)
            )
            self.has_lead = self.has_lead or role is MediatorRole.LEAD

    def _suspend(self) -> None:
        assert self.entry.accepted_on is not None
        self._move(Action.SUSPEND, {Fact.SUSPEND_REASON: SuspendReason.UNKNOWN}, on=None)
        self.built.proceeding.suspensions.append(
            Suspension(from_on=self.entry.accepted_on, from_unknown=True, reason=SuspendReason.UNKNOWN)
        )

    def _end(self, outcome: Outcome) -> None:
        entry, proceeding = self.entry, self.built.proceeding
        results = {party.id: self._result(outcome) for party in self.built.case.respondents}
        facts: dict[Fact | str, object] = {
            Fact.ENDED_ON: entry.ended_on,
            Fact.OUTCOME: outcome,
            Fact.OUTCOME_REASON: entry.outcome_reason,
            Fact.RESULTS: results,
            Fact.AMOUNT: entry.amount,
        }
        self._move(Action.END, facts, on=entry.ended_on)
        proceeding.results = [Result(party_id=party_id, result=result) for party_id, result in results.items()]
        if outcome not in workflow.AGREED:
            return
        agreement = Agreement(
            id=self.place.ids.take(Agreement),
            form=workflow.OUTCOME_FORM[outcome],
            scope=AgreementScope.PART if outcome is Outcome.AGREED_PART else AgreementScope.WHOLE,
            respondents=[party_id for party_id, result in results.items() if result is PartyResult.AGREED],
            amount=entry.amount,
            state=AgreementState.IN_FORCE,
            performance=entry.performance or PerformanceState.NOT_DUE,
            performed_on=entry.performed_on,
        )
        proceeding.agreements.append(agreement)
        if entry.performed_on is not None:
            self._move(
                Action.PERFORM,
                {Fact.PERFORMANCE: entry.performance, Fact.PERFORMED_ON: entry.performed_on},
                on=entry.performed_on,
                state=AgreementState.IN_FORCE,
                track=Track.AGREEMENT,
            )
        if entry.confirmation is not None:
            self._confirm(agreement, entry.confirmation)

    def _confirm(self, agreement: Agreement, decision: ConfirmationState) -> None:
        self._move(Action.APPLY_CONFIRMATION, {}, on=None, track=Track.CONFIRMATION)
        if decision is not ConfirmationState.APPLIED:
            self._move(
                Action.DECIDE_CONFIRMATION,
                {Fact.CONFIRMATION: decision, Fact.CONFIRMATION_NUMBER: self.entry.confirmation_number},
                on=None,
                state=ConfirmationState.APPLIED,
                track=Track.CONFIRMATION,
            )
        self.built.rows.append(
            Confirmation(
                id=self.place.ids.take(Confirmation),
                agreement_id=agreement.id,
                state=decision,
                number=self.entry.confirmation_number,
            )
        )

    def _result(self, outcome: Outcome) -> PartyResult:
        if outcome is Outcome.AGREED_PART and Fact.RESULTS in self.entry.unknown:
            return PartyResult.UNKNOWN
        if outcome in workflow.AGREED:
            return PartyResult.AGREED
        if workflow.class_of(outcome, started=True) is OutcomeClass.FAILURE:
            return PartyResult.NOT_AGREED
        return PartyResult.WITHDRAWN if outcome in _WITHDRAWN else PartyResult.UNKNOWN


_WITHDRAWN = frozenset({Outcome.WITHDRAWN, Outcome.SETTLED_WITHDRAWN})
