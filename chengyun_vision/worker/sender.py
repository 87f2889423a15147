"""From the spool to the server: words first, in order, then numbers, then pictures one by one; each until it was taken."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chengyun_vision.worker.platform import Answer, Away, Platform
from chengyun_vision.worker.spool import Entry, Spool

# Suggested values (建议值). A word of a moment that the server's clock has not reached waits for it.
PAUSE_S, FIRST_S, MOST_S = 0.05, 0.5, 15.0
AT_ONCE = 200
AHEAD_S = 30.0
_STALE = (401, 403)  # the token is wrong: nothing is thrown away for that


class Sender:
    """`now`: what the server's clock shows at least. `heard`: of each word that was taken, before it leaves the spool."""

    def __init__(
        self,
        spool: Spool,
        platform: Platform,
        worker: str,
        *,
        now: Callable[[], float],
        heard: Callable[[str, dict[str, Any]], None] = lambda camera, word: None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._spool, self._platform, self._worker = spool, platform, worker
        self._now, self._heard, self._say = now, heard, say
        self._stop = threading.Event()
        self.refused = 0
        self.sent = 0
        self.away = False

    def run(self) -> None:
        """Until `stop`."""
        failures = 0
        while not self._stop.is_set():
            try:
                did = self.once()
            except Away as error:
                failures += 1
                if not self.away:
                    self._say(f"the server does not answer ({error}); what is found is kept until it does")
                self.away = True
                wait = min(MOST_S, FIRST_S * 2.0 ** min(failures, 10))
                self._stop.wait(wait * (0.5 + random.random() / 2))
                continue
            except OSError as error:
                self._say(f"the spool cannot be read: {error}")
                self._stop.wait(MOST_S)
                continue
            if self.away and did:
                self._say("the server answers again")
                self.away, failures = False, 0
            if not did:
                self._stop.wait(PAUSE_S)

    def stop(self) -> None:
        self._stop.set()

    def once(self) -> int:
        """Sends all words and numbers that are there, and one picture: by then there may be words again. How many entries.
        Raises `Away`."""
        words: list[Entry] = []
        readings: list[Entry] = []
        picture: Entry | None = None
        for name in self._spool.names():
            if picture is not None and name.endswith(".picture"):
                continue
            entry = self._spool.read(name)
            if entry is None:
                self._spool.done(name)
                continue
            if _moment(entry) > self._now() + AHEAD_S:
                break
            if entry.kind in ("word", "update"):
                words.append(entry)
            elif entry.kind == "picture":
                picture = entry
            else:
                readings.append(entry)
            if len(words) >= AT_ONCE:
                break
        if words:
            self._words(words)
        for entry in readings:
            self._readings(entry)
        if picture is not None:
            self._picture(picture)
        return len(words) + len(readings) + (picture is not None)

    def _words(self, entries: list[Entry]) -> None:
        answer = self._checked(self._platform.events(self._worker, [entry.head["word"] for entry in entries]))
        if not answer.ok and len(entries) > 1:
            # One of them is wrong as a whole: each for itself, so that it holds up no other.
            for entry in entries:
                self._words([entry])
            return
        if answer.ok:
            for fault in (answer.body or {}).get("problems", ()):
                self._turned_down(f"event {entries[fault['index']].head['word']['id']}", fault["en"])
        else:
            self._turned_down(f"event {entries[0].head['word']['id']}", answer.why)
        for entry in entries:
            self._heard(entry.head["camera"], entry.head["word"])
            self._spool.done(entry.name)
        self.sent += len(entries)

    def _picture(self, entry: Entry) -> None:
        answer = self._checked(self._platform.picture({**entry.head, "worker": self._worker}, entry.body))
        if not answer.ok:
            self._turned_down(f"picture of {entry.head.get('camera')}", answer.why)
        self._spool.done(entry.name)

    def _readings(self, entry: Entry) -> None:
        answer = self._checked(self._platform.readings(f"vision:{entry.name}"[:200], entry.head))
        if not answer.ok:
            self._turned_down("readings", answer.why)
        self._spool.done(entry.name)

    def _checked(self, answer: Answer) -> Answer:
        if answer.status in _STALE:
            raise Away(f"HTTP {answer.status}: {answer.why}")
        return answer

    def _turned_down(self, what: str, why: str) -> None:
        self.refused += 1
        self._say(f"{what} was not taken: {why}")


def _moment(entry: Entry) -> float:
    """The newest moment that an entry speaks of."""
    head = entry.head
    said = head["word"]["at"] if "word" in head else head[-1]["at"] if isinstance(head, list) else head["at"]
    return datetime.fromisoformat(said).timestamp()
