"""Who may be calling, ready for the list at the desk; what they owe is not told before they are recognised."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.urls import reverse

from ahadi.web.frame import contact
from ahadi.web.frame.reference import written


@dataclass(frozen=True)
class CandidateRow:
    """Somebody who may be meant, by the account of theirs that is most urgent, and the number that fits."""

    name: str
    number: str
    creditor: str
    phone: str
    point: str
    is_wrong: bool
    receive_url: str
    look_url: str


def candidate_rows(accounts: pl.DataFrame, phones: pl.DataFrame, people: Sequence[int]) -> tuple[CandidateRow, ...]:
    """One row for each of the people, in their order."""
    first = accounts.unique("debtor_id", keep="first", maintain_order=True)
    known = first.join(phones.rename({"number": "phone"}), on="debtor_id", how="left")
    by_person = {row["debtor_id"]: row for row in known.iter_rows(named=True)}
    return tuple(_row(by_person[person]) for person in people)


def _row(row: dict[str, object]) -> CandidateRow:
    point, account = row["point_id"], row["account_id"]
    return CandidateRow(
        name=str(row["name"] or row["number"]),
        number=str(row["number"]),
        creditor=str(row["creditor"]),
        phone=contact.masked(str(row["phone"]), "phone") if row["phone"] else "",
        point=written("point", point) if isinstance(point, int) else "",
        is_wrong=bool(row["is_wrong"]),
        receive_url=reverse("desk-receive", args=[account]),
        look_url=reverse("desk-account", args=[account]),
    )
