"""The closed lists of the trade, each member with its Chinese and English title.

Holds enumerations only: no rule, no database, no Flask. What the members *mean* stands in
`channels`, `cases/workflow`, `cases/deadlines`, `statistics/measures`.
Source: the zone's three-channel mediation practice, People's Mediation Law (2010),
SPC provisions on invited mediation (Fa Shi [2016] 14), GB/T ledger formats of the Ministry (2010).
"""

from __future__ import annotations

from mediation.words import Term


class Park(Term):
    """The five parks of the zone, and its management committee for what belongs to none of them."""

    CHANCHENG = "chancheng", "禅城园", "Chancheng Park"
    NANHAI = "nanhai", "南海园", "Nanhai Park"
    SHUNDE = "shunde", "顺德园", "Shunde Park"
    GAOMING = "gaoming", "高明园", "Gaoming Park"
    SANSHUI = "sanshui", "三水园", "Sanshui Park"
    ZONE = "zone", "高新区管委会", "Zone Management Committee"


class OrganisationKind(Term):
    """What an organisation is by law."""

    COMMITTEE = "committee", "人民调解委员会", "People's mediation committee"
    COURT = "court", "人民法院", "Court"
    ADMINISTRATIVE_ORGAN = "administrative_organ", "行政机关", "Administrative organ"
    SERVICE_INSTITUTION = "service_institution", "服务机构", "Service institution"
    OTHER_INSTITUTION = "other_institution", "其他调解组织", "Other mediation institution"


class MediatorLevel(Term):
    """The grade a registration carries (Guangdong's ladder of people's mediators)."""

    NONE = "none", "未评级", "Not graded"
    LEVEL_4 = "level_4", "四级", "Level 4"
    LEVEL_3 = "level_3", "三级", "Level 3"
    LEVEL_2 = "level_2", "二级", "Level 2"
    LEVEL_1 = "level_1", "一级", "Level 1"


class Source(Term):
    """Where a dispute came from (案件来源)."""

    PARTY = "party", "当事人申请", "Party's application"
    COMMITTEE = "committee", "调解组织主动调解", "Committee's initiative"
    COURT = "court", "法院移送", "Court"
    ADMINISTRATIVE_ORGAN = "administrative_organ", "行政机关移送", "Administrative organ"
    PLATFORM = "platform", "平台推送", "Platform push"
    EXHIBITION = "exhibition", "展会", "Exhibition"
    HOTLINE = "hotline", "热线", "Hotline"
    POLICE_GOVERNMENT = "police_government", "公安或政府部门移送", "Police or government"
    OTHER = "other", "其他", "Other"


class EntryForm(Term):
    """How a proceeding came to its organisation (进入方式)."""

    OWN = "own", "自行受理", "Own acceptance"
    DELEGATED = "delegated", "委派调解", "Delegated by court before docketing"
    ENTRUSTED = "entrusted", "委托调解", "Entrusted by court after docketing"
    INVITED = "invited", "邀请协助", "Invited by the judge"
    TRANSFERRED = "transferred", "移交", "Transferred"
    JOINT = "joint", "联合调解", "Joint mediation"
    ASSISTED = "assisted", "协助调解", "Assisted"


class RightKind(Term):
    """Kinds of intellectual-property right. PATENT stands for ledgers that do not say which kind."""

    INVENTION = "invention", "发明专利", "Invention patent"
    UTILITY_MODEL = "utility_model", "实用新型", "Utility model"
    DESIGN = "design", "外观设计", "Design"
    PATENT = "patent", "专利", "Patent (kind not stated)"
    TRADE_MARK = "trade_mark", "商标", "Trade mark"
    COPYRIGHT = "copyright", "著作权", "Copyright work"
    SOFTWARE = "software", "计算机软件", "Software"
    TRADE_SECRET = "trade_secret", "商业秘密", "Trade secret"
    GEOGRAPHICAL_INDICATION = "geographical_indication", "地理标志", "Geographical indication"
    LAYOUT_DESIGN = "layout_design", "集成电路布图设计", "Layout design"
    PLANT_VARIETY = "plant_variety", "植物新品种", "Plant variety"
    OTHER = "other", "其他", "Other"


