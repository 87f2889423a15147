"""A binding that is only tried, on what its camera saw in the last minutes: asked of the worker that looks through it.

The server says yes or no as it does when a binding is saved, and signs the rules; the worker tries no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chengyun.district.models import Asset
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import dumps
from chengyun.kernel.errors import Conflict
from chengyun.kernel.i18n import T
from chengyun.video import queries, signing
from chengyun.video.actions import bindings
from chengyun.video.logic import shapes

# Suggested value (建议值): so long the same rules may be tried again without asking the server.
TRY_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Question:
    """`body` goes by POST to `url`, byte for byte, until `until`."""

    worker: str
    url: str
    body: str
    until: datetime


def question(*, actor: Actor, asset: Asset, code: str, preset: str, body: Mapping[str, Any]) -> Question:
    """Raises what saving the same would raise, and `Conflict` while no worker sees the camera."""
    bindings.allow(actor, asset, preset, body)
    worker = queries.holder(asset)
    if worker is None or not worker.address:
        raise Conflict(
            "no_worker",
            T(
                "现在没有分析进程在看这台摄像机，无法试算",
                "No worker looks through this camera now: nothing can be tried",
            ),
            hint=T(
                "保存并启用至少一个绑定，待分析进程接手后再试。",
                "Save and enable a binding; once a worker has taken the camera, try again.",
            ),
        )
    rules = dumps({"rules": shapes.rules_of(code, preset, body, {})})
    until = clock.now() + TRY_FOR * max(1.0, clock.rate())
    return Question(
        worker.name, signing.preview_address(worker, asset.code, rules, until), rules.decode(), until
    )
