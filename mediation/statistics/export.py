"""The figures as JSON (`mediation figures`, docs/figures-json.md) and as sheets.

Both are forms of one `queries.Overview`, the same the page shows. Must not count anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mediation.database import Session
from mediation.errors import FactError, N_
from mediation.sheets.writing import Column, Sheet
from mediation.statistics import measures, queries
from mediation.statistics.intervals import Spread
from mediation.statistics.measures import Dimension, Figure, Level
from mediation.statistics.periods import Period
from mediation.statistics.population import NO_FILTERS, Filters
from mediation.statistics.queries import Days, Overview, Row, Table
from mediation.words import Words

Json = dict[str, Any]


# JSON ----------------------------------------------------------------------------------------------------------------


def run(
    session: Session,
    first: dt.date,
    last: dt.date,
    by: str | None = None,
    level: str | None = None,
    as_of: dt.date | None = None,
) -> Json:
    """The figures from `first` to `last` as the command prints them; codes as typed.

    `level`: disputes, unless said; by mediator: proceedings. Raises FactError: no such level or breakdown, an end
    before the start, an as-of date before the end.
    """
    dimension = None if by is None else _member(Dimension, by)
    usual = Level.PROCEEDING if dimension is Dimension.MEDIATOR else Level.DISPUTE
    return as_json(
        session, Period(first, last), level=usual if level is None else _member(Level, level), by=dimension, as_of=as_of
    )


def as_json(
    session: Session,
    period: Period,
    *,
    level: Level = Level.DISPUTE,
    by: Dimension | None = None,
    as_of: dt.date | None = None,
    where: Filters = NO_FILTERS,
) -> Json:
    """The overview of a period as JSON. Raises as `queries.figures`."""
    return to_json(queries.overview(session, period, level=level, by=by, as_of=as_of, where=where))


def to_json(overview: Overview) -> Json:
    """The overview as numbers, texts and lists only; equal overviews give equal JSON."""
    ended = overview.whole[Level.DISPUTE].total.counts
    beside = {
        flow.flow.key: {count.code: flow.counts[count.code] for count in flow.flow.beside}
        for flow in overview.flows
        if flow.flow.beside
    }
    table = overview.broken_down
    return {
        "period": {"first": overview.period.first.isoformat(), "last": overview.period.last.isoformat()},
        "level": overview.level.value,
        "by": overview.by.value if overview.by else None,
        "as_of": overview.as_of.isoformat(),
        "where": _filters_json(overview.where),
        "headline": measures.HEADLINE.code,
        "flows": {
            **{
                flow.flow.key: {term.code: flow.counts[term.code] for term in flow.flow.terms}
                for flow in overview.flows
            },
            "ended_by_class": {
                count.code: ended[count.code] for count in measures.ENDED_BY_CLASS[Level.DISPUTE]
            },
        },
        "of_which": beside,
        "identities": {
            flow.flow.key: {"left": flow.balance.left, "right": flow.balance.right, "holds": flow.identity_holds}
            for flow in overview.flows
        },
        "measures": {
            **{
                figure.measure.code: _figure_json(figure)
                for rate in measures.RATES
                for figure in [overview.figure(rate)]
            },
            **{days.measure.code: _days_json(days) for days in overview.days},
        },
        "rows": [_row_json(row) for row in table.rows] if table else [],
        "total": _row_json(table.total) if table else None,
        "differences": table.differences if table else {},
    }


def _member(kind: type[Any], code: str) -> Any:
    try:
        return kind(code.strip().lower().replace("-", "_"))
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise FactError(N_("“%(code)s” is none of these: %(known)s."), code=code[:40], known=known) from None


def _filters_json(where: Filters) -> Json:
    return {
        "source": where.source.value if where.source else None,
        "kind": where.kind.value if where.kind else None,
        "park": where.park.value if where.park else None,
        "channel": where.channel.value if where.channel else None,
        "organisation": where.organisation_id,
    }


def _figure_json(figure: Figure) -> Json:
    said: Json = {
        "level": figure.measure.level.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "value": _number(figure.value),
    }
    if figure.beside:
        said["of_which"] = {count.code: n for count, n in figure.beside}
    return said


def _spread_json(spread: Spread | None) -> Json:
    if spread is None:
        return {"n": 0, "median": None, "q1": None, "q3": None, "mean": None}
    return {
        "n": spread.n,
        "median": _number(spread.median),
        "q1": _number(spread.q1),
        "q3": _number(spread.q3),
        "mean": _number(spread.mean),
    }


def _days_json(days: Days) -> Json:
    return {
        "level": days.measure.level.value,
        **_spread_json(days.ended),
        "kaplan_meier_median": days.curve.median,
        "still_open": days.curve.n - days.curve.ended,
    }


def _row_json(row: Row) -> Json:
    return {
        "code": row.code,
        "title": {"zh": row.words.zh, "en": row.words.en},
        "counts": dict(row.counts),
        "measures": {figure.measure.code: _figure_json(figure) for figure in row.figures},
        "days": _spread_json(row.days),
    }


def _number(value: Decimal | None) -> float | None:
    # One decimal of a percentage and quarters of days: a float prints them as they are.
    return None if value is None else float(value)


# Sheets --------------------------------------------------------------------------------------------------------------

_NUMERATOR, _DENOMINATOR = Words("分子", "Numerator"), Words("分母", "Denominator")
_VALUE, _DEFINITION = Words("数值", "Value"), Words("定义", "Definition")
_HOLDS, _FAILS = Words("平衡", "holds"), Words("不平衡", "does not hold")


def sheets(overview: Overview) -> list[Sheet]:
    """Rates, flows, days and, where it is broken down, the table: each with its definitions."""
    found = [_rates_sheet(overview), _flows_sheet(overview), _days_sheet(overview)]
    if overview.broken_down is not None:
        found.append(table_sheet(overview.broken_down))
    return found


def table_sheet(table: Table) -> Sheet:
    """A breakdown as a sheet, its total (and by months the difference) beneath."""
    title = table.title or table.level.words
    columns = [Column("title", title, width=28)]
    columns += [Column(count.code, count.words, "number") for count in table.counts]
    for rate in table.rates:
        columns += [
            Column(rate.code, rate.words, "percent", width=16),
            Column(f"{rate.code}.numerator", _joined(rate.words, _NUMERATOR), "number"),
            Column(f"{rate.code}.denominator", _joined(rate.words, _DENOMINATOR), "number"),
            *(Column(count.code, _joined(rate.words, count.words), "number") for count in rate.beside),
        ]
    if table.duration is not None:
        columns += [Column(key, _joined(table.duration.words, words), "number") for key, words in _SPREAD]
    notes = [_about(table.period, table.level)]
    notes += [count.sentence for count in table.counts] + [rate.sentence for rate in table.rates]
    if table.flow is not None:
        notes.insert(1, _identity(table.flow.identity, table.balance))
    if any(table.differences.values()):
        notes.insert(1, _differences(table))
    rows = [
        [*_values(row), *(_spread_values(row.days) if table.duration is not None else [])]
        for row in (*table.rows, table.total)
    ]
    return Sheet(title, columns, rows, notes)


_SPREAD = (
    ("days.n", Words("件数", "n")),
    ("days.median", Words("中位数", "median")),
    ("days.q1", Words("下四分位", "lower quartile")),
    ("days.q3", Words("上四分位", "upper quartile")),
    ("days.mean", Words("平均", "mean")),
)


def _values(row: Row) -> list[object]:
    values: list[object] = [row.words, *row.counts.values()]
    for figure in row.figures:
        values += [_fraction(figure), figure.numerator, figure.denominator, *(n for _, n in figure.beside)]
    return values


def _spread_values(spread: Spread | None) -> list[object]:
    return [0, None, None, None, None] if spread is None else [
        spread.n, spread.median, spread.q1, spread.q3, spread.mean,
    ]


def _rates_sheet(overview: Overview) -> Sheet:
    def rows() -> Iterator[list[object]]:
        for rate in measures.RATES:
            now, before = overview.figure(rate), overview.figure_before(rate)
            yield [rate.code, rate.words, rate.level, rate.basis, now.numerator, now.denominator, _fraction(now),
                   before.numerator, before.denominator, _fraction(before), rate.sentence]
            for (count, n), (_, n_before) in zip(now.beside, before.beside, strict=True):
                yield [count.code, _joined(rate.words, count.words), count.level, rate.basis, n, None, None, n_before,
                       None, None, count.sentence]

    this, last = overview.period.words, overview.before.words
    return Sheet(
        Words("比率", "Rates"),
        [
            Column("code", Words("代码", "Code"), width=26),
            Column("words", Words("指标", "Measure"), width=30),
            Column("level", Words("层级", "Level")),
            Column("basis", Words("口径", "Basis")),
            Column("numerator", _joined(this, _NUMERATOR), "number"),
            Column("denominator", _joined(this, _DENOMINATOR), "number"),
            Column("value", _joined(this, _VALUE), "percent"),
            Column("numerator_before", _joined(last, _NUMERATOR), "number"),
            Column("denominator_before", _joined(last, _DENOMINATOR), "number"),
            Column("value_before", _joined(last, _VALUE), "percent"),
            Column("sentence", _DEFINITION, width=80),
        ],
        rows(),
        [_about(overview.period, None), Words(f"受理批次截止日：{overview.as_of}", f"Cohorts as of {overview.as_of}")],
    )


def _flows_sheet(overview: Overview) -> Sheet:
    def rows() -> Iterator[list[object]]:
        for table in overview.flows:
            whole = overview.whole[table.flow.level].total.counts
            before = overview.whole_before[table.flow.level].total.counts
            for count in (*table.flow.terms, *table.flow.beside, *measures.ENDED_BY_CLASS.get(table.flow.level, ())):
                yield [table.flow.words, count.code, count.words, whole[count.code], before[count.code],
                       count.sentence]

    return Sheet(
        Words("流量", "Flows"),
        [
            Column("flow", Words("流量表", "Flow"), width=22),
            Column("code", Words("代码", "Code"), width=22),
            Column("words", Words("项目", "Term"), width=26),
            Column("count", overview.period.words, "number"),
            Column("count_before", overview.before.words, "number"),
            Column("sentence", _DEFINITION, width=80),
        ],
        rows(),
        [_about(overview.period, None), *(_identity(table.flow.identity, table.balance) for table in overview.flows)],
    )


def _days_sheet(overview: Overview) -> Sheet:
    return Sheet(
        Words("办理时长", "Days"),
        [
            Column("code", Words("代码", "Code"), width=22),
            Column("words", Words("指标", "Measure"), width=26),
            *(Column(key, words, "number") for key, words in _SPREAD),
            Column("kaplan_meier_median", Words("含在办的中位数（Kaplan–Meier）", "Kaplan–Meier median"), "number", 20),
            Column("still_open", Words("其中在办", "still open"), "number"),
            Column("sentence", _DEFINITION, width=80),
        ],
        [
            [days.measure.code, days.measure.words, *_spread_values(days.ended), days.curve.median,
             days.curve.n - days.curve.ended, days.measure.sentence]
            for days in overview.days
        ],
        [_about(overview.period, None)],
    )


def _fraction(figure: Figure) -> Decimal | None:
    return None if figure.value is None else figure.value / 100


def _joined(first: Words, second: Words) -> Words:
    return Words(f"{first.zh} · {second.zh}", f"{first.en} · {second.en}")


def _about(period: Period, level: Level | None) -> Words:
    days = f"{period.first.isoformat()} – {period.last.isoformat()}"
    if level is None:
        return Words(f"期间：{period.words.zh}（{days}）", f"Period: {period.words.en} ({days})")
    return Words(f"{level.words.zh}；期间：{period.words.zh}（{days}）",
                 f"{level.words.en}; period: {period.words.en} ({days})")


def _identity(identity: Words, balance: measures.Balance) -> Words:
    verdict = _HOLDS if balance.holds else _FAILS
    return Words(f"{identity.zh}:{balance.left} = {balance.right},{verdict.zh}" if balance.holds
                 else f"{identity.zh}:{balance.left} ≠ {balance.right},{verdict.zh}",
                 f"{identity.en}: {balance.left} {'=' if balance.holds else '≠'} {balance.right}, {verdict.en}")


def _differences(table: Table) -> Words:
    parts = [(count.words, table.differences[count.code]) for count in table.counts]
    said = [(words, n) for words, n in parts if n]
    return Words(
        "各月之和与全期之差：" + ",".join(f"{words.zh} {n:+d}" for words, n in said),
        "Sum of the months minus the whole: " + ", ".join(f"{words.en} {n:+d}" for words, n in said),
    )
