"""What the console shows of contacts that belong together. Pure."""

from __future__ import annotations

from datetime import datetime

from .capabilities import CapabilitiesView, Recipients
from .shape import Shape


class JoinedConversation(Shape, frozen=True):
    """A conversation that goes on in a contact: its entries stand in the timeline by time, it may
    be answered on. `contact_id`: the contact that was merged with it. `may_undo`: by the reader.
    """

    merge_id: str
    contact_id: str
    reference: str
    conversation_id: str
    channel: str
    entry_point_id: str
    entry_point_name: str
    subject: str | None
    customer_id: str
    customer_name: str
    address: str
    last_seq: int
    customer_read_seq: int
    merged_at: datetime
    by_name: str
    may_undo: bool
    capabilities: CapabilitiesView
    recipients: Recipients


class MergedInto(Shape, frozen=True):
    """The contact in which another goes on. `seen`: the reader may open it."""

    merge_id: str
    contact_id: str
    reference: str
    seen: bool