class RightStatus(Term):
    """Legal status of a right on the day it was checked."""

    PENDING = "pending", "申请中", "Pending"
    IN_FORCE = "in_force", "有效", "In force"
    EXPIRED = "expired", "已失效", "Expired"
    DISPUTED = "disputed", "无效宣告中", "Validity disputed"


class PartyRole(Term):
    """The side a party stands on."""

    APPLICANT = "applicant", "申请人", "Applicant"
    RESPONDENT = "respondent", "被申请人", "Respondent"
    THIRD_PARTY = "third_party", "第三人", "Third party"


class PartyKind(Term):
    """Legal or natural person."""

    LEGAL = "legal", "法人或其他组织", "Legal person"
    NATURAL = "natural", "自然人", "Natural person"


class Designation(Term):
    """Enterprise designations one filters and counts by."""

    NATIONAL_DEMONSTRATION = "national_demonstration", "国家知识产权示范企业", "National IP demonstration enterprise"
    NATIONAL_ADVANTAGE = "national_advantage", "国家知识产权优势企业", "National IP advantage enterprise"
    ZONE_INTENSIVE = "zone_intensive", "高新区知识产权密集型企业", "IP-intensive enterprise of the zone"


class Difficulty(Term):
    """How hard a case is, as the organisation grades it."""

    SIMPLE = "simple", "简易", "Simple"
    ORDINARY = "ordinary", "一般", "Ordinary"
    DIFFICULT = "difficult", "疑难复杂", "Difficult"


class NumberKind(Term):
    """Who issued an external number."""

    COURT = "court", "法院案号", "Court number"
    PLATFORM = "platform", "平台编号", "Platform number"
    ADMINISTRATIVE = "administrative", "行政案号", "Administrative number"
    CONFIRMATION = "confirmation", "司法确认案号", "Confirmation number"
    LEDGER = "ledger", "台账编号", "Ledger number"
    OTHER = "other", "其他编号", "Other number"


class MediatorRole(Term):
    """What a mediator does in a proceeding."""

    LEAD = "lead", "主调解员", "Lead mediator"
    CO = "co", "共同调解员", "Co-mediator"
    ASSISTANT = "assistant", "协助调解员", "Assisting mediator"


class State(Term):
    """States of a proceeding (domain: how a proceeding lives)."""

    REGISTERED = "registered", "已登记", "Registered"
    NOT_ACCEPTED = "not_accepted", "不予受理", "Not accepted"
    ACCEPTED = "accepted", "已受理", "Accepted"
    MEDIATING = "mediating", "调解中", "Mediating"
    SUSPENDED = "suspended", "中止", "Suspended"
    ENDED = "ended", "调解终结", "Ended"


class CaseState(Term):
    """State of the dispute, derived from its proceedings."""

    UNDECIDED = "undecided", "待受理", "Awaiting acceptance"
    NEVER_ACCEPTED = "never_accepted", "未受理", "Never accepted"
    OPEN = "open", "在办", "Open"
    SUSPENDED = "suspended", "中止", "Suspended"
    ENDED = "ended", "已办结", "Ended"


class NotAcceptedReason(Term):
    """Why a registered proceeding was never accepted."""

    RESPONDENT_REFUSED = "respondent_refused", "被申请人不同意", "Respondent refused"
    RESPONDENT_SILENT = "respondent_silent", "被申请人逾期未答复", "Respondent did not answer"
    NOT_COMPETENT = "not_competent", "不属于受理范围", "Not competent"
    MATERIALS_MISSING = "materials_missing", "材料不全且未补正", "Papers missing"
    WITHDRAWN_EARLY = "withdrawn_early", "受理前撤回", "Withdrawn before acceptance"
    PASSED_ON = "passed_on", "移交其他组织", "Passed on to another organisation"
    OTHER = "other", "其他", "Other"


class SuspendReason(Term):
    """Why a proceeding is suspended."""

    APPRAISAL = "appraisal", "鉴定", "Appraisal"
    VALIDITY = "validity", "权利效力程序", "Validity proceedings"
    SHAM_CHECK = "sham_check", "虚假调解核查", "Check for sham mediation"
    OTHER = "other", "其他", "Other"
    UNKNOWN = "unknown", "未载明", "Not stated"


