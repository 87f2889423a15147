"""Gateways that post batches without pause, send again what was not acknowledged, and remember what was."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter

from tests.chaos.district import STREAMS
from tests.chaos.installation import Installation
from tests.chaos.waiting import let_pass

Reading = tuple[str, int, float]


class Gateway(threading.Thread):
    """Posts one message after the other. `acknowledged`: key -> its readings, for every 2xx it saw.

    `open`: what it could not finish before it was stopped. `wrong`: answers that no gateway should get.
    """

    def __init__(self, target: Installation, name: str, *, streams: tuple[str, ...] = STREAMS) -> None:
        super().__init__(name=f"gateway {name}", daemon=True)
        self._target, self._prefix, self._streams = target, name, streams
        self._stopping = threading.Event()
        self._last_ms, self._mark = 0, (sum(name.encode()) % 64) / 64
        self.acknowledged: dict[str, list[Reading]] = {}
        self.open: dict[str, list[Reading]] = {}
        self.answers: Counter[str] = Counter()
        self.wrong: list[object] = []

    def stop(self) -> None:
        self._stopping.set()
        self.join(60)
        assert not self.is_alive()

    def run(self) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            key = f"{self._prefix}-{number}"
            self._deliver(key, self._readings(number))

    def _readings(self, number: int) -> list[Reading]:
        # Every reading has a moment and a fraction of its own, so that each can be found again, once or twice.
        self._last_ms = max(self._last_ms + 1, int(time.time() * 1000) - 50)
        # Half a hundred messages crowded, then as many calm: alerts come, clear, and come back.
        height = 40.0 if number // 50 % 2 else 160.0
        return [(ds, self._last_ms, height + place + self._mark) for place, ds in enumerate(self._streams)]

    def _deliver(self, key: str, readings: list[Reading]) -> None:
        self.open[key] = readings
        while not self._stopping.is_set():
            try:
                answer = self._target.post(readings, key)
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1
                let_pass(0.05)
                continue
            self.answers[str(answer.status)] += 1
            if answer.status == 200:
                new, again = answer.body["accepted"] == len(readings), answer.body["duplicates"] == 1
                if new == again:
                    self.wrong.append(answer)
                self.acknowledged[key] = self.open.pop(key)
                if len(self.acknowledged) % 10 == 0:
                    self._send_again(key, readings)
                return
            # 502: the web server died over it. Whether it was taken nobody knows, as with a line that breaks.
            if answer.status not in (502, 503) or answer.kind != "application/problem+json":
                self.wrong.append(answer)
            let_pass(0.05)

    def _send_again(self, key: str, readings: list[Reading]) -> None:
        """A gateway that lost the answer sends what is stored already."""
        try:
            answer = self._target.post(readings, key)
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 200 and (answer.body["accepted"], answer.body["duplicates"]) != (0, 1):
            self.wrong.append(answer)
