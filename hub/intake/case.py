"""One inbound item on its way through the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hub.contacts.inbound import Inbound
from hub.contacts.threads import Thread
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
    seq: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.item.entry_point_id, self.item.dedupe_key

    @property
    def adds(self) -> bool:
        """Whether it adds to a request that is open, where requests are acknowledged."""
        added = self.contact is not None and not self.opens
        return added and bool(self.entry_point.acknowledges)
