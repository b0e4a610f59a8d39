"""Who is like whom: what few people share, and how alike those are who share it."""

from hashlib import blake2b

import polars as pl
from rapidfuzz import fuzz, process

from ahadi.data import facts, frames, reach
from ahadi.domain.finding import words
from ahadi.domain.parties.queries import SAME_PERSON
from ahadi.domain.parties.steps import search_key
from ahadi.kernel import likeness

_CROWD = 8
"""What more people have than these tells nothing of who they are: the number of a shop, of a village."""

# Plain questions of one list each: where facts were never taken back, or most of a table was just written, the planner
# knows too little of both to join them.
_VALUES = f"""
    SELECT p.party_id, p.kind, coalesce(p.normal, p.raw) FROM contact_point p
    WHERE p.party_id = ANY(%(parties)s) AND {facts.counts("p")} AND NOT EXISTS ({reach.wrong_marks("p.id")})
    UNION SELECT d.party_id, d.kind, d.normal FROM party_detail d
    WHERE d.party_id = ANY(%(parties)s) AND {facts.counts("d")}
    UNION SELECT r.party_id, 'employer', n.search_key FROM related_party r JOIN party_name n ON n.party_id = r.other_id
    WHERE r.party_id = ANY(%(parties)s) AND r.relation = 'employer' AND {facts.counts("r")}
    ORDER BY 1, 2, 3
"""
_NAMES = f"""
    SELECT DISTINCT n.party_id, n.name FROM party_name n
    WHERE n.party_id = ANY(%(parties)s) AND {facts.counts("n")} ORDER BY 1, 2
"""
_VALUE = {"party_id": pl.Int64, "kind": pl.String, "value": pl.String}
_NAME = {"party_id": pl.Int64, "name": pl.String}
_ALONE = ("phone", "email", "identity")
_WITH_A_NAME = ("birth_date", "address", "employer")


def keys(organisation_id: int, parties: pl.Series) -> pl.DataFrame:
    """[party_id, key] of parties: a digest of each thing that tells who somebody is, by itself or with their name."""
    values, names = _known(parties.to_frame("party_id").with_columns(person_id="party_id"))
    alone = values.filter(pl.col("kind").is_in(_ALONE)).select(
        "person_id", key=pl.concat_str("kind", "value", separator=":")
    )
    heard = names.select("person_id", "heard").unique().filter(pl.col("heard").str.contains(" ", literal=True))
    together = (
        values.filter(pl.col("kind").is_in(_WITH_A_NAME))
        .join(heard, on="person_id")
        .select("person_id", key=pl.concat_str("kind", "value", "heard", separator=":"))
    )
    whole = pl.concat([alone, together]).unique()
    texts = whole["key"].unique()
    digests = [_digest(f"{organisation_id}:{text}") for text in texts]
    told = pl.DataFrame({"key": texts, "digest": digests}, schema={"key": pl.String, "digest": pl.Int64})
    return whole.join(told, on="key").select(party_id="person_id", key="digest").unique().sort("party_id", "key")


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


_KEYS = "SELECT DISTINCT k.key FROM likeness_key k WHERE k.party_id = ANY(%(parties)s) ORDER BY 1"
_SHARING = """
    SELECT k.key, k.party_id, s.stands_for_id FROM likeness_key k JOIN party_state s ON s.party_id = k.party_id
    WHERE k.key = ANY(%(keys)s) ORDER BY 1, 2
"""
_OWING = """
    SELECT DISTINCT a.party_id FROM account a JOIN account_state t ON t.account_id = a.id AND t.status <> 'withdrawn'
    WHERE a.party_id = ANY(%(parties)s) ORDER BY 1
"""
_ASKED = """
    SELECT DISTINCT least(x.stands_for_id, y.stands_for_id), greatest(x.stands_for_id, y.stands_for_id)
    FROM (SELECT p.party_id, p.other_id, p.act_id FROM identity_proposal p
          WHERE p.kind = %(kind)s AND p.party_id = ANY(%(parties)s)
          UNION SELECT p.party_id, p.other_id, p.act_id FROM identity_proposal p
          WHERE p.kind = %(kind)s AND p.other_id = ANY(%(parties)s)) p
    JOIN party_state x ON x.party_id = p.party_id JOIN party_state y ON y.party_id = p.other_id
    WHERE NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id) ORDER BY 1, 2
"""
_PARTY = {"party_id": pl.Int64}
_PAIR = {"party_id": pl.Int64, "other_id": pl.Int64}


