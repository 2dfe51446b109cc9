"""The dispute derived from its proceedings, against a simulation that walks through the days one by one."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediation.cases import dispute
from mediation.cases.dispute import Attempt, Lead, OfferSpan, Spell
from mediation.terms import CaseState, OutcomeClass, State

FIRST = dt.date(2026, 3, 1)
HORIZON = 60

SUCCESS, PART, FAILURE, NEUTRAL, NEVER = (
    OutcomeClass.SUCCESS,
    OutcomeClass.PART,
    OutcomeClass.FAILURE,
    OutcomeClass.NEUTRAL,
    OutcomeClass.NEVER_STARTED,
)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


# ---------------------------------------------------------------------------------- histories by chance


@st.composite
def attempts(draw: st.DrawFn, seq: int, earliest: int) -> Attempt:
    """One proceeding received on `earliest` or later, at any point of its life."""
    received = earliest + draw(st.integers(0, 6))
    fate = draw(st.sampled_from(("registered", "not_accepted", "accepted", "mediating", "suspended", "ended")))
    if fate == "registered":
        return Attempt(seq, State.REGISTERED, day(received))
    decided = received + draw(st.integers(0, 5))
    if fate == "not_accepted":
        return Attempt(seq, State.NOT_ACCEPTED, day(received), not_accepted_on=day(decided))
    if fate != "ended":
        return Attempt(seq, State(fate), day(received), accepted_on=day(decided))
    ended = decided + draw(st.integers(0, 8))
    result = draw(st.sampled_from(list(OutcomeClass)))
    voided = None
    if result in (SUCCESS, PART):
        voided = draw(st.none() | st.integers(0, 10).map(lambda n: day(ended + n)))
    return Attempt(
        seq, State.ENDED, day(received), accepted_on=day(decided), ended_on=day(ended), result=result, voided_on=voided
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Attempt], list[OfferSpan]]:
    """Proceedings one after the other, as one-live-at-a-time allows, and offers at any time, the last one pending."""
    told: list[Attempt] = []
    earliest = 0
    for seq in range(1, draw(st.integers(1, 4)) + 1):
        attempt = draw(attempts(seq, earliest))
        told.append(attempt)
        over = attempt.ended_on or attempt.not_accepted_on
        if over is None:
            break
        earliest = (over - FIRST).days
    offers = [
        OfferSpan(day(start), day(start + length))
        for start, length in draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), max_size=3))
    ]
    if draw(st.booleans()) and draw(st.booleans()):
        offers.append(OfferSpan(day(draw(st.integers(0, 40))), None))
    return told, offers


# ---------------------------------------------------------------------------------- the oracle


def is_open_at_end_of(number: int, told: Sequence[Attempt], offers: Sequence[OfferSpan]) -> bool:
    """The law book's sentence, word by word, for one day."""
    end_of = day(number)
    if not any(a.accepted_on is not None and a.accepted_on <= end_of for a in told):
        return False
    for a in told:
        accepted = a.accepted_on is not None and a.accepted_on <= end_of
        ended = a.ended_on is not None and a.ended_on <= end_of
        if accepted and not ended:
            return True
        further = min(other.seq for other in told) < a.seq
        decided = accepted or (a.not_accepted_on is not None and a.not_accepted_on <= end_of)
        if further and a.received_on <= end_of and not decided:
            return True
    return any(o.offered_on <= end_of and (o.answered_on is None or o.answered_on > end_of) for o in offers)


def open_days(told: Sequence[Attempt], offers: Sequence[OfferSpan]) -> set[dt.date]:
    return {day(n) for n in range(-1, HORIZON) if is_open_at_end_of(n, told, offers)}


def days_of(spells: Sequence[Spell]) -> set[dt.date]:
    return {
        day(n)
        for n in range(-1, HORIZON)
        for s in spells
        if s.opened_on <= day(n) and (s.ended_on is None or day(n) < s.ended_on)
    }


@given(histories())
def test_the_spells_are_the_days_on_which_it_was_open(history: tuple[list[Attempt], list[OfferSpan]]) -> None:
    told, offers = history
    assert days_of(dispute.spells(told, offers)) == open_days(told, offers)


@given(histories())
def test_spells_are_in_order_and_apart(history: tuple[list[Attempt], list[OfferSpan]]) -> None:
    told, offers = history
    found = dispute.spells(told, offers)
    accepted = [a.accepted_on for a in told if a.accepted_on is not None]
    assert bool(found) == bool(accepted)
    if accepted:
        assert found[0].opened_on == min(accepted)
    for spell in found:
        assert spell.ended_on is None or spell.opened_on <= spell.ended_on
    for before, after in itertools.pairwise(found):
        assert before.ended_on is not None, "only the last spell may still run"
        assert before.ended_on < after.opened_on, "neighbouring spells would be one"


