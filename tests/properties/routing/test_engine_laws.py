"""The invariants of routing.md section 5 under any course of events, against a store in memory.

The machine plays the store and the router: it keeps the true rows, lets some proposals fail as a
lost compare-and-set would, and tells the engine. After each settled event everything holds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs

from hub.hours import check_calendar, is_open
from hub.routing.engine import Engine
from hub.routing.model import (
    AgentChanged,
    AgentGone,
    AgentPicture,
    AgentState,
    ContactGone,
    ContactQueued,
    Demands,
    Event,
    Overflow,
    Proposal,
    ProposalSettled,
    QueueRules,
    Reserve,
    Tick,
    WaitingContact,
    team_group,
)
from hub.routing.moment import Moment
from hub.routing.reasons import obstacle_of, why_waiting
from hub.routing.record import Obstacle
from hub.routing.strategies import Head
from tests.unit.routing.build import CHANNELS, NOON, TIERS, a_contact, an_agent, rules

QUEUES = ("support", "sales")
AGENTS = tuple(f"agent-{n}" for n in range(5))
DEMANDS = ((), (("french", 3),), (("french", 3), ("repair", 1)))
HOURS = "hours"
seeds = st.integers(0, 2**16)
overflows = st.builds(
    Overflow,
    group=st.sampled_from(["sales", team_group("back")]),
    after_s=st.sampled_from([0.0, 30.0]),
    over_waiting=st.sampled_from([0, 0, 2]),
    when_closed=st.sampled_from([False, False, True]),
    when_nobody=st.sampled_from([False, False, True]),
    own_first=st.booleans(),
)


class Hub(RuleBasedStateMachine):
    """The truth: who waits, who holds what; and the engine beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.waiting: dict[str, WaitingContact] = {}
        self.held: dict[str, tuple[str, str]] = {}  # contact -> (agent, channel)
        self.agents: dict[str, AgentPicture] = {}
        self.last_place: dict[str, float] = {}
        self.count = 0

    @initialize(
        reserve=st.integers(0, 2),
        strict=st.booleans(),
        cap=st.sampled_from([None, 40.0]),
        overflow=st.lists(overflows, max_size=2),
        paused=st.sampled_from([False, False, False, True]),
    )
    def start(self, reserve, strict, cap, overflow, paused) -> None:  # type: ignore[no-untyped-def]  # strategies say the types
        reserves = (Reserve(reserve, "phone"),) if reserve else ()
        caps = {} if cap is None else {"webchat": cap}
        hours = check_calendar("Mon-Fri 09:00-12:05")
        support = QueueRules(
            "support", HOURS, reserves=reserves, cap_s=caps, overflow=tuple(overflow)
        )
        sales = QueueRules("sales", strict=strict, paused=paused)
        self.overflow: list[Overflow] = overflow
        self.paused: bool = paused
        self.engine = Engine(replace(rules(support, sales), calendars={HOURS: hours}))

    # ---- what may happen -----------------------------------------------------------------------

    @rule(
        queue=st.sampled_from(QUEUES),
        channel=st.sampled_from(sorted(CHANNELS)),
        tier=st.sampled_from(TIERS),
        steps=st.sampled_from([((),), *((d,) for d in DEMANDS[1:]), (DEMANDS[1], ())]),
        waited=st.integers(0, 200),
        priority=st.sampled_from([0, 0, 0, 1]),
        last=st.sampled_from([None, *AGENTS]),
        held_s=st.sampled_from([None, None, 20.0]),
        lose=seeds,
    )
    def arrive(self, lose: int, steps, waited, held_s, **given) -> None:  # type: ignore[no-untyped-def]  # strategies say the types
        self.count += 1
        contact = a_contact(
            f"contact-{self.count:04}",
            given["channel"],
            given["tier"],
            queue=given["queue"],
            waited_s=waited,
            now=self.now,
            steps=steps,
            priority=given["priority"],
            last_agent=given["last"],
            held_s=held_s if given["last"] else None,
        )
        self.waiting[contact.id] = contact
        self.tell([ContactQueued(contact)], lose)

    @rule(
        key=st.sampled_from(AGENTS),
        queues=st.sampled_from([("support",), ("sales",), QUEUES]),
        skills=st.sampled_from([{}, {"french": 4}, {"french": 3, "repair": 2}]),
        state=st.sampled_from([AgentState.READY, AgentState.READY, AgentState.NOT_READY]),
        teams=st.sampled_from([(), ("back",)]),
        lose=seeds,
    )
    def sign_in(self, key, queues, skills, state, teams, lose) -> None:  # type: ignore[no-untyped-def]  # strategies say the types
        known = self.agents.get(key) or an_agent(key)
        self.agents[key] = structs.replace(
            known,
            queues=frozenset(queues),
            teams=frozenset(teams),
            skills=skills,
            state=state,
            idle_since=self.now,
        )
        self.tell([AgentChanged(self.agents[key])], lose)

    @rule(key=st.sampled_from(AGENTS), lose=seeds)
    def sign_out(self, key: str, lose: int) -> None:
        if key in self.agents:
            self.agents[key] = structs.replace(self.agents[key], state=AgentState.OFFLINE)
            self.tell([AgentGone(key)], lose)

    @rule(pick=seeds, lose=seeds)
    def finish(self, pick: int, lose: int) -> None:
        if self.held:
            contact_id = sorted(self.held)[pick % len(self.held)]
            self.tell([AgentChanged(self.agents[self.give_back(contact_id)])], lose)

    @rule(pick=seeds, backoff=st.integers(1, 90), lose=seeds)
    def let_pass(self, pick: int, backoff: int, lose: int) -> None:
        """Declined or expired: back with its original start, kept from that agent for a while."""
        if not self.held:
            return
        contact_id = sorted(self.held)[pick % len(self.held)]
        contact = self.known[contact_id]
        agent_id = self.give_back(contact_id)
        until = self.now + timedelta(seconds=backoff)
        again = structs.replace(contact, excluded={**contact.excluded, agent_id: until})
        self.waiting[contact_id] = again
        self.tell([ContactQueued(again), AgentChanged(self.agents[agent_id])], lose)

    @rule(pick=seeds, lose=seeds)
    def leave(self, pick: int, lose: int) -> None:
        if self.waiting:
            contact_id = sorted(self.waiting)[pick % len(self.waiting)]
            del self.waiting[contact_id]
            self.tell([ContactGone(contact_id)], lose)

    @rule(seconds=st.integers(1, 120), lose=seeds)
    def wait(self, seconds: int, lose: int) -> None:
        """Time passes; the shell ticks whenever the engine asked for it."""
        end = self.now + timedelta(seconds=seconds)
        while (wake := self.engine.next_wake()) is not None and wake <= end:
            self.now = max(wake, self.now)
            self.tell([Tick()], lose)
        self.now = end
        self.tell([Tick()], lose)

    # ---- the store and the router --------------------------------------------------------------

    known: dict[str, WaitingContact] = {}  # noqa: RUF012 - set per instance in `tell`

    def give_back(self, contact_id: str) -> str:
        agent_id, channel = self.held.pop(contact_id)
        agent = self.agents[agent_id]
        cost = CHANNELS[channel].cost
        deferred = CHANNELS[channel].interruptible
        self.agents[agent_id] = structs.replace(
            agent,
            live_load=agent.live_load - (0 if deferred else cost),
            deferred_load=agent.deferred_load - (cost if deferred else 0),
            open={**agent.open, channel: agent.open[channel] - 1},
            idle_since=self.now,
        )
        return agent_id

    def tell(self, events: list[Event], lose: int) -> None:
        """Hand events over and settle every proposal; some of the first round are lost."""
        self.known = {**self.known, **self.waiting}
        for round_ in range(50):
            proposals = self.engine.handle(events, self.now)
            if not proposals:
                return
            assert len({proposal.contact_id for proposal in proposals}) == len(proposals)
            events = []
            for index, proposal in enumerate(proposals):
                made = bool(round_) or not (lose >> index) & 1
                events += self.settle(proposal, made)
        raise AssertionError("the engine proposes for ever")

    def settle(self, proposal: Proposal, made: bool) -> list[Event]:
        contact_id, agent_id = proposal.contact_id, proposal.agent_id
        contact = self.waiting[contact_id]
        agent = self.agents[agent_id]
        self.check_choice(proposal, contact)
        if not made:
            return [
                ProposalSettled(contact_id, agent_id, False),
                ContactQueued(contact),
                AgentChanged(agent),
            ]
        del self.waiting[contact_id]
        self.held[contact_id] = (agent_id, contact.channel)
        deferred = CHANNELS[contact.channel].interruptible
        agent = self.agents[agent_id] = structs.replace(
            agent,
            live_load=agent.live_load + (0 if deferred else proposal.cost),
            deferred_load=agent.deferred_load + (proposal.cost if deferred else 0),
            open={**agent.open, contact.channel: agent.open.get(contact.channel, 0) + 1},
        )
        assert agent.state is AgentState.READY
        assert max(agent.live_load, agent.deferred_load) <= agent.capacity
        assert agent.open[contact.channel] <= CHANNELS[contact.channel].maximum
        return [ProposalSettled(contact_id, agent_id, True), AgentChanged(agent)]

    def check_choice(self, proposal: Proposal, contact: WaitingContact) -> None:
        agent = self.agents[proposal.agent_id]
        assert contact.queue in agent.queues or self.may_help(agent, contact)
        assert not (self.paused and contact.queue == "sales")
        assert proposal.why.helps_out == (contact.queue not in agent.queues)
        until = contact.excluded.get(agent.id)
        assert until is None or until <= self.now
        assert all(agent.skills.get(skill, 0) >= least for skill, least in proposal.why.demands)
        assert len(proposal.why.agents) <= 5
        assert len(proposal.why.others) <= 4
        assert proposal.why.agents[0].agent_id == agent.id
        waited = self.now.timestamp() - contact.virtual_start_s
        assert abs(proposal.why.chosen.waited_s - waited) < 0.01

    def may_help(self, agent: AgentPicture, contact: WaitingContact) -> bool:
        """The rules of overflow in the plainest words, from the true rows alone.

        Proposals of one moment come one after the other, and earlier ones change what is true for
        later ones: so a queue was at least as long as it is told here, and an own contact that was
        late may be gone by now.
        """
        if contact.queue != "support":
            return False
        waited = self.now.timestamp() - contact.virtual_start_s
        in_line = sum(one.queue == "support" for one in self.waiting.values())
        own_staff = any(
            "support" in one.queues and one.state is not AgentState.OFFLINE
            for one in self.agents.values()
        )
        open_ = is_open(self.engine.rules.calendars[HOURS], self.now)
        return any(
            (o.group in agent.queues or o.group in {team_group(team) for team in agent.teams})
            and waited >= o.after_s
            and in_line >= o.over_waiting
            and not (o.when_closed and open_)
            and not (o.when_nobody and own_staff)
            for o in self.overflow
        )

    # ---- what always holds ---------------------------------------------------------------------

    @invariant()
    def nobody_waits_beside_an_agent_who_may_take_them(self) -> None:
        """(i): each obstacle of each agent is one the record can name."""
        if not hasattr(self, "engine"):
            return
        moment = Moment(self.engine.rules, self.now)
        for contact_id in self.waiting:
            entry = self.engine.entries[contact_id]
            assert entry.line is not None
            head = self.engine.head(entry, entry.line, moment)
            queue = entry.contact.queue
            for desk in (*self.engine.desks.members(queue), *self.engine.desks.helpers(queue)):
                obstacle = obstacle_of(self.engine, head, desk, moment)
                assert obstacle is not None, (contact_id, desk.id)
                if obstacle is Obstacle.HELPS_LATER:
                    self.check_later(self.agents[desk.id], entry.contact)
                    continue
                if obstacle is Obstacle.RESERVE:
                    assert head.urgency < 1
                if obstacle is Obstacle.KEPT:
                    self.check_kept(head, desk.id)
                if obstacle is Obstacle.HELD:
                    self.check_hold(entry.contact)
            self.check_step(entry.contact, head.key.step)

    def check_later(self, agent: AgentPicture, contact: WaitingContact) -> None:
        """Who does not help now may not, or has somebody of their own who is late."""
        assert contact.queue not in agent.queues
        if self.may_help(agent, contact):
            assert any(
                one.queue in agent.queues
                and self.now.timestamp() - one.virtual_start_s >= one.target_s
                for one in self.waiting.values()
            )

    def check_kept(self, head: Head, agent_id: str) -> None:
        """An agent with room is kept from it only for a more urgent one that finds no room."""
        moment = Moment(self.engine.rules, self.now)
        rivals = [
            self.engine.head(entry, entry.line, moment)
            for entry in self.engine.entries.values()
            if entry.line is not None and entry is not head.entry
        ]
        assert not CHANNELS[head.key.channel].interruptible
        assert any(
            (rival.key.priority, rival.urgency) > (head.key.priority, head.urgency)
            and rival.key.queue in self.agents[agent_id].queues
            and not CHANNELS[rival.key.channel].interruptible
            and self.agents[agent_id].state is AgentState.READY
            for rival in rivals
        )

    def check_hold(self, contact: WaitingContact) -> None:
        """A hold is for somebody who is signed in and serves the queue, and it has not ended."""
        agent = self.agents[contact.preferred_agent_id or ""]
        assert agent.state is not AgentState.OFFLINE
        assert contact.queue in agent.queues
        assert contact.held_until is not None
        assert contact.held_until > self.now

    def check_step(self, contact: WaitingContact, step: int) -> None:
        """Nobody waits at a step that no signed-in agent could meet while a later one could."""

        def could(demands: Demands) -> bool:
            return not demands or any(
                agent.state is not AgentState.OFFLINE
                and (contact.queue in agent.queues or self.helps(agent, contact.queue))
                and all(agent.skills.get(skill, 0) >= least for skill, least in demands)
                for agent in self.agents.values()
            )

        assert could(contact.steps[step]) or not any(map(could, contact.steps[step + 1 :]))

    def helps(self, agent: AgentPicture, queue: str) -> bool:
        """Might this agent ever help that queue out?"""
        groups = agent.queues | {team_group(team) for team in agent.teams}
        return queue == "support" and any(o.group in groups for o in self.overflow)

    @invariant()
    def the_engine_knows_exactly_who_waits(self) -> None:
        """(ii) and memory = store."""
        if not hasattr(self, "engine"):
            return
        assert set(self.engine.entries) == set(self.waiting)
        assert not set(self.waiting) & set(self.held)

    @invariant()
    def lines_are_first_come_first_served(self) -> None:
        """(iv): the order inside a line is that of the virtual starts; (v): none was moved."""
        if not hasattr(self, "engine"):
            return
        seen = 0
        for queue in QUEUES:
            for line in self.engine.lines.of_queue(queue):
                starts = [entry.virtual_start_s for entry in line.entries]
                assert starts == sorted(starts)
                assert all(
                    entry.virtual_start_s == self.waiting[entry.id].virtual_start_s
                    for entry in line.entries
                )
                seen += len(starts)
        assert seen == len(self.waiting)

    @invariant()
    def every_wait_can_be_explained(self) -> None:
        if not hasattr(self, "engine"):
            return
        moment = Moment(self.engine.rules, self.now)
        for contact_id in self.waiting:
            why = why_waiting(self.engine, contact_id, moment)
            assert why is not None
            assert 1 <= why.position <= len(self.waiting)


TestHub = Hub.TestCase
TestHub.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
