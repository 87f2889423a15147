"""What a browser loads before a page is usable, compressed as it travels: the same rule as web/scripts/sizes.mjs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

BUDGET_KB = {"console": 700, "field": 120, "public": 120}


def sizes(dist: Path) -> dict[str, float]:
    """kB of each page: its entry, what that imports at once, their styles and workers; not what is fetched later."""
    manifest = json.loads((dist / ".vite" / "manifest.json").read_bytes())
    return {
        page: sum(packed(dist / name) for name in _files(manifest, f"{page}.html", {}))
        for page in BUDGET_KB
        if f"{page}.html" in manifest
    }


def _files(manifest: dict[str, Any], key: str, seen: dict[str, None]) -> list[str]:
    chunk = manifest[key]
    if chunk["file"] not in seen:
        for name in (chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ())):
            seen[name] = None
        for other in chunk.get("imports", ()):
            _files(manifest, other, seen)
    return [name for name in seen if name.endswith((".js", ".mjs", ".css"))]


def packed(path: Path) -> float:
    return len(gzip.compress(path.read_bytes(), 9)) / 1000
