"""Spreadsheets out and in: what a cell says, what is read, what is refused, and that nothing written is a formula.

openpyxl is the independent reader; the ledgers in `tests/data` are read as offices keep them.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import json
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import from_excel

from mediation.errors import FactError, RefusalError, TooLargeError
from mediation.sheets import cells, reading, writing
from mediation.sheets.cells import Row
from mediation.sheets.limits import Fault, Limits
from mediation.words import Words

DATA = Path(__file__).parents[1] / "data"

FORMULAS = (
    "=1+1",
    "=cmd|'/C calc'!A1",
    '=HYPERLINK("https://example.org","go")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "  =1",
    "\u3000=1",
    "\ufeff=1",
    "{=1+1}",
    "https://example.org/x",
)


# ------------------------------------------------------------------------------------------ one cell

DAY = dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    "cell",
    [
        DAY,
        dt.datetime(2026, 3, 5, 23, 59, 59),  # noqa: DTZ001 - a sheet knows no zones
        "2026-3-5",
        "2026-03-05",
        "2026/03/05",
        "2026.3.5",
        "2026年3月5日",
        "2026 年 03 月 05 日",
        "2026年3月5号",
        " ２０２６－０３－０５\u3000",
        "２０２６年３月５日",
        "2026-03-05 00:00:00",
        "2026-03-05T08:30",
        "20260305",
        20260305,
        20260305.0,
        46086,
        46086.75,
        "46086",
    ],
)
def test_a_day_is_read_however_it_was_typed(cell: cells.Cell) -> None:
    assert cells.as_date(cell) == DAY
    assert type(cells.as_date(cell)) is dt.date


@pytest.mark.parametrize(
    "cell",
    [
        "2018-02-30", "2018-13-01", "20180230", 20180230, "2018-9", "2018年9月", "18-09-24", "0218-09-24", "2026-3/5",
        "待定", "无", "-", "2018-09-24至2018-09-30", True, 0, 1, 32873, 73416, 99999, -1, 1e300, float("nan"),
        float("inf"), dt.date(1899, 12, 31), "२०२६-03-05", "2026-03-05 noon",
    ],
)  # fmt: skip
def test_what_is_no_day_for_certain_is_refused(cell: cells.Cell) -> None:
    with pytest.raises(ValueError, match="not a date"):
        cells.as_date(cell)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2999, 12, 31)))
def test_every_day_survives_every_spelling(day: dt.date) -> None:
    y, m, d = day.year, day.month, day.day
    for text in (f"{y}-{m}-{d}", f"{y}/{m:02}/{d:02}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日", f"{y}{m:02}{d:02}"):
        wide = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        assert cells.as_date(text) == cells.as_date(wide) == day


@given(st.integers(32874, 73415))
def test_serial_numbers_are_the_days_another_reader_finds(serial: int) -> None:
    expected = from_excel(serial)
    assert isinstance(expected, dt.datetime)
    assert cells.as_date(serial) == expected.date()


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("１２，３４５．６元", "12345.6"), ("1.2万元", "12000"), ("1.2 万", "12000"), ("¥1,000.50", "1000.50"),
        ("￥1,000", "1000"), ("人民币5000元整", "5000"), ("RMB 5000", "5000"), ("5000CNY", "5000"),
        ("3亿元", "300000000"),
        ("-3", "-3"), ("-¥3.5", "-3.5"), ("¥-3.5", "-3.5"), ("0", "0"), (5, "5"), (35353.18, "35353.18"),
        (0.1 + 0.2, "0.3"), ("\u00a01000\u3000", "1000"), ("5千元", "5000"),
    ],
)  # fmt: skip
def test_a_sum_is_read_exactly(cell: cells.Cell, amount: str) -> None:
    assert cells.as_amount(cell) == Decimal(amount)


@pytest.mark.parametrize(
    "cell",
    [
        "$100", "US$100", "100 USD", "壹万元", "1,00", "1,0000", "12,34,567", "1.2.3", "100-200", "约5000", "无", "—",
        "5000元/月", "1e5", "NaN", "Infinity", True, dt.date(2018, 1, 1), float("nan"), float("inf"), "9" * 30, "٣",
    ],
)  # fmt: skip
def test_what_is_no_sum_for_certain_is_refused(cell: cells.Cell) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        cells.as_amount(cell)


@given(st.decimals(-(10**15), 10**15, places=2), st.booleans())
def test_every_sum_survives_thousands_and_full_width(amount: Decimal, wide: bool) -> None:
    text = f"{amount:,}元"
    if wide:
        text = text.translate({ord(mark): ord(mark) + 0xFEE0 for mark in "0123456789,.-"})
    assert cells.as_amount(text) == amount


@pytest.mark.parametrize("cell", [None, "", " ", "\u3000\u00a0\ufeff", "\n"])
def test_a_blank_cell_is_no_day_no_sum_and_no_text(cell: cells.Cell) -> None:
    assert cells.as_date(cell) is None
    assert cells.as_amount(cell) is None
    assert cells.as_text(cell) == ""


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\u3000佛山市科宏\u200b有限公司\u00a0", "佛山市科宏有限公司"),
        ("第一行\r\n  第二行\n", "第一行 第二行"),
        ("Ｄ２０１８－ｘ", "D2018－x"),
        ("（2018）粤06诉前调69921号", "（2018）粤06诉前调69921号"),
        ("甲：乙、丙；丁！", "甲：乙、丙；丁！"),
        ("𠮷野家 㐂", "𠮷野家 㐂"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("=1+1", "=1+1"),
        ("a\x00b\x07", "ab"),
        (3, "3"), (3.0, "3"), (3.5, "3.5"), (1e20, "100000000000000000000"), (True, "TRUE"),
        (DAY, "2026-03-05"),
        (dt.datetime(2026, 3, 5), "2026-03-05"),  # noqa: DTZ001
        (dt.datetime(2026, 3, 5, 8, 30), "2026-03-05 08:30:00"),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_text_is_trimmed_and_keeps_chinese_punctuation(cell: cells.Cell, text: str) -> None:
    assert cells.as_text(cell) == text


@given(st.text())
def test_text_is_one_line_and_cleaning_it_again_changes_nothing(text: str) -> None:
    once = cells.as_text(text)
    assert cells.as_text(once) == once == once.strip()
    assert len(once.splitlines()) <= 1


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1))
def test_a_han_name_arrives_as_it_was_written(name: str) -> None:
    assert cells.as_text(f" {name}\u3000") == name


@pytest.mark.parametrize(
    ("cell", "lost"),
    [
        (441900199001011234, True), (4.41900199001011e17, True), (10**15, True), (-(10**15), True), (10**15 - 1, False),
        ("441900199001011234", False), ("4.419E+17", True), ("1.23457E+11", True), ("1.2E+05", False),
        ("2018E0001", False), (True, False), (None, False), (dt.date(2018, 1, 1), False),
    ],
)  # fmt: skip
def test_a_long_number_typed_as_a_number_has_lost_digits(cell: cells.Cell, lost: bool) -> None:
    assert cells.lost_digits(cell) is lost


# ------------------------------------------------------------------------------------------ the header

KNOWN = ("案件编号", "受理日期", "争议金额（元）", "备注")


def _rows(*rows: Sequence[cells.Cell], first: int = 1) -> list[Row]:
    return [Row(number, tuple(row)) for number, row in enumerate(rows, start=first)]


def test_the_header_is_the_row_with_the_most_known_titles() -> None:
    rows = _rows(
        ["2018年度台账（备注见下）", None, None, None],
        ["备注", "本表由各组织填报", None, None],
        [" 案件\n编号", "受理日期 ", "争议金额(元)", "经办人"],
        ["案件编号", "D1", None, None],
        first=3,
    )
    assert cells.header_row(rows, KNOWN) == (5, {"案件编号": 0, "受理日期": 1, "争议金额（元）": 2, "经办人": 3})


def test_of_two_equal_rows_the_upper_is_the_header() -> None:
    assert cells.header_row(_rows(["案件编号", "受理日期"], ["案件编号", "受理日期"]), KNOWN)[0] == 1


def test_a_sheet_without_known_titles_has_no_header() -> None:
    with pytest.raises(FactError, match="first 30 rows"):
        cells.header_row(_rows(["姓名", "电话"]), KNOWN)
    with pytest.raises(FactError, match="first 30 rows"):
        cells.header_row(_rows(*[["x"]] * 30, ["案件编号"]), KNOWN)
    assert cells.header_row(_rows(*[["x"]] * 29, ["案件编号"]), KNOWN)[0] == 30


def test_a_known_title_that_stands_twice_is_refused_and_an_unknown_one_is_not() -> None:
    with pytest.raises(FactError, match=r"Row 7 .*备注.* twice"):
        cells.header_row(_rows(["备注", "案件编号", "备 注"], first=7), KNOWN)
    assert cells.header_row(_rows(["日期", "案件编号", "日期"]), KNOWN)[1] == {"日期": 0, "案件编号": 1}


# ------------------------------------------------------------------------------------------ files that are read


def test_the_dirty_ledger_shows_exactly_the_impossible_dates_listed_for_it() -> None:
    (sheet,) = reading.read_workbook(DATA / "ledger-dirty-2018.xlsx").sheets
    answers = json.loads((DATA / "ledger-dirty-2018.answers.json").read_text(encoding="utf-8"))
    header, columns = cells.header_row(sheet.rows, ("案件编号", "受理日期", "办结日期", "调解员"))
    data = [row for row in sheet.rows if row.number > header]
    assert (sheet.name, header, len(data)) == ("2018年台账", 3, answers["rows"])

    def unreadable(cell: cells.Cell) -> bool:
        try:
            cells.as_date(cell)
        except ValueError:
            return True
        return False

    assert [row.number for row in data if unreadable(row.cells[columns["受理日期"]])] == [
        fault["row"] for fault in answers["faults"] if fault["fault"] == "not a date"
    ]
    # Text that begins with "=" is a name as it was typed, not what a formula gave.
    assert any(cells.as_text(cell).startswith("=") for row in data for cell in row.cells)


def test_the_large_ledger_and_the_foreign_file_arrive_whole() -> None:
    (ledger,) = reading.read_workbook(DATA / "ledger-shanghai-2018.xlsx").sheets
    assert (len(ledger.rows), ledger.rows[-1].number) == (2158, 2158)
    (foreign,) = reading.read_workbook(DATA / "udrp-2023.csv.gz").sheets
    with gzip.open(DATA / "udrp-2023.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file))
    assert [[cell or "" for cell in row.cells] for row in foreign.rows] == expected
    assert foreign.name == "udrp-2023.csv.gz"


def _package(path: Path, sheet: str, **more: bytes) -> Path:
    """A workbook written by hand: `sheet` is the XML inside sheetData, `more` are further parts."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    packaging = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{packaging}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packaging}/relationships">'
            f'<Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook {namespace} xmlns:r="{relation}"><sheets><sheet name="台账" sheetId="1" r:id="rId1"/></sheets>'
            "</workbook>",
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packaging}/relationships">'
            f'<Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        package.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {namespace}><sheetData>{sheet}</sheetData></worksheet>"
        )
        for name, content in more.items():
            package.writestr(name, content)
    return path


