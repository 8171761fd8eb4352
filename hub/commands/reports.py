"""`hub export`: marts into files. `hub report`: indicators with what they mean."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from .terminal import do, err, out, settings_of, with_config

if TYPE_CHECKING:
    from hub.reporting.views import IndicatorsView, IndicatorView


@click.command()
@click.argument("mart")
@click.option("--csv", "form", flag_value="csv", default="csv", help="As CSV (the default).")
@click.option("--parquet", "form", flag_value="parquet", help="As Parquet; needs the extra.")
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it here. Default: to the standard output.",
)
@with_config
def export(config: Path | None, mart: str, form: str, target: Path | None) -> None:
    """Write MART (interactions, contacts, customers, customer_history, orders, products, …)."""
    from hub.jobs.reports import ExportMart, MartExported
    from hub.reporting.export import FileFormat

    settings = settings_of(config)

    if target is not None:
        order = ExportMart(mart, str(target.absolute()), FileFormat(form))
        made = do(settings, "mart.export", order, MartExported)
        err.print(f"{made.rows:,} rows, {made.size_bytes:,} bytes: {escape(made.path)}")
        return
    if form == "parquet" and sys.stdout.isatty():
        raise click.UsageError("Parquet is nothing to read: name a file with --out.")
    with TemporaryDirectory(prefix="hub-export-") as folder:
        order = ExportMart(mart, str(Path(folder) / f"mart.{form}"), FileFormat(form))
        made = do(settings, "mart.export", order, MartExported)
        with Path(made.path).open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)


@click.command()
@click.argument("indicator", default="")
@click.option("--since", default="", metavar="DAY", help="2026-06-01. Default: 30 days.")
@click.option("--until", default="", metavar="DAY", help="Itself included. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, like GET /reports/indicators.")
@with_config
def report(config: Path | None, indicator: str, since: str, until: str, as_json: bool) -> None:
    """Count indicators: all, one INDICATOR, or a group (process, loyalty, churn)."""
    import msgspec

    from hub.jobs.reports import AskIndicators
    from hub.reporting.views import IndicatorsView

    order = AskIndicators(indicator, since, until)
    found = do(settings_of(config), "indicators", order, IndicatorsView)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
        return
    _show(found)


def _show(found: IndicatorsView) -> None:
    period = found.period
    out.print(f"[bold]{period.since} – {period.until}[/]  {escape(period.zone)}")
    table = Table("Indicator", "Figure", "Of", "Share", "95 %", box=None, pad_edge=False)
    for number in range(1, 5):
        table.columns[number].justify = "right"
    for one in found.items:
        table.add_row(f"{escape(one.name.en)} [dim]{one.key}[/]", *_cells(one))
    out.print(table)
    if len(found.items) == 1:
        one = found.items[0]
        out.print(escape(one.definition.en))
        out.print(f"[dim]{one.numerator:,}[/] {escape(one.numerator_is.en)}")
        if one.denominator_is is not None:
            out.print(f"[dim]{one.denominator:,}[/] {escape(one.denominator_is.en)}")


def _cells(one: IndicatorView) -> tuple[str, str, str, str]:
    if one.denominator is None:
        return f"{one.numerator:,}", "", "", ""
    counts = (f"{one.numerator:,}", f"{one.denominator:,}")
    if one.rate is None:
        return *counts, "–", "too few"
    return *counts, f"{one.rate.share:.1%}", f"{one.rate.low:.1%}–{one.rate.high:.1%}"
