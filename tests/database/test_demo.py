"""The demonstration: a house that has worked for years, told by chance from a seed and played through the actions."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from mediation.audit import queries as audit
from mediation.cases import checks, identifiers, queries, replay
from mediation.cases.models import Case, CaseEvent, Offer, Party, Proceeding, Right
from mediation.database import Database, make_database
from mediation.demo import data, desks, histories, plans
from mediation.errors import MoveError
from mediation.people import passwords
from mediation.people import queries as accounts
from mediation.terms import Action, CaseState, OfferState, Role, Source, State

NOW = dt.datetime(2026, 6, 17, 9, tzinfo=dt.UTC)
TODAY = dt.date(2026, 6, 17)


@dataclass(frozen=True)
class House:
    """A demonstration that was set up, and who may enter."""

    database: Database
    cast: histories.Cast


def furnish(path: Path, template: Path, scale: float) -> House:
    """The demonstration in a new file."""
    shutil.copyfile(template, path)
    database = make_database(f"sqlite:///{path}", info={"audit_key": b"the key of the demonstration"})
    with database.write() as session:
        cast = histories.set_stage(session, now=NOW)
        session.commit()
    for batch in histories.batches(histories.lives_until(TODAY, scale=scale)):
        with database.write() as session:
            for life in batch:
                histories.play(session, cast, life, now=NOW)
            session.commit()
    return House(database, cast)


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A small demonstration."""
    found = furnish(tmp_path_factory.mktemp("demo") / "small.db", sqlite_template, 0.06)
    yield found
    found.database.dispose()


def open_on(case: Case, day: dt.date) -> bool:
    """Whether the dispute is open at the end of the day, by the law book's sentence."""
    if not any(p.accepted_on is not None and p.accepted_on <= day for p in case.proceedings):
        return False
    for p in case.proceedings:
        begins = p.accepted_on if p.seq == 1 else p.received_on
        over = p.ended_on or p.not_accepted_on
        if begins is not None and begins <= day and (over is None or over > day):
            return True
    return any(o.offered_on <= day and (o.answered_on is None or o.answered_on > day) for o in case.offers)


