"""The block list at the door: who is on it is not served, and nothing of theirs is lost.

Who is there and can be told (a chat) is refused. What was sent is kept in quarantine, where a
supervisor can rescue it: no offer, no acknowledgement, in no figure. A call is refused on the
line, and a contact that is closed from the beginning tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from hub.contacts.blocks.model import BlockKind, candidates_of, networks_of
from hub.contacts.blocks.service import find_blocked
from hub.contacts.inbound import BLOCKED, Blockable, Inbound
from hub.contacts.model import InteractionKind
from hub.core.errors import Forbidden
from hub.storage import Tx

_BLOCKED_BY = "blocked_by"


def apply_blocks(
    tx: Tx, items: Sequence[Inbound], points: Mapping[str, Row[Any]]
) -> list[Inbound | Forbidden]:
    """Return each item as it is to be stored, or the refusal it is answered with. One statement."""
    asked = [candidates_of(item.senders, points[item.entry_point_id].region) for item in items]
    blocked = find_blocked(tx, [one for candidates in asked for one in candidates])
    if not blocked:
        return list(items)
    return [
        _judged(item, next((one for one in candidates if one in blocked), None))
        for item, candidates in zip(items, asked, strict=True)
    ]


def _judged(item: Inbound, by: tuple[str, str] | None) -> Inbound | Forbidden:
    if by is None:
        return item
    if item.refusable:
        return _refusal()
    kind, _ = by
    meta = {**item.meta, _BLOCKED_BY: str(BlockKind(kind))}
    if item.kind is InteractionKind.CALL:
        return msgspec.structs.replace(
            item, queues=False, meta={**meta, "outcome": item.meta.get("outcome", BLOCKED)}
        )
    reason = item.quarantine_reason or BLOCKED  # and not whom: the list says that
    return msgspec.structs.replace(item, quarantine_reason=reason, queues=False, meta=meta)


def is_refused_call(item: Inbound) -> bool:
    """Say whether this is a call, as `apply_blocks` left it, that is not to be answered."""
    return item.kind is InteractionKind.CALL and item.meta.get("outcome") == BLOCKED


def _refusal() -> Forbidden:
    """Neither who has blocked them nor why: that would be an answer."""
    return Forbidden("You cannot write to us here any more.", code=BLOCKED)


def is_blocked(tx: Tx, asked: Blockable) -> bool:
    """Say whether somebody at the door, or the network they come from, is on the list."""
    candidates = [*candidates_of(asked.senders, asked.region), *networks_of(asked.address)]
    return bool(find_blocked(tx, candidates))
