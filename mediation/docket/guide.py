"""What the help page says: each role in five lines, states and moves as the workflow has them, numbers, keys.

Bilingual data only. States and moves are read from `cases.workflow`, so the page cannot tell another story than the
buttons. Holds no markup.
"""

from __future__ import annotations

from dataclasses import dataclass

from mediation.cases import workflow
from mediation.cases.facts import Fact
from mediation.cases.workflow import Move, Reach, Track
from mediation.people.permissions import Permission
from mediation.terms import Action, Role, State
from mediation.words import Term, Words


@dataclass(frozen=True)
class RoleGuide:
    """A role and what it does, five lines."""

    role: Role
    lines: tuple[Words, ...]


ROLES: tuple[RoleGuide, ...] = (
    RoleGuide(Role.CLERK, (
        Words("在“登记案件”页面登记纠纷，必填项不超过八项，约一分钟完成。",
              "Register disputes on “Register a case”: at most eight facts are needed, about a minute."),
        Words("登记前看一眼系统列出的相似案件：同一纠纷不另立新案。",
              "Look at the similar cases shown before saving: the same dispute is not registered twice."),
        Words("记录受理或不予受理，并为已受理的案件指派主调解员。",
              "Record acceptance or refusal, and assign a lead mediator to what was accepted."),
        Words("答复移交给本单位的案件；把不属本单位职责的案件移交出去。",
              "Answer cases offered to your organisation; offer those that are not its business."),
        Words("补充当事人、权利和案号；终结后结案、归档。",
              "Add parties, rights and numbers; close and file what has ended."),
    )),
    RoleGuide(Role.MEDIATOR, (
        Words("“我的工作”先列已超期和七日内到期的案件，再列其他在办案件及下一步。",
              "“My work” shows what is overdue or due within seven days, then your other cases with their next step."),
        Words("与双方取得联系后记录开始调解；每一步在案件页面上都是一个按钮。",
              "Record the start once both sides were contacted; each step is a button on the case page."),
        Words("鉴定或等待权利效力结论时中止，期限随之停止；恢复后继续计算。",
              "Suspend for an appraisal or validity proceedings: the limit stops, and goes on when you resume."),
        Words("达成协议即记录协议；终结时逐一填写每个被申请人的结果。",
              "Record an agreement when it is signed; on ending, give the result for each respondent."),
        Words("调解不成时向当事人释明后续途径，可同时移交其他渠道。",
              "After a failure explain the further routes to the parties; the case may be offered to another channel."),
    )),
    RoleGuide(Role.ORGANISATION_ADMIN, (
        Words("拥有本组织立案登记员和调解员的全部操作。",
              "May do all that the organisation's clerks and mediators do."),
        Words("维护本组织调解员的备案、专长和培训。",
              "Keeps the registrations, specialities and training of the organisation's mediators."),
        Words("关注“已受理未指派”和“移交逾3个工作日未答复”。",
              "Watches “Accepted, no lead mediator” and “Our offer unanswered for 3 working days”."),
        Words("更正录错的事实、撤销最近一次操作；原值、新值和理由都留痕。",
              "Corrects facts and undoes the last entry; the old value, the new one and the reason stay on record."),
        Words("按调解员查看本组织的完成情况。",
              "Sees the organisation's figures by mediator."),
    )),
    RoleGuide(Role.ZONE_ADMIN, (
        Words("维护全区的调解组织和调解员名册。",
              "Keeps the register of organisations and mediators of the whole zone."),
        Words("导入台账：逐行校验，合格的行入库，有误的行按行号和列名列出。",
              "Imports ledgers: every row is checked; good ones arrive, faulty ones are listed by row and column."),
        Words("查看全区案件，从总览数字点到案件列表。",
              "Sees every case of the zone; every count leads to its list."),
        Words("必要时指派调解员、更正事实，均须说明理由。",
              "Assigns mediators and corrects facts where needed, with a reason."),
        Words("查看完成情况和年度评优报告。",
              "Reads the figures and the annual award report."),
    )),
    RoleGuide(Role.AWARD_STAFF, (
        Words("编制年度调解员评优报告。",
              "Prepares the annual mediator award report."),
        Words("每个得分都列明所依据的事实、规则和版本。",
              "Every score shows the facts, the rule and the version it rests on."),
        Words("未达门槛者列明未达的条件。",
              "Who misses a gate is shown which one."),
        Words("可按调解员查看完成情况，但不能打开案件。",
              "May see the figures by mediator, but may open no case."),
        Words("样本过小时报告会注明，不作比较。",
              "Where the sample is too small the report says so and compares nothing."),
    )),
    RoleGuide(Role.AUDITOR, (
        Words("查看全部案件和审计记录，不能修改任何内容。",
              "Reads every case and the audit trail, and can change nothing."),
        Words("每次登记、流转、更正、导出都在审计链中留下一条记录。",
              "Every registration, move, correction and export leaves one entry in the chain."),
        Words("验证审计链：任何篡改都会断链。",
              "Verifies the chain: whatever is tampered with breaks it."),
        Words("关注迟录（超过7日）及其理由。",
              "Watches late entries (over 7 days) and their reasons."),
        Words("核对台账与统计：每个数字都能点到所计的案件。",
              "Holds the figures against the list: each number opens onto the cases it counts."),
    )),
    RoleGuide(Role.SYSTEM_ADMIN, (
        Words("开立、停用账户，重置密码；密码只显示一次。",
              "Opens and disables accounts and resets passwords; a password is shown once."),
        Words("账户的角色决定能看到什么：按需授予最小权限。",
              "The role decides what an account sees: give the least that does."),
        Words("调解员账户须关联名册中的调解员，才能看到其承办的案件。",
              "A mediator's account is linked to the mediator on the register, or their cases stay hidden."),
        Words("不能查看案件，也不能修改业务数据。",
              "Sees no case and changes no fact of the trade."),
        Words("用命令行备份、恢复和核查数据。",
              "Backs up, restores and checks the data on the command line."),
    )),
)  # fmt: skip


