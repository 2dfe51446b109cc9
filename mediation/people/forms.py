"""The forms of signing in and of accounts. Shape only: what is refused and why stands in `actions` and `passwords`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField
from wtforms.validators import Length

from mediation.terms import Role
from mediation.web.forms import PageForm, ReferenceField, TermField, TextField, required

# More than any password we take; keeps a megabyte of text away from the hash.
_LONGEST = 512


class SignInForm(PageForm):
    """Name and password."""

    username = TextField(_l("User name"), [required(), Length(max=100)])
    password = PasswordField(_l("Password"), [required(), Length(max=_LONGEST)])


class PasswordForm(PageForm):
    """One's own new password."""

    current = PasswordField(_l("Present password"), [required(), Length(max=_LONGEST)])
    password = PasswordField(_l("New password"), [required(), Length(max=_LONGEST)])
    repeated = PasswordField(_l("New password once more"), [required(), Length(max=_LONGEST)])


class AccountForm(PageForm):
    """Who an account is. `version` is the state the administrator saw."""

    display_name = TextField(_l("Name"), [required(), Length(max=60)])
    role = TermField(_l("Role"), [required()], term=Role)
    organisation_id = ReferenceField(_l("Organisation"))
    mediator_id = ReferenceField(_l("Mediator in the register"))
    version = HiddenField()


class NewAccountForm(AccountForm):
    """An account to be made."""

    username = TextField(_l("User name"), [required(), Length(max=40)])


class SeenForm(PageForm):
    """A button that acts on an account as the administrator saw it."""

    version = HiddenField()
