"""The pages of the figures: the completion page, the cases behind a number, the same as a workbook.

Shapes finished values for the templates. Must not count, and must not define a measure.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from mediation import clock
from mediation.database import Session
from mediation.errors import FactError, N_, NotFoundError, RefusalError
from mediation.people import permissions
from mediation.people.permissions import Permission
from mediation.sheets import writing
from mediation.statistics import export, forms, measures, periods, queries
from mediation.statistics.forms import FiguresForm
from mediation.statistics.measures import Count, Dimension, Duration, Figure, Level, Rate
from mediation.statistics.periods import Period
from mediation.statistics.population import Filters
from mediation.statistics.queries import BehindRow, Overview, Part, Row, Table
from mediation.terms import OutcomeClass
from mediation.web import access, filters, language, pages, request
from mediation.web.forms import blame
from mediation.words import Words

blueprint = Blueprint("figures", __name__)

FEW = 20
"""Below so many a rate says nothing about a mediator (the law book, section 8)."""

_NO_ROW = N_("There is no such figure.")
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `chosen`: the visitor named a period, else the default one is shown."""

    period: Period
    level: Level
    by: Dimension | None
    as_of: dt.date | None
    where: Filters
    chosen: bool

    def address(self, **more: object) -> dict[str, Any]:
        """It again as arguments of an address."""
        where = self.where
        said: dict[str, object] = {
            "period": self.period.code,
            "level": self.level.value,
            "by": self.by.value if self.by else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "source": where.source.value if where.source else None,
            "kind": where.kind.value if where.kind else None,
            "park": where.park.value if where.park else None,
            "channel": where.channel.value if where.channel else None,
            "organisation": where.organisation_id,
        }
        return {name: value for name, value in {**said, **more}.items() if value is not None}


# ------------------------------------------------------------------------------------------ pages


@blueprint.get("/figures")
@access.requires(Permission.FIGURES_SEE)
def completion() -> ResponseReturnValue:
    """Completion of a period: headline, flows with their identities, rates, days, a breakdown."""
    session = request.session()
    form, asked = _asked(session)
    overview = _overview(session, asked)
    table = overview.broken_down
    assert table is not None
    before = overview.before.words
    return flask.render_template(
        "statistics/completion.html",
        form=form,
        asked=asked,
        period=overview.period.words,
        before=before,
        as_of=overview.as_of,
        conditions=_conditions(session, overview),
        headline=_card(overview, measures.HEADLINE, asked),
        cards=[*(_card(overview, rate, asked) for rate in _CARDS), _days_card(overview, asked)],
        flows=[_flow(overview, flow, asked) for flow in measures.FLOWS],
        classes=_classes(overview, asked),
        rates=[_rate_line(overview, rate, asked) for rate in measures.RATES],
        days=overview.days,
        table=_breakdown(overview, table, asked),
        chart=_chart(overview, table),
        xlsx_url=flask.url_for("figures.xlsx", **asked.address()),
    )


@blueprint.get("/figures/cases")
@access.requires(Permission.FIGURES_SEE)
def behind() -> ResponseReturnValue:
    """Exactly the cases that make up a number, of which the visitor opens those he or she may."""
    session, args = request.session(), flask.request.args
    asked = _asked(session, strict=True)[1]
    measure = measures.find(asked.level, args.get("measure", ""))
    part = args.get("of", "count")
    if measure is None or part not in (("numerator", "denominator") if isinstance(measure, Rate) else ("count",)):
        raise NotFoundError(_NO_ROW)
    wanted: Part = "numerator" if part == "numerator" else "denominator" if part == "denominator" else "count"
    value = args.get("value") if asked.by is not None else None
    after = args.get("after", default=0, type=int)
    found = queries.cases_behind(
        session, asked.period, measure, wanted, person=access.person(), by=asked.by, value=value,
        as_of=asked.as_of, where=asked.where, after=min(max(after, 0), _LARGEST_ID),
    )
    here = asked.address(measure=measure.code, of=part, value=value)
    return flask.render_template(
        "statistics/behind.html",
        found=found,
        of_proceedings=asked.level is not Level.DISPUTE,
        rows=[_behind_line(row) for row in found.rows],
        title=measure.words,
        part=_(_PARTS[wanted]),
        row=_row_title(session, asked, value) if asked.by is not None else None,
        period=asked.period.words,
        sentence=measure.sentence,
        next_url=flask.url_for("figures.behind", **here, after=found.next_after) if found.next_after else None,
        first_url=flask.url_for("figures.behind", **here) if after else None,
        back_url=flask.url_for("figures.completion", **_back(asked)),
    )


