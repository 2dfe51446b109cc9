"""Accounts, their sign-ins and what a form was answered with; and the site's own few settings.

Holds tables only. Who may do what stands in `permissions`.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediation.database import UTC, Base, by_value
from mediation.terms import Role
from mediation.words import Term


class SignInEnd(Term):
    """Why a sign-in session ended before its time."""

    SIGNED_OUT = "signed_out", "本人退出", "Signed out"
    ENDED_BY_OWNER = "ended_by_owner", "本人在别处结束", "Ended by its owner elsewhere"
    PASSWORD_CHANGED = "password_changed", "密码已更改", "Password changed"
    ACCOUNT_CHANGED = "account_changed", "账户已被调整", "Account changed"
    ACCOUNT_DISABLED = "account_disabled", "账户已停用", "Account disabled"


class Account(Base):
    """A login. Never deleted: its id stands in the trail. `username` is kept as `actions.plain_username` spells it."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("mediator_id IS NULL OR role = 'mediator'", name="only_a_mediator_is_one"),
        CheckConstraint(
            "organisation_id IS NOT NULL OR role NOT IN ('mediator', 'clerk', 'organisation_admin')",
            name="organisation_needed",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(comment="Argon2id, with its own parameters inside")
    role: Mapped[Role] = mapped_column(by_value(Role))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id"), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(comment="zh_Hans or en; empty: nothing chosen yet")
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    password_changed_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class SignInSession(Base):
    """One browser signed in. Of the token only its SHA-256 is kept: the table opens no door."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    last_seen_at: Mapped[dt.datetime] = mapped_column(UTC, index=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    ended_why: Mapped[SignInEnd | None] = mapped_column(by_value(SignInEnd))
    ip: Mapped[str | None]
    user_agent: Mapped[str | None]

    @property
    def reference(self) -> str:
        """A short name for pages and addresses; of no use to sign in."""
        return self.token_hash[:16]


class SignInFailure(Base):
    """Tries to sign in since the last success, per account name and per network address.

    `key` is a digest: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_failure"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[dt.datetime] = mapped_column(UTC, index=True)
    blocked_until: Mapped[dt.datetime | None] = mapped_column(UTC)


class Submission(Base):
    """A form that was taken, and the page it led to: a second click leads there too."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str]
    body_hash: Mapped[str] = mapped_column(comment="SHA-256 of the form as sent")
    location: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(UTC)


class SiteSetting(Base):
    """What the installation knows of itself, as text: whether it is a demonstration, for one."""

    __tablename__ = "site_setting"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
