"""Closed lists, ids and days in addresses: what is not in the list is a page that does not exist, not an error.

`<channel:channel>`, `<right_kind:kind>`: the class's name in lower case. `<day:on>` is an ISO date.
"""

from __future__ import annotations

import datetime as dt
import re

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, Map, ValidationError

from mediation import channels, terms
from mediation.words import Term


class TermConverter(BaseConverter):
    """A member of one closed list by its code."""

    term: type[Term]

    def to_python(self, value: str) -> Term:
        """The member."""
        try:
            return self.term(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: str | Term) -> str:
        """The member's code."""
        return self.term(value).value


class IdConverter(IntegerConverter):
    """An id: `<int:…>` everywhere. A number no column can hold names nothing (the database would fail on it)."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - the library's name
        super().__init__(map, max=2**31 - 1)


class DayConverter(BaseConverter):
    """A day as 2026-03-05."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def __init__(self, map: Map) -> None:  # noqa: A002 - the library's name
        super().__init__(map)

    def to_python(self, value: str) -> dt.date:
        """The day."""
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: dt.date) -> str:
        """The day in ISO format."""
        return value.isoformat()


def init(app: Flask) -> None:
    """Let addresses of `app` hold a member of any closed list, and days."""
    app.url_map.converters["day"] = DayConverter
    app.url_map.converters["int"] = IdConverter
    for module in (terms, channels):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, Term) and kind is not Term:
                name = _converter_name(kind)
                app.url_map.converters[name] = type(f"{kind.__name__}Converter", (TermConverter,), {"term": kind})


def _converter_name(kind: type[Term]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
