"""The whole access matrix: every route × method × role × ownership, asked through the client.

Two tables written from the law book, not from the policy: RIGHTS says who may do what with what is whose, PAGES which
right a page needs and what it is about. A new page costs one line of PAGES; a page without one fails here.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mediation import clock
from mediation.cases import workflow
from mediation.cases.facts import Relation
from mediation.cases.models import Case
from mediation.cases.workflow import Track
from mediation.channels import Channel
from mediation.database import Database, Session
from mediation.demo.play import at_noon
from mediation.register import actions as register
from mediation.register.models import Mediator
from mediation.terms import Action, MediatorLevel, MediatorRole, Outcome
from mediation.web import access
from tests import builders
from tests.builders import Cast

ROLES = ("mediator", "clerk", "organisation_admin", "zone_admin", "award_staff", "auditor", "system_admin")

# Letters: a anything · o what one mediates · h what lies with one's organisation · r what is offered to it · - nothing.
#                       M   C   O   Z   W   A   S
RIGHTS_TABLE = """
    self                a   a   a   a   a   a   a
    register            a   a   a   -   -   -   -
    list                a   a   a   a   -   a   -
    see                 o   hr  hr  a   -   a   -
    read                o   h   h   a   -   a   -
    accept              o   h   h   -   -   -   -
    assign              o   h   h   a   -   -   -
    mediate             o   -   h   -   -   -   -
    offer               o   h   h   -   -   -   -
    answer              -   r   r   -   -   -   -
    record              o   h   h   -   -   -   -
    correct             o   -   h   a   -   -   -
    edit                o   h   h   -   -   -   -
    names               a   a   a   a   a   a   a
    organisations       -   -   -   a   -   -   -
    mediators           -   -   h   a   -   -   -
    figures             a   a   a   a   a   a   -
    awards              -   -   -   a   a   a   -
    imports             -   -   -   a   -   -   -
    accounts            -   -   -   -   -   -   a
    trail               -   -   -   -   -   a   -
