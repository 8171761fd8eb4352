"""A phone list that waits to be counted and started: agents ask customers about their service."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import false, select

from hub.accounts.model import Actor
from hub.campaigns.model import Arm
from hub.contacts.model import Channel
from hub.contacts.tables import entry_points
from hub.customers.access import Scope
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.tables import identities
from hub.phone_lists.service import PutList, put_list
from hub.routing.settings import load_settings
from hub.storage import Store, Tx

from .scene import Scene

_PEOPLE = 20
_SCRIPT_ZH = """您好，我是客服中心。去年我们上门为您做过保养，想请问：
1. 现在使用是否正常？
2. 是否需要预约今年的保养？
客户说不便时，请约定再次致电的时间。"""
_SCRIPT_EN = """Hello, this is customer service. Our technician serviced your machine last year:
1. Does it work well?
2. Would you like to book this year's service?
If it is a bad moment, agree on a time to call again."""


async def write_phone_list(store: Store, scene: Scene) -> None:
    """Draft it: nobody is called before a supervisor starts it."""
    await store.write(_draft, scene)


def _draft(tx: Tx, scene: Scene) -> None:
    point = entry_points.c
    lines = select(point.id, point.queue_id).where(point.channel == Channel.PHONE, ~point.retired)
    queues = load_settings(tx).queues
    line = next(
        (
            row
            for row in tx.execute(lines.order_by(point.id))
            if row.queue_id in queues and Channel.PHONE in queues[row.queue_id].target_s
        ),
        None,
    )
    people = _with_a_number(tx, scene)
    if line is None or not people:
        return
    put_list(
        tx,
        PutList(
            actor=Actor(scene.you, "Demo", "system"),
            scope=Scope(scene.you, True, frozenset(), false()),
            key="service-check",
            group_key=None,
            customer_ids=people,
            starts_at=None,
            ends_at=tx.now + timedelta(days=30),
            gaps={},
            days=(1, 2, 3, 4, 5, 6),
            arms=(Arm("all", 90, False, {}), Arm("holdout", 10, True, {})),
            columns={
                "zh": "保养回访",
                "en": "Service check",
                "purpose": "service",
                "mode": "preview",
                "entry_point_id": line.id,
                "queue_id": line.queue_id,
                "material": None,
                "window_from": "09:00",
                "window_until": "20:00",
                "attempts": 3,
                "preview_s": 120,
                "abandon_permille": 30,
                "detects_machines": True,
                "script_zh": _SCRIPT_ZH,
                "script_en": _SCRIPT_EN,
            },
        ),
    )


def _with_a_number(tx: Tx, scene: Scene) -> tuple[str, ...]:
    identity = identities.c
    found = (
        select(identity.customer_id)
        .where(identity.customer_id.in_(sorted(scene.customers.values())))
        .where(identity.kind == IdentityKind.PHONE, identity.status == IdentityStatus.ACTIVE)
        .distinct()
        .order_by(identity.customer_id)
        .limit(_PEOPLE)
    )
    return tuple(tx.execute(found).scalars())
