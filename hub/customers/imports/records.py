"""The rows of tables that an import adds, as it is told to make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.core.ids import new_id
from hub.customers.model import CustomerKind, IdentityStatus, TierSource
from hub.customers.normalise import Address
from hub.customers.tables import INDEXED_AS

from .known import Known
from .model import ImportRow
from .order import ImportOrder

Values = dict[str, Any]

_ONE_ROW_SAYS_SO = 70  # of 100: how much a row with an address of each speaks for one customer

COMPLETED = ("name", "language")  # what a row may change besides the tier
TIER = ("tier", "tier_source", "tier_reason", "tier_set_at", "tier_set_by", "tier_expires_at")


@dataclass(frozen=True, slots=True)
class Records:
    """Makes rows in the name of an order; each has an id of its own."""

    order: ImportOrder
    now: datetime

    def new_person(self, row: ImportRow) -> Known:
        given = row.tier is not None
        return self._new(
            row.name,
            language=row.language,
            tier=row.tier,
            tier_source=TierSource.IMPORTED if given else TierSource.DEFAULT,
            tier_reason=self.order.source if given else None,
            tier_set_by=self.order.actor.id if given else None,
            source=row.source,
        )

    def new_organisation(self, name: str) -> Known:
        return self._new(name, tier_source=TierSource.DEFAULT)

    def _new(
        self,
        name: str | None,
        *,
        tier_source: str,
        language: str | None = None,
        tier: str | None = None,
        tier_reason: str | None = None,
        tier_set_by: str | None = None,
        source: str | None = None,
    ) -> Known:
        return Known(
            customer_id=new_id(),
            name=name,
            language=language,
            tier=tier or self.order.default_tier,
            tier_source=tier_source,
            tier_reason=tier_reason,
            tier_set_at=self.now,
            tier_set_by=tier_set_by,
            tier_expires_at=None,
            branch_id=self.order.branch_id,
            owner_id=None,
            source=source or self.order.source,
        )

    def customer(self, kind: CustomerKind, person: Known) -> Values:
        return {
            "id": person.customer_id,
            "kind": kind.value,
            **{name: getattr(person, name) for name in (*COMPLETED, *TIER)},
            "branch_id": person.branch_id,
            "source": person.source,
            "created_at": self.now,
            "updated_at": self.now,
            "version": 1,
            "indexed_as": INDEXED_AS,
        }

    def imported_tier(self, tier: str) -> Values:
        """The columns of a customer whose tier the file says."""
        return {
            "tier": tier,
            "tier_source": TierSource.IMPORTED.value,
            "tier_reason": self.order.source,
            "tier_set_at": self.now,
            "tier_set_by": self.order.actor.id,
            "tier_expires_at": None,
        }

    def tier_change(self, person: Known, before: str, after: str) -> Values:
        return {
            "id": new_id(),
            "customer_id": person.customer_id,
            "before": before,
            "after": after,
            "source": TierSource.IMPORTED.value,
            "reason": self.order.source,
            "changed_at": self.now,
            "changed_by": self.order.actor.id,
        }

    def identity(self, person: Known, address: Address, status: IdentityStatus) -> Values:
        return {
            "id": new_id(),
            "customer_id": person.customer_id,
            "kind": address.kind.value,
            "value_norm": address.value,
            "value_raw": address.written,
            "status": status.value,
            "source": self.order.source,
            "valid_from": self.now,
        }

    def note(self, person: Known, text: str) -> Values:
        return {
            "id": new_id(),
            "customer_id": person.customer_id,
            "kind": "note",
            "text": text,
            "source": self.order.source,
            "learned_at": self.now,
            "learned_by": self.order.actor.id,
        }

    def source(self, person: Known, source: str) -> Values:
        return {
            "id": new_id(),
            "customer_id": person.customer_id,
            "source": source,
            "detail": self.order.source[:200],
            "at": self.now,
        }

    def question(self, one: str, other: str, line: int, label: str) -> Values:
        """Are these two one customer? A row of the file has an address of each."""
        return {
            "id": new_id(),
            "kind": "import",
            "customer_id": one,
            "other_id": other,
            "evidence": {"source": self.order.source, "line": line, "label": label},
            "score": _ONE_ROW_SAYS_SO,
            "found_at": self.now,
        }

    def role(self, organisation_id: str, person: Known, role: str) -> Values:
        return {
            "id": new_id(),
            "organisation_id": organisation_id,
            "person_id": person.customer_id,
            "role": role,
            "decides": False,
            "created_at": self.now,
        }
