"""The list, the search and the help as pages."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from mediation import clock
from mediation.audit.models import AuditEvent
from mediation.cases import workflow
from mediation.channels import Channel
from mediation.database import Database
from mediation.docket import guide, queries
from mediation.people.queries import SignedIn
from mediation.terms import Role, State
from tests import builders
from tests.builders import Cast


@pytest.fixture
def cast(held: Database) -> Cast:
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


@pytest.fixture
def enter(app: Flask) -> Callable[..., FlaskClient]:
    def sign_in(person: SignedIn, language: str = "en") -> FlaskClient:
        return builders.sign_in(app.test_client(), person, language)

    return sign_in


@pytest.fixture
def numbers(held: Database, cast: Cast) -> list[str]:
    """Five cases of the committee and two of the court, by their numbers."""
    with held.write() as session:
        made = [
            builders.register_case(session, cast, applicant=f"第{n}灯具厂", facts="仿冒台灯", channel=channel).number
            for n, channel in enumerate([Channel.PEOPLE] * 5 + [Channel.JUDICIAL] * 2)
        ]
        session.commit()
        return made


def text(page: TestResponse) -> str:
    return page.get_data(as_text=True)


def listed(page: TestResponse) -> list[str]:
    return re.findall(r'<a href="/cases/\d+">(佛高知调[^<]+)</a>', text(page))


def ask(browser: FlaskClient, written: str) -> TestResponse:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text(browser.get("/search")))
    assert token
    return browser.post("/search", data={"q": written, "csrf_token": token[1]})


def take(browser: FlaskClient, address: str = "/cases") -> Any:
    """The workbook behind the list's own export button."""
    page = text(browser.get(address))
    form = re.search(r'<form method="post" action="(/cases/export[^"]*)">\s*<input[^>]*value="([^"]+)"', page)
    assert form
    answered = browser.post(form[1].replace("&amp;", "&"), data={"csrf_token": form[2]})
    assert answered.status_code == 200
    workbook = openpyxl.load_workbook(io.BytesIO(answered.data))
    answered.close()
    return workbook.active


# The list ------------------------------------------------------------------------------------------------------------


def test_each_sees_their_own_organisations_cases(enter, cast, numbers):
    assert listed(enter(cast.zone_admin).get("/cases")) == numbers[::-1]
    assert listed(enter(cast.clerk).get("/cases")) == numbers[4::-1]
    assert listed(enter(cast.other_clerk).get("/cases")) == numbers[:4:-1]
    assert listed(enter(cast.stranger).get("/cases")) == []
    assert enter(cast.award_staff).get("/cases").status_code == 403


def test_the_pages_lead_to_each_other_and_show_every_case_once(enter, cast, numbers, monkeypatch):
    monkeypatch.setattr(queries.page, "__kwdefaults__", {"after": None, "before": None, "size": 3})
    browser, seen, address = enter(cast.zone_admin), [], "/cases"
    while address:
        page = browser.get(address)
        seen.append(listed(page))
        found = re.search(r'rel="next"\s+href="([^"]+)"', text(page))
        address = found[1].replace("&amp;", "&") if found else ""
    assert [number for numbers_ in seen for number in numbers_] == numbers[::-1]
    assert len(seen) == 3


def test_filters_stand_in_the_address_and_on_the_form(enter, cast, numbers):
    page = enter(cast.zone_admin).get("/cases?channel=judicial&words=台灯")
    assert listed(page) == numbers[:4:-1]
    assert re.search(r'<option selected value="judicial"', text(page))
    assert "2 cases" in text(page)


STRANGE = (
    "?state=nonsense", "?organisation=x", "?organisation=99999999999999999999", "?mediator=-1", "?after=x",
    "?received_from=gestern", "?after=2026-01-01.99999999999999999999", "?before=0000-00-00.1", "?order=sideways",
    "?state=&channel=", "?words=%22%20OR%20*", "?words=" + "台" * 500, "?mine=1&attention=offered&attention=soon",
)  # fmt: skip


def test_an_address_nobody_gave_is_no_error(enter, cast, numbers):
    browser = enter(cast.clerk)
    assert {address: browser.get(f"/cases{address}").status_code for address in STRANGE} == dict.fromkeys(STRANGE, 200)


