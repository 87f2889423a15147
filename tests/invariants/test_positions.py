"""Invariant 10, second half: positions of staff exist only on duty, in the modes that allow them, and expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test import Client

from chengyun.district import queries as district
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from chengyun.kernel.models import Command, JournalEntry, OutboxItem, Timer
from chengyun.kernel.transaction import write
from chengyun.live.models import CommandLog
from chengyun.live.scripted import perform
from chengyun.people import actions, actors, queries
from chengyun.people.models import Duty, Shift, Staff, StaffPosition
from chengyun.posture import actions as posture
from chengyun.posture.models import Declaration
from tests.district.assessing import assess, revoke
from tests.invariants.conftest import Full

TOPIC = "staff_positions"
HERE = {"lon": 113.7051, "lat": 34.7023}
# Five digits of it, to be looked for wherever it must not be.
MARK = "113.705"


def declare(full: Full, mode: str = "holiday", level: int | None = None, area: str = "tst") -> Any:
    return posture.declare(
        actor=full.at("CMD"), area=district.area(area), mode=mode, level=level, matter="节日", measures=["stop"],
        expected_end=clock.now() + timedelta(hours=12),
    )  # fmt: skip


def account(post: str) -> Client:
    """A browser of whoever serves at a post."""
    staff = queries.on_duty(queries.post(post).id)
    assert staff is not None
    if staff.user is None:
        with write():
            staff.user = get_user_model().objects.create_user(f"u-{post}".lower())
            staff.save()
    client = Client(raise_request_exception=False)
    client.force_login(staff.user)
    return client


def put(client: Client, **body: Any) -> Any:
    return client.put("/api/people/me/position", HERE | body, content_type="application/json")


@pytest.fixture
def allowed(full: Full) -> Full:
    """Assessed, and in a mode that allows it: keep 10 minutes (the sample's posture.yaml)."""
    assess(TOPIC)
    declare(full)
    return full


@pytest.fixture
def sent(allowed: Full) -> Full:
    actions.report_position(allowed.at("GS-0"), **HERE)
    actions.report_position(allowed.at("DISP"), **HERE)
    assert StaffPosition.objects.count() == 2
    return allowed


def rows() -> set[str]:
    return set(StaffPosition.objects.values_list("duty__post__code", flat=True))


# ---- what has to hold before a position is taken ----


def test_it_is_off_without_an_assessment_in_normal_mode_and_off_duty(full: Full) -> None:
    worker = full.at("GS-0")
    with pytest.raises(Conflict) as refused:
        actions.report_position(worker, **HERE)
    assert refused.value.code == "not_assessed" and refused.value.hint
    assess(TOPIC)
    with pytest.raises(Conflict) as refused:
        actions.report_position(worker, **HERE)
    assert refused.value.code == "mode_allows_none" and refused.value.hint
    declare(full)
    actions.report_position(worker, **HERE)
    for ref in (
        "n-22",
        "n-29",
        "n-25",
    ):  # tomorrow's desk, nobody's, and a leader who holds a post without a roster
        with pytest.raises(Conflict) as refused:
            actions.report_position(actors.of_staff(Staff.objects.get(pack_ref=ref).ref), **HERE)
        assert refused.value.code == "not_on_duty", ref
    assert rows() == {"GS-0"}


def test_another_topics_assessment_switches_nothing_on(full: Full) -> None:
    for topic in ("signalling_counts", "citizen_photos", "drone_media"):
        assess(topic)
    declare(full)
    with pytest.raises(Conflict):
        actions.report_position(full.at("GS-0"), **HERE)


def test_a_mode_of_one_part_allows_it_there_alone(full: Full) -> None:
    assess(TOPIC)
    declare(full, area="g2-1")
    with pytest.raises(Conflict) as refused:
        actions.report_position(full.at("GS-0"), **HERE)
    assert refused.value.code == "mode_allows_none"
    declare(full, mode="emergency", level=1, area="g2-0")
    actions.report_position(full.at("GS-0"), **HERE)
    assert StaffPosition.objects.get().expires_at == clock.now() + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(113.709, 34.702), (34.7023, 113.7051), (0.0, 0.0), (float("nan"), 34.7), (113.7, float("inf"))],
)
def test_outside_the_district_nothing_is_kept(allowed: Full, lon: float, lat: float) -> None:
    with pytest.raises(Invalid):
        actions.report_position(allowed.at("GS-0"), lon=lon, lat=lat)
    assert not rows()


