"""The sample district's people: real counts, and somebody behind every post on New Year's Eve."""

from pathlib import Path

import pytest

from chengyun.district import actions as district_actions
from chengyun.district import pack as district_pack
from chengyun.kernel.packs import Pack
from chengyun.people import actions, queries
from chengyun.people import pack as people_pack
from chengyun.people.models import Department, Post, Staff
from tests.people import small

FOLDER = Path(__file__).resolve().parents[2] / "districts" / "ruyihu"


@pytest.fixture
def sample(db, at):
    pack = Pack(FOLDER)
    district, people = district_pack.read(pack), people_pack.read(pack)
    pack.check()
    district_actions.load_district(actor=small.TEST, data=district)
    actions.load_people(small.TEST, people)
    small.start(ahead_days=2)
    return people


def test_the_sample_district_is_manned(sample):
    assert Staff.objects.count() == 383
    assert Department.objects.filter(kind="department").count() == 11
    assert Post.objects.filter(kind="fixed").count() == 40 and Post.objects.filter(kind="mobile").count() == 2
    assert queries.faults() == []
    assert not actions.load_people(small.TEST, sample).anything
    answers = queries.accountable_many(Post.objects.values_list("id", flat=True))
    assert all(answer.staff for answer in answers.values())
