"""`chengyun replay` and `chengyun rules test`: the scratch database around a night, and the result as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.core.management import call_command
from django.utils import timezone

from chengyun.live import replay
from chengyun.live.report import Report, difference, report
from chengyun.live.scenario import Scenario
from chengyun.server import district_folder


def run_replay(args: argparse.Namespace, *, say: Callable[[str], None]) -> int:
    rate = None if args.speed == "max" else float(args.speed)
    scenario = Scenario(args.scenario)
    if args.rules:
        before = _night(scenario, rate, None, say)
        after = _night(scenario, rate, args.rules, say)
        text = difference(before, after)
        print(text)
        result: dict[str, Any] = {"before": before.as_dict(), "after": after.as_dict()}
    else:
        result = _night(scenario, rate, None, say).as_dict()
    if args.json:
        args.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
        say(f"written to {args.json}")
    return 0


def _night(scenario: Scenario, rate: float | None, rules: Path | None, say: Callable[[str], None]) -> Report:
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
        if outcome.error:
            say(f"  refused at {timezone.localtime(outcome.at):%H:%M:%S}: {outcome.act}: {outcome.error}")
    return result
