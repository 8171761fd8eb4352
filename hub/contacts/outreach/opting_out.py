"""Somebody says stop: kept for ever, and what was on its way to them is taken back at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import update

from hub.contacts.model import DeliveryState
from hub.contacts.tables import interactions
from hub.customers.changes import mark_dirty
from hub.customers.consent.model import (
    ANY,
    AddressKey,
    Basis,
    NewConsent,
    Purpose,
    hash_address,
)
from hub.customers.consent.service import keep_consents, key_of_addresses, lift_noes, states_of
from hub.customers.settings import load_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.storage.outbox import (
    Claim,
    Claimed,
    Recall,
    Recalled,
    claim_effects,
    drop_claimed,
    put_back_claimed,
    recall_effects,
)

from .model import Refused, Why, awake_from
from .service import AskFor, may_contact, rules_of
from .tables import outreach


@dataclass(frozen=True, slots=True)
class OptOut:
    """A customer's no. `identity_id`: the address that says it; it counts for the person, so for
    all addresses that are theirs alone, unless `alone`: then for this one. `address`: as the link
    knew it, also where the record is gone. A `channel` other than ANY: on that one.
    """

    identity_id: str
    purposes: tuple[Purpose, ...]
    source: str  # "link", "words", "keypad", "agent"
    channel: str = ANY
    address: AddressKey | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    by: str | None = None
    alone: bool = False


class _Address(NamedTuple):
    id: str
    customer_id: str
    said: str  # the identity that says no
    shared: bool  # that one is
    key: AddressKey


def note_opt_out(tx: Tx, noes: Sequence[OptOut]) -> list[str]:
    """Keep these noes, and take back what is on its way; return whose they are (customers).

    A fixed number of statements for each channel and set of purposes. Hint: `customer.changed`.
    """
    if not noes:
        return []
    found = _addresses(tx, {no.identity_id for no in noes})
    keep_consents(tx, [consent for no in noes for consent in _consents(no, found)])
    _take_back(tx, noes, found)
    customer_ids = sorted({one.customer_id for one in found})
    mark_dirty(tx, customer_ids, "consent")
    for customer_id in customer_ids:
        tx.hint("customer.changed", customer_id)
    return customer_ids


class OptIn(NamedTuple):
    """A customer takes back, on one channel and at one address, what they said stop to there."""

    identity_id: str
    channel: str
    source: str
    evidence: dict[str, Any]


def note_opt_in(tx: Tx, yes: OptIn) -> None:
    """Lift the noes that stand at that address on that channel, and no others: who never said yes
    to something has not said it now. Hint: `customer.changed`.
    """
    own = [one for one in _addresses(tx, {yes.identity_id}) if one.id == yes.identity_id]
    for one in own:
        lifted = [
            NewConsent(
                address=state.address,
                purpose=Purpose(state.purpose),
                allowed=True,
                basis=Basis.CONSENT,
                source=yes.source,
                channel=yes.channel,
                evidence=yes.evidence,
                own_word=True,
            )
            for state in states_of(tx, [one.key])
            if state.channel == yes.channel and not state.allowed
        ]
        lift_noes(tx, lifted)
        mark_dirty(tx, [one.customer_id], "consent")
        tx.hint("customer.changed", one.customer_id)


def _consents(no: OptOut, found: Sequence[_Address]) -> list[NewConsent]:
    own = [one for one in found if one.said == no.identity_id]
    if no.alone:
        own = [one for one in own if one.id == no.identity_id]
    person = not no.alone and no.channel == ANY and not any(one.shared for one in own)
    keys = {one.key for one in own} | ({no.address} if no.address else set())
    return [
        NewConsent(
            address=key,
            purpose=purpose,
            allowed=False,
            basis=Basis.WITHDRAWN,
            source=no.source,
            channel=no.channel,
            evidence=no.evidence,
            by=no.by,
            own_word=True,
            person=person,
        )
        for key in sorted(keys)
        for purpose in no.purposes
    ]


_ADDRESSES = Statement("""
SELECT a.id AS said, i.id, i.kind, i.value_norm, i.customer_id, a.status
FROM {rows} JOIN customer_identities a ON a.id = {text 0}
JOIN customer_identities i ON i.customer_id = a.customer_id
WHERE i.id = a.id OR (a.status <> 'shared' AND i.status IN ('active', 'invalid'))
""")


def _addresses(tx: Tx, identity_ids: Collection[str]) -> list[_Address]:
    """Return the addresses that say no, and those that are the same person's alone. Who said it at
    an address that several share is not known: it counts there.
    """
    key = key_of_addresses(tx)
    rows = _ADDRESSES(tx, [[id_] for id_ in sorted(identity_ids)])
    return [
        _Address(
            row.id,
            row.customer_id,
            row.said,
            row.status == "shared",
            hash_address(key, row.kind, row.value_norm),
        )
        for row in rows
    ]


_SAME_ADDRESS = Statement("""
SELECT a.id AS asked, same.id FROM {rows} JOIN customer_identities a ON a.id = {text 0}
JOIN customer_identities same ON same.kind = a.kind AND same.value_norm = a.value_norm
WHERE same.status <> 'removed'
""")


def _take_back(tx: Tx, noes: Sequence[OptOut], found: Sequence[_Address]) -> None:
    """Cancel what was on its way, also to others who share the address: as many statements as there
    are channels and sets of purposes, however many noes.
    """
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    for one in found:
        theirs[one.said].add(one.id)
    meant = [{no.identity_id} if no.alone else theirs[no.identity_id] for no in noes]
    same: defaultdict[str, set[str]] = defaultdict(set)
    for row in _SAME_ADDRESS(tx, [[id_] for id_ in sorted(set().union(*meant))]):
        same[row.asked].add(row.id)
    groups: defaultdict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for no, ids in zip(noes, meant, strict=True):
        purposes = tuple(sorted(str(purpose) for purpose in no.purposes))
        groups[no.channel, purposes] |= ids.union(*(same[id_] for id_ in ids))
    taken_back: list[Recalled] = []
    for (channel, purposes), ids in groups.items():
        on = None if channel == ANY else channel
        taken_back += recall_effects(tx, Recall(ids, purposes, str(Why.OPTED_OUT), on))
    tell_recalled(tx, taken_back, Why.OPTED_OUT)


def tell_recalled(tx: Tx, taken_back: Sequence[Recalled], why: Why) -> None:
    """Show on the messages and in the list of outreach that they did not go out, and why."""
    entry_ids = {one.interaction_id for one in taken_back if one.interaction_id is not None}
    if entry_ids:
        rows = tx.execute(
            update(interactions)
            .where(interactions.c.id.in_(sorted(entry_ids)))
            .values(delivery=DeliveryState.FAILED, delivery_detail=str(why))
            .returning(interactions.c.id, interactions.c.conversation_id)
        )
        for row in rows.all():
            tx.hint("conversation.marked", row.conversation_id)
            tx.hint("delivery.failed", row.id)
        tx.execute(
            update(outreach)
            .where(outreach.c.interaction_id.in_(sorted(entry_ids)))
            .values(outcome="refused", reason=str(why))
        )


def claim_permitted(tx: Tx, claim: Claim) -> list[Claimed]:
    """Claim effects, drop those whose person has said stop since they were written, and put back
    messages that were to go out earlier and would now come at night.

    An opt-out cancels what it finds; this is for what was being written at the same moment. Costs
    nothing more where all that was claimed is service.
    """
    claimed = claim_effects(tx, claim)
    asked = [one for one in claimed if one.purpose != Purpose.SERVICE and one.identity_id]
    if not asked:
        return claimed
    answers = may_contact(
        tx,
        [
            AskFor(Purpose(one.purpose), one.channel, one.identity_id, in_contact=True)
            for one in asked
        ],
    )
    dropped = {
        one.id for one, answer in zip(asked, answers, strict=True) if isinstance(answer, Refused)
    }
    tell_recalled(tx, drop_claimed(tx, dropped, claim.holder, Why.OPTED_OUT), Why.OPTED_OUT)
    late = [one for one in asked if one.id not in dropped and one.attempts > 1]
    waiting = _wait_for_morning(tx, late)
    put_back_claimed(tx, waiting, claim.holder)
    return [one for one in claimed if one.id not in dropped and one.id not in waiting]


_ZONES = Statement("""
SELECT i.id, coalesce(c.zone, t.zone) AS zone
FROM {rows} JOIN customer_identities i ON i.id = {text 0}
JOIN customers c ON c.id = i.customer_id
LEFT JOIN teams t ON t.id = c.branch_id
""")


def _wait_for_morning(tx: Tx, claimed: Sequence[Claimed]) -> dict[str, datetime]:
    """Return, by effect, when the quiet hours of its person end, where it is a message that is
    tried again in them. A call is tried again while its agent is there.
    """
    messages = {
        one.id: one.identity_id
        for one in claimed
        if one.interaction_id is not None and one.identity_id is not None
    }
    if not messages:
        return {}
    settings = load_customer_settings(tx)
    rules = rules_of(settings.outreach)
    rows = _ZONES(tx, [[id_] for id_ in sorted(set(messages.values()))])
    zones = {row.id: row.zone for row in rows}
    awake = {
        id_: awake_from(tx.now, rules, zones.get(identity_id) or settings.zone)
        for id_, identity_id in messages.items()
    }
    return {id_: at for id_, at in awake.items() if at > tx.now}