def test_nobody_sends_it_for_somebody_else(allowed: Full) -> None:
    other = Duty.objects.get(post__code="DISP", state="serving")
    mine = Duty.objects.get(post__code="DUTY", state="serving")
    with pytest.raises(NotFound):
        actions.report_position(allowed.at("DUTY"), duty_id=other.pk, **HERE)
    for actor in (
        system("worker"),
        Actor(ref="source:gw", grants=(("/", frozenset({"*"})),)),
        Actor(ref="anonymous"),
    ):
        for duty in (None, mine.pk):
            with pytest.raises(Refused):
                actions.report_position(actor, duty_id=duty, **HERE)
    with pytest.raises(NotAllowed):
        perform("people.report_position", "system", dict(HERE))
    assert not rows()
    assert actions.report_position(allowed.at("DUTY"), duty_id=mine.pk, **HERE).duty_id == mine.pk


def test_the_doors_say_the_same(full: Full) -> None:
    worker = account("GS-0")
    assert put(worker).json()["code"] == "not_assessed"
    assess(TOPIC)
    assert put(worker).json()["code"] == "mode_allows_none"
    declare(full)
    other = Duty.objects.get(post__code="DISP", state="serving")
    assert put(worker, duty=other.pk).status_code == 404
    assert put(full.client("west")).json()["code"] == "not_on_duty"
    assert put(Client()).status_code == 401
    for spoilt in ({"lon": 999}, {"lat": "x"}, {"lon": None}, {"lat": 91}, {"duty": "x"}):
        assert put(worker, **spoilt).status_code == 422, spoilt
    assert put(worker, lon=113.75).status_code == 422
    assert not rows()
    assert put(worker).status_code == 200 and rows() == {"GS-0"}
    assert worker.post("/api/people/positions", HERE, content_type="application/json").status_code == 405


# ---- one row, no track ----


def test_the_next_place_replaces_the_last_and_leaves_no_track(allowed: Full) -> None:
    worker = account("GS-0")
    before = JournalEntry.objects.count()
    for step in range(5):
        put(worker, lon=113.7050 + step / 10_000)
        allowed.pass_time(minutes=1)
    row = StaffPosition.objects.get()
    assert (row.lon, row.at) == (113.7054, clock.now() - timedelta(minutes=1))
    worker.delete("/api/people/me/position")
    put(worker, lon=113.7054)
    assert JournalEntry.objects.count() == before, "sending a position is in the journal"
    assert not Command.objects.exists(), "the memory of commands keeps a fingerprint of a place"
    assert not CommandLog.objects.exclude(do="posture.declare").exists(), (
        "what people do is logged with their place"
    )
    assert Timer.objects.filter(kind=actions.positions.SWEEP).count() == 1
    # Wherever else text could hold it: not there.
    for model in (JournalEntry, Timer, OutboxItem, CommandLog):
        for row in model.objects.values():
            assert MARK not in str(row), model
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO people_staffposition SELECT * FROM people_staffposition")


def test_the_answer_speaks_of_the_post_and_of_nothing_else(sent: Full) -> None:
    sent.pass_time(minutes=2)
    [first, second] = account("DUTY").get("/api/people/positions").json()
    assert set(first) == {"post", "area", "lon", "lat", "at", "age_s"}
    assert (first["post"], first["age_s"], second["post"]) == ("DISP", 120, "GS-0")


# ---- who may see it ----


def test_only_who_may_and_only_within_their_areas(sent: Full) -> None:
    for post in ("DUTY", "LEAD", "DISP"):
        assert len(account(post).get("/api/people/positions").json()) == 2, post
    for name in ("keeper", "west", "audit"):
        assert sent.client(name).get("/api/people/positions").json() == [], name
    assert account("GS-0").get("/api/people/positions").json() == []
    own = account("GS-0").get("/api/people/me/position").json()
    assert [row["post"] for row in own] == ["GS-0"]
    assert queries.positions(Actor(ref="p-x", grants=(("/tst/", frozenset({"position.read"})),))) == []
    # A commander of the other half, who may read positions there.
    actions.grant_role(system("test"), user_id=sent.user("audit").pk, role="commander", area="g2-1")
    assert sent.client("audit").get("/api/people/positions").json() == []
    actions.grant_role(system("test"), user_id=sent.user("west").pk, role="commander", area="g2-0")
    assert [row["post"] for row in sent.client("west").get("/api/people/positions").json()] == ["GS-0"]


