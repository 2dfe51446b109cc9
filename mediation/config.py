"""Settings: read once from the environment, frozen. Holds no secret in code and no rule of the trade."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Profile = Literal["development", "production"]


@dataclass(frozen=True)
class Settings:
    """What an installation chooses.

    `database_url`: SQLAlchemy address, SQLite by default. `data_dir`: where keys, uploads and backups live.
    `profile`: "development" is plain http on loopback only; "production" demands https cookies and hosts.
    `idle_minutes`, `absolute_hours`: limits of a sign-in session.
    """

    database_url: str
    data_dir: Path
    secret_key: str
    audit_key: bytes
    profile: Profile = "development"
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    idle_minutes: int = 30
    absolute_hours: int = 12
    max_body: int = 2 * 1024 * 1024
    max_upload: int = 20 * 1024 * 1024
    testing: bool = False

    @property
    def is_production(self) -> bool:
        """Whether cookies, hosts and transport are held to the production rules."""
        return self.profile == "production"

    def with_(self, **changes: object) -> Settings:
        """A copy with some settings changed (tests, commands)."""
        return replace(self, **changes)  # type: ignore[arg-type]


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (the process's own by default).

    Keys are created on first use, readable by the owner only, apart from the database's folder.

    Raises:
        ValueError: a setting is unreadable, or production lacks its hosts.
    """
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("MEDIATION_DATA", "instance")).absolute()
    profile = env.get("MEDIATION_PROFILE", "development")
    if profile not in ("development", "production"):
        raise ValueError("MEDIATION_PROFILE must be development or production")
    hosts = tuple(h.strip() for h in env.get("MEDIATION_HOSTS", "").split(",") if h.strip())
    if profile == "production" and not hosts:
        raise ValueError("MEDIATION_HOSTS must name the site's host names in production")
    data_dir.mkdir(parents=True, exist_ok=True)
    keys = data_dir / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    url = env.get("DATABASE_URL") or f"sqlite:///{_database_folder(data_dir) / 'mediation.db'}"
    return Settings(
        database_url=_psycopg(url),
        data_dir=data_dir,
        secret_key=env.get("SECRET_KEY") or _kept_key(keys / "cookie.key"),
        audit_key=(env.get("MEDIATION_AUDIT_KEY") or _kept_key(keys / "audit.key")).encode(),
        profile="production" if profile == "production" else "development",
        trusted_hosts=hosts,
        proxy_hops=int(env.get("MEDIATION_PROXY_HOPS", "0")),
        idle_minutes=int(env.get("MEDIATION_IDLE_MINUTES", "30")),
        absolute_hours=int(env.get("MEDIATION_ABSOLUTE_HOURS", "12")),
    )


def _database_folder(data_dir: Path) -> Path:
    folder = data_dir / "database"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _psycopg(url: str) -> str:
    """`postgres://` and `postgresql://` as hosts hand them out mean psycopg 3 here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


def _kept_key(path: Path) -> str:
    """The key in `path`, made on first use. Two processes starting at once agree on one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()
