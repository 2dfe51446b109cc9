"""How a mediator leaves an organisation: who may record it, and that nothing is left in their hands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mediation import clock
from mediation.audit.models import AuditEvent
from mediation.cases.facts import Relation
from mediation.cases.models import Case
from mediation.channels import Channel
from mediation.database import Database
from mediation.people.queries import SignedIn
from mediation.register import actions as register
from mediation.register import queries as registers
from mediation.register.models import Registration
from mediation.terms import Action, MediatorLevel, Outcome
from tests import builders
from tests.builders import Cast

Visit = Callable[[SignedIn], FlaskClient]


@pytest.fixture
def cast(held: Database) -> Cast:
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


@pytest.fixture
def visit(app: Any, cast: Cast) -> Visit:
    known: dict[str, FlaskClient] = {}

    def enter(person: SignedIn) -> FlaskClient:
        if person.username not in known:
            known[person.username] = builders.sign_in(app.test_client(), person)
        return known[person.username]

    return enter


def ago(days: int) -> dt.date:
    return clock.today() - dt.timedelta(days)


@pytest.fixture
def registration_id(held: Database, cast: Cast) -> int:
    """The registration of the committee's mediator."""
    with held.read() as session:
        (found,) = registers.registrations_of(session, cast.stage.mediators[Channel.PEOPLE].id)
        return found.id


def registration(held: Database, registration_id: int) -> Registration:
    with held.read() as session:
        return session.get_one(Registration, registration_id)


