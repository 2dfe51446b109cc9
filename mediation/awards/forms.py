"""What the award pages may be asked: year, scheme, organisation. Holds shape only; it stands in the address."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from mediation.directory.forms import FilterForm
from mediation.web.forms import ReferenceField


class AwardFilter(FilterForm):
    """Which report. Whoever makes it sets the choices; a value that is none of them asks for the usual."""

    year = SelectField(_l("Year"), coerce=int)
    scheme = SelectField(_l("Scheme"))
    organisation = ReferenceField(_l("Organisation"))
