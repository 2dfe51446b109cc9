"""A real browser before a real house: one of each per worker, one sign-in per person, and the browser's complaints.

A page is watched from its first byte: an error on the console, an uncaught one in a script or a breach of the
content security policy fails the test that opened it. Holds no journey and no judgement of a page.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from mediation import migrating
from mediation.app import create_app
from mediation.config import Settings
from mediation.database import make_database, prepare_sqlite
from mediation.words import Language
from tests import builders
from tests.browser import site as sites
from tests.browser.site import Site

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
PATIENCE = 30_000
"""Milliseconds until something that does not come is given up: a busy machine is no fault of a page."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser per worker. Debian's, so that nothing is downloaded."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed; Debian: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One served house per worker, with cases in every situation and an account of each role."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(
        database_url=f"sqlite:///{folder / 'mediation.db'}", data_dir=folder, secret_key="a browser's key",
        audit_key=b"the key of the browser's audit chain", testing=True,
    )  # fmt: skip
    database = make_database(settings.database_url, info={"audit_key": settings.audit_key})
    prepare_sqlite(database.writing)
    migrating.upgrade(database.writing)
    with database.write() as session:
        cast, places = sites.tell(session)
        session.commit()
    app = create_app(settings)
    with sites.served(app) as address:
        yield Site(address, app, database, cast, places)
    app.extensions["mediation.database"].dispose()
    database.dispose()


class Watch:
    """What the browser complained of. That a page of a refusal was refused is no complaint."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._refused: set[str] = set()

    def over(self, page: Page) -> None:
        """Listen to the page from now on."""
        page.on("response", self._answered)
        page.on("console", self._said)
        page.on("pageerror", self._broke)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            self._refused.add(urldefrag(response.url).url)

    def _said(self, message: ConsoleMessage) -> None:
        expected = message.text.startswith("Failed to load resource") and self._is_refused(message)
        if message.type == "error" and not expected:
            self.complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def _is_refused(self, message: ConsoleMessage) -> bool:
        return urldefrag(message.location.get("url", "")).url in self._refused

    def _broke(self, error: PlaywrightError) -> None:
        self.complaints.append(str(error))


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What every page of the test's browser complained of; nothing, or the test fails."""
    watching = Watch()
    yield watching
    assert watching.complaints == []


@pytest.fixture(scope="session")
def sign_ins() -> dict[str, Any]:
    """What the browser keeps of each person once signed in."""
    return {}


OpenPage = Callable[..., Page]


@pytest.fixture
def open_as(browser: Browser, site: Site, watch: Watch, sign_ins: dict[str, Any]) -> Iterator[OpenPage]:
    """`open_as("clerk", "en")`: a page of a fresh browser in which this person is signed in; None: nobody.

    More words go to the browser: `viewport=PHONE`, `java_script_enabled=False`.
    """
    opened: list[BrowserContext] = []

    def make(**choices: Any) -> BrowserContext:
        choices = {"viewport": DESKTOP, "reduced_motion": "reduce", **choices}
        context = browser.new_context(base_url=site.address, **choices)
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context

    def open_page(username: str | None, language: Language = "zh_Hans", **choices: Any) -> Page:
        if username is not None and username not in sign_ins:
            sign_ins[username] = _sign_in(make(), username)
        state = {"storage_state": sign_ins[username]} if username is not None else {}
        context = make(**choices, **state)
        page = context.new_page()
        watch.over(page)
        page.goto(f"/language/{language}")
        return page

    yield open_page
    for context in opened:
        context.close()


def _sign_in(context: BrowserContext, username: str) -> Any:
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(builders.PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".account-name")).to_have_text(f"名 {username}")
    return context.storage_state()
