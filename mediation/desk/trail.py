"""How the trail's codes are said on a page. Holds words only: the chain keeps the codes.

A code without words here is shown as it is, so that nothing is ever hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from mediation.terms import Action, Role
from mediation.words import Language, Words

DEEDS: Mapping[str, Words] = MappingProxyType({
    "ledger.decide": Words("确认导入台账", "Decide to import a ledger"),
    "session:start": Words("登录", "Sign in"),
    "session:end": Words("退出登录", "Sign out"),
    "page:open": Words("打开页面", "Open a page"),
    "setting:set": Words("更改设置", "Change a setting"),
    "account:create": Words("新建账户", "Add an account"),
    "account:edit": Words("修改账户", "Edit an account"),
    "account:disable": Words("停用账户", "Disable an account"),
    "account:enable": Words("启用账户", "Enable an account"),
    "account:reset_password": Words("重置密码", "Reset a password"),
    "account:change_password": Words("修改密码", "Change the password"),
    "organisation:create": Words("新增组织", "Add an organisation"),
    "organisation:edit": Words("修改组织", "Edit an organisation"),
    "organisation:close": Words("停用组织", "Close an organisation"),
    "organisation:reopen": Words("恢复组织", "Let an organisation work again"),
    "mediator:create": Words("新增调解员", "Add a mediator"),
    "mediator:edit": Words("修改调解员", "Edit a mediator"),
    "registration:create": Words("备案", "Register a mediator"),
    "registration:edit": Words("修改备案", "Edit a registration"),
    "registration:leave": Words("调解员离任", "Mediator leaves"),
    "training:record": Words("登记培训", "Record training"),
    "training:strike": Words("删除培训记录", "Strike training"),
    "ledger.import": Words("导入台账", "Import a ledger"),
    "ledger.refuse": Words("拒绝台账", "Refuse a ledger"),
})  # fmt: skip

THINGS: Mapping[str, Words] = MappingProxyType({
    "case": Words("案件", "Case"),
    "account": Words("账户", "Account"),
    "page": Words("页面", "Page"),
    "organisation": Words("组织", "Organisation"),
    "mediator": Words("调解员", "Mediator"),
    "registration": Words("备案", "Registration"),
    "training": Words("培训", "Training"),
    "site_setting": Words("设置", "Setting"),
    "ledger_import": Words("台账导入", "Ledger import"),
})  # fmt: skip

RESULTS: Mapping[str, Words] = MappingProxyType({
    "done": Words("完成", "done"),
    "denied": Words("被拒", "denied"),
    "failed": Words("失败", "failed"),
})  # fmt: skip

_CASE = "case."


def deed(code: str, language: Language) -> str:
    """The title of an action: a move on a case bears the move's own."""
    if code.startswith(_CASE) and code.removeprefix(_CASE) in Action.__members__.values():
        return Action(code.removeprefix(_CASE)).in_(language)
    return _said(DEEDS, code, language)


def thing(code: str, language: Language) -> str:
    """The title of a kind of thing."""
    return _said(THINGS, code, language)


def result(code: str, language: Language) -> str:
    """The title of a result."""
    return _said(RESULTS, code, language)


def role(code: str | None, language: Language) -> str | None:
    """The title of a role at the time, if it still exists."""
    return Role(code).in_(language) if code is not None and code in Role.__members__.values() else code


def detail(text: str) -> list[tuple[str, str]]:
    """The pairs of an event's detail that say something; what is no object is shown whole."""
    try:
        found = json.loads(text)
    except ValueError:
        return [("detail", text)]
    if not isinstance(found, dict):
        return [("detail", text)]
    return [
        (str(key), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for key, value in found.items()
        if value is not None
    ]


def _said(titles: Mapping[str, Words], code: str, language: Language) -> str:
    return titles[code].in_(language) if code in titles else code
