"""Where contacts stand, by the store's own counting and by the engine's: the order they go in."""

from __future__ import annotations

import pytest

from hub.contacts import service as contacts_service
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.testing.standing import standing

from .scene import Scene

# priority, tier, target (s), has waited so long (s)
LINE = [
    (0, "gold", 15, 10),
    (0, "gold", 15, 4),
    (0, "standard", 60, 55),
    (0, "standard", 60, 20),
    (0, "gold", 60, 30),
    (2, "standard", 60, 1),
    (0, "unheard-of", 30, 29),
    (5, "gold", 15, 0),
]
RANK = {"gold": 0, "standard": 1}


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


@pytest.mark.parametrize("strict", [False, True])
async def test_places_are_the_order_in_which_contacts_go(scene: Scene, *, strict: bool) -> None:
    await scene.change(tiers=("gold", "standard"))
    await scene.change_queue(strict=strict)
    ids = [await scene.contact() for _ in LINE]

    def arrange(tx: Tx, _: None) -> None:
        for contact_id, (priority, tier, target_s, waited_s) in zip(ids, LINE, strict=True):
            row = contacts_service.get_contact(tx, contact_id)
            changes = {
                "priority": priority,
                "tier": tier,
                "target_s": target_s,
                "virtual_start_us": row.virtual_start_us - waited_s * 1_000_000,
            }
            contacts_service.amend(tx, contact_id, changes)

    await scene.store.write(arrange, None)

    def turn(index: int) -> tuple[float, ...]:
        priority, tier, target_s, waited_s = LINE[index]
        rank = RANK.get(tier, len(RANK)) if strict and priority == 0 else 0
        return -priority, rank, -waited_s / target_s

    expected = sorted(range(len(LINE)), key=turn)
    counted = [(await scene.store.read(standing, one)).position for one in ids]
    assert [counted[index] for index in expected] == list(range(1, len(LINE) + 1))

    router = await scene.look()
    found = [router.why_waiting(one) for one in ids]
    assert [why.position for why in found if why is not None] == counted
