"""`hub import FILE`: customers from a file, and out again."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from hub.core.errors import Invalid
from hub.settings import Settings

from .terminal import Command, do, end_with, err, out, settings_of, with_config

_SHOWN_BATCHES = 20


def customer_options(command: Command) -> Command:
    """Add what `hub import` takes for customers."""
    options = (
        click.argument(
            "file", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False
        ),
        click.option("--dry-run", is_flag=True, help="Say what would be done, change nothing."),
        click.option(
            "--source", default="", help="Recorded with every new customer; default: the file."
        ),
        click.option(
            "--encoding", default="", help="Of the file; default: found out (UTF-8, GB18030)."
        ),
        click.option(
            "--refused",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write the refused rows here as CSV, each with its reasons, to mend and import"
            " again.",
        ),
        click.option("--undo", metavar="BATCH", help="Take back what this import wrote."),
        click.option("--batches", is_flag=True, help="List the newest imports and their ids."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("customers")
@customer_options
@with_config
def import_customers(
    config: Path | None,
    file: Path | None,
    dry_run: bool,
    source: str,
    encoding: str,
    refused: Path | None,
    undo: str | None,
    batches: bool,
) -> None:
    """Import customers from FILE: a CSV whose first line names the columns (姓名 / name, …), or
    business cards (vCard).

    What nobody has changed since can be taken back: --batches lists the imports, --undo BATCH
    takes one back.
    """
    if [file is not None, undo is not None, batches].count(True) != 1:
        raise Invalid("Say one of: a FILE to import, --undo BATCH, or --batches.")
    settings = settings_of(config)
    if batches:
        _list(settings)
    elif undo is not None:
        _undo(settings, undo)
    elif file is not None:
        _import(settings, file, dry_run, source, encoding, refused)


def _import(
    settings: Settings,
    file: Path,
    dry_run: bool,
    source: str,
    encoding: str,
    refused: Path | None,
) -> None:
    from hub.jobs.imports import Imported, ImportFile

    refused_to = str(refused.resolve()) if refused else ""
    asked = ImportFile(str(file.resolve()), source or file.name, dry_run, encoding, refused_to)
    done = do(settings, "import", asked, Imported)
    columns = ", ".join(f"{header} = {column}" for header, column in done.columns.items())
    out.print(f"{escape(done.encoding)}; {escape(columns)}")
    if done.ignored_columns:
        out.print(f"Ignored columns: {escape(', '.join(done.ignored_columns))}")
    verb = "Would create" if done.dry_run else "Created"
    out.print(
        f"{verb} {done.created} customers and {done.organisations} organisations, update "
        f"{done.updated}; {done.unchanged} unchanged, {done.refused} refused, {done.rows} rows."
    )
    for fault in done.faults:
        err.print(f"[yellow]{escape(fault)}[/]")
    if done.batch_id:
        err.print(f"To take it back: hub import --undo {done.batch_id}")
    end_with(done.rows, done.refused)


def _undo(settings: Settings, batch_id: str) -> None:
    from hub.jobs.imports import ImportLine, UndoImport

    done = do(settings, "import.undo", UndoImport(batch_id), ImportLine)
    out.print(
        f"Taken back: {escape(done.file_name)}, {done.rows} rows; {done.counts.kept} rows keep what"
        " was changed since."
    )
    for kept in done.kept:
        err.print(f"[yellow]{escape(kept)}[/]")


def _list(settings: Settings) -> None:
    from hub.jobs.imports import ImportLines, ListImports

    for line in do(settings, "import.batches", ListImports(_SHOWN_BATCHES), ImportLines).items:
        counts = line.counts
        out.print(
            f"{line.id}  {line.at:%Y-%m-%d %H:%M}  {line.state.value:<8}"
            f"  {escape(line.file_name or line.source)}: {line.rows} rows, {counts.created} new,"
            f" {counts.updated} updated, {counts.refused} refused"
        )
