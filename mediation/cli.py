"""The command line: `mediation …`. Each command commits one unit at a time; JSON goes to stdout alone.

A refusal is one line on stderr and exit code 1 (2: the command was not understood). Holds no rule of the trade, no
figure and no page: it opens the installation, calls what does the work, and prints.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from mediation import backup, clock, migrating
from mediation.audit import queries as audit
from mediation.audit.queries import Anchor
from mediation.awards import report as awards
from mediation.backup import BackupError
from mediation.cases import checks, replay, workflow
from mediation.cases.checks import Finding, Report
from mediation.config import Settings, read_settings
from mediation.database import Database, Session, make_database, prepare_sqlite
from mediation.demo import histories, play
from mediation.demo.histories import Login
from mediation.errors import N_, NotFoundError, RefusalError
from mediation.ledger import command as ledger
from mediation.ledger.models import Stage
from mediation.people import actions as people
from mediation.people import passwords
from mediation.people import queries as accounts
from mediation.people.models import Account
from mediation.register import queries as register
from mediation.statistics import export as figures_export
from mediation.terms import Role

DAY = click.DateTime(formats=["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

FIRST_ACCOUNTS = (("admin", "系统管理员", Role.SYSTEM_ADMIN), ("zone", "园区业务管理员", Role.ZONE_ADMIN))
"""Who a new installation begins with: one who manages accounts, one who builds the register."""

NOBODY = 0
"""What stands for the console where an act needs somebody: no account bears it."""


class House(click.Group):
    """Turns what the house refuses into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (RefusalError, BackupError) as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            said = str(error.orig).strip().splitlines()
            raise click.ClickException(f"the database refused: {said[0] if said else 'no reason given'}") from error


def _settings() -> Settings:
    try:
        return read_settings()
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _database(settings: Settings) -> Database:
    return make_database(settings.database_url, info={"audit_key": settings.audit_key})


@contextmanager
def installation(*, migrated: bool = True) -> Iterator[tuple[Settings, Database]]:
    """The installation the environment names, closed at the end; refused while its tables are not this program's."""
    settings = _settings()
    database = _database(settings)
    try:
        if migrated and migrating.current(database.reading) != migrating.head():
            raise click.ClickException("the database does not stand where this program needs it: run mediation init")
        yield settings, database
    finally:
        database.dispose()


def say(line: str) -> None:
    """A line for the person at the console; stdout is for results."""
    click.echo(line, err=True)


def say_json(value: object) -> None:
    """A result as JSON, alone on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tracks intellectual-property disputes through three channels of mediation (三调联动)."""


