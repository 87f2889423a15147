"""The recorded night in the same pages: any moment as it was, and never taken for what is going on."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.city import City

BAR = "[data-testid=replay-bar]"
NOW = "[data-testid=replay-now]"
POSTURE = "[data-testid=posture-bar]"


class Told:
    """What the journal says, read from the file itself."""

    def __init__(self, city: City) -> None:
        with closing(sqlite3.connect(f"file:{city.folder}/chengyun.sqlite3?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT at, kind, subject, payload_text FROM kernel_journalentry"
                " WHERE kind LIKE 'incident.%' OR kind LIKE 'posture.%' OR kind = 'alert.opened'"
                " OR kind IN ('case.reported', 'case.moved') ORDER BY id"
            ).fetchall()
        self.entries = [
            (datetime.fromisoformat(at).replace(tzinfo=UTC), kind, subject, json.loads(payload))
            for at, kind, subject, payload in rows
        ]

    def incidents(self, moment: datetime) -> set[int]:
        """Those open at a moment."""
        open_then: set[int] = set()
        for at, kind, subject, _ in self.entries:
            if at <= moment and kind in ("incident.opened", "incident.reopened"):
                open_then.add(int(subject.split(":")[1]))
            elif at <= moment and kind in ("incident.closed", "incident.merged"):
                open_then.discard(int(subject.split(":")[1]))
        return open_then

    def turn(self) -> tuple[int, datetime, str, str]:
        """A case that changed its state: its number, when, from which state, and in which it ended."""
        moves = [row for row in self.entries if row[1] == "case.moved" and row[3]["from"] != row[3]["to"]]
        at, _, subject, said = moves[0]
        last = [row[3]["to"] for row in moves if row[2] == subject][-1]
        return int(subject.split(":")[1]), at, said["from"], last

    def first(self, kind: str, **payload: Any) -> datetime:
        return next(
            at for at, this, _, said in self.entries if this == kind and payload.items() <= said.items()
        )


@pytest.fixture
def told(city: City) -> Told:
    return Told(city)


@pytest.fixture
def night(visitor: Any, city: City) -> Page:
    """The replay of the night is open."""
    page: Page = visitor.page(city, "duty")
    page.context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    page.goto(f"{city.url}/console/replay")
    page.locator("table button.main").first.click()
    page.wait_for_selector(BAR)
    page.wait_for_selector("[data-testid=map][data-state=idle]")
    return page


def shown(page: Page) -> datetime:
    return datetime.fromisoformat(str(page.get_attribute(NOW, "datetime")).replace("Z", "+00:00"))


def jump_to_the_crowd(page: Page, told: Told) -> datetime:
    """To the alarm of 18:00, by the list of events."""
    alarm = told.first("alert.opened", rule="crowd-core-total")
    choice = page.locator("[data-testid=replay-events] option", has_text="核心圈在场人数超限").first
    choice.wait_for(state="attached")
    page.locator("[data-testid=replay-events]").select_option(str(choice.get_attribute("value")))
    page.wait_for_function(
        f"(at) => Math.abs(Date.parse(document.querySelector('{NOW}').dateTime) - at) < 2000",
        arg=alarm.timestamp() * 1000,
    )
    return alarm


def test_a_moment_is_as_the_journal_says(night: Page, told: Told) -> None:
    alarm = jump_to_the_crowd(night, told)
    declared = told.first("posture.declared", mode="emergency")
    assert alarm < declared
    expect(night.locator(POSTURE)).to_have_attribute("data-mode", "holiday")
    cards = night.locator("[data-testid=incident-card]:not([data-state=ended])")
    expect(cards).to_have_count(len(told.incidents(shown(night))))
    numbers = {int(str(one.get_attribute("data-incident"))) for one in cards.all()}
    assert numbers == told.incidents(shown(night))


def test_the_night_plays_on_and_the_mode_changes_when_it_did(night: Page, told: Told) -> None:
    jump_to_the_crowd(night, told)
    declared = told.first("posture.declared", mode="emergency")
    night.select_option("[data-testid=replay-speed]", "600")
    night.click("[data-testid=replay-play]")
    night.wait_for_selector(f"{POSTURE}[data-mode=emergency]")
    night.click("[data-testid=replay-play]")
    assert shown(night) >= declared
    expect(night.locator(POSTURE)).to_contain_text("Ⅰ")


def test_the_desk_and_a_case_are_of_the_moment(night: Page, told: Told, city: City) -> None:
    alarm = jump_to_the_crowd(night, told)
    night.click("[data-testid=nav-desk]")
    desk = night.locator("[data-testid=desk-page]")
    expect(desk).to_have_attribute("data-at", re.compile(f"^{alarm:%Y-%m-%dT%H:%M}"))
    # The night ends in emergency mode, and its last seal is of then.
    expect(desk.locator("[data-testid=desk-posture]")).to_contain_text("节假日")
    expect(desk.locator("[data-testid=desk-life]")).to_contain_text("回放中不显示")
    expect(desk.locator("[data-testid=queue-messages_unanswered] b")).to_have_text("–")

    number, at, before, last = told.turn()
    moment = at - timedelta(seconds=1)
    night.goto(f"{city.url}/console/cases/{number}?replay={quote(moment.isoformat())}")
    case = night.locator("[data-testid=case-page]")
    expect(case).to_have_attribute("data-case-state", before)
    expect(night.locator(BAR)).to_be_visible()
    expect(case.locator("[data-testid=case-actions]")).to_contain_text("回放中")
    expect(case.locator("[data-testid^=verb-]")).to_have_count(0)
    night.goto(f"{city.url}/console/cases/{number}")
    expect(case).to_have_attribute("data-case-state", last)


def test_it_cannot_be_taken_for_what_is_going_on(night: Page, told: Told) -> None:
    jump_to_the_crowd(night, told)
    frame = night.locator(".frame[data-replay]")
    width = frame.evaluate("(frame) => parseFloat(getComputedStyle(frame).borderLeftWidth)")
    assert width >= 4
    expect(night.locator("[data-testid=connection]")).to_have_attribute("data-state", "replay")
    # Nothing can be done to what has been.
    card = night.locator("[data-testid=incident-card]").first
    card.locator("[data-open]").click()
    detail = night.locator("[data-testid=incident-detail]")
    detail.locator("[data-testid^=action-]").first.wait_for()
    for action in detail.locator("[data-testid^=action-]").all():
        assert action.get_attribute("aria-disabled") == "true"
        assert action.get_attribute("title")
    for button in night.locator("[data-testid=acknowledge]").all():
        expect(button).to_be_disabled()
    night.click("[data-testid=nav-cases]")
    night.wait_for_selector("[data-testid=queue-open]")
    expect(night.locator(BAR)).to_be_visible()


def test_a_link_opens_the_same_moment_and_leaving_is_live_again(
    night: Page, told: Told, city: City, visitor: Any
) -> None:
    jump_to_the_crowd(night, told)
    night.wait_for_url(re.compile(r"replay=2023-12-31T10(:|%3A)00"))
    other = night.context.new_page()
    other.goto(night.url)
    other.wait_for_selector(BAR)
    other.wait_for_function(
        f"(at) => document.querySelector('{NOW}').dateTime.slice(0, 19) === at.slice(0, 19)",
        arg=str(night.get_attribute(NOW, "datetime")),
    )
    expect(other.locator(POSTURE)).to_have_attribute("data-mode", "holiday")

    other.click("[data-testid=replay-leave]")
    expect(other.locator(BAR)).to_have_count(0)
    expect(other.locator("[data-testid=connection]")).to_have_attribute("data-state", "live")
    expect(other.locator(POSTURE)).to_have_attribute("data-mode", "emergency")
    assert "replay" not in other.url
