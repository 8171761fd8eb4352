"""Two contacts are one matter: one is merged into the other, and apart again in `unjoining`.

A merge is a link. The merged contact closes as merged and leaves the queue; its entries keep their
conversation and seq, its draft and what goes out later go along, what comes in on its conversation
lands in the kept one. Of the two clocks the older counts, of tier and priority the better
(routing.md section 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update

from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.joining.model import Before, Place
from hub.contacts.joining.tables import contact_merges
from hub.contacts.model import FINAL, WAITING, ContactState, EndedAs, is_dialling
from hub.contacts.service import Move, Relocation
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.core.ids import new_id
from hub.routing import service as routing
from hub.routing.placement import Arrival, place
from hub.routing.settings import RoutingSettings, load_settings
from hub.storage import Tx

from .joined_drafts import Drafts, join_drafts
from .joined_later import join_later
from .telling import By, tell_each

MAX_MERGED = 15  # conversations in one contact: a console follows 20
_LIVE = frozenset({ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD})


@dataclass(frozen=True, slots=True)
class MergeContacts:
    """`merged_id` goes on in `kept_id`. `calls`: channels whose contacts are calls. `seen_with`:
    the agents they were with, in this order, when who merges was found to be allowed to.
    """

    kept_id: str
    merged_id: str
    by: By
    calls: frozenset[str] = frozenset()
    seen_with: tuple[str | None, str | None] | None = None


@dataclass(frozen=True, slots=True)
class MergedContacts:
    """The merge made, and both rows as they were."""

    merge_id: str
    kept: Row[Any]
    merged: Row[Any]


def merge_contacts(tx: Tx, cmd: MergeContacts) -> MergedContacts:
    """Merge one contact into another that is open, over channels too; say so on both timelines.

    Raises NotFound, Invalid for one and the same, Conflict where the state of either forbids it, or
    it was taken meanwhile.
    """
    if cmd.kept_id == cmd.merged_id:
        raise Invalid("A contact cannot be merged with itself.", code="merge.itself")
    heads = lock_heads(tx, [cmd.kept_id, cmd.merged_id])
    rows = contact_service.lock_contacts(tx, [cmd.kept_id, cmd.merged_id])
    if len(rows) != 2:
        raise NotFound("There is no such contact.")
    kept, merged = rows[cmd.kept_id], rows[cmd.merged_id]
    if cmd.seen_with not in (None, (kept.agent_id, merged.agent_id)):
        raise Conflict(
            "One of the two contacts changed hands just now: look at both again.",
            code="merge.moved",
        )
    _check(tx, cmd, kept, merged)
    settings = load_settings(tx)
    waited_us = routing.waited_now_us(settings, merged, tx.now)
    drafts = join_drafts(tx, kept, merged)
    _end(tx, merged, kept)
    made = _made(settings, kept, merged)
    placed = _take_over(tx, settings, kept, merged, waited_us, {**made, **drafts.columns})
    before = _before(kept, merged, waited_us, drafts, {**kept._mapping, **placed, **made})
    merge_id = _link(tx, cmd, kept, merged, heads, before)
    join_later(tx, kept, merged)
    said = {"code": "merged_in", "reference": merged.reference}
    away = {"code": "merged_away", "reference": kept.reference}
    tell_each(tx, [(kept, said), (merged, away)], heads, cmd.by)
    return MergedContacts(merge_id, kept, merged)


def _check(tx: Tx, cmd: MergeContacts, kept: Row[Any], merged: Row[Any]) -> None:
    if kept.conversation_id == merged.conversation_id:
        raise Conflict(
            "Both are on one conversation already: their entries stand together.",
            code="merge.same_conversation",
        )
    if merged.merged_into_id is not None:
        raise Conflict(
            "This contact was merged into another one already.",
            code="merge.again",
            into=merged.merged_into_id,
        )
    if ContactState(kept.state) in FINAL | {ContactState.WRAP_UP, ContactState.QUARANTINED}:
        raise Conflict(
            f"The contact that is kept is {kept.state}: keep the one that is open.",
            code="merge.kept_is_over",
            state=kept.state,
        )
    if merged.state == ContactState.QUARANTINED:
        raise Conflict("Let it out of quarantine first.", code="merge.quarantined")
    if merged.channel in cmd.calls and ContactState(merged.state) in _LIVE | WAITING:
        raise Conflict(
            "The caller is on the line: keep the call's contact, or end the call first.",
            code="merge.call",
        )
    if is_dialling(merged.direction, merged.answered_at) and merged.state not in FINAL:
        raise Conflict("This customer is being called back just now.", code="callback.dialling")
    joined = tx.execute(
        select(func.count()).where(
            contact_merges.c.kept_conversation_id.in_(
                [kept.conversation_id, merged.conversation_id]
            ),
            contact_merges.c.undone_at.is_(None),
        )
    ).scalar_one()
    if joined + 1 > MAX_MERGED:
        raise Conflict(
            f"At most {MAX_MERGED} conversations go on in one contact.", code="merge.too_many"
        )


def _end(tx: Tx, merged: Row[Any], kept: Row[Any]) -> None:
    """The merged contact leaves the queue and every desk; one that was over stays as it ended."""
    link = {"merged_into_id": kept.id, "unanswered_since": None, "unread": 0}
    if ContactState(merged.state) in FINAL:
        contact_service.amend(tx, merged.id, link)
        return
    ended = {
        **link,
        "ended_as": EndedAs.MERGED,
        "closed_at": tx.now,
        "wrap_until": None,
        "parked_until": None,
        "interrupted_until": None,
        "untouched_until": None,
    }
    contact_service.move(tx, Move(merged.id, ContactState.CLOSED, changes=ended))
    routing.release(tx, [merged.id], "merged")
    tx.hint("contact.queued", merged.id)


def _made(settings: RoutingSettings, kept: Row[Any], merged: Row[Any]) -> dict[str, Any]:
    """Return what the merge makes of the kept contact: the older question, the better promise."""
    unanswered = [at for at in (kept.unanswered_since, merged.unanswered_since) if at is not None]
    over = ContactState(merged.state) in FINAL
    return {
        "tier": kept.tier if over else better_tier(settings, kept.tier, merged.tier),
        "priority": kept.priority if over else max(kept.priority, merged.priority),
        "unanswered_since": min(unanswered, default=None),
        "promised_at": _promised(kept, merged),
    }


def _promised(kept: Row[Any], merged: Row[Any]) -> datetime | None:
    """Return by when the first answer of the kept contact is due, as its customer was told: the
    earlier of two promises. One that was answered has kept its own.
    """
    over = ContactState(merged.state) in FINAL or merged.answered_at is not None
    if kept.answered_at is not None or over:
        return kept.promised_at  # type: ignore[no-any-return]  # a column of the row
    return earliest(kept.promised_at, merged.promised_at)


def better_tier(settings: RoutingSettings, one: str, other: str) -> str:
    """Return the better of two tiers; one that the set-up does not know is worse than any."""
    order = {tier: place for place, tier in enumerate(settings.tiers)}
    return min((one, other), key=lambda tier: order.get(tier, len(order)))


def _take_over(
    tx: Tx,
    settings: RoutingSettings,
    kept: Row[Any],
    merged: Row[Any],
    waited_us: int,
    made: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Give the kept contact what the merged one had; return the columns of its place in the line,
    where that is another now.
    """
    changes = {
        **made,
        "joins": True,
        "unread": kept.unread + merged.unread,
        "last_message_at": max(kept.last_message_at, merged.last_message_at),
    }
    if merged.last_message_at > kept.last_message_at:
        changes["preview"] = merged.preview
    asks = merged.unanswered_since is not None
    waits = ContactState(kept.state) in WAITING
    wakes = kept.state == ContactState.PARKED and asks
    if not waits and not wakes:
        contact_service.amend(tx, kept.id, changes)
        routing.follow_contacts(tx, [kept.id])
        return {}
    own_us = routing.waited_now_us(settings, kept, tx.now) if waits else 0
    longest_us = max(own_us, waited_us if asks else 0)
    placed = _placed(tx, kept, changes["tier"], longest_us, wakes=wakes)
    changes |= placed
    if wakes:
        changes |= {"agent_id": None, "parked_until": None}
        contact_service.move(tx, Move(kept.id, ContactState.QUEUED, changes=changes))
    elif kept.state == ContactState.QUEUED:
        result = contact_service.relocate_many(tx, [Relocation(kept.id, changes)])[0]
        if isinstance(result, HubError):
            raise result
    else:
        contact_service.amend(tx, kept.id, changes)
    routing.follow_contacts(tx, [kept.id])
    tx.hint("contact.queued", kept.id)
    return placed


