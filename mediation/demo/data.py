"""Who and what stands in the demonstration: organisations, mediators, holders, goods. All of it invented.

Names sound like Foshan's, numbers bear true check characters, and nobody is meant: credit codes carry a body no
registrar gives out (MADEM0…). Holds tables and the makers of numbers; must not hold a course of a dispute
(see `plans`) nor touch a database (see `histories`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from stdnum.cn import uscc

from mediation.cases import identifiers
from mediation.channels import Channel
from mediation.register.models import Gender, LimitUnit
from mediation.terms import Designation, MediatorLevel, OrganisationKind, Park, RightKind


@dataclass(frozen=True)
class OrganisationData:
    """An organisation of the demonstration. `weight`: how much of its channel's work it takes."""

    key: str
    name: str
    short: str
    kind: OrganisationKind
    park: Park
    channel: Channel
    weight: int
    limit: tuple[int, LimitUnit] | None = None


@dataclass(frozen=True)
class RegistrationData:
    """One registration of a mediator: first and last day included."""

    organisation: str
    from_on: dt.date
    until_on: dt.date | None = None
    level: MediatorLevel = MediatorLevel.NONE


@dataclass(frozen=True)
class MediatorData:
    """A mediator with the registrations of a career."""

    name: str
    gender: Gender
    registrations: tuple[RegistrationData, ...]
    specialities: tuple[RightKind, ...]


@dataclass(frozen=True)
class HolderData:
    """A right holder: what it makes decides what is copied."""

    name: str
    park: Park
    sector: str
    code: str
    designations: tuple[Designation, ...]


K, P, C = OrganisationKind, Park, Channel
F, M = Gender.FEMALE, Gender.MALE

ORGANISATIONS: tuple[OrganisationData, ...] = (
    OrganisationData("zone", "佛山高新区知识产权纠纷人民调解委员会", "高新知调委", K.COMMITTEE, P.ZONE, C.PEOPLE, 20),
    OrganisationData("aluminium", "南海铝型材与家具行业知识产权人民调解委员会", "南海行调委", K.COMMITTEE, P.NANHAI,
                     C.PEOPLE, 9),
    OrganisationData("ceramics", "石湾陶瓷行业知识产权人民调解委员会", "石湾陶调委", K.COMMITTEE, P.CHANCHENG,
                     C.PEOPLE, 4),
    OrganisationData("appliances", "顺德家电行业知识产权人民调解委员会", "顺德家电调委", K.COMMITTEE, P.SHUNDE,
                     C.PEOPLE, 5),
    OrganisationData("sanshui", "三水园知识产权人民调解工作站", "三水园调解站", K.COMMITTEE, P.SANSHUI, C.PEOPLE, 2),
    OrganisationData("gaoming", "高明园知识产权人民调解工作站", "高明园调解站", K.COMMITTEE, P.GAOMING, C.PEOPLE, 2),
    OrganisationData("centre", "岭海知识产权保护中心纠纷调解室", "保护中心", K.OTHER_INSTITUTION, P.ZONE, C.PEOPLE, 4),
    OrganisationData("expo", "潭洲展会知识产权纠纷快速调解站", "展会调解站", K.COMMITTEE, P.SHUNDE, C.PEOPLE, 0),
    OrganisationData("ip_court", "佛山知识产权法庭诉调对接中心", "知产诉调中心", K.COURT, P.ZONE, C.JUDICIAL, 14),
    OrganisationData("nanhai_court", "南海法院桂澜知识产权调解中心", "桂澜调解中心", K.COURT, P.NANHAI, C.JUDICIAL, 6),
    OrganisationData("shunde_court", "顺德法院北滘知识产权调解中心", "北滘调解中心", K.COURT, P.SHUNDE, C.JUDICIAL, 3),
    OrganisationData("market_nanhai", "南海市场监管局高新区知识产权科", "南海市监", K.ADMINISTRATIVE_ORGAN, P.NANHAI,
                     C.ADMINISTRATIVE, 9, (60, LimitUnit.CALENDAR_DAYS)),
    OrganisationData("market_shunde", "顺德市场监管局知识产权促进科", "顺德市监", K.ADMINISTRATIVE_ORGAN, P.SHUNDE,
                     C.ADMINISTRATIVE, 3),
    OrganisationData("market_chancheng", "禅城市场监管局知识产权科", "禅城市监", K.ADMINISTRATIVE_ORGAN, P.CHANCHENG,
                     C.ADMINISTRATIVE, 2, (45, LimitUnit.WORKING_DAYS)),
)

