"""The forms of the register's pages. Shape only: what is refused and why stands in `register.actions`."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, Field, HiddenField, IntegerField, SelectField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from mediation.register.models import SHORT_NAME_LENGTH, Gender, LimitUnit
from mediation.sheets import cells
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind
from mediation.web.forms import (
    Choice,
    DateField,
    PageForm,
    ReferenceField,
    TermField,
    TermsField,
    TextField,
    required,
)


class OrganisationForm(PageForm):
    """What is kept of an organisation. `version` is the state the person saw."""

    name = TextField(_l("Name of the organisation"), [required(), Length(max=100)])
    short_name = TextField(_l("Short name"), [required(), Length(max=SHORT_NAME_LENGTH)])
    kind = TermField(_l("Kind of organisation"), [required()], term=OrganisationKind)
    park = TermField(_l("Park"), [required()], term=Park)
    limit_count = IntegerField(_l("How many"), [Optional()])
    limit_unit = TermField(_l("Unit of time"), term=LimitUnit)
    phone = TextField(_l("Phone"), [Length(max=40)])
    address = TextField(_l("Address"), [Length(max=200)])
    version = HiddenField()


class SeenForm(PageForm):
    """A button that acts on a thing as the person saw it."""

    version = HiddenField()


class MediatorForm(PageForm):
    """What is kept of the person."""

    name = TextField(_l("Name"), [required(), Length(max=60)])
    gender = TermField(_l("Gender"), term=Gender)
    phone = TextField(_l("Phone"), [Length(max=40)])
    note = TextAreaField(_l("Note"), [Length(max=2000)])
    serious_fault_on = DateField(_l("Serious fault found on"))
    version = HiddenField()


class RegistrationForm(PageForm):
    """A registration that exists: an unknown first day may stay unknown."""

    level = TermField(_l("Level"), [required()], term=MediatorLevel)
    specialities = TermsField(_l("Specialities"), term=RightKind)
    from_on = DateField(_l("First day"))
    until_on = DateField(_l("Last day"))
    version = HiddenField()


class NewRegistrationForm(RegistrationForm):
    """A further registration of somebody on the register."""

    organisation_id = ReferenceField(_l("Organisation"), [required()])
    from_on = DateField(_l("First day"), [required()])


class NewMediatorForm(NewRegistrationForm):
    """A person with the first registration; `another_person` confirms that a namesake is somebody else."""

    name = TextField(_l("Name"), [required(), Length(max=60)])
    gender = TermField(_l("Gender"), term=Gender)
    phone = TextField(_l("Phone"), [Length(max=40)])
    note = TextAreaField(_l("Note"), [Length(max=2000)])
    another_person = BooleanField(_l("This is another person of the same name"))


class LeaveForm(PageForm):
    """The last day of a registration; the page that counts the open proceedings shows it."""

    on = DateField(_l("Last day"), [required()])
    version = HiddenField()


class TrainingForm(PageForm):
    """Training a mediator took part in."""

    on = DateField(_l("Day"), [required()])
    hours = DecimalField(_l("Hours"), [required()])
    subject = TextField(_l("Subject of the training"), [required(), Length(max=200)])

    def validate_on(self, field: DateField) -> None:
        """Blanks are no day."""
        if field.data is None:
            raise ValidationError(_("This is needed."))


class FilterForm(PageForm):
    """A form that only asks: it stands in the address, needs no token, and a value that is none asks for nothing."""

    submission_key = None  # type: ignore[assignment]  # how the library takes a field away

    class Meta(PageForm.Meta):
        """How the library builds it."""

        csrf = False
        blank_label = _l("All")

    def chosen(self, name: str) -> object:
        """What was chosen, None when nothing or nothing that is on offer."""
        field: Field = self[name]
        return None if field.errors or field.data in (None, "") else field.data


class OrganisationFilter(FilterForm):
    """Which organisations."""

    kind = TermField(_l("Kind of organisation"), term=OrganisationKind)
    park = TermField(_l("Park"), term=Park)
    active = SelectField(
        _l("State"),
        default="",
        choices=lambda: [Choice("", _l("All")), Choice("yes", _l("working")), Choice("no", _l("no longer working"))],
    )


class MediatorFilter(FilterForm):
    """Which mediators. What is chosen must hold of one registration of today, or of any when `whom` is "all"."""

    q = TextField(_l("Name or phone"), [Length(max=60)], filters=[cells.as_text])
    organisation = ReferenceField(_l("Organisation"))
    kind = TermField(_l("Speciality"), term=RightKind)
    level = TermField(_l("Level"), term=MediatorLevel)
    whom = SelectField(
        _l("Whom"),
        default="",
        choices=lambda: [Choice("", _l("registered today")), Choice("all", _l("everybody ever on the register"))],
    )
