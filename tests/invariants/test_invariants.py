"""One part per invariant of the founding design; each tries to break it by the doors there are, down to plain SQL.

1 is attacked with kill -9 in tests/chaos, 10 and 11 also by the scans in tests/house.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import RequestFactory

from chengyun.alerts import actions as alerts
from chengyun.alerts.models import Alert, Incident
from chengyun.cases import actions as cases
from chengyun.cases.models import Assignment, Case, Clock
from chengyun.kernel import clock, journal, sealer
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import NotAllowed, Refused
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.scope import Scope
from chengyun.kernel.transaction import WriteOutsideAction, write
from chengyun.people import actions as people
from chengyun.people import queries as accountability
from chengyun.people.models import HandOver, Post, Shift, Staff
from chengyun.posture import actions as posture
from chengyun.posture import queries as postures
from chengyun.posture.models import Declaration, DeclaredResponse, OfficialWarning, Proposal
from chengyun.server.api import api
from chengyun.signals.models import Observation
from tests.cases.world import World
from tests.invariants.conftest import Full

OURS = [model for model in apps.get_models() if model.__module__.startswith("chengyun.")]


def sql(statement: str, *values: Any) -> None:
    """Plain SQL, as somebody with the database's password would type it; undone alone when it is refused."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def copy_row(row: Any, **changed: Any) -> None:
    """Insert a second row like this one, by SQL alone."""
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    chosen = [f"{connection.ops.quote_name(column)}" for column in columns]
    source = ["%s" if column in changed else name for column, name in zip(columns, chosen, strict=True)]
    values = [changed[column] for column in columns if column in changed]
    table = row._meta.db_table
    into, what = ", ".join(chosen), ", ".join(source)
    sql(f"INSERT INTO {table} ({into}) SELECT {what} FROM {table} WHERE id = %s", *values, row.pk)


# ---- 1. what was acknowledged is stored, once ----


def test_a_message_that_comes_again_is_counted_and_not_stored(full: Full) -> None:
    first = full.send({"c0.people": 5}, key="same")
    again = [full.send({"c0.people": 5}, key="same") for _ in range(3)]
    assert first.accepted == 1 and all((r.accepted, r.duplicates) == (0, 1) for r in again)
    assert Observation.objects.count() == 1


# ---- 2. at most one open alert per rule and subject ----


def test_a_second_open_alert_is_refused_by_the_database(full: Full) -> None:
    full.all(120)
    alert = Alert.objects.filter(rule__code="crowded").first()
    assert alert is not None and alert.state != "closed"
    with pytest.raises(IntegrityError):
        copy_row(alert)
    with pytest.raises(IntegrityError):
        copy_row(alert, state="acknowledged")
    copy_row(alert, state="closed")
    with pytest.raises(IntegrityError):
        sql("UPDATE alerts_alert SET state = 'unacknowledged' WHERE state = 'closed'")
    incident = Incident.objects.filter(state="open").first()
    assert incident is not None
    with pytest.raises(IntegrityError):
        copy_row(incident)


# ---- 3. every open case has exactly one accountable post with a person behind it ----


def test_an_open_case_without_an_owner_is_refused_by_the_database(desks: World, case: Case) -> None:
    with pytest.raises(IntegrityError):
        sql("UPDATE cases_case SET accountable_post_id = NULL WHERE id = %s", case.pk)
    with pytest.raises(IntegrityError), write(), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(accountable_post=None)
    with pytest.raises(IntegrityError):
        copy_row(case, accountable_post_id=None)
    lead = Assignment.objects.get(case=case, role="lead", ends_at=None)
    with pytest.raises(IntegrityError):
        copy_row(lead)


def test_when_everybody_is_gone_the_duty_officer_answers_and_it_says_so(desks: World, case: Case) -> None:
    post = Case.objects.get(pk=case.pk).accountable_post
    assert post is not None and post.standing is not None
    with write():
        for gone in (post, *accountability.chain(post)):
            if gone.kind != "duty_officer":
                Staff.objects.filter(pk=gone.standing_id).update(state="left")
    found = accountability.accountable(post.pk)
    assert found.staff is not None and found.post.kind == "duty_officer"
    assert found.reason == "duty_officer" and found.why


