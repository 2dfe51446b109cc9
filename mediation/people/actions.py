"""What changes accounts and sign-ins. Each act is recorded in the audit trail; nothing here commits.

Rights are asked by the caller (`permissions.ensure`): a command acts without a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence

from sqlalchemy import delete, select

from mediation.audit import actions as audit
from mediation.audit.actions import Actor
from mediation.database import Session, acquire_lock
from mediation.errors import DuplicateError, FactError, ForbiddenError, N_, StaleError
from mediation.people import passwords, queries
from mediation.people.models import Account, SignInEnd, SignInFailure, SignInSession, SiteSetting, Submission
from mediation.terms import Role
from mediation.words import LANGUAGES

# Failed sign-ins: free tries, then a delay that doubles up to the longest. A stranger cannot lock anyone out for good.
FREE_TRIES_ACCOUNT, FREE_TRIES_ADDRESS = 4, 29
FIRST_DELAY, LONGEST_DELAY = dt.timedelta(seconds=30), dt.timedelta(minutes=15)
# A counter nobody added to for a day starts anew.
FORGET_AFTER = dt.timedelta(days=1)

# Any number; tries are counted one after the other on PostgreSQL too.
_TRIES_LOCK = 0x7215

ROLES_OF_AN_ORGANISATION = frozenset((Role.MEDIATOR, Role.CLERK, Role.ORGANISATION_ADMIN))

_USERNAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9._\-\u4e00-\u9fff]{1,39}")


def plain_username(username: str) -> str:
    """The one spelling of a user name: compatibility forms folded, lower case, no blanks around."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


# ------------------------------------------------------------------------------------------ accounts


def create_account(
    session: Session,
    *,
    username: str,
    display_name: str,
    role: Role,
    organisation_id: int | None,
    mediator_id: int | None,
    password: str,
    must_change: bool,
    by: Actor | None,
    at: dt.datetime,
    password_hash: str | None = None,
) -> Account:
    """Make an account. Hashes before it touches the database: call it first in the transaction, or bring the hash.

    Raises:
        FactError: a field is missing, unfit or contradicts the role.
        DuplicateError: the name is taken, or the mediator has an account.
    """
    username = plain_username(username)
    if not _USERNAME.fullmatch(username):
        raise FactError(
            N_("A user name has 2 to 40 letters, digits, dots or hyphens and begins with a letter or digit."),
            field="username",
        )
    display_name = _display_name(display_name)
    passwords.ensure_good(password, username=username)
    password_hash = password_hash or passwords.hash_password(password)
    if queries.find_account_by_username(session, username) is not None:
        raise DuplicateError(N_("This user name is taken."), field="username")
    _ensure_role_fits(session, role, organisation_id, mediator_id, account_id=None)
    account = Account(
        username=username, display_name=display_name, password_hash=password_hash, role=role,
        organisation_id=organisation_id, mediator_id=mediator_id, is_active=True, must_change_password=must_change,
        language=None, created_at=at, password_changed_at=at,
    )  # fmt: skip
    session.add(account)
    session.flush()
    detail = {"role": role, "organisation_id": organisation_id, "mediator_id": mediator_id}
    audit.record(session, "account:create", "account", str(account.id), by=by, at=at, detail=detail)
    return account


