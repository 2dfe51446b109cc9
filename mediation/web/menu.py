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
    Item("statistics.index", Words("完成情况", "Figures"), Permission.FIGURES_SEE),
    Item("awards.index", Words("年度评优", "Annual award"), Permission.AWARD_SEE),
    Item("directory.organisations", Words("组织与调解员", "Organisations"), Permission.REGISTER_SEE),
    Item("ledger.index", Words("导入台账", "Import ledgers"), Permission.LEDGER_IMPORT),
    Item("accounts.index", Words("账户", "Accounts"), Permission.ACCOUNT_MANAGE),
    Item("desk.audit", Words("审计记录", "Audit trail"), Permission.AUDIT_SEE),
)


def entries() -> list[Entry]:
    """What the visitor's role is offered; the entry of the present page is active, else its capability's first."""
    app, present = flask.current_app, flask.request.endpoint or ""
    person = access.find_person()
    if person is None or person.must_change_password:
        return []
    offered = [item for item in MENU if item.endpoint in app.view_functions and access.may(item.permission)]
    exact = {item.endpoint for item in offered if item.endpoint == present}
    related = [item.endpoint for item in offered if item.endpoint.split(".")[0] == present.split(".")[0]]
    active = exact or set(related[-1:])
    spoken = language.current()
    return [Entry(i.title.in_(spoken), flask.url_for(i.endpoint), i.endpoint in active) for i in offered]
