"""The doors of cases, with cases that exist, by whoever may: each verb, evidence, supervision, appeal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.cases import catalogues
from chengyun.cases.models import Case, Evidence, Supervision
from chengyun.kernel import clock
from tests.invariants import shapes
from tests.invariants.conftest import PICTURE, Full
from tests.invariants.doors import ATTACKS, check, encoded

WHO = ("keeper", "duty", "desk-n-20", "desk-n-22")


class Desk:
    """Cases by state, and a browser for each account."""

    def __init__(self, full: Full) -> None:
        self.clients = {name: full.client(name) for name in WHO}
        self.cases = list(Case.objects.order_by("id").values_list("id", flat=True))

    def post(self, who: str, path: str, body: Any, **more: Any) -> Any:
        """What is done is undone, so that each attack meets the same cases."""
        with transaction.atomic():
            content = body if isinstance(body, bytes) else encoded(body)
            answer = self.clients[who].post(path, content, content_type="application/json", **more)
            transaction.set_rollback(True)
        check(answer, (who, path, body if not isinstance(body, bytes) else len(body)))
        return answer


@pytest.fixture
def desk(full: Full, mighty: Client) -> Desk:
    return Desk(full)


def verbs() -> dict[str, Any]:
    version = catalogues.current_workflow("standard")
    return dict(sorted(catalogues.workflow(version.pk, version.digest).verbs.items()))


def test_every_verb_is_answered_and_most_are_done_by_somebody(desk: Desk) -> None:
    done = set()
    until = (clock.now() + timedelta(days=1)).isoformat()
    for verb, rule in verbs().items():
        given = {
            "verb": verb,
            "reason": "测试",
            "ok": True,
            "post": "LEAD",
            "until": until,
            "into": desk.cases[0],
        }
        for case in Case.objects.filter(state__in=list(rule.to)).values_list("id", flat=True):
            for who in WHO:
                if verb not in done and desk.post(who, f"/api/cases/{case}/move", given).status_code == 200:
                    done.add(verb)
    assert len(done) >= 18, sorted(verbs().keys() - done)
    assert {"file", "dispatch", "sign_for", "handle", "settle", "post_fix_check", "close", "archive"} <= done
    assert {"merge", "split", "return", "void", "rework", "reopen"} <= done


def test_no_body_of_a_verb_breaks_it(desk: Desk) -> None:
    fields = st.fixed_dictionaries(
        {},
        optional={
            name: shapes.CODES | shapes.MOMENTS | shapes.NASTY | st.sampled_from(desk.cases)
            for name in (
                "reason",
                "ok",
                "post",
                "until",
                "into",
                "alert_ids",
                "condition",
                "description",
                "more",
            )
        },
    )

    @settings(ATTACKS, max_examples=250)
    @given(
        verb=st.sampled_from(sorted(verbs())),
        who=st.sampled_from(WHO),
        case=st.sampled_from(desk.cases),
        body=fields,
    )
    def attack(verb: str, who: str, case: int, body: dict[str, Any]) -> None:
        desk.post(who, f"/api/cases/{case}/move", body | {"verb": verb})

    attack()


def test_evidence_is_what_it_is_and_nothing_else(desk: Desk) -> None:
    stored = 0
    bodies = [
        PICTURE,
        PICTURE[:20],
        b"",
        b"GIF89a",
        b"%PDF-1.4\n",
        b"<svg onload=x>",
        b"PK\x03\x04" * 99,
        b"\xff" * 70_000,
    ]
    for case in desk.cases[3:6]:
        for body in bodies:
            for kind in ("photo_after", "video", "no-such-kind", "\x00", "é" * 90):
                answer = desk.post("desk-n-20", f"/api/cases/{case}/evidence?kind={kind}", body)
                stored += answer.status_code == 200
                if answer.status_code == 200:
                    signature = {"image/png": b"\x89PNG", "application/pdf": b"%PDF"}[
                        answer.json()["media_type"]
                    ]
                    assert body.startswith(signature), (case, kind, body[:8])
    assert stored, "no evidence was ever taken: nothing was tested"
    assert Evidence.objects.count() == 1


def test_supervision_reminder_signature_and_appeal_are_reached(desk: Desk) -> None:
    reached: set[str] = set()
    until = (clock.now() + timedelta(hours=1)).isoformat()
    number = Supervision.objects.get().pk
    doors = {
        "supervise": {"level": "important", "reply_by": until, "reason": "请回复"},
        "remind": {"reason": "请尽快"},
        "second-sign": {"reason": "已核"},
        "appeal": {"reason": "时限有误"},
        "join": {"kind": "noise", "area": "m-000", "source": "citizen", "description": "又一次"},
    }
    for who in WHO:
        for door, body in doors.items():
            for case in desk.cases:
                if desk.post(who, f"/api/cases/{case}/{door}", body).status_code == 200:
                    reached.add(door)
        for door, body in (("reply", {"text": "已办"}), ("end", {"reason": "完毕"})):
            desk.post(who, f"/api/cases/supervisions/{number}/{door}", body)
    assert {"supervise", "remind", "join"} <= reached, reached
