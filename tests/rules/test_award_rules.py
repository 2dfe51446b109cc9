"""The award: one mediator reckoned by hand, gates and credit as truth tables, curves without cliffs."""

from __future__ import annotations

import dataclasses
import decimal
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.awards import credit, facts, rules, schemes
from mediation.awards.credit import ProceedingCredit
from mediation.awards.facts import Kind, Measure, MediatorFacts, Span
from mediation.awards.rules import Comparison, Condition
from mediation.errors import FactError, NotFoundError
from mediation.statistics import intervals
from mediation.terms import MediatorLevel, MediatorRole, Outcome, OutcomeClass
from mediation.words import Words

WORDS = Words("某", "some")

CHEN = MediatorFacts(
    year=2023,
    on_register=True, registered_since=date(2020, 5, 1), level=MediatorLevel.LEVEL_3,
    serious_fault=False, training_done=True, training_hours=Decimal(36),
    ended=60, agreed=45, agreed_written=36, agreed_oral=6, agreed_part=3, failure=10, neutral=5,
    never_started=2, deducted=0,
    with_limit=50, on_time=45, extended=5,
    agreements_due=40, performed=34,
    follow_ups=22, satisfied_sum=84, satisfied_n=20,
    difficult=9, filed_due=60, filed_complete=54, turned_criminal=0, typical_cases=1,
)
"""A busy mediator of 2023, reckoned by hand below."""

NOTHING_KNOWN = MediatorFacts(year=2023)


def but(mediator: MediatorFacts, **changes) -> MediatorFacts:
    return dataclasses.replace(mediator, **changes)


def points_of(assessment: rules.Assessment) -> dict[str, Decimal | None]:
    return {r.criterion.code: r.points for r in assessment.criteria}


# --- one mediator, by hand ---


def test_chen_is_scored_as_by_hand():
    points = points_of(rules.assess(schemes.BALANCED, CHEN))
    by_hand = {
        "cases": Decimal("17.6"),  # 60 ended: 17 at 50, 20 at 100 → 17 + 10 × 3/50
        "success": Decimal(20) + Decimal(130) / 66,  # 45 ÷ 55 = 81.82 %: 20 at 70, 25 at 100 → 20 + 130/11 × 5/30
        "timeliness": Decimal(13),  # 45 ÷ 50 = 90 %
        "performance": Decimal("13.25"),  # 34 ÷ 40 = 85 %: 8 at 50, 14 at 90 → 8 + 35 × 6/40
        "satisfaction": Decimal("7.6"),  # 84 ÷ 20 = 4.2: 7 at 4, 10 at 5 → 7 + 0.2 × 3
        "difficulty": Decimal("3.75"),  # 9 ÷ 60 = 15 %: 3 at 10, 6 at 30 → 3 + 5 × 3/20
        "training": Decimal("3.5"),  # 36 hours: 3 at 24, 4 at 48 → 3 + 12 × 1/24
        "files": Decimal(3),  # 54 ÷ 60 = 90 %: 2 at 80, 4 at 100 → 2 + 10 × 2/20
    }
    assert points.keys() == by_hand.keys()
    for code, expected in by_hand.items():
        assert points[code] == pytest.approx(expected, abs=Decimal("1e-20")), code


def test_chens_total_is_the_sum_rounded_once():
    assessment = rules.assess(schemes.BALANCED, CHEN)
    assert assessment.assessable_points == 100
    # 17.6 + 21.9697 + 13 + 13.25 + 7.6 + 3.75 + 3.5 + 3
    assert assessment.points is not None
    assert assessment.points.quantize(Decimal("0.0001")) == Decimal("83.6697")
    assert assessment.score == assessment.points
    assert assessment.total.zh == "可评估 100 分中得 83.7 分，折合百分制 83.7 分"
    assert assessment.total.en == "83.7 of 100 assessable points, 83.7 of 100"
    assert assessment.gates_passed is True
    assert assessment.may_rank
    assert assessment.sample_note is None
    assert assessment.n == 55
    assert assessment.interval == intervals.wilson(45, 55)


def test_every_figure_of_chen_stands_with_its_counts():
    shown = {r.criterion.code: r for r in rules.assess(schemes.BALANCED, CHEN).criteria}
    assert shown["cases"].fact_text == ("60 件", "60 cases")
    assert shown["success"].fact_text.en == "45 ÷ 55 = 81.8 %"
    assert shown["satisfaction"].fact_text.en == "84 ÷ 20 = 4.20"
    assert shown["training"].fact_text == ("36 学时", "36 hours")
    assert shown["timeliness"].beside == ("其中经延期：5 件", "Of which thanks to an extension: 5 cases")
    assert shown["success"].numerator == 45
    assert shown["success"].denominator == shown["success"].n == 55
    assert shown["success"].interval == intervals.wilson(45, 55)
    assert shown["cases"].interval is None
    assert shown["satisfaction"].interval is None
    assert shown["satisfaction"].note == rules.LOW_CONFIDENCE  # 20 answers


def test_an_agreement_voided_later_is_taken_off_again():
    voided = rules.assess(schemes.BALANCED, but(CHEN, deducted=2))
    success = next(r for r in voided.criteria if r.criterion.code == "success")
    assert success.numerator == 43
    assert success.denominator == 55
    assert but(CHEN, deducted=99).agreed_net == 0


