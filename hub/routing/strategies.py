"""How the pair is chosen: the contact when there are more contacts, the agent when there are more
agents (routing.md section 2). Pure functions over what the engine found possible."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from .agents import Desk, Desks, lack_of_room
from .lines import Entry, Line, LineKey
from .model import Reserve, Rules
from .record import AgentRule, ContactLine, Rule

_NEVER_IDLE = datetime.max.replace(tzinfo=UTC)


class Head:
    """The first contact of a line that somebody may take, with the parts of its urgency: the share
    of the promised time already used (Kleinrock's accumulating priority)."""

    __slots__ = ("entry", "key", "over_cap", "urgency", "waited_s")

    def __init__(self, entry: Entry, line: Line, clock_s: float) -> None:
        self.entry = entry
        self.key = line.key
        self.waited_s = clock_s - entry.contact.virtual_start_s
        self.urgency = self.waited_s / line.target_s
        self.over_cap = self.waited_s >= line.bunch.cap_s

    def line(self) -> ContactLine:
        """Return it as a line of the decision record."""
        return ContactLine(
            contact_id=self.entry.contact.id,
            queue=self.key.queue,
            tier=self.key.tier,
            channel=self.key.channel,
            waited_s=round(self.waited_s, 3),
            target_s=self.key.target_s,
            urgency=round(self.urgency, 4),
            priority=self.key.priority,
        )


def choose_head(heads: Sequence[Head], rules: Rules, cap_due: Collection[str]) -> tuple[Head, Rule]:
    """Choose among the heads one agent may take: raised by a supervisor, over the cap where it is
    that queue's turn (`cap_due`), else the most urgent; a strict queue enters its best tier."""
    raised = max(head.key.priority for head in heads)
    if raised > 0:
        return min((h for h in heads if h.key.priority == raised), key=turn), Rule.PRIORITY
    overdue = [head for head in heads if head.over_cap and head.key.queue in cap_due]
    if overdue:
        return min(overdue, key=_oldest), Rule.OVER_CAP
    best = min(heads, key=turn)
    if not rules.queues[best.key.queue].strict:
        return best, Rule.MOST_URGENT
    same = (head for head in heads if head.key.queue == best.key.queue)
    return min(same, key=lambda h: (rules.rank(h.key.tier), turn(h))), Rule.STRICT_TIER


def choose_desk(
    able: Sequence[Desk], entry: Entry, key: LineKey, rules: Rules
) -> tuple[Desk, AgentRule]:
    """Choose among the agents who may take a contact: its last agent, else by the channel's spread
    rule, then the least flexible, the most proficient, the longest idle."""
    for desk in able:
        if desk.picture.id == entry.contact.preferred_agent_id:
            return desk, AgentRule.LAST_AGENT
    if len(able) == 1:
        return able[0], AgentRule.ONLY_ONE
    group, rule = _spread(able, key.channel, rules)
    return min(group, key=lambda desk: _fitness(desk, key, rule)), rule


def _spread(able: Sequence[Desk], channel: str, rules: Rules) -> tuple[Sequence[Desk], AgentRule]:
    """Those with one and fewer than `comfort` first, then the idle, then all up to the maximum:
    spreading chats over idle agents would starve calls."""
    comfort = rules.channels[channel].comfort
    if not comfort:
        return able, AgentRule.LEAST_FLEXIBLE
    begun = [desk for desk in able if 1 <= desk.open(channel) < comfort]
    if begun:
        return begun, AgentRule.COMFORT
    idle = [desk for desk in able if desk.is_idle]
    if idle:
        return idle, AgentRule.IDLE
    return able, AgentRule.FILL


def _fitness(desk: Desk, key: LineKey, rule: AgentRule) -> tuple[int, int, int, datetime, str]:
    held = desk.open(key.channel) if rule is AgentRule.FILL else 0
    return (
        held,
        desk.flexibility,
        -desk.proficiency(key.demands),
        desk.picture.idle_since or _NEVER_IDLE,
        desk.picture.id,
    )


def withheld(
    key: LineKey, urgency: float, desk: Desk, desks: Desks, rules: Rules
) -> Reserve | None:
    """Return the reserve that keeps this agent free of such a contact, or None.

    Of the contact's queue, or of their own queues where they help out. A reserve yields to a
    contact whose promise is used up, and it never counts the only agent who could serve at all:
    keeping the last one free would be no service to anybody.
    """
    if urgency >= 1:
        return None
    own = desk.picture.queues
    for queue in (key.queue,) if key.queue in own else sorted(own):
        reserves = rules.queues[queue].reserves if queue in rules.queues else ()
        for reserve in reserves:
            if _keeps(reserve, queue, key, desk, desks, rules):
                return reserve
    return None


def _keeps(
    reserve: Reserve, queue: str, key: LineKey, desk: Desk, desks: Desks, rules: Rules
) -> bool:
    wanted = reserve.channel or key.channel
    if (queue == key.queue and reserve.is_for(key.channel, key.tier)) or (
        wanted not in rules.channels
    ):
        return False
    free = desks.roomy(queue, wanted)
    if desk.picture.id not in free or len(free) > reserve.keep:
        return False
    if not _uses_up(desk, key.channel, wanted, rules):
        return False
    serving = sum(1 for other in desks.ready_members(queue) if desks.serves(other, wanted))
    return len(free) <= min(reserve.keep, serving - 1)


def _uses_up(desk: Desk, channel: str, wanted: str, rules: Rules) -> bool:
    """Would taking one of `channel` leave the agent no room for one of `wanted`?"""
    taken, kept = rules.channels[channel], rules.channels[wanted]
    if channel == wanted and desk.open(channel) + 1 >= desk.maximum(channel, taken):
        return True
    if taken.interruptible and not kept.interruptible:
        return False
    more = desk.cost(channel, taken)
    return lack_of_room(desk, wanted, rules.channels, live_more=more) is not None


def turn(head: Head) -> tuple[float, str]:
    """The most urgent first; a tie goes to the older contact (ids rise with time)."""
    return (-head.urgency, head.entry.contact.id)


def _oldest(head: Head) -> tuple[float, str]:
    return (-head.waited_s, head.entry.contact.id)
