"""How much of SQLite's log is in use: its file is written over, so its size does not tell.

https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_SALT_BYTES = 8
_MAGIC = (0x377F0682, 0x377F0683)


def is_longer(path: str | Path, most_bytes: int) -> bool:
    """Say whether the log in use passes `most_bytes`.

    A frame belongs to it if it bears the salt of the header: what was written before the log began
    anew bears another one. After a checkpoint the old answer holds until the next commit.
    """
    try:
        with open(path, "rb", buffering=0) as log:
            header = log.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES:
                return False
            magic, _, page_bytes = struct.unpack_from(">III", header)
            if magic not in _MAGIC:
                return False
            frame_bytes = _FRAME_HEADER_BYTES + page_bytes
            place = max(0, most_bytes - _HEADER_BYTES) // frame_bytes
            log.seek(_HEADER_BYTES + place * frame_bytes + 8)
            return log.read(_SALT_BYTES) == header[16 : 16 + _SALT_BYTES]
    except FileNotFoundError:
        return False
