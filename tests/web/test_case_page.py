"""The case page: what each of the cast sees of a case, what they are offered, and what its history says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from mediation import clock
from mediation.cases import actions, queries
from mediation.cases.facts import Fact
from mediation.cases.intake import PartyEntry
from mediation.cases.models import Case
from mediation.channels import CHANNELS, Channel
from mediation.database import Database, Session
from mediation.demo.play import at_noon
from mediation.people import permissions
from mediation.people.permissions import Permission
from mediation.people.queries import SignedIn
from mediation.terms import Action, Outcome, PartyKind, PartyRole, SuspendReason
from tests import builders
from tests.builders import Cast

ID_NUMBER = "11010519491231002X"  # the example of GB 11643
CREDIT_CODE = "91350100M000100Y43"  # the example of GB 32100

Visit = Callable[[SignedIn], FlaskClient]


@pytest.fixture
def cast(held: Database) -> Cast:
    with held.write() as session:
        made = builders.make_cast(session)
        session.commit()
        return made


@pytest.fixture
def visit(app: Any, cast: Cast) -> Visit:
    """`visit(cast.clerk)`: a browser of that person, signed in once."""
    known: dict[str, FlaskClient] = {}

    def enter(person: SignedIn) -> FlaskClient:
        if person.username not in known:
            known[person.username] = builders.sign_in(app.test_client(), person)
        return known[person.username]

    return enter


def ago(days: int) -> dt.date:
    return clock.today() - dt.timedelta(days)


@pytest.fixture
def live(held: Database, cast: Cast) -> Callable[..., int]:
    """`live(builders.accept, builders.assign, …)`: the id of a case registered nine days ago that took these steps."""

    def make(*steps: Callable[..., Any], **more: Any) -> int:
        with held.write() as session:
            case = builders.register_case(session, cast, on=ago(9), **more)
            for place, step in enumerate(steps):
                step(session, cast, case, ago(8 - place))
            session.commit()
            return case.id

    return make


MEDIATING = (builders.accept, builders.assign, builders.start)


def page(browser: FlaskClient, case_id: int) -> str:
    answer = browser.get(f"/cases/{case_id}")
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


def links(html: str, path: str) -> set[str]:
    """The last parts of the addresses on the page that begin with `path`."""
    return set(re.findall(rf'href="{re.escape(path)}/([a-z_]+)"', html))


def text(html: str) -> str:
    """What is read, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Who sees what -------------------------------------------------------------------------------------------------------


def test_those_who_have_to_do_with_a_case_read_it_and_nobody_else_learns_that_it_exists(
    cast: Cast, visit: Visit, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING)
    found = {person.username: visit(person).get(f"/cases/{case_id}").status_code for person in cast.everybody}
    assert found == {
        "clerk": 200,
        "mediator": 200,
        "organisation_admin": 200,
        "zone_admin": 200,
        "auditor": 200,
        # Of the court, and mediating nothing here: the same answer as for a case that does not exist.
        "stranger": 404,
        "other_clerk": 404,
        # Whose roles have no business with cases at all.
        "award_staff": 403,
        "system_admin": 403,
    }


def test_the_receiver_of_an_offer_sees_its_outline_until_it_accepts(
    cast: Cast, visit: Visit, live: Callable[..., int], held: Database
) -> None:
    case_id = live(*MEDIATING, builders.offer, facts="台灯外观近似")
    outline = main(page(visit(cast.other_clerk), case_id))
    assert "台灯外观近似" in outline
    assert "Accept the handover" in outline
    assert "Reject the handover" in outline
    for inner in ("What happened", "On record", "Recall the offer", "proceeding-", "/parties/new"):
        assert inner not in outline, inner
    with held.write() as session:
        builders.answer(session, cast, session.get_one(Case, case_id).offers[-1], ago(1))
        session.commit()
    whole = main(page(visit(cast.other_clerk), case_id))
    assert "What happened" in whole
    assert "On record" in whole


def test_the_sender_of_an_offer_may_recall_it_and_not_answer_it(
    cast: Cast, visit: Visit, live: Callable[..., int], held: Database
) -> None:
    case_id = live(*MEDIATING, builders.offer)
    seen = main(page(visit(cast.clerk), case_id))
    with held.read() as session:
        offer_id = session.get_one(Case, case_id).offers[0].id
    assert links(seen, f"/cases/offers/{offer_id}") == {"recall"}


