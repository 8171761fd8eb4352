"""Callbacks come twice, late and in any order: what is known in the end is the same."""

from __future__ import annotations

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from hub.channels.sms.parts import Alphabet, count_parts
from hub.channels.sms.states import Told, advance, has_ended, means
from hub.contacts.model import DeliveryState

STATES = ("accepted", "queued", "sending", "sent", "undelivered", "failed", "delivered", "nonsense")
news = st.builds(Told, st.sampled_from(STATES), st.sampled_from((0, 30003, 30005)))


@given(st.lists(news, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_and_repetitions_change_nothing(told: list[Told], chance: object) -> None:
    again = [*told, *told]
    chance.shuffle(again)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert reduce(advance, told, Told()) == reduce(advance, again, Told())


@given(st.lists(news, max_size=8))
def test_what_has_ended_is_shown_as_it_ended(told: list[Told]) -> None:
    last = reduce(advance, told, Told())
    states = {one.state for one in told}
    if "delivered" in states:
        assert means(last) is DeliveryState.DELIVERED
    elif states & {"failed", "undelivered"}:
        assert means(last) is DeliveryState.FAILED
    else:
        assert not has_ended(last)


@given(st.text(st.characters(codec="utf-8"), max_size=2_000))
def test_parts_hold_what_is_in_them(text: str) -> None:
    counted = count_parts(text)
    alone, among = (160, 153) if counted.alphabet is Alphabet.GSM else (70, 67)
    room = alone if counted.parts < 2 else among * counted.parts
    assert counted.places <= room
    # What is left empty at the end of a part is at most one place, before what takes two.
    assert counted.left <= room - counted.places <= counted.left + max(0, counted.parts - 1)
