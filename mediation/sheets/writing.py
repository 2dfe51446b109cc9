"""Rows to files: .xlsx by XlsxWriter and .csv, both with formulas disarmed, both written row by row.

Holds how a column's kind looks in a sheet. Must not know what a row means nor who may have it. Equal sheets
make equal bytes: nothing in the file tells the time it was written.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import math
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import xlsxwriter  # type: ignore[import-untyped]

from mediation import clock
from mediation.errors import N_, TooLargeError
from mediation.words import Term, Words

Kind = Literal["text", "number", "date", "datetime", "percent", "money"]

_NUMBER_FORMATS: Mapping[Kind, str] = {
    "text": "@",
    "number": "General",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "percent": "0.0%",
    "money": "#,##0.00",
}
_WIDTHS: Mapping[Kind, int] = {"text": 18, "number": 12, "date": 12, "datetime": 17, "percent": 10, "money": 16}

# The file's "created" property; a true time would make two exports of the same data differ.
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

_MOST_ROWS = 1_048_576
_MOST_TEXT = 32_767
_MOST_TITLE = 31
# A number of more digits than Excel keeps is written as text, or its last digits would be lost.
_MOST_DIGITS = 15
_FIRST_DAY = dt.date(1900, 3, 1)

_YES, _NO = Words("是", "Yes"), Words("否", "No")

_BOM = "\ufeff"
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS_BEFORE = " \u00a0\u3000\u200b\ufeff"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` for programs, `title` for readers, `width` in characters (None: by its kind)."""

    key: str
    title: Words
    kind: Kind = "text"
    width: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `rows` may be a generator and is read once; each row has one value per column. `notes` (what
    is counted, what is withheld) stand beneath the table, after a blank row."""

    title: Words
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]
    notes: Sequence[Words] = ()


def xlsx(sheets: Sequence[Sheet], language: str) -> bytes:
    """The workbook of `sheets` with its titles and terms in `language`; rows pass through a temporary file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "workbook.xlsx")
        write_xlsx(path, sheets, language)
        return path.read_bytes()


def write_xlsx(path: Path, sheets: Sequence[Sheet], language: str) -> None:
    """Write the workbook to `path`, which appears only when it is whole. Memory does not grow with the rows.

    Raises `TooLargeError` when a sheet has more rows than the format holds, and `ValueError` when there is no
    sheet, a row has not one value per column, or a value does not fit its column's kind.
    """
    if not sheets:
        raise ValueError("a workbook needs a sheet")
    handle, unfinished = tempfile.mkstemp(prefix=".", suffix=".xlsx", dir=path.parent)
    os.close(handle)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        with xlsxwriter.Workbook(unfinished, options) as book:
            book.set_properties({"created": _CREATED})
            writer = _Writer(book, language)
            titles = _legal_titles([sheet.title.in_(language) for sheet in sheets])
            for sheet, title in zip(sheets, titles, strict=True):
                writer.add(sheet, title)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def csv_lines(sheet: Sheet, language: str) -> Iterator[str]:
    """The sheet as the lines of a CSV file (RFC 4180, UTF-8 once encoded; the first line begins with a BOM,
    without which Excel reads Chinese as GB18030).

    Text that a spreadsheet would take for a formula gets an apostrophe before it, whatever blanks it begins
    with; numbers stay numbers, a negative one too. Percentages are fractions (0.125), days 2018-09-04.
    """
    yield _BOM + _csv_line([_guarded(column.title.in_(language)) for column in sheet.columns])
    for row in sheet.rows:
        yield _csv_line(
            [_csv_value(column.kind, value, language) for column, value in zip(sheet.columns, row, strict=True)]
        )
    if sheet.notes:
        yield "\r\n"
        for note in sheet.notes:
            yield _csv_line([_guarded(note.in_(language))])


