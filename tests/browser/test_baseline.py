"""A few pictures that must not change unnoticed.

Made anew, and each looked at: `BASELINE=write pytest tests/browser/test_baseline.py`.

Text and lines are drawn by this machine's Chromium and font, so pictures are compared only where both are those that the
baselines were made with. This file comes first in the folder: later tests change the city that they share.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parent / "baseline"
MADE_WITH = FOLDER / "made-with.json"
# How far a channel of a pixel may be off before it counts, and the share of pixels that may.
NEAR, SHARE = 12, 0.001
# Below the bar on top: its clock goes on by itself for a second or two, and whether sound is on is the browser's.
BAR_PX = 52
HD = {"width": 1920, "height": 1080}
IDLE = "[data-testid=map][data-state=idle]"
PICTURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "one-map-dark": ("/", IDLE, {}),
    "one-map-light": ("/", IDLE, {"theme": "light"}),
    "floors": ("/?sel=building:b-01&f=12", "[data-testid=selection]", {}),
    "heat": ("/?l=ring,buildings,labels,heat_risk", IDLE, {}),
    "incident-card": ("/?sel=incident:{incident}", "[data-testid=plan]", {}),
    "case-page": ("/cases/{case}", "[data-testid=case-state]", {}),
    "desk": ("/desk", "[data-testid=desk-page] .tile", {}),
    "wall": ("/?wall=1", IDLE, {"viewport": HD}),
}


def settled(page: Page) -> bytes:
    """The picture once it stands still: what is fetched late, and tiles that are drawn late, are in it."""
    size = page.viewport_size
    assert size is not None
    clip = {"x": 0, "y": BAR_PX, "width": size["width"], "height": size["height"] - BAR_PX}
    before, same = b"", 0
    for _ in range(40):
        now = page.screenshot(clip=clip)  # type: ignore[arg-type]
        same = same + 1 if now == before else 0
        if same == 3:
            return now
        before = now
    raise AssertionError("the picture does not come to rest")


def match(name: str, page: Page, folder: Path) -> None:
    """Compare with the baseline; on a difference what was seen and where it differs is left in `folder`."""
    kept, seen = FOLDER / f"{name}.png", folder / f"{name}.png"
    seen.write_bytes(settled(page))
    if os.environ.get("BASELINE") == "write":
        kept.write_bytes(seen.read_bytes())
        return
    with Image.open(kept) as before, Image.open(seen) as after:
        assert before.size == after.size
        difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB"))
    worst = difference.split()[0]
    for channel in difference.split()[1:]:
        worst = ImageChops.lighter(worst, channel)
    off = worst.point(lambda value: 255 if value > NEAR else 0)
    share = off.histogram()[255] / (off.width * off.height)
    if share > SHARE:
        off.save(folder / f"{name}-differs.png")
        pytest.fail(f"{share:.2%} of {name} differs: {seen}, {folder}/{name}-differs.png", pytrace=False)


@pytest.fixture(scope="module")
def same_machine(browser: Browser) -> None:
    """Skips where another Chromium or another font draws."""
    font = subprocess.run(["fc-match", "-f", "%{file}", "Noto Sans CJK SC"], capture_output=True, text=True)
    drawn = Path(font.stdout)
    here = {
        "chromium": browser.version.split(".")[0],
        "font": hashlib.sha256(drawn.read_bytes()).hexdigest()[:16] if drawn.is_file() else None,
    }
    if os.environ.get("BASELINE") == "write":
        FOLDER.mkdir(exist_ok=True)
        MADE_WITH.write_text(json.dumps(here, indent=1) + "\n")
    elif not MADE_WITH.is_file() or (made := json.loads(MADE_WITH.read_text())) != here:
        pytest.skip(
            f"the baselines were made with {made if MADE_WITH.is_file() else 'nothing yet'}, here is {here}"
        )


@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(
    enter: Callable[..., Page], same_machine: None, name: str, tmp_path: Path
) -> None:
    path, there, more = PICTURES[name]
    page = enter(path, **more)
    page.wait_for_selector(there)
    match(name, page, tmp_path)
