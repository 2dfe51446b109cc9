"""The door of every test of a page: people of each role, and how they sign in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mediation import clock
from mediation.database import Database
from mediation.people import actions
from mediation.people.models import Account
from mediation.register.models import Organisation
from mediation.terms import OrganisationKind, Park, Role

PASSWORD = "nine quiet herons wade"


def token_of(response: TestResponse) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.get_data(as_text=True))
    assert found, "the page has no form"
    return found[1]


def key_of(response: TestResponse) -> str:
    """The submission key of a page."""
    found = re.search(r'name="submission_key"[^>]*value="([^"]+)"', response.get_data(as_text=True))
    assert found, "the page has no form of ours"
    return found[1]


@pytest.fixture
def held(app: Flask) -> Database:
    """The database behind the app."""
    found = app.extensions["mediation.database"]
    assert isinstance(found, Database)
    return found


@pytest.fixture
def organisation_id(held: Database) -> int:
    """An organisation accounts may belong to."""
    with held.write() as session:
        made = Organisation(
            name="禅城知识产权人民调解委员会", short_name="禅知调", kind=OrganisationKind.COMMITTEE,
            park=Park.CHANCHENG, is_active=True, created_at=clock.now(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.commit()
        return made.id


@pytest.fixture
def make_account(held: Database, organisation_id: int) -> Callable[..., Account]:
    """`make_account("zhang", Role.CLERK)`: an account with the password `PASSWORD`."""

    def make(username: str, role: Role, *, must_change: bool = False) -> Account:
        within = organisation_id if role in actions.ROLES_OF_AN_ORGANISATION else None
        with held.write() as session:
            account = actions.create_account(
                session, username=username, display_name=f"名 {username}", role=role, organisation_id=within,
                mediator_id=None, password=PASSWORD, must_change=must_change, by=None, at=clock.now(),
            )  # fmt: skip
            session.commit()
            return account

    return make


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., FlaskClient]:
    """`sign_in("zhang")`: a browser in which this person is signed in, speaking English."""

    def enter(username: str, password: str = PASSWORD, client: FlaskClient | None = None) -> FlaskClient:
        browser = client or app.test_client()
        browser.get("/language/en")
        answer = try_sign_in(browser, username, password)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser

    return enter


def try_sign_in(browser: FlaskClient, username: str, password: str, **address: str) -> TestResponse:
    """Send the sign-in form."""
    token = token_of(browser.get("/sign-in"))
    data = {"csrf_token": token, "username": username, "password": password}
    return browser.post("/sign-in", data=data, environ_overrides=address or None)


@pytest.fixture
def knock() -> Callable[..., TestResponse]:
    """`knock(browser, username, password)`: send the sign-in form, right or wrong."""
    return try_sign_in


@pytest.fixture
def fill() -> Callable[..., TestResponse]:
    """`fill(browser, path, **fields)`: open the page's form, fill it in and send it."""

    def send(browser: FlaskClient, path: str, to: str | None = None, **fields: object) -> TestResponse:
        page = browser.get(path)
        assert page.status_code == 200, page.status_code
        data = {"csrf_token": token_of(page), **fields}
        if 'name="submission_key"' in page.get_data(as_text=True):
            data.setdefault("submission_key", key_of(page))
        return browser.post(to or path, data=data)

    return send
