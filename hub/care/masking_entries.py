"""Card numbers in entries that are stored: which ones hold some, and as what they are to be kept.

The same masking as of what comes in (`hub.intake.card_numbers`), also of a number that a customer
wrote over several messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from hub.accounts.audit import audit_many
from hub.accounts.model import SYSTEM
from hub.contacts.card_numbers import HIDDEN
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.service import preview_of
from hub.contacts.tables import contacts, interactions
from hub.core.card_numbers import mask_card_numbers, mask_card_numbers_in_html, mask_over_messages
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.storage.search import Document, SearchKind, reindex_documents

_QUOTED = "quoted"  # in the meta of a mail: what it quotes
_MESSAGES = 4  # of one customer: a number of four groups may come in four
_LOOKS_BACK = 12  # entries: ours stand between them

_IDS_BEFORE = Statement("""
SELECT i.id AS id
FROM {rows} JOIN interactions i
  ON i.conversation_id = {text 0} AND i.seq > {integer 1} AND i.seq <= {integer 2}
WHERE i.direction = 'in' AND i.kind = 'message' AND i.html IS NULL AND i.subject IS NULL
""")


_INDEXED = {
    "sqlite": Statement(
        "SELECT d.ref_id FROM {rows} JOIN search_interactions_docs d ON d.ref_id = {text 0}"
    ),
    "postgresql": Statement(
        "SELECT d.ref_id FROM {rows} JOIN search_interactions d ON d.ref_id = {text 0}"
    ),
}


@dataclass(slots=True, eq=False)
class Entry:
    """An entry as it is to be kept; `before`: as it is stored."""

    before: Row[Any]
    text: str
    html: str | None
    subject: str | None
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        was = self.before
        return (self.text, self.html, self.subject, self.meta) != (
            was.text,
            was.html,
            was.subject,
            was.meta,
        )


def plan_entries(tx: Tx, rows: Sequence[Row[Any]]) -> dict[str, list[Entry]]:
    """Return, by the id of each of these entries that leads to a change, all that changes by it:
    itself, and what the customer wrote before and is completed by it.
    """
    entries = {row.id: _masked(row) for row in rows}
    led = {id_: [entry] for id_, entry in entries.items() if entry.differs}
    going_on = [row for row in rows if _may_go_on(row)]
    for row, chain in _chains(tx, going_on, entries):
        masked = mask_over_messages([one.text for one in chain])
        for one, text in zip(chain, masked or (), strict=bool(masked)):
            if text != one.text.strip():
                one.text, one.meta = text, {**one.meta, HIDDEN: True}
                changed = led.setdefault(row.id, [])
                if one not in changed:
                    changed.append(one)
    return led


def keep_entries(tx: Tx, entries: Sequence[Entry]) -> int:
    """Store entries as they are to be kept, and what they are found by and shown as; return how
    many. Each is a line of the audit log.
    """
    found = {entry.before.id: entry for entry in entries}
    if not found:
        return 0
    i = interactions.c
    tx.execute(
        update(interactions)
        .where(i.id == bindparam("b_id"))
        .values(
            text=bindparam("b_text"),
            html=bindparam("b_html"),
            subject=bindparam("b_subject"),
            meta=bindparam("b_meta", type_=i.meta.type),
        ),
        [
            {
                "b_id": id_,
                "b_text": one.text,
                "b_html": one.html,
                "b_subject": one.subject,
                "b_meta": dict(one.meta),
            }
            for id_, one in found.items()
        ],
    )
    _keep_previews(tx, list(found.values()))
    known = {row.ref_id for row in _INDEXED[tx.dialect](tx, [[id_] for id_ in found])}
    documents = [
        Document(id_, " ".join(filter(None, (one.subject, one.text))), one.before.at)
        for id_, one in found.items()
        if id_ in known
    ]
    reindex_documents(tx, SearchKind.INTERACTIONS, documents)
    for conversation_id in sorted({one.before.conversation_id for one in found.values()}):
        tx.hint("conversation.marked", conversation_id)
    hidden = {id_: {"reason": "card_number"} for id_ in found}
    audit_many(tx, SYSTEM, "interaction.hide", "interaction", hidden)
    return len(found)


def _keep_previews(tx: Tx, entries: Sequence[Entry]) -> None:
    """A preview is the beginning of a message: it may end amid a number, which none would see."""
    c = contacts.c
    changed = [
        {
            "b_id": one.before.contact_id,
            "b_was": preview_of(one.before.text),
            "b_is": preview_of(one.text),
        }
        for one in entries
        if one.before.contact_id is not None and one.text != one.before.text
    ]
    if changed:
        tx.execute(
            update(contacts)
            .where(c.id == bindparam("b_id"), c.preview == bindparam("b_was"))
            .values(preview=bindparam("b_is")),
            changed,
        )


def _masked(row: Row[Any]) -> Entry:
    text = mask_card_numbers(row.text)
    html = mask_card_numbers_in_html(row.html) if row.html else row.html
    subject = mask_card_numbers(row.subject) if row.subject else row.subject
    meta = dict(row.meta)
    if isinstance(quoted := meta.get(_QUOTED), str):
        meta[_QUOTED] = mask_card_numbers(quoted)
    same = (text, html, subject, meta) == (row.text, row.html, row.subject, row.meta)
    if not same and row.direction == Direction.INBOUND:
        meta[HIDDEN] = True  # its original is opened by a right of its own from now on
    return Entry(row, text, html, subject, meta)


def _may_go_on(row: Row[Any]) -> bool:
    plain = row.kind == InteractionKind.MESSAGE and row.html is None and row.subject is None
    return plain and row.direction == Direction.INBOUND and row.text.lstrip()[:1].isdigit()


def _chains(
    tx: Tx, going_on: Sequence[Row[Any]], entries: dict[str, Entry]
) -> list[tuple[Row[Any], list[Entry]]]:
    """Return each entry that may go on a number with the customer's latest messages up to it."""
    spans = [[row.conversation_id, row.seq - _LOOKS_BACK, row.seq] for row in going_on]
    if not spans:
        return []
    ids = {row.id for row in _IDS_BEFORE(tx, spans)} - entries.keys()
    for row in tx.execute(select(interactions).where(interactions.c.id.in_(sorted(ids)))):
        entries[row.id] = _masked(row)
    said: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries.values():
        was = entry.before
        plain = was.kind == InteractionKind.MESSAGE and was.html is None and was.subject is None
        if plain and was.direction == Direction.INBOUND:
            said[was.conversation_id].append(entry)
    found = []
    for row in sorted(going_on, key=lambda row: (row.conversation_id, row.seq)):
        near = [
            one
            for one in said[row.conversation_id]
            if row.seq - _LOOKS_BACK < one.before.seq <= row.seq
        ]
        chain = sorted(near, key=lambda one: int(one.before.seq))[-_MESSAGES:]
        found.append((row, chain))
    return found
