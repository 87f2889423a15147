"""`chengyun run`: every process of one machine under one parent, which restarts what dies and stops all on Ctrl-C."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.conf import settings

from chengyun.kernel import doorbell

STOP_WITHIN_S = 15
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel (Linux) end this process with its parent: it would keep the port, and nobody would tend it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A process: how it is started, and its recent deaths (restarts slow down for one that keeps dying)."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    start_after: float = 0.0
    started: float = field(default=0.0)


class Supervisor:
    """Starts children, restarts them, stops them. Reads no business time: pauses here are real seconds."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.children: list[Child] = []
        self.environment = environment or dict(os.environ)
        self._stop = threading.Event()

    def add(self, name: str, *command: str) -> None:
        self.children.append(Child(name, list(command)))

    def start(self) -> None:
        for child in self.children:
            self._start(child)

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            child.command, env=self.environment, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
        )

    def watch(self) -> None:
        """Look after the children until `request_stop` is called, then stop them."""
        while not self._stop.wait(0.2):
            self.tend()
        self.stop()

    def tend(self) -> None:
        """Restart what has died: at once the first time, then with pauses up to 30 s."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                if time.monotonic() - child.started > 60:
                    child.deaths = 0
                child.deaths += 1
                pause = 0 if child.deaths == 1 else min(2.0**child.deaths, 30)
                print(
                    f"chengyun: {child.name} ended with {child.process.returncode}; starting it again"
                    + (f" in {pause:.0f} s" if pause else ""),
                    file=sys.stderr,
                )
                child.process, child.start_after = None, time.monotonic() + pause
            if child.process is None and time.monotonic() >= child.start_after:
                self._start(child)

    def request_stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        self._stop.set()

    def stop(self) -> None:
        """Ask all to end, then insist."""
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def web_socket(folder: Path | None = None) -> Path:
    """Where the web server listens for the front, or for a reverse proxy that splits by itself."""
    return (folder or Path(settings.CHENGYUN_DATA_DIR)) / "web.sock"


def of_this_machine(
    *, host: str, port: int, workers: int, environment: dict[str, str] | None = None
) -> Supervisor:
    """The front that holds the port, the web server behind it, two workers, and the MQTT consumer where a broker is
    configured."""
    supervisor = Supervisor(environment)
    python = [sys.executable, "-m"]
    folder = supervisor.environment.get("CHENGYUN_DATA_DIR")
    supervisor.add(
        "web", *python, "gunicorn", "chengyun.server.wsgi:application",
        "--config", "python:chengyun.server.gunicorn_config",
        "--bind", f"unix:{web_socket(Path(folder) if folder else None)}",
        "--workers", str(workers), "--threads", "4",
    )  # fmt: skip
    supervisor.add("front", *python, "chengyun.server.cli", "front", "--host", host, "--port", str(port))
    # Two, so that the death of one delays nothing.
    for slot in range(doorbell.SLOTS):
        supervisor.add(f"worker {slot}", *python, "chengyun.server.cli", "worker", "--slot", str(slot))
    if supervisor.environment.get("CHENGYUN_MQTT"):
        supervisor.add("mqtt", *python, "chengyun.server.cli", "mqtt")
    return supervisor
