"""The only place where an effect on the outside is made: what reaches a person needs a permit.

`ToPerson` are the effects that reach a customer, `ToChannel` those that do not (they move a call
that is there, or make a file readable). Each effect is one of the two, so whoever adds one has to
say which; mypy and a test hold the code to it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.contacts.effects import (
    AskSurvey,
    CallFirst,
    Connect,
    Dial,
    DropGuest,
    Hangup,
    Hold,
    Invite,
    InviteOutside,
    LeaveTo,
    Move,
    ReadFile,
    ReadPages,
    Record,
    Send,
    SetGuestMode,
    Unhold,
)
from hub.storage.outbox import NewEffect

from .model import Permit

ToPerson = Send | Dial | CallFirst | InviteOutside | AskSurvey
ToChannel = (
    Connect
    | Hold
    | Unhold
    | Record
    | Move
    | Hangup
    | Invite
    | SetGuestMode
    | DropGuest
    | LeaveTo
    | ReadFile
    | ReadPages
)


def to_person(
    permit: Permit,
    effect: ToPerson,
    *,
    channel: str,
    entry_point_id: str,
    dedupe_key: str,
    interaction_id: str | None = None,
    contact_id: str | None = None,
    at_most_once: bool = False,
    not_before: datetime | None = None,
) -> NewEffect:
    """Return what reaches a person, not before the permit allows it. What we send of our own accord
    carries the link by which they say stop.
    """
    if isinstance(effect, Send) and permit.opt_out is not None:
        effect = msgspec.structs.replace(effect, opt_out=permit.opt_out)
    times = [at for at in (not_before, permit.not_before) if at is not None]
    return NewEffect(
        channel=channel,
        entry_point_id=entry_point_id,
        effect=msgspec.json.encode(effect).decode(),
        interaction_id=interaction_id,
        contact_id=contact_id,
        dedupe_key=dedupe_key,
        at_most_once=at_most_once,
        not_before=max(times, default=None),
        purpose=str(permit.purpose),
        identity_id=None if permit.is_service else permit.identity_id,
    )


def to_channel(
    effect: ToChannel,
    *,
    channel: str,
    entry_point_id: str,
    dedupe_key: str,
    interaction_id: str | None = None,
    contact_id: str | None = None,
    at_most_once: bool = False,
) -> NewEffect:
    """Return what reaches no person by itself."""
    return NewEffect(
        channel=channel,
        entry_point_id=entry_point_id,
        effect=msgspec.json.encode(effect).decode(),
        interaction_id=interaction_id,
        contact_id=contact_id,
        dedupe_key=dedupe_key,
        at_most_once=at_most_once,
    )
