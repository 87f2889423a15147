"""Loads a district folder: every domain reads its files first, then all of it is written in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chengyun.kernel.actor import system
from chengyun.kernel.packs import Pack
from chengyun.kernel.transaction import write

# In the order of the layers: a domain's files may name things of the domains before it.
DOMAINS = ("district", "people", "messages", "posture", "signals", "alerts", "video", "cases")


def check(folder: Path, *, rules: Path | None = None) -> list[tuple[str, Any]]:
    """Read and validate all files; returns (domain, data). Raises PackRefused with every problem found.

    `rules` is a file or folder to take the rules from instead, to try them out.
    """
    pack = Pack(folder, instead={"rules/": rules} if rules else None)
    data = []
    for domain in DOMAINS:
        if find_spec(f"chengyun.{domain}.pack"):
            data.append((domain, import_module(f"chengyun.{domain}.pack").read(pack)))
    pack.check()
    return data


def load(folder: Path, *, rules: Path | None = None, say: Callable[[str], None] = lambda text: None) -> None:
    """Validate and load. Loading the same folder again changes nothing."""
    say(f"reading {folder}")
    store(check(folder, rules=rules), say=say)


def store(data: list[tuple[str, Any]], *, say: Callable[[str], None] = lambda text: None) -> None:
    """Write what `check` has read, all of it in one transaction."""
    actor = system("init")
    with write():
        for domain, content in data:
            say(f"loading {domain}")
            getattr(import_module(f"chengyun.{domain}.actions"), f"load_{domain}")(actor=actor, data=content)