@dataclass(frozen=True)
class StateGuide:
    """A state of a proceeding, and the moves that leave it."""

    state: State
    moves: tuple[Action, ...]


@dataclass(frozen=True)
class MoveGuide:
    """A move: what it leads to (None: the state stays), what it must bring, whose right it needs."""

    action: Action
    reaches: Words
    facts: tuple[Fact, ...]
    right: Permission


@dataclass(frozen=True)
class TrackGuide:
    """The moves on one kind of record."""

    title: Words
    moves: tuple[MoveGuide, ...]


_TRACKS = {
    Track.PROCEEDING: Words("调解环节", "The proceeding"),
    Track.OFFER: Words("移交", "The handover"),
    Track.AGREEMENT: Words("调解协议", "The agreement"),
    Track.CONFIRMATION: Words("司法确认", "Judicial confirmation"),
}
_SAME = Words("状态不变", "the state stays")
_BEFORE = Words("回到中止前的状态", "back to the state before the suspension")


def states() -> list[StateGuide]:
    """Every state of a proceeding with the moves possible from it."""
    rows = [row for row in workflow.MOVES if row.track is Track.PROCEEDING]
    return [StateGuide(state, tuple(row.action for row in rows if state in row.leaves)) for state in State]


def tracks() -> list[TrackGuide]:
    """Every move there is, in the order of the table."""
    return [
        TrackGuide(title, tuple(_told(row) for row in workflow.MOVES if row.track is track))
        for track, title in _TRACKS.items()
    ]


def _told(row: Move) -> MoveGuide:
    reaches = row.reaches
    words = reaches.words if isinstance(reaches, Term) else _BEFORE if reaches is Reach.BEFORE else _SAME
    return MoveGuide(row.action, words, row.facts, row.right)


IDENTIFIERS: tuple[tuple[Words, Words], ...] = (
    (Words("统一社会信用代码", "Unified social credit code"),
     Words("18位；校验码错误不能保存，登记部门或行政区划不常见只作提示。",
           "18 characters; a wrong check character is refused, an unusual authority or region is only pointed out.")),
    (Words("公民身份号码", "Resident identity number"),
     Words("18位；页面上只显示首尾，港澳台及外国人证件只作提示。",
           "18 digits; pages show only its ends. Other documents are only pointed out.")),
    (Words("专利号", "Patent number"),
     Words("如 ZL201310699744.2；有无 ZL、空格和小数点均可检索。",
           "Such as ZL201310699744.2; found with or without ZL, blanks and the point.")),
    (Words("商标注册号", "Trade mark number"),
     Words("1至9位数字，可带字母；国际注册以 G 开头。",
           "1 to 9 digits, perhaps a letter; international registrations begin with G.")),
    (Words("著作权登记号", "Copyright registration"),
     Words("如 国作登字-2021-L-00268255、2014SR001852；登记不是必需的。",
           "Such as 国作登字-2021-L-00268255 or 2014SR001852; registration is not needed.")),
    (Words("案号", "Case numbers"),
     Words("本系统案号、调解组织编号、法院和平台编号都可检索；可只输“00042”或“2026-42”。",
           "The zone's, an organisation's, a court's or platform's number; “00042” or “2026-42” will do.")),
)  # fmt: skip

KEYS: tuple[tuple[str, Words], ...] = (
    ("/", Words("跳到检索框", "go to the search box")),
    ("Alt + 1 … 9", Words("打开主菜单的第1至9项", "open entry 1 to 9 of the main menu")),
    ("Tab", Words("到下一项；登记页面按填写顺序排列", "next field; the registration page is in the order of writing")),
    ("Enter", Words("提交表单；误按两次只登记一件", "send the form; pressed twice it registers one case")),
    ("Esc", Words("关闭账户面板", "close the account panel")),
)
