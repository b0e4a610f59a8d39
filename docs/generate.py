"""Writes the generated parts of the pages from the code: between `<!-- generated: NAME -->` and `<!-- end -->`.

.venv/bin/python docs/generate.py            rewrite every page
.venv/bin/python docs/generate.py --check    say which page is behind the code; exit code 1 when one is
"""

import argparse
import ast
import configparser
import inspect
import os
import re
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import django
import grimp
from django.apps import apps

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "ahadi"
REFUSAL = re.compile(r"UnableTo[A-Z]\w+|[A-Z]\w+Already[A-Z]\w+|Wrong[A-Z]\w+")
_PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(words: Sequence[str] | None = None) -> int:
    """Rewrites or checks; the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated parts of the pages.")
    parser.add_argument("--check", action="store_true", help="change nothing, say what is behind the code")
    arguments = parser.parse_args(words)
    behind = 0
    for page, text in regenerated():
        if text == page.read_text("utf-8"):
            continue
        behind += 1
        if not arguments.check:
            page.write_text(text, "utf-8")
        done = "is behind the code" if arguments.check else "was rewritten"
        sys.stdout.write(f"{page.relative_to(PROJECT)} {done}\n")
    return 1 if arguments.check and behind else 0


def regenerated() -> Iterator[tuple[Path, str]]:
    """Every page with generated parts, as it must read."""
    for page in pages():
        text = page.read_text("utf-8")
        if _PART.search(text):
            yield page, _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", text)


def pages() -> list[Path]:
    """All pages of the project."""
    top = [PROJECT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [page for page in [*top, *sorted((PROJECT / "docs").rglob("*.md"))] if page.exists()]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def floors() -> str:
    """What imports what, floor by floor."""
    return _arrows("ahadi", _layers("floors"))


def rooms() -> str:
    """What imports what, room by room of the domain."""
    return _arrows("ahadi.domain", _layers("rooms"))


def _layers(contract: str) -> list[str]:
    """The layers of a contract, highest first; those of one line are side by side."""
    settings = configparser.ConfigParser()
    settings.read(PROJECT / ".importlinter", "utf-8")
    lines = settings[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [name.strip() for line in lines for name in line.split("|") if name.strip()]


def _arrows(container: str, layers: Sequence[str]) -> str:
    graph = grimp.build_graph("ahadi", cache_dir=None)
    lines = ["```text"]
    width = max(map(len, layers))
    for layer in layers:
        below = [
            other
            for other in layers
            if other != layer
            and graph.direct_import_exists(
                importer=f"{container}.{layer}", imported=f"{container}.{other}", as_packages=True
            )
        ]
        lines.append(f"{layer.ljust(width)} -> {', '.join(below)}" if below else layer)
    return "\n".join([*lines, "```"])


def room_list() -> str:
    """Each room of the domain, highest first, with its one line."""
    rows = []
    for room in _layers("rooms"):
        folder = PACKAGE / "domain" / room
        files = ", ".join(f"`{file.stem}`" for file in sorted(folder.glob("*.py")) if file.stem != "__init__")
        rows.append([f"`{room}`", _docstring(folder / "__init__.py"), files])
    return table(["Room", "What it can do", "Files"], rows)


def kernel_list() -> str:
    """Each module of the kernel with its one line."""
    files = [file for file in sorted((PACKAGE / "kernel").glob("*.py")) if file.stem != "__init__"]
    return table(["Module", "What it answers"], [[f"`{file.stem}`", _docstring(file)] for file in files])


def _docstring(file: Path) -> str:
    return _first_line(ast.get_docstring(ast.parse(file.read_text("utf-8"))))


def _first_line(text: str | None) -> str:
    return (text or "").split("\n\n")[0].replace("\n", " ")


def errors() -> str:
    """Every refusal: its name, its meaning, where it is raised."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and REFUSAL.fullmatch(node.name):
                where = file.relative_to(PROJECT).as_posix()
                found.append((node.name, " ".join((ast.get_docstring(node) or "").split()), where))
    return "\n\n".join(f"### {name}\n\n{meaning}\n\nRaised in `{where}`." for name, meaning, where in sorted(found))


