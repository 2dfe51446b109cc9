"""Periods: what may be written, which days it means, and what stands one year before it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.errors import FactError
from mediation.statistics import periods
from mediation.statistics.periods import Period

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
spans = st.tuples(days, days).map(lambda pair: Period(min(pair), max(pair)))
recent_spans = st.tuples(st.dates(date(2015, 1, 1), date(2028, 12, 31)), st.integers(0, 800)).map(
    lambda drawn: Period(drawn[0], drawn[0] + dt.timedelta(days=drawn[1]))
)


@pytest.mark.parametrize(
    "text,first,last,zh,en",
    [
        ("2018", date(2018, 1, 1), date(2018, 12, 31), "2018年", "2018"),
        ("2018-Q1", date(2018, 1, 1), date(2018, 3, 31), "2018年第一季度", "2018 Q1"),
        ("2018-Q3", date(2018, 7, 1), date(2018, 9, 30), "2018年第三季度", "2018 Q3"),
        ("2018-Q4", date(2018, 10, 1), date(2018, 12, 31), "2018年第四季度", "2018 Q4"),
        ("2018-07", date(2018, 7, 1), date(2018, 7, 31), "2018年7月", "July 2018"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024年2月", "February 2024"),
        ("2018-01-01:2018-06-30", date(2018, 1, 1), date(2018, 6, 30),
         "2018年1月1日至2018年6月30日", "1 January 2018 to 30 June 2018"),
        ("2018-12-20:2019-01-05", date(2018, 12, 20), date(2019, 1, 5),
         "2018年12月20日至2019年1月5日", "20 December 2018 to 5 January 2019"),
        ("2018-05-04:2018-05-04", date(2018, 5, 4), date(2018, 5, 4), "2018年5月4日", "4 May 2018"),
        # Two whole years are neither a year nor a month, though they start and end like one.
        ("2018-01-01:2019-12-31", date(2018, 1, 1), date(2019, 12, 31),
         "2018年1月1日至2019年12月31日", "1 January 2018 to 31 December 2019"),
    ],
)
def test_a_period_is_written_read_and_titled(text, first, last, zh, en):
    period = periods.parse(f" {text} ")
    assert (period.first, period.last) == (first, last)
    assert period.code == text
    assert period.words == (zh, en)


def test_a_span_that_is_a_year_a_quarter_or_a_month_takes_its_short_code():
    assert periods.parse("2018-01-01:2018-12-31").code == "2018"
    assert periods.parse("2018-04-01:2018-06-30").code == "2018-Q2"
    assert periods.parse("2023-02-01:2023-02-28").code == "2023-02"
    assert periods.parse("2024-02-01:2024-02-28").code == "2024-02-01:2024-02-28"


@pytest.mark.parametrize(
    "text",
    ["", "18", "2018-Q0", "2018-Q5", "2018-q3", "2018-00", "2018-13", "2018-7", "2018/07", "2018年", "２０１８",
     "2018-02-30:2018-03-01", "2018-01-01:", "2018-01-01", "2018-1-1:2018-2-1", "2018-06-30:2018-01-01", "0000",
     "1899", "2200", "1899-12-31:1900-01-01", "2018\n2019", "-2018", "2018-Q3-07", "20180701:20180801"],
)
def test_what_is_not_a_period_is_refused(text):
    with pytest.raises(FactError):
        periods.parse(text)


def test_the_refusal_says_back_only_the_beginning_of_a_long_text():
    with pytest.raises(FactError) as caught:
        periods.parse("x" * 5000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "make",
    [lambda: Period(date(2018, 1, 2), date(2018, 1, 1)), lambda: periods.year(218), lambda: periods.year(2200),
     lambda: periods.quarter(2018, 0), lambda: periods.quarter(2018, 5), lambda: periods.month(2018, 0),
     lambda: periods.month(2018, 13), lambda: periods.month(99999, 1)],
)
def test_no_period_ends_before_it_starts_or_lies_where_there_is_none(make):
    with pytest.raises(FactError):
        make()


def test_the_first_and_the_last_period_there_are():
    assert periods.year(1900).code == "1900"
    assert periods.year(2199).code == "2199"
    assert periods.month(2018, 1).code == "2018-01"
    assert periods.month(2018, 12).code == "2018-12"
    assert periods.quarter(2018, 1).code == "2018-Q1"


def test_one_day_is_a_period_and_a_period_never_changes():
    day = Period(date(2018, 5, 4), date(2018, 5, 4))
    assert day.days == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        day.first = date(2018, 5, 3)  # type: ignore[misc]


def test_the_day_before_is_where_the_opening_stock_is_counted():
    assert periods.year(2024).before == date(2023, 12, 31)
    assert periods.month(2024, 3).before == date(2024, 2, 29)


def test_both_ends_belong_to_the_period():
    quarter = periods.quarter(2018, 3)
    assert date(2018, 7, 1) in quarter
    assert date(2018, 9, 30) in quarter
    assert date(2018, 6, 30) not in quarter
    assert date(2018, 10, 1) not in quarter


def test_months_are_clipped_to_the_period():
    assert [m.code for m in periods.parse("2023-12-20:2024-02-10").months()] == [
        "2023-12-20:2023-12-31", "2024-01", "2024-02-01:2024-02-10",
    ]
    assert [m.code for m in periods.year(2018).months()] == [f"2018-{number:02}" for number in range(1, 13)]


@pytest.mark.parametrize(
    "text,before",
    [
        ("2018", "2017"),
        ("2018-Q1", "2017-Q1"),
        ("2018-07", "2017-07"),
        # Whole months stay whole months, in and out of leap years.
        ("2024-02", "2023-02"),
        ("2025-02", "2024-02"),
        ("2025-01-01:2025-02-28", "2024-01-01:2024-02-29"),
        ("2023-12-01:2024-02-29", "2022-12-01:2023-02-28"),
        # Free spans keep their days; 29 February has none the year before.
        ("2024-02-29:2024-02-29", "2023-02-28:2023-02-28"),
        ("2024-02-15:2024-02-29", "2023-02-15:2023-02-28"),
        ("2025-02-15:2025-02-28", "2024-02-15:2024-02-28"),
        ("2023-12-20:2024-01-05", "2022-12-20:2023-01-05"),
    ],
)
def test_the_same_period_one_year_before(text, before):
    assert periods.parse(text).previous_year().code == before


def test_there_is_no_year_before_the_first():
    with pytest.raises(FactError):
        periods.year(1900).previous_year()


@given(spans)
def test_the_code_is_read_back_as_the_same_period(period):
    assert periods.parse(period.code) == period


@given(recent_spans)
def test_the_months_follow_each_other_and_cover_every_day_once(period):
    months = period.months()
    assert months[0].first == period.first
    assert months[-1].last == period.last
    assert all(later.before == earlier.last for earlier, later in pairwise(months))
    assert all((m.first.year, m.first.month) == (m.last.year, m.last.month) for m in months)
    assert sum(m.days for m in months) == period.days


@given(recent_spans)
def test_the_year_before_is_as_long_but_for_a_leap_day(period):
    before = period.previous_year()
    assert before.first.year == period.first.year - 1
    assert before.last.year == period.last.year - 1
    assert abs(before.days - period.days) <= 1
    assert before.is_whole_months or not period.is_whole_months
