"""A form sent twice is taken once: the second click is led where the first one went.

    location = submissions.seen(session, form, person)
    if location: return redirect(location, 303)
    …
    submissions.keep(session, form, person, location, at)
    session.commit()

Holds no rule of the trade.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import flask

from mediation.database import Session, acquire_lock
from mediation.errors import DuplicateError, N_
from mediation.people import actions, queries
from mediation.people.queries import SignedIn
from mediation.web.forms import PageForm

_LONGEST_KEY = 64


def seen(session: Session, form: PageForm, person: SignedIn) -> str | None:
    """Where the form with this key led, when it was taken before with the same body; None when it is new.

    Waits for a twin that is being taken right now.

    Raises:
        DuplicateError: the key was used with another body.
    """
    key = _key(form)
    acquire_lock(session, int(hashlib.sha256(f"{person.account_id}:{key}".encode()).hexdigest()[:15], 16))
    found = queries.find_submission(session, person.account_id, key)
    if found is None:
        return None
    if found.body_hash != body_hash():
        raise DuplicateError(
            N_("This form was sent before with other contents. Open the page again before you send it once more.")
        )
    return found.location


def keep(session: Session, form: PageForm, person: SignedIn, location: str, at: dt.datetime) -> None:
    """Remember that this form led to `location`, in the transaction of its act."""
    actions.keep_submission(
        session, account_id=person.account_id, key=_key(form), body_hash=body_hash(), location=location, at=at
    )


def body_hash() -> str:
    """The SHA-256 of what this request sent: page, fields in order, files; without the CSRF token."""
    digest = hashlib.sha256(flask.request.path.encode())
    for name, value in flask.request.form.items(multi=True):
        if name != "csrf_token":
            _feed(digest, name.encode(), value.encode())
    for name, file in flask.request.files.items(multi=True):
        content = hashlib.sha256()
        place = file.stream.tell()
        file.stream.seek(0)
        while block := file.stream.read(1 << 16):
            content.update(block)
        file.stream.seek(place)
        _feed(digest, name.encode(), (file.filename or "").encode(), content.digest())
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, *parts: bytes) -> None:
    """Each part with its length: ("ab", "c") is not ("a", "bc")."""
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)


def _key(form: PageForm) -> str:
    key = str(form.submission_key.data or "")
    if not 8 <= len(key) <= _LONGEST_KEY:
        raise DuplicateError(N_("The form came without its key. Open the page again."))
    return key
