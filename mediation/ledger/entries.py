"""What one row of a ledger says, read: `Entry`, or the `Fault` that keeps it out; and both as JSON. PURE.

Must not read a cell (see `rows`), and must not know the database.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mediation.cases.facts import Fact
from mediation.channels import Channel
from mediation.terms import (
    ConfirmationState,
    EntryForm,
    NumberKind,
    Outcome,
    Park,
    PartyKind,
    PerformanceState,
    RightKind,
    Source,
    State,
)
from mediation.words import Term


class FaultCode(Term):
    """Why a row does not arrive. A row bears the first that it shows, in this order."""

    NUMBER_MISSING = "number_missing", "缺少案件编号", "number missing"
    USED_TWICE = "used_twice", "编号重复", "number used twice"
    NOT_A_DATE = "not_a_date", "不是有效日期", "not a date"
    DATE_MISSING = "date_missing", "缺少日期", "date missing"
    IN_THE_FUTURE = "in_the_future", "日期在将来", "in the future"
    ACCEPTED_BEFORE_RECEIVED = "accepted_before_received", "受理早于收案", "accepted before it was received"
    ENDED_BEFORE_ACCEPTED = "ended_before_accepted", "办结早于受理", "ended before it was accepted"
    UNKNOWN_STATE = "unknown_state", "状态无法识别", "unknown state"
    STATE_CONTRADICTS = "state_contradicts", "状态与日期或结果矛盾", "state contradicts the dates or the outcome"
    OUTCOME_MISSING = "outcome_missing", "已办结但缺少结果", "ended without an outcome"
    UNKNOWN_OUTCOME = "unknown_outcome", "调解结果无法识别", "unknown outcome"
    DIGITS_LOST = "digits_lost", "号码被存为数值，末位已丢失", "typed as a number: its last digits are lost"
    WRONG_CHECK_CHARACTER = "wrong_check_character", "校验码不正确", "check character wrong"
    MALFORMED_IDENTIFIER = "malformed_identifier", "号码格式不正确", "identifier malformed"
    NO_MEDIATOR = "no_mediator", "已办结但无调解员", "ended without a mediator"
    MISSING = "missing", "缺少必填内容", "missing"
    UNKNOWN_WORD = "unknown_word", "内容无法识别", "unknown word"


class DoubtCode(Term):
    """What a person should look at in a row that arrives all the same."""

    AMOUNT_UNREAD = "amount_unread", "金额无法识别，未录入", "amount not read and left out"
    WORD_UNREAD = "word_unread", "内容无法识别，按未载明处理", "word not known, taken as not stated"
    SOURCE_UNREAD = "source_unread", "来源无法识别，按“其他”录入", "source not known, entered as “other”"
    PARTY_UNNAMED = "party_unnamed", "未载明当事人", "party not named"
    NUMBER_DOUBTED = "number_doubted", "号码存疑，请核对", "number looks wrong, look again"
    NO_LEAD = "no_lead", "在办但无调解员，按“已受理”录入", "under way without a mediator, entered as accepted"
    ACCEPTANCE_ASSUMED = "acceptance_assumed", "未载明受理日期，按收案日期计", "acceptance undated, receipt counts"
    PERFORMED_EARLY = "performed_early", "履行日期早于受理日期", "performed before it was accepted"
    CODES_LEFT = "codes_left", "信用代码多于当事人，多余的未录入", "more codes than parties, the rest left out"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the row (as Excel counts it) stays out, and at which column."""

    row: int
    column: str
    code: FaultCode
    number: str = ""

    @property
    def fault(self) -> str:
        """The fault in English words, as answers and reports spell it."""
        return self.code.words.en


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt that keeps nothing out."""

    column: str
    code: DoubtCode


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party as the row names it."""

    name: str
    kind: PartyKind
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that may arrive. `state` is the proceeding's; `accepted_on` is empty only of a registered one.

    `mediated`: the ledger says that mediation took place. `unknown`: facts the ledger does not hold.
    """

    row: int
    number: str
    source: Source
    channel: Channel
    organisation: str
    kind: RightKind
    state: State
    applicants: tuple[PartyLine, ...]
    respondents: tuple[PartyLine, ...]
    facts: str
    received_on: dt.date | None = None
    accepted_on: dt.date | None = None
    ended_on: dt.date | None = None
    park: Park | None = None
    lead: str | None = None
    assistants: tuple[str, ...] = ()
    mediated: bool = False
    entry_form: EntryForm | None = None
    right_number: str | None = None
    right_titles: tuple[str, ...] = ()
    amount_claimed: Decimal | None = None
    outcome: Outcome | None = None
    outcome_reason: str | None = None
    amount: Decimal | None = None
    performance: PerformanceState | None = None
    performed_on: dt.date | None = None
    confirmation: ConfirmationState | None = None
    confirmation_number: str | None = None
    external_number: str | None = None
    external_kind: NumberKind | None = None
    note: str | None = None
    unknown: frozenset[Fact] = field(default_factory=frozenset)
    warnings: tuple[Doubt, ...] = ()

    @property
    def first_on(self) -> dt.date:
        """The day its number is of: receipt, else acceptance."""
        day = self.received_on or self.accepted_on
        assert day is not None
        return day

    @property
    def mediators(self) -> tuple[str, ...]:
        """Everyone it names, the lead first."""
        return (*((self.lead,) if self.lead else ()), *self.assistants)


# As JSON ---------------------------------------------------------------------------------------------------------


_EMPTY: tuple[object, ...] = ((), frozenset())


def to_json(thing: object) -> Any:
    """An entry (or what one is made of) as plain JSON; what holds nothing is left out."""
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return {
            each.name: to_json(value)
            for each in dataclasses.fields(thing)
            if (value := getattr(thing, each.name)) is not None and value is not False and value not in _EMPTY
        }
    if isinstance(thing, frozenset):
        return sorted(to_json(each) for each in thing)
    if isinstance(thing, tuple):
        return [to_json(each) for each in thing]
    if isinstance(thing, Term):
        return thing.value
    if isinstance(thing, dt.date):
        return thing.isoformat()
    if isinstance(thing, Decimal):
        return str(thing)
    return thing


def from_json(value: Any) -> Entry:
    """The entry that `to_json` wrote down."""
    entry = _reader(Entry)(value)
    assert isinstance(entry, Entry)
    return entry


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """How a value of the annotated type `kind` is read back from JSON."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _reader(next(each for each in arguments if each is not types.NoneType))
    if origin in (tuple, frozenset):
        of = _reader(arguments[0])
        return lambda values: origin(of(each) for each in values)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        readers = {name: _reader(each) for name, each in typing.get_type_hints(kind).items()}
        return lambda values: kind(**{name: readers[name](each) for name, each in values.items()})
    if kind is dt.date:
        return dt.date.fromisoformat
    if isinstance(kind, type) and issubclass(kind, Term | Decimal):
        return kind
    return lambda value: value
