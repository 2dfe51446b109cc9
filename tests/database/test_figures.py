"""The figures against stories recounted by hand and against published tables."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mediation.cases import actions
from mediation.cases.facts import Fact, Relation
from mediation.cases.models import Case
from mediation.channels import Channel
from mediation.database import Database, Session, make_database
from mediation.demo import play
from mediation.demo.play import Player
from mediation.errors import FactError, ForbiddenError
from mediation.register import actions as register
from mediation.statistics import export, measures, periods, queries
from mediation.statistics.measures import Atom, Count, Dimension, Level, Rate
from mediation.statistics.periods import Period
from mediation.statistics.population import Filters
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    MediatorLevel,
    Outcome,
    PartyResult,
    Role,
    Source,
)

DATA = Path(__file__).parent.parent / "data"
STORIES = json.loads((DATA / "stories.json").read_text())["stories"]
ANSWERS = json.loads((DATA / "stories.answers.json").read_text())
PUBLISHED = json.loads((DATA / "published-tables.json").read_text())

AUDIT_KEY = b"the key of these stories"
ZONE = Player(1, Role.ZONE_ADMIN)
Y2024, Y2025 = periods.year(2024), periods.year(2025)
FLOW_TABLES = {flow.key: flow for flow in measures.FLOWS}


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of each engine in which the twenty stories were lived; the tests only ask it."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("figures") / "mediation.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        cluster, template = (request.getfixturevalue(f"postgresql_{name}") for name in ("cluster", "template"))
        url = cluster.url(cluster.create(template=template))
    database = make_database(url, info={"audit_key": AUDIT_KEY})
    with database.write() as session:
        play.play(session, STORIES, play.set_stage(session, since=dt.date(2023, 1, 1), account_id=1))
        session.commit()
    yield database
    database.dispose()


@pytest.fixture
def played(lived: Database) -> Iterator[Session]:
    """A reading session over the stories."""
    with lived.read() as session:
        yield session


# Stories -------------------------------------------------------------------------------------------------------------


def test_the_stories_give_the_figures_recounted_by_hand(played: Session) -> None:
    for code, answers in ANSWERS.items():
        period = periods.parse(code)
        for key, counts in answers.items():
            if key in FLOW_TABLES:
                flow = queries.flow(played, period, FLOW_TABLES[key])
                assert {name: flow.counts[name] for name in counts} == counts, (code, key)
                assert flow.identity_holds
        tables = {level: queries.figures(played, period, level=level) for level in (Level.DISPUTE, Level.PROCEEDING)}
        ended = {name: tables[Level.DISPUTE].total.counts[name] for name in answers["ended_by_class"]}
        assert ended == answers["ended_by_class"], code
        for name, (numerator, denominator) in answers["rates"].items():
            rate = next(rate for rate in measures.RATES if rate.code == name)
            figure = tables[rate.level].total.figure(name)
            assert (figure.numerator, figure.denominator) == (numerator, denominator), (code, name)


@pytest.mark.parametrize("level", [Level.DISPUTE, Level.PROCEEDING, Level.INTAKE])
def test_every_flow_identity_holds_in_every_month_and_row(played: Session, level: Level) -> None:
    for month in (Y2024.months()[6], Y2024.months()[11], Y2025.months()[2]):
        for by in measures.DIMENSIONS[level]:
            table = queries.figures(played, month, level=level, by=by)
            if table.flow is not None:
                assert table.balance.holds
                assert all(table.flow.balance(row.counts).holds for row in table.rows)


@pytest.mark.parametrize("level", [Level.DISPUTE, Level.PROCEEDING, Level.INTAKE])
def test_rows_of_a_breakdown_add_up_to_the_whole(played: Session, level: Level) -> None:
    for period in (Y2024, Y2025, periods.parse("2024-06-15:2025-02-10")):
        whole = queries.figures(played, period, level=level)
        for by in measures.DIMENSIONS[level]:
            if by is Dimension.MONTH:
                continue
            table = queries.figures(played, period, level=level, by=by)
            assert not any(table.differences.values())
            for count in table.counts:
                if by is not Dimension.MEDIATOR:
                    assert table.total.counts[count.code] == whole.total.counts[count.code], (by, count.code)
            for figure in table.total.figures:
                alone = whole.total.figure(figure.measure.code)
                assert (figure.numerator, figure.denominator) == (alone.numerator, alone.denominator)
                assert figure.numerator == sum(row.figure(figure.measure.code).numerator for row in table.rows)
            assert table.total.days == whole.total.days


def test_months_need_not_add_up_to_the_year_and_the_difference_is_said(played: Session) -> None:
    table = queries.figures(played, Y2024, level=Level.DISPUTE, by=Dimension.MONTH)
    assert [row.code for row in table.rows] == [f"2024-{month:02}" for month in range(1, 13)]
    assert table.differences["accepted"] == 0
    # Every month has its own open at start; and what was reopened within the year is no reopening of the year.
    assert table.differences["open_at_start"] > 0
    july = table.rows[6]
    assert july.counts["ended"] == ANSWERS["2024-07-01:2024-07-31"]["dispute_flow"]["ended"]


def test_a_disputes_class_in_a_period_is_the_one_at_its_end(played: Session) -> None:
    """The agreement of 2024 that was annulled in 2025 stays a success of 2024."""
    assert queries.figures(played, Y2024, level=Level.DISPUTE).total.figure("SUCC_ACC").numerator == 4
    later = queries.figures(played, Y2024, level=Level.DISPUTE, as_of=dt.date(2025, 12, 31))
    assert later.total.figure("SUCC_CLOSED").numerator == 4
    cohort = later.total.figure("SUCC_ACC")
    # Of the cohort of 2024 some agreed only in 2025, and one agreement fell.
    found = queries.cases_behind(
        played, Y2024, measures.SUCC_ACC, "numerator", person=ZONE, as_of=dt.date(2025, 12, 31)
    )
    assert found.n == cohort.numerator == len(found.rows)
    told = {row.case_id for row in found.rows}
    assert _case_of(played, "10") not in told
    assert {_case_of(played, "02"), _case_of(played, "05"), _case_of(played, "09")} <= told


def test_an_as_of_date_before_the_end_is_refused(played: Session) -> None:
    with pytest.raises(FactError):
        queries.figures(played, Y2024, level=Level.DISPUTE, as_of=dt.date(2024, 12, 30))


def test_days_of_a_reopened_dispute_leave_out_the_time_between(played: Session) -> None:
    found = queries.cases_behind(played, Y2025, measures.D_ENDED, "count", person=ZONE)
    assert _case_of(played, "09") in {row.case_id for row in found.rows}
    march = queries.figures(played, periods.parse("2025-03-27:2025-03-27"), level=Level.DISPUTE)
    # 2024-02-20 to 03-21 is 30 days, 2025-03-03 (registered anew) to 03-27 is 24.
    assert march.total.counts["ended"] == 1
    assert march.total.days is not None
    assert march.total.days.median == 54
    april = queries.days(played, periods.parse("2025-03-27:2025-03-27"), measures.DAYS)
    assert april.ended == march.total.days
    assert april.curve.ended == 1
    assert april.curve.n == 1 + march.total.counts["open_at_end"]


def test_same_day_is_nought_days_and_counts_as_ended(played: Session) -> None:
    day = queries.figures(played, periods.parse("2024-03-05:2024-03-05"), level=Level.DISPUTE)
    assert (day.total.counts["accepted"], day.total.counts["ended"]) == (1, 1)
    assert day.total.days is not None
    assert day.total.days.median == 0


def test_nothing_counted_is_a_dash(played: Session) -> None:
    empty = queries.figures(played, periods.year(2001), level=Level.DISPUTE)
    assert {figure.value for figure in empty.total.figures} == {None}
    assert {figure.text for figure in empty.total.figures} == {"—"}
    assert empty.rows == ()
    assert empty.total.days is None


def test_the_year_before_stands_beside(played: Session) -> None:
    table = queries.figures(played, Y2025, level=Level.DISPUTE, by=Dimension.SOURCE)
    before = queries.previous(played, table)
    assert before == queries.figures(played, Y2024, level=Level.DISPUTE, by=Dimension.SOURCE)


# What stands behind a number -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [Level.DISPUTE, Level.PROCEEDING, Level.INTAKE])
def test_every_number_opens_onto_exactly_its_cases(played: Session, level: Level) -> None:
    period = periods.parse("2024-11-15:2025-02-20")
    for by in (None, *measures.DIMENSIONS[level][-2:]):
        table = queries.figures(played, period, level=level, by=by)
        rows = table.rows if by is not None else (table.total,)
        for row in rows:
            def opened(measure: Count | Rate, part: queries.Part, value: str | None = row.code,
                       by: Dimension | None = by) -> int:
                by = Dimension.MEDIATOR if measure.level is Level.TENURE else by
                found = queries.cases_behind(
                    played, period, measure, part, person=ZONE, by=by, value=value
                )
                assert len(found.rows) == found.n == found.openable
                return found.n

            for count in table.counts:
                assert opened(count, "count") == row.counts[count.code], (by, row.code, count.code)
            for figure in row.figures:
                assert opened(figure.measure, "numerator") == figure.numerator
                assert opened(figure.measure, "denominator") == figure.denominator


def test_a_person_is_told_how_many_cases_there_are_and_opens_only_their_own(played: Session) -> None:
    court = queries.figures(played, Y2024, level=Level.DISPUTE, by=Dimension.ORGANISATION)
    people = next(row for row in court.rows if "人民调解" in row.words.zh)
    clerk = Player(7, Role.CLERK, organisation_id=int(people.code or 0))
    seen = queries.cases_behind(played, Y2024, measures.D_ACCEPTED, "count", person=clerk)
    assert seen.n == 11
    assert 0 < seen.openable < seen.n
    assert len(seen.rows) == seen.openable
    stranger = Player(8, Role.MEDIATOR)
    nothing = queries.cases_behind(played, Y2024, measures.D_ACCEPTED, "count", person=stranger)
    assert (nothing.n, nothing.openable, nothing.rows) == (11, 0, ())


def test_pages_of_cases_follow_one_another_without_gap_or_double(played: Session) -> None:
    found: list[int] = []
    after = 0
    while True:
        page = queries.cases_behind(played, Y2025, measures.DISPUTE_FLOW.terms[0], "count", person=ZONE, after=after,
                                    limit=2)
        assert page.n == 3
        found += [row.row_id for row in page.rows]
        if page.next_after is None:
            break
        after = page.next_after
    assert len(found) == len(set(found)) == 3


def test_figures_by_mediator_need_their_own_right(played: Session) -> None:
    clerk = Player(7, Role.CLERK, organisation_id=1)
    for by in measures.BY_MEDIATOR:
        with pytest.raises(ForbiddenError):
            queries.ensure_may(clerk, by)
        queries.ensure_may(ZONE, by)
    with pytest.raises(ForbiddenError):
        queries.cases_behind(played, Y2024, measures.MEDIATOR_FLOW.terms[1], "count", person=clerk)


def test_levels_are_not_mixed(played: Session) -> None:
    with pytest.raises(FactError):
        queries.figures(played, Y2024, level=Level.DISPUTE, by=Dimension.MEDIATOR)
    with pytest.raises(FactError):
        queries.figures(played, Y2024, level=Level.PROCEEDING, by=Dimension.CONCLUDING_CHANNEL)


def test_ended_only_tables_have_no_flow_and_say_which_channel(played: Session) -> None:
    by_entry = queries.figures(played, Y2024, level=Level.DISPUTE, by=Dimension.CHANNEL)
    by_end = queries.figures(played, Y2024, level=Level.DISPUTE, by=Dimension.CONCLUDING_CHANNEL)
    assert by_entry.title is not None
    assert by_end.title is not None
    assert by_entry.title != by_end.title
    assert by_end.flow is None
    assert {rate.code for rate in by_end.rates} == {"SUCC_CLOSED", "SUCC_TRIED"}
    # Story 04 came in by people's mediation and was settled in court.
    entered, concluded = (
        next(row for row in table.rows if row.code == Channel.JUDICIAL) for table in (by_entry, by_end)
    )
    assert concluded.counts["ended"] == entered.counts["ended"] + 1


def test_filters_narrow_every_level(played: Session) -> None:
    for level in (Level.DISPUTE, Level.PROCEEDING, Level.INTAKE):
        table = queries.figures(played, Y2024, level=level, by=Dimension.SOURCE)
        for row in table.rows:
            alone = queries.figures(played, Y2024, level=level, where=Filters(source=Source(row.code or "")))
            assert alone.total.counts == row.counts
        by_channel = queries.figures(played, Y2024, level=level, by=Dimension.CHANNEL)
        for row in by_channel.rows:
            if row.code:
                alone = queries.figures(played, Y2024, level=level, where=Filters(channel=Channel(row.code)))
                assert alone.total.counts == row.counts


def test_an_entry_made_by_mistake_is_in_no_figure(session: Session) -> None:
    stage = play.set_stage(session, since=dt.date(2023, 1, 1), account_id=1)
    (case,) = play.play(session, STORIES[:1], stage)
    assert queries.figures(session, Y2024, level=Level.DISPUTE).total.counts["accepted"] == 1
    case.is_void = True
    session.flush()
    for level in (Level.DISPUTE, Level.PROCEEDING, Level.INTAKE, Level.TENURE):
        by = Dimension.MEDIATOR if level is Level.TENURE else None
        assert not any(queries.figures(session, Y2024, level=level, by=by).total.counts.values())


def test_the_default_period_is_the_last_full_year_in_which_anything_lived(played: Session) -> None:
    assert queries.default_period(played, dt.date(2026, 3, 1)) == Y2025
    assert queries.default_period(played, dt.date(2024, 3, 1)) == Y2024
    assert queries.list_years(played, dt.date(2026, 3, 1)) == [2026, 2025, 2024]


# Leads and limits ----------------------------------------------------------------------------------------------------


MARCH, APRIL = periods.parse("2024-03"), periods.parse("2024-04")


class Office:
    """An office in which a test lives through a few proceedings of people's mediation, all accepted on 1 March."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.stage = play.set_stage(session, since=dt.date(2023, 1, 1), account_id=1)
        self.told = 0

    def begin(self, channel: str = "people", entry: str = "own") -> play.Play:
        self.told += 1
        key = f"office {self.told}"
        acting = play.Play(self.session, self.stage)
        story = {"key": key, "says": key, "source": "party", "kind": "patent"}
        for move, told in (("REGISTER", {"channel": channel, "entry": entry}), ("ACCEPT", {}), ("ASSIGN", {}),
                           ("START", {})):
            acting.step(dt.date(2024, 3, 1), move, 1, told, story)
        return acting

    def perform(self, acting: play.Play, action: Action, day: dt.date, facts: dict[Fact, object]) -> None:
        assert acting.case is not None
        proceeding = acting.case.proceedings[0]
        by = self.stage.administrators[proceeding.channel]
        actions.perform(self.session, proceeding, action, by=by, at=play.at_noon(day), facts=facts)

    def end(self, acting: play.Play, day: dt.date, outcome: str) -> None:
        acting.step(day, "END", 1, {"outcome": outcome}, {})


