"""A real Mosquitto with the shipped configuration, on its own ports and in its own folder."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from chengyun.signals.mqtt import Broker, Consumer
from tests.needs import needs

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto"
PASSWORD = "only-for-this-test"


def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Wait for another process to get there; fails with `what` when it does not."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        pause.wait(0.02)


class Mosquitto:
    def __init__(self, folder: Path) -> None:
        self._program, self._folder = needs("mosquitto"), folder
        self.port, own_port = _free_port(), _free_port()
        passwords = folder / "passwd"
        for user in ("chengyun", "gw", "water", "melbourne"):
            create = [] if passwords.exists() else ["-c"]
            subprocess.run(
                [str(needs("mosquitto_passwd")), *create, "-b", str(passwords), user, PASSWORD], check=True
            )
        text = (SHIPPED / "chengyun.conf").read_text("utf-8")
        for pattern, value in {
            r"^listener 1883 .*$": f"listener {self.port} 127.0.0.1",
            r"^listener 1884 .*$": f"listener {own_port} 127.0.0.1",
            r"^password_file .*$": f"password_file {passwords}",
            r"^acl_file .*$": f"acl_file {SHIPPED / 'chengyun.acl'}",
            r"^persistence_location .*$": f"persistence_location {folder}/",
            # A message over the limit must reach the consumer here, to see what that makes of it.
            r"^message_size_limit .*$": "message_size_limit 0",
        }.items():
            text, changed = re.subn(pattern, value, text, flags=re.M)
            assert changed, pattern
        # Started as root it would change to a user who may not read this folder.
        (folder / "chengyun.conf").write_text(text + "\nuser root\n", "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(self._program), "-c", str(self._folder / "chengyun.conf")],
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
        )
        until(self._answers, f"mosquitto listens; its log: {self._folder / 'log'}")

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, (self._folder / "log").read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
            return True
        return False

    def stop(self, *, kill: bool = False) -> None:
        """A clean stop saves the queues; a kill does not."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            self._process.wait(20)
            self._process = None

    def publish(self, topic: str, *payloads: bytes, user: str = "gw", ids: list[str] | None = None) -> None:
        """Publish with QoS 1 and wait for the broker's acknowledgements."""
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.username_pw_set(user, PASSWORD)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        try:
            until(client.is_connected, "the publisher is connected")
            sent = []
            for number, payload in enumerate(payloads):
                properties = None
                if ids:
                    properties = Properties(PacketTypes.PUBLISH)
                    properties.UserProperty = [("message-id", ids[number])]
                sent.append(client.publish(topic, payload, qos=1, properties=properties))
            until(lambda: all(info.is_published() for info in sent), "everything is published")
        finally:
            client.disconnect()
            client.loop_stop()

    def config(self, version: int = 5, client: str = "chengyun-test") -> Broker:
        return Broker("127.0.0.1", self.port, "chengyun", PASSWORD, client, version)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def consuming(broker: Broker, **options: Any) -> Iterator[Consumer]:
    """A consumer in a thread of its own, subscribed when the block begins, stopped when it ends."""
    consumer = Consumer(broker, **options)
    thread = threading.Thread(target=_run, args=(consumer,))
    thread.start()
    try:
        until(lambda: consumer.subscribed or consumer.refused, "the consumer is subscribed")
        yield consumer
    finally:
        consumer.stop()
        thread.join(20)
        assert not thread.is_alive()


def _run(consumer: Consumer) -> None:
    from django.db import connections

    try:
        consumer.run()
    finally:
        connections.close_all()
