"""Questions about cases: fetch-and-authorise, snapshots for the workflow, the SQL twin of the policy.

Fetching and authorising are one act: `get_case` and its kin refuse what the person may not see (NotFoundError,
the same as for what does not exist) or may not do (ForbiddenError). Must not write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, false, or_, select, true, union

from mediation.cases import deadlines, deriving, workflow
from mediation.cases.facts import Fact
from mediation.cases.models import Agreement, Assignment, Case, CaseEvent, Offer, Proceeding
from mediation.database import Session
from mediation.errors import N_, NotFoundError
from mediation.people import permissions
from mediation.people.permissions import Permission, Person, Standing
from mediation.register.models import Mediator
from mediation.terms import AgreementState, MediatorRole, OfferState, Outcome, Role, State

Subject = Proceeding | Offer | Agreement


# Standing: what the policy looks at ----------------------------------------------------------------------------------


def standing_of_case(case: Case) -> Standing:
    """How the case stands to people: all its proceedings, mediators past and present, pending offers."""
    proceedings = case.standing_proceedings
    return Standing(
        organisation_ids=frozenset(p.organisation_id for p in proceedings),
        mediator_ids=frozenset(a.mediator_id for p in proceedings for a in p.assignments),
        registrar_ids=frozenset(p.registered_by_id for p in proceedings if p.registered_by_id is not None),
        offered_to=frozenset(o.to_organisation_id for o in case.offers if o.state is OfferState.PENDING),
    )


def standing_of(subject: Subject) -> Standing:
    """How one proceeding (or an offer from it, or an agreement in it) stands to people."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    offered = frozenset({subject.to_organisation_id}) if isinstance(subject, Offer) else frozenset[int]()
    return Standing(
        organisation_ids=frozenset({proceeding.organisation_id}),
        mediator_ids=frozenset(a.mediator_id for a in proceeding.assignments if a.until_on is None),
        registrar_ids=frozenset({proceeding.registered_by_id} - {None}),  # type: ignore[arg-type]
        offered_to=offered,
    )


