"""A mail opened: parsed, its HTML sanitised, its quotes folded; all that costs time for long ones.
Pure."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from .model import Limits, ParsedMail, Refusal
from .parse import DEFAULT_LIMITS, parse_mail
from .quotes import Folded, fold_quotes
from .sanitise import sanitise_html

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail and what of its text is new (`folded.html` may be shown, `mail.html` may not).

    Of a large mail, None: that is soon found out. `words`: what it is found by; `card_numbers`:
    whether there are any in it.
    """

    mail: ParsedMail
    folded: Folded
    words: str | None = None
    card_numbers: bool | None = None


def open_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Opened | Refusal:
    """Return the mail in `raw`, or why it cannot be read. Never raises."""
    mail = parse_mail(raw, limits)
    if isinstance(mail, Refusal):
        return mail
    markup = sanitise_html(mail.html, looks=True) if mail.html is not None else None
    try:
        return Opened(mail, fold_quotes(mail.text, markup, mail.subject))
    except Exception:
        # As in `parse_mail`: what a stranger found to break the folding is shown unfolded.
        log.exception("the quotes of a mail of %d bytes could not be folded", len(raw))
        return Opened(mail, Folded(mail.text, markup))
