"""The facts a move brings: their names, kinds and where they are kept. PURE.

`Fact` codes are the field names of forms and the keys of `CaseEvent.facts`. `FACTS` says of each what
kind of value it is; forms, event records and corrections follow from it. Holds no rule about when a
fact is needed: that is `workflow.MOVES`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mediation.channels import Channel
from mediation.terms import (
    AgreementForm,
    AgreementScope,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    NotAcceptedReason,
    OfferRejection,
    OnwardRoute,
    Outcome,
    PartyResult,
    PerformanceState,
    ReopenCause,
    Source,
    SuspendReason,
)
from mediation.words import Term


class Relation(Term):
    """Result of the check for a relation between a mediator and a party."""

    NONE = "none", "已核查，无利害关系", "Checked: no relation"
    CONSENTED = "consented", "有利害关系，双方书面同意", "Related, both parties consent in writing"
    RELATED = "related", "有利害关系", "Related"


class Fact(Term):
    """Every fact a move may bring."""

    RECEIVED_ON = "received_on", "收案日期", "Received on"
    SOURCE = "source", "案件来源", "Source"
    ENTRY_FORM = "entry_form", "进入方式", "Entry form"
    ACCEPTED_ON = "accepted_on", "受理日期", "Accepted on"
    LETTER_NUMBER = "letter_number", "委派/委托函文号", "Court letter number"
    REFERRAL_ON = "referral_on", "法院函件日期", "Date of the court's letter"
    RESPONDENT_CONSENT_ON = "respondent_consent_on", "被申请人同意日期", "Respondent consented on"
    NOT_ACCEPTED_ON = "not_accepted_on", "不予受理日期", "Decided on"
    NOT_ACCEPTED_REASON = "not_accepted_reason", "不予受理原因", "Reason for not accepting"
    MEDIATOR = "mediator", "调解员", "Mediator"
    MEDIATOR_ROLE = "mediator_role", "调解员角色", "Role of the mediator"
    SHARE = "share", "工作量份额（%）", "Share of the work (%)"
    ASSIGNED_ON = "assigned_on", "指派日期", "From"
    LEAVING = "leaving", "离任调解员", "Mediator who leaves"
    REASON = "reason", "原因", "Reason"
    RELATION = "relation", "利害关系核查", "Check for relation to a party"
    STARTED_ON = "started_on", "开始调解日期", "Mediation started on"
    FIRST_CONTACT_ON = "first_contact_on", "首次联系双方日期", "First contact with both sides"
    FRESH_CONSENT_ON = "fresh_consent_on", "重新同意调解日期", "Fresh consent given on"
    SUSPENDED_ON = "suspended_on", "中止日期", "Suspended from"
    SUSPEND_REASON = "suspend_reason", "中止原因", "Reason for suspending"
    RESUMED_ON = "resumed_on", "恢复日期", "Resumed on"
    EXTENSION_AGREED_ON = "extension_agreed_on", "同意延长日期", "Extension agreed on"
    APPLICANT_CONSENTS = "applicant_consents", "申请人同意延长", "Applicant consents"
    RESPONDENT_CONSENTS = "respondent_consents", "被申请人同意延长", "Respondent consents"
    NEW_DUE_ON = "new_due_on", "新的到期日", "New due date"
    RESPONDENTS = "respondents", "涉及的被申请人", "Respondents concerned"
    AGREEMENT_FORM = "agreement_form", "协议形式", "Form of agreement"
    AGREEMENT_SCOPE = "agreement_scope", "协议范围", "Scope of agreement"
    SIGNED_ON = "signed_on", "当事人签字日期（最后一方）", "Signed by the last party on"
    MEDIATOR_SIGNED_ON = "mediator_signed_on", "调解员签字日期", "Mediator signed on"
    SEALED_ON = "sealed_on", "加盖印章日期", "Sealed on"
    AMOUNT = "amount", "协议金额（元）", "Amount agreed (yuan)"
    PERFORMANCE_DUE_ON = "performance_due_on", "履行期限", "Performance due on"
    ENDED_ON = "ended_on", "终结日期", "Ended on"
    OUTCOME = "outcome", "调解结果", "Outcome"
    OUTCOME_REASON = "outcome_reason", "结果说明", "Explanation of the outcome"
    RESULTS = "results", "各被申请人结果", "Result for each respondent"
    ROUTES_EXPLAINED = "routes_explained", "已告知后续救济途径", "Further routes explained to the parties"
    ONWARD_ROUTE = "onward_route", "后续途径", "Onward route"
    TO_ORGANISATION = "to_organisation", "接收组织", "To organisation"
    TO_CHANNEL = "to_channel", "接收渠道", "To channel"
    HANDOVER_REASON = "handover_reason", "移交原因", "Reason for handing over"
    PAPER = "paper", "文书名称", "Paper"
    PAPER_NUMBER = "paper_number", "文书文号", "Paper number"
    OFFERED_ON = "offered_on", "移交日期", "Offered on"
    ANSWERED_ON = "answered_on", "答复日期", "Answered on"
    REJECTION = "rejection", "拒收原因", "Reason for rejecting"
    REOPENED_ON = "reopened_on", "重新登记日期", "Reopened on"
    REOPEN_CAUSE = "reopen_cause", "重新调解原因", "Cause of reopening"
    RULING = "ruling", "裁判文书或决定", "Ruling"
    ANNULLED_ON = "annulled_on", "宣告无效日期", "Annulled on"
    PERFORMANCE = "performance", "履行情况", "Performance"
    PERFORMED_ON = "performed_on", "履行日期", "Performed on"
    COURT = "court", "法院", "Court"
    APPLIED_ON = "applied_on", "申请日期", "Applied on"
    CONFIRMATION = "confirmation", "确认结果", "Court's decision"
    CONFIRMATION_NUMBER = "confirmation_number", "司法确认案号", "Confirmation number"
    DECIDED_ON = "decided_on", "裁定日期", "Decided on"
    FOLLOWED_UP_ON = "followed_up_on", "回访日期", "Followed up on"
    SATISFACTION = "satisfaction", "满意度（1–5）", "Satisfaction (1–5)"
    TURNED_CRIMINAL = "turned_criminal", "转为刑事案件", "Turned into a criminal case"
    NEW_RISK = "new_risk", "新的风险隐患", "New risk"
    NOTE = "note", "备注", "Note"
    CLOSED_ON = "closed_on", "结案日期", "Closed on"
    FILED_ON = "filed_on", "归档日期", "Filed on"


class Kind(enum.Enum):
    """What kind of value a fact is; forms choose the field by it."""

    DATE = "date"
    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    FLAG = "flag"
    MONEY = "money"
    NUMBER = "number"
    MEDIATOR = "mediator"
    ORGANISATION = "organisation"
    RESPONDENTS = "respondents"
    RESULTS = "results"




@dataclass(frozen=True)
class FactSpec:
    """Kind of a fact's value; `choices`: its closed list; `kept`: the proceeding keeps it in a column of its name."""

    kind: Kind
    choices: type[Term] | None = None
    kept: bool = False