def laws() -> str:
    """Every law with the number that it has in the trail of evidence."""
    known = import_module("ahadi.domain.laws.queries").LAWS
    return "\n\n".join(f"### {law.name}\n\n{law.text}" for law in known)


def commands() -> str:
    """Every command with its arguments, and those of its acts."""
    known = import_module("ahadi.project.cli").COMMANDS
    return "\n\n".join(_command(name, import_module(known[name].module), known[name].help) for name in sorted(known))


def _command(name: str, module: object, text: str) -> str:
    parts = [f"### ahadi {name}", f"{text}."]
    configure: Callable[[argparse.ArgumentParser], None] = module.configure  # type: ignore[attr-defined]
    parts += _arguments(configure)
    for act, (configure_act, run_act) in getattr(module, "ACTS", {}).items():
        parts += [f"#### ahadi {name} {act}", _first_line(inspect.getdoc(run_act)), *_arguments(configure_act)]
    return "\n\n".join(part for part in parts if part)


def _arguments(configure: Callable[[argparse.ArgumentParser], None]) -> list[str]:
    parser = argparse.ArgumentParser(add_help=False)
    configure(parser)
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            rows += [[f"`{one.dest}`", one.help or ""] for one in action._choices_actions]
        else:
            rows.append([f"`{_written(action)}`", _told(action)])
    return [table(["Argument", "Meaning"], rows)] if rows else []


def _written(action: argparse.Action) -> str:
    choices = "|".join(map(str, action.choices)) if action.choices else ""
    value = str(action.metavar or choices or action.dest.upper())
    if not action.option_strings:
        return value if action.nargs is None else f"[{value} ...]"
    return action.option_strings[-1] if action.nargs == 0 else f"{action.option_strings[-1]} {value}"


def _told(action: argparse.Action) -> str:
    text = (action.help or "").replace("%(default)s", f"{action.default}")
    choices = "one of " + ", ".join(map(str, action.choices)) if action.choices and not text else ""
    return text or choices or {"organisation": "in which organisation, where there are several"}.get(action.dest, "")


def table_rights() -> str:
    """What the application's role may do to each table."""
    rights = import_module("ahadi.data.roles").rights
    order = import_module("ahadi.data.apps").NOUNS
    known = [model for model in apps.get_models() if model._meta.app_label == "data"]
    known.sort(key=lambda model: (order.index(model.__module__.rsplit(".", 1)[-1]), model._meta.db_table))
    rows = [[f"`{one._meta.db_table}`", rights(one), _first_line(inspect.getdoc(one))] for one in known]
    return table(["Table", "The application may", "What a row is"], rows)


def people_roles() -> str:
    """The roles that a grant can give."""
    return ", ".join(f"`{role}`" for role in import_module("ahadi.data.models.grant").ROLES) + "."


def law_rules() -> str:
    """Every rule of the rulebook, place by place."""
    told: str = runpy.run_path(str(PROJECT / "docs" / "rules_page.py"))["rules_table"]()
    return told


def duties() -> str:
    """What people do here from start to end, and the journey that walks it."""
    rows: list[list[str]] = runpy.run_path(str(PROJECT / "docs" / "duties.py"), run_name="duties")["table_rows"]()
    return table(["Duty", "Who", "What", "Journey", "Pages"], rows)


def pictures() -> str:
    """Every page in each of its looks."""
    files = sorted((PROJECT / "docs" / "guides" / "pictures").glob("*-light.webp"))
    names = [file.stem.removesuffix("-light") for file in files]
    looks = ("light", "dark", "arabic")
    rows = [[name, *(f"[{look}](pictures/{name}-{look}.webp)" for look in looks)] for name in names]
    return table(["Page", "Light", "Dark", "Arabic"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "floors": floors,
    "rooms": rooms,
    "room-list": room_list,
    "kernel-list": kernel_list,
    "errors": errors,
    "laws": laws,
    "commands": commands,
    "table-rights": table_rights,
    "people-roles": people_roles,
    "law-rules": law_rules,
    "duties": duties,
    "pictures": pictures,
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahadi.project.settings")
    django.setup()
    sys.exit(main())
