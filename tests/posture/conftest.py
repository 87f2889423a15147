"""A small district with one commander, a deputy, a duty officer, and the sample district's posture policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from chengyun.district.models import Area
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.packs import Pack
from chengyun.kernel.transaction import write
from chengyun.people import actors
from chengyun.people.models import Post, Staff
from chengyun.posture import actions, pack

START = datetime(2023, 12, 31, 9, 0, tzinfo=UTC)
RUYIHU = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"

# code, kind, area, reports_to
POSTS = [
    ("CMD", "commander", "r", None),
    ("CMD-2", "commander", "r", "CMD"),
    ("LEAD", "shift_leader", "r", "CMD-2"),
    ("DUTY", "duty_officer", "r", "LEAD"),
    ("DISP", "dispatcher", "r", "LEAD"),
    ("FP-01", "fixed", "a", "LEAD"),
    ("FP-02", "fixed", "b", "LEAD"),
    ("MP-01", "mobile", "r", "LEAD"),
    ("GS-1", "grid_staff", "a", "LEAD"),
]


@dataclass
class World:
    clock: clock.Virtual
    root: Area
    a: Area
    b: Area
    posts: dict[str, Post] = field(default_factory=dict)

    def at(self, code: str) -> Actor:
        return actors.at_post(code)

    def after(self, **duration: float) -> datetime:
        return clock.now() + timedelta(**duration)

    def pass_time(self, **duration: float) -> None:
        """Advance step by step through every timer that falls due, as the worker would."""
        until = self.after(**duration)
        for _ in range(1000):
            due = timers.next_due()
            if due is None or due > until:
                break
            self.clock.advance_to(max(due, clock.now()))
            timers.fire_due()
        self.clock.advance_to(until)

    def declare(self, who: str = "CMD", **more: object) -> object:
        """Declare with everything that has to be stated, unless the test says otherwise."""
        given: dict[str, object] = {
            "actor": self.at(who),
            "matter": "千玺广场人群聚集",
            "expected_end": self.after(hours=4),
            "measures": ["limit_inflow"],
        }
        if "proposal_id" not in more:
            given["area"] = self.root
        return actions.declare(**{**given, **more})  # type: ignore[arg-type]


def area(code: str, parent: Area | None) -> Area:
    path = f"{parent.path if parent else '/'}{code}/"
    return Area.objects.create(
        code=code,
        name_zh=code,
        name_en=code,
        kind="grid2" if parent else "district",
        parent=parent,
        path=path,
        level=1 if parent else 0,
        valid_from=date(2023, 1, 1),
    )


def build() -> tuple[Area, Area, Area, dict[str, Post]]:
    with write():
        root = area("r", None)
        areas = {"r": root, "a": area("a", root), "b": area("b", root)}
        posts: dict[str, Post] = {}
        for code, kind, where, above in POSTS:
            person = Staff.objects.create(ref=f"p-{code.lower()}", state="active")
            posts[code] = Post.objects.create(
                code=code,
                kind=kind,
                name_zh=code,
                name_en=code,
                area=areas[where],
                reports_to=posts.get(above) if above else None,
                standing=person,
            )
        found = Pack(RUYIHU)
        data = pack.read(found)
        found.check()
        assert data is not None
        actions.load_posture(actor=system("init"), data=data)
    return areas["r"], areas["a"], areas["b"], posts


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.use(clock.Virtual(START)) as virtual:
        root, a, b, posts = build()
        yield World(virtual, root, a, b, posts)
