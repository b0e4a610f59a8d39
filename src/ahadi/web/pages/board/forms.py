"""What may be chosen on the page that moves accounts: whose, to whom, which of them, and how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from ahadi.domain.oversight.ports import Terms
from ahadi.web.frame.reference import UnableToReadReference, read

_NAMED_MAX = 500
_COUNT_MAX = 20_000
_TEXT = ("creditor", "branch", "bucket", "language")


@dataclass(frozen=True)
class Choice:
    """What was chosen; `first` names something that comes first on the board, whose accounts are meant."""

    givers: tuple[int, ...]
    takers: tuple[int, ...]
    accounts: tuple[int, ...]
    first: str
    way: str
    count: int | None
    texts: Mapping[str, str]
    reason: str

    @property
    def is_complete(self) -> bool:
        """Whether there is enough to look at what would move."""
        return bool(self.takers and (self.givers or self.accounts or self.first))

    def terms(self, *, weights: Mapping[int, int], accounts: Sequence[int] = ()) -> Terms:
        """The terms; `weights` are shares of the receivers, 1 where it names none."""
        named = tuple(accounts) or self.accounts
        return Terms(
            from_ids=() if named else self.givers,
            to=tuple((one, weights.get(one, 1)) for one in self.takers),
            way="hand" if named else self.way,
            account_ids=named,
            count=self.count,
            **{name: self.texts.get(name, "") for name in _TEXT},
        )


def chosen(query: QueryDict) -> Choice:
    """The choices of an address or a form, without those that cannot be."""
    count = query.get("count", "").strip()
    way = query.get("way", "")
    return Choice(
        givers=_read("owner", query.getlist("from")),
        takers=_read("owner", query.getlist("to")),
        accounts=_read("account", query.getlist("account")[:_NAMED_MAX]),
        first=query.get("first", "")[:30],
        way="capacity" if way == "capacity" else "rule",
        count=min(int(count), _COUNT_MAX) if count.isdecimal() and len(count) < 8 and int(count) else None,
        texts={name: query.get(name, "").strip()[:60] for name in _TEXT},
        reason=query.get("reason", "").strip()[:200],
    )


def _read(kind: str, texts: Sequence[str]) -> tuple[int, ...]:
    found = []
    for text in texts:
        try:
            found.append(read(kind, text))
        except UnableToReadReference:
            continue
    return tuple(dict.fromkeys(found))


def reference(kind: str, text: str) -> int:
    """The number behind a reference that a form sent; 0 where it is none."""
    return next(iter(_read(kind, [text])), 0)
