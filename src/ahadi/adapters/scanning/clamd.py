"""The ClamAV daemon over its socket: a file is streamed in pieces and one line comes back.

The protocol is `zINSTREAM`, then pieces of a 4-byte length (network order) and so many bytes, then a length of 0;
the answer is `stream: OK`, `stream: <name> FOUND` or `<reason> ERROR`. See the manual page of clamd.
"""

import socket
import struct
from dataclasses import dataclass
from typing import Literal

_PIECE = 64 * 1024
_ANSWER_MAX = 4096


@dataclass(frozen=True)
class Said:
    """What the daemon said of a file; `unread` where it could not be asked or did not finish."""

    verdict: Literal["clean", "infected", "unread"]
    engine: str
    finding: str | None = None


@dataclass(frozen=True)
class Clamd:
    """A daemon at `address`: `host:port`, or the path of a socket; empty where there is none."""

    address: str
    timeout_seconds: float = 20.0

    def scan(self, content: bytes) -> Said:
        """What it says of these bytes; never an error, since a file that was not read is simply not given out."""
        if not self.address:
            return Said("unread", "none", "no scanner is set up")
        try:
            answer = self._asked(content)
        except OSError as failed:
            return Said("unread", "clamd", type(failed).__name__)
        if answer.endswith("OK"):
            return Said("clean", "clamd")
        if answer.endswith("FOUND"):
            return Said("infected", "clamd", answer.removeprefix("stream: ").removesuffix(" FOUND")[:120])
        return Said("unread", "clamd", answer[:120] or "no answer")

    def _asked(self, content: bytes) -> str:
        with self._connected() as link:
            link.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), _PIECE):
                piece = content[start : start + _PIECE]
                link.sendall(struct.pack("!I", len(piece)) + piece)
            link.sendall(struct.pack("!I", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < _ANSWER_MAX:
                more = link.recv(_ANSWER_MAX)
                if not more:
                    break
                answer += more
        return answer.rstrip(b"\0\n").decode("utf-8", "replace").strip()

    def _connected(self) -> socket.socket:
        if self.address.startswith("/"):
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            link.settimeout(self.timeout_seconds)
            try:
                link.connect(self.address)
            except OSError:
                link.close()
                raise
            return link
        host, _, port = self.address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=self.timeout_seconds)
