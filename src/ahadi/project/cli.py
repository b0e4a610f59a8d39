"""The console script `ahadi`: chooses one command and gives it the database it needs."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from ahadi.project.installation import Installation
    from ahadi.project.preparation import Preparation

Needs = Literal["nothing", "database", "prepared"]
Configure = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int]


class Command(NamedTuple):
    """Where a command stands, what it needs and its line in the menu.

    The last two repeat NEEDS and HELP of the module: the menu and the set-up come before its import.
    """

    module: str
    needs: Needs
    help: str


class CommandModule(Protocol):
    """What every module of a command offers."""

    HELP: str
    NEEDS: Needs

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    ACTS: dict[str, tuple[Configure, Run]]

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work and return the exit code."""


COMMANDS: dict[str, Command] = {
    "check": Command("ahadi.jobs.commands.check", "prepared", "Check what must always be true of the book"),
    "cases": Command(
        "ahadi.jobs.commands.cases", "prepared", "Hand up the cases whose clock ran out: `cases escalate`"
    ),
    "close": Command(
        "ahadi.jobs.commands.close", "prepared", "Close the days that passed and write the worklists of the next"
    ),
    "duplicates": Command(
        "ahadi.jobs.commands.duplicates",
        "prepared",
        "Propose which debtors may be one person: `duplicates find`, `duplicates list`",
    ),
    "find": Command(
        "ahadi.jobs.commands.find",
        "prepared",
        "Find people by name, number or address: `find juma mrisho`",
    ),
    "gate": Command(
        "ahadi.jobs.commands.gate",
        "prepared",
        "Ask whether somebody may be reached: `gate explain ACCOUNT`, `gate forecast`, `gate replay`",
    ),
    "mandate": Command(
        "ahadi.jobs.commands.mandate",
        "prepared",
        "List, show or adopt mandates: `mandate list`, `mandate show PRODUCT`, `mandate adopt FILE`",
    ),
    "parties": Command(
        "ahadi.jobs.commands.parties",
        "prepared",
        "Decide which debtors are one: `parties proposals|accept|reject`",
    ),
    "place": Command(
        "ahadi.jobs.commands.place",
        "prepared",
        "Place a creditor's sheet of debts; `place undo BATCH`, `place list`",
    ),
    "receive": Command(
        "ahadi.jobs.commands.receive",
        "prepared",
        "Take a sheet of receipts; `receive undo BATCH`, `receive list`",
    ),
    "report": Command(
        "ahadi.jobs.commands.report",
        "prepared",
        "Report as of any date: `report ageing|portfolio|receipts|promises --as-of D --by creditor,officer`",
    ),
    "scenario": Command(
        "ahadi.jobs.commands.scenario",
        "nothing",
        "Answer scenario files: `scenario run FILE...`, `scenario test FILE...`",
    ),
    "strategy": Command(
        "ahadi.jobs.commands.strategy",
        "prepared",
        "Adopt, list or show strategies: `strategy adopt FILE`, `strategy show PRODUCT`",
    ),
    "why": Command(
        "ahadi.jobs.commands.why",
        "prepared",
        "Say why an account stands where it does on a day: `why ACCOUNT --as-of D`",
    ),
    "worklist": Command(
        "ahadi.jobs.commands.worklist", "prepared", "Show the worklist of a day, with the points and their reasons"
    ),
    "twin": Command(
        "ahadi.jobs.commands.twin",
        "prepared",
        "Build the portfolio twin: three organisations with a year of history, of any size, from a seed",
    ),
    "demo": Command("ahadi.jobs.commands.demo", "prepared", "Build the demonstration book, close the day and serve it"),
    "database": Command("ahadi.jobs.commands.database", "nothing", "Prepare, inspect, open or stop the database"),
    "serve": Command("ahadi.jobs.commands.serve", "prepared", "Serve the site and the API"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run the command in `words` (default: the process's arguments) and return its exit code.

    0 done; 1 something wrong was found; 2 refused, with a sentence on standard error; 130 interrupted.
    """
    try:
        return _run(list(sys.argv[1:] if words is None else words))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain again while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if not getattr(error, "is_refusal", False):
            raise
        print(f"ahadi: {error}", file=sys.stderr)
        return 2


def _run(words: list[str]) -> int:
    if not words or words[0] in ("help", "--help", "-h"):
        print(_menu())
        return 0
    name, *rest = words
    if name not in COMMANDS:
        print(f"ahadi: there is no command {name!r}.\n\n{_menu()}", file=sys.stderr)
        return 2
    return _run_command(name, rest)


def _run_command(name: str, words: list[str]) -> int:
    needs = COMMANDS[name].needs
    if needs != "nothing":
        _set_up_django()
    module = cast(CommandModule, import_module(COMMANDS[name].module))
    configure: Configure = module.configure
    act: Run = module.run
    # A word of its own (`place undo 7`) stands where the command's first argument would.
    if words and words[0] in getattr(module, "ACTS", {}):
        name = f"{name} {words[0]}"
        configure, act = module.ACTS[words[0]]
        words = words[1:]
    parser = argparse.ArgumentParser(prog=f"ahadi {name}", description=module.HELP)
    configure(parser)
    arguments = parser.parse_args(words)
    _end_on_termination()
    arguments.installation = installation = _installation()
    if needs != "nothing":
        installation.reach()
    if needs == "prepared":
        for warning in installation.require_prepared():
            print(f"ahadi: warning: {warning}", file=sys.stderr)
    code = act(arguments)
    sys.stdout.flush()
    return code


def _menu() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  ahadi {name.ljust(width)}  {command.help}" for name, command in sorted(COMMANDS.items())]
    return "\n".join(
        [
            "Ahadi: debt collection and credit control that explains every figure.",
            "",
            *lines,
            "",
            "`ahadi COMMAND --help` shows a command's arguments.",
        ]
    )


def _installation() -> "Installation":
    from ahadi.project.installation import Installation

    return Installation(load_preparation=_load_preparation)


def _load_preparation(is_embedded: bool) -> "Preparation":
    _set_up_django()
    from ahadi.project.preparation import Preparation

    return Preparation(is_embedded=is_embedded)


def _set_up_django() -> None:
    import django
    from django.apps import apps

    if apps.ready:
        return
    from ahadi.project.installation import provide_secret_key

    provide_secret_key()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahadi.project.settings")
    django.setup()


def _end_on_termination() -> None:
    """Turn a termination into an ordinary exit, so that the embedded server is stopped by its last user."""

    def leave(number: int, frame: object) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, leave)


if __name__ == "__main__":
    sys.exit(main())
