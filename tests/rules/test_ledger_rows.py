"""Rows of a ledger: what arrives, and the first fault of what does not."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.cases import workflow
from mediation.cases.facts import Fact
from mediation.channels import Channel
from mediation.errors import FactError
from mediation.ledger import entries, rows
from mediation.ledger.entries import DoubtCode, Entry, Fault, FaultCode
from mediation.ledger.profile import PROFILES, STANDARD, UDRP, Field
from mediation.sheets.cells import Cell, Row
from mediation.sheets.reading import read_workbook
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

DATA = Path(__file__).resolve().parent.parent / "data"
TODAY = dt.date(2026, 11, 1)

# A row nothing is wrong with; tests change what they are about.
GOOD: dict[str, Cell] = {
    "案件编号": "2018-00001",
    "收案日期": dt.date(2018, 3, 1),
    "受理日期": dt.date(2018, 3, 5),
    "案件来源": "当事人申请",
    "调解渠道": "人民调解",
    "调解组织": "某知识产权人民调解委员会",
    "调解员": "陈刚",
    "协助调解员": None,
    "园区": "顺德园",
    "申请人": "佛山市某某有限公司",
    "申请人统一社会信用代码": "91440608PKD2HHDD6U",
    "被申请人": "周涵勇",
    "被申请人统一社会信用代码": None,
    "知识产权类型": "商标",
    "权利号": "3435891",
    "案由": "侵害商标权",
    "争议金额（元）": 5000,
    "状态": "已办结",
    "调解结果": "达成协议",
    "协议形式": "书面",
    "协议金额（元）": 3000.5,
    "办结日期": dt.date(2018, 4, 2),
    "履行情况": "已履行",
    "履行完毕日期": dt.date(2018, 5, 1),
    "司法确认": "已确认",
    "司法确认案号": "（2018）粤06民特1号",
    "外部案号": None,
    "备注": None,
}
UNDER_WAY: dict[str, Cell] = {
    "状态": "调解中", "调解结果": None, "协议形式": None, "协议金额（元）": None, "办结日期": None, "履行情况": None,
    "履行完毕日期": None, "司法确认": None, "司法确认案号": None,
}  # fmt: skip


def sheet(*changes: dict[str, Cell], titles: list[str] | None = None, above: int = 0) -> list[Row]:
    """A sheet of good rows with changes, `above` rows of other things over its header."""
    titles = titles or list(GOOD)
    found = [Row(n + 1, ("台账", *[None] * (len(titles) - 1))) for n in range(above)]
    found.append(Row(above + 1, tuple(titles)))
    for n, change in enumerate(changes):
        row = {**GOOD, "案件编号": f"2018-{n + 1:05d}", **change}
        found.append(Row(above + 2 + n, tuple(row[title] for title in titles)))
    return found


def read(*changes: dict[str, Cell], **kwargs: Any) -> rows.Reading:
    return rows.read(sheet(*changes, **kwargs), STANDARD, TODAY)


def entry_of(**change: Cell) -> Entry:
    (entry,) = read(change).entries
    return entry


def fault_of(**change: Cell) -> tuple[str, FaultCode] | None:
    faults = read(change).faults
    return (faults[0].column, faults[0].code) if faults else None


# The ledgers of the trade ------------------------------------------------------------------------------------------


def read_file(name: str) -> rows.Reading:
    (found,) = read_workbook(DATA / name).sheets
    return rows.read(found.rows, STANDARD, TODAY)


def test_the_dirty_ledger_shows_exactly_its_listed_faults():
    answers = json.loads((DATA / "ledger-dirty-2018.answers.json").read_text(encoding="utf-8"))
    reading = read_file("ledger-dirty-2018.xlsx")
    found = [{"row": f.row, "column": f.column, "fault": f.fault} for f in reading.faults]
    assert found == answers["faults"]
    assert (reading.total, len(reading.entries)) == (answers["rows"], answers["good"])


def test_every_row_of_the_clean_ledger_arrives_without_a_doubt():
    reading = read_file("ledger-shanghai-2018.xlsx")
    assert (reading.total, len(reading.entries), reading.faults) == (2157, 2157, ())
    assert [entry.warnings for entry in reading.entries if entry.warnings] == []


def test_a_foreign_layout_is_read_by_a_profile_alone():
    """The oracle reads the csv with the standard library and applies the mapping's sentence by hand."""
    answers = json.loads((DATA / "udrp-2023.answers.json").read_text(encoding="utf-8"))
    (found,) = read_workbook(DATA / "udrp-2023.csv.gz").sheets
    reading = rows.read(found.rows, UDRP, TODAY)
    assert Counter(fault.fault for fault in reading.faults) == answers["faults"]
    assert (reading.total, len(reading.entries)) == (answers["rows"], answers["arrived"])
    with gzip.open(DATA / "udrp-2023.csv.gz", "rb") as packed:
        raw = list(csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8", newline="")))
    faulty = {fault.row for fault in reading.faults}
    leads = [row["panelists"].split(";")[0].strip() for n, row in enumerate(raw, start=2) if n not in faulty]
    assert [entry.lead or "" for entry in reading.entries] == [" ".join(lead.split()) for lead in leads]
    assert len(set(leads)) == answers["leads"]


# What a row says ----------------------------------------------------------------------------------------------------


def test_a_row_is_read_whole():
    entry = entry_of()
    assert (entry.source, entry.channel, entry.kind, entry.park) == (
        Source.PARTY, Channel.PEOPLE, RightKind.TRADE_MARK, Park.SHUNDE,
    )  # fmt: skip
    assert (entry.state, entry.outcome, entry.entry_form) == (State.ENDED, Outcome.AGREED_WRITTEN, EntryForm.OWN)
    assert (entry.amount_claimed, entry.amount) == (Decimal("5000.00"), Decimal("3000.50"))
    assert (entry.performance, entry.performed_on) == (PerformanceState.PERFORMED, dt.date(2018, 5, 1))
    assert (entry.confirmation, entry.confirmation_number) == (ConfirmationState.CONFIRMED, "（2018）粤06民特1号")
    assert [p.kind for p in (*entry.applicants, *entry.respondents)] == [PartyKind.LEGAL, PartyKind.NATURAL]


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        ({}, {Fact.STARTED_ON, Fact.FIRST_CONTACT_ON, Fact.ASSIGNED_ON, Fact.RELATION, Fact.SIGNED_ON, Fact.COURT,
              Fact.APPLIED_ON, Fact.DECIDED_ON}),
        # An administrative proceeding is opened with the respondent's consent: when, no ledger says.
        ({**UNDER_WAY, "调解渠道": "行政调解"},
         {Fact.STARTED_ON, Fact.FIRST_CONTACT_ON, Fact.ASSIGNED_ON, Fact.RELATION, Fact.RESPONDENT_CONSENT_ON}),
        # Before or after docketing? Nothing in the ledger tells.
        ({**UNDER_WAY, "调解渠道": "司法调解", "案件来源": "法院移送"},
         {Fact.STARTED_ON, Fact.FIRST_CONTACT_ON, Fact.ASSIGNED_ON, Fact.RELATION, Fact.ENTRY_FORM}),
        ({**UNDER_WAY, "状态": "中止"},
         {Fact.STARTED_ON, Fact.FIRST_CONTACT_ON, Fact.ASSIGNED_ON, Fact.RELATION, Fact.SUSPENDED_ON,
          Fact.SUSPEND_REASON}),
        ({**UNDER_WAY, "状态": "中止", "调解员": None}, {Fact.SUSPENDED_ON, Fact.SUSPEND_REASON}),
        ({**UNDER_WAY, "状态": "待受理", "受理日期": None, "调解员": None}, set()),
        ({**UNDER_WAY, "状态": "已受理", "调解员": None, "收案日期": None}, {Fact.RECEIVED_ON}),
        ({**UNDER_WAY, "状态": "已受理", "调解员": None, "受理日期": None}, {Fact.ACCEPTED_ON}),
    ],
)
def test_what_the_ledger_does_not_hold_is_unknown(change, unknown):
    assert entry_of(**change).unknown == unknown


