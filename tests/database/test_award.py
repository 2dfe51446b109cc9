"""The award of a year lived through the actions: facts and points reckoned by hand beside, and a naive recount."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from mediation.awards import queries, report, schemes
from mediation.awards.facts import MediatorFacts, Span
from mediation.awards.queries import CreditLine, MediatorYear
from mediation.cases import actions, intake
from mediation.cases.facts import Fact, Relation
from mediation.cases.intake import Intake, PartyEntry, RightEntry
from mediation.cases.models import Case, Proceeding
from mediation.channels import Channel
from mediation.database import Session
from mediation.demo import play
from mediation.demo.play import Player, Stage, at_noon
from mediation.errors import FactError, NotFoundError
from mediation.register import actions as register
from mediation.register.models import Mediator
from mediation.statistics import periods
from mediation.statistics import queries as statistics
from mediation.statistics.measures import Dimension, Level
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    Difficulty,
    EntryForm,
    HandoverReason,
    MediatorLevel,
    MediatorRole,
    Outcome,
    OutcomeClass,
    PartyResult,
    PartyRole,
    PerformanceState,
    RightKind,
    Source,
)

STORIES = json.loads((Path(__file__).parent.parent / "data" / "stories.json").read_text())["stories"]
PARTY = "不得外泄有限公司"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@dataclass
class Office:
    """An organisation at work: each deed is done on its own day, through the actions."""

    session: Session
    stage: Stage
    mediators: dict[str, Mediator] = field(default_factory=dict)

    @property
    def by(self) -> Player:
        return self.stage.administrators[Channel.PEOPLE]

    def hire(self, name: str, since: str | None = "2022-01-01", level: MediatorLevel = MediatorLevel.NONE) -> None:
        at = at_noon(day(since or "2022-01-01"))
        person = register.create_mediator(self.session, name=name, by=self.stage.zone, at=at)
        self.mediators[name] = person
        if since:
            register.register_with(
                self.session, person, self.stage.organisations[Channel.PEOPLE], level=level, specialities=(),
                from_on=day(since), by=self.stage.zone, at=at,
            )

    def do(self, subject, action: Action, on: str, **facts: object) -> None:
        brought = {Fact(code): value for code, value in facts.items()}
        actions.perform(self.session, subject, action, by=self.by, at=at_noon(day(on)), facts=brought)

    def open(
        self, on: str, lead: str, *, start: bool = True, series: str | None = None, difficulty: Difficulty | None = None
    ) -> Proceeding:
        case = intake.register(
            self.session,
            Intake(
                source=Source.PARTY, channel=Channel.PEOPLE,
                organisation_id=self.stage.organisations[Channel.PEOPLE].id, received_on=day(on), facts="侵权",
                parties=(PartyEntry(PartyRole.APPLICANT, PARTY), PartyEntry(PartyRole.RESPONDENT, PARTY + "二")),
                rights=(RightEntry(RightKind.DESIGN),), series=series, difficulty=difficulty,
            ),
            by=self.by, at=at_noon(day(on)),
        )
        proceeding = case.proceedings[0]
        self.do(proceeding, Action.ACCEPT, on, accepted_on=day(on))
        self.assign(proceeding, lead, on)
        if start:
            self.do(proceeding, Action.START, on, started_on=day(on), first_contact_on=day(on))
        return proceeding

    def assign(self, proceeding: Proceeding, name: str, on: str, role: MediatorRole = MediatorRole.LEAD) -> None:
        self.do(
            proceeding, Action.ASSIGN, on, mediator=self.mediators[name].id, mediator_role=role, assigned_on=day(on),
            relation=Relation.NONE,
        )

    def end(self, proceeding: Proceeding, outcome: Outcome, on: str, due: str | None = None) -> Proceeding:
        agreed = outcome in (Outcome.AGREED_WRITTEN, Outcome.AGREED_ORAL)
        results = {
            party.id: PartyResult.AGREED if agreed else PartyResult.NOT_AGREED for party in proceeding.case.respondents
        }
        facts: dict[str, object] = {"ended_on": day(on), "outcome": outcome, "results": results}
        if agreed:
            facts["signed_on"] = day(on)
        else:
            facts["routes_explained"] = True
        if due:
            facts["performance_due_on"] = day(due)
        self.do(proceeding, Action.END, on, **facts)
        return proceeding

    def closed(self, on: str, until: str, lead: str, outcome: Outcome, **kwargs: Any) -> Proceeding:
        return self.end(self.open(on, lead, **kwargs), outcome, until)

    def annul(self, proceeding: Proceeding, on: str) -> None:
        self.do(proceeding.agreements[0], Action.ANNUL, on, annulled_on=day(on), ruling="裁定")

    def follow_up(self, proceeding: Proceeding, on: str, mark: int, criminal: bool = False) -> None:
        self.do(proceeding, Action.FOLLOW_UP, on, followed_up_on=day(on), satisfaction=mark, turned_criminal=criminal)

    def train(self, name: str, on: str, hours: int) -> None:
        register.record_training(
            self.session, self.mediators[name], on=day(on), hours=Decimal(hours), subject="培训", by=self.stage.zone,
            at=at_noon(day(on)),
        )


@pytest.fixture
def office(session: Session) -> Office:
    """An office with nobody but the stage's own people."""
    return Office(session, play.set_stage(session, since=dt.date(2022, 1, 1), account_id=1))


