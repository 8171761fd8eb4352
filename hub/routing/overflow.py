"""When agents of another group help a queue out, and when they look again (routing.md 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hub.hours import next_closing

from .agents import Desks
from .bench import Fit
from .bunches import Bunch
from .desk import Desk
from .lines import Entry, Line, Lines
from .model import Overflow, Rules
from .moment import Moment
from .strategies import Head
from .wakes import Wake, Wakes


class Overflows:
    """Whether a helper may take a contact now; and who looks again when that changes."""

    def __init__(self, rules: Rules, lines: Lines, desks: Desks, wakes: Wakes) -> None:
        self._rules = rules
        self._lines = lines
        self._desks = desks
        self._wakes = wakes
        self.held_back: set[str] = set()  # queues whose own contacts keep somebody from helping
        self._closing: dict[str, datetime] = {}
        self._relieved = frozenset([one.id for one in rules.queues.values() if one.overflow])

    def takes_from(self, queue: str) -> bool:
        """Do others ever help this queue out?"""
        return queue in self._relieved

    def may_help(self, desk: Desk, head: Head, moment: Moment) -> bool:
        """May this agent, who helps the contact's queue out, take it now?"""
        return any(
            self.is_open(overflow, head, moment) and self._is_lent(overflow, desk, moment)
            for overflow in desk.helps.get(head.key.queue, ())
        )

    def lends(self, desk: Desk, head: Head, moment: Moment) -> bool:
        """Say what `may_help` does, and note whose own contacts keep them from it."""
        for overflow in desk.helps.get(head.key.queue, ()):
            if self.is_open(overflow, head, moment) and self._lends(overflow, desk, moment):
                return True
        return False

    def is_open(self, overflow: Overflow, head: Head, moment: Moment) -> bool:
        """Do the conditions on the contact and its queue hold?"""
        queue = head.key.queue
        return (
            head.waited_s >= overflow.after_s
            and self._lines.waiting(queue) >= overflow.over_waiting
            and not (overflow.when_closed and moment.is_open(queue))
            and not (overflow.when_nobody and self._desks.is_anybody_in(queue))
        )

    def _is_lent(self, overflow: Overflow, desk: Desk, moment: Moment) -> bool:
        """Can the agent be spared: is nobody they could serve themselves beyond the target?"""
        return not overflow.own_first or not self._is_own_late(desk, moment)

    def _lends(self, overflow: Overflow, desk: Desk, moment: Moment) -> bool:
        is_lent = self._is_lent(overflow, desk, moment)
        if not is_lent:
            self.held_back.update(desk.row.queues)
        return is_lent

    def _is_own_late(self, desk: Desk, moment: Moment) -> bool:
        return any(
            desk.serves(bunch.channel) and _is_late(bunch, moment.clock_s(alike.calendar_id))
            for queue in desk.row.queues
            if (lines := self._lines.of(queue)) is not None
            for alike in lines.common.values()
            if desk.meets(alike.demands)
            for bunch in alike.bunches
        )

    def helpers(self, head: Head, moment: Moment) -> list[Fit]:
        """Return who may help with this contact and has room for its channel, each once, the best
        fit first.
        """
        seen: set[str] = set()
        fits: list[Fit] = []
        queue = head.key.queue
        for overflow in self._rules.queues[queue].overflow:
            if not self.is_open(overflow, head, moment):
                continue
            bench = self._desks.bench(overflow.group, head.key.channel)
            for desk in bench.desks.values():
                if desk.id in seen or queue in desk.row.queues:
                    continue
                if self._lends(overflow, desk, moment):
                    seen.add(desk.id)
                    fits.append(bench.fit(desk))
        fits.sort()
        return fits

    # ---- who looks again -----------------------------------------------------------------------

    def on_queued(self, entry: Entry, line: Line, moment: Moment) -> Iterator[str]:
        """A contact stands in a line: set its wakes; yield the agents who are to look again."""
        queue = line.key.queue
        for overflow in self._rules.queues[queue].overflow:
            opens_s = entry.virtual_start_s + overflow.after_s
            if opens_s > moment.clock_s(line.key.calendar_id):
                at = self._rules.when(line.key.calendar_id, opens_s, moment.now)
                self._wakes.push(at + timedelta(milliseconds=1), Wake.CONTACT, entry.id)
            if 0 < overflow.over_waiting == self._lines.waiting(queue):
                yield from self._group(overflow)  # others there may have waited long enough
            if overflow.when_closed and queue not in self._closing:
                self._wake_at_closing(queue, moment)

    def on_taken(self, queue: str) -> Iterator[str]:
        """A contact left a queue: yield those whom it kept from helping others."""
        if queue in self.held_back:
            self.held_back.discard(queue)
            for desk in self._desks.ready_members(queue):
                if desk.helps:
                    yield desk.id

    def on_away(self, queues: Iterable[str]) -> Iterator[str]:
        """An agent of these queues signed out: yield who helps those that now have nobody."""
        for queue in queues:
            rules = self._rules.queues.get(queue)
            if rules is None or self._desks.is_anybody_in(queue):
                continue
            for overflow in rules.overflow:
                if overflow.when_nobody:
                    yield from self._group(overflow)

    def on_wake(self, queue: str, moment: Moment) -> Iterator[str]:
        """A queue has closed: yield its helpers; set the next wake while anybody waits there."""
        del self._closing[queue]
        for overflow in self._rules.queues[queue].overflow:
            if overflow.when_closed:
                yield from self._group(overflow)
        if self._lines.waiting(queue):
            self._wake_at_closing(queue, moment)

    def _wake_at_closing(self, queue: str, moment: Moment) -> None:
        calendar = self._rules.calendars.get(self._rules.queues[queue].calendar_id)
        at = None if calendar is None else next_closing(calendar, moment.now)
        if at is not None:
            self._closing[queue] = at
            self._wakes.push(at, Wake.QUEUE, queue)

    def _group(self, overflow: Overflow) -> list[str]:
        return [desk.id for desk in self._desks.ready_members(overflow.group)]


def _is_late(bunch: Bunch, clock_s: float) -> bool:
    """Has the most urgent of a bunch waited beyond its target?"""
    line = bunch.top_at(clock_s)
    return clock_s - line.first_s >= line.target_s
