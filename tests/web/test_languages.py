"""In which language somebody reads: their own choice, the browser's, English; and what follows from it."""

import re
from importlib.resources import files

import pytest
from babel.lists import format_list
from django.db import connection
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from ahadi.data.models.person import Person
from ahadi.web.frame import contact, figures, words
from ahadi.web.frame.refusals import refusal

from .conftest import SignedIn
from .scenery import House

LANGUAGES = {"en": "Sign in", "sw": "Ingia", "fr": "Se connecter", "ar": "تسجيل الدخول"}


def _asked(client: Client, address: str, accept: str = "") -> str:
    answer = client.get(address, headers={"accept-language": accept})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.django_db
def test_door_speaks_the_language_of_the_browser(code: str) -> None:
    page = _asked(Client(), "/sign-in/", code)
    assert f'lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}"' in page
    assert f'<h1 id="in-h">{LANGUAGES[code]}</h1>' in page


@pytest.mark.parametrize(("accept", "spoken"), [("de", "en"), ("de, sw;q=0.4", "sw"), ("ar-AE", "ar"), ("", "en")])
@pytest.mark.django_db
def test_language_without_a_catalogue_falls_back(accept: str, spoken: str) -> None:
    answer = Client().get("/sign-in/", headers={"accept-language": accept})
    assert answer["Content-Language"] == spoken
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.django_db
def test_browser_keeps_what_was_chosen_at_the_door() -> None:
    client = Client()
    answer = client.post("/language/", {"language": "fr", "next": "/sign-in/"}, headers={"accept-language": "ar"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert 'lang="fr"' in _asked(client, "/sign-in/", "ar")
    client.post("/language/", {"language": "xx", "next": "https://elsewhere.example/"})
    assert 'lang="ar"' in _asked(client, "/sign-in/", "ar")


def test_own_choice_holds_on_every_machine(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert 'lang="fr"' in _asked(client, "/worklist/", "fr"), "until somebody chooses, their browser does"
    answer = client.post("/me/language/", {"language": "ar", "key": "one"})
    assert (answer.status_code, answer["Location"]) == (302, "/me/language/")
    assert Person.objects.get(login="amina").language == "ar"
    other = signed_in("amina")
    assert 'lang="ar" dir="rtl"' in _asked(other, "/worklist/", "fr")
    assert 'lang="en"' in _asked(signed_in("sara"), "/worklist/", "en"), "nobody else reads it"


def test_choice_is_taken_back(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    client.post("/me/language/", {"language": "sw", "key": "one"})
    page = _asked(client, "/me/language/", "fr")
    assert 'lang="sw" dir="ltr"' in page and 'value="sw" lang="sw" aria-pressed="true"' in page
    client.post("/me/language/", {"language": "", "key": "two"})
    assert 'lang="fr"' in _asked(client, "/me/language/", "fr")
    assert Person.objects.get(login="amina").language == ""


def test_choice_stands_in_the_trail(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    client.post("/me/language/", {"language": "sw", "key": "one"})
    client.post("/me/language/", {"language": "sw", "key": "one"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM act WHERE name = 'choose_language'")
        assert cursor.fetchone() == (1,), "the same form twice is one act"


@pytest.mark.parametrize(
    ("code", "shown", "percent"),
    [
        ("en", "1,234,567.50", "26.10 %"),
        ("fr", "1\u202f234\u202f567,50", "26,10\u00a0%"),
        ("ar", "1,234,567.50", "26.10%"),
    ],
)
def test_figures_read_as_the_language_writes_them(code: str, shown: str, percent: str) -> None:
    with translation.override(code):
        assert figures.amount(123_456_750, "KES").text == shown
        assert figures.amount(123_456_750, "KES").raw == "1234567.50", "what is copied is as machines read it"
        assert figures.percent("26.10") == percent
        assert figures.typed(shown) == "1234567.50", "what a page shows is understood when it is typed"


def test_figures_of_other_scripts_are_understood() -> None:
    with translation.override("ar"):
        assert float(figures.typed("١٢٬٥٠٠٫٥")) == 12_500.5


def test_lists_close_as_the_language_does() -> None:
    with translation.override("en"):
        assert words.listed(["a", "b", "c"], "standard") == "a, b, and c"
    with translation.override("fr"):
        assert words.listed(["a", "b", "c"], "standard") == "a, b et c"
    with translation.override("ar"):
        assert words.listed(["أ", "ب"], "standard") == "أ وب"


def test_what_an_organisation_wrote_stays_as_it_is() -> None:
    with translation.override("sw"):
        assert words.said("Wrong number") == "Namba si sahihi"
        assert words.said("Kwa wakili wetu") == "Kwa wakili wetu"
        assert words.said("") == ""


def test_refusal_is_found_by_its_shape() -> None:
    told = "the login 'amina' is taken; choose another"
    with translation.override("fr"):
        assert refusal(told) == "l’identifiant 'amina' est pris\u202f; choisissez-en un autre"
        assert refusal("nobody wrote this one down") == "nobody wrote this one down"
    with translation.override("en"):
        assert refusal(told) == told


def test_refusal_of_an_act_speaks_the_language_of_the_page(house: House, signed_in: SignedIn) -> None:
    house.join("ada", "admin")
    client = signed_in("ada")
    form = {"login": "amina", "name": "Amina", "role": "officer", "key": "one"}
    page = client.post("/people/new/", form, headers={"accept-language": "sw"}).content.decode()
    assert "limechukuliwa; chagua lingine" in page


def test_figures_keep_their_order_in_a_line_that_runs_to_the_left() -> None:
    with translation.override("ar"):
        assert words.bucket_label("31-60") == "\u206631–60\u2069"
        assert contact.masked("+254712345678", "phone") == "\u2066+254712 ••• 678\u2069"
    with translation.override("fr"):
        assert words.bucket_label("31-60") == "31–60"


@pytest.mark.parametrize(
    ("number", "told"), [(1, "يوم واحد"), (2, "يومان"), (3, "3 أيام"), (33, "33 يومًا"), (100, "100 يوم"), (0, "0 يوم")]
)
def test_arabic_counts_in_six_forms(number: int, told: str) -> None:
    with translation.override("ar"):
        assert ngettext("%(n)s day", "%(n)s days", number) % {"n": number} == told


@pytest.mark.parametrize("language", ["en", "sw", "fr", "ar"])
def test_a_list_of_two_says_each_part_once(language: str) -> None:
    with translation.override(language):
        assert words.listed(["Call", "Tue 12:00"]).count("Tue") == 1
        assert words.listed(["Call", "", "Tue 12:00"], "standard").count("Tue") == 1


def test_the_library_alone_says_the_last_part_twice_in_arabic() -> None:
    assert format_list(["Call", "Tue 12:00"], style="unit", locale="ar").count("Tue") == 2


def test_what_others_wrote_keeps_its_own_direction_in_a_line_that_runs_to_the_left() -> None:
    with translation.override("ar"):
        assert figures.as_written("LYIMO, Mariam R.") == "\u2068LYIMO, Mariam R.\u2069" and figures.as_written("") == ""
    with translation.override("fr"):
        assert figures.as_written("LYIMO, Mariam R.") == "LYIMO, Mariam R."


def _asked_for() -> set[str]:
    """Every next step that the rulebook names."""
    book = files("ahadi.rulebook")
    texts = [book.joinpath("desk.yaml").read_text("utf-8")]
    texts += [one.read_text("utf-8") for one in book.joinpath("strategies").iterdir() if one.name.endswith(".yaml")]
    return {code for text in texts for code in re.findall(r"\b(?:asks|action): ([a-z_]+)", text)}


def test_every_step_that_the_rulebook_names_is_told_in_words() -> None:
    codes = _asked_for()
    assert {"escalate", "send_statement", "call"} <= codes
    with translation.override("ar"):
        assert [code for code in sorted(codes) if re.search("[A-Za-z]", words.next_step(code))] == []


def test_a_step_without_words_is_seen() -> None:
    with translation.override("ar"):
        assert re.search("[A-Za-z]", words.next_step("send_flowers"))
