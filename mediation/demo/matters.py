"""What the demonstration's disputes are about: who against whom, over which right, copied how. By chance, from a seed.

Holds makers of `Intake`; must not hold a course of a dispute (see `plans`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import TypeVar

from mediation.cases import acts
from mediation.cases.deadlines import CourtProcedure
from mediation.cases.intake import Intake, NumberEntry, PartyEntry, RightEntry
from mediation.channels import Channel
from mediation.demo import data
from mediation.terms import (
    Difficulty,
    EntryForm,
    NumberKind,
    Park,
    PartyKind,
    PartyRole,
    RightKind,
    RightStatus,
    Source,
)

Thing = TypeVar("Thing")

KINDS: dict[str, tuple[tuple[RightKind, int], ...]] = {
    "陶瓷": ((RightKind.DESIGN, 60), (RightKind.COPYRIGHT, 20), (RightKind.TRADE_MARK, 15), (RightKind.INVENTION, 5)),
    "家具": ((RightKind.DESIGN, 70), (RightKind.UTILITY_MODEL, 15), (RightKind.TRADE_MARK, 15)),
    "家电": ((RightKind.DESIGN, 40), (RightKind.UTILITY_MODEL, 30), (RightKind.TRADE_MARK, 20),
             (RightKind.INVENTION, 8), (RightKind.TRADE_SECRET, 2)),
    "照明": ((RightKind.DESIGN, 50), (RightKind.UTILITY_MODEL, 35), (RightKind.INVENTION, 5),
             (RightKind.TRADE_MARK, 10)),
    "纺织": ((RightKind.COPYRIGHT, 60), (RightKind.TRADE_MARK, 35), (RightKind.DESIGN, 5)),
    "铝型材": ((RightKind.DESIGN, 45), (RightKind.UTILITY_MODEL, 35), (RightKind.TRADE_MARK, 20)),
    "机械": ((RightKind.UTILITY_MODEL, 45), (RightKind.INVENTION, 30), (RightKind.SOFTWARE, 15),
             (RightKind.TRADE_SECRET, 10)),
}  # fmt: skip
WORDS_OF = {
    RightKind.INVENTION: "发明专利", RightKind.UTILITY_MODEL: "实用新型专利", RightKind.DESIGN: "外观设计专利",
    RightKind.TRADE_MARK: "注册商标", RightKind.COPYRIGHT: "美术作品著作权", RightKind.SOFTWARE: "控制软件著作权",
    RightKind.TRADE_SECRET: "技术秘密",
}  # fmt: skip
NICE = {"陶瓷": 19, "家具": 20, "家电": 11, "照明": 11, "纺织": 24, "铝型材": 6, "机械": 7}


def pick(rng: Random, weighted: Sequence[tuple[Thing, int]]) -> Thing:
    """One of the things, as often as its weight says."""
    return rng.choices([thing for thing, _ in weighted], [weight for _, weight in weighted])[0]


def chance(rng: Random, per_cent: int) -> bool:
    """Whether it happens."""
    return rng.randrange(100) < per_cent


@dataclass(frozen=True)
class Door:
    """How a dispute comes in: to whom, from where, in which form."""

    organisation: str
    channel: Channel
    source: Source
    entry_form: EntryForm


@dataclass
class Matters:
    """Makes disputes one after the other; no two respondents share a credit code.

    `first`: where the serials of credit codes begin, so that years made apart do not meet.
    """

    rng: Random
    first: int = 0
    serials: dict[tuple[Park, bool], int] = field(default_factory=dict)
    numbers: int = 0

    def make(self, door: Door, day: dt.date) -> Intake:
        """A holder against one to three who copied."""
        rng = self.rng
        holder = rng.choice(data.HOLDERS)
        kind = pick(rng, KINDS[holder.sector])
        goods = rng.choice(data.SECTORS[holder.sector])
        park = pick(rng, ((holder.park, 60), (rng.choice(list(Park)[:5]), 40)))
        number = data.right_number(rng, kind, day.year)
        right = RightEntry(
            kind,
            number=number,
            title=f"{goods}{WORDS_OF[kind]}" if kind is not RightKind.TRADE_MARK else f"“{holder.name[3:5]}”商标",
            holder=holder.name,
            status=RightStatus.IN_FORCE if number else None,
            checked_on=day if number else None,
            nice_class=NICE[holder.sector] if kind is RightKind.TRADE_MARK else None,
        )
        further = chance(rng, 5) and kind is RightKind.DESIGN
        drawing = RightEntry(RightKind.COPYRIGHT, title=f"{goods}图样", holder=holder.name)
        respondents = tuple(self._respondent(park) for _ in range(pick(rng, ((1, 86), (2, 10), (3, 4)))))
        hard = pick(rng, ((Difficulty.SIMPLE, 30), (Difficulty.ORDINARY, 58), (Difficulty.DIFFICULT, 12)))
        return Intake(
            source=door.source,
            channel=door.channel,
            organisation_id=0,
            received_on=day,
            facts=f"被申请人在{rng.choice(data.PLACES)}{rng.choice(data.MARKETS)}经营的{goods}涉嫌侵害申请人{WORDS_OF[kind]}。",
            parties=(self._applicant(holder), *respondents),
            rights=(right, drawing) if further else (right,),
            entry_form=door.entry_form,
            park=park,
            numbers=self._external(door, day),
            infringing_act=self._act(kind, day),
            difficulty=hard,
            amount_claimed=Decimal(rng.randrange(8, 400) * 1000) if chance(rng, 80) else None,
            court_procedure=self._procedure(door),
            is_complex=hard is Difficulty.DIFFICULT and kind in (RightKind.INVENTION, RightKind.UTILITY_MODEL),
        )

    def make_series(self, door: Door, day: dt.date, holder: tuple[str, str, str], number: str) -> Intake:
        """One shop of a declared series over one work."""
        rng = self.rng
        name, work, series = holder
        park = rng.choice((Park.CHANCHENG, Park.NANHAI, Park.SHUNDE))
        return Intake(
            source=door.source,
            channel=door.channel,
            organisation_id=0,
            received_on=day,
            facts=f"被申请人经营的商品使用{work},未经授权。",
            parties=(
                PartyEntry(PartyRole.APPLICANT, name, agent=data.AGENTS[2], agent_contact="0757-8200 0003"),
                self._shop(park),
            ),
            rights=(
                RightEntry(RightKind.COPYRIGHT, number=number, title=work, holder=name,
                           status=RightStatus.IN_FORCE, checked_on=day),
            ),
            entry_form=door.entry_form,
            park=park,
            numbers=self._external(door, day),
            infringing_act=self._act(RightKind.COPYRIGHT, day),
            difficulty=Difficulty.SIMPLE,
            amount_claimed=Decimal(rng.randrange(3, 12) * 1000),
            series=series,
            court_procedure=self._procedure(door),
        )

    def _applicant(self, holder: data.HolderData) -> PartyEntry:
        rng = self.rng
        agent = rng.choice(data.AGENTS) if chance(rng, 55) else None
        return PartyEntry(
            PartyRole.APPLICANT,
            holder.name,
            identifier=holder.code,
            contact=f"0757-8200 {rng.randrange(1000, 9999)}",
            address=f"佛山市{holder.park.words.zh}{rng.choice(data.PLACES)}工业大道{rng.randrange(1, 199)}号",
            agent=agent,
            agent_contact=f"0757-8200 {rng.randrange(1000, 9999)}" if agent else None,
            designations=holder.designations,
        )

    def _respondent(self, park: Park) -> PartyEntry:
        rng = self.rng
        if chance(rng, 40):
            return self._shop(park)
        if chance(rng, 12):
            name = rng.choice(data.SURNAMES) + rng.choice(data.GIVEN)
            return PartyEntry(PartyRole.RESPONDENT, name, PartyKind.NATURAL)
        sector = rng.choice(list(data.SECTORS))
        word = rng.choice("鸿昌顺达盛泰丰瑞嘉") + rng.choice("源业通和兴隆")
        name = f"佛山市{rng.choice(data.PLACES)}{word}{sector}厂"
        return PartyEntry(
            PartyRole.RESPONDENT,
            name,
            identifier=data.credit_code(park, self._serial(park, shop=False)),
            address=f"佛山市{park.words.zh}{rng.choice(data.PLACES)}工业区",
            agent=rng.choice(data.AGENTS) if chance(rng, 15) else None,
        )

    def _shop(self, park: Park) -> PartyEntry:
        rng = self.rng
        owner = rng.choice(data.SURNAMES) + rng.choice(data.GIVEN)[0]
        name = f"佛山市{rng.choice(data.PLACES)}{owner}{rng.choice(data.SHOP_TRADES)}"
        code = data.credit_code(park, self._serial(park, shop=True), shop=True)
        return PartyEntry(PartyRole.RESPONDENT, name, identifier=code)

    def _serial(self, park: Park, *, shop: bool) -> int:
        serial = self.serials.get((park, shop), self.first)
        self.serials[park, shop] = serial + 1
        return serial

    def _external(self, door: Door, day: dt.date) -> tuple[NumberEntry, ...]:
        self.numbers += 1
        match door.source:
            case Source.COURT:
                stage = "民诉前调" if door.entry_form is EntryForm.DELEGATED else "民初"
                court = {"ip_court": "粤06", "nanhai_court": "粤0605"}.get(door.organisation, "粤0606")
                number = f"({day.year}){court}{stage}{3000 + self.numbers}号"
                return (NumberEntry(NumberKind.COURT, number),)
            case Source.PLATFORM:
                return (NumberEntry(NumberKind.PLATFORM, f"PT{day:%Y%m%d}{self.numbers:05d}"),)
            case Source.ADMINISTRATIVE_ORGAN:
                return (NumberEntry(NumberKind.ADMINISTRATIVE, f"佛市监知移〔{day.year}〕{self.numbers}号"),)
            case _:
                return ()

    def _act(self, kind: RightKind, day: dt.date) -> str | None:
        listed = acts.acts_for(kind, day)
        return self.rng.choice(listed[:4]).code if listed else None

    def _procedure(self, door: Door) -> CourtProcedure | None:
        if door.entry_form is not EntryForm.ENTRUSTED:
            return None
        return pick(self.rng, ((CourtProcedure.ORDINARY, 65), (CourtProcedure.SIMPLIFIED, 35)))
