"""The only readers of time. Days are counted in Asia/Shanghai, instants are kept in UTC."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The present day in Asia/Shanghai."""
    return local_day(now())


def local_day(at: dt.datetime) -> dt.date:
    """The day in Asia/Shanghai on which the instant `at` falls."""
    return at.astimezone(ZONE).date()