"""
RIGHTS = {
    name: dict(zip(ROLES, letters, strict=True))
    for name, *letters in (line.split() for line in RIGHTS_TABLE.strip().splitlines())
}

# How a thing of each ownership stands to a person of the home organisation.
OWNERSHIPS = {
    "own": {"o", "h"},  # the mediator's own, of the home organisation
    "same": {"h"},  # another mediator's, of the home organisation
    "other": set(),  # of another organisation
    "handed": {"r"},  # of another organisation, offered to mine
    "closed": {"o", "h"},  # ended and closed
}

RIGHT_OF_MOVE = {
    Action.ACCEPT: "accept", Action.REFUSE: "accept", Action.WITHDRAW_EARLY: "accept", Action.ASSIGN: "assign",
    Action.REPLACE: "assign", Action.START: "mediate", Action.SUSPEND: "mediate", Action.RESUME: "mediate",
    Action.EXTEND: "mediate", Action.AGREE: "mediate", Action.END: "mediate", Action.OFFER: "offer",
    Action.RECALL: "offer", Action.OFFER_ACCEPTED: "answer", Action.OFFER_REJECTED: "answer", Action.REOPEN: "offer",
    Action.CLOSE: "record", Action.FILE: "record", Action.FOLLOW_UP: "record", Action.PERFORM: "record",
    Action.ANNUL: "record", Action.APPLY_CONFIRMATION: "record", Action.DECIDE_CONFIRMATION: "record",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """`needs`: the right its role must have at all. `about`: the kind of thing in its address; None: nothing.

    `then`: the right on the thing, when it is another. `ends`: what it does undoes the visit, so it is asked last.
    """

    needs: str | None
    about: str | None = None
    then: str | None = None
    ends: bool = False


PAGES: dict[str, Page] = {
    "static": Page(None, "file"),
    "web.healthz": Page(None),
    "web.speak": Page(None, "language"),
    "web.home": Page("self"),
    "accounts.sign_in": Page(None),
    "accounts.sign_out": Page("self", ends=True),
    "accounts.sessions": Page("self"),
    "accounts.end_sessions": Page("self", ends=True),
    "accounts.password": Page("self"),
    "accounts.index": Page("accounts"),
    "accounts.create": Page("accounts"),
    "accounts.edit": Page("accounts", "account"),
    "accounts.disable": Page("accounts", "account"),
    "accounts.enable": Page("accounts", "account"),
    "accounts.reset": Page("accounts", "account"),
    "desk.case": Page("see", "case"),
    "cases.move": Page("see", "proceeding"),
    "cases.answer": Page("see", "offer"),
    "cases.agreement": Page("see", "agreement"),
    "cases.correct": Page("correct", "case proceeding"),
    "cases.undo": Page("correct", "case"),
    "cases.add_party": Page("edit", "case"),
    "cases.add_right": Page("edit", "case"),
    "cases.add_number": Page("edit", "case"),
    "docket.index": Page("list"),
    "docket.export": Page("list"),
    "docket.search": Page("list"),
    "docket.home": Page("list"),
    "docket.help": Page("self"),
    "reception.register": Page("register"),
    "reception.infringing_acts": Page("register"),
    "reception.similar": Page("register"),
    "directory.organisations": Page("names"),
    "directory.organisation": Page("names", "organisation", then="names"),
    "directory.organisation_new": Page("organisations"),
    "directory.organisation_edit": Page("organisations", "organisation"),
    "directory.organisation_close": Page("organisations", "organisation"),
    "directory.organisation_reopen": Page("organisations", "organisation"),
    "directory.mediators": Page("names"),
    "directory.mediator": Page("names", "mediator", then="names"),
    "directory.mediator_new": Page("mediators"),
    "directory.mediator_edit": Page("mediators", "mediator"),
    "directory.training_new": Page("mediators", "mediator"),
    "directory.training_strike": Page("mediators", "training"),
    "directory.registration_new": Page("mediators", "any mediator"),
    "directory.registration_edit": Page("mediators", "registration"),
    "desk.leave": Page("mediators", "registration"),
    "desk.audit": Page("trail"),
    "figures.completion": Page("figures"),
    # Without a figure to open there is nothing behind it.
    "figures.behind": Page("figures", "figure"),
    "figures.xlsx": Page("figures"),
    "awards.index": Page("awards"),
    "awards.mediator": Page("awards", "mediator", then="awards"),
    "awards.xlsx": Page("awards"),
    # No import is on record here: who may open it learns that there is none.
    "ledger.index": Page("imports"),
    "ledger.show": Page("imports", "import"),
    "ledger.arrive": Page("imports", "import"),
    "ledger.refuse": Page("imports", "import"),
    "ledger.again": Page("imports", "import"),
}


# ------------------------------------------------------------------------------------------ the things


@dataclass
class Things:
    """Ids by kind and ownership."""

    ids: dict[str, dict[str, int]] = field(default_factory=dict)

    def put(self, kind: str, ownership: str, key: int) -> None:
        self.ids.setdefault(kind, {})[ownership] = key


ABSENT = 987_654
STATIC_FILE = "mediation.css"


def _case(session: Session, cast: Cast, ownership: str, second: Mediator, stage: str) -> Case:
    """A case of this ownership, mediating or ended with an agreement, and perhaps offered on."""
    today = clock.today()
    start = today - dt.timedelta(days=5)
    channel = Channel.JUDICIAL if ownership in ("other", "handed") else Channel.PEOPLE
    case = builders.register_case(session, cast, channel=channel, on=start)
    builders.accept(session, cast, case, start)
    if ownership == "same":
        builders.do(session, cast, case.proceedings[0], Action.ASSIGN, start, assigned_on=start, mediator=second.id,
                    mediator_role=MediatorRole.LEAD, relation=Relation.NONE)  # fmt: skip
    else:
        builders.assign(session, cast, case, start)
    builders.start(session, cast, case, start)
    if stage == "agreed" or ownership == "closed":
        builders.end(session, cast, case, today, Outcome.AGREED_WRITTEN)
    if ownership == "closed":
        builders.do(session, cast, case.proceedings[0], Action.CLOSE, today, closed_on=today)
    if stage == "offered" or ownership == "handed":
        to = Channel.PEOPLE if ownership == "handed" else Channel.ADMINISTRATIVE
        builders.offer(session, cast, case, today, to)
    return case


def build(session: Session) -> Things:
    """The cast, and one thing of each kind and ownership."""
    cast = builders.make_cast(session)
    at = at_noon(builders.SINCE)
    second = register.create_mediator(session, name="王敏", by=cast.zone_admin, at=at)
    home = register.register_with(session, second, cast.committee, level=MediatorLevel.NONE, specialities=(),
                                  from_on=builders.SINCE, by=cast.zone_admin, at=at)  # fmt: skip
    away_mediator = register.create_mediator(session, name="赵云", by=cast.zone_admin, at=at)
    away = register.register_with(session, away_mediator, cast.court, level=MediatorLevel.NONE, specialities=(),
                                  from_on=builders.SINCE, by=cast.zone_admin, at=at)  # fmt: skip
    things = Things()
    for ownership in OWNERSHIPS:
        case = _case(session, cast, ownership, second, "mediating")
        things.put("case", ownership, case.id)
        things.put("proceeding", ownership, case.proceedings[0].id)
        things.put("offer", ownership, _case(session, cast, ownership, second, "offered").offers[0].id)
        agreed = _case(session, cast, ownership, second, "agreed")
        things.put("agreement", ownership, agreed.proceedings[0].agreements[0].id)
    for ownership, mediator, registration, organisation in (
        ("same", second, home, cast.committee),
        ("other", away_mediator, away, cast.court),
    ):
        things.put("mediator", ownership, mediator.id)
        things.put("registration", ownership, registration.id)
        things.put("organisation", ownership, organisation.id)
        things.put("training", ownership, another_training(session, things, ownership))
    things.put("account", "same", cast.other_clerk.account_id)
    things.put("import", "same", ABSENT)
    return things


def another_training(session: Session, things: Things, ownership: str | None) -> int:
    """A training of the mediator of this ownership."""
    mediator = session.get_one(Mediator, things.ids["mediator"][str(ownership)])
    made = register.record_training(session, mediator, on=builders.SINCE, hours=Decimal(8), subject="业务培训",
                                    by=None, at=at_noon(builders.SINCE))  # fmt: skip
    return made.id


# ------------------------------------------------------------------------------------------ what is expected


def has(role: str, right: str, ownership: str | None = None) -> bool:
    """By RIGHTS alone: whether the role has the right, on a thing of this ownership if one is named."""
    letters = RIGHTS[right][role]
    if letters == "-":
        return False
    return ownership is None or letters == "a" or bool(set(letters) & OWNERSHIPS[ownership])


def expected(page: Page, role: str | None, ownership: str | None, action: Action | None) -> str:
    """One of ok, 403, 404, sign-in."""
    if page.needs is None:
        return "ok"
    if role is None:
        return "sign-in"
    if not has(role, page.needs):
        return "403"
    if page.about is None:
        return "ok"
    if page.about in ("import", "figure"):
        return "404"
    assert ownership is not None
    match page.about:
        case "case" | "case proceeding" | "proceeding" | "offer" | "agreement":
            if not has(role, "see", ownership):
                return "404"
            opens_outline = page == PAGES["desk.case"] or page.about == "offer"
            if not opens_outline and not has(role, "read", ownership):
                return "403"
            right = RIGHT_OF_MOVE[action] if action is not None else page.needs
            return "ok" if has(role, right, ownership) else "403"
        case "account" | "any mediator" | "language" | "file":
            return "ok"
        case _:
            return "ok" if has(role, page.then or page.needs, ownership) else "403"


TRACKS = {"proceeding": {Track.PROCEEDING}, "offer": {Track.OFFER},
          "agreement": {Track.AGREEMENT, Track.CONFIRMATION}}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One question: this address, in this way, about this thing."""

    endpoint: str
    method: str
    ownership: str | None
    action: Action | None
    values: tuple[tuple[str, object], ...]