@given(histories())
def test_a_spell_of_no_day_has_something_that_began_and_ended_on_it(
    history: tuple[list[Attempt], list[OfferSpan]],
) -> None:
    told, offers = history
    same_day = {a.accepted_on for a in told if a.accepted_on is not None and a.accepted_on == a.ended_on}
    same_day |= {a.received_on for a in told if a.seq > 1 and a.received_on == (a.accepted_on or a.not_accepted_on)}
    same_day |= {o.offered_on for o in offers if o.offered_on == o.answered_on}
    # What began before the first acceptance counts from there.
    clipped = min((a.accepted_on for a in told if a.accepted_on is not None), default=None)
    answered = any(o.answered_on == clipped for o in offers)
    if clipped is not None and (answered or any(a.seq > 1 and a.not_accepted_on == clipped for a in told)):
        same_day.add(clipped)
    for spell in dispute.spells(told, offers):
        if spell.opened_on == spell.ended_on:
            assert spell.opened_on in same_day


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_proceedings_are_told_changes_nothing(history, random):
    told, offers = history
    shuffled = list(told)
    random.shuffle(shuffled)
    assert dispute.derive(shuffled, offers) == dispute.derive(told, offers)


@given(histories())
def test_what_the_case_stores_is_what_a_plain_recount_gives(
    history: tuple[list[Attempt], list[OfferSpan]],
) -> None:
    told, offers = history
    found = dispute.derive(told, offers)
    accepted = sorted((a.accepted_on, a.seq) for a in told if a.accepted_on is not None)
    today = is_open_at_end_of(HORIZON, told, offers)
    live = [a for a in told if a.ended_on is None and a.not_accepted_on is None]
    pending = any(o.answered_on is None for o in offers)
    if not accepted:
        expected = CaseState.UNDECIDED if live or pending else CaseState.NEVER_ACCEPTED
        assert found == dispute.Dispute(expected, None, None, None, (), None, None)
        return
    assert (found.accepted_on, found.entry_seq) == accepted[0]
    if not today:
        assert found.state is CaseState.ENDED
    elif any(a.state is State.SUSPENDED for a in live):
        assert found.state is CaseState.SUSPENDED
    else:
        assert found.state is CaseState.OPEN
    assert (found.ended_on is None) == today
    last_open = max(open_days(told, offers), default=None)
    if found.ended_on is not None and last_open is not None:
        # Either the morning after the last open day, or a day on which it opened and closed since.
        assert found.ended_on >= last_open + dt.timedelta(days=1)
        assert found.ended_on == last_open + dt.timedelta(days=1) or found.spells[-1].opened_on == found.ended_on


def counted(attempt: Attempt) -> OutcomeClass | None:
    """A void agreement counts as a failure."""
    if attempt.ended_on is None or attempt.result is None:
        return None
    return FAILURE if attempt.voided_on is not None else attempt.result


@given(histories())
def test_the_best_class_counts_and_the_latest_of_it_concludes(
    history: tuple[list[Attempt], list[OfferSpan]],
) -> None:
    told, offers = history
    found = dispute.derive(told, offers)
    classes = [c for a in told if (c := counted(a)) is not None]
    for wanted in (SUCCESS, PART, FAILURE, NEUTRAL, NEVER):
        if wanted in classes:
            assert found.result is wanted
            concluding = [a for a in told if counted(a) is wanted]
            latest = max(a.ended_on for a in concluding if a.ended_on is not None)
            assert found.concluding_seq == max(a.seq for a in concluding if a.ended_on == latest)
            return
    assert found.result is None
    assert found.concluding_seq is None


@given(histories(), st.integers(0, HORIZON))
def test_the_class_on_a_day_knows_nothing_of_later_days(
    history: tuple[list[Attempt], list[OfferSpan]], number: int
) -> None:
    for attempt in history[0]:
        known = attempt.class_at(day(number))
        if attempt.ended_on is None or attempt.ended_on > day(number):
            assert known is None
        elif attempt.voided_on is None or attempt.voided_on > day(number):
            assert known is attempt.result
        else:
            assert known is FAILURE


# ---------------------------------------------------------------------------------- the law book, by example


def ended(seq: int, received: int, accepted: int, over: int, result: OutcomeClass, void: int | None = None) -> Attempt:
    return Attempt(
        seq, State.ENDED, day(received), day(accepted), None, day(over), result, day(void) if void is not None else None
    )


