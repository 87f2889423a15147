"""`make demo`: the platform itself on sample data. Nothing here exists for the show alone but the outside world."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone
from rich.live import Live

from chengyun.kernel import clock, journal, scope
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry
from chengyun.live import verify
from chengyun.live.overview import overview
from chengyun.live.replay import open_scene
from chengyun.live.scenario import Scenario
from chengyun.people import actions as people
from chengyun.server import district_folder, eyes, screen
from chengyun.server.pace import Pace, left_to_you, why_plain
from chengyun.server.supervisor import Supervisor, of_this_machine, web_socket
from chengyun.server.time import Leash, leash_path, store_clock

# The platform's processes start meanwhile, and nothing of the night is missed.
STARTS_IN_S = 6.0
# A look costs some twenty queries; the platform needs the machine more than the screen does.
LOOK_EVERY_S = 1.0
# Until the scripted people have done what they meant to do before the end.
FINISH_WITHIN_S = 60.0


def run_demo(args: argparse.Namespace, *, say: Callable[[str], None]) -> int:
    scenario = Scenario(args.scenario)
    unknown = left_to_you(args.play) - {act.who for act in scenario.acts}
    if unknown:
        say(f"--play: nobody in {args.scenario} acts as {', '.join(sorted(unknown))}")
        return 2
    port = _free_port(args.port)
    if port != args.port:
        say(f"port {args.port} is taken; using {port}")
    say("1/4  preparing the database")
    call_command("migrate", verbosity=0, interactive=False)
    say(f"2/4  loading the district {scenario.meta.district}")
    with clock.use(clock.Virtual(scenario.meta.start)):
        district_folder.load(scenario.district_folder)
        say("3/4  opening the shift, creating accounts")
        # What the opening does is part of the night: somebody may be waiting for it, such as for the shift it opened.
        before = journal.last_id()
        open_scene(scenario)
        accounts = people.create_demo_accounts(actor=system("demo"))
        sources = sorted({message.source for message in scenario.inputs()})
        tokens = {source: people.issue_token(actor=system("demo"), source=source) for source in sources}
        eyes_of = eyes.of_demo(scenario.district_folder, port, args.rate, dict(os.environ), say)
    say(f"4/4  starting the platform; {scenario.meta.title_en} at {args.rate:g} times real time")
    supervisor = of_this_machine(host="127.0.0.1", port=port, workers=2)
    supervisor.environment |= {
        "CHENGYUN_PLAY": str(args.scenario.resolve()),
        "CHENGYUN_PLAY_TOKENS": json.dumps(tokens),
        "CHENGYUN_PLAY_PORT": str(port),
        "CHENGYUN_PLAY_AFTER": str(before),
        "CHENGYUN_PLAY_LEAVE": args.play,
    }
    store_clock(virtual0=scenario.meta.start, rate=args.rate, starts_in_s=STARTS_IN_S, leashed=True)
    supervisor.start()
    try:
        _wait_for_port(port)
        player = Supervisor(supervisor.environment)
        player.add("player", sys.executable, "-m", "chengyun.server.player")
        player.start()
        eyes_of.start()
        _print_accounts(port, accounts)
        try:
            _watch(args, scenario, [supervisor, eyes_of], player, say)
            _let_them_finish(player)
        finally:
            player.stop()
        return _finish(args, [supervisor, eyes_of], port, say)
    except KeyboardInterrupt:
        return 130
    finally:
        say("stopping")
        eyes_of.stop()
        supervisor.stop()


def _print_accounts(port: int, accounts: list[tuple[str, str]]) -> None:
    print(f"\nThe console: http://127.0.0.1:{port}/console/   Accounts of this run:", file=sys.stderr)
    for username, password in accounts:
        print(f"  {username:<12} {password}", file=sys.stderr)
    print(file=sys.stderr, flush=True)


def _watch(
    args: argparse.Namespace,
    scenario: Scenario,
    supervisors: Sequence[Supervisor],
    player: Supervisor,
    say: Callable[[str], None],
) -> None:
    """Show the night until it ends: a screen where there is one, else a line per ten minutes and per event."""
    size = shutil.get_terminal_size()
    plain = why_plain(asked=args.plain, terminal=sys.stdout.isatty(), columns=size.columns, rows=size.lines)
    pace = Pace(args.rate)

    def look() -> str:
        """Keep the processes going, and tell what stands in the night's way."""
        for supervisor in supervisors:
            supervisor.tend()
        _mind_the_feed(player, scenario, say)
        return pace.note(time.monotonic(), clock.now())

    if plain is not None:
        if plain:
            say(plain)
        _watch_plain(scenario, look)
        return
    with Live(console=screen.console(), screen=True, refresh_per_second=2) as live:
        while clock.now() < scenario.meta.end:
            live.update(screen.draw(overview(scope.ALL), note=look()))
            time.sleep(LOOK_EVERY_S)


def _let_them_finish(player: Supervisor) -> None:
    """The scripted people end by themselves, with what they meant to do; on a busy machine that takes a while."""
    child = player.children[0]
    if child.process is not None:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(FINISH_WITHIN_S)


def _mind_the_feed(player: Supervisor, scenario: Scenario, say: Callable[[str], None]) -> None:
    """Without the outside world nothing arrives any more; the night goes on, instead of waiting for it for ever."""
    child = player.children[0]
    if child.process is None or child.process.poll() is None:
        return
    if child.process.returncode:
        say(
            f"the feed has ended with {child.process.returncode}; nothing arrives any more. See the messages above."
        )
    Leash(leash_path()).let_out(scenario.meta.end + timedelta(days=3650))
    child.process = None


def _watch_plain(scenario: Scenario, look: Callable[[], str]) -> None:
    shown_at, shown_entry = (
        None,
        JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0,
    )
    while (now := clock.now()) < scenario.meta.end:
        view = overview(scope.ALL, story_after=shown_entry)
        for row in view["story"]:
            shown_entry = max(shown_entry, row["id"])
            print(f"  {timezone.localtime(row['at']):%H:%M:%S}  {row['text']}", flush=True)
        note = look()
        if shown_at is None or now - shown_at >= timedelta(minutes=10):
            shown_at = now
            print(screen.line(view) + (f"  ({note})" if note else ""), flush=True)
        time.sleep(LOOK_EVERY_S)


def _finish(
    args: argparse.Namespace, supervisors: Sequence[Supervisor], port: int, say: Callable[[str], None]
) -> int:
    """The night is over: prove that nothing was lost, then serve on until somebody stops it."""
    time.sleep(1.0)
    report = verify.run()
    print(screen.line(overview(scope.ALL)))
    say(
        f"the night is over; {report.figures['entries']} journal entries, chain {'whole' if report.ok else 'FAULTY'}"
    )
    for fault in report.faults:
        say(f"  FAULT {fault}")
    if args.once:
        return 0 if report.ok else 1
    say(f"still serving on http://127.0.0.1:{port}/console/  (Ctrl-C stops)")
    while True:
        for supervisor in supervisors:
            supervisor.tend()
        time.sleep(LOOK_EVERY_S)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def _wait_for_port(port: int, seconds: float = 90) -> None:
    """Until the front and the web server behind it both listen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as front, socket.socket(socket.AF_UNIX) as web:
            front.settimeout(0.5)
            web.settimeout(0.5)
            if not front.connect_ex(("127.0.0.1", port)) and not web.connect_ex(str(web_socket())):
                return
        time.sleep(0.1)
    raise TimeoutError(
        f"the web server did not come up on port {port} within {seconds:.0f} s; see the messages above"
    )
