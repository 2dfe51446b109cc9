"""Who may do what, written down a second time: a table of letters, read against the policy of the code.

Columns: M mediator · C clerk · O organisation administrator · Z zone administrator · W award staff · A auditor ·
S system administrator. Letters: a anything · o own (mediates or registered it) · m mediates it ·
h at home (it lies with the person's organisation) · r received (offered to it) · - never.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from mediation.errors import ForbiddenError
from mediation.people import permissions
from mediation.people.permissions import Permission, Standing
from mediation.terms import Role

ROLES = (
    Role.MEDIATOR, Role.CLERK, Role.ORGANISATION_ADMIN, Role.ZONE_ADMIN, Role.AWARD_STAFF, Role.AUDITOR,
    Role.SYSTEM_ADMIN,
)  # fmt: skip

#                     M   C   O   Z   W   A   S
TABLE = """
self:use              a   a   a   a   a   a   a
case:register         a   a   a   -   -   -   -
case:list             a   a   a   a   -   a   -
case:see              o   hr  hr  a   -   a   -
case:read             o   h   h   a   -   a   -
case:accept           o   h   h   -   -   -   -
case:assign           o   h   h   a   -   -   -
case:mediate          m   -   h   -   -   -   -
case:end              m   -   h   -   -   -   -
case:offer            o   h   h   -   -   -   -
case:answer_offer     -   r   r   -   -   -   -
case:reopen           o   h   h   -   -   -   -
case:record           o   h   h   -   -   -   -
case:correct          o   -   h   a   -   -   -
case:close            o   h   h   -   -   -   -
case:edit             o   h   h   -   -   -   -
register:see          a   a   a   a   a   a   a
organisation:edit     -   -   -   a   -   -   -
mediator:edit         -   -   h   a   -   -   -
figures:see           a   a   a   a   a   a   -
figures:mediators     -   -   a   a   a   a   -
award:see             -   -   -   a   a   a   -
ledger:import         -   -   -   a   -   -   -
account:manage        -   -   -   -   -   -   a
audit:see             -   -   -   -   -   a   -
"""

CELLS = [
    (Permission(code), role, letters)
    for line in TABLE.strip().splitlines()
    for code, *row in [line.split()]
    for role, letters in zip(ROLES, row, strict=True)
]


@dataclass(frozen=True)
class Somebody:
    role: Role
    account_id: int = 1
    organisation_id: int | None = 10
    mediator_id: int | None = 100


# Every way a thing may stand to account 1 of organisation 10, who is mediator 100; and to strangers.
SITUATIONS = [
    (frozenset(letters), Standing(
        organisation_ids=frozenset({10 if "h" in letters else 11}),
        mediator_ids=frozenset({100 if "m" in letters else 101}),
        registrar_ids=frozenset({1 if "g" in letters else 2}),
        offered_to=frozenset({10 if "r" in letters else 12}),
    ))
    for count in range(5)
    for letters in itertools.combinations("hmgr", count)
]  # fmt: skip


def expected(letters: str, situation: frozenset[str]) -> bool:
    """What the table says of a thing that stands so: g is having registered it."""
    holds = {"a": True, "o": bool(situation & {"m", "g"}), "-": False}
    return any(holds.get(letter, letter in situation) for letter in letters)


def test_the_table_has_every_permission_and_every_role():
    assert {permission for permission, _, _ in CELLS} == set(Permission) == set(permissions.POLICY)
    assert set(ROLES) == set(Role)
    assert len(CELLS) == len(Permission) * len(Role)


@pytest.mark.parametrize(("permission", "role", "letters"), CELLS, ids=str)
def test_the_policy_is_the_table(permission, role, letters):
    person = Somebody(role)
    for situation, standing in SITUATIONS:
        assert permissions.may(person, permission, standing) == expected(letters, situation), sorted(situation)


@pytest.mark.parametrize(("permission", "role", "letters"), CELLS, ids=str)
def test_without_a_thing_the_role_alone_is_asked(permission, role, letters):
    assert permissions.may(Somebody(role), permission) == (letters != "-")


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_who_belongs_nowhere_is_related_to_nothing(permission, role):
    """No organisation is not the same organisation as none, and no mediator not the same mediator."""
    nobody = Somebody(role, account_id=99, organisation_id=None, mediator_id=None)
    anything = [letters for found, of, letters in CELLS if (found, of) == (permission, role)]
    for _, standing in SITUATIONS:
        assert permissions.may(nobody, permission, standing) == (anything == ["a"])
    assert permissions.may(nobody, permission, Standing()) == (anything == ["a"])


def test_only_its_own_mediator_may_end_a_case():
    standing = Standing(organisation_ids=frozenset({10}), mediator_ids=frozenset({100}), registrar_ids=frozenset({1}))
    assert permissions.may(Somebody(Role.MEDIATOR), Permission.CASE_END, standing)
    colleague = Somebody(Role.MEDIATOR, account_id=2, mediator_id=101)
    assert not permissions.may(colleague, Permission.CASE_END, standing)
    assert not permissions.may(Somebody(Role.MEDIATOR, mediator_id=None), Permission.CASE_END, standing)


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AWARD_STAFF])
def test_who_keeps_accounts_or_awards_opens_no_case(role):
    for permission in Permission:
        if permission.startswith("case:"):
            assert not permissions.may(Somebody(role), permission)


def test_an_auditor_only_looks():
    held = {permission for permission in Permission if permissions.may(Somebody(Role.AUDITOR), permission)}
    assert held == {
        Permission.SELF, Permission.CASE_LIST, Permission.CASE_SEE, Permission.CASE_READ, Permission.REGISTER_SEE,
        Permission.FIGURES_SEE, Permission.FIGURES_MEDIATORS, Permission.AWARD_SEE, Permission.AUDIT_SEE,
    }  # fmt: skip


def test_a_refusal_names_the_right_that_is_missing():
    with pytest.raises(ForbiddenError) as refusal:
        permissions.ensure(Somebody(Role.CLERK), Permission.ACCOUNT_MANAGE)
    assert refusal.value.in_("zh_Hans") == {"permission": "管理账户"}
    permissions.ensure(Somebody(Role.SYSTEM_ADMIN), Permission.ACCOUNT_MANAGE)
