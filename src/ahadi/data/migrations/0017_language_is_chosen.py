"""A language stands with a person once they chose it; until now everybody bore the one of the house unasked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Empties what nobody could have chosen; the column itself stays as it is."""

    dependencies = [("data", "0016_plan_of_work_and_cover")]

    operations = [
        migrations.AlterField("person", "language", models.CharField(blank=True, default="", max_length=8)),
        migrations.RunSQL("UPDATE person SET language = ''", migrations.RunSQL.noop),
    ]
