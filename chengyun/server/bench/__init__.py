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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from chengyun.server.bench import console
from chengyun.server.bench.measure import commit, machine

PEERS = {"ingest": ("node_red",), "alerts": ("alertmanager", "alerta")}
NAMES = ("ingest", "click", "alerts", "timers", "cases", "replay", "sse", "console", "vision")


def run_bench(args: argparse.Namespace, *, say: Callable[[str], None], show: Callable[[Any], None]) -> int:
    """Run one benchmark or all, each in a process of its own."""
    for name in NAMES if args.name == "all" else (args.name,):
        missing = console.missing() if name == "console" else None
        if missing:
            say(f"the console cannot be measured here: {missing}")
            if args.name == name:
                return 2
            continue
        say(f"measuring {name}" + (" (quick)" if args.quick else ""))
        if args.peers and name in PEERS:
            _beside_peers(name, args)
            continue
        database = args.database or os.environ.get("CHENGYUN_DATABASE_URL")
        figures = _measure(name, args.quick, database)
        result = {"name": name, "commit": commit(), "machine": machine(database), "figures": figures}
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
    with tempfile.TemporaryDirectory(prefix="chengyun-bench-") as scratch, _fresh(database, scratch) as url:
        environment = os.environ | {
            "CHENGYUN_DATA_DIR": scratch,
            "CHENGYUN_LOG": "ERROR",
            "CHENGYUN_DATABASE_URL": url,
        }
        command = [sys.executable, "-m", f"chengyun.server.bench.{name}", *(["--quick"] if quick else [])]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise SystemExit(
                f"chengyun bench {name} could not measure (exit {done.returncode}); see the messages above"
            )
        figures: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return figures


@contextmanager
def _fresh(database: str | None, scratch: str) -> Iterator[str]:
    """An empty database for one measurement: a file, or a database of its own on the PostgreSQL that was named."""
    if not (database or "").startswith("postgres"):
        yield f"sqlite:///{scratch}/bench.sqlite3"
        return
    import psycopg

    parts = urlsplit(str(database))
    own = f"chengyun_bench_{os.getpid()}"
    with psycopg.connect(str(database), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {own}")
        try:
            yield urlunsplit(parts._replace(path=f"/{own}"))
        finally:
            connection.execute(f"DROP DATABASE {own} WITH (FORCE)")


def _beside_peers(name: str, args: argparse.Namespace) -> int:
    """Ours and the peers in turn, five times, medians; only possible in a checkout, where the runners are."""
    ours = f"python -m chengyun.server.cli bench {name} --json" + (" --quick" if args.quick else "")
    theirs = [f"python -m benchmarks.peers.{peer}" for peer in PEERS[name]]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.compare", "--repeats", "5", ours, *theirs], check=False
    )
    return done.returncode
