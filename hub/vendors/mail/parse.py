"""Raw bytes → ParsedMail or Refusal. Pure, and never raises on what strangers send.

`email.policy.default` raises on about one ugly mail in twenty, and the standard library's parser
takes a step for each line: structure, words, parameters, addresses and charsets are read by this
package, on bytes.
"""

from __future__ import annotations

import logging
import re
from email.parser import BytesParser
from email.policy import compat32

from . import tnef
from .bounces import read_report
from .calendar import text_of_calendar
from .charsets import decode, find_codec, scrub_line, scrub_text
from .files import clean_file_name, sniff_media_type
from .headers import (
    decode_header,
    parse_addresses,
    parse_date,
    parse_message_ids,
    parse_parameters,
    peek_headers,
)
from .model import (
    Address,
    Limits,
    MailFile,
    MailReport,
    ParsedMail,
    Protection,
    Refusal,
    RefusalCode,
)
from .sanitise import MAX_ANGLES, html_of_text, sanitise_html, text_of_heavy, text_of_html
from .structure import Part, RefusedError, Structure
from .transfer import decode_transfer, find_uuencoded

log = logging.getLogger(__name__)

DEFAULT_LIMITS = Limits()
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_.:-]{2,40})", re.I
)
_BARE_SENDER = re.compile(
    r"^(?:([^<]*)<[ ]?([A-Za-z0-9._-]{1,64})[ ]?>?|([A-Za-z0-9._-]{1,64}))[ ]*(?:\(([^()]*)\))?$"
)
_MAX_REPORT_BYTES = 1_048_576
_MAX_FIELD_BYTES = 16_384
_MAILS = ("message/rfc822", "message/global", "message/news")
# Formats that are read or signed as a whole: what they are called on the screen.
_PROTECTIONS = {
    "application/pgp-encrypted": Protection.PGP_ENCRYPTED,
    "application/pgp-signature": Protection.PGP_SIGNED,
    "application/pkcs7-signature": Protection.SMIME_SIGNED,
    "application/x-pkcs7-signature": Protection.SMIME_SIGNED,
}
_INLINE_PGP = re.compile(r"^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE)-----[ \t]*$", re.M)


def parse_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> ParsedMail | Refusal:
    """Return the mail in `raw`, or why it cannot be read. Takes about 1 ms per 100 KiB."""
    try:
        return _parse(raw, limits)
    except RefusedError as refused:
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
    if len(raw) > limits.size_bytes:
        raise RefusedError(
            RefusalCode.TOO_LARGE,
            f"The mail has {len(raw) >> 20} MiB; {limits.size_bytes >> 20} MiB are allowed.",
        )
    if not raw or raw.isspace():
        raise RefusedError(RefusalCode.EMPTY, "The mail is empty.")
    structure = Structure(raw, limits)
    root = structure.read()
    headers = _Headers(root, limits)
    sender = _sender(headers)
    if sender is None:
        raise RefusedError(RefusalCode.NO_SENDER, "The mail names no sender address.")
    body = _Body(limits, headers.hint)
    body.add(root)
    text = body.text()
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
        text=text,
        html=body.html(),
        files=tuple(body.files),
        report=_report(raw, root),
        defects=tuple(sorted(structure.defects)),
        protection=body.protection or _inline_protection(text),
    )


def _inline_protection(text: str) -> Protection | None:
    begin = _INLINE_PGP.search(text)
    if begin is None:
        return None
    return Protection.PGP_ENCRYPTED if begin[1] == "MESSAGE" else Protection.PGP_SIGNED


class _Headers:
    """The top headers: raw for addresses and ids, decoded for the rest."""

    def __init__(self, root: Part, limits: Limits) -> None:
        self.limits = limits
        self.raw = root.fields
        self.hint = _find_hint(root)
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


def _find_hint(root: Part) -> str | None:
    """Return the charset of the first part that names one: the likely one of raw 8-bit headers."""
    for count, part in enumerate(root.walk()):
        if count > 20:
            break
        charset = part.parameters.get("charset")
        if find_codec(charset) not in (None, "utf-8"):
            return charset
    return None


