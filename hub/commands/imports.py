"""`hub import`: customers, and what other systems know of them, from files."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from .import_customers import import_customers
from .terminal import Command, do, end_with, err, out, settings_of, with_config

USUAL_SOURCE = "import"


class Imports(click.Group):
    """`hub import FILE` is `hub import customers FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["customers", *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=Imports)
def import_() -> None:
    """Import customers, orders, products, balances or repairs from a file.

    hub import FILE is hub import customers FILE.
    """


def _with_file(command: Command) -> Command:
    for option in reversed(
        (
            click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True)),
            click.option("--dry-run", is_flag=True, help="Say what would be done, change nothing."),
            click.option("--encoding", default="", help="Default: found out (UTF-8, GB18030)."),
            click.option(
                "--refused",
                type=click.Path(path_type=Path, dir_okay=False),
                help="Write the refused rows here as CSV, each with its reasons, to mend and import"
                " again.",
            ),
            with_config,
        )
    ):
        command = option(command)
    return command


_source = click.option(
    "--source",
    default=USUAL_SOURCE,
    show_default=True,
    help="The system they come from: a row is known by source and external id.",
)


import_.add_command(import_customers)


@import_.command("orders")
@_source
@_with_file
def import_orders(
    config: Path | None,
    file: Path,
    dry_run: bool,
    source: str,
    encoding: str,
    refused: Path | None,
) -> None:
    """Import orders: external_id, customer_external_id, ordered_at, amount, currency; also cost,
    state, state_at, revision, product, quantity.

    Amounts are in major units (12.50). The same file again changes nothing; the order of a customer
    who is not known makes an unidentified one, whom a customer row with that external id names.
    """
    _rows("orders", config, (file, source, dry_run, encoding, refused))


@import_.command("products")
@_source
@_with_file
def import_products(
    config: Path | None,
    file: Path,
    dry_run: bool,
    source: str,
    encoding: str,
    refused: Path | None,
) -> None:
    """Import products: external_id; also name, family, price, currency, retired."""
    _rows("products", config, (file, source, dry_run, encoding, refused))


@import_.command("balances")
@_source
@_with_file
def import_balances(
    config: Path | None,
    file: Path,
    dry_run: bool,
    source: str,
    encoding: str,
    refused: Path | None,
) -> None:
    """Import what customers owe: customer_external_id, balance, currency; also credit_limit,
    credit_hold, as_of. A balance above 0 is owed to us.
    """
    _rows("balances", config, (file, source, dry_run, encoding, refused))


@import_.command("cases")
@_source
@_with_file
def import_cases(
    config: Path | None,
    file: Path,
    dry_run: bool,
    source: str,
    encoding: str,
    refused: Path | None,
) -> None:
    """Import defects and repairs: external_id, customer_external_id, kind, state; also order,
    product, text, state_at, revision.
    """
    _rows("cases", config, (file, source, dry_run, encoding, refused))


def _rows(
    kind: str, config: Path | None, options: tuple[Path, str, bool, str, Path | None]
) -> None:
    from hub.jobs.business import ImportedRows, ImportRows

    file, source, dry_run, encoding, refused = options
    asked = ImportRows(str(file.resolve()), source, dry_run, encoding, _absolute(refused))
    done = do(settings_of(config), f"import.{kind}", asked, ImportedRows)
    _say_columns(done.encoding, done.columns, done.ignored_columns)
    verb = "Would create" if done.dry_run else "Created"
    made = f" and {done.made_customers} unidentified customers" if done.made_customers else ""
    older = f", {done.stale} older than what is known" if done.stale else ""
    out.print(
        f"{verb} {done.created} {kind}{made}, update {done.updated}; {done.unchanged} unchanged"
        f"{older}, {done.refused} refused, {done.rows} rows."
    )
    _say_faults(done.faults)
    end_with(done.rows, done.refused)


def _absolute(path: Path | None) -> str:
    return str(path.resolve()) if path else ""


def _say_columns(encoding: str, columns: dict[str, str], ignored: list[str]) -> None:
    named = ", ".join(f"{header} = {column}" for header, column in columns.items())
    out.print(f"{escape(encoding)}; {escape(named)}")
    if ignored:
        out.print(f"Ignored columns: {escape(', '.join(ignored))}")


def _say_faults(faults: list[str]) -> None:
    for fault in faults:
        err.print(f"[yellow]{escape(fault)}[/]")
