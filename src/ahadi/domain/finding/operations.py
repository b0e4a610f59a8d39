"""Bringing the words by which people are found into step with their names, numbers and addresses."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Act
from ahadi.domain.finding import words

_AT_ONCE = 100_000
_CHANGES = 2_000

# Whoever reads at the same time takes other rows: nobody waits, and nothing is read twice.
_TAKEN = """
    UPDATE search_due SET is_done = TRUE WHERE id IN (
        SELECT d.id FROM search_due d JOIN act a ON a.id = d.act_id AND a.organisation_id = %(house)s
        WHERE NOT d.is_done AND (d.party_id IS NOT NULL OR NOT %(is_few)s)
        ORDER BY d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED)
    RETURNING act_id, party_id
"""
_OF_ACTS = """
    SELECT party_id FROM party_name WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM party_number WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM contact_point WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM account WHERE act_id = ANY(%(acts)s)
"""
_NAMES = "SELECT party_id, name FROM party_name WHERE party_id = ANY(%(ids)s)"
_NUMBERS = """
    SELECT party_id, number FROM party_number WHERE party_id = ANY(%(ids)s)
    UNION SELECT party_id, number FROM account WHERE party_id = ANY(%(ids)s)
    UNION SELECT party_id, coalesce(normal, raw) FROM contact_point WHERE party_id = ANY(%(ids)s) AND kind = 'phone'
"""
_EMAILS = "SELECT party_id, raw FROM contact_point WHERE party_id = ANY(%(ids)s) AND kind = 'email'"


@dataclass(frozen=True)
class ReadOutcome:
    """How many parties were read anew."""

    parties: int


def read_due(act: Act, *, is_few: bool = False) -> ReadOutcome:
    """Reads anew the words of the organisation's parties whose names, numbers or addresses changed.

    At most _CHANGES changes are taken at once: call it until it reads nobody. With `is_few` what large batches brought
    is left to another call, so that nobody at a desk waits for it.
    """
    known = {"house": act.organisation_id, "is_few": is_few, "limit": _CHANGES}
    taken = frames.read(_TAKEN, known, {"act_id": pl.Int64, "party_id": pl.Int64})
    whole = taken.filter(pl.col("party_id").is_null())["act_id"].unique()
    parties = taken["party_id"].drop_nulls()
    if whole.len():
        of_acts = frames.read(_OF_ACTS, {"acts": frames.ids(whole)}, {"party_id": pl.Int64})["party_id"]
        parties = pl.concat([parties, of_acts])
    parties = parties.unique().sort()
    for start in range(0, parties.len(), _AT_ONCE):
        _write(act, parties.slice(start, _AT_ONCE))
    return ReadOutcome(parties.len())


def _write(act: Act, parties: pl.Series) -> None:
    known = {"ids": frames.ids(parties)}
    names = frames.read(_NAMES, known, {"party_id": pl.Int64, "name": pl.String})
    numbers = frames.read(_NUMBERS, known, {"party_id": pl.Int64, "number": pl.String})
    emails = frames.read(_EMAILS, known, {"party_id": pl.Int64, "email": pl.String})
    found = pl.concat([words.of_names(names), words.of_numbers(numbers), words.of_emails(emails)])
    lexemes = found.sort("party_id", "word").group_by("party_id", maintain_order=True).agg("word")
    rows = pl.DataFrame({"party_id": parties}).join(lexemes, on="party_id", how="left")
    # A lexeme as the database writes it: quoted, with quotes and backslashes doubled.
    quoted = pl.element().str.replace_all("\\", "\\\\", literal=True).str.replace_all("'", "''", literal=True)
    text = pl.col("word").list.eval(pl.concat_str(pl.lit("'"), quoted, pl.lit("'"))).list.join(" ").fill_null("")
    frames.upsert("search_entry", rows.select("party_id", words=text), key="party_id")
    _keep_words(act, names)


def _keep_words(act: Act, names: pl.DataFrame) -> None:
    """Each word of a name stands once for the organisation."""
    plain = words.of_names(names).filter(~pl.col("word").str.starts_with(words.SOUND))
    fresh = plain.select(pl.lit(act.organisation_id).alias("organisation_id"), pl.col("word").str.slice(0, 300))
    fresh = fresh.unique().sort("word")
    if fresh.is_empty():
        return
    with frames.staged("search_word", fresh) as stage:
        frames.execute(
            f"INSERT INTO search_word (organisation_id, word) SELECT organisation_id, word FROM {stage}"
            " ON CONFLICT DO NOTHING",
            {},
        )
