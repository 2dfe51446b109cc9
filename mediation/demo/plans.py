"""How the demonstration's disputes go: dated moves, chosen by chance from a seed, before any database is asked.

A `Life` is one dispute from its receipt to its file, told to the end; `histories` plays it up to today. The year 2023
is shaped so that its dispute-level completion rate comes out at the figure the zone published: by how many of the
autumn's disputes drag on over the turn of the year. The rate itself stands nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from mediation.cases import deadlines, dispute
from mediation.cases.facts import Fact, Relation
from mediation.cases.intake import Intake
from mediation.channels import Channel
from mediation.demo import data
from mediation.demo.matters import Door, Matters, chance, pick
from mediation.terms import (
    Action,
    AgreementForm,
    AgreementScope,
    ConfirmationState,
    EntryForm,
    HandoverReason,
    MediatorRole,
    NotAcceptedReason,
    OfferRejection,
    OnwardRoute,
    Outcome,
    PerformanceState,
    ReopenCause,
    Source,
    State,
    SuspendReason,
)

FIRST_YEAR = 2022
SHAPED_YEAR = 2023
TURN = dt.date(SHAPED_YEAR + 1, 1, 1)
ENDED_PER_MILLE = 860
"""Of the shaped year's disputes so many in a thousand ended: the zone reported 86 % for 2023."""

BLOCK = 50
"""Of each so many disputes a whole number is exactly ENDED_PER_MILLE."""

VOLUMES = {2022: 235, 2023: 275, 2024: 330, 2025: 345}
LATER_VOLUME = 360

SEED = "佛山三调联动"
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)

TRIED = ((Outcome.AGREED_WRITTEN, 52), (Outcome.AGREED_ORAL, 6), (Outcome.AGREED_PART, 4),
         (Outcome.SETTLED_WITHDRAWN, 9), (Outcome.WITHDRAWN, 4), (Outcome.DEADLOCK, 14), (Outcome.REFUSED_BY_PARTY, 5),
         (Outcome.UNREACHABLE, 3), (Outcome.LIMIT_PASSED, 2), (Outcome.REFUSED_TO_SIGN, 1))  # fmt: skip
SENT_BY_COURT = ((Outcome.AGREED_WRITTEN, 31), (Outcome.AGREED_PART, 3), (Outcome.SETTLED_WITHDRAWN, 10),
                 (Outcome.WITHDRAWN, 5), (Outcome.DEADLOCK, 29), (Outcome.REFUSED_BY_PARTY, 11),
                 (Outcome.UNREACHABLE, 7), (Outcome.LIMIT_PASSED, 4))  # fmt: skip
AT_THE_FAIR = ((Outcome.AGREED_WRITTEN, 55), (Outcome.AGREED_ORAL, 25), (Outcome.DEADLOCK, 20))

PERFORMED = ((PerformanceState.PERFORMED, 81), (PerformanceState.LATE, 8), (PerformanceState.PARTLY, 5),
             (PerformanceState.NOT_PERFORMED, 3), (PerformanceState.ENFORCED, 2),
             (PerformanceState.SUED, 1))  # fmt: skip

AGREED = frozenset({Outcome.AGREED_WRITTEN, Outcome.AGREED_ORAL, Outcome.AGREED_PART})
FAILED = frozenset({Outcome.DEADLOCK, Outcome.REFUSED_BY_PARTY, Outcome.UNREACHABLE, Outcome.LIMIT_PASSED,
                    Outcome.REFUSED_TO_SIGN})  # fmt: skip


@dataclass(frozen=True)
class Move:
    """One dated move on the proceeding with that number. Organisations and mediators are told by key and name."""

    on: dt.date
    action: Action
    number: int = 1
    told: Mapping[Fact, object] = field(default_factory=dict)


@dataclass
class Life:
    """One dispute. `elastic`: its ending may be put off without contradicting anything else it tells."""

    organisation: str
    intake: Intake
    moves: list[Move] = field(default_factory=list)
    elastic: bool = False

    @property
    def received_on(self) -> dt.date:
        """The day it was received."""
        return self.intake.received_on

    @property
    def ended_on(self) -> dt.date:
        """The day of its first END."""
        return next(move.on for move in self.moves if move.action is Action.END)


def working_day(day: dt.date) -> dt.date:
    """The day, or the next that is worked."""
    calendar = deadlines.load_calendar()
    while not calendar.is_working_day(day):
        day += DAY
    return day


