"""Which strategy is in force for a product of an organisation on a day."""

from datetime import date
from functools import lru_cache

import polars as pl

from ahadi.data import frames
from ahadi.data.models.account import PRODUCTS
from ahadi.data.strategies import read, standard
from ahadi.kernel.strategy import Strategy, in_force

VERSIONS = {"product": pl.String, "version": pl.String, "in_force_from": pl.Date, "text": pl.String}


def versions(organisation_id: int) -> pl.DataFrame:
    """The organisation's own versions, oldest first; an undone adoption is none."""
    return frames.few(
        "SELECT v.product, v.version, v.in_force_from, v.text FROM strategy_version v"
        " WHERE v.organisation_id = %(organisation)s AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = v.act_id) ORDER BY v.id",
        {"organisation": organisation_id},
        VERSIONS,
    )


def last_stated(organisation_id: int, product: str) -> date | None:
    """The last day as of which an account of this product is stated."""
    found: date | None = frames.scalar(
        "SELECT max(s.as_of) FROM account_state s JOIN account a ON a.id = s.account_id"
        " WHERE s.organisation_id = %(organisation)s AND a.product = %(product)s AND s.status <> 'withdrawn'",
        {"organisation": organisation_id, "product": product},
    )
    return found


def listed(organisation_id: int, *, as_of: date) -> pl.DataFrame:
    """Every version that counts, the rulebook's first: [product, version, in_force_from, source, is_in_force]."""
    shipped = [(product, standard(product)) for product in PRODUCTS]
    rows = [(product, one.version, one.in_force_from, "rulebook") for product, one in shipped]
    rows += [(*row, "own") for row in versions(organisation_id).drop("text").iter_rows()]
    holding = {product: one.version for product, one in strategies(organisation_id, as_of=as_of).items()}
    names = {"product": pl.String, "version": pl.String, "in_force_from": pl.Date, "source": pl.String}
    return (
        pl.DataFrame(rows, schema=names, orient="row")
        .with_columns(is_in_force=pl.col("version") == pl.col("product").replace_strict(holding))
        .sort("product", "in_force_from", "version")
    )


# A version is never edited, and every act at the desk asks for it.
_read = lru_cache(maxsize=256)(read)


def strategies(organisation_id: int, *, as_of: date) -> dict[str, Strategy]:
    """For each product the version that holds on a day: the organisation's own, else the rulebook's."""
    own: dict[str, list[Strategy]] = {}
    for row in versions(organisation_id).iter_rows(named=True):
        product, strategy = _read(row["text"], file=f"strategy {row['version']}")
        own.setdefault(product, []).append(strategy)
    return {
        product: in_force([standard(product), *own.get(product, [])], as_of=max(as_of, standard(product).in_force_from))
        for product in PRODUCTS
    }
