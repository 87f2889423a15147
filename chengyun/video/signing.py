"""Short-lived keys: for a picture, to whoever asked; for a live picture, to be checked by the worker that gives it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote

from django.core import signing

from chengyun.kernel import clock
from chengyun.video.models import Worker

_SALT = "chengyun.video.picture"


def picture_key(ref: str, user_id: int, until: datetime) -> str:
    return signing.dumps([ref, user_id, int(until.timestamp())], salt=_SALT)


def opens(key: str, ref: str, user_id: int | None) -> bool:
    """Whether a key is for this picture and this person, and has not run out."""
    try:
        said = signing.loads(key, salt=_SALT)
    except signing.BadSignature:
        return False
    return bool(said[:2] == [ref, user_id] and clock.now().timestamp() <= said[2])


def preview_address(worker: Worker, camera: str, body: bytes, until: datetime) -> str:
    """`/live/WORKER/CAMERA.preview?until=SECONDS&key=HEX`, to which `body` goes by POST. `key` is HMAC-SHA256 of
    "preview|CAMERA|SECONDS|SHA256 of the body" under the worker's key."""
    seconds = int(until.astimezone(UTC).timestamp())
    text = f"preview|{camera}|{seconds}|{hashlib.sha256(body).hexdigest()}"
    return _address(worker, camera, "preview", seconds, text)


def live_address(worker: Worker, camera: str, until: datetime) -> str:
    """`/live/WORKER/CAMERA.mjpeg?until=SECONDS&key=HEX`, which the front hands on to the worker's own address. `key` is
    HMAC-SHA256 of "CAMERA|SECONDS" under the worker's key."""
    seconds = int(until.astimezone(UTC).timestamp())
    return _address(worker, camera, "mjpeg", seconds, f"{camera}|{seconds}")


def _address(worker: Worker, camera: str, form: str, seconds: int, text: str) -> str:
    key = hmac.new(worker.key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"/live/{quote(worker.name, safe='')}/{quote(camera, safe='')}.{form}?until={seconds}&key={key}"
