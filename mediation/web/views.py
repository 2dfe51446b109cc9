"""The few pages that belong to no capability: the way in, the language, the health check."""

from __future__ import annotations

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue

from mediation import database
from mediation.people.permissions import Permission
from mediation.web import access, request
from mediation.web import language as spoken
from mediation.words import LANGUAGES

blueprint = Blueprint("web", __name__)


@blueprint.get("/")
@access.requires(Permission.SELF)
def home() -> ResponseReturnValue:
    """Lead a signed-in person to their work."""
    app = flask.current_app
    for endpoint in ("docket.home", "awards.index", "figures.completion", "accounts.index", "accounts.sessions"):
        permission = access.permission_of(app, endpoint) if endpoint in app.view_functions else None
        if permission is not None and access.may(permission):
            return flask.redirect(flask.url_for(endpoint), 303)
    raise RuntimeError("no page to begin with")


@blueprint.get("/healthz")
@access.public
def healthz() -> ResponseReturnValue:
    """Whether the app serves and its database answers; for machines. Says nothing else."""
    with request.reading() as session:
        database.ping(session)
    return {"status": "ok"}


@blueprint.get("/language/<language>")
@access.public
def speak(language: str) -> ResponseReturnValue:
    """Speak another language from now on. Touches this browser's cookie only, so a link may do it."""
    if language not in LANGUAGES:
        flask.abort(404)
    spoken.choose(language)
    return flask.redirect(access.safe_next(flask.request.args.get("next")) or flask.url_for("web.home"), 303)
