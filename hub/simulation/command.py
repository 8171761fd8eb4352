"""The command `hub simulate`: a scenario from a file, or a period of the hub's own past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .replay_command import Typed, answer_of, show_answer
from .terminal import check_writable, err, out, read_text, refuse, warn, write_text

if TYPE_CHECKING:
    from .coverage import Coverage
    from .run import Ran, Watch
    from .scenario import Scenario
    from .statistics import Results

_File = click.Path(path_type=Path, dir_okay=False)
_RUNS = 20


@click.command()
@click.argument("file", type=_File, required=False)
@click.option("--compare", type=_File, metavar="FILE2", help="Run this one too, side by side.")
@click.option("--contacts", type=int, help="How many contacts arrive, instead of run.contacts.")
@click.option("--seed", type=int, help="Of the random numbers, instead of run.seed.")
@click.option(
    "--replay",
    "period",
    metavar="FROM..TO",
    help="Instead of FILE: the contacts the hub recorded, days or times in its zone.",
)
@click.option("--setup", type=_File, help="Replay: the same under this set-up file, side by side.")
@click.option("--agents", multiple=True, metavar="+N:QUEUE", help="Replay: agents more, or fewer.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="QUEUE.TIER.CHANNEL=SECONDS",
    help="Replay: another answer target.",
)
@click.option("--runs", type=int, help=f"Replay: how often it is played. Default: {_RUNS}.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="HUB_CONFIG",
    help="Replay: the settings of the hub whose past it is.",
)
@click.option(
    "--estimates",
    is_flag=True,
    help="Of a scenario: how often the wait that customers are told holds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--csv", "csv_file", type=_File, help="Write the figures here as CSV, too.")
@click.option("--html", "html_file", type=_File, help="Write a page with plots here, too.")
@click.option(
    "--language",
    type=click.Choice(["zh-CN", "en"]),
    default="en",
    show_default=True,
    help="Of that page.",
)
def simulate(
    file: Path | None,
    compare: Path | None,
    contacts: int | None,
    seed: int | None,
    period: str | None,
    setup: Path | None,
    agents: tuple[str, ...],
    targets: tuple[str, ...],
    runs: int | None,
    config: Path | None,
    csv_file: Path | None,
    html_file: Path | None,
    language: str,
    *,
    estimates: bool,
    as_json: bool,
) -> None:
    """Simulate the scenario in FILE, or a period again: who would wait how long
    (docs/simulation.md)."""
    check_writable(csv_file, html_file)
    wanted = _Wanted(csv_file, html_file, language, as_json, estimates)
    of_replay = {
        "--setup": setup is not None,
        "--agents": bool(agents),
        "--target": bool(targets),
        "--runs": runs is not None,
    }
    of_file = {
        "FILE": file is not None,
        "--compare": compare is not None,
        "--contacts": contacts is not None,
        "--estimates": estimates,
    }
    if period is None:
        _check("need --replay FROM..TO", of_replay)
        _scenarios(file, compare, contacts, seed, wanted)
    else:
        _check("cannot be had with --replay", of_file)
        times = _RUNS if runs is None else runs
        _replay(Typed(period, config, setup, agents, targets, times, seed), wanted)


def _check(words: str, given: dict[str, bool]) -> None:
    """Refuse options that do not go together."""
    wrong = [name for name, is_given in given.items() if is_given]
    if wrong:
        refuse(f"{', '.join(wrong)} {words}.")


class _Wanted(NamedTuple):
    """How a scenario's figures are to be shown. `estimates`: the ranges customers are told, too."""

    csv_file: Path | None
    html_file: Path | None
    language: str
    as_json: bool
    estimates: bool


def _replay(asked: Typed, wanted: _Wanted) -> None:
    answer = answer_of(asked)
    show_answer(answer, wanted.csv_file, as_json=wanted.as_json)
    if wanted.html_file is not None:
        from .page import page_of_answer

        write_text(wanted.html_file, page_of_answer(answer, wanted.language))


