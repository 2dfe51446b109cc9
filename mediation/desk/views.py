"""Pages that look at several floors: the case, how a mediator leaves an organisation, the audit trail.

Must not judge: what is possible say `workflow`, `register.actions` and the policy.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.audit import queries as audits
from mediation.cases import queries
from mediation.cases.models import Proceeding
from mediation.desk import case_page, trail
from mediation.desk import queries as desk
from mediation.desk.forms import TrailFilter
from mediation.directory.forms import LeaveForm
from mediation.errors import RefusalError, StaleError
from mediation.people import permissions
from mediation.people import queries as people
from mediation.people.permissions import Permission, Standing
from mediation.people.queries import SignedIn
from mediation.register import actions as register
from mediation.register import queries as registers
from mediation.terms import Action, Designation
from mediation.web import access, forms, language, request, submissions
from mediation.web.access import requires
from mediation.web.forms import Choice

blueprint = Blueprint("desk", __name__)


@blueprint.app_template_filter("refusal")
def refusal(sentence: str) -> str:
    """A guard's sentence in the language of the page."""
    return str(_(sentence))


@blueprint.app_template_filter("designation")
def designation(code: str) -> str:
    """The title of an enterprise designation."""
    return Designation(code).in_(language.current())


@blueprint.get("/cases/<int:case_id>")
@requires(Permission.CASE_SEE)
def case(case_id: int) -> ResponseReturnValue:
    """Everything about one case: where it stands, what comes next, what happened."""
    session, person, today = request.session(), access.person(), clock.today()
    found = queries.get_case(session, case_id, person, Permission.CASE_SEE)
    standing = queries.standing_of_case(found)
    reads = permissions.may(person, Permission.CASE_READ, standing)
    offer = case_page.pending_offer(found)
    offer_moves = queries.offered(offer, person, today) if offer else []
    given = {
        "case": found,
        "reads": reads,
        "path": case_page.path(found),
        "act": case_page.act_of(found),
        "offer": offer,
        "offer_moves": offer_moves,
        "today": today,
    }
    if not reads:
        return _case_outline(given)
    cards = [
        case_page.card(
            p,
            person,
            today,
            may_correct=permissions.may(person, Permission.CASE_CORRECT, queries.standing_of(p)),
        )
        for p in found.standing_proceedings
    ]
    events = queries.list_events(session, case_id)
    step = case_page.next_step(cards)
    names = case_page.Names(
        accounts=people.find_display_names(session, {e.by_id for e in events if e.by_id}),
        mediators=queries.mediator_names(session, queries.mediators_in(found)),
        organisations={o.to_organisation_id: o.to_organisation.name for o in found.offers}
        | {p.organisation_id: p.organisation.name for p in found.proceedings},
        parties={p.id: p.name for p in found.parties},
    )
    return flask.render_template(
        "desk/case.html",
        **given,
        cards=cards,
        next_step=step,
        leading=case_page.leading(cards, step),
        timeline=case_page.timeline(events, found, names, language.current()),
        may_edit=permissions.may(person, Permission.CASE_EDIT, standing),
        may_undo=bool(events) and any(c.may_correct for c in cards),
    )


def _case_outline(given: dict[str, Any]) -> str:
    """What the receiver of an offer sees before it accepts."""
    return flask.render_template("desk/case_outline.html", **given)


# Leaving an organisation ---------------------------------------------------------------------------------------------


