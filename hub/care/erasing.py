"""Erasure: a customer asks to be forgotten. Words, names, addresses and files go; counts stay.

What happened stays as rows without words, so that no figure changes. Of each address that was
theirs alone the hash stays with what was said: nobody is reached there, and an import makes nobody
of it again. What is in backups goes when those are thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    CompoundSelect,
    Row,
    Select,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import audit_log
from hub.callbacks.model import OPEN as OPEN_CALLBACKS
from hub.callbacks.tables import callbacks
from hub.contacts.blocks.model import Blocked, kind_of
from hub.contacts.blocks.service import ForgetBlocks, forget_blocks
from hub.contacts.by_mail.tables import return_links
from hub.contacts.commitments.model import UNFINISHED
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.forgetting import Forget, Whose
from hub.contacts.joining.tables import consults, contact_merges
from hub.contacts.later.service import forget as forget_scheduled
from hub.contacts.model import OPEN, ContactState, DeliveryState, InteractionKind
from hub.contacts.notes.tables import note_versions
from hub.contacts.outreach.tables import outreach
from hub.contacts.proving.service import forget_codes_of
from hub.contacts.research.tables import survey_answers, survey_asks
from hub.contacts.tables import attachments, contacts, conversations, drafts, interactions
from hub.core.errors import Conflict
from hub.customers.allocation.model import EndedAs
from hub.customers.allocation.tables import lead_allocations
from hub.customers.business.tables import service_cases
from hub.customers.changes import mark_dirty, update_customer
from hub.customers.consent.erased import suppress
from hub.customers.groups.tables import group_members
from hub.customers.imports.tables import import_rows
from hub.customers.index import index_customers
from hub.customers.lifecycle.tables import customer_stages, referrals, stage_moves
from hub.customers.merging.tables import customer_conflicts, customer_merges
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.ownership.tables import ownership_moves
from hub.customers.plans.model import PlanState
from hub.customers.plans.tables import customer_plans
from hub.customers.reads import get_customer_row, same_customer_ids
from hub.customers.tables import (
    customer_facts,
    customer_notes,
    customer_sources,
    identities,
    identity_moves,
    organisation_roles,
    tier_changes,
)
from hub.customers.value.tables import customer_values, tier_objections
from hub.knowledge.indexing import forget_cases
from hub.knowledge.tables import knowledge_searches
from hub.storage import Tx
from hub.storage.emptied import empty_effects
from hub.storage.outbox import outbox
from hub.storage.search import SearchKind, remove_documents


@dataclass(frozen=True, slots=True)
class Erase:
    actor: Actor
    customer_id: str


class Erased(NamedTuple):
    """How much was erased. `blob_ids`: files to be deleted once this has committed."""

    addresses: int
    entries: int
    blob_ids: tuple[str, ...]


def erase_customer(tx: Tx, cmd: Erase, forget: Sequence[Forget] = ()) -> Erased:
    """Erase a customer and the records that were merged into them. `forget`: the channels'.

    Raises NotFound, Conflict for a merged record, and where something is still to be done for them.
    """
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    if row.merged_into_id is not None:
        raise Conflict("This record was merged: erase the one it became.", code="erase.merged")
    ids = same_customer_ids(tx, cmd.customer_id)
    held = tx.execute(select(identities).where(identities.c.customer_id.in_(ids))).all()
    identity_ids = [one.id for one in held]
    _check_nothing_open(tx, identity_ids)
    contact_ids = _ids(tx, contacts, identity_ids)
    entry_ids = sorted(tx.execute(_entries(identity_ids)).scalars())
    blob_ids = _files(tx, identity_ids, contact_ids)
    whose = Whose(
        contact_ids,
        _ids(tx, conversations, identity_ids),
        [(one.kind, one.value_norm) for one in held],
        sorted(blob_ids),
    )
    for one in forget:
        blob_ids.update(one(tx, whose))
    forget_codes_of(tx, whose.addresses)
    suppress(tx, identity_ids)
    _forget_blocks(tx, cmd.actor, held, contact_ids)
    _erase_record(tx, ids, identity_ids)
    _erase_words(tx, identity_ids, contact_ids)
    remove_documents(tx, SearchKind.INTERACTIONS, entry_ids)
    forget_cases(tx, contact_ids)
    index_customers(tx, ids)
    mark_dirty(tx, ids, "erased")  # who looked at them at this moment may have put them in a group
    detail = {"addresses": len(identity_ids), "entries": len(entry_ids)}
    audit(tx, cmd.actor, "customer.erase", "customer", cmd.customer_id, detail)
    for customer_id in ids:
        tx.hint("customer.changed", customer_id)
    return Erased(len(identity_ids), len(entry_ids), tuple(sorted(blob_ids)))


def _check_nothing_open(tx: Tx, identity_ids: Sequence[str]) -> None:
    """Raise Conflict with what has to be finished, or withdrawn, first."""
    wanted = sorted(OPEN - {ContactState.QUARANTINED})
    kinds = (
        ("contacts", contacts, wanted),
        ("commitments", commitments, sorted(UNFINISHED)),
        ("callbacks", callbacks, sorted(OPEN_CALLBACKS)),
    )
    left = {
        name: tx.execute(
            select(func.count()).where(
                table.c.identity_id.in_(identity_ids), table.c.state.in_(states)
            )
        ).scalar_one()
        for name, table, states in kinds
    }
    if any(left.values()):
        raise Conflict(
            "Something is still to be done for this customer: finish or withdraw it first.",
            code="erase.open",
            **left,
        )


def _ids(tx: Tx, table: Table, identity_ids: Sequence[str]) -> list[str]:
    found = select(table.c.id).where(table.c.identity_id.in_(identity_ids)).order_by(table.c.id)
    return list(tx.execute(found).scalars())


def _files(tx: Tx, identity_ids: Sequence[str], contact_ids: Sequence[str]) -> set[str]:
    """Forget the files of what passed, and return them."""
    entries = _entries(identity_ids)
    raw = select(interactions.c.raw_blob_id).where(
        interactions.c.id.in_(entries), interactions.c.raw_blob_id.is_not(None)
    )
    found = set(tx.execute(raw).scalars())
    for where in (
        attachments.c.interaction_id.in_(entries),
        and_(attachments.c.contact_id.in_(contact_ids), attachments.c.interaction_id.is_(None)),
    ):
        gone = delete(attachments).where(where).returning(attachments.c.blob_id)
        found.update(tx.execute(gone).scalars())
    return found


def _forget_blocks(
    tx: Tx, actor: Actor, held: Sequence[Row[Any]], contact_ids: Sequence[str]
) -> None:
    def listed(*statuses: IdentityStatus) -> list[Blocked]:
        return [
            (kind, one.value_norm)
            for one in held
            if one.status in statuses and (kind := kind_of(IdentityKind(one.kind))) is not None
        ]

    own = listed(IdentityStatus.ACTIVE, IdentityStatus.INVALID)
    forget_blocks(tx, ForgetBlocks(actor, own, listed(IdentityStatus.SHARED), contact_ids))


def _erase_record(tx: Tx, ids: Sequence[str], identity_ids: Sequence[str]) -> None:
    blank = {
        "value_norm": "erased:" + identities.c.id,
        "value_raw": "",
        "label": None,
        "undeliverable_why": None,
    }
    tx.execute(
        update(identities)
        .where(identities.c.id.in_(identity_ids))
        .values(**blank, status="removed", verified_by=None, valid_to=tx.now)
    )
    gone = dict.fromkeys(("name", "owner_id", "tier_reason", "zone"))
    for customer_id in ids:
        update_customer(tx, customer_id, {**gone, "archived_at": tx.now})
    _end_what_waits(tx, ids)
    for table, column in _OF_CUSTOMER:
        tx.execute(delete(table).where(column.in_(ids)))
    for table, column, blanks in _BLANK_OF_CUSTOMER:
        tx.execute(update(table).where(column.in_(ids)).values(**blanks))
    tx.execute(
        update(identity_moves)
        .where(identity_moves.c.identity_id.in_(identity_ids))
        .values(reason="")
    )


def _end_what_waits(tx: Tx, ids: Sequence[str]) -> None:
    """Nobody has to touch them any more, nor to do the next step; no group has them, and time
    alone moves them no more.
    """
    for table, open_, ended in (
        (lead_allocations, lead_allocations.c.ended_as.is_(None),
         {"ended_as": EndedAs.GONE, "ended_at": tx.now}),
        (group_members, group_members.c.left_at.is_(None), {"left_at": tx.now}),
        (customer_stages, customer_stages.c.next_check_at.is_not(None), {"next_check_at": None}),
        (customer_plans, customer_plans.c.state == PlanState.OPEN, {"state": PlanState.ENDED}),
    ):  # fmt: skip
        tx.execute(update(table).where(table.c.customer_id.in_(ids), open_).values(**ended))


# What is only about who they are goes as a whole.
_OF_CUSTOMER: tuple[tuple[Table, Column[Any]], ...] = (
    (customer_facts, customer_facts.c.customer_id),
    (customer_notes, customer_notes.c.customer_id),
    (organisation_roles, organisation_roles.c.person_id),
    (organisation_roles, organisation_roles.c.organisation_id),
    (customer_conflicts, customer_conflicts.c.customer_id),
    (customer_conflicts, customer_conflicts.c.other_id),
    (customer_values, customer_values.c.customer_id),
    (referrals, referrals.c.referrer_id),
    (referrals, referrals.c.referred_id),
)
# What happened stays, without words. A merge of who was erased brings nothing back when undone.
_MERGED: Mapping[str, Any] = {"reason": "", "undo_reason": None, "before": {}}
_BLANK_OF_CUSTOMER: tuple[tuple[Table, Column[Any], Mapping[str, Any]], ...] = (
    (customer_sources, customer_sources.c.customer_id, {"detail": None}),
    (tier_changes, tier_changes.c.customer_id, {"reason": "", "inputs": None}),
    (tier_objections, tier_objections.c.customer_id, {"text": "", "decision_note": None}),
    (customer_merges, customer_merges.c.from_id, _MERGED),
    (customer_merges, customer_merges.c.into_id, _MERGED),
    (stage_moves, stage_moves.c.customer_id, {"reason": ""}),
    (ownership_moves, ownership_moves.c.customer_id, {"reason": ""}),
    (service_cases, service_cases.c.customer_id, {"text": None}),
    (lead_allocations, lead_allocations.c.customer_id, {"trace": {}}),
    (import_rows, import_rows.c.object_id, {"label": "", "before": None, "cells": None}),
)
_GONE = {"code": "erased"}  # what the timeline shows instead
_SAID = ("html", "subject", "author_name", "client_id", "external_id", "delivery_detail")
_BLANK_OF_IDENTITY: tuple[tuple[Table, Mapping[str, Any]], ...] = (
    (conversations, {"subject": None, "mail_to": None, "mail_due_at": None}),
    (
        contacts,
        {
            **dict.fromkeys(
                (
                    "subject",
                    "disposition_note",
                    "disposition_fields",
                    "survey_comment",
                    "knowledge_note",
                    "quarantine_reason",
                )
            ),
            "preview": "",
            "meta": {},
        },
    ),
    (
        commitments,
        {"text": "", **dict.fromkeys(("outcome", "product_name", "returned_reason"))},
    ),
    (complaints, {"reason": "", "outcome": None}),
    (callbacks, {"number": "", "note": None}),
    (outreach, {"override_reason": None}),
    (survey_answers, {"answer": None, "external_id": None}),
)


def _erase_words(tx: Tx, identity_ids: Sequence[str], contact_ids: Sequence[str]) -> None:
    entries = _entries(identity_ids)
    promised = _of(commitments, identity_ids)
    for theirs in (
        outbox.c.interaction_id.in_(entries),
        and_(outbox.c.contact_id.in_(contact_ids), outbox.c.interaction_id.is_(None)),
    ):
        unsent = empty_effects(tx, theirs)
        tx.execute(
            update(interactions)
            .where(interactions.c.id.in_(unsent))
            .values(delivery=DeliveryState.FAILED)
        )
    tx.execute(
        update(commitment_entries)
        .where(commitment_entries.c.commitment_id.in_(promised))
        .values(text="", before={})
    )
    tx.execute(
        update(audit_log)
        .where(
            audit_log.c.object_kind == "identity",
            audit_log.c.object_id.in_(identity_ids),
            audit_log.c.action == "outreach.override",
        )
        .values(detail={})
    )
    links = return_links.c.conversation_id.in_(_of(conversations, identity_ids))
    tx.execute(delete(return_links).where(links))
    tx.execute(delete(survey_asks).where(survey_asks.c.identity_id.in_(identity_ids)))
    tx.execute(delete(note_versions).where(note_versions.c.interaction_id.in_(entries)))
    tx.execute(delete(drafts).where(drafts.c.contact_id.in_(contact_ids)))
    merged = or_(
        contact_merges.c.from_id.in_(contact_ids), contact_merges.c.into_id.in_(contact_ids)
    )
    tx.execute(update(contact_merges).where(merged).values(before={}))  # it holds drafts
    tx.execute(update(consults).where(consults.c.contact_id.in_(contact_ids)).values(words=""))
    forget_scheduled(tx, contact_ids)
    tx.execute(
        update(knowledge_searches)
        .where(knowledge_searches.c.contact_id.in_(contact_ids))
        .values(words="")
    )
    tx.execute(
        update(interactions)
        .where(interactions.c.id.in_(entries))
        .values({**dict.fromkeys((*_SAID, "raw_blob_id")), "text": "", "meta": _GONE})
    )
    for table, blanks in _BLANK_OF_IDENTITY:
        tx.execute(update(table).where(table.c.identity_id.in_(identity_ids)).values(**blanks))


def _entries(identity_ids: Sequence[str]) -> CompoundSelect[Any]:
    """What was said with them, and what somebody else answered who was forwarded it."""
    entry_id = select(interactions.c.id)
    of_others = entry_id.where(
        interactions.c.kind == InteractionKind.ASIDE,
        interactions.c.conversation_id.in_(_of(conversations, identity_ids)),
    )
    return entry_id.where(interactions.c.identity_id.in_(identity_ids)).union(of_others)


def _of(table: Table, identity_ids: Sequence[str]) -> Select[Any]:
    return select(table.c.id).where(table.c.identity_id.in_(identity_ids))
