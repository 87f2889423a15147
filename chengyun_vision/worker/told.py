"""Events as words for the server; and the events of a process that died, which its successor takes up or ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chengyun_vision.frames import Event
from chengyun_vision.source.base import SAYS

# For so long somebody may find again what a dead process had found. Suggested (建议值), seconds.
AGAIN = 300.0


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Open:
    """An event that was told and has not ended. `at`: of its latest word; times of the district."""

    id: str
    rule: str
    kind: str
    about: str
    start: float
    at: float
    peak: float


def word(event: Event, at: float) -> dict[str, Any]:
    """One word, as the server's door for events takes it."""
    return {
        "id": event.id,
        "rule": event.rule,
        "state": event.state,
        "kind": event.kind,
        "at": moment(at),
        "start": moment(event.start),
        "end": None if event.end is None else moment(max(event.start, event.end)),
        "peak": event.peak,
        "unseen": event.unseen,
        "about": event.about,
        "evidence": list(event.evidence)[:20],
    }


def _of_one_name(one: Open) -> Open:
    """What was told of a camera that sent nothing names the reason; another reason by now makes it no other event."""
    away = one.kind == "camera_health" and one.about in SAYS
    return replace(one, about="offline") if away else one


def after(known: dict[str, Open], camera: str, said: Mapping[str, Any]) -> None:
    """Keeps `known` (camera/id -> Open) up to a word."""
    key = f"{camera}/{said['id']}"
    if said["state"] == "end":
        known.pop(key, None)
        return
    start, at = (datetime.fromisoformat(said[name]).timestamp() for name in ("start", "at"))
    known[key] = Open(said["id"], said["rule"], said["kind"], said["about"], start, at, said["peak"])


class Teller:
    """One camera's events on their way out. `orphans`: those that an earlier process left open: what is found again there
    goes on under their id; what is not is ended with what was last known of it."""

    def __init__(self, orphans: Iterable[Open] = (), now: float = 0.0) -> None:
        self._orphans = sorted(map(_of_one_name, orphans), key=lambda one: one.start)
        self._until = now + AGAIN
        self._alias: dict[str, Open] = {}
        self._at = float("-inf")

    def tell(self, event: Event, at: float) -> dict[str, Any]:
        """`at`: when it is said; words of one camera never go back in time."""
        at = self._at = max(self._at, at)
        if event.state == "new":
            orphan = next((o for o in self._orphans if (o.rule, o.about) == (event.rule, event.about)), None)
            if orphan is not None:
                self._orphans.remove(orphan)
                self._alias[event.id] = orphan
        taken_up = self._alias.get(event.id)
        if taken_up is not None:
            if event.state == "end":
                del self._alias[event.id]
            event = replace(
                event,
                id=taken_up.id,
                state="update" if event.state == "new" else event.state,
                start=min(event.start, taken_up.start),
                peak=max(event.peak, taken_up.peak),
                unseen=event.unseen + max(0.0, event.start - taken_up.at),
            )
        return word(event, at)

    def given_up(self, now: float) -> list[dict[str, Any]]:
        """Ends of what nobody found again in time."""
        if now < self._until or not self._orphans:
            return []
        gone, self._orphans = self._orphans, []
        at = self._at = max(self._at, now)
        return [
            word(
                Event(o.id, o.rule, o.kind, o.rule.partition(".")[2], "end", o.start, max(o.start, o.at), o.peak,
                      about=o.about), at,
            )
            for o in gone
        ]  # fmt: skip
