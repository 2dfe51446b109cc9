"""The register on both engines: who was registered where on which day, and which deeds are refused."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import IntegrityError

from mediation.audit.models import AuditEvent
from mediation.cases import deadlines
from mediation.database import Session
from mediation.errors import DuplicateError, FactError, MoveError, NotFoundError, StaleError
from mediation.register import actions, queries
from mediation.register.models import LimitUnit, Mediator, Organisation, Registration
from mediation.terms import MediatorLevel, OrganisationKind, Park, RightKind, Role

AT = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
# 09:00 in Foshan on 2 March.
TODAY = dt.date(2026, 3, 2)
MARCH_1 = dt.date(2026, 3, 1)


@dataclass(frozen=True)
class Keeper:
    """The zone's administrator, who keeps the register."""

    account_id: int = 7
    role: Role = Role.ZONE_ADMIN
    organisation_id: int | None = None


ZONE = Keeper()


@pytest.fixture
def session(session: Session) -> Session:
    """The migrated database of each engine, with a key to seal the trail."""
    session.info["audit_key"] = b"a test's key"
    return session


def organisation(session: Session, name: str = "禅城调解委员会", short_name: str = "禅知调", **facts) -> Organisation:
    facts = {"kind": OrganisationKind.COMMITTEE, "park": Park.CHANCHENG} | facts
    return actions.create_organisation(session, name=name, short_name=short_name, **facts, by=ZONE, at=AT)


def mediator(session: Session, name: str = "陈静", **facts) -> Mediator:
    return actions.create_mediator(session, name=name, **facts, by=ZONE, at=AT)


def registration(session: Session, who: Mediator, where: Organisation, **facts) -> Registration:
    facts = {"from_on": dt.date(2024, 1, 1)} | facts
    return actions.register_with(session, who, where, **facts, by=ZONE, at=AT)


def described(one: Organisation, **changes) -> dict[str, Any]:
    facts = {
        name: getattr(one, name)
        for name in ("name", "short_name", "kind", "park", "limit_count", "limit_unit", "phone", "address")
    }
    return facts | {"seen_version": one.version, "by": ZONE, "at": AT} | changes


def person(one: Mediator, **changes) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in ("name", "gender", "phone", "note", "serious_fault_on")}
    return facts | {"seen_version": one.version, "by": ZONE, "at": AT} | changes


def corrected(one: Registration, **changes) -> dict[str, Any]:
    facts = {"level": one.level, "specialities": one.kinds, "from_on": one.from_on, "until_on": one.until_on}
    return facts | {"seen_version": one.version, "by": ZONE, "at": AT} | changes


def trail(session: Session) -> list[tuple[str, dict[str, Any]]]:
    return [
        (event.action, json.loads(event.detail))
        for event in session.scalars(select(AuditEvent).order_by(AuditEvent.seq))
    ]


# --- Organisations --------------------------------------------------------------------------------------------------


def test_an_organisation_is_found_by_its_name_and_by_its_short_name(session):
    one = organisation(session)
    assert queries.find_organisation_by_name(session, one.name) is one
    assert queries.find_organisation_by_name(session, "禅知调") is one
    assert queries.find_organisation_by_name(session, "禅知") is None
    assert queries.get_organisation(session, one.id) is one
    with pytest.raises(NotFoundError):
        queries.get_organisation(session, one.id + 1)


def test_organisations_are_listed_by_kind_park_and_whether_they_work(session):
    committee = organisation(session)
    court = organisation(session, "南海区人民法院", "南海法院", kind=OrganisationKind.COURT, park=Park.NANHAI)
    actions.close_organisation(session, court, seen_version=court.version, by=ZONE, at=AT)
    assert set(queries.list_organisations(session)) == {committee, court}
    assert queries.list_organisations(session, active=True) == [committee]
    assert queries.list_organisations(session, active=False) == [court]
    assert queries.list_organisations(session, kind=OrganisationKind.COURT) == [court]
    assert queries.list_organisations(session, park=Park.CHANCHENG) == [committee]
    assert queries.list_organisations(session, park=Park.CHANCHENG, kind=OrganisationKind.COURT) == []


