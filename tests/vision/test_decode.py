"""What the decoder gives out, and that nothing broken comes out of it."""

import random
import struct
import zlib
from dataclasses import replace

import av
import numpy as np
import pytest
from cv2 import imencode, imwrite

from chengyun_vision.decode import Decoder
from chengyun_vision.frames import Packet
from chengyun_vision.source import Container, Folder, Notice, SourceError
from chengyun_vision.source.base import Facts
from tests.vision.render import Mover, Scene, write
from tests.vision.shared import clip
from tests.vision.spoilt import spliced


def read(source):
    """(packets, facts) of a source to its end."""
    packets = []
    with pytest.raises(SourceError) as ended:
        for item in source.open():
            if not isinstance(item, Notice):
                packets.append(item)
    assert ended.value.cause == "ended"
    return packets, source.facts


@pytest.fixture(scope="module", params=["mpeg4", "mjpeg", "libvpx"])
def moving(request, tmp_path_factory):
    scene = Scene(things=[Mover((0, 60), (280, 60), 1, 4)], noise=1)
    path = write(
        tmp_path_factory.mktemp("clips") / "a.mkv", scene, seconds=5, fps=10, gop=10, codec=request.param
    )
    return (request.param, *read(Container(str(path))))


def frames(decoder, packets):
    return [frame for packet in packets for frame in decoder.decode(packet)] + decoder.flush()


def test_each_mode_gives_its_pictures_at_the_times_of_their_packets(moving):
    codec, packets, facts = moving
    keys = [packet.at for packet in packets if packet.keyframe]
    assert len(keys) == (50 if codec == "mjpeg" else 5)
    assert frames(Decoder(facts, "off"), packets) == []
    assert [frame.at for frame in frames(Decoder(facts, "keyframe"), packets)] == keys
    assert [round(f.at, 3) for f in frames(Decoder(facts, "full"), packets)] == [
        round(i / 10, 3) for i in range(50)
    ]
    snapped = [frame.at for frame in frames(Decoder(facts, "snapshot", every=2.0), packets)]
    assert snapped == [0.0, 2.0, 4.0]


def test_a_keyframe_comes_out_with_its_own_packet_not_when_others_followed(moving):
    _, packets, facts = moving
    decoder = Decoder(facts, "keyframe")
    for packet in packets:
        assert len(decoder.decode(packet)) == packet.keyframe


def test_pictures_stored_out_of_order_come_at_their_times_and_keyframes_without_delay(tmp_path):
    path = write(tmp_path / "a.mkv", Scene(noise=1), seconds=3, fps=10, gop=10, b_frames=2)
    packets, facts = read(Container(str(path)))
    assert any(a.at > b.at for a, b in zip(packets, packets[1:], strict=False))
    decoder = Decoder(facts, "keyframe")
    assert [[frame.at for frame in decoder.decode(p)] for p in packets if p.keyframe] == [
        [p.at] for p in packets if p.keyframe
    ]
    assert [round(f.at, 3) for f in frames(Decoder(facts, "full"), packets)] == [
        round(i / 10, 3) for i in range(len(packets))
    ]


def test_a_picture_that_was_patched_up_is_not_given(tmp_path):
    path = write(tmp_path / "a.mkv", Scene(noise=3), seconds=1)
    packets, facts = read(Container(str(path)))
    data = bytearray(bytes(packets[0].data))
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    decoder = Decoder(facts)
    assert decoder.decode(replace(packets[0], data=av.Packet(bytes(data)))) == []
    assert decoder.counts.corrupt == 1


def test_the_mode_changes_while_running_and_full_begins_at_a_keyframe(moving):
    codec, packets, facts = moving
    if codec == "mjpeg":
        return  # each of its pictures is a keyframe
    decoder = Decoder(facts, "keyframe")
    times = []
    for number, packet in enumerate(packets):
        decoder.mode = "full" if 15 <= number < 35 else "keyframe"
        times += [round(frame.at, 3) for frame in decoder.decode(packet)]
    # keyframes at 0 and 1 s; all from the keyframe at 2 s on; keyframes again from 4 s on
    assert times[:2] == [0.0, 1.0] and times[-1] == 4.0
    assert [round(2 + i / 10, 3) for i in range(10)] == times[2:12]
    assert decoder.counts.corrupt == 0


