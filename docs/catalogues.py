"""Brings the catalogues of the languages into step with the texts of the site and of the rulebook, and compiles them.

.venv/bin/python docs/catalogues.py            new texts go into every catalogue, texts that are gone leave it
.venv/bin/python docs/catalogues.py --check    say what is missing, doubtful or behind; exit code 1 when anything is

Nothing but Python is needed: templates are read by Django's own reader, texts are found and catalogues written and
compiled by Babel. Both forms are committed, so that a site shows its languages as soon as it is installed.
"""

import argparse
import ast
import io
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from gettext import c2py
from importlib import import_module
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parents[1]
WEB = PROJECT / "src" / "ahadi" / "web"
RULEBOOK = PROJECT / "src" / "ahadi" / "rulebook"
LOCALES = WEB / "frame" / "locale"
REFUSALS = LOCALES / "refusals.txt"
DOMAIN = PROJECT / "src" / "ahadi" / "domain"
LANGUAGES = ("sw", "fr", "ar")
# Which form of a counted text stands for which numbers: as the framework's own catalogues have it, so that both agree.
PLURALS = {
    "sw": (2, "(n != 1)"),
    "fr": (2, "(n > 1)"),
    "ar": (6, "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"),
}
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# What is refused at the console alone, which speaks English.
_CONSOLE = {
    *("flows/close_day.py", "flows/import_history.py", "flows/issue_visit.py", "flows/record_visit.py"),
    *("flows/reverse_receipt.py", "flows/withdraw_batch.py", "flows/withdraw_promise.py", "parties/operations.py"),
    *("people/queries.py", "placements/operations.py", "reporting/why.py", "strategy/operations.py", "work/ports.py"),
    *("work/queries.py", "audit/operations.py"),
}
_LITERAL_LEAST = 12
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_PLACEHOLDER = re.compile(r"%\((\w+)\)[0-9.]*[sd]")
_REFUSAL = re.compile(r"\bUnableTo[A-Z]\w+|\b[A-Z]\w+Already[A-Z]")
_TAG = re.compile(r"</?[a-z][^>]*>")
_PLACES_MAX = 3
_COUNTED = range(1000)

Text = str | tuple[str, ...]


def main(words: Sequence[str] | None = None) -> int:
    """Updates or checks; the exit code."""
    parser = argparse.ArgumentParser(description="Keep the catalogues of the languages.")
    parser.add_argument("--check", action="store_true", help="change nothing, say what is missing or behind")
    arguments = parser.parse_args(words)
    found = template()
    if not arguments.check:
        REFUSALS.parent.mkdir(parents=True, exist_ok=True)
        REFUSALS.write_text(listed(), "utf-8")
        for language in LANGUAGES:
            update(language, found)
    told = [line for language in LANGUAGES for line in faults(language, found)]
    sys.stdout.writelines(f"{line}\n" for line in told)
    return 1 if told else 0


def template() -> Catalog:
    """Every text of the site and of the rulebook, with the files where it stands."""
    found = _empty(None)
    places: Counter[object] = Counter()
    for where, text, context in (*_site(), *_rulebook(), *refusals()):
        places[text, context] += 1
        is_named = places[text, context] <= _PLACES_MAX
        found.add(text, locations=[(where, 0)] if is_named else [], context=context)
    return found


def _site() -> Iterator[tuple[str, Text, str | None]]:
    for path in sorted([*WEB.rglob("*.py"), *WEB.rglob("*.html")]):
        for text, context in texts(path):
            yield path.relative_to(PROJECT).as_posix(), text, context


def texts(path: Path) -> Iterator[tuple[Text, str | None]]:
    """The texts of one module or template, each with its context."""
    source = path.read_text("utf-8")
    if path.suffix == ".html":
        # What is left of a template has its indents, which mean nothing here and much to a reader of Python.
        source = templatize(source, origin=str(path)).replace("\n", " ")
    for _, text, _, context in extract("python", io.BytesIO(source.encode()), _KEYWORDS):
        yield text, context


def _rulebook() -> Iterator[tuple[str, Text, str | None]]:
    """What the rulebook says to people: titles and topics of rules, what tags and codes mean, clauses of mandates."""
    law, codes = import_module("ahadi.data.law"), import_module("ahadi.data.codes")
    mandates = import_module("ahadi.data.mandates")
    for pack in law.packs():
        for text in _of_pack(pack):
            yield "src/ahadi/rulebook/law", text, None
    known = law.words()
    for text in (*known.says.values(), *known.stores.values(), *known.content.values(), *law.QUALITIES.values()):
        yield "src/ahadi/rulebook/law", text, None
    for name in codes.LISTS:
        for code in codes.codes(name):
            for text in filter(None, (code.label, code.stops, code.ends)):
                yield f"src/ahadi/rulebook/codes/{name}.yaml", text, None
    for product in sorted(path.stem for path in (RULEBOOK / "mandates").glob("*.yaml")):
        for clause in mandates.standard(product).clauses:
            yield "src/ahadi/rulebook/mandates", clause.text, None


def _of_pack(pack: object) -> Iterator[str]:
    yield pack.name  # type: ignore[attr-defined]
    for rule in pack.rules:  # type: ignore[attr-defined]
        yield rule.title
        yield rule.topic
        for one in rule.values:
            yield one.name.replace("_", " ")
            yield one.unit
            yield from (part for part in _parts(one.value) if isinstance(part, str) and not part[:1].isdigit())


def _parts(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple) else (value,)