@blueprint.route("/registrations/<int:registration_id>/leave", methods=["GET", "POST"])
@requires(Permission.MEDIATOR_EDIT)
def leave(registration_id: int) -> ResponseReturnValue:
    """Record a mediator's last day with an organisation, once nothing there is left in their hands."""
    session, person, today = request.session(), access.person(), clock.today()
    found = registers.get_registration(session, registration_id)
    permissions.ensure(person, Permission.MEDIATOR_EDIT, Standing(frozenset({found.organisation_id})))
    form = LeaveForm(on=today, version=str(found.version))
    cancel_url = flask.url_for("directory.mediator", mediator_id=found.mediator_id)
    if flask.request.method == "POST" and (location := submissions.seen(session, form, person)):
        return flask.redirect(location, 303)
    carried = desk.list_open_proceedings(session, found.mediator_id, found.organisation_id)
    if form.validate_on_submit() and form.on.data is not None:
        at, seen = clock.now(), str(form.version.data or "")
        try:
            register.leave(
                session,
                found,
                on=form.on.data,
                live_proceedings=len(carried),
                seen_version=int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
                by=person,
                at=at,
            )
        except StaleError:
            raise
        except RefusalError as refusal:
            request.rollback()
            forms.blame(form, refusal)
        else:
            submissions.keep(session, form, person, cancel_url, at)
            session.commit()
            flask.flash(_("It is recorded that the mediator leaves."), "success")
            return flask.redirect(cancel_url, 303)
    html = flask.render_template(
        "desk/leave.html",
        f=form,
        registration=found,
        carried=[(each, _replace_url(each, person, today)) for each in carried],
        cancel_url=cancel_url,
    )
    return html, 422 if form.errors else 200


def _replace_url(proceeding: Proceeding, person: SignedIn, today: dt.date) -> str | None:
    """Where the proceeding is given to another; None while that is not possible or not for this person."""
    possible = [o for o in queries.offered(proceeding, person, today) if o.action is Action.REPLACE and not o.blocked]
    return flask.url_for("cases.move", proceeding_id=proceeding.id, action=Action.REPLACE) if possible else None


# The audit trail -----------------------------------------------------------------------------------------------------


@blueprint.get("/audit")
@requires(Permission.AUDIT_SEE)
def audit() -> ResponseReturnValue:
    """The trail, newest first; with `?verify=1` the proof that nobody touched it."""
    session, person, spoken = request.session(), access.person(), language.current()
    asked = TrailFilter(flask.request.args)
    everything = Choice("", _("All"))
    asked.action.choices = [everything, *(Choice(c, trail.deed(c, spoken)) for c in audits.list_actions(session))]
    asked.kind.choices = [everything, *(Choice(c, trail.thing(c, spoken)) for c in desk.list_object_types(session))]
    asked.validate()
    page = desk.page_trail(session, after=flask.request.args.get("after", type=_place), **_wanted(asked))
    accounts = {e.actor_id for e in page.events if e.actor_id is not None}
    cases = {int(e.object_ref) for e in page.events if e.object_type == "case" and e.object_ref.isdecimal()}
    address: dict[str, Any] = {name: value for name, value in flask.request.args.items() if name in asked and value}
    return flask.render_template(
        "desk/audit.html",
        events=[
            (
                event,
                trail.deed(event.action, spoken),
                trail.thing(event.object_type, spoken),
                trail.result(event.result, spoken),
                trail.role(event.actor_role, spoken),
                trail.detail(event.detail),
            )
            for event in page.events
        ],
        names=people.find_display_names(session, accounts),
        numbers=desk.find_case_numbers(session, cases, person),
        filter_form=asked,
        filtered=bool(address),
        first_url=flask.url_for("desk.audit", **address) if "after" in flask.request.args else None,
        next_url=flask.url_for("desk.audit", **address, after=page.after) if page.after else None,
        verify_url=flask.url_for("desk.audit", **address, verify=1),
        verdict=audits.verify(session) if flask.request.args.get("verify") == "1" else None,
    )


def _wanted(asked: TrailFilter) -> dict[str, Any]:
    """The filter as the query takes it; a case's number means the case, days are those of Asia/Shanghai."""
    ref, kind = str(asked.chosen("ref") or "").strip() or None, asked.chosen("kind")
    if ref is not None and not ref.isdecimal() and (case_id := desk.find_case_id(request.session(), ref)) is not None:
        ref, kind = str(case_id), "case"
    since, until = asked.chosen("since"), asked.chosen("until")
    return {
        "action": asked.chosen("action"),
        "object_type": kind,
        "object_ref": ref,
        "since": _midnight(since) if isinstance(since, dt.date) else None,
        "before": _midnight(until + dt.timedelta(days=1)) if isinstance(until, dt.date) else None,
    }


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.ZONE)


def _place(text: str) -> int:
    """A number of the chain in an address. Raises ValueError for what can be none."""
    found = int(text)
    if not 0 < found < 2**31:
        raise ValueError(text)
    return found
