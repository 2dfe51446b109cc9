"""The pages of the award: who may open them, what they must not say, and that page, workbook and JSON agree."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from mediation.awards import report, schemes
from mediation.awards.rules import Scheme
from mediation.cases.models import Case, Party
from mediation.database import Database
from mediation.demo import play
from mediation.people.models import Account
from mediation.register import actions as register
from mediation.register.models import Mediator
from mediation.terms import Role

STORIES = json.loads((Path(__file__).parent.parent / "data" / "stories.json").read_text())["stories"]
MakeAccount = Callable[..., Account]
SignIn = Callable[..., FlaskClient]
ADDRESS = "year=2024&scheme=balanced"
BY_ROLE = {
    Role.MEDIATOR: 403, Role.CLERK: 403, Role.ORGANISATION_ADMIN: 403, Role.SYSTEM_ADMIN: 403,
    Role.ZONE_ADMIN: 200, Role.AWARD_STAFF: 200, Role.AUDITOR: 200,
}  # fmt: skip


@pytest.fixture
def lived(held: Database) -> dict[str, int]:
    """The twenty stories; the name of each of their mediators with the id."""
    with held.write() as session:
        stage = play.set_stage(session, since=dt.date(2023, 1, 1), account_id=1)
        play.play(session, STORIES, stage)
        session.commit()
        return {person.name: person.id for person in session.scalars(select(Mediator))}


@pytest.fixture
def staff(lived: dict[str, int], make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    """Someone of the award staff, who may open no case."""
    make_account("staff", Role.AWARD_STAFF)
    return sign_in("staff")


def tables(html: str) -> list[list[list[str]]]:
    """Every table of a page as rows of the texts of its cells."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [
        [
            [re.sub(r"\s+", " ", "".join(cell.itertext())).strip() for cell in row if cell.tag in ("th", "td")]
            for row in table.iter("tr")
        ]
        for table in tree.iter("table")
    ]


