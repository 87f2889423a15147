"""What needs an impact assessment is off until one is on record, and off again when it has run out or is revoked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from chengyun.district import actions, queries
from chengyun.district.logic.assessments import TOPICS
from chengyun.district.models import Assessment
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import PackRefused
from tests.district import small
from tests.district.assessing import DOCUMENT, assess, record, revoke

pytestmark = pytest.mark.django_db
TOPIC = "signalling_counts"


@pytest.fixture
def loaded(at, tmp_path: Path):
    """Virtual time 2023-12-31 16:00 in Zhengzhou."""
    small.load(small.write(tmp_path / "district", small.files()))
    return at


def kinds() -> list[str]:
    return list(JournalEntry.objects.filter(kind__startswith="assessment.").values_list("kind", flat=True))


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_everything_is_off_until_it_is_assessed_and_only_what_was(loaded) -> None:
    assert not any(queries.assessed(topic) for topic in TOPICS)
    assess(TOPIC)
    assert [topic for topic in TOPICS if queries.assessed(topic)] == [TOPIC]
    assert [row["on"] for row in queries.switches()] == [topic == TOPIC for topic in TOPICS]
    assert kinds() == ["assessment.recorded"]


def test_a_topic_outside_the_list_is_a_mistake_not_a_switch(loaded) -> None:
    with pytest.raises(ValueError, match="faces_of_people"):
        queries.assessed("faces_of_people")


def test_it_begins_and_ends_with_the_day_of_the_district(loaded) -> None:
    """Midnight in Zhengzhou is 16:00 in UTC."""
    assess(TOPIC, valid_from=date(2024, 1, 1), valid_to=date(2024, 1, 3))
    for at, on in (
        (datetime(2023, 12, 31, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2023, 12, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2024, 1, 2, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2024, 1, 2, 16, 0, tzinfo=UTC), False),
    ):
        loaded.advance_to(at)
        assert (queries.assessed(TOPIC) is not None) is on, at


def test_of_two_the_one_that_holds_longest_counts_and_a_gap_is_a_gap(loaded) -> None:
    today = queries.today()
    assess(TOPIC, code="A", valid_to=today + timedelta(days=2))
    assess(TOPIC, code="B", valid_from=today + timedelta(days=3), valid_to=today + timedelta(days=5))
    assess(TOPIC, code="C", valid_to=today + timedelta(days=1))
    codes = []
    for _ in range(6):
        found = queries.assessed(TOPIC)
        codes.append(found.code if found else None)
        loaded.advance(seconds=86_400)
    assert codes == ["A", "A", None, "B", "B", None]


def test_revoked_it_is_off_at_once_and_what_was_is_answered_as_it_was(loaded) -> None:
    row = assess(TOPIC)
    loaded.advance(seconds=60)
    revoked = revoke(row)
    assert queries.assessed(TOPIC) is None
    assert queries.assessed(TOPIC, revoked.revoked_at - timedelta(seconds=1)) is not None
    revoke(row)
    assert kinds() == ["assessment.recorded", "assessment.revoked"]
    with pytest.raises(Conflict):
        queries.require_assessed(TOPIC)
    with pytest.raises(Conflict):
        assess(TOPIC, title="same code, another paper")
    assess(TOPIC)  # the same record again: it stays revoked
    assert queries.assessed(TOPIC) is None


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"topic": "faces"}, "topic"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"sha256": sha256(DOCUMENT).hexdigest().upper()}, "sha256"),
        ({"sha256": ""}, "sha256"),
        ({"signed_by": ""}, "signed_by"),
        ({"code": "x" * 41}, "code"),
        ({"title": "a\x00b"}, "title"),
        ({"valid_from": date(2024, 2, 1), "valid_to": date(2024, 2, 1)}, "valid_to"),
        ({"valid_from": date(2023, 1, 1), "valid_to": date(2023, 12, 31)}, "valid_to"),
    ],
)
def test_what_cannot_be_is_refused(loaded, spoilt: dict, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        assess(spoilt.pop("topic", TOPIC), **spoilt)
    assert refused.value.field == field
    assert not Assessment.objects.exists() and not kinds()


def test_only_who_keeps_the_whole_district_may(loaded) -> None:
    assess(TOPIC)
    part = Actor(ref="p-1", grants=(("/tst/g2-0/", frozenset({"assessment.record"})),))
    other = Actor(ref="p-2", grants=(("/tst/", frozenset({"registry.edit", "case.*"})),))
    for actor in (part, other, Actor(ref="anonymous")):
        with pytest.raises(NotAllowed):
            actions.record_assessment(actor=actor, **record("drone_media"))
        with pytest.raises(NotAllowed):
            actions.revoke_assessment(actor=actor, code=f"PIA-{TOPIC}", reason="withdrawn")
    with pytest.raises(NotFound):
        actions.revoke_assessment(actor=system("test"), code="none", reason="withdrawn")
    with pytest.raises(Invalid):
        actions.revoke_assessment(actor=system("test"), code=f"PIA-{TOPIC}", reason="because")


def test_the_database_keeps_the_record_as_it_was_signed(loaded) -> None:
    row = assess(TOPIC)
    for statement in (
        "UPDATE district_assessment SET sha256 = 'f'",
        "UPDATE district_assessment SET topic = 'drone_media'",
        "UPDATE district_assessment SET valid_to = '2099-01-01'",
        "UPDATE district_assessment SET signed_by = 'DUTY'",
        "DELETE FROM district_assessment",
    ):
        with pytest.raises(DatabaseError, match="as it was signed"):
            sql(statement)
    with pytest.raises(IntegrityError):
        sql("UPDATE district_assessment SET revoked_at = '2024-01-01 00:00:00+00:00'")
    revoke(row)
    with pytest.raises(DatabaseError, match="as it was signed"):
        sql("UPDATE district_assessment SET revoked_at = NULL, revoked_reason = ''")


# A folder's own assessments.


def listed(**other: object) -> dict:
    row = record(TOPIC, code="PIA-1", file="papers/pia-1.pdf") | other
    return {"assessments": [{name: v.isoformat() if isinstance(v, date) else v for name, v in row.items()}]}


def test_a_folder_may_bring_them_and_loading_twice_changes_nothing(loaded, tmp_path: Path) -> None:
    folder = tmp_path / "district"
    small.write(folder, {"assessments.yaml": listed(), "papers/pia-1.pdf": DOCUMENT})
    assert small.load(folder).changed
    assert queries.assessed(TOPIC) is not None
    entries = JournalEntry.objects.count()
    assert not small.load(folder).changed
    assert JournalEntry.objects.count() == entries


def test_what_a_folder_lists_no_more_is_revoked_and_what_others_recorded_stays(
    loaded, tmp_path: Path
) -> None:
    folder = tmp_path / "district"
    small.write(folder, {"assessments.yaml": listed(), "papers/pia-1.pdf": DOCUMENT})
    small.load(folder)
    assess("drone_media")
    small.write(folder, {"assessments.yaml": None})
    small.load(folder)
    assert queries.assessed(TOPIC) is None and queries.assessed("drone_media") is not None
    assert Assessment.objects.get(code="PIA-1").revoked_reason == "not_listed"
    small.write(folder, {"assessments.yaml": listed()})
    small.load(folder)
    assert queries.assessed(TOPIC) is None, "a revoked record was revived by loading it again"


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"sha256": sha256(b"another paper").hexdigest()}, "sha256"),
        ({"file": "papers/gone.pdf"}, "file"),
        ({"file": "../../etc/hostname"}, "file"),
        ({"sha256": "zz"}, "assessments.0.sha256"),
        ({"topic": "faces"}, "assessments.0.topic"),
        ({"valid_to": "2023-01-01"}, "assessments.0.valid_to"),
        ({"name": "somebody"}, "assessments.0.name"),
    ],
)
def test_a_forged_or_broken_record_refuses_the_folder(
    loaded, tmp_path: Path, spoilt: dict, field: str
) -> None:
    folder = tmp_path / "district"
    small.write(folder, {"assessments.yaml": listed(**spoilt), "papers/pia-1.pdf": DOCUMENT})
    with pytest.raises(PackRefused) as refused:
        small.load(folder)
    assert {(p.file, p.field) for p in refused.value.problems} == {("assessments.yaml", field)}
    assert not Assessment.objects.exists()


def test_one_code_cannot_come_to_mean_another_paper(loaded, tmp_path: Path) -> None:
    folder = tmp_path / "district"
    small.write(folder, {"assessments.yaml": listed(), "papers/pia-1.pdf": DOCUMENT})
    small.load(folder)
    small.write(folder, {"assessments.yaml": listed(valid_to="2099-01-01")})
    with pytest.raises(Conflict) as refused:
        small.load(folder)
    assert refused.value.code == "assessment_differs"


def test_the_sample_district_switches_nothing_on() -> None:
    sample = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"
    assert not (sample / "assessments.yaml").exists()
