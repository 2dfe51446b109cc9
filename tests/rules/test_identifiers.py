"""Numbers of parties and rights against known true ones, ledger samples and arithmetic written a second time here.

The oracles state each check system as one congruence over the whole number, not as the way to compute its digit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediation.cases import identifiers
from mediation.cases.identifiers import Finding, Severity
from mediation.terms import PartyKind, RightKind, RightStatus

CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DIGITS = "0123456789"

# From the ledgers: applicants' and respondents' codes of good rows.
LEDGER_CODES = [
    "914406043UGD7AK0QT",
    "91440606K89E6TEW0F",
    "91440607BLJW8DL1YC",
    "91440607H2YW5CYKHA",
    "91440606EL394GGR7K",
    "91440608GW9261FEL5",
    "91440608PKD2HHDD6U",
    "914406080X7WYFHMTC",
    "914406051UP4DTWK5L",
    "91440605X2JB0M56KL",
    "91440604793D7FG0H0",
    "914406076BDRR6XNHU",
    "9144060570KELE6CQ8",
]
# The dirty ledger's rows 8, 20 and 32: "check character wrong".
LEDGER_CODES_WITH_A_WRONG_CHECK = ["914406048R815R5Q90", "914406087WLAXMYW80", "91440608WYUHUWXLN0"]

TRUE_PATENTS = ["201310699744.2", "200820185283.1", "95115608.X", "97101765.4", "90101673.X"]
LEDGER_PATENTS = [
    "ZL201120368026.3",
    "ZL201010662802.0",
    "ZL201610728754.8",
    "ZL200910798596.3",
    "ZL201630746831.3",
    "ZL201520427770.4",
    "ZL200830254441.X",
    "ZL201730344656.X",
]


def codes(findings: list[Finding]) -> list[str]:
    """What was found, by code."""
    return [finding.code for finding in findings]


def errors(findings: list[Finding]) -> list[str]:
    """What cannot be right, by code."""
    return [finding.code for finding in findings if finding.severity is Severity.ERROR]


# ------------------------------------------------------------------------------------- the arithmetic, again


def code_holds(code: str) -> bool:
    """GB 32100: the 18 values weighed with the powers of 3 (the last with 1) add up to a multiple of 31."""
    weights = [pow(3, place, 31) for place in range(17)] + [1]
    return sum(CODE_ALPHABET.index(sign) * weight for sign, weight in zip(code, weights, strict=True)) % 31 == 0


def resident_id_holds(number: str) -> bool:
    """GB 11643 (ISO 7064 MOD 11-2): read in powers of 2 from the right, the number leaves 1 modulo 11."""
    values = [10 if sign == "X" else int(sign) for sign in number]
    return sum(value << place for place, value in enumerate(reversed(values))) % 11 == 1


def completed(body: str, alphabet: str, holds: Callable[[str], bool]) -> str:
    """`body` with the one last sign that makes it hold."""
    [whole] = [body + sign for sign in alphabet if holds(body + sign)]
    return whole


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    """Any code of the standard: known authority and body, a province's region, a right check character."""
    prefix = draw(st.sampled_from(["11", "12", "31", "35", "51", "52", "91", "92", "93", "A1", "N1", "N2", "N3", "Y1"]))
    region = draw(st.sampled_from(["100000", "440604", "440605", "110108", "810000", "650102"]))
    body = draw(st.text(CODE_ALPHABET, min_size=9, max_size=9))
    return completed(prefix + region + body, CODE_ALPHABET, code_holds)


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    """Any resident's number: a known region, a real birth date, a right check digit."""
    region = draw(st.sampled_from(["440604", "440602", "110101", "360426", "650102"]))
    born = draw(st.dates(date(1900, 1, 1), date(2026, 12, 31)))
    order = draw(st.integers(0, 999))
    return completed(f"{region}{born:%Y%m%d}{order:03}", DIGITS + "X", resident_id_holds)


