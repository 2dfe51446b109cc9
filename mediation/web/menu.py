"""The main menu as data: where it leads, what it says, who sees it. A page the app does not have is left out."""

from __future__ import annotations

from dataclasses import dataclass

import flask

from mediation.people.permissions import Permission
from mediation.web import access, language
from mediation.words import Words


@dataclass(frozen=True)
class Item:
    """An entry: a page, its title, the right without which it is not offered (the page asks for the same)."""

    endpoint: str
    title: Words
    permission: Permission


@dataclass(frozen=True)
class Entry:
    """An entry as the page draws it. `active`: the present page belongs to it."""

    label: str
    url: str
    active: bool
    count: int | None = None


MENU = (
    Item("docket.home", Words("我的工作", "My work"), Permission.CASE_LIST),
    Item("reception.register", Words("登记案件", "Register a case"), Permission.CASE_REGISTER),
    Item("docket.index", Words("案件", "Cases"), Permission.CASE_LIST),
    Item("figures.completion", Words("完成情况", "Figures"), Permission.FIGURES_SEE),
    Item("awards.index", Words("年度评优", "Annual award"), Permission.AWARD_SEE),
    Item("directory.organisations", Words("组织", "Organisations"), Permission.REGISTER_SEE),
    Item("directory.mediators", Words("调解员", "Mediators"), Permission.REGISTER_SEE),
    Item("ledger.index", Words("导入台账", "Import ledgers"), Permission.LEDGER_IMPORT),
    Item("accounts.index", Words("账户", "Accounts"), Permission.ACCOUNT_MANAGE),
    Item("desk.audit", Words("审计记录", "Audit trail"), Permission.AUDIT_SEE),
)


def entries() -> list[Entry]:
    """What the visitor's role is offered, in the order of `MENU`."""
    app, present = flask.current_app, flask.request.endpoint or ""
    person = access.find_person()
    if person is None or person.must_change_password:
        return []
    offered = [item for item in MENU if item.endpoint in app.view_functions and access.may(item.permission)]
    active = _active([item.endpoint for item in offered], present)
    spoken = language.current()
    return [Entry(i.title.in_(spoken), flask.url_for(i.endpoint), i.endpoint == active) for i in offered]


def _active(offered: list[str], present: str) -> str | None:
    """The entry of the page: itself, else the longest name it continues (`directory.mediator_edit`), else kin."""
    if present in offered:
        return present
    kin = [endpoint for endpoint in offered if endpoint.split(".")[0] == present.split(".")[0]]
    named = [endpoint for endpoint in kin if present.startswith(endpoint.removesuffix("s"))]
    return max(named, key=len) if named else next(iter(kin), None)
