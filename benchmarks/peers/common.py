"""What the peer runners share: where peers live, starting and ending processes, percentiles, the JSON they print."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import cpu

REPOSITORY = Path(__file__).resolve().parents[2]
# Peers that do not come from Debian are installed here by install.py; the folder is not part of the repository.
HOME = Path(os.environ.get("CHENGYUN_PEERS", REPOSITORY / "var" / "peers"))

NOT_INSTALLED = 2


class Missing(Exception):
    """The peer is not on this machine; the text says how to get it."""


def program(name: str, how: str) -> str:
    """The path of a program, or `Missing`. Debian keeps servers in /usr/sbin, which is not on everybody's PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(f"{name} is not installed: {how}")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chengyun-peer-") as path:
        yield Path(path)


@contextlib.contextmanager
def process(
    command: Sequence[object], log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its children in a group of its own, ended with the block. What it says goes to `log`."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    try:
        yield child
    finally:
        for sign, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            if child.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(patience)


def until(ready: Callable[[], bool], what: str, log: Path, seconds: float = 20.0) -> None:
    """Wait for something to become true; on giving up show the end of the log."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    raise RuntimeError(f"{what} did not happen within {seconds:.0f} s\n{tail}")


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-1) of them lie, nearest rank."""
    ordered = sorted(values)
    # The small step back keeps 0.99 x 100, which is a hair above 99 in binary, at the 99th value.
    rank = math.ceil(share * len(ordered) - 1e-9)
    return ordered[min(len(ordered), max(1, rank)) - 1]


def figure(what: str, value: float, unit: str) -> dict[str, Any]:
    return {"what": what, "value": round(value, 3), "unit": unit}


def options(description: str, **more: tuple[type, Any, str]) -> argparse.Namespace:
    """`--seconds` and what else a runner takes: name -> (type, default, help)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the load lasts (at most 20)")
    for name, (kind, default, text) in more.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=default, help=text)
    chosen = parser.parse_args()
    chosen.seconds = min(chosen.seconds, 20.0)
    return chosen


def report(peer: str, measure: Callable[[], dict[str, Any]]) -> int:
    """Run and print one JSON object; exit code 0 when it measured, 2 when the peer is not installed."""
    try:
        result = {"peer": peer, "installed": True, **measure(), "machine": cpu.machine()}
    except Missing as missing:
        print(str(missing), file=sys.stderr)
        json.dump({"peer": peer, "installed": False, "why": str(missing), "figures": []}, sys.stdout)
        print()
        return NOT_INSTALLED
    json.dump(result, sys.stdout, ensure_ascii=False)
    print()
    return 0
