"""What each command does. Imports of models wait until Django is set up."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson


def say(text: str) -> None:
    """Progress, for people."""
    print(text, file=sys.stderr, flush=True)


def show(value: Any) -> None:
    """A result, for programs: one line, or indented where a person looks at it."""
    indent = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    print(orjson.dumps(value, option=indent | orjson.OPT_SORT_KEYS).decode(), flush=True)


def run(args: argparse.Namespace) -> int:
    """Run one command; refusals become one clear message and exit code 2."""
    from django.db import OperationalError

    from chengyun.kernel.errors import Refused
    from chengyun.kernel.packs import PackRefused
    from chengyun.live.scenario import ScenarioRefused

    name = args.command.replace("-", "_")
    try:
        return int(COMMANDS[name](args) or 0)
    except PackRefused as refused:
        say(f"chengyun: the district was refused as a whole; {len(refused.problems)} problems:")
        for problem in refused.problems[:50]:
            say(f"  {problem}")
        if len(refused.problems) > 50:
            say(f"  ... and {len(refused.problems) - 50} more")
        return 2
    except (Refused, ScenarioRefused) as refused:
        say(f"chengyun: {refused}")
        return 2
    except OperationalError as error:
        say(f"chengyun: the database does not answer: {error}")
        say("Check CHENGYUN_DATABASE_URL; `chengyun init --district DIR` prepares a new one.")
        return 2
    except KeyboardInterrupt:
        return 130


def migrate(args: argparse.Namespace) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def init(args: argparse.Namespace) -> None:
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.server import district_folder

    say(f"reading {args.district}")
    # Before the database is touched: what is refused leaves nothing behind.
    data = district_folder.check(args.district)
    if args.check:
        say(f"{args.district}: no problem found")
        return
    say("preparing the database")
    migrate(args)
    district_folder.store(data, say=say)
    people.start_roster(actor=system("init"))
    say(f"{args.district} is loaded, its roster runs")
    if args.demo_accounts:
        print_accounts()


def print_accounts() -> None:
    from chengyun.kernel.actor import system
    from chengyun.people import actions

    say("Accounts for trying it out (shown once; they are not stored in readable form):")
    for username, password in actions.create_demo_accounts(actor=system("init")):
        print(f"  {username:<12} {password}", flush=True)


def serve(args: argparse.Namespace) -> None:
    from chengyun.server import eyes
    from chengyun.server.supervisor import of_this_machine

    migrate(args)
    supervisor = of_this_machine(host=args.host, port=args.port, workers=args.workers)
    if os.environ.get(eyes.TOKEN):
        if lacking := eyes.missing():
            say(
                f"cameras are not analysed: {', '.join(lacking)} not installed (pip install -r requirements-vision.lock)"
            )
        else:
            eyes.add(supervisor, port=args.port, name="local", processes=0)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    signal.signal(signal.SIGINT, supervisor.request_stop)
    supervisor.start()
    say(f"serving on http://{args.host}:{args.port}/  (Ctrl-C stops)")
    supervisor.watch()


def prepare_demo(args: argparse.Namespace) -> bool:
    """A demonstration lives in its own folder, made anew each time; False where another one lives there. Runs before
    Django is set up."""
    from chengyun.server.pace import Taken, hold

    above = Path(os.environ.get("CHENGYUN_DATA_DIR", "var"))
    try:
        hold(above)
    except Taken as holder:
        say(f"chengyun: another demonstration runs in {above.resolve()} (process {holder}).")
        say("Stop it with Ctrl-C, or name another folder: CHENGYUN_DATA_DIR=/tmp/second chengyun demo")
        return False
    folder = above / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["CHENGYUN_DATA_DIR"] = str(folder.resolve())
    os.environ["CHENGYUN_DATABASE_URL"] = args.database or f"sqlite:///{folder.resolve()}/demo.sqlite3"
    return True


def demo(args: argparse.Namespace) -> int:
    from chengyun.server.demo import run_demo

    return run_demo(args, say=say)


def prepare_keep(args: argparse.Namespace) -> bool:
    """A kept night has a folder and a database of its own; False where that cannot be. Runs before Django is set up."""
    folder: Path = args.keep
    if args.database:
        say("--keep makes a database of its own: leave out --database")
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        say(f"{folder} is not empty: name a new folder for the night")
        return False
    folder.mkdir(parents=True, exist_ok=True)
    return True


def replay(args: argparse.Namespace) -> int:
    from chengyun.server.replaying import run_replay

    if args.until:
        args.until = _moment(args.until)
    code = run_replay(args, say=say)
    if args.keep is not None:
        print_accounts()
        say(
            f"kept; CHENGYUN_DATA_DIR={args.keep} chengyun run shows it (its clock stands where the night ended)"
        )
    return code


def rules(args: argparse.Namespace) -> int:
    from chengyun.server.replaying import run_rules_test

    return run_rules_test(args, say=say, show=show)


def why(args: argparse.Namespace) -> None:
    from chengyun.kernel import scope
    from chengyun.kernel.i18n import T
    from chengyun.live.why import explain

    # Whoever can open the database file or holds its password sees all of it anyway.
    steps = explain(args.kind, args.id, scope.ALL)
    if args.json:
        show([step.as_dict() for step in steps])
        return
    from django.utils import timezone

    for step in steps:
        row = step.as_dict()
        local = timezone.localtime(step.entry.at)
        print(
            f"{'  ' * step.depth}{local:%m-%d %H:%M:%S}  {row['label']}  {row['subject']}"
            f"  {T('由', 'by')} {row['actor']}"
        )
        if row["payload"]:
            print(f"{'  ' * step.depth}    {orjson.dumps(row['payload']).decode()}")


def verify(args: argparse.Namespace) -> int:
    from chengyun.live import verify as verifying
    from chengyun.server.time import install_stored_clock

    install_stored_clock()
    report = verifying.run(timers_must_be_on_time=not args.at_rest)
    if args.json:
        show({"ok": report.ok, "faults": report.faults, "warnings": report.warnings, **report.figures})
    else:
        print("\n".join(_verified(report)))
    return 0 if report.ok else 1


def _verified(report: Any) -> list[str]:
    """A report of `verify` for a person."""
    from chengyun.kernel.i18n import T

    lines = [f"{name:<20} {'-' if value is None else value}" for name, value in report.figures.items()]
    lines += [f"{T('注意', 'NOTE')}  {warning}" for warning in report.warnings]
    lines += [f"{T('故障', 'FAULT')} {fault}" for fault in report.faults]
    number = len(report.faults)
    lines.append(
        str(T("一切正常", "all is well") if report.ok else T(f"{number} 项故障", f"{number} faults"))
    )
    return lines


def _moment(text: str) -> datetime:
    """A time of the command line; without an offset it is the district's. Raises Invalid."""
    from django.utils import timezone

    from chengyun.kernel.errors import Invalid
    from chengyun.kernel.i18n import T

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            "bad_time",
            T(f"{text} 不是时间", f"{text} is not a time"),
            hint=T("例如 2023-12-31T18:00+08:00", "For example 2023-12-31T18:00+08:00"),
        ) from error
    return moment if moment.tzinfo else timezone.make_aware(moment)


