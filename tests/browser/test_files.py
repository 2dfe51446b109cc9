"""What is taken along: a workbook another program opens carries the page's numbers, and a print the page's names.

The workbooks are read by openpyxl, which did not write them. Holds no figure: the page says what must be in the file.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from mediation.words import LANGUAGES, Language
from tests.browser.conftest import OpenPage
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

Sheets = dict[str, list[tuple[Any, ...]]]

CELLS = """(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"""
COUNTS = re.compile(r"\(([\d,]+) / ([\d,]+)\)")


def download(page: Page, press: str) -> Sheets:
    """Take the file along; its sheets by their titles, each as rows of values."""
    with page.expect_download() as taken:
        page.locator(press).click()
    assert taken.value.suggested_filename.endswith(".xlsx")
    book = load_workbook(io.BytesIO(taken.value.path().read_bytes()))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def number(text: str) -> int:
    """A count as a page writes it."""
    return int(text.replace(",", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_of_the_figures_carries_the_numbers_of_the_page(
    language: Language, open_as: OpenPage, site: Site
) -> None:
    page = open_as("zone_admin", language)
    page.goto(site.url("figures.completion"))
    rates, flows, *_rest = download(page, "a[href*='figures.xlsx']").values()

    title = "Rates" if language == "en" else "比率"
    shown = page.locator(f".table-region[aria-label='{title}'] tbody tr").evaluate_all(CELLS)
    told = {(row[1], row[4], row[5], row[7], row[8]) for row in rates[1:]}
    assert shown
    for name, now, before, _definition in shown:
        counts = [number(n) for text in (now, before) for n in COUNTS.findall(text)[0]]
        assert (name.splitlines()[0], *counts) in told
    assert any(number(COUNTS.findall(now)[0][0]) for _name, now, *_more in shown)

    lines = page.locator(".flow tbody tr").evaluate_all(CELLS)
    terms = [(row[2], row[3], row[4]) for row in flows[1:] if row[1]]
    assert lines
    for label, now, before in lines:
        assert (label, number(now), number(before)) in terms


def test_the_workbook_of_the_list_carries_its_cases_in_their_order(open_as: OpenPage, site: Site) -> None:
    page = open_as("zone_admin")
    page.goto(site.url("docket.index", channel="people", order="oldest"))
    shown = page.locator("main tbody tr").evaluate_all(CELLS)
    (rows,) = download(page, "form[action*='export'] button").values()
    cases = [row for row in rows[1:] if str(row[0] or "").startswith("佛高知调")]
    assert [row[0] for row in cases] == [row[0] for row in shown]
    for told, seen in zip(cases, shown, strict=True):
        assert told[2] in seen[1]
        assert told[3] in seen[1]
        assert told[12].date().isoformat() in seen[6]


def test_the_workbook_of_the_award_carries_its_mediators_and_their_numbers(open_as: OpenPage, site: Site) -> None:
    page = open_as("award_staff")
    page.goto(site.url("awards.index"))
    shown = page.locator("main tbody tr:has(td)").evaluate_all(CELLS)
    summary = next(iter(download(page, "a[href*='report.xlsx']").values()))
    told = {row[0]: row for row in summary[1:] if row[3] is not None}
    assert {row[0] for row in shown} == set(told)
    for name, organisations, gates, score, _points, headline, cases, interval, _note in shown:
        row = told[name]
        assert row[1] == organisations
        assert f"{row[3]} / {row[4]}" == gates
        assert ("—" if row[8] is None else f"{row[8]:.1f}") == score
        assert row[9] == headline
        assert row[10] == number(cases)
        assert row[11] == interval


def _names_of(path: Path, reader: str) -> str:
    return subprocess.run([reader, "-layout", path, "-"], capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize(
    "endpoint, given",
    [("awards.index", lambda _site: {}), ("awards.mediator", lambda site: {"mediator_id": site.places.mediator})],
)
def test_the_award_is_printed_with_its_names_and_without_what_only_a_screen_needs(
    endpoint: str, given: Callable[[Site], dict[str, Any]], open_as: OpenPage, site: Site, tmp_path: Path
) -> None:
    page = open_as("award_staff")
    page.goto(site.url(endpoint, **given(site)))
    names = [m.name for m in site.cast.stage.mediators.values()] if endpoint == "awards.index" else [
        next(iter(site.cast.stage.mediators.values())).name
    ]
    page.emulate_media(media="print")
    for name in names:
        expect(page.locator("main").get_by_text(name).filter(visible=True).first).to_be_visible()
    for of_the_screen in (".masthead-tools", ".filters", ".page-actions", ".skip-link"):
        for found in page.locator(of_the_screen).all():
            expect(found).to_be_hidden()
    paper = tmp_path / "award.pdf"
    page.pdf(path=paper, prefer_css_page_size=True)
    assert paper.read_bytes().startswith(b"%PDF-")
    # Only where the machine has a reader of such files; what the paper shows is held above in any case.
    if reader := shutil.which("pdftotext"):
        text = _names_of(paper, reader)
        assert [name for name in names if name not in text] == []
