"""The pages of the register: who may look, who may write, and what a refused form says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mediation import clock
from mediation.audit.models import AuditEvent
from mediation.database import Database
from mediation.directory import views
from mediation.people.models import Account
from mediation.people.passwords import hash_password
from mediation.register import actions, queries
from mediation.register.models import Mediator, Organisation, Registration, Training
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind, Role

AT = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
PASSWORD = "seven grey herons over Foshan"


@lru_cache
def hashed() -> str:
    return hash_password(PASSWORD)


@dataclass
class House:
    """The app with two organisations, a mediator each, and the cast."""

    app: Flask
    ids: dict[str, int] = field(default_factory=dict)
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        found = self.app.extensions["mediation.database"]
        assert isinstance(found, Database)
        return found

    def as_(self, name: str) -> FlaskClient:
        """A browser in which `name` is signed in, in English."""
        if name not in self.clients:
            client = self.app.test_client()
            page = client.get("/sign-in", headers={"Accept-Language": "en"})
            answer = client.post("/sign-in", data=hidden(page.text) | {"username": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            client.get("/language/en")
            self.clients[name] = client
        return self.clients[name]

    def row(self, kind: type[Any], name: str) -> Any:
        with self.database.read() as session:
            return session.get(kind, self.ids[name])

    def all_(self, kind: type[Any]) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(kind)))

    def send(self, who: str, page: str, to: str | None = None, /, **facts: Any) -> Any:
        """Open `page` as `who` and send its form, changed by `facts`, to the page itself or another address."""
        client = self.as_(who)
        opened = client.get(page)
        assert opened.status_code == 200, opened.text
        return client.post(to or page, data=filled(opened.text) | facts)


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the last form on a page."""
    found = re.findall(r"<input[^>]*>", html)
    fields = {}
    for tag in found:
        if 'type="hidden"' in tag:
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            assert name
            fields[name[1]] = value[1] if value else ""
    return fields


def filled(html: str) -> dict[str, Any]:
    """What a browser would send when nobody changed anything."""
    main = html[html.index("<main") :]
    fields: dict[str, Any] = dict(hidden(main))
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="text"' in tag:
            fields[name[1]] = value[1] if value else ""
        if name and value and 'type="checkbox"' in tag and "checked" in tag:
            fields.setdefault(name[1], []).append(value[1])
    for name_, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', main, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', body)
        fields[name_] = chosen[1] if chosen else ""
    for name_, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', main, re.DOTALL):
        fields[name_] = body.strip()
    return fields


def summary(html: str) -> str:
    """The sentences of the error summary."""
    found = re.search(r'<div class="error-summary".*?</div>', html, re.DOTALL)
    return found[0] if found else ""


@pytest.fixture
def house(app: Flask) -> House:
    if views.blueprint.name not in app.blueprints:
        app.register_blueprint(views.blueprint)
    made = House(app)
    with made.database.write() as session:
        for name, short_name, park in (("禅城调委会", "禅知调", Park.CHANCHENG), ("南海调委会", "南知调", Park.NANHAI)):
            one = actions.create_organisation(
                session, name=name, short_name=short_name, kind=OrganisationKind.COMMITTEE, park=park, by=None, at=AT
            )
            made.ids[name] = one.id
        for name, where in (("陈静", "禅城调委会"), ("李强", "南海调委会")):
            who = actions.create_mediator(session, name=name, by=None, at=AT)
            place = queries.get_organisation(session, made.ids[where])
            registered = actions.register_with(
                session, who, place, level=MediatorLevel.LEVEL_4, specialities=[RightKind.DESIGN, RightKind.TRADE_MARK],
                from_on=dt.date(2024, 1, 1), by=None, at=AT,
            )  # fmt: skip
            trained = actions.record_training(
                session, who, on=dt.date(2025, 5, 5), hours=Decimal("7.5"), subject="外观设计", by=None, at=AT
            )
            made.ids |= {name: who.id, f"{name}的备案": registered.id, f"{name}的培训": trained.id}
        cast = {
            "zone": (Role.ZONE_ADMIN, None),
            "chancheng": (Role.ORGANISATION_ADMIN, "禅城调委会"),
            "nanhai": (Role.ORGANISATION_ADMIN, "南海调委会"),
            "clerk": (Role.CLERK, "禅城调委会"),
            "auditor": (Role.AUDITOR, None),
        }
        session.add_all(
            Account(
                username=name, display_name=name, password_hash=hashed(), role=role,
                organisation_id=made.ids[where] if where else None, created_at=AT, password_changed_at=AT,
            )
            for name, (role, where) in cast.items()
        )  # fmt: skip
        session.commit()
    return made