class HandoverReason(Term):
    """Why a proceeding is offered to another organisation."""

    COMPETENCE = "competence", "无管辖权或不属职责", "Not competent"
    PARTIES_CHOICE = "parties_choice", "当事人选择", "Parties' choice"
    FAILED = "failed", "调解不成后衔接", "After a failed attempt"
    OTHER = "other", "其他", "Other"


class OfferState(Term):
    """States of a handover offer."""

    PENDING = "pending", "待接收", "Pending"
    ACCEPTED = "accepted", "已接收", "Accepted"
    REJECTED = "rejected", "已拒收", "Rejected"
    RECALLED = "recalled", "已撤回", "Recalled"


class OfferRejection(Term):
    """Why an offered case is not taken."""

    NOT_COMPETENT = "not_competent", "不属本单位职责", "Not competent"
    PAPERS_MISSING = "papers_missing", "材料不全", "Papers missing"
    PARTY_UNWILLING = "party_unwilling", "当事人不愿意", "A party is unwilling"
    CAPACITY = "capacity", "力量不足", "No capacity"
    OTHER = "other", "其他", "Other"


class ReopenCause(Term):
    """Why an ended dispute is mediated again."""

    APPLIED_AGAIN = "applied_again", "当事人再次申请", "Applied for again"
    VOID_AGREEMENT = "void_agreement", "协议被宣告无效", "Agreement void"
    BREACH = "breach", "协议未履行", "Agreement not performed"
    COURT_REFERRAL = "court_referral", "法院再次委派委托", "Referred again by a court"
    OTHER = "other", "其他", "Other"


class OutcomeClass(Term):
    """Class of an outcome; its rank decides which proceeding's class a dispute bears."""

    SUCCESS = "success", "达成协议", "Agreed"
    PART = "part", "部分达成", "Agreed in part"
    FAILURE = "failure", "调解不成", "Failed"
    NEUTRAL = "neutral", "其他终结", "Neutral"
    NEVER_STARTED = "never_started", "未开始调解", "Never started"


class Outcome(Term):
    """How a proceeding ended."""

    AGREED_WRITTEN = "agreed_written", "达成书面协议", "Agreed in writing"
    AGREED_ORAL = "agreed_oral", "达成口头协议", "Agreed orally"
    AGREED_PART = "agreed_part", "部分达成协议", "Agreed in part"
    SETTLED_WITHDRAWN = "settled_withdrawn", "和解撤回", "Settled and withdrawn"
    WITHDRAWN = "withdrawn", "申请人撤回", "Withdrawn"
    TRANSFERRED = "transferred", "移交终结", "Transferred"
    SHAM_FOUND = "sham_found", "认定虚假调解", "Sham found"
    REFUSED_BY_PARTY = "refused_by_party", "当事人拒绝调解", "Refused by a party"
    UNREACHABLE = "unreachable", "当事人无法联系", "Party unreachable"
    DEADLOCK = "deadlock", "分歧过大调解不成", "Deadlock"
    LIMIT_PASSED = "limit_passed", "期限届满未达成", "Limit passed without agreement"
    REFUSED_TO_SIGN = "refused_to_sign", "拒绝签字", "Refused to sign"
    OTHER_NEUTRAL = "other_neutral", "其他（不计成败）", "Other (neutral)"
    OTHER_FAILURE = "other_failure", "其他（调解不成）", "Other (failure)"


class PartyResult(Term):
    """The result for one respondent."""

    AGREED = "agreed", "达成协议", "Agreed"
    NOT_AGREED = "not_agreed", "未达成", "Not agreed"
    WITHDRAWN = "withdrawn", "撤回", "Withdrawn"
    TRANSFERRED = "transferred", "移交", "Transferred"
    UNKNOWN = "unknown", "未载明", "Not stated"


class OnwardRoute(Term):
    """Where the parties go after mediation ended without full agreement; recorded with END."""

    NONE = "none", "无", "None"
    TRIAL = "trial", "转诉讼", "Trial"
    ADJUDICATION = "adjudication", "转行政裁决", "Administrative adjudication"
    ARBITRATION = "arbitration", "转仲裁", "Arbitration"
    POLICE = "police", "转公安", "Police"


