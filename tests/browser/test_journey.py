"""One dispute from the first keystroke to the award, as the people of three desks live it; and the same on less.

Less: without script, on a phone, in English. Every step is what a person does: keys, links, buttons. Holds no rule of
the trade and looks into no database.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from mediation import clock
from mediation.channels import Channel
from mediation.terms import Action, AgreementForm, AgreementScope, EntryForm, HandoverReason, Outcome, PartyResult
from mediation.terms import MediatorRole as Part
from mediation.terms import RightKind as Kind
from mediation.terms import Source as From
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NUMBER = re.compile(r"佛高知调〔\d{4}〕\d{5}号")
FAR = 80
"""So many presses of a key lead anywhere on a page; more, and something cannot be reached."""


class Keyboard:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        """One key."""
        self.page.keyboard.press(key)
        self.pressed += 1

    def reach(self, target: Locator) -> None:
        """Tab until it has the focus."""
        for _ in range(FAR):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.press("Tab")
        pytest.fail(f"the keyboard does not reach {target}")

    def write(self, name: str, text: str) -> None:
        """Go to a field and write."""
        self.reach(self.page.locator(f"[name={name}]"))
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def choose(self, name: str, value: str) -> None:
        """Go to a list and down to a choice."""
        target = self.page.locator(f"select[name={name}]")
        self.reach(target)
        for _ in range(FAR):
            if target.input_value() == value:
                return
            self.press("ArrowDown")
        pytest.fail(f"the keyboard does not find {value} in {name}")


def number_of(page: Page) -> str:
    """The case number on the page."""
    shown = page.locator(".case-number").inner_text()
    assert NUMBER.fullmatch(shown)
    return shown


def take(page: Page, action: Action, **facts: str) -> None:
    """Follow the move's link, fill in what is not there yet, send it, be back at the case."""
    page.locator(f"main a[href$='/{action.value}']").first.click()
    page.wait_for_url(f"**/{action.value}")
    for name, value in facts.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("main form .btn-primary").first.click()
    page.wait_for_url(re.compile(r"/cases/\d+(#.*)?$"))
    expect(page.locator(".notice-success")).to_be_visible()


def search(page: Page, question: str) -> None:
    """The slash, the question, Enter."""
    page.keyboard.press("/")
    page.keyboard.type(question)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_dispute_goes_from_the_keyboard_to_another_organisation_and_into_the_figures_and_the_award(
    open_as: OpenPage, site: Site
) -> None:
    committee, court = (site.cast.stage.mediators[c] for c in (Channel.PEOPLE, Channel.JUDICIAL))

    # The committee's clerk takes it in, without a mouse.
    clerk = open_as("clerk")
    clerk.goto(site.url("docket.home"))
    keys = Keyboard(clerk)
    keys.reach(clerk.locator(f".menu a[href='{site.path('reception.register')}']"))
    with clerk.expect_navigation():
        keys.press("Enter")
    keys.choose("source", From.PARTY)
    keys.choose("kind", Kind.TRADE_MARK)
    keys.write("applicant", "霁月茶业有限公司")
    keys.write("respondent", "瑶光茶行")
    keys.write("facts", "在茶叶包装上使用近似商标")
    with clerk.expect_navigation():
        keys.press("Enter")
    number = number_of(clerk)
    case_url = clerk.url
    assert keys.pressed < 120

    # It is accepted, assigned, begun, and turns out to be the court's.
    take(clerk, Action.ACCEPT)
    take(clerk, Action.ASSIGN, mediator=str(committee.id), mediator_role=Part.LEAD, relation="none")
    mediator = open_as("mediator")
    mediator.goto(site.url("docket.home"))
    mediator.get_by_role("link", name=number).first.click()
    take(mediator, Action.START)
    clerk.reload()
    take(
        clerk, Action.OFFER, to_organisation=str(site.cast.court.id), to_channel=Channel.JUDICIAL,
        handover_reason=HandoverReason.PARTIES_CHOICE,
    )  # fmt: skip

    # The court's clerk finds it among what waits, and takes it over.
    receiver = open_as("other_clerk")
    receiver.goto(site.url("docket.home"))
    receiver.get_by_role("link", name=number).first.click()
    expect(receiver.locator(".proceeding")).to_have_count(0)
    take(receiver, Action.OFFER_ACCEPTED, entry_form=EntryForm.TRANSFERRED)
    expect(receiver.locator(".proceeding")).to_have_count(2)
    take(receiver, Action.ACCEPT)
    take(receiver, Action.ASSIGN, mediator=str(court.id), mediator_role=Part.LEAD, relation="none")

    # The court's mediator settles it.
    judge = open_as("stranger")
    judge.goto(case_url)
    take(judge, Action.START)
    take(
        judge, Action.AGREE, agreement_scope=AgreementScope.WHOLE, agreement_form=AgreementForm.WRITTEN,
        signed_on=clock.today().isoformat(), amount="30000",
    )  # fmt: skip
    judge.locator("main a[href$='/end']").first.click()
    judge.locator("[name=outcome]").select_option(Outcome.AGREED_WRITTEN)
    judge.locator("[name^=result_]").select_option(PartyResult.AGREED)
    judge.locator("main form .btn-primary").first.click()
    judge.wait_for_url(re.compile(r"/cases/\d+(#.*)?$"))
    expect(judge.locator("main")).to_contain_text("已办结")

    # The committee still finds it: by two characters of a party, and by its number.
    search(clerk, "瑶光")
    expect(clerk.locator("main tbody th")).to_have_text([number])
    search(clerk, number)
    assert clerk.url.split("#")[0] == case_url.split("#")[0]

    # Every number opens onto its cases: it is one of those that ended this year.
    zone = open_as("zone_admin")
    zone.goto(site.url("figures.completion"))
    zone.locator("[name=year]").select_option(str(clock.today().year))
    with zone.expect_navigation():
        zone.locator(".filters button").click()
    ended = zone.locator("a[href*='measure=ended&']").first
    shown = int(ended.inner_text().replace(",", ""))
    ended.click()
    expect(zone.locator("main tbody tr")).to_have_count(shown)
    expect(zone.locator("main tbody").get_by_role("link", name=number)).to_have_count(1)

    # And the court's mediator is credited with it, the committee's is not.
    award = open_as("award_staff")
    for who, section in ((court, "计入的案件"), (committee, "未计入的案件")):
        award.goto(site.url("awards.index", year=clock.today().year))
        award.get_by_role("link", name=who.name).click()
        listed = award.locator("section", has=award.locator("h2", has_text=re.compile(f"^{section}")))
        expect(listed.locator("tbody th", has_text=number)).to_have_count(1)


