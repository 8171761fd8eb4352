"""In which encoding a file is written, found by reading it once, a piece at a time. Pure.

Spreadsheets in China save GB18030 and say so nowhere. Western text in 1252 is valid GB18030 as
well, but reads as characters that nobody writes: what is not in GB 2312 gives it away. A few lines
that are broken, or written in another encoding, do not decide for the others.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from operator import or_
from typing import BinaryIO

from hub.core.errors import Invalid

_PIECE = 1 << 20
_HEAD = 1 << 12
_MAX_LINE = 64 * 1024  # bytes
_SAMPLE_LINES = 2_000
_SURE = 0.9
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOSTLY_NUL = 0.2  # of every second byte: UTF-16 without a mark


@dataclass(frozen=True, slots=True)
class Looked:
    """What one pass over the bytes tells: `lines` ends of line, for the progress bar."""

    encoding: str
    lines: int


def look_through(file: BinaryIO, encoding: str | None = None) -> Looked:
    """Read the file once: which encoding, how many lines. Raises Invalid for one there is not.

    As told; else by its byte order mark; UTF-16 without one; UTF-8 where it is all that, else
    UTF-8 or GB18030, whichever more lines are; Windows-1252, in which any bytes are text, only
    where hardly a line beyond ASCII is UTF-8 or reads, in GB18030, as characters people write.
    """
    _check(encoding)
    lines, head, is_utf8 = 0, b"", True
    decoder = codecs.getincrementaldecoder("utf-8")()
    while piece := file.read(_PIECE):
        head = head or piece[:_HEAD]
        lines += piece.count(b"\n")
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
    if is_utf8 and decoder.getstate()[0]:
        is_utf8 = False  # the file ends within a character
    found = encoding or _by_head(head) or ("utf-8" if is_utf8 else _by_lines(file))
    file.seek(0)
    return Looked(found, lines)


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and its encoding, as told or found. Raises Invalid if it is another one."""
    encoding = encoding or look_through(io.BytesIO(data)).encoding
    try:
        return data.decode(encoding), encoding
    except (LookupError, UnicodeError) as error:
        raise wrong_encoding(encoding) from error


def wrong_encoding(encoding: str) -> Invalid:
    return Invalid(
        f"The file is not written in {encoding[:40]}: save it as UTF-8 and try again.",
        code="import.encoding",
    )


def _check(encoding: str | None) -> None:
    """Raise Invalid unless it is an encoding of text."""
    try:
        "a".encode(encoding or "utf-8")
    except (LookupError, UnicodeError) as error:
        raise Invalid(
            f"There is no encoding “{(encoding or '')[:40]}”: save the file as UTF-8.",
            code="import.encoding",
        ) from error


def _by_head(head: bytes) -> str | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    start = head[: head.find(b"\n") + 1] or head  # names of columns hold no NUL in other encodings
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if start[first::2].count(0) > _MOSTLY_NUL * (len(start) // 2):
            return name
    return None


def _by_lines(file: BinaryIO) -> str:
    """Tell the encoding of a file that is not all UTF-8 by its first lines beyond ASCII."""
    file.seek(0)
    sample: list[bytes] = []
    while len(sample) < _SAMPLE_LINES and (line := file.readline(_MAX_LINE)):
        if not line.isascii():
            sample.append(line)
    utf8 = [_is_utf8(line) for line in sample]
    chinese = [_is_chinese(line) for line in sample]  # a short line may be both
    if sum(map(or_, utf8, chinese)) <= (1 - _SURE) * len(sample):
        return "cp1252"
    return "utf-8" if sum(utf8) >= sum(chinese) else "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(line: bytes) -> bool:
    """Whether it reads, in GB18030, as characters that GB 2312 has: those people write."""
    try:
        foreign = [c for c in line.decode("gb18030") if not c.isascii()]
    except UnicodeDecodeError:
        return False
    return sum(1 for c in foreign if _is_common(c)) >= _SURE * len(foreign)


def _is_common(character: str) -> bool:
    if character == "\ufffd":  # marks what was lost already
        return True
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
