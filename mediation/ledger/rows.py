"""One sheet of a ledger, row by row: each becomes an `Entry` or shows the first `Fault` of an agreed order. PURE.

The order: number, dates readable, dates there, dates in order and not in the future, state and outcome known,
identifiers, mediator there, whatever else a case cannot be without. Numbers of rows that stay out count as
used. What no row can do without is the law book's list (section 3, imports); anything else that is missing
is *unknown*, never made up. Must not know the database: whether a number is taken already is not asked here.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn, TypeVar

from mediation.cases import identifiers, workflow
from mediation.cases.facts import Fact
from mediation.channels import Channel
from mediation.errors import FactError, N_
from mediation.ledger.entries import Doubt, DoubtCode, Entry, Fault, FaultCode, PartyLine
from mediation.ledger.profile import Ending, Field, Profile
from mediation.sheets import cells
from mediation.sheets.cells import Cell, Row
from mediation.terms import (
    ConfirmationState,
    Outcome,
    OutcomeClass,
    PartyKind,
    PerformanceState,
    RightStatus,
    Source,
    State,
)

_CENT = Decimal("0.01")
# What the column of a sum takes: 14 digits, two of them cents.
_MOST_YUAN = Decimal(10) ** 12

_NEEDS_LEAD = frozenset({OutcomeClass.SUCCESS, OutcomeClass.PART, OutcomeClass.FAILURE})
_DONE = frozenset({PerformanceState.PERFORMED, PerformanceState.LATE})

# Two to four Han characters (or a name with the dot of other peoples') and no sign of a company.
_PERSON = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,12}[·•][\u3400-\u9fff·•]{1,16}")
_BODY = re.compile(r"(公司|厂|店|部|行|社|院|局|所|中心|集团|馆|会|坊|馆|场)$")

_CHECKED = frozenset({"credit_code_check", "resident_id_check"})

Meaning = TypeVar("Meaning")


@dataclass(frozen=True)
class Layout:
    """Where a sheet holds what: Excel's number of the header row, and each field's column index."""

    header: int
    columns: Mapping[Field, int]


@dataclass(frozen=True)
class Reading:
    """A sheet, read. `total` counts its rows that hold anything in the profile's columns."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    total: int


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """The row shows a fault; ends its reading."""

    def __init__(self, field_: Field, code: FaultCode) -> None:
        self.field, self.code = field_, code


def layout(rows: Sequence[Row], profile: Profile) -> Layout:
    """Where the sheet holds the profile's fields; the header may stand anywhere in the first 30 rows.

    Raises FactError: there is no header, or it lacks a column no row can do without.
    """
    header, titles = cells.header_row(rows, profile.titles)
    columns: dict[Field, int] = {}
    for each, names in profile.columns.items():
        found = [titles[name] for name in names if name in titles]
        if found:
            columns[each] = found[0]
    required = [Field.NUMBER]
    required += [Field.CHANNEL] if profile.channel is None else []
    required += [Field.ORGANISATION] if profile.organisation is None else []
    required += [Field.KIND] if profile.kind is None else []
    required += [Field.APPLICANT, Field.RESPONDENT] if profile.unnamed is None else []
    missing = [profile.title(each) for each in required if each not in columns]
    if Field.RECEIVED_ON not in columns and Field.ACCEPTED_ON not in columns:
        missing.append(profile.title(Field.ACCEPTED_ON))
    if missing:
        raise FactError(N_("The sheet has no column of this title: %(titles)s."), titles="、".join(missing))
    return Layout(header, columns)


def read(rows: Sequence[Row], profile: Profile, today: dt.date) -> Reading:
    """Every row beneath the header. Days after `today` lie in the future. Raises FactError as `layout`."""
    where = layout(rows, profile)
    entries: list[Entry] = []
    faults: list[Fault] = []
    used: set[str] = set()
    total = 0
    for row in rows:
        if row.number <= where.header:
            continue
        held = {each: row.cells[index] for each, index in where.columns.items()}
        if not any(cells.as_text(cell) for cell in held.values()):
            continue
        total += 1
        reader = _RowReader(row.number, held, profile, today)
        try:
            entries.append(reader.read(used))
        except _Refused as refused:
            faults.append(Fault(row.number, profile.title(refused.field), refused.code, reader.text(Field.NUMBER)))
    return Reading(tuple(entries), tuple(faults), total)


