"""Was a mail written by a person? Kinds of automatic mail and the evidence for each. Pure.

Automatic mail is filed, not dropped (channels.md): what each kind may cause is decided from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .bounces import looks_like_bounce
from .model import ParsedMail


class AutoKind(StrEnum):
    PERSONAL = "personal"  # a person wrote it, as far as one can tell
    BOUNCE = "bounce"
    READ_RECEIPT = "read_receipt"
    OUT_OF_OFFICE = "out_of_office"
    AUTO_REPLY = "auto_reply"
    AUTO_GENERATED = "auto_generated"
    LIST = "list"
    BULK = "bulk"


# These only answer what we sent: filed on the timeline, they neither reopen nor queue.
NEVER_QUEUES = frozenset(
    {AutoKind.BOUNCE, AutoKind.READ_RECEIPT, AutoKind.OUT_OF_OFFICE, AutoKind.AUTO_REPLY}
)


@dataclass(frozen=True, slots=True)
class Judgement:
    kind: AutoKind
    evidence: str  # the header or rule that decided, for the log and the console


_OUT_OF_OFFICE = re.compile(
    r"out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response)"
    r"|autoreply|on (?:vacation|leave|holiday)"
    r"|away from (?:the|my) (?:office|desk)|abwesen(?:d|heit)"
    r"|réponse automatique|respuesta automática|自動返信|自動応答|不在通知"
    r"|automatische (?:antwort|reactie)|automatisch antwoord|risposta automatica"
    r"|resposta automática|automatyczna odpowiedź|odpowiedź automatyczna|autosvar"
    r"|автоответ|автоматический ответ|부재\s?중|자동\s?(?:응답|회신)"
    r"|自动回复|自動回覆|自动答复|不在办公室|休假|外出(?:通知|自动)",
    re.I,
)
# At the start only: people do write about auto-replies.
_AUTO_SUBJECT = re.compile(
    r"^\s*\W?\s*(?:auto(?:matic)?[- ]?(?:reply|response)|autoreply|out of (?:the )?office"
    r"|abwesenheitsnotiz|automatische (?:antwort|reactie)|automatisch antwoord"
    r"|réponse automatique|respuesta automática|risposta automatica|resposta automática"
    r"|automatyczna odpowiedź|odpowiedź automatyczna|autosvar|автоответ|автоматический ответ"
    r"|부재\s?중|자동\s?(?:응답|회신)|自動返信|自動応答|不在通知|自动回复|自動回覆|自动答复)\s*(?:[:：\-(（\])】]|$)",
    re.I,
)


def judge(mail: ParsedMail) -> Judgement:
    """Return the kind of `mail` with its evidence; the first rule that fits decides."""
    report = mail.report.report_type if mail.report else None
    if report == "disposition-notification":
        return Judgement(AutoKind.READ_RECEIPT, "multipart/report; disposition-notification")
    if looks_like_bounce(mail):
        return Judgement(AutoKind.BOUNCE, "delivery report")
    return (
        _by_auto_submitted(mail)
        or _by_autoreply_headers(mail)
        or _by_list_headers(mail)
        or Judgement(AutoKind.PERSONAL, "no sign of automation")
    )


def _by_auto_submitted(mail: ParsedMail) -> Judgement | None:
    """RFC 3834 §5: any value but `no` is automatic."""
    value = (mail.header("auto-submitted") or "").split(";")[0].strip().lower()
    if not value or value == "no":
        return None
    evidence = f"Auto-Submitted: {value[:40]}"
    if _OUT_OF_OFFICE.search(mail.subject):
        return Judgement(AutoKind.OUT_OF_OFFICE, evidence)
    if value.startswith("auto-replied"):
        return Judgement(AutoKind.AUTO_REPLY, evidence)
    return Judgement(AutoKind.AUTO_GENERATED, evidence)


def _by_autoreply_headers(mail: ParsedMail) -> Judgement | None:
    for name in (
        "x-autoreply",
        "x-autorespond",
        "x-autoreply-from",
        "x-mail-autoreply",
        "x-auto-reply",
    ):
        value = mail.header(name)
        if value is not None and value.strip().lower() not in ("no", "0", "false"):
            return Judgement(AutoKind.OUT_OF_OFFICE, name)
    if (mail.header("precedence") or "").strip().lower() in ("auto_reply", "auto-reply"):
        return Judgement(AutoKind.AUTO_REPLY, "Precedence: auto_reply")
    if mail.header("x-ms-exchange-inbox-rules-loop") is not None:
        return Judgement(AutoKind.AUTO_REPLY, "X-MS-Exchange-Inbox-Rules-Loop")
    if _AUTO_SUBJECT.match(mail.subject):
        return Judgement(AutoKind.OUT_OF_OFFICE, "subject of an automatic reply")
    return None


def _by_list_headers(mail: ParsedMail) -> Judgement | None:
    for name in ("list-id", "list-post", "x-mailing-list", "mailing-list"):
        if mail.header(name) is not None:
            return Judgement(AutoKind.LIST, name)
    precedence = (mail.header("precedence") or "").strip().lower()
    if precedence == "list":
        return Judgement(AutoKind.LIST, "Precedence: list")
    if precedence in ("bulk", "junk"):
        return Judgement(AutoKind.BULK, f"Precedence: {precedence}")
    for name in ("list-unsubscribe", "feedback-id", "x-campaign", "x-campaignid", "x-mailgun-tag"):
        if mail.header(name) is not None:
            return Judgement(AutoKind.BULK, name)
    return None
