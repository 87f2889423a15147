"""Third-party data for tests: never part of the repository, looked for beside it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "shared" / "data"


def path(*parts: str) -> Path:
    """`path("geo", "lujiazui_osm")`: the file or folder. Without it the test is skipped (also under CI) and says why."""
    found = ROOT.joinpath(*parts)
    if not found.exists():
        pytest.skip(
            f"third-party test data {'/'.join(parts)} is absent: put it at ../shared/data beside the repository"
        )
    return found
