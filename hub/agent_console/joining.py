"""Routes that merge contacts and take them apart again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, select

from hub.accounts.audit import audit_many
from hub.accounts.model import actor_of
from hub.contacts.access import Sight, access_contact
from hub.contacts.model import OPEN, ContactState
from hub.contacts.references import find_references
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Forbidden
from hub.core.text import parse_query
from hub.customers.reads import customers_of_identities, identity_ids_of
from hub.desk.joining import MergeContacts, merge_contacts
from hub.desk.telling import By
from hub.desk.unjoining import UnmergeContacts, get_merge, unmerge_contacts
from hub.storage import Store, Tx
from hub.storage.search import MAX_HITS, SearchKind, search_documents
from hub.web import Access, Body, Key, Page, Principal, Query, View, route

from .joining_views import Capabilities, may_undo
from .readers import reader_of, sight_of
from .rows import contact_rows
from .search import contacts_of_entries
from .shapes import ContactRow

_SHOWN = 20
_HELD = OPEN - {ContactState.QUEUED, ContactState.OFFERED, ContactState.QUARANTINED}


class MergeContactsBody(Body, frozen=True):
    """`keep`: in which of the two it goes on. `other_customer`: merge although the two contacts are
    of two customers, who stay two.
    """

    other_id: Key
    keep: Literal["this", "other"] = "this"
    other_customer: bool = False


class MergedView(View, frozen=True):
    merge_id: str
    kept_id: str
    merged_id: str


class UnmergedView(View, frozen=True):
    """`state`: of the contact that was merged, now. `kept`: what could not be put back: queued (its
    agent is away or has no room), closed (a newer contact goes on, or it was in wrap-up), answered,
    draft, promise, over (the kept contact is over), woken.
    """

    kept_id: str
    contact_id: str
    state: str
    kept: list[str]


class CandidateQuery(Query, frozen=True):
    """`q`: a reference, or words that were said; "": the same customer's others."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""


class MergeCandidate(View, frozen=True):
    """A contact that another can be merged with. `may_keep`: it is open, so it may be the one that
    is kept; `may_merge`: the reader may merge it away (nobody else holds it).
    """

    contact: ContactRow
    same_customer: bool
    may_keep: bool
    may_merge: bool


class JoiningRoutes:
    def __init__(self, store: Store, capabilities: Capabilities, *, mask_numbers: bool) -> None:
        self._store = store
        self._calls = frozenset(kind for kind, can in capabilities.items() if can.call)
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/merge-candidates",
        access=Access.AGENT,
        summary="Contacts that this one can be merged with: the same customer's first",
    )
    async def candidates(
        self, principal: Principal, contact_id: Key, query: CandidateQuery
    ) -> Page[MergeCandidate]:
        asked = (principal, contact_id, query.q)
        return Page(items=await self._store.read(self._candidates, asked))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/merge",
        access=Access.AGENT,
        summary="Merge two contacts into one",
    )
    async def merge_contact(
        self, principal: Principal, contact_id: Key, body: MergeContactsBody
    ) -> MergedView:
        return await self._store.write(self._merge, (principal, contact_id, body))

    @route("DELETE", "/api/v1/merges/{merge_id}", access=Access.AGENT, summary="Undo a merge")
    async def undo(self, principal: Principal, merge_id: Key) -> UnmergedView:
        return await self._store.write(self._undo, (principal, merge_id))

    def _merge(self, tx: Tx, asked: tuple[Principal, str, MergeContactsBody]) -> MergedView:
        principal, contact_id, body = asked
        sight = sight_of(tx, principal)
        this = access_contact(tx, sight, contact_id)
        other = access_contact(tx, sight, body.other_id)
        kept, merged = (this, other) if body.keep == "this" else (other, this)
        _check_rights(sight, kept, merged)
        _check_customers(tx, kept, merged, confirmed=body.other_customer)
        by = By(principal.user_id, principal.name)
        seen_with = (kept.agent_id, merged.agent_id)
        done = merge_contacts(tx, MergeContacts(kept.id, merged.id, by, self._calls, seen_with))
        lines = {kept.id: {"merged": merged.id}, merged.id: {"into": kept.id}}
        audit_many(tx, actor_of(principal), "contact.merge", "contact", lines)
        return MergedView(merge_id=done.merge_id, kept_id=kept.id, merged_id=merged.id)

    def _undo(self, tx: Tx, asked: tuple[Principal, str]) -> UnmergedView:
        principal, merge_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        merge = get_merge(tx, merge_id)
        kept = access_contact(tx, reader.sight, merge.into_id)
        if not may_undo(reader, kept, merge.by_id):
            raise Forbidden(
                "Somebody else holds this contact: ask them to undo the merge.",
                code="contact.not_yours",
            )
        by = By(principal.user_id, principal.name)
        done = unmerge_contacts(tx, UnmergeContacts(merge_id, by))
        lines = {done.into_id: {"merged": done.from_id}, done.from_id: {"into": done.into_id}}
        audit_many(tx, actor_of(principal), "contact.unmerge", "contact", lines)
        return UnmergedView(
            kept_id=done.into_id,
            contact_id=done.from_id,
            state=done.state,
            kept=[str(one) for one in done.kept],
        )

    def _candidates(self, tx: Tx, asked: tuple[Principal, str, str]) -> list[MergeCandidate]:
        principal, contact_id, words = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        this = access_contact(tx, reader.sight, contact_id)
        found = _found(tx, reader.sight, this, words)
        own = customers_of_identities(tx, [this.identity_id])[this.identity_id].customer_id
        return [
            MergeCandidate(
                contact=shown,
                same_customer=shown.customer.id == own,
                may_keep=row.state in _KEEPABLE,
                may_merge=_may_merge(reader.sight, row),
            )
            for row, shown in zip(found, contact_rows(tx, reader, found), strict=True)
        ]


