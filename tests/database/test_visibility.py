"""The SQL twin of the policy: a list shows exactly the cases whose outline the policy lets the person open."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from mediation import clock
from mediation.cases import actions, queries, search
from mediation.cases.models import Case
from mediation.channels import Channel
from mediation.database import Session
from mediation.demo.play import at_noon
from mediation.docket import queries as docket
from mediation.docket.queries import Filters
from mediation.people import permissions
from mediation.people.permissions import Permission
from mediation.terms import Action, OfferRejection, Outcome
from tests import builders
from tests.builders import Cast

DAY = dt.date(2026, 3, 2)


@pytest.fixture
def cast(session: Session) -> Cast:
    return builders.make_cast(session)


@pytest.fixture
def varied(session: Session, cast: Cast) -> list[Case]:
    """Cases in every relation anybody may have to one."""
    made: dict[str, Case] = {}

    def case(name: str, **more: object) -> Case:
        made[name] = builders.register_case(session, cast, on=DAY, facts=f"相同的事实{name}", **more)  # type: ignore[arg-type]
        return made[name]

    def later(days: int) -> dt.date:
        return DAY + dt.timedelta(days=days)

    for channel in Channel:
        case(f"registered {channel}", channel=channel)
    case("by the clerk", by=cast.clerk)
    case("by the mediator", by=cast.mediator)
    case("by a mediator of the court", by=cast.stranger, channel=Channel.PEOPLE)
    for name in ("mine", "left by me", "offered", "rejected", "taken over", "ended"):
        builders.accept(session, cast, case(name), later(1))
        builders.assign(session, cast, made[name], later(1))
    builders.start(session, cast, made["ended"], later(1))
    builders.end(session, cast, made["ended"], later(2), Outcome.DEADLOCK)
    builders.offer(session, cast, made["offered"], later(3))
    offer = builders.offer(session, cast, made["rejected"], later(3))
    builders.do(
        session, cast, offer, Action.OFFER_REJECTED, later(4), answered_on=later(4), rejection=OfferRejection.CAPACITY
    )
    builders.answer(session, cast, builders.offer(session, cast, made["taken over"], later(3)), later(4))
    undone = case("entered by mistake")
    at = at_noon(later(1))
    actions.undo_last(session, undone, reason="录错", by=cast.stage.administrators[Channel.PEOPLE], at=at)
    session.flush()
    return list(made.values())


def test_a_list_shows_exactly_what_the_policy_lets_each_role_see(session: Session, cast: Cast, varied: list[Case]):
    for person in cast.everybody:
        listed = set(session.scalars(select(Case.id).where(queries.visible_to(person))))
        allowed = {
            case.id
            for case in varied
            if permissions.may(person, Permission.CASE_SEE, queries.standing_of_case(case))
        }
        assert listed == allowed, person.username


def test_the_cast_does_not_see_the_same(session: Session, cast: Cast, varied: list[Case]):
    """The set above is worth its name: some roles see all, some a part, some nothing."""
    seen = {
        person.username: len(session.scalars(select(Case.id).where(queries.visible_to(person))).all())
        for person in cast.everybody
    }
    assert seen["zone_admin"] == seen["auditor"] == len(varied)
    assert seen["award_staff"] == seen["system_admin"] == 0
    assert 0 < seen["stranger"] < seen["mediator"] < seen["clerk"] == seen["organisation_admin"] < len(varied)
    assert 0 < seen["other_clerk"] < seen["clerk"]


def test_list_search_and_export_show_nobody_the_case_of_others(session: Session, cast: Cast, varied: list[Case]):
    today = clock.today()
    standing = {case.id for case in varied if not case.is_void}
    for person in cast.everybody:
        allowed = set(session.scalars(select(Case.id).where(queries.visible_to(person)))) & standing
        page = docket.page(session, Filters(), person, today)
        words = docket.page(session, Filters(words="相同的事实"), person, today)
        found = search.find(session, "相同的事实", person, 100)
        assert {row.case_id for row in page.rows} == allowed, person.username
        assert {row.case_id for row in words.rows} == allowed, person.username
        assert set(found.case_ids) & standing == allowed, person.username
        assert {row.case_id for row in docket.all_rows(session, Filters(), person, today)} == allowed
        assert docket.count(session, Filters(), person, today) == len(allowed)
