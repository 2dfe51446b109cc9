"""Numbers given out by many writers at once: none twice, none missing, none lost, each year its own."""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from mediation.audit import queries as audit
from mediation.cases import checks, intake
from mediation.cases.models import Case, Counter, Proceeding
from mediation.channels import Channel
from mediation.database import Database
from mediation.demo.play import Player, at_noon
from mediation.register import actions as register_actions
from mediation.register.models import Organisation
from mediation.terms import OrganisationKind, Park, Role
from tests import stage as st

WRITERS, ORGANISATIONS, EACH = 16, 5, 3
LAST, FIRST = dt.date(2025, 12, 31), dt.date(2026, 1, 1)
ZONE = Player(1, Role.ZONE_ADMIN)


@pytest.fixture
def organisations(database: Database) -> list[Organisation]:
    """Five organisations, committed."""
    with database.write() as session:
        made = [
            register_actions.create_organisation(
                session, name=f"第{n}调解委员会", short_name=f"调{n}", kind=OrganisationKind.COMMITTEE,
                park=Park.NANHAI, by=ZONE, at=at_noon(st.SINCE),
            )
            for n in range(1, ORGANISATIONS + 1)
        ]  # fmt: skip
        session.commit()
    return made


def together(doing: list[Callable[[], object]]) -> list[BaseException]:
    """Run every function in a thread of its own, all let go at once; what they raised."""
    gate = threading.Barrier(len(doing))

    def run(one: Callable[[], object]) -> None:
        gate.wait()
        one()

    with ThreadPoolExecutor(len(doing)) as pool:
        futures = [pool.submit(run, one) for one in doing]
    return [error for future in futures if (error := future.exception()) is not None]


def test_many_writers_at_the_turn_of_the_year(database: Database, organisations: list[Organisation]) -> None:
    acknowledged: list[tuple[str, str, int, int]] = []

    def writer(number: int):
        def write() -> None:
            for place in range(EACH):
                organisation = organisations[(number + place) % ORGANISATIONS]
                on = (LAST, FIRST)[(number + place) % 2]
                with database.write() as session:
                    clerk = Player(number, Role.CLERK, organisation.id)
                    entry = st.entry_for(organisation, Channel.PEOPLE, on)
                    case = intake.register(session, entry, by=clerk, at=at_noon(FIRST))
                    told = (case.number, case.proceedings[0].number, organisation.id, on.year)
                    session.commit()
                acknowledged.append(told)

        return write

    assert together([writer(n) for n in range(WRITERS)]) == []
    assert len(acknowledged) == WRITERS * EACH
    with database.read() as session:
        stored = {c.number: c for c in session.scalars(select(Case))}
        assert stored.keys() == {number for number, *_ in acknowledged}, "what was acknowledged is there, nothing else"
        given: dict[tuple[object, int], list[int]] = defaultdict(list)
        for case in stored.values():
            assert case.number_year == case.received_on.year
            given["zone", case.number_year].append(case.number_seq)
        for proceeding in session.scalars(select(Proceeding)):
            given[proceeding.organisation_id, proceeding.number_year].append(proceeding.number_seq)
        for series, numbers in given.items():
            assert sorted(numbers) == list(range(1, len(numbers) + 1)), f"a gap or a double in {series}"
        assert len(given) == 2 * (1 + ORGANISATIONS)
        counters = {(c.series, c.year): c.last for c in session.scalars(select(Counter))}
        assert counters == {
            ("zone" if key == "zone" else f"organisation:{key}", year): len(numbers)
            for (key, year), numbers in given.items()
        }
        assert {(c.number, p.number) for c in stored.values() for p in c.proceedings} == {a[:2] for a in acknowledged}
    with database.read() as session:
        assert checks.check(session).findings == []
        assert audit.verify(session).is_whole


def test_a_registration_rolled_back_leaves_no_gap(database: Database, organisations: list[Organisation]) -> None:
    organisation = organisations[0]
    clerk = Player(2, Role.CLERK, organisation.id)

    def register(*, keep: bool) -> str:
        with database.write() as session:
            entry = st.entry_for(organisation, Channel.PEOPLE, FIRST)
            number = intake.register(session, entry, by=clerk, at=at_noon(FIRST)).number
            if keep:
                session.commit()
            else:
                session.rollback()
            return number

    def every_second(number: int):
        return lambda: register(keep=number % 2 == 0)

    assert register(keep=False) == "佛高知调〔2026〕00001号"
    assert register(keep=True) == "佛高知调〔2026〕00001号"
    assert together([every_second(n) for n in range(WRITERS)]) == []
    with database.read() as session:
        kept = list(session.scalars(select(Case.number_seq).order_by(Case.number_seq)))
        assert kept == list(range(1, WRITERS // 2 + 2))
        assert checks.check(session).findings == []
    assert register(keep=True) == f"佛高知调〔2026〕{WRITERS // 2 + 2:05d}号"
