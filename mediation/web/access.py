"""Who may open which page. Every view declares it: `@requires(Permission.X)` or `@public`.

The declaration is an attribute of the view function, so the menu and the test of the whole access matrix read
a fact. An undeclared view stops the start of the app. The relation to a thing (own case, own organisation)
is asked in the view or action with `permissions.ensure`. Holds no policy (see `people.permissions`).
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import DBAPIError

from mediation import clock
from mediation.errors import ForbiddenError, N_
from mediation.people import actions, permissions, queries
from mediation.people.permissions import Permission
from mediation.people.queries import Limits, SignedIn, SignIn
from mediation.web import language, request

View = TypeVar("View", bound=Callable[..., Any])

_TOUCH_AFTER = dt.timedelta(minutes=1)
_DEVICE_DAYS = 180
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Visitor(UserMixin):  # type: ignore[misc]
    """What the sign-in library keeps: the token, and the person behind it."""

    token: str
    sign_in: SignIn

    def get_id(self) -> str:
        return self.token


# ------------------------------------------------------------------------------------------ declaring


def public(view: View) -> View:
    """Anyone may open this page."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def requires(permission: Permission, *, before_password_change: bool = False) -> Callable[[View], View]:
    """Only a signed-in person whose role has `permission` may open this page.

    `before_password_change`: open even to one who must change a one-time password first.
    """

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.before_password_change = before_password_change  # type: ignore[attr-defined]
        return view

    return mark


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """What `endpoint` requires; None for a public one."""
    found = getattr(app.view_functions[endpoint], "permission", None)
    return found if isinstance(found, Permission) else None


def is_public(app: Flask, endpoint: str) -> bool:
    """Whether anyone may open `endpoint`. Files of the page itself are."""
    return endpoint == "static" or bool(getattr(app.view_functions[endpoint], "is_public", False))


def is_declared(app: Flask, endpoint: str) -> bool:
    """Whether `endpoint` says who may open it."""
    return is_public(app, endpoint) or permission_of(app, endpoint) is not None


def ensure_declared(app: Flask) -> None:
    """Stop the start of an app with a page that does not say who may open it.

    Raises:
        RuntimeError: naming the pages.
    """
    missing = sorted(endpoint for endpoint in app.view_functions if not is_declared(app, endpoint))
    if missing:
        raise RuntimeError(f"these pages do not say who may open them: {', '.join(missing)}")


# ------------------------------------------------------------------------------------------ asking


def person() -> SignedIn:
    """The signed-in person.

    Raises:
        RuntimeError: nobody is signed in; a page that `requires` a permission never gets here.
    """
    found = find_person()
    if found is None:
        raise RuntimeError("nobody is signed in")
    return found


def find_person() -> SignedIn | None:
    """The signed-in person, or None."""
    sign_in = find_sign_in()
    return None if sign_in is None else sign_in.person


def find_sign_in() -> SignIn | None:
    """The sign-in session of this request, or None."""
    visitor = current_user._get_current_object()  # noqa: SLF001 - the proxy's own way to its object
    return visitor.sign_in if isinstance(visitor, _Visitor) else None


def limits() -> Limits:
    """How long a sign-in lasts here."""
    settings = request.settings()
    return Limits(dt.timedelta(minutes=settings.idle_minutes), dt.timedelta(hours=settings.absolute_hours))


def may(permission: Permission) -> bool:
    """Whether the role of the visitor could have `permission`; nobody signed in has none."""
    found = find_person()
    return found is not None and permissions.may(found, permission)


def safe_next(target: str | None) -> str | None:
    """`target` when it is a path of this site, else None: a link must not carry anyone off to a strange one."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(character) < 0x21 for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


# ------------------------------------------------------------------------------------------ signing in and out


def start(token: str, sign_in: SignIn) -> None:
    """Let this browser be signed in with `token`. The cookie and its CSRF secret begin anew (no fixation)."""
    chosen = language.chosen() or sign_in.person.language
    flask.session.clear()
    if chosen:
        language.choose(chosen)
    login_user(_Visitor(token, sign_in))


def end() -> None:
    """Forget the sign-in in this browser; its language stays."""
    chosen = language.chosen()
    flask.session.clear()
    if chosen:
        language.choose(chosen)


def known_device(username: str) -> str | None:
    """The name of this browser, when the account called `username` was signed in here before."""
    sealed = flask.request.cookies.get(_device_cookie())
    if not sealed:
        return None
    try:
        owner, device = _device_seal().loads(sealed)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(device) if owner == queries.hash_token(username) else None


def remember_device(response: Response, username: str) -> Response:
    """Let this browser be known at the next sign-in of `username`. It opens nothing: its wrong tries count apart."""
    device = known_device(username) or secrets.token_urlsafe(16)
    sealed = str(_device_seal().dumps([queries.hash_token(username), device]))
    response.set_cookie(
        _device_cookie(), sealed, max_age=_DEVICE_DAYS * 86400, path="/", secure=request.settings().is_production,
        httponly=True, samesite="Lax",
    )  # fmt: skip
    return response


def _device_cookie() -> str:
    return "__Host-mediation-device" if request.settings().is_production else "mediation-device"


def _device_seal() -> URLSafeSerializer:
    return URLSafeSerializer(request.settings().secret_key, salt="known device")


# ------------------------------------------------------------------------------------------ guarding


def init(app: Flask) -> None:
    """Guard every page of `app`."""
    manager = LoginManager()
    # Its check of address and browser would sign people out behind changing networks; the session table has limits.
    manager.session_protection = None
    manager.user_loader(_load)
    # Its own addition to every page would ask the database even for the page that says the database is gone.
    manager.init_app(app, add_context_processor=False)
    app.before_request(_guard)


def _load(token: str) -> _Visitor | None:
    with request.reading() as session:
        sign_in = queries.find_sign_in(session, token, at=clock.now(), limits=limits())
    return None if sign_in is None else _Visitor(token, sign_in)


def _guard() -> ResponseReturnValue | None:
    endpoint = flask.request.endpoint
    if endpoint is None or endpoint == "static":
        return None
    app = flask.current_app
    if not is_declared(app, endpoint):
        raise RuntimeError(f"the page {endpoint} does not say who may open it")
    if is_public(app, endpoint):
        return None
    sign_in = find_sign_in()
    if sign_in is None:
        return _to_sign_in()
    _touch(sign_in)
    view = app.view_functions[endpoint]
    if sign_in.person.must_change_password and not getattr(view, "before_password_change", False):
        return flask.redirect(flask.url_for("accounts.password"), 303)
    permission = permission_of(app, endpoint)
    if permission is None or not permissions.may(sign_in.person, permission):
        raise ForbiddenError(N_("Your role may not do this here: %(permission)s."), permission=permission)
    return None


def _to_sign_in() -> ResponseReturnValue:
    if flask.request.method == "GET":
        target = flask.request.full_path.rstrip("?")
        return flask.redirect(flask.url_for("accounts.sign_in", next=None if target == "/" else target), 303)
    flask.flash(_("You were signed out in the meantime. What you sent was not saved."), "warning")
    return flask.redirect(flask.url_for("accounts.sign_in"), 303)


def _touch(sign_in: SignIn) -> None:
    """Note that the session is in use, at most once a minute and before the view opens its own transaction."""
    at = clock.now()
    if at - sign_in.last_seen_at < _TOUCH_AFTER:
        return
    try:
        with request.aside() as session:
            actions.touch(session, sign_in.token_hash, at=at)
    except DBAPIError:
        # A full disk or a held lock must not close the house to those who only read.
        _logger.warning("a session could not be touched", exc_info=True)
