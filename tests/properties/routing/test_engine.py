"""What holds after every event, whatever came before (routing.md section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from hub.routing.engine import Engine
from hub.routing.model import (
    AgentChanged,
    AgentGone,
    AgentPicture,
    AgentState,
    ContactGone,
    ContactQueued,
    Event,
    Proposal,
    ProposalSettled,
    Tick,
    WaitingContact,
)
from tests.unit.routing.build import CHANNELS, NOON, TIERS, a_contact, an_agent, rules

AGENTS = ("ann", "bob", "cat")
QUEUES = ("support", "sales")


@dataclass
class World:
    """The store's side of the game: what is true, however the engine pictures it."""

    engine: Engine
    now: datetime = NOON
    waiting: dict[str, WaitingContact] = field(default_factory=dict)
    held: dict[str, tuple[str, str]] = field(default_factory=dict)  # contact -> agent, channel
    ready: dict[str, AgentPicture] = field(default_factory=dict)

    def picture(self, agent_id: str) -> AgentPicture:
        """The agent's row with the loads that follow from what they hold."""
        channels = [channel for agent, channel in self.held.values() if agent == agent_id]
        live = sum(CHANNELS[c].cost for c in channels if not CHANNELS[c].interruptible)
        deferred = sum(CHANNELS[c].cost for c in channels if CHANNELS[c].interruptible)
        count = {channel: channels.count(channel) for channel in set(channels)}
        return structs.replace(
            self.ready[agent_id], live_load=live, deferred_load=deferred, open=count
        )

    def settle(self, proposals: list[Proposal]) -> None:
        """Every proposal's transaction succeeds; its answer may lead to more."""
        while proposals:
            events: list[Event] = []
            for proposal in proposals:
                assert proposal.contact_id in self.waiting, "offered twice, or not waiting"
                self.waiting.pop(proposal.contact_id)
                self.held[proposal.contact_id] = (proposal.agent_id, proposal.channel)
                self.check_room(proposal.agent_id)
                events += [
                    ProposalSettled(proposal.contact_id, proposal.agent_id, made=True),
                    AgentChanged(self.picture(proposal.agent_id)),
                ]
            proposals = self.engine.handle(events, self.now)

    def check_room(self, agent_id: str) -> None:
        picture = self.picture(agent_id)
        assert picture.live_load <= picture.capacity
        assert picture.deferred_load <= picture.capacity
        for channel, count in picture.open.items():
            assert count <= CHANNELS[channel].maximum


def may_take(
    world: World, agent_id: str, contact: WaitingContact, *, empty_handed: bool = False
) -> bool:
    """The rule in the plainest words: ready, of the queue, skilled, with room, not excluded."""
    picture = world.ready[agent_id] if empty_handed else world.picture(agent_id)
    channel = CHANNELS[contact.channel]
    beside = picture.live_load + (picture.deferred_load if channel.interruptible else 0)
    return (
        picture.state is AgentState.READY
        and contact.queue in picture.queues
        and all(picture.skills.get(skill, 0) >= grade for skill, grade in contact.steps[0])
        and picture.open.get(contact.channel, 0) < channel.maximum
        and beside + channel.cost <= picture.capacity
        and contact.excluded.get(agent_id, world.now) <= world.now
    )


def is_kept(world: World, agent_id: str, contact: WaitingContact) -> bool:
    """Is the agent's room kept for a live contact that is more urgent and finds none (decision 10)?

    An interruptible contact stands aside for it, so it goes on.
    """
    if CHANNELS[contact.channel].interruptible:
        return False
    return any(
        urgency(other, world.now) > urgency(contact, world.now)
        and not CHANNELS[other.channel].interruptible
        and may_take(world, agent_id, other, empty_handed=True)
        and not may_take(world, agent_id, other)
        for other in world.waiting.values()
    )


def urgency(contact: WaitingContact, now: datetime) -> float:
    return (now.timestamp() - contact.virtual_start_s) / contact.target_s


moves = st.lists(
    st.one_of(
        st.tuples(
            st.just("arrive"),
            st.sampled_from(sorted(CHANNELS)),
            st.sampled_from(TIERS),
            st.sampled_from(QUEUES),
            st.integers(0, 3),
            st.sampled_from(["", "ann", "bob"]),
        ),
        st.tuples(st.just("leave"), st.integers(0, 50)),
        st.tuples(st.just("finish"), st.integers(0, 50)),
        st.tuples(st.just("state"), st.sampled_from(AGENTS), st.sampled_from(list(AgentState))),
        st.tuples(st.just("later"), st.integers(1, 120)),
    ),
    max_size=40,
)


