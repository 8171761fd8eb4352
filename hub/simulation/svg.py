"""Drawing plots as SVG text: elements that escape what they are given, scales, axes. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]
Scale = Callable[[float], float]

LEFT, RIGHT, TOP, BOTTOM = 46.0, 14.0, 10.0, 30.0
_WAITS_S = (0, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 28_800, 86_400, 259_200, 864_000)
_BEND_S = 5.0  # below it the scale of waits is nearly even, above it logarithmic


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """Return an element. Children that are no Markup are escaped, and so are attributes, whose
    names are written with _ for - and a last _ for Python's own words. None: left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_attribute(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = "".join(one if isinstance(one, Markup) else escape(one) for one in children)
    return Markup(f"<{tag}{written}>{inside}</{tag}>")


def joined(*parts: str) -> Markup:
    """Return parts one after the other; those that are no Markup are escaped."""
    return Markup("".join(one if isinstance(one, Markup) else escape(one) for one in parts))


def _attribute(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a plot is drawn: x and y from values to the drawing."""

    width: float
    height: float
    x: Scale
    y: Scale

    @property
    def bottom(self) -> float:
        return self.height - BOTTOM


def even(low: float, high: float, begin: float, end: float) -> Scale:
    """Return the even scale from low..high to begin..end."""
    span = high - low or 1.0
    return lambda value: begin + (value - low) / span * (end - begin)


def bent(high: float, begin: float, end: float) -> Scale:
    """Return the scale of waits from 0 to `high` seconds: short ones have room, long ones fit."""
    top = math.log1p(high / _BEND_S) or 1.0
    return lambda value: begin + math.log1p(max(value, 0) / _BEND_S) / top * (end - begin)


def frame_of(
    width: float, height: float, x_high: float, y_high: float, x_low: float = 0.0
) -> Frame:
    """Return a frame with even scales, y from 0."""
    return Frame(
        width,
        height,
        even(x_low, x_high, LEFT, width - RIGHT),
        even(0.0, y_high, height - BOTTOM, TOP),
    )


def wait_ticks(high_s: float) -> list[int]:
    """Return some waits to be written below a scale that goes to `high_s`."""
    ticks = [tick for tick in _WAITS_S if tick <= high_s]
    return ticks if len(ticks) < 8 else [tick for tick in ticks if tick not in (5, 60, 600)]


def count_ticks(high: float) -> list[float]:
    """Return about four round counts from 0 to `high`."""
    if high <= 0:
        return [0.0]
    rough = high / 4
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough)
    return [step * number for number in range(int(high / step) + 1)]


def path_of(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def lines_of_runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """Return the stretches without a gap; None is one."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def axis_y(frame: Frame, ticks: Sequence[float], words: Callable[[float], str]) -> Markup:
    """Return the lines and words at the left."""
    right = frame.width - RIGHT
    return joined(
        *(
            joined(
                element("line", x1=LEFT, x2=right, y1=frame.y(t), y2=frame.y(t), class_="grid"),
                element("text", words(t), x=LEFT - 6, y=frame.y(t) + 4, text_anchor="end"),
            )
            for t in ticks
        )
    )


def axis_x(frame: Frame, ticks: Sequence[tuple[float, str]]) -> Markup:
    """Return the marks and words below."""
    y = frame.bottom
    last = len(ticks) - 1
    return joined(
        element("line", x1=LEFT, x2=frame.width - RIGHT, y1=y, y2=y, class_="axis"),
        *(
            joined(
                element("line", x1=frame.x(at), x2=frame.x(at), y1=y, y2=y + 4, class_="axis"),
                element(
                    "text",
                    words,
                    x=min(frame.x(at), frame.width - 2),
                    y=y + 17,
                    text_anchor="end"
                    if place == last and frame.x(at) > frame.width - 24
                    else "middle",
                ),
            )
            for place, (at, words) in enumerate(ticks)
        ),
    )


def drawing(frame: Frame, label: str, *parts: str, class_: str = "") -> Markup:
    """Return the whole drawing, with what it says for who cannot see it."""
    return element(
        "svg",
        element("title", label),
        *parts,
        viewBox=f"0 0 {frame.width:.0f} {frame.height:.0f}",
        role="img",
        aria_label=label,
        class_=class_ or None,
    )
