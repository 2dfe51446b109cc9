"""Registering a case: one page, and the small answers it asks for while somebody writes. Must not judge."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.cases import acts, intake
from mediation.cases import queries as cases
from mediation.cases.models import Case
from mediation.channels import CHANNELS, natural_channel
from mediation.database import Session
from mediation.errors import FactError
from mediation.people import permissions
from mediation.people.permissions import Permission
from mediation.people.queries import SignedIn
from mediation.reception import forms
from mediation.reception.forms import IntakeForm
from mediation.register import queries as directory
from mediation.register.models import Organisation
from mediation.terms import CaseState, RightKind
from mediation.web import access, language, request, submissions
from mediation.web.access import requires
from mediation.web.forms import blame

blueprint = Blueprint("reception", __name__)


@dataclass(frozen=True)
class SimilarCase:
    """A case of the same party or right, as it is shown before another is registered."""

    case_id: int
    number: str
    parties: str
    state: CaseState
    received_on: dt.date


@dataclass(frozen=True)
class Similar:
    """What there is already: cases the person may see, and how many more lie in other organisations."""

    cases: tuple[SimilarCase, ...] = ()
    elsewhere: int = 0

    def __bool__(self) -> bool:
        return bool(self.cases or self.elsewhere)


# The page ------------------------------------------------------------------------------------------------------------


@blueprint.route("/cases/new", methods=["GET", "POST"])
@requires(Permission.CASE_REGISTER)
def register() -> ResponseReturnValue:
    """Register a case."""
    person, today = access.person(), clock.today()
    # The choices are read aside: what is only asked again must not wait for the writing transaction.
    with request.reading() as session:
        organisations = _organisations(session, person, today)
    form = IntakeForm()
    if flask.request.method == "GET":
        _prefill(form, organisations, person, today)
    form.prepare(((o.id, o.name) for o in organisations), today)
    if flask.request.method == "GET":
        return _page(form)
    if change := _changed_rows(form):
        return _page(form, focus=change)
    session = request.session()
    if location := submissions.seen(session, form, person):
        return flask.redirect(location, 303)
    if not form.validate():
        request.rollback()
        return _page(form, status=422)
    entry, at = form.intake(), clock.now()
    similar = find_similar(session, person, entry)
    warnings = [(field.label.text, finding.message.in_(language.current())) for field, finding in form.warnings()]
    shown = _digest(similar, warnings)
    if shown and form.confirmed.data != shown:
        request.rollback()
        form.confirmed.data, form.confirmed.raw_data = shown, None
        return _page(form, similar=similar, warnings=warnings)
    try:
        case = intake.register(session, entry, by=person, at=at)
    except FactError as refusal:
        request.rollback()
        blame(form, refusal)
        return _page(form, status=422)
    location = flask.url_for("desk.case", case_id=case.id)
    submissions.keep(session, form, person, location, at)
    number = case.number
    session.commit()
    flask.flash(_("Registered as %(number)s.", number=number), "success")
    return flask.redirect(location, 303)


def _page(
    form: IntakeForm,
    *,
    similar: Similar | None = None,
    warnings: Sequence[tuple[str, str]] = (),
    focus: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    spoken = language.current()
    late = form.day is not None and intake.is_late(form.day, clock.today())
    html = flask.render_template(
        "reception/register.html",
        form=form,
        blanks=forms.blank_rows(),
        similar=similar or Similar(),
        warnings=warnings,
        focus=focus,
        is_late=late,
        opened=_has_details(form) or bool(focus),
        usual_ways=[
            (channel.in_(spoken), rules.entry_forms[0].in_(spoken)) for channel, rules in CHANNELS.items()
        ],
    )
    return html, status


def _organisations(session: Session, person: SignedIn, today: dt.date) -> list[Organisation]:
    """Where the person may register: their own organisation; a mediator wherever registered."""
    ids = {person.organisation_id} - {None}
    if person.mediator_id is not None:
        ids |= directory.organisation_ids_of(session, person.mediator_id, today)
    return [found for found in directory.list_organisations(session, active=True) if found.id in ids]


def _prefill(form: IntakeForm, organisations: Sequence[Organisation], person: SignedIn, today: dt.date) -> None:
    own = next((o for o in organisations if o.id == person.organisation_id), None) or next(iter(organisations), None)
    form.received_on.data = today
    if own is not None:
        form.organisation.data = own.id
        form.channel.data = natural_channel(own.kind)
        form.park.data = own.park


def _changed_rows(form: IntakeForm) -> str:
    """Add or take away the row a button asked for; the id of what to show. Works without script."""
    sent = flask.request.form
    if name := sent.get("add_row"):
        form.add_row(name)
        return name
    if place := sent.get("remove_row"):
        form.remove_row(place)
        return place.rpartition("-")[0]
    return "infringing_act" if "adapt" in sent else ""


def _has_details(form: IntakeForm) -> bool:
    """Whether something stands in the details, so that they are shown opened."""
    simple = (form.entry_form, form.court_procedure, form.is_complex, form.amount_claimed, form.infringing_act)
    parts = (form.applicant_details, form.respondent_details, form.right)
    return (
        any(field.data or field.errors for field in (*simple, form.difficulty, form.series))
        or any(not part.form.is_blank or part.errors for part in parts)
        or any(len(form[name]) or form[name].errors for name in forms.ROWS)
    )


# What there is already -----------------------------------------------------------------------------------------------


def find_similar(session: Session, person: SignedIn, entry: intake.Intake) -> Similar:
    """The cases that bear one of the entry's parties or rights."""
    found = intake.similar_cases(
        session,
        [party.name for party in entry.parties],
        [party.identifier for party in entry.parties if party.identifier],
        [right.number for right in entry.rights if right.number],
    )
    return _divided(found, person)