def send(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Open the form and send it with these fields changed."""
    html = browser.get(path).get_data(as_text=True)
    form = html[html.index("<main") :]
    sent = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    assert "csrf_token" in sent, "the page has no form"
    return browser.post(path, data=sent | fields)


def mediating(held: Database, cast: Cast) -> tuple[int, int]:
    """A case the committee's mediator is mediating; its id and that of its proceeding."""
    with held.write() as session:
        case = builders.register_case(session, cast, on=ago(5))
        builders.accept(session, cast, case, ago(4))
        builders.assign(session, cast, case, ago(4))
        builders.start(session, cast, case, ago(3))
        session.commit()
        return case.id, case.proceedings[0].id


def test_who_carries_nothing_leaves_on_the_day_given(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    browser = visit(cast.organisation_admin)
    answer = send(browser, f"/registrations/{registration_id}/leave", on=ago(1).isoformat())
    assert answer.status_code == 303
    assert answer.location == f"/mediators/{cast.stage.mediators[Channel.PEOPLE].id}"
    assert registration(held, registration_id).until_on == ago(1)
    assert "It is recorded that the mediator leaves." in browser.get(answer.location).get_data(as_text=True)
    with held.read() as session:
        latest = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
        assert latest is not None
        assert (latest.action, latest.object_ref) == ("registration:leave", str(registration_id))
        assert latest.actor_id == cast.organisation_admin.account_id


def test_the_page_of_the_mediator_leads_there(cast: Cast, visit: Visit, registration_id: int) -> None:
    mediator_id = cast.stage.mediators[Channel.PEOPLE].id
    address = f"/registrations/{registration_id}/leave"
    seen = {
        person.username: address in visit(person).get(f"/mediators/{mediator_id}").get_data(as_text=True)
        for person in (cast.organisation_admin, cast.zone_admin, cast.clerk, cast.mediator, cast.other_clerk)
    }
    assert seen == {
        "organisation_admin": True, "zone_admin": True, "clerk": False, "mediator": False, "other_clerk": False,
    }  # fmt: skip


def test_only_administrators_of_the_house_and_of_the_zone_may_record_it(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    found = {
        person.username: visit(person).get(f"/registrations/{registration_id}/leave").status_code
        for person in cast.everybody
    }
    assert {name for name, status in found.items() if status == 200} == {"organisation_admin", "zone_admin"}
    assert set(found.values()) == {200, 403}


def test_an_administrator_of_another_house_may_not(held: Database, cast: Cast, visit: Visit) -> None:
    with held.read() as session:
        (elsewhere,) = registers.registrations_of(session, cast.stage.mediators[Channel.JUDICIAL].id)
    address = f"/registrations/{elsewhere.id}/leave"
    assert visit(cast.organisation_admin).get(address).status_code == 403
    assert visit(cast.zone_admin).get(address).status_code == 200
    assert visit(cast.zone_admin).get("/registrations/4711/leave").status_code == 404


def test_what_is_still_in_their_hands_is_listed_with_the_way_to_hand_it_on(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    case_id, proceeding_id = mediating(held, cast)
    page = visit(cast.organisation_admin).get(f"/registrations/{registration_id}/leave").get_data(as_text=True)
    assert f'href="/cases/{case_id}#proceeding-{proceeding_id}"' in page
    assert f'href="/cases/proceedings/{proceeding_id}/replace"' in page
    assert "Record that the mediator leaves" not in page
    assert visit(cast.organisation_admin).get(f"/cases/proceedings/{proceeding_id}/replace").status_code == 200


def test_a_form_opened_before_a_case_was_assigned_is_refused(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    browser, address = visit(cast.organisation_admin), f"/registrations/{registration_id}/leave"
    html = browser.get(address).get_data(as_text=True)
    sent = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', html[html.index("<main") :]))
    mediating(held, cast)
    answer = browser.post(address, data=sent)
    assert answer.status_code == 422
    assert "The mediator still has open proceedings there: 1. Reassign them first." in answer.get_data(as_text=True)
    assert registration(held, registration_id).until_on is None


def test_who_handed_everything_on_may_leave(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    case_id, _ = mediating(held, cast)
    with held.write() as session:
        heir = register.create_mediator(session, name="接任者", by=None, at=clock.now())
        register.register_with(
            session, heir, session.merge(cast.committee), level=MediatorLevel.NONE, specialities=(), from_on=ago(100),
            by=None, at=clock.now(),
        )  # fmt: skip
        case = session.get_one(Case, case_id)
        builders.do(
            session, cast, case.proceedings[0], Action.REPLACE, ago(1),
            leaving=cast.stage.mediators[Channel.PEOPLE].id, mediator=heir.id, assigned_on=ago(1), reason="离任",
            relation=Relation.NONE,
        )  # fmt: skip
        session.commit()
    assert send(visit(cast.organisation_admin), f"/registrations/{registration_id}/leave").status_code == 303
    assert registration(held, registration_id).until_on == clock.today()


def test_what_has_ended_holds_nobody(held: Database, cast: Cast, visit: Visit, registration_id: int) -> None:
    case_id, _ = mediating(held, cast)
    with held.write() as session:
        builders.end(session, cast, session.get_one(Case, case_id), ago(1), Outcome.DEADLOCK)
        session.commit()
    assert send(visit(cast.organisation_admin), f"/registrations/{registration_id}/leave").status_code == 303


@pytest.mark.parametrize(
    ("day", "said"),
    [("", "This is needed."), ("2019-12-31", "The last day lies before the first."), ("soon", "Write the day like")],
)
def test_a_last_day_that_cannot_be_is_refused_at_its_field(
    held: Database, cast: Cast, visit: Visit, registration_id: int, day: str, said: str
) -> None:
    answer = send(visit(cast.organisation_admin), f"/registrations/{registration_id}/leave", on=day)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page
    assert 'id="on-error"' in page
    assert registration(held, registration_id).until_on is None


def test_the_second_click_is_led_where_the_first_one_went(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    browser, address = visit(cast.organisation_admin), f"/registrations/{registration_id}/leave"
    html = browser.get(address).get_data(as_text=True)
    sent = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', html[html.index("<main") :]))
    first, second = browser.post(address, data=sent), browser.post(address, data=sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    with held.read() as session:
        told = session.scalars(select(AuditEvent).where(AuditEvent.action == "registration:leave")).all()
    assert len(told) == 1


def test_who_was_overtaken_by_a_change_of_the_registration_starts_anew(
    held: Database, cast: Cast, visit: Visit, registration_id: int
) -> None:
    seen = registration(held, registration_id).version
    answer = send(visit(cast.organisation_admin), f"/registrations/{registration_id}/leave", version=str(seen - 1))
    assert answer.status_code == 409
    assert registration(held, registration_id).until_on is None
