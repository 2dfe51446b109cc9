"""A burst of wrong passwords cannot outrun the count, whichever engine counts."""

from __future__ import annotations

import datetime as dt
import threading

from mediation.people import actions

AT = dt.datetime(2026, 3, 5, 6, 30, tzinfo=dt.UTC)


def test_of_many_tries_at_the_same_moment_five_are_looked_at(database):
    together = threading.Barrier(12)
    waits: list[dt.timedelta | None] = []

    def knock() -> None:
        together.wait()
        with database.aside() as session:
            waits.append(actions.count_try(session, username="zhang", address="192.0.2.1", at=AT))

    strangers = [threading.Thread(target=knock) for _ in range(12)]
    for stranger in strangers:
        stranger.start()
    for stranger in strangers:
        stranger.join()
    assert len(waits) == 12
    assert waits.count(None) == actions.FREE_TRIES_ACCOUNT + 1
