"""The job `privacy.mask_cards`: card numbers in what is stored already, beside live traffic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from hub.care.masking import (
    SAID,
    Ended,
    Piece,
    Rows,
    check_masks,
    find_begin,
    find_unmasked,
    finish_masking,
    mask_found,
    note_far,
)
from hub.storage import Store

Tell = Callable[[int, int], Awaitable[None]]

_AT_ONCE = 10  # rows of one transaction: the writer's time is live traffic's


class MaskCards(Struct, frozen=True):
    """`dry_run`: only count, from the beginning. `held_too`: also what a legal hold keeps."""

    dry_run: bool = False
    held_too: bool = False


class MaskedCards(Struct, frozen=True):
    """Rows by table: `looked_at`, and `masked`, or those that would be; `held`: those that were
    left because of a legal hold.
    """

    looked_at: dict[str, int]
    masked: dict[str, int]
    held: dict[str, int]


async def mask_cards(store: Store, asked: MaskCards, tell: Tell) -> MaskedCards:
    """Mask what is left; of a walk that was broken off, the rest. What was held then is counted by
    the next one that begins anew.

    Raises Invalid where the set-up has card numbers kept.
    """
    await store.read(check_masks, None)
    looked_at = dict.fromkeys(SAID, 0)
    masked = dict.fromkeys(SAID, 0)
    held = dict.fromkeys(SAID, 0)
    for table in SAID:
        begin = Piece(table, held_too=asked.held_too)
        after: str | None = "" if asked.dry_run else await store.read(find_begin, begin)
        while after is not None:
            found = await store.read(find_unmasked, begin._replace(after=after))
            looked_at[table] += found.looked_at
            held[table] += found.held
            if asked.dry_run:
                masked[table] += len(found.ids)
            else:
                for at in range(0, len(found.ids), _AT_ONCE):
                    rows = Rows(table, found.ids[at : at + _AT_ONCE], asked.held_too)
                    done = await store.write_bulk(mask_found, rows)
                    masked[table] += done.rows
                    held[table] += done.held
                await store.write_bulk(note_far, begin._replace(after=found.last or ""))
            after = found.last
            seen = sum(looked_at.values())
            await tell(seen, seen)
    if not asked.dry_run:
        ended = Ended(masked, sum(held.values()), asked.held_too)
        await store.write_bulk(finish_masking, ended)
    return MaskedCards(looked_at, masked, held)
