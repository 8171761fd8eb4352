"""The plots of the report page: waits of each tier, service level and agents over time, and what a
change does. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .course import PERCENTS, Course
from .page_words import Words
from .statistics import Estimate
from .svg import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Frame,
    Markup,
    axis_x,
    axis_y,
    bent,
    count_ticks,
    drawing,
    element,
    even,
    frame_of,
    joined,
    lines_of_runs,
    path_of,
    wait_ticks,
)

_MOST_TIMES = 9
_LEAST_WAIT_S = 20.0
_ROW = 26.0


class Shown(NamedTuple):
    """One side as it is drawn. `look`: its colour and line, a class of the page."""

    name: str
    look: str
    course: Course


class Named(NamedTuple):
    """A difference of a group."""

    name: str
    difference: Estimate


def seconds_in_words(value: float) -> str:
    """Return a wait as short as can be read: 45s, 2.5m, 3h, 2d."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if value >= 2 * size or (value >= size and value % size == 0):
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}s"


def legend(sides: Sequence[tuple[str, str]]) -> Markup:
    """Return what the lines stand for: (name, look)."""
    return element(
        "p",
        *(
            element("span", element("i", class_=f"key {look}"), name, class_="legend-item")
            for name, look in sides
        ),
        class_="legend",
    )


def waits_plot(tier: str, sides: Sequence[Shown], words: Words) -> Markup:
    """Return the share of a tier's customers who waited at most so long, a line for each side."""
    known = [side for side in sides if tier in side.course.waits_s]
    high_s = max([_LEAST_WAIT_S, *(side.course.waits_s[tier][99] for side in known)])
    width, height = 360.0, 210.0
    frame = Frame(
        width, height, bent(high_s, LEFT, width - RIGHT), even(0.0, 1.0, height - BOTTOM, TOP)
    )
    lines = [
        element("path", d=path_of(_steps(frame, side.course.waits_s[tier], high_s)),
                class_=f"line {side.look}")
        for side in known
    ]  # fmt: skip
    ticks = [(float(tick), seconds_in_words(tick)) for tick in wait_ticks(high_s)]
    return drawing(
        frame,
        f"{words['waits']}: {tier}",
        axis_y(frame, (0, 0.25, 0.5, 0.75, 1), _percent),
        axis_x(frame, ticks),
        *lines,
    )


