"""What the bench measures with: clips, the stream it sends, the events it compares."""

from __future__ import annotations

import base64
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.bench import clips, found, rtsp
from chengyun_vision.bench.carried import carried
from chengyun_vision.bench.clips import Kind
from chengyun_vision.bench.figures import _bound, _spec
from chengyun_vision.frames import Event, Packet
from chengyun_vision.source import Container

SMALL = Kind(320, 180, 300_000, fps=10)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.encode(clips.drawn(2), tmp_path_factory.mktemp("clips") / "two.mp4", SMALL)


def test_a_clip_has_a_keyframe_each_second_and_rounds_of_twenty(clip: Path) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        keys = [float(packet.pts * packet.time_base) for packet in packets if packet.is_keyframe]
        assert (stream.codec_context.width, stream.codec_context.height) == (320, 180)
    assert len(packets) == 400
    assert keys == pytest.approx([float(second) for second in range(40)], abs=0.11)


def test_a_rate_of_fewer_pictures_takes_them_evenly() -> None:
    pictures = [np.full((1, 1, 3), number, np.uint8) for number in range(50)]
    taken = [int(picture[0, 0, 0]) for picture in clips._at(pictures, 15)]
    assert len(taken) == 30 and max(np.diff(taken)) == 2


def test_who_comes_is_found_by_looking_as_live(clip: Path) -> None:
    got = found.compared(clip, [_spec(False)], [])
    assert (got.of, got.found) == (2, 2) and max(got.late) <= 2.0


def _event(start: float, end: float, rule: str = "r") -> Event:
    return Event("e", rule, "occupancy", "z", "end", start, end, 1.0)


def test_events_are_the_same_when_they_overlap_or_nearly() -> None:
    one = _event(10, 14)
    assert (
        found._same(one, _event(12, 20))
        and found._same(one, _event(15.9, 20))
        and found._same(one, _event(2, 8.1))
    )
    assert not found._same(one, _event(16.1, 20)) and not found._same(one, _event(12, 20, "other"))


def test_cameras_are_carried_by_real_processes(clip: Path) -> None:
    got = carried(f"file:{clip}", [_bound(None)], cameras=2, seconds=2, processes=1, over=2)
    assert got.cameras == 2 and got.cores > 0 and got.unseen < 0.5 and got.fits > 2


def test_a_rule_that_cannot_be_carried_out_is_no_figure(clip: Path) -> None:
    with pytest.raises(RuntimeError, match="no model"):
        carried(f"file:{clip}", [_bound("some")], cameras=1, seconds=1, processes=1, over=1)


@given(st.binary(min_size=1, max_size=6000))
def test_a_unit_that_was_cut_is_whole_again(unit: bytes) -> None:
    pieces = list(rtsp._cut(unit))
    assert [last for _, last in pieces] == [False] * (len(pieces) - 1) + [True]
    if len(pieces) == 1:
        assert pieces[0][0] == unit
        return
    assert all(piece[0] & 0x1F == 28 and len(piece) <= rtsp._MOST + 2 for piece, _ in pieces)
    assert [piece[1] >> 6 for piece, _ in pieces] == [2] + [0] * (len(pieces) - 2) + [1]
    first = pieces[0][0]
    whole = bytes([(first[0] & 0xE0) | (first[1] & 0x1F)]) + b"".join(piece[2:] for piece, _ in pieces)
    assert whole == unit


def test_the_stream_is_the_clip(tmp_path: Path) -> None:
    if not clips.h264():
        pytest.skip("ffmpeg is not installed: no H.264 can be made")
    path = clips.encode(clips.drawn(1), tmp_path / "one.mp4", SMALL)
    from chengyun_vision.bench.figures import _address

    shown = rtsp.film(path)
    assert base64.b64decode(shown.parameters.split(",")[0])[0] & 0x1F == 7
    sizes = []
    with _address(path, True) as address:
        source = Container(address, patience=5)
        for item in source.open():
            if isinstance(item, Packet):
                sizes.append((item.size, item.keyframe))
            if len(sizes) == 25:
                source.close()
                break
    assert source.facts is not None and source.facts.codec == "h264"
    assert [key for _, key in sizes[:11]] == [True] + [False] * 9 + [True]


def test_what_is_no_film_is_said(clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "none.avi"
    with av.open(str(other), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height = 64, 48
        frame = av.VideoFrame(64, 48, "yuv420p")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(ValueError, match=r"none\.avi"):
        rtsp.film(other)
