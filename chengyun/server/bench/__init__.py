"""`chengyun bench NAME`: measures on this machine, on a scratch database of its own.

Exits 0 whenever it measured: a missed bar is a figure, not a failure. benchmarks/README.md says how it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from chengyun.server.bench.measure import commit, machine

NAMES = ("ingest", "alerts", "timers", "cases", "replay")


def run_bench(args: argparse.Namespace, *, say: Callable[[str], None], show: Callable[[Any], None]) -> int:
    """Run one benchmark or all, each in a process of its own."""
    for name in NAMES if args.name == "all" else (args.name,):
        say(f"measuring {name}" + (" (quick)" if args.quick else ""))
        figures = _measure(name, args.quick, args.database)
        if args.peers:
            figures += _peers(name, say)
        result = {"name": name, "commit": commit(), "machine": machine(args.database), "figures": figures}
        if args.json:
            show(result)
        else:
            for figure in figures:
                met = {True: "met", False: "MISSED", None: ""}[figure["met"]]
                print(
                    f"  {figure['what']:<64} {figure['value']:>12,.2f} {figure['unit']:<16} {figure['bar'] or '':<12} {met}"
                )
    return 0


def _measure(name: str, quick: bool, database: str | None) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="chengyun-bench-") as scratch:
        environment = os.environ | {"CHENGYUN_DATA_DIR": scratch, "CHENGYUN_LOG": "ERROR"}
        environment["CHENGYUN_DATABASE_URL"] = database or f"sqlite:///{scratch}/bench.sqlite3"
        command = [sys.executable, "-m", f"chengyun.server.bench.{name}", *(["--quick"] if quick else [])]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise SystemExit(
                f"chengyun bench {name} could not measure (exit {done.returncode}); see the messages above"
            )
        figures: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return figures


def _peers(name: str, say: Callable[[str], None]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers", name, "--json"], stdout=subprocess.PIPE, check=False
    )
    if done.returncode or not done.stdout.strip():
        say(f"no peer measured for {name}; see the messages above")
        return []
    figures: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])["figures"]
    return figures
