"""Who the parties are, and which proposals wait for a decision."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumberDesc,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

from ahadi.data import frames

SAME_PERSON = "same_person"
"""The kind of a proposal that two debtors are one person, at whichever creditors."""


def lives(party: str) -> str:
    """A condition: the party owes on an account that some living batch placed. `party` is an expression in SQL."""
    return (
        "EXISTS (SELECT 1 FROM account alive JOIN placement alive_by ON alive_by.account_id = alive.id"
        f" WHERE alive.party_id = {party} AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal gone WHERE gone.withdrawn_act_id = alive_by.act_id))"
    )


# A pair is a question of the two numbers, whichever batch brought it up; several names are one batch's writing.
_STANDS = f"((p.other_id IS NULL AND w.act_id IS NULL) OR ({lives('p.party_id')} AND {lives('p.other_id')}))"
_NAME = "(SELECT m.name FROM party_name m WHERE m.party_id = {party} ORDER BY m.seen DESC, m.id LIMIT 1)"
_PROPOSALS = f"""
    SELECT p.id, p.kind, c.name, n.number, o.number, {_NAME.format(party="p.party_id")},
           {_NAME.format(party="p.other_id")},
           (SELECT string_agg(m.name, ' · ' ORDER BY m.seen DESC, m.id)
            FROM party_name m WHERE m.party_id = p.party_id),
           p.certainty_pct, p.party_id, p.other_id
    FROM identity_proposal p
    JOIN party_number n ON n.party_id = p.party_id
    LEFT JOIN party_number o ON o.party_id = p.other_id AND o.creditor_id = n.creditor_id
    JOIN creditor c ON c.id = n.creditor_id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id
    WHERE {_STANDS}
      AND (%(organisation)s::bigint IS NULL OR p.organisation_id = %(organisation)s)
      AND (%(creditor)s::bigint IS NULL OR n.creditor_id = %(creditor)s)
      AND (%(kind)s::text IS NULL OR p.kind = %(kind)s)
      AND (p.other_id IS NULL OR o.number IS NOT NULL) AND p.kind <> '{SAME_PERSON}'
      AND NOT EXISTS (SELECT 1 FROM identity_decision d WHERE d.proposal_id = p.id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal g WHERE g.withdrawn_act_id = d.act_id))
    ORDER BY p.kind, c.name, n.number, o.number