# --- no data ---


def test_without_data_nothing_is_assessable_and_nothing_is_best():
    assessment = rules.assess(schemes.BALANCED, NOTHING_KNOWN)
    assert set(points_of(assessment).values()) == {None}
    assert {r.note for r in assessment.criteria} == {rules.NOT_ASSESSABLE}
    assert {r.fact_text for r in assessment.criteria} == {facts.UNKNOWN}
    assert assessment.points is assessment.score is None
    assert assessment.assessable_points == 0
    assert assessment.total == rules.NOT_ASSESSABLE
    assert assessment.sample_note == rules.NOT_ASSESSABLE
    assert assessment.gates_passed is None
    assert not assessment.may_rank


def test_no_case_is_a_known_nought_but_a_rate_of_no_case_is_not():
    idle = but(NOTHING_KNOWN, ended=0, agreed=0, failure=0, neutral=0, deducted=0, with_limit=0, on_time=0,
               difficult=0, filed_due=0, filed_complete=0)
    assessment = rules.assess(schemes.BALANCED, idle)
    assert {code: value for code, value in points_of(assessment).items() if value is not None} == {"cases": 0}
    assert assessment.points == assessment.score == 0
    assert assessment.assessable_points == 20
    success = next(r for r in assessment.criteria if r.criterion.code == "success")
    assert success.fact_text.en == "0 ÷ 0 = —"
    assert success.interval is None


def test_what_cannot_be_assessed_leaves_the_total_and_the_points_it_is_out_of():
    assessment = rules.assess(schemes.BALANCED, but(CHEN, satisfied_sum=None, satisfied_n=0))
    assert points_of(assessment)["satisfaction"] is None
    assert assessment.assessable_points == 90
    # 83.6697 − 7.6 = 76.0697; ÷ 90 × 100 = 84.5219
    assert assessment.total.en == "76.1 of 90 assessable points, 84.5 of 100"


def test_two_answers_are_too_few_for_satisfaction_and_three_are_enough():
    two = rules.assess(schemes.BALANCED, but(CHEN, satisfied_sum=10, satisfied_n=2))
    three = rules.assess(schemes.BALANCED, but(CHEN, satisfied_sum=15, satisfied_n=3))
    satisfaction = next(r for r in two.criteria if r.criterion.code == "satisfaction")
    assert (satisfaction.points, satisfaction.note) == (None, rules.TOO_FEW)
    assert points_of(three)["satisfaction"] == 10


def test_a_full_score_out_of_few_assessable_points_bears_no_rank():
    known = rules.assess(schemes.BALANCED, but(
        NOTHING_KNOWN, on_register=True, serious_fault=False, ended=100, agreed=100, failure=0, neutral=0, deducted=0))
    assert known.score == 100
    assert known.assessable_points == 45
    assert not known.may_rank


@pytest.mark.parametrize(
    "n,note,may_rank",
    [(1, rules.TOO_FEW, False), (19, rules.TOO_FEW, False), (20, rules.LOW_CONFIDENCE, True),
     (24, rules.LOW_CONFIDENCE, True), (25, None, True)],
)
def test_small_samples_are_marked_and_the_smallest_are_not_ranked(n, note, may_rank):
    mediator = but(CHEN, ended=n + 5, agreed=n, failure=0, neutral=5, agreed_written=n, agreed_oral=0, agreed_part=0,
                   with_limit=n, on_time=n, extended=0, difficult=0)
    assessment = rules.assess(schemes.BALANCED, mediator)
    assert (assessment.n, assessment.sample_note, assessment.may_rank) == (n, note, may_rank)


def test_a_failed_gate_bars_the_rank_but_the_points_are_still_explained():
    assessment = rules.assess(schemes.BALANCED, but(CHEN, serious_fault=True))
    assert assessment.gates_passed is False
    assert not assessment.may_rank
    assert assessment.score is not None


# --- bonus and deductions ---


def adjustments_of(assessment: rules.Assessment) -> dict[str, Decimal | None]:
    return {r.adjustment.code: r.points for r in assessment.adjustments}


def test_chen_under_base_100_by_hand():
    assessment = rules.assess(schemes.BASE_100, CHEN)
    by_hand = {
        "failed": Decimal(-60) / 11,  # 10 ÷ 55 = 18.18 % × 0.3
        "late": Decimal(-4),  # 5 ÷ 50 = 10 % × 0.4
        "unperformed": Decimal("-4.5"),  # 6 ÷ 40 = 15 % × 0.3
        "files": Decimal(-3),  # 6 ÷ 60 = 10 % × 0.3
        "criminal": Decimal(0),
    }
    found = adjustments_of(assessment)
    assert found.keys() == by_hand.keys()
    for code, expected in by_hand.items():
        assert found[code] == pytest.approx(expected, abs=Decimal("1e-20")), code
    # 100 − 5.4545 − 4 − 4.5 − 3
    assert assessment.total.zh == "基础分 100 分，加减分 −17.0 分，折合百分制 83.0 分"
    assert assessment.total.en == "base 100, adjusted by −17.0, 83.0 of 100"
    assert assessment.band is not None
    assert assessment.band.code == "good"
    assert assessment.may_rank