@pytest.fixture
def lived(office: Office) -> Office:
    """The year 2024 of 陈, with what came before and after; 李 helps, 王 does nothing."""
    office.hire("陈", level=MediatorLevel.LEVEL_3)
    office.hire("李")
    office.hire("王")
    written, oral = Outcome.AGREED_WRITTEN, Outcome.AGREED_ORAL
    cases = {}
    cases["annulled in the next year but one"] = office.closed("2023-06-01", "2023-06-15", "陈", written)
    december = office.open("2023-12-20", "陈")
    office.end(december, written, "2024-01-10", due="2024-03-01")
    taken_over = office.open("2024-02-01", "李")
    office.do(
        taken_over, Action.REPLACE, "2024-02-10", leaving=office.mediators["李"].id,
        mediator=office.mediators["陈"].id, assigned_on=day("2024-02-10"), reason="调离", relation=Relation.NONE,
    )
    office.do(december.agreements[0], Action.PERFORM, "2024-02-20", performance=PerformanceState.PERFORMED,
              performed_on=day("2024-02-20"))
    office.end(taken_over, oral, "2024-02-25")
    moved = office.open("2024-03-01", "陈")
    office.do(
        moved, Action.OFFER, "2024-03-10", to_organisation=office.stage.organisations[Channel.ADMINISTRATIVE].id,
        to_channel=Channel.ADMINISTRATIVE, handover_reason=HandoverReason.COMPETENCE, offered_on=day("2024-03-10"),
        respondents=[party.id for party in moved.case.respondents],
    )
    office.follow_up(december, "2024-03-05", 5)
    play_on = office.stage.administrators[Channel.ADMINISTRATIVE]
    actions.perform(
        office.session, moved.case.offers[0], Action.OFFER_ACCEPTED, by=play_on, at=at_noon(day("2024-03-15")),
        facts={Fact.ANSWERED_ON: day("2024-03-15"), Fact.ENTRY_FORM: EntryForm.TRANSFERRED},
    )
    office.follow_up(taken_over, "2024-03-20", 4)
    office.do(december, Action.CLOSE, "2024-04-01", closed_on=day("2024-04-01"))
    office.do(december, Action.FILE, "2024-04-01", filed_on=day("2024-04-01"))
    extended = office.open("2024-04-01", "陈", difficulty=Difficulty.DIFFICULT)
    office.assign(extended, "李", "2024-04-02", MediatorRole.CO)
    office.do(extended, Action.EXTEND, "2024-04-20", extension_agreed_on=day("2024-04-20"),
              new_due_on=day("2024-06-30"), applicant_consents=True, respondent_consents=True)
    office.annul(cases["annulled in the next year but one"], "2024-05-05")
    office.end(extended, written, "2024-05-20", due="2024-06-30")
    same_year = office.closed("2024-06-01", "2024-06-10", "陈", written)
    office.end(office.open("2024-07-01", "陈", start=False), Outcome.UNREACHABLE, "2024-07-10")
    late = office.open("2024-07-02", "陈")
    office.do(extended.agreements[0], Action.PERFORM, "2024-08-01", performance=PerformanceState.ENFORCED,
              performed_on=day("2024-08-01"))
    office.closed("2024-08-05", "2024-08-20", "陈", Outcome.WITHDRAWN)
    office.annul(same_year, "2024-09-01")
    office.follow_up(extended, "2024-09-05", 2, criminal=True)
    office.end(late, Outcome.DEADLOCK, "2024-09-15")
    falls_later = office.closed("2024-10-01", "2024-10-10", "陈", written)
    office.train("陈", "2024-05-10", 24)
    january = office.open("2024-12-15", "陈")
    office.end(january, written, "2025-01-08")
    office.annul(falls_later, "2025-03-01")
    office.session.flush()
    return office


