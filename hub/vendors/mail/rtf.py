"""Compressed RTF (MS-OXRTFCP) → text or the HTML it was made of: how Outlook keeps a body in
winmail.dat. Pure; None for what cannot be read."""

from __future__ import annotations

import re
import struct

from .charsets import decode

_COMPRESSED = 0x75465A4C  # LZFu
_STORED = 0x414C454D  # MELA
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_MAX_BYTES = 512 * 1024
# One step of RTF: the begin or end of a group, a control word, an escaped byte or sign, text.
_TOKEN = re.compile(
    rb"([{}])|\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|[\r\n]+|([^\\{}\r\n]+)"
)
# Groups that hold no words of the body.
_UNSPOKEN = frozenset(
    (b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer")
)
_SPOKEN = {b"par": "\n", b"line": "\n", b"tab": "\t", b"emdash": "—", b"endash": "–"} | {
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"
}  # fmt: skip


def decompress_rtf(data: bytes) -> bytes | None:
    """Return the RTF, at most 512 KiB of it; None where it is no compressed RTF."""
    if len(data) < 16:
        return None
    _, size, kind = struct.unpack_from("<III", data)
    if kind == _STORED:
        return data[16 : 16 + min(size, _MAX_BYTES)]
    if kind != _COMPRESSED:
        return None
    window = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    write, out, position = len(_DICTIONARY), bytearray(), 16
    limit = min(size, _MAX_BYTES)
    while position < len(data) and len(out) < limit:
        control = data[position]
        position += 1
        for bit in range(8):
            if position >= len(data) or len(out) >= limit:
                break
            if not control >> bit & 1:
                found = data[position : position + 1]
                position += 1
            else:
                if position + 2 > len(data):
                    return bytes(out)
                reference = data[position] << 8 | data[position + 1]
                position += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == write:
                    return bytes(out)  # the end
                found = b""
                for step in range(length):  # byte by byte: a run may repeat what it just wrote
                    byte = window[(offset + step) % 4096]
                    window[write] = byte
                    write = (write + 1) % 4096
                    found += bytes((byte,))
                out += found
                continue
            window[write] = found[0]
            write = (write + 1) % 4096
            out += found
    return bytes(out)


def read_rtf(data: bytes) -> tuple[str | None, str | None]:
    """Return (text, None), or (None, HTML) of RTF that was made of HTML (MS-OXRTFEX)."""
    if not data.startswith(b"{\\rtf"):
        return None, None
    reader = _Reader(b"\\fromhtml" in data[:1024])
    reader.read(data)
    # \u counts in 16 bits: what is beyond them (emoji) comes in halves.
    halves = "".join(reader.out).encode("utf-16-le", "surrogatepass")
    words = halves.decode("utf-16-le", "ignore").strip()
    if not words:
        return None, None
    return (None, words) if reader.from_html else (words, None)


class _Reader:
    """Walks the groups; of RTF made of HTML only the tags and what is not \\htmlrtf count."""

    def __init__(self, from_html: bool) -> None:
        self.from_html = from_html
        self.out: list[str] = []
        self._raw = bytearray()
        self._charset = "cp1252"
        self._silent: list[bool] = [False]
        self._only_rtf = False
        self._skip = 0  # characters that repeat \u for old programs
        self._begun = False  # a group has just begun

    def read(self, data: bytes) -> None:
        for token in _TOKEN.finditer(data):
            self._token(token)
        self._flush()

    def _token(self, token: re.Match[bytes]) -> None:
        brace, word, number, escaped, sign, text = token.groups()
        begun, self._begun = self._begun, brace == b"{"
        if brace == b"{":
            self._silent.append(self._silent[-1])
        elif brace == b"}":
            if len(self._silent) > 1:
                self._silent.pop()
        elif word is not None:
            self._word(word, number, begun)
        elif sign == b"*" and begun:
            self._silent[-1] = True  # a destination that may be passed over, unless known below
            self._begun = True
        elif escaped is not None:
            self._say(bytes((int(escaped, 16),)))
        elif sign is not None:
            self._say({b"~": b" ", b"_": b"-", b"-": b""}.get(sign, sign))
        elif text is not None:
            self._say(text)

    def _word(self, word: bytes, number: bytes | None, begun: bool) -> None:
        if word == b"htmltag" and begun:
            self._silent[-1] = False
        elif word in _UNSPOKEN and begun:
            self._silent[-1] = True
        elif word == b"htmlrtf":
            self._only_rtf = number != b"0"
        elif word == b"ansicpg" and number is not None:
            self._charset = f"cp{int(number)}" if number != b"65001" else "utf-8"
        elif word == b"u" and number is not None:
            self._flush()
            if self._heard():
                self.out.append(chr(int(number) % 0x10000))
            self._skip = 1
        elif word in _SPOKEN and self._heard():
            self._flush()
            self.out.append(_SPOKEN[word])

    def _heard(self) -> bool:
        return not self._silent[-1] and not (self.from_html and self._only_rtf)

    def _say(self, data: bytes) -> None:
        if self._skip:
            data, self._skip = data[self._skip :], max(0, self._skip - len(data))
        if self._heard():
            self._raw += data

    def _flush(self) -> None:
        if self._raw:
            self.out.append(decode(bytes(self._raw), self._charset))
            self._raw.clear()
