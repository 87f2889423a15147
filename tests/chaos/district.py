"""The folder of a small district with everything a running platform needs: grids, people, streams, rules, posture."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.people import small as people

RUYIHU = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"
# Files that the small district takes over as they are where the sample has them.
BORROWED = ("posture.yaml", "calendar.yaml")
PLACES = ("m-000", "m-001", "m-010", "m-011", "m-100", "m-101", "m-110", "m-111")
STREAMS = tuple(f"c{n}.people" for n in range(len(PLACES)))
SOURCES = {"sources": [{"code": "gw", "name_zh": "网关", "name_en": "Gateway"}]}
# Posts that the borrowed files speak of.
MORE_POSTS = (
    "CMD-2,commander,副指挥长,Deputy commander,tst,,,,CMD",
    "MP-1,mobile,流动岗,Mobile post,tst,,,,LEAD",
)
RULES: dict[str, Any] = {
    "rules": [
        {
            "code": "crowded",
            "name": {"zh": "人多", "en": "Crowded"},
            "when": "threshold",
            "select": {"quantity": "people_present"},
            "levels": {2: 150, 3: 100},
            "hysteresis": 10,
            "cause": "crowd",
            "incident_at": "root",
        },
        {
            "code": "crowded-long",
            "name": {"zh": "持续人多", "en": "Crowded for long"},
            "when": "threshold",
            "select": {"quantity": "people_present"},
            "levels": {3: 100},
            "for": "2s",
        },
        {
            "code": "silent",
            "name": {"zh": "无数据", "en": "Silent"},
            "when": "absence",
            "select": {"quantity": "people_present"},
            "levels": {3: "10m"},
        },
        {
            "code": "total",
            "name": {"zh": "总量", "en": "Total"},
            "when": "total",
            "select": {"quantity": "people_present"},
            "over": {"area": "tst"},
            "levels": {1: 1000},
            "hysteresis": 10,
            "proposes": {"mode": "emergency", "level": 1, "area": "tst"},
        },
    ]
}
# One kind for each way a case may go: the plain one, an urgent one, one that only some may see, one that a rule opens.
CATALOGUE: dict[str, Any] = {
    "version": "test-1",
    "valid_from": "2023-01-01",
    "repair_kind": "sensor-repair",
    "stage_limits": {"signing": [30, "minute"], "closing": [2, "urgent_hour"]},
    "kinds": [
        {
            "code": code,
            "name": [zh, code],
            "conditions": [
                {"code": "plain", "filing": [zh, code], "closing": ["已处理", "Done"], "limit": limit}
            ],
        }
        | more
        for code, zh, limit, more in (
            ("noise", "噪声", [2, "work_day"], {}),
            ("smoke", "烟雾", [1, "urgent_hour"], {"urgent": True, "independent": True}),
            ("missing-person", "走失", [1, "urgent_hour"], {"urgent": True, "klass": "sensitive"}),
            ("crowd-safety", "人多", [1, "urgent_hour"], {"urgent": True}),
            ("sensor-repair", "设备维修", [1, "work_day"], {}),
        )
    ],
}
ROUTING: dict[str, Any] = {
    "designated": [{"kinds": ["*"], "department": "sw"}],
    "fallback": [{"post_kind": "grid_leader"}],
}
# Accounts of whoever is at the department's desk, so that somebody may sign for what is dispatched.
MORE_ACCOUNTS = [{"username": f"desk-{n}", "staff": n, "grants": []} for n in ("n-20", "n-22")]


def write_folder(folder: Path) -> Path:
    """Write the folder and return it; `chengyun init` accepts it."""
    folder.mkdir(parents=True, exist_ok=True)
    staff = people.files()
    staff["posts.csv"] = [*staff["posts.csv"], *MORE_POSTS]
    staff["roles.yaml"]["accounts"] += MORE_ACCOUNTS
    staff["duty.yaml"]["standing"]["VERIFY"] = "n-28"
    people.write_folder(folder, staff)
    head = "code,quantity,asset,area,source,every_s,late_s,min,max,klass,in_service"
    rows = [
        f"{stream},people_present,,{place},gw,60,300,,,{'sensitive' if place == 'm-111' else 'open'},"
        for stream, place in zip(STREAMS, PLACES, strict=True)
    ]
    (folder / "datastreams.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    written = {
        "sources.yaml": SOURCES,
        "rules/rules.yaml": RULES,
        "catalogue.yaml": CATALOGUE,
        "routing.yaml": ROUTING,
    }
    for name, content in written.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    for name in BORROWED:
        if (RUYIHU / name).exists():
            shutil.copy(RUYIHU / name, folder / name)
    return folder
