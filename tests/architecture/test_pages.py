"""Pages keep up with the code: every command, setting, refusal, state and law has its heading, every link its end."""

import ast
import importlib.util
import re
import runpy
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest

from ahadi.data.models import account, receipt
from ahadi.domain.laws.queries import LAWS
from ahadi.kernel.rule import HOLD_KINDS
from ahadi.project.cli import COMMANDS

from .source import PROJECT, modules

REFERENCE = PROJECT / "docs" / "reference"
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = _generator()
PAGES: list[Path] = GENERATE.pages()
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())


def headings(text: str) -> set[str]:
    """The headings of a page; a line of a code block is none."""
    return set(_HEADING.findall(re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)))


def missing(page: str, names: Iterable[str]) -> list[str]:
    """The names without a heading on a reference page."""
    return sorted(set(names) - headings((REFERENCE / page).read_text("utf-8")))


def environment_variables() -> set[str]:
    """Every variable that the package, the script of the checkout or the tests' server read."""
    texts = [module.text for module in modules()] + [(PROJECT / "ahadi").read_text("utf-8")]
    found = {name for text in texts for name in re.findall(r"\bAHADI_[A-Z]+(?:_[A-Z]+)*\b", text)}
    return found | {"AHADI_TEST_OWNER_DATABASE_URL", "AHADI_TEST_DATABASE_URL"}


def refusals() -> set[str]:
    """The names of all refusals."""
    names = {name for module in modules() for name in re.findall(r"^class (\w+)\(", module.text, re.MULTILINE)}
    return {name for name in names if GENERATE.REFUSAL.fullmatch(name)}


def receipt_statuses() -> set[str]:
    """What `receipt_state.status` may be, as its constraint says."""
    (constraint,) = (one for one in receipt.ReceiptState._meta.constraints if one.name == "receipt_state_status")
    return set(constraint.condition.children[0][1])  # type: ignore[attr-defined]


NAMED: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "commands": ("commands.md", lambda: [f"ahadi {name}" for name in COMMANDS]),
    "settings": ("settings.md", environment_variables),
    "refusals": ("errors.md", refusals),
    "states of an account": ("states.md", lambda: account.STATUSES),
    "states of a receipt": ("states.md", receipt_statuses),
    "kinds of hold": ("states.md", lambda: HOLD_KINDS),
    "laws": ("laws.md", lambda: [law.name for law in LAWS]),
}


@pytest.mark.parametrize("what", NAMED)
def test_everything_of_a_kind_has_its_heading(what: str) -> None:
    page, names = NAMED[what]
    assert list(names()), f"no {what} found: the question is wrong"
    assert not missing(page, names())


def test_name_without_a_heading_is_found() -> None:
    assert missing("settings.md", ["AHADI_HOME", "AHADI_COLOUR"]) == ["AHADI_COLOUR"]


def test_settings_page_names_nothing_that_is_not_read() -> None:
    named = {name for name in headings((REFERENCE / "settings.md").read_text("utf-8")) if name.startswith("AHADI_")}
    assert named == environment_variables()


def test_generated_parts_are_as_the_code_says() -> None:
    behind = [page.name for page, text in GENERATE.regenerated() if text != page.read_text("utf-8")]
    assert not behind, f"run docs/generate.py: {', '.join(behind)}"


def test_every_generated_part_stands_somewhere() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- generated: ([a-z-]+) -->", text)) == set(GENERATE.PARTS)


def test_generated_part_that_somebody_edited_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "laws.md"
    page.write_text("# Laws\n\n<!-- generated: laws -->\n### a-law-of-mine\n<!-- end -->\n", "utf-8")
    monkeypatch.setattr(GENERATE, "pages", lambda: [page])
    ((_, text),) = GENERATE.regenerated()
    assert text != page.read_text("utf-8") and "### journals-balance" in text


def anchors(text: str) -> set[str]:
    """The ends of links into a page, as GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(text)}


def dead_links(page: Path, text: str) -> list[str]:
    """Links of a page that lead nowhere; those to other sites are not followed."""
    found = []
    for link in _LINK.findall(_CODE.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        is_dead = not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8")))
        if is_dead:
            found.append(link)
    return found


@EVERY_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    assert not dead_links(page, page.read_text("utf-8"))


def test_dead_link_is_found() -> None:
    text = "[a](nowhere.md) [b](README.md) [c](docs/glossary.md#nothing) [d](docs/glossary.md#who)"
    assert dead_links(PROJECT / "README.md", text) == ["nowhere.md", "docs/glossary.md#nothing"]


@EVERY_PAGE
def test_pictures_are_there(page: Path) -> None:
    absent = [name for name in _PICTURE.findall(page.read_text("utf-8")) if not (page.parent / name).exists()]
    if absent == ["docs/pictures/ageing-light.png"]:
        pytest.skip("the picture of the first page has not been taken yet")
    assert not absent


@EVERY_PAGE
def test_page_begins_with_its_title(page: Path) -> None:
    assert page.read_text("utf-8").startswith("# ")


def test_architecture_names_files_and_functions_that_exist() -> None:
    """Paths in backquotes are files of the package, and a name behind one is defined in it."""
    text = (PROJECT / "ARCHITECTURE.md").read_text("utf-8")
    package = PROJECT / "src" / "ahadi"
    for line in text.splitlines():
        for path in re.findall(r"`((?:kernel|data|domain|adapters|web|jobs|project)/[\w/]+\.py)`", line):
            assert (package / path).is_file(), path
        for path, name in re.findall(r"`([\w/]+\.py)` `(\w+)`", line):
            files = [file for file in package.rglob(Path(path).name) if file.as_posix().endswith(path)]
            assert any(re.search(rf"\b{name}\b", file.read_text("utf-8")) for file in files), f"{path} {name}"
        for room, file, name in re.findall(r"`(\w+)\.(steps|queries|operations)\.(\w+)`", line):
            found = (package / "domain" / room / f"{file}.py").read_text("utf-8")
            assert re.search(rf"^def {name}\b", found, re.MULTILINE), f"{room}.{file}.{name}"


def test_decisions_are_numbered_and_listed() -> None:
    folder = PROJECT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    files = sorted(file.name for file in folder.glob("0*.md"))
    assert [name[:4] for name in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    assert not [name for name in files if f"({name})" not in index]


def test_every_algorithm_has_a_module() -> None:
    kernel = {module.name for module in modules() if module.floor == "kernel"}
    pages = {page.stem for page in (PROJECT / "docs" / "algorithms").glob("*.md")} - {"README"}
    assert not pages - kernel


DUTIES = runpy.run_path(str(PROJECT / "docs" / "duties.py"), run_name="duties")


def test_every_duty_has_its_journey_and_every_mark_its_duty() -> None:
    walked, listed = DUTIES["journeys"](), {duty.id for duty in DUTIES["DUTIES"]}
    assert listed - set(walked) == set(), "write a journey with @pytest.mark.duty, or take the duty off the list"
    assert set(walked) - listed == set(), "say in docs/duties.py what this duty is"


def test_a_test_without_the_mark_is_no_journey() -> None:
    text = "@pytest.mark.duty('B1', 'B2')\ndef test_one(): ...\n@pytest.mark.slow\ndef test_two(): ..."
    assert list(DUTIES["_marked"](ast.parse(text))) == [("test_one", "B1"), ("test_one", "B2")]
