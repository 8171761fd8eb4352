"""The way out of one mailbox, and what SMTP said → what the outbox hears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.contacts.effects import (
    Done,
    Outcome,
    Permanent,
    Reached,
    RecipientFate,
    Transient,
    Unknown,
)
from hub.settings import Mailbox
from hub.vendors.mail.bounces import is_bad_address
from hub.vendors.mail.oauth import TokenBook
from hub.vendors.mail.smtp import Envelope, SmtpFate, SmtpResult, send_smtp


class WayOut:
    """Sends by the SMTP server of one mailbox."""

    def __init__(self, mailbox: Mailbox, tokens: TokenBook) -> None:
        self._server = mailbox.smtp
        self._tokens = tokens.of(mailbox)

    async def send(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> SmtpResult:
        """Send once; an empty sender is the null return path."""
        return await send_smtp(self._server, Envelope(sender, recipients), raw, self._tokens)


def ways_out(mailboxes: Iterable[Mailbox], tokens: TokenBook) -> dict[str, WayOut]:
    """Return by entry point how mail leaves these mailboxes; those without SMTP have no way."""
    return {box.entry_point: WayOut(box, tokens) for box in mailboxes if box.smtp.host}


def outcome_of(
    result: SmtpResult,
    message_id: str,
    detail: str | None = None,
    recipients: Sequence[str] = (),
) -> Outcome:
    """Return the outcome of one mail; `detail` is shown to the agent when it went out.

    `recipients`: to whom it was offered, where of each is to be told what became of it.
    """
    fates = _fates(result, recipients)
    if result.fate is SmtpFate.SENT:
        return Done(message_id, detail, fates)
    if result.fate is SmtpFate.TRANSIENT:
        return Transient(result.reason, fates=fates)
    if result.fate is SmtpFate.PERMANENT:
        return Permanent(result.reason, fates)
    return Unknown(result.reason)


def _fates(result: SmtpResult, recipients: Sequence[str]) -> tuple[RecipientFate, ...]:
    """Of a single recipient the outcome itself says all, but that there is no such address."""
    refused = {one.address: one for one in result.refused}
    fates: list[RecipientFate] = []
    for address in dict.fromkeys(recipients):
        no = refused.get(address)
        if no is not None:
            state = Reached.WAITING if no.later else Reached.FAILED
            fates.append(RecipientFate(address, state, no.reason, is_bad_address(no.reason)))
        elif result.fate is SmtpFate.SENT:
            fates.append(RecipientFate(address, Reached.SENT))
    return tuple(fates)
