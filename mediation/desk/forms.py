"""What the desk's pages may be asked for. Shape only."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Length

from mediation.directory.forms import FilterForm
from mediation.web.forms import DateField, TextField


class TrailFilter(FilterForm):
    """Which entries of the trail. `ref`: a case number, or the number of any other thing."""

    action = SelectField(_l("Deed"), choices=[], validate_choice=False)
    kind = SelectField(_l("Thing"), choices=[], validate_choice=False)
    ref = TextField(_l("Its number"), [Length(max=80)])
    since = DateField(_l("From day"))
    until = DateField(_l("To day"))
