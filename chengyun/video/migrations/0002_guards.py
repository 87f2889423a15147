"""Triggers: who looked through a camera, when and why, can be neither changed nor deleted; nor what a binding said."""

from django.db import migrations

WHY = "who looked, and what was in force, is on record and stays"
TABLES = ("video_viewing", "video_bindingversion")

SQLITE = [
    f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
    for table in TABLES
    for what in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    f"CREATE FUNCTION video_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{WHY}'; END $$",
    *(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION video_stays()"
        for table in TABLES
    ),
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("video", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
