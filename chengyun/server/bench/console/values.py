"""A process that is the gateways: a value of every stream each second, over HTTP.

Reads one line of JSON, {port, sources: [{key, streams: [[code, unit, value], ...]}, ...]}; says "at work"; goes on until its
input ends. Values go up and down a little. A few streams rest for five seconds in turn, so that each second some points
fall silent on the map and others come back. Prints how many values a second were taken.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from itertools import count
from typing import Any

import orjson

from chengyun.kernel import clock
from chengyun.server.bench.console.commands import stopped

BATCH, REST_S, IN_TURN = 1000, 5, 200


def main(plan: dict[str, Any]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", plan["port"], timeout=60)
    batches = [
        (source["key"], source["streams"][first : first + BATCH])
        for source in plan["sources"]
        for first in range(0, len(source["streams"]), BATCH)
    ]
    print("at work", flush=True)
    taken, began = 0, time.perf_counter()
    for second in count():
        if stopped():
            break
        for number, (key, streams) in enumerate(batches):
            # Spread over the second, as gateways that know nothing of each other are.
            time.sleep(max(0.0, began + second + number / len(batches) - time.perf_counter()))
            taken += _post(connection, key, _rows(streams, second))
    print(taken / (time.perf_counter() - began))


def _rows(streams: list[tuple[str, str, float]], second: int) -> list[dict[str, Any]]:
    # Business time is real time here, and the platform is given the moment of sending.
    at = clock.wall().isoformat(timespec="milliseconds")
    return [
        {"ds": code, "at": at, "v": round(value * (1 + 0.02 * ((n + second) % 5)), 3), "u": unit}
        for n, (code, unit, value) in enumerate(streams)
        if (n - second) % IN_TURN >= REST_S
    ]


def _post(connection: http.client.HTTPConnection, key: str, rows: list[dict[str, Any]]) -> int:
    connection.request(
        "POST", "/api/signals/observations", orjson.dumps({"observations": rows}),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )  # fmt: skip
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit(f"the platform answered {answer.status}: {text[:300]!r}")
    return int(json.loads(text)["accepted"])


if __name__ == "__main__":
    main(json.loads(sys.stdin.readline()))
