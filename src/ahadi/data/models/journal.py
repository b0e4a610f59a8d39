"""The ledger: double-entry postings under every act that moves money."""

from django.db import models
from django.db.models import Q

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.kinds import Fact
from ahadi.data.models.organisation import Organisation

LEDGERS = (
    "debtor_receivable",
    "placed",
    "bank",
    "suspense",
    "creditor_trust",
    "commission",
    "tax",
    "write_off",
    "cash_in_hand",
    "cheques_in_hand",
)


class Journal(Fact):
    """One entry of the ledger of an organisation, creditor and currency: balanced and never empty.

    Its postings are inserted first and the journal after them, each checked by a statement trigger; the
    foreign key is deferred, so that a posting without a journal cannot be committed.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    creditor = models.ForeignKey(
        Creditor, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", db_constraint=False)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    value_date = models.DateField()
    booked_at = models.DateTimeField()
    act = models.ForeignKey(Act, models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        db_table = "journal"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["placement", "receipt", "allocation", "reversal", "withdrawal"]),
                name="journal_kind",
            )
        ]


class Posting(Fact):
    """One line of a journal: positive is debit, negative is credit."""

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="+")
    ledger = models.CharField(max_length=20)
    component = models.CharField(max_length=10, null=True)
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "posting"
        constraints = [
            models.CheckConstraint(condition=Q(ledger__in=LEDGERS), name="posting_ledger"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="posting_not_zero"),
        ]
