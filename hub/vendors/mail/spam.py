"""The verdict of a spam filter in front of us, by its headers. Pure.

Who writes such a header into his own mail only harms himself, so no trust is asked for.
"""

from __future__ import annotations

from .model import ParsedMail

_YES_HEADERS = ("x-spam-flag", "x-spam", "x-rspamd-spam")


def spam_evidence(mail: ParsedMail) -> str | None:
    """Return what says that `mail` is spam, or None."""
    for name in _YES_HEADERS:
        if (mail.header(name) or "").strip().lower() in ("yes", "true"):
            return name
    status = (mail.header("x-spam-status") or "").strip().lower()
    if status.startswith("yes"):
        return "x-spam-status"
    action = (mail.header("x-rspamd-action") or "").strip().lower()
    return "x-rspamd-action" if action in ("add header", "rewrite subject", "reject") else None
