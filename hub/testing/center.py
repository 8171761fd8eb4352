"""A small contact center for tests: two queues, four entry points, targets as in the sample
set-up.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from hub.accounts.tables import team_members, teams, users
from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.contacts.tables import entry_points, outcomes, reasons
from hub.core.ids import new_id
from hub.routing import service as routing
from hub.routing.direct import take_up
from hub.routing.model import AgentState, ChannelRules
from hub.routing.settings import (
    CalendarSpec,
    CallbackRules,
    QueueSettings,
    RoutingSettings,
    save_settings,
)
from hub.routing.tables import queue_teams, queues, tiers
from hub.storage import Tx

TIERS = ("gold", "potential_gold", "standard", "low")
TARGETS = {
    "phone": dict(zip(TIERS, (10, 20, 40, 60), strict=True)),
    "webchat": dict(zip(TIERS, (15, 30, 60, 90), strict=True)),
    "email": dict(zip(TIERS, (3600, 7200, 14400, 28800), strict=True)),
    "fax": dict(zip(TIERS, (3600, 7200, 14400, 28800), strict=True)),
    "sms": dict(zip(TIERS, (300, 600, 1200, 2400), strict=True)),
    "voicemail": dict(zip(TIERS, (900, 1800, 3600, 3600), strict=True)),
}
CHANNELS = {
    "phone": ChannelRules(cost=100, maximum=1, offer_s=15, connect_s=10, missed_limit=1,
                          wrap_up_s=45, may_decline=False, redial_s=600),
    "webchat": ChannelRules(cost=33, maximum=3, comfort=2, offer_s=20, missed_limit=2,
                            wrap_up_s=30, sticky_window_s=86_400),
    "email": ChannelRules(cost=25, maximum=2, interruptible=True, business_time=True, offer_s=60,
                          missed_limit=3, sticky_window_s=1_209_600, sticky_wait_s=1800),
    "fax": ChannelRules(cost=25, maximum=2, interruptible=True, business_time=True, offer_s=60,
                        missed_limit=3),
    "sms": ChannelRules(cost=20, maximum=4, interruptible=True, business_time=True, offer_s=45,
                        missed_limit=3, sticky_window_s=604_800, sticky_wait_s=600),
}  # fmt: skip


def a_queue(
    calendar_id: str = "always",
    *,
    disposition_required: bool = False,
    callback: CallbackRules | None = None,
) -> QueueSettings:
    return QueueSettings(
        calendar_id=calendar_id,
        target_s=TARGETS,
        public_promise_s={"email": 14_400, "fax": 14_400},
        disposition_required=disposition_required,
        survey=True,
        callback=callback,
    )


def open_center(tx: Tx, _: None = None) -> None:
    """Put the small center in force: queues `support` and `finance`, team `team`."""
    save_settings(
        tx,
        RoutingSettings(
            zone="Asia/Shanghai",
            tiers=TIERS,
            default_tier="standard",
            agents_see={"low": "standard"},
            calendars={
                "always": CalendarSpec(zone="Asia/Shanghai"),
                "office": CalendarSpec(hours="Mon-Fri 09:00-18:00", zone="Asia/Shanghai"),
            },
            channels=CHANNELS,
            queues={
                "support": a_queue(),
                "finance": a_queue("office", disposition_required=True),
            },
        ),
    )
    tx.execute(insert(teams).values(id="team", zh="一组", en="Team", retired=False))
    tx.execute(
        insert(tiers),
        [
            {"id": tier, "zh": tier, "en": tier, "position": position, "chip": position < 2,
             "agents_see": "standard" if tier == "low" else tier, "retired": False}
            for position, tier in enumerate(TIERS)
        ],
    )  # fmt: skip
    for position, queue_id in enumerate(("support", "finance")):
        tx.execute(
            insert(queues).values(
                id=queue_id, zh=queue_id, en=queue_id, position=position, retired=False
            )
        )
        tx.execute(insert(queue_teams).values(queue_id=queue_id, team_id="team"))
    tx.execute(
        insert(entry_points),
        [
            an_entry_point("mail", "email", "support@example.test", acknowledges=True),
            an_entry_point("finance-mail", "email", "finance@example.test", "finance"),
            an_entry_point("shop-chat", "webchat", "shop-chat"),
            an_entry_point("hotline", "phone", "+862155501000"),
            an_entry_point("fax", "fax", "fax@example.test")
            | {"settings": {"reply_to": "{number}@fax.example.test"}},
        ],
    )
    tx.execute(
        insert(reasons).values(
            id="repair",
            parent_id=None,
            zh="维修",
            en="Repair",
            position=0,
            queues=[],
            retired=False,
        )
    )
    tx.execute(
        insert(outcomes).values(id="solved", zh="已解决", en="Solved", position=0, retired=False)
    )


def an_entry_point(
    key: str,
    channel: str,
    address: str,
    queue_id: str = "support",
    *,
    acknowledges: bool = False,
) -> dict[str, Any]:
    return {
        "id": key,
        "channel": channel,
        "address": address,
        "queue_id": queue_id,
        "language": "zh-CN",
        "display_name": key,
        "region": "CN",
        "acknowledges": acknowledges,
        "settings": {},
        "retired": False,
    }


def add_agent(tx: Tx, name: str, team: str = "team") -> str:
    """Add a ready agent of a team and return the user's id."""
    user_id = new_id()
    tx.execute(
        insert(users).values(
            id=user_id,
            email=f"{name.lower()}@hub.test",
            name=name,
            role="agent",
            password_hash="",
            language="en",
            theme="light",
            settings={},
            created_at=tx.now,
            password_changed_at=tx.now,
        )
    )
    tx.execute(insert(team_members).values(team_id=team, user_id=user_id))
    routing.ensure_agents(tx, [user_id])
    routing.renew_presence(tx, [user_id])
    routing.set_agent_state(tx, routing.SetAgentState(user_id, AgentState.READY))
    return user_id


def give_to_agent(tx: Tx, cmd: tuple[str, str]) -> None:
    """(contact id, agent id): the agent has accepted the waiting contact and it is active."""
    contact_id, agent_id = cmd
    for state in (ContactState.OFFERED, ContactState.CONNECTING, ContactState.ACTIVE):
        contact_service.move(tx, Move(contact_id, state, changes={"agent_id": agent_id}))
    take_up(tx, contact_service.get_contact(tx, contact_id), agent_id)
