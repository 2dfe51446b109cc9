"""The spans of days that figures are counted over: years, quarters, months and free spans.

Holds `Period`, its readers from text and its titles. PURE: must not hold a measure, read the clock or the database.
Days are days in Asia/Shanghai (domain, section 5, rule 6); a period has no hours. "This year" is the caller's
question to `clock.today()`.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from mediation.errors import FactError, N_
from mediation.words import Words

EARLIEST_YEAR = 1900
LATEST_YEAR = 2199
"""A typing slip such as 0218 is no year; the bounds also keep a table of months finite."""

_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # `calendar.month_name` follows the server's locale; a title must not.
_QUARTERS_ZH = ("一", "二", "三", "四")

# [0-9] and not \d: full-width digits are text someone pasted, not a period code.
_YEAR = re.compile(r"([0-9]{4})")
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_SPAN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}):([0-9]{4}-[0-9]{2}-[0-9]{2})")

_UNREADABLE = N_("“%(text)s” is not a period. Write 2018, 2018-Q3, 2018-07 or 2018-01-01:2018-06-30.")
_SHOWN = 40  # characters of an unreadable text that are said back


@dataclass(frozen=True, order=True)
class Period:
    """The days from `first` to `last`, both included. Sorts by first day, then by last.

    Raises `FactError` if it ends before it starts or leaves the years 1900–2199.
    """

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise FactError(N_("The period ends before it starts."))
        _check_year(self.first.year)
        _check_year(self.last.year)

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        """How many days it has, first and last included."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> dt.date:
        """The day before the first: at its end the stock is "open at start"."""
        return self.first - dt.timedelta(days=1)

    @property
    def is_whole_months(self) -> bool:
        """Whether it starts on a first and ends on the last day of a month."""
        return self.first.day == 1 and self.last == _month_end(self.last.year, self.last.month)

    @property
    def code(self) -> str:
        """The shortest code that `parse` reads back as this very period."""
        match self._shape:
            case "year":
                return f"{self.first.year}"
            case "quarter":
                return f"{self.first.year}-Q{self._quarter}"
            case "month":
                return f"{self.first.year}-{self.first.month:02}"
            case _:
                return f"{self.first.isoformat()}:{self.last.isoformat()}"

    @property
    def words(self) -> Words:
        """Its title: "2018年第三季度" / "2018 Q3", a span as its two days, a single day as that day."""
        year = self.first.year
        match self._shape:
            case "year":
                return Words(f"{year}年", f"{year}")
            case "quarter":
                return Words(f"{year}年第{_QUARTERS_ZH[self._quarter - 1]}季度", f"{year} Q{self._quarter}")
            case "month":
                return Words(f"{year}年{self.first.month}月", f"{_MONTH_NAMES[self.first.month - 1]} {year}")
            case _:
                first, last = _day_words(self.first), _day_words(self.last)
                if self.first == self.last:
                    return first
                return Words(f"{first.zh}至{last.zh}", f"{first.en} to {last.en}")

    def months(self) -> list[Period]:
        """The calendar months it touches, in order, the first and the last clipped to the period."""
        found: list[Period] = []
        start = self.first
        while start <= self.last:
            end = min(_month_end(start.year, start.month), self.last)
            found.append(Period(start, end))
            start = end + dt.timedelta(days=1)
        return found

    def previous_year(self) -> Period:
        """The same period one year before, for "compared with the year before".

        29 February becomes 28 February; a period of whole months stays one of whole months, so February 2025
        (28 days) is compared with the 29 days of February 2024. Raises `FactError` for a period in 1900.
        """
        if self.is_whole_months:
            first = dt.date(self.first.year - 1, self.first.month, 1)
            return Period(first, _month_end(self.last.year - 1, self.last.month))
        return Period(_year_before(self.first), _year_before(self.last))

    @property
    def _quarter(self) -> int:
        return (self.first.month - 1) // 3 + 1

    @property
    def _shape(self) -> str:
        if not self.is_whole_months or self.first.year != self.last.year:
            return "span"
        match (self.first.month, self.last.month):
            case (1, 12):
                return "year"
            case (1, 3) | (4, 6) | (7, 9) | (10, 12):
                return "quarter"
            case (first, last) if first == last:
                return "month"
            case _:
                return "span"


def year(number: int) -> Period:
    """The calendar year. Raises `FactError` outside 1900–2199."""
    _check_year(number)
    return Period(dt.date(number, 1, 1), dt.date(number, 12, 31))


def quarter(number: int, q: int) -> Period:
    """Quarter `q` (1–4) of a year. Raises `FactError` when there is none such."""
    _check_year(number)
    if not 1 <= q <= 4:
        raise FactError(_UNREADABLE, text=f"{number}-Q{q}")
    return Period(dt.date(number, 3 * q - 2, 1), _month_end(number, 3 * q))


def month(number: int, m: int) -> Period:
    """Month `m` (1–12) of a year. Raises `FactError` when there is none such."""
    _check_year(number)
    if not 1 <= m <= 12:
        raise FactError(_UNREADABLE, text=f"{number}-{m:02}")
    return Period(dt.date(number, m, 1), _month_end(number, m))


def parse(text: str) -> Period:
    """Read "2018", "2018-Q3", "2018-07" or "2018-01-01:2018-06-30" (blanks around it do not matter).

    Raises `FactError` for anything else, for days that do not exist, and for an end before the start.
    """
    code = text.strip()
    if found := _YEAR.fullmatch(code):
        return year(int(found[1]))
    if found := _QUARTER.fullmatch(code):
        return quarter(int(found[1]), int(found[2]))
    if found := _MONTH.fullmatch(code):
        return month(int(found[1]), int(found[2]))
    if found := _SPAN.fullmatch(code):
        try:
            first, last = dt.date.fromisoformat(found[1]), dt.date.fromisoformat(found[2])
        except ValueError:
            raise FactError(_UNREADABLE, text=code) from None
        return Period(first, last)
    raise FactError(_UNREADABLE, text=code[:_SHOWN])


def _check_year(number: int) -> None:
    if not EARLIEST_YEAR <= number <= LATEST_YEAR:
        raise FactError(N_("A period lies in the years %(earliest)s to %(latest)s."),
                        earliest=EARLIEST_YEAR, latest=LATEST_YEAR)


def _month_end(year_number: int, month_number: int) -> dt.date:
    return dt.date(year_number, month_number, calendar.monthrange(year_number, month_number)[1])


def _year_before(day: dt.date) -> dt.date:
    if (day.month, day.day) == (2, 29):
        return dt.date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def _day_words(day: dt.date) -> Words:
    return Words(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}")
