"""The form above the figures: which period, which level, broken down by what, filtered how. Shape only.

It only asks, so it stands in the address and needs no token. Must not read the database: the view says what is on
offer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from mediation.channels import Channel
from mediation.statistics import periods
from mediation.statistics.measures import DIMENSIONS, Dimension, Level, title_of
from mediation.statistics.periods import Period
from mediation.terms import Park, RightKind, Source
from mediation.web import language
from mediation.web.forms import Choice, DateField, PageForm, ReferenceField, TermField

LEVELS = (Level.DISPUTE, Level.PROCEEDING, Level.INTAKE)

_QUARTERS = ("Q1", "Q2", "Q3", "Q4")
_MONTHS = tuple(f"{month:02}" for month in range(1, 13))


def _parts() -> list[Choice]:
    quarters = (Choice(part, _("Quarter %(number)s", number=part[1])) for part in _QUARTERS)
    months = (Choice(part, format_date(dt.date(2000, int(part), 1), "LLLL", rebase=False)) for part in _MONTHS)
    return [Choice("", _("Whole year")), *quarters, *months]


class FiguresForm(PageForm):
    """What the figures are asked for. A first and a last day go before year and part."""

    submission_key = None  # type: ignore[assignment]  # how the library takes a field away

    year = SelectField(_l("Year"), choices=[])
    part = SelectField(_l("Part of the year"), choices=_parts, default="")
    first = DateField(_l("or from"))
    last = DateField(_l("until"))
    as_of = DateField(_l("Cohorts as of"))
    level = TermField(_l("What is one row"), term=Level, subset=LEVELS, blank=False, default=Level.DISPUTE)
    by = SelectField(_l("Broken down by"), choices=[])
    source = TermField(_l("Source"), term=Source)
    kind = TermField(_l("Kind of right"), term=RightKind)
    park = TermField(_l("Park"), term=Park)
    channel = TermField(_l("Channel"), term=Channel)
    organisation = ReferenceField(_l("Organisation"))

    class Meta(PageForm.Meta):
        """How the library builds it."""

        csrf = False

    def offer(
        self,
        *,
        years: Iterable[int],
        organisations: Sequence[tuple[int, str]],
        level: Level,
        dimensions: Iterable[Dimension],
    ) -> None:
        """Say what may be chosen; the titles of the breakdowns are those of `level`."""
        spoken = language.current()
        self.year.choices = [Choice(str(year), str(year)) for year in years]
        # What belongs to another level stays choosable: with it the level may be changed in one step.
        self.by.choices = [
            Choice(by.value, (title_of(by, level) if by in DIMENSIONS[level] else by.words).in_(spoken))
            for by in dimensions
        ]
        everything = Choice("", _("All"))
        for field, term in ((self.source, Source), (self.kind, RightKind), (self.park, Park), (self.channel, Channel)):
            field.choices = [everything, *(Choice(member.value, member.in_(spoken)) for member in term)]
        self.organisation.choices = [everything, *(Choice(str(key), name) for key, name in organisations)]

    def period(self) -> Period:
        """The period asked for. Raises FactError: it ends before it starts or cannot be read."""
        if self.first.data is not None and self.last.data is not None:
            return Period(self.first.data, self.last.data)
        return periods.parse(f"{self.year.data}-{self.part.data}" if self.part.data else str(self.year.data))


def as_fields(period: Period) -> dict[str, str]:
    """The form's fields that ask for `period`."""
    code = period.code
    if ":" in code:
        first, last = code.split(":")
        return {"year": str(period.first.year), "part": "", "first": first, "last": last}
    year, _, part = code.partition("-")
    return {"year": year, "part": part, "first": "", "last": ""}
