"""What may look through which camera: refused outside the legal basis and the owner's terms, versioned, paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from django.db import DatabaseError, transaction

from chengyun.alerts import actions as alerts
from chengyun.district import actions as district
from chengyun.district.logic import kinds
from chengyun.district.models import Asset
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import PackRefused
from chengyun.kernel.transaction import write
from chengyun.server import district_folder
from chengyun.signals.models import Datastream
from chengyun.video import actions, precision, queries
from chengyun.video.models import Binding, BindingVersion, CameraTerms
from tests.video.conftest import FILE, SQUARE

ME = system("test")
ZONE = [{"code": "z", "points": SQUARE}]


def test_the_folder_is_loaded_once(world):
    before = JournalEntry.objects.count()
    district_folder.load(world.folder)
    assert JournalEntry.objects.count() == before
    world.lease()
    before = JournalEntry.objects.count(), Datastream.objects.filter(in_service=True).count()
    district_folder.load(world.folder)
    assert (JournalEntry.objects.count(), Datastream.objects.filter(in_service=True).count()) == before


def test_a_binding_speaks_through_datastreams_of_its_own(world):
    found = {s.code: s.quantity for s in Datastream.objects.filter(source__code="vision")}
    assert found == {
        "park.curb.illegal_parking": "illegal_parking",
        "health.whole.camera_up": "camera_up",
        "health.whole.camera_tampered": "camera_tampered",
        "gate.line.line_flow_in": "line_flow_in",
        "gate.line.line_flow_out": "line_flow_out",
        "cam-0.analysis": "analysis_unseen",
        "cam-1.analysis": "analysis_unseen",
        "cam-2.analysis": "analysis_unseen",
    }
    assert not Datastream.objects.filter(source__code="vision", in_service=True).exists()
    world.lease()
    assert Datastream.objects.filter(source__code="vision", in_service=True).count() == 8


def test_people_in_view_count_into_the_total_only_where_that_is_said(world):
    actions.bind(actor=ME, code="crowd", camera="cam-0", preset="crowd_over_capacity", counts=True)
    assert Datastream.objects.get(code="crowd.whole.people_present").quantity == "people_present"
    world.lease()
    actions.bind(actor=ME, code="crowd", camera="cam-0", preset="crowd_over_capacity")
    assert not Datastream.objects.get(code="crowd.whole.people_present").in_service


def test_outside_the_legal_basis_it_is_refused(world):
    with pytest.raises(Invalid, match="legal basis"):
        actions.bind(actor=ME, code="bin", camera="cam-0", preset="exposed_rubbish", zones=ZONE)
    actions.describe(actor=ME, code="cam-0", legal_basis="CN-SC-799-7+CN-CITY-ORDER")
    with pytest.raises(Invalid, match="does not allow"):
        actions.bind(actor=ME, code="bin", camera="cam-0", preset="exposed_rubbish", zones=ZONE)
    actions.describe(actor=ME, code="cam-0", purposes=["city_order", "traffic", "public_safety"])
    assert actions.bind(actor=ME, code="bin", camera="cam-0", preset="exposed_rubbish", zones=ZONE).enabled


def test_without_terms_nothing_is_allowed(world):
    with write():
        CameraTerms.objects.filter(camera__code="cam-3").delete()
    with pytest.raises(Invalid, match="no terms of use"):
        actions.bind(actor=ME, code="x", camera="cam-3", preset="camera_health")


def test_what_is_no_longer_covered_is_switched_off(world):
    actions.describe(actor=ME, code="cam-0", purposes=["public_safety"])
    assert [b.enabled for b in Binding.objects.filter(camera__code="cam-0").order_by("code")] == [True, False]
    assert queries.in_force("park", clock.now()).body["enabled"] is False
    assert not list(queries.faults())


@pytest.mark.parametrize(
    "place", [*kinds.FORBIDDEN_PLACES, *kinds.FORBIDDEN_PLACES.values(), "Hotel Guest-Room 7", "moon"]
)
def test_never_a_camera_where_none_may_stand(world, place):
    with pytest.raises(Invalid):
        actions.describe(actor=ME, code="cam-0", place=place)
    assert Asset.objects.get(code="cam-0").attrs["place"] == "road"


def test_nothing_looks_through_a_camera_that_got_there_otherwise(world):
    """However a row came to say so: no binding, no lease, no picture."""
    from tests.video.pictures import facts, jpeg

    with write():
        row = Asset.objects.get(code="cam-0")
        row.attrs = row.attrs | {"place": "卫生间"}
        row.save()
    with pytest.raises(Invalid):
        actions.bind(actor=ME, code="new", camera="cam-0", preset="camera_health")
    assert "cam-0" not in [w.camera for w in world.lease().cameras]
    with pytest.raises(Invalid):
        actions.store(worker="w1", facts=facts(jpeg()), content=jpeg())
    assert any("park" in fault for fault in queries.faults())


@pytest.mark.parametrize(("values", "field"), [
    ({"main": "rtsp://admin:12345@h/1"}, "main"),
    ({"recordings": "https://h/?token=x"}, "recordings"),
    ({"login": "admin:12345"}, "login"),
    ({"purposes": ["advertising"]}, "purposes"),
    ({"ceiling_days": 3}, "ceiling_days"),
    ({"privacy": [[[0, 0], [2, 2], [1, 0]]]}, "privacy"),
    ({"retention_days": "7"}, "attrs"),
])  # fmt: skip
def test_what_may_not_be_on_record(world, values, field):
    with pytest.raises(Invalid) as refused:
        actions.describe(actor=ME, code="cam-0", **values)
    assert refused.value.field == field


def test_each_change_is_a_version_that_stays(world):
    first = queries.in_force("park", clock.now())
    world.clock.advance(seconds=60)
    actions.bind(
        actor=ME, code="park", camera="cam-0", preset="illegal_parking", zones=ZONE, settings={"stay": 60}
    )
    world.clock.advance(seconds=60)
    actions.bind(
        actor=ME, code="park", camera="cam-0", preset="illegal_parking", zones=ZONE, settings={"stay": 60}
    )
    now = queries.in_force("park", clock.now())
    assert (first.number, now.number, now.body["settings"]) == (1, 2, {"stay": 60})
    assert queries.in_force("park", clock.now() - timedelta(seconds=90)).number == 1
    with pytest.raises(DatabaseError), transaction.atomic(), write():
        BindingVersion.objects.filter(pk=first.pk).update(number=7)
    with pytest.raises(DatabaseError), transaction.atomic(), write():
        BindingVersion.objects.filter(pk=first.pk).delete()


def test_a_code_stays_with_its_camera_and_algorithm(world):
    with pytest.raises(Conflict):
        actions.bind(actor=ME, code="park", camera="cam-1", preset="illegal_parking", zones=ZONE)


def test_who_may(world):
    with pytest.raises(NotAllowed):
        actions.bind(actor=world.at("DUTY"), code="n", camera="cam-0", preset="camera_health")
    with pytest.raises(NotAllowed):
        actions.describe(actor=world.at("DUTY"), code="cam-0", model="x")
    with pytest.raises(NotAllowed):
        actions.pause(actor=world.at("GS-0"), code="park", reason="maintenance", until=world.after(hours=1))


def test_a_pause_needs_a_reason_and_an_end(world):
    for reason, hours in (("because", 1), ("low_precision", 24 * 40), ("low_precision", -1)):
        with pytest.raises(Invalid):
            actions.pause(actor=world.at("DUTY"), code="park", reason=reason, until=world.after(hours=hours))
    actions.pause(actor=world.at("DUTY"), code="park", reason="low_precision", until=world.after(hours=1))
    assert [r.binding for r in world.lease().cameras[0].rules] == ["crowd"]
    world.pass_time(hours=2)
    assert Binding.objects.get(code="park").paused_until is None
    (ended,) = world.entries("binding.resumed")
    assert ended["why"] == "over"


@pytest.mark.parametrize(("change", "said"), [
    ({"bindings": [{"code": "x", "camera": "nowhere", "preset": "camera_health"}]}, "no camera"),
    ({"bindings": [{"code": "x", "camera": "cam-0", "preset": "who_is_this"}]}, "no algorithm"),
    ({"bindings": [{"code": "x", "camera": "cam-0", "preset": "people_over_line"}]}, "wants a line"),
    ({"bindings": [{"code": "x", "camera": "cam-0", "preset": "exposed_rubbish"}]}, "exposed_rubbish|legal basis"),
    ({"cameras": [{"code": "cam-0", "main": "rtsp://a:b@h/1"}]}, "no account"),
    ({"owners": [{"owner": "ga", "purposes": ["fun"]}]}, "no purpose"),
    ({"cameras": [{"code": "cam-0"}, {"code": "cam-0"}]}, "stands twice"),
])  # fmt: skip
def test_a_folder_that_says_something_wrong_is_refused_whole(world, change, said):
    (world.folder / "cameras.yaml").write_text(
        yaml.safe_dump(FILE | change, allow_unicode=True), encoding="utf-8"
    )
    before = JournalEntry.objects.count()
    with pytest.raises(PackRefused, match=said):
        district_folder.load(world.folder)
    assert JournalEntry.objects.count() == before


def test_an_operators_change_survives_the_same_folder(world):
    actions.bind(actor=ME, code="park", camera="cam-0", preset="illegal_parking", zones=ZONE)
    actions.describe(actor=ME, code="cam-0", model="dome")
    district_folder.load(world.folder)
    assert queries.in_force("park", clock.now()).body["zones"] == ZONE
    assert CameraTerms.objects.get(camera__code="cam-0").model == "dome"


# Precision


def judge(world, verdicts):
    world.lease()
    for n, verdict in enumerate(verdicts):
        world.clock.advance(seconds=20)
        world.beat()
        world.say(world.word(f"e{n}"))
        world.clock.advance(seconds=1)
        world.say(world.word(f"e{n}", "end"))
        alert = world.event(f"e{n}").alert
        if verdict:
            alerts.judge(actor=world.at("DUTY"), alert_id=alert.pk, verdict=verdict)


def test_precision_comes_from_verdicts_with_its_interval(world):
    judge(world, ["true", "false", "true", "nothing_to_do", None])
    found = precision.of_binding(Binding.objects.get(code="park"))
    assert (found.true, found.judged, found.nothing_to_do, found.open) == (2, 3, 1, 1)
    assert found.share.low < 2 / 3 < found.share.high and found.since is not None
    assert precision.of_binding(Binding.objects.get(code="crowd")) == precision.NONE
    later = precision.of_bindings([Binding.objects.get(code="park").pk], clock.now() + timedelta(days=1))
    assert later == {}


def test_precision_of_what_is_an_alert_by_itself(world):
    world.lease()
    world.clock.advance(seconds=5)
    world.say(world.word("a", rule="crowd.whole"), world.word("b", rule="crowd.whole"))
    for ref, verdict in (("a", "true"), ("b", "false")):
        alerts.judge(actor=world.at("DUTY"), alert_id=world.event(ref).alert_id, verdict=verdict)
    found = precision.of_binding(Binding.objects.get(code="crowd"))
    assert (found.true, found.judged) == (1, 2)


def test_the_district_may_say_what_it_is_of_an_asset(world):
    """An asset's own door refuses the same things: nothing passes beside this one."""
    with pytest.raises(Invalid):
        district.save_asset(actor=ME, code="cam-0", attrs={"place": "浴室"})
