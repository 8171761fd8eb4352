"""How the contact is chosen, and which agents a reserve keeps free (routing.md section 2). Pure.

How the agent is chosen is in `bench`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from .agents import Desks
from .desk import Desk
from .lines import Entry, Line, LineKey
from .model import Reserve, Rules
from .record import ContactLine, Rule


class Head:
    """The first contact of a line that somebody may take, with the parts of its urgency: the share
    of the promised time already used (Kleinrock's accumulating priority)."""

    __slots__ = ("entry", "key", "over_cap", "urgency", "waited_s")

    def __init__(self, entry: Entry, line: Line, clock_s: float) -> None:
        self.entry = entry
        self.key = line.key
        self.waited_s = clock_s - entry.virtual_start_s
        self.urgency = self.waited_s / line.target_s
        self.over_cap = self.waited_s >= line.bunch.cap_s

    def line(self) -> ContactLine:
        """Return it as a line of the decision record."""
        return ContactLine(
            contact_id=self.entry.id,
            queue=self.key.queue,
            tier=self.key.tier,
            channel=self.key.channel,
            waited_s=_rounded(self.waited_s, 1_000.0),
            target_s=self.key.target_s,
            urgency=_rounded(self.urgency, 10_000.0),
            priority=self.key.priority,
        )


def _rounded(value: float, parts: float) -> float:
    """Return the nearest of so many parts of one, to be read: `round` takes ten times as long."""
    return math.floor(value * parts + 0.5) / parts


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
    own = desk.row.queues
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
    free = desks.bench(queue, wanted).desks
    if desk.id not in free or len(free) > reserve.keep:
        return False
    if not _uses_up(desk, key.channel, wanted, rules):
        return False
    serving = sum(1 for other in desks.ready_members(queue) if other.serves(wanted))
    return len(free) <= min(reserve.keep, serving - 1)


def _uses_up(desk: Desk, channel: str, wanted: str, rules: Rules) -> bool:
    """Would taking one of `channel` leave the agent no room for one of `wanted`?"""
    taken, kept = rules.channels[channel], rules.channels[wanted]
    if channel == wanted and desk.open(channel) + 1 >= desk.terms.by_channel[channel].maximum:
        return True
    if taken.interruptible and not kept.interruptible:
        return False
    return desk.lack_of_room(wanted, live_more=desk.cost(channel)) is not None


def turn(head: Head) -> tuple[float, str]:
    """The most urgent first; a tie goes to the older contact (ids rise with time)."""
    return (-head.urgency, head.entry.id)


def _oldest(head: Head) -> tuple[float, str]:
    return (-head.waited_s, head.entry.id)


def is_behind(line: Line, priority: int, top: Head | None, clock_s: float) -> bool:
    """Does the first of a line come after one that was found?"""
    if top is None:
        return False
    if priority != top.key.priority:
        return priority < top.key.priority
    return clock_s - line.first_s < top.urgency * line.target_s


def is_before(head: Head, other: Head) -> bool:
    """Does it go first, by priority and urgency alone?"""
    if head.key.priority != other.key.priority:
        return head.key.priority > other.key.priority
    if head.urgency != other.urgency:
        return head.urgency > other.urgency
    return head.entry.id < other.entry.id
