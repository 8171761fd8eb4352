"""Whatever order, repetition or loss: the same events end in the same state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.phone.model import (
    LEG_RANK,
    PRESENCE_RANK,
    Call,
    Cause,
    Connection,
    Event,
    LegEvent,
    LegState,
    Presence,
    Role,
    RoomEvent,
    RoomMoment,
    Step,
    Todo,
    Verdict,
)
from hub.channels.phone.reducer import reduce

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
moments = st.integers(0, 600).map(lambda second: NOON + timedelta(seconds=second))


@st.composite
def leg_events(draw: st.DrawFn) -> LegEvent:
    state = draw(st.sampled_from(LegState))
    cause = draw(st.sampled_from(Cause)) if state is LegState.ENDED else None
    return LegEvent(state, draw(moments), "sid", cause, draw(st.sampled_from(["c", None])))


@st.composite
def room_events(draw: st.DrawFn) -> RoomEvent:
    moment = draw(st.sampled_from(RoomMoment))
    sequence = draw(st.integers(1, 40))
    if moment in (RoomMoment.HELD, RoomMoment.RESUMED):
        # The room counts its events: one number is one event.
        moment = RoomMoment.HELD if sequence % 2 else RoomMoment.RESUMED
    role = draw(st.sampled_from([Role.CUSTOMER, Role.AGENT]))
    return RoomEvent("c", role, moment, draw(moments), sequence, "CF")


histories = st.lists(st.one_of(leg_events(), room_events()), max_size=14)


def run(events: Sequence[Event], *, ours: bool = False) -> tuple[Call, Connection, list[Step]]:
    """`ours`: a call of ours whose customer is being called."""
    call = Call("k", "hotline", "CA", "+1", "+2", "en", NOON)
    if ours:
        call = replace(call, sid=None, outbound=True, dialled_at=NOON)
    connection = Connection("c", "agent", "client:agent", NOON, dials=ours)
    steps: list[Step] = []
    for event in events:
        reduced = reduce(call, connection, event)
        assert reduced.connection is not None
        assert LEG_RANK[reduced.call.leg.state] >= LEG_RANK[call.leg.state]
        assert LEG_RANK[reduced.connection.leg.state] >= LEG_RANK[connection.leg.state]
        for before, after in (
            (connection.agent, reduced.connection.agent),
            (connection.customer, reduced.connection.customer),
        ):
            assert PRESENCE_RANK[after.presence] >= PRESENCE_RANK[before.presence]
        call, connection = reduced.call, reduced.connection
        steps += reduced.steps
    return call, connection, steps


@settings(max_examples=300)
@given(st.lists(leg_events(), max_size=10))
def test_a_customer_who_is_called_first_is_told_once_and_their_end_last(
    events: list[LegEvent],
) -> None:
    call = Call("k", "hotline", None, "+1", "+2", "en", NOON, outbound=True, dialled_at=NOON)
    told: list[Todo] = []
    for event in events:
        reduced = reduce(call, None, replace(event, connection_id=None))
        call = reduced.call
        told += [step.todo for step in reduced.steps]
    ends = {Todo.TELL_CUSTOMER_LEFT, Todo.TELL_NOT_REACHED}
    assert len(told) == len(set(told))
    assert sum(one in ends for one in told) == call.leg.ended
    if call.leg.ended:
        assert told[-1] in ends


def facts(call: Call, connection: Connection) -> tuple[object, ...]:
    """What does not depend on when news arrived; the verdict is what was told, so it may."""
    return (
        call.leg,
        connection.leg,
        connection.agent,
        connection.customer,
        connection.hold,
        connection.room_sid,
    )


@settings(max_examples=300)
@given(histories, st.booleans(), st.data())
def test_any_order_and_any_repetition_end_in_the_same_state(
    events: list[Event], ours: bool, data: st.DataObject
) -> None:
    repeated = events + data.draw(
        st.lists(st.sampled_from(events), max_size=6) if events else st.just([])
    )
    shuffled = data.draw(st.permutations(repeated))
    first, second = run(events, ours=ours), run(shuffled, ours=ours)
    assert facts(first[0], first[1]) == facts(second[0], second[1])


@settings(max_examples=300)
@given(histories, st.booleans(), st.data())
def test_nothing_is_told_twice(events: list[Event], ours: bool, data: st.DataObject) -> None:
    twice = data.draw(st.permutations(events + events))
    todos = [step.todo for step in run(twice, ours=ours)[2]]
    # Hold comes and goes; a leg may be ended twice, which changes nothing.
    again = {Todo.TELL_HELD, Todo.TELL_RESUMED, Todo.END_AGENT, Todo.END_CUSTOMER}
    once = set(Todo) - again
    assert [todo for todo in once if todos.count(todo) > 1] == []


@settings(max_examples=300)
@given(histories, st.booleans())
def test_an_event_seen_before_asks_for_nothing(events: list[Event], ours: bool) -> None:
    call, connection, _ = run(events, ours=ours)
    for event in events:
        reduced = reduce(call, connection, event)
        assert reduced.steps == ()
        assert (reduced.call, reduced.connection) == (call, connection)


@settings(max_examples=300)
@given(histories)
def test_the_earliest_times_are_kept(events: list[Event]) -> None:
    call, connection, _ = run(events)
    for leg, name in ((call.leg, None), (connection.leg, "c")):
        answers = [
            event.at
            for event in events
            if isinstance(event, LegEvent)
            and event.connection_id == name
            and event.state is LegState.ANSWERED
        ]
        assert leg.answered_at == min(answers, default=None)


@settings(max_examples=300)
@given(histories)
def test_who_is_told_as_joined_was_in_the_room_with_the_caller(events: list[Event]) -> None:
    _, connection, steps = run(events)
    told = [step.todo for step in steps]
    if Todo.TELL_JOINED in told:
        assert connection.agent.presence is not Presence.OUT
        assert connection.customer.presence is not Presence.OUT
        assert Todo.TELL_FAILED not in told
    if connection.verdict is Verdict.PENDING:
        assert not {Todo.TELL_JOINED, Todo.TELL_FAILED, Todo.TAKE_BACK} & set(told)


@settings(max_examples=300)
@given(histories)
def test_a_call_of_ours_has_one_end_and_never_a_waiting_room(events: list[Event]) -> None:
    call, _, steps = run(events, ours=True)
    told = [step.todo for step in steps]
    assert not {Todo.TAKE_BACK, Todo.TELL_FAILED} & set(told)
    ends = told.count(Todo.TELL_NOT_REACHED) + told.count(Todo.TELL_CUSTOMER_LEFT)
    assert ends == (1 if call.leg.ended else 0)
