"""Every address by every method for everybody: the ten roles, strangers, another creditor, another organisation."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

from ahadi.data.models.account import Account
from ahadi.data.models.act import Act
from ahadi.data.models.grant import ROLES
from ahadi.data.models.team import Team
from ahadi.domain.people.operations import TeamOutcome, open_team
from ahadi.project import urls
from ahadi.web.frame.admission import ANYBODY, ONESELF
from ahadi.web.frame.reference import written

from .access_table import TABLE, WHO, Line, lines
from .conftest import SignedIn
from .scenery import PASSWORD, House

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
LINES = lines()
# Pages whose GET takes a one-time thing out of the session or shows codes once, which is written down.
SHOWS_ONCE = {"me/codes/"}
# What is sent empty names no way to reach somebody, and there is nothing behind no way.
NAMES_NOTHING = {f"accounts/<account:account>/contact/{act}/" for act in ("begin", "queue")}
OUTSIDE_OF_THE_BOOK = ("django_session", "scratch", "usersessions_usersession")


def routes(patterns: Sequence[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the site with its view."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def address(house: House, route: str, account: str = "") -> str:
    """The address of a route with something behind each of its parts, of this house's account."""
    number = Account.objects.get(organisation_id=house.id, number=account or house.numbers[0]).id
    parts = {
        "<account:account>": written("account", number),
        "<slug:move>": "answer",
        "<slug:card>": "note",
        "<slug:part>": "states",
        "<slug:what>": "leave",
        "<slug:how>": "observe",
        "<str:rule>": "GH-DCSP",
        "<slug:name>": "reasons",
        "<slug:provider_id>": "nobody",
        "<int:pk>": "1",
        "(?P<uidb36>[0-9A-Za-z]+)": "1",
        "(?P<key>[^/]+)": "none",
    }
    if "<colleague:person>" in route:
        # A board shows who works accounts.
        login = "amina" if route.startswith("board/") and "amina" in house.people else "sara"
        parts["<colleague:person>"] = written("colleague", house.people[login])
    if "<team:team>" in route:
        parts["<team:team>"] = written("team", team_of(house))
    for kind in ("contact", "planned", "decision", "circumstance", "hold", "policy", "approval", "mandate", *THINGS):
        if f"<{kind}:{kind}>" in route:
            parts[f"<{kind}:{kind}>"] = written(kind, house.thing(kind))
    if "<whose:whose>" in route:
        parts["<whose:whose>"] = written("person", house.thing("whose"))
    for part, text in parts.items():
        route = route.replace(part, text)
    return "/" + route.removeprefix("^").removesuffix("$")


THINGS = ("case", "adjustment", "document", "proof", "point", "telling", "proposal")


def team_of(house: House) -> int:
    """A team of the house, opened when it is first asked for."""
    found = Team.objects.filter(organisation_id=house.id).first()
    if found is not None:
        return int(found.id)
    made = house.perform("open_team", lambda act: open_team(act, code="coast", name="Coast"), TeamOutcome)
    return made.team_id


def expected(line: Line, method: str, role: str) -> set[int]:
    """What somebody with a role may be answered; an officer owns no account here, and so finds none."""
    cell = line.cell(method)
    if cell is None:
        others = {line.cell("POST"), line.cell("GET")} - {None}
        served = {role in WHO[word] for word in others if word}
        return {405} if any(served) else {405, 403}
    if role not in WHO[cell]:
        return {403}
    if line.is_about_an_account and role in ("officer", "field"):
        return {404}
    # What is sent is empty: 400 says what is missing. 404: somebody without an app has none to take away.
    fine = {200, 204, 302, 400} if method == "POST" else {200, 302}
    return fine | ({404, 403} if line.route.startswith("me/") or line.route in NAMES_NOTHING else set())


def headers_are_safe(answer: HttpResponse, where: str) -> None:
    """What every answer says to the browser that gets it."""
    policy = answer["Content-Security-Policy"]
    # A file that is given out runs nothing at all.
    assert ("script-src 'self'" in policy or "sandbox" in policy.split("; ")) and "unsafe" not in policy, where
    for word in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert word in policy, where
    assert answer["X-Content-Type-Options"] == "nosniff", where
    assert answer["X-Frame-Options"] == "DENY", where
    assert answer["Referrer-Policy"] == "same-origin", where
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert "no-store" in answer.get("Cache-Control", ""), where


