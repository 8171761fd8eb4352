"""The customer's story: everything that comes in, over every channel, is stored here and nowhere
else.

One transaction: dedupe → identify customer → open or continue conversation → append interaction →
enqueue contact → acknowledgement into the outbox. A batch function: what arrived during the last
commit is stored together, by a fixed number of statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs
from sqlalchemy import Row

from hub.callbacks.reaching import Reached, drop_reached
from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.inbound import IdentityKind, Inbound, Receipt
from hub.contacts.model import ContactState, Direction, InteractionKind
from hub.contacts.service import NewInteraction, preview_of
from hub.contacts.tables import inbound_keys
from hub.contacts.threads import Thread
from hub.core.errors import Forbidden, HubError, Invalid
from hub.core.ids import new_id
from hub.customers.model import Identified
from hub.customers.normalise import parse_dialled
from hub.phone_lists.reaching import withdraw_reached
from hub.routing.service import follow_contacts
from hub.storage import Tx, batch
from hub.storage.bulk import Statement, insert_rows, tx_time
from hub.storage.search import Document, SearchKind, index_documents

from . import acknowledgement, opt_out
from .asides import as_asides, serve_their_customers
from .blocking import apply_blocks, is_refused_call
from .callbacks import call_back_messages
from .card_numbers import hide_in_items, hide_over_messages
from .case import Case, queue_of
from .chosen import goes_apart, that_are_there
from .files import add_files, ask_to_read
from .landing import find_what_goes_on, is_no_call
from .mentions import note_mentions
from .opening import open_or_wake_contacts
from .saying_back import say_back
from .senders import identify_senders
from .silence import heard_again
from .wishes import keep_wishes_of

_INBOUND = str(Direction.INBOUND)
_INTERNAL = str(Direction.INTERNAL)  # never shown to the customer, in no figure of theirs
_IN_HAND = frozenset({ContactState.ACTIVE, ContactState.HOLD})


@batch
def receive(tx: Tx, items: Sequence[Inbound]) -> Sequence[Receipt | HubError]:
    """Store what came in, exactly once by (entry point, dedupe key); return where it was put.

    Refuses with Invalid what names an entry point that does not exist or is no more.
    """
    points = _entry_points(tx, {item.entry_point_id for item in items})
    known = threads.known_keys(tx, items)
    fresh: dict[tuple[str, str], Inbound] = {}
    for item in items:
        key = (item.entry_point_id, item.dedupe_key)
        if item.entry_point_id in points and key not in known:
            fresh.setdefault(key, item)
    storable = hide_in_items(list(fresh.values()), points)
    judged = dict(zip(fresh, apply_blocks(tx, storable, points), strict=True))
    taken = [item for item in judged.values() if isinstance(item, Inbound)]
    cases = _cases(tx, as_asides(tx, that_are_there(tx, taken)), points)
    if cases:
        hide_over_messages(tx, cases)
        serve_their_customers(tx, cases)
        open_or_wake_contacts(tx, cases)
        due = acknowledgement.judge(tx, cases)
        _append(tx, cases)
        _touch(tx, cases)
        ask_to_read(tx, cases)
        promised = acknowledgement.acknowledge(tx, due)
        follow_contacts(tx, _with_deadlines(cases) | promised)
        call_back_messages(tx, _messages(cases))
        keep_wishes_of(tx, cases)
        note_mentions(tx, cases)
        opt_out.heed(tx, cases)
        say_back(tx, cases)
    receipts = {case.key: _receipt(case) for case in cases}
    return [_answer(item, points, known, judged, receipts) for item in items]


def _messages(cases: Sequence[Case]) -> list[Mapping[str, Any]]:
    """Return the contacts that spoken messages have opened."""
    kind = InteractionKind.VOICEMAIL
    return [case.contact for case in cases
            if case.opens and case.contact is not None and case.item.kind is kind]  # fmt: skip


def _answer(
    item: Inbound,
    points: Mapping[str, Row[Any]],
    known: Mapping[tuple[str, str], Row[Any]],
    judged: Mapping[tuple[str, str], Inbound | Forbidden],
    receipts: dict[tuple[str, str], Receipt],
) -> Receipt | HubError:
    key = (item.entry_point_id, item.dedupe_key)
    if item.entry_point_id not in points:
        why = f"There is no entry point {item.entry_point_id!r}."
        return Invalid(why, code="entry_point.unknown")
    if (before := known.get(key)) is not None:
        return Receipt(
            before.conversation_id, before.interaction_id, before.seq, before.contact_id, True
        )
    if isinstance(verdict := judged[key], Forbidden):
        return verdict
    receipt = receipts[key]
    receipts[key] = structs.replace(receipt, duplicate=True)  # for the same again in this batch
    return receipt


_ENTRY_POINTS = Statement("""
SELECT e.id, e.queue_id, e.language, e.display_name, e.region, e.acknowledges,
       e.settings,
       (SELECT s.document FROM customer_setup s WHERE s.id = 'current') AS customer_rules
