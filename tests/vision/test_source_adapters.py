"""Adapters against small servers that answer as the real ones do."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from chengyun_vision.problem import Problem
from chengyun_vision.source import SourceError
from chengyun_vision.source.adapters import Camera, MediaMtx, Onvif, Static, ZlMediaKit
from tests.vision.server import plain, serving

JPEG = b"\xff\xd8 a picture \xff\xd9"


def test_a_list_gives_its_cameras_with_logins_of_the_environment(tmp_path):
    with serving({"/snap": plain(JPEG, "image/jpeg")}) as url:
        path = tmp_path / "cameras.yaml"
        path.write_text(
            "cameras:\n"
            "  - {code: gate, name: 北门, main: 'rtsp://${LOGIN}@10.0.0.5/1', sub: 'rtsp://10.0.0.5/2',"
            f" snapshot: '{url}/snap', live: {{hls: 'https://media/gate.m3u8'}}}}\n"
            "  - {code: yard, main: clips/yard.mp4}\n"
        )
        static = Static.read(path)
        static._environment = {"LOGIN": "u:p"}
        assert static.list_cameras() == [
            Camera("gate", "北门", ("main", "sub")),
            Camera("yard", "", ("main",)),
        ]
        assert static.ensure_stream("gate") == "rtsp://u:p@10.0.0.5/1"
        assert static.ensure_stream("yard", "sub") == "clips/yard.mp4"
        assert static.snapshot("gate") == JPEG
        assert (
            static.live_urls("gate") == {"hls": "https://media/gate.m3u8"} and static.live_urls("yard") == {}
        )
    for wrong in (lambda: static.snapshot("yard"), lambda: static.ensure_stream("nobody")):
        with pytest.raises(SourceError) as error:
            wrong()
        assert error.value.cause == "not_found"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cameras: 3", "no list"),
        ("- a", "no list"),
        ("{", "cannot be read"),
        ("cameras: [3]", "code"),
        ("cameras: [{code: a}]", "main"),
        ("cameras: [{code: a, main: x}, {code: a, main: y}]", "twice"),
        ("cameras: [{code: a, main: x, pasword: y}]", "unknown"),
        ("cameras: [{code: a, main: x, live: {rtsp: y}}]", "live"),
    ],
)
def test_a_wrong_list_says_where_and_what(tmp_path, text, says):
    path = tmp_path / "cameras.yaml"
    path.write_text(text)
    with pytest.raises(Problem, match=says):
        Static.read(path)


def test_a_missing_login_names_the_variable():
    with pytest.raises(Problem, match="no LOGIN"):
        Static([{"code": "a", "main": "rtsp://${LOGIN}@h/1"}], environment={}).ensure_stream("a")


TT, TRT, SOAP = (
    "http://www.onvif.org/ver10/schema",
    "http://www.onvif.org/ver10/media/wsdl",
    "http://www.w3.org/2003/05/soap-envelope",
)


class Device:
    """A recorder with two inputs, whose clock is two hours ahead and which checks digests."""

    now = 1_800_000_000.0
    password = "p&ss"

    def __init__(self):
        self.asked = []

    def __call__(self, request, body):
        root = ElementTree.fromstring(body)
        verb = root.find(f"{{{SOAP}}}Body")[0].tag.rsplit("}", 1)[1]
        self.asked.append(verb)
        if verb != "GetSystemDateAndTime" and not self.signed(root):
            fault = f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>'
            fault += (
                "<s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>"
            )
            return plain(fault.encode(), "application/soap+xml", 400)(request, body)
        answer = getattr(self, verb)(root)
        text = f'<s:Envelope xmlns:s="{SOAP}" xmlns:tt="{TT}" xmlns:trt="{TRT}"><s:Body>{answer}</s:Body></s:Envelope>'
        return plain(text.encode(), "application/soap+xml")(request, body)

    def signed(self, root):
        found = {element.tag.rsplit("}", 1)[1]: element.text for element in root.iter()}
        if "Nonce" not in found or found["Username"] != "ad<min":
            return False
        made = datetime.strptime(found["Created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        wanted = hashlib.sha1(
            base64.b64decode(found["Nonce"]) + found["Created"].encode() + self.password.encode()
        )
        return (
            abs(made - self.now - 7200) < 5
            and found["Password"] == base64.b64encode(wanted.digest()).decode()
        )

    def GetSystemDateAndTime(self, root):
        at = datetime.fromtimestamp(self.now + 7200, UTC)
        return (
            f"<tt:UTCDateTime><tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute><tt:Second>{at.second}"
            f"</tt:Second></tt:Time><tt:Date><tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}"
            "</tt:Day></tt:Date></tt:UTCDateTime>"
        )

    def GetCapabilities(self, root):
        return f"<tt:Media><tt:XAddr>http://192.168.1.64:{self.port}/media</tt:XAddr></tt:Media>"

    def GetProfiles(self, root):
        def profile(token, source, width, height):
            return (
                f'<trt:Profiles token="{token}"><tt:VideoSourceConfiguration><tt:SourceToken>{source}</tt:SourceToken>'
                f"</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration><tt:Resolution><tt:Width>{width}</tt:Width>"
                f"<tt:Height>{height}</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles>"
            )

        return (
            profile("p-small", "in-1", 640, 360)
            + profile("p-big", "in-1", 1920, 1080)
            + profile("q", "in-2", 1, 1)
        )

    def GetStreamUri(self, root):
        token = root.find(f".//{{{TRT}}}ProfileToken").text
        return f"<trt:MediaUri><tt:Uri>rtsp://192.168.1.64:554/{token}?a=b&amp;c=d</tt:Uri></trt:MediaUri>"

    def GetSnapshotUri(self, root):
        return f"<trt:MediaUri><tt:Uri>http://192.168.1.64:{self.port}/snap</tt:Uri></trt:MediaUri>"


@pytest.fixture
def device():
    device = Device()
    with serving({"/onvif": device, "/media": device, "/snap": plain(JPEG, "image/jpeg")}) as url:
        device.port = int(url.rsplit(":", 1)[1])
        device.url = url.replace("//", "//ad%3Cmin:p%26ss@") + "/onvif"
        yield device


def test_onvif_finds_inputs_streams_and_pictures_on_the_host_we_know(device):
    onvif = Onvif(device.url, wall=lambda: device.now)
    assert onvif.list_cameras() == [
        Camera("in-1", "in-1", ("main", "sub")),
        Camera("in-2", "in-2", ("main",)),
    ]
    assert onvif.ensure_stream("in-1") == "rtsp://ad%3Cmin:p%26ss@127.0.0.1:554/p-big?a=b&c=d"
    assert onvif.ensure_stream("in-1", "sub").endswith("/p-small?a=b&c=d")
    assert onvif.snapshot("in-1") == JPEG and onvif.live_urls("in-1") == {}
    assert device.asked.count("GetSystemDateAndTime") == 1
    with pytest.raises(SourceError) as error:
        onvif.ensure_stream("in-9")
    assert error.value.cause == "not_found"


def test_onvif_with_a_wrong_password_is_auth_and_keeps_it_to_itself(device):
    onvif = Onvif(device.url.replace("p%26ss", "geheim"), wall=lambda: device.now)
    with pytest.raises(SourceError) as error:
        onvif.list_cameras()
    assert error.value.cause == "auth" and "geheim" not in str(error.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a/>" * 3,
        b"<a>" * 200_000,
    ],
    ids=["empty", "html", "bytes", "entity", "two roots", "deep"],
)
def test_onvif_answers_that_are_none_are_codec(answer):
    with serving({"/onvif": plain(answer)}) as url, pytest.raises(SourceError) as error:
        Onvif(url + "/onvif").list_cameras()
    assert error.value.cause == "codec"


def test_a_device_cannot_send_us_to_a_file(device):
    device.GetStreamUri = lambda root: "<trt:MediaUri><tt:Uri>file:///etc/passwd</tt:Uri></trt:MediaUri>"
    with pytest.raises(SourceError):
        Onvif(device.url, wall=lambda: device.now).ensure_stream("in-1")


def speaking_json(answers):
    """path -> function of (query path, JSON body) that gives JSON, or a status."""

    def answer_with(give):
        def answer(request, body):
            given = give(request.path, json.loads(body) if body else None)
            status = given if isinstance(given, int) else 200
            return plain(b"" if status != 200 else json.dumps(given).encode(), "application/json", status)(
                request, body
            )

        return answer

    return {path: answer_with(give) for path, give in answers.items()}


def test_mediamtx_lists_its_paths_and_pulls_what_is_not_there():
    added = {}
    paths = ["gate", "gate-sub", "yard"]

    def page(path, _):
        number = int(path.split("page=")[1].split("&")[0])
        return {"pageCount": 2, "items": [{"name": name} for name in (paths[:2], paths[2:])[number]]}

    answers = speaking_json(
        {
            "/v3/paths/list": page,
            "/v3/paths/get/gate": lambda *_: {},
            "/v3/paths/get/gate-sub": lambda *_: {},
            "/v3/config/paths/add/new": lambda _, body: added.update(new=body) or {},
        }
    )
    with serving(answers) as url:
        server = MediaMtx(url, upstream={("new", "main"): "rtsp://u:p@10.0.0.5/1"}, public="media.city")
        assert server.list_cameras() == [
            Camera("gate", "gate", ("main", "sub")),
            Camera("yard", "yard", ("main",)),
        ]
        assert server.ensure_stream("gate", "sub") == "rtsp://127.0.0.1:8554/gate-sub"
        assert server.ensure_stream("new", "sub") == "rtsp://127.0.0.1:8554/new"
        assert added["new"] == {"source": "rtsp://u:p@10.0.0.5/1", "sourceOnDemand": True}
        assert server.live_urls("gate")["whep"] == "http://media.city:8889/gate/whep"
        with pytest.raises(SourceError) as error:
            server.ensure_stream("nobody")
        assert error.value.cause == "not_found"


def test_zlmediakit_lists_pulls_and_takes_pictures_with_its_secret_in_the_body_only():
    asked = []

    def media(path, body):
        asked.append((path, body))
        if body["secret"] != "s3":
            return {"code": -100, "msg": "Incorrect secret"}
        return {"code": 0, "data": [{"app": "live", "stream": name} for name in ("gate", "gate-sub", "gate")]}

    def add(path, body):
        asked.append((path, body))
        return {"code": 0, "data": {"key": "k"}}

    answers = speaking_json({"/index/api/getMediaList": media, "/index/api/addStreamProxy": add})
    answers["/index/api/getSnap"] = lambda request, body: (
        asked.append((request.path, body)),
        plain(JPEG, "image/jpeg")(request, body),
    )
    with serving(answers) as url:
        server = ZlMediaKit(url, "s3", upstream={("live/new", "main"): "rtsp://u:p@h/1"})
        assert server.list_cameras() == [Camera("live/gate", "live/gate", ("main", "sub"))]
        assert server.ensure_stream("live/gate", "sub") == "rtsp://127.0.0.1:554/live/gate-sub"
        assert server.ensure_stream("live/new") == "rtsp://127.0.0.1:554/live/new"
        assert asked[-1][1]["url"] == "rtsp://u:p@h/1" and asked[-1][1]["stream"] == "new"
        assert server.snapshot("live/gate") == JPEG and b"secret=s3" in asked[-1][1]
        assert server.live_urls("live/gate")["flv"] == url + "/live/gate.live.flv"
        assert not any("s3" in path for path, _ in asked)
        with pytest.raises(SourceError) as error:
            ZlMediaKit(url, "wrong").list_cameras()
        assert error.value.cause == "auth"


@pytest.mark.parametrize(
    "given",
    [[], "x", 3.5, {"code": 0, "data": [3]}, {"code": 0, "data": [{}]}, {"items": [3], "pageCount": 1}, 500],
)
def test_media_servers_that_answer_nonsense_end_with_a_cause(given):
    answers = speaking_json({"/index/api/getMediaList": lambda *_: given, "/v3/paths/list": lambda *_: given})
    with serving(answers) as url:
        for adapter in (ZlMediaKit(url, "s"), MediaMtx(url)):
            with pytest.raises(SourceError):
                adapter.list_cameras()
