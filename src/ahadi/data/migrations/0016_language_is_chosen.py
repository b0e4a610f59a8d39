"""A language stands with a person once they chose it; until now everybody bore the one of the house unasked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Empties what nobody could have chosen; the column itself stays as it is."""

    dependencies = [("data", "0011_nobody_agrees_with_themselves")]

    operations = [
        migrations.AlterField("person", "language", models.CharField(blank=True, default="", max_length=8)),
        migrations.RunSQL("UPDATE person SET language = ''", migrations.RunSQL.noop),
    ]
