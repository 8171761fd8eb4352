"""What the routes of customers are asked with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.web import Body, Key, PageQuery, View

from . import addresses
from .model import CustomerKind, IdentityKind

Line = Annotated[str, msgspec.Meta(max_length=320)]
Text = Annotated[str, msgspec.Meta(max_length=4_000)]


class CustomerQuery(PageQuery, frozen=True):
    """`q`: a name, a number or its last 4, 6, 7 or 8 digits, a mail address; "" lists the newest,
    without those who only chatted and left no name."""

    q: Annotated[str, msgspec.Meta(max_length=500)] = ""


class NewIdentity(Body, frozen=True):
    """`shared`: several customers use it and all keep it."""

    kind: Literal["email", "phone", "fax", "visitor", "external"]
    value: Line
    label: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    shared: bool = False

    def address(self) -> addresses.NewAddress:
        return addresses.NewAddress(IdentityKind(self.kind), self.value, self.label, self.shared)


class NewCustomer(Body, frozen=True):
    """`tier` other than the default needs a supervisor and a `tier_reason`. `branch_id`: one's own
    unless given; "" for everybody's. A name or an address is needed; a field of several numbers is
    so many addresses.
    """

    kind: CustomerKind = CustomerKind.PERSON
    name: Line | None = None
    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    owner_id: Key | None = None
    branch_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    identities: Annotated[list[NewIdentity], msgspec.Meta(max_length=20)] = msgspec.field(
        default_factory=list
    )
    tier: Key | None = None
    tier_reason: Text = ""
    source: Annotated[str, msgspec.Meta(max_length=64)] = "manual"


class CustomerPatch(Body, frozen=True):
    """What is left out stays. `version` as last seen refuses to overwrite somebody else's change.

    `tier` needs a supervisor and a `tier_reason`; it falls back to the default at `tier_until`.
    `branch_id` needs a supervisor too; "" makes them everybody's.
    """

    name: Line | None = None
    kind: CustomerKind | None = None
    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    owner_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    branch_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    tier: Key | None = None
    tier_reason: Text = ""
    tier_until: datetime | None = None
    version: int | None = None


class NewFact(Body, frozen=True):
    """`competitor`: whom it is about, by key or name in the set-up. `licence`, `url`: of what
    others tell.
    """

    kind: Annotated[str, msgspec.Meta(max_length=64)]
    text: Text
    source: Annotated[str, msgspec.Meta(max_length=120)] = "manual"
    contact_id: Key | None = None
    expires_at: datetime | None = None
    licence: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    url: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    competitor: Annotated[str, msgspec.Meta(max_length=120)] | None = None


class FactQuery(PageQuery, frozen=True):
    """`kind`, `competitor` (a key of the set-up): of these only. `current`: not what expired."""

    kind: Annotated[str, msgspec.Meta(max_length=64)] = ""
    competitor: Annotated[str, msgspec.Meta(max_length=64)] = ""
    current: bool = False


class NewNote(Body, frozen=True):
    text: Text
    pinned: bool = False


class RoleBody(Body, frozen=True):
    """What the person is in the organisation; an empty `role` ends it."""

    role: Annotated[str, msgspec.Meta(max_length=120)]
    decides: bool = False


class Made(View, frozen=True):
    id: str


class Revealed(View, frozen=True):
    value: str