def _number(reference: str, value: object = 1) -> str:
    row = "".join(mark for mark in reference if mark.isdigit())
    return f'<row r="{row}"><c r="{reference}"><v>{value}</v></c></row>'


def _says(reference: str, text: str) -> str:
    row = "".join(mark for mark in reference if mark.isdigit())
    return f'<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def test_rows_and_columns_are_counted_as_excel_does_past_blank_ones(tmp_path: Path) -> None:
    path = _package(tmp_path / "a.xlsx", _says("C4", "题") + _number("D9", 2.5) + _number("C10", 7))
    (sheet,) = reading.read_workbook(path).sheets
    assert sheet.rows == (
        Row(4, (None, None, "题", None)),
        Row(9, (None, None, None, 2.5)),
        Row(10, (None, None, 7, None)),
    )


def test_what_a_formula_last_gave_is_read_and_text_like_a_formula_stays_text(tmp_path: Path) -> None:
    calculated = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
    path = _package(tmp_path / "a.xlsx", _says("A1", "=cmd|'/C calc'!A1") + calculated)
    assert [row.cells for row in reading.read_workbook(path).sheets[0].rows] == [("=cmd|'/C calc'!A1",), (2,)]


def test_an_upload_stored_under_another_name_is_read_by_the_name_it_had(tmp_path: Path) -> None:
    path = _package(tmp_path / "3f9c", _number("A1"))
    assert reading.read_workbook(path, name="台账.XLSX").sheets[0].rows == (Row(1, (1,)),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_the_encodings_offices_save_it_in(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "台账.csv"
    lines = [["案件编号", "备注", "号"], ["D1", '他说"好"\r\n再议', "007"], [], ["D2", "", "441900199001011234"]]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    (sheet,) = reading.read_workbook(path).sheets
    assert sheet.rows == (
        Row(1, ("案件编号", "备注", "号")),
        Row(2, ("D1", '他说"好"\r\n再议', "007")),
        Row(4, ("D2", None, "441900199001011234")),
    )


# ------------------------------------------------------------------------------------------ files that are refused


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def _sheet(sheet: str, **more: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        _package(path, sheet, **more)

    return write


def _truncated(path: Path) -> None:
    _package(path, _number("A1"))
    path.write_bytes(path.read_bytes()[:-60])


def _broken_xml(path: Path) -> None:
    _package(path, '<row r="1"><c r="A1"><v>1</row>')


def _broken_stream(path: Path) -> None:
    content = (DATA / "ledger-dirty-2018.xlsx").read_bytes()
    path.write_bytes(content[:2000] + bytes(4000) + content[6000:])


def _twice(path: Path) -> None:
    _package(path, _number("A1"))
    with zipfile.ZipFile(path, "a") as package, pytest.warns(UserWarning, match="Duplicate name"):
        package.writestr("xl/workbook.xml", b"<workbook/>")


def _lying_about_its_size(path: Path) -> None:
    """A part of 300 MB that its zip directory calls 1,000 bytes long."""
    _package(path, _number("A1") + " " * 300_000_000)
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    assert content[directory + 46 :].startswith(b"xl/worksheets/sheet1.xml")
    struct.pack_into("<I", content, directory + 24, 1000)
    path.write_bytes(content)


def _encrypted(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le"))


HTML = b"<html><body><table><tr><td>1</td></tr></table></body></html>"

REFUSED: list[tuple[str, str, Callable[[Path], None], Fault]] = [
    ("a picture", "a.png", _bytes(b"\x89PNG\r\n"), Fault.FOREIGN),
    ("no extension", "ledger", _bytes(b"a,b"), Fault.FOREIGN),
    ("an old workbook by name", "a.xls", _bytes(b"x"), Fault.OLD),
    ("an old workbook by content", "a.xlsx", _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)), Fault.OLD),
    ("an encrypted workbook", "a.xlsx", _encrypted, Fault.ENCRYPTED),
    ("a macro workbook by name", "a.xlsm", _bytes(b"PK\x03\x04"), Fault.MACROS),
    ("macros under an honest name", "a.xlsx", _sheet(_number("A1"), **{"xl/vbaProject.bin": b"x"}), Fault.MACROS),
    ("a page saved as a workbook", "a.xlsx", _bytes(HTML), Fault.MISMATCH),
    ("a page saved as csv", "a.csv", _bytes(b"\n" + HTML), Fault.MISMATCH),
    ("a workbook called csv", "a.csv", _sheet(_number("A1")), Fault.MISMATCH),
    ("csv called gzip", "a.csv.gz", _bytes(b"a,b\r\n"), Fault.MISMATCH),
    ("a program called csv", "a.csv", _bytes(b"MZ\x00\x00\x01"), Fault.MISMATCH),
    ("climbing out of the package", "a.xlsx", _sheet(_number("A1"), **{"../../etc/passwd": b"x"}), Fault.NAMES),
    ("climbing with backslashes", "a.xlsx", _sheet(_number("A1"), **{"xl\\..\\..\\x": b"x"}), Fault.NAMES),
    ("an absolute part", "a.xlsx", _sheet(_number("A1"), **{"/etc/passwd": b"x"}), Fault.NAMES),
    ("a part that stands twice", "a.xlsx", _twice, Fault.NAMES),
    ("cut off", "a.xlsx", _truncated, Fault.CORRUPT),
    ("half a zip head", "a.xlsx", _bytes(b"PK\x03\x04" + bytes(50)), Fault.CORRUPT),
    ("broken XML", "a.xlsx", _broken_xml, Fault.CORRUPT),
    ("a damaged stream", "a.xlsx", _broken_stream, Fault.CORRUPT),
    ("damaged gzip", "a.csv.gz", _bytes(gzip.compress(b"a,b\r\n" * 1000)[:-9]), Fault.CORRUPT),
    ("neither encoding", "a.csv", _bytes(b"a,b\r\n\xff\xff,\xff"), Fault.ENCODING),
    ("an open quotation mark", "a.csv", _bytes(b'a,b\r\n1,"2\r\n3,4\r\n'), Fault.QUOTES),
    ("nothing", "a.xlsx", _bytes(b""), Fault.EMPTY),
    ("blank lines", "a.csv", _bytes(b"\r\n,,\r\n"), Fault.EMPTY),
    ("a byte order mark", "a.csv", _bytes(codecs.BOM_UTF8), Fault.EMPTY),
    ("an empty sheet", "a.xlsx", _sheet(""), Fault.EMPTY),
    ("only the last cell of a sheet", "a.xlsx", _sheet(_number("XFD1048576")), Fault.ROWS),
    ("the first and the last cell", "a.xlsx", _sheet(_number("A1") + _number("XFD1048576")), Fault.MEMORY),
    ("two corners within the caps", "a.xlsx", _sheet(_number("A1") + _number("GR200000")), Fault.MEMORY),
    ("a cell far to the right", "a.xlsx", _sheet(_number("GS1")), Fault.COLUMNS),
    ("a cell far down", "a.xlsx", _sheet(_number("A200001")), Fault.ROWS),
    ("a long cell", "a.xlsx", _sheet(_says("B3", "长" * 32_768)), Fault.CELL),
    ("a long cell of csv", "a.csv", _bytes(b"a," + b"x" * 32_768), Fault.CELL),
    ("many columns of csv", "a.csv", _bytes(b"x," * 200 + b"x"), Fault.COLUMNS),
    ("many rows of csv", "a.csv", _bytes(b"x\n" * 200_001), Fault.ROWS),
    ("packed like a bomb", "a.xlsx", _sheet(_number("A1"), **{"xl/x.xml": bytes(30_000_000)}), Fault.RATIO),
    ("a bomb of csv", "a.csv.gz", _bytes(gzip.compress(b"a,b\r\n" + b" " * 30_000_000)), Fault.RATIO),
    (
        "many parts", "a.xlsx", _sheet(_number("A1"), **{f"xl/{part}": b"" for part in range(2000)}), Fault.ENTRIES,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "write", "fault"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_bad_file_is_refused_with_its_own_sentence(
    tmp_path: Path, name: str, write: Callable[[Path], None], fault: Fault
) -> None:
    path = tmp_path / name
    write(path)
    error, sentence = reading._SENTENCES[fault]
    with pytest.raises(error) as caught:
        reading.read_workbook(path)
    assert (type(caught.value), caught.value.message) == (error, sentence)


def test_a_part_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    _lying_about_its_size(path)
    with pytest.raises(RefusalError) as caught:
        reading.read_workbook(path)
    assert caught.value.message in {reading._SENTENCES[fault][1] for fault in (Fault.CORRUPT, Fault.MEMORY, Fault.TIME)}


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 24_172), st.integers(0, 255)), min_size=1, max_size=40))
def test_a_damaged_ledger_is_read_whole_or_refused_and_never_anything_else(damage: list[tuple[int, int]]) -> None:
    content = bytearray((DATA / "ledger-dirty-2018.xlsx").read_bytes())
    for place, value in damage:
        content[place] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.xlsx")
        path.write_bytes(content)
        try:
            (sheet,) = reading.read_workbook(path).sheets
        except RefusalError:
            return
    # What the checksums of the zip let through is the ledger as it was.
    assert len(sheet.rows) == 122


