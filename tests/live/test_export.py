"""What was exported plays again as it was: the same observations, alerts and commands, and nobody's words in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from chengyun.alerts import queries as alerts
from chengyun.alerts import runtime
from chengyun.cases import queries as cases
from chengyun.kernel import clock, registry, sealer
from chengyun.kernel.models import JournalEntry
from chengyun.live import replay
from chengyun.live.export import Exported, export
from chengyun.live.models import CommandLog
from chengyun.live.report import posture_steps
from chengyun.live.scenario import Scenario, ScenarioRefused
from chengyun.server import district_folder
from chengyun.signals.models import Observation, Quarantine
from tests.live import short

pytestmark = pytest.mark.django_db


@dataclass
class Night:
    observations: list[Any]
    set_apart: list[Any]
    alerts: list[Any]
    posture: list[Any]
    cases: Any
    commands: list[Any]
    story: list[Any]
    faults: list[Any]
    exported: Exported | None = None


@pytest.fixture(autouse=True)
def evidence(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    yield
    runtime.forget()
    registry.forget()


def play(folder: Path, *, to: Path | None = None, since: datetime | None = None) -> Night:
    """Play a scenario on an empty database, look at it (from a moment on), export it, and leave the database empty."""
    runtime.forget()
    registry.forget()
    scenario = Scenario(folder)
    since = since or scenario.meta.start
    with transaction.atomic():
        played = replay.play(scenario, load_district=district_folder.load)
        assert sealer.check().ok
        from_ms = since.timestamp() * 1000
        night = Night(
            list(
                Observation.objects.filter(arrived_ms__gte=from_ms)
                .order_by("arrived_ms", "stream__code", "at_ms")
                .values_list("stream__code", "at_ms", "value", "arrived_ms", "late")
            ),
            list(
                Quarantine.objects.filter(arrived_ms__gte=from_ms)
                .order_by("id")
                .values_list("reason", "idx", "arrived_ms")
            ),
            alerts.history(),
            _steps(),
            cases.figures(),
            list(CommandLog.objects.filter(at__gte=since).order_by("id").values_list("at", "post", "do")),
            list(JournalEntry.objects.filter(at__gte=since).order_by("id").values_list("at", "kind", "area")),
            [outcome for outcome in played.outcomes if outcome.fault],
        )
        if to is not None:
            with clock.use(clock.Virtual(scenario.meta.end)):
                night.exported = export(to, start=since, end=scenario.meta.end)
        transaction.set_rollback(True)
    return night


def _steps() -> list[dict[str, Any]]:
    """Steps of the posture with declarations numbered as they come: PostgreSQL gives no number twice, undone or not."""
    numbers: dict[Any, int] = {}
    return [
        {k: v for k, v in step.items() if k != "by"}
        | {"declaration": numbers.setdefault(step["declaration"], len(numbers))}
        for step in posture_steps()
    ]


def test_an_export_plays_again_as_it_was(tmp_path: Path) -> None:
    folder = short.write_scenario(tmp_path)
    night = play(folder, to=tmp_path / "scenarios" / "again")
    assert not night.faults and len(night.commands) == 17 + len(
        [c for c in night.commands if c[2] == "alerts.acknowledge"]
    )
    assert {alert["rule"] for alert in night.alerts} == {"crowded", "crowded-long", "silent", "total"}
    assert night.exported is not None and night.exported.left_out == []
    again = play(tmp_path / "scenarios" / "again", to=tmp_path / "scenarios" / "third")
    assert again == Night(**(vars(night) | {"exported": again.exported}))
    # And it is at rest: what is exported from the second run is what was exported from the first.
    for name in ("inputs.jsonl.gz", "actors.yaml"):
        first, second = (tmp_path / "scenarios" / run / name for run in ("again", "third"))
        assert first.read_bytes() == second.read_bytes(), name


def test_an_export_holds_no_names_phones_texts_or_pictures(tmp_path: Path) -> None:
    folder = short.write_scenario(tmp_path)
    play(folder, to=tmp_path / "out")
    picture = (folder / "files" / "after.png").read_bytes()
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert content != picture
            assert not [word for word in short.PERSONAL if word.encode() in content], path
    with transaction.atomic():
        replay.play(Scenario(folder), load_district=district_folder.load)
        kept = "".join(CommandLog.objects.values_list("args_text", flat=True))
        transaction.set_rollback(True)
    assert kept and not [word for word in short.PERSONAL if word in kept]


def test_a_stretch_from_the_middle_says_what_it_leaves_out(tmp_path: Path) -> None:
    folder = short.write_scenario(tmp_path)
    middle = short.START + timedelta(minutes=40)
    night = play(folder, to=tmp_path / "scenarios" / "half", since=middle)
    assert night.exported is not None and night.exported.messages == 20 + 1
    # The end of the emergency is carried over, because the export begins by declaring it anew; the counter's silence too.
    assert night.exported.left_out == []
    half = play(tmp_path / "scenarios" / "half")
    assert not half.faults
    assert half.observations == night.observations
    assert [step["mode"] for step in half.posture] == ["emergency", "emergency"]
    early = play(folder, to=tmp_path / "scenarios" / "early", since=short.START + timedelta(minutes=9))
    assert early.exported is not None
    left = [line for line in early.exported.left_out if "from before the stretch" in line]
    assert len(left) == 7 and all("cases." in line for line in left)


def test_what_is_older_than_the_stated_time_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chengyun.live.actions.TIDIED_EVERY", 1)  # not once in so many, but at every command
    folder = short.write_scenario(tmp_path)
    scenario = Scenario(folder)
    replay.play(scenario, load_district=district_folder.load)
    before = CommandLog.objects.count()
    assert before > 10
    from chengyun.cases import actions
    from chengyun.people import actors

    with clock.use(clock.Virtual(scenario.meta.end + timedelta(days=8))):
        actions.report(actor=actors.at_post("DUTY"), kind="noise", condition="plain", area="m-000")
    assert CommandLog.objects.count() == 1


def test_a_refused_command_and_what_the_platform_does_are_not_noted(tmp_path: Path) -> None:
    folder = short.write_scenario(tmp_path)
    replay.play(Scenario(folder), load_district=district_folder.load)
    posts = set(CommandLog.objects.values_list("post", flat=True))
    assert posts == {"DUTY", "LEAD", "CMD", "DISP", "DEPT-sw", "VERIFY", "GS-0"}
    assert not CommandLog.objects.filter(
        do__in=["posture.propose", "alerts.settle", "people.start_roster"]
    ).exists()


def test_a_district_is_found_by_its_code_too_and_a_missing_one_is_named(tmp_path: Path) -> None:
    folder = short.write_scenario(tmp_path)
    text = (folder / "scenario.yaml").read_text()
    (folder / "scenario.yaml").write_text(text.replace("district: small", "district: tst"))
    assert Scenario(folder).district_folder.name == "small"
    (folder / "scenario.yaml").write_text(text.replace("district: small", "district: atlantis"))
    with pytest.raises(ScenarioRefused, match="atlantis.*--district"):
        _ = Scenario(folder).district_folder