def test_the_identity_number_of_a_natural_person_is_masked_and_that_of_a_company_is_not(
    cast: Cast, visit: Visit, live: Callable[..., int]
) -> None:
    case_id = live(
        parties=(
            PartyEntry(PartyRole.APPLICANT, "佛山灯具厂", identifier=CREDIT_CODE),
            PartyEntry(PartyRole.RESPONDENT, "李四海", PartyKind.NATURAL, ID_NUMBER, contact="13800138000"),
        )
    )
    for person in (cast.clerk, cast.organisation_admin, cast.zone_admin, cast.auditor):
        seen = page(visit(person), case_id)
        assert ID_NUMBER not in seen, person.username
        assert ID_NUMBER[3:14] not in seen, person.username
        assert "110***********002X" in seen, person.username
        assert CREDIT_CODE in seen, person.username


def test_a_telephone_number_is_for_those_who_work_on_the_case(
    cast: Cast, visit: Visit, live: Callable[..., int]
) -> None:
    parties = (
        PartyEntry(PartyRole.APPLICANT, "佛山灯具厂"),
        PartyEntry(PartyRole.RESPONDENT, "李四海", contact="13800138000"),
    )
    case_id = live(*MEDIATING, parties=parties)
    seen = {p.username: "13800138000" in page(visit(p), case_id) for p in (cast.clerk, cast.mediator, cast.auditor)}
    assert seen == {"clerk": True, "mediator": True, "auditor": False}


# What is offered -----------------------------------------------------------------------------------------------------

STEPS: dict[str, tuple[Callable[..., Any], ...]] = {
    "registered": (),
    "accepted without a lead": (builders.accept,),
    "accepted": (builders.accept, builders.assign),
    "mediating": MEDIATING,
    "ended with an agreement": (*MEDIATING, builders.end),
    "offered": (*MEDIATING, builders.offer),
}


@pytest.mark.parametrize("steps", STEPS)
def test_the_page_offers_what_the_workflow_offers_and_says_why_the_rest_is_not_possible(
    cast: Cast, visit: Visit, live: Callable[..., int], held: Database, steps: str
) -> None:
    case_id = live(*STEPS[steps])
    for person in (cast.clerk, cast.mediator, cast.organisation_admin, cast.zone_admin, cast.auditor):
        with held.read() as session:
            case = session.get_one(Case, case_id)
            if not visible(session, case, person):
                continue
            proceeding = case.proceedings[0]
            offered = queries.offered(proceeding, person, clock.today())
        seen = main(page(visit(person), case_id))
        possible = {o.action.value for o in offered if not o.blocked}
        assert links(seen, f"/cases/proceedings/{proceeding.id}") - {"facts"} == possible, person.username
        for blocked in (o for o in offered if o.blocked):
            assert blocked.action.in_("en") in seen, person.username
            for sentence in blocked.blocked:
                assert str(escape(sentence)) in seen, person.username


def visible(session: Session, case: Case, person: SignedIn) -> bool:
    standing = queries.standing_of_case(case)
    return permissions.may(person, Permission.CASE_READ, standing)


def test_an_accepted_case_without_a_lead_is_told_to_get_one_before_mediation_starts(
    cast: Cast, visit: Visit, live: Callable[..., int]
) -> None:
    seen = text(main(page(visit(cast.organisation_admin), live(builders.accept))))
    assert "Next step Assign a mediator" in seen
    assert "“Start mediation” waits for this: Assign a lead mediator first." in seen


@pytest.mark.parametrize(
    ("steps", "suggested"),
    [
        ("registered", "accept"),
        ("accepted", "start"),
        ("mediating", "agree"),
        ("ended with an agreement", "follow_up"),
    ],
)
def test_the_wanted_move_is_the_one_large_button(
    cast: Cast, visit: Visit, live: Callable[..., int], steps: str, suggested: str
) -> None:
    seen = main(page(visit(cast.organisation_admin), live(*STEPS[steps])))
    assert re.findall(r'class="btn btn-primary[^"]*" href="/cases/proceedings/\d+/([a-z_]+)"', seen) == [suggested]


def test_what_is_closed_and_filed_waits_for_nothing(
    cast: Cast, visit: Visit, live: Callable[..., int], held: Database
) -> None:
    case_id = live(*MEDIATING)
    with held.write() as session:
        case = session.get_one(Case, case_id)
        builders.end(session, cast, case, ago(4), Outcome.DEADLOCK)
        builders.do(session, cast, case.proceedings[0], Action.CLOSE, ago(3), closed_on=ago(3))
        session.commit()
    closed = text(main(page(visit(cast.organisation_admin), case_id)))
    assert "Next step File" in closed
    assert "waits for this" not in closed
    with held.write() as session:
        case = session.get_one(Case, case_id)
        builders.do(session, cast, case.proceedings[0], Action.FILE, ago(2), filed_on=ago(2))
        session.commit()
    filed = text(main(page(visit(cast.organisation_admin), case_id)))
    assert "Next step Nothing is waiting here." in filed
    assert "Still missing" not in filed