def test_on_time_counts_the_agreement_not_the_file_and_says_what_an_extension_saved(session: Session) -> None:
    """Thirty days from 1 March 2024 end on Sunday the 31st and run to Monday 1 April."""
    office = Office(session)
    office.end(office.begin(), dt.date(2024, 4, 1), "deadlock")  # on the last day
    office.end(office.begin(), dt.date(2024, 4, 2), "deadlock")  # a day late
    extended = office.begin()
    office.perform(extended, Action.EXTEND, dt.date(2024, 3, 20), {
        Fact.EXTENSION_AGREED_ON: dt.date(2024, 3, 20), Fact.APPLICANT_CONSENTS: True,
        Fact.RESPONDENT_CONSENTS: True, Fact.NEW_DUE_ON: dt.date(2024, 4, 20),
    })
    office.end(extended, dt.date(2024, 4, 10), "deadlock")
    agreed = office.begin()
    assert agreed.case is not None
    office.perform(agreed, Action.AGREE, dt.date(2024, 3, 25), {
        Fact.RESPONDENTS: [party.id for party in agreed.case.respondents],
        Fact.AGREEMENT_SCOPE: AgreementScope.WHOLE, Fact.AGREEMENT_FORM: AgreementForm.WRITTEN,
        Fact.SIGNED_ON: dt.date(2024, 3, 25),
    })
    office.perform(agreed, Action.END, dt.date(2024, 4, 10), {
        Fact.ENDED_ON: dt.date(2024, 4, 10), Fact.OUTCOME: Outcome.AGREED_WRITTEN,
        Fact.RESULTS: {party.id: PartyResult.AGREED for party in agreed.case.respondents},
    })
    office.end(office.begin("judicial", "invited"), dt.date(2024, 4, 15), "deadlock")  # has no limit
    session.flush()
    figure = queries.figures(session, APRIL, level=Level.PROCEEDING).total.figure("ON_TIME")
    assert (figure.numerator, figure.denominator) == (3, 4)
    assert figure.beside[0][1] == 1
    assert queries.figures(session, MARCH, level=Level.PROCEEDING).total.figure("ON_TIME").value is None


