"""Which rule keeps a contact, and until when. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub.contacts.model import Channel

EXPIRED = "expired"
"""The code of an entry whose words were kept long enough, with `days`: what the rule said."""


class Kept(StrEnum):
    """What has a rule of its own: the key of the set-up without "_days"."""

    ANONYMOUS_CHATS = "anonymous_chats"
    CHATS = "chats"
    MAILS = "mails"
    FAXES = "faxes"
    TEXTS = "texts"
    CALLS = "calls"


CHANNEL: dict[Kept, Channel] = {
    Kept.ANONYMOUS_CHATS: Channel.WEBCHAT,
    Kept.CHATS: Channel.WEBCHAT,
    Kept.MAILS: Channel.EMAIL,
    Kept.FAXES: Channel.FAX,
    Kept.TEXTS: Channel.SMS,
    Kept.CALLS: Channel.PHONE,
}
ORIGINALS = "originals"
ACCESS_LOG = "access_log"


class Why(StrEnum):
    """Why something that was kept long enough stays."""

    GOES_ON = "goes_on"  # a contact of its conversation is open, or it was merged into one
    PROMISED = "promised"  # a commitment, a callback or a complaint is open
    BEGUN = "begun"  # an answer was begun, or is to go out later
    HELD = "held"  # legal hold
    RECORDED = "recorded"  # its recording is kept, by days of its own


def cutoff(now: datetime, days: int, zone: str) -> datetime:
    """Return before when (UTC) a contact has to have ended so that `days` whole days are over, by
    the clock that counts seconds and by the one on the wall of `zone` (IANA).

    Where clocks are set, the two differ by the hour: nothing goes before both say so.
    """
    elapsed = now - timedelta(days=days)
    local = now.astimezone(ZoneInfo(zone))
    on_the_wall = (local.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=local.tzinfo)
    return min(elapsed, on_the_wall.astimezone(UTC), on_the_wall.replace(fold=1).astimezone(UTC))


def is_due(kept: Kept, *, anonymous: bool, days: int, other_days: int) -> bool:
    """Say whether a contact that has passed the `days` of `kept` goes by that rule.

    `other_days`: of a chat, what the other of the two rules of chats says. Each chat goes by its
    own; which that is may change until both are over: so the later of them takes all.
    """
    if kept is Kept.ANONYMOUS_CHATS:
        return anonymous or 0 < other_days < days
    if kept is Kept.CHATS and anonymous:
        return 0 < other_days <= days
    return True


def kept_as(channel: str, *, anonymous: bool) -> Kept | None:
    """Return by which rule a contact goes: the first of its channel that fits who it is with; None
    for channels that have none.
    """
    fits = (kept for kept in CHANNEL if anonymous or kept is not Kept.ANONYMOUS_CHATS)
    return next((kept for kept in fits if CHANNEL[kept] == channel), None)
