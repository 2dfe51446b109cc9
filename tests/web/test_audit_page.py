"""The page of the audit trail: only auditors read it, page by page; it proves, or shows what is broken."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text as sql

from mediation import clock
from mediation.audit import actions as audit
from mediation.database import Database
from mediation.desk import trail
from mediation.people.queries import SignedIn
from mediation.terms import Action
from tests import builders
from tests.builders import Cast

Visit = Callable[[SignedIn], FlaskClient]


@pytest.fixture
def cast(held: Database) -> Cast:
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


@pytest.fixture
def auditor(app: Any, cast: Cast) -> FlaskClient:
    return builders.sign_in(app.test_client(), cast.auditor)


def page(browser: FlaskClient, address: str = "/audit") -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    return html[html.index("<main") : html.index("</main>")]


def numbers(html: str) -> list[int]:
    """The numbers of the entries on the page, in its order."""
    table = html[html.rindex("<table") :] if "<table" in html else ""
    return [int(n) for n in re.findall(r'<tr>\s*<td class="number">(\d+)</td>', table)]


def test_only_auditors_read_the_trail(app: Any, cast: Cast) -> None:
    found = {
        person.username: builders.sign_in(app.test_client(), person).get("/audit").status_code
        for person in cast.everybody
    }
    assert {name for name, status in found.items() if status == 200} == {"auditor"}
    assert set(found.values()) == {200, 403}


def test_the_newest_entry_stands_first_and_the_pages_go_on_where_they_ended(
    auditor: FlaskClient, held: Database
) -> None:
    with held.write() as session:
        for number in range(120):
            audit.record(session, "setting:set", "site_setting", f"key-{number}", by=None, at=clock.now())
        session.commit()
    address, read = "/audit", []
    for _ in range(10):
        html = page(auditor, address)
        read += numbers(html)
        onwards = re.search(r'rel="next"\s+href="([^"]+)"', html)
        if onwards is None:
            break
        address = onwards[1].replace("&amp;", "&")
        # What is added meanwhile moves nothing.
        with held.write() as session:
            audit.record(session, "setting:set", "site_setting", "meanwhile", by=None, at=clock.now())
            session.commit()
    assert read == list(range(read[0], 0, -1))
    assert len(read) > 120


def test_a_case_is_named_by_its_number_and_led_to(auditor: FlaskClient, held: Database, cast: Cast) -> None:
    with held.write() as session:
        case = builders.register_case(session, cast, by=cast.clerk)
        session.commit()
        case_id, number = case.id, case.number
    html = page(auditor)
    assert re.search(rf'<a class="code" href="/cases/{case_id}">{number}</a>', html)
    assert "Register" in html
    assert "名 clerk" in html
    assert auditor.get(f"/cases/{case_id}").status_code == 200


def test_the_filter_asks_by_deed_thing_number_and_day(auditor: FlaskClient, held: Database, cast: Cast) -> None:
    yesterday = dt.datetime(2026, 3, 1, 15, 59, tzinfo=dt.UTC)  # 23:59 in Asia/Shanghai
    with held.write() as session:
        case = builders.register_case(session, cast)
        other = builders.register_case(session, cast, applicant="三水陶瓷厂", respondent="南海卫浴店")
        first = audit.record(session, "setting:set", "site_setting", "one", by=None, at=yesterday)
        second = audit.record(
            session, "setting:set", "site_setting", "two", by=None, at=yesterday + dt.timedelta(minutes=1)
        )
        session.commit()
        of_case = {case.events[0].audit_seq}
        number, other_seq = case.number, other.events[0].audit_seq
        settings = {first.seq, second.seq}
        days = (first.seq, second.seq)
    assert set(numbers(page(auditor, "/audit?action=setting:set"))) == settings
    assert set(numbers(page(auditor, "/audit?kind=site_setting&ref=one"))) == {days[0]}
    assert set(numbers(page(auditor, f"/audit?ref={number}"))) == of_case
    assert other_seq in numbers(page(auditor, "/audit?action=case.register"))
    assert set(numbers(page(auditor, "/audit?action=setting:set&since=2026-03-02"))) == {days[1]}
    assert set(numbers(page(auditor, "/audit?action=setting:set&until=2026-03-01"))) == {days[0]}
    assert numbers(page(auditor, "/audit?action=setting:set&since=2026-03-01&until=2026-03-02")) == sorted(
        settings, reverse=True
    )
    assert "No entry fits this filter." in page(auditor, "/audit?action=no:such")


@pytest.mark.parametrize("address", ["/audit?after=x", "/audit?after=99999999999999999999", "/audit?since=soon"])
def test_an_address_typed_by_hand_is_no_fault_of_the_house(auditor: FlaskClient, address: str) -> None:
    assert numbers(page(auditor, address))


def test_a_refused_try_is_marked(app: Any, auditor: FlaskClient, cast: Cast) -> None:
    assert builders.sign_in(app.test_client(), cast.clerk).get("/audit").status_code == 403
    html = page(auditor, "/audit?action=page:open")
    assert re.search(r"<strong[^>]*>denied</strong>", html)
    assert "desk.audit" in html


def test_an_untouched_trail_is_found_whole(auditor: FlaskClient, held: Database) -> None:
    assert "Whole" not in page(auditor)
    with held.read() as session:
        count, head = session.execute(sql("SELECT count(*), max(seq) FROM audit_event")).one()
        mac = session.execute(sql("SELECT mac FROM audit_event WHERE seq = :head"), {"head": head}).scalar_one()
    html = page(auditor, "/audit?verify=1")
    assert f"{count} entries were checked; every seal and every link holds." in html
    assert mac in html
    assert "Broken" not in html


def test_a_changed_entry_is_found_and_named(auditor: FlaskClient, held: Database, cast: Cast) -> None:
    with held.write() as session:
        touched = audit.record(session, "setting:set", "site_setting", "one", by=None, at=clock.now()).seq
        audit.record(session, "setting:set", "site_setting", "two", by=None, at=clock.now())
        # As somebody would who owns the file.
        session.execute(sql("DROP TRIGGER audit_event_no_update"))
        session.execute(sql("UPDATE audit_event SET object_ref = 'another' WHERE seq = :seq"), {"seq": touched})
        session.commit()
    html = page(auditor, "/audit?verify=1")
    assert "Broken" in html
    assert "every seal and every link holds" not in html
    table = html[html.index("<table") : html.index("</table>")]
    assert re.findall(r'<td class="number">(\d+)</td>', table) == [str(touched), str(touched)]
    assert "events were altered" in table


def test_the_trail_is_read_and_not_written_by_reading_it(auditor: FlaskClient, held: Database) -> None:
    def count() -> int:
        with held.read() as session:
            return int(session.execute(sql("SELECT count(*) FROM audit_event")).scalar_one())

    before = count()
    page(auditor)
    page(auditor, "/audit?verify=1")
    assert count() == before


def test_every_deed_the_house_records_has_its_words() -> None:
    """A move bears its own title; a code nobody gave words to is shown as it is."""
    package = Path(trail.__file__).parent.parent
    recorded = {
        code
        for path in package.rglob("*.py")
        for code in re.findall(r'record\(\s*session,\s*"([a-z_]+[:.][a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert "session:start" in recorded
    assert sorted(recorded - set(trail.DEEDS)) == []
    for action in Action:
        assert trail.deed(f"case.{action.value}", "zh_Hans") == action.in_("zh_Hans")
    assert trail.deed("registration:leave", "zh_Hans") == "调解员离任"
    assert trail.deed("no:such", "en") == "no:such"


@pytest.mark.parametrize("text", ["[1]", "nothing", ""])
def test_a_detail_that_is_no_object_is_shown_whole(text: str) -> None:
    assert trail.detail(text) == [("detail", text)]
