"""A sheet with a sample of every macro, to be looked at.

`python tests/browser/styleguide.py` serves it in both languages; `--shoot FOLDER` takes screenshots (1280 and 360 px
wide, and the printed page) and `--axe FILE` names an axe.min.js to check the sheet with. A workbench for the look, and
the stage on which `test_page_behaviour` plays the page scripts: it must not know the product's pages.
"""

from __future__ import annotations

import argparse
import datetime as dt
import pathlib
import sys
import threading
from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Flask, Response, flash, g, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from markupsafe import escape
from playwright.sync_api import ConsoleMessage, Error, Page, sync_playwright
from werkzeug.serving import make_server
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from mediation import terms
from mediation.channels import Channel
from mediation.words import Term, Words

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WIDTHS = (1280, 360)
LANGUAGES = ("zh_Hans", "en")


def words(value: Term | Words) -> str:
    return value.in_(g.language)


def pick(zh: str, en: str) -> str:
    return en if g.language == "en" else zh


def choices(list_: Iterable[Term]) -> list[SelectChoice]:
    return [SelectChoice(member.value, member.words.zh) for member in list_]


class PartyForm(Form):
    name = StringField("名称", [InputRequired("请填写当事人名称。")])
    role = SelectField("地位", choices=choices(terms.PartyRole))
    code = StringField("统一社会信用代码", [Length(max=18)])


