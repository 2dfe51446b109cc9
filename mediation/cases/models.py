"""The tables of the dispute. CHECK constraints are generated from the workflow, so the database is the last judge.

`Case` is the dispute, counted once; `Proceeding` one channel's attempt at it. Columns marked *derived* are
written only by `actions.derive`, and recomputed by `mediation check`. Must not hold rules: they are in the
pure rooms (`facts`, `workflow`, `dispute`, `deadlines`).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mediation.cases import search_index, workflow
from mediation.cases.deadlines import CourtProcedure
from mediation.cases.facts import FACTS, KEPT, Fact, Kind, Relation
from mediation.channels import CHANNELS, Channel
from mediation.database import UTC, Base, by_value
from mediation.register.models import Mediator, Organisation
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    AgreementState,
    CaseState,
    ConfirmationState,
    Difficulty,
    EntryForm,
    HandoverReason,
    MediatorRole,
    NotAcceptedReason,
    NumberKind,
    OfferRejection,
    OfferState,
    OnwardRoute,
    Outcome,
    OutcomeClass,
    Park,
    PartyKind,
    PartyResult,
    PartyRole,
    PerformanceState,
    RightKind,
    RightStatus,
    Source,
    State,
    SuspendReason,
)

YUAN = Numeric(14, 2)

_LIVE = "NOT is_void AND state IN (" + ", ".join(f"'{s.value}'" for s in State if s in workflow.LIVE) + ")"
_PENDING = "state = 'pending'"
_PRESENT_LEAD = "role = 'lead' AND until_on IS NULL"


def _is_unknown(fact: Fact) -> str:
    return f"unknown_facts LIKE '%,{fact.value},%'"


def _required_facts() -> list[CheckConstraint]:
    """A proceeding in a state has the facts every way there has brought, or an import marked them unknown."""
    checks = []
    reached = workflow.facts_on_reaching()
    for fact in KEPT:
        states = [state for state in State if fact in reached[state]]
        if states:
            listed = ", ".join(f"'{state.value}'" for state in states)
            checks.append(
                CheckConstraint(
                    f"state NOT IN ({listed}) OR {fact.value} IS NOT NULL OR {_is_unknown(fact)}",
                    name=f"needs_{fact.value}",
                )
            )
    return checks


def _channel_facts() -> list[CheckConstraint]:
    """What a channel asks for on acceptance stands in every accepted proceeding of that channel."""
    accepted = ", ".join(f"'{s.value}'" for s in (*sorted(workflow.UNDER_WAY), State.ENDED))
    checks = []
    for channel, rules in CHANNELS.items():
        for code, forms in rules.accept_facts:
            listed = ", ".join(f"'{form.value}'" for form in EntryForm if form in forms)
            checks.append(
                CheckConstraint(
                    f"channel <> '{channel.value}' OR entry_form NOT IN ({listed}) OR state NOT IN ({accepted})"
                    f" OR {code} IS NOT NULL OR {_is_unknown(Fact(code))}",
                    name=f"{channel.value}_needs_{code}",
                )
            )
    return checks


def _days_in_order() -> list[CheckConstraint]:
    return [
        CheckConstraint(f"{later.value} >= {earlier.value}", name=f"{later.value}_after_{earlier.value}")
        for earlier, later in workflow.ORDER
        if FACTS[earlier].kept and FACTS[later].kept and FACTS[later].kind is Kind.DATE
    ]


class Counter(Base):
    """The last number given out in a series and year; numbers are taken in the transaction that uses them."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(primary_key=True, comment="'zone', or 'organisation:<id>'")
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Case(Base):
    """One dispute (案件): one right holder's side against one respondent side over one set of facts."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("number_year", "number_seq"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended_has_day"),
        CheckConstraint(
            "(state IN ('undecided', 'never_accepted')) = (accepted_on IS NULL)", name="accepted_has_day"
        ),
        CheckConstraint("ended_on >= accepted_on", name="ended_after_accepted"),
        Index("ix_cases_list", "is_void", "received_on", "id"),
        Index("ix_cases_state", "state", "received_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True, comment="The zone's number, for life")
    number_year: Mapped[int] = mapped_column(comment="Year of receipt in Asia/Shanghai, never recomputed")
    number_seq: Mapped[int]
    source: Mapped[Source] = mapped_column(by_value(Source))
    received_on: Mapped[dt.date]
    park: Mapped[Park | None] = mapped_column(by_value(Park), comment="The dispute's park; empty: not stated")
    primary_kind: Mapped[RightKind] = mapped_column(by_value(RightKind))
    facts: Mapped[str] = mapped_column(comment="The facts in a line")
    infringing_act: Mapped[str | None] = mapped_column(comment="Code of cases.acts")
    difficulty: Mapped[Difficulty | None] = mapped_column(by_value(Difficulty))
    amount_claimed: Mapped[Decimal | None] = mapped_column(YUAN)
    series: Mapped[str | None] = mapped_column(index=True, comment="Name of a declared series (批量维权)")
    is_void: Mapped[bool] = mapped_column(default=False, comment="Entered by mistake; its number stays taken (作废)")
    salt: Mapped[str] = mapped_column(comment="Commitments in the audit chain are keyed with it")
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    event_count: Mapped[int] = mapped_column(default=0, comment="seq of the last event: each move changes this row")
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    state: Mapped[CaseState] = mapped_column(by_value(CaseState), comment="derived")
    accepted_on: Mapped[dt.date | None] = mapped_column(index=True, comment="derived: first acceptance, never moves")
    ended_on: Mapped[dt.date | None] = mapped_column(index=True, comment="derived: day it last stopped being open")
    outcome_class: Mapped[OutcomeClass | None] = mapped_column(by_value(OutcomeClass), comment="derived")
    entry_channel: Mapped[Channel | None] = mapped_column(by_value(Channel), comment="derived: first accepted")
    entry_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), comment="derived")
    current_proceeding_id: Mapped[int | None] = mapped_column(index=True, comment="derived: the latest proceeding")

    proceedings: Mapped[list[Proceeding]] = relationship(back_populates="case", order_by="Proceeding.seq")
    parties: Mapped[list[Party]] = relationship(back_populates="case", order_by="Party.id")
    rights: Mapped[list[Right]] = relationship(order_by="Right.id")
    numbers: Mapped[list[ExternalNumber]] = relationship(order_by="ExternalNumber.id")
    offers: Mapped[list[Offer]] = relationship(back_populates="case", order_by="Offer.id")
    events: Mapped[list[CaseEvent]] = relationship(order_by="CaseEvent.seq")
    spells: Mapped[list[Spell]] = relationship(order_by="Spell.opened_on", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once

    @property
    def applicants(self) -> list[Party]:
        """The applicants, in the order entered."""
        return [p for p in self.parties if p.role is PartyRole.APPLICANT]

    @property
    def respondents(self) -> list[Party]:
        """The respondents, in the order entered."""
        return [p for p in self.parties if p.role is PartyRole.RESPONDENT]

    @property
    def standing_proceedings(self) -> list[Proceeding]:
        """Its proceedings without those entered by mistake."""
        return [p for p in self.proceedings if not p.is_void]


class Proceeding(Base):
    """One channel's attempt at the case (调解环节), with its own number, clock, mediators and outcome."""

    __tablename__ = "proceeding"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        UniqueConstraint("organisation_id", "number_year", "number_seq"),
        Index(
            "uq_proceeding_live", "case_id", unique=True, sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)
        ),
        Index("ix_proceeding_organisation_state", "organisation_id", "state", "due_on"),
        Index("ix_proceeding_state_due", "state", "due_on"),
        CheckConstraint("(result_class IS NULL) = (outcome IS NULL)", name="outcome_has_class"),
        CheckConstraint("(outcome IS NULL) = (state <> 'ended')", name="outcome_when_ended"),
        CheckConstraint("outcome <> 'transferred' OR result_class = 'neutral'", name="transferred_is_neutral"),
        *_required_facts(),
        *_channel_facts(),
        *_days_in_order(),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int] = mapped_column(comment="1, 2, … within the case")
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[str] = mapped_column(unique=True, comment="The organisation's own number, kept for ever")
    number_year: Mapped[int]
    number_seq: Mapped[int]
    is_void: Mapped[bool] = mapped_column(default=False, comment="Entered by mistake; its number stays taken (作废)")
    registered_by_id: Mapped[int | None] = mapped_column(index=True, comment="Account; empty: an import")
    unknown_facts: Mapped[str] = mapped_column(default=",", comment="Facts an import could not know: ,code,code,")
    court_procedure: Mapped[CourtProcedure | None] = mapped_column(by_value(CourtProcedure))
    is_complex: Mapped[bool] = mapped_column(default=False, comment="Complex patent matter: longer limit")
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    state: Mapped[State] = mapped_column(by_value(State))
    state_before: Mapped[State | None] = mapped_column(
        by_value(State, name="state_before"), comment="What a suspension left"
    )
    # The kept facts (cases.facts.KEPT), one column each.
    received_on: Mapped[dt.date | None]
    entry_form: Mapped[EntryForm | None] = mapped_column(by_value(EntryForm))
    accepted_on: Mapped[dt.date | None] = mapped_column(index=True)
    letter_number: Mapped[str | None]
    referral_on: Mapped[dt.date | None]
    respondent_consent_on: Mapped[dt.date | None]
    not_accepted_on: Mapped[dt.date | None]
    not_accepted_reason: Mapped[NotAcceptedReason | None] = mapped_column(by_value(NotAcceptedReason))
    started_on: Mapped[dt.date | None]
    first_contact_on: Mapped[dt.date | None]
    fresh_consent_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None] = mapped_column(index=True)
    outcome: Mapped[Outcome | None] = mapped_column(by_value(Outcome))
    outcome_reason: Mapped[str | None]
    routes_explained: Mapped[bool | None]
    onward_route: Mapped[OnwardRoute | None] = mapped_column(by_value(OnwardRoute))
    closed_on: Mapped[dt.date | None]
    filed_on: Mapped[dt.date | None]

    result_class: Mapped[OutcomeClass | None] = mapped_column(
        by_value(OutcomeClass), comment="derived: class of the outcome, before any annulment"
    )
    voided_on: Mapped[dt.date | None] = mapped_column(comment="derived: day its last agreement was annulled")
    agreed_on: Mapped[dt.date | None] = mapped_column(comment="derived: first signing of an agreement")
    due_on: Mapped[dt.date | None] = mapped_column(comment="derived: last day of its limit with stops, extension")
    due_certain: Mapped[bool] = mapped_column(default=True, comment="derived: the calendar knew every year it touched")
    is_extended: Mapped[bool] = mapped_column(default=False, comment="derived: the limit was extended")
    original_due_on: Mapped[dt.date | None] = mapped_column(comment="derived: the limit without extension")
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id"), index=True, comment="derived: present lead")

    case: Mapped[Case] = relationship(back_populates="proceedings")
    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
    lead: Mapped[Mediator | None] = relationship(foreign_keys=[lead_id], viewonly=True)
    assignments: Mapped[list[Assignment]] = relationship(
        back_populates="proceeding", order_by="(Assignment.from_on, Assignment.id)"
    )
    suspensions: Mapped[list[Suspension]] = relationship(order_by="Suspension.from_on")
    extensions: Mapped[list[Extension]] = relationship(order_by="Extension.id")
    agreements: Mapped[list[Agreement]] = relationship(back_populates="proceeding", order_by="Agreement.id")
    results: Mapped[list[Result]] = relationship(order_by="Result.party_id")
    follow_ups: Mapped[list[FollowUp]] = relationship(order_by="FollowUp.id")
    tenures: Mapped[list[Tenure]] = relationship(order_by="Tenure.from_on", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once

    @property
    def unknown(self) -> frozenset[Fact]:
        """The facts an import could not know."""
        return frozenset(Fact(code) for code in self.unknown_facts.split(",") if code)

    @unknown.setter
    def unknown(self, facts: frozenset[Fact]) -> None:
        self.unknown_facts = "," + "".join(f"{code}," for code in sorted(fact.value for fact in facts))

    @property
    def kept(self) -> dict[Fact, object]:
        """The kept facts that are recorded."""
        return {fact: value for fact in KEPT if (value := getattr(self, fact.value)) is not None}

    @property
    def is_live(self) -> bool:
        """Registered, accepted, mediating or suspended."""
        return self.state in workflow.LIVE and not self.is_void


class Assignment(Base):
    """A mediator in a proceeding, with role and days. `until_on`: the day another took over."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("share BETWEEN 0 AND 100", name="share_percent"),
        Index(
            "uq_assignment_lead",
            "proceeding_id",
            unique=True,
            sqlite_where=text(_PRESENT_LEAD),
            postgresql_where=text(_PRESENT_LEAD),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"), index=True)
    role: Mapped[MediatorRole] = mapped_column(by_value(MediatorRole))
    share: Mapped[int] = mapped_column(default=100, comment="Percent of the volume of work")
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    relation: Mapped[Relation | None] = mapped_column(by_value(Relation), comment="Check for relation; empty: import")
    by_self: Mapped[bool] = mapped_column(default=False, comment="Assigned by the mediator itself; shown")
    reason: Mapped[str | None]

    proceeding: Mapped[Proceeding] = relationship(back_populates="assignments")
    mediator: Mapped[Mediator] = relationship()


class Suspension(Base):
    """A stop of the clock: suspended ≤ d < resumed."""

    __tablename__ = "suspension"
    __table_args__ = (CheckConstraint("resumed_on >= from_on", name="days_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    from_on: Mapped[dt.date]
    from_unknown: Mapped[bool] = mapped_column(
        default=False, comment="An import did not know the day: runs from acceptance"
    )
    resumed_on: Mapped[dt.date | None]
    reason: Mapped[SuspendReason] = mapped_column(by_value(SuspendReason))
    note: Mapped[str | None]


class Extension(Base):
    """An extension of the limit both sides agreed to."""

    __tablename__ = "extension"
    __table_args__ = (CheckConstraint("applicant_consents AND respondent_consents", name="both_consent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    agreed_on: Mapped[dt.date]
    new_due_on: Mapped[dt.date]
    applicant_consents: Mapped[bool]
    respondent_consents: Mapped[bool]
    reason: Mapped[str | None]


class Offer(Base):
    """A handover offer from a proceeding to another organisation (移交)."""

    __tablename__ = "offer"
    __table_args__ = (
        Index(
            "uq_offer_pending", "case_id", unique=True, sqlite_where=text(_PENDING), postgresql_where=text(_PENDING)
        ),
        CheckConstraint("(state = 'pending') = (answered_on IS NULL)", name="answered_has_day"),
        CheckConstraint("answered_on >= offered_on", name="days_in_order"),
        CheckConstraint("(state = 'accepted') = (receiver_id IS NOT NULL)", name="accepted_has_receiver"),
        CheckConstraint("(state = 'rejected') = (rejection IS NOT NULL)", name="rejected_has_reason"),
        Index("ix_offer_to", "to_organisation_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    to_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    to_channel: Mapped[Channel] = mapped_column(by_value(Channel))
    reason: Mapped[HandoverReason] = mapped_column(by_value(HandoverReason))
    paper: Mapped[str | None]
    paper_number: Mapped[str | None]
    note: Mapped[str | None]
    respondents: Mapped[list[int]] = mapped_column(JSON, comment="Ids of the parties concerned")
    offered_on: Mapped[dt.date]
    answered_on: Mapped[dt.date | None]
    state: Mapped[OfferState] = mapped_column(by_value(OfferState))
    rejection: Mapped[OfferRejection | None] = mapped_column(by_value(OfferRejection))
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("proceeding.id"), comment="The receiver's proceeding")
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    case: Mapped[Case] = relationship(back_populates="offers")
    proceeding: Mapped[Proceeding] = relationship(foreign_keys=[proceeding_id])
    receiver: Mapped[Proceeding | None] = relationship(foreign_keys=[receiver_id])
    to_organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class Party(Base):
    """A party (当事人) of a case, with its agent."""

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    role: Mapped[PartyRole] = mapped_column(by_value(PartyRole))
    kind: Mapped[PartyKind] = mapped_column(by_value(PartyKind))
    name: Mapped[str] = mapped_column(index=True)
    identifier: Mapped[str | None] = mapped_column(index=True, comment="Credit code or resident id, normalised")
    contact: Mapped[str | None]
    address: Mapped[str | None]
    agent: Mapped[str | None] = mapped_column(comment="Agent's name and office")
    agent_contact: Mapped[str | None]
    designations: Mapped[list[str]] = mapped_column(JSON, comment="Codes of terms.Designation")

    case: Mapped[Case] = relationship(back_populates="parties")


class Right(Base):
    """An intellectual-property right the case is about; one of them is primary."""

    __tablename__ = "ip_right"
    __table_args__ = (
        Index(
            "uq_ip_right_primary",
            "case_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[RightKind] = mapped_column(by_value(RightKind))
    number: Mapped[str | None] = mapped_column(comment="As written")
    number_key: Mapped[str | None] = mapped_column(index=True, comment="Normalised, for finding")
    title: Mapped[str | None]
    holder: Mapped[str | None]
    status: Mapped[RightStatus | None] = mapped_column(by_value(RightStatus))
    checked_on: Mapped[dt.date | None]
    nice_class: Mapped[int | None]
    is_primary: Mapped[bool] = mapped_column(default=False)


class ExternalNumber(Base):
    """A number somebody else gave the case; many may stand side by side (案号)."""

    __tablename__ = "external_number"
    __table_args__ = (UniqueConstraint("case_id", "kind", "number_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    proceeding_id: Mapped[int | None] = mapped_column(ForeignKey("proceeding.id"))
    kind: Mapped[NumberKind] = mapped_column(by_value(NumberKind))
    number: Mapped[str] = mapped_column(comment="As written")
    number_key: Mapped[str] = mapped_column(index=True, comment="Normalised, for finding")


class Result(Base):
    """The result for one respondent in one proceeding."""

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("proceeding_id", "party_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    result: Mapped[PartyResult] = mapped_column(by_value(PartyResult))

    party: Mapped[Party] = relationship()


class Agreement(Base):
    """A mediation agreement (调解协议): written or oral, whole or in part, in force or void, and its performance."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("(state = 'void') = (voided_on IS NOT NULL)", name="void_has_day"),
        CheckConstraint("voided_on >= signed_on", name="void_after_signed"),
        CheckConstraint("effective_on >= signed_on", name="effective_after_signed"),
        CheckConstraint("amount >= 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    form: Mapped[AgreementForm] = mapped_column(by_value(AgreementForm))
    scope: Mapped[AgreementScope] = mapped_column(by_value(AgreementScope))
    respondents: Mapped[list[int]] = mapped_column(JSON, comment="Ids of the parties bound")
    signed_on: Mapped[dt.date | None] = mapped_column(comment="Last party's signature; empty: an import did not know")
    mediator_signed_on: Mapped[dt.date | None]
    sealed_on: Mapped[dt.date | None]
    effective_on: Mapped[dt.date | None] = mapped_column(comment="derived by the channel's rule")
    amount: Mapped[Decimal | None] = mapped_column(YUAN)
    performance_due_on: Mapped[dt.date | None]
    state: Mapped[AgreementState] = mapped_column(by_value(AgreementState))
    voided_on: Mapped[dt.date | None]
    ruling: Mapped[str | None]
    performance: Mapped[PerformanceState] = mapped_column(by_value(PerformanceState))
    performed_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    proceeding: Mapped[Proceeding] = relationship(back_populates="agreements")
    confirmation: Mapped[Confirmation | None] = relationship(back_populates="agreement")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class Confirmation(Base):
    """Judicial confirmation of an agreement (司法确认)."""

    __tablename__ = "confirmation"
    __table_args__ = (CheckConstraint("decided_on >= applied_on", name="days_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), unique=True)
    court: Mapped[str | None] = mapped_column(comment="Empty: an import did not know")
    applied_on: Mapped[dt.date | None]
    state: Mapped[ConfirmationState] = mapped_column(by_value(ConfirmationState))
    decided_on: Mapped[dt.date | None]
    number: Mapped[str | None]
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    agreement: Mapped[Agreement] = relationship(back_populates="confirmation")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class FollowUp(Base):
    """A follow-up visit or call (回访)."""

    __tablename__ = "follow_up"
    __table_args__ = (CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction_scale"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    on: Mapped[dt.date] = mapped_column("on_date")
    satisfaction: Mapped[int | None] = mapped_column(comment="1 to 5")
    turned_criminal: Mapped[bool] = mapped_column(default=False)
    new_risk: Mapped[str | None]


class CaseEvent(Base):
    """One move on a case: the history from which timeline, replay and figures of the past are read."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "seq"), Index("ix_case_event_audit", "audit_seq"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int] = mapped_column(comment="Recording order within the case")
    proceeding_id: Mapped[int | None] = mapped_column(ForeignKey("proceeding.id"), index=True)
    action: Mapped[Action] = mapped_column(by_value(Action))
    state_from: Mapped[str | None]
    state_to: Mapped[str | None]
    on: Mapped[dt.date | None] = mapped_column("on_date", comment="The day it took effect")
    at: Mapped[dt.datetime] = mapped_column("at_utc", UTC, comment="The instant it was recorded")
    by_id: Mapped[int | None] = mapped_column(comment="Account; empty: the system")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(comment="Why so late, why corrected, why undone")
    is_late: Mapped[bool] = mapped_column(default=False, comment="Recorded long after it took effect")
    undo: Mapped[dict[str, Any]] = mapped_column(JSON, comment="What VOID_ENTRY puts back")
    voided_by: Mapped[int | None] = mapped_column(comment="seq of the VOID_ENTRY that undid it")
    digest: Mapped[str] = mapped_column(comment="Keyed with the case's salt; the audit chain commits to it")
    audit_seq: Mapped[int] = mapped_column(comment="The audit event that commits to the digest")


class Spell(Base):
    """Derived: a run of days on which the dispute was open (cases.dispute)."""

    __tablename__ = "spell"
    __table_args__ = (
        CheckConstraint("ended_on >= opened_on", name="days_in_order"),
        Index("ix_spell_days", "opened_on", "ended_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    opened_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]


class Tenure(Base):
    """Derived: a run of days of a proceeding under one lead mediator (cases.dispute)."""

    __tablename__ = "tenure"

    id: Mapped[int] = mapped_column(primary_key=True)
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"), index=True)
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id"), index=True)
    from_on: Mapped[dt.date]
    until_on: Mapped[dt.date | None]
    took_over: Mapped[bool]
    handed_on: Mapped[bool]


class SearchText(Base):
    """Everything a case is found by, as words (see `search.spaced`); an index of the engine's own follows it."""

    __tablename__ = "search_text"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    body: Mapped[str]


if isinstance(SearchText.__table__, Table):
    search_index.attach(SearchText.__table__)
