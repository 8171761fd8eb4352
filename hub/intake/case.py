"""One inbound item on its way through the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from hub.callbacks.rows import Callback
from hub.contacts.inbound import READING, Inbound, Scalar
from hub.contacts.threads import JoinedBy, Thread
from hub.customers.consent.model import Purpose
from hub.customers.model import Identified


@dataclass(slots=True)
class Case:
    """One inbound item on its way through the transaction; each step fills in what it found."""

    item: Inbound
    entry_point: Row[Any]
    who: Identified
    thread: Thread
    contact: Mapping[str, Any] | None
    opens: bool
    interaction_id: str
    took: Callback | None = None  # the callback that this call makes needless
    joined_by: JoinedBy | None = None
    not_joined: str | None = None
    seq: int = 0
    stops: tuple[Purpose, ...] = ()  # what the customer says stop to in it
    served: Identified | None = None  # whom a contact is opened for; None: `who`
    decided: Mapping[str, Scalar] = field(default_factory=dict)  # of its acknowledgement

    @property
    def meta(self) -> Mapping[str, Scalar]:
        """What is kept on the interaction, with the trace of how it found its conversation."""
        trace = dict(self.decided)
        if self.item.reads is not None:
            trace[READING] = True
        if self.joined_by is not None and self.joined_by is not JoinedBy.LATEST:
            trace["joined_by"] = self.joined_by.value
        if self.not_joined is not None:
            trace["not_joined"] = self.not_joined
        if self.stops:
            trace["opted_out"] = " ".join(self.stops)
        return {**self.item.meta, **trace} if trace else self.item.meta

    @property
    def customer(self) -> Identified:
        """Whose contact it is that this opens."""
        return self.served or self.who

    @property
    def queue_id(self) -> str:
        """Where a contact that this opens waits."""
        return queue_of(self.item, self.entry_point)

    @property
    def key(self) -> tuple[str, str]:
        return self.item.entry_point_id, self.item.dedupe_key

    @property
    def adds(self) -> bool:
        """Whether it adds to a request that is open, where requests are acknowledged."""
        added = self.contact is not None and not self.opens
        return added and bool(self.entry_point.acknowledges)


def queue_of(item: Inbound, point: Row[Any]) -> str:
    """Return the queue that was chosen on the way here, else that of the entry point."""
    chosen = item.chosen
    return str((chosen and chosen.queue_id) or point.queue_id)