def export_scenario(args: argparse.Namespace) -> None:
    from chengyun.live.export import export

    done = export(args.folder, start=_moment(args.start), end=_moment(args.end))
    say(f"{done.messages} messages and {done.commands} commands of people written to {args.folder}")
    for line in done.left_out:
        say(f"  left out: {line}")


def token(args: argparse.Namespace) -> None:
    from chengyun.kernel.actor import system
    from chengyun.people import actions

    print(actions.issue_token(actor=system("operator"), source=args.source))


def bench(args: argparse.Namespace) -> int:
    from chengyun.server.bench import run_bench

    return run_bench(args, say=say, show=show)


def worker(args: argparse.Namespace) -> int:
    from chengyun.server import worker as working

    return working.main(args.slot)


def front(args: argparse.Namespace) -> int:
    from chengyun.server.front.app import main

    return main(args.host, args.port)


def mqtt(args: argparse.Namespace) -> int:
    from chengyun.server.time import install_stored_clock
    from chengyun.signals import mqtt as consumer

    install_stored_clock()
    return consumer.main()


def import_sheet(args: argparse.Namespace) -> int:
    from chengyun.server.sheet_command import run

    return run(args)


COMMANDS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "init": init,
    "run": serve,
    "demo": demo,
    "replay": replay,
    "rules": rules,
    "why": why,
    "verify": verify,
    "export_scenario": export_scenario,
    "import": import_sheet,
    "token": token,
    "bench": bench,
    "worker": worker,
    "front": front,
    "mqtt": mqtt,
    "migrate": migrate,
}