@blueprint.get("/figures.xlsx")
@access.requires(Permission.FIGURES_SEE)
def xlsx() -> ResponseReturnValue:
    """The page as a workbook."""
    session = request.session()
    asked = _asked(session, strict=True)[1]
    overview = _overview(session, asked)
    made = writing.xlsx(export.sheets(overview), language.current())
    answer = flask.make_response(made)
    answer.mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = f"figures-{asked.period.code.replace(':', '_')}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# ------------------------------------------------------------------------------------------ asking


def _asked(session: Session, *, strict: bool = False) -> tuple[FiguresForm, Asked]:
    """What the address asks for. What cannot be read is blamed on the form; `strict`: refused instead.

    Raises FactError (only `strict`), ForbiddenError: a breakdown the visitor may not see.
    """
    usual = queries.default_period(session, clock.today())
    refusals: list[RefusalError] = []
    args, named, chosen = _spelled_out(usual, refusals)
    args.setdefault("year", str(usual.first.year))
    person = access.person()
    may_mediators = permissions.may(person, Permission.FIGURES_MEDIATORS)
    dimensions = [by for by in Dimension if may_mediators or by not in measures.BY_MEDIATOR]
    form = FiguresForm(args)
    level = form.level.data if form.level.data in forms.LEVELS else Level.DISPUTE
    # A lead's run of days is no level of the page, but a number in its table opens onto such rows.
    of_lead = strict and args.get("level") == Level.TENURE
    if of_lead:
        level = Level.TENURE
    years = set(queries.list_years(session, clock.today())) | {named.first.year}
    form.offer(
        years=sorted(years, reverse=True), organisations=queries.list_organisations(session), level=level,
        dimensions=dimensions,
    )
    if not form.by.data or form.by.data == "None":
        form.by.data = Dimension.SOURCE.value if not strict else ""
    by = _dimension(form.by.data)
    queries.ensure_may(person, Dimension.MEDIATOR if level is Level.TENURE else by)
    form.validate()
    try:
        period = form.period()
    except FactError as refusal:
        refusals.append(refusal)
        period = usual
    if (form.first.data is None) != (form.last.data is None):
        refusals.append(FactError(N_("A free period needs its first and its last day.")))
    as_of = form.as_of.data
    if as_of is not None and as_of < period.last:
        refusals.append(FactError(N_("The as-of date lies before the end of the period."), field="as_of"))
        as_of = None
    if by is not None and by not in measures.DIMENSIONS[level]:
        refusals.append(
            FactError(N_("Figures at the level “%(level)s” cannot be broken down by “%(by)s”."), field="by",
                      level=level, by=by)
        )
        by = Dimension.SOURCE
        form.by.data = by.value
    if strict:
        # Where the form cannot say what it did not understand, nothing is counted instead.
        unread = set(form.errors) - ({"level"} if of_lead else set()) - (set() if args.get("by") else {"by"})
        refusals += [FactError(N_("The address asks for something that cannot be read."))] if unread else []
        if refusals:
            raise refusals[0]
    for said in refusals:
        blame(form, said)
    where = Filters(*(_valid(form, name) for name in ("source", "kind", "park", "channel", "organisation")))
    return form, Asked(period, level, by, as_of, where, chosen)


def _spelled_out(usual: Period, refusals: list[RefusalError]) -> tuple[MultiDict[str, str], Period, bool]:
    """The arguments of the address with the period as the form's fields, that period, and whether one was named."""
    args = MultiDict(flask.request.args)
    chosen = any(args.get(name) for name in ("period", "year", "first", "last"))
    named = usual
    if code := args.get("period"):
        try:
            named = periods.parse(code)
        except FactError as refusal:
            refusals.append(refusal)
    if code or not chosen:
        for name, text in forms.as_fields(named).items():
            args[name] = text  # `update` would add to what is there
    return args, named, chosen


