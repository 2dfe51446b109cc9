"""The award schemes shipped: presets in code, as data for `rules`.

Holds every version ever shipped and the ways to find one. PURE: must hold no arithmetic (`rules`) and no scheme an
administrator wrote (those are rows, read into the same dataclasses). A version once used is never edited.
"""

from __future__ import annotations

from decimal import Decimal

from mediation.awards.facts import Kind, Measure, Span
from mediation.awards.rules import Adjustment, Band, Comparison, Condition, Criterion, Gate, Scheme, curve
from mediation.errors import N_, NotFoundError
from mediation.words import Words

_ON_REGISTER = Gate(
    "on_register", Words("在册", "On the register"),
    Words("截至年末仍在调解组织备案。", "Registered with an organisation on the last day of the year."),
    Condition("on_register", Comparison.IS, True),
)
_NO_FAULT = Gate(
    "no_serious_fault", Words("无严重过错", "No serious fault"),
    Words("没有徇私舞弊、不公正调解和其他违法违纪情形。",
          "No favouritism, unfair mediation or other unlawful conduct on record."),
    Condition("serious_fault", Comparison.IS, False),
)

GUANGDONG_LEVEL_4 = Scheme(
    code="guangdong_level_4",
    version=1,
    words=Words("广东省四级人民调解员条件", "Guangdong level 4 requirements"),
    sentence=Words("逐项核对四级人民调解员的评定条件，从业以来累计，不打分。",
                   "The requirements of a level-4 people's mediator, over the whole service; no points."),
    source=Words("《广东省人民调解员等级评定管理办法（试行）》（粤调协〔2020〕4号）",
                 "Guangdong trial measures for grading people's mediators (2020, no. 4)"),
    from_year=2020,
    span=Span.SERVICE,  # the published text says 累计 of the years and of the disputes
    gates=(
        Gate("years", Words("从业年限", "Years of service"),
             Words("累计从事人民调解工作的年数：自备案之日起至年末的整年数，首尾两日均计。",
                   "Whole years from the day of registration to the last day of the year, both days counted."),
             Condition(Measure("years_on_register"), Comparison.AT_LEAST, Decimal(2))),
        Gate("cases", Words("调解件数", "Number of disputes"),
             Words("终结时任主调解员的调解环节数；移交和未开始调解的不计。",
                   "Proceedings led by the mediator when they ended, without transferred and never-started ones."),
             Condition(Measure("ended"), Comparison.AT_LEAST, Decimal(50))),
        Gate("oral", Words("口头协议占比", "Share of oral agreements"),
             Words("达成口头协议的件数 ÷ 终结总件数（不是 ÷ 达成协议件数）。",
                   "Ended with an oral agreement ÷ all ended (not ÷ those that agreed)."),
             Condition(Measure("agreed_oral", "ended", Kind.RATE), Comparison.AT_MOST, Decimal(30))),
        # The text gives no formula. A withdrawal is neither a reached nor a missed agreement, hence 成立率.
        Gate("success", Words("达成协议成功率", "Success"),
             Words("按成立率计算：达成协议（含部分达成，扣减被宣告无效的）÷（达成协议+调解不成）；"
                   "撤回等其他终结不计入分母。公布的条件未写明公式，此为本系统的选择。",
                   "As SUCC_TRIED: agreed (in part included, less void ones) ÷ (agreed + failed); withdrawals "
                   "and other neutral endings are outside. The published text names no formula; this is our choice."),
             Condition(Measure("agreed_net", "tried", Kind.RATE), Comparison.AT_LEAST, Decimal(85))),
        Gate("criminal", Words("无转化为刑事案件", "No case turned criminal"),
             Words("没有因调解不当转化为刑事案件的纠纷。", "No dispute turned criminal because it was mediated badly."),
             Condition(Measure("turned_criminal"), Comparison.AT_MOST, Decimal(0))),
        _NO_FAULT,
        Gate("training", Words("完成培训", "Training done"),
             Words("按要求参加并完成人民调解员培训。", "Took and finished the training required."),
             Condition("training_done", Comparison.IS, True)),
    ),
)

