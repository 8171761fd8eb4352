"""What is made of an agent's formatted answer before it is sent. Pure."""

from __future__ import annotations

from typing import NamedTuple

from hub.core.errors import Invalid
from hub.vendors.mail.answer import clean_answer, is_unformatted, text_of_answer

from .capabilities import CapabilitiesView as Capabilities


class Words(NamedTuple):
    """What is sent: the text, and the HTML beside it."""

    text: str
    html: str | None = None


def formatted(html: str, *, keep_html: bool) -> Words:
    """Return what is made of HTML that an agent wrote: where it formats nothing, its text only."""
    clean = clean_answer(html)
    keep = keep_html and not is_unformatted(clean)
    return Words(text_of_answer(clean), clean if keep else None)


def checked_aside(aside_of: str | None, can: Capabilities) -> str | None:
    """Return what is to be forwarded. Raises Invalid where the channel chooses no recipients."""
    if aside_of is not None and not can.recipients:
        raise Invalid("Nothing can be forwarded on this channel.", code="reply.no_forward")
    return aside_of


def check_length(text: str, can: Capabilities) -> None:
    """Raises Invalid where an answer is longer than its channel carries."""
    if can.text_limit and len(text) > can.text_limit:
        raise Invalid(
            f"An answer here has at most {can.text_limit} characters: shorten it, or send two.",
            code="reply.too_long",
        )