def test_a_lead_who_hands_on_has_the_work_and_the_last_lead_the_result(session: Session) -> None:
    office = Office(session)
    first = office.stage.mediators[Channel.PEOPLE]
    house = office.stage.organisations[Channel.PEOPLE]
    at = play.at_noon(dt.date(2023, 6, 1))
    second = register.create_mediator(session, name="接手人", by=office.stage.zone, at=at)
    register.register_with(session, second, house, level=MediatorLevel.NONE, specialities=(),
                           from_on=dt.date(2023, 6, 1), by=office.stage.zone, at=at)
    handed = office.begin()
    office.begin()
    office.perform(handed, Action.REPLACE, dt.date(2024, 3, 20), {
        Fact.LEAVING: first.id, Fact.MEDIATOR: second.id, Fact.ASSIGNED_ON: dt.date(2024, 3, 20),
        Fact.REASON: "工作调动", Fact.RELATION: Relation.NONE,
    })
    office.end(handed, dt.date(2024, 4, 1), "agreed_oral")
    session.flush()

    def rows(period: Period) -> dict[str, dict[str, int]]:
        table = queries.figures(session, period, level=Level.PROCEEDING, by=Dimension.MEDIATOR)
        assert all(measures.MEDIATOR_FLOW.balance(row.counts).holds for row in (*table.rows, table.total))
        return {str(row.code): {code: n for code, n in row.counts.items() if n} for row in table.rows}

    assert rows(MARCH) == {
        str(first.id): {"accepted": 2, "handed_on": 1, "open_at_end": 1},
        str(second.id): {"taken_over": 1, "open_at_end": 1},
    }
    assert rows(APRIL) == {
        str(first.id): {"open_at_start": 1, "open_at_end": 1},
        str(second.id): {"open_at_start": 1, "ended": 1},
    }
    april = queries.figures(session, APRIL, level=Level.PROCEEDING, by=Dimension.MEDIATOR)
    results = {row.code: row.figure("SUCC_CLOSED_PROCEEDING") for row in april.rows}
    assert (results[str(second.id)].text, results[str(first.id)].text) == ("100.0 %", "—")
    found = queries.cases_behind(session, MARCH, measures.MEDIATOR_FLOW.terms[2], "count", person=ZONE,
                                 by=Dimension.MEDIATOR, value=str(second.id))
    assert found.n == len(found.rows) == 1


