"""The administration of accounts: who may, what it does to the person concerned, what the trail says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from mediation import clock
from mediation.audit import queries as audit
from mediation.database import Database
from mediation.people import actions, queries
from mediation.people.models import Account
from mediation.register.models import Mediator
from mediation.terms import Role

PASSWORD = "nine quiet herons wade"


@pytest.fixture
def admin(make_account, sign_in):
    """A browser in which a system administrator is signed in."""
    make_account("admin", Role.SYSTEM_ADMIN)
    return sign_in("admin")


@pytest.fixture
def li(make_account: Callable[..., Account]) -> Account:
    return make_account("li", Role.CLERK)


@pytest.fixture
def mediator_id(held):
    with held.write() as session:
        made = Mediator(name="陈调", created_at=clock.now())
        session.add(made)
        session.flush()
        session.commit()
        return made.id


def text_of(response: TestResponse) -> str:
    return response.get_data(as_text=True)


def once_of(response: TestResponse) -> str:
    found = re.search(r'id="once">([^<]+)<', text_of(response))
    assert found, text_of(response)
    return found[1]


def stored(held: Database, account_id: int) -> Account:
    with held.read() as session:
        return queries.get_account(session, account_id)


def told(held: Database, action: str) -> list[Any]:
    with held.read() as session:
        events = audit.page_events(session, action=action).events
    return [(event.object_ref, json.loads(event.detail)) for event in events]


# ------------------------------------------------------------------------------------------ who may


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM_ADMIN])
def test_only_the_system_administrator_sees_accounts(held, make_account, sign_in, fill, role, li):
    make_account("wang", role)
    browser = sign_in("wang")
    for path in ("/accounts", "/accounts/new", f"/accounts/{li.id}"):
        assert browser.get(path).status_code == 403, path
    for path in (f"/accounts/{li.id}/disable", f"/accounts/{li.id}/reset", f"/accounts/{li.id}"):
        assert fill(browser, "/account/password", to=path, version=1).status_code == 403, path
    assert stored(held, li.id).is_active
    assert len(told(held, "page:open")) == 6


def test_a_denial_tells_page_and_right_but_nothing_that_was_typed(held, make_account, sign_in, fill, li):
    make_account("wang", Role.AUDITOR)
    fill(sign_in("wang"), "/account/password", to=f"/accounts/{li.id}", display_name="王某某")
    ((ref, detail),) = told(held, "page:open")
    assert ref == "accounts.edit"
    assert detail == {"arguments": {"account_id": str(li.id)}, "method": "POST", "permission": "account:manage"}


# ------------------------------------------------------------------------------------------ making


def test_a_new_account_gets_a_one_time_password_that_must_be_changed(app, held, admin, fill, knock, organisation_id):
    answer = fill(
        admin, "/accounts/new", username="Sun.Li", display_name="孙丽", role="clerk", organisation_id=organisation_id
    )
    assert answer.status_code == 200
    once = once_of(answer)
    browser = app.test_client()
    assert knock(browser, "sun.li", once).status_code == 303
    assert browser.get("/account").location == "/account/password"
    ((ref, detail), *_rest) = told(held, "account:create")
    assert detail == {"role": "clerk", "organisation_id": organisation_id, "mediator_id": None}
    assert stored(held, int(ref)).username == "sun.li"


def test_the_one_time_password_is_shown_once(held, admin, li):
    for path in (f"/accounts/{li.id}", "/accounts"):
        assert 'id="once"' not in text_of(admin.get(path))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"username": "li"}, "taken"),
        ({"username": "LI"}, "taken"),
        ({"username": "x"}, "2 to 40"),
        ({"username": "a b"}, "2 to 40"),
        ({"username": ""}, "needed"),
        ({"role": "clerk", "organisation_id": ""}, "belongs to an organisation"),
        ({"role": "emperor"}, "Choose one"),
        ({"role": ""}, "needed"),
        ({"organisation_id": "999"}, "Choose one"),
        ({"mediator_id": "1"}, "role of mediator"),
        ({"display_name": " "}, "1 to 60"),
    ],
)
def test_an_account_is_not_made(held, admin, li, fill, mediator_id, changes, says):
    assert mediator_id == 1
    fields = {"username": "sun", "display_name": "孙丽", "role": "auditor", "organisation_id": "", "mediator_id": ""}
    answer = fill(admin, "/accounts/new", **{**fields, **changes})
    assert answer.status_code == 422
    assert says in text_of(answer)
    with held.read() as session:
        assert len(queries.list_accounts(session)) == 2


def test_a_mediator_has_one_account(admin, fill, organisation_id, mediator_id):
    fields = {"display_name": "陈调", "role": "mediator"}
    fields |= {"organisation_id": organisation_id, "mediator_id": mediator_id}
    assert fill(admin, "/accounts/new", username="chen", **fields).status_code == 200
    answer = fill(admin, "/accounts/new", username="chen2", **fields)
    assert answer.status_code == 422
    assert "has an account already" in text_of(answer)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET mediator_id = 1",
        "UPDATE account SET organisation_id = NULL",
        "UPDATE account SET role = 'emperor'",
        "UPDATE account SET organisation_id = 999",
    ],
)
def test_the_database_itself_refuses_what_no_account_may_be(held, li, mediator_id, statement):
    with held.write() as session, pytest.raises(IntegrityError):
        session.execute(text(statement))


# ------------------------------------------------------------------------------------------ changing


def version_of(response: TestResponse) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', text_of(response))
    assert found
    return found[1]


def edit(admin: FlaskClient, fill: Callable[..., TestResponse], account: Account, **changes: Any) -> TestResponse:
    path = f"/accounts/{account.id}"
    fields = {"display_name": account.display_name, "role": account.role.value}
    fields |= {"organisation_id": str(account.organisation_id or ""), "version": version_of(admin.get(path))}
    return fill(admin, path, **{**fields, **changes})


def test_a_changed_role_ends_the_persons_sessions(held, admin, li, sign_in, fill):
    person = sign_in("li")
    assert edit(admin, fill, li, role="organisation_admin").status_code == 303
    assert person.get("/account").status_code == 303
    assert stored(held, li.id).role is Role.ORGANISATION_ADMIN
    assert [detail["fields"] for _ref, detail in told(held, "account:edit")] == [["role"]]


def test_a_changed_name_ends_nothing(held, admin, li, sign_in, fill):
    person = sign_in("li")
    assert edit(admin, fill, li, display_name="李新名").status_code == 303
    assert "李新名" in text_of(person.get("/account"))
    assert "李新名" not in json.dumps(told(held, "account:edit"), ensure_ascii=False)


def test_a_page_opened_before_someone_elses_change_is_refused(held, admin, li, fill):
    old = version_of(admin.get(f"/accounts/{li.id}"))
    edit(admin, fill, li, display_name="甲")
    answer = edit(admin, fill, li, display_name="乙", version=old)
    assert answer.status_code == 409
    assert stored(held, li.id).display_name == "甲"


@pytest.mark.parametrize("seen", ["", "abc", "-1", "99999999999999999999", "１"])
def test_a_version_nobody_saw_is_refused(held, admin, li, fill, seen):
    assert edit(admin, fill, li, display_name="乙", version=seen).status_code == 409
    assert stored(held, li.id).display_name == li.display_name


@pytest.mark.parametrize("field", ["password_hash", "username", "is_active", "id", "must_change_password", "language"])
def test_a_field_the_form_does_not_have_changes_nothing(held, admin, li, fill, field):
    before = getattr(stored(held, li.id), field)
    assert edit(admin, fill, li, display_name="乙", **{field: "1"}).status_code == 303
    assert getattr(stored(held, li.id), field) == before


def test_a_disabled_person_is_out_at_once_and_back_when_enabled(held, admin, li, sign_in, fill, app, knock):
    person, path = sign_in("li"), f"/accounts/{li.id}"
    version = version_of(admin.get(path))
    assert fill(admin, path, to=f"{path}/disable", version=version).status_code == 303
    assert person.get("/account").status_code == 303
    assert knock(app.test_client(), "li", PASSWORD).status_code == 422
    assert fill(admin, path, to=f"{path}/enable", version=version_of(admin.get(path))).status_code == 303
    assert person.get("/account").status_code == 303, "the old session stays ended"
    assert knock(app.test_client(), "li", PASSWORD).status_code == 303


def test_a_reset_password_ends_sessions_and_waiting(held, admin, li, sign_in, fill, app, knock):
    person, path = sign_in("li"), f"/accounts/{li.id}"
    for _ in range(6):
        knock(app.test_client(), "li", "a wrong password")
    answer = fill(admin, path, to=f"{path}/reset", version=version_of(admin.get(path)))
    assert person.get("/account").status_code == 303
    assert knock(app.test_client(), "li", PASSWORD).status_code == 422
    assert knock(app.test_client(), "li", once_of(answer)).status_code == 303
    assert stored(held, li.id).must_change_password


def test_nobody_disables_themselves(held, admin, make_account, fill):
    make_account("second", Role.SYSTEM_ADMIN)
    with held.read() as session:
        own = queries.find_account_by_username(session, "admin")
    assert own is not None
    path = f"/accounts/{own.id}"
    assert fill(admin, path, to=f"{path}/disable", version=version_of(admin.get(path))).status_code == 403


def test_the_last_system_administrator_stays_one(held, admin, fill):
    with held.read() as session:
        own = queries.find_account_by_username(session, "admin")
    assert own is not None
    answer = edit(admin, fill, own, role="auditor")
    assert answer.status_code == 422
    assert "must stay" in text_of(answer)
    assert stored(held, own.id).role is Role.SYSTEM_ADMIN


@pytest.mark.parametrize("name", ["999", "0", "-1", "x", "9" * 30])
def test_an_account_that_is_not_there_is_no_page(admin, name):
    assert admin.get(f"/accounts/{name}").status_code == 404


def test_nobody_can_be_signed_in_as_an_account_that_vanished(held, li, sign_in):
    browser = sign_in("li")
    with held.write() as session:
        session.execute(text("DELETE FROM sign_in_session"))
        session.commit()
    assert browser.get("/account").status_code == 303


def test_old_sessions_counters_and_forms_are_forgotten(held, li, sign_in):
    sign_in("li")
    with held.write() as session:
        assert actions.forget_old(session, before=li.created_at) == 0
        assert actions.forget_old(session, before=clock.now()) >= 1
        session.rollback()
