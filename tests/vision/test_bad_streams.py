"""Every kind of bad stream through every door: a health event that names what is wrong, its end when the stream is good
again, and no harm to the loop that looks through all of them.

All cameras look at once, in one loop: first through what is broken, then, at the same addresses, through what is whole.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from chengyun_vision.frames import Event
from chengyun_vision.health import STATES
from chengyun_vision.source.base import SAYS
from chengyun_vision.worker.child import _Loop
from chengyun_vision.worker.told import Open, Teller
from tests.vision.faults import Row, clips, names, rows
from tests.vision.looked import Eyes, Seen, hurry
from tests.vision.render import Scene, write
from tests.vision.rtsp import rtsp
from tests.vision.server import Answer, serving
from tests.vision.spoilt import Manners, jpeg, patient

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "geheim"
WATCHED_S = 7.0  # at least, through what is broken


# The most memory that was taken, in MB: with a small camera, then with each of two large ones beside it.
MEMORY = """
import re, sys
from pathlib import Path
from tests.vision.looked import Eyes
for number, place in enumerate(sys.argv[2:]):
    eyes = Eyes({"c": f"file:{place}"}, Path(sys.argv[1]) / f"spool{number}")
    assert eyes.until(lambda: eyes.seen["c"].camera.pipeline.tally.looked >= 4, 30)
    eyes.close()
    print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


@dataclass
class Run:
    """How it went. `before`: what had been told before anything was mended; `after`: what was open when all was good;
    `left`: whether threads were left behind."""

    rows: dict[str, Row]
    seen: dict[str, Seen]
    before: dict[str, set[str]]
    after: dict[str, set[str]]
    texts: list[str]
    slowest: float
    left: bool


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder, manners = tmp_path_factory.mktemp("doors"), Manners()
    films = clips(tmp_path_factory.mktemp("clips"))
    table = {row.title: row for row in rows(manners, films)}
    with ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        hurry(patch)
        patch.setenv("CHENGYUN_CAMERA_T", f"user:{PASSWORD}")
        answers: dict[str, Answer] = {}
        words: dict[str, str] = {}
        web = held.enter_context(serving(answers))
        camera = held.enter_context(rtsp(_put(folder / "a.mkv", films["mkv"]), words))
        port = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=200)).getsockname()[1]
        addresses = {}
        for number, (name, row) in enumerate(table.items()):
            if row.door == "rtsp":
                words[f"/{number}"], addresses[name] = str(row.bad), f"{camera}/{number}"
            elif row.door in ("https", "rtsps"):
                addresses[name] = f"{row.door}://127.0.0.1:{port}/"
            elif row.door == "file":
                addresses[name] = f"file:{_put(folder / str(number), row.bad)}"
            elif row.door == "folder":
                addresses[name] = f"file:{_put(folder / f'{number}' / 'a.jpg', row.bad).parent}"
            elif row.door == "address":
                addresses[name] = str(row.bad)
            else:
                answers[f"/{number}"], addresses[name] = row.bad, f"{web}/{number}"
        whole = Manners()
        held.callback(whole.close)
        held.callback(manners.close)
        eyes = Eyes(addresses, folder / "spool", login="T")
        held.callback(eyes.close)
        eyes.until(lambda: False, WATCHED_S)
        eyes.until(lambda: all(_told(row, eyes.seen[name]) for name, row in table.items()), 20)
        before = {name: set(one.words) for name, one in eyes.seen.items()}
        for number, row in enumerate(table.values()):
            if row.door == "rtsp":
                words[f"/{number}"] = "/loop"
            elif row.door == "file":
                _put(folder / str(number), films["ts"])
            elif row.door == "folder":
                for name in "abcdefg":
                    _put(folder / str(number) / f"{name}.jpg", jpeg(ord(name)))
            elif row.door in ("mjpeg", "snapshot", "film"):
                good = {"mjpeg": whole.pictures(), "snapshot": whole.one()}
                answers[f"/{number}"] = good.get(row.door) or whole.film(films["ts"])
        manners.mended.set()
        eyes.until(lambda: all(_fine(one) for name, one in eyes.seen.items() if table[name].heals), 25)
        after = {name: one.open for name, one in eyes.seen.items()}
        eyes.close()
        left = not patient(8, lambda: not [t for t in threading.enumerate() if t.name == "camera"])
        return Run(table, eyes.seen, before, after, eyes.texts, eyes.slowest, left)


def _put(file: Path, content: object) -> Path:
    """None: not there."""
    if isinstance(content, bytes):
        file.parent.mkdir(exist_ok=True)
        file.with_suffix(".part").write_bytes(content)
        file.with_suffix(".part").replace(file)
    return file


def _told(row: Row, seen: Seen) -> bool:
    return not row.state or (row.state in seen.words and (row.why or row.state) in seen.healths)


