"""Codes that prove a mailbox: what they are, how long they are good, how often they go out. Pure.

Six digits and five tries: who guesses gets one in 200,000 for each code. From one network there are
six codes a day for an address, so 30 tries: one in 33,000 a day; from all together 20, one in
10,000. Whoever guesses at any address at all, by ever
new visits, is stopped by a count of wrong codes beside it: web chat lets 60 a day go by from one
network and 600 of one entry point, one in 1,600 a day (NIST SP 800-63B §5.1.3 asks for 20 bits, ten
minutes and a limit).
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
TRIES = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_HOUR, PER_DAY = 3, 6  # to one address, asked for from one network
# To one address, whoever asks: what its owner has to bear. Who proved it before has their own.
WHOLE_HOUR, WHOLE_DAY = 9, 20
OF_VISITOR = 5  # an hour, to any address
SAME = timedelta(seconds=30)  # asked for again within that, it is the same wish
PROOF = "mail_code"
"""What stands as `verified_by` of an address that was proved so: the site has signed nothing."""


class AskCode(NamedTuple):
    """A visitor says that a mailbox is theirs. `language`: the visitor's, None: the chat's.
    `network`: where they are on the internet (hub.core.networks); `proved`: the normal form of the
    mailbox that this visitor has proved before, "" for none.
    """

    entry_point_id: str
    visitor_id: str
    address: str
    language: str | None = None
    network: str = ""
    proved: str = ""


class CodeSent(NamedTuple):
    """The code is on its way to `to`, and good for `good_s` seconds. Whether anybody has the
    address, or wants mail there, is not said.
    """

    to: str
    good_s: int


class GiveCode(NamedTuple):
    """A visitor types the code; `conversation_id`: where it is told, None: nothing was said yet."""

    visitor_id: str
    code: str
    conversation_id: str | None = None


class CodeAnswer(NamedTuple):
    """`address`: proved by the code; None: it is wrong, and `tries_left` are left (0: or it is too
    old, or was never asked for). `guessed`: a wrong one, which has cost a try.
    """

    address: str | None
    tries_left: int = 0
    guessed: bool = False


class Proof(NamedTuple):
    """A visitor proved a mailbox by a code `at` that time; it counts before `until`."""

    at: datetime
    until: datetime

    def is_good(self, now: datetime) -> bool:
        return now < self.until


class SignsIn(NamedTuple):
    """Somebody the site names as `external_id`, with `signed_email` or "", in a browser in which
    `mailbox` (its normal form) was proved by a code.
    """

    external_id: str
    signed_email: str
    mailbox: str


def read_code(written: str) -> str | None:
    """Return the digits of what was typed, also full-width and in groups; None: not six."""
    digits = [unicodedata.digit(one, -1) for one in written if one.isalnum()]
    if len(digits) != DIGITS or -1 in digits:
        return None
    return "".join(map(str, digits))


def digest_of(key: bytes, code_id: str, code: str) -> str:
    """Return what is kept of a code. A million codes are soon tried: `key` is not in the row."""
    return hmac.new(key, f"{code_id}:{code}".encode(), hashlib.sha256).hexdigest()


def network_digest(key: bytes, network: str) -> str:
    """Return what is kept of a network: enough to count by it."""
    if not network:
        return ""
    return hmac.new(key, f"network:{network}".encode(), hashlib.sha256).hexdigest()


def free_at(made: Sequence[datetime], limit: int, span: timedelta, now: datetime) -> datetime:
    """Return when there are fewer than `limit` of those `made` within `span`; `now`: already."""
    within = sorted(at for at in made if at > now - span)
    return within[-limit] + span if len(within) >= limit else now
