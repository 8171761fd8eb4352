"""What deadlines cost: a fixed number of statements, each found by an index."""

from __future__ import annotations

from hub.contacts.inbound import Inbound
from hub.contacts.model import Channel
from hub.intake import receive
from hub.routing.sla.rows import find_followed, find_resolutions
from hub.routing.sla.service import fire_due_stale, reach_steps
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock

from .house import (
    Counting,
    House,
    Planning,
    a_policy,
    a_sender,
)


async def test_contacts_without_a_policy_have_no_deadlines_and_cost_no_statement(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    without = await _statements(house, "mail", 4)
    await house.change(sla_policies=(a_policy(channels=("fax",)),))
    assert await _statements(house, "mail", 16) == without
    contact_id = await house.message()
    assert (await house.contact(contact_id)).sla_policy_id is None
    await house.taken(contact_id)
    await house.reply(contact_id)
    await house.close(contact_id)
    assert await house.deadlines(contact_id) == []


async def test_many_messages_at_once_cost_a_fixed_number_of_statements(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy(channels=("email",)))
    counts = [await _statements(house, "mail", many) for many in (4, 16)]
    assert counts[0] == counts[1]


async def _statements(house: House, entry_point: str, many: int) -> int:
    """Return how many statements it takes to store so many first messages at once."""
    items = [
        Inbound(
            entry_point_id=entry_point,
            channel=Channel.EMAIL,
            dedupe_key=f"{many}-{number}",
            senders=(a_sender(100 * many + number),),
            received_at=NOON,
            text="Hello",
            acknowledge=False,
        )
        for number in range(many)
    ]

    def counted(tx: Tx, _: None) -> int:
        counting = Counting(tx)
        receive(counting, items)  # type: ignore[arg-type]  # stands in for the transaction
        return counting.count

    return await house.store.write(counted, None)


async def test_what_is_asked_every_tick_and_for_every_message_is_found_by_an_index(
    sqlite_store: Store, clock: ManualClock
) -> None:
    house = await House.opened(sqlite_store, clock, a_policy())
    contact_id = await house.message()
    plans: list[str] = []

    def planned(tx: Tx, _: None) -> None:
        planning = Planning(tx, plans)
        fire_due_stale(planning, tx.now, 10)  # type: ignore[arg-type]  # stands in for it
        reach_steps(planning, tx.now, 10)  # type: ignore[arg-type]  # as above
        find_resolutions(planning, [contact_id])  # type: ignore[arg-type]  # as above
        find_followed(planning, [contact_id])  # type: ignore[arg-type]  # as above

    await sqlite_store.write(planned, None)
    assert len(plans) == 4
    for plan, index in zip(
        plans,
        (
            "ix_contacts_sla_stale",
            "ix_sla_deadlines_look",
            "ix_sla_deadlines_conversation",
            "uq_sla_deadlines_open",
        ),
        strict=True,
    ):
        assert index in plan
        assert "SCAN" not in plan
