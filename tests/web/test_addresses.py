"""Every address of the site and who may open it; a new one without a line here fails."""

from collections.abc import Iterator, Sequence

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ahadi.data.models.account import Account
from ahadi.data.models.grant import ROLES
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import PASSWORD, House

STAFF = frozenset(ROLES) - {"creditor"}
ALL = frozenset(ROLES)
ANYBODY = None
CALLERS = frozenset(("officer", "field", "supervisor", "manager", "legal"))
DECIDERS = frozenset(("manager", "admin"))

# Route -> the roles that it opens to, or ANYBODY for those without a session.
WHO: dict[str, frozenset[str] | None] = {
    "": ALL,
    "worklist/": ALL,
    "desk/": CALLERS,
    "desk/next/": CALLERS,
    "desk/pause/": CALLERS,
    "desk/undo/": CALLERS,
    "desk/beat/": CALLERS,
    "desk/queue/": CALLERS,
    "desk/shift/": CALLERS,
    "desk/keys/": CALLERS,
    "desk/<account:account>/": CALLERS,
    "desk/<account:account>/call/": CALLERS,
    "desk/<account:account>/outcome/": CALLERS,
    "desk/<account:account>/bad-number/": CALLERS,
    "desk/<account:account>/draft/": CALLERS,
    "desk/<account:account>/moves/<slug:move>/": CALLERS,
    "desk/<account:account>/cards/<slug:card>/": CALLERS,
    "desk/<account:account>/timeline/": CALLERS,
    "desk/<account:account>/guidelines/": CALLERS,
    "desk/<account:account>/news/": CALLERS,
    "sign-in/": ANYBODY,
    "sign-out/": ANYBODY,
    "theme/": ANYBODY,
    "worklist/absent/": STAFF,
    "worklist/<account:account>/why/": STAFF,
    "ageing/": ALL,
    "ageing/accounts/": ALL,
    "accounts/<account:account>/": ALL,
    "accounts/<account:account>/contact/": STAFF,
    "accounts/<account:account>/contact/begin/": CALLERS,
    "accounts/<account:account>/contact/queue/": CALLERS,
    "accounts/<account:account>/contact/<contact:contact>/": CALLERS,
    "accounts/<account:account>/planned/<planned:planned>/begin/": CALLERS,
    "accounts/<account:account>/decisions/": STAFF,
    "accounts/<account:account>/decisions/<decision:decision>/": STAFF,
    "accounts/<account:account>/known/": CALLERS,
    "accounts/<account:account>/known/week/": CALLERS,
    "accounts/<account:account>/known/<circumstance:circumstance>/end/": CALLERS,
    "accounts/<account:account>/known/<circumstance:circumstance>/care/": CALLERS,
    "accounts/<account:account>/holds/<hold:hold>/release/": CALLERS,
    "guidelines/": STAFF,
    "rules/": STAFF,
    "rules/<str:rule>/": STAFF,
    "rules/<str:rule>/sign-off/": frozenset(("admin",)),
    "policies/": STAFF,
    "policies/new/": DECIDERS,
    "policies/<policy:policy>/": STAFF,
    "policies/<policy:policy>/verdict/": DECIDERS,
    "days/": STAFF,
    "codes/": STAFF,
    "codes/<slug:name>/": STAFF,
    "api/health": ANYBODY,
}
# Addresses that are only acted upon: looking at them is answered by 405 for whoever they open to.
_ENDS = (
    "begin/",
    "contact/queue/",
    "sign-off/",
    "verdict/",
    "call/",
    "outcome/",
    "bad-number/",
    "draft/",
    "<slug:move>/",
)
_DESK = ("desk/next/", "desk/pause/", "desk/undo/", "desk/beat/")
ACTS = frozenset(route for route in WHO if route.endswith(_ENDS) or route in _DESK)


