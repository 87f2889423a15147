"""New Year's Eve in the browser, without a mouse: the duty officer's evening, from the log-in to the last signature.

Everybody else is played by scenarios/nye-2023/actors.yaml. The night runs at 120 times real time; where the machine is
slower, the platform holds the night back, and nothing here counts seconds.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser import ROOT
from tests.browser.city import City, live_city
from tests.browser.officer import Officer

RATE = 120
SLOW_MS = 90_000
GRAVE = "[data-level='1']"


def at(text: str) -> datetime:
    """A moment of the night: 23:50 is still of the 31st."""
    day = "2024-01-01" if text < "12" else "2023-12-31"
    return datetime.fromisoformat(f"{day}T{text}:00+08:00")


@pytest.fixture
def night(tmp_path: Any) -> Iterator[City]:
    with live_city(tmp_path, rate=RATE, play="DUTY") as city:
        yield city


def test_the_duty_officer_works_the_night_in_the_browser(night: City, visitor: Any) -> None:
    page = visitor.page(night, None)
    page.context.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    officer = Officer(page)

    log_in(officer, night)
    first_minute(officer)
    wait_for_the_crowd(officer)
    crowd = take_notice_of_the_crowd(officer)
    declare_emergency(officer)
    officer.serve_until(at("20:36"))
    assert register_by_keyboard(officer, kind="yw", place="dm-023", said="路过看见冒烟", join=True)
    officer.serve_until(at("21:08"))
    assert not register_by_keyboard(officer, kind="jg", place="m-015", said="人行道井盖缺失", join=False)
    officer.serve_until(at("23:50"))
    look_at_the_case_of(officer, crowd)
    hand_over(officer)
    page.context.close()
    assert officer.refused == []
    assert {verb for _, verb in officer.moved} >= {"dispatch", "complete_filing", "request_check", "file"}

    night.stop()
    nothing_was_lost(night)


def log_in(officer: Officer, city: City) -> None:
    page = officer.page
    page.goto(f"{city.url}/console/")
    page.wait_for_selector("input[name=username]:focus")
    officer.type("duty")
    officer.press("Tab")
    officer.type(city.accounts["duty"])
    officer.press("Enter")
    page.wait_for_selector("[data-testid=map][data-state=idle]")
    page.wait_for_selector("[data-testid=connection][data-state=live]")
    expect(page.locator("[data-testid=posture-bar]")).to_have_attribute("data-mode", "holiday")


def first_minute(officer: Officer) -> None:
    """Who leads, what holds, what waits: one page."""
    officer.go("d", "[data-testid=desk-page] .tile")
    assert officer.page.locator("[data-testid^=queue-]").count() >= 8
    # The account is that of who serves this evening.
    assert "DUTY" in officer.page.inner_text("[data-testid=user-menu]")
    officer.go("m", "[data-testid=incident-panel]")


def wait_for_the_crowd(officer: Officer) -> None:
    officer.serve_until(at("18:30"), unless=lambda: bool(officer.incidents(GRAVE)))
    officer.page.wait_for_selector(f"[data-testid=incident-card]{GRAVE}")


def take_notice_of_the_crowd(officer: Officer) -> str:
    """One key for notice, one for the card: the trend, who is near, what sees it, what the plan says; then 研判."""
    number = officer.incidents(GRAVE)[0]
    officer.acknowledge(number)
    detail = officer.open_card(number)
    assert detail is not None
    assert detail.locator("svg path, canvas").count() > 0, "no trend on the card"
    expect(detail.locator("[data-testid=near-posts] li").first).to_be_visible()
    expect(detail.locator("[data-testid=near-cameras] li").first).to_be_attached()
    expect(detail.locator("[data-testid=plan] li").first).to_be_attached()
    officer.judge(detail, "true")
    return number


def declare_emergency(officer: Officer) -> None:
    """Asked, approved by word of mouth, previewed, and then held down."""
    page = officer.page
    waiting = page.locator("[data-testid=posture-waiting]")
    expect(waiting).to_contain_text(re.compile("应急.*一级|应急.*Ⅰ"))
    officer.enter(waiting)
    proposal = page.locator("[data-testid^=proposal-][aria-current=true]")
    proposal.wait_for()
    officer.enter(proposal.get_by_role("button", name="请示", exact=True))
    officer.choose(proposal.locator("form select"), "CMD")
    officer.enter(proposal.locator("form button[type=submit]"))
    expect(proposal).to_contain_text("已请示 CMD")
    officer.enter(proposal.get_by_role("button", name="记录口头批准", exact=True))
    officer.choose(proposal.locator("form select"), "CMD")
    officer.enter(proposal.locator("form button[type=submit]"))
    expect(proposal).to_contain_text("已批准")

    declare = page.locator("[data-testid=declare]")
    declare.locator(".preview, table").first.wait_for()
    expect(declare).to_contain_text("应急战时")
    hold = page.locator("[data-testid=declare-hold]")
    expect(hold).to_be_disabled()
    officer.write(declare.locator("input[name=matter]"), "核心区在场人数超过五万")
    for measure in declare.locator(".measures input").all()[:3]:
        officer.check(measure)
    officer.hold(hold, page.locator(".done[role=status]"))
    bar = page.locator("[data-testid=posture-bar]")
    expect(bar).to_have_attribute("data-mode", "emergency")
    expect(bar).to_contain_text("Ⅰ")


def begin_report(officer: Officer) -> None:
    """`n`, from wherever one is; again where the page was just changing under the key."""
    page = officer.page
    for patience in (20_000, 20_000, 60_000):
        page.evaluate("() => document.activeElement?.blur?.()")
        officer.keys = 0
        officer.press("n")
        try:
            page.wait_for_selector("[data-testid=report-kind] input:focus", timeout=patience)
            return
        except TimeoutError:
            if patience > 20_000:
                raise
            page.keyboard.press("Escape")


def register_by_keyboard(officer: Officer, *, kind: str, place: str, said: str, join: bool) -> bool:
    """A report by phone, without the mouse. Says whether it was joined to one that is there."""
    page = officer.page
    begin_report(officer)
    page.locator("[data-testid=report-kind] [role=option]").first.wait_for()
    officer.type(kind)
    chosen = page.locator("[data-testid=report-kind] [role=option][aria-selected=true]")
    chosen.wait_for()
    officer.press("Enter", "Tab")
    page.wait_for_selector("[data-testid=report-place] input:focus")
    officer.type(place)
    page.locator("[data-testid=report-place] [role=option][aria-selected=true]", has_text=place).wait_for()
    officer.press("Enter")
    page.locator("section.like li, section.like p").first.wait_for()
    officer.press("Tab")
    while not page.evaluate("() => document.activeElement?.dataset.testid === 'report-description'"):
        officer.press("Tab")
        assert officer.keys < 60, "the keys do not lead to the description"
    page.keyboard.insert_text(said)
    if join:
        page.locator("[data-testid^=join-]").first.wait_for()
        officer.press("Alt+j")
    else:
        officer.press("Control+Enter")
    done = page.locator("[data-testid=report-done]")
    done.wait_for()
    # Few enough for twenty seconds on the telephone.
    assert officer.keys <= 30, f"{officer.keys} keys"
    return "并入" in done.inner_text()


def look_at_the_case_of(officer: Officer, incident: str) -> None:
    """From the alarm to its case: where it has come, by when, who answers for it."""
    page = officer.page
    officer.to_map()
    if officer.item(incident).count():
        detail = officer.open_card(incident)
        officer.enter(detail.locator("a[href*='/cases/']").first)
    else:
        officer.go("c", "[data-testid=queue-open]")
        officer.enter(page.locator("[data-testid=case-row] a.open").first)
    page.wait_for_selector("[data-testid=case-page] [data-testid=case-state]")
    assert page.locator("[data-testid=case-page] h2").count() >= 4


def hand_over(officer: Officer) -> None:
    """The record is drafted and signed; whoever comes next reads it, and signs too."""
    page = officer.page
    officer.go("d", "[data-testid=desk-hand-over] a.go")
    officer.enter(page.locator("[data-testid=desk-hand-over] a.go"))
    officer.enter(page.locator("[data-testid=hand-over-draft]"))
    officer.enter(page.locator("[data-testid=sign-out]"))
    officer.hold(page.locator("dialog[open] .hold"), page.locator("[data-signed=true]").first)
    page.wait_for_selector("[data-testid=hand-over-done]")


def nothing_was_lost(city: City) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chengyun.server.cli", "verify", "--json", "--at-rest"],
        env=city.environment, cwd=ROOT, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 0, report["faults"]
    assert report["faults"] == []
