"""How a call and its recording stand, as rows of contacts show them. Pure."""

from __future__ import annotations

from datetime import datetime

from .shape import Shape


class CallProgress(Shape, frozen=True):
    """A call of ours: how far it is, and how it ended.

    `stage`: agent, dialling, ringing, talking, ended. `outcome`: answered, busy, no_answer, failed,
    cancelled. `reason` is a code; `detail` the provider's own words.
    """

    stage: str
    outcome: str | None = None
    reason: str = ""
    detail: str = ""


class RecordingLive(Shape, frozen=True):
    """How the recording of a call stands, as the provider confirmed it.

    `state`: recording, paused, unsure (it may be recording), none (`why`: not_told, refused). `of`
    captions: the call is not recorded (`why`, where it would have been), and what the customer
    says is transcribed, or paused, or unsure.
    `turn`: what is asked for and not confirmed, pausing or resuming. `remind_s`: a pause of that
    length is one to be asked about.
    """

    state: str
    of: str = "recording"
    at: datetime | None = None
    turn: str | None = None
    why: str | None = None
    remind_s: int = 60


class PlaceView(Shape, frozen=True):
    """Where a number is from (归属地), in both languages."""

    zh: str
    en: str
