"""A form sent twice is taken once."""

from __future__ import annotations

import io
import re
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mediation.database import Database
from mediation.people.models import Account, Submission
from mediation.terms import Role
from mediation.web import submissions


@pytest.fixture
def admin(make_account, sign_in):
    make_account("admin", Role.SYSTEM_ADMIN)
    return sign_in("admin")


def form_of(page: TestResponse) -> dict[str, Any]:
    """An account to be made, with the page's own token and key."""
    text = page.get_data(as_text=True)
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', text) for name in ("csrf_token", "submission_key")}
    hidden = {name: match[1] for name, match in found.items() if match}
    assert len(hidden) == 2
    return {**hidden, "username": "sun", "display_name": "孙丽", "role": "auditor"}


def count(held: Database, kind: type[Account] | type[Submission]) -> int:
    with held.read() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_each_page_brings_a_key_of_its_own(admin):
    keys = {form_of(admin.get("/accounts/new"))["submission_key"] for _ in range(5)}
    assert len(keys) == 5
    assert all(len(key) >= 20 for key in keys)


def test_a_second_click_leads_where_the_first_one_led(held, admin):
    form = form_of(admin.get("/accounts/new"))
    assert admin.post("/accounts/new", data=form).status_code == 200
    again = admin.post("/accounts/new", data=form)
    assert (again.status_code, again.location) == (303, "/accounts/2")
    assert count(held, Account) == 2
    assert count(held, Submission) == 1


def test_a_second_click_with_a_fresh_token_is_still_the_second(held, admin):
    form = form_of(admin.get("/accounts/new"))
    admin.post("/accounts/new", data=form)
    fresh = form_of(admin.get("/accounts/new"))["csrf_token"]
    assert admin.post("/accounts/new", data={**form, "csrf_token": fresh}).status_code == 303


def test_one_key_is_not_good_for_another_form(held, admin):
    form = form_of(admin.get("/accounts/new"))
    admin.post("/accounts/new", data=form)
    answer = admin.post("/accounts/new", data={**form, "username": "other"})
    assert answer.status_code == 409
    assert count(held, Account) == 2


def test_a_refused_form_keeps_its_key_for_the_corrected_one(held, admin):
    form = form_of(admin.get("/accounts/new"))
    assert admin.post("/accounts/new", data={**form, "username": "!"}).status_code == 422
    assert count(held, Submission) == 0
    assert admin.post("/accounts/new", data=form).status_code == 200


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
def test_a_form_without_a_key_is_refused(held, admin, key):
    form = form_of(admin.get("/accounts/new"))
    assert admin.post("/accounts/new", data={**form, "submission_key": key}).status_code == 409
    assert count(held, Account) == 1


def test_a_key_belongs_to_the_person_who_used_it(held, admin, make_account, sign_in):
    make_account("second", Role.SYSTEM_ADMIN)
    form = form_of(admin.get("/accounts/new"))
    admin.post("/accounts/new", data=form)
    other = sign_in("second")
    theirs = form_of(other.get("/accounts/new"))
    answer = other.post("/accounts/new", data={**theirs, "submission_key": form["submission_key"], "username": "qian"})
    assert answer.status_code == 200


def test_of_clicks_at_the_same_moment_one_is_taken(app: Flask, held, admin, sign_in):
    form = form_of(admin.get("/accounts/new"))
    cookie = admin.get_cookie("mediation")
    assert cookie is not None
    together, answers = threading.Barrier(5), []

    def click() -> None:
        browser = app.test_client()
        browser.set_cookie("mediation", cookie.value)
        together.wait()
        answers.append(browser.post("/accounts/new", data=form).status_code)

    clicks = [threading.Thread(target=click) for _ in range(5)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert sorted(answers) == [200, 303, 303, 303, 303]
    assert count(held, Account) == 2


# ------------------------------------------------------------------------------------------ the body


def body_hash(app: Flask, path: str = "/accounts/new", **data: Any) -> str:
    with app.test_request_context(path, method="POST", data=data):
        return submissions.body_hash()


def test_the_same_body_has_the_same_hash_whatever_the_token(app):
    assert body_hash(app, a="1", csrf_token="x") == body_hash(app, a="1", csrf_token="y")


@pytest.mark.parametrize(
    "other",
    [{"a": "2", "b": "c"}, {"a": "1"}, {"a": "1b", "": "c"}, {"a": "1", "b": "c", "d": ""}, {"a": ["1", "b"], "c": ""}],
)
def test_another_body_has_another_hash(app, other):
    assert body_hash(app, a="1", b="c") != body_hash(app, **other)


def test_another_page_has_another_hash(app):
    assert body_hash(app, a="1") != body_hash(app, "/account/password", a="1")


def test_another_file_has_another_hash_and_can_still_be_read(app):
    def hashed(content: bytes, name: str = "a.xlsx") -> str:
        return body_hash(app, file=(io.BytesIO(content), name))

    assert hashed(b"one") == hashed(b"one")
    assert len({hashed(b"one"), hashed(b"two"), hashed(b"one", "b.xlsx")}) == 3
    with app.test_request_context("/", method="POST", data={"file": (io.BytesIO(b"one"), "a.xlsx")}) as context:
        submissions.body_hash()
        assert context.request.files["file"].read() == b"one"