def of(session: Session, year: int, name: str, span: Span = Span.YEAR) -> MediatorYear:
    return next(each for each in queries.list_mediators(session, year, span) if each.name == name)


def reasons(lines: tuple[CreditLine, ...]) -> dict[str, str]:
    """Day the case was received or ended by → reason, for cases told apart by their day of ending."""
    return {str(line.ended_on): line.decision.reason.en for line in lines}


# --- by hand ---


def test_chens_year_has_the_facts_reckoned_by_hand(lived: Office) -> None:
    assert of(lived.session, 2024, "陈").facts == MediatorFacts(
        year=2024,
        on_register=True, registered_since=day("2022-01-01"), level=MediatorLevel.LEVEL_3, serious_fault=False,
        training_done=True, training_hours=Decimal(24),
        ended=7,  # of January, February (taken over), May, June (annulled), August, September, October
        agreed=4, agreed_written=3, agreed_oral=1, agreed_part=0,  # January, May, October; February
        failure=2,  # June: annulled within the year; September: deadlock
        neutral=1,  # August: withdrawn
        never_started=1,  # July: unreachable before it started
        deducted=1,  # credited in 2023, annulled in May 2024
        with_limit=7, on_time=6,  # July 2 to September 15 is more than thirty days
        extended=1,  # April 1 to May 20, with an extension to the end of June
        agreements_due=2, performed=1,  # of January: paid; of May: enforced
        follow_ups=3, satisfied_sum=11, satisfied_n=3,
        difficult=1, filed_due=7, filed_complete=1, turned_criminal=1, typical_cases=None,
    )  # fmt: skip


def test_every_case_not_counted_says_why(lived: Office) -> None:
    chen = of(lived.session, 2024, "陈")
    assert reasons(chen.not_counted) == {
        "2023-06-15": "Deducted: credited in 2023, the agreement was voided in 2024",
        "2024-03-15": "Not counted: transferred to another organisation",
        "2024-07-10": "Not counted: mediation never started",
        "2025-01-08": "Not counted: ended in 2025",
    }
    assert reasons(chen.counted)["2024-06-10"] == "Counted: the agreement was voided, counts as failed"
    assert [line.ended_on for line in chen.counted] == sorted(line.ended_on for line in chen.counted if line.ended_on)
    li = of(lived.session, 2024, "李")
    assert li.counted == ()
    assert reasons(li.not_counted) == {
        "2024-02-25": "Took part: no longer the lead when it ended (replaced or recused)",
        "2024-05-20": "Took part: Co-mediator",
    }


