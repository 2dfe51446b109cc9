"""The refusals: what the house says when it will not do a thing. No Flask, no database.

Each carries an English sentence fit for the user (a gettext msgid, filled from `values`) and, where it
concerns one, the field. `web/errors.py` turns each into a page; the command line prints it.
"""

from __future__ import annotations

from mediation.words import Term, Words


def N_(text: str) -> str:
    """Mark `text` for extraction; it is translated where it is shown."""
    return text


class RefusalError(Exception):
    """A refusal with a sentence for the user. `status` is the HTTP status of its page."""

    status = 400

    def __init__(self, message: str, /, *, field: str | None = None, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.field = field
        self.values_: dict[str, object] = dict(values)

    def in_(self, language: str) -> dict[str, object]:
        """The values with terms put into `language` (for translation at the edge)."""
        return {k: v.in_(language) if isinstance(v, Term | Words) else v for k, v in self.values_.items()}


class NotFoundError(RefusalError):
    """There is no such thing, or the person may not know that there is."""

    status = 404


class ForbiddenError(RefusalError):
    """The person may see the thing but not do this with it."""

    status = 403


class MoveError(RefusalError):
    """The workflow has no such move from here, or a guard forbids it."""

    status = 422


class FactError(RefusalError):
    """A fact is missing, unreadable or contradicts another."""

    status = 422


class StaleError(RefusalError):
    """Someone else changed the thing after this person opened the page."""

    status = 409


class DuplicateError(RefusalError):
    """The thing exists already."""

    status = 409


class TooLargeError(RefusalError):
    """The upload or the question is larger than the house takes."""

    status = 413


class BusyError(RefusalError):
    """The database could not take the write now; nothing was saved."""

    status = 503
