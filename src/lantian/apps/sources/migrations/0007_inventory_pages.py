"""What the pages of an inventory show beside its sums, prepared by its job."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sources", "0006_live_kinds"),
    ]

    operations = [
        migrations.CreateModel(
            name="Prepared",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("key", models.CharField(blank=True, max_length=40)),
                ("head", models.JSONField(default=dict)),
                ("body", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prepared",
                        to="sources.inventoryrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "Part of an inventory",
                "verbose_name_plural": "Parts of inventories",
                "ordering": ["run", "kind", "key"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "kind", "key"), name="prepared_once_for_its_run"
                    )
                ],
            },
        ),
    ]