def completion(database: Database, year: int) -> tuple[int, int]:
    """Ended, and open at the start + accepted + reopened, counted from the proceedings and offers alone."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    ended = present = 0
    with database.read() as session:
        for case in session.scalars(
            select(Case).where(~Case.is_void).options(selectinload(Case.proceedings), selectinload(Case.offers))
        ):
            accepted = min((p.accepted_on for p in case.proceedings if p.accepted_on is not None), default=None)
            if accepted is None:
                continue
            # A run of open days begins with the first acceptance, a further proceeding or an offer after it.
            begun = [accepted, *(o.offered_on for o in case.offers)]
            begun += [p.received_on for p in case.proceedings if p.seq > 1 and p.received_on is not None]
            began = any(first <= day <= last and day >= accepted for day in begun)
            if began or open_on(case, first - dt.timedelta(days=1)):
                present += 1
                ended += not open_on(case, last)
    return ended, present


def rounded(ended: int, present: int) -> Decimal:
    return (Decimal(100) * ended / present).quantize(Decimal("0.1"), ROUND_HALF_UP)


@pytest.mark.timeout(600)
def test_the_whole_demonstration_holds_together(sqlite_template: Path, tmp_path: Path):
    """The only full run: what the zone reported for 2023 comes out by a naive count, and every check is clean."""
    house = furnish(tmp_path / "whole.db", sqlite_template, 1.0)
    assert rounded(*completion(house.database, 2023)) == Decimal("86.0")
    assert rounded(*completion(house.database, 2024)) != Decimal("86.0")
    with house.database.read() as session:
        report = checks.check(session)
        assert report.findings == []
        assert 1_300 <= report.counts["cases"] <= 1_700
    with house.database.read() as session:
        assert replay.check_history(session).findings == []
    with house.database.read() as session:
        assert audit.verify(session).is_whole
    house.database.dispose()


def test_a_slice_comes_out_at_the_reported_rate_too(house: House):
    assert rounded(*completion(house.database, 2023)) == Decimal("86.0")


def test_a_slice_is_clean(house: House):
    with house.database.read() as session:
        assert checks.check(session).findings == []
    with house.database.read() as session:
        assert replay.check_history(session).findings == []
    with house.database.read() as session:
        assert audit.verify(session).is_whole


def test_nobody_acted_in_the_future_or_before_the_day(house: House):
    with house.database.read() as session:
        for event in session.scalars(select(CaseEvent)):
            assert event.at <= NOW
            assert event.on is not None
            assert not event.is_late


def test_the_same_seed_tells_the_same_lives():
    once, again = plans.make_lives(TODAY, scale=0.1), plans.make_lives(TODAY, scale=0.1)
    assert [(life.intake, life.moves) for life in once] == [(life.intake, life.moves) for life in again]


def test_another_seed_tells_others_and_shapes_the_year_all_the_same():
    lives = plans.make_lives(TODAY, scale=0.3, seed="another")
    assert plans.flow(lives, 2023)[1] * 1000 == plans.flow(lives, 2023)[0] * plans.ENDED_PER_MILLE
    assert [life.intake for life in lives] != [life.intake for life in plans.make_lives(TODAY, scale=0.3)]


@pytest.mark.parametrize("today", [dt.date(2024, 2, 29), dt.date(2025, 10, 3), dt.date(2027, 1, 1)])
def test_what_was_told_of_2023_does_not_depend_on_the_day_it_is_told(today: dt.date):
    lives = plans.make_lives(today, scale=0.3)
    assert plans.flow(lives, 2023)[1] * 1000 == plans.flow(lives, 2023)[0] * plans.ENDED_PER_MILLE
    assert max(life.received_on for life in lives) <= today


def test_every_number_bears_its_check_character(house: House):
    with house.database.read() as session:
        for party in session.scalars(select(Party).where(Party.identifier.is_not(None))):
            assert identifiers.check_party_number(party.kind, party.identifier or "") == []
        for right in session.scalars(select(Right).where(Right.number.is_not(None))):
            assert identifiers.check_right_number(right.kind, right.number or "", right.status) == []


def test_no_two_parties_share_a_credit_code():
    names: dict[str, set[str]] = {}
    for life in histories.lives_until(TODAY):
        for party in life.intake.parties:
            if party.identifier:
                names.setdefault(party.identifier, set()).add(party.name)
    assert {code: called for code, called in names.items() if len(called) > 1} == {}


def test_every_channel_source_and_ending_of_the_trade_occurs():
    lives = histories.lives_until(TODAY)
    actions = {move.action for life in lives for move in life.moves}
    # Corrections and undoing are for people to try.
    assert set(Action) - actions == {Action.REGISTER, Action.SUPPLEMENT, Action.CORRECT, Action.VOID_ENTRY}
    assert {life.organisation for life in lives} == set(data.BY_KEY)
    assert set(Source) - {life.intake.source for life in lives} == {Source.OTHER}
    assert any(life.intake.series for life in lives)


def test_who_left_mediates_nothing_afterwards(house: House):
    with house.database.read() as session:
        rows = session.execute(text(
            "SELECT count(*) FROM tenure JOIN proceeding ON proceeding.id = tenure.proceeding_id"
            " WHERE tenure.mediator_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM registration WHERE"
            " registration.mediator_id = tenure.mediator_id"
            " AND registration.organisation_id = proceeding.organisation_id"
            " AND (registration.until_on IS NULL OR registration.until_on >= coalesce(tenure.until_on, :today)))"
        ), {"today": TODAY.isoformat()})  # fmt: skip
        assert rows.scalar_one() == 0


def test_each_account_opens_with_its_password_and_one_bears_each_role(house: House):
    assert {login.role for login in house.cast.logins} == set(Role)
    with house.database.read() as session:
        for login in house.cast.logins:
            account = accounts.find_account_by_username(session, login.username)
            assert account is not None
            assert passwords.is_right(account.password_hash, login.password)
            assert not account.must_change_password
        assert accounts.setting(session, accounts.DEMO_KEY) == "1"


def test_there_is_work_on_every_desk_today(house: House):
    with house.database.read() as session:
        mediator = house.cast.mediators[desks.LEADS[data.HOME]]
        led = select(Proceeding).where(Proceeding.lead_id == mediator, Proceeding.ended_on.is_(None))
        mine = session.scalars(led).all()
        assert any(p.due_on is not None and p.due_on < TODAY for p in mine)
        assert any(p.due_on is not None and TODAY <= p.due_on <= TODAY + dt.timedelta(days=7) for p in mine)
        assert any(p.state is State.SUSPENDED for p in mine)
        assert any(p.is_extended for p in mine)
        home, neighbour = house.cast.organisations[data.HOME], house.cast.organisations[data.NEIGHBOUR]
        pending = Counter(session.scalars(select(Offer.to_organisation_id).where(Offer.state == OfferState.PENDING)))
        assert pending[home] >= 2
        assert pending[neighbour] >= 1
        waiting = session.scalars(select(Proceeding).where(Proceeding.organisation_id == home)).all()
        assert any(p.state is State.REGISTERED for p in waiting)
        assert any(p.state is State.ACCEPTED and p.lead_id is None for p in waiting)
        assert session.scalars(select(Case).where(Case.state == CaseState.OPEN)).first() is not None


def test_a_mediator_with_an_account_sees_own_cases_only(house: House):
    with house.database.read() as session:
        person = house.cast.people[house.cast.mediators[desks.LEADS[data.HOME]]]
        seen = session.scalars(select(Case).where(queries.visible_to(person))).all()
        assert seen
        assert all(any(a.mediator_id == person.mediator_id for p in c.proceedings for a in p.assignments) for c in seen)


def test_a_house_in_use_is_left_alone(house: House):
    with house.database.read() as session:
        assert not histories.is_empty(session)
        with pytest.raises(MoveError):
            histories.ensure_empty(session)


def test_it_is_told_on_postgresql_as_well(postgresql_database: Database):
    with postgresql_database.write() as session:
        cast = histories.set_stage(session, now=NOW)
        session.commit()
    with postgresql_database.write() as session:
        for life in histories.lives_until(TODAY, scale=0.01)[-30:]:
            histories.play(session, cast, life, now=NOW)
        session.commit()
    with postgresql_database.read() as session:
        assert checks.check(session).findings == []
    with postgresql_database.read() as session:
        assert replay.check_history(session).findings == []
