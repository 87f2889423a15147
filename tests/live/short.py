"""A short evening in a small district, in full: a crowd, a proposal, a case with a name in it, a silent counter."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.chaos.district import STREAMS, write_folder

START = datetime(2023, 12, 31, 8, 0, tzinfo=UTC)
MINUTES = 60
# What no export may carry.
PERSONAL = ("李四光", "13911112222", "喷泉旁边很吵", "已劝离", "跨年人多", "口头报告")


def write_scenario(where: Path) -> Path:
    """`where/districts/small` and `where/scenarios/short`; returns the latter."""
    write_folder(where / "districts" / "small")
    folder = where / "scenarios" / "short"
    (folder / "files").mkdir(parents=True)
    meta = {
        "code": "short",
        "title_zh": "短夜",
        "title_en": "A short evening",
        "district": "small",
        "start": START.isoformat(),
        "end": (START + timedelta(minutes=MINUTES + 30)).isoformat(),
        "seed": "short/1",
        "opening": [{"who": "system", "do": "people.start_roster"}],
    }
    (folder / "scenario.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True), "utf-8")
    (folder / "actors.yaml").write_text(yaml.safe_dump({"actors": actors()}, allow_unicode=True), "utf-8")
    picture = Path(__file__).resolve().parents[2] / "scenarios/nye-2023/files/after.png"
    (folder / "files" / "after.png").write_bytes(picture.read_bytes())
    lines = sorted(messages(), key=lambda line: str(line["at"]))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "inputs.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return folder


def at(minute: float) -> str:
    return (START + timedelta(minutes=minute)).isoformat(timespec="milliseconds")


def people(minute: int) -> int:
    """Per counter: up to 160 (eight of them: 1,280 in all) after half an hour, and down again."""
    return 60 + 100 * min(minute, 60 - minute) // 30


def messages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for minute in range(MINUTES):
        rows = [
            {"ds": stream, "at": at(minute), "v": people(minute)}
            for stream in STREAMS
            if not (stream == "c3.people" and 40 <= minute)
        ]
        line = {"at": at(minute + 0.05), "source": "gw", "key": f"m-{minute}", "observations": rows}
        found.append(line)
        if minute % 20 == 7:
            found.append(line | {"at": at(minute + 0.5)})
    found.append({"at": at(10.25), "source": "gw", "key": "cut", "raw": '{"observations": [{"ds": "c0.pe'})
    found.append({"at": at(11.25), "source": "gw", "observations": [{"ds": "none", "at": at(11), "v": 1}]})
    return found


def actors() -> list[dict[str, Any]]:
    def on(kind: str, **where: Any) -> dict[str, Any]:
        return {"kind": kind, "where": where}

    case: dict[str, Any] = {"case_id": "$saved.noise"}
    emergency = {"mode": "emergency", "level": 1}
    return [
        {"id": "seen", "who": "DUTY", "on": on("alert.opened", rule="crowded"), "after_s": 20, "may_fail": True,
         "do": "alerts.acknowledge", "args": {"alert_id": "$payload.alert"}},
        {"id": "judged", "who": "DUTY", "on": on("alert.opened", rule="total"), "after_s": 30,
         "do": "alerts.judge", "args": {"alert_id": "$payload.alert", "verdict": "true"}},
        {"id": "shelved", "who": "LEAD", "on": on("alert.opened", rule="silent"), "after_s": 60, "times": 1,
         "do": "alerts.shelve", "args": {"alert_id": "$payload.alert", "reason": "maintenance", "until": "$now+25min"}},
        {"id": "asked", "who": "DUTY", "on": on("posture.proposed", **emergency), "after_s": 25, "times": 1,
         "do": "posture.ask", "args": {"proposal_id": "$payload.proposal", "leader_post": "CMD"}},
        {"id": "approved", "who": "DUTY", "on": on("posture.asked", **emergency), "after_s": 30, "times": 1,
         "do": "posture.record_approval",
         "args": {"proposal_id": "$payload.proposal", "leader_post": "CMD", "spoken_at": "$now"}},
        {"id": "declared", "who": "DUTY", "on": on("posture.approved", **emergency), "after_s": 10, "times": 1,
         "do": "posture.declare",
         "args": {"proposal_id": "$payload.proposal", "matter": "跨年人多", "expected_end": "$now+4h",
                  "measures": ["man_posts"]}, "save": "emergency"},
        {"id": "ended", "who": "CMD", "at": at(70), "do": "posture.end",
         "args": {"declaration_id": "$saved.emergency", "reason": "口头报告"}},
        {"id": "noise", "who": "GS-0", "at": at(5), "do": "cases.report", "save": "noise",
         "args": {"kind": "noise", "condition": "plain", "area": "m-000", "source": "person",
                  "description": "喷泉旁边很吵", "reporter": {"name": "李四光", "phone": "13911112222"}}},
        {"id": "again", "who": "GS-1", "at": at(6), "do": "cases.report",
         "args": {"kind": "smoke", "condition": "plain", "area": "m-100", "description": "喷泉旁边很吵"}},
        *({"id": verb, "who": who, "at": at(minute), "do": "cases.move", "args": case | {"verb": verb} | more}
          for verb, who, minute, more in (
              ("file", "DUTY", 8, {}), ("dispatch", "DISP", 10, {}), ("sign_for", "DEPT-sw", 12, {}),
              ("handle", "DEPT-sw", 14, {}), ("settle", "DEPT-sw", 30, {"reason": "已劝离"}),
              ("post_fix_check", "VERIFY", 34, {}), ("close", "LEAD", 36, {}),
          )),
        {"id": "picture", "who": "DEPT-sw", "at": at(20), "do": "cases.add_evidence",
         "args": case | {"kind": "photo_after", "content": "$file.after.png"}},
        {"id": "by-hand", "who": "DUTY", "at": at(55), "do": "signals.enter_reading",
         "args": {"datastream": "c3.people", "value": 70.0, "reason": "口头报告"}},
    ]  # fmt: skip
