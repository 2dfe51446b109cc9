"""What every answer carries, whatever the page and whatever its status; and what no request may bring."""

from __future__ import annotations

import re
from collections.abc import Callable

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from mediation import database as databases
from mediation.config import Settings
from mediation.terms import Role
from mediation.web import access, security

PASSWORD = "nine quiet herons wade"

EXPECTED = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture
def production(make_app: Callable[[Settings], Flask], settings: Settings) -> Flask:
    """The app as it serves behind a proxy at a real address."""
    return make_app(settings.with_(profile="production", trusted_hosts=("mediation.example",), proxy_hops=1))


@pytest.fixture
def loud(app: Flask) -> Flask:
    """An app that answers an unforeseen error as it does in production, not by failing the test."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def broken_page(app: Flask) -> None:
    @access.public
    def fall() -> str:
        raise ZeroDivisionError("the secret of the cellar")

    app.add_url_rule("/fall", "fall", fall)


def test_every_answer_carries_every_header(loud, make_account, sign_in):
    broken_page(loud)
    make_account("wang", Role.AUDITOR)
    signed_in, client = sign_in("wang"), loud.test_client()
    answers = {
        200: client.get("/sign-in"),
        303: client.get("/account"),
        400: client.post("/sign-in"),
        403: signed_in.get("/accounts"),
        404: client.get("/nothing"),
        405: client.get("/sign-out"),
        413: client.post("/sign-in", data={"username": "x" * 3_000_000}),
        500: client.get("/fall"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        for name, value in EXPECTED.items():
            assert answer.headers[name] == value, (status, name)
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert answer.headers["Cache-Control"] == "no-store", status
        assert "Server" not in answer.headers or "werkzeug" not in answer.headers["Server"].lower()


@pytest.mark.parametrize("path", ["/healthz", "/static/seal.svg", "/language/en"])
def test_answers_that_are_no_pages_carry_them_too(client, path):
    with client.get(path) as answer:
        for name, value in EXPECTED.items():
            assert answer.headers[name] == value


# ------------------------------------------------------------------------------------------ files of the page


def test_a_file_of_the_page_may_be_kept_for_as_long_as_it_does_not_change(app, client):
    with app.test_request_context():
        address = flask.url_for("static", filename="seal.svg")
    assert re.fullmatch(r"/static/seal\.svg\?v=[0-9a-f]{12}", address)

    def caching(path: str) -> str:
        with client.get(path) as answer:
            return str(answer.headers["Cache-Control"])

    assert caching(address) == "public, max-age=31536000, immutable"
    assert caching("/static/seal.svg") == "no-cache"
    assert caching("/static/none.svg?v=1") == "no-store"


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "/etc/passwd", "..%5capp.py", "%2fetc%2fpasswd"])
def test_nothing_beside_the_files_of_the_page_is_served(client, name):
    assert client.get(f"/static/{name}", follow_redirects=True).status_code == 404


# ------------------------------------------------------------------------------------------ cookies, hosts, transport


def test_in_production_the_cookie_is_bound_to_host_and_transport(production):
    answer = production.test_client().get("/sign-in", headers={"Host": "mediation.example"})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-mediation=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_in_development_plain_http_works(client):
    answer = client.get("/sign-in")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "mediation.example.evil.example", "127.0.0.1"])
def test_another_host_name_is_not_answered(production, host):
    answer = production.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert host not in answer.get_data(as_text=True)


def test_a_visitor_cannot_choose_their_address_past_the_proxy(production):
    with production.test_client() as client:
        headers = {"Host": "mediation.example", "X-Forwarded-For": "203.0.113.9, 198.51.100.4"}
        client.get("/sign-in", headers=headers)
        assert flask.request.remote_addr == "198.51.100.4"


def test_without_a_proxy_forwarded_addresses_mean_nothing(app):
    with app.test_client() as client:
        client.get("/sign-in", headers={"X-Forwarded-For": "203.0.113.9"})
        assert flask.request.remote_addr == "127.0.0.1"


# ------------------------------------------------------------------------------------------ requests of strangers


def test_a_form_without_its_token_is_refused(app, make_account, sign_in, knock):
    make_account("wang", Role.AUDITOR)
    mine, other = sign_in("wang"), sign_in("wang")
    page = other.get("/account/password").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": found[1]}):
        answer = mine.post("/sign-out", data=data)
        assert answer.status_code == 400
    assert mine.get("/account").status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_sent_from_another_site_is_refused_even_with_a_token(make_account, sign_in, site):
    make_account("wang", Role.AUDITOR)
    browser = sign_in("wang")
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/account/password").get_data(as_text=True))
    assert found
    answer = browser.post("/sign-out", data={"csrf_token": found[1]}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 400
    assert browser.get("/account").status_code == 200


def test_the_character_nul_is_refused_wherever_it_comes(client):
    assert client.get("/sign-in?next=%00").status_code == 400
    assert client.get("/language/%00").status_code == 400


# ------------------------------------------------------------------------------------------ errors


def test_an_unforeseen_error_says_its_number_and_nothing_else(loud, caplog):
    broken_page(loud)
    answer = loud.test_client().get("/fall")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    found = re.search(r"<code>([0-9a-f]{16})</code>", page)
    assert found
    assert f"incident {found[1]}" in caplog.text
    for secret in ("cellar", "ZeroDivisionError", "Traceback", "/mediation/"):
        assert secret not in page


def test_a_locked_database_is_a_503_that_says_when_to_come_back(app, held, make_account, knock):
    make_account("wang", Role.AUDITOR)

    # The lock is real; only the patience is shortened.
    @event.listens_for(held.writing, "connect")
    def _impatient(connection, _record):
        connection.execute("PRAGMA busy_timeout=10")

    held.writing.dispose()
    client = app.test_client()
    other = databases.make_database(held.writing.url.render_as_string(hide_password=False))
    with other.write() as session:
        session.execute(text("SELECT 1"))  # BEGIN IMMEDIATE
        answer = knock(client, "wang", PASSWORD)
    other.dispose()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert knock(client, "wang", PASSWORD).status_code == 303


def test_a_person_can_read_while_someone_else_writes(held, make_account, sign_in):
    make_account("wang", Role.AUDITOR)
    browser = sign_in("wang")
    with held.write() as session:
        session.execute(text("UPDATE account SET display_name = 'x'"))
        assert browser.get("/account").status_code == 200
        session.rollback()


def test_a_page_that_cannot_reach_the_database_is_still_a_page(held, make_account, sign_in):
    make_account("wang", Role.AUDITOR)
    browser = sign_in("wang")

    def fail(*_arguments: object) -> None:
        raise held.reading.dialect.dbapi.OperationalError("connection refused: disk I/O error")

    held.reading.dispose()
    event.listen(held.reading, "do_connect", fail)
    answer = browser.get("/account")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    event.remove(held.reading, "do_connect", fail)
    assert browser.get("/account").status_code == 200


def test_reading_pages_write_nothing(held, make_account, sign_in):
    make_account("admin", Role.SYSTEM_ADMIN)
    browser = sign_in("admin")
    written: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        written.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    for path in ("", "account", "account/password", "accounts", "accounts/new", "accounts/1", "language/en", "no"):
        browser.get(f"/{path}")
    event.remove(Engine, "before_cursor_execute", note)
    assert written
    assert [statement for statement in written if not re.match(r"SELECT|BEGIN|PRAGMA", statement)] == []


# ------------------------------------------------------------------------------------------ declarations


def test_the_app_does_not_start_with_a_page_that_does_not_say_who_may_open_it(app):
    app.add_url_rule("/hidden", "hidden", lambda: "")
    with pytest.raises(RuntimeError, match="hidden"):
        access.ensure_declared(app)


def test_a_page_that_slipped_in_undeclared_is_not_opened(loud):
    loud.add_url_rule("/hidden", "hidden", lambda: "the cellar")
    answer = loud.test_client().get("/hidden")
    assert answer.status_code == 500
    assert "cellar" not in answer.get_data(as_text=True)


def test_only_these_pages_are_open_to_anyone(app):
    # Blueprints that are added later must not open a door here without anyone noticing.
    found = {endpoint for endpoint in app.view_functions if access.is_public(app, endpoint)}
    assert found == {"static", "web.healthz", "web.speak", "accounts.sign_in"}


def test_an_upload_may_be_larger_only_where_uploads_are_taken(app, client: FlaskClient):
    @security.takes_upload
    @access.public
    def upload() -> dict[str, int]:
        file = flask.request.files["file"]
        return {"size": len(file.read())}

    app.add_url_rule("/upload", "upload", upload, methods=["POST"])
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    assert found
    parts = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{found[1]}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    ).encode()

    def send(path: str, size: int) -> int:
        body = parts + b"x" * size + b"\r\n--b--\r\n"
        with client.post(path, data=body, content_type="multipart/form-data; boundary=b") as answer:
            return int(answer.status_code)

    assert send("/upload", 3_000_000) == 200
    assert send("/upload", 21 * 1024 * 1024) == 413
    assert send("/sign-in", 3_000_000) == 413
