"""How the commands of this folder speak to a person, read and write files, and refuse."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)
_BAD_INPUT = 2


def refuse(words: str) -> NoReturn:
    """Say what is wrong and end with 2: what was typed, or a file, has a mistake."""
    err.print(f"[red]hub:[/] {escape(words)}")
    sys.exit(_BAD_INPUT)


def warn(words: str) -> None:
    err.print(f"[yellow]{escape(words)}[/]")


def read_text(path: Path) -> str:
    """Return a file's text, or refuse."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{path} cannot be read: {error}")


def check_writable(*paths: Path | None) -> None:
    """Refuse files that cannot be written, before hours of work; None: none is wanted."""
    for path in paths:
        if path is None:
            continue
        if not path.exists() and not path.parent.is_dir():
            refuse(f"{path} cannot be written: there is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            refuse(f"{path} cannot be written: you have no right to")


def write_text(path: Path, text: str) -> None:
    """Write a file, or refuse."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        refuse(f"{path} cannot be written: {error}")
