"""The one writer of derived columns: proceedings' clocks and classes, the dispute's state, spells and tenures.

Bridges the tables and the pure rooms `dispute` and `deadlines`. Called after every change, and by
`mediation check` (which compares). Must not judge moves or write events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mediation.cases import deadlines, dispute, workflow
from mediation.cases.deadlines import Due, Limit, LimitRule, Unit
from mediation.cases.facts import Fact
from mediation.cases.models import Agreement, Case, Proceeding, Spell, Tenure
from mediation.terms import AgreementState, Difficulty, MediatorRole, OutcomeClass, RightKind

PATENTS = frozenset({RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN, RightKind.PATENT})


def rule_of(proceeding: Proceeding) -> LimitRule | None:
    """The time limit the proceeding is under, by channel, entry form and referral date; None: it has none."""
    if proceeding.accepted_on is None or proceeding.entry_form is None:
        return None
    organisation = proceeding.organisation
    own = None
    if organisation.limit_count is not None and organisation.limit_unit is not None:
        own = Limit(organisation.limit_count, Unit(organisation.limit_unit))
    return deadlines.rule_for_mediation(
        proceeding.channel,
        proceeding.entry_form,
        proceeding.accepted_on,
        proceeding.referral_on,
        proceeding.court_procedure,
        patent=proceeding.case.primary_kind in PATENTS,
        complex=proceeding.is_complex or proceeding.case.difficulty is Difficulty.DIFFICULT,
        override=own,
    )


def due_of(proceeding: Proceeding, today: dt.date, *, with_extension: bool = True) -> Due | None:
    """How the proceeding's limit stands on `today` (for an ended one, on the day it ended); None: no limit."""
    rule = rule_of(proceeding)
    if rule is None or proceeding.accepted_on is None:
        return None
    last = proceeding.extensions[-1] if proceeding.extensions and with_extension else None
    return deadlines.due_date(
        rule,
        proceeding.accepted_on,
        [(s.from_on, s.resumed_on) for s in proceeding.suspensions],
        last.new_due_on if last else None,
        proceeding.ended_on or today,
        deadlines.load_calendar(),
        last.agreed_on if last else None,
    )


def effective_of(agreement: Agreement, proceeding: Proceeding) -> dt.date | None:
    """The day the agreement takes effect by its channel's rule; None while a date it needs is missing."""
    if agreement.signed_on is None or proceeding.entry_form is None:
        return None
    return deadlines.effective_on(
        proceeding.channel,
        proceeding.entry_form,
        agreement.form,
        [agreement.signed_on],
        agreement.mediator_signed_on,
        agreement.sealed_on,
    )


def attempt_of(proceeding: Proceeding) -> dispute.Attempt:
    """The proceeding's dated facts as the pure room takes them."""
    return dispute.Attempt(
        seq=proceeding.seq,
        state=proceeding.state,
        # An unknown day of receipt (an import's) is never later than the acceptance it came before.
        received_on=proceeding.received_on or proceeding.accepted_on or proceeding.case.received_on,
        accepted_on=proceeding.accepted_on,
        not_accepted_on=proceeding.not_accepted_on,
        ended_on=proceeding.ended_on,
        result=proceeding.result_class,
        voided_on=proceeding.voided_on,
    )


def offers_of(case: Case) -> list[dispute.OfferSpan]:
    """The case's offers as spans of days."""
    return [dispute.OfferSpan(o.offered_on, o.answered_on) for o in case.offers]


def tenures_of(proceeding: Proceeding) -> tuple[dispute.Tenure, ...]:
    """The proceeding's leads by day."""
    leads = [
        dispute.Lead(a.mediator_id, a.from_on, a.until_on)
        for a in proceeding.assignments
        if a.role is MediatorRole.LEAD
    ]
    return dispute.tenures(proceeding.accepted_on, proceeding.ended_on, leads)


