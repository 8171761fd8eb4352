#!/usr/bin/env python3
"""Compile the matching engine and the simulator with mypyc, in place; --undo: back to Python.

The same source runs as Python or compiled, more than twice as fast (docs/performance.md). It
needs a C compiler and Python's headers; nothing else in the hub does. What is compiled is taken
before the source: after a change compile again, or undo (tests/architecture looks after it).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_LACKS = 2
ENGINE = (
    "agents",
    "bench",
    "bunches",
    "desk",
    "engine",
    "keeping",
    "lines",
    "matching",
    "moment",
    "overflow",
    "queue_lines",
    "reasons",
    "strategies",
    "wakes",
)
SIMULATION = ("chance", "run", "world")
# No packages: setuptools would look for them itself, and stop at folders that are none.
_SETUP = """
from mypyc.build import mypycify
from setuptools import setup

extensions = mypycify({paths!r}, opt_level="3", target_dir={build!r})
setup(name="engine", packages=[], py_modules=[], ext_modules=extensions)
"""


def missing() -> list[str]:
    """Name what a machine lacks to compile."""
    lacks = []
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        lacks.append("a C compiler (Debian: apt-get install gcc libc6-dev)")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        lacks.append("Python's headers (Debian: apt-get install python3-dev)")
    return lacks


def undo(root: Path) -> None:
    for made in [*root.glob("*__mypyc.*.so"), *(root / "hub").glob("*/*.so")]:
        made.unlink()


def main() -> int:
    root = ROOT
    if "--root" in sys.argv:  # a copy, for a test
        root = Path(sys.argv[sys.argv.index("--root") + 1])
    undo(root)
    if "--undo" in sys.argv:
        return 0
    if lacks := missing():
        words = "The engine cannot be compiled: this machine lacks " + " and ".join(lacks)
        print(words, file=sys.stderr)
        return _LACKS
    paths = [f"hub/routing/{name}.py" for name in ENGINE]
    paths += [f"hub/simulation/{name}.py" for name in SIMULATION]
    with tempfile.TemporaryDirectory() as made:
        script = Path(made) / "setup.py"
        script.write_text(_SETUP.format(paths=paths, build=made), "utf-8")
        command = [sys.executable, str(script), "build_ext", "--inplace"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own files
    if done.returncode:
        print(done.stdout[-3000:] + done.stderr[-3000:], file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
