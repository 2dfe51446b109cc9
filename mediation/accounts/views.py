"""The pages of signing in, of one's own account, and of the administrator of accounts."""

from __future__ import annotations

import flask
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mediation import clock
from mediation.accounts.forms import AccountForm, NewAccountForm, PasswordForm, SeenForm, SignInForm
from mediation.errors import FactError, N_, RefusalError, StaleError
from mediation.people import actions, passwords, queries
from mediation.people.models import Account
from mediation.people.permissions import Permission
from mediation.register import queries as register
from mediation.web import access, forms, language, request, security, submissions
from mediation.words import LANGUAGES

blueprint = Blueprint("accounts", __name__)

_WRONG = N_("The user name or the password is wrong.")


# ------------------------------------------------------------------------------------------ signing in and out


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> ResponseReturnValue:
    """Sign in. The same answer and the same work for a name we know and one we do not."""
    target = access.safe_next(flask.request.args.get("next"))
    if flask.request.method == "GET" and access.find_person() is not None:
        return flask.redirect(target or flask.url_for("web.home"), 303)
    form = SignInForm()
    if not form.validate_on_submit():
        return _page("accounts/sign_in.html", form)
    at, password = clock.now(), str(form.password.data)
    username = actions.plain_username(str(form.username.data))
    device = access.known_device(username)
    with request.aside() as session:
        wait = actions.count_try(session, username=username, address=request.address(), at=at, device=device)
    if wait is not None:
        minutes = int(wait.total_seconds() // 60) + 1
        form.form_errors.append(_("Too many tries. Please wait %(minutes)s min and try again.", minutes=minutes))
        html, _status = _page("accounts/sign_in.html", form)
        return html, 429, {"Retry-After": str(int(wait.total_seconds()) + 1)}
    with request.reading() as session:
        account = queries.find_account_by_username(session, username)
    known = account.password_hash if account else None
    if not passwords.is_right(known, password) or account is None or known is None or not account.is_active:
        why = "disabled" if account and not account.is_active else "wrong"
        with request.aside() as session:
            actions.note_failed_sign_in(session, account, at=at, why=why)
        form.form_errors.append(_(_WRONG))
        return _page("accounts/sign_in.html", form)
    renewed = passwords.hash_password(password) if passwords.is_outdated(known) else None
    return _sign_in(account.id, known, renewed, device, target)


def _sign_in(
    account_id: int, known: str, renewed: str | None, device: str | None, target: str | None
) -> ResponseReturnValue:
    at = clock.now()
    session = request.session()
    account = queries.get_account(session, account_id)
    if not account.is_active or account.password_hash != known:
        raise StaleError(N_("Someone else changed this account after you opened the page. Nothing was saved."))
    chosen = language.chosen()
    if chosen:
        actions.choose_language(session, account, chosen)
    old = access.find_sign_in()
    if old is not None:
        actions.sign_out(session, old.token_hash, by=old.person, at=at)
    token = actions.sign_in(
        session, account, at=at, ip=request.address(), user_agent=flask.request.user_agent.string,
        password_hash=renewed, device=device,
    )  # fmt: skip
    found = queries.find_sign_in(session, token, at=at, limits=access.limits())
    if found is None:
        raise RuntimeError("a sign-in that ends as it begins")
    session.commit()
    access.start(token, found)
    answer = flask.make_response(flask.redirect(target or flask.url_for("web.home"), 303))
    return access.remember_device(answer, account.username)


@blueprint.post("/sign-out")
@access.requires(Permission.SELF, before_password_change=True)
def sign_out() -> ResponseReturnValue:
    """Sign out here."""
    found = access.find_sign_in()
    session = request.session()
    if found is not None:
        actions.sign_out(session, found.token_hash, by=found.person, at=clock.now())
    session.commit()
    access.end()
    return security.clear_site_data(flask.make_response(flask.redirect(flask.url_for("accounts.sign_in"), 303)))


# ------------------------------------------------------------------------------------------ one's own account


@blueprint.route("/account/password", methods=["GET", "POST"])
@access.requires(Permission.SELF, before_password_change=True)
def password() -> ResponseReturnValue:
    """Change one's own password; a one-time password leads here from everywhere."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _page("accounts/password.html", form)
    try:
        _change_password(str(form.current.data), str(form.password.data), str(form.repeated.data))
    except FactError as refusal:
        request.rollback()
        forms.blame(form, refusal)
        return _page("accounts/password.html", form)
    request.session().commit()
    flask.flash(_("Your password was changed. You were signed out everywhere else."), "success")
    return flask.redirect(flask.url_for("web.home"), 303)


def _change_password(current: str, new: str, repeated: str) -> None:
    person, at = access.person(), clock.now()
    with request.reading() as session:
        known = queries.get_account(session, person.account_id).password_hash
    # Guessing here is slowed like guessing at the door: a browser left open is no way round it.
    with request.aside() as session:
        wait = actions.count_try(session, username=person.username, address=None, at=at)
    if wait is not None:
        minutes = int(wait.total_seconds() // 60) + 1
        raise FactError(
            N_("Too many tries. Please wait %(minutes)s min and try again."), field="current", minutes=minutes
        )
    if not passwords.is_right(known, current):
        raise FactError(N_("This is not your present password."), field="current")
    if new != repeated:
        raise FactError(N_("The two entries differ."), field="repeated")
    if new == current:
        raise FactError(N_("The new password must differ from the present one."), field="password")
    passwords.ensure_good(new, username=person.username)
    password_hash = passwords.hash_password(new)
    session = request.session()
    account = queries.get_account(session, person.account_id)
    if account.password_hash != known:
        raise StaleError(N_("Someone else changed this account after you opened the page. Nothing was saved."))
    actions.clear_failures(session, person.username)
    actions.change_password(session, account, password_hash=password_hash, keep=_own_hash(), by=person, at=at)


@blueprint.get("/account")
@access.requires(Permission.SELF)
def sessions() -> ResponseReturnValue:
    """One's own account, and where one is signed in."""
    person, session = access.person(), request.session()
    organisation = register.get_organisation(session, person.organisation_id) if person.organisation_id else None
    sign_ins = queries.list_sign_ins(session, person.account_id, at=clock.now(), limits=access.limits())
    return flask.render_template(
        "accounts/sessions.html",
        organisation=organisation,
        sign_ins=sign_ins,
        own=_own_hash(),
        languages=LANGUAGES,
        form=SeenForm(),
    )


@blueprint.post("/account/sessions/end")
@access.requires(Permission.SELF)
def end_sessions() -> ResponseReturnValue:
    """End one's other sessions, or the one the button names."""
    session = request.session()
    count = actions.end_own_sign_ins(
        session, by=access.person(), at=clock.now(), keep=_own_hash(), reference=flask.request.form.get("reference")
    )
    session.commit()
    flask.flash(_("Sessions ended: %(count)s.", count=count), "success")
    return flask.redirect(flask.url_for("accounts.sessions"), 303)


def _own_hash() -> str:
    found = access.find_sign_in()
    if found is None:
        raise RuntimeError("nobody is signed in")
    return found.token_hash


# ------------------------------------------------------------------------------------------ accounts


@blueprint.get("/accounts")
@access.requires(Permission.ACCOUNT_MANAGE)
def index() -> ResponseReturnValue:
    """Every account."""
    session = request.session()
    organisations = {found.id: found.name for found in register.list_organisations(session)}
    return flask.render_template(
        "accounts/index.html", accounts=queries.list_accounts(session), organisations=organisations
    )


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@access.requires(Permission.ACCOUNT_MANAGE)
def create() -> ResponseReturnValue:
    """Make an account; its one-time password is shown once."""
    form, person = NewAccountForm(), access.person()
    _offer(form)
    if not form.validate_on_submit():
        return _page("accounts/edit.html", form, account=None)
    once = passwords.one_time_password()
    password_hash = passwords.hash_password(once)
    session = request.session()
    seen = submissions.seen(session, form, person)
    if seen:
        return flask.redirect(seen, 303)
    at = clock.now()
    try:
        account = actions.create_account(
            session, username=str(form.username.data), display_name=str(form.display_name.data), role=form.role.data,
            organisation_id=form.organisation_id.data, mediator_id=form.mediator_id.data, password=once,
            must_change=True, by=person, at=at, password_hash=password_hash,
        )  # fmt: skip
    except RefusalError as refusal:
        request.rollback()
        forms.blame(form, refusal)
        return _page("accounts/edit.html", form, account=None)
    submissions.keep(session, form, person, flask.url_for("accounts.edit", account_id=account.id), at)
    session.commit()
    return one_time(account, once)


@blueprint.route("/accounts/<int:account_id>", methods=["GET", "POST"])
@access.requires(Permission.ACCOUNT_MANAGE)
def edit(account_id: int) -> ResponseReturnValue:
    """Change who an account is, disable it, give it a new one-time password."""
    session = request.session()
    found = queries.get_account(session, account_id)
    form = AccountForm(obj=found)
    _offer(form)
    if not form.validate_on_submit():
        return _page("accounts/edit.html", form, account=found)
    try:
        actions.edit_account(
            session, found, display_name=str(form.display_name.data), role=form.role.data,
            organisation_id=form.organisation_id.data, mediator_id=form.mediator_id.data, seen=_seen(form),
            by=access.person(), at=clock.now(),
        )  # fmt: skip
    except StaleError:
        raise
    except RefusalError as refusal:
        request.rollback()
        forms.blame(form, refusal)
        return _page("accounts/edit.html", form, account=found)
    session.commit()
    flask.flash(_("The account was saved."), "success")
    return flask.redirect(flask.url_for("accounts.index"), 303)


@blueprint.post("/accounts/<int:account_id>/disable")
@access.requires(Permission.ACCOUNT_MANAGE)
def disable(account_id: int) -> ResponseReturnValue:
    """Close an account and end its sessions."""
    session = request.session()
    found = queries.get_account(session, account_id)
    actions.disable_account(session, found, seen=_seen(SeenForm()), by=access.person(), at=clock.now())
    session.commit()
    flask.flash(_("The account was disabled and signed out everywhere."), "success")
    return flask.redirect(flask.url_for("accounts.edit", account_id=account_id), 303)


@blueprint.post("/accounts/<int:account_id>/enable")
@access.requires(Permission.ACCOUNT_MANAGE)
def enable(account_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    session = request.session()
    found = queries.get_account(session, account_id)
    actions.enable_account(session, found, seen=_seen(SeenForm()), by=access.person(), at=clock.now())
    session.commit()
    flask.flash(_("The account was enabled."), "success")
    return flask.redirect(flask.url_for("accounts.edit", account_id=account_id), 303)


@blueprint.post("/accounts/<int:account_id>/reset")
@access.requires(Permission.ACCOUNT_MANAGE)
def reset(account_id: int) -> ResponseReturnValue:
    """Give an account a one-time password, shown once on the page that answers."""
    once = passwords.one_time_password()
    password_hash = passwords.hash_password(once)
    session = request.session()
    found = queries.get_account(session, account_id)
    actions.reset_password(
        session, found, password_hash=password_hash, seen=_seen(SeenForm()), by=access.person(), at=clock.now()
    )
    session.commit()
    return one_time(found, once)


def one_time(found: Account, once: str) -> ResponseReturnValue:
    return flask.render_template("accounts/one_time.html", account=found, once=once)


def _seen(form: AccountForm | SeenForm) -> int:
    """The version the administrator saw; what is no number is none they saw."""
    text = str(form.version.data or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _offer(form: AccountForm) -> None:
    """Organisations and mediators to choose from."""
    with request.reading() as session:
        form.organisation_id.offer((found.id, found.name) for found in register.list_organisations(session))
        form.mediator_id.offer((found.id, found.name) for found in register.list_mediators(session))


def _page(template: str, form: forms.PageForm, **values: object) -> tuple[str, int]:
    """The page with its form; one that was sent and comes back with errors is a 422."""
    status = 422 if flask.request.method == "POST" else 200
    return flask.render_template(template, form=form, **values), status
