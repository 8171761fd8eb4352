"""What follows from one event after the other, as it goes on an ordinary day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hub.channels.phone.model import (
    Call,
    Cause,
    Connection,
    Event,
    LegEvent,
    LegState,
    Role,
    RoomEvent,
    RoomMoment,
    Step,
    Todo,
    Verdict,
)
from hub.channels.phone.reducer import reduce

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class Line:
    """A call with one connection, fed with events."""

    call: Call = field(default_factory=lambda: Call("k", "hotline", "CA", "+1", "+2", "en", NOON))
    connection: Connection = field(
        default_factory=lambda: Connection("c", "agent", "client:agent", NOON)
    )
    second: int = 0

    def feed(self, event: Event) -> list[Step]:
        reduced = reduce(self.call, self.connection, event)
        assert reduced.connection is not None
        self.call, self.connection = reduced.call, reduced.connection
        return list(reduced.steps)

    def leg(
        self, state: LegState, cause: Cause | None = None, *, agent: bool = False
    ) -> list[Todo]:
        self.second += 1
        at = NOON + timedelta(seconds=self.second)
        event = LegEvent(state, at, "sid", cause, "c" if agent else None)
        return [step.todo for step in self.feed(event)]

    def room(self, role: Role, moment: RoomMoment) -> list[Todo]:
        self.second += 1
        at = NOON + timedelta(seconds=self.second)
        event = RoomEvent("c", role, moment, at, self.second, "CF")
        return [step.todo for step in self.feed(event)]


def joined() -> Line:
    line = Line()
    line.leg(LegState.ANSWERED, agent=True)
    line.room(Role.AGENT, RoomMoment.JOINED)
    line.room(Role.CUSTOMER, RoomMoment.JOINED)
    return line


def test_the_caller_is_brought_once_the_agent_is_there_and_only_then_answered() -> None:
    line = Line()
    assert line.leg(LegState.RINGING, agent=True) == []
    assert line.leg(LegState.ANSWERED, agent=True) == []
    assert line.room(Role.AGENT, RoomMoment.JOINED) == [Todo.BRING_CUSTOMER]
    assert line.room(Role.CUSTOMER, RoomMoment.JOINED) == [Todo.TELL_JOINED]
    assert line.connection.verdict is Verdict.JOINED


def test_an_agent_who_did_not_answer_is_told_with_the_reason() -> None:
    line = Line()
    steps = line.feed(LegEvent(LegState.ENDED, NOON, "sid", Cause.BUSY, "c"))
    assert [step.todo for step in steps] == [Todo.TELL_FAILED]
    assert steps[0].detail == "The agent's phone is busy."


def test_an_agent_lost_after_answering_is_settled_even_if_the_room_was_never_heard_of() -> None:
    line = Line()
    line.leg(LegState.ANSWERED, agent=True)
    assert line.leg(LegState.ENDED, Cause.COMPLETED, agent=True) == [Todo.TAKE_BACK]


def test_a_caller_who_hangs_up_ends_the_ringing_of_the_agent() -> None:
    line = Line()
    line.leg(LegState.RINGING, agent=True)
    assert line.leg(LegState.ENDED, Cause.COMPLETED) == [Todo.TELL_CUSTOMER_LEFT, Todo.END_AGENT]
    assert line.leg(LegState.ENDED, Cause.CANCELLED, agent=True) == []


def test_an_agent_who_arrives_after_the_caller_left_is_sent_away() -> None:
    line = Line()
    line.leg(LegState.ENDED, Cause.COMPLETED)
    assert line.room(Role.AGENT, RoomMoment.JOINED) == [Todo.END_AGENT]


def test_an_agent_lost_while_talking_is_settled_with_the_provider_before_it_is_told() -> None:
    line = joined()
    assert line.room(Role.AGENT, RoomMoment.LEFT) == [Todo.TAKE_BACK]
    assert line.connection.verdict is Verdict.LEFT
    assert line.leg(LegState.ENDED, Cause.COMPLETED, agent=True) == []


def test_a_released_agents_end_is_no_news() -> None:
    line = joined()
    line.connection = replace(line.connection, released=True)
    assert line.room(Role.AGENT, RoomMoment.LEFT) == []
    assert line.leg(LegState.ENDED, Cause.COMPLETED, agent=True) == []


def test_hold_is_told_each_way_and_an_overtaken_event_is_not() -> None:
    line = joined()
    held = RoomEvent("c", Role.CUSTOMER, RoomMoment.HELD, NOON, 10)
    resumed = RoomEvent("c", Role.CUSTOMER, RoomMoment.RESUMED, NOON, 11)
    late = RoomEvent("c", Role.CUSTOMER, RoomMoment.HELD, NOON, 9)
    assert [step.todo for step in line.feed(held)] == [Todo.TELL_HELD]
    assert line.feed(held) == []
    assert [step.todo for step in line.feed(resumed)] == [Todo.TELL_RESUMED]
    assert line.feed(late) == []


def test_a_caller_who_leaves_a_message_has_not_abandoned() -> None:
    line = Line()
    line.call = replace(line.call, voicemail=True)
    assert Todo.TELL_CUSTOMER_LEFT not in line.leg(LegState.ENDED, Cause.COMPLETED)


def test_who_hung_up_and_after_how_long_is_told() -> None:
    line = Line()
    at = NOON + timedelta(seconds=75)
    steps = line.feed(LegEvent(LegState.ENDED, at, "CA", Cause.COMPLETED))
    assert steps[0].detail == "The caller hung up after 1:15."
