"""Every page, as whoever uses it meets it: nothing stands in anyone's way, and it speaks one language.

axe-core (WCAG 2.2 A and AA) finds nothing, the browser complains of nothing, nothing scrolls sideways on a phone, and
no word of the other language is left over. Pages are named by their endpoints, so that a new one cannot be forgotten.
Holds nothing about what a page says (see `tests/web`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from mediation.app import create_app
from mediation.cases import workflow
from mediation.config import Settings
from mediation.terms import Action
from mediation.words import LANGUAGES, Language
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.site import Places, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HERE = Path(__file__).resolve().parent
LEDGER = HERE.parent / "data" / "ledger-dirty-2018.xlsx"
AXE = (HERE / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

UNKNOWN = "没有这样的案件"
"""What is asked for and not found."""

VISITOR = "visitor"
"""Nobody has signed in."""


# Which pages --------------------------------------------------------------------------------------------------------

Act = Callable[[Page, Site, Language], None]


@dataclass(frozen=True)
class Visit:
    """A page somebody opens and, it may be, what is done there before it is looked at. `status`: of the last answer."""

    endpoint: str
    given: Callable[[Places], Mapping[str, Any]] = lambda _places: {}
    status: int = 200
    act: Act | None = None

    def __str__(self) -> str:
        return f"{self.endpoint}{f' ({self.act.__name__})' if self.act else ''}"


def _send(page: Page, selector: str) -> int:
    """Click, and the status of the page that follows."""
    with page.expect_navigation() as sent:
        page.locator(selector).first.click()
    return sent.value.status


def _empty(page: Page, site: Site, language: Language) -> None:
    """Send the form as it is."""
    assert _send(page, "main form[method=post] .btn-primary") == 422


def _rows(page: Page, site: Site, language: Language) -> None:
    """Open the details and add a row of each kind."""
    page.locator("#intake > details > summary").click()
    for name in ("parties", "rights", "numbers"):
        page.locator(f"button[name=add_row][value={name}]").click()


def _twice(page: Page, site: Site, language: Language) -> None:
    """Register a dispute of parties that have one already, with a number that looks odd: asked before it is kept."""
    page.select_option("[name=source]", index=1)
    page.select_option("[name=kind]", index=1)
    page.locator("[name=applicant]").fill("佛山灯具厂")
    page.locator("[name=respondent]").fill("顺德1号五金店")
    page.locator("[name=facts]").fill("又一次销售近似外观的台灯")
    assert _send(page, "main form .btn-primary") == 200
    expect(page.locator("#confirm-title")).to_be_visible()


def _ask(question: str, rows: str) -> Act:
    def ask(page: Page, site: Site, language: Language) -> None:
        page.locator("main [name=q]").fill(question)
        assert _send(page, "main form .btn-primary") == 200
        assert bool(page.locator("main tbody tr").count()) is (rows == "found")

    ask.__name__ = rows
    return ask


def _upload(page: Page, site: Site, language: Language) -> None:
    """A ledger with faults of every kind; its preview, once it was read beside the request."""
    page.set_input_files("input[type=file]", LEDGER)
    assert _send(page, "main form .btn-primary") == 200
    page.locator("table.register").first.wait_for(timeout=60_000)


def _one_time(page: Page, site: Site, language: Language) -> None:
    """Make an account; its password is shown once."""
    page.locator("[name=username]").fill(f"new_{language.lower()}")
    page.locator("[name=display_name]").fill("新同事")
    page.select_option("[name=role]", "auditor")
    assert _send(page, "main form .btn-primary") == 200


def _overtaken(page: Page, site: Site, language: Language) -> None:
    """Accept a case that somebody else accepted after the page was opened."""
    page.goto(site.url("cases.move", proceeding_id=site.register("南庄陶瓷店"), action=Action.ACCEPT))
    other = page.context.new_page()
    other.goto(page.url)
    assert _send(other, "main form .btn-primary") == 200
    other.close()
    assert _send(page, "main form .btn-primary") == 409


def _case(name: str) -> Callable[[Places], Mapping[str, Any]]:
    return lambda places: {"case_id": places.cases[name]}


def _proceeding(name: str, **more: Any) -> Callable[[Places], Mapping[str, Any]]:
    return lambda places: {"proceeding_id": places.proceedings[name], **more}


def _offer(action: Action) -> Callable[[Places], Mapping[str, Any]]:
    return lambda places: {"offer_id": places.offers["offered"], "action": action}


def _with(**given: Any) -> Callable[[Places], Mapping[str, Any]]:
    return lambda _places: given


def _organisation(places: Places) -> Mapping[str, Any]:
    return {"organisation_id": places.organisation}


def _mediator(places: Places) -> Mapping[str, Any]:
    return {"mediator_id": places.mediator}


def _registration(places: Places) -> Mapping[str, Any]:
    return {"registration_id": places.registration}


def _account(places: Places) -> Mapping[str, Any]:
    return {"account_id": places.account}


VISITS: dict[str, tuple[Visit, ...]] = {
    VISITOR: (
        Visit("accounts.sign_in"),
        Visit("accounts.sign_in", status=422, act=_empty),
        Visit("docket.index"),  # leads to the sign-in, which says why
    ),
    "clerk": (
        Visit("web.home"),
        Visit("docket.home"),
        Visit("docket.help"),
        Visit("docket.index"),
        Visit("docket.index", _with(channel="people", state="open", order="due")),
        Visit("docket.index", _with(words=UNKNOWN)),
        Visit("docket.search"),
        Visit("docket.search", act=_ask("五金", "found")),
        Visit("docket.search", act=_ask(UNKNOWN, "nothing")),
        Visit("reception.register"),
        Visit("reception.register", act=_rows),
        Visit("reception.register", act=_empty),
        Visit("reception.register", act=_twice),
        Visit("desk.case", _case("registered")),
        Visit("desk.case", _case("handed_over")),
        Visit("cases.add_party", _case("registered")),
        Visit("cases.add_party", _case("registered"), act=_empty),
        Visit("cases.add_right", _case("registered")),
        Visit("cases.add_number", _case("registered")),
        Visit("cases.move", _proceeding("registered", action=Action.ACCEPT), act=_overtaken),
        Visit("accounts.sessions"),
        Visit("accounts.password"),
        Visit("figures.completion"),
        Visit("directory.organisations"),
        Visit("directory.organisation", _organisation),
        Visit("directory.mediators"),
        Visit("directory.mediator", _mediator),
        Visit("accounts.index", status=403),
        Visit("desk.case", _with(case_id=999_999), status=404),
        Visit("cases.move", _proceeding("registered", action=Action.ASSIGN), status=422),
    ),
    "mediator": (
        Visit("docket.home"),
        Visit("desk.case", _case("mediating")),
        Visit("figures.completion", _with(level="proceeding", by="channel")),
    ),
    "organisation_admin": (
        Visit("docket.home"),
        *(
            Visit("desk.case", _case(name))
            for name in ("accepted", "suspended", "agreed", "to_confirm", "ended", "closed", "not_accepted",
                         "offered", "reopened")
        ),
        Visit("cases.correct", _proceeding("ended")),
        Visit("cases.correct", _proceeding("ended"), act=_empty),
        Visit("cases.undo", _case("mediating")),
        Visit("cases.move", _proceeding("mediating", action=Action.END), act=_empty),
        Visit("directory.mediator_edit", _mediator),
        Visit("directory.registration_edit", _registration),
        Visit("directory.training_new", _mediator),
        Visit("desk.leave", _registration),
        Visit("figures.completion", _with(level="proceeding", by="mediator")),
    ),
    "other_clerk": (
        Visit("docket.home"),
        Visit("desk.case", _case("offered")),  # the outline: the file opens when the offer is accepted
        Visit("desk.case", _case("handed_over")),
        Visit("cases.answer", _offer(Action.OFFER_ACCEPTED)),
        Visit("cases.answer", _offer(Action.OFFER_REJECTED)),
    ),
    "zone_admin": (
        Visit("docket.home"),
        Visit("docket.index"),
        Visit("figures.completion"),
        Visit("figures.completion", _with(by="month")),
        Visit("figures.completion", _with(year="2031", part="first", first="2026-02-30")),
        Visit("figures.behind", _with(level="dispute", measure="accepted", of="count")),
        Visit("awards.index"),
        Visit("awards.mediator", _mediator),
        Visit("ledger.index"),
        Visit("ledger.index", act=_empty),
        Visit("ledger.show", act=_upload),
        Visit("directory.organisation_new"),
        Visit("directory.organisation_new", act=_empty),
        Visit("directory.organisation_edit", _organisation),
        Visit("directory.mediator_new"),
        Visit("directory.registration_new", _mediator),
    ),
    "auditor": (
        Visit("docket.home"),
        Visit("desk.case", _case("ended")),
        Visit("desk.audit"),
        Visit("desk.audit", _with(verify="1")),
    ),
    "award_staff": (
        Visit("awards.index"),
        Visit("awards.mediator", _mediator),
    ),
    "system_admin": (
        Visit("accounts.index"),
        Visit("accounts.create"),
        Visit("accounts.create", act=_empty),
        Visit("accounts.create", act=_one_time),
        Visit("accounts.edit", _account),
    ),
}

NO_PAGES = {
    "static": "files of the pages",
    "web.healthz": "speaks to machines",
    "web.speak": "leads back to the page in the other language",
    "reception.infringing_acts": "a fragment: options of a list of the registering page",
    "cases.agreement": "opened wherever it is offered, see the moves",
    "figures.xlsx": "a file, see test_files",
    "awards.xlsx": "a file, see test_files",
}


def test_every_page_is_visited_or_there_is_a_reason_why_not(tmp_path: Path) -> None:
    app = create_app(Settings(f"sqlite:///{tmp_path / 'none.db'}", tmp_path, "a key", b"a key", testing=True))
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    visited = {visit.endpoint for visits in VISITS.values() for visit in visits}
    assert pages - visited - set(NO_PAGES) == set()
    assert set(NO_PAGES) - pages == set()
    app.extensions["mediation.database"].dispose()


# What is looked at ---------------------------------------------------------------------------------------------------

TEXTS = """() => {
  const mine = document.documentElement.lang;
  const foreign = (element) => {
    const marked = element.closest("[lang]");
    return marked !== null && marked.lang !== mine;
  };
  const said = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent !== null && !["SCRIPT", "STYLE"].includes(parent.tagName) && !foreign(parent)) {
      said.push(walker.currentNode.data);
    }
  }
  for (const name of ["aria-label", "title", "placeholder", "alt", "aria-description", "data-confirm"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (!foreign(element)) said.push(element.getAttribute(name));
    }
  }
  return said.map((text) => text.replace(/\\s+/g, " ").trim()).filter((text) => text !== "");
}"""
"""Every text of the page, also the folded and the hidden; not what is marked as being in another language."""

RUN_AXE = """async (tags) => (await axe.run(document, {
  runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], preload: false
})).violations.map((found) => `${found.id}: ${found.help} – `
  + found.nodes.slice(0, 3).map((node) => node.target + " " + node.html.slice(0, 140)).join(" | "))"""

def blemishes(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands. Not preloaded: no rule asked for reads the style sheets' text."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN_AXE, STANDARDS)
    return found


WORD = r"[A-Za-z][A-Za-z'’]+"
ENGLISH = re.compile(rf"{WORD}(?:[ ,;:.]+{WORD}){{2,}}")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")

EXAMPLES = frozenset({UNKNOWN, "国作登字", "软著登字第", "号", "禅知调"})
"""What is Chinese in an English page all the same: what was asked, and parts of numbers, which have no translation."""


def leftovers(texts: list[str], language: Language, data: set[str]) -> Iterator[str]:
    """Texts in the other language that nobody entered."""
    if language == "zh_Hans":
        for text in texts:
            for run in ENGLISH.findall(text):
                if not any(run in entered for entered in data):
                    yield f"English: {text[:160]}"
        return
    entered = sorted((text for text in data | EXAMPLES if HAN.search(text)), key=len, reverse=True)
    for text in texts:
        if not HAN.search(text):
            continue
        rest = text
        for value in entered:
            rest = rest.replace(value, "")
        # A text cut to fit is a part of what was entered.
        left = [run for run in HAN.findall(rest) if not any(run in value for value in entered)]
        if left:
            yield f"Chinese: {text[:160]} ({' '.join(left)})"


class Look:
    """Looks at pages and gathers what is wrong with them."""

    def __init__(self, site: Site, language: Language) -> None:
        self.site, self.language = site, language
        self.data = site.data()
        self.faults: list[str] = []

    def at(self, page: Page, name: str) -> None:
        """All that is held against a page."""
        found = blemishes(page)
        # In English the page is a phone's from the start.
        if self.language != "en":
            page.set_viewport_size(PHONE)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            found.append(f"scrolls sideways: {width} px on a phone")
        if self.language != "en":
            page.set_viewport_size(DESKTOP)
        texts = page.evaluate(TEXTS)
        if wrong := list(leftovers(texts, self.language, self.data)):
            # Something may have been entered since.
            self.data = self.site.data()
            wrong = list(leftovers(texts, self.language, self.data))
        self.faults += [f"{name}: {each}" for each in [*found, *dict.fromkeys(wrong)]]


def _viewport(language: Language) -> ViewportSize:
    return PHONE if language == "en" else DESKTOP


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", VISITS)
def test_nothing_stands_in_the_way_and_every_word_is_of_the_page_s_language(
    who: str, language: Language, open_as: OpenPage, site: Site
) -> None:
    look = Look(site, language)
    page = open_as(None if who == VISITOR else who, language, viewport=_viewport(language))
    for visit in VISITS[who]:
        start = "ledger.index" if visit.act is _upload else visit.endpoint
        answer = page.goto(site.url(start, **visit.given(site.places)))
        status = answer.status if answer else 0
        if visit.act is not None:
            visit.act(page, site, language)
        elif status != visit.status:
            look.faults.append(f"{visit}: answered {status}")
        look.at(page, str(visit))
    assert look.faults == []


# The lookers bite ----------------------------------------------------------------------------------------------------


def test_a_page_with_faults_is_found_faulty(open_as: OpenPage, site: Site) -> None:
    """Whatever looks at the pages above would see these."""
    page = open_as(None)
    page.set_content(
        "<html lang='zh-Hans'><link rel='icon' href='data:,'><title>登记案件</title><main><h1>登记案件</h1>"
        "<input name='number'><p id='faint'>看不清的字</p><p>Nothing was saved.</p>"
        "<p lang='en'>Nothing is missing here.</p>"
        "<p id='wide'>宽</p></main></html>"
    )
    page.evaluate("document.getElementById('faint').style.color = '#ccc'")
    page.evaluate("document.getElementById('wide').style.width = '900px'")
    look = Look(site, "zh_Hans")
    look.at(page, "page")
    told = "\n".join(look.faults)
    for fault in ("page: label", "page: color-contrast", "page: scrolls sideways", "page: English: Nothing was saved."):
        assert fault in told
    assert "missing" not in told
    assert list(leftovers(["顺德1号五金店 is late", "已受理 on Monday"], "en", site.data())) == [
        "Chinese: 已受理 on Monday (已受理)"
    ]


# Moves ---------------------------------------------------------------------------------------------------------------

WITH_MOVES = ("registered", "accepted", "led", "mediating", "suspended", "agreed", "to_confirm", "ended", "failed",
              "closed", "not_accepted", "offered", "reopened")  # fmt: skip
MOVE = re.compile(r"/cases/(proceedings|offers|agreements)/\d+/(\w+)$")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_move_a_case_offers_has_a_form_without_fault(language: Language, open_as: OpenPage, site: Site) -> None:
    look = Look(site, language)
    page = open_as("organisation_admin", language, viewport=_viewport(language))
    offered: dict[str, str] = {}
    for name in WITH_MOVES:
        page.goto(site.url("desk.case", case_id=site.places.cases[name]))
        for address in page.evaluate("[...document.querySelectorAll('main a')].map((link) => link.href)"):
            if (found := MOVE.search(address)) and found[2] != "facts":
                offered.setdefault(found[2], address)
    # Answering an offer is the receiver's.
    elsewhere = {Action.REGISTER, Action.OFFER_ACCEPTED, Action.OFFER_REJECTED}
    assert set(offered) == {row.action.value for row in workflow.MOVES if row.action not in elsewhere}
    for action, address in offered.items():
        answer = page.goto(address)
        assert answer
        assert answer.status == 200
        look.at(page, action)
    assert look.faults == []
