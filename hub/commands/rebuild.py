"""`hub rebuild`: what is counted as things happen, counted anew from what happened."""

from __future__ import annotations

from pathlib import Path

import click

from .terminal import do, out, settings_of, with_config


@click.group()
def rebuild() -> None:
    """Count anew what is kept as a sum."""


@rebuild.command("effort")
@with_config
def rebuild_effort(config: Path | None) -> None:
    """Count anew what contacts cost, by address, day and channel; the hub may run.

    Do it after the set-up's time zone has changed, and after repairs were delivered late.
    """
    from hub.jobs.business import RebuildEffort, RebuiltEffort

    done = do(settings_of(config), "rebuild.effort", RebuildEffort(), RebuiltEffort)
    out.print(f"{done.rows} rows, {done.changed} were different.")
