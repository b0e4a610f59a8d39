"""The rules of tidiness: each looks at one module and tells what breaks it."""

import ast
import re
from collections.abc import Callable, Iterator

from .source import PACKAGE, Finding, Module

FUNCTION_LINES = 70
FILE_LINES = 500
VIEW_LINES = 30
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "service", "base"}
ROOM_FILES = {"__init__", "operations", "steps", "queries", "ports"}

Rule = Callable[[Module], Iterator[Finding]]
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SQL = re.compile(r"^\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH|COPY|TRUNCATE|ALTER|CREATE|DROP|GRANT)\s")
_REFUSAL = re.compile(r"UnableTo[A-Z]\w+|[A-Z]\w+Already[A-Z]\w+|Refusal|Wrong[A-Z]\w+")
_WRITERS = {"append", "execute", "upsert", "reserve", "lock"}
_SAVERS = {"save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "delete"}
# A stopwatch (monotonic, perf_counter) measures and tells no time of day.
_CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime"}
_CLOCK_OWNERS = {"datetime", "date", "time", "timezone"}


def _functions(module: Module) -> Iterator[_Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, _Function):
            yield node


def _docstring(node: ast.Module | ast.ClassDef | _Function) -> str | None:
    return ast.get_docstring(node)


def functions_are_short(module: Module) -> Iterator[Finding]:
    """A function has at most 70 lines."""
    for function in _functions(module):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield Finding(f"{module.path}:{function.name}", f"{lines} lines, at most {FUNCTION_LINES}")


def files_are_short(module: Module) -> Iterator[Finding]:
    """A file has at most 500 lines."""
    lines = len(module.text.splitlines())
    if lines > FILE_LINES:
        yield Finding(module.path, f"{lines} lines, at most {FILE_LINES}")


def packages_are_plain(module: Module) -> Iterator[Finding]:
    """An `__init__` is one line of docstring and imports nothing."""
    if module.name == "__init__" and (len(module.text.splitlines()) != 1 or not _docstring(module.tree)):
        yield Finding(module.path, "holds more, or less, than one line of docstring")


def everything_public_is_documented(module: Module) -> Iterator[Finding]:
    """Every module, and every public class, function and method in it, has a docstring."""
    if not _docstring(module.tree):
        yield Finding(module.path, "the module has no docstring")
    yield from _undocumented(module, module.tree, "")


def _undocumented(module: Module, parent: ast.Module | ast.ClassDef, inside: str) -> Iterator[Finding]:
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if node.name == "Meta" or _is_signature(node):
            continue
        if not _docstring(node):
            yield Finding(f"{module.path}:{inside}{node.name}", "has no docstring")
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(module, node, f"{inside}{node.name}.")


def _is_signature(node: ast.ClassDef | _Function) -> bool:
    """A mere signature, `...`: described by its protocol, or at the last of several."""
    body = node.body[0]
    return isinstance(body, ast.Expr) and isinstance(body.value, ast.Constant) and body.value.value is ...


def names_say_what_is_inside(module: Module) -> Iterator[Finding]:
    """No module or folder is called by a word that fits everything."""
    words = set(module.path.removesuffix(".py").split("/"))
    for word in sorted(words & BANNED_NAMES):
        yield Finding(module.path, f"is called {word!r}")


def private_names_stay_in_their_folder(module: Module) -> Iterator[Finding]:
    """A name with an underscore is used in its own folder only."""
    foreign: set[str] = set()
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("ahadi"):
            continue
        source = (node.module or "").split(".")[1:]
        folder = "/".join(source if PACKAGE.joinpath(*source).is_dir() else source[:-1]) or "."
        if folder == module.folder:
            continue
        for alias in node.names:
            foreign.add(alias.asname or alias.name)
            if alias.name.startswith("_"):
                yield Finding(module.path, f"takes {alias.name} from {node.module}")
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        is_private = node.attr.startswith("_") and not node.attr.startswith("__") and node.attr != "_meta"
        if is_private and node.value.id in foreign:
            yield Finding(module.path, f"uses {node.value.id}.{node.attr}")


def imports_stand_at_the_top(module: Module) -> Iterator[Finding]:
    """No function imports."""
    for function in _functions(module):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield Finding(f"{module.path}:{function.name}", "imports inside a function")
                break


def money_is_claimed_received_or_sent(module: Module) -> Iterator[Finding]:
    """No identifier says `payment`: a proof is claimed, a receipt received, a remittance sent.

    The repayment rate is a figure of the trade and keeps its name.
    """
    for node in ast.walk(module.tree):
        for name in _identifiers(node):
            if "payment" in name.lower().replace("repayment_rate", ""):
                yield Finding(f"{module.path}:{name}", "says payment")
    if "payment" in module.path:
        yield Finding(module.path, "says payment")


def _identifiers(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value


def nothing_is_left_for_later(module: Module) -> Iterator[Finding]:
    """No note of unfinished work."""
    for number, line in enumerate(module.text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield Finding(module.path, f"line {number}: {line.strip()}")


def rooms_have_their_files(module: Module) -> Iterator[Finding]:
    """A room holds operations, steps, queries and ports; a flow is a module whose act bears its name."""
    parts = module.path.split("/")
    if module.floor != "domain" or parts[-1] == "__init__.py":
        return
    if len(parts) != 3:
        yield Finding(module.path, "does not stand in a room")
    elif parts[1] == "flows":
        if module.name not in {function.name for function in module.tree.body if isinstance(function, _Function)}:
            yield Finding(module.path, f"has no act {module.name}")
    elif module.name not in ROOM_FILES:
        yield Finding(module.path, "is none of operations, steps, queries, ports")


def queries_never_write(module: Module) -> Iterator[Finding]:
    """`queries.py` reads: it calls no writer of columns and saves no row."""
    if module.floor != "domain" or module.name != "queries":
        return
    for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
        if not isinstance(call.func, ast.Attribute):
            continue
        owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
        if (owner == "frames" and call.func.attr in _WRITERS) or (owner != "pl" and call.func.attr in _SAVERS):
            yield Finding(f"{module.path}:{call.func.attr}", "writes")


def one_wrapper_opens_transactions(module: Module) -> Iterator[Finding]:
    """Only `audit.operations.perform` opens a transaction; steps and flows run inside it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "atomic":
            yield Finding(module.path, "opens a transaction")
            return


def nobody_else_reads_a_clock(module: Module) -> Iterator[Finding]:
    """Time is passed: the database's clock decides, and no module reads the machine's."""
    for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
        function = call.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            continue
        if function.attr in _CLOCKS and function.value.id in _CLOCK_OWNERS:
            yield Finding(module.path, f"reads a clock: {function.value.id}.{function.attr}()")


def edges_ask_the_domain(module: Module) -> Iterator[Finding]:
    """Pages, interfaces and jobs hold no SQL and open no cursor."""
    if module.floor not in ("web", "api", "jobs", "adapters"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            yield Finding(module.path, f"line {node.lineno}: SQL")
        if isinstance(node, ast.Attribute) and node.attr == "cursor":
            yield Finding(module.path, f"line {node.lineno}: opens a cursor")


def truth_values_are_named(module: Module) -> Iterator[Finding]:
    """A function takes a bool by keyword only, under a name with `is_`, `has_`, `may_` or `should_`."""
    for function in _functions(module):
        where = f"{module.path}:{function.name}"
        for argument in filter(_is_truth, [*function.args.posonlyargs, *function.args.args]):
            yield Finding(where, f"takes {argument.arg} by position")
        for argument in filter(_is_truth, function.args.kwonlyargs):
            if not argument.arg.startswith(("is_", "has_", "may_", "should_")):
                yield Finding(where, f"{argument.arg} does not read as a truth")


def _is_truth(argument: ast.arg) -> bool:
    return isinstance(argument.annotation, ast.Name) and argument.annotation.id == "bool"


def refusals_are_named(module: Module) -> Iterator[Finding]:
    """A refusal is called `UnableTo<Verb><Noun>` or `<Noun>Already<State>`, and its docstring is its meaning."""
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and _is_refusal(node) and not _REFUSAL.fullmatch(node.name):
            yield Finding(f"{module.path}:{node.name}", "is a refusal and not named as one")


def _is_refusal(node: ast.ClassDef) -> bool:
    inherits = any(isinstance(parent, ast.Name) and parent.id == "Refusal" for parent in node.bases)
    marked = any(
        isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) and each.targets[0].id == "is_refusal"
        for each in node.body
    )
    return inherits or marked


def time_is_passed_by_name(module: Module) -> Iterator[Finding]:
    """In a public function `as_of` is keyword-only and has no default: nobody means today by saying nothing."""
    for function in _functions(module):
        if function.name.startswith("_"):
            continue
        where = f"{module.path}:{function.name}"
        if any(argument.arg == "as_of" for argument in [*function.args.posonlyargs, *function.args.args]):
            yield Finding(where, "takes as_of by position")
        for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            if argument.arg == "as_of" and default is not None:
                yield Finding(where, "as_of has a default")


def views_only_translate(module: Module) -> Iterator[Finding]:
    """A function of `views.py` has at most 30 lines: load, check, one call of the domain, translate."""
    if module.floor != "web" or module.name != "views":
        return
    for function in _functions(module):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > VIEW_LINES:
            yield Finding(f"{module.path}:{function.name}", f"{lines} lines, at most {VIEW_LINES}")


def nothing_fails_in_silence(module: Module) -> Iterator[Finding]:
    """No `except` that does nothing; `contextlib.suppress` names what may be passed over."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body):
            yield Finding(module.path, f"line {node.lineno}: an exception is dropped")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield Finding(module.path, f"line {node.lineno}: everything is caught")


RULES: tuple[Rule, ...] = (
    functions_are_short,
    files_are_short,
    packages_are_plain,
    everything_public_is_documented,
    names_say_what_is_inside,
    private_names_stay_in_their_folder,
    imports_stand_at_the_top,
    money_is_claimed_received_or_sent,
    nothing_is_left_for_later,
    rooms_have_their_files,
    queries_never_write,
    one_wrapper_opens_transactions,
    nobody_else_reads_a_clock,
    edges_ask_the_domain,
    truth_values_are_named,
    refusals_are_named,
    time_is_passed_by_name,
    views_only_translate,
    nothing_fails_in_silence,
)
