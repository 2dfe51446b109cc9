"""`check` and `check-history`: clean after an honest life, and each kind of tampering is found."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mediation.cases import actions, checks, replay
from mediation.cases.intake import NumberEntry
from mediation.cases.models import Case
from mediation.database import Database, Session, make_database
from mediation.demo import play
from mediation.demo.play import Player
from mediation.terms import NumberKind, Role

STORIES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "stories.json").read_text("utf-8"))
AT = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
ADMIN = Player(1, Role.ZONE_ADMIN)


def found(session: Session, ask: Callable[[Session], checks.Report]) -> set[str]:
    """The codes of what was found."""
    return {finding.code for finding in ask(session).findings}


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine; the stories are played once on each."""
    return str(request.param)


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, engine_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database in which the twenty stories were played."""
    if engine_name == "sqlite":
        path = tmp_path_factory.mktemp("played") / "played.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        cluster = request.getfixturevalue("postgresql_cluster")
        url = cluster.url(cluster.create(template=request.getfixturevalue("postgresql_template")))
    database = make_database(url, info={"audit_key": b"the key of the stories"})
    with database.write() as session:
        stage = play.set_stage(session, since=dt.date(2020, 1, 1), account_id=1)
        play.play(session, STORIES["stories"], stage)
        session.commit()
    yield database
    database.dispose()


@pytest.fixture
def told(played: Database) -> Iterator[Session]:
    """The twenty stories; whatever a test does to them is taken back."""
    with played.write() as session:
        yield session
        session.rollback()


def test_nothing_is_found_after_the_stories(told: Session):
    report = checks.check(told)
    assert report.is_clean
    assert report.counts["cases"] == len(STORIES["stories"])
    assert report.counts["events"] == sum(len(story["steps"]) for story in STORIES["stories"])


def test_the_history_of_the_stories_makes_their_rows(told: Session):
    report = replay.check_history(told)
    assert report.findings == []
    assert report.counts["events"] == sum(len(story["steps"]) for story in STORIES["stories"])


def test_corrections_supplements_and_undoing_leave_nothing_to_find(told: Session):
    cases = told.query(Case).order_by(Case.id).all()
    for number, case in enumerate(cases):
        actions.supplement(told, case, numbers=(NumberEntry(NumberKind.OTHER, f"外号{number}"),),
                           by=_clerk_of(case), at=AT)  # fmt: skip
    corrected = next(case for case in cases if case.proceedings[0].started_on is not None)
    first = corrected.proceedings[0]
    new = {"started_on": first.accepted_on, "facts": "改写的事实"}
    actions.correct(told, first, new, reason="录错", by=ADMIN, at=AT)
    for case in cases:
        while actions.last_standing_event(told, case) is not None and case.id % 3 == 0:
            actions.undo_last(told, case, reason="误录", by=ADMIN, at=AT)
    told.flush()
    told.expunge_all()
    assert checks.check(told).findings == []
    told.expunge_all()
    assert replay.check_history(told).findings == []


def _clerk_of(case: Case) -> Player:
    return Player(1, Role.CLERK, case.proceedings[0].organisation_id)


TAMPERED = {
    "a derived state": (
        "UPDATE cases SET outcome_class = 'neutral' WHERE outcome_class = 'success'", {"derived"}, set()),
    "a derived due date": ("UPDATE proceeding SET due_on = '2030-01-01' WHERE due_on IS NOT NULL", {"derived"}, set()),
    "the latest proceeding": ("UPDATE cases SET current_proceeding_id = NULL", {"derived"}, set()),
    "a spell": ("DELETE FROM spell", {"derived"}, set()),
    "a tenure": ("UPDATE tenure SET until_on = NULL WHERE until_on IS NOT NULL", {"derived"}, set()),
    "an agreement taken away": ("DELETE FROM agreement WHERE state = 'in_force'", {"agreement"}, {"agreements"}),
    "a result taken away": ("DELETE FROM result WHERE id = (SELECT min(id) FROM result)", {"results"}, set()),
    "a result turned": ("UPDATE result SET result = 'not_agreed' WHERE result = 'agreed'", {"results"}, set()),
    "a lead taken away": ("DELETE FROM assignment", {"lead", "derived"}, set()),
    "another lead": ("UPDATE proceeding SET lead_id = NULL", {"derived"}, {"lead"}),
    "an applicant taken away": ("DELETE FROM party WHERE role = 'applicant'", {"party"}, set()),
    "another kind of right": ("UPDATE cases SET primary_kind = 'invention' WHERE primary_kind = 'trade_mark'",
                              {"right"}, {"case"}),
    "another source": ("UPDATE cases SET source = 'hotline'", set(), {"case"}),
    "a number given away": ("UPDATE counter SET last = last + 1", {"counter"}, set()),
    "a number overwritten": ("UPDATE cases SET number = 'X' || id", {"number", "digest"}, set()),
    "a gap in the numbers": ("UPDATE cases SET number_seq = number_seq + 500 WHERE id = (SELECT max(id) FROM cases)",
                             {"gap", "counter", "number"}, set()),
    "a day of acceptance": ("UPDATE proceeding SET accepted_on = received_on", set(), {"fact"}),
    "an end put off": ("UPDATE proceeding SET ended_on = '2031-01-01' WHERE ended_on IS NOT NULL", {"derived"},
                       {"fact"}),
    "an outcome made better": (
        "UPDATE proceeding SET outcome = 'agreed_oral', result_class = 'success' WHERE outcome = 'deadlock'",
        {"agreement", "results"}, {"fact"}),
    "a state": ("UPDATE proceeding SET state = 'not_accepted' WHERE state = 'ended'", {"fact"}, {"state"}),
    "a handover": ("UPDATE offer SET state = 'recalled', rejection = NULL WHERE state = 'rejected'", set(), {"offers"}),
    "facts of an event": ("UPDATE case_event SET facts = '{}' WHERE action = 'end'", {"digest"}, {"fact"}),
    "the day of an event": ("UPDATE case_event SET on_date = '2020-02-02'", {"digest"}, set()),
    "an event taken away": ("DELETE FROM case_event WHERE action = 'start'", {"events", "seal"}, {"history"}),
    "the last event taken away": ("DELETE FROM case_event WHERE action = 'end'", {"events", "seal"}, {"state", "fact"}),
    "another seal": ("UPDATE case_event SET audit_seq = audit_seq + 100000", {"seal"}, set()),
    "a digest made anew": ("UPDATE case_event SET digest = 'x' WHERE action = 'accept'", {"digest", "seal"}, set()),
    "an event undone without its undoing": ("UPDATE case_event SET action = 'void_entry' WHERE action = 'start'",
                                            {"digest"}, {"history"}),
    "a proceeding hidden": ("UPDATE proceeding SET is_void = true WHERE seq = 2", {"derived"}, {"proceedings"}),
    "a case hidden": ("UPDATE cases SET is_void = true", {"derived"}, {"proceedings"}),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_changed_behind_the_rules_is_found(told: Session, what: str):
    sentence, by_check, by_history = TAMPERED[what]
    if told.get_bind().dialect.name == "sqlite":
        # Whoever writes past the rules is stopped by the database's own first; here the second line is asked.
        told.execute(text("PRAGMA ignore_check_constraints = ON"))
        told.execute(text("PRAGMA defer_foreign_keys = ON"))
        if "DELETE FROM party" in sentence:
            told.execute(text("DELETE FROM result"))
    elif "DELETE FROM" not in sentence:
        for (name, table) in told.execute(text(
            "SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE contype = 'c'"
            " AND conrelid::regclass::text IN ('cases', 'proceeding', 'offer', 'tenure')"
        )).all():  # fmt: skip
            told.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    changed = told.execute(text(sentence))
    assert changed.rowcount > 0  # type: ignore[attr-defined]
    told.expunge_all()
    assert by_check <= found(told, checks.check)
    told.expunge_all()
    assert by_history <= found(told, replay.check_history)


def test_an_erased_salt_blinds_the_digests_and_breaks_nothing(told: Session):
    told.execute(text("UPDATE cases SET salt = ''"))
    told.expunge_all()
    assert found(told, checks.check) == set()


def test_looking_writes_nothing(played: Database):
    # The reading engine refuses to write.
    with played.read() as session:
        assert checks.check(session).is_clean
    with played.read() as session:
        assert replay.check_history(session).is_clean
