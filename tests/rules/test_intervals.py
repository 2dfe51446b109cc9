"""The arithmetic under the figures, held against published tables and independent reckoning."""

from __future__ import annotations

import decimal
import json
import statistics
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediation.statistics import intervals

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "published-tables.json").read_text(encoding="utf-8"))


def published(section: str, key: str):
    return next(table for table in PUBLISHED[section] if table["id"] == key)


counts = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))

# --- percentages ---


@pytest.mark.parametrize(
    "numerator,denominator,text",
    [
        (1497, 2157, "69.4 %"),
        (0, 7, "0.0 %"),
        (7, 7, "100.0 %"),
        (0, 0, "—"),  # nothing counted is neither 0 % nor 100 %
        (5, 4, "125.0 %"),  # a clearance rate may exceed 100 %
        (1, 2000, "0.1 %"),  # 0.05: a half goes up …
        (3, 2000, "0.2 %"),  # … 0.15, where floats and bankers' rounding say 0.1
        (5, 2000, "0.3 %"),  # … 0.25, likewise
        (1999, 2000, "100.0 %"),
        (4499, 10000, "45.0 %"),
    ],
)
def test_a_percentage_is_rounded_half_up_from_counts(numerator, denominator, text):
    assert intervals.percent_text(numerator, denominator) == text


@given(st.integers(0, 10**9), st.integers(1, 10**9))
@example(3, 2000)
@example(69949999, 10**8)
def test_half_up_from_counts_agrees_with_decimal_rounding(numerator, denominator):
    with decimal.localcontext(decimal.Context(prec=60)):
        expected = (Decimal(100 * numerator) / denominator).quantize(Decimal("0.1"), decimal.ROUND_HALF_UP)
    assert intervals.percent(numerator, denominator) == expected


def test_rounding_once_differs_from_rounding_twice():
    # 69.9449… rounds to 69.9; by way of 69.95 it would come to 70.0.
    assert intervals.half_up(Fraction(699449, 10000)) == Decimal("69.9")
    assert intervals.half_up(intervals.half_up(Fraction(699499, 10000), 2)) == Decimal("70.0")
    assert intervals.half_up(Fraction(699499, 10000)) == Decimal("69.9")


def test_rounding_does_not_depend_on_the_decimal_context():
    with decimal.localcontext(decimal.Context(prec=2, rounding=decimal.ROUND_DOWN)):
        assert str(intervals.percent(1497, 2157)) == "69.4"
    assert str(intervals.half_up(Decimal("-0.25"))) == "-0.3"
    assert str(intervals.half_up(7, 0)) == "7"


@pytest.mark.parametrize("numerator,denominator", [(-1, 3), (1, -3)])
def test_negative_counts_are_a_fault_of_the_caller(numerator, denominator):
    with pytest.raises(ValueError, match="never negative"):
        intervals.percent(numerator, denominator)


# --- published tables ---


@pytest.mark.parametrize("key", ["spc-ip-tribunal-2020", "jiyuan-2022"])
def test_published_completion_and_clearance_are_met(key):
    table = published("flow_tables", key)
    tol = Decimal(str(table.get("tol", 0.1)))
    assert table["open_at_start"] + table["accepted"] == table["ended"] + table["open_at_end"]
    ours = {
        "COMPLETION": intervals.percent(table["ended"], table["open_at_start"] + table["accepted"]),
        "CLEARANCE": intervals.percent(table["ended"], table["accepted"]),
    }
    for code, printed in table["printed"].items():
        assert ours[code] == pytest.approx(Decimal(str(printed)), abs=tol)


