"""What a demonstration gets right on a machine that is slow, small or busy already."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from django.utils import translation
from rich.console import Console

from chengyun.kernel import clock
from chengyun.server import demo, pace, screen
from chengyun.server.time import Leash
from tests.live import short

START = datetime(2023, 12, 31, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "terminal", "columns", "rows", "answer"),
    [
        (False, True, 120, 40, None),
        (True, True, 120, 40, ""),
        (False, False, 120, 40, ""),
        (False, True, 60, 40, "60x40"),
        (False, True, 120, 20, "120x20"),
    ],
)
def test_a_screen_is_drawn_only_where_it_fits(asked, terminal, columns, rows, answer):
    with translation.override("en"):
        why = pace.why_plain(asked=asked, terminal=terminal, columns=columns, rows=rows)
    assert (
        why is None if answer is None else (why is not None and answer in why and bool(answer) == bool(why))
    )


def test_a_slow_machine_is_told_by_its_real_rate():
    meter = pace.Pace(600)
    with translation.override("en"):
        notes = [meter.note(float(s), START + timedelta(seconds=85 * s)) for s in range(30)]
    assert not any(notes[:9]) and "running at 85x instead of 600x" in notes[-1]
    with translation.override("zh-hans"):
        assert "85 倍" in meter.note(31, START + timedelta(seconds=85 * 31))


def test_a_machine_that_keeps_up_or_has_caught_up_is_told_nothing():
    meter = pace.Pace(100)
    assert not any(meter.note(float(s), START + timedelta(seconds=97 * s)) for s in range(30))
    hiccup = pace.Pace(100)
    moments = [START + timedelta(seconds=10 * min(s, 20) + 100 * max(0, s - 20)) for s in range(60)]
    notes = [hiccup.note(float(s), now) for s, now in enumerate(moments)]
    assert notes[19] and not notes[-1]


def test_time_waits_for_its_inputs_and_never_runs_backwards(tmp_path, monkeypatch):
    wall = START
    monkeypatch.setattr(clock, "wall", lambda: wall)
    leash = Leash.make(tmp_path / "limit", START)
    scaled = clock.Scaled(real0=START, virtual0=START, rate=600, limit=Leash(tmp_path / "limit").limit)
    wall += timedelta(seconds=10)
    assert scaled.now() == START, "nothing was let out yet"
    leash.let_out(START + timedelta(minutes=5))
    assert scaled.now() == START + timedelta(minutes=5)
    leash.let_out(START + timedelta(minutes=1))
    assert scaled.now() == START + timedelta(minutes=5), "pulled in again"
    leash.let_out(START + timedelta(hours=9))
    assert scaled.now() == START + timedelta(seconds=6000), "its own rate again"


def test_a_folder_is_held_by_one_and_free_when_that_one_ends(tmp_path):
    script = (
        "import sys; from pathlib import Path; from chengyun.server.pace import hold; "
        "hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdin is not None and other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(pace.Taken, match=str(other.pid)):
        pace.hold(tmp_path)
    other.stdin.close()
    other.wait()
    other.stdout.close()
    os.close(pace.hold(tmp_path))


def test_a_port_that_is_taken_is_replaced():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert demo._free_port(port) not in (0, port)


def test_the_screen_says_what_stands_in_the_nights_way():
    people = {"value": 51000.0, "lower_bound": True, "with_data": 28, "of": 30, "at": START, "limit": None}
    view = {
        "now": START, "place": "x", "people": people | {"limit": 50000.0}, "mode": "emergency", "mode_label": "应急战时",
        "level": 1, "proposal": "", "alerts": [], "alert_count": 0, "alerts_hidden": 0, "incident_count": 0, "cases": [],
        "case_count": 0, "case_counts": [], "story": [],
    }  # fmt: skip
    console = Console(width=pace.WIDTH, height=pace.HEIGHT, record=True, file=open(os.devnull, "w"))
    console.print(screen.draw(view, note="running at 85x"))
    text = console.export_text()
    assert "running at 85x" in text and "≥ 51,000" in text and "28 of 30" in text
    # A district without a limit has its people counted all the same.
    console.print(screen.draw(view | {"people": people}))
    assert "51,000" in console.export_text()


def test_a_night_is_lived_to_its_end_by_the_real_processes(tmp_path):
    """The short evening, live: what its opening does is waited for too, and nothing is left undone at the end."""
    folder = short.write_scenario(tmp_path)
    cast = yaml.safe_load((folder / "actors.yaml").read_text("utf-8"))
    cast["actors"].append(
        {
            "id": "drafts", "who": "DUTY", "on": {"kind": "shift.opened", "where": {}}, "after_s": 3600, "times": 1,
            "do": "people.draft_hand_over", "args": {"shift_id": "$id"},
        }
    )  # fmt: skip
    (folder / "actors.yaml").write_text(yaml.safe_dump(cast, allow_unicode=True), "utf-8")
    command = [
        sys.executable,
        "-m",
        "chengyun.server.cli",
        "demo",
        "--scenario",
        str(folder),
        "--once",
        "--plain",
    ]
    done = subprocess.run(
        [*command, "--rate", "600", "--port", "0"],
        env=os.environ | {"CHENGYUN_DATA_DIR": str(tmp_path / "var"), "CHENGYUN_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "chain whole" in done.stderr and "FAULT" not in done.stderr
    with closing(sqlite3.connect(tmp_path / "var/demo/demo.sqlite3")) as database:
        kinds = dict(database.execute("SELECT kind, count(*) FROM kernel_journalentry GROUP BY kind"))
        (stored,) = database.execute("SELECT count(*) FROM signals_observation").fetchone()
    assert kinds["shift.drafted"] == kinds["posture.declared"] == 1 and kinds["case.reported"] >= 1
    # At 600 times real time a reading that is half a second on its way is five minutes late, and may be set apart for it.
    assert stored > 0
