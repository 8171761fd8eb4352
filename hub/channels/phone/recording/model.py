"""A recording at the provider, from the wish to the copy. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """How far it is; each stage that has a time is worked on until the next one is reached."""

    ASKED = "asked"  # to be begun
    RUNNING = "running"
    ENDED = "ended"  # the provider is writing it
    READY = "ready"  # to be copied
    COPIED = "copied"  # to be told, then deleted at the provider
    DONE = "done"
    GONE = "gone"  # there is nothing to be had


STAGE_RANK = {stage: rank for rank, stage in enumerate(Stage)}
OPEN_STAGES = (Stage.ASKED, Stage.RUNNING, Stage.ENDED, Stage.READY, Stage.COPIED)


class PausedBy(StrEnum):
    NOBODY = ""
    AGENT = "agent"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Copy:
    """Our copy of it. `sha256`: 64 hex digits."""

    blob_id: str
    size_bytes: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Taping:
    """One recording. `id` is ours, `sid` the provider's once it has named it.

    `call_sid`: of the leg that is recorded, the customer's; `over`: the talk it records has ended.
    """

    id: str
    entry_point_id: str
    call_id: str
    call_sid: str
    connection_id: str
    contact_id: str
    stage: Stage
    created_at: datetime
    sid: str | None = None
    started_at: datetime | None = None
    duration_s: int = 0
    channels: int = 2
    paused_by: PausedBy = PausedBy.NOBODY
    copy: Copy | None = None
    attempts: int = 0
    over: bool = False
    leg_ended: bool = False
