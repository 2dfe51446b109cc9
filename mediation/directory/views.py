"""The pages of the register: who mediates, where, since when, and with what training.

Everybody signed in may look. Organisations are kept by the zone, mediators by the zone and by the administrators of
the organisations they are registered with. How a mediator leaves is a page of `desk`, which knows the cases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.database import Session
from mediation.directory.forms import (
    FilterForm,
    MediatorFilter,
    MediatorForm,
    NewMediatorForm,
    NewRegistrationForm,
    OrganisationFilter,
    OrganisationForm,
    RegistrationForm,
    SeenForm,
    TrainingForm,
)
from mediation.errors import RefusalError, StaleError
from mediation.people import permissions
from mediation.people.permissions import Permission, Standing
from mediation.people.queries import SignedIn
from mediation.register import actions, queries
from mediation.register.models import Organisation, Registration, Training
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind
from mediation.web import access, filters, forms, pages, request, submissions
from mediation.web.menu import Entry

blueprint = Blueprint("directory", __name__)

# More than an id can be; in an address's path the converter says so.
_LARGEST_ID = 2**31 - 1
_ORGANISATION = "/organisations/<int:organisation_id>"
_MEDIATOR = "/mediators/<int:mediator_id>"
_REGISTRATION = "/registrations/<int:registration_id>"
_TRAINING = "/trainings/<int:training_id>"

_LEAVE = "desk.leave"


@dataclass(frozen=True)
class RegistrationLine:
    """A registration as the mediator's page shows it; the addresses are None where the person may not go."""

    registration: Registration
    holds: bool
    ended: bool
    edit_url: str | None
    leave_url: str | None


@dataclass(frozen=True)
class TrainingYear:
    """The training of one calendar year."""

    year: int
    hours: Decimal
    trainings: Sequence[Training]


# ------------------------------------------------------------------------------------------ organisations


@blueprint.get("/organisations")
@access.requires(Permission.REGISTER_SEE)
def organisations() -> ResponseReturnValue:
    """Every organisation, filtered."""
    session = request.session()
    asked = OrganisationFilter(flask.request.args)
    asked.validate()
    kind, park, active = asked.chosen("kind"), asked.chosen("park"), asked.chosen("active")
    found = queries.list_organisations(
        session,
        kind=kind if isinstance(kind, OrganisationKind) else None,
        park=park if isinstance(park, Park) else None,
        active=None if active is None else active == "yes",
    )
    return flask.render_template(
        "directory/organisations.html",
        organisations=found,
        counts=queries.count_mediators_by_organisation(session, clock.today()),
        filter_form=asked,
        filtered=_is_filtered(asked),
        may_edit=access.may(Permission.ORGANISATION_EDIT),
        tabs=_tabs("directory.organisations"),
    )


@blueprint.get(_ORGANISATION)
@access.requires(Permission.REGISTER_SEE)
def organisation(organisation_id: int) -> ResponseReturnValue:
    """One organisation and its mediators of today."""
    session = request.session()
    found = queries.get_organisation(session, organisation_id)
    return flask.render_template(
        "directory/organisation.html",
        organisation=found,
        limit=_limit(found),
        registrations=queries.registrations_at(session, found.id, clock.today()),
        may_edit=access.may(Permission.ORGANISATION_EDIT),
        may_add=found.is_active and _may_edit({found.id}),
        switch_form=SeenForm(version=found.version),
    )


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@access.requires(Permission.ORGANISATION_EDIT)
def organisation_new() -> ResponseReturnValue:
    """Add an organisation."""
    form, person = OrganisationForm(), access.person()
    if not form.validate_on_submit():
        return _page("directory/organisation_new.html", form)
    session, at = request.session(), clock.now()
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    try:
        made = actions.create_organisation(session, **_facts(form), by=person, at=at)
    except RefusalError as refusal:
        return _refused("directory/organisation_new.html", form, refusal)
    location = flask.url_for("directory.organisation", organisation_id=made.id)
    submissions.keep(session, form, person, location, at)
    session.commit()
    flask.flash(_("The organisation was added."), "success")
    return flask.redirect(location, 303)


@blueprint.route(f"{_ORGANISATION}/edit", methods=["GET", "POST"])
@access.requires(Permission.ORGANISATION_EDIT)
def organisation_edit(organisation_id: int) -> ResponseReturnValue:
    """Change what is kept of an organisation."""
    session = request.session()
    found = queries.get_organisation(session, organisation_id)
    form = OrganisationForm(obj=found)
    if not form.validate_on_submit():
        return _page("directory/organisation_edit.html", form, organisation=found)
    try:
        actions.edit_organisation(
            session, found, **_facts(form), seen_version=_seen(form), by=access.person(), at=clock.now()
        )
    except RefusalError as refusal:
        return _refused("directory/organisation_edit.html", form, refusal, organisation=found)
    session.commit()
    flask.flash(_("The organisation was saved."), "success")
    return flask.redirect(flask.url_for("directory.organisation", organisation_id=organisation_id), 303)


