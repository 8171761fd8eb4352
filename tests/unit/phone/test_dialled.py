"""What follows from news of a call of ours, as it goes on an ordinary day and on others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.channels.phone.dialled import read_not_reached
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
from hub.contacts.model import CallOutcome

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def a_call() -> Call:
    return Call("k", "hotline", None, "+8621", "+8613800138000", "en", NOON, outbound=True)


@dataclass
class Line:
    """A call of ours with the agent who began it, fed with events."""

    call: Call = field(default_factory=a_call)
    connection: Connection = field(
        default_factory=lambda: Connection("c", "agent", "client:agent", NOON, dials=True)
    )
    second: int = 0

    def feed(self, event: Event) -> list[Step]:
        reduced = reduce(self.call, self.connection, event)
        assert reduced.connection is not None
        self.call, self.connection = reduced.call, reduced.connection
        return list(reduced.steps)

    def customer(self, state: LegState, cause: Cause | None = None) -> list[Step]:
        return self.feed(LegEvent(state, self._at(), "CA-customer", cause))

    def agent(self, state: LegState, cause: Cause | None = None) -> list[Step]:
        return self.feed(LegEvent(state, self._at(), "CA-agent", cause, "c"))

    def room(self, role: Role, moment: RoomMoment) -> list[Step]:
        at = self._at()
        return self.feed(RoomEvent("c", role, moment, at, self.second, "CF"))

    def dial(self) -> None:
        """What the worker keeps before it asks the provider."""
        self.call = replace(self.call, dialled_at=NOON)

    def _at(self) -> datetime:
        self.second += 1
        return NOON + timedelta(seconds=self.second)


def ringing() -> Line:
    line = Line()
    line.agent(LegState.ANSWERED)
    line.room(Role.AGENT, RoomMoment.JOINED)
    line.dial()
    line.customer(LegState.RINGING)
    return line


def talking() -> Line:
    line = ringing()
    line.customer(LegState.ANSWERED)
    line.room(Role.CUSTOMER, RoomMoment.JOINED)
    return line


def todos(steps: list[Step]) -> list[Todo]:
    return [step.todo for step in steps]


def test_the_customer_is_called_only_when_the_agent_is_in_the_room() -> None:
    line = Line()
    assert line.agent(LegState.RINGING) == []
    assert line.agent(LegState.ANSWERED) == []
    arrived = line.room(Role.AGENT, RoomMoment.JOINED)
    assert todos(arrived) == [Todo.TELL_DIALLING, Todo.BRING_CUSTOMER]


def test_each_stage_is_told_once_and_an_answer_is_the_customer_in_the_room() -> None:
    line = Line()
    line.room(Role.AGENT, RoomMoment.JOINED)
    line.dial()
    assert todos(line.customer(LegState.RINGING)) == [Todo.TELL_RINGING]
    assert line.customer(LegState.RINGING) == []
    assert line.customer(LegState.ANSWERED) == []
    assert todos(line.room(Role.CUSTOMER, RoomMoment.JOINED)) == [Todo.TELL_JOINED]
    assert line.call.sid == "CA-customer"


def test_ringing_that_comes_after_the_answer_is_no_news() -> None:
    line = Line()
    line.room(Role.AGENT, RoomMoment.JOINED)
    line.dial()
    line.customer(LegState.ANSWERED)
    assert line.customer(LegState.RINGING) == []


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (Cause.BUSY, CallOutcome.BUSY),
        (Cause.NO_ANSWER, CallOutcome.NO_ANSWER),
        (Cause.FAILED, CallOutcome.FAILED),
        (Cause.CANCELLED, CallOutcome.CANCELLED),
    ],
)
def test_a_customer_not_reached_is_told_and_the_agent_let_go(
    cause: Cause, outcome: CallOutcome
) -> None:
    told, let_go = ringing().customer(LegState.ENDED, cause)
    assert read_not_reached(told.detail)[0] is outcome
    assert let_go.todo is Todo.END_AGENT


def test_words_of_the_provider_may_hold_colons() -> None:
    assert read_not_reached("failed:refused:Twilio 400: no") == (
        CallOutcome.FAILED,
        "refused",
        "Twilio 400: no",
    )


def test_an_agent_not_reached_ends_it_before_the_customer_was_called() -> None:
    line = Line()
    (told,) = line.agent(LegState.ENDED, Cause.NO_ANSWER)
    assert read_not_reached(told.detail)[:2] == (CallOutcome.FAILED, "agent_no_answer")
    assert line.call.leg.ended


def test_an_agent_gone_while_it_rings_stops_the_ringing_and_it_counts_as_given_up() -> None:
    line = ringing()
    assert todos(line.agent(LegState.ENDED, Cause.COMPLETED)) == [Todo.END_CUSTOMER]
    (told,) = line.customer(LegState.ENDED, Cause.CANCELLED)
    assert read_not_reached(told.detail)[0] is CallOutcome.CANCELLED


def test_the_agent_who_hangs_up_ends_the_talk_instead_of_leaving_the_customer_waiting() -> None:
    line = talking()
    assert todos(line.agent(LegState.ENDED, Cause.COMPLETED)) == [Todo.END_CUSTOMER]
    assert line.connection.verdict is Verdict.LEFT
    left = line.customer(LegState.ENDED, Cause.COMPLETED)
    assert todos(left) == [Todo.TELL_CUSTOMER_LEFT]


def test_a_customers_phone_heard_of_after_the_agent_left_is_ended() -> None:
    line = Line()
    line.room(Role.AGENT, RoomMoment.JOINED)
    line.dial()
    assert todos(line.agent(LegState.ENDED, Cause.COMPLETED)) == [Todo.END_CUSTOMER]  # no name yet
    assert todos(line.customer(LegState.CREATED)) == [Todo.END_CUSTOMER]


def test_the_end_of_a_talk_that_overtakes_its_beginning_is_no_failure() -> None:
    line = ringing()
    steps = line.customer(LegState.ENDED, Cause.COMPLETED)
    assert todos(steps) == [Todo.TELL_CUSTOMER_LEFT, Todo.END_AGENT]


def test_hold_is_told_as_in_any_call() -> None:
    line = talking()
    held = RoomEvent("c", Role.CUSTOMER, RoomMoment.HELD, NOON, 50)
    assert todos(line.feed(held)) == [Todo.TELL_HELD]


def test_a_released_agents_end_is_no_news() -> None:
    line = talking()
    line.connection = replace(line.connection, released=True)
    assert line.agent(LegState.ENDED, Cause.COMPLETED) == []
