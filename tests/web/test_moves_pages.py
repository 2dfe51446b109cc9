"""The pages of the moves: each form is its row, and a stale, doubled or refused one loses nothing."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mediation import clock
from mediation.cases import workflow
from mediation.cases.facts import FACTS, Fact, Kind
from mediation.cases.models import Case, Proceeding
from mediation.cases.workflow import MOVES, Track
from mediation.channels import CHANNELS, Channel
from mediation.database import Database
from mediation.terms import Action, EntryForm, Outcome, State
from tests import builders
from tests.builders import Cast

ALWAYS = {"csrf_token", "submission_key", "version", "late_reason"}


@pytest.fixture
def held(app: Flask) -> Database:
    """The database behind the app."""
    found = app.extensions["mediation.database"]
    assert isinstance(found, Database)
    return found


@pytest.fixture
def cast(held: Database) -> Cast:
    """Everybody, committed."""
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


@pytest.fixture
def admin(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The browser of the committee's administrator."""
    return builders.sign_in(client, cast.organisation_admin)


def days_ago(number: int) -> dt.date:
    return clock.today() - dt.timedelta(days=number)


def make(held: Database, cast: Cast, situation: str, **more: Any) -> int:
    """A case of the committee in this situation; the id of its proceeding."""
    with held.write() as session:
        case = builders.register_case(session, cast, on=days_ago(5), **more)
        steps = ("registered", "accepted", "led", "mediating", "ended", "closed").index(situation)
        if steps > 0:
            builders.accept(session, cast, case, days_ago(4))
        if steps > 1:
            builders.assign(session, cast, case, days_ago(4))
        if steps > 2:
            builders.start(session, cast, case, days_ago(3))
        if steps > 3:
            builders.end(session, cast, case, days_ago(2))
        if steps > 4:
            builders.do(session, cast, case.proceedings[0], Action.CLOSE, days_ago(1), closed_on=days_ago(1))
        session.commit()
        return case.proceedings[0].id


def fields_of(page: TestResponse) -> dict[str, list[str]]:
    """The names of the form's fields with the values a browser would send, in their order on the page."""
    text = page.get_data(as_text=True)
    form = text[text.index('<form class="move-form"') :]
    form = form[: form.index("</form>")]
    found: dict[str, list[str]] = {}
    pattern = r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select)\b|\Z)"
    for tag, attributes, inside in re.findall(pattern, form, flags=re.DOTALL):
        name = re.search(r'\bname="([^"]+)"', attributes)
        if not name:
            continue
        values = found.setdefault(name[1], [])
        kind = re.search(r'\btype="([^"]+)"', attributes)
        if tag == "select":
            values += re.findall(r'<option selected value="([^"]*)"', inside)
        elif tag == "textarea":
            values.append(html.unescape(inside[: inside.index("</textarea>")]).strip())
        elif kind and kind[1] in ("checkbox", "radio"):
            if re.search(r"\bchecked\b", attributes):
                values.append(re.search(r'value="([^"]*)"', attributes)[1])  # type: ignore[index]
        else:
            value = re.search(r'\bvalue="([^"]*)"', attributes)
            values.append(html.unescape(value[1]) if value else "")
    return found


def filled(page: TestResponse, **changed: object) -> dict[str, Any]:
    """What a browser would send, with some fields changed."""
    given: dict[str, Any] = {name: values for name, values in fields_of(page).items() if values}
    return {**given, **{name: str(value) for name, value in changed.items()}}


def address(kind: str, key: int, action: Action) -> str:
    return f"/cases/{kind}/{key}/{action.value}"


def events(held: Database, proceeding_id: int) -> list[Action]:
    with held.read() as session:
        return [e.action for e in session.get_one(Proceeding, proceeding_id).case.events]


# ------------------------------------------------------------------------------------------ the form is the row


def names_of(row: workflow.Move, proceeding: Proceeding) -> list[str]:
    """The fields the row's facts make, written from FACTS and not from the form's own code."""
    names = []
    asked = [*row.facts]
    if row.action is Action.ACCEPT:
        asked += [Fact(code) for code, forms in CHANNELS[proceeding.channel].accept_facts
                  if proceeding.entry_form in forms]  # fmt: skip
    for fact in (*asked, *row.options):
        if FACTS[fact].kind is Kind.RESULTS:
            names += [f"result_{p.id}" for p in proceeding.case.respondents]
        else:
            names.append(fact.value)
    return names


