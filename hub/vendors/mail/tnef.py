"""winmail.dat (MS-OXTNEF): the text and the files Outlook hid in it. Pure; None for what is no
TNEF."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .charsets import decode
from .rtf import decompress_rtf, read_rtf

_SIGNATURE = 0x223E9F78
_ATT_BODY = 0x0002800C
_ATT_TITLE = 0x00018010
_ATT_DATA = 0x0006800F
_ATT_RENDER = 0x00069002  # begins a new attachment
_ATT_PROPERTIES = 0x00069005
_MSG_PROPERTIES = 0x00069003
_PROPERTY_LONG_NAME = 0x3707
_PROPERTY_BODY = 0x1000
_PROPERTY_RTF = 0x1009
_PROPERTY_HTML = 0x1013
_BINARY = 0x102
_FIXED_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class TnefContent:
    text: str | None
    files: tuple[tuple[str, bytes], ...]  # name, data
    html: str | None = None


def parse_tnef(data: bytes) -> TnefContent | None:
    """Return what a TNEF stream holds, as far as it can be read, or None if it is none."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    text: str | None = None
    bodies: dict[int, bytes] = {}
    files: list[tuple[str, bytes]] = []
    name, content, in_file = "", b"", False
    position = 6
    while position + 9 <= len(data):
        _, attribute, size = struct.unpack_from("<BII", data, position)
        value = data[position + 9 : position + 9 + size]
        position += 9 + size + 2  # two bytes of checksum
        if len(value) < size:
            break  # cut off
        if attribute == _ATT_RENDER:
            if in_file and content and len(files) < _MAX_FILES:
                files.append((name, content))
            name, content, in_file = "", b"", True
        elif attribute == _ATT_TITLE:
            name = name or decode(value.rstrip(b"\0"))
        elif attribute == _ATT_DATA:
            content, in_file = value, True
        elif attribute == _ATT_PROPERTIES:
            name = _read_properties(value)[0].get(_PROPERTY_LONG_NAME, name)
        elif attribute == _ATT_BODY:
            text = decode(value.rstrip(b"\0"))
        elif attribute == _MSG_PROPERTIES:
            words, bodies = _read_properties(value)
            text = text or words.get(_PROPERTY_BODY)
    if in_file and content and len(files) < _MAX_FILES:
        files.append((name, content))
    html = decode(bodies[_PROPERTY_HTML].rstrip(b"\0")) if _PROPERTY_HTML in bodies else None
    rtf = decompress_rtf(bodies.get(_PROPERTY_RTF, b""))
    if rtf is not None:
        from_rtf, html_of_rtf = read_rtf(rtf)
        text, html = text or from_rtf, html or html_of_rtf
    return TnefContent(text, tuple(files), html)


def _read_properties(data: bytes) -> tuple[dict[int, str], dict[int, bytes]]:
    """Return the texts and the binary bodies of a MAPI list by id; stops at what it cannot read."""
    found: dict[int, str] = {}
    bodies: dict[int, bytes] = {}
    if len(data) < 4:
        return found, bodies
    count = min(struct.unpack_from("<I", data)[0], 1000)
    position = 4
    try:
        for _ in range(count):
            kind, number = struct.unpack_from("<HH", data, position)
            position += 4
            if number >= 0x8000:
                position = _skip_name(data, position)
            multiple = kind & 0x1000
            base = kind & 0x0FFF
            if not multiple and base in _FIXED_SIZES:
                position += _FIXED_SIZES[base]
                continue
            values = struct.unpack_from("<I", data, position)[0]
            position += 4
            if values > 1000:
                return found, bodies
            for _ in range(values):
                size = _FIXED_SIZES.get(base)
                if size is None:
                    size = struct.unpack_from("<I", data, position)[0]
                    position += 4
                raw = data[position : position + size]
                position += size + (-size % 4)
                if base == 0x1F:
                    found.setdefault(number, raw.decode("utf-16-le", "replace").rstrip("\0"))
                elif base == 0x1E:
                    found.setdefault(number, decode(raw.rstrip(b"\0")))
                elif base == _BINARY and number in (_PROPERTY_RTF, _PROPERTY_HTML):
                    bodies.setdefault(number, raw)
    except struct.error:
        pass  # cut off: what was read so far counts
    return found, bodies


def _skip_name(data: bytes, position: int) -> int:
    kind = struct.unpack_from("<I", data, position + 16)[0]
    position += 20
    if kind == 0:
        return position + 4
    size: int = struct.unpack_from("<I", data, position)[0]
    return position + 4 + size + (-size % 4)
