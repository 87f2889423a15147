"""Change told from sizes of packets: on sizes made up, on rendered films, on a real clip."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.change import SIZE, Motion, PacketWatch
from chengyun_vision.decode import Decoder
from chengyun_vision.frames import Packet
from chengyun_vision.source import Container, Notice, SourceError
from tests.vision.render import Mover, Scene, write
from tests.vision.shared import clip

KEY = 20_000


class Feed:
    """A camera of ten pictures a second and a keyframe each second, whose differences the test makes up."""

    def __init__(self, watch, seed=1):
        self.watch, self.at, self.chance = watch, 0.0, np.random.default_rng(seed)
        self.watch.add(Packet(0.0, KEY, True))
        self.watch.confirm(False)

    def second(self, level, scatter=0.05, moved=False):
        """One interval of about `level` bytes a second; a "changed" is looked at and shows `moved`."""
        for _ in range(9):
            self.at += 0.1
            size = max(1, round(level / 9 * (1 + scatter * self.chance.standard_normal())))
            self.watch.add(Packet(self.at, size, False))
        self.at = round(self.at + 0.1, 6)
        interval = self.watch.add(Packet(self.at, KEY, True))
        if interval.verdict == "changed":
            self.watch.confirm(moved)
        return interval

    def seconds(self, count, level, **more):
        return [self.second(level, **more).why for _ in range(count)]


def test_it_learns_then_skips_what_is_quiet_and_looks_again_by_the_timer():
    feed = Feed(PacketWatch(recheck_s=5))
    whys = feed.seconds(25, 2000)
    assert whys[:5] == ["learning"] * 5
    assert whys[5:].count("quiet") >= 14 and whys[5:].count("recheck") >= 3
    assert feed.watch.counts["quiet"] == whys.count("quiet")


def test_what_moves_is_seen_at_the_next_keyframe_and_followed_until_it_rests():
    feed = Feed(PacketWatch())
    feed.seconds(20, 2000)
    assert feed.second(9000, moved=True).why == "bytes"
    assert feed.second(2000, moved=True).why == "motion"
    assert feed.second(2000, moved=False).why == "motion"
    assert feed.second(2000).why in ("quiet", "recheck")


def test_a_busy_street_is_never_quiet():
    feed = Feed(PacketWatch())
    assert "quiet" not in feed.seconds(100, 15_000, scatter=0.1, moved=True)


@pytest.mark.parametrize("factor", [3, 10])
def test_noise_at_night_is_learned_and_forgotten_again_in_the_morning(factor):
    feed = Feed(PacketWatch())
    feed.seconds(60, 2000)
    night = feed.seconds(120, 2000 * factor)
    assert night[0] == "bytes" and night[60:].count("quiet") > 40
    feed.seconds(120, 2000)
    assert feed.second(2000 + 0.4 * KEY, moved=True).why == "bytes"


def test_a_camera_whose_quiet_sizes_say_nothing_is_never_skipped():
    feed = Feed(PacketWatch())
    whys = [feed.second(level, scatter=0.1).why for level in [5000, 80_000, 40_000, 60_000, 10_000] * 10]
    assert whys[10:].count("quiet") == 0 and whys[-1] == "blind"


def test_whole_pictures_only_are_always_looked_at():
    watch = PacketWatch()
    assert {watch.add(Packet(float(t), 9000, True)).why for t in range(30)} == {"gap"}


def test_a_look_that_shows_motion_unmasks_what_the_sizes_hid():
    feed = Feed(PacketWatch(recheck_s=5))
    feed.seconds(20, 2000)
    level = feed.watch._level
    for _ in range(40):  # something small moves all the time, under the level
        feed.second(2200, moved=True)
    assert feed.watch._level == level and feed.watch.counts["motion"] > 30


def test_an_interval_over_the_level_is_known_before_its_end():
    feed = Feed(PacketWatch())
    feed.seconds(20, 2000)
    assert not feed.watch.rising
    feed.watch.add(Packet(feed.at + 0.1, 5000, False))
    assert feed.watch.rising


def test_a_gap_in_time_and_a_reset_are_looked_at():
    feed = Feed(PacketWatch())
    feed.seconds(20, 2000)
    feed.at += 100
    assert feed.second(2000).why == "gap"
    feed.watch.reset()
    assert feed.watch.add(Packet(feed.at + 1, KEY, True)).why == "gap"
    feed.watch.forget()
    feed.at += 1
    assert feed.second(2000).why == "learning"


@given(
    st.lists(st.tuples(st.floats(-1, 20), st.integers(0, 10**7), st.booleans(), st.booleans()), max_size=150)
)
def test_never_quiet_for_longer_than_the_timer_whatever_comes(stream):
    watch, at, looked = PacketWatch(recheck_s=5), 0.0, None
    for wait, size, keyframe, moved in stream:
        at += wait
        interval = watch.add(Packet(at, size, keyframe))
        assert (interval is not None) == keyframe
        if interval is None:
            continue
        if interval.verdict == "changed":
            watch.confirm(moved)
            looked = at
        else:
            assert looked is not None and 0 <= at - looked < 5


def watched(path, recheck_s=5.0):
    """(times of keyframes looked at, times skipped, times skipped at which a picture would have shown motion)"""
    source, watch, motion, judge = Container(str(path)), PacketWatch(recheck_s), Motion(), Motion()
    decoder, looked, skipped, missed = None, [], [], []
    try:
        for item in source.open():
            assert not isinstance(item, Notice)
            decoder = decoder or Decoder(source.facts)
            interval = watch.add(item)
            if interval is None:
                continue
            (frame,) = decoder.decode(item)
            moves = bool(judge.look(frame.luma(*SIZE), frame.at))
            if interval.verdict == "changed":
                watch.confirm(bool(motion.look(frame.luma(*SIZE), frame.at)))
                looked.append(item.at)
            else:
                skipped.append(item.at)
                missed += [item.at] if moves else []
    except SourceError:
        pass
    return looked, skipped, missed


@pytest.mark.parametrize(("codec", "noise"), [("mpeg4", 0.5), ("mpeg4", 2.0), ("libvpx", 2.0)])
def test_a_rendered_place_that_is_mostly_empty_is_mostly_skipped_and_no_visit_is_missed(
    tmp_path, codec, noise
):
    visits = [(30, 36), (55, 61)]
    things = [Mover((0, 60), (290, 60), *visits[0]), Mover((290, 100), (0, 100), *visits[1])]
    path = write(tmp_path / "a.mkv", Scene(things=things, noise=noise), seconds=80, fps=6, gop=6, codec=codec)
    looked, skipped, missed = watched(path)
    for start, end in visits:
        for second in range(start + 1, end + 1):
            assert second in looked
    # what appears in the very picture of a keyframe is in no difference before it: seen one keyframe later
    assert set(missed) <= {start for start, _ in visits}
    # of 62 seconds without a visit 5 are learned from, and one in five is looked at again
    assert len(skipped) >= 35


def test_on_a_real_clip_every_coming_and_going_is_looked_at_when_it_happens():
    looked, skipped, missed = watched(clip("one-by-one-person-detection.mp4"))
    edges = [6.5, 20, 23, 44.5, 50.5, 70, 75, 87, 93, 120, 124, 136]
    assert all(int(np.ceil(edge)) in looked for edge in edges)
    assert len(skipped) >= 8 and missed == []