@dataclass(frozen=True)
class ProceedingDerived:
    """The derived columns of a proceeding."""

    result_class: OutcomeClass | None
    voided_on: dt.date | None
    agreed_on: dt.date | None
    due_on: dt.date | None
    due_certain: bool
    is_extended: bool
    original_due_on: dt.date | None
    lead_id: int | None


def proceeding_derived(proceeding: Proceeding) -> ProceedingDerived:
    """What the proceeding's derived columns must be."""
    started = proceeding.started_on is not None or Fact.STARTED_ON in proceeding.unknown
    outcome = proceeding.outcome
    agreements = proceeding.agreements
    voided = [a.voided_on for a in agreements if a.state is AgreementState.VOID and a.voided_on is not None]
    signed = [a.signed_on for a in agreements if a.signed_on is not None]
    # The stored due date is that of the last day the clock was looked at: a stopped one counts from its stop.
    open_stop = next((s for s in proceeding.suspensions if s.resumed_on is None), None)
    reference = open_stop.from_on if open_stop else (proceeding.accepted_on or dt.date.min)
    resumed = [s.resumed_on for s in proceeding.suspensions if s.resumed_on is not None]
    due = due_of(proceeding, max([reference, *resumed]))
    plain = due_of(proceeding, max([reference, *resumed]), with_extension=False)
    present = [a for a in proceeding.assignments if a.role is MediatorRole.LEAD and a.until_on is None]
    return ProceedingDerived(
        result_class=workflow.class_of(outcome, started=started) if outcome is not None else None,
        voided_on=max(voided) if voided and len(voided) == len(agreements) else None,
        agreed_on=min(signed, default=None),
        due_on=due.on if due else None,
        due_certain=due.certain if due else True,
        is_extended=bool(proceeding.extensions),
        original_due_on=plain.on if plain else None,
        lead_id=present[-1].mediator_id if present else None,
    )


DERIVED = tuple(ProceedingDerived.__dataclass_fields__)


def dispute_of(case: Case) -> dispute.Dispute:
    """The dispute as its proceedings and offers make it."""
    return dispute.derive([attempt_of(p) for p in case.standing_proceedings], offers_of(case))


def derive(case: Case) -> None:
    """Write every derived column of the case and its proceedings."""
    for proceeding in case.proceedings:
        if proceeding.is_void:
            _replace(proceeding.tenures, [])
            continue
        for agreement in proceeding.agreements:
            agreement.effective_on = effective_of(agreement, proceeding)
        derived = proceeding_derived(proceeding)
        for name in DERIVED:
            if getattr(proceeding, name) != getattr(derived, name):
                setattr(proceeding, name, getattr(derived, name))
        _replace(proceeding.tenures, tenures_of(proceeding))
    standing = case.standing_proceedings
    result = dispute_of(case) if not case.is_void else dispute.derive([], [])
    entry = next((p for p in standing if p.seq == result.entry_seq), None)
    case.state = result.state
    case.accepted_on = result.accepted_on
    case.ended_on = result.ended_on
    case.outcome_class = result.result
    case.entry_channel = entry.channel if entry else None
    case.entry_organisation_id = entry.organisation_id if entry else None
    case.current_proceeding_id = standing[-1].id if standing else None
    wanted = [(s.opened_on, s.ended_on) for s in result.spells]
    if [(s.opened_on, s.ended_on) for s in case.spells] != wanted:
        case.spells[:] = [Spell(opened_on=opened, ended_on=ended) for opened, ended in wanted]


def _replace(present: list[Tenure], wanted: Sequence[dispute.Tenure]) -> None:
    def shape(t: Tenure | dispute.Tenure) -> tuple[object, ...]:
        return (t.mediator_id, t.from_on, t.until_on, t.took_over, t.handed_on)

    if [shape(t) for t in present] != [shape(t) for t in wanted]:
        present[:] = [
            Tenure(
                mediator_id=t.mediator_id,
                from_on=t.from_on,
                until_on=t.until_on,
                took_over=t.took_over,
                handed_on=t.handed_on,
            )
            for t in wanted
        ]
