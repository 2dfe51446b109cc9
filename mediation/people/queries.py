"""Reading accounts, sign-ins, answered forms and site settings. Changes nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from mediation.database import Session
from mediation.errors import N_, NotFoundError
from mediation.people.models import Account, SignInFailure, SignInSession, SiteSetting, Submission
from mediation.terms import Role
from mediation.words import LANGUAGES, Language

DEMO_KEY = "is_demo"


@dataclass(frozen=True)
class Limits:
    """How long a sign-in lasts: without a request, and at all."""

    idle: dt.timedelta
    absolute: dt.timedelta


@dataclass(frozen=True)
class SignedIn:
    """The person of a request: plain values, so that no row is needed to ask what they may do."""

    account_id: int
    username: str
    display_name: str
    role: Role
    organisation_id: int | None
    mediator_id: int | None
    language: Language | None
    must_change_password: bool


@dataclass(frozen=True)
class SignIn:
    """A live sign-in session and whose it is."""

    person: SignedIn
    token_hash: str
    last_seen_at: dt.datetime


def hash_token(token: str) -> str:
    """How a token is kept: its SHA-256 in hexadecimal. It has 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def signed_in(account: Account) -> SignedIn:
    """The plain values of `account`."""
    language = account.language if account.language in LANGUAGES else None
    return SignedIn(
        account.id, account.username, account.display_name, account.role, account.organisation_id,
        account.mediator_id, language, account.must_change_password,
    )  # fmt: skip


def find_sign_in(session: Session, token: str, *, at: dt.datetime, limits: Limits) -> SignIn | None:
    """The live session behind `token`, if there is one and its account is active."""
    found = session.execute(
        select(SignInSession, Account)
        .join(Account, Account.id == SignInSession.account_id)
        .where(SignInSession.token_hash == hash_token(token), Account.is_active)
    ).first()
    if found is None or not is_live(found[0], at=at, limits=limits):
        return None
    return SignIn(signed_in(found[1]), found[0].token_hash, found[0].last_seen_at)


def is_live(sign_in: SignInSession, *, at: dt.datetime, limits: Limits) -> bool:
    """Whether the session was not ended and is within both limits."""
    return (
        sign_in.ended_at is None
        and at < sign_in.last_seen_at + limits.idle
        and at < sign_in.created_at + limits.absolute
    )


def list_sign_ins(session: Session, account_id: int, *, at: dt.datetime, limits: Limits) -> list[SignInSession]:
    """The live sessions of an account, the latest used first."""
    statement = (
        select(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None))
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.token_hash)
    )
    return [found for found in session.scalars(statement) if is_live(found, at=at, limits=limits)]


def find_account(session: Session, account_id: int) -> Account | None:
    """The account, if there is one."""
    return session.get(Account, account_id)


def get_account(session: Session, account_id: int) -> Account:
    """The account.

    Raises:
        NotFoundError: there is none.
    """
    account = find_account(session, account_id)
    if account is None:
        raise NotFoundError(N_("There is no such account."))
    return account


def find_account_by_username(session: Session, username: str) -> Account | None:
    """The account with exactly this spelling of its name (see `actions.plain_username`)."""
    return session.scalar(select(Account).where(Account.username == username))


def find_account_of_mediator(session: Session, mediator_id: int) -> Account | None:
    """The login of a mediator, if they have one."""
    return session.scalar(select(Account).where(Account.mediator_id == mediator_id))


def list_accounts(session: Session) -> Sequence[Account]:
    """Every account: active ones first, then by name."""
    return session.scalars(select(Account).order_by(Account.is_active.desc(), Account.username)).all()


def find_display_names(session: Session, account_ids: Iterable[int]) -> dict[int, str]:
    """The display names of the accounts that exist among `account_ids`."""
    wanted = set(account_ids)
    if not wanted:
        return {}
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


def count_active(session: Session, role: Role) -> int:
    """How many active accounts have `role`."""
    return session.scalar(select(func.count()).where(Account.role == role, Account.is_active)) or 0


def find_failure(session: Session, key: str) -> SignInFailure | None:
    """The counter of failed sign-ins under `key`."""
    return session.get(SignInFailure, key)


def find_submission(session: Session, account_id: int, key: str) -> Submission | None:
    """What the form with `key` was answered with."""
    return session.scalar(select(Submission).where(Submission.account_id == account_id, Submission.key == key))


def setting(session: Session, key: str) -> str | None:
    """What the installation knows under `key`."""
    found = session.get(SiteSetting, key)
    return None if found is None else found.value