def ask(client: Client, method: str, where: str, **more: Any) -> Any:
    return client.generic(method, where, content_type="application/x-www-form-urlencoded", **more)


def test_every_address_has_its_line_and_every_line_its_address() -> None:
    assert sorted(route for route, _view in routes()) == sorted(LINES)


def test_a_new_address_without_a_line_is_found() -> None:
    new = [*urls.urlpatterns, path("new/", urls.worklist)]
    assert {route for route, _view in routes(new)} - set(LINES) == {"new/"}


def test_every_page_says_what_its_line_says() -> None:
    """The mark on the view is the widest cell of its line; the table was not made from the code."""
    for route, view in routes():
        cells = {LINES[route].get, LINES[route].post} - {None}
        if view.admits == ANYBODY:
            assert cells == {"anybody"}, route
        elif view.admits == ONESELF:
            assert cells == {"oneself"}, route
        else:
            (word,) = cells
            assert frozenset(view.admits) == WHO[str(word)], route


def test_every_word_of_the_table_is_used() -> None:
    assert all(re.search(rf"\| {word}\b", TABLE) for word in WHO)


def forgotten(request: HttpRequest) -> HttpResponse:
    """A page whose author forgot to say whom it admits."""
    return HttpResponse("everything")


urlpatterns = [*urls.urlpatterns, path("forgotten/", forgotten)]
handler403, handler404 = urls.handler403, urls.handler404


def test_a_page_that_does_not_say_whom_it_admits_admits_nobody(
    house: House, signed_in: SignedIn, settings: Any
) -> None:
    house.join("root", "admin")
    root = signed_in("root")
    with override_settings(ROOT_URLCONF=__name__):
        for client in (Client(), root):
            answer = client.get("/forgotten/")
            assert answer.status_code == 403 and b"everything" not in answer.content
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Doorkeeper" not in name]
        assert Client().get("/forgotten/").content == b"everything"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_in_where_its_cell_says_and_nowhere_else(house: House, signed_in: SignedIn, role: str) -> None:
    house.join("somebody", role)
    client = signed_in("somebody")
    # First every look, then what is sent: ending something takes away what stands above it in the table.
    looks = [("GET", route) for route in LINES]
    for method, route in [*looks, *(("POST", route) for route in reversed(LINES))]:
        if route != "sign-out/":
            line, where = LINES[route], address(house, route)
            answer = ask(client, method, where)
            if line.cell(method) != "anybody":
                assert answer.status_code in expected(line, method, role), (route, method, answer.status_code)
            else:
                assert answer.status_code < 500, (route, method)
            headers_are_safe(answer, f"{method} {where}")


def test_nobody_gets_in_without_a_session(house: House) -> None:
    for route, line in LINES.items():
        where = address(house, route)
        for method in ("GET", "POST"):
            answer = ask(Client(), method, where)
            headers_are_safe(answer, f"{method} {where}")
            if "anybody" in (line.get, line.post):
                assert answer.status_code < 500, (route, method)
            elif line.cell(method) is None:
                assert answer.status_code in (302, 405), (route, method)
            else:
                assert (answer.status_code, answer["Location"][:9]) == (302, "/sign-in/"), (route, method)


def test_a_method_that_no_cell_names_is_not_served(house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    client = signed_in("root")
    before = Act.objects.count()
    for route in LINES:
        where = address(house, route)
        before = Act.objects.count()
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            answer = ask(client, method, where)
            assert answer.status_code in (302, 403, 404, 405), (route, method, answer.status_code)
        assert Act.objects.count() == before, route


def test_who_has_no_role_any_more_gets_nothing_but_what_is_their_own(house: House, signed_in: SignedIn) -> None:
    person = get_user_model()(organisation_id=house.id, login="bare", name="Bare")
    person.set_password(PASSWORD)
    person.save()
    client = signed_in("bare")
    for route, line in LINES.items():
        if line.get and line.get not in ("anybody", "oneself"):
            assert client.get(address(house, route)).status_code == 403, route
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize("who", ["mallory", "zoe"])
def test_what_belongs_to_others_answers_as_what_is_not_there(
    house: House, other_house: House, signed_in: SignedIn, who: str
) -> None:
    """Mallory manages another organisation, Zoe is a manager for another creditor of this one."""
    if who == "zoe":
        house.join("zoe", "manager", "zawadi")
    client = signed_in(who)
    absent = written("account", 10**9)
    present = written("account", Account.objects.get(organisation_id=house.id, number="P1").id)
    for route, line in LINES.items():
        if not line.is_about_an_account:
            continue
        where = address(house, route)
        for method in ("GET", "POST"):
            if line.cell(method) is None or "manager" not in WHO[str(line.cell(method))]:
                continue
            real, none = ask(client, method, where), ask(client, method, where.replace(present, absent))
            assert real.status_code == none.status_code == 404, (route, method)
            assert unnamed(real) == unnamed(none), (route, method)
            assert sorted(real.headers) == sorted(none.headers), (route, method)


def unnamed(answer: Any) -> bytes:
    """A page without what differs by the address asked for and by the moment: tokens of forms, the way back."""
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)
    return re.sub(rb'name="next" value="[^"]*"', b"", content)


