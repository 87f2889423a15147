"""The parts of the worker that need no process: budget, unseen seconds, clocks, words, spool, keys of live pictures."""

from __future__ import annotations

import hashlib
import hmac
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.frames import Box, Detection, Event, Frame, Look
from chengyun_vision.pipeline import FOLLOW
from chengyun_vision.rules import preset
from chengyun_vision.rules.crossing import LineCrossing
from chengyun_vision.rules.occupancy import Occupancy
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Settings
from chengyun_vision.worker.budget import Budget, lowered, room
from chengyun_vision.worker.camera import pace, with_login
from chengyun_vision.worker.clock import District
from chengyun_vision.worker.crew import Crew, Member
from chengyun_vision.worker.keeper import Keeper
from chengyun_vision.worker.later import Later
from chengyun_vision.worker.ledger import Ledger
from chengyun_vision.worker.live import LiveServer, Pictures
from chengyun_vision.worker.parent import Held, Worker
from chengyun_vision.worker.sight import Sight
from chengyun_vision.worker.spool import Spool, Writer
from chengyun_vision.worker.told import AGAIN, Open, Teller


def event(
    state: str, id: str = "e1", start: float = 100.0, end: float | None = None, about: str = ""
) -> Event:
    return Event(id, "b.whole", "left_object", "whole", state, start, end, 1.0, about=about)  # type: ignore[arg-type]


# pace


def test_a_camera_is_looked_at_as_often_as_its_rules_do_well_with() -> None:
    def of(*bodies: dict[str, object]) -> Settings:
        specs = preset.read_rules([{"code": f"r{n}", **body} for n, body in enumerate(bodies)], "test")
        return pace(Ruleset(specs, lambda: "e"))

    crowd = {"preset": "crowd_over_capacity"}
    line = {"preset": "people_over_line", "line": {"code": "l", "points": [[0.1, 0.5], [0.9, 0.5]]}}
    roaming = {"preset": "illegal_parking", "settings": {"still": False}}
    assert (of(crowd).mode, of(crowd).fps) == ("keyframe", Occupancy.rate)
    assert (of(line).mode, of(line).fps) == ("full", LineCrossing.rate) and LineCrossing.rate > Occupancy.rate
    assert of(crowd, line) == of(line)
    assert of(roaming).mode == "full" and 1 / of(roaming).fps < FOLLOW


# budget


def test_a_late_process_goes_down_step_by_step_and_comes_back_up() -> None:
    budget, at, seen = Budget(), 0.0, []
    while budget.level(9, 10) < 3:
        budget.judge(at, lag=3.0, load=1.0, dropped=False, cameras=10)
        seen.append([budget.level(i, 10) for i in range(10)])
        at += 1
        assert at < 100
    assert all(max(levels) - min(levels) <= 1 for levels in seen)
    for _ in range(2000):
        budget.judge(at, lag=0.1, load=0.3, dropped=False, cameras=10)
        at += 1
    assert budget.steps == 0


def test_a_process_that_keeps_up_looks_at_everything() -> None:
    budget = Budget()
    for at in range(100):
        assert not budget.judge(float(at), lag=0.5, load=0.6, dropped=False, cameras=10)
    assert budget.level(0, 10) == 0


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 2), st.booleans(), st.integers(0, 50)), max_size=60))
def test_levels_are_levels_whatever_happens(course: list[tuple[float, float, bool, int]]) -> None:
    budget = Budget()
    for at, (lag, load, dropped, cameras) in enumerate(course):
        budget.judge(float(at), lag=lag, load=load, dropped=dropped, cameras=cameras)
        levels = [budget.level(i, cameras) for i in range(cameras)]
        assert levels == sorted(levels, reverse=True) and all(0 <= level <= 3 for level in levels)


def test_what_a_level_means() -> None:
    full = Settings(mode="full")
    assert [lowered(full, level, 1.0).mode for level in (0, 1, 2, 3)] == [
        "full",
        "keyframe",
        "snapshot",
        "snapshot",
    ]
    assert 1.0 < lowered(full, 2, 1.0).every < 2.0 < lowered(full, 3, 1.0).every


def test_room_follows_from_what_cameras_cost() -> None:
    facts = {"limit": 400, "processes": 2, "share": 0.7}
    assert room(**facts, cameras=0, cores=0.0, degraded=False) == 8
    assert room(**facts, cameras=20, cores=0.4, degraded=False) == 20
    assert room(**facts, cameras=60, cores=1.3, degraded=False) == 4
    assert room(**facts, cameras=60, cores=1.5, degraded=False) == 0
    assert room(**facts, cameras=60, cores=0.5, degraded=True) == 0
    assert room(**(facts | {"limit": 50}), cameras=60, cores=0.5, degraded=False) == -10


