"""Whoever looks after one grid sees nothing of another: not in a list, not on the map, not in the stream, not in a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.city import City

# The sample's account `grid` looks after 如意湖 (d-06), and whoever serves there stands on duty for its neighbours too.
OWN = {"d-04", "d-05", "d-06", "d-07"}


@pytest.fixture
def grid(visitor: Any, city: City) -> Page:
    page: Page = visitor.page(city, "grid")
    page.goto(f"{city.url}/console/")
    page.wait_for_selector("[data-testid=map][data-state=idle]")
    return page


@pytest.fixture
def duty(visitor: Any, city: City) -> Page:
    page: Page = visitor.page(city, "duty")
    page.goto(f"{city.url}/console/cases")
    page.wait_for_selector("h1")
    return page


def fetched(page: Page, path: str) -> Any:
    return page.evaluate(
        "async (path) => { const a = await fetch(path); return [a.status, await a.text()] }", path
    )


def sent(page: Page, path: str, body: Any) -> Any:
    """POST it, as the page would."""
    return page.evaluate(
        """async ([path, body]) => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)[1]
            const headers = {'content-type': 'application/json', 'X-CSRFToken': token}
            const answer = await fetch(path, {method: 'POST', headers, body: JSON.stringify(body)})
            return [answer.status, await answer.text()]
        }""",
        [path, body],
    )


def picture_added(page: Page, path: str) -> Any:
    """Add a picture as evidence."""
    return page.evaluate(
        """async (path) => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)[1]
            const canvas = Object.assign(document.createElement('canvas'), {width: 8, height: 8})
            canvas.getContext('2d').fillRect(0, 0, 4, 8)
            const body = await new Promise((done) => canvas.toBlob(done, 'image/png'))
            const answer = await fetch(path, {method: 'POST', headers: {'X-CSRFToken': token}, body})
            return [answer.status, await answer.text()]
        }""",
        path,
    )


def areas_in(text: str) -> set[str]:
    """The areas that an answer names as those of its rows."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("area"), str) and value["area"]:
                found.add(value["area"].strip("/").split("/")[-1])
            for one in value.values():
                look(one)
        elif isinstance(value, list):
            for one in value:
                look(one)

    look(json.loads(text))
    return found


@pytest.fixture(scope="module")
def own_areas() -> set[str]:
    from tests.browser import ROOT

    features = json.loads((ROOT / "districts/ruyihu/areas.geojson").read_text())["features"]
    parents = {one["properties"]["code"]: one["properties"].get("parent") for one in features}
    inside = set(OWN)
    while True:
        more = {code for code, parent in parents.items() if parent in inside} - inside
        if not more:
            return inside
        inside |= more


@pytest.mark.parametrize(
    "path",
    [
        "/api/live/snapshot",
        "/api/alerts",
        "/api/alerts/incidents",
        "/api/cases?open=true",
        "/api/district/assets?limit=500",
        "/api/people/posts/map",
        "/api/live/search?q=cam",
        "/api/signals/datastreams?limit=500",
    ],
)
def test_no_list_shows_another_grid(grid: Page, own_areas: set[str], path: str) -> None:
    status, text = fetched(grid, path)
    if status == 403:
        return
    assert status == 200, text[:300]
    assert areas_in(text) - own_areas - {""} == set()


def test_the_map_holds_nothing_of_another_grid(
    grid: Page, duty: Page, city: City, own_areas: set[str]
) -> None:
    seen = grid.evaluate("() => window.__chengyun.live.points.table.codes.length")
    duty.goto(f"{city.url}/console/")
    duty.wait_for_selector("[data-testid=map][data-state=idle]")
    everything = duty.evaluate("() => window.__chengyun.live.points.table.codes.length")
    assert seen < everything
    incidents = grid.evaluate("() => window.__chengyun.live.all('incident').map((row) => row.area)")
    assert set(incidents) <= own_areas


def test_a_case_of_another_grid_is_not_there(grid: Page, duty: Page, city: City, own_areas: set[str]) -> None:
    cases = json.loads(fetched(duty, "/api/cases?limit=100")[1])["items"]
    foreign = [row["id"] for row in cases if row["area"] not in own_areas]
    assert foreign
    status, _ = fetched(grid, f"/api/cases/{foreign[0]}")
    assert status == 404
    grid.goto(f"{city.url}/console/cases/{foreign[0]}")
    grid.wait_for_selector("[role=alert]")


def test_no_file_of_another_grid_is_given(grid: Page, duty: Page, city: City, own_areas: set[str]) -> None:
    cases = json.loads(fetched(duty, "/api/cases?limit=100")[1])["items"]
    foreign = next(row["id"] for row in cases if row["area"] not in own_areas)
    status, text = picture_added(duty, f"/api/cases/{foreign}/evidence?kind=photo_before&origin=staff")
    assert status == 200, text
    file = f"/api/cases/evidence/{json.loads(text)['ref']}"
    assert fetched(duty, file)[0] == 200
    assert fetched(grid, file)[0] == 404


def test_the_stream_says_nothing_of_another_grid(
    grid: Page, duty: Page, city: City, own_areas: set[str]
) -> None:
    """Something happens elsewhere; the duty officer's stream tells of it, that of the grid does not."""
    duty.goto(f"{city.url}/console/")
    duty.wait_for_selector("[data-testid=connection][data-state=live]")
    grid.wait_for_selector("[data-testid=connection][data-state=live]")
    before = grid.evaluate("() => window.__chengyun.live.entries.length")
    told = sent(duty, "/api/cases", {"kind": "stall-road", "area": "m-015", "source": "phone"})
    assert told[0] == 200, told
    case = json.loads(told[1])["id"]
    duty.wait_for_function("(id) => !!window.__chengyun.live.one('case', id)", arg=case)
    # The grid's stream has come past that entry by now, or will with the next second's tick.
    seq = duty.evaluate("() => window.__chengyun.live.seq")
    grid.wait_for_function("(seq) => window.__chengyun.live.seq >= seq", arg=seq)
    assert grid.evaluate("(id) => window.__chengyun.live.one('case', id) ?? null", case) is None
    assert grid.evaluate("() => window.__chengyun.live.entries.length") == before
