"""Officers as the server sees them: their requests in the order and with the pauses of people at work.

Each holds the push open, sends signs of life and drafts as the page does, and looks again where news says so.
"""

import asyncio
import contextlib
import random
import re
import time
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import aiohttp
from load.sheets import FIRST_NAMES, LAST_NAMES

_STATE = re.compile(r'id="room"[^>]* data-state="(\w+)"')
_ACCOUNT = re.compile(r'id="room"[^>]* data-account="([^"]*)"')
_KEY = re.compile(r'name="key" value="([^"]+?)-\w"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_POINT = re.compile(r'name="point" value="([^"]+)"')
_PROOF = re.compile(r'name="proof" value="([^"]+)"')
_SHEET = re.compile(r'hx-get="(/desk/[^"]+/sheet/)"')
_AHEAD = re.compile(r'id="room"[^>]* data-ahead-url=')
_ERROR = re.compile(r'role="alert"[^>]*>(.{0,400})', re.S)
_ROOM = {"HX-Request": "true"}
NAMES, SURNAMES = FIRST_NAMES.split(), LAST_NAMES.split()
ANSWERED, PROMISES = 0.45, 0.35
"""Of the calls that are begun, how many are answered; of those, how many end with a promise."""
_OTHERS = ("RP_REFUSE", "RP_HANGUP", "RP_NOCOMMIT")


