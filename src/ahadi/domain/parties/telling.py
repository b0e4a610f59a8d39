"""What people tell of a debtor's numbers, addresses and papers: whether it can be so, and how it is kept."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl
from django.utils.dateparse import parse_date

from ahadi.data import frames, locating
from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.party import DETAILS, ContactPoint, PartyDetail, PointTold
from ahadi.domain.audit.ports import Act
from ahadi.domain.parties import queries
from ahadi.domain.parties.steps import search_key

TELLINGS: Final = ("tell_detail", "disown_point", "take_down", "relate_party", "end_relation")
"""Acts by which something is told of somebody, and which may be taken back alone."""
KINDS: Final = ("phone", "email", "address", *DETAILS)
_LENGTH_MAX = 300
_ADDRESS_MIN, _PAPER_MIN, _PAPER_MAX = 5, 4, 40
_YOUNGEST, _OLDEST = timedelta(days=10 * 365), timedelta(days=120 * 366)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class UnableToTellDetail(Exception):
    """What was told cannot be taken down: the text says what of it is wrong, and how it is written."""

    is_refusal = True


@dataclass(frozen=True)
class Told:
    """A number, an address or a paper as somebody told of it; `replaces` is the point that it takes the place of."""

    kind: str
    text: str
    source: str
    replaces: int | None = None


def normal_of(told: Told, *, country: str | None, today: date) -> str:
    """The normal form of what was told: E.164, small letters, an ISO day. Raises UnableToTellDetail."""
    text = " ".join(told.text.split())
    if told.kind not in KINDS:
        raise UnableToTellDetail(f"{told.kind!r} is nothing that can be told; choose one of {', '.join(KINDS)}")
    if told.source not in locating.terms().sources:
        raise UnableToTellDetail("nobody of that name can have told it; choose who did from the list")
    if not text or len(text) > _LENGTH_MAX:
        raise UnableToTellDetail(f"write what was told, in at most {_LENGTH_MAX} characters")
    return _READERS[told.kind](text, country, today)


def _phone(text: str, country: str | None, today: date) -> str:
    # Letters stand for digits on some telephones; whoever tells of a number tells digits.
    is_spelt = any(sign.isalpha() for sign in text)
    found: str | None = None if is_spelt else queries.normal_phones(pl.Series([text]), country)[0]
    if found is None:
        raise UnableToTellDetail(
            f"{text!r} is no telephone number that can be called; write it with its country code, as +254712345678"
        )
    return found


def _email(text: str, country: str | None, today: date) -> str:
    if not _EMAIL.fullmatch(text):
        raise UnableToTellDetail(f"{text!r} is no e-mail address; write it as name@example.org")
    return text.lower()


def _address(text: str, country: str | None, today: date) -> str:
    if len(text) < _ADDRESS_MIN:
        raise UnableToTellDetail(f"{text!r} is too short for an address; write street or place, and town")
    return text


def _paper(text: str, country: str | None, today: date) -> str:
    bare = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    if not _PAPER_MIN <= len(bare) <= _PAPER_MAX:
        raise UnableToTellDetail(
            f"a number of a paper has {_PAPER_MIN} to {_PAPER_MAX} letters and digits; copy it again"
        )
    return bare


def _born(text: str, country: str | None, today: date) -> str:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not today - _OLDEST < day <= today - _YOUNGEST:
        raise UnableToTellDetail(f"{text!r} is no day on which a debtor can have been born; write it as 1988-04-30")
    return day.isoformat()


_READERS: Final = {"phone": _phone, "email": _email, "address": _address, "identity": _paper, "birth_date": _born}


def keep_point(act: Act, *, party_id: int, told: Told, normal: str) -> int:
    """Keeps a number or address of a party, or that it was told of again; returns it.

    One that stands with another party of the same person is told of there.
    """
    known = queries.same_point(party_id, told.kind, normal)
    if known is None:
        known = _point(act, party_id, told, normal)
    PointTold(
        contact_point_id=known, replaces_id=told.replaces, source=told.source, booked_at=act.at, act_id=act.id
    ).save(force_insert=True)
    return known


def _point(act: Act, party_id: int, told: Told, normal: str) -> int:
    text = " ".join(told.text.split())
    found = ContactPoint.objects.filter(party_id=party_id, kind=told.kind, raw=text).first()
    if found is None:
        normal_ = None if told.kind == "address" else normal
        found = ContactPoint(party_id=party_id, kind=told.kind, raw=text, normal=normal_, act_id=act.id)
        found.save(force_insert=True)
    elif ActWithdrawal.objects.filter(withdrawn_act_id=found.act_id).exists():
        # What was taken back and is told again is from now on this act's.
        found.act_id = act.id
        found.save(update_fields=["act_id"])
    return int(found.id)


def keep_detail(act: Act, *, party_id: int, told: Told, normal: str) -> None:
    """Keeps the number of a paper or a day of birth. Raises UnableToTellDetail where it is known already."""
    found = PartyDetail.objects.filter(party_id=party_id, kind=told.kind, normal=normal).first()
    if found is None:
        PartyDetail(
            party_id=party_id,
            kind=told.kind,
            value=" ".join(told.text.split()),
            normal=normal,
            source=told.source,
            act_id=act.id,
        ).save(force_insert=True)
    elif ActWithdrawal.objects.filter(withdrawn_act_id=found.act_id).exists():
        found.act_id, found.source = act.id, told.source
        found.save(update_fields=["act_id", "source"])
    else:
        raise UnableToTellDetail("that is known of this person already; there is nothing to add")


def add_party(act: Act, *, name: str) -> int:
    """Makes a party that owes nothing, with its name."""
    party = int(frames.reserve("party", 1)[0])
    told = pl.DataFrame({"party_id": [party], "name": [name]})
    frames.append("party", pl.DataFrame({"id": [party], "organisation_id": [act.organisation_id], "act_id": [act.id]}))
    frames.append("party_state", pl.DataFrame({"party_id": [party], "stands_for_id": [party]}))
    named = told.with_columns(search_key=search_key(pl.col("name")), seen=pl.lit(1), act_id=pl.lit(act.id))
    frames.append("party_name", named)
    return party


SOURCES: Final = tuple(locating.terms().sources)
"""Who may have told something, by code."""


def bases() -> tuple[str, ...]:
    """On what bases somebody else may be contacted, by code."""
    return tuple(locating.terms().bases)
