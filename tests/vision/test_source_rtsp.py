"""RTSP over the loopback: a camera that works, and those that do not."""

import time

import pytest

from chengyun_vision.decode import Decoder
from chengyun_vision.frames import Packet
from chengyun_vision.source import Notice, SourceError, make
from tests.vision.render import Mover, Scene, write
from tests.vision.rtsp import rtsp


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    scene = Scene(160, 90, [Mover((0, 20), (120, 20), 0, 3)], noise=1)
    with rtsp(write(tmp_path_factory.mktemp("rtsp") / "a.mkv", scene, seconds=3, fps=10, gop=10)) as address:
        yield address


def taken(address, patience=1.5):
    items = []
    try:
        for item in make(address, patience=patience).open():
            items.append((time.time(), item))
    except SourceError as error:
        return items, error
    return items, None


def test_a_camera_s_packets_come_in_time_of_the_wall_clock_and_decode(camera):
    source = make(camera + "/live", patience=3)
    packets, late = [], []
    with pytest.raises(SourceError):
        for item in source.open():
            assert not isinstance(item, Notice)
            packets.append(item)
            late.append(time.time() - item.at)
    assert source.facts.codec == "mpeg4" and source.facts.live and len(packets) >= 25
    assert sum(packet.keyframe for packet in packets) >= 2
    decoder = Decoder(source.facts, "full")
    assert sum(len(decoder.decode(packet)) for packet in packets) >= 20 and decoder.counts.corrupt == 0
    assert -0.1 < min(late) and all(a.at < b.at for a, b in zip(packets, packets[1:], strict=False))


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/silent", "timeout"),
        ("/missing", "not_found"),
        ("/guarded", "auth"),
        ("/stall", "timeout"),
        ("/mute", "timeout"),
    ],
)
def test_each_way_to_fail_has_its_cause(camera, path, cause):
    began = time.monotonic()
    items, error = taken(camera + path)
    assert error.cause == cause and time.monotonic() - began < 8
    assert (path == "/stall") == any(isinstance(item, Packet) for _, item in items)


def test_the_login_of_the_address_is_used_and_never_told(camera):
    items, _ = taken(camera.replace("//", "//user:right@") + "/guarded")
    assert len(items) >= 25
    _, error = taken(camera.replace("//", "//user:geheim@") + "/guarded")
    assert error.cause == "auth" and "geheim" not in f"{error} {error!r} {error.where}"


def test_nobody_there_is_refused():
    assert taken("rtsp://127.0.0.1:1/live")[1].cause == "refused"