@blueprint.post(f"{_ORGANISATION}/close")
@access.requires(Permission.ORGANISATION_EDIT)
def organisation_close(organisation_id: int) -> ResponseReturnValue:
    """Let an organisation take nothing new."""
    session = request.session()
    found = queries.get_organisation(session, organisation_id)
    actions.close_organisation(session, found, seen_version=_seen(SeenForm()), by=access.person(), at=clock.now())
    session.commit()
    flask.flash(_("The organisation was closed. It takes nothing new."), "success")
    return flask.redirect(flask.url_for("directory.organisation", organisation_id=organisation_id), 303)


@blueprint.post(f"{_ORGANISATION}/reopen")
@access.requires(Permission.ORGANISATION_EDIT)
def organisation_reopen(organisation_id: int) -> ResponseReturnValue:
    """Let an organisation work again."""
    session = request.session()
    found = queries.get_organisation(session, organisation_id)
    actions.reopen_organisation(session, found, seen_version=_seen(SeenForm()), by=access.person(), at=clock.now())
    session.commit()
    flask.flash(_("The organisation works again."), "success")
    return flask.redirect(flask.url_for("directory.organisation", organisation_id=organisation_id), 303)


# ------------------------------------------------------------------------------------------ mediators


@blueprint.get("/mediators")
@access.requires(Permission.REGISTER_SEE)
def mediators() -> ResponseReturnValue:
    """The mediators, page by page."""
    session, today = request.session(), clock.today()
    asked = MediatorFilter(flask.request.args)
    asked.organisation.offer((one.id, one.name) for one in queries.list_organisations(session))
    asked.validate()
    organisation_id, kind, level = asked.chosen("organisation"), asked.chosen("kind"), asked.chosen("level")
    page = queries.page_mediators(
        session,
        text=str(asked.chosen("q") or ""),
        organisation_id=organisation_id if isinstance(organisation_id, int) else None,
        on=None if asked.chosen("whom") == "all" else today,
        kind=kind if isinstance(kind, RightKind) else None,
        level=level if isinstance(level, MediatorLevel) else None,
        after=flask.request.args.get("after", type=_row_id),
    )
    address: dict[str, Any] = {name: value for name, value in flask.request.args.items() if name in asked and value}
    return flask.render_template(
        "directory/mediators.html",
        page=page,
        filter_form=asked,
        filtered=_is_filtered(asked),
        first_url=flask.url_for("directory.mediators", **address) if "after" in flask.request.args else None,
        next_url=flask.url_for("directory.mediators", **address, after=page.after) if page.after else None,
        may_add=access.may(Permission.MEDIATOR_EDIT),
        tabs=_tabs("directory.mediators"),
    )


@blueprint.get(_MEDIATOR)
@access.requires(Permission.REGISTER_SEE)
def mediator(mediator_id: int) -> ResponseReturnValue:
    """One mediator: registrations over time and training."""
    session = request.session()
    found = queries.get_mediator(session, mediator_id)
    years = [
        TrainingYear(year, sum((one.hours for one in trainings), Decimal(0)), trainings)
        for year, trainings in (
            (year, list(group))
            for year, group in groupby(queries.trainings_of(session, found.id), key=lambda one: one.on.year)
        )
    ]
    return flask.render_template(
        "directory/mediator.html",
        mediator=found,
        gender=filters.words(found.gender),
        is_mine=_may_edit(_organisations_of(session, found.id)),
        registrations=[_line(one, clock.today()) for one in queries.registrations_of(session, found.id)],
        years=years,
        may_register=access.may(Permission.MEDIATOR_EDIT),
        account=None,
    )


@blueprint.route("/mediators/new", methods=["GET", "POST"])
@access.requires(Permission.MEDIATOR_EDIT)
def mediator_new() -> ResponseReturnValue:
    """Add a person with the first registration."""
    template, person = "directory/mediator_new.html", access.person()
    form = NewMediatorForm(organisation_id=flask.request.args.get("organisation", type=_row_id))
    _offer(form, person)
    if not form.validate_on_submit():
        return _page(template, form, namesakes=())
    session, at = request.session(), clock.now()
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    place = _place(session, form)
    namesakes = queries.list_namesakes(session, str(form.name.data))
    if namesakes and not form.another_person.data:
        form.form_errors.append(_("Somebody of this name is on the register. Is it the same person?"))
        return _page(template, form, namesakes=namesakes)
    try:
        made = actions.create_mediator(
            session, name=str(form.name.data), gender=form.gender.data, phone=form.phone.data, note=form.note.data,
            by=person, at=at,
        )  # fmt: skip
        actions.register_with(
            session, made, place, level=form.level.data, specialities=form.specialities.data or (),
            from_on=form.from_on.data, until_on=form.until_on.data, by=person, at=at,
        )  # fmt: skip
    except RefusalError as refusal:
        return _refused(template, form, refusal, namesakes=namesakes)
    location = flask.url_for("directory.mediator", mediator_id=made.id)
    submissions.keep(session, form, person, location, at)
    session.commit()
    flask.flash(_("The mediator was added to the register."), "success")
    return flask.redirect(location, 303)


