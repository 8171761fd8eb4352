"""A console that applies every frame holds what the hub would send it in a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.agent_console.client import HeadlessAgent
from hub.agent_console.protocol import ServerFrame
from hub.agent_console.session import RECHECKED, ConsoleSession, DeskView
from hub.agent_console.shapes import ContactRow, InteractionView, OfferView
from tests.unit.agent_console.rows import CHEN, NOON, a_contact, a_desk, an_entry, an_offer, me
from tests.unit.agent_console.rows import waiting as waiting_of

IDS = st.sampled_from(["a", "b", "c", "d"])
VERSIONS = st.integers(1, 3)
TIERS = st.sampled_from(["gold", "standard"])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, ContactRow]:
    """Contacts by id, each of some version, with a customer who may have changed meanwhile."""
    made = {}
    for contact_id in draw(st.sets(IDS)):
        customer = msgspec.structs.replace(CHEN, tier=draw(TIERS))
        due = draw(st.sampled_from([None, NOON]))
        made[contact_id] = a_contact(
            contact_id, draw(VERSIONS), customer=customer, commitment_due_at=due
        )
    return made


@st.composite
def offers(draw: st.DrawFn) -> list[OfferView]:
    return [
        msgspec.structs.replace(
            an_offer(key),
            contact=a_contact(f"contact-{key}", draw(VERSIONS)),
            other_open=[
                a_contact(f"other-{one}", draw(VERSIONS)) for one in sorted(draw(st.sets(IDS)))
            ],
        )
        for key in sorted(draw(st.sets(st.sampled_from(["o", "p", "q"]))))
    ]


@st.composite
def desks(draw: st.DrawFn) -> DeskView:
    return a_desk(
        *draw(rows()).values(),
        offers=tuple(draw(offers())),
        to_do=list(draw(rows()).values()),
        me=me(version=draw(VERSIONS), state=draw(st.sampled_from(["ready", "not_ready"]))),
        ended_offers={key: draw(st.sampled_from(["expired", "accepted"])) for key in "opq"},
    )


class Talk:
    """A conversation as the store has it: it grows, and deliveries of its last entries change."""

    def __init__(self) -> None:
        self.entries: list[InteractionView] = []

    def grow(self, count: int) -> None:
        for _ in range(count):
            self.entries.append(an_entry(len(self.entries) + 1, "pending"))

    def deliver(self, back: int) -> None:
        if back < min(len(self.entries), RECHECKED):
            place = len(self.entries) - 1 - back
            self.entries[place] = msgspec.structs.replace(self.entries[place], delivery="sent")


@dataclass
class Wire:
    """A hub's session and a console, with everything that went between them."""

    session: ConsoleSession = field(default_factory=ConsoleSession)
    console: HeadlessAgent = field(default_factory=lambda: HeadlessAgent("http://hub.test", "key"))
    talk: Talk = field(default_factory=Talk)
    numbers: list[int] = field(default_factory=list)

    def send(self, frames: list[ServerFrame]) -> None:
        for frame in frames:
            number: Any = getattr(frame, "n", None)
            if number is not None:
                self.numbers.append(number)
            assert self.console._in_order(frame)
            self.console._apply(msgspec.json.decode(msgspec.json.encode(frame), type=ServerFrame))

    def read(self, *, recheck: bool = False) -> None:
        if "c" in self.session.followed:
            after = self.session.read_from("c", recheck=recheck)
            entries = [entry for entry in self.talk.entries if entry.seq > after]
            self.send(self.session.entries_read("c", after, entries, 0))


STEPS = st.one_of(
    st.tuples(st.just("desk"), desks()),
    st.tuples(st.just("rows"), desks()),
    st.tuples(st.just("resync"), desks()),
    st.tuples(st.just("figures"), st.integers(0, 5)),
    st.tuples(st.just("follow"), st.just(0)),
    st.tuples(st.just("grow"), st.integers(1, RECHECKED + 5)),
    st.tuples(st.just("deliver"), st.integers(0, RECHECKED)),
    st.tuples(st.just("notice"), st.just(0)),
)


def play(wire: Wire, step: tuple[str, Any], desk: DeskView) -> DeskView:
    """Do one step and send what it says; return the desk that is true now."""
    match step:
        case ("desk", DeskView() as now):
            wire.send(wire.session.desk_changed(now))
            return now
        case ("rows", DeskView() as now):
            frames = wire.session.rows_changed(
                wire.session.held_ids, {row.id: row for row in now.contacts}
            )
            if frames is None:  # more than the rows changed
                wire.send(wire.session.desk_changed(now))
                return now
            wire.send(frames)
            rows = {row.id: row for row in now.contacts}
            return replace(desk, contacts=[rows[row.id] for row in desk.contacts])
        case ("resync", DeskView() as now):
            wire.send(wire.session.snapshot(now, waiting_of(0), None))
            return now
        case ("figures", int() as count):
            wire.send(wire.session.figures_changed(waiting_of(count), None))
        case ("follow", _):
            known = wire.console.entries.get("c", {})
            wire.session.follow("c", max(known, default=0))
            wire.read()
        case ("grow", int() as count):
            wire.talk.grow(count)
            wire.read()
        case ("deliver", int() as back):
            wire.talk.deliver(back)
            wire.read(recheck=True)
        case _:
            wire.send(wire.session.notice("delivery_failed"))
    return desk


@settings(max_examples=150, deadline=None)
@given(desks(), st.lists(STEPS, max_size=15))
def test_a_console_that_applies_every_frame_holds_what_a_snapshot_would_show(
    first: DeskView, steps: list[tuple[str, Any]]
) -> None:
    wire, desk = Wire(), first
    wire.send(wire.session.snapshot(first, waiting_of(0), None))
    for step in steps:
        desk = play(wire, step, desk)
    console = wire.console
    assert console.me == desk.me
    assert console.contacts == {row.id: row for row in desk.contacts}
    assert console.offers == {offer.id: offer for offer in desk.offers}
    assert console.to_do == {row.id: row for row in desk.to_do}
    assert console.commitments == desk.commitments
    assert wire.numbers == list(range(1, len(wire.numbers) + 1))
    if "c" in wire.session.followed:
        assert [entry for _, entry in sorted(console.entries["c"].items())] == wire.talk.entries


@given(st.lists(st.integers(0, 5), max_size=10))
def test_the_ticker_shows_what_waits(counts: list[int]) -> None:
    wire = Wire()
    wire.send(wire.session.snapshot(a_desk(), waiting_of(0), None))
    for count in counts:
        wire.send(wire.session.figures_changed(waiting_of(count), None))
        assert wire.console.summary is not None
        assert wire.console.summary.waiting == count
