"""What the domain refuses with, in the language of the page: a sentence is found again by its shape."""

import re
from functools import cache
from pathlib import Path

from django.utils.translation import pgettext

_SHAPES = Path(__file__).parent / "locale" / "refusals.txt"
_PLACE = re.compile(r"%\((\w+)\)s")


def refusal(text: str) -> str:
    """A refusal as the page says it; one of no known shape stays as it is."""
    for shape, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return pgettext("refusal", shape) % found.groupdict()
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every shape with what finds it, those with most words of their own first."""
    shapes = sorted(_SHAPES.read_text("utf-8").splitlines(), key=lambda shape: -len(_PLACE.sub("", shape)))
    return tuple((shape, re.compile(_pattern(shape), re.DOTALL)) for shape in shapes)


def _pattern(shape: str) -> str:
    parts = _PLACE.split(shape)
    return "".join(
        f"(?P<{part}>.*?)" if place % 2 else re.escape(part.replace("%%", "%")) for place, part in enumerate(parts)
    )
