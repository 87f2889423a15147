"""chengyun vision evaluate CLIP --reference FILE"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2

from chengyun_vision import models
from chengyun_vision.analyse_command import progress, rate, usual
from chengyun_vision.evaluate import reference as references
from chengyun_vision.evaluate.look import look_through
from chengyun_vision.evaluate.report import lines, report
from chengyun_vision.problem import Problem
from chengyun_vision.rules import preset
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Settings


def add_parser(sub: Any) -> None:
    parser = sub.add_parser("evaluate", help="how well a clip that was marked by hand is seen")
    parser.add_argument("clip", help="a video file or a folder of pictures")
    parser.add_argument(
        "--reference", required=True, metavar="FILE|NAME", help="what was marked in it, see docs/vision.md"
    )
    parser.add_argument(
        "--model", action="append", default=[], metavar="W.onnx|MANIFEST", help="may be given again"
    )
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help="other settings of the rules that the reference names"
    )
    parser.add_argument("--fps", type=rate, metavar="N", help="looks a second (default: the reference's)")
    parser.add_argument(
        "--tiles", action="store_true", help="look at 2 x 2 parts: four times the work, for small things"
    )
    parser.add_argument("--json", action="store_true", help="all of it, also picture by picture")
    parser.add_argument(
        "--copyleft", action="store_true", help="take weights under GPL or AGPL: your decision"
    )


def run(args: argparse.Namespace) -> int:
    cv2.setNumThreads(1)
    reference = references.named(args.reference)
    reference.check(Path(args.clip))
    specs = rules(reference, args.rules)
    loaded = [models.load(which, copyleft=args.copyleft) for which in args.model]
    seen = look_through(
        args.clip,
        reference,
        specs,
        models=loaded,
        settings=Settings(
            fps=args.fps or reference.fps or usual(specs), mode="full", gated=False, tiles=args.tiles
        ),
        progress=progress(),
    )
    document = report(reference, specs, seen)
    document["model"] = [model.id for model in loaded]
    document["tiles"] = args.tiles
    if args.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(document)))
    if any(
        told.get("not_looked_at") for rule in document["rules"].values() for told in rule["passes"].values()
    ):
        print("chengyun vision: no model given looked at marked pictures", file=sys.stderr)
    return 0


def rules(reference: references.Reference, other: Path | None) -> tuple[Spec, ...]:
    """The rules that are measured: the reference's own, or a file's of the same codes. Raises `Problem`."""
    if other is None:
        return reference.rules
    given = tuple(preset.load_rules(other))
    wanted, codes = {rule.code for rule in reference.rules}, {rule.code for rule in given}
    if not codes <= wanted:
        raise Problem(
            f"参照中没有规则 {'、'.join(sorted(codes - wanted))}。",
            f"the reference has no rule {', '.join(sorted(codes - wanted))}.",
            where=other.name,
            hint_zh=f"编码须与参照一致:{'、'.join(sorted(wanted))}。",
            hint_en=f"Codes have to be those of the reference: {', '.join(sorted(wanted))}.",
        )
    return given
