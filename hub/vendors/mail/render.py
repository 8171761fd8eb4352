"""What we send → RFC 5322 bytes. Pure: all times and ids are given.

Written by hand instead of by `email.message`: that folds long ids in References into encoded words
(bpo-35805) and lets a line end inside an encoded word through to the wire.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from .charsets import scrub_line, scrub_text
from .model import Address
from .sanitise import html_of_text, named_parts, sanitise_html, text_of_html, with_sources

CRLF = b"\r\n"
_LINE = 76
_WORD_BYTES = 39  # 52 base64 characters: with =?utf-8?B??= and "Subject: " below 76 (RFC 2047 §2)
_MAX_REFERENCES = 1_500
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}")  # no line end, no angle, ASCII
_ATOM = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~. -]+$")


@dataclass(frozen=True, slots=True)
class OutFile:
    """`content_id`: of a picture that the HTML may show in its words."""

    name: str
    media_type: str
    data: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Quotation:
    """The customer's last words, folded below our answer. `attribution` is the line above them."""

    attribution: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be written. `message_id` was made with the interaction and stays over retries."""

    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    html: str | None = None
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    files: tuple[OutFile, ...] = ()
    quotation: Quotation | None = None
    automatic: bool = False
    language: str | None = None
    extra_headers: tuple[tuple[str, str], ...] = field(default=())


def render_mail(draft: Draft) -> bytes:
    """Return the mail with CRLF line ends. Bcc is never written: it lives in the envelope only."""
    lines = [
        _header("Date", format_datetime(draft.date)),
        _address_header("From", (draft.sender,)),
        _address_header("To", draft.to),
    ]
    if draft.cc:
        lines.append(_address_header("Cc", draft.cc))
    if draft.reply_to:
        lines.append(_address_header("Reply-To", (draft.reply_to,)))
    lines.append(_header("Subject", draft.subject))
    lines.append(_ids_header("Message-ID", (draft.message_id,)))
    if draft.in_reply_to:
        lines.append(_ids_header("In-Reply-To", (draft.in_reply_to,)))
    references = trim_references(
        (*draft.references, *((draft.in_reply_to,) if draft.in_reply_to else ()))
    )
    if references:
        lines.append(_ids_header("References", references))
    if draft.language:
        lines.append(_header("Content-Language", draft.language))
    if draft.automatic:  # RFC 3834 §3.1.7; the second is Microsoft's
        lines.append(_header("Auto-Submitted", "auto-replied"))
        lines.append(_header("X-Auto-Response-Suppress", "All"))
    lines.extend(_header(name, value) for name, value in draft.extra_headers)
    lines.append(_header("MIME-Version", "1.0"))
    return b"".join(lines) + _body(draft)


def trim_references(ids: Sequence[str]) -> tuple[str, ...]:
    """Return the first id and as many of the newest as fit in 1,500 characters, each once."""
    clean = [item for item in dict.fromkeys(_clean_id(item) for item in ids) if item]
    if not clean:
        return ()
    first, rest = clean[0], clean[1:]
    kept: list[str] = []
    size = len(first)
    for item in reversed(rest):
        size += len(item) + 1
        if size > _MAX_REFERENCES:
            break
        kept.append(item)
    return (first, *reversed(kept))


def _clean_id(item: str) -> str:
    inner = re.sub(r"[\s<>\x00-\x1f\x7f]", "", item)
    return f"<{inner[:900]}>" if inner else ""


def _ids_header(name: str, ids: Sequence[str]) -> bytes:
    clean = [item for item in (_clean_id(identity) for identity in ids) if item]
    joined = "\r\n ".join(clean)
    return f"{name}: {joined}\r\n".encode("utf-8", "replace")


def _header(name: str, value: str) -> bytes:
    """Return one unstructured header line, folded; non-ASCII as encoded words."""
    clean = scrub_line(value)
    name = re.sub(r"[^A-Za-z0-9-]", "", name)
    if clean.isascii() and "=?" not in clean:
        return _fold(f"{name}: ", clean.split(" "))
    return _fold(f"{name}: ", _encoded_words(clean))


def _fold(start: str, words: Sequence[str]) -> bytes:
    lines, line = [], start
    for number, word in enumerate(words):
        joined = word if number == 0 else f" {word}"
        if number and len(line) + len(joined) > _LINE and word:
            lines.append(line)
            line = joined
        else:
            line += joined
    lines.append(line)
    return "\r\n".join(lines).encode("ascii", "replace") + CRLF


def _encoded_words(text: str) -> list[str]:
    words: list[str] = []
    chunk = b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(chunk) + len(encoded) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += encoded
    if chunk:
        words.append(_word(chunk))
    return words


def _word(chunk: bytes) -> str:
    return f"=?utf-8?B?{base64.b64encode(chunk).decode()}?="


def _address_header(name: str, addresses: Sequence[Address]) -> bytes:
    return f"{name}: ".encode() + b",\r\n ".join(_mailbox(address) for address in addresses) + CRLF


def _mailbox(address: Address) -> bytes:
    spec = ascii_address(address.email).encode("utf-8", "replace")
    label = scrub_line(address.name or "")
    if not label:
        return spec
    if not label.isascii() or "=?" in label:
        return "\r\n ".join(_encoded_words(label)).encode() + b" <" + spec + b">"
    if not _ATOM.match(label) or "." in label:
        label = '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return label.encode() + b" <" + spec + b">"


def ascii_address(email: str) -> str:
    """Return an address with its domain in the form of the DNS (IDNA); the local part as it is."""
    clean = re.sub(r"[\s<>,;\"\x00-\x1f\x7f]", "", email)
    local, at, domain = clean.rpartition("@")
    if not at:
        return clean
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return clean  # the server will refuse it, and the agent is told
    return f"{local}@{domain}"


def _body(draft: Draft) -> bytes:
    text = draft.text if draft.text or not draft.html else text_of_html(sanitise_html(draft.html))
    plain = scrub_text(text).rstrip("\n")
    markup = sanitise_html(with_sources(draft.html)) if draft.html else None
    parts = named_parts(markup or "")
    shown = [item for item in draft.files if _is_shown(item, parts)]
    if draft.quotation is not None:
        plain += "\n\n" + _quoted_text(draft.quotation)
        markup = markup and markup + _quoted_html(draft.quotation)
    body = _leaf("text/plain; charset=utf-8", plain + "\n")
    if markup is not None:
        page = f"<!DOCTYPE html><html><body>{with_sources(markup)}</body></html>\n"
        html = _leaf("text/html; charset=utf-8", page)
        if shown:  # RFC 2387: the pictures stand beside the HTML that shows them
            pictures = (_file(item, inline=True) for item in shown)
            html = _multipart("related", draft.message_id, (html, *pictures))
        body = _multipart("alternative", draft.message_id, (body, html))
    attached = [item for item in draft.files if item not in shown]
    if attached:
        files = (_file(item, inline=False) for item in attached)
        body = _multipart("mixed", draft.message_id, (body, *files))
    return body


def _is_shown(item: OutFile, parts: frozenset[str]) -> bool:
    content_id = (item.content_id or "").strip("<>")
    return content_id in parts and bool(_CONTENT_ID.fullmatch(content_id))


def _quoted_text(quotation: Quotation) -> str:
    lines = scrub_text(quotation.text).split("\n")
    return "\n".join([quotation.attribution, *(f"> {line}" if line else ">" for line in lines)])


def _quoted_html(quotation: Quotation) -> str:
    return (
        f'<div class="gmail_quote"><p>{html_of_text(scrub_text(quotation.attribution))}</p>'
        f'<blockquote type="cite">{html_of_text(scrub_text(quotation.text))}</blockquote></div>'
    )


def _leaf(content_type: str, text: str) -> bytes:
    data = text.replace("\r\n", "\n").encode("utf-8", "replace")
    if (
        data.isascii()
        and max(map(len, data.split(b"\n")), default=0) <= 900
        and b"\nFrom " not in data
    ):
        return _part(content_type, "7bit", data.replace(b"\n", CRLF))
    wide = sum(1 for byte in data if byte > 0x7F)
    if wide * 4 < len(data):
        encoded = (
            quopri.encodestring(data).replace(b"\n", CRLF).replace(b"\r\nFrom ", b"\r\n=46rom ")
        )
        return _part(content_type, "quoted-printable", encoded)
    return _part(content_type, "base64", _base64_lines(data.replace(b"\n", CRLF)))


def _base64_lines(data: bytes) -> bytes:
    encoded = base64.b64encode(data)
    return b"".join(
        encoded[start : start + _LINE] + CRLF for start in range(0, len(encoded), _LINE)
    )


def _part(content_type: str, encoding: str, data: bytes, extra: bytes = b"") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode()
    return head + extra + CRLF + data


def _file(item: OutFile, *, inline: bool) -> bytes:
    name = scrub_line(item.name)[:200] or "attachment"
    media_type = (
        item.media_type
        if re.fullmatch(r"[\w.+-]+/[\w.+-]+", item.media_type)
        else "application/octet-stream"
    )
    # Old clients read an encoded word in `name` (against RFC 2047, and the only thing they read);
    # the others the RFC 2231 form.
    plain = name.replace("\\", "_").replace('"', "_")
    label = plain if name.isascii() else "\r\n ".join(_encoded_words(plain))
    ascii_name = plain if name.isascii() else re.sub(r"[^\x20-\x7e]", "_", plain)
    extra = f"Content-ID: <{(item.content_id or '').strip('<>')}>\r\n" if inline else ""
    extra += f"Content-Disposition: {'inline' if inline else 'attachment'};"
    extra += f'\r\n filename="{ascii_name}"'
    if not name.isascii():
        extra += f";\r\n filename*=utf-8''{quote(name, safe='')}"
    head = f'{media_type};\r\n name="{label}"'
    return _part(head, "base64", _base64_lines(item.data), extra.encode() + CRLF)


def _multipart(subtype: str, seed: str, parts: Sequence[bytes]) -> bytes:
    """Join parts by a boundary that none contains; the same mail renders to the same bytes."""
    salt = 0
    while True:
        digest = hashlib.sha256(f"{seed}:{subtype}:{salt}".encode()).hexdigest()[:32]
        boundary = f"=_{subtype}_{digest}".encode()
        if not any(boundary in part for part in parts):
            break
        salt += 1
    lines = b"".join(b"--" + boundary + CRLF + part.rstrip(b"\r\n") + CRLF for part in parts)
    head = (
        b"Content-Type: multipart/"
        + subtype.encode()
        + b';\r\n boundary="'
        + boundary
        + b'"'
        + CRLF
    )
    return head + CRLF + lines + b"--" + boundary + b"--" + CRLF
