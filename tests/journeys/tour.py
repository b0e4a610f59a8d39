"""A walk over every page of the access table, signed in as somebody who may open it."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext

WEB = Path(__file__).parents[1] / "web"
SIZE = {"width": 1366, "height": 768}
# Who looks at what the table opens to a group; the supervisor reaches people and leads them.
LOGINS = {"deciders": "mona", "admin": "ada"}
# What a manager has most of.
BY_ROUTE = {"approvals/together/": "mona"}
# What restrains an account, or is kept about somebody.
HELD = ("<circumstance:", "<hold:", "<decision:", "<case:", "<adjustment:", "known/", "decisions/", "holds/")
# Answers that are no pages: what programs ask, and what the library that signs people in leads on from.
NO_PAGES = ("api/health", "here/", "sign-in/passkey/", "sign-in/with/", "unlock/passkey/", "me/again/", "me/codes/")


def pages_of_tests(name: str) -> ModuleType:
    """A module of the page tests, as a member of its own package."""
    if "page_tests" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "page_tests", WEB / "__init__.py", submodule_search_locations=[str(WEB)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules["page_tests"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["page_tests"])
    return importlib.import_module(f"page_tests.{name}")


@dataclass(frozen=True)
class Stop:
    """A page: its route, its address, and who opens it; nobody where no session is needed."""

    route: str
    url: str
    login: str | None


def stops(house: Any, held: Any) -> Iterator[Stop]:
    """Every page that the table opens to somebody, with something behind each part of its address."""
    matrix, table = pages_of_tests("test_access_matrix"), pages_of_tests("access_table")
    for route, line in table.lines().items():
        if line.get is None or route.startswith(NO_PAGES) or "uidb36" in route:
            continue
        login = None if line.get == "anybody" else LOGINS.get(line.get, "sara")
        login = BY_ROUTE.get(route, "amina" if route.startswith("desk/") else login)
        url = matrix.address(held if any(part in route for part in HELD) else house, route)
        if "<" not in url:
            yield Stop(route, url, login)
    if held is not house:
        yield Stop("desk/stop/", matrix.address(held, "desk/<account:account>/"), "amina")


def staffed(house: Any) -> Any:
    """The house with a manager and an administrator."""
    for login, role in (("mona", "manager"), ("ada", "admin")):
        if login not in house.people:
            house.join(login, role)
    return house


@dataclass(frozen=True)
class Walk:
    """What there is to see, and the sessions of those who see it; made before a browser takes the thread."""

    stops: tuple[Stop, ...]
    sessions: dict[str, str]

    def context(self, browser: Browser, site: str, login: str | None, **more: Any) -> BrowserContext:
        """A browser of its own, signed in where somebody looks."""
        context = browser.new_context(viewport=SIZE, **more)
        if login is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": self.sessions[login], "url": site}])
        return context


def walk(house: Any, held: Any = None) -> Walk:
    """The way through every page of a house; `held` is looked at where something restrains an account."""
    places = tuple(stops(staffed(house), held or house))
    logins = {stop.login for stop in places if stop.login}
    return Walk(places, {login: session(house.logins.get(login, login)) for login in logins})


def session(login: str) -> str:
    """The key of a session of somebody who came in through the door."""
    client = Client()
    answer = client.post("/sign-in/", {"login": login, "password": pages_of_tests("scenery").PASSWORD})
    assert answer.status_code == 302, login
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def named(route: str) -> str:
    """A file's name for a route."""
    words = [word for word in route.strip("/").split("/") if word and not word.startswith("<")]
    last = "-one" if route.rstrip("/").endswith(">") else ""
    return ("-".join(words) or "first") + last