def test_chen_with_bonus_by_hand():
    # 83.6697 + 5 (one typical case) + 22 ÷ 45 = 48.89 % × 0.05 = 2.4444
    assessment = rules.assess(schemes.HUNDRED_PLUS_BONUS, CHEN)
    assert assessment.total.en == "83.7 of 100 assessable points, adjusted by +7.4, 91.1 of 100"
    assert assessment.points == rules.assess(schemes.BALANCED, CHEN).points


def test_whoever_did_nothing_does_not_get_the_base_of_a_hundred():
    idle = but(NOTHING_KNOWN, ended=0, agreed=0, failure=0, neutral=0, deducted=0, with_limit=0, on_time=0,
               agreements_due=0, performed=0, filed_due=0, filed_complete=0, turned_criminal=0)
    assessment = rules.assess(schemes.BASE_100, idle)
    assert assessment.score is None
    assert assessment.band is None
    assert assessment.total == rules.NOT_ASSESSABLE


def test_an_unknown_bonus_is_not_given_and_an_unknown_deduction_leaves_no_score():
    unknown_bonus = rules.assess(schemes.HUNDRED_PLUS_BONUS, but(CHEN, typical_cases=None))
    assert unknown_bonus.total.en == "83.7 of 100 assessable points, adjusted by +2.4, 86.1 of 100"
    assert {r.adjustment.code: r.note for r in unknown_bonus.adjustments}["typical"] == rules.NOT_ASSESSABLE
    unknown_deduction = rules.assess(schemes.HUNDRED_PLUS_BONUS, but(CHEN, turned_criminal=None))
    assert unknown_deduction.score is None
    assert not unknown_deduction.may_rank


@pytest.mark.parametrize(
    "typical,criminal,typical_points,criminal_points", [(1, 1, 5, -10), (3, 3, 15, -30), (9, 9, 15, -30)]
)
def test_bonus_and_deductions_stop_at_their_caps(typical, criminal, typical_points, criminal_points):
    found = adjustments_of(
        rules.assess(schemes.HUNDRED_PLUS_BONUS, but(CHEN, typical_cases=typical, turned_criminal=criminal)))
    assert found["typical"] == typical_points
    assert found["criminal"] == criminal_points


def test_deductions_never_lead_below_nought():
    ruined = but(CHEN, agreed=0, agreed_written=0, agreed_oral=0, agreed_part=0, failure=55, on_time=0, extended=0,
                 performed=0, filed_complete=0, turned_criminal=9)
    assert rules.assess(schemes.BASE_100, ruined).score == 0


def test_the_tariff_of_an_adjustment_is_said_from_its_numbers():
    late = next(a for a in schemes.BASE_100.adjustments if a.code == "late")
    assert late.tariff == ("每个百分点 −0.4 分，至多 30 分", "−0.4 per percentage point, at most 30")
    criminal = next(a for a in schemes.BASE_100.adjustments if a.code == "criminal")
    assert criminal.tariff == ("每件 −10 分，至多 30 分", "−10 per case, at most 30")


# --- gates ---

VETERAN = but(CHEN, span=Span.SERVICE, ended=60, agreed=51, agreed_written=30, agreed_oral=18, agreed_part=3,
              failure=9, neutral=0)


@pytest.mark.parametrize(
    "gate,changes,passed,fact,needed",
    [
        # two whole years, both days counted
        ("years", {"registered_since": date(2022, 1, 1)}, True, "2 years", "≥ 2 years"),
        ("years", {"registered_since": date(2022, 1, 2)}, False, "1 year", "≥ 2 years"),
        ("years", {"registered_since": date(2024, 3, 1)}, False, "0 years", "≥ 2 years"),
        ("years", {"registered_since": None}, None, "Unknown", "≥ 2 years"),
        # fifty disputes
        ("cases", {"ended": 50, "agreed": 50, "failure": 0, "neutral": 0, "agreed_written": 50, "agreed_oral": 0,
                   "agreed_part": 0}, True, "50 cases", "≥ 50 cases"),
        ("cases", {"ended": 49, "agreed": 49, "failure": 0, "neutral": 0, "agreed_written": 49, "agreed_oral": 0,
                   "agreed_part": 0, "with_limit": 49}, False, "49 cases", "≥ 50 cases"),
        ("cases", {"ended": None}, None, "Unknown", "≥ 50 cases"),
        # of all ended, at most thirty in a hundred oral
        ("oral", {}, True, "18 ÷ 60 = 30.0 %", "≤ 30 %"),
        ("oral", {"agreed_oral": 19, "agreed_written": 29}, False, "19 ÷ 60 = 31.7 %", "≤ 30 %"),
        ("oral", {"agreed_oral": None}, None, "Unknown", "≤ 30 %"),
        # agreed of those tried: withdrawn ones neither help nor harm
        ("success", {}, True, "51 ÷ 60 = 85.0 %", "≥ 85 %"),
        ("success", {"deducted": 1}, False, "50 ÷ 60 = 83.3 %", "≥ 85 %"),
        ("success", {"failure": 0, "neutral": 9}, True, "51 ÷ 51 = 100.0 %", "≥ 85 %"),
        ("success", {"failure": None}, None, "Unknown", "≥ 85 %"),
        ("success", {"deducted": None}, None, "Unknown", "≥ 85 %"),
        ("criminal", {}, True, "0 cases", "≤ 0 cases"),
        ("criminal", {"turned_criminal": 1}, False, "1 case", "≤ 0 cases"),
        ("criminal", {"turned_criminal": None}, None, "Unknown", "≤ 0 cases"),
        ("no_serious_fault", {}, True, "No", "No"),
        ("no_serious_fault", {"serious_fault": True}, False, "Yes", "No"),
        ("no_serious_fault", {"serious_fault": None}, None, "Unknown", "No"),
        ("training", {}, True, "Yes", "Yes"),
        ("training", {"training_done": False}, False, "No", "Yes"),
        ("training", {"training_done": None}, None, "Unknown", "Yes"),
    ],
)
def test_the_gates_of_guangdong_level_4(gate, changes, passed, fact, needed):
    assessment = rules.assess(schemes.GUANGDONG_LEVEL_4, but(VETERAN, **changes))
    result = next(r for r in assessment.gates if r.gate.code == gate)
    assert (result.passed, result.fact_text.en, result.needed.en) == (passed, fact, needed)
    others = [r.passed for r in assessment.gates if r.gate.code != gate]
    if set(others) == {True}:
        assert assessment.gates_passed is passed


