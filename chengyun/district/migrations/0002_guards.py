"""Triggers: the record of an impact assessment stays as it was signed. Revoking it, once, is all that can be done to it."""

from django.db import migrations

WHY = "the record of an impact assessment stays as it was signed"
SIGNED = "code, topic, title, document, sha256, signed_by, valid_from, valid_to"

SQLITE = [
    f"CREATE TRIGGER district_assessment_stays BEFORE UPDATE OF id, {SIGNED} ON district_assessment "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    "CREATE TRIGGER district_assessment_revoked_once BEFORE UPDATE ON district_assessment "
    f"WHEN old.revoked_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    f"CREATE TRIGGER district_assessment_no_delete BEFORE DELETE ON district_assessment "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
    # REPLACE takes a row away without asking the triggers above.
    "CREATE TRIGGER district_assessment_no_replace BEFORE INSERT ON district_assessment "
    "WHEN EXISTS (SELECT 1 FROM district_assessment WHERE id = new.id OR code = new.code) "
    f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END",
]

POSTGRESQL = [
    "CREATE FUNCTION district_assessment_stays() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{WHY}'; END $$",
    f"CREATE TRIGGER district_assessment_stays BEFORE UPDATE OF id, {SIGNED} ON district_assessment "
    "FOR EACH ROW EXECUTE FUNCTION district_assessment_stays()",
    "CREATE TRIGGER district_assessment_revoked_once BEFORE UPDATE ON district_assessment "
    "FOR EACH ROW WHEN (old.revoked_at IS NOT NULL) EXECUTE FUNCTION district_assessment_stays()",
    "CREATE TRIGGER district_assessment_no_delete BEFORE DELETE ON district_assessment "
    "FOR EACH ROW EXECUTE FUNCTION district_assessment_stays()",
    "CREATE TRIGGER district_assessment_no_truncate BEFORE TRUNCATE ON district_assessment "
    "FOR EACH STATEMENT EXECUTE FUNCTION district_assessment_stays()",
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("district", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