def test_a_shift_does_not_end_without_two_signatures(full: Full) -> None:
    full.pass_time(hours=4)
    shift = Shift.objects.get(state__in=Shift.RUNNING)
    duty = full.at("DUTY")
    row = people.draft_hand_over(duty, shift_id=shift.pk, remarks="")
    people.sign_hand_over(duty, hand_over_id=row.pk, side="out", digest=row.digest)
    with pytest.raises(Refused):
        people.sign_hand_over(duty, hand_over_id=row.pk, side="in", digest=row.digest)
    with pytest.raises(IntegrityError):
        sql("UPDATE people_handover SET signed_in_by_id = signed_out_by_id WHERE id = %s", row.pk)
    with pytest.raises(IntegrityError):
        sql("UPDATE people_handover SET state = 'done', done_at = drafted_at WHERE id = %s", row.pk)
    full.pass_time(hours=30)
    assert Shift.objects.get(pk=shift.pk).state != "closed", "a shift went home by the clock"
    assert HandOver.objects.get(pk=row.pk).state != "done"


# ---- 4. who settles a case never verifies or closes it ----


@pytest.mark.parametrize("verb", ["post_fix_check", "close"])
def test_whoever_settled_neither_verifies_nor_closes_whatever_they_are_granted(
    desks: World, verb: str
) -> None:
    upto = {"post_fix_check": "settle", "close": "post_fix_check"}[verb]
    case = desks.through(desks.report(), upto)
    settler = desks.at("DEPT-cg")
    everything = ((case.area.path.split("/")[1].join("//"), frozenset({"*"})),)
    for post in ("DEPT-cg", "VERIFY", "LEAD"):
        mighty = Actor(
            ref=settler.ref, post=post, roles=frozenset({"verifier", "shift_leader", "commander"}), grants=everything
        )  # fmt: skip
        with pytest.raises(Refused):
            cases.move(actor=mighty, case_id=case.pk, verb=verb)
    assert Case.objects.get(pk=case.pk).state == case.state


# ---- 5. no state changes outside actions; each change with its entry, in one transaction ----


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_row_changes_only_inside_a_write(db: None, model: Any) -> None:
    attempts = {
        "save": lambda: model().save(),
        "create": lambda: model._default_manager.create(),
        "bulk_create": lambda: model._default_manager.bulk_create([model()]),
        "update": lambda: model._default_manager.all().update(**{model._meta.concrete_fields[-1].name: None}),
        "delete": lambda: model._default_manager.all().delete(),
    }
    for name, attempt in attempts.items():
        with pytest.raises(WriteOutsideAction), transaction.atomic():
            attempt()
            raise AssertionError(f"{model.__name__}: {name} went through")


