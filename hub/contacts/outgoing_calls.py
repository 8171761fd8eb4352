"""A call of ours on its contact and on the timeline: how far it is, how it ended, how long.

The entry is written when the call begins and completed when it ends; the first end stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select, update

from hub.core.ids import new_id
from hub.storage import Tx

from . import service
from .model import CALL_RANK, CallOutcome, CallStage, Direction, InteractionKind
from .service import NewInteraction
from .tables import conversations, interactions
from .threads import Thread


class Begun(NamedTuple):
    """A call that begins for `contact` (its columns). The queue itself calls: no agent."""

    contact: Mapping[str, Any]
    thread: Thread
    agent_id: str | None = None
    agent_name: str | None = None


def begin(tx: Tx, calls: Sequence[Begun]) -> list[str]:
    """Append the entries of calls that begin, in one statement; return their ids."""
    if not calls:
        return []
    entries = [
        NewInteraction(
            id=new_id(),
            conversation_id=one.thread.id,
            contact_id=one.contact["id"],
            identity_id=one.contact["identity_id"],
            channel=one.contact["channel"],
            kind=InteractionKind.CALL,
            direction=Direction.OUTBOUND,
            text="",
            at=tx.now,
            author_id=one.agent_id,
            author_name=one.agent_name,
        )
        for one in calls
    ]
    seqs = service.append(tx, entries, {one.thread.id: one.thread.last_seq for one in calls})
    last = {one.thread.id: seq for one, seq in zip(calls, seqs, strict=True)}
    tx.execute(
        update(conversations)
        .where(conversations.c.id == bindparam("b_id"))
        .values(last_seq=bindparam("b_seq"), last_at=tx.now, version=conversations.c.version + 1),
        [{"b_id": id_, "b_seq": seq} for id_, seq in last.items()],
    )
    return [entry.id for entry in entries]


def note_stage(tx: Tx, contact: Row[Any], stage: CallStage) -> None:
    """Show how far the call is; news that was overtaken changes nothing."""
    known = dict(contact.meta.get("call") or {})
    if CALL_RANK[stage] > CALL_RANK[CallStage(known.get("stage", CallStage.AGENT))]:
        service.amend(tx, contact.id, {"meta": {**contact.meta, "call": {"stage": stage}}})


def settle(
    tx: Tx,
    contact: Row[Any],
    outcome: CallOutcome,
    at: datetime,
    reason: str = "",
    detail: str = "",
) -> None:
    """Write how the call ended, once: on the contact and, with its length, on the timeline."""
    known = dict(contact.meta.get("call") or {})
    if not known or known.get("stage") == CallStage.ENDED:
        return
    ended = {"stage": CallStage.ENDED, "outcome": outcome, "reason": reason, "detail": detail}
    service.amend(tx, contact.id, {"meta": {**contact.meta, "call": ended}})
    talked_s = 0
    if outcome is CallOutcome.ANSWERED and contact.answered_at is not None:
        talked_s = max(0, round((at - contact.answered_at).total_seconds()))
    result = {"outcome": outcome, "reason": reason, "detail": detail, "duration_s": talked_s}
    entry = tx.execute(
        select(interactions.c.id, interactions.c.meta, interactions.c.conversation_id).where(
            interactions.c.conversation_id == contact.conversation_id,  # what there is an index of
            interactions.c.contact_id == contact.id,
            interactions.c.kind == InteractionKind.CALL,
            interactions.c.direction == Direction.OUTBOUND,
        )
    ).first()
    if entry is not None:
        tx.execute(
            update(interactions)
            .where(interactions.c.id == entry.id)
            .values(meta={**entry.meta, **result})
        )
        tx.hint("conversation.marked", entry.conversation_id)
