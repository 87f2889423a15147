"""Cameras in the console: drawn on with the mouse and by keyboard, suppressed, judged; seen by nobody without a right."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.city import City, still_city
from tests.browser.eye import Eye
from tests.browser.test_pages import faults_of

Open = Callable[..., Page]
# Early: it takes no time to come to, and the officer and the leader are on duty.
MOMENT = "2023-12-31T16:40:00+08:00"
LEFT = "/cameras/cam-0001/algorithms/sq1-left"
CROWD = "/cameras/cam-0001/algorithms/sq1-crowd"
GATE = "/cameras/cam-0031/algorithms/metro1-flow"


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city of its own: what is bound, suppressed and judged here shows on no other page."""
    with still_city(tmp_path_factory.mktemp("cameras"), until=MOMENT) as running:
        yield running


@pytest.fixture(scope="module")
def eye(square: City, browser: Browser) -> Iterator[Eye]:
    page = browser.new_page()
    drawn = page.evaluate(
        """() => {
            const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 })
            canvas.getContext('2d').fillRect(8, 8, 20, 12)
            return canvas.toDataURL('image/jpeg')
        }"""
    )
    page.close()
    one = Eye(square, base64.b64decode(drawn.split(",")[1]))
    yield one
    one.stop()


@pytest.fixture
def at(visitor: Any, square: City, eye: Eye) -> Open:
    """`at("/cameras", "leader", "[data-testid=camera-tile]")`"""

    def open_page(path: str, user: str, there: str = "h1") -> Page:
        page: Page = visitor.page(square, user)
        page.goto(f"{square.url}/console{path}")
        page.wait_for_selector(there)
        return page

    return open_page


def asked(page: Page, path: str, body: Any = None) -> tuple[int, Any]:
    """What the server answers to whoever is logged in on this page."""
    status, text = page.evaluate(
        """async ([path, body]) => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? ''
            const headers = { 'content-type': 'application/json', 'X-CSRFToken': token }
            const more = body === null ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
            const answer = await fetch(path, more)
            return [answer.status, await answer.text()]
        }""",
        [path, body],
    )
    return status, json.loads(text) if text.startswith(("{", "[")) else text


def binding(page: Page, code: str) -> Any:
    return asked(page, f"/api/video/bindings/{code}")[1]


def save(page: Page, version: int) -> None:
    expect(page.locator("[data-testid=save-binding]")).to_be_enabled()
    page.locator("[data-testid=save-binding]").press("Enter")
    expect(page.locator("[data-testid=binding-check]")).to_contain_text(f"已保存为第 {version} 版")


def at_share(canvas: Locator, x: float, y: float) -> tuple[float, float]:
    box = canvas.bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


# ---- zones and lines ----


def test_a_zone_is_drawn_with_the_mouse_and_saved_as_a_version(at: Open) -> None:
    page = at(LEFT, "leader", "[data-testid=zone-canvas]")
    canvas = page.locator("[data-testid=zone-canvas]")
    expect(page.locator("[data-testid=save-binding]")).to_be_disabled()
    before = binding(page, "sq1-left")
    page.click("[data-testid=draw]")
    corners = [(0.2, 0.1), (0.6, 0.1), (0.6, 0.3), (0.2, 0.3)]
    for x, y in corners[:3]:
        page.mouse.click(*at_share(canvas, x, y))
    # The last one twice, as people do: that is no corner more.
    page.mouse.dblclick(*at_share(canvas, *corners[3]))
    expect(page.locator("[data-corner^='1-']")).to_have_count(4)
    # A corner is dragged, another added on an edge and taken away again.
    page.mouse.move(*at_share(canvas, 0.6, 0.3))
    page.mouse.down()
    page.mouse.move(*at_share(canvas, 0.7, 0.35), steps=4)
    page.mouse.up()
    page.locator(".grow").first.click()
    expect(page.locator("[data-corner^='1-']")).to_have_count(5)
    page.keyboard.press("Delete")
    expect(page.locator("[data-corner^='1-']")).to_have_count(4)
    save(page, before["version"] + 1)
    drawn = binding(page, "sq1-left")["zones"][1]["points"]
    for (x, y), (wanted_x, wanted_y) in zip(drawn, [*corners[:2], (0.7, 0.35), corners[3]], strict=True):
        assert abs(x - wanted_x) < 0.01 and abs(y - wanted_y) < 0.01, drawn
    page.reload()
    expect(page.locator("[data-testid=binding-versions]")).to_contain_text(f"第 {before['version'] + 1} 版")