@st.composite
def patents(draw: st.DrawFn) -> tuple[RightKind, str]:
    """Any patent number of either length, with the kind it says it is of."""
    kind, digit = draw(
        st.sampled_from(
            [
                (RightKind.INVENTION, "1"),
                (RightKind.INVENTION, "8"),
                (RightKind.UTILITY_MODEL, "2"),
                (RightKind.UTILITY_MODEL, "9"),
                (RightKind.DESIGN, "3"),
            ]
        )
    )
    if draw(st.booleans()):
        serial = f"{draw(st.integers(2003, 2026))}{digit}{draw(st.integers(0, 9_999_999)):07}"
    else:
        serial = f"{draw(st.integers(1985, 2003)) % 100:02}{digit}{draw(st.integers(0, 99_999)):05}"
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
    rest = sum(int(sign) * weight for sign, weight in zip(serial, weights, strict=False)) % 11
    return kind, f"{serial}.{'0123456789X'[rest]}"


@st.composite
def slips_of_the_pen(draw: st.DrawFn, number: str, alphabet: str) -> str:
    """The number with one sign, other than a point, replaced by another of the alphabet."""
    place = draw(st.sampled_from([place for place, sign in enumerate(number) if sign != "."]))
    other = draw(st.sampled_from([sign for sign in alphabet if sign != number[place]]))
    return number[:place] + other + number[place + 1 :]


# ----------------------------------------------------------------------------------------------- credit codes


@pytest.mark.parametrize("code", [*LEDGER_CODES, "91110000600037341L"])
def test_a_true_credit_code_has_no_findings(code: str) -> None:
    assert identifiers.check_credit_code(code) == []


@pytest.mark.parametrize("code", LEDGER_CODES_WITH_A_WRONG_CHECK)
def test_a_wrong_check_character_is_an_error(code: str) -> None:
    [finding] = identifiers.check_credit_code(code)
    assert (finding.severity, finding.code) == (Severity.ERROR, "credit_code_check")


@given(credit_codes())
def test_every_code_of_the_standard_passes(code: str) -> None:
    assert identifiers.check_credit_code(code) == []


@given(st.data())
def test_one_changed_sign_of_a_credit_code_is_always_found(data: st.DataObject) -> None:
    code = data.draw(credit_codes())
    assert errors(identifiers.check_credit_code(data.draw(slips_of_the_pen(code, CODE_ALPHABET))))


@pytest.mark.parametrize("prefix", ["A1", "N1", "N2", "N3", "Y1"])
def test_authorities_that_bear_letters_are_known(prefix: str) -> None:
    code = completed(prefix + "440605" + "MA4UHJ0P3", CODE_ALPHABET, code_holds)
    assert identifiers.check_credit_code(code) == []


@pytest.mark.parametrize("prefix", ["B1", "01", "94", "Y2", "9A", "U1"])
def test_an_unknown_prefix_only_warns(prefix: str) -> None:
    code = completed(prefix + "440605" + "MA4UHJ0P3", CODE_ALPHABET, code_holds)
    [finding] = identifiers.check_credit_code(code)
    assert (finding.severity, finding.code) == (Severity.WARNING, "credit_code_prefix")


def test_an_unknown_region_only_warns() -> None:
    code = completed("91" + "990605" + "MA4UHJ0P3", CODE_ALPHABET, code_holds)
    [finding] = identifiers.check_credit_code(code)
    assert (finding.severity, finding.code) == (Severity.WARNING, "credit_code_region")


def test_an_unknown_prefix_does_not_hide_a_wrong_check_character() -> None:
    good = completed("B1" + "440605" + "MA4UHJ0P3", CODE_ALPHABET, code_holds)
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert codes(identifiers.check_credit_code(wrong)) == ["credit_code_check", "credit_code_prefix"]


@pytest.mark.parametrize(
    "text, code",
    [
        ("914406043UGD7AK0Q", "credit_code_length"),
        ("914406043UGD7AK0QTT", "credit_code_length"),
        ("440600000012345", "credit_code_length"),  # a business register number of the years before 2015
        ("MA4UHJ0P3", "credit_code_length"),  # an organisation code
        ("914406043OGD7AK0QT", "credit_code_alphabet"),  # letter O
        ("91440604IUGD7AK0QT", "credit_code_alphabet"),  # letter I
        ("9144O6043UGD7AK0QT", "credit_code_alphabet"),  # letter within the region
        ("91440604三UGD7AK0QT", "credit_code_alphabet"),
        ("91440604٣UGD7AK0QT", "credit_code_alphabet"),  # an Arabic-Indic digit is no digit here
    ],
)
def test_length_and_alphabet_of_a_credit_code_are_errors(text: str, code: str) -> None:
    [finding] = identifiers.check_credit_code(text)
    assert (finding.severity, finding.code) == (Severity.ERROR, code)