# --- Looking --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["zone", "chancheng", "clerk", "auditor"])
def test_everybody_signed_in_may_look_at_the_register(house, name):
    client, one, who = house.as_(name), house.ids["禅城调委会"], house.ids["陈静"]
    assert "禅城调委会" in client.get("/organisations").text
    assert "陈静" in client.get(f"/organisations/{one}").text
    assert "Trade mark" in client.get("/mediators").text
    assert "外观设计" in client.get(f"/mediators/{who}").text


@pytest.mark.parametrize("path", ["/organisations", "/organisations/1", "/mediators", "/mediators/1"])
def test_a_visitor_is_sent_to_sign_in(house, path):
    answer = house.app.test_client().get(path)
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("path", ["/organisations/999", "/mediators/999", "/mediators/99999999999999999999"])
def test_what_is_not_there_is_a_page_that_does_not_exist(house, path):
    assert house.as_("clerk").get(path).status_code == 404


@pytest.mark.parametrize(
    "question, found",
    [
        ("", {"陈静", "李强"}),
        ("q=静", {"陈静"}),
        ("kind=design&level=level_4", {"陈静", "李强"}),
        ("kind=software", set()),
        ("level=level_1", set()),
        ("whom=all", {"陈静", "李强"}),
        # What is no choice asks for nothing and breaks nothing.
        ("kind=nonsense&organisation=abc&after=99999999999999999999", {"陈静", "李强"}),
        ("organisation=99999999999999999999", {"陈静", "李强"}),
        ("q=%E2%80%8B", {"陈静", "李强"}),
    ],
)
def test_the_mediators_are_filtered(house, question, found):
    answer = house.as_("clerk").get(f"/mediators?{question}")
    assert answer.status_code == 200
    assert {name for name in ("陈静", "李强") if name in answer.text} == found


def test_the_mediators_of_one_organisation(house):
    page = house.as_("clerk").get(f"/mediators?organisation={house.ids['南海调委会']}").text
    assert "李强" in page
    assert "陈静" not in page


def test_who_left_is_listed_only_among_all(house):
    with house.database.write() as session:
        one = queries.get_registration(session, house.ids["陈静的备案"])
        actions.leave(
            session, one, on=dt.date(2024, 6, 1), live_proceedings=0, seen_version=one.version, by=None, at=AT
        )
        session.commit()
    client = house.as_("clerk")
    assert "陈静" not in client.get("/mediators").text
    assert "陈静" in client.get("/mediators?whom=all").text
    assert "registration ended" in client.get(f"/mediators/{house.ids['陈静']}").text


def test_a_long_register_is_read_page_by_page(house):
    with house.database.write() as session:
        place = queries.get_organisation(session, house.ids["禅城调委会"])
        for number in range(queries.PAGE_SIZE):
            who = actions.create_mediator(session, name=f"M{number:03}", by=None, at=AT)
            actions.register_with(session, who, place, from_on=dt.date(2024, 1, 1), by=None, at=AT)
        session.commit()
    client, path, seen = house.as_("clerk"), "/mediators?level=none", set()
    first = client.get("/mediators").text
    following = re.search(r'rel="next"\s+href="([^"]*)"', first)
    assert following
    for text in (first, client.get(following[1].replace("&amp;", "&")).text):
        seen |= set(re.findall(r">(M\d{3}|陈静|李强)</a>", text))
    assert len(seen) == queries.PAGE_SIZE + 2
    assert 'rel="next"' not in client.get(path).text