def edit_account(
    session: Session,
    account: Account,
    *,
    display_name: str,
    role: Role,
    organisation_id: int | None,
    mediator_id: int | None,
    seen: int,
    by: Actor,
    at: dt.datetime,
) -> Account:
    """Change who an account is. When its rights change, its sessions end.

    Raises:
        StaleError: `seen` is not its version any more.
        FactError: a field is missing or contradicts the role.
        DuplicateError: the mediator has another account.
        ForbiddenError: it would leave the house without a system administrator.
    """
    _ensure_seen(account, seen)
    display_name = _display_name(display_name)
    _ensure_role_fits(session, role, organisation_id, mediator_id, account_id=account.id)
    if account.role is Role.SYSTEM_ADMIN and role is not Role.SYSTEM_ADMIN:
        _ensure_another_admin(session, account)
    wanted = {
        "display_name": display_name,
        "role": role,
        "organisation_id": organisation_id,
        "mediator_id": mediator_id,
    }
    changed = sorted(name for name, value in wanted.items() if getattr(account, name) != value)
    if not changed:
        return account
    for name in changed:
        setattr(account, name, wanted[name])
    session.flush()
    if changed != ["display_name"]:
        end_sign_ins(session, account.id, why=SignInEnd.ACCOUNT_CHANGED, at=at)
    detail = {"fields": changed, "role": role, "organisation_id": organisation_id, "mediator_id": mediator_id}
    audit.record(session, "account:edit", "account", str(account.id), by=by, at=at, detail=detail)
    return account


def disable_account(session: Session, account: Account, *, seen: int, by: Actor | None, at: dt.datetime) -> Account:
    """Close an account and end its sessions. `by` is None at the console.

    Raises:
        StaleError: `seen` is not its version any more.
        ForbiddenError: one's own, or the last system administrator's.
    """
    _ensure_seen(account, seen)
    if by is not None and account.id == by.account_id:
        raise ForbiddenError(N_("Nobody disables their own account."))
    if account.role is Role.SYSTEM_ADMIN:
        _ensure_another_admin(session, account)
    account.is_active = False
    session.flush()
    end_sign_ins(session, account.id, why=SignInEnd.ACCOUNT_DISABLED, at=at)
    audit.record(session, "account:disable", "account", str(account.id), by=by, at=at)
    return account


def enable_account(session: Session, account: Account, *, seen: int, by: Actor, at: dt.datetime) -> Account:
    """Open a closed account again.

    Raises:
        StaleError: `seen` is not its version any more.
    """
    _ensure_seen(account, seen)
    account.is_active = True
    session.flush()
    audit.record(session, "account:enable", "account", str(account.id), by=by, at=at)
    return account


def reset_password(
    session: Session, account: Account, *, password_hash: str, seen: int, by: Actor | None, at: dt.datetime
) -> Account:
    """Give an account a one-time password (hashed by the caller, before the transaction) and end its sessions.

    Raises:
        StaleError: `seen` is not its version any more.
    """
    _ensure_seen(account, seen)
    account.password_hash = password_hash
    account.password_changed_at = at
    account.must_change_password = True
    session.flush()
    clear_failures(session, account.username)
    end_sign_ins(session, account.id, why=SignInEnd.PASSWORD_CHANGED, at=at)
    audit.record(session, "account:reset_password", "account", str(account.id), by=by, at=at)
    return account


def change_password(
    session: Session, account: Account, *, password_hash: str, keep: str, by: Actor, at: dt.datetime
) -> Account:
    """Keep the new password of its owner and end every session but the one with the token hash `keep`."""
    account.password_hash = password_hash
    account.password_changed_at = at
    account.must_change_password = False
    session.flush()
    end_sign_ins(session, account.id, why=SignInEnd.PASSWORD_CHANGED, at=at, keep=keep)
    audit.record(session, "account:change_password", "account", str(account.id), by=by, at=at)
    return account


def choose_language(session: Session, account: Account, language: str) -> Account:
    """Keep the language a person chose; no act of the trade, so not in the trail.

    Raises:
        ValueError: a language we do not speak.
    """
    if language not in LANGUAGES:
        raise ValueError(language)
    account.language = language
    return account


# ------------------------------------------------------------------------------------------ signing in


