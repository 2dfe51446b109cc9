"""Numbers of parties and rights: are they what they claim to be, and how are they searched for and shown?

Holds the checks of `domain.md` section 11 (unified social credit code, resident identity number, patent,
trade mark, copyright, software, plant variety), the key under which any number is searched, and the mask under
which a personal number is shown. PURE: holds no database, no Flask, no clock; does not say whether a number must
be given (the form does) nor what a wrong one leads to (the form and the ledger do). A message never repeats the
number it is about: it may be personal.

Check characters of the two national codes come from python-stdnum. Its own `validate` is not used: it refuses
valid credit codes of the authorities A, N and Y, and identity numbers of districts younger than its table.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from mediation.terms import PartyKind, RightKind, RightStatus
from mediation.words import Term, Words


class Severity(Term):
    """How much a finding weighs: an error cannot be right, a warning asks a person to look again."""

    ERROR = "error", "错误", "Error"
    WARNING = "warning", "提示", "Warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed about a number; `code` is stable (snake_case), `message` is for the user."""

    severity: Severity
    code: str
    message: Words


class _Rule(enum.Enum):
    """Every finding there is: severity, Chinese, English. The lower-case name of the member is its code."""

    CREDIT_CODE_LENGTH = (
        Severity.ERROR,
        "统一社会信用代码应为18位。",
        "A unified social credit code has 18 characters.",
    )
    CREDIT_CODE_ALPHABET = (
        Severity.ERROR,
        "统一社会信用代码只含数字和大写字母（不使用I、O、S、V、Z），第3至8位为数字。",
        "A unified social credit code holds digits and letters other than I, O, S, V and Z; places 3 to 8 are digits.",
    )
    CREDIT_CODE_CHECK = (
        Severity.ERROR,
        "统一社会信用代码校验码不正确，请核对是否录错。",
        "The check character of the unified social credit code is wrong; look for a slip of the pen.",
    )
    CREDIT_CODE_PREFIX = (
        Severity.WARNING,
        "统一社会信用代码前两位（登记管理部门和机构类别）未见于现行标准，请核对。",
        "The first two characters of the credit code (authority and kind of body) are not in the standard.",
    )
    CREDIT_CODE_REGION = (
        Severity.WARNING,
        "统一社会信用代码的行政区划码无法识别，请核对。",
        "The region within the credit code is not known.",
    )
    CREDIT_CODE_OF_PERSON = (
        Severity.WARNING,
        "所填为个体工商户的统一社会信用代码，不是自然人的公民身份号码，请核对当事人类型。",
        "This is the credit code of an individual business, not an identity number; check the kind of party.",
    )
    RESIDENT_ID_LENGTH = (
        Severity.ERROR,
        "公民身份号码应为18位。",
        "A resident identity number has 18 characters.",
    )
    RESIDENT_ID_ALPHABET = (
        Severity.ERROR,
        "公民身份号码前17位为数字，末位为数字或X。",
        "A resident identity number is 17 digits and a digit or X.",
    )
    RESIDENT_ID_CHECK = (
        Severity.ERROR,
        "公民身份号码校验码不正确，请核对是否录错。",
        "The check digit of the identity number is wrong; look for a slip of the pen.",
    )
    RESIDENT_ID_BIRTH_DATE = (
        Severity.ERROR,
        "公民身份号码中的出生日期不存在。",
        "The birth date within the identity number does not exist.",
    )
    RESIDENT_ID_PERMIT = (
        Severity.WARNING,
        "该号码属于港澳台居民居住证或外国人永久居留身份证，请核对证件类型。",
        "This number is of a residence permit (Hong Kong, Macau, Taiwan) or a foreigner's permanent residence card.",
    )
    RESIDENT_ID_REGION = (
        Severity.WARNING,
        "公民身份号码的行政区划码无法识别（可能为新设区划），请核对。",
        "The region within the identity number is not known (it may be a new district).",
    )
    OTHER_DOCUMENT = (
        Severity.WARNING,
        "所填号码形似护照或通行证号码，无法校验，请核对证件。",
        "This looks like the number of a passport or travel permit, which cannot be checked.",
    )
    PATENT_SHAPE = (
        Severity.ERROR,
        "专利号应为8位或12位数字加校验位，如201310699744.2；请勿填写公开号。",
        "A patent number is 8 or 12 digits and a check digit, as 201310699744.2; a publication number is none.",
    )
    PATENT_YEAR = (
        Severity.ERROR,
        "专利号中的申请年份与编号位数不符（12位编号自2003年10月起使用）。",
        "The year within the patent number does not fit its length (12 digits are used since October 2003).",
    )
    PATENT_KIND_UNKNOWN = (
        Severity.ERROR,
        "专利号中的种类号应为1、2、3、8或9。",
        "The kind digit within the patent number must be 1, 2, 3, 8 or 9.",
    )
    PATENT_KIND_DIFFERS = (
        Severity.ERROR,
        "专利号中的种类号与所选知识产权类型不符。",
        "The kind digit within the patent number does not agree with the kind of right chosen.",
    )
    PATENT_CHECK = (
        Severity.ERROR,
        "专利号校验位不正确，请核对是否录错。",
        "The check digit of the patent number is wrong; look for a slip of the pen.",
    )
    PATENT_CHECK_MISSING = (
        Severity.WARNING,
        "专利号缺少小数点后的校验位，无法校验。",
        "The check digit after the point is missing, so the patent number cannot be checked.",
    )
    PATENT_NOT_GRANTED = (
        Severity.WARNING,
        "申请尚未授权，编号前不应冠以ZL。",
        "The application has not been granted yet; ZL stands before granted patents only.",
    )
    TRADE_MARK_SHAPE = (
        Severity.ERROR,
        "商标注册号应为1至9位数字（可带一个字母后缀），马德里国际注册号为G加数字。",
        "A trade mark number is 1 to 9 digits (with a letter suffix at most), a Madrid registration G and digits.",
    )
    COPYRIGHT_UNREAD = (
        Severity.WARNING,
        "未能识别该作品登记号，常见形式如“国作登字-2021-L-00268255”，请核对。",
        "This copyright registration number could not be read; the usual form is 国作登字-2021-L-00268255.",
    )
    SOFTWARE_UNREAD = (
        Severity.WARNING,
        "未能识别该软件登记号，常见形式如“2014SR001852”或“软著登字第0671096号”，请核对。",
        "This software registration number could not be read; usual forms are 2014SR001852 and 软著登字第0671096号.",
    )
    PLANT_VARIETY_UNREAD = (
        Severity.WARNING,
        "未能识别该品种权号，常见形式为CNA加11位数字，请核对。",
        "This plant variety number could not be read; the usual form is CNA and 11 digits.",
    )
    TRADE_SECRET_NUMBERED = (
        Severity.WARNING,
        "商业秘密没有权利号，请核对知识产权类型。",
        "A trade secret has no number; check the kind of right.",
    )

    @property
    def finding(self) -> Finding:
        """The finding this rule leads to."""
        severity, zh, en = self.value
        return Finding(severity, self.name.lower(), Words(zh, en))


