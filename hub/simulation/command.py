"""The command `hub simulate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from .scenario import Scenario
    from .statistics import Results

_out = Console(highlight=False, soft_wrap=True)
_err = Console(highlight=False, soft_wrap=True, stderr=True)
_BAD_SCENARIO = 2

_File = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_File)
@click.option("--compare", type=_File, metavar="FILE2", help="Run this one too, side by side.")
@click.option("--contacts", type=int, help="How many contacts arrive, instead of run.contacts.")
@click.option("--seed", type=int, help="Of the random numbers, instead of run.seed.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--csv", "csv_file", type=_File, help="Write the figures here as CSV, too.")
def simulate(
    file: Path,
    compare: Path | None,
    contacts: int | None,
    seed: int | None,
    csv_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Simulate the scenario in FILE: who would wait how long (docs/simulation.md)."""
    import msgspec

    from . import report
    from .check import BadScenario, check_scenario, warnings_of

    paths = [file] if compare is None else [file, compare]
    scenarios = []
    for path in paths:
        try:
            text = path.read_text("utf-8")
            scenarios.append(check_scenario(text, contacts=contacts, seed=seed))
        except (OSError, UnicodeDecodeError) as error:
            _refuse(f"{path} cannot be read: {error}")
        except BadScenario as error:
            _refuse(f"{path}: {error.message}")
    for scenario, path in zip(scenarios, paths, strict=True):
        for warning in warnings_of(scenario):
            _err.print(f"[yellow]{escape(f'{path}: {warning}')}[/]")
    results = [_run(scenario, path) for scenario, path in zip(scenarios, paths, strict=True)]
    if as_json:
        shown = report.compared_json(*results) if len(results) > 1 else report.json_of(results[0])
        click.echo(msgspec.json.format(msgspec.json.encode(shown)))
    else:
        _show(results, paths)
    if csv_file is not None:
        columns = [
            (str(path), list(report.lines_of(found)))
            for path, found in zip(paths, results, strict=True)
        ]
        if len(results) > 1:
            columns.append(("difference", report.differences(*results)))
        try:
            csv_file.write_text(report.csv_of(columns), "utf-8")
        except OSError as error:
            _refuse(f"{csv_file} cannot be written: {error}")


def _run(scenario: Scenario, path: Path) -> Results:
    """Simulate, with a progress bar on a terminal."""
    from .run import run
    from .statistics import results_of

    columns = (TextColumn(escape(path.name)), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    ) as bars:
        bar = bars.add_task("", total=scenario.run.contacts)
        return results_of(run(scenario, lambda done, _: bars.update(bar, completed=done)))


def _show(results: list[Results], paths: list[Path]) -> None:
    from . import report

    for found, path in zip(results, paths, strict=True):
        run = found.scenario.run
        measured, hours = run.contacts - run.left_out, found.simulated_s / 3600
        _out.print(
            f"{escape(str(path))}: {measured:,} contacts after a warm-up of {run.left_out:,}, "
            f"{hours:,.0f} simulated hours, rule {run.rule}, seed {run.seed}"
        )
        _out.print(report.table_of(found))
        _out.print(report.occupancy_of(found.occupancy))
    if len(results) > 1:
        _out.print(report.difference_table(*results))
        _out.print(report.difference_of_occupancy(*results))
    _out.print(report.FORMULA)


def _refuse(words: str) -> NoReturn:
    _err.print(f"[red]hub:[/] {escape(words)}")
    sys.exit(_BAD_SCENARIO)