def likely(parties: pl.Series) -> pl.DataFrame:
    """[party_id, other_id, certainty_pct, reasons] of pairs of people who are likely one, the likeliest first.

    Of the people whom these parties are with everybody else, by the keys that are kept of both; never the whole book.
    What is shared by more than eight people tells nothing. Pairs that were asked about before, that contradict one
    another, and those below `likeness.PROPOSED_FROM`, are left out.
    """
    whole = _whole(parties)
    pairs = _sharing(whole)
    asked = frames.read(_ASKED, {"parties": frames.ids(whole["party_id"]), "kind": SAME_PERSON}, _PAIR)
    fresh = pairs.join(asked, on=["party_id", "other_id"], how="anti").sort("party_id", "other_id")
    values, names = _known(_owing(_whole(pl.concat([fresh["party_id"], fresh["other_id"]]).unique())))
    return _scored(fresh.with_row_index("pair_id").cast({"pair_id": pl.Int64}), values, names)


def _whole(parties: pl.Series) -> pl.DataFrame:
    """[person_id, party_id] of the people whom parties are, with every party of theirs."""
    return frames.read(
        "SELECT s.stands_for_id, s.party_id FROM party_state s WHERE s.stands_for_id IN (SELECT m.stands_for_id"
        " FROM party_state m WHERE m.party_id = ANY(%(parties)s)) ORDER BY 1, 2",
        {"parties": frames.ids(parties)},
        {"person_id": pl.Int64, "party_id": pl.Int64},
    )


def _sharing(whole: pl.DataFrame) -> pl.DataFrame:
    """[party_id, other_id] of each of these people and everybody who owes and shares what few do."""
    keys_ = frames.read(_KEYS, {"parties": frames.ids(whole["party_id"])}, {"key": pl.Int64})["key"]
    told = {"key": pl.Int64, "party_id": pl.Int64, "person_id": pl.Int64}
    sharing = frames.read(_SHARING, {"keys": frames.ids(keys_)}, told)
    sharing = sharing.filter(pl.len().over("key") > 1)
    each = _owing(sharing).select("key", "person_id").unique()
    few = each.filter(pl.len().over("key").is_between(2, _CROWD))
    mine = few.join(whole, on="person_id", how="semi")
    both = mine.join(few, on="key", suffix="_other").filter(pl.col("person_id") != pl.col("person_id_other"))
    return both.select(
        party_id=pl.min_horizontal("person_id", "person_id_other"),
        other_id=pl.max_horizontal("person_id", "person_id_other"),
    ).unique()


def _owing(told: pl.DataFrame) -> pl.DataFrame:
    """The rows whose party owes on an account that was not withdrawn."""
    owing = frames.read(_OWING, {"parties": frames.ids(told["party_id"].unique().sort())}, _PARTY)
    return told.join(owing, on="party_id", how="semi")


