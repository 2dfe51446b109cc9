"""The intake form: eight facts every case needs, and details that may come later. Holds shape, and what a number's
check says at which field; what a case needs is judged by `cases.intake`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Any

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FieldList, Form, FormField, HiddenField, IntegerField, SelectField
from wtforms.validators import Length, NumberRange, Optional

from mediation.cases import acts, identifiers
from mediation.cases.deadlines import CourtProcedure
from mediation.cases.identifiers import Finding, Severity
from mediation.cases.intake import Intake, NumberEntry, PartyEntry, RightEntry
from mediation.channels import CHANNELS, Channel
from mediation.terms import (
    Designation,
    Difficulty,
    EntryForm,
    NumberKind,
    Park,
    PartyKind,
    PartyRole,
    RightKind,
    RightStatus,
    Source,
)
from mediation.web import language
from mediation.web.forms import (
    AmountField,
    Choice,
    DateField,
    PageForm,
    ReferenceField,
    TermField,
    TermsField,
    TextField,
    required,
)

MOST_ROWS = 100
ROWS = ("parties", "rights", "numbers")

_NAME = Length(max=200)
_LINE = Length(max=2000)


class Row(Form):
    """A part of the form: no token of its own, messages in the language of the page."""

    class Meta(PageForm.Meta):
        """How the library builds it."""

        csrf = False

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote anything into it; what was only chosen does not count."""
        return not any(isinstance(field, TextField | DateField | IntegerField) and field.data for field in self)


class PartyDetails(Row):
    """What may be known of a party besides its name."""

    kind = TermField(_l("Kind of person"), [Optional()], term=PartyKind, default=PartyKind.LEGAL, blank=False)
    identifier = TextField(_l("Credit code or identity number"), [_NAME])
    contact = TextField(_l("Contact"), [_NAME])
    agent = TextField(_l("Agent"), [_NAME])
    agent_contact = TextField(_l("Agent's contact"), [_NAME])
    designations = TermsField(_l("Designations"), term=Designation)

    def entry(self, role: PartyRole, name: str) -> PartyEntry:
        """The party."""
        return PartyEntry(
            role=role,
            name=name,
            kind=self.kind.data or PartyKind.LEGAL,
            identifier=self.identifier.data or None,
            contact=self.contact.data or None,
            agent=self.agent.data or None,
            agent_contact=self.agent_contact.data or None,
            designations=tuple(self.designations.data or ()),
        )

    def findings(self) -> Iterator[tuple[Field, Finding]]:
        """What the check of the number says."""
        for finding in identifiers.check_party_number(self.kind.data or PartyKind.LEGAL, self.identifier.data or ""):
            yield self.identifier, finding


class PartyRow(PartyDetails):
    """One more party."""

    role = TermField(_l("Side"), [Optional()], term=PartyRole, default=PartyRole.RESPONDENT, blank=False)
    name = TextField(_l("Name"), [_NAME])


class RightDetails(Row):
    """What may be known of a right besides its kind."""

    number = TextField(_l("Number of the right"), [_NAME])
    title = TextField(_l("Title or name"), [_NAME])
    holder = TextField(_l("Holder"), [_NAME])
    status = TermField(_l("Legal status"), [Optional()], term=RightStatus)
    checked_on = DateField(_l("Status checked on"), [Optional()])
    nice_class = IntegerField(_l("Nice class"), [Optional(), NumberRange(1, 45)])

    def entry(self, kind: RightKind) -> RightEntry:
        """The right."""
        return RightEntry(
            kind=kind,
            number=self.number.data or None,
            title=self.title.data or None,
            holder=self.holder.data or None,
            status=self.status.data,
            checked_on=self.checked_on.data,
            nice_class=self.nice_class.data,
        )

    def findings_for(self, kind: RightKind | None) -> Iterator[tuple[Field, Finding]]:
        """What the check of the number says for a right of this kind."""
        if kind is not None:
            for finding in identifiers.check_right_number(kind, self.number.data or "", self.status.data):
                yield self.number, finding


