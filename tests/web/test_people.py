"""People: joining, moving, leaving and resets on their pages, and what each may see and do."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from ahadi.data.models.account import AccountState
from ahadi.data.models.act import Act
from ahadi.data.models.team import TeamMember
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import PASSWORD, House

NEW = "another long sentence, quite"


@pytest.fixture
def root(house: House, signed_in: SignedIn) -> Client:
    """The browser of whoever looks after access."""
    house.join("root", "admin")
    return signed_in("root")


def page_of(house: House, login: str, more: str = "") -> str:
    return f"/people/{written('colleague', house.people[login])}/{more}"


def key(client: Client, address: str) -> str:
    found = re.search(r'name="key" value="([\w-]+?)(?:-link|-factors|-in|-\d+)?"', client.get(address).content.decode())
    assert found
    return found[1]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_list_is_searched_and_narrowed(house: House, root: Client) -> None:
    assert {"Amina Komba", "Sara", "Portal", "Root"} <= set(re.findall(r'">([\w ]+)</a></th>', text(root, "/people/")))
    page = text(root, "/people/?q=komba")
    assert "Amina Komba" in page and ">Sara<" not in page
    page = text(root, "/people/?role=supervisor")
    assert ">Sara<" in page and "Amina Komba" not in page
    assert "Nobody fits what you chose" in text(root, "/people/?where=left")


def test_the_list_has_pages_and_orders(house: House, root: Client) -> None:
    for number in range(60):
        house.join(f"p{number:02}", "officer")
    assert "1–50 of 64" in text(root, "/people/")
    assert "51–64 of 64" in text(root, "/people/?page=2")
    first = re.findall(r'scope="row"><a[^>]*>([\w ]+)</a>', text(root, "/people/?sort=-name"))[0]
    assert first == "Sara"


def test_the_list_is_taken_away_without_passwords(house: House, root: Client) -> None:
    answer = root.get("/people/?format=csv")
    rows = answer.content.decode()
    assert answer.status_code == 200 and "amina" in rows and "argon2" not in rows


def test_somebody_joins_and_chooses_a_password_by_a_link_that_serves_once(house: House, root: Client) -> None:
    sent = {"key": key(root, "/people/new/"), "login": "juma", "name": "Juma Ali", "role": "officer"}
    answer = root.post("/people/new/", {**sent, "creditor": ["pwani"], "branch": "Mombasa"})
    assert answer.status_code == 302
    shown = text(root, answer["Location"])
    link = re.search(r'value="http://testserver(/password/new/[^"]+)"', shown)
    assert link and "Pwani Home Credit" in shown and "Mombasa" in shown
    assert "/password/new/" not in text(root, answer["Location"])
    newcomer = Client()
    form = newcomer.get(link[1])["Location"]
    assert newcomer.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    assert newcomer.post("/sign-in/", {"login": "juma", "password": NEW}).status_code == 302
    assert "This link has served" in text(Client(), link[1])


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"login": "two words"}, "A login has no spaces"),
        ({"login": "amina"}, "is taken"),
        ({"email": "nonsense"}, "This is no e-mail address"),
        ({"role": "king"}, "Choose a role"),
        ({"creditor": "nobody"}, "there is no creditor nobody here"),
    ],
)
def test_what_is_wrong_with_a_newcomer_is_said_and_what_was_typed_stays(
    house: House, root: Client, typed: dict[str, str], word: str
) -> None:
    sent = {"key": "k", "login": "juma", "name": "Juma Ali", "role": "officer", **typed}
    answer = root.post("/people/new/", sent)
    assert answer.status_code == 400
    assert word in answer.content.decode() and "Juma Ali" in answer.content.decode()


def test_a_move_is_shown_in_words_before_it_is_made(house: House, root: Client, signed_in: SignedIn) -> None:
    amina = signed_in("amina")
    address = page_of(house, "amina", "move/")
    page = text(root, f"{address}?role=supervisor&creditor=zawadi")
    assert "Amina Komba as Supervisor" in page
    assert "They see 1 open account; now it is" in page
    assert Act.objects.filter(name="move_person").count() == 0
    sent = {"key": key(root, f"{address}?role=supervisor"), "role": "supervisor", "creditor": "zawadi"}
    refused = root.post(address, sent)
    assert refused.status_code == 400 and "would be nobody’s" in refused.content.decode()
    assert amina.get("/worklist/").status_code == 200
    assert root.post(address, {**sent, "key": "again", "receiver": "unassigned"}).status_code == 302
    assert amina.get("/worklist/").status_code == 302
    assert "Supervisor" in text(signed_in("amina"), "/me/access/")


def test_who_leaves_is_signed_out_and_their_accounts_are_somebody_elses(
    house: House, root: Client, signed_in: SignedIn
) -> None:
    amina = signed_in("amina")
    house.join("juma", "officer")
    address = page_of(house, "amina", "leave/")
    owned = AccountState.objects.filter(owner__code="amina", status="open").count()
    assert owned and f"{owned} open accounts are theirs" in text(root, address)
    assert root.post(address, {"key": "a"}).status_code == 400
    assert amina.get("/worklist/").status_code == 200
    assert root.post(address, {"key": "b", "receiver": "juma"}).status_code == 302
    assert amina.get("/worklist/").status_code == 302
    assert Client().post("/sign-in/", {"login": "amina", "password": PASSWORD}).status_code == 403
    assert AccountState.objects.filter(owner__code="juma", status="open").count() == owned
    assert "left" in text(root, page_of(house, "amina"))


def test_a_reset_voids_the_old_password_and_shows_a_link_once(house: House, root: Client, signed_in: SignedIn) -> None:
    amina = signed_in("amina")
    assert root.post(page_of(house, "amina", "link/"), {"key": "k"}).status_code == 302
    assert amina.get("/worklist/").status_code == 302
    assert Client().post("/sign-in/", {"login": "amina", "password": PASSWORD}).status_code == 403
    assert "/password/new/" in text(root, page_of(house, "amina"))
    assert "/password/new/" not in text(root, page_of(house, "amina"))


def test_a_link_is_void_after_another_and_after_its_time(house: House, root: Client) -> None:
    links = []
    for word in ("one", "two"):
        root.post(page_of(house, "amina", "link/"), {"key": word})
        found = re.search(r"http://testserver(/password/new/[^\"]+)", text(root, page_of(house, "amina")))
        assert found
        links.append(found[1])
    assert "This link has served" in text(Client(), links[0])
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        assert "This link has served" in text(Client(), links[1])
    assert Client().get(links[1]).status_code == 302


def test_a_link_is_mailed_where_there_is_a_mail_server(
    house: House, root: Client, mailoutbox: list[Any], settings: Any
) -> None:
    settings.IS_MAILING, settings.EMAIL_BACKEND = True, "django.core.mail.backends.locmem.EmailBackend"
    get_user_model().objects.filter(login="amina").update(email="amina@kisima.example")
    root.post(page_of(house, "amina", "link/"), {"key": "k", "mail": "yes"})
    assert mailoutbox[0].to == ["amina@kisima.example"] and "/password/new/" in mailoutbox[0].body
    assert "/password/new/" not in text(root, page_of(house, "amina"))


def test_no_link_stands_in_the_trail(house: House, root: Client) -> None:
    root.post(page_of(house, "amina", "link/"), {"key": "k"})
    found = re.search(r"/password/new/([^\"/]+)/", text(root, page_of(house, "amina")))
    assert found
    kept = Act.objects.filter(name="reset_password").values()
    assert kept.count() == 1 and found[1] not in repr(list(kept))


def test_nobody_changes_their_own_access_on_a_page(house: House, root: Client) -> None:
    page = text(root, page_of(house, "root"))
    assert "Let them leave" not in page and "Show a link" not in page
    answer = root.post(page_of(house, "root", "move/"), {"key": "k", "role": "manager"})
    assert answer.status_code == 400 and "nobody changes what they may do themselves" in answer.content.decode()


def test_people_of_another_organisation_are_as_if_they_were_not(house: House, other_house: House, root: Client) -> None:
    theirs = page_of(other_house, "mallory")
    nobody = f"/people/{written('colleague', 10**9)}/"
    assert root.get(theirs).content == root.get(nobody).content
    for act in ("move/", "leave/", "link/", "factors/"):
        answer = root.post(theirs + act, {"key": "k", "role": "officer"})
        assert answer.status_code == 404, act
    assert "mallory" not in text(root, "/people/?where=all")


def test_a_team_narrows_what_its_leader_sees(house: House, root: Client, signed_in: SignedIn) -> None:
    before = text(signed_in("sara"), "/me/access/")
    assert "all accounts" in before
    made = root.post("/teams/", {"key": "t", "name": "Coast", "code": "coast"})
    assert made.status_code == 302
    root.post(made["Location"], {"key": "l", "login": "sara", "part": "leader"})
    sara = signed_in("sara")
    assert "0 open accounts now" in text(sara, "/me/access/")
    root.post(made["Location"], {"key": "m", "login": "amina", "part": "member"})
    seen = AccountState.objects.filter(owner__code="amina", status="open").count()
    page = text(sara, "/me/access/")
    assert f"{seen} open accounts now" in page and "teams that they lead" in page
    assert "Amina Komba" in text(root, made["Location"])
    root.post(made["Location"], {"key": "o", "login": "amina", "part": "none"})
    assert "0 open accounts now" in text(sara, "/me/access/")
    assert TeamMember.objects.count() == 2


def test_the_page_of_people_asks_so_many_statements_whatever_the_rows(
    house: House, root: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(45):
        house.join(f"q{number:02}", "officer")
    with django_assert_max_num_queries(8):
        root.get("/people/")
