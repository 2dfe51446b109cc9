"""What lies on the desks of the demonstration's accounts today: overdue, due soon, suspended, offered, unassigned.

Disputes told relative to `today` that stand where a person is needed next. Must not touch a database (see `histories`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random

from mediation.cases import deadlines
from mediation.channels import Channel
from mediation.demo import data
from mediation.demo.matters import Door, Matters
from mediation.demo.plans import DAY, SEED, Life, Telling
from mediation.terms import Action, EntryForm, HandoverReason, Outcome, Source, SuspendReason

LEADS = {data.HOME: "梁敏仪", data.NEIGHBOUR: "李泽楷"}
"""The mediators with an account, by organisation."""

# Behind those of the nine years of `plans`; the right holders' follow from 900.
FIRST_SERIAL = 880


def at_home() -> Door:
    """To the committee with the accounts, by a party."""
    return Door(data.HOME, Channel.PEOPLE, Source.PARTY, EntryForm.OWN)


def next_door() -> Door:
    """To the court's centre with the accounts, by the court."""
    return Door(data.NEIGHBOUR, Channel.JUDICIAL, Source.COURT, EntryForm.DELEGATED)


def at_the_market() -> Door:
    """To an administrative organ, by a party."""
    return Door("market_nanhai", Channel.ADMINISTRATIVE, Source.PARTY, EntryForm.OWN)


class Desk(Telling):
    """A life told by days before today."""

    def __init__(self, rng: Random, matters: Matters, door: Door, today: dt.date, days: int) -> None:
        self.today = today
        super().__init__(rng, door, matters.make(door, _worked(today - DAY * days)))
        self.on_the_spot = True

    def before(self, days: int) -> None:
        """Go on to the day so long before today."""
        self.day = max(self.day, _worked(self.today - DAY * days))

    def under_way(self, accepted: int, started: int) -> None:
        """Accepted, led by the mediator with the account, begun; days before today."""
        self.before(accepted)
        self.accept()
        self.assign(LEADS.get(self.organisation))
        self.before(started)
        self.start()


def _worked(day: dt.date) -> dt.date:
    """The day, or the last before it that was worked."""
    calendar = deadlines.load_calendar()
    while not calendar.is_working_day(day):
        day -= DAY
    return day


def make(today: dt.date, seed: str = SEED) -> list[Life]:
    """Every life of the desks, in the order received."""
    rng = Random(f"{seed}-desks")  # noqa: S311 - chance from a seed is the point
    matters = Matters(rng, first=FIRST_SERIAL, numbers=9500)
    lives = []
    for door, days, telling in DESKS:
        desk = Desk(rng, matters, door(), today, days)
        telling(desk)
        lives.append(desk.life)
    return sorted(lives, key=lambda life: life.received_on)


def _overdue(t: Desk) -> None:
    t.under_way(44, 41)


def _due_soon(t: Desk) -> None:
    t.under_way(27, 24)


def _fresh(t: Desk) -> None:
    t.under_way(9, 6)


def _unassigned(t: Desk) -> None:
    t.before(2)
    t.accept()


def _undecided(t: Desk) -> None:
    """Registered, and nothing else yet."""


def _suspended(t: Desk) -> None:
    t.under_way(60, 56)
    t.before(40)
    t.tell(Action.SUSPEND, suspend_reason=SuspendReason.VALIDITY)


def _extended(t: Desk) -> None:
    t.under_way(35, 32)
    t.before(20)
    t.extend()


def _offered_home(t: Desk) -> None:
    t.under_way(20, 16)
    t.before(1)
    t.offer(data.HOME, HandoverReason.PARTIES_CHOICE)


def _offered_home_long_ago(t: Desk) -> None:
    t.before(8)
    t.offer(data.HOME, HandoverReason.COMPETENCE)


def _offered_next_door(t: Desk) -> None:
    t.under_way(30, 27)
    t.before(3)
    t.end(Outcome.DEADLOCK)
    t.before(2)
    t.offer(data.NEIGHBOUR, HandoverReason.FAILED)


def _not_paid(t: Desk) -> None:
    t.under_way(50, 47)
    t.before(30)
    t.end(Outcome.AGREED_PART)


def _to_be_closed(t: Desk) -> None:
    t.under_way(25, 22)
    t.before(6)
    t.end(Outcome.AGREED_WRITTEN)


DESKS: tuple[tuple[Callable[[], Door], int, Callable[[Desk], None]], ...] = (
    (at_home, 45, _overdue),
    (at_home, 46, _overdue),
    (at_home, 28, _due_soon),
    (at_home, 28, _due_soon),
    (at_home, 29, _due_soon),
    (at_home, 10, _fresh),
    (at_home, 11, _fresh),
    (at_home, 3, _unassigned),
    (at_home, 4, _unassigned),
    (at_home, 1, _undecided),
    (at_home, 2, _undecided),
    (at_home, 61, _suspended),
    (at_home, 36, _extended),
    (at_home, 31, _offered_next_door),
    (at_home, 51, _not_paid),
    (at_home, 26, _to_be_closed),
    (next_door, 21, _offered_home),
    (at_the_market, 9, _offered_home_long_ago),
    (next_door, 45, _overdue),
    (next_door, 28, _due_soon),
    (next_door, 28, _due_soon),
    (next_door, 10, _fresh),
    (next_door, 3, _unassigned),
    (next_door, 1, _undecided),
    (next_door, 61, _suspended),
)
