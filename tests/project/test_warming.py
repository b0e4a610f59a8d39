"""A process that is warm has read what its first page needs."""

import gc
from pathlib import Path

import ahadi.web
from ahadi.data import law
from ahadi.project.warming import warm


def test_every_template_is_compiled_and_every_rule_read_before_the_first_page() -> None:
    law.rules.cache_clear()
    pages = set(Path(ahadi.web.__file__).parent.rglob("*.html"))
    try:
        assert warm() >= len(pages)
        read = law.rules.cache_info().misses
        law.rules()
        assert read == law.rules.cache_info().misses == 1
        assert gc.get_freeze_count() > 0, "what stays is not looked through for garbage in the middle of a page"
    finally:
        gc.unfreeze()