def _steps(frame: Frame, waits_s: Sequence[float], high_s: float) -> list[tuple[float, float]]:
    return [
        (frame.x(min(wait_s, high_s)), frame.y(percent / 100))
        for percent, wait_s in zip(PERCENTS, waits_s, strict=True)
        if wait_s <= high_s
    ]


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def _time_ticks(course: Course, clock: Callable[[float], str]) -> list[tuple[float, str]]:
    every = max(-(-len(course.bins) // _MOST_TIMES), 1)
    per_day = round(86_400 / course.step_s)
    even_steps = [step for step in (1, 2, 4, 6, 8, 12, 16, per_day) if step >= every]
    step = even_steps[0] if even_steps else every
    return [(part.start_s, clock(part.start_s)) for part in course.bins[::step]]


def _over_time(course: Course, y_high: float) -> Frame:
    end_s = course.bins[-1].start_s + course.step_s
    return frame_of(860.0, 240.0, end_s, y_high, course.bins[0].start_s)


def level_plot(sides: Sequence[Shown], clock: Callable[[float], str], words: Words) -> Markup:
    """Return the service level of each part of the time, a line for each side."""
    first = sides[0].course
    frame = _over_time(first, 1.0)
    lines = []
    for side in sides:
        points = [
            None
            if part.service_level is None
            else (frame.x(part.start_s + first.step_s / 2), frame.y(part.service_level))
            for part in side.course.bins
        ]
        lines += _drawn(points, side.look)
    return drawing(
        frame,
        words["course"],
        axis_y(frame, (0, 0.25, 0.5, 0.75, 1), _percent),
        axis_x(frame, _time_ticks(first, clock)),
        *lines,
        class_="wide",
    )


def _drawn(points: Sequence[tuple[float, float] | None], look: str) -> list[Markup]:
    return [
        element("path", d=path_of(run), class_=f"line {look}")
        if len(run) > 1
        else element("circle", cx=run[0][0], cy=run[0][1], r=2.5, class_=f"dot {look}")
        for run in lines_of_runs(points)
    ]


def staff_plot(side: Shown, most: float, clock: Callable[[float], str], words: Words) -> Markup:
    """Return the agents signed in (a line) and busy (an area) in each part of the time."""
    course = side.course
    frame = _over_time(course, max(most, 1.0) * 1.05)
    busy: list[tuple[float, float]] = []
    there: list[tuple[float, float]] = []
    for part in course.bins:
        for at_s in (part.start_s, part.start_s + course.step_s):
            busy.append((frame.x(at_s), frame.y(part.busy or 0.0)))
            there.append((frame.x(at_s), frame.y(part.signed_in or 0.0)))
    floor = frame.bottom
    area = [(busy[0][0], floor), *busy, (busy[-1][0], floor)]
    return drawing(
        frame,
        f"{words['staff']}: {side.name}",
        axis_y(frame, count_ticks(max(most, 1.0)), lambda count: f"{count:g}"),
        element("path", d=path_of(area) + "Z", class_=f"area {side.look}"),
        element("path", d=path_of(there), class_=f"line {side.look} solid"),
        axis_x(frame, _time_ticks(course, clock)),
        class_="wide",
    )


def differences_plot(
    groups: Mapping[str, Sequence[Named]], label: str, *, unit: str | None = None
) -> Markup:
    """Return the differences of every group with their intervals, around 0. `groups`: by heading.
    `unit`: of shares, in hundredths; None: they are seconds, long ones drawn shorter."""
    rows: list[tuple[str, Estimate | None]] = []
    for heading, named in groups.items():
        rows += [(heading, None), *((one.name, one.difference) for one in named)]
    reach = max([0.01 if unit else 1.0, *(_reach(one) for _, one in rows if one is not None)])
    width, begin = 460.0, 140.0
    height = TOP + _ROW * len(rows) + BOTTOM
    x = even(-reach, reach, begin, width - RIGHT) if unit else _mirrored(reach, begin, width)
    frame = Frame(width, height, x, lambda value: value)
    drawn: list[Markup] = [
        element("line", x1=x(0), x2=x(0), y1=TOP, y2=height - BOTTOM, class_="axis")
    ]
    for place, (name, found) in enumerate(rows):
        y = TOP + _ROW * (place + 0.5)
        look = "heading" if found is None else None
        drawn.append(element("text", _cut(name), x=0 if look else 10, y=y + 4, class_=look))
        if found is not None:
            drawn.append(_interval(found, x, y))
    for tick, anchor in zip((-reach, 0.0, reach), ("start", "middle", "end"), strict=True):
        sign = "+" if tick > 0 else "−" if tick < 0 else ""
        size = f"{abs(tick) * 100:.2g} {unit}" if unit else seconds_in_words(round(abs(tick)))
        words = f"{sign}{size}" if tick else "0"
        drawn.append(element("text", words, x=x(tick), y=height - 10, text_anchor=anchor))
    return drawing(frame, label, *drawn)


def _mirrored(reach: float, begin: float, width: float) -> Callable[[float], float]:
    """Return the scale of waits on both sides of 0."""
    middle, end = (begin + width - RIGHT) / 2, width - RIGHT
    right = bent(reach, middle, end)
    return lambda value: right(value) if value >= 0 else 2 * middle - right(-value)


def _cut(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"


def _reach(found: Estimate) -> float:
    if found.value is None:
        return 0.0
    low, high = found.ci95 or (found.value, found.value)
    return max(abs(low), abs(high))


def _interval(found: Estimate, x: Callable[[float], float], y: float) -> Markup:
    if found.value is None:
        return Markup("")
    low, high = found.ci95 or (found.value, found.value)
    sure = found.ci95 is not None and (low > 0 or high < 0)
    return joined(
        element("line", x1=x(low), x2=x(high), y1=y, y2=y, class_="whisker"),
        element("circle", cx=x(found.value), cy=y, r=4.5,
                class_="sure" if sure else "unsure"),
    )  # fmt: skip
