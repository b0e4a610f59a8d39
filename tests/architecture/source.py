"""The modules of the package as the rules see them: name, place, text and syntax tree."""

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "src" / "ahadi"


@dataclass(frozen=True)
class Module:
    """One file of Python; `path` is relative to the package and names it in findings and exceptions."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem

    @property
    def folder(self) -> str:
        """The folder it stands in, as `domain/accounts`."""
        return str(Path(self.path).parent)

    @property
    def floor(self) -> str:
        """The first part of its path, as `domain`."""
        return self.path.split("/")[0]


@dataclass(frozen=True)
class Finding:
    """Where a rule is broken, and how; an exception names `where`."""

    where: str
    text: str


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package, in order of path."""
    files = sorted(PACKAGE.rglob("*.py"))
    return tuple(Module(file.relative_to(PACKAGE).as_posix(), file.read_text("utf-8")) for file in files)
