"""Who may be one person with whom: everybody of the book at once, or everybody who is like one of them."""

import json
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz, process

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.finding import words
from ahadi.domain.parties.queries import SAME_PERSON
from ahadi.domain.parties.steps import search_key
from ahadi.domain.people import access
from ahadi.kernel import likeness

_CROWD = 8
"""What more people have than these tells nothing of who they are: the number of a shop, of a village."""

_LIVING = """
    SELECT DISTINCT s.stands_for_id AS person_id, s.party_id FROM account a
    JOIN account_state t ON t.account_id = a.id AND t.status <> 'withdrawn'
    JOIN party_state s ON s.party_id = a.party_id WHERE a.organisation_id = %(house)s
"""
_GONE = "NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = {}.act_id)"
_VALUES = f"""
    WITH living AS ({_LIVING})
    SELECT l.person_id, p.kind, coalesce(p.normal, p.raw) FROM living l JOIN contact_point p ON p.party_id = l.party_id
    WHERE {_GONE.format("p")} AND NOT EXISTS (
        SELECT 1 FROM circumstance c LEFT JOIN circumstance_end e ON e.circumstance_id = c.id
        WHERE c.contact_point_id = p.id AND c.kind = 'WRONG_NUMBER' AND e.circumstance_id IS NULL
          AND {_GONE.format("c")})
    UNION SELECT l.person_id, d.kind, d.normal FROM living l JOIN party_detail d ON d.party_id = l.party_id
    WHERE {_GONE.format("d")}
    UNION SELECT l.person_id, 'employer', n.search_key FROM living l JOIN related_party r ON r.party_id = l.party_id
    JOIN party_name n ON n.party_id = r.other_id WHERE r.relation = 'employer' AND {_GONE.format("r")}
    ORDER BY 1, 2, 3
"""
_NAMES = f"""
    WITH living AS ({_LIVING})
    SELECT DISTINCT l.person_id, n.name FROM living l JOIN party_name n ON n.party_id = l.party_id
    WHERE {_GONE.format("n")} ORDER BY 1, 2
"""
_VALUE = {"person_id": pl.Int64, "kind": pl.String, "value": pl.String}
_NAME = {"person_id": pl.Int64, "name": pl.String}
_ALONE = ("phone", "email", "identity")
_WITH_A_NAME = ("birth_date", "address", "employer")


def likely(organisation_id: int, *, person_id: int | None = None) -> pl.DataFrame:
    """[party_id, other_id, certainty_pct, reasons] of pairs of people who are likely one, the likeliest first.

    Of the whole organisation, or of one person with everybody else. What is shared by more than eight people tells
    nothing. Pairs that contradict one another, and those below `likeness.PROPOSED_FROM`, are left out.
    """
    bound = {"house": organisation_id}
    values = frames.read(_VALUES, bound, _VALUE)
    values = values.with_columns(
        value=pl.when(pl.col("kind") == "address").then(search_key(pl.col("value"))).otherwise("value")
    )
    names = _heard(frames.read(_NAMES, bound, _NAME))
    pairs = _candidates(values, names)
    if person_id is not None:
        pairs = pairs.filter((pl.col("party_id") == person_id) | (pl.col("other_id") == person_id))
    return _scored(pairs.with_row_index("pair_id").cast({"pair_id": pl.Int64}), values, names)


def _heard(names: pl.DataFrame) -> pl.DataFrame:
    """[person_id, plain, heard]: each name without case and accents, and how its words sound, in any order."""
    plain = names.select("person_id", plain=search_key(pl.col("name"))).unique().filter(pl.col("plain") != "")
    each = plain["plain"].unique()
    heard = [" ".join(sorted(filter(None, map(words.sound, text.split())))) for text in each]
    told = pl.DataFrame({"plain": each, "heard": heard}, schema={"plain": pl.String, "heard": pl.String})
    return plain.join(told, on="plain").sort("person_id", "plain")


