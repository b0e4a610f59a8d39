"""What is typed and pressed at the desk: shapes alone; whether it can be so is decided elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.flows.record_outcome import Along
from ahadi.domain.negotiation.proposing import Offered
from ahadi.kernel.money import exponent
from ahadi.web.frame import bargains, figures, reference

PROMISE, OFFER = "promise", "offer"
_TEXT_MAX = 2000
_REASON_MAX = 200


class UnableToReadForm(ValueError):
    """What was typed cannot be read: the text says which field, and how it is written."""

    is_refusal = True


@dataclass(frozen=True)
class Sent:
    """An outcome as it was sent: the code of the disposition, and what comes along."""

    result: str
    along: Along


def sent(posted: QueryDict, *, currency: str, arrears_minor: int, zone: str) -> Sent:
    """The outcome of a form. Raises UnableToReadForm."""
    result = posted.get("result", "")
    promised = None
    if result == PROMISE:
        minor = minor_of(posted.get("amount", ""), currency)
        promised = Promised(day_of(posted.get("day", "")), minor, posted.get("source") or None)
        result = "RP_PTP_FULL" if promised.amount_minor >= arrears_minor else "RP_PTP_PART"
    along = Along(
        note=_changed(posted)[:_TEXT_MAX],
        reason=posted.get("reason", ""),
        promised=promised,
        offered=_offered(posted) if result == OFFER else None,
        call_back_at=_moment(posted, zone) if posted.get("at") or posted.get("at_day") else None,
        advances=posted.get("advances") == "1",
    )
    return Sent(result, along)


def _offered(posted: QueryDict) -> Offered:
    chosen = bargains.read(posted.get("offer", ""))
    if chosen is None:
        raise UnableToReadForm(_("Choose one of the offers."))
    kind, parts = chosen
    why = posted.get("why", "")[:_REASON_MAX]
    return Offered(kind, tuple(Promised(day, minor) for day, minor in parts), why, posted.get("replaces") == "yes")


def minor_of(text: str, currency: str) -> int:
    """An amount as people write it, in minor units. Raises UnableToReadForm."""
    try:
        units = Decimal(figures.typed(text)) * 10 ** exponent(currency)
    except InvalidOperation as error:
        raise UnableToReadForm(
            _("%(text)s is no amount of money; write it as %(example)s.")
            % {"text": repr(text), "example": figures.count(12_500)}
        ) from error
    if units != units.to_integral_value():
        raise UnableToReadForm(
            _("%(currency)s has no parts as small as %(text)s.") % {"currency": currency, "text": text}
        )
    return int(units)


def point_of(posted: QueryDict) -> int | None:
    """The number or address that a form names."""
    text = posted.get("point", "")
    try:
        return reference.read("point", text) if text else None
    except reference.UnableToReadReference:
        return None


def person_of(posted: QueryDict) -> int | None:
    """The person that a form names."""
    text = posted.get("person", "")
    try:
        return reference.read("person", text) if text else None
    except reference.UnableToReadReference:
        return None


def kept(posted: QueryDict) -> dict[str, str]:
    """The fields to keep as a draft: everything but what belongs to the form itself."""
    apart = ("csrfmiddlewaretoken", "key", "result", "advances", "wrote")
    return {name: posted.get(name, "") for name in posted if name not in apart and posted.get(name, "").strip()}


def _changed(posted: QueryDict) -> str:
    """The note, where it is another than the one that was written beforehand."""
    text = posted.get("note", "").strip()
    return "" if text == posted.get("wrote", "").strip() else text


def day_of(text: str) -> date:
    """A day as a browser sends it. Raises UnableToReadForm."""
    try:
        day = parse_date(text.strip())
    except ValueError as error:
        raise UnableToReadForm(_("There is no such day: %(text)s.") % {"text": text}) from error
    if day is None:
        raise UnableToReadForm(_("Choose the day on which it is to be paid."))
    return day


def _moment(posted: QueryDict, zone: str) -> datetime:
    text = posted.get("at") or f"{posted.get('at_day', '')}T{posted.get('at_time', '') or '09:00'}"
    try:
        moment = parse_datetime(text)
    except ValueError as error:
        raise UnableToReadForm(_("There is no such moment: %(text)s.") % {"text": text}) from error
    if moment is None:
        raise UnableToReadForm(_("Choose the day and the time to call back."))
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
