"""A small district with six cameras: two with streams and algorithms, one without terms, one of another owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation

from chengyun.alerts import runtime
from chengyun.alerts.models import Alert
from chengyun.kernel import clock, ids, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.models import JournalEntry
from chengyun.people import actions as people
from chengyun.people import actors
from chengyun.server import district_folder
from chengyun.signals import registry as streams
from chengyun.video import actions
from chengyun.video.actions.events import Said, Taken
from chengyun.video.actions.leases import Ask, Lease, Stat
from chengyun.video.models import VideoEvent
from tests.chaos import district
from tests.conftest import START

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
FILE: dict[str, Any] = {
    "owners": [{"owner": "ga", "purposes": ["public_safety", "traffic", "upkeep"], "terms_ref": "T-1"}],
    "cameras": [
        {"code": "cam-0", "main": "rtsp://nvr.example/0", "sub": "rtsp://nvr.example/0s", "login": "NVR"},
        {"code": "cam-1", "main": "rtsp://nvr.example/1", "login": "NVR", "privacy": [SQUARE]},
        {"code": "cam-2", "main": "rtsp://nvr.example/2"},
    ],
    "bindings": [
        {"code": "park", "camera": "cam-0", "preset": "illegal_parking", "zones": [{"code": "curb", "points": SQUARE}]},
        {"code": "crowd", "camera": "cam-0", "preset": "crowd_over_capacity"},
        {"code": "health", "camera": "cam-1", "preset": "camera_health"},
        {
            "code": "gate", "camera": "cam-2", "preset": "people_over_line", "cadence": 0.2,
            "lines": [{"code": "line", "points": [[0.1, 0.5], [0.9, 0.5]]}],
            "schedule": {"days": ["mon"], "times": ["08:00-20:00"]}, "settings": {"window": 30},
        },
    ],
}  # fmt: skip
RULES: dict[str, Any] = {
    "rules": [
        {
            "code": "parked", "name": {"zh": "违停", "en": "Parked"}, "when": "threshold",
            "select": {"quantity": "illegal_parking"}, "levels": {4: 1}, "camera": True,
            "case": {"kind": "noise", "condition": "plain"},
        },
        {
            "code": "camera-event", "name": {"zh": "视频", "en": "Camera"}, "when": "external", "levels": [1, 2, 3, 4],
            "camera": True, "ends": "judgement", "case": {"kind": "noise", "condition": "plain"},
        },
        {
            "code": "degraded", "name": {"zh": "降级", "en": "Degraded"}, "when": "threshold",
            "select": {"quantity": "analysis_unseen"}, "levels": {4: 10}, "hysteresis": 5,
        },
        {
            "code": "blind", "name": {"zh": "中断", "en": "Blind"}, "when": "absence",
            "select": {"quantity": "analysis_unseen"}, "levels": {3: "5m"},
        },
    ]
}  # fmt: skip


def folder(at: Path) -> Path:
    """The small district with cameras and their rules."""
    district.write_folder(at)
    (at / "cameras.yaml").write_text(yaml.safe_dump(FILE, allow_unicode=True), encoding="utf-8")
    (at / "rules" / "cameras.yaml").write_text(yaml.safe_dump(RULES, allow_unicode=True), encoding="utf-8")
    return at


@dataclass
class World:
    clock: clock.Virtual
    folder: Path
    sessions: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def at(self, post: str) -> Actor:
        return actors.at_post(post)

    def lease(self, name: str = "w1", *, room: int = 10, **more: Any) -> Lease:
        given = {"session": self.sessions.setdefault(name, f"s-{name}"), "room": room, **more}
        return actions.lease(name=name, ask=Ask(**given))

    def beat(self, name: str = "w1", room: int = 0, **stats: float) -> Lease:
        """A heartbeat of what it holds, with the seconds unseen of the last minute by camera (`cam_0=30`)."""
        held = self.holding(name)
        said = [Stat(camera=c.replace("_", "-"), unseen_s=s, over_s=60, fps=1) for c, s in stats.items()]
        return self.lease(name, room=room, has=held, stats=said)

    def holding(self, name: str) -> list[str]:
        from chengyun.video.models import Seat

        rows = Seat.objects.filter(worker__name=name).order_by("camera__code")
        return list(rows.values_list("camera__code", flat=True))

    def word(self, id: str = "e1", state: str = "new", rule: str = "park.curb", **more: Any) -> Said:
        now = clock.now()
        given: dict[str, Any] = {"kind": "dwell", "at": now, "start": now - timedelta(seconds=5), "peak": 1.0}
        if state == "end":
            given["end"] = now
        return Said(id=id, rule=rule, state=state, **{**given, **more})  # type: ignore[arg-type]

    def say(self, *words: Said, worker: str = "w1") -> Taken:
        return actions.take(worker=worker, words=words)

    def event(self, ref: str = "e1") -> VideoEvent:
        return VideoEvent.objects.get(ref=ref)

    def alerts(self, rule: str | None = None) -> list[Alert]:
        rows = Alert.objects.order_by("pk")
        return list(rows.filter(rule__code=rule) if rule else rows)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        return [e.payload for e in JournalEntry.objects.filter(kind=kind).order_by("id")]

    def pass_time(self, **duration: float) -> None:
        """Advance through every timer that falls due, as the worker process would."""
        until = clock.now() + timedelta(**duration)
        while (due := timers.next_due()) is not None and due <= until:
            self.clock.advance_to(max(due, clock.now()))
            timers.fire_due()
        self.clock.advance_to(until)

    def after(self, **duration: float) -> datetime:
        return clock.now() + timedelta(**duration)

    def user(self, name: str) -> Any:
        return get_user_model().objects.get(username=name)

    def client(self, name: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(self.user(name))
        return client

    def worker(self) -> Client:
        """Whoever holds the token of the source `vision`."""
        token = people.issue_token(actor=system("test"), source="vision")
        return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def world(db: None, tmp_path: Path, settings: Any) -> Iterator[World]:
    """Accounts: duty (duty officer), keeper (admin), west (grid worker of g2-0 alone), audit (auditor)."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    runtime.forget()
    streams._current = None
    with clock.use(clock.Virtual(START)) as virtual, ids.seeded(b"video"), translation.override("en"):
        at = folder(tmp_path / "district")
        district_folder.load(at)
        people.start_roster(actor=system("test"))
        yield World(virtual, at)
    runtime.forget()
