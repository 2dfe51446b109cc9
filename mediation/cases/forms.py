"""Forms of the moves: made from the move's row and the kinds of its facts, so a new row needs no form.

`move_form` builds the class; `facts_of` reads what was entered. Holds no rule: `workflow.check_facts` judges.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectMultipleField, TextAreaField, widgets
from wtforms.validators import NumberRange, Optional

from mediation.cases import workflow
from mediation.cases.actions import CASE_FIELDS
from mediation.cases.facts import FACTS, KEPT, Fact, Kind, Relation
from mediation.cases.models import Offer, Proceeding
from mediation.cases.queries import Subject
from mediation.channels import CHANNELS
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    AgreementState,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    NumberKind,
    OnwardRoute,
    Outcome,
    PartyKind,
    PartyResult,
    PartyRole,
    PerformanceState,
    RightKind,
    RightStatus,
    State,
    SuspendReason,
)
from mediation.web import language
from mediation.web.forms import (
    AmountField,
    Choice,
    DateField,
    PageForm,
    ReferenceField,
    TermField,
    TextField,
    required,
)
from mediation.words import Term

RESULT = "result_"
"""Prefix of the fields for each respondent's result; the party's id follows."""

ANY_NAME = {"maxlength": 200}


class MoveForm(PageForm):
    """What every move's form has: the number of the event the person saw last, and the reason of a late entry."""

    version = HiddenField()
    late_reason = TextField(_l("Why this is entered late"))


HINTS: dict[tuple[Action, Fact], Any] = {
    (Action.END, Fact.SIGNED_ON): _l("When the parties agreed: it puts the agreement on record."),
    (Action.END, Fact.ROUTES_EXPLAINED): _l("Needed when mediation failed."),
    (Action.END, Fact.OUTCOME_REASON): _l("Needed for “other” outcomes."),
    (Action.AGREE, Fact.SEALED_ON): _l(
        "A written people's mediation agreement takes effect with the last of all these."
    ),
    (Action.EXTEND, Fact.NEW_DUE_ON): _l("Later than the present due date."),
    (Action.ASSIGN, Fact.SHARE): _l("Share in the volume of work; rates count whole proceedings of the lead only."),
    (Action.PERFORM, Fact.PERFORMED_ON): _l("The day it was performed, or found not performed."),
    (Action.OFFER, Fact.TO_CHANNEL): _l("The case stays with you until the receiver accepts."),
}
"""What a field needs said besides its title."""


class PartiesField(SelectMultipleField):
    """Some of the case's respondents, as check boxes. `data` is a list of ids."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


@dataclass(frozen=True)
class Choices:
    """What a move's form offers for its references: (id, name) pairs."""

    mediators: list[tuple[int, str]] = field(default_factory=list)
    leaving: list[tuple[int, str]] = field(default_factory=list)
    organisations: list[tuple[int, str]] = field(default_factory=list)
    respondents: list[tuple[int, str]] = field(default_factory=list)


def _title(fact: Fact, subject: Subject) -> str:
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    if fact is Fact.ACCEPTED_ON:
        return CHANNELS[proceeding.channel].accepted_title.in_(language.current())
    return fact.in_(language.current())


