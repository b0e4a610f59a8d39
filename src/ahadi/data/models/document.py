"""Documents, filed by account and so by debtor; what they are called is erasable."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.kinds import Fact, Record
from ahadi.data.models.organisation import Organisation

SCANS = ("clean", "infected", "unread")
COVERS = ("wrong_account", "wrong_file", "private", "by_mistake")


class Document(Fact):
    """A file about an account: what it is, by its content, and under which random name it is kept.

    `stored_as` is a name in the folder of documents, never told to anybody.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    media_type = models.CharField(max_length=100)
    size_bytes = models.IntegerField()
    digest = models.BinaryField(max_length=32)
    stored_as = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "document"
        constraints = [
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="document_size"),
            models.UniqueConstraint(fields=["account", "digest"], name="document_once"),
        ]


class DocumentName(Record):
    """What a document was called by whoever brought it; erasable."""

    personal: ClassVar[bool] = True

    document = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="+")
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "document_name"
        indexes = [GinIndex(SearchVector("name", config="simple"), name="document_name_words")]


class DocumentScan(Fact):
    """What the scanner said of a document; the newest holds. Only a clean one is given out."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="+", db_index=False)
    verdict = models.CharField(max_length=10)
    engine = models.CharField(max_length=40)
    finding = models.CharField(max_length=120, null=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "document_scan"
        constraints = [models.CheckConstraint(condition=Q(verdict__in=SCANS), name="document_scan_verdict")]
        indexes = [models.Index(fields=["document", "-id"], name="document_scan_newest")]


class DocumentOpening(Fact):
    """That somebody took a document away to read it."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "document_opening"


class DocumentCover(Fact):
    """That a document was covered, so that nobody opens or finds it, or uncovered again; the newest holds.

    `reason` says why it was covered; it is null where that was taken back.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="+", db_index=False)
    is_covered = models.BooleanField()
    reason = models.CharField(max_length=20, null=True)
    at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "document_cover"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_covered=True, reason__in=COVERS) | Q(is_covered=False, reason__isnull=True),
                name="document_cover_reason",
            )
        ]
        indexes = [models.Index(fields=["document", "-id"], name="document_cover_newest")]
