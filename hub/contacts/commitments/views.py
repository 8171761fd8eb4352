"""Commitments as screens show them."""

from __future__ import annotations

from datetime import datetime

from hub.web.shapes import View

from .entries import EntryView


class SourceView(View, frozen=True):
    """The contact in which it was promised, and the message or call that it comes from."""

    contact_id: str
    reference: str
    channel: str
    interaction_id: str | None
    author_name: str | None
    text: str | None
    at: datetime | None


class CommitmentRow(View, frozen=True):
    """Owned by a team it has that one's names, too (`owner_zh`, `owner_en`).

    `source` None: there is none, or the reader does not see that contact. `in_conflict`: another
    quote says otherwise, and nobody has decided.
    """

    id: str
    kind: str
    text: str
    customer_id: str
    customer_name: str | None
    owner_id: str
    owner_name: str | None
    contact_id: str | None
    made_at: datetime
    due_at: datetime
    state: str
    outcome: str | None
    finished_at: datetime | None
    version: int
    owner_kind: str = "user"
    owner_zh: str | None = None
    owner_en: str | None = None
    taken_by: str | None = None
    taken_by_name: str | None = None
    asked_by: str | None = None
    asked_by_name: str | None = None
    made_by: str | None = None
    made_by_name: str | None = None
    calendar_id: str | None = None
    remind_at: datetime | None = None
    broken_at: datetime | None = None
    escalated_at: datetime | None = None
    tell_customer: str = "no"
    told_customer_at: datetime | None = None
    detected: bool = False
    product_id: str | None = None
    product_name: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    valid_until: datetime | None = None
    window_from: datetime | None = None
    window_until: datetime | None = None
    skill_id: str | None = None
    returned_reason: str | None = None
    in_conflict: bool = False
    source: SourceView | None = None


class AddressView(View, frozen=True):
    """The one address that the job needs; numbers are masked as for agents."""

    kind: str
    value: str


class CommitmentDetail(View, frozen=True):
    """`may_finish`: the reader has to keep it, or steers who does."""

    commitment: CommitmentRow
    address: AddressView | None
    entries: list[EntryView]
    may_finish: bool


class ConflictView(View, frozen=True):
    """Two quotes of which only one can count; `one` is the older."""

    id: str
    kind: str
    found_at: datetime
    one: CommitmentRow
    other: CommitmentRow