def test_a_failure_bears_the_ledgers_own_words():
    entry = entry_of(调解结果="调解不成", 协议形式=None, 履行情况=None, 履行完毕日期=None, 司法确认=None)
    assert (entry.outcome, entry.outcome_reason) == (Outcome.OTHER_FAILURE, "调解不成(台账)")
    assert Fact.ROUTES_EXPLAINED in entry.unknown
    assert entry.mediated


def test_an_oral_agreement_is_told_by_its_form():
    assert entry_of(协议形式="口头").outcome is Outcome.AGREED_ORAL
    assert Fact.AGREEMENT_FORM in entry_of(协议形式=None).unknown


def test_under_way_without_a_mediator_is_only_accepted():
    entry = entry_of(**{**UNDER_WAY, "调解员": None})
    assert (entry.state, entry.mediated, entry.lead) == (State.ACCEPTED, False, None)
    assert [doubt.code for doubt in entry.warnings] == [DoubtCode.NO_LEAD]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("１２，３４５．６元", "12345.60"), ("¥1,000.5", "1000.50"), (" 3万元 ", "30000.00"), (None, None), (0, "0.00")],
)
def test_an_amount_is_read_however_it_is_typed(cell, amount):
    entry = entry_of(**{"争议金额（元）": cell})
    assert entry.amount_claimed == (Decimal(amount) if amount else None)
    assert entry.warnings == ()