def test_gates_alone_give_no_points():
    assessment = rules.assess(schemes.GUANGDONG_LEVEL_4, VETERAN)
    assert assessment.gates_passed is True
    assert (assessment.points, assessment.assessable_points, assessment.score) == (None, None, None)
    assert not assessment.may_rank


def test_a_gate_looks_at_the_counts_and_not_at_the_rounded_rate():
    # 4 249 ÷ 5 000 = 84.98 %, printed 85.0 %
    near = but(VETERAN, ended=5000, agreed=4249, agreed_written=4249, agreed_oral=0, agreed_part=0, failure=751)
    result = next(r for r in rules.assess(schemes.GUANGDONG_LEVEL_4, near).gates if r.gate.code == "success")
    assert (result.passed, result.fact_text.en) == (False, "4249 ÷ 5000 = 85.0 %")


def test_a_gate_may_ask_for_a_number_of_cases_before_it_judges():
    gate = rules.Gate("oral", WORDS, WORDS, Condition(
        Measure("agreed_oral", "ended", Kind.RATE), Comparison.AT_MOST, Decimal(30), minimum_n=61))
    assert gate.result(CHEN).passed is None
    assert gate.result(but(CHEN, ended=61, neutral=6)).passed is True


@pytest.mark.parametrize(
    "passed,expected",
    [([True, True], True), ([True, False], False), ([True, None], None), ([None, False], False), ([None, None], None)],
)
def test_one_failed_gate_fails_all_and_one_unknown_leaves_it_open(passed, expected):
    known = {True: False, False: True, None: None}  # serious_fault is asked to be No
    scheme = dataclasses.replace(schemes.BALANCED, gates=(
        rules.Gate("a", WORDS, WORDS, Condition("serious_fault", Comparison.IS, False)),
        rules.Gate("b", WORDS, WORDS, Condition("training_done", Comparison.IS, True)),
    ))
    mediator = but(CHEN, serious_fault=known[passed[0]], training_done=passed[1])
    assert rules.assess(scheme, mediator).gates_passed is expected


# --- curves ---

RATE_CRITERIA = [c for scheme in schemes.SCHEMES for c in scheme.criteria if c.measure.kind is Kind.RATE]
ALL_CRITERIA = [c for scheme in schemes.SCHEMES for c in scheme.criteria]


@pytest.mark.parametrize("criterion", RATE_CRITERIA, ids=lambda c: c.code)
def test_69_9_and_70_0_percent_differ_by_far_less_than_a_point(criterion):
    assert abs(criterion.curve.at(Decimal("70.0")) - criterion.curve.at(Decimal("69.9"))) < Fraction(1, 20)


def test_one_more_agreement_across_70_percent_moves_the_score_by_well_under_a_point():
    # 699 and 700 of 1 000
    def mediator(agreed: int) -> MediatorFacts:
        return but(CHEN, ended=1000, agreed=agreed, failure=1000 - agreed, neutral=0, agreed_written=agreed,
                   agreed_oral=0, agreed_part=0)

    below, above = (rules.assess(schemes.BALANCED, mediator(agreed)).score for agreed in (699, 700))
    assert below is not None
    assert above is not None
    assert 0 < above - below < Decimal("0.1")


@pytest.mark.parametrize("criterion", ALL_CRITERIA, ids=lambda c: c.code)
def test_the_curves_shipped_start_at_nought_never_fall_and_flatten(criterion):
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in
              zip(criterion.curve.points, criterion.curve.points[1:], strict=False)]
    assert criterion.curve.points[0][1] == 0
    assert all(slope > 0 for slope in slopes)
    if criterion.code in {"cases", "success", "training"}:  # said to be concave in their sentences
        assert slopes == sorted(slopes, reverse=True)


