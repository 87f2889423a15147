"""Invariant 13: staff positions, signalling counts, citizens' photos and drone media are off until an impact assessment of
them is on record, and off again when it has run out or is revoked. Each by every door; positions in test_positions.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import DatabaseError, connection, transaction
from django.test import Client

from chengyun.alerts import runtime
from chengyun.cases import actions as cases
from chengyun.cases import queries as seen
from chengyun.cases.models import Case, Evidence
from chengyun.district import queries as district
from chengyun.district.models import Assessment
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, Refused
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import PackRefused
from chengyun.kernel.scope import ALL
from chengyun.live.scripted import perform
from chengyun.people import actions as people
from chengyun.server import district_folder
from chengyun.signals import actions as signals
from chengyun.signals import totals
from chengyun.signals.models import IntakeCount, Observation, Quarantine
from chengyun.signals.mqtt import message_of
from tests.cases.world import World, load_catalogue
from tests.chaos import district as small
from tests.conftest import START
from tests.district.assessing import assess, record, revoke
from tests.invariants.conftest import Full

JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 40
CELLS = "signalling_counts"


# ---- signalling counts ----


@pytest.fixture
def cells(db: None, tmp_path: Path) -> Iterator[Full]:
    """The small district with a stream of aggregated mobile-signalling counts in service."""
    runtime.forget()
    with clock.use(clock.Virtual(START)) as virtual:
        folder = small.write_folder(tmp_path / "district")
        with (folder / "datastreams.csv").open("a", encoding="utf-8") as out:
            out.write("x.cells,people_in_cells,,tst,gw,300,600,,,open,\n")
        district_folder.load(folder)
        people.start_roster(actor=system("test"))
        yield Full(virtual)
    runtime.forget()


def _body(value: float) -> dict[str, Any]:
    return {"observations": [{"ds": "x.cells", "at": clock.now().isoformat(), "v": value}]}


def _senml(value: float) -> list[dict[str, Any]]:
    return [{"n": "x.cells", "t": clock.now().timestamp(), "u": "count", "v": value}]


def by_http(full: Full, value: float, folder: Path) -> None:
    token = people.issue_token(system("test"), source="gw")
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    Client().post("/api/signals/observations", _body(value), content_type="application/json", **headers)


def by_mqtt(full: Full, value: float, folder: Path) -> None:
    signals.take([message_of("chengyun/gw/json", json.dumps(_body(value)).encode())])


def by_senml(full: Full, value: float, folder: Path) -> None:
    signals.receive(source="gw", body=json.dumps(_senml(value)).encode(), form="senml")


def by_raw(full: Full, value: float, folder: Path) -> None:
    signals.receive(source="gw", body=json.dumps(_body(value)).encode(), form="raw")


def by_file(full: Full, value: float, folder: Path) -> None:
    path = folder / f"{clock.now().timestamp()}.csv"
    path.write_text(f"ds,at,v\nx.cells,{clock.now().isoformat()},{value}\n", encoding="utf-8")
    signals.ingest_csv(system("test"), path=path, source="gw")


def by_program(full: Full, value: float, folder: Path) -> None:
    full.send({"x.cells": value})


def by_hand(full: Full, value: float, folder: Path) -> None:
    signals.enter_reading(full.at("DUTY"), datastream="x.cells", value=value)


def by_scenario(full: Full, value: float, folder: Path) -> None:
    perform("signals.enter_reading", "DUTY", {"datastream": "x.cells", "value": value})


def by_platform(full: Full, value: float, folder: Path) -> None:
    signals.enter_reading(system("worker"), datastream="x.cells", value=value)


DOORS: list[Callable[[Full, float, Path], None]] = [
    by_http, by_mqtt, by_senml, by_raw, by_file, by_program, by_hand, by_scenario, by_platform,
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_a_count_from_phones_is_taken_only_while_it_is_assessed(
    cells: Full, door: Callable[[Full, float, Path], None], tmp_path: Path
) -> None:
    def taken(value: float = 500) -> bool:
        cells.clock.advance(seconds=1)
        before, apart = Observation.objects.count(), Quarantine.objects.count()
        try:
            door(cells, value, tmp_path)
        except Invalid as refused:
            assert refused.code in ("switched_off", "too_few_people")
        else:
            # Not taken and nobody told is the one thing that must not be.
            assert Observation.objects.count() > before or Quarantine.objects.count() > apart
        return Observation.objects.count() > before

    assert not taken()
    assess("citizen_photos")
    assert not taken(), "another topic's assessment switched it on"
    first = assess(CELLS, days=1)
    assert taken() and not taken(9), "an aggregate of nine people"
    cells.clock.advance_to(district.first_moment(first.valid_to) - timedelta(seconds=3))
    assert taken()
    cells.clock.advance(seconds=3)
    assert not taken(), "the assessment had run out"
    second = assess(CELLS, code="again")
    assert taken()
    revoke(second)
    assert not taken(), "the assessment had been revoked"


def test_what_is_set_apart_says_why_and_is_no_zero(cells: Full) -> None:
    cells.send({"x.cells": 500, "c0.people": 5})
    row = Quarantine.objects.get()
    assert row.reason == "switched_off" and CELLS in row.detail
    assert IntakeCount.objects.get(what="switched_off").n == 1
    found = totals.total(district.root(), "people_in_cells")
    assert found.of == 0, "a stream that is switched off counts as one that is silent"
    assess(CELLS)
    cells.pass_time(minutes=1)
    cells.send({"x.cells": 500})
    assert totals.total(district.root(), "people_in_cells").value == 500


def test_no_balance_computes_what_only_an_operator_may_say(tmp_path: Path) -> None:
    folder = small.write_folder(tmp_path / "district")
    with (folder / "datastreams.csv").open("a", encoding="utf-8") as out:
        out.write(
            "x.in,line_flow_in,,tst,gw,60,600,,,open,\nx.cells,people_in_cells,,tst,balance,300,600,,,open,\n"
        )
    sources = small.SOURCES | {"balances": [{"stream": "x.cells", "inputs": [{"stream": "x.in", "sign": 1}]}]}
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources, allow_unicode=True), encoding="utf-8")
    with pytest.raises(PackRefused, match="not computed here"):
        district_folder.check(folder)


# ---- citizens' photos and drone media ----

FILES = {"citizen": "citizen_photos", "drone": "drone_media"}


def add(desks: World, case: Case, origin: str | None, who: Any = "DUTY") -> Evidence:
    actor = desks.at(who) if isinstance(who, str) else who
    return cases.add_evidence(actor=actor, case_id=case.pk, kind="photo_before", content=JPEG, origin=origin)


@pytest.mark.parametrize("origin", FILES)
def test_such_a_file_is_taken_and_shown_only_while_it_is_assessed(desks: World, origin: str) -> None:
    case = desks.report()
    own = add(desks, case, None)
    for topic in FILES.values():
        if topic != FILES[origin]:
            assess(topic)
    with pytest.raises(Conflict) as refused:
        add(desks, case, origin)
    assert refused.value.code == "not_assessed" and refused.value.hint
    assert Evidence.objects.count() == 1
    record = assess(FILES[origin], days=2)
    theirs = add(desks, case, origin)
    entry = JournalEntry.objects.filter(kind="case.evidence").latest("id")
    assert entry.payload["origin"] == origin
    assert seen.evidence_file(ALL, theirs.ref)[1].read_bytes() == JPEG
    desks.clock.advance_to(district.first_moment(record.valid_to))
    for again in (lambda: seen.evidence_file(ALL, theirs.ref), lambda: add(desks, case, origin)):
        with pytest.raises(Conflict) as refused:
            again()
        assert refused.value.code == "not_assessed"
    shown = {row["ref"]: row["withheld"] for row in seen.detail(case)["evidence"]}
    assert shown == {own.ref: False, theirs.ref: True}
    assert seen.evidence_file(ALL, own.ref)
    renewed = assess(FILES[origin], code="again")
    assert seen.evidence_file(ALL, theirs.ref)
    revoke(renewed)
    with pytest.raises(Conflict):
        seen.evidence_file(ALL, theirs.ref)


def test_what_the_public_sends_never_passes_for_staffs_own(desks: World) -> None:
    reported = desks.report("DUTY", source="citizen")
    with pytest.raises(Invalid) as refused:
        add(desks, reported, None)
    assert refused.value.code == "origin_needed"
    assert add(desks, reported, "staff").origin == "staff"
    door = Actor(ref="source:public", grants=(("/", frozenset({"case.*"})),))
    for actor in (door, system("vision")):
        for origin in (None, "staff"):
            with pytest.raises(Invalid):
                add(desks, reported, origin, actor)
        for origin in FILES:
            with pytest.raises(Conflict):
                add(desks, reported, origin, actor)
    for origin in ("", "STAFF", "camera", "x" * 300):
        with pytest.raises(Invalid):
            add(desks, reported, origin)
    assert Evidence.objects.count() == 1


def test_by_http_and_by_scenario_it_is_the_same(full: Full, settings: Any, tmp_path: Path) -> None:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    load_catalogue()
    case = cases.report(
        actor=full.at("DUTY"), kind="noise", condition="shop", area="m-000", description="测试"
    )
    client = full.client("duty")
    url = f"/api/cases/{case.pk}/evidence?kind=photo_before"
    kind = "application/octet-stream"
    for origin in FILES:
        answer = client.post(f"{url}&origin={origin}", JPEG, content_type=kind)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_assessed")
        with pytest.raises(Conflict):
            args = {"case_id": case.pk, "kind": "photo_before", "content": JPEG, "origin": origin}
            perform("cases.add_evidence", "DUTY", args)
    assert client.post(url, JPEG, content_type=kind).status_code == 200
    row = assess("citizen_photos")
    sent = client.post(f"{url}&origin=citizen", JPEG, content_type=kind).json()
    place = f"/api/cases/evidence/{sent['ref']}"
    assert client.get(place).status_code == 200
    revoke(row)
    answer = client.get(place)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_assessed")
    assert full.client("west").get("/api/cases/evidence/none").status_code == 404


# ---- the record itself ----


def as_json(**other: Any) -> dict[str, Any]:
    found = record(CELLS) | other
    return found | {name: found[name].isoformat() for name in ("valid_from", "valid_to")}


def test_only_an_administrator_of_the_whole_district_records_one(full: Full) -> None:
    url = "/api/district/assessments"
    people.grant_role(system("test"), user_id=full.user("west").pk, role="admin", area="g2-0")
    for name in ("duty", "west", "audit"):
        answer = full.client(name).post(url, as_json(), content_type="application/json")
        assert answer.status_code == 403, name
    assert Client().post(url, as_json(), content_type="application/json").status_code == 401
    assert not Assessment.objects.exists()
    keeper = full.client("keeper")
    for spoilt in ({"sha256": "0" * 63}, {"sha256": "g" * 64}, {"topic": "faces"}, {"signed_by": "NOBODY"},
                   {"signed_by": ""}, {"valid_to": full.clock.now().date() - timedelta(days=9)}):  # fmt: skip
        answer = keeper.post(url, as_json(**spoilt), content_type="application/json")
        assert answer.status_code == 422, spoilt
    assert not Assessment.objects.exists(), "a record that was refused stayed"
    assert keeper.post(url, as_json(), content_type="application/json").status_code == 200
    assert [row["topic"] for row in keeper.get("/api/district/switches").json() if row["on"]] == [CELLS]
    forged = keeper.post(url, as_json(sha256="f" * 64), content_type="application/json")
    assert (forged.status_code, forged.json()["code"]) == (409, "assessment_differs")
    for name in ("duty", "west"):
        answer = full.client(name).post(
            f"{url}/PIA-{CELLS}/revoke", {"reason": "withdrawn"}, content_type="application/json"
        )
        assert answer.status_code == 403, name
    assert district.assessed(CELLS) is not None
    answer = keeper.post(
        f"{url}/PIA-{CELLS}/revoke", {"reason": "withdrawn"}, content_type="application/json"
    )
    assert answer.json()["in_force"] is False and district.assessed(CELLS) is None


def test_the_admin_records_and_revokes_by_the_same_actions(full: Full) -> None:
    add_page = "/admin/district/assessment/add/"
    assert full.client("audit").post(add_page, as_json()).status_code in (302, 403)
    assert not Assessment.objects.exists()
    keeper = full.client("keeper")
    assert keeper.get(add_page).status_code == 200
    assert keeper.post(add_page, as_json()).status_code == 302
    row = Assessment.objects.get()
    assert JournalEntry.objects.filter(kind="assessment.recorded").count() == 1
    page = f"/admin/district/assessment/{row.pk}/change/"
    assert keeper.get(page).status_code == 200
    keeper.post(page, as_json(sha256="f" * 64, topic="drone_media") | {"revoked_reason": "found_wanting"})
    row.refresh_from_db()
    assert (row.topic, row.sha256, row.revoked_reason) == (CELLS, record(CELLS)["sha256"], "found_wanting")
    keeper.post(page, {"revoked_reason": "superseded"})
    row.refresh_from_db()
    assert row.revoked_reason == "found_wanting"
    assert keeper.get("/admin/district/assessment/").status_code == 200


def test_no_scenario_switches_anything_on(full: Full) -> None:
    for who in ("system", "DUTY"):
        with pytest.raises((ValueError, Refused)):
            perform("district.record_assessment", who, record(CELLS))
    assert not Assessment.objects.exists()


def test_plain_sql_revives_none(full: Full) -> None:
    revoke(assess(CELLS))
    for statement in (
        "UPDATE district_assessment SET revoked_at = NULL, revoked_reason = ''",
        "UPDATE district_assessment SET valid_to = '2999-01-01'",
        "DELETE FROM district_assessment",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert district.assessed(CELLS) is None