def key(text: str) -> str:
    """A word as it is looked up: without blanks, width or letter case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


@functools.cache
def _keyed(words: tuple[str, ...]) -> Mapping[str, str]:
    return {key(word): word for word in words}


@dataclass
class _RowReader:
    """Reads one row; a step that finds a fault raises `_Refused`."""

    row: int
    held: Mapping[Field, Cell]
    profile: Profile
    today: dt.date
    warnings: list[Doubt] = field(default_factory=list)
    unknown: set[Fact] = field(default_factory=set)

    # What a cell says

    def text(self, each: Field) -> str:
        """The cell as text, empty when blank or when there is no such column."""
        return cells.as_text(self.held.get(each))

    def meaning(self, each: Field, table: Mapping[str, Meaning]) -> Meaning | None:
        """What the cell's word means by the profile's table; None when blank or not in it."""
        word = key(self.text(each))
        spelled = _keyed(tuple(table)).get(word) if word else None
        return table[spelled] if spelled is not None else None

    def names(self, each: Field) -> list[str]:
        """The names in the cell, each once."""
        parts = re.split(f"[{re.escape(self.profile.separators)}]", self.text(each))
        return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))

    def amount(self, each: Field) -> Decimal | None:
        """The sum in the cell; one that cannot be read or kept is left out with a warning."""
        try:
            found = cells.as_amount(self.held.get(each))
        except ValueError:
            found = Decimal(-1)
        if found is not None and not 0 <= found < _MOST_YUAN:
            self.doubt(each, DoubtCode.AMOUNT_UNREAD)
            return None
        return found.quantize(_CENT, ROUND_HALF_UP) if found is not None else None

    def doubt(self, each: Field, code: DoubtCode) -> None:
        """Warn of the cell."""
        self.warnings.append(Doubt(self.profile.title(each), code))

    def refuse(self, each: Field, code: FaultCode) -> NoReturn:
        """The row shows a fault at this column."""
        raise _Refused(each, code)

    # The steps, in the agreed order

    def read(self, used: set[str]) -> Entry:
        """The entry. `used`: keys of the numbers of the rows before; this row's is added whatever comes of it."""
        number = self._number(used)
        days = self._days()
        state = self._state(days)
        self._dates_there(days, state)
        self._dates_in_order(days)
        ending = self._ending(state, days)
        applicants = self._parties(Field.APPLICANT, Field.APPLICANT_CODE)
        respondents = self._parties(Field.RESPONDENT, Field.RESPONDENT_CODE)
        right_number = self._right_number()
        lead, assistants = self._mediators(ending)
        source, channel, organisation = self._belonging()
        kind = self.meaning(Field.KIND, self.profile.kinds)
        if kind is None:
            kind = self._default(Field.KIND, self.profile.kind)
        self._named(Field.APPLICANT, applicants)
        self._named(Field.RESPONDENT, respondents)
        state, mediated = self._standing(state, lead, ending)
        accepted_on = self._accepted_on(days, state, channel)
        entry_form = self.profile.entry_forms.get((channel, source)) if Fact.SOURCE not in self.unknown else None
        if entry_form is None:
            self.unknown.add(Fact.ENTRY_FORM)
        outcome = self._outcome(ending) if ending else None
        agreed = outcome in workflow.AGREED
        confirmation = self._confirmation() if agreed else None
        performance = self._performance(days) if agreed else None
        self._unknown_of_ending(outcome, mediated=mediated, respondents=len(respondents))
        if lead or assistants:
            self.unknown |= {Fact.ASSIGNED_ON, Fact.RELATION}
        if right_number:
            for finding in identifiers.check_right_number(kind, right_number, RightStatus.IN_FORCE):
                if finding.severity is identifiers.Severity.ERROR:
                    self.doubt(Field.RIGHT_NUMBER, DoubtCode.NUMBER_DOUBTED)
        return Entry(
            row=self.row,
            number=number,
            source=source,
            channel=channel,
            organisation=organisation,
            kind=kind,
            state=state,
            applicants=tuple(applicants),
            respondents=tuple(respondents),
            facts=self.text(Field.FACTS) or f"{kind.words.zh}纠纷（案由未载明）",
            received_on=days[Field.RECEIVED_ON],
            accepted_on=accepted_on,
            ended_on=days[Field.ENDED_ON],
            park=self._optional(Field.PARK, self.profile.parks),
            lead=lead,
            assistants=assistants,
            mediated=mediated,
            entry_form=entry_form,
            right_number=right_number,
            right_titles=tuple(self.names(Field.RIGHT_TITLES)),
            amount_claimed=self.amount(Field.AMOUNT_CLAIMED),
            outcome=outcome,
            outcome_reason=ending.reason if ending else None,
            amount=self.amount(Field.AMOUNT) if agreed else None,
            performance=performance,
            performed_on=days[Field.PERFORMED_ON] if agreed else None,
            confirmation=confirmation,
            confirmation_number=self.text(Field.CONFIRMATION_NUMBER) or None if confirmation else None,
            external_number=self.text(Field.EXTERNAL_NUMBER) or None,
            external_kind=self.profile.external_kinds.get(channel),
            note=self.text(Field.NOTE) or None,
            unknown=frozenset(self.unknown),
            warnings=tuple(self.warnings),
        )

    def _number(self, used: set[str]) -> str:
        number = self.text(Field.NUMBER)
        if not number:
            self.refuse(Field.NUMBER, FaultCode.NUMBER_MISSING)
        if cells.lost_digits(self.held.get(Field.NUMBER)):
            self.refuse(Field.NUMBER, FaultCode.DIGITS_LOST)
        same = identifiers.normalise(number)
        if same in used:
            self.refuse(Field.NUMBER, FaultCode.USED_TWICE)
        used.add(same)
        return number

    def _days(self) -> dict[Field, dt.date | None]:
        days: dict[Field, dt.date | None] = {}
        for each in (Field.RECEIVED_ON, Field.ACCEPTED_ON, Field.ENDED_ON, Field.PERFORMED_ON):
            try:
                days[each] = cells.as_date(self.held.get(each))
            except ValueError:
                self.refuse(each, FaultCode.NOT_A_DATE)
        return days

    def _state(self, days: Mapping[Field, dt.date | None]) -> State | None:
        """The state the ledger tells; None: a word nobody knows (a fault of a later step)."""
        if self.text(Field.STATE):
            return self.meaning(Field.STATE, self.profile.states)
        if self.profile.state is not None:
            return self.profile.state
        if days[Field.ENDED_ON] is not None or self.text(Field.OUTCOME):
            return State.ENDED
        if days[Field.ACCEPTED_ON] is None:
            return State.REGISTERED
        return State.MEDIATING if self.text(Field.MEDIATOR) else State.ACCEPTED

    def _dates_there(self, days: Mapping[Field, dt.date | None], state: State | None) -> None:
        if days[Field.RECEIVED_ON] is None and days[Field.ACCEPTED_ON] is None:
            self.refuse(Field.ACCEPTED_ON, FaultCode.DATE_MISSING)
        if state is State.ENDED and days[Field.ENDED_ON] is None:
            self.refuse(Field.ENDED_ON, FaultCode.DATE_MISSING)

    def _dates_in_order(self, days: Mapping[Field, dt.date | None]) -> None:
        received, accepted, ended = days[Field.RECEIVED_ON], days[Field.ACCEPTED_ON], days[Field.ENDED_ON]
        for each, day in days.items():
            if day is None:
                continue
            if day > self.today:
                self.refuse(each, FaultCode.IN_THE_FUTURE)
            if each is Field.ACCEPTED_ON and received is not None and day < received:
                self.refuse(each, FaultCode.ACCEPTED_BEFORE_RECEIVED)
            begun = accepted or received
            if each is Field.ENDED_ON and begun is not None and day < begun:
                self.refuse(each, FaultCode.ENDED_BEFORE_ACCEPTED)
        performed, begun = days[Field.PERFORMED_ON], accepted or received
        if performed is not None and begun is not None and performed < begun and ended is not None:
            self.doubt(Field.PERFORMED_ON, DoubtCode.PERFORMED_EARLY)

    def _ending(self, state: State | None, days: Mapping[Field, dt.date | None]) -> Ending | None:
        if state is None:
            self.refuse(Field.STATE, FaultCode.UNKNOWN_STATE)
        if state is not State.ENDED:
            over = days[Field.ENDED_ON] is not None or self.text(Field.OUTCOME)
            if over or (state is State.REGISTERED and days[Field.ACCEPTED_ON] is not None):
                self.refuse(Field.STATE, FaultCode.STATE_CONTRADICTS)
            return None
        if not self.text(Field.OUTCOME):
            self.refuse(Field.OUTCOME, FaultCode.OUTCOME_MISSING)
        ending = self.meaning(Field.OUTCOME, self.profile.endings)
        if ending is None:
            self.refuse(Field.OUTCOME, FaultCode.UNKNOWN_OUTCOME)
        return ending

    def _parties(self, named: Field, coded: Field) -> list[PartyLine]:
        names = self.names(named)
        codes: list[str] = []
        if self.text(coded):
            if cells.lost_digits(self.held.get(coded)):
                self.refuse(coded, FaultCode.DIGITS_LOST)
            codes = re.split(f"[{re.escape(self.profile.separators)}]", self.text(coded))
        if any(code.strip() for code in codes[max(len(names), 1):]):
            self.doubt(coded, DoubtCode.CODES_LEFT)
        parties = []
        for place, name in enumerate(names or [""]):
            code = codes[place].strip() if place < len(codes) else ""
            kind = _kind_of(name, code)
            for finding in identifiers.check_party_number(kind, code):
                if finding.severity is identifiers.Severity.ERROR:
                    wrong = finding.code in _CHECKED
                    self.refuse(coded, FaultCode.WRONG_CHECK_CHARACTER if wrong else FaultCode.MALFORMED_IDENTIFIER)
                self.doubt(coded, DoubtCode.NUMBER_DOUBTED)
            parties.append(PartyLine(name, kind, code or None))
        return parties if names else []

    def _right_number(self) -> str | None:
        if cells.lost_digits(self.held.get(Field.RIGHT_NUMBER)):
            self.refuse(Field.RIGHT_NUMBER, FaultCode.DIGITS_LOST)
        return self.text(Field.RIGHT_NUMBER) or None

    def _mediators(self, ending: Ending | None) -> tuple[str | None, tuple[str, ...]]:
        named = self.names(Field.MEDIATOR)
        lead = named[0] if named else None
        result = workflow.class_of(ending.outcome, started=ending.mediated) if ending else None
        if lead is None and result in _NEEDS_LEAD:
            self.refuse(Field.MEDIATOR, FaultCode.NO_MEDIATOR)
        others = dict.fromkeys([*named[1:], *self.names(Field.ASSISTANTS)])
        return lead, tuple(name for name in others if name != lead)

    def _belonging(self) -> tuple[Source, Channel, str]:
        source = self.meaning(Field.SOURCE, self.profile.sources)
        if source is None and self.text(Field.SOURCE):
            # Named, but in a word nobody mapped: the closed list has a place for it, and the row is marked.
            source = Source.OTHER
            self.doubt(Field.SOURCE, DoubtCode.SOURCE_UNREAD)
            self.unknown.add(Fact.SOURCE)
        elif source is None:
            source = self._default(Field.SOURCE, self.profile.source)
            self.unknown.add(Fact.SOURCE)
        channel = self.meaning(Field.CHANNEL, self.profile.channels)
        if channel is None:
            channel = self._default(Field.CHANNEL, self.profile.channel)
        organisation = " ".join(self.text(Field.ORGANISATION).split())
        return source, channel, organisation or self._default(Field.ORGANISATION, self.profile.organisation)

    def _default(self, each: Field, default: Meaning | None) -> Meaning:
        """What holds where the ledger is silent; a word it does use, but nobody knows, is a fault."""
        if self.text(each):
            self.refuse(each, FaultCode.UNKNOWN_WORD)
        if default is None:
            self.refuse(each, FaultCode.MISSING)
        return default

    def _optional(self, each: Field, table: Mapping[str, Meaning]) -> Meaning | None:
        found = self.meaning(each, table)
        if found is None and self.text(each) and key(self.text(each)) not in {key(word) for word in table}:
            self.doubt(each, DoubtCode.WORD_UNREAD)
        return found

    def _named(self, each: Field, parties: list[PartyLine]) -> None:
        if parties:
            return
        if self.profile.unnamed is None:
            self.refuse(each, FaultCode.MISSING)
        self.doubt(each, DoubtCode.PARTY_UNNAMED)
        parties.append(PartyLine(self.profile.unnamed, PartyKind.LEGAL))

    def _standing(self, state: State | None, lead: str | None, ending: Ending | None) -> tuple[State, bool]:
        """The proceeding's state, and whether the ledger says that mediation took place."""
        assert state is not None
        if state is State.MEDIATING and lead is None:
            self.doubt(Field.MEDIATOR, DoubtCode.NO_LEAD)
            return State.ACCEPTED, False
        if state is State.SUSPENDED:
            self.unknown |= {Fact.SUSPENDED_ON, Fact.SUSPEND_REASON}
        mediated = ending.mediated if ending else state in (State.MEDIATING, State.SUSPENDED) and lead is not None
        if mediated:
            self.unknown |= {Fact.STARTED_ON, Fact.FIRST_CONTACT_ON}
        return state, mediated

    def _accepted_on(
        self, days: Mapping[Field, dt.date | None], state: State, channel: Channel
    ) -> dt.date | None:
        if days[Field.RECEIVED_ON] is None:
            self.unknown.add(Fact.RECEIVED_ON)
        if state is State.REGISTERED:
            return None
        if channel is Channel.ADMINISTRATIVE:
            self.unknown.add(Fact.RESPONDENT_CONSENT_ON)
        if days[Field.ACCEPTED_ON] is None:
            # Something must date the acceptance, as acceptance dates a suspension nobody dated: marked, not made up.
            self.unknown.add(Fact.ACCEPTED_ON)
            self.doubt(Field.ACCEPTED_ON, DoubtCode.ACCEPTANCE_ASSUMED)
            return days[Field.RECEIVED_ON]
        return days[Field.ACCEPTED_ON]

    def _outcome(self, ending: Ending) -> Outcome:
        if ending.oral is None:
            return ending.outcome
        form = key(self.text(Field.FORM))
        if form in {key(word) for word in self.profile.oral_forms}:
            return ending.oral
        if form not in {key(word) for word in self.profile.written_forms}:
            self.unknown.add(Fact.AGREEMENT_FORM)
            if form:
                self.doubt(Field.FORM, DoubtCode.WORD_UNREAD)
        return ending.outcome

    def _confirmation(self) -> ConfirmationState | None:
        found = self._optional(Field.CONFIRMATION, self.profile.confirmations)
        if found is not None:
            self.unknown |= {Fact.COURT, Fact.APPLIED_ON}
            if found is not ConfirmationState.APPLIED:
                self.unknown.add(Fact.DECIDED_ON)
            if not self.text(Field.CONFIRMATION_NUMBER):
                self.unknown.add(Fact.CONFIRMATION_NUMBER)
        return found

    def _performance(self, days: Mapping[Field, dt.date | None]) -> PerformanceState:
        found = self._optional(Field.PERFORMANCE, self.profile.performances)
        if found is None and days[Field.PERFORMED_ON] is not None:
            return PerformanceState.PERFORMED
        if found is None:
            self.unknown.add(Fact.PERFORMANCE)
            return PerformanceState.NOT_DUE
        if found in _DONE and days[Field.PERFORMED_ON] is None:
            self.unknown.add(Fact.PERFORMED_ON)
        return found

    def _unknown_of_ending(self, outcome: Outcome | None, *, mediated: bool, respondents: int) -> None:
        if outcome is None:
            return
        if outcome in workflow.AGREED:
            self.unknown.add(Fact.SIGNED_ON)
        elif workflow.class_of(outcome, started=True) is OutcomeClass.FAILURE:
            self.unknown.add(Fact.ROUTES_EXPLAINED)
        if outcome is Outcome.AGREED_PART and respondents > 1:
            self.unknown.add(Fact.RESULTS)


def _kind_of(name: str, code: str) -> PartyKind:
    """Whether a party is a person: by its number where it has one, else by its name."""
    if code:
        shape = identifiers.normalise(code)
        person = len(shape) == 18 and shape[:17].isdigit() and shape[0] in "12345678"
        legal = not any(f.severity is identifiers.Severity.ERROR for f in identifiers.check_credit_code(code))
        return PartyKind.NATURAL if person and not legal else PartyKind.LEGAL
    if _PERSON.fullmatch(name) and not _BODY.search(name):
        return PartyKind.NATURAL
    return PartyKind.LEGAL
