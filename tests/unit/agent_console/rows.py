"""Rows for tests of the console, said briefly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from hub.agent_console.session import DeskView
from hub.agent_console.shapes import (
    AgentView,
    ContactRow,
    CustomerBrief,
    InteractionView,
    OfferView,
    Urgency,
    WaitingSummary,
    WhyView,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
CHEN = CustomerBrief(id="cu", name="Chen", tier="gold", language="zh-CN", address="a@b.test")


def a_contact(contact_id: str, version: int = 1, **changes: Any) -> ContactRow:
    row = ContactRow(
        id=contact_id,
        version=version,
        reference="7KQ2-M4XD",
        state="active",
        state_since=NOON,
        channel="email",
        entry_point_id="mail",
        queue_id="support",
        tier="gold",
        conversation_id=f"of-{contact_id}",
        customer=CHEN,
        urgency=Urgency(value=0.5, at=NOON, target_s=60, waited_s=30, running=True),
        enqueued_at=NOON,
        last_message_at=NOON,
        unanswered_since=None,
        answered_at=None,
        subject=None,
        preview="Hello",
        unread=0,
        agent_id="me",
        agent_name="Me",
        wrap_until=None,
        wrap_extensions=0,
        parked_until=None,
        priority=0,
        ended_as=None,
        commitment_due_at=None,
        target_s=60,
    )
    return msgspec.structs.replace(row, **changes)


def an_offer(offer_id: str) -> OfferView:
    return OfferView(
        id=offer_id,
        contact=a_contact(f"contact-{offer_id}", state="offered"),
        made_at=NOON,
        expires_at=NOON,
        why=WhyView(zh="因为", en="because", details={}),
        served_you_last=False,
        last_contact_at=None,
        may_decline=True,
        other_open=[],
    )


def an_entry(seq: int, delivery: str | None = None) -> InteractionView:
    return InteractionView(
        id=f"i{seq}",
        conversation_id="c",
        seq=seq,
        contact_id=None,
        channel="email",
        kind="message",
        direction="in",
        author_id=None,
        author_name=None,
        client_id=None,
        text=str(seq),
        quoted=None,
        html=None,
        subject=None,
        delivery=delivery,
        has_original=False,
        delivery_detail=None,
        at=NOON,
        files=[],
        meta={},
    )


def me(**changes: Any) -> AgentView:
    view = AgentView(
        id="me",
        name="Me",
        state="ready",
        reason=None,
        state_since=NOON,
        next_state=None,
        overlay="idle",
        online=True,
        load=0,
        capacity=100,
        channels=[],
        version=1,
    )
    return msgspec.structs.replace(view, **changes)


def a_desk(*contacts: ContactRow, offers: tuple[OfferView, ...] = (), **changes: Any) -> DeskView:
    fields: dict[str, Any] = {"me": me(), "to_do": [], "commitments": [], **changes}
    return DeskView(at=NOON, offers=list(offers), contacts=list(contacts), **fields)


def waiting(count: int, longest_s: float | None = None) -> WaitingSummary:
    return WaitingSummary(waiting=count, longest_wait_s=longest_s, at=NOON)
