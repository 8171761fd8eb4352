"""`hub audit`: whether the audit log is what was written."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .terminal import err, out, settings_of, with_config

if TYPE_CHECKING:
    from hub.accounts.chain.walk import State
    from hub.storage import Tx

_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")
_BROKEN, _NOTHING = 1, 2  # exit statuses

T = TypeVar("T")
Begin = Callable[[], "AbstractContextManager[Tx]"]


@click.group()
def audit() -> None:
    """Check the audit log. It changes nothing and is safe beside a running hub."""


@audit.command("verify")
@click.option(
    "--noted",
    "noted",
    multiple=True,
    metavar="NUMBER:HASH",
    help="A newest line as it was noted elsewhere before; may be repeated.",
)
@with_config
def verify(config: Path | None, noted: tuple[str, ...]) -> None:
    """Walk the whole chain. Exit status 0: it holds; 1: it does not; 2: there is no log."""
    from hub.accounts.chain.walk import State
    from hub.accounts.chain.words import say_broken

    state = _with_log(config, lambda begin: _walk(begin, State(noted=_noted(noted))))
    if state.broken is not None:
        out.print(f"[red]The audit log is not what was written.[/] {state.seq} lines hold, then:")
        out.print(escape(say_broken(state.broken)))
        raise click.exceptions.Exit(_BROKEN)
    until = "" if state.at is None else f", up to {state.at:%Y-%m-%d %H:%M:%S} UTC"
    out.print(f"The audit log holds: {state.seq} lines{until}.")
    if state.seq:
        out.print(f"Newest: {state.seq}:{state.hash}")


@audit.command("head")
@with_config
def head(config: Path | None) -> None:
    """Print the newest line's number and hash, to be noted where nobody can change it."""
    from hub.accounts.chain.walk import find_head

    def find(begin: Begin) -> str:
        with begin() as tx:
            newest = find_head(tx)
        return "" if newest is None or not newest.seq else f"{newest.seq}:{newest.hash}"

    if not (newest := _with_log(config, find)):
        err.print("The audit log has no line yet.")
        raise click.exceptions.Exit(_NOTHING)
    out.print(newest)


def _with_log(config: Path | None, do: Callable[[Begin], T]) -> T:
    from sqlalchemy.exc import SQLAlchemyError

    from hub.accounts.chain.tables import audit_head
    from hub.doctor.database import open_there

    try:
        with open_there(settings_of(config), audit_head) as begin:
            if begin is not None:
                return do(begin)
    except SQLAlchemyError as error:
        err.print(f"[red]hub:[/] {escape(str(error))}")
        raise click.exceptions.Exit(_NOTHING) from None
    err.print("There is no database with an audit log: hub migrate makes it.")
    raise click.exceptions.Exit(_NOTHING)


def _walk(begin: Begin, state: State) -> State:
    from hub.accounts.chain.walk import Step, take_step, walk

    def read(step: Step) -> State:
        with begin() as tx:
            return take_step(tx, step)

    columns = (TextColumn("audit log"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        bar = bars.add_task("audit log", total=None)
        for now in walk(read, state):
            state = now
            bars.update(bar, completed=state.seq, total=state.until_seq)
    return state


def _noted(texts: tuple[str, ...]) -> dict[int, str]:
    found = {}
    for text in texts:
        match = _NOTED.fullmatch(text)
        if match is None:
            raise click.BadParameter(f"{text!r} is not NUMBER:HASH", param_hint="--noted")
        found[int(match[1])] = match[2]
    return found
