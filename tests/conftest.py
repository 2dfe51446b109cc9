"""The ground every test stands on: databases of both engines built by the migrations, and the app over them.

The cast and the stories stand in `builders.py`. Nothing here assigns a state or imitates our own code.
"""

from __future__ import annotations

import importlib
import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import html5lib
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from werkzeug.test import TestResponse

from mediation import migrating
from mediation.config import Settings
from mediation.database import Database, Session, make_database

# The same in a test's database and in the app over it: each can verify what the other recorded.
AUDIT_KEY = b"the key of the tests' audit chain"

# Two shared cores: a slow example is no fault of the rule under test. CI tries the same examples every time.
hypothesis_settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.register_profile("ci", hypothesis_settings.get_profile("here"), derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")


# ------------------------------------------------------------------------------------------ PostgreSQL


class Cluster:
    """A PostgreSQL server of our own, reached by a socket in a private folder; gone when the tests are."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        # Not under pytest's own folder: the address of a socket may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="mediation-pg-"))
        # PostgreSQL refuses to run as root; subprocess changes the user without any further program.
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = _unprivileged()
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self._count = 0

    def start(self) -> None:
        """Make the cluster and wait until it answers. Nothing is synced: it need not survive anything."""
        self._run("initdb", "--pgdata", self._data, "--username=mediation", "--auth=trust", "--encoding=UTF8",
                  "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        choices = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off",
                   "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB",
                   "max_connections": "60", "timezone": "America/New_York"}  # far from ours: a day lost shows
        options = " ".join(f"-c {name}='{value}'" for name, value in choices.items())
        self._run("pg_ctl", "start", "--pgdata", self._data, "--wait", "--silent",
                  "--log", str(self.folder / "log"), "--options", options)

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--pgdata", self._data, "--mode=immediate", "--silent")
        shutil.rmtree(self.folder)

    def create(self, *, template: str | None = None) -> str:
        """A new database, a copy of `template`; its name."""
        self._count += 1
        name = f"test_{self._count}"
        self._say(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whoever still holds on to it."""
        self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The address SQLAlchemy understands."""
        return f"postgresql+psycopg://mediation@/{name}?host={self.folder}"

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _say(self, sentence: str) -> None:
        with psycopg.connect(host=str(self.folder), user="mediation", dbname="postgres", autocommit=True) as connection:
            connection.execute(sentence.encode())

    def _run(self, program: str, *arguments: str) -> None:
        # A server inherits what it is started with: a pipe would stay open as long as it runs, a file does not matter.
        with (self.folder / "said").open("w+b") as said:
            done = subprocess.run(
                [self.programs / program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, check=False, **self.user,
            )
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')}")


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _programs() -> Path | None:
    """The folder of `initdb`: on the path, or the newest of Debian's."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


def _build(url: str) -> None:
    database = make_database(url)
    migrating.upgrade(database.writing)
    database.dispose()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that runs on PostgreSQL bears its mark, whether by its fixture or by its parameter."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        chosen = item.callspec.params.get("engine_name") if hasattr(item, "callspec") else None
        if "postgresql_cluster" in names or chosen == "postgresql":
            item.add_marker(pytest.mark.postgresql)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """One server per worker, started by the first test that wants it."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL's programs (initdb, pg_ctl) are not installed; Debian: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    cluster = Cluster(programs)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


# ------------------------------------------------------------------------------------------ databases


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file built by the migrations, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _build(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: Cluster) -> str:
    """A database built by the migrations, to be copied."""
    name = postgresql_cluster.create()
    _build(postgresql_cluster.url(name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite file of this test's own."""
    path = tmp_path / "mediation.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster, postgresql_template: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test's own."""
    name = postgresql_cluster.create(template=postgresql_template)
    yield postgresql_cluster.url(name)
    postgresql_cluster.drop(name)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    database = make_database(sqlite_url, info={"audit_key": AUDIT_KEY})
    yield database
    database.dispose()


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database."""
    database = make_database(postgresql_url, info={"audit_key": AUDIT_KEY})
    yield database
    database.dispose()


@pytest.fixture(params=("sqlite", "postgresql"))
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine; whoever asks for `database`, `empty_database` or `session` runs once on each."""
    return str(request.param)


@pytest.fixture
def database(request: pytest.FixtureRequest, engine_name: str) -> Database:
    """A migrated, empty database, once on each engine."""
    found = request.getfixturevalue(f"{engine_name}_database")
    assert isinstance(found, Database)
    return found


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Database]:
    """A database no migration has touched, once on each engine; on the same one as `database`."""
    if engine_name == "sqlite":
        database = make_database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.dispose()
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create()
    database = make_database(cluster.url(name))
    yield database
    database.dispose()
    cluster.drop(name)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session on each engine, rolled back at the end."""
    with database.write() as session:
        yield session
        session.rollback()


# ------------------------------------------------------------------------------------------ the app


class StrictClient(FlaskClient):
    """A client that refuses a page a browser would have to repair."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307, 308):
            parse_strictly(response)
        return response


def parse_strictly(response: TestResponse) -> Any:
    """The page as a tree.

    Raises:
        AssertionError: it is not well-formed HTML.
    """
    text = response.get_data(as_text=True)
    parser = html5lib.HTMLParser(strict=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=DeprecationWarning)
        tree = parser.parse(text)
    faults = [f"line {line}: {code} {values}\n    {text.splitlines()[line - 1].strip()}"
              for (line, _column), code, values in parser.errors]
    assert not faults, "\n".join(["the page is not well-formed:", *faults[:10]])
    return tree


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """Settings of a development installation in this test's own folder."""
    return Settings(
        database_url=sqlite_url, data_dir=tmp_path, secret_key="a test's key", audit_key=AUDIT_KEY, testing=True
    )


@pytest.fixture
def make_app() -> Iterator[Callable[[Settings], Flask]]:
    """`make_app(settings)`: the app as it serves. Loaded here, so that a test of a rule need not pay for it."""
    create_app = importlib.import_module("mediation.app").create_app
    made: list[Flask] = []

    def make(settings: Settings) -> Flask:
        app: Flask = create_app(settings=settings)
        app.test_client_class = StrictClient
        made.append(app)
        return app

    yield make
    for app in made:
        for held in app.extensions.values():
            if isinstance(held, Database):
                held.dispose()


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings) -> Flask:
    """The app over a migrated, empty SQLite database."""
    return make_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor who has not signed in."""
    return app.test_client()
