"""A worker with its processes against the server's doors: leases, outages, the death of a process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chengyun_vision.worker.parent import Plan, Worker
from tests.vision.platform_double import TOKEN, Double, camera

OTHERS = ("offline", "frozen", "dark", "blurred", "moved", "corrupt", "clock")
HEALTH = {"unseen_after": 1200, "hold_off": 0, **dict.fromkeys(OTHERS, False)}
# By the double's clock the lens is covered from the tenth minute to the thirtieth; two minutes of it pass in a second.
LENS = "scene://covered-lens?seed=5&every=3600&from=600&for=1200"
HOUR = 1_704_000_000.0 - 1_704_000_000.0 % 3600
PATIENCE = 60.0


def until(what: Callable[[], object], patience: float = PATIENCE) -> None:
    ends = time.monotonic() + patience
    while not what():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.05)


class Running:
    def __init__(self, double: Double, folder: Path, **plan: object) -> None:
        self.said: list[str] = []
        self.double = double
        self.worker = Worker(
            Plan(server=double.url, name="w", folder=folder, **plan), TOKEN, self.said.append
        )  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self.worker.run, daemon=True)
        self.thread.start()

    def pids(self) -> list[int]:
        return [member.process.pid for member in self.worker.crew.members]

    def stop(self) -> None:
        self.worker.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def double() -> Iterator[Double]:
    made = Double([camera(f"c{n}", LENS, **HEALTH) for n in (1, 2)], rate=120.0)
    made.now0 = HOUR + 200
    yield made
    made.close()


@pytest.fixture
def running(double: Double, tmp_path: Path) -> Iterator[Running]:
    made = Running(double, tmp_path)
    yield made
    made.stop()


def test_cameras_are_taken_and_lost_without_a_restart(double: Double, running: Running) -> None:
    until(lambda: double.leases and double.leases[-1]["has"] == ["c1", "c2"])
    pids = running.pids()
    until(lambda: {s["camera"] for s in double.leases[-1]["stats"]} == {"c1", "c2"})
    lost = double.cameras.pop("c1")
    double.cameras["c3"] = camera("c3", LENS, **HEALTH)
    until(lambda: double.leases[-1]["has"] == ["c2", "c3"])
    until(lambda: {s["camera"] for s in double.leases[-1]["stats"]} == {"c2", "c3"})
    double.cameras["c1"] = lost
    until(lambda: double.leases[-1]["has"] == ["c1", "c2", "c3"])
    assert running.pids() == pids
    running.worker.stop()
    until(lambda: double.leases[-1].get("leaving"))


def test_an_outage_of_the_server_loses_and_doubles_nothing(double: Double, running: Running) -> None:
    until(lambda: len({s["camera"] for lease in double.leases for s in lease["stats"]}) == 2)
    double.down = True  # before the lens is covered
    until(lambda: double.now() > HOUR + 1000)
    assert double.words == [] and running.worker.works, "the lease has not run out yet"
    double.down = False
    until(lambda: len(double.words) >= 2)
    until(lambda: double.now() > HOUR + 2000)
    until(lambda: sorted(double.states().values()) and all("end" in s for s in double.states().values()))
    assert len(double.states()) == 2
    assert all(
        states[0] == "new" and states.count("new") == states.count("end") == 1
        for states in double.states().values()
    )
    assert {word["rule"] for word in double.words} == {"b-c1.whole", "b-c2.whole"}
    assert running.worker._spool.names() == []


def test_the_death_of_a_process_loses_and_doubles_nothing(double: Double, running: Running) -> None:
    until(lambda: len(double.states()) == 2)
    first = set(double.states())
    (pid,) = running.pids()
    os.kill(pid, signal.SIGKILL)
    until(lambda: running.pids() != [pid])
    # The new process sees a covered lens only by comparison with what was usual, which it has not seen: what nobody finds
    # again is ended five minutes later, under the same id.
    until(lambda: all("end" in states for states in double.states().values()))
    assert set(double.states()) == first
    assert all(states.count("end") == 1 for states in double.states().values())


def test_a_camera_is_not_looked_through_after_its_lease(double: Double, tmp_path: Path) -> None:
    double.lease_s = 2.0
    running = Running(double, tmp_path)
    try:
        until(lambda: running.worker.works)
        double.down = True
        until(lambda: not running.worker.works, 10.0)
        assert any("run out" in line for line in running.said)
        double.down = False
        until(lambda: running.worker.works)
    finally:
        running.stop()


def test_nobody_waits_for_evidence_and_it_comes(tmp_path: Path) -> None:
    bag = "scene://left-bag?seed=11&every=3600&from=600&for=900"
    settings = {"unseen_after": 600, "flicker": 300, "hold_off": 60, "evidence": "new"}
    double = Double([camera("c1", bag, "abandoned_object", **settings)], rate=60.0)
    double.now0 = HOUR + 300
    running = Running(double, tmp_path)
    try:
        until(lambda: double.words)
        (ref,) = double.words[0]["evidence"]
        until(lambda: ref in double.pictures)
        assert double.order.index(double.words[0]["id"]) < double.order.index(ref)
        # Nobody looked for people: all of it is coarse.
        assert double.pictures[ref]["masked"] == "whole" and double.pictures[ref]["heads"] == "0"
    finally:
        running.stop()
        double.close()


def test_a_wrong_token_throws_nothing_away(tmp_path: Path) -> None:
    double = Double([])
    worker = Worker(Plan(server=double.url, name="w", folder=tmp_path), "cy_wrong", lambda text: None)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    until(lambda: double.refused)
    worker.stop()
    thread.join(20)
    double.close()
    assert not thread.is_alive()


def test_what_a_worker_cannot_do_is_named(tmp_path: Path) -> None:
    crowd, wrong = camera("c1", LENS, "crowd_over_capacity", at_least=5), camera("c2", LENS, nonsense=1)
    crowd["rules"][0]["model_kind"] = "detector"
    double = Double([crowd, wrong])
    running = Running(double, tmp_path)
    try:
        until(lambda: len(double.leases[-1]["problems"]) == 2 if double.leases else False)
        problems = double.leases[-1]["problems"]
        assert "model" in problems["b-c1"] and "nonsense" in problems["b-c2"]
    finally:
        running.stop()
        double.close()
