"""Snapshot and stream together are what stands in the tables, for everybody and at every moment; and nothing beyond it.

One test for all kinds of entries: what a console was sent as frames, applied to its snapshot, equals a snapshot taken now.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from chengyun.alerts import runtime
from chengyun.alerts.models import Alert, OutOfService
from chengyun.cases.models import Case
from chengyun.district import queries as district
from chengyun.kernel import journal, registry, scope, sealer
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write
from chengyun.live import replay, rows
from chengyun.live.scenario import Scenario
from chengyun.live.scripted import perform
from chengyun.people.models import Shift, Staff
from chengyun.posture.models import Approval, DeclaredResponse, OfficialWarning, Proposal
from chengyun.server import district_folder
from tests.live import short
from tests.live.console import Console, fetched, sealed_after

pytestmark = pytest.mark.django_db


def _warn(number: int) -> dict[str, Any]:
    return {
        "area": district.area("tst"),
        "issuer": "示例气象台",
        "external_id": f"w-{number}",
        "kind": "gale",
        "colour": "yellow",
        "text": "原文",
        "issued_at": short.START,
    }


def _newest(model: Any) -> int:
    return int(model.objects.order_by("-pk").values_list("pk", flat=True)[0])


def _noise(area: str) -> int:
    return Case.objects.get(kind="noise", area__code=area).pk


def _missing() -> int:
    return Case.objects.get(kind="missing-person").pk


def _alert(rule: str) -> Alert:
    found: Alert = Alert.objects.exclude(state="closed").filter(rule__code=rule).order_by("pk")[0]
    return found


def _point() -> dict[str, Any]:
    row = _alert("crowded-long")
    return {"rule": "crowded-long", "subject": row.subject, "area": row.area.code, "reason": "maintenance"}


# What the short evening leaves out: (minute, who, what, arguments). Arguments that speak of rows are asked for then.
STEPS: list[tuple[float, str, str, Any]] = [
    (3, "DUTY", "posture.receive_warning", lambda: _warn(1)),
    (4, "GS-0", "cases.report", lambda: {"kind": "noise", "condition": "plain", "area": "m-001", "description": "吵"}),
    (9, "DUTY", "cases.move", lambda: {"case_id": _noise("m-001"), "verb": "file"}),
    (11, "LEAD", "posture.decide_warning", lambda: {"warning_id": _newest(OfficialWarning), "reason": "关注"}),
    (13, "GS-1", "cases.report", lambda: {"kind": "missing-person", "condition": "plain", "area": "m-111"}),
    (15, "DUTY", "alerts.judge", lambda: {
        "alert_id": _alert("crowded-long").pk, "verdict": "duplicate", "duplicate_of": _alert("crowded").pk}),
    (16, "LEAD", "alerts.take_out_of_service", _point),
    (17, "DUTY", "posture.propose", lambda: {
        "area": district.area("g2-0"), "mode": "major_event", "level": 3, "evidence": []}),
    (18, "CMD", "posture.decline", lambda: {"proposal_id": _newest(Proposal), "reason": "不需要"}),
    (19, "CMD", "posture.record_response", lambda: {
        "area": district.area("tst"), "level": 4, "matter": "大风", "authority": "示例指挥部", "declared_at": short.START}),
    (21, "DUTY", "cases.move", lambda: {"case_id": _noise("m-001"), "verb": "merge", "into": _noise("m-000")}),
    (23, "DUTY", "posture.lift_warning", lambda: {"warning_id": _newest(OfficialWarning)}),
    (26, "LEAD", "alerts.back_in_service", lambda: {"rule": "crowded-long", "subject": OutOfService.objects.get().subject}),
    # Work from another grid, of a class its handler is not cleared for: it is theirs while they have it, and no longer.
    (24, "DUTY", "cases.move", lambda: {"case_id": _missing(), "verb": "file"}),
    (25, "DISP", "cases.move", lambda: {"case_id": _missing(), "verb": "dispatch", "post": "GS-0"}),
    (31, "DUTY", "cases.move", lambda: {"case_id": _missing(), "verb": "void", "reason": "已找到"}),
    (45, "CMD", "posture.countersign", lambda: {"approval_id": _newest(Approval)}),
    (50, "CMD", "posture.end_response", lambda: {
        "response_id": _newest(DeclaredResponse), "ended_at": short.START + timedelta(minutes=50)}),
    (60, "DUTY", "people.draft_hand_over", lambda: {"shift_id": Shift.objects.get(state="open").pk}),
]  # fmt: skip

HALF = scope.Scope(paths=("/tst/g2-1/",), classes=frozenset({scope.OPEN}))


def _viewers() -> list[Any]:
    """Two scopes, and everybody who has a log-in; the grid's worker gets one."""
    worker = Staff.objects.get(
        duties__post__code="GS-0", duties__starts_at__lte=short.START, duties__ends_at__gt=short.START
    )
    with write():
        worker.user = get_user_model().objects.create(username="worker")
        worker.save()
    return [scope.ALL, HALF, *get_user_model().objects.filter(is_active=True).order_by("pk")]


