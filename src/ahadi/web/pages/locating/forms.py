"""What is typed of numbers, papers and relations: shapes alone; whether it can be so is decided elsewhere."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from ahadi.domain.flows.relate_party import Relation
from ahadi.domain.parties.telling import Told
from ahadi.web.frame import reference

_TEXT_MAX = 300


@dataclass(frozen=True)
class ToldForm:
    """What was told, and about whom (None: the debtor)."""

    person_id: int | None
    told: Told


def told(posted: QueryDict) -> ToldForm:
    """What was told, as it was typed."""
    return ToldForm(
        _number("person", posted.get("person", "")),
        Told(
            kind=posted.get("kind", ""),
            text=posted.get("text", "")[: _TEXT_MAX + 1],
            source=posted.get("source", ""),
            replaces=_number("point", posted.get("replaces", "")),
        ),
    )


def related(posted: QueryDict, *, today: date) -> Relation | str:
    """A relation as it was typed, or what is wrong with its shape."""
    text = posted.get("from_date", "").strip()
    try:
        since = parse_date(text) if text else today
    except ValueError:
        since = None
    if since is None:
        return _("There is no such day: %(text)s.") % {"text": text}
    return Relation(
        relation=posted.get("relation", ""),
        from_date=since,
        source=posted.get("source", ""),
        basis=posted.get("basis", "") or None,
        name=posted.get("name", ""),
        phone=posted.get("phone", ""),
        person_id=_number("person", posted.get("person", "")),
    )


def _number(kind: str, text: str) -> int | None:
    try:
        return reference.read(kind, text) if text else None
    except reference.UnableToReadReference:
        return None
