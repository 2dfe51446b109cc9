"""The pages of imports: read first, decide then, and nothing of the file lies about."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mediation.cases.models import Case
from mediation.config import Settings
from mediation.database import Database
from mediation.errors import MoveError
from mediation.ledger.models import LedgerImport, Stage, StagedRow
from mediation.people.models import Account
from mediation.terms import Role

DATA = Path(__file__).resolve().parent.parent / "data"
DIRTY = DATA / "ledger-dirty-2018.xlsx"
MakeAccount = Callable[..., Account]
SignIn = Callable[..., FlaskClient]
Fill = Callable[..., TestResponse]


@pytest.fixture
def zone(make_account: MakeAccount, sign_in: SignIn) -> FlaskClient:
    """The zone's administrator, who may import."""
    make_account("zone", Role.ZONE_ADMIN)
    return sign_in("zone")


def upload(zone: FlaskClient, fill: Fill, content: bytes | None = None, name: str = "台账.xlsx") -> TestResponse:
    file = (io.BytesIO(DIRTY.read_bytes() if content is None else content), name)
    return fill(zone, "/ledger", file=file, profile="standard")


def rows_of(page: TestResponse, title: str) -> list[list[str]]:
    """The cells of the table in the region of this name."""
    tree = html5lib.parse(page.get_data(as_text=True), namespaceHTMLElements=False)
    (region,) = [each for each in tree.iter("div") if each.get("aria-label") == title]
    return [
        [re.sub(r"\s+", " ", "".join(cell.itertext())).strip() for cell in row]
        for row in region.iter("tr")
        if row[0].get("scope") == "row"
    ]


def cases(held: Database) -> int:
    with held.read() as session:
        return session.scalar(select(func.count(Case.id))) or 0


def test_the_preview_names_each_faulty_row_and_nothing_is_entered_yet(zone, fill, held):
    answers = json.loads((DATA / "ledger-dirty-2018.answers.json").read_text(encoding="utf-8"))
    sent = upload(zone, fill)
    assert sent.status_code == 303
    page = zone.get(sent.location)
    shown = rows_of(page, "Faulty rows")
    assert [(row[0], row[2], row[3]) for row in shown] == [
        (str(f["row"]), f["column"], f["fault"]) for f in answers["faults"]
    ]
    assert len(rows_of(page, "The first rows as they will arrive")) == 10
    assert "Import 50 rows" in page.text
    assert cases(held) == 0


def test_confirming_lets_the_good_rows_arrive_and_leads_to_the_figures(zone, fill, held):
    where = upload(zone, fill).location
    answer = fill(zone, where, to=f"{where}/arrive")
    assert answer.status_code == 303
    page = zone.get(answer.location)
    assert cases(held) == 50
    assert "50 cases were imported" in page.text
    figures = re.search(r'href="(/figures\?period=2018)"', page.text)
    assert figures is not None
    assert zone.get(figures[1]).status_code == 200
    # Decided once: the page offers nothing more, and a second decision is refused.
    assert "/arrive" not in page.text
    again = fill(zone, "/ledger", to=f"{where}/refuse")
    assert again.status_code == MoveError.status
    assert "decided already" in again.text


def test_a_form_sent_twice_imports_once(zone, fill, held):
    where = upload(zone, fill).location
    page = zone.get(where).text
    data = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]  # type: ignore[index]
        for name in ("csrf_token", "submission_key")
    }
    first, second = (zone.post(f"{where}/arrive", data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert cases(held) == 50


def test_only_if_no_row_is_faulty(zone, fill, held):
    where = upload(zone, fill).location
    answer = fill(zone, where, to=f"{where}/arrive", strict="y")
    assert answer.status_code == 422
    assert cases(held) == 0


def test_a_file_sent_back_is_forgotten(zone, fill, held):
    where = upload(zone, fill).location
    assert fill(zone, where, to=f"{where}/refuse").status_code == 303
    with held.read() as session:
        assert session.scalars(select(LedgerImport.stage)).all() == [Stage.REFUSED]
        assert session.scalars(select(StagedRow.id).where(StagedRow.entry.is_not(None))).all() == []
    assert cases(held) == 0


def test_the_same_ledger_again_has_nothing_to_arrive(zone, fill, held):
    where = upload(zone, fill).location
    fill(zone, where, to=f"{where}/arrive")
    page = zone.get(upload(zone, fill).location)
    assert "No row of this file would arrive." in page.text
    assert "/arrive" not in page.text


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"a,b\r\n1,2\r\n", "x.csv", "holds the column titles"),
        (b"no zip", "x.xlsx", "not what its name says"),
        (b"", "x.xlsx", "holds no rows"),
        (b"x", "x.pdf", "not a spreadsheet"),
        (b"x", "", "Choose a file"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_on_the_form(zone, fill, held, content, name, sentence):
    answer = upload(zone, fill, content, name)
    assert answer.status_code == 422
    assert sentence in answer.text
    with held.read() as session:
        assert session.scalar(select(func.count(LedgerImport.id))) == 0


def test_nothing_of_an_uploaded_file_lies_about(zone, fill, settings: Settings):
    upload(zone, fill)
    upload(zone, fill, b"no zip", "x.xlsx")
    folder = settings.data_dir / "staging"
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o077 == 0


def test_a_name_with_folders_and_markup_is_only_shown(zone, fill):
    sent = upload(zone, fill, name="../../<b>台账</b>.xlsx")
    page = zone.get(sent.location).text
    assert "&lt;b&gt;台账&lt;" in page or "b&gt;.xlsx" in page
    assert "<b>台账" not in page


def test_a_formula_in_a_name_is_shown_as_text(zone, fill):
    page = zone.get(upload(zone, fill).location)
    assert "=cmd|" in page.get_data(as_text=True)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ZONE_ADMIN])
def test_only_the_zone_imports(role, make_account, sign_in):
    make_account("other", role)
    assert sign_in("other").get("/ledger").status_code == 403


def test_there_is_no_import_nobody_made(zone):
    assert zone.get("/ledger/9").status_code == 404