def test_an_empty_list_says_what_to_do(app):
    if views.blueprint.name not in app.blueprints:
        app.register_blueprint(views.blueprint)
    house = House(app)
    with house.database.write() as session:
        session.add(Account(username="zone", display_name="z", password_hash=hashed(), role=Role.ZONE_ADMIN,
                            created_at=AT, password_changed_at=AT))  # fmt: skip
        session.commit()
    assert "add the committees, courts" in house.as_("zone").get("/organisations").text
    assert "add the first one" in house.as_("zone").get("/mediators").text
    assert "no working organisation" in house.as_("zone").get("/mediators/new").text
    assert "show all" in house.as_("zone").get("/organisations?kind=court").text


# --- Organisations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chancheng", "clerk", "auditor"])
def test_only_the_zone_keeps_organisations(house, name):
    client, one = house.as_(name), house.ids["禅城调委会"]
    shown = client.get(f"/organisations/{one}").text
    assert f"/organisations/{one}/edit" not in shown
    assert f"/organisations/{one}/close" not in shown
    assert client.get("/organisations/new").status_code == 403
    assert client.get(f"/organisations/{one}/edit").status_code == 403
    token = hidden(client.get("/account").text)
    for page in ("/organisations/new", *(f"/organisations/{one}/{deed}" for deed in ("edit", "close", "reopen"))):
        assert client.post(page, data=token).status_code == 403
    assert house.row(Organisation, "禅城调委会").is_active


def test_the_zone_adds_an_organisation_once_however_often_it_clicks(house):
    client = house.as_("zone")
    sent = filled(client.get("/organisations/new").text) | {
        "name": "顺德市场监管局", "short_name": "顺市监", "kind": "administrative_organ", "park": "shunde",
        "limit_count": "20", "limit_unit": "working_days",
    }  # fmt: skip
    first, second = client.post("/organisations/new", data=sent), client.post("/organisations/new", data=sent)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert len(house.all_(Organisation)) == 3
    assert "20 Working days" in client.get(first.headers["Location"]).text


def test_the_fields_that_are_missing_are_named(house):
    answer = house.send("zone", "/organisations/new")
    assert answer.status_code == 422
    for needed in ("name", "short_name", "kind", "park"):
        assert f'href="#{needed}"' in summary(answer.text)
    for free in ("phone", "address", "limit_count", "limit_unit"):
        assert f'href="#{free}"' not in summary(answer.text)
    assert len(house.all_(Organisation)) == 2


@pytest.mark.parametrize(
    "facts, blamed",
    [
        ({"short_name": "禅知调"}, "short_name"),
        ({"name": "禅城调委会"}, "name"),
        ({"short_name": "三" * 21}, "short_name"),
        ({"limit_count": "30"}, "limit_unit"),
        ({"limit_count": "99999999999999999999", "limit_unit": "months"}, "limit_count"),
        ({"limit_count": "soon", "limit_unit": "months"}, "limit_count"),
        ({"kind": "circus"}, "kind"),
    ],
)
def test_a_refused_organisation_names_the_field_and_keeps_what_was_typed(house, facts, blamed):
    new = {"name": "三水调委会", "short_name": "三知调", "kind": "committee", "park": "sanshui", "address": "大道1号"}
    answer = house.send("zone", "/organisations/new", **(new | facts))
    assert answer.status_code == 422
    assert re.findall(r'href="#(\w+)"', summary(answer.text)) == [blamed]
    assert "大道1号" in answer.text
    assert len(house.all_(Organisation)) == 2


