"""A process that works as people do, over HTTP: alerts are acknowledged and holders of cases reminded, in turn.

Reads one line of JSON, {port, headers, alerts, cases, per_s}; says "at work"; goes on until its input ends, so that `per_s`
journal entries a second come about in all, those of the workers included. Prints how many a second came.
"""

from __future__ import annotations

import http.client
import json
import select
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from typing import Any


def main(plan: dict[str, Any]) -> None:
    import django

    django.setup()
    from chengyun.kernel import journal

    print("at work", flush=True)
    before, began = journal.last_id(), time.perf_counter()
    desks = Desks(plan["port"], plan["headers"])
    for path, body in _commands(plan["alerts"], plan["cases"]):
        while journal.last_id() - before + desks.busy >= (time.perf_counter() - began) * plan["per_s"]:
            time.sleep(0.02)
        if stopped():
            break
        desks.give(path, body)
    desks.close()
    print((journal.last_id() - before) / (time.perf_counter() - began))


class Desks:
    """Four people who work side by side, each on a connection of their own: nobody waits for another's answer."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._headers, self._own = headers, threading.local()
        self._port = port
        self._pool = ThreadPoolExecutor(4)
        self._given: set[Future[None]] = set()

    @property
    def busy(self) -> int:
        """How many commands wait for their answer. Raises what went wrong with those that do not any more."""
        done = {one for one in self._given if one.done()}
        self._given -= done
        for one in done:
            one.result()
        return len(self._given)

    def give(self, path: str, body: bytes) -> None:
        self._given.add(self._pool.submit(self._send, path, body))

    def close(self) -> None:
        self._pool.shutdown()
        assert not self.busy

    def _send(self, path: str, body: bytes) -> None:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        self._own.connection.request("POST", path, body, self._headers)
        answer = self._own.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered {answer.status}: {text[:300]!r}")


def stopped() -> bool:
    """Whether the input has ended: whoever started this process has seen enough."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def _commands(alerts: list[int], cases: list[int]) -> Iterator[tuple[str, bytes]]:
    waiting = iter(alerts)
    for turn, case in enumerate(cycle(cases)):
        alert = next(waiting, None) if turn % 3 == 0 else None
        if alert is not None:
            yield f"/api/alerts/{alert}/acknowledge", b""
        else:
            yield f"/api/cases/{case}/remind", b'{"reason": ""}'


if __name__ == "__main__":
    main(json.loads(sys.stdin.readline()))
