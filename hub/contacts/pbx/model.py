"""How a call in a PBX stands: what its channel tells the hub, and what the hub answers. Values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

META = "pbx"
"""In the `meta` of a contact whose audio is in a PBX: nothing of it can be moved from here."""


class PbxCall(msgspec.Struct, frozen=True):
    """One call, as it stands after all that was told of it; told again, nothing changes. `version`:
    how much that was; what is told after more was known counts no more.

    `call_id`: the PBX's, unique per entry point. `number`: the other party as the network shows it,
    "" where it is withheld. `talker`: the extension that has the call, or had it at its end, and
    `ringing` those that ring. `desks`: whose extension it is, by mail address, where the account's
    desk phone does not say it. `contact_id`: the contact from which the call was asked for.
    """

    entry_point_id: str
    call_id: str
    outbound: bool
    number: str
    line: str
    started_at: datetime
    version: int = 0
    ringing: tuple[str, ...] = ()
    talker: str = ""
    extensions: tuple[str, ...] = ()
    answered_at: datetime | None = None
    held: bool = False
    ended_at: datetime | None = None
    recording_url: str = ""
    cause: str = ""
    desks: Mapping[str, str] = {}
    contact_id: str | None = None


class PbxFiled(msgspec.Struct, frozen=True):
    """Where it was put."""

    conversation_id: str | None
    contact_id: str | None
