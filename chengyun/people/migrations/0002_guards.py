"""Triggers: a shift that runs ends by a hand-over that both sides have signed, and by nothing else; so does its record stay."""

from django.db import migrations

WHY = "a shift ends only by a hand-over signed by both sides"
KEPT = "a hand-over that took effect stays as it was signed"
SIGNED = (
    "EXISTS (SELECT 1 FROM people_handover h WHERE h.shift_out_id = new.id AND h.state = 'done' "
    "AND h.signed_out_by_id IS NOT NULL AND h.signed_in_by_id IS NOT NULL)"
)
# From running to anything but running or closed, to closed without the signatures, and back from closed.
UNSIGNED = (
    f"(new.state = 'closed' AND NOT {SIGNED}) OR (old.state <> 'planned' AND new.state = 'planned') "
    "OR (old.state = 'closed' AND new.state <> 'closed')"
)
RECORD = "shift_out_id, shift_in_id, state, record, digest, signed_out_by_id, signed_in_by_id, done_at"

SQLITE = [
    f"CREATE TRIGGER people_shift_signed BEFORE UPDATE OF id, state ON people_shift WHEN {UNSIGNED} "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    f"CREATE TRIGGER people_shift_begins_unsigned BEFORE INSERT ON people_shift "
    f"WHEN new.state = 'closed' AND NOT {SIGNED} BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    "CREATE TRIGGER people_shift_no_delete BEFORE DELETE ON people_shift WHEN old.state <> 'planned' "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    # REPLACE takes a row away without asking the trigger above.
    "CREATE TRIGGER people_shift_no_replace BEFORE INSERT ON people_shift "
    "WHEN EXISTS (SELECT 1 FROM people_shift s WHERE s.id = new.id AND s.state <> 'planned') "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    f"CREATE TRIGGER people_handover_stays BEFORE UPDATE OF id, {RECORD} ON people_handover "
    f"WHEN old.state = 'done' BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
    "CREATE TRIGGER people_handover_no_delete BEFORE DELETE ON people_handover WHEN old.state = 'done' "
    f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
]

POSTGRESQL = [
    "CREATE FUNCTION people_shift_signed() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF {UNSIGNED} THEN RAISE EXCEPTION '{WHY}'; END IF; RETURN new; END $$",
    "CREATE FUNCTION people_shift_begins_unsigned() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF new.state = 'closed' AND NOT {SIGNED} THEN RAISE EXCEPTION '{WHY}'; END IF; RETURN new; END $$",
    "CREATE FUNCTION people_shift_kept() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{WHY}'; END $$",
    "CREATE FUNCTION people_handover_kept() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{KEPT}'; END $$",
    "CREATE TRIGGER people_shift_signed BEFORE UPDATE OF id, state ON people_shift "
    "FOR EACH ROW EXECUTE FUNCTION people_shift_signed()",
    "CREATE TRIGGER people_shift_begins_unsigned BEFORE INSERT ON people_shift "
    "FOR EACH ROW EXECUTE FUNCTION people_shift_begins_unsigned()",
    "CREATE TRIGGER people_shift_no_delete BEFORE DELETE ON people_shift "
    "FOR EACH ROW WHEN (old.state <> 'planned') EXECUTE FUNCTION people_shift_kept()",
    f"CREATE TRIGGER people_handover_stays BEFORE UPDATE OF id, {RECORD} ON people_handover "
    "FOR EACH ROW WHEN (old.state = 'done') EXECUTE FUNCTION people_handover_kept()",
    "CREATE TRIGGER people_handover_no_delete BEFORE DELETE ON people_handover "
    "FOR EACH ROW WHEN (old.state = 'done') EXECUTE FUNCTION people_handover_kept()",
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
