"""What people are found by: the words of names and numbers, kept beside the tables that hold them."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from ahadi.data.models.kinds import Fact, Passing, State
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.party import Party


class SearchEntry(State):
    """The words by which a party is found: its names, how they sound, its numbers and addresses."""

    party = models.OneToOneField(Party, models.PROTECT, primary_key=True, related_name="+")
    words = SearchVectorField()

    class Meta:
        db_table = "search_entry"
        indexes = [GinIndex(fields=["words"], name="search_entry_words")]


class SearchDue(State):
    """A party of whom something changed, or all parties that an act wrote (`party_id` null).

    Until its words are read again (`is_done`), and until it is compared again with those who are like it
    (`is_compared`). Written by trigger; ids alone, so that nothing waits for a key.
    """

    act_id = models.BigIntegerField()
    party_id = models.BigIntegerField(null=True)
    is_done = models.BooleanField(db_default=False)
    is_compared = models.BooleanField(db_default=False)

    class Meta:
        db_table = "search_due"
        indexes = [
            models.Index(fields=["id"], condition=models.Q(is_done=False), name="search_due_open"),
            models.Index(fields=["id"], condition=models.Q(is_compared=False), name="search_due_to_compare"),
        ]


class SearchWord(Fact):
    """A word that stands in some name, once: what a word that is typed wrongly is compared with."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    word = models.CharField(max_length=300)

    class Meta:
        db_table = "search_word"
        constraints = [models.UniqueConstraint(fields=["organisation", "word"], name="search_word_once")]


class LikenessKey(Passing):
    """What few people share, as a digest: who bears the same one may be the same person.

    Made anew of names, numbers, papers and addresses whenever a party is compared; ids alone, so that writing many of
    them looks nothing up.
    """

    party_id = models.BigIntegerField()
    key = models.BigIntegerField()

    class Meta:
        db_table = "likeness_key"
        constraints = [models.UniqueConstraint(fields=["party_id", "key"], name="likeness_key_once")]
        indexes = [models.Index(fields=["key"], name="likeness_key_shared")]
