"""The pages of the award report: everybody of a year, one mediator explained, the workbook. They write nothing.

Award staff see numbers of cases without opening them: a number is a link only for those who may open the case.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue

from mediation import clock
from mediation.awards import queries, report, schemes
from mediation.awards.forms import AwardFilter
from mediation.awards.queries import CreditLine
from mediation.awards.report import Report
from mediation.awards.rules import Curve
from mediation.people.permissions import Permission
from mediation.register import queries as register
from mediation.sheets import writing
from mediation.statistics import intervals
from mediation.statistics import queries as statistics
from mediation.web import access, language, pages, request
from mediation.web.forms import Choice

blueprint = Blueprint("awards", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH, _HEIGHT, _MARGIN = 150, 54, 5


@dataclass(frozen=True)
class Picture:
    """A criterion's curve and the mediator's place on it, as SVG coordinates; the table beside says the same."""

    line: str
    at: tuple[str, str] | None
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True)
class CaseEntry:
    """A line of the report and the address of its case, None where the person may not open it."""

    line: CreditLine
    url: str | None


@blueprint.get("/awards")
@access.requires(Permission.AWARD_SEE)
def index() -> ResponseReturnValue:
    """Every mediator of a year under one scheme."""
    asked = _asked()
    made = _report(asked)
    return flask.render_template(
        "awards/index.html",
        report=made,
        filter_form=asked,
        filtered=asked.chosen("organisation") is not None,
        address=_address(asked),
        definitions=report.DEFINITIONS,
        interval_text=report.interval_text,
    )


@blueprint.get("/awards/mediators/<int:mediator_id>")
@access.requires(Permission.AWARD_SEE)
def mediator(mediator_id: int) -> ResponseReturnValue:
    """One mediator: each gate with its fact, each criterion with its counts, each case with its reason."""
    asked, session = _asked(), request.session()
    person = register.get_mediator(session, mediator_id)
    made = _report(asked, mediator_id=person.id)
    row = made.rows[0] if made.rows else None
    return flask.render_template(
        "awards/mediator.html",
        report=made,
        row=row,
        mediator=person,
        address=_address(asked),
        pictures=[_picture(r.criterion.curve, r.value, r.points) for r in row.assessment.criteria] if row else [],
        counted=_entries(row.mediator.counted) if row else [],
        not_counted=_entries(row.mediator.not_counted) if row else [],
        facts=report.fact_lines(row) if row else [],
        definitions=report.DEFINITIONS,
        interval_text=report.interval_text,
        passed_words=report.passed_words,
        half_up=intervals.half_up,
    )


@blueprint.get("/awards/report.xlsx")
@access.requires(Permission.AWARD_SEE)
def xlsx() -> ResponseReturnValue:
    """The report as a workbook."""
    made = _report(_asked())
    book = writing.xlsx(report.sheets(made), language.current())
    name = f"mediator-award-{made.year}-{made.scheme.code}-v{made.scheme.version}.xlsx"
    return flask.send_file(io.BytesIO(book), mimetype=_XLSX, as_attachment=True, download_name=name, max_age=0)


def _asked() -> AwardFilter:
    session, today = request.session(), clock.today()
    years = statistics.list_years(session, today)
    usual = statistics.default_period(session, today).first.year
    given: dict[str, Any] = {"year": str(usual), "scheme": schemes.DEFAULT_SCHEME, **flask.request.args.to_dict()}
    if given["year"] not in {str(year) for year in years}:
        given["year"] = str(usual)
    offered = schemes.schemes_for(int(given["year"]))
    if given["scheme"] not in {scheme.code for scheme in offered}:
        given["scheme"] = schemes.DEFAULT_SCHEME
    form = AwardFilter(_Args(given))
    form.year.choices = [Choice(year, str(year)) for year in years]
    form.scheme.choices = [Choice(scheme.code, scheme.words.in_(language.current())) for scheme in offered]
    form.organisation.offer((one.id, one.name) for one in register.list_organisations(session))
    form.validate()
    return form


class _Args(dict[str, Any]):
    """What was asked for, in the shape the library reads."""

    def getlist(self, name: str) -> list[Any]:
        """The one value."""
        return [self[name]] if name in self else []


def _report(asked: AwardFilter, *, mediator_id: int | None = None) -> Report:
    year, code, organisation = (asked.chosen(name) for name in ("year", "scheme", "organisation"))
    assert isinstance(year, int)
    scheme = report.scheme_for(year, str(code))
    return report.make(
        request.session(), year, scheme, mediator_id=mediator_id,
        organisation_id=organisation if isinstance(organisation, int) and mediator_id is None else None,
    )


def _address(asked: AwardFilter) -> dict[str, Any]:
    named = ("year", "scheme", "organisation")
    return {name: asked.chosen(name) for name in named if asked.chosen(name) is not None}


def _entries(lines: Sequence[CreditLine]) -> list[CaseEntry]:
    may_open = queries.openable(request.session(), access.person(), lines)
    return [
        CaseEntry(line, pages.url_if("desk.case", case_id=line.case_id) if line.case_id in may_open else None)
        for line in lines
    ]


def _picture(curve: Curve, value: Decimal | None, points: Decimal | None) -> Picture:
    """The curve from its first to its last x, drawn to fill the box; a value outside stands on the edge."""
    low, high = curve.points[0][0], curve.points[-1][0]

    def place(x: Decimal, y: Decimal) -> tuple[str, str]:
        along = (min(max(x, low), high) - low) / (high - low)
        up = y / curve.highest
        across, down = _MARGIN + along * (_WIDTH - 2 * _MARGIN), _HEIGHT - _MARGIN - up * (_HEIGHT - 2 * _MARGIN)
        return f"{across:.1f}", f"{down:.1f}"

    line = " ".join(",".join(place(x, y)) for x, y in curve.points)
    return Picture(line, None if value is None or points is None else place(value, points))
