"""The cast, introduced once, and what it does before a test begins: everything goes through the actions.

The zone has three organisations, one of each channel, with a mediator each (`mediation.demo.play.set_stage`). Most
of the cast belongs to the committee; `stranger` and `other_clerk` belong to the court and must see nothing of it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask.testing import FlaskClient

from mediation import clock
from mediation.cases import actions, intake
from mediation.cases.facts import Fact, Relation
from mediation.cases.intake import Intake, PartyEntry, RightEntry
from mediation.cases.models import Case, Offer
from mediation.cases.queries import Subject
from mediation.channels import Channel
from mediation.database import Session
from mediation.demo import play
from mediation.demo.play import Stage, at_noon
from mediation.people import actions as people
from mediation.people import passwords
from mediation.people.permissions import Person
from mediation.people.queries import SignedIn, signed_in
from mediation.register.models import Organisation
from mediation.terms import (
    Action,
    EntryForm,
    HandoverReason,
    MediatorRole,
    Outcome,
    PartyResult,
    PartyRole,
    RightKind,
    Role,
    Source,
)

PASSWORD = "nine quiet herons wade"
SINCE = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Cast:
    """One person of each role; who belongs to an organisation belongs to the committee, if nothing else is said."""

    stage: Stage
    clerk: SignedIn
    mediator: SignedIn
    organisation_admin: SignedIn
    stranger: SignedIn
    other_clerk: SignedIn
    zone_admin: SignedIn
    auditor: SignedIn
    award_staff: SignedIn
    system_admin: SignedIn

    @property
    def everybody(self) -> tuple[SignedIn, ...]:
        """All of them."""
        return (
            self.clerk, self.mediator, self.organisation_admin, self.stranger, self.other_clerk, self.zone_admin,
            self.auditor, self.award_staff, self.system_admin,
        )  # fmt: skip

    @property
    def committee(self) -> Organisation:
        """The organisation most of them belong to."""
        return self.stage.organisations[Channel.PEOPLE]

    @property
    def court(self) -> Organisation:
        """The organisation of the strangers."""
        return self.stage.organisations[Channel.JUDICIAL]


@cache
def _password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def make_cast(session: Session, *, since: dt.date = SINCE) -> Cast:
    """The cast with its organisations; user names are the names of the fields. The caller commits."""
    at = at_noon(since)

    def account(name: str, role: Role, channel: Channel | None = None) -> SignedIn:
        mediates = channel is not None and role is Role.MEDIATOR
        made = people.create_account(
            session,
            username=name,
            display_name=f"名 {name}",
            role=role,
            organisation_id=stage.organisations[channel].id if channel else None,
            mediator_id=stage.mediators[channel].id if channel and mediates else None,
            password=PASSWORD,
            password_hash=_password_hash(),
            must_change=False,
            by=None,
            at=at,
        )
        return signed_in(made)

    # The stage's own players act for nobody in particular: no account has this number.
    stage = play.set_stage(session, since=since, account_id=999_999)
    return Cast(
        stage=stage,
        clerk=account("clerk", Role.CLERK, Channel.PEOPLE),
        mediator=account("mediator", Role.MEDIATOR, Channel.PEOPLE),
        organisation_admin=account("organisation_admin", Role.ORGANISATION_ADMIN, Channel.PEOPLE),
        stranger=account("stranger", Role.MEDIATOR, Channel.JUDICIAL),
        other_clerk=account("other_clerk", Role.CLERK, Channel.JUDICIAL),
        zone_admin=account("zone_admin", Role.ZONE_ADMIN),
        auditor=account("auditor", Role.AUDITOR),
        award_staff=account("award_staff", Role.AWARD_STAFF),
        system_admin=account("system_admin", Role.SYSTEM_ADMIN),
    )


# Cases ---------------------------------------------------------------------------------------------------------------


def register_case(
    session: Session,
    cast: Cast,
    *,
    by: Person | None = None,
    channel: Channel = Channel.PEOPLE,
    on: dt.date | None = None,
    applicant: str = "佛山灯具厂",
    respondent: str = "顺德五金店",
    facts: str = "未经许可销售近似外观的台灯",
    kind: RightKind = RightKind.DESIGN,
    **more: Any,
) -> Case:
    """A case registered on `on` (today) by `by` (the stage's administrator of the channel)."""
    day = on or clock.today()
    entry = Intake(
        source=more.pop("source", Source.PARTY),
        channel=channel,
        organisation_id=cast.stage.organisations[channel].id,
        received_on=day,
        facts=facts,
        parties=more.pop("parties", None)
        or (PartyEntry(PartyRole.APPLICANT, applicant), PartyEntry(PartyRole.RESPONDENT, respondent)),
        rights=more.pop("rights", None) or (RightEntry(kind),),
        **more,
    )
    return intake.register(session, entry, by=by or cast.stage.administrators[channel], at=at_noon(day))


def do(session: Session, cast: Cast, subject: Subject, action: Action, on: dt.date, **facts: Any) -> None:
    """One move on its own day, by the administrator of whoever must make it; facts by their codes."""
    channel = subject.proceeding.channel if not hasattr(subject, "channel") else subject.channel
    if isinstance(subject, Offer) and action is not Action.RECALL:
        channel = subject.to_channel
    given = {Fact(code): value for code, value in facts.items()}
    by = cast.stage.administrators[channel]
    actions.perform(session, subject, action, by=by, at=at_noon(on), facts=given)


def accept(session: Session, cast: Cast, case: Case, on: dt.date) -> None:
    """Accept the latest proceeding (of the committee)."""
    do(session, cast, case.proceedings[-1], Action.ACCEPT, on, accepted_on=on)


def assign(session: Session, cast: Cast, case: Case, on: dt.date) -> None:
    """Assign the channel's mediator as the lead of the latest proceeding."""
    proceeding = case.proceedings[-1]
    do(
        session, cast, proceeding, Action.ASSIGN, on, assigned_on=on,
        mediator=cast.stage.mediators[proceeding.channel].id, mediator_role=MediatorRole.LEAD, relation=Relation.NONE,
    )  # fmt: skip


def start(session: Session, cast: Cast, case: Case, on: dt.date) -> None:
    """Start mediating."""
    do(session, cast, case.proceedings[-1], Action.START, on, started_on=on, first_contact_on=on)


def end(session: Session, cast: Cast, case: Case, on: dt.date, outcome: Outcome = Outcome.AGREED_WRITTEN) -> None:
    """End with an agreement of all, or with a failure."""
    agreed = outcome in (Outcome.AGREED_WRITTEN, Outcome.AGREED_ORAL)
    results = {p.id: PartyResult.AGREED if agreed else PartyResult.NOT_AGREED for p in case.respondents}
    facts: dict[str, Any] = {"signed_on": on} if agreed else {"routes_explained": True}
    do(session, cast, case.proceedings[-1], Action.END, on, ended_on=on, outcome=outcome, results=results, **facts)


def offer(session: Session, cast: Cast, case: Case, on: dt.date, to: Channel = Channel.JUDICIAL) -> Offer:
    """Offer the case to the organisation of another channel."""
    do(
        session, cast, case.proceedings[-1], Action.OFFER, on, offered_on=on,
        to_organisation=cast.stage.organisations[to].id, to_channel=to, handover_reason=HandoverReason.COMPETENCE,
        respondents=[p.id for p in case.respondents],
    )  # fmt: skip
    return case.offers[-1]


def answer(session: Session, cast: Cast, found: Offer, on: dt.date) -> None:
    """Accept an offer; the receiver's proceeding is registered."""
    do(session, cast, found, Action.OFFER_ACCEPTED, on, answered_on=on, entry_form=EntryForm.TRANSFERRED)


# Pages ---------------------------------------------------------------------------------------------------------------


def sign_in(browser: FlaskClient, person: SignedIn, language: str = "en") -> FlaskClient:
    """`browser` with `person` signed in, speaking `language`."""
    browser.get(f"/language/{language}")
    page = browser.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    answered = browser.post(
        "/sign-in", data={"csrf_token": token[1], "username": person.username, "password": PASSWORD}
    )
    assert answered.status_code == 303, answered.get_data(as_text=True)
    return browser
