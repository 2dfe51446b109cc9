"""The worker of an import, beside the request that asked for it: `python -m mediation.ledger.worker IMPORT`.

It reads an uploaded file and stages its rows, or lets a decided import arrive; which of the two, the import's stage
says. It claims the import first, shows how far it is in short transactions of its own, and renews its lease with each;
started twice, the second finds nothing to claim. What the house refuses is kept as a sentence for the import's page;
whatever else stops it is logged, and the page offers to try again. Must not know a page, a column or a rule.
"""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from mediation import clock
from mediation.config import Settings, read_settings
from mediation.database import Database, make_database
from mediation.errors import FactError, N_, RefusalError
from mediation.ledger import actions, command, queries
from mediation.ledger.actions import Tell
from mediation.ledger.models import LedgerImport, Stage
from mediation.people import queries as people

_log = logging.getLogger(__name__)

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]

# What a process needs of its surroundings; all else it is told by the settings.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "HOME")


def staging_folder(data_dir: Path) -> Path:
    """Where uploads lie until they are read, for nobody but the server to open."""
    folder = data_dir / "staging"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def start(settings: Settings, import_id: int) -> subprocess.Popen[bytes]:
    """Start the worker as a process in a session of its own: it outlives the server process that asked for it.

    Address and keys of the database are in its environment, never in its arguments, which anybody may list.
    Raises OSError: the system starts no process.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module and a number, no shell
        [sys.executable, "-P", "-m", "mediation.ledger.worker", str(import_id)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env=_environment(settings),
        start_new_session=True,
    )
    # Someone must take note of its end, or the system keeps it listed.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _environment(settings: Settings) -> dict[str, str]:
    """What `read_settings` makes the same settings of."""
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PYTHONPATH": str(_PACKAGE_PARENT),
        "PYTHONUTF8": "1",
        "DATABASE_URL": settings.database_url,
        "MEDIATION_DATA": str(settings.data_dir),
        "MEDIATION_PROFILE": settings.profile,
        "MEDIATION_HOSTS": ",".join(settings.trusted_hosts),
        "SECRET_KEY": settings.secret_key,
        "MEDIATION_AUDIT_KEY": settings.audit_key.decode(),
    }


def work(database: Database, data_dir: Path, import_id: int) -> None:
    """Do what the import waits for; nothing when another worker has it, or when it waits for nothing."""
    token = secrets.token_hex(16)
    with database.aside() as session:
        if not actions.claim(session, import_id, worker=token, at=clock.now()):
            return
    with database.read() as session:
        import_ = queries.get_import(session, import_id)
    try:
        if import_.stage is Stage.ARRIVING:
            _arrive(database, import_, token)
        else:
            _read(database, import_, token, staging_folder(data_dir))
    except BaseException:
        # The page says at once that it stopped, instead of waiting for the lease to run out.
        with database.aside() as session:
            actions.let_go(session, import_id, worker=token, at=clock.now())
        raise


def _read(database: Database, import_: LedgerImport, token: str, folder: Path) -> None:
    path = folder / str(import_.kept_as)
    try:
        if not path.exists():
            raise FactError(N_("The uploaded file is gone. Upload it again."), field=None)
        file = actions.read_file(
            path,
            name=import_.file_name,
            profile=actions.get_profile(import_.profile),
            at=clock.now(),
            tell=_teller(database, import_.id, token),
        )
        command.stage(database, import_.id, file, worker=token, at=clock.now())
    except RefusalError as refusal:
        _give_up(database, import_.id, refusal, token)
    path.unlink(missing_ok=True)


def _arrive(database: Database, import_: LedgerImport, token: str) -> None:
    with database.read() as session:
        account = people.find_account(session, import_.decided_by_id) if import_.decided_by_id is not None else None
    by = people.signed_in(account) if account else None
    tell = _teller(database, import_.id, token)
    try:
        command.arrive(database, import_.id, by=by, worker=token, at=clock.now(), tell=tell)
    except RefusalError as refusal:
        _give_up(database, import_.id, refusal, token)


def _teller(database: Database, import_id: int, token: str) -> Tell:
    """Writes down how far the work is, whenever that is another percentage than before."""
    told: list[tuple[Stage, int]] = []

    def tell(stage: Stage, done: int, all_: int) -> None:
        here = (stage, done * 100 // max(all_, 1))
        if told[-1:] != [here]:
            told[:] = [here]
            with database.aside() as session:
                actions.tell_progress(session, import_id, *here, worker=token, at=clock.now())

    return tell


def _give_up(database: Database, import_id: int, refusal: RefusalError, token: str) -> None:
    with database.aside() as session:
        import_ = queries.get_import(session, import_id)
        actions.give_up(session, import_, refusal, worker=token, at=clock.now())


def main(arguments: Sequence[str]) -> int:
    """Work on the import of this number in the installation the environment names; the exit status."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    (import_id,) = arguments
    settings = read_settings()
    database = make_database(settings.database_url, info={"audit_key": settings.audit_key})
    try:
        work(database, settings.data_dir, int(import_id))
    except DBAPIError as error:
        # Its own words would tell the values that were to be written: what stands in a ledger is in no log.
        _log.error("the database refused the work on import %s: %s", import_id, type(error.orig).__name__)
        return 1
    finally:
        database.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
