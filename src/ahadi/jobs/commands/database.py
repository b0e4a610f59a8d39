"""`ahadi database`: prepare, inspect, open or stop the database."""

import argparse
from typing import Literal, Protocol

HELP = "Prepare, inspect, open or stop the database"
NEEDS: Literal["nothing", "database", "prepared"] = "nothing"


class Installation(Protocol):
    """What the console hands over in `arguments.installation`; each act reaches the database by itself."""

    def prepare(self) -> tuple[int, int]:
        """Migrate and grant; the numbers of both."""

    def status(self) -> list[tuple[str, str]]:
        """Lines of (name, value)."""

    def is_sound(self) -> bool:
        """Whether nothing in the status calls for action."""

    def url(self, *, role: Literal["app", "owner"]) -> str:
        """The URL of one role."""

    def stop(self, *, is_forced: bool) -> bool:
        """Stop the embedded server; False when it was not running."""

    def shell(self, *, role: Literal["app", "owner"]) -> int:
        """Run psql; its exit code."""


def configure(parser: argparse.ArgumentParser) -> None:
    """One act, and which role it is done as."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("prepare", help="apply migrations and grants, then check that the database is safe")
    acts.add_parser("status", help="version, home, sizes, what is missing or unsafe (exit code 1)")
    for name, text in (("url", "print the database's URL, password included"), ("shell", "open psql")):
        act = acts.add_parser(name, help=text)
        act.add_argument("--owner", action="store_true", help="as the role that owns the tables")
    stop = acts.add_parser("stop", help="stop the embedded server")
    stop.add_argument("--force", action="store_true", help="even while other programs use it")


def run(arguments: argparse.Namespace) -> int:
    """Do the act; 1 where `status` found something wrong."""
    installation: Installation = arguments.installation
    match arguments.act:
        case "prepare":
            migrations, grants = installation.prepare()
            print(f"{migrations} migrations applied, {grants} rights granted, nothing unsafe found.")
        case "status":
            return _print_status(installation)
        case "url":
            print(installation.url(role=_role(arguments)))
        case "shell":
            return installation.shell(role=_role(arguments))
        case "stop":
            is_stopped = installation.stop(is_forced=arguments.force)
            print("The embedded server was stopped." if is_stopped else "The embedded server is not running.")
    return 0


def _role(arguments: argparse.Namespace) -> Literal["app", "owner"]:
    return "owner" if arguments.owner else "app"


def _print_status(installation: Installation) -> int:
    lines = installation.status()
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"{name.ljust(width)}  {value}")
    return 0 if installation.is_sound() else 1
