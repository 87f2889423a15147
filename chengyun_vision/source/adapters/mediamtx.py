"""MediaMTX by its control API (v3). A stream is a path; the sub-stream of `gate` is the path `gate-sub`."""

from __future__ import annotations

from urllib.parse import quote

from chengyun_vision.source.adapters.base import Camera, Which, host_of
from chengyun_vision.source.base import SourceError
from chengyun_vision.source.web import fetch_json

_SUB = "-sub"


class MediaMtx:
    """`api`: the control API's address (with credentials where it wants them). `upstream`: where a path that does not exist
    is to be pulled from, by camera and stream; opened only while somebody watches. `public`: host that browsers reach.
    """

    def __init__(
        self,
        api: str,
        *,
        upstream: dict[tuple[str, Which], str] | None = None,
        public: str = "",
        rtsp_port: int = 8554,
        hls_port: int = 8888,
        whep_port: int = 8889,
        patience: float = 10.0,
    ) -> None:
        self._api = api.rstrip("/")
        self._upstream = upstream or {}
        self._host = host_of(api)
        self._public = public or self._host
        self._rtsp_port, self._hls_port, self._whep_port = rtsp_port, hls_port, whep_port
        self._patience = patience

    def list_cameras(self) -> list[Camera]:
        names: set[str] = set()
        page, pages = 0, 1
        while page < min(pages, 1000):
            answer = fetch_json(
                f"{self._api}/v3/paths/list?page={page}&itemsPerPage=500", patience=self._patience
            )
            try:
                names |= {str(item["name"]) for item in answer["items"]}
                pages = int(answer["pageCount"])
            except (KeyError, TypeError, ValueError):
                raise SourceError("codec", self._host) from None
            page += 1
        mains = sorted(name for name in names if not (name.endswith(_SUB) and name[: -len(_SUB)] in names))
        return [Camera(name, name, ("main", "sub") if name + _SUB in names else ("main",)) for name in mains]

    def ensure_stream(self, camera: str, which: Which = "main") -> str:
        for kind in dict.fromkeys((which, "main")):
            path = camera + _SUB if kind == "sub" else camera
            if self._exists(path) or self._added(path, self._upstream.get((camera, kind))):
                return f"rtsp://{self._host}:{self._rtsp_port}/{quote(path)}"
        raise SourceError("not_found", camera)

    def snapshot(self, camera: str) -> bytes:
        raise SourceError("not_found", camera)  # it makes none

    def live_urls(self, camera: str) -> dict[str, str]:
        path = quote(camera)
        return {
            "whep": f"http://{self._public}:{self._whep_port}/{path}/whep",
            "hls": f"http://{self._public}:{self._hls_port}/{path}/index.m3u8",
        }

    def _exists(self, path: str) -> bool:
        try:
            fetch_json(f"{self._api}/v3/paths/get/{quote(path)}", patience=self._patience)
        except SourceError as error:
            if error.cause == "not_found":
                return False
            raise
        return True

    def _added(self, path: str, upstream: str | None) -> bool:
        if upstream is None:
            return False
        fetch_json(
            f"{self._api}/v3/config/paths/add/{quote(path)}",
            payload={"source": upstream, "sourceOnDemand": True},
            patience=self._patience,
        )
        return True
