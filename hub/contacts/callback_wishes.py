"""Who writes with us asks to be called: what they may choose, what they ask for, what became of it.
Values; see hub.intake.callback_wishes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from .model import Channel
from .proving.model import Proof

CALLS = frozenset({Channel.PHONE})
"""The channels by whose entry points customers can be called."""


class Offered(StrEnum):
    """Whether the customers of an entry point may ask to be called."""

    NEVER = "never"
    OPEN = "open"  # while it is open
    ALWAYS = "always"


class CallRules(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry point's settings say of it: `calls`: its customers may ask to be called;
    `calls_from`: the key of the phone entry point that calls, "" for the first there is.
    """

    calls: bool = True
    calls_from: str = ""


def call_rules_in(settings: Mapping[str, object]) -> CallRules:
    """Return the rules in an entry point's settings, which were checked when they were applied."""
    return msgspec.convert(settings, CallRules)


@dataclass(frozen=True, slots=True)
class CallbackTimes:
    """When somebody may be called: in their turn from `opens` on (None: from now on), or not before
    one of `times`. `region` (ISO 3166): that of a number without a country code.
    """

    opens: datetime | None
    times: Sequence[datetime]
    region: str


@dataclass(frozen=True, slots=True)
class CallbackWish:
    """The customer of a conversation asks to be called at `number`, as typed; `at`: not before.
    `proof`: on what it rests who they are, None where that is more than a code.
    """

    conversation_id: str
    number: str
    at: datetime | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class WishedCallback:
    """What became of it. `state`: waiting (for `at`), queued, dialling, given_up (nobody was
    reached). `number`: its last digits, for who knows it.
    """

    state: str
    number: str
    at: datetime | None = None