def running(seq: int, received: int, accepted: int, state: State = State.ACCEPTED) -> Attempt:
    return Attempt(seq, state, day(received), day(accepted))


def refused(seq: int, received: int, decided: int) -> Attempt:
    return Attempt(seq, State.NOT_ACCEPTED, day(received), None, day(decided))


def waiting(seq: int, received: int) -> Attempt:
    return Attempt(seq, State.REGISTERED, day(received))


def offer(made: int, answered: int | None) -> OfferSpan:
    return OfferSpan(day(made), day(answered) if answered is not None else None)


LAW_BOOK = [
    # what is told, attempts, offers → state, spells (from, until), class, entry, concluding
    ("registered only: outside every flow", [waiting(1, 0)], [], "undecided", [], None, None, None),
    ("refused: never accepted", [refused(1, 0, 3)], [], "never_accepted", [], None, None, None),
    ("refused, but offered on", [refused(1, 0, 3)], [offer(3, None)], "undecided", [], None, None, None),
    ("open from its acceptance", [running(1, 0, 2)], [], "open", [(2, None)], None, 1, None),
    ("suspended is open, shown apart", [running(1, 0, 2, State.SUSPENDED)], [], "suspended", [(2, None)], None, 1,
     None),
    ("ended", [ended(1, 0, 2, 9, SUCCESS)], [], "ended", [(2, 9)], SUCCESS, 1, 1),
    ("accepted and ended on one day", [ended(1, 0, 2, 2, SUCCESS)], [], "ended", [(2, 2)], SUCCESS, 1, 1),
    ("a pending offer keeps it open", [ended(1, 0, 2, 9, FAILURE)], [offer(9, None)], "open", [(2, None)], FAILURE,
     1, 1),
    ("an offer of days later opens it again", [ended(1, 0, 2, 9, FAILURE)], [offer(12, 15)], "ended",
     [(2, 9), (12, 15)], FAILURE, 1, 1),
    ("an offer made and answered later on one day is a spell of that day", [ended(1, 0, 2, 9, FAILURE)],
     [offer(12, 12)], "ended", [(2, 9), (12, 12)], FAILURE, 1, 1),
    ("a recalled offer while it runs changes nothing", [ended(1, 0, 2, 9, FAILURE)], [offer(4, 6)], "ended",
     [(2, 9)], FAILURE, 1, 1),
    ("a transfer runs through", [ended(1, 0, 2, 9, NEUTRAL), ended(2, 9, 12, 20, SUCCESS)], [offer(7, 9)], "ended",
     [(2, 20)], SUCCESS, 1, 2),
    ("a receiver undecided is open", [ended(1, 0, 2, 9, NEUTRAL), waiting(2, 9)], [offer(7, 9)], "open",
     [(2, None)], NEUTRAL, 1, 1),
    ("a receiver that refuses ends it", [ended(1, 0, 2, 9, NEUTRAL), refused(2, 9, 13)], [offer(7, 9)], "ended",
     [(2, 13)], NEUTRAL, 1, 1),
    ("passed on before acceptance: entry is the receiver's", [refused(1, 0, 3), running(2, 3, 5)], [offer(1, 3)],
     "open", [(5, None)], None, 2, None),
    ("passed on and undecided: not yet accepted", [refused(1, 0, 3), waiting(2, 3)], [offer(1, 3)], "undecided", [],
     None, None, None),
    ("reopened from its registration", [ended(1, 0, 2, 9, FAILURE), running(2, 20, 23)], [], "open",
     [(2, 9), (20, None)], FAILURE, 1, 1),
    ("reopened on the day it ended is one spell", [ended(1, 0, 2, 9, FAILURE), running(2, 9, 11)], [], "open",
     [(2, None)], FAILURE, 1, 1),
    ("reopened and refused the same day", [ended(1, 0, 2, 9, FAILURE), refused(2, 20, 20)], [], "ended",
     [(2, 9), (20, 20)], FAILURE, 1, 1),
    ("success beats a later failure", [ended(1, 0, 2, 9, SUCCESS), ended(2, 20, 20, 25, FAILURE)], [], "ended",
     [(2, 9), (20, 25)], SUCCESS, 1, 1),
    ("part beats failure", [ended(1, 0, 2, 9, FAILURE), ended(2, 20, 20, 25, PART)], [], "ended",
     [(2, 9), (20, 25)], PART, 1, 2),
    ("failure beats a neutral ending", [ended(1, 0, 2, 9, FAILURE), ended(2, 20, 20, 25, NEUTRAL)], [], "ended",
     [(2, 9), (20, 25)], FAILURE, 1, 1),
    ("never started is the least", [ended(1, 0, 2, 9, NEVER), ended(2, 20, 20, 25, NEUTRAL)], [], "ended",
     [(2, 9), (20, 25)], NEUTRAL, 1, 2),
    ("of two alike the later concludes", [ended(1, 0, 2, 9, FAILURE), ended(2, 20, 20, 25, FAILURE)], [], "ended",
     [(2, 9), (20, 25)], FAILURE, 1, 2),
    ("a void agreement counts as failure", [ended(1, 0, 2, 9, SUCCESS, void=30)], [], "ended", [(2, 9)], FAILURE, 1,
     1),
    ("void, then agreed again", [ended(1, 0, 2, 9, SUCCESS, void=30), ended(2, 31, 32, 40, PART)], [], "ended",
     [(2, 9), (31, 40)], PART, 1, 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "offers", "state", "spells", "result", "entry", "concluding"),
    [row[1:] for row in LAW_BOOK],
    ids=[row[0] for row in LAW_BOOK],
)
def test_the_law_book(
    told: list[Attempt],
    offers: list[OfferSpan],
    state: str,
    spells: list[tuple[int, int | None]],
    result: OutcomeClass | None,
    entry: int | None,
    concluding: int | None,
) -> None:
    found = dispute.derive(told, offers)
    assert found.state == state
    assert [(s.opened_on, s.ended_on) for s in found.spells] == [
        (day(opened), None if over is None else day(over)) for opened, over in spells
    ]
    assert found.result is result
    assert found.entry_seq == entry
    assert found.concluding_seq == concluding
    assert found.accepted_on == (day(spells[0][0]) if spells else None)
    assert found.ended_on == (day(spells[-1][1]) if spells and spells[-1][1] is not None else None)