def cells(app: Flask, things: Things) -> Iterator[Cell]:
    """Every address there is, with every thing it may be about."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (PAGES[r.endpoint].ends, r.endpoint)):
        page = PAGES[rule.endpoint]
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        kind = (page.about or "").split(" ")[-1]
        owned: list[tuple[str | None, int | None]] = [*things.ids.get(kind, {}).items()] or [(None, None)]
        rows = [r.action for r in workflow.MOVES if r.track in TRACKS.get(kind, set()) and r.action != "register"]
        actions: list[Action | None] = [*rows] if "action" in rule.arguments else [None]
        # Each move's page is opened; sent is one move of each right.
        first = {RIGHT_OF_MOVE[a]: a for a in reversed(rows)}.values()
        for method, (ownership, key), action in itertools.product(methods, owned, actions):
            if method == "POST" and action is not None and action not in first:
                continue
            given: dict[str, object] = {}
            for name in rule.arguments:
                known = {"action": action, "language": "en", "filename": STATIC_FILE}
                given[name] = known.get(name, key)
            yield Cell(rule.endpoint, method, ownership, action, tuple(sorted(given.items())))


def ask(app: Flask, browser: FlaskClient, cell: Cell, values: dict[str, Any]) -> tuple[str, str, str]:
    """Open the page; what came of it (ok, 403, 404, sign-in or the status), its text, its address."""
    with app.test_request_context():
        address = app.url_for(cell.endpoint, **values)
    if cell.method == "GET":
        answer = browser.get(address)
    else:
        # A form that was opened and sent empty: whoever may send it learns what is missing.
        answer = browser.open(address, method=cell.method, data={"submission_key": secrets.token_urlsafe(12)})
    text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    answer.close()
    if answer.status_code in (301, 302, 303) and (answer.location or "").startswith("/sign-in"):
        return "sign-in", "", address
    if answer.status_code in (403, 404):
        return str(answer.status_code), text, address
    fine = answer.status_code in (200, 303, 304, 409, 422)
    return "ok" if fine else str(answer.status_code), "", address


# ------------------------------------------------------------------------------------------ the tests


@pytest.fixture
def things(app: Flask) -> Things:
    """Real rows behind the app, which asks for no CSRF token here: that is another test's."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskClient  # whether pages are well-formed is asked elsewhere, and takes its time
    held: Database = app.extensions["mediation.database"]
    with held.write() as session:
        made = build(session)
        session.commit()
    return made


