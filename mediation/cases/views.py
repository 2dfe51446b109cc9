"""Pages that do something with a case: its moves, corrections, undoing, supplements.

Every move has the same view, because every move is a row of one table. The case page itself is on the desk.
Must not judge: `workflow` does, by way of `actions`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.cases import actions, deriving, forms, intake, queries, workflow
from mediation.cases.models import Case, Offer, Proceeding
from mediation.cases.queries import Subject
from mediation.errors import FactError, N_, NotFoundError, RefusalError, StaleError
from mediation.people import permissions
from mediation.people import queries as people
from mediation.people.permissions import Permission
from mediation.register import queries as register
from mediation.terms import Action
from mediation.web import access, errors, language, request, submissions
from mediation.web.access import requires
from mediation.web.forms import PageForm, blame

blueprint = Blueprint("cases", __name__)


def _case_url(case_id: int, anchor: str | None = None) -> str:
    return flask.url_for("desk.case", case_id=case_id, _anchor=anchor)


def _seen(form: PageForm) -> int | None:
    text = str(form["version"].data or "")
    return int(text) if text.isdecimal() else None


def _choices(subject: Subject, row: workflow.Move, today: dt.date) -> forms.Choices:
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    session = request.session()
    present = {a.mediator_id: a.mediator.name for a in proceeding.assignments if a.until_on is None}
    mediators, organisations = [], []
    if row.action in (Action.ASSIGN, Action.REPLACE):
        mediators = [
            (m.id, m.name)
            for m in register.mediators_of(session, proceeding.organisation_id, today)
            if m.id not in present
        ]
        # One's own name first: assigning oneself is the commonest of all.
        mediators.sort(key=lambda pair: pair[0] != access.person().mediator_id)
    if row.action is Action.OFFER:
        organisations = [
            (o.id, o.name)
            for o in register.list_organisations(session, active=True)
            if o.id != proceeding.organisation_id
        ]
    return forms.Choices(
        mediators=mediators,
        leaving=list(present.items()),
        organisations=organisations,
        respondents=[(p.id, p.name) for p in proceeding.case.respondents],
    )


# Moves ---------------------------------------------------------------------------------------------------------------


@blueprint.route("/cases/proceedings/<int:proceeding_id>/<action:action>", methods=["GET", "POST"])
@requires(Permission.CASE_SEE)
def move(proceeding_id: int, action: Action) -> ResponseReturnValue:
    """One move on a proceeding."""
    subject = queries.get_proceeding(request.session(), proceeding_id, access.person())
    return _move(subject, action, workflow.Track.PROCEEDING)


@blueprint.route("/cases/offers/<int:offer_id>/<action:action>", methods=["GET", "POST"])
@requires(Permission.CASE_SEE)
def answer(offer_id: int, action: Action) -> ResponseReturnValue:
    """One move on a handover offer."""
    subject = queries.get_offer(request.session(), offer_id, access.person())
    return _move(subject, action, workflow.Track.OFFER)


@blueprint.route("/cases/agreements/<int:agreement_id>/<action:action>", methods=["GET", "POST"])
@requires(Permission.CASE_SEE)
def agreement(agreement_id: int, action: Action) -> ResponseReturnValue:
    """One move on an agreement or its judicial confirmation."""
    subject = queries.get_agreement(request.session(), agreement_id, access.person())
    return _move(subject, action, workflow.Track.AGREEMENT, workflow.Track.CONFIRMATION)


def _move(subject: Subject, action: Action, *tracks: workflow.Track) -> ResponseReturnValue:
    person, today = access.person(), clock.today()
    row = next((r for r in workflow.MOVES if r.action is action and r.track in tracks), None)
    if row is None:
        raise NotFoundError(N_("There is no such page."))
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    case = proceeding.case
    form = forms.move_form(row, subject, _choices(subject, row, today), today)
    if flask.request.method == "POST":
        session = request.session()
        if location := submissions.seen(session, form, person):
            return flask.redirect(location, 303)
        try:
            actions.ensure_fresh(case, _seen(form))
        except StaleError as refusal:
            return _stale(subject, row, form, refusal)
    workflow.move(queries.snapshot(subject, today, row.track), person, action)
    if form.validate_on_submit():
        at = clock.now()
        try:
            event = actions.perform(
                request.session(),
                subject,
                action,
                by=person,
                at=at,
                facts=forms.facts_of(form, row, subject),
                seen=_seen(form),
                late_reason=form.late_reason.data,
            )
        except FactError as refusal:
            request.rollback()
            blame(form, refusal)
            subject = _again(subject)
        else:
            location = _case_url(case.id, f"event-{event.seq}")
            submissions.keep(request.session(), form, person, location, at)
            request.session().commit()
            flask.flash(_("Recorded: %(action)s.", action=action.in_(language.current())), "success")
            return flask.redirect(location, 303)
    return _page(subject, row, form, 422 if form.errors else 200)


def _again(subject: Subject) -> Subject:
    """The subject once more, after the rollback that a refused fact brought."""
    request.session().refresh(subject)
    return subject


def _page(subject: Subject, row: workflow.Move, form: forms.MoveForm, status: int = 200) -> ResponseReturnValue:
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    html = flask.render_template(
        "cases/move.html",
        form=form,
        row=row,
        case=proceeding.case,
        proceeding=proceeding,
        offer=subject if isinstance(subject, Offer) else None,
        due=deriving.due_of(proceeding, clock.today()),
        changes=(),
        cancel_url=_case_url(proceeding.case_id),
    )
    return html, status


def _stale(subject: Subject, row: workflow.Move, form: forms.MoveForm, refusal: StaleError) -> ResponseReturnValue:
    """What changed meanwhile, with what was typed kept: to be sent again where the move is still possible."""
    proceeding = subject if isinstance(subject, Proceeding) else subject.proceeding
    case = proceeding.case
    seen = _seen(form) or 0
    changes = [e for e in queries.list_events(request.session(), case.id) if e.seq > seen]
    typed = [
        (field.label.text, field.data)
        for field in form
        if field.type not in ("HiddenField", "CSRFTokenField") and field.data not in (None, "", [], False)
    ]
    impossible = None
    try:
        workflow.move(queries.snapshot(subject, clock.today(), row.track), access.person(), row.action)
    except RefusalError as reason:
        impossible = errors.message(reason)
    form.version.data = form.version.raw_data = None
    form.version.data = str(case.event_count)
    html = flask.render_template(
        "cases/stale.html",
        form=form,
        row=row,
        case=case,
        proceeding=proceeding,
        offer=subject if isinstance(subject, Offer) else None,
        changes=changes,
        typed=typed,
        message=errors.message(refusal),
        impossible=impossible,
        names=people.find_display_names(request.session(), {e.by_id for e in changes if e.by_id}),
        cancel_url=_case_url(case.id),
    )
    return html, 409


# Corrections, undoing, supplements -----------------------------------------------------------------------------------


@blueprint.route("/cases/proceedings/<int:proceeding_id>/facts", methods=["GET", "POST"])
@requires(Permission.CASE_CORRECT)
def correct(proceeding_id: int) -> ResponseReturnValue:
    """Correct recorded facts of a proceeding and its case."""
    session, person = request.session(), access.person()
    proceeding = queries.get_proceeding(session, proceeding_id, person)
    permissions.ensure(person, Permission.CASE_CORRECT, queries.standing_of(proceeding))
    form = forms.correct_form(proceeding)

    def act(at: dt.datetime) -> None:
        actions.correct(
            session,
            proceeding,
            forms.corrections_of(form, proceeding),
            reason=form.reason.data or "",
            by=person,
            at=at,
            seen=_seen(form),
        )

    return _simple(proceeding.case, form, act, "cases/correct.html", _("Corrected."), proceeding=proceeding)


@blueprint.route("/cases/<int:case_id>/undo", methods=["GET", "POST"])
@requires(Permission.CASE_CORRECT)
def undo(case_id: int) -> ResponseReturnValue:
    """Undo the last move that still stands."""
    session, person = request.session(), access.person()
    case = queries.get_case(session, case_id, person)
    form = forms.ReasonForm()
    form.version.data = form.version.data or str(case.event_count)

    def act(at: dt.datetime) -> None:
        actions.undo_last(session, case, reason=form.reason.data or "", by=person, at=at, seen=_seen(form))

    last = actions.last_standing_event(session, case)
    return _simple(case, form, act, "cases/undo.html", _("Undone."), last=last)


@blueprint.route("/cases/<int:case_id>/parties/new", methods=["GET", "POST"])
@requires(Permission.CASE_EDIT)
def add_party(case_id: int) -> ResponseReturnValue:
    """Add a party to a case."""
    form = forms.PartyForm()
    return _supplement(
        case_id,
        form,
        lambda: {
            "parties": (
                intake.PartyEntry(
                    role=form.role.data,
                    name=form.name.data or "",
                    kind=form.kind.data,
                    identifier=form.identifier.data or None,
                    contact=form.contact.data or None,
                    agent=form.agent.data or None,
                ),
            )
        },
        _("Add a party"),
    )


@blueprint.route("/cases/<int:case_id>/rights/new", methods=["GET", "POST"])
@requires(Permission.CASE_EDIT)
def add_right(case_id: int) -> ResponseReturnValue:
    """Add a right to a case."""
    form = forms.RightForm()
    return _supplement(
        case_id,
        form,
        lambda: {
            "rights": (
                intake.RightEntry(
                    kind=form.kind.data,
                    number=form.number.data or None,
                    title=form.title.data or None,
                    holder=form.holder.data or None,
                    status=form.status.data,
                    checked_on=form.checked_on.data,
                ),
            )
        },
        _("Add a right"),
    )


@blueprint.route("/cases/<int:case_id>/numbers/new", methods=["GET", "POST"])
@requires(Permission.CASE_EDIT)
def add_number(case_id: int) -> ResponseReturnValue:
    """Add an external number to a case."""
    form = forms.NumberForm()
    return _supplement(
        case_id,
        form,
        lambda: {"numbers": (intake.NumberEntry(kind=form.kind.data, number=form.number.data or ""),)},
        _("Add a number"),
    )


def _supplement(
    case_id: int, form: PageForm, entries: Callable[[], dict[str, tuple[object, ...]]], heading: str
) -> ResponseReturnValue:
    session, person = request.session(), access.person()
    case = queries.get_case(session, case_id, person, Permission.CASE_EDIT)
    form["version"].data = form["version"].data or str(case.event_count)

    def act(at: dt.datetime) -> None:
        actions.supplement(session, case, **entries(), by=person, at=at, seen=_seen(form))  # type: ignore[arg-type]

    return _simple(case, form, act, "cases/supplement.html", _("Added."), heading=heading)


def _simple(
    case: Case, form: PageForm, act: Callable[[dt.datetime], None], template: str, done: str, **given: object
) -> ResponseReturnValue:
    """Show a form, act on it once, go back to the case; a refused fact is shown at its field."""
    if flask.request.method == "POST":
        session, person = request.session(), access.person()
        if location := submissions.seen(session, form, person):
            return flask.redirect(location, 303)
        if form.validate_on_submit():
            at, location = clock.now(), _case_url(case.id)
            try:
                act(at)
            except FactError as refusal:
                request.rollback()
                blame(form, refusal)
            else:
                submissions.keep(session, form, person, location, at)
                session.commit()
                flask.flash(done, "success")
                return flask.redirect(location, 303)
    html = flask.render_template(template, form=form, case=case, cancel_url=_case_url(case.id), **given)
    return html, 422 if form.errors else 200
