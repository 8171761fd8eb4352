"""Ids: UUID version 7 (RFC 9562 §5.7), so that rows made later sort later."""

from __future__ import annotations

import os
import threading
import time

_RAND_A_BITS = 12
_RAND_B_BITS = 62
_NOISE_BYTES = 4096


class _Noise(threading.local):
    """Random bytes of the system, taken many at a time: asking it for each id costs a turn of
    Python's lock.
    """

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0

    def take(self) -> bytes:
        """Return eight bytes that were never given before."""
        if self._at >= len(self._bytes):
            self._bytes, self._at = os.urandom(_NOISE_BYTES), 0
        self._at += 8
        return self._bytes[self._at - 8 : self._at]


_noise = _Noise()


def new_id() -> str:
    """Return a new UUIDv7 in its 36-character form.

    The first 48 bits are Unix milliseconds, the next 12 the fraction of the millisecond
    (RFC 9562 §6.2 method 3), the rest random: ids of one process rise with time to about 250 ns.
    """
    nanos = time.time_ns()
    millis, rest = divmod(nanos, 1_000_000)
    fraction = (rest << _RAND_A_BITS) // 1_000_000
    random = int.from_bytes(_noise.take(), "big") & ((1 << _RAND_B_BITS) - 1)
    value = (millis << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | random
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def made_at_ms(id_: str) -> int:
    """Return when an id was made, in milliseconds since 1970. `id_`: one that `is_id`."""
    return int(id_[:8] + id_[9:13], 16)


def is_id(text: str) -> bool:
    """Say whether `text` has the form of an id; what comes from outside is checked before use."""
    if len(text) != 36 or text[8] != "-" or text[13] != "-" or text[18] != "-" or text[23] != "-":
        return False
    digits = text.replace("-", "")
    return len(digits) == 32 and all(character in "0123456789abcdef" for character in digits)
