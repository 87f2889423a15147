"""The policy file: read whole or refused whole, and loading it twice changes nothing."""

import shutil
from pathlib import Path

import pytest

from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack, PackRefused
from chengyun.posture import actions, pack, queries
from chengyun.posture.models import Policy
from tests.posture.conftest import RUYIHU, World


def read(folder: Path) -> pack.PolicyFile:
    found = Pack(folder)
    data = pack.read(found)
    found.check()
    assert data is not None
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("posture.yaml", "posts.csv"):
        shutil.copy(RUYIHU / name, tmp_path / name)
    return tmp_path


def test_loading_twice_changes_nothing(world: World) -> None:
    entries, version = JournalEntry.objects.count(), queries.version()
    actions.load_posture(actor=system("init"), data=read(RUYIHU))
    assert JournalEntry.objects.count() == entries
    assert queries.version() == version and Policy.objects.count() == 1


def test_a_changed_policy_binds_what_is_in_force(world: World, folder: Path) -> None:
    world.declare(mode="emergency", level=1)
    assert queries.effective(world.root).patrol["every_minutes"] == 15
    text = (folder / "posture.yaml").read_text("utf-8")
    (folder / "posture.yaml").write_text(text.replace("{every_minutes: 15}", "{every_minutes: 12}"), "utf-8")
    actions.load_posture(actor=system("init"), data=read(folder))
    assert queries.effective(world.root).patrol["every_minutes"] == 12


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("echelon: city,", "echelon: moon,", "moon"),
        ("MP-*: {manned: true, shift: normal}", "XP-*: {manned: true}", "XP-*"),
        ("posts: [CMD], echelon: city", "posts: [CMD-9], echelon: city", "CMD-9"),
        (
            "  - {mode: emergency, levels: [3], who: [commander], echelon: office, approval: 30}\n",
            "",
            "emergency 3",
        ),
        ("undecided: {1: 5, 2: 5,", "undecided: {2: 5,", "waits.undecided: 1"),
        ("levels: [4], who", "levels: [5], who", "authority"),
        ("factor: 0.67", "factor: 0.67, minutes: 3", "factor or minutes"),
        ("level: required", "level: none", "modes.emergency"),
        ("measures:\n", "mesures:\n", "mesures"),
        ("echelon: city, approval: 30}", "echelon: city}", "line 90 authority[7]: approval: Field required"),
        ("  repeats: 6\n", "  repeats: 6\n  repeats: 7\n", "waits: repeats: stands twice"),
    ],
)
def test_a_fault_names_file_and_place(folder: Path, old: str, new: str, says: str) -> None:
    text = (folder / "posture.yaml").read_text("utf-8")
    assert old in text
    (folder / "posture.yaml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(PackRefused) as refused:
        read(folder)
    assert "posture.yaml" in str(refused.value) and says in str(refused.value)


def test_thresholds_are_stored_as_they_were_written(folder: Path) -> None:
    path = folder / "posture.yaml"
    text = path.read_text("utf-8")
    anchor = "      patrol: {every_minutes: 240}"
    assert anchor in text
    rule = "      thresholds: {crowd: {1: 40000, 2: {set: 30000, clear: 28000}}}\n"
    path.write_text(text.replace(anchor, rule + anchor), "utf-8")
    body = read(folder).data.body()
    assert body["modes"]["holiday"]["policy"]["thresholds"] == {
        "crowd": {"1": 40000.0, "2": {"set": 30000.0, "clear": 28000.0}}
    }


def test_without_a_policy_nobody_may_declare(world: World) -> None:
    from chengyun.kernel.errors import NotAllowed
    from chengyun.kernel.transaction import write
    from chengyun.posture.actions import common

    with write():
        Policy.objects.all().delete()
        common.put_in_force()
    with pytest.raises(NotAllowed):
        world.declare(mode="holiday")
