"""Every text of the site and of the rulebook stands in every catalogue, translated and with its placeholders."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings

from ahadi.data.models.person import LANGUAGES

from .source import PROJECT


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues", PROJECT / "docs" / "catalogues.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """Every text there is."""
    found: Catalog = TOOL.template()
    return found


@pytest.mark.parametrize("language", TOOL.LANGUAGES)
def test_every_text_stands_in_the_catalogue(language: str, texts: Catalog) -> None:
    told = list(TOOL.faults(language, texts))
    assert not told, "run docs/catalogues.py and translate what it names:\n" + "\n".join(told[:20])


def test_languages_of_the_site_are_those_a_person_may_choose_and_have_catalogues() -> None:
    assert tuple(code for code, _name in settings.LANGUAGES) == LANGUAGES
    assert {"en", *TOOL.LANGUAGES} == set(LANGUAGES)


def test_text_without_a_translation_is_found(texts: Catalog) -> None:
    texts.add("A text that nobody has translated")
    try:
        assert "fr: 'A text that nobody has translated' is not in the catalogue" in list(TOOL.faults("fr", texts))
    finally:
        texts.delete("A text that nobody has translated")


def test_text_that_is_gone_from_the_site_is_found() -> None:
    (told,) = {line for line in TOOL.faults("sw", _of("Password")) if "'Debtor'" in line}
    assert told == "sw: 'Debtor' is not on the site any more"


def _of(*texts: str) -> Catalog:
    found = Catalog()
    for text in texts:
        found.add(text)
    return found


@pytest.mark.parametrize(
    ("text", "said", "language", "what"),
    [
        ("Owes", "", "fr", "is not translated"),
        ("%(n)s of %(all)s", "%(n)s sur tous", "fr", "has other placeholders"),
        ("%(n)s left", "%(n)s sur %(all)s", "fr", "has other placeholders"),
        ("<b>Late</b>", "En retard", "fr", "has other tags"),
        ("%(n)s %% late", "%(n)s % en retard", "fr", "has a percent sign"),
        (("%(n)s day", "%(n)s days"), ("siku %(n)s", ""), "sw", "is not translated"),
        (("%(n)s day", "%(n)s days"), ("يوم", "يوم"), "ar", "is not translated"),
        (("%(n)s day", "%(n)s days"), ("un jour", "%(n)s jours"), "fr", "has other placeholders"),
    ],
)
def test_translation_that_lost_something_is_found(
    text: str | Sequence[str], said: str | Sequence[str], language: str, what: str
) -> None:
    assert any(what in line for line in TOOL.wrong(Message(text, said), language))


def test_form_for_a_single_number_may_spell_it() -> None:
    forms = ("%(n)s يوم", "يوم واحد", "يومان", "%(n)s أيام", "%(n)s يومًا", "%(n)s يوم")
    assert not list(TOOL.wrong(Message(("%(n)s day", "%(n)s days"), forms), "ar"))


def test_doubtful_translation_is_found() -> None:
    message = Message("Owes", "Doit", flags={"fuzzy"})
    assert list(TOOL.wrong(message, "fr")) == ["is marked as doubtful"]


def test_texts_of_a_template_are_found_behind_any_indent(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}\n  <p>\n{% translate "One" %}</p>\n    {% blocktranslate count n=n %}{{ n }} is'
        "{% plural %}{{ n }} are{% endblocktranslate %}\n <i title=\"{% translate 'Two' %}\">",
        "utf-8",
    )
    assert [text for text, _context in TOOL.texts(page)] == ["One", ("%(n)s is", "%(n)s are"), "Two"]
