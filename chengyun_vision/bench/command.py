"""chengyun vision bench: how many cameras this machine carries, from clips paced as live."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chengyun_vision.bench.accuracy import accuracy
from chengyun_vision.bench.figures import measure
from chengyun_vision.worker.parent import processes

BAR = "2 cores, 70 % load, something happening a fifth of the time"


def add_parser(sub: Any) -> None:
    parser = sub.add_parser("bench", help="how many cameras this machine carries")
    parser.add_argument(
        "--cameras", type=int, metavar="N", help="run so many at once (default: what each bar asks for)"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="for how long (20)")
    parser.add_argument("--processes", type=int, default=processes(), help="of the worker (one a core)")
    parser.add_argument("--model", metavar="ID|FILE", help="measure with this detector too")
    parser.add_argument(
        "--real",
        type=Path,
        metavar="DIR",
        help="take the busy seconds from the six-visit clip in this folder",
    )
    parser.add_argument(
        "--clips", type=Path, metavar="DIR", help="keep the clips here: making them takes minutes"
    )
    parser.add_argument("--rounds", type=int, default=60, help="visits of the drawn clip (60)")
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        help="with --real: measure accuracy too, with the weights in this folder",
    )
    parser.add_argument(
        "--only", default="", metavar="TEXT", help='ways whose name holds this, or "events", or "accuracy"'
    )
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    figures = []
    for one in _figures(args):
        figures.append(one)
        if not args.json:
            met = {True: "met", False: "MISSED", None: ""}[one["met"]]
            print(
                f"  {one['what']:<110} {one['value']:>8,.2f} {one['unit']:<18} {one['bar'] or '':<8} {met}",
                flush=True,
            )
    if args.json:
        print(json.dumps({"name": "vision", "bar": BAR, "figures": figures}, ensure_ascii=False))
    return 0


def _figures(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="chengyun-vision-bench-") as scratch:
        folder = args.clips or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        yield from measure(
            folder,
            seconds=args.seconds,
            processes=args.processes,
            model=args.model,
            real=args.real,
            cameras=args.cameras,
            rounds=args.rounds,
            only=args.only,
            say=say,
        )
    if args.real and args.weights and args.only in "accuracy":
        yield from accuracy(args.real, args.weights, say=say)