def mediators_of(organisation: str, on: dt.date) -> list[data.MediatorData]:
    """Who was registered with the organisation on the day."""
    return [
        mediator
        for mediator in data.MEDIATORS
        for registration in mediator.registrations
        if registration.organisation == organisation
        and registration.from_on <= on
        and (registration.until_on is None or on <= registration.until_on)
    ]


class Telling:
    """Tells one life move by move; `day` is the day of the move told last."""

    def __init__(self, rng: Random, door: Door, intake: Intake) -> None:
        self.rng = rng
        self.door = door
        self.life = Life(door.organisation, intake)
        self.day = intake.received_on
        self.number = 1
        self.organisation = door.organisation
        self.channel = door.channel
        self.entry_form = door.entry_form
        self.outcome: Outcome | None = None
        self.lead: str | None = None
        # At a fair everything happens on the spot, on any day of the week.
        self.on_the_spot = False

    def tell(self, action: Action, **told: object) -> None:
        """Let the move happen on `day`. `told` by the codes of facts."""
        facts = {Fact(code): value for code, value in told.items()}
        self.life.moves.append(Move(self.day, action, self.number, facts))

    def wait(self, least: int, most: int) -> None:
        """Let some days pass, up to a working day."""
        if not self.on_the_spot:
            self.day = working_day(self.day + DAY * self.rng.randint(least, most))

    # The first days ---------------------------------------------------------------------------------------------

    def accept(self, least: int = 0, most: int = 5) -> None:
        """Acceptance, with what the channel asks for."""
        received = self.day
        self.wait(least, most)
        told: dict[str, object] = {}
        if self.entry_form in (EntryForm.DELEGATED, EntryForm.ENTRUSTED):
            word = "委派" if self.entry_form is EntryForm.DELEGATED else "委托"
            told = {"letter_number": f"{word}函〔{received.year}〕{self.rng.randrange(1, 900)}号",
                    "referral_on": received - DAY * self.rng.randint(0, 4)}  # fmt: skip
        if self.channel is Channel.ADMINISTRATIVE:
            told = {"respondent_consent_on": self.day}
        self.tell(Action.ACCEPT, **told)

    def assign(self, lead: str | None = None) -> None:
        """A lead out of those registered that day (or the one named), sometimes a second mediator."""
        if lead is not None:
            self.lead = lead
            self.tell(Action.ASSIGN, mediator=lead, mediator_role=MediatorRole.LEAD, relation=Relation.NONE)
            return
        self.wait(0, 1)
        ready = mediators_of(self.organisation, self.day)
        # The first of the list carry far more: an office has one or two full-time mediators and many helpers.
        chosen = pick(self.rng, [(m, max(40 >> place, 3)) for place, m in enumerate(ready)])
        self.lead = chosen.name
        self.tell(Action.ASSIGN, mediator=chosen.name, mediator_role=MediatorRole.LEAD, relation=Relation.NONE)
        others = [m for m in ready if m is not chosen]
        if others and chance(self.rng, 8):
            second = self.rng.choice(others).name
            self.tell(Action.ASSIGN, mediator=second, mediator_role=MediatorRole.CO, share=0, relation=Relation.NONE)

    def start(self) -> None:
        """Mediation begins; after an earlier refusal with fresh consent."""
        self.wait(1, 4)
        told: dict[str, object] = {"first_contact_on": self.day}
        if self.number > 1:
            told["fresh_consent_on"] = self.day
        self.tell(Action.START, **told)
        taking_part = {m.told[Fact.MEDIATOR] for m in self.life.moves if Fact.MEDIATOR in m.told}
        fresh = [m.name for m in mediators_of(self.organisation, self.day) if m.name not in taking_part]
        if fresh and self.lead is not None and chance(self.rng, 2):
            self.replace(self.rng.choice(fresh), "原调解员外出学习")

    # The middle -------------------------------------------------------------------------------------------------

    def suspend(self) -> None:
        """A stop for an appraisal or a validity proceeding."""
        self.wait(1, 6)
        reasons = ((SuspendReason.APPRAISAL, 50), (SuspendReason.VALIDITY, 40), (SuspendReason.OTHER, 10))
        reason = pick(self.rng, reasons)
        self.tell(Action.SUSPEND, suspend_reason=reason)
        self.wait(20, 90)
        self.tell(Action.RESUME)

    def extend(self) -> None:
        """Both sides grant more time; how much, the limit says on the day (see `histories`)."""
        self.wait(1, 3)
        self.tell(Action.EXTEND, applicant_consents=True, respondent_consents=True, reason="双方同意继续协商")

    def replace(self, name: str, reason: str) -> None:
        """Another lead takes over."""
        self.tell(Action.REPLACE, leaving=self.lead, mediator=name, relation=Relation.NONE, reason=reason)
        self.lead = name

    def hand_over_lead(self, until: dt.date) -> None:
        """Whoever leaves the organisation before `until` passes the case on."""
        if self.lead is None:
            return
        staying = mediators_of(self.organisation, until)
        if any(m.name == self.lead for m in staying):
            return
        mediator = next(m for m in data.MEDIATORS if m.name == self.lead)
        last = next(r.until_on for r in mediator.registrations if r.organisation == self.organisation)
        assert last is not None
        taking_part = {m.told[Fact.MEDIATOR] for m in self.life.moves if Fact.MEDIATOR in m.told}
        fresh = [m.name for m in staying if m.name not in taking_part]
        self.day = max(self.day, last)
        self.replace(fresh[0], "原调解员离任")

    # The end ----------------------------------------------------------------------------------------------------

    def end(self, outcome: Outcome) -> None:
        """The end with its outcome; an agreement is recorded on its own when it was signed in writing."""
        self.outcome = outcome
        told: dict[str, object] = {"outcome": outcome}
        if outcome in FAILED:
            told["routes_explained"] = True
            told["onward_route"] = pick(self.rng, ((OnwardRoute.TRIAL, 60), (OnwardRoute.ADJUDICATION, 12),
                                                   (OnwardRoute.NONE, 28)))  # fmt: skip
        if outcome is Outcome.AGREED_WRITTEN:
            self._agree()
            self.wait(0, 2)
        elif outcome in AGREED:
            told |= {"signed_on": self.day, "amount": self._amount(), "performance_due_on": self.day + DAY * 15}
        self.tell(Action.END, **told)

    def _amount(self) -> Decimal:
        claimed = self.life.intake.amount_claimed or Decimal(60_000)
        return (claimed * self.rng.randint(15, 70) / 100).quantize(Decimal(100))

    def _agree(self) -> None:
        at_once = chance(self.rng, 15)
        told: dict[str, object] = {
            "agreement_scope": AgreementScope.WHOLE,
            "agreement_form": AgreementForm.PERFORMED_AT_ONCE if at_once else AgreementForm.WRITTEN,
            "amount": self._amount(),
        }
        if not at_once:
            told |= {"mediator_signed_on": self.day, "sealed_on": self.day}
            if chance(self.rng, 94):
                told["performance_due_on"] = self.day + DAY * self.rng.choice((7, 15, 30, 60, 90))
        self.tell(Action.AGREE, **told)

    def afterwards(self) -> None:
        """Confirmation, performance, follow-up, closing, filing – told of an ended proceeding."""
        if self.outcome in AGREED:
            agreed_on = self.day
            agreed = next(m.told for m in reversed(self.life.moves) if Fact.AMOUNT in m.told)
            if agreed.get(Fact.AGREEMENT_FORM) is not AgreementForm.PERFORMED_AT_ONCE:
                self._confirm()
                self._performed(agreed.get(Fact.PERFORMANCE_DUE_ON), agreed_on)
        if self.outcome in AGREED and chance(self.rng, 60):
            self.wait(5, 30)
            told: dict[str, object] = {"satisfaction": pick(self.rng, ((5, 55), (4, 30), (3, 10), (2, 4), (1, 1)))}
            if chance(self.rng, 4):
                told["new_risk"] = "被申请人表示资金周转困难,需继续关注。"
            self.tell(Action.FOLLOW_UP, **told)
        self.close()

    def _confirm(self) -> None:
        if not chance(self.rng, 22 if self.channel is not Channel.ADMINISTRATIVE else 12):
            return
        self.wait(1, 12)
        self.tell(Action.APPLY_CONFIRMATION, court="佛山知识产权法庭")
        self.wait(3, 14)
        decided = pick(self.rng, ((ConfirmationState.CONFIRMED, 90), (ConfirmationState.REJECTED, 4),
                                  (ConfirmationState.WITHDRAWN, 6)))  # fmt: skip
        number = f"({self.day.year})粤06民特{self.rng.randrange(1, 999)}号"
        confirmed = {"confirmation_number": number} if decided is ConfirmationState.CONFIRMED else {}
        self.tell(Action.DECIDE_CONFIRMATION, confirmation=decided, **confirmed)

    def _performed(self, due: object, agreed_on: dt.date) -> None:
        if not isinstance(due, dt.date):
            return
        how = pick(self.rng, PERFORMED)
        if how is PerformanceState.PERFORMED:
            paid = agreed_on + DAY * self.rng.randint(0, max(0, (due - agreed_on).days))
        else:
            paid = due + DAY * self.rng.randint(2, 40)
        self.day = max(self.day, paid)
        self.tell(Action.PERFORM, performance=how)

    def close(self) -> None:
        """Close and file; some papers lie about for long, some for ever."""
        if not chance(self.rng, 92):
            return
        self.wait(0, 12)
        self.tell(Action.CLOSE)
        if chance(self.rng, 88):
            self.wait(2, 40)
            self.tell(Action.FILE)

    # Handing over -----------------------------------------------------------------------------------------------

    def offer(self, to: str, reason: HandoverReason) -> None:
        """A handover offer to an organisation."""
        channel = data.BY_KEY[to].channel
        self.tell(Action.OFFER, to_organisation=to, to_channel=channel, handover_reason=reason,
                  paper="案件移交函", paper_number=f"移〔{self.day.year}〕{self.rng.randrange(1, 300)}号")  # fmt: skip

    def received_by(self, to: str) -> None:
        """The receiver takes it: a new proceeding."""
        self.wait(1, 4)
        self.tell(Action.OFFER_ACCEPTED, entry_form=EntryForm.TRANSFERRED)
        self.number += 1
        self.organisation, self.channel, self.entry_form = to, data.BY_KEY[to].channel, EntryForm.TRANSFERRED
        self.lead = None

    def reopen(self, cause: ReopenCause) -> None:
        """Mediated again by the same organisation."""
        self.tell(Action.REOPEN, reopen_cause=cause, entry_form=EntryForm.OWN)
        self.number += 1
        self.entry_form = EntryForm.OWN
        self.lead = None

    def mediated(self, outcomes: Sequence[tuple[Outcome, int]], *, least: int = 4, most: int = 24) -> None:
        """From the day of receipt to an end, in the plainest way."""
        self.accept()
        self.assign()
        self.start()
        self.wait(least, most)
        self.hand_over_lead(self.day)
        self.end(pick(self.rng, outcomes))


