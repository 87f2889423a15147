"""Somebody tries a rule on a camera's last minutes: the question comes to the door of the live pictures, signed by the
server, goes to the process that looks through the camera, and is answered there beside its work.

    browser -> front -> LiveServer (thread) -> Questions -> the worker's loop -> Crew -> process -> Trials (thread) -> back
"""

from __future__ import annotations

import json
import queue
import threading

# Suggested values (建议值): bytes of a question, questions at once, seconds of patience.
LONGEST, AT_ONCE, PATIENCE_S = 64 * 1024, 4, 10.0

Answer = tuple[int, bytes]


def refusal(status: int, code: str, zh: str, en: str) -> Answer:
    """As the platform refuses: problem+json, in both languages."""
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code}
    return status, json.dumps({**body, "detail": zh, "detail_zh": zh, "detail_en": en}).encode()


GONE = refusal(
    404, "no_worker", "此进程没有在看这台摄像机。", "This worker does not look through the camera."
)
BUSY = refusal(503, "busy", "试算较忙，请稍后再试。", "Too many are being tried: again in a moment.")
LATE = refusal(
    503, "late", "分析进程没有及时应答，请稍后再试。", "The worker did not answer in time: again in a moment."
)


class Questions:
    """Between the door's threads, which wait, and the worker's loop, which owns the processes."""

    def __init__(self, patience: float = PATIENCE_S) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._number = 0
        self._asked: queue.SimpleQueue[tuple[int, str, bytes]] = queue.SimpleQueue()
        self._answers: dict[int, Answer | None] = {}  # None while it is worked on

    def ask(self, camera: str, body: bytes) -> Answer:
        """Waits for the answer."""
        with self._changed:
            if len(self._answers) >= AT_ONCE:
                return BUSY
            self._number += 1
            number = self._number
            self._answers[number] = None
            self._asked.put((number, camera, body))
            self._changed.wait_for(lambda: self._answers[number] is not None, self._patience)
            return self._answers.pop(number) or LATE

    def waiting(self) -> list[tuple[int, str, bytes]]:
        """Number, camera and question of those that were asked since."""
        found = []
        while not self._asked.empty():
            found.append(self._asked.get())
        return found

    def answer(self, number: int, answer: Answer) -> None:
        """Whoever asked may have gone."""
        with self._changed:
            if number in self._answers:
                self._answers[number] = answer
                self._changed.notify_all()