def test_one_published_table_gives_two_success_rates_by_the_choice_of_denominator():
    table = published("success_tables", "shanghai-ip-2018")
    assert intervals.percent_text(table["agreed"], table["accepted"]) == "69.4 %"
    assert intervals.percent_text(table["agreed"], table["agreed"] + table["not_agreed"]) == "86.6 %"
    by_kind = {kind: intervals.percent_text(agreed, accepted)
               for kind, (accepted, agreed) in table["by_kind"].items()}
    assert by_kind == {"copyright": "74.0 %", "trade mark": "48.6 %", "patent": "70.9 %", "other": "20.0 %"}
    # The total comes from the counts; the mean of the four rates would be something else.
    assert sum(agreed for _, agreed in table["by_kind"].values()) == table["agreed"]


def test_the_other_published_rates_are_met():
    huangshi = published("success_tables", "huangshi-2020")
    assert intervals.percent(huangshi["agreed"], huangshi["accepted"]) == Decimal(str(huangshi["printed"]["SUCC_ACC"]))
    shunyi = published("performance_tables", "shunyi-2006")
    assert intervals.percent_text(shunyi["performed_without_enforcement"], shunyi["agreements"]) == "58.2 %"
    hunan = published("performance_tables", "hunan-y-2014-2016")
    for agreed, enforced, printed in zip(hunan["agreements"], hunan["enforced"], hunan["printed"]["PERFORMED"],
                                         strict=True):
        ours = intervals.percent(agreed - enforced, agreed)
        assert ours is not None
        assert abs(ours - Decimal(str(printed))) <= Decimal("0.1")


# --- Wilson ---


@pytest.mark.parametrize("successes,n,low,high", published("statistics_vectors", "wilson-95")["cases"])
def test_wilson_meets_newcombes_published_intervals(successes, n, low, high):
    interval = intervals.wilson(successes, n)
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=0.00005)
    assert interval.high == pytest.approx(high, abs=0.00005)


def test_wilson_of_nothing_is_nothing_and_impossible_counts_are_refused():
    assert intervals.wilson(0, 0) is None
    for successes, n in ((3, 2), (-1, 2), (1, 0)):
        with pytest.raises(ValueError, match="successes of"):
            intervals.wilson(successes, n)


def test_an_interval_is_printed_in_percent():
    interval = intervals.wilson(1497, 2157)
    assert interval is not None
    assert interval.text == "67.4–71.3 %"


@given(counts)
def test_wilson_contains_the_share_it_belongs_to(drawn):
    successes, n = drawn
    interval = intervals.wilson(successes, n)
    assert interval is not None
    assert 0 <= interval.low <= successes / n <= interval.high <= 1
    assert (interval.low == 0) == (successes == 0)
    assert (interval.high == 1) == (successes == n)


@given(counts)
def test_wilsons_ends_solve_the_score_equation(drawn):
    # The definition itself: at each end, the distance from p is z standard errors *of that end*.
    successes, n = drawn
    interval = intervals.wilson(successes, n)
    assert interval is not None
    for end in (interval.low, interval.high):
        assert (successes / n - end) ** 2 == pytest.approx(intervals.Z_95**2 * end * (1 - end) / n, rel=1e-6, abs=1e-12)


@given(st.integers(2, 5000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_one_more_success_raises_both_ends(drawn):
    successes, n = drawn
    less, more = intervals.wilson(successes - 1, n), intervals.wilson(successes, n)
    assert less is not None
    assert more is not None
    assert less.low < more.low
    assert less.high < more.high


@given(st.integers(0, 200), st.integers(1, 200), st.integers(2, 50))
def test_more_cases_of_the_same_share_narrow_the_interval(successes, others, factor):
    few = intervals.wilson(successes, successes + others)
    many = intervals.wilson(factor * successes, factor * (successes + others))
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


# --- quartiles ---


@pytest.mark.parametrize(
    "values,expected",
    [
        ([7], ("7", "7", "7", "7.0")),
        ([1, 2], ("1.25", "1.5", "1.75", "1.5")),
        ([30, 10, 20], ("15", "20", "25", "20.0")),
        ([1, 2, 3, 4], ("1.75", "2.5", "3.25", "2.5")),
        ([0, 0, 0, 1], ("0", "0", "0.25", "0.3")),  # the mean of 0.25 is rounded half-up
    ],
)
def test_quartiles_as_a_spreadsheet_gives_them(values, expected):
    spread = intervals.quantiles(values)
    assert spread is not None
    assert spread.n == len(values)
    assert (spread.q1, spread.median, spread.q3, spread.mean) == tuple(Decimal(text) for text in expected)


def test_the_spread_of_nothing_is_nothing():
    assert intervals.quantiles([]) is None


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=200))
def test_quartiles_agree_with_the_standard_librarys_inclusive_method(values):
    spread = intervals.quantiles(values)
    assert spread is not None
    assert [spread.q1, spread.median, spread.q3] == statistics.quantiles(map(Decimal, values), n=4, method="inclusive")
    assert abs(Fraction(spread.mean) - Fraction(sum(values), len(values))) <= Fraction(1, 20)