@dataclass
class Measured:
    """Seconds by step, what went wrong, what the gate refused, and how many screens each piece of news reached."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    refused: int = 0
    outcomes: int = 0
    unpromised: int = 0
    booked: dict[str, float] = field(default_factory=dict)


@dataclass
class Site:
    """Where the site and its push listen, and what is measured at it."""

    url: str
    live: str
    measured: Measured
    pause: tuple[float, float] = (20.0, 60.0)
    quick: float = 0.2
    """Between an act and what follows from it without a thought, as a tenth of the pause."""


class Officer:
    """One person at one desk."""

    def __init__(self, site: Site, cookie: str, seed: int) -> None:
        self.site, self.draw = site, random.Random(seed)
        self.state, self.account, self.key, self.token, self.page = "", "", "", "", ""
        jar = aiohttp.CookieJar(unsafe=True)
        self.link = aiohttp.ClientSession(cookie_jar=jar, cookies={"session": cookie}, connector=_one_host())
        self.awaited: dict[str, float] = {}
        self._looking: asyncio.Task[None] | None = None
        self._aside: set[asyncio.Task[str]] = set()

    async def work(self, until: float) -> None:
        """Comes to the desk and works until a moment of the loop's clock."""
        aside = [asyncio.create_task(one) for one in (self._hear(), self._beat())]
        try:
            await asyncio.sleep(self.draw.uniform(0, self.site.pause[0]))
            await self._get("desk as a page", "/desk/", room=True, whole=True)
            while time.monotonic() < until:
                await self._act()
                await asyncio.sleep(self.draw.uniform(*self.site.pause))
        finally:
            for one in aside:
                one.cancel()
            await asyncio.gather(*aside, *self._aside, return_exceptions=True)
            await self.link.close()

    async def _act(self) -> None:
        if "/moves/hold/" in self.page:
            # Who comes back to a call after a long silence has to take the debtor again.
            await self._post("taken again", self._of("moves/hold/"), "r")
        elif self.draw.random() < 0.2:
            await self._search()
        elif self.state in ("ready", "pause", "wrap", ""):
            await self._post("next account", "/desk/next/", "x")
        elif self.state == "preview":
            await self._reach()
        elif self.state == "dial":
            if self.draw.random() < ANSWERED:
                await self._post("answered, hung up", self._of("moves/answer/"), "a")
            else:
                await self._outcome(result="NC_NOANS", advances="1")
        elif self.state == "talk":
            await self._talked()
        else:
            self.site.measured.errors.append(f"a desk in the state {self.state!r}")
            await self._get("desk as a page", "/desk/", room=True, whole=True)

    async def _reach(self) -> None:
        """Calls where the gate lets it; else this debtor calls, and is found by name."""
        if "/call/" in self.page:
            await self._post("call begun", self._of("call/"), "d", point=self._first(_POINT))
            return
        self.site.measured.refused += 1
        await self._get("search", f"/desk/find/?part=1&q={quote(self._somebody())}")
        await self._post("call begun", self._of("receive/"), "i", channel="call")

    async def _talked(self) -> None:
        for _ in range(2):
            # A receipt that came meanwhile is one more fact to ask for: the first answer then shows it.
            proofs = _PROOF.findall(self.page)[:2]
            if proofs and 'id="verify"' in self.page:
                await self._post("identity checked", self._of("moves/verify/"), "v", proof=proofs)
                await self._think()
        await self._draft()
        if self.draw.random() < PROMISES:
            card = await self._get("card opened", self._of("cards/promise/"))
            fields = fields_of(card, "/outcome/")
            if fields.get("amount"):
                await self._think()
                await self._outcome(**fields)
                return
        await self._outcome(result=self.draw.choice(_OTHERS), note="Speaks of the end of the month.")

    async def _outcome(self, **fields: str) -> None:
        before = self.account
        body = {"key": f"{self.key}-o", **fields}
        answer = await self._send("outcome", self._of("outcome/"), body)
        if 'data-card="promise"' in answer and not _STATE.search(answer):
            # The mandate does not let this promise be taken: the card comes back and says why.
            self.site.measured.unpromised += 1
            await self._think()
            body = {"key": f"{self.key}-q", "result": self.draw.choice(_OTHERS)}
            answer = await self._send("outcome", self._of("outcome/"), body)
        self._seen("outcome", answer)
        self.site.measured.outcomes += 1
        if self.state == "wrap" and self.account == before:
            await self._think()
            await self._post("next account", "/desk/next/", "x")

    async def _search(self) -> None:
        text = self._somebody()
        if self.draw.random() < 0.3:
            text = f"07{self.draw.randrange(10_000_000, 30_000_000)}"
        await self._get("search", f"/search/?part=1&q={quote(text)}")

    def _somebody(self) -> str:
        """A name as somebody types it who heard it on the telephone."""
        name, surname = self.draw.choice(NAMES), self.draw.choice(SURNAMES)
        place = self.draw.randrange(1, len(surname))
        misheard = surname[:place] + surname[place + 1 :] if self.draw.random() < 0.3 else surname
        return f"{name} {misheard}" if self.draw.random() < 0.8 else misheard

    async def _draft(self) -> None:
        await self._send("draft kept", self._of("draft/"), {"note": "Speaks of the end of the"})

    async def _think(self) -> None:
        await asyncio.sleep(self.site.quick * self.draw.uniform(*self.site.pause))

    # ── Beside the acts ──────────────────────────────────────
    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(20)
            if self.token and self.state not in ("ready", ""):
                await self._send("sign of life", "/desk/beat/", {})

    async def _hear(self) -> None:
        """The push, for as long as the desk is open; opened again where it breaks."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await self._listen()
            await asyncio.sleep(2)

    async def _listen(self) -> None:
        heads = {"Origin": self.site.url}
        timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
        async with self.link.get(self.site.live, headers=heads, timeout=timeout) as answer:
            event = ""
            async for line in answer.content:
                if line.startswith(b"event:"):
                    event = line[6:].strip().decode()
                elif line.startswith(b"data:") and event in ("account", "queue"):
                    self._told(event, is_receipt=b"receive_batch" in line)

    def _told(self, event: str, *, is_receipt: bool) -> None:
        if event == "account" and is_receipt:
            for reference, began in list(self.awaited.items()):
                self.site.measured.seconds["push to screen"].append(time.monotonic() - began)
                del self.awaited[reference]
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(event))

    async def _look(self, event: str) -> None:
        await asyncio.sleep(0.06)
        if event == "account" and self.account:
            await self._get("news read", self._of("news/"))
        await self._get("queue read", "/desk/queue/")

    def _follow(self) -> None:
        """What the page asks for by itself once it is there: the account after an outcome, the next one ahead."""
        sheet = self._first(_SHEET)
        if sheet:
            self._beside(self._timed("account after it", "GET", sheet, headers=_ROOM))
        if _AHEAD.search(self.page):
            self._beside(self._send("next one made ahead", "/desk/ahead/", {}))

    def _beside(self, request: Coroutine[Any, Any, str]) -> None:
        task = asyncio.create_task(request)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    # ── Requests ─────────────────────────────────────────────
    def _of(self, rest: str) -> str:
        return f"/desk/{self.account}/{rest}"

    def _first(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.page)
        return found.group(1) if found else ""

    async def _post(self, step: str, path: str, suffix: str, **fields: str | list[str]) -> None:
        body = {"key": f"{self.key}-{suffix}", **fields}
        self._seen(step, await self._send(step, path, body))

    async def _send(self, step: str, path: str, body: dict[str, str | list[str]]) -> str:
        pairs = [("csrfmiddlewaretoken", self.token)]
        for name, value in body.items():
            pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
        heads = {**_ROOM, "Origin": self.site.url}
        return await self._timed(step, "POST", path, data=pairs, headers=heads)

    async def _get(self, step: str, path: str, *, room: bool = False, whole: bool = False) -> str:
        text = await self._timed(step, "GET", path, headers={} if whole else _ROOM)
        if room:
            self._seen(step, text)
        return text

    async def _timed(self, step: str, method: str, path: str, **more: object) -> str:
        began = time.monotonic()
        try:
            async with self.link.request(method, self.site.url + path, allow_redirects=False, **more) as answer:  # type: ignore[arg-type]
                text = await answer.text()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            self.site.measured.errors.append(f"{step}: {type(error).__name__}")
            return ""
        self.site.measured.seconds[step].append(time.monotonic() - began)
        if status not in (200, 204):
            self.site.measured.errors.append(f"{step}: {method} {path} answered {status}")
        return text

    def _seen(self, step: str, text: str) -> None:
        state = _STATE.search(text)
        if not state:
            self.site.measured.errors.append(f"{step}: no desk in the answer")
            return
        self.page = text
        self.state, self.account = state.group(1), self._first(_ACCOUNT)
        self.key, self.token = self._first(_KEY), self._first(_TOKEN)
        self._follow()
        if 'class="banner banner--late' in text and step != "identity checked":
            told = re.sub(r"<[^>]+>|\s+", " ", unescape(self._first(_ERROR)))
            self.site.measured.errors.append(f"{step}: refused: {told.strip()[:120]}")


class _Fields(HTMLParser):
    """What the form of an address would send as it stands."""

    def __init__(self, ending: str) -> None:
        super().__init__()
        self.ending, self.inside = ending, False
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            self.inside = (known.get("action") or "").endswith(self.ending)
        elif tag == "input" and self.inside and known.get("name"):
            if known.get("type") in ("radio", "checkbox") and "checked" not in known:
                return
            self.found[known["name"] or ""] = known.get("value") or ""


def fields_of(html: str, ending: str) -> dict[str, str]:
    """The fields of the form that is sent to an address with this ending, but for its token and key."""
    parser = _Fields(ending)
    parser.feed(html)
    return {name: value for name, value in parser.found.items() if name not in ("csrfmiddlewaretoken", "key")}


def _one_host() -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(limit=4)
