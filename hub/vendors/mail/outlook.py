"""Thread-Index and Thread-Topic, by which Outlook and Exchange keep a conversation together. Pure.

The index (MS-OXOMSG 2.2.1.3) is a head of 22 bytes, the same for the whole conversation, and one
block of 5 bytes for each mail that answers another. Others go by References (RFC 5322 3.6.4).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta

_HEAD = 22
_BLOCK = 5
_MAX_BYTES = _HEAD + 100 * _BLOCK
_SINCE = datetime(1601, 1, 1, tzinfo=UTC)  # of a FILETIME, which counts 100 ns
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)


def clean_thread_index(value: str | None) -> str | None:
    """Return the index of a mail that came in, None where it is none, or too long to go on with."""
    try:
        index = base64.b64decode("".join((value or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    whole = _HEAD <= len(index) <= _MAX_BYTES and (len(index) - _HEAD) % _BLOCK == 0
    return base64.b64encode(index).decode() if whole else None


def thread_index(conversation_id: str, date: datetime, asked: str | None) -> str:
    """Return the index of a mail of ours. `asked`: that of the mail it answers; without one all
    mails of a conversation share a head that is made of its id.
    """
    parent = base64.b64decode(asked) if asked else _head(conversation_id)
    return base64.b64encode(parent + _block(parent, date)).decode()


def _head(conversation_id: str) -> bytes:
    digest = hashlib.sha256(conversation_id.encode()).digest()
    return _filetime(_EARLIEST).to_bytes(8, "big")[:6] + digest[:16]


def _block(parent: bytes, date: datetime) -> bytes:
    """The time since the head: 31 bits of it, coarser where it is long; then a number."""
    began = int.from_bytes(parent[:6] + b"\0\0", "big")
    passed = max(0, _filetime(date) - began)
    coarse, mask = passed >> 49 > 0, 0x7FFFFFFF
    value = (1 << 31) | ((passed >> 23) & mask) if coarse else (passed >> 18) & mask
    return value.to_bytes(4, "big") + b"\0"


def _filetime(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _SINCE) // timedelta(microseconds=1) * 10
