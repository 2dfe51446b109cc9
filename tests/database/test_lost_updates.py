"""Many people act on one case at once: exactly one wins, the others are told, nothing is written by halves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm.exc import StaleDataError

from mediation.audit import queries as audit
from mediation.cases import actions, checks
from mediation.cases.facts import Fact, Relation
from mediation.cases.models import Case, Offer, Proceeding
from mediation.channels import Channel
from mediation.database import Database
from mediation.demo.play import at_noon
from mediation.errors import MoveError, StaleError
from mediation.terms import Action, MediatorRole, OfferState, State
from tests import stage as st
from tests.stage import Stage, day

WRITERS = 16


def outcomes_of(doing) -> list[str]:
    """Let 16 threads do it at once; what became of each: done, or the name of its refusal."""
    gate = threading.Barrier(WRITERS)
    found: list[str] = []

    def run(number: int) -> None:
        gate.wait()
        try:
            doing(number)
        except (StaleError, StaleDataError, MoveError) as refusal:
            found.append(type(refusal).__name__)
        else:
            found.append("done")

    with ThreadPoolExecutor(WRITERS) as pool:
        futures = [pool.submit(run, n) for n in range(WRITERS)]
    # Any other error is told as what it is.
    return found + [repr(error) for future in futures if (error := future.exception()) is not None]


def one_wins(found: list[str]) -> None:
    """One did it; every other was refused as stale or as no longer possible."""
    assert found.count("done") == 1, found
    assert set(found) <= {"done", "StaleError", "StaleDataError", "MoveError"}, found


@pytest.fixture
def situation(request: pytest.FixtureRequest, database: Database) -> tuple[Stage, int, int]:
    """A case brought to the situation the test names, committed: the stage, the proceeding, its last event."""
    with database.write() as session:
        stage = st.build(session)
        proceeding = st.bring_to(session, stage, request.param)
        session.commit()
        return stage, proceeding.id, proceeding.case.event_count


def whole(database: Database, case_id: int, events: int) -> None:
    """Nothing was written by halves."""
    with database.read() as session:
        case = session.get(Case, case_id)
        assert case is not None
        assert case.event_count == events
        assert [e.seq for e in case.events] == list(range(1, events + 1))
    with database.read() as session:
        assert checks.check(session).findings == []
        assert audit.verify(session).is_whole


@pytest.mark.parametrize("situation", ["mediating"], indirect=True)
@pytest.mark.parametrize("is_seen", [True, False])
def test_one_ends_it(database: Database, situation: tuple[Stage, int, int], is_seen: bool) -> None:
    """With the page's number and without it: the version of the row is the second guard."""
    stage, key, seen = situation

    def end(number: int) -> None:
        with database.write() as session:
            proceeding = session.get_one(Proceeding, key)
            st.do(session, stage, proceeding, Action.END, 9, seen=seen if is_seen else None)
            session.commit()

    one_wins(outcomes_of(end))
    with database.read() as session:
        proceeding = session.get_one(Proceeding, key)
        assert proceeding.state is State.ENDED
        assert len(proceeding.results) == 1
    whole(database, proceeding.case_id, seen + 1)


@pytest.mark.parametrize("situation", ["accepted"], indirect=True)
def test_two_administrators_assign_one_lead(database: Database, situation: tuple[Stage, int, int]) -> None:
    stage, key, seen = situation
    house = stage[Channel.PEOPLE]

    def assign(number: int) -> None:
        facts = {
            Fact.MEDIATOR: (house.lead.id, house.second.id)[number % 2], Fact.MEDIATOR_ROLE: MediatorRole.LEAD,
            Fact.ASSIGNED_ON: day(9), Fact.RELATION: Relation.NONE,
        }  # fmt: skip
        with database.write() as session:
            proceeding = session.get_one(Proceeding, key)
            actions.perform(session, proceeding, Action.ASSIGN, by=house.admin, at=at_noon(day(9)), facts=facts,
                            seen=seen)  # fmt: skip
            session.commit()

    one_wins(outcomes_of(assign))
    with database.read() as session:
        proceeding = session.get_one(Proceeding, key)
        assert [a.mediator_id for a in proceeding.assignments] == [proceeding.lead_id]
    whole(database, proceeding.case_id, seen + 1)


@pytest.mark.parametrize("situation", ["mediating"], indirect=True)
def test_an_offer_is_answered_once(database: Database, situation: tuple[Stage, int, int]) -> None:
    """Accepting, rejecting and recalling race: one of them happens."""
    stage, key, seen = situation
    with database.write() as session:
        proceeding = session.get_one(Proceeding, key)
        st.do(session, stage, proceeding, Action.OFFER, 6)
        offer_id = st.pending(proceeding.case).id
        session.commit()
    ways = (Action.OFFER_ACCEPTED, Action.OFFER_REJECTED, Action.RECALL)

    def answer(number: int) -> None:
        with database.write() as session:
            offer = session.get_one(Offer, offer_id)
            st.do(session, stage, offer, ways[number % 3], 9, seen=seen + 1)
            session.commit()

    one_wins(outcomes_of(answer))
    with database.read() as session:
        offer = session.get_one(Offer, offer_id)
        accepted = offer.state is OfferState.ACCEPTED
        assert (offer.receiver_id is not None) == accepted
        assert len(offer.case.proceedings) == (2 if accepted else 1)
        assert (offer.proceeding.state is State.ENDED) == accepted
    whole(database, offer.case_id, seen + 2)


@pytest.mark.parametrize("situation", ["mediating"], indirect=True)
def test_undoing_and_correcting_race_with_a_move(database: Database, situation: tuple[Stage, int, int]) -> None:
    stage, key, seen = situation
    house = stage[Channel.PEOPLE]

    def act(number: int) -> None:
        with database.write() as session:
            proceeding = session.get_one(Proceeding, key)
            match number % 3:
                case 0:
                    st.do(session, stage, proceeding, Action.SUSPEND, 9, seen=seen)
                case 1:
                    actions.correct(session, proceeding, {"facts": f"第{number}句"}, reason="笔误", by=house.admin,
                                    at=at_noon(day(9)), seen=seen)  # fmt: skip
                case _:
                    actions.undo_last(session, proceeding.case, reason="误录", by=house.admin, at=at_noon(day(9)),
                                      seen=seen)  # fmt: skip
            session.commit()

    one_wins(outcomes_of(act))
    with database.read() as session:
        case_id = session.get_one(Proceeding, key).case_id
    whole(database, case_id, seen + 1)
