"""Alerta 9.1 on PostgreSQL: durable, deduplicated alerts per core-second.

    python -m benchmarks.peers.alerta --seconds 10

Two gunicorn workers (`--preload`, or they race to create their types), a fresh cluster with fsync on, four clients that
each post one alert after the other. Half of the alerts repeat an open one. CPU: the workers and the whole database.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from benchmarks import cpu
from benchmarks.peers import common
from tests.postgres import cluster

VERSION = "9.1.0"
CLIENTS = 4
HOW = "python -m benchmarks.peers.install alerta"


def measure(seconds: float) -> dict[str, Any]:
    gunicorn = common.HOME / "alerta" / "bin" / "gunicorn"
    if not gunicorn.exists():
        raise common.Missing(f"Alerta is not installed in {common.HOME}: {HOW}")
    try:
        with cluster(durable=True) as database, common.folder() as home:
            _trust(database.data, database.url)
            return _measure(gunicorn, database.url, _postmaster(database.data), home, seconds)
    except FileNotFoundError as error:
        raise common.Missing(f"PostgreSQL is not installed: apt install postgresql ({error})") from error


def _trust(data: Path, url: str) -> None:
    """Let loopback in without a password: Alerta connects anew for each request, and hashing would be half of its cost."""
    (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\nlocal all all trust\n")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")


def _postmaster(data: Path) -> int:
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except PermissionError:
        said = subprocess.run(
            ["cat", str(data / "postmaster.pid")], capture_output=True, text=True, check=True
        )
        return int(said.stdout.split()[0])


def _measure(gunicorn: Path, url: str, postmaster: int, home: Path, seconds: float) -> dict[str, Any]:
    port, log = common.free_port(), home / "log"
    parts = urlsplit(url)
    env = {
        "DATABASE_URL": f"postgresql://{parts.username}:{parts.password}@{parts.hostname}:{parts.port}{parts.path}",
        # Compiling its short queries would cost the peer more than half of the database's time.
        "PGOPTIONS": "-c jit=off",
        "AUTH_REQUIRED": "False",
        "SECRET_KEY": "benchmark",
        "PLUGINS": "",
        "ALERTA_SVR_CONF_FILE": str(home / "none.conf"),
    }
    (home / "none.conf").write_text("")
    command = [gunicorn, "--preload", "-w", "2", "-b", f"127.0.0.1:{port}", "alerta:create_app()"]
    with common.process(command, log, env) as peer:
        common.until(lambda: common.listening(port), "Alerta listening", log)
        _post(port, {"n": 0}, "warm", 2.0)
        meter = cpu.Meter(alerta=[peer.pid], database=[postmaster])
        meter.start()
        counts = [{"n": 0} for _ in range(CLIENTS)]
        threads = [
            threading.Thread(target=_post, args=(port, count, f"c{number}", seconds))
            for number, count in enumerate(counts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = meter.stop()
    posted = sum(count["n"] for count in counts)
    return {
        "version": VERSION,
        "setting": f"PostgreSQL, fsync on, no password on loopback, 2 workers, {CLIENTS} clients, half duplicates",
        "figures": [
            common.figure(
                "durable deduplicated alerts per core-second", posted / max(spent["total"], 0.01), "1/s"
            ),
            common.figure(
                "durable deduplicated alerts per core-second, database apart",
                posted / max(spent["alerta"], 0.01),
                "1/s",
            ),
            common.figure("alerts taken", posted, "alerts"),
            common.figure("alerts per second of wall time", posted / spent["wall"], "1/s"),
        ],
        "cpu": spent,
    }


def _post(port: int, count: dict[str, int], who: str, seconds: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    deadline = time.monotonic() + seconds
    number = 0
    while time.monotonic() < deadline:
        body = {
            "resource": f"{who}-{number // 2}",
            "event": "crowd",
            "environment": "Production",
            "severity": "major",
            "service": ["ops"],
            "value": str(number),
        }
        connection.request("POST", "/alert", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"Alerta answered {answer.status}: {said[:300]!r}")
        count["n"] += 1
        number += 1
    connection.close()


if __name__ == "__main__":
    chosen = common.options(__doc__ or "")
    sys.exit(common.report("alerta", lambda: measure(chosen.seconds)))
