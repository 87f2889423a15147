"""Clips that are damaged at random, through the whole of a camera's pipeline, in a time of the test's own: nothing breaks,
nobody is blind without a word, and all is well again once the clip is.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun_vision.frames import Event, Packet
from chengyun_vision.pipeline import Pipeline
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Said, Settings
from chengyun_vision.source import Container, Notice, SourceError
from tests.vision.render import Mover, Scene, write
from tests.vision.rulebook import orderly

# Nobody may be blind for longer without a word: packets are counted over a minute, and half of one has to be told.
BLIND_S = 100.0
AGAIN_S = 5.0  # until a stream that was lost is opened again
KEYFRAME_S = 30.0
KINDS = {"mpeg4": (".mkv", ".ts", ".mp4", ".avi"), "mjpeg": (".avi", ".mkv"), "libvpx": (".mkv",)}
# A damaged picture may be taken for the view as it should be, until a person says otherwise: that is another matter.
HEALTH = {"hold_off": 0, "moved": False, "blurred": False}


class Looking:
    """A pipeline and its driver. `at`: the present moment."""

    def __init__(self, mode: str) -> None:
        numbers = itertools.count()
        body = {"code": "h", "preset": "camera_health", "settings": HEALTH}
        rules = Ruleset(preset.read_rules([body], "test"), lambda: f"e{next(numbers)}")
        self.pipeline = Pipeline(rules, settings=Settings(fps=1, mode=mode))  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.at = self._ticked = self._seen = 0.0
        self._examined = 0

    @property
    def open(self) -> set[str]:
        last = {event.id: event for event in self.events}
        return {event.about for event in last.values() if event.state != "end"}

    def through(self, path: Path, seconds: float) -> None:
        """Looks through a clip over and over, opening it anew whenever it breaks."""
        end = self.at + seconds
        while self.at < end:
            began, keyed, source = self.at, self.at, Container(str(path), loop=True)
            try:
                for item in source.open():
                    if keyed == began == self.at:
                        self._feed(Notice(began, "opened", facts=source.facts))
                    self._feed(replace(item, at=began + item.at))
                    keyed = self.at if isinstance(item, Packet) and item.keyframe else keyed
                    if self.at - keyed > KEYFRAME_S:
                        raise SourceError("no_keyframes")
                    if self.at > end:
                        return
            except SourceError as error:
                self._feed(Notice(self.at, "lost", cause=error.cause))
            for _ in range(round(AGAIN_S)):
                self.at += 1.0
                self._said(self.pipeline.tick(self.at))

    def packets(self, packets: Iterator[Packet | Notice]) -> None:
        for item in packets:
            self._feed(item)

    def _feed(self, item: Packet | Notice) -> None:
        self.at = max(self.at, item.at)
        self._said(self.pipeline.feed(item))
        if self.at - self._ticked >= 1.0:  # as the worker does between packets
            self._ticked = self.at
            self._said(self.pipeline.tick(self.at))

    def _said(self, said: Said) -> None:
        self.events += said.events
        examined = self.pipeline.tally.looked + self.pipeline.tally.quiet
        if examined != self._examined:
            self._examined, self._seen = examined, self.at
        assert self.at - self._seen < BLIND_S or self.open, "blind, and nobody is told"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    scene = Scene(48, 32, [Mover((0, 5), (40, 5), 1, 3, (8, 8))], noise=2)
    made = {}
    for codec, endings in KINDS.items():
        for ending in endings:
            path, stored = folder / f"{codec}{ending}", 2 * (ending == ".mkv" and codec == "mpeg4")
            made[path.name] = write(path, scene, seconds=4, fps=5, gop=5, codec=codec, b_frames=stored)
    return made


damages = st.lists(
    st.tuples(
        st.sampled_from(["cut", "flip", "drop", "repeat", "swap", "zero", "junk"]),
        st.floats(0, 1),
        st.floats(0, 1),
        st.integers(0, 2**32),
    ),
    min_size=1,
    max_size=6,
)
names = st.sampled_from([f"{codec}{ending}" for codec, endings in KINDS.items() for ending in endings])
modes = st.sampled_from(["keyframe", "full"])
careful = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def damaged(whole: bytes, damage: list[tuple[str, float, float, int]]) -> bytes:
    data = bytearray(whole)
    for kind, where, much, seed in damage:
        begin = int(where * len(data))
        length = 1 + int(much * much * len(data) / 4)
        piece, chance = bytes(data[begin : begin + length]), random.Random(seed)
        match kind:
            case "cut":
                del data[max(1, begin) :]
            case "flip":
                for _ in range(1 + length // 200):
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case "drop":
                del data[begin : begin + length]
            case "repeat":
                data[begin:begin] = piece
            case "swap":
                other = chance.randrange(len(data) + 1)
                del data[begin : begin + length]
                data[other:other] = piece
            case "zero":
                data[begin : begin + length] = bytes(len(piece))
            case "junk":
                data[begin:begin] = chance.randbytes(length)
        if not data:
            break
    return bytes(data)


@careful
@given(names, damages, modes)
def test_a_damaged_file_is_told_of_and_forgotten_when_it_is_whole(clips, tmp_path, name, damage, mode):
    path = tmp_path / f"broken{clips[name].suffix}"
    path.write_bytes(damaged(clips[name].read_bytes(), damage))
    looking = Looking(mode)
    looking.through(path, 150)
    looking.through(clips[name], 200)
    assert not looking.open
    orderly(looking.events)


@careful
@given(names, modes, st.integers(0, 2**32))
def test_damaged_packets_are_told_of_and_forgotten_when_they_are_whole(clips, name, mode, seed):
    chance, looking = random.Random(seed), Looking(mode)
    share, whole = chance.choice([0.05, 0.5, 1.0]), _packets(clips[name])
    looking.packets(_spoilt(whole, chance, share, 150))
    begin = looking.at + 1
    looking.packets(
        replace(item, at=item.at + begin) for item in itertools.takewhile(lambda i: i.at < 200, _over(whole))
    )
    assert not looking.open
    orderly(looking.events)


def _packets(path: Path) -> list[Packet | Notice]:
    source, items = Container(str(path)), []
    with pytest.raises(SourceError):
        items += source.open()
    return [Notice(0.0, "opened", facts=source.facts), *items]


def _over(items: list[Packet | Notice]) -> Iterator[Packet | Notice]:
    for turn in itertools.count():
        yield from (
            replace(item, at=item.at + 4.0 * turn) for item in items if isinstance(item, Packet) or not turn
        )


def _spoilt(
    items: list[Packet | Notice], chance: random.Random, share: float, seconds: float
) -> Iterator[Packet | Notice]:
    """`share` of the packets cut, scribbled on, left out, doubled, late by one, or replaced: each time some of these."""
    held: Packet | Notice | None = None
    ways = chance.sample(range(6), chance.randint(1, 3))
    for item in itertools.takewhile(lambda item: item.at < seconds, _over(items)):
        if isinstance(item, Packet) and chance.random() < share:
            data = bytearray(bytes(item.data))
            match chance.choice(ways):
                case 0:
                    data = data[: chance.randrange(len(data) + 1)]
                case 1:
                    for _ in range(1 + len(data) // 30):
                        data[chance.randrange(len(data))] = chance.randrange(256)
                case 2:
                    continue
                case 3:
                    yield item
                case 4:
                    held = item
                    continue
                case 5:
                    data = bytearray(chance.randbytes(chance.randrange(2000)))
            item = replace(item, data=av.Packet(bytes(data)), size=len(data))
        yield item
        if held is not None:
            yield replace(held, at=item.at)
            held = None