def routes(patterns: Sequence[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def address(house: House, route: str) -> str:
    """The address of a route with something behind each of its parts, of the account P1."""
    account = Account.objects.filter(number="P1").get().id
    parts = {"<account:account>": written("account", account), "<str:rule>": "GH-DCSP", "<slug:name>": "reasons"}
    parts |= {"<slug:move>": "answer", "<slug:card>": "note"}
    for kind in ("contact", "planned", "decision", "circumstance", "hold", "policy"):
        part = f"<{kind}:{kind}>"
        if part in route:
            parts[part] = written(kind, house.thing(kind))
    for part, text in parts.items():
        route = route.replace(part, text)
    return "/" + route


def test_every_address_says_who_may_open_it() -> None:
    assert sorted(routes()) == sorted(WHO)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_other(house: House, signed_in: SignedIn, role: str) -> None:
    house.join("somebody", role)
    client = signed_in("somebody")
    for route, roles in WHO.items():
        if roles is ANYBODY:
            continue
        code = client.get(address(house, route)).status_code
        is_own_account_only = role in ("officer", "field") and "<account" in route
        if role not in roles:
            assert code == 403, route
        elif route in ACTS:
            assert code == 405, route
        elif is_own_account_only:
            assert code == 404, route
        else:
            assert code in (200, 302), route


def test_nobody_sees_a_page_without_a_session(house: House) -> None:
    for route, roles in WHO.items():
        if roles is not ANYBODY:
            answer = Client().get(address(house, route))
            assert (answer.status_code, answer["Location"][:9]) == (302, "/sign-in/"), route


def test_a_person_whose_roles_ended_is_refused(house: House, signed_in: SignedIn) -> None:
    person = get_user_model()(organisation_id=house.id, login="bare", name="Bare")
    person.set_password(PASSWORD)
    person.save()
    answer = signed_in("bare").get("/")
    assert answer.status_code == 403
    assert "Your role does not open this page" in answer.content.decode()


def lookers(house: House, signed_in: SignedIn) -> dict[str, Client]:
    """A supervisor, and an administrator for what a supervisor does not open."""
    house.join("root", "admin")
    both = {"supervisor": signed_in("sara"), "admin": signed_in("root")}
    return {route: both["supervisor" if "supervisor" in roles else "admin"] for route, roles in WHO.items() if roles}


def test_pages_with_people_on_them_are_never_stored(house: House, signed_in: SignedIn) -> None:
    clients = lookers(house, signed_in)
    for route, roles in WHO.items():
        if roles is not ANYBODY:
            client = clients[route]
            assert "no-store" in client.get(address(house, route))["Cache-Control"], route


def test_every_answer_carries_the_safety_headers(house: House, signed_in: SignedIn) -> None:
    answer = signed_in("sara").get("/")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe-inline" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_pages_have_neither_inline_style_nor_script(house: House, signed_in: SignedIn) -> None:
    clients = lookers(house, signed_in)
    for route, roles in WHO.items():
        if roles is not ANYBODY or route == "sign-in/":
            page = (clients[route] if roles else Client()).get(address(house, route)).content.decode()
            assert "style=" not in page and "<style" not in page, route
            assert "<script>" not in page and " onclick" not in page, route
            assert "http://" not in page.replace("http://www.w3.org", ""), route


def test_what_is_not_there_says_so_plainly(house: House, signed_in: SignedIn) -> None:
    answer = signed_in("sara").get("/nothing/")
    assert answer.status_code == 404
    assert "This page is not here" in answer.content.decode()


def test_an_address_never_holds_the_number_of_an_account(house: House, signed_in: SignedIn) -> None:
    account = Account.objects.filter(number="P1").get().id
    client = signed_in("sara")
    assert client.get(f"/accounts/{account}/").status_code == 404
    page = client.get("/").content.decode()
    assert f"/accounts/{written('account', account)}/" in page


def test_a_theme_is_kept_and_only_known_ones_are(house: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    answer = client.post("/theme/", {"theme": "dark", "next": "/ageing/"})
    assert answer["Location"] == "/ageing/"
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "", "next": "//evil.example"})
    assert "data-theme" not in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "<script>" not in client.get("/").content.decode()
