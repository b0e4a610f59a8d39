"""What kind of program listens on a port that was wanted for something else."""

import socket
import struct

# PostgreSQL answers this with one letter, S or N, before any password.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_WEB_REQUEST = b"HEAD / HTTP/1.0\r\n\r\n"


def describe_listener(port: int, *, host: str = "127.0.0.1") -> str | None:
    """A phrase for the program listening there ("another PostgreSQL server"), None when nobody does."""
    try:
        if _reply(host, port, _SSL_REQUEST) in (b"S", b"N"):
            return "another PostgreSQL server"
        if _reply(host, port, _WEB_REQUEST).startswith(b"HTTP"):
            return "a web server"
    except ConnectionRefusedError:
        return None
    except OSError:
        return "a program that does not answer"
    return "a program that is not PostgreSQL"


def _reply(host: str, port: int, question: bytes) -> bytes:
    """The first bytes of the answer; empty when the program stays silent for a second or hangs up."""
    with socket.create_connection((host, port), timeout=1) as probe:
        probe.sendall(question)
        try:
            return probe.recv(16)
        except (TimeoutError, ConnectionResetError):
            return b""