@pytest.mark.parametrize("cell", ["约五万", "100 USD", -5, 10**13])
def test_an_amount_that_cannot_be_kept_is_left_out_and_said(cell):
    entry = entry_of(**{"争议金额（元）": cell})
    assert entry.amount_claimed is None
    assert [(d.column, d.code) for d in entry.warnings] == [("争议金额（元）", DoubtCode.AMOUNT_UNREAD)]


def test_text_that_looks_like_a_formula_stays_text():
    entry = entry_of(申请人="=cmd|'/C calc'!A1", 案由="=1+1")
    assert (entry.applicants[0].name, entry.facts) == ("=cmd|'/C calc'!A1", "=1+1")


def test_blanks_and_width_do_not_matter_to_words_dates_and_numbers():
    entry = entry_of(案件来源=" 当事人申请\u3000", 收案日期="２０１８年３月１日", 受理日期=" 2018/03/05 ")
    assert (entry.source, entry.received_on, entry.accepted_on) == (
        Source.PARTY, dt.date(2018, 3, 1), dt.date(2018, 3, 5),
    )  # fmt: skip


def test_an_unmapped_source_arrives_as_other_with_a_doubt():
    entry = entry_of(案件来源="12345转来的")
    assert entry.source is Source.OTHER
    assert Fact.SOURCE in entry.unknown
    assert [d.code for d in entry.warnings] == [DoubtCode.SOURCE_UNREAD]


def test_several_names_in_a_cell_are_several_people():
    entry = entry_of(调解员="陈刚、李怡玉", 协助调解员="李怡玉；朱勇丽", 被申请人="周涵勇；甲乙厂")
    assert (entry.lead, entry.assistants) == ("陈刚", ("李怡玉", "朱勇丽"))
    assert [(p.name, p.kind) for p in entry.respondents] == [
        ("周涵勇", PartyKind.NATURAL),
        ("甲乙厂", PartyKind.LEGAL),
    ]


def test_the_external_number_is_whose_channel_it_is():
    assert entry_of(调解渠道="司法调解").external_kind is NumberKind.COURT
    assert entry_of(调解渠道="行政调解").external_kind is NumberKind.ADMINISTRATIVE


# Where the sheet holds what ---------------------------------------------------------------------------------------


@given(st.permutations(list(GOOD)), st.integers(0, 25))
def test_columns_may_stand_in_any_order_under_any_header(titles, above):
    reading = read({}, UNDER_WAY, titles=list(titles), above=above)
    expected = read({}, UNDER_WAY)
    assert [{**entries.to_json(e), "row": 0} for e in reading.entries] == [
        {**entries.to_json(e), "row": 0} for e in expected.entries
    ]
    assert [e.row for e in reading.entries] == [above + 2, above + 3]


def test_blank_lines_between_rows_count_for_excel_alone():
    first, second = sheet({}, {})[1:]
    header = sheet()[0]
    apart = [header, Row(2, first.cells), Row(7, tuple(" " for _ in GOOD)), Row(9, second.cells)]
    reading = rows.read(apart, STANDARD, TODAY)
    assert ([e.row for e in reading.entries], reading.total) == ([2, 9], 2)


