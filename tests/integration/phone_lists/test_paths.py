"""The way out by which lists call, walked with a customer who has said stop."""

from __future__ import annotations

import pytest

from hub.customers.consent.model import STOP_ALL, STOP_SELLING, Purpose

from .build import Room, number_of


@pytest.mark.parametrize("said", [STOP_SELLING, STOP_ALL])
@pytest.mark.parametrize("when", ["before", "in_the_queue", "read_about"])
async def test_call_of_a_list(room: Room, when: str, said: tuple[Purpose, ...]) -> None:
    await room.hires(1)
    if when == "before":
        await room.house.stops(said, value=number_of(0))
    await room.runs()
    waiting = await room.waiting()
    if when == "in_the_queue":
        await room.house.stops(said, value=number_of(0))
    for contact_id in waiting:
        await room.takes(contact_id)
        if when == "read_about":
            await room.house.stops(said, value=number_of(0))
        assert await room.dials(contact_id) == "opted_out"
    assert bool(waiting) is (when != "before")
    assert await room.calls() == []
    row = await room.person()
    assert (row.state, row.reason) == ("suppressed", "opted_out")


async def test_what_is_ordered_already_is_taken_back(room: Room) -> None:
    await room.hires(1)
    await room.runs()
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    await room.dials(contact_id)
    assert len(await room.calls()) == 1
    await room.house.stops(STOP_SELLING, value=number_of(0))
    assert await room.calls() == []
