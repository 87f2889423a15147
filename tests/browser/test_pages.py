"""Every page, in both languages: it opens, it is complete, it can be used without seeing and without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import ROOT
from tests.browser.pages import PAGES

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
Enter = Callable[..., Page]
_HAN = re.compile(r"[一-鿿]")
# A key that stands in place of its words: `desk.title`.
_KEY = re.compile(
    r"\b(?:common|shell|desk|cases|camera|cameras|precision|bindings|alerts|map|posture|replay|trends)\.[a-z_.]+\b"
)


def faults_of(page: Page) -> list[str]:
    """What axe finds that keeps somebody out: serious and critical faults, with the places."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['impact']} {fault['id']}: {[node['target'] for node in fault['nodes'][:4]]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


# Each theme with one of the languages: what axe looks at does not depend on both at once.
LOOKS = [("dark", "zh-CN"), ("light", "en")]


@pytest.mark.parametrize(("theme", "language"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out_and_everything_is_said(
    enter: Enter, name: str, theme: str, language: str
) -> None:
    path, there = PAGES[name]
    page = enter(path, theme=theme, language=language)
    page.wait_for_selector(there)
    assert faults_of(page) == []
    if language == "en":
        all_is_english(page)
    else:
        all_is_chinese(page)


def all_is_english(page: Page) -> None:
    # Names of people and what they wrote keep their language; the page's own words must not.
    words = page.evaluate(
        """() => [...document.querySelectorAll('h1, h2, h3, th, button, label, summary, legend, nav a')]
            .filter((node) => !node.matches('[data-testid=user-menu]'))
            .map((node) => node.textContent.trim()).filter(Boolean)"""
    )
    assert words
    assert [word for word in words if _HAN.search(word) and word != "中文"] == []
    assert not [word for word in words if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", word)]


def all_is_chinese(page: Page) -> None:
    heading = page.locator("h1").first.inner_text()
    assert _HAN.search(heading), heading
    assert not _KEY.search(page.inner_text("body"))


def test_the_log_in_says_what_was_wrong_and_keeps_the_name(visitor: Any, city: Any) -> None:
    page = visitor.page(city, None)
    page.goto(f"{city.url}/console/cases")
    page.fill("input[name=username]", "duty")
    page.fill("input[name=password]", "not the password")
    page.click("button[type=submit]")
    page.wait_for_selector("[role=alert]")
    assert page.input_value("input[name=username]") == "duty"
    assert page.input_value("input[name=password]") == ""
    page.fill("input[name=password]", city.accounts["duty"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/console/cases")


@pytest.mark.parametrize("name", ["field", "public"])
def test_what_will_come_is_said(visitor: Any, city: Any, name: str) -> None:
    page = visitor.page(city, None)
    page.goto(f"{city.url}/{name}/")
    page.wait_for_selector("h1")
    assert "建设中" in page.inner_text("main")
    assert faults_of(page) == []
