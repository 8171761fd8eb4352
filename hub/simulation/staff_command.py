"""The command `hub staff`: how many agents each half hour needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from hub.core.errors import Invalid

from .replay_command import progress
from .terminal import out, read_text, refuse

if TYPE_CHECKING:
    from .demand import Demand
    from .replay import Tell
    from .staffing import Needed
    from .statistics import Estimate

_File = click.Path(path_type=Path, dir_okay=False)


class _When(NamedTuple):
    """The period of a record: its zone, and when what was measured ends."""

    zone: str
    to_s: float
    is_over: bool


@click.command()
@click.argument("file", type=_File, required=False)
@click.option(
    "--replay",
    "period",
    metavar="FROM..TO",
    help="Instead of FILE: the calls and chats the hub recorded; several days are a mean day.",
)
@click.option("--goal", type=float, default=0.8, show_default=True, help="The service level.")
@click.option("--queue", "queues", multiple=True, help="Only this queue; may be repeated.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the random numbers.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="HUB_CONFIG",
    help="Replay: the settings of the hub whose past it is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def staff(
    file: Path | None,
    period: str | None,
    goal: float,
    queues: tuple[str, ...],
    seed: int,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say how many agents each half hour needs for a service level, of the scenario in FILE or of
    a period (docs/simulation.md)."""
    from .staffing import staff as staffed

    if (file is None) == (period is None):
        refuse("Name the FILE of a scenario, or a period with --replay FROM..TO; one of both.")
    try:
        with progress() as tell:
            if period is not None:
                demand, when = _recorded(period, config, queues, tell)
            else:
                demand, when = _of_file(file or Path(), queues), None
            needed = staffed(demand, goal, seed, lambda done, total: tell("staff", done, total))
    except Invalid as error:
        refuse(error.message)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_json(needed, demand, goal, when))))
        return
    out.print(_table(needed, when))
    for line in _notes(demand, goal, when):
        out.print(escape(line))


def _of_file(file: Path, queues: tuple[str, ...]) -> Demand:
    from .check import BadScenario, check_scenario
    from .demand import demand_of_scenario

    try:
        scenario = check_scenario(read_text(file))
    except BadScenario as error:
        raise Invalid(f"{file}: {error.message}") from None
    return demand_of_scenario(scenario, queues)


def _recorded(
    words: str, config: Path | None, queues: tuple[str, ...], tell: Tell
) -> tuple[Demand, _When]:
    from hub.settings import load_settings

    from .demand import demand_of_period
    from .moments import parse_period
    from .replay import Question, read_asked, zone_of

    url = load_settings(config).database()
    zone = zone_of(url)
    from_s, to_s = parse_period(words, zone)
    period = read_asked(url, Question(from_s=from_s, to_s=to_s), tell)
    return demand_of_period(period, queues), _When(zone, period.to_s, is_over=period.is_over)


def _clock(start_s: float, when: _When | None) -> str:
    if when is None:
        return f"{int(start_s // 3600):02}:{int(start_s % 3600 // 60):02}"
    return datetime.fromtimestamp(start_s, ZoneInfo(when.zone)).strftime("%H:%M")


def _table(needed: list[Needed], when: _When | None) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for heading in ("from", "contacts", "load", "Erlang", "agents", "in target", "busy"):
        table.add_column(heading, justify="left" if heading == "from" else "right")
    for one in needed:
        level = "–"
        if one.service_level is not None and one.service_level.value is not None:
            width = one.service_level.half_width or 0.0
            level = f"{one.service_level.value * 100:.1f}% ±{width * 100:.1f}"
        busy = f"{min(one.load / one.agents, 1) * 100:.0f}%" if one.agents else "–"
        start = _clock(one.start_s, when) if len(needed) > 1 else "always"
        table.add_row(
            start,
            f"{one.contacts:,.1f}",
            f"{one.load:.2f}",
            str(one.guess),
            f"[bold]{one.agents}[/]",
            level,
            busy,
        )
    hours = sum(one.agents for one in needed) / 2
    if len(needed) > 1:
        table.add_section()
        total = sum(one.contacts for one in needed)
        table.add_row("all", f"{total:,.0f}", "", "", f"{hours:,.1f} h", "", "")
    return table


def _notes(demand: Demand, goal: float, when: _When | None) -> list[str]:
    notes = [
        f"Least number of agents alike, who take everything, whose service level is {goal:.0%} or "
        "more by its lower 95 % bound; rests and absences come on top.",
        "In target: answered within it ÷ (answered + abandoned). Load: agents' worth of work.",
    ]
    if when is not None and not when.is_over:
        until = datetime.fromtimestamp(when.to_s, ZoneInfo(when.zone)).strftime("%Y-%m-%d %H:%M")
        notes.append(f"The period is not over: what came until {until} ({when.zone}) counts.")
    for channel, work_s in (demand.not_staffed or {}).items():
        notes.append(
            f"Not staffed by the half hour: {channel}, {work_s / 3600:,.1f} agent hours of work."
        )
    return notes


def _json(needed: list[Needed], demand: Demand, goal: float, when: _When | None) -> dict[str, Any]:
    return {
        "goal": goal,
        "is_over": when is None or when.is_over,
        "not_staffed_s": dict(demand.not_staffed or {}),
        "half_hours": [
            {
                "start_s": one.start_s,
                "start": _clock(one.start_s, when),
                "contacts": one.contacts,
                "load": one.load,
                "guess": one.guess,
                "agents": one.agents,
                "service_level": None
                if one.service_level is None
                else {"value": one.service_level.value, "ci95": _interval(one.service_level)},
            }
            for one in needed
        ],
    }


def _interval(level: Estimate) -> tuple[float, float] | None:
    from .levels import bounds

    return None if level.ci95 is None else bounds(level)
