"""What one cell of a spreadsheet says: text, a day, an amount; and which row holds the column titles.

PURE: values in, values out. Must not know any column of the trade, open a file, or guess: what cannot be
read for certain raises `ValueError`, and the caller names the row and the column.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from decimal import Decimal

from mediation.errors import FactError, N_

Cell = str | int | float | dt.date | dt.datetime | bool | None

HEADER_WITHIN = 30

FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(9999, 12, 31)

# Day 0 of Excel's calendar such that serials after its invented 29 February 1900 come out right.
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_FIRST_SERIAL = (dt.date(1990, 1, 1) - _EXCEL_EPOCH).days
_LAST_SERIAL = (dt.date(2100, 12, 31) - _EXCEL_EPOCH).days

# Excel keeps 15 digits of a number, and shows one of 12 digits or more as 1.23457E+11 (so it stands in a CSV).
_EXACT_BELOW = 10**15
_SHOWN_ROUNDED = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E\+?([0-9]{1,3})", re.IGNORECASE)
_SHOWN_FROM_EXPONENT = 11

_FULL_WIDTH = {
    wide: wide - 0xFEE0 for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for wide in range(first, last + 1)
}  # fmt: skip

# Invisible everywhere: zero-width space, word joiner, BOM, soft hyphen, and the marks that turn the direction of
# text (a name must not display as another). The two joiners stay inside a word, where some scripts need them.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x200B, 0x2060, 0xFEFF, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_LINE_BREAK = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_EDGE = "\u200c\u200d"

_PARTED_DAY = re.compile(
    r"([0-9]{4})\s*(?:([-/.])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,2})|年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号])"
    r"(?:(?:\s+|T)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)
_WHOLE_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SERIAL = re.compile(r"[0-9]{5}")

_AMOUNT = re.compile(
    r"(?:人民币|RMB|CNY)?\s*¥?\s*([+-]?)\s*¥?\s*"
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,24})(\.[0-9]{1,12})?\s*"
    r"([千万亿]?)\s*(?:[元圆]整?|RMB|CNY)?",
    re.IGNORECASE,
)
_SCALE = {"": Decimal(1), "千": Decimal(1000), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank. `number` is the row as Excel counts it (1-based); `cells` begin at column A
    and are as many as the sheet's widest row has."""

    number: int
    cells: tuple[Cell, ...]


