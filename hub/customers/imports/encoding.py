"""In which encoding a file is written, found by reading it once, a piece at a time. Pure.

Spreadsheets in China save GB18030 and say so nowhere. Western text in 1252 is valid GB18030 as
well, but reads as characters that nobody writes: what is not in GB 2312 gives it away.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from hub.core.errors import Invalid

_PIECE = 1 << 16
_SAMPLE = 20_000  # characters beyond ASCII
_KNOWN_HAN_SHARE = 0.9
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOSTLY_NUL = 0.2  # of every second byte: UTF-16 without a mark


def find_encoding(file: BinaryIO) -> str:
    """Return the encoding: by the mark of its byte order, else UTF-16, UTF-8, GB18030 or 1252.

    Reads the whole file and leaves it at its beginning.
    """
    head = file.read(_PIECE)
    file.seek(0)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    start = head[: head.find(b"\n") + 1] or head  # names of columns hold no NUL in other encodings
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if start[first::2].count(0) > _MOSTLY_NUL * (len(start) // 2):
            return name
    found = _without_mark(file)
    file.seek(0)
    return found


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and its encoding, as told or found. Raises Invalid if it is another one."""
    encoding = encoding or find_encoding(io.BytesIO(data))
    try:
        return data.decode(encoding), encoding
    except (LookupError, UnicodeError) as error:
        raise wrong_encoding(encoding) from error


def wrong_encoding(encoding: str) -> Invalid:
    return Invalid(
        f"The file is not written in {encoding[:40]}: save it as UTF-8 and try again.",
        code="import.encoding",
    )


def _without_mark(file: BinaryIO) -> str:
    if _decodes(file, "utf-8"):
        return "utf-8"
    file.seek(0)
    decoder = codecs.getincrementaldecoder("gb18030")()
    foreign: list[str] = []
    try:
        for piece in _pieces(file):
            text = decoder.decode(piece)
            if len(foreign) < _SAMPLE:
                foreign += [character for character in text if not character.isascii()]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    known = sum(map(_is_gb2312, foreign[:_SAMPLE]))
    return "gb18030" if known >= _KNOWN_HAN_SHARE * len(foreign[:_SAMPLE]) else "cp1252"


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    read: Iterable[bytes] = iter(lambda: file.read(_PIECE), b"")
    yield from read


def _is_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