_KEEPABLE = OPEN - {ContactState.WRAP_UP, ContactState.QUARANTINED}


def _may_merge(sight: Sight, row: Row[Any]) -> bool:
    held = row.state in _HELD
    return sight.steers or not held or row.agent_id == sight.user_id


def _check_rights(sight: Sight, kept: Row[Any], merged: Row[Any]) -> None:
    """One of the two is one's own; a colleague's contact is not taken from them."""
    if sight.steers:
        return
    mine = [row for row in (kept, merged) if row.agent_id == sight.user_id and row.state in _HELD]
    if not mine:
        raise Forbidden("Take one of the two contacts first.", code="contact.not_yours")
    if not _may_merge(sight, merged):
        raise Forbidden(
            "A colleague holds that contact: merge yours into it, or ask them.",
            code="merge.held_elsewhere",
        )


def _check_customers(tx: Tx, kept: Row[Any], merged: Row[Any], *, confirmed: bool) -> None:
    found = customers_of_identities(tx, [kept.identity_id, merged.identity_id])
    ids = {found[row.identity_id].customer_id for row in (kept, merged)}
    if len(ids) > 1 and not confirmed:
        raise Conflict(
            "These contacts are of two customers: say `other_customer` to merge them all the same.",
            code="merge.other_customer",
        )


def _found(tx: Tx, sight: Sight, this: Row[Any], words: str) -> list[Row[Any]]:
    """Return what may be merged with `this` and is in sight: by reference or words, else the same
    customer's, open ones first, then the newest.
    """
    references = find_references(words)
    if references:
        return _select(tx, sight, this, contacts.c.reference.in_(references))
    if words.strip():
        hits = search_documents(
            tx, SearchKind.INTERACTIONS, parse_query(words, prefix=True), MAX_HITS, None
        )
        ids = contacts_of_entries(tx, [hit.ref_id for hit in hits])
        return _select(tx, sight, this, contacts.c.id.in_(ids))
    customer = customers_of_identities(tx, [this.identity_id])[this.identity_id]
    theirs = identity_ids_of(tx, customer.customer_id)
    return _select(tx, sight, this, contacts.c.identity_id.in_(theirs))


def _select(tx: Tx, sight: Sight, this: Row[Any], condition: ColumnElement[bool]) -> list[Row[Any]]:
    conditions = (
        condition,
        sight.contacts(),
        contacts.c.id != this.id,
        contacts.c.conversation_id != this.conversation_id,
        contacts.c.merged_into_id.is_(None),
        contacts.c.state != ContactState.QUARANTINED,
    )
    is_open = contacts.c.state.in_(sorted(OPEN))
    found: list[Row[Any]] = []
    for part in (is_open, ~is_open):
        rows: Sequence[Row[Any]] = tx.execute(
            select(contacts)
            .where(*conditions, part)
            .order_by(contacts.c.opened_at.desc(), contacts.c.id)
            .limit(_SHOWN)
        ).all()
        found += rows
    return found[:_SHOWN]