numbers = st.decimals(-1000, 1000, places=3)
curves = st.lists(st.tuples(numbers, st.decimals(0, 100, places=2)), min_size=2, max_size=8,
                  unique_by=lambda point: point[0]).map(lambda points: rules.Curve(tuple(sorted(points))))


@given(curves, numbers, st.fractions(0, 5))
def test_a_curve_is_continuous_a_small_step_moves_few_points(curve, x, delta):
    assert abs(curve.at(Fraction(x) + delta) - curve.at(x)) <= curve.steepest * delta


@given(curves, st.data())
def test_a_curve_meets_its_points_and_never_leaves_their_range(curve, data):
    x, y = data.draw(st.sampled_from(curve.points))
    assert curve.at(x) == y
    anywhere = curve.at(data.draw(numbers))
    assert min(y for _, y in curve.points) <= anywhere <= curve.highest


@pytest.mark.parametrize(
    "points,why",
    [
        ([(0, 0)], "two points"),
        ([(0, 0), (70, 2), (70, 20), (100, 25)], "jumps at 70"),
        ([(0, 0), (70, 2), (60, 20)], "backwards"),
        ([(0, -1), (100, 20)], "never negative"),
    ],
)
def test_a_curve_that_jumps_or_runs_backwards_is_refused(points, why):
    with pytest.raises(ValueError, match=why):
        rules.curve(*points)


# --- schemes ---


def criterion(code: str = "success", cap: int = 100, *, curve: rules.Curve | None = None,
              measure: Measure | None = None, beside: str | None = None) -> rules.Criterion:
    return rules.Criterion(code, WORDS, WORDS, measure or Measure("agreed_net", "tried", Kind.RATE),
                           curve or rules.curve((0, 0), (100, cap)), Decimal(cap), beside=beside)


def scheme(*criteria: rules.Criterion, version: int = 1, gates: tuple[rules.Gate, ...] = (), **rest) -> rules.Scheme:
    return rules.Scheme("x", version, WORDS, WORDS, WORDS, 2020, gates, criteria, **rest)


def test_criteria_that_weigh_100_together_make_a_scheme():
    assert scheme(criterion("a", 60), criterion("b", 40)).criteria[1].cap == 40


def adjustment(each: int, *, cap: int = 20, measure: Measure | None = None) -> rules.Adjustment:
    return rules.Adjustment("a", WORDS, WORDS, measure or Measure("turned_criminal"), Decimal(each), Decimal(cap))


GATE = rules.Gate("a", WORDS, WORDS, Condition("training_done", Comparison.IS, True))
BAND = rules.Band("good", WORDS, Decimal(80))