def test_an_organisation_is_edited_from_the_state_that_was_seen(house):
    page = f"/organisations/{house.ids['禅城调委会']}/edit"
    stale = filled(house.as_("zone").get(page).text)
    assert house.send("zone", page, phone="0757-1").status_code == 303
    answer = house.as_("zone").post(page, data=stale | {"phone": "0757-2"})
    assert answer.status_code == 409
    assert house.row(Organisation, "禅城调委会").phone == "0757-1"
    # What was not touched stayed as it was.
    assert house.row(Organisation, "禅城调委会").park is Park.CHANCHENG


def test_a_closed_organisation_takes_no_mediator(house):
    one = house.ids["南海调委会"]
    assert house.send("zone", f"/organisations/{one}", f"/organisations/{one}/close").status_code == 303
    assert not house.row(Organisation, "南海调委会").is_active
    assert "南海调委会" not in house.as_("zone").get("/mediators/new").text
    assert house.send("zone", f"/organisations/{one}", f"/organisations/{one}/reopen").status_code == 303
    assert "南海调委会" in house.as_("zone").get("/mediators/new").text


def test_the_button_that_closes_works_on_the_state_that_was_seen(house):
    one = house.ids["南海调委会"]
    stale = filled(house.as_("zone").get(f"/organisations/{one}").text)
    house.send("zone", f"/organisations/{one}/edit", phone="0757-1")
    assert house.as_("zone").post(f"/organisations/{one}/close", data=stale).status_code == 409
    assert house.row(Organisation, "南海调委会").is_active


# --- Mediators ------------------------------------------------------------------------------------------------------


def newcomer(house: House, **facts: Any) -> dict[str, Any]:
    return {
        "name": "黄敏", "organisation_id": str(house.ids["禅城调委会"]), "level": "none", "from_on": "2026年3月2日",
        "specialities": ["design", "trade_mark"],
    } | facts  # fmt: skip


def test_an_administrator_adds_a_mediator_to_the_own_organisation(house):
    page = house.as_("chancheng").get("/mediators/new").text
    assert "禅城调委会" in page
    assert "南海调委会" not in page
    assert house.send("chancheng", "/mediators/new", **newcomer(house)).status_code == 303
    (made,) = [one for one in house.all_(Registration) if one.from_on == dt.date(2026, 3, 2)]
    assert made.organisation_id == house.ids["禅城调委会"]
    assert made.specialities == ["design", "trade_mark"]


def test_an_administrator_adds_nobody_to_another_organisation(house):
    """What is not on offer is not taken either, and without the person no half of the act is left."""
    answer = house.send("chancheng", "/mediators/new", **newcomer(house, organisation_id=str(house.ids["南海调委会"])))
    assert answer.status_code == 422
    assert 'href="#organisation_id"' in summary(answer.text)
    assert len(house.all_(Mediator)) == 2


def test_a_namesake_is_added_only_when_somebody_said_it_is_another_person(house):
    answer = house.send("zone", "/mediators/new", **newcomer(house, name="陈静"))
    assert answer.status_code == 422
    assert f"/mediators/{house.ids['陈静']}" in answer.text
    assert len(house.all_(Mediator)) == 2
    answer = house.send("zone", "/mediators/new", **newcomer(house, name="陈静", another_person="y"))
    assert answer.status_code == 303
    assert len(house.all_(Mediator)) == 3


def test_a_mediator_needs_a_name_an_organisation_a_level_and_a_first_day(house):
    answer = house.send("chancheng", "/mediators/new")
    assert answer.status_code == 422
    assert set(re.findall(r'href="#(\w+)"', summary(answer.text))) == {"name", "organisation_id", "level", "from_on"}
    assert len(house.all_(Mediator)) == 2


PAGES_OF_A_MEDIATOR: dict[str, Callable[[House, str], str]] = {
    "the person": lambda house, name: f"/mediators/{house.ids[name]}/edit",
    "the registration": lambda house, name: f"/registrations/{house.ids[name + '的备案']}/edit",
    "training": lambda house, name: f"/mediators/{house.ids[name]}/training",
}


