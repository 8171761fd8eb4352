"""Rush hours of the past, so that a what-if has something to say: yesterday, and on the weekday of
tomorrow for four weeks, more call and chat for two hours than the colleagues can take at once.

Who waited how long is not invented: the hub's own engine played it, with the rules of the set-up
and the colleagues, who were ready day and night.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from hub.contacts.tables import entry_points
from hub.core.ids import new_id
from hub.routing.tables import agent_intervals
from hub.simulation.period import Conditions, Period, Visit
from hub.simulation.recorded import Drawn, Script
from hub.simulation.records import Read, Span, read_agents, read_settings
from hub.simulation.run import play
from hub.simulation.world import ABANDONED, ANSWERED, Kind
from hub.storage import Store, Tx

from .history import DAYS, Past, known, write_pasts
from .world import Person, Talk, World

if TYPE_CHECKING:
    from .seed import Login

BEGINS, LASTS_S = time(10), 7200.0
_POINTS = {"hotline": 90, "shop-chat": 60}  # so many come in a rush
_HANDLE_S = {"hotline": (120.0, 300.0), "shop-chat": (240.0, 600.0)}
_PATIENCE_S = 150.0  # on average
_DAYS_AGO = (1, 6, 13, 20, 27)
_CHUNK = 100
_SEED = 20_260_311


class _Guest(NamedTuple):
    at_s: float
    person: Person
    talk: Talk
    point: str
    identity_id: str
    handle_s: float
    patience_s: float


@dataclass(frozen=True, slots=True)
class _Rush:
    """What a day's rush is made of."""

    colleagues: Sequence[Login]
    guests: Sequence[_Guest]
    begins_s: float


async def write_rush(
    store: Store, world: World, colleagues: Sequence[Login], people: dict[str, str]
) -> None:
    """Write the shifts of the colleagues and the rush hours. `people`: e-mail → customer id."""
    await store.write(_write_shifts, colleagues)
    zone = ZoneInfo((await store.read(read_settings, None)).zone)
    _, addresses = await store.read(known, list(people.values()))
    today = (await store.read(lambda tx, _: tx.now, None)).astimezone(zone).date()
    dice = random.Random(_SEED)  # noqa: S311 - invented people, not secrets
    for ago in _DAYS_AGO:
        begins_s = _begins_s(today - timedelta(days=ago), zone)
        guests = sorted(
            _guests(world, people, addresses, dice, begins_s), key=lambda guest: guest.at_s
        )
        rush = _Rush(colleagues, guests, begins_s)
        pasts = await store.read(_played, rush)
        for start in range(0, len(pasts), _CHUNK):
            await store.write_bulk(write_pasts, pasts[start : start + _CHUNK])


def _begins_s(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, BEGINS, zone).timestamp()


def _write_shifts(tx: Tx, colleagues: Sequence[Login]) -> None:
    """Each was ready from the first day of the history until now, day by day."""
    tx.execute(
        insert(agent_intervals),
        [
            {
                "id": new_id(),
                "agent_id": one.id,
                "state": "ready",
                "reason": None,
                "started_at": tx.now - timedelta(days=ago),
                "ended_at": tx.now - timedelta(days=ago - 1),
            }
            for one in colleagues
            for ago in range(DAYS + 1, 0, -1)
        ],
    )


def _guests(
    world: World,
    people: Mapping[str, str],
    addresses: Mapping[tuple[str, str], str],
    dice: random.Random,
    begins_s: float,
) -> list[_Guest]:
    heroes = world.heroes()
    crowd = [person for person in world.people if person not in heroes]
    found = []
    for point, count in _POINTS.items():
        channel, kind = ("phone", "phone") if point == "hotline" else ("webchat", "email")
        for _ in range(count):
            person = dice.choice(crowd)
            identity_id = addresses.get((people[person.email], kind))
            talks = world.talks_for(channel, person.language)
            if identity_id is None or not talks:
                continue
            found.append(
                _Guest(
                    begins_s + dice.triangular(0, LASTS_S, LASTS_S * 0.4),
                    person,
                    dice.choice(talks),
                    point,
                    identity_id,
                    dice.uniform(*_HANDLE_S[point]),
                    dice.expovariate(1 / _PATIENCE_S),
                )
            )
    return found


def _played(tx: Tx, rush: _Rush) -> list[Past]:
    """Let the engine play the rush; return what became of everybody."""
    rows = tx.execute(select(entry_points).where(entry_points.c.id.in_(_POINTS)))
    points = {row.id: row for row in rows}
    script = _script(tx, rush, points)
    drawn = Drawn(
        [guest.handle_s for guest in rush.guests],
        [guest.patience_s for guest in rush.guests],
        [0.0] * len(rush.guests),
    )
    world = script.world(drawn)
    held: dict[int, str] = {}
    for worker in world.workers.values():
        worker.ends_s = _Remembers(worker.id, held)
    waited_s, outcomes = script.outcomes(play(world))
    logins = {one.id: one for one in rush.colleagues}
    return [
        Past(
            person=guest.person,
            identity_id=guest.identity_id,
            talk=guest.talk,
            channel=points[guest.point].channel,
            point=points[guest.point],
            at=datetime.fromtimestamp(guest.at_s, UTC),
            agent=logins.get(held.get(number, ""), rush.colleagues[0]),
            answered_share=None,
            handled_s=guest.handle_s,
            waited_s=waited_s[number],
            left=outcomes[number] == ABANDONED,
        )
        for number, guest in enumerate(rush.guests)
    ]


def _script(tx: Tx, rush: _Rush, points: Mapping[str, Any]) -> Script:
    """Return the rush as the simulation plays it: under the rules in force, with who was there."""
    span = Span(
        rush.begins_s - 600, rush.begins_s, rush.begins_s + LASTS_S, rush.begins_s + 3 * LASTS_S
    )
    agents = read_agents(Read(lambda function, argument: function(tx, argument)), span, [])
    visits = [
        Visit(
            Kind(one.person.tier, points[one.point].queue_id, points[one.point].channel),
            one.at_s,
            ANSWERED,
            0.0,
            language=one.talk.language,
        )
        for one in rush.guests
    ]
    period = Period(Conditions(read_settings(tx), tuple(agents)), visits, *span)
    return Script(period, period.conditions)


class _Remembers(dict[int, float]):
    """What an agent has in hand; `held` is told who took whom."""

    def __init__(self, agent_id: str, held: dict[int, str]) -> None:
        super().__init__()
        self._agent_id, self._held = agent_id, held

    def __setitem__(self, number: int, ends_s: float) -> None:
        self._held[number] = self._agent_id
        super().__setitem__(number, ends_s)
