"""Keeps what people do: every action that a door calls for a person is noted once it has gone through.

Doors call `actions.verb(...)`; `install()` puts a wrapper of the same signature in place of each verb that takes an actor.
What the platform itself does follows from the inputs, and what an action does further on follows from the action: neither
is noted. Free text, names, phones and files are left out here already, so that there is nothing to erase later.
"""

from __future__ import annotations

import functools
import inspect
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from django.db import models

from chengyun.kernel import journal, transaction
from chengyun.kernel.actor import Actor
from chengyun.kernel.transaction import write
from chengyun.live import actions
from chengyun.signals import registry

# Messages are read and answered by people too, but nothing else depends on it.
DOMAINS = ("people", "posture", "signals", "alerts", "cases")
# Arguments whose text is a code of the district or of the software. Whatever is not named here is left out.
CODES = frozenset({
    "area", "asset", "code", "colour", "condition", "datastream", "digest", "external_id", "field", "first_post", "form",
    "item", "kind", "leader_post", "level", "measures", "mode", "origin", "place", "post", "purpose", "role", "rule", "side",
    "source", "subject", "verb", "verdict", "why",
})  # fmt: skip
# Of an alert's shelving the reason is chosen from a list; elsewhere it is free text.
PRESET_REASONS = frozenset({"alerts.shelve", "alerts.take_out_of_service", "signals.set_service"})
# A file is read in many transactions of its own, and is nobody's command to repeat. Where somebody on duty is may be kept
# once and not a second time: a log of it would be a track (docs/decisions/0013). How somebody likes their screen is theirs.
UNNOTED = frozenset(
    {"signals.ingest_csv", "people.report_position", "people.withdraw_position", "people.set_preferences"}
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,79}")
_LEFT_OUT = {"$text": True}

_busy = threading.local()


def install() -> None:
    """Wrap the actions of all domains; calling it again changes nothing."""
    for domain in DOMAINS:
        module = import_module(f"chengyun.{domain}.actions")
        for name, function in sorted(vars(module).items()):
            if (
                inspect.isfunction(function)
                and not hasattr(function, "noted")
                and "actor" in inspect.signature(function).parameters
                and f"{domain}.{name}" not in UNNOTED
            ):
                setattr(module, name, noted(f"{domain}.{name}", function))


def noted(do: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same action, noted where a person takes it."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        actor = kwargs.get("actor") or (args[0] if args else None)
        if not isinstance(actor, Actor) or actor.is_system or getattr(_busy, "on", False):
            return function(*args, **kwargs)
        _busy.on = True
        try:
            with write():
                if not registry.settings().input_log:
                    return function(*args, **kwargs)
                given: dict[str, Any] = dict(signature.bind(*args, **kwargs).arguments)
                given |= given.get("args", {})  # of a verb that takes `**args`
                earlier = len(transaction.unheard())
                result = function(*args, **kwargs)
                recorded = transaction.unheard()[earlier:]
                before = recorded[0].id - 1 if recorded else journal.last_id()
                plain = {name: _plain(do, name, value) for name, value in given.items() if name not in _OWN}
                actions.note_command(actor=actor, do=do, args=plain, last_entry=before)
                return result
        finally:
            _busy.on = False

    run.noted = True  # type: ignore[attr-defined]
    return run


_OWN = ("actor", "cause", "args", "kwargs")


def _plain(do: str, name: str, value: Any) -> Any:
    """An argument as data, without what a person wrote, said or photographed."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, str):
        if value == "" or (
            (name in CODES or (name == "reason" and do in PRESET_REASONS)) and _CODE.fullmatch(value)
        ):
            return value
        return {"$at": value} if _MOMENT.fullmatch(value) else _LEFT_OUT
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$file": True}
    if isinstance(value, models.Model):
        return {"$area": value.code} if value._meta.label == "district.Area" else _LEFT_OUT  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return {str(key): _plain(do, str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(do, name, item) for item in value]
    return _LEFT_OUT
