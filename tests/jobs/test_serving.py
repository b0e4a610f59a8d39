"""The site as it is served: who only holds a connection open keeps nobody else out."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

_SERVE = "import sys; from ahadi.jobs.commands import serve; {}; from ahadi.project.cli import main; sys.exit(main())"
_BROWSERS = 40

Served = Callable[[str], AbstractContextManager[int]]


@pytest.fixture
def served(committed_book: Any) -> Served:
    """Serves the book by one worker, with something changed in the command before; the port."""

    @contextlib.contextmanager
    def serving(change: str) -> Iterator[int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        known = {
            **os.environ,
            "AHADI_DATABASE_URL": committed_book.app_url,
            "AHADI_OWNER_DATABASE_URL": committed_book.owner_url,
            "AHADI_SECRET_KEY": settings.SECRET_KEY,
        }
        words = ["serve", "--port", str(port), "--live-port", "0", "--workers", "1"]
        program = subprocess.Popen([sys.executable, "-c", _SERVE.format(change), *words], env=known)
        try:
            latest = time.monotonic() + 60
            while not _answers(port, seconds=1) and time.monotonic() < latest:
                assert program.poll() is None
                time.sleep(0.1)
            yield port
        finally:
            program.terminate()
            program.wait(timeout=30)
            connections.close_all()

    return serving


def _answers(port: int, *, seconds: float) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    with contextlib.closing(link), contextlib.suppress(OSError):
        link.request("GET", "/sign-in/")
        return link.getresponse().status == 200
    return False


def _answers_beside_browsers(port: int) -> bool:
    """Whether somebody is let in while browsers keep the connections open on which they were answered."""
    with ExitStack() as held:
        for _ in range(_BROWSERS):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
            held.callback(link.close)
            try:
                link.request("GET", "/sign-in/")
                link.getresponse().read()
            except TimeoutError:
                return False
        return _answers(port, seconds=3)


def test_connections_that_are_held_open_keep_nobody_out(served: Served) -> None:
    with served("pass") as port:
        assert _answers_beside_browsers(port)


def test_with_room_for_as_many_connections_as_threads_the_next_browser_waits(served: Served) -> None:
    with served("serve._CONNECTIONS = serve._THREADS") as port:
        assert not _answers_beside_browsers(port)