def _sender(headers: _Headers) -> Address | None:
    for name in ("from", "reply-to", "sender", "resent-from", "return-path"):
        found = headers.addresses(name)
        if found:
            return found[0]
    # Programs on one machine leave the domain to the mail server: "HylaFAX Agent <FaxMaster>",
    # "root (Cron Daemon)".
    bare = _BARE_SENDER.match(headers.text("from").strip())
    if bare is None:
        return None
    name = (bare[1] or "").strip(" \"'") or (bare[4] or "").strip()
    return Address(f"{bare[2] or bare[3]}@localhost", name[:200] or None)


def _report(raw: bytes, root: Part) -> MailReport | None:
    if root.media_type != "multipart/report":
        return None
    message = BytesParser(policy=compat32).parsebytes(raw[:_MAX_REPORT_BYTES])
    return read_report(message, root.parameters.get("report-type", "").lower())


class _Body:
    """Walks the parts and collects text, HTML and files, within the limits."""

    def __init__(self, limits: Limits, hint: str | None) -> None:
        self.limits = limits
        self.hint = hint
        self.pieces: list[tuple[str | None, str | None]] = []  # (text, html) of one body part
        self.files: list[MailFile] = []
        self.invitations: list[str] = []
        # Bytes still to be read of texts and HTML: four for a character that may be kept.
        self.text_left = limits.text_characters * 4
        self.html_left = limits.html_characters * 2
        self.tnef_left = 3
        self.protection: Protection | None = None

    def add(self, part: Part) -> None:
        """Take in one part and what is below it."""
        head = _PartHead(part, self.hint)
        self._note_protection(part, head)
        if part.children:
            self._add_multipart(part)
        elif part.media_type in _MAILS:
            self._add_mail(part, head)
        elif part.media_type.startswith("message/"):
            self._append_file(_payload(part), head.name or "report.txt", "text/plain")
        else:
            self._add_leaf(part, head)

    def _note_protection(self, part: Part, head: _PartHead) -> None:
        found = _PROTECTIONS.get(part.media_type)
        if part.media_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            signed = part.parameters.get("smime-type", "").lower() == "signed-data"
            found = Protection.SMIME_SIGNED if signed else Protection.SMIME_ENCRYPTED
        self.protection = self.protection or found

    def _add_multipart(self, part: Part) -> None:
        if part.media_type != "multipart/alternative":
            for child in part.children:
                self.add(child)
            return
        before, self.pieces = self.pieces, []
        for child in part.children:
            self.add(child)
        text = next(
            (text for text, html in self.pieces if html is None and text and text.strip()), None
        )
        html = next((html for _, html in reversed(self.pieces) if html), None)
        if text is None:
            text = next((piece for piece, _ in self.pieces if piece and piece.strip()), None)
        self.pieces = before
        if text is not None or html is not None:
            self.pieces.append((text, html))

    def _add_leaf(self, part: Part, head: _PartHead) -> None:
        data = _payload(part)
        is_text = part.media_type in ("text/plain", "text/html", "text/enriched") or (
            part.media_type.startswith("multipart/") and not head.name
        )
        if (
            not is_text
            or head.disposition == "attachment"
            or (head.name and part.media_type != "text/html")
        ):
            self._add_file(data, part, head)
            return
        if part.media_type == "text/html":
            declared = head.charset
            if find_codec(declared) is None and (meta := _META_CHARSET.search(data[:4096])):
                declared = meta.group(1).decode("ascii", "replace")
            data = data[: self.html_left]
            self.html_left -= len(data)
            self.pieces.append((None, scrub_text(decode(data, declared, self.hint))))
            return
        data, files = find_uuencoded(data, self.limits.files - len(self.files))
        for name, content in files:
            self._append_file(content, decode(name, head.charset, self.hint), "")
        data = data[: self.text_left]
        self.text_left -= len(data)
        text = scrub_text(decode(data, head.charset, self.hint))
        self.pieces.append((_unflow(text, delete=head.delete_space) if head.flowed else text, None))

    def _add_file(self, data: bytes, part: Part, head: _PartHead) -> None:
        if not data and not head.name:
            return
        if part.media_type == "application/ms-tnef" or (head.name or "").lower() == "winmail.dat":
            self.tnef_left -= 1
            content = tnef.parse_tnef(data) if self.tnef_left >= 0 else None
            if content is not None:
                if content.text or content.html:
                    text = scrub_text(content.text) if content.text else None
                    markup = scrub_text(content.html) if content.html else None
                    self.pieces.append((text, markup))
                for name, inner in content.files:
                    self._append_file(inner, name, "application/octet-stream")
                return
        if part.media_type == "text/calendar":
            self.invitations.append(
                text_of_calendar(scrub_text(decode(data[:262_144], head.charset)))
            )
        inline = head.disposition != "attachment"
        self._append_file(data, head.name, part.media_type, head.content_id, inline=inline)

    def _append_file(
        self,
        data: bytes,
        name: str | None,
        declared: str,
        content_id: str | None = None,
        *,
        inline: bool = False,
    ) -> None:
        if len(self.files) >= self.limits.files:
            raise RefusedError(
                RefusalCode.TOO_MANY_PARTS, f"The mail has more than {self.limits.files} files."
            )
        media_type = sniff_media_type(data, name or "", declared)
        cleaned = clean_file_name(name, media_type, len(self.files) + 1)
        inline = inline and content_id is not None and media_type.startswith("image/")
        self.files.append(MailFile(cleaned, media_type, data, content_id, inline))

    def _add_mail(self, part: Part, head: _PartHead) -> None:
        data = _payload(part)
        name = head.name or f"{peek_headers(data, self.hint)[1][:80] or 'mail'}.eml"
        if not name.lower().endswith(".eml"):
            name += ".eml"
        if len(self.files) >= self.limits.files:
            raise RefusedError(
                RefusalCode.TOO_MANY_PARTS, f"The mail has more than {self.limits.files} files."
            )
        cleaned = clean_file_name(name, "message/rfc822", len(self.files) + 1)
        self.files.append(MailFile(cleaned, "message/rfc822", data))

    def text(self) -> str:
        """Return the whole text; a part with HTML only gives the text of that."""
        texts: list[str] = []
        angles = MAX_ANGLES
        for text, html in self.pieces:
            if text is None and html:
                angles -= html.count("<")
                text = text_of_html(sanitise_html(html)) if angles >= 0 else text_of_heavy(html)
            texts.append(text or "")
        joined = "\n\n".join(text.strip("\n") for text in texts if text.strip())
        # An invitation without a word beside it says itself what, when, where and who.
        joined = joined or "\n\n".join(filter(None, self.invitations))
        return joined[: self.limits.text_characters]

    def html(self) -> str | None:
        """Return the unsanitised HTML of all body parts, or None if none has any."""
        if not any(html for _, html in self.pieces):
            return None
        joined = "\n".join(html if html else html_of_text(text or "") for text, html in self.pieces)
        return joined[: self.limits.html_characters]


