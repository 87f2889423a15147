"""Triggers: that a limit ran out, and when, is a fact. Once noted it can be neither changed nor deleted."""

from django.db import migrations

WHY = "that a limit ran out is a fact and stays"

SQLITE = [
    "CREATE TRIGGER cases_clock_breach_stays BEFORE UPDATE OF breached_at ON cases_clock "
    "WHEN old.breached_at IS NOT NULL AND new.breached_at IS NOT old.breached_at "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    "CREATE TRIGGER cases_clock_breach_no_delete BEFORE DELETE ON cases_clock WHEN old.breached_at IS NOT NULL "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
]

POSTGRESQL = [
    "CREATE FUNCTION cases_breach_stays() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{WHY}'; END $$",
    "CREATE TRIGGER cases_clock_breach_stays BEFORE UPDATE OF breached_at ON cases_clock FOR EACH ROW "
    "WHEN (old.breached_at IS NOT NULL AND new.breached_at IS DISTINCT FROM old.breached_at) "
    "EXECUTE FUNCTION cases_breach_stays()",
    "CREATE TRIGGER cases_clock_breach_no_delete BEFORE DELETE ON cases_clock FOR EACH ROW "
    "WHEN (old.breached_at IS NOT NULL) EXECUTE FUNCTION cases_breach_stays()",
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