def as_text(cell: Cell) -> str:
    """The cell as one line of text, empty for a blank cell.

    Spaces of every kind (no-break, ideographic) and zero-width marks are trimmed at the ends, invisible and
    control characters removed, and a line break inside the cell becomes one space. Full-width digits and
    Latin letters become ordinary ones, because people type numbers with either; full-width punctuation
    stays, because `（2018）粤06诉前调1号` and the brackets in a company's name are correct as they are.
    Whole numbers lose ".0", days are written 2018-09-04.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    text = _LINE_BREAK.sub(" ", cell.translate(_INVISIBLE)).replace("\t", " ").translate(_FULL_WIDTH)
    text = "".join(mark for mark in text if unicodedata.category(mark) != "Cc")
    trimmed = text.strip().strip(_EDGE)
    while trimmed != text:
        text, trimmed = trimmed, trimmed.strip().strip(_EDGE)
    return text


def as_date(cell: Cell) -> dt.date | None:
    """The day a cell names, None for a blank cell.

    Takes a date or an instant (its day), 2026-3-5, 2026/03/05, 2026.3.5, 2026年3月5日 (also with a time
    after it, or in full-width digits), 20260305, and Excel's serial number of a day in 1990 to 2100.

    Raises `ValueError` for anything else: a day that does not exist (2018-02-30), a year before 1900, a year
    of two digits, a month without its day. A day of 2118 is a day: that it lies in the future is for
    the caller to find.
    """
    if cell is None:
        return None
    if isinstance(cell, bool):
        raise ValueError("not a date")
    if isinstance(cell, dt.datetime):
        return _within_reach(cell.date())
    if isinstance(cell, dt.date):
        return _within_reach(cell)
    if isinstance(cell, int | float):
        return _day_of_number(cell)
    text = unicodedata.normalize("NFKC", as_text(cell)).strip()
    if not text:
        return None
    if parted := _PARTED_DAY.fullmatch(text):
        year, _, month, day, han_month, han_day = parted.groups()
        return _day(int(year), int(month or han_month), int(day or han_day))
    if _WHOLE_DAY.fullmatch(text) or _SERIAL.fullmatch(text):
        return _day_of_number(int(text))
    raise ValueError("not a date")


def as_amount(cell: Cell) -> Decimal | None:
    """The sum in yuan a cell names, None for a blank cell.

    Takes a number (to the 15 digits Excel keeps) and text such as `１２，３４５．６元`, `¥1,000.50`,
    `人民币5000元整`, `1.2万元`, `-3`. The sign is kept: whether a sum may be negative is the caller's rule.

    Raises `ValueError` for anything else: another currency, Chinese numerals, commas not between
    thousands, a range, a date.
    """
    if cell is None:
        return None
    if isinstance(cell, bool | dt.date):
        raise ValueError("not an amount")
    if isinstance(cell, int):
        return Decimal(cell)
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise ValueError("not an amount")
        return Decimal(format(cell, ".15g"))
    text = unicodedata.normalize("NFKC", as_text(cell)).strip()
    if not text:
        return None
    parts = _AMOUNT.fullmatch(text)
    if parts is None:
        raise ValueError("not an amount")
    sign, whole, fraction, scale = parts.groups()
    return Decimal(sign + whole.replace(",", "") + (fraction or "")) * _SCALE[scale]


def lost_digits(cell: Cell) -> bool:
    """Whether a long number was typed as a number, so that Excel has dropped its last digits.

    True for a number of 16 digits or more, and for text that shows one as a CSV saved by Excel does
    (`4.419E+17`; from 12 digits on). Such a cell cannot be an identifier: refuse it.
    """
    if isinstance(cell, bool):
        return False
    if isinstance(cell, int | float):
        return abs(cell) >= _EXACT_BELOW
    if isinstance(cell, str):
        shown = _SHOWN_ROUNDED.fullmatch(as_text(cell))
        return shown is not None and int(shown[1]) >= _SHOWN_FROM_EXPONENT
    return False


def header_row(rows: Sequence[Row], known: Collection[str]) -> tuple[int, dict[str, int]]:
    """The row of column titles: its Excel number, and each title's column index (0 is column A).

    It is the row with the most `known` titles among the first 30 that are not blank (the first of equals).
    Titles are compared without blanks, width or letter case, so `争议金额 (元)` is `争议金额（元）`; a known
    title is given as `known` spells it, any other as it stands in the cell (its first column, if it
    stands twice).

    Raises `FactError` when no row holds a known title, or the header holds one of them twice.
    """
    spelling = {_title_key(title): title for title in known}
    best: Row | None = None
    most = 0
    for row in rows[:HEADER_WITHIN]:
        found = len({key for cell in row.cells if (key := _title_key(as_text(cell))) in spelling})
        if found > most:
            best, most = row, found
    if best is None:
        raise FactError(N_("None of the first %(rows)s rows holds the column titles."), rows=HEADER_WITHIN)
    titles: dict[str, int] = {}
    for index, cell in enumerate(best.cells):
        text = as_text(cell)
        key = _title_key(text)
        if not key:
            continue
        if key not in spelling:
            titles.setdefault(text, index)
        elif spelling[key] in titles:
            raise FactError(
                N_("Row %(row)s holds the column title “%(title)s” twice."), row=best.number, title=spelling[key]
            )
        else:
            titles[spelling[key]] = index
    return best.number, titles


def _number_text(number: float) -> str:
    if not math.isfinite(number):
        return str(number)
    return format(Decimal(int(number)) if number.is_integer() else Decimal(repr(number)), "f")


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return _within_reach(dt.date(year, month, day))
    except ValueError:
        raise ValueError("not a date") from None


def _within_reach(day: dt.date) -> dt.date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("not a date of this age")
    return day


def _day_of_number(number: float) -> dt.date:
    if not math.isfinite(number):
        raise ValueError("not a date")
    if _FIRST_SERIAL <= number < _LAST_SERIAL + 1:
        return _EXCEL_EPOCH + dt.timedelta(days=int(number))
    if number == int(number) and (whole := _WHOLE_DAY.fullmatch(str(int(number)))):
        return _day(*map(int, whole.groups()))
    raise ValueError("not a date")


def _title_key(title: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", title)).casefold()