"""


def open_proposals(
    *, organisation_id: int | None = None, creditor_id: int | None = None, kind: str | None = None
) -> pl.DataFrame:
    """The proposals nobody has decided: which numbers or names, how sure, and of which parties."""
    return frames.read(
        _PROPOSALS,
        {"organisation": organisation_id, "creditor": creditor_id, "kind": kind},
        {
            "proposal": pl.Int64,
            "kind": pl.String,
            "creditor": pl.String,
            "number": pl.String,
            "other_number": pl.String,
            "name": pl.String,
            "other_name": pl.String,
            "names": pl.String,
            "certainty_pct": pl.Int64,
            "party_id": pl.Int64,
            "other_id": pl.Int64,
        },
    )


def accepted_pairs(organisation_id: int | None) -> pl.DataFrame:
    """Accepted proposals that two numbers are one debtor, oldest first: organisation, party, the other."""
    return frames.read(
        "SELECT p.organisation_id, p.party_id, p.other_id FROM identity_proposal p"
        " JOIN LATERAL (SELECT is_accepted FROM identity_decision d WHERE d.proposal_id = p.id AND NOT EXISTS"
        "   (SELECT 1 FROM act_withdrawal g WHERE g.withdrawn_act_id = d.act_id)"
        "   ORDER BY d.id DESC LIMIT 1) d ON d.is_accepted"
        " LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id"
        " WHERE (%(organisation)s::bigint IS NULL OR p.organisation_id = %(organisation)s)"
        f" AND p.other_id IS NOT NULL AND {_STANDS} ORDER BY p.id",
        {"organisation": organisation_id},
        {"organisation_id": pl.Int64, "party_id": pl.Int64, "other_id": pl.Int64},
    )


def roots(pairs: pl.DataFrame) -> dict[int, int]:
    """For every party of `pairs` (party_id, other_id) the one that stands for its whole group."""
    above: dict[int, int] = {}

    def root(party: int) -> int:
        while above.get(party, party) != party:
            party = above[party]
        return party

    rows = pairs.select("party_id", "other_id").rows()
    for party, other in rows:
        above[root(other)] = root(party)
    return {party: root(party) for pair in rows for party in pair}


def standing_for_others() -> pl.DataFrame:
    """Parties for which another one stands: organisation, party, and which."""
    return frames.read(
        "SELECT p.organisation_id, s.party_id, s.stands_for_id FROM party_state s JOIN party p ON p.id = s.party_id"
        " WHERE s.stands_for_id <> s.party_id ORDER BY s.party_id",
        {},
        {"organisation_id": pl.Int64, "party_id": pl.Int64, "stands_for_id": pl.Int64},
    )


def misstated_parties() -> Iterator[str]:
    """Parties for which the state names another than the accepted proposals do."""
    derived = {party: root for party, root in roots(accepted_pairs(None)).items() if party != root}
    stored = dict(standing_for_others().select("party_id", "stands_for_id").rows())
    for party in sorted(set(derived) | set(stored)):
        if derived.get(party) != stored.get(party):
            yield f"party {party}: party {stored.get(party)} stands for it, accepted is {derived.get(party)}"


def standing_proposals(organisation_id: int, ids: list[int]) -> pl.Series:
    """Those of `ids` that are proposals of this organisation about numbers of parties that live."""
    return frames.read(
        "SELECT p.id FROM identity_proposal p LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id"
        " WHERE p.organisation_id = %(organisation)s AND p.id = ANY(%(ids)s)"
        f" AND p.kind <> '{SAME_PERSON}' AND {_STANDS} ORDER BY p.id",
        {"organisation": organisation_id, "ids": ids},
        {"id": pl.Int64},
    )["id"]


_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_PLAIN = r"^\+?[0-9](?:[ -]?[0-9]){5,16}$"


@dataclass(frozen=True)
class _Plan:
    """How numbers of a country are written: its code, the digit before national numbers, and their patterns."""

    code: str
    trunk: str
    abroad: str
    general: PhoneNumberDesc
    kinds: tuple[PhoneNumberDesc, ...]


def normal_phones(raw: pl.Series, country: str | None) -> pl.Series:
    """The E.164 form of each text, null where it is no valid number; `country` (ISO 3166) reads national ones.

    What a number may look like is libphonenumber's knowledge, which stands in patterns for each country. The plain
    ways of writing a number of the house's own country (`0712 345 678`, `+254712345678`, `254712345678`) are judged
    by those patterns over the whole column; every other text, and every country that shares its code or rewrites
    numbers, goes to libphonenumber one by one. Both ways give the same answer; only the time differs.
    """
    plan = _plan(country) if country else None
    if plan is None:
        return _one_by_one(raw, country)
    found = raw.to_frame("raw").select(raw="raw", found=_national(pl.col("raw"), plan))
    found = found.with_columns(pl.format(f"+{plan.code}{{}}", "found").alias("found"))
    rest = found.filter(pl.col("found").is_null())["raw"].drop_nulls().unique()
    if rest.is_empty():
        return found["found"]
    slowly = pl.DataFrame({"raw": rest, "slowly": _one_by_one(rest, country)})
    both = found.join(slowly, on="raw", how="left", maintain_order="left")
    return both.select(pl.coalesce("found", "slowly")).to_series()


def _national(raw: pl.Expr, plan: _Plan) -> pl.Expr:
    """The digits after the country's code of a number that is plain and surely valid, else null."""
    digits = raw.str.replace_all("[^0-9]", "")
    written_abroad = raw.str.starts_with("+")
    has_code = digits.str.starts_with(plan.code)
    after_code = pl.when(has_code).then(digits.str.slice(len(plan.code)))
    candidate = (
        pl.when(written_abroad)
        .then(after_code)
        .when(digits.str.contains(rf"^(?:{plan.abroad})"))
        .then(None)
        # The code in front is the code only where the whole could not be a number itself.
        .when(has_code)
        .then(pl.when(~_matches(digits, plan.general)).then(after_code))
        .when(digits.str.starts_with(plan.trunk))
        .then(digits.str.slice(len(plan.trunk)))
        .otherwise(digits)
    )
    is_valid = (
        raw.str.contains(_PLAIN)
        & ~candidate.str.contains(rf"^(?:0|{plan.trunk})")
        & _matches(candidate, plan.general)
        & pl.any_horizontal(_matches(candidate, kind) for kind in plan.kinds)
    )
    return pl.when(is_valid).then(candidate)


