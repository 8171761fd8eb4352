"""Use cases of identities: the addresses by which a customer reaches us, and we them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx

from .changes import note_change
from .merging.links import lock_roots
from .model import IdentityKind, IdentityStatus
from .normalise import Address, Refusal, parse_address
from .reads import get_customer_row
from .tables import identities

MAX_IDENTITIES = 50


class IdentityTaken(Conflict):
    """The address belongs to another customer; the details name that customer."""

    code = "identity.taken"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address as somebody typed it. `shared`: others who have it keep it (new customers)."""

    kind: IdentityKind
    value: str
    label: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class AddIdentity:
    """`shared`: the address is used by several customers and everybody keeps it."""

    actor: Actor
    customer_id: str
    address: NewAddress
    region: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class RemoveIdentity:
    actor: Actor
    customer_id: str
    identity_id: str


def add_identity(tx: Tx, cmd: AddIdentity) -> str:
    """Add an address and return its id; one the customer already has is returned as it is.

    Raises NotFound, Invalid, Conflict where the customer was merged into another one, and
    IdentityTaken unless the address is said to be shared.
    """
    if get_customer_row(tx, cmd.customer_id, for_change=True).merged_into_id is not None:
        raise Conflict(
            "This customer was merged into another one: add the address there.",
            code="customer.merged",
        )
    count = select(func.count()).where(
        identities.c.customer_id == cmd.customer_id, identities.c.status != "removed"
    )
    if tx.execute(count).scalar_one() >= MAX_IDENTITIES:
        raise Invalid(
            f"A customer has at most {MAX_IDENTITIES} addresses: remove one first.",
            code="customer.addresses",
            most=MAX_IDENTITIES,
        )
    address = check_address(cmd.address, cmd.region)
    return give_address(
        tx, cmd.actor, cmd.customer_id, address, cmd.address.label, shared=cmd.shared
    )


def give_address(
    tx: Tx,
    actor: Actor,
    customer_id: str,
    address: Address,
    label: str | None = None,
    *,
    shared: bool,
) -> str:
    """Give a customer an address in its normal form; return its id. Raises IdentityTaken."""
    touched = [customer_id]
    if shared:
        touched += _share(tx, customer_id, address)
    identity_id = attach_address(tx, customer_id, address, label, "manual", shared=shared)
    note_change(tx, actor, "customer.identity_add", touched)
    return identity_id


def remove_identity(tx: Tx, cmd: RemoveIdentity) -> None:
    """Take an address away. What came in by it stays on the timeline. Raises NotFound."""
    gone = tx.execute(
        update(identities)
        .where(
            identities.c.id == cmd.identity_id,
            identities.c.customer_id == cmd.customer_id,
            identities.c.status != IdentityStatus.REMOVED,
        )
        .values(status=IdentityStatus.REMOVED, valid_to=tx.now)
    )
    if gone.rowcount == 0:
        raise NotFound("This customer has no such address.")
    note_change(tx, cmd.actor, "customer.identity_remove", [cmd.customer_id])


def reveal_identity(tx: Tx, cmd: RemoveIdentity) -> str:
    """Return an address in full and write down who asked (reliability.md, Privacy)."""
    value: str | None = tx.execute(
        select(identities.c.value_raw).where(
            identities.c.id == cmd.identity_id, identities.c.customer_id == cmd.customer_id
        )
    ).scalar_one_or_none()
    if value is None:
        raise NotFound("This customer has no such address.")
    detail = {"identity_id": cmd.identity_id}
    audit(tx, cmd.actor, "customer.reveal", "customer", cmd.customer_id, detail)
    return value


def record_identity(tx: Tx, customer_id: str) -> str:
    """Return the id of the customer's own `record` identity, for what is logged by hand; of a
    merged one that of the customer whom they became. Raises NotFound."""
    today = lock_roots(tx, [customer_id])[customer_id]
    address = Address(IdentityKind.RECORD, today, "")
    return attach_address(tx, today, address, None, "record")


def check_address(given: NewAddress, region: str) -> Address:
    """Return the normal form of what somebody typed. Raises Invalid with the reason."""
    if given.kind is IdentityKind.RECORD:
        raise Invalid("A record identity is made by the hub itself.", field="kind")
    address = parse_address(given.kind, given.value, region)
    if isinstance(address, Refusal):
        raise Invalid(address.reason, code=address.code, field="value")
    if address.is_anonymous:
        raise Invalid(
            "A withheld number identifies nobody.", code="address.withheld", field="value"
        )
    return address


def attach_address(
    tx: Tx,
    customer_id: str,
    address: Address,
    label: str | None,
    source: str,
    *,
    shared: bool = False,
) -> str:
    """Give the address to the customer; a removed one of theirs comes back with its history."""
    status = IdentityStatus.SHARED if shared else IdentityStatus.ACTIVE
    held = _holders(tx, address)
    for row in held:
        if row.customer_id == customer_id and row.status != IdentityStatus.REMOVED:
            return str(row.id)
        if row.customer_id != customer_id and row.status == IdentityStatus.ACTIVE:
            raise IdentityTaken(
                "Another customer has this address. Open that one, or say that they share it.",
                customer_id=row.customer_id,
            )
    for row in held:
        if row.customer_id == customer_id:
            tx.execute(
                update(identities)
                .where(identities.c.id == row.id)
                .values(status=status, valid_to=None, label=label or row.label)
            )
            return str(row.id)
    identity_id = new_id()
    tx.execute(
        insert(identities).values(
            id=identity_id,
            customer_id=customer_id,
            kind=address.kind,
            value_norm=address.value,
            value_raw=address.written,
            label=label,
            status=status,
            source=source,
            valid_from=tx.now,
        )
    )
    return identity_id


def _share(tx: Tx, customer_id: str, address: Address) -> list[str]:
    """Mark the address as shared with everybody who has it; return those others."""
    held = _holders(tx, address)
    others = [
        row.customer_id
        for row in held
        if row.customer_id != customer_id and row.status != IdentityStatus.REMOVED
    ]
    tx.execute(
        update(identities)
        .where(
            identities.c.id.in_([row.id for row in held]),
            identities.c.status == IdentityStatus.ACTIVE,
        )
        .values(status=IdentityStatus.SHARED)
    )
    return others


def _holders(tx: Tx, address: Address) -> Sequence[Row[Any]]:
    return tx.execute(
        select(identities)
        .where(identities.c.kind == address.kind, identities.c.value_norm == address.value)
        .order_by(identities.c.id)
    ).all()