def test_every_page_is_listed_here_and_declares_who_may_open_it(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - PAGES.keys() == set(), "say in PAGES who may open these"
    assert PAGES.keys() - endpoints == set(), "these pages are gone"
    undeclared = [e for e in endpoints if not access.is_declared(app, e)]
    assert undeclared == []
    assert {e for e in endpoints if access.is_public(app, e)} == {e for e, p in PAGES.items() if p.needs is None}


def test_every_cell_of_the_access_matrix(
    app: Flask, things: Things, capsys: pytest.CaptureFixture[str]
) -> None:
    held: Database = app.extensions["mediation.database"]
    wrong: list[str] = []
    found: Counter[str] = Counter()
    told_apart: list[str] = []
    for role in (None, *ROLES):
        browser = app.test_client()
        visit = app.test_client()
        if role is not None:
            enter(visit, role)
            enter(browser, role)
        for cell in cells(app, things):
            page = PAGES[cell.endpoint]
            # What signs out must not spoil the visit of the others.
            chosen = visit if page.ends else browser
            if page.ends and role is not None:
                enter(visit, role)
            if cell.endpoint == "accounts.sign_in" and role is not None and cell.method == "POST":
                continue
            wanted = expected(page, role, cell.ownership, cell.action)
            got, text, address = ask(app, chosen, cell, dict(cell.values))
            found[got] += 1
            if cell.endpoint == "directory.training_strike" and got == "ok":
                with held.write() as session:  # it is gone: another for whoever asks next
                    things.put("training", str(cell.ownership), another_training(session, things, cell.ownership))
                    session.commit()
            if cell.endpoint == "accounts.sign_out":
                wanted = "sign-in"  # for everybody
            if got != wanted:
                wrong.append(f"{role} {cell.method} {cell.endpoint} {cell.ownership} {cell.action}: {got} not {wanted}")
            if got == wanted == "404" and cell.method == "GET" and page.about not in ("import", "figure"):
                nowhere = {n: ABSENT if isinstance(v, int) else v for n, v in cell.values}
                absent, other, elsewhere = ask(app, chosen, cell, nowhere)
                if (absent, alike(other, elsewhere)) != (got, alike(text, address)):
                    told_apart.append(f"{role} {cell.endpoint} {cell.ownership}")
    with capsys.disabled():
        print(f"\n{len(PAGES)} pages, {found.total()} cells of the access matrix, {len(wrong)} wrong: {dict(found)}")
    assert wrong == []
    assert told_apart == [], "what is foreign must look like what is not there"
    assert found.total() > 1500


def alike(text: str, address: str) -> str:
    """The page without its own address and the number of its request."""
    plain = text.replace(address, "…")
    return re.sub(r'(csrf_token" value|nonce|data-request)="[^"]*"', "", plain)


def enter(browser: FlaskClient, role: str) -> None:
    """Sign in; this app asks for no token."""
    browser.get("/language/en")
    answer = browser.post("/sign-in", data={"username": role, "password": builders.PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)
