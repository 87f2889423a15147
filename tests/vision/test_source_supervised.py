"""A stream that never gives up, in a time of the test's own."""

import gc
import threading
import time
import weakref
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun_vision.frames import Packet
from chengyun_vision.source import Facts, Http, Notice, Patience, SourceError, Supervised, make
from tests.vision.render import Scene, write
from tests.vision.server import serving, streamed

FACTS = Facts("h264", 64, 48, 10.0, True)


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


class Script:
    """A source that does what it is told: packets and notices come out, errors are raised, an Event is waited for."""

    def __init__(self, steps, live=True):
        self.steps, self.live, self.facts, self.closed = steps, live, None, False

    def open(self):
        for step in self.steps:
            if isinstance(step, threading.Event):
                step.wait(30)
            elif isinstance(step, BaseException):
                raise step
            else:
                self.facts = FACTS
                yield step
        raise SourceError("ended")

    def close(self):
        self.closed = True


def packets(*times, keyframe=True, size=100):
    return [Packet(at, size, keyframe, None) for at in times]


def supervised(scripts, clock, **patience):
    """Opens the scripts one after the other; the last again and again."""
    made = iter(scripts)
    last = [None]

    def source():
        last[0] = next(made, last[0])
        return last[0]

    return Supervised(source, Patience(**patience), now=clock, wall=clock, jitter=lambda: 0.0)


def told(stream, enough, seconds=5.0):
    """Takes until `enough(items)`."""
    items, end = [], time.monotonic() + seconds
    while not enough(items):
        items += stream.take()
        assert time.monotonic() < end, items
        time.sleep(0.002)
    return items


def lost(items):
    return [item.cause for item in items if isinstance(item, Notice) and item.kind == "lost"]


def test_packets_come_in_order_after_a_word_that_the_stream_is_open():
    clock = Clock()
    stream = supervised([Script([*packets(1, 2), Notice(3, "jumped"), *packets(3)])], clock)
    items = told(stream, lost)
    assert [item.kind if isinstance(item, Notice) else item.at for item in items] == [
        "opened",
        1,
        2,
        "jumped",
        3,
        "lost",
    ]
    assert stream.facts == FACTS and lost(items) == ["ended"] and not stream.over


def test_an_open_that_blocks_never_blocks_the_loop_and_is_given_up():
    clock, never = Clock(), threading.Event()
    stream = supervised([Script([never]), Script(packets(50))], clock, opening=15, first=1)
    began = time.monotonic()
    assert stream.take() == [] and stream.take() == []
    clock.time = 16
    assert lost(stream.take()) == ["timeout"]
    assert time.monotonic() - began < 1
    assert stream.take() == [] and stream.attempts == 1
    clock.time = 17
    assert [i.at for i in told(stream, lost) if isinstance(i, Packet)] == [50]
    never.set()


def test_no_more_readers_hang_than_a_few():
    clock, never = Clock(), threading.Event()
    stream = supervised([Script([never]) for _ in range(20)], clock, opening=1, first=1, most=1)
    for _ in range(40):
        clock.time += 2
        stream.take()
    assert stream.attempts == 3
    never.set()
    time.sleep(0.05)
    clock.time += 2
    stream.take()
    assert stream.attempts == 4


def test_a_stream_that_falls_silent_is_lost_by_timeout():
    clock, never = Clock(), threading.Event()
    stream = supervised([Script([*packets(1), never])], clock, reading=10)
    told(stream, lambda items: len(items) == 2)
    clock.time = 11
    assert lost(stream.take()) == ["timeout"]
    never.set()


def test_a_stream_without_keyframes_is_lost_as_such():
    clock, go = Clock(), threading.Event()
    steps = [*packets(1, keyframe=False), go, *packets(2, keyframe=False), threading.Event()]
    stream = supervised([Script(steps)], clock, keyframe=30, reading=100)
    told(stream, lambda items: len(items) == 2)
    clock.time = 31
    go.set()
    assert lost(told(stream, lost)) == ["no_keyframes"]


@pytest.mark.parametrize("cause", ["refused", "auth", "not_found", "timeout", "codec"])
def test_causes_are_told_apart(cause):
    stream = supervised([Script([SourceError(cause, "rtsp://host/1")])], Clock())
    items = told(stream, lost)
    assert lost(items) == [cause] and "rtsp://host/1" in items[-1].detail


def test_a_library_s_surprise_is_a_broken_stream_not_the_end_of_the_worker():
    assert lost(told(supervised([Script([RuntimeError("surprise")])], Clock()), lost)) == ["codec"]


def test_attempts_back_off():
    clock = Clock()
    stream = supervised([Script([SourceError("refused")])], clock, first=1, most=8)
    starts = []
    for tick in range(300):
        clock.time = tick / 10
        before = stream.attempts
        stream.take()
        if stream.attempts > before:
            starts.append(clock.time)
            told(stream, lost)
    waits = [b - a for a, b in zip(starts, starts[1:], strict=False)]
    assert [round(wait) for wait in waits[:5]] == [1, 2, 4, 8, 8]