# Kinds of lives -----------------------------------------------------------------------------------------------------


def outcomes_of(door: Door) -> Sequence[tuple[Outcome, int]]:
    """How such disputes go: what a court sends is harder than who walks in."""
    return SENT_BY_COURT if door.source is Source.COURT else TRIED


def live_plainly(t: Telling) -> None:
    """Received, accepted, mediated, ended, put away; may be put off over the turn of a year."""
    slow = t.channel is Channel.ADMINISTRATIVE
    t.mediated(outcomes_of(t.door), least=8 if slow else 3, most=50 if slow else pick(t.rng, ((22, 80), (55, 20))))
    t.afterwards()
    t.life.elastic = not any(m.action is Action.REPLACE for m in t.life.moves)


def live_on_the_spot(t: Telling) -> None:
    """At a fair: everything on one day."""
    t.on_the_spot = True
    t.mediated(AT_THE_FAIR)
    t.on_the_spot = False
    t.afterwards()


def live_turned_away(t: Telling) -> None:
    """Never accepted: refused or withdrawn early."""
    t.wait(2, 9)
    if chance(t.rng, 30):
        t.tell(Action.WITHDRAW_EARLY)
    else:
        reasons = [(NotAcceptedReason.NOT_COMPETENT, 30), (NotAcceptedReason.MATERIALS_MISSING, 40)]
        if t.channel is Channel.ADMINISTRATIVE:
            reasons += [(NotAcceptedReason.RESPONDENT_REFUSED, 60), (NotAcceptedReason.RESPONDENT_SILENT, 40)]
        t.tell(Action.REFUSE, not_accepted_reason=pick(t.rng, reasons))
    t.close()