@pytest.mark.parametrize("page", PAGES_OF_A_MEDIATOR.values(), ids=PAGES_OF_A_MEDIATOR)
def test_another_organisations_administrator_changes_nothing_of_a_mediator(house, page):
    theirs = page(house, "李强")
    assert house.as_("nanhai").get(theirs).status_code == 200
    assert house.as_("zone").get(theirs).status_code == 200
    assert house.as_("chancheng").get(theirs).status_code == 403
    own = filled(house.as_("chancheng").get(page(house, "陈静")).text)
    assert house.as_("chancheng").post(theirs, data=own).status_code == 403
    for name in ("clerk", "auditor"):
        assert house.as_(name).get(theirs).status_code == 403


def test_another_organisations_administrator_strikes_no_training(house):
    client, token = house.as_("chancheng"), hidden(house.as_("chancheng").get("/account").text)
    assert client.post(f"/trainings/{house.ids['李强的培训']}/strike", data=token).status_code == 403
    assert house.row(Training, "李强的培训") is not None
    assert client.post(f"/trainings/{house.ids['陈静的培训']}/strike", data=token).status_code == 303
    assert house.row(Training, "陈静的培训") is None


def test_a_refused_try_is_in_the_trail(house):
    house.as_("chancheng").get(f"/mediators/{house.ids['李强']}/edit")
    denied = [one for one in house.all_(AuditEvent) if one.result == "denied"]
    assert [one.object_ref for one in denied] == ["directory.mediator_edit"]


def test_the_page_offers_what_the_person_may_do_and_nothing_else(house):
    path = f"/mediators/{house.ids['李强']}"
    for name, offered in (("nanhai", True), ("zone", True), ("chancheng", False), ("clerk", False)):
        text = house.as_(name).get(path).text
        for link in (f"{path}/edit", f"{path}/training", f"/registrations/{house.ids['李强的备案']}/edit", "/strike"):
            assert (link in text) is offered, (name, link)


def test_the_note_and_the_fault_are_for_those_who_keep_the_entry(house):
    house.send("zone", f"/mediators/{house.ids['李强']}/edit", note="只供管理员", serious_fault_on="2026-01-05")
    path = f"/mediators/{house.ids['李强']}"
    for name, shown in (("zone", True), ("nanhai", True), ("chancheng", False), ("clerk", False)):
        text = house.as_(name).get(path).text
        assert ("只供管理员" in text) is shown
        assert ("2026-01-05" in text) is shown


def test_an_organisation_neither_records_nor_clears_a_serious_fault_of_its_own(house):
    page = f"/mediators/{house.ids['李强']}/edit"
    assert "serious_fault_on" not in house.as_("nanhai").get(page).text
    house.send("nanhai", page, phone="1", serious_fault_on="2026-01-05")
    assert house.row(Mediator, "李强").serious_fault_on is None
    house.send("zone", page, serious_fault_on="2026-01-05")
    house.send("nanhai", page, phone="2", serious_fault_on="")
    assert house.row(Mediator, "李强").phone == "2"
    assert house.row(Mediator, "李强").serious_fault_on == dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    "page, changed",
    [
        (PAGES_OF_A_MEDIATOR["the person"], {"phone": "2"}),
        (PAGES_OF_A_MEDIATOR["the registration"], {"level": "level_1"}),
    ],
)
def test_a_stale_form_is_refused(house, page, changed):
    path = page(house, "陈静")
    stale = filled(house.as_("zone").get(path).text)
    assert house.as_("zone").post(path, data=stale | changed).status_code == 303
    assert house.as_("zone").post(path, data=stale | changed).status_code == 409
    for forged in ("", "x", "99999999999999999999"):
        assert house.as_("zone").post(path, data=stale | changed | {"version": forged}).status_code == 409