def test_chens_points_are_those_reckoned_by_hand(lived: Office) -> None:
    made = report.make(lived.session, 2024, schemes.BALANCED)
    row = next(row for row in made.rows if row.mediator.name == "陈")
    by_hand = {
        "cases": Decimal("5.6"),  # 7 ended: 8 at 10
        "success": Decimal(15),  # (4 − 1 deducted) ÷ (4 + 2) = 50 %: 10 at 30, 20 at 70
        "timeliness": Decimal(12),  # 6 ÷ 7: 6 + (600/7 − 60) × 7/30
        "performance": Decimal(8),  # 1 ÷ 2
        "satisfaction": Decimal(17) / 3,  # 11 ÷ 3: 3 + 2/3 × 4
        "difficulty": Decimal(51) / 14,  # 1 ÷ 7: 3 + (100/7 − 10) × 3/20
        "training": Decimal(3),  # 24 hours
        "files": Decimal(5) / 14,  # 1 ÷ 7: 100/7 × 2/80
    }
    points = {result.criterion.code: result.points for result in row.assessment.criteria}
    assert points.keys() == by_hand.keys()
    for code, expected in by_hand.items():
        assert points[code] == pytest.approx(expected, abs=Decimal("1e-20")), code
    assert row.score == Decimal("53.3")
    assert row.group.code == "too_few"
    assert not row.assessment.may_rank
    assert next(r for r in row.assessment.criteria if r.criterion.code == "timeliness").beside is not None


def test_a_case_from_december_to_january_counts_once_in_the_year_it_ended(lived: Office) -> None:
    number = next(line.case_number for line in of(lived.session, 2024, "陈").not_counted
                  if line.ended_on == day("2025-01-08"))
    counted = [
        year for year in (2023, 2024, 2025) for line in of(lived.session, year, "陈").counted
        if line.case_number == number
    ]
    assert counted == [2025]


def test_an_agreement_annulled_next_year_stays_in_its_year_and_is_deducted_in_the_next(lived: Office) -> None:
    assert reasons(of(lived.session, 2024, "陈").counted)["2024-10-10"] == "Counted: Agreed"
    later = of(lived.session, 2025, "陈")
    assert reasons(later.not_counted) == {
        "2024-10-10": "Deducted: credited in 2024, the agreement was voided in 2025"
    }
    assert (later.facts.ended, later.facts.agreed, later.facts.deducted, later.facts.agreed_net) == (1, 1, 1, 0)


def test_over_the_whole_service_a_void_agreement_counts_as_failed_and_nothing_is_deducted(lived: Office) -> None:
    facts = of(lived.session, 2025, "陈", Span.SERVICE).facts
    assert (facts.ended, facts.agreed, facts.agreed_oral, facts.failure, facts.neutral) == (9, 4, 1, 4, 1)
    assert facts.deducted == 0
    assert facts.years_on_register == 4
    before = of(lived.session, 2024, "陈", Span.SERVICE).facts
    # As of the end of 2024 the agreement of October still stood.
    assert (before.ended, before.agreed, before.failure) == (8, 4, 3)


def test_a_mediator_without_cases_is_not_assessable_and_comes_last(lived: Office) -> None:
    made = report.make(lived.session, 2024, schemes.BALANCED)
    wang = next(row for row in made.rows if row.mediator.name == "王")
    assert (wang.group.code, wang.score, wang.points) == ("not_assessable", None, None)
    assert wang.total.en == "Not assessable"
    assert not wang.assessment.may_rank
    assert [row.group.place for row in made.rows] == sorted(row.group.place for row in made.rows)
    assert made.rows[-1].group.code == "not_assessable"
    base = report.make(lived.session, 2024, schemes.BASE_100)
    assert next(row for row in base.rows if row.mediator.name == "王").score is None  # never the full hundred