BALANCED = Scheme(
    code="balanced",
    version=1,
    words=Words("均衡评分", "Balanced score"),
    sentence=Words("各项指标合计一百分，分数随数值连续变化；无数据的项目不计入可评估分，不按满分处理。",
                   "Criteria that weigh 100 together, points change continuously; a criterion without data is "
                   "left out of the assessable points, never taken as full."),
    source=Words("本系统设计；未公布的奖项规则不作推测", "Our own design; the award's own rule was never published"),
    from_year=2000,
    gates=(_ON_REGISTER, _NO_FAULT),
    criteria=(
        Criterion(
            "cases", Words("办案数量", "Number of cases"),
            Words("当年终结且终结时任主调解员的调解环节数。起初每件增分最快，其后递减至封顶，多办不能代替办好。",
                  "Proceedings ended in the year with the mediator as lead. The first ones earn most, later "
                  "ones less, up to the cap: volume does not replace quality."),
            Measure("ended"), curve((0, 0), (10, 8), (20, 12), (50, 17), (100, 20)), Decimal(20),
        ),
        Criterion(
            "success", Words("调解成立率", "Success"),
            Words("达成协议（含部分达成，扣减被宣告无效的）÷（达成协议+调解不成）；撤回等其他终结不计入。"
                  "曲线上凸，承办难案不至于失分过多。",
                  "Agreed (in part included, less void ones) ÷ (agreed + failed); neutral endings are outside. "
                  "The curve flattens upwards, so hard referrals cost little."),
            Measure("agreed_net", "tried", Kind.RATE), curve((0, 0), (30, 10), (70, 20), (100, 25)), Decimal(25),
        ),
        Criterion(
            "timeliness", Words("按期办结", "Timeliness"),
            Words("期限内达成协议或终结的 ÷ 有期限的办结件。",
                  "Agreed, else ended, within the limit ÷ ended ones that have a limit."),
            Measure("on_time", "with_limit", Kind.RATE), curve((0, 0), (60, 6), (90, 13), (100, 15)), Decimal(15),
            beside="extended",
        ),
        Criterion(
            "performance", Words("协议履行", "Agreements performed"),
            Words("未经强制执行或起诉而全部履行的 ÷ 当年到期（或进入执行、诉讼）的协议。",
                  "Fully performed without enforcement or suit ÷ agreements fallen due (or gone to either)."),
            Measure("performed", "agreements_due", Kind.RATE), curve((0, 0), (50, 8), (90, 14), (100, 15)), Decimal(15),
        ),
        Criterion(
            "satisfaction", Words("当事人满意度", "Satisfaction"),
            Words("回访所得一至五分评价的平均分；评价份数过少的不评估。",
                  "Mean of the marks from one to five given at follow-up; too few answers are not assessed."),
            Measure("satisfied_sum", "satisfied_n", Kind.MEAN), curve((1, 0), (3, 3), (4, 7), (5, 10)), Decimal(10),
            minimum_n=3,
        ),
        Criterion(
            "difficulty", Words("疑难案件占比", "Share of difficult cases"),
            Words("疑难复杂案件 ÷ 终结总件数；难度须在终结前评定。",
                  "Difficult ones ÷ all ended; graded before they ended."),
            Measure("difficult", "ended", Kind.RATE), curve((0, 0), (10, 3), (30, 6), (60, 7)), Decimal(7),
        ),
        Criterion(
            "training", Words("培训学时", "Training"),
            Words("当年参加培训的学时。", "Hours of training taken in the year."),
            Measure("training_hours"), curve((0, 0), (24, 3), (48, 4)), Decimal(4),
        ),
        Criterion(
            "files", Words("案卷质量", "Case files"),
            Words("材料清单齐全的案卷 ÷ 应归档案卷。", "Files whose checklist is complete ÷ files due."),
            Measure("filed_complete", "filed_due", Kind.RATE), curve((0, 0), (80, 2), (100, 4)), Decimal(4),
        ),
    ),
)

_STRUCTURE_PUBLISHED = Words("公开的评选办法常见的结构；各项分值为本系统设定",
                             "A structure common among published award rules; its numbers are ours")
_CRIMINAL = Adjustment(
    "criminal", Words("转化为刑事案件", "Turned criminal"),
    Words("因调解不当转化为刑事案件的，按件扣分。",
          "Deducted for each case that turned criminal because it was mediated badly."),
    Measure("turned_criminal"), Decimal(-10), Decimal(30),
)