def live_with_a_stop(t: Telling) -> None:
    """Suspended and resumed on the way."""
    t.accept()
    t.assign()
    t.start()
    t.suspend()
    t.wait(3, 15)
    t.hand_over_lead(t.day)
    t.end(pick(t.rng, outcomes_of(t.door)))
    t.afterwards()


def live_extended(t: Telling) -> None:
    """With more time granted in time, and used."""
    t.accept()
    t.assign()
    t.start()
    t.extend()
    t.wait(18, 40)
    t.hand_over_lead(t.day)
    t.end(pick(t.rng, outcomes_of(t.door)))
    t.afterwards()


def live_passed_on(t: Telling) -> None:
    """Sent on before acceptance: the wrong door."""
    to = another(t.rng, t)
    t.wait(0, 2)
    t.offer(to, HandoverReason.COMPETENCE)
    t.received_by(to)
    t.mediated(TRIED)
    t.afterwards()


def live_transferred(t: Telling) -> None:
    """Handed over while under way, by the parties' choice."""
    t.accept()
    t.assign()
    t.start()
    t.wait(3, 15)
    to = another(t.rng, t)
    t.offer(to, pick(t.rng, ((HandoverReason.PARTIES_CHOICE, 70), (HandoverReason.COMPETENCE, 30))))
    t.received_by(to)
    t.mediated(TRIED)
    t.afterwards()


