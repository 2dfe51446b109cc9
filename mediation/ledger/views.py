"""The pages of imports: upload, preview, decision, result.

An uploaded file lies under a generated name in the staging folder, readable by its owner only, for as long as it is
being read; what remains of it are the staged rows, and they are forgotten with the decision. The file is read
before the transaction opens. Must not know what a column means.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from mediation import clock
from mediation.errors import FactError, N_, RefusalError
from mediation.ledger import actions, profile, queries
from mediation.ledger.forms import DecisionForm, UploadForm
from mediation.ledger.models import Stage
from mediation.people.permissions import Permission
from mediation.web import access, forms, request, submissions
from mediation.web.security import takes_upload

blueprint = Blueprint("ledger", __name__)

FIRST_ROWS = 10
MOST_NAMES = 60

_IMPORT = "/ledger/<int:import_id>"
# Only what tells the reader which kind of file it is; the rest of the name is never a path of ours.
_ENDINGS = (".csv.gz", ".csv", ".xlsx", ".xlsm", ".xls")


@blueprint.route("/ledger", methods=["GET", "POST"])
@access.requires(Permission.LEDGER_IMPORT)
@takes_upload
def index() -> ResponseReturnValue:
    """Upload a ledger; the imports there were."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            return _staged(form)
        except RefusalError as refusal:
            request.rollback()
            forms.blame(form, refusal)
    page = flask.render_template("ledger/index.html", f=form, imports=queries.list_imports(request.session()))
    return page, 422 if form.errors else 200


@blueprint.get(_IMPORT)
@access.requires(Permission.LEDGER_IMPORT)
def show(import_id: int) -> ResponseReturnValue:
    """What was read, and what would come of it; once decided, what came of it."""
    session = request.session()
    found = queries.get_import(session, import_id)
    preview = queries.preview(session, found) if found.stage is Stage.STAGED else None
    return flask.render_template(
        "ledger/show.html",
        found=found,
        profile=profile.PROFILES[found.profile].words if found.profile in profile.PROFILES else None,
        faults=queries.list_faults(session, found),
        preview=preview,
        first_rows=preview.plan.arriving[:FIRST_ROWS] if preview else (),
        doubts=[(entry, doubt) for entry in preview.plan.arriving for doubt in entry.warnings] if preview else (),
        most_names=MOST_NAMES,
        years=queries.years_of(session, found),
        f=DecisionForm(),
    )


@blueprint.post(f"{_IMPORT}/arrive")
@access.requires(Permission.LEDGER_IMPORT)
def arrive(import_id: int) -> ResponseReturnValue:
    """Let the good rows become cases."""
    form, session, person = DecisionForm(), request.session(), access.person()
    if not form.validate_on_submit():
        return flask.redirect(flask.url_for("ledger.show", import_id=import_id), 303)
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    at = clock.now()
    found = queries.get_import(session, import_id)
    arrival = actions.arrive(session, found, by=person, at=at, strict=bool(form.strict.data))
    location = flask.url_for("ledger.show", import_id=import_id)
    submissions.keep(session, form, person, location, at)
    session.commit()
    flask.flash(
        _(
            "%(arrived)s cases were imported. Created: %(organisations)s organisations, %(mediators)s mediators,"
            " %(registrations)s registrations.",
            arrived=arrival.arrived,
            organisations=arrival.organisations,
            mediators=arrival.mediators,
            registrations=arrival.registrations,
        ),
        "success",
    )
    return flask.redirect(location, 303)


@blueprint.post(f"{_IMPORT}/refuse")
@access.requires(Permission.LEDGER_IMPORT)
def refuse(import_id: int) -> ResponseReturnValue:
    """Send the file back; nothing of it arrives."""
    session = request.session()
    actions.refuse(session, queries.get_import(session, import_id), by=access.person(), at=clock.now())
    session.commit()
    flask.flash(_("The file was sent back. Nothing was imported."), "success")
    return flask.redirect(flask.url_for("ledger.index"), 303)


def _staged(form: UploadForm) -> ResponseReturnValue:
    """Read the file and stage it; leads to its preview. Raises what the reading refuses."""
    upload = flask.request.files.get("file")
    if upload is None or not upload.filename:
        raise FactError(N_("Choose a file."), field="file")
    at, person = clock.now(), access.person()
    chosen = actions.get_profile(str(form.profile.data))
    with _kept(upload) as path:
        file = actions.read_file(path, name=_name(upload.filename), profile=chosen, at=at)
    session = request.session()
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    found = actions.stage(session, file, by=person, at=at)
    location = flask.url_for("ledger.show", import_id=found.id)
    submissions.keep(session, form, person, location, at)
    session.commit()
    return flask.redirect(location, 303)


@contextmanager
def _kept(upload: FileStorage) -> Iterator[Path]:
    """The upload as a file of ours while it is read."""
    folder = request.settings().data_dir / "staging"
    folder.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)  # readable by its owner only
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            upload.save(file)
        yield path
    finally:
        path.unlink()


def _name(filename: str) -> str:
    """The name as uploaded, without folders, at most 200 characters with its ending kept."""
    bare = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    ending = next((each for each in _ENDINGS if bare.lower().endswith(each)), "")
    return bare[: 200 - len(ending)] if not ending else bare[: -len(ending)][: 200 - len(ending)] + bare[-len(ending) :]
