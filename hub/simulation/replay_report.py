"""What a replay shows: what was, what the model makes of it, and of the change; as a table, JSON
and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from .course import Course
from .replay import Answer, Known, Question, Side
from .report import (
    HEADINGS,
    KINDS,
    OCCUPANCY,
    Line,
    cell_of,
    csv_of,
    differing,
    lines_of,
    shape_of,
)

RECORDED, IN_FORCE, CHANGED, DIFFERENCE = "recorded", "in_force", "changed", "difference"
_WORDS = {
    RECORDED: "recorded",
    IN_FORCE: "simulated",
    CHANGED: "changed",
    DIFFERENCE: "difference",
}


def sides_of(answer: Answer) -> list[tuple[str, Side]]:
    """Return what was recorded, and what was simulated."""
    sides = [(RECORDED, answer.recorded), (IN_FORCE, answer.in_force)]
    return sides if answer.changed is None else [*sides, (CHANGED, answer.changed)]


def lines_by_side(answer: Answer) -> list[tuple[str, list[Line]]]:
    """Return the figures of each side, the last being the difference: changed − in force."""
    found = [(name, list(lines_of(side.figures))) for name, side in sides_of(answer)]
    if answer.changed is not None:
        changed = differing(answer.in_force.figures, answer.changed.figures, paired=True)
        found.append((DIFFERENCE, changed))
    return found


def asked_of(question: Question) -> list[str]:
    """Return what is to be otherwise, in the words of the command line."""
    asked = ["--setup"] if question.setup is not None else []
    asked += [f"--agents {one.count:+d}:{one.queue}" for one in question.agents]
    asked += [
        f"--target {one.queue}.{one.tier}.{one.channel}={one.seconds}" for one in question.targets
    ]
    return asked


def period_of(answer: Answer, so_far: str = "so far") -> str:
    """Return the period in words, in the organisation's zone; `so_far` says that it is not over."""
    zone = ZoneInfo(answer.zone)
    begin, end = (
        datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")
        for at in (answer.question.from_s, answer.question.to_s)
    )
    about = answer.zone if answer.is_over else f"{answer.zone}, {so_far}"
    return f"{begin} – {end} ({about})"


# ---- JSON and CSV ----------------------------------------------------------------------------


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return recorded, in_force, changed and difference, each shaped as `hub simulate FILE` has it,
    and the course of each side."""
    question = answer.question
    shown: dict[str, Any] = {
        "period": {
            "from": datetime.fromtimestamp(question.from_s, ZoneInfo(answer.zone)).isoformat(),
            "to": datetime.fromtimestamp(question.to_s, ZoneInfo(answer.zone)).isoformat(),
            "contacts": answer.contacts,
            "is_over": answer.is_over,
            "left_out": answer.left_out,
            "own_work_s": dict(answer.own_work_s),
        },
        "run": {"runs": question.runs, "seed": question.seed},
        "asked": {
            "setup": question.setup is not None,
            "agents": msgspec.to_builtins(question.agents),
            "targets": msgspec.to_builtins(question.targets),
        },
        "patience": [_patience(one) for one in answer.patience],
        "unserved": [
            {
                "side": CHANGED if one.changed else IN_FORCE,
                "queue": one.queue,
                "skills": dict(one.demands),
                "contacts": one.contacts,
            }
            for one in answer.unserved
        ],
    }
    sides = dict(sides_of(answer))
    for name, lines in lines_by_side(answer):
        shown[name] = shape_of(lines)
        if side := sides.get(name):
            shown[name]["still_waiting"] = side.waiting
            shown[name]["course"] = _course(side.course)
    return shown


def _patience(known: Known) -> dict[str, Any]:
    return {
        "queue": known.queue,
        "channel": known.channel,
        "contacts": known.contacts,
        "left": known.left,
        "mean_s": known.mean_s,
        "estimate": "Kaplan–Meier, exponential beyond the last who left",
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "step_s": course.step_s,
        "parts": [part._asdict() for part in course.bins],
        "wait_percentiles_s": {tier: list(waits) for tier, waits in course.waits_s.items()},
    }


def answer_csv(answer: Answer) -> str:
    """Return a row for each figure of each side."""
    return csv_of(lines_by_side(answer))


# ---- table -----------------------------------------------------------------------------------


def answer_table(answer: Answer) -> Table:
    """Return the figures of each group, side below side; a difference that is surely not chance is
    bold."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 0, 0, 1))
    table.add_column("", min_width=11, max_width=20, overflow="fold")
    table.add_column("contacts", justify="right")
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    sides = [
        (name, {(line.kind, line.name): line for line in lines})
        for name, lines in lines_by_side(answer)
    ]
    for key in sides[0][1]:
        if key[0] in KINDS:
            _add_group(table, key, sides)
    return table


def _add_group(
    table: Table,
    key: tuple[str, str],
    sides: Sequence[tuple[str, dict[tuple[str, str], Line]]],
) -> None:
    table.add_row(f"[bold]{KINDS[key[0]]}[/]\n{escape(key[1])}")
    for name, lines in sides:
        line = lines[key]
        signed = name == DIFFERENCE
        cells = [cell_of(figure, line.figures[figure], signed=signed) for figure in HEADINGS]
        contacts = "" if signed else f"{line.contacts:,}"
        table.add_row(f" {_WORDS[name]}", contacts, *cells)
    table.add_section()


def occupancy_lines(answer: Answer) -> list[str]:
    """Return the agents' occupancy of each side in words."""
    found = []
    for name, lines in lines_by_side(answer):
        [agents] = (line for line in lines if line.kind not in KINDS)
        words = cell_of(OCCUPANCY, agents.figures[OCCUPANCY], signed=name == DIFFERENCE, sep=" ")
        found.append(f"Agents busy, {_WORDS[name]}: {words}")
    return found


def notes_of(answer: Answer) -> list[str]:
    """Return what one has to know to read the figures."""
    notes = []
    if answer.left_out:
        notes.append(
            f"{answer.left_out:,} contacts of queues that the set-up has no more were left out."
        )
    for name, side in sides_of(answer):
        if side.waiting:
            notes.append(
                f"{_WORDS[name]}: {side.waiting:,.0f} still waited when the record ended; they are "
                "in no figure."
            )
    notes += [
        f"{_WORDS[CHANGED if one.changed else IN_FORCE]}: no agent of the period can serve "
        f"{one.contacts:,} contacts of {one.in_words}, so they are never answered."
        for one in answer.unserved
    ]
    notes += [
        f"Not played: {work_s / 3600:,.1f} hours of {channel} that agents began themselves."
        for channel, work_s in answer.own_work_s.items()
    ]
    for one in answer.patience:
        if one.left:
            notes.append(
                f"Patience of {one.queue}, {one.channel}: Kaplan–Meier of {one.contacts:,} waits, "
                f"{one.left:,} of which left (mean {one.mean_s:,.0f} s, were it exponential)."
            )
        else:
            notes.append(f"Patience of {one.queue}, {one.channel}: nobody left, so nobody does.")
    return notes
