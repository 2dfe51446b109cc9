"""My work: what waits for whom, the most pressing first, and the way from an empty system to its first case."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mediation import clock
from mediation.channels import Channel
from mediation.database import Database
from mediation.people import actions
from mediation.people.queries import SignedIn, signed_in
from mediation.terms import Outcome, Role
from tests import builders
from tests.builders import Cast

TODAY = clock.today()


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


@pytest.fixture
def enter(app: Flask) -> Callable[[SignedIn], FlaskClient]:
    return lambda person: builders.sign_in(app.test_client(), person)


@pytest.fixture
def cast(held: Database) -> Cast:
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


def text(page: TestResponse) -> str:
    return page.get_data(as_text=True)


def groups(page: TestResponse) -> dict[str, list[str]]:
    """The groups of the page: heading code → the numbers of the cases in it."""
    parts = re.split(r'<section aria-labelledby="group-', text(page))[1:]
    return {part[: part.index('"')]: re.findall(r'<a href="/cases/\d+">(佛高知调[^<]+)</a>', part) for part in parts}


@pytest.fixture
def lived(held: Database, cast: Cast) -> dict[str, str]:
    """Cases of the committee at every station, by their numbers."""
    with held.write() as session:
        made = {}
        for name, day in (
            ("undecided", 3), ("no lead", 3), ("overdue", 200), ("in hand", 3), ("ended", 60), ("unanswered", 40),
        ):  # fmt: skip
            made[name] = builders.register_case(session, cast, on=ago(day))
        offered = builders.register_case(session, cast, on=ago(5), channel=Channel.JUDICIAL)
        builders.offer(session, cast, offered, ago(1), Channel.PEOPLE)
        for name in ("no lead", "overdue", "in hand", "ended"):
            builders.accept(session, cast, made[name], made[name].received_on)
        for name in ("overdue", "in hand", "ended"):
            builders.assign(session, cast, made[name], made[name].received_on)
        builders.start(session, cast, made["ended"], ago(59))
        builders.end(session, cast, made["ended"], ago(58), Outcome.DEADLOCK)
        builders.offer(session, cast, made["unanswered"], ago(20))
        session.commit()
        return {name: case.number for name, case in (made | {"offered": offered}).items()}


def test_a_mediator_is_shown_the_next_step_of_their_own_cases(enter, cast, lived):
    page = enter(cast.mediator).get("/work")
    found = groups(page)
    assert found["overdue"] == [lived["overdue"]]
    assert set(found["in_hand"]) == {lived["in hand"]}, "each case stands in one group"
    assert found["unclosed"] == [lived["ended"]]
    assert set(found) == {"overdue", "in_hand", "unclosed"}
    steps = re.findall(r'href="(/cases/proceedings/\d+/\w+)"', text(page))
    assert {step.rsplit("/", 1)[1] for step in steps} == {"start", "close"}
    assert [enter(cast.mediator).get(step).status_code for step in steps[:1]] == [200]


@pytest.mark.parametrize("who", ["clerk", "organisation_admin"])
def test_the_office_is_shown_what_waits_in_its_organisation(enter, cast, lived, who):
    found = groups(enter(getattr(cast, who)).get("/work"))
    assert found == {
        "overdue": [lived["overdue"]],
        "offered": [lived["offered"]],
        "undecided": [lived["unanswered"], lived["undecided"]],
        "no_lead": [lived["no lead"]],
        "unanswered": [lived["unanswered"]],
        "unclosed": [lived["ended"]],
    }


def test_another_organisations_people_are_shown_nothing_of_it(enter, cast, lived):
    ours = {number for name, number in lived.items() if name != "offered"}
    for person in (cast.stranger, cast.other_clerk):
        page = enter(person).get("/work")
        shown = {number for numbers in groups(page).values() for number in numbers}
        # What was offered to the court it may see, but it lies with the committee.
        assert shown & (ours - {lived["unanswered"]}) == set()
    assert "Nothing waits for you." in text(enter(cast.stranger).get("/work"))


@pytest.mark.parametrize("who", ["zone_admin", "auditor"])
def test_who_watches_the_zone_is_shown_counts_that_lead_to_their_lists(enter, cast, lived, who):
    browser = enter(getattr(cast, who))
    page = text(browser.get("/work"))
    links = re.findall(r'href="(/cases\?[^"]+)">([\d,]+)</a>', page)
    assert links
    for address, count in links:
        listed = text(browser.get(address.replace("&amp;", "&")))
        assert len(re.findall(r'<a href="/cases/\d+">佛高知调', listed)) == int(count), address


def test_a_group_of_many_shows_some_and_leads_to_all(enter, cast, held):
    with held.write() as session:
        for _ in range(10):
            builders.register_case(session, cast)
        session.commit()
    page = text(enter(cast.clerk).get("/work"))
    assert len(groups(enter(cast.clerk).get("/work"))["undecided"]) == 8
    found = re.search(r'href="(/cases\?[^"]*attention=undecided[^"]*)">Show all 10<', page)
    assert found
    assert text(enter(cast.clerk).get(found[1].replace("&amp;", "&"))).count('href="/cases/') >= 10


def test_each_role_begins_where_its_work_is(enter, cast, app):
    begins = {person.username: enter(person).get("/").location for person in cast.everybody}
    work = {"clerk", "mediator", "organisation_admin", "stranger", "other_clerk", "zone_admin", "auditor"}
    assert {name for name, place in begins.items() if place == "/work"} == work
    assert begins["system_admin"] == "/accounts"
    assert begins["award_staff"] not in ("/work", "/accounts")


def test_an_empty_system_shows_the_way_to_its_first_case(app, held, enter):
    with held.write() as session:
        zone = actions.create_account(
            session, username="first", display_name="首位管理员", role=Role.ZONE_ADMIN, organisation_id=None,
            mediator_id=None, password=builders.PASSWORD, must_change=False, by=None, at=clock.now(),
        )  # fmt: skip
        session.commit()
        person = signed_in(zone)
    page = text(enter(person).get("/work"))
    assert "The way to the first case" in page
    assert '/organisations/new"' in page
    assert '/cases/new"' not in page


def test_a_registered_case_ends_the_way(enter, cast, held):
    assert '/cases/new"' in text(enter(cast.clerk).get("/work"))
    assert "The way to the first case" in text(enter(cast.clerk).get("/work"))
    with held.write() as session:
        builders.register_case(session, cast)
        session.commit()
    assert "The way to the first case" not in text(enter(cast.clerk).get("/work"))