def test_luma_is_the_brightness_plane_and_bgr_the_whole_picture(moving):
    _, packets, facts = moving
    frame = Decoder(facts).decode(packets[0])[0]
    assert frame.bgr().shape == (180, 320, 3) and frame.luma(160, 90).shape == (90, 160)
    assert frame.luma(160, 90) is frame.luma(160, 90)
    whole = frame.luma(320, 180).astype(float)
    grey = frame.bgr().astype(float) @ [0.114, 0.587, 0.299]
    assert np.corrcoef(whole.ravel(), grey.ravel())[0, 1] > 0.99


def test_a_broken_packet_is_counted_and_told_and_the_next_keyframe_is_a_picture(moving):
    _, packets, facts = moving
    decoder = Decoder(facts, "keyframe")
    key = packets[0]
    cut = replace(key, data=av.Packet(bytes(key.data)[: key.size // 3]))
    for bad in (cut, replace(key, data=av.Packet(b"")), replace(key, data=av.Packet(b"\0" * 500))):
        decoder.decode(bad)
    assert decoder.counts.corrupt >= 2
    assert {notice.kind for notice in decoder.notices()} == {"corrupt"} and decoder.notices() == []
    assert len(decoder.decode(packets[-10])) == packets[-10].keyframe


def test_fuzzed_packets_never_raise(moving):
    _, packets, facts = moving
    chance = random.Random(4)
    for mode in ("keyframe", "full", "snapshot"):
        decoder = Decoder(facts, mode, every=0)
        for packet in packets:
            data = bytearray(bytes(packet.data))
            match chance.randrange(4):
                case 0:
                    data = data[: chance.randrange(len(data) + 1)]
                case 1:
                    for _ in range(1 + len(data) // 50):
                        data[chance.randrange(len(data))] = chance.randrange(256)
                case 2:
                    data = bytearray(chance.randbytes(chance.randrange(3000)))
            broken = av.Packet(bytes(data))
            broken.pts = chance.choice([None, 0, -5, 2**40, packet.data.pts])
            at = chance.choice([packet.at, -1.0, 1e9, 0.0])
            for frame in decoder.decode(Packet(at, len(data), packet.keyframe, broken)):
                assert frame.luma(320, 180).shape == (180, 320)
        decoder.flush()
    assert decoder.counts.corrupt > 0


def test_times_grow_strictly_whatever_the_packets_say(moving):
    _, packets, facts = moving
    decoder = Decoder(facts, "full")
    times = [f.at for packet in packets for f in decoder.decode(replace(packet, at=1.0))]
    assert len(times) > 40 and all(a < b for a, b in zip(times, times[1:], strict=False))


def test_another_size_in_the_midst_of_a_stream_is_told_before_its_first_picture(tmp_path):
    for number, (width, height) in enumerate([(64, 48), (64, 48), (96, 64), (64, 48)]):
        imwrite(str(tmp_path / f"{number}.jpg"), Scene(width, height)(0))
    packets, facts = read(Folder(str(tmp_path)))
    decoder, sizes = Decoder(facts), []
    for packet in packets:
        frame = decoder.decode(packet)[0]
        sizes.append((frame.width, frame.height, [n.facts.width for n in decoder.notices()]))
    assert sizes == [(64, 48, []), (64, 48, []), (96, 64, [96]), (64, 48, [64])]
    assert decoder.counts.resized == 2


def test_a_codec_that_nobody_knows_is_corrupt_not_fatal():
    decoder = Decoder(Facts("no-such-codec", 10, 10, None, True))
    assert decoder.decode(Packet(0.0, 3, True, av.Packet(b"abc"))) == []
    assert decoder.counts.corrupt == 1


def test_a_picture_larger_than_memory_is_refused():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = 12_000  # one bit a pixel, all black: 20 kB that would become a picture of 144 million pixels
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(bytes((side // 8 + 1) * side))) + chunk(b"IEND", b"")
    decoder = Decoder(Facts("picture", 0, 0, None, True))
    assert decoder.decode(Packet(0.0, len(png), True, png)) == [] and decoder.counts.corrupt == 1


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_picture_that_was_cut_is_corrupt_and_not_half_of_one_with_grey_below(kept):
    data = imencode(".jpg", Scene(320, 180, noise=3)(0))[1].tobytes()
    decoder = Decoder(Facts("picture", 0, 0, None, True))
    cut, whole = (
        data[: int(kept * len(data))],
        data[:-2] + bytes(50),
    )  # no end mark, and something behind: cameras do that
    assert decoder.decode(Packet(0.0, len(cut), True, cut)) == [] and decoder.counts.corrupt == 1
    assert len(decoder.decode(Packet(1.0, len(whole), True, whole))) == 1


@pytest.mark.parametrize("mode", ["keyframe", "full"])
def test_from_very_large_to_very_small_and_back_the_decoder_finds_its_way(tmp_path, mode):
    sizes = [(1280, 720), (8, 8), (64, 48)]
    clips = [write(tmp_path / f"{w}.avi", Scene(w, h, noise=2), seconds=0.3) for w, h in sizes]
    packets, facts = read(Container(str(spliced(tmp_path / "all.mkv", [*clips, clips[0]]))))
    decoder = Decoder(facts, mode)
    seen = [(frame.width, frame.height) for packet in packets for frame in decoder.decode(packet)]
    assert list(dict.fromkeys(seen)) == sizes and seen[-1] == sizes[0] and decoder.counts.corrupt == 0


def test_packets_that_never_become_a_picture_are_told(tmp_path):
    packets, facts = read(Container(str(write(tmp_path / "a.avi", Scene(64, 48), seconds=1))))
    # "The picture before, once more", without one before: no library calls it an error.
    empty = av.Packet(b"\0\0\1\xb6" + bytes([0x50, 0x80]) + bytes(8))
    decoder = Decoder(facts, "full")
    for number in range(60):
        assert decoder.decode(Packet(float(number), empty.size, True, empty)) == []
    assert decoder.counts.corrupt >= 2, [notice.detail for notice in decoder.notices()]


def test_a_size_that_is_another_than_before_the_connection_was_lost_is_told():
    data = imencode(".jpg", Scene(64, 48)(0))[1].tobytes()
    decoder = Decoder(Facts("picture", 0, 0, None, True), size=(320, 180))
    assert decoder.decode(Packet(0.0, len(data), True, data))
    assert [notice.kind for notice in decoder.notices()] == ["resized"] and decoder.size == (64, 48)


def test_a_4k_picture_gives_its_plane(tmp_path):
    imwrite(str(tmp_path / "a.png"), np.full((2160, 3840, 3), 90, np.uint8))
    packets, facts = read(Folder(str(tmp_path)))
    frame = Decoder(facts).decode(packets[0])[0]
    assert (frame.width, frame.height) == (3840, 2160)
    assert abs(int(frame.luma(320, 180).mean()) - 90) <= 1


@pytest.mark.parametrize(
    ("name", "keys", "every"),
    [
        ("one-by-one-person-detection.mp4", 140, 1394),
        ("car-detection.mp4", 7, 377),
        ("vtest-pets09-480x360.avi", 4, 795),
        ("road-topview-640x360.avi", 32, 374),
        ("classroom.gif", 1, 45),
    ],
)
def test_real_clips_decode_whole(name, keys, every):
    packets, facts = read(Container(str(clip(name))))
    assert len(frames(Decoder(facts, "keyframe"), packets)) == keys
    if every < 500:
        found = frames(decoder := Decoder(facts, "full"), packets)
        assert (len(found), decoder.counts.corrupt) == (every, 0)
        assert all(a.at < b.at for a, b in zip(found, found[1:], strict=False))