def test_an_auditor_is_offered_nothing(cast: Cast, visit: Visit, live: Callable[..., int]) -> None:
    seen = main(page(visit(cast.auditor), live(*MEDIATING)))
    assert "Next step" not in seen
    assert "btn" not in seen
    assert "/new" not in seen
    assert "/undo" not in seen


def test_every_offered_move_opens_its_form(
    cast: Cast, visit: Visit, live: Callable[..., int], held: Database
) -> None:
    for steps in STEPS.values():
        case_id = live(*steps)
        browser = visit(cast.organisation_admin)
        found = re.findall(r'href="(/cases/(?:proceedings|offers|agreements)/\d+/[a-z_]+)"', page(browser, case_id))
        assert found
        for address in found:
            assert browser.get(address).status_code == 200, address


# What is on record ---------------------------------------------------------------------------------------------------


def test_an_agreement_shows_its_facts_and_until_when_it_may_be_confirmed(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING)
    with held.write() as session:
        case = session.get_one(Case, case_id)
        builders.do(
            session, cast, case.proceedings[0], Action.AGREE, ago(3), respondents=[p.id for p in case.respondents],
            agreement_scope="whole", agreement_form="written", signed_on=ago(3), mediator_signed_on=ago(3),
            sealed_on=ago(3), amount=Decimal(120000),
        )  # fmt: skip
        session.commit()
    seen = text(main(page(visit(cast.mediator), case_id)))
    assert "Agreement · Written In force" in seen
    assert "¥120,000.00" in seen
    assert f"In effect from {ago(3)}" in seen
    assert "Judicial confirmation possible until" in seen


def test_suspensions_and_results_stand_in_their_proceeding(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING, respondent="顺德五金店")
    with held.write() as session:
        case = session.get_one(Case, case_id)
        proceeding = case.proceedings[0]
        builders.do(
            session, cast, proceeding, Action.SUSPEND, ago(4), suspended_on=ago(4),
            suspend_reason=SuspendReason.APPRAISAL,
        )  # fmt: skip
        builders.do(session, cast, proceeding, Action.RESUME, ago(2), resumed_on=ago(2))
        builders.end(session, cast, case, ago(1), Outcome.DEADLOCK)
        session.commit()
    seen = text(main(page(visit(cast.mediator), case_id)))
    seen = seen[seen.index("Proceedings") : seen.index("What happened")]
    assert f"Suspended {ago(4)} – {ago(2)} · Appraisal" in seen
    assert "Result by respondent 顺德五金店 Not agreed" in seen


def test_the_moves_of_an_earlier_proceeding_stand_with_it_and_not_at_the_top(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING)
    with held.write() as session:
        case = session.get_one(Case, case_id)
        builders.end(session, cast, case, ago(4), Outcome.DEADLOCK)
        builders.do(
            session, cast, case.proceedings[0], Action.REOPEN, ago(3), reopened_on=ago(3), reopen_cause="applied_again",
            entry_form="own",
        )  # fmt: skip
        first, second = (p.id for p in case.proceedings)
        session.commit()
    seen = main(page(visit(cast.organisation_admin), case_id))
    top, rest = seen[: seen.index('id="proceedings-title"')], seen[seen.index('id="proceedings-title"') :]
    assert "accept" in links(top, f"/cases/proceedings/{second}")
    assert not links(top, f"/cases/proceedings/{first}")
    assert "close" in links(rest, f"/cases/proceedings/{first}")
    assert rest.index(f'id="proceeding-{second}"') < rest.index(f'id="proceeding-{first}"')


# What happened -------------------------------------------------------------------------------------------------------


def lines(html: str) -> list[str]:
    """The lines of the history as read, in the order of the page."""
    return [text(item) for item in re.findall(r'<li class="timeline-item.*?</li>', html, re.DOTALL)]


