"""Refresh tokens that a provider gave in place of the one that was set, sealed in the database."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import delete, insert, select

from hub.setup.tables import mail_grants
from hub.storage import Store, Tx

from .sealing import Sealer


class _Asked(NamedTuple):
    entry_point: str
    origin: str
    sealed: str = ""


class StoredGrants:
    """Implements `hub.vendors.mail.oauth.Grants`."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def find(self, entry_point: str, origin: str) -> str | None:
        """Return the newest refresh token that came of `origin`, if one is kept that opens."""
        sealed = await self._store.read(_find, _Asked(entry_point, origin))
        opened = None if sealed is None else self._sealer.open(sealed, _owner(entry_point))
        return None if opened is None else opened.decode()

    async def keep(self, entry_point: str, origin: str, refresh_token: str) -> None:
        """Keep a refresh token in place of the one before. Raises Unavailable."""
        sealed = self._sealer.seal(refresh_token.encode(), _owner(entry_point))
        await self._store.write(_keep, _Asked(entry_point, origin, sealed))


def _owner(entry_point: str) -> str:
    return f"grant:{entry_point}"


def _find(tx: Tx, asked: _Asked) -> str | None:
    found: str | None = tx.execute(
        select(mail_grants.c.sealed).where(
            mail_grants.c.entry_point_id == asked.entry_point,
            mail_grants.c.origin == asked.origin,
        )
    ).scalar_one_or_none()
    return found


def _keep(tx: Tx, asked: _Asked) -> None:
    mine = mail_grants.c.entry_point_id == asked.entry_point
    tx.execute(delete(mail_grants).where(mine, mail_grants.c.origin == asked.origin))
    tx.execute(
        insert(mail_grants).values(
            entry_point_id=asked.entry_point,
            origin=asked.origin,
            sealed=asked.sealed,
            changed_at=tx.now,
        )
    )
