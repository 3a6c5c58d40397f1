"""A simplified copy of each outline for the map."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_accounts")]

    operations = [
        migrations.AddField(
            model_name="regionboundary",
            name="simplified",
            field=models.JSONField(null=True, verbose_name="Geometry for display"),
        ),
    ]
