"""The case page. (My work, search, help and the trail are pages of their own modules on this desk.)"""

from __future__ import annotations

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.cases import queries
from mediation.desk import case_page
from mediation.people import permissions
from mediation.people import queries as people
from mediation.people.permissions import Permission
from mediation.terms import Designation
from mediation.web import access, language, request
from mediation.web.access import requires

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
        return flask.render_template("desk/case_outline.html", **given)
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
        next_step=case_page.next_step(cards),
        timeline=case_page.timeline(events, found, names, language.current()),
        may_edit=permissions.may(person, Permission.CASE_EDIT, standing),
        may_undo=bool(events) and any(c.may_correct for c in cards),
    )
