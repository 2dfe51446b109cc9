"""`mediation check`: what must be true of every case, asked of the rows as they lie there. Changes nothing.

Derived columns are reckoned again, what the workflow demands of a state is looked for, numbers are counted, every
event's digest and every seal are made again. That the states follow from the history is asked in `replay`.
Holds questions only; must not mend what it finds.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from mediation.audit.models import AuditEvent
from mediation.cases import deriving, dispute, intake, journal, workflow
from mediation.cases.facts import Fact
from mediation.cases.models import Case, CaseEvent, Counter, Proceeding, Spell, Tenure
from mediation.channels import CHANNELS
from mediation.database import Session
from mediation.terms import Action, AgreementState, MediatorRole, OfferState, Outcome, PartyResult, PartyRole, State
from mediation.words import Words

BATCH = 200
"""So many cases are held at once."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be. `code` is stable, `object_ref` says where to look."""

    code: str
    words: Words
    object_ref: str


@dataclass
class Report:
    """What was looked at, by name, and what was found."""

    counts: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


DERIVED_DIFFERS = Words("推导列与重新计算不符", "a derived column differs from what its facts make")
FACT_MISSING = Words("该状态应有的事实缺失", "a fact its state demands is missing")
DAYS_DISORDERED = Words("日期先后颠倒", "days are out of order")
NO_AGREEMENT = Words("调解成功但没有协议记录", "ended with an agreement, and none is on record")
AGREEMENT_LEFT = Words("未达成协议却有有效协议", "ended without an agreement, and one in force is on record")
NO_LEAD = Words("已开始或已达成协议却无主调解员", "mediated or agreed without a lead mediator")
RESULTS_DIFFER = Words("各被申请人结果缺失或与调解结果矛盾", "results are missing or contradict the outcome")
TWO_LIVE = Words("同时有两个进行中的环节", "two proceedings are under way at once")
TWO_PENDING = Words("同时有两个待接收的移交", "two handovers are pending at once")
NO_PARTY = Words("缺少申请人或被申请人", "an applicant or a respondent is missing")
NO_PRIMARY_RIGHT = Words("主要权利缺失或与案件不符", "the primary right is missing or is not the case's kind")
NUMBER_DIFFERS = Words("编号文字与其年份和序号不符", "a number is not that of its year and place")
NUMBERS_GAP = Words("编号不连续或重复", "numbers have a gap or a double")
COUNTER_DIFFERS = Words("编号计数器与已发编号不符", "a counter does not stand at the last number given")
EVENTS_GAP = Words("操作记录缺失", "events of the history are missing")
DIGEST_DIFFERS = Words("操作记录与其摘要不符", "an event does not fit its digest")
SEAL_DIFFERS = Words("操作记录与审计封签不符", "events do not fit the seal in the audit trail")
SEAL_MISSING = Words("审计记录中没有对应的封签", "the audit trail has no seal for these events")


def check(session: Session, tell: Callable[[str, int], None] | None = None) -> Report:
    """Every invariant of every case. `tell(what, count)` hears how far it is."""
    report = Report()
    supplemented = frozenset(
        session.scalars(select(CaseEvent.case_id).where(CaseEvent.action == Action.SUPPLEMENT).distinct())
    )
    tally: Tally[str] = Tally()
    for case in cases_in_batches(session):
        tally["cases"] += 1
        tally["proceedings"] += len(case.proceedings)
        report.findings += of_case(case, supplemented=case.id in supplemented)
        if tell is not None and tally["cases"] % BATCH == 0:
            tell("cases", tally["cases"])
    tally["numbers"], found = of_numbers(session)
    report.findings += found
    tally["events"], tally["seals"], found = of_seals(session)
    report.findings += found
    report.counts = {name: tally[name] for name in ("cases", "proceedings", "numbers", "events", "seals")}
    return report


