"""Agents kept free for a more urgent contact that nobody has room for.

A call needs a whole agent, a chat a third of one. While chats come, an agent with one chat would be
given the next and never be free: calls would starve however urgent they are. So for each live
contact that nobody can take, one agent who could serve it is *kept*: they are given no live contact
that is less urgent, until it is taken or gone. One agent for one contact, so that no more room
stands empty than is asked for (routing.md section 1: the most urgent first, over all channels).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .agents import Desk, Desks
from .lines import Entry, LineKey
from .model import AgentState, Rules
from .moment import Moment
from .record import Obstacle
from .strategies import Head

# What ends by itself once the agent has finished something.
_PASSING = frozenset({Obstacle.CAPACITY, Obstacle.CHANNEL_MAXIMUM, Obstacle.RESTING})


class Keeping:
    """Who is kept for whom: at most one agent for a contact and one contact for an agent."""

    def __init__(self, rules: Rules, desks: Desks, entries: Mapping[str, Entry]) -> None:
        self._rules = rules
        self._desks = desks
        self._entries = entries  # by contact, as the engine has them
        self._contact: dict[str, str] = {}  # agent -> the contact they are kept for
        self._agent: dict[str, str] = {}  # and back

    def keep(self, head: Head, moment: Moment) -> None:
        """Keep an agent for a contact that nobody can take now: who has the least live load.

        O(agents of the queue), once for each contact that finds nobody.
        """
        contact = head.entry.contact
        if contact.id in self._agent or self._rules.channels[head.key.channel].interruptible:
            return
        possible = [
            desk for desk in self._candidates(head) if self._lacks_room_only(desk, head, moment)
        ]
        if possible:
            channels = self._rules.channels
            desk = min(possible, key=lambda d: (d.loads(channels)[0], d.picture.id))
            self._contact[desk.picture.id] = contact.id
            self._agent[contact.id] = desk.picture.id

    def _candidates(self, head: Head) -> Iterable[Desk]:
        if head.key.held_for is None:
            return self._desks.ready_members(head.key.queue)
        desk = self._desks.get(head.key.held_for)
        return [] if desk is None or desk.picture.state is not AgentState.READY else [desk]

    def _lacks_room_only(self, desk: Desk, head: Head, moment: Moment) -> bool:
        """Could this agent take it but for what they have in hand? Not one kept already."""
        rules = self._rules.channels[head.key.channel]
        return (
            desk.picture.id not in self._contact
            and self._desks.serves(desk, head.key.channel)
            and desk.cost(head.key.channel, rules) <= desk.picture.capacity
            and self._desks.obstacle(desk, head.key.channel, head.key.demands, moment.now)
            in _PASSING
            and not head.entry.excludes(desk.picture.id, moment.now)
        )

    def release(self, contact_id: str) -> str | None:
        """A contact waits for nobody in particular any more; return who is kept no longer."""
        agent_id = self._agent.pop(contact_id, None)
        if agent_id is not None:
            del self._contact[agent_id]
        return agent_id

    def unfit(self, key: LineKey, contact_id: str) -> str | None:
        """A contact moved to another line: release and return who could not take it there."""
        desk = self._desks.get(self._agent.get(contact_id, ""))
        if desk is None or (key.queue in desk.picture.queues and desk.meets(key.demands)):
            return None
        return self.release(contact_id)

    def agent_away(self, agent_id: str) -> str | None:
        """An agent can be kept no more; return the contact that needs another."""
        contact_id = self._contact.pop(agent_id, None)
        if contact_id is not None:
            del self._agent[contact_id]
        return contact_id

    def kept_for(self, desk: Desk, head: Head, moment: Moment) -> Entry | None:
        """Return the more urgent contact that this agent is kept for, if it keeps `head` away."""
        contact_id = self._contact.get(desk.picture.id)
        if contact_id is None or contact_id == head.entry.contact.id:
            return None
        entry = self._entries[contact_id]
        if entry.line is None:
            return None
        if self._rules.channels[head.key.channel].interruptible:
            return None  # it stands aside for the live contact
        key = entry.line.key
        if key.priority != head.key.priority:
            return entry if key.priority > head.key.priority else None
        waited_s = moment.clock_s(key.calendar_id) - entry.contact.virtual_start_s
        return entry if waited_s / key.target_s > head.urgency else None


def overtakes_at(head: Head, kept: Entry) -> float | None:
    """Return what their common clock shows when `head` becomes the more urgent one; None: never.

    (c - s1) / t1 = (c - s2) / t2, solved for the clock c with starts s and targets t.
    """
    line = kept.line
    if line is None or line.key.calendar_id != head.key.calendar_id:
        return None
    gain = line.key.target_s - head.key.target_s
    if line.key.priority != head.key.priority or gain <= 0:
        return None
    mine = head.entry.contact.virtual_start_s * line.key.target_s
    theirs = kept.contact.virtual_start_s * head.key.target_s
    return (mine - theirs) / gain
