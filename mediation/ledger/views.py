"""The pages of imports: upload, how far it is, preview, decision, result.

Reading and arriving are a worker's (see `worker`), started here once the request has committed. An uploaded file lies
under a generated name in the staging folder, readable by its owner only, until the worker has read it; what remains of
it are the staged rows, and they are forgotten with the decision. Must not know what a column means.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from mediation import clock
from mediation.errors import FactError, N_, RefusalError
from mediation.ledger import actions, profile, queries, worker
from mediation.ledger.forms import DecisionForm, UploadForm
from mediation.ledger.models import LedgerImport, Stage
from mediation.people.permissions import Permission
from mediation.web import access, forms, request, submissions
from mediation.web.security import takes_upload

_log = logging.getLogger(__name__)

blueprint = Blueprint("ledger", __name__)

WORKER = "mediation.ledger.worker"
"""The app's extension that starts the work on an import, called with settings and the import's number: `worker.start`
unless someone put another there before."""

blueprint.record_once(lambda state: state.app.extensions.setdefault(WORKER, worker.start))

REFRESH_SECONDS = "2"

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
            return _received(form)
        except RefusalError as refusal:
            request.rollback()
            forms.blame(form, refusal)
    page = flask.render_template("ledger/index.html", f=form, imports=queries.list_imports(request.session()))
    return page, 422 if form.errors else 200


@blueprint.get(_IMPORT)
@access.requires(Permission.LEDGER_IMPORT)
def show(import_id: int) -> ResponseReturnValue:
    """How far it is; what was read, and what would come of it; once decided, what came of it."""
    session, at = request.session(), clock.now()
    found = queries.get_import(session, import_id)
    preview = queries.preview(session, found) if found.stage is Stage.STAGED else None
    page = flask.make_response(
        flask.render_template(
            "ledger/show.html",
            found=found,
            is_under_way=found.is_under_way(),
            has_stopped=found.has_stopped(at),
            refusal=_refusal(found),
            profile=profile.PROFILES[found.profile].words if found.profile in profile.PROFILES else None,
            faults=queries.list_faults(session, found),
            preview=preview,
            first_rows=preview.plan.arriving[:FIRST_ROWS] if preview else (),
            doubts=[(entry, doubt) for entry in preview.plan.arriving for doubt in entry.warnings] if preview else (),
            most_names=MOST_NAMES,
            years=queries.years_of(session, found),
            created=queries.created_by(session, found) if found.stage is Stage.ARRIVED else None,
            f=DecisionForm(),
        )
    )
    if found.is_under_way() and not found.has_stopped(at):
        # Without a script: the browser asks again until the work is done.
        page.headers["Refresh"] = REFRESH_SECONDS
    return page


@blueprint.post(f"{_IMPORT}/arrive")
@access.requires(Permission.LEDGER_IMPORT)
def arrive(import_id: int) -> ResponseReturnValue:
    """Let the good rows become cases: the worker sees to it."""
    form, session, person = DecisionForm(), request.session(), access.person()
    location = flask.url_for("ledger.show", import_id=import_id)
    if not form.validate_on_submit():
        return flask.redirect(location, 303)
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    at = clock.now()
    actions.decide(session, queries.get_import(session, import_id), by=person, at=at, strict=bool(form.strict.data))
    submissions.keep(session, form, person, location, at)
    session.commit()
    _start(import_id)
    return flask.redirect(location, 303)


@blueprint.post(f"{_IMPORT}/again")
@access.requires(Permission.LEDGER_IMPORT)
def again(import_id: int) -> ResponseReturnValue:
    """Start the work anew that stopped, or never began."""
    session = request.session()
    is_free = actions.try_again(session, queries.get_import(session, import_id), at=clock.now())
    session.commit()
    if is_free:
        _start(import_id)
    return flask.redirect(flask.url_for("ledger.show", import_id=import_id), 303)


@blueprint.post(f"{_IMPORT}/refuse")
@access.requires(Permission.LEDGER_IMPORT)
def refuse(import_id: int) -> ResponseReturnValue:
    """Send the file back; nothing of it arrives."""
    session = request.session()
    unread = actions.refuse(session, queries.get_import(session, import_id), by=access.person(), at=clock.now())
    session.commit()
    if unread is not None:
        (worker.staging_folder(request.settings().data_dir) / unread).unlink(missing_ok=True)
    flask.flash(_("The file was sent back. Nothing was imported."), "success")
    return flask.redirect(flask.url_for("ledger.index"), 303)


def _refusal(import_: LedgerImport) -> str | None:
    """Why the worker could not do it, in the visitor's language."""
    if import_.refusal is None:
        return None
    sentence, values = import_.refusal["message"], import_.refusal["values"]
    return str(_(sentence, **values))


def _received(form: UploadForm) -> ResponseReturnValue:
    """Keep the file and let the worker read it; leads to the import's page. Raises FactError."""
    upload = flask.request.files.get("file")
    if upload is None or not upload.filename:
        raise FactError(N_("Choose a file."), field="file")
    at, person = clock.now(), access.person()
    chosen = actions.get_profile(str(form.profile.data))
    path = _kept(upload)
    is_taken = False
    try:
        digest = actions.digest_of(path)
        session = request.session()
        seen = submissions.seen(session, form, person)
        if seen:
            return flask.redirect(seen, 303)
        found = actions.receive(
            session, name=_name(upload.filename), sha256=digest, kept_as=path.name, profile=chosen, by=person, at=at
        )
        location = flask.url_for("ledger.show", import_id=found.id)
        submissions.keep(session, form, person, location, at)
        session.commit()
        is_taken = True
    finally:
        if not is_taken:
            path.unlink()
    _start(found.id)
    return flask.redirect(location, 303)


def _kept(upload: FileStorage) -> Path:
    """The upload as a file of ours until the worker has read it."""
    handle, name = tempfile.mkstemp(dir=worker.staging_folder(request.settings().data_dir))  # its owner's only
    with os.fdopen(handle, "wb") as file:
        upload.save(file)
    return Path(name)


def _start(import_id: int) -> None:
    """Start the worker; if the system starts none now, the page offers to try again."""
    try:
        flask.current_app.extensions[WORKER](request.settings(), import_id)
    except OSError:
        _log.exception("the worker of import %s did not start", import_id)


def _name(filename: str) -> str:
    """The name as uploaded, without folders, at most 200 characters with its ending kept."""
    bare = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    ending = next((each for each in _ENDINGS if bare.lower().endswith(each)), "")
    return bare[: 200 - len(ending)] if not ending else bare[: -len(ending)][: 200 - len(ending)] + bare[-len(ending) :]
