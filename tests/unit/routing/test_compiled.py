"""The engine and the simulator compiled (`make compiled`) do what they do in Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import skip_missing

ROOT = Path(__file__).parents[3]
_LACKS = 2  # the exit status where a machine cannot compile
TESTS = ("tests/unit/routing", "tests/properties/routing")
_NO_SOURCE = shutil.ignore_patterns("static", "node_modules", "__pycache__", "*.so")


@pytest.mark.timeout(900)  # a C compiler at work, beside the other tests
def test_the_compiled_engine_keeps_every_law(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "hub", tmp_path / "hub", ignore=_NO_SOURCE)
    shutil.copytree(ROOT / "config", tmp_path / "config")  # as in a checkout
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    compile_engine = [
        sys.executable,
        str(ROOT / "tools/compile_engine.py"),
        "--root",
        str(tmp_path),
    ]
    made = subprocess.run(compile_engine, capture_output=True, text=True, check=False, timeout=400)
    if made.returncode == _LACKS:
        skip_missing(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    for folder in ("tests", "tests/unit", "tests/properties", *TESTS):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "__init__.py").touch()
    for name in ("build", "test_engine", "test_keeping", "test_overflow"):
        shutil.copy(ROOT / TESTS[0] / f"{name}.py", tmp_path / TESTS[0])
    for name in ("test_engine", "test_engine_laws", "test_record"):
        shutil.copy(ROOT / TESTS[1] / f"{name}.py", tmp_path / TESTS[1])
    (tmp_path / "conftest.py").write_text(_IS_COMPILED)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", *TESTS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert _simulated(tmp_path) == _simulated(ROOT)


def _simulated(root: Path) -> str:
    """Return what the sample scenario comes to, to the last digit."""
    command = ["-m", "hub", "simulate", "config/scenario.example.toml", "--contacts", "2000"]
    done = subprocess.run(
        [sys.executable, *command, "--json"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


_IS_COMPILED = """
import hub.routing.engine
import hub.simulation.run

for compiled in (hub.routing.engine, hub.simulation.run):
    assert compiled.__file__.endswith(".so"), compiled.__file__
"""