def test_an_installation_that_cannot_read_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _package(tmp_path / "a.xlsx", _number("A1"))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="did not start"):
        reading.read_workbook(path)


def test_the_reading_process_is_told_none_of_the_servers_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = tmp_path / "tell"
    tell.write_text("#!/bin/sh\nenv >&2\nexit 1\n", encoding="utf-8")
    tell.chmod(0o700)
    monkeypatch.setenv("MEDIATION_SECRET_KEY", "canary-1f7b")
    monkeypatch.setattr(sys, "executable", str(tell))
    with pytest.raises(RuntimeError, match="PYTHONUTF8") as caught:
        reading.read_workbook(_package(tmp_path / "a.xlsx", _number("A1")))
    assert "canary" not in str(caught.value)


def _honest(path: Path) -> None:
    writing.write_xlsx(path, [writing.Sheet(Words("表", "T"), [TEXT], [["甲"], ["乙"], ["丙" * 9]])], "zh_Hans")


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (Limits(file_bytes=1000), Fault.FILE_BYTES),
        (Limits(unpacked_bytes=1000), Fault.UNPACKED),
        (Limits(entries=3), Fault.ENTRIES),
        (Limits(rows=3), Fault.ROWS),
        (Limits(columns=0), Fault.COLUMNS),
        (Limits(cell_chars=8), Fault.CELL),
        (Limits(output_bytes=20), Fault.MEMORY),
        (Limits(wall_seconds=0), Fault.TIME),
        (Limits(ratio=1, ratio_from_bytes=0), Fault.RATIO),
    ],
)
def test_every_cap_is_held(tmp_path: Path, limits: Limits, fault: Fault) -> None:
    path = tmp_path / "a.xlsx"
    _honest(path)
    assert len(reading.read_workbook(path).sheets[0].rows) == 4
    with pytest.raises(TooLargeError) as caught:
        reading.read_workbook(path, limits=limits)
    assert caught.value.message == reading._SENTENCES[fault][1]


