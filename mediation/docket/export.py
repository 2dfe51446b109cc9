"""The list as a sheet: one row a case, the titles in both languages. Knows no page, and nothing of who may have it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from mediation.database import Session
from mediation.docket import queries
from mediation.docket.queries import Filters
from mediation.people.permissions import Person
from mediation.sheets.writing import Column, Sheet
from mediation.words import Words

COLUMNS = (
    Column("number", Words("案号", "Case number"), width=24),
    Column("own_number", Words("调解组织编号", "Organisation's number"), width=24),
    Column("applicants", Words("申请人", "Applicants"), width=30),
    Column("respondents", Words("被申请人", "Respondents"), width=30),
    Column("kind", Words("知识产权类型", "Kind of right")),
    Column("source", Words("案件来源", "Source")),
    Column("park", Words("园区", "Park")),
    Column("channel", Words("渠道", "Channel")),
    Column("organisation", Words("调解组织", "Organisation"), width=30),
    Column("state", Words("状态", "State")),
    Column("outcome", Words("结果", "Outcome")),
    Column("lead", Words("主调解员", "Lead mediator")),
    Column("received_on", Words("收案日期", "Received on"), "date"),
    Column("accepted_on", Words("受理日期", "Accepted on"), "date"),
    Column("ended_on", Words("终结日期", "Ended on"), "date"),
    Column("due_on", Words("到期日", "Due on"), "date"),
    Column("series", Words("批量维权", "Series")),
)


def sheet(session: Session, filters: Filters, person: Person, today: dt.date) -> Sheet:
    """The cases of `filters` that `person` may see. The rows are read from `session` while the sheet is written."""
    note = Words(
        f"截至{today.isoformat()}。仅含导出人有权查看的案件。",
        f"As of {today.isoformat()}. Only cases the person who exported them may see.",
    )
    return Sheet(Words("案件台账", "Cases"), COLUMNS, _rows(session, filters, person, today), (note,))


def _rows(session: Session, filters: Filters, person: Person, today: dt.date) -> Iterator[tuple[object, ...]]:
    for row in queries.all_rows(session, filters, person, today):
        yield (
            row.number,
            row.own_number,
            "、".join(row.applicants),
            "、".join(row.respondents),
            row.kind,
            row.source,
            row.park,
            row.channel,
            row.organisation,
            row.state,
            row.outcome_class if row.ended_on else None,
            row.lead,
            row.received_on,
            row.accepted_on,
            row.ended_on,
            row.due.on if row.due else None,
            row.series,
        )
