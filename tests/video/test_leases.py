"""Cameras and workers: no camera is ever held by two, whoever stops speaks too late, and nobody is forgotten."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chengyun.alerts import actions as alert_actions
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict
from chengyun.people import actions as people
from chengyun.server import district_folder
from chengyun.video import actions
from chengyun.video.actions.leases import Ask
from chengyun.video.logic import leasing
from chengyun.video.models import Seat, Worker
from tests.video.conftest import World, folder

ALL = ["cam-0", "cam-1", "cam-2"]


def test_a_worker_gets_what_it_has_room_for(world):
    found = world.lease(room=2)
    assert [w.camera for w in found.cameras] == ["cam-0", "cam-1"]
    assert found.until == clock.now() + timedelta(seconds=leasing.LEASE_S)
    assert [w.camera for w in world.lease("w2", room=5).cameras] == ["cam-2"]
    (first, second) = world.entries("camera.lease_moved")
    assert (first["taken"], second["taken"], second["worker"]) == (["cam-0", "cam-1"], ["cam-2"], "w2")


def test_a_first_lease_has_the_rules_looked_through_once(world, monkeypatch):
    """Dozens of datastreams come into service with it; nobody may write until it is done."""
    times = []
    looked = alert_actions.note_changed_district
    monkeypatch.setattr(alert_actions, "note_changed_district", lambda: (times.append(1), looked())[1])
    world.lease()
    assert len(world.entries("datastream.service_changed")) > 3 and len(times) == 1


def test_what_it_gets_says_how_to_look_and_holds_no_secret(world):
    work = {w.camera: w for w in world.lease().cameras}
    assert (work["cam-0"].main, work["cam-0"].login) == ("rtsp://nvr.example/0", "NVR")
    assert work["cam-1"].privacy and [r.rule["code"] for r in work["cam-0"].rules] == [
        "crowd.whole",
        "park.curb",
    ]
    gate = work["cam-2"].rules[0].rule
    assert gate["settings"] == {"window": 30, "cadence": 0.2} and gate["line"]["code"] == "line"
    assert gate["quantities"] == {"in": "line_flow_in", "out": "line_flow_out"}
    crowd = next(r.rule for r in work["cam-0"].rules if r.binding == "crowd")
    assert crowd["quantities"] == {}, "people in view are not people present"


def test_a_heartbeat_renews_and_writes_nothing_into_the_journal(world):
    world.lease()
    before = len(world.entries("camera.lease_moved"))
    for _ in range(5):
        world.clock.advance(seconds=leasing.BEAT_S)
        assert [w.camera for w in world.beat().cameras] == ALL
    assert len(world.entries("camera.lease_moved")) == before
    assert not world.lease("w2").cameras


def test_a_silent_worker_loses_its_cameras_within_thirty_seconds(world):
    world.lease()
    began = clock.now()
    taken = None
    while taken is None:
        world.clock.advance(seconds=leasing.BEAT_S)
        if world.lease("w2").cameras:
            taken = clock.now() - began
    assert timedelta(seconds=leasing.LEASE_S) <= taken <= timedelta(seconds=30)
    late = world.lease(has=ALL, room=0)
    assert not late.cameras and late.dropped == ALL


def test_two_processes_of_one_name_are_not_one(world):
    world.lease()
    with pytest.raises(Conflict):
        world.lease(session="another")
    world.clock.advance(seconds=leasing.LEASE_S)
    assert world.lease(session="another").cameras, "once the first is gone the name is free again"


def test_a_restarted_worker_gets_its_own_back(world):
    world.lease(room=2)
    world.sessions["w1"] = "s-new"
    world.clock.advance(seconds=leasing.LEASE_S)
    assert [w.camera for w in world.lease(room=2).cameras] == ["cam-0", "cam-1"]


def test_leaving_gives_all_back_at_once(world):
    world.lease()
    world.lease(has=ALL, leaving=True)
    assert [w.camera for w in world.lease("w2").cameras] == ALL


def test_too_many_are_given_back(world):
    world.lease()
    found = world.lease(has=ALL, room=-2)
    assert len(found.cameras) == 1 and len(found.dropped) == 2


def test_what_may_no_longer_be_looked_through_is_taken_back(world):
    world.lease()
    actions.describe(actor=system("test"), code="cam-0", purposes=["upkeep"])
    assert [w.camera for w in world.beat().cameras] == ["cam-1", "cam-2"]
    actions.pause(actor=system("test"), code="health", reason="maintenance", until=world.after(hours=1))
    assert [w.camera for w in world.beat().cameras] == ["cam-2"]
    world.pass_time(hours=2)
    assert "cam-1" in [w.camera for w in world.lease(room=9).cameras]


def test_what_nobody_looks_at_is_told_and_becomes_an_alert(world):
    world.lease()
    world.clock.advance(seconds=10)
    world.beat(cam_0=0.0, cam_1=30.0)
    seat = Seat.objects.get(camera__code="cam-1")
    assert (seat.unseen, seat.fps) == (30.0, 1)
    (alert,) = world.alerts("degraded")
    assert (alert.subject, alert.measure) == ("datastream:cam-1.analysis", 30.0)
    world.clock.advance(seconds=10)
    world.beat(cam_1=1.0)
    alert.refresh_from_db()
    assert alert.state == "cleared"


def test_a_camera_that_nobody_analyses_any_more_raises_its_own_alert(world):
    world.pass_time(minutes=20)
    assert not world.alerts("blind"), "what was never analysed is not silent"
    world.lease()
    world.clock.advance(seconds=10)
    world.beat(cam_0=0.0, cam_1=0.0, cam_2=0.0)
    world.pass_time(minutes=7)
    assert {a.subject for a in world.alerts("blind")} == {f"datastream:{c}.analysis" for c in ALL}


def test_what_a_worker_cannot_do_is_said_of_the_binding(world):
    from chengyun.video.models import Binding

    world.lease()
    world.lease(room=0, has=ALL, problems={"park": "no such key", "nothing": "x"})
    assert Binding.objects.get(code="park").problem == "no such key"
    world.lease(room=0, has=ALL)
    assert Binding.objects.get(code="park").problem == ""


# Every order of heartbeats, silences, departures and restarts

NAMES = ["a", "b", "c"]


class Leases(RuleBasedStateMachine):
    """What each worker believes it holds: what it was last told, until `lease_s` from before it asked. No two overlap."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self._outer = transaction.atomic()
        self._outer.__enter__()
        self.believes: dict[str, tuple[set[str], object]] = {}
        self.session = dict.fromkeys(NAMES, 0)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._outer.__exit__(None, None, None)

    def _ask(self, name: str, room: int, leaving: bool = False) -> None:
        asked = clock.now()
        held, until = self.believes.get(name, (set(), asked))
        has = held if until > asked else set()
        try:
            found = actions.lease(
                name=name, ask=Ask(session=f"{name}{self.session[name]}", room=room, has=has, leaving=leaving)
            )
        except Conflict:
            return
        if leaving:
            self.believes.pop(name, None)
        else:
            assert len({w.camera for w in found.cameras}) == len(found.cameras)
            self.believes[name] = (
                {w.camera for w in found.cameras},
                asked + timedelta(seconds=leasing.LEASE_S),
            )

    @rule(name=st.sampled_from(NAMES), room=st.sampled_from([3, 3, 3, 1, 0, -1]))
    def heartbeat(self, name, room):
        self._ask(name, room)

    @rule(name=st.sampled_from(NAMES), what=st.sampled_from(["leaves", "starts anew", "pause", "resume"]))
    def something_happens(self, name, what):
        if what == "leaves":
            self._ask(name, 0, leaving=True)
        elif what == "starts anew":
            self.session[name] += 1
            self.believes.pop(name, None)
        elif what == "pause":
            until = self.world.after(hours=1)
            actions.pause(actor=system("test"), code="gate", reason="maintenance", until=until)
        else:
            actions.resume(actor=system("test"), code="gate")

    @rule(seconds=st.sampled_from([23, 1, 24, 12]))
    def time_passes(self, seconds):
        self.world.clock.advance(seconds=seconds)

    @invariant()
    def nobody_shares_a_camera(self):
        now = clock.now()
        held = [camera for cameras, until in self.believes.values() if until > now for camera in cameras]
        assert len(held) == len(set(held)), self.believes

    @invariant()
    def the_table_says_the_same(self):
        now = clock.now()
        for seat in Seat.objects.filter(until__gt=now).select_related("worker", "camera"):
            assert seat.worker is not None and seat.worker.until >= seat.until


