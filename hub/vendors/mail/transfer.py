"""Content-Transfer-Encodings as they come: base64 with dirt, broken quoted-printable, uuencode.
Pure."""

from __future__ import annotations

import binascii
import re

from .headers import decode_base64

_TOKEN = re.compile(rb"[A-Za-z0-9-]+")
_COMMENT = re.compile(rb"\([^()]*\)")
_UUENCODED = ("uuencode", "x-uuencode", "uue", "x-uue")
_SOFT_BREAK_WITH_BLANKS = re.compile(rb"=[ \t]+\r?\n")
_BASE64_LINES = re.compile(rb"[A-Za-z0-9+/=\s]*\Z")
_AFTER_PADDING = re.compile(rb"={1,2}[^\S\n]*+\n\s*+(?=[^=])")
_SENTENCE = re.compile(rb"[A-Za-z]{2,} [A-Za-z]{1,} [A-Za-z]{2,}")
# RFC 2045 knows no uuencode, yet programs write it into the text: begin <mode> <name>.
_BEGIN = re.compile(rb"(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,200})\r?\n")
_END = re.compile(rb"(?m)^end[ \t]*(?:\r?\n|\Z)")
_UU_LINE_BYTES = 200  # 61 are usual
_UU_LINE = re.compile(rb"[ -`]{1,90}\r?\Z")


def decode_transfer(content: bytes, encoding: bytes, *, text: bool) -> bytes:
    """Return the bytes that `content` stands for; as they are where the encoding is unknown.

    `text`: the part is text, so that plain words called base64 are taken for words.
    """
    if not encoding:
        return content
    token = _TOKEN.search(_COMMENT.sub(b"", encoding[:200]))
    name = token.group(0).decode("ascii").lower() if token else ""
    if name == "base64":
        return _decode_base64(content, text=text)
    if name == "quoted-printable":
        if b"= " in content or b"=\t" in content:
            content = _SOFT_BREAK_WITH_BLANKS.sub(b"=\n", content)
        return binascii.a2b_qp(content)
    if name in _UUENCODED:
        _, files = find_uuencoded(content, 1)
        return files[0][1] if files else content
    return content


def _decode_base64(content: bytes, *, text: bool) -> bytes:
    if text and _SENTENCE.search(content[:2000]):
        return content  # never was encoded
    padded = _AFTER_PADDING.search(content)
    if padded is None:
        return decode_base64(content)
    # Behind the padding: a second block, or the words a mailing list put below.
    first = decode_base64(content[: padded.end()])
    rest = content[padded.end() :]
    if _BASE64_LINES.match(rest) is None:
        return first
    blocks = re.split(rb"=+", rest, maxsplit=1000)
    return first + b"".join(decode_base64(block) for block in blocks)


def find_uuencoded(data: bytes, limit: int) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the text without its uuencoded files, and at most `limit` of those: (name, bytes).

    A block that cannot be decoded stays in the text.
    """
    files: list[tuple[bytes, bytes]] = []
    if not data.startswith(b"begin") and b"\nbegin" not in data:
        return data, files
    kept: list[bytes] = []
    position = 0
    end: re.Match[bytes] | None = None
    while len(files) < limit and (begin := _BEGIN.search(data, position)) is not None:
        if end is None or end.start() < begin.end():
            end = _END.search(data, begin.end())
        if end is None:
            break
        content = _decode_lines(data, begin.end(), end.start())
        if content is None:
            kept.append(data[position : begin.end()])
            position = begin.end()
            limit -= 1
            continue
        kept.append(data[position : begin.start()])
        files.append((begin[1].strip(), content))
        position = end.end()
    return (b"".join(kept) + data[position:] if position else data), files


def _decode_lines(data: bytes, position: int, stop: int) -> bytes | None:
    """Read line by line: most of what only begins so ends at its first."""
    out: list[bytes] = []
    while position < stop:
        end = data.find(b"\n", position, min(stop, position + _UU_LINE_BYTES))
        if end < 0:
            if stop - position > _UU_LINE_BYTES:
                return None
            end = stop
        line = data[position:end]
        position = end + 1
        if not line.strip():
            continue
        if _UU_LINE.match(line) is None:
            return None
        line = line.rstrip(b"\r")
        size = (line[0] - 32) & 63
        need = -(-size // 3) * 4
        try:  # trailing blanks are lost on the way, and some programs add a checksum
            out.append(binascii.a2b_uu(line[:1] + line[1 : 1 + need].ljust(need)))
        except binascii.Error:
            return None
    return b"".join(out) if out else None
