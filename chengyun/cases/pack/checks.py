"""What the files have to agree on with each other, and with those of other domains."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import yaml

from chengyun.cases.logic.catalogue import out_of_scope
from chengyun.cases.pack.files import CatalogueModel, RoutingModel
from chengyun.kernel.packs import Pack

CATALOGUE, ROUTING, CALENDAR = "catalogue.yaml", "routing.yaml", "calendar.yaml"


def check_kinds(pack: Pack, catalogue: CatalogueModel, flows: dict[str, dict[str, Any]]) -> None:
    seen: set[str] = set()
    for kind in catalogue.kinds:
        if kind.code in seen:
            pack.problem(CATALOGUE, kind.code, "code", "is there twice")
        seen.add(kind.code)
        word = out_of_scope(kind.code, *kind.name)
        if word:
            pack.problem(
                CATALOGUE,
                kind.code,
                "name",
                f"{word!r} is out of scope: cases govern places, things and safety",
            )
        if kind.workflow not in flows:
            pack.problem(
                CATALOGUE, kind.code, "workflow", f"{kind.workflow} is not one of {', '.join(flows)}"
            )
        if kind.policy and kind.policy not in catalogue.policies:
            pack.problem(CATALOGUE, kind.code, "policy", f"{kind.policy} is not under policies")
        codes = [condition.code for condition in kind.conditions]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            pack.problem(CATALOGUE, kind.code, "conditions", f"{code} is there twice")
        for condition in kind.conditions:
            word = out_of_scope(condition.code, *condition.filing)
            if word:
                pack.problem(
                    CATALOGUE, f"{kind.code}/{condition.code}", "filing", f"{word!r} is out of scope"
                )
    clocks = {name for body in flows.values() for name in body.get("clocks", {})}
    for name in catalogue.stage_limits:
        if name not in clocks:
            pack.problem(
                CATALOGUE,
                "stage_limits",
                name,
                f"no workflow has this clock; known: {', '.join(sorted(clocks))}",
            )
    for name, policy in catalogue.policies.items():
        for code in policy.clocks:
            if code not in clocks:
                pack.problem(CATALOGUE, f"policies/{name}", code, "no workflow has this clock")
    areas = _codes(pack, "areas")
    for rule in catalogue.policy_rules:
        if rule.policy not in catalogue.policies:
            pack.problem(CATALOGUE, "policy_rules", "policy", f"{rule.policy} is not under policies")
        for code in rule.areas:
            if areas and code not in areas:
                pack.problem(CATALOGUE, "policy_rules", "areas", f"there is no area {code}")
    if catalogue.repair_kind and catalogue.repair_kind not in seen:
        pack.problem(CATALOGUE, "-", "repair_kind", f"{catalogue.repair_kind} is not a kind")


def check_routing(pack: Pack, catalogue: CatalogueModel, routing: RoutingModel) -> None:
    kinds = {kind.code for kind in catalogue.kinds} | {"*"}
    known = {name: _codes(pack, name) for name in ("department", "post", "areas")}
    for section in ("designated", "fallback"):
        for number, row in enumerate(getattr(routing, section)):
            where = f"{section}[{number}]"
            if len(row.target()) != 1:
                pack.problem(ROUTING, where, "post", "needs exactly one of post, department, post_kind")
            for code in row.kinds:
                if code not in kinds:
                    pack.problem(ROUTING, where, "kinds", f"there is no kind {code} in {CATALOGUE}")
            for name, value in (("department", row.department), ("post", row.post), ("areas", row.area)):
                if value and known[name] and value not in known[name]:
                    pack.problem(ROUTING, where, name, f"there is no {value}")
    for code in routing.first_asked:
        if code not in kinds:
            pack.problem(ROUTING, "first_asked", "-", f"there is no kind {code} in {CATALOGUE}")


def _codes(pack: Pack, what: str) -> set[str]:
    """Codes that other domains' files define; empty where a file is missing or faulty (its own domain says so)."""
    try:
        if what == "department":
            rows = yaml.safe_load(pack.text("organisations.yaml") or "{}") or {}
            return {str(row["code"]) for row in rows.get("departments", [])}
        if what == "post":
            return {
                row["code"]
                for row in csv.DictReader(io.StringIO(pack.text("posts.csv") or ""))
                if row.get("code")
            }
        features = orjson.loads(pack.text("areas.geojson") or "{}").get("features", [])
        return {feature["properties"]["code"] for feature in features}
    except (yaml.YAMLError, orjson.JSONDecodeError, csv.Error, KeyError, TypeError, AttributeError):
        return set()
