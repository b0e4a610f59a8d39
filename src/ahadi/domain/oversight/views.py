"""The views that somebody keeps of list pages: the newest of each name."""

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor

VIEWS = {"name": pl.String, "query": pl.String}


def kept(*, by: Actor, page: str) -> pl.DataFrame:
    """VIEWS of a page that somebody keeps, by name."""
    return frames.read(
        "SELECT x.name, x.query FROM (SELECT DISTINCT ON (v.name) v.name, v.query FROM saved_view v"
        " WHERE v.person_id = %(person)s AND v.page = %(page)s ORDER BY v.name, v.id DESC) x"
        " WHERE x.query <> '' ORDER BY x.name",
        {"person": by.person_id, "page": page},
        VIEWS,
    )