def cases_in_batches(session: Session) -> Iterator[Case]:
    """Every case with all that hangs on it, BATCH at a time, forgotten when the next are read."""
    of_proceeding = (
        Proceeding.assignments, Proceeding.suspensions, Proceeding.extensions, Proceeding.agreements,
        Proceeding.results, Proceeding.tenures, Proceeding.organisation,
    )  # fmt: skip
    statement = select(Case).order_by(Case.id).limit(BATCH).options(
        *(selectinload(Case.proceedings).selectinload(relation) for relation in of_proceeding),
        selectinload(Case.parties), selectinload(Case.rights), selectinload(Case.offers), selectinload(Case.spells),
    )  # fmt: skip
    last = 0
    while True:
        # By its key, not by one long cursor: what hangs on a case is read beside it.
        batch = session.scalars(statement.where(Case.id > last).execution_options(populate_existing=True)).all()
        if not batch:
            return
        yield from batch
        last = batch[-1].id
        session.expunge_all()


# One case -------------------------------------------------------------------------------------------------------------


def of_case(case: Case, *, supplemented: bool = False) -> Iterator[Finding]:
    """What is wrong with one case. `supplemented`: a respondent may have come after a proceeding had ended."""
    yield from _derived_of_case(case)
    yield from _whole(case)
    for proceeding in case.proceedings:
        where = f"{case.number} #{proceeding.seq}"
        yield from _derived_of_proceeding(proceeding, where)
        if not proceeding.is_void:
            yield from _state_has_its_facts(proceeding, where)
            yield from _ending_fits(proceeding, where, supplemented=supplemented)


def _derived_of_case(case: Case) -> Iterator[Finding]:
    result = dispute.derive([], []) if case.is_void else deriving.dispute_of(case)
    standing = case.standing_proceedings
    entry = next((p for p in standing if p.seq == result.entry_seq), None)
    wanted = {
        "state": result.state,
        "accepted_on": result.accepted_on,
        "ended_on": result.ended_on,
        "outcome_class": result.result,
        "entry_channel": entry.channel if entry else None,
        "entry_organisation_id": entry.organisation_id if entry else None,
        "current_proceeding_id": standing[-1].id if standing else None,
    }
    for name, value in wanted.items():
        if getattr(case, name) != value:
            yield Finding("derived", DERIVED_DIFFERS, f"{case.number} {name}")
    if sorted(map(_days, case.spells), key=str) != sorted(((s.opened_on, s.ended_on) for s in result.spells), key=str):
        yield Finding("derived", DERIVED_DIFFERS, f"{case.number} spells")


def _days(spell: Spell) -> tuple[dt.date, dt.date | None]:
    return spell.opened_on, spell.ended_on


def _derived_of_proceeding(proceeding: Proceeding, where: str) -> Iterator[Finding]:
    wanted_tenures = () if proceeding.is_void else deriving.tenures_of(proceeding)
    if sorted(map(_shape, proceeding.tenures), key=str) != sorted(map(_shape, wanted_tenures), key=str):
        yield Finding("derived", DERIVED_DIFFERS, f"{where} tenures")
    if proceeding.is_void:
        return
    derived = deriving.proceeding_derived(proceeding)
    for name in deriving.DERIVED:
        if getattr(proceeding, name) != getattr(derived, name):
            yield Finding("derived", DERIVED_DIFFERS, f"{where} {name}")
    for agreement in proceeding.agreements:
        if agreement.effective_on != deriving.effective_of(agreement, proceeding):
            yield Finding("derived", DERIVED_DIFFERS, f"{where} agreement {agreement.id} effective_on")


def _shape(tenure: Tenure | dispute.Tenure) -> tuple[object, ...]:
    return tenure.mediator_id, tenure.from_on, tenure.until_on, tenure.took_over, tenure.handed_on