SITUATIONS = {
    Action.ACCEPT: "registered", Action.REFUSE: "registered", Action.WITHDRAW_EARLY: "registered",
    Action.ASSIGN: "accepted", Action.REPLACE: "led", Action.START: "led", Action.SUSPEND: "mediating",
    Action.EXTEND: "mediating", Action.AGREE: "mediating", Action.END: "mediating", Action.OFFER: "mediating",
    Action.REOPEN: "ended", Action.CLOSE: "ended", Action.FILE: "closed", Action.FOLLOW_UP: "ended",
}  # fmt: skip


def test_each_form_has_exactly_the_facts_of_its_row(admin: FlaskClient, held: Database, cast: Cast) -> None:
    made = {situation: make(held, cast, situation) for situation in sorted(set(SITUATIONS.values()))}
    with held.write() as session:
        suspended = builders.register_case(session, cast, on=days_ago(5))
        builders.accept(session, cast, suspended, days_ago(4))
        builders.do(session, cast, suspended.proceedings[0], Action.SUSPEND, days_ago(3), suspended_on=days_ago(3),
                    suspend_reason="appraisal")  # fmt: skip
        session.commit()
        asked = {**{a: made[s] for a, s in SITUATIONS.items()}, Action.RESUME: suspended.proceedings[0].id}
    rows = [r for r in MOVES if r.track is Track.PROCEEDING and r.action is not Action.REGISTER]
    assert {r.action for r in rows} == asked.keys(), "a row without its example here"
    for row in rows:
        page = admin.get(address("proceedings", asked[row.action], row.action))
        assert page.status_code == 200, row.action
        with held.read() as session:
            proceeding = session.get_one(Proceeding, asked[row.action])
            wanted = names_of(row, proceeding)
        # Fresh consent is asked only after a refusal.
        wanted = [name for name in wanted if name != "fresh_consent_on"]
        assert [name for name in fields_of(page) if name not in ALWAYS] == wanted, row.action
        assert fields_of(page).keys() >= ALWAYS - {"csrf_token"}


def test_answers_agreements_and_confirmations_have_their_rows_too(
    client: FlaskClient, held: Database, cast: Cast
) -> None:
    with held.write() as session:
        case = builders.register_case(session, cast, channel=Channel.JUDICIAL, on=days_ago(5))
        offer = builders.offer(session, cast, case, days_ago(4), Channel.PEOPLE).id
        session.commit()
    ended = make(held, cast, "ended")
    with held.read() as session:
        agreement = session.get_one(Proceeding, ended).agreements[0].id
    browser = builders.sign_in(client, cast.organisation_admin)
    for kind, key, action in (
        ("offers", offer, Action.OFFER_ACCEPTED), ("offers", offer, Action.OFFER_REJECTED),
        ("agreements", agreement, Action.PERFORM), ("agreements", agreement, Action.ANNUL),
        ("agreements", agreement, Action.APPLY_CONFIRMATION),
    ):  # fmt: skip
        row = workflow.row_of(action)
        page = browser.get(address(kind, key, action))
        assert page.status_code == 200, action
        wanted = [fact.value for fact in (*row.facts, *row.options)]
        assert [name for name in fields_of(page) if name not in ALWAYS] == wanted
    assert browser.get(address("agreements", agreement, Action.DECIDE_CONFIRMATION)).status_code == 422
    assert browser.get(address("agreements", agreement, Action.ACCEPT)).status_code == 404, "not of this track"


def test_a_court_referral_is_accepted_with_its_letter(admin: FlaskClient, held: Database, cast: Cast) -> None:
    key = make(held, cast, "registered", channel=Channel.JUDICIAL, entry_form=EntryForm.DELEGATED)
    with held.read() as session:
        row = workflow.row_of(Action.ACCEPT)
        assert set(names_of(row, session.get_one(Proceeding, key))) == {"accepted_on", "letter_number", "referral_on"}
    assert admin.get(address("proceedings", key, Action.ACCEPT)).status_code == 404, "the court's own"


