"""The search on both engines: any number, any party, words in Chinese; never a case of somebody else."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from mediation.cases import actions, search
from mediation.cases.intake import NumberEntry, PartyEntry, RightEntry
from mediation.cases.models import Case
from mediation.cases.search import Found
from mediation.channels import Channel
from mediation.database import Database, Session
from mediation.demo.play import at_noon
from mediation.people.permissions import Person
from mediation.terms import NumberKind, PartyKind, PartyRole, RightKind
from tests import builders

DAY = dt.date(2026, 3, 5)


@pytest.fixture
def cast(session: Session) -> builders.Cast:
    return builders.make_cast(session)


def ids(session: Session, written: str, person: Person) -> list[int]:
    session.flush()
    return list(search.find(session, written, person).case_ids)


@pytest.fixture
def known(session: Session, cast: builders.Cast) -> tuple[int, int]:
    """The case looked for, and another that shares its characters but not its words."""
    wanted = builders.register_case(
        session, cast, on=DAY, facts="涉嫌销售侵犯专利权的LED台灯", channel=Channel.PEOPLE,
        parties=(
            PartyEntry(PartyRole.APPLICANT, "广东利专照明有限公司", PartyKind.LEGAL, "91440600MA4UN1XK82"),
            PartyEntry(PartyRole.RESPONDENT, "欧阳𬱖", PartyKind.NATURAL, agent="李律师（广东正大所）"),
        ),
        rights=(RightEntry(RightKind.DESIGN, "ZL 2013 3 0699744.3", title="台灯（S-900）"),),
        numbers=(NumberEntry(NumberKind.COURT, "（2026）粤0604民初123号"),),
        series="灯具批量维权",
    )  # fmt: skip
    other = builders.register_case(session, cast, on=DAY, facts="台面上的灯不亮，利用专门设备")
    session.flush()
    return wanted.id, other.id


BORNE = (
    "专利", "专利权", "台灯", "利专照明", "利专", "欧阳", "𬱖", "欧阳𬱖", "李律师", "批量维权", "led", "ＬＥＤ台灯",
    "LED台灯", "专利 欧阳", "欧阳　专利", "S-900", "台灯(S-900)", "侵犯专利权的LED",
)  # fmt: skip
NOT_BORNE = ("利照", "专 权利", "灯台", "欧阳 不亮", "LEDS", "台灯。台面", '"', "*", "NEAR", "a' OR 1")

NUMBERS = (
    "201330699744.3", "ZL201330699744.3", "ＺＬ２０１３３０６９９７４４．３", "2013306997443", "91440600MA4UN1XK82",
    "91440600ma4un1xk82", "（2026）粤0604民初123号", "(2026)粤0604民初123号", "佛高知调〔2026〕00001号",
    "佛高知调（2026）1号", "故事人调〔2026〕0001号", "故事人调2026-1", "2026-1", "2026/00001", "〔2026〕1", "00001",
    "1", "０００１",
)  # fmt: skip
OTHER_NUMBERS = ("00003", "2025-1", "2026-11", "佛山法院〔2026〕1号", "123", "201330699744.9", "0604")


def test_a_case_is_found_by_words_of_any_length(session, cast, known):
    found = {written: ids(session, written, cast.zone_admin) for written in BORNE}
    assert found == {written: [known[0]] for written in BORNE}


def test_what_no_case_bears_is_not_found(session, cast, known):
    found = {written: ids(session, written, cast.zone_admin) for written in NOT_BORNE}
    assert found == {written: [] for written in NOT_BORNE}


def test_one_character_finds_every_case_that_bears_it(session, cast, known):
    wanted, other = known
    assert ids(session, "灯", cast.zone_admin) == [other, wanted]


def test_a_case_is_found_by_every_number_it_bears_however_it_is_written(session, cast, known):
    found = {written: search.find(session, written, cast.zone_admin) for written in NUMBERS}
    assert found == dict.fromkeys(NUMBERS, Found((known[0],), by_number=True))


def test_a_number_no_case_bears_is_not_taken_for_another(session, cast, known):
    found = [w for w in OTHER_NUMBERS if search.find(session, w, cast.zone_admin).by_number]
    assert found == []


def test_nobody_finds_a_case_they_may_not_see(session, cast, known):
    finders = {p.username for p in cast.everybody for w in ("专利", "00001") if ids(session, w, p)}
    # The mediator is not assigned yet.
    assert finders == {"clerk", "organisation_admin", "zone_admin", "auditor"}


def test_the_newest_come_first_and_no_more_than_asked_for(session, cast):
    made = [builders.register_case(session, cast, on=DAY + dt.timedelta(n % 3), series="批量").id for n in range(7)]
    session.flush()
    found = search.find(session, "批量", cast.zone_admin, 5)
    newest = sorted(made, key=lambda i: ((made.index(i)) % 3, i), reverse=True)
    assert found == Found(tuple(newest[:5]), by_number=False, more=True)


def test_a_change_is_found_and_what_it_replaced_is_not(session, cast, known):
    wanted, _ = known
    case = session.get_one(Case, wanted)
    by = cast.stage.administrators[Channel.PEOPLE]
    actions.correct(
        session, case.proceedings[0], {"facts": "许诺销售吊扇"}, reason="录错", by=by, at=at_noon(DAY)
    )
    assert ids(session, "吊扇", cast.zone_admin) == [wanted]
    assert ids(session, "涉嫌", cast.zone_admin) == []


def test_cases_indexed_in_bulk_are_found_and_those_forgotten_are_not(session, cast, known):
    search.forget(session, known)
    assert ids(session, "专利", cast.zone_admin) == ids(session, "台面", cast.zone_admin) == []
    search.index_many(session, [session.get_one(Case, key) for key in known])
    assert ids(session, "专利", cast.zone_admin) == [known[0]]
    assert ids(session, "台面", cast.zone_admin) == [known[1]]


def test_a_word_without_end_is_kept_and_found_by_what_fits(session, cast):
    case = builders.register_case(session, cast, on=DAY, facts="W" * 20_000 + " 尾声")
    assert ids(session, "尾声", cast.zone_admin) == [case.id]
    assert ids(session, "w" * 150, cast.zone_admin) == [case.id]


def test_a_party_among_hundreds_of_like_names_is_found(session, cast):
    """What a full-text index of words alone loses: it keeps some hundred places of a word."""
    parties = [PartyEntry(PartyRole.APPLICANT, "佛山市陶瓷有限公司")]
    parties += [PartyEntry(PartyRole.RESPONDENT, f"佛山市第{n}建材有限公司") for n in range(400)]
    parties.append(PartyEntry(PartyRole.RESPONDENT, "南海鸿运建材有限公司"))
    case = builders.register_case(session, cast, on=DAY, parties=tuple(parties))
    assert ids(session, "鸿运建材有限公司", cast.zone_admin) == [case.id]


@given(st.text(max_size=60))
def test_words_stay_the_same_words(written):
    once = search.spaced(written)
    assert search.spaced(once) == once
    assert not set(once) & set(string.punctuation)
    assert once == once.strip()
    assert "  " not in once


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_part_between_blanks_is_a_phrase_of_the_whole(before, middle, after):
    whole, part = search.spaced(f"{before} {middle} {after}"), search.spaced(middle)
    assert f" {part} " in f" {whole} " or not part


@given(st.lists(st.text("甲乙丙a1 -", max_size=6), max_size=6), st.text("甲乙丙a1 -。", min_size=1, max_size=6))
def test_the_pairs_of_a_phrase_are_among_the_pairs_of_every_text_that_holds_it(texts, asked):
    phrase = search.spaced(asked)
    for body in map(search.spaced, texts):
        if phrase and f" {phrase} " in f" {body} ":
            assert set(search.grams_of(phrase)) <= {*search.grams_of(body), *body.split(" ")}


def test_the_index_of_the_database_answers_not_a_walk_through_the_table(database: Database):
    with database.write() as session:
        cast = builders.make_cast(session)
        for n in range(60):
            builders.register_case(session, cast, on=DAY, facts=f"第{n}号事实")
        session.commit()
        condition = search.worded(session, "专利")
        assert condition is not None
        asked = str(
            select(Case.id).where(condition).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        )
        if database.is_sqlite:
            plan = session.execute(text("EXPLAIN QUERY PLAN " + asked)).all()
            assert any("VIRTUAL TABLE INDEX" in str(row) for row in plan), plan
        else:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = session.execute(text("EXPLAIN " + asked.replace(":", "\\:"))).all()
            assert any("search_index" in str(row) for row in plan), plan
