"""Whom a piece of news concerns: people by their id, or those who have one of its accounts before them."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_KEPT_MAX = 32
"""A screen that does not listen for so long looks again as a whole."""

HOLDERS = (
    "SELECT DISTINCT k.holder_id FROM claim_state k JOIN party_state s ON s.stands_for_id = k.party_id"
    " JOIN account a ON a.party_id = s.party_id WHERE a.id = ANY(%(accounts)s) AND k.expires_at > clock_timestamp()"
)
OWNERS = (
    "SELECT DISTINCT o.person_id FROM account_state t JOIN owner o ON o.id = t.owner_id"
    " WHERE t.account_id = ANY(%(accounts)s) AND o.person_id IS NOT NULL"
)
OVERSEERS = (
    "SELECT DISTINCT g.person_id FROM grant_given g JOIN person p ON p.id = g.person_id AND p.is_active"
    " LEFT JOIN grant_end e ON e.grant_id = g.id WHERE e.grant_id IS NULL AND g.role IN ('supervisor', 'manager')"
    " AND g.person_id = ANY(%(people)s) AND p.organisation_id = %(organisation)s"
)
"""Whose board shows what people do at their desks."""


@dataclass(frozen=True)
class Word:
    """One event for a screen: `account` something of the open account is another, `queue`, `state`; never a value."""

    name: str
    what: str

    def sent(self) -> bytes:
        """As Server-Sent Events have it."""
        return f"event: {self.name}\ndata: {json.dumps({'what': self.what})}\n\n".encode()


@dataclass(frozen=True)
class Listener:
    """One open screen."""

    person_id: int
    organisation_id: int
    words: "asyncio.Queue[Word]" = field(default_factory=lambda: asyncio.Queue(_KEPT_MAX))


class Screens:
    """The screens that are open now."""

    def __init__(self) -> None:
        self._open: defaultdict[int, set[Listener]] = defaultdict(set)

    def join(self, listener: Listener) -> None:
        """A screen listens from now on."""
        self._open[listener.person_id].add(listener)

    def leave(self, listener: Listener) -> None:
        """A screen was closed."""
        self._open[listener.person_id].discard(listener)
        if not self._open[listener.person_id]:
            del self._open[listener.person_id]

    def people(self) -> set[int]:
        """Who listens."""
        return set(self._open)

    def tell(self, person_ids: set[int], word: Word) -> None:
        """Tells the screens of these people; one that is full looks again as a whole later."""
        for listener in self._of(person_ids):
            if not listener.words.full():
                listener.words.put_nowait(word)

    def tell_all(self, organisation_id: int, word: Word) -> None:
        """Tells every screen of an organisation."""
        mine = {one.person_id for ones in self._open.values() for one in ones if one.organisation_id == organisation_id}
        self.tell(mine, word)

    def _of(self, person_ids: set[int]) -> Iterator[Listener]:
        for person_id in person_ids:
            yield from tuple(self._open.get(person_id, ()))


def read(payload: str) -> dict[str, Any]:
    """The news of a notification; what cannot be read is no news."""
    try:
        news = json.loads(payload)
    except ValueError:
        return {}
    return news if isinstance(news, dict) else {}
