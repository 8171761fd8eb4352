"""Use cases of the block list, and the question everything that comes in asks it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select, tuple_, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.contacts.tables import entry_points
from hub.core.errors import Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .model import Blocked, BlockKind, check_block
from .tables import blocks


@dataclass(frozen=True, slots=True)
class Block:
    """`value` as somebody wrote it; `region` (ISO 3166) reads numbers. `expires_at` None: for good;
    `contact_id`: from which it is blocked.
    """

    actor: Actor
    kind: BlockKind
    value: str
    reason: str
    region: str
    expires_at: datetime | None = None
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Unblock:
    actor: Actor
    block_id: str


def block(tx: Tx, cmd: Block) -> str:
    """Put somebody on the list, or renew who is on it; return the id of the entry.

    Raises Invalid: no address, no reason, an end that is past, an address of ours.
    """
    value = check_block(cmd.kind, cmd.value, cmd.region)
    reason = " ".join(cmd.reason.split())[:500]
    if not reason:
        raise Invalid(
            "Say why: who meets the block later has to know.", code="block.reason", field="reason"
        )
    if cmd.expires_at is not None and cmd.expires_at <= tx.now:
        raise Invalid(
            "The block would end before it begins: choose a later end.",
            code="block.ends",
            field="until",
        )
    _check_not_ours(tx, cmd.kind, value)
    said = {
        "reason": reason,
        "by_id": cmd.actor.id,
        "by_name": cmd.actor.name,
        "contact_id": cmd.contact_id,
        "created_at": tx.now,
        "expires_at": cmd.expires_at,
    }
    same = and_(blocks.c.kind == cmd.kind, blocks.c.value == value)
    known = tx.execute(select(blocks.c.id).where(same).with_for_update()).scalar()
    block_id: str = known or new_id()
    if known:
        tx.execute(update(blocks).where(blocks.c.id == known).values(**said))
    else:
        tx.execute(insert(blocks).values(id=block_id, kind=cmd.kind, value=value, **said))
    until = None if cmd.expires_at is None else cmd.expires_at.isoformat()
    detail = {"kind": cmd.kind.value, "until": until, "renewed": known is not None}
    audit(tx, cmd.actor, "block.add", "block", block_id, detail)
    return block_id


def unblock(tx: Tx, cmd: Unblock) -> None:
    """Take an entry off the list. Raises NotFound."""
    gone = tx.execute(delete(blocks).where(blocks.c.id == cmd.block_id).returning(blocks.c.kind))
    kind = gone.scalar_one_or_none()
    if kind is None:
        raise NotFound("This block is gone already.")
    audit(tx, cmd.actor, "block.remove", "block", cmd.block_id, {"kind": kind})


@dataclass(frozen=True, slots=True)
class ForgetBlocks:
    """What the list has of somebody who is erased: their own addresses, those that others share,
    and their contacts.
    """

    actor: Actor
    own: Collection[Blocked]
    shared: Collection[Blocked]
    contact_ids: Collection[str]


def forget_blocks(tx: Tx, cmd: ForgetBlocks) -> None:
    """Take their own addresses off the list; of what stays, nothing says why it was blocked."""
    entry = tuple_(blocks.c.kind, blocks.c.value)
    gone = delete(blocks).where(entry.in_(sorted(set(cmd.own))))
    for row in tx.execute(gone.returning(blocks.c.id, blocks.c.kind)).all():
        audit(tx, cmd.actor, "block.remove", "block", row.id, {"kind": row.kind})
    stays = entry.in_(sorted(set(cmd.shared))) | blocks.c.contact_id.in_(sorted(cmd.contact_ids))
    tx.execute(update(blocks).where(stays).values(reason="", contact_id=None))


_FIND = Statement("""
SELECT b.kind, b.value FROM {rows} JOIN blocks b ON b.kind = {text 0} AND b.value = {text 1}
WHERE b.expires_at IS NULL OR b.expires_at > {time :now}
""")


def find_blocked(tx: Tx, candidates: Collection[Blocked]) -> set[Blocked]:
    """Return which of these entries are on the list and in force, in one statement."""
    if not candidates:
        return set()
    rows = _FIND(tx, sorted(set(candidates)), now=tx_time(tx, tx.now))
    return {(row.kind, row.value) for row in rows}


@dataclass(frozen=True, slots=True)
class ListBlocks:
    """`words`: a part of the value or the reason; `after`: the last one of the page before."""

    words: str
    limit: int
    after: tuple[datetime, str] | None = None


def list_blocks(tx: Tx, ask: ListBlocks) -> Sequence[Row[Any]]:
    """Return entries, the newest first, also those whose time is over."""
    table = blocks.c
    found = select(blocks).order_by(table.created_at.desc(), table.id.desc()).limit(ask.limit)
    if ask.words:
        found = found.where(
            or_(
                table.value.icontains(ask.words, autoescape=True),
                table.reason.icontains(ask.words, autoescape=True),
            )
        )
    if ask.after is not None:
        at, id_ = ask.after
        before = or_(table.created_at < at, and_(table.created_at == at, table.id < id_))
        found = found.where(before)
    return tx.execute(found).all()


def _check_not_ours(tx: Tx, kind: BlockKind, value: str) -> None:
    ours = {
        str(address).casefold() for address in tx.execute(select(entry_points.c.address)).scalars()
    }
    domains = {address.rpartition("@")[2] for address in ours if "@" in address}
    mine = value in ours or (
        kind is BlockKind.DOMAIN
        and any(domain == value or domain.endswith(f".{value}") for domain in domains)
    )
    if mine:
        raise Invalid(
            "This is an address of ours: what our own mailboxes send would be blocked.",
            code="block.ours",
            field="value",
        )