class _Writer:
    """One workbook under way: its formats, made once."""

    def __init__(self, book: Any, language: str) -> None:
        self.book = book
        self.language = language
        self.header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4", "num_format": "@"}
        )
        self.note = book.add_format({"italic": True, "font_color": "#555555", "num_format": "@"})
        self.formats = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}

    def add(self, sheet: Sheet, title: str) -> None:
        """Write `sheet` under the legal `title`: header, rows, notes."""
        page = self.book.add_worksheet(title)
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width or _WIDTHS[column.kind])
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_footer("&L&A&R&P / &N")
        for index, column in enumerate(sheet.columns):
            page.write_string(0, index, column.title.in_(self.language), self.header)
        last = 0
        for last, row in enumerate(sheet.rows, start=1):
            if last + len(sheet.notes) + 2 > _MOST_ROWS:
                raise TooLargeError(N_("A sheet holds at most %(limit)s rows."), limit=_MOST_ROWS)
            for index, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                self._write(page, last, index, column.kind, value)
        if sheet.columns:
            page.autofilter(0, 0, last, len(sheet.columns) - 1)
        for offset, note in enumerate(sheet.notes, start=last + 2):
            page.write_string(offset, 0, _fitting(note.in_(self.language)), self.note)

    def _write(self, page: Any, row: int, column: int, kind: Kind, value: object) -> None:
        form = self.formats[kind]
        if value is None or value == "":
            return
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | dt.date):
            page.write_string(row, column, _fitting(_text(value, self.language)), self.formats["text"])
        elif isinstance(value, dt.date):
            at = _local(value) if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
            # Excel's days before March 1900 are not those of the calendar: they stay text.
            if kind not in ("date", "datetime") or at.date() < _FIRST_DAY:
                page.write_string(row, column, _text(value, self.language), self.formats["text"])
            else:
                page.write_datetime(row, column, at.date() if kind == "date" else at, form)
        elif kind in ("text", "date", "datetime") or not _keeps_digits(value):
            page.write_string(row, column, _text(value, self.language), self.formats["text"])
        else:
            page.write_number(row, column, value, form)


def _local(at: dt.datetime) -> dt.datetime:
    """The instant as a clock in Asia/Shanghai shows it: a sheet knows no zones."""
    return at if at.tzinfo is None else at.astimezone(clock.ZONE).replace(tzinfo=None)


def _keeps_digits(number: float | Decimal) -> bool:
    if not math.isfinite(number):
        raise ValueError("a sheet holds no infinite number")
    return isinstance(number, float) or (
        len(Decimal(number).normalize().as_tuple().digits) <= _MOST_DIGITS and abs(number) < 10**_MOST_DIGITS
    )


def _text(value: object, language: str) -> str:
    if isinstance(value, Term | Words):
        return value.in_(language)
    if isinstance(value, bool):
        return (_YES if value else _NO).in_(language)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return _local(value).isoformat(sep=" ", timespec="minutes")
    return str(value)


def _fitting(text: str) -> str:
    """`text` with the line breaks of a cell, cut (with an ellipsis) at what a cell holds, in UTF-16 units."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text.encode("utf-16-le", "replace")) <= 2 * _MOST_TEXT:
        return text
    return text.encode("utf-16-le", "replace")[: 2 * (_MOST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _legal_titles(wished: Sequence[str]) -> list[str]:
    """Tab titles Excel accepts: at most 31 UTF-16 units, none of `[]:*?/\\`, no apostrophe at an end, each once."""
    taken: set[str] = {"history"}
    titles = []
    for wish in wished:
        stem = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wish).strip().strip("'").strip() or "Sheet"
        title = _cut_title(stem, "")
        number = 1
        while title.lower() in taken:
            number += 1
            title = _cut_title(stem, f" ({number})")
        taken.add(title.lower())
        titles.append(title)
    return titles


def _cut_title(stem: str, ending: str) -> str:
    room = 2 * (_MOST_TITLE - len(ending))
    return stem.encode("utf-16-le", "replace")[:room].decode("utf-16-le", "ignore").rstrip(" '") + ending


def _csv_value(kind: Kind, value: object, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, dt.datetime) and kind == "date":
        return _local(value).date().isoformat()
    return _guarded(_text(value, language))


def _guarded(text: str) -> str:
    """`text` so that no spreadsheet runs it: OWASP's rule for CSV, with the full-width signs Excel takes as well."""
    return "'" + text if text.lstrip(_BLANKS_BEFORE)[:1] in _FORMULA_STARTS else text


def _csv_line(values: Sequence[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue()
