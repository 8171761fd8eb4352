"""What agents hold, counted in capacity units and per channel: read under lock, changed, written.

The compare-and-set on an agent's load (design §1.5): rows are locked in the order of their ids,
what is taken is checked against capacity and the channel's maximum, and the table's own checks
stand behind it. A live contact pushes interruptible ones aside; an interruptible one needs room
beside all (routing.md 3.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from hub.core.errors import Conflict, HubError
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time, update_values

from .model import AgentState
from .settings import RoutingSettings
from .tables import agent_channels, agent_intervals, agents


@dataclass(slots=True)
class ChannelLoad:
    open: int
    maximum: int
    cost: int
    rest_until: datetime | None
    unreached: bool = False  # it rings nowhere for them now (`reaching`)
    changed: bool = False


@dataclass(slots=True)
class Load:
    """One agent's row, as it will be written back."""

    id: str
    state: str
    reason: str | None
    next_state: str | None
    next_reason: str | None
    present_until: datetime
    capacity: int
    live: int
    deferred: int
    missed: int
    idle_since: datetime | None
    channels: dict[str, ChannelLoad] = field(default_factory=dict)
    changed: bool = False
    state_before: tuple[str, str | None] = ("", None)

    def is_available(self, now: datetime) -> bool:
        return self.state == AgentState.READY and self.present_until > now


class Loads:
    """The loads of some agents in one transaction; `save` writes what changed, set by set."""

    def __init__(self, tx: Tx, settings: RoutingSettings, agent_ids: Iterable[str]) -> None:
        self._tx = tx
        self.settings = settings
        self._loads = _lock(tx, sorted(set(agent_ids)))

    def get(self, agent_id: str) -> Load | None:
        return self._loads.get(agent_id)

    def take(
        self, agent_id: str, channel: str, cost: int, *, by_choice: bool = False
    ) -> HubError | None:
        """Count a contact of `channel` as held by an agent who must be available; or say why not.

        `by_choice`: the agent takes it up themselves, so they need not be ready, only have room.
        """
        load = self._loads.get(agent_id)
        if load is None or not (by_choice or load.is_available(self._tx.now)):
            return Conflict("The agent is not ready any more.", code="agent.not_ready")
        held = load.channels.get(channel)
        if held is None or held.open >= held.maximum:
            return Conflict("The agent has no room on this channel.", code="agent.channel_full")
        if held.unreached and not by_choice:
            return Conflict(
                "Nothing rings at the agent: their softphone is off.", code="agent.unreached"
            )
        deferred = self.settings.channels[channel].interruptible
        cost = held.cost if cost is None else cost
        beside = load.live + (load.deferred if deferred else 0)
        if beside + cost > load.capacity:
            return Conflict("The agent's capacity is used up.", code="agent.full")
        self._add(load, held, cost, 1, deferred=deferred)
        return None

    def cost(self, agent_id: str, channel: str) -> int:
        """Return what a contact of `channel` costs this agent."""
        return self._loads[agent_id].channels[channel].cost

    def give(
        self, agent_id: str, channel: str, cost: int, *, worked: bool, aside: bool = False
    ) -> None:
        """Take a contact off an agent. `worked`: it was held, so the rest after it begins; `aside`:
        it was in no load.
        """
        load = self._loads.get(agent_id)
        held = load.channels.get(channel) if load else None
        if load is None or held is None:
            return
        rules = self.settings.channels[channel]
        if not aside:
            self._add(load, held, -cost, -1, deferred=rules.interruptible)
        if not worked:
            return
        load.idle_since = self._tx.now
        load.changed = True
        if rules.gap_s > 0:
            held.rest_until = self._tx.now + timedelta(seconds=rules.gap_s)
            held.changed = True
        if load.next_state is not None and load.live == 0 and load.deferred == 0:
            self.set_state(load, AgentState(load.next_state), load.next_reason)

    def take_again(self, agent_id: str, channel: str) -> int:
        """Count a contact that this agent has held all the time; return what it costs now: no more
        than the room that is left. The channel's most may be passed.
        """
        load = self._loads[agent_id]
        held = load.channels[channel]
        deferred = self.settings.channels[channel].interruptible
        room = load.capacity - (load.deferred if deferred else load.live)
        cost = max(0, min(held.cost, room))
        self._add(load, held, cost, 1, deferred=deferred)
        return cost

    def move(self, agent_id: str, channel: str, cost: int, *, deferred: bool) -> int:
        """Count a contact that is in hand on the other side: among those that can be interrupted
        (`deferred`) or among the others. Return what it costs there: no more than the room left.
        """
        load = self._loads[agent_id]
        held = load.channels[channel]
        self._add(load, held, -cost, 0, deferred=not deferred)
        room = load.capacity - (load.deferred if deferred else load.live)
        cost = max(0, min(cost, room))
        self._add(load, held, cost, 0, deferred=deferred)
        return cost

    def set_state(self, load: Load, state: AgentState, reason: str | None) -> None:
        """Change an agent's state; the interval in the old one ends when this is saved."""
        load.state, load.reason = state.value, reason
        load.next_state = load.next_reason = None
        load.changed = True
        if state is AgentState.READY:
            load.missed = 0
            load.idle_since = self._tx.now

    def _add(self, load: Load, held: ChannelLoad, cost: int, count: int, *, deferred: bool) -> None:
        if deferred:
            load.deferred += cost
        else:
            load.live += cost
        held.open += count
        held.changed = load.changed = True

    def save(self) -> None:
        """Write all changed rows, and hint `agent.changed` for each."""
        changed = [load for load in self._loads.values() if load.changed]
        if not changed:
            return
        now = self._tx.now
        moved = [load for load in changed if (load.state, load.reason) != load.state_before]
        rows = [_agent_values(load) for load in changed]
        update_values(self._tx, agents, _AGENT_COLUMNS, rows, also="version = version + 1")
        channels = [
            (load.id, channel, held.open, held.rest_until)
            for load in changed
            for channel, held in load.channels.items()
            if held.changed
        ]
        update_values(self._tx, agent_channels, _CHANNEL_COLUMNS, channels, keys=2)
        if moved:
            self._save_states(moved, now)
        for load in changed:
            load.changed = False
            load.state_before = (load.state, load.reason)
            self._tx.hint("agent.changed", load.id)

    def _save_states(self, moved: list[Load], now: datetime) -> None:
        ids = [load.id for load in moved]
        self._tx.execute(update(agents).where(agents.c.id.in_(ids)).values(state_since=now))
        self._tx.execute(
            update(agent_intervals)
            .where(agent_intervals.c.agent_id.in_(ids), agent_intervals.c.ended_at.is_(None))
            .values(ended_at=now)
        )
        self._tx.execute(
            insert(agent_intervals),
            [
                {
                    "id": new_id(),
                    "agent_id": load.id,
                    "state": load.state,
                    "reason": load.reason,
                    "started_at": now,
                    "ended_at": None,
                }
                for load in moved
            ],
        )


