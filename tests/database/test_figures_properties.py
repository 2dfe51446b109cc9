"""Figures of random histories against a naive recount that knows no spell, no SQL and no derived column.

Each history is a walk of moves played through the actions; what the law refuses does not happen. The recount replays
the moves told so far, one by one, and looks at the world after each of them and at the end of each day.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.channels import Channel
from mediation.database import Database, Session, make_database
from mediation.demo import play
from mediation.errors import RefusalError
from mediation.statistics import intervals, queries
from mediation.statistics.measures import Dimension, Level
from mediation.statistics.periods import Period

ORIGIN = dt.date(2024, 1, 10)
SPAN = 150
ENTRY = {"people": "own", "judicial": "invited", "administrative": "own"}
OUTCOMES = ("agreed_written", "agreed_oral", "agreed_part", "withdrawn", "settled_withdrawn", "refused_by_party",
            "deadlock", "limit_passed", "unreachable", "sham_found")
SUCCESS, PART, FAILURE, NEUTRAL, NEVER = "success", "part", "failure", "neutral", "never_started"
BEST_FIRST = (SUCCESS, PART, FAILURE, NEUTRAL, NEVER)

Step = tuple[dt.date, str, int, dict[str, str]]


# The recount ---------------------------------------------------------------------------------------------------------


@dataclass
class Try:
    """One proceeding as told."""

    channel: str
    received: dt.date
    accepted: dt.date | None = None
    refused: dt.date | None = None
    why: str | None = None
    started: bool = False
    suspended: bool = False
    ended: dt.date | None = None
    outcome: str | None = None
    void: bool = False

    @property
    def result(self) -> str | None:
        match self.outcome:
            case None:
                return None
            case "agreed_written" | "agreed_oral":
                return FAILURE if self.void else SUCCESS
            case "agreed_part":
                return FAILURE if self.void else PART
            case "withdrawn" | "settled_withdrawn" | "transferred" | "sham_found":
                return NEUTRAL
            case "refused_by_party" | "unreachable":
                return FAILURE if self.started else NEVER
            case _:
                return FAILURE


@dataclass
class World:
    """One dispute after some of its moves."""

    tries: list[Try] = field(default_factory=list)
    offered_to: str | None = None

    def hear(self, step: Step) -> None:  # noqa: C901 - a move a line
        day, move, number, told = step
        if move == "REGISTER":
            self.tries.append(Try(told["channel"], day))
            return
        one = self.tries[number - 1]
        match move:
            case "ACCEPT":
                one.accepted = day
            case "REFUSE":
                one.refused, one.why = day, "refused"
            case "WITHDRAW_EARLY":
                one.refused, one.why = day, "withdrawn_early"
            case "START":
                one.started = True
            case "SUSPEND":
                one.suspended = True
            case "RESUME":
                one.suspended = False
            case "END":
                one.ended, one.outcome, one.suspended = day, told["outcome"], False
            case "ANNUL":
                one.void = True
            case "OFFER":
                self.offered_to = told["to"]
            case "RECALL" | "OFFER_REJECTED":
                self.offered_to = None
            case "OFFER_ACCEPTED":
                assert self.offered_to is not None
                if one.accepted is None:
                    one.refused, one.why = day, "passed_on"
                elif one.ended is None:
                    one.ended, one.outcome, one.suspended = day, "transferred", False
                self.tries.append(Try(self.offered_to, day))
                self.offered_to = None
            case "REOPEN":
                self.tries.append(Try(one.channel, day))

    @property
    def is_accepted(self) -> bool:
        return any(one.accepted for one in self.tries)

    @property
    def is_open(self) -> bool:
        if not self.is_accepted:
            return False
        under_way = any(one.accepted and not one.ended for one in self.tries)
        undecided = any(not one.accepted and not one.refused for one in self.tries[1:])
        return under_way or undecided or self.offered_to is not None

    @property
    def result(self) -> str | None:
        found = {one.result for one in self.tries}
        return next((kind for kind in BEST_FIRST if kind in found), None)

    @property
    def concluding_channel(self) -> str | None:
        best = [(one.ended, place, one) for place, one in enumerate(self.tries)
                if one.ended is not None and one.result == self.result]
        return max(best, key=lambda entry: entry[:2])[2].channel if best else None


def world_at(steps: list[Step], day: dt.date) -> World:
    """The dispute at the end of `day`."""
    world = World()
    for step in steps:
        if step[0] <= day:
            world.hear(step)
    return world


def was_open(steps: list[Step], period: Period) -> bool:
    """Whether it was open some time in the period, if only between two moves of one day."""
    world = World()
    for step in steps:
        world.hear(step)
        if step[0] in period and world.is_open:
            return True
    return any(world_at(steps, day).is_open for day in (period.before, period.last))


def recount(histories: list[list[Step]], period: Period, as_of: dt.date) -> dict[str, Any]:
    """Every count, [numerator, denominator] and length there is, in plain Python."""
    n: Counter[str] = Counter()
    lengths: dict[str, list[int]] = {"DAYS": [], "DAYS_PROCEEDING": []}
    entry: Counter[tuple[str, str]] = Counter()
    concluding: Counter[tuple[str, str]] = Counter()
    for steps in histories:
        start, end, later = (world_at(steps, day) for day in (period.before, period.last, as_of))
        first = min((one.accepted for one in end.tries if one.accepted), default=None)
        if first is not None and was_open(steps, period):
            facts = {
                "open_at_start": start.is_open,
                "accepted": first in period,
                "reopened": first < period.first and not start.is_open,
                "ended": not end.is_open,
                "open_at_end": end.is_open,
                "suspended_at_end": end.is_open and any(one.suspended for one in end.tries),
            }
            for kind in BEST_FIRST:
                facts[kind] = facts["ended"] and end.result == kind
            n.update("dispute." + code for code, true in facts.items() if true)
            came_by = min((one.accepted, place, one.channel) for place, one in enumerate(end.tries) if one.accepted)[2]
            entry.update((came_by, code) for code, true in facts.items() if true)
            if facts["ended"]:
                concluding[(str(end.concluding_channel), "ended")] += 1
                day, open_days = first, 0
                while day <= period.last:
                    open_days += world_at(steps, day).is_open
                    day += dt.timedelta(days=1)
                lengths["DAYS"].append(open_days)
            if facts["accepted"]:
                n["cohort.over"] += not later.is_open
                n["cohort.agreed"] += later.result in (SUCCESS, PART)
                n["cohort.part"] += later.result == PART
        for one in end.tries:
            for code, true in _of_try(one, period).items():
                n[code] += true
            if one.accepted and one.ended and one.ended in period and one.outcome != "transferred":
                lengths["DAYS_PROCEEDING"].append((one.ended - one.accepted).days)
    d = {code.split(".", 1)[1]: count for code, count in n.items() if code.startswith("dispute.")}
    p = {code.split(".", 1)[1]: count for code, count in n.items() if code.startswith("proceeding.")}
    d, p = Counter(d), Counter(p)
    agreed, agreed_p = d[SUCCESS] + d[PART], p[SUCCESS] + p[PART]
    return {
        "counts": {level: {code.split(".", 1)[1]: count for code, count in n.items() if code.startswith(f"{level}.")}
                   for level in ("dispute", "proceeding", "intake")},
        "rates": {
            "COMPLETION": (d["ended"], d["open_at_start"] + d["accepted"] + d["reopened"]),
            "CLEARANCE": (d["ended"], d["accepted"] + d["reopened"]),
            "COMPLETION_COHORT": (n["cohort.over"], d["accepted"]),
            "SUCC_ACC": (n["cohort.agreed"], d["accepted"]),
            "SUCC_CLOSED": (agreed, d["ended"]),
            "SUCC_TRIED": (agreed, agreed + d[FAILURE]),
            "COMPLETION_PROCEEDING": (p["ended_otherwise"], p["open_at_start"] + p["accepted"] - p["transferred_out"]),
            "SUCC_CLOSED_PROCEEDING": (agreed_p, p["ended_otherwise"]),
            "SUCC_TRIED_PROCEEDING": (agreed_p, agreed_p + p[FAILURE]),
        },
        "part": {"SUCC_ACC": n["cohort.part"], "SUCC_CLOSED": d[PART], "SUCC_CLOSED_PROCEEDING": p[PART]},
        "lengths": lengths,
        "entry": entry,
        "concluding": concluding,
    }


def _of_try(one: Try, period: Period) -> dict[str, bool]:
    def within(day: dt.date | None) -> bool:
        return day is not None and day in period

    def live(day: dt.date) -> bool:
        return one.accepted is not None and one.accepted <= day and (one.ended is None or one.ended > day)

    def waiting(day: dt.date) -> bool:
        decided = one.accepted or one.refused
        return one.received <= day and (decided is None or decided > day)

    otherwise = within(one.ended) and one.outcome != "transferred"
    return {
        "proceeding.open_at_start": live(period.before),
        "proceeding.accepted": within(one.accepted),
        "proceeding.ended_otherwise": otherwise,
        "proceeding.transferred_out": within(one.ended) and one.outcome == "transferred",
        "proceeding.open_at_end": live(period.last),
        "proceeding.suspended_at_end": live(period.last) and one.suspended,
        **{f"proceeding.{kind}": otherwise and one.result == kind for kind in BEST_FIRST},
        "intake.registered_at_start": waiting(period.before),
        "intake.received": within(one.received),
        "intake.accepted": within(one.accepted),
        **{f"intake.{why}": within(one.refused) and one.why == why
           for why in ("refused", "withdrawn_early", "passed_on")},
        "intake.registered_at_end": waiting(period.last),
    }


# The histories -------------------------------------------------------------------------------------------------------


def wishes(world: World) -> list[tuple[str, int, dict[str, str]]]:
    """Moves that make sense to try; the law may still refuse one."""
    number = len(world.tries)
    one = world.tries[-1]
    others = [channel.value for channel in Channel if channel != one.channel]
    found: list[tuple[str, int, dict[str, str]]] = []
    if world.offered_to is not None:
        found += [
            ("OFFER_ACCEPTED", number, {"entry": "transferred"}),
            ("OFFER_REJECTED", number, {"reason": "not_competent"}),
            ("RECALL", number, {}),
        ]
    elif one.refused is None:
        found += [("OFFER", number, {"to": other}) for other in others[:1]]
    if one.refused is None and one.accepted is None:
        found += [("ACCEPT", number, {})] * 3
        found += [("REFUSE", number, {"reason": "respondent_refused"}), ("WITHDRAW_EARLY", number, {})]
    elif one.accepted is not None and one.ended is None:
        found += [("ASSIGN", number, {}), ("START", number, {}), ("RESUME", number, {})]
        found += [("SUSPEND", number, {"reason": "appraisal"})]
        found += [("END", number, {"outcome": outcome}) for outcome in OUTCOMES]
    elif one.ended is not None:
        found += [("REOPEN", number, {"entry": ENTRY[one.channel], "cause": "applied_again"})] * 2
    for place, past in enumerate(world.tries, start=1):
        if past.outcome in ("agreed_written", "agreed_part") and not past.void:
            found.append(("ANNUL", place, {"ruling": "无效"}))
    return found


def live_through(session: Session, stage: play.Stage, data: st.DataObject, key: str) -> list[Step]:
    """Play one random history; its steps as they happened."""
    channel = data.draw(st.sampled_from([channel.value for channel in Channel]))
    day = ORIGIN + dt.timedelta(days=data.draw(st.integers(0, 60)))
    story: dict[str, Any] = {"key": key, "says": key, "source": "party", "kind": "patent"}
    acting = play.Play(session, stage)
    begin: Step = (day, "REGISTER", 1, {"channel": channel, "entry": ENTRY[channel]})
    acting.step(*begin, story)
    steps, world = [begin], World()
    world.hear(begin)
    for _ in range(data.draw(st.integers(0, 14))):
        possible = wishes(world)
        if not possible:
            break
        move, number, told = data.draw(st.sampled_from(possible))
        day += dt.timedelta(days=data.draw(st.sampled_from((0, 0, 1, 3, 12))))
        step: Step = (day, move, number, told)
        try:
            acting.step(*step, story)
        except RefusalError:
            continue
        steps.append(step)
        world.hear(step)
    return steps


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty database of each engine; each example is undone."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("histories") / "mediation.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        cluster, template = (request.getfixturevalue(f"postgresql_{name}") for name in ("cluster", "template"))
        url = cluster.url(cluster.create(template=template))
    database = make_database(url, info={"audit_key": b"the key of random histories"})
    yield database
    database.dispose()


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_random_histories_give_the_figures_of_a_naive_recount(house: Database, data: st.DataObject) -> None:
    with house.write() as session:
        stage = play.set_stage(session, since=dt.date(2023, 1, 1), account_id=1)
        histories = [live_through(session, stage, data, str(key)) for key in range(data.draw(st.integers(1, 4)))]
        session.flush()
        for _ in range(2):
            first = ORIGIN + dt.timedelta(days=data.draw(st.integers(0, SPAN)))
            last = first + dt.timedelta(days=data.draw(st.integers(0, SPAN)))
            as_of = last + dt.timedelta(days=data.draw(st.sampled_from((0, 0, 7, 90))))
            compare(session, histories, Period(first, last), as_of)
        session.rollback()


def compare(session: Session, histories: list[list[Step]], period: Period, as_of: dt.date) -> None:
    """Hold the product's figures against the recount."""
    told = recount(histories, period, as_of)
    for level in (Level.DISPUTE, Level.PROCEEDING, Level.INTAKE):
        table = queries.figures(session, period, level=level, as_of=as_of)
        expected = told["counts"][level.value]
        assert table.total.counts == {count.code: expected.get(count.code, 0) for count in table.counts}
        assert table.balance.holds
        for figure in table.total.figures:
            code = figure.measure.code
            if code in told["rates"]:
                assert (figure.numerator, figure.denominator) == told["rates"][code], code
            if code in told["part"]:
                assert figure.beside[0][1] == told["part"][code], code
        if table.duration is not None:
            assert table.total.days == intervals.quantiles(told["lengths"][table.duration.code])
    for by, expected in ((Dimension.CHANNEL, told["entry"]), (Dimension.CONCLUDING_CHANNEL, told["concluding"])):
        table = queries.figures(session, period, level=Level.DISPUTE, by=by)
        codes = [count.code for count in table.counts] if by is Dimension.CHANNEL else ["ended"]
        found = {(str(row.code), code): row.counts[code] for row in table.rows for code in codes if row.counts[code]}
        assert found == dict(expected)