def test_a_proceeding_nobody_leads_has_its_own_row(played: Session) -> None:
    """Story 07 was refused before anyone was named."""
    table = queries.figures(played, Y2024, level=Level.PROCEEDING, by=Dimension.MEDIATOR)
    last = table.rows[-1]
    assert (last.code, last.words.en) == ("", "Unassigned")
    assert last.counts["ended"] >= 1
    assert table.balance.holds


# Published tables ----------------------------------------------------------------------------------------------------


def _flow_rows(counts: Mapping[str, Any]) -> Counter[frozenset[Atom]]:
    """Rows that have these counts: what ended is taken from the old stock first, which no rate looks at."""
    rows: Counter[frozenset[Atom]] = Counter()
    left = counts["ended"]
    for atom, n in ((Atom.OPEN_AT_START, counts["open_at_start"]), (Atom.ACCEPTED, counts["accepted"])):
        over = min(left, n)
        left -= over
        rows[frozenset({atom, Atom.ENDED})] += over
        rows[frozenset({atom, Atom.OPEN_AT_END})] += n - over
    return rows


@pytest.mark.parametrize("printed", PUBLISHED["flow_tables"][:2], ids=lambda table: table["id"])
def test_published_flow_tables_balance_and_give_the_printed_rates(printed: dict[str, Any]) -> None:
    assert measures.DISPUTE_FLOW.balance(printed).holds
    rows = _flow_rows(printed)
    for code, value in printed["printed"].items():
        rate = next(rate for rate in measures.RATES if rate.code == code)
        found = rate.of(rows).value
        assert found is not None
        assert abs(found - Decimal(str(value))) <= Decimal(str(printed.get("tol", 0.1)))