def test_every_fault_has_a_sentence_and_a_long_cell_is_named_by_its_place(tmp_path: Path) -> None:
    assert set(reading._SENTENCES) == set(Fault)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r\n\r\nc," + b"x" * 40_000)
    with pytest.raises(TooLargeError, match=r"row 3, column 2 of the sheet “a\.csv”"):
        reading.read_workbook(path)


# ------------------------------------------------------------------------------------------ what is written

TEXT = writing.Column("text", Words("文字", "Text"))
NUMBER = writing.Column("number", Words("数", "Number"), "number")
MONEY = writing.Column("money", Words("金额", "Amount"), "money", width=20)
PERCENT = writing.Column("rate", Words("比率", "Rate"), "percent")
DATE = writing.Column("day", Words("日期", "Day"), "date")
INSTANT = writing.Column("at", Words("时间", "Time"), "datetime")
COLUMNS = (TEXT, NUMBER, MONEY, PERCENT, DATE, INSTANT)

# What XML 1.0 can say without an escape of Excel's own, which openpyxl does not undo.
plain_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
).filter(lambda text: "_x" not in text)


def _book(sheet: writing.Sheet, language: str = "zh_Hans") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(writing.xlsx([sheet], language)))


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.one_of(plain_text, st.sampled_from([text for text in FORMULAS if "\r" not in text])),
            st.one_of(st.integers(-(10**15) + 1, 10**15 - 1), st.floats(-1e12, 1e12).map(lambda x: round(x, 3))),
            st.decimals(-(10**12), 10**12, places=2),
            st.floats(0, 1).map(lambda x: round(x, 6)),
            st.dates(dt.date(1900, 3, 1), dt.date(2200, 1, 1)),
            st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2200, 1, 1)).map(  # noqa: DTZ001
                lambda at: at.replace(second=0, microsecond=0)
            ),
        ),
        max_size=8,
    )
)
def test_two_other_readers_find_in_the_workbook_what_was_written(rows: list[tuple[object, ...]]) -> None:
    content = writing.xlsx([writing.Sheet(Words("表", "Table"), COLUMNS, rows)], "en")
    titles = [column.title.en for column in COLUMNS]

    found = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Table")
    assert [list(row) for row in found.iter_rows()] == [titles, *([*map(_as_calamine, row)] for row in rows)]

    page = openpyxl.load_workbook(io.BytesIO(content))["Table"]
    assert [cell.value for cell in page[1]] == titles
    for number, row in enumerate(rows, start=2):
        assert [cell.data_type for cell in page[number]] == ["s", "n", "n", "n", "d", "d"]
        text, amount, money, rate, day, at = (cell.value for cell in page[number])
        assert (text, amount, rate) == (row[0], row[1], row[3])
        assert money == float(row[2])  # type: ignore[arg-type]
        assert isinstance(day, dt.datetime)
        assert (day.date(), at) == (row[4], row[5])


