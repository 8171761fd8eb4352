"""A campaign that waits to be counted and started: to the first customers, one in five left out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import false, select

from hub.accounts.model import Actor
from hub.campaigns.model import Arm, Text
from hub.campaigns.service import PutCampaign, put_campaign
from hub.contacts.tables import entry_points
from hub.customers.access import Scope
from hub.storage import Store, Tx

from .scene import Scene

_PEOPLE = 20
_MAILED = frozenset({"email"})
_ARMS = (
    Arm(
        "a",
        80,
        False,
        {
            "zh-CN": Text(
                "{name}，春季保养九折",
                "{name}，您好：\n\n本月预约上门保养，享九折优惠。\n\n{sender}",
            ),
            "en": Text(
                "{name}, spring service at 10% off",
                "Dear {name},\n\nbook a service visit this month: it costs 10% less.\n\n{sender}",
            ),
        },
    ),
    Arm("holdout", 20, True, {}),
)


async def write_campaign(store: Store, scene: Scene) -> None:
    """Draft it: nothing goes out before a supervisor starts it."""
    await store.write(_draft, scene)


def _draft(tx: Tx, scene: Scene) -> None:
    mailboxes = select(entry_points.c.id, entry_points.c.channel).order_by(entry_points.c.id)
    mailbox = next((row.id for row in tx.execute(mailboxes) if row.channel in _MAILED), None)
    if mailbox is None:
        return
    put_campaign(
        tx,
        PutCampaign(
            actor=Actor(scene.you, "Demo", "system"),
            scope=Scope(scene.you, True, frozenset(), false()),
            key="spring-service",
            zh="春季保养",
            en="Spring service",
            purpose="marketing",
            channel="email",
            entry_point_id=mailbox,
            group_key=None,
            customer_ids=tuple(sorted(scene.customers.values())[:_PEOPLE]),
            material="spring-service",
            survey_key=None,
            starts_at=None,
            ends_at=tx.now + timedelta(days=30),
            result_days=14,
            pace_per_hour=600,
            arms=_ARMS,
        ),
    )
