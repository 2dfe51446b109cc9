"""Registering a case: a minute, one page, eight facts; what exists is shown first; a double click makes one case."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from mediation import clock
from mediation.cases.models import Case
from mediation.channels import Channel
from mediation.database import Database
from mediation.people.queries import SignedIn
from mediation.terms import EntryForm, Park, PartyRole, RightKind
from tests import builders
from tests.builders import Cast

PAGE = "/cases/new"
PLAIN = {
    "source": "party", "channel": "people", "kind": "trade_mark", "applicant": "佛山灯具厂", "respondent": "顺德五金店",
    "facts": "仿冒商标",
}  # fmt: skip


@pytest.fixture
def cast(held: Database) -> Cast:
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


@pytest.fixture
def enter(app: Flask) -> Callable[[SignedIn], FlaskClient]:
    return lambda person: builders.sign_in(app.test_client(), person)


@pytest.fixture
def clerk(enter: Callable[[SignedIn], FlaskClient], cast: Cast) -> FlaskClient:
    return enter(cast.clerk)


def text(page: TestResponse) -> str:
    return page.get_data(as_text=True)


def fields_of(page: TestResponse) -> dict[str, str]:
    """What a browser would send of the page's form as it stands, without the buttons."""
    html = text(page)
    form = html[html.index('<form id="intake"') :]
    form = re.sub(r"<template>.*?</template>", "", form, flags=re.DOTALL)
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        sent[attributes["name"]] = attributes.get("value", "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inner)
        sent[name] = chosen[1] if chosen else re.findall(r'<option[^>]*value="([^"]*)"', inner)[0]
    return sent


def register(browser: FlaskClient, page: TestResponse | None = None, /, **given: Any) -> TestResponse:
    """Fill in the page as it stands and send it."""
    page = page or browser.get(PAGE)
    return browser.post(PAGE, data=fields_of(page) | (PLAIN if page.request.method == "GET" else {}) | given)


def cases(held: Database) -> int:
    with held.read() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def only_case(held: Database) -> Case:
    whole = (Case.parties, Case.rights, Case.numbers, Case.proceedings)
    with held.read() as session:
        return session.scalars(select(Case).options(*map(selectinload, whole))).one()


def test_at_most_eight_fields_are_needed_and_the_office_is_filled_in(clerk, cast):
    page = clerk.get(PAGE)
    assert text(page).count("mark-required") == 8
    assert len(re.findall(r"<(?:input|select|textarea)[^>]*\brequired\b", text(page))) == 8
    sent = fields_of(page)
    assert sent["organisation"] == str(cast.committee.id)
    assert sent["channel"] == "people"
    assert sent["received_on"] == clock.today().isoformat()


def test_the_fields_come_in_the_order_of_the_keyboard(clerk):
    html = text(clerk.get(PAGE))
    names = ("source", "channel", "organisation", "kind", "applicant", "respondent", "facts", "received_on")
    places = [html.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    assert 'tabindex="1"' not in html


def test_eight_facts_make_a_case(clerk, cast, held):
    answered = register(clerk)
    case = only_case(held)
    assert answered.status_code == 303
    assert answered.location == f"/cases/{case.id}"
    assert f"Registered as {case.number}." in text(clerk.get(answered.location))
    assert [p.name for p in case.parties] == ["佛山灯具厂", "顺德五金店"]
    (proceeding,) = case.proceedings
    assert proceeding.registered_by_id == cast.clerk.account_id
    assert proceeding.entry_form is EntryForm.OWN


def test_a_missing_fact_is_said_at_its_field_and_nothing_is_lost(clerk, held):
    answered = register(clerk, respondent=" ", facts="仿冒商标的说明")
    assert answered.status_code == 422
    assert 'href="#respondent"' in text(answered)
    assert "仿冒商标的说明" in text(answered)
    assert cases(held) == 0


def test_the_way_in_is_the_usual_one_of_the_channel_chosen_last(clerk, held):
    register(clerk, channel="judicial")
    assert only_case(held).proceedings[0].entry_form is EntryForm.DELEGATED


def test_a_way_into_another_channel_is_said_at_its_field(clerk, held):
    answered = register(clerk, channel="people", entry_form="entrusted")
    assert answered.status_code == 422
    assert 'href="#entry_form"' in text(answered)
    assert cases(held) == 0


def test_a_mediator_may_register_and_stands_as_registrar(enter, cast, held):
    answered = register(enter(cast.mediator))
    assert answered.status_code == 303
    assert only_case(held).proceedings[0].registered_by_id == cast.mediator.account_id
    assert enter(cast.mediator).get(answered.location).status_code == 200


def test_nobody_registers_for_another_organisation(clerk, cast, held):
    answered = register(clerk, organisation=str(cast.court.id))
    assert answered.status_code == 422
    assert cases(held) == 0


def test_who_watches_or_manages_registers_nothing(enter, cast, held):
    watchers = (cast.zone_admin, cast.auditor, cast.award_staff, cast.system_admin)
    assert [enter(person).get(PAGE).status_code for person in watchers] == [403] * 4


def test_a_late_entry_needs_its_reason_and_is_asked_for_it(clerk, held):
    day = (clock.today() - dt.timedelta(days=8)).isoformat()
    assert 'name="late_reason"' not in text(clerk.get(PAGE))
    answered = register(clerk, received_on=day)
    assert answered.status_code == 422
    assert 'href="#late_reason"' in text(answered)
    assert register(clerk, answered, late_reason="纸质材料迟到").status_code == 303
    assert only_case(held).received_on.isoformat() == day


def test_a_day_in_the_future_is_refused(clerk, held):
    answered = register(clerk, received_on=(clock.today() + dt.timedelta(days=1)).isoformat())
    assert answered.status_code == 422
    assert cases(held) == 0


# Details and rows ----------------------------------------------------------------------------------------------------


def test_details_and_rows_arrive(clerk, held):
    page = register(clerk, add_row="parties")
    page = register(clerk, page, add_row="rights")
    page = register(clerk, page, add_row="numbers")
    assert cases(held) == 0
    given = {
        "parties-0-role": "third_party", "parties-0-name": "南海物流", "rights-0-kind": "copyright",
        "numbers-0-kind": "court", "numbers-0-number": "（2026）粤0604民初9号", "amount_claimed": "1.2万",
        "respondent_details-kind": "natural", "respondent_details-contact": "13800000000", "park": "nanhai",
        "applicant_details-designations": "national_advantage", "series": "灯具维权",
    }  # fmt: skip
    assert register(clerk, page, **given).status_code == 303
    case = only_case(held)
    assert [(p.role, p.name) for p in case.parties][2:] == [(PartyRole.THIRD_PARTY, "南海物流")]
    assert [r.kind for r in case.rights] == [RightKind.TRADE_MARK, RightKind.COPYRIGHT]
    assert [n.number for n in case.numbers] == ["（2026）粤0604民初9号"]
    assert (case.amount_claimed, case.series, case.park) == (Decimal(12_000), "灯具维权", Park.NANHAI)
    assert case.applicants[0].designations == ["national_advantage"]
    assert case.respondents[0].contact == "13800000000"


def test_a_row_is_taken_away_by_its_button_without_script(clerk):
    page = register(clerk, add_row="parties")
    page = register(clerk, page, add_row="parties", **{"parties-0-name": "甲"})
    page = register(clerk, page, remove_row="parties-0", **{"parties-1-name": "乙"})
    assert ("甲" in text(page), "乙" in text(page)) == (False, True)


def test_rows_added_by_script_may_have_gaps_and_blank_rows_are_left_out(clerk, held):
    rows = {"parties-3-name": "丙公司", "parties-7-name": ""}
    rows |= {f"parties-{n}-role": "respondent" for n in (3, 7)}
    assert register(clerk, **rows).status_code == 303
    assert [p.name for p in only_case(held).respondents] == ["顺德五金店", "丙公司"]


def test_a_row_with_something_but_no_name_is_refused_at_the_name(clerk, held):
    answered = register(clerk, **{"parties-0-contact": "13800000000"})
    assert answered.status_code == 422
    assert 'href="#parties-0-name"' in text(answered)


def test_a_hundred_rows_arrive_and_one_more_is_said_not_dropped(clerk, held):
    hundred = {f"parties-{n}-name": f"第{n}建材店" for n in range(100)}
    answered = register(clerk, **hundred, **{"parties-100-name": "多余的店"})
    assert answered.status_code == 422
    assert "At most 100 rows" in text(answered)
    assert cases(held) == 0
    assert register(clerk, **hundred).status_code == 303
    assert len(only_case(held).respondents) == 101


def test_the_acts_follow_the_kind_of_right_with_and_without_script(clerk, held):
    page = register(clerk, kind="trade_secret", adapt="1")
    lists = re.findall(r'<select[^>]*id="infringing_act".*?</select>', text(page), re.DOTALL)
    offered = set(re.findall(r'<option[^>]*value="([^"]+)"', lists[0]))
    fragment = clerk.get(f"/cases/acts?kind=trade_secret&received_on={clock.today()}")
    assert offered == set(re.findall(r'<option value="([^"]+)"', text(fragment))) != set()
    assert register(clerk, page, infringing_act=min(offered)).status_code == 303
    assert only_case(held).infringing_act == min(offered)


def test_an_act_against_another_kind_of_right_is_refused(clerk, held):
    page = register(clerk, kind="trade_secret", adapt="1")
    act = re.findall(r'<option value="([^"]+)"', text(clerk.get("/cases/acts?kind=trade_secret")))[0]
    assert register(clerk, page, kind="invention", infringing_act=act).status_code == 422
    assert cases(held) == 0


# Numbers -------------------------------------------------------------------------------------------------------------


def test_a_number_that_cannot_be_right_is_refused_at_its_field(clerk, held):
    wrong = {"right-number": "201310699744.3", "applicant_details-identifier": "1"}
    answered = register(clerk, kind="invention", **wrong)
    assert answered.status_code == 422
    assert 'href="#right-number"' in text(answered)
    assert 'href="#applicant_details-identifier"' in text(answered)
    assert cases(held) == 0


def test_a_doubtful_number_is_shown_once_and_never_blocks(clerk, held):
    doubtful = {"kind": "invention", "right-number": "201310699744"}
    shown = register(clerk, **doubtful)
    assert shown.status_code == 200
    assert "Register anyway" in text(shown)
    assert cases(held) == 0
    assert register(clerk, shown).status_code == 303
    assert cases(held) == 1


def test_another_doubt_than_the_one_confirmed_is_shown_again(clerk, held):
    shown = register(clerk, **{"kind": "invention", "right-number": "201310699744"})
    again = register(clerk, shown, **{"right-number": "ZL201310699744.2", "right-status": "pending"})
    assert (again.status_code, cases(held)) == (200, 0)
    assert register(clerk, again).status_code == 303


# What there is already -----------------------------------------------------------------------------------------------


@pytest.fixture
def known(held, cast) -> dict[str, int]:
    """A case of the committee and one of the court against the same shop."""
    with held.write() as session:
        made = {
            "ours": builders.register_case(session, cast, respondent="顺德五金店", applicant="甲").id,
            "theirs": builders.register_case(
                session, cast, respondent="顺德五金店", applicant="乙", channel=Channel.JUDICIAL
            ).id,
        }
        session.commit()
        return made


def test_similar_cases_are_shown_before_and_confirmed_once(clerk, held, known):
    shown = register(clerk)
    assert shown.status_code == 200
    assert f'href="/cases/{known["ours"]}"' in text(shown)
    assert f'href="/cases/{known["theirs"]}"' not in text(shown)
    assert "1 more in other organisations" in text(shown)
    assert cases(held) == 2
    assert register(clerk, shown).status_code == 303
    assert cases(held) == 3


def test_confirming_by_guess_registers_nothing(clerk, held, known):
    assert register(clerk, confirmed="1").status_code == 200
    assert cases(held) == 2


def test_similar_cases_are_shown_while_writing_to_those_who_may_see_them(clerk, enter, cast, known):
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text(clerk.get(PAGE)))
    assert token
    found = clerk.post("/cases/similar", data={"name": "顺德五金店"}, headers={"X-CSRFToken": token[1]})
    assert f'href="/cases/{known["ours"]}"' in text(found)
    assert "1 more in other organisations" in text(found)
    nothing = clerk.post("/cases/similar", data={"name": "无此人"}, headers={"X-CSRFToken": token[1]})
    assert "<body></body>" in text(nothing)


def test_names_are_asked_for_by_post_with_a_token_only(clerk, known):
    assert clerk.get("/cases/similar?name=顺德五金店").status_code in (404, 405)
    assert clerk.post("/cases/similar", data={"name": "顺德五金店"}).status_code == 400


# Once ----------------------------------------------------------------------------------------------------------------


def test_a_double_click_makes_one_case(clerk, held):
    data = fields_of(clerk.get(PAGE)) | PLAIN
    answers = [clerk.post(PAGE, data=data) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location}
    assert [answer.status_code for answer in answers] == [303] * 3
    assert cases(held) == 1


def test_the_same_form_at_the_same_moment_makes_one_case(app, enter, cast, held):
    first = enter(cast.clerk)
    data = fields_of(first.get(PAGE)) | PLAIN
    cookie = first.get_cookie("mediation")
    assert cookie
    browsers = [first, *(app.test_client() for _ in range(3))]
    for browser in browsers[1:]:
        browser.set_cookie("mediation", cookie.value)
    answers: list[str | None] = []
    threads = [
        threading.Thread(target=lambda b=browser: answers.append(b.post(PAGE, data=data).location))
        for browser in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert answers[0]
    assert cases(held) == 1