def test_the_recount_itself_is_right_about_a_history_one_can_do_in_the_head() -> None:
    """Failed in January, offered, taken by the court, agreed there in March; annulled in April."""
    steps: list[Step] = [
        (dt.date(2024, 1, 10), "REGISTER", 1, {"channel": "people"}),
        (dt.date(2024, 1, 11), "ACCEPT", 1, {}),
        (dt.date(2024, 1, 20), "END", 1, {"outcome": "deadlock"}),
        (dt.date(2024, 1, 20), "OFFER", 1, {"to": "judicial"}),
        (dt.date(2024, 2, 1), "OFFER_ACCEPTED", 1, {}),
        (dt.date(2024, 2, 5), "ACCEPT", 2, {}),
        (dt.date(2024, 3, 1), "END", 2, {"outcome": "agreed_written"}),
        (dt.date(2024, 4, 1), "ANNUL", 2, {}),
    ]
    quarter = Period(dt.date(2024, 1, 1), dt.date(2024, 3, 31))
    told = recount([steps], quarter, dt.date(2024, 4, 1))
    assert told["rates"]["COMPLETION"] == (1, 1)
    assert told["rates"]["COMPLETION_PROCEEDING"] == (2, 2)
    assert (told["rates"]["SUCC_CLOSED"], told["rates"]["SUCC_ACC"]) == ((1, 1), (0, 1))
    assert told["lengths"] == {"DAYS": [50], "DAYS_PROCEEDING": [9, 25]}
    assert told["concluding"] == {("judicial", "ended"): 1}
