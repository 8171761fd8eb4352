"""What others are told of customers. Made for one reader: numbers may be masked for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub.storage import Tx
from hub.web.principal import Principal, Role
from hub.web.shapes import View

from .model import IdentityKind, IdentityStatus
from .normalise import mask, number_origin

ShownTier = Callable[[str], str]
# From the set-up: which tier agents are shown for another one ("low": "standard").
ShownTiers = Callable[[Tx], ShownTier]


class IdentityView(View, frozen=True):
    """`value` is masked where `masked` says so; `origin` is where a number is from (归属地)."""

    id: str
    kind: IdentityKind
    value: str
    masked: bool
    label: str | None
    status: IdentityStatus
    verified: bool
    origin: str | None
    since: datetime


class CustomerRow(View, frozen=True):
    """A customer in a list. `addresses` are at most three, the oldest first."""

    id: str
    kind: str
    name: str | None
    tier: str
    language: str | None
    addresses: list[IdentityView]
    created_at: datetime


class FactView(View, frozen=True):
    """`current` is false once it expired or was withdrawn. `licence`, `url`: of secondary data.
    `competitor_id`: whom of the set-up's competitors it is about.
    """

    id: str
    kind: str
    text: str
    source: str
    contact_id: str | None
    learned_at: datetime
    learned_by: str | None
    expires_at: datetime | None
    current: bool
    licence: str | None = None
    url: str | None = None
    competitor_id: str | None = None


class NoteView(View, frozen=True):
    id: str
    text: str
    pinned: bool
    author_id: str
    author_name: str
    created_at: datetime


class RoleView(View, frozen=True):
    """One side of person ↔ organisation; `customer_id` and `name` are the other side's."""

    id: str
    customer_id: str
    name: str | None
    role: str
    decides: bool


class ClaimView(View, frozen=True):
    """Somebody used, without proof, an address of another customer: are they the same person?"""

    id: str
    customer_id: str
    name: str | None
    identity: IdentityView
    claimed_at: datetime


class TierDetail(View, frozen=True):
    """Where the tier comes from; the reasons are shown to supervisors only.

    `own` is their own tier where an organisation's better one counts instead.
    """

    tier: str
    source: str | None
    reason: str | None
    since: datetime
    expires_at: datetime | None
    own: str | None = None


class CustomerView(View, frozen=True):
    """The whole record. `merged_into_id`: it turned out to be that customer, look there.

    `branch_id`: the team they belong to; None: everybody's.
    """

    id: str
    kind: str
    name: str | None
    language: str | None
    tier: str
    tier_detail: TierDetail
    owner_id: str | None
    branch_id: str | None
    source: str
    merged_into_id: str | None
    identities: list[IdentityView]
    facts: list[FactView]
    notes: list[NoteView]
    persons: list[RoleView]
    organisations: list[RoleView]
    claims: list[ClaimView]
    created_at: datetime
    updated_at: datetime
    version: int


def _as_it_is(tier: str) -> str:
    return tier


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: decides what is masked and which tier is shown."""

    role: Role
    language: str
    masks_numbers: bool
    tier: ShownTier  # which tier this reader is shown for a customer's

    @classmethod
    def of(cls, principal: Principal, agents_see: ShownTier, *, mask: bool) -> Reader:
        """`mask`: the set-up hides numbers from agents."""
        if principal.role.at_least(Role.SUPERVISOR):
            return cls(principal.role, principal.language, False, _as_it_is)
        return cls(principal.role, principal.language, mask, agents_see)

    def identity(self, row: Row[Any]) -> IdentityView:
        """Show one identity; `row` has the columns of customer_identities."""
        kind = IdentityKind(row.kind)
        is_number = kind in (IdentityKind.PHONE, IdentityKind.FAX)
        hides = is_number and self.masks_numbers
        return IdentityView(
            id=row.id,
            kind=kind,
            value=mask(kind, row.value_raw) if hides else row.value_raw,
            masked=hides,
            label=row.label,
            status=IdentityStatus(row.status),
            verified=row.verified_by is not None,
            origin=number_origin(row.value_norm, self.language) if is_number else None,
            since=row.valid_from,
        )
