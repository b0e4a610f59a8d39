"""What all processes of the site share for a while: how often somebody tried, which code was used."""

from django.db import models

from ahadi.data.models.kinds import Passing


class Scratch(Passing):
    """A value that is forgotten at `expires_at`; `key` is a keyed digest, so that it names nobody."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "scratch"
