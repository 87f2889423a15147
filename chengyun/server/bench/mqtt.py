"""MQTT, 10 observations a message, acknowledged after the commit: a real Mosquitto and the real consumer.

Publishing is the load generator's work; CPU seconds of broker, consumer and database count.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from chengyun.server.bench import measure

PER_MESSAGE, BAR = 10, 20_000.0
CONFIG = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
max_inflight_messages 2000
persistence false
user root
"""


def figures(
    streams: list[tuple[str, str]], moment: str, roots: list[int], messages: int
) -> list[measure.Figure]:
    """Queue `messages` for the consumer, then start it: the time is its own, not the publisher's."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        print("  mosquitto is not installed (apt install mosquitto): no figure for MQTT", file=sys.stderr)
        return []
    from chengyun.signals.models import Observation

    folder = Path(os.environ["CHENGYUN_DATA_DIR"])
    port = free_port()
    (folder / "mosquitto.conf").write_text(CONFIG.format(port=port))
    broker = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL)
    environment = os.environ | {"CHENGYUN_MQTT": f"mqtt://127.0.0.1:{port}/?client=bench&version=5"}
    command = [sys.executable, "-m", "chengyun.server.cli", "mqtt"]
    consumer = subprocess.Popen(command, env=environment, stdout=sys.stderr)
    try:
        wait_for(port)
        # Its session must exist before anything is published: what nobody has subscribed to is thrown away.
        time.sleep(5)
        before = Observation.objects.count()
        cpu, began = measure.tree_cpu(broker.pid, consumer.pid, *roots), time.perf_counter()
        _publish(port, streams, moment, messages)
        wanted = before + messages * PER_MESSAGE
        while Observation.objects.count() < wanted and time.perf_counter() - began < 120:
            time.sleep(0.25)
        took = time.perf_counter() - began
        used = measure.tree_cpu(broker.pid, consumer.pid, *roots) - cpu
        stored = Observation.objects.count() - before
    finally:
        consumer.terminate()
        consumer.wait(20)
        broker.terminate()
        broker.wait(20)
    every = stored == messages * PER_MESSAGE
    return [
        measure.at_least("MQTT, 10 a message, acked after commit", stored / used, "obs/core-second", BAR),
        measure.Figure("the same in real time", stored / took, "observations/s"),
        measure.Figure("MQTT: all published observations stored", float(every), "1 = yes", "= 1", every),
    ]


def _publish(port: int, streams: list[tuple[str, str]], moment: str, messages: int) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    last = None
    start = datetime.fromisoformat(moment)
    for number in range(messages):
        # Each time round the streams is a millisecond later: the same reading twice would be counted as a repeat.
        later = timedelta(milliseconds=number * PER_MESSAGE // len(streams))
        at = (start + later).isoformat(timespec="milliseconds")
        rows = [
            {"ds": code, "at": at, "v": 0.01 * (number % 5), "u": unit}
            for code, unit in (streams[(number * PER_MESSAGE + n) % len(streams)] for n in range(PER_MESSAGE))
        ]
        # The number makes each message another one: the same content twice would be the same message.
        last = client.publish(
            "chengyun/water-gw/json", orjson.dumps({"observations": rows, "n": number}), qos=1
        )
    if last is not None:
        last.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port} after {seconds:.0f} s")