def _placed(tx: Tx, kept: Row[Any], tier: str, waited_us: int, *, wakes: bool) -> dict[str, Any]:
    """Return the columns of its place; what it asks for and what was told of it stay."""
    arrival = Arrival(
        queue_id=kept.queue_id,
        tier=tier,
        channel=kept.channel,
        language=kept.language,
        last_agent_id=kept.agent_id if wakes else None,
        waits_for_agent=wakes,
        waited_s=waited_us / 1_000_000,
        promise=kept.promise,
    )
    columns = place(tx, [arrival])[0]
    stays: tuple[str, ...] = ("requirements", "skill_step", "step_until", "told_position")
    stays += () if wakes else ("preferred_agent_id", "preferred_until")
    return columns | {name: kept._mapping[name] for name in stays}


def _before(
    kept: Row[Any], merged: Row[Any], waited_us: int, drafts: Drafts, made: Mapping[str, Any]
) -> Before:
    return Before(
        from_state=merged.state,
        from_agent_id=merged.agent_id,
        from_ended_as=merged.ended_as,
        from_waited_us=waited_us,
        from_unanswered=merged.unanswered_since,
        from_unread=merged.unread,
        from_parked_until=merged.parked_until,
        from_draft=drafts.merged,
        into_tier=kept.tier,
        into_priority=kept.priority,
        into_unanswered=kept.unanswered_since,
        into_draft=drafts.kept,
        into_parked=kept.state == ContactState.PARKED,
        into_place=_place_of(dict(kept._mapping)),
        made_place=_place_of(made),
        made_tier=made["tier"],
        made_priority=made["priority"],
        made_unanswered=made["unanswered_since"],
        into_promised=kept.promised_at,
        made_promised=made["promised_at"],
        made_draft_version=drafts.version,
    )


