"""A rule on a form: its thresholds as a table, what an edit changes, where a fault stands, what it would have done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils import timezone

from chengyun.alerts import facts
from chengyun.alerts.logic import trial
from chengyun.alerts.logic.binding import Unbound, bind
from chengyun.alerts.logic.spec import RuleSpec
from chengyun.alerts.logic.trial import Seen
from chengyun.kernel import clock
from chengyun.signals.models import Observation

PARTS = ("set", "clear", "for", "keep")
# Suggested values (建议值): a day shows the rhythm of a place, and this many readings are judged within a second.
TRIED_HOURS = 24
TRIED_READINGS = 100_000


def table(body: Mapping[str, Any]) -> dict[tuple[int, str], str]:
    """The thresholds by level and part, as texts; empty for a rule whose levels carry none."""
    levels = body.get("levels")
    if not isinstance(levels, Mapping):
        return {}
    found = {}
    for level, says in levels.items():
        parts = says if isinstance(says, Mapping) else {"set": says}
        for part in PARTS:
            if str(level).isdigit() and parts.get(part) is not None:
                found[int(level), part] = _text(parts[part])
    return found


def with_table(body: Mapping[str, Any], given: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    """The body with these thresholds; what did not change keeps the form it was written in."""
    made = deepcopy(dict(body))
    before, levels = table(body), dict(made.get("levels") or {})
    for level in range(1, 5):
        now = {part: given[level, part] for part in PARTS if given.get((level, part))}
        if now == {part: before[level, part] for part in PARTS if (level, part) in before}:
            continue
        if not now:
            levels.pop(str(level), None)
            continue
        levels[str(level)] = {part: _value(text) for part, text in now.items()}
        if made.get("when") == "absence" and set(now) == {"set"}:
            levels[str(level)] = now["set"]  # a level of silence is a bare duration
    made["levels"] = dict(sorted(levels.items()))
    return made


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _value(text: str) -> Any:
    """A number where it is one; a duration stays the text that it is."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(field, before, after) for everything that differs."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = [*old, *(path for path in new if path not in old)]
    return [(path, old.get(path, ""), new.get(path, "")) for path in paths if old.get(path) != new.get(path)]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}.{number}")
    else:
        yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def line_of(text: str, field: str) -> int | None:
    """The line (from 1) of a YAML text on which a field such as `levels.1.set` stands, or the nearest part of it."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    line: int | None = None
    for part in field.split("."):
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, item) for key, item in node.value if key.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            break
    return line


@dataclass(frozen=True, slots=True)
class Tried:
    """How often a rule would have opened an alert, and the most severe level it would have reached; `why_not` instead."""

    alerts: int = 0
    levels: tuple[tuple[int, int], ...] = ()
    readings: int = 0
    why_not: str = ""


def would_have(spec: RuleSpec | None) -> Tried:
    """What a rule's own thresholds would have done with the readings of the last day. Nothing is judged for real.

    `why_not` is "external", "unbound", "none" (no readings) or "many" (more than are tried while somebody waits).
    """
    if spec is None or spec.when == "external":
        return Tried(why_not="external")
    now = int(clock.now().timestamp() * 1000)
    since = now - TRIED_HOURS * 3_600_000
    try:
        bounds = bind(spec, facts.streams(), since=since)
    except Unbound:
        return Tried(why_not="unbound")
    keys = {member.key for bound in bounds for member in bound.members}
    rows = Observation.objects.filter(
        stream_id__in=keys, minute__gte=since // 60_000, at_ms__gte=since, at_ms__lte=now
    )
    found = list(rows.values_list("stream_id", "at_ms", "value", "arrived_ms")[: TRIED_READINGS + 1])
    if not found:
        return Tried(why_not="none")
    if len(found) > TRIED_READINGS:
        return Tried(why_not="many")
    seen = sorted((Seen(*row) for row in found), key=lambda each: (each.arrived, each.at, each.key))
    report = trial.run(bounds, seen)
    peaks = [episode.peak for episode in report.episodes]
    counts = tuple((level, peaks.count(level)) for level in range(1, 5) if level in peaks)
    return Tried(len(peaks), counts, len(seen))


def since_text() -> str:
    from datetime import timedelta

    return timezone.localtime(clock.now() - timedelta(hours=TRIED_HOURS)).strftime("%m-%d %H:%M")
