"""The award report of a year: every mediator under one scheme, explained, as a value, as JSON and as sheets.

Page, workbook and JSON (docs/award-json.md) are forms of one `Report`, so they show the same numbers. Must not count a
case (`queries`), judge a figure (`rules`), name a party, or know a page. It is no league table: mediators stand in
groups – score bands for those on enough cases, then the others with the reason – and by name within a group.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mediation.awards import facts as award_facts
from mediation.awards import queries, rules, schemes
from mediation.awards.facts import FACTS, Reading
from mediation.awards.queries import CreditLine, MediatorYear
from mediation.awards.rules import NOT_ASSESSABLE, TOO_FEW, Assessment, Scheme
from mediation.database import Session
from mediation.errors import N_, NotFoundError
from mediation.sheets.writing import Column, Sheet
from mediation.statistics import intervals, periods
from mediation.statistics.intervals import NOTHING, Interval
from mediation.words import Words

Json = dict[str, Any]

PASSED, FAILED = Words("通过", "Passed"), Words("未通过", "Not passed")

DEFINITIONS: tuple[tuple[Words, Words], ...] = (
    (Words("计入范围", "What counts"),
     Words("整个调解环节计入终结之日的主调解员名下，按终结之日所在年度计；已移交和未开始调解的不计。同一环节只计一次，"
           "联合调解计入牵头组织。中途更换、回避的和共同、协助调解的只列为“参与”；分担比例只说明工作量。",
           "A whole proceeding counts for the mediator who led it on the day it ended, in the year of that day; "
           "transferred and never-started ones do not. It counts once; a joint one with the lead organisation. Who was "
           "replaced, recused, co-mediated or assisted “took part”; shares only tell the volume of work.")),
    (Words("与统计一致", "Agreement with the statistics"),
     Words("计入的调解环节即统计中按调解员列出的“期内办结（移交除外）”的环节，减去未开始调解的。",
           "The proceedings counted are those the statistics list by mediator as ended otherwise than by transfer, "
           "less those in which mediation never started.")),
    (Words("批量维权", "Series"),
     Words("已申报的批量维权案件，对同一调解员合计为一件：达到规定比例达成协议的为达成，按期、疑难同理。协议、回访和案卷仍按件计。",
           "The cases of a declared series are one unit for a mediator: agreed when the scheme's share of them agreed, "
           "likewise on time and difficult. Agreements, follow-ups and files still count one by one.")),
    (Words("协议被宣告无效", "Void agreements"),
     Words("当年终结、当年被宣告无效的按调解不成计；以前年度已计的，在被宣告无效的年度扣减。",
           "Ended and annulled in the same year: failed. Credited in an earlier year: taken off in the year of the "
           "annulment.")),
    (Words("按期办结", "On time"),
     Words("达成协议之日（没有协议的为终结之日）不晚于到期日；没有期限的不计入分母。经延期才按期的另行列出。",
           "The day of agreement, else of ending, is not after the due day; without a limit it is outside. Those on "
           "time only thanks to an extension are shown beside.")),
    (Words("到期协议", "Agreements fallen due"),
     Words("其终结时主调的环节中，最后一期在期内到期、或期内进入强制执行或诉讼的有效协议；早于终结到期的归入终结之日。"
           "全部付清且未经执行、诉讼的为自动履行，没有履行记录的为未履行。",
           "Of proceedings led when they ended: agreements in force whose last instalment fell due in the span, or "
           "that went to enforcement or suit in it; one due before the end belongs to the day of the end. Paid in full "
           "without either is performed; without a record of payment it is not.")),
    (Words("满意度与转刑", "Satisfaction and crime"),
     Words("取自期内对其主调办结环节的回访记录。",
           "From the follow-ups made in the span to proceedings led when they ended.")),
    (Words("难度", "Difficulty"),
     Words("以终结前评定的难度为准，终结后改评的不采用；全部未评定的为无法评估。",
           "As graded before the end; a later grade is not used. Where none is graded it is not assessable.")),
    (Words("案卷", "Case files"),
     Words("计入的环节中截至出具报告之日已归档的 ÷ 计入的环节；导入时不知是否归档的不计。归档以材料清单齐全为前提。",
           "Of the proceedings counted: those filed by the day of the report ÷ all; where an import did not know it is "
           "left out. Filing asks for a complete checklist.")),
    (Words("培训", "Training"),
     Words("期内登记的培训学时；有登记即为参加。期内全区没有任何培训登记的，为未知。",
           "Hours of training on record in the span; any record means it was taken. When nobody has any on record, it "
           "is unknown.")),
    (Words("样本与排序", "Sample and order"),
     Words("样本数与威尔逊 95 % 区间同时列出；样本不足的不分档。本报告不是排名：先按分数段、再按姓名排列。",
           "The number of cases and the Wilson 95 % interval stand beside; on too few cases there is no band. This is "
           "no ranking: bands first, then names.")),
    (Words("无法评估", "Not assessable"),
     Words("没有数据的项目不计分，也不按满分处理；得分 = 所得分 ÷ 可评估分 × 100。",
           "A criterion without data earns nothing and is not taken as full; score = points ÷ assessable points × "
           "100.")),
)
"""What the figures mean, as printed under every report."""


@dataclass(frozen=True)
class Group:
    """Where a mediator stands in the report. `place` orders the groups; it says nothing within one."""

    place: int
    code: str
    words: Words


@dataclass(frozen=True)
class Row:
    """One mediator in the report."""

    mediator: MediatorYear
    assessment: Assessment
    group: Group

    @property
    def gates_passed(self) -> int:
        """How many gates are passed."""
        return sum(result.passed is True for result in self.assessment.gates)

    @property
    def gates(self) -> int:
        """How many gates there are."""
        return len(self.assessment.gates)

    @property
    def headline(self) -> Reading:
        """The scheme's headline rate with its counts."""
        return self.assessment.scheme.headline.reading(self.mediator.facts)

    @property
    def assessable(self) -> bool:
        """Whether there is a score, resting on at least one case of the headline rate."""
        return self.assessment.score is not None and self.headline.value is not None

    @property
    def score(self) -> Decimal | None:
        """Of 100, half-up to one decimal; None when not assessable."""
        score = self.assessment.score
        return intervals.half_up(score) if self.assessable and score is not None else None

    @property
    def points(self) -> Decimal | None:
        """The points earned, half-up to one decimal; None when not assessable or the scheme has no criteria."""
        points = self.assessment.points
        return intervals.half_up(points) if self.assessable and points is not None else None

    @property
    def total(self) -> Words:
        """The total in a sentence."""
        return self.assessment.total if self.assessable else NOT_ASSESSABLE