def test_an_empty_list_says_why(enter, cast, numbers):
    assert "No case fits this filter." in text(enter(cast.clerk).get("/cases?state=ended"))
    assert "There is no case here yet." in text(enter(cast.stranger).get("/cases"))


def test_the_list_costs_the_same_statements_however_long_it_is(enter, cast, held, numbers):
    browser = enter(cast.zone_admin)
    browser.get("/cases")
    said: list[str] = []
    counts = []
    event.listen(held.reading, "before_cursor_execute", lambda *given: said.append(given[2]))
    for _ in range(2):
        said.clear()
        browser.get("/cases")
        counts.append(len(said))
        with held.write() as session:
            for _ in range(10):
                builders.register_case(session, cast)
            session.commit()
    assert 0 < counts[1] == counts[0]


# The export ----------------------------------------------------------------------------------------------------------


def test_the_export_holds_exactly_what_is_listed(enter, cast, numbers):
    sheet = take(enter(cast.zone_admin), "/cases?channel=people&order=oldest")
    column = [row[0].value for row in sheet.iter_rows(min_row=2) if row[0].value]
    assert column[: len(numbers[:5])] == numbers[:5]
    assert len([value for value in column if value.startswith("佛高知调")]) == 5


def test_nobody_exports_the_cases_of_others(enter, cast, numbers):
    sheet = take(enter(cast.other_clerk))
    text_ = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert [number in text_ for number in numbers] == [False] * 5 + [True] * 2


def test_an_export_leaves_a_trace_without_what_was_asked(enter, cast, numbers, held):
    take(enter(cast.clerk), "/cases?words=灯具厂")
    with held.read() as session:
        left = session.scalars(select(AuditEvent).where(AuditEvent.action == "case:export")).one()
    assert left.actor_id == cast.clerk.account_id
    assert '"cases":5' in left.detail
    assert "灯具厂" not in left.detail


def test_an_export_is_never_fetched_by_a_link(enter, cast, numbers):
    assert enter(cast.clerk).get("/cases/export").status_code == 405


# The search ----------------------------------------------------------------------------------------------------------


def test_one_hit_by_its_number_is_opened(enter, cast, numbers):
    answered = ask(enter(cast.clerk), numbers[2])
    assert answered.status_code == 303
    assert numbers[2] in text(enter(cast.clerk).get(answered.location))


def test_hits_by_words_are_listed_and_one_hit_by_words_is_not_opened(enter, cast, numbers):
    clerk = enter(cast.clerk)
    assert listed(ask(clerk, "台灯")) == numbers[4::-1]
    assert listed(ask(clerk, "第3灯")) == [numbers[3]]


def test_nobody_finds_the_cases_of_others_by_words_or_number(enter, cast, numbers):
    browser = enter(cast.other_clerk)
    assert listed(ask(browser, "台灯")) == numbers[:4:-1]
    assert "No case you may see bears" in text(ask(browser, numbers[0]))


def test_nothing_found_says_what_can_be_searched(enter, cast, numbers):
    page = text(ask(enter(cast.clerk), "<b>无此案</b>"))
    assert "What can be searched" in page
    assert "&lt;b&gt;无此案" in page


def test_the_search_of_every_page_is_sent_and_never_stands_in_an_address(enter, cast, numbers):
    page = text(enter(cast.clerk).get("/cases"))
    header = re.search(r'<form class="search"[^>]*>', page)
    assert header
    assert 'method="post"' in header[0]
    assert 'action="/search"' in header[0]
    assert numbers[0] not in text(enter(cast.clerk).get(f"/search?q={numbers[0]}"))
    assert enter(cast.clerk).post("/search", data={"q": "台灯"}).status_code == 400


# Help ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_help_tells_every_role_state_and_move(enter, cast, language):
    page = html.unescape(text(enter(cast.award_staff, language).get("/help")))
    for term in (*Role, *State, *(row.action for row in workflow.MOVES)):
        assert term.in_(language) in page
    assert f'/language/{"zh_Hans" if language == "en" else "en"}' in page


def test_each_role_has_its_five_lines():
    assert [len(each.lines) for each in guide.ROLES] == [5] * len(Role)
    assert {each.role for each in guide.ROLES} == set(Role)


def test_the_day_is_todays(enter, cast, numbers):
    assert clock.today().isoformat() in text(enter(cast.clerk).get("/cases"))
