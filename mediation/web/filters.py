"""How values are written on a page. Pure functions over a value and the current language; no HTML."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from flask import Flask

from mediation import clock
from mediation.web import language
from mediation.words import Term, Words

NOTHING = "—"


def init(app: Flask) -> None:
    """Give the templates their filters; `percent` takes two values and is a function as well."""
    for function in (words, day, instant, number, money, mask, percent):
        app.add_template_filter(function, function.__name__)
    app.add_template_global(percent, "percent")


def words(value: Term | Words | None) -> str:
    """A term or a bilingual sentence in the language of the page."""
    return NOTHING if value is None else value.in_(language.current())


def day(value: dt.date | dt.datetime | None) -> str:
    """`2026-03-05`; an instant as its day in Asia/Shanghai."""
    if value is None:
        return NOTHING
    return (clock.local_day(value) if isinstance(value, dt.datetime) else value).isoformat()


def instant(value: dt.datetime | None) -> str:
    """`2026-03-05 14:30` in Asia/Shanghai."""
    return NOTHING if value is None else value.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M")


def percent(numerator: int | None, denominator: int | None) -> str:
    """`86.0 %`, half up to one decimal, from counts; of nothing it is "—", never 0 or 100."""
    if numerator is None or not denominator:
        return NOTHING
    share = (Decimal(100) * numerator / denominator).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{share} %" if language.current() == "en" else f"{share}%"


def number(value: float | Decimal | None) -> str:
    """Thousands apart: `12,345`."""
    return NOTHING if value is None else f"{value:,}"


def money(value: Decimal | int | None) -> str:
    """An amount in yuan: `¥12,345.00`."""
    return NOTHING if value is None else f"¥{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def mask(value: str | None) -> str:
    """An identity or telephone number with its middle hidden, a short text with all but its first character."""
    if not value:
        return NOTHING
    if len(value) < 8:
        return value[0] + "*" * (len(value) - 1)
    return value[:3] + "*" * (len(value) - 7) + value[-4:]
