"""The command line: what it prints, what it refuses, its exit codes; JSON stands alone on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from mediation import cli, migrating
from mediation.config import read_settings
from mediation.database import Database, make_database
from mediation.people import passwords
from mediation.people import queries as accounts
from mediation.terms import Role

DATA = Path(__file__).parent.parent / "data"
STORIES = DATA / "stories.json"
ANSWERS = json.loads((DATA / "stories.answers.json").read_text("utf-8"))

Command = Callable[..., Result]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An installation in this test's own folder."""
    return {"MEDIATION_DATA": str(tmp_path / "installation")}


@pytest.fixture
def run(environ: dict[str, str]) -> Command:
    """`run("check", "--json")`: the command as typed."""

    def typed(*arguments: str, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(cli.main, list(arguments), env=environ)
        assert result.exit_code == exit_code, (result.stdout, result.stderr, result.exception)
        if exit_code:
            # A refusal is a sentence, never a traceback.
            assert isinstance(result.exception, SystemExit)
        return result

    return typed


@pytest.fixture
def look(environ: dict[str, str]) -> Callable[[], Database]:
    """The installation's database."""

    def opened() -> Database:
        settings = read_settings({**os.environ, **environ})
        return make_database(settings.database_url, info={"audit_key": settings.audit_key})

    return opened


def passwords_in(result: Result) -> dict[str, str]:
    """User name → password, of the lines printed."""
    return {line.split()[0]: line.split()[1] for line in result.stdout.splitlines()}


def test_init_makes_an_installation_with_its_first_administrators(run: Command, look: Callable[[], Database]):
    told = passwords_in(run("init"))
    database = look()
    with database.read() as session:
        found = {account.username: account for account in accounts.list_accounts(session)}
        assert {account.role for account in found.values()} == {Role.SYSTEM_ADMIN, Role.ZONE_ADMIN}
        assert all(passwords.is_right(found[name].password_hash, word) for name, word in told.items())
        assert all(account.must_change_password for account in found.values())
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    assert migrating.current(database.reading) == migrating.head()
    database.dispose()


def test_init_again_changes_nothing_and_tells_no_password(run: Command):
    run("init")
    again = run("init")
    assert again.stdout == ""
    assert "up to date" in again.stderr


def test_init_can_leave_the_accounts_to_the_demonstration(run: Command):
    assert run("init", "--no-accounts").stdout == ""
    assert json.loads(run("user", "list", "--json").stdout) == []


@pytest.mark.parametrize("command", [["check"], ["serve"], ["demo"], ["user", "list"], ["audit", "verify"]])
def test_nothing_works_before_init(run: Command, command: list[str]):
    assert "run mediation init" in run(*command, exit_code=1).stderr


def test_a_demonstration_fills_an_empty_installation_once(run: Command):
    run("init")
    told = passwords_in(run("demo", "--scale", "0.01"))
    assert {"mediator", "clerk", "orgadmin", "zoneadmin", "award", "auditor", "sysadmin"} <= told.keys()
    assert "no demonstration" in run("demo", "--if-empty").stderr
    assert "in use" in run("demo", exit_code=1).stderr
    assert "clean" in run("check").stdout
    assert "clean" in run("check-history").stdout
    report = json.loads(run("check", "--json").stdout)
    assert report["findings"] == []
    assert report["counts"]["cases"] > 0


def test_stories_come_out_at_the_figures_counted_by_hand(run: Command):
    run("init")
    run("stories", str(STORIES))
    period, answer = next(iter(ANSWERS.items()))
    first, last = period.split(":")
    figures = json.loads(run("figures", "--from", first, "--to", last, "--json").stdout)
    for flow in ("dispute_flow", "proceeding_flow", "intake_flow", "ended_by_class"):
        assert figures["flows"][flow] == answer[flow]
    for code, (numerator, denominator) in answer["rates"].items():
        measure = figures["measures"][code]
        assert [measure["numerator"], measure["denominator"]] == [numerator, denominator]
    assert "COMPLETION" in run("figures", "--from", first, "--to", last).stdout


def test_stories_are_refused_where_somebody_worked(run: Command):
    run("init")
    run("stories", str(STORIES))
    assert "in use" in run("stories", str(STORIES), exit_code=1).stderr


def test_a_file_that_tells_no_stories_is_refused(run: Command, tmp_path: Path):
    run("init")
    (tmp_path / "x.json").write_text("[]", encoding="utf-8")
    assert "no file of stories" in run("stories", str(tmp_path / "x.json"), exit_code=1).stderr


def test_check_finds_what_was_changed_behind_the_rules(run: Command, look: Callable[[], Database]):
    run("init")
    run("stories", str(STORIES))
    database = look()
    with database.writing.begin() as connection:
        connection.execute(text("UPDATE case_event SET reason = 'x' WHERE id = 7"))
        connection.execute(text("UPDATE proceeding SET started_on = ended_on WHERE id = 1"))
        connection.execute(text("UPDATE proceeding SET first_contact_on = '2024-01-01' WHERE id = 1"))
    database.dispose()
    found = json.loads(run("check", "--json", exit_code=1).stdout)["findings"]
    assert {finding["code"] for finding in found} == {"digest"}
    assert "first_contact_on" in run("check-history", exit_code=1).stdout


def test_the_audit_trail_is_verified_to_its_anchor(run: Command, look: Callable[[], Database]):
    run("init")
    anchor = run("audit", "verify").stdout.strip()
    run("user", "add", "someone", "--name", "某人", "--role", "auditor")
    assert run("audit", "verify", "--anchor", anchor).exit_code == 0
    seq, mac = anchor.split(":")
    assert "altered" in run("audit", "verify", "--anchor", f"{seq}:{'0' * 64}", exit_code=1).stdout
    assert "cut off" in run("audit", "verify", "--anchor", f"{int(seq) + 50}:{mac}", exit_code=1).stdout
    run("audit", "verify", "--anchor", "nonsense", exit_code=2)


def test_accounts_are_added_reset_and_disabled(run: Command, look: Callable[[], Database]):
    run("init")
    first = passwords_in(run("user", "add", "auditor", "--name", "审计员", "--role", "auditor"))["auditor"]
    second = passwords_in(run("user", "reset", "auditor"))["auditor"]
    assert first != second
    database = look()
    with database.read() as session:
        account = accounts.find_account_by_username(session, "auditor")
        assert account is not None
        assert passwords.is_right(account.password_hash, second)
    database.dispose()
    run("user", "disable", "auditor")
    assert "auditor" in run("user", "list").stdout
    listed = {row["username"]: row for row in json.loads(run("user", "list", "--json").stdout)}
    assert listed["auditor"]["active"] is False


@pytest.mark.parametrize(("command", "sentence"), [
    (["user", "reset", "nobody"], "no such account"),
    (["user", "disable", "admin"], "administrator"),
    (["user", "add", "admin", "--name", "x", "--role", "auditor"], "taken"),
    (["user", "add", "clerk", "--name", "x", "--role", "clerk", "--organisation", "没有"], "no organisation"),
    (["award", "--year", "2024", "--scheme", "nothing"], ""),
    (["figures", "--from", "2024-12-31", "--to", "2024-01-01"], ""),
    (["figures", "--from", "2024-01-01", "--to", "2024-12-31", "--by", "weather"], "weather"),
])  # fmt: skip
def test_a_refusal_is_one_line_on_stderr(run: Command, command: list[str], sentence: str):
    run("init")
    result = run(*command, exit_code=1)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert sentence in result.stderr


@pytest.mark.parametrize("command", [["award"], ["figures"], ["user", "add", "x"], ["import"], ["no-such-thing"]])
def test_a_command_not_understood_is_exit_code_two(run: Command, command: list[str]):
    run(*command, exit_code=2)


def test_a_ledger_is_imported_once(run: Command):
    run("init")
    ledger = str(DATA / "ledger-dirty-2018.xlsx")
    planned = json.loads(run("import", ledger, "--dry-run", "--json").stdout)
    assert json.loads(run("import", ledger, "--strict", "--json", exit_code=1).stdout)["refused"] is True
    arrived = json.loads(run("import", ledger, "--json").stdout)
    assert arrived["arrived"] == planned["arrived"] > 0
    assert json.loads(run("import", ledger, "--json").stdout)["arrived"] == 0
    assert "faults" in run("import", ledger).stdout
    # What was imported is held to the same as what was entered.
    assert json.loads(run("check", "--json").stdout)["findings"] == []
    assert json.loads(run("check-history", "--json").stdout)["findings"] == []


def test_the_award_is_printed_as_json_and_as_lines(run: Command):
    run("init")
    run("stories", str(STORIES))
    assert json.loads(run("award", "--year", "2024", "--json").stdout)["year"] == 2024
    assert "故事调解员1" in run("award", "--year", "2024").stdout


def test_a_backup_is_made_and_restored(run: Command, environ: dict[str, str]):
    run("init")
    run("stories", str(STORIES))
    path = run("backup").stdout.strip()
    assert Path(path).is_relative_to(environ["MEDIATION_DATA"])
    run("user", "add", "late", "--name", "后来", "--role", "auditor")
    assert "take back" in run("restore", path, exit_code=1).stderr
    assert "kept" not in run("restore", path, "--force").stdout
    assert "late" not in run("user", "list").stdout
    assert "clean" in run("check").stdout


def test_the_workflow_is_printed_from_the_table(run: Command):
    lines = run("workflow").stdout.splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert any("registered --> accepted" in line for line in lines)


def test_gunicorn_is_told_where_and_how_to_serve():
    told = cli.serving("127.0.0.1:9000", 3, 5)
    assert told[:3] == [sys.executable, "-m", "gunicorn"]
    for option, value in {"--bind": "127.0.0.1:9000", "--workers": "3", "--threads": "5",
                          "--worker-class": "gthread"}.items():  # fmt: skip
        assert told[told.index(option) + 1] == value
    # Addresses and paths of people are not written down.
    assert "--access-logfile" not in told


def test_every_command_explains_itself(run: Command):
    for name in cli.main.commands:
        assert run(name, "--help").stdout.startswith("Usage:")


def test_a_setting_that_cannot_be_read_is_one_line(environ: dict[str, str]):
    result = CliRunner().invoke(cli.main, ["check"], env={**environ, "MEDIATION_PROFILE": "holiday"})
    assert result.exit_code == 1
    assert "MEDIATION_PROFILE" in result.stderr
