"""The MQTT door: many messages become one transaction, and are acknowledged after its commit.

One thread does everything, so that no reconnection can come between a commit and its acknowledgements: a message id belongs
to one connection, and acknowledging an id of the last connection could confirm a message that was never stored. What was
not acknowledged comes again, and its key tells that it is stored.

Configured by CHENGYUN_MQTT, e.g. `mqtt://user:password@broker:1883/?client=chengyun-1&version=5&topic=chengyun/%2B/%23`.
Topics are `chengyun/SOURCE/FORM` with FORM json or senml, or anything else for "its shape tells".
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import paho.mqtt.client as paho
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from chengyun.signals import actions
from chengyun.signals.actions import Message, Receipt

_log = logging.getLogger("chengyun.mqtt")

# Suggested. A batch closes when it is full or its first message has waited so long; the broker sends no more than
# `RECEIVE_MAXIMUM` unacknowledged messages (with MQTT 3.1.1 its own max_inflight_messages says so).
BATCH_MESSAGES = 500
BATCH_WAIT_S = 0.02
RECEIVE_MAXIMUM = 2000
# How long the broker keeps our place in the queue while we are away.
SESSION_EXPIRY_S = 7 * 86_400
KEEPALIVE_S = 60
PAUSE_MAX_S = 10.0


class Misconfigured(ValueError):
    """CHENGYUN_MQTT cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and as whom. `version` is 5 or 311. `client` must stay the same over restarts and differ between
    consumers: the broker keeps the queue under it."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = None
    client: str = "chengyun-1"
    version: int = 5
    topic: str = "chengyun/+/#"
    tls: bool = False
    ca: str | None = None


def broker_from(url: str) -> Broker:
    """Read a `mqtt://` or `mqtts://` URL. Raises `Misconfigured`."""
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise Misconfigured(
            "CHENGYUN_MQTT: use mqtt://[user:password@]host[:port]/?client=...&version=5&topic=..."
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = sorted(options.keys() - {"client", "version", "topic", "ca"})
    if unknown:
        raise Misconfigured(
            f"CHENGYUN_MQTT: unknown option {', '.join(unknown)}; known: client, version, topic, ca"
        )
    if options.get("version", "5") not in ("5", "311", "3.1.1"):
        raise Misconfigured("CHENGYUN_MQTT: version is 5 or 311")
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=parts.port or (8883 if tls else 1883),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        client=options.get("client", "chengyun-1"),
        version=5 if options.get("version", "5") == "5" else 311,
        topic=options.get("topic", "chengyun/+/#"),
        tls=tls,
        ca=options.get("ca"),
    )


def message_of(topic: str, payload: bytes, properties: Any = None) -> Message:
    """What a published message is to us: `chengyun/SOURCE/FORM`. With MQTT 5 a user property `message-id` is its key."""
    parts = topic.split("/")
    # Behind a shared subscription or a bridge there may be more in front: what counts is what follows `chengyun`.
    start = parts.index("chengyun") + 1 if "chengyun" in parts else 0
    source = parts[start] if len(parts) > start else ""
    form = parts[start + 1] if len(parts) > start + 1 else "raw"
    key = None
    for name, value in getattr(properties, "UserProperty", None) or ():
        if name == "message-id" and value and len(value) <= 200:
            key = value
    return Message(source, payload, form if form in ("json", "senml") else "raw", key, topic)