def _found(*rules: _Rule) -> list[Finding]:
    return [rule.finding for rule in rules]


# ------------------------------------------------------------------------------------------ reading a number

_OPENING: Final = "[〔【〖{〈《「"
_CLOSING: Final = "]〕】〗}〉》」"
_BRACKETS: Final = str.maketrans(dict.fromkeys(_OPENING, "(") | dict.fromkeys(_CLOSING, ")"))

# Signs people type for a hyphen that Unicode does not class as dashes (Pd).
_MORE_HYPHENS: Final = frozenset("−⁃˗")

# Blanks, line ends, zero-width marks and other signs that no eye sees in a number.
_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})

_PATENT: Final = re.compile(r"(?P<mark>ZL|CN)?(?P<serial>[0-9]{12}|[0-9]{8})(?:\.?(?P<check>[0-9X]))?")
# As a key, CN is dropped only when the point shows that the rest is an application number.
_PATENT_KEY: Final = re.compile(r"(?:(?:ZL)?([0-9]{12}|[0-9]{8})\.?|CN([0-9]{12}|[0-9]{8})\.)([0-9X])")
_ORDINAL: Final = re.compile(r"第([0-9]+[A-Z]?)号")
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_RESIDENT_ID: Final = re.compile(r"[0-9]{17}[0-9X]")
_HYPHENS: Final = re.compile(r"-+")
_HYPHEN_AT_NO_DIGIT: Final = re.compile(r"(?<![0-9])-|-(?![0-9])")