def test_time_grows_from_connection_to_connection_though_the_wall_clock_was_set_back():
    clock = Clock()
    stream = supervised([Script(packets(1000, 1001)), Script(packets(400, 401))], clock, first=0.1)
    items = told(stream, lost)
    clock.time = 1
    items += told(stream, lost)
    times = [item.at for item in items]
    assert times == sorted(times)
    ats = [item.at for item in items if isinstance(item, Packet)]
    assert ats[3] - ats[2] == pytest.approx(1)


def test_a_live_reader_that_is_late_loses_whole_groups_of_pictures_and_is_told():
    clock, done = Clock(), threading.Event()
    group = [Packet(0, 1000, True), *[Packet(0, 1000, False)] * 9]
    steps = [Packet(i, p.size, p.keyframe) for i, p in zip(count(), [*group * 20, group[0]], strict=False)]
    stream = supervised([Script([*steps, done])], clock, room=15_000)
    stream.take()
    end = time.monotonic() + 5
    while not (stream._reader.items and stream._reader.items[-1][1] is steps[-1]) and time.monotonic() < end:
        time.sleep(0.01)
    items = stream.take()
    dropped = [item for item in items if isinstance(item, Notice) and item.kind == "dropped"]
    kept = [item for item in items if isinstance(item, Packet)]
    assert len(dropped) == 1 and len(kept) <= 16
    after = items[items.index(dropped[-1]) + 1]
    assert isinstance(after, Packet) and after.keyframe
    assert int(dropped[0].detail) + len(kept) == len(steps)
    done.set()


def test_a_clip_loses_nothing_however_slow_its_reader_is():
    clock = Clock()
    script = Script(packets(*range(500), size=1000), live=False)
    stream = supervised([script], clock, room=5000)
    seen = []
    end = time.monotonic() + 10
    while not stream.over:
        seen += [item.at for item in stream.take(7) if isinstance(item, Packet)]
        assert time.monotonic() < end
        stream.wait(0.01)
    assert seen == list(range(500)) and stream.take() == []


def test_close_ends_the_reader_and_nothing_more_comes():
    clock, never = Clock(), threading.Event()
    script = Script([*packets(1), never, *packets(2)])
    stream = supervised([script], clock)
    told(stream, lambda items: len(items) == 2)
    thread = stream._reader.thread
    stream.close()
    never.set()
    thread.join(2)
    assert script.closed and not thread.is_alive() and stream.take() == []


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["refused", "auth", "codec", "ended"]).map(lambda c: [SourceError(c)]),
            st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5).map(lambda ts: packets(*sorted(ts))),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_happens_time_grows_and_each_connection_is_opened_before_its_packets(sessions):
    clock = Clock()
    stream = supervised([Script(steps) for steps in sessions], clock, first=0.01, most=0.01)
    items = []
    while stream.attempts <= len(sessions):
        clock.time += 1
        items += stream.take()
        if stream._reader:
            items += told(stream, lost)
    times = [item.at for item in items if not (isinstance(item, Notice) and item.kind == "lost")]
    assert times == sorted(times)
    kinds = [item.kind if isinstance(item, Notice) else "packet" for item in items]
    open_ = False
    for kind in kinds:
        open_ = kind == "opened" or (open_ and kind != "lost")
        assert kind != "packet" or open_


def test_a_connection_that_was_lost_leaves_nothing_in_memory():
    clock = Clock()
    stream = supervised([Script([*packets(1), SourceError("refused")])], clock)
    gc.disable()
    try:
        stream.take()
        reader, thread = weakref.ref(stream._reader), stream._reader.thread
        assert lost(told(stream, lost)) == ["refused"]
        thread.join(5)
        assert reader() is None
    finally:
        gc.enable()


def test_how_long_something_waited_is_known():
    clock = Clock()
    stream = supervised([Script([*packets(1, 2), threading.Event()])], clock)
    stream.take()
    end = time.monotonic() + 5
    while len(stream._reader.items) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    clock.time = 4
    assert len(stream.take()) == 3 and stream.came == 0


def test_over_a_real_socket_that_stalls_the_loop_goes_on(tmp_path):
    picture = b"--frame\r\nContent-Length: 3\r\n\r\nabc\r\n"
    stalled = streamed("multipart/x-mixed-replace; boundary=frame", [picture] * 3, stall=20)
    with serving({"/": stalled}) as url:
        stream = Supervised(
            lambda: Http(url + "/", patience=30), Patience(reading=0.3, opening=5, first=0.05, most=0.05)
        )
        slowest, items, end = 0.0, [], time.monotonic() + 5
        while len(lost(items)) < 2 and time.monotonic() < end:
            began = time.monotonic()
            items += stream.take()
            slowest = max(slowest, time.monotonic() - began)
            stream.wait(0.02)
        stream.close()
    assert lost(items)[:2] == ["timeout", "timeout"] and slowest < 0.2
    assert sum(isinstance(item, Packet) for item in items) >= 4


def test_one_wake_serves_all_cameras(tmp_path):
    path = write(tmp_path / "a.mkv", Scene(64, 48), seconds=1)
    wake = threading.Event()
    streams = [Supervised(lambda: make(str(path)), wake=wake) for _ in range(5)]
    got, end = [0] * 5, time.monotonic() + 10
    while not all(stream.over for stream in streams) and time.monotonic() < end:
        for number, stream in enumerate(streams):
            got[number] += sum(isinstance(item, Packet) for item in stream.take())
        wake.wait(0.05)
        wake.clear()
    assert got == [10] * 5