def _whole(case: Case) -> Iterator[Finding]:
    """What the case itself must have, and may have only once."""
    roles = {party.role for party in case.parties}
    if not {PartyRole.APPLICANT, PartyRole.RESPONDENT} <= roles:
        yield Finding("party", NO_PARTY, case.number)
    primary = [right.kind for right in case.rights if right.is_primary]
    if primary != [case.primary_kind]:
        yield Finding("right", NO_PRIMARY_RIGHT, case.number)
    if sum(p.is_live for p in case.proceedings) > 1:
        yield Finding("live", TWO_LIVE, case.number)
    if sum(offer.state is OfferState.PENDING for offer in case.offers) > 1:
        yield Finding("pending", TWO_PENDING, case.number)


_REACHED = workflow.facts_on_reaching()
_ACCEPTED = workflow.UNDER_WAY | {State.ENDED}


def _state_has_its_facts(proceeding: Proceeding, where: str) -> Iterator[Finding]:
    needed = set(_REACHED[proceeding.state])
    if proceeding.state in _ACCEPTED:
        needed |= {
            Fact(code)
            for code, forms in CHANNELS[proceeding.channel].accept_facts
            if proceeding.entry_form in forms
        }
    known = proceeding.kept
    for fact in sorted(needed - set(known) - proceeding.unknown):
        yield Finding("fact", FACT_MISSING, f"{where} {fact.value}")
    disordered = workflow.disorder(known)
    for day in (a.signed_on for a in proceeding.agreements if a.signed_on is not None):
        disordered += workflow.disorder({**known, Fact.SIGNED_ON: day})
    for day in (a.from_on for a in proceeding.assignments):
        disordered += workflow.disorder({**known, Fact.ASSIGNED_ON: day})
    for earlier, later in dict.fromkeys(disordered):
        yield Finding("order", DAYS_DISORDERED, f"{where} {earlier.value} {later.value}")


def _ending_fits(proceeding: Proceeding, where: str, *, supplemented: bool) -> Iterator[Finding]:
    agreed = proceeding.outcome in workflow.AGREED
    mediated = proceeding.started_on is not None or Fact.STARTED_ON in proceeding.unknown
    has_lead = any(a.role is MediatorRole.LEAD for a in proceeding.assignments)
    # An import may know that it was mediated without knowing by whom only while it is under way.
    if not has_lead and Fact.MEDIATOR not in proceeding.unknown and (agreed or mediated):
        yield Finding("lead", NO_LEAD, where)
    if proceeding.outcome is None:
        return
    if agreed and not proceeding.agreements:
        yield Finding("agreement", NO_AGREEMENT, where)
    if not agreed and any(a.state is AgreementState.IN_FORCE for a in proceeding.agreements):
        yield Finding("agreement", AGREEMENT_LEFT, where)
    if not _results_fit(proceeding, supplemented=supplemented):
        yield Finding("results", RESULTS_DIFFER, where)


def _results_fit(proceeding: Proceeding, *, supplemented: bool) -> bool:
    respondents = {party.id for party in proceeding.case.respondents}
    told = {result.party_id: result.result for result in proceeding.results}
    if proceeding.outcome is Outcome.TRANSFERRED or Fact.RESULTS in proceeding.unknown:
        return set(told) <= respondents
    if not told or not set(told) <= respondents or (set(told) != respondents and not supplemented):
        return False
    if PartyResult.UNKNOWN in told.values():
        return True
    agreed = [result is PartyResult.AGREED for result in told.values()]
    if proceeding.outcome is Outcome.AGREED_PART:
        return any(agreed)
    return all(agreed) if proceeding.outcome in workflow.AGREED else not any(agreed)


# Numbers --------------------------------------------------------------------------------------------------------------


