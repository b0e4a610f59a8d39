"""The shard of an account: a stable hash of its id, set once."""

import polars as pl

SHARDS = 256
# Knuth's multiplicative hash on 32 bits: neighbours spread, and every engine can compute it.
_FACTOR = 2654435761
_WORD = 1 << 32


def shard(account_id: pl.Expr) -> pl.Expr:
    """0-255 for each account id."""
    return ((account_id % _WORD) * _FACTOR % _WORD // (_WORD // SHARDS)).cast(pl.Int16)
