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

# An encoded word. Its text may hold `?` and blanks (against RFC 2047 §2, and common), never the
# beginning of the next word. Nothing is given back (`*+`): a run of blanks would be tried over and
# over.
_WORD_BEGIN = (
    rb"=\?[ \t]*+([^?\s*]{0,40}+)[ \t]*+(?:\*[^?\s]{0,20}+)?+\?[ \t]*+([bBqQ])[ \t]*+\?"
    rb"((?:[^?=]++|=(?!\?[^=])|\?(?!=))*+)"
)
_WORD = re.compile(_WORD_BEGIN + rb"\?=")
_OPEN_WORD = re.compile(_WORD_BEGIN + rb"(?:\?=|(?==\?)|\Z)")  # or cut off
_FOLD = re.compile(rb"\r?\n[ \t]*|\r")
_MESSAGE_ID = re.compile(r"<([^<>\s\"]{1,900})>")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_SECTION = re.compile(r"^(.+?)\*(?:(\d{1,3})(\*)?)?$")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_DIRT = bytes(byte for byte in range(256) if byte not in _BASE64)
_NO_BASE64 = _DIRT.replace(b"=", b"")
_QUOTED = re.compile(rb'"((?:[^"\\]++|\\.)*+)"', re.S)
_PLAIN_RUN = re.compile(rb'[^"(=<,;:]++')
_NESTED = re.compile(rb"[()]")
_QUOTED_PAIR = re.compile(rb"\\(.)", re.S)
_ATOM = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\xff-]+")
_FIELD_PIECE = re.compile(rb'(?:[^";]++|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))*+', re.S)
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_MAILTO = re.compile(r"^mailto:", re.I)
_ISO_DATE = re.compile(
    r"\s*(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?"
)
_MAX_IDS = 200
_PEEK_BYTES = 65_536
_FIELD = re.compile(rb"^(from|subject):(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def decode_header(raw: bytes, hint: str | None = None) -> str:
    """Return the text of an unstructured header: words decoded, 8-bit guessed, one scrubbed line.

    Neighbouring words of one charset are joined before decoding, because senders cut multi-byte
    characters between them (against RFC 2047 §5, and common).
    """
    raw = _FOLD.sub(b" ", raw)
    if b"=?" not in raw:
        return scrub_line(decode(raw, None, hint))
    text = _decode_words(raw, hint)
    # Some gateways encode what was encoded already.
    return _decode_words(text.encode(), hint) if _WORD.fullmatch(text.encode()) else text


def _decode_words(raw: bytes, hint: str | None) -> str:
    pieces: list[tuple[str | None, bytes]] = []  # (charset of a word or None, bytes)
    cut = b""  # base64 of the last word that goes on in the next
    end = 0
    for match in _OPEN_WORD.finditer(raw):
        between = raw[end : match.start()]
        if between.strip() or (between and not (pieces and pieces[-1][0] is not None)):
            pieces.append((None, between))
        charset = match.group(1).decode("ascii", "replace").lower()
        content = match.group(3)
        if not match.group(0).endswith(b"?="):
            content = content.rstrip(b"? ")
        joins = bool(pieces) and pieces[-1][0] == charset
        if match.group(2) in b"bB":
            content = (cut if joins else b"") + content.translate(None, _NO_BASE64)
            whole = len(content) - len(content) % 4
            cut = b"" if b"=" in content else content[whole:]
            following = _OPEN_WORD.match(raw, _after_blanks(raw, match.end()))
            goes_on = following is not None and following.group(2) in b"bB"
            data = decode_base64(content[:whole] if cut and goes_on else content)
        else:
            cut, data = b"", _decode_quoted(content)
        if joins:
            pieces[-1] = (charset, pieces[-1][1] + data)
        else:
            pieces.append((charset, data))
        end = match.end()
    if raw[end:]:
        pieces.append((None, raw[end:]))
    return scrub_line("".join(decode(data, charset, hint) for charset, data in pieces))


def _after_blanks(raw: bytes, position: int) -> int:
    while raw[position : position + 1] in (b" ", b"\t"):
        position += 1
    return position


def peek_headers(raw: bytes, hint: str | None = None) -> tuple[str, str]:
    """Return From and Subject of a mail that cannot be parsed, as far as its first 64 KiB show
    them; "" where they do not. Never raises.
    """
    head = re.split(rb"\r?\n\r?\n", raw[:_PEEK_BYTES], maxsplit=1)[0]
    found: dict[str, str] = {}
    for match in _FIELD.finditer(head):
        name = match.group(1).decode("ascii").lower()
        found.setdefault(name, decode_header(match.group(2)[:4000], hint).strip()[:300])
    return found.get("from", ""), found.get("subject", "")


def _decode_quoted(content: bytes) -> bytes:
    content = content.replace(b"_", b" ")
    return _HEX.sub(lambda match: bytes([int(match.group(1), 16)]), content)


def decode_base64(data: bytes) -> bytes:
    """Decode base64 whatever its padding and however much dirt is in it; b"" when nothing is
    left."""
    clean = data.translate(None, _DIRT)
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
    raw = _FOLD.sub(b" ", raw)
    found = _read_mailboxes(raw, limit, hint)
    if not found and b"=?" in raw:  # the whole field as encoded words, address and all
        found = _read_mailboxes(decode_header(raw, hint).encode(), limit, hint)
    return tuple(found)


def _read_mailboxes(raw: bytes, limit: int, hint: str | None) -> list[Address]:
    found: list[Address] = []
    for name, comment, address in _split_mailboxes(raw):
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
    return found


def clean_address(raw: bytes) -> str | None:
    """Return `local@domain` without controls, blanks and quotes around it, or None if it is
    none."""
    raw = decode_header(raw).encode() if b"=?" in raw else raw
    text = scrub_line(decode(raw)).strip("<>',; ")
    if text.startswith('"') and '"@' in text:
        local, _, domain = text[1:].rpartition('"@')
        if '"' in local or "\\" in local or not local.isascii():
            return None
        local = f'"{local}"'
        text = ""
    else:
        text = text.replace(" ", "").strip('"')
        text = _MAILTO.sub("", text)
        if ":" in text and text.startswith("@"):  # an old source route: @relay:user@host
            text = text.rpartition(":")[2]
        local, _, domain = text.rpartition("@")
    domain = domain.strip().rstrip(".")
    literal = len(domain) > 2 and domain[0] == "[" and domain[-1] == "]"
    if (
        not local
        or not domain
        or len(local) + len(domain) > 319
        or any(c in text.removesuffix(domain) for c in '<>()[],;:\\"')
        or any(c in (domain[1:-1] if literal else domain) for c in '<>()[],;\\"@ ')
        or (":" in domain and not literal)
    ):
        return None
    return f"{local}@{domain.lower()}"


class _Mailboxes:
    """One pass over an address field: linear, knows quotes, comments, groups and words."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.boxes: list[tuple[bytes, bytes, bytes]] = []  # display name, comment, address
        self.name, self.comment, self.angle = bytearray(), bytearray(), b""
        self.seen_angle = False
        self.carried = b""  # "Miller" of `Miller, Tom <tom@example.com>`
        self.quotes, self.comments = True, True  # False once one of them was never closed

    def flush(self, mark: bytes) -> None:
        if self.seen_angle:
            self.boxes.append((self.carried + self.name.strip(), bytes(self.comment), self.angle))
            self.carried = b""
        elif b"@" in self.name:
            self.boxes.append((b"", bytes(self.comment), bytes(self.name)))
            self.carried = b""
        elif mark == b"," and self.name.strip() and len(self.carried) < 200:
            self.carried += self.name.strip() + b", "
        else:
            self.carried = b""
        self.name, self.comment, self.angle = bytearray(), bytearray(), b""
        self.seen_angle = False

    def read(self) -> list[tuple[bytes, bytes, bytes]]:
        raw, index, size = self.raw, 0, len(self.raw)
        while index < size:
            if (run := _PLAIN_RUN.match(raw, index)) is not None:
                self.name += run.group(0)
                index = run.end()
                continue
            index = self._special(raw[index : index + 1], index)
        self.flush(b"")
        return self.boxes

    def _special(self, character: bytes, index: int) -> int:
        if character == b'"':
            return self._quoted(index)
        if character == b"(":
            return self._comment(index)
        if character == b"=" and (word := _WORD.match(self.raw, index)):
            self.name += word.group(0)
            return word.end()
        if character == b"<":
            end = self.raw.find(b">", index)
            end = len(self.raw) if end < 0 else end
            self.angle, self.seen_angle = self.raw[index + 1 : end], True
            return end + 1
        if character in b",;":
            self.flush(character)
        elif character == b":" and not self.seen_angle and b"@" not in self.name:
            self.name.clear()  # the name of a group
            self.carried = b""
        else:
            self.name += character
        return index + 1

    def _quoted(self, index: int) -> int:
        quoted = _QUOTED.match(self.raw, index) if self.quotes else None
        if quoted is None:  # one that is never closed quotes nothing
            self.quotes = False
            return index + 1
        text = _QUOTED_PAIR.sub(rb"\1", quoted[1])
        local = self.raw[quoted.end() : quoted.end() + 1] == b"@" and not _ATOM.fullmatch(text)
        self.name += quoted[0] if local else text
        return quoted.end()

    def _comment(self, index: int) -> int:
        depth = 0
        for mark in _NESTED.finditer(self.raw, index) if self.comments else ():
            depth += 1 if mark[0] == b"(" else -1
            if depth == 0:
                self.comment += self.raw[index + 1 : mark.start()]
                return mark.end()
        self.comments = False
        self.name += b"("
        return index + 1


def _split_mailboxes(raw: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return _Mailboxes(raw).read()


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
        elif charset is not None and _PERCENT.search(content):  # marked in its first piece only
            data += unquote_to_bytes(content)
        else:
            data += content
    if charset is None:
        return decode_header(data, hint)
    return scrub_line(decode(data, charset, hint))


def _split_fields(raw: bytes) -> list[bytes]:
    if b'"' not in raw:
        return [field.strip() for field in raw.split(b";", 200)[:200]]
    fields: list[bytes] = []
    position = 0
    while position <= len(raw) and len(fields) < 200:
        match = _FIELD_PIECE.match(raw, position)
        end = match.end() if match is not None else len(raw)
        fields.append(raw[position:end].strip())
        position = end + 1
    return fields


def _unquote(content: bytes) -> bytes:
    if content[:1] != b'"':
        return content
    quoted = _QUOTED.fullmatch(content)
    inner = quoted[1] if quoted is not None else content.strip(b'"')
    return _QUOTED_PAIR.sub(rb"\1", inner)


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
        if iso := _ISO_DATE.match(text):
            moment = datetime.fromisoformat(iso[1] + (iso[2] or "Z")).astimezone(UTC)
            return moment if 1990 <= moment.year < 2100 else None
        parts = parsedate_tz(text)
        if parts is None:
            return None
        offset = parts[9] or 0
        zone = timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else UTC
        moment = datetime(*parts[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if 1990 <= moment.year < 2100 else None
