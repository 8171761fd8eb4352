"""Customer groups that fill themselves: who is worth most, and who has come back."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.customers.groups.service import PutGroup, put_group
from hub.storage import Store, Tx
from hub.web import Role

from .scene import Scene

_GROUPS: tuple[tuple[str, str, str, object], ...] = (
    ("gold", "金牌客户", "Gold customers", {"field": "tier", "is": ["gold"]}),
    ("came-back", "复购客户", "Customers who came back", {"field": "orders", "at_least": 2}),
)


async def write_groups(store: Store, scene: Scene) -> None:
    """They are counted once the demo runs."""
    await store.write(_put, scene)


def _put(tx: Tx, scene: Scene) -> None:
    steering = select(users.c.id).where(users.c.role == Role.SUPERVISOR).order_by(users.c.id)
    owner_id = tx.execute(steering.limit(1)).scalar_one_or_none() or scene.you
    for key, zh, en, rule in _GROUPS:
        put_group(tx, PutGroup(SYSTEM, key, zh, en, rule, owner_id))
