"""The files of this repository: what git has and what would be added, never what is built."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def all_files() -> Sequence[Path]:
    """Return every file of the work tree that git does not ignore, relative to the root."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = listed.stdout.decode().split("\0")
    return sorted(Path(name) for name in names if name and (ROOT / name).is_file())


def files(*suffixes: str, under: str = "") -> list[Path]:
    """Return the files with one of `suffixes` below the folder `under`."""
    return [
        path
        for path in all_files()
        if path.suffix in suffixes and path.is_relative_to(under or ".")
    ]


def read(path: Path) -> str:
    return (ROOT / path).read_text("utf-8")


def lines(path: Path) -> list[str]:
    return read(path).splitlines()
