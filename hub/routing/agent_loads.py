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

from sqlalchemy import bindparam, insert, select, update

from hub.core.errors import Conflict, HubError
from hub.core.ids import new_id
from hub.storage import Tx

from .model import AgentState
from .settings import RoutingSettings
from .tables import agent_channels, agent_intervals, agents


@dataclass(slots=True)
class ChannelLoad:
    open: int
    maximum: int
    cost: int
    rest_until: datetime | None
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

    def give(self, agent_id: str, channel: str, cost: int, *, worked: bool) -> None:
        """Take a contact off an agent. `worked`: it was held, so the rest after it begins."""
        load = self._loads.get(agent_id)
        held = load.channels.get(channel) if load else None
        if load is None or held is None:
            return
        rules = self.settings.channels[channel]
        self._add(load, held, -cost, -1, deferred=rules.interruptible)
        if not worked:
            return
        load.idle_since = self._tx.now
        if rules.gap_s > 0:
            held.rest_until = self._tx.now + timedelta(seconds=rules.gap_s)
        if load.next_state is not None and load.live == 0 and load.deferred == 0:
            self.set_state(load, AgentState(load.next_state), load.next_reason)

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
        self._tx.execute(_SAVE_AGENT, [_agent_parameters(load) for load in changed])
        channels = [
            {
                "b_agent": load.id,
                "b_channel": channel,
                "b_open": held.open,
                "b_rest": held.rest_until,
            }
            for load in changed
            for channel, held in load.channels.items()
            if held.changed
        ]
        if channels:
            self._tx.execute(_SAVE_CHANNEL, channels)
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


def _lock(tx: Tx, agent_ids: list[str]) -> dict[str, Load]:
    if not agent_ids:
        return {}
    rows = tx.execute(
        select(agents).where(agents.c.id.in_(agent_ids)).order_by(agents.c.id).with_for_update()
    )
    loads = {
        row.id: Load(
            id=row.id,
            state=row.state,
            reason=row.reason,
            next_state=row.next_state,
            next_reason=row.next_reason,
            present_until=row.present_until,
            capacity=row.capacity,
            live=row.live_load,
            deferred=row.deferred_load,
            missed=row.missed,
            idle_since=row.idle_since,
            state_before=(row.state, row.reason),
        )
        for row in rows
    }
    channels = tx.execute(select(agent_channels).where(agent_channels.c.agent_id.in_(agent_ids)))
    for row in channels:
        loads[row.agent_id].channels[row.channel] = ChannelLoad(
            row.open, row.maximum, row.cost, row.rest_until
        )
    return loads


def _agent_parameters(load: Load) -> dict[str, object]:
    return {
        "b_id": load.id,
        "b_state": load.state,
        "b_reason": load.reason,
        "b_next_state": load.next_state,
        "b_next_reason": load.next_reason,
        "b_present_until": load.present_until,
        "b_live": load.live,
        "b_deferred": load.deferred,
        "b_missed": load.missed,
        "b_idle": load.idle_since,
    }


_SAVE_AGENT = (
    update(agents)
    .where(agents.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        next_state=bindparam("b_next_state"),
        next_reason=bindparam("b_next_reason"),
        present_until=bindparam("b_present_until", type_=agents.c.present_until.type),
        live_load=bindparam("b_live"),
        deferred_load=bindparam("b_deferred"),
        missed=bindparam("b_missed"),
        idle_since=bindparam("b_idle", type_=agents.c.idle_since.type),
        version=agents.c.version + 1,
    )
)
_SAVE_CHANNEL = (
    update(agent_channels)
    .where(
        agent_channels.c.agent_id == bindparam("b_agent"),
        agent_channels.c.channel == bindparam("b_channel"),
    )
    .values(
        open=bindparam("b_open"),
        rest_until=bindparam("b_rest", type_=agent_channels.c.rest_until.type),
    )
)
