"""What SMTP said → what the outbox hears."""

from __future__ import annotations

from hub.contacts.effects import Done, Outcome, Permanent, Transient, Unknown
from hub.vendors.mail.smtp import SmtpFate, SmtpResult


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