FROM {rows} JOIN entry_points e ON e.id = {text 0} WHERE NOT e.retired {kept e}
""")


def _entry_points(tx: Tx, ids: set[str]) -> dict[str, Row[Any]]:
    """Return them as they are until this transaction ends: a set-up that retires the queue they
    lead to waits, and then finds the contacts that came.
    """
    return {row.id: row for row in _ENTRY_POINTS(tx, [[id_] for id_ in sorted(ids)])}


def _cases(tx: Tx, items: Sequence[Inbound], points: Mapping[str, Row[Any]]) -> list[Case]:
    """Identify the senders and find or make the conversations."""
    if not items:
        return []
    who = identify_senders(tx, items, points)
    # Before conversations are read: what ends here says so there, and its contact is open no more.
    calls = InteractionKind.CALL
    callers = {one.customer_id for item, one in zip(items, who, strict=True) if item.kind is calls}
    withdraw_reached(tx, callers)
    taken = drop_reached(tx, [_reached(item, points[item.entry_point_id], one)
                              for item, one in zip(items, who, strict=True)
                              if item.queues])  # fmt: skip
    sharers = [frozenset(other.identity_id for other in one.others) for one in who]
    found = threads.find_threads(tx, items, [one.identity_id for one in who], sharers)
    made = _make_threads(tx, items, who, [one.thread for one in found])
    open_contacts = find_what_goes_on(tx, made)
    made = _apart(tx, items, who, made, open_contacts)
    return [
        Case(
            item=item,
            entry_point=points[item.entry_point_id],
            who=_as_chosen(one, thread, open_contacts.get(thread.id)),
            thread=thread,
            contact=open_contacts.get(thread.id),
            opens=False,
            interaction_id=new_id(),
            took=taken.get(one.customer_id) if item.kind is InteractionKind.CALL else None,
            joined_by=how.joined_by,
            not_joined=how.refused,
            stops=opt_out.stops_of(item),
        )
        for item, one, thread, how in zip(items, who, made, found, strict=True)
    ]


def _as_chosen(who: Identified, thread: Thread, contact: Mapping[str, Any] | None) -> Identified:
    """Of several who share an address: whom an agent chose for what this goes on with."""
    if not who.others:
        return who
    chosen = contact["identity_id"] if contact else thread.identity_id
    return next((other for other in who.others if other.identity_id == chosen), who)


def _reached(item: Inbound, point: Row[Any], who: Identified) -> Reached:
    number = ""
    if item.kind is InteractionKind.CALL:
        found = (one.value for one in item.senders if one.kind is IdentityKind.PHONE)
        parsed = parse_dialled(next(found, ""), point.region)
        number = parsed if isinstance(parsed, str) else ""
    return Reached(who.customer_id, item.kind, point.id, queue_of(item, point), number)


def _apart(
    tx: Tx,
    items: Sequence[Inbound],
    who: Sequence[Identified],
    made: Sequence[Thread],
    open_contacts: Mapping[str, Mapping[str, Any]],
) -> list[Thread]:
    """A call never goes on with a message that is to be heard, or with a callback: who hangs up
    would end those; one that is refused, or chose something else, goes on with nothing open.
    """
    apart = [
        index
        for index, (item, thread) in enumerate(zip(items, made, strict=True))
        if item.kind is InteractionKind.CALL
        and (
            is_no_call(open_contacts.get(thread.id))
            or (thread.id in open_contacts and is_refused_call(item))
            or goes_apart(item, open_contacts.get(thread.id))
        )
    ]
    new = threads.open_threads(
        tx,
        [items[index] for index in apart],
        [who[index].identity_id for index in apart],
        [items[index].language or who[index].language for index in apart],
    )
    own = {
        index: replace(
            thread,
            last_agent_id=made[index].last_agent_id,
            last_agent_at=made[index].last_agent_at,
        )
        for index, thread in zip(apart, new, strict=True)
    }
    return [own.get(index, thread) for index, thread in enumerate(made)]


def _make_threads(
    tx: Tx, items: Sequence[Inbound], who: Sequence[Identified], found: Sequence[Thread | None]
) -> list[Thread]:
    """Fill the gaps of `found`; several new items of one sender in one batch share one new
    thread.
    """
    shared: dict[tuple[str, str] | int, int] = {}
    places: list[int] = []
    for index, (item, one, thread) in enumerate(zip(items, who, found, strict=True)):
        if thread is not None:
            places.append(-1)
            continue
        key: tuple[str, str] | int = (
            (one.identity_id, item.entry_point_id) if item.continues_latest else index
        )
        places.append(shared.setdefault(key, index))
    firsts = sorted(set(shared.values()))
    made = threads.open_threads(
        tx,
        [items[index] for index in firsts],
        [who[index].identity_id for index in firsts],
        [items[index].language or who[index].language for index in firsts],
    )
    by_index = dict(zip(firsts, made, strict=True))
    return [
        thread if thread is not None else by_index[place]
        for thread, place in zip(found, places, strict=True)
    ]


def _append(tx: Tx, cases: Sequence[Case]) -> None:
    """Append the interactions with their files, remember the keys, index the words."""
    entries = [_entry(case_) for case_ in cases]
    seqs = contact_service.append(
        tx, entries, {case_.thread.id: case_.thread.last_seq for case_ in cases}
    )
    for case_, seq in zip(cases, seqs, strict=True):
        case_.seq = seq
        case_.thread.last_seq = seq
    add_files(tx, {case_.interaction_id: case_.item.files for case_ in cases})
    insert_rows(
        tx,
        inbound_keys,
        [
            {
                "entry_point_id": case_.item.entry_point_id,
                "dedupe_key": case_.item.dedupe_key,
                "conversation_id": case_.thread.id,
                "interaction_id": case_.interaction_id,
                "contact_id": case_.contact["id"] if case_.contact else None,
                "seq": case_.seq,
                "created_at": tx.now,
            }
            for case_ in cases
        ],
    )
    index_documents(
        tx,
        SearchKind.INTERACTIONS,
        [
            Document(case_.interaction_id, words, case_.item.received_at, words=case_.item.words)
            for case_ in cases
            for words in [" ".join(filter(None, (case_.item.subject, case_.item.text)))]
            if words
        ],
    )


def _entry(case_: Case) -> NewInteraction:
    item = case_.item
    return NewInteraction(
        id=case_.interaction_id,
        conversation_id=case_.thread.id,
        contact_id=case_.contact["id"] if case_.contact else None,
        identity_id=case_.who.identity_id,
        channel=str(item.channel),  # the driver takes an enum by a long way round
        kind=str(item.kind),
        direction=_INTERNAL if item.internal else _INBOUND,
        text=item.text,
        at=item.sent_at or item.received_at,
        author_name=item.senders[0].name,
        client_id=item.client_id,
        html=item.html,
        subject=item.subject,
        external_id=item.external_id,
        raw_blob_id=item.raw_blob_id,
        meta=case_.meta,
    )


_TOUCH_CONVERSATIONS = Statement("""
UPDATE conversations
SET last_seq = {integer 1}, version = version + 1, heard_by = coalesce({text 2}, heard_by),
    last_at = CASE WHEN {text 2} IS NULL THEN last_at ELSE {time :now} END
