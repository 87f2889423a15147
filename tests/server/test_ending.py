"""A command that is told to end, at whatever moment, leaves nothing behind in the folder for what is temporary."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live import short

ROOT = Path(__file__).resolve().parents[2]
STARTING_S = 1.0  # the command line is read by then, and Django is not up yet


@contextmanager
def started(tmp_path: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command whose temporary folder is `tmp_path/tmp`; ended at the end whatever happens."""
    (tmp_path / "tmp").mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHENGYUN_")}
    environment |= {"TMPDIR": str(tmp_path / "tmp"), "CHENGYUN_DATA_DIR": str(tmp_path / "data")}
    environment |= {"LANG": "en_GB.UTF-8"}
    (tmp_path / "data").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "chengyun.server.cli", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def hears(process: subprocess.Popen[str], word: str) -> None:
    """Waits until the command says so; it may end before, which is then seen below."""
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return


def ended(process: subprocess.Popen[str], folder: Path) -> int:
    process.send_signal(signal.SIGTERM)
    code = process.wait(30)
    ends = time.monotonic() + 10  # children end with their parent, a moment later
    while (left := os.listdir(folder)) and time.monotonic() < ends:
        time.sleep(0.1)
    assert left == []
    return code


@pytest.mark.parametrize("words", ["worker", "front --port 0", "run --port 0 --workers 1", "demo --port 0"])
def test_while_it_starts(tmp_path, words):
    with started(tmp_path, *words.split()) as process:
        time.sleep(STARTING_S)
        ended(process, tmp_path / "tmp")


def test_while_it_runs(tmp_path):
    with started(tmp_path, "run", "--port", "0", "--workers", "1") as process:
        hears(process, "serving on")
        ended(process, tmp_path / "tmp")


def test_a_night_that_is_broken_off_takes_its_scratch_database_with_it(tmp_path):
    with started(tmp_path, "replay", str(short.write_scenario(tmp_path)), "--speed", "1") as process:
        hears(process, "playing")
        assert os.listdir(tmp_path / "tmp") != [], "a night is played on a database of its own"
        assert ended(process, tmp_path / "tmp") == 128 + signal.SIGTERM
