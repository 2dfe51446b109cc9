"""The page of the figures, the cases behind a number, the workbook: three forms of one thing."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from mediation.database import Database, make_database
from mediation.demo import play
from mediation.errors import FactError
from mediation.people.models import Account
from mediation.statistics import export, measures
from mediation.terms import Role

STORIES = json.loads((Path(__file__).parent.parent / "data" / "stories.json").read_text())["stories"]
MakeAccount = Callable[..., Account]
SignIn = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file every app of this module starts from: the twenty stories were lived in it, once."""
    path = tmp_path_factory.mktemp("stories") / "template.db"
    shutil.copyfile(sqlite_template, path)
    database = make_database(f"sqlite:///{path}", info={"audit_key": b"the key of the tests' audit chain"})
    with database.write() as session:
        play.play(session, STORIES, play.set_stage(session, since=dt.date(2023, 1, 1), account_id=1))
        session.commit()
    database.dispose()
    return path


@pytest.fixture
def zone(make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    """The zone's administrator before the stories."""
    make_account("zone", Role.ZONE_ADMIN)
    return sign_in("zone")


def texts(html: str) -> list[list[str]]:
    """Every table row of a page as the texts of its cells."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [
        [re.sub(r"\s+", " ", "".join(cell.itertext())).strip() for cell in row if cell.tag in ("th", "td")]
        for row in tree.iter("tr")
    ]


def links(html: str) -> list[tuple[str, str]]:
    """Address and text of every link to the cases behind a number."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [
        (link.get("href", ""), "".join(link.itertext()).strip())
        for link in tree.iter("a")
        if link.get("href", "").startswith("/figures/cases")
    ]


def test_page_workbook_and_json_say_the_same(zone: FlaskClient, held: Database) -> None:
    page = zone.get("/figures?period=2025&by=channel").text
    with held.read() as session:
        said = export.run(session, dt.date(2025, 1, 1), dt.date(2025, 12, 31), by="channel")
    book = CalamineWorkbook.from_filelike(io.BytesIO(zone.get("/figures.xlsx?period=2025&by=channel").data))
    rates = {row[0]: row for row in book.get_sheet_by_name("Rates").to_python()}
    lines = {row[0]: row for row in texts(page) if row}
    for rate in measures.RATES:
        figure = said["measures"][rate.code]
        assert rates[rate.code][4:6] == [figure["numerator"], figure["denominator"]]
        assert round(float(str(rates[rate.code][6])) * 100, 1) == figure["value"]
        title = f"{rate.words.en} {rate.level.words.en} · {rate.basis.words.en}"
        assert lines[title][1].startswith(
            f"{figure['value']} % ({figure['numerator']} / {figure['denominator']})"
        ), rate.code
    flows = {(row[0], row[1]): row[3] for row in book.get_sheet_by_name("Flows").to_python()}
    for flow in measures.FLOWS:
        for term in flow.terms:
            n = said["flows"][flow.key][term.code]
            assert flows[(flow.words.en, term.code)] == n
            assert lines[term.words.en] is not None
    sheet = book.get_sheet_by_name("Entry channel").to_python()
    table = [[str(cell).removesuffix(".0") for cell in row[1:10]] for row in sheet[1 : len(said["rows"]) + 2]]
    shown = [row for row in texts(page) if row and row[0] in {r["title"]["en"] for r in said["rows"]} | {"Total"}]
    counts, rates_of_rows = shown[: len(table)], shown[len(table) :]
    assert [row[1:10] for row in counts] == table
    for told, line in zip([*said["rows"], said["total"]], rates_of_rows, strict=True):
        for figure, cell in zip(told["measures"].values(), line[1:], strict=False):
            value = "—" if figure["value"] is None else f"{figure['value']} %"
            assert cell == f"{value} ({figure['numerator']} / {figure['denominator']})"
    assert [list(map(str, row["counts"].values()))[:9] for row in said["rows"]] == table[:-1]


