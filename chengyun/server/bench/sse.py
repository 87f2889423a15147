"""Live streams: a thousand clients while entries come at a steady rate. Was anything missed, and how long does one take?

Latency is from the commit of an entry (the moment before it) to the moment when a client has read its last byte. The clients
are a process of their own with plain sockets; the platform runs as `chengyun run` starts it. `Clients`, `sessions` and
`write_entries` serve other benchmarks too.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from chengyun.server.bench import measure, mqtt

CLIENTS, PER_S, BAR_P99_MS = 1000, 2.0, 250.0
# So many streams may one log-in hold open (settings.STREAMS_PER_USER).
EACH = 8


class Clients:
    """`count` streams in a process of their own, spread over log-ins; open when this returns."""

    def __init__(self, port: int, count: int, *, values: str = "none") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chengyun.server.bench.sse", "--clients"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        asked = {"port": port, "sessions": sessions(-(-count // EACH)), "count": count, "values": values}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(asked) + b"\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise SystemExit("the streams could not be opened; see the messages above")

    def end(self) -> list[dict[int, float]]:
        """Close them; for each, seal number -> the moment (monotonic clock) at which the entry had come."""
        out, _ = self._process.communicate(timeout=60)
        found: list[dict[str, float]] = orjson.loads(out)
        return [{int(number): at for number, at in each.items()} for each in found]


def sessions(count: int) -> list[str]:
    """So many log-ins that may see the whole district, each with a session."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from chengyun.district import queries as district
    from chengyun.kernel.transaction import write
    from chengyun.people.models import RoleGrant

    made = []
    for _ in range(count):
        with write():
            user = get_user_model().objects.create(username=f"bench-{get_user_model().objects.count()}")
            RoleGrant.objects.create(user=user, role="auditor", area=district.root())
        client = Client()
        client.force_login(user)
        made.append(str(client.cookies["sessionid"].value))
    return made


def write_entries(seconds: float, per_s: float) -> dict[int, float]:
    """Entries as a night has them, evenly spread: alerts raised from outside, one a transaction. Returns entry id -> the
    moment before its commit."""
    from chengyun.alerts import actions
    from chengyun.alerts.models import Rule
    from chengyun.kernel import journal
    from chengyun.kernel.actor import system
    from chengyun.kernel.models import JournalEntry
    from chengyun.kernel.transaction import write

    rule = Rule.objects.filter(current__body__when="external").values_list("code", flat=True).first()
    moments: dict[int, float] = {}
    began, number = time.monotonic(), 0
    while (due := began + len(moments) / per_s) < began + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        before = journal.last_id()
        with write():
            actions.raise_many(
                actor=system("bench"),
                rows=[{"rule": str(rule), "subject": f"gate:sse-{number}", "area": "m-015"}],
            )
            at = time.monotonic()
        number += 1
        made = JournalEntry.objects.filter(pk__gt=before, actor="system:bench").values_list("pk", flat=True)
        moments |= dict.fromkeys(made, at)
    return moments


def latencies(moments: dict[int, float], heard: list[dict[int, float]]) -> tuple[list[float], int]:
    """Milliseconds of every delivery, and how many deliveries are missing."""
    from chengyun.kernel.models import JournalSeal

    found, missing = [], 0
    seals = JournalSeal.objects.filter(entry_id__in=moments).values_list("seq", "entry_id")
    for seq, entry in seals:
        for each in heard:
            if seq in each:
                found.append((each[seq] - moments[entry]) * 1000)
            else:
                missing += 1
    return found, missing + (len(moments) - len(seals)) * len(heard)


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.server.supervisor import of_this_machine

    people.start_roster(actor=system("bench"))
    count, seconds = (100, 5.0) if quick else (CLIENTS, 30.0)
    port = mqtt.free_port()
    platform = of_this_machine(host="127.0.0.1", port=port, workers=2)
    platform.start()
    try:
        _wait_until_ready(port)
        clients = Clients(port, count)
        roots = [child.process.pid for child in platform.children if child.process and child.name == "front"]
        used = measure.tree_cpu(*roots)
        moments = write_entries(seconds, PER_S)
        time.sleep(2)
        used = measure.tree_cpu(*roots) - used
        heard = clients.end()
    finally:
        platform.stop()
    found, missing = latencies(moments, heard)
    measure.finish([
        measure.Figure("streams", float(len(heard)), "clients"),
        measure.Figure("entries", len(moments) / seconds, "entries/s"),
        measure.Figure("missed deliveries", float(missing), "deliveries", "= 0", missing == 0),
        measure.Figure("commit to client, p50", measure.percentile(found, 0.5), "ms"),
        measure.at_most("commit to client, p99", measure.percentile(found, 0.99), "ms", BAR_P99_MS),
        measure.Figure("commit to client, worst", max(found, default=float("nan")), "ms"),
        measure.Figure("CPU of the front meanwhile", 100 * used / (seconds + 2), "% of a core"),
    ])  # fmt: skip


def _wait_until_ready(port: int) -> None:
    """Until the front follows the seal: without a session it answers 401 then."""
    import http.client

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/api/live/stream", headers={"Cookie": "sessionid=nobody"})
            if connection.getresponse().status == 401:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.2)
    raise SystemExit("the platform did not come up; see the messages above")


# -- the clients' process


async def _read(
    asked: dict[str, Any], number: int, opened: asyncio.Semaphore, seen: dict[int, float]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", asked["port"], limit=8 * 1024 * 1024)
    session = asked["sessions"][number % len(asked["sessions"])]
    writer.write(
        f"GET /api/live/stream?values={asked['values']} HTTP/1.0\r\nHost: localhost\r\n"
        f"Cookie: sessionid={session}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise SystemExit(f"a stream was answered: {head[:200]!r}")
    await reader.readuntil(b"\n\n")
    opened.release()
    while event := await reader.readuntil(b"\n\n"):
        if event.startswith(b"id: "):
            seen[int(event.partition(b"\n")[0].rpartition(b"-")[2])] = time.monotonic()


async def _clients() -> list[dict[int, float]]:
    loop = asyncio.get_running_loop()
    asked = orjson.loads(await loop.run_in_executor(None, sys.stdin.buffer.readline))
    opened = asyncio.Semaphore(0)
    heard: list[dict[int, float]] = [{} for _ in range(asked["count"])]
    async with asyncio.TaskGroup() as streams:
        reading = []
        for number, seen in enumerate(heard):
            reading.append(streams.create_task(_read(asked, number, opened, seen)))
            # As browsers come back after a restart: soon, and not all in the same instant.
            await asyncio.sleep(0.002)
        for _ in heard:
            await opened.acquire()
        print("open", flush=True)
        await loop.run_in_executor(None, sys.stdin.buffer.read)
        for task in reading:
            task.cancel()
    return heard


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[3])
    if "--clients" in sys.argv:
        print(orjson.dumps(asyncio.run(_clients()), option=orjson.OPT_NON_STR_KEYS).decode(), flush=True)
    else:
        main("--quick" in sys.argv)
