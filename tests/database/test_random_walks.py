"""Random people try random moves with random facts on random cases: what is refused changes nothing, what succeeds
keeps every invariant. A walk is its seed: a failing one can be walked again.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import Counter as Tally
from decimal import Decimal
from typing import Any

import pytest

from mediation.audit import queries as audit
from mediation.cases import actions, checks, intake, queries, replay, workflow
from mediation.cases.facts import FACTS, Fact, Kind
from mediation.cases.models import Agreement, Case, CaseEvent, Offer, Proceeding
from mediation.cases.workflow import Track
from mediation.channels import CHANNELS, Channel
from mediation.database import Database, Session
from mediation.demo.play import Player, at_noon
from mediation.errors import RefusalError
from mediation.terms import Action, CaseState, NumberKind, OfferState, PartyResult, PartyRole, RightKind, State
from tests import stage as st
from tests.stage import Stage

MOST_UNDER_WAY = 3

SELDOM = {Action.REFUSE: 1, Action.WITHDRAW_EARLY: 1, Action.CLOSE: 2, Action.FILE: 2, Action.END: 4, Action.OFFER: 4}
"""How often these are chosen where another move is chosen ten times: lives should be long."""


class Walk:
    """One seeded walk over one database, in one session that is never rolled back."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.chance = random.Random(seed)  # noqa: S311 - a walk must be repeatable
        self.stage: Stage = st.build(session)
        self.cases: list[Case] = []
        self.number = 0
        self.taken: Tally[str] = Tally()
        self.refused: Tally[str] = Tally()
        houses = self.stage.houses.values()
        self.people = [self.stage.zone, self.stage.auditor, self.stage.stranger]
        self.people += [p for h in houses for p in (h.admin, h.clerk, h.mediator)]
        self.mediators = [m.id for h in houses for m in (h.lead, h.second)]
        self.last = st.rows(session)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.number += self.chance.choice((0, 0, 1, 1, 2, 5))
            self.step()

    def step(self) -> None:
        """Try one thing; look at what it did."""
        alive = [c for c in self.cases if any(p.is_live for p in c.proceedings)]
        if not self.cases or (len(alive) < MOST_UNDER_WAY and self.chance.random() < 0.2):
            name, case, doing = self.registering()
        else:
            case = self.chance.choice(alive if alive and self.chance.random() < 0.8 else self.cases)
            name, doing = self.chance.choices(
                (self.sensible, self.wild, self.correcting, self.undoing, self.supplementing), (60, 22, 8, 6, 4)
            )[0](case)
        try:
            doing()
        except RefusalError:
            self.refused[name] += 1
            after = st.rows(self.session)
            assert after == self.last, f"a refused {name} changed something"
        else:
            self.taken[name] += 1
            self.session.flush()
            if self.chance.random() < 0.3:
                self.session.expire_all()
            self.last = st.rows(self.session)
            for each in self.cases:
                if each is case or case is None:
                    self.look_at(each)

    # What may be tried --------------------------------------------------------------------------------------------

    def registering(self) -> tuple[str, None, Any]:
        channel = self.chance.choice(list(Channel))
        entry_form = self.chance.choice(list(CHANNELS[channel].entry_forms))
        entry = st.entry_of(
            self.stage[channel], channel, self.some_day(), respondents=self.chance.randint(1, 3), entry_form=entry_form
        )
        entry = intake.Intake(**{**entry.__dict__, "late_reason": self.chance.choice((None, "补录"))})
        by = self.chance.choice((self.stage[channel].clerk, self.stage[channel].mediator, *self.people))

        def doing() -> None:
            self.cases.append(intake.register(self.session, entry, by=by, at=self.now))

        return "register", None, doing

    def subjects(self, case: Case) -> list[Proceeding | Offer | Agreement]:
        return [*case.proceedings, *case.offers, *(a for p in case.proceedings for a in p.agreements)]

    def sensible(self, case: Case) -> tuple[str, Any]:
        """A move someone is offered, with the plainest facts, one of them perhaps turned."""
        subject = self.chance.choice(self.subjects(case)[-3:])
        for person in self.chance.sample(self.people, len(self.people)):
            offered = [o.action for o in queries.offered(subject, person, self.today) if not o.blocked]
            if offered:
                (action,) = self.chance.choices(offered, [SELDOM.get(a, 10) for a in offered])
                return self.moving(subject, action, person, turn=self.chance.random() < 0.3)
        return self.wild(case)

    def wild(self, case: Case) -> tuple[str, Any]:
        """Any move on anything by anyone."""
        subject = self.chance.choice(self.subjects(case))
        kind = {Proceeding: {Track.PROCEEDING}, Offer: {Track.OFFER}}.get(
            type(subject), {Track.AGREEMENT, Track.CONFIRMATION}
        )
        rows = [r.action for r in workflow.MOVES if r.track in kind and r.action is not Action.REGISTER]
        return self.moving(subject, self.chance.choice(rows), self.chance.choice(self.people), turn=True)

    def moving(self, subject: Any, action: Action, by: Player, *, turn: bool) -> tuple[str, Any]:
        row = workflow.row_of(action)
        facts = st.plainest(self.stage, subject, action, self.some_day())
        proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
        if turn:
            for fact in (*row.facts, *row.options):
                if self.chance.random() < 0.25:
                    facts[fact] = self.any_value(fact, proceeding)
        seen = self.chance.choices((None, proceeding.case.event_count, proceeding.case.event_count - 1), (6, 6, 1))[0]
        late = self.chance.choice((None, "补录", "补录"))

        def doing() -> None:
            actions.perform(
                self.session, subject, action, by=by, at=self.now, facts=facts, seen=seen, late_reason=late
            )

        return action.value, doing

    def correcting(self, case: Case) -> tuple[str, Any]:
        proceeding = self.chance.choice(case.proceedings)
        codes = self.chance.sample([f for f in FACTS if FACTS[f].kept], self.chance.randint(1, 2))
        values: dict[str, object] = {f.value: self.any_value(f, proceeding) for f in codes}
        if self.chance.random() < 0.3:
            values["primary_kind"] = self.chance.choice(list(RightKind))
        by = self.chance.choice((self.stage.house_of(proceeding).admin, self.stage.zone, *self.people))

        def doing() -> None:
            actions.correct(self.session, proceeding, values, reason="笔误", by=by, at=self.now)

        return "correct", doing

    def undoing(self, case: Case) -> tuple[str, Any]:
        by = self.chance.choice((self.stage.zone, *self.people))
        if len(self.cases) > 1 and case.event_count < 3:
            by = self.stage.auditor  # else the walk would undo whole cases before they lived

        def doing() -> None:
            actions.undo_last(self.session, case, reason="误录", by=by, at=self.now)

        return "void_entry", doing

    def supplementing(self, case: Case) -> tuple[str, Any]:
        given: dict[str, Any] = self.chance.choice(
            (
                {"parties": (intake.PartyEntry(self.chance.choice(list(PartyRole)), "丁有限公司"),)},
                {"numbers": (intake.NumberEntry(NumberKind.COURT, f"(2026)粤0604民初{self.chance.randint(1, 4)}号"),)},
                {"rights": (intake.RightEntry(RightKind.COPYRIGHT),)},
                {},
            )
        )
        by = self.chance.choice((self.stage.house_of(case.proceedings[0]).clerk, *self.people))

        def doing() -> None:
            actions.supplement(self.session, case, **given, by=by, at=self.now)

        return "supplement", doing

    # Chances ------------------------------------------------------------------------------------------------------

    @property
    def today(self) -> dt.date:
        return st.day(self.number)

    @property
    def now(self) -> dt.datetime:
        return at_noon(self.today)

    def some_day(self) -> dt.date:
        """Mostly today, else days around it."""
        return self.today + dt.timedelta(days=self.chance.choice((0, 0, 0, 0, 0, 0, 0, -1, -2, -5, -12, 1)))

    def any_value(self, fact: Fact, proceeding: Proceeding) -> object:
        """Any value of the fact's kind, or none."""
        spec = FACTS[fact]
        people = [p.id for p in proceeding.case.respondents]
        match spec.kind:
            case Kind.DATE:
                return self.chance.choice((None, self.some_day(), self.some_day(), self.some_day()))
            case Kind.CHOICE:
                assert spec.choices is not None
                return self.chance.choice([*spec.choices, None])
            case Kind.FLAG:
                return self.chance.choice((True, False, None))
            case Kind.MONEY:
                return self.chance.choice((Decimal("10.50"), Decimal(0), None))
            case Kind.NUMBER:
                return self.chance.choice((1, 5, 60, None))
            case Kind.MEDIATOR:
                return self.chance.choice(self.mediators)
            case Kind.ORGANISATION:
                return self.chance.choice([h.organisation.id for h in self.stage.houses.values()])
            case Kind.RESPONDENTS:
                return self.chance.choice((people, people[:1], [], [*people, 999_999]))
            case Kind.RESULTS:
                return {key: self.chance.choice(list(PartyResult)) for key in self.chance.choice((people, people[:1]))}
            case _:
                return self.chance.choice(("某事", "", None))

    # What must hold -----------------------------------------------------------------------------------------------

    def look_at(self, case: Case) -> None:
        """The invariants of one case, after something was done with it."""
        assert list(checks.of_case(case, supplemented=True)) == []
        standing = case.standing_proceedings
        needed = workflow.facts_on_reaching()
        for proceeding in standing:
            lacking = [f for f in needed[proceeding.state] if getattr(proceeding, f.value) is None]
            assert not lacking, f"{proceeding.state} without {lacking}"
        live = [p for p in standing if p.state not in (State.ENDED, State.NOT_ACCEPTED)]
        waiting = [o for o in case.offers if o.state is OfferState.PENDING]
        assert len(live) <= 1
        assert len(waiting) <= 1
        assert not live or live == standing[-1:], "only the latest proceeding is live"
        is_open = case.state in (CaseState.OPEN, CaseState.SUSPENDED)
        assert is_open == (case.accepted_on is not None and bool(live or waiting))
        events = self.session.query(CaseEvent).filter_by(case_id=case.id).order_by(CaseEvent.seq).all()
        assert [e.seq for e in events] == list(range(1, case.event_count + 1))
        for earlier, later in itertools.pairwise(standing):
            over = earlier.ended_on or earlier.not_accepted_on
            assert over is not None
            assert later.received_on is not None
            assert over <= later.received_on, "one after the other"


def walk(database: Database, seed: int, steps: int) -> Walk:
    """Walk, commit, and let everything that can be checked be checked in a session of its own."""
    with database.write() as session:
        walked = Walk(session, seed)
        walked.run(steps)
        session.commit()
    with database.read() as session:
        assert checks.check(session).findings == []
        assert replay.check_history(session).findings == []
        assert audit.verify(session).is_whole
    return walked


@pytest.mark.parametrize("seed", range(5))
def test_walks_on_sqlite(sqlite_database: Database, seed: int) -> None:
    walked = walk(sqlite_database, seed, 150)
    assert walked.taken.total() > 25, "a walk that goes nowhere shows nothing"
    assert walked.refused.total() > 40, "and so does one that is never refused"


def test_a_walk_on_postgresql(postgresql_database: Database) -> None:
    walk(postgresql_database, 100, 80)
