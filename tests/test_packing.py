"""The wheel: it holds all that is served, and serves from an empty folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What a wheel brings: where it stands in the repository, where in the wheel.
PACKED = {"mediation": "mediation", "templates": "mediation/templates", "migrations": "mediation/migrations"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from a copy, so that nothing of an older build is packed with it."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copy(ROOT / "pyproject.toml", source)
    for name in PACKED:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(source)], check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_holds_every_file_that_is_served(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    wanted = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in PACKED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sorted(wanted - packed) == []


SERVE = """
import json, pathlib, sys
import mediation
from mediation import migrating
from mediation.app import create_app
from mediation.config import read_settings
from mediation.database import make_database

settings = read_settings({"MEDIATION_DATA": "data"})
database = make_database(settings.database_url)
migrating.upgrade(database.writing)
current = migrating.current(database.reading)
database.dispose()
answer = create_app(settings=settings).test_client().get("/", follow_redirects=True)
print(json.dumps({"from": mediation.__file__, "status": answer.status_code, "stands": current}))
"""


def test_the_wheel_migrates_and_serves_from_an_empty_folder(wheel: Path, tmp_path: Path):
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    command, surroundings = [sys.executable, "-c", SERVE], {"PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=empty, env=surroundings, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["from"].startswith(str(site))
    assert said["status"] == 200
    assert said["stands"] is not None