FROM {rows} WHERE conversations.id = {text 0}
""")
_TOUCH_CONTACTS = Statement("""
UPDATE contacts
SET preview = {text 1}, unread = unread + {integer 2}, last_message_at = {time :now},
    unanswered_since = coalesce(unanswered_since, {time 3}), quiet_until = NULL,
    reminded_at = NULL, version = version + 1
FROM {rows} WHERE contacts.id = {text 0}
""")


def _touch(tx: Tx, cases: Sequence[Case]) -> None:
    """Bring conversations and contacts up to their newest message."""
    now = tx_time(tx, tx.now)
    # What is said beside a conversation, or by a mail system, is no word of its customer.
    heard = {case_.thread.id: str(case_.item.channel) for case_ in cases if not case_.item.internal}
    last = {
        case_.thread.id: (case_.thread.id, case_.seq, heard.get(case_.thread.id)) for case_ in cases
    }
    _TOUCH_CONVERSATIONS(tx, sorted(last.values()), now=now)
    newest = {case_.contact["id"]: case_ for case_ in cases if case_.contact and case_.item.queues}
    counts: dict[str, int] = {}
    for case_ in cases:
        if case_.contact and case_.item.queues:
            counts[case_.contact["id"]] = counts.get(case_.contact["id"], 0) + 1
    if not newest:
        return
    asks = {id_ for case_ in cases if (id_ := _asked_in(case_)) is not None}
    _TOUCH_CONTACTS(
        tx,
        [
            (
                contact_id,
                preview_of(case_.item.text or case_.item.subject or ""),
                counts[contact_id],
                tx_time(tx, case_.item.received_at) if contact_id in asks else None,
            )
            for contact_id, case_ in sorted(newest.items())
        ],
        now=now,
    )
    for contact_id, case_ in newest.items():
        # One in somebody's hands does not move by being written to: routing is not woken.
        in_hand = case_.contact is not None and case_.contact["state"] in _IN_HAND
        tx.hint("contact.touched" if in_hand else "contact.changed", contact_id)
    heard_again(tx, [case_ for contact_id, case_ in newest.items() if contact_id in asks])


def _asked_in(case_: Case) -> str | None:
    """The contact in which its customer waits for an answer by this: not who was forwarded one."""
    queues = case_.item.queues and not case_.item.internal
    return str(case_.contact["id"]) if case_.contact and queues else None


def _with_deadlines(cases: Sequence[Case]) -> set[str]:
    """The contacts whose deadlines begin or go on now: one more message after one that waits for
    its answer changes nothing.
    """
    met = [case_.contact for case_ in cases if case_.contact]
    return {
        contact["id"]
        for contact in met
        if contact["sla_policy_id"] is not None
        and (contact["unanswered_since"] is None or contact["state"] == ContactState.PARKED)
    }


def _receipt(case_: Case) -> Receipt:
    return Receipt(
        conversation_id=case_.thread.id,
        interaction_id=case_.interaction_id,
        seq=case_.seq,
        contact_id=case_.contact["id"] if case_.contact else None,
    )