def _as_calamine(value: object) -> object:
    if isinstance(value, int | Decimal):
        return float(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    sheet = writing.Sheet(Words(text, text), [writing.Column("a", Words(text, text))], [[text]], [Words(text, text)])
    content = writing.xlsx([sheet], "en")
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None] == ["s"] * 3
    assert not any(cell.hyperlink for row in page.iter_rows() for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
    found = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    assert next(iter(list(found.iter_rows())[1:])) == [text.replace("\r", "\n")]


def test_the_table_has_a_standing_header_a_filter_widths_and_notes_beneath() -> None:
    notes = [Words("少于五件的不列出。", "Fewer than five are not shown.")]
    sheet = writing.Sheet(Words("统计", "Statistics"), [TEXT, MONEY], [["甲", Decimal("1.5")], ["乙", None]], notes)
    page = _book(sheet)["统计"]
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:B3")
    assert page["A1"].font.bold
    assert page.column_dimensions["B"].width == pytest.approx(20, abs=1)
    assert (page["B2"].number_format, page["B3"].value) == ("#,##0.00", None)
    assert [page[f"A{row}"].value for row in (4, 5)] == [None, "少于五件的不列出。"]


def test_an_instant_is_written_as_the_clock_in_shanghai_showed_it() -> None:
    at = dt.datetime(2025, 12, 31, 16, 30, tzinfo=dt.UTC)
    page = _book(writing.Sheet(Words("表", "T"), [INSTANT, DATE, TEXT], [[at, at, at]])).worksheets[0]
    assert [cell.value for cell in page[2]] == [
        dt.datetime(2026, 1, 1, 0, 30),  # noqa: DTZ001
        dt.datetime(2026, 1, 1),  # noqa: DTZ001
        "2026-01-01 00:30",
    ]


def test_a_number_longer_than_excel_keeps_is_written_as_text() -> None:
    rows: list[list[object]] = [[441900199001011234], [Decimal("1234567890123456.78")], [10**15 - 1]]
    page = _book(writing.Sheet(Words("表", "T"), [NUMBER], rows)).worksheets[0]
    assert [page[f"A{row}"].value for row in (2, 3, 4)] == ["441900199001011234", "1234567890123456.78", 10**15 - 1]


def test_a_text_longer_than_a_cell_ends_in_an_ellipsis() -> None:
    value = _book(writing.Sheet(Words("表", "T"), [TEXT], [["𠮷" * 20_000]])).worksheets[0]["A2"].value
    assert value == "𠮷" * 16_383 + "…"


def test_equal_sheets_make_equal_bytes() -> None:
    sheet = writing.Sheet(Words("表", "T"), COLUMNS, [["甲", 1, 2, 0.5, DAY, None]])
    assert writing.xlsx([sheet], "en") == writing.xlsx([sheet], "en")
    assert writing.xlsx([sheet], "en") != writing.xlsx([sheet], "zh_Hans")


@given(st.lists(st.text(max_size=40), min_size=1, max_size=12))
@settings(max_examples=40)
def test_whatever_sheets_are_called_their_tabs_are_legal_and_different(names: list[str]) -> None:
    titles = writing._legal_titles(names)
    assert len({title.lower() for title in titles}) == len(names)
    for title in titles:
        assert 1 <= len(title.encode("utf-16-le")) // 2 <= 31
        assert not set(title) & set("[]:*?/\\")
        assert title[0] != "'" != title[-1]
    writing.xlsx([writing.Sheet(Words(name, name), [], []) for name in names], "en")


def test_a_workbook_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    def rows() -> Iterator[Sequence[object]]:
        yield ["甲"]
        raise FactError("no more")

    with pytest.raises(FactError):
        writing.write_xlsx(tmp_path / "a.xlsx", [writing.Sheet(Words("表", "T"), [TEXT], rows())], "en")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("row", [["甲"], ["甲", 1, 2]])
def test_a_row_that_does_not_fit_its_columns_is_an_error_in_both_formats(row: list[object]) -> None:
    sheet = writing.Sheet(Words("表", "T"), [TEXT, NUMBER], [row])
    with pytest.raises(ValueError, match="zip"):
        writing.xlsx([sheet], "en")
    with pytest.raises(ValueError, match="zip"):
        list(writing.csv_lines(sheet, "en"))


def test_csv_begins_with_its_mark_and_keeps_numbers() -> None:
    rows = [["甲,乙", -5, Decimal("-1.50"), 0.125, DAY, None]]
    lines = list(writing.csv_lines(writing.Sheet(Words("表", "T"), COLUMNS, rows, [Words("注", "Note")]), "zh_Hans"))
    assert lines == [
        "\ufeff文字,数,金额,比率,日期,时间\r\n",
        '"甲,乙",-5,-1.50,0.125,2026-03-05,\r\n',
        "\r\n",
        "注\r\n",
    ]


@given(st.one_of(st.text(), st.tuples(st.text(" \u3000\ufeff\u00a0"), st.sampled_from(FORMULAS)).map("".join)))
def test_no_text_of_a_csv_begins_as_a_formula(text: str) -> None:
    content = "".join(writing.csv_lines(writing.Sheet(Words("表", "T"), [TEXT, NUMBER], [[text, -1]]), "en"))
    value, number = list(csv.reader(io.StringIO(content, newline="")))[1]
    assert not value.lstrip(" \u3000\ufeff\u00a0\u200b").startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert value in (text, "'" + text)
    assert number == "-1"


def test_what_is_written_can_be_read_in_again(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["（2018）粤06诉前调1号", 3, Decimal("1000.50"), 0.5, DAY, None],
        ["=1+1", None, None, None, None, None],
    ]
    sheet = writing.Sheet(Words("台账", "Ledger"), COLUMNS, rows)
    writing.write_xlsx(tmp_path / "a.xlsx", [sheet], "zh_Hans")
    (found,) = reading.read_workbook(tmp_path / "a.xlsx").sheets
    assert found.name == "台账"
    assert [row.cells for row in found.rows[1:]] == [
        ("（2018）粤06诉前调1号", 3, 1000.5, 0.5, DAY, None),
        ("=1+1", None, None, None, None, None),
    ]
    (tmp_path / "a.csv").write_text("".join(writing.csv_lines(sheet, "zh_Hans")), encoding="utf-8", newline="")
    (found,) = reading.read_workbook(tmp_path / "a.csv").sheets
    header, columns = cells.header_row(found.rows, ["金额", "日期"])
    row = found.rows[header].cells
    assert (cells.as_amount(row[columns["金额"]]), cells.as_date(row[columns["日期"]])) == (Decimal("1000.50"), DAY)