def test_the_history_says_who_recorded_what_when_and_for_which_day_the_latest_first(
    cast: Cast, visit: Visit, held: Database
) -> None:
    with held.write() as session:
        case = builders.register_case(session, cast, by=cast.clerk, on=ago(5))
        actions.perform(
            session, case.proceedings[0], Action.ACCEPT, by=cast.organisation_admin, at=at_noon(ago(3)),
            facts={Fact.ACCEPTED_ON: ago(4)},
        )  # fmt: skip
        session.commit()
        case_id = case.id
    accepted, registered = lines(page(visit(cast.auditor), case_id))
    assert accepted.startswith(f"{ago(4)} ")
    assert "Accept" in accepted
    assert f"名 organisation_admin recorded {ago(3)} 12:00" in accepted
    assert registered.startswith(f"{ago(5)} ")
    assert f"名 clerk recorded {ago(5)} 12:00" in registered


def test_an_undone_entry_stays_in_the_history_struck_and_marked(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live(builders.accept)
    with held.write() as session:
        case = session.get_one(Case, case_id)
        actions.undo_last(
            session, case, reason="点错了", by=cast.organisation_admin, at=at_noon(ago(2)), seen=case.event_count
        )
        session.commit()
    html = page(visit(cast.auditor), case_id)
    undoing, accepted, registered = lines(html)
    assert "点错了" in undoing
    assert re.search(r"<s[^>]*>\s*Accept\s*</s>", html)
    assert "undone" in accepted
    assert "undone" not in registered
    assert html.count("timeline-undone") == 1
    # And what may be done is what could be done before.
    assert "/accept" in page(visit(cast.clerk), case_id)


def test_a_correction_shows_the_old_value_and_the_new_one(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING)
    with held.write() as session:
        case = session.get_one(Case, case_id)
        actions.correct(
            session, case.proceedings[0], {"started_on": ago(5), "amount_claimed": Decimal(300000)}, reason="看错日期",
            by=cast.organisation_admin, at=at_noon(ago(2)), seen=case.event_count,
        )  # fmt: skip
        session.commit()
    latest = lines(page(visit(cast.mediator), case_id))[0]
    assert f"{ago(6)} → {ago(5)}" in latest
    assert "— → ¥300,000.00" in latest
    assert "看错日期" in latest


def test_accepting_a_handover_is_told_in_the_states_of_the_handover(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING, builders.offer)
    with held.write() as session:
        builders.answer(session, cast, session.get_one(Case, case_id).offers[0], ago(3))
        session.commit()
    html = page(visit(cast.auditor), case_id)
    found = next(line for line in lines(html) if "Accept the handover" in line)
    assert "Pending" in found


def test_the_move_that_was_just_recorded_can_be_linked_to(
    cast: Cast, visit: Visit, live: Callable[..., int]
) -> None:
    html = page(visit(cast.clerk), live(builders.accept))
    assert {'id="event-1"', 'id="event-2"'} <= set(re.findall(r'id="event-\d+"', html))


def test_the_page_speaks_chinese_without_a_word_of_english(
    app: Any, cast: Cast, live: Callable[..., int]
) -> None:
    case_id = live(*MEDIATING, builders.offer)
    browser = builders.sign_in(app.test_client(), cast.organisation_admin, "zh_Hans")
    assert re.findall(r"[A-Za-z]{2,}", text(main(page(browser, case_id))).replace("organisation_admin", "")) == []


def test_a_case_entered_by_mistake_still_has_its_page(
    cast: Cast, visit: Visit, held: Database, live: Callable[..., int]
) -> None:
    case_id = live()
    with held.write() as session:
        case = session.get_one(Case, case_id)
        actions.undo_last(
            session, case, reason="重复登记", by=cast.organisation_admin, at=at_noon(ago(2)), seen=case.event_count
        )
        session.commit()
    seen = text(main(page(visit(cast.auditor), case_id)))
    assert "Void entry" in seen
    assert "重复登记" in seen


def test_a_channel_of_its_own_words_names_the_outcome(
    cast: Cast, visit: Visit, held: Database
) -> None:
    """The office's 撤销案件 is a title of failure."""
    with held.write() as session:
        case = builders.register_case(session, cast, channel=Channel.ADMINISTRATIVE, on=ago(9))
        builders.do(
            session, cast, case.proceedings[0], Action.ACCEPT, ago(8), accepted_on=ago(8), respondent_consent_on=ago(8)
        )
        builders.assign(session, cast, case, ago(8))
        builders.start(session, cast, case, ago(7))
        builders.end(session, cast, case, ago(1), Outcome.DEADLOCK)
        session.commit()
        case_id = case.id
        title = CHANNELS[Channel.ADMINISTRATIVE].outcome_words(Outcome.DEADLOCK)
    assert title.in_("en") in page(visit(cast.zone_admin), case_id)
