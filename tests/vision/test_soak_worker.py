"""A worker as it is started in earnest, before thirty cameras that fail in every way of the table in faults.py and are
mended again, at random but from one seed: every fault is told and ends, no process dies, and nothing piles up.

    SOAK_SECONDS=1800 pytest -m soak tests/vision/test_soak_worker.py -s        (400 at least)
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chengyun_vision.source.base import SAYS
from tests.vision import faults, platform_double
from tests.vision.rtsp import rtsp
from tests.vision.server import Answer, serving
from tests.vision.spoilt import Manners

SECONDS = max(400.0, float(os.environ.get("SOAK_SECONDS", "400")))
SEED = int(os.environ.get("SOAK_SEED", "7"))
DOORS = {"mjpeg": 10, "snapshot": 6, "film": 6, "rtsp": 8}
# By the worker's own patience: what comes and goes is told when the waits between attempts have grown over ten seconds;
# what was told ends a minute after the last broken packet, and after a wait of a minute at most.
BAD_S, GOOD_S = 130.0, 190.0
MORE_MB, MORE_FILES, MORE_THREADS = 30.0, 30, 30  # after the first third
CORES = 0.5


@dataclass
class Place:
    """A camera and what is done to it. `faults`: (from, until, row), by the steady clock."""

    code: str
    door: str
    faults: list[tuple[float, float, faults.Row]] = field(default_factory=list)
    manners: list[Manners] = field(default_factory=list)


class World:
    """The cameras' side: servers that are spoilt and mended."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.films = faults.clips(folder)
        (folder / "whole.mkv").write_bytes(self.films["mkv"])
        self._answers: dict[str, Answer] = {}
        self._words: dict[str, str] = {}
        self._web = held.enter_context(serving(self._answers))
        self._rtsp = held.enter_context(rtsp(folder / "whole.mkv", self._words))
        port = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=500)).getsockname()[1]
        self.never = {
            "tls": f"https://127.0.0.1:{port}/",
            "rtsps": f"rtsps://127.0.0.1:{port}/",
            "nowhere": "scene://x",
        }
        self.places = [Place(f"{door}-{n}", door) for door, count in DOORS.items() for n in range(count)]
        for place in self.places:
            held.callback(lambda place=place: [manners.close() for manners in place.manners])  # type: ignore[misc]
            self.mend(place)

    def works(self) -> list[dict[str, Any]]:
        base = {"rtsp": self._rtsp}
        addresses = {p.code: f"{base.get(p.door, self._web)}/{p.code}" for p in self.places} | self.never
        return [
            {**platform_double.camera(code, address, hold_off=0), "login": "SOAK"}
            for code, address in addresses.items()
        ]

    def spoil(self, place: Place, chance: random.Random) -> faults.Row:
        manners = self._anew(place)
        row = chance.choice([r for r in faults.rows(manners, self.films) if r.door == place.door and r.heals])
        if place.door == "rtsp":
            self._words[f"/{place.code}"] = str(row.bad)
        else:
            assert callable(row.bad)
            self._answers[f"/{place.code}"] = row.bad
        return row

    def mend(self, place: Place) -> None:
        manners = self._anew(place)
        if place.door == "rtsp":
            self._words[f"/{place.code}"] = "/loop"
        elif place.door == "film":
            self._answers[f"/{place.code}"] = manners.film(self.films["ts"])
        else:
            self._answers[f"/{place.code}"] = (
                manners.one() if place.door == "snapshot" else manners.pictures()
            )

    def _anew(self, place: Place) -> Manners:
        """Streams of pictures end with what they were; what hangs without any does so for one more turn."""
        for manners in place.manners:
            manners.mended.set()
        for manners in place.manners[:-1]:
            manners.close()
        place.manners = [*place.manners[-1:], Manners()]
        return place.manners[-1]


@dataclass(frozen=True)
class Mark:
    """Of a process at a moment: seconds since the start, megabytes, open files, threads, seconds of CPU."""

    at: float
    rss: float
    files: int
    threads: int
    cpu: float


def mark(pid: int, at: float) -> Mark:
    place = Path(f"/proc/{pid}")
    said = (place / "stat").read_text().rpartition(")")[2].split()
    page, tick = os.sysconf("SC_PAGE_SIZE") / 1e6, os.sysconf("SC_CLK_TCK")
    cpu = (int(said[11]) + int(said[12])) / tick
    return Mark(at, int(said[21]) * page, len(os.listdir(place / "fd")), len(os.listdir(place / "task")), cpu)


