"""Card numbers in what comes in are masked before anything of it is stored, on every channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import Row, bindparam, update

from hub.accounts.audit import audit_many
from hub.accounts.model import SYSTEM
from hub.contacts.card_numbers import HIDDEN
from hub.contacts.inbound import Inbound, InboundFile
from hub.contacts.model import InteractionKind
from hub.contacts.tables import interactions
from hub.core.card_numbers import (
    mask_card_numbers,
    mask_card_numbers_in_file_name,
    mask_card_numbers_in_html,
    mask_over_messages,
)
from hub.customers.settings import read_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json, read_time
from hub.storage.search import Document, SearchKind, reindex_documents

from .case import Case

_QUOTED = "quoted"  # in the meta of a mail: what it quotes
_MESSAGES = 4  # of one customer: a number of four groups may come in four
_LOOKS_BACK = 12  # entries: ours stand between them


def hide_in_items(items: Sequence[Inbound], points: Mapping[str, Row[Any]]) -> list[Inbound]:
    """Return what came in as it may be stored: without card numbers, unless the set-up keeps
    them. Of what was looked through already (`card_numbers` False) only names of files are looked
    at.
    """
    return [_storable(points, item) for item in items]


def _storable(points: Mapping[str, Row[Any]], item: Inbound) -> Inbound:
    looked_through = item.card_numbers is False
    if (looked_through and not item.files) or not _hides(points, item):
        return item
    return _without_names(item if looked_through else _hidden(item))


def _hides(points: Mapping[str, Row[Any]], item: Inbound) -> bool:
    document = points[item.entry_point_id].customer_rules
    return read_customer_settings(document).privacy.hide_card_numbers


def _hidden(item: Inbound) -> Inbound:
    text = mask_card_numbers(item.text)
    html = mask_card_numbers_in_html(item.html) if item.html else item.html
    subject = mask_card_numbers(item.subject) if item.subject else item.subject
    quoted = item.meta.get(_QUOTED)
    meta = {_QUOTED: mask_card_numbers(quoted)} if isinstance(quoted, str) else {}
    if (text, html, subject) == (item.text, item.html, item.subject) and (
        meta.get(_QUOTED) == quoted
    ):
        return item
    hidden = {**item.meta, **meta, HIDDEN: True}
    return structs.replace(item, text=text, html=html, subject=subject, words=None, meta=hidden)


def _without_names(item: Inbound) -> Inbound:
    """Return it with the card numbers masked in what its files are called."""
    files = tuple(_named(file) for file in item.files)
    if files == item.files:
        return item
    meta = {**item.meta, HIDDEN: True}
    reads = _named(item.reads) if item.reads is not None else None
    return structs.replace(item, files=files, reads=reads, meta=meta)


def _named(file: InboundFile) -> InboundFile:
    return replace(file, name=mask_card_numbers_in_file_name(file.name))


@dataclass(slots=True)
class _Said:
    """A message of a customer. `case_`: that it comes in now; None: it is stored already."""

    interaction_id: str
    conversation_id: str
    text: str
    at: datetime
    meta: Mapping[str, Any]
    case_: Case | None = None


_BEFORE = Statement("""
SELECT i.id, i.conversation_id, i.text, i.at, i.meta
FROM {rows} JOIN interactions i ON i.conversation_id = {text 0} AND i.seq > {integer 1}
WHERE i.direction = 'in' AND i.kind = 'message' AND i.html IS NULL AND i.subject IS NULL
ORDER BY i.conversation_id, i.seq
""")


def hide_over_messages(tx: Tx, cases: Sequence[Case]) -> None:
    """Mask a number that is completed by a later message, in it and in the earlier ones.

    Looked for only where a message begins with a digit. Each one that was stored before is a line
    of the audit log.
    """
    going_on = {id(case_) for case_ in cases if _may_go_on(case_)}
    if not going_on:
        return
    said = _said_before(tx, [case_ for case_ in cases if id(case_) in going_on])
    stored: dict[str, _Said] = {}
    for case_ in cases:
        item = case_.item
        chain = said[case_.thread.id]
        told = (case_.interaction_id, case_.thread.id, item.text, item.received_at, item.meta)
        chain.append(_Said(*told, case_))
        if id(case_) in going_on:
            changed = _mask_chain(chain[-_MESSAGES:])
            stored.update({one.interaction_id: one for one in changed if one.case_ is None})
    _mask_stored(tx, list(stored.values()))


def _may_go_on(case_: Case) -> bool:
    item = case_.item
    plain = item.kind is InteractionKind.MESSAGE and item.html is None and item.subject is None
    if not (plain and item.text.lstrip()[:1].isdigit()):
        return False
    return read_customer_settings(case_.entry_point.customer_rules).privacy.hide_card_numbers


def _said_before(tx: Tx, cases: Sequence[Case]) -> defaultdict[str, list[_Said]]:
    """Return the latest messages of the customers of these cases, by conversation."""
    said: defaultdict[str, list[_Said]] = defaultdict(list)
    last = {case_.thread.id: case_.thread.last_seq for case_ in cases if case_.thread.last_seq > 0}
    if not last:
        return said
    for row in _BEFORE(tx, [[id_, seq - _LOOKS_BACK] for id_, seq in sorted(last.items())]):
        when, meta = read_time(row.at), read_json(row.meta)
        said[row.conversation_id].append(_Said(row.id, row.conversation_id, row.text, when, meta))
    return said


def _mask_chain(chain: Sequence[_Said]) -> list[_Said]:
    """Mask what of a number stands in each message; return those that changed."""
    masked = mask_over_messages([one.text for one in chain])
    changed: list[_Said] = []
    for one, text in zip(chain, masked or (), strict=bool(masked)):
        if text == one.text.strip():
            continue
        one.text, one.meta = text, {**one.meta, HIDDEN: True}
        changed.append(one)
        if (case_ := one.case_) is not None:
            case_.item = structs.replace(case_.item, text=text, words=None, meta=one.meta)
    return changed


def _mask_stored(tx: Tx, changed: Sequence[_Said]) -> None:
    """Mask what was stored before, what it is found by, and say so to who looks at it."""
    if not changed:
        return
    tx.execute(
        update(interactions)
        .where(interactions.c.id == bindparam("b_id"))
        .values(text=bindparam("b_text"), meta=bindparam("b_meta", type_=interactions.c.meta.type)),
        [{"b_id": one.interaction_id, "b_text": one.text, "b_meta": one.meta} for one in changed],
    )
    for conversation_id in {one.conversation_id for one in changed}:
        tx.hint("conversation.marked", conversation_id)
    reindex_documents(
        tx,
        SearchKind.INTERACTIONS,
        [Document(one.interaction_id, one.text, one.at) for one in changed],
    )
    hidden = {one.interaction_id: {"reason": "card_number"} for one in changed}
    audit_many(tx, SYSTEM, "interaction.hide", "interaction", hidden)
