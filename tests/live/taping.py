"""A night that was played once, and what a console that opens its tape should show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from chengyun.alerts import runtime
from chengyun.kernel import clock, registry, scope, sealer
from chengyun.live import picture, replay
from chengyun.live.scenario import Scenario
from chengyun.live.tape import asof, frames
from chengyun.server import district_folder

Shown = dict[str, dict[str, Any]]


class Night:
    """A night that was played, with what the live snapshot showed now and then."""

    def __init__(self, scenario: Path, every: timedelta) -> None:
        self.scenario, self.every = Scenario(scenario), every
        self.shots: dict[datetime, Shown] = {}

    def watch(self, now: datetime) -> None:
        if not self.shots or now - max(self.shots) >= self.every:
            sealer.seal_pending()
            self.shots[now] = live()

    @contextmanager
    def played(self) -> Iterator[Night]:
        """Play it, and stay at its end; nothing of it is left afterwards."""
        with transaction.atomic():
            runtime.forget()
            registry.forget()
            replay.play(self.scenario, load_district=district_folder.load, watch=self.watch)
            sealer.seal_pending()
            with clock.use(clock.Virtual(self.scenario.meta.end)):
                yield self
            transaction.set_rollback(True)
        runtime.forget()
        registry.forget()


def live() -> Shown:
    found = picture.snapshot(scope.ALL)["rows"]
    return {f"{kind}:{row.id}": row.model_dump() for kind in found for row in found[kind]}


def taped(at: datetime, viewer: Any = scope.ALL) -> Shown:
    found = frames.state(viewer, at)["rows"]
    return {f"{kind}:{row['id']}": row for kind in found for row in found[kind]}


def agree(shown: dict[str, Any], then: dict[str, Any]) -> bool:
    """Whether a row of the tape is the live row of then: equal, or null in a field of which the tape says nothing."""
    for name, value in then.items():
        if shown[name] == value:
            continue
        unknown = name not in asof.FACTS[kind_of(shown)] | asof.KNOWN[kind_of(shown)] or (
            name == "suppressed_by" and shown["hidden"] == "suppressed"
        )
        if shown[name] is not None or not unknown:
            return False
    return shown.keys() == then.keys()


def kind_of(row: dict[str, Any]) -> str:
    return next(kind for kind, shape in asof.SHAPES.items() if shape.model_fields.keys() == row.keys())


def differ(shown: Shown, then: Shown) -> list[Any]:
    """What is wrong, for the message of a test that fails."""
    wrong: list[Any] = sorted(shown.keys() ^ then.keys())
    for subject in shown.keys() & then.keys():
        if not agree(shown[subject], then[subject]):
            pair = (shown[subject], then[subject])
            wrong.append(
                (subject, {n: (pair[0][n], pair[1][n]) for n in pair[1] if pair[0][n] != pair[1][n]})
            )
    return wrong


def compare(night: Night) -> set[str]:
    """The state at each moment against what the snapshot showed then; returns the kinds of rows there were."""
    kinds = set()
    for at, then in night.shots.items():
        shown = taped(at)
        assert not differ(shown, then), at
        kinds |= {subject.partition(":")[0] for subject in shown}
    return kinds


ALL_OF_A_NIGHT = {"alert", "incident", "case", "proposal", "declaration", "approval", "shift"}


def follow(shown: Shown, since: datetime, until: datetime, viewer: Any = scope.ALL) -> Shown:
    """What a console shows that plays the tape from a state on."""
    shown = dict(shown)
    at: datetime | None = since
    while at is not None:
        piece = frames.piece(viewer, at, until, 60)
        moments = [frame["at"] for frame in piece["frames"]]
        assert moments == sorted(moments) and all(at < moment <= piece["until"] for moment in moments)
        for frame in piece["frames"]:
            changed = (frame["entry"] or {}).get("rows") or frame["rows"] or {}
            shown |= {subject: row for subject, row in changed.items() if row is not None}
        at = piece["next"]
    return {subject: row for subject, row in shown.items() if row["open"]}