def _fine(seen: Seen) -> bool:
    return not seen.open and seen.healths[-1] == "ok"


NAMES = names()


@pytest.mark.parametrize("name", [name for name, row in NAMES.items() if row.state])
def test_what_is_wrong_is_told_by_its_name(run: Run, name: str) -> None:
    row, seen = run.rows[name], run.seen[name]
    assert {row.state} <= run.before[name] <= {row.state, "offline"}, seen.healths
    assert (row.why or row.state) in seen.whys & set(seen.healths), seen.healths


@pytest.mark.parametrize("name", [name for name, row in NAMES.items() if not row.state])
def test_what_can_be_borne_is_looked_at_without_a_word(run: Run, name: str) -> None:
    seen = run.seen[name]
    assert not run.before[name], seen.healths
    assert seen.camera.pipeline.tally.looked >= WATCHED_S


@pytest.mark.parametrize("name", [name for name, row in NAMES.items() if row.state and row.heals])
def test_it_ends_when_the_stream_is_good_again(run: Run, name: str) -> None:
    assert run.after[name] == set(), run.seen[name].healths
    assert run.seen[name].words[run.rows[name].state][-1] == "end"


def test_no_camera_holds_up_the_others_and_none_leaves_a_thread_behind(run: Run) -> None:
    assert run.slowest < 1.0 and not run.left


def test_a_camera_s_own_clock_is_no_lateness_of_ours(run: Run) -> None:
    """Lateness makes a process look less at all of its cameras."""
    late = {name: one.late for name, one in run.seen.items()}
    assert late.pop("rtsp: a clock that is slow") < max(late.values()) + 1.0


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_machine_whose_clock_is_set_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    hurry(monkeypatch)
    manners, now = Manners(), time.time
    with serving({"/": manners.pictures(b"no picture")}) as url:
        eyes = Eyes({"c": url + "/"}, tmp_path)
        seen = eyes.seen["c"]
        assert eyes.until(lambda: "corrupt" in seen.open, 10)
        monkeypatch.setattr(time, "time", lambda: now() + 3600 * hours)
        eyes.until(lambda: False, 3)
        eyes.close()
        manners.close()
    assert seen.words["corrupt"] == ["new"] and abs(seen.camera.time(seen.camera.now()) - now()) < 1


def test_what_breaks_at_one_camera_is_its_own_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    class Breaks:
        code, health = "c1", "ok"

        def step(self) -> tuple[int, float]:
            raise ValueError("rtsp://user:geheim@host/")

    loop, camera = _Loop.__new__(_Loop), Breaks()
    loop._failed = set()
    assert [loop._stepped(camera) for _ in range(3)] == [(0, 0.0)] * 3 and camera.health == "failed"
    said = capsys.readouterr().err
    assert said.count("c1: ValueError at test_bad_streams.py:") == 1 and PASSWORD not in said


def test_another_reason_for_no_pictures_is_no_other_event() -> None:
    """A process died after it had said that a login was refused; its successor finds that nobody is there at all."""
    orphan = Open("old", "b.whole", "camera_health", "auth", 50.0, 90.0, 2.0)
    event = Event("e1", "b.whole", "camera_health", "whole", "new", 110.0, None, 1.0, about="offline")
    said = Teller([orphan], now=100.0).tell(event, 112.0)
    assert (said["id"], said["state"]) == ("old", "update")


def test_each_reason_is_said_to_people_in_both_languages() -> None:
    words = (ROOT / "web/src/i18n/messages/cameras.ts").read_text("utf-8")
    for block in re.findall(r"health: \{(.*?)\}", words, re.S):
        assert {*SAYS, *STATES, "ok", "failed"} <= set(re.findall(r"(\w+): '", block))
    assert len(re.findall(r"health: \{", words)) == 2
    assert all(zh and en for zh, en, _, _ in SAYS.values())


def test_a_4k_camera_costs_no_more_memory_than_a_camera_may(tmp_path: Path) -> None:
    scene = Scene(3840, 2160)
    write(tmp_path / "film.mkv", scene, seconds=2, fps=2, gop=2)
    small = write(tmp_path / "small.mkv", Scene(64, 48), seconds=2, fps=2, gop=2)
    (tmp_path / "folder").mkdir()
    for number in range(2):
        (tmp_path / "folder" / f"{number}.jpg").write_bytes(jpeg(number, 3840, 2160))
    words = [str(place) for place in (tmp_path, small, tmp_path / "film.mkv", tmp_path / "folder")]
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, *words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    before, film, folder = map(float, done.stdout.split())
    assert film - before < 60 and folder - film < 60, done.stdout


def test_no_word_to_the_server_holds_a_password(run: Run) -> None:
    assert run.texts and not any(PASSWORD in text for text in run.texts)
