"""Who was asked by a link: found by the hash of its token, answered once, for a while only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from hub.storage import Tx

from .model import hash_token
from .tables import survey_asks

GOOD_FOR = timedelta(days=14)
"""How long a link can be answered, counted from when it goes out."""


class LinkAnswer(NamedTuple):
    """What was said on the page behind a link."""

    token: str
    score: int
    comment: str


class LinkAsk(NamedTuple):
    token_hash: str
    identity_id: str
    contact_id: str | None
    campaign_id: str | None
    survey_key: str
    entry_point_id: str | None  # whose mail has the link; None: it was asked before that was kept
    language: str | None
    expires_at: datetime
    answered_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Say whether it can be answered."""
        return self.answered_at is None and now < self.expires_at


_COLUMNS = [survey_asks.c[name] for name in LinkAsk._fields]


def find_ask(tx: Tx, token: str, *, for_change: bool = False) -> LinkAsk | None:
    """Return who was asked by this token; None for one that is none of ours."""
    hashed = hash_token(token)
    if hashed is None:
        return None
    found = select(*_COLUMNS).where(survey_asks.c.token_hash == hashed)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    return None if row is None else LinkAsk._make(row)


def answered(tx: Tx, ask: LinkAsk) -> None:
    """Remember that it was answered: a link speaks once."""
    tx.execute(
        update(survey_asks)
        .where(survey_asks.c.token_hash == ask.token_hash)
        .values(answered_at=tx.now)
    )