class RightRow(RightDetails):
    """One more right."""

    kind = TermField(_l("Kind of right"), [Optional()], term=RightKind)

    @property
    def is_blank(self) -> bool:
        """A kind is enough to mean a right."""
        return super().is_blank and self.kind.data is None


class NumberRow(Row):
    """One more number somebody else gave the case."""

    kind = TermField(
        _l("Whose number"),
        [Optional()],
        term=NumberKind,
        subset=[kind for kind in NumberKind if kind is not NumberKind.LEDGER],
        default=NumberKind.COURT,
        blank=False,
    )
    number = TextField(_l("Number"), [_NAME])


class IntakeForm(PageForm):
    """A case as it is registered. The first eight fields are needed, in the keyboard's order; the rest may wait."""

    source = TermField(_l("Source"), [required()], term=Source)
    channel = TermField(_l("Channel"), [required()], term=Channel)
    organisation = ReferenceField(_l("Organisation"), [required()])
    kind = TermField(_l("Kind of right"), [required()], term=RightKind)
    applicant = TextField(_l("Applicant"), [required(), _NAME])
    respondent = TextField(_l("Respondent"), [required(), _NAME])
    facts = TextField(_l("Facts in a line"), [required(), _LINE])
    received_on = DateField(_l("Received on"), [required()])

    late_reason = TextField(_l("Why this is entered late"), [_NAME])
    entry_form = TermField(_l("Way in"), [Optional()], term=EntryForm)
    court_procedure = TermField(_l("Court procedure"), [Optional()], term=CourtProcedure)
    is_complex = BooleanField(_l("Complex patent matter (longer limit)"))
    park = TermField(_l("Park"), [Optional()], term=Park)
    amount_claimed = AmountField(_l("Amount claimed (yuan)"), [Optional()])
    infringing_act = SelectField(_l("Infringing act"), [Optional()], choices=list[Any]())
    difficulty = TermField(_l("Difficulty"), [Optional()], term=Difficulty)
    series = TextField(_l("Series"), [_NAME])
    applicant_details = FormField(PartyDetails, _l("Applicant"))
    respondent_details = FormField(PartyDetails, _l("Respondent"))
    right = FormField(RightDetails, _l("Right"))
    parties = FieldList(FormField(PartyRow), _l("Party"))
    rights = FieldList(FormField(RightRow), _l("Right"))
    numbers = FieldList(FormField(NumberRow), _l("Number"))
    confirmed = HiddenField()

    @property
    def day(self) -> dt.date | None:
        """The day of receipt, when it can be read."""
        return self.received_on.data if isinstance(self.received_on.data, dt.date) else None

    def prepare(self, organisations: Iterable[tuple[int, str]], today: dt.date) -> None:
        """Offer the organisations, and the acts of the statute for the kind of right on the day of receipt."""
        pairs = list(organisations)
        self.organisation.offer(pairs, blank=len(pairs) != 1)
        kind = self.kind.data
        listed = acts.acts_for(kind, self.day or today) if isinstance(kind, RightKind) else ()
        spoken = language.current()
        first = _("Please choose") if listed else _("Choose the kind of right first")
        said = [Choice(act.code, f"{act.words.in_(spoken)} ({act.article.in_(spoken)})") for act in listed]
        self.infringing_act.choices = [Choice("", first), *said]

    # Rows ------------------------------------------------------------------------------------------------------------

    def add_row(self, name: str) -> None:
        """One more blank row of `name`."""
        if name in ROWS and len(self[name]) < MOST_ROWS:
            self[name].append_entry()

    def remove_row(self, place: str) -> None:
        """Take the row away whose button says `place` (`parties-2`: the third)."""
        name, _dash, position = place.rpartition("-")
        if name in ROWS and position.isdecimal() and int(position) < len(self[name]):
            del self[name].entries[int(position)]

    # Checking --------------------------------------------------------------------------------------------------------

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape, rows that lack what makes them one, numbers that cannot be right."""
        shaped = bool(super().validate(extra_validators))
        is_good = all((shaped, *self._rows_are_whole(), *self._numbers_can_be()))
        for name in ROWS:
            # The library gathers the errors of rows once; some came later.
            said = [error for error in self[name].errors if isinstance(error, str)]
            self[name].errors = [*said, *(entry.errors for entry in self[name] if entry.errors)]
        return is_good

    def _rows_are_whole(self) -> Iterator[bool]:
        for name in ROWS:
            if posted_rows(name) > MOST_ROWS:
                sentence = _("At most %(count)s rows fit here. Add the rest on the case page.", count=MOST_ROWS)
                self[name].errors = [sentence]
                yield False
        for row in self._filled("parties"):
            yield _needs(row.name)
        for row in self._filled("rights"):
            yield _needs(row.kind)
        for row in self._filled("numbers"):
            yield _needs(row.number)
        channel, form = self.channel.data, self.entry_form.data
        if channel is not None and form is not None and form not in CHANNELS[channel].entry_forms:
            spoken = language.current()
            sentence = _("“%(form)s” is no way into %(channel)s.", form=form.in_(spoken), channel=channel.in_(spoken))
            self.entry_form.errors = [*self.entry_form.errors, sentence]
            yield False

    def _numbers_can_be(self) -> Iterator[bool]:
        for field, finding in self.findings():
            if finding.severity is Severity.ERROR:
                field.errors = [*field.errors, finding.message.in_(language.current())]
                yield False

    def _filled(self, name: str) -> list[Any]:
        return [entry.form for entry in self[name] if not entry.form.is_blank]

    def findings(self) -> Iterator[tuple[Field, Finding]]:
        """Everything noticed about the numbers, with the field it is about."""
        for row in (self.applicant_details.form, self.respondent_details.form, *self._filled("parties")):
            yield from row.findings()
        yield from self.right.form.findings_for(self.kind.data)
        for row in self._filled("rights"):
            yield from row.findings_for(row.kind.data)

    def warnings(self) -> list[tuple[Field, Finding]]:
        """What a person should look at again, and may leave as it is."""
        return [(field, finding) for field, finding in self.findings() if finding.severity is Severity.WARNING]

    # Reading ---------------------------------------------------------------------------------------------------------

    def intake(self) -> Intake:
        """What was entered. Only of a form that was found valid."""
        channel = self.channel.data
        return Intake(
            source=self.source.data,
            channel=channel,
            organisation_id=self.organisation.data,
            received_on=self.received_on.data or dt.date.min,
            facts=self.facts.data or "",
            parties=(
                self.applicant_details.form.entry(PartyRole.APPLICANT, self.applicant.data or ""),
                self.respondent_details.form.entry(PartyRole.RESPONDENT, self.respondent.data or ""),
                *(row.entry(row.role.data or PartyRole.RESPONDENT, row.name.data) for row in self._filled("parties")),
            ),
            rights=(
                self.right.form.entry(self.kind.data),
                *(row.entry(row.kind.data) for row in self._filled("rights")),
            ),
            # Left open it is the channel's usual one, whichever channel was chosen last.
            entry_form=self.entry_form.data or CHANNELS[channel].entry_forms[0],
            park=self.park.data,
            numbers=tuple(
                NumberEntry(row.kind.data or NumberKind.OTHER, row.number.data) for row in self._filled("numbers")
            ),
            infringing_act=self.infringing_act.data or None,
            difficulty=self.difficulty.data,
            amount_claimed=self.amount_claimed.data,
            series=self.series.data or None,
            court_procedure=self.court_procedure.data,
            is_complex=self.is_complex.data,
            late_reason=self.late_reason.data or None,
        )


def posted_rows(name: str) -> int:
    """How many rows of `name` were sent: counted here, because a list field says nothing of what it drops."""
    pattern = re.compile(rf"{name}-(\d+)-")
    return len({found[1] for key in flask.request.form if (found := pattern.match(key))})


def blank_rows() -> dict[str, Row]:
    """A blank row of each list, for script to copy."""
    return {
        name: made(prefix=f"{name}-__index__-")
        for name, made in (("parties", PartyRow), ("rights", RightRow), ("numbers", NumberRow))
    }


def _needs(field: Field) -> bool:
    if field.data:
        return True
    field.errors = [*field.errors, _("This is needed.")]
    return False
