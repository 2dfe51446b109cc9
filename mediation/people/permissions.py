"""The whole policy on one screen: permission → clauses (roles, relation to the thing). PURE.

A permission is `thing:deed`. A clause grants it to its roles when its relation holds between the person
and the standing of a thing; a permission asked without a thing asks whether the role could ever have it.
`may` and `ensure` are the only readers. Holds no query: lists use the SQL twin
`cases.queries.visible_to`, which a test holds against `may`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mediation.errors import ForbiddenError, N_
from mediation.terms import Role
from mediation.words import Term


class Permission(Term):
    """`thing:deed`; the titles are what the access page prints."""

    SELF = "self:use", "本人账户", "Own account"
    CASE_REGISTER = "case:register", "登记案件", "Register a case"
    CASE_LIST = "case:list", "案件列表", "List cases"
    CASE_SEE = "case:see", "查看案件概况", "See a case's outline"
    CASE_READ = "case:read", "查阅案件内容", "Read a case"
    CASE_ACCEPT = "case:accept", "受理或不予受理", "Accept or refuse"
    CASE_ASSIGN = "case:assign", "指派调解员", "Assign mediators"
    CASE_MEDIATE = "case:mediate", "调解", "Mediate"
    CASE_END = "case:end", "终结", "End"
    CASE_OFFER = "case:offer", "移交", "Offer to another organisation"
    CASE_ANSWER_OFFER = "case:answer_offer", "答复移交", "Answer an offer"
    CASE_REOPEN = "case:reopen", "重新调解", "Reopen"
    CASE_RECORD = "case:record", "记录协议履行与回访", "Record performance and follow-up"
    CASE_CORRECT = "case:correct", "更正", "Correct facts"
    CASE_CLOSE = "case:close", "结案归档", "Close and file"
    CASE_EDIT = "case:edit", "补充当事人、权利和案号", "Add parties, rights, numbers"
    REGISTER_SEE = "register:see", "查看名册", "See the register"
    ORGANISATION_EDIT = "organisation:edit", "维护组织", "Edit organisations"
    MEDIATOR_EDIT = "mediator:edit", "维护调解员", "Edit mediators"
    FIGURES_SEE = "figures:see", "查看完成情况", "See the figures"
    FIGURES_MEDIATORS = "figures:mediators", "按调解员查看", "See figures by mediator"
    AWARD_SEE = "award:see", "评优报告", "See the award report"
    LEDGER_IMPORT = "ledger:import", "导入台账", "Import ledgers"
    ACCOUNT_MANAGE = "account:manage", "管理账户", "Manage accounts"
    AUDIT_SEE = "audit:see", "查看审计记录", "See the audit trail"


class Person(Protocol):
    """Who asks."""

    @property
    def account_id(self) -> int: ...
    @property
    def role(self) -> Role: ...
    @property
    def organisation_id(self) -> int | None: ...
    @property
    def mediator_id(self) -> int | None: ...


@dataclass(frozen=True)
class Standing:
    """How a thing stands to people: what the relations below look at.

    For a proceeding: its own organisation, its present mediators, who registered it. For a case: the
    organisations and mediators of all its proceedings. `offered_to`: organisations with a pending offer.
    """

    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    mediator_ids: frozenset[int] = field(default_factory=frozenset)
    registrar_ids: frozenset[int] = field(default_factory=frozenset)
    offered_to: frozenset[int] = field(default_factory=frozenset)


Relation = Callable[[Person, Standing], bool]


def anyones(person: Person, standing: Standing) -> bool:
    """No relation needed."""
    return True


def own(person: Person, standing: Standing) -> bool:
    """The person mediates it, or registered it."""
    return person.mediator_id in standing.mediator_ids or person.account_id in standing.registrar_ids


def mediates(person: Person, standing: Standing) -> bool:
    """The person is one of its mediators."""
    return person.mediator_id is not None and person.mediator_id in standing.mediator_ids


def own_organisation(person: Person, standing: Standing) -> bool:
    """It lies with the person's organisation."""
    return person.organisation_id is not None and person.organisation_id in standing.organisation_ids


