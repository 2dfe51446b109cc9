"""Mapping profiles: what the columns and the words of a ledger mean, as data. PURE.

A layout nobody has seen before costs a `Profile` here and nothing else. Must not read a cell (see `rows`)
and must not know the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from mediation.channels import Channel
from mediation.terms import (
    ConfirmationState,
    EntryForm,
    NumberKind,
    Outcome,
    Park,
    PerformanceState,
    RightKind,
    Source,
    State,
)
from mediation.words import Term, Words


class Field(Term):
    """What a column of a ledger may hold."""

    NUMBER = "number", "案件编号", "Number"
    RECEIVED_ON = "received_on", "收案日期", "Received on"
    ACCEPTED_ON = "accepted_on", "受理日期", "Accepted on"
    SOURCE = "source", "案件来源", "Source"
    CHANNEL = "channel", "调解渠道", "Channel"
    ORGANISATION = "organisation", "调解组织", "Organisation"
    MEDIATOR = "mediator", "调解员", "Mediator"
    ASSISTANTS = "assistants", "协助调解员", "Assisting mediators"
    PARK = "park", "园区", "Park"
    APPLICANT = "applicant", "申请人", "Applicant"
    APPLICANT_CODE = "applicant_code", "申请人统一社会信用代码", "Applicant's credit code"
    RESPONDENT = "respondent", "被申请人", "Respondent"
    RESPONDENT_CODE = "respondent_code", "被申请人统一社会信用代码", "Respondent's credit code"
    KIND = "kind", "知识产权类型", "Kind of right"
    RIGHT_NUMBER = "right_number", "权利号", "Number of the right"
    RIGHT_TITLES = "right_titles", "权利名称", "Titles of the rights"
    FACTS = "facts", "案由", "Cause"
    AMOUNT_CLAIMED = "amount_claimed", "争议金额（元）", "Amount in dispute (yuan)"
    STATE = "state", "状态", "State"
    OUTCOME = "outcome", "调解结果", "Outcome"
    FORM = "form", "协议形式", "Form of agreement"
    AMOUNT = "amount", "协议金额（元）", "Amount agreed (yuan)"
    ENDED_ON = "ended_on", "办结日期", "Ended on"
    PERFORMANCE = "performance", "履行情况", "Performance"
    PERFORMED_ON = "performed_on", "履行完毕日期", "Performed on"
    CONFIRMATION = "confirmation", "司法确认", "Judicial confirmation"
    CONFIRMATION_NUMBER = "confirmation_number", "司法确认案号", "Confirmation number"
    EXTERNAL_NUMBER = "external_number", "外部案号", "External number"
    NOTE = "note", "备注", "Note"


@dataclass(frozen=True)
class Ending:
    """What a ledger's word for a result means.

    `oral`: the outcome instead when the form of agreement says so. `reason`: the ledger's own words, where the
    outcome alone would say less. `mediated`: the word says that mediation took place.
    """

    outcome: Outcome
    oral: Outcome | None = None
    reason: str | None = None
    mediated: bool = True


Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Profile:
    """One layout of ledgers.

    `columns`: the titles each field may stand under, the profile's own first; a title may serve two fields.
    `separators`: the signs between several names in one cell; the first mediator leads.
    `entry_forms`: the way in, where channel and source leave no doubt; anywhere else it stays unknown.
    `external_kinds`: whose number the external one is, by channel.
    `source`, `channel`, `organisation`, `kind`: what holds where the ledger is silent; None: it must say.
    `state`: likewise; None: it follows from the day and the outcome of the ending.
    `unnamed`: what a party is entered as where the ledger names none; None: a fault.
    """

    name: str
    words: Words
    columns: Mapping[Field, tuple[str, ...]]
    sources: Mapping[str, Source]
    channels: Mapping[str, Channel]
    kinds: Mapping[str, RightKind]
    states: Mapping[str, State]
    endings: Mapping[str, Ending]
    oral_forms: frozenset[str] = frozenset()
    written_forms: frozenset[str] = frozenset()
    performances: Mapping[str, PerformanceState] = field(default_factory=dict)
    confirmations: Mapping[str, ConfirmationState | None] = field(default_factory=dict)
    parks: Mapping[str, Park] = field(default_factory=dict)
    entry_forms: Mapping[tuple[Channel, Source], EntryForm] = field(default_factory=dict)
    external_kinds: Mapping[Channel, NumberKind] = field(default_factory=dict)
    separators: str = "；;、"
    source: Source | None = None
    channel: Channel | None = None
    organisation: str | None = None
    kind: RightKind | None = None
    state: State | None = None
    unnamed: str | None = None

    @property
    def titles(self) -> tuple[str, ...]:
        """Every column title the profile knows, each once."""
        return tuple(dict.fromkeys(title for titles in self.columns.values() for title in titles))

    def title(self, field_: Field) -> str:
        """The title a field stands under in this layout."""
        return self.columns.get(field_, (field_.words.zh,))[0]


def _titles(members: type[Kind]) -> dict[str, Kind]:
    """The members of a closed list by their own Chinese titles: what the product writes, it reads."""
    return {member.words.zh: member for member in members}  # type: ignore[attr-defined]


def _own(*more: tuple[Field, tuple[str, ...]]) -> dict[Field, tuple[str, ...]]:
    aliases = dict(more)
    return {member: (member.words.zh, *aliases.get(member, ())) for member in Field if member is not Field.RIGHT_TITLES}


_NOT_MEDIATED = frozenset({
    Outcome.WITHDRAWN, Outcome.SETTLED_WITHDRAWN, Outcome.TRANSFERRED, Outcome.SHAM_FOUND,
    Outcome.REFUSED_BY_PARTY, Outcome.UNREACHABLE, Outcome.OTHER_NEUTRAL,
})

STANDARD = Profile(
    name="standard",
    words=Words("通用台账", "Standard ledger"),
    columns=_own(
        (Field.NUMBER, ("编号", "案号", "台账编号")),
        (Field.RECEIVED_ON, ("收件日期", "登记日期")),
        (Field.SOURCE, ("来源",)),
        (Field.CHANNEL, ("渠道",)),
        (Field.ORGANISATION, ("调解机构", "调解组织名称")),
        (Field.MEDIATOR, ("主调解员", "承办人")),
        (Field.PARK, ("所属园区",)),
        (Field.KIND, ("权利类型",)),
        (Field.FACTS, ("简要案情", "纠纷简况")),
        (Field.AMOUNT_CLAIMED, ("争议金额", "涉案金额（元）")),
        (Field.STATE, ("办理状态",)),
        (Field.OUTCOME, ("结果",)),
        (Field.AMOUNT, ("协议金额",)),
        (Field.ENDED_ON, ("终结日期", "结案日期")),
        (Field.APPLICANT_CODE, ("申请人信用代码",)),
        (Field.RESPONDENT_CODE, ("被申请人信用代码",)),
    ),
    sources={**_titles(Source), "法院": Source.COURT, "法院委派": Source.COURT, "行政机关": Source.ADMINISTRATIVE_ORGAN,
             "自行申请": Source.PARTY, "依申请": Source.PARTY, "主动调解": Source.COMMITTEE, "平台": Source.PLATFORM},
    channels={**_titles(Channel), "人民": Channel.PEOPLE, "司法": Channel.JUDICIAL, "行政": Channel.ADMINISTRATIVE},
    kinds={**_titles(RightKind), "发明": RightKind.INVENTION, "实用新型专利": RightKind.UTILITY_MODEL,
           "外观设计专利": RightKind.DESIGN, "商标权": RightKind.TRADE_MARK, "版权": RightKind.COPYRIGHT,
           "软件": RightKind.SOFTWARE, "计算机软件著作权": RightKind.SOFTWARE, "专利权": RightKind.PATENT},
    states={"待受理": State.REGISTERED, "已登记": State.REGISTERED, "已受理": State.ACCEPTED,
            "调解中": State.MEDIATING, "在办": State.MEDIATING, "办理中": State.MEDIATING,
            "中止": State.SUSPENDED, "中止调解": State.SUSPENDED,
            "已办结": State.ENDED, "办结": State.ENDED, "已结案": State.ENDED, "调解终结": State.ENDED},
    endings={
        **{outcome.words.zh: Ending(outcome, mediated=outcome not in _NOT_MEDIATED)
           for outcome in Outcome if outcome is not Outcome.TRANSFERRED},
        "达成协议": Ending(Outcome.AGREED_WRITTEN, oral=Outcome.AGREED_ORAL),
        "调解成功": Ending(Outcome.AGREED_WRITTEN, oral=Outcome.AGREED_ORAL),
        "达成调解协议": Ending(Outcome.AGREED_WRITTEN, oral=Outcome.AGREED_ORAL),
        "部分达成协议": Ending(Outcome.AGREED_PART),
        # The ledger does not say why it failed; deadlock or refusal would be invented.
        "调解不成": Ending(Outcome.OTHER_FAILURE, reason="调解不成(台账)"),
        "调解失败": Ending(Outcome.OTHER_FAILURE, reason="调解失败(台账)"),
        "未达成协议": Ending(Outcome.OTHER_FAILURE, reason="未达成协议(台账)"),
        Outcome.OTHER_FAILURE.words.zh: Ending(Outcome.OTHER_FAILURE, reason="其他(台账)"),
        Outcome.OTHER_NEUTRAL.words.zh: Ending(Outcome.OTHER_NEUTRAL, reason="其他(台账)", mediated=False),
    },
    oral_forms=frozenset({"口头", "口头协议"}),
    written_forms=frozenset({"书面", "书面协议", "书面调解协议"}),
    performances={**_titles(PerformanceState), "履行完毕": PerformanceState.PERFORMED,
                  "未到期": PerformanceState.NOT_DUE, "履行中": PerformanceState.PARTLY},
    confirmations={**_titles(ConfirmationState), "已司法确认": ConfirmationState.CONFIRMED,
                   "是": ConfirmationState.CONFIRMED, "否": None, "未申请": None, "无": None},
    parks={**_titles(Park), **{park.words.zh.removesuffix("园"): park for park in Park},
           **{park.words.zh.removesuffix("园") + "区": park for park in Park if park is not Park.ZONE},
           "管委会": Park.ZONE},
    entry_forms={
        (channel, source): EntryForm.OWN
        for channel in (Channel.PEOPLE, Channel.ADMINISTRATIVE)
        for source in (Source.PARTY, Source.COMMITTEE, Source.EXHIBITION, Source.HOTLINE)
    },
    external_kinds={Channel.JUDICIAL: NumberKind.COURT, Channel.ADMINISTRATIVE: NumberKind.ADMINISTRATIVE,
                    Channel.PEOPLE: NumberKind.COURT},
    source=Source.OTHER,
)
"""The ledger (台账) such offices keep: one row a case, the titles of `Field`."""

UDRP = Profile(
    name="udrp",
    words=Words("域名争议裁决清单（UDRP）", "Domain-name decisions (UDRP)"),
    columns={
        Field.NUMBER: ("number",),
        Field.ORGANISATION: ("source",),
        Field.OUTCOME: ("status",),
        Field.RECEIVED_ON: ("submitted",),
        Field.ACCEPTED_ON: ("submitted",),
        Field.ENDED_ON: ("published",),
        Field.MEDIATOR: ("panelists",),
        Field.APPLICANT: ("complainants",),
        Field.RESPONDENT: ("respondents",),
        Field.FACTS: ("domains",),
        Field.RIGHT_TITLES: ("trademarks",),
        Field.NOTE: ("url",),
    },
    sources={},
    channels={},
    kinds={},
    states={},
    endings={
        "Transferred": Ending(Outcome.AGREED_WRITTEN),
        "Cancelled": Ending(Outcome.AGREED_WRITTEN),
        "Split Decision": Ending(Outcome.AGREED_PART),
        "Denied": Ending(Outcome.DEADLOCK),
        "Terminated": Ending(Outcome.WITHDRAWN, mediated=False),
    },
    separators=";",
    source=Source.PARTY,
    channel=Channel.ADMINISTRATIVE,
    kind=RightKind.TRADE_MARK,
    state=State.ENDED,
    unnamed="（未载明）",
)
"""A foreign layout: UDRP proceedings of five providers. A panel decides, it does not mediate: a stand-in."""

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (STANDARD, UDRP)})
"""Every profile there is, by the name commands and pages use."""