def _known(whose: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of people by their parties: what is known [person_id, kind, value], and their names [person_id, plain, heard]."""
    bound = {"parties": frames.ids(whose["party_id"])}
    values = frames.read(_VALUES, bound, _VALUE).join(whose, on="party_id")
    place = pl.when(pl.col("kind") == "address").then(search_key(pl.col("value"))).otherwise("value")
    names = frames.read(_NAMES, bound, _NAME).join(whose, on="party_id")
    return values.select("person_id", "kind", value=place).unique(), _heard(names.select("person_id", "name").unique())


def _heard(names: pl.DataFrame) -> pl.DataFrame:
    """[person_id, plain, heard]: each name without case and accents, and how its words sound, in any order."""
    plain = names.select("person_id", plain=search_key(pl.col("name"))).unique().filter(pl.col("plain") != "")
    each = plain["plain"].unique()
    heard = [" ".join(sorted(filter(None, map(words.sound, text.split())))) for text in each]
    told = pl.DataFrame({"plain": each, "heard": heard}, schema={"plain": pl.String, "heard": pl.String})
    return plain.join(told, on="plain").sort("person_id", "plain")


def _scored(pairs: pl.DataFrame, values: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    shared = _shared(pairs, values)
    told = pairs.join(_named(pairs, names), on="pair_id", how="left").join(shared, on="pair_id", how="left")
    whole = told.select(
        "pair_id",
        pl.col("name_pct", "phones", "emails", "papers").fill_null(0).cast(pl.Int64),
        pl.col("sounds_alike", "has_same_birth", "has_same_place", "has_same_employer").fill_null(value=False),
        pl.col("differs_in_paper", "differs_in_birth").fill_null(value=False),
    )
    found, reasons = likeness.compare(whole.select(likeness.PAIRS.column_names))
    why = reasons.group_by("pair_id", maintain_order=True).agg(
        pl.concat_str(pl.lit('["'), "reason", pl.lit('", '), pl.col("points").cast(pl.String), pl.lit("]")).alias(
            "each"
        )
    )
    kept = found.filter(~pl.col("is_forbidden") & (pl.col("score") >= likeness.PROPOSED_FROM))
    return (
        kept.join(pairs, on="pair_id")
        .join(why, on="pair_id")
        .select(
            "party_id",
            "other_id",
            certainty_pct="score",
            reasons=pl.concat_str(pl.lit("["), pl.col("each").list.join(", "), pl.lit("]")),
        )
        .sort("certainty_pct", "party_id", "other_id", descending=[True, False, False])
    )


def _named(pairs: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """[pair_id, name_pct, sounds_alike]: of all their names the two that are most alike."""
    both = (
        pairs.join(names, left_on="party_id", right_on="person_id")
        .join(names, left_on="other_id", right_on="person_id", suffix="_other")
        .sort("pair_id", "plain", "plain_other")
    )
    ratios = process.cpdist(both["plain"].to_list(), both["plain_other"].to_list(), scorer=fuzz.token_sort_ratio)
    scored = both.with_columns(pct=pl.Series(ratios, dtype=pl.Float64).round().cast(pl.Int64) if both.height else 0)
    return scored.group_by("pair_id").agg(
        name_pct=pl.col("pct").max(),
        sounds_alike=((pl.col("heard") == pl.col("heard_other")) & (pl.col("heard") != "")).any(),
    )


def _shared(pairs: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """By pair: what both have, and of which kinds both have something and nothing in common."""
    own = pairs.join(values, left_on="party_id", right_on="person_id").select("pair_id", "kind", "value")
    others = pairs.join(values, left_on="other_id", right_on="person_id").select("pair_id", "kind", "value")
    same = own.join(others, on=["pair_id", "kind", "value"]).group_by("pair_id", "kind").agg(n=pl.len())
    both = (
        own.select("pair_id", "kind").unique().join(others.select("pair_id", "kind").unique(), on=["pair_id", "kind"])
    )
    counted = both.join(same, on=["pair_id", "kind"], how="left").with_columns(pl.col("n").fill_null(0))

    def n(kind: str) -> pl.Expr:
        return pl.col("n").filter(pl.col("kind") == kind)

    return counted.group_by("pair_id").agg(
        phones=n("phone").sum(),
        emails=n("email").sum(),
        papers=n("identity").sum(),
        has_same_birth=n("birth_date").sum() > 0,
        has_same_place=n("address").sum() > 0,
        has_same_employer=n("employer").sum() > 0,
        differs_in_paper=(n("identity") == 0).any(),
        differs_in_birth=(n("birth_date") == 0).any(),
    )