@pytest.mark.parametrize(
    "name, short_name, field",
    [
        ("禅城调解委员会", "另一简称", "name"),
        ("另一家", "禅知调", "short_name"),
        # A ledger may call an organisation by either, so both share one room.
        ("禅知调", "另一简称", "name"),
        ("  禅知调 ", "另一简称", "name"),
        ("禅\u200b知调\x00", "另一简称", "name"),
        (" ", "另一简称", "name"),
        ("另一家", "", "short_name"),
        ("另一家", "二" * 21, "short_name"),
    ],
)
def test_a_name_must_be_there_and_free(session, name, short_name, field):
    organisation(session)
    with pytest.raises((DuplicateError, FactError)) as refusal:
        organisation(session, name, short_name)
    assert refusal.value.field == field
    assert len(queries.list_organisations(session)) == 1


@pytest.mark.parametrize(
    "count, unit, field",
    [
        (30, None, "limit_unit"),
        (None, LimitUnit.MONTHS, "limit_count"),
        (0, LimitUnit.MONTHS, "limit_count"),
        (1001, LimitUnit.CALENDAR_DAYS, "limit_count"),
    ],
)
def test_a_limit_is_whole_and_within_reason(session, count, unit, field):
    with pytest.raises(FactError) as refusal:
        organisation(session, limit_count=count, limit_unit=unit)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "broken",
    [
        "limit_count = 5",
        "limit_unit = 'months'",
        "limit_count = 0, limit_unit = 'months'",
        "limit_count = 5, limit_unit = 'weeks'",
        "park = 'mars'",
    ],
)
def test_the_database_itself_refuses_a_broken_organisation(session, broken):
    organisation(session)
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE organisation SET {broken}"))


def test_of_two_people_who_take_one_name_in_the_same_moment_the_later_is_refused(session):
    """The name is free when it is looked for and taken when it is written; the session stays usable."""

    @event.listens_for(session, "before_flush", once=True)
    def _another_was_quicker(session: Session, *_rest: object) -> None:
        session.connection().execute(
            insert(Organisation).values(name="禅城调委会", short_name="禅知调", kind=OrganisationKind.COMMITTEE,
                                        park=Park.CHANCHENG, is_active=True, created_at=AT, version=1)
        )  # fmt: skip

    with pytest.raises(DuplicateError):
        organisation(session)
    assert queries.list_organisations(session) == []
    organisation(session)


def test_an_edit_changes_the_organisation_and_tells_the_trail_which_fields(session):
    one = organisation(session)
    limit = {"limit_count": 20, "limit_unit": LimitUnit.WORKING_DAYS}
    actions.edit_organisation(session, one, **described(one, **limit, phone=" "))
    session.expire_all()
    assert (one.limit_count, one.limit_unit, one.phone) == (20, LimitUnit.WORKING_DAYS, None)
    assert trail(session)[-1] == ("organisation:edit", {"fields": ["limit_count", "limit_unit"]})


def test_an_edit_that_changes_nothing_leaves_no_trace(session):
    one = organisation(session)
    seen = one.version
    actions.edit_organisation(session, one, **described(one))
    assert one.version == seen
    assert [action for action, _ in trail(session)] == ["organisation:create"]


def test_a_page_older_than_the_last_change_is_refused(session):
    one = organisation(session)
    seen = one.version
    actions.edit_organisation(session, one, **described(one, phone="0757-1"))
    with pytest.raises(StaleError):
        actions.edit_organisation(session, one, **described(one, phone="0757-2", seen_version=seen))
    with pytest.raises(StaleError):
        actions.close_organisation(session, one, seen_version=seen, by=ZONE, at=AT)
    assert one.phone == "0757-1"


def test_a_change_made_meanwhile_by_another_transaction_is_refused_at_the_flush(session):
    one = organisation(session)
    session.execute(text("UPDATE organisation SET version = version + 1"))
    with pytest.raises(StaleError):
        actions.edit_organisation(session, one, **described(one, phone="0757-2"))


def test_a_closed_organisation_takes_no_mediator_until_it_opens_again(session):
    one, who = organisation(session), mediator(session)
    actions.close_organisation(session, one, seen_version=one.version, by=ZONE, at=AT)
    with pytest.raises(MoveError):
        registration(session, who, one)
    with pytest.raises(MoveError):
        actions.close_organisation(session, one, seen_version=one.version, by=ZONE, at=AT)
    # What is over may still be written down.
    registration(session, who, one, from_on=dt.date(2020, 1, 1), until_on=dt.date(2021, 12, 31))
    actions.reopen_organisation(session, one, seen_version=one.version, by=ZONE, at=AT)
    registration(session, who, one, from_on=dt.date(2024, 1, 1))


