"""The journal: append-only, one unbroken chain, handlers in the same transaction, no personal text."""

import pytest
from django.db import DatabaseError, connection, transaction

from chengyun.kernel import journal, sealer
from chengyun.kernel.actor import system
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, JournalSeal
from chengyun.kernel.transaction import WriteOutsideAction, attempt, write

pytestmark = pytest.mark.django_db
WORKER = system("test")

journal.declare("test.thing", T("测试", "Test"), keys={"n": int, "note": (str, None), "list": list})


@pytest.fixture(autouse=True)
def clean_handlers(monkeypatch, at):
    monkeypatch.setitem(journal._handlers, "test.thing", [])


def record(n: int, **kwargs):
    return journal.record("test.thing", subject="thing:1", actor=WORKER, payload={"n": n}, **kwargs)


def test_an_entry_outside_a_write_is_refused():
    with pytest.raises(WriteOutsideAction):
        record(1)


@pytest.mark.parametrize("statement", [
    "UPDATE kernel_journalentry SET kind = 'x'",
    "DELETE FROM kernel_journalentry",
    "UPDATE kernel_journalseal SET chain_hash = 'x'",
    "DELETE FROM kernel_journalseal",
])  # fmt: skip
def test_the_database_refuses_to_change_what_was_recorded(statement):
    with write():
        record(1)
    sealer.seal_pending()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert sealer.check().ok


def test_seals_are_dense_and_follow_from_each_other():
    with write():
        for n in range(5):
            record(n)
    assert sealer.seal_pending(limit=3) == 3
    assert sealer.seal_pending() == 2
    assert sealer.seal_pending() == 0
    assert list(JournalSeal.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    assert sealer.check().ok


@pytest.mark.parametrize(
    ("column", "value"), [("payload_text", '{"n":2}'), ("actor", "p-other"), ("at", None)]
)
def test_an_altered_entry_is_found(column, value):
    with write():
        record(1)
    sealer.seal_pending()
    trigger = "kernel_journalentry_no_update"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {trigger}")
        else:
            cursor.execute("ALTER TABLE kernel_journalentry DISABLE TRIGGER ALL")
        value = value or connection.ops.adapt_datetimefield_value(
            JournalEntry.objects.get().at.replace(year=2024)
        )
        cursor.execute(f"UPDATE kernel_journalentry SET {column} = %s", [value])
    report = sealer.check()
    assert not report.ok and "altered" in report.fault


def test_handlers_run_before_the_commit_and_take_the_action_down_with_them():
    journal._handlers["test.thing"].append(lambda entry: (_ for _ in ()).throw(RuntimeError("no")))
    with pytest.raises(RuntimeError), write():
        record(1)
    assert not JournalEntry.objects.exists()


def test_a_handler_sees_its_cause_and_an_undone_attempt_reaches_no_handler():
    seen = []
    journal._handlers["test.thing"].append(lambda entry: seen.append(entry.payload["n"]))
    with write():
        first = record(1)
        record(2, cause=first.id)
        with pytest.raises(ValueError), attempt():
            record(3)
            raise ValueError
    assert seen == [1, 2]
    last = JournalEntry.objects.order_by("id").last()
    assert [entry.payload["n"] for entry in journal.chain_to(last.id)] == [2, 1]


@pytest.mark.parametrize(
    "payload", [{"x": 1}, {"n": "1"}, {"note": "长" * 201}, {"list": [{"deep": "a" * 300}]}]
)
def test_undeclared_or_personal_payloads_are_refused(payload):
    with pytest.raises(ValueError), write():
        journal.record("test.thing", subject="thing:1", actor=WORKER, payload=payload)


def test_an_undeclared_kind_is_refused():
    with pytest.raises(ValueError, match="not declared"), write():
        journal.record("test.unheard", subject="thing:1", actor=WORKER)
