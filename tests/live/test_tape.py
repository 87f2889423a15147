"""The tape shows what the screens showed: rows as of then are those of the live snapshot of then, and frames lead on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.alerts import runtime
from chengyun.kernel import clock, registry, scope, sealer
from chengyun.live import picture, replay, rows
from chengyun.live.scenario import Scenario
from chengyun.live.tape import asof, events, frames, journal, nights
from chengyun.live.tape.shapes import TapeOut, TapeStateOut
from chengyun.server import district_folder
from tests.live import short

START, END = short.START, short.START + timedelta(minutes=short.MINUTES + 30)
pytestmark = pytest.mark.django_db
Shown = dict[str, dict[str, Any]]


class Night:
    """A night that was played, with what the live snapshot showed whenever time had moved on."""

    def __init__(self) -> None:
        self.shots: dict[datetime, Shown] = {}

    def watch(self, now: datetime) -> None:
        sealer.seal_pending()
        self.shots[now] = live()


def live() -> Shown:
    found = picture.snapshot(scope.ALL)["rows"]
    return {f"{kind}:{row.id}": row.model_dump() for kind in found for row in found[kind]}


def taped(at: datetime, viewer: Any = scope.ALL) -> Shown:
    found = frames.state(viewer, at)["rows"]
    return {f"{kind}:{row['id']}": row for kind in found for row in found[kind]}


@pytest.fixture(scope="module")
def night(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("tape")
    found = Night()
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.EVIDENCE_ROOT", folder / "evidence")
        runtime.forget()
        registry.forget()
        replay.play(
            Scenario(short.write_scenario(folder)), load_district=district_folder.load, watch=found.watch
        )
        sealer.seal_pending()
        with clock.use(clock.Virtual(END)):
            yield found
        transaction.set_rollback(True)
    runtime.forget()
    registry.forget()


def agree(shown: dict[str, Any], then: dict[str, Any]) -> bool:
    """Whether a row of the tape is the live row of then: equal, or null in a field of which the tape says nothing."""
    for name, value in then.items():
        if shown[name] == value:
            continue
        unknown = name not in asof.FACTS[kind_of(shown)] | asof.KNOWN[kind_of(shown)] or (
            name == "suppressed_by" and shown["hidden"] == "suppressed"
        )
        if shown[name] is not None or not unknown:
            return False
    return shown.keys() == then.keys()


def kind_of(row: dict[str, Any]) -> str:
    return next(kind for kind, shape in asof.SHAPES.items() if shape.model_fields.keys() == row.keys())


def differ(shown: Shown, then: Shown) -> list[Any]:
    """What is wrong, for the message of a test that fails."""
    wrong: list[Any] = sorted(shown.keys() ^ then.keys())
    for subject in shown.keys() & then.keys():
        if not agree(shown[subject], then[subject]):
            pair = (shown[subject], then[subject])
            wrong.append((subject, {n: (pair[0][n], pair[1][n]) for n in pair[1] if pair[0][n] != pair[1][n]}))
    return wrong


def test_every_field_of_every_row_is_a_fact_or_known_or_null() -> None:
    unknown = {
        kind: asof.SHAPES[kind].model_fields.keys() - asof.FACTS[kind] - asof.KNOWN[kind] for kind in rows.KINDS
    }
    assert {kind: names for kind, names in unknown.items() if names} == {
        "alert": {"last_at", "count"},
        "incident": {"last_at"},
    }
    for kind in rows.KINDS:
        assert not asof.FACTS[kind] & asof.KNOWN[kind]
        assert asof.FACTS[kind] | asof.KNOWN[kind] <= asof.SHAPES[kind].model_fields.keys()


def test_the_state_at_a_moment_is_what_the_snapshot_showed_then(night: Night) -> None:
    assert len(night.shots) > 100
    kinds = set()
    for at, then in night.shots.items():
        shown = taped(at)
        assert not differ(shown, then), at
        kinds |= {subject.partition(":")[0] for subject in shown}
    assert kinds >= {"alert", "incident", "case", "proposal", "declaration", "approval", "shift"}


def follow(shown: Shown, since: datetime, until: datetime, viewer: Any = scope.ALL) -> Shown:
    """What a console shows that plays the tape from a state on."""
    shown = dict(shown)
    at: datetime | None = since
    while at is not None:
        piece = frames.piece(viewer, at, until, 60)
        moments = [frame["at"] for frame in piece["frames"]]
        assert moments == sorted(moments) and all(at < moment <= piece["until"] for moment in moments)
        for frame in piece["frames"]:
            changed = (frame["entry"] or {}).get("rows") or frame["rows"] or {}
            shown |= {subject: row for subject, row in changed.items() if row is not None}
        at = piece["next"]
    return {subject: row for subject, row in shown.items() if row["open"]}


moments = st.floats(-10, short.MINUTES + 40).map(lambda minute: START + timedelta(minutes=minute))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments, moments)
def test_a_state_and_the_frames_after_it_are_the_state_later(
    night: Night, one: datetime, other: datetime
) -> None:
    since, until = min(one, other), max(one, other)
    assert follow(taped(since), since, until) == taped(until)


def test_from_before_the_first_entry_to_the_end(night: Night) -> None:
    before = START - timedelta(days=1)
    assert taped(before) == {} and frames.state(scope.ALL, before)["seq"] == 0
    assert frames.state(scope.ALL, before)["values_from"] == "none"
    assert follow({}, before, END) == taped(END)
    empty = frames.piece(scope.ALL, before, before + timedelta(hours=1))
    assert empty["frames"] == [] and empty["next"] is None and empty["values_from"] == "none"


def test_answers_have_the_published_shape(night: Night) -> None:
    middle = START + timedelta(minutes=40)
    state = orjson.loads(orjson.dumps(frames.state(scope.ALL, middle)))
    assert TapeStateOut.model_validate(state).rows.alert
    piece = orjson.loads(orjson.dumps(frames.piece(scope.ALL, START, middle)))
    assert TapeOut.model_validate(piece).frames


def test_pieces_are_bounded_and_join_without_a_gap(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def numbers() -> list[int]:
        found: list[int] = []
        at: datetime | None = START - timedelta(seconds=1)
        while at is not None:
            piece = frames.piece(scope.ALL, at, END)
            found += [frame["entry"]["seq"] for frame in piece["frames"] if frame["entry"]]
            at = piece["next"]
        return found

    whole = numbers()
    assert whole == [said.seq for said in journal.between(0, sealer.head()[0]) if said.area]
    monkeypatch.setattr(frames, "MAX_ENTRIES", 7)
    assert numbers() == whole


def test_values_change_as_they_arrived(night: Night) -> None:
    at = START + timedelta(minutes=30, seconds=1)
    state = frames.state(scope.ALL, at)
    assert state["values_from"] == "observations"
    values = dict(zip(state["values"]["ids"], state["values"]["value"], strict=True))
    # The reading of minute 30 arrives three seconds later.
    assert set(values.values()) == {short.people(29)}
    piece = frames.piece(scope.ALL, at, at + timedelta(minutes=5))
    came = [frame for frame in piece["frames"] if frame["values"]]
    assert came and came[0]["at"] == at + timedelta(seconds=10)
    assert set(came[0]["values"]["value"]) == {short.people(30)}
    for frame in came:
        values |= dict(zip(frame["values"]["ids"], frame["values"]["value"], strict=True))
    later = frames.state(scope.ALL, at + timedelta(minutes=5))["values"]
    assert values == dict(zip(later["ids"], later["value"], strict=True))


def test_a_narrow_scope_sees_its_own_part_alone(night: Night) -> None:
    part = scope.Scope(paths=("/small/g-1/",), classes=frozenset({"open"}))
    for minute in (20, 40, 75):
        at = START + timedelta(minutes=minute)
        whole, mine = taped(at), taped(at, part)
        assert mine == {s: row for s, row in whole.items() if part.covers(row["path"], row["klass"])}
    assert follow(taped(START, part), START, END, part) == taped(END, part)
    piece = frames.piece(part, START, END)
    assert all(frame["entry"]["area"].startswith(part.paths) for frame in piece["frames"] if frame["entry"])
    nothing = scope.Scope()
    assert taped(END, nothing) == {} and nights.nights(nothing, 9).items == []
    assert frames.piece(nothing, START, END)["frames"] == []


def test_moments_to_jump_to(night: Night) -> None:
    found = events.events(scope.ALL, START - timedelta(hours=1), END)
    kinds = [item.kind for item in found.items]
    assert {"posture.declared", "posture.ended", "incident.opened", "shift.opened"} <= set(kinds)
    assert [item.seq for item in found.items] == sorted(item.seq for item in found.items)
    assert len(found.items) < sealer.head()[0] / 2 and not found.cut
    declared = next(item for item in found.items if item.kind == "posture.declared")
    assert "应急" in declared.text_zh and "emergency" in declared.text_en.lower()


def test_nights_say_what_is_kept(night: Night) -> None:
    found = nights.nights(scope.ALL, 10)
    assert found.first_at is not None
    one = next(item for item in found.items if item.kind == "shift")
    assert (one.mode, one.level, one.incident_level) == ("emergency", 1, 1)
    assert one.kept.observations_since is not None and one.entries > 100
    assert "应急" in one.title_zh


def test_a_number_is_found_by_moment(night: Night) -> None:
    last = sealer.head()[0]
    assert journal.position(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert journal.position(datetime(2100, 1, 1, tzinfo=UTC)) == last
    at = journal.moment_of(last // 2)
    assert at is not None
    found = journal.position(at)
    assert journal.moment_of(found) == at
    assert found == last or journal.moment_of(found + 1) != at