def test_the_units_of_a_limit_are_those_the_deadlines_reckon_in():
    assert {(unit.value, unit.words) for unit in LimitUnit} == {(unit.value, unit.words) for unit in deadlines.Unit}


# --- Mediators ------------------------------------------------------------------------------------------------------


def test_two_people_may_share_a_name_but_nobody_goes_without(session):
    assert mediator(session).id != mediator(session).id
    with pytest.raises(FactError) as refusal:
        mediator(session, "  ")
    assert refusal.value.field == "name"


def test_a_serious_fault_is_dated_and_not_in_the_future(session):
    who = mediator(session)
    with pytest.raises(FactError) as refusal:
        actions.edit_mediator(session, who, **person(who, serious_fault_on=TODAY + dt.timedelta(1)))
    assert refusal.value.field == "serious_fault_on"
    actions.edit_mediator(session, who, **person(who, serious_fault_on=TODAY))
    assert who.serious_fault_on == TODAY
    assert trail(session)[-1] == ("mediator:edit", {"fields": ["serious_fault_on"]})


def test_a_stale_page_does_not_overwrite_a_person(session):
    who = mediator(session)
    seen = who.version
    actions.edit_mediator(session, who, **person(who, phone="1"))
    with pytest.raises(StaleError):
        actions.edit_mediator(session, who, **person(who, phone="2", seen_version=seen))


# --- Registrations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "from_on, until_on, day, held",
    [
        # both ends are inside
        (dt.date(2024, 3, 1), dt.date(2024, 3, 31), dt.date(2024, 2, 29), False),
        (dt.date(2024, 3, 1), dt.date(2024, 3, 31), dt.date(2024, 3, 1), True),
        (dt.date(2024, 3, 1), dt.date(2024, 3, 31), dt.date(2024, 3, 31), True),
        (dt.date(2024, 3, 1), dt.date(2024, 3, 31), dt.date(2024, 4, 1), False),
        # one day
        (dt.date(2024, 3, 1), dt.date(2024, 3, 1), dt.date(2024, 3, 1), True),
        # no end
        (dt.date(2024, 3, 1), None, dt.date(2099, 1, 1), True),
        (dt.date(2024, 3, 1), None, dt.date(2024, 2, 29), False),
        # an import that did not know the first day
        (None, dt.date(2024, 3, 31), dt.date(1990, 1, 1), True),
        (None, dt.date(2024, 3, 31), dt.date(2024, 4, 1), False),
        (None, None, dt.date(1990, 1, 1), True),
    ],
)
def test_a_registration_holds_from_its_first_day_to_its_last(session, from_on, until_on, day, held):
    who, where, elsewhere = mediator(session), organisation(session), organisation(session, "另一家", "另")
    one = registration(session, who, where, from_on=from_on, until_on=until_on, from_unknown=from_on is None)
    assert one.holds_on(day) is held
    assert queries.is_registered(session, who.id, where.id, day) is held
    assert queries.mediators_of(session, where.id, day) == ([who] if held else [])
    assert queries.registrations_at(session, where.id, day) == ([one] if held else [])
    assert queries.count_mediators_by_organisation(session, day) == ({where.id: 1} if held else {})
    assert not queries.is_registered(session, who.id, elsewhere.id, day)
    assert queries.mediators_of(session, elsewhere.id, day) == []


@pytest.mark.parametrize(
    "facts, field",
    [
        ({"from_on": None}, "from_on"),
        ({"from_on": MARCH_1, "from_unknown": True}, "from_on"),
        ({"from_on": MARCH_1, "until_on": dt.date(2026, 2, 28)}, "until_on"),
    ],
)
def test_the_days_of_a_registration_are_known_and_in_order(session, facts, field):
    who, where = mediator(session), organisation(session)
    with pytest.raises(FactError) as refusal:
        registration(session, who, where, **facts)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "broken", ["from_on = NULL", "from_unknown = (1=1)", "until_on = '2023-12-31'", "level = 'five'"]
)
def test_the_database_itself_refuses_a_broken_registration(session, broken):
    registration(session, mediator(session), organisation(session))
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE registration SET {broken}"))


