"""The fields forms are made of: what they read, what they say, in which language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from mediation.errors import FactError, MoveError
from mediation.terms import Park, Role
from mediation.web import filters, forms, language
from mediation.words import Words


class Form(forms.PageForm):
    on = forms.DateField("Day", [forms.required()])
    until = forms.DateField("Until")
    amount = forms.AmountField("Amount")
    park = forms.TermField("Park", term=Park)
    role = forms.TermField("Role", term=Role, subset=(Role.CLERK, Role.AUDITOR))
    parks = forms.TermsField("Parks", term=Park)
    nothing = forms.TermField("Nothing on offer", term=Park, subset=())
    case = forms.ReferenceField("Case")
    note = forms.TextField("Note")


def sent(app: Flask, tag: str = "en", **data: Any) -> Form:
    with app.test_request_context(headers={"Accept-Language": tag}):
        form = Form(MultiDict(data), meta={"csrf": False})
        form.case.offer([(7, "seven")])
        form.validate()
        return form


@pytest.mark.parametrize(
    "text", ["2026-3-5", "2026-03-05", "2026/3/5", "2026年3月5日", "20260305", " ２０２６年３月５日 "]
)
def test_a_day_is_read_as_people_write_it(app, text):
    form = sent(app, on=text)
    assert form.on.data == dt.date(2026, 3, 5)
    assert not form.errors


@pytest.mark.parametrize("text", ["2026-02-30", "5.3.26", "yesterday", "45000", "202603", "2026-03", "12026-03-05"])
def test_a_day_that_is_none_stays_as_it_was_typed(app, text):
    form = sent(app, on=text)
    assert form.on.data is None
    assert form.on.errors == ["Write the day like 2026-03-05."]
    with app.test_request_context():
        assert f'value="{text}"' in form.on()


def test_a_day_left_empty_is_nothing(app):
    form = sent(app, on="", until="")
    assert (form.on.data, form.until.data) == (None, None)
    assert set(form.errors) == {"on"}


@pytest.mark.parametrize(("text", "amount"), [("12,345.60", "12345.60"), ("1.2万", "12000"), ("¥5", "5"), ("", None)])
def test_an_amount_is_read_as_people_write_it(app, text, amount):
    assert sent(app, amount=text).amount.data == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize("text", ["-1", "much", "1,23,4", "1e9", "99999999999999999999"])
def test_an_amount_that_is_none_is_refused(app, text):
    form = sent(app, amount=text)
    assert form.amount.data is None
    assert len(form.amount.errors) == 1


def test_a_term_is_a_member_of_its_list(app):
    form = sent(app, park="nanhai", role="clerk")
    assert form.park.data is Park.NANHAI
    assert form.role.data is Role.CLERK
    assert "park" not in form.errors


@pytest.mark.parametrize(
    ("field", "value"),
    [("park", "atlantis"), ("role", "mediator"), ("nothing", "nanhai"), ("case", "8"), ("case", "x")],
)
def test_what_is_not_on_offer_is_refused(app, field, value):
    assert sent(app, **{field: value}).errors[field] == ["Choose one from the list."]


def test_nothing_chosen_is_nothing(app):
    form = sent(app, park="", case="")
    assert (form.park.data, form.case.data) == (None, None)
    assert "park" not in form.errors
    assert "case" not in form.errors


def test_several_terms_may_be_chosen(app):
    form = sent(app, parks=["nanhai", "shunde"], case="7")
    assert form.parks.data == [Park.NANHAI, Park.SHUNDE]
    assert form.case.data == 7


@pytest.mark.parametrize(
    ("tag", "title", "blank"), [("en", "Nanhai Park", "Please choose"), ("zh-CN", "南海园", "请选择")]
)
def test_choices_speak_the_language_of_the_page(app, tag, title, blank):
    with app.test_request_context(headers={"Accept-Language": tag}):
        markup = Form(meta={"csrf": False}).park()
    assert f">{title}<" in markup
    assert f">{blank}<" in markup


def test_the_library_speaks_chinese_too(app):
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        spoken = Form(meta={"csrf": False}).meta.get_translations(None)
        assert spoken.gettext("This field is required.") == "该字段是必填字段。"


def test_a_refusal_is_shown_at_its_field_or_at_the_top(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        form = Form(meta={"csrf": False})
        forms.blame(form, FactError("Use at least %(count)s characters.", field="note", count=3))
        forms.blame(form, MoveError("The two entries differ."))
        forms.blame(form, FactError("The two entries differ.", field="no_such_field"))
        assert form.note.errors == ["Use at least 3 characters."]
        assert form.form_errors == ["The two entries differ."] * 2


def test_text_loses_the_blanks_around_it(app):
    assert sent(app, note="  字 ").note.data == "字"


# ------------------------------------------------------------------------------------------ filters


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (1497, 2157, "69.4 %"), (0, 5, "0.0 %"), (5, 5, "100.0 %"), (0, 0, "—"), (None, 5, "—"), (5, None, "—"),
        (1, 2000, "0.1 %"), (1, 2001, "0.0 %"), (1, 80, "1.3 %"), (3, 80, "3.8 %"), (2787, 3688, "75.6 %"),
    ],
)  # fmt: skip
def test_a_share_is_rounded_half_up_from_counts_and_of_nothing_is_nothing(app, numerator, denominator, expected):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert filters.percent(numerator, denominator) == expected


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (dt.datetime(2026, 3, 5, 15, 59, 59, tzinfo=dt.UTC), "2026-03-05 23:59"),
        (dt.datetime(2026, 3, 5, 16, 0, tzinfo=dt.UTC), "2026-03-06 00:00"),
    ],
)
def test_an_instant_is_shown_in_beijing(instant, shown):
    assert filters.instant(instant) == shown
    assert filters.day(instant) == shown[:10]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("440602199003071234", "440***********1234"), ("13800138000", "138****8000"), ("张三丰", "张**"), ("", "—"),
        (None, "—"),
    ],
)  # fmt: skip
def test_what_is_personal_is_masked(value, shown):
    assert filters.mask(value) == shown


def test_nothing_is_a_dash():
    for written in (filters.day, filters.instant, filters.number, filters.money, filters.words):
        assert written(None) == "—"
    assert filters.number(12345) == "12,345"
    assert filters.money(Decimal("12345.005")) == "¥12,345.01"


@pytest.mark.parametrize(
    ("tags", "spoken"),
    [
        ("zh-CN,zh;q=0.9", "zh_Hans"), ("zh-TW", "zh_Hans"), ("zh", "zh_Hans"), ("en-GB", "en"), ("de,en;q=0.5", "en"),
        ("de", "zh_Hans"), ("", "zh_Hans"), ("en;q=0.1,zh;q=0.9", "zh_Hans"),
    ],
)  # fmt: skip
def test_every_tag_becomes_one_of_ours(app, tags, spoken):
    with app.test_request_context(headers={"Accept-Language": tags}):
        assert language.current() == spoken
        assert filters.words(Words("中", "E")) == ("E" if spoken == "en" else "中")


def test_closed_lists_in_addresses_know_their_members_only(app):
    for rule in ("/x/<channel:what>", "/y/<right_kind:what>", "/z/<day:what>"):
        app.add_url_rule(rule, rule, lambda what: what)
    found = app.url_map.bind("localhost")
    assert found.match("/x/people")[1]["what"].words.zh == "人民调解"
    assert found.test("/y/design")
    assert found.match("/z/2026-02-28")[1]["what"] == dt.date(2026, 2, 28)
    for wrong in ("/x/commerce", "/y/x", "/z/2026-02-30", "/z/2026-2-3"):
        assert not found.test(wrong), wrong
    assert found.build("/z/<day:what>", {"what": dt.date(2026, 2, 3)}) == "/z/2026-02-03"