# Shares and not numbers of cases: a deduction per case would punish whoever takes many.
BASE_100 = Scheme(
    code="base_100",
    version=1,
    words=Words("百分扣分制", "Base 100 with deductions"),
    sentence=Words("以一百分为基础，按比例连续扣分；任一扣分项无数据的，不出总分。",
                   "From a base of 100, deductions grow continuously with their shares; where one has no data there "
                   "is no score."),
    source=_STRUCTURE_PUBLISHED,
    from_year=2000,
    base=Decimal(100),
    gates=(_ON_REGISTER, _NO_FAULT),
    adjustments=(
        Adjustment("failed", Words("调解不成", "Failed"),
                   Words("调解不成 ÷（达成协议+调解不成）。", "Failed ÷ (agreed + failed)."),
                   Measure("failure", "tried", Kind.RATE), Decimal("-0.3"), Decimal(30)),
        Adjustment("late", Words("逾期办结", "Late"),
                   Words("超过期限的 ÷ 有期限的办结件。", "Ended after the limit ÷ ended ones that have a limit."),
                   Measure("late", "with_limit", Kind.RATE), Decimal("-0.4"), Decimal(30)),
        Adjustment("unperformed", Words("协议未履行", "Agreements not performed"),
                   Words("未自动履行的 ÷ 到期的协议。", "Not performed of own accord ÷ agreements fallen due."),
                   Measure("unperformed", "agreements_due", Kind.RATE), Decimal("-0.3"), Decimal(20)),
        Adjustment("files", Words("案卷材料不全", "Files lacking papers"),
                   Words("材料清单不齐全的 ÷ 应归档案卷。", "Checklist not complete ÷ files due."),
                   Measure("filed_lacking", "filed_due", Kind.RATE), Decimal("-0.3"), Decimal(20)),
        _CRIMINAL,
    ),
    bands=(
        Band("outstanding", Words("优秀", "Outstanding"), Decimal(90)),
        Band("good", Words("良好", "Good"), Decimal(80)),
        Band("pass", Words("合格", "Pass"), Decimal(70)),
    ),
)

HUNDRED_PLUS_BONUS = Scheme(
    code="hundred_plus_bonus",
    version=1,
    words=Words("百分加减分制", "100 with bonus and deductions"),
    sentence=Words("在均衡评分的一百分之外设加分和扣分。",
                   "The balanced score, with a bonus and deductions beside its hundred."),
    source=_STRUCTURE_PUBLISHED,
    from_year=2000,
    gates=BALANCED.gates,
    criteria=BALANCED.criteria,
    adjustments=(
        Adjustment("typical", Words("典型案例", "Typical cases"),
                   Words("入选典型案例的，按件加分。", "A bonus for each case published as typical."),
                   Measure("typical_cases"), Decimal(5), Decimal(15)),
        Adjustment("follow_up", Words("回访", "Follow-up"),
                   Words("回访次数 ÷ 达成协议件数。", "Follow-up visits ÷ agreed."),
                   Measure("follow_ups", "agreed", Kind.RATE), Decimal("0.05"), Decimal(5)),
        _CRIMINAL,
    ),
)

SCHEMES: tuple[Scheme, ...] = (BALANCED, GUANGDONG_LEVEL_4, BASE_100, HUNDRED_PLUS_BONUS)
"""Every version ever shipped; a used version is never edited, a changed rule is a new version."""

DEFAULT_SCHEME = BALANCED.code


def get_scheme(code: str, version: int) -> Scheme:
    """The scheme `code` in exactly that version (a locked award replays with it). Raises `NotFoundError`."""
    for scheme in SCHEMES:
        if (scheme.code, scheme.version) == (code, version):
            return scheme
    raise NotFoundError(N_("There is no such award scheme."))


def schemes_for(year: int) -> list[Scheme]:
    """For each code the latest version that holds in `year`, in the order of `SCHEMES`."""
    latest: dict[str, Scheme] = {}
    for scheme in SCHEMES:
        known = latest.get(scheme.code)
        if scheme.from_year <= year and (known is None or scheme.version > known.version):
            latest[scheme.code] = scheme
    return list(latest.values())