def _legible(text: str) -> str:
    """`text` in half-width capitals, without blanks, with one sort of hyphen and one sort of bracket."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    signs: list[str] = []
    for sign in folded:
        category = unicodedata.category(sign)
        if category in _UNSEEN:
            continue
        signs.append("-" if category == "Pd" or sign in _MORE_HYPHENS else sign)
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", "".join(signs)).translate(_BRACKETS))


def _bare(text: str) -> str:
    """The number as printed by its office, without the hyphens people group digits with."""
    return _legible(text).replace("-", "")


def normalise(text: str) -> str:
    """The key under which a number of any kind (party, right, case, court) is stored for search.

    Full width becomes half width, letters become capitals, blanks and unseen signs go, all brackets become round
    ones. A hyphen stays only between two digits, where it tells numbers apart (2018-1-23 and 2018-12-3); within
    what has the form of an 18-character national code it goes too. A granted patent is found with and without
    `ZL` and its point, a trade mark with and without 第…号. Applying it twice changes nothing more.
    """
    legible = _legible(text)
    bare = legible.replace("-", "")
    if _CREDIT_CODE.fullmatch(bare) or _RESIDENT_ID.fullmatch(bare):
        return bare
    # Without its hyphen a ledger's 2018-00001 would pass for a patent of eight digits and a check digit.
    key = unicodedata.normalize("NFKC", _HYPHEN_AT_NO_DIGIT.sub("", legible))
    if patent := _PATENT_KEY.fullmatch(key):
        return "".join(part for part in patent.groups() if part)
    if ordinal := _ORDINAL.fullmatch(key):
        return ordinal[1]
    return key


def mask(text: str) -> str:
    """A personal number with its middle hidden, as 110***********1234; its length shows, at most 7 signs do.

    A number under 11 signs keeps its first and last sign, one under 5 keeps nothing.
    """
    bare = _bare(text)
    if len(bare) < 5:
        return "*" * len(bare)
    head, tail = (3, 4) if len(bare) >= 11 else (1, 1)
    return bare[:head] + "*" * (len(bare) - head - tail) + bare[-tail:]


# ------------------------------------------------------------------------------------------------ parties

# GB 32100-2015 table 1 with amendment 1 (2016): authority → kinds of body it registers. Read in reprints, not in
# the standard itself: unconfirmed, which is one more reason why a pair outside it only warns.
_CREDIT_CODE_BODIES: Final[Mapping[str, str]] = {
    "1": "1239",  # 机构编制
    "2": "19",  # 外交
    "3": "123459",  # 司法行政
    "4": "19",  # 文化
    "5": "1239",  # 民政
    "6": "129",  # 旅游
    "7": "129",  # 宗教
    "8": "19",  # 工会
    "9": "1239",  # 工商(市场监管)
    "A": "19",  # 中央军委改革和编制办公室
    "N": "1239",  # 农业
    "Y": "1",  # 其他
}

# 10 is no province: bodies registered by a national authority bear 100000.
_NATIONAL_REGION: Final = "10"


def _region_is_known(code: str) -> bool:
    """Whether `code` (2 or 6 digits of GB/T 2260) was ever assigned, by the table stdnum carries."""
    return all(properties for _part, properties in numdb.get("cn/loc").info(code))


def check_credit_code(text: str) -> list[Finding]:
    """What is wrong with a unified social credit code (GB 32100-2015); a blank one is not judged.

    Length, alphabet and check character are errors; a prefix or region outside the tables is a warning, since
    tables age and codes do not.
    """
    code = _bare(text)
    if not code:
        return []
    if len(code) != 18:
        return _found(_Rule.CREDIT_CODE_LENGTH)
    if not _CREDIT_CODE.fullmatch(code):
        return _found(_Rule.CREDIT_CODE_ALPHABET)
    rules: list[_Rule] = []
    if uscc.calc_check_digit(code[:-1]) != code[-1]:
        rules.append(_Rule.CREDIT_CODE_CHECK)
    if code[1] not in _CREDIT_CODE_BODIES.get(code[0], ""):
        rules.append(_Rule.CREDIT_CODE_PREFIX)
    if code[2:4] != _NATIONAL_REGION and not _region_is_known(code[2:4]):
        rules.append(_Rule.CREDIT_CODE_REGION)
    return _found(*rules)


# Hong Kong 81, Macau 82, Taiwan 83; foreigners' permanent residence cards begin with 9 since 2023.
_PERMITS: Final = ("81", "82", "83", "9")


def check_resident_id(text: str) -> list[Finding]:
    """What is wrong with a resident identity number (GB 11643); a blank one is not judged.

    Length, alphabet, check digit and an impossible birth date are errors; a region outside the table and
    residence permits (81, 82, 83, 9…), which share the scheme, are warnings.
    """
    number = _bare(text)
    if not number:
        return []
    if len(number) != 18:
        return _found(_Rule.RESIDENT_ID_LENGTH)
    if not _RESIDENT_ID.fullmatch(number):
        return _found(_Rule.RESIDENT_ID_ALPHABET)
    rules: list[_Rule] = []
    if ric.calc_check_digit(number) != number[-1]:
        rules.append(_Rule.RESIDENT_ID_CHECK)
    try:
        ric.get_birth_date(number)
    except ValidationError:
        rules.append(_Rule.RESIDENT_ID_BIRTH_DATE)
    if number.startswith(_PERMITS):
        rules.append(_Rule.RESIDENT_ID_PERMIT)
    elif not _region_is_known(number[:6]):
        # Whether the district existed in the year of birth is not asked: numbers were given out from 1984 on,
        # to people of every age, by the districts of that day.
        rules.append(_Rule.RESIDENT_ID_REGION)
    return _found(*rules)


# Passports and the travel permits of Hong Kong, Macau and Taiwan residents: letters, then digits.
_TRAVEL_DOCUMENT: Final = re.compile(r"[A-Z]{1,3}[0-9]{5,10}[A-Z]?")


def _has_error(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def check_party_number(kind: PartyKind, text: str) -> list[Finding]:
    """What is wrong with the number of a party of this kind; a blank one is not judged.

    Legal persons bear a credit code, natural persons an identity number. A natural person may be known by a
    passport, or by the credit code (92…) of an individual business: a warning each.
    """
    if kind is PartyKind.LEGAL:
        return check_credit_code(text)
    findings = check_resident_id(text)
    if not _has_error(findings):
        return findings
    number = _bare(text)
    if _TRAVEL_DOCUMENT.fullmatch(number):
        return _found(_Rule.OTHER_DOCUMENT)
    if number.startswith("92") and not check_credit_code(number):
        return _found(_Rule.CREDIT_CODE_OF_PERSON)
    return findings


# ------------------------------------------------------------------------------------------------- rights

NICE_CLASSES: Final = range(1, 46)
"""Classes of the Nice classification a trade mark may be registered in: 1 to 45."""

# The kind digit of a patent number: 8 and 9 are international (PCT) applications that entered China.
_PATENT_KINDS: Final[Mapping[RightKind, str]] = {
    RightKind.INVENTION: "18",
    RightKind.UTILITY_MODEL: "29",
    RightKind.DESIGN: "3",
    RightKind.PATENT: "12389",
}
_PATENT_WEIGHTS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_FIRST_LONG_PATENT_YEAR: Final = 2003
# Two-digit years of the short numbers: the Patent Law came into force in 1985.
_SHORT_PATENT_YEARS: Final = frozenset(f"{year % 100:02}" for year in range(1985, 2004))

_TRADE_MARK: Final = re.compile(r"[0-9]{1,9}[A-Z]?|G[0-9]{1,8}[A-Z]?")
_COPYRIGHT: Final = re.compile(r"[\u4e00-\u9fff]?作登字[:-]?([0-9]{2}-)?[0-9]{4}-?[A-Z]-?[0-9]{4,8}号?")
_SOFTWARE: Final = re.compile(r"[0-9]{4}SR[0-9]{6,7}|软著[\u4e00-\u9fff]{1,3}字第?[0-9]{6,8}号?")
_PLANT_VARIETY: Final = re.compile(r"CNA[0-9]{11}")


def patent_check_digit(serial: str) -> str:
    """The check digit of a patent number's 8 or 12 digits: weights 2 to 9, then 2 to 5, modulo 11, 10 → X."""
    remainder = sum(int(digit) * weight for digit, weight in zip(serial, _PATENT_WEIGHTS, strict=False)) % 11
    return "X" if remainder == 10 else str(remainder)


