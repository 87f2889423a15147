"""What memory keeps of the registries is what the database says: after a rollback, another process's change, elsewhere."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from chengyun.kernel import registry
from chengyun.kernel.transaction import WriteOutsideAction, attempt, write
from chengyun.people.models import Department

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def department():
    registry.forget()
    with write():
        return Department.objects.create(code="hb", name_zh="环保", name_en="Environment")


def names() -> list[str]:
    return registry.cached(
        ("people",), "test", lambda: sorted(Department.objects.values_list("name_en", flat=True))
    )


def rename(to: str) -> None:
    Department.objects.filter(code="hb").update(name_en=to)


def test_read_once_for_as_long_as_nothing_changes(django_assert_num_queries):
    assert names() == ["Environment"]
    with django_assert_num_queries(1):  # the token
        assert names() == ["Environment"]
    with write():
        names()
        with django_assert_num_queries(0):
            names()


def test_a_lookup_of_several_things_asks_at_most_once_and_the_next_one_again(django_assert_num_queries):
    names()
    with django_assert_num_queries(0), registry.steady():
        pass
    with django_assert_num_queries(1), registry.steady():
        names()
        with registry.steady():
            names()
        names()
    with write():
        rename("Green")
    with registry.steady():
        assert names() == ["Green"]


@pytest.mark.parametrize("how", ["update", "save", "bulk_create", "delete", "row"])
def test_every_way_of_changing_a_row_is_seen(how, department):
    assert names() == ["Environment"]
    with write():
        if how == "update":
            rename("Green")
        elif how == "save":
            department.name_en = "Green"
            department.save()
        elif how == "bulk_create":
            Department.objects.bulk_create([Department(code="a", name_zh="甲", name_en="A")])
        elif how == "delete":
            Department.objects.filter(code="hb").delete()
        else:
            department.delete()
        within = names()
    assert (
        within == names() == sorted(Department.objects.values_list("name_en", flat=True)) != ["Environment"]
    )


def test_a_change_that_is_rolled_back_leaves_nothing_behind():
    assert names() == ["Environment"]
    with pytest.raises(RuntimeError), write():
        rename("Green")
        assert names() == ["Green"]
        raise RuntimeError
    assert names() == ["Environment"]
    with write():
        rename("Blue")
        assert names() == ["Blue"]
    assert names() == ["Blue"]


@pytest.mark.parametrize("savepoint", [attempt, transaction.atomic])
def test_a_savepoint_that_is_undone_leaves_nothing_behind(savepoint):
    with write():
        rename("Green")
        with pytest.raises(RuntimeError), savepoint():
            rename("Blue")
            assert names() == ["Blue"]
            raise RuntimeError
        assert names() == ["Green"]
        with pytest.raises(RuntimeError), savepoint():
            rename("Red")
            raise RuntimeError
        rename("White")
        assert names() == ["White"]
    assert names() == ["White"]


def test_a_change_behind_the_back_of_this_process_is_seen_with_its_token():
    assert names() == ["Environment"]
    with connection.cursor() as cursor:  # as another process leaves it
        cursor.execute("UPDATE people_department SET name_en = 'Green'")
        cursor.execute("UPDATE kernel_registryversion SET token = 'another' WHERE name = 'people'")
    assert names() == ["Green"]


def test_without_a_token_nothing_is_kept():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_registryversion")
        assert names() == ["Environment"]
        cursor.execute("UPDATE people_department SET name_en = 'Green'")
    assert names() == ["Green"]


def test_two_databases_share_nothing(monkeypatch):
    assert names() == ["Environment"]
    monkeypatch.setitem(connection.settings_dict, "NAME", "another")
    assert registry.cached(("people",), "test", lambda: ["of another"]) == ["of another"]
    monkeypatch.undo()
    assert names() == ["Environment"]


def test_a_copy_may_be_changed(department):
    mine = registry.copy_of(department)
    mine.name_en = "Mine"
    assert department.name_en == "Environment" and mine == department and not mine._state.adding


def test_only_inside_a_write():
    with pytest.raises(WriteOutsideAction):
        registry.changed("people")
