"""Header fields: RFC 2047 words, RFC 2231 parameters, addresses, ids, dates — on bytes, leniently.
Pure.

The standard library's structured parser raises on about one ugly mail in twenty; everything here
returns the best reading instead.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from .charsets import decode, scrub_line
from .model import Address

_WORD = re.compile(rb"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(rb"\r?\n[ \t]*|\r")
_MESSAGE_ID = re.compile(r"<([^<>\s\"]{1,900})>")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_SECTION = re.compile(r"^(.+?)\*(?:(\d{1,3})(\*)?)?$")
_MAX_IDS = 200
_PEEK_BYTES = 65_536
_FIELD = re.compile(rb"^(from|subject):(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def decode_header(raw: bytes, hint: str | None = None) -> str:
    """Return the text of an unstructured header: words decoded, 8-bit guessed, one scrubbed line.

    Neighbouring words of one charset are joined before decoding, because senders cut multi-byte
    characters between them (against RFC 2047 §5, and common).
    """
    raw = _FOLD.sub(b" ", raw)
    pieces: list[tuple[str | None, bytes]] = []  # (charset of a word or None, bytes)
    end = 0
    for match in _WORD.finditer(raw):
        between = raw[end : match.start()]
        if between.strip() or (between and not (pieces and pieces[-1][0] is not None)):
            pieces.append((None, between))
        charset = match.group(1).decode("ascii", "replace").lower()
        data = _decode_word(match.group(2), match.group(3))
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + data)
        else:
            pieces.append((charset, data))
        end = match.end()
    if raw[end:]:
        pieces.append((None, raw[end:]))
    return scrub_line("".join(decode(data, charset, hint) for charset, data in pieces))


def peek_headers(raw: bytes) -> tuple[str, str]:
    """Return From and Subject of a mail that cannot be parsed, as far as its first 64 KiB show
    them; "" where they do not. Never raises.
    """
    head = re.split(rb"\r?\n\r?\n", raw[:_PEEK_BYTES], maxsplit=1)[0]
    found: dict[str, str] = {}
    for match in _FIELD.finditer(head):
        name = match.group(1).decode("ascii").lower()
        found.setdefault(name, decode_header(match.group(2)[:4000]).strip()[:300])
    return found.get("from", ""), found.get("subject", "")


def _decode_word(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"qQ":
        return _HEX.sub(lambda match: bytes([int(match.group(1), 16)]), data.replace(b"_", b" "))
    return decode_base64(data)


def decode_base64(data: bytes) -> bytes:
    """Decode base64 whatever its padding and however much dirt is in it; b"" when nothing is
    left."""
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return b64decode(clean + b"=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        return b""


def parse_addresses(raw: bytes, limit: int, hint: str | None = None) -> tuple[Address, ...]:
    """Return the mailboxes of an address header (RFC 5322 §3.4), at most `limit`.

    Understands names, comments (`a@b.c (Name)`), groups, routes, quoted strings and names in
    encoded words that hold commas. What has no usable address is left out.
    """
    found: list[Address] = []
    for name, comment, address in _split_mailboxes(_FOLD.sub(b" ", raw)):
        email = clean_address(address)
        if email is None:
            continue
        label = decode_header(name, hint)
        if len(label) > 1 and label[0] == label[-1] and label[0] in "\"'":
            label = label[1:-1].strip()
        if not label or label == email:
            label = decode_header(comment, hint)
        found.append(Address(email, label[:200] if label and label != email else None))
        if len(found) >= limit:
            break
    return tuple(found)


def clean_address(raw: bytes) -> str | None:
    """Return `local@domain` without controls, blanks and quotes around it, or None if it is
    none."""
    text = scrub_line(decode(raw)).replace(" ", "").strip("<>\"',;")
    if ":" in text and text.startswith("@"):  # an old source route: @relay:user@host
        text = text.rpartition(":")[2]
    local, at, domain = text.rpartition("@")
    domain = domain.rstrip(".")
    if (
        not at
        or not local
        or not domain
        or len(text) > 320
        or any(c in text for c in '<>()[],;:\\"')
    ):
        return None
    return f"{local}@{domain.lower()}"


def _split_mailboxes(raw: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Split into (display name, comment, address); one pass, linear, knows quotes and words."""
    boxes: list[tuple[bytes, bytes, bytes]] = []
    name, comment, angle = bytearray(), bytearray(), bytearray()
    seen_angle = False
    index, size = 0, len(raw)

    def flush() -> None:
        nonlocal name, comment, angle, seen_angle
        if seen_angle:
            boxes.append((bytes(name), bytes(comment), bytes(angle)))
        elif b"@" in name:
            boxes.append((b"", bytes(comment), bytes(name)))
        name, comment, angle, seen_angle = bytearray(), bytearray(), bytearray(), False

    while index < size:
        character = raw[index : index + 1]
        if character == b'"':
            # A quote that is never closed quotes nothing.
            index = _take_quoted(raw, index, name) if b'"' in raw[index + 1 :] else index + 1
            continue
        if character == b"(":
            index = _take_comment(raw, index, comment)
            continue
        if character == b"=" and (word := _WORD.match(raw, index)):
            name += word.group(0)
            index = word.end()
            continue
        if character == b"<":
            end = raw.find(b">", index)
            end = size if end < 0 else end
            angle = bytearray(raw[index + 1 : end])
            seen_angle = True
            index = end + 1
            continue
        if character in b",;":
            flush()
        elif character == b":" and not seen_angle and b"@" not in name:
            name.clear()  # the name of a group
        else:
            name += character
        index += 1
    flush()
    return boxes