@blueprint.route(f"{_MEDIATOR}/edit", methods=["GET", "POST"])
@access.requires(Permission.MEDIATOR_EDIT)
def mediator_edit(mediator_id: int) -> ResponseReturnValue:
    """Change what is kept of the person. Serious faults are the zone's to record: nobody judges their own house."""
    template, session, person = "directory/mediator_edit.html", request.session(), access.person()
    found = queries.get_mediator(session, mediator_id)
    permissions.ensure(person, Permission.MEDIATOR_EDIT, Standing(_organisations_of(session, found.id)))
    may_fault = permissions.may(person, Permission.MEDIATOR_EDIT, Standing())
    form = MediatorForm(obj=found)
    if not form.validate_on_submit():
        return _page(template, form, mediator=found, may_fault=may_fault)
    try:
        actions.edit_mediator(
            session, found, name=str(form.name.data), gender=form.gender.data, phone=form.phone.data,
            note=form.note.data, serious_fault_on=form.serious_fault_on.data if may_fault else found.serious_fault_on,
            seen_version=_seen(form), by=person, at=clock.now(),
        )  # fmt: skip
    except RefusalError as refusal:
        return _refused(template, form, refusal, mediator=found, may_fault=may_fault)
    session.commit()
    flask.flash(_("The mediator was saved."), "success")
    return flask.redirect(flask.url_for("directory.mediator", mediator_id=mediator_id), 303)


# ------------------------------------------------------------------------------------------ registrations


@blueprint.route(f"{_MEDIATOR}/register", methods=["GET", "POST"])
@access.requires(Permission.MEDIATOR_EDIT)
def registration_new(mediator_id: int) -> ResponseReturnValue:
    """Register somebody with a further organisation; an organisation's administrator: with the own one."""
    template, person = "directory/registration_new.html", access.person()
    form = NewRegistrationForm()
    _offer(form, person)
    session, at = request.session(), clock.now()
    found = queries.get_mediator(session, mediator_id)
    if not form.validate_on_submit():
        return _page(template, form, mediator=found)
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    try:
        actions.register_with(
            session, found, _place(session, form), level=form.level.data, specialities=form.specialities.data or (),
            from_on=form.from_on.data, until_on=form.until_on.data, by=person, at=at,
        )  # fmt: skip
    except RefusalError as refusal:
        return _refused(template, form, refusal, mediator=found)
    location = flask.url_for("directory.mediator", mediator_id=mediator_id)
    submissions.keep(session, form, person, location, at)
    session.commit()
    flask.flash(_("The registration was recorded."), "success")
    return flask.redirect(location, 303)


@blueprint.route(f"{_REGISTRATION}/edit", methods=["GET", "POST"])
@access.requires(Permission.MEDIATOR_EDIT)
def registration_edit(registration_id: int) -> ResponseReturnValue:
    """Correct or prolong a registration."""
    template, session, person = "directory/registration_edit.html", request.session(), access.person()
    found = queries.get_registration(session, registration_id)
    permissions.ensure(person, Permission.MEDIATOR_EDIT, Standing(frozenset({found.organisation_id})))
    form = RegistrationForm(obj=found)
    if not form.validate_on_submit():
        return _page(template, form, registration=found)
    try:
        actions.edit_registration(
            session, found, level=form.level.data, specialities=form.specialities.data or (),
            from_on=form.from_on.data, until_on=form.until_on.data, seen_version=_seen(form), by=person, at=clock.now(),
        )  # fmt: skip
    except RefusalError as refusal:
        return _refused(template, form, refusal, registration=found)
    session.commit()
    flask.flash(_("The registration was saved."), "success")
    return flask.redirect(flask.url_for("directory.mediator", mediator_id=found.mediator_id), 303)


# ------------------------------------------------------------------------------------------ training