def live_tried_twice(t: Telling) -> None:
    """Failed here, offered to the next, mediated there: the collaboration at work."""
    t.mediated(((Outcome.DEADLOCK, 70), (Outcome.REFUSED_BY_PARTY, 30)))
    t.life.moves[-1] = replace(t.life.moves[-1], told={**t.life.moves[-1].told, Fact.ONWARD_ROUTE: OnwardRoute.NONE})
    to = another(t.rng, t)
    t.offer(to, HandoverReason.FAILED)
    t.received_by(to)
    t.mediated(TRIED)
    t.afterwards()


def live_turned_back(t: Telling) -> None:
    """Offered and rejected, or recalled: it stays where it was."""
    t.accept()
    t.assign()
    t.start()
    t.wait(2, 10)
    t.offer(another(t.rng, t), HandoverReason.PARTIES_CHOICE)
    t.wait(1, 6)
    if chance(t.rng, 25):
        t.tell(Action.RECALL)
    else:
        reason = pick(t.rng, ((OfferRejection.PARTY_UNWILLING, 40), (OfferRejection.CAPACITY, 35),
                              (OfferRejection.PAPERS_MISSING, 25)))  # fmt: skip
        t.tell(Action.OFFER_REJECTED, rejection=reason)
    t.wait(2, 12)
    t.hand_over_lead(t.day)
    t.end(pick(t.rng, outcomes_of(t.door)))
    t.afterwards()


def live_reopened(t: Telling) -> None:
    """Ended without success and applied for again months later."""
    t.mediated(((Outcome.WITHDRAWN, 30), (Outcome.DEADLOCK, 40), (Outcome.UNREACHABLE, 30)))
    t.wait(30, 220)
    t.reopen(ReopenCause.APPLIED_AGAIN)
    t.mediated(TRIED)
    t.afterwards()


def live_annulled(t: Telling) -> None:
    """An agreement declared void by a court, then mediated anew."""
    t.mediated(((Outcome.AGREED_WRITTEN, 100),))
    t.wait(40, 160)
    t.tell(Action.ANNUL, ruling=f"({t.day.year})粤06民终{t.rng.randrange(100, 999)}号民事判决")
    t.wait(3, 20)
    t.reopen(ReopenCause.VOID_AGREEMENT)
    t.mediated(TRIED)
    t.afterwards()


LIVES = ((live_plainly, 760), (live_turned_away, 70), (live_with_a_stop, 35), (live_extended, 45),
         (live_passed_on, 20), (live_transferred, 18), (live_tried_twice, 22), (live_turned_back, 14),
         (live_reopened, 12), (live_annulled, 4))  # fmt: skip


def another(rng: Random, t: Telling) -> str:
    """An organisation of another channel, by its weight."""
    return pick(rng, [(o.key, o.weight) for o in data.ORGANISATIONS if o.channel is not t.channel and o.weight])


# A year ---------------------------------------------------------------------------------------------------------------