def _divided(found: Iterable[Case], person: SignedIn) -> Similar:
    mine, elsewhere = [], 0
    for case in found:
        if not permissions.may(person, Permission.CASE_SEE, cases.standing_of_case(case)):
            elsewhere += 1
            continue
        sides = ("、".join(party.name for party in side[:2]) for side in (case.applicants, case.respondents))
        mine.append(SimilarCase(case.id, case.number, " / ".join(sides), case.state, case.received_on))
    return Similar(tuple(mine), elsewhere)


def _digest(similar: Similar, warnings: Sequence[tuple[str, str]]) -> str:
    """What was shown before it was confirmed; empty when there was nothing to show. A change is shown again."""
    if not similar and not warnings:
        return ""
    told = repr((sorted(case.case_id for case in similar.cases), similar.elsewhere, sorted(warnings)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@blueprint.post("/cases/similar")
@requires(Permission.CASE_REGISTER)
def similar() -> ResponseReturnValue:
    """A fragment with the cases of the party or right being written; empty when there is none.

    Sent, so that nobody's name stands in an address; answered by a reading session.
    """
    name = flask.request.form.get("name", "").strip()[:200]
    number = flask.request.form.get("number", "").strip()[:200]
    with request.reading() as session:
        found = _divided(intake.similar_cases(session, [name], [number], [number]), access.person())
    return flask.render_template("reception/similar.html", similar=found)


@blueprint.get("/cases/acts")
@requires(Permission.CASE_REGISTER)
def infringing_acts() -> ResponseReturnValue:
    """A fragment with the acts of the statute for a kind of right on a day, as options of the list."""
    kind = flask.request.args.get("kind", "")
    try:
        day = dt.date.fromisoformat(flask.request.args.get("received_on", ""))
    except ValueError:
        day = clock.today()
    listed = acts.acts_for(RightKind(kind), day) if kind in set(RightKind) else []
    return flask.render_template("reception/infringing_acts.html", acts=listed)