DATE, KEPT_DATE = FactSpec(Kind.DATE), FactSpec(Kind.DATE, kept=True)
TEXT, KEPT_TEXT = FactSpec(Kind.TEXT), FactSpec(Kind.TEXT, kept=True)
FLAG = FactSpec(Kind.FLAG)


def _one_of(choices: type[Term], *, kept: bool = False) -> FactSpec:
    return FactSpec(Kind.CHOICE, choices, kept)


FACTS: dict[Fact, FactSpec] = {
    Fact.RECEIVED_ON: KEPT_DATE,
    Fact.SOURCE: _one_of(Source),
    Fact.ENTRY_FORM: _one_of(EntryForm, kept=True),
    Fact.ACCEPTED_ON: KEPT_DATE,
    Fact.LETTER_NUMBER: KEPT_TEXT,
    Fact.REFERRAL_ON: KEPT_DATE,
    Fact.RESPONDENT_CONSENT_ON: KEPT_DATE,
    Fact.NOT_ACCEPTED_ON: KEPT_DATE,
    Fact.NOT_ACCEPTED_REASON: _one_of(NotAcceptedReason, kept=True),
    Fact.MEDIATOR: FactSpec(Kind.MEDIATOR),
    Fact.MEDIATOR_ROLE: _one_of(MediatorRole),
    Fact.SHARE: FactSpec(Kind.NUMBER),
    Fact.ASSIGNED_ON: DATE,
    Fact.LEAVING: FactSpec(Kind.MEDIATOR),
    Fact.REASON: TEXT,
    Fact.RELATION: _one_of(Relation),
    Fact.STARTED_ON: KEPT_DATE,
    Fact.FIRST_CONTACT_ON: KEPT_DATE,
    Fact.FRESH_CONSENT_ON: KEPT_DATE,
    Fact.SUSPENDED_ON: DATE,
    Fact.SUSPEND_REASON: _one_of(SuspendReason),
    Fact.RESUMED_ON: DATE,
    Fact.EXTENSION_AGREED_ON: DATE,
    Fact.APPLICANT_CONSENTS: FLAG,
    Fact.RESPONDENT_CONSENTS: FLAG,
    Fact.NEW_DUE_ON: DATE,
    Fact.RESPONDENTS: FactSpec(Kind.RESPONDENTS),
    Fact.AGREEMENT_FORM: _one_of(AgreementForm),
    Fact.AGREEMENT_SCOPE: _one_of(AgreementScope),
    Fact.SIGNED_ON: DATE,
    Fact.MEDIATOR_SIGNED_ON: DATE,
    Fact.SEALED_ON: DATE,
    Fact.AMOUNT: FactSpec(Kind.MONEY),
    Fact.PERFORMANCE_DUE_ON: DATE,
    Fact.ENDED_ON: KEPT_DATE,
    Fact.OUTCOME: _one_of(Outcome, kept=True),
    Fact.OUTCOME_REASON: KEPT_TEXT,
    Fact.RESULTS: FactSpec(Kind.RESULTS, PartyResult),
    Fact.ROUTES_EXPLAINED: FactSpec(Kind.FLAG, kept=True),
    Fact.ONWARD_ROUTE: _one_of(OnwardRoute, kept=True),
    Fact.TO_ORGANISATION: FactSpec(Kind.ORGANISATION),
    Fact.TO_CHANNEL: _one_of(Channel),
    Fact.HANDOVER_REASON: _one_of(HandoverReason),
    Fact.PAPER: TEXT,
    Fact.PAPER_NUMBER: TEXT,
    Fact.OFFERED_ON: DATE,
    Fact.ANSWERED_ON: DATE,
    Fact.REJECTION: _one_of(OfferRejection),
    Fact.REOPENED_ON: DATE,
    Fact.REOPEN_CAUSE: _one_of(ReopenCause),
    Fact.RULING: TEXT,
    Fact.ANNULLED_ON: DATE,
    Fact.PERFORMANCE: _one_of(PerformanceState),
    Fact.PERFORMED_ON: DATE,
    Fact.COURT: TEXT,
    Fact.APPLIED_ON: DATE,
    Fact.CONFIRMATION: _one_of(ConfirmationState),
    Fact.CONFIRMATION_NUMBER: TEXT,
    Fact.DECIDED_ON: DATE,
    Fact.FOLLOWED_UP_ON: DATE,
    Fact.SATISFACTION: FactSpec(Kind.NUMBER),
    Fact.TURNED_CRIMINAL: FLAG,
    Fact.NEW_RISK: FactSpec(Kind.LINES),
    Fact.NOTE: FactSpec(Kind.LINES),
    Fact.CLOSED_ON: KEPT_DATE,
    Fact.FILED_ON: KEPT_DATE,
}

KEPT: tuple[Fact, ...] = tuple(fact for fact, spec in FACTS.items() if spec.kept)
"""The facts of a proceeding's own row: CHECK constraints and corrections are about these."""


Facts = Mapping[Fact, object]


def encode(fact: Fact, value: object) -> object:
    """The value as JSON keeps it in an event."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): encode(fact, item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [encode(fact, item) for item in value]
    return str(value)


def decode(fact: Fact, value: object) -> object:
    """The value of an event's JSON as Python has it. Raises ValueError on what is none."""
    spec = FACTS[fact]
    if value is None:
        return None
    match spec.kind:
        case Kind.DATE:
            return dt.date.fromisoformat(str(value))
        case Kind.CHOICE:
            assert spec.choices is not None
            return spec.choices(str(value))
        case Kind.MONEY:
            return Decimal(str(value))
        case Kind.RESULTS if isinstance(value, Mapping):
            return {int(key): PartyResult(str(item)) for key, item in value.items()}
        case Kind.RESPONDENTS if isinstance(value, list):
            return [int(item) for item in value]
        case _:
            return value
