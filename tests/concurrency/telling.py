"""The line between a test and a child: words, one a line, in both directions."""

import socket


class Line:
    """One end of the line."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._words = link.makefile("r")

    def tell(self, words: str) -> None:
        """Says a line to the other end."""
        self._link.sendall(f"{words}\n".encode())

    def hear(self) -> str:
        """Waits for the next line from the other end; empty when nobody is there any more."""
        return self._words.readline().rstrip("\n")

    def close(self) -> None:
        """Ends the line."""
        self._words.close()
        self._link.close()
