"""The demonstration's outside world: posts what gateways would send, over HTTP, and lets the scripted people act.

Runs as its own process beside the real ones; tokens come in the environment, one per source.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengyun.server.settings")
django.setup()

from django.db import OperationalError  # noqa: E402

from chengyun.kernel import clock  # noqa: E402
from chengyun.live.scenario import Input, Scenario  # noqa: E402
from chengyun.live.scripted import Cast  # noqa: E402
from chengyun.server.pace import left_to_you  # noqa: E402
from chengyun.server.time import Leash, install_stored_clock, leash_path  # noqa: E402

_log = logging.getLogger("chengyun.player")
CONTENT = {"json": "application/json", "senml": "application/senml+json", "raw": "application/json"}
ATTEMPTS = 20
# Suggested: less than the lateness that counters are allowed, so that nothing is judged late for want of speed.
AHEAD = timedelta(seconds=10)
# After the end, what was done last may lead to something else that was due before it: so often that is looked for.
ROUNDS = 50


def wait_until(moment: datetime) -> None:
    current = clock.current()
    if isinstance(current, clock.Scaled):
        time.sleep(max(0.0, current.real_seconds_until(moment)))


class Gateway:
    """One kept connection to the platform; a message that was not acknowledged is sent again with the same key."""

    def __init__(self, host: str, port: int, tokens: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=20)
        self._tokens = tokens

    def send(self, message: Input) -> None:
        headers = {
            "Authorization": f"Bearer {self._tokens[message.source]}",
            "Content-Type": CONTENT[message.form],
        }
        if message.key:
            headers["X-Message-Id"] = message.key
        if message.source not in self._tokens:
            _log.error("no token for source %s", message.source)
            return
        for attempt in range(ATTEMPTS):
            try:
                self._connection.request("POST", "/api/signals/observations", message.body, headers)
                answer = self._connection.getresponse()
                text = answer.read()
                if answer.status < 500:
                    # 400 and 413 are the answer to what a broken device sends; anything else is a fault of this set-up.
                    if answer.status not in (200, 400, 413):
                        _log.error(
                            "%s: the platform answered %s: %s", message.source, answer.status, text[:200]
                        )
                    return
            except (OSError, http.client.HTTPException):
                self._connection.close()
            time.sleep(min(0.1 * 2**attempt, 3))
        _log.error("gave up on a message of %s after %s attempts", message.source, ATTEMPTS)


def feed(scenario: Scenario, gateway: Gateway, ended: threading.Event, leash: Leash | None) -> None:
    """Send what arrives when it arrives. The night may run ahead of what is still to be sent by `AHEAD` and no further: on
    a machine that cannot keep up, time waits for its inputs."""
    for message in scenario.inputs():
        if ended.is_set():
            return
        if leash is not None:
            leash.let_out(message.at + AHEAD)
        wait_until(message.at)
        gateway.send(message)
    if leash is not None:
        leash.let_out(scenario.meta.end + timedelta(days=3650))


def _catch_up(cast: Cast, end: datetime) -> None:
    """What people meant to do before the end is done, also where the machine was too slow; and what follows of it."""
    for _ in range(ROUNDS):
        try:
            cast.look()
            if not cast.act_until(end):
                return
        except OperationalError as error:
            _log.warning("the database did not answer: %s", error)
            time.sleep(0.1)


def main() -> int:
    # Ctrl-C reaches every process of the terminal; this one ends when its parent says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    scenario = Scenario(Path(os.environ["CHENGYUN_PLAY"]))
    tokens = json.loads(os.environ["CHENGYUN_PLAY_TOKENS"])
    gateway = Gateway("127.0.0.1", int(os.environ["CHENGYUN_PLAY_PORT"]), tokens)
    install_stored_clock()
    yours = left_to_you(os.environ.get("CHENGYUN_PLAY_LEAVE", ""))
    cast = Cast([act for act in scenario.acts if act.who not in yours], folder=scenario.folder)
    cast.start_after(int(os.environ["CHENGYUN_PLAY_AFTER"]))
    ended = threading.Event()
    leash = Leash(leash_path()) if leash_path().exists() else None
    feeder = threading.Thread(target=feed, args=(scenario, gateway, ended, leash), daemon=True)
    feeder.start()
    try:
        while clock.now() < scenario.meta.end:
            try:
                cast.look()
                cast.act_until(clock.now())
            except OperationalError as error:
                _log.warning("the database did not answer: %s", error)
            time.sleep(0.02)
        _catch_up(cast, scenario.meta.end)
    finally:
        ended.set()
    feeder.join(5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
