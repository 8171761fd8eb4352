"""The tables of the report page: every figure of every group, side below side. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .page_words import Words
from .report import SHARES, Line
from .statistics import FIGURES, Estimate
from .svg import Markup, element

Key = tuple[str, str]


class Rows(NamedTuple):
    """The figures of one side. `is_difference`: they are changes, with their sign."""

    side: str
    lines: Mapping[Key, Line]
    is_difference: bool = False


def figures_table(kind: str, by_side: Sequence[Rows], words: Words) -> Markup:
    """Return the figures of the groups of a kind: tiers, queues, channels."""
    names = dict.fromkeys(
        name for rows in by_side for of_kind, name in rows.lines if of_kind == kind
    )
    heads = [words[kind], words["count"], *(words[figure] for figure in FIGURES)]
    head = element("tr", *(element("th", one, scope="col") for one in heads))
    bodies = [_body(name, kind, by_side) for name in names]
    return element("div", element("table", element("thead", head), *bodies), class_="scroll")


def _body(name: str, kind: str, by_side: Sequence[Rows]) -> Markup:
    title = element("th", name, colspan=2 + len(FIGURES), scope="rowgroup", class_="group")
    rows = [element("tr", title)]
    for side, lines, is_difference in by_side:
        line = lines.get((kind, name))
        if line is None:
            continue
        contacts = "" if is_difference else f"{line.contacts:,}"
        cells = [_cell(figure, line.figures[figure], signed=is_difference) for figure in FIGURES]
        rows.append(
            element(
                "tr",
                element("th", side, scope="row"),
                element("td", contacts),
                *cells,
                class_="difference" if is_difference else None,
            )
        )
    return element("tbody", *rows)


def _cell(figure: str, found: Estimate, *, signed: bool) -> Markup:
    text = value_in_words(figure, found.value, signed=signed)
    if found.value is None or found.half_width is None:
        return element("td", text)
    scale = 100 if figure in SHARES else 1
    width = found.half_width * scale
    certain = signed and abs(found.value) > found.half_width
    return element(
        "td",
        text,
        element("small", f"±{width:.{_places(width)}f}"),
        class_="certain" if certain else None,
    )


def value_in_words(figure: str, value: float | None, *, signed: bool = False) -> str:
    """Return a figure as the page shows it: shares in per cent, seconds without their unit."""
    if value is None:
        return "–"
    sign = "+" if signed else ""
    if figure in SHARES:
        return f"{value * 100:{sign}.1f}%"
    return f"{value:{sign},.{_places(value)}f}"


def _places(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