BY_KEY = {organisation.key: organisation for organisation in ORGANISATIONS}

HOME, NEIGHBOUR = "zone", "ip_court"
"""The organisations whose people have accounts to try: the one, and the one to hand over to."""

EXPO = "expo"

_PATENTS = (RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN)
_MARKS = (RightKind.TRADE_MARK,)
_WORKS = (RightKind.COPYRIGHT, RightKind.SOFTWARE)
_L = MediatorLevel
_SINCE = dt.date(2021, 3, 1)


def _at(organisation: str, level: MediatorLevel = _L.NONE, from_on: dt.date = _SINCE) -> tuple[RegistrationData, ...]:
    return (RegistrationData(organisation, from_on, None, level),)


MEDIATORS: tuple[MediatorData, ...] = (
    MediatorData("梁敏仪", F, _at("zone", _L.LEVEL_2), (*_PATENTS, RightKind.TRADE_MARK)),
    MediatorData("黄志强", M, _at("zone", _L.LEVEL_3), _MARKS),
    MediatorData("陈嘉慧", F, _at("zone", _L.LEVEL_4), _WORKS),
    MediatorData("何永康", M, _at("zone", _L.LEVEL_1), _PATENTS),
    MediatorData("区婉珊", F, _at("zone", _L.NONE, dt.date(2023, 7, 3)), _MARKS),
    # Two worked for two organisations in turn, one left for good; early in the list, so that they leave cases behind.
    MediatorData("郭绍棠", M, (
        RegistrationData("centre", _SINCE, dt.date(2023, 6, 30), _L.LEVEL_4),
        RegistrationData("zone", dt.date(2023, 7, 1), None, _L.LEVEL_3)), _PATENTS),
    MediatorData("彭雪莹", F, (
        RegistrationData("ceramics", _SINCE, dt.date(2024, 12, 31)),
        RegistrationData("ip_court", dt.date(2025, 1, 1), None, _L.LEVEL_4)), _WORKS),
    MediatorData("龙耀祖", M, (
        RegistrationData("appliances", _SINCE, dt.date(2024, 5, 31), _L.LEVEL_3),), _PATENTS),
    MediatorData("霍俊杰", M, _at("aluminium", _L.LEVEL_3), _PATENTS),
    MediatorData("罗丽华", F, _at("aluminium", _L.LEVEL_4), _PATENTS),
    MediatorData("冼伟文", M, _at("aluminium"), _MARKS),
    MediatorData("邓凯旋", M, _at("aluminium", _L.NONE, dt.date(2024, 1, 8)), _WORKS),
    MediatorData("潘玉莲", F, _at("ceramics", _L.LEVEL_2), (RightKind.DESIGN, RightKind.COPYRIGHT)),
    MediatorData("招国樑", M, _at("ceramics", _L.LEVEL_4), _PATENTS),
    MediatorData("吴晓岚", F, _at("ceramics"), _WORKS),
    MediatorData("苏建邦", M, _at("appliances", _L.LEVEL_3), _PATENTS),
    MediatorData("欧阳静", F, _at("appliances", _L.LEVEL_4), _PATENTS),
    MediatorData("卢志华", M, _at("appliances"), _MARKS),
    MediatorData("麦诗琪", F, _at("appliances", _L.NONE, dt.date(2022, 9, 1)), _MARKS),
    MediatorData("陆锦添", M, _at("sanshui", _L.LEVEL_4), _MARKS),
    MediatorData("钱丽娟", F, _at("sanshui"), _PATENTS),
    MediatorData("谭伟业", M, _at("gaoming", _L.LEVEL_4), _PATENTS),
    MediatorData("严秀芳", F, _at("gaoming"), _MARKS),
    MediatorData("简文彬", M, _at("centre", _L.LEVEL_2), _PATENTS),
    MediatorData("曾思颖", F, _at("centre"), _WORKS),
    MediatorData("劳家明", M, _at("expo"), _PATENTS),
    MediatorData("莫慧敏", F, _at("expo"), (RightKind.DESIGN, RightKind.TRADE_MARK)),
    MediatorData("李泽楷", M, _at("ip_court", _L.LEVEL_2), _PATENTS),
    MediatorData("周雅文", F, _at("ip_court", _L.LEVEL_3), _MARKS),
    MediatorData("张润生", M, _at("ip_court"), _WORKS),
    MediatorData("伍倩雯", F, _at("nanhai_court", _L.LEVEL_3), _MARKS),
    MediatorData("杨启明", M, _at("nanhai_court"), _WORKS),
    MediatorData("刘慕贞", F, _at("nanhai_court"), _WORKS),
    MediatorData("林国栋", M, _at("shunde_court", _L.LEVEL_4), _MARKS),
    MediatorData("叶佩珊", F, _at("shunde_court"), _WORKS),
    MediatorData("关子健", M, _at("market_nanhai"), _PATENTS),
    MediatorData("邹海燕", F, _at("market_nanhai"), _MARKS),
    MediatorData("冯达成", M, _at("market_shunde"), _PATENTS),
    MediatorData("岑淑仪", F, _at("market_shunde"), _MARKS),
    MediatorData("温志豪", M, _at("market_chancheng"), _PATENTS),
    MediatorData("游美琪", F, _at("market_chancheng"), _MARKS),
)  # fmt: skip

