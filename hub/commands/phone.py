"""`hub phone`: the phone account and its numbers, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from .terminal import MARKS, do, out, settings_of, with_config

if TYPE_CHECKING:
    from hub.jobs.phone import PhoneSteps


@click.group()
def phone() -> None:
    """Look at the phone account, and point its numbers to the hub."""


@phone.command("check")
@with_config
def check(config: Path | None) -> None:
    """Sign in to the phone account and say where the calls of each number go.

    Nothing is changed; the hub may run. Ends with 1 where a step failed.
    """
    from hub.jobs.phone import CheckPhone, PhoneSteps

    _tell(do(settings_of(config), "phone.check", CheckPhone(), PhoneSteps), {"fault"})


@phone.command("setup")
@click.argument("entry_points", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@with_config
def setup(config: Path | None, entry_points: tuple[str, ...], yes: bool) -> None:
    """Have the calls to the numbers of ENTRY_POINTS, or of all, come to the hub.

    Says first where they go now, and asks. The hub may run. Ends with 1 where one was not written.
    """
    from hub.jobs.phone import CheckPhone, PhoneSteps, PointNumbers

    settings = settings_of(config)
    if not yes:
        _show(do(settings, "phone.check", CheckPhone(), PhoneSteps))
        whose = ", ".join(entry_points) or "every phone entry point"
        click.confirm(f"Point the numbers of {whose} to {settings.server.base_url()}?", abort=True)
    done = do(settings, "phone.point", PointNumbers(list(entry_points)), PhoneSteps)
    _tell(done, {"fault", "warning"})  # a number that the account has not is not written either


@phone.command("fallback")
@click.argument("entry_point")
@click.option("--number", default="", help="Ring this number (E.164) instead of taking a message.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
@with_config
def fallback(config: Path | None, entry_point: str, number: str, output: Path | None) -> None:
    """Write the TwiML that answers calls to ENTRY_POINT while the hub cannot.

    Host it somewhere else over https and name it at the provider as what is asked when the primary
    handler fails. It asks nothing of the hub; messages stay in the provider's account.
    """
    from hub.jobs.phone import Fallback, WriteFallback

    asked = WriteFallback(entry_point, number)
    document = do(settings_of(config), "phone.fallback", asked, Fallback).document
    if output is None:
        click.echo(document)
    else:
        output.write_text(document + "\n", "utf-8")
        out.print(f"written: {escape(str(output))}")


def _tell(found: PhoneSteps, failed: set[str]) -> None:
    _show(found)
    sys.exit(1 if any(step.verdict in failed for step in found.steps) else 0)


def _show(found: PhoneSteps) -> None:
    for step in found.steps:
        out.print(f"[{MARKS[step.verdict]}[/] {escape(step.what)}")
        if step.before:
            out.print(f"{'':8}  before: {escape(step.before)}")
        if step.mend:
            out.print(f"{'':8}→ {escape(step.mend)}")
