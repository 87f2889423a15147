"""HTTP sources against a server of ill manners."""

import base64
import io
import socket
import threading
import time

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun_vision.decode import Decoder
from chengyun_vision.source import Http, Notice, SourceError
from chengyun_vision.source.pictures import parts
from chengyun_vision.source.web import Line, request
from tests.vision.render import Scene, write
from tests.vision.server import plain, serving, streamed


def jpeg(t=0.0):
    return cv2.imencode(".jpg", Scene(64, 48)(t))[1].tobytes()


def part(picture, length=True):
    head = b"Content-Type: image/jpeg\r\n" + (b"Content-Length: %d\r\n" % len(picture) if length else b"")
    return b"--frame\r\n" + head + b"\r\n" + picture + b"\r\n"


MJPEG = "multipart/x-mixed-replace; boundary=frame"


def taken(url, most=100, **more):
    """(packets, facts, cause)"""
    source, items = Http(url, patience=1.0, **more), []
    try:
        for item in source.open():
            if not isinstance(item, Notice):
                items.append(item)
            if len(items) >= most:
                source.close()
    except SourceError as error:
        return items, source.facts, error.cause
    return items, source.facts, None


@pytest.mark.parametrize("length", [True, False])
def test_mjpeg_gives_each_picture_whole_with_growing_times(length):
    with serving({"/": streamed(MJPEG, [part(jpeg(), length)] * 4 + [b"--frame\r\n"])}) as url:
        packets, facts, cause = taken(url + "/")
    assert cause == "ended" and len(packets) == 4 and facts.codec == "picture" and facts.live
    decoder = Decoder(facts)
    assert [len(decoder.decode(p)) for p in packets] == [1] * 4
    assert all(a.at < b.at for a, b in zip(packets, packets[1:], strict=False))


def test_an_address_of_one_picture_is_asked_again_each_period():
    with serving({"/snap": plain(jpeg(), "image/jpeg")}) as url:
        packets, facts, _ = taken(url + "/snap", most=3, period=0.05)
    assert len(packets) == 3 and packets[2].at - packets[0].at >= 0.09
    assert Decoder(facts).decode(packets[2])


def test_a_film_over_http_is_read_as_such(tmp_path):
    path = write(tmp_path / "a.mkv", Scene(64, 48), seconds=1)
    with serving({"/film": plain(path.read_bytes(), "video/x-matroska")}) as url:
        packets, facts, cause = taken(url + "/film")
    assert (len(packets), facts.codec, cause) == (10, "mpeg4", "ended")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (plain(b"", status=401), "auth"),
        (plain(b"", status=403), "auth"),
        (plain(b"", status=404), "not_found"),
        (plain(b"", status=500), "refused"),
        (plain(b"<html>login</html>", "text/html"), "codec"),
        (streamed("image/jpeg", [b"\xff\xd8"], stall=3), "timeout"),
        (streamed("video/mp4", [b"\0" * 100], stall=30), "timeout"),
        (streamed(MJPEG, [part(jpeg()), b"--frame\r\nContent-Length: 99999\r\n\r\nabc"]), "ended"),
        (streamed(MJPEG, [b"--frame\r\nContent-Length: 99999999999\r\n\r\nabc"]), "codec"),
        (streamed(MJPEG, [b"--frame\r\nContent-Length: -4\r\n\r\nabc"]), "codec"),
        (streamed(MJPEG, [b"--frame\r\n" + b"A: b\r\n" * 100]), "codec"),
        (streamed("multipart/x-mixed-replace", [part(jpeg())]), "codec"),
        (streamed(MJPEG, [b""], stall=3), "timeout"),
    ],
)
def test_each_way_to_fail_has_its_cause(answer, cause):
    with serving({"/": answer}) as url:
        began = time.monotonic()
        assert taken(url + "/")[2] == cause
        assert time.monotonic() - began < 8


def test_nobody_there_is_refused_and_no_such_host_is_not_found():
    assert taken("http://127.0.0.1:1/")[2] == "refused"
    assert taken("http://no-such-host.invalid/")[2] == "not_found"
    assert taken("http://[bad/")[2] == "not_found"


def test_the_login_of_the_address_is_sent_and_a_wrong_one_is_auth():
    def guarded(request, body):
        good = "Basic " + base64.b64encode(b"user:p@ss").decode()
        if request.headers.get("Authorization") == good:
            return plain(jpeg(), "image/jpeg")(request, body)
        request.send_response(401)
        request.send_header("WWW-Authenticate", 'Basic realm="camera"')
        request.send_header("Content-Length", "0")
        request.end_headers()

    with serving({"/": guarded}) as url:
        right, wrong = (url.replace("//", f"//{login}@") + "/" for login in ("user:p%40ss", "user:no"))
        assert len(taken(right, most=1)[0]) == 1
        assert taken(wrong)[2] == "auth"


pieces = st.sampled_from(
    [
        b"--frame\r\n",
        b"--frame--\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: x\r\n",
        b"\r\n",
        b"\n",
        b"abc",
        b"\xff\xd8",
    ]
)


@given(st.lists(st.one_of(pieces, st.binary(max_size=40)), max_size=40).map(b"".join))
def test_whatever_stands_in_a_stream_of_parts_comes_to_an_end_with_a_cause(content):
    found = []
    with pytest.raises(SourceError) as ended:
        for body in parts(io.BytesIO(content), "frame", "http://host/"):
            found.append(body)
    assert ended.value.cause in ("ended", "codec") and sum(map(len, found)) <= len(content)


@pytest.mark.parametrize(
    "elsewhere", ["ftp://127.0.0.1:{port}/a", "file:///etc/hostname", "data:image/png,x"]
)
def test_an_answer_leads_nowhere_but_over_http(elsewhere):
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        target = elsewhere.format(port=other.getsockname()[1])

        def leads(asked, body):
            asked.send_response(302)
            asked.send_header("Location", target)
            asked.end_headers()

        with serving({"/": leads}) as url:
            assert taken(url + "/")[::2] == ([], "refused")
        with pytest.raises(TimeoutError):
            other.accept()


def test_a_handshake_that_takes_for_ever_can_be_hung_up_on():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection = server.accept()[0]
            connection.sendall(b"\x16\x03\x03\x40\x00")
            try:
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.02)
            except OSError:
                connection.close()

        threading.Thread(target=drip, daemon=True).start()
        line, began = Line(), time.monotonic()
        threading.Timer(0.3, line.hang_up).start()
        with pytest.raises(SourceError):
            request(f"https://127.0.0.1:{server.getsockname()[1]}/", patience=20, line=line)
        assert time.monotonic() - began < 3