TRAINING: tuple[tuple[tuple[int, int], str, int], ...] = (
    ((3, 18), "知识产权调解实务与卷宗制作", 16),
    ((6, 22), "专利法、商标法新规解读", 8),
    ((10, 20), "调解心理与沟通技巧", 8),
)
"""Every year's courses: month and day, subject, hours."""

SECTORS: dict[str, tuple[str, ...]] = {
    "陶瓷": ("仿古砖", "岩板", "陶瓷大板", "马赛克瓷砖", "石湾公仔摆件", "卫浴洁具"),
    "家具": ("实木餐椅", "软体沙发", "办公屏风", "儿童学习桌", "铝合金衣柜"),
    "家电": ("电饭煲", "空气炸锅", "电风扇", "破壁机", "净水器", "燃气热水器"),
    "照明": ("LED吸顶灯", "轨道射灯", "太阳能路灯", "灯具散热器"),
    "纺织": ("针织面料", "牛仔布", "内衣花边", "童装"),
    "铝型材": ("隔热断桥铝型材", "铝合金门窗", "阳光房型材", "五金合页"),
    "机械": ("陶瓷抛光机", "木工封边机", "包装机", "注塑机械手"),
}

SHOP_TRADES = ("建材经营部", "家居店", "电器商行", "灯饰店", "布行", "百货店", "饰品店", "文具店")
PLACES = ("乐从", "北滘", "大沥", "狮山", "张槎", "石湾", "西樵", "容桂", "荷城", "西南", "丹灶", "陈村")
MARKETS = ("线上店铺", "乐从家具城摊位", "华夏陶瓷博览城展厅", "直播间", "厂区仓库", "经销门店", "电商平台旗舰店")
SURNAMES = "陈梁李黄何张吴刘罗麦冯谢苏卢邓叶曾廖区潘"
GIVEN = ("伟强", "丽珍", "志文", "少芬", "国辉", "燕玲", "俊豪", "美娟", "永健", "秀云", "家乐", "晓彤")
AGENTS = ("广东岭粤律师事务所 陈律师", "佛山禅知律师事务所 何律师", "广东南枫律师事务所 周律师",
          "佛山汾江专利代理事务所 梁代理师")  # fmt: skip