@pytest.mark.parametrize(
    "typed",
    [
        "９１４４０６０４３ＵＧＤ７ＡＫ０ＱＴ",
        "914406043ugd7ak0qt",
        " 9144 0604 3UGD 7AK0 QT\n",
        "9144-0604-3UGD-7AK0-QT",
        "91440604—3UGD7AK0—QT",
        "\u200b914406043UGD7AK0QT\ufeff",
    ],
)
def test_a_credit_code_may_be_typed_as_people_type(typed: str) -> None:
    assert identifiers.check_credit_code(typed) == []
    assert identifiers.normalise(typed) == "914406043UGD7AK0QT"


# ------------------------------------------------------------------------------------------ identity numbers


@given(resident_ids())
@example("360426199101010071")
def test_every_resident_number_passes(number: str) -> None:
    assert identifiers.check_resident_id(number) == []
    assert identifiers.check_resident_id(number.lower()) == []


@given(st.data())
def test_one_changed_sign_of_an_identity_number_is_always_found(data: st.DataObject) -> None:
    number = data.draw(resident_ids())
    assert errors(identifiers.check_resident_id(data.draw(slips_of_the_pen(number, DIGITS + "X"))))


@given(resident_ids(), st.integers(0, 16))
def test_two_swapped_neighbours_of_an_identity_number_are_always_found(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        assert errors(identifiers.check_resident_id(swapped))


@pytest.mark.parametrize(
    "body, expected",
    [
        ("81000019900307001", ["resident_id_permit"]),  # Hong Kong
        ("82000019900307001", ["resident_id_permit"]),  # Macau
        ("83000019900307001", ["resident_id_permit"]),  # Taiwan
        ("91184019900307001", ["resident_id_permit"]),  # a foreigner's permanent residence card
        ("44069919900307001", ["resident_id_region"]),  # a district the table does not know
        ("99999919900307001", ["resident_id_permit"]),
        ("00000019900307001", ["resident_id_region"]),
    ],
)
def test_permits_and_unknown_regions_only_warn(body: str, expected: list[str]) -> None:
    findings = identifiers.check_resident_id(completed(body, DIGITS + "X", resident_id_holds))
    assert codes(findings) == expected
    assert errors(findings) == []


def test_a_person_older_than_the_district_is_no_surprise() -> None:
    born_before_the_district = completed("44060419650307001", DIGITS + "X", resident_id_holds)
    assert identifiers.check_resident_id(born_before_the_district) == []


@pytest.mark.parametrize("day", ["19900230", "19901301", "19900100", "00000101"])
def test_an_impossible_birth_date_is_an_error_even_with_a_right_check_digit(day: str) -> None:
    number = completed("440604" + day + "001", DIGITS + "X", resident_id_holds)
    assert codes(identifiers.check_resident_id(number)) == ["resident_id_birth_date"]


@pytest.mark.parametrize(
    "text, code",
    [
        ("440604900307001", "resident_id_length"),  # the 15 digits given out until 1999
        ("4406041990030700A1", "resident_id_alphabet"),
        ("44060419900307001A", "resident_id_alphabet"),
        ("X40604199003070012", "resident_id_alphabet"),
        ("36042619910101007２", "resident_id_check"),
    ],
)
def test_length_alphabet_and_check_digit_of_an_identity_number_are_errors(text: str, code: str) -> None:
    [finding] = identifiers.check_resident_id(text)
    assert (finding.severity, finding.code) == (Severity.ERROR, code)


# --------------------------------------------------------------------------------------------------- parties


def test_legal_persons_bear_credit_codes_and_natural_persons_identity_numbers() -> None:
    assert identifiers.check_party_number(PartyKind.LEGAL, "914406043UGD7AK0QT") == []
    assert identifiers.check_party_number(PartyKind.NATURAL, "360426199101010071") == []
    assert errors(identifiers.check_party_number(PartyKind.LEGAL, "360426199101010071"))
    assert errors(identifiers.check_party_number(PartyKind.NATURAL, "914406043UGD7AK0QT"))


@pytest.mark.parametrize("number", ["E12345678", "EA1234567", "H01234567", "G12345678", "P1234567A"])
def test_a_natural_person_may_be_known_by_a_passport(number: str) -> None:
    [finding] = identifiers.check_party_number(PartyKind.NATURAL, number)
    assert (finding.severity, finding.code) == (Severity.WARNING, "other_document")


def test_an_individual_business_entered_as_a_person_is_pointed_out() -> None:
    code = completed("92440605MA4UHJ0P3", CODE_ALPHABET, code_holds)
    [finding] = identifiers.check_party_number(PartyKind.NATURAL, code)
    assert (finding.severity, finding.code) == (Severity.WARNING, "credit_code_of_person")


def test_a_broken_code_is_no_excuse_for_a_broken_identity_number() -> None:
    code = completed("92440605MA4UHJ0P3", CODE_ALPHABET, code_holds)
    broken = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert errors(identifiers.check_party_number(PartyKind.NATURAL, broken))


@pytest.mark.parametrize("blank", ["", "  ", "\u3000\n", "-"])
def test_a_blank_number_is_not_judged(blank: str) -> None:
    assert identifiers.check_credit_code(blank) == []
    assert identifiers.check_resident_id(blank) == []
    assert all(identifiers.check_party_number(kind, blank) == [] for kind in PartyKind)


# --------------------------------------------------------------------------------------------------- patents


@pytest.mark.parametrize("number", [*TRUE_PATENTS, *LEDGER_PATENTS])
def test_true_patent_numbers_pass(number: str) -> None:
    assert identifiers.check_right_number(RightKind.PATENT, number, RightStatus.IN_FORCE) == []


@given(patents())
def test_every_patent_number_passes_under_its_own_kind(patent: tuple[RightKind, str]) -> None:
    kind, number = patent
    for written in (number, "ZL" + number, "CN" + number, number.replace(".", ""), f"ZL {number.lower()}"):
        assert identifiers.check_right_number(kind, written, RightStatus.IN_FORCE) == []
        assert identifiers.check_right_number(RightKind.PATENT, written, None) == []


@given(st.data())
def test_one_changed_sign_of_a_patent_number_is_always_found(data: st.DataObject) -> None:
    _kind, number = data.draw(patents())
    slip = data.draw(slips_of_the_pen(number, DIGITS + "X"))
    assert errors(identifiers.check_right_number(RightKind.PATENT, slip, None))


@pytest.mark.parametrize(
    "number, kind, agrees",
    [
        ("201310699744.2", RightKind.INVENTION, True),
        ("201310699744.2", RightKind.UTILITY_MODEL, False),
        ("201310699744.2", RightKind.DESIGN, False),
        ("200820185283.1", RightKind.UTILITY_MODEL, True),
        ("200820185283.1", RightKind.INVENTION, False),
        ("200830254441.X", RightKind.DESIGN, True),
        ("200830254441.X", RightKind.UTILITY_MODEL, False),
        ("95115608.X", RightKind.INVENTION, True),
        ("95115608.X", RightKind.DESIGN, False),
    ],
)
def test_the_kind_digit_agrees_with_the_kind_of_right(number: str, kind: RightKind, agrees: bool) -> None:
    found = codes(identifiers.check_right_number(kind, number, None))
    assert found == ([] if agrees else ["patent_kind_differs"])


@pytest.mark.parametrize(
    "number, status, expected",
    [
        ("ZL201310699744.2", RightStatus.PENDING, ["patent_not_granted"]),
        ("zl 201310699744.2", RightStatus.PENDING, ["patent_not_granted"]),
        ("201310699744.2", RightStatus.PENDING, []),
        ("CN201310699744.2", RightStatus.PENDING, []),
        ("ZL201310699744.2", RightStatus.IN_FORCE, []),
        ("ZL201310699744.2", RightStatus.EXPIRED, []),
        ("ZL201310699744.2", RightStatus.DISPUTED, []),
        ("ZL201310699744.2", None, []),
    ],
)
def test_zl_before_the_grant_is_a_warning(number: str, status: RightStatus | None, expected: list[str]) -> None:
    findings = identifiers.check_right_number(RightKind.INVENTION, number, status)
    assert codes(findings) == expected
    assert errors(findings) == []


@pytest.mark.parametrize(
    "number, severity, code",
    [
        ("201310699744.3", Severity.ERROR, "patent_check"),
        ("95115608.1", Severity.ERROR, "patent_check"),
        ("201310699744", Severity.WARNING, "patent_check_missing"),
        ("CN103704088A", Severity.ERROR, "patent_shape"),
        ("CN 103704088 B", Severity.ERROR, "patent_shape"),
        ("2013106997.2", Severity.ERROR, "patent_shape"),
        ("US9123456B2", Severity.ERROR, "patent_shape"),
    ],
)
def test_what_is_wrong_with_a_patent_number(number: str, severity: Severity, code: str) -> None:
    [finding] = identifiers.check_right_number(RightKind.PATENT, number, None)
    assert (finding.severity, finding.code) == (severity, code)


@pytest.mark.parametrize(
    "serial, code",
    [
        ("200210699744", "patent_year"),  # twelve digits before there were such
        ("84115608", "patent_year"),  # before there was a Patent Law
        ("04115608", "patent_year"),  # eight digits after the change
        ("201340699744", "patent_kind_unknown"),
        ("95015608", "patent_kind_unknown"),
    ],
)
def test_year_and_kind_within_a_patent_number_must_be_possible(serial: str, code: str) -> None:
    number = f"{serial}.{identifiers.patent_check_digit(serial)}"
    assert codes(identifiers.check_right_number(RightKind.PATENT, number, None)) == [code]


# ---------------------------------------------------------------------------------------------- other rights


@pytest.mark.parametrize(
    "kind, number",
    [
        (RightKind.TRADE_MARK, "3435891"),
        (RightKind.TRADE_MARK, "13901248"),
        (RightKind.TRADE_MARK, "1"),
        (RightKind.TRADE_MARK, "12345678A"),
        (RightKind.TRADE_MARK, "第3435891号"),
        (RightKind.TRADE_MARK, "G1234567"),
        (RightKind.TRADE_MARK, "g 1234567"),
        (RightKind.COPYRIGHT, "国作登字-2021-L-00268255"),
        (RightKind.COPYRIGHT, "国作登字—2014－F－00390582"),
        (RightKind.COPYRIGHT, "粤作登字-2019-F-00012345"),
        (RightKind.COPYRIGHT, "2014SR001852"),
        (RightKind.SOFTWARE, "2014SR001852"),
        (RightKind.SOFTWARE, "２０１４ｓｒ００１８５２"),
        (RightKind.SOFTWARE, "软著登字第0671096号"),
        (RightKind.PLANT_VARIETY, "CNA20191000123"),
        (RightKind.GEOGRAPHICAL_INDICATION, "anything at all"),
        (RightKind.LAYOUT_DESIGN, "BS.205123456"),
        (RightKind.OTHER, "foshan.com"),
    ],
)
def test_numbers_as_their_offices_write_them_pass(kind: RightKind, number: str) -> None:
    assert identifiers.check_right_number(kind, number, None) == []


@pytest.mark.parametrize(
    "kind, number, severity, code",
    [
        (RightKind.TRADE_MARK, "1234567890", Severity.ERROR, "trade_mark_shape"),
        (RightKind.TRADE_MARK, "G", Severity.ERROR, "trade_mark_shape"),
        (RightKind.TRADE_MARK, "佛山", Severity.ERROR, "trade_mark_shape"),
        (RightKind.TRADE_MARK, "3435891、3435892", Severity.ERROR, "trade_mark_shape"),
        (RightKind.COPYRIGHT, "登记证书已遗失", Severity.WARNING, "copyright_unread"),
        (RightKind.COPYRIGHT, "国作登字-21-L-1", Severity.WARNING, "copyright_unread"),
        (RightKind.SOFTWARE, "SR001852", Severity.WARNING, "software_unread"),
        (RightKind.PLANT_VARIETY, "CNA2019100012", Severity.WARNING, "plant_variety_unread"),
        (RightKind.TRADE_SECRET, "1", Severity.WARNING, "trade_secret_numbered"),
    ],
)
def test_only_what_one_office_keeps_to_is_an_error(kind: RightKind, number: str, severity: Severity, code: str) -> None:
    [finding] = identifiers.check_right_number(kind, number, None)
    assert (finding.severity, finding.code) == (severity, code)


@pytest.mark.parametrize("kind", list(RightKind))
def test_no_right_needs_a_number(kind: RightKind) -> None:
    assert identifiers.check_right_number(kind, " \u3000", RightStatus.PENDING) == []


def test_there_are_forty_five_nice_classes() -> None:
    assert 0 not in identifiers.NICE_CLASSES
    assert 1 in identifiers.NICE_CLASSES
    assert 45 in identifiers.NICE_CLASSES
    assert 46 not in identifiers.NICE_CLASSES


# --------------------------------------------------------------------------------------- the key and the mask


@pytest.mark.parametrize(
    "written, key",
    [
        ("（2018）粤06诉前调87475号", "(2018)粤06诉前调87475号"),
        ("(2018)粤06诉前调87475号", "(2018)粤06诉前调87475号"),
        ("〔2018〕粤06诉前调87475号", "(2018)粤06诉前调87475号"),
        ("[2018] 粤 06 诉前调 87475 号", "(2018)粤06诉前调87475号"),
        ("【２０１８】粤０６诉前调８７４７５号", "(2018)粤06诉前调87475号"),
        ("D2018-0012", "D2018-0012"),
        ("d2018—0012", "D2018-0012"),
        ("2018——00001", "2018-00001"),
        ("2018-00001", "2018-00001"),  # no patent, though it has nine digits
        ("FSGX-2018-000012AB", "FSGX2018-000012AB"),
        ("国作登字-2021-L-00268255", "国作登字2021L00268255"),
        ("国作登字2021L00268255", "国作登字2021L00268255"),
        ("ZL201310699744.2", "2013106997442"),
        ("201310699744.2", "2013106997442"),
        ("CN201310699744.2", "2013106997442"),
        ("zl 95115608．x", "95115608X"),
        ("第3435891号", "3435891"),
        ("第12号之一", "第12号之一"),
        ("g 1234567", "G1234567"),
        ("软著登字第0671096号", "软著登字第0671096号"),
        ("440604-19900307-0018", "440604199003070018"),
    ],
)
def test_one_number_has_one_key_however_it_is_written(written: str, key: str) -> None:
    assert identifiers.normalise(written) == key


def test_different_numbers_keep_different_keys() -> None:
    assert identifiers.normalise("2018-1-23") != identifiers.normalise("2018-12-3")
    assert identifiers.normalise("D2018-0012") != identifiers.normalise("D20180-012")


@given(st.text() | st.text("ZLCN第号-.0123456789X （）", max_size=20))
@example("1--2")
@example("Z-L201310699744.-2")
@example("第-12号")
@example("A-´")
@example("ŉ-１")
def test_the_key_of_a_key_is_itself(text: str) -> None:
    key = identifiers.normalise(text)
    assert identifiers.normalise(key) == key


@given(st.text())
def test_a_key_holds_no_blank_and_no_unseen_sign(text: str) -> None:
    assert not [sign for sign in identifiers.normalise(text) if unicodedata.category(sign) in {"Zs", "Cc", "Cf"}]


@pytest.mark.parametrize(
    "number, masked",
    [
        ("110101199001011234", "110***********1234"),
        ("110101 19900101 1234", "110***********1234"),
        ("36042619910101007x", "360***********007X"),
        ("13800138000", "138****8000"),
        ("E12345678", "E*******8"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_a_personal_number_is_shown_with_its_middle_hidden(number: str, masked: str) -> None:
    assert identifiers.mask(number) == masked


@given(st.text(DIGITS + "X", max_size=40))
def test_a_mask_keeps_the_length_and_shows_at_most_seven_signs(number: str) -> None:
    masked = identifiers.mask(number)
    assert len(masked) == len(number)
    assert len(masked) - masked.count("*") <= min(7, len(number) // 2 + 2)
    assert all(shown in ("*", sign) for shown, sign in zip(masked, number, strict=True))


# ------------------------------------------------------------------------------------------------ the messages


@given(st.sampled_from(list(RightKind)), st.sampled_from([*RightStatus, None]), st.text())
@example(RightKind.PATENT, None, "²")
@example(RightKind.PATENT, None, "٢٠١٣١٠٦٩٩٧٤٤.٢")
def test_no_text_breaks_a_check(kind: RightKind, status: RightStatus | None, text: str) -> None:
    findings = [
        *identifiers.check_right_number(kind, text, status),
        *identifiers.check_party_number(PartyKind.LEGAL, text),
        *identifiers.check_party_number(PartyKind.NATURAL, text),
    ]
    assert all(finding.message.zh and finding.message.en for finding in findings)


def test_a_message_never_repeats_the_number() -> None:
    number = "110101199001011230"
    for finding in identifiers.check_resident_id(number):
        assert number not in finding.message.zh + finding.message.en
