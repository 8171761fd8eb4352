"""What the provider says of a text of ours, and what that means to us. Pure.

Callbacks come twice, late and in any order: the higher rank wins, so their order does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hub.contacts.model import DeliveryState

# Twilio, "Message Status Values"; a text that arrived after all has arrived.
_RANK: Mapping[str, int] = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "canceled": 5,
    "failed": 6,
    "undelivered": 7,
    "delivered": 8,
    "read": 9,
}
_MEANS: Mapping[str, DeliveryState] = {
    "sent": DeliveryState.SENT,
    "canceled": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "undelivered": DeliveryState.FAILED,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
}

# Of these the agent is told in words (`delivery.why.sms_…`); others are shown as they were said.
KNOWN_CODES = frozenset(
    {
        21211, 21408, 21602, 21606, 21610, 21612, 21614, 21617, 30001, 30002, 30003, 30004, 30005,
        30006, 30007, 30008, 30022, 30032, 30034, 30410, 30500,
    }
)  # fmt: skip
OPTED_OUT = 21610  # the number said stop to the provider: nothing reaches it
NO_REPLY = "sms_no_reply"  # a sender that is no telephone number cannot be answered
NO_ACCOUNT = "sms_no_account"  # nobody carries it
WAITS = "sms_waits"  # for its turn: a number sends so many parts a second


class Told(NamedTuple):
    """The state of a text in the provider's word, "" before any; `code`: of its failure, or 0."""

    state: str = ""
    code: int = 0


def advance(before: Told, news: Told) -> Told:
    """Return what is known after `news`; an unknown state says nothing. In any order, the same."""
    return max(before, news, key=_order) if news.state in _RANK else before


def _order(told: Told) -> tuple[int, int]:
    return _RANK.get(told.state, 0), told.code


def means(told: Told) -> DeliveryState | None:
    """Return what the agent is shown; None where it is under way and nothing has changed."""
    return _MEANS.get(told.state)


def has_ended(told: Told) -> bool:
    """Say whether nothing more is to be expected of the provider."""
    return _RANK.get(told.state, 0) >= _RANK["canceled"]


def in_words(code: int, said: str = "") -> str:
    """Return what stands for an error: a code the console has words for, else what was said."""
    if code in KNOWN_CODES:
        return f"sms_{code}"
    return f"{said} ({code})" if said and code else said or f"Twilio {code or '?'}"