def _check_patent(kind: RightKind, text: str, status: RightStatus | None) -> list[Finding]:
    parts = _PATENT.fullmatch(_bare(text))
    if parts is None:
        return _found(_Rule.PATENT_SHAPE)
    serial, check = parts["serial"], parts["check"]
    rules: list[_Rule] = []
    if len(serial) == 12:
        kind_digit, year_fits = serial[4], int(serial[:4]) >= _FIRST_LONG_PATENT_YEAR
    else:
        kind_digit, year_fits = serial[2], serial[:2] in _SHORT_PATENT_YEARS
    if check is None:
        rules.append(_Rule.PATENT_CHECK_MISSING)
    elif check != patent_check_digit(serial):
        rules.append(_Rule.PATENT_CHECK)
    if not year_fits:
        rules.append(_Rule.PATENT_YEAR)
    if kind_digit not in _PATENT_KINDS[RightKind.PATENT]:
        rules.append(_Rule.PATENT_KIND_UNKNOWN)
    elif kind_digit not in _PATENT_KINDS[kind]:
        rules.append(_Rule.PATENT_KIND_DIFFERS)
    if parts["mark"] == "ZL" and status is RightStatus.PENDING:
        rules.append(_Rule.PATENT_NOT_GRANTED)
    return _found(*rules)