def test_north_carolinas_printed_total_is_told_from_the_sum_of_its_parts() -> None:
    printed = next(table for table in PUBLISHED["flow_tables"] if "fault" in table)
    counts = {
        "open_at_start": printed["open_at_start"],
        "accepted": printed["accepted_ordered"] + printed["accepted_voluntary"],
        "ended": printed["ended_in_session"] + printed["ended_without_session"],
        "open_at_end": printed["open_at_end"],
    }
    balance = measures.DISPUTE_FLOW.balance(counts)
    assert (balance.left, printed["printed_total"] - balance.left) == (20916, 40)
    assert not balance.holds
    assert balance.difference == -40


def test_shanghai_2018_gives_69_to_87_percent_by_choosing_among_denominators() -> None:
    printed = next(table for table in PUBLISHED["success_tables"] if table["id"] == "shanghai-ip-2018")
    ended = {Atom.ACCEPTED, Atom.ENDED}
    rows = Counter({
        frozenset(ended | {Atom.AGREED, Atom.AGREED_AS_OF}): printed["agreed"],
        frozenset(ended | {Atom.FAILED}): printed["not_agreed"],
        frozenset({Atom.ACCEPTED, Atom.OPEN_AT_END, Atom.OPEN_AS_OF}): printed["pending"],
        frozenset({Atom.ACCEPTED, Atom.OPEN_AT_END, Atom.OPEN_AS_OF, Atom.SUSPENDED_AT_END}): printed["suspended"],
    })
    assert measures.SUCC_ACC.of(rows).text == "69.4 %"
    for rate in (measures.SUCC_TRIED, measures.SUCC_CLOSED):
        assert rate.of(rows).text == "86.6 %"
    assert measures.COMPLETION_COHORT.of(rows).text == "80.2 %"
    by_kind = [
        measures.SUCC_ACC.of({frozenset({Atom.ACCEPTED, Atom.AGREED_AS_OF}): agreed,
                              frozenset({Atom.ACCEPTED}): accepted - agreed}).value
        for accepted, agreed in printed["by_kind"].values()
    ]
    assert by_kind == [Decimal("74.0"), Decimal("48.6"), Decimal("70.9"), Decimal("20.0")]


