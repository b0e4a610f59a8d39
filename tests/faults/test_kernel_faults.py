"""Each fault on the list is put into a copy of the kernel; the kernel's tests or the scenarios must go red.

The copy stands in a folder of its own: the checkout is never touched. The control runs the same tests over a
copy without a fault, which must stay green, so that red means the fault and not the copying.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
Fault = dict[str, str]
KERNEL_FAULTS: list[Fault] = yaml.safe_load((Path(__file__).parent / "kernel.yaml").read_text("utf-8"))
GATE_FAULTS: list[Fault] = yaml.safe_load((Path(__file__).parent / "gate.yaml").read_text("utf-8"))
FAULTS = [*KERNEL_FAULTS, *GATE_FAULTS]
KERNEL = "src/ahadi/kernel"


def named(fault: Fault) -> str:
    return f"{fault['module']}-{FAULTS.index(fault) + 1}"


def is_caught(folder: Path, fault: Fault) -> bool:
    """Whether the module's own tests, or else a scenario, or else any test of the kernel goes red over the copy.

    What the gate is made of is caught by the tests of the gate alone.
    """
    own = sorted((folder / "tests/kernel").glob(f"test_{'gate' if fault in GATE_FAULTS else fault['module']}*.py"))
    if fault in GATE_FAULTS:
        return is_red(folder, kernel_tests(*own))
    return any(is_red(folder, command) for command in (kernel_tests(*own), scenarios(), kernel_tests()))


def kernel_tests(*places: Path) -> list[str]:
    """The command that runs the tests of these places; of all the kernel's where there is none."""
    tests = map(str, places or ["tests/kernel"])
    return [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not nightly", "-p", "no:cacheprovider", *tests]


def scenarios() -> list[str]:
    """The command that runs every scenario."""
    files = map(str, sorted((ROOT / "tests/scenarios").rglob("*.yaml")))
    return [sys.executable, "-m", "ahadi.project.cli", "scenario", "test", *files]


def is_red(folder: Path, command: list[str]) -> bool:
    """Whether the command fails when the kernel is the one of the copy."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    return done.returncode != 0


def copied(folder: Path) -> Path:
    """A checkout small enough to copy often: the package, the kernel's tests, its pages and the configuration."""
    for place in ("src/ahadi", "tests/kernel", "docs/algorithms"):
        shutil.copytree(ROOT / place, folder / place, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\naddopts = '-p no:django --import-mode=importlib'\n"
    )
    return folder


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_fault_still_fits_the_code(fault: Fault) -> None:
    text = (ROOT / KERNEL / f"{fault['module']}.py").read_text("utf-8")
    assert fault["from"] in text
    assert fault["from"] != fault["to"]


def test_list_is_long_enough_and_covers_the_kernel() -> None:
    modules = {fault["module"] for fault in KERNEL_FAULTS}
    assert len(KERNEL_FAULTS) >= 40 and len(GATE_FAULTS) >= 20
    assert {"allocation", "ageing", "promise", "interest", "ladder", "payg", "classification"} <= modules
    assert {"gate", "restraint", "opening", "zone", "rule"} == {fault["module"] for fault in GATE_FAULTS}


@pytest.mark.nightly
def test_copy_without_a_fault_stays_green(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    assert not is_red(folder, kernel_tests())
    assert not is_red(folder, scenarios())


@pytest.mark.nightly
@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_fault_is_caught(fault: Fault, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / KERNEL / f"{fault['module']}.py"
    path.write_text(path.read_text("utf-8").replace(fault["from"], fault["to"], 1), "utf-8")
    assert is_caught(folder, fault), f"nothing noticed: {fault['from']!r} became {fault['to']!r}"