def test_without_script_a_case_with_two_respondents_is_registered_in_english(open_as: OpenPage, site: Site) -> None:
    page = open_as("clerk", "en", java_script_enabled=False)
    page.goto(site.url("reception.register"))
    page.locator("[name=source]").select_option(From.HOTLINE)
    page.locator("[name=kind]").select_option(Kind.COPYRIGHT)
    page.locator("[name=applicant]").fill("Lotus Pictures Ltd")
    page.locator("[name=respondent]").fill("Harbour Prints Ltd")
    page.locator("[name=facts]").fill("Prints of a picture sold at a fair")
    page.locator("details > summary", has_text="Details").click()
    page.locator("button[name=add_row][value=parties]").click()
    # The server has added the row, and nothing that was written is lost.
    expect(page.locator("[name=applicant]")).to_have_value("Lotus Pictures Ltd")
    page.locator("[name=parties-0-name]").fill("Riverside Frames Ltd")
    page.locator("#intake .btn-primary").first.click()
    expect(page.locator(".notice-success")).to_contain_text("Registered as")
    expect(page.locator("main")).to_contain_text("Riverside Frames Ltd")
    expect(page.locator("main")).to_contain_text("Harbour Prints Ltd")


def test_on_a_phone_a_case_is_registered_and_accepted_without_scrolling_sideways(open_as: OpenPage, site: Site) -> None:
    page = open_as("clerk", "en", viewport=PHONE, has_touch=True, is_mobile=True)

    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url

    page.goto(site.url("docket.home"))
    fits()
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("link", name="Register a case").first.tap()
    page.wait_for_url("**/cases/new")
    fits()
    page.locator("[name=source]").select_option(From.COURT)
    page.locator("[name=kind]").select_option(Kind.INVENTION)
    page.locator("[name=applicant]").fill("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk GmbH")
    page.locator("[name=respondent]").fill("Southern Pumps Ltd")
    page.locator("[name=facts]").fill("A pump said to use a patented valve")
    page.locator("#intake .btn-primary").first.tap()
    expect(page.locator(".notice-success")).to_be_visible()
    fits()
    take(page, Action.ACCEPT)
    fits()
