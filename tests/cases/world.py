"""A small district with every desk a case needs, the sample district's catalogue, and time that moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from chengyun.cases import actions, pack
from chengyun.cases.models import Case
from chengyun.district.models import Area
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.packs import Pack
from chengyun.kernel.transaction import write
from chengyun.people import actors
from chengyun.people.models import AreaLeader, Department, Post, Staff

# 17:00 on Friday 29 December 2023, in Zhengzhou: an hour of working time is left, then a long weekend.
START = datetime(2023, 12, 29, 9, 0, tzinfo=UTC)
RUYIHU = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"

# code, kind, area, department, reports_to
POSTS = [
    ("CMD", "commander", "r", None, None),
    ("LEAD", "shift_leader", "r", None, "CMD"),
    ("LEAD-2", "shift_leader", "b", None, "CMD"),
    ("DUTY", "duty_officer", "r", None, "LEAD"),
    ("DISP", "dispatcher", "r", None, "LEAD"),
    ("DISP-2", "dispatcher", "b", None, "LEAD"),
    ("VERIFY", "verifier", "r", None, "LEAD"),
    ("DEPT-sw", "department_desk", "r", "sw", "CMD"),
    ("DEPT-sw-H", "department_handler", "r", "sw", "DEPT-sw"),
    ("DEPT-cg", "department_desk", "r", "cg", "CMD"),
    ("DEPT-zfzd", "department_desk", "r", "zfzd", "CMD"),
    ("GL-a", "grid_leader", "a", None, "DUTY"),
    ("GS-m", "grid_staff", "m", None, "GL-a"),
]


@dataclass
class World:
    clock: clock.Virtual
    areas: dict[str, Area] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)

    def at(self, code: str) -> Actor:
        return actors.at_post(code)

    def report(
        self, who: str = "GS-m", *, kind: str = "noise", condition: str | None = "shop", **more: Any
    ) -> Case:
        given: dict[str, Any] = {"area": self.areas["m"], "description": "测试"}
        return actions.report(actor=self.at(who), kind=kind, condition=condition, **{**given, **more})

    def move(self, case: Case, verb: str, who: str, **args: Any) -> Case:
        return actions.move(actor=self.at(who), case_id=case.pk, verb=verb, **args)

    def through(self, case: Case, upto: str, *, dept: str = "DEPT-cg") -> Case:
        """The main path until a verb is done."""
        path = [
            ("file", "DUTY", {}),
            ("dispatch", "DISP", {"post": dept}),
            ("sign_for", dept, {}),
            ("handle", dept, {}),
            ("settle", dept, {}),
            ("post_fix_check", "VERIFY", {}),
            ("close", "LEAD", {}),
            ("call_back", "DISP", {"ok": True}),
            ("archive", "LEAD", {}),
        ]
        for verb, who, args in path:
            case = self.move(case, verb, who, **args)
            if verb == upto:
                return case
        raise AssertionError(f"{upto} is not on the main path")

    def pass_time(self, **duration: float) -> None:
        """Advance through every timer that falls due, as the worker would."""
        until = clock.now() + timedelta(**duration)
        for _ in range(5000):
            due = timers.next_due()
            if due is None or due > until:
                break
            self.clock.advance_to(max(due, clock.now()))
            timers.fire_due()
        self.clock.advance_to(until)


def _area(code: str, parent: Area | None, kind: str, level: int) -> Area:
    return Area.objects.create(
        code=code,
        name_zh=code,
        name_en=code,
        kind=kind,
        parent=parent,
        path=f"{parent.path if parent else '/'}{code}/",
        level=level,
        valid_from=date(2023, 1, 1),
    )


def load_catalogue() -> None:
    """The sample district's catalogue, with the departments this small district lacks sent to the fallback."""
    found = Pack(RUYIHU)
    data = pack.read(found)
    found.check()
    actions.load_cases(actor=system("init"), data=data)


def build(virtual: clock.Virtual) -> World:
    world = World(virtual)
    with write():
        root = _area("r", None, "district", 0)
        a = _area("a", root, "grid2", 1)
        world.areas = {"r": root, "a": a, "b": _area("b", root, "grid2", 1), "m": _area("m", a, "micro", 2)}
        departments = {
            code: Department.objects.create(code=code, name_zh=code, name_en=code)
            for code in ("sw", "cg", "zfzd")
        }
        for code, kind, where, department, above in POSTS:
            world.posts[code] = Post.objects.create(
                code=code,
                kind=kind,
                name_zh=code,
                name_en=code,
                area=world.areas[where],
                department=departments.get(department or ""),
                reports_to=world.posts.get(above or ""),
                standing=Staff.objects.create(ref=f"p-{code.lower()}", state="active"),
            )
        AreaLeader.objects.create(area=a, post=world.posts["GL-a"], role="A")
        load_catalogue()
    return world
