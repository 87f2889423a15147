"""Publishes readings over MQTT as fast as the broker acknowledges them, for a while; writes how many were acknowledged.

    python publisher.py PORT PER_MESSAGE SECONDS STREAMS NUMBER FILE

Two readings of a hundred are above the threshold of the peers' rule (80), the others well below where it clears (70).
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt

IN_FLIGHT = 1000


def main(port: int, per_message: int, seconds: float, streams: int, number: int, target: Path) -> None:
    chance = random.Random(number)
    names = [f"p{number}-{stream}" for stream in range(streams)]
    ready = [_message(chance, names, per_message) for _ in range(2000)]
    free = threading.Semaphore(IN_FLIGHT)
    acknowledged = 0

    def on_publish(*_: object) -> None:
        nonlocal acknowledged
        acknowledged += 1
        free.release()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"publisher-{number}")
    client.max_inflight_messages_set(IN_FLIGHT)
    client.on_publish = on_publish
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        free.acquire()
        client.publish(f"obs/{number}", ready[sent % len(ready)], qos=1)
        sent += 1
    patience = time.monotonic() + 10
    while acknowledged < sent and time.monotonic() < patience:
        time.sleep(0.01)
    client.disconnect()
    client.loop_stop()
    target.write_text(str(acknowledged * per_message))


def _message(chance: random.Random, names: list[str], per_message: int) -> str:
    readings = [
        {
            "n": chance.choice(names),
            "t": 1704013200 + chance.randrange(3600),
            "v": 90 if chance.random() < 0.02 else chance.randrange(60),
        }
        for _ in range(per_message)
    ]
    return json.dumps(readings if per_message > 1 else readings[0], separators=(",", ":"))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]), int(given[1]), float(given[2]), int(given[3]), int(given[4]), Path(given[5]))
