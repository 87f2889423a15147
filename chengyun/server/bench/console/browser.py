"""Chromium, and what it does inside a page to measure there: moments are taken by the page itself, not by who drives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Playwright, TimeoutError, ViewportSize

from chengyun.server.bench.console import chromium

# Pinned: pictures are then the same in each run, and figures mean the same. No graphics card is used.
FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist"
).split()
IDLE_MS = 120_000
SIZE = ViewportSize(width=1280, height=720)

# From the start of the navigation until the map says that it can be used.
_IDLE = """
new MutationObserver(() => {
  if (!window.__idle && document.querySelector('[data-testid=map][data-state=idle]')) window.__idle = performance.now()
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] })
"""
_LOADED = """() => ({
  idle: window.__idle,
  files: performance.getEntriesByType('resource').map((e) => [new URL(e.name).pathname, e.transferSize]),
  page: performance.getEntriesByType('navigation')[0].transferSize,
})"""

# The second animation frame after something was applied begins when the first, which shows it, has been painted.
_PAINTED = (
    "const painted = (run) => requestAnimationFrame(() => requestAnimationFrame(() => run(Date.now())));"
)

# Frames of an open page that nobody touches, its long tasks, and from a reading's moment to the frame that shows its second.
_STILL = f"""async (seconds) => {{
  {_PAINTED}
  const live = window.__chengyun.live, began = performance.now(), until = began + seconds * 1000
  const tasks = [], scripts = [], waits = [], frames = []
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({{ type: 'longtask', buffered: true }})
  new PerformanceObserver((list) => scripts.push(...list.getEntries()))
    .observe({{ type: 'long-animation-frame', buffered: true }})
  const shown = Float64Array.from(live.points.at)
  let changed = 0
  const stop = live.subscribe((topics) => {{
    if (!topics.has('points')) return
    const fresh = []
    for (let n = 0; n < live.points.count; n++) {{
      if (live.points.at[n] <= shown[n]) continue
      shown[n] = live.points.at[n]
      changed++
      if (n % 50 === 0) fresh.push(shown[n])
    }}
    painted((now) => waits.push(...fresh.map((at) => now - at)))
  }})
  await new Promise((done) => {{
    const frame = (now) => {{
      frames.push(now)
      if (now < until) requestAnimationFrame(frame)
      else done()
    }}
    requestAnimationFrame(frame)
  }})
  stop()
  await new Promise((done) => setTimeout(done, 500))  // observers are told a little later
  const within = (entry) => entry.startTime >= began && entry.startTime < until
  return {{
    frames: (frames.length - 1) / (frames.at(-1) - frames[0]) * 1000,
    gap: Math.max(...frames.slice(1).map((now, n) => now - frames[n])),
    tasks: tasks.filter(within).map((task) => task.duration),
    scripts: scripts.filter(within).flatMap((frame) => frame.scripts)
      .map((one) => [Math.round(one.duration), one.invoker, one.sourceURL, one.sourceFunctionName]),
    waits, changed: changed / seconds, points: live.points.count,
  }}
}}"""

# From an entry's moment to the second frame after the store took it.
_ENTRIES = f"""async (seconds) => {{
  {_PAINTED}
  const waits = [], applied = []
  const stop = window.__chengyun.live.onEntry((entry) => {{
    const at = Date.parse(entry.at)
    applied.push(Date.now() - at)
    painted((now) => waits.push(now - at))
  }})
  await new Promise((done) => setTimeout(done, seconds * 1000))
  stop()
  return {{ waits, applied }}
}}"""


@contextmanager
def page(play: Playwright, port: int, cookies: dict[str, str]) -> Iterator[Page]:
    """A new browser process with nothing in its cache, somebody logged in; the map of the console is usable."""
    browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
    try:
        context = browser.new_context(
            viewport=SIZE, device_scale_factor=1, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        origin = f"http://127.0.0.1:{port}"
        context.add_cookies(
            [{"name": name, "value": value, "url": origin} for name, value in cookies.items()]
        )
        context.add_init_script(_IDLE)
        opened = context.new_page()
        wrong: list[str] = []

        def hear(line: ConsoleMessage) -> None:
            if line.type == "error":
                wrong.append(line.text)

        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", hear)
        opened.goto(f"{origin}/console/")
        try:
            opened.wait_for_function("() => window.__idle", timeout=IDLE_MS)
        except TimeoutError as error:
            seen = " ".join(opened.inner_text("body").split())[:300]
            raise SystemExit(f"the map did not become usable: {wrong}; the page shows: {seen}") from error
        yield opened
    finally:
        browser.close()


def loaded(opened: Page) -> dict[str, Any]:
    """{idle: ms since the navigation began, files: [(path, bytes on the wire), ...], page: bytes of the page itself}."""
    found: dict[str, Any] = opened.evaluate(_LOADED)
    return found


def until_fed(opened: Page) -> None:
    """Until practically every point of the map has had a value."""
    opened.wait_for_function(
        "() => { const { at, count } = window.__chengyun.live.points;"
        " return count > 0 && at.filter((one) => one > 0).length > 0.99 * count }",
        timeout=180_000,
    )


def still(opened: Page, seconds: int) -> dict[str, Any]:
    """{frames: a second, gap: the longest in ms, tasks: ms of the long ones, scripts: in long frames, waits: ms from a
    reading to the screen, changed: values a second, points}."""
    found: dict[str, Any] = opened.evaluate(_STILL, seconds)
    return found


def entries(opened: Page, seconds: int) -> dict[str, list[float]]:
    """{waits: ms from an entry's moment to the screen, applied: ms until the page had it}."""
    found: dict[str, list[float]] = opened.evaluate(_ENTRIES, seconds)
    return found
