"""The infringing acts as the statutes number them, day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.cases import acts
from mediation.terms import RightKind

ONE_DAY = timedelta(days=1)


def article(code: str, on: date) -> str:
    """The article of an act as cited in English on that day, or an empty text when it was no law."""
    act = acts.find_act(code, on)
    return act.article.en if act else ""


def codes(kind: RightKind, on: date) -> list[str]:
    """The acts open to a kind of right on that day, by code."""
    return [act.code for act in acts.acts_for(kind, on)]


# ------------------------------------------------------------------------------------------ the table as a whole


def test_codes_are_stable_words_in_snake_case() -> None:
    assert all(act.code.isascii() and act.code.islower() and act.code.isidentifier() for act in acts.ACTS)


def test_titles_are_short_and_in_both_languages() -> None:
    for act in acts.ACTS:
        assert act.words.zh
        assert act.words.en
        assert len(act.words.zh) <= 40, act.words.zh
        assert len(act.words.en) <= 100, act.words.en


def test_every_act_names_its_statute_and_whose_right_it_infringes() -> None:
    for act in acts.ACTS:
        assert "第" in act.article.zh
        assert "条" in act.article.zh
        assert ", art. " in act.article.en
        assert act.kinds


def test_a_code_keeps_its_title_and_its_kinds_through_every_text() -> None:
    titles = defaultdict(set)
    for act in acts.ACTS:
        titles[act.code].add((act.words, act.kinds))
    assert {code: found for code, found in titles.items() if len(found) > 1} == {}


def test_two_acts_never_bear_one_title_within_a_kind() -> None:
    for kind in RightKind:
        titles = [act.words.zh for act in acts.acts_for(kind, date(2026, 11, 22))]
        assert len(titles) == len(set(titles))


def test_the_texts_of_one_act_follow_each_other_without_overlap_or_gap() -> None:
    texts = defaultdict(list)
    for act in acts.ACTS:
        texts[act.code].append(act)
    for code, rows in texts.items():
        for earlier, later in pairwise(rows):
            assert earlier.until_on is not None, code
            assert later.from_on == earlier.until_on + ONE_DAY, code
        assert rows[-1].until_on is None, code


@given(st.dates(date(2011, 1, 1), date(2040, 12, 31)), st.sampled_from(list(RightKind)))
def test_what_is_offered_on_a_day_is_law_on_that_day_and_offered_once(on: date, kind: RightKind) -> None:
    offered = acts.acts_for(kind, on)
    assert len({act.code for act in offered}) == len(offered)
    for act in offered:
        assert kind in act.kinds
        assert act.from_on is None or act.from_on <= on
        assert act.until_on is None or on <= act.until_on
        assert acts.find_act(act.code, on) == act


@pytest.mark.parametrize("kind", list(RightKind))
@pytest.mark.parametrize("on", [date(2018, 1, 1), date(2023, 6, 30), date(2026, 11, 22), date(2027, 1, 1)])
def test_every_kind_of_right_has_acts_on_every_day_the_ledgers_cover(kind: RightKind, on: date) -> None:
    assert acts.acts_for(kind, on)


def test_an_unknown_code_is_no_act() -> None:
    assert acts.find_act("witchcraft") is None
    assert acts.find_act("witchcraft", date(2026, 1, 1)) is None


def test_without_a_day_the_newest_text_answers() -> None:
    act = acts.find_act("mark_sale")
    assert act is not None
    assert act.from_on == date(2027, 1, 1)


# --------------------------------------------------------------------------------------------------- patents


@pytest.mark.parametrize(
    "kind, expected",
    [
        # Article 11 paragraph 1: make, use, offer, sell, import; a process and what it directly yields.
        (
            RightKind.INVENTION,
            [
                "patent_making",
                "patent_use",
                "patent_offer",
                "patent_sale",
                "patent_import",
                "patent_process_use",
                "patent_process_product",
            ],
        ),
        # A utility model is a product: no process.
        (
            RightKind.UTILITY_MODEL,
            ["patent_making", "patent_use", "patent_offer", "patent_sale", "patent_import"],
        ),
        # Paragraph 2 knows no use of a design.
        (RightKind.DESIGN, ["patent_making", "patent_offer", "patent_sale", "patent_import"]),
    ],
)
def test_a_patent_is_infringed_as_its_kind_allows(kind: RightKind, expected: list[str]) -> None:
    assert codes(kind, date(2026, 1, 1)) == expected


def test_a_patent_of_unstated_kind_may_be_infringed_in_every_way_a_patent_can() -> None:
    on = date(2026, 1, 1)
    every_way = {
        code for kind in (RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN) for code in codes(kind, on)
    }
    assert set(codes(RightKind.PATENT, on)) == every_way


# ------------------------------------------------------------------------------------------------ trade marks


def test_the_seven_items_of_article_57_become_article_72_in_2027() -> None:
    seven = [code for code in codes(RightKind.TRADE_MARK, date(2026, 1, 1)) if code.startswith("mark_")]
    assert len(seven) == 7
    for item, code in enumerate(seven, start=1):
        assert article(code, date(2014, 5, 1)) == f"Trade Mark Law (2013, 2019), art. 57 item {item}"
        assert article(code, date(2026, 12, 31)) == f"Trade Mark Law (2013, 2019), art. 57 item {item}"
        assert article(code, date(2027, 1, 1)) == f"Trade Mark Law (2026), art. 72 item {item}"


def test_helping_an_infringer_was_no_item_of_its_own_before_2014() -> None:
    assert acts.find_act("mark_help", date(2014, 4, 30)) is None
    assert article("mark_sale", date(2014, 4, 30)) == "Trade Mark Law (2001), art. 52 item 2"


# -------------------------------------------------------------------------------------------------- copyright


def test_articles_47_and_48_became_52_and_53_on_the_first_of_june_2021() -> None:
    for day, first, second in [(date(2021, 5, 31), 47, 48), (date(2021, 6, 1), 52, 53)]:
        listed = [act.article.en.rpartition("art. ")[2] for act in acts.acts_for(RightKind.COPYRIGHT, day)]
        assert listed == [f"{first} item {n}" for n in range(1, 12)] + [f"{second} item {n}" for n in range(1, 9)]


def test_putting_a_work_on_line_is_article_53_item_1() -> None:
    act = acts.find_act("work_dissemination", date(2025, 1, 1))
    assert act is not None
    assert act.article.zh == "《著作权法》（2020年修正）第五十三条第（一）项"


def test_software_has_its_own_regulations() -> None:
    listed = [act.article.en.rpartition("art. ")[2] for act in acts.acts_for(RightKind.SOFTWARE, date(2025, 1, 1))]
    assert listed == [f"23 item {n}" for n in range(1, 7)] + [f"24 para. 1 item {n}" for n in range(1, 6)]


# --------------------------------------------------------------------------------------- unfair competition


@pytest.mark.parametrize(
    "code, before, after",
    [
        ("confusion_trade_dress", "6 item 1", "7 para. 1 item 1"),
        ("confusion_name", "6 item 2", "7 para. 1 item 2"),
        ("confusion_online", "6 item 3", "7 para. 1 item 3"),
        ("confusion_other", "6 item 4", "7 para. 1 item 4"),
        ("false_promotion", "8 para. 1", "9 para. 1"),
        ("false_promotion_help", "8 para. 2", "9 para. 2"),
        ("secret_acquisition", "9 para. 1 item 1", "10 para. 1 item 1"),
        ("secret_use", "9 para. 1 item 2", "10 para. 1 item 2"),
        ("secret_breach", "9 para. 1 item 3", "10 para. 1 item 3"),
        ("secret_incitement", "9 para. 1 item 4", "10 para. 1 item 4"),
        ("secret_third_party", "9 para. 3", "10 para. 3"),
        ("disparagement", "11", "12"),
        ("online_redirect", "12 para. 2 item 1", "13 para. 2 item 1"),
        ("online_removal", "12 para. 2 item 2", "13 para. 2 item 2"),
        ("online_incompatibility", "12 para. 2 item 3", "13 para. 2 item 3"),
        ("online_other", "12 para. 2 item 4", "13 para. 2 item 4"),
    ],
)
def test_unfair_competition_was_renumbered_on_the_fifteenth_of_october_2025(code: str, before: str, after: str) -> None:
    assert article(code, date(2025, 10, 14)) == f"Anti-Unfair Competition Law (2019), art. {before}"
    assert article(code, date(2025, 10, 15)) == f"Anti-Unfair Competition Law (2025), art. {after}"


@pytest.mark.parametrize("code", ["confusion_mark_as_name", "confusion_help", "data_taking", "platform_rules"])
def test_what_the_revision_of_2025_added_was_no_act_before(code: str) -> None:
    assert acts.find_act(code, date(2025, 10, 14)) is None
    assert acts.find_act(code, date(2025, 10, 15)) is not None


def test_inciting_a_breach_of_secrecy_came_with_the_amendment_of_2019() -> None:
    assert acts.find_act("secret_incitement", date(2019, 4, 22)) is None
    assert acts.find_act("secret_incitement", date(2019, 4, 23)) is not None


def test_there_was_no_article_on_the_network_before_2018() -> None:
    assert not [code for code in codes(RightKind.OTHER, date(2017, 12, 31)) if code.startswith("online_")]
    assert article("disparagement", date(2017, 12, 31)) == "Anti-Unfair Competition Law (1993), art. 14"


def test_a_trade_secret_kept_under_other_finds_its_acts() -> None:
    on = date(2018, 6, 1)
    assert set(codes(RightKind.TRADE_SECRET, on)) <= set(codes(RightKind.OTHER, on))


def test_a_plant_variety_gained_storage_and_border_in_march_2022() -> None:
    added = set(codes(RightKind.PLANT_VARIETY, date(2022, 3, 1))) - set(
        codes(RightKind.PLANT_VARIETY, date(2022, 2, 28))
    )
    assert added == {"variety_offer", "variety_border", "variety_storage", "variety_harvest", "variety_derived"}