# ---- what ends it ----


def test_it_expires_and_a_late_worker_shows_nobody_more(sent: Full) -> None:
    officer = sent.at("DUTY")
    reader = account("DUTY")
    sent.clock.advance(seconds=599)
    assert len(reader.get("/api/people/positions").json()) == 2 and officer
    sent.clock.advance(seconds=2)
    assert reader.get("/api/people/positions").json() == [], "shown after it expired, the worker being late"
    timers.fire_due()
    assert not rows() and not Timer.objects.filter(kind=actions.positions.SWEEP).exists()


def test_each_expires_by_itself(sent: Full) -> None:
    sent.pass_time(minutes=6)
    actions.report_position(sent.at("DISP"), **HERE)
    sent.pass_time(minutes=5)
    assert rows() == {"DISP"}
    sent.pass_time(minutes=6)
    assert not rows()


def hand_over(full: Full) -> None:
    shift = Shift.objects.get(state__in=Shift.RUNNING)
    full.clock.advance_to(shift.ends_at)
    for post in ("GS-0", "DISP"):
        if queries.on_duty(queries.post(post).id):
            actions.report_position(full.at(post), **HERE)
    row = actions.draft_hand_over(full.at("DUTY"), shift_id=shift.pk)
    actions.sign_hand_over(full.at("DUTY"), hand_over_id=row.pk, side="out", digest=row.digest)
    actions.sign_hand_over(actors.at_post("DUTY@next"), hand_over_id=row.pk, side="in", digest=row.digest)


ENDS: dict[str, tuple[Callable[[Full], Any], set[str]]] = {
    "the hand-over": (hand_over, set()),
    "a substitute": (
        lambda full: actions.substitute(
            system("test"),
            duty_id=Duty.objects.get(post__code="DISP", state="serving").pk,
            staff_ref=Staff.objects.get(pack_ref="n-29").ref,
        ),
        {"GS-0"},
    ),
    "an erasure": (
        lambda full: actions.erase_person(
            system("test"),
            Duty.objects.get(post__code="DISP", state="serving").staff.ref,
            substitute_ref=Staff.objects.get(pack_ref="n-29").ref,
        ),
        {"GS-0"},
    ),
    "the mode": (
        lambda full: posture.end(
            actor=full.at("CMD"), declaration_id=Declaration.objects.get().pk, reason="节日结束"
        ),
        set(),
    ),
    "a revocation": (lambda full: revoke(district.assessed(TOPIC)), set()),
    "one's own wish": (lambda full: actions.withdraw_position(full.at("GS-0")), {"DISP"}),
}


@pytest.mark.parametrize("what", ENDS)
def test_it_ends_in_the_same_transaction_as(sent: Full, what: str) -> None:
    end, left = ENDS[what]
    end(sent)
    assert rows() == left


def test_it_ends_with_the_duty_that_ends_by_the_clock(allowed: Full) -> None:
    """The grid worker's window ends at 17:00; the position is not kept a second longer."""
    allowed.pass_time(minutes=58)
    row = actions.report_position(allowed.at("GS-0"), **HERE)
    assert row.expires_at == clock.now() + timedelta(minutes=2)
    worker = allowed.at("GS-0")
    allowed.pass_time(minutes=2, seconds=1)
    assert not rows()
    with pytest.raises(Conflict) as refused:
        actions.report_position(worker, **HERE)
    assert refused.value.code == "not_on_duty"


def test_it_ends_with_the_assessment_at_midnight(full: Full) -> None:
    assess(TOPIC, days=1)
    declare(full)
    full.clock.advance(seconds=(8 * 60 - 3) * 60)
    row = actions.report_position(full.at("DISP"), **HERE)
    assert row.expires_at == clock.now() + timedelta(minutes=3)
    full.clock.advance(seconds=181)
    assert account("DUTY").get("/api/people/positions").json() == []
    timers.fire_due()
    assert not rows()
    with pytest.raises(Conflict) as refused:
        actions.report_position(full.at("DISP"), **HERE)
    assert refused.value.code == "not_assessed"


def test_after_the_hand_over_the_relieved_send_nothing(allowed: Full) -> None:
    out = allowed.at("DISP")
    hand_over(allowed)
    with pytest.raises(Conflict) as refused:
        actions.report_position(out, **HERE)
    assert refused.value.code == "not_on_duty"
    assert not rows()
