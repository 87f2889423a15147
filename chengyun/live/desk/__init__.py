"""The first minute."""

from __future__ import annotations

from typing import Any

from chengyun.kernel.actor import Actor
from chengyun.live.desk.shapes import DeskOut, QueuesOut


def first_minute(viewer: Any, actor: Actor) -> DeskOut:
    raise NotImplementedError


def queues(viewer: Any, actor: Actor) -> QueuesOut:
    raise NotImplementedError
