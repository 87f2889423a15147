"""The console without a mouse: the keys lead everywhere, and one always sees where one is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import PAGES

Enter = Callable[..., Page]


def focused(page: Page, what: str) -> Any:
    return page.evaluate(f"() => {{ const one = document.activeElement; return {what} }}")


def test_search_finds_a_place_by_the_initials_of_its_pinyin(enter: Enter) -> None:
    page = enter()
    page.keyboard.press("/")
    expect(page.locator("[data-testid=search] input")).to_be_focused()
    page.keyboard.type("ryh")
    option = page.locator("[data-testid=search] [role=option]", has_text="如意湖")
    option.first.wait_for()
    while page.locator("[data-testid=search] [aria-selected=true]", has_text="如意湖").count() == 0:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=selection]")).to_contain_text("如意湖")
    assert "sel=" in page.url or "%3A" in page.url or ":" in page.url.split("?")[-1]
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=selection]")).to_have_count(0)


def test_incidents_are_walked_and_opened(enter: Enter) -> None:
    page = enter()
    cards = page.locator("[data-testid=incident-card]")
    cards.first.wait_for()
    page.keyboard.press("j")
    first = focused(page, "one.dataset.open")
    assert first == cards.first.get_attribute("data-incident")
    seen = [first]
    for _ in range(cards.count() - 1):
        page.keyboard.press("j")
        seen.append(focused(page, "one.dataset.open"))
    assert len(set(seen)) == cards.count()
    page.keyboard.press("j")
    assert focused(page, "one.dataset.open") == seen[-1], "past the last the focus stays"
    for _ in seen:
        page.keyboard.press("k")
    assert focused(page, "one.dataset.open") == first
    assert outline(page), "where the focus is cannot be seen"
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-incident-detail='{first}']")).to_be_visible()
    assert focused(page, "one.dataset.open") == first
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=selection]")).to_have_count(0)


@pytest.mark.parametrize(
    ("letter", "path"), [("m", "/"), ("d", "/desk"), ("c", "/cases"), ("t", "/trends"), ("r", "/replay")]
)
def test_g_and_a_letter_go_to_a_page(enter: Enter, letter: str, path: str) -> None:
    page = enter("/cases" if path != "/cases" else "/desk")
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(re.compile(rf"/console{path}(\?.*)?$"))
    page.wait_for_selector("h1")


def test_the_list_of_keys_opens_and_gives_the_focus_back(enter: Enter) -> None:
    page = enter()
    page.wait_for_selector("[data-testid=incident-card]")
    page.keyboard.press("j")
    before = focused(page, "one.dataset.open")
    page.keyboard.press("?")
    dialog = page.locator("[data-testid=keys-dialog][open]")
    dialog.wait_for()
    assert dialog.locator("dt").count() >= 12
    # Behind a dialog no key works.
    page.keyboard.press("j")
    assert focused(page, "!!one.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=keys-dialog][open]")).to_have_count(0)
    assert focused(page, "one.dataset.open") == before


def test_no_key_works_while_somebody_types(enter: Enter) -> None:
    page = enter("/cases")
    page.locator("input[type=search]").focus()
    page.keyboard.type("gd?n")
    assert page.input_value("input[type=search]") == "gd?n"
    assert "/cases" in page.url


# How what has the focus looks, with the two boxes around it: a field may leave it to its frame to be marked.
LOOKS = """(one) => [one, one.parentElement, one.parentElement?.parentElement].filter(Boolean).map((box) => {
    const { outline, borderColor, boxShadow, backgroundColor, clipPath, opacity } = getComputedStyle(box)
    return [outline, borderColor, boxShadow, backgroundColor, clipPath, opacity].join()
})"""


def outline(page: Page) -> bool:
    """Whether what has the focus looks otherwise than without it."""
    return bool(
        page.evaluate(
            f"""() => {{
                const looks = {LOOKS}
                const one = document.activeElement
                const within = looks(one).join()
                one.blur()
                const without = looks(one).join()
                one.focus({{ focusVisible: true, preventScroll: true }})
                return within !== without
            }}"""
        )
    )


@pytest.mark.parametrize("name", ["map", "desk", "report", "cases", "posture", "case", "hand-over"])
def test_tab_goes_round_and_is_never_lost(enter: Enter, name: str) -> None:
    """Each stop is seen, and none swallows the key. (Fields of a form keep some keys; none keeps Tab.)"""
    path, there = PAGES[name]
    page = enter(path)
    page.wait_for_selector(there)
    page.evaluate("() => document.activeElement?.blur?.()")
    stops: list[str] = []
    unseen: list[str] = []
    for _ in range(24):
        page.keyboard.press("Tab")
        what = focused(
            page,
            "one === document.body ? 'body' : one.tagName + '.' + one.className + '#' +"
            " (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().slice(0, 20)",
        )
        if what == "body":
            # Past the last stop the browser's own bar has the focus.
            break
        stops.append(what)
        box = focused(page, "(({width, height}) => width * height)(one.getBoundingClientRect())")
        if box == 0 or not outline(page):
            unseen.append(what)
    assert len(stops) >= 6
    assert len(set(stops)) > len(stops) / 2, "the focus goes to and fro"
    assert unseen == []