def _take_quoted(raw: bytes, start: int, into: bytearray) -> int:
    index = start + 1
    while index < len(raw) and raw[index] != 0x22:
        if raw[index] == 0x5C and index + 1 < len(raw):
            index += 1
        into.append(raw[index])
        index += 1
    return index + 1


def _take_comment(raw: bytes, start: int, into: bytearray) -> int:
    depth, index = 1, start + 1
    while index < len(raw):
        byte = raw[index]
        depth += (byte == 0x28) - (byte == 0x29)
        if depth == 0:
            return index + 1
        into.append(byte)
        index += 1
    return index


def parse_parameters(raw: bytes, hint: str | None = None) -> tuple[str, dict[str, str]]:
    """Return the value and the parameters of a Content-Type or Content-Disposition field.

    Reads RFC 2231 (continuations, charset'language'%XX), RFC 2047 words in quotes (Outlook, QQ) and
    raw 8-bit names. Parameter names are in lower case; the value too.
    """
    fields = _split_fields(_FOLD.sub(b" ", raw))
    value = scrub_line(decode(fields[0])).lower() if fields else ""
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, bytes]]] = {}
    for item in fields[1:]:
        key_raw, equals, content = item.partition(b"=")
        if not equals:
            continue
        key = scrub_line(decode(key_raw)).lower()
        content = _unquote(content.strip())
        match = _SECTION.match(key)
        if match is None:
            plain.setdefault(key, decode_header(content, hint))
        else:
            encoded = match.group(2) is None or match.group(3) is not None
            number = int(match.group(2) or 0)
            sections.setdefault(match.group(1), []).append((number, encoded, content))
    for key, pieces in sections.items():
        plain[key] = _join_sections(sorted(pieces), hint)
    return value, plain


def _join_sections(pieces: list[tuple[int, bool, bytes]], hint: str | None) -> str:
    charset: str | None = None
    data = b""
    for position, (_, encoded, content) in enumerate(pieces):
        if encoded:
            if position == 0 and content.count(b"'") >= 2:
                label, _, content = content.split(b"'", 2)
                charset = label.decode("ascii", "replace") or None
            data += unquote_to_bytes(content)
        else:
            data += content
    if charset is None:
        return decode_header(data, hint)
    return scrub_line(decode(data, charset, hint))


def _split_fields(raw: bytes) -> list[bytes]:
    fields: list[bytes] = []
    start, index, size = 0, 0, len(raw)
    while index < size and len(fields) < 200:
        byte = raw[index]
        if byte == 0x22:
            index = _take_quoted(raw, index, bytearray())
            continue
        if byte == 0x3B:
            fields.append(raw[start:index].strip())
            start = index + 1
        index += 1
    fields.append(raw[start:].strip())
    return fields


def _unquote(content: bytes) -> bytes:
    if content[:1] != b'"':
        return content
    out = bytearray()
    _take_quoted(content, 0, out)
    return bytes(out)


def parse_message_ids(text: str) -> tuple[str, ...]:
    """Return the ids of a Message-ID, In-Reply-To or References value with their angle brackets.

    Of more than 200 ids the first and the newest are kept.
    """
    ids = list(dict.fromkeys(f"<{found}>" for found in _MESSAGE_ID.findall(text)))
    if not ids and "@" in text and " " not in text.strip():
        ids = [f"<{text.strip().strip('<>')[:900]}>"]
    if len(ids) > _MAX_IDS:
        ids = [ids[0], *ids[-(_MAX_IDS - 1) :]]
    return tuple(ids)


def parse_date(text: str) -> datetime | None:
    """Return a Date field as UTC, or None if it is no date between 1990 and 2100."""
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        offset = parts[9] or 0
        zone = timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else UTC
        moment = datetime(*parts[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if 1990 <= moment.year < 2100 else None
