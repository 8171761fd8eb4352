"""Raw bytes → ParsedMail or Refusal. Pure, and never raises on what strangers send.

The structure is read by the standard library with the compat32 policy (`email.policy.default`
raises on about one ugly mail in twenty); words, parameters, addresses and charsets are read by this
package.
"""

from __future__ import annotations

import email.message
import logging
import re
from email.parser import BytesParser
from email.policy import compat32

from . import tnef
from .bounces import read_report
from .charsets import decode, find_codec, scrub_line, scrub_text
from .files import clean_file_name, sniff_media_type
from .headers import (
    decode_base64,
    decode_header,
    parse_addresses,
    parse_date,
    parse_message_ids,
    parse_parameters,
)
from .model import Address, Limits, MailFile, MailReport, ParsedMail, Refusal, RefusalCode
from .sanitise import html_of_text, sanitise_html, text_of_html

log = logging.getLogger(__name__)

DEFAULT_LIMITS = Limits()
# Larger ones are parsed outside the event loop (channels.md).
OFF_LOOP_BYTES = 256 * 1024
_NESTING = re.compile(rb"boundary\s*\*?0?\*?\s*=|message/(?:rfc822|global)", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_BARE_SENDER = re.compile(r"(?:^|<)([A-Za-z0-9._-]{1,64})>?$")
_MAX_NESTING_MARKS = 400
_MAX_HEADER_LINE_BYTES = 1_048_576


class _Refused(Exception):
    """Unwinds the walk over the parts; becomes a Refusal in `parse_mail`."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(code, reason)


def parse_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> ParsedMail | Refusal:
    """Return the mail in `raw`, or why it cannot be read. Takes about 1 ms per 100 KiB."""
    try:
        return _parse(raw, limits)
    except _Refused as refused:
        return refused.refusal
    except RecursionError:
        return Refusal(RefusalCode.TOO_DEEP, "The parts of the mail are nested too deep.")
    except Exception as error:
        # The contract of `parse_*`: whatever a stranger found to break the parser becomes a
        # quarantined mail that an agent sees, and the trace tells us what to mend.
        log.exception("a mail of %d bytes broke the parser", len(raw))
        return Refusal(
            RefusalCode.UNREADABLE, f"The mail could not be read ({type(error).__name__})."
        )


def _parse(raw: bytes, limits: Limits) -> ParsedMail:
    _check_size(raw, limits)
    message = BytesParser(policy=compat32).parsebytes(raw)
    headers = _Headers(message, limits)
    body = _Body(limits, headers.hint)
    body.add(message, depth=0)
    sender = _sender(headers)
    if sender is None:
        raise _Refused(RefusalCode.NO_SENDER, "The mail names no sender address.")
    report = _report(message, headers)
    return ParsedMail(
        sender=sender,
        headers=tuple(headers.items),
        subject=headers.text("subject")[:998],
        reply_to=headers.addresses("reply-to"),
        to=headers.addresses("to"),
        cc=headers.addresses("cc"),
        message_id=next(iter(parse_message_ids(headers.text("message-id"))), None),
        in_reply_to=parse_message_ids(headers.text("in-reply-to")),
        references=parse_message_ids(headers.text("references")),
        sent_at=parse_date(headers.text("date")),
        text=body.text(),
        html=body.html(),
        files=tuple(body.files),
        report=report,
        defects=tuple(sorted(body.defects)),
    )


def _check_size(raw: bytes, limits: Limits) -> None:
    if not raw.strip():
        raise _Refused(RefusalCode.EMPTY, "The mail is empty.")
    if len(raw) > limits.size_bytes:
        raise _Refused(
            RefusalCode.TOO_LARGE,
            f"The mail has {len(raw) >> 20} MiB; {limits.size_bytes >> 20} MiB are allowed.",
        )
    # Before the parser runs: it costs time for each level of each line, and for each `;` of a
    # field.
    for marks, _ in enumerate(_NESTING.finditer(raw)):
        if marks >= _MAX_NESTING_MARKS:
            raise _Refused(
                RefusalCode.TOO_MANY_PARTS, "The mail nests too many mails or multiparts."
            )
    head_end = re.search(rb"\r?\n\r?\n", raw)
    head_size = head_end.start() if head_end else len(raw)
    if head_size > _MAX_HEADER_LINE_BYTES:
        raise _Refused(RefusalCode.TOO_MANY_HEADERS, "The head of the mail is larger than 1 MiB.")
    if raw.count(b"\n", 0, head_size) > limits.headers * 10:
        raise _Refused(RefusalCode.TOO_MANY_HEADERS, "The mail has too many header lines.")


class _Headers:
    """The top headers: raw for addresses and ids, decoded for the rest."""

    def __init__(self, message: email.message.Message, limits: Limits) -> None:
        self.limits = limits
        self.raw: list[tuple[str, bytes]] = [
            (name.lower(), _raw_bytes(value)) for name, value in message.raw_items()
        ]
        if len(self.raw) > limits.headers:
            raise _Refused(RefusalCode.TOO_MANY_HEADERS, f"The mail has {len(self.raw)} headers.")
        self.hint = _find_hint(message)
        cut = limits.header_characters
        self.items = [
            (scrub_line(name)[:200], decode_header(value[: cut * 4], self.hint)[:cut])
            for name, value in self.raw
        ]

    def text(self, name: str) -> str:
        return next((value for key, value in self.items if key == name), "")

    def addresses(self, name: str) -> tuple[Address, ...]:
        limit = self.limits.addresses
        found: list[Address] = []
        for key, value in self.raw:
            if key == name:
                cut = value[: limit * 400]
                found.extend(parse_addresses(cut, limit - len(found), self.hint))
        return tuple(found)


def _raw_bytes(value: object) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")


def _find_hint(message: email.message.Message) -> str | None:
    """Return the charset of the first part that names one: the likely one of raw 8-bit headers."""
    for count, part in enumerate(message.walk()):
        if count > 20:
            break
        for name, value in part.raw_items():
            if name.lower() == "content-type":
                charset = parse_parameters(_raw_bytes(value)[:4096])[1].get("charset")
                if find_codec(charset) not in (None, "utf-8"):
                    return charset
    return None


def _sender(headers: _Headers) -> Address | None:
    for name in ("from", "reply-to", "sender", "resent-from", "return-path"):
        found = headers.addresses(name)
        if found:
            return found[0]
    # Programs on one machine leave the domain to the mail server: "HylaFAX Agent <FaxMaster>".
    bare = _BARE_SENDER.search(headers.text("from"))
    return Address(f"{bare.group(1)}@localhost") if bare else None


def _report(message: email.message.Message, headers: _Headers) -> MailReport | None:
    content_type, parameters = parse_parameters(
        headers.text("content-type").encode("utf-8", "replace")
    )
    if content_type != "multipart/report":
        return None
    return read_report(message, parameters.get("report-type", "").lower())


class _Body:
    """Walks the parts and collects text, HTML and files, within the limits."""

    def __init__(self, limits: Limits, hint: str | None) -> None:
        self.limits = limits
        self.hint = hint
        self.parts = 0
        self.pieces: list[tuple[str | None, str | None]] = []  # (text, html) of one body part
        self.files: list[MailFile] = []
        self.defects: set[str] = set()

    def add(self, part: email.message.Message, depth: int) -> None:
        """Take in one part and what is below it."""
        self.parts += 1
        if self.parts > self.limits.parts:
            raise _Refused(
                RefusalCode.TOO_MANY_PARTS, f"The mail has more than {self.limits.parts} parts."
            )
        if depth > self.limits.depth:
            raise _Refused(RefusalCode.TOO_DEEP, "The parts of the mail are nested too deep.")
        self.defects.update(type(defect).__name__ for defect in part.defects)
        head = _PartHead(part, self.hint)
        if head.media_type in ("message/rfc822", "message/global", "message/news"):
            self._add_mail(part, head)
        elif part.is_multipart() and head.media_type.startswith("message/"):
            self._add_report_text(part, head)
        elif part.is_multipart():
            self._add_multipart(part, head, depth)
        else:
            self._add_leaf(part, head)

    def _add_multipart(self, part: email.message.Message, head: _PartHead, depth: int) -> None:
        children = [
            child for child in part.get_payload() if isinstance(child, email.message.Message)
        ]
        if head.media_type != "multipart/alternative":
            for child in children:
                self.add(child, depth + 1)
            return
        before, self.pieces = self.pieces, []
        for child in children:
            self.add(child, depth + 1)
        text = next(
            (text for text, html in self.pieces if html is None and text and text.strip()), None
        )
        html = next((html for _, html in reversed(self.pieces) if html), None)
        if text is None:
            text = next((piece for piece, _ in self.pieces if piece), None)
        self.pieces = before
        if text is not None or html is not None:
            self.pieces.append((text, html))

    def _add_leaf(self, part: email.message.Message, head: _PartHead) -> None:
        data = _payload(part)
        is_text = head.media_type in ("text/plain", "text/html", "text/enriched") or (
            not head.media_type and not head.name
        )
        if (
            not is_text
            or head.disposition == "attachment"
            or (head.name and head.media_type != "text/html")
        ):
            self._add_file(data, head)
        elif head.media_type == "text/html":
            declared = head.charset
            if find_codec(declared) is None and (meta := _META_CHARSET.search(data[:4096])):
                declared = meta.group(1).decode("ascii", "replace")
            self.pieces.append((None, scrub_text(decode(data, declared, self.hint))))
        else:
            text = scrub_text(decode(data, head.charset, self.hint))
            self.pieces.append((_unflow(text) if head.flowed else text, None))

    def _add_file(self, data: bytes, head: _PartHead) -> None:
        if not data and not head.name:
            return
        if head.media_type == "application/ms-tnef" or (head.name or "").lower() == "winmail.dat":
            content = tnef.parse_tnef(data)
            if content is not None:
                if content.text:
                    self.pieces.append((scrub_text(content.text), None))
                for name, inner in content.files:
                    self._append_file(inner, name, "application/octet-stream", None, inline=False)
                return
        self._append_file(
            data,
            head.name,
            head.media_type,
            head.content_id,
            inline=head.disposition != "attachment",
        )

    def _append_file(
        self, data: bytes, name: str | None, declared: str, content_id: str | None, *, inline: bool
    ) -> None:
        if len(self.files) >= self.limits.files:
            raise _Refused(
                RefusalCode.TOO_MANY_PARTS, f"The mail has more than {self.limits.files} files."
            )
        media_type = sniff_media_type(data, name or "", declared)
        cleaned = clean_file_name(name, media_type, len(self.files) + 1)
        inline = inline and content_id is not None and media_type.startswith("image/")
        self.files.append(MailFile(cleaned, media_type, data, content_id, inline))

    def _add_mail(self, part: email.message.Message, head: _PartHead) -> None:
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        subject = ""
        if isinstance(first, email.message.Message):
            data = _flatten(first)
            raw_subject = next((v for k, v in first.raw_items() if k.lower() == "subject"), "")
            subject = decode_header(_raw_bytes(raw_subject)[:2000], self.hint)[:80]
        else:
            data = _payload(part)
        name = head.name or (f"{subject}.eml" if subject else "mail.eml")
        if not name.lower().endswith(".eml"):
            name += ".eml"
        cleaned = clean_file_name(name, "message/rfc822", len(self.files) + 1)
        self.files.append(MailFile(cleaned, "message/rfc822", data))

    def _add_report_text(self, part: email.message.Message, head: _PartHead) -> None:
        data = b"".join(
            _flatten(child)
            for child in part.get_payload()
            if isinstance(child, email.message.Message)
        )
        cleaned = clean_file_name(head.name or "report.txt", "text/plain", len(self.files) + 1)
        self.files.append(MailFile(cleaned, "text/plain", data))

    def text(self) -> str:
        """Return the whole text; a part with HTML only gives the text of that."""
        texts = [
            text
            if text is not None
            else text_of_html(sanitise_html(html or "", self.limits.html_characters))
            for text, html in self.pieces
        ]
        joined = "\n\n".join(text.strip("\n") for text in texts if text.strip())
        return joined[: self.limits.text_characters]

    def html(self) -> str | None:
        """Return the unsanitised HTML of all body parts, or None if none has any."""
        if not any(html for _, html in self.pieces):
            return None
        joined = "\n".join(html if html else html_of_text(text or "") for text, html in self.pieces)
        return joined[: self.limits.html_characters]


class _PartHead:
    """Content-Type, Content-Disposition and Content-ID of one part, read leniently."""

    def __init__(self, part: email.message.Message, hint: str | None) -> None:
        fields: dict[str, bytes] = {}
        for key, value in part.raw_items():
            fields.setdefault(key.lower(), _raw_bytes(value)[:16_384])
        # The default of a part without a type: text, or a mail inside a digest (RFC 2046 §5.1.5).
        default = part.get_default_type().encode()
        self.media_type, parameters = parse_parameters(fields.get("content-type") or default, hint)
        if "/" not in self.media_type:
            self.media_type = "text/plain" if not self.media_type else f"{self.media_type}/plain"
        if (
            self.media_type not in ("text/plain",)
            and not part.is_multipart()
            and self.media_type.startswith("multipart/")
        ):
            self.media_type = "text/plain"  # a multipart without its boundary: the parser left text
        disposition, extra = parse_parameters(fields.get("content-disposition", b""), hint)
        self.disposition = disposition
        self.charset = parameters.get("charset")
        self.flowed = parameters.get("format", "").lower() == "flowed"
        self.name = extra.get("filename") or extra.get("name") or parameters.get("name") or None
        content_id = scrub_line(decode(fields.get("content-id", b""))).strip().strip("<>")
        self.content_id = content_id[:250] or None


def _payload(part: email.message.Message) -> bytes:
    """Return the decoded bytes of a leaf, however badly it is encoded."""
    payload = part.get_payload(decode=False)
    if not isinstance(payload, str):
        return b""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        return decode_base64(payload.encode("utf-8", "surrogateescape"))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _flatten(message: email.message.Message) -> bytes:
    try:
        return message.as_bytes(policy=compat32)
    except (ValueError, LookupError, AttributeError, TypeError):
        # A header or charset the generator cannot write: keep what can be kept, the raw mail is
        # stored.
        lines = [f"{name}: {value}" for name, value in message.raw_items()]
        body = message.get_payload()
        text = "\n".join(lines) + "\n\n" + (body if isinstance(body, str) else "")
        return text.encode("utf-8", "surrogateescape")


def _unflow(text: str) -> str:
    """Join the lines of format=flowed (RFC 3676 §4): a line that ends in a blank goes on."""
    out: list[str] = []
    joining = False
    for line in text.split("\n"):
        if joining and out and not line.startswith(">"):
            out[-1] += line.removeprefix(" ")
        else:
            out.append(line.removeprefix(" ") if line.startswith((" >", " From", "  ")) else line)
        joining = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(out)
