"""What could not be delivered, or perhaps was not: it goes out again, or an agent says it arrived.

The same message goes out, under the same outside id: whoever had it already sees one, not two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from hub.contacts.delivery import LATE, fates_of, with_fates
from hub.contacts.effects import Effect, Reached, RecipientFate, Send
from hub.contacts.model import DeliveryState, Direction
from hub.contacts.outreach.delivered import note_delivery
from hub.contacts.tables import interactions
from hub.core.errors import Conflict, NotFound
from hub.storage import Tx
from hub.storage.outbox import OutboxState, outbox, rearm_effect

_OPEN = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN})
_UNDER_WAY = frozenset({OutboxState.PENDING, OutboxState.SENDING, OutboxState.RETRY})


@dataclass(frozen=True, slots=True)
class Resend:
    """`to`: of those it went to, whom it did not reach; (): all of them."""

    interaction_id: str
    to: tuple[str, ...] = ()


def resend(tx: Tx, cmd: Resend) -> None:
    """Send it once more to those whom it did not reach, soon.

    Raises NotFound, Conflict where it is under way, has reached them, or its words are gone.
    """
    row = _get(tx, cmd.interaction_id)
    lost = {fate.address.casefold() for fate in fates_of(row.meta) if fate.state is Reached.FAILED}
    if row.delivery not in _OPEN and not lost:
        raise Conflict("It has gone out already.", code="delivery.went")
    effect_row = tx.execute(
        select(outbox)
        .where(outbox.c.interaction_id == row.id)
        .order_by(outbox.c.created_at.desc())
        .limit(1)
        .with_for_update()
    ).first()
    send = None if effect_row is None else _send_of(effect_row.effect)
    if effect_row is None or send is None:
        raise Conflict(
            "The message is not kept ready to be sent any more: write it again.",
            code="delivery.gone",
        )
    if effect_row.state in _UNDER_WAY:
        raise Conflict("It is being sent at this moment.", code="delivery.under_way")
    meant = _whom(send, lost, cmd.to)
    everybody = len(meant) == len((*send.to, *send.cc, *send.bcc))
    only = () if everybody else meant
    again = msgspec.json.encode(msgspec.structs.replace(send, only=only, until=None)).decode()
    before = DeliveryState(row.delivery)
    rearm_effect(tx, effect_row.id, again, maybe_duplicate=before is DeliveryState.UNKNOWN)
    waiting = [RecipientFate(one, Reached.WAITING) for one in meant] if lost or only else []
    partly = before not in _OPEN
    meta = {key: value for key, value in row.meta.items() if key != LATE}  # it is told anew
    _write(tx, row, before if partly else DeliveryState.PENDING, with_fates(meta, waiting))
    note_delivery(tx, row.id, before, DeliveryState.SENT)


def say_arrived(tx: Tx, interaction_id: str) -> None:
    """An agent knows that it arrived, whose outcome nobody could say. Raises NotFound, Conflict."""
    row = _get(tx, interaction_id)
    if row.delivery != DeliveryState.UNKNOWN:
        raise Conflict("What became of it is known already.", code="delivery.known")
    _write(tx, row, DeliveryState.SENT, row.meta)


def _get(tx: Tx, interaction_id: str) -> Row[Any]:
    row = tx.execute(
        select(interactions)
        .where(
            interactions.c.id == interaction_id,
            interactions.c.direction != Direction.INBOUND,
            interactions.c.delivery.is_not(None),
            interactions.c.author_id.is_not(None),  # an acknowledgement goes out once at most
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("There is no such message of ours.")
    return row


def _whom(send: Send, lost: set[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Return to whom it goes again. Raises Conflict for others than it went to, and where a report
    speaks of none of them: then nobody knows who has it.
    """
    everybody = (*send.to, *send.cc, *send.bcc)
    some = bool(lost) and len(everybody) > 1
    meant = [one for one in everybody if not some or one.casefold() in lost]
    wanted = {one.casefold() for one in asked}
    if wanted:
        meant = [one for one in meant if one.casefold() in wanted]
    if not meant or wanted - {one.casefold() for one in meant}:
        raise Conflict("It did not go to that address, or arrived.", code="delivery.went")
    return tuple(meant)


def _send_of(effect: str) -> Send | None:
    try:
        found = msgspec.json.decode(effect, type=Effect)
    except msgspec.DecodeError:
        return None  # erased
    return found if isinstance(found, Send) and (found.text or found.html) else None


def _write(tx: Tx, row: Row[Any], delivery: DeliveryState, meta: dict[str, Any]) -> None:
    tx.execute(
        update(interactions)
        .where(interactions.c.id == row.id)
        .values(delivery=delivery, delivery_detail=None, meta=meta)
    )
    tx.hint("conversation.marked", row.conversation_id)
