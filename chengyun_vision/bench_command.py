"""chengyun vision bench: how many cameras this machine carries, from clips paced as live."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from chengyun_vision.bench import BAR, measure


def add_parser(sub: Any) -> None:
    parser = sub.add_parser("bench", help="how many cameras this machine carries")
    parser.add_argument("--cameras", type=int, default=20, metavar="N", help="run so many at once (20)")
    parser.add_argument("--seconds", type=float, default=20.0, help="for how long (20)")
    parser.add_argument(
        "--clip", type=Path, help="a video file (default: one drawn here, 1080p, MPEG-4, a keyframe a second)"
    )
    parser.add_argument("--model", metavar="ID|FILE", help="a detector (default: none, motion alone)")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="chengyun-vision-bench-") as scratch:
        figures = measure(
            Path(scratch), cameras=args.cameras, seconds=args.seconds, clip=args.clip, model=args.model
        )
    if args.json:
        print(json.dumps({"name": "vision", "bar": BAR, "figures": figures}, ensure_ascii=False))
        return 0
    for figure in figures:
        met = {True: "met", False: "MISSED", None: ""}[figure["met"]]
        print(
            f"  {figure['what']:<96} {figure['value']:>10,.2f} {figure['unit']:<18} {figure['bar'] or '':<9} {met}"
        )
    return 0
