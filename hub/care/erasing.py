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
    delete,
    func,
    select,
    update,
)

from hub.accounts.audit import audit, forget_details
from hub.accounts.model import Actor
from hub.callbacks.model import OPEN as OPEN_CALLBACKS
from hub.callbacks.tables import callbacks
from hub.contacts.blocks.model import Blocked, kind_of
from hub.contacts.blocks.service import ForgetBlocks, forget_blocks
from hub.contacts.by_mail.tables import return_links
from hub.contacts.commitments.model import UNFINISHED
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.forgetting import Forget, Whose
from hub.contacts.model import OPEN, ContactState, InteractionKind
from hub.contacts.outreach.tables import outreach
from hub.contacts.proving.service import forget_codes_of
from hub.contacts.recordings.service import forget_of_contacts, show_held
from hub.contacts.research.tables import survey_answers, survey_asks
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.errors import Conflict
from hub.customers.allocation.model import EndedAs
from hub.customers.allocation.tables import lead_allocations
from hub.customers.business.tables import service_cases
from hub.customers.changes import mark_dirty, update_customer
from hub.customers.consent.erased import suppress
from hub.customers.groups.tables import group_members
from hub.customers.holds.service import find_hold
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
from hub.storage import Tx
from hub.storage.search import SearchKind, remove_documents

from .emptying import (
    ANSWER_SAID,
    CALLBACK_SAID,
    COMMITMENT_SAID,
    COMPLAINT_SAID,
    CONTACT_SAID,
    CONVERSATION_SAID,
    empty_beside,
    empty_entries,
    take_files,
)


@dataclass(frozen=True, slots=True)
class Erase:
    actor: Actor
    customer_id: str


class Erased(NamedTuple):
    """How much was erased. `blob_ids`: files to be deleted once this has committed. `held`: how
    many recordings stay, because of a legal hold.
    """

    addresses: int
    entries: int
    blob_ids: tuple[str, ...]
    held: int = 0


def erase_customer(tx: Tx, cmd: Erase, forget: Sequence[Forget] = ()) -> Erased:
    """Erase a customer and the records that were merged into them. `forget`: the channels'.

    Raises NotFound, Conflict for a merged record, one under legal hold (GDPR article 17 (3) e), and
    where something is still to be done for them.
    """
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    if row.merged_into_id is not None:
        raise Conflict("This record was merged: erase the one it became.", code="erase.merged")
    if find_hold(tx, cmd.customer_id) is not None:
        raise Conflict("This customer is under legal hold: release it first.", code="erase.held")
    ids = same_customer_ids(tx, cmd.customer_id)
    held = tx.execute(select(identities).where(identities.c.customer_id.in_(ids))).all()
    identity_ids = [one.id for one in held]
    _check_nothing_open(tx, identity_ids)
    contact_ids = _ids(tx, contacts, identity_ids)
    entry_ids = sorted(tx.execute(_entries(identity_ids)).scalars())
    recorded = forget_of_contacts(tx, contact_ids)
    blob_ids = take_files(tx, _entries(identity_ids), contact_ids)
    blob_ids.difference_update(recorded.held_files)
    whose = Whose(
        contact_ids,
        _ids(tx, conversations, identity_ids),
        [(one.kind, one.value_norm) for one in held],
        sorted(blob_ids),
    )
    blob_ids.update(recorded.files)
    for one in forget:
        blob_ids.update(one(tx, whose))
    blob_ids.difference_update(recorded.held_files)
    forget_codes_of(tx, whose.addresses)
    suppress(tx, identity_ids)
    _forget_blocks(tx, cmd.actor, held, contact_ids)
    _erase_record(tx, ids, identity_ids)
    _erase_words(tx, identity_ids, contact_ids)
    show_held(tx, recorded.held)
    remove_documents(tx, SearchKind.INTERACTIONS, entry_ids)
    forget_cases(tx, contact_ids)
    index_customers(tx, ids)
    mark_dirty(tx, ids, "erased")  # who looked at them at this moment may have put them in a group
    held_back = len(recorded.held)
    detail = {"addresses": len(identity_ids), "entries": len(entry_ids), "held": held_back}
    audit(tx, cmd.actor, "customer.erase", "customer", cmd.customer_id, detail)
    for customer_id in ids:
        tx.hint("customer.changed", customer_id)
    return Erased(len(identity_ids), len(entry_ids), tuple(sorted(blob_ids)), held_back)


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
_BLANK_OF_IDENTITY: tuple[tuple[Table, Mapping[str, Any]], ...] = (
    (conversations, CONVERSATION_SAID),
    (contacts, CONTACT_SAID),
    (commitments, COMMITMENT_SAID),
    (complaints, COMPLAINT_SAID),
    (callbacks, CALLBACK_SAID),
    (outreach, {"override_reason": None}),
    (survey_answers, ANSWER_SAID),
)


def _erase_words(tx: Tx, identity_ids: Sequence[str], contact_ids: Sequence[str]) -> None:
    entries = _entries(identity_ids)
    promised = _of(commitments, identity_ids)
    empty_beside(tx, entries, contact_ids)
    tx.execute(
        update(commitment_entries)
        .where(commitment_entries.c.commitment_id.in_(promised))
        .values(text="", before={})
    )
    forget_details(tx, "outreach.override", "identity", identity_ids)
    links = return_links.c.conversation_id.in_(_of(conversations, identity_ids))
    tx.execute(delete(return_links).where(links))
    tx.execute(delete(survey_asks).where(survey_asks.c.identity_id.in_(identity_ids)))
    empty_entries(tx, entries, _GONE, also=["external_id"])
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
