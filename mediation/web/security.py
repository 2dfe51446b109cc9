"""What the web server's answer must carry and its question may hold: headers, cookies, hosts, sizes.

Sources: OWASP ASVS 5 (3.3, 3.4, 3.5, 4.1), OWASP Secure Headers. Access stands in `access`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import flask
from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from mediation.config import Settings

View = TypeVar("View", bound=Callable[..., Any])

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}

TRANSPORT = "max-age=31536000; includeSubDomains"

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_YEAR = 365 * 24 * 3600


def takes_upload(view: View) -> View:
    """This page takes a file of up to `Settings.max_upload` bytes; the others `Settings.max_body`."""
    view.takes_upload = True  # type: ignore[attr-defined]
    return view


def init(app: Flask, settings: Settings) -> None:
    """Arm `app`. Call it before anything else registers a before_request."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        MAX_CONTENT_LENGTH=settings.max_body,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SESSION_COOKIE_NAME="__Host-mediation" if settings.is_production else "mediation",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # The token lives as long as the cookie's secret, which begins anew at every sign-in.
        WTF_CSRF_TIME_LIMIT=None,
        # It wants a Referer, which our own policy tells browsers not to send; Sec-Fetch-Site is asked instead.
        WTF_CSRF_SSL_STRICT=False,
        PREFERRED_URL_SCHEME="https" if settings.is_production else "http",
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_admit)
    CSRFProtect(app)
    app.before_request(_refuse_nul)
    app.url_defaults(_versioned)
    app.after_request(_finish)


def csrf_token() -> str:
    """The token a form written by hand puts into its hidden field `csrf_token`."""
    return str(generate_csrf())


def _admit() -> None:
    """Before anything reads the body: how large it may be, and whether a foreign site sent it."""
    found = flask.request
    view = flask.current_app.view_functions.get(found.endpoint or "")
    if getattr(view, "takes_upload", False):
        found.max_content_length = flask.current_app.extensions["mediation.settings"].max_upload
    if found.method not in _SAFE and found.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise BadRequest


def _refuse_nul() -> None:
    """No text of ours holds the character NUL, and PostgreSQL fails on it."""
    found = flask.request
    sent = (*found.args.items(multi=True), *found.form.items(multi=True), *(found.view_args or {}).items())
    if any(isinstance(value, str) and "\0" in value for _name, value in sent):
        raise BadRequest


def _versioned(endpoint: str, values: dict[str, Any]) -> None:
    """Give a file of the page its content's hash, so that browsers may keep it until it changes."""
    if endpoint != "static" or "v" in values:
        return
    folder = flask.current_app.static_folder
    version = _content_hash(Path(folder or "") / str(values.get("filename", "")), flask.current_app.debug)
    if version:
        values["v"] = version


def _content_hash(path: Path, fresh: bool) -> str:
    return _hash_of.__wrapped__(path) if fresh else _hash_of(path)


@lru_cache(maxsize=256)
def _hash_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        return ""


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if flask.current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = TRANSPORT
    if flask.request.endpoint == "static" and response.status_code in (200, 206, 304):
        if flask.request.args.get("v"):
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def clear_site_data(response: Response) -> Response:
    """Tell the browser to forget what it kept of us: at sign-out. Cookies go by the sign-out itself."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
