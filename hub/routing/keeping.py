"""Agents kept free for a more urgent contact that nobody has room for.

A call needs a whole agent, a chat a third of one. While chats come, an agent with one chat would be
given the next and never be free: calls would starve however urgent they are. So for each live
contact that nobody can take, an agent who could serve it is *kept*: they are given no live contact
that is less urgent, until it is taken or gone. One agent at first, so that no more room stands
empty than is asked for, and one more each time its promise is used up again (routing.md section 1:
the most urgent first, over all channels).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .agents import Desks
from .desk import NOWHERE, Desk
from .lines import Entry, LineKey
from .model import Rules
from .moment import Moment
from .record import Obstacle
from .strategies import Head

# What ends by itself, and would not end while less urgent contacts came in.
_CAPACITY: Final = Obstacle.CAPACITY
_RESTING: Final = Obstacle.RESTING
_LOOKS: Final = 32  # agents looked at for one contact, however many serve its queue


class Keeping:
    """Who is kept for whom: some agents for a contact, one contact for an agent."""

    def __init__(self, rules: Rules, desks: Desks, entries: Mapping[str, Entry]) -> None:
        self._interruptible = frozenset(
            [name for name, channel in rules.channels.items() if channel.interruptible]
        )
        self._every_channel = sum(rules.channel_bits().values())
        self._desks = desks
        self._entries = entries  # by contact, as the engine has them
        self._contact: dict[str, str] = {}  # agent -> the contact they are kept for
        self._agents: dict[str, list[str]] = {}  # and back

    def keep(self, head: Head, moment: Moment) -> bool:
        """Keep agents for a contact that nobody can take now, those with the least live load.

        Return whether it has as many as it may. Looks at `_LOOKS` agents at most, once for each
        contact that finds nobody and once more for each promise it has used up since; for contacts
        alike it is asked once a moment whether there is anybody.
        """
        key = head.key
        alike = (key.queue, key.channel, key.demands, key.held_for)
        if key.channel in self._interruptible or moment.has_nobody_to_keep(alike):
            return False
        wanted = self._wanted(head)
        if wanted > 0:
            looked_at = self._desks.spare(key.queue, _LOOKS)
            possible = [desk for desk in looked_at if self._lacks_room_only(desk, head, moment)]
            if len(possible) > 1:
                possible.sort(key=lambda desk: (desk.live, desk.id))
            for desk in possible[:wanted]:
                self._add(desk, head)
            if not possible and not head.entry.contact.excluded:
                moment.note_nobody_to_keep(alike)
            return len(possible) >= wanted
        return True

    def lacking(self, desk: Desk, moment: Moment) -> int:
        """Return the live channels that this agent, with something to spare, lacks room for."""
        rests = bool(desk.rest_until)
        if (desk.room == self._every_channel and not rests) or not desk.is_ready:
            return NOWHERE  # nothing keeps them from any channel, or all does
        if not desk.has_spare:
            return NOWHERE
        lacking = NOWHERE
        for terms in desk.terms.each:
            if terms.interruptible:
                continue
            name = terms.channel
            if (
                rests and desk.rests(name, moment.now)
                if desk.room & terms.bit
                else desk.lack_of_room(name) is _CAPACITY
            ):
                lacking |= terms.bit
        return lacking

    def adopt(self, desk: Desk, heads: Iterable[Head]) -> None:
        """An agent looks for contacts: keep them for the most urgent of those they lack room for.

        Who was on a call when it came is so kept after it, while they rest from calls. Whom they
        were kept for before is compared with the others.
        """
        self.agent_away(desk.id)
        wanting = [
            head
            for head in heads
            if self._wanted(head) > 0 and desk.cost(head.key.channel) <= desk.capacity
        ]
        if wanting:
            self._add(desk, max(wanting, key=lambda h: (h.key.priority, h.urgency)))

    def _wanted(self, head: Head) -> int:
        """How many more agents are to be kept: one, and one for each promise used up."""
        return 1 + max(int(head.urgency), 0) - len(self._agents.get(head.entry.id, ()))

    def _add(self, desk: Desk, head: Head) -> None:
        self._contact[desk.id] = head.entry.id
        self._agents.setdefault(head.entry.id, []).append(desk.id)

    def _lacks_room_only(self, desk: Desk, head: Head, moment: Moment) -> bool:
        """Could this agent take it but for what they have in hand? Not one kept already."""
        if desk.id in self._contact:
            return False
        obstacle = self._desks.obstacle(desk, head.key.channel, head.key.demands, moment.now)
        return (
            head.key.held_for in (None, desk.id)
            and desk.serves(head.key.channel)
            and desk.cost(head.key.channel) <= desk.capacity
            and (obstacle is _CAPACITY or obstacle is _RESTING)
            and not head.entry.excludes(desk.id, moment.now)
        )

    def release(self, contact_id: str) -> Sequence[str]:
        """A contact waits no more; return who is kept no longer."""
        agent_ids = self._agents.pop(contact_id, None) if self._agents else None
        if agent_ids is None:
            return ()
        for agent_id in agent_ids:
            del self._contact[agent_id]
        return agent_ids

    def unfit(self, key: LineKey, contact_id: str) -> Sequence[str]:
        """A contact moved to another line: release all, if one of them could not take it there."""
        if contact_id not in self._agents:
            return ()
        desks = [self._desks.get(agent_id) for agent_id in self._agents.get(contact_id, ())]
        if all(d and key.queue in d.row.queues and d.meets(key.demands) for d in desks):
            return ()
        return self.release(contact_id)

    def agent_away(self, agent_id: str) -> str | None:
        """An agent can be kept no more; return the contact that needs another."""
        contact_id = self._contact.pop(agent_id, None)
        if contact_id is not None:
            self._agents[contact_id].remove(agent_id)
        return contact_id

    def kept_for(self, desk: Desk, head: Head, moment: Moment) -> Entry | None:
        """Return the more urgent contact that this agent is kept for, if it keeps `head` away."""
        contact_id = self._contact.get(desk.id) if self._contact else None
        if contact_id is None or contact_id == head.entry.id:
            return None
        entry = self._entries[contact_id]
        if entry.line is None:
            return None
        if head.key.channel in self._interruptible:
            return None  # it stands aside for the live contact
        key = entry.line.key
        if key.priority != head.key.priority:
            return entry if key.priority > head.key.priority else None
        waited_s = moment.clock_s(key.calendar_id) - entry.virtual_start_s
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
    mine = head.entry.virtual_start_s * line.key.target_s
    theirs = kept.virtual_start_s * head.key.target_s
    return (mine - theirs) / gain