def _valid(form: FiguresForm, name: str) -> Any:
    field = form[name]
    return None if field.errors else field.data


def _dimension(code: str) -> Dimension | None:
    try:
        return Dimension(code)
    except ValueError:
        return None


def _overview(session: Session, asked: Asked) -> Overview:
    by = asked.by or Dimension.SOURCE
    return queries.overview(
        session, asked.period, level=asked.level, by=by, as_of=asked.as_of, where=asked.where
    )


def _back(asked: Asked) -> dict[str, Any]:
    """The page a number was opened from: a lead's numbers stand in the table of proceedings by mediator."""
    if asked.level is Level.TENURE:
        return asked.address(level=Level.PROCEEDING.value, by=Dimension.MEDIATOR.value)
    return asked.address()


def _row_title(session: Session, asked: Asked, value: str | None) -> str | None:
    if asked.by is None or value is None:
        return None
    words = queries.title_of_value(session, asked.by, value)
    return f"{_say(measures.title_of(asked.by, asked.level))}: {_say(words)}"


# ------------------------------------------------------------------------------------------ shaping

_PARTS: dict[Part, str] = {"numerator": N_("Numerator"), "denominator": N_("Denominator"), "count": N_("Count")}


def _say(words: Words) -> str:
    return words.in_(language.current())


def _percent(figure: Figure) -> str:
    return filters.percent(figure.numerator, figure.denominator)


def _behind_url(
    asked: Asked,
    measure: Count | Rate | Duration,
    part: Part,
    n: int,
    *,
    period: Period | None = None,
    as_of: dt.date | None = None,
    by: Dimension | None = None,
    value: str | None = None,
) -> str | None:
    """Where the `n` cases of a number are listed; None: there are none to list."""
    if n == 0:
        return None
    if measure.level is Level.TENURE:
        by = Dimension.MEDIATOR if value is not None else None
    address = asked.address(
        period=(period or asked.period).code,
        level=measure.level.value,
        by=by.value if by is not None and value is not None else "",
        value=value,
        as_of=as_of.isoformat() if as_of else None,
        measure=measure.code,
        of=part,
    )
    return flask.url_for("figures.behind", **{name: said for name, said in address.items() if said != ""} | (
        {"value": ""} if value == "" else {}
    ))


def _beside(figure: Figure) -> str | None:
    said = [f"{_say(count.words)} {n}" for count, n in figure.beside]
    return "; ".join(said) or None


_CARDS = (measures.SUCC_CLOSED, measures.SUCC_ACC, measures.ON_TIME)


def _conditions(session: Session, overview: Overview) -> list[str]:
    """What the page was asked for in words: a printed page has no form."""
    where = overview.where
    said = [
        _("%(first)s to %(last)s", first=filters.day(overview.period.first), last=filters.day(overview.period.last)),
        _("cohorts as of %(day)s", day=filters.day(overview.as_of)),
    ]
    filtered = (
        (Dimension.SOURCE, where.source), (Dimension.KIND, where.kind), (Dimension.PARK, where.park),
        (Dimension.CHANNEL, where.channel),
    )
    said += [f"{_say(by.words)}: {_say(member.words)}" for by, member in filtered if member is not None]
    if where.organisation_id is not None:
        by = Dimension.ORGANISATION
        said.append(f"{_say(by.words)}: {_say(queries.title_of_value(session, by, str(where.organisation_id)))}")
    return said


def _days_card(overview: Overview, asked: Asked) -> dict[str, Any]:
    days = next(days for days in overview.days if days.measure is measures.DAYS)
    ended = days.ended
    return {
        "title": _say(days.measure.words),
        "value": filters.NOTHING if ended is None else filters.number(ended.median),
        "definition": _say(days.measure.sentence),
        "numerator": ended.n if ended else 0,
        "numerator_url": _behind_url(asked, days.measure, "count", ended.n if ended else 0),
        "numerator_title": _say(measures.D_ENDED.words),
        "basis": _("median · %(period)s", period=_say(overview.period.words)),
    }