def _candidates(values: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """[party_id, other_id] of people who share what few do: by itself, or together with how they are called."""
    alone = values.filter(pl.col("kind").is_in(_ALONE)).select(
        "person_id", key=pl.concat_str("kind", "value", separator=":")
    )
    heard = names.select("person_id", "heard").unique().filter(pl.col("heard").str.contains(" ", literal=True))
    together = (
        values.filter(pl.col("kind").is_in(_WITH_A_NAME))
        .join(heard, on="person_id")
        .select("person_id", key=pl.concat_str("kind", "value", "heard", separator=":"))
    )
    keys = pl.concat([alone, together]).unique()
    few = keys.filter(pl.len().over("key").is_between(2, _CROWD))
    both = few.join(few, on="key", suffix="_other").filter(pl.col("person_id") < pl.col("person_id_other"))
    return both.select(party_id="person_id", other_id="person_id_other").unique().sort("party_id", "other_id")


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


class UnableToFindDuplicate(Exception):
    """There is no such proposal among the people whom you may see; open one from the list of duplicates."""

    is_refusal = True


OPEN, ONE, TWO = "open", "one", "two"
STATES = (OPEN, ONE, TWO)


@dataclass(frozen=True)
class Proposed:
    """Two debtors who may be one person: how likely, why (reason and points), and what was decided of it, if anything.

    `person_id` and `other_id` are who stands for each now, `name` and `other_name` how they are called, `accounts` and
    `others` the accounts of each side. `decided_by` and `decided_on` are None while it is open.
    """

    proposal_id: int
    party_id: int
    other_party_id: int
    certainty_pct: int
    reasons: tuple[tuple[str, int], ...]
    state: str
    name: str
    other_name: str
    accounts: tuple[int, ...]
    others: tuple[int, ...]
    creditors: str
    decided_by: str | None
    decided_on: str | None


_SIDE = """
    SELECT array_agg(a.id ORDER BY a.id) AS ids, string_agg(DISTINCT c.name, ' · ') AS creditors FROM account a
    JOIN account_state t ON t.account_id = a.id AND t.status <> 'withdrawn' JOIN creditor c ON c.id = a.creditor_id
    WHERE a.party_id IN (SELECT m.party_id FROM party_state m WHERE m.party_id = p.{party} OR
      (m.stands_for_id = {stand}.stands_for_id AND x.stands_for_id <> y.stands_for_id)) AND {condition}
"""
_CALLED = """
    (SELECT n.name FROM party_name n LEFT JOIN act_withdrawal g ON g.withdrawn_act_id = n.act_id
     WHERE n.party_id = p.{party} ORDER BY g.act_id IS NOT NULL, n.seen DESC, n.id LIMIT 1)
"""
_PROPOSED = """
    SELECT p.id, p.party_id, p.other_id, p.certainty_pct, p.reasons::text,
           CASE WHEN d.is_accepted THEN 'one' WHEN NOT d.is_accepted THEN 'two' ELSE 'open' END,
           coalesce({name}, ''), coalesce({other_name}, ''), array_to_string(l.ids, ','), array_to_string(r.ids, ','),
           l.creditors || ' · ' || r.creditors, q.name, (d.at AT TIME ZONE g.time_zone)::date::text
    FROM identity_proposal p JOIN party_state x ON x.party_id = p.party_id JOIN party_state y ON y.party_id = p.other_id
    JOIN organisation g ON g.id = p.organisation_id
    CROSS JOIN LATERAL ({left}) l CROSS JOIN LATERAL ({right}) r
    LEFT JOIN LATERAL (
      SELECT e.is_accepted, e.at, e.act_id FROM identity_decision e WHERE e.proposal_id = p.id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = e.act_id) ORDER BY e.id DESC LIMIT 1) d ON TRUE
    LEFT JOIN act b ON b.id = d.act_id LEFT JOIN person q ON q.id = b.by_id
    WHERE p.kind = 'same_person' AND p.organisation_id = %(house)s AND l.ids IS NOT NULL AND r.ids IS NOT NULL
      AND (%(id)s::bigint IS NULL OR p.id = %(id)s)
      AND (%(account)s::bigint IS NULL OR %(account)s = ANY(l.ids) OR %(account)s = ANY(r.ids))
      AND (d.is_accepted IS NOT NULL OR x.stands_for_id <> y.stands_for_id)
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id)
    ORDER BY p.certainty_pct DESC, p.id
"""
_COLUMNS = {
    "proposal_id": pl.Int64,
    "party_id": pl.Int64,
    "other_party_id": pl.Int64,
    "certainty_pct": pl.Int64,
    "reasons": pl.String,
    "state": pl.String,
    "name": pl.String,
    "other_name": pl.String,
    "accounts": pl.String,
    "others": pl.String,
    "creditors": pl.String,
    "decided_by": pl.String,
    "decided_on": pl.String,
}


def proposed(
    *, by: Actor, state: str | None = None, proposal_id: int | None = None, account_id: int | None = None
) -> pl.DataFrame:
    """Proposals that two debtors are one person, the likeliest first, of people of whom `by` may see both sides."""
    scope = access.accounts(by)
    query = _PROPOSED.format(
        name=_CALLED.format(party="party_id"),
        other_name=_CALLED.format(party="other_id"),
        left=_SIDE.format(party="party_id", stand="x", condition=scope.condition),
        right=_SIDE.format(party="other_id", stand="y", condition=scope.condition),
    )
    bound = {"house": by.organisation_id, "id": proposal_id, "account": account_id, **scope.parameters}
    found = frames.read(query, bound, _COLUMNS)
    return found.filter(pl.col("state") == state) if state is not None else found


def duplicate(*, by: Actor, proposal_id: int) -> Proposed:
    """One proposal. Raises UnableToFindDuplicate."""
    found = proposed(by=by, proposal_id=proposal_id)
    if found.is_empty():
        raise UnableToFindDuplicate(
            "there is no such proposal among the people whom you may see; open one from the list of duplicates"
        )
    return row(found.row(0, named=True))


def row(told: dict[str, object]) -> Proposed:
    """A proposal of its columns."""
    ids = {name: tuple(int(one) for one in str(told[name]).split(",")) for name in ("accounts", "others")}
    reasons = tuple((reason, points) for reason, points in json.loads(str(told["reasons"])))
    return Proposed(**{**told, **ids, "reasons": reasons})  # type: ignore[arg-type]


def known_pairs(organisation_id: int) -> pl.DataFrame:
    """[party_id, other_id] of people about whom it was asked before, as they stand now; decided or not."""
    return frames.read(
        "SELECT DISTINCT least(x.stands_for_id, y.stands_for_id), greatest(x.stands_for_id, y.stands_for_id)"
        " FROM identity_proposal p JOIN party_state x ON x.party_id = p.party_id"
        " JOIN party_state y ON y.party_id = p.other_id"
        " WHERE p.kind = %(kind)s AND p.organisation_id = %(house)s AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id) ORDER BY 1, 2",
        {"kind": SAME_PERSON, "house": organisation_id},
        {"party_id": pl.Int64, "other_id": pl.Int64},
    )
