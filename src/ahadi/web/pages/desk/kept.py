"""The page of the account that comes next, made while the one before it is still worked, and shown if it still holds.

It is kept for one session, and shown only where nothing was written down about the debtor since it was made.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ahadi.domain.desk import queries, traces
from ahadi.domain.desk.ports import At
from ahadi.web.frame.admission import Visitor

KEPT_SECONDS = 300
"""No longer than somebody may have an account before them who thinks: the gate is asked again by the call itself."""
_FRESH_SECONDS = 120


@dataclass(frozen=True)
class Kept:
    """Parts of a page: `open` and `why` of the queue, `account` with its panel; what the foot of the desk says of it.

    `key`, `token` and `since` stand in the parts, where those of the moment go in when they are shown.
    """

    trace: str
    made_at: float
    key: str
    token: str
    since: int
    open: str
    why: str
    account: str
    week: int
    next_allowed: str


def keep(request: HttpRequest, visitor: Visitor, account: int, made: Kept) -> None:
    """Keeps a page for this session, for as long as it may hold."""
    cache.set(_name(request, visitor, account), asdict(made), KEPT_SECONDS)


def is_fresh(request: HttpRequest, visitor: Visitor, account: int, *, now: datetime) -> bool:
    """Whether a page that still holds was made only just now."""
    made = _found(request, visitor, account)
    return made is not None and now.timestamp() - made.made_at < _FRESH_SECONDS


def found(request: HttpRequest, visitor: Visitor, at: At, *, key: str) -> Kept | None:
    """The page that was made ahead of the account that somebody came to just now, as of this moment; None where none
    was, or where something about the debtor is another since.
    """
    made = _found(request, visitor, at.account_id or 0)
    if made is None:
        return None
    moment = {made.key: key, made.token: get_token(request), str(made.since): str(int(at.since.timestamp() * 1000))}

    def as_of_now(text: str) -> SafeString:
        for before, now in moment.items():
            text = text.replace(before, now)
        return SafeString(text)

    return replace(made, open=as_of_now(made.open), why=as_of_now(made.why), account=as_of_now(made.account))


def _found(request: HttpRequest, visitor: Visitor, account: int) -> Kept | None:
    known = cache.get(_name(request, visitor, account))
    if known is None or known["trace"] != traces.trace(by=visitor.actor, account_id=account):
        return None
    return Kept(**known)


def _name(request: HttpRequest, visitor: Visitor, account: int) -> str:
    own = sorted(queries.keys(by=visitor.actor).items())
    return f"ahead {request.session.session_key} {account} {visitor.today} {get_language()} {own}"
