"""Runs several measurements in turn, again and again, and prints the median of every figure.

    python -m benchmarks.compare --repeats 5 \\
        "chengyun bench alerts --json" "python -m benchmarks.peers.alertmanager"

Each command prints one JSON object with "figures": [{"what", "value", "unit"}] on its standard output. They are interleaved
(A B C, A B C, ...), so that what else the machine does meanwhile falls on all of them alike. A command that ends with 2 is
a peer that is not installed: it is named once and left out.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
from typing import Any

from benchmarks import cpu
from benchmarks.peers.common import NOT_INSTALLED, REPOSITORY

LIMIT_S = 120


def once(command: str) -> dict[str, Any] | None:
    """What one run printed; None for a peer that is not installed. Raises RuntimeError when it failed."""
    words = shlex.split(command)
    if words[0] == "python":
        words[0] = sys.executable
    done = subprocess.run(words, cwd=REPOSITORY, stdout=subprocess.PIPE, timeout=LIMIT_S)
    if done.returncode == NOT_INSTALLED:
        return None
    if done.returncode != 0:
        raise RuntimeError(f"{command}: exit code {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def medians(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The median of each figure with its lowest and highest value; the order and units are those of the first run."""
    rows = []
    for first in runs[0]["figures"]:
        values = [row["value"] for run in runs for row in run["figures"] if row["what"] == first["what"]]
        rows.append(
            {
                **first,
                "value": statistics.median(values),
                "low": min(values),
                "high": max(values),
                "runs": len(values),
            }
        )
    return rows


def compare(commands: list[str], repeats: int) -> list[dict[str, Any]]:
    """Interleaved runs of all commands; one object per command."""
    runs: dict[str, list[dict[str, Any]]] = {command: [] for command in commands}
    absent: set[str] = set()
    for number in range(repeats):
        for command in commands:
            if command in absent:
                continue
            print(f"{number + 1}/{repeats} {command}", file=sys.stderr)
            result = once(command)
            if result is None:
                absent.add(command)
            else:
                runs[command].append(result)
    return [
        {"command": command, "installed": command not in absent, "figures": medians(found) if found else []}
        for command, found in runs.items()
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Interleaved runs, medians")
    parser.add_argument("command", nargs="+", help="a command in quotes that prints JSON with figures")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    result = {
        "machine": cpu.machine(),
        "repeats": options.repeats,
        "runs": compare(options.command, options.repeats),
    }
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