def _members(fact: Fact, subject: Subject) -> Callable[[], list[Term]] | None:
    """The members of a closed list that make sense here; None: all of them."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    match fact:
        case Fact.ENTRY_FORM:
            channel = subject.to_channel if isinstance(subject, Offer) else proceeding.channel
            return lambda: list(CHANNELS[channel].entry_forms)
        case Fact.OUTCOME:
            started = proceeding.started_on is not None or Fact.STARTED_ON in proceeding.unknown
            needs = {*workflow.AGREED, Outcome.DEADLOCK, Outcome.REFUSED_TO_SIGN}
            return lambda: [
                o for o in Outcome if o is not Outcome.TRANSFERRED and (started or o not in needs)
            ]
        case Fact.RELATION:
            invited = proceeding.entry_form is EntryForm.INVITED
            return lambda: [r for r in Relation if r is not Relation.CONSENTED or invited]
        case Fact.SUSPEND_REASON:
            return lambda: [r for r in SuspendReason if r is not SuspendReason.UNKNOWN]
        case Fact.HANDOVER_REASON:
            live = proceeding.state in workflow.UNDER_WAY
            return lambda: [
                r
                for r in HandoverReason
                if not live or r in (HandoverReason.COMPETENCE, HandoverReason.PARTIES_CHOICE)
            ]
        case Fact.PERFORMANCE:
            return lambda: [s for s in PerformanceState if s is not PerformanceState.NOT_DUE]
        case Fact.CONFIRMATION:
            return lambda: [s for s in ConfirmationState if s is not ConfirmationState.APPLIED]
        case _:
            return None


def _default(fact: Fact, row: workflow.Move, subject: Subject, today: dt.date) -> object:
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    if fact in (row.on, Fact.FIRST_CONTACT_ON):
        return today
    match fact:
        case Fact.MEDIATOR_ROLE:
            return MediatorRole.ASSISTANT if proceeding.lead_id else MediatorRole.LEAD
        case Fact.AGREEMENT_FORM:
            return AgreementForm.WRITTEN
        case Fact.AGREEMENT_SCOPE:
            return AgreementScope.WHOLE
        case Fact.RESPONDENTS:
            return [str(p.id) for p in proceeding.case.respondents]
        case Fact.HANDOVER_REASON if proceeding.state is State.ENDED:
            return HandoverReason.FAILED
        case Fact.ENTRY_FORM if isinstance(subject, Offer):
            return EntryForm.TRANSFERRED
        case Fact.REFERRAL_ON | Fact.RESPONDENT_CONSENT_ON:
            return proceeding.received_on
        case Fact.ONWARD_ROUTE:
            return OnwardRoute.NONE
        case _:
            return None


def _field(fact: Fact, row: workflow.Move, subject: Subject, choices: Choices, today: dt.date, *, needed: bool) -> Any:
    spec, label = FACTS[fact], _title(fact, subject)
    hint = HINTS.get((row.action, fact), "")
    validators: list[Any] = [required() if needed else Optional()]
    default = _default(fact, row, subject, today)
    match spec.kind:
        case Kind.DATE:
            return DateField(label, validators, default=default, description=hint)
        case Kind.CHOICE:
            assert spec.choices is not None
            members = _members(fact, subject)
            return TermField(label, validators, term=spec.choices, subset=members, default=default, description=hint)
        case Kind.FLAG:
            return BooleanField(label, [required(_("This must be confirmed."))] if needed else [], description=hint)
        case Kind.MONEY:
            return AmountField(label, validators)
        case Kind.NUMBER:
            low, high = (1, 5) if fact is Fact.SATISFACTION else (0, 100)
            return IntegerField(label, [*validators, NumberRange(low, high)], description=hint)
        case Kind.MEDIATOR | Kind.ORGANISATION:
            return ReferenceField(label, validators)
        case Kind.RESPONDENTS:
            pairs = [Choice(str(key), name) for key, name in choices.respondents]
            return PartiesField(label, validators, choices=pairs, default=default)
        case Kind.LINES:
            return TextAreaField(label, validators)
        case _:
            return TextField(label, validators, render_kw=ANY_NAME, description=hint)


def _is_idle(fact: Fact, row: workflow.Move, proceeding: Proceeding) -> bool:
    """Whether asking for an optional fact makes no sense here."""
    if fact is Fact.FRESH_CONSENT_ON:
        return not _refused_before(proceeding)
    if row.action is Action.END and fact in (Fact.SIGNED_ON, Fact.AMOUNT, Fact.PERFORMANCE_DUE_ON):
        return any(a.state is AgreementState.IN_FORCE for a in proceeding.agreements)
    return False


def move_form(row: workflow.Move, subject: Subject, choices: Choices, today: dt.date) -> MoveForm:
    """The form of `row` on `subject`: one field a fact, in the order of the table, one result a respondent."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    asked = row.asked(proceeding.channel, proceeding.entry_form)
    fields: dict[str, Any] = {}
    for fact in (*asked, *row.options):
        if FACTS[fact].kind is Kind.RESULTS:
            for party_id, name in choices.respondents:
                label = _("Result for %(name)s", name=name)
                offered = [r for r in PartyResult if r not in (PartyResult.UNKNOWN, PartyResult.TRANSFERRED)]
                fields[f"{RESULT}{party_id}"] = TermField(label, [required()], term=PartyResult, subset=offered)
        elif not (fact in row.options and _is_idle(fact, row, proceeding)):
            needed = fact in asked and fact not in proceeding.unknown
            fields[fact.value] = _field(fact, row, subject, choices, today, needed=needed)
    made: type[MoveForm] = type("MoveForm", (MoveForm,), fields)
    form = made()
    if not form.version.data:
        form.version.data = str(proceeding.case.event_count)
    for fact, pairs in (
        (Fact.MEDIATOR, choices.mediators),
        (Fact.LEAVING, choices.leaving),
        (Fact.TO_ORGANISATION, choices.organisations),
    ):
        if fact.value in fields:
            form[fact.value].offer(pairs)
    return form


def _refused_before(proceeding: Proceeding) -> bool:
    earlier = [p for p in proceeding.case.standing_proceedings if p.seq < proceeding.seq]
    return bool(earlier) and earlier[-1].outcome is Outcome.REFUSED_BY_PARTY