def test_a_change_whose_entry_fails_does_not_happen(full: Full, monkeypatch: pytest.MonkeyPatch) -> None:
    full.all(120)
    alert = Alert.objects.filter(rule__code="crowded").earliest("pk")
    entries = JournalEntry.objects.count()

    def full_disk(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("no space")

    monkeypatch.setattr(journal, "record", full_disk)
    with pytest.raises(DatabaseError):
        alerts.acknowledge(actor=full.at("DUTY"), alert_id=alert.pk)
    monkeypatch.undo()
    assert Alert.objects.get(pk=alert.pk).state == alert.state
    assert JournalEntry.objects.count() == entries


def test_the_admin_deletes_nothing_and_has_no_bulk_actions(full: Full) -> None:
    request = RequestFactory().get("/admin/")
    request.user = full.user("keeper")
    client = full.client("keeper")
    for model, page in admin.site._registry.items():
        assert not page.has_delete_permission(request), model
        assert "delete_selected" not in page.get_actions(request), model
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/delete/"
            assert client.post(place, {"post": "yes"}).status_code in (302, 403, 404), place
            assert model._default_manager.filter(pk=row.pk).exists(), f"{model} was deleted"


def test_the_journal_can_only_grow(full: Full) -> None:
    sealer.seal_pending()
    statements = [
        "UPDATE kernel_journalentry SET actor = 'p-other'",
        "DELETE FROM kernel_journalentry",
        "UPDATE kernel_journalseal SET chain_hash = 'x'",
        "DELETE FROM kernel_journalseal",
    ]
    if connection.vendor == "postgresql":
        # What this test's own transaction has deferred would refuse a TRUNCATE before the trigger does.
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        statements += ["TRUNCATE kernel_journalentry CASCADE", "TRUNCATE kernel_journalseal CASCADE"]
    else:
        columns = "at, area, klass, kind, subject, payload_text, cause_id, content_hash"
        statements += [
            f"REPLACE INTO kernel_journalentry (id, actor, {columns}) SELECT id, 'p-other', {columns} "
            "FROM kernel_journalentry",
            "REPLACE INTO kernel_journalseal (seq, entry_id, chain_hash) SELECT seq, entry_id, 'x' FROM kernel_journalseal",
            "REPLACE INTO kernel_journalseal (seq, entry_id, chain_hash) SELECT 1000, entry_id, 'x' FROM kernel_journalseal",
        ]
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"):
            sql(statement)
        assert sealer.check().ok, statement


# ---- 6. clocks survive edits and transfers, and explain themselves ----


def test_a_transfer_does_not_move_the_deadline_and_a_breach_stays(desks: World) -> None:
    case = desks.through(desks.report(), "dispatch")
    due = Clock.objects.get(case=case, overall=True).due_at
    desks.pass_time(minutes=5)
    desks.move(case, "return", "DEPT-cg", reason="not ours")
    desks.move(case, "redispatch", "DISP", post="DEPT-sw")
    assert Clock.objects.get(case=case, overall=True, stopped_at=None).due_at == due
    desks.pass_time(hours=5)
    row = Clock.objects.get(case=case, overall=True)
    assert row.breached_at is not None
    for statement in ("UPDATE cases_clock SET breached_at = NULL", "DELETE FROM cases_clock"):
        with pytest.raises(DatabaseError, match="stays"):
            sql(f"{statement} WHERE id = %s", row.pk)


# ---- 7. no data is never normal ----


def test_silence_raises_its_own_alert_and_clears_none(full: Full) -> None:
    full.all(160)
    names = {"crowded", "total"}
    before = set(Alert.objects.filter(rule__code__in=names, cleared_at=None).values_list("pk", flat=True))
    assert len(before) == 9
    # One counter goes on and says that it is calm; of the others nothing is heard any more.
    for _ in range(60):
        full.pass_time(minutes=1)
        full.send({"c0.people": 1})
    still = Alert.objects.filter(pk__in=before).exclude(state="closed").filter(cleared_at=None)
    calm = Alert.objects.get(rule__code="crowded", subject__contains="c0")
    assert set(still.values_list("pk", flat=True)) == before - {calm.pk}
    silent = Alert.objects.filter(rule__code="silent").exclude(state="closed")
    assert silent.count() == 7, "a silent counter has no alert of its own"


# ---- 8. the software proposes, a named person with the authority declares ----


def test_software_proposes_and_never_declares(full: Full) -> None:
    full.all(160)
    proposal = Proposal.objects.get()
    root = proposal.area
    given: dict[str, Any] = {
        "matter": "人群",
        "expected_end": clock.now() + timedelta(hours=4),
        "measures": ["stop"],
    }
    for who in (system("worker"), Actor(ref="source:gw", grants=(("/", frozenset({"*"})),))):
        with pytest.raises(Refused):
            posture.declare(actor=who, proposal_id=proposal.pk, **given)
        with pytest.raises(Refused):
            posture.declare(actor=who, area=root, mode="emergency", level=1, **given)
        with pytest.raises(Refused):
            posture.record_approval(
                actor=who, proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now()
            )
    with pytest.raises(NotAllowed):
        posture.declare(actor=full.at("DUTY"), proposal_id=proposal.pk, **given)
    full.pass_time(days=2)
    assert not Declaration.objects.exists(), "time alone declared a mode"
    assert postures.current(root).mode == "normal"


# ---- 9. official signals are relayed unchanged; our levels are not the government's response ----


def test_a_warning_is_kept_as_issued_and_our_level_is_no_response_of_the_government(full: Full) -> None:
    area = Proposal._meta.get_field("area").related_model.objects.get(code="tst")
    text = "市气象台 2023年12月31日16时 发布大雾橙色预警信号  \n能见度小于200米。"
    issued = clock.now() - timedelta(minutes=3)
    row = posture.receive_warning(
        actor=full.at("DUTY"), area=area, issuer="市气象台", external_id="W-1", kind="fog", colour="orange",
        text=text, issued_at=issued,
    )  # fmt: skip
    kept = OfficialWarning.objects.get(pk=row.pk)
    assert (kept.text, kept.issuer, kept.issued_at) == (text, "市气象台", issued)
    posture.declare(
        actor=full.at("CMD"), area=area, mode="emergency", level=1, matter="大雾", measures=["stop"],
        expected_end=clock.now() + timedelta(hours=4),
    )  # fmt: skip
    assert not DeclaredResponse.objects.exists()
    for who in (system("worker"), full.at("DUTY")):
        with pytest.raises(NotAllowed):
            posture.record_response(
                actor=who, area=area, level=1, matter="x", authority="市政府", declared_at=clock.now()
            )


# ---- 10. nobody is identified ----


def test_the_journal_knows_no_names_and_outlives_an_erasure(full: Full) -> None:
    full.all(160)
    alerts.acknowledge(actor=full.at("DUTY"), alert_id=Alert.objects.earliest("pk").pk)
    person = Staff.objects.filter(pack_ref="n-20").get()
    name, phone = person.name, person.phone
    substitute = Staff.objects.get(pack_ref="n-29")
    people.erase_person(system("test"), person.ref, substitute_ref=substitute.ref)
    said = "\n".join(JournalEntry.objects.values_list("payload_text", flat=True))
    everybody = [*Staff.objects.exclude(name="").values_list("name", "phone"), (name, phone)]
    assert len(everybody) > 10
    assert not [word for pair in everybody for word in pair if word and word in said]
    person.refresh_from_db()
    assert (person.name, person.phone) == ("", "")
    sealer.seal_pending()
    assert sealer.check().ok


# ---- 11. no figure about a person ----


def test_no_answer_of_the_api_has_a_figure_about_a_person() -> None:
    forbidden = {"score", "rank", "ranking", "mileage", "online", "online_s", "performance", "productivity"}

    def names(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = set(node.get("properties", {})) | (
                {node["name"]} if isinstance(node.get("name"), str) else set()
            )
            return own.union(*map(names, node.values()))
        return set().union(*map(names, node)) if isinstance(node, list) else set()

    found = names(api.get_openapi_schema())
    assert len(found) > 50
    assert not {name for name in found if set(name.lower().split("_")) & forbidden}


# ---- 12. outside one's areas and classes there is nothing ----


def test_no_query_leaves_the_viewers_areas_and_classes(full: Full) -> None:
    full.all(160)
    full.pass_time(minutes=5)
    west = Scope(paths=("/tst/g2-0/",), classes=frozenset({"open"}))
    looked = 0
    for model in OURS:
        where, klass = getattr(model, "scope_area", None), getattr(model, "scope_class", None)
        if not where or not hasattr(model._default_manager.all(), "visible_to"):
            continue
        looked += 1
        for row in model._default_manager.all().visible_to(west)[:200]:
            assert follow(row, where).startswith("/tst/g2-0/"), (model, row)
            assert klass is None or follow(row, klass) == "open", (model, row)
        assert not model._default_manager.all().visible_to(None).exists(), model
        assert not model._default_manager.all().visible_to(Scope()).exists(), model
    assert looked > 10


def follow(row: Any, lookup: str) -> str:
    for part in lookup.split("__"):
        row = getattr(row, part)
    return str(row)


def test_what_is_elsewhere_is_not_there_by_any_door(full: Full) -> None:
    full.all(160)
    # c7 is in m-111: in the other half of the district, and sensitive. c0 is in the grid worker's own.
    own = Alert.objects.get(rule__code="crowded", subject__contains="c0")
    elsewhere = Alert.objects.get(rule__code="crowded", subject__contains="c7")
    total = Alert.objects.get(rule__code="total")
    west = full.client("west")
    assert west.get(f"/api/alerts/{own.pk}").status_code == 200
    listed = west.get("/api/alerts?limit=500").json()
    assert own.pk in {item["id"] for item in listed["items"]}
    assert not {elsewhere.pk, total.pk} & {item["id"] for item in listed["items"]}
    for hidden in (elsewhere, total):
        for path in ("alerts/{0.pk}", "alerts/incidents/{0.incident_id}", "live/why/alert/{0.pk}"):
            assert west.get("/api/" + path.format(hidden)).status_code == 404, path
        for verb in ("acknowledge", "judge", "shelve", "unshelve"):
            until = (clock.now() + timedelta(hours=1)).isoformat()
            body = {"verdict": "true", "reason": "maintenance", "until": until}
            answer = west.post(f"/api/alerts/{hidden.pk}/{verb}", body, content_type="application/json")
            assert answer.status_code in (403, 404), (verb, answer.content)
        assert west.get(f"/admin/alerts/alert/{hidden.pk}/change/").status_code in (302, 403)
    for path in ("datastreams/c7.people", "datastreams/c7.people/observations"):
        assert west.get(f"/api/signals/{path}").status_code in (403, 404), path
    codes = [
        item["code"]
        for page in (west.get("/api/signals/datastreams?limit=500"),)
        if page.status_code == 200
        for item in page.json()["items"]
    ]
    assert not {"c4.people", "c5.people", "c6.people", "c7.people"} & set(codes)
    text = west.get("/admin/alerts/alert/").content.decode()
    assert f"/admin/alerts/alert/{elsewhere.pk}/" not in text
    overview = west.get("/api/live/overview")
    assert overview.status_code in (200, 403)
    assert "m-111" not in overview.content.decode() and "c7.people" not in overview.content.decode()


def test_nobody_is_let_in_without_an_account(full: Full, client: Any) -> None:
    for path, operations in api.get_openapi_schema()["paths"].items():
        if "get" in operations and "{" not in path and not path.endswith(("/csrf", "openapi.json")):
            assert client.get(path).status_code in (401, 403), path


def test_the_accounts_of_a_post_know_nothing_of_other_posts(full: Full) -> None:
    assert Post.objects.count() > 5
    west = full.client("west")
    shown = west.get("/api/people/on-duty?limit=500").json()["items"]
    assert {item["area"] for item in shown} <= {
        "g2-0",
        "g3-00",
        "g3-01",
        "m-000",
        "m-001",
        "m-010",
        "m-011",
        "d-1",
        "dm-1",
    }


def test_what_lies_around_is_known_by_name_and_opens_nothing(full: Full) -> None:
    """A grid worker's district, ring and beat have names; their alerts, totals, cases and posture stay where they are."""
    full.all(160)
    total = Alert.objects.get(rule__code="total")
    west = full.client("west")
    around = west.get("/api/district/surroundings").json()
    assert {row["code"] for row in around} == {"tst", "ring-1", "beat-1"}
    assert {key for row in around for key in row} == {"code", "name_zh", "name_en", "kind"}
    assert full.client("duty").get("/api/district/surroundings").json() == []
    for code in ("tst", "ring-1", "beat-1"):
        for path in (
            f"district/areas/{code}",
            f"district/areas?within={code}",
            f"district/assets?within={code}",
            f"district/areas/{code}/elements",
            f"cases?area={code}",
            f"signals/totals?area={code}&quantity=people_present",
            f"signals/datastreams?area={code}",
            f"posture/current?area={code}",
        ):
            assert west.get(f"/api/{path}").status_code in (403, 404), path
        assert code not in {row["code"] for row in west.get("/api/district/areas?limit=500").json()["items"]}
    assert west.get(f"/api/alerts/{total.pk}").status_code == 404
    assert total.pk not in {row["id"] for row in west.get("/api/alerts?limit=500").json()["items"]}
