"""The list of cases on both engines: every case once, whatever the page; each filter narrows to what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation import clock
from mediation.cases.models import Case
from mediation.channels import Channel
from mediation.database import Session
from mediation.docket import queries
from mediation.docket.queries import Attention, Filters, Order, Row
from mediation.terms import Action, CaseState, Outcome, Park, RightKind, Source, SuspendReason
from tests import builders
from tests.builders import Cast

TODAY = clock.today()


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


@pytest.fixture
def cast(session: Session) -> Cast:
    return builders.make_cast(session)


def walk(session: Session, filters: Filters, cast: Cast, size: int) -> Iterator[list[Row]]:
    """Page after page to the end, then back to the beginning: both ways must show the same pages."""
    forth, after = [], None
    while True:
        page = queries.page(session, filters, cast.zone_admin, TODAY, after=after, size=size)
        forth.append(list(page.rows))
        assert (page.before is None) == (after is None)
        if page.after is None:
            break
        after = page.after
    back, before = [forth[-1]], page.before
    while before is not None:
        page = queries.page(session, filters, cast.zone_admin, TODAY, before=before, size=size)
        back.append(list(page.rows))
        before = page.before
        assert page.after is not None
    assert [row for rows in reversed(back) for row in rows] == [row for rows in forth for row in rows]
    yield from forth


@pytest.mark.parametrize("order", list(Order))
def test_the_pages_show_every_case_exactly_once_in_order(session, cast, order):
    made = [builders.register_case(session, cast, on=ago(n % 4)) for n in range(11)]
    for case in made[::2]:
        builders.accept(session, cast, case, case.received_on)
    session.flush()
    for size in (1, 3, 5, 11, 12):
        rows = [row for page in walk(session, Filters(order=order), cast, size) for row in page]
        if order is Order.DUE:
            expected = sorted(made[::2], key=lambda case: (case.proceedings[0].due_on, case.id))
        else:
            newest_first = order is Order.NEWEST
            expected = sorted(made, key=lambda case: (case.received_on, case.id), reverse=newest_first)
        assert [row.case_id for row in rows] == [case.id for case in expected]


def test_a_case_registered_meanwhile_neither_hides_nor_repeats_another(session, cast):
    old = [builders.register_case(session, cast, on=ago(2)).id for _ in range(4)]
    first = queries.page(session, Filters(), cast.zone_admin, TODAY, size=2)
    builders.register_case(session, cast, on=TODAY)
    second = queries.page(session, Filters(), cast.zone_admin, TODAY, after=first.after, size=2)
    assert [row.case_id for row in (*first.rows, *second.rows)] == old[::-1]


@settings(max_examples=60)
@given(st.text(max_size=20))
def test_a_key_nobody_gave_asks_for_the_first_page(text):
    key = queries._read_key(text)
    assert key is None or 0 <= key[1] < 10**9


FILTERS: tuple[tuple[str, Filters, Callable[[Case, Cast], bool]], ...] = (
    ("state", Filters(state=CaseState.OPEN), lambda c, _: c.state is CaseState.OPEN),
    ("channel", Filters(channel=Channel.JUDICIAL), lambda c, _: c.proceedings[-1].channel is Channel.JUDICIAL),
    ("kind", Filters(kind=RightKind.COPYRIGHT), lambda c, _: c.primary_kind is RightKind.COPYRIGHT),
    ("source", Filters(source=Source.COURT), lambda c, _: c.source is Source.COURT),
    ("park", Filters(park=Park.NANHAI), lambda c, _: c.park is Park.NANHAI),
    ("from", Filters(received_from=ago(30)), lambda c, _: c.received_on >= ago(30)),
    ("to", Filters(received_to=ago(30)), lambda c, _: c.received_on <= ago(30)),
    ("words", Filters(words="台灯"), lambda c, _: "台灯" in c.facts),
    ("number", Filters(words="00003"), lambda c, _: c.number_seq == 3 or c.proceedings[-1].number_seq == 3),
    ("both", Filters(words="台灯", channel=Channel.JUDICIAL),
     lambda c, _: "台灯" in c.facts and c.proceedings[-1].channel is Channel.JUDICIAL),
    ("undecided", Filters(attention=Attention.UNDECIDED), lambda c, _: c.proceedings[-1].state == "registered"),
    ("no lead", Filters(attention=Attention.NO_LEAD),
     lambda c, _: c.proceedings[-1].state in ("accepted", "mediating", "suspended") and not c.proceedings[-1].lead_id),
    ("overdue", Filters(attention=Attention.OVERDUE),
     lambda c, _: c.proceedings[-1].state in ("accepted", "mediating") and (c.proceedings[-1].due_on or TODAY) < TODAY),
    ("long suspended", Filters(attention=Attention.LONG_SUSPENDED),
     lambda c, _: any(s.resumed_on is None and s.from_on < ago(30) for s in c.proceedings[-1].suspensions)),
    ("unclosed", Filters(attention=Attention.UNCLOSED),
     lambda c, _: c.proceedings[-1].state in ("ended", "not_accepted") and c.proceedings[-1].closed_on is None),
    ("unanswered", Filters(attention=Attention.UNANSWERED),
     lambda c, _: any(o.state == "pending" and o.offered_on <= ago(8) for o in c.offers)),
)  # fmt: skip


@pytest.fixture
def lived(session: Session, cast: Cast) -> list[Case]:
    """Cases at every station."""
    made = [
        builders.register_case(
            session, cast, on=ago(200 - n), channel=channel, source=[Source.COURT, Source.PARTY][n % 3 == 0],
            kind=[RightKind.COPYRIGHT, RightKind.DESIGN][n // 2 % 2], park=[Park.NANHAI, None][n % 4 == 0],
            facts=["仿冒台灯", "仿冒风扇"][n // 2 % 2],
        )
        for n, channel in enumerate((Channel.PEOPLE, Channel.JUDICIAL) * 5)
    ]
    people = made[::2]
    for case in people[1:]:
        builders.accept(session, cast, case, ago(180))
    for case in people[2:]:
        builders.assign(session, cast, case, ago(180))
        builders.start(session, cast, case, ago(179))
    suspended, ended = people[3], people[4]
    builders.do(
        session, cast, suspended.proceedings[0], Action.SUSPEND, ago(178), suspended_on=ago(178),
        suspend_reason=SuspendReason.APPRAISAL,
    )  # fmt: skip
    builders.end(session, cast, ended, ago(170), Outcome.DEADLOCK)
    builders.offer(session, cast, made[1], ago(10), Channel.PEOPLE)
    builders.offer(session, cast, made[3], TODAY, Channel.PEOPLE)
    made.append(builders.register_case(session, cast, on=ago(3), facts="新的台灯"))
    session.flush()
    return made


def test_each_filter_narrows_to_what_it_says(session, cast, lived):
    for name, filters, holds in FILTERS:
        wanted = {case.id for case in lived if holds(case, cast)}
        page = queries.page(session, filters, cast.zone_admin, TODAY)
        assert {row.case_id for row in page.rows} == wanted, name
        assert 0 < len(wanted) < len(lived), name
        assert queries.count(session, filters, cast.zone_admin, TODAY) == len(wanted), name
        assert {row.case_id for row in queries.all_rows(session, filters, cast.zone_admin, TODAY)} == wanted, name


def test_mine_and_offered_are_asked_from_where_the_person_stands(session, cast, lived):
    def listed(person: object, filters: Filters) -> set[int]:
        return {row.case_id for row in queries.page(session, filters, person, TODAY).rows}  # type: ignore[arg-type]

    me = cast.mediator.mediator_id
    mine = {case.id for case in lived if any(a.mediator_id == me for a in case.proceedings[-1].assignments)}
    assert listed(cast.mediator, Filters(mine=True)) == mine
    assert listed(cast.zone_admin, Filters(mediator=cast.mediator.mediator_id)) == mine
    assert listed(cast.clerk, Filters(attention=Attention.OFFERED)) == {lived[1].id, lived[3].id}
    assert listed(cast.other_clerk, Filters(attention=Attention.OFFERED)) == set()
    court = {c.id for c in lived if c.proceedings[-1].organisation_id == cast.court.id}
    assert listed(cast.zone_admin, Filters(organisation=cast.court.id)) == court


def test_a_row_says_what_the_case_page_says(session, cast, lived):
    rows = {row.case_id: row for row in queries.page(session, Filters(), cast.zone_admin, TODAY).rows}
    for case in lived:
        row, current = rows[case.id], case.proceedings[-1]
        assert (row.number, row.own_number, row.state) == (case.number, current.number, case.state)
        assert (row.organisation, row.channel) == (current.organisation.name, current.channel)
        assert row.lead == (current.lead.name if current.lead else None)
        assert list(row.applicants) == [p.name for p in case.applicants]
        assert list(row.respondents) == [p.name for p in case.respondents]
    due = rows[lived[6].id].due
    assert due is not None
    assert due.stopped


def test_counting_stops_where_it_says_enough(session, cast, monkeypatch):
    monkeypatch.setattr(queries, "COUNTED", 4)
    for _ in range(6):
        builders.register_case(session, cast)
    assert queries.count(session, Filters(), cast.zone_admin, TODAY) == 5


def test_the_reminder_counts_working_days():
    # 2026-03-05 is a Thursday: Tuesday, Wednesday, Thursday are the three days; what came on Monday is due.
    assert queries.reminded_since(dt.date(2026, 3, 5)) == dt.date(2026, 3, 2)
    # Over a weekend, and over the Spring Festival of 2026 (15 to 23 February).
    assert queries.reminded_since(dt.date(2026, 3, 9)) == dt.date(2026, 3, 4)
    assert queries.reminded_since(dt.date(2026, 2, 25)) < dt.date(2026, 2, 15)


def test_filters_stand_in_the_address_and_come_back():
    given = Filters(
        state=CaseState.OPEN, attention=Attention.SOON, channel=Channel.PEOPLE, organisation=3, kind=RightKind.DESIGN,
        source=Source.COURT, park=Park.ZONE, mediator=7, received_from=dt.date(2026, 1, 2), received_to=ago(0),
        words="台灯", mine=True, order=Order.DUE,
    )  # fmt: skip
    assert Filters().address() == {}
    assert set(given.address()) == set(Filters.__dataclass_fields__)
