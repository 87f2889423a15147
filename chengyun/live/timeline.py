"""The modes of a night as it went, and what they did to the thresholds of rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from chengyun.alerts.trial import Declared
from chengyun.live.scenario import Scenario, ScenarioRefused
from chengyun.posture.logic import Standing, effective
from chengyun.posture.queries.ruling import layers


def steps_of(scenario: Scenario, given: Path | None) -> tuple[str, list[dict[str, Any]]]:
    """Where the modes of the night are written, and the changes: `given` (a result of `replay --json`, or its list
    `posture`), else `expected.json` of the scenario, else none. Raises ScenarioRefused for a file without them."""
    path = given or scenario.folder / "expected.json"
    if given is None and not path.is_file():
        return "none", []
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ScenarioRefused(f"{path}: cannot be read as JSON: {error}") from error
    steps = content.get("posture") if isinstance(content, dict) else content
    if steps is None and given is None:
        return "none", []
    if not isinstance(steps, list):
        raise ScenarioRefused(f"{path}: has no list `posture`; `chengyun replay --json` writes one")
    return str(path), steps


def thresholds(steps: list[dict[str, Any]]) -> list[Declared]:
    """What held from each change on. Raises ScenarioRefused for a step that cannot be read."""
    known = layers()
    standing: dict[Any, Standing] = {}
    found = []
    for number, step in enumerate(steps):
        try:
            at = datetime.fromisoformat(step["at"])
            name = step.get("declaration") or step["mode"]
            standing.pop(step.get("follows"), None)
            standing.pop(name, None)
            if step["kind"] != "posture.ended":
                area = step.get("area") or "/"
                standing[name] = Standing(area, step["mode"], step["level"], at, number)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ScenarioRefused(f"posture, step {number + 1}: {type(error).__name__}: {error}") from error
        now = tuple(standing.values())

        def overrides(path: str, rule: str, now: tuple[Standing, ...] = now) -> Mapping[str, Any] | None:
            bent = effective(known, path, now).thresholds.get(rule)
            return bent if bent is None or isinstance(bent, Mapping) else {"raise": bent}

        found.append(Declared(int(at.timestamp() * 1000), overrides))
    return found
