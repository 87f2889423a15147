"""Triggers: the journal and its seals take no update, delete or truncate, and every new entry waits for the sealer."""

from django.db import migrations

GUARDED = ("kernel_journalentry", "kernel_journalseal")

SQLITE = [
    *(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        for table in GUARDED
        for verb in ("update", "delete")
    ),
    # REPLACE takes a row away without asking the triggers above.
    *(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        for table, same in (
            ("kernel_journalentry", "id = new.id"),
            ("kernel_journalseal", "seq = new.seq OR entry_id = new.entry_id"),
        )
    ),
    "CREATE TRIGGER kernel_journalentry_unsealed AFTER INSERT ON kernel_journalentry "
    "BEGIN INSERT INTO kernel_unsealed (entry_id) VALUES (new.id); END",
]

POSTGRESQL = [
    "CREATE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
    "CREATE FUNCTION kernel_mark_unsealed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN INSERT INTO kernel_unsealed (entry_id) VALUES (new.id); RETURN NULL; END $$",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION kernel_append_only()"
        for table in GUARDED
    ),
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"
        for table in GUARDED
    ),
    "CREATE TRIGGER kernel_journalentry_unsealed AFTER INSERT ON kernel_journalentry "
    "FOR EACH ROW EXECUTE FUNCTION kernel_mark_unsealed()",
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