class IntakeForm(FlaskForm):  # type: ignore[misc]
    received_on = DateField("收到日期", [InputRequired("请填写收到日期。")])
    source = SelectField(
        "案件来源", [InputRequired("请选择案件来源。")], choices=[SelectChoice("", "请选择"), *choices(terms.Source)]
    )
    right_number = StringField("权利号", description="专利号可带或不带 ZL，如 201310699744.2。")
    facts = TextAreaField("纠纷简况", [InputRequired("请写明纠纷简况。")])
    channel = RadioField("渠道", [InputRequired("请选择渠道。")], choices=choices(Channel))
    designations = SelectMultipleField(
        "企业资质",
        choices=choices(terms.Designation),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    series = BooleanField("属于批量维权")
    parties = FieldList(FormField(PartyForm), "当事人", min_entries=2)


def sample() -> dict[str, Any]:
    """Everything the sheet shows, as finished values."""
    day = dt.date
    people, judicial, administrative = Channel.PEOPLE, Channel.JUDICIAL, Channel.ADMINISTRATIVE
    state, outcome = terms.State, terms.Outcome
    committee = pick("高新区知识产权人民调解委员会", "IP People's Mediation Committee of the Zone")
    court = pick("佛山市中级人民法院", "Foshan Intermediate Court")
    bureau = pick("南海区市场监督管理局", "Nanhai Market Supervision Bureau")
    limits = [
        None,
        {"on": day(2026, 3, 30), "days_left": 25, "overdue": False, "stopped": False, "certain": True},
        {"on": day(2026, 3, 10), "days_left": 5, "overdue": False, "stopped": False, "certain": True},
        {"on": day(2026, 3, 5), "days_left": 0, "overdue": False, "stopped": False, "certain": True},
        {"on": day(2026, 3, 2), "days_left": -3, "overdue": True, "stopped": False, "certain": True},
        {"on": day(2026, 4, 7), "days_left": 33, "overdue": False, "stopped": True, "certain": True},
        {"on": day(2027, 1, 4), "days_left": 40, "overdue": False, "stopped": False, "certain": False},
    ]
    rows = [
        (
            "佛高知调〔2026〕0012号",
            people,
            pick("佛山市禅陶建材有限公司", "Chantao Ceramics Ltd"),
            terms.RightKind.DESIGN,
            state.MEDIATING,
            limits[2],
        ),
        (
            "佛高知调〔2026〕0011号",
            administrative,
            pick("广东南控智能科技股份有限公司", "Nankong Smart Technology Co"),
            terms.RightKind.INVENTION,
            state.SUSPENDED,
            limits[5],
        ),
        (
            "佛高知调〔2026〕0009号",
            judicial,
            pick("顺德美厨电器有限公司", "Meichu Appliances"),
            terms.RightKind.TRADE_MARK,
            state.ACCEPTED,
            limits[4],
        ),
        (
            "佛高知调〔2026〕0008号",
            people,
            pick("郑某", "Zheng"),
            terms.RightKind.COPYRIGHT,
            state.REGISTERED,
            limits[0],
        ),
        (
            "佛高知调〔2025〕0347号",
            people,
            pick("三水乐动饮品有限公司等 3 名", "Ledong Drinks and 2 others"),
            terms.RightKind.TRADE_MARK,
            outcome.AGREED_WRITTEN,
            limits[1],
        ),
    ]
    steps = [
        {
            "channel": administrative,
            "organisation": bureau,
            "state": state.ENDED,
            "from_on": day(2025, 11, 3),
            "to_on": day(2025, 12, 19),
            "outcome": outcome.DEADLOCK,
            "number": "南市监知调〔2025〕41号",
            "entry": terms.EntryForm.OWN,
            "url": "#",
        },
        {
            "channel": people,
            "organisation": committee,
            "state": state.ENDED,
            "from_on": day(2025, 12, 22),
            "to_on": day(2026, 1, 20),
            "outcome": outcome.TRANSFERRED,
            "number": "佛高人调〔2025〕208号",
            "entry": terms.EntryForm.TRANSFERRED,
            "mediator": pick("梁志明", "Liang Zhiming"),
            "url": "#",
        },
        {
            "channel": judicial,
            "organisation": court,
            "state": state.MEDIATING,
            "from_on": day(2026, 1, 23),
            "current": True,
            "number": "(2026)粤06诉前调119号",
            "entry": terms.EntryForm.DELEGATED,
            "mediator": pick("黄嘉欣", "Huang Jiaxin"),
            "url": "#",
        },
        {
            "channel": people,
            "organisation": committee,
            "state": terms.OfferState.PENDING,
            "pending": True,
            "from_on": day(2026, 3, 2),
        },
    ]
    recorded = dt.datetime(2026, 3, 2, 1, 32, tzinfo=dt.UTC)
    events = [
        {
            "title": terms.Action.SUSPEND,
            "on": day(2026, 3, 2),
            "at": recorded,
            "by": pick("黄嘉欣", "Huang Jiaxin"),
            "organisation": court,
            "channel": judicial,
            "from_state": state.MEDIATING,
            "to_state": state.SUSPENDED,
            "facts": [
                (pick("原因", "Reason"), words(terms.SuspendReason.APPRAISAL)),
                (pick("委托单号", "Order"), "JD-2026-017"),
            ],
            "note": pick(
                "双方同意委托省知识产权保护中心就被诉产品是否落入权利要求 1 的保护范围出具鉴定意见。",
                "Both sides agree to have the provincial IP centre appraise whether the product falls under claim 1.",
            ),
        },
        {
            "title": terms.Action.START,
            "on": day(2026, 1, 26),
            "at": recorded,
            "by": pick("黄嘉欣", "Huang Jiaxin"),
            "channel": judicial,
            "from_state": state.ACCEPTED,
            "to_state": state.MEDIATING,
            "late": True,
            "facts": [(pick("首次联系", "First contact"), "2026-01-26")],
        },
        {
            "title": terms.Action.OFFER,
            "on": day(2026, 1, 20),
            "by": pick("梁志明", "Liang Zhiming"),
            "channel": people,
            "from_state": state.MEDIATING,
            "to_state": state.ENDED,
            "facts": [(pick("移交至", "To"), court), (pick("移交函", "Letter"), "佛高人调函〔2026〕3号")],
        },
        {"title": pick("收到申请", "Application received"), "on": day(2025, 11, 1), "organisation": bureau},
    ]
    figures = [
        {
            "title": pick("完成率", "Completion rate"),
            "basis": pick("按纠纷 · 2025 年", "disputes · 2025"),
            "value": "86.0%",
            "numerator": 258,
            "denominator": 300,
            "numerator_url": "#",
            "denominator_url": "#",
            "numerator_title": pick("办结", "ended"),
            "denominator_title": pick("应办", "to be handled"),
            "definition": pick(
                "办结 ÷（期初在办 + 受理 + 再次在办）。一件纠纷不论经过几个渠道，只计一次。",
                "Ended ÷ (open at start + accepted + reopened). A dispute counts once, whatever its channels.",
            ),
            "note": pick("其中部分达成 12 件", "of which in part 12"),
        },
        {
            "title": pick("调解成功率（办结口径）", "Success rate (ended)"),
            "value": "71.3%",
            "numerator": 184,
            "denominator": 258,
            "numerator_url": "#",
            "denominator_url": "#",
            "definition": pick(
                "当期办结的纠纷中达成协议的 ÷ 当期办结的纠纷。", "Of the disputes ended in the period: agreed ÷ ended."
            ),
        },
        {
            "title": pick("办理时长", "Days taken"),
            "value": pick("23 天", "23 days"),
            "numerator": 258,
            "numerator_title": pick("办结", "ended"),
            "numerator_url": "#",
            "definition": pick(
                "自首次受理至办结的日数，取中位数。", "Days from the first acceptance to the end, median."
            ),
        },
        {
            "title": pick("司法确认率", "Confirmed"),
            "value": "—",
            "numerator": 0,
            "denominator": 0,
            "definition": pick("本期没有可申请司法确认的协议。", "No agreement of the period could be confirmed."),
        },
    ]
    flow = {
        "caption": pick("2025 年收结情况（按纠纷）", "Flow of 2025 (disputes)"),
        "head": [
            pick("园区", "Park"),
            pick("期初在办", "Open at start"),
            pick("受理", "Accepted"),
            pick("再次在办", "Reopened"),
            pick("办结", "Ended"),
            pick("期末在办", "Open at end"),
        ],
        "rows": [
            *(
                {"label": words(park), "url": "#", "cells": [n, 4 * n + 2, 0, 4 * n + 1, n + 1]}
                for n, park in enumerate(list(terms.Park)[:5], 4)
            ),
            {"label": pick("合计", "Total"), "total": True, "cells": [30, 130, 0, 125, 35]},
        ],
        "terms": [
            {"label": pick("期初在办", "Open at start"), "value": 30, "url": "#"},
            {"sign": "+", "label": pick("受理", "Accepted"), "value": 130, "url": "#"},
            {"sign": "+", "label": pick("再次在办", "Reopened"), "value": 0},
            {"sign": "=", "label": pick("办结", "Ended"), "value": 125, "url": "#"},
            {"sign": "+", "label": pick("期末在办", "Open at end"), "value": 35, "url": "#"},
        ],
        "holds": True,
    }
    months = [f"{m} 月" if g.language != "en" else day(2025, m, 1).strftime("%b") for m in range(1, 13)]
    return {
        "rows": rows,
        "limits": limits,
        "steps": steps,
        "events": events,
        "figures": figures,
        "flow": flow,
        "broken": [
            {"label": pick("期初在办", "Open at start"), "value": 31},
            {"sign": "+", "label": pick("受理", "Accepted"), "value": 142},
            {"sign": "=", "label": pick("其他终结", "Ended otherwise"), "value": 131},
            {"sign": "+", "label": pick("移出", "Transferred out"), "value": 9},
            {"sign": "+", "label": pick("期末在办", "Open at end"), "value": 32},
        ],
        "outcomes": list(terms.OutcomeClass),
        "states": [*terms.State, terms.CaseState.OPEN, terms.AgreementState.VOID, terms.OfferState.PENDING],
        "channels": list(Channel),
        "parts": [{"label": words(c), "value": n, "channel": c} for c, n in zip(Channel, (162, 74, 64), strict=True)],
        "line": {
            "type": "line",
            "x": months,
            "unit": "%",
            "series": [
                {"name": words(c), "channel": c.value, "data": [s + (m * k) % 17 for m in range(12)]}
                for c, s, k in zip(Channel, (70, 30, 52), (5, 7, 3), strict=True)
            ],
        },
        "bars": {
            "type": "stacked",
            "x": months,
            "series": [
                {"name": words(c), "channel": c.value, "data": [s + (m * k) % 9 for m in range(12)]}
                for c, s, k in zip(Channel, (9, 4, 3), (5, 7, 3), strict=True)
            ],
        },
        "papers": [
            {"title": pick("人民调解申请书", "Application"), "present": True, "url": "#"},
            {
                "title": pick("权利义务告知书", "Notice of rights and duties"),
                "present": False,
                "url": "#",
                "note": pick("结案前必须补齐", "to be added before closing"),
            },
            {"title": pick("调查记录", "Investigation record"), "present": False, "needed": False},
            {"title": pick("口头协议登记表", "Register of the oral agreement"), "present": None, "needed": False},
        ],
    }


def make_app() -> Flask:
    """The throw-away application; stands in for what `web/` provides on real pages."""
    app = Flask("styleguide", static_folder=str(ROOT / "mediation" / "static"))
    app.config.update(
        RECEIVED=[],
        SECRET_KEY="a sheet to look at",
        WTF_CSRF_ENABLED=True,
        WTF_CSRF_CHECK_DEFAULT=False,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "mediation" / "translations"),
    )
    app.jinja_loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), FileSystemLoader(HERE)])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters.update(
        words=words,
        day=lambda value: value.isoformat(),
        number=lambda value: f"{value:,}",
        percent=lambda value: f"{value:.1%}",
        instant=lambda value: (value + dt.timedelta(hours=8)).strftime("%Y-%m-%d %H:%M"),
    )
    Babel(app, locale_selector=lambda: g.language)
    CSRFProtect(app)

    @app.before_request
    def choose() -> None:
        g.language = "en" if request.path.startswith("/en") else "zh_Hans"

    @app.context_processor
    def frame() -> dict[str, Any]:
        menu = [
            ("我的工作", "My work"),
            ("案件", "Cases"),
            ("移交", "Handovers"),
            ("统计", "Statistics"),
            ("评优", "Awards"),
            ("报表", "Reports"),
            ("名册", "Register"),
        ]
        return {
            "menu": [
                {"label": pick(*titles), "url": "#", "active": n == 1, "count": 3 if n == 2 else None}
                for n, titles in enumerate(menu)
            ],
            "person": None
            if request.path.endswith("/refusal")
            else {"display_name": pick("黄嘉欣", "Huang Jiaxin"), "role": terms.Role.MEDIATOR},
            "language": g.language,
            "is_demo": True,
            "other_language_url": "/" if g.language == "en" else "/en",
            "search_url": "/",
            "home_url": "/",
            "account_url": "#",
            "sign_out_url": "/",
            "sign_in_url": "#",
            "help_url": "#",
            "version": "1.0",
            "pick": pick,
            "Words": Words,
        }

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @app.route("/", methods=["GET", "POST"])
    @app.route("/en", methods=["GET", "POST"])
    def sheet() -> str:
        if request.method == "POST":
            app.config["RECEIVED"].append(request.form.to_dict())
        form = IntakeForm(formdata=None)
        faulty = IntakeForm(formdata=None, prefix="x", meta={"csrf": False})
        faulty.validate()
        prototype = PartyForm(prefix="parties-__index__-")
        flash(
            pick("案件已登记，编号 佛高知调〔2026〕0012号。", "The case is registered as 佛高知调〔2026〕0012号."),
            "success",
        )
        flash(
            pick(
                "补录的事实晚于 30 天，须由他人复核。", "A fact recorded more than 30 days late needs a second person."
            ),
            "warning",
        )
        return render_template("styleguide.html", form=form, faulty=faulty, prototype=prototype, **sample())

    @app.post("/existing")
    def existing() -> str:
        return f"<p>{pick('已有案件', 'Already there')}: <a href='#'>{escape(request.form['right'])}</a></p>"

    @app.route("/refusal")
    @app.route("/en/refusal")
    def refusal() -> str:
        return render_template(
            "refusal.html",
            code=422,
            message=pick("终结日期不得早于受理日期。", "A proceeding cannot end before it was accepted."),
            back_url="#",
        )

    return app


