"""The form that narrows the list. It stands in the address, so it asks for no name of a natural person.

Holds shape only: what a filter means stands in `queries`.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Length, Optional

from mediation.cases import search
from mediation.channels import Channel
from mediation.directory.forms import FilterForm
from mediation.docket.queries import Attention, Filters, Order
from mediation.terms import CaseState, Park, RightKind, Source
from mediation.web.forms import DateField, PageForm, ReferenceField, TermField, TextField


class ListForm(FilterForm):
    """Which cases, and in which order."""

    words = TextField(_l("Number, firm or words"), [Length(max=search.LONGEST)])
    state = TermField(_l("State"), term=CaseState)
    attention = TermField(_l("Waiting for"), term=Attention)
    channel = TermField(_l("Channel"), term=Channel)
    organisation = ReferenceField(_l("Organisation"))
    kind = TermField(_l("Kind of right"), term=RightKind)
    source = TermField(_l("Source"), term=Source)
    park = TermField(_l("Park"), term=Park)
    mediator = ReferenceField(_l("Mediator"))
    received_from = DateField(_l("Received from"), [Optional()])
    received_to = DateField(_l("Received to"), [Optional()])
    mine = BooleanField(_l("Only mine"))
    order = TermField(_l("Order"), term=Order, blank=False, default=Order.NEWEST)

    def offer(self, organisations: Iterable[tuple[int, str]], mediators: Iterable[tuple[int, str]]) -> None:
        """What there is to choose from."""
        self.organisation.offer(organisations)
        self.mediator.offer(mediators)

    def filters(self) -> Filters:
        """What was chosen; what is not on offer narrows nothing."""
        self.validate()
        given = {name: value for name in Filters.__dataclass_fields__ if (value := self.chosen(name)) is not None}
        return Filters(**given)  # type: ignore[arg-type]


class SearchForm(PageForm):
    """The words or the number to look for. Sent, never in the address: it may be somebody's name."""

    submission_key = None  # type: ignore[assignment]  # asking twice is no harm
    q = TextField(_l("Number, party, right or words"), [Length(max=search.LONGEST)])