def test_nobody_reaches_a_person_or_team_of_another_organisation(
    house: House, other_house: House, signed_in: SignedIn
) -> None:
    for role in ("admin", "supervisor"):
        other_house.join(f"their-{role}", role)
    clients = {role: signed_in(f"their-{role}") for role in ("admin", "supervisor")}
    for route, line in LINES.items():
        if "<colleague" in route or "<team" in route:
            client = clients["supervisor" if "overseers" in (line.get, line.post) else "admin"]
            where = address(house, route)
            gone = re.sub(r"/[0-9A-Z]{4}-[0-9A-Z]{5}/", f"/{written(_kind(route), 10**9)}/", where)
            for method in ("GET", "POST"):
                if line.cell(method):
                    real, none = ask(client, method, where), ask(client, method, gone)
                    assert real.status_code == none.status_code == 404, (route, method)
                    assert unnamed(real) == unnamed(none), (route, method)


def _kind(route: str) -> str:
    return "colleague" if "<colleague" in route else "team"


def test_nothing_is_sent_without_the_token_of_its_form(house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    for login in ("sara", "root"):
        client = signed_in(login)
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = client.cookies
        before = Act.objects.count()
        for route in LINES:
            where = address(house, route)
            before = Act.objects.count()
            for method in UNSAFE:
                answer = ask(strict, method, where)
                assert answer.status_code == 403, (route, method)
                from_elsewhere = ask(strict, method, where, headers={"Origin": "https://evil.example"})
                assert from_elsewhere.status_code == 403, (route, method)
            assert Act.objects.count() == before, route


def test_without_the_token_a_form_of_another_site_would_be_obeyed(house: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    assert client.post("/theme/", {"theme": "dark"}, headers={"Origin": "https://evil.example"}).status_code == 302


def written_rows() -> dict[str, int]:
    """How many rows this transaction has written, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return {name: int(count) for name, count in cursor.fetchall() if name not in OUTSIDE_OF_THE_BOOK}


def test_no_look_writes_into_the_book(house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    clients = (signed_in("sara"), signed_in("root"), Client())
    addresses = [(route, address(house, route)) for route, line in LINES.items() if line.get]
    for route, where in addresses:
        for client in clients:
            before = written_rows()
            client.get(where)
            client.head(where)
            assert written_rows() == before or route in SHOWS_ONCE, route


def test_a_look_that_writes_is_seen(house: House) -> None:
    before = written_rows()
    house.hold("P2", "DISPUTE")
    assert written_rows() != before


def test_pages_have_neither_inline_style_nor_script(house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    clients = {"supervisor": signed_in("sara"), "admin": signed_in("root")}
    for route, line in LINES.items():
        for client in clients.values():
            if line.get:
                page = client.get(address(house, route)).content.decode()
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
    page = client.get("/worklist/").content.decode()
    assert f"/accounts/{written('account', account)}/" in page


def test_a_theme_is_kept_and_only_known_ones_are(house: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    answer = client.post("/theme/", {"theme": "dark", "next": "/ageing/"})
    assert answer["Location"] == "/ageing/"
    assert 'data-theme="dark"' in client.get("/worklist/").content.decode()
    client.post("/theme/", {"theme": "", "next": "//evil.example"})
    assert "data-theme" not in client.get("/worklist/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "<script>" not in client.get("/worklist/").content.decode()