def door(rng: Random, day: dt.date) -> Door:
    """Which way a dispute comes in."""
    channel = pick(rng, ((Channel.PEOPLE, 52), (Channel.JUDICIAL, 32), (Channel.ADMINISTRATIVE, 16)))
    at = pick(rng, [(o.key, o.weight) for o in data.ORGANISATIONS if o.channel is channel and o.weight])
    match channel:
        case Channel.JUDICIAL:
            form = pick(rng, ((EntryForm.DELEGATED, 72), (EntryForm.ENTRUSTED, 28)))
            return Door(at, channel, Source.COURT, form)
        case Channel.ADMINISTRATIVE:
            source = pick(rng, ((Source.PARTY, 70), (Source.HOTLINE, 20), (Source.PLATFORM, 10)))
        case _:
            source = pick(rng, ((Source.PARTY, 62), (Source.ADMINISTRATIVE_ORGAN, 12), (Source.PLATFORM, 12),
                                (Source.COMMITTEE, 6), (Source.HOTLINE, 5), (Source.POLICE_GOVERNMENT, 3)))  # fmt: skip
    return Door(at, channel, source, EntryForm.OWN)


def make_year(year: int, volume: int, seed: str = SEED) -> list[Life]:
    """The disputes received in a year, by the day. The same for the same seed, whatever other years were made."""
    rng = Random(f"{seed}-{year}")  # noqa: S311 - chance from a seed is the point
    matters = Matters(rng, first=_first_serial(year))
    lives = [*_fairs(rng, matters, year, volume), *_series(rng, matters, year, volume)]
    while len(lives) < volume:
        lives.append(_one(rng, matters, _some_day(rng, year)))
    return sorted(lives, key=lambda life: life.received_on)


def _first_serial(year: int) -> int:
    # Nine years of serials without a repetition (data.credit_code has 961, holders take the last).
    return (year - FIRST_YEAR) % 9 * 100


def _some_day(rng: Random, year: int) -> dt.date:
    # Fewer around the Spring Festival.
    while True:
        day = dt.date(year, 1, 4) + DAY * rng.randrange(355)
        if (day.month > 2 or chance(rng, 60)) and working_day(day) == day:
            return day


def _one(rng: Random, matters: Matters, day: dt.date) -> Life:
    at = door(rng, day)
    telling = Telling(rng, at, matters.make(at, day))
    pick(rng, LIVES)(telling)
    return telling.life


