"""chengyun vision ...: each command in a module of its own, imported when it is asked for.

Progress goes to stderr, results to stdout or a file. Exit codes: 0 done, 1 a check found faults, 2 wrong use or bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from chengyun_vision.problem import Problem

# Each module has `add_parser(sub)` and `run(args) -> int`.
COMMANDS = {
    "analyse": ("chengyun_vision.analyse_command", "what happens in a clip 分析一段视频"),
    "evaluate": ("chengyun_vision.evaluate_command", "how well a marked clip is seen 对照人工标注评测"),
    "presets": ("chengyun_vision.presets_command", "the algorithms, and what each needs 查看算法预设"),
    "work": ("chengyun_vision.worker.command", "look through cameras that the server leases 分析摄像机"),
    "bench": ("chengyun_vision.bench.command", "how many cameras this machine carries 测量可承载路数"),
    "models": ("chengyun_vision.models.command", "list, check or fetch models 管理模型"),
}
# What a module of the worker imports, and the package that brings it.
LIBRARIES = {
    "av": "av",
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "onnxruntime": "onnxruntime",
    "yaml": "PyYAML",
}


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    top = argparse.ArgumentParser(
        prog="chengyun vision", description="The camera worker: it identifies nobody. 摄像机分析,不识别任何人"
    )
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = COMMANDS.get(given[0]) if given else None
    try:
        module = import_module(wanted[0]) if wanted else None
        if module is not None:
            module.add_parser(sub)
        for name, (_, text) in COMMANDS.items():
            if name not in sub.choices:
                sub.add_parser(name, help=text, add_help=False)
        args = top.parse_args(given)
        assert module is not None
        code: int = module.run(args)
        return code
    except ModuleNotFoundError as missing:
        package = LIBRARIES.get((missing.name or "").partition(".")[0])
        if package is None:
            raise
        say(f"chengyun vision: the library {missing.name} is not installed. Install what the worker needs:")
        say("  pip install -r requirements-vision.lock")
        say(f"缺少程序库 {package},请先执行上面的命令。")
        return 2
    except Problem as problem:
        say(f"chengyun vision: {problem}")
        return 2
    except KeyboardInterrupt:
        return 130


def say(text: str) -> None:
    """Progress, for people."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
