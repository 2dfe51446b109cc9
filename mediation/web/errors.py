"""A refusal becomes a page: the house's own, the database's, the protocol's, and what nobody foresaw.

A page says what happened and what to do, in the visitor's language; the details go to the log under the number
printed on the page. Denials are recorded in the trail, after the request's own transaction was undone.
"""

from __future__ import annotations

import logging

import flask
from flask import Flask, Response
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from mediation import clock, database
from mediation.audit import actions as audit
from mediation.errors import BusyError, DuplicateError, ForbiddenError, N_, RefusalError, StaleError
from mediation.web import access, language, pages, request

_logger = logging.getLogger(__name__)

_BUSY = N_("The database could not take this now. Nothing was saved; please try again in a moment.")
_STALE = N_("Someone else changed this after you opened the page. Nothing was saved.")
_CONFLICT = N_("This contradicts something that is recorded already. Nothing was saved.")
_RETRY_AFTER = "5"

# Sentences for what the protocol refuses; the titles stand in refusal.html.
_SENTENCES = {
    400: N_("The request could not be read."),
    405: N_("This page cannot be reached in this way. Open it from the menu."),
    413: N_("What you sent is larger than the house takes."),
    414: N_("The address is too long."),
    415: N_("This kind of file or request is not taken here."),
    429: N_("Too many tries. Please wait a little."),
}


def init(app: Flask) -> None:
    """Give every refusal its page."""
    app.register_error_handler(RefusalError, _refusal)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(IntegrityError, _conflict)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeoutError, _pool)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(SecurityError, _strange_host)
    app.register_error_handler(InternalServerError, _unforeseen)
    app.register_error_handler(HTTPException, _protocol)


def message(refusal: RefusalError) -> str:
    """The refusal's sentence in the visitor's language."""
    return str(_(refusal.message, **refusal.in_(language.current())))


def page(
    code: int,
    sentence: str | None,
    *,
    incident: str | None = None,
    action_url: str | None = None,
    action_label: str | None = None,
) -> Response:
    """The page of a refusal with its status; `sentence` is translated already."""
    values: dict[str, object] = {
        "code": code,
        "message": sentence,
        "incident": incident,
        "back_url": _back_url(),
        "action_url": action_url,
        "action_label": action_label,
    }
    try:
        html = flask.render_template("refusal.html", **values)
    except (DBAPIError, PoolTimeoutError):
        # Who asks and what the menu holds lies in the database that does not answer.
        pages.draw_bare()
        html = flask.render_template("refusal.html", **values)
    response = flask.make_response(html, code)
    if code == 503:
        response.headers["Retry-After"] = _RETRY_AFTER
    return response


def _back_url() -> str | None:
    """The page itself, where a refused form can be fetched anew."""
    found = flask.request
    if found.method in ("GET", "HEAD") or found.url_rule is None or "GET" not in (found.url_rule.methods or ()):
        return None
    return found.path


def _refusal(refusal: RefusalError) -> Response:
    request.rollback()
    if isinstance(refusal, ForbiddenError):
        _record_denial(refusal)
    return page(refusal.status, message(refusal))


def _stale(_error: StaleDataError) -> Response:
    return _refusal(StaleError(_STALE))


def _conflict(error: IntegrityError) -> Response:
    request.rollback()
    incident = _incident(error)
    return page(DuplicateError.status, _(_CONFLICT), incident=incident)


def _database(error: DBAPIError) -> Response:
    request.rollback()
    if database.is_busy(error):
        _logger.warning("the database refused: %s (request %s)", error.orig, request.request_id())
        return page(BusyError.status, _(_BUSY))
    if flask.current_app.testing:
        raise error
    return page(500, None, incident=_incident(error))


def _pool(_error: PoolTimeoutError) -> Response:
    _logger.warning("no connection to the database was free (request %s)", request.request_id())
    return page(BusyError.status, _(_BUSY))


def _forged(_error: CSRFError) -> Response:
    request.rollback()
    return page(400, _("This form is too old or came from another site. Nothing was saved; open the page again."))


def _strange_host(_error: SecurityError) -> Response:
    """A host name that is not ours: no page of ours has an address there, so it gets none."""
    return Response("Bad Request\n", 400, mimetype="text/plain")


def _protocol(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return flask.make_response(error.get_response())
    request.rollback()
    sentence = _SENTENCES.get(error.code)
    response = page(error.code, _(sentence) if sentence else None)
    for name, value in error.get_headers(flask.request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _unforeseen(error: InternalServerError) -> Response:
    request.rollback()
    return page(500, None, incident=_incident(error.original_exception or error))


def _incident(error: BaseException) -> str:
    """Log what happened under the number of the request, which the page shows."""
    number = request.request_id()
    _logger.error("incident %s at %s", number, flask.request.endpoint, exc_info=error)
    return number


def _record_denial(refusal: ForbiddenError) -> None:
    """A denial in the trail. Nobody signed in: only in the log, or strangers could fill the trail."""
    who = access.find_person()
    endpoint = flask.request.endpoint or "unknown"
    if who is None:
        _logger.warning("denied to a visitor: %s (request %s)", endpoint, request.request_id())
        return
    arguments = {name: str(value)[:80] for name, value in (flask.request.view_args or {}).items()}
    detail: dict[str, object] = {"arguments": arguments, "method": flask.request.method}
    if "permission" in refusal.values_:
        detail["permission"] = refusal.values_["permission"]
    try:
        with request.aside() as session:
            audit.record(
                session, "page:open", "page", endpoint, by=who, at=clock.now(), detail=detail, result="denied"
            )
    except DBAPIError:
        _logger.warning("a denial could not be recorded: %s", endpoint, exc_info=True)
