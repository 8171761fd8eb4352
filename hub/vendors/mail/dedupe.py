"""One key and one name for one mail, whichever way it came. Pure."""

from __future__ import annotations

import hashlib

from .model import ParsedMail

MAX_EXTERNAL_ID = 500  # characters: what the contact store keeps of a Message-ID


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


def external_id(mail: ParsedMail) -> str:
    """Return the Message-ID, or a synthetic one: a mail without is never dropped."""
    if mail.message_id is not None and len(mail.message_id) <= MAX_EXTERNAL_ID:
        return mail.message_id
    return f"<{dedupe_key(mail).removeprefix('mail:')[:40]}@synthetic.invalid>"