def facts_of(form: MoveForm, row: workflow.Move, subject: Subject) -> dict[Fact, object]:
    """What was entered, as `actions.perform` takes it."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    facts: dict[Fact, object] = {}
    for fact in (*row.asked(proceeding.channel, proceeding.entry_form), *row.options):
        kind = FACTS[fact].kind
        if kind is Kind.RESULTS:
            facts[fact] = {
                int(name.removeprefix(RESULT)): form[name].data for name in form._fields if name.startswith(RESULT)
            }
        elif fact.value in form:
            value = form[fact.value].data
            facts[fact] = [int(v) for v in value] if kind is Kind.RESPONDENTS else value
    return facts


# Corrections ---------------------------------------------------------------------------------------------------------



class CorrectForm(PageForm):
    """The facts on record, each to be changed in place, with one reason for all."""

    version = HiddenField()
    reason = TextField(_l("Reason for the correction"), [required()], render_kw=ANY_NAME)


def correctable(proceeding: Proceeding) -> dict[str, object]:
    """Code → present value of what may be corrected here: the case's own fields, and the facts the proceeding keeps."""
    case = proceeding.case
    values: dict[str, object] = {code: getattr(case, code) for code in CASE_FIELDS}
    values |= {
        fact.value: getattr(proceeding, fact.value)
        for fact in KEPT
        if getattr(proceeding, fact.value) is not None or fact in proceeding.unknown
    }
    # The outcome follows from agreements and results; the checks at the ending stand in no date.
    for code in (Fact.ROUTES_EXPLAINED.value,):
        values.pop(code, None)
    return values


CASE_TITLES: Mapping[str, Any] = {
    "source": _l("Source"),
    "park": _l("Park"),
    "primary_kind": _l("Kind of right"),
    "difficulty": _l("Difficulty"),
    "facts": _l("Facts in a line"),
    "series": _l("Series"),
    "amount_claimed": _l("Amount claimed (yuan)"),
}


def correct_form(proceeding: Proceeding) -> CorrectForm:
    """The form that corrects `proceeding` and its case."""
    fields: dict[str, Any] = {}
    for code, value in correctable(proceeding).items():
        kind: Any = CASE_FIELDS.get(code)
        if kind is None:
            spec = FACTS[Fact(code)]
            label: Any = _title(Fact(code), proceeding)
            kind = spec.choices or spec.kind
        else:
            label = CASE_TITLES[code]
        if isinstance(kind, type):
            members = _members(Fact(code), proceeding) if code in (Fact.ENTRY_FORM, Fact.OUTCOME) else None
            fields[code] = TermField(label, [Optional()], term=kind, subset=members, default=value)
        elif kind is Kind.DATE:
            fields[code] = DateField(label, [Optional()], default=value)
        elif kind is Kind.MONEY:
            fields[code] = AmountField(label, [Optional()], default=value)
        elif kind is Kind.LINES:
            fields[code] = TextAreaField(label, [Optional()], default=str(value or ""))
        else:
            fields[code] = TextField(label, [Optional()], default=str(value or ""), render_kw=ANY_NAME)
    made: type[CorrectForm] = type("CorrectForm", (CorrectForm,), fields)
    form = made()
    if not form.version.data:
        form.version.data = str(proceeding.case.event_count)
    return form


def corrections_of(form: CorrectForm, proceeding: Proceeding) -> dict[str, object]:
    """Code → new value of what was changed on the form."""
    changed: dict[str, object] = {}
    for code, old in correctable(proceeding).items():
        value = form[code].data
        if value == "":
            value = None
        if value != old:
            changed[code] = value
    return changed


class ReasonForm(PageForm):
    """Only a reason (undoing)."""

    version = HiddenField()
    reason = TextField(_l("Reason"), [required()], render_kw=ANY_NAME)


class PartyForm(PageForm):
    """One more party of a case."""

    version = HiddenField()
    role = TermField(_l("Side"), [required()], term=PartyRole)
    name = TextField(_l("Name"), [required()], render_kw=ANY_NAME)
    kind = TermField(_l("Kind of person"), [required()], term=PartyKind, default=PartyKind.LEGAL, blank=False)
    identifier = TextField(_l("Credit code or identity number"))
    contact = TextField(_l("Contact"), render_kw=ANY_NAME)
    agent = TextField(_l("Agent"), render_kw=ANY_NAME)


class RightForm(PageForm):
    """One more right a case is about."""

    version = HiddenField()
    kind = TermField(_l("Kind of right"), [required()], term=RightKind)
    number = TextField(_l("Number of the right"), render_kw=ANY_NAME)
    title = TextField(_l("Title or name"), render_kw=ANY_NAME)
    holder = TextField(_l("Holder"), render_kw=ANY_NAME)
    status = TermField(_l("Legal status"), [Optional()], term=RightStatus)
    checked_on = DateField(_l("Status checked on"), [Optional()])


class NumberForm(PageForm):
    """One more number somebody else gave the case."""

    version = HiddenField()
    kind = TermField(
        _l("Whose number"), [required()], term=NumberKind, subset=[k for k in NumberKind if k is not NumberKind.LEDGER]
    )
    number = TextField(_l("Number"), [required()], render_kw=ANY_NAME)