def _card(overview: Overview, rate: Rate, asked: Asked) -> dict[str, Any]:
    figure, before = overview.figure(rate), overview.figure_before(rate)
    note = _(
        "One year before (%(period)s): %(value)s (%(numerator)s / %(denominator)s)",
        period=_say(overview.before.words), value=_percent(before), numerator=filters.number(before.numerator),
        denominator=filters.number(before.denominator),
    )
    return {
        "title": _say(rate.words),
        "value": _percent(figure),
        "definition": _say(rate.sentence),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "numerator_url": _behind_url(asked, rate, "numerator", figure.numerator, as_of=asked.as_of),
        "denominator_url": _behind_url(asked, rate, "denominator", figure.denominator, as_of=asked.as_of),
        "note": "; ".join(part for part in (_beside(figure), note) if part),
        "basis": f"{_say(rate.level.words)} · {_say(overview.period.words)}",
    }


def _flow(overview: Overview, flow: measures.Flow, asked: Asked) -> dict[str, Any]:
    """A flow table: its identity with both sums, and the same terms one year before."""
    now = overview.whole[flow.level].total.counts
    before = overview.whole_before[flow.level].total.counts

    def cell(count: Count, counts: Any, period: Period) -> dict[str, Any]:
        n = counts[count.code]
        return {"text": filters.number(n), "url": _behind_url(asked, count, "count", n, period=period)}

    terms = []
    for place, count in enumerate(flow.terms):
        sign = "" if place == 0 else "=" if place == len(flow.left) else "+"
        n = now[count.code]
        terms.append({"label": _say(count.words), "value": n, "sign": sign,
                      "url": _behind_url(asked, count, "count", n)})
    old = flow.balance(before)
    return {
        "caption": _say(flow.words),
        "head": [_say(flow.words), _say(overview.period.words), _say(overview.before.words)],
        "rows": [
            {"label": _say(count.words),
             "cells": [cell(count, now, overview.period), cell(count, before, overview.before)]}
            for count in (*flow.terms, *flow.beside)
        ],
        "terms": terms,
        "holds": flow.balance(now).holds,
        "note": _("One year before: %(sums)s", sums=f"{old.left} {'=' if old.holds else '≠'} {old.right}"),
        "sentences": [(_say(count.words), _say(count.sentence)) for count in (*flow.terms, *flow.beside)],
    }


def _classes(overview: Overview, asked: Asked) -> list[dict[str, Any]]:
    """What ended, by class."""
    counts = overview.whole[Level.DISPUTE].total.counts
    before = overview.whole_before[Level.DISPUTE].total.counts
    return [
        {"label": _say(count.words), "value": counts[count.code], "before": before[count.code],
         "outcome": OutcomeClass(count.code),
         "share": filters.percent(counts[count.code], counts[measures.D_ENDED.code]),
         "url": _behind_url(asked, count, "count", counts[count.code]),
         "before_url": _behind_url(asked, count, "count", before[count.code], period=overview.before)}
        for count in measures.ENDED_BY_CLASS[Level.DISPUTE]
    ]


def _shown(figure: Figure, asked: Asked, **where: Any) -> dict[str, Any]:
    return {
        "value": _percent(figure),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "numerator_url": _behind_url(asked, figure.measure, "numerator", figure.numerator, **where),
        "denominator_url": _behind_url(asked, figure.measure, "denominator", figure.denominator, **where),
        "beside": _beside(figure),
        "few": 0 < figure.denominator < FEW,
    }


def _rate_line(overview: Overview, rate: Rate, asked: Asked) -> dict[str, Any]:
    # The as-of date of the year before moves along, unless a date was chosen: see queries.previous.
    return {
        "title": _say(rate.words),
        "code": rate.code,
        "basis": f"{_say(rate.level.words)} · {_say(rate.basis.words)}",
        "sentence": _say(rate.sentence),
        "now": _shown(overview.figure(rate), asked, as_of=asked.as_of),
        "before": _shown(overview.figure_before(rate), asked, period=overview.before, as_of=_as_of_before(overview)),
    }


def _as_of_before(overview: Overview) -> dt.date | None:
    return None if overview.as_of == overview.period.last else overview.as_of


