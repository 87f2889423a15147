"""`chengyun replay --keep DIR`: a night that was played offline is opened in the console like one that was lived."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.live import short

ROOT = Path(__file__).resolve().parents[2]
# What a console does with it: log in, list the nights, jump into one.
LOOK = """
import django; django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
from chengyun.kernel import clock
from chengyun.server.time import install_stored_clock
install_stored_clock()
before = clock.now()
client = Client(); client.force_login(get_user_model().objects.get(username="duty"))
nights = client.get("/api/live/nights").json()["items"]
state = client.get("/api/live/tape/state?at=2023-12-31T08:40:00Z").json()
print(len(nights), nights[0]["shift"], len(state["rows"]["alert"]) > 0, state["values_from"])
print(before == clock.now(), before.isoformat())
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "CHENGYUN_DATABASE_URL"}
    environment |= {"CHENGYUN_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "chengyun.server.settings"}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_replayed_night_is_kept_and_opened(tmp_path: Path) -> None:
    scenario, folder = short.write_scenario(tmp_path), tmp_path / "kept"
    words = ["-m", "chengyun.server.cli", "replay", str(scenario), "--keep", str(folder)]
    done = run(tmp_path, *words)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "duty" in done.stdout
    look = run(folder, "-c", LOOK)
    assert look.returncode == 0, look.stderr[-2000:]
    nights, shift, alerts, values = look.stdout.splitlines()[0].split()
    assert int(nights) >= 1 and shift and (alerts, values) == ("True", "observations")
    assert look.stdout.splitlines()[1] == "True 2023-12-31T09:30:00+00:00"
    again = run(tmp_path, *words)
    assert again.returncode == 2 and "not empty" in again.stderr


def test_a_night_that_is_played_to_a_moment_stands_there(tmp_path: Path) -> None:
    scenario, folder = short.write_scenario(tmp_path), tmp_path / "kept"
    words = ["replay", str(scenario), "--keep", str(folder), "--until", "2023-12-31T16:40+08:00"]
    done = run(tmp_path, "-m", "chengyun.server.cli", *words)
    assert done.returncode == 0, done.stderr[-2000:]
    look = run(folder, "-c", LOOK)
    assert look.returncode == 0, look.stderr[-2000:]
    assert look.stdout.splitlines()[1] == "True 2023-12-31T08:40:00+00:00"
