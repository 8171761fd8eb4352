"""A customer names a competitor: a dated fact on their record, made with the message.

The rules come with the entry point that was read anyway, so a message that names nobody costs no
statement. What the customer said stays in the message: the fact says whom they named, and where.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.contacts.inbound import Inbound
from hub.contacts.model import InteractionKind
from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.competitors import Mention, find_mentions, names_of
from hub.customers.settings import read_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .case import Case

KIND = "competitor"
_SOURCE = "contact"
_KEEP = Statement("""
INSERT INTO customer_facts
  (id, customer_id, kind, text, source, contact_id, learned_at, competitor_id, external_id)
SELECT {text 0}, {text 1}, {text 2}, {text 3}, {text 4}, {text 5}, {time 6}, {text 7}, {text 8}
FROM {rows} WHERE true
ON CONFLICT DO NOTHING
""")


def note_mentions(tx: Tx, cases: Sequence[Case]) -> None:
    """Keep whom these messages name, once for each contact and competitor."""
    found = [(case_, one) for case_ in cases for one in _mentions(case_)]
    if not found:
        return
    rows = [
        (
            new_id(),
            case_.who.customer_id,
            KIND,
            one.name,
            _SOURCE,
            _contact_id(case_),
            tx_time(tx, case_.item.sent_at or case_.item.received_at),
            one.competitor_id,
            f"{_contact_id(case_)}:{one.competitor_id}",
        )
        for case_, one in found
    ]
    _KEEP(tx, rows)
    named = {case_.who.customer_id for case_, _ in found}
    mark_dirty(tx, named, "fact")
    for customer_id in sorted(named):
        tx.hint("customer.changed", customer_id)


def _mentions(case_: Case) -> list[Mention]:
    item = case_.item
    if case_.contact is None or not _is_said(item):
        return []
    competitors = read_customer_settings(case_.entry_point.customer_rules).competitors
    if not competitors:
        return []
    return find_mentions(f"{item.subject or ''}\n{item.text}", names_of(competitors))


def _is_said(item: Inbound) -> bool:
    """What a person wrote or spoke: not what machines write, or what could not be read."""
    spoken = item.kind in (InteractionKind.MESSAGE, InteractionKind.VOICEMAIL)
    return spoken and item.queues and item.quarantine_reason is None


def _contact_id(case_: Case) -> str:
    return str(case_.contact["id"]) if case_.contact else ""
