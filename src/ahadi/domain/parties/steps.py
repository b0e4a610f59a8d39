"""Finding or making the party behind each number, and proposing which of them may be one."""

import polars as pl
from rapidfuzz import fuzz

from ahadi.data import frames
from ahadi.domain.audit.ports import Act
from ahadi.domain.parties import queries

_SURE_PCT = 95
_UNSURE_PCT = 60
_ALIKE = 60.0


def search_key(name: pl.Expr) -> pl.Expr:
    """A name without case, accents and punctuation, for finding it however it is typed."""
    return (
        name.str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars()
    )


def stripped(number: pl.Expr) -> pl.Expr:
    """A number without its leading zeros, in capitals; '0' itself stays."""
    bare = number.str.to_uppercase().str.strip_chars_start("0")
    return pl.when(bare == "").then(pl.lit("0")).otherwise(bare)


def _known_numbers(creditor_id: int, numbers: pl.Series) -> pl.DataFrame:
    return frames.read(
        "SELECT n.id, n.number, n.party_id, w.act_id IS NOT NULL FROM party_number n"
        " LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = n.act_id"
        " WHERE n.creditor_id = %(creditor)s AND n.number = ANY(%(numbers)s)",
        {"creditor": creditor_id, "numbers": numbers.to_list()},
        {"id": pl.Int64, "number": pl.String, "party_id": pl.Int64, "is_withdrawn": pl.Boolean},
    )


def settle_parties(act: Act, creditor_id: int, rows: pl.DataFrame, *, country: str | None) -> pl.DataFrame:
    """The party of each debtor number of `rows` (number, debtor_name, phone, email, address), made where new.

    Returns number, party_id. Numbers are taken as written: two spellings are two parties until somebody
    accepts the proposal that they are one.
    """
    numbers = rows.select("number").unique().sort("number")
    known = _known_numbers(creditor_id, numbers["number"])
    fresh = numbers.join(known, on="number", how="anti")
    fresh = fresh.with_columns(party_id=frames.reserve("party", fresh.height))
    frames.append(
        "party",
        fresh.select(id="party_id", organisation_id=pl.lit(act.organisation_id), act_id=pl.lit(act.id)),
    )
    frames.append(
        "party_number",
        fresh.select(
            "party_id",
            "number",
            stripped=stripped(pl.col("number")),
            creditor_id=pl.lit(creditor_id),
            act_id=pl.lit(act.id),
        ),
    )
    frames.append("party_state", fresh.select("party_id", stands_for_id="party_id"))
    _revive("party_number", act, known.filter("is_withdrawn").join(numbers, on="number"))
    parties = pl.concat([known.select("number", "party_id"), fresh]).join(numbers, on="number", how="semi")
    known_rows = rows.join(parties, on="number")
    _keep_names(act, known_rows, known["party_id"])
    _keep_contact_points(act, known_rows, known["party_id"], country)
    return parties


def _revive(table: str, act: Act, again: pl.DataFrame) -> None:
    """What an undone batch had brought and this one brings again (id) is from now on this act's."""
    if not again.is_empty():
        frames.execute(
            f"UPDATE {table} t SET act_id = %(act)s FROM act_withdrawal w"
            " WHERE w.withdrawn_act_id = t.act_id AND t.id = ANY(%(ids)s)",
            {"act": act.id, "ids": frames.ids(again["id"])},
        )


def _keep_names(act: Act, rows: pl.DataFrame, known_parties: pl.Series) -> None:
    names = (
        rows.filter(pl.col("debtor_name").is_not_null())
        .group_by("party_id", name=pl.col("debtor_name").str.slice(0, 300))
        .agg(seen=pl.len())
        .with_columns(search_key=search_key(pl.col("name")), act_id=pl.lit(act.id))
    )
    known = frames.read(
        "SELECT id, party_id, name FROM party_name WHERE party_id = ANY(%(ids)s)",
        {"ids": frames.ids(known_parties)},
        {"id": pl.Int64, "party_id": pl.Int64, "name": pl.String},
    )
    _revive("party_name", act, known.join(names, on=["party_id", "name"], how="semi"))
    frames.append("party_name", names.join(known, on=["party_id", "name"], how="anti").sort("party_id", "name"))


def _keep_contact_points(act: Act, rows: pl.DataFrame, known_parties: pl.Series, country: str | None) -> None:
    points = pl.concat(
        rows.select("party_id", kind=pl.lit(kind), raw=pl.col(kind).str.slice(0, 500))
        for kind in ("phone", "email", "address")
    )
    points = points.drop_nulls("raw").unique(["party_id", "kind", "raw"])
    if points.is_empty():
        return
    known = frames.read(
        "SELECT id, party_id, kind, raw FROM contact_point WHERE party_id = ANY(%(ids)s)",
        {"ids": frames.ids(known_parties)},
        {"id": pl.Int64, "party_id": pl.Int64, "kind": pl.String, "raw": pl.String},
    )
    _revive("contact_point", act, known.join(points, on=["party_id", "kind", "raw"], how="semi"))
    fresh = points.join(known, on=["party_id", "kind", "raw"], how="anti").sort("party_id", "kind", "raw")
    frames.append("contact_point", fresh.with_columns(normal=_normal(fresh, country), act_id=pl.lit(act.id)))


