"""Templates: what they look like stands in stylesheets, what they do in script files, what they ask in rows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source import PACKAGE

# The policy of the site refuses the first three in a browser; here they are found before anybody opens the page.
FORBIDDEN = {
    r"\sstyle\s*=": "a style in place: give it a class",
    r"<style\b": "a stylesheet in place",
    r"<script(?![^>]*\ssrc=)": "a script in place",
    r"\son[a-z]+\s*=\s*[\"']": "a script in an attribute",
    r"(src|href)\s*=\s*[\"'](https?:)?//": "something from another site",
    r"\|\s*safe\b": "text that is not escaped",
    r"autoescape\s+off": "text that is not escaped",
}


def _templates() -> list[Path]:
    return sorted((PACKAGE / "web").rglob("*.html"))


def _wrong(text: str) -> Iterator[str]:
    for pattern, reason in FORBIDDEN.items():
        for found in re.finditer(pattern, text, re.IGNORECASE):
            yield f"line {text.count(chr(10), 0, found.start()) + 1}: {reason}"


@pytest.mark.parametrize("template", _templates(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_template_is_plain(template: Path) -> None:
    assert not list(_wrong(template.read_text("utf-8")))


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<a onclick="go()">',
        '<script src="https://example.org/a.js"></script>',
        "{{ name|safe }}",
        "{% autoescape off %}",
    ],
)
def test_template_that_is_not_plain_is_found(text: str) -> None:
    assert list(_wrong(text))


def test_script_from_a_file_of_the_site_is_plain() -> None:
    assert not list(_wrong("<script src=\"{% static 'desk.js' %}\" defer></script>"))


def test_stylesheets_take_nothing_from_other_sites() -> None:
    for sheet in sorted((PACKAGE / "web").rglob("*.css")):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", sheet.read_text("utf-8")), sheet.name
