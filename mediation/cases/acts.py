"""Infringing acts, by kind of right, as the statutes list them on a given day.

Holds dated data: every act a case may be recorded under, its short title, the article it stands in and the days
that article was law. A statute that is renumbered gets a further row under the same code, so a case keeps its act
and figures add up over the years. PURE: holds no database, no Flask, no clock, and judges no case.

What was read, and what was not:

* read in full: Patent Law (2020) 11, Trade Mark Law (2026 revision) 72, Copyright Law (2020) 52 and 53,
  Anti-Unfair Competition Law (2019) 6 to 12 and (2025) 7 to 13, Software Regulations 23 and 24, Layout-Design
  Regulations (2001) 30, Seed Law (2021) 28;
* taken from secondary copies: the seven items of Trade Mark Law (2013, 2019) 57;
* **unconfirmed**, written from general knowledge of the older texts, for late entries of old facts only: Trade
  Mark Law (2001) 52, Copyright Law (2010) 47 and 48, Anti-Unfair Competition Law (1993) 5, 9, 10, 14 and the
  paragraphs of 9 as they stood from 2018-01-01 to 2019-04-22, Seed Law (2015) 28, and that Patent Law (2008) 11
  reads as in 2020;
* **unconfirmed**: a revision of the Layout-Design Regulations of 2026 is announced, its text and first day are
  not known here; the rows of 2001 are left open until they are.

Bribery and prize sales (Anti-Unfair Competition Law 2025 articles 8 and 11) infringe nobody's intellectual
property and are left out, as are the articles on platforms' prices and late payment (14, 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from mediation.terms import RightKind
from mediation.words import Words


@dataclass(frozen=True, slots=True)
class Act:
    """One infringing act as one text of a statute has it; first and last day inclusive, None = open."""

    code: str
    words: Words
    article: Words
    kinds: frozenset[RightKind]
    from_on: date | None
    until_on: date | None

    def is_law_on(self, on: date) -> bool:
        """Whether the article stood in force on that day."""
        return (self.from_on is None or self.from_on <= on) and (self.until_on is None or on <= self.until_on)


class _Statute(NamedTuple):
    """One text of a statute: titles, first and last day of the text."""

    zh: str
    en: str
    from_on: date
    until_on: date | None = None


class _Place(NamedTuple):
    """Where in a statute an act stands; paragraph and item only where the article has several."""

    statute: _Statute
    article: int
    paragraph: int | None = None
    item: int | None = None


class _Listed(NamedTuple):
    """An act with every place it has stood in, oldest first."""

    code: str
    zh: str
    en: str
    kinds: frozenset[RightKind]
    places: tuple[_Place, ...]


# ------------------------------------------------------------------------------------------------ the statutes

_PATENT: Final = _Statute("《专利法》（2008、2020年修正）", "Patent Law (2008, 2020)", date(2009, 10, 1))

_MARKS_2001: Final = _Statute(
    "《商标法》（2001年修正）", "Trade Mark Law (2001)", date(2001, 12, 1), date(2014, 4, 30)
)  # unconfirmed
_MARKS_2013: Final = _Statute(
    "《商标法》（2013、2019年修正）", "Trade Mark Law (2013, 2019)", date(2014, 5, 1), date(2026, 12, 31)
)
# Adopted 2026-06-26: article 57 becomes 72, its seven items keep their order.
_MARKS_2026: Final = _Statute("《商标法》（2026年修订）", "Trade Mark Law (2026)", date(2027, 1, 1))

_COPYRIGHT_2010: Final = _Statute(
    "《著作权法》（2010年修正）", "Copyright Law (2010)", date(2010, 4, 1), date(2021, 5, 31)
)  # unconfirmed
_COPYRIGHT_2020: Final = _Statute("《著作权法》（2020年修正）", "Copyright Law (2020)", date(2021, 6, 1))

_COMPETITION_1993: Final = _Statute(
    "《反不正当竞争法》（1993年）", "Anti-Unfair Competition Law (1993)", date(1993, 12, 1), date(2017, 12, 31)
)  # unconfirmed
_COMPETITION_2017: Final = _Statute(
    "《反不正当竞争法》（2017年修订）", "Anti-Unfair Competition Law (2017)", date(2018, 1, 1), date(2019, 4, 22)
)  # unconfirmed as to the paragraphs of article 9
_COMPETITION_2019: Final = _Statute(
    "《反不正当竞争法》（2019年修正）", "Anti-Unfair Competition Law (2019)", date(2019, 4, 23), date(2025, 10, 14)
)
_COMPETITION_2025: Final = _Statute(
    "《反不正当竞争法》（2025年修订）", "Anti-Unfair Competition Law (2025)", date(2025, 10, 15)
)

_SOFTWARE: Final = _Statute("《计算机软件保护条例》", "Computer Software Regulations", date(2002, 1, 1))
_LAYOUT: Final = _Statute(
    "《集成电路布图设计保护条例》（2001年）", "Layout-Design Regulations (2001)", date(2001, 10, 1)
)  # end unconfirmed: see the revision of 2026 above

_SEED_2015: Final = _Statute(
    "《种子法》（2015年修订）", "Seed Law (2015)", date(2016, 1, 1), date(2022, 2, 28)
)  # unconfirmed
_SEED_2021: Final = _Statute("《种子法》（2021年修正）", "Seed Law (2021)", date(2022, 3, 1))


# -------------------------------------------------------------------------------------------- whose acts they are

_ANY_PATENT: Final = frozenset(
    {RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN, RightKind.PATENT},
)
# A design protects no use (article 11 paragraph 2), a utility model no process (article 2).
_TECHNICAL: Final = frozenset({RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.PATENT})
_PROCESS: Final = frozenset({RightKind.INVENTION, RightKind.PATENT})
# Geographical indications are registered as collective or certification marks, and protected as such.
_MARKS: Final = frozenset({RightKind.TRADE_MARK, RightKind.GEOGRAPHICAL_INDICATION})
_WORKS: Final = frozenset({RightKind.COPYRIGHT})
_PROGRAMS: Final = frozenset({RightKind.SOFTWARE})
_LAYOUTS: Final = frozenset({RightKind.LAYOUT_DESIGN})
_VARIETIES: Final = frozenset({RightKind.PLANT_VARIETY})
# Ledgers keep unfair competition, trade secrets among it, under "other".
_SIGNS: Final = _MARKS | {RightKind.OTHER}
_SECRETS: Final = frozenset({RightKind.TRADE_SECRET, RightKind.OTHER})
_COMPETITION: Final = frozenset({RightKind.OTHER})


# ---------------------------------------------------------------------------------------------------- the lists


def _patent(paragraph: int | None = None) -> tuple[_Place, ...]:
    return (_Place(_PATENT, 11, paragraph),)


def _mark(item_2001: int | None, item: int) -> tuple[_Place, ...]:
    old = () if item_2001 is None else (_Place(_MARKS_2001, 52, item=item_2001),)
    return (*old, _Place(_MARKS_2013, 57, item=item), _Place(_MARKS_2026, 72, item=item))


def _work(article_2010: int, article: int, item: int) -> tuple[_Place, ...]:
    return (_Place(_COPYRIGHT_2010, article_2010, item=item), _Place(_COPYRIGHT_2020, article, item=item))


def _competition(
    article: int, paragraph: int | None = None, item: int | None = None, *, in_1993: _Place | None = None
) -> tuple[_Place, ...]:
    """The places of an act that stood in `article` from 2018 and one article later from 2025-10-15."""
    old = () if in_1993 is None else (in_1993,)
    return (
        *old,
        _Place(_COMPETITION_2017, article, paragraph, item),
        _Place(_COMPETITION_2019, article, paragraph, item),
        _Place(_COMPETITION_2025, article + 1, paragraph, item),
    )


def _confusion(item: int, *, in_1993: _Place | None = None) -> tuple[_Place, ...]:
    """Confusion: one paragraph until 2025, the first of three since."""
    old = () if in_1993 is None else (in_1993,)
    return (
        *old,
        _Place(_COMPETITION_2017, 6, item=item),
        _Place(_COMPETITION_2019, 6, item=item),
        _Place(_COMPETITION_2025, 7, 1, item),
    )


_LISTED: Final[tuple[_Listed, ...]] = (
    # Patent Law 11
    _Listed("patent_making", "制造专利产品", "Making a patented product", _ANY_PATENT, _patent()),
    _Listed("patent_use", "使用专利产品", "Using a patented product", _TECHNICAL, _patent(1)),
    _Listed("patent_offer", "许诺销售专利产品", "Offering a patented product for sale", _ANY_PATENT, _patent()),
    _Listed("patent_sale", "销售专利产品", "Selling a patented product", _ANY_PATENT, _patent()),
    _Listed("patent_import", "进口专利产品", "Importing a patented product", _ANY_PATENT, _patent()),
    _Listed("patent_process_use", "使用专利方法", "Using a patented process", _PROCESS, _patent(1)),
    _Listed(
        "patent_process_product",
        "使用、许诺销售、销售、进口依专利方法直接获得的产品",
        "Dealing in a product obtained directly by a patented process",
        _PROCESS,
        _patent(1),
    ),
    # Trade Mark Law 57, items 1 to 7 (72 from 2027-01-01; before 2014-05-01 article 52 with five items, the first
    # of which held both identical and similar marks, and without the helper's item)
    _Listed("mark_identical", "同种商品使用相同商标", "Identical mark on the same goods", _MARKS, _mark(1, 1)),
    _Listed(
        "mark_similar",
        "使用近似商标或在类似商品上使用，容易导致混淆",
        "Similar mark or similar goods, likely to confuse",
        _MARKS,
        _mark(1, 2),
    ),
    _Listed("mark_sale", "销售侵权商品", "Selling infringing goods", _MARKS, _mark(2, 3)),
    _Listed(
        "mark_labels",
        "伪造、擅自制造或者销售商标标识",
        "Forging, making or selling labels of a mark",
        _MARKS,
        _mark(3, 4),
    ),
    _Listed("mark_replacement", "反向假冒（更换商标）", "Reverse passing off (mark replaced)", _MARKS, _mark(4, 5)),
    _Listed("mark_help", "故意为侵权提供便利条件", "Knowingly helping an infringer", _MARKS, _mark(None, 6)),
    _Listed("mark_other", "给商标专用权造成其他损害", "Other damage to a registered mark", _MARKS, _mark(5, 7)),
    # Copyright Law 52 (47 before 2021-06-01)
    _Listed("work_publication", "擅自发表作品", "Publishing a work without consent", _WORKS, _work(47, 52, 1)),
    _Listed(
        "work_joint", "将合作作品当作单独作品发表", "Joint work published as one's own alone", _WORKS, _work(47, 52, 2)
    ),
    _Listed("work_false_name", "未参加创作而署名", "Signing another's work", _WORKS, _work(47, 52, 3)),
    _Listed("work_distortion", "歪曲、篡改作品", "Distorting a work", _WORKS, _work(47, 52, 4)),
    _Listed("work_plagiarism", "剽窃作品", "Plagiarism", _WORKS, _work(47, 52, 5)),
    _Listed(
        "work_adaptation",
        "擅自展览、摄制、改编、翻译、注释",
        "Exhibiting, filming, adapting, translating or annotating without consent",
        _WORKS,
        _work(47, 52, 6),
    ),
    _Listed("work_unpaid", "使用作品未付报酬", "Use without the payment due", _WORKS, _work(47, 52, 7)),
    _Listed("work_rental", "擅自出租作品或者录音录像制品", "Renting out without consent", _WORKS, _work(47, 52, 8)),
    _Listed("work_typography", "擅自使用版式设计", "Using a typographical design", _WORKS, _work(47, 52, 9)),
    _Listed(
        "work_live_performance",
        "擅自直播、公开传送或者录制现场表演",
        "Broadcasting or recording a live performance",
        _WORKS,
        _work(47, 52, 10),
    ),
    _Listed("work_other", "其他侵犯著作权及相关权利的行为", "Other infringement", _WORKS, _work(47, 52, 11)),
    # Copyright Law 53 (48 before 2021-06-01)
    _Listed(
        "work_dissemination",
        "擅自复制、发行、表演、放映、广播、汇编或者通过信息网络传播作品",
        "Copying, distributing, performing, broadcasting, compiling or putting on line without consent",
        _WORKS,
        _work(48, 53, 1),
    ),
    _Listed(
        "work_exclusive_book", "出版他人享有专有出版权的图书", "Book under another's licence", _WORKS, _work(48, 53, 2)
    ),
    _Listed(
        "work_performance_copies",
        "擅自复制、发行或者网络传播表演",
        "Copying or putting on line a performance",
        _WORKS,
        _work(48, 53, 3),
    ),
    _Listed(
        "work_recordings",
        "擅自复制、发行或者网络传播录音录像制品",
        "Copying or putting on line a recording",
        _WORKS,
        _work(48, 53, 4),
    ),
    _Listed(
        "work_broadcasts",
        "擅自播放、复制或者网络传播广播、电视",
        "Relaying, copying or putting on line a broadcast",
        _WORKS,
        _work(48, 53, 5),
    ),
    _Listed("work_circumvention", "避开或者破坏技术措施", "Circumventing technical measures", _WORKS, _work(48, 53, 6)),
    _Listed(
        "work_rights_information",
        "删除或者改变权利管理信息",
        "Removing rights-management information",
        _WORKS,
        _work(48, 53, 7),
    ),
    _Listed("work_forgery", "制作、出售假冒署名的作品", "Making or selling forged works", _WORKS, _work(48, 53, 8)),
    # Computer Software Regulations 23, 24 (beyond the law book's list: what software cases are filed under)
    _Listed(
        "software_publication",
        "擅自发表或者登记软件",
        "Publishing or registering software without consent",
        _PROGRAMS,
        (_Place(_SOFTWARE, 23, item=1),),
    ),
    _Listed(
        "software_claimed",
        "将他人软件作为自己的软件发表或者登记",
        "Publishing or registering another's software as one's own",
        _PROGRAMS,
        (_Place(_SOFTWARE, 23, item=2),),
    ),
    _Listed(
        "software_joint",
        "将合作软件作为单独完成的软件发表或者登记",
        "Joint software published as one's own alone",
        _PROGRAMS,
        (_Place(_SOFTWARE, 23, item=3),),
    ),
    _Listed(
        "software_attribution",
        "在他人软件上署名或者更改署名",
        "Signing another's software or changing its signature",
        _PROGRAMS,
        (_Place(_SOFTWARE, 23, item=4),),
    ),
    _Listed(
        "software_alteration",
        "擅自修改、翻译软件",
        "Altering or translating software without consent",
        _PROGRAMS,
        (_Place(_SOFTWARE, 23, item=5),),
    ),
    _Listed(
        "software_other",
        "其他侵犯软件著作权的行为",
        "Other infringement of software",
        _PROGRAMS,
        (_Place(_SOFTWARE, 23, item=6),),
    ),
    _Listed(
        "software_copying",
        "复制或者部分复制软件",
        "Copying software in whole or part",
        _PROGRAMS,
        (_Place(_SOFTWARE, 24, 1, 1),),
    ),
    _Listed(
        "software_distribution",
        "向公众发行、出租或者网络传播软件",
        "Distributing, renting out or putting software on line",
        _PROGRAMS,
        (_Place(_SOFTWARE, 24, 1, 2),),
    ),
    _Listed(
        "software_circumvention",
        "避开或者破坏软件的技术措施",
        "Circumventing technical measures of software",
        _PROGRAMS,
        (_Place(_SOFTWARE, 24, 1, 3),),
    ),
    _Listed(
        "software_rights_information",
        "删除或者改变软件权利管理电子信息",
        "Removing rights-management information of software",
        _PROGRAMS,
        (_Place(_SOFTWARE, 24, 1, 4),),
    ),
    _Listed(
        "software_licensing",
        "擅自转让或者许可他人软件著作权",
        "Assigning or licensing another's software",
        _PROGRAMS,
        (_Place(_SOFTWARE, 24, 1, 5),),
    ),
    # Anti-Unfair Competition Law 6 (7 from 2025-10-15): confusion
    _Listed(
        "confusion_trade_dress",
        "混淆：商品名称、包装、装潢",
        "Confusion: name, packaging or dress of goods",
        _SIGNS,
        _confusion(1, in_1993=_Place(_COMPETITION_1993, 5, item=2)),
    ),
    _Listed(
        "confusion_name",
        "混淆：企业名称、字号、姓名",
        "Confusion: name of a business or person",
        _SIGNS,
        _confusion(2, in_1993=_Place(_COMPETITION_1993, 5, item=3)),
    ),
    _Listed(
        "confusion_online",
        "混淆：域名、网站名称、网页等",
        "Confusion: domain name, site or page",
        _SIGNS,
        _confusion(3),
    ),
    _Listed("confusion_other", "其他混淆行为", "Other confusion", _SIGNS, _confusion(4)),
    _Listed(
        "confusion_mark_as_name",
        "将他人商标用作字号或者搜索关键词",
        "Another's mark as business name or search keyword",
        _SIGNS,
        (_Place(_COMPETITION_2025, 7, 2),),
    ),
    _Listed(
        "confusion_help", "帮助他人实施混淆", "Helping others to confuse", _SIGNS, (_Place(_COMPETITION_2025, 7, 3),)
    ),
    # Anti-Unfair Competition Law 8 (9 from 2025-10-15): false promotion
    _Listed(
        "false_promotion",
        "虚假或者引人误解的商业宣传",
        "False or misleading promotion",
        _COMPETITION,
        _competition(8, 1, in_1993=_Place(_COMPETITION_1993, 9)),
    ),
    _Listed(
        "false_promotion_help",
        "组织虚假交易等帮助虚假宣传",
        "Helping false promotion by sham sales",
        _COMPETITION,
        _competition(8, 2),
    ),
    # Anti-Unfair Competition Law 9 (10 from 2025-10-15): trade secrets
    _Listed(
        "secret_acquisition",
        "以不正当手段获取商业秘密",
        "Acquiring a trade secret by improper means",
        _SECRETS,
        _competition(9, 1, 1, in_1993=_Place(_COMPETITION_1993, 10, 1, 1)),
    ),
    _Listed(
        "secret_use",
        "披露、使用以不正当手段获取的商业秘密",
        "Disclosing or using a trade secret so acquired",
        _SECRETS,
        _competition(9, 1, 2, in_1993=_Place(_COMPETITION_1993, 10, 1, 2)),
    ),
    _Listed(
        "secret_breach",
        "违反保密义务披露、使用商业秘密",
        "Disclosing or using a trade secret in breach of a duty",
        _SECRETS,
        _competition(9, 1, 3, in_1993=_Place(_COMPETITION_1993, 10, 1, 3)),
    ),
    _Listed(
        "secret_incitement",
        "教唆、引诱、帮助他人违反保密义务",
        "Inciting or helping a breach of secrecy",
        _SECRETS,
        # The amendment of 2019-04-23 added it.
        (_Place(_COMPETITION_2019, 9, 1, 4), _Place(_COMPETITION_2025, 10, 1, 4)),
    ),
    _Listed(
        "secret_third_party",
        "第三人明知或者应知而获取、披露、使用商业秘密",
        "Third party knowingly acquiring or using a trade secret",
        _SECRETS,
        (
            _Place(_COMPETITION_1993, 10, 2),
            _Place(_COMPETITION_2017, 9, 2),
            _Place(_COMPETITION_2019, 9, 3),
            _Place(_COMPETITION_2025, 10, 3),
        ),
    ),
    # Anti-Unfair Competition Law 11 (12 from 2025-10-15): disparagement
    _Listed(
        "disparagement",
        "商业诋毁",
        "Commercial disparagement",
        _COMPETITION,
        _competition(11, in_1993=_Place(_COMPETITION_1993, 14)),
    ),
    # Anti-Unfair Competition Law 12 (13 from 2025-10-15): on the network
    _Listed(
        "online_redirect",
        "插入链接、强制跳转",
        "Inserted links, forced redirects",
        _COMPETITION,
        _competition(12, 2, 1),
    ),
    _Listed(
        "online_removal",
        "误导、强迫用户修改、关闭、卸载他人产品",
        "Making users alter, close or remove another's product",
        _COMPETITION,
        _competition(12, 2, 2),
    ),
    _Listed("online_incompatibility", "恶意不兼容", "Malicious incompatibility", _COMPETITION, _competition(12, 2, 3)),
    _Listed(
        "online_other",
        "其他妨碍、破坏网络产品或者服务的行为",
        "Other disturbance of on-line products",
        _COMPETITION,
        _competition(12, 2, 4),
    ),
    _Listed(
        "data_taking",
        "以不正当方式获取、使用他人合法持有的数据",
        "Improperly taking or using another's data",
        _COMPETITION,
        (_Place(_COMPETITION_2025, 13, 3),),
    ),
    _Listed(
        "platform_rules",
        "滥用平台规则实施虚假交易、虚假评价、恶意退货",
        "Abusing platform rules: sham sales, reviews or returns",
        _COMPETITION,
        (_Place(_COMPETITION_2025, 13, 4),),
    ),
    # Layout-Design Regulations 30 (beyond the law book's list)
    _Listed("layout_copying", "复制布图设计", "Copying a layout design", _LAYOUTS, (_Place(_LAYOUT, 30, 1, 1),)),
    _Listed(
        "layout_dealing",
        "为商业目的进口、销售或者提供布图设计及含有其的产品",
        "Importing, selling or supplying a layout design or its products",
        _LAYOUTS,
        (_Place(_LAYOUT, 30, 1, 2),),
    ),
    # Seed Law 28 (beyond the law book's list)
    _Listed(
        "variety_propagation",
        "生产、繁殖授权品种的繁殖材料",
        "Producing or propagating material of a variety",
        _VARIETIES,
        (_Place(_SEED_2015, 28), _Place(_SEED_2021, 28, 2)),
    ),
    _Listed(
        "variety_offer",
        "许诺销售授权品种的繁殖材料",
        "Offering material of a variety for sale",
        _VARIETIES,
        (_Place(_SEED_2021, 28, 2),),
    ),
    _Listed(
        "variety_sale",
        "销售授权品种的繁殖材料",
        "Selling material of a variety",
        _VARIETIES,
        (_Place(_SEED_2015, 28), _Place(_SEED_2021, 28, 2)),
    ),
    _Listed(
        "variety_border",
        "进口、出口授权品种的繁殖材料",
        "Importing or exporting material of a variety",
        _VARIETIES,
        (_Place(_SEED_2021, 28, 2),),
    ),
    _Listed(
        "variety_storage",
        "为侵权储存授权品种的繁殖材料",
        "Storing material of a variety for such acts",
        _VARIETIES,
        (_Place(_SEED_2021, 28, 2),),
    ),
    _Listed(
        "variety_parent",
        "重复使用授权品种生产另一品种的繁殖材料",
        "Repeated use to produce another variety",
        _VARIETIES,
        (_Place(_SEED_2015, 28), _Place(_SEED_2021, 28, 2)),
    ),
    _Listed(
        "variety_harvest",
        "未经许可处理由授权品种获得的收获材料",
        "Dealing in harvested material of a variety",
        _VARIETIES,
        (_Place(_SEED_2021, 28, 3),),
    ),
    _Listed(
        "variety_derived",
        "未经同意利用实质性派生品种",
        "Using an essentially derived variety without consent",
        _VARIETIES,
        # The State Council decides from when and for which species it applies: unconfirmed.
        (_Place(_SEED_2021, 28, 4),),
    ),
)

_DIGITS: Final = "零一二三四五六七八九"


def _in_chinese(number: int) -> str:
    """`number` (1 to 99) as articles are counted: 七, 十三, 五十二."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def _cited(place: _Place) -> Words:
    """The place as lawyers cite it, in both languages."""
    zh = f"{place.statute.zh}第{_in_chinese(place.article)}条"
    en = f"{place.statute.en}, art. {place.article}"
    if place.paragraph is not None:
        zh += f"第{_in_chinese(place.paragraph)}款"
        en += f" para. {place.paragraph}"
    if place.item is not None:
        zh += f"第（{_in_chinese(place.item)}）项"
        en += f" item {place.item}"
    return Words(zh, en)


def _rows() -> Iterator[Act]:
    for listed in _LISTED:
        for place in listed.places:
            yield Act(
                code=listed.code,
                words=Words(listed.zh, listed.en),
                article=_cited(place),
                kinds=listed.kinds,
                from_on=place.statute.from_on,
                until_on=place.statute.until_on,
            )


ACTS: Final[tuple[Act, ...]] = tuple(_rows())
"""Every act in every text, in the order of the statutes; the rows of one code stand oldest first."""


def acts_for(kind: RightKind, on: date) -> tuple[Act, ...]:
    """The acts one may record against a right of this kind, by the law of the day `on` (the day of the act)."""
    return tuple(act for act in ACTS if kind in act.kinds and act.is_law_on(on))


def find_act(code: str, on: date | None = None) -> Act | None:
    """The act of this code by the law of the day `on`, or None when there was none.

    Without a day: its newest text, which may not be in force yet. That is enough for the title, which is the same
    in every text, but not for the article.
    """
    found = None
    for act in ACTS:
        if act.code == code and (on is None or act.is_law_on(on)):
            found = act
    return found