def test_the_gates_of_level_four_show_their_facts(lived: Office) -> None:
    made = report.make(lived.session, 2024, schemes.GUANGDONG_LEVEL_4)
    chen = next(row for row in made.rows if row.mediator.name == "陈")
    facts = {result.gate.code: (result.fact_text.en, result.passed) for result in chen.assessment.gates}
    assert facts == {
        "years": ("3 years", True),
        "cases": ("8 cases", False),
        "oral": ("1 ÷ 8 = 12.5 %", True),
        "success": ("4 ÷ 7 = 57.1 %", False),
        "criminal": ("1 case", False),
        "no_serious_fault": ("No", True),
        "training": ("Yes", True),
    }
    assert (chen.gates_passed, chen.gates) == (4, 7)


def test_whoever_takes_over_on_the_last_day_leads_it_and_alone(office: Office) -> None:
    office.hire("陈")
    office.hire("李")
    proceeding = office.open("2024-02-01", "陈")
    office.do(
        proceeding, Action.REPLACE, "2024-02-20", leaving=office.mediators["陈"].id,
        mediator=office.mediators["李"].id, assigned_on=day("2024-02-20"), reason="回避", relation=Relation.NONE,
    )
    office.end(proceeding, Outcome.AGREED_WRITTEN, "2024-02-20")
    office.session.flush()
    assert [len(of(office.session, 2024, name).counted) for name in ("陈", "李")] == [0, 1]


def test_an_agreement_within_the_limit_is_on_time_however_late_the_file_is_ended(office: Office) -> None:
    office.hire("陈")
    proceeding = office.open("2024-03-01", "陈")  # due on 2024-04-01: 31 March is a Sunday
    assert proceeding.due_on == day("2024-04-01")
    office.do(
        proceeding, Action.AGREE, "2024-04-01", respondents=[party.id for party in proceeding.case.respondents],
        agreement_scope=AgreementScope.WHOLE, agreement_form=AgreementForm.WRITTEN, signed_on=day("2024-04-01"),
    )
    results = {party.id: PartyResult.AGREED for party in proceeding.case.respondents}
    office.do(proceeding, Action.END, "2024-05-10", ended_on=day("2024-05-10"), outcome=Outcome.AGREED_WRITTEN,
              results=results)
    office.session.flush()
    facts = of(office.session, 2024, "陈").facts
    assert (facts.with_limit, facts.on_time, facts.extended) == (1, 1, 0)


def test_an_agreement_due_before_its_proceeding_ended_belongs_to_the_year_of_the_end(office: Office) -> None:
    office.hire("陈")
    proceeding = office.open("2024-12-01", "陈")
    office.do(
        proceeding, Action.AGREE, "2024-12-10", respondents=[party.id for party in proceeding.case.respondents],
        agreement_scope=AgreementScope.WHOLE, agreement_form=AgreementForm.WRITTEN, signed_on=day("2024-12-10"),
        performance_due_on=day("2024-12-20"),
    )
    results = {party.id: PartyResult.AGREED for party in proceeding.case.respondents}
    office.do(proceeding, Action.END, "2025-01-05", ended_on=day("2025-01-05"), outcome=Outcome.AGREED_WRITTEN,
              results=results)
    office.do(proceeding.agreements[0], Action.PERFORM, "2026-02-01", performance=PerformanceState.LATE,
              performed_on=day("2026-02-01"))
    office.session.flush()
    due = {year: of(office.session, year, "陈").facts for year in (2024, 2025, 2026)}
    assert [facts.agreements_due for facts in due.values()] == [0, 1, 0]
    assert due[2025].performed == 0  # it was paid, but not by the end of that year
    assert of(office.session, 2026, "陈", Span.SERVICE).facts.performed == 1


