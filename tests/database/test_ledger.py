"""Ledgers into the database: what arrives, what stays out, and that nothing happens twice.

The counts are plain SQL over the tables, held against the answers that came with the ledgers.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from mediation.audit import queries as audit
from mediation.audit.models import AuditEvent
from mediation.cases import actions as moves
from mediation.cases import deriving, journal, search
from mediation.cases.facts import Fact
from mediation.cases.models import (
    Assignment,
    Case,
    CaseEvent,
    ExternalNumber,
    Party,
    Proceeding,
    SearchText,
)
from mediation.cases.models import (
    Counter as NumberCounter,
)
from mediation.database import Database, Session, make_database
from mediation.demo import play
from mediation.errors import FactError, MoveError
from mediation.ledger import actions, command, queries
from mediation.ledger.bulk import Ids
from mediation.ledger.models import LedgerImport, Stage, StagedRow
from mediation.ledger.profile import STANDARD
from mediation.migrating import metadata
from mediation.register import actions as register
from mediation.register.models import Mediator, Organisation, Registration
from mediation.terms import (
    Action,
    AgreementForm,
    CaseState,
    MediatorRole,
    NumberKind,
    OrganisationKind,
    Outcome,
    OutcomeClass,
    Park,
    PartyResult,
    RightKind,
    Role,
    Source,
    State,
    SuspendReason,
)

DATA = Path(__file__).resolve().parent.parent / "data"
DIRTY, CLEAN = DATA / "ledger-dirty-2018.xlsx", DATA / "ledger-shanghai-2018.xlsx"
AT = dt.datetime(2026, 11, 2, 3, 0, tzinfo=dt.UTC)

TITLES = ["备注", "调解员", "案件编号", "状态", "调解组织", "调解渠道", "申请人", "被申请人", "知识产权类型",
          "受理日期", "收案日期", "办结日期", "调解结果", "案由"]  # fmt: skip
ROW = {"案件编号": "甲1", "状态": "已办结", "调解组织": "甲调委会", "调解渠道": "人民调解", "申请人": "某某有限公司",
       "被申请人": "某某厂", "知识产权类型": "商标", "受理日期": "2018-03-05", "收案日期": "2018-03-01",
       "办结日期": "2018-04-02", "调解结果": "调解不成", "调解员": "陈刚"}  # fmt: skip


def write_ledger(folder: Path, *changes: dict[str, str], name: str = "台账.csv") -> Path:
    """A ledger whose columns stand in an order of their own, with a title row above."""
    path = folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, TITLES)
        file.write("某单位2018年度台账" + "," * (len(TITLES) - 1) + "\r\n")
        writer.writeheader()
        writer.writerows({**ROW, **change} for change in changes)
    return path


def run(database: Database, path: Path, **choices: Any) -> dict[str, Any]:
    return command.run(database, path, by=None, at=AT, **choices)


def everything(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    with database.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in metadata().sorted_tables
        }


def counts(session: Session, question: Any) -> dict[Any, int]:
    return dict(session.execute(question).all())


# The ledger of 2,157 rows ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def clean(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of each engine with the clean ledger in it; nobody writes to it afterwards."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("clean") / "mediation.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        cluster = request.getfixturevalue("postgresql_cluster")
        name = cluster.create(template=request.getfixturevalue("postgresql_template"))
        # Dropped with the cluster: the database is closed before, and another module never sees it.
        url = cluster.url(name)
    database = make_database(url, info={"audit_key": b"the key of a test"})
    answer = run(database, CLEAN)
    assert (answer["rows"], answer["arrived"], answer["faults"], answer["warnings"]) == (2157, 2157, [], [])
    yield database
    database.dispose()


def test_the_clean_ledger_counts_as_its_answers_say(clean: Database):
    answers = json.loads((DATA / "ledger-shanghai-2018.answers.json").read_text(encoding="utf-8"))
    success = Case.outcome_class == OutcomeClass.SUCCESS
    with clean.read() as session:
        assert session.scalar(select(func.count()).where(Case.accepted_on.is_not(None))) == answers["accepted"]
        states = counts(session, select(Case.state, func.count()).group_by(Case.state))
        assert states == {
            CaseState.ENDED: answers["ended"],
            CaseState.SUSPENDED: answers["suspended"],
            CaseState.OPEN: answers["pending"],
        }
        classes = counts(session, select(Case.outcome_class, func.count()).group_by(Case.outcome_class))
        assert classes == {
            OutcomeClass.SUCCESS: answers["agreed"],
            OutcomeClass.FAILURE: answers["not_agreed"],
            None: answers["suspended"] + answers["pending"],
        }
        titles: dict[Any, str] = {RightKind.COPYRIGHT: "著作权", RightKind.TRADE_MARK: "商标", RightKind.PATENT: "专利",
                                  RightKind.OTHER: "其他"}  # fmt: skip
        for column, told, name in (
            (Case.primary_kind, answers["by_kind"], titles.__getitem__),
            (Case.source, answers["by_source"], lambda source: Source(source).words.zh),
        ):
            accepted = counts(session, select(column, func.count()).group_by(column))
            agreed = counts(session, select(column, func.count()).where(success).group_by(column))
            assert {name(key): {"accepted": n, "agreed": agreed[key]} for key, n in accepted.items()} == told
        ended = session.execute(select(Case.accepted_on, Case.ended_on).where(Case.ended_on.is_not(None))).all()
        months = Counter(str(ended_on.month) for _, ended_on in ended if ended_on)
        assert months == answers["by_month_ended"]
        days = statistics.median((last - first).days for first, last in ended if first and last)
        assert days == answers["median_days_ended"]
        leads = session.execute(
            select(Mediator.name, Proceeding.result_class, func.count())
            .join(Proceeding, Proceeding.lead_id == Mediator.id)
            .where(Proceeding.state == State.ENDED)
            .group_by(Mediator.name, Proceeding.result_class)
        ).all()
        by_lead: dict[str, dict[str, int]] = {}
        for name_, class_, number in leads:
            told = by_lead.setdefault(name_, {"ended": 0, "agreed": 0})
            told["ended"] += number
            told["agreed"] += number if class_ is OutcomeClass.SUCCESS else 0
        assert by_lead == answers["by_mediator_lead"]


def test_everything_derived_is_what_deriving_makes_of_it(clean: Database):
    with clean.read() as session:
        for case in session.scalars(select(Case).where(Case.id % 10 == 3)):
            (proceeding,) = case.proceedings
            derived = deriving.proceeding_derived(proceeding)
            assert {name: getattr(proceeding, name) for name in deriving.DERIVED} == {
                name: getattr(derived, name) for name in deriving.DERIVED
            }
            dispute = deriving.dispute_of(case)
            assert (case.state, case.accepted_on, case.ended_on, case.outcome_class) == (
                dispute.state, dispute.accepted_on, dispute.ended_on, dispute.result,
            )  # fmt: skip
            assert [(s.opened_on, s.ended_on) for s in case.spells] == [
                (s.opened_on, s.ended_on) for s in dispute.spells
            ]
            assert [(t.mediator_id, t.from_on, t.until_on) for t in proceeding.tenures] == [
                (t.mediator_id, t.from_on, t.until_on) for t in deriving.tenures_of(proceeding)
            ]
            assert case.current_proceeding_id == proceeding.id


def test_the_trail_seals_every_event_in_recording_order(clean: Database):
    with clean.read() as session:
        (sealed,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "ledger.import"))
        events = session.scalars(select(CaseEvent).order_by(CaseEvent.id)).all()
        assert {event.audit_seq for event in events} == {sealed.seq}
        cases = {case.id: case for case in session.scalars(select(Case))}
        assert [journal.digest_of(cases[e.case_id], e, 1) for e in events] == [e.digest for e in events]
        detail = json.loads(sealed.detail)
        assert detail["seal"] == journal.seal_of([event.digest for event in events])
        assert (detail["events"], detail["cases"]) == (len(events), 2157)
        assert audit.verify(session).is_whole
        assert {event.by_id for event in events} == {None}


def test_numbers_are_gapless_and_each_organisations_own(clean: Database):
    with clean.read() as session:
        assert sorted(session.scalars(select(Case.number_seq))) == list(range(1, 2158))
        theirs: dict[int, list[int]] = {}
        for organisation, seq in session.execute(select(Proceeding.organisation_id, Proceeding.number_seq)):
            theirs.setdefault(organisation, []).append(seq)
        assert all(sorted(seqs) == list(range(1, len(seqs) + 1)) for seqs in theirs.values())
        last = {f"organisation:{key}": len(seqs) for key, seqs in theirs.items()} | {"zone": 2157}
        assert counts(session, select(NumberCounter.series, NumberCounter.last)) == last


def test_who_writes_after_an_import_gets_an_id_of_its_own(database: Database, tmp_path: Path):
    run(database, write_ledger(tmp_path, {}))
    with database.write() as session:
        case = session.scalars(select(Case)).one()
        session.add(ExternalNumber(case_id=case.id, kind=NumberKind.OTHER, number="9", number_key="9"))
        session.flush()
        assert session.scalar(select(func.count(ExternalNumber.id.distinct()))) == 2
        session.rollback()


# What a row becomes -------------------------------------------------------------------------------------------------


def one_case(session: Session, number: str) -> Case:
    return session.scalars(
        select(Case).join(Case.numbers).where(ExternalNumber.kind == NumberKind.LEDGER, ExternalNumber.number == number)
    ).one()


def test_an_agreed_row_has_its_agreement_its_results_and_its_history(clean: Database):
    with clean.read() as session:
        case = one_case(session, "2018-00006")
        (proceeding,) = case.proceedings
        assert (case.park, proceeding.entry_form, proceeding.registered_by_id) == (Park.SHUNDE, None, None)
        assert {Fact.ENTRY_FORM, Fact.STARTED_ON, Fact.SIGNED_ON} <= proceeding.unknown
        (agreement,) = proceeding.agreements
        assert (agreement.form, agreement.signed_on, agreement.effective_on) == (AgreementForm.WRITTEN, None, None)
        assert (str(agreement.amount), agreement.performed_on) == ("24383.50", dt.date(2018, 11, 18))
        assert agreement.respondents == [party.id for party in case.respondents]
        assert [result.result for result in proceeding.results] == [PartyResult.AGREED]
        assert agreement.confirmation is not None
        assert (agreement.confirmation.court, agreement.confirmation.number) == (None, "（2018）粤06民特1781号")
        assert {(n.kind, n.number) for n in case.numbers} == {
            (NumberKind.LEDGER, "2018-00006"),
            (NumberKind.COURT, "（2018）粤06诉前调9050号"),
            (NumberKind.CONFIRMATION, "（2018）粤06民特1781号"),
        }
        assert [(e.action, e.on) for e in case.events] == [
            (Action.REGISTER, dt.date(2018, 8, 22)),
            (Action.ACCEPT, dt.date(2018, 8, 25)),
            (Action.ASSIGN, None),
            (Action.START, None),
            (Action.END, dt.date(2018, 11, 1)),
            (Action.PERFORM, dt.date(2018, 11, 18)),
            (Action.APPLY_CONFIRMATION, None),
            (Action.DECIDE_CONFIRMATION, None),
        ]
        states = [(e.state_from, e.state_to) for e in case.events[:5]]
        assert states == [(None, "registered"), ("registered", "accepted"), ("accepted", "accepted"),
                          ("accepted", "mediating"), ("mediating", "ended")]  # fmt: skip
        body = session.get_one(SearchText, case.id).body
        assert body == search.words_of(case)


def test_a_suspended_row_stands_still_from_its_acceptance(clean: Database):
    with clean.read() as session:
        found = session.scalars(select(Proceeding).where(Proceeding.state == State.SUSPENDED)).all()
        assert len(found) == 46
        for proceeding in found:
            assert proceeding.state_before is State.MEDIATING
            (stop,) = proceeding.suspensions
            assert (stop.from_on, stop.from_unknown, stop.reason) == (
                proceeding.accepted_on, True, SuspendReason.UNKNOWN,
            )  # fmt: skip
            assert stop.resumed_on is None


def test_assisting_mediators_take_part_and_bear_no_share(clean: Database):
    with clean.read() as session:
        assisting = session.scalars(select(Assignment).where(Assignment.role == MediatorRole.ASSISTANT)).all()
        assert len(assisting) == 273
        assert {a.share for a in assisting} == {0}
        leads = session.scalars(select(Assignment).where(Assignment.role == MediatorRole.LEAD)).all()
        assert len(leads) == 2157
        assert {(a.share, a.relation) for a in leads} == {(100, None)}


def test_unknown_organisations_and_people_are_made_with_what_is_known_of_them(clean: Database):
    with clean.read() as session:
        kinds: dict[str, OrganisationKind] = dict(session.execute(select(Organisation.name, Organisation.kind)).all())
        assert kinds["知识产权诉调对接中心"] is OrganisationKind.COURT
        assert kinds["市场监督管理局调解室"] is OrganisationKind.ADMINISTRATIVE_ORGAN
        assert kinds["版权纠纷人民调解委员会"] is OrganisationKind.COMMITTEE
        registrations = session.scalars(select(Registration)).all()
        assert {(r.from_on, r.from_unknown) for r in registrations} == {(None, True)}
        pairs = select(Assignment.mediator_id, Proceeding.organisation_id).join(Assignment.proceeding)
        worked = {(mediator, organisation) for mediator, organisation in session.execute(pairs)}
        assert {(r.mediator_id, r.organisation_id) for r in registrations} == worked


def test_a_withdrawn_row_needs_no_mediator_and_says_what_came_of_each(database: Database, tmp_path: Path):
    path = write_ledger(
        tmp_path,
        {"案件编号": "撤", "调解结果": "申请人撤回", "调解员": "", "被申请人": "甲厂；乙厂"},
        {"案件编号": "部", "调解结果": "部分达成协议", "被申请人": "甲厂；乙厂"},
        {"案件编号": "拒", "调解结果": "当事人拒绝调解", "调解员": ""},
    )
    assert run(database, path)["arrived"] == 3
    with database.read() as session:
        (withdrawn,) = one_case(session, "撤").proceedings
        assert (withdrawn.outcome, withdrawn.result_class) == (Outcome.WITHDRAWN, OutcomeClass.NEUTRAL)
        assert [r.result for r in withdrawn.results] == [PartyResult.WITHDRAWN] * 2
        (part,) = one_case(session, "部").proceedings
        # Which of the two agreed, the ledger does not say.
        assert [r.result for r in part.results] == [PartyResult.UNKNOWN] * 2
        assert part.agreements[0].respondents == []
        assert part.result_class is OutcomeClass.PART
        (refused,) = one_case(session, "拒").proceedings
        assert refused.result_class is OutcomeClass.NEVER_STARTED


def test_a_name_that_looks_like_a_formula_stays_text(database: Database):
    assert run(database, DIRTY)["arrived"] == 50
    with database.read() as session:
        names = session.scalars(select(Party.name).where(Party.name.startswith("="))).all()
        assert names
        assert set(names) == {"=cmd|'/C calc'!A1"}


def test_columns_in_any_order_and_notes_arrive(database: Database, tmp_path: Path):
    answer = run(database, write_ledger(tmp_path, {"备注": "曾电话联系", "案由": "=1+1"}))
    assert (answer["arrived"], answer["faults"]) == (1, [])
    with database.read() as session:
        case = one_case(session, "甲1")
        assert case.facts == "=1+1"
        assert case.events[0].facts["note"] == "曾电话联系"
        assert (case.source, Fact.SOURCE in case.proceedings[0].unknown) == (Source.OTHER, True)


def test_an_imported_case_goes_on_by_hand(database: Database, tmp_path: Path):
    open_row = {"办结日期": "", "调解结果": ""}
    run(database, write_ledger(tmp_path, {**open_row, "案件编号": "停", "状态": "中止"}))
    with database.write() as session:
        (proceeding,) = one_case(session, "停").proceedings
        by = play.Player(7, Role.ORGANISATION_ADMIN, proceeding.organisation_id)
        day = dt.date(2026, 10, 30)
        at = dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)
        moves.perform(session, proceeding, Action.RESUME, by=by, at=at, facts={Fact.RESUMED_ON: day})
        assert proceeding.state is State.MEDIATING
        ending = {
            Fact.ENDED_ON: day,
            Fact.OUTCOME: Outcome.AGREED_WRITTEN,
            Fact.SIGNED_ON: day,
            Fact.RESULTS: {party.id: PartyResult.AGREED for party in proceeding.case.respondents},
        }
        moves.perform(session, proceeding, Action.END, by=by, at=at, facts=ending)
        session.commit()
    with database.read() as session:
        case = one_case(session, "停")
        assert (case.state, case.ended_on, case.outcome_class) == (CaseState.ENDED, day, OutcomeClass.SUCCESS)
        assert [event.seq for event in case.events] == list(range(1, len(case.events) + 1))
        last = moves.last_standing_event(session, case)
        assert last is not None
        assert last.action is Action.END


def test_every_combination_that_is_no_fault_can_be_told_by_the_workflow(database: Database, tmp_path: Path):
    """The reading and the workflow judge by two sets of rules: what the one lets through the other must tell."""
    choices: dict[str, list[str]] = {
        "状态": [*STANDARD.states, ""],
        "调解结果": [*STANDARD.endings, ""],
        "调解员": ["陈刚", "陈刚、李怡玉", ""],
        "调解渠道": list(STANDARD.channels),
        "被申请人": ["甲厂", "甲厂；乙厂"],
        "收案日期": ["2018-03-01", ""],
        "受理日期": ["2018-03-05", ""],
        "办结日期": ["2018-04-02", ""],
    }
    random = Random(2018)  # noqa: S311 - a choice of rows, no secret
    changes = [
        {title: random.choice(words) for title, words in choices.items()} | {"案件编号": f"合{n}"} for n in range(1500)
    ]
    # Endings are the richest: each word of them once more, in a row that has all it needs.
    changes += [{"案件编号": f"终{n}", "调解结果": word} for n, word in enumerate(STANDARD.endings)]
    answer = run(database, write_ledger(tmp_path, *changes))
    assert answer["arrived"] + len(answer["faults"]) == len(changes)
    assert answer["arrived"] > 150
    with database.read() as session:
        assert set(session.scalars(select(Proceeding.outcome).distinct())) == {
            None, *(ending.outcome for ending in STANDARD.endings.values()),
        }  # fmt: skip


# Faults, and doing nothing ------------------------------------------------------------------------------------------


def test_the_dirty_ledger_keeps_its_faults_out_and_lets_the_rest_in(database: Database):
    told = json.loads((DATA / "ledger-dirty-2018.answers.json").read_text(encoding="utf-8"))
    answer = run(database, DIRTY)
    assert [{key: fault[key] for key in ("row", "column", "fault")} for fault in answer["faults"]] == told["faults"]
    assert (answer["rows"], answer["arrived"], answer["already_here"]) == (120, 50, [])
    with database.read() as session:
        assert session.scalar(select(func.count(Case.id))) == 50
        (import_,) = session.scalars(select(LedgerImport))
        assert (import_.stage, import_.row_count, import_.faulty_count, import_.arrived_count) == (
            Stage.ARRIVED, 120, 70, 50,
        )  # fmt: skip
        assert [row.row for row in queries.list_faults(session, import_)] == [f["row"] for f in told["faults"]]
        arrived = session.scalars(select(StagedRow).where(StagedRow.case_id.is_not(None))).all()
        # Nothing personal stays behind in the staging.
        assert (len(arrived), {row.entry for row in arrived}) == (50, {None})


def test_the_same_file_again_changes_nothing(database: Database):
    first = run(database, DIRTY)
    before = everything(database)
    again = run(database, DIRTY)
    assert everything(database) == before
    assert (again["arrived"], len(again["already_here"])) == (0, first["arrived"])
    assert again["faults"] == first["faults"]
    assert again["created"] == {"organisations": 0, "mediators": 0, "registrations": 0}


def test_strict_refuses_a_faulty_file_whole(database: Database):
    before = everything(database)
    answer = run(database, DIRTY, strict=True)
    assert everything(database) == before
    assert (answer["refused"], answer["arrived"], len(answer["faults"])) == (True, 0, 70)


def test_strict_takes_a_file_without_fault(database: Database, tmp_path: Path):
    assert run(database, write_ledger(tmp_path, {}), strict=True)["arrived"] == 1


def test_a_dry_run_says_what_would_come_and_changes_nothing(database: Database):
    before = everything(database)
    dry = run(database, DIRTY, dry_run=True)
    assert everything(database) == before
    wet = run(database, DIRTY)
    assert {**dry, "dry_run": False} == wet


def test_a_longer_ledger_brings_only_its_new_rows(database: Database, tmp_path: Path):
    run(database, write_ledger(tmp_path, {}))
    # The same number, typed otherwise; and one new row by the same mediator.
    answer = run(database, write_ledger(tmp_path, {"案件编号": " 甲１"}, {"案件编号": "甲2"}))
    assert (answer["already_here"], answer["arrived"]) == ([3], 1)
    assert answer["created"] == {"organisations": 0, "mediators": 0, "registrations": 0}
    with database.read() as session:
        assert sorted(session.scalars(select(Case.number))) == ["佛高知调〔2018〕00001号", "佛高知调〔2018〕00002号"]


def test_a_file_that_is_no_ledger_changes_nothing(database: Database, tmp_path: Path):
    path = tmp_path / "别的.csv"
    path.write_text("姓名,电话\r\n甲,1\r\n", encoding="utf-8")
    before = everything(database)
    with pytest.raises(FactError):
        run(database, path)
    assert everything(database) == before


# Beside others who write --------------------------------------------------------------------------------------------


class Others:
    """Somebody who takes in a ledger of their own, as often as said, while another one is being prepared."""

    def __init__(self, database: Database, folder: Path, times: int) -> None:
        self.database, self.folder, self.left = database, folder, times

    def __call__(self, stage: Stage, _done: int, _all: int) -> None:
        if stage is Stage.ARRIVING and self.left:
            self.left -= 1
            path = write_ledger(self.folder, {"案件编号": f"乙{self.left}"}, name=f"{self.left}.csv")
            assert run(self.database, path)["arrived"] == 1


def whole(database: Database) -> None:
    """Numbers without gaps, every digest as recorded, and every case found by its words."""
    with database.read() as session:
        zone = sorted(session.scalars(select(Case.number_seq)))
        assert zone == list(range(1, len(zone) + 1))
        own = sorted(session.scalars(select(Proceeding.number_seq)))
        assert own == zone
        cases = {case.id: case for case in session.scalars(select(Case))}
        events = session.scalars(select(CaseEvent).order_by(CaseEvent.id)).all()
        assert [journal.digest_of(cases[e.case_id], e, 1) for e in events] == [e.digest for e in events]
        assert session.scalar(select(func.count(Organisation.id))) == 1
        assert audit.verify(session).is_whole


@pytest.mark.parametrize("times", [0, 1, 2, 5], ids=["alone", "overtaken", "overtaken twice", "overtaken at every try"])
def test_others_write_while_a_ledger_is_prepared_and_no_number_is_given_twice(
    database: Database, tmp_path: Path, times: int
):
    mine = write_ledger(tmp_path, *({"案件编号": f"甲{n}"} for n in range(5)))
    others = Others(database, tmp_path, times)
    answer = run(database, mine, tell=others)
    assert answer["arrived"] == 5
    whole(database)
    with database.read() as session:
        # Whoever prepares in vain often enough has the others wait at last.
        assert session.scalar(select(func.count(Case.id))) == 5 + times - others.left
        assert session.scalar(select(func.count(AuditEvent.seq))) == 1 + times - others.left


def test_a_row_that_arrived_meanwhile_is_here_already(database: Database, tmp_path: Path):
    mine = write_ledger(tmp_path, {"案件编号": "乙0"}, {"案件编号": "甲1"})
    answer = run(database, mine, tell=Others(database, tmp_path, 1))
    assert (answer["arrived"], len(answer["already_here"])) == (1, 1)
    whole(database)


def test_what_was_prepared_is_refused_once_somebody_came_between(database: Database, tmp_path: Path):
    file = actions.read_file(write_ledger(tmp_path, {}), profile=STANDARD, at=AT)
    with database.read() as session:
        prepared = actions.prepare(session, file.reading.entries, ids=Ids.beforehand(database), at=AT)
    Others(database, tmp_path, 1)(Stage.ARRIVING, 0, 1)
    before = everything(database)
    with database.write() as session, pytest.raises(actions.OvertakenError):
        actions.take_in(session, file, by=None, at=AT, prepared=prepared)
    assert everything(database) == before


def test_an_imported_case_is_found_by_its_words(database: Database, tmp_path: Path):
    run(database, write_ledger(tmp_path, {"被申请人": "某某灯饰厂"}))
    administrator = play.Player(7, Role.ZONE_ADMIN, None)
    with database.read() as session:
        case = one_case(session, "甲1")
        for words in ("灯饰", "某某灯饰厂", case.number, "甲1"):
            assert search.find(session, words, administrator).case_ids == (case.id,)


def test_a_decided_import_arrives_by_the_worker_that_claimed_it(database: Database):
    with database.write() as session:
        import_ = staged(session, DIRTY)
        import_id = import_.id
        actions.decide(session, import_, by=play.Player(7, Role.ZONE_ADMIN, None), at=AT)
        session.commit()
        with pytest.raises(MoveError):
            actions.decide(session, import_, by=play.Player(7, Role.ZONE_ADMIN, None), at=AT)
        session.rollback()
    for worker, is_first in (("first", True), ("second", False)):
        with database.aside() as session:
            assert actions.claim(session, import_id, worker=worker, at=AT) is is_first
    told: list[tuple[Stage, int, int]] = []
    with pytest.raises(MoveError):
        command.arrive(database, import_id, by=None, worker="second", at=AT)
    arrival = command.arrive(
        database, import_id, by=None, worker="first", at=AT, tell=lambda *said: told.append(said)
    )
    assert arrival.arrived == 50
    assert told[-1] == (Stage.ARRIVING, 50, 50)
    with database.read() as session:
        found = session.get_one(LedgerImport, import_id)
        assert (found.stage, found.arrived_count, found.worker) == (Stage.ARRIVED, 50, None)
        assert queries.created_by(session, found) == {
            "organisations": arrival.organisations, "mediators": arrival.mediators,
            "registrations": arrival.registrations,
        }  # fmt: skip


# The register -------------------------------------------------------------------------------------------------------


def test_who_is_registered_already_is_taken_for_the_same_person(database: Database, tmp_path: Path):
    with database.write() as session:
        organisation = register.create_organisation(
            session, name="甲知识产权调委会", short_name="甲调委会", kind=OrganisationKind.COMMITTEE, park=Park.NANHAI,
            by=None, at=AT,
        )  # fmt: skip
        here = register.create_mediator(session, name="陈刚", by=None, at=AT)
        elsewhere = register.create_mediator(session, name="李怡玉", by=None, at=AT)
        register.register_with(session, here, organisation, from_on=dt.date(2015, 1, 1), by=None, at=AT)
        ids = (organisation.id, here.id, elsewhere.id)
        session.commit()
    answer = run(database, write_ledger(tmp_path, {}, {"案件编号": "甲2", "调解员": "李怡玉"}))
    # 甲调委会 is the short name; 陈刚 is registered there; another 李怡玉 somewhere else is not this one.
    assert answer["created"] == {"organisations": 0, "mediators": 1, "registrations": 1}
    with database.read() as session:
        assert set(session.scalars(select(Proceeding.organisation_id))) == {ids[0]}
        assert one_case(session, "甲1").proceedings[0].lead_id == ids[1]
        assert one_case(session, "甲2").proceedings[0].lead_id not in ids[1:]


def test_one_name_is_one_person_in_one_ledger(database: Database, tmp_path: Path):
    answer = run(database, write_ledger(tmp_path, {}, {"案件编号": "甲2", "调解组织": "乙调委会"}))
    assert answer["created"] == {"organisations": 2, "mediators": 1, "registrations": 2}


def test_a_long_name_gets_a_short_name_of_its_own(database: Database, tmp_path: Path):
    long = "佛山高新技术产业开发区知识产权纠纷人民调解委员会"
    assert run(database, write_ledger(tmp_path, {"调解组织": long + "甲"}, {"案件编号": "2", "调解组织": long + "乙"}))[
        "created"
    ]["organisations"] == 2
    with database.read() as session:
        short = sorted(session.scalars(select(Organisation.short_name)))
        assert short == sorted([long[:20], long[:19] + "2"])


# Staging ------------------------------------------------------------------------------------------------------------


def staged(session: Session, path: Path) -> LedgerImport:
    file = actions.read_file(path, profile=actions.get_profile("standard"), at=AT)
    return actions.stage(session, file, by=None, at=AT)


def test_what_was_previewed_is_what_arrives(session: Session):
    import_ = staged(session, DIRTY)
    preview = queries.preview(session, import_)
    assert sum(preview.by_state.values()) == 50
    assert sum(preview.by_class.values()) == preview.by_state[State.ENDED]
    arrival = actions.arrive(session, import_, by=None, at=AT)
    assert (arrival.arrived, arrival.organisations, arrival.mediators, arrival.registrations) == (
        50, len(preview.plan.new_organisations), len(preview.plan.new_mediators), len(preview.plan.registrations),
    )  # fmt: skip
    assert counts(session, select(Proceeding.state, func.count()).group_by(Proceeding.state)) == preview.by_state
    session.expire_all()
    assert import_.stage is Stage.ARRIVED
    cases = set(session.scalars(select(StagedRow.case_id).where(StagedRow.case_id.is_not(None))))
    assert cases == set(session.scalars(select(Case.id)))


def test_staging_makes_no_case_and_refusing_forgets_the_rows(session: Session):
    import_ = staged(session, DIRTY)
    assert session.scalar(select(func.count(Case.id))) == 0
    assert len(queries.list_entries(session, import_)) == 50
    actions.refuse(session, import_, by=None, at=AT)
    session.expire_all()
    assert queries.list_entries(session, import_) == []
    with pytest.raises(MoveError):
        actions.arrive(session, import_, by=None, at=AT)


def test_an_import_arrives_once(session: Session):
    import_ = staged(session, DIRTY)
    actions.arrive(session, import_, by=None, at=AT)
    with pytest.raises(MoveError):
        actions.arrive(session, import_, by=None, at=AT)


def test_two_stagings_of_one_file_arrive_once(session: Session):
    first, second = staged(session, DIRTY), staged(session, DIRTY)
    assert actions.arrive(session, first, by=None, at=AT).arrived == 50
    arrival = actions.arrive(session, second, by=None, at=AT)
    assert (arrival.arrived, len(arrival.already)) == (0, 50)
    already = select(func.count(StagedRow.id)).where(StagedRow.import_id == second.id, StagedRow.is_already_here)
    assert session.scalar(already) == 50


def test_strict_staging_refuses_to_let_a_faulty_file_arrive(session: Session):
    import_ = staged(session, DIRTY)
    with pytest.raises(FactError):
        actions.arrive(session, import_, by=None, at=AT, strict=True)
    assert session.scalar(select(func.count(Case.id))) == 0


# The foreign layout -------------------------------------------------------------------------------------------------


def test_the_foreign_ledger_arrives_as_its_answers_say(sqlite_database: Database):
    answers = json.loads((DATA / "udrp-2023.answers.json").read_text(encoding="utf-8"))
    answer = run(sqlite_database, DATA / "udrp-2023.csv.gz", profile="udrp")
    assert (answer["rows"], answer["arrived"]) == (answers["rows"], answers["arrived"])
    with sqlite_database.read() as session:
        for provider, told in answers["by_provider"].items():
            mine = session.execute(
                select(Case.accepted_on, Case.ended_on, Case.outcome_class)
                .join(Organisation, Organisation.id == Case.entry_organisation_id)
                .where(Organisation.name == provider)
            ).all()
            assert len(mine) == told["arrived"]
            classes = Counter(class_ for _, _, class_ in mine)
            assert classes[OutcomeClass.SUCCESS] + classes[OutcomeClass.PART] == told["agreed"]
            assert (classes[OutcomeClass.PART], classes[OutcomeClass.FAILURE]) == (
                told["of_which_part"], told["failure"],
            )  # fmt: skip
            assert statistics.median((last - first).days for first, last, _ in mine if first and last) == pytest.approx(
                told["median_days"]
            )
            assert Counter(str(last.year) for _, last, _ in mine if last) == told["ended_by_year"]
        leads = counts(
            session,
            select(Mediator.name, func.count())
            .join(Proceeding, Proceeding.lead_id == Mediator.id)
            .group_by(Mediator.name),
        )
        assert len(leads) == answers["leads"]
        assert {name: leads[name] for name in answers["busiest_leads"]} == answers["busiest_leads"]