@blueprint.route(f"{_MEDIATOR}/training", methods=["GET", "POST"])
@access.requires(Permission.MEDIATOR_EDIT)
def training_new(mediator_id: int) -> ResponseReturnValue:
    """Record training."""
    template, session, person = "directory/training_new.html", request.session(), access.person()
    found = queries.get_mediator(session, mediator_id)
    permissions.ensure(person, Permission.MEDIATOR_EDIT, Standing(_organisations_of(session, found.id)))
    form, at = TrainingForm(), clock.now()
    if not form.validate_on_submit() or form.on.data is None or form.hours.data is None:
        return _page(template, form, mediator=found)
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    try:
        actions.record_training(
            session, found, on=form.on.data, hours=form.hours.data, subject=str(form.subject.data), by=person, at=at
        )
    except RefusalError as refusal:
        return _refused(template, form, refusal, mediator=found)
    location = flask.url_for("directory.mediator", mediator_id=mediator_id)
    submissions.keep(session, form, person, location, at)
    session.commit()
    flask.flash(_("The training was recorded."), "success")
    return flask.redirect(location, 303)


@blueprint.post(f"{_TRAINING}/strike")
@access.requires(Permission.MEDIATOR_EDIT)
def training_strike(training_id: int) -> ResponseReturnValue:
    """Remove training entered by mistake."""
    session, person = request.session(), access.person()
    found = queries.get_training(session, training_id)
    permissions.ensure(person, Permission.MEDIATOR_EDIT, Standing(_organisations_of(session, found.mediator_id)))
    actions.strike_training(session, found, by=person, at=clock.now())
    session.commit()
    flask.flash(_("The training was struck from the register."), "success")
    return flask.redirect(flask.url_for("directory.mediator", mediator_id=found.mediator_id), 303)


# ------------------------------------------------------------------------------------------ shared by these pages


def _organisations_of(session: Session, mediator_id: int) -> frozenset[int]:
    """The organisations a mediator stands to: those whose registration has not ended."""
    return queries.organisation_ids_of(session, mediator_id, clock.today())


def _may_edit(organisation_ids: frozenset[int] | set[int]) -> bool:
    return permissions.may(access.person(), Permission.MEDIATOR_EDIT, Standing(frozenset(organisation_ids)))


def _line(registration: Registration, today: dt.date) -> RegistrationLine:
    ended = registration.until_on is not None and registration.until_on < today
    mine = _may_edit({registration.organisation_id})
    edit_url = flask.url_for("directory.registration_edit", registration_id=registration.id)
    leave_url = None if ended else pages.url_if(_LEAVE, registration_id=registration.id)
    return RegistrationLine(
        registration, registration.holds_on(today), ended, edit_url if mine else None, leave_url if mine else None
    )


def _limit(found: Organisation) -> str | None:
    if found.limit_count is None or found.limit_unit is None:
        return None
    return f"{found.limit_count} {filters.words(found.limit_unit)}"


def _facts(form: OrganisationForm) -> dict[str, Any]:
    return {
        name: form[name].data
        for name in ("name", "short_name", "kind", "park", "limit_count", "limit_unit", "phone", "address")
    }


def _offer(form: NewRegistrationForm, person: SignedIn) -> None:
    """The working organisations the person may register somebody with."""
    with request.reading() as session:
        form.organisation_id.offer(
            (one.id, one.name)
            for one in queries.list_organisations(session, active=True)
            if permissions.may(person, Permission.MEDIATOR_EDIT, Standing(frozenset({one.id})))
        )


def _place(session: Session, form: NewRegistrationForm) -> Organisation:
    """The organisation chosen. What was on offer is asked again: the offer is no guard."""
    found = queries.get_organisation(session, form.organisation_id.data)
    permissions.ensure(access.person(), Permission.MEDIATOR_EDIT, Standing(frozenset({found.id})))
    return found


def _seen(form: OrganisationForm | MediatorForm | RegistrationForm | SeenForm) -> int:
    """The version the person saw; what is no number is none they saw."""
    text = str(form.version.data or "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _row_id(text: str) -> int:
    """An id in an address. Raises ValueError for what can be none."""
    found = int(text)
    if not 0 < found <= _LARGEST_ID:
        raise ValueError(text)
    return found


def _is_filtered(asked: FilterForm) -> bool:
    return any(asked.chosen(field.name) is not None for field in asked)


def _tabs(present: str) -> list[Entry]:
    return [
        Entry(title, flask.url_for(endpoint), endpoint == present)
        for endpoint, title in (
            ("directory.organisations", _("Organisations")),
            ("directory.mediators", _("Mediators")),
        )
    ]


def _page(template: str, form: forms.PageForm, **values: object) -> tuple[str, int]:
    """The page with its form; one that was sent and comes back with errors is a 422."""
    status = 422 if flask.request.method == "POST" else 200
    return flask.render_template(template, f=form, **values), status


def _refused(template: str, form: forms.PageForm, refusal: RefusalError, **values: object) -> ResponseReturnValue:
    """The form again with the refusal at its field. Who was overtaken starts from the present state instead."""
    if isinstance(refusal, StaleError):
        raise refusal
    request.rollback()
    forms.blame(form, refusal)
    return _page(template, form, **values)
