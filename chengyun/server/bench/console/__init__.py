"""The console as somebody has it before them: a real Chromium, the real platform, load from processes of their own.

__main__.py  measures the table, one figure after the other
stage.py     the sample district with something going on, all processes of `chengyun run`, sessions
denser.py    the sample district with more gauges, as a folder
sizes.py     what a browser loads before a page is usable, compressed
browser.py   Chromium with pinned flags; what it does in a page to measure there
values.py    a process: new values of all points each second, over HTTP
commands.py  a process: people's commands over HTTP, so many journal entries a second
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def dist() -> Path:
    """Where the built console is."""
    return Path(os.environ.get("CHENGYUN_WEB", ROOT / "web" / "dist"))


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def missing() -> str | None:
    """What keeps this machine from measuring the console, with the way to get it; None where nothing does."""
    if find_spec("playwright") is None:
        return "playwright is not installed: make setup-dev"
    if chromium() is None:
        return "Chromium is not installed. On Debian: apt install chromium fonts-noto-cjk"
    if not (dist() / ".vite" / "manifest.json").is_file():
        return f"the console is not built in {dist()}: make web"
    return None
