"""What was changed in the record of a camera, by whom and why; triggers keep it as it is."""

import django.db.models.deletion
from django.db import migrations, models

TABLE = "video_termschange"
WHY = "what was changed, by whom and why, is on record and stays"
SQLITE = [
    f"CREATE TRIGGER {TABLE}_no_{what.lower()} BEFORE {what} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
    for what in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    f"CREATE TRIGGER {TABLE}_stays BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION video_stays()"
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("district", "0003_base_map"),
        ("video", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="TermsChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=64, verbose_name="by")),
                ("post", models.CharField(blank=True, max_length=40, verbose_name="post")),
                ("changed", models.JSONField(verbose_name="what was changed")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="district.asset",
                        verbose_name="camera",
                    ),
                ),
            ],
            options={
                "verbose_name": "Change of a camera's record",
                "verbose_name_plural": "Changes of cameras' records",
            },
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
