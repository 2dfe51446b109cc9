"""Takes the pictures of docs/pictures from a demonstration of its own: `make screenshots`.

A demonstration is played into a temporary folder, served from this process and looked at with Playwright and the
system's Chromium. A page that is missing, refuses or says something on the browser's console is named, and the exit
code is 1. Must not touch an installation, nor hold a word of the product's pages.
"""
# ruff: noqa: INP001 - a script beside the documents, part of no package

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import flask
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased
from werkzeug.serving import make_server

from mediation import clock, migrating
from mediation.app import create_app
from mediation.cases.models import Case, Proceeding
from mediation.config import read_settings
from mediation.database import Database, make_database, prepare_sqlite
from mediation.demo import data, histories
from mediation.terms import CaseState, OutcomeClass

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
LEDGER = ROOT / "tests" / "data" / "ledger-dirty-2018.xlsx"
CHROMIUM = "/usr/bin/chromium"
LARGEST = 250 * 1024
DESKTOP, PHONE = 1280, 390
HEIGHTS = (900, 760, 620)
"""Of the part that is seen, the first at which the file is small enough."""


@dataclass(frozen=True)
class Picture:
    """One picture: its file, the page, who looks, in which language and how wide."""

    name: str
    endpoint: str
    username: str
    language: str = "zh_Hans"
    width: int = DESKTOP


current = aliased(Proceeding)
CASE = "desk.case"
PREVIEW = "ledger.index"
CATALOGUE = (
    Picture("case-zh", CASE, "orgadmin"),
    Picture("case-en", CASE, "orgadmin", language="en"),
    Picture("case-phone", CASE, "orgadmin", width=PHONE),
    Picture("intake", "reception.register", "clerk"),
    Picture("work", "docket.home", "orgadmin"),
    Picture("cases", "docket.index", "zoneadmin"),
    Picture("figures", "figures.completion", "zoneadmin"),
    Picture("award", "awards.index", "award"),
    Picture("ledger-preview", PREVIEW, "zoneadmin"),
)


def play(database: Database, scale: float) -> histories.Cast:
    """Fill the empty database with the demonstration; who acts in it, with their passwords."""
    prepare_sqlite(database.writing)
    migrating.upgrade(database.writing)
    now = clock.now()
    with database.write() as session:
        cast = histories.set_stage(session, now=now)
        session.commit()
    for batch in histories.batches(histories.lives_until(clock.local_day(now), scale=scale)):
        with database.write() as session:
            for life in batch:
                histories.play(session, cast, life, now=now)
            session.commit()
    return cast


def telling_case(database: Database, organisation_id: int) -> int:
    """The case to show: of this house, through as many hands as there are; rather one it holds, open, agreed."""
    standing = select(func.count()).where(Proceeding.case_id == Case.id, ~Proceeding.is_void).correlate(Case)
    hands = standing.scalar_subquery()
    ours = standing.where(Proceeding.organisation_id == organisation_id).scalar_subquery()
    wishes = (
        current.organisation_id == organisation_id,
        Case.state == CaseState.OPEN,
        Case.outcome_class == OutcomeClass.SUCCESS,
    )
    with database.read() as session:
        found = session.scalar(
            select(Case.id)
            .join(current, current.id == Case.current_proceeding_id)
            .where(ours > 0)
            .order_by(hands.desc(), *(case((wish, 0), else_=1) for wish in wishes), Case.received_on.desc())
            .limit(1)
        )
    if found is None:
        raise SystemExit("the demonstration has no case in this house: play more of it (--scale)")
    return found


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def open_page(page: Page, app: Flask, base: str, picture: Picture, password: str, case_id: int) -> int:
    """Sign in and go to the page of the picture; the status it answered with."""
    with app.test_request_context():
        address = flask.url_for(picture.endpoint, case_id=case_id if picture.endpoint == CASE else None)
    page.goto(f"{base}/language/{picture.language}")
    page.goto(f"{base}/sign-in")
    page.fill("input[name=username]", picture.username)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    answer = page.goto(base + address)
    if picture.endpoint == PREVIEW:
        page.set_input_files("input[type=file]", LEDGER)
        with page.expect_navigation() as sent:
            page.click("main form button[type=submit]")
        answer = sent.value
        # The file is read beside the request; the page renews itself until the preview is there.
        page.locator("table.register").first.wait_for(timeout=60_000)
    page.wait_for_load_state("networkidle")
    return answer.status if answer else 0


def shoot(page: Page, picture: Picture) -> int:
    """Save the picture; its size in bytes."""
    path = PICTURES / f"{picture.name}.png"
    for height in HEIGHTS:
        page.set_viewport_size({"width": picture.width, "height": height})
        path.write_bytes(page.screenshot(animations="disabled", caret="hide"))
        if path.stat().st_size <= LARGEST:
            break
    return path.stat().st_size


def take(browser: Browser, app: Flask, base: str, picture: Picture, password: str | None, case_id: int) -> str | None:
    """Take one picture; what was wrong, or None."""
    if picture.endpoint not in app.view_functions:
        return "there is no such page"
    if password is None:
        return f"the demonstration has no account {picture.username}"
    context = browser.new_context(viewport={"width": picture.width, "height": HEIGHTS[0]}, reduced_motion="reduce")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        status = open_page(page, app, base, picture, password, case_id)
        if status != 200:
            return f"the page answered {status}"
        size = shoot(page, picture)
    finally:
        context.close()
    if size > LARGEST:
        return f"{size // 1024} KiB are more than {LARGEST // 1024}"
    return f"the browser says: {said[0]}" if said else None


def main() -> int:
    """Take every picture of the catalogue."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the demonstration (1)")
    asked = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    faults = 0
    with tempfile.TemporaryDirectory(prefix="mediation-pictures-") as folder:
        settings = read_settings({"MEDIATION_DATA": folder})
        database = make_database(settings.database_url, info={"audit_key": settings.audit_key})
        cast = play(database, asked.scale)
        passwords = {login.username: login.password for login in cast.logins}
        case_id = telling_case(database, cast.organisations[data.HOME])
        database.dispose()
        app = create_app(settings)
        with served(app) as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            )
            for picture in CATALOGUE:
                wrong = take(browser, app, base, picture, passwords.get(picture.username), case_id)
                faults += wrong is not None
                click.echo(f"{picture.name}.png: {wrong or 'taken'}")
            browser.close()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
