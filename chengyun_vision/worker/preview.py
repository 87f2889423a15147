"""Rules of a question tried on what a camera saw in the last minutes, beside the process's work."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from chengyun_vision import trial
from chengyun_vision.frames import Event
from chengyun_vision.problem import Problem
from chengyun_vision.recent import Packed
from chengyun_vision.worker.camera import spec_of
from chengyun_vision.worker.questions import AT_ONCE, BUSY, GONE, Answer, refusal
from chengyun_vision.worker.told import moment

# Suggested values (建议值): rules in a question, events told of each, seconds of work.
RULES, EVENTS, WORK_S = 8, 200, 5.0


@dataclass(frozen=True, slots=True)
class Past:
    """What a camera saw. `time`: a moment of its pipeline as the district's; `until`: the present one."""

    camera: str
    kept: Sequence[Packed]
    until: float
    time: Callable[[float], float]
    zone: tzinfo


class Trials:
    """In a process: one question after another in a thread, so that no camera waits. `told` holds what is ready."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self._ready = ready
        self._asked: queue.Queue[tuple[int, bytes, Past]] = queue.Queue(AT_ONCE)
        self.told: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, number: int, body: bytes, past: Past | None) -> None:
        if past is None:
            return self._tell(number, GONE)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="trials", daemon=True)
            self._thread.start()
        try:
            self._asked.put_nowait((number, body, past))
        except queue.Full:
            self._tell(number, BUSY)

    def _run(self) -> None:
        while True:
            number, body, past = self._asked.get()
            try:
                answer = answered(body, past)
            except Exception as error:  # whatever a rule trips over must not silence those who ask later
                kind = type(error).__name__
                answer = refusal(500, "failed", f"试算失败（{kind}）。", f"It could not be tried ({kind}).")
            self._tell(number, answer)

    def _tell(self, number: int, answer: Answer) -> None:
        self.told.put((number, answer))
        self._ready()


def answered(body: bytes, past: Past, *, work_s: float = WORK_S) -> Answer:
    """What the rules of a question would have found."""
    ends = time.monotonic() + work_s
    try:
        rules = json.loads(body)["rules"]
        if not isinstance(rules, list) or not 0 < len(rules) <= RULES:
            raise ValueError
        specs = [spec_of(rule) for rule in rules]
        found = trial.attempt(
            specs,
            past.kept,
            until=past.until,
            wall=lambda at: datetime.fromtimestamp(past.time(at), past.zone),
            tired=lambda: time.monotonic() > ends,
        )
    except Problem as problem:
        return refusal(
            422, "not_allowed_here", f"{problem.where}: {problem.zh}", f"{problem.where}: {problem.en}"
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return refusal(400, "bad_request", "不是一组规则。", "These are no rules.")
    except trial.TooMuch:
        return refusal(
            503,
            "too_much",
            "画面中物体过多，试算超时。",
            "There is too much in the picture to try it in time.",
        )
    at = past.kept[-1][0] if past.kept else None
    said = {
        "camera": past.camera,
        "since": moment(past.time(found[0].since)),
        "until": moment(past.time(found[0].until)),
        "seen_at": None if at is None else moment(past.time(at)),
        "rules": [_rule(one, past.time) for one in found],
    }
    return 200, json.dumps(said, ensure_ascii=False).encode()


def _rule(found: trial.Found, time_: Callable[[float], float]) -> dict[str, Any]:
    def spans(of: Sequence[trial.Span]) -> list[list[str]]:
        return [[moment(time_(a)), moment(time_(b))] for a, b in of]

    return {
        "rule": found.code,
        "zone": found.place,
        "looks": found.looks,
        "why": found.why,
        "found": len(found.events),
        "events": [_event(event, time_) for event in found.events[-EVENTS:]],
        "values": [None if value is None else round(value, 4) for value in found.values],
        "unseen": spans(found.unseen),
        "closed": spans(found.closed),
        "crossed": found.crossed,
    }


def _event(event: Event, time_: Callable[[float], float]) -> Mapping[str, Any]:
    return {
        "start": moment(time_(event.start)),
        "end": None if event.end is None else moment(time_(event.end)),
        "peak": round(event.peak, 4),
        "kind": event.kind,
        "about": event.about,
        "unseen_s": event.unseen,
    }