@pytest.mark.parametrize(
    "from_on, until_on, fits",
    [
        (dt.date(2025, 1, 1), None, True),
        (dt.date(2024, 12, 31), None, False),
        (dt.date(2023, 1, 1), dt.date(2023, 12, 31), True),
        (dt.date(2023, 1, 1), dt.date(2024, 1, 1), False),
        (dt.date(2024, 5, 1), dt.date(2024, 6, 1), False),
        (dt.date(2023, 1, 1), None, False),
    ],
)
def test_registrations_with_one_organisation_share_no_day(session, from_on, until_on, fits):
    who, where, elsewhere = mediator(session), organisation(session), organisation(session, "另一家", "另")
    registration(session, who, where, from_on=dt.date(2024, 1, 1), until_on=dt.date(2024, 12, 31))
    registration(session, who, elsewhere, from_on=from_on, until_on=until_on)
    registration(session, mediator(session, "李强"), where, from_on=from_on, until_on=until_on)
    if fits:
        registration(session, who, where, from_on=from_on, until_on=until_on)
        assert len(queries.registrations_with(session, who.id, where.id)) == 2
    else:
        with pytest.raises(DuplicateError):
            registration(session, who, where, from_on=from_on, until_on=until_on)


def test_registrations_are_told_in_the_order_of_a_career(session):
    who, where, elsewhere = mediator(session), organisation(session), organisation(session, "另一家", "另")
    late = registration(session, who, where, from_on=dt.date(2024, 1, 1))
    early = registration(session, who, elsewhere, from_on=dt.date(2019, 1, 1), until_on=dt.date(2020, 1, 1))
    unknown = registration(session, who, where, from_on=None, from_unknown=True, until_on=dt.date(2018, 1, 1))
    assert queries.registrations_of(session, who.id) == [unknown, early, late]


def test_an_organisation_counts_as_the_mediators_own_until_the_registration_has_ended(session):
    who, where, elsewhere = mediator(session), organisation(session), organisation(session, "另一家", "另")
    registration(session, who, where, from_on=dt.date(2020, 1, 1), until_on=TODAY)
    registration(session, who, elsewhere, from_on=TODAY + dt.timedelta(30))
    assert queries.organisation_ids_of(session, who.id, TODAY) == {where.id, elsewhere.id}
    assert queries.organisation_ids_of(session, who.id, TODAY + dt.timedelta(1)) == {elsewhere.id}


def test_specialities_are_kept_in_the_order_of_the_closed_list_each_once(session):
    named = [RightKind.TRADE_MARK, RightKind.DESIGN, RightKind.DESIGN]
    one = registration(session, mediator(session), organisation(session), specialities=named)
    session.expire_all()
    assert one.specialities == ["design", "trade_mark"]
    assert one.kinds == (RightKind.DESIGN, RightKind.TRADE_MARK)


def test_a_speciality_is_not_found_in_the_middle_of_another(session):
    where = organisation(session)
    layout, design = mediator(session, "布图"), mediator(session, "外观")
    registration(session, layout, where, specialities=[RightKind.LAYOUT_DESIGN])
    registration(session, design, where, specialities=[RightKind.TRADE_MARK, RightKind.DESIGN])
    assert queries.list_mediators(session, kind=RightKind.DESIGN) == [design]
    assert queries.list_mediators(session, kind=RightKind.LAYOUT_DESIGN) == [layout]


def test_what_is_asked_for_must_hold_of_one_registration(session):
    """A trade-mark mediator here and a patent mediator there is not a patent mediator here."""
    who, here, there = mediator(session), organisation(session), organisation(session, "另一家", "另")
    registration(session, who, here, specialities=[RightKind.TRADE_MARK], level=MediatorLevel.LEVEL_1)
    registration(session, who, there, specialities=[RightKind.INVENTION])
    assert queries.list_mediators(session, organisation_id=here.id, kind=RightKind.INVENTION) == []
    assert queries.list_mediators(session, organisation_id=there.id, kind=RightKind.INVENTION) == [who]
    assert queries.page_mediators(session, organisation_id=there.id, level=MediatorLevel.LEVEL_1).rows == ()


