"""Pictures of the console: the sample night up to a moment at which its clock stands, looked at in Chromium.

The night is `chengyun replay --keep --until`, the platform `chengyun run`: what the pictures show is what anybody gets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from chengyun.server.bench import mqtt
from chengyun.server.bench.console import ROOT, browser, chromium, missing

SCENARIO = ROOT / "scenarios" / "nye-2023"
# In the middle of it: emergency mode holds, cases are open, one counter is silent.
STOP = "2023-12-31T20:45:00+08:00"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
LARGEST, START_S = 350_000, 120


@dataclass(frozen=True)
class Picture:
    """What is looked at, by whom, and what must be there before it is taken."""

    name: str
    user: str
    path: str
    theme: str
    there: str
    # Longitude, latitude, zoom, pitch: the whole of what the picture is about, beside the panels.
    camera: tuple[float, float, float, float] | None = None


PICTURES = (
    Picture(
        "map", "duty", "/?sel=incident:{incident}", "dark", "[data-testid=incident-detail]",
        (113.7303, 34.7702, 13.8, 55),
    ),
    Picture("desk", "duty", "/desk", "light", "h1"),
    Picture("replay", "leader", "/?replay=2023-12-31T18:30:00%2B08:00", "dark", "[data-testid=map][data-state=idle]"),
)  # fmt: skip

# The page's clock runs on between two words of the server: hold it at what the server says. Nothing moves any more then.
_HOLD = """async () => {
  const at = performance.now()
  performance.now = () => at
  const told = await (await fetch('/api/live/snapshot')).json()
  window.__chengyun.live.clock.set(Date.parse(told.clock.now), 0)
}"""
_LOOK = "([lon, lat, zoom, pitch]) => window.__chengyun.map.jumpTo({ center: [lon, lat], zoom, pitch, bearing: 0 })"
# The incident with the gravest level; among equals the one with the most alerts, then the first.
_GRAVEST = """async () => {
  const rows = (await (await fetch('/api/live/snapshot')).json()).rows.incident
  rows.sort((a, b) => a.level - b.level || b.alerts - a.alerts || a.id - b.id)
  return rows[0].id
}"""


def take(out: Path, night: Path) -> None:
    """Play the night into `night` unless it is there, and write NAME-LANGUAGE.png for each picture into `out`."""
    problem = missing()
    if problem:
        raise SystemExit(f"no pictures of the console: {problem}")
    accounts = _played(night)
    with _serving(night) as address, sync_playwright() as play:
        chrome = play.chromium.launch(executable_path=chromium(), args=browser.FLAGS)
        try:
            for language in LANGUAGES:
                for picture in PICTURES:
                    _take(chrome, address, accounts, picture, language, out)
        finally:
            chrome.close()


def _played(night: Path) -> dict[str, str]:
    """The night in this folder; returns its accounts."""
    kept = night.parent / f"{night.name}.accounts"
    if not kept.exists():
        done = subprocess.run(
            [sys.executable, "-m", "chengyun.server.cli", "replay", str(SCENARIO), "--keep", str(night), "--until", STOP],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 1):
            raise SystemExit("the night could not be played; see the messages above")
        kept.write_text(done.stdout)
    rows = [line.split() for line in kept.read_text().splitlines()]
    return {row[0]: row[1] for row in rows if len(row) == 2}


@contextmanager
def _serving(night: Path) -> Iterator[str]:
    port = mqtt.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "chengyun.server.cli", "run", "--port", str(port), "--workers", "1"],
        env=os.environ | {"CHENGYUN_DATA_DIR": str(night), "CHENGYUN_DATABASE_URL": f"sqlite:///{night}/chengyun.sqlite3"},
        cwd=ROOT, stdout=sys.stderr,
    )  # fmt: skip
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    try:
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{address}/api/people/csrf", timeout=5):
                break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _take(
    chrome: Browser, address: str, accounts: dict[str, str], picture: Picture, language: str, out: Path
) -> None:
    context = chrome.new_context(
        viewport=browser.SIZE, device_scale_factor=1, locale=LANGUAGES[language], timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(60_000)
    context.add_init_script(
        f"localStorage.setItem('chengyun.theme', '{picture.theme}');"
        f"localStorage.setItem('chengyun.language', '{LANGUAGES[language]}')"
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/console/login")
    page.fill("input[name=username]", picture.user)
    page.fill("input[name=password]", accounts[picture.user])
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
    path = picture.path
    if "{incident}" in path:
        path = path.format(incident=page.evaluate(_GRAVEST))
    page.goto(f"{address}/console{path}")
    page.wait_for_selector(picture.there)
    if picture.path.startswith("/?"):
        page.wait_for_selector("[data-testid=map][data-state=idle]")
    if picture.camera:
        page.wait_for_timeout(2000)  # until it has flown to what is selected
        page.evaluate(_LOOK, picture.camera)
    _come_to_rest(page)
    target = out / f"{picture.name}-{language}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    if faults:
        raise SystemExit(f"no picture of {path}: the page has failed: {faults}")
    page.screenshot(path=target)
    _pack(target)
    context.close()


def _come_to_rest(page: Page) -> None:
    """What was asked for has come, and two ticks of the held clock have been drawn."""
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(3000)
    page.evaluate(_HOLD)
    page.wait_for_timeout(3000)


def _pack(path: Path) -> None:
    """All colours are kept: a palette would turn level III into level II. Packed as well as PNG can be."""
    Image.open(path).convert("RGB").save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(
            f"{path} has {path.stat().st_size / 1000:.0f} kB: too large for a page that shows it"
        )