def _normal(points: pl.DataFrame, country: str | None) -> pl.Series:
    """The form of each point (kind, raw) by which it is found; null where it has none."""
    email = points["raw"].str.strip_chars().str.to_lowercase()
    is_email = (points["kind"] == "email") & points["raw"].str.contains("@", literal=True)
    is_phone = points["kind"] == "phone"
    found = queries.normal_phones(points["raw"].filter(is_phone), country)
    turn = is_phone.cast(pl.Int64).cum_sum() - 1
    phone = found.gather(pl.select(pl.when(is_phone).then(turn)).to_series())
    return email.to_frame("email").select(pl.when(is_email).then("email").otherwise(phone)).to_series()


def propose_identities(act: Act, creditor_id: int) -> int:
    """Proposes numbers that may have lost their zeros, and numbers that stand under several names.

    What was proposed before, decided or not, is not proposed again. Returns the number of proposals.
    """
    found = pl.concat([_lost_zeros(creditor_id), _several_names(creditor_id)])
    known = frames.read(
        "SELECT p.kind, p.party_id, p.other_id FROM identity_proposal p"
        " LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id"
        " WHERE p.organisation_id = %(organisation)s AND (p.kind = 'lost_zeros' OR w.act_id IS NULL)",
        {"organisation": act.organisation_id},
        {"kind": pl.String, "party_id": pl.Int64, "other_id": pl.Int64},
    )
    fresh = found.join(known, on=["kind", "party_id", "other_id"], how="anti", nulls_equal=True)
    return frames.append(
        "identity_proposal",
        fresh.sort("kind", "party_id", "other_id").with_columns(
            organisation_id=pl.lit(act.organisation_id), act_id=pl.lit(act.id)
        ),
    )


_PROPOSAL = {"kind": pl.String, "party_id": pl.Int64, "other_id": pl.Int64, "certainty_pct": pl.Int64}
# Two questions: as one, a planner that takes a book for empty counts it anew for each of its numbers.
_REPEATED = """
    SELECT stripped FROM party_number WHERE creditor_id = %(creditor)s GROUP BY stripped HAVING count(*) > 1 ORDER BY 1
"""
_LIVE_NUMBERS = f"""
    SELECT n.party_id, n.number, n.stripped, coalesce(string_agg(m.search_key, '|' ORDER BY m.seen DESC, m.id), '')
    FROM party_number n
    LEFT JOIN party_name m ON m.party_id = n.party_id
    WHERE n.creditor_id = %(creditor)s AND n.stripped = ANY(%(repeated)s) AND {queries.lives("n.party_id")}
    GROUP BY n.party_id, n.number, n.stripped
"""


def _lost_zeros(creditor_id: int) -> pl.DataFrame:
    """The fullest spelling of a number keeps the party; each shorter one is proposed to stand for it."""
    repeated = frames.read(_REPEATED, {"creditor": creditor_id}, {"stripped": pl.String})["stripped"]
    if repeated.is_empty():
        return pl.DataFrame(schema=_PROPOSAL)
    numbers = frames.read(
        _LIVE_NUMBERS,
        {"creditor": creditor_id, "repeated": repeated.to_list()},
        {"party_id": pl.Int64, "number": pl.String, "stripped": pl.String, "names": pl.String},
    ).sort(pl.col("number").str.len_chars(), "party_id", descending=[True, False])
    rows: list[tuple[str, int, int, int]] = []
    for (_,), group in numbers.group_by(["stripped"], maintain_order=True):
        first, *others = group.select("party_id", "names").rows()
        rows += [
            ("lost_zeros", first[0], party, _SURE_PCT if _share_a_name(first[1], names) else _UNSURE_PCT)
            for party, names in others
        ]
    return pl.DataFrame(rows, schema=_PROPOSAL, orient="row")


def _share_a_name(names: str | None, others: str | None) -> bool:
    if not names or not others:
        return True
    return any(fuzz.token_sort_ratio(name, other) >= _ALIKE for name in names.split("|") for other in others.split("|"))


def _several_names(creditor_id: int) -> pl.DataFrame:
    return frames.read(
        "SELECT 'several_names', n.party_id, NULL::bigint, 80 FROM party_number n"
        " JOIN party_name m ON m.party_id = n.party_id WHERE n.creditor_id = %(creditor)s"
        " AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = m.act_id)"
        " GROUP BY n.party_id HAVING count(DISTINCT m.search_key) > 1 ORDER BY n.party_id",
        {"creditor": creditor_id},
        _PROPOSAL,
    )


def restate_parties(organisation_id: int) -> int:
    """Recomputes from the accepted proposals which party stands for which; returns how many rows changed."""
    # Whoever decides at the same time waits, and then sees this decision too.
    frames.lock("parties", organisation_id)
    stands_for = queries.roots(queries.accepted_pairs(organisation_id))
    now = queries.standing_for_others().filter(pl.col("organisation_id") == organisation_id)["party_id"]
    rows = {party: stands_for.get(party, party) for party in {*now.to_list(), *stands_for}}
    frame = pl.DataFrame(
        {"party_id": list(rows), "stands_for_id": list(rows.values())},
        schema={"party_id": pl.Int64, "stands_for_id": pl.Int64},
    )
    return frames.upsert("party_state", frame, key="party_id")
