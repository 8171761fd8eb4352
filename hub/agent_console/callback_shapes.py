"""Shapes of callbacks and of calls of a list. Pure; times are ISO 8601 UTC, durations seconds."""

from __future__ import annotations

from datetime import datetime

from .shape import Shape


class CallbackBrief(Shape, frozen=True):
    """What a contact says of the callback it is an attempt of: "attempt 2 of 3, busy at 14:05".

    `kind`: kept_place, scheduled, voicemail, abandoned. `last_outcome` as in CallProgress.
    `source_contact_id`: the talk in which it was asked for, or that it comes from.
    """

    id: str
    kind: str
    number: str  # as this reader may see it
    attempt: int
    attempts: int
    last_at: datetime | None = None
    last_outcome: str | None = None
    last_reason: str | None = None
    source_contact_id: str | None = None


class PhoneListBrief(Shape, frozen=True):
    """What a contact says of the phone list it is an attempt of, and why they are called.

    `stage`: waiting, preview (its agent reads, until `preview_until`), calling. `answered_by`:
    human, machine, fax, unknown, as the provider heard it. `result`: what its agent said of it.
    `time_zone`: whose clock the customer lives by (IANA), where that is known.
    """

    key: str
    zh: str
    en: str
    mode: str
    purpose: str
    script_zh: str
    script_en: str
    number: str  # as this reader may see it
    attempt: int
    attempts: int
    last_at: datetime | None = None
    last_result: str | None = None
    stage: str = "waiting"
    preview_until: datetime | None = None
    time_zone: str | None = None
    answered_by: str | None = None
    result: str | None = None


class CallbackView(Shape, frozen=True):
    """A callback. `state`: waiting (until `next_at`), queued, dialling, done, given_up, cancelled,
    dropped. `contact_state` is that of the attempt that is next or under way.
    """

    id: str
    kind: str
    state: str
    queue_id: str
    tier: str
    customer_id: str
    customer_name: str
    number: str
    contact_id: str | None
    contact_state: str | None
    source_contact_id: str | None
    agent_name: str | None
    attempt: int
    attempts: int
    failed: int
    waited_s: float
    made_at: datetime
    made_by_name: str | None
    asked_for_at: datetime | None
    next_at: datetime | None
    last_at: datetime | None
    last_outcome: str | None
    last_reason: str | None
    finished_at: datetime | None
    note: str | None
    version: int