def test_every_number_of_the_page_opens_onto_as_many_cases(zone: FlaskClient) -> None:
    for address in (
        "/figures?period=2025&by=source",
        "/figures?period=2024&by=month",
        "/figures?period=2025&by=mediator&level=proceeding",
        "/figures?period=2024&by=concluding_mediator",
        "/figures?period=2024&by=park&level=intake&as_of=2025-06-30",
    ):
        found = links(zone.get(address).text)
        assert found
        # Each tenth or so of the links here; the database tests hold every one of them.
        for target, n in sorted(set(found))[:: max(1, len(set(found)) // 10)]:
            page = zone.get(target)
            assert page.status_code == 200, target
            assert f"{n} in all" in re.sub(r"\s+", " ", page.text), (address, target, n)


def test_without_a_period_the_last_full_year_with_cases_is_shown_and_said(zone: FlaskClient) -> None:
    page = zone.get("/figures").text
    assert "No period was chosen. Shown is 2025" in page
    assert "No period was chosen" not in zone.get("/figures?year=2024&part=Q3").text


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("year=2024&part=", "Completion 2024"),
        ("year=2024&part=Q3", "Completion 2024 Q3"),
        ("year=2025&part=02", "Completion February 2025"),
        ("first=2024-06-15&last=2025-02-10", "Completion 15 June 2024 to 10 February 2025"),
        ("period=2024-Q1", "Completion 2024 Q1"),
    ],
)
def test_year_quarter_month_and_free_period(zone: FlaskClient, asked: str, title: str) -> None:
    assert f"<h1>{title}</h1>" in zone.get(f"/figures?{asked}").text


@pytest.mark.parametrize(
    "asked",
    [
        "period=2024-13", "period=nonsense", "first=2025-02-10&last=2024-01-01", "first=2024-01-01",
        "year=99999", "level=tenure", "by=nothing", "by=mediator&level=dispute", "as_of=2001-01-01", "as_of=soon",
        "source=nobody", "organisation=abc", "organisation=99999999999999999999",
    ],
)
def test_what_cannot_be_read_is_said_on_the_page(zone: FlaskClient, asked: str) -> None:
    page = zone.get(f"/figures?{asked}")
    assert page.status_code == 200
    assert "error-summary" in page.text


@pytest.mark.parametrize(
    "asked",
    [
        "measure=NOTHING", "measure=COMPLETION&of=count", "measure=accepted&of=numerator", "",
        "measure=accepted&by=organisation&value=99999999999999999999", "measure=accepted&by=source&value=nobody",
        "measure=accepted&by=month&value=2019-01",
    ],
)
def test_a_number_there_is_none_of_is_a_page_that_does_not_exist(zone: FlaskClient, asked: str) -> None:
    assert zone.get(f"/figures/cases?period=2024&{asked}").status_code == 404


def test_a_clerk_sees_the_counts_but_not_the_table_by_mediator(
    zone: FlaskClient, make_account: MakeAccount, sign_in: SignIn
) -> None:
    make_account("clerk", Role.CLERK)
    clerk = sign_in("clerk")
    page = clerk.get("/figures?period=2024").text
    assert "<h1>Completion 2024</h1>" in page
    assert 'value="mediator"' not in page
    target = next(target for target, n in links(page) if "measure=accepted" in target)
    behind = clerk.get(target).text
    assert "You may open 0 of them" in behind
    for address in (
        "/figures?period=2024&level=proceeding&by=mediator",
        "/figures.xlsx?period=2024&level=proceeding&by=mediator",
        "/figures/cases?period=2024&level=tenure&measure=accepted",
    ):
        assert clerk.get(address).status_code == 403, address


@pytest.mark.parametrize("asked", ["period=nonsense", "period=2024&source=nobody", "period=2024&by=nothing"])
def test_a_workbook_or_list_that_was_not_understood_is_refused(zone: FlaskClient, asked: str) -> None:
    assert zone.get(f"/figures.xlsx?{asked}").status_code == FactError.status
    assert zone.get(f"/figures/cases?measure=accepted&{asked}").status_code == FactError.status


def test_filters_stay_in_every_link(zone: FlaskClient) -> None:
    page = zone.get("/figures?period=2024&source=court&by=kind").text
    for target, _n in links(page):
        assert parse_qs(urlsplit(target).query)["source"] == ["court"]