def test_a_debt_that_went_to_enforcement_before_it_was_due_counts_in_that_year(office: Office) -> None:
    office.hire("陈")
    proceeding = office.end(office.open("2024-02-01", "陈"), Outcome.AGREED_WRITTEN, "2024-02-20", due="2026-06-30")
    office.do(proceeding.agreements[0], Action.PERFORM, "2024-11-01", performance=PerformanceState.SUED,
              performed_on=day("2024-11-01"))
    office.session.flush()
    due = [of(office.session, year, "陈").facts.agreements_due for year in (2024, 2025, 2026)]
    assert due == [1, 0, 0]


def test_an_annulled_agreement_is_not_due_from_the_year_it_fell(office: Office) -> None:
    office.hire("陈")
    proceeding = office.end(office.open("2024-02-01", "陈"), Outcome.AGREED_WRITTEN, "2024-02-20", due="2024-06-30")
    office.annul(proceeding, "2025-01-15")
    office.session.flush()
    assert of(office.session, 2024, "陈").facts.agreements_due == 1
    assert of(office.session, 2025, "陈", Span.SERVICE).facts.agreements_due == 0


def test_follow_ups_count_in_the_year_they_were_made(office: Office) -> None:
    office.hire("陈")
    proceeding = office.end(office.open("2024-12-01", "陈"), Outcome.AGREED_ORAL, "2024-12-20")
    office.follow_up(proceeding, "2024-12-28", 5)
    office.follow_up(proceeding, "2025-01-10", 3, criminal=True)
    office.follow_up(proceeding, "2025-02-10", 2, criminal=True)
    office.session.flush()
    found = {year: of(office.session, year, "陈").facts for year in (2024, 2025)}
    assert [(f.follow_ups, f.satisfied_sum, f.turned_criminal) for f in found.values()] == [(1, 5, 0), (2, 5, 1)]


def test_an_open_case_is_told_to_its_lead_and_its_helpers_differently(office: Office) -> None:
    office.hire("陈")
    office.hire("李")
    office.assign(office.open("2024-11-01", "陈"), "李", "2024-11-05", MediatorRole.ASSISTANT)
    office.session.flush()
    told = {name: [line.decision.reason.en for line in of(office.session, 2024, name).not_counted] for name in "陈李"}
    assert told == {"陈": ["Not counted: not ended yet"], "李": ["Took part: Assisting mediator"]}
    assert of(office.session, 2023, "陈").not_counted == ()


# --- the register ---


def test_who_is_in_the_report_and_since_when(office: Office) -> None:
    office.hire("甲", since="2020-03-01")
    office.hire("乙", since="2025-01-01")
    office.hire("丙", since=None)
    at = at_noon(day("2023-06-01"))
    first = office.stage.organisations[Channel.PEOPLE]
    second = office.stage.organisations[Channel.ADMINISTRATIVE]
    person = office.mediators["甲"]
    register.register_with(office.session, person, second, level=MediatorLevel.LEVEL_2, specialities=(),
                           from_on=day("2023-06-01"), by=office.stage.zone, at=at)
    listed = {each.name: each for each in queries.list_mediators(office.session, 2024)}
    assert "乙" not in listed
    assert "丙" not in listed
    assert listed["甲"].facts.registered_since == day("2020-03-01")
    assert listed["甲"].facts.level is MediatorLevel.LEVEL_2
    assert {key for key, _ in listed["甲"].organisations} == {first.id, second.id}
    only = report.make(office.session, 2024, schemes.BALANCED, organisation_id=second.id)
    assert {row.mediator.name for row in only.rows} == {"甲", office.stage.mediators[Channel.ADMINISTRATIVE].name}


