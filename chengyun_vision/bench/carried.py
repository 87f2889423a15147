"""Many cameras at once, in the worker's own processes: clips handed over when a camera would have sent them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chengyun_vision.bench.clips import ROUND
from chengyun_vision.worker.child import Options
from chengyun_vision.worker.clock import Sync
from chengyun_vision.worker.crew import Crew

# Two cores, each busy to this share, is what a worker is asked to stay under.
SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Carried:
    """`cores`: busy with it all, of `processes`; reading and pacing the clips are in it. `fits`: cameras at 70 % of so
    many cores, by proportion. `lag`: the latest any process was, seconds. `memory`: MB a camera beyond what a process
    without cameras has. `unseen`: share of the cameras' seconds that nobody looked at."""

    cameras: int
    processes: int
    cores: float
    lag: float
    memory: float
    unseen: float
    degraded: bool

    @property
    def each(self) -> float:
        """CPU seconds a camera-second."""
        return self.cores / self.cameras

    @property
    def fits(self) -> float:
        return SHARE * self.processes / self.each


def carried(
    address: str,
    rules: Sequence[dict[str, Any]],
    *,
    cameras: int,
    seconds: float,
    processes: int,
    models: tuple[str, ...] = (),
    settings: dict[str, Any] | None = None,
    over: float = ROUND,
) -> Carried:
    """`address`: a clip, or a stream, that all of them look at, begun one after another over so many seconds (`over`): not
    all are busy at once. `rules`: as a lease describes them. `settings`: fields of `running.Settings` that the cameras
    are to have instead of what follows from their rules. Raises RuntimeError where a process cannot begin."""
    with tempfile.TemporaryDirectory(prefix="chengyun-carried-") as scratch:
        options = Options(0, Path(scratch) / "spool", models, False, 1.0, "Asia/Shanghai", settings or {})
        crew = Crew(
            options,
            processes,
            orphans=lambda _: {},
            picture=lambda *_: None,
            tried=lambda *_: None,
            say=print,
        )
        crew.clock(Sync(time.monotonic(), time.time(), 1.0))
        crew.start()
        try:
            return _run(crew, address, rules, cameras, seconds, over)
        finally:
            crew.stop()


def _run(
    crew: Crew, address: str, rules: Sequence[dict[str, Any]], cameras: int, seconds: float, over: float
) -> Carried:
    while not crew.ready:
        crew.tend(0.1)
        if crew.failed:
            raise RuntimeError(crew.failed)
    pids = [member.process.pid for member in crew.members]
    empty = sum(_rss(pid) for pid in pids)
    works: list[dict[str, Any]] = [
        {
            "camera": f"c{number:04}",
            "main": address,
            "sub": "",
            "login": "",
            "privacy": [],
            "rules": list(rules),
        }
        for number in range(cameras)
    ]
    begun = time.monotonic()
    held = 0
    while held < cameras:
        now = min(cameras, 1 + int((time.monotonic() - begun) / over * cameras))
        if now > held:
            held = now
            crew.hold({work["camera"]: work for work in works[:held]})
        crew.tend(0.2)
    _wait(crew, over / 2)  # levels of packet sizes are learned from the quiet part of a round
    for member in crew.members:
        for stat in member.stats.get("cameras", ()):
            stat["over_s"] = stat["unseen_s"] = 0.0
    own, children, since = time.process_time(), _cpu(pids), time.monotonic()
    lag = _wait(crew, seconds)
    lasted = time.monotonic() - since
    cores = (time.process_time() - own + _cpu(pids) - children) / lasted
    problems = {text for member in crew.members for text in member.stats["problems"].values()}
    if problems:
        raise RuntimeError("; ".join(sorted(problems)))
    stats = [stat for member in crew.members for stat in member.stats["cameras"]]
    over = sum(stat["over_s"] for stat in stats)
    return Carried(
        cameras,
        len(crew.members),
        cores,
        lag,
        (sum(_rss(pid) for pid in pids) - empty) / cameras,
        sum(stat["unseen_s"] for stat in stats) / over if over else 1.0,
        any(member.stats["degraded"] for member in crew.members),
    )


def _wait(crew: Crew, seconds: float) -> float:
    """The latest that any process was meanwhile."""
    ends, lag = time.monotonic() + seconds, 0.0
    while time.monotonic() < ends:
        crew.tend(0.2)
        lag = max([lag, *(member.stats.get("lag", 0.0) for member in crew.members)])
    return lag


def _cpu(pids: Sequence[int]) -> float:
    """CPU seconds of these processes so far. Linux only."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / tick


def _rss(pid: int) -> float:
    """MB that a process has for itself now."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty"):
            return int(line.split()[1]) / 1024
    return 0.0
