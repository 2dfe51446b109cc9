"""One database session per request, opened when first asked for and always closed. Commits nothing.

GET and HEAD read through the reading engine, so a page cannot write. Everything else gets the writing
session; its transaction begins with the first statement: hash passwords and parse files before that.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import flask
from flask import Flask, g

from mediation.config import Settings
from mediation.database import Database, Session

_DATABASE, _SETTINGS = "mediation.database", "mediation.settings"
_READS = frozenset(("GET", "HEAD", "OPTIONS"))


def init(app: Flask, settings: Settings, database: Database) -> None:
    """Let `app` know its settings and its database."""
    app.extensions[_SETTINGS] = settings
    app.extensions[_DATABASE] = database
    app.teardown_request(_close)


def settings() -> Settings:
    """The settings of the app that serves this request."""
    found = flask.current_app.extensions[_SETTINGS]
    if not isinstance(found, Settings):
        raise TypeError(found)
    return found


def database() -> Database:
    """The database of the app that serves this request."""
    found = flask.current_app.extensions[_DATABASE]
    if not isinstance(found, Database):
        raise TypeError(found)
    return found


def session() -> Session:
    """The session of this request: the reading one for GET and HEAD, else the writing one."""
    if "session" not in g:
        maker = database().read if flask.request.method in _READS else database().write
        g.session = maker()
        _sign(g.session)
    found: Session = g.session
    return found


@contextmanager
def reading() -> Iterator[Session]:
    """A short reading session of its own, for a question that must not open the request's transaction.

    What it found can be read after it is closed.
    """
    with database().read() as found:
        _sign(found)
        yield found


@contextmanager
def aside() -> Iterator[Session]:
    """A short writing transaction of its own, committed at the end.

    Raises:
        RuntimeError: the request's own writing transaction is open (it would wait for itself): roll back first.
    """
    own: Session | None = g.get("session")
    if own is not None and own.in_transaction() and flask.request.method not in _READS:
        raise RuntimeError("roll the request's session back before writing aside")
    with database().aside() as found:
        _sign(found)
        yield found


def rollback() -> None:
    """Undo what the request did so far, and let go of its locks."""
    own: Session | None = g.get("session")
    if own is not None:
        own.rollback()


def request_id() -> str:
    """The random name of this request: in the trail, in the log, on the page of an incident."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def address() -> str | None:
    """The visitor's network address, as the trusted proxies tell it."""
    return flask.request.remote_addr


def _sign(session: Session) -> None:
    session.info.update(request_id=request_id(), ip=address())


def _close(_error: BaseException | None) -> None:
    own: Session | None = g.pop("session", None)
    if own is not None:
        own.rollback()
        own.close()