class Consumer:
    """Takes messages until `stop()`. `taker` stores a batch and returns the receipts (default: the action `take`)."""

    def __init__(
        self, broker: Broker, *, taker: Callable[[Sequence[Message]], list[Receipt]] = actions.take
    ) -> None:
        self._broker, self._taker = broker, taker
        self._waiting: list[tuple[int, int, Message]] = []
        self._first_at = 0.0
        self._stopping = False
        self._connected = False
        self.stored = 0
        self.subscribed = False
        self.refused: str | None = None
        self._client = self._new_client()

    def _new_client(self) -> paho.Client:
        five = self._broker.version == 5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client,
            clean_session=None if five else False,
            protocol=paho.MQTTv5 if five else paho.MQTTv311,
            manual_ack=True,
        )
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.tls:
            client.tls_set(ca_certs=self._broker.ca)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        return client

    # ---- callbacks, all of them called from within `turn` ----

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            _log.error("the broker refused us: %s", reason)
            return
        self._connected, self.refused = True, None
        if self._broker.version == 5:
            client.subscribe(self._broker.topic, options=SubscribeOptions(qos=1))
        else:
            client.subscribe(self._broker.topic, qos=1)

    def _on_subscribe(self, client: Any, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
        self.subscribed = not any(reason.is_failure for reason in reasons)
        if not self.subscribed:
            self.refused = f"subscription to {self._broker.topic} refused"
            _log.error("the broker refused the subscription to %s", self._broker.topic)

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        # What waits was not acknowledged and comes again with ids of the next connection.
        self._connected = self.subscribed = False
        self._waiting.clear()
        if not self._stopping:
            _log.warning("connection to the broker lost: %s", reason)

    def _on_message(self, client: Any, userdata: Any, message: paho.MQTTMessage) -> None:
        if not self._waiting:
            self._first_at = time.monotonic()
        topic = message.topic
        self._waiting.append(
            (message.mid, message.qos, message_of(topic, message.payload, message.properties))
        )

    # ---- the loop ----

    def run(self) -> None:
        """Connect, and again whenever the connection is lost, and take messages until `stop()`."""
        pause = 0.1
        while not self._stopping:
            try:
                self._connect()
                pause = 0.1 if self._serve() else min(pause * 2, PAUSE_MAX_S)
            except OSError as error:
                _log.warning(
                    "no connection to the broker %s:%s: %s", self._broker.host, self._broker.port, error
                )
                pause = min(pause * 2, PAUSE_MAX_S)
            if not self._stopping:
                self._rest(pause)
        self._client.disconnect()

    def _connect(self) -> None:
        # A new client each time: nothing of the last connection, no ids and no half-written packets, is left in it.
        self._waiting.clear()
        self._client = self._new_client()
        if self._broker.version == 5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_EXPIRY_S
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
            self._client.connect(
                self._broker.host, self._broker.port, KEEPALIVE_S, clean_start=False, properties=properties
            )
        else:
            self._client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)

    def _serve(self) -> bool:
        """Until the connection ends; returns whether there was one."""
        served = False
        while not self._stopping:
            wait = BATCH_WAIT_S if self._waiting else 0.2
            if self._client.loop(wait) != MQTTErrorCode.MQTT_ERR_SUCCESS or not self._drain():
                return served
            served = served or self._connected
            due = self._waiting and time.monotonic() - self._first_at >= BATCH_WAIT_S
            if due or len(self._waiting) >= BATCH_MESSAGES:
                self._take()
        return served

    def _drain(self) -> bool:
        """Read what has come already: `loop` waits on the socket again for each single packet."""
        for _ in range(BATCH_MESSAGES):
            before = len(self._waiting)
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return False
            if len(self._waiting) == before:
                break
        return True

    def _take(self) -> None:
        batch, self._waiting = self._waiting[:BATCH_MESSAGES], self._waiting[BATCH_MESSAGES:]
        client = self._client
        pause = 0.1
        while not self._stopping:
            try:
                receipts = self._taker([message for _, _, message in batch])
                break
            except (OperationalError, InterfaceError) as error:
                # The database is away: keep the connection alive, keep the messages unacknowledged, try again.
                _log.error("the database does not answer, %s messages wait: %s", len(batch), error)
                connection.close()
                close_old_connections()
                if not self._keep_alive(pause):
                    return
                pause = min(pause * 2, PAUSE_MAX_S)
        else:
            return
        self.stored += sum(receipt.accepted for receipt in receipts)
        for mid, qos, _ in batch:
            if qos > 0 and client is self._client and self._connected:
                client.ack(mid, qos)

    def _keep_alive(self, seconds: float) -> bool:
        """Answer the broker's pings meanwhile; False when the connection ended, and with it the ids of the batch."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopping:
            if self._client.loop(0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return False
        return self._connected and not self._stopping

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopping:
            time.sleep(0.05)

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        self._stopping = True


def main() -> int:
    """Run until SIGTERM or SIGINT. Exit code 2: CHENGYUN_MQTT cannot be understood."""
    try:
        broker = broker_from(os.environ.get("CHENGYUN_MQTT", ""))
    except Misconfigured as error:
        _log.error("%s", error)
        return 2
    consumer = Consumer(broker)
    signal.signal(signal.SIGTERM, consumer.stop)
    signal.signal(signal.SIGINT, consumer.stop)
    consumer.run()
    return 0