def refusals() -> Iterator[tuple[str, str, str]]:
    """What the domain refuses with, what is filled in as placeholders; pages find the sentence again by its shape."""
    for path in sorted(DOMAIN.rglob("*.py")):
        if path.relative_to(DOMAIN).as_posix() in _CONSOLE:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if text := _refused(node):
                yield path.relative_to(PROJECT).as_posix(), text, "refusal"


def _refused(node: ast.AST) -> str:
    """The sentence of a refusal that is raised, or that makes itself; empty where a node is neither."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _REFUSAL.search(ast.unparse(node.exc.func)):
        given = node.exc.args
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
        given = node.args
    else:
        return ""
    return _sentence(given[0]) if given else ""


def _sentence(said: ast.expr) -> str:
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        return said.value.replace("%", "%%")
    if not isinstance(said, ast.JoinedStr):
        return ""
    parts, names = [], Counter[str]()
    for part in said.values:
        if isinstance(part, ast.FormattedValue):
            name = (re.findall(r"[a-z_]{2,}", ast.unparse(part.value).lower()) or ["what"])[-1].strip("_")
            names[name] += 1
            parts.append(f"%({name}{names[name] if names[name] > 1 else ''})s")
        else:
            parts.append(str(ast.literal_eval(part)).replace("%", "%%"))
    literal = sum(len(part) for part in parts if not part.startswith("%("))
    return "".join(parts) if literal >= _LITERAL_LEAST else ""


def listed() -> str:
    """The shapes of all refusals as the site keeps them, one a line."""
    return "".join(f"{text}\n" for text in sorted({text for _where, text, _context in refusals()}))


def faults(language: str, found: Catalog) -> Iterator[str]:
    """What a catalogue lacks, has too much, or says with other placeholders; and whether it is compiled."""
    path = _path(language)
    if not path.exists():
        yield f"{language}: there is no catalogue"
        return
    catalogue = read(language)
    wanted = {(message.id, message.context) for message in found if message.id}
    known = {(message.id, message.context): message for message in catalogue if message.id}
    for key in sorted(wanted - set(known), key=str):
        yield f"{language}: {key[0]!r} is not in the catalogue"
    for key in sorted(set(known) - wanted, key=str):
        yield f"{language}: {key[0]!r} is not on the site any more"
    for key, message in known.items():
        if key in wanted:
            yield from (f"{language}: {key[0]!r} {what}" for what in wrong(message, language))
    if REFUSALS.read_text("utf-8") != listed():
        yield f"{language}: the shapes of refusals are behind"
    if compiled(language) != path.with_suffix(".mo").read_bytes():
        yield f"{language}: the compiled catalogue is behind"


def wrong(message: Message, language: str) -> Iterator[str]:
    """What is the matter with one translation."""
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    asked = message.id if isinstance(message.id, tuple) else (message.id,)
    if message.fuzzy:
        yield "is marked as doubtful"
    if not all(said) or len(said) != (PLURALS[language][0] if message.pluralizable else 1):
        yield "is not translated"
        return
    allowed = set().union(*(_PLACEHOLDER.findall(one) for one in asked))
    for place, one in enumerate(said):
        missing = allowed - set(_PLACEHOLDER.findall(one))
        # A form for a single number may spell it: "one account" needs no figure.
        may_lack = 1 if message.pluralizable and _stands_for(place, language) == 1 else 0
        if len(missing) > may_lack or set(_PLACEHOLDER.findall(one)) - allowed:
            yield f"has other placeholders than {sorted(allowed)} in {one!r}"
        if Counter(_TAG.findall(one)) != Counter(_TAG.findall(asked[-1])):
            yield f"has other tags in {one!r}"
        if allowed and re.search(r"%(?![(%])", _PLACEHOLDER.sub("", one).replace("%%", "")):
            yield f"has a percent sign that is not doubled in {one!r}"


@cache
def _stands_for(form: int, language: str) -> int:
    """For how many numbers a plural form stands, among the first thousand."""
    rule = c2py(PLURALS[language][1])
    return [rule(number) for number in _COUNTED].count(form)


def compiled(language: str) -> bytes:
    """A catalogue as the site reads it."""
    target = io.BytesIO()
    write_mo(target, read(language))
    return target.getvalue()


def update(language: str, found: Catalog) -> None:
    """Writes a catalogue anew with exactly the texts of the site, and compiles it."""
    path = _path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {(one.id, one.context): one.string for one in read(language)} if path.exists() else {}
    catalogue = _empty(language)
    for one in found:
        if one.id:
            catalogue.add(one.id, known.get((one.id, one.context)), one.locations, one.flags, context=one.context)
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, include_lineno=False, width=110)
    path.with_suffix(".mo").write_bytes(compiled(language))


def read(language: str) -> Catalog:
    """A catalogue as it stands, without the dates of its head."""
    with _path(language).open("rb") as file:
        known = read_po(file, locale=language)
    catalogue = _empty(language)
    for one in known:
        if one.id:
            catalogue.add(one.id, one.string, one.locations, one.flags, context=one.context)
    return catalogue


def _empty(language: str | None) -> Catalog:
    """A catalogue whose head bears no dates and no people, so that it changes with its texts alone."""
    catalogue = Catalog(
        locale=language,
        header_comment="# Ahadi, under the Apache License 2.0",
        project="Ahadi",
        version="0",
        msgid_bugs_address="-",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        last_translator="-",
        language_team="-",
        fuzzy=False,
    )
    if language in PLURALS:
        catalogue.mime_headers = [("Plural-Forms", f"nplurals={PLURALS[language][0]}; plural={PLURALS[language][1]};")]
    return catalogue


def _path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahadi.project.settings")
    os.environ.setdefault("AHADI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    django.setup()
    sys.exit(main())
