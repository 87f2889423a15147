"""chengyun vision presets [CODE]"""

from __future__ import annotations

import argparse
from typing import Any

from chengyun_vision.rules import preset
from chengyun_vision.rules.preset import Preset


def add_parser(sub: Any) -> None:
    parser = sub.add_parser("presets", help="the algorithms, and what each needs")
    parser.add_argument("code", nargs="?", help="one of them in full")


def run(args: argparse.Namespace) -> int:
    """Lists all, or says all of one."""
    if args.code:
        print(_full(preset.named(args.code)))
        return 0
    for code, known in preset.shipped().items():
        print(f"{code:<22} {'on ' if known.on else 'off'}  {known.primitive:<14} {known.zh} / {known.en}")
    return 0


def _full(known: Preset) -> str:
    lines = [
        f"{known.code}: {known.zh} / {known.en}",
        f"  primitive {known.primitive}, purpose {known.purpose}, {'on' if known.on else 'off'}",
        f"  classes: {', '.join(sorted(known.classes)) or '-'}; wants of each camera: {', '.join(known.needs) or '-'}",
        f"  settings (suggested 建议值): {', '.join(f'{k} {v}' for k, v in known.settings.items())}",
    ]
    for name, words in (("model", known.model_words), ("measured", known.measured), ("data", known.data)):
        if words is not None:
            lines += [f"  {name}: {words.en}", f"    {words.zh}"]
    return "\n".join(lines)