def book_of(client: FlaskClient, address: str = ADDRESS) -> CalamineWorkbook:
    answer = client.get(f"/awards/report.xlsx?{address}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data))


def shown(number: object) -> str:
    """A number of the workbook as the page writes it."""
    return "—" if number in (None, "") else f"{float(str(number)):.1f}"


@pytest.mark.parametrize("role", Role)
def test_only_zone_award_staff_and_auditors_see_the_award(
    lived: dict[str, int], make_account: MakeAccount, sign_in: SignIn, role: Role
) -> None:
    make_account("someone", role)
    client = sign_in("someone")
    mediator_id = next(iter(lived.values()))
    for path in ("/awards", f"/awards/mediators/{mediator_id}", "/awards/report.xlsx"):
        assert client.get(path).status_code == BY_ROLE[role], path
        assert client.post(path).status_code == 405, path


def test_nobody_sees_it_without_signing_in(client: FlaskClient) -> None:
    for path in ("/awards", "/awards/mediators/1", "/awards/report.xlsx"):
        assert client.get(path).status_code == 303


@pytest.mark.parametrize("scheme", schemes.SCHEMES, ids=lambda scheme: scheme.code)
@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_no_party_stands_on_any_page_or_in_the_workbook(
    staff: FlaskClient, held: Database, lived: dict[str, int], scheme: Scheme, language: str
) -> None:
    staff.get(f"/language/{language}")
    with held.read() as session:
        parties = set(session.scalars(select(Party.name)))
        said = json.dumps(report.run(session, 2024, scheme.code), ensure_ascii=False)
    assert parties
    address = f"year=2024&scheme={scheme.code}"
    book = book_of(staff, address)
    everything = [said, staff.get(f"/awards?{address}").text]
    everything += [staff.get(f"/awards/mediators/{key}?{address}").text for key in lived.values()]
    everything += [str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    for text in everything:
        assert not [party for party in parties if party in text]


def test_page_workbook_and_json_say_the_same(staff: FlaskClient, held: Database, lived: dict[str, int]) -> None:
    with held.read() as session:
        said = report.run(session, 2024)
    rows = {row[0]: row for row in tables(staff.get(f"/awards?{ADDRESS}").text)[0] if len(row) == 9}
    book = book_of(staff)
    summary = {row[0]: row for row in book.get_sheet_by_name("Summary").to_python()}
    lines = {name: book.get_sheet_by_name(name).to_python() for name in ("Cases counted", "Cases not counted")}
    assert {row["name"] for row in said["mediators"]} == rows.keys() - {"Mediator"}
    assert any(row["counted"] for row in said["mediators"])
    for row in said["mediators"]:
        name = row["name"]
        score, n = row["score_shown"] or "—", str(row["n"])
        interval = row["interval"]
        said_interval = f"{interval['low']}–{interval['high']} %" if interval else "—"
        of_page = rows[name]
        assert of_page[3] == score
        assert of_page[5:8] == [row["headline"]["en"], n, said_interval]
        assert of_page[2] == f"{row['gates_passed']} / {len(row['gates'])}"
        of_book = summary[name]
        assert shown(of_book[8]) == score
        assert [of_book[9], of_book[10], of_book[11]] == [row["headline"]["en"], row["n"], said_interval]
        for key, sheet in (("counted", "Cases counted"), ("not_counted", "Cases not counted")):
            in_book = [(line[1], line[12]) for line in lines[sheet] if line[0] == name]
            assert in_book == [(line["case_number"], line["reason"]["en"]) for line in row[key]]
        one = tables(staff.get(f"/awards/mediators/{row['mediator_id']}?{ADDRESS}").text)
        assert [line[:4] for line in one[0][1:]] == [
            [gate["title"]["en"], gate["fact"]["en"], gate["needed"]["en"],
             {True: "Passed", False: "Not passed", None: "Not assessable"}[gate["passed"]]]
            for gate in row["gates"]
        ]
        for on_page, criterion in zip(one[1][1:], row["criteria"], strict=True):
            assert on_page[0] == criterion["title"]["en"]
            assert on_page[1].startswith(criterion["fact"]["en"])
            assert on_page[3] == (criterion["points_shown"] or "—")
        told = [(line[0], line[-1]) for table in one[2:] for line in table[1:]]
        assert told == [
            (f"{line['case_number']} {line['proceeding_number']}", line["reason"]["en"])
            for key in ("counted", "not_counted")
            for line in row[key]
        ]


def test_every_rate_stands_beside_its_counts(staff: FlaskClient, lived: dict[str, int]) -> None:
    found = []
    for key in lived.values():
        page = staff.get(f"/awards/mediators/{key}?{ADDRESS}").text
        found += [cell for table in tables(page)[:2] for row in table[1:] for cell in row[1:2] if "%" in cell]
    assert found
    assert all(re.match(r"\d+ ÷ \d+ = [\d.]+ %", cell) for cell in found)


def test_award_staff_see_case_numbers_without_links_and_the_zone_opens_them(
    staff: FlaskClient, held: Database, lived: dict[str, int], make_account: MakeAccount, sign_in: SignIn
) -> None:
    make_account("zone", Role.ZONE_ADMIN)
    zone = sign_in("zone")
    with held.read() as session:
        case = session.scalars(select(Case).where(Case.ended_on.between("2024-01-01", "2024-12-31"))).first()
        assert case is not None
        number, case_id = case.number, case.id
    paths = [f"/awards/mediators/{key}?{ADDRESS}" for key in lived.values()]
    for_staff, for_zone = ("".join(client.get(path).text for path in paths) for client in (staff, zone))
    assert number in for_staff
    assert f"/cases/{case_id}" not in for_staff
    assert re.search(rf'href="[^"]*/cases/{case_id}"[^>]*>{re.escape(number)}<', for_zone)


def test_an_organisation_narrows_the_report(staff: FlaskClient, held: Database, lived: dict[str, int]) -> None:
    with held.read() as session:
        made = report.make(session, 2024, schemes.BALANCED)
    key, _ = made.rows[0].mediator.organisations[0]
    page = tables(staff.get(f"/awards?{ADDRESS}&organisation={key}").text)[0]
    assert [row[0] for row in page if len(row) == 9][1:] == [made.rows[0].mediator.name]
    assert len(book_of(staff, f"{ADDRESS}&organisation={key}").get_sheet_by_name("Gates").to_python()) < len(
        book_of(staff).get_sheet_by_name("Gates").to_python()
    )


@pytest.mark.parametrize("address", ["year=218", "year=x&scheme=y&organisation=z", "year=9999999999999", "scheme="])
def test_what_there_is_not_asks_for_the_usual(staff: FlaskClient, address: str) -> None:
    assert staff.get(f"/awards?{address}").status_code == 200
    assert book_of(staff, address).sheet_names


def test_a_mediator_outside_the_report_and_one_there_is_not(
    staff: FlaskClient, held: Database, lived: dict[str, int]
) -> None:
    with held.write() as session:
        zone = play.Player(1, Role.ZONE_ADMIN)
        at = play.at_noon(dt.date(2024, 1, 1))
        stray = register.create_mediator(session, name="未备案者", by=zone, at=at)
        session.commit()
        key = stray.id
    page = staff.get(f"/awards/mediators/{key}?{ADDRESS}")
    assert page.status_code == 200
    assert "not in the report" in page.text
    assert staff.get("/awards/mediators/99999").status_code == 404


def test_the_printed_head_names_year_scheme_version_and_date_of_the_data(
    staff: FlaskClient, lived: dict[str, int]
) -> None:
    for path in (f"/awards?{ADDRESS}", f"/awards/mediators/{next(iter(lived.values()))}?{ADDRESS}"):
        page = re.sub(r"\s+", " ", staff.get(path).text)
        for label, value in (("Year", "2024"), ("Scheme", "Balanced score"), ("Version of the scheme", "1"),
                             ("Data as recorded until", r"\d{4}-\d\d-\d\d")):
            assert re.search(rf"<dt>{label}</dt> <dd> ?{value}", page), (path, label)


def test_two_downloads_are_the_same_file(staff: FlaskClient) -> None:
    once, again = (staff.get(f"/awards/report.xlsx?{ADDRESS}").data for _ in range(2))
    assert once == again


def test_an_empty_house_has_an_empty_report(make_account: MakeAccount, sign_in: SignIn) -> None:
    make_account("staff", Role.AWARD_STAFF)
    assert "No mediator was registered" in sign_in("staff").get("/awards").text
