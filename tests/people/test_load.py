"""The people of a district come from its folder: all or nothing, and twice is once."""

import pytest
from django.contrib.auth import get_user_model

from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import PackRefused
from chengyun.people import actions, queries
from chengyun.people.models import AreaLeader, DutyPattern, Post, RoleGrant, Staff
from tests.people import small


def test_everything_is_there(loaded):
    assert Staff.objects.count() == 20
    assert Post.objects.count() == 10
    assert queries.post("DUTY").reports_to.code == "LEAD"
    assert queries.post("CMD").standing.pack_ref == "n-25"
    assert [row.area.code for row in queries.post("GS-0").further_areas.all()] == ["m-001"]
    assert AreaLeader.objects.count() == 2 and DutyPattern.objects.count() == 2
    assert RoleGrant.objects.count() == 4


def test_duty_officer_has_a_standing_holder_even_before_the_first_shift(loaded):
    assert queries.post("DUTY").standing.pack_ref == "n-10"


def test_loading_twice_changes_nothing(loaded, folder):
    entries = JournalEntry.objects.count()
    rows = list(Staff.objects.values_list()) + list(Post.objects.values_list())
    again = small.load(folder)
    assert not again.anything
    assert JournalEntry.objects.count() == entries
    assert rows == list(Staff.objects.values_list()) + list(Post.objects.values_list())


def test_a_change_in_the_folder_is_taken_over_and_recorded(loaded, tmp_path):
    people = small.files()
    people["staff.csv"][1] = "n-10,另一名字,sw,00000000099"
    again = small.load(small.write_folder(tmp_path, people))
    assert again.changed == {"staff": 1}
    assert Staff.objects.get(pack_ref="n-10").name == "另一名字"
    assert JournalEntry.objects.filter(kind="people.loaded").count() == 2


def test_nobody_can_log_in_until_somebody_sets_a_password(loaded):
    users = get_user_model().objects.all()
    assert len(users) == 21
    assert not any(user.has_usable_password() for user in users)


def test_the_journal_holds_no_name_and_no_phone(loaded):
    text = "".join(JournalEntry.objects.values_list("payload_text", flat=True))
    assert "示例" not in text and "0000000000" not in text


def broken(edit):
    people = small.files()
    edit(people)
    return people


def duty(people, **more):
    people["duty.yaml"]["patterns"][0].update(more)


BREAKS = {
    "unknown department": (lambda f: f["staff.csv"].append("n-90,某,xx,1"), "staff.csv", "department"),
    "same person twice": (lambda f: f["staff.csv"].append("n-10,某,sw,1"), "staff.csv", "ref_hint"),
    "unknown kind": (lambda f: f["posts.csv"].append("X,king,王,King,tst,,,,"), "posts.csv", "kind"),
    "unknown area": (lambda f: f["posts.csv"].append("X,fixed,岗,Post,nowhere,,,,"), "posts.csv", "area"),
    "unknown superior": (
        lambda f: f["posts.csv"].append("X,fixed,岗,Post,tst,,,,NOBODY"),
        "posts.csv",
        "reports_to",
    ),
    "circle": (
        lambda f: f["posts.csv"].extend(["X,fixed,岗,X,tst,,,,Y", "Y,fixed,岗,Y,tst,,,,X"]),
        "posts.csv",
        "reports_to",
    ),
    "no duty officer": (
        lambda f: f["posts.csv"].__setitem__(1, "DUTY,fixed,值班员,Duty,tst,,,,LEAD"),
        "posts.csv",
        "kind",
    ),
    "two leaders A": (lambda f: f["leaders.csv"].append("g2-0,GS-0,A"), "leaders.csv", "area"),
    "gap between shifts": (
        lambda f: f["duty.yaml"]["patterns"][0]["shifts"][0].update({"to": "19:00"}),
        "duty.yaml",
        "shifts",
    ),
    "one man for ever": (lambda f: duty(f, teams=[{"DUTY": "n-10", "DISP": "n-12"}]), "duty.yaml", "teams"),
    "nobody to sign": (lambda f: duty(f, teams=[{"DISP": "n-12"}, {"DUTY": "n-10"}]), "duty.yaml", "teams.0"),
    "unknown person": (
        lambda f: duty(f, teams=[{"DUTY": "n-99"}, {"DUTY": "n-10"}]),
        "duty.yaml",
        "teams.0.DUTY",
    ),
    "bad time": (
        lambda f: f["duty.yaml"]["patterns"][1]["shifts"][0].update({"to": "25:00"}),
        "duty.yaml",
        "shifts",
    ),
    "post in two patterns": (
        lambda f: f["duty.yaml"]["patterns"][1]["teams"][0].update({"DUTY": "n-10"}),
        "duty.yaml",
        "teams",
    ),
    "unknown role": (
        lambda f: f["roles.yaml"]["accounts"][0].update({"grants": [{"role": "king", "area": "tst"}]}),
        "roles.yaml",
        "grants.role",
    ),
    "unknown column": (
        lambda f: f["staff.csv"].__setitem__(0, "ref_hint,name,department,phone,face"),
        "staff.csv",
        "face",
    ),
}


@pytest.mark.parametrize("edit, file, field", BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_file_is_refused_with_file_feature_and_field(db, at, tmp_path, edit, file, field):
    with pytest.raises(PackRefused) as refused:
        small.load(small.write_folder(tmp_path, broken(edit)))
    assert any(row.file == file and row.field == field for row in refused.value.problems), refused.value
    assert Staff.objects.count() == 0


def test_somebody_erased_stays_erased_when_the_folder_is_loaded_again(loaded, folder):
    person = Staff.objects.get(pack_ref="n-28")
    actions.erase_person(small.TEST, person.ref)
    assert not small.load(folder).anything
    person.refresh_from_db()
    assert (person.name, person.state, person.user) == ("", "erased", None)