def _scenarios(
    file: Path | None, compare: Path | None, contacts: int | None, seed: int | None, wanted: _Wanted
) -> None:
    from .coverage import Told, coverage_of
    from .statistics import results_of

    if file is None:
        refuse("Name the FILE of a scenario, or a period with --replay FROM..TO.")
    paths = [file] if compare is None else [file, compare]
    scenarios = _read(paths, contacts, seed)
    told = [Told() if wanted.estimates else None for _ in scenarios]
    looks = wanted.html_file is not None
    runs = [_run(*one, looks=looks) for one in zip(scenarios, paths, told, strict=True)]
    results = [results_of(ran) for ran in runs]
    held = [
        None if one is None else coverage_of(ran, one) for ran, one in zip(runs, told, strict=True)
    ]
    if wanted.as_json:
        _print_json(results, held)
    else:
        _show(results, paths, held)
    if wanted.csv_file is not None:
        _write_csv(wanted.csv_file, results, paths)
    if wanted.html_file is not None:
        from .page import page_of_scenarios

        named = list(zip(_names_of(paths), runs, strict=True))
        write_text(wanted.html_file, page_of_scenarios(named, results, wanted.language))


def _read(paths: list[Path], contacts: int | None, seed: int | None) -> list[Scenario]:
    """Read the scenarios, and warn of what is odd in them."""
    from .check import BadScenario, check_scenario, warnings_of

    scenarios = []
    for path in paths:
        try:
            scenarios.append(check_scenario(read_text(path), contacts=contacts, seed=seed))
        except BadScenario as error:
            refuse(f"{path}: {error.message}")
    for scenario, path in zip(scenarios, paths, strict=True):
        for warning in warnings_of(scenario):
            warn(f"{path}: {warning}")
    return scenarios


def _names_of(paths: Sequence[Path]) -> list[str]:
    """Return the files' names, with their folders where they are the same otherwise."""
    names = [path.name for path in paths]
    return names if len({*names}) == len(names) else [str(path) for path in paths]


def _print_json(results: Sequence[Results], held: Sequence[Mapping[str, Coverage] | None]) -> None:
    import msgspec

    from . import report

    shown = report.compared_json(*results) if len(results) > 1 else report.json_of(results[0])
    places = (shown["first"], shown["second"]) if len(results) > 1 else (shown,)
    for place, one in zip(places, held, strict=True):
        place |= {} if one is None else {"estimates": report.shape_of_estimates(one)}
    click.echo(msgspec.json.format(msgspec.json.encode(shown)))


def _write_csv(file: Path, results: Sequence[Results], paths: Sequence[Path]) -> None:
    from . import report

    columns = [
        (str(path), list(report.lines_of(found)))
        for path, found in zip(paths, results, strict=True)
    ]
    if len(results) > 1:
        columns.append(("difference", report.differences(*results)))
    write_text(file, report.csv_of(columns))


def _run(scenario: Scenario, path: Path, watch: Watch | None, *, looks: bool) -> Ran:
    """Simulate, with a progress bar on a terminal."""
    from .run import run

    columns = (TextColumn(escape(path.name)), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bars:
        bar = bars.add_task("", total=scenario.run.contacts)

        def tell(done: int, _: int) -> None:
            bars.update(bar, completed=done)

        return run(scenario, tell, watch, looks=looks)


def _show(
    results: list[Results], paths: list[Path], held: Sequence[Mapping[str, Coverage] | None]
) -> None:
    from . import report

    for found, path, estimates in zip(results, paths, held, strict=True):
        run = found.scenario.run
        measured, hours = run.contacts - run.left_out, found.simulated_s / 3600
        out.print(
            f"{escape(str(path))}: {measured:,} contacts after a warm-up of {run.left_out:,}, "
            f"{hours:,.0f} simulated hours, rule {run.rule}, seed {run.seed}"
        )
        out.print(report.table_of(found))
        out.print(report.occupancy_of(found.occupancy))
        if estimates is not None:
            out.print(report.estimates_table(estimates))
    if len(results) > 1:
        out.print(report.difference_table(*results))
        out.print(report.difference_of_occupancy(*results))
    out.print(report.FORMULA)