def test_snapshot_and_frames_are_the_rows_now_for_everybody(settings: Any, tmp_path: Path) -> None:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    runtime.forget()
    registry.forget()
    consoles: list[Console] = []
    steps, looks = list(STEPS), 0

    def watch(now: datetime) -> None:
        nonlocal looks
        while steps and now >= short.START + timedelta(minutes=steps[0][0]):
            _, who, do, args = steps.pop(0)
            perform(do, who, args())
        sealer.seal_pending()
        looks += 1
        if consoles:
            entries = sealed_after(min(console.seq for console in consoles))
            truth: dict[int, Any] = {}
            for console in consoles if entries else ():
                console.follow(entries)
                key = id(console.viewer)
                if key not in truth:
                    truth[key] = fetched(console.viewer)
                assert console.rows == truth[key], (
                    now,
                    console.viewer,
                    _differences(console.rows, truth[key]),
                )
        # Everybody at the start; somebody who joins later at every so many moments.
        if looks == 1:
            consoles.extend(Console(viewer) for viewer in _viewers())
        elif looks % 40 == 0:
            consoles.append(Console(scope.ALL))

    replay.play(Scenario(short.write_scenario(tmp_path)), load_district=district_folder.load, watch=watch)
    assert not steps and looks > 100
    everything = consoles[0]
    told = {event["data"]["kind"] for event in everything.heard}
    recorded = {
        kind for kind in JournalEntry.objects.values_list("kind", flat=True).distinct() if _shows(kind)
    }
    unheard = set(
        JournalEntry.objects.filter(pk__lte=_first_heard(everything)).values_list("kind", flat=True)
    )
    assert recorded - unheard <= told, "each kind of entry that was recorded was told"
    shown = {subject.partition(":")[0] for event in everything.heard for subject in event["data"]["rows"]}
    assert shown == set(rows.KINDS), "rows of every kind changed in this evening"
    worker = next(console for console in consoles if getattr(console.viewer, "username", "") == "worker")
    theirs = [event["data"]["rows"].get(f"case:{_missing()}", "-") for event in worker.heard]
    assert {"dispatched"} <= {row["state"] for row in theirs if isinstance(row, dict)}, (
        "their work from elsewhere"
    )
    assert None in theirs, "and the word that it is theirs no longer"
    half = next(console for console in consoles if console.viewer is HALF)
    assert half.heard, "what lies in a grid is told to who may see it"
    for event in half.heard:
        for row in event["data"]["rows"].values():
            assert row["path"].startswith("/tst/g2-1/") and row["klass"] == "open"
        assert event["event"] == "rows" or event["data"]["area"].startswith("/tst/g2-1/")
    runtime.forget()


def _shows(kind: str) -> bool:
    return kind.partition(".")[0] in ("alert", "incident", "case", "posture", "warning", "response", "shift")


def _first_heard(console: Console) -> int:
    return min(event["data"]["id"] for event in console.heard if event["event"] == "entry")


def _differences(have: dict[str, Any], want: dict[str, Any]) -> list[Any]:
    found: list[Any] = [("missing", key) for key in want.keys() - have.keys()]
    found += [("too much", key) for key in have.keys() - want.keys()]
    for key in have.keys() & want.keys():
        found += [
            (key, name, have[key][name], want[key][name])
            for name in want[key]
            if have[key][name] != want[key][name]
        ]
    return found


def test_every_declared_kind_can_be_told() -> None:
    """No kind breaks the stream: `touched` finds its way through any payload that may be recorded."""
    samples = {int: 7, str: "x", bool: True, list: [], dict: {}, float: 1.5, type(None): None}
    for code, kind in journal.kinds.items():
        for which in (0, -1):
            payload = {key: samples[types[which]] for key, types in kind.keys.items()}
            entry = JournalEntry(kind=code, subject="case:7", payload_text=json.dumps(payload))
            assert all(":" in subject for subject in rows.touched(entry))
