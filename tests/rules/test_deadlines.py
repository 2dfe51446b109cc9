"""Time limits: the check values of the law book, the table of rules row by row, and the calendar against an oracle.

The oracle of working days is the package `chinesecalendar`, which the product itself does not use; sums of days are
checked against a second way of counting them (sets of days), not against the code's own arithmetic.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from importlib import resources
from types import MappingProxyType

import chinese_calendar  # type: ignore[import-untyped,unused-ignore]  # ships no types
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediation.cases import deadlines
from mediation.cases.deadlines import (
    RULES,
    Calendar,
    CourtProcedure,
    Deadline,
    Due,
    Limit,
    LimitRule,
    Step,
    Unit,
    YearTable,
)
from mediation.channels import Channel
from mediation.terms import AgreementForm, EntryForm, RightKind

CALENDAR = deadlines.load_calendar()
FIRST_YEAR, LAST_YEAR = 2004, 2026

# Days far enough from both ends that no limit below leaves the years of the oracle.
oracle_days = st.dates(dt.date(FIRST_YEAR, 2, 1), dt.date(LAST_YEAR, 6, 30))
limits = st.builds(Limit, st.integers(1, 60), st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS]))


def d(text: str) -> dt.date:
    """`"02-14"` is a day of 2026, `"2025-12-25"` a day of its year."""
    return dt.date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def days(count: int) -> Limit:
    return Limit(count, Unit.CALENDAR_DAYS)


def working_days(count: int) -> Limit:
    return Limit(count, Unit.WORKING_DAYS)


def span(start: dt.date, end: dt.date) -> set[dt.date]:
    """The days d with start ≤ d < end."""
    return {start + dt.timedelta(days=n) for n in range((end - start).days)}


# --- The calendar ---------------------------------------------------------------------------------------------------


def test_every_day_of_every_committed_year_is_worked_exactly_when_the_oracle_says_so():
    every_day = sorted(span(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR + 1, 1, 1)))
    assert len(every_day) == 8401
    assert [day for day in every_day if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day)] == []


def test_the_committed_files_are_one_per_year_and_name_their_source():
    folder = resources.files("mediation.cases") / "holidays"
    files = {entry.name: json.loads(entry.read_text("utf-8")) for entry in folder.iterdir() if ".json" in entry.name}
    assert sorted(files) == [f"{year}.json" for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    for name, data in files.items():
        assert set(data) == {"year", "source", "holidays", "makeup_workdays"}
        assert name == f"{data['year']}.json"
        assert str(data["year"]) in data["source"]
        assert data["holidays"] == sorted(set(data["holidays"]))
        assert data["makeup_workdays"] == sorted(set(data["makeup_workdays"]))


def test_the_calendar_is_read_once():
    assert deadlines.load_calendar() is CALENDAR


def test_no_notice_ever_moved_a_working_day_of_december_before_the_day_from_which_it_counts_as_unsettled():
    in_december = {
        (day.month, day.day)
        for table in CALENDAR.years.values()
        for day in table.holidays | table.makeup_workdays
        if day.month == 12
    }
    assert min(in_december) == deadlines.YEAR_END_FROM


@pytest.mark.parametrize(
    "day, known",
    [
        ("2003-12-28", False),
        ("2004-01-01", True),
        ("2025-12-31", True),
        ("2026-12-28", True),
        ("2026-12-29", False),  # the notice for 2027 may still move it
        ("2027-01-04", False),
    ],
)
def test_a_day_is_known_only_when_every_notice_that_may_move_it_is_there(day, known):
    assert CALENDAR.knows(d(day)) is known


@given(st.dates(dt.date(2027, 1, 1), dt.date(2099, 12, 31)))
def test_a_year_without_data_falls_back_to_monday_to_friday(day):
    assert not CALENDAR.covers(day.year)
    assert CALENDAR.is_working_day(day) is (day.isoweekday() <= 5)


def test_a_later_table_takes_the_place_of_the_committed_one():
    extra = YearTable(2026, frozenset({d("03-02")}), frozenset(), "administrator")
    calendar = deadlines.read_calendar([*CALENDAR.years.values(), extra])
    assert not calendar.is_working_day(d("03-02"))
    assert CALENDAR.is_working_day(d("03-02"))


@pytest.mark.parametrize(
    "holidays, makeup",
    [
        ({"2027-01-01"}, set()),  # a day of another year
        (set(), {"2025-12-27"}),
        ({"2026-02-14"}, {"2026-02-14"}),  # off and worked at once
        (set(), {"2026-02-13"}),  # a Friday is worked anyway
    ],
)
def test_a_table_that_would_shift_deadlines_unseen_is_refused(holidays, makeup):
    with pytest.raises(ValueError, match="2"):
        YearTable.from_json(
            json.dumps({"year": 2026, "source": "x", "holidays": [*holidays], "makeup_workdays": [*makeup]})
        )


# --- Counting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limit, start, end",
    [
        (days(30), "01-15", "02-14"),  # a make-up working Saturday
        (days(30), "01-16", "02-24"),  # over the whole Spring Festival
        (days(30), "09-01", "10-08"),
        (days(30), "03-06", "04-07"),
        (days(7), "04-28", "05-06"),
        (days(15), "06-04", "06-22"),
        (working_days(3), "02-13", "02-25"),
        (working_days(5), "09-18", "09-24"),  # counts the make-up working Sunday
        (working_days(5), "04-30", "05-11"),
        (working_days(3), "09-30", "10-10"),
        (Limit(1, Unit.MONTHS), "01-31", "02-28"),  # a make-up working Saturday too
    ],
)
def test_the_check_values_of_2026(limit, start, end):
    assert deadlines.end_of_limit(d(start), limit, CALENDAR) == Deadline(d(end), certain=True)


@pytest.mark.parametrize(
    "months, start, end",
    [
        (1, "2024-01-31", "2024-02-29"),  # leap year
        (1, "2023-01-31", "2023-02-28"),
        (1, "2025-03-31", "2025-04-30"),
        (2, "2024-12-31", "2025-02-28"),  # over the turn of the year
        (12, "2024-02-29", "2025-02-28"),
        (1, "2025-11-12", "2025-12-12"),  # November to December, not a year on
        (3, "2025-08-15", "2025-11-17"),  # the corresponding day is a Saturday: to Monday
        (2, "2025-08-08", "2025-10-09"),  # ends on the last day of the National Day holiday
    ],
)
def test_a_month_ends_on_the_corresponding_day_else_on_the_months_last(months, start, end):
    assert deadlines.end_of_limit(d(start), Limit(months, Unit.MONTHS), CALENDAR).on == d(end)


@given(oracle_days, st.integers(1, 60))
def test_working_days_are_those_the_oracle_counts(start, count):
    after = chinese_calendar.get_workdays(start + dt.timedelta(days=1), start + dt.timedelta(days=150))
    assert deadlines.end_of_limit(start, working_days(count), CALENDAR) == Deadline(after[count - 1], certain=True)


@given(oracle_days, st.integers(1, 60), st.integers(0, 60))
def test_calendar_days_end_on_the_first_working_day_from_their_last_one(start, count, stopped):
    last = start + dt.timedelta(days=count + stopped)
    expected = chinese_calendar.get_workdays(last, last + dt.timedelta(days=20))[0]
    assert deadlines.end_of_limit(start, days(count), CALENDAR, stopped) == Deadline(expected, certain=True)


@given(oracle_days, limits, st.integers(0, 60))
def test_a_limit_ends_on_a_working_day_after_its_start(start, limit, stopped):
    end = deadlines.end_of_limit(start, limit, CALENDAR, stopped).on
    assert end > start
    assert chinese_calendar.is_workday(end)


def test_a_limit_is_rolled_once_after_the_stopped_days_are_added():
    # 7 days from 04-28 end on 05-05, a holiday. Rolling first would give 05-06, and with two stopped days 05-08.
    assert deadlines.end_of_limit(d("04-28"), days(7), CALENDAR, 0).on == d("05-06")
    assert deadlines.end_of_limit(d("04-28"), days(7), CALENDAR, 1).on == d("05-06")
    assert deadlines.end_of_limit(d("04-28"), days(7), CALENDAR, 2).on == d("05-07")


@pytest.mark.parametrize(
    "start, limit, end, certain",
    [
        ("11-20", days(30), "12-21", True),
        ("11-27", days(30), "12-28", True),  # the 27th is a Sunday
        ("11-29", days(30), "12-29", False),
        ("12-15", days(30), "2027-01-14", False),
        ("12-25", working_days(3), "12-30", False),
        ("12-15", Limit(2, Unit.MONTHS), "2027-02-15", False),
        ("2003-12-20", working_days(9), "2004-01-02", False),  # ends in a known year, counted through an unknown one
        ("2003-12-20", days(40), "2004-01-29", True),
    ],
)
def test_a_deadline_that_depends_on_a_year_without_data_says_so(start, limit, end, certain):
    assert deadlines.end_of_limit(d(start), limit, CALENDAR) == Deadline(d(end), certain)


def test_a_deadline_rolled_into_unsettled_days_is_not_certain():
    only_2019 = deadlines.read_calendar([CALENDAR.years[2019]])
    # Saturday 2019-12-28 is surely off, but whether Monday the 30th is worked stands in the notice for 2020.
    assert deadlines.end_of_limit(d("2019-12-21"), days(7), only_2019) == Deadline(d("2019-12-30"), certain=False)
    assert deadlines.end_of_limit(d("2019-12-21"), days(7), CALENDAR) == Deadline(d("2019-12-30"), certain=True)


def test_without_any_data_a_deadline_falls_back_to_weekdays_and_is_not_certain():
    nothing = Calendar(MappingProxyType({}))
    assert deadlines.end_of_limit(d("01-15"), days(30), nothing) == Deadline(d("02-16"), certain=False)


def test_a_limit_counts_at_least_one_and_is_never_stopped_for_less_than_nothing():
    with pytest.raises(ValueError, match="at least one"):
        days(0)
    with pytest.raises(ValueError, match="fewer than no days"):
        deadlines.end_of_limit(d("01-15"), days(30), CALENDAR, -1)


@pytest.mark.parametrize(
    "limit, zh, en",
    [
        (days(30), "30日", "30 days"),
        (days(1), "1日", "1 day"),
        (working_days(3), "3个工作日", "3 working days"),
        (Limit(2, Unit.MONTHS), "2个月", "2 months"),
    ],
)
def test_a_limit_is_written_as_the_trade_writes_it(limit, zh, en):
    assert limit.words == (zh, en)


# --- Which rule applies ---------------------------------------------------------------------------------------------

P, J, A = Channel.PEOPLE, Channel.JUDICIAL, Channel.ADMINISTRATIVE
ORDINARY, SIMPLIFIED = CourtProcedure.ORDINARY, CourtProcedure.SIMPLIFIED
SETTING_TEN_WORKING_DAYS = working_days(10)
# The day the limits after docketing changed, the day before, and a first working week after it.
BEFORE, CHANGE, AFTER = "2024-12-31", "2025-01-01", "2025-01-06"


def mediation_rule(channel, entry_form, starts, referral=None, procedure=None, **facts) -> LimitRule | None:
    referral_on = d(referral) if referral else None
    return deadlines.rule_for_mediation(channel, entry_form, d(starts), referral_on, procedure, **facts)


MEDIATION_TABLE = [
    # channel, entry form, starts on, referral on, procedure, patent, complex → code, limit, cap
    (P, "own", "03-02", None, None, False, False, "people", days(30), None),
    (P, "transferred", "03-02", None, None, True, True, "people", days(30), None),
    (P, "joint", "03-02", None, None, False, False, "people", days(30), None),
    (P, "own", "2002-11-01", None, None, False, False, "people", days(30), None),
    (P, "own", "2002-10-31", None, None, False, False, None, None, None),
    (P, "assisted", "03-02", None, None, False, False, None, None, None),
    (J, "delegated", "03-02", "02-26", None, False, False, "court_delegated", days(30), None),
    # A people's committee on a court's list of invited mediators: the court's referral decides.
    (P, "delegated", "03-02", "02-26", None, False, False, "court_delegated", days(30), None),
    (J, "delegated", "2016-07-04", "2016-06-30", None, False, False, None, None, None),
    (J, "delegated", "2016-07-04", "2016-07-01", None, False, False, "court_delegated", days(30), None),
    (J, "entrusted", "03-02", "02-26", ORDINARY, False, False, "court_entrusted_ordinary_2025", days(15), days(30)),
    (J, "entrusted", "03-02", "02-26", SIMPLIFIED, False, False, "court_entrusted_simplified_2025", days(7), days(30)),
    # Rules follow the referral date, not the day the mediator signed for the file.
    (J, "entrusted", AFTER, BEFORE, ORDINARY, False, False, "court_entrusted_ordinary_2016", days(15), None),
    (J, "entrusted", AFTER, BEFORE, SIMPLIFIED, True, False, "court_entrusted_simplified_2016", days(7), None),
    (J, "entrusted", AFTER, CHANGE, ORDINARY, False, False, "court_entrusted_ordinary_2025", days(15), days(30)),
    # No referral date recorded: the day it started; no procedure recorded: the general one.
    (J, "entrusted", "2024-12-31", None, None, False, False, "court_entrusted_ordinary_2016", days(15), None),
    (J, "entrusted", "2025-01-01", None, None, False, False, "court_entrusted_ordinary_2025", days(15), days(30)),
    (J, "invited", "03-02", "02-26", ORDINARY, False, False, None, None, None),
    (J, "own", "03-02", None, None, True, True, "judicial_own", days(30), None),
    (J, "transferred", "03-02", None, None, False, False, "judicial_own", days(30), None),
    (J, "joint", "03-02", None, None, False, False, "judicial_own", days(30), None),
    (J, "assisted", "03-02", None, None, False, False, None, None, None),
    (A, "own", "03-02", None, None, False, False, "administrative_general", days(30), None),
    (A, "own", "03-02", None, None, False, True, "administrative_general", days(30), None),
    (A, "transferred", "03-02", None, None, False, False, "administrative_general", days(30), None),
    (A, "own", "03-02", None, None, True, False, "administrative_patent", Limit(2, Unit.MONTHS), None),
    (A, "joint", "03-02", None, None, True, True, "administrative_patent_complex", Limit(3, Unit.MONTHS), None),
    (A, "assisted", "03-02", None, None, True, False, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize("channel, form, starts, referral, procedure, patent, hard, code, limit, cap", MEDIATION_TABLE)
def test_the_limit_of_mediation(channel, form, starts, referral, procedure, patent, hard, code, limit, cap):
    rule = mediation_rule(channel, EntryForm(form), starts, referral, procedure, patent=patent, complex=hard)
    if code is None:
        assert rule is None
    else:
        assert rule is not None
        assert (rule.code, rule.limit, rule.extension_cap) == (code, limit, cap)
        assert rule.needs_consents


@pytest.mark.parametrize(
    "step, on, channel, code, limit, cap",
    [
        (Step.RESPONDENT_ANSWER, "03-02", A, "respondent_answer", days(15), None),
        (Step.RESPONDENT_ANSWER, "03-02", P, None, None, None),
        (Step.OFFER_ANSWER, "03-02", None, "offer_answer", working_days(3), None),
        (Step.OFFER_ANSWER, "03-02", J, "offer_answer", working_days(3), None),
        (Step.CONFIRMATION_APPLY, "03-02", P, "confirmation_apply", days(30), None),
        (Step.CONFIRMATION_APPLY, "2010-12-31", P, None, None, None),
        (Step.CONFIRMATION_ACCEPT, "03-02", None, "confirmation_accept", days(3), None),
        (Step.CONFIRMATION_DECIDE, "03-02", None, "confirmation_decide", days(15), days(10)),
        (Step.CONFIRMATION_DECIDE, "2011-03-29", None, None, None, None),
    ],
)
def test_the_limit_of_the_other_steps(step, on, channel, code, limit, cap):
    rule = deadlines.rule_for_step(step, d(on), channel)
    assert (rule and (rule.code, rule.limit, rule.extension_cap)) == (code and (code, limit, cap))


def test_the_limit_of_mediation_is_not_asked_for_by_step_alone():
    with pytest.raises(ValueError, match="rule_for_mediation"):
        deadlines.rule_for_step(Step.MEDIATE, d("03-02"), P)


def test_every_row_of_the_rules_is_reached_and_none_shadows_another():
    dates = [d("2016-07-01"), d("2024-12-31"), d("2025-01-01"), d("03-02")]
    choices = itertools.product(Channel, EntryForm, dates, CourtProcedure, (True, False), (True, False))
    reached = set()
    for channel, form, on, procedure, patent, hard in choices:
        rule = deadlines.rule_for_mediation(channel, form, on, None, procedure, patent, hard)
        fitting = [
            row.code
            for row in RULES
            if row.step is Step.MEDIATE
            and form in row.entry_forms
            and row.channel in (None, channel)
            and row.court_procedure in (None, procedure)
            and row.patent in (None, patent)
            and row.complex in (None, hard)
            and row.in_force(on)
        ]
        assert fitting == ([rule.code] if rule else [])
        reached.update(fitting)
    for step in set(Step) - {Step.MEDIATE}:
        rule = deadlines.rule_for_step(step, d("03-02"), A)
        assert rule is not None
        reached.add(rule.code)
    assert reached == {rule.code for rule in RULES}
    assert len(RULES) == len(reached)


def test_every_rule_speaks_both_languages_and_names_its_source():
    for rule in RULES:
        for words in (rule.words, rule.runs_from, rule.source):
            assert words.zh
            assert words.en
            assert not words.en.isspace()


def test_what_could_not_be_confirmed_says_so_in_both_languages():
    unconfirmed = {rule.code for rule in RULES if "unconfirmed" in rule.source.en}
    assert unconfirmed == {rule.code for rule in RULES if "未核实" in rule.source.zh}
    assert unconfirmed == {
        "people", "judicial_own", "administrative_general", "administrative_patent", "administrative_patent_complex",
        "respondent_answer",
    }  # fmt: skip


def test_an_organisation_sets_its_own_general_administrative_limit():
    rule = mediation_rule(A, EntryForm.OWN, "02-13", override=SETTING_TEN_WORKING_DAYS)
    assert rule is not None
    assert (rule.code, rule.limit) == ("administrative_general", SETTING_TEN_WORKING_DAYS)
    assert rule.source.en == "Set by the organisation"


@pytest.mark.parametrize(
    "channel, form, patent",
    [(P, EntryForm.OWN, False), (J, EntryForm.DELEGATED, False), (J, EntryForm.OWN, False), (A, EntryForm.OWN, True)],
)
def test_an_organisation_cannot_set_a_limit_the_law_sets(channel, form, patent):
    with_setting = mediation_rule(channel, form, "03-02", patent=patent, override=SETTING_TEN_WORKING_DAYS)
    assert with_setting == mediation_rule(channel, form, "03-02", patent=patent)


def test_the_reminder_of_an_unanswered_offer_is_a_setting():
    rule = deadlines.rule_for_step(Step.OFFER_ANSWER, d("03-02"), override=working_days(5))
    assert rule is not None
    assert rule.limit == working_days(5)


# --- Due dates ------------------------------------------------------------------------------------------------------


THIRTY_DAYS = days(30)


def due(suspensions=(), extended=None, today="03-02", starts="03-02", limit=THIRTY_DAYS, agreed=None) -> Due:
    spans = [(d(start), d(end) if end else None) for start, end in suspensions]
    return deadlines.due_date(
        limit,
        d(starts),
        spans,
        d(extended) if extended else None,
        d(today),
        CALENDAR,
        extended_on=d(agreed) if agreed else None,
    )


# 30 days from 03-02 end on Wednesday 04-01.
@pytest.mark.parametrize(
    "today, left, overdue",
    [("03-02", 30, False), ("03-31", 1, False), ("04-01", 0, False), ("04-02", -1, True), ("04-11", -10, True)],
)
def test_a_limit_is_overdue_from_the_day_after_its_last(today, left, overdue):
    assert due(today=today) == Due(d("04-01"), left, overdue, stopped=False, certain=True, rule=None)


def test_a_due_date_names_the_rule_it_follows():
    rule = mediation_rule(P, EntryForm.OWN, "03-02")
    assert deadlines.due_date(rule, d("03-02"), [], None, d("03-02"), CALENDAR).rule is rule


def test_without_a_limit_nothing_is_due():
    assert due(limit=None) == Due(None, None, overdue=False, stopped=False, certain=True, rule=None)
    assert due([("03-03", None)], limit=None, today="04-02", extended="05-06").on is None
    assert due([("03-03", None)], limit=None, today="04-02").stopped


@pytest.mark.parametrize(
    "suspensions, today, on",
    [
        ([("03-10", "03-11")], "04-11", "04-02"),  # one day: suspended ≤ d < resumed
        ([("03-10", "03-10")], "04-11", "04-01"),  # resumed the same day: none
        ([("03-10", "03-15"), ("03-20", "03-22")], "04-11", "04-08"),  # 5 + 2
        ([("03-20", "03-22"), ("03-10", "03-15")], "04-11", "04-08"),  # in any order
        ([("03-10", "03-15"), ("03-12", "03-17")], "04-11", "04-08"),  # shared days once: 03-10 to 03-16
        ([("03-10", "03-15"), ("03-15", "03-17")], "04-11", "04-08"),  # one after the other
        ([("02-20", "03-04")], "04-11", "04-03"),  # only from the start on: 03-02 and 03-03
        ([("03-10", "03-13")], "04-11", "04-07"),  # ends on Saturday 04-04, Qingming: rolled once
        ([("04-01", "04-03")], "04-11", "04-03"),  # suspended on the very last day
        ([("04-02", "04-10")], "04-11", "04-01"),  # the limit had run out: nothing left to stop
        ([("03-10", "03-15"), ("04-07", "04-10")], "04-11", "04-09"),  # the first kept it alive (04-07) for the next
        ([("03-10", "03-13"), ("04-05", "04-06")], "04-11", "04-07"),  # the last day is the rolled one
    ],
)
def test_stopped_days_put_off_the_due_date(suspensions, today, on):
    assert due(suspensions, today=today).on == d(on)


@given(
    oracle_days,
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=4),
)
def test_due_is_start_plus_limit_plus_the_set_of_stopped_days_rolled_once(start, count, offsets):
    suspensions = [(start + dt.timedelta(days=a), start + dt.timedelta(days=a + n)) for a, n in offsets]
    stopped = {day for begin, end in suspensions for day in span(begin, end)}
    # Within the limit as first computed, so that no suspension begins after it has run out.
    assume(all(a <= count for a, _ in offsets))
    today = start + dt.timedelta(days=200)
    result = deadlines.due_date(days(count), start, suspensions, None, today, CALENDAR)
    last = start + dt.timedelta(days=count + len(stopped))
    assert result.on == chinese_calendar.get_workdays(last, last + dt.timedelta(days=20))[0]
    assert result.overdue


@pytest.mark.parametrize("today", ["03-10", "04-01", "04-02", "06-01", "2027-06-01"])
def test_a_presently_stopped_proceeding_is_never_overdue(today):
    result = due([("03-10", None)], today=today)
    assert result.stopped
    assert not result.overdue
    assert result.days_left is not None
    assert result.days_left >= 22  # 30 days, of which 8 had run before the stop


def test_nothing_is_overdue_while_stopped_even_if_it_was_before():
    assert due([("04-20", None)], today="04-19").overdue
    assert not due([("04-20", None)], today="04-20").overdue
    assert due([("04-20", "05-06")], today="05-06").overdue


def test_a_stop_shows_the_due_date_as_if_it_went_on_today():
    while_stopped = due([("03-10", None)], today="03-20")
    resumed = due([("03-10", "03-20")], today="03-20")
    assert while_stopped.on == resumed.on == d("04-13")  # 10 days more, the 11th is a Saturday
    assert (while_stopped.stopped, resumed.stopped) == (True, False)


def test_a_suspension_of_later_than_today_is_not_yet_known():
    assert due([("03-10", "03-20")], today="03-09") == due(today="03-09")
    assert due([("03-10", "03-20")], today="03-15") == due([("03-10", None)], today="03-15")


@pytest.mark.parametrize(
    "suspensions, extended, agreed, on",
    [
        ([], "05-20", "03-30", "05-20"),  # takes the place of the computed one
        ([], "05-16", "03-30", "05-18"),  # agreed for a Saturday: rolled once
        ([], "05-09", "03-30", "05-09"),  # a make-up working Saturday
        ([("03-10", "03-15")], "05-20", "03-30", "05-20"),  # stopped before: already in the agreed date
        ([("04-10", "04-13")], "05-19", "03-30", "05-22"),  # stopped after: added
        ([("03-28", "04-03")], "05-18", "03-30", "05-21"),  # across the agreement: 03-31, 04-01, 04-02
        ([("05-21", "05-25")], "05-20", "03-30", "05-20"),  # after the extension had run out
        # Day of the agreement unknown: on or before 04-01 it was, so days after that are surely later.
        ([("04-10", "04-13")], "05-19", None, "05-22"),
        ([("03-10", "03-15")], "05-20", None, "05-20"),
        ([], "05-20", None, "05-20"),
    ],
)
def test_an_agreed_extension_replaces_the_computed_date(suspensions, extended, agreed, on):
    assert due(suspensions, extended, agreed=agreed, today="06-30").on == d(on)


def test_an_extended_proceeding_is_overdue_only_after_its_new_date():
    assert due(today="04-02").overdue
    assert not due(extended="05-20", agreed="03-30", today="05-20").overdue
    assert due(extended="05-20", agreed="03-30", today="05-21").overdue


def test_a_due_date_in_a_year_without_data_is_not_certain():
    assert due(starts="11-20", today="11-20").certain
    assert not due(starts="12-15", today="12-15").certain
    assert not due(starts="11-20", today="12-01", extended="2027-01-15").certain
    assert due(starts="12-15", today="12-16", extended="12-22").certain
    assert not due(limit=working_days(9), starts="2003-12-20", today="2004-02-01").certain


def test_the_latest_extension_is_the_rules_cap():
    entrusted = mediation_rule(J, EntryForm.ENTRUSTED, "03-02", procedure=SIMPLIFIED)
    delegated = mediation_rule(J, EntryForm.DELEGATED, "03-02")
    assert entrusted is not None
    assert delegated is not None
    assert deadlines.extension_latest(entrusted, d("03-09"), CALENDAR) == d("04-08")
    assert deadlines.extension_latest(entrusted, d("04-03"), CALENDAR) == d("05-06")  # ends on 05-03, a holiday
    assert deadlines.extension_latest(delegated, d("04-01"), CALENDAR) is None


# --- Agreements -----------------------------------------------------------------------------------------------------

WRITTEN, ORAL, STATEMENT, AT_ONCE = (
    AgreementForm.WRITTEN,
    AgreementForm.ORAL,
    AgreementForm.COURT_STATEMENT,
    AgreementForm.PERFORMED_AT_ONCE,
)
PARTIES = ["2025-12-22", "2025-12-25"]
SEAL = "2026-01-06"
MEDIATOR = "2025-12-29"
RECEIPT = "2026-01-09"

EFFECTIVE_TABLE = [
    # channel, entry form, form, parties, mediator, seal, receipt → effective
    (P, "own", WRITTEN, PARTIES, MEDIATOR, SEAL, None, SEAL),
    (P, "transferred", WRITTEN, PARTIES, MEDIATOR, SEAL, RECEIPT, SEAL),  # nothing hangs on a receipt here
    (P, "joint", WRITTEN, PARTIES, "2026-01-07", SEAL, None, "2026-01-07"),  # the mediator signed last
    (P, "own", WRITTEN, ["2026-01-08", "2025-12-22"], MEDIATOR, SEAL, None, "2026-01-08"),  # a party signed last
    (P, "own", WRITTEN, PARTIES, None, SEAL, None, None),  # not yet complete
    (P, "own", WRITTEN, PARTIES, MEDIATOR, None, None, None),
    (P, "own", WRITTEN, [], MEDIATOR, SEAL, None, None),
    (P, "own", ORAL, ["2025-12-25"], None, None, None, "2025-12-25"),
    (P, "own", AT_ONCE, PARTIES, None, None, None, "2025-12-25"),
    (J, "delegated", WRITTEN, PARTIES, MEDIATOR, SEAL, None, "2025-12-25"),
    (P, "delegated", WRITTEN, PARTIES, MEDIATOR, SEAL, None, "2025-12-25"),  # the court's referral decides
    (J, "delegated", ORAL, ["2025-12-25"], None, None, None, "2025-12-25"),
    (J, "entrusted", STATEMENT, PARTIES, MEDIATOR, SEAL, RECEIPT, RECEIPT),
    (J, "entrusted", STATEMENT, PARTIES, MEDIATOR, SEAL, None, None),  # not yet received
    (J, "entrusted", WRITTEN, PARTIES, MEDIATOR, None, RECEIPT, RECEIPT),
    (J, "entrusted", WRITTEN, PARTIES, MEDIATOR, None, None, "2025-12-25"),  # the signed record
    (P, "entrusted", WRITTEN, PARTIES, MEDIATOR, SEAL, None, "2025-12-25"),
    (J, "invited", STATEMENT, PARTIES, None, None, RECEIPT, RECEIPT),
    (J, "invited", WRITTEN, PARTIES, None, None, RECEIPT, RECEIPT),
    (J, "invited", AT_ONCE, PARTIES, None, None, None, "2025-12-25"),
    (J, "own", WRITTEN, PARTIES, MEDIATOR, SEAL, None, "2025-12-25"),
    (A, "own", WRITTEN, PARTIES, MEDIATOR, SEAL, None, "2025-12-25"),
    (A, "own", ORAL, ["2025-12-25"], None, None, None, "2025-12-25"),
    (A, "own", WRITTEN, [], MEDIATOR, SEAL, None, None),
]


@pytest.mark.parametrize("channel, entry, form, parties, mediator, seal, receipt, effective", EFFECTIVE_TABLE)
def test_the_day_an_agreement_takes_effect(channel, entry, form, parties, mediator, seal, receipt, effective):
    mediator_on, sealed_on, received_on, expected = (
        d(day) if day else None for day in (mediator, seal, receipt, effective)
    )
    assert (
        deadlines.effective_on(
            channel, EntryForm(entry), form, [d(day) for day in parties], mediator_on, sealed_on, received_on
        )
        == expected
    )


@pytest.mark.parametrize(
    "channel, entry, effective, window",
    [(P, EntryForm.OWN, "2026-01-06", "2026-02-05"), (J, EntryForm.DELEGATED, "2025-12-25", "2026-01-26")],
)
def test_the_same_signatures_open_another_window_in_another_channel(channel, entry, effective, window):
    signed = [d(day) for day in PARTIES]
    day = deadlines.effective_on(channel, entry, WRITTEN, signed, mediator_signed=d("2025-12-25"), sealed=d(SEAL))
    assert day == d(effective)
    assert deadlines.confirmation_window(day, CALENDAR) == Deadline(d(window), certain=True)


def test_the_confirmation_window_of_a_december_agreement_is_not_certain_without_next_years_data():
    assert not deadlines.confirmation_window(d("12-10"), CALENDAR).certain


HIGHER = {
    RightKind.INVENTION,
    RightKind.UTILITY_MODEL,
    RightKind.DESIGN,
    RightKind.PATENT,
    RightKind.SOFTWARE,
    RightKind.LAYOUT_DESIGN,
    RightKind.PLANT_VARIETY,
}


@pytest.mark.parametrize("kind", RightKind)
def test_which_court_confirms_follows_from_the_kind_of_right(kind):
    hint = deadlines.confirming_court(kind)
    higher = "intermediate" in hint.en
    basic = "basic" in hint.en
    if kind is RightKind.TRADE_SECRET:  # technical secrets go up, business secrets do not
        assert higher
        assert basic
    else:
        assert higher is (kind in HIGHER)
        assert basic is (kind not in HIGHER)
    assert ("中级" in hint.zh, "基层" in hint.zh) == (higher, basic)


@pytest.mark.parametrize("kind", RightKind)
def test_a_well_known_mark_lifts_the_dispute_to_the_higher_court(kind):
    hint = deadlines.confirming_court(kind, well_known=True)
    assert hint == deadlines.confirming_court(RightKind.INVENTION)
