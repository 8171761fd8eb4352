"""Signed deliveries: HMAC-SHA256 over the moment and the raw body, so that none can be forged,
altered, or sent again later. Pure.

The header is `X-Hub-Signature: t=1767225600,v1=<hex>`: `t` is when it was signed, in seconds since
1970, and `v1` the HMAC of `t`, a dot, and the body, keyed with the feed's key as text (RFC 2104).
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

HEADER = "X-Hub-Signature"
WINDOW = timedelta(minutes=5)
_FORM = re.compile(r"t=([0-9]{1,12}),\s*v1=([0-9a-f]{64})", re.IGNORECASE)


def sign(key: bytes, body: bytes, at: datetime) -> str:
    """Return the header of a body signed at a moment (aware)."""
    moment = int(at.timestamp())
    return f"t={moment},v1={_mac(key, body, moment)}"


def is_signed(header: str, key: bytes, body: bytes, now: datetime) -> bool:
    """Whether the body was signed with this key, within five minutes of now."""
    found = _FORM.fullmatch(header.strip())
    if found is None:
        return False
    moment = int(found[1])
    fits = hmac.compare_digest(found[2].lower(), _mac(key, body, moment))
    return fits and abs(now.timestamp() - moment) <= WINDOW.total_seconds()


def _mac(key: bytes, body: bytes, moment: int) -> str:
    return hmac.new(key, f"{moment}.".encode() + body, "sha256").hexdigest()