def of_numbers(session: Session) -> tuple[int, list[Finding]]:
    """Whether numbers run from 1 without gap or double, and the counters stand at the last. How many there are."""
    findings: list[Finding] = []
    last_given: dict[tuple[str, int], int] = {}
    count = 0
    for number, year, seq in session.execute(select(Case.number, Case.number_year, Case.number_seq)):
        if number != intake.zone_number(year, seq):
            findings.append(Finding("number", NUMBER_DIFFERS, number))
    by_case = select(Case.number_year, func.count(), func.count(Case.number_seq.distinct()),
                     func.min(Case.number_seq), func.max(Case.number_seq)).group_by(Case.number_year)  # fmt: skip
    runs = [(intake.ZONE_SERIES, *row) for row in session.execute(by_case)]
    by_proceeding = select(
        Proceeding.organisation_id, Proceeding.number_year, func.count(), func.count(Proceeding.number_seq.distinct()),
        func.min(Proceeding.number_seq), func.max(Proceeding.number_seq),
    ).group_by(Proceeding.organisation_id, Proceeding.number_year)  # fmt: skip
    runs += [(f"organisation:{row[0]}", *row[1:]) for row in session.execute(by_proceeding)]
    for series, year, given, different, first, last in runs:
        count += given
        last_given[series, year] = last
        if not (first == 1 and given == different == last):
            findings.append(Finding("gap", NUMBERS_GAP, f"{series} {year}"))
    counters = {(c.series, c.year): c.last for c in session.scalars(select(Counter))}
    for series, year in sorted(counters.keys() | last_given.keys()):
        if counters.get((series, year), 0) != last_given.get((series, year), 0):
            findings.append(Finding("counter", COUNTER_DIFFERS, f"{series} {year}"))
    return count, findings


# Seals ----------------------------------------------------------------------------------------------------------------


def of_seals(session: Session) -> tuple[int, int, list[Finding]]:
    """Whether every event has its digest, every seal its events. How many events and seals there are."""
    findings = list(_gaps(session))
    seals = _seals(session)
    events = 0
    under: list[str] = []
    present: int | None = None
    statement = (
        select(CaseEvent, Case, Proceeding.seq)
        .join(Case, Case.id == CaseEvent.case_id)
        .outerjoin(Proceeding, Proceeding.id == CaseEvent.proceeding_id)
        .order_by(CaseEvent.audit_seq, CaseEvent.id)
        .execution_options(yield_per=1000)
    )
    sealed: set[int] = set()

    def close() -> None:
        if present is None:
            return
        sealed.add(present)
        wanted = seals.get(present)
        if wanted is None:
            findings.append(Finding("seal", SEAL_MISSING, f"audit {present}"))
        elif wanted != (len(under), journal.seal_of(under)):
            findings.append(Finding("seal", SEAL_DIFFERS, f"audit {present}"))

    for event, case, seq in session.execute(statement):
        events += 1
        if event.audit_seq != present:
            close()
            present, under = event.audit_seq, []
        # A salt that was erased blinds its digests; the seal over them still holds.
        if case.salt and journal.digest_of(case, event, seq) != event.digest:
            findings.append(Finding("digest", DIGEST_DIFFERS, f"{case.number} event {event.seq}"))
        under.append(event.digest)
    close()
    findings += [Finding("seal", SEAL_DIFFERS, f"audit {seq}") for seq in sorted(seals.keys() - sealed)]
    return events, len(seals), findings


def _gaps(session: Session) -> Iterator[Finding]:
    """Cases whose history does not run from 1 to their own count of events."""
    counted = (
        select(CaseEvent.case_id, func.count().label("count"), func.max(CaseEvent.seq).label("last"))
        .group_by(CaseEvent.case_id)
        .subquery()
    )
    rows = session.execute(
        select(Case.number, Case.event_count, counted.c.count, counted.c.last)
        .outerjoin(counted, counted.c.case_id == Case.id)
        .execution_options(yield_per=1000)
    )
    for number, expected, count, last in rows:
        if not (count == last == expected):
            yield Finding("events", EVENTS_GAP, number)


def _seals(session: Session) -> dict[int, tuple[int, str]]:
    """The seals the audit trail holds: how many events each commits to, and what it is."""
    found = {}
    rows = session.execute(
        select(AuditEvent.seq, AuditEvent.detail)
        .where(AuditEvent.detail.contains('"seal"'))
        .execution_options(yield_per=1000)
    )
    for seq, detail in rows:
        told = json.loads(detail)
        if "seal" in told and "events" in told:
            found[seq] = (told["events"], told["seal"])
    return found
