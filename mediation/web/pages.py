"""What the frame of every page (base.html) is given. Holds no markup."""

from __future__ import annotations

from typing import Any

import flask
from flask import Flask, g
from jinja2 import StrictUndefined

from mediation.people import queries
from mediation.web import access, language, menu, request, security

_IS_DEMO = "mediation.is_demo"


def init(app: Flask) -> None:
    """Give templates their frame; a name nobody gave is an error, not a blank."""
    app.jinja_env.undefined = StrictUndefined
    app.context_processor(_frame)


def url_if(endpoint: str, **values: Any) -> str | None:
    """The address of a page when the app has it and the visitor's role may open it, else None."""
    app = flask.current_app
    if endpoint not in app.view_functions:
        return None
    permission = access.permission_of(app, endpoint)
    if permission is not None and not access.may(permission):
        return None
    return flask.url_for(endpoint, **values)


def draw_bare() -> None:
    """From here on draw this request's page without asking the database: it does not answer."""
    g.is_bare = True


def _frame() -> dict[str, Any]:
    bare = bool(g.get("is_bare"))
    return {
        "person": None if bare else access.find_person(),
        "menu": [] if bare else menu.entries(),
        "language": language.current(),
        "is_demo": False if bare else is_demo(),
        "csrf_token": security.csrf_token,
        "url_if": url_if,
        "home_url": flask.url_for("web.home"),
        "other_language_url": flask.url_for("web.speak", language=language.other(), next=_here()),
        "account_url": None if bare else url_if("accounts.sessions"),
        "sign_in_url": flask.url_for("accounts.sign_in"),
        "sign_out_url": flask.url_for("accounts.sign_out"),
        "search_url": None if bare else url_if("docket.search"),
        "help_url": None if bare else url_if("docket.help"),
    }


def is_demo() -> bool:
    """Whether the installation shows invented data. A demonstration stays one, so only a no is asked again."""
    known = flask.current_app.extensions
    if not known.get(_IS_DEMO):
        with request.reading() as session:
            known[_IS_DEMO] = queries.setting(session, queries.DEMO_KEY) == "yes"
    return bool(known[_IS_DEMO])


def _here() -> str | None:
    """The present page, when it can be fetched again."""
    found = flask.request
    return found.full_path.rstrip("?") if found.method == "GET" and found.endpoint != "web.speak" else None