def test_swapping_two_rows_changes_the_form_without_another_edit(
    admin: FlaskClient, held: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make(held, cast, "registered")
    accept, refuse = workflow.row_of(Action.ACCEPT), workflow.row_of(Action.REFUSE)
    swapped = {accept: replace(refuse, action=Action.ACCEPT), refuse: replace(accept, action=Action.REFUSE)}
    monkeypatch.setattr(workflow, "MOVES", tuple(swapped.get(row, row) for row in MOVES))
    page = admin.get(address("proceedings", key, Action.ACCEPT))
    assert [n for n in fields_of(page) if n not in ALWAYS] == ["not_accepted_on", "not_accepted_reason"]
    page = admin.get(address("proceedings", key, Action.REFUSE))
    assert [n for n in fields_of(page) if n not in ALWAYS] == ["accepted_on"]
    assert admin.post(address("proceedings", key, Action.REFUSE), data=filled(page)).status_code == 303
    with held.read() as session:
        assert session.get_one(Proceeding, key).state is State.ACCEPTED


# ------------------------------------------------------------------------------------------ sending


def test_a_form_as_it_opens_is_taken_and_leads_to_its_event(admin: FlaskClient, held: Database, cast: Cast) -> None:
    key = make(held, cast, "registered")
    answer = admin.post(
        address("proceedings", key, Action.ACCEPT), data=filled(admin.get(address("proceedings", key, Action.ACCEPT)))
    )
    assert answer.status_code == 303
    with held.read() as session:
        proceeding = session.get_one(Proceeding, key)
        assert answer.location == f"/cases/{proceeding.case_id}#event-2"
        assert (proceeding.state, proceeding.accepted_on) == (State.ACCEPTED, clock.today())
        assert proceeding.case.events[-1].by_id == cast.organisation_admin.account_id


def test_a_form_sent_twice_makes_one_event(admin: FlaskClient, held: Database, cast: Cast) -> None:
    key = make(held, cast, "mediating")
    form = filled(admin.get(address("proceedings", key, Action.SUSPEND)), suspend_reason="appraisal")
    first = admin.post(address("proceedings", key, Action.SUSPEND), data=form)
    second = admin.post(address("proceedings", key, Action.SUSPEND), data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert events(held, key).count(Action.SUSPEND) == 1


def test_a_stale_form_shows_what_changed_keeps_what_was_typed_and_can_be_sent_again(
    admin: FlaskClient, held: Database, cast: Cast
) -> None:
    key = make(held, cast, "mediating")
    where = address("proceedings", key, Action.SUSPEND)
    form = filled(admin.get(where), suspend_reason="validity", note="等待无效宣告结果", suspended_on=days_ago(1))
    with held.write() as session:
        proceeding = session.get_one(Proceeding, key)
        builders.do(session, cast, proceeding, Action.EXTEND, clock.today(), extension_agreed_on=clock.today(),
                    applicant_consents=True, respondent_consents=True,
                    new_due_on=clock.today() + dt.timedelta(days=60))  # fmt: skip
        session.commit()
    stale = admin.post(where, data=form)
    assert stale.status_code == 409
    text = stale.get_data(as_text=True)
    assert Action.EXTEND.in_("en") in text, "what happened meanwhile"
    kept = fields_of(stale)
    assert kept["note"] == ["等待无效宣告结果"]
    assert kept["suspend_reason"] == ["validity"]
    assert kept["suspended_on"] == [days_ago(1).isoformat()]
    assert events(held, key).count(Action.SUSPEND) == 0, "nothing was saved"
    again = admin.post(where, data=filled(stale))
    assert again.status_code == 303, again.get_data(as_text=True)[:2000]
    assert events(held, key)[-1] is Action.SUSPEND


def test_a_stale_form_of_what_is_no_longer_possible_says_why_and_shows_what_was_typed(
    admin: FlaskClient, held: Database, cast: Cast
) -> None:
    key = make(held, cast, "mediating")
    where = address("proceedings", key, Action.SUSPEND)
    form = filled(admin.get(where), suspend_reason="validity", note="等待无效宣告结果")
    with held.write() as session:
        builders.end(session, cast, session.get_one(Proceeding, key).case, clock.today(), Outcome.DEADLOCK)
        session.commit()
    stale = admin.post(where, data=form)
    assert stale.status_code == 409
    text = stale.get_data(as_text=True)
    assert "no longer possible" in text
    assert "等待无效宣告结果" in text
    assert '<form class="move-form"' not in text


def test_refused_facts_are_shown_at_their_fields_and_what_was_typed_stays(
    admin: FlaskClient, held: Database, cast: Cast
) -> None:
    key = make(held, cast, "mediating")
    where = address("proceedings", key, Action.SUSPEND)
    before = events(held, key)
    for changed, at in (
        ({"suspended_on": days_ago(5), "suspend_reason": "other"}, "suspended_on"),  # before it was accepted
        ({"suspended_on": days_ago(-1), "suspend_reason": "other"}, "suspended_on"),
        ({"suspended_on": "2026-13-01", "suspend_reason": "other"}, "suspended_on"),
        ({"suspend_reason": ""}, "suspend_reason"),
        ({"suspend_reason": "nonsense"}, "suspend_reason"),
    ):
        answer = admin.post(where, data=filled(admin.get(where), note="已经写了很多", **changed))
        assert answer.status_code == 422, changed
        text = answer.get_data(as_text=True)
        marked = re.findall(r'<(?:input|select)[^>]*aria-invalid="true"[^>]*>', text)
        assert [re.search(r'name="([^"]+)"', tag)[1] for tag in marked] == [at], changed  # type: ignore[index]
        assert fields_of(answer)["note"] == ["已经写了很多"]
        if "suspended_on" in changed:
            assert fields_of(answer)["suspended_on"] == [str(changed["suspended_on"])]
    assert events(held, key) == before


def test_a_late_entry_asks_for_its_reason_at_its_field(admin: FlaskClient, held: Database, cast: Cast) -> None:
    with held.write() as session:
        case = builders.register_case(session, cast, on=days_ago(30))
        session.commit()
        key = case.proceedings[0].id
    where = address("proceedings", key, Action.ACCEPT)
    page = admin.get(where)
    answer = admin.post(where, data=filled(page, accepted_on=days_ago(20)))
    assert answer.status_code == 422
    assert "late entry" in answer.get_data(as_text=True)
    answer = admin.post(where, data=filled(answer, late_reason="材料刚到"))
    assert answer.status_code == 303


def test_what_is_not_on_the_form_is_not_taken(admin: FlaskClient, held: Database, cast: Cast) -> None:
    """Every column of the case and the proceeding, sent along: none is written."""
    key = make(held, cast, "registered")
    where = address("proceedings", key, Action.ACCEPT)
    form = filled(admin.get(where))
    extra = {c: "1" for t in (Case, Proceeding) for c in t.__table__.columns.keys() if c not in form}  # noqa: SIM118
    extra |= {"ended_on": clock.today().isoformat(), "outcome": "agreed_written", "state": "ended"}
    with held.read() as session:
        proceeding = session.get_one(Proceeding, key)
        untouched = ("organisation_id", "number", "ended_on", "outcome", "registered_by_id", "filed_on", "is_void")
        before = [getattr(proceeding, name) for name in untouched]
    assert admin.post(where, data={**extra, **form}).status_code == 303
    with held.read() as session:
        proceeding = session.get_one(Proceeding, key)
        assert proceeding.state is State.ACCEPTED
        assert [getattr(proceeding, name) for name in untouched] == before


def test_a_move_the_state_forbids_has_no_page(admin: FlaskClient, held: Database, cast: Cast) -> None:
    key = make(held, cast, "registered")
    for row in MOVES:
        if row.track is Track.PROCEEDING and State.REGISTERED not in row.leaves and row.action is not Action.REGISTER:
            assert admin.get(address("proceedings", key, row.action)).status_code == 422, row.action
    assert admin.get(f"/cases/proceedings/{key}/nonsense").status_code == 404


def test_undoing_an_ending_through_its_page(admin: FlaskClient, held: Database, cast: Cast) -> None:
    key = make(held, cast, "ended")
    with held.read() as session:
        case_id = session.get_one(Proceeding, key).case_id
    page = admin.get(f"/cases/{case_id}/undo")
    assert Action.END.in_("en") in page.get_data(as_text=True)
    assert admin.post(f"/cases/{case_id}/undo", data=filled(page, reason="录错")).status_code == 303
    with held.read() as session:
        proceeding = session.get_one(Proceeding, key)
        assert (proceeding.state, proceeding.outcome, proceeding.agreements) == (State.MEDIATING, None, [])


def test_a_correction_is_refused_at_its_field(admin: FlaskClient, held: Database, cast: Cast) -> None:
    key = make(held, cast, "ended")
    page = admin.get(f"/cases/proceedings/{key}/facts")
    answer = admin.post(f"/cases/proceedings/{key}/facts", data=filled(page, reason="误", ended_on=days_ago(4)))
    assert answer.status_code == 422
    assert fields_of(answer)["ended_on"] == [days_ago(4).isoformat()]
    answer = admin.post(f"/cases/proceedings/{key}/facts", data=filled(answer, ended_on=days_ago(1)))
    assert answer.status_code == 303
