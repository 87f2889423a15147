"""ZLMediaKit by its REST API. A camera is `app/stream`; its sub-stream `app/stream-sub`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from chengyun_vision.source.adapters.base import Camera, Which, host_of
from chengyun_vision.source.base import SourceError
from chengyun_vision.source.web import fetch, fetch_json

_SUB = "-sub"
_VHOST = "__defaultVhost__"


class ZlMediaKit:
    """`api`: the server's HTTP address; `secret`: of its API, sent in the body only, so that no access log holds it.
    `upstream`: where a stream that is not there is to be pulled from. `public`: base address that browsers reach.
    """

    def __init__(
        self,
        api: str,
        secret: str,
        *,
        upstream: dict[tuple[str, Which], str] | None = None,
        public: str = "",
        rtsp_port: int = 554,
        patience: float = 10.0,
    ) -> None:
        self._api = api.rstrip("/")
        self._secret = secret
        self._upstream = upstream or {}
        self._public = (public or self._api).rstrip("/")
        self._rtsp = f"rtsp://{host_of(api)}:{rtsp_port}"
        self._patience = patience

    def list_cameras(self) -> list[Camera]:
        names = self._streams()
        mains = sorted(name for name in names if not (name.endswith(_SUB) and name[: -len(_SUB)] in names))
        return [Camera(name, name, ("main", "sub") if name + _SUB in names else ("main",)) for name in mains]

    def ensure_stream(self, camera: str, which: Which = "main") -> str:
        there = self._streams()
        for kind in dict.fromkeys((which, "main")):
            name = camera + _SUB if kind == "sub" else camera
            upstream = self._upstream.get((camera, kind))
            if name not in there and upstream is not None:
                app, stream = _parted(name)
                self._ask("addStreamProxy", vhost=_VHOST, app=app, stream=stream, url=upstream, rtp_type=0)
            elif name not in there:
                continue
            return f"{self._rtsp}/{quote(name)}"
        raise SourceError("not_found", camera)

    def snapshot(self, camera: str) -> bytes:
        body = {
            "secret": self._secret,
            "url": self.ensure_stream(camera, "main"),
            "timeout_sec": round(self._patience),
            "expire_sec": 1,
        }
        picture = fetch(
            f"{self._api}/index/api/getSnap",
            data="&".join(f"{key}={quote(str(value), safe='')}" for key, value in body.items()).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            patience=self._patience + 5,
        )
        if not picture.startswith(b"\xff\xd8"):
            raise SourceError("codec", camera)  # a line of JSON that says why not
        return picture

    def live_urls(self, camera: str) -> dict[str, str]:
        app, stream = _parted(camera)
        path = f"{self._public}/{quote(app)}/{quote(stream)}"
        return {
            "whep": f"{self._public}/index/api/whep?app={quote(app, safe='')}&stream={quote(stream, safe='')}",
            "flv": f"{path}.live.flv",
            "fmp4": f"{path}.live.mp4",
            "hls": f"{path}/hls.m3u8",
        }

    def _streams(self) -> set[str]:
        found = self._ask("getMediaList", vhost=_VHOST) or []
        try:
            return {f"{item['app']}/{item['stream']}" for item in found}
        except (KeyError, TypeError):
            raise SourceError("codec", self._rtsp) from None

    def _ask(self, verb: str, **values: Any) -> Any:
        """The `data` of an answer; its code -100 is a wrong secret."""
        answer = fetch_json(
            f"{self._api}/index/api/{verb}",
            payload={"secret": self._secret, **values},
            patience=self._patience,
        )
        if not isinstance(answer, dict) or answer.get("code") != 0:
            code = answer.get("code") if isinstance(answer, dict) else None
            raise SourceError("auth" if code == -100 else "refused", self._rtsp)
        return answer.get("data")


def _parted(camera: str) -> tuple[str, str]:
    app, slash, stream = camera.partition("/")
    return (app, stream) if slash else ("live", camera)