def _breakdown(overview: Overview, table: Table, asked: Asked) -> dict[str, Any]:
    """A breakdown as the page draws it: a line per row, the total, by months the difference."""
    title = table.title or table.level.words
    by_mediator = table.by in measures.BY_MEDIATOR
    rows_before = {row.code: row for row in overview.broken_down_before.rows} if overview.broken_down_before else {}
    # The months of two years have different codes: they stand beside each other by their place.
    if table.by is Dimension.MONTH and overview.broken_down_before is not None:
        olds = overview.broken_down_before.rows
        rows_before = {row.code: old for row, old in zip(table.rows, olds, strict=False)}
    total_before = overview.broken_down_before.total if overview.broken_down_before else None

    def line(row: Row, old: Row | None, *, total: bool) -> dict[str, Any]:
        where: dict[str, Any] = {"by": table.by, "value": None if total else row.code, "as_of": asked.as_of}
        if table.by is Dimension.MONTH:
            # A month's cohort is looked at on the as-of date of the whole.
            where["as_of"] = table.as_of
        return {
            "label": _say(row.words),
            "total": total,
            "counts": [
                {"text": filters.number(row.counts[count.code]),
                 "url": _behind_url(asked, count, "count", row.counts[count.code], **where)}
                for count in table.counts
            ],
            "rates": [_shown(figure, asked, **where) for figure in row.figures],
            "median": filters.number(row.days.median) if row.days else filters.NOTHING,
            "before": _percent(old.figures[0]) if old is not None and old.figures else filters.NOTHING,
        }

    return {
        "title": _say(title),
        "caption": f"{_say(table.level.words)} · {_say(title)} · {_say(table.period.words)}",
        "counts": [_say(count.words) for count in table.counts],
        "rates": [_say(rate.words) for rate in table.rates],
        "has_days": table.duration is not None,
        "rates_caption": f"{_('Rates')} · {_say(table.level.words)} · {_say(title)} · {_say(table.period.words)}",
        "before": f"{_say(table.rates[0].words)} · {_say(overview.before.words)}" if table.rates else "",
        "by_mediator": by_mediator,
        "rows": [line(row, rows_before.get(row.code), total=False) for row in table.rows]
        + [line(table.total, total_before, total=True)],
        "empty": not table.rows,
        "identity": _identity(table),
        "differences": [
            (_say(count.words), table.differences[count.code])
            for count in table.counts
            if table.differences[count.code]
        ],
        "sentences": [
            *((_say(count.words), _say(count.sentence)) for count in table.counts),
            *((_say(rate.words), _say(rate.sentence)) for rate in table.rates),
        ],
    }


def _identity(table: Table) -> dict[str, Any] | None:
    if table.flow is None:
        return None
    balance = table.balance
    return {"words": _say(table.flow.identity), "left": balance.left, "right": balance.right, "holds": balance.holds}


def _chart(overview: Overview, table: Table) -> dict[str, Any]:
    """The breakdown as a chart: rates beside last year's; by months and by mediator counts.

    A league table of mediators' rates would be read as a ranking; their work is drawn instead.
    """
    x = [_say(row.words) for row in table.rows]
    if table.by is Dimension.MONTH or table.by in measures.BY_MEDIATOR or not table.rates:
        codes = ("received", "accepted", "ended", "ended_otherwise", "taken_over", "open_at_end")
        counts = [count for count in table.counts if count.code in codes]
        series = [
            {"name": _say(count.words), "data": [row.counts[count.code] for row in table.rows]} for count in counts
        ]
        return {"label": _say(table.level.words), "description": {"type": "bar", "x": x, "series": series, "unit": ""}}
    old = {row.code: row for row in overview.broken_down_before.rows} if overview.broken_down_before else {}
    rate = table.rates[0]

    def value(row: Row | None) -> float | None:
        return None if row is None or row.figures[0].value is None else float(row.figures[0].value)

    series = [
        {"name": _say(overview.period.words), "data": [value(row) for row in table.rows]},
        {"name": _say(overview.before.words), "data": [value(old.get(row.code)) for row in table.rows]},
    ]
    return {"label": _say(rate.words), "description": {"type": "bar", "x": x, "series": series, "unit": "%"}}


def _behind_line(row: BehindRow) -> dict[str, Any]:
    return {"row": row, "url": pages.url_if("desk.case", case_id=row.case_id)}
