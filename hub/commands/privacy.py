"""`hub privacy`: what is kept of customers."""

from __future__ import annotations

from pathlib import Path

import click

from .terminal import do, out, settings_of, with_config


@click.group()
def privacy() -> None:
    """Mask card numbers in what is stored already."""


@privacy.command("mask-cards")
@click.option("--dry-run", is_flag=True, help="Only count; change nothing.")
@click.option(
    "--held-too", is_flag=True, help="Mask what customers under legal hold said, too: for good."
)
@with_config
def mask_cards(config: Path | None, dry_run: bool, held_too: bool) -> None:
    """Mask card numbers in what was stored before they were masked; the hub may run.

    Entries, their index, subjects, notes, commitments and what else was said or written, as what
    comes in is masked. Broken off, it goes on where it was. Originals (.eml) stay, and are opened
    by the right of [privacy] originals. What a legal hold keeps stays as it is, and is counted,
    unless --held-too is said.
    """
    from hub.jobs.privacy import MaskCards, MaskedCards

    done = do(settings_of(config), "privacy.mask_cards", MaskCards(dry_run, held_too), MaskedCards)
    for table, rows in done.masked.items():
        if rows:
            out.print(f"{table}: {rows} of {done.looked_at[table]}")
    total, looked_at = sum(done.masked.values()), sum(done.looked_at.values())
    verb = "would be masked" if dry_run else "masked"
    out.print(f"{total} of {looked_at} rows {verb}.")
    if held := sum(done.held.values()):
        out.print(f"{held} stay as they are because of a legal hold; --held-too masks them, too.")
