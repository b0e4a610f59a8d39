"""The application of the server push: Server-Sent Events for who is signed in, to pages of this site alone."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host

from ahadi.project.live.listening import listen
from ahadi.project.live.tidings import Listener, Screens, Word

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_PATH = "/live/"
_PING_SECONDS = 5.0
_AGAIN_SECONDS = 60.0
"""How often it is asked whether the session still holds."""


class Live:
    """Answers one request after the other; a single task listens to the database for all of them."""

    def __init__(self) -> None:
        self._screens = Screens()
        self._listening: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI hands it over."""
        if scope["type"] == "lifespan":
            await _live_on(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        allowed = _allowed(heads)
        if scope["path"] != _PATH or scope["method"] != "GET":
            await _refuse(send, 404, allowed)
            return
        person = await sync_to_async(_person, thread_sensitive=True)(heads.get("cookie", ""))
        if person is None or allowed is None:
            await _refuse(send, 403, allowed)
            return
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(listen(self._screens))
        listener = Listener(person.id, person.organisation_id)
        self._screens.join(listener)
        try:
            await _stream(send, receive, listener, allowed, heads.get("cookie", ""))
        finally:
            self._screens.leave(listener)


async def _stream(send: Send, receive: Receive, listener: Listener, allowed: str, cookie: str) -> None:
    head = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": [*head, *_cors(allowed)]})
    await send({"type": "http.response.body", "body": b"retry: 2000\n\nevent: ping\ndata: {}\n\n", "more_body": True})
    gone = asyncio.create_task(_closed(receive))
    asked = asyncio.get_running_loop().time()
    try:
        while not gone.done():
            word = await _next(listener, gone)
            body = word.sent() if word is not None else b"event: ping\ndata: {}\n\n"
            await send({"type": "http.response.body", "body": body, "more_body": True})
            if asyncio.get_running_loop().time() - asked > _AGAIN_SECONDS:
                asked = asyncio.get_running_loop().time()
                if await sync_to_async(_person, thread_sensitive=True)(cookie) is None:
                    break
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _next(listener: Listener, gone: "asyncio.Task[None]") -> Word | None:
    """The next word, None after a silence or when the screen was closed."""
    heard = asyncio.create_task(listener.words.get())
    done, _ = await asyncio.wait({heard, gone}, timeout=_PING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if heard in done:
        return heard.result()
    heard.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await heard
    return None


async def _closed(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _live_on(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def _person(cookie: str) -> Any | None:
    """Who is signed in by the session of a cookie, as Django decides it."""
    close_old_connections()
    try:
        held = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if held is None:
        return None
    store = import_module(settings.SESSION_ENGINE).SessionStore(held.value)
    person = get_user(cast(Any, SimpleNamespace(session=store)))
    return person if person.is_authenticated and getattr(person, "is_active", False) else None


def _allowed(heads: Mapping[str, str]) -> str | None:
    """The origin that may listen: a page of this site, on a host that it answers to. None for every other."""
    origin = heads.get("origin", "")
    host, port = split_domain_port(heads.get("host", ""))
    if not host or not validate_host(host, settings.ALLOWED_HOSTS):
        return None
    if not origin:
        # A page of the same origin asks without naming it.
        return "" if heads.get("sec-fetch-site") == "same-origin" else None
    scheme, _, rest = origin.partition("://")
    theirs, their_port = split_domain_port(rest)
    is_ours = theirs == host or (bool(settings.LIVE_URL) and validate_host(theirs, settings.ALLOWED_HOSTS))
    if not is_ours or (settings.SITE_PORT and their_port != settings.SITE_PORT):
        return None
    is_safe = scheme == ("https" if settings.SESSION_COOKIE_SECURE else "http")
    return origin if is_safe and port is not None else None


async def _refuse(send: Send, status: int, allowed: str | None) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _cors(allowed)})
    await send({"type": "http.response.body", "body": b""})


def _cors(allowed: str | None) -> list[tuple[bytes, bytes]]:
    if not allowed:
        return []
    return [
        (b"access-control-allow-origin", allowed.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahadi.project.settings")
django.setup()
application = Live()
