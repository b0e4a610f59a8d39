"""One connection that listens to the database for all screens, and another that asks; both open again when they break.

A connection that waits for news cannot be asked anything meanwhile.
"""

import asyncio
import logging
from typing import Any

import psycopg
from django.db import connections

from ahadi.data.news import CHANNEL
from ahadi.project.live import tidings
from ahadi.project.live.tidings import Screens, Word

_log = logging.getLogger("ahadi.live")
_AGAIN_SECONDS = 1.0
_SILENCE_SECONDS = 30.0


async def listen(screens: Screens) -> None:
    """Hears of news for as long as the process lives, and tells the screens that each concerns."""
    while True:
        try:
            await _listen(screens)
        except psycopg.Error as error:
            _log.warning("the database cannot be heard: %s", error)
        await asyncio.sleep(_AGAIN_SECONDS)


async def _listen(screens: Screens) -> None:
    async with (
        await psycopg.AsyncConnection.connect(autocommit=True, **_parameters()) as hearing,
        await psycopg.AsyncConnection.connect(autocommit=True, **_parameters()) as asking,
    ):
        await hearing.execute(f"LISTEN {CHANNEL}")
        while True:
            async for one in hearing.notifies(timeout=_SILENCE_SECONDS):
                await _tell(asking, screens, tidings.read(one.payload))
            await hearing.execute("SELECT 1")


async def _tell(link: psycopg.AsyncConnection[Any], screens: Screens, news: dict[str, Any]) -> None:
    what = str(news.get("what", ""))
    if "people" in news:
        screens.tell(set(news["people"]), Word("state", what))
        watching = {"people": sorted(screens.people()), "organisation": news["organisation"]}
        if watching["people"]:
            screens.tell(await _people(link, tidings.OVERSEERS, watching), Word("floor", what))
    elif "accounts" in news:
        accounts = {"accounts": news["accounts"]}
        screens.tell(await _people(link, tidings.HOLDERS, accounts) & screens.people(), Word("account", what))
        screens.tell(await _people(link, tidings.OWNERS, accounts) & screens.people(), Word("queue", what))
    elif "organisation" in news:
        screens.tell_all(int(news["organisation"]), Word("queue", what))


async def _people(link: psycopg.AsyncConnection[Any], query: str, bound: dict[str, Any]) -> set[int]:
    cursor = await link.execute(query.encode(), bound)
    return {int(row[0]) for row in await cursor.fetchall()}


def _parameters() -> dict[str, Any]:
    """How Django connects, for a connection beside Django's."""
    known = connections["default"].get_connection_params()
    apart = ("context", "cursor_factory", "prepare_threshold", "client_encoding", "autocommit")
    return {name: value for name, value in known.items() if name not in apart}