def test_a_zone_is_drawn_without_a_mouse(at: Open) -> None:
    page = at(CROWD, "leader", "[data-testid=zone-canvas]")
    before = binding(page, "sq1-crowd")
    page.locator("[data-testid=add-plain]").press("Enter")
    corner = page.locator("[data-corner='1-0']")
    expect(corner).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    # All of it, then one corner more and away with it.
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("[data-corner='1-1']")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("[data-corner^='1-']")).to_have_count(4)
    save(page, before["version"] + 1)
    moved = binding(page, "sq1-crowd")["zones"][1]["points"]
    # Where it is set down, 0.03 to the right of that; its first corner a step to the left and six up as well.
    assert moved == [[0.355, 0.3], [0.76, 0.33], [0.76, 0.73], [0.36, 0.73]]
    page.get_by_role("button", name="撤销").press("Enter")
    expect(page.locator("[data-testid=save-binding]")).to_be_enabled()


def test_a_line_is_moved_and_turned_by_keyboard(at: Open) -> None:
    page = at(GATE, "leader", "[data-testid=zone-canvas]")
    before = binding(page, "metro1-flow")
    page.locator("[data-corner='0-0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("[data-corner='0-1']")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="换向").press("Enter")
    save(page, before["version"] + 1)
    (a, b) = before["lines"][0]["points"]
    assert binding(page, "metro1-flow")["lines"][0]["points"] == [
        [b[0], round(b[1] - 0.005, 4)],
        [a[0], round(a[1] + 0.005, 4)],
    ]


def test_what_is_drawn_is_neither_saved_by_enter_nor_lost_by_leaving(at: Open) -> None:
    page = at(CROWD, "leader", "[data-testid=zone-canvas]")
    version = binding(page, "sq1-crowd")["version"]
    page.locator("[data-testid=add-plain]").click()
    field = page.locator("#setting-at_least")
    field.fill("95")
    field.press("Enter")
    page.wait_for_timeout(300)
    assert binding(page, "sq1-crowd")["version"] == version, "Enter in a field is no wish to save"
    said: list[str] = []
    page.once("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.locator("header a[href$='/cameras/cam-0001']").click()
    page.wait_for_timeout(300)
    assert "未保存" in said[0] and page.url.endswith("sq1-crowd")
    expect(field).to_have_value("95")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("header a[href$='/cameras/cam-0001']").click()
    page.wait_for_selector("[data-testid=camera-page]")


# ---- looking away ----


def test_an_algorithm_is_suppressed_for_a_reason_and_runs_again(at: Open) -> None:
    page = at("/cameras/cam-0001", "duty", "[data-testid=binding]")
    row = page.locator("[data-testid=binding]", has_text="摄像机健康")
    expect(row).to_have_attribute("data-state", "runs")
    row.locator("[data-testid=pause]").press("Enter")
    dialog = page.locator("[data-testid=pause-dialog]")
    go = dialog.locator(".go")
    expect(go).to_be_disabled()
    dialog.get_by_label("检修施工").check()
    expect(go).to_be_disabled()
    dialog.get_by_label("8 小时").check()
    go.click()
    expect(row).to_have_attribute("data-state", "paused")
    expect(row).to_contain_text("检修施工")
    until = binding(page, "sq1-health")["paused_until"]
    assert until.startswith("2023-12-31T16:40"), "eight hours from a quarter to five, in UTC"
    row.get_by_role("button", name="恢复").click()
    expect(row).to_have_attribute("data-state", "runs")
    assert binding(page, "sq1-health")["paused_until"] is None


def test_what_a_worker_cannot_carry_out_is_not_said_to_run(at: Open, eye: Eye) -> None:
    eye.beat({"metro1-flow": "no model for it. / 没有所需模型。"})
    try:
        page = at("/cameras/cam-0031", "leader", "[data-testid=binding]")
        expect(page.locator("[data-testid=binding]")).to_have_attribute("data-state", "cannot")
        expect(page.locator("[data-testid=binding]")).to_contain_text("没有所需模型")
        expect(page.locator("[data-testid=analysis-state]")).to_have_attribute("data-state", "blind")
        expect(page.locator("[data-testid=live-picture]")).to_contain_text("目前没有实时画面")
        expect(page.locator("[data-testid=camera-events]")).to_contain_text("没有事件不等于没有发生")
    finally:
        eye.beat({})


# ---- what it found ----


def judge(page: Page, alert: int, verdict: str) -> None:
    detail = page.locator("[data-testid=alert-detail]")
    detail.locator("[data-testid=action-judge]").press("Enter")
    dialog = page.locator("[data-testid=judge-dialog][open]")
    dialog.locator(f"input[name=verdict][value={verdict}]").check()
    dialog.locator(".go").click()
    expect(dialog).to_have_count(0)
    page.wait_for_function(
        "async ([id, verdict]) => (await (await fetch(`/api/alerts/${id}`)).json()).verdict === verdict",
        arg=[alert, verdict],
    )


def test_a_cameras_alert_is_looked_at_judged_and_counts(at: Open, eye: Eye, square: City) -> None:
    eye.sees("e-1", "sq1-crowd.square", "occupancy")
    page = at("/cameras/precision", "duty", "[data-testid=precision-table]")
    row = page.locator("[data-testid=precision-table] tr", has_text="人群超员")
    expect(row).to_contain_text("尚未研判")
    first = asked(page, "/api/video/events?binding=sq1-crowd")[1]["items"][0]["alert"]

    page.goto(f"{square.url}/console/?sel=alert:{first}")
    pictures = page.locator("[data-testid=alert-detail] [data-testid=card-pictures]")
    expect(pictures).to_contain_text(f"事由：报警 {first}")
    expect(pictures).to_contain_text("已遮挡 3 处头部")
    pictures.get_by_role("button", name=re.compile("查看")).first.click()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=card-pictures] img')?.naturalWidth === 64"
    )
    judge(page, first, "false")

    page.goto(f"{square.url}/console/cameras/precision")
    expect(row).to_contain_text("0/1")
    expect(row).to_contain_text("样本少")
    eye.sees("e-1", "sq1-crowd.square", "occupancy", "end")
    eye.sees("e-2", "sq1-crowd.square", "occupancy")
    second = asked(page, "/api/video/events?binding=sq1-crowd")[1]["items"][0]["alert"]
    assert second != first
    page.goto(f"{square.url}/console/?sel=alert:{second}")
    page.wait_for_selector("[data-testid=alert-detail] [data-testid=action-judge]")
    judge(page, second, "true")
    page.goto(f"{square.url}/console/cameras/precision")
    expect(row).to_contain_text("1/2")
    expect(row).to_contain_text("50%")


