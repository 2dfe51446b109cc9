"""What the page scripts add, and that the page works without them: played on the style sheet in a real browser.

Holds nothing about the product's own pages (see the journeys beside it).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.browser import styleguide

pytestmark = pytest.mark.browser


@pytest.fixture
def sheet() -> Iterator[tuple[Flask, str]]:
    app = styleguide.make_app()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser, sheet: tuple[Flask, str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(sheet[1], wait_until="networkidle")
    yield opened
    context.close()
    assert said == []


def test_a_page_with_errors_starts_at_its_summary_and_the_summary_leads_to_the_field(page: Page) -> None:
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary a").first.click()
    expect(page.locator("#x-received_on")).to_be_focused()


def test_the_slash_leads_to_the_search_but_is_an_ordinary_sign_while_one_writes(page: Page) -> None:
    page.keyboard.press("/")
    search = page.locator("[data-search]")
    expect(search).to_be_focused()
    page.keyboard.type("2026/12")
    expect(search).to_have_value("2026/12")


def test_a_row_is_added_under_a_fresh_index_and_one_may_be_taken_away(page: Page) -> None:
    rows = page.locator("[data-rows] [data-row]")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="增加当事人").click()
    expect(rows).to_have_count(3)
    expect(page.locator("[name='parties-2-name']")).to_be_focused()
    rows.nth(1).locator("[data-row-remove]").click()
    expect(rows).to_have_count(2)
    expect(rows.nth(1).locator("[data-row-number]")).to_have_text("2")
    page.get_by_role("button", name="增加当事人").click()
    expect(page.locator("[name='parties-3-name']")).to_be_focused()


def test_a_step_that_asks_first_is_sent_once_and_only_after_yes(page: Page, sheet: tuple[Flask, str]) -> None:
    received = sheet[0].config["RECEIVED"]
    button = page.get_by_role("button", name="登记并继续")
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("登记后案号不再改变")
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    assert received == []
    button.click()
    with page.expect_navigation():
        dialog.get_by_role("button", name="确定办理").click()
    assert len(received) == 1
    assert received[0]["secondary"] == "1"


def test_a_second_click_does_not_send_the_form_again(page: Page) -> None:
    # The last listener notes what the page's own scripts let pass, and stays on the page.
    let_pass = page.evaluate(
        """() => {
            const form = document.querySelector("form[data-once]");
            delete form.dataset.confirm;
            const passed = [];
            window.addEventListener("submit", (event) => {
                passed.push(!event.defaultPrevented);
                event.preventDefault();
            });
            const button = form.querySelector(".btn-primary");
            button.click();
            button.click();
            return passed;
        }"""
    )
    assert let_pass == [True, False]
    # Never the disabled attribute: it would take the focus and the button's own name away.
    expect(page.locator("form[data-once] .btn-primary:not([disabled])")).to_have_attribute("aria-disabled", "true")


def test_existing_cases_are_shown_while_a_right_number_is_written(page: Page) -> None:
    page.locator("#right_number").fill("2013106<9744")
    expect(page.locator("[data-lookup-region]")).to_contain_text("已有案件: 2013106<9744")
    page.locator("#right_number").fill("")
    expect(page.locator("[data-lookup-region]")).to_be_empty()


def test_the_charts_are_drawn_under_the_strict_policy_and_the_figures_stay(page: Page) -> None:
    expect(page.locator(".chart canvas")).to_have_count(2)
    expect(page.get_by_text("两边相符：160 = 160")).to_be_visible()


def test_on_a_phone_the_menu_opens_on_demand_and_nothing_scrolls_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    link = page.locator(".menu a").first
    expect(link).to_be_hidden()
    page.get_by_role("button", name="菜单").click()
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_script_rows_are_asked_for_by_a_button_and_the_menu_is_there(
    browser: Browser, sheet: tuple[Flask, str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(sheet[1])
    expect(plain.locator(".menu a").first).to_be_visible()
    expect(plain.locator(".chart-figure").first).to_be_hidden()
    with plain.expect_navigation():
        plain.get_by_role("button", name="增加当事人").click()
    context.close()
    assert sheet[0].config["RECEIVED"][0]["add_row"] == "parties"
