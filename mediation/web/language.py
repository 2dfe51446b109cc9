"""The language of a page: exactly `zh_Hans` or `en`. The choice lies in the signed cookie; the account keeps
it from sign-in to sign-in. Holds no text.
"""

from __future__ import annotations

import flask
from flask import Flask
from flask_babel import Babel, refresh

from mediation.words import DEFAULT_LANGUAGE, LANGUAGES, Language

_KEY = "language"


def init(app: Flask) -> None:
    """Let `app` speak both languages."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LANGUAGE
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=current)


def current() -> Language:
    """The language of this request: chosen, else the browser's first that we speak, else Chinese.

    A tag is mapped to one of ours: `zh`, `zh_CN`, `zh-Hans-CN` would find no catalogue of their own.
    """
    if not flask.has_request_context():
        return DEFAULT_LANGUAGE
    chosen = flask.session.get(_KEY)
    for language in LANGUAGES:
        if chosen == language:
            return language
    for tag in flask.request.accept_languages.values():
        if tag.lower().startswith("zh"):
            return "zh_Hans"
        if tag.lower().startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE


def other() -> Language:
    """The language the page is not in."""
    return "zh_Hans" if current() == "en" else "en"


def chosen() -> Language | None:
    """What the visitor chose in this browser, None when nothing."""
    return current() if _KEY in flask.session else None


def choose(language: str) -> None:
    """Speak `language` to this browser from now on; one we do not speak changes nothing."""
    if language in LANGUAGES:
        flask.session[_KEY] = language
        refresh()
