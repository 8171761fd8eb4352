"""Links are made in the transaction of their lines, at its end; what goes is noted on them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.accounts.model import SYSTEM
from hub.accounts.tables import audit_log
from hub.core.ids import new_id
from hub.storage import Tx

from .model import FORGET, GENESIS, Gone, Line, Salts, digest_gone, link_line
from .tables import audit_head, audit_links

_SALT_BYTES = 16
_SALTS_OF = {Gone.LINE: ("said_salt", "detail_salt"), Gone.DETAIL: ("detail_salt",)}


class Went(NamedTuple):
    """Lines that are deleted in this transaction, or whose detail is emptied in it."""

    gone: Gone
    line_ids: Sequence[str]


def link_lines(tx: Tx, items: Sequence[Line | Went]) -> None:
    """Link the lines of one transaction, in their order, and say in the log itself what went.

    For `Tx.at_end` only: on PostgreSQL the newest link is locked from here until the commit, so
    that several processes make one chain. What goes may have been written in the same transaction.
    """
    lines = [one for one in items if isinstance(one, Line)]
    went = [one for one in items if isinstance(one, Went)]
    if lines:
        _append(tx, lines)
    if went:
        told = [_tell(tx, one) for one in went]
        tx.execute(insert(audit_log), [line._asdict() for line in told])
        _append(tx, told)


def _append(tx: Tx, lines: Sequence[Line]) -> None:
    seq, newest = _lock_head(tx)
    links = []
    for line in lines:
        link = link_line(seq + 1, newest, line, _new_salts())
        seq, newest = link.seq, link.hash
        links.append(link._asdict())
    tx.execute(insert(audit_links), links)
    tx.execute(update(audit_head).where(audit_head.c.id == 1).values(seq=seq, hash=newest))


def _tell(tx: Tx, went: Went) -> Line:
    """Note on the links what went, forget its salts, and return the line that says so."""
    told_by, links = new_id(), audit_links.c
    seqs = tx.execute(
        update(audit_links)
        .where(links.line_id.in_(went.line_ids))
        .values(gone=went.gone, gone_by=told_by, **dict.fromkeys(_SALTS_OF[went.gone], ""))
        .returning(links.seq)
    ).scalars()
    count, sha256 = digest_gone(sorted(seqs))
    told = {"what": went.gone.value, "lines": count, "sha256": sha256}
    return Line(told_by, tx.now, SYSTEM.id, SYSTEM.name, SYSTEM.via, "", FORGET, "audit", "", told)


def _lock_head(tx: Tx) -> tuple[int, str]:
    """Return the newest link. A head that is gone, or was put back past the hub, stops nobody: the
    chain goes on behind the newest link there is.
    """
    newest = select(func.max(audit_links.c.seq)).scalar_subquery()
    found = select(audit_head.c.seq, audit_head.c.hash, newest.label("newest")).with_for_update()
    row = tx.execute(found).one_or_none()
    if row is None:  # the first line, or somebody removed it
        _make_head(tx)
        row = tx.execute(found).one()
    if row.newest is not None and row.newest > row.seq:
        return _newest_link(tx)
    return int(row.seq), str(row.hash)


def _make_head(tx: Tx) -> None:
    seq, newest_hash = _newest_link(tx)
    dialect = postgresql if tx.dialect == "postgresql" else sqlite
    values = {"id": 1, "seq": seq, "hash": newest_hash}
    tx.execute(dialect.insert(audit_head).values(values).on_conflict_do_nothing())


def _newest_link(tx: Tx) -> tuple[int, str]:
    links = audit_links.c
    newest = select(links.seq, links.hash).order_by(links.seq.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    return (0, GENESIS) if row is None else (int(row.seq), str(row.hash))


def _new_salts() -> Salts:
    return Salts(secrets.token_hex(_SALT_BYTES), secrets.token_hex(_SALT_BYTES))
