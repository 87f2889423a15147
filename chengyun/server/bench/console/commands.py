"""A process that works as people do, over HTTP: alerts are acknowledged and holders of cases reminded, in turn.

Reads one line of JSON, {port, headers, alerts, cases, per_s}; says "at work"; goes on until its input ends, so that `per_s`
journal entries a second come about in all, those of the workers included. Prints how many a second came.
"""

from __future__ import annotations

import http.client
import json
import select
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any


def main(plan: dict[str, Any]) -> None:
    import django

    django.setup()
    from chengyun.kernel import journal

    connection = http.client.HTTPConnection("127.0.0.1", plan["port"], timeout=60)
    print("at work", flush=True)
    before, began = journal.last_id(), time.perf_counter()
    for path, body in _commands(plan["alerts"], plan["cases"]):
        while journal.last_id() - before >= (time.perf_counter() - began) * plan["per_s"]:
            time.sleep(0.005)
        if stopped():
            break
        connection.request("POST", path, body, plan["headers"])
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} was answered {answer.status}: {text[:300]!r}")
    print((journal.last_id() - before) / (time.perf_counter() - began))


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