@dataclass(frozen=True)
class Report:
    """The award report of a year. `recorded_until`: the day of the latest move on record, the date of the data."""

    year: int
    scheme: Scheme
    recorded_until: dt.date | None
    rows: tuple[Row, ...]

    @property
    def title(self) -> Words:
        """What it is, in a line."""
        return Words(f"{self.year}年度调解员评优报告", f"Annual mediator award {self.year}: report")

    @property
    def groups(self) -> tuple[tuple[Group, tuple[Row, ...]], ...]:
        """The rows by group, in the order of the report."""
        found: dict[Group, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.group, []).append(row)
        return tuple((group, tuple(rows)) for group, rows in found.items())


def scheme_for(year: int, code: str | None = None) -> Scheme:
    """The scheme `code` (the default one, unless said) in the version that holds in `year`.

    Raises NotFoundError: no such scheme in that year; FactError: not a year (1900–2199).
    """
    periods.year(year)
    wanted = code or schemes.DEFAULT_SCHEME
    found = next((scheme for scheme in schemes.schemes_for(year) if scheme.code == wanted), None)
    if found is None:
        raise NotFoundError(N_("There is no such award scheme."))
    return found


def make(
    session: Session,
    year: int,
    scheme: Scheme,
    *,
    mediator_id: int | None = None,
    organisation_id: int | None = None,
) -> Report:
    """The report of `year` under `scheme`; of one mediator, or of those of one organisation, when asked.

    Raises FactError: not a year, or one before the scheme began.
    """
    people = queries.list_mediators(
        session, year, scheme.span, series_share=scheme.series_share, mediator_id=mediator_id
    )
    rows = []
    for person in people:
        if organisation_id is None or organisation_id in {key for key, _ in person.organisations}:
            assessment = rules.assess(scheme, person.facts)
            rows.append(Row(person, assessment, _group(assessment)))
    rows.sort(key=lambda row: (row.group.place, row.mediator.name, row.mediator.mediator_id))
    return Report(year, scheme, queries.recorded_until(session), tuple(rows))


def run(session: Session, year: int, scheme_code: str | None = None) -> Json:
    """The report of `year` as the command prints it. Raises NotFoundError: no such scheme; FactError: not a year."""
    return as_data(make(session, year, scheme_for(year, scheme_code)))


