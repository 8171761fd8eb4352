"""The side panel in force: written with the set-up, read by the desk."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from sqlalchemy import delete, insert, select

from hub.storage import Tx

from .model import Panel
from .tables import panel_setup

_ID = "current"


def load_panel(tx: Tx) -> Panel:
    """Return the panel in force; the usual one before the set-up says otherwise. One small read."""
    found = select(panel_setup.c.document).where(panel_setup.c.id == _ID)
    document = tx.execute(found).scalar_one_or_none()
    return Panel() if document is None else _decode(document)


def save_panel(tx: Tx, panel: Panel) -> None:
    """Put a panel in force (`hub apply`, which tells of it)."""
    tx.execute(delete(panel_setup).where(panel_setup.c.id == _ID))
    document = msgspec.json.encode(panel).decode()
    tx.execute(insert(panel_setup).values(id=_ID, document=document))


@lru_cache(maxsize=4)
def _decode(text: str) -> Panel:
    return msgspec.json.decode(text, type=Panel)
