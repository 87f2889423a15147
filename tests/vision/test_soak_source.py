"""Minutes of cameras that fail in every way: no thread, file or memory is left behind."""

import gc
import os
import random
import threading
import time
from pathlib import Path

import pytest

from chengyun_vision.change import SIZE, Motion, PacketWatch
from chengyun_vision.decode import Decoder
from chengyun_vision.health import Health
from chengyun_vision.source import Notice, Patience, Supervised, make
from tests.vision.render import Mover, Scene, write
from tests.vision.server import plain, serving, streamed

SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.soak
def test_cameras_that_fail_in_every_way_leave_nothing_behind(tmp_path):
    chance = random.Random(7)
    whole = write(tmp_path / "a.mkv", Scene(things=[Mover((0, 60), (280, 60), 1, 4)], noise=1), seconds=5)
    data = whole.read_bytes()
    wrong = bytearray(data)
    for _ in range(200):
        wrong[chance.randrange(500, len(wrong))] = chance.randrange(256)
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) // 2])
    (tmp_path / "wrong.mkv").write_bytes(wrong)
    part = b"--f\r\nContent-Length: 4\r\n\r\n\xff\xd8ab\r\n"
    answers = {
        "/stall": streamed("multipart/x-mixed-replace; boundary=f", [part] * 5, pause=0.05, stall=2),
        "/film": plain(data, "video/x-matroska"),
        "/half": streamed("video/x-matroska", [data[: len(data) // 3]], stall=1),
        "/no": plain(b"", status=401),
    }
    patience = Patience(opening=1, reading=0.5, keyframe=5, first=0.05, most=0.2, room=100_000)
    with serving(answers) as url:
        addresses = [str(tmp_path / name) for name in ("a.mkv", "cut.mkv", "wrong.mkv", "none.mkv")]
        addresses += [url + path for path in answers]
        cameras = []
        for address in addresses:
            streams = Supervised(
                lambda address=address: make(address, pace="live", loop=True, patience=1), patience
            )
            cameras.append([streams, PacketWatch(), Motion(), Health(), None])
        marks, lost, end = [], set(), time.monotonic() + SECONDS
        while time.monotonic() < end:
            for camera in cameras:
                stream, watch, motion, health, decoder = camera
                for item in stream.take():
                    if isinstance(item, Notice):
                        health.notice(item)
                        lost |= {item.cause} if item.kind == "lost" else set()
                        camera[4] = decoder = Decoder(item.facts) if item.kind == "opened" else decoder
                    elif (interval := watch.add(item)) and interval.verdict == "changed":
                        for frame in decoder.decode(item):
                            watch.confirm(bool(motion.look(frame.luma(*SIZE), frame.at)))
                            health.look(frame)
            time.sleep(0.02)
            gc.collect()
            marks.append((resident(), len(os.listdir("/proc/self/fd")), threading.active_count()))
        for camera in cameras:
            camera[0].close()
    assert {"auth", "not_found", "timeout", "ended"} <= lost
    third = len(marks) // 3
    early, late = marks[third : 2 * third], marks[2 * third :]
    for number, room in enumerate((20.0, 20, 20)):  # megabytes, files, threads
        assert max(m[number] for m in late) <= max(m[number] for m in early) + room
    print(marks[third], marks[-1], lost)
