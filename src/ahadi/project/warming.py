"""What the first pages of a process would wait for, done before anybody asks: addresses, templates, words, rules."""

import gc
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.template.engine import Engine
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import translation

from ahadi.data import calendars, codes, desks, law, locating

# What libraries import when they are first used.
_LATE = ("numpy.ma",)


def warm() -> int:
    """Reads what does not change while a process lives; the number of templates that were compiled.

    Without it the first page of each process takes most of a second.
    """
    _ = get_resolver().url_patterns
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("")
    for module in _LATE:
        import_module(module)
    # The days of one country in any year have the library read those of all.
    calendars.calendar(frozenset({"TZ"}), years=range(2026, 2027))
    law.rules()
    desks.terms()
    locating.terms()
    for name in codes.LISTS:
        codes.codes(name)
    compiled = _templates()
    # What was read so far stays: to look through it for garbage takes a tenth of a second, in the middle of a page.
    gc.collect()
    gc.freeze()
    return compiled


def _templates() -> int:
    folders = [Path(folder) for folder in Engine.get_default().dirs]
    names = {str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*.html")}
    for name in sorted(names):
        get_template(name)
    return len(names)