def test_who_looked_and_why_is_there_for_the_auditor_alone(at: Open) -> None:
    page = at("/cameras/cam-0001", "leader", "[data-testid=live-picture][data-showing]")
    expect(page.locator("[data-testid=live-picture]")).to_contain_text("实时")
    expect(page.locator("[data-testid=camera-viewings]")).to_have_count(0)
    page.click("[data-testid=state-reason]")
    page.fill("[data-testid=reason-dialog] textarea", "核对遗留物位置")
    page.click("[data-testid=reason-dialog] .go")
    page.wait_for_selector("[data-testid=live-picture][data-showing]")
    audit = at("/cameras/cam-0001", "auditor", "[data-testid=camera-viewings] tbody tr")
    rows = audit.locator("[data-testid=camera-viewings] tbody tr")
    expect(rows.first).to_contain_text("LEAD")
    expect(rows.first).to_contain_text("核对遗留物位置")


# ---- who may not ----


def test_whoever_may_not_look_sees_no_picture_and_gets_no_link(at: Open) -> None:
    """The auditor reads the record and looks at nothing."""
    page = at("/cameras/cam-0001", "auditor", "[data-testid=binding]")
    expect(page.locator("[data-testid=live-picture]")).to_contain_text("无权调看")
    assert page.locator("[data-testid=live-picture]").get_attribute("data-showing") is None
    assert page.locator("[data-testid=state-reason], [data-testid=recordings]").count() == 0
    looks = page.locator("[data-testid=masked-picture] button")
    looks.first.wait_for()
    assert all(one.is_disabled() for one in looks.all())
    assert page.locator("img[src*='/api/video/'], [src*='/live/'], a[href*='/live/']").count() == 0
    why = {"kind": "stated", "reason": "只是看看"}
    picture = asked(page, "/api/video/pictures?camera=cam-0001")[1]["items"][0]["id"]
    assert asked(page, "/api/video/cameras/cam-0001/live", why)[0] == 403
    assert asked(page, f"/api/video/pictures/{picture}/view", why)[0] == 403
    assert asked(page, f"/api/video/pictures/{picture}/download", {"reason": "只是看看"})[0] == 403
    assert asked(page, f"/api/video/pictures/{picture}/file")[0] == 403


