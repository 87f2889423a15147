"""A worker's cameras in one loop, as its process runs them, in seconds instead of minutes: for tests of what goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chengyun_vision import source
from chengyun_vision.health import states, watch
from chengyun_vision.source import Patience, pictures, supervised
from chengyun_vision.source.base import SAYS
from chengyun_vision.worker.camera import Camera
from chengyun_vision.worker.clock import District
from chengyun_vision.worker.later import Later
from chengyun_vision.worker.spool import Spool, Writer
from tests.vision import platform_double

# As in states.py, patience and back-off, but short.
HOLDS = {"offline": (0.8, 0.4), "corrupt": (0.5, 0.5), "clock": (0.0, 0.5)}
PATIENCE = Patience(opening=2.5, reading=1.5, keyframe=2.0, first=0.1, most=1.5)
READING_S = 2.0  # of a library's call
LONGEST_PART = 300_000  # bytes


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Lets cameras made from now on lose patience within a second or two."""
    for state, times in HOLDS.items():
        patch.setitem(states.HOLDS, state, times)
    patch.setattr(watch, "_WINDOW", 3.0)
    patch.setattr(supervised, "Patience", lambda: PATIENCE)
    patch.setattr(source, "make", partial(source.make, patience=READING_S))
    patch.setattr(pictures, "MOST_BYTES", LONGEST_PART)


@dataclass
class Seen:
    """One camera and what it said: `words` of its health by state in the order in which they came ("offline", whatever the
    reason), `whys` they gave for it, `healths` that the server was told with the heartbeat, by how much it was `late`."""

    camera: Camera
    words: dict[str, list[str]] = field(default_factory=dict)
    whys: set[str] = field(default_factory=set)
    healths: list[str] = field(default_factory=list)
    late: float = 0.0

    @property
    def open(self) -> set[str]:
        """States that are told now."""
        return {about for about, said in self.words.items() if said[-1] != "end"}


class Eyes:
    """`addresses`: by the code of the camera. `turn` is what a process does again and again; `until` it came about."""

    def __init__(self, addresses: dict[str, str], folder: Path, login: str = "") -> None:
        self._wake = threading.Event()
        self._spool, self._read = Spool(folder), 0
        self.texts: list[str] = []  # of all that would go to the server
        writer, district, later = Writer(folder, "t"), District(), Later()
        self.seen = {
            code: Seen(
                Camera(
                    {**platform_double.camera(code, address, hold_off=0), "login": login},
                    models={}, faces=None, district=district, spool=writer, later=later, wake=self._wake,
                    zone=ZoneInfo("UTC"),
                )
            )
            for code, address in addresses.items()
        }  # fmt: skip
        self._asked = time.monotonic()
        self.slowest = 0.0

    def turn(self) -> None:
        self._wake.clear()
        did = 0
        for one in self.seen.values():
            began = time.monotonic()
            some, late = one.camera.step()
            did, one.late = did + some, max(one.late, late)
            self.slowest = max(self.slowest, time.monotonic() - began)
        if time.monotonic() - self._asked > 0.2:
            self._asked = time.monotonic()
            self._listen()
        if not did:
            self._wake.wait(0.05)

    def until(self, what: Callable[[], object], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                return False
            self.turn()
        return True

    def close(self) -> None:
        for one in self.seen.values():
            one.camera.close()

    def _listen(self) -> None:
        for one in self.seen.values():
            stat = one.camera.stat()
            self.texts.append(repr(stat))
            if not one.healths or one.healths[-1] != stat["health"]:
                one.healths.append(stat["health"])
        for entry in self._spool.entries():
            self.texts.append(repr(entry.head))
            if entry.kind in ("word", "update"):
                word: dict[str, Any] = entry.head["word"]
                one = self.seen[entry.head["camera"]]
                state = "offline" if word["about"] in SAYS else word["about"]
                one.words.setdefault(state, []).append(word["state"])
                one.whys |= {word["about"]}
            self._spool.done(entry.name)