def count_try(
    session: Session, *, username: str, address: str | None, at: dt.datetime, device: str | None = None
) -> dt.timedelta | None:
    """Count a try to sign in **before** the password is looked at, so that a burst of tries cannot outrun the count.

    `device`: the name of a browser in which this account was signed in before. It has a count of its own, so that a
    stranger who keeps guessing cannot keep the owner outside.

    Returns how long to wait when this name or this address tried too often; such a try is neither counted nor looked
    at. A right password takes it back with `clear_failures`. Known and unknown names are treated alike.
    """
    acquire_lock(session, _TRIES_LOCK)
    counters = [(_device_key(device) if device else _account_key(username), FREE_TRIES_ACCOUNT)]
    if address and not device:
        counters.append((_address_key(address), FREE_TRIES_ADDRESS))
    rows = []
    for key, free in counters:
        row = queries.find_failure(session, key)
        if row is None:
            row = SignInFailure(key=key, count=0, last_at=at, blocked_until=None)
            session.add(row)
        elif at - row.last_at > FORGET_AFTER:
            row.count, row.blocked_until = 0, None
        if row.blocked_until is not None and at < row.blocked_until:
            return row.blocked_until - at
        rows.append((row, free))
    for row, free in rows:
        row.count += 1
        row.last_at = at
        over = row.count - free
        row.blocked_until = None if over <= 0 else at + min(FIRST_DELAY * 2 ** min(over - 1, 10), LONGEST_DELAY)
    session.flush()
    return None


def clear_failures(session: Session, username: str, address: str | None = None, device: str | None = None) -> None:
    """Forget the failed tries of an account, or of its known `device`; of the address take back the one that was right.

    What strangers tried elsewhere is not forgotten because the owner signed in at a known device.
    """
    key = _device_key(device) if device else _account_key(username)
    session.execute(delete(SignInFailure).where(SignInFailure.key == key))
    row = queries.find_failure(session, _address_key(address)) if address and not device else None
    if row is not None:
        row.count = max(row.count - 1, 0)
        if row.count <= FREE_TRIES_ADDRESS:
            row.blocked_until = None


def sign_in(
    session: Session,
    account: Account,
    *,
    at: dt.datetime,
    ip: str | None,
    user_agent: str | None,
    password_hash: str | None = None,
    device: str | None = None,
) -> str:
    """Open a session and return its token (256 random bits), which is kept nowhere.

    `password_hash`: the password hashed anew, when the old hash is outdated. `device`: as in `count_try`.
    """
    token = secrets.token_urlsafe(32)
    if password_hash is not None:
        account.password_hash = password_hash
    session.add(
        SignInSession(
            token_hash=queries.hash_token(token), account_id=account.id, created_at=at, last_seen_at=at,
            ip=ip, user_agent=(user_agent or "")[:200] or None,
        )
    )  # fmt: skip
    clear_failures(session, account.username, ip, device)
    audit.record(session, "session:start", "account", str(account.id), by=queries.signed_in(account), at=at)
    return token


def note_failed_sign_in(session: Session, account: Account | None, *, at: dt.datetime, why: str) -> None:
    """Record a refused sign-in. `why` is a code; the name that was typed is not kept."""
    ref = str(account.id) if account else "unknown"
    audit.record(session, "session:start", "account", ref, by=None, at=at, detail={"why": why}, result="denied")


def touch(session: Session, token_hash: str, *, at: dt.datetime) -> None:
    """Note that the session was used."""
    found = session.get(SignInSession, token_hash)
    if found is not None and found.ended_at is None:
        found.last_seen_at = max(found.last_seen_at, at)


def sign_out(session: Session, token_hash: str, *, by: Actor, at: dt.datetime) -> None:
    """End the session the person is using."""
    end_sign_ins(session, by.account_id, why=SignInEnd.SIGNED_OUT, at=at, only=token_hash)
    detail = {"why": SignInEnd.SIGNED_OUT}
    audit.record(session, "session:end", "account", str(by.account_id), by=by, at=at, detail=detail)


def end_own_sign_ins(
    session: Session, *, by: Actor, at: dt.datetime, keep: str, reference: str | None = None
) -> int:
    """End the person's other sessions, or only the one called `reference`; how many there were."""
    count = end_sign_ins(session, by.account_id, why=SignInEnd.ENDED_BY_OWNER, at=at, keep=keep, reference=reference)
    if count:
        detail = {"why": SignInEnd.ENDED_BY_OWNER, "count": count}
        audit.record(session, "session:end", "account", str(by.account_id), by=by, at=at, detail=detail)
    return count


