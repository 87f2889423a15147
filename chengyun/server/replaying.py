"""`chengyun replay` and `chengyun rules test`: the scratch database around a night, and the result as JSON."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.core.management import call_command
from django.utils import timezone

from chengyun.alerts import facts, trial
from chengyun.alerts.logic.trial import Seen
from chengyun.kernel import clock
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.live import difference, replay, timeline, verify
from chengyun.live.report import Report, report
from chengyun.live.scenario import Scenario
from chengyun.server import district_folder
from chengyun.server.time import store_clock
from chengyun.signals import actions as signals
from chengyun.signals.actions import Message
from chengyun.signals.models import Observation


def run_replay(args: argparse.Namespace, *, say: Callable[[str], None]) -> int:
    """Play a night; with `--rules OTHER` play it a second time and print what differs."""
    rate = None if args.speed == "max" else float(args.speed)
    scenario = Scenario(args.scenario, district=args.district)
    if args.until:
        # What is not over by then stays open, as it was at that moment.
        scenario.meta.end = min(max(args.until, scenario.meta.start), scenario.meta.end)
    night, faults = _night(scenario, rate, args.with_rules, say)
    result = night.as_dict()
    if args.rules:
        other = _other_night(args)
        found = difference.compare(result, other)
        print("\n".join(difference.lines(found)))
        result = {"before": result, "after": other, "difference": found}
    if args.json:
        args.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
        say(f"written to {args.json}")
    if args.keep is not None:
        # Whoever serves this folder lives at the end of the night, and time does not go on: nothing more falls due.
        store_clock(virtual0=scenario.meta.end, rate=1, leashed=True)
    return 1 if faults else 0


def _other_night(args: argparse.Namespace) -> dict[str, Any]:
    """The same night with other rules, in a process of its own: nothing that one night remembers may reach the other."""
    with tempfile.TemporaryDirectory(prefix="chengyun-") as folder:
        out = Path(folder) / "night.json"
        command = [
            sys.executable,
            "-m",
            "chengyun.server.cli",
            "replay",
            str(args.scenario),
            "--speed",
            args.speed,
            *(["--district", str(args.district)] if args.district else []),
            *(["--until", args.until.isoformat()] if args.until else []),
        ]
        # Its scratch database lies in our folder: it goes with it, even where that process is killed.
        done = subprocess.run(
            [*command, "--with-rules", str(args.rules), "--json", str(out)],
            env=os.environ | {"TMPDIR": folder},
            check=False,
        )
        # 1: what people did that night was refused under these rules, which is part of the difference.
        if done.returncode not in (0, 1) or not out.exists():
            raise Invalid(
                "other_rules_failed",
                T("另一套规则未能复演", "The night could not be played with the other rules"),
                hint=T("原因见上。", "See above for the reason."),
            )
        night: dict[str, Any] = orjson.loads(out.read_bytes())
        return night


def _night(
    scenario: Scenario, rate: float | None, rules: Path | None, say: Callable[[str], None]
) -> tuple[Report, int]:
    call_command("migrate", verbosity=0, interactive=False)
    shown: list[datetime] = []

    def watch(now: datetime) -> None:
        if not shown or (now - shown[-1]).total_seconds() >= 1800:
            shown.append(now)
            say(f"  {timezone.localtime(now):%m-%d %H:%M}")

    def load(folder: Path) -> None:
        district_folder.load(folder, rules=rules)

    say(f"playing {scenario.meta.code}" + (f" with {rules}" if rules else ""))
    played = replay.play(scenario, load_district=load, rate=rate, watch=watch)
    result = report(scenario, played)
    say(f"{result.journal['entries']} journal entries in {played.wall_s:.1f} s")
    for outcome in played.outcomes:
        if outcome.fault:
            say(f"  refused at {timezone.localtime(outcome.at):%H:%M:%S}: {outcome.act}: {outcome.error}")
    # Nobody looks at the log of a night in a scratch database: a timer that failed in it is a fault like any other.
    with clock.use(clock.Virtual(scenario.meta.end)):
        broken = verify.run(timers_must_be_on_time=False).faults
    for fault in broken:
        say(f"  FAULT {fault}")
    return result, len(broken) + sum(outcome.fault for outcome in played.outcomes)


def run_rules_test(
    args: argparse.Namespace, *, say: Callable[[str], None], show: Callable[[Any], None]
) -> int:
    """What the rules of a file would have done on a scenario's inputs; exit 1 if a rule could not be tried."""
    scenario = Scenario(args.on, district=args.district)
    call_command("migrate", verbosity=0, interactive=False)
    district_folder.load(scenario.district_folder)
    streams = facts.streams()
    source, steps = timeline.steps_of(scenario, args.posture)
    tried = trial.rules_test(
        args.file,
        readings(scenario),
        streams,
        timeline.thresholds(steps),
        since=int(scenario.meta.start.timestamp() * 1000),
    )
    tried.posture = source
    if args.json:
        show(tried.as_dict())
    else:
        print(_of_posture(source, len(steps)))
        print("\n".join(tried.lines()))
    return 1 if tried.problems else 0


def _of_posture(source: str, changes: int) -> str:
    if source == "none":
        words = T(
            "不知道当晚的运行模式：按规则自身阈值试算（--posture 可给出复演结果）",
            "the modes of that night are not known: the rules' own thresholds are tried (--posture takes a replay's result)",
        )
    else:
        words = T(
            f"当晚的运行模式取自 {source}：{changes} 次变化",
            f"the modes of that night are taken from {source}: {changes} changes",
        )
    return str(words)


def readings(scenario: Scenario) -> Iterator[Seen]:
    """What the doors of the platform take of a scenario's inputs, in the order of arrival: nothing is judged meanwhile."""
    for message in scenario.inputs():
        signals.receive_many(
            [Message(message.source, message.body, message.form, message.key, "", message.at)], judged=False
        )
    rows = Observation.objects.order_by("arrived_ms", "message", "idx")
    for stream, at, value, arrived in rows.values_list("stream_id", "at_ms", "value", "arrived_ms"):
        yield Seen(key=stream, at=at, value=value, arrived=arrived)