def _matches(digits: pl.Expr, kind: PhoneNumberDesc) -> pl.Expr:
    is_shaped = digits.str.contains(rf"^(?:{kind.national_number_pattern})$")
    return is_shaped & digits.str.len_bytes().is_in(list(kind.possible_length)) if kind.possible_length else is_shaped


@functools.cache
def _plan(country: str) -> _Plan | None:
    """The plan of a country whose numbers can be judged by patterns alone; None of any other."""
    known = PhoneMetadata.metadata_for_region(country, None)
    if known is None or known.national_prefix_transform_rule or not known.national_prefix_for_parsing:
        return None
    if COUNTRY_CODE_TO_REGION_CODE.get(known.country_code or 0) != (country,):
        return None
    trunk, abroad = known.national_prefix_for_parsing, known.international_prefix or ""
    kinds = tuple(kind for name in _KINDS if (kind := getattr(known, name)) and kind.national_number_pattern)
    patterns = [abroad, *(kind.national_number_pattern for kind in (known.general_desc, *kinds))]
    if not re.fullmatch("[0-9]", trunk) or not abroad or not all(map(_is_regular, patterns)):
        return None
    # ASCII only: the Unicode digits of \d are dear, and no plain number has them.
    described = [_ascii(kind) for kind in (known.general_desc, *kinds)]
    return _Plan(str(known.country_code), trunk, abroad.replace(r"\d", "[0-9]"), described[0], tuple(described[1:]))


def _is_regular(pattern: str | None) -> bool:
    """Whether a pattern means the same to the engine of columns, which knows neither looking ahead nor back."""
    return bool(pattern) and not re.search(r"\(\?[^:]|\\[1-9]", pattern or "")


def _ascii(kind: PhoneNumberDesc) -> PhoneNumberDesc:
    pattern = (kind.national_number_pattern or "").replace(r"\d", "[0-9]")
    return PhoneNumberDesc(national_number_pattern=pattern, possible_length=kind.possible_length)


def _one_by_one(raw: pl.Series, country: str | None) -> pl.Series:
    return pl.Series(raw.name, [_parsed(text, country) for text in raw], dtype=pl.String)


def _parsed(raw: str | None, country: str | None) -> str | None:
    try:
        number = parse(raw or "", country)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else None


def same_point(party_id: int, kind: str, normal: str) -> int | None:
    """The newest number or address of the person that reads the same, None where there is none."""
    found = twins(party_id, kind, normal)
    return found[-1] if found else None


def twins(party_id: int, kind: str, normal: str) -> list[int]:
    """Every number or address of the person that reads the same: one may stand with several parties of theirs."""
    rows = frames.read(
        "SELECT p.id FROM contact_point p JOIN party_state s ON s.party_id = p.party_id"
        " WHERE s.stands_for_id = (SELECT t.stands_for_id FROM party_state t WHERE t.party_id = %(party)s)"
        " AND p.kind = %(kind)s AND coalesce(p.normal, p.raw) = %(normal)s AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id) ORDER BY p.id",
        {"party": party_id, "kind": kind, "normal": normal},
        {"point_id": pl.Int64},
    )
    return rows["point_id"].to_list()


def twins_of(contact_point_id: int) -> list[int]:
    """This number or address, and those of the same person that read the same."""
    rows = frames.read(
        "SELECT p.party_id, p.kind, coalesce(p.normal, p.raw) FROM contact_point p WHERE p.id = %(point)s",
        {"point": contact_point_id},
        {"party_id": pl.Int64, "kind": pl.String, "normal": pl.String},
    )
    return sorted({contact_point_id, *(one for row in rows.rows() for one in twins(*row))})
