"""The command line that people and checks rely on. `chengyun COMMAND --help` describes each.

Progress goes to stderr, results to stdout. Exit codes: 0 done, 1 a check found faults, 2 wrong use or bad input.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from chengyun.server import commands


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="chengyun", description="The operations platform for a city district. 城运平台"
    )
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    init = sub.add_parser("init", help="validate and load a district; all or nothing")
    init.add_argument("--district", type=Path, required=True, help="the folder that holds district.yaml")
    init.add_argument("--check", action="store_true", help="validate only; change nothing")
    init.add_argument(
        "--demo-accounts",
        action="store_true",
        help="create the accounts of roles.yaml, print their passwords once",
    )

    run = sub.add_parser("run", help="every process under one supervisor; clean stop on Ctrl-C")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=8000)
    run.add_argument("--workers", type=int, default=2, help="web processes")

    demo = sub.add_parser("demo", help="watch New Year's Eve 2023 happen on this machine")
    demo.add_argument("--scenario", type=Path, default=Path("scenarios/nye-2023"))
    demo.add_argument(
        "--rate",
        type=float,
        default=120.0,
        help="times real time (default 120: ten hours in five minutes; slower where the machine is)",
    )
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--once", action="store_true", help="end when the night ends, instead of serving on")
    demo.add_argument("--plain", action="store_true", help="a line per change instead of a screen")
    demo.add_argument(
        "--play",
        default="",
        metavar="POST,...",
        help="leave to you what these posts did that night, for example DUTY: log in as `duty` and do it yourself",
    )

    replay = sub.add_parser("replay", help="a night on a scratch database in virtual time")
    replay.add_argument("scenario", type=Path)
    replay.add_argument("--speed", default="max", help='"max", or times real time')
    replay.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the result here (schemas: replay.schema.json and difference.schema.json in chengyun/live)",
    )
    replay.add_argument(
        "--rules", type=Path, metavar="OTHER", help="play it again with these rules and print the difference"
    )
    replay.add_argument(
        "--district", type=Path, metavar="DIR", help="the district, where it is not found by name"
    )
    replay.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep the night as a data folder (new or empty); CHENGYUN_DATA_DIR=DIR chengyun run shows it in the console",
    )
    replay.add_argument(
        "--until", metavar="MOMENT", help="no further than this; a kept night stands there: 2023-12-31T20:45"
    )
    replay.add_argument("--with-rules", type=Path, help=argparse.SUPPRESS)

    rules = sub.add_parser("rules", help="work on rules").add_subparsers(dest="rules_command", required=True)
    test = rules.add_parser("test", help="what a rule would have done")
    test.add_argument("file", type=Path)
    test.add_argument("--on", type=Path, required=True, metavar="SCENARIO")
    test.add_argument(
        "--district", type=Path, metavar="DIR", help="the district, where it is not found by name"
    )
    test.add_argument(
        "--posture",
        type=Path,
        metavar="FILE",
        help="the modes of that night: the result of `chengyun replay --json`, or its list `posture`",
    )
    test.add_argument("--json", action="store_true")

    why = sub.add_parser("why", help="the chain that led here")
    why.add_argument("kind", help="alert, case, incident, proposal ...")
    why.add_argument("id")
    why.add_argument("--json", action="store_true")

    verify = sub.add_parser("verify", help="check chain, orphans, clocks, timers; exit 1 on any fault")
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--at-rest", action="store_true", help="no worker runs: do not count late timers as a fault"
    )

    export = sub.add_parser("export-scenario", help="turn a stretch of the input log into a scenario")
    export.add_argument("folder", type=Path)
    export.add_argument("--from", dest="start", required=True)
    export.add_argument("--to", dest="end", required=True)

    sheet = sub.add_parser(
        "import",
        help="read a registry's sheet in (.xlsx or .csv): all of it, or nothing and each refusal by line",
    )
    sheet.add_argument("file", type=Path)
    sheet.add_argument("--sheet", required=True, metavar="CODE", help="camera-filing, assets, staff ...")
    sheet.add_argument("--check", action="store_true", help="say what would change; change nothing")
    sheet.add_argument(
        "--as",
        dest="as_user",
        metavar="LOGIN",
        help="within what this log-in may see and edit (default: everything)",
    )

    token = sub.add_parser("token", help="issue an API token for a source; it is shown once")
    token.add_argument("source")

    bench = sub.add_parser("bench", help="measure on this machine; a missed bar is a figure, not a failure")
    bench.add_argument(
        "name",
        choices=("ingest", "click", "alerts", "timers", "cases", "replay", "sse", "console", "vision", "all"),
    )
    bench.add_argument("--json", action="store_true")
    bench.add_argument("--peers", action="store_true", help="run the peers too, interleaved")
    bench.add_argument("--quick", action="store_true", help="one short repeat, to see that it runs")

    worker = sub.add_parser("worker", help="timers, outbox and seal (run starts two)")
    worker.add_argument("--slot", type=int, default=0)
    front = sub.add_parser(
        "front", help="holds the port: the live stream, the rest to the web server (run starts it)"
    )
    front.add_argument("--host", default="127.0.0.1")
    front.add_argument("--port", type=int, default=8000)
    sub.add_parser("mqtt", help="the MQTT consumer (run starts it where CHENGYUN_MQTT is set)")
    sub.add_parser("migrate", help="bring the database up to date")

    # Its arguments are its own: `main` hands them on before anything of the platform starts.
    vision = sub.add_parser(
        "vision", add_help=False, help="the camera worker: analyse a clip, presets, models ..."
    )
    vision.add_argument("rest", nargs=argparse.REMAINDER)

    for command in sub.choices.values():
        command.add_argument(
            "--database",
            metavar="URL",
            help="sqlite:///PATH or postgres://user@host/name (default: CHENGYUN_DATABASE_URL)",
        )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["vision"]:
        # The worker stands alone: neither Django nor a database, and its libraries are loaded only now.
        from chengyun_vision import cli as vision

        return vision.main(given[1:])
    args = parser().parse_args(given)
    if args.database:
        os.environ["CHENGYUN_DATABASE_URL"] = args.database
    with contextlib.ExitStack() as held:
        if args.command in ("replay", "rules"):
            # A night on a database of its own: whatever this machine holds is not touched.
            if getattr(args, "keep", None) is not None:
                if not commands.prepare_keep(args):
                    return 2
                # Where `chengyun run` looks for it.
                folder, name = str(args.keep.resolve()), "chengyun.sqlite3"
            else:
                folder, name = held.enter_context(_scratch()), "replay.sqlite3"
            os.environ["CHENGYUN_DATA_DIR"] = folder
            os.environ["CHENGYUN_DATABASE_URL"] = args.database or f"sqlite:///{folder}/{name}"
        if args.command == "demo" and not commands.prepare_demo(args):
            return 2
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengyun.server.settings")
        import django

        django.setup()
        from django.utils import translation

        # The terminal speaks the language of its user; pages follow the browser.
        language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        translation.activate("zh-hans" if language.startswith("zh") else "en")
        return commands.run(args)


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    """A folder that is gone when the command ends, also when it is told to: by itself SIGTERM tidies nothing up."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="chengyun-") as folder:
        yield folder


if __name__ == "__main__":
    sys.exit(main())
