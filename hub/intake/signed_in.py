"""Is who signs in at the site in this browser the one who proved a mailbox in it before?"""

from __future__ import annotations

from sqlalchemy import Select, select

from hub.contacts.proving.model import SignsIn
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.normalise import Address, accept_address, parse_email
from hub.customers.tables import identities
from hub.storage import Tx


def has_mailbox(tx: Tx, who: SignsIn) -> bool:
    """Say whether the site signs that mailbox, or its id of them and the mailbox are of one
    customer. An account nobody knows says nothing of whose the mailbox is.
    """
    signed = parse_email(who.signed_email)
    if isinstance(signed, Address) and signed.value == who.mailbox:
        return True
    external = accept_address(IdentityKind.EXTERNAL, who.external_id, "").value
    of_account = _owner_of(IdentityKind.EXTERNAL, external)
    of_mailbox = _owner_of(IdentityKind.EMAIL, who.mailbox)
    return (
        tx.execute(of_mailbox.where(identities.c.customer_id.in_(of_account))).first() is not None
    )


def _owner_of(kind: IdentityKind, value: str) -> Select[tuple[str]]:
    return select(identities.c.customer_id).where(
        identities.c.kind == kind,
        identities.c.value_norm == value,
        identities.c.status == IdentityStatus.ACTIVE,
    )