def _place_of(columns: Mapping[str, Any]) -> Place:
    return Place(columns["target_s"], columns["virtual_start_us"], columns["sla_policy_id"])


def _link(
    tx: Tx,
    cmd: MergeContacts,
    kept: Row[Any],
    merged: Row[Any],
    heads: Mapping[str, int],
    before: Before,
) -> str:
    """Write the edge; what went on in the merged contact goes on in the kept one now."""
    m = contact_merges
    tx.execute(
        update(m)
        .where(m.c.kept_conversation_id == merged.conversation_id, m.c.undone_at.is_(None))
        .values(kept_conversation_id=kept.conversation_id)
    )
    merge_id = new_id()
    tx.execute(
        insert(m).values(
            id=merge_id,
            from_id=merged.id,
            into_id=kept.id,
            from_conversation_id=merged.conversation_id,
            into_conversation_id=kept.conversation_id,
            kept_conversation_id=kept.conversation_id,
            from_seq=heads[merged.conversation_id],
            into_seq=heads[kept.conversation_id],
            by_id=cmd.by.id,
            by_name=cmd.by.name,
            at=tx.now,
            before=msgspec.to_builtins(before),
        )
    )
    tx.hint("conversation.contact", merged.conversation_id)
    return merge_id


def open_contact_of(tx: Tx, conversation_id: str) -> str | None:
    """Return the contact that is open on this very conversation, if there is one."""
    found: str | None = tx.execute(
        select(contacts.c.id).where(
            contacts.c.conversation_id == conversation_id,
            contacts.c.state.not_in([*FINAL, ContactState.WRAP_UP]),
        )
    ).scalar_one_or_none()
    return found


def earliest(*moments: datetime | None) -> datetime | None:
    """Return the earliest of those that are known."""
    return min((one for one in moments if one is not None), default=None)