def test_leaving_sets_the_last_day_and_waits_for_the_open_proceedings(session):
    who, where = mediator(session), organisation(session)
    one = registration(session, who, where)
    with pytest.raises(MoveError) as refusal:
        actions.leave(session, one, on=TODAY, live_proceedings=3, seen_version=one.version, by=ZONE, at=AT)
    assert "3" in str(refusal.value)
    assert one.until_on is None
    actions.leave(session, one, on=TODAY, live_proceedings=0, seen_version=one.version, by=ZONE, at=AT)
    assert queries.is_registered(session, who.id, where.id, TODAY)
    assert not queries.is_registered(session, who.id, where.id, TODAY + dt.timedelta(1))
    assert trail(session)[-1] == (
        "registration:leave", {"fields": ["until_on"], "mediator": who.id, "organisation": where.id}
    )  # fmt: skip


@pytest.mark.parametrize("day", [dt.date(2023, 12, 31), dt.date(2025, 1, 1)])
def test_the_last_day_lies_within_the_registration(session, day):
    one = registration(session, mediator(session), organisation(session), until_on=dt.date(2024, 12, 31))
    with pytest.raises(FactError) as refusal:
        actions.leave(session, one, on=day, live_proceedings=0, seen_version=one.version, by=ZONE, at=AT)
    assert refusal.value.field == "on"


def test_a_registration_is_shortened_only_by_leaving(session):
    """Otherwise the open proceedings of the mediator would be walked round."""
    one = registration(session, mediator(session), organisation(session))
    with pytest.raises(FactError) as refusal:
        actions.edit_registration(session, one, **corrected(one, until_on=TODAY))
    assert refusal.value.field == "until_on"
    actions.leave(session, one, on=TODAY, live_proceedings=0, seen_version=one.version, by=ZONE, at=AT)
    with pytest.raises(FactError):
        actions.edit_registration(session, one, **corrected(one, until_on=MARCH_1))
    actions.edit_registration(session, one, **corrected(one, until_on=dt.date(2027, 1, 1)))
    actions.edit_registration(session, one, **corrected(one, until_on=None))
    assert one.until_on is None


def test_an_unknown_first_day_may_become_known_and_never_unknown_again(session):
    one = registration(session, mediator(session), organisation(session), from_on=None, from_unknown=True)
    actions.edit_registration(session, one, **corrected(one, level=MediatorLevel.LEVEL_2))
    assert one.from_unknown
    actions.edit_registration(session, one, **corrected(one, from_on=MARCH_1))
    assert (one.from_on, one.from_unknown) == (MARCH_1, False)
    with pytest.raises(FactError):
        actions.edit_registration(session, one, **corrected(one, from_on=None))


def test_a_prolonged_registration_must_not_run_into_the_next(session):
    who, where = mediator(session), organisation(session)
    one = registration(session, who, where, until_on=dt.date(2024, 12, 31))
    registration(session, who, where, from_on=dt.date(2025, 6, 1))
    actions.edit_registration(session, one, **corrected(one, until_on=dt.date(2025, 5, 31)))
    with pytest.raises(DuplicateError):
        actions.edit_registration(session, one, **corrected(one, until_on=dt.date(2025, 6, 1)))


def test_a_stale_page_neither_corrects_nor_ends_a_registration(session):
    one = registration(session, mediator(session), organisation(session))
    seen = one.version
    actions.edit_registration(session, one, **corrected(one, level=MediatorLevel.LEVEL_3))
    with pytest.raises(StaleError):
        actions.edit_registration(session, one, **corrected(one, level=MediatorLevel.LEVEL_1, seen_version=seen))
    with pytest.raises(StaleError):
        actions.leave(session, one, on=TODAY, live_proceedings=0, seen_version=seen, by=ZONE, at=AT)


# --- The list -------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_gap_or_repetition_even_for_namesakes(session):
    made = {mediator(session, name).id for name in ("王伟", "王伟", "王伟", "Anna", "anna", "陈静", "曾敏")}
    seen: list[int] = []
    after = None
    while True:
        page = queries.page_mediators(session, after=after, size=2)
        seen += [row.mediator.id for row in page.rows]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(made)
    assert set(seen) == made
    assert seen == [one.id for one in queries.list_mediators(session)]


def test_a_full_last_page_promises_no_further_one(session):
    for name in ("甲", "乙"):
        mediator(session, name)
    assert queries.page_mediators(session, size=2).after is None


