"""Children that work in processes of their own, as a test starts, hears and kills them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from .telling import Line

_PROGRAM = "import django; django.setup(); from concurrency.loaded_process import main; main()"
_SECONDS_MAX = 120


@dataclass
class Child:
    """A process that works; `code` is how it ended."""

    pid: int
    line: Line
    code: int | None = None

    def await_word(self, word: str) -> None:
        """Waits until the child says this word; what it says before is passed over."""
        while (said := self.line.hear()) != word:
            assert said and not said.startswith("ended"), f"the child was to say {word!r}, and said {said!r}"

    def kill(self) -> bool:
        """Kills the child at once; False when it was through before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.ended() == -signal.SIGKILL

    def ended(self) -> int:
        """The exit code of the child, once it has ended."""
        while self.code is None:
            said = self.line.hear()
            assert said, "the child's keeper has gone"
            if said.startswith("ended"):
                self.code = int(said.split()[1])
                self.line.close()
        return self.code


@dataclass
class Children:
    """Starts children; whoever still lives at the end is killed."""

    program: subprocess.Popen[str]
    door: socket.socket
    path: str
    started: list[Child] = field(default_factory=list)

    def start(self, work: str, book: Any, **order: str | int) -> Child:
        """A child that has begun to do its work on a database."""
        urls = {"app_url": book.app_url, "owner_url": book.owner_url}
        assert self.program.stdin is not None
        self.program.stdin.write(json.dumps({"work": work, "socket": self.path, **urls, **order}) + "\n")
        self.program.stdin.flush()
        link, _ = self.door.accept()
        link.settimeout(_SECONDS_MAX)
        line = Line(link)
        began, pid = line.hear().split()
        assert began == "began"
        child = Child(int(pid), line)
        self.started.append(child)
        return child

    def kill(self) -> None:
        """Kills whoever still lives."""
        for child in self.started:
            if child.code is None:
                child.kill()


@contextlib.contextmanager
def _door() -> Iterator[tuple[socket.socket, str]]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
        path = str(Path(folder) / "door")
        door.bind(path)
        door.listen()
        door.settimeout(_SECONDS_MAX)
        yield door, path


@contextlib.contextmanager
def children() -> Iterator[Children]:
    """A loaded process, ready to fork children."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ahadi.project.settings",
        "AHADI_SECRET_KEY": settings.SECRET_KEY,
        "AHADI_SNAPSHOTS": str(settings.SNAPSHOT_FOLDER),
        "POLARS_MAX_THREADS": "1",
    }
    folder = Path(__file__).parents[1]
    with _door() as (door, path):
        program = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM], env=environment, cwd=folder, stdin=subprocess.PIPE, text=True
        )
        made = Children(program, door, path)
        try:
            yield made
        finally:
            program.communicate()
            made.kill()