def test_a_serious_fault_closes_the_gate_of_its_year_only(lived: Office) -> None:
    lived.mediators["陈"].serious_fault_on = day("2024-11-11")
    lived.session.flush()
    assert of(lived.session, 2024, "陈").facts.serious_fault is True
    assert of(lived.session, 2025, "陈").facts.serious_fault is False
    assert of(lived.session, 2025, "陈", Span.SERVICE).facts.serious_fault is True
    row = next(r for r in report.make(lived.session, 2024, schemes.BALANCED).rows if r.mediator.name == "陈")
    assert row.group.code == "gates_not_passed"


def test_training_nobody_recorded_is_unknown_and_not_nought(lived: Office) -> None:
    assert of(lived.session, 2025, "陈").facts.training_hours is None
    li = of(lived.session, 2024, "李").facts
    assert li.training_hours == 0
    assert li.training_done is False


def test_a_difficulty_raised_after_the_end_does_not_count(lived: Office) -> None:
    proceeding = next(p for p in lived.session.scalars(select(Proceeding)) if p.ended_on == day("2024-10-10"))
    actions.correct(lived.session, proceeding, {"difficulty": Difficulty.DIFFICULT}, reason="改评",
                    by=lived.by, at=at_noon(day("2025-04-01")))
    lived.session.flush()
    facts = of(lived.session, 2024, "陈").facts
    assert (facts.difficult, facts.ended) == (1, 7)


def test_entered_by_mistake_is_nowhere(lived: Office) -> None:
    before = of(lived.session, 2024, "陈")
    stray = lived.open("2024-11-01", "陈")
    assert len(of(lived.session, 2024, "陈").not_counted) == len(before.not_counted) + 1
    for _ in range(4):
        actions.undo_last(lived.session, stray.case, reason="误录", by=lived.by, at=at_noon(day("2024-11-02")))
    lived.session.flush()
    assert stray.case.is_void
    assert of(lived.session, 2024, "陈") == before


# --- series ---


def test_a_declared_series_is_one_unit_and_is_taken_off_once_it_falls_below_half(office: Office) -> None:
    office.hire("李")
    written = Outcome.AGREED_WRITTEN
    agreed = [office.closed("2024-03-01", "2024-03-20", "李", written, series="批量甲") for _ in range(3)]
    for _ in range(2):
        office.closed("2024-03-01", "2024-03-20", "李", Outcome.DEADLOCK, series="批量甲")
    office.closed("2024-04-01", "2024-04-20", "李", Outcome.DEADLOCK)
    li = of(office.session, 2024, "李")
    assert len(li.counted) == 6
    assert (li.units, li.facts.ended, li.facts.agreed, li.facts.failure) == (2, 2, 1, 1)
    assert (li.facts.with_limit, li.facts.on_time, li.facts.filed_due) == (2, 2, 6)  # files are counted one by one
    each = queries.list_mediators(office.session, 2024, series_share=None)
    assert next(one for one in each if one.name == "李").facts.agreed == 3
    office.annul(agreed[0], "2025-02-01")
    assert of(office.session, 2025, "李").facts.deducted == 1  # two of five are less than half
    office.annul(agreed[1], "2025-03-01")
    later = of(office.session, 2025, "李")
    assert later.facts.deducted == 1  # one unit was credited, one is lost
    assert len(later.not_counted) == 2


def test_a_series_that_still_reaches_half_loses_nothing(office: Office) -> None:
    office.hire("李")
    written = Outcome.AGREED_WRITTEN
    agreed = [office.closed("2024-03-01", "2024-03-20", "李", written, series="批量乙") for _ in range(4)]
    office.annul(agreed[0], "2025-02-01")
    office.annul(agreed[1], "2025-02-02")
    li = of(office.session, 2025, "李")
    assert li.facts.deducted == 0  # two of four are half
    assert [line.decision.deducted for line in li.not_counted] == [True, True]