def end_sign_ins(
    session: Session,
    account_id: int,
    *,
    why: SignInEnd,
    at: dt.datetime,
    keep: str | None = None,
    only: str | None = None,
    reference: str | None = None,
) -> int:
    """End an account's sessions but the one with hash `keep`; or only that with hash `only`, or called `reference`."""
    statement = select(SignInSession).where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None))
    ended = [
        found
        for found in session.scalars(statement)
        if found.token_hash != keep
        and (only is None or found.token_hash == only)
        and (reference is None or found.reference == reference)
    ]
    for found in ended:
        found.ended_at, found.ended_why = at, why
    session.flush()
    return len(ended)


def forget_old(session: Session, *, before: dt.datetime) -> int:
    """Delete sessions, counters and answered forms nobody used since `before`; how many rows. A nightly command."""
    count = 0
    for column in (SignInSession.last_seen_at, SignInFailure.last_at, Submission.at):
        rows: Sequence[object] = session.scalars(select(column.class_).where(column < before)).all()
        for row in rows:
            session.delete(row)
        count += len(rows)
    session.flush()
    return count


# ------------------------------------------------------------------------------------------ forms and settings


def keep_submission(
    session: Session, *, account_id: int, key: str, body_hash: str, location: str, at: dt.datetime
) -> Submission:
    """Remember what a form led to."""
    submission = Submission(account_id=account_id, key=key, body_hash=body_hash, location=location, at=at)
    session.add(submission)
    session.flush()
    return submission


def set_setting(session: Session, key: str, value: str, *, by: Actor | None, at: dt.datetime) -> SiteSetting:
    """Let the installation know `value` under `key`."""
    found = session.get(SiteSetting, key)
    if found is None:
        found = SiteSetting(key=key, value=value)
        session.add(found)
    found.value = value
    audit.record(session, "setting:set", "site_setting", key, by=by, at=at)
    return found


# ------------------------------------------------------------------------------------------ guards


def _display_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > 60:
        raise FactError(N_("A name of 1 to 60 characters is needed."), field="display_name")
    return name


def _ensure_seen(account: Account, seen: int) -> None:
    if account.version != seen:
        raise StaleError(N_("Someone else changed this account after you opened the page. Nothing was saved."))


def _ensure_role_fits(
    session: Session, role: Role, organisation_id: int | None, mediator_id: int | None, *, account_id: int | None
) -> None:
    if role in ROLES_OF_AN_ORGANISATION and organisation_id is None:
        raise FactError(N_("This role belongs to an organisation: choose one."), field="organisation_id")
    if mediator_id is None:
        return
    if role is not Role.MEDIATOR:
        raise FactError(N_("Only an account with the role of mediator is linked to a mediator."), field="mediator_id")
    other = queries.find_account_of_mediator(session, mediator_id)
    if other is not None and other.id != account_id:
        raise DuplicateError(N_("This mediator has an account already."), field="mediator_id")


def _ensure_another_admin(session: Session, account: Account) -> None:
    if account.is_active and queries.count_active(session, Role.SYSTEM_ADMIN) < 2:
        raise ForbiddenError(N_("The last system administrator must stay."))


def _account_key(username: str) -> str:
    return "account:" + hashlib.sha256(plain_username(username).encode()).hexdigest()[:32]


def _device_key(device: str) -> str:
    return "device:" + hashlib.sha256(device.encode()).hexdigest()[:32]


def _address_key(address: str) -> str:
    """A host of IPv4; of IPv6 the network, for every host has many addresses."""
    network = ":".join(address.split(":")[:4]) if ":" in address else address
    return "address:" + hashlib.sha256(network.encode()).hexdigest()[:32]
