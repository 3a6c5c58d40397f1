"""Let the database itself refuse to change or delete entries of the action log."""

from django.db import migrations

SQLITE = [
    f"""
    CREATE TRIGGER core_logentry_no_{verb} BEFORE {verb.upper()} ON core_logentry
    WHEN NOT EXISTS (SELECT 1 FROM core_logguard WHERE open = 1)
    BEGIN SELECT RAISE(ABORT, 'the action log is append-only'); END
    """
    for verb in ("update", "delete")
]
POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION core_logentry_refuse() RETURNS trigger AS $body$
    BEGIN
        IF NOT EXISTS (SELECT 1 FROM core_logguard WHERE open) THEN
            RAISE EXCEPTION 'the action log is append-only';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $body$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER core_logentry_append_only BEFORE UPDATE OR DELETE ON core_logentry
    FOR EACH ROW EXECUTE PROCEDURE core_logentry_refuse()
    """,
]


def guard(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def release(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER core_logentry_no_update")
        schema_editor.execute("DROP TRIGGER core_logentry_no_delete")
    else:
        schema_editor.execute("DROP TRIGGER core_logentry_append_only ON core_logentry")
        schema_editor.execute("DROP FUNCTION core_logentry_refuse()")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundation")]

    operations = [migrations.RunPython(guard, release)]