def test_sending_a_page_back_unchanged_changes_nothing(house):
    for page in (PAGES_OF_A_MEDIATOR["the person"], PAGES_OF_A_MEDIATOR["the registration"]):
        assert house.send("zone", page(house, "陈静")).status_code == 303
    assert house.send("zone", f"/organisations/{house.ids['禅城调委会']}/edit").status_code == 303
    assert {one.action for one in house.all_(AuditEvent)} & {
        "organisation:edit", "mediator:edit", "registration:edit"
    } == set()  # fmt: skip


# --- Registrations and training -------------------------------------------------------------------------------------


def test_an_administrator_registers_anothers_mediator_with_the_own_organisation_only(house):
    path = f"/mediators/{house.ids['李强']}/register"
    facts = {"level": "none", "from_on": "2026-03-02"}
    answer = house.send("chancheng", path, **facts, organisation_id=str(house.ids["南海调委会"]))
    assert answer.status_code == 422
    assert house.send("chancheng", path, **facts, organisation_id=str(house.ids["禅城调委会"])).status_code == 303
    places = [one.organisation_id for one in house.all_(Registration) if one.mediator_id == house.ids["李强"]]
    assert sorted(places) == sorted([house.ids["南海调委会"], house.ids["禅城调委会"]])


def test_a_refused_registration_blames_its_field(house):
    path, here = f"/mediators/{house.ids['陈静']}/register", str(house.ids["禅城调委会"])
    facts = {"level": "none", "organisation_id": here}
    for sent, blamed in (
        ({"from_on": "2026-03-02"}, "from_on"),
        ({"from_on": "soon"}, "from_on"),
        ({"from_on": " "}, "from_on"),
        ({"from_on": "2020-03-02", "until_on": "2020-03-01"}, "until_on"),
    ):
        answer = house.send("zone", path, **facts, **sent)
        assert answer.status_code == 422
        assert f'href="#{blamed}"' in summary(answer.text)
    assert len(house.all_(Registration)) == 2


def test_a_registration_is_not_shortened_by_editing_it(house):
    path = f"/registrations/{house.ids['陈静的备案']}/edit"
    answer = house.send("zone", path, until_on="2026-01-01")
    assert answer.status_code == 422
    assert 'href="#until_on"' in summary(answer.text)
    assert house.row(Registration, "陈静的备案").until_on is None


def test_training_is_recorded_and_added_up_by_year(house):
    path = f"/mediators/{house.ids['陈静']}/training"
    assert house.send("chancheng", path, on="2025-06-01", hours="4", subject="商标侵权").status_code == 303
    text = house.as_("clerk").get(f"/mediators/{house.ids['陈静']}").text
    assert "Training in 2025" in text
    assert "11.5" in text


@pytest.mark.parametrize(
    "facts, blamed",
    [
        ({"on": " "}, "on"),
        ({"on": (clock.today() + dt.timedelta(2)).isoformat()}, "on"),
        ({"hours": "0"}, "hours"),
        ({"hours": "NaN"}, "hours"),
        ({"hours": "many"}, "hours"),
        ({"hours": "1e400"}, "hours"),
        ({"subject": "\u200b"}, "subject"),
    ],
)
def test_refused_training_blames_its_field(house, facts, blamed):
    path = f"/mediators/{house.ids['陈静']}/training"
    answer = house.send("chancheng", path, **({"on": "2025-06-01", "hours": "4", "subject": "商标"} | facts))
    assert answer.status_code == 422
    assert re.findall(r'href="#(\w+)"', summary(answer.text)) == [blamed]
    assert len(house.all_(Training)) == 2


def test_the_pages_speak_chinese(house):
    client = house.as_("zone")
    client.get("/language/zh_Hans")
    assert "调解员" in client.get("/mediators").text
    assert "组织名称" in client.get("/organisations/new").text
    assert "修改" in client.get(f"/mediators/{house.ids['陈静']}").text
    client.get("/language/en")
