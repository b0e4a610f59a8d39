"""Until now everybody bore the language of the house unasked."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Empties what nobody could have chosen."""

    dependencies: ClassVar = [("data", "0017_language_is_chosen")]
    operations: ClassVar = [migrations.RunSQL("UPDATE person SET language = ''", migrations.RunSQL.noop)]
