"""What became of a message with each of those it went to, kept on its interaction. Pure.

A message to several may reach some and not the others. `meta["recipients"]` holds what is known of
each; the delivery of the whole says "failed" only where it reached nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from .effects import Reached, RecipientFate
from .model import DeliveryState

RECIPIENTS = "recipients"
RETRY_AT = "retry_at"  # when it is tried again, as ISO 8601
LATE = "late"  # its author was told that it has not gone out for an hour
MAY_BE_DUPLICATE = "may_be_duplicate"  # a code: it may have gone out before, and went out once more

_OUT = frozenset({Reached.SENT, Reached.DELAYED, Reached.DELIVERED})


def fates_of(meta: Mapping[str, Any]) -> list[RecipientFate]:
    """Return what is known of each recipient, in the order in which it became known."""
    return msgspec.convert(meta.get(RECIPIENTS, []), list[RecipientFate])


def with_fates(
    meta: Mapping[str, Any], fates: Sequence[RecipientFate], retry_at: datetime | None = None
) -> dict[str, Any]:
    """Return the meta with news of some recipients, and when it is tried again."""
    known = {_same(fate.address): fate for fate in fates_of(meta)}
    for fate in fates:
        before = known.get(_same(fate.address))
        written = before.address if before else fate.address
        known[_same(fate.address)] = msgspec.structs.replace(fate, address=written)
    kept = {key: value for key, value in meta.items() if key != RETRY_AT}
    if known:
        kept[RECIPIENTS] = [msgspec.to_builtins(fate) for fate in known.values()]
    if retry_at is not None:
        kept[RETRY_AT] = retry_at.isoformat()
    return kept


def of_all(meta: Mapping[str, Any], told: DeliveryState) -> DeliveryState:
    """Return what the whole message is where `told` is the newest of it: not lost while somebody
    has it, and arrived only where it arrived with everybody.
    """
    fates = fates_of(meta)
    if told in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
        reached = any(fate.state in _OUT for fate in fates)
        return DeliveryState.SENT if reached else told
    if told is DeliveryState.DELIVERED and any(f.state is not Reached.DELIVERED for f in fates):
        return DeliveryState.SENT
    return told


def named(meta: Mapping[str, Any]) -> list[str]:
    """Return the addresses a message of ours was written to, as far as they were chosen."""
    found = [address for field in ("to", "cc", "bcc") for address in meta.get(field) or ()]
    return list(dict.fromkeys(found))


def fate_of_one(
    meta: Mapping[str, Any], address: str, fate: RecipientFate
) -> tuple[RecipientFate, ...]:
    """Return the fates once a report speaks of one recipient: of the others we know that it went
    out. A single recipient is meant whatever address the report gives (they may have moved).
    """
    everybody = named(meta)
    known = {_same(one.address) for one in fates_of(meta)}
    if len(everybody) <= 1 and not known - {_same(address)}:
        return (msgspec.structs.replace(fate, address=everybody[0] if everybody else address),)
    others = [one for one in everybody if _same(one) != _same(address) and _same(one) not in known]
    return (*(RecipientFate(one, Reached.SENT) for one in others), fate)


def _same(address: str) -> str:
    return address.strip().casefold()