def check_right_number(kind: RightKind, text: str, status: RightStatus | None = None) -> list[Finding]:
    """What is wrong with the number of a right of this kind and status; a blank one is not judged.

    A form its one office always keeps to (patent, trade mark) is an error when broken; what several offices write
    in many ways (copyright, software, plant variety) is only a warning when unread. Geographical indications,
    layout designs and other rights are not judged: no one form is confirmed for them.
    """
    legible = _legible(text)
    if not legible:
        return []
    if kind in _PATENT_KINDS:
        return _check_patent(kind, text, status)
    if kind is RightKind.TRADE_MARK:
        return [] if _TRADE_MARK.fullmatch(normalise(text)) else _found(_Rule.TRADE_MARK_SHAPE)
    if kind is RightKind.COPYRIGHT:
        # Software is a work too, and is often entered under copyright.
        read = _COPYRIGHT.fullmatch(legible) or _SOFTWARE.fullmatch(_bare(text))
        return [] if read else _found(_Rule.COPYRIGHT_UNREAD)
    if kind is RightKind.SOFTWARE:
        return [] if _SOFTWARE.fullmatch(_bare(text)) else _found(_Rule.SOFTWARE_UNREAD)
    if kind is RightKind.PLANT_VARIETY:
        return [] if _PLANT_VARIETY.fullmatch(_bare(text)) else _found(_Rule.PLANT_VARIETY_UNREAD)
    if kind is RightKind.TRADE_SECRET:
        return _found(_Rule.TRADE_SECRET_NUMBERED)
    return []