# Serving --------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="On 127.0.0.1.")
@click.option("--bind", metavar="ADDRESS", help="Another address, as host:port or unix:/path.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="Per worker.")
def serve(port: int, bind: str | None, workers: int, threads: int) -> None:
    """Serve the pages with gunicorn. Beyond the own machine: MEDIATION_PROFILE=production behind https."""
    with installation():
        pass
    arguments = serving(bind or f"127.0.0.1:{port}", workers, threads)
    say(f"http://{arguments[arguments.index('--bind') + 1]}")
    os.execv(sys.executable, arguments)  # noqa: S606 - this very interpreter, arguments of our own


def serving(bind: str, workers: int, threads: int) -> list[str]:
    """How gunicorn is started. Without an access log: addresses and paths are personal data."""
    return [
        sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--bind", bind, "--workers", str(workers),
        "--threads", str(threads), "--timeout", "120", "--max-requests", "5000", "--max-requests-jitter", "500",
        "--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp",  # noqa: S108 - only a heartbeat
        # A door nobody uses, in a home folder two installations would share.
        "--no-control-socket",
        "mediation.app:create_app()",
    ]  # fmt: skip


# Beginning ------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--accounts/--no-accounts", "with_accounts", default=True, help="The first administrators, or none yet.")
def init(with_accounts: bool) -> None:
    """Make folders, keys and tables, or bring them up to date; on an empty system the first administrators."""
    with installation(migrated=False) as (settings, database):
        before = migrating.current(database.reading)
        prepare_sqlite(database.writing)
        migrating.upgrade(database.writing)
        after = migrating.head()
        say("database: up to date" if before == after else f"database: brought from {before or 'nothing'} to {after}")
        if with_accounts:
            with database.write() as session:
                logins = _first_accounts(session, clock.now())
                session.commit()
            say_logins(logins)
        say(f"data and keys: {settings.data_dir}")


def _first_accounts(session: Session, now: dt.datetime) -> list[Login]:
    if accounts.list_accounts(session):
        return []
    made = []
    for username, name, role in FIRST_ACCOUNTS:
        password = passwords.one_time_password()
        people.create_account(
            session, username=username, display_name=name, role=role, organisation_id=None, mediator_id=None,
            password=password, must_change=True, by=None, at=now,
        )  # fmt: skip
        made.append(Login(username, password, role, name))
    return made


def say_logins(logins: Iterable[Login]) -> None:
    """Tell the passwords, once."""
    for login in logins:
        click.echo(f"{login.username:<12} {login.password:<20} {login.role.words.zh} · {login.role.words.en}")


@main.command()
@click.option("--if-empty", is_flag=True, help="Do nothing in an installation that is in use.")
@click.option("--scale", type=click.FloatRange(0.01, 3), default=1.0, show_default=True, help="How much of it.")
def demo(if_empty: bool, scale: float) -> None:
    """Fill an empty installation with some 1,500 invented disputes from 2022 to today, and accounts to try."""
    with installation() as (_, database):
        with database.read() as session:
            in_use = not histories.is_empty(session)
        if in_use and if_empty:
            say("the installation is in use: no demonstration")
            return
        now = clock.now()
        with database.write() as session:
            histories.ensure_empty(session)
            cast = histories.set_stage(session, now=now)
            session.commit()
        lives = histories.lives_until(clock.local_day(now), scale=scale)
        done = 0
        for batch in histories.batches(lives):
            with database.write() as session:
                for life in batch:
                    histories.play(session, cast, life, now=now)
                session.commit()
            done += len(batch)
            say(f"{done} of {len(lives)} disputes")
        say_logins(cast.logins)


@main.command()
@click.argument("file", type=FILE)
def stories(file: Path) -> None:
    """Play a file of told disputes through the rules, in an EMPTY database: to try out measures."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))["stories"]
        since = min(dt.date.fromisoformat(step[0]) for story in told for step in story["steps"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise click.ClickException(f"{file} is no file of stories: {error!r}") from error
    with installation() as (_, database), database.write() as session:
        histories.ensure_empty(session)
        # The organisations have been there for a while before the first dispute.
        stage = play.set_stage(session, since=since - dt.timedelta(days=365), account_id=NOBODY)
        cases = play.play(session, told, stage)
        session.commit()
        say(f"{len(cases)} disputes played")


# Accounts -------------------------------------------------------------------------------------------------------------


@main.group()
def user() -> None:
    """Accounts: list, add, reset a password, disable."""


@user.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_users(as_json: bool) -> None:
    """Every account."""
    with installation() as (_, database), database.read() as session:
        found = accounts.list_accounts(session)
        if as_json:
            say_json([{"username": a.username, "name": a.display_name, "role": a.role.value, "active": a.is_active}
                      for a in found])  # fmt: skip
            return
        for account in found:
            active = "" if account.is_active else "  (disabled)"
            click.echo(f"{account.username:<20} {account.role.value:<20} {account.display_name}{active}")


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="As shown on pages.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", help="Name or short name.")
@click.option("--mediator", type=int, help="Number of the mediator in the register.")
def add_user(username: str, name: str, role: str, organisation: str | None, mediator: int | None) -> None:
    """A new account with a one-time password."""
    password = passwords.one_time_password()
    with installation() as (_, database), database.write() as session:
        at = None if organisation is None else register.find_organisation_by_name(session, organisation)
        if organisation is not None and at is None:
            raise NotFoundError(N_("There is no organisation of that name."))
        people.create_account(
            session, username=username, display_name=name, role=Role(role), organisation_id=at.id if at else None,
            mediator_id=mediator, password=password, must_change=True, by=None, at=clock.now(),
        )  # fmt: skip
        session.commit()
    say_logins([Login(username, password, Role(role), name)])


@user.command("reset")
@click.argument("username")
def reset_user(username: str) -> None:
    """A new one-time password; every session of the account ends."""
    password = passwords.one_time_password()
    hashed = passwords.hash_password(password)
    with installation() as (_, database), database.write() as session:
        account = _account(session, username)
        people.reset_password(session, account, password_hash=hashed, seen=account.version, by=None, at=clock.now())
        session.commit()
        say_logins([Login(account.username, password, account.role, account.display_name)])


@user.command("disable")
@click.argument("username")
def disable_user(username: str) -> None:
    """Close an account; every session of it ends."""
    with installation() as (_, database), database.write() as session:
        account = _account(session, username)
        people.disable_account(session, account, seen=account.version, by=None, at=clock.now())
        session.commit()
    say(f"{username} is disabled")


def _account(session: Session, username: str) -> Account:
    account = accounts.find_account_by_username(session, people.plain_username(username))
    if account is None:
        raise NotFoundError(N_("There is no such account."))
    return account


# In and out -----------------------------------------------------------------------------------------------------------


@main.command("import")
@click.argument("file", type=FILE)
@click.option("--profile", default="standard", show_default=True, help="How the sheet's columns are read.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it; change nothing.")
@click.option("--strict", is_flag=True, help="Change nothing when a single row has a fault.")
@click.option("--json", "as_json", is_flag=True)
def import_ledger(file: Path, profile: str, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Bring in an old ledger (.xlsx, .csv). Good rows arrive, the same file again changes nothing."""
    with installation() as (_, database):
        answer = ledger.run(
            database, file, profile=profile, dry_run=dry_run, strict=strict, by=None, at=clock.now(), tell=_say_progress
        )
    if as_json:
        say_json(answer)
    else:
        for fault in answer["faults"]:
            click.echo(f"row {fault['row']} {fault['column']}: {fault['fault']} · {fault['message']}")
        click.echo(
            f"{answer['rows']} rows: {answer['arrived']} {'would arrive' if dry_run else 'arrived'},"
            f" {len(answer['already_here'])} here already, {len(answer['faults'])} faults"
        )
    if answer["refused"]:
        say("refused: the file has faults, and nothing was changed")
        raise SystemExit(1)


def _say_progress(stage: Stage, done: int, all_: int) -> None:
    say(f"{stage.words.en.lower()}: {done} of {all_}" if stage is Stage.ARRIVING else stage.words.en.lower())


@main.command()
@click.option("--from", "first", type=DAY, required=True)
@click.option("--to", "last", type=DAY, required=True)
@click.option("--by", help="Break down by this: month, channel, organisation, mediator, kind, source, park …")
@click.option("--level", help="dispute or proceeding")
@click.option("--as-of", type=DAY, help="Day up to which cohorts are looked at.")
@click.option("--json", "as_json", is_flag=True)
def figures(
    first: dt.datetime, last: dt.datetime, by: str | None, level: str | None, as_of: dt.datetime | None,
    as_json: bool,
) -> None:  # fmt: skip
    """The figures of a period, both days included; the same as the page and the spreadsheet show."""
    with installation() as (_, database), database.read() as session:
        found = figures_export.run(
            session, first.date(), last.date(), by, level, as_of.date() if as_of is not None else None
        )
    if as_json:
        say_json(found)
        return
    for key, terms in found["flows"].items():
        click.echo(f"{key}: " + ", ".join(f"{code} {count}" for code, count in terms.items()))
    for code, figure in found["measures"].items():
        if "denominator" in figure:
            shown = "—" if figure["value"] is None else f"{figure['value']} %"
            click.echo(f"{code:<24} {shown:>8}   {figure['numerator']} / {figure['denominator']}")


@main.command()
@click.option("--year", type=click.IntRange(2000, 2100), required=True)
@click.option("--scheme", help="Code of the award scheme; the year's default unless said.")
@click.option("--json", "as_json", is_flag=True)
def award(year: int, scheme: str | None, as_json: bool) -> None:
    """The yearly award report."""
    with installation() as (_, database), database.read() as session:
        found = awards.run(session, year, scheme)
    if as_json:
        say_json(found)
        return
    for line in award_lines(found):
        click.echo(line)


def award_lines(found: dict[str, Any]) -> Iterator[str]:
    """The report in a line for each mediator; gates, points and cases are in the JSON."""
    for row in found["mediators"]:
        yield f"{row['group']['title']['en']:<40} {row['name']}  {', '.join(row['organisations'])}"


@main.command("backup")
@click.argument("path", type=NEW_FILE, required=False)
def make_backup(path: Path | None) -> None:
    """Copy the database, prove the copy, write its manifest beside it. Never overwrites."""
    now = clock.now()
    with installation() as (settings, database):
        engine = database.writing.dialect.name
        copy = path or settings.data_dir / "backups" / backup.default_name(engine, now)
        manifest = backup.make(database, copy, key=settings.audit_key, at=now)
    say(f"{manifest.counts.get('cases', 0)} cases, audit trail up to {manifest.head_seq}; keep the keys elsewhere")
    click.echo(str(copy))


@main.command()
@click.argument("path", type=FILE)
@click.option("--force", is_flag=True, help="Even when it takes back what happened since.")
def restore(path: Path, force: bool) -> None:
    """Put a backup in the database's place. Stop the server first; what is replaced is kept aside."""
    settings = _settings()
    aside = backup.restore(settings.database_url, path, key=settings.audit_key, at=clock.now(), force=force)
    with installation(migrated=False) as (_, database):
        migrating.upgrade(database.writing)
    say(f"restored; the replaced database is {aside}" if aside else "restored")


# Proving --------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--json", "as_json", is_flag=True)
def check(as_json: bool) -> None:
    """Is every case what its facts make it, is every number there, is every event sealed?"""
    _prove(checks.check, as_json=as_json)


@main.command("check-history")
@click.option("--json", "as_json", is_flag=True)
def check_history(as_json: bool) -> None:
    """Play every case's history again through the workflow and compare."""
    _prove(replay.check_history, as_json=as_json)


def _prove(ask: Callable[[Session, Callable[[str, int], None] | None], Report], *, as_json: bool) -> None:
    with installation() as (_, database), database.read() as session:
        report = ask(session, lambda what, count: say(f"{count} {what}"))
    if as_json:
        say_json({"counts": report.counts, "findings": [_finding(finding) for finding in report.findings]})
    else:
        for finding in report.findings:
            click.echo(f"{finding.object_ref}: {finding.words.en} · {finding.words.zh}")
        click.echo(", ".join(f"{count} {what}" for what, count in report.counts.items()))
        click.echo("clean" if report.is_clean else f"{len(report.findings)} findings")
    if not report.is_clean:
        raise SystemExit(1)


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "object": finding.object_ref, "message": finding.words.en, "zh": finding.words.zh}


@main.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.option("--anchor", "anchors", multiple=True, metavar="SEQ:MAC", help="A link written down elsewhere.")
def verify_audit(anchors: tuple[str, ...]) -> None:
    """Walk the whole chain; print its last link, to be written down elsewhere."""
    known = []
    for anchor in anchors:
        seq, _, mac = anchor.partition(":")
        if not (seq.isascii() and seq.isdigit() and mac):
            raise click.UsageError(f"an anchor is SEQ:MAC, not {anchor}")
        known.append(Anchor(int(seq), mac))
    with installation() as (_, database), database.read() as session:
        verdict = audit.verify(session, known)
    for broken in verdict.broken:
        click.echo(f"{broken.seq_from}–{broken.seq_to}: {broken.fault.en} · {broken.fault.zh}")
    say(f"{verdict.count} events, {'whole' if verdict.is_whole else 'BROKEN'}")
    if verdict.head is not None:
        click.echo(f"{verdict.head.seq}:{verdict.head.mac}")
    if not verdict.is_whole:
        raise SystemExit(1)


@main.command("workflow")
def print_workflow() -> None:
    """The moves as a Mermaid diagram, printed from the table."""
    click.echo(workflow.diagram())
