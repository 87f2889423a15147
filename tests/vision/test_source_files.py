"""Files and folders as sources."""

import os
import random
import time

import pytest
from cv2 import imwrite

from chengyun_vision.decode import Decoder
from chengyun_vision.frames import Packet
from chengyun_vision.source import Container, Folder, Http, Notice, SourceError, make, redacted
from tests.vision.render import Mover, Scene, write
from tests.vision.server import serving
from tests.vision.shared import clip


def drain(source, most=100_000):
    """(items, cause of the end)"""
    items = []
    try:
        for item in source.open():
            items.append(item)
            if len(items) >= most:
                source.close()
    except SourceError as error:
        return items, error.cause
    return items, None


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write(
        tmp_path_factory.mktemp("clips") / "a.mkv",
        Scene(64, 48, [Mover((0, 10), (40, 10), 0, 1, (8, 8))]),
        seconds=1,
    )


def test_a_file_gives_its_packets_in_seconds_of_the_clip_and_ends(film):
    source = make(str(film))
    assert source.facts is None and not source.live
    items, cause = drain(source)
    assert cause == "ended" and [round(item.at, 3) for item in items] == [i / 10 for i in range(10)]
    assert [item.keyframe for item in items] == [True] + [False] * 9
    facts = source.facts
    assert (facts.codec, facts.width, facts.height, facts.fps, facts.live) == ("mpeg4", 64, 48, 10.0, False)


def test_a_loop_goes_on_in_time_and_says_where_it_begins_again(film):
    items, _ = drain(Container(str(film), loop=True), most=25)
    notices = [item for item in items if isinstance(item, Notice)]
    assert [(n.kind, n.detail) for n in notices] == [("jumped", "loop")] * 2
    times = [item.at for item in items if not isinstance(item, Notice)]
    assert [round(at, 3) for at in times] == [i / 10 for i in range(len(times))]


def test_a_live_pace_is_of_the_wall_clock_and_takes_the_clip_s_time(film):
    began = time.monotonic()
    items, _ = drain(Container(str(film), pace="live", wall=lambda: 5000.0))
    assert 0.8 < time.monotonic() - began < 3
    assert [round(item.at, 3) for item in items] == [5000 + i / 10 for i in range(10)]


def test_closing_ends_a_paced_clip_at_once(film):
    source = Container(str(film), pace="live", loop=True)
    began = time.monotonic()
    drain(source, most=2)
    assert time.monotonic() - began < 1


def test_a_folder_is_its_pictures_by_name(tmp_path):
    for name in ("b.png", "a.jpg", "note.txt"):
        (tmp_path / name).write_text("x") if name.endswith("txt") else imwrite(
            str(tmp_path / name), Scene(32, 24)(0)
        )
    (tmp_path / "c.jpg").write_bytes(b"")
    source = make(str(tmp_path), period=2.0)
    items, cause = drain(source)
    assert isinstance(source, Folder) and cause == "ended"
    assert [item.at for item in items] == [0.0, 2.0, 4.0] and all(item.keyframe for item in items)
    decoder = Decoder(source.facts)
    assert [len(decoder.decode(item)) for item in items] == [1, 1, 0] and decoder.counts.corrupt == 1


@pytest.mark.parametrize("address", ["/no/such/file.mp4", "ftp://a/b", "gopher://x", "concat:/etc/passwd"])
def test_what_is_not_there_is_not_found(address):
    assert drain(make(address))[1] == "not_found"


@pytest.mark.parametrize("content", [b"", b"no film", b"\0" * 4096])
def test_what_is_no_film_is_codec(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert drain(make(str(path)))[1] in ("codec", "ended")


def test_a_playlist_cannot_read_what_it_names(tmp_path, film):
    asked = []
    with serving({"/secret.ts": lambda request, body: asked.append(request.path)}) as url:
        listed = tmp_path / "a.m3u8"
        listed.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}/secret.ts\n#EXT-X-ENDLIST\n")
        items, cause = drain(make(str(listed)))
    assert items == [] and cause in ("codec", "ended", "not_found", "refused") and asked == []


def test_a_file_cut_or_scribbled_on_anywhere_ends_with_a_cause(film, tmp_path):
    whole, chance = film.read_bytes(), random.Random(2)
    for number in range(60):
        data = bytearray(whole)
        if number % 2:
            data = data[: chance.randrange(len(data))]
        else:
            for _ in range(chance.randrange(1, 40)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / "broken.mkv"
        path.write_bytes(data)
        source = make(str(path))
        items, cause = drain(source, most=1000)
        assert cause in ("ended", "codec", "refused", "not_found"), number
        times = [item.at for item in items if not isinstance(item, Notice)]
        assert all(b - a >= -2 for a, b in zip(times, times[1:], strict=False))
        if source.facts:
            decoder = Decoder(source.facts, "full")
            for item in items:
                if not isinstance(item, Notice):
                    decoder.decode(item)


def test_no_error_ever_holds_a_password():
    for address in (
        "rtsp://user:geheim@127.0.0.1:1/a?token=geheim",
        "http://user:geheim@127.0.0.1:1/a?password=geheim",
        "ftp://user:geheim@host/x",
    ):
        assert "geheim" not in redacted(address)
        with pytest.raises(SourceError) as error:
            next(make(address, patience=2).open())
        chain = [error.value, error.value.__context__ if not error.value.__suppress_context__ else None]
        assert not any("geheim" in f"{one} {one!r}" for one in chain)


def test_an_address_chooses_its_source(tmp_path):
    assert isinstance(make("http://a/b"), Http) and isinstance(make("rtsp://a/b"), Container)
    assert make("rtsp://a/b").live and make(str(tmp_path), pace="live").live


def test_opening_and_closing_leaves_no_file_open(film):
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        drain(make(str(film)), most=3)
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_real_clips_open_whole():
    items, cause = drain(make(str(clip("one-by-one-person-detection.mp4"))))
    assert (len(items), sum(item.keyframe for item in items), cause) == (1394, 140, "ended")


def test_a_clip_is_entered_in_its_midst_and_begun_anew(tmp_path):
    path = write(tmp_path / "a.mp4", Scene(), seconds=4, fps=5, gop=5)
    steady, wall = [100.0], 5000.0
    source = Container(
        str(path),
        pace="live",
        loop=True,
        start=2.0,
        now=lambda: steady[0],
        wall=lambda: wall + steady[0] - 100,
    )
    packets, notices = [], []
    for item in source.open():
        if isinstance(item, Packet):
            packets.append(item)
        else:
            notices.append(item)
        steady[0] += 0.2  # nobody waits here: the clock does
        if len(packets) == 16:
            source.close()
            break
    assert packets[0].at == pytest.approx(5000.0) and packets[0].keyframe
    assert [n.detail for n in notices] == ["loop"]
    assert packets[9].at == pytest.approx(5001.8, abs=0.01) and packets[10].keyframe
