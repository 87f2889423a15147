"""A small district: two dedicated grids in a ring, three counters fed by cameras, people at their posts, a few rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from chengyun.alerts import actions, runtime
from chengyun.alerts.models import Alert, Incident
from chengyun.alerts.pack import AlertsData
from chengyun.district.models import Area, Asset, OverlayGrid, Settings
from chengyun.kernel import clock, ids, journal, outbox, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack
from chengyun.kernel.transaction import write
from chengyun.people import actors
from chengyun.people.models import Post, Staff
from chengyun.posture import actions as posture
from chengyun.posture import pack as posture_pack
from chengyun.signals import actions as signals
from chengyun.signals.actions.service import changed
from chengyun.signals.models import Datastream, Source

START = datetime(2023, 12, 31, 9, 0, tzinfo=UTC)
RUYIHU = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"

RULES = """
- code: crowd-total
  name: {zh: 人群总量, en: Crowd total}
  when: total
  select: {quantity: people_present}
  over: {area: ring}
  levels: {1: 300, 2: 200}
  hysteresis: 10
  fresh: 90s
  cause: crowd
  incident_at: root
  proposes: {mode: emergency, level: 1, area: r}
- code: zone-high
  name: {zh: 单点高, en: High at one counter}
  when: threshold
  select: {quantity: people_present}
  levels: {2: 150, 3: 100}
  hysteresis: 10
  for: 2m
  cause: crowd
  incident_at: root
- code: counter-silent
  name: {zh: 计数器无数据, en: Counter silent}
  when: absence
  select: {quantity: people_present}
  levels: {3: 5m}
  labels: {watches: equipment}
  cause: equipment
  incident_at: upstream
- code: camera-down
  name: {zh: 摄像机离线, en: Camera down}
  when: threshold
  direction: below
  select: {quantity: camera_up}
  levels: {3: 0}
  labels: {watches: equipment}
  cause: equipment
  incident_at: upstream
  inhibits: [{rules: [counter-silent], scope: downstream}]
- code: parked
  name: {zh: 违停, en: Illegal parking}
  when: threshold
  select: {quantity: illegal_parking}
  levels: {4: 1}
  camera: true
  case: {kind: illegal-parking}
- code: leak
  name: {zh: 积水, en: Water}
  when: threshold
  select: {quantity: water_depth}
  levels: {2: 0.27, 4: 0.15}
  case: {kind: ponding, judged: false}
- code: gateway
  name: {zh: 网关报警, en: Gateway alarm}
  when: external
  levels: {3: 1, 4: 0}
  cause: power
  incident_at: root