def offered_to_mine(person: Person, standing: Standing) -> bool:
    """It is offered to the person's organisation and not answered yet."""
    return person.organisation_id is not None and person.organisation_id in standing.offered_to


@dataclass(frozen=True)
class Clause:
    """Grants to `roles` where one of `relations` holds."""

    roles: frozenset[Role]
    relations: tuple[Relation, ...]


def _to(*roles: Role, when: Relation | tuple[Relation, ...] = anyones) -> Clause:
    return Clause(frozenset(roles), when if isinstance(when, tuple) else (when,))


M, C, O, Z = Role.MEDIATOR, Role.CLERK, Role.ORGANISATION_ADMIN, Role.ZONE_ADMIN
W, A, S = Role.AWARD_STAFF, Role.AUDITOR, Role.SYSTEM_ADMIN

POLICY: dict[Permission, tuple[Clause, ...]] = {
    Permission.SELF: (_to(*Role),),
    Permission.CASE_REGISTER: (_to(M, C, O),),
    Permission.CASE_LIST: (_to(M, C, O, Z, A),),
    # The receiver of an offer sees the outline; the file opens to it when it accepts.
    Permission.CASE_SEE: (_to(M, when=own), _to(C, O, when=(own_organisation, offered_to_mine)), _to(Z, A)),
    Permission.CASE_READ: (_to(M, when=own), _to(C, O, when=own_organisation), _to(Z, A)),
    Permission.CASE_ACCEPT: (_to(M, when=own), _to(C, O, when=own_organisation)),
    Permission.CASE_ASSIGN: (_to(M, when=own), _to(C, O, when=own_organisation), _to(Z)),
    Permission.CASE_MEDIATE: (_to(M, when=mediates), _to(O, when=own_organisation)),
    Permission.CASE_END: (_to(M, when=mediates), _to(O, when=own_organisation)),
    Permission.CASE_OFFER: (_to(M, when=own), _to(C, O, when=own_organisation)),
    Permission.CASE_ANSWER_OFFER: (_to(C, O, when=offered_to_mine),),
    Permission.CASE_REOPEN: (_to(M, when=own), _to(C, O, when=own_organisation)),
    Permission.CASE_RECORD: (_to(M, when=own), _to(C, O, when=own_organisation)),
    Permission.CASE_CORRECT: (_to(M, when=own), _to(O, when=own_organisation), _to(Z)),
    Permission.CASE_CLOSE: (_to(M, when=own), _to(C, O, when=own_organisation)),
    Permission.CASE_EDIT: (_to(M, when=own), _to(C, O, when=own_organisation)),
    Permission.REGISTER_SEE: (_to(*Role),),
    Permission.ORGANISATION_EDIT: (_to(Z),),
    Permission.MEDIATOR_EDIT: (_to(O, when=own_organisation), _to(Z)),
    Permission.FIGURES_SEE: (_to(M, C, O, Z, W, A),),
    Permission.FIGURES_MEDIATORS: (_to(O, Z, W, A),),
    Permission.AWARD_SEE: (_to(Z, W, A),),
    Permission.LEDGER_IMPORT: (_to(Z),),
    Permission.ACCOUNT_MANAGE: (_to(S),),
    Permission.AUDIT_SEE: (_to(A),),
}


def may(person: Person, permission: Permission, standing: Standing | None = None) -> bool:
    """Whether `person` has `permission` on the thing with `standing`; without one, whether the role ever could."""
    return any(
        person.role in clause.roles
        and (standing is None or any(relation(person, standing) for relation in clause.relations))
        for clause in POLICY[permission]
    )


def ensure(person: Person, permission: Permission, standing: Standing | None = None) -> None:
    """Raise ForbiddenError unless `may`."""
    if not may(person, permission, standing):
        raise ForbiddenError(N_("Your role may not do this here: %(permission)s."), permission=permission)
