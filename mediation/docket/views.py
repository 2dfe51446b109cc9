"""Pages that list cases: the docket, the search, my work; and the help. Writes nothing but that an export left."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.audit import actions as audit
from mediation.cases import search as finding
from mediation.cases.models import Case
from mediation.cases.search import Found
from mediation.database import Session
from mediation.docket import export as sheets
from mediation.docket import guide, queries, work
from mediation.docket.forms import ListForm, SearchForm
from mediation.docket.queries import Filters, Order, Row
from mediation.errors import N_, TooLargeError
from mediation.people.permissions import Permission, Person
from mediation.register import queries as register
from mediation.register.models import Mediator, Organisation
from mediation.sheets import writing
from mediation.terms import Role
from mediation.web import access, language, pages, request
from mediation.web.access import requires

blueprint = Blueprint("docket", __name__)

MOST_EXPORTED = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def capped(number: int) -> str:
    """`312`, or `1,000+` where counting stopped."""
    return f"{number:,}" if number <= queries.COUNTED else f"{queries.COUNTED:,}+"


def list_url(filters: Filters, **more: str) -> str:
    """The address of the list so narrowed."""
    address: dict[str, Any] = {**filters.address(), **more}
    return flask.url_for("docket.index", **address)


blueprint.add_app_template_global(list_url, "docket_list_url")
blueprint.add_app_template_filter(capped, "capped")


def _form() -> ListForm:
    """The filters of the address, with what the person may choose from."""
    session, person = request.session(), access.person()
    form = ListForm(flask.request.args)
    _offer(form, session, person)
    return form


def _offer(form: ListForm, session: Session, person: Person) -> None:
    # A case handed over lies with another organisation and is still seen by the first: all are on offer to all.
    organisations = [(o.id, o.name) for o in register.list_organisations(session)]
    form.offer(organisations, queries.list_mediators(session, person))


# The list ------------------------------------------------------------------------------------------------------------


@blueprint.get("/cases")
@requires(Permission.CASE_LIST)
def index() -> ResponseReturnValue:
    """The cases the person may see, narrowed and sorted as the address says."""
    session, person, today = request.session(), access.person(), clock.today()
    form = _form()
    filters = form.filters()
    after, before = flask.request.args.get("after"), flask.request.args.get("before")
    page = queries.page(session, filters, person, today, after=after, before=before)
    return flask.render_template(
        "docket/index.html",
        form=form,
        filters=filters,
        rows=page.rows,
        count=queries.count(session, filters, person, today),
        before_url=list_url(filters, before=page.before) if page.before else None,
        after_url=list_url(filters, after=page.after) if page.after else None,
        columns=_columns(filters),
    )


def _columns(filters: Filters) -> list[dict[str, object]]:
    """The heads of the table; two of them sort."""
    received, due = {}, {}
    if filters.order is Order.DUE:
        due = {"sorted": "ascending"}
    else:
        received = {"sorted": "descending" if filters.order is Order.NEWEST else "ascending"}
    turned = Order.OLDEST if filters.order is Order.NEWEST else Order.NEWEST

    def sorted_by(order: Order) -> str:
        return list_url(replace(filters, order=order))

    return [
        {"label": _("Case number")},
        {"label": _("Parties")},
        {"label": _("Kind of right")},
        {"label": _("Channel and organisation")},
        {"label": _("State")},
        {"label": _("Lead mediator")},
        {"label": _("Received on"), "url": sorted_by(turned), **received},
        {"label": _("Due"), "url": sorted_by(Order.DUE), **due},
    ]


@blueprint.post("/cases/export")
@requires(Permission.CASE_LIST)
def export() -> ResponseReturnValue:
    """The list of the address as a workbook: exactly the cases it shows on all its pages.

    Sent, not fetched, because it leaves a trace: who took how many cases out of the house.
    """
    person, at = access.person(), clock.now()
    today = clock.local_day(at)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cases.xlsx")
        with request.reading() as session:
            form = ListForm(flask.request.args)
            _offer(form, session, person)
            filters = form.filters()
            count = queries.count_all(session, filters, person, today, most=MOST_EXPORTED)
            if count > MOST_EXPORTED:
                raise TooLargeError(
                    N_("An export holds at most %(limit)s cases. Narrow the list first."), limit=f"{MOST_EXPORTED:,}"
                )
            writing.write_xlsx(path, [sheets.sheet(session, filters, person, today)], language.current())
        with request.aside() as trail:
            # The names of the filters, never what was asked for: the trail cannot forget.
            audit.record(
                trail, "case:export", "docket", "cases", by=person, at=at,
                detail={"cases": count, "filters": sorted(filters.address())},
            )  # fmt: skip
        # The folder goes before the answer is sent; what is open stays readable.
        file = path.open("rb")
    name = f"cases-{today.isoformat()}.xlsx"
    return flask.send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)


# The search ----------------------------------------------------------------------------------------------------------


@blueprint.route("/search", methods=["GET", "POST"])
@requires(Permission.CASE_LIST)
def search() -> ResponseReturnValue:
    """Cases by a number, a party or words. One hit by its number is opened at once.

    The question is sent, so that nobody's name stands in an address or a log; it is answered by a reading session.
    """
    person, today = access.person(), clock.today()
    form = SearchForm()
    found: Found | None = None
    rows: tuple[Row, ...] = ()
    if form.validate_on_submit() and form.q.data:
        with request.reading() as session:
            found = finding.find(session, form.q.data, person, queries.PAGE_SIZE)
            if found.by_number and len(found.case_ids) == 1:
                return flask.redirect(flask.url_for("desk.case", case_id=found.case_ids[0]), 303)
            rows = queries.rows_of(session, found.case_ids, today)
    html = flask.render_template(
        "docket/search.html",
        form=form,
        asked=form.q.data or "",
        found=found,
        rows=rows,
        columns=[{**column, "url": None, "sorted": None} for column in _columns(Filters())],
        search_query=form.q.data or "",
    )
    return html, 422 if form.errors else 200


# My work -------------------------------------------------------------------------------------------------------------


@blueprint.get("/work")
@requires(Permission.CASE_LIST)
def home() -> ResponseReturnValue:
    """What waits for the person, the most pressing first; for the zone how much waits for what."""
    session, person, today = request.session(), access.person(), clock.today()
    watches = person.role not in work.GROUPS
    return flask.render_template(
        "docket/home.html",
        today=today,
        groups=[] if watches else work.groups(session, person, today),
        counts=work.counts(session, person, today) if watches else [],
        by_state=queries.count_by_state(session, person) if watches else {},
        watches=watches,
        steps=_first_steps(),
        everything=Filters(mine=person.role is Role.MEDIATOR),
    )


def _first_steps() -> list[dict[str, object]]:
    """The way from an empty system to its first case; empty once there is one."""
    session = request.session()
    if not queries.is_empty(session, Case):
        return []
    return [
        {
            "title": _("Add the organisations that mediate"),
            "present": not queries.is_empty(session, Organisation),
            "url": pages.url_if("directory.organisation_new"),
            "note": _("The zone's administrator does this."),
        },
        {
            "title": _("Register their mediators"),
            "present": not queries.is_empty(session, Mediator),
            "url": pages.url_if("directory.mediator_new"),
            "note": _("The administrator of the zone or of the organisation does this."),
        },
        {
            "title": _("Register the first case"),
            "present": False,
            "url": pages.url_if("reception.register"),
            "note": _("An intake clerk, a mediator or an organisation's administrator does this."),
        },
    ]


# Help ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/help")
@requires(Permission.SELF)
def help() -> ResponseReturnValue:  # noqa: A001 - the page is called so
    """What each role does, what the states and moves are, how numbers are checked, which keys help."""
    return flask.render_template(
        "docket/help.html",
        roles=guide.ROLES,
        own_role=access.person().role,
        states=guide.states(),
        tracks=guide.tracks(),
        identifiers=guide.IDENTIFIERS,
        keys=guide.KEYS,
    )
