"""The dispute, derived from its proceedings and offers: spells, state, class. PURE.

A dispute is *open at the end of day d* when it was accepted by then and a proceeding accepted or later is
live, or a further proceeding is registered and undecided, or an offer is pending. Its *spells* are the
maximal runs of such days; a dispute that opened and ended on one day has a spell of that single day.
Everything here is recomputed from dated facts, never edited by hand. Source: the law book, section 4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mediation.terms import CaseState, OutcomeClass, State

RANK: dict[OutcomeClass, int] = {
    OutcomeClass.NEVER_STARTED: 0,
    OutcomeClass.NEUTRAL: 1,
    OutcomeClass.FAILURE: 2,
    OutcomeClass.PART: 3,
    OutcomeClass.SUCCESS: 4,
}
"""Success beats part beats failure beats neutral beats never started."""

AGREED_RANK = RANK[OutcomeClass.PART]


@dataclass(frozen=True)
class Attempt:
    """The dated facts of one proceeding that the dispute derives from. `seq` counts from 1 in the case.

    `result`: class of an ended attempt, as it was before any annulment; `voided_on`: the day its (last)
    agreement was annulled.
    """

    seq: int
    state: State
    received_on: dt.date
    accepted_on: dt.date | None = None
    not_accepted_on: dt.date | None = None
    ended_on: dt.date | None = None
    result: OutcomeClass | None = None
    voided_on: dt.date | None = None

    def class_at(self, day: dt.date) -> OutcomeClass | None:
        """Its class by the facts dated up to `day`; None while it had not ended."""
        if self.ended_on is None or self.ended_on > day or self.result is None:
            return None
        return OutcomeClass.FAILURE if self.voided_on is not None and self.voided_on <= day else self.result


@dataclass(frozen=True)
class OfferSpan:
    """From the day an offer was made until it was answered or recalled."""

    offered_on: dt.date
    answered_on: dt.date | None


@dataclass(frozen=True)
class Spell:
    """Open at the end of every day from `opened_on` up to but not including `ended_on` (None: still open)."""

    opened_on: dt.date
    ended_on: dt.date | None


@dataclass(frozen=True)
class Dispute:
    """What a case stores of its derivation. `entry_seq`: first accepted attempt; `concluding_seq`: see the law book."""

    state: CaseState
    accepted_on: dt.date | None
    ended_on: dt.date | None
    result: OutcomeClass | None
    spells: tuple[Spell, ...]
    entry_seq: int | None
    concluding_seq: int | None


def _merge(spans: Iterable[Spell]) -> tuple[Spell, ...]:
    merged: list[Spell] = []
    for span in sorted(spans, key=lambda s: (s.opened_on, s.ended_on or dt.date.max)):
        last = merged[-1] if merged else None
        if last is None or (last.ended_on is not None and span.opened_on > last.ended_on):
            merged.append(span)
        elif last.ended_on is not None and (span.ended_on is None or span.ended_on > last.ended_on):
            merged[-1] = Spell(last.opened_on, span.ended_on)
    return tuple(merged)


def spells(attempts: Sequence[Attempt], offers: Iterable[OfferSpan]) -> tuple[Spell, ...]:
    """The spells of a dispute; none when nothing was ever accepted."""
    accepted = min((a.accepted_on for a in attempts if a.accepted_on is not None), default=None)
    if accepted is None:
        return ()
    spans = [Spell(a.accepted_on, a.ended_on) for a in attempts if a.accepted_on is not None]
    for attempt in attempts:
        if attempt.seq > 1:
            decided = attempt.accepted_on or attempt.not_accepted_on
            spans.append(Spell(attempt.received_on, decided))
    spans += [Spell(o.offered_on, o.answered_on) for o in offers]
    clipped = [
        Spell(max(s.opened_on, accepted), s.ended_on)
        for s in spans
        if s.ended_on is None or s.ended_on >= accepted
    ]
    return _merge(clipped)


def best(classes: Iterable[OutcomeClass | None]) -> OutcomeClass | None:
    """The best class by RANK; None of nothing."""
    return max((c for c in classes if c is not None), key=RANK.__getitem__, default=None)


def derive(attempts: Sequence[Attempt], offers: Sequence[OfferSpan]) -> Dispute:
    """The dispute as known now. `attempts` without undone ones, in any order."""
    runs = spells(attempts, offers)
    live = [a for a in attempts if a.state not in (State.ENDED, State.NOT_ACCEPTED)]
    pending = any(o.answered_on is None for o in offers)
    if not runs:
        undecided = bool(live) or pending
        state = CaseState.UNDECIDED if undecided else CaseState.NEVER_ACCEPTED
        return Dispute(state, None, None, None, (), None, None)
    is_open = runs[-1].ended_on is None
    if not is_open:
        state = CaseState.ENDED
    elif any(a.state is State.SUSPENDED for a in live):
        state = CaseState.SUSPENDED
    else:
        state = CaseState.OPEN
    entry = min((a for a in attempts if a.accepted_on is not None), key=lambda a: (a.accepted_on, a.seq))
    ended = [a for a in attempts if a.class_at(dt.date.max) is not None]
    result = best(a.class_at(dt.date.max) for a in ended)
    concluding = max(
        (a for a in ended if a.class_at(dt.date.max) is result),
        key=lambda a: (a.ended_on or dt.date.min, a.seq),
        default=None,
    )
    return Dispute(
        state,
        runs[0].opened_on,
        runs[-1].ended_on,
        result,
        runs,
        entry.seq,
        concluding.seq if concluding else None,
    )


@dataclass(frozen=True)
class Lead:
    """A lead mediator's assignment; `until_on` is the day another took over."""

    mediator_id: int
    from_on: dt.date
    until_on: dt.date | None


@dataclass(frozen=True)
class Tenure:
    """A run of days of a proceeding under one lead (None: none was named yet).

    `took_over`: it followed another lead's; `handed_on`: another lead followed.
    """

    mediator_id: int | None
    from_on: dt.date
    until_on: dt.date | None
    took_over: bool
    handed_on: bool


def tenures(accepted_on: dt.date | None, ended_on: dt.date | None, leads: Sequence[Lead]) -> tuple[Tenure, ...]:
    """The leads of a proceeding by day, from its acceptance to its end.

    The first lead bears the days before the appointment; a lead of no full day counts only when last.
    """
    if accepted_on is None:
        return ()
    ordered = sorted(leads, key=lambda lead: lead.from_on)
    if not ordered:
        return (Tenure(None, accepted_on, ended_on, took_over=False, handed_on=False),)
    runs: list[tuple[int, dt.date]] = []
    for place, lead in enumerate(ordered):
        start = accepted_on if place == 0 else max(lead.from_on, accepted_on)
        if ended_on is not None and start > ended_on:
            break
        if runs and runs[-1][1] == start:
            runs.pop()
        if runs and runs[-1][0] == lead.mediator_id:
            continue
        runs.append((lead.mediator_id, start))
    return tuple(
        Tenure(
            mediator_id,
            start,
            runs[place + 1][1] if place + 1 < len(runs) else ended_on,
            took_over=place > 0,
            handed_on=place + 1 < len(runs),
        )
        for place, (mediator_id, start) in enumerate(runs)
    )
