"""chengyun vision work"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chengyun_vision.problem import Problem

TOKEN = "CHENGYUN_VISION_TOKEN"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def add_parser(sub: Any) -> None:
    parser = sub.add_parser(
        "work",
        help="look through the cameras that the server leases to this machine",
        description=f"The token of the source `vision` stands in {TOKEN}; credentials of cameras in CHENGYUN_CAMERA_<NAME> "
        "as user:password. 令牌与摄像机凭据只从环境读取。",
    )
    parser.add_argument("--server", required=True, metavar="URL", help="http(s)://host[:port]")
    parser.add_argument("--name", required=True, help="of this worker; no two alive have the same")
    parser.add_argument("--processes", type=int, default=0, metavar="P", help="default: one a core")
    parser.add_argument(
        "--budget", type=_share, default=0.85, metavar="0-1", help="share of each core that it may use (0.85)"
    )
    parser.add_argument("--cameras", type=int, default=400, metavar="N", help="at most so many (400)")
    parser.add_argument("--model", action="append", default=[], metavar="ID|FILE", help="may be given again")
    parser.add_argument(
        "--copyleft", action="store_true", help="take weights under GPL or AGPL: your decision"
    )
    parser.add_argument(
        "--alone", type=float, default=0.0, metavar="S",
        help="look on for so many seconds after the lease while the server is away; only where no other worker could take "
        "the cameras (0)",
    )  # fmt: skip
    parser.add_argument("--timezone", default="Asia/Shanghai", help="of the district, for schedules")
    parser.add_argument(
        "--folder", type=Path, help="what waits to be sent (default: vision/NAME in the data folder)"
    )
    parser.add_argument(
        "--live", default="127.0.0.1:0", metavar="HOST:PORT", help="where live pictures are served"
    )
    parser.add_argument(
        "--address", default="", metavar="URL", help="where the server reaches that, if elsewhere"
    )


def run(args: argparse.Namespace) -> int:
    from chengyun_vision.worker.parent import Plan, Worker, processes

    token = os.environ.get(TOKEN, "")
    if not token:
        raise Problem(
            f"环境变量 {TOKEN} 为空。", f"the environment has no {TOKEN}.",
            hint_zh="请用 chengyun token vision 签发。", hint_en="Issue one with: chengyun token vision.",
        )  # fmt: skip
    if not _NAME.fullmatch(args.name):
        raise Problem(
            "名称只含字母、数字、_ . -。", "a name has letters, digits, _ . and - only.", where="--name"
        )
    try:
        ZoneInfo(args.timezone)
    except (KeyError, ValueError):
        raise Problem("没有此时区。", "there is no such time zone.", where="--timezone") from None
    host, _, port = args.live.rpartition(":")
    if not host or not port.isdigit():
        raise Problem("应为 主机:端口。", "host:port is wanted.", where="--live")
    folder = args.folder or Path(os.environ.get("CHENGYUN_DATA_DIR", "var")) / "vision" / args.name
    with _alone_in(folder):
        worker = Worker(
            Plan(
                server=args.server,
                name=args.name,
                folder=folder,
                processes=args.processes or processes(),
                share=args.budget,
                most=args.cameras,
                models=tuple(args.model),
                copyleft=args.copyleft,
                alone=args.alone,
                zone=args.timezone,
                live_host=host,
                live_port=int(port),
                address=args.address,
            ),
            token,
            _say,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        return worker.run()


def _alone_in(folder: Path) -> Any:
    """The folder for this worker and no other; Raises `Problem` where one is at work in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = open(folder / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Problem(
            "已有同名分析进程在此目录运行。", "a worker is at work in this folder already.", where=str(folder)
        ) from None
    return lock


def _share(text: str) -> float:
    share = float(text)
    if not 0.05 <= share <= 1:
        raise argparse.ArgumentTypeError("0.05 to 1")
    return share


def _say(text: str) -> None:
    print(f"chengyun vision: {text}", file=sys.stderr, flush=True)