# unseen seconds


def test_all_seconds_are_seen_while_nothing_is_held_back() -> None:
    sight = Sight(0.0)
    for second in range(1, 61):
        sight.looked(float(second), lowered=False)
    assert sight.take(60.0) == (60.0, 0.0)


def test_seconds_between_snapshots_are_unseen() -> None:
    sight = Sight(0.0)
    for second in range(1, 31):
        sight.looked(float(second), lowered=False)
    sight.take(30.0)
    for second in range(40, 91, 10):
        sight.looked(float(second), lowered=True)
    over, unseen = sight.take(90.0)
    assert over == 60.0 and unseen == pytest.approx(54.0, abs=1.0)


def test_a_camera_that_sends_nothing_is_unseen_while_it_lasts_and_counted_once() -> None:
    sight = Sight(0.0)
    for second in range(1, 11):
        sight.looked(float(second), lowered=False)
    total = sum(sight.take(float(at))[1] for at in range(20, 131, 10))
    for second in range(130, 161):
        sight.looked(float(second), lowered=False)
    total += sight.take(160.0)[1]
    assert total == pytest.approx(119.0, abs=2.0)


@given(st.lists(st.tuples(st.floats(0.01, 100), st.booleans(), st.booleans()), max_size=60))
def test_never_more_unseen_than_there_was(course: list[tuple[float, bool, bool]]) -> None:
    sight, at, over, unseen = Sight(0.0), 0.0, 0.0, 0.0
    for step, low, report in course:
        at += step
        if report:
            some = sight.take(at)
            assert 0 <= some[1] <= some[0] + 1e-9
            over, unseen = over + some[0], unseen + some[1]
        else:
            sight.looked(at, lowered=low)
    assert unseen <= over + 1e-6 and over <= at + 1e-6


# clocks


def test_the_districts_time_runs_as_the_server_says_and_never_back() -> None:
    steady, wall = [10.0], [1000.0]
    district = District(lambda: steady[0], lambda: wall[0])
    assert district.now() == 1000.0
    district.heard(500_000.0, 9.0, 11.0, 60.0)
    steady[0] += 2
    wall[0] += 2
    assert district.now() == pytest.approx(500_120.0)
    district.heard(500_060.0, 11.5, 12.5, 60.0)  # it waited meanwhile
    assert district.now() == pytest.approx(500_120.0)
    steady[0] += 2
    assert district.now() == pytest.approx(500_180.0)


def test_a_slow_answer_moves_no_clock_that_a_fast_one_set() -> None:
    steady = [10.0]
    district = District(lambda: steady[0], lambda: steady[0])
    district.heard(1010.0, 9.99, 10.01)
    steady[0] = 20.0
    district.heard(1018.2, 16.0, 20.0)  # said when it was asked, not in the middle: two seconds late
    assert district.now() == pytest.approx(1020.0, abs=0.01)
    district.heard(1019.99, 19.98, 20.0)
    steady[0] = 30.0
    district.heard(1060.0, 28.0, 30.0)  # but somebody has set the server's clock
    assert district.now() == pytest.approx(1061.0)


def test_moments_of_this_machine_become_the_districts() -> None:
    district = District(lambda: 10.0, lambda: 1000.0)
    district.heard(1007.0, 10.0, 10.0)
    assert district.of_wall(990.0) == pytest.approx(997.0)


# words


def test_what_is_found_again_goes_on_under_its_id() -> None:
    teller = Teller([Open("old", "b.whole", "left_object", "bag", 50.0, 90.0, 2.0)], now=100.0)
    said = teller.tell(event("new", start=110.0, about="bag"), 112.0)
    assert (said["id"], said["state"], said["peak"], said["unseen"]) == ("old", "update", 2.0, 20.0)
    assert said["start"] == "1970-01-01T00:00:50.000+00:00"
    said = teller.tell(event("end", start=110.0, end=130.0, about="bag"), 150.0)
    assert (said["id"], said["state"]) == ("old", "end")
    assert teller.given_up(100.0 + 2 * AGAIN) == []
    assert teller.tell(event("new", "e2", 400.0), 400.0)["id"] == "e2"


def test_what_nobody_finds_again_ends_with_what_was_last_known() -> None:
    teller = Teller([Open("old", "b.whole", "left_object", "bag", 50.0, 90.0, 2.0)], now=100.0)
    assert teller.tell(event("new", start=110.0, about="another"), 112.0)["state"] == "new"
    assert teller.given_up(100.0 + AGAIN - 1) == []
    (said,) = teller.given_up(100.0 + AGAIN)
    assert (said["id"], said["state"], said["end"]) == ("old", "end", "1970-01-01T00:01:30.000+00:00")
    assert teller.given_up(1e6) == []


