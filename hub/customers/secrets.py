"""Keys that the hub makes itself, once, and keeps: of hashes of addresses, of links to opt out,
of codes that prove a mailbox.
"""

from __future__ import annotations

import secrets

from sqlalchemy import select, text

from hub.storage import Tx

from .tables import hub_secrets

ADDRESS_HASH = "address_hash"
OPT_OUT_LINK = "opt_out_link"
ADDRESS_CODE = "address_code"
_BYTES = 32
_KEEP = text("INSERT INTO hub_secrets (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING")


def find_secret(tx: Tx, name: str) -> bytes | None:
    """Return a key, 32 bytes; None: nothing needed it yet."""
    found: str | None = tx.execute(
        select(hub_secrets.c.value).where(hub_secrets.c.name == name)
    ).scalar_one_or_none()
    return None if found is None else bytes.fromhex(found)


def keep_secret(tx: Tx, name: str) -> bytes:
    """Return a key, made now if there is none yet: the same one for ever, in every process."""
    found = find_secret(tx, name)
    if found is not None:
        return found
    made = secrets.token_bytes(_BYTES)
    tx.execute(_KEEP, {"name": name, "value": made.hex()})
    return find_secret(tx, name) or made  # another process may have been first: its key counts