NEEDED = ("案件编号", "调解渠道", "调解组织", "申请人", "被申请人", "知识产权类型")


@pytest.mark.parametrize("title", [title for title in GOOD if title not in NEEDED])
def test_a_ledger_without_an_optional_column_still_arrives(title):
    reading = read({}, UNDER_WAY, titles=[each for each in GOOD if each != title])
    # An ending without its day, its outcome or its mediator is no ending.
    faults = {"办结日期": {FaultCode.DATE_MISSING}, "调解结果": {FaultCode.OUTCOME_MISSING},
              "调解员": {FaultCode.NO_MEDIATOR}}  # fmt: skip
    assert {fault.code for fault in reading.faults} == faults.get(title, set())


@pytest.mark.parametrize("title", NEEDED)
def test_a_sheet_without_a_needed_column_is_no_ledger(title):
    with pytest.raises(FactError) as refused:
        read({}, titles=[each for each in GOOD if each != title])
    assert title in str(refused.value)


# Faults ------------------------------------------------------------------------------------------------------------

# The order of README.md: each fault below hides all that stand under it.
IN_ORDER: list[tuple[str, FaultCode, dict[str, Cell]]] = [
    ("案件编号", FaultCode.NUMBER_MISSING, {"案件编号": " "}),
    ("受理日期", FaultCode.NOT_A_DATE, {"受理日期": "2018-02-30"}),
    ("受理日期", FaultCode.DATE_MISSING, {"收案日期": None, "受理日期": None}),
    ("收案日期", FaultCode.IN_THE_FUTURE, {"收案日期": dt.date(2118, 1, 5)}),
    ("受理日期", FaultCode.ACCEPTED_BEFORE_RECEIVED, {"受理日期": dt.date(2018, 2, 27)}),
    ("办结日期", FaultCode.ENDED_BEFORE_ACCEPTED, {"办结日期": dt.date(2018, 3, 4)}),
    ("状态", FaultCode.UNKNOWN_STATE, {"状态": "不知"}),
    ("调解结果", FaultCode.UNKNOWN_OUTCOME, {"调解结果": "和稀泥"}),
    ("申请人统一社会信用代码", FaultCode.WRONG_CHECK_CHARACTER, {"申请人统一社会信用代码": "91440608PKD2HHDD60"}),
    ("被申请人统一社会信用代码", FaultCode.MALFORMED_IDENTIFIER, {"被申请人统一社会信用代码": "12345"}),
    ("调解员", FaultCode.NO_MEDIATOR, {"调解员": None}),
    ("调解渠道", FaultCode.UNKNOWN_WORD, {"调解渠道": "商事调解"}),
    ("调解组织", FaultCode.MISSING, {"调解组织": None}),
    ("知识产权类型", FaultCode.UNKNOWN_WORD, {"知识产权类型": "域名"}),
    ("申请人", FaultCode.MISSING, {"申请人": None}),
    ("被申请人", FaultCode.MISSING, {"被申请人": "  "}),
]