class _PartHead:
    """Content-Type, Content-Disposition and Content-ID of one part, read leniently."""

    def __init__(self, part: Part, hint: str | None) -> None:
        parameters = part.parameters
        if parameters and hint is not None:  # a raw 8-bit name is in the charset of the mail
            parameters = parse_parameters(part.field("content-type")[:_MAX_FIELD_BYTES], hint)[1]
        extra: dict[str, str] = {}
        self.disposition = ""
        if disposition := part.field("content-disposition"):
            self.disposition, extra = parse_parameters(disposition[:_MAX_FIELD_BYTES], hint)
        self.charset = parameters.get("charset")
        self.flowed = parameters.get("format", "").lower() == "flowed"
        self.delete_space = parameters.get("delsp", "").lower() == "yes"
        self.name = extra.get("filename") or extra.get("name") or parameters.get("name") or None
        identity = part.field("content-id")[:1000]
        self.content_id = scrub_line(decode(identity)).strip().strip("<>")[:250] or None


def _payload(part: Part) -> bytes:
    """Return the decoded bytes of a leaf, however badly it is encoded."""
    text = part.media_type.startswith("text/")
    return decode_transfer(part.content(), part.field("content-transfer-encoding"), text=text)


def _unflow(text: str, *, delete: bool) -> str:
    """Join the lines of format=flowed (RFC 3676 §4): a line that ends in a blank goes on; `delete`:
    that blank is no part of the text (DelSp)."""
    out: list[str] = []
    joining = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        if not (joining and not quoted and line != "-- "):
            out.append("\n")
        elif delete:
            out[-1] = out[-1][:-1]
        out.append(line.removeprefix(" "))
        joining = line.endswith(" ") and line != "-- " and not quoted
    return "".join(out[1:])