def test_a_duty_officer_takes_nothing_away(at: Open) -> None:
    page = at("/cameras/cam-0001", "duty", "[data-testid=masked-picture]")
    assert page.locator("[data-testid=recordings]").count() == 0
    assert page.get_by_role("button", name=re.compile("^下载")).count() == 0
    picture = asked(page, "/api/video/pictures?camera=cam-0001")[1]["items"][0]["id"]
    assert asked(page, f"/api/video/pictures/{picture}/download", {"reason": "想留一份"})[0] == 403


def test_whoever_has_nothing_to_do_with_cameras_is_not_shown_any(at: Open, square: City) -> None:
    page = at("/cameras", "grid")
    for path in ("cameras", "bindings", "pictures", "events", "precision", "viewings"):
        assert asked(page, f"/api/video/{path}")[0] == 403, path
    assert page.locator("[data-testid=camera-tile]").count() == 0


@pytest.mark.parametrize(
    ("path", "user", "button", "dialog"),
    [
        ("/cameras/cam-0001", "leader", "[data-testid=recordings]", "recording-dialog"),
        ("/cameras/cam-0001", "leader", "[data-testid=pause] >> nth=0", "pause-dialog"),
        ("/cameras/cam-0001", "leader", "[data-testid=state-reason]", "reason-dialog"),
        ("/cameras/cam-0001", "admin", "[data-testid=edit-terms]", "terms-dialog"),
    ],
)
def test_nobody_is_kept_out_of_what_opens(at: Open, path: str, user: str, button: str, dialog: str) -> None:
    page = at(path, user, "[data-testid=binding]")
    page.locator(button).press("Enter")
    page.wait_for_selector(f"[data-testid={dialog}][open]")
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(f"[data-testid={dialog}][open]")).to_have_count(0)
    assert page.locator(button).evaluate("(one) => one === document.activeElement"), "the focus comes back"


# ---- what is on record ----


def test_a_record_is_changed_with_a_reason_and_keeps_what_it_said(at: Open, square: City) -> None:
    page = at("/cameras/cam-0536", "leader", "[data-testid=binding]")
    assert page.locator("[data-testid=edit-terms]").count() == 0, "the registry is not the leader's"
    page = at("/cameras/cam-0536", "admin", "[data-testid=edit-terms]")
    page.click("[data-testid=edit-terms]")
    dialog = page.locator("[data-testid=terms-dialog][open]")
    go = dialog.locator(".go")
    expect(go).to_be_disabled()
    dialog.get_by_label("交通秩序").uncheck()
    expect(dialog.locator("[role=alert]")).to_contain_text("违规停车")
    expect(go).to_be_disabled()
    dialog.locator("textarea").fill("权属方收回交通用途")
    go.click()
    expect(dialog).to_have_count(0)
    changes = page.locator("[data-testid=terms-changes]")
    changes.locator("summary").click()
    expect(changes).to_contain_text("权属方收回交通用途")
    expect(changes).to_contain_text(re.compile("权属方允许.*交通秩序.*→"))
    expect(page.locator("[data-testid=binding]", has_text="违规停车")).to_have_attribute("data-state", "off")
