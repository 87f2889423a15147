"""Short-lived keys: for a picture, to whoever asked; for a live picture, to be checked by the worker that gives it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from django.core import signing

from chengyun.kernel import clock
from chengyun.video.models import Worker

_SALT = "chengyun.video.picture"
Opens = Literal["look", "take"]


def picture_key(ref: str, user_id: int, until: datetime, what: Opens = "look") -> str:
    return signing.dumps([ref, user_id, int(until.timestamp()), what], salt=_SALT)


def opens(key: str, ref: str, user_id: int | None) -> Opens | None:
    """What a key allows this person with this picture; None where it is for another, or has run out."""
    try:
        of, whose, until, what = signing.loads(key, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    allowed: Opens = "take" if what == "take" else "look"
    return allowed if [of, whose] == [ref, user_id] and clock.now().timestamp() <= until else None


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
