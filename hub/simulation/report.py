"""What a simulation shows: a table, JSON, CSV; of one scenario, or of two side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from .coverage import Coverage
from .statistics import Estimate, Figures, Results, difference

OCCUPANCY = "occupancy"
WITHIN = "within"
SHARES = {"abandoned", "service_level", OCCUPANCY, WITHIN}
HEADINGS = {
    "mean_wait_s": "mean",
    "p50_wait_s": "p50",
    "p90_wait_s": "p90",
    "p99_wait_s": "p99",
    "abandoned": "abandoned",
    "service_level": "in target",
}
KINDS = {"tiers": "tier", "queues": "queue", "channels": "channel"}
_COLUMNS = ("scenario", "by", "name", "contacts", "figure", "value", "ci95_low", "ci95_high")
FORMULA = (
    "Seconds waited by everybody, until answered or gone; below them the 95 % confidence.\n"
    "In target: answered within it ÷ (answered + abandoned)."
)


class Line(NamedTuple):
    """The figures of one group."""

    kind: str
    name: str
    contacts: int
    figures: dict[str, Estimate]


def lines_of(results: Figures) -> Iterator[Line]:
    """Yield the groups in the order they are shown; the agents are the last."""
    for kind, groups in results.groups.items():
        for name, group in groups.items():
            yield Line(kind, name, group.contacts, group.figures)
    yield Line("agents", "", 0, {OCCUPANCY: results.occupancy})


def are_paired(first: Results, second: Results) -> bool:
    """Did both meet the same customers? Then their differences are surer than each of them."""
    one, other = first.scenario, second.scenario
    keys = ("contacts", "left_out", "seed")
    same_run = all(getattr(one.run, key) == getattr(other.run, key) for key in keys)
    return same_run and one.arrivals == other.arrivals


def differences(first: Results, second: Results) -> list[Line]:
    """Return second − first, for the groups that both have."""
    return differing(first, second, paired=are_paired(first, second))


def differing(first: Figures, second: Figures, *, paired: bool) -> list[Line]:
    """Return second − first. `paired`: both met the same customers."""
    others = {(line.kind, line.name): line for line in lines_of(second)}
    found = []
    for line in lines_of(first):
        other = others.get((line.kind, line.name))
        if other is not None:
            figures = {
                name: difference(estimate, other.figures[name], paired=paired)
                for name, estimate in line.figures.items()
            }
            found.append(Line(line.kind, line.name, other.contacts - line.contacts, figures))
    return found


# ---- JSON and CSV ------------------------------------------------------------------------------


def json_of(results: Results) -> dict[str, Any]:
    """Return tiers.<name>.mean_wait_s = {value, ci95: [low, high]} and so on."""
    run = results.scenario.run
    about = msgspec.to_builtins(run) | {
        "warmup": run.left_out,
        "simulated_s": results.simulated_s,
    }
    return {"run": about} | shape_of(lines_of(results))


def compared_json(first: Results, second: Results) -> dict[str, Any]:
    """Return both and their difference, second − first."""
    return {
        "first": json_of(first),
        "second": json_of(second),
        "difference": shape_of(differences(first, second))
        | {"same_customers": are_paired(first, second)},
    }


def shape_of(lines: Iterable[Line]) -> dict[str, Any]:
    """Return lines as JSON has them."""
    shaped: dict[str, Any] = {kind: {} for kind in KINDS}
    for line in lines:
        figures = {
            name: {"value": figure.value, "ci95": figure.ci95}
            for name, figure in line.figures.items()
        }
        if line.kind in KINDS:
            shaped[line.kind][line.name] = {"contacts": line.contacts} | figures
        else:
            shaped[line.kind] = figures
    return shaped


def csv_of(scenarios: Sequence[tuple[str, Sequence[Line]]]) -> str:
    """Return a row for each figure of each scenario (its name, its lines)."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for scenario, lines in scenarios:
        for line in lines:
            by = KINDS.get(line.kind, line.kind)
            for figure, found in line.figures.items():
                low, high = found.ci95 or ("", "")
                value = "" if found.value is None else found.value
                rows.writerow(
                    (scenario, by, line.name, line.contacts or "", figure, value, low, high)
                )
    return text.getvalue()


# ---- tables ------------------------------------------------------------------------------------


def table_of(results: Results) -> Table:
    """Return the figures of one scenario."""
    return _table(None, list(lines_of(results)), signed=False)


def difference_table(first: Results, second: Results) -> Table:
    """Return second − first; what is surely not chance is bold."""
    met = "the same customers" if are_paired(first, second) else "different customers"
    title = f"Second − first, {met} in both, shares in points"
    return _table(title, differences(first, second), signed=True)


def _table(title: str | None, lines: list[Line], *, signed: bool) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    table.add_column("", max_width=16)
    table.add_column("contacts", justify="right")
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    kind = ""
    for line in lines:
        if line.kind not in KINDS:
            continue
        if kind and kind != line.kind:
            table.add_section()
        kind = line.kind
        cells = [cell_of(name, line.figures[name], signed=signed) for name in HEADINGS]
        contacts = f"{line.contacts:+,}" if signed else f"{line.contacts:,}"
        table.add_row(f"{KINDS[kind]} {escape(line.name)}", contacts, *cells)
    return table


def estimates_table(held: Mapping[str, Coverage]) -> Table:
    """Return how often the range that customers are told holds."""
    title = "The wait that who waits is told, as a range, when they come"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    table.add_column("", max_width=16)
    for heading in ("waited", "told", "answered within it", "sooner", "waited longer"):
        table.add_column(heading, justify="right")
    for tier, one in held.items():
        shares = [
            cell_of(WITHIN, found, signed=False) for found in (one.within, one.sooner, one.longer)
        ]
        name = f"{KINDS['tiers']} {escape(tier)}" if tier else "all"
        table.add_row(name, f"{one.waited:,}", f"{one.told:,}", *shares)
    return table


def shape_of_estimates(held: Mapping[str, Coverage]) -> dict[str, Any]:
    """Return the same as JSON has it: for all, and by tier."""
    shaped = {
        tier: {
            "waited": one.waited,
            "told": one.told,
            **{
                name: {"value": found.value, "ci95": found.ci95}
                for name, found in (
                    ("within", one.within),
                    ("sooner", one.sooner),
                    ("longer", one.longer),
                )
            },
        }
        for tier, one in held.items()
    }
    return shaped.pop("") | {"tiers": shaped}


def occupancy_of(estimate: Estimate) -> str:
    """Return the agents' occupancy in words."""
    return f"Agents busy: {cell_of(OCCUPANCY, estimate, signed=False, sep=' ')}"


def difference_of_occupancy(first: Results, second: Results) -> str:
    """Return second − first in words."""
    [agents] = (line for line in differences(first, second) if line.kind not in KINDS)
    return f"Agents busy: {cell_of(OCCUPANCY, agents.figures[OCCUPANCY], signed=True, sep=' ')}"


def cell_of(name: str, found: Estimate, *, signed: bool, sep: str = "\n") -> str:
    """Return a figure in words, below it half its interval. `signed`: a difference; what is surely
    not chance is bold."""
    if found.value is None:
        return "–"
    scale, unit = (100, "%") if name in SHARES else (1, "")
    value = found.value * scale
    sign = "+" if signed else ""
    if found.half_width is None:
        return f"{value:{sign}.{_places(value)}f}{unit}"
    width = found.half_width * scale
    words = f"{value:{sign}.{_places(value)}f}{unit}{sep}±{width:.{_places(width)}f}"
    return f"[bold]{words}[/]" if signed and abs(value) > width else words


def _places(value: float) -> int:
    return 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
