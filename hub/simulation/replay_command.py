"""`hub simulate --replay`: reads the question from the command line, shows the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from hub.core.errors import Invalid

from .terminal import err, out, read_text, refuse, write_text

if TYPE_CHECKING:
    from .replay import Answer, Question, Tell


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the period and what is to be otherwise."""

    period: str
    config: Path | None
    setup: Path | None
    agents: Sequence[str]
    targets: Sequence[str]
    runs: int
    seed: int | None


def answer_of(typed: Typed) -> Answer:
    """Replay what was typed, with a progress bar. What cannot be asked ends the command with 2."""
    from hub.settings import load_settings

    from .replay import replay

    try:
        url = load_settings(typed.config).database()
        question = _question(typed, url)
        with progress() as tell:
            return replay(url, question, tell)
    except Invalid as error:
        refuse(error.message)


def _question(typed: Typed, url: str) -> Question:
    from .changes import parse_staffed, parse_target
    from .moments import parse_period
    from .replay import Question, zone_of

    agents = tuple(parse_staffed(text) for text in typed.agents)
    targets = tuple(parse_target(text) for text in typed.targets)
    setup = None if typed.setup is None else read_text(typed.setup)
    from_s, to_s = parse_period(typed.period, zone_of(url))
    return Question(
        from_s=from_s,
        to_s=to_s,
        setup=setup,
        agents=agents,
        targets=targets,
        runs=typed.runs,
        seed=1 if typed.seed is None else typed.seed,
    )


@contextmanager
def progress() -> Iterator[Tell]:
    """Give what shows how far it is, on a terminal."""
    words = {"read": "reading the record", "play": "playing it again", "staff": "staffing"}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        bar = bars.add_task("", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bars.update(bar, description=words[what], completed=done, total=total or None)

        yield tell


def show_answer(answer: Answer, csv_file: Path | None, *, as_json: bool) -> None:
    """Print the answer; write the CSV where one is wanted."""
    from . import replay_report as report
    from .report import FORMULA

    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report.answer_json(answer))))
    else:
        asked = ", ".join(report.asked_of(answer.question)) or "nothing"
        out.print(
            f"{escape(report.period_of(answer))}: {answer.contacts:,} contacts, "
            f"{answer.question.runs} runs, seed {answer.question.seed}; changed: {escape(asked)}"
        )
        out.print(report.answer_table(answer))
        for line in report.occupancy_lines(answer):
            out.print(line)
        out.print(FORMULA)
        for note in report.notes_of(answer):
            out.print(escape(note))
    if csv_file is not None:
        write_text(csv_file, report.answer_csv(answer))
