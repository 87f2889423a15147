"""Reads `rules/*.yaml` of a district folder. A wrong rule refuses the pack, with file, rule and field named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from chengyun.alerts.logic.spec import RuleRefused, parse, plain
from chengyun.district import pack as district
from chengyun.kernel.packs import Pack


class RuleFile(BaseModel):
    """`rules:` is a list of rules; docs/add-a-rule.md says what each may contain."""

    model_config = ConfigDict(extra="forbid")

    rules: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class AlertsData:
    """Rules as plain data, each known to be valid."""

    rules: list[dict[str, Any]] = field(default_factory=list)


def read(pack: Pack) -> AlertsData:
    """All rules of the folder. Problems are collected on the pack: call `pack.check()` before loading."""
    found: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    areas = district.known(pack).areas
    for name in pack.names("rules/*.yaml"):
        file = pack.yaml(name, RuleFile)
        for number, body in enumerate(file.rules if file else []):
            where = str(body.get("code") or f"rule {number + 1}")
            try:
                spec = parse(body)
            except RuleRefused as refused:
                for place, reason in refused.faults:
                    pack.problem(name, where, place, reason)
                continue
            if spec.code in seen:
                pack.problem(name, where, "code", f"is also in {seen[spec.code]}; codes are unique")
                continue
            seen[spec.code] = name
            named = {
                "select.area": spec.select.area if spec.select else None,
                "over.area": spec.over.area if spec.over else None,
                "proposes.area": spec.proposes.area if spec.proposes else None,
            }
            for place, code in named.items():
                if code is not None and code not in areas:
                    pack.problem(name, where, place, f"there is no area {code}")
            found.append(plain(body))
    return AlertsData(found)
