"""The book of the page tests, committed, behind a running site."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _scenery() -> ModuleType:
    """Test folders are packages of their own, so what another one made is loaded from its file."""
    spec = importlib.util.spec_from_file_location("journeys_scenery", Path(__file__).parents[1] / "web" / "scenery.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def scenery() -> ModuleType:
    """How books are made for pages."""
    return _scenery()


@pytest.fixture
def house(running_site: str, scenery: Any) -> Any:
    """The book behind the site: enough accounts for two pages, and a name that is a formula."""
    house = scenery.kisima()
    house.place("pwani", [scenery.debt(f"M{n}", 5 + n, 50_000 + n) for n in range(60)])
    house.place("zawadi", [scenery.debt("F1", 30, 9_000_000) | {"debtor_name": "=1+1"}])
    return house