@pytest.mark.parametrize(
    "wanted, found",
    [
        ("静", {"陈静"}),
        ("CHEN", {"chen_50%"}),
        ("_", {"chen_50%"}),
        ("%", {"chen_50%"}),
        ("138", {"李强"}),
        ("强\x00", {"李强"}),
        (" 强 ", {"李强"}),
        ("无", set()),
    ],
)
def test_the_search_looks_for_what_was_typed_in_name_and_phone(session, wanted, found):
    mediator(session, "陈静")
    mediator(session, "chen_50%")
    mediator(session, "李强", phone="13800138000")
    assert {row.mediator.name for row in queries.page_mediators(session, text=wanted).rows} == found


def test_a_row_shows_the_registrations_of_the_day_asked_for(session):
    who, where, elsewhere = mediator(session), organisation(session), organisation(session, "另一家", "另")
    past = registration(session, who, elsewhere, from_on=dt.date(2019, 1, 1), until_on=dt.date(2020, 1, 1))
    present = registration(session, who, where)
    (row,) = queries.page_mediators(session, on=TODAY).rows
    assert row.registrations == (present,)
    (row,) = queries.page_mediators(session).rows
    assert row.registrations == (past, present)


# --- Training -------------------------------------------------------------------------------------------------------


def test_training_belongs_to_the_calendar_year_of_its_day(session):
    who, other = mediator(session), mediator(session, "李强")

    def trained(one: Mediator, day: dt.date):
        return actions.record_training(session, one, on=day, hours=Decimal("7.5"), subject="判定", by=ZONE, at=AT)

    first, last = trained(who, dt.date(2025, 1, 1)), trained(who, dt.date(2025, 12, 31))
    trained(who, dt.date(2024, 12, 31))
    trained(who, dt.date(2026, 1, 1))
    trained(other, dt.date(2025, 6, 1))
    session.expire_all()
    assert queries.trainings_in(session, who.id, 2025) == [first, last]
    assert sum(one.hours for one in queries.trainings_in(session, who.id, 2025)) == Decimal("15.0")
    assert len(queries.trainings_of(session, who.id)) == 4


@pytest.mark.parametrize(
    "facts, field",
    [
        ({"on": TODAY + dt.timedelta(1)}, "on"),
        ({"hours": Decimal(0)}, "hours"),
        ({"hours": Decimal(-1)}, "hours"),
        ({"hours": Decimal("500.1")}, "hours"),
        ({"hours": Decimal("1.25")}, "hours"),
        ({"hours": Decimal("NaN")}, "hours"),
        ({"subject": "  "}, "subject"),
    ],
)
def test_training_is_past_has_hours_and_a_subject(session, facts, field):
    who = mediator(session)
    with pytest.raises(FactError) as refusal:
        actions.record_training(
            session, who, **({"on": TODAY, "hours": Decimal(8), "subject": "培训"} | facts), by=ZONE, at=AT
        )
    assert refusal.value.field == field


def test_training_entered_by_mistake_is_struck_and_the_trail_says_so(session):
    who = mediator(session)
    one = actions.record_training(session, who, on=TODAY, hours=Decimal(8), subject="培训", by=ZONE, at=AT)
    actions.strike_training(session, one, by=ZONE, at=AT)
    assert queries.trainings_of(session, who.id) == []
    assert trail(session)[-1] == ("training:strike", {"fields": [], "mediator": who.id})


# --- The trail ------------------------------------------------------------------------------------------------------


def test_the_trail_names_fields_and_never_keeps_what_was_entered(session):
    who, where = mediator(session, "陈静", phone="13800138000", note="机密"), organisation(session)
    registration(session, who, where)
    kept = " ".join(session.scalars(select(AuditEvent.detail)))
    assert not any(word in kept for word in ("陈静", "13800138000", "机密", "禅城"))
    assert [(action, detail["fields"]) for action, detail in trail(session)] == [
        ("mediator:create", ["name", "phone", "note"]),
        ("organisation:create", ["name", "short_name", "kind", "park"]),
        ("registration:create", ["level", "specialities", "from_on", "from_unknown"]),
    ]
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).first()
    assert event is not None
    assert (event.actor_id, event.object_type, event.object_ref) == (7, "mediator", str(who.id))
