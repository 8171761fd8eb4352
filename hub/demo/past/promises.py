"""What the customers were promised, all by the visitor's agent."""

from __future__ import annotations

from hub.accounts.model import SYSTEM
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.service import MakeCommitment, make_commitment
from hub.demo.world import Promise
from hub.storage import Store, Tx

from .scene import Scene


async def write_promises(store: Store, scene: Scene) -> None:
    """Promise each customer what the world says of them."""
    for person in scene.world.people:
        if person.commitment is not None:
            promised = (person.commitment, scene.customers[person.email], scene.you)
            await store.write(_promise, promised)


def _promise(tx: Tx, cmd: tuple[Promise, str, str]) -> None:
    promise, customer_id, owner_id = cmd
    make_commitment(
        tx,
        MakeCommitment(
            SYSTEM,
            CommitmentKind(promise.kind),
            promise.text,
            promise.due_at(tx.now.astimezone()),  # the clock on this machine's wall
            customer_id=customer_id,
            owner_id=owner_id,
        ),
    )
