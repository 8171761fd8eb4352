"""What is due in a contact, as consoles are shown it. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec


class DeadlineView(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of an SLA policy: first_reply, next_reply or resolution.

    Used time goes on as used_s + (now - at) while `running`: not in closed hours, not while
    `paused` (the contact waits for its customer). From `warn_s` on it is close, from `target_s` on
    it is breached. `zh`, `en`: the policy's name.
    """

    kind: str
    zh: str
    en: str
    at: datetime
    target_s: int
    warn_s: float
    used_s: float
    running: bool
    paused: bool
    due_at: datetime | None
    breached_at: datetime | None
