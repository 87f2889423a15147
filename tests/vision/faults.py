"""What may be wrong with a stream, by the door through which it comes: one table for the tests and for the soak."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.vision.render import Mover, Scene, write
from tests.vision.server import Answer, plain, streamed
from tests.vision.spoilt import (
    MJPEG,
    Manners,
    declared,
    jpeg,
    listened,
    part,
    round_about,
    spliced,
    stamped,
    uneven,
)


@dataclass(frozen=True)
class Row:
    """`state`: what is told of the camera ("" nothing: it has to be borne); `why`: the word with which the server is told,
    where it is another. `bad`: an answer, words of the RTSP server, the content of a file, or an address."""

    name: str
    door: str
    bad: Answer | str | bytes | None
    state: str = "offline"
    why: str = ""
    heals: bool = True

    @property
    def title(self) -> str:
        return f"{self.door}: {self.name}"


def rows(manners: Manners, clips: Mapping[str, bytes]) -> list[Row]:
    fine, film = jpeg(), clips["ts"]
    half = fine[: len(fine) // 2]
    picture, long = part(fine), b"--f\r\nContent-Length: 99999999999\r\n\r\n"

    def set_by(seconds: float) -> Callable[[int], float]:
        return lambda n: 9000 + n / 10 + (seconds if n > 25 else 0)

    return [
        # what any address may do
        Row("nobody speaks", "mjpeg", manners.quiet, why="timeout"),
        Row("wrong password", "mjpeg", plain(b"", status=401), why="auth"),
        Row("forbidden", "mjpeg", plain(b"", status=403), why="auth"),
        Row("no such path", "mjpeg", plain(b"", status=404), why="not_found"),
        Row("server error", "mjpeg", plain(b"", status=500), why="refused"),
        Row("redirect to itself", "mjpeg", round_about, why="refused"),
        Row("headers without end", "mjpeg", manners.endless(b"X: y\r\n"), why="refused"),
        Row("a header without end", "mjpeg", manners.endless(b"X" * 4096), why="refused"),
        Row("a header a byte at a time", "mjpeg", manners.drips(b"X-Name: value\r\n"), why="timeout"),
        Row("a page", "mjpeg", plain(b"<html>log in</html>", "text/html"), why="codec"),
        # pictures in parts
        Row("hangs up", "mjpeg", streamed(MJPEG, [picture] * 3, 0.05), why="ended"),
        Row("falls silent", "mjpeg", manners.begins(MJPEG, picture, picture), why="timeout"),
        Row("a byte at a time", "mjpeg", manners.drips(picture, _head(MJPEG)), why="timeout"),
        Row("a line without end", "mjpeg", manners.endless(b"x" * 4096, _head(MJPEG)), why="codec"),
        Row("a chunk without end", "mjpeg", manners.endless(b"f" * 4096, _head(MJPEG, chunked=True)), why="refused"),
        Row("a part that is too long", "mjpeg", manners.begins(MJPEG, long), why="codec"),
        Row("empty parts", "mjpeg", manners.pictures(b""), "corrupt"),
        Row("halves of pictures", "mjpeg", manners.pictures(half), "corrupt"),
        Row("no pictures", "mjpeg", manners.pictures(b"\xff\xd8 not at all \xff\xd9"), "corrupt"),
        Row("huge by its own word", "mjpeg", manners.pictures(declared(65_500, 65_500)), "corrupt"),
        Row("sizes that change", "mjpeg", manners.pictures(*_sizes()), ""),
        # one picture at a time
        Row("no picture there", "snapshot", plain(b"", status=404), why="not_found"),
        Row("a page that says it is a picture", "snapshot", manners.one(b"<html>"), "corrupt"),
        Row("empty", "snapshot", manners.one(b""), "corrupt"),
        Row("half of one", "snapshot", manners.one(half), "corrupt"),
        Row("huge by its own word", "snapshot", manners.one(declared(30_000, 30_000)), "corrupt"),
        Row("falls silent in the midst", "snapshot", manners.begins("image/jpeg", half), why="timeout"),
        Row("a byte at a time", "snapshot", manners.drips(fine, _head("image/jpeg")), why="timeout"),
        Row("without end", "snapshot", manners.endless(b"\xff\xd8" * 4096, _head("image/jpeg")), why="codec"),
        Row("sizes that change", "snapshot", manners.one(*_sizes()), ""),
        # films
        Row("sound alone", "film", plain(clips["sound"], "video/mp2t"), why="codec"),
        Row("rubbish", "film", plain(bytes(range(256)) * 40, "video/mp4"), why="codec"),
        Row("empty", "film", plain(b"", "video/mp2t"), why="codec"),
        Row("falls silent", "film", manners.begins("video/mp2t", film[: len(film) // 2]), why="timeout"),
        Row("a byte at a time", "film", manners.drips(film, _head("video/mp2t")), why="timeout"),
        Row("sizes that change", "film", manners.film(clips["sizes"]), ""),
        Row("a clock two hours ahead", "film", manners.film(film, set_by(7200)), "clock"),
        Row("a clock two hours back", "film", manners.film(film, set_by(-7200)), "clock"),
        Row("a clock that stands", "film", manners.film(film, lambda n: 5.0), ""),
        Row("no clock", "film", manners.film(film, lambda n: None), ""),
        Row("uneven", "film", manners.film(film, lambda n: n // 10 + n % 10 / 60), ""),
        # RTSP
        Row("nobody speaks", "rtsp", "/silent", why="timeout"),
        Row("never plays", "rtsp", "/mute", why="timeout"),
        Row("wrong password", "rtsp", "/guarded", why="auth"),
        Row("no such path", "rtsp", "/missing", why="not_found"),
        Row("sound alone", "rtsp", "/sound", why="codec"),
        Row("falls silent", "rtsp", "/stall", why="timeout"),
        Row("hangs up in a picture", "rtsp", "/cut", why="ended"),
        Row("a byte at a time", "rtsp", "/drip", why="timeout"),
        Row("no keyframes", "rtsp", "/keyless/loop", why="no_keyframes"),
        Row("rubbish", "rtsp", "/rubbish/loop", why="timeout"),
        Row("damaged pictures", "rtsp", "/scratched/loop", "corrupt"),
        Row("a clock two hours ahead", "rtsp", "/ahead/loop", "clock"),
        Row("a clock two hours back", "rtsp", "/back/loop", "clock"),
        Row("a clock that stands", "rtsp", "/same/loop", ""),
        Row("a clock that is slow", "rtsp", "/slow/loop", "clock"),
        Row("uneven", "rtsp", "/uneven/loop", ""),
        # a port that takes the connection and says nothing
        Row("no handshake", "https", None, why="timeout", heals=False),
        Row("no handshake", "rtsps", None, why="timeout", heals=False),
        # addresses that are none
        Row("brackets", "address", "rtsp://[bad/", why="not_found", heals=False),
        Row("a scheme that nobody knows", "address", "gopher://host/", why="not_found", heals=False),
        Row("a place that nobody draws", "address", "scene://nowhere", why="not_found", heals=False),
        Row("longer than any path", "address", "file:/" + 5000 * "a", why="not_found", heals=False),
        # files and folders
        Row("none", "file", None, why="not_found"),
        Row("empty", "file", b"", why="codec"),
        Row("rubbish", "file", b"\0" * 4096, why="codec"),
        Row("sound alone", "file", clips["sound"], why="codec"),
        Row("sizes that change", "file", clips["sizes"], ""),
        Row("a clock that stands", "file", stamped(film, lambda n: 5.0), ""),
        Row("uneven", "file", clips["uneven"], ""),
        Row("a clock two hours ahead", "file", stamped(film, lambda n: n / 10 + n // 10 * 7200), "clock", heals=False),
        Row("none", "folder", None, why="not_found"),
        Row("empty", "folder", b"", "corrupt"),
        Row("half of one", "folder", half, "corrupt"),
        Row("huge by its own word", "folder", declared(20_000, 20_000), "corrupt"),
    ]  # fmt: skip


def _head(kind: str, chunked: bool = False) -> bytes:
    more = "\r\nTransfer-Encoding: chunked" if chunked else ""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}{more}\r\n\r\n".encode()


def _sizes() -> list[bytes]:
    return [jpeg(n, *size) for size in ((64, 48), (640, 360), (8, 8)) for n in range(5)]


def clips(folder: Path) -> dict[str, bytes]:
    """The films of the table."""
    scene = Scene(64, 48, [Mover((0, 10), (40, 10), 0, 2, (8, 8))], noise=2)
    small = write(folder / "small.avi", scene, seconds=0.5)
    other = [write(folder / f"{w}.avi", Scene(w, h, noise=2), seconds=0.5) for w, h in ((640, 360), (8, 8))]
    made = {
        # No round number of seconds: whoever looks once in a while would see the same picture each turn, and call it frozen.
        "ts": write(folder / "a.ts", scene, seconds=2.3, gop=5),
        "mkv": write(folder / "a.mkv", scene, seconds=2.3, gop=5),
        "sound": listened(folder / "sound.ts"),
        "sizes": spliced(folder / "sizes.ts", [small, *other, small]),
        "uneven": uneven(folder / "uneven.mkv", scene, [0, 0.9, *(1 + n / 60 for n in range(30)), 2]),
    }
    return {name: path.read_bytes() for name, path in made.items()}


def names() -> dict[str, Row]:
    """The table by name, without its films."""
    return {row.title: row for row in rows(Manners(), defaultdict(bytes))}
