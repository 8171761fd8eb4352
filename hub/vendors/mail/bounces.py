"""Delivery reports: RFC 3464 parts, and for mailers that never heard of them flufl.bounce. Pure."""

from __future__ import annotations

import email.message
import logging
import re
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import compat32

from flufl.bounce import all_failures

from .charsets import decode
from .headers import clean_address, decode_header, parse_message_ids
from .model import MailReport, ParsedMail, ReportPart

log = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").setLevel(logging.WARNING)  # a line for each detector and mail

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"\b([45]\d\d)[ -]")
_MAX_RECIPIENTS = 100
_MAX_DIAGNOSTIC = 300
_MAX_BYTES = 1_048_576  # the returned mail may hold anything
_MAX_LINES = 20_000  # each is held against some fifty patterns


def read_report(message: email.message.Message, report_type: str) -> MailReport:
    """Return what a multipart/report says (RFC 3464, RFC 8098), as far as it can be read."""
    parts: list[ReportPart] = []
    original_id: str | None = None
    references: tuple[str, ...] = ()
    for count, part in enumerate(message.walk()):
        if count > 50:
            break
        content_type = part.get_content_type()
        if content_type in ("message/delivery-status", "message/global-delivery-status"):
            parts.extend(_status_parts(part))
        elif content_type == "message/disposition-notification":
            fields = _fields_of(part)
            original_id = original_id or next(
                iter(parse_message_ids(fields.get("original-message-id", ""))), None
            )
        elif content_type in ("message/rfc822", "text/rfc822-headers", "message/global"):
            found, found_references = _original_ids(part)
            original_id = original_id or found
            references = references or found_references
    return MailReport(report_type, tuple(parts[:_MAX_RECIPIENTS]), original_id, references)


def _status_parts(part: email.message.Message) -> list[ReportPart]:
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return []
    found: list[ReportPart] = []
    for block in blocks:
        if not isinstance(block, email.message.Message):
            continue
        fields = _fields_of(block)
        if "action" not in fields and "final-recipient" not in fields:
            continue
        address = fields.get("original-recipient") or fields.get("final-recipient", "")
        diagnostic = fields.get("diagnostic-code", "").partition(";")[2].strip() or None
        status = _STATUS.search(fields.get("status", "")) or _STATUS.search(diagnostic or "")
        found.append(
            ReportPart(
                recipient=clean_address(address.partition(";")[2].encode() or address.encode()),
                action=fields.get("action", "failed").lower().split(" ")[0].strip(),
                status=status.group(1) if status else None,
                diagnostic=diagnostic[:_MAX_DIAGNOSTIC] if diagnostic else None,
            )
        )
    return found


def _fields_of(part: email.message.Message) -> dict[str, str]:
    """Return the fields of a part that is itself fields, names in lower case, first one wins."""
    fields: dict[str, str] = {}
    source = part
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], email.message.Message):
        source = payload[0]
    for name, value in source.raw_items():
        raw = str(value).encode("utf-8", "surrogateescape")[:4096]
        fields.setdefault(name.lower(), decode_header(raw))
    return fields


def _original_ids(part: email.message.Message) -> tuple[str | None, tuple[str, ...]]:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], email.message.Message):
        inner = payload[0]
    elif isinstance(payload, str):
        inner = BytesParser(policy=compat32).parsebytes(
            payload.encode("utf-8", "surrogateescape")[:65_536], headersonly=True
        )
    else:
        return None, ()
    fields: dict[str, str] = {}
    for name, value in inner.raw_items():
        fields.setdefault(name.lower(), str(value))
    identity = next(iter(parse_message_ids(fields.get("message-id", ""))), None)
    return identity, parse_message_ids(fields.get("references", ""))


