"""The way out of one mailbox, and what SMTP said → what the outbox hears."""

from __future__ import annotations

from hub.contacts.effects import Done, Outcome, Permanent, Transient, Unknown
from hub.settings import Mailbox
from hub.vendors.mail.oauth import AccessTokens
from hub.vendors.mail.smtp import Envelope, SmtpFate, SmtpResult, send_smtp


class WayOut:
    """Sends by the SMTP server of one mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._server = mailbox.smtp
        self._tokens = AccessTokens(mailbox.oauth) if mailbox.oauth.token_url else None

    async def send(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> SmtpResult:
        """Send once; an empty sender is the null return path."""
        return await send_smtp(self._server, Envelope(sender, recipients), raw, self._tokens)


def find_way_out(mailbox: Mailbox | None) -> WayOut | None:
    """Return how mail leaves this mailbox, or None where no SMTP server is set."""
    return WayOut(mailbox) if mailbox is not None and mailbox.smtp.host else None


def outcome_of(result: SmtpResult, message_id: str, detail: str | None = None) -> Outcome:
    """Return the outcome of one mail; `detail` is shown to the agent when it went out."""
    if result.fate is SmtpFate.SENT:
        if result.refused:
            detail = f"refused for {', '.join(result.refused)}"
        return Done(message_id, detail)
    if result.fate is SmtpFate.TRANSIENT:
        return Transient(result.reason)
    if result.fate is SmtpFate.PERMANENT:
        return Permanent(result.reason)
    return Unknown(result.reason)