@pytest.mark.parametrize("place", range(len(IN_ORDER)))
def test_a_row_bears_the_first_fault_it_shows(place):
    column, code, change = IN_ORDER[place]
    assert fault_of(**change) == (column, code)
    later: dict[str, Cell] = {}
    for _, _, more in reversed(IN_ORDER[place:]):
        later.update(more)
    assert fault_of(**later) == (column, code)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        # A contradiction is a person's to resolve, not ours to guess.
        ({"状态": "调解中"}, ("状态", FaultCode.STATE_CONTRADICTS)),
        ({**UNDER_WAY, "状态": "待受理"}, ("状态", FaultCode.STATE_CONTRADICTS)),
        ({"调解结果": None}, ("调解结果", FaultCode.OUTCOME_MISSING)),
        ({"申请人统一社会信用代码": 4.419e17}, ("申请人统一社会信用代码", FaultCode.DIGITS_LOST)),
        ({"履行完毕日期": dt.date(2118, 1, 1)}, ("履行完毕日期", FaultCode.IN_THE_FUTURE)),
        ({"办结日期": None}, ("办结日期", FaultCode.DATE_MISSING)),
        ({"办结日期": TODAY}, None),
        ({"办结日期": TODAY + dt.timedelta(1)}, ("办结日期", FaultCode.IN_THE_FUTURE)),
        ({"收案日期": dt.date(2018, 3, 5), "办结日期": dt.date(2018, 3, 5)}, None),
        # Withdrawn before anybody was named: no mediator is missing.
        ({"调解结果": "申请人撤回", "调解员": None}, None),
        ({"调解结果": "当事人拒绝调解", "调解员": None}, None),
        ({"调解结果": "部分达成协议", "调解员": None}, ("调解员", FaultCode.NO_MEDIATOR)),
        # A wrong patent number is doubted, not refused: the ledger's list of faults knows identifiers of parties.
        ({"知识产权类型": "专利", "权利号": "201310699744.1"}, None),
        # An individual's identity number instead of a company's code.
        ({"被申请人统一社会信用代码": "11010519491231002X"}, None),
        ({"被申请人统一社会信用代码": "110105194912310021"},
         ("被申请人统一社会信用代码", FaultCode.WRONG_CHECK_CHARACTER)),
    ],
)  # fmt: skip
def test_the_edges_of_a_row(change, fault):
    assert fault_of(**change) == fault


def test_a_number_of_a_row_that_stays_out_counts_as_used():
    reading = read(
        {"案件编号": "A1", "受理日期": "gestern"},
        {"案件编号": "a １"},
        {"案件编号": "A2"},
        {"案件编号": "A2", "受理日期": "gestern"},
    )
    assert [(f.row, f.code) for f in reading.faults] == [
        (2, FaultCode.NOT_A_DATE),
        (3, FaultCode.USED_TWICE),
        (5, FaultCode.USED_TWICE),
    ]


def test_the_chinese_of_a_fault_is_its_own():
    fault = Fault(3, "受理日期", FaultCode.NOT_A_DATE)
    assert (fault.fault, fault.code.words.zh) == ("not a date", "不是有效日期")


CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.sampled_from([each for each in GOOD.values() if each is not None]),
    st.sampled_from([word for table in (STANDARD.states, STANDARD.endings, STANDARD.sources) for word in table]),
)


@given(st.dictionaries(st.sampled_from(list(GOOD)), CELLS, max_size=8))
def test_whatever_a_cell_holds_the_row_arrives_or_shows_a_fault(change):
    reading = read(change)
    assert len(reading.entries) + len(reading.faults) == reading.total
    for entry in reading.entries:
        assert entries.from_json(json.loads(json.dumps(entries.to_json(entry)))) == entry


# As JSON, and as the workflow has it -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ledger-dirty-2018.xlsx", "ledger-shanghai-2018.xlsx"])
def test_an_entry_survives_being_written_down(name):
    for entry in read_file(name).entries:
        assert entries.from_json(json.loads(json.dumps(entries.to_json(entry)))) == entry


def test_an_amount_of_nothing_survives_too():
    entry = entry_of(**{"协议金额（元）": 0})
    assert entries.from_json(json.loads(json.dumps(entries.to_json(entry)))).amount == Decimal("0.00")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profile_gives_its_reason_where_the_workflow_wants_one(profile):
    for word, ending in profile.endings.items():
        if ending.outcome in (Outcome.OTHER_FAILURE, Outcome.OTHER_NEUTRAL):
            assert ending.reason, word
        if ending.outcome in workflow.AGREED:
            assert ending.mediated, word
        assert ending.outcome is not Outcome.TRANSFERRED, "a transfer ends by its receiver's acceptance"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_no_word_of_a_profile_means_two_things(profile):
    for table in (profile.sources, profile.channels, profile.kinds, profile.states, profile.endings, profile.parks,
                  profile.performances, profile.confirmations):  # fmt: skip
        keys = Counter(rows.key(word) for word in table)
        assert [word for word, times in keys.items() if times > 1] == []
    assert set(profile.columns) <= set(Field)


def test_every_code_stands_in_the_documented_answer():
    page = (DATA.parent.parent / "docs" / "import-json.md").read_text(encoding="utf-8")
    for code in (*FaultCode, *DoubtCode):
        assert f"| `{code.value}` | {code.words.en} | {code.words.zh} |" in page