@dataclass(frozen=True, slots=True)
class Bounce:
    """One sentence of fate for one recipient of a mail of ours."""

    recipient: str | None
    permanent: bool
    delivered: bool
    bad_address: bool  # a hard bounce: nothing that is sent there will ever arrive
    status: str | None
    detail: str  # "5.1.1 no such user"
    original_message_id: str | None
    references: tuple[str, ...]


def find_bounces(mail: ParsedMail, raw: bytes) -> tuple[Bounce, ...]:
    """Return the fates a mail reports, empty if it is no delivery report.

    First the standard's own parts, then flufl.bounce for mailers with a form of their own.
    `raw` are the bytes `mail` was parsed from.
    """
    report = mail.report
    if report is not None and report.report_type == "delivery-status" and report.parts:
        return tuple(
            _bounce_of(part, report.original_message_id, report.original_references)
            for part in report.parts
            if part.action != "expanded"
        )
    if not looks_like_bounce(mail):
        return ()
    return _nonstandard(mail, raw)


def looks_like_bounce(mail: ParsedMail) -> bool:
    """Say whether envelope and sender are those of a mail system reporting a failure.

    In whatever language it writes: what comes for no return path (RFC 5321 §4.5.5) and brings a
    mail back with it, or the code of a refusal, is no customer's question.
    """
    null_path = (mail.header("return-path") or "-").strip() == "<>"
    local = mail.sender.local_part.lower()
    machine = local in ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mailmaster")
    failed = mail.header("x-failed-recipients") is not None
    report = mail.report is not None and mail.report.report_type == "delivery-status"
    return report or failed or machine or (null_path and _tells_of_failure(mail))


def _tells_of_failure(mail: ParsedMail) -> bool:
    returned = any(file.media_type in _RETURNED for file in mail.files)
    refusal = _REFUSAL.search(mail.text[:_MAX_TEXT])
    return returned or bool(refusal) or bool(_BOUNCE_SUBJECT.search(mail.subject))


_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/delivery-status")
_REFUSAL = re.compile(r"\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|\bSMTP[^\n]{0,40}\b[45]\d\d[ -]")
_MAX_TEXT = 20_000  # characters
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|fail|has failed)|returned mail|failure notice|mail delivery"
    r"|退信|系统退信|退件|未能送达|投递失败|无法送达|無法(?:送達|傳遞|傳送)|退回(?:的)?(?:邮件|郵件)"
    r"|unzustellbar|nicht zugestellt|zustellung (?:fehlgeschlagen|nicht möglich)"
    r"|non[- ]?(?:remis|distribu|délivr)|échec de (?:la )?(?:remise|distribution|livraison)"
    r"|no (?:se pudo entregar|entregado)|devuelto al remitente|mancat[oa] (?:recapito|consegna)"
    r"|não (?:entregue|foi possível entregar)|devolvid[oa] ao remetente|onbestelbaar|niet bezorgd"
    r"|nie(?:doręczon|dostarczon)|zwrot wiadomości|не ?доставлен|возвращ[её]нн|недоставк"
    r"|配信不能|配信(?:に)?失敗|配信できません|送信エラー|戻りメール"
    r"|반송|배달(?:되지|할 수|\s?실패)|전송\s?실패",
    re.I,
)


def _bounce_of(part: ReportPart, original_id: str | None, references: tuple[str, ...]) -> Bounce:
    status = part.status
    detail = " ".join(piece for piece in (status, _short(part.diagnostic, status)) if piece)
    return Bounce(
        recipient=part.recipient,
        permanent=part.action == "failed",
        delivered=part.action in ("delivered", "relayed"),
        bad_address=part.action == "failed" and is_bad_address(f"{status} {part.diagnostic}"),
        status=status,
        detail=detail or part.action,
        original_message_id=original_id,
        references=references,
    )