_AGENTS = Statement("""
SELECT a.id, a.state, a.reason, a.next_state, a.next_reason, a.present_until, a.capacity,
  a.live_load, a.deferred_load, a.missed, a.idle_since
FROM {rows} JOIN agents a ON a.id = {text 0} ORDER BY a.id {locked}
""")
_CHANNELS = Statement("""
SELECT c.agent_id, c.channel, c.open, c.maximum, c.cost, c.rest_until, c.unreached
FROM {rows} JOIN agent_channels c ON c.agent_id = {text 0}
""")


def _lock(tx: Tx, agent_ids: list[str]) -> dict[str, Load]:
    if not agent_ids:
        return {}
    wanted = [[agent_id] for agent_id in agent_ids]
    loads = {
        row.id: Load(
            id=row.id,
            state=row.state,
            reason=row.reason,
            next_state=row.next_state,
            next_reason=row.next_reason,
            present_until=read_time(row.present_until),
            capacity=row.capacity,
            live=row.live_load,
            deferred=row.deferred_load,
            missed=row.missed,
            idle_since=read_time(row.idle_since),
            state_before=(row.state, row.reason),
        )
        for row in _AGENTS(tx, wanted)
    }
    for row in _CHANNELS(tx, wanted):
        loads[row.agent_id].channels[row.channel] = ChannelLoad(
            row.open, row.maximum, row.cost, read_time(row.rest_until), bool(row.unreached)
        )
    return loads


_AGENT_COLUMNS = (
    "id",
    "state",
    "reason",
    "next_state",
    "next_reason",
    "present_until",
    "live_load",
    "deferred_load",
    "missed",
    "idle_since",
)
_CHANNEL_COLUMNS = ("agent_id", "channel", "open", "rest_until")


def _agent_values(load: Load) -> tuple[Any, ...]:
    return (
        load.id,
        load.state,
        load.reason,
        load.next_state,
        load.next_reason,
        load.present_until,
        load.live,
        load.deferred,
        load.missed,
        load.idle_since,
    )
