"""Components that are not Python packages: found, or the test is skipped and says so (a failure under CI)."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

_HOW = {
    "mosquitto": "apt install mosquitto",
    "postgres": "apt install postgresql",
    "node": "apt install nodejs (20 or newer)",
    "chromium": "apt install chromium",
}


def find(name: str) -> Path | None:
    """Where the component is, or None. `postgres` gives the directory of the newest server's programs."""
    if name == "postgres":
        found = sorted(
            Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: _version(p.parents[1].name)
        )
        return found[-1].parent if found else None
    # Debian keeps servers in /usr/sbin, which is not on everybody's PATH.
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(path) if path else None


def needs(name: str) -> Path:
    """The component's path. Without it the test is skipped with the way to get it; with CI=true it fails."""
    return find(name) or missing(f"{name} is not installed: {_HOW.get(name, 'see its documentation')}")


def missing(reason: str) -> NoReturn:
    """Skip the running test for want of something, or fail it where everything should be there."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