# --- Kaplan–Meier ---


def test_the_survival_of_the_published_remission_data_is_met():
    table = published("statistics_vectors", "kaplan-meier-6mp")
    curve = intervals.kaplan_meier([(int(text.rstrip("+")), not text.endswith("+")) for text in table["times"]])
    assert {str(step.time): round(step.survival, 3) for step in curve.steps} == table["survival"]
    assert [step.at_risk for step in curve.steps] == [21, 17, 15, 12, 11, 7, 6]
    assert (curve.n, curve.ended, curve.median) == (21, 9, 23)
    assert curve.survival_at(5) == 1.0
    assert curve.survival_at(21) == pytest.approx(0.627, abs=0.0005)
    assert curve.survival_at(99) == pytest.approx(0.448, abs=0.0005)


def test_the_median_is_not_reached_while_more_than_half_are_open():
    assert intervals.kaplan_meier([]).median is None
    assert intervals.kaplan_meier([(10, False), (20, False)]) == intervals.Curve(2, 0, (), None)
    assert intervals.kaplan_meier([(5, True), (9, False), (9, False)]).median is None


def test_open_disputes_lengthen_the_median_that_ended_ones_alone_would_show():
    ended = [(10, True), (20, True), (30, True)]
    assert intervals.kaplan_meier(ended).median == 20
    assert intervals.kaplan_meier([*ended, (15, False), (40, False), (50, False)]).median == 30


def test_a_half_is_a_half_whatever_the_product_of_its_factors_rounds_to():
    # A float product of (n−1)/n · (n−2)/(n−1) · … misses one half for many n; the median must not move a day.
    for n in range(2, 120, 2):
        assert intervals.kaplan_meier([(day, True) for day in range(1, n + 1)]).median == n // 2


def test_who_is_censored_on_a_day_was_at_risk_on_it():
    assert [step.at_risk for step in intervals.kaplan_meier([(6, True), (6, False), (7, True)]).steps] == [3, 1]


def test_a_negative_duration_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="never negative"):
        intervals.kaplan_meier([(-1, True)])


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60))
def test_kaplan_meier_agrees_with_mass_shifted_to_the_right(durations):
    # Efron's other construction: everyone carries 1/n; who is censored hands it, in equal parts, to those still there.
    mass = {index: Fraction(1, len(durations)) for index in range(len(durations))}
    order = sorted(mass, key=lambda index: (durations[index][0], not durations[index][1]))
    for place, index in enumerate(order):
        later = order[place + 1:]
        if not durations[index][1] and later:
            for heir in later:
                mass[heir] += mass[index] / len(later)
            mass[index] = Fraction(0)
    curve = intervals.kaplan_meier(durations)
    for time in range(41):
        fallen = sum((mass[i] for i, (days, ended) in enumerate(durations) if ended and days <= time), Fraction(0))
        assert curve.survival_at(time) == pytest.approx(float(1 - fallen), abs=1e-12)
        reached = curve.median is not None and curve.median <= time
        assert reached == (2 * fallen >= 1)
