"""The scanner's protocol against a socket server that speaks it, and what is said where there is none."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ahadi.adapters.scanning.clamd import Clamd

# Put together here, so that no scanner of this machine takes this file for the thing itself.
MARKER = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 3 * 64 * 1024


class Daemon(socketserver.BaseRequestHandler):
    """Answers one INSTREAM as the real one does."""

    def handle(self) -> None:
        """Reads the pieces and says what is in them."""
        if self._exactly(10) != b"zINSTREAM\0":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := struct.unpack("!I", self._exactly(4))[0]:
            content += self._exactly(size)
        if len(content) > LIMIT:
            self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        elif MARKER in content:
            self.request.sendall(b"stream: Eicar-Test-Signature FOUND\0")
        else:
            self.request.sendall(b"stream: OK\0")

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self.request.recv(count - len(found))
            if not more:
                raise ConnectionError
            found += more
        return found


@pytest.fixture(params=["tcp", "unix"])
def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clamd]:
    """A daemon on a port of this machine, or on a socket of its file system."""
    if request.param == "tcp":
        server: socketserver.BaseServer = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon)
        address = f"127.0.0.1:{server.server_address[1]}"
    else:
        address = str(tmp_path / "clamd.sock")
        server = socketserver.ThreadingUnixStreamServer(address, Daemon)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Clamd(address, timeout_seconds=5)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("content", [b"", b"a letter", b"x" * 100_000])
def test_clean_content_is_said_to_be_clean(daemon: Clamd, content: bytes) -> None:
    assert daemon.scan(content).verdict == "clean"


def test_the_marker_is_found_wherever_it_stands(daemon: Clamd) -> None:
    for before in (0, 64 * 1024 - 10, 100_000):
        said = daemon.scan(b"x" * before + MARKER)
        assert (said.verdict, said.finding) == ("infected", "Eicar-Test-Signature")


def test_what_the_daemon_refuses_was_not_read(daemon: Clamd) -> None:
    said = daemon.scan(b"x" * (LIMIT + 1))
    assert said.verdict == "unread" and "size limit" in (said.finding or "")


@pytest.mark.parametrize("address", ["", "127.0.0.1:1", "/nowhere/clamd.sock"])
def test_without_a_daemon_nothing_is_read_and_nothing_breaks(address: str) -> None:
    assert Clamd(address, timeout_seconds=1).scan(b"a letter").verdict == "unread"
