"""chengyun vision models list|check|fetch"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from chengyun_vision.models import manifest
from chengyun_vision.models.loader import find, load, weights_folder
from chengyun_vision.problem import Problem

LARGEST = 2 * 1024**3  # bytes; no detector for a small machine comes near


def add_parser(sub: Any) -> None:
    """Adds `models` to the subcommands of `chengyun vision` (what `add_subparsers` returned)."""
    parser = sub.add_parser("models", help="models by manifest 模型清单")
    parser.add_argument("--folder", type=Path, help="where weights lie 权重目录 (CHENGYUN_MODELS)")
    parser.add_argument(
        "--accept-copyleft", action="store_true", help="take GPL and AGPL weights 接受 GPL/AGPL 权重"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="known manifests, and whether their weights are there 列出")
    check = verbs.add_parser("check", help="load models and run their golden pictures 校验")
    check.add_argument("which", nargs="*", help="id, manifest or weights; all that are there 默认全部")
    fetch = verbs.add_parser(
        "fetch", help="check a file that you have, or an address, and put it in place 放入权重"
    )
    fetch.add_argument("which", help="id or manifest 模型")
    fetch.add_argument("source", help="a file or an https address 文件或地址")


def run(args: argparse.Namespace) -> int:
    """Runs what was asked for, printing to the terminal; returns the exit code."""
    folder = args.folder or weights_folder()
    try:
        if args.verb == "list":
            return listed(folder)
        if args.verb == "check":
            return checked(args.which, folder, copyleft=args.accept_copyleft)
        place = fetched(args.which, args.source, folder)
        load(args.which, folder=folder, copyleft=args.accept_copyleft)
        print(f"✓ {place}")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def listed(folder: Path) -> int:
    """One line for each known manifest: id, head, licence, labels, and whether its weights are there."""
    print(f"CHENGYUN_MODELS = {folder}")
    for place in manifest.known(folder):
        try:
            known = manifest.read(place)
        except Problem as problem:
            print(f"✗ {problem}")
            continue
        there = "✓" if (folder / known.file).is_file() else "–"
        labels = ", ".join(sorted(known.labels))
        print(
            f"{there} {known.id}: {known.head} {known.input.width}x{known.input.height}, {known.licence}; {labels}"
        )
        print(f"    {known.file} <- {known.source}")
    return 0


def checked(which: list[str], folder: Path, *, copyleft: bool) -> int:
    """Loads each model, which checks everything. 0 when all hold, 1 when one does not, or none is there."""
    asked: list[str | Path] = list(which)
    if not asked:
        asked = [place for place in manifest.known(folder) if find(place, folder)[1].is_file()]
    if not asked:
        print(f"– {folder}: no weights 没有权重", file=sys.stderr)
    faults = 0
    for one in asked:
        try:
            model = load(one, folder=folder, copyleft=copyleft)
            print(f"✓ {model.id}: {', '.join(sorted(model.labels))}")
        except Problem as problem:
            faults += 1
            print(f"✗ {problem}")
    return 1 if faults or not asked else 0


def fetched(which: str, source: str, folder: Path) -> Path:
    """Takes weights from a file or an https address given by the operator, and puts them in place once their hash holds.

    Nothing else is downloaded, and no address is built in. Raises `Problem`.
    """
    described, _ = find(which, folder)
    content = _content(source)
    found = hashlib.sha256(content).hexdigest()
    if found != described.sha256:
        raise Problem(
            f"校验值不符：应为 {described.sha256}，实为 {found}。未放入。",
            f"the hash differs: {described.sha256} was expected, {found} found. Nothing was put in place.", where=source,
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / described.file
    half = place.with_name(f".{place.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(place)  # at once: another process never reads half a file
    return place


def _content(source: str) -> bytes:
    address = urllib.parse.urlsplit(source)
    try:
        if address.scheme == "https":
            with urllib.request.urlopen(source, timeout=60) as answer:
                content = answer.read(LARGEST + 1)
        elif address.scheme in ("", "file"):
            place = Path(address.path if address.scheme else source)
            with place.open("rb") as file:
                content = file.read(LARGEST + 1)
        else:
            raise Problem(
                "只接受文件或 https 地址。", "only a file or an https address is taken.", where=source
            )
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise Problem("无法读取。", f"it cannot be read ({error}).", where=source) from error
    if len(content) > LARGEST:
        raise Problem("文件过大。", "the file is too large.", where=source)
    return bytes(content)
