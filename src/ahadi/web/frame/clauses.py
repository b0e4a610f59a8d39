"""Rules of contact in plain sentences: whom and what each is about, when it restrains, and what its examples show."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.contact.catalogue import Example, LawRule, LawValue, words
from ahadi.kernel.rule import (
    CHANNELS,
    PLACES,
    PURPOSES,
    ROLES,
    Always,
    Attempts,
    Content,
    Conversation,
    During,
    Gap,
    Hours,
    Inconvenient,
    Rule,
    Unless,
    Where,
)
from ahadi.web.frame import contact, figures
from ahadi.web.frame.words import listed, said

_EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True)
class ExampleRow:
    """One example: what it shows, what is given, when and how it is asked, and what the rule says."""

    say: str
    given: str
    when: str
    answer: str
    tone: str
    icon: str


def clauses(rule: LawRule) -> tuple[str, ...]:
    """Each test of a rule as a sentence."""
    return tuple(_clause(one) for one in rule.tests)


def binds(rule: LawRule) -> str:
    """Whom a rule binds, about which debtors."""
    return {
        ("any", "any"): _("everybody"),
        ("any", "consumer"): _("everybody, about consumers"),
        ("any", "business"): _("everybody, about businesses"),
        ("third_party", "any"): _("who collects for others"),
        ("third_party", "consumer"): _("who collects for others, about consumers"),
        ("third_party", "business"): _("who collects for others, about businesses"),
        ("lender", "any"): _("lenders"),
        ("lender", "consumer"): _("lenders, about consumers"),
        ("lender", "business"): _("lenders, about businesses"),
    }[rule.binds, rule.debtors]


def value(one: LawValue) -> tuple[str, str]:
    """A figure of a rule: its name, and what it is with the unit."""
    parts = one.value if isinstance(one.value, tuple) else (one.value,)
    told = {"value": listed(said(part) if isinstance(part, str) else str(part) for part in parts)}
    return said(one.name.replace("_", " ")), _("%(value)s %(unit)s") % {**told, "unit": said(one.unit)}


def example(one: Example) -> ExampleRow:
    """An example as a row of a table."""
    tones = {"block": ("late", "octagon-x"), "warn": ("warn", "triangle-alert"), "silent": ("kept", "check")}
    tone, icon = tones.get(one.expect, ("next", "info"))
    return ExampleRow(
        say=one.say,
        given="; ".join(_given(one)) or "—",
        when=_when(one),
        answer=_expected(one),
        tone=tone,
        icon=icon,
    )


def _clause(rule: Rule) -> str:
    told = _TESTS[type(rule.test)](rule.test)
    about = _about(rule.where)
    text = _("%(about)s: %(test)s") % {"about": about, "test": told} if about else told
    return _("It %(action)s. %(text)s.") % {"action": contact.action(rule.action), "text": text[:1].upper() + text[1:]}


def _about(where: Where) -> str:
    parts = [
        _some(where.channels, contact.channel, CHANNELS, _("by every way but: %(others)s")),
        _("to reach %(roles)s") % {"roles": _some(where.roles, contact.role, ROLES, _("everybody but: %(others)s"))}
        if where.roles
        else "",
        _some(where.purposes, _lower_purpose, PURPOSES, _("for every purpose but: %(others)s")),
        _some(where.places, contact.place, PLACES, _("everywhere but: %(others)s")),
        {True: _("with a recorded basis"), False: _("without a recorded basis")}.get(where.has_basis, "")
        if where.has_basis is not None
        else "",
    ]
    return listed(parts)


def _lower_purpose(code: str) -> str:
    text = contact.purpose(code)
    return text[:1].lower() + text[1:]


def _some(codes: frozenset[str] | None, word: Callable[[str], str], known: tuple[str, ...], but: str) -> str:
    """The codes in words; where they are more than half of what there is, those that are left out."""
    if codes is None:
        return ""
    others = [code for code in known if code not in codes]
    if others and len(others) < len(codes):
        return but % {"others": _listed(others, word, known)}
    return _listed(codes, word, known)


def _listed(codes: Iterable[str] | None, word: Callable[[str], str], order: tuple[str, ...] = ()) -> str:
    if codes is None:
        return ""
    found = sorted(codes, key=lambda code: (order.index(code) if code in order else 0, code))
    return listed(word(code) for code in found)


def _hours(test: Hours) -> str:
    text = _("only from %(start)s to before %(end)s, by the clock of every place where they may be") % {
        "start": figures.clock(test.start),
        "end": figures.clock(test.end),
    }
    bounds = []
    if test.weekdays is None:
        bounds.append(_("not on days of rest"))
    elif test.weekdays != _EVERY_DAY:
        days = listed((contact.weekday(day) for day in sorted(test.weekdays)), "standard")
        bounds.append(_("on the days %(days)s alone") % {"days": days})
    if not test.with_holidays:
        bounds.append(_("not on holidays"))
    if test.ramadan is not None:
        begin, end = (figures.clock(minute) for minute in test.ramadan)
        bounds.append(_("in Ramadan from %(start)s to before %(end)s") % {"start": begin, "end": end})
    return listed((text, *bounds))


def _attempts(test: Attempts) -> str:
    most = ngettext("at most %(n)s attempt", "at most %(n)s attempts", test.most) % {"n": test.most}
    if test.days is not None:
        window = ngettext("on a day", "in %(n)s days, today included", test.days) % {"n": test.days}
    elif test.hours is not None:
        window = ngettext("in an hour", "in %(n)s hours", test.hours) % {"n": test.hours}
    else:
        window = _("ever")
    return _("%(most)s %(window)s, on %(per)s") % {"most": most, "window": window, "per": _per(test.per)}


def _per(keys: tuple[str, ...]) -> str:
    known = {
        "account": _("the same account"),
        "person": _("the same person"),
        "point": _("the same number or address"),
        "debtor": _("the same debtor, over all accounts"),
    }
    return listed((known[key] for key in keys), "standard")


def _conversation(test: Conversation) -> str:
    days = ngettext("that day", "%(n)s days, that one included", test.days) % {"n": test.days}
    return _("after a conversation by telephone nothing more for %(days)s, on %(per)s") % {
        "days": days,
        "per": _per(test.per),
    }


def _gap(test: Gap) -> str:
    return _("after an attempt that nobody answered nothing for %(n)s minutes, on %(per)s") % {
        "n": test.minutes,
        "per": _per(test.per),
    }


def _content(test: Content) -> str:
    known = words().content
    parts = []
    if test.required:
        parts.append(_("of every message must be true: %(tags)s") % {"tags": _tags(test.required, known)})
    if test.forbidden:
        parts.append(_("of no message may be true: %(tags)s") % {"tags": _tags(test.forbidden, known)})
    return "; ".join(parts)


def _tags(tags: Iterable[str], known: dict[str, str]) -> str:
    return listed(_("“%(sentence)s”") % {"sentence": said(known.get(tag, tag))} for tag in sorted(tags))


def _facts(test: During | Unless) -> str:
    known = _listed(test.facts, contact.fact)
    return (_("while it is so: %(facts)s") if isinstance(test, During) else _("unless it is so: %(facts)s")) % {
        "facts": known
    }


_TESTS: dict[type, Callable[[Any], str]] = {
    Always: lambda test: _("at every moment"),
    During: _facts,
    Unless: _facts,
    Hours: _hours,
    Attempts: _attempts,
    Conversation: _conversation,
    Gap: _gap,
    Content: _content,
    Inconvenient: lambda test: _("at times that they called inconvenient"),
}


def _given(one: Example) -> list[str]:
    told = [_("to %(role)s") % {"role": contact.role(one.role)}] if one.role != "debtor" else []
    if one.has_basis:
        told.append(_("with a recorded basis"))
    for fact in one.facts:
        known = {"fact": contact.fact(fact.kind), "day": _moment(fact.from_at)}
        if fact.until_at:
            known["until"] = _moment(fact.until_at)
        text = _("%(fact)s from %(day)s until %(until)s") if fact.until_at else _("%(fact)s since %(day)s")
        told.append(text % known)
    for tried in one.attempts:
        kind = _("conversation") if tried.is_conversation else contact.result(tried.result)
        told.append(f"{tried.times} × {contact.channel(tried.channel)} ({kind}), {_moment(tried.at)}")
    for wish in one.preferences:
        span = figures.apart(f"{figures.clock(wish.from_minute)}–{figures.clock(wish.until_minute)}")
        told.append(_("not %(times)s") % {"times": f"{contact.weekday(wish.weekday)} {span}"})
    told += [_("%(day)s is a holiday") % {"day": figures.apart(day.isoformat())} for day in sorted(one.holidays)]
    if one.content is not None:
        bears = _tags(one.content, words().content) or _("nothing of the list")
        told.append(_("of the message is true: %(tags)s") % {"tags": bears})
    return told


def _when(one: Example) -> str:
    told = [contact.channel(one.channel), f"{contact.weekday(one.at.isoweekday())} {_moment(one.at)}"]
    if one.zones != ("UTC",):
        told.append(" + ".join(one.zones))
    if one.place:
        told.append(contact.place(one.place))
    if one.purpose != "collect":
        told.append(contact.purpose(one.purpose))
    return listed(told)


def _moment(at: datetime) -> str:
    """A moment of an example, as its file writes it."""
    return figures.apart(f"{at:%Y-%m-%d %H:%M}")


def _expected(one: Example) -> str:
    known = {
        "block": _("refuses"),
        "warn": _("warns"),
        "require": _("asks for what is to be said or done"),
        "record": _("asks for what is to be kept"),
        "silent": _("is silent"),
    }
    text = known[one.expect]
    if one.is_endless:
        return _("%(answer)s, without end") % {"answer": text}
    if one.until_at is not None:
        return _("%(answer)s until %(moment)s") % {"answer": text, "moment": _moment(one.until_at)}
    return text
