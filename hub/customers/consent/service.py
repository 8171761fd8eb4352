"""Consent kept and read: plain functions of a transaction, each for many at a fixed cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import delete, select, tuple_

from hub.core.ids import new_id
from hub.customers.secrets import ADDRESS_HASH, find_secret, keep_secret
from hub.customers.tables import identities
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_rows, tx_time

from .model import ANY, AddressKey, NewConsent, State, hash_address
from .tables import consent_states, consents


def key_of_addresses(tx: Tx) -> bytes:
    """Return the key of the hashes of addresses; made now, if nothing was ever kept."""
    return keep_secret(tx, ADDRESS_HASH)


class Said(NamedTuple):
    """What was kept. `counts` False: a no stands against it, which it may not lift."""

    consent: NewConsent
    counts: bool


_KEEP_STATE = Statement("""
INSERT INTO consent_states
    (address_kind, address_hash, channel, purpose, allowed, own_word, person, at, consent_id)
SELECT {text 0}, {text 1}, {text 2}, {text 3}, {integer 4} = 1, {integer 5} = 1, {integer 6} = 1,
       {time :now}, {text 7}
FROM {rows} WHERE true
ON CONFLICT (address_kind, address_hash, channel, purpose) DO UPDATE
SET allowed = excluded.allowed, own_word = excluded.own_word, person = excluded.person,
    at = excluded.at, consent_id = excluded.consent_id
""")
_Place = tuple[AddressKey, str, str]  # address, channel, purpose


def keep_consents(tx: Tx, said: Sequence[NewConsent]) -> list[Said]:
    """Append what was said, and let it count. Three statements, however many there are.

    A yes that is not the customer's own word never undoes their no: it is appended, and does not
    count. What is said of every channel takes along what was said of single ones. Where one call
    says both of an address, the no wins.
    """
    if not said:
        return []
    standing = states_of(tx, {one.address for one in said})
    noes = {(state.address, state.purpose) for state in standing if not state.allowed}
    results = [
        Said(one, not one.allowed or one.own_word or (one.address, str(one.purpose)) not in noes)
        for one in said
    ]
    ids = [new_id() for _ in said]
    insert_rows(tx, consents, [_row(tx, id_, one) for id_, one in zip(ids, said, strict=True)])
    counting: dict[_Place, tuple[str, NewConsent]] = {}
    for id_, (one, counts) in zip(ids, results, strict=True):
        for place in _places(standing, one) if counts else ():
            if place not in counting or counting[place][1].allowed:
                counting[place] = (id_, one)
    _KEEP_STATE(
        tx,
        [
            [
                *address,
                channel,
                purpose,
                int(one.allowed),
                int(one.own_word),
                int(one.person),
                id_,
            ]
            for (address, channel, purpose), (id_, one) in sorted(counting.items())
        ],
        now=tx_time(tx, tx.now),
    )
    return results


def lift_noes(tx: Tx, taken_back: Sequence[NewConsent]) -> None:
    """Append that the customer takes back these noes, and let nothing count there any more: who
    lifts a no has not said yes, and what they said of every channel stands.
    """
    if not taken_back:
        return
    insert_rows(tx, consents, [_row(tx, new_id(), one) for one in taken_back])
    table = consent_states.c
    place = tuple_(table.address_kind, table.address_hash, table.channel, table.purpose)
    lifted = [(*one.address, one.channel, str(one.purpose)) for one in taken_back]
    tx.execute(delete(consent_states).where(place.in_(lifted)))


def _places(standing: Sequence[State], one: NewConsent) -> set[_Place]:
    """Return the states that this changes."""
    purpose = str(one.purpose)
    taken_along = {
        (state.address, state.channel, state.purpose)
        for state in standing
        if one.channel == ANY and state.address == one.address and state.purpose == purpose
    }
    return {(one.address, one.channel, purpose), *taken_along}


def _row(tx: Tx, id_: str, one: NewConsent) -> dict[str, Any]:
    return {
        "id": id_,
        "address_kind": one.address.kind,
        "address_hash": one.address.hash,
        "channel": one.channel,
        "purpose": str(one.purpose),
        "allowed": one.allowed,
        "basis": str(one.basis),
        "source": one.source,
        "evidence": one.evidence,
        "at": tx.now,
        "by": one.by,
    }


_STATES = Statement("""
SELECT s.address_kind, s.address_hash, s.channel, s.purpose, s.allowed, s.own_word, s.person
FROM {rows} JOIN consent_states s ON s.address_kind = {text 0} AND s.address_hash = {text 1}
""")


def states_of(tx: Tx, addresses: Collection[AddressKey]) -> list[State]:
    """Return what counts now of these addresses. One statement; none for none."""
    if not addresses:
        return []
    rows = _STATES(tx, [list(address) for address in sorted(set(addresses))])
    return [
        State(
            AddressKey(row.address_kind, row.address_hash),
            row.channel,
            row.purpose,
            bool(row.allowed),
            bool(row.own_word),
            bool(row.person),
        )
        for row in rows
    ]


class ConsentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said. `counts`: it is what counts now."""

    id: str
    identity_id: str
    channel: str
    purpose: str
    allowed: bool
    basis: str
    source: str
    at: datetime
    by: str | None
    note: str
    counts: bool


_SAID = Statement("""
SELECT c.id, c.address_kind, c.address_hash, s.consent_id AS counting
FROM {rows} JOIN consents c ON c.address_kind = {text 0} AND c.address_hash = {text 1}
LEFT JOIN consent_states s ON s.consent_id = c.id
ORDER BY c.at DESC, c.id DESC LIMIT 200
""")


def list_consents(tx: Tx, customer_id: str) -> list[ConsentLine]:
    """Return what was said at the addresses of a customer, the newest first: at most 200."""
    key = find_secret(tx, ADDRESS_HASH)
    if key is None:
        return []
    rows = tx.execute(
        select(identities.c.id, identities.c.kind, identities.c.value_norm).where(
            identities.c.customer_id == customer_id
        )
    )
    own = {hash_address(key, row.kind, row.value_norm): row.id for row in rows}
    found = _SAID(tx, [list(address) for address in sorted(own)]) if own else []
    counting = {row.id for row in found if row.counting is not None}
    lines = tx.execute(
        select(consents)
        .where(consents.c.id.in_({row.id for row in found}))
        .order_by(consents.c.at.desc(), consents.c.id.desc())
    )
    return [
        ConsentLine(
            id=row.id,
            identity_id=own[AddressKey(row.address_kind, row.address_hash)],
            channel=row.channel,
            purpose=row.purpose,
            allowed=row.allowed,
            basis=row.basis,
            source=row.source,
            at=row.at,
            by=row.by,
            note=str(row.evidence.get("note", "")),
            counts=row.id in counting,
        )
        for row in lines
    ]
