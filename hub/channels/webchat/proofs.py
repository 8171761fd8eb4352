"""What a visitor has proved by a code, on web chat's own rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update

from hub.storage import Tx

from .tables import webchat_visitors


@dataclass(frozen=True, slots=True)
class SaveProof:
    """A visitor has proved this address by a code: they are written to there, too."""

    visitor_id: str
    email: str


def save_proof(tx: Tx, save: SaveProof) -> datetime:
    """Keep it, and return since when it counts."""
    tx.execute(
        update(webchat_visitors)
        .where(webchat_visitors.c.id == save.visitor_id)
        .values(email=save.email, proven_email=save.email, proven_at=tx.now)
    )
    return tx.now


class Evidence(NamedTuple):
    """The address a code has proved, and when; when the site has last signed who they are."""

    email: str
    at: datetime
    signed_at: datetime | None


def find_proof(tx: Tx, visitor_id: str) -> Evidence | None:
    """Return what a visitor has proved by a code, perhaps on another page of the same browser."""
    v = webchat_visitors.c
    row = tx.execute(
        select(v.proven_email, v.proven_at, v.signed_at).where(
            v.id == visitor_id, v.proven_email.is_not(None)
        )
    ).first()
    return None if row is None else Evidence(row.proven_email, row.proven_at, row.signed_at)
