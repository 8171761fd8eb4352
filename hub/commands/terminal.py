"""What the commands share: the settings, the work handed over, words on the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.core import log
from hub.settings import Settings, load_settings

R = TypeVar("R", bound=Struct)
Command = TypeVar("Command", bound=Callable[..., Any])

MARKS = {"well": "green]ok     ", "warning": "yellow]warning", "fault": "red]FAULT  "}
"""How each verdict of a check is marked, the rest of a tag of rich's."""

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


def with_config(command: Command) -> Command:
    """Add `--config`, the infrastructure settings."""
    option = click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="HUB_CONFIG",
        help="The TOML file of the settings (config/hub.example.toml). Default: defaults only.",
    )
    return option(command)


def settings_of(config: Path | None) -> Settings:
    """Return the settings, and log as they say. Raises SettingsError."""
    settings = load_settings(config)
    log.configure(settings.log.level, settings.log.format)
    return settings


def do(settings: Settings, name: str, argument: Struct, kind: type[R]) -> R:
    """Carry out a job, with a progress bar where it tells how far it is."""
    from hub.jobs import carry_out

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        bar = bars.add_task(name, total=None, visible=False)

        async def tell(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total, visible=True)

        result = asyncio.run(carry_out(settings, name, argument, tell))
    if not isinstance(result, kind):
        raise TypeError(f"{name} returned {type(result).__name__}")
    return result


def end_with(rows: int, refused: int) -> None:
    """End the command with status 1 where every row of a file was refused."""
    if rows and refused == rows:
        raise click.exceptions.Exit(1)