def _fairs(rng: Random, matters: Matters, year: int, volume: int) -> Iterator[Life]:
    at = Door(data.EXPO, Channel.PEOPLE, Source.EXHIBITION, EntryForm.OWN)
    for month, first, name in data.EXHIBITIONS:
        for _ in range(volume * 6 // 350):
            day = dt.date(year, month, first) + DAY * rng.randrange(4)
            intake = matters.make(at, day)
            telling = Telling(rng, at, replace(intake, facts=f"{name}:{intake.facts}"))
            live_on_the_spot(telling)
            yield telling.life


def _series(rng: Random, matters: Matters, year: int, volume: int) -> Iterator[Life]:
    holder = data.SERIES_HOLDERS[year % len(data.SERIES_HOLDERS)]
    number = f"国作登字-{year - 2}-F-{rng.randrange(10_000, 99_999):08d}"
    at = Door("nanhai_court", Channel.JUDICIAL, Source.COURT, EntryForm.DELEGATED)
    day = dt.date(year, 3 + year % 3, 6)
    for _ in range(volume * 26 // 350):
        day = working_day(day + DAY * rng.randrange(2))
        telling = Telling(rng, at, matters.make_series(at, day, holder, number))
        telling.mediated(((Outcome.AGREED_WRITTEN, 55), (Outcome.SETTLED_WITHDRAWN, 15), (Outcome.DEADLOCK, 20),
                          (Outcome.UNREACHABLE, 10)))  # fmt: skip
        telling.afterwards()
        yield telling.life


# The shaped year ------------------------------------------------------------------------------------------------------


def spells_of(life: Life) -> tuple[dispute.Spell, ...]:
    """The days a life is open, by its plan."""
    attempts = {1: dispute.Attempt(1, State.REGISTERED, life.received_on)}
    offers: list[dispute.OfferSpan] = []
    for move in life.moves:
        this = attempts[move.number]
        match move.action:
            case Action.ACCEPT:
                attempts[this.seq] = replace(this, accepted_on=move.on)
            case Action.REFUSE | Action.WITHDRAW_EARLY:
                attempts[this.seq] = replace(this, not_accepted_on=move.on)
            case Action.END:
                attempts[this.seq] = replace(this, ended_on=move.on)
            case Action.OFFER:
                offers.append(dispute.OfferSpan(move.on, None))
            case Action.RECALL | Action.OFFER_REJECTED:
                offers[-1] = replace(offers[-1], answered_on=move.on)
            case Action.OFFER_ACCEPTED:
                offers[-1] = replace(offers[-1], answered_on=move.on)
                if this.accepted_on is None:
                    attempts[this.seq] = replace(this, not_accepted_on=move.on)
                elif this.ended_on is None:
                    attempts[this.seq] = replace(this, ended_on=move.on)
                attempts[this.seq + 1] = dispute.Attempt(this.seq + 1, State.REGISTERED, move.on)
            case Action.REOPEN:
                attempts[this.seq + 1] = dispute.Attempt(this.seq + 1, State.REGISTERED, move.on)
    return dispute.spells(list(attempts.values()), offers)


def flow(lives: Sequence[Life], year: int) -> tuple[int, int]:
    """How many disputes were open some time in the year, and how many of them were not at its end."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    told = [spells_of(life) for life in lives]
    present = [
        spells
        for spells in told
        if any(s.opened_on <= last and (s.ended_on is None or s.ended_on >= first) for s in spells)
    ]
    kept = [
        spells
        for spells in present
        if any(s.opened_on <= last and (s.ended_on is None or s.ended_on > last) for s in spells)
    ]
    return len(present), len(present) - len(kept)


def shape(earlier: Sequence[Life], lives: list[Life], seed: str = SEED) -> list[Life]:
    """The shaped year's lives, so that exactly ENDED_PER_MILLE of the disputes open in it end in it.

    Plain disputes are added up to a whole BLOCK, then the last to end are put off over the turn of the year.
    """
    rng = Random(f"{seed}-shape")  # noqa: S311 - chance from a seed is the point
    matters = Matters(rng, first=_first_serial(SHAPED_YEAR) + 60, numbers=9000)
    shaped = list(lives)
    while True:
        present, ended = flow([*earlier, *shaped], SHAPED_YEAR)
        surplus = ended - present * ENDED_PER_MILLE // 1000
        ready = _could_be_put_off(shaped)
        if present % BLOCK == 0 and 0 <= surplus <= len(ready):
            break
        at = Door(data.HOME, Channel.PEOPLE, Source.PARTY, EntryForm.OWN)
        telling = Telling(rng, at, matters.make(at, _some_day(rng, SHAPED_YEAR)))
        live_plainly(telling)
        shaped.append(telling.life)
    for life in ready[len(ready) - surplus :]:
        _put_off(life)
    return sorted(shaped, key=lambda life: life.received_on)


def _could_be_put_off(lives: Sequence[Life]) -> list[Life]:
    """Disputes of the autumn that ended in time, the last to end behind."""
    return sorted(
        (life for life in lives if life.elastic and life.ended_on < TURN and life.received_on > TURN - DAY * 120),
        key=lambda life: (life.ended_on, life.received_on),
    )


def _put_off(life: Life) -> None:
    """Move everything after the start by whole weeks, so that it ends only behind the turn of the year."""
    weeks = (TURN - life.ended_on).days // 7 + 1
    started = next(place for place, move in enumerate(life.moves) if move.action is Action.START)
    for place in range(started + 1, len(life.moves)):
        move = life.moves[place]
        told = {f: value + WEEK * weeks if isinstance(value, dt.date) else value for f, value in move.told.items()}
        life.moves[place] = replace(move, on=move.on + WEEK * weeks, told=told)


def make_lives(today: dt.date, *, scale: float = 1.0, seed: str = SEED) -> list[Life]:
    """Every dispute received from FIRST_YEAR up to `today`, in the order received, each told to its end.

    `scale`: a part of the volume, for tests.
    """
    years = {
        year: make_year(year, max(1, round(VOLUMES.get(year, LATER_VOLUME) * scale)), seed)
        for year in range(FIRST_YEAR, max(today.year, SHAPED_YEAR) + 1)
    }
    years[SHAPED_YEAR] = shape(years[FIRST_YEAR], years[SHAPED_YEAR], seed)
    return [life for lives in years.values() for life in lives if life.received_on <= today]
