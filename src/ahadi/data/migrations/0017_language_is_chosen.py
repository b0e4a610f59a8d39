"""A language stands with a person once they chose it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing is chosen at first; the column itself stays as it is."""

    dependencies: ClassVar = [("data", "0016_plan_of_work_and_cover")]
    operations: ClassVar = [
        migrations.AlterField("person", "language", models.CharField(blank=True, default="", max_length=8)),
    ]
