"""The form every page's form is made of, and fields of the trade. Holds shape only: rules stand in actions.

`PageForm` brings the CSRF token and a random `submission_key` (see `submissions`); write both with
`form.hidden_tag()`. Choices are `Choice` objects; several rows: count what was posted, `FieldList` drops silently.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, SelectMultipleField, StringField, widgets
from wtforms.fields.choices import SelectChoice as Choice  # type: ignore[attr-defined]
from wtforms.i18n import get_translations
from wtforms.validators import InputRequired

from mediation.errors import RefusalError
from mediation.sheets import cells
from mediation.web import errors, language
from mediation.words import Term

__all__ = [
    "AmountField", "Choice", "DateField", "PageForm", "ReferenceField", "TermField", "TermsField", "TextField",
    "blame", "required",
]  # fmt: skip

T = TypeVar("T", bound=Term)

# The library knows Chinese as `zh`; it finds nothing under `zh_Hans`.
_WTFORMS_TAGS = {"zh_Hans": ["zh"], "en": ["en"]}


_MESSAGES: dict[str, Any] = {
    "invalid_value_message": lazy_gettext("Choose one from the list."),
    "invalid_choice_message": lazy_gettext("Choose one from the list."),
}


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form of a page. Its own messages come in the language of the page."""

    submission_key = HiddenField(default=lambda: secrets.token_urlsafe(16))

    class Meta:
        """How the library builds it. `blank_label`: what the empty first choice of a list says."""

        blank_label = lazy_gettext("Please choose")

        def get_translations(self, _form: object) -> Any:
            """WTForms' own catalogue in the language of the page."""
            return get_translations(_WTFORMS_TAGS[language.current()])


def required(message: str | None = None) -> InputRequired:
    """The validator of a fact that must be there."""
    return InputRequired(message or lazy_gettext("This is needed."))


def blame(form: PageForm, refusal: RefusalError) -> None:
    """Show a refusal on the form: at its field, when the form has it, else at the top."""
    sentence = errors.message(refusal)
    field = form[refusal.field] if refusal.field and refusal.field in form else None
    if field is None:
        form.form_errors.append(sentence)
    else:
        field.errors = [*field.errors, sentence]


class TextField(StringField):
    """One line of text without blanks around it; an empty one is the empty string."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was typed."""
        self.data = str(valuelist[0]).strip() if valuelist else ""


class _TypedField(Field):
    """A text box for a value; what was typed stays when it cannot be read."""

    widget = widgets.TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self._write(self.data)

    def _write(self, value: Any) -> str:
        return str(value)


class DateField(_TypedField):
    """A day: 2026-3-5, 2026/3/5, 2026年3月5日 or 20260305. `data` is a date, or None when left empty."""

    data: dt.date | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the day."""
        self.data = None
        if not valuelist:
            return
        text = str(valuelist[0]).strip()
        # The reader of spreadsheets also takes Excel's five-digit day numbers; nobody types those.
        if text.isdecimal() and len(text) != 8:
            raise ValueError(_("Write the day like 2026-03-05."))
        try:
            self.data = cells.as_date(text)
        except ValueError:
            raise ValueError(_("Write the day like 2026-03-05.")) from None


class AmountField(_TypedField):
    """A sum in yuan: 12,345.60 or 1.2万. `data` is a Decimal, or None when left empty; never negative."""

    data: Decimal | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the sum."""
        self.data = None
        if not valuelist:
            return
        try:
            self.data = cells.as_amount(str(valuelist[0]))
        except ValueError:
            raise ValueError(_("Write the amount in yuan, like 12000 or 1.2万.")) from None
        if self.data is not None and (self.data < 0 or self.data >= 10**13):
            self.data = None
            raise ValueError(_("Write the amount in yuan, like 12000 or 1.2万."))


def _reference(value: object) -> int | None:
    return None if value is None or value == "" else int(str(value))


def _blank(field: Field) -> list[Choice]:
    return [Choice("", str(getattr(field.meta, "blank_label", _("Please choose"))))]


def _term_choices(members: Iterable[Term], empty: list[Choice]) -> list[Choice]:
    spoken = language.current()
    return empty + [Choice(member.value, member.in_(spoken)) for member in members]


class TermField(SelectField):
    """One member of a closed list, titles in the language of the page. `data` is a member, or None.

    `subset`: the members offered, or a function that names them when the form is made. `blank`: an empty first choice.
    """

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] | None = None,
        *,
        term: type[T],
        subset: Iterable[T] | Callable[[], Iterable[T]] | None = None,
        blank: bool = True,
        **kwargs: Any,
    ) -> None:
        chosen: Iterable[T] | None = None if subset is None or callable(subset) else tuple(subset)

        def offered() -> list[Choice]:
            members = subset() if callable(subset) else chosen
            return _term_choices(term if members is None else members, _blank(self) if blank else [])

        def coerce(value: object) -> T | None:
            # None is no choice as well: the library compares each choice, coerced, with the data.
            return None if value is None or value == "" else term(str(value))

        super().__init__(label, list(validators or ()), coerce=coerce, choices=offered, **_MESSAGES, **kwargs)

    def offer(self, members: Iterable[T]) -> None:
        """Offer only `members` on this form."""
        self.choices = _term_choices(members, _blank(self))


class TermsField(SelectMultipleField):
    """Several members of a closed list as check boxes. `data` is a list of members."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] | None = None,
        *,
        term: type[T],
        subset: Iterable[T] | None = None,
        **kwargs: Any,
    ) -> None:
        chosen = tuple(term if subset is None else subset)
        super().__init__(
            label, list(validators or ()), coerce=lambda value: term(str(value)),
            choices=lambda: _term_choices(chosen, []), **kwargs,
        )  # fmt: skip


class ReferenceField(SelectField):
    """One row of a table by its id. `data` is an int, or None. The view says what is on offer: `field.offer(pairs)`."""

    def __init__(self, label: Any = None, validators: Sequence[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, list(validators or ()), coerce=_reference, choices=[], **_MESSAGES, **kwargs)

    def offer(self, pairs: Iterable[tuple[int, str]], *, blank: bool = True) -> None:
        """Offer these ids under these labels."""
        empty = _blank(self) if blank else []
        self.choices = empty + [Choice(str(key), title) for key, title in pairs]
