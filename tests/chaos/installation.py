"""One installation of the platform on this machine: its own folder, database, port and real processes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from chengyun.server.supervisor import Child, Supervisor, of_this_machine
from tests.chaos.district import write_folder
from tests.chaos.waiting import until
from tests.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]


class Answer(NamedTuple):
    status: int
    kind: str
    body: Any


class Installation:
    """`home` holds what CHENGYUN_DATA_DIR holds. Made by `Workshop.make()`; `start()` begins its processes."""

    def __init__(self, home: Path, url: str, token: str, accounts: dict[str, str]) -> None:
        self.home, self.url, self.token, self.accounts = home, url, token, accounts
        self.port = free_port()
        # Processes that ended without being killed, which none should.
        self.died: list[str] = []
        self.supervisor: Supervisor = of_this_machine(
            host="127.0.0.1", port=self.port, workers=2, environment=environment(home, url)
        )

    # ---- processes ----

    def start(self) -> None:
        self.supervisor.start()
        self.answers()

    def answers(self, within_s: float = 60.0) -> None:
        """Wait until the web server answers."""
        until(self._answers, "the web server to answer", within_s=within_s, meanwhile=self.tend)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/api/people/csrf", timeout=2).status == 200
        return False

    def tend(self) -> None:
        """Restart what died. The supervisor's pauses for what keeps dying are left out: here it is killed on purpose."""
        for child in self.supervisor.children:
            if child.process is not None and (code := child.process.poll()) not in (None, -signal.SIGKILL):
                self.died.append(f"{child.name} ended with {code}")
            child.deaths, child.start_after = 0, 0.0
        self.supervisor.tend()

    def child(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.name == name)

    def pid(self, name: str) -> int:
        process = self.child(name).process
        assert process is not None and process.poll() is None, f"{name} does not run"
        return process.pid

    def victims(self) -> dict[str, int]:
        """What can be killed now: the web server's master and workers, and both workers."""
        alive = {
            child.name: child.process.pid
            for child in self.supervisor.children
            if child.process is not None and child.process.poll() is None
        }
        if "web" in alive:
            for number, pid in enumerate(sorted(children_of(alive["web"]))):
                alive[f"web worker {number}"] = pid
        return alive

    def kill(self, rng: random.Random) -> str:
        """kill -9 of a random process; returns which."""
        victims = until(self.victims, "something to kill", meanwhile=self.tend)
        name = rng.choice(sorted(victims))
        with contextlib.suppress(ProcessLookupError):
            os.kill(victims[name], signal.SIGKILL)
        return name

    def stop(self) -> None:
        self.supervisor.stop()

    def end_lanes(self) -> None:
        """Let the probe's lanes end and everything be handed off and sealed, then stop."""
        (self.home / "stop-lanes").touch()
        until(self._at_rest, "the lanes to end and the outbox to empty", within_s=60, meanwhile=self.tend)
        self.stop()

    def _at_rest(self) -> bool:
        seen = self.look()
        return seen["armed"] == seen["not_handed"] == 0 and seen["figures"]["entries"] == seen["entries"]

    # ---- from outside ----

    def ask(
        self, method: str, path: str, body: bytes | None = None, timeout: float = 10.0, **headers: str
    ) -> Answer:
        """One HTTP request on a connection of its own. Raises OSError or HTTPException where none was answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            content, kind = response.read(), response.headers.get_content_type()
            return Answer(response.status, kind, json.loads(content) if kind.endswith("json") else content)
        finally:
            connection.close()

    def post(self, readings: list[tuple[str, int, float]], key: str, timeout: float = 10.0) -> Answer:
        """Send observations (datastream, at in epoch ms, value) as the gateway."""
        body = {"observations": [{"ds": ds, "at": at_ms, "v": value} for ds, at_ms, value in readings]}
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "X-Message-Id": key,
        }
        return self.ask("POST", "/api/signals/observations", json.dumps(body).encode(), timeout, **headers)

    def look(self) -> dict[str, Any]:
        """What stands in the database (see look.py)."""
        return run("tests.chaos.look", environment(self.home, self.url))


def environment(home: Path, url: str) -> dict[str, str]:
    outside = {key: value for key, value in os.environ.items() if not key.startswith("CHENGYUN_")}
    return {
        **outside,
        "CHENGYUN_DATA_DIR": str(home),
        "CHENGYUN_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(ROOT)]),
    }


def run(module: str, env: dict[str, str], *args: str) -> Any:
    """Run a program of this folder; returns the JSON it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *args], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{module} failed:\n{done.stderr[-3000:]}"
    return json.loads(done.stdout.splitlines()[-1])


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Workshop:
    """Prepares a district once per database, and hands out copies of it."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        self.cluster = cluster
        # Not pytest's folder: the name of a socket in it may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="chengyun-chaos-"))
        self._prepared: dict[str, Any] | None = None
        self._made = 0

    def _url(self, name: str) -> str:
        if self.cluster is None:
            return f"sqlite:///{self.folder / name}/district.sqlite3"
        return self.cluster.url.rpartition("/")[0] + f"/{name}"

    def _create(self, name: str, template: str) -> None:
        assert self.cluster is not None
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    def _prepare(self) -> dict[str, Any]:
        if self._prepared is None:
            home = self.folder / "origin"
            home.mkdir()
            if self.cluster is not None:
                self._create("origin", "template0")
            env = environment(home, self._url("origin"))
            self._prepared = run("tests.chaos.prepare", env, str(write_folder(self.folder / "district")))
        return self._prepared

    @contextlib.contextmanager
    def make(self) -> Iterator[Installation]:
        """A fresh installation whose processes do not run yet; whatever runs of it is stopped at the end."""
        prepared = self._prepare()
        self._made += 1
        name = f"copy{self._made}"
        home = self.folder / name
        shutil.copytree(self.folder / "origin", home)
        if self.cluster is not None:
            self._create(name, "origin")
        made = Installation(home, self._url(name), prepared["token"], prepared["accounts"])
        try:
            yield made
        finally:
            made.stop()

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
