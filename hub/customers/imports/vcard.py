"""Business cards of a file: vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350). Pure; never raises.

Read as phones, Outlook and address books really write them: quoted-printable with soft line ends
and without them, a charset for each line, folded lines, groups ("item1.TEL"), photos. Of a card
that ends too early, what is there counts. Pictures, sounds and keys are passed over unread, so a
card takes little memory however large its photo is.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .model import MAX_CELL

HEADER = ("name", "phone", "email", "fax", "organisation", "role", "language", "note")
MAX_PROPERTY = 32_768  # characters of one property; the rest of a longer one is not read
_MAX_VALUES = 50  # numbers or mails of one card

_PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT", "CALADRURI", "X-ABPHOTO"})
_LINE_OF_QP = re.compile(r"^=[0-9A-Fa-f]{2}")
_QP = "QUOTED-PRINTABLE"
_BASE64 = frozenset({"BASE64", "B"})
_CHARSETS = frozenset(
    {
        *("utf-8", "ascii", "gb2312", "gbk", "gb18030", "big5", "hz", "utf-16"),
        *("shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "koi8-r"),
        *(f"iso8859-{part}" for part in range(1, 17)),
        *(f"cp{page}" for page in (*range(1250, 1259), 874, 932, 936, 949, 950)),
    }
)
_HAN = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3\u3040-\u30ff]")
_UNREAD = re.compile(r"[\udc80-\udcff]")  # bytes of a line in another encoding than the file
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BETWEEN_PARTS = re.compile(r"(?<!\\)(?:\\\\)*;")


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a card: name and types in capitals; `value` as written."""

    name: str
    types: frozenset[str]
    encoding: str
    charset: str
    value: str
    written_in: str = "utf-8"


@dataclass(slots=True)
class _Card:
    line: int
    full_name: str = ""
    name: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    faxes: list[str] = field(default_factory=list)
    organisation: str = ""
    title: str = ""
    role: str = ""
    language: str = ""
    notes: list[str] = field(default_factory=list)

    def cells(self) -> list[str]:
        """The card as a row under HEADER: several numbers or mails are lines of one cell."""
        return [
            self.full_name or self.name or self.organisation,
            "\n".join(self.phones),
            "\n".join(self.emails),
            "\n".join(self.faxes),
            self.organisation,
            self.title or self.role,
            self.language,
            "\n".join(self.notes)[:MAX_CELL],
        ]


def is_vcard(first_line: str) -> bool:
    """Say whether a file that begins so is one of business cards."""
    return first_line.strip("\ufeff \t\r\n").upper().startswith("BEGIN:VCARD")


def read_cards(lines: Iterable[str], written_in: str = "utf-8") -> Iterator[tuple[int, list[str]]]:
    """Yield each card as the number of its first line and its cells, see HEADER.

    `written_in`: the encoding of the lines; what is no text in it came in by "surrogateescape".
    """
    card: _Card | None = None
    inner = 0  # a card within the card, of somebody's secretary (2.1: AGENT)
    before = ""
    for number, text in _unfolded(lines):
        found = parse_property(text, written_in)
        if found is None:
            continue
        begins = (found.name, found.value.strip().upper())
        if begins == ("BEGIN", "VCARD"):
            if card is not None and before == "AGENT":
                inner += 1
            else:
                if card is not None:
                    yield card.line, card.cells()
                card, inner = _Card(number), 0
        elif begins == ("END", "VCARD"):
            if inner:
                inner -= 1
            elif card is not None:
                yield card.line, card.cells()
                card = None
        elif card is not None and not inner:
            _add(card, found)
        before = found.name
    if card is not None:
        yield card.line, card.cells()


def parse_property(text: str, written_in: str = "utf-8") -> Property | None:
    """Return the property that an unfolded line is; None for a line that is none."""
    head, value = _split_head(text)
    if value is None:
        return None
    name, *parameters = _outside_quotes(head, ";")
    types: set[str] = set()
    encoding = charset = ""
    for parameter in parameters:
        key, equals, said = parameter.partition("=")
        key, said = key.strip().upper(), said.strip().strip('"')
        if not equals:  # 2.1 writes values alone: TEL;WORK;FAX, QUOTED-PRINTABLE
            key, said = ("ENCODING" if key in {_QP, "BASE64"} else "TYPE"), key
        if key == "ENCODING":
            encoding = said.upper()
        elif key == "CHARSET":
            charset = said
        elif key == "TYPE":
            types.update(part.strip().upper() for part in said.split(","))
    plain = name.rpartition(".")[2].strip().strip("\ufeff").upper()
    return Property(plain, frozenset(types), encoding, charset, value, written_in)


