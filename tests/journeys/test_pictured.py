"""Every page has its picture in the guides, or a line here that says why it has none."""

from pathlib import Path

import pytest

from . import scenes, tour

PICTURES = Path(__file__).parents[2] / "docs" / "guides" / "pictures"
LOOKS = ("light", "dark", "arabic")
PART = "a part of a page, drawn within it"
# Addresses that answer a look, and have no picture.
WITHOUT = {
    "api/health": "what programs ask",
    "here/": "what the page asks for itself",
    "desk/queue/": PART,
    "desk/<account:account>/sheet/": PART,
    "desk/beside/": PART,
    "desk/find/": PART,
    "desk/<account:account>/cards/<slug:card>/": PART,
    "desk/<account:account>/likely/": PART,
    "desk/<account:account>/timeline/": PART,
    "desk/<account:account>/guidelines/": PART,
    "desk/<account:account>/news/": PART,
    "board/parts/<slug:part>/": PART,
    "accounts/<account:account>/told/card/": PART,
    "accounts/<account:account>/dispute/": PART,
    "accounts/<account:account>/complaint/": PART,
    "accounts/<account:account>/hardship/": PART,
    "accounts/<account:account>/proof/": PART,
    "accounts/<account:account>/ladder/": PART,
    "sign-in/second/": "opens only after a password, on the way in",
    "sign-in/passkey/": "what the browser asks of a key",
    "sign-in/with/<slug:provider_id>/": "leads on to who signs people in",
    "sign-in/with/<slug:provider_id>/back/": "leads on from who signs people in",
    "unlock/passkey/": "what the browser asks of a key",
    "^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$": "opens only by a link that serves once",
    "me/codes/": "shows secrets",
    "me/codes/new/": "asks for the password first",
    "me/again/": "asks for the password, on the way to something else",
    "me/again/code/": "asks for a second factor, on the way to something else",
    "me/again/passkey/": "asks for a second factor, on the way to something else",
    "me/app/": "asks for the password first",
    "me/app/away/": "opens only where there is an app",
    "me/passkeys/new/": "asks for the password first",
    "me/passkeys/<int:pk>/away/": "opens only where there is a passkey",
    "me/password/first/": "opens only to somebody who has no password yet",
    "unlock/": "is the lock, which lies over the page that was open",
    "password/forgotten/": "opens only where the house sends mail",
}


def looked_at() -> set[str]:
    """The routes that answer a look."""
    return {route for route, line in tour.pages_of_tests("access_table").lines().items() if line.get is not None}


def pictured(name: str) -> bool:
    """Whether there is a picture in every look."""
    return all((PICTURES / f"{name}-{look}.webp").exists() for look in LOOKS)


def lacking(routes: set[str]) -> list[str]:
    """Pages of these with neither a picture nor a reason."""
    return sorted(route for route in routes if route not in WITHOUT and not pictured(tour.named(route)))


def test_every_page_has_a_picture_in_every_look_or_a_reason() -> None:
    assert lacking(looked_at()) == []


def test_page_that_is_new_is_found() -> None:
    assert lacking({*looked_at(), "somewhere/new/"}) == ["somewhere/new/"]


def test_reason_belongs_to_an_address_without_a_picture() -> None:
    assert sorted(set(WITHOUT) - looked_at()) == []
    assert [route for route in WITHOUT if pictured(tour.named(route))] == []


@pytest.mark.parametrize("card", scenes.CARDS, ids=lambda card: card.name)
def test_every_card_of_the_desk_has_its_picture(card: scenes.Card) -> None:
    assert pictured(card.name)


def test_every_picture_in_the_guides_is_there() -> None:
    for page in PICTURES.parent.rglob("*.md"):
        for part in page.read_text("utf-8").split("](")[1:]:
            target = part.partition(")")[0]
            if target.endswith(".webp"):
                assert (page.parent / target).resolve().exists(), (page.name, target)
