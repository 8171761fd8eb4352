"""What the sweep looks at and what it finds. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec


class Law(StrEnum):
    """An invariant of routing.md section 5 that rows can show; its numeral there in brackets."""

    SERVED = "served"  # (i) nobody waits beside a free agent who may take them
    ONE_TAKER = "one_taker"  # (ii) a contact's state fits its open offer or assignment
    LOADS = "loads"  # (iii) an agent's loads are the sum of what they hold, and fit
    WAITED = "waited"  # (v) nothing lowers what a customer has waited
    TIMERS = "timers"  # (vi) what is due is fired
    STRETCHES = "stretches"  # what every figure is counted from: the running segment of a contact …
    STATE_TIMES = "state_times"  # … and the running interval of an agent


Fact = str | int | float | None


class Breach(NamedTuple):
    """A law that does not hold. `subject`: the id of a contact, for loads and state times that of
    an agent, for a timer whatever it belongs to. `facts`: ids, states and figures, and nothing a
    customer said.
    """

    law: Law
    subject: str
    facts: Mapping[str, Fact]

    @property
    def key(self) -> tuple[Law, str]:
        return self.law, self.subject


class Cursors(msgspec.Struct, frozen=True):
    """Where the next look goes on: behind these. "" and None: at the beginning."""

    contact: str = ""  # among all that are open
    waiting: tuple[str, int, int, str] | None = None  # in the order of the waiting line
    agent: str = ""


class ContactFacts(NamedTuple):
    """What rows say of a contact. `offers`, `assignments`: whom it is offered to, who has it;
    `stretches`: the kinds of its running segments; `is_dialling`: a call of ours, not answered yet.
    """

    id: str
    state: str
    is_dialling: bool
    agent_id: str | None
    offers: tuple[str, ...]
    assignments: tuple[str, ...]
    stretches: tuple[str, ...]


class Taken(NamedTuple):
    """An open offer or assignment that counts in its agent's load."""

    agent_id: str
    channel: str
    cost: int


class AgentFacts(NamedTuple):
    """What rows say of an agent. `open`: counted contacts by channel; `running`: the states of
    their running intervals; `taken`: what is really there.
    """

    id: str
    state: str
    capacity: int
    live: int
    deferred: int
    open: Mapping[str, int]
    running: tuple[str, ...]
    taken: tuple[Taken, ...]
