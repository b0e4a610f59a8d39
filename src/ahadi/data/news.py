"""News for whoever looks at a screen now: ids only, sent by the database as the act commits, and not at all before."""

import json
from collections.abc import Sequence

from ahadi.data import frames

CHANNEL = "ahadi_news"
_MANY = 40
"""Beyond so many accounts one word goes to everybody: look again."""


def of_accounts(organisation_id: int, account_ids: Sequence[int], *, what: str) -> None:
    """Tells that something of these accounts is another now; `what` is the name of the act."""
    if account_ids:
        about = {"accounts": sorted(account_ids)} if len(account_ids) <= _MANY else {}
        _send({"organisation": organisation_id, "what": what, **about})


def of_people(organisation_id: int, person_ids: Sequence[int], *, what: str) -> None:
    """Tells people that something at their own desk is another now."""
    if person_ids:
        _send({"organisation": organisation_id, "what": what, "people": sorted(person_ids)})


def _send(news: dict[str, object]) -> None:
    text = json.dumps(news, separators=(",", ":"))
    frames.scalar("SELECT pg_notify(%(channel)s, %(text)s)", {"channel": CHANNEL, "text": text})
