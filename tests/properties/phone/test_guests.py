"""A guest's state does not depend on the order, the repetition or the lateness of its news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from hub.channels.phone.guests.model import Guest, SeatEvent, fold_guest
from hub.channels.phone.model import Cause, LegEvent, LegState, RoomMoment, Step, Todo
from hub.contacts.guests.model import GuestMode, GuestRole

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
SID = "CA" + "0" * 32


def at(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


HEARD: list[LegEvent | SeatEvent] = [
    LegEvent(LegState.RINGING, at(1), SID),
    LegEvent(LegState.ANSWERED, at(4), SID),
    SeatEvent(RoomMoment.JOINED, at(5)),
    SeatEvent(RoomMoment.LEFT, at(60)),
    LegEvent(LegState.ENDED, at(61), SID, Cause.COMPLETED),
]
some_guest = st.builds(
    Guest,
    id=st.just("guest"),
    call_id=st.just("call"),
    room_id=st.just("room"),
    role=st.sampled_from(GuestRole),
    mode=st.sampled_from(GuestMode),
    address=st.just("+8613700137000"),
    user_id=st.just("user"),
    created_at=st.just(AT),
    blind=st.booleans(),
    released=st.booleans(),
)
in_any_order = st.lists(st.sampled_from(HEARD), max_size=6).flatmap(
    lambda more: st.permutations(HEARD + more)
)


def fold_all(guest: Guest, events: list[LegEvent | SeatEvent]) -> tuple[Guest, list[Step]]:
    def fold(
        before: tuple[Guest, list[Step]], event: LegEvent | SeatEvent
    ) -> tuple[Guest, list[Step]]:
        after, steps = fold_guest(before[0], event)
        return after, [*before[1], *steps]

    start: tuple[Guest, list[Step]] = (guest, [])
    return reduce(fold, events, start)


@given(some_guest, in_any_order)
def test_the_end_is_the_same_however_the_news_came(
    guest: Guest, events: list[LegEvent | SeatEvent]
) -> None:
    assert fold_all(guest, events)[0] == fold_all(guest, HEARD)[0]


@given(some_guest, in_any_order)
def test_the_end_is_told_once_and_nothing_is_asked_of_who_is_gone(
    guest: Guest, events: list[LegEvent | SeatEvent]
) -> None:
    _, steps = fold_all(guest, events)
    ends = [step for step in steps if step.todo is Todo.TELL_GUEST and ":ended:" in step.detail]
    assert len(ends) == 1
    after_the_end = steps[steps.index(ends[0]) + 1 :]
    asked = {step.todo for step in after_the_end}
    assert asked <= {Todo.END_GUEST, Todo.UNHOLD, Todo.END_CUSTOMER}
