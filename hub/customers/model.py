"""Words of the customer record. Pure: no I/O, no clock; every function takes `now` (UTC)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

DEFAULT_TIER = "standard"  # unknown and new customers are never low (knowledge.md, Value tiers)


class IdentityKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    FAX = "fax"
    VISITOR = "visitor"
    EXTERNAL = "external"  # an id of a business system: "shop:10023"
    RECORD = "record"  # the customer's own, for what was logged by hand


# Which address says most about who it is; the first match decides (knowledge.md, Identity).
MATCH_ORDER: tuple[IdentityKind, ...] = (
    IdentityKind.RECORD,
    IdentityKind.EXTERNAL,
    IdentityKind.EMAIL,
    IdentityKind.PHONE,
    IdentityKind.VISITOR,
    IdentityKind.FAX,
)


class CustomerKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class IdentityStatus(StrEnum):
    ACTIVE = "active"
    SHARED = "shared"  # several customers reach us by it: the agent chooses
    INVALID = "invalid"  # bounced or out of service; kept for what came by it
    REMOVED = "removed"


# Which statuses an address of somebody who writes to us may have to be recognised.
KNOWN = frozenset({IdentityStatus.ACTIVE, IdentityStatus.SHARED, IdentityStatus.INVALID})


class TierSource(StrEnum):
    DEFAULT = "default"
    MANUAL = "manual"
    IMPORTED = "imported"
    RULE = "rule"
    OBJECTION = "objection"  # they would not be judged by a rule: the default tier, no rule
    ORGANISATION = "organisation"  # only in the record of changes: lifted by one, or no longer


class SenderIdentity(msgspec.Struct, frozen=True):
    """One address the sender is known by. `value` is as received; customers normalises it.

    `verified`: the medium proved it (signed chat token, DMARC pass); an unverified one never
    merges two known customers. `proof`: what else than the medium proved it ("mail_code").
    """

    kind: IdentityKind
    value: str
    name: str | None = None
    verified: bool = False
    proof: str = ""


class Identify(msgspec.Struct, frozen=True):
    """Ask who it is: `senders[0]` is where an answer goes; `region` (ISO 3166) reads numbers.

    `queue_id`: to which it came; who is new belongs to the branch that serves it.
    """

    senders: tuple[SenderIdentity, ...]
    region: str
    language: str | None = None
    source: str = "contact"  # recorded with a customer that is new: "email", "import", …
    queue_id: str = ""


class Identified(msgspec.Struct, frozen=True):
    """Who it is. `identity_id` is the row of `senders[0]`; the customer is today's owner of it.

    `is_shared`: several customers use this address and the agent has to choose; `others` are those
    who are not taken for the sender until then.
    """

    identity_id: str
    customer_id: str
    tier: str
    language: str | None
    is_new: bool
    name: str | None = None
    is_shared: bool = False
    others: tuple[Identified, ...] = ()
