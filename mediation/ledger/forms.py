"""The forms of an import: the file and its layout, and the decision. Holds shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, SelectField

from mediation.ledger.profile import PROFILES, STANDARD
from mediation.web import language
from mediation.web.forms import Choice, PageForm


def _profiles() -> list[Choice]:
    spoken = language.current()
    return [Choice(name, profile.words.in_(spoken)) for name, profile in PROFILES.items()]


class UploadForm(PageForm):
    """A ledger to be read."""

    file = FileField(_l("Ledger (.xlsx, .csv)"))
    profile = SelectField(_l("Layout of the ledger"), choices=_profiles, default=STANDARD.name)


class DecisionForm(PageForm):
    """Whether what was read shall arrive."""

    strict = BooleanField(_l("Only if no row is faulty"))