def _note(said: list[str], message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        said.append(message.text)


def _note_error(said: list[str], error: Error) -> None:
    said.append(str(error))


def check(page: Page, axe: str | None, name: str) -> int:
    """Print what the browser and axe-core complain about; how many complaints there were."""
    complaints = list(page.evaluate("window.__complaints ?? []"))
    if axe:
        result = page.evaluate("async () => (await axe.run(document)).violations")
        complaints += [f"{v['id']}: {v['help']} – {[n['html'][:150] for n in v['nodes'][:4]]}" for v in result]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        complaints.append("the page scrolls sideways")
    for complaint in complaints:
        print(name, complaint)
    return len(complaints)


def shoot(folder: pathlib.Path, axe_file: pathlib.Path | None) -> int:
    """Screenshots of every view of the sheet into `folder`; the number of complaints."""
    folder.mkdir(parents=True, exist_ok=True)
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    axe = axe_file.read_text() if axe_file else None
    faults = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for width in WIDTHS:
            for language in LANGUAGES:
                context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
                for view in ("", "/refusal"):
                    page = context.new_page()
                    said: list[str] = []
                    page.on("console", partial(_note, said))
                    page.on("pageerror", partial(_note_error, said))
                    address = f"http://127.0.0.1:{server.port}{'/en' if language == 'en' else ''}{view}"
                    page.goto(address, wait_until="networkidle")
                    name = f"{language}-{width}{view.replace('/', '-')}"
                    page.screenshot(path=folder / f"{name}.png", full_page=True)
                    for text in said:
                        print(name, "console:", text)
                    faults += len(said)
                    if axe:
                        page.evaluate(axe)
                    faults += check(page, axe, name)
                    if width == WIDTHS[0] and not view:
                        page.pdf(path=folder / f"{language}.pdf", prefer_css_page_size=True)
                context.close()
        browser.close()
    server.shutdown()
    return faults


def main() -> int:
    """The command line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--shoot", type=pathlib.Path)
    arguments.add_argument("--axe", type=pathlib.Path)
    given = arguments.parse_args()
    if given.shoot:
        faults = shoot(given.shoot, given.axe)
        print(f"{faults} complaints")
        return 1 if faults else 0
    make_app().run(port=5055, debug=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