# spool


def test_what_one_process_writes_another_reads_in_order(tmp_path: Path) -> None:
    one, other, spool = Writer(tmp_path, "1"), Writer(tmp_path, "2"), Spool(tmp_path)
    one.put("picture", {"id": "p"}, b"\xff\xd8picture")
    other.put("word", {"camera": "c", "word": {"id": "w"}})
    one.put("readings", [1, 2])
    found = list(spool.entries())
    assert [entry.kind for entry in found] == ["picture", "word", "readings"]
    assert found[0].body == b"\xff\xd8picture" and found[2].head == [1, 2]
    for entry in found:
        spool.done(entry.name)
    assert spool.names() == []


def test_an_entry_that_was_damaged_holds_up_no_other(tmp_path: Path) -> None:
    writer, spool = Writer(tmp_path, "1"), Spool(tmp_path)
    name = writer.put("word", {"word": 1})
    (tmp_path / name).write_bytes(b"\0\0\0")
    (tmp_path / ".half.word").write_bytes(b"x")
    writer.put("word", {"word": 2})
    assert [entry.head for entry in spool.entries()] == [{"word": 2}]


def test_the_spool_is_bounded_and_beginnings_and_ends_go_last(tmp_path: Path) -> None:
    writer, spool = Writer(tmp_path, "1"), Spool(tmp_path, most_files=50)
    for number in range(40):
        writer.put("word", {"n": number})
        writer.put("update", {"n": number})
        writer.put("readings", [number])
    kinds = [name.rpartition(".")[2] for name in spool.names()]
    assert len(kinds) <= 50 and kinds.count("word") == 40 and "readings" not in kinds
    assert spool.lost["readings"] == 40 and spool.lost["update"] > 0 and spool.lost["word"] == 0


def test_the_ledger_knows_what_was_sent_and_what_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    ledger, writer = Ledger(tmp_path / "open.json", spool), Writer(tmp_path / "spool", "1")
    teller = Teller()
    ledger.heard("c1", teller.tell(event("new", "sent", 100.0), 101.0))
    ledger.heard("c1", teller.tell(event("new", "over", 100.0), 102.0))
    writer.put("word", {"camera": "c1", "word": teller.tell(event("end", "over", 100.0, 103.0), 103.0)})
    writer.put("word", {"camera": "c2", "word": teller.tell(event("new", "waits", 100.0), 104.0)})
    again = Ledger(tmp_path / "open.json", spool)
    found = again.open_at(["c1", "c2"], 200.0)
    assert {camera: [one.id for one in ones] for camera, ones in found.items()} == {
        "c1": ["sent"],
        "c2": ["waits"],
    }


# live pictures


def test_a_live_picture_takes_a_key_that_is_the_servers_and_not_old() -> None:
    pictures = Pictures(lambda: 1000.0)
    pictures.key = "secret"
    key = hmac.new(b"secret", b"c1|1060", hashlib.sha256).hexdigest()
    assert pictures.opens("c1", "1060", key)
    assert not pictures.opens("c2", "1060", key)
    assert not pictures.opens("c1", "1061", key)
    assert not pictures.opens("c1", "1060", "")
    old = hmac.new(b"secret", b"c1|999", hashlib.sha256).hexdigest()
    assert not pictures.opens("c1", "999", old)
    pictures.key = ""
    assert not pictures.opens("c1", "1060", hmac.new(b"", b"c1|1060", hashlib.sha256).hexdigest())


def test_a_live_picture_is_served_to_whoever_has_the_key() -> None:
    pictures = Pictures(lambda: 1000.0)
    pictures.key = "secret"
    server = LiveServer("127.0.0.1", 0, pictures)
    server.start()
    base = f"http://127.0.0.1:{server.server_address[1]}/live/c1.jpg?until=1060&key="
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(base + "0" * 64, timeout=5)
        assert refused.value.code == 403
        assert pictures.watched() == []
        pictures.put("c1", b"\xff\xd8\xff\xd9")
        key = hmac.new(b"secret", b"c1|1060", hashlib.sha256).hexdigest()
        with urllib.request.urlopen(base + key, timeout=5) as answer:
            assert (
                answer.read() == b"\xff\xd8\xff\xd9"
                and answer.headers["Cache-Control"] == "private, no-store"
            )
        assert pictures.watched() == ["c1"]
    finally:
        server.stop()


def test_credentials_come_from_the_environment_alone() -> None:
    said = {"CHENGYUN_CAMERA_NVR": "user:p@ss/word"}.get
    assert with_login("rtsp://10.0.0.1/a", "NVR", said) == "rtsp://user:p%40ss%2Fword@10.0.0.1/a"
    assert with_login("rtsp://10.0.0.1/a", "OTHER", said) == "rtsp://10.0.0.1/a"


