"""Builders for periods that were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from hub.routing.model import ChannelRules
from hub.routing.settings import CalendarSpec, QueueSettings, RoutingSettings
from hub.simulation.period import Agent, AgentTurn, Conditions, Period, Visit
from hub.simulation.recorded import Chances, Drawn, Script
from hub.simulation.run import play
from hub.simulation.world import ABANDONED, ANSWERED, Kind, Turn

NOON_S = 1_773_144_000.0  # 2026-03-10 12:00 UTC, a Tuesday
LONG = 1e9

CHANNELS = {
    "phone": ChannelRules(cost=100, maximum=1),
    "webchat": ChannelRules(cost=33, maximum=3, comfort=2),
    "email": ChannelRules(cost=25, maximum=2, interruptible=True, business_time=True),
}
TARGETS = {
    "phone": {"gold": 10, "standard": 40},
    "webchat": {"gold": 15, "standard": 60},
    "email": {"gold": 3600, "standard": 14_400},
}


def a_queue(**changes: Any) -> QueueSettings:
    return msgspec.structs.replace(QueueSettings(calendar_id="always", target_s=TARGETS), **changes)


def the_settings(**changes: Any) -> RoutingSettings:
    settings = RoutingSettings(
        zone="Asia/Shanghai",
        tiers=("gold", "standard"),
        default_tier="standard",
        calendars={
            "always": CalendarSpec(zone="UTC"),
            "office": CalendarSpec(hours="Mon-Fri 09:00-18:00", zone="UTC"),
        },
        channels=CHANNELS,
        queues={"support": a_queue(), "finance": a_queue()},
    )
    return msgspec.structs.replace(settings, **changes)


def came(
    after_s: float,
    *,
    tier: str = "standard",
    queue: str = "support",
    channel: str = "phone",
    wait_s: float = 0.0,
    handle_s: float = 100.0,
    left: bool = False,
    **more: Any,
) -> Visit:
    """Return a visit that began so long after noon."""
    outcome = ABANDONED if left else ANSWERED
    visit = Visit(Kind(tier, queue, channel), NOON_S + after_s, outcome, wait_s)
    return visit._replace(handle_s=0.0 if left else handle_s, **more)


def an_agent(
    key: str,
    *turns: tuple[float, Turn],
    queues: Sequence[str] = ("support",),
    skills: dict[str, int] | None = None,
    teams: Sequence[str] = (),
) -> Agent:
    """Return an agent; turns are seconds after noon. None: there from noon on."""
    done = turns or ((0.0, Turn.COMES),)
    return Agent(
        key,
        f"{key}@hub.test",
        frozenset(teams),
        frozenset(queues),
        skills or {},
        turns=tuple(AgentTurn(NOON_S + at_s, turn) for at_s, turn in done),
    )


def a_period(
    visits: Sequence[Visit],
    *agents: Agent,
    settings: RoutingSettings | None = None,
    from_s: float = 0.0,
    to_s: float = 3600.0,
) -> Period:
    """Return a period from noon on, without anything before it."""
    return Period(
        Conditions(settings or the_settings(), agents or (an_agent("li"),)),
        sorted(visits, key=lambda visit: visit.at_s),
        NOON_S,
        NOON_S + from_s,
        NOON_S + to_s,
        NOON_S + to_s,
    )


def waits_of(
    period: Period, conditions: Conditions | None = None, *, patience: bool = True
) -> list[float]:
    """Return how long each visit waits in the first run. `patience`: False, nobody leaves."""
    script = Script(period, conditions or period.conditions)
    drawn = Chances(period, 1).of_run(0)
    if not patience:
        drawn = Drawn(drawn.handle_s, [math.inf] * len(period.visits), drawn.ring_s)
    return script.outcomes(play(script.world(drawn)))[0]