def test_no_camera_is_held_by_two_in_any_order(world):
    Leases.world = world
    run_state_machine_as_test(
        Leases,
        settings=settings(
            max_examples=30, stateful_step_count=30, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


# At once


@pytest.fixture
def busy(committed, tmp_path, settings):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    district_folder.load(folder(tmp_path / "district"))
    people.start_roster(actor=system("test"))
    return World(committed, tmp_path)


def test_workers_that_ask_at_once_share_nothing(busy):
    """Real threads, real commits: eight workers want everything, again and again, while time passes."""
    names = [f"w{n}" for n in range(8)]
    failed: list[BaseException] = []
    for turn in range(4):
        held: dict[str, list[str]] = {}
        start = threading.Barrier(len(names), timeout=30)

        def run(name: str, held=held, start=start) -> None:
            try:
                start.wait()
                found = actions.lease(name=name, ask=Ask(session=name, room=10))
                held[name] = [w.camera for w in found.cameras]
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not failed, failed
        cameras = [camera for one in held.values() for camera in one]
        assert len(cameras) == len(set(cameras)), (turn, held)
        assert set(Seat.objects.filter(until__gt=clock.now()).values_list("camera__code", flat=True)) == set(
            cameras
        )
        # Asked at once, each may have passed over what another was just taking; alone, the next one gets the rest.
        actions.lease(name=names[turn], ask=Ask(session=names[turn], room=10, has=held[names[turn]]))
        assert Seat.objects.filter(until__gt=clock.now()).count() == len(ALL)
        busy.clock.advance(seconds=leasing.LEASE_S)
    assert Worker.objects.count() == len(names)