SERIES_HOLDERS = (
    ("广州萌芽动漫文化有限公司", "“小醒狮”卡通形象美术作品", "小醒狮美术作品批量维权"),
    ("深圳蓝鲸图库科技有限公司", "“岭南四季”摄影作品", "岭南四季摄影作品批量维权"),
    ("佛山粤绣花样设计有限公司", "“木棉红”面料花型美术作品", "木棉红花型批量维权"),
)
EXHIBITIONS = ((4, 18, "潭洲陶瓷展"), (5, 20, "顺德家电博览会"), (8, 24, "乐从家具展"), (10, 18, "佛山陶博会"))
"""Month, first day and name; each lasts four days."""

_REGION = {P.CHANCHENG: "440604", P.NANHAI: "440605", P.SHUNDE: "440606", P.SANSHUI: "440607", P.GAOMING: "440608",
           P.ZONE: "440600"}  # fmt: skip
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(park: Park, serial: int, *, shop: bool = False) -> str:
    """A credit code with true check characters (GB 32100-2015, GB 11714) and a body nobody bears."""
    high, low = divmod(serial % 961, 31)
    body = "MADEM0" + _ALPHABET[high] + _ALPHABET[low]
    value = sum(int(sign, 36) * weight for sign, weight in zip(body, _BODY_WEIGHTS, strict=True))
    rest = 11 - value % 11
    body += {10: "X", 11: "0"}.get(rest, str(rest))
    code = ("92" if shop else "91") + _REGION[park] + body
    return code + str(uscc.calc_check_digit(code))


def right_number(rng: Random, kind: RightKind, year: int) -> str | None:
    """A number of the right form for a right applied for a few years before `year`; None: there is none."""
    filed = year - rng.randint(1, 6)
    match kind:
        case RightKind.INVENTION | RightKind.UTILITY_MODEL | RightKind.DESIGN:
            digit = {RightKind.INVENTION: 1, RightKind.UTILITY_MODEL: 2, RightKind.DESIGN: 3}[kind]
            serial = f"{filed}{digit}{rng.randint(100_000, 899_999):07d}"
            return f"ZL{serial}.{identifiers.patent_check_digit(serial)}"
        case RightKind.TRADE_MARK:
            return str(rng.randint(9_000_000, 68_000_000))
        case RightKind.COPYRIGHT:
            return f"粤作登字-{filed}-F-{rng.randint(1, 39_999):08d}"
        case RightKind.SOFTWARE:
            return f"{filed}SR{rng.randint(100_000, 999_999):06d}"
        case _:
            return None


def _holders() -> tuple[HolderData, ...]:
    names = ("粤华", "顺域", "南桂", "禅韵", "岭海", "金樵", "汾江", "高凯", "三江", "恒瓷", "锦岗", "明湖",
             "宏博", "百狮", "凤城", "乐居", "千灯", "云帆")  # fmt: skip
    kinds = {"陶瓷": "陶瓷", "家具": "家具", "家电": "电器", "照明": "照明科技", "纺织": "纺织", "铝型材": "铝业",
             "机械": "智能装备"}  # fmt: skip
    parks = {"陶瓷": P.CHANCHENG, "家具": P.SHUNDE, "家电": P.SHUNDE, "照明": P.CHANCHENG, "纺织": P.NANHAI,
             "铝型材": P.NANHAI, "机械": P.SANSHUI}  # fmt: skip
    found = []
    for place, (sector, word) in enumerate((s, w) for s, w in kinds.items() for _ in range(6)):
        park = parks[sector] if place % 6 < 4 else (P.GAOMING if place % 6 == 4 else P.SANSHUI)
        given = {0: (Designation.NATIONAL_DEMONSTRATION,), 7: (Designation.NATIONAL_ADVANTAGE,),
                 3: (Designation.NATIONAL_ADVANTAGE, Designation.ZONE_INTENSIVE)}  # fmt: skip
        name = f"佛山市{names[(place * 5) % len(names)]}{word}有限公司"
        found.append(HolderData(name, park, sector, credit_code(park, 900 + place), given.get(place % 9, ())))
    return tuple(found)


HOLDERS = _holders()
