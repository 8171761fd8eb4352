"""The matching engine: events in, proposals out. Pure and in memory; the router feeds it from the
store.

It holds a picture that can be rebuilt at any time. A contact that arrives looks for an agent, an
agent who becomes free looks for a contact; what is proposed counts as taken until its transaction
has answered (routing.md 3.16). Times are aware UTC datetimes given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from .agents import Desks
from .desk import OFFLINE, AgentRow, Desk
from .lines import Entry, Line, LineKey, Lines
from .matching import MOST_URGENT, PRIORITY, Choice, Matching
from .model import (
    AgentChanged,
    AgentGone,
    ContactGone,
    ContactQueued,
    Event,
    Proposal,
    ProposalSettled,
    Rules,
    WaitingContact,
)
from .moment import Moment
from .reasons import behind, why_chosen
from .record import MAX_LINES, NOT_RECORDED, Rule
from .strategies import Head
from .wakes import Wake, Wakes


class Versions(NamedTuple):
    contacts: dict[str, int]
    agents: dict[str, int]


class Engine:
    """`handle` is the only thing that changes it; an event costs the lines its agent can serve."""

    def __init__(self, rules: Rules, *, record: bool = True) -> None:
        self.rules, self._record = rules, record  # record: proposals say why
        self._most_told = MAX_LINES if record else 1
        self.lines = Lines(rules)
        self.desks = Desks(rules, self.lines)
        self.entries: dict[str, Entry] = {}
        self._wakes = Wakes()
        self.matching = Matching(rules, self.lines, self.desks, self.entries, self._wakes)
        self._keeping = self.matching.keeping
        self._proposed: dict[str, str] = {}  # contact -> agent, transaction under way
        self._arrived: dict[str, None] = {}
        self._freed: dict[str, None] = {}

    def handle(self, events: Iterable[Event], now: datetime) -> list[Proposal]:
        """Take over what happened, then propose every pair that is possible now.

        A Tick tells nothing but the time.
        """
        moment = Moment(self.rules, now)
        for event in events:
            self._apply(event, moment)
        if (due := self._wakes.next()) is not None and due <= now:
            self._wake(moment)
        self.desks.count()
        proposals: list[Proposal] = []
        while self._freed or self._arrived:
            freed, arrived = self._freed, self._arrived
            self._freed, self._arrived = {}, {}
            if freed:
                for agent_id in freed if len(freed) == 1 else self.desks.longest_idle_first(freed):
                    desk = self.desks.get(agent_id)
                    if desk is not None:
                        self._fill(desk, moment, proposals)
            if arrived:
                for entry in self._most_urgent_first(arrived, moment):
                    self._place(entry, moment, proposals)
        return proposals

    def next_wake(self) -> datetime | None:
        """Return when the next Tick is due: an exclusion, a hold, a rest or a reserve ends."""
        return self._wakes.next()

    def versions(self) -> Versions:
        """Return the row versions this picture was made of; proposed contacts are left out."""
        return Versions(
            contacts={key: e.contact.version for key, e in self.entries.items() if e.line},
            agents=self.desks.versions(),
        )

    # ---- what happened -------------------------------------------------------------------------

    def _apply(self, event: Event, moment: Moment) -> None:
        if isinstance(event, AgentChanged):
            self._put_agent(AgentRow(event.agent), moment)
        elif isinstance(event, ContactQueued):
            self._put(event.contact, moment)
        elif isinstance(event, ProposalSettled):
            self._settle(event.contact_id, event.agent_id)
        elif isinstance(event, ContactGone):
            self._drop(event.contact_id)
        elif isinstance(event, AgentGone):
            self._drop_agent(event.agent_id, moment)

    def _put(self, contact: WaitingContact, moment: Moment) -> None:
        before = self.entries.get(contact.id)
        if before is not None:
            self.lines.take(before)
        entry = self.entries[contact.id] = Entry(contact)
        if contact.id in self._proposed:
            return  # its fresh row comes again once the transaction has answered
        self._enter(entry, moment)
        if contact.held_until is not None:
            self._wake_at(contact.held_until, Wake.CONTACT, contact.id, moment)
        if entry.excluded:
            for until in entry.excluded.values():
                self._wake_at(until, Wake.CONTACT, contact.id, moment)

    def _wake_at(self, until: datetime, kind: Wake, key: str, moment: Moment) -> None:
        if until > moment.now:
            self._wakes.push(until, kind, key)

    def _drop(self, contact_id: str) -> None:
        entry = self.entries.pop(contact_id, None)
        if entry is not None:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        """Out of its line; an agent who was kept for it, or kept from others by it, looks again."""
        self.lines.take(entry)
        if released := self._keeping.release(entry.id):
            for agent_id in released:
                self._free(agent_id)
        overflows = self.matching.overflows
        if overflows.held_back:
            for agent_id in overflows.on_taken(entry.contact.queue):
                self._free(agent_id)

    def _enter(self, entry: Entry, moment: Moment) -> None:
        """Into the line where it belongs now; who is kept for it stays so, if they still can."""
        self.lines.take(entry)
        key = self._key(entry.contact, moment)
        line = self.lines.put(entry, key)
        self._arrived[entry.id] = None
        for agent_id in self._keeping.unfit(key, entry.id):
            self._free(agent_id)
        if self.matching.overflows.takes_from(key.queue):
            for agent_id in self.matching.overflows.on_queued(entry, line, moment):
                self._free(agent_id)

    def _put_agent(self, row: AgentRow, moment: Moment) -> None:
        if row.state is OFFLINE:
            self._drop_agent(row.id, moment)
            return
        before = self.desks.get(row.id)
        moves = before is not None and not before.row.reaches_like(row)
        served = (*before.row.queues, *before.helps) if before is not None and moves else ()
        regrouped = before is not None and moves and before.row.queues != row.queues
        desk = self.desks.put(row, before, moves=moves)
        if not desk.is_ready or regrouped:
            self._keep_another(row.id)
        if moves:
            self._reconsider(row.id, served, moment)
        self._free(row.id)
        if row.rest_until:
            for until in row.rest_until.values():
                self._wake_at(until, Wake.AGENT, row.id, moment)
        if self.matching.withheld_in:
            self._free_withheld(row.queues)

    def _drop_agent(self, agent_id: str, moment: Moment) -> None:
        desk = self.desks.get(agent_id)
        if desk is None:
            return
        self.desks.remove(agent_id)
        for helper_id in self.matching.overflows.on_away(desk.row.queues):
            self._free(helper_id)
        self._keep_another(agent_id)
        self._reconsider(agent_id, (*desk.row.queues, *desk.helps), moment)
        self._free_withheld(desk.row.queues)

    def _keep_another(self, agent_id: str) -> None:
        contact_id = self._keeping.agent_away(agent_id)
        if contact_id is not None:
            self._arrived[contact_id] = None

    def _settle(self, contact_id: str, agent_id: str) -> None:
        """The transaction answered: forget the pair; fresh rows of both come with this event."""
        self._proposed.pop(contact_id, None)
        self._drop(contact_id)
        desk = self.desks.get(agent_id)
        if desk is not None:
            desk.proposed.pop(contact_id, None)
            self.desks.uncount(desk)
            self._free(agent_id)

    def _free(self, agent_id: str) -> None:
        self._freed[agent_id] = None

    def _free_withheld(self, queues: Iterable[str]) -> None:
        """Somebody's coming or going may lift a reserve: those kept free look again."""
        withheld_in = self.matching.withheld_in
        if not withheld_in:
            return
        for queue in withheld_in.intersection(queues):
            withheld_in.discard(queue)
            for desk in self.desks.ready_members(queue):
                if desk.is_idle:
                    self._free(desk.id)

    def _reconsider(self, agent_id: str, queues: Iterable[str], moment: Moment) -> None:
        """An agent left or changed: contacts held for them, or at a skill step that nobody could
        meet any more, move.
        """
        for queue in queues:
            for line in self.lines.of_queue(queue):
                key = line.key
                nobody = key.demands and not self.desks.can_meet(key.demands, queue, key.channel)
                if not nobody and key.held_for != agent_id:
                    continue
                for entry in line.entries:
                    now_key = self._key(entry.contact, moment)
                    if now_key.step != key.step or now_key.held_for != key.held_for:
                        self._enter(entry, moment)

    def _wake(self, moment: Moment) -> None:
        for kind, key in self._wakes.due(moment.now):
            if kind is Wake.AGENT:
                self._free(key)
            elif kind is Wake.QUEUE:
                for agent_id in self.matching.overflows.on_wake(key, moment):
                    self._free(agent_id)
            else:
                entry = self.entries.get(key)
                if entry is not None and entry.line is not None:
                    self._enter(entry, moment)

    # ---- which line ----------------------------------------------------------------------------

    def _key(self, contact: WaitingContact, moment: Moment) -> LineKey:
        return self.lines.key(contact, self._step(contact), self._held_for(contact, moment.now))

    def _step(self, contact: WaitingContact) -> int:
        """The present skill step; one that nobody signed in could meet is skipped for a later."""
        steps = contact.steps
        for index in range(contact.step, len(steps)):
            demands = steps[index]
            if not demands or self.desks.can_meet(demands, contact.queue, contact.channel):
                return index
        return contact.step

    def _held_for(self, contact: WaitingContact, now: datetime) -> str | None:
        agent_id, until = contact.preferred_agent_id, contact.held_until
        if agent_id is None or until is None or until <= now:
            return None
        desk = self.desks.get(agent_id)
        return agent_id if desk is not None and contact.queue in desk.row.queues else None

    # ---- pairs ---------------------------------------------------------------------------------

    def _most_urgent_first(self, contact_ids: Iterable[str], moment: Moment) -> list[Entry]:
        entries = [self.entries[key] for key in contact_ids if key in self.entries]
        return entries if len(entries) < 2 else self._in_turn(entries, moment)

    def _in_turn(self, entries: list[Entry], moment: Moment) -> list[Entry]:
        def turn(entry: Entry) -> tuple[int, float, str]:
            head = self.head(entry, entry.line, moment) if entry.line else None
            return (-entry.contact.priority, -head.urgency if head else 0.0, entry.id)

        return sorted(entries, key=turn)

    def head(self, entry: Entry, line: Line, moment: Moment) -> Head:
        """Return an entry with the parts of its urgency."""
        return self.matching.head(entry, line, moment)

    def _fill(self, desk: Desk, moment: Moment, proposals: list[Proposal]) -> None:
        """An agent has room: give them, or whoever suits better, the contacts whose turn it is."""
        if lacking := self._keeping.lacking(desk, moment):
            self._keeping.adopt(desk, self.matching.firsts(desk, lacking, moment))
        while desk.takes and (best := self.matching.best(desk, moment)) is not None:
            head, rule = best
            others = behind(self, head, desk, moment) if self._record else ()
            choice = self.matching.choose_or(desk, head, moment, self._most_told)
            if choice is None:
                raise RuntimeError(f"{desk.id} may take {head.line()}, and nobody may")
            proposals.append(self._propose(head, rule, choice, others, moment))

    def _place(self, entry: Entry, moment: Moment, proposals: list[Proposal]) -> None:
        """A contact came: give it to the agent who suits best, if one has room."""
        line = entry.line
        if line is None or self.matching.is_paused(line.key.queue):
            return
        head = self.head(entry, line, moment)
        choice = self.matching.choose(head, moment, self._most_told)
        if choice is None:
            if self._keeping.keep(head, moment):
                self.matching.wake_at_share(head, int(head.urgency) + 1, moment)
            return
        rule = PRIORITY if line.key.priority > 0 else MOST_URGENT
        proposals.append(self._propose(head, rule, choice, (), moment))

    def _propose(
        self,
        head: Head,
        rule: Rule,
        choice: Choice,
        others: Sequence[Head],
        moment: Moment,
    ) -> Proposal:
        desk, contact_id, key = choice.desk, head.entry.id, head.key
        why = NOT_RECORDED
        if self._record:
            why = why_chosen(self, head, rule, choice, others, moment)
        terms = desk.terms.by_channel[key.channel]
        self._take(head.entry)
        self._proposed[contact_id] = desk.id
        desk.propose(contact_id, terms)
        self.desks.note_room(desk)
        return Proposal(
            contact_id=contact_id,
            agent_id=desk.id,
            queue=key.queue,
            channel=key.channel,
            cost=terms.cost,
            expires_at=moment.now + terms.offered_for,
            why=why,
        )
