"""The pages of imports: read first, decide then, and nothing of the file lies about."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mediation import clock
from mediation.cases.models import Case
from mediation.config import Settings
from mediation.database import Database
from mediation.errors import FactError, MoveError
from mediation.ledger import actions, worker
from mediation.ledger.models import LedgerImport, Stage, StagedRow
from mediation.ledger.views import WORKER
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


@pytest.fixture(autouse=True)
def at_once(app: Flask, held: Database) -> None:
    """The worker does its work before the request is answered, in this very process."""
    app.extensions[WORKER] = lambda settings, import_id: worker.work(held, settings.data_dir, import_id)


@pytest.fixture
def called(app: Flask) -> list[int]:
    """Nobody works: the imports a worker was called for."""
    calls: list[int] = []
    app.extensions[WORKER] = lambda _settings, import_id: calls.append(import_id)
    return calls


def the_import(held: Database) -> LedgerImport:
    with held.read() as session:
        return session.scalars(select(LedgerImport)).one()


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
    ],
)
def test_a_file_that_is_no_ledger_says_so_on_its_page(zone, fill, held, content, name, sentence):
    answer = upload(zone, fill, content, name)
    assert answer.status_code == 303
    page = zone.get(answer.location)
    assert sentence in page.text
    assert "Could not be read" in page.text
    assert "Refresh" not in page.headers
    assert "/arrive" not in page.text
    assert the_import(held).stage is Stage.FAILED


def test_a_form_without_a_file_is_refused_where_it_stands(zone, fill, held):
    answer = upload(zone, fill, b"x", "")
    assert answer.status_code == 422
    assert "Choose a file" in answer.text
    with held.read() as session:
        assert session.scalar(select(func.count(LedgerImport.id))) == 0


def test_nothing_of_an_uploaded_file_lies_about(zone, fill, settings: Settings):
    upload(zone, fill)
    upload(zone, fill, b"no zip", "x.xlsx")
    folder = settings.data_dir / "staging"
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o077 == 0


def test_an_unread_file_is_its_owners_only(zone, fill, settings: Settings, called):
    upload(zone, fill)
    (kept,) = (settings.data_dir / "staging").iterdir()
    assert kept.stat().st_mode & 0o077 == 0


# Beside the request --------------------------------------------------------------------------------------------------


def test_the_page_asks_again_until_the_work_is_done(zone, fill, held, settings, called):
    where = upload(zone, fill).location
    waiting = zone.get(where)
    assert waiting.headers["Refresh"] == "2"
    assert "The work begins in a moment" in waiting.text
    import_id = the_import(held).id
    with held.aside() as session:
        assert actions.claim(session, import_id, worker="me", at=clock.now())
        actions.tell_progress(session, import_id, Stage.CHECKING, 40, worker="me", at=clock.now())
    at_work = zone.get(where)
    assert at_work.headers["Refresh"] == "2"
    assert 'value="40"' in at_work.text
    assert "Being checked" in at_work.text
    assert "/again" not in at_work.text
    with held.aside() as session:
        actions.let_go(session, import_id, worker="me", at=clock.now())
    worker.work(held, settings.data_dir, import_id)
    ready = zone.get(where)
    assert "Refresh" not in ready.headers
    assert "Import 50 rows" in ready.text


def test_a_worker_that_died_is_told_and_another_may_try(zone, fill, held, called):
    where = upload(zone, fill).location
    died = clock.now() - actions.LEASE - dt.timedelta(seconds=1)
    with held.aside() as session:
        assert actions.claim(session, the_import(held).id, worker="dead", at=died)
    page = zone.get(where)
    assert "stopped before its end" in page.text
    assert "Refresh" not in page.headers
    assert fill(zone, where, to=f"{where}/again").status_code == 303
    assert called == [the_import(held).id] * 2
    assert "The work begins in a moment" in zone.get(where).text


def test_a_file_nobody_read_may_be_sent_back_and_is_gone(zone, fill, held, settings, called):
    where = upload(zone, fill).location
    with held.aside() as session:
        assert actions.claim(session, the_import(held).id, worker="reads", at=clock.now())
    # Not from under the hands of the one who reads it.
    assert fill(zone, "/ledger", to=f"{where}/refuse").status_code == MoveError.status
    with held.aside() as session:
        actions.let_go(session, the_import(held).id, worker="reads", at=clock.now())
    assert fill(zone, where, to=f"{where}/refuse").status_code == 303
    assert list((settings.data_dir / "staging").iterdir()) == []
    worker.work(held, settings.data_dir, the_import(held).id)
    assert the_import(held).stage is Stage.REFUSED


def test_trying_again_leaves_a_worker_that_lives_alone(zone, fill, held, called):
    where = upload(zone, fill).location
    with held.aside() as session:
        assert actions.claim(session, the_import(held).id, worker="alive", at=clock.now())
    assert fill(zone, "/ledger", to=f"{where}/again").status_code == 303
    assert the_import(held).worker == "alive"
    assert len(called) == 1


def test_there_is_no_trying_again_where_nothing_is_left_to_do(zone, fill):
    where = upload(zone, fill).location
    assert fill(zone, where, to=f"{where}/again").status_code == MoveError.status


def test_a_worker_started_twice_works_once(zone, fill, held, settings, called):
    where = upload(zone, fill).location
    import_id = the_import(held).id
    for _ in range(2):
        worker.work(held, settings.data_dir, import_id)
    assert the_import(held).stage is Stage.STAGED
    fill(zone, where, to=f"{where}/arrive")
    for _ in range(2):
        worker.work(held, settings.data_dir, import_id)
    assert cases(held) == 50
    assert the_import(held).decided_by_id is not None


def test_a_worker_that_lost_its_claim_writes_nothing(zone, fill, held, settings, called):
    upload(zone, fill)
    import_id = the_import(held).id
    with held.aside() as session:
        assert actions.claim(session, import_id, worker="slow", at=clock.now() - 2 * actions.LEASE)
    with held.aside() as session:
        assert actions.claim(session, import_id, worker="next", at=clock.now())
    with held.write() as session, pytest.raises(MoveError):
        actions.tell_progress(session, import_id, Stage.CHECKING, 1, worker="slow", at=clock.now())
    with held.write() as session:
        import_ = session.get_one(LedgerImport, import_id)
        with pytest.raises(MoveError):
            actions.give_up(session, import_, FactError("No matter."), worker="slow", at=clock.now())
    assert the_import(held).stage is Stage.READING
    assert the_import(held).worker == "next"


def test_an_unread_file_that_is_gone_is_asked_for_again(zone, fill, held, settings, called):
    where = upload(zone, fill).location
    (kept,) = (settings.data_dir / "staging").iterdir()
    kept.unlink()
    worker.work(held, settings.data_dir, the_import(held).id)
    assert "Upload it again" in zone.get(where).text


def test_what_nobody_foresaw_stops_the_worker_and_the_page_says_so(zone, fill, held, settings, called):
    where = upload(zone, fill).location
    (kept,) = (settings.data_dir / "staging").iterdir()
    kept.unlink()
    kept.mkdir()  # a file that is none: no refusal knows it
    with pytest.raises(OSError, match="directory"):
        worker.work(held, settings.data_dir, the_import(held).id)
    assert "stopped before its end" in zone.get(where).text


def test_a_process_of_its_own_reads_and_lets_arrive(zone, fill, held, app, settings):
    started: list[subprocess.Popen[bytes]] = []
    app.extensions[WORKER] = lambda settings, import_id: started.append(worker.start(settings, import_id))
    where = upload(zone, fill).location
    assert started[0].wait(timeout=60) == 0
    assert "Import 50 rows" in zone.get(where).text
    fill(zone, where, to=f"{where}/arrive")
    assert started[1].wait(timeout=60) == 0
    page = zone.get(where)
    assert "50 cases were imported" in page.text
    assert cases(held) == 50
    # Of the database and its keys nothing stands where everybody may read it.
    words = str(started[0].args)
    assert settings.database_url not in words
    assert settings.audit_key.decode() not in words


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
