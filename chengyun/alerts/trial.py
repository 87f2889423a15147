"""`chengyun rules test`: what the rules of a file would have done on a stretch of observations, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from chengyun.alerts.logic import trial
from chengyun.alerts.logic.binding import Overrides, StreamFacts, Unbound, bind
from chengyun.alerts.logic.cells import Transition
from chengyun.alerts.logic.engine import Bound
from chengyun.alerts.logic.spec import RuleRefused, RuleSpec, parse
from chengyun.alerts.logic.trial import Seen


@dataclass(slots=True)
class Tried:
    """`problems` name what was not tried and why; `episodes` what each rule would have opened and cleared, in plain data;
    `posture` where the modes of the night were taken from: "none" means that the rules' own thresholds were tried."""

    rules: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    posture: str = "none"
    episodes: list[dict[str, Any]] = field(default_factory=list)
    observations: int = 0
    late: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "rules": self.rules,
            "problems": self.problems,
            "posture": self.posture,
            "observations": self.observations,
            "late": self.late,
            "alerts": self.episodes,
        }

    def lines(self) -> list[str]:
        """The same for a person to read."""
        said = [f"! {problem}" for problem in self.problems]
        for e in self.episodes:
            said.append(
                f"{e['rule']}  {e['subject']}  level {e['level']}  {e['opened']} -> {e['cleared'] or 'still open'}"
            )
            said += [f"    {step['at']}  {step['says']}" for step in e["steps"]]
        if not self.episodes:
            said.append(f"no alert in {self.observations} observations")
        return said


@dataclass(frozen=True, slots=True)
class Declared:
    """A moment at which the thresholds changed (ms), and what they are from then on."""

    at: int
    overrides: Overrides


def rules_test(
    path: Path,
    observations: Iterable[Seen],
    streams: Sequence[StreamFacts],
    declared: Sequence[Declared] = (),
    since: int = 0,
) -> Tried:
    """Try a file of rules (`rules:` list, or one rule) on observations in order of arrival. No database is touched.

    `streams` describe the datastreams (`alerts.facts.streams()` gives those of this district); keys of `observations`
    are theirs. `declared` is what people declared that night; without it the rules' own thresholds are tried. `since` is
    when the night begins (ms): silence counts from there. Openings and clearings are in event time, silence in time of
    arrival; a person's judgement, which may end an alert earlier, is not tried.
    """
    tried = Tried()
    bounds: list[Bound] = []
    later: list[tuple[int, list[Bound]]] = [(change.at, []) for change in declared]
    codes = {s.key: s.code for s in streams}
    for where, body in _bodies(path, tried):
        try:
            spec: RuleSpec = parse(body)
            applied = bind(spec, streams, since=since)
        except RuleRefused as refused:
            tried.problems += [f"{where}: {place}: {reason}" for place, reason in refused.faults]
            continue
        except Unbound as error:
            tried.problems.append(f"{where}: judges nothing: {error}")
            continue
        if spec.when == "external":
            tried.problems.append(f"{where}: an external rule is raised by its source and cannot be tried")
            continue
        tried.rules.append(spec.code)
        bounds += applied
        for change, (_, then) in zip(declared, later, strict=True):
            then += _bent(spec, streams, change.overrides, applied, where, tried)
    report = trial.run(bounds, observations, later)
    tried.observations, tried.late = report.observations, report.late
    for e in report.episodes:
        tried.episodes.append(
            {
                "rule": e.rule,
                "subject": e.subject,
                "level": e.peak,
                "opened": _iso(e.opened),
                "cleared": _iso(e.cleared) if e.cleared is not None else None,
                "steps": [_step(t, codes) for t in e.steps],
            }
        )
    return tried


def _bent(
    spec: RuleSpec,
    streams: Sequence[StreamFacts],
    overrides: Overrides,
    own: list[Bound],
    where: str,
    tried: Tried,
) -> list[Bound]:
    """The rule under a posture; thresholds that do not fit are not used, here as while it judges."""
    try:
        bounds = bind(spec, streams, overrides, since=own[0].since if own else 0)
        for bound in bounds:
            bound.ladder()
    except ValueError as error:
        tried.problems.append(f"{where}: the posture's thresholds do not fit and are not used: {error}")
        return own
    return bounds


def _bodies(path: Path, tried: Tried) -> list[tuple[str, Any]]:
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found: list[tuple[str, Any]] = []
    for file in files:
        try:
            content = yaml.safe_load(file.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            tried.problems.append(f"{file.name}: cannot be read as YAML: {error}")
            continue
        listed = content.get("rules") if isinstance(content, dict) and "rules" in content else [content]
        for n, body in enumerate(listed or []):
            code = body.get("code") if isinstance(body, dict) else None
            found.append((f"{file.name}: {code or f'rule {n + 1}'}", body))
    return found


def _step(t: Transition, codes: dict[Any, str]) -> dict[str, Any]:
    values = ", ".join(
        f"{codes.get(e.key, e.key)}={e.value:g} at {_iso(e.at)[11:19]}" for e in t.evidence[-3:]
    )
    more = f" and {len(t.evidence) - 3} more" if len(t.evidence) > 3 else ""
    if t.before is None:
        what = f"opens at level {t.after}"
    elif t.after is None:
        what = "clears"
    else:
        what = f"goes from level {t.before} to {t.after}"
    measure = "" if t.measure is None else f", measure {t.measure:g}"
    bound = f" (lower bound, {t.have} of {t.of} report)" if t.have < t.of else ""
    why = " as time passed" if t.by_time else ""
    return {
        "at": _iso(t.at),
        "before": t.before,
        "after": t.after,
        "measure": t.measure,
        "have": t.have,
        "of": t.of,
        "says": f"{what}{why}{measure}{bound}" + (f": {values}{more}" if values else ""),
    }


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