@pytest.mark.parametrize(
    "make,why",
    [
        (lambda: scheme(criterion("a", 60), criterion("b", 41)), "weigh 101"),
        (lambda: scheme(criterion("a", 60), criterion("b", 39)), "weigh 99"),
        (scheme, "no rule"),
        (lambda: scheme(criterion("a", 60), criterion("a", 40)), "twice"),
        (lambda: scheme(gates=(GATE, GATE)), "twice"),
        (lambda: scheme(criterion(), version=0), "count from 1"),
        (lambda: scheme(criterion(), bands=(BAND, dataclasses.replace(BAND, code="best", at_least=Decimal(90)))),
         "highest down"),
        (lambda: scheme(gates=(GATE,), bands=(BAND,)), "need points"),
        (lambda: scheme(gates=(GATE,), adjustments=(adjustment(-1),)), "need points"),
        (lambda: scheme(criterion(), base=Decimal(100), adjustments=(adjustment(-1),)), "weigh 200"),
        (lambda: scheme(base=Decimal(50), adjustments=(adjustment(-1),)), "weigh 50"),
        (lambda: scheme(base=Decimal(100)), "everyone the best"),
        (lambda: scheme(criterion("a"), adjustments=(adjustment(-1),)), "twice"),
        (lambda: adjustment(0), "weighs"),
        (lambda: adjustment(-1, cap=0), "weighs"),
        (lambda: adjustment(-10, measure=Measure("late", "with_limit", Kind.RATE)), "cliff"),
        (lambda: scheme(criterion(), headline=Measure("ended")), "headline"),
        (lambda: scheme(criterion(), rank_from=30), "out of order"),
        (lambda: scheme(criterion(), rank_from=0), "out of order"),
        (lambda: scheme(criterion(), series_share=Decimal(0)), "series"),
        (lambda: scheme(criterion(), series_share=Decimal("1.1")), "series"),
        (lambda: scheme(criterion(), bands=(BAND, dataclasses.replace(BAND, code="also"))), "highest down"),
        # a criterion's curve ends at its weight, and hides no cliff
        (lambda: criterion(cap=20, curve=rules.curve((0, 0), (100, 25))), "reaches 25"),
        (lambda: criterion(cap=20, curve=rules.curve((0, 0), ("69.99", 2), (70, 20))), "cliff"),
        (lambda: criterion(cap=0, curve=rules.curve((0, 0), (100, 0))), "weighs"),
        (lambda: criterion(beside="colour"), "no such number"),
        # a measure names facts there are
        (lambda: Measure("colour"), "no such number"),
        (lambda: Measure("agreed", "colour", Kind.RATE), "no such number"),
        (lambda: Measure("agreed", None, Kind.RATE), "over None"),
        (lambda: Measure("agreed", "ended"), "over ended"),
        # a condition fits its fact
        (lambda: Condition("colour", Comparison.IS, True), "no such yes/no"),
        (lambda: Condition("training_done", Comparison.AT_LEAST, Decimal(1)), "does not fit"),
        (lambda: Condition("training_done", Comparison.AT_LEAST, True), "does not fit"),
        (lambda: Condition(Measure("ended"), Comparison.IS, Decimal(1)), "does not fit"),
        (lambda: Condition(Measure("ended"), Comparison.AT_LEAST, True), "does not fit"),
        (lambda: Condition(Measure("ended"), Comparison.IS, True), "does not fit"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(make, why):
    with pytest.raises(ValueError, match=why):
        make()


def test_a_single_case_is_judged_unless_more_are_asked_for():
    one = but(NOTHING_KNOWN, agreed=1, failure=0, deducted=0)
    assert points_of(rules.assess(scheme(criterion()), one)) == {"success": 100}
    gate = rules.Gate("s", WORDS, WORDS, Condition(
        Measure("agreed_net", "tried", Kind.RATE), Comparison.AT_LEAST, Decimal(85)))
    assert gate.result(one).passed is True


def test_a_whole_point_for_the_smallest_step_is_a_cliff_and_a_little_less_is_not():
    ended = Measure("ended")
    mean = Measure("satisfied_sum", "satisfied_n", Kind.MEAN)
    assert criterion(cap=100, measure=ended, curve=rules.curve((0, 0), (101, 100))).cap == 100
    assert criterion(cap=39, measure=mean, curve=rules.curve((1, 0), (5, 39))).cap == 39
    for measure, curve, cap in ((ended, rules.curve((0, 0), (100, 100)), 100),
                                (mean, rules.curve((1, 0), (5, 40)), 40),
                                (None, rules.curve((0, 0), (2, 20)), 20)):
        with pytest.raises(ValueError, match="cliff"):
            criterion(cap=cap, measure=measure, curve=curve)


def test_bounds_belong_to_the_better_side():
    plain = scheme(criterion(), bands=(rules.Band("all", WORDS, Decimal(100)),), rank_from=25,
                   rank_points=Decimal(100), series_share=Decimal(1))
    agreed_all = but(NOTHING_KNOWN, year=2020, agreed=25, failure=0, deducted=0)
    assessment = rules.assess(plain, agreed_all)
    assert assessment.band is not None  # exactly 100
    assert assessment.may_rank  # exactly 25 cases and 100 assessable points, in the scheme's first year
    assert assessment.sample_note is None
    just_enough = dataclasses.replace(schemes.BALANCED, rank_points=Decimal("45.1"))
    known = but(NOTHING_KNOWN, on_register=True, serious_fault=False, ended=100, agreed=100, failure=0, neutral=0,
                deducted=0)
    assert not rules.assess(just_enough, known).may_rank


def test_bands_name_the_score_from_the_highest_down():
    bands = (rules.Band("best", WORDS, Decimal(90)), BAND)
    banded = dataclasses.replace(schemes.BALANCED, bands=bands)
    assert rules.assess(banded, CHEN).band == BAND
    assert rules.assess(banded, NOTHING_KNOWN).band is None


def test_facts_of_another_span_or_an_earlier_year_do_not_fit_the_scheme():
    with pytest.raises(FactError):
        rules.assess(schemes.GUANGDONG_LEVEL_4, CHEN)
    with pytest.raises(FactError):
        rules.assess(schemes.BALANCED, VETERAN)
    with pytest.raises(FactError):
        rules.assess(schemes.GUANGDONG_LEVEL_4, but(VETERAN, year=2019, registered_since=date(2010, 1, 1)))


def test_the_same_facts_and_version_replay_to_the_same_assessment_whatever_the_decimal_context():
    first = repr(rules.assess(schemes.get_scheme("balanced", 1), CHEN))
    with decimal.localcontext(decimal.Context(prec=3, rounding=decimal.ROUND_UP)):
        assert repr(rules.assess(schemes.get_scheme("balanced", 1), CHEN)) == first


def test_schemes_are_found_by_code_and_version_and_by_year():
    assert schemes.get_scheme(schemes.DEFAULT_SCHEME, 1) is schemes.BALANCED
    with pytest.raises(NotFoundError):
        schemes.get_scheme("balanced", 99)
    assert "guangdong_level_4" not in {s.code for s in schemes.schemes_for(2019)}
    assert {s.code for s in schemes.schemes_for(2023)} == {
        "balanced", "guangdong_level_4", "base_100", "hundred_plus_bonus"}
    assert len({(s.code, s.version) for s in schemes.SCHEMES}) == len(schemes.SCHEMES)


def test_a_later_version_replaces_the_earlier_from_its_year(monkeypatch):
    later = dataclasses.replace(schemes.BALANCED, version=2, from_year=2025)
    monkeypatch.setattr(schemes, "SCHEMES", (later, schemes.BALANCED))
    assert [s.version for s in schemes.schemes_for(2024)] == [1]
    assert [s.version for s in schemes.schemes_for(2025)] == [2]


# --- facts ---


def test_every_number_and_every_yes_or_no_among_the_facts_has_its_title():
    annotations = {field.name: str(field.type) for field in dataclasses.fields(MediatorFacts)}
    flags = {name for name, kind in annotations.items() if kind.startswith("bool")}
    counts = {name for name, kind in annotations.items() if kind.startswith(("int |", "Decimal"))}
    assert set(facts.FLAGS) == flags
    derived = {"years_on_register", "tried", "agreed_net", "late", "unperformed", "filed_lacking"}
    assert set(facts.FACTS) == counts | derived
    assert all(title.words.zh and title.words.en for title in facts.FACTS.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"ended": -1}, {"agreed_oral": 61}, {"agreed": 61}, {"failure": 11}, {"on_time": 51}, {"extended": 46},
        {"performed": 41}, {"difficult": 61}, {"filed_complete": 61}, {"agreed_written": 37}, {"with_limit": 61},
        {"satisfied_sum": 101}, {"satisfied_sum": 19}, {"training_hours": Decimal(-1)},
    ],
)
def test_facts_that_contradict_each_other_are_refused(changes):
    with pytest.raises(FactError):
        but(CHEN, **changes)


def test_facts_are_kept_as_plain_data_and_read_back_the_same():
    for mediator in (CHEN, VETERAN, NOTHING_KNOWN):
        kept = json.loads(json.dumps(facts.as_data(mediator)))
        assert facts.read(kept) == mediator


def test_data_with_a_fact_that_there_is_not_is_refused():
    with pytest.raises(FactError):
        facts.read({"year": 2023, "colour": 3})
    with pytest.raises(FactError):
        facts.read({"ended": 3})


@pytest.mark.parametrize("wrong", [{"ended": "3"}, {"ended": True}, {"on_register": 1}, {"registered_since": "May"},
                                   {"training_hours": "many"}, {"span": "week"}, {"level": 4}, {"year": None}])
def test_data_of_the_wrong_kind_is_refused(wrong):
    with pytest.raises(FactError):
        facts.read({"year": 2023} | wrong)


def test_an_unknown_part_contradicts_nothing():
    assert but(CHEN, agreed_written=None, failure=None).tried is None
    assert but(CHEN, satisfied_n=None).satisfied_sum == 84
    assert but(CHEN, satisfied_sum=None).satisfied_n == 20


def test_a_difference_of_an_unknown_is_unknown():
    assert (CHEN.late, CHEN.unperformed, CHEN.filed_lacking) == (5, 6, 6)
    assert but(CHEN, with_limit=None).late is None
    assert but(CHEN, performed=None).unperformed is None


def test_a_rate_with_one_unknown_side_is_unknown():
    rate = Measure("on_time", "with_limit", Kind.RATE)
    for mediator in (but(CHEN, with_limit=None), but(CHEN, on_time=None, extended=None)):
        reading = rate.reading(mediator)
        assert reading.value is None
        assert reading.words == facts.UNKNOWN
        assert reading.interval is None


def test_a_rate_has_its_interval_at_its_ends_too_but_a_ratio_of_two_things_has_none():
    every = Measure("on_time", "with_limit", Kind.RATE).reading(but(CHEN, on_time=50))
    assert every.interval == intervals.wilson(50, 50)
    more_visits_than_agreements = Measure("follow_ups", "agreed", Kind.RATE).reading(but(CHEN, follow_ups=50))
    assert more_visits_than_agreements.words.en == "50 ÷ 45 = 111.1 %"
    assert more_visits_than_agreements.interval is None


# --- credit ---

LED = ProceedingCredit(MediatorRole.LEAD, OutcomeClass.SUCCESS, Outcome.AGREED_WRITTEN, date(2023, 12, 31), True)


def led(**changes) -> ProceedingCredit:
    return dataclasses.replace(LED, **changes)


FAILED = {"outcome_class": OutcomeClass.FAILURE, "outcome": Outcome.DEADLOCK}
S, P, F, N = OutcomeClass.SUCCESS, OutcomeClass.PART, OutcomeClass.FAILURE, OutcomeClass.NEUTRAL


@pytest.mark.parametrize(
    "proceeding,year,counted,counts_as,deducted,reason",
    [
        # its year is the year it ended, however long it ran
        (led(), 2023, True, S, False, "Counted: Agreed"),
        (led(), 2024, False, None, False, "Not counted: ended in 2023"),
        (led(), 2022, False, None, False, "Not counted: ended in 2023"),
        (led(ended_on=date(2024, 1, 1)), 2023, False, None, False, "Not counted: ended in 2024"),
        (led(outcome_class=P, outcome=Outcome.AGREED_PART), 2023, True, P, False, "Counted: Agreed in part"),
        (led(**FAILED), 2023, True, F, False, "Counted: Failed"),
        # neutral endings are work done, neither success nor failure; a transfer is the receiver's case
        (led(outcome_class=N, outcome=Outcome.WITHDRAWN), 2023, True, N, False, "Counted: Neutral"),
        (led(outcome_class=N, outcome=Outcome.TRANSFERRED), 2023, False, None, False,
         "Not counted: transferred to another organisation"),
        (led(outcome_class=OutcomeClass.NEVER_STARTED, outcome=Outcome.UNREACHABLE), 2023, False, None, False,
         "Not counted: mediation never started"),
        (led(ended_on=None, outcome_class=None, outcome=None), 2023, False, None, False, "Not counted: not ended yet"),
        (led(outcome_class=None, outcome=None), 2023, False, None, False, "Not counted: not ended yet"),
        (led(ended_on=None), 2023, False, None, False, "Not counted: not ended yet"),
        # whoever was not the lead on the day took part
        (led(lead_on_end=False), 2023, False, None, False,
         "Took part: no longer the lead when it ended (replaced or recused)"),
        (led(role=MediatorRole.ASSISTANT, lead_on_end=False), 2023, False, None, False,
         "Took part: Assisting mediator"),
        (led(role=MediatorRole.CO, lead_on_end=False), 2023, False, None, False, "Took part: Co-mediator"),
        (led(role=None, lead_on_end=False), 2023, False, None, False,
         "Took part: no longer the lead when it ended (replaced or recused)"),
        # void within the year: a failure; void later: stays, and is deducted in the year of voiding, once
        (led(ended_on=date(2023, 3, 1), voided_on=date(2023, 12, 31)), 2023, True, F, False,
         "Counted: the agreement was voided, counts as failed"),
        (led(voided_on=date(2024, 1, 1)), 2023, True, S, False, "Counted: Agreed"),
        (led(voided_on=date(2024, 1, 1)), 2024, False, None, True,
         "Deducted: credited in 2023, the agreement was voided in 2024"),
        (led(voided_on=date(2024, 1, 1)), 2025, False, None, False, "Not counted: ended in 2023"),
        (led(voided_on=date(2024, 1, 1), **FAILED), 2024, False, None, False, "Not counted: ended in 2023"),
        (led(voided_on=date(2024, 1, 1), lead_on_end=False), 2024, False, None, False,
         "Took part: no longer the lead when it ended (replaced or recused)"),
        # entered after the year was locked: the earliest year still open, once
        (led(credited_year=2024), 2023, False, None, False,
         "Not counted: ended in 2023, entered late and credited to 2024"),
        (led(credited_year=2024), 2024, True, S, False,
         "Counted: Agreed (ended in 2023, entered after that year was locked)"),
        (led(credited_year=2024, voided_on=date(2023, 12, 31)), 2024, True, F, False,
         "Counted: the agreement was voided, counts as failed"),
        # unknown facts block only what needs them
        (led(ended_on=None, unknown=frozenset({"ended_on"})), 2023, False, None, False,
         "Not counted: unknown end date"),
        (led(outcome=None, outcome_class=None, unknown=frozenset({"outcome", "ended_on"})), 2023, False, None, False,
         "Not counted: unknown end date, outcome"),
        (led(lead_on_end=False, unknown=frozenset({"lead"})), 2023, False, None, False,
         "Not counted: unknown lead mediator"),
        (led(unknown=frozenset({"first_contact"})), 2023, True, S, False, "Counted: Agreed"),
    ],
)
def test_what_counts_for_the_lead_and_why_not(proceeding, year, counted, counts_as, deducted, reason):
    decision = credit.decide(proceeding, year)
    assert (decision.counted, decision.counts_as, decision.deducted) == (counted, counts_as, deducted)
    assert decision.reason.en == reason
    assert decision.reason.zh


proceedings = st.builds(
    ProceedingCredit,
    role=st.sampled_from(MediatorRole) | st.none(),
    outcome_class=st.sampled_from(OutcomeClass),
    outcome=st.sampled_from(Outcome),
    ended_on=st.dates(date(2020, 1, 1), date(2025, 12, 31)),
    lead_on_end=st.booleans(),
    voided_on=st.dates(date(2020, 1, 1), date(2027, 12, 31)) | st.none(),
    credited_year=st.integers(2020, 2026) | st.none(),
)


@given(proceedings)
def test_a_proceeding_is_credited_in_one_year_at_most_and_taken_off_at_most_once(proceeding):
    decisions = {year: credit.decide(proceeding, year) for year in range(2018, 2030)}
    credited = [year for year, decision in decisions.items() if decision.counted]
    taken_off = [year for year, decision in decisions.items() if decision.deducted]
    assert len(credited) <= 1
    assert len(taken_off) <= 1
    if taken_off:
        assert credited
        assert credited[0] < taken_off[0]
        assert decisions[credited[0]].counts_as in {S, P}


@pytest.mark.parametrize(
    "classes,share,expected",
    [
        ([], "0.5", None),
        ([S], "0.5", S),
        ([S, F], "0.5", S),  # at least half
        ([P, F], "0.5", S),
        ([S, F, F], "0.5", F),
        ([S, S, F], "0.7", F),
        ([S, N, N], "0.5", N),
        ([N, N, F], "0.5", F),
    ],
)
def test_a_series_is_one_unit_agreed_when_enough_of_it_agreed(classes, share, expected):
    assert credit.series_class(classes, Decimal(share)) is expected