# evidence


def test_each_picture_of_an_event_has_an_id_of_its_own(tmp_path: Path) -> None:
    image = np.full((120, 160, 3), 90, np.uint8)
    frame = Frame(5.0, 160, 120, True, lambda: image, lambda w, h: np.zeros((h, w), np.uint8))
    writer = Writer(tmp_path, "1.1")
    keeper = Keeper("c1", [], None, None, writer, [], lambda at: at, Later())
    kept: tuple[str, ...] = ()
    for state in ("new", "update", "update", "end"):
        end = 9.0 if state == "end" else None
        kept += keeper.keep(replace(event(state, end=end), evidence=kept), frame, Look(5.0))
    assert kept == ("e1.new", "e1.update1", "e1.update2", "e1.end") and keeper.failed == 0
    ends = time.monotonic() + 20
    while len(list(tmp_path.glob("*.picture"))) < 4 and time.monotonic() < ends:
        time.sleep(0.01)
    assert sorted(entry.head["id"] for entry in Spool(tmp_path).entries()) == sorted(kept)


def test_a_picture_that_waits_is_masked_by_what_was_known_when_it_was_taken(tmp_path: Path) -> None:
    """A head that was seen just before is covered, though by the time of masking it is long forgotten."""
    image = np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    frame = Frame(1.5, 320, 240, True, lambda: image, lambda w, h: np.zeros((h, w), np.uint8))
    held: list[Callable[[], None]] = []
    later = SimpleNamespace(do=lambda job: held.append(job) or True)
    keeper = Keeper("c1", [], None, None, Writer(tmp_path, "1.1"), [], lambda at: at, later)  # type: ignore[arg-type]
    somebody = Detection("person", Box(0.4, 0.2, 0.6, 0.9), 0.9)
    keeper.note(Look(1.0, detections=(somebody,), width=320, height=240))
    assert keeper.keep(event("new", end=None), frame, Look(1.5, detections=()))
    keeper.note(Look(60.0, detections=(), width=320, height=240))
    held[0]()
    (entry,) = Spool(tmp_path).entries()
    stored = cv2.imdecode(np.frombuffer(entry.body, np.uint8), cv2.IMREAD_COLOR).astype(int)
    head = np.s_[50:80, 140:180]
    assert entry.head["masked"] == "heads"
    assert stored[head].std() < 0.5 * stored[200:230, 10:60].std()


def test_what_is_too_much_to_be_masked_is_not_promised(tmp_path: Path) -> None:
    image = np.full((120, 160, 3), 90, np.uint8)
    frame = Frame(5.0, 160, 120, True, lambda: image, lambda w, h: np.zeros((h, w), np.uint8))
    full = SimpleNamespace(do=lambda job: False)
    keeper = Keeper("c1", [], None, None, Writer(tmp_path, "1.1"), [], lambda at: at, full)  # type: ignore[arg-type]
    assert keeper.keep(event("new", end=None), frame, Look(5.0)) == () and keeper.failed == 1


# what its processes say of their cameras


def stats(over: float, fps: float, unseen: float = 0.0) -> dict[str, object]:
    return {"cameras": [{"camera": "c", "over_s": over, "fps": fps, "unseen_s": unseen}]}


def test_looks_a_second_are_of_all_the_time_since_the_server_heard():
    member = Member(options=None)  # type: ignore[arg-type]
    crew = object.__new__(Crew)
    for fps in (0.0, 0.0, 1.0, 0.0):
        crew._add(member, stats(1.0, fps, unseen=0.25))
    (said,) = member.stats["cameras"]
    assert (said["over_s"], said["fps"], said["unseen_s"]) == (4.0, 0.25, 1.0)
    said["over_s"] = said["unseen_s"] = 0.0  # it was heard
    crew._add(member, stats(1.0, 1.0))
    assert member.stats["cameras"][0]["fps"] == 1.0


def test_processes_know_the_districts_time_before_they_have_cameras():
    """A night of another year: whoever begins to count by the machine's own clock never comes to an end."""
    told: list[str] = []
    worker = object.__new__(Worker)
    worker.crew = SimpleNamespace(clock=lambda sync: told.append("clock"), members=[])
    worker.district = SimpleNamespace(sync=object())
    worker.plan, worker.works, worker._failing = SimpleNamespace(alone=0.0), {}, False
    worker._answers = SimpleQueue()
    worker._change = lambda works: told.append("cameras")  # type: ignore[method-assign]
    worker._answers.put(Held({"c": {}}, 0.0, 6.0))
    worker._apply()
    assert told == ["clock", "cameras"]