# Definitions ---------------------------------------------------------------------------------------------------------


def test_every_measure_has_one_code_and_words_in_both_languages() -> None:
    found = list(measures.measures())
    assert len({(m.level, m.code) for m in found}) == len(found)
    for measure in found:
        for words in (measure.words, measure.sentence):
            assert words.zh
            assert words.en
            assert words.zh != words.en


def test_a_rates_numerator_lies_within_its_denominator_unless_it_may_exceed_100() -> None:
    for rate in measures.RATES:
        atoms = sorted(measures.atoms_of(rate.numerator) | measures.atoms_of(rate.denominator))
        outside = set()
        for number in range(2 ** len(atoms)):
            row = frozenset(atom for place, atom in enumerate(atoms) if number >> place & 1)
            if measures.holds(rate.numerator, row) and not measures.holds(rate.denominator, row):
                outside.add(row)
        if rate is measures.CLEARANCE:
            assert outside
        else:
            # What ended was open at the start, accepted or reopened; nothing else can be outside.
            came = {Atom.OPEN_AT_START, Atom.ACCEPTED, Atom.REOPENED}
            assert all(rate.basis is measures.Basis.FLOW and (not row & came or Atom.TRANSFERRED_OUT in row)
                       for row in outside), rate.code


def test_the_json_names_what_it_counts(played: Session) -> None:
    found = export.run(played, dt.date(2025, 1, 1), dt.date(2025, 12, 31), by="source")
    json.dumps(found)
    answers = ANSWERS["2025-01-01:2025-12-31"]
    for key in FLOW_TABLES:
        assert {name: found["flows"][key][name] for name in answers[key]} == answers[key]
    assert found["flows"]["ended_by_class"] == answers["ended_by_class"]
    for code, (numerator, denominator) in answers["rates"].items():
        assert (found["measures"][code]["numerator"], found["measures"][code]["denominator"]) == (
            numerator, denominator,
        )
    assert found["period"] == {"first": "2025-01-01", "last": "2025-12-31"}
    assert sum(row["counts"]["accepted"] for row in found["rows"]) == 6


def _case_of(session: Session, key: str) -> int:
    story = next(story for story in STORIES if story["key"] == key)
    found = session.query(Case.id).filter(Case.facts == story["says"]).scalar()
    assert isinstance(found, int)
    return found
