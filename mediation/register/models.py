"""The tables of the register: organisations, mediators, registrations, training.

A mediator is a person; what the person may be called and assigned to follows from registrations, each a row with its
own days. Must not hold accounts (`people` points here), cases, or any rule about who may write.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mediation.database import UTC, Base, by_value
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind
from mediation.words import Term

SHORT_NAME_LENGTH = 20


class LimitUnit(Term):
    """What an organisation's own time limit is counted in; the codes of `cases.deadlines.Unit`."""

    CALENDAR_DAYS = "calendar_days", "自然日", "Calendar days"
    WORKING_DAYS = "working_days", "工作日", "Working days"
    MONTHS = "months", "月", "Months"


class Gender(Term):
    """As the papers of the case file and the reports of the justice bureau ask for it."""

    FEMALE = "female", "女", "Female"
    MALE = "male", "男", "Male"


class Organisation(Base):
    """Whoever mediates, sends or helps: a committee, a court, an administrative organ, an institution (组织)."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("(limit_count IS NULL) = (limit_unit IS NULL)", name="limit_whole"),
        CheckConstraint("limit_count > 0", name="limit_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    short_name: Mapped[str] = mapped_column(
        String(SHORT_NAME_LENGTH), unique=True, comment="Stands in the numbers of its proceedings: nobody else's."
    )
    kind: Mapped[OrganisationKind] = mapped_column(by_value(OrganisationKind))
    park: Mapped[Park] = mapped_column(by_value(Park))
    is_active: Mapped[bool] = mapped_column(
        default=True, comment="False: takes no new proceeding and no new mediator; its past stays."
    )
    limit_count: Mapped[int | None] = mapped_column(
        comment="Its own time limit where the law sets none (administrative mediation); empty: the zone's default."
    )
    limit_unit: Mapped[LimitUnit | None] = mapped_column(by_value(LimitUnit))
    phone: Mapped[str | None]
    address: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class Mediator(Base):
    """A person who mediates (调解员); may or may not have an account."""

    __tablename__ = "mediator"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True, comment="Not unique: people share names.")
    gender: Mapped[Gender | None] = mapped_column(by_value(Gender))
    phone: Mapped[str | None]
    note: Mapped[str | None]
    serious_fault_on: Mapped[dt.date | None] = mapped_column(
        comment="Day of a serious fault found by the competent body; closes the award's gate for the year."
    )
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once


class Registration(Base):
    """A mediator's registration with an organisation (备案), from a day to a day; the row of a career.

    `from_on` is empty exactly when `from_unknown`: a registration made by an import does not know its first day,
    and facts are never invented. Such a registration holds on every day up to `until_on`.
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("(from_on IS NULL) = from_unknown", name="from_known_or_not"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    level: Mapped[MediatorLevel] = mapped_column(by_value(MediatorLevel))
    specialities: Mapped[list[str]] = mapped_column(JSON, comment="Codes of kinds of right")
    from_on: Mapped[dt.date | None] = mapped_column(comment="First day; empty exactly when from_unknown")
    until_on: Mapped[dt.date | None] = mapped_column(comment="Last day it holds; empty: it holds still")
    from_unknown: Mapped[bool] = mapped_column(default=False, comment="An import did not know the first day")
    version: Mapped[int] = mapped_column(comment="Grows with every change; a form older than it is refused.")

    mediator: Mapped[Mediator] = relationship()
    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once

    @property
    def kinds(self) -> tuple[RightKind, ...]:
        """The specialities as members of the closed list, in its order."""
        return tuple(kind for kind in RightKind if kind.value in self.specialities)

    def holds_on(self, day: dt.date) -> bool:
        """Whether the registration covers `day` (both ends included)."""
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or day <= self.until_on)


class Training(Base):
    """Training a mediator took part in: one row a day and subject."""

    __tablename__ = "training"
    __table_args__ = (CheckConstraint("hours > 0", name="hours_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"), index=True)
    on: Mapped[dt.date] = mapped_column("on_date", comment="The day of the training")
    hours: Mapped[Decimal] = mapped_column(Numeric(6, 1))
    subject: Mapped[str]
