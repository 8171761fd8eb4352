"""The rows a benchmark prints: a figure, its limit from the same run, and whether it is reached."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

_console = Console(width=110)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `at_least` and `at_most` are limits in the unit of `value`; neither: for
    orientation.
    """

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def is_reached(self) -> bool | None:
        if self.at_least is None and self.at_most is None:
            return None
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print the rows of one benchmark as a table."""
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("limit", justify="right")
    table.add_column("")
    table.add_column("note")
    for figure in figures:
        reached = {True: "reached", False: "NOT reached", None: ""}[figure.is_reached]
        table.add_row(
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            _limit(figure),
            reached,
            figure.note,
        )
    _console.print(table)


@contextlib.contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of `total` steps; call what is yielded with the name of each step as it begins.

    Where there is no terminal each name is a line on standard error: silence looks like hanging.
    """
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=_console,
        transient=True,
        refresh_per_second=2,  # more would take part in what is measured
    )
    with bar:
        task = bar.add_task("", total=total)
        begun = 0

        def step(name: str) -> None:
            nonlocal begun
            bar.update(task, description=name, completed=begun)
            if not _console.is_terminal:
                print(name, file=sys.stderr, flush=True)  # noqa: T201 - it is a program's output
            begun += 1

        yield step


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of `values` lie (nearest rank); 0.0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return how much the second grows with each one of the first (least squares)."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def _limit(figure: Figure) -> str:
    if figure.at_least is not None:
        return f"≥ {_number(figure.at_least)} {figure.unit}"
    if figure.at_most is not None:
        return f"≤ {_number(figure.at_most)} {figure.unit}"
    return ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
