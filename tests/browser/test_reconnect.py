"""Processes are killed while entries are made: the page says so, comes back by itself, and has lost and doubled nothing."""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import json
import os
import signal
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.city import City, still_city

# Early in the night: little has happened, so that this city is made in a moment.
MOMENT = "2023-12-31T17:00:00+08:00"
WAIT_MS = 90_000
STATE = "[data-testid=connection][data-state={}]"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city of one's own, as parts of it are killed."""
    with still_city(tmp_path_factory.mktemp("town"), until=MOMENT) as running:
        yield running


class Reporter(threading.Thread):
    """Somebody else who registers cases, one after another, and repeats each until it is known to be done."""

    def __init__(self, city: City) -> None:
        super().__init__(daemon=True)
        self.city = city
        self.cases: list[int] = []
        self.enough = threading.Event()
        self._jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar)).open
        self._open(f"{city.url}/api/people/csrf", timeout=30).read()
        self._post("/api/people/login", {"username": "duty", "password": city.accounts["duty"]})

    def run(self) -> None:
        number = 0
        while not self.enough.wait(0.2):
            number += 1
            body = {"kind": "stall-road", "area": f"m-{number:03d}", "source": "phone"}
            while not self.enough.is_set():
                # Whether it was done before the line broke is not known: the same key makes asking again safe.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    self.cases.append(self._post("/api/cases", body, key=f"case-{id(self)}-{number}")["id"])
                    break
                self.enough.wait(0.3)

    def stop(self) -> None:
        self.enough.set()
        self.join(60)

    def _post(self, path: str, body: Any, key: str = "") -> Any:
        token = next(cookie.value for cookie in self._jar if cookie.name == "csrftoken")
        headers = {"Content-Type": "application/json", "X-CSRFToken": str(token)}
        request = urllib.request.Request(
            self.city.url + path,
            json.dumps(body).encode(),
            headers | ({"Idempotency-Key": key} if key else {}),
        )
        with self._open(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture
def reporter(town: City) -> Iterator[Reporter]:
    other = Reporter(town)
    yield other
    other.stop()


def watching(visitor: Any, city: City) -> Page:
    """The map, with every entry that its store hears written down."""
    page: Page = visitor.page(city, "duty")
    page.context.set_default_timeout(WAIT_MS)
    page.goto(f"{city.url}/console/")
    page.wait_for_selector(STATE.format("live"))
    listen(page)
    return page


def listen(page: Page) -> None:
    page.evaluate(
        """() => { window.heard = []; window.__chengyun.live.onEntry((entry) =>
            window.heard.push([entry.seq, entry.kind, entry.subject])) }"""
    )


def kill_front(city: City) -> None:
    _kill(city.processes("server.cli front"))


def kill_web(city: City) -> None:
    _kill(city.processes("gunicorn"))


def kill_platform(city: City) -> None:
    assert city.process is not None
    _kill([city.process.pid, *city.processes("chengyun")])
    city.process.wait()
    city.start()


def _kill(found: list[int]) -> None:
    assert found, "there is nothing to kill"
    for number in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_front, kill_web, kill_platform])
def test_nothing_is_lost_or_doubled_where_a_process_is_killed(
    town: City, visitor: Any, reporter: Reporter, kill: Callable[[City], None]
) -> None:
    page = watching(visitor, town)
    reporter.start()
    page.wait_for_function("() => window.heard.length >= 3")
    # Without the web server the stream goes on; without the front, or all of it, the page has to say so.
    breaks = kill is not kill_web
    if breaks:
        page.evaluate(
            """() => { window.said = []; new MutationObserver(() =>
                window.said.push(document.querySelector('[data-testid=connection]').dataset.state)
            ).observe(document.querySelector('[data-testid=connection]'), {attributes: true}) }"""
        )
    kill(town)
    if breaks:
        page.wait_for_function("() => window.said.includes('stale')")
    before = len(reporter.cases)
    while len(reporter.cases) < before + 3:
        assert reporter.is_alive()
        page.wait_for_function(
            "(n) => window.heard.length !== n", arg=page.evaluate("() => window.heard.length")
        )
    reporter.stop()
    page.wait_for_selector(STATE.format("live"))

    is_as_fetched(page)
    heard = page.evaluate("() => window.heard")
    seqs = [seq for seq, _, _ in heard]
    assert seqs == sorted(set(seqs)), "an entry came twice, or out of order"
    told = [int(subject.split(":")[1]) for _, kind, subject in heard if kind == "case.reported"]
    assert sorted(told) == sorted(set(reporter.cases)), "a case was lost or doubled"
    assert len(reporter.cases) == len(set(reporter.cases))


def is_as_fetched(page: Page) -> None:
    """The store of the page holds what a fresh snapshot holds, of every kind."""
    different = """async () => {
        const live = window.__chengyun.live
        const fresh = await (await fetch('/api/live/snapshot')).json()
        if (live.seq < fresh.seq) return ['seq ' + live.seq + ' < ' + fresh.seq]
        const flat = (rows) => JSON.stringify([...rows].sort((a, b) => a.id - b.id), (key, value) =>
            value && typeof value === 'object' && !Array.isArray(value)
                ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value)
        return Object.keys(fresh.rows).filter((kind) => flat(live.all(kind)) !== flat(fresh.rows[kind]))
    }"""
    page.wait_for_function(f"async () => (await ({different})()).length === 0")
    assert page.evaluate(different) == []


def streams(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: "/api/live/stream" in request.url and found.append(request.url))
    return found


def test_tabs_share_one_stream_and_hand_it_over(town: City, visitor: Any) -> None:
    first = watching(visitor, town)
    second = first.context.new_page()
    opened = streams(second)
    second.goto(f"{town.url}/console/cases")
    second.wait_for_selector(STATE.format("live"))
    listen(second)
    report(first, "m-201")
    second.wait_for_function("() => window.heard.length > 0")
    is_as_fetched(second)
    assert opened == [], "a second tab opened a stream of its own"

    first.close()
    second.wait_for_selector(STATE.format("live"))
    case = report(second, "m-202")
    second.wait_for_function("(id) => !!window.__chengyun.live.one('case', id)", arg=case)
    assert len(opened) == 1
    is_as_fetched(second)
    seqs = [seq for seq, _, _ in second.evaluate("() => window.heard")]
    assert seqs == sorted(set(seqs))


def test_a_tab_that_slept_knows_what_happened_meanwhile(town: City, visitor: Any) -> None:
    first = watching(visitor, town)
    second = first.context.new_page()
    second.goto(f"{town.url}/console/cases")
    second.wait_for_selector(STATE.format("live"))
    session = second.context.new_cdp_session(second)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    cases = [report(first, f"m-{number}") for number in range(210, 214)]
    first.wait_for_function("(id) => !!window.__chengyun.live.one('case', id)", arg=cases[-1])
    session.send("Page.setWebLifecycleState", {"state": "active"})
    for case in cases:
        second.wait_for_function("(id) => !!window.__chengyun.live.one('case', id)", arg=case)
    is_as_fetched(second)


def report(page: Page, area: str) -> int:
    answer: int = page.evaluate(
        """async (area) => {
            const token = document.cookie.match(/csrftoken=([^;]+)/)[1]
            const headers = {'content-type': 'application/json', 'X-CSRFToken': token}
            const body = JSON.stringify({kind: 'stall-road', area, source: 'phone'})
            return (await (await fetch('/api/cases', {method: 'POST', headers, body})).json()).id
        }""",
        area,
    )
    return answer