# --- against others ---


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_the_lines_agree_with_the_statistics_of_the_year(lived: Office, year: int) -> None:
    play.play(lived.session, STORIES, lived.stage)
    lived.session.flush()
    table = statistics.figures(lived.session, periods.year(year), level=Level.PROCEEDING, by=Dimension.MEDIATOR)
    rows = {row.code: row for row in table.rows}
    people = queries.list_mediators(lived.session, year, series_share=None)
    assert sum(len(person.counted) for person in people) > 0
    for person in people:
        row = rows.get(str(person.mediator_id))
        if row is None:
            assert person.counted == ()
            continue
        facts = person.facts
        ended = row.figure("SUCC_CLOSED_PROCEEDING")
        assert (ended.numerator, ended.denominator) == (facts.agreed, len(person.counted) + (facts.never_started or 0))
        tried = row.figure("SUCC_TRIED_PROCEEDING")
        assert (tried.numerator, tried.denominator) == (facts.agreed, facts.tried)
        assert row.figure("ON_TIME").numerator >= (facts.on_time or 0)


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_a_naive_recount_finds_the_same(lived: Office, year: int) -> None:
    play.play(lived.session, STORIES, lived.stage)
    lived.session.flush()
    cases = list(lived.session.scalars(select(Case)))
    for person in queries.list_mediators(lived.session, year):
        recounted = {"ended": 0, "agreed": 0, "failure": 0, "neutral": 0, "on_time": 0, "deducted": 0}
        for proceeding in (p for c in cases for p in c.proceedings):
            leads = [a for a in proceeding.assignments if a.role is MediatorRole.LEAD and a.until_on is None]
            if not leads or leads[0].mediator_id != person.mediator_id or proceeding.ended_on is None:
                continue
            result, fell = proceeding.result_class, proceeding.voided_on
            if result is OutcomeClass.NEVER_STARTED or proceeding.outcome is Outcome.TRANSFERRED:
                continue
            if proceeding.ended_on.year < year and fell is not None and fell.year == year:
                recounted["deducted"] += 1
            if proceeding.ended_on.year != year:
                continue
            if fell is not None and fell.year <= year:
                result = OutcomeClass.FAILURE
            kind = "agreed" if result in (OutcomeClass.SUCCESS, OutcomeClass.PART) else str(result)
            recounted["ended"] += 1
            recounted[kind] += 1
            settled = proceeding.agreed_on or proceeding.ended_on
            recounted["on_time"] += proceeding.due_on is not None and settled <= proceeding.due_on
        assert {name: getattr(person.facts, name) for name in recounted} == recounted, (year, person.name)


def test_the_same_data_twice_give_the_same_json_and_one_mediator_alone_the_same_row(lived: Office) -> None:
    once, again = (
        json.dumps(report.run(lived.session, 2024), ensure_ascii=False, sort_keys=True) for _ in range(2)
    )
    assert once == again
    assert PARTY not in once
    lived.session.expire_all()
    whole = report.make(lived.session, 2024, schemes.BALANCED)
    for row in whole.rows:
        alone = report.make(lived.session, 2024, schemes.BALANCED, mediator_id=row.mediator.mediator_id)
        assert alone.rows == (row,)


def test_a_scheme_that_there_is_not_and_a_year_that_is_none_are_refused(session: Session) -> None:
    with pytest.raises(NotFoundError):
        report.run(session, 2024, "best_of_all")
    with pytest.raises(NotFoundError):
        report.run(session, 2019, "guangdong_level_4")  # it holds from 2020
    with pytest.raises(FactError):
        report.run(session, 218)


def test_the_number_of_statements_does_not_grow_with_the_mediators(lived: Office) -> None:
    few = _statements(lived.session)
    for place in range(20):
        lived.hire(f"新人{place}")
        lived.closed("2024-11-01", "2024-11-20", f"新人{place}", Outcome.AGREED_WRITTEN)
    lived.session.flush()
    assert _statements(lived.session) == few


def _statements(session: Session) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    try:
        report.make(session, 2024, schemes.BALANCED)
    finally:
        event.remove(bind, "before_cursor_execute", note)
    return len(seen)
