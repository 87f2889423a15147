"""What all benchmarks share: figures, CPU seconds of whole process trees, percentiles, the scratch platform.

"Per core-second" divides by the CPU seconds of all our processes plus database and broker; the load generator is apart.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `bar` is what it should reach, in words; `met` None where there is no bar."""

    what: str
    value: float
    unit: str
    bar: str | None = None
    met: bool | None = None


def at_least(what: str, value: float, unit: str, bar: float) -> Figure:
    return Figure(what, value, unit, f">= {bar:g}", value >= bar)


def at_most(what: str, value: float, unit: str, bar: float) -> Figure:
    return Figure(what, value, unit, f"<= {bar:g}", value <= bar)


def finish(figures: Iterable[Figure]) -> None:
    """Hand the figures to `chengyun bench`: one line of JSON, the last of stdout."""
    print(json.dumps([asdict(figure) for figure in figures]), flush=True)


def commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def machine(database: str | None) -> dict[str, Any]:
    """What it was measured on, in words that do not identify the machine."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "database": "postgresql" if (database or "").startswith("postgres") else "sqlite",
        "speed": round(speed(), 1),
    }


def speed() -> float:
    """How fast one core is just now: millions of turns of a plain loop a CPU second. On shared machines it changes by half
    within minutes, and every figure with it."""
    turns = []
    for _ in range(5):
        began, x = time.process_time(), 0
        for number in range(1_000_000):
            x += number * number % 7
        turns.append(1.0 / (time.process_time() - began))
    return sorted(turns)[2]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN for no values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def tree_cpu(*roots: int) -> float:
    """CPU seconds of processes, their living descendants, and the children they have already buried."""
    return sum(_descendants(roots).values())


def _descendants(roots: Iterable[int]) -> dict[int, float]:
    """CPU seconds of each process below these, themselves included."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry))
            used[int(entry)] = sum(map(int, fields[11:15])) / _TICKS
    found: dict[int, float] = {}
    queue = list(roots)
    while queue:
        pid = queue.pop()
        found[pid] = used.get(pid, 0.0)
        queue.extend(parents.get(pid, ()))
    return found


def one_core(*roots: int) -> None:
    """Put processes and their descendants on one core: a core-second is then just that. What passes between two cores of a
    virtual machine that is otherwise idle costs as much again, which measures the machine below and not the platform."""
    core = min(os.sched_getaffinity(0))
    for pid in _descendants(roots):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {core})


def database_root() -> list[int]:
    """The server process of a PostgreSQL on this machine; nothing for SQLite, which works inside our own processes."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    stat = Path(f"/proc/{backend}/stat")
    if not stat.exists():
        raise SystemExit("the PostgreSQL server is not on this machine: its CPU seconds cannot be counted")
    return [int(stat.read_text().rpartition(")")[2].split()[1])]


def prepare(*, district: str | None = None) -> None:
    """Set Django up on the scratch database; load a district's folder if one is named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengyun.server.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    if district:
        from chengyun.server import district_folder

        district_folder.load(Path(district))


def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """One of our processes, its output on stderr."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=sys.stderr, stdin=subprocess.DEVNULL
    )