def read_text(found: Property, value: str | None = None) -> str:
    """Return a value, or a part of it, as text: decoded and without its escapes."""
    raw = found.value if value is None else value
    if found.encoding == _QP:
        data = raw.encode("utf-8", "surrogateescape")
        raw = _decoded(binascii.a2b_qp(data), found.charset)
    elif found.encoding in _BASE64:
        raw = _decoded(_from_base64(raw), found.charset)
    elif _UNREAD.search(raw):
        data = raw.encode(found.written_in, "surrogateescape")
        raw = _decoded(data, found.charset, "latin-1")
    text = _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], raw)
    return text.replace("\0", "").strip()  # no text of anybody's, and PostgreSQL stores none


def read_parts(found: Property) -> list[str]:
    """Return the parts of a value that has several (N, ORG), each as text."""
    parts: list[str] = []
    at = 0
    for between in _BETWEEN_PARTS.finditer(found.value):
        parts.append(found.value[at : between.end() - 1])
        at = between.end()
    return [read_text(found, part) for part in [*parts, found.value[at:]]]


def _add(card: _Card, found: Property) -> None:
    match found.name:
        case "FN":
            card.full_name = card.full_name or read_text(found)
        case "N":
            card.name = card.name or _whole_name(read_parts(found))
        case "TEL":
            _keep(card.faxes if "FAX" in found.types else card.phones, read_text(found))
        case "EMAIL" if "X400" not in found.types:
            _keep(card.emails, read_text(found))
        case "ORG":
            card.organisation = card.organisation or read_parts(found)[0]
        case "TITLE":
            card.title = card.title or read_text(found)
        case "ROLE":
            card.role = card.role or read_text(found)
        case "LANG":
            card.language = card.language or read_text(found)
        case "NOTE":
            _keep(card.notes, read_text(found))


def _keep(values: list[str], value: str) -> None:
    if value and value not in values and len(values) < _MAX_VALUES:
        values.append(value)


def _whole_name(parts: list[str]) -> str:
    """ "陈;晓梅" → 陈晓梅; "Smith;Ann;Mary;Dr.;" → Dr. Ann Mary Smith."""
    family, given, more, before, after = [*parts, "", "", "", "", ""][:5]
    if _HAN.search(family + given):
        return f"{family}{given}"
    said = (before, given, more, family, after)
    return " ".join(" ".join(part.replace(",", " ").split()) for part in said if part)


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield each property whole with the number of its first line (RFC 6350 §3.2)."""
    current, start = "", 0
    skipping = is_qp = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        more = _continuation(current, text, is_qp=is_qp) if current else None
        if more is not None:
            if not skipping and len(current) < MAX_PROPERTY:
                current = more
            continue
        if current:
            yield start, current[:MAX_PROPERTY]
        head = _split_head(text[:MAX_PROPERTY])[0].upper()
        skipping = head.split(";", 1)[0].rpartition(".")[2].strip() in _PASSED_OVER
        is_qp = _QP in head
        current, start = (text[:MAX_PROPERTY] if not skipping else f"{head}:"), number
    if current:
        yield start, current[:MAX_PROPERTY]


def _continuation(current: str, text: str, *, is_qp: bool) -> str | None:
    """Return the property with the line that goes on with it; None where a new one begins.

    2.1 folds quoted-printable by a "=" at the end of the line, and some phones by nothing at all.
    """
    if is_qp and text.strip().upper() not in {"END:VCARD", "BEGIN:VCARD"}:
        if current.endswith("="):
            return current[:-1] + text
        if _LINE_OF_QP.match(text):
            return current + text
    return current + text[1:] if text.startswith((" ", "\t")) else None


def _split_head(text: str) -> tuple[str, str | None]:
    """Split at the colon that is not within quotes; where quotes do not end, at the first one."""
    parts = _outside_quotes(text, ":", once=True)
    if len(parts) == 2:
        return parts[0], parts[1]
    head, colon, value = text.partition(":")
    return head, value if colon else None


def _outside_quotes(text: str, mark: str, *, once: bool = False) -> list[str]:
    if '"' not in text:
        return text.split(mark, 1) if once else text.split(mark)
    parts: list[str] = []
    at, quoted = 0, False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == mark and not quoted:
            parts.append(text[at:place])
            at = place + 1
            if once:
                break
    return [*parts, text[at:]]


def _from_base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii", "ignore"))
    except binascii.Error:
        return b""


def _decoded(data: bytes, charset: str, otherwise: str = "gb18030") -> str:
    """The text in the charset that is named, else in UTF-8 or another, else what is readable."""
    for name in (charset, "utf-8", otherwise):
        try:
            if name and codecs.lookup(name).name in _CHARSETS:
                return data.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("utf-8", "replace")
