"""Colours that everybody can read, in both themes, and names that exist (WCAG 2.2: text 4.5:1, marks 3:1)."""

import math
import re
from pathlib import Path

import pytest

import ahadi.web.frame
from ahadi.web.frame import contact

STATIC = Path(ahadi.web.frame.__path__[0]) / "static"
TOKENS = (STATIC / "tokens.css").read_text()
_PLACE = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
COLOURS = {
    name: (tuple(map(float, values[:3])), tuple(map(float, values[3:])))
    for name, *values in re.findall(rf"--([\w-]+): light-dark\({_PLACE}, {_PLACE}\)", TOKENS)
}
MEANINGS = dict(re.findall(r"--([\w-]+):\s*var\(--([\w-]+)\)", TOKENS))

GROUNDS = ("ground", "surface", "sunken", "raised", "hover", "pressed")
WORDS = ("text", "text-2", "text-3", "accent-text", "kept", "warn", "late", "next", "care")
WASHES = ("accent-wash", "kept-wash", "warn-wash", "late-wash", "next-wash", "care-wash")
TEXT = [
    *((word, ground) for word in WORDS for ground in GROUNDS),
    *((word, wash) for word in ("text", "text-2", "text-3") for wash in WASHES),
    *((wash.removesuffix("-wash"), wash) for wash in WASHES[1:]),
    *(("on-solid", fill) for fill in ("accent", "accent-hover", "kept-fill", "late-fill", "next-fill", "care-fill")),
]
MARKS = [
    (mark, ground)
    for mark in ("line-3", "focus", "mark", "accent", "kept-fill", "late-fill")
    for ground in ("ground", "surface", "raised")
]


def luminance(place: tuple[float, ...]) -> float:
    """Relative luminance of an oklch colour, by linear light of sRGB."""
    light, chroma, hue = place[0], place[1], math.radians(place[2])
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    cones = ((0.3963377774, 0.2158037573), (-0.1055613458, -0.0638541728), (-0.0894841775, -1.2914855480))
    long, middle, short = ((light + x * a + y * b) ** 3 for x, y in cones)
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    weighed = zip((0.2126, 0.7152, 0.0722), (red, green, blue), strict=True)
    return sum(weight * min(1.0, max(0.0, value)) for weight, value in weighed)


def ratio(one: str, other: str, theme: int) -> float:
    def of(name: str) -> float:
        while name in MEANINGS:
            name = MEANINGS[name]
        return luminance(COLOURS[name][theme])

    low, high = sorted((of(one), of(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_and_every_mark_stands_out(theme: int) -> None:
    pale = [pair for pair in TEXT if ratio(*pair, theme) < 4.5] + [pair for pair in MARKS if ratio(*pair, theme) < 3]
    assert pale == []


def test_a_pale_pair_would_be_found() -> None:
    assert ratio("line", "surface", 0) < 3


def test_ages_read_in_grey_as_well() -> None:
    light, dark = ([luminance(COLOURS[f"age-{n}"][theme]) for n in range(7)] for theme in (0, 1))
    assert light == sorted(light, reverse=True) and dark == sorted(dark)


def test_every_colour_that_is_used_exists_and_old_browsers_have_it_too() -> None:
    sheets = "".join(path.read_text() for path in STATIC.glob("*.css"))
    assert set(re.findall(r"var\(--([\w-]+)", sheets)) <= set(re.findall(r"--([\w-]+):", sheets))
    fallback = TOKENS[TOKENS.index("@supports not") :]
    assert [name for name in COLOURS if f"--{name}: #" not in fallback] == []


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_closes_what_it_opens_and_stays_in_its_layers(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    assert text.count("{") == text.count("}")
    depth, outside = 0, ""
    for letter in text:
        depth += (letter == "{") - (letter == "}")
        outside += letter if depth == 0 else ""
    rules = [rule for rule in re.split(r"[;}]", outside) if rule.strip()]
    assert all(rule.strip().startswith("@layer") for rule in rules)


def test_every_icon_that_a_page_names_is_drawn() -> None:
    drawn = set(re.findall(r'id="i-([\w-]+)"', (STATIC / "icons.svg").read_text()))
    web = STATIC.parent.parent
    templates = "".join(path.read_text() for path in web.rglob("*.html"))
    code = (web / "pages" / "worklist" / "reasons.py").read_text()
    named = set(re.findall(r'icon\.html" with name="([\w-]+)"', templates)) | set(
        re.findall(r'Change\(\s*"([\w-]+)"', code)
    )
    assert named and named | {*contact.ICONS.values(), *contact.ANSWER_ICONS.values()} <= drawn
