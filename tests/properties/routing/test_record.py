"""What a decision record tells decides nothing: with and without it the same pairs are made."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from hub.routing.engine import Engine
from hub.routing.model import (
    AgentChanged,
    AgentPicture,
    ContactGone,
    ContactQueued,
    Demands,
    Event,
    Overflow,
    ProposalSettled,
    QueueRules,
    Reserve,
    Rules,
    team_group,
)
from tests.unit.routing.build import (
    NOON,
    TARGETS,
    TIERS,
    a_contact,
    an_agent,
    changed,
    holding,
    queued,
    rules,
)

QUEUES = ("support", "sales", "billing")
DEMANDS: tuple[Demands, ...] = ((), (), (("french", 3),), (("french", 2), ("repair", 1)))
_CROWD, _EVENTS = 30, 150


def the_rules(chance: random.Random) -> Rules:
    """Return queues that help each other out and keep agents free."""
    return rules(
        *(
            QueueRules(
                name,
                strict=chance.random() < 0.3,
                reserves=(Reserve(chance.randint(1, 2), "phone"),) if chance.random() < 0.5 else (),
                overflow=tuple(
                    Overflow(chance.choice((group, team_group("back"))), after_s=after_s)
                    for group in QUEUES
                    if group != name and chance.random() < 0.5
                    for after_s in (0.0, 30.0)
                ),
            )
            for name in QUEUES
        )
    )


class Course:
    """What happens to one engine, by chance: it is the same for two engines that decide alike."""

    def __init__(self, seed: int, *, record: bool) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        self.engine = Engine(the_rules(self.chance), record=record)
        self.now = NOON
        self.agents: dict[str, AgentPicture] = {}
        self.made: list[tuple[str, str]] = []
        self.looks: list[datetime | None] = []  # when the engine looks again, after each event
        self.handle([self.arrival(number) for number in range(_CROWD)])
        for number in range(_CROWD, _CROWD + _EVENTS):
            self.now += timedelta(seconds=self.chance.choice((0.0, 0.5, 3.0, 12.0)))
            self.handle([self.event(number)])
            self.looks.append(self.engine.next_wake())

    def event(self, number: int) -> Event:
        chance = self.chance
        if chance.random() < 0.05:
            return ContactGone(f"c{chance.randrange(number + 1):04d}")
        return self.arrival(number) if chance.random() < 0.5 else self.somebody_is_free()

    def arrival(self, number: int) -> Event:
        chance = self.chance
        waited_s = chance.choice((0, 0, 5, 30, 400)) + chance.random()
        contact = a_contact(
            f"c{number:04d}",
            chance.choice(list(TARGETS)),
            chance.choice(TIERS),
            queue=chance.choice(QUEUES),
            waited_s=waited_s,
            now=self.now,
            demands=chance.choice(DEMANDS),
            last_agent=f"a{chance.randrange(8)}" if chance.random() < 0.2 else None,
        )
        return ContactQueued(contact)

    def somebody_is_free(self) -> Event:
        chance, key = self.chance, f"a{self.chance.randrange(8)}"
        agent = self.agents.get(key)
        if agent is None or chance.random() < 0.3:
            agent = an_agent(
                key,
                queues=tuple(chance.sample(QUEUES, chance.randint(1, 2))),
                skills={"french": 3, "repair": 2} if chance.random() < 0.4 else {},
                rest_until={"phone": self.now + timedelta(seconds=chance.choice((1, 20)))},
            )
        agent = structs.replace(agent, live_load=0, deferred_load=0, open={}, idle_since=self.now)
        agent = structs.replace(agent, teams=frozenset({"back"}))
        self.agents[key] = holding(agent, "webchat") if chance.random() < 0.4 else agent
        return AgentChanged(self.agents[key])

    def handle(self, events: list[Event]) -> None:
        """Tell the engine, and that what it proposes is taken up."""
        while events:
            proposals = self.engine.handle(events, self.now)
            events = []
            for one in proposals:
                self.made.append((one.contact_id, one.agent_id))
                agent = self.agents[one.agent_id] = holding(self.agents[one.agent_id], one.channel)
                events += [
                    ProposalSettled(one.contact_id, one.agent_id, made=True),
                    AgentChanged(agent),
                ]


@pytest.mark.parametrize("seed", range(8))
def test_a_decision_is_the_same_with_its_record_and_without(seed: int) -> None:
    told, untold = Course(seed, record=True), Course(seed, record=False)
    assert told.made == untold.made
    assert told.looks == untold.looks
    assert len(told.made) > _EVENTS / 10


def test_the_four_most_urgent_that_were_behind_are_told_the_first_of_each_line() -> None:
    engine = Engine(rules(QueueRules("support"), QueueRules("sales")))
    later = NOON + timedelta(seconds=60)
    queued(
        engine,
        a_contact("chosen", "phone", "gold", waited_s=20),  # 2.0
        a_contact("skilled", "webchat", "low", waited_s=180, demands=(("french", 1),)),  # 2.0
        a_contact("second", "webchat", "gold", waited_s=27),  # 1.8
        a_contact("behind-the-second", "webchat", "gold", waited_s=26),
        a_contact("let-pass", "webchat", "potential_gold", waited_s=45, excluded={"li": later}),
        a_contact("fourth", "webchat", "potential_gold", waited_s=25.5),  # 0.85
        a_contact("third", "webchat", "standard", queue="sales", waited_s=54),  # 0.9
        a_contact("sixth", "phone", "low", queue="sales", waited_s=36),  # 0.6
        a_contact("fifth", "email", "gold", waited_s=2880),  # 0.8
    )
    why = changed(engine, an_agent("li", queues=("support", "sales")))[0].why
    assert why.chosen.contact_id == "chosen"
    assert [one.contact_id for one in why.others] == ["second", "third", "fourth", "fifth"]
    assert [one.urgency for one in why.others] == [1.8, 0.9, 0.85, 0.8]