def looker(pid: int) -> int:
    """The process that looks, of those that the worker has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(c) for c in children if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes())


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.soak
def test_a_worker_outlives_cameras_that_fail_in_every_way(tmp_path: Path, held: ExitStack) -> None:
    chance, world = random.Random(SEED), World(tmp_path, held)
    double = platform_double.Double(world.works())
    held.callback(double.close)
    command = "import sys; from chengyun_vision.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [
        "work",
        "--server",
        double.url,
        "--name",
        "soak",
        "--processes",
        "1",
        "--folder",
        str(tmp_path / "w"),
    ]
    said = held.enter_context(open(tmp_path / "said", "w+"))
    worker = subprocess.Popen(
        [sys.executable, "-c", command, *words],
        env=os.environ
        | {"CHENGYUN_VISION_TOKEN": platform_double.TOKEN, "CHENGYUN_CAMERA_SOAK": "user:geheim"},
        stderr=said,
        cwd=Path(__file__).resolve().parents[2],
    )
    held.callback(worker.kill)
    heard: list[float] = []  # when each word came
    begun = time.monotonic()
    while not (double.leases and len(double.leases[-1]["has"]) == len(double.cameras)):
        assert time.monotonic() - begun < 120 and worker.poll() is None, (tmp_path / "said").read_text()
        time.sleep(0.2)
    child, begun = looker(worker.pid), time.monotonic()
    marks: dict[int, list[Mark]] = {worker.pid: [], child: []}
    due = {place.code: 10 + chance.uniform(0, min(120.0, SECONDS - BAD_S - GOOD_S)) for place in world.places}
    while (now := time.monotonic() - begun) < SECONDS:
        heard += [now] * (len(double.words) - len(heard))
        for place in world.places:
            ending = place.faults[-1][1] if place.faults else 0.0
            if place.faults and now >= ending > 0 and due[place.code] < ending:
                world.mend(place)
                due[place.code] = ending + GOOD_S + chance.uniform(0, 60)
            elif now >= due[place.code] > ending and now + BAD_S + GOOD_S < SECONDS + 1:
                place.faults.append((now, now + BAD_S, world.spoil(place, chance)))
        for pid, of in marks.items():
            of.append(mark(pid, now))
        _show(marks)
        time.sleep(1.0)
    assert worker.poll() is None and looker(worker.pid) == child, (tmp_path / "said").read_text()
    worker.terminate()
    worker.wait(30)
    _report(marks, world.places)
    text = (tmp_path / "said").read_text() + "".join(map(repr, double.words)) + repr(double.leases[-1])
    assert "again" not in text and "geheim" not in text, text[:2000]
    assert all(any(word["rule"] == f"b-{code}.whole" for word in double.words) for code in world.never)
    untold = [why for place in world.places for why in _judged(place, double.words, heard)]
    assert not untold, "\n".join(untold)
    for of in marks.values():
        early, late = of[len(of) // 6 : len(of) // 3], of[-len(of) // 3 :]
        for name, more in (("rss", MORE_MB), ("files", MORE_FILES), ("threads", MORE_THREADS)):
            grown = max(getattr(m, name) for m in late) - max(getattr(m, name) for m in early)
            assert grown <= more, (name, grown)
    cpu = sum(
        (of[-1].cpu - of[len(of) // 3].cpu) / (of[-1].at - of[len(of) // 3].at) for of in marks.values()
    )
    assert cpu < CORES, f"{cpu:.2f} cores"


def _judged(place: Place, words: list[dict[str, Any]], heard: list[float]) -> Iterator[str]:
    """What is missing: the word on each fault while it lasted, and its end before the next."""
    mine = [
        (at, "offline" if word["about"] in SAYS else word["about"], word)
        for at, word in zip(heard, words, strict=False)
        if word["rule"].startswith(f"b-{place.code}.")
    ]
    for number, (begin, end, row) in enumerate(place.faults):
        until = place.faults[number + 1][0] if number + 1 < len(place.faults) else SECONDS
        after = [one for one in mine if begin <= one[0] < until]
        told = [one for one in after if one[1] == row.state and one[0] <= end + 5]
        open_ = {word["id"] for _, _, word in after} - {
            word["id"] for _, _, word in after if word["state"] == "end"
        }
        brief = [(round(at - begin), state, word["about"], word["state"]) for at, state, word in after]
        if row.state and not told:
            yield f"{place.code}, {row.title}: not told: {brief}"
        if row.state and row.why and not any(word["about"] == row.why for _, _, word in told):
            yield f"{place.code}, {row.title}: not told why: {brief}"
        if open_:
            yield f"{place.code}, {row.title}: did not end: {brief}"


def _show(marks: dict[int, list[Mark]]) -> None:
    """A line each five minutes."""
    for of in marks.values():
        if len(of) > 1 and of[-1].at // 300 > of[-2].at // 300:
            _line(of[-1])


def _report(marks: dict[int, list[Mark]], places: list[Place]) -> None:
    for of in marks.values():
        _line(of[-1])
    kinds = Counter(row.title for place in places for _, _, row in place.faults)
    print(f"{kinds.total()} faults of {len(kinds)} kinds at {len(places)} cameras", flush=True)


def _line(one: Mark) -> None:
    cores = one.cpu / max(1.0, one.at)
    print(
        f"{one.at / 60:5.1f} min  {one.rss:6.1f} MB  {one.files:4} files  {one.threads:4} threads  {cores:.2f} cores",
        flush=True,
    )