class AgreementForm(Term):
    """Form of an agreement; court papers and at-once performance are forms of a written one."""

    WRITTEN = "written", "书面协议", "Written"
    ORAL = "oral", "口头协议", "Oral"
    COURT_STATEMENT = "court_statement", "法院调解书", "Court mediation statement"
    PERFORMED_AT_ONCE = "performed_at_once", "即时履行", "Performed at once"


class AgreementScope(Term):
    """Whole, or for some respondents or claims only."""

    WHOLE = "whole", "全部", "Whole"
    PART = "part", "部分", "In part"


class AgreementState(Term):
    """In force, or void by a ruling."""

    IN_FORCE = "in_force", "有效", "In force"
    VOID = "void", "无效", "Void"


class PerformanceState(Term):
    """How far an agreement has been performed."""

    NOT_DUE = "not_due", "待履行", "To be performed"
    PERFORMED = "performed", "已履行", "Performed"
    LATE = "late", "逾期履行", "Performed late"
    PARTLY = "partly", "部分履行", "Partly performed"
    NOT_PERFORMED = "not_performed", "未履行", "Not performed"
    ENFORCED = "enforced", "申请强制执行", "Went to enforcement"
    SUED = "sued", "另行起诉", "Went to suit"


class ConfirmationState(Term):
    """Judicial confirmation of an agreement (司法确认); never a proceeding."""

    APPLIED = "applied", "已申请", "Applied"
    ACCEPTED = "accepted", "已受理", "Accepted by the court"
    CONFIRMED = "confirmed", "已确认", "Confirmed"
    REJECTED = "rejected", "驳回", "Rejected"
    WITHDRAWN = "withdrawn", "撤回", "Withdrawn"


class Role(Term):
    """What an account may be."""

    MEDIATOR = "mediator", "调解员", "Mediator"
    CLERK = "clerk", "立案登记员", "Intake clerk"
    ORGANISATION_ADMIN = "organisation_admin", "组织管理员", "Organisation administrator"
    ZONE_ADMIN = "zone_admin", "园区业务管理员", "Zone administrator"
    AWARD_STAFF = "award_staff", "评优工作人员", "Award staff"
    AUDITOR = "auditor", "审计员", "Auditor"
    SYSTEM_ADMIN = "system_admin", "系统管理员", "System administrator"


class Action(Term):
    """Every move there is, on all four tracks (proceeding, offer, agreement, confirmation)."""

    REGISTER = "register", "登记", "Register"
    ACCEPT = "accept", "受理", "Accept"
    REFUSE = "refuse", "不予受理", "Refuse"
    WITHDRAW_EARLY = "withdraw_early", "受理前撤回", "Withdraw before acceptance"
    ASSIGN = "assign", "指派调解员", "Assign a mediator"
    REPLACE = "replace", "更换调解员", "Replace a mediator"
    START = "start", "开始调解", "Start mediation"
    SUSPEND = "suspend", "中止", "Suspend"
    RESUME = "resume", "恢复", "Resume"
    EXTEND = "extend", "延长期限", "Extend the limit"
    AGREE = "agree", "达成协议", "Record an agreement"
    END = "end", "终结", "End"
    OFFER = "offer", "移交", "Hand over"
    RECALL = "recall", "撤回移交", "Recall the offer"
    OFFER_ACCEPTED = "offer_accepted", "接收移交", "Accept the handover"
    OFFER_REJECTED = "offer_rejected", "拒收移交", "Reject the handover"
    REOPEN = "reopen", "重新调解", "Reopen"
    SUPPLEMENT = "supplement", "补充信息", "Supplement"
    ANNUL = "annul", "宣告协议无效", "Annul the agreement"
    PERFORM = "perform", "记录履行情况", "Record performance"
    APPLY_CONFIRMATION = "apply_confirmation", "申请司法确认", "Apply for confirmation"
    DECIDE_CONFIRMATION = "decide_confirmation", "记录确认结果", "Record the court's decision"
    FOLLOW_UP = "follow_up", "回访", "Follow up"
    CORRECT = "correct", "更正", "Correct a fact"
    VOID_ENTRY = "void_entry", "撤销最近操作", "Undo the last entry"
    CLOSE = "close", "结案", "Close"
    FILE = "file", "归档", "File"
