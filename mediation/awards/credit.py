"""Does an ended proceeding count for a mediator in a year's award, as what, and if not: why not.

Holds `decide` for one proceeding, `decide_service` for the whole service, and `series_class` for a declared series.
PURE: must not fetch a proceeding, add anything up, or know a scheme. Source: domain, section 8 "Credit"; section 6 for
void agreements and locked years.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mediation.terms import MediatorRole, Outcome, OutcomeClass
from mediation.words import Words

_NEEDED_FOR_CREDIT: dict[str, Words] = {
    "lead": Words("主调解员", "lead mediator"),
    "ended_on": Words("终结日期", "end date"),
    "outcome": Words("结果", "outcome"),
    "voided_on": Words("协议无效日期", "day the agreement became void"),
}
"""The facts that a credit decision needs; whatever else is unknown blocks nothing here."""

_AGREED = frozenset({OutcomeClass.SUCCESS, OutcomeClass.PART})


@dataclass(frozen=True)
class ProceedingCredit:
    """What decides whether one proceeding counts for one mediator.

    `outcome_class`: the class the outcome had on the day it ended, before any voiding. `lead_on_end`: the mediator
    was the lead of the (lead) organisation on `ended_on`. `voided_on`: the day a ruling voided its last agreement in
    force. `unknown`: names of facts marked unknown at import. `credited_year`: the earliest year still unlocked when
    the ending was entered; None = the year it ended.
    """

    role: MediatorRole | None
    outcome_class: OutcomeClass | None
    outcome: Outcome | None
    ended_on: dt.date | None
    lead_on_end: bool
    voided_on: dt.date | None = None
    unknown: frozenset[str] = frozenset()
    credited_year: int | None = None


@dataclass(frozen=True)
class CreditDecision:
    """Whether it counts in the year, why, as what (`counts_as`), and whether earlier credit is taken off again."""

    counted: bool
    reason: Words
    counts_as: OutcomeClass | None = None
    deducted: bool = False


def decide(proceeding: ProceedingCredit, year: int) -> CreditDecision:
    """Decide whether the proceeding counts for the mediator in the award of `year`, with the reason.

    The first reason that applies is given: not the lead → facts unknown → not ended → never started → transferred →
    another year (or: deducted, in the year its agreement became void) → counted.
    Source: domain, section 8 "Credit"; section 6 for void agreements and locked years.
    """
    unknown = [words for name, words in _NEEDED_FOR_CREDIT.items() if name in proceeding.unknown]
    if "lead" not in proceeding.unknown and not (proceeding.lead_on_end and proceeding.role is MediatorRole.LEAD):
        return CreditDecision(False, _took_part(proceeding.role))
    if unknown:
        return CreditDecision(False, Words(f"不计：{'、'.join(w.zh for w in unknown)}不详",
                                           f"Not counted: unknown {', '.join(w.en for w in unknown)}"))
    ended_on, outcome_class = proceeding.ended_on, proceeding.outcome_class
    if ended_on is None or outcome_class is None:
        return CreditDecision(False, Words("不计：尚未终结", "Not counted: not ended yet"))
    if outcome_class is OutcomeClass.NEVER_STARTED:
        return CreditDecision(False, Words("不计：未开始调解", "Not counted: mediation never started"))
    if proceeding.outcome is Outcome.TRANSFERRED:
        return CreditDecision(False, Words("不计：已移交其他组织", "Not counted: transferred to another organisation"))
    credited = ended_on.year if proceeding.credited_year is None else proceeding.credited_year
    voided = proceeding.voided_on if outcome_class in _AGREED else None
    if credited == year:
        return _counted(outcome_class, ended_on, voided, year)
    if voided is not None and voided.year == year > credited:
        return CreditDecision(
            False,
            Words(f"扣减：{credited}年度已计，协议于{year}年被宣告无效",
                  f"Deducted: credited in {credited}, the agreement was voided in {year}"),
            deducted=True,
        )
    if credited != ended_on.year:
        return CreditDecision(False, Words(
            f"不计：{ended_on.year}年终结，补录后计入{credited}年度",
            f"Not counted: ended in {ended_on.year}, entered late and credited to {credited}",
        ))
    return CreditDecision(False, Words(f"不计：于{credited}年终结", f"Not counted: ended in {credited}"))


def decide_service(proceeding: ProceedingCredit, year: int) -> CreditDecision:
    """Decide whether the proceeding counts for the mediator in the whole service up to the end of `year`.

    As `decide` in the year it is credited to, but with what became of its agreement by the end of `year`: over the
    whole service nothing was credited before, so nothing is deducted; a void agreement counts as failed.
    """
    if proceeding.ended_on is None:
        return decide(proceeding, year)
    credited = proceeding.ended_on.year if proceeding.credited_year is None else proceeding.credited_year
    if credited > year:
        return decide(proceeding, year)
    decision = decide(proceeding, credited)
    if decision.counted and proceeding.outcome_class in _AGREED and proceeding.voided_on is not None:
        return _counted(proceeding.outcome_class, proceeding.ended_on, proceeding.voided_on, year)
    return decision


def _counted(outcome_class: OutcomeClass, ended_on: dt.date, voided: dt.date | None, year: int) -> CreditDecision:
    if voided is not None and voided.year <= year:
        return CreditDecision(True, Words("计入：协议已被宣告无效，按调解不成计",
                                          "Counted: the agreement was voided, counts as failed"), OutcomeClass.FAILURE)
    title = outcome_class.words
    late = Words("", "") if ended_on.year == year else Words(
        f"（{ended_on.year}年终结，该年度锁定后补录）",
        f" (ended in {ended_on.year}, entered after that year was locked)")
    return CreditDecision(True, Words(f"计入：{title.zh}{late.zh}", f"Counted: {title.en}{late.en}"), outcome_class)


def _took_part(role: MediatorRole | None) -> Words:
    if role is None or role is MediatorRole.LEAD:
        return Words("参与：终结时已不是主调解员（更换或回避）",
                     "Took part: no longer the lead when it ended (replaced or recused)")
    return Words(f"参与：{role.words.zh}", f"Took part: {role.words.en}")


def series_class(classes: Sequence[OutcomeClass], share: Decimal) -> OutcomeClass | None:
    """The class of a declared series, which counts as one unit per mediator: None when nothing of it counted.

    Success when at least `share` (the scheme's `series_share`) of its counted proceedings agreed; else failure when
    one of them failed; else neutral. Agreed in part is agreed here as everywhere.
    """
    if not classes:
        return None
    agreed = sum(1 for outcome_class in classes if outcome_class in _AGREED)
    if agreed >= Fraction(share) * len(classes):
        return OutcomeClass.SUCCESS
    return OutcomeClass.FAILURE if OutcomeClass.FAILURE in classes else OutcomeClass.NEUTRAL
