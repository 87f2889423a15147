"""CPU seconds that a system spent, however many processes it consists of. Linux only: it reads /proc.

A process's own time and that of the children it has waited for stand in `/proc/PID/stat`; the time of children that still
run does not. So the sum over a live tree of (own + waited-for) is the whole of it, with nothing counted twice. What
escapes: a process that detaches from its tree (a daemon that forks itself away) and dies before the end.

    python -m benchmarks.cpu PID [PID ...] --seconds 10        what these trees spend in ten seconds, as JSON
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    started: int
    ticks: int


def _processes() -> dict[int, _Process]:
    found: dict[int, _Process] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue  # it has ended meanwhile
        # The command stands in brackets and may hold anything, so count from the last bracket.
        fields = stat.rpartition(")")[2].split()
        times = sum(int(field) for field in fields[11:15])
        found[int(entry.name)] = _Process(int(fields[1]), int(fields[19]), times)
    return found


def tree(roots: Iterable[int], processes: Mapping[int, _Process] | None = None) -> set[int]:
    """The pids of the roots that run, and of everything below them."""
    known = _processes() if processes is None else processes
    below: dict[int, list[int]] = defaultdict(list)
    for pid, process in known.items():
        below[process.parent].append(pid)
    found: set[int] = set()
    waiting = [pid for pid in roots if pid in known]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(below[pid])
    return found


def seconds(roots: Iterable[int]) -> float:
    """CPU seconds (user and system) of these process trees since they began, to a hundredth."""
    processes = _processes()
    return sum(processes[pid].ticks for pid in tree(roots, processes)) / _TICK


class Meter:
    """CPU seconds by named part between `start` and `stop`:

    meter = Meter(broker=[pid], database=[pid], server=[pid, pid])
    """

    def __init__(self, **parts: Iterable[int]) -> None:
        self._parts = {name: tuple(pids) for name, pids in parts.items()}
        self._before: dict[str, float] = {}
        self._began = 0.0

    def start(self) -> None:
        self._before = {name: seconds(pids) for name, pids in self._parts.items()}
        self._began = time.monotonic()

    def stop(self) -> dict[str, float]:
        """Seconds per part, their sum as "total", and the wall time as "wall"."""
        spent = {name: round(seconds(pids) - self._before[name], 3) for name, pids in self._parts.items()}
        spent["total"] = round(sum(spent.values()), 3)
        spent["wall"] = round(time.monotonic() - self._began, 3)
        return spent


def machine() -> dict[str, object]:
    """What the figures were taken on: cores this process may use, processor, load at present."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown",
    )
    return {"cores": len(os.sched_getaffinity(0)), "processor": model, "load": round(os.getloadavg()[0], 2)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="CPU seconds that process trees spend")
    parser.add_argument("pid", type=int, nargs="+")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    meter = Meter(**{str(pid): [pid] for pid in options.pid})
    meter.start()
    time.sleep(options.seconds)
    json.dump(meter.stop(), sys.stdout)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