# RFC 3463: no such mailbox, host or form of address; moved; switched off. A full mailbox (x.2.2), a
# mail that is too large or not liked (x.3, x.7) speak of this mail, or of today.
_BAD_STATUS = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
_BAD_WORDS = re.compile(
    r"user unknown|unknown (?:user|recipient|mailbox)|no such (?:user|recipient|mailbox|address)"
    r"|(?:user|recipient|mailbox|address) (?:not found|does(?: not|n't) exist)"
    r"|(?:mailbox|account) (?:is )?(?:disabled|inactive|unavailable)|mailbox not found"
    r"|用户不存在|不存在的?(?:用户|收件人)|收件人(?:不存在|地址(?:错误|无效))",
    re.I,
)
_FOR_NOW = re.compile(r"\b4\.\d{1,3}\.\d{1,3}\b|^\s*4\d\d\b")


def is_bad_address(said: str) -> bool:
    """Say whether what a mail system says of a recipient is that there is no such address."""
    if _FOR_NOW.search(said):
        return False
    return bool(_BAD_STATUS.search(said)) or bool(_BAD_WORDS.search(said))


def _short(diagnostic: str | None, status: str | None) -> str:
    text = re.sub(r"\s+", " ", diagnostic or "").strip()
    text = re.sub(r"^[245]\d\d[ -]", "", text)
    if status:
        text = text.replace(status, "", 1)
    text = re.sub(r"^<[^>]*>:?\s*", "", text.strip())
    return text.strip(" :-")[:_MAX_DIAGNOSTIC]


def _nonstandard(mail: ParsedMail, raw: bytes) -> tuple[Bounce, ...]:
    raw = b"\n".join(raw[:_MAX_BYTES].split(b"\n", _MAX_LINES)[:_MAX_LINES])
    message = BytesParser(policy=compat32).parsebytes(raw)
    try:
        temporary, permanent = all_failures(message)
    except Exception:
        # Its detectors are old heuristics over hostile input; without them the mail is filed as
        # read.
        log.warning("flufl.bounce failed on a mail of %d bytes", len(raw), exc_info=True)
        temporary, permanent = frozenset(), frozenset()
    body = mail.text[:_MAX_TEXT]
    status = _STATUS.search(body)
    code = _REPLY_CODE.search(body)
    known = status.group(1) if status else None
    reason = known or (code.group(1) if code else "")
    original = _quoted_id(raw)
    recipients = [(item, True) for item in sorted(permanent)]
    recipients += [(item, False) for item in sorted(temporary - permanent)]
    if not recipients:
        listed = mail.header("x-failed-recipients")
        address = clean_address(listed.partition(",")[0].encode()) if listed else None
        address = address or _named_in(body, mail)
        hard = reason.startswith("5") or listed is not None
        found = address is not None or original is not None
        return (_own(address, hard, known, reason, original),) if found else ()
    return tuple(
        _own(
            clean_address(item) if isinstance(item, bytes) else None, hard, known, reason, original
        )
        for item, hard in recipients[:_MAX_RECIPIENTS]
    )


def _own(
    recipient: str | None, hard: bool, status: str | None, reason: str, original: str | None
) -> Bounce:
    detail = f"{reason} not delivered".strip()
    bad = hard and is_bad_address(detail)
    return Bounce(recipient, hard, False, bad, status, detail, original, ())


_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.ASCII)


def _named_in(body: str, mail: ParsedMail) -> str | None:
    """Return the first address in the text that is neither the reporter's nor the receiver's."""
    known = {mail.sender.email.lower(), *(address.email.lower() for address in mail.to)}
    return next((item for item in _ADDRESS.findall(body) if item.lower() not in known), None)


_QUOTED_ID = re.compile(rb"^[ \t>]*Message-ID:[ \t]*(<[^<>\s]{3,900}>)", re.I | re.M)


def _quoted_id(raw: bytes) -> str | None:
    """Return the last Message-ID line of the mail: that of the returned copy, not of the bounce."""
    found = _QUOTED_ID.findall(raw)
    return decode(found[-1]) if len(found) > 1 else None
