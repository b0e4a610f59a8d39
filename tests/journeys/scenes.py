"""What is pressed before a picture, where an address alone shows nothing, and the cards of the desk by their keys."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from .test_desk import state

Act = Callable[[Page, str], None]
FIRST_MS = 8_000


@dataclass(frozen=True)
class Card:
    """A picture of the desk while somebody talks: the key that opens it, and what then is there."""

    name: str
    key: str
    shown: str


CARDS = (
    Card("desk-promise", "p", "#card .promise"),
    Card("desk-ladder", "l", "#card .rung"),
    Card("desk-told", "e", "#card #told-text"),
    Card("desk-paid", "a", "#card form"),
    Card("desk-history", "h", "#history"),
    Card("desk-why", "w", "section.why h1"),
)


def talking(page: Page, site: str) -> None:
    """The officer has somebody on the line who named two facts."""
    page.goto(f"{site}/desk/")
    steps = ("ready", "preview", "dial", "talk")
    now = steps.index(str(page.get_attribute("#room", "data-state")))
    for wanted in steps[now + 1 :]:
        page.keyboard.press("Space")
        state(page, wanted)
    for key in ("Tab", "Tab", "Space", "Tab", "Space"):
        page.keyboard.press(key)
    page.locator("text=Identity verified").or_(page.locator(".step--done")).first.wait_for()


def hangs_up(page: Page, site: str) -> None:
    """The call ends, with what is left to be written."""
    page.goto(f"{site}/desk/")
    page.locator("#act").focus()
    page.keyboard.press("8")
    state(page, "wrap")


def goes_on(page: Page) -> None:
    """The next account is there."""
    page.keyboard.press("Control+Enter")
    state(page, "preview")


def opened(page: Page, site: str, card: Card) -> None:
    """A card of the desk, as its key opens it."""
    page.goto(f"{site}/desk/")
    page.wait_for_selector("html[data-ready]")
    page.locator("#act").focus()
    page.keyboard.press(card.key)
    expect(page.locator(card.shown).first).to_be_visible()
    page.wait_for_timeout(400)


def _searches(page: Page, _site: str) -> None:
    page.locator("main ~ * input[name=q], input[name=q]").first.fill("ma")
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)


def _looks_on(page: Page, site: str) -> None:
    """Beside an officer: the desk as it is, and a line to it."""
    look = page.locator("form[action$='/observe/'] button")
    if look.count():
        with page.expect_navigation():
            look.click()
    if not page.locator("#lines .chip").count():
        page.fill("#whisper", "Offer Friday; payday is on Thursday.")
        with page.expect_navigation():
            page.keyboard.press("Enter")


def _together(page: Page, site: str) -> None:
    page.goto(f"{site}/approvals/")
    page.locator("a[href*='/approvals/together/']").first.click(timeout=FIRST_MS)
    page.wait_for_load_state()


def _moves(page: Page, _site: str) -> None:
    page.locator("input[name=from]").first.check()
    for place in (1, 2):
        page.locator("input[name=to]").nth(place).check()
    page.fill("#count", "12")
    page.locator(".moving__choice button").click()
    page.wait_for_load_state()


def _floor(page: Page, _site: str) -> None:
    """The caps are asked of the gate, and come after the rest."""
    page.locator("#caps .caps__row, #caps .caps__none").first.wait_for(timeout=FIRST_MS)


def _broken(page: Page, site: str) -> None:
    """The promises that were not kept."""
    page.goto(f"{site}/promises/?view=broken")


BEFORE: dict[str, Act] = {
    "search/": _searches,
    "promises/": _broken,
    "approvals/together/": _together,
    "board/": _floor,
    "board/move/": _moves,
    "board/people/<colleague:person>/desk/": _looks_on,
}
