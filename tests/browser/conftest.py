"""Chromium with one pinned set of flags (pictures are then the same in each run), and cities for it to look at."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.browser import ROOT
from tests.browser.city import City, still_city
from tests.needs import missing, needs

FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist"
).split()
_FAILED = pytest.StashKey[bool]()
# In the middle of it: emergency mode holds, cases are open, one counter is silent.
MOMENT = "2023-12-31T20:45:00+08:00"


@pytest.fixture(scope="session", autouse=True)
def _beside_django() -> None:
    # Playwright keeps an event loop in this thread, at which Django would refuse to touch a database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session", autouse=True)
def built() -> Path:
    """The console as `make web` builds it, or the build that CHENGYUN_WEB names."""
    page = Path(os.environ.get("CHENGYUN_WEB") or ROOT / "web" / "dist") / "console.html"
    if not page.is_file():
        missing("the console is not built: make web")
    return page


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": str(needs("chromium")), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 720},
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A quarter to nine on New Year's Eve, and time stands."""
    with still_city(tmp_path_factory.mktemp("still"), until=MOMENT) as running:
        yield running


@pytest.fixture(scope="session")
def numbers(city: City) -> dict[str, int]:
    """What stands in the addresses of pages about one thing: a case, the shift, an incident of this city."""
    ask = {
        "case": "SELECT id FROM cases_case WHERE state = 'handling' ORDER BY id LIMIT 1",
        "shift": "SELECT id FROM people_shift WHERE state = 'open' ORDER BY id LIMIT 1",
        "incident": "SELECT id FROM alerts_incident WHERE state = 'open' ORDER BY level, id LIMIT 1",
    }
    with closing(sqlite3.connect(f"file:{city.folder}/chengyun.sqlite3?mode=ro", uri=True)) as database:
        return {name: database.execute(query).fetchone()[0] for name, query in ask.items()}


class Visitor:
    """Opens pages as somebody: one log-in a user and city, and what went wrong in a page fails the test."""

    # Cookies by city and user: logging in is tested where it is the matter.
    _sessions: ClassVar[dict[tuple[str, str | None], Any]] = {}

    def __init__(self, browser: Browser, arguments: dict[str, Any]) -> None:
        self._browser = browser
        self._arguments = arguments
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []
        self.outside: list[str] = []

    def page(
        self, city: City, user: str | None, *, language: str = "zh-CN", theme: str = "dark", **more: Any
    ) -> Page:
        session = self._sessions.get((city.url, user))
        context = self._browser.new_context(**(self._arguments | more), storage_state=session)
        self._contexts.append(context)
        context.set_default_timeout(20_000)
        context.add_init_script(
            f"localStorage.setItem('chengyun.language', '{language}'); localStorage.setItem('chengyun.theme', '{theme}')"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda line: line.type == "error" and self._note(page, line.text))
        page.on("request", lambda request: self._within(city, request.url))
        if user is not None and session is None:
            self.log_in(page, city, user)
            self._sessions[city.url, user] = {**context.storage_state(), "origins": []}
        return page

    def log_in(self, page: Page, city: City, user: str) -> None:
        page.goto(f"{city.url}/console/login")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", city.accounts[user])
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def keep_pictures(self, folder: Path) -> None:
        """Of what is open, for whoever has to find out why a test failed."""
        pages = [page for context in self._contexts for page in context.pages]
        for number, page in enumerate(pages):
            with contextlib.suppress(Error):
                page.screenshot(path=folder / f"page-{number}.png")
                print(f"page {number} was at {page.url}: {folder}/page-{number}.png")

    def _note(self, page: Page, text: str) -> None:
        # A refusal that the page shows is no fault of the page; the browser writes a line about it all the same.
        if "Failed to load resource" not in text:
            self.faults.append(f"{page.url}: {text}")

    def _within(self, city: City, url: str) -> None:
        if not url.startswith((city.url, "data:", "blob:")):
            self.outside.append(url)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.stash[_FAILED] = report.failed


@pytest.fixture
def visitor(
    browser: Browser, browser_context_args: dict[str, Any], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Visitor]:
    who = Visitor(browser, browser_context_args)
    yield who
    failed = request.node.stash.get(_FAILED, False)
    if failed:
        who.keep_pictures(tmp_path)
    who.close()
    if failed:
        return
    assert not who.faults, who.faults
    assert not who.outside, f"requests left the machine: {who.outside}"


@pytest.fixture
def enter(visitor: Visitor, city: City, numbers: dict[str, int]) -> Callable[..., Page]:
    """`enter("/cases", "duty")`: a page of the console as a user, once it has something to show."""

    def open_page(path: str = "/", user: str = "duty", **more: Any) -> Page:
        page = visitor.page(city, user, **more)
        page.goto(f"{city.url}/console{path.format_map(numbers)}")
        if path.split("?")[0] == "/":
            page.wait_for_selector("[data-testid=map][data-state=idle]")
        else:
            page.wait_for_selector("h1")
        return page

    return open_page
