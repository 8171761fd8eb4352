"""One key for one mail, whichever way it came. Pure."""

from __future__ import annotations

import hashlib

from .model import ParsedMail


def dedupe_key(mail: ParsedMail) -> str:
    """Return the key of a mail: Message-ID, From, Date and content (reliability.md §1).

    The same mail over two ways has other trace headers and one key; the same Message-ID with other
    content is a new mail.
    """
    digest = hashlib.sha256()
    for part in (
        mail.message_id or "",
        mail.sender.email.lower(),
        mail.header("date") or "",
        mail.subject,
        mail.text,
        mail.html or "",
    ):
        digest.update(part.encode("utf-8", "replace"))
        digest.update(b"\0")
    for file in mail.files:
        digest.update(hashlib.sha256(file.data).digest())
    return f"mail:{digest.hexdigest()}"