"""


@dataclass
class World:
    clock: clock.Virtual
    root: Area
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def at(self, code: str) -> Actor:
        return actors.at_post(code)

    def after(self, **duration: float) -> datetime:
        return clock.now() + timedelta(**duration)

    def send(self, key: str | None = None, at: datetime | None = None, **values: float) -> Any:
        """Readings of now (or `at`) in one message: c1=120 means datastream "c1.people"."""
        names = {"c": "people", "k": "up", "p": "illegal_parking", "w": "depth"}
        readings = [
            (f"{name}.{names[name[0]]}", at or clock.now(), float(v), None) for name, v in values.items()
        ]
        return signals.ingest(source="gw", readings=readings, message_key=key or f"m{next(self.numbers)}")

    def pass_time(self, **duration: float) -> None:
        """Advance step by step through every timer that falls due, as the worker would."""
        until = self.after(**duration)
        for _ in range(10_000):
            due = timers.next_due()
            if due is None or due > until:
                break
            self.clock.advance_to(max(due, clock.now()))
            timers.fire_due()
        self.clock.advance_to(until)

    def minutes(self, n: int, **values: float) -> None:
        """The same readings once a minute for n minutes, timers in between."""
        for _ in range(n):
            self.send(**values)
            self.pass_time(seconds=60)

    def alert(self, rule: str, subject: str | None = None) -> Alert:
        rows = Alert.objects.filter(rule__code=rule)
        if subject:
            rows = rows.filter(subject=subject)
        return rows.latest("pk")

    def kinds(self, prefix: str = "alert.") -> list[str]:
        rows = JournalEntry.objects.filter(kind__startswith=prefix).order_by("id")
        return [f"{e.kind.removeprefix(prefix)} {e.payload.get('rule', '')}".strip() for e in rows]

    def entry(self, kind: str) -> JournalEntry:
        return JournalEntry.objects.filter(kind=kind).latest("id")

    def open(self, but: str = "") -> list[str]:
        """Open alerts as "rule level state", those of the rule `but` left out."""
        rows = Alert.objects.exclude(state="closed").exclude(rule__code=but).order_by("pk")
        return [f"{a.rule.code} {a.level} {a.state}" for a in rows]

    def incidents(self, rule: str = "") -> list[Incident]:
        """Open incidents, or those that hold alerts of a rule."""
        rows = Incident.objects.filter(state="open").order_by("pk")
        return list(rows.filter(alerts__rule__code=rule).distinct() if rule else rows)


def rule(code: str, /, **fields: Any) -> dict[str, Any]:
    """A sample rule by code, changed."""
    body = next(r for r in yaml.safe_load(RULES) if r["code"] == code)
    return body | fields


def area(code: str, parent: Area | None, kind: str) -> Area:
    return Area.objects.create(
        code=code, name_zh=code, name_en=code, kind=kind, parent=parent,
        path=f"{parent.path if parent else '/'}{code}/", level=1, valid_from=date(2023, 1, 1),
    )  # fmt: skip


def asset(code: str, kind: str, where: Area, upstream: Asset | None = None) -> Asset:
    return Asset.objects.create(
        code=code, kind=kind, name_zh=code, name_en=code, area=where, lon=113.7, lat=34.7, upstream=upstream
    )


def stream(code: str, quantity: str, thing: Asset, source: Source, every_s: int = 60) -> None:
    Datastream.objects.create(
        code=code, quantity=quantity, asset=thing, area=thing.area, source=source, every_s=every_s, late_s=30
    )


def build() -> Area:
    with write():
        Settings.objects.create(
            code="r", name_zh="r", name_en="r", timezone="Asia/Shanghai", crs="WGS84", lon=113.7, lat=34.7,
            bbox=[113, 34, 114, 35], schematic=True, pack_hash="0",
        )  # fmt: skip
        root = area("r", None, "district")
        zone = area("z", root, "grid2")
        a, b = area("a", zone, "dedicated"), area("b", zone, "dedicated")
        ring = area("ring", root, "ring")
        OverlayGrid.objects.create(overlay=ring, grid=zone)
        source = Source.objects.create(code="gw", name_zh="网关", name_en="Gateway")
        for n, where in ((1, a), (2, a), (3, b)):
            camera = asset(f"k{n}", "camera", where)
            stream(f"k{n}.up", "camera_up", camera, source)
            stream(f"c{n}.people", "people_present", asset(f"c{n}", "counter", where, camera), source)
        parked = asset("p1", "camera", a)
        stream("p1.illegal_parking", "illegal_parking", parked, source, every_s=0)
        stream("w1.depth", "water_depth", asset("w1", "gauge", b), source, every_s=300)
        changed()
        above = None
        for code, kind in (
            ("CMD", "commander"), ("LEAD", "shift_leader"), ("DUTY", "duty_officer"), ("DISP", "dispatcher"),
            ("GS", "grid_staff"),
        ):  # fmt: skip
            person = Staff.objects.create(ref=f"p-{code.lower()}", state="active")
            above = Post.objects.create(
                code=code, kind=kind, name_zh=code, name_en=code, area=root, reports_to=above, standing=person
            )
        found = Pack(RUYIHU)
        policy = posture_pack.read(found)
        posture.load_posture(actor=system("init"), data=policy)
        actions.load_alerts(actor=system("init"), data=AlertsData(yaml.safe_load(RULES)))
    return root


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the domains above: what cases make of an alert is theirs to test."""
    below = {
        kind: [h for h in handlers if not h.__module__.startswith(("chengyun.cases", "chengyun.live"))]
        for kind, handlers in journal._handlers.items()
    }
    monkeypatch.setattr(journal, "_handlers", below)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    runtime.forget()
    with clock.use(clock.Virtual(START)) as virtual, ids.seeded(b"alerts"):
        yield World(virtual, build())
    runtime.forget()


@pytest.fixture
def handed(world: World) -> Any:
    """Hand off what waits in the outbox; returns how many."""
    return lambda: outbox.hand_off(limit=100_000)
