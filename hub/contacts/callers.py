"""Who calls, before anything of the call is filed, and what they chose on the way: values that
cross the door between channels and the hub.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from .recordings.model import RecordingAsk


class Chosen(msgspec.Struct, frozen=True):
    """What somebody chose on the way to us, or was known to want, before they came to a queue.

    `queue_id` None: the entry point's. `skills`: demanded besides the queue's own. `reason_id`: why
    they come, as far as they said. `agent_id`: who has what it is about, and is asked first.
    `apart`: it is about something else than what is open.
    """

    queue_id: str | None = None
    skills: tuple[tuple[str, int], ...] = ()
    reason_id: str | None = None
    agent_id: str | None = None
    apart: bool = False


class Matter(msgspec.Struct, frozen=True):
    """What a known caller is likely to call about. `kind`: "visit" (a promised one, at `at`, told
    in `zone`), "contact" (a request that somebody has). `queue_id`, `agent_id`: whose it is.
    """

    kind: str
    id: str
    queue_id: str | None
    agent_id: str | None
    at: datetime | None = None
    zone: str = "UTC"


class Awaited(msgspec.Struct, frozen=True):
    """A callback that a caller has asked for and that nobody has begun. `position`: in the queue,
    1 is next; None: it is not in it yet, or that cannot be told. `at`: not before, told in `zone`.
    """

    position: int | None = None
    at: datetime | None = None
    zone: str = "UTC"


class Caller(msgspec.Struct, frozen=True):
    """Who calls, as far as their number says before anything is stored. `language`: in which we
    speak with them; None: nothing is known. `matter`: only of a number that is surely one person's.
    Of the queue they would come to: `open_now`, whether anybody could take them in the present
    hours, and what it asks of calls (`recording`; None: they are not recorded). `callback`: they
    are to be called back, at their own wish.
    """

    is_blocked: bool = False
    language: str | None = None
    matter: Matter | None = None
    open_now: bool = True
    recording: RecordingAsk | None = None
    callback: Awaited | None = None