def play(world: World, move: tuple[object, ...], number: int) -> None:
    match move:
        case ("arrive", str(channel), str(tier), str(queue), int(grade), str(excluded)):
            until = {excluded: world.now + timedelta(seconds=30)} if excluded else {}
            contact = a_contact(
                f"c{number:03}",
                channel,
                tier,
                queue=queue,
                now=world.now,
                demands=(("repair", grade),) if grade else (),
                excluded=until,
            )
            world.waiting[contact.id] = contact
            world.settle(world.engine.handle([ContactQueued(contact)], world.now))
        case ("leave", int(index)) if world.waiting:
            contact_id = sorted(world.waiting)[index % len(world.waiting)]
            del world.waiting[contact_id]
            world.settle(world.engine.handle([ContactGone(contact_id)], world.now))
        case ("finish", int(index)) if world.held:
            contact_id = sorted(world.held)[index % len(world.held)]
            agent_id, _ = world.held.pop(contact_id)
            world.settle(world.engine.handle([AgentChanged(world.picture(agent_id))], world.now))
        case ("state", str(agent_id), AgentState() as state):
            world.ready[agent_id] = structs.replace(world.ready[agent_id], state=state)
            event: Event = (
                AgentGone(agent_id)
                if state is AgentState.OFFLINE
                else AgentChanged(world.picture(agent_id))
            )
            world.settle(world.engine.handle([event], world.now))
        case ("later", int(seconds)):
            world.now += timedelta(seconds=seconds)
            world.settle(world.engine.handle([Tick()], world.now))
        case _:
            pass


def a_world() -> World:
    world = World(Engine(rules(*(replace(rules().queues["support"], id=q) for q in QUEUES))))
    for agent_id, queues, grade in zip(
        AGENTS, (QUEUES, QUEUES[:1], QUEUES[1:]), (3, 0, 1), strict=True
    ):
        world.ready[agent_id] = an_agent(
            agent_id, queues=queues, skills={"repair": grade} if grade else {}
        )
        world.engine.handle([AgentChanged(world.picture(agent_id))], world.now)
    return world


@settings(max_examples=300, deadline=None)
@given(moves)
def test_nobody_waits_while_somebody_could_take_them(moves: list[tuple[object, ...]]) -> None:
    world = a_world()
    for number, move in enumerate(moves):
        play(world, move, number)
        for contact in world.waiting.values():
            free = [
                agent_id
                for agent_id in AGENTS
                if may_take(world, agent_id, contact) and not is_kept(world, agent_id, contact)
            ]
            assert not free, f"{contact.id} waits though {free} could take it"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TIERS), st.integers(0, 300)), min_size=2, max_size=12))
def test_the_freed_agent_gets_the_contact_with_most_of_its_promise_used(
    waits: list[tuple[str, int]],
) -> None:
    engine = Engine(rules())
    contacts = [
        a_contact(f"c{number:02}", "phone", tier, waited_s=waited)
        for number, (tier, waited) in enumerate(waits)
    ]
    engine.handle([ContactQueued(contact) for contact in contacts], NOON)
    [proposal] = engine.handle([AgentChanged(an_agent("ann"))], NOON)
    urgency = {
        contact.id: (NOON.timestamp() - contact.virtual_start_s) / contact.target_s
        for contact in contacts
    }
    assert urgency[proposal.contact_id] == max(urgency.values())


@settings(max_examples=200, deadline=None)
@given(st.permutations(range(6)))
def test_a_line_is_served_by_waited_time_however_it_was_filled(order: list[int]) -> None:
    engine = Engine(rules())
    for number in order:
        contact = a_contact(f"c{number}", "phone", waited_s=float(number * 10))
        engine.handle([ContactQueued(contact)], NOON)
    served: list[str] = []
    events: list[Event] = [AgentChanged(an_agent("ann"))]
    while proposals := engine.handle(events, NOON):
        served += [proposal.contact_id for proposal in proposals]
        events = [
            ProposalSettled(served[-1], "ann", made=True),
            AgentChanged(an_agent("ann")),  # she has ended it at once and is free again
        ]
    assert served == [f"c{number}" for number in range(5, -1, -1)]