def snapshot(subject: Subject, today: dt.date, track: workflow.Track | None = None) -> workflow.Snapshot:
    """What the workflow needs to judge a move on `subject` (on the confirmation track for an agreement, if said)."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    case = proceeding.case
    standing = case.standing_proceedings
    earlier = [p for p in standing if p.seq < proceeding.seq]
    state: object = subject.state
    known = proceeding.kept
    if isinstance(subject, Agreement):
        known[Fact.SIGNED_ON] = subject.signed_on
        if track is workflow.Track.CONFIRMATION and subject.state is AgreementState.IN_FORCE:
            # A void agreement keeps its own state here: no row of the track leaves it.
            confirmation = subject.confirmation
            state = confirmation.state if confirmation else None
            if confirmation:
                known[Fact.APPLIED_ON] = confirmation.applied_on
    if isinstance(subject, Offer):
        known = {Fact.OFFERED_ON: subject.offered_on}
    open_stop = next((s for s in proceeding.suspensions if s.resumed_on is None), None)
    due = deriving.due_of(proceeding, today) if proceeding.state in workflow.UNDER_WAY else None
    rule = deriving.rule_of(proceeding) if due else None
    plain = deriving.due_of(proceeding, today, with_extension=False) if due else None
    latest = (
        deadlines.extension_latest(rule, plain.on, deadlines.load_calendar())
        if rule is not None and plain is not None and plain.on is not None
        else None
    )
    in_force = [a for a in proceeding.agreements if a.state is AgreementState.IN_FORCE]
    effective = [a.effective_on or a.signed_on for a in in_force]
    return workflow.Snapshot(
        state=state,  # type: ignore[arg-type]
        proceeding_state=proceeding.state,
        channel=proceeding.channel,
        entry_form=proceeding.entry_form,
        standing=standing_of(subject),
        known=known,
        unknown=proceeding.unknown,
        state_before=proceeding.state_before,
        has_lead=any(a.role is MediatorRole.LEAD and a.until_on is None for a in proceeding.assignments),
        other_live=any(p.is_live for p in standing if p is not proceeding),
        offer_pending=any(o.state is OfferState.PENDING for o in case.offers),
        # A later one that was never accepted leaves this one the last that counts.
        is_latest=not any(p.seq > proceeding.seq and p.state is not State.NOT_ACCEPTED for p in standing),
        refused_before=bool(earlier) and earlier[-1].outcome is Outcome.REFUSED_BY_PARTY,
        agreements_in_force=len(in_force),
        respondents=len(case.respondents),
        due_on=due.on if due else None,
        extension_latest=latest,
        open_suspension_from=open_stop.from_on if open_stop else None,
        latest_agreement_on=max((d for d in effective if d is not None), default=None),
    )


def offered(subject: Subject, person: Person, today: dt.date) -> list[workflow.Offered]:
    """The moves the person is offered on `subject`, on its track (and, for an agreement, its confirmation's)."""
    match subject:
        case Proceeding():
            return workflow.offers(snapshot(subject, today), person)
        case Offer():
            return workflow.offers(snapshot(subject, today), person, workflow.Track.OFFER)
        case Agreement():
            confirming = snapshot(subject, today, workflow.Track.CONFIRMATION)
            ways = workflow.offers(snapshot(subject, today), person, workflow.Track.AGREEMENT)
            return ways + workflow.offers(confirming, person, workflow.Track.CONFIRMATION)


# Fetch and authorise -------------------------------------------------------------------------------------------------


def get_case(
    session: Session,
    case_id: int,
    person: Person,
    permission: Permission = Permission.CASE_READ,
    *,
    missing: str = N_("There is no such case."),
) -> Case:
    """The case, for what `permission` allows. `missing` is said alike of what is not there and of what is foreign.

    Raises:
        NotFoundError: there is none, or the person may not even see it.
        ForbiddenError: it may be seen, but not this.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise NotFoundError(missing)
    standing = standing_of_case(case)
    if not permissions.may(person, Permission.CASE_SEE, standing):
        raise NotFoundError(missing)
    permissions.ensure(person, permission, standing)
    return case


def get_proceeding(session: Session, proceeding_id: int, person: Person) -> Proceeding:
    """The proceeding of a case the person may read. Raises as `get_case`."""
    missing = N_("There is no such proceeding.")
    proceeding = session.get(Proceeding, proceeding_id)
    if proceeding is None or proceeding.is_void:
        raise NotFoundError(missing)
    get_case(session, proceeding.case_id, person, missing=missing)
    return proceeding


def get_offer(session: Session, offer_id: int, person: Person) -> Offer:
    """The offer of a case the person may see. Raises as `get_case`."""
    missing = N_("There is no such handover.")
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise NotFoundError(missing)
    get_case(session, offer.case_id, person, Permission.CASE_SEE, missing=missing)
    return offer


def get_agreement(session: Session, agreement_id: int, person: Person) -> Agreement:
    """The agreement of a case the person may read. Raises as `get_case`."""
    missing = N_("There is no such agreement.")
    agreement = session.get(Agreement, agreement_id)
    if agreement is None:
        raise NotFoundError(missing)
    get_case(session, agreement.proceeding.case_id, person, missing=missing)
    return agreement


# The SQL twin of the policy ------------------------------------------------------------------------------------------


def visible_to(person: Person) -> ColumnElement[bool]:
    """The condition under which a row of `cases` may be seen by `person`: CASE_SEE in SQL.

    A test holds it against `permissions.may` for every role over a varied set of cases.
    """
    match person.role:
        case Role.ZONE_ADMIN | Role.AUDITOR:
            return true()
        case Role.CLERK | Role.ORGANISATION_ADMIN:
            if person.organisation_id is None:
                return false()
            return or_(
                exists().where(
                    Proceeding.case_id == Case.id,
                    Proceeding.organisation_id == person.organisation_id,
                    ~Proceeding.is_void,
                ),
                exists().where(
                    Offer.case_id == Case.id,
                    Offer.to_organisation_id == person.organisation_id,
                    Offer.state == OfferState.PENDING,
                ),
            )
        case Role.MEDIATOR:
            # A person's own cases are few among all: found first, not asked of every case.
            own = select(Proceeding.case_id).where(
                ~Proceeding.is_void, Proceeding.registered_by_id == person.account_id
            )
            if person.mediator_id is None:
                return Case.id.in_(own)
            mediated = (
                select(Proceeding.case_id)
                .join(Assignment, Assignment.proceeding_id == Proceeding.id)
                .where(~Proceeding.is_void, Assignment.mediator_id == person.mediator_id)
            )
            return Case.id.in_(union(own, mediated).subquery().select())
        case _:
            return false()


def list_events(session: Session, case_id: int) -> Sequence[CaseEvent]:
    """The case's history in recording order."""
    return session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)).all()


def mediators_in(case: Case) -> frozenset[int]:
    """The ids of every mediator who ever took part."""
    return frozenset(a.mediator_id for p in case.proceedings for a in p.assignments)


def mediator_names(session: Session, mediator_ids: frozenset[int]) -> dict[int, str]:
    """The names of the mediators among `mediator_ids`."""
    found = session.execute(select(Mediator.id, Mediator.name).where(Mediator.id.in_(mediator_ids)))
    return {row.id: row.name for row in found}
