"""chengyun vision analyse CLIP"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2

from chengyun_vision import geometry, models
from chengyun_vision.analyse import analyse
from chengyun_vision.evidence.cover import Polygon
from chengyun_vision.evidence.faces import FILE, find_faces
from chengyun_vision.evidence.mask import Masker
from chengyun_vision.evidence.mask import Settings as Masking
from chengyun_vision.frames import Event, Frame, Look
from chengyun_vision.models import Model
from chengyun_vision.models.loader import weights_folder
from chengyun_vision.problem import Problem
from chengyun_vision.rules import preset
from chengyun_vision.rules.primitives import PRIMITIVES
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Settings


def add_parser(sub: Any) -> None:
    parser = sub.add_parser("analyse", help="what happens in a clip")
    parser.add_argument("clip", help="a video file, a folder of pictures, or an address")
    parser.add_argument(
        "--model", action="append", default=[], metavar="W.onnx|MANIFEST", help="may be given again"
    )
    parser.add_argument(
        "--preset", action="append", default=[], metavar="NAME|FILE", help="a preset or a primitive"
    )
    parser.add_argument("--rules", type=Path, metavar="FILE", help="a list of rules, see docs/vision.md")
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="write the result here (otherwise to stdout)"
    )
    parser.add_argument(
        "--fps",
        type=rate,
        metavar="N",
        help="looks a second (default: 2, or what the rules do well with: 5 for lines)",
    )
    parser.add_argument(
        "--decode", choices=("full", "keyframe"), default="full", help="which pictures to decode"
    )
    parser.add_argument(
        "--tiles", action="store_true", help="look at 2 x 2 parts: four times the work, for small things"
    )
    parser.add_argument(
        "--gated", action="store_true", help="decode and detect only where something changed, as live"
    )
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="store masked pictures of the events here"
    )
    parser.add_argument(
        "--privacy",
        type=_private,
        action="append",
        default=[],
        metavar="'X,Y X,Y X,Y'",
        help="a privacy zone by its corners, 0-1 of the picture: filled in before it is stored; may be given again",
    )
    parser.add_argument(
        "--copyleft", action="store_true", help="take weights under GPL or AGPL: your decision"
    )


def run(args: argparse.Namespace) -> int:
    cv2.setNumThreads(1)
    specs = _specs(args)
    loaded = [models.load(which, copyleft=args.copyleft) for which in args.model]
    for code in (name for name in args.preset if name in preset.shipped() and not preset.shipped()[name].on):
        _say(f"{code} is off by default: {preset.shipped()[code].model_words.en}")
    if args.privacy and not args.evidence:
        raise Problem(
            "没有要保存的图片,隐私遮挡区不起作用。", "nothing of the picture is stored, so there is nothing to cover.",
            where="--privacy", hint_zh="请同时给出 --evidence。", hint_en="Give --evidence with it.",
        )  # fmt: skip
    keeper = Keeper(args.evidence, loaded, args.model, privacy=args.privacy) if args.evidence else None
    result = analyse(
        args.clip,
        specs,
        models=loaded,
        settings=Settings(fps=args.fps or usual(specs), mode=args.decode, gated=args.gated, tiles=args.tiles),
        keep=keeper,
        progress=progress(),
    )
    result["model"] = [model.id for model in loaded]
    result["rules"] = [spec.code for spec in specs]
    for code in result["blind"]:
        _say(f"{code}: no model given sees what it looks for; it says nothing")
    _write(result, args.json)
    if keeper is not None and keeper.whole:
        _say(f"{keeper.whole} of {keeper.stored} pictures are coarse as a whole")
    looks = result["looks"]
    _say(
        f"{len(result['events'])} events in {result['clip']['seconds']:.1f} s, {looks['looked']} pictures looked at"
    )
    return 0


def usual(specs: Sequence[Spec]) -> float:
    """Looks a second with which all of these rules do well."""
    return max(PRIMITIVES[spec.primitive].rate for spec in specs)


def _specs(args: argparse.Namespace) -> list[Spec]:
    specs = [preset.spec_of(preset.named(name), where=f"--preset {name}") for name in args.preset]
    if args.rules:
        specs += preset.load_rules(args.rules)
    if not specs:
        raise Problem(
            "没有规则。", "there is no rule.",
            hint_zh="请给出 --preset 或 --rules。", hint_en="Give --preset or --rules.",
        )  # fmt: skip
    codes = [spec.code for spec in specs]
    for code in codes:
        if codes.count(code) > 1:
            raise Problem(f"规则 {code} 出现两次。", f"the rule {code} is there twice.", where="--rules")
    return specs


def _write(result: dict[str, Any], out: Path | None) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=2)
    if out is None:
        print(text)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise Problem(f"无法写入:{error}", f"it cannot be written: {error}", where=str(out)) from None


class Keeper:
    """Stores masked pictures in a folder, named by their hash. What cannot be masked is not stored."""

    def __init__(
        self,
        folder: Path,
        loaded: Sequence[Model],
        given: Sequence[str],
        settings: Masking | None = None,
        privacy: Sequence[Polygon] = (),
    ) -> None:
        self._folder, self._privacy = folder, privacy
        folders = [weights_folder(), *(Path(which).parent for which in given)]
        faces = next((found for place in folders if (found := find_faces(place)) is not None), None)
        if faces is None:
            _say(f"{FILE} is not in {', '.join(map(str, folders))}: heads are covered wider")
        people = next((m for m in loaded if m.gives == "detections" and "person" in m.labels), None)
        if people is None:
            _say("no model sees people: pictures are made coarse as a whole")
        self._masker = Masker(faces, people, settings)
        self.stored = self.whole = 0  # pictures, and those of them that are coarse as a whole

    def note(self, look: Look) -> None:
        self._masker.note(look.at, look.detections, look.width, look.height)

    def keep(self, event: Event, frame: Frame, look: Look) -> tuple[str, ...]:
        picture = self._masker.masked_jpeg(frame, look.detections, privacy=self._privacy)
        if picture is None:
            return ()
        name = f"{picture.sha256}.jpg"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(picture.jpeg)
        except OSError as error:
            raise Problem(
                f"无法写入:{error}", f"it cannot be written: {error}", where=str(self._folder)
            ) from None
        self.stored += 1
        self.whole += picture.how == "whole"
        return (name,)


def progress() -> Callable[[float, float | None], None]:
    """A line every few seconds, on the same place where a person watches."""
    said = [time.monotonic()]
    watched = sys.stderr.isatty()

    def tell(done: float, of: float | None) -> None:
        now = time.monotonic()
        if now - said[0] < (0.5 if watched else 5.0):
            return
        said[0] = now
        share = f" of {of:.0f} s ({100 * done / of:.0f} %)" if of else ""
        print(f"\r{done:.0f} s{share}" if watched else f"{done:.0f} s{share}", file=sys.stderr,
              end="" if watched else "\n", flush=True)  # fmt: skip

    return tell


def _private(text: str) -> Polygon:
    """Corners as `X,Y X,Y X,Y`. Raises `Problem` where they are no zone."""
    try:
        points = [[float(number) for number in corner.split(",")] for corner in text.split()]
    except ValueError:
        raise Problem(
            f"{text!r} 不是区域。", f"{text!r} is no zone.", where="--privacy",
            hint_zh="例如 '0,0 0.3,0 0.3,0.2 0,0.2'。", hint_en="For example '0,0 0.3,0 0.3,0.2 0,0.2'.",
        ) from None  # fmt: skip
    try:
        return geometry.zone("privacy", points).corners
    except Problem as problem:
        raise problem.at("--privacy") from None


def rate(text: str) -> float:
    looks = float(text)
    if not 0.01 <= looks <= 60:
        raise argparse.ArgumentTypeError("0.01 to 60 looks a second")
    return looks


def _say(text: str) -> None:
    print(f"chengyun vision: {text}", file=sys.stderr, flush=True)