def _group(assessment: Assessment) -> Group:
    """Bands for whoever may stand in one; everybody else by what is in the way, the weightiest last."""
    if assessment.sample_note is NOT_ASSESSABLE:
        return Group(60, "not_assessable", NOT_ASSESSABLE)
    if assessment.gates_passed is False:
        return Group(50, "gates_not_passed", Words("条件未通过", "A gate is not passed"))
    if assessment.gates_passed is None:
        return Group(40, "gates_open", Words("有条件无法评估", "A gate is not assessable"))
    if not assessment.scheme.gives_points:
        return Group(0, "gates_passed", Words("全部条件通过", "All gates passed"))
    if assessment.sample_note is TOO_FEW:
        return Group(20, "too_few", Words("样本不足，不分档", "Too few cases for a band"))
    if not assessment.may_rank or assessment.score is None:
        return Group(30, "too_little", Words("可评估的分值不足，不分档", "Too few assessable points for a band"))
    bands = assessment.scheme.bands
    if assessment.band is not None:
        return Group(bands.index(assessment.band), assessment.band.code, assessment.band.words)
    if bands:
        return Group(len(bands), "below", Words("未达等次", "Below the bands"))
    return _ten_points(assessment.score)


def _ten_points(score: Decimal) -> Group:
    """A scheme without bands of its own: by tens of points, from 90 down."""
    low = min(90, int(Fraction(score) // 10) * 10)
    words = Words("90 分以上", "90 and more") if low == 90 else Words(f"{low} 分段", f"{low} to under {low + 10}")
    return Group((90 - low) // 10, f"score_{low}", words)


def interval_text(interval: Interval | None) -> str:
    """The interval in percent, or "—"."""
    return NOTHING if interval is None else interval.text


def passed_words(passed: bool | None) -> Words:
    """A gate's answer."""
    return NOT_ASSESSABLE if passed is None else PASSED if passed else FAILED


# JSON ----------------------------------------------------------------------------------------------------------------


def as_data(report: Report) -> Json:
    """The report as numbers, texts and lists only, in a fixed order; equal reports give equal JSON.

    Exact values are decimal strings; what is shown rounded stands beside them. Documented in docs/award-json.md.
    """
    scheme = report.scheme
    return {
        "report": "mediator award",
        "year": report.year,
        "scheme": {
            "code": scheme.code,
            "version": scheme.version,
            "title": _said(scheme.words),
            "sentence": _said(scheme.sentence),
            "source": _said(scheme.source),
            "span": scheme.span.value,
            "headline": _said(scheme.headline.words),
            "rank_from": scheme.rank_from,
            "confident_from": scheme.confident_from,
            "series_share": str(scheme.series_share),
        },
        "recorded_until": None if report.recorded_until is None else report.recorded_until.isoformat(),
        "mediators": [_row_data(row) for row in report.rows],
        "definitions": [{"title": _said(title), "sentence": _said(sentence)} for title, sentence in DEFINITIONS],
    }


def _said(words: Words | None) -> Json | None:
    return None if words is None else {"zh": words.zh, "en": words.en}


def _exact(number: Decimal | Fraction | None) -> str | None:
    if number is None:
        return None
    return f"{award_facts.plain(number) if isinstance(number, Fraction) else number:f}"


def _interval_data(interval: Interval | None) -> Json | None:
    if interval is None:
        return None
    low, high = (intervals.half_up(100 * Fraction(end)) for end in (interval.low, interval.high))
    return {"low": str(low), "high": str(high)}


def _row_data(row: Row) -> Json:
    assessment, person = row.assessment, row.mediator
    return {
        "mediator_id": person.mediator_id,
        "name": person.name,
        "organisations": [name for _, name in person.organisations],
        "group": {"code": row.group.code, "title": _said(row.group.words)},
        "gates_passed": row.gates_passed,
        "gates": [
            {
                "code": result.gate.code,
                "title": _said(result.gate.words),
                "passed": result.passed,
                "fact": _said(result.fact_text),
                "needed": _said(result.needed),
            }
            for result in assessment.gates
        ],
        "criteria": [
            {
                "code": result.criterion.code,
                "title": _said(result.criterion.words),
                "numerator": _exact(result.numerator),
                "denominator": _exact(result.denominator),
                "value": _exact(result.value),
                "fact": _said(result.fact_text),
                "interval": _interval_data(result.interval),
                "points": _exact(result.points),
                "points_shown": _shown(result.points),
                "cap": _exact(result.cap),
                "note": _said(result.note),
                "beside": _said(result.beside),
            }
            for result in assessment.criteria
        ],
        "adjustments": [
            {
                "code": result.adjustment.code,
                "title": _said(result.adjustment.words),
                "tariff": _said(result.adjustment.tariff),
                "value": _exact(result.value),
                "fact": _said(result.fact_text),
                "points": _exact(result.points),
                "points_shown": _shown(result.points),
                "note": _said(result.note),
            }
            for result in assessment.adjustments
        ],
        "assessable": row.assessable,
        "points": _exact(assessment.points) if row.assessable else None,
        "points_shown": None if row.points is None else str(row.points),
        "assessable_points": _exact(assessment.assessable_points),
        "adjusted": _exact(assessment.adjusted) if row.assessable else None,
        "score": _exact(assessment.score) if row.assessable else None,
        "score_shown": None if row.score is None else str(row.score),
        "band": None if assessment.band is None or not row.assessable else assessment.band.code,
        "headline": _said(row.headline.words),
        "n": assessment.n,
        "interval": _interval_data(assessment.interval),
        "sample_note": _said(assessment.sample_note),
        "may_rank": assessment.may_rank,
        "facts": award_facts.as_data(person.facts),
        "units": person.units,
        "counted": [_line_data(line) for line in person.counted],
        "not_counted": [_line_data(line) for line in person.not_counted],
    }


def _shown(number: Decimal | None) -> str | None:
    return None if number is None else str(intervals.half_up(number))


def _line_data(line: CreditLine) -> Json:
    decision = line.decision
    return {
        "case_number": line.case_number,
        "proceeding_number": line.proceeding_number,
        "channel": line.channel.value,
        "kind": line.kind.value,
        "series": line.series,
        "outcome": None if line.outcome is None else line.outcome.value,
        "class": None if line.outcome_class is None else line.outcome_class.value,
        "counts_as": None if decision.counts_as is None else decision.counts_as.value,
        "ended_on": None if line.ended_on is None else line.ended_on.isoformat(),
        "role": line.role.value,
        "share": line.share,
        "on_time": line.on_time if line.has_limit else None,
        "thanks_to_extension": line.extended,
        "filed": line.filed,
        "deducted": decision.deducted,
        "reason": _said(decision.reason),
    }


# Sheets --------------------------------------------------------------------------------------------------------------

_NAME = Column("mediator", Words("调解员", "Mediator"), width=14)


def sheets(report: Report) -> list[Sheet]:
    """The workbook: summary, gates, criteria, cases counted, cases not counted, definitions."""
    return [_summary(report), _gates(report), _criteria(report), _lines(report, counted=True),
            _lines(report, counted=False), _definitions(report)]


def _heading(report: Report) -> list[Words]:
    scheme, until = report.scheme, report.recorded_until
    day = NOTHING if until is None else until.isoformat()
    return [
        report.title,
        Words(f"评优方案：{scheme.words.zh}（第 {scheme.version} 版）。{scheme.sentence.zh}",
              f"Scheme: {scheme.words.en} (version {scheme.version}). {scheme.sentence.en}"),
        Words(f"统计范围：{scheme.span.words.zh}。数据截至 {day} 的登记。",
              f"Span: {scheme.span.words.en}. Data as recorded until {day}."),
    ]


def _summary(report: Report) -> Sheet:
    columns = [
        _NAME,
        Column("organisations", Words("组织", "Organisations"), width=28),
        Column("group", Words("分组", "Group"), width=18),
        Column("gates_passed", Words("通过条件数", "Gates passed"), "number"),
        Column("gates", Words("条件数", "Gates"), "number"),
        Column("points", Words("得分", "Points"), "number"),
        Column("assessable_points", Words("可评估分", "Assessable points"), "number"),
        Column("adjusted", Words("加减分", "Adjusted"), "number"),
        Column("score", Words("折合百分制", "Of 100"), "number"),
        Column("headline", Words("成立率", "Success on tried"), width=24),
        Column("n", Words("样本数", "Cases"), "number"),
        Column("interval", Words("95 % 区间", "95 % interval"), width=16),
        Column("note", Words("说明", "Note"), width=20),
    ]
    rows = [
        (
            row.mediator.name, "、".join(name for _, name in row.mediator.organisations), row.group.words,
            row.gates_passed, row.gates, row.points, row.assessment.assessable_points,
            _rounded(row.assessment.adjusted) if row.assessable else None, row.score, row.headline.words,
            row.assessment.n, interval_text(row.assessment.interval), row.assessment.sample_note,
        )
        for row in report.rows
    ]
    return Sheet(Words("汇总", "Summary"), columns, rows, _heading(report))


def _rounded(number: Decimal | None) -> Decimal | None:
    return None if number is None else intervals.half_up(number)


def _gates(report: Report) -> Sheet:
    columns = [
        _NAME,
        Column("gate", Words("条件", "Gate"), width=16),
        Column("fact", Words("事实", "Fact"), width=26),
        Column("needed", Words("要求", "Needed"), width=14),
        Column("passed", Words("结论", "Result"), width=14),
        Column("sentence", Words("说明", "What is asked"), width=60),
    ]
    rows = (
        (row.mediator.name, result.gate.words, result.fact_text, result.needed, passed_words(result.passed),
         result.gate.sentence)
        for row in report.rows
        for result in row.assessment.gates
    )
    return Sheet(Words("条件", "Gates"), columns, rows, _heading(report))


def _criteria(report: Report) -> Sheet:
    columns = [
        _NAME,
        Column("criterion", Words("指标", "Criterion"), width=16),
        Column("numerator", Words("分子", "Numerator"), "number"),
        Column("denominator", Words("分母", "Denominator"), "number"),
        Column("fact", Words("事实", "Fact"), width=24),
        Column("interval", Words("95 % 区间", "95 % interval"), width=16),
        Column("points", Words("得分", "Points"), "number"),
        Column("cap", Words("满分", "Cap"), "number"),
        Column("note", Words("说明", "Note"), width=20),
        Column("beside", Words("另附", "Beside"), width=22),
        Column("sentence", Words("定义", "Definition"), width=60),
    ]

    def rows() -> Iterator[tuple[object, ...]]:
        for row in report.rows:
            for result in row.assessment.criteria:
                yield (
                    row.mediator.name, result.criterion.words, result.numerator, result.denominator, result.fact_text,
                    interval_text(result.interval), _rounded(result.points), result.cap, result.note, result.beside,
                    result.criterion.sentence,
                )
            for weighed in row.assessment.adjustments:
                yield (
                    row.mediator.name, weighed.adjustment.words, None, None, weighed.fact_text, NOTHING,
                    _rounded(weighed.points), weighed.adjustment.cap, weighed.note, weighed.adjustment.tariff,
                    weighed.adjustment.sentence,
                )

    return Sheet(Words("指标", "Criteria"), columns, rows(), _heading(report))


def _lines(report: Report, *, counted: bool) -> Sheet:
    columns = [
        _NAME,
        Column("case_number", Words("案号", "Case number"), width=22),
        Column("proceeding_number", Words("环节编号", "Proceeding number"), width=22),
        Column("channel", Words("渠道", "Channel")),
        Column("kind", Words("权利种类", "Kind of right")),
        Column("outcome", Words("结果", "Outcome")),
        Column("class", Words("类别", "Class")),
        Column("counts_as", Words("计为", "Counts as")),
        Column("ended_on", Words("终结日期", "Ended on"), "date"),
        Column("role", Words("角色", "Role")),
        Column("share", Words("分担（%）", "Share (%)"), "number"),
        Column("series", Words("批量维权", "Series")),
        Column("reason", Words("理由", "Reason"), width=40),
    ]
    rows = (
        (row.mediator.name, line.case_number, line.proceeding_number, line.channel, line.kind, line.outcome,
         line.outcome_class, line.decision.counts_as, line.ended_on, line.role, line.share, line.series,
         line.decision.reason)
        for row in report.rows
        for line in (row.mediator.counted if counted else row.mediator.not_counted)
    )
    title = Words("计入的案件", "Cases counted") if counted else Words("未计入的案件", "Cases not counted")
    return Sheet(title, columns, rows, _heading(report))


def _definitions(report: Report) -> Sheet:
    scheme = report.scheme
    columns = [
        Column("what", Words("名称", "What"), width=24),
        Column("sentence", Words("定义", "Definition"), width=100),
    ]
    rows: list[tuple[Words, Words]] = [
        (Words("评优方案", "Scheme"), scheme.sentence), (Words("依据", "Source"), scheme.source), *DEFINITIONS,
    ]
    rows += [(gate.words, gate.sentence) for gate in scheme.gates]
    rows += [(criterion.words, criterion.sentence) for criterion in scheme.criteria]
    rows += [(adjustment.words, adjustment.sentence) for adjustment in scheme.adjustments]
    return Sheet(Words("定义", "Definitions"), columns, rows, _heading(report))


def fact_lines(row: Row) -> list[tuple[Words, Words]]:
    """Every fact of a mediator that is a number, with its title: what all figures of the report are made of."""
    found = []
    for name, title in FACTS.items():
        number = row.mediator.facts.number(name)
        shown = award_facts.UNKNOWN if number is None else title.unit.of(award_facts.plain(number))
        found.append((title.words, shown))
    return found
