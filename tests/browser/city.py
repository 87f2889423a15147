"""A running platform for the browser: its own data folder, all its real processes, a port of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser import ROOT

START_S = 90


@dataclass
class City:
    folder: Path
    port: int
    accounts: dict[str, str]
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default=Path())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.log = self.folder / "run.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until_up()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"the platform ended at once:\n{self.log.read_text()[-3000:]}")
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"{self.url}/api/people/csrf", timeout=2) as answer:
                    if answer.status == 200:
                        return
            time.sleep(0.1)
        raise TimeoutError(f"the platform did not come up:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def processes(self, word: str) -> list[int]:
        """The process ids of this city whose command line contains a word."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                home = f"CHENGYUN_DATA_DIR={self.environment['CHENGYUN_DATA_DIR']}".encode()
                if word in line and home in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        # Which build of the console is looked at is the caller's choice; all else of the machine's own settings is not.
        if key == "CHENGYUN_WEB" or not key.startswith(("CHENGYUN_", "COV_"))
    }
    return kept | {
        "CHENGYUN_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "chengyun.server.settings",
        "LANG": "zh_CN.UTF-8",
    }


@contextlib.contextmanager
def still_city(folder: Path, *, until: str, scenario: str = "scenarios/nye-2023") -> Iterator[City]:
    """The night up to a moment, standing there."""
    env = environment(folder)
    made = subprocess.run(
        [sys.executable, "-m", "tests.browser.still", scenario, until],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(made.stderr[-3000:])
    accounts = json.loads(made.stdout.splitlines()[-1])["accounts"]
    port = free_port()
    command = [sys.executable, "-m", "chengyun.server.cli", "run", "--port", str(port), "--workers", "1"]
    city = City(folder, port, accounts, command, env)
    try:
        city.start()
        yield city
    finally:
        city.stop()


@contextlib.contextmanager
def live_city(
    folder: Path, *, rate: float, play: str = "", scenario: str = "scenarios/nye-2023"
) -> Iterator[City]:
    """`chengyun demo`: the night as it runs, with the parts of `play` left to the test."""
    env = environment(folder)
    port = free_port()
    command = [
        sys.executable, "-m", "chengyun.server.cli", "demo", "--plain", "--once", "--port", str(port),
        "--rate", str(rate), "--play", play, "--scenario", scenario,
    ]  # fmt: skip
    city = City(folder, port, {}, command, env | {"CHENGYUN_DATA_DIR": str(folder)})
    try:
        city.start()
        city.accounts = _printed(city)
        # For commands about this night: a demonstration keeps its own folder and database.
        city.environment = city.environment | {
            "CHENGYUN_DATA_DIR": str(folder / "demo"),
            "CHENGYUN_DATABASE_URL": f"sqlite:///{folder / 'demo' / 'demo.sqlite3'}",
        }
        yield city
    finally:
        city.stop()


def _printed(city: City) -> dict[str, str]:
    """The accounts that a demonstration prints once it is up."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        lines = city.log.read_text().splitlines()
        for number, line in enumerate(lines):
            if "Accounts of this run" in line:
                rows = [one.split() for one in lines[number + 1 :]]
                found = {row[0]: row[1] for row in rows if len(row) == 2}
                if "grid" in found:
                    return found
        time.sleep(0.1)
    raise TimeoutError(f"no accounts were printed:\n{city.log.read_text()[-3000:]}")