def test_an_annulment_counts_from_its_day() -> None:
    attempt = ended(1, 0, 2, 9, SUCCESS, void=30)
    assert attempt.class_at(day(8)) is None
    assert attempt.class_at(day(9)) is SUCCESS
    assert attempt.class_at(day(29)) is SUCCESS
    assert attempt.class_at(day(30)) is FAILURE


# ---------------------------------------------------------------------------------- leads by day


@st.composite
def leaderships(draw: st.DrawFn) -> tuple[dt.date, dt.date | None, list[Lead]]:
    accepted = draw(st.integers(0, 5))
    over = draw(st.none() | st.integers(0, 25).map(lambda n: accepted + n))
    starts: list[int] = []
    at = accepted + draw(st.integers(-2, 4))
    for _ in range(draw(st.integers(0, 4))):
        starts.append(at)
        at += draw(st.integers(0, 6))
    assume(over is None or not starts or max(starts) <= over)
    leads = [
        Lead(draw(st.integers(1, 3)), day(start), day(starts[place + 1]) if place + 1 < len(starts) else None)
        for place, start in enumerate(starts)
    ]
    return day(accepted), day(over) if over is not None else None, leads


def lead_at_end_of(number: int, leads: Sequence[Lead]) -> int | None:
    """The last one named by then; before the first appointment, the first."""
    named = [lead for lead in leads if lead.from_on <= day(number)]
    return (named or leads[:1])[-1].mediator_id if leads else None


@given(leaderships())
def test_tenures_say_for_each_day_who_led(told: tuple[dt.date, dt.date | None, list[Lead]]) -> None:
    accepted, over, leads = told
    found = dispute.tenures(accepted, over, leads)
    for n in range((accepted - FIRST).days, HORIZON):
        present = [t for t in found if t.from_on <= day(n) and (t.until_on is None or day(n) < t.until_on)]
        if over is not None and day(n) >= over:
            assert not present
        else:
            assert [t.mediator_id for t in present] == [lead_at_end_of(n, leads)]
    assert found[0].from_on == accepted
    assert found[-1].until_on == over
    if leads:
        assert found[-1].mediator_id == leads[-1].mediator_id, "who led at the end bears the ending"
    for place, tenure in enumerate(found):
        assert tenure.took_over == (place > 0)
        assert tenure.handed_on == (place + 1 < len(found))
    for before, after in itertools.pairwise(found):
        assert before.until_on == after.from_on
        assert before.mediator_id != after.mediator_id


def test_without_acceptance_nobody_led() -> None:
    assert dispute.tenures(None, None, [Lead(1, day(0), None)]) == ()


def test_who_takes_over_on_the_day_of_the_end_bears_the_ending() -> None:
    found = dispute.tenures(day(0), day(5), [Lead(1, day(0), day(5)), Lead(2, day(5), None)])
    assert [(t.mediator_id, t.from_on, t.until_on, t.took_over) for t in found] == [
        (1, day(0), day(5), False),
        (2, day(5), day(5), True),
    ]
