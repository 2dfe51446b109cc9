"""The forms of signing in and of accounts. Shape only: what is refused and why stands in `people`."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import HiddenField, PasswordField
from wtforms.validators import Length

from mediation.terms import Role
from mediation.web.forms import PageForm, ReferenceField, TermField, TextField, required

# More than any password we take; keeps a megabyte of text away from the hash.
_LONGEST = 512


class SignInForm(PageForm):
    """Name and password."""

    username = TextField(lazy_gettext("User name"), [required(), Length(max=100)])
    password = PasswordField(lazy_gettext("Password"), [required(), Length(max=_LONGEST)])


class PasswordForm(PageForm):
    """One's own new password."""

    current = PasswordField(lazy_gettext("Present password"), [required(), Length(max=_LONGEST)])
    password = PasswordField(lazy_gettext("New password"), [required(), Length(max=_LONGEST)])
    repeated = PasswordField(lazy_gettext("New password once more"), [required(), Length(max=_LONGEST)])


class AccountForm(PageForm):
    """Who an account is. `version` is the state the administrator saw."""

    display_name = TextField(lazy_gettext("Display name"), [required(), Length(max=60)])
    role = TermField(lazy_gettext("Role"), [required()], term=Role)
    organisation_id = ReferenceField(lazy_gettext("Organisation"))
    mediator_id = ReferenceField(lazy_gettext("Mediator in the register"))
    version = HiddenField()


class NewAccountForm(AccountForm):
    """An account to be made."""

    username = TextField(lazy_gettext("User name"), [required(), Length(max=40)])


class SeenForm(PageForm):
    """A button that acts on an account as the administrator saw it."""

    version = HiddenField()
